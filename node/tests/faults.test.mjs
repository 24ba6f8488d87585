// Each call under each fault of its replies: how it ends, in bounded time, and what became of the
// money. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newOutTradeNo, WxPay } from 'wxpaykit'
import { ended, expect, gateway, matrix, TEA, v3Options, wechat } from './faults.mjs'

const bill_date = await aDay()

for (const call of ['unifiedorder', 'orderquery', 'closeorder']) {
  // A fault is bound to an order, so several rows are tried at once.
  test(`${call} under each fault`, { timeout: 60_000, concurrency: 8 }, async (t) => {
    const under = async (row) => {
      const out_trade_no = newOutTradeNo('F')
      const order = { ...TEA, out_trade_no }
      const fields = call === 'unifiedorder' ? order : { out_trade_no }
      if (call !== 'unifiedorder') {
        assert.equal(await ended('unifiedorder', (pay) => pay.unifiedorder(order)), 'ok')
      }
      for (const often of ['once', 'always']) {
        const times = often === 'once' ? { times: 1 } : {}
        const fault = await wechat.control('/_emulator/faults', {
          ...row.fault, endpoint: `/pay/${call}`, out_trade_no, ...times,
        })
        const found = await ended(call, (pay) => pay[call](fields))
        await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
        expect(found, row[often])
      }
      // Whatever was known, the same request now ends well, and there is one order.
      assert.equal(await ended(call, (pay) => pay[call](fields)), 'ok')
      const orders = await wechat.control(`/_emulator/orders?out_trade_no=${out_trade_no}`)
      assert.deepEqual(orders.map((made) => [made.total_fee, made.trade_state]), [
        [88, call === 'closeorder' ? 'CLOSED' : 'NOTPAY'],
      ])
      if (call === 'unifiedorder') {
        const first = await wechat.control('/_emulator/pay', { out_trade_no })
        const second = await wechat.control('/_emulator/pay', { out_trade_no })
        assert.deepEqual([first.err_msg, second.err_msg].map((text) => text.split(':')[1]), ['ok', 'fail'])
      }
    }
    await Promise.all(matrix.rows.map((row) => t.test(row.name, () => under(row))))
  })
}

/** What a call of APIv3 is made with, after the orders that it needs. */
async function v3Fields(call, number) {
  const order = { description: '茶', out_trade_no: number, amount: { total: 88 }, payer: { openid: wechat.openid } }
  if (['query', 'close', 'refund'].includes(call)) await new WxPay(v3Options).v3.jsapi(order)
  if (call === 'refund') await wechat.control('/_emulator/pay', { out_trade_no: number })
  return {
    jsapi: order,
    query: { out_trade_no: number },
    close: { out_trade_no: number },
    refund: { out_trade_no: number, out_refund_no: `R${number}`, amount: { refund: 30, total: 88, currency: 'CNY' } },
    transfer: {
      out_bill_no: number, transfer_scene_id: '1000', openid: wechat.openid, transfer_amount: 30, transfer_remark: '新会员有礼',
      transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '新会员有礼' }, { info_type: '奖励说明', info_content: '一等奖' }],
    },
    tradebill: { bill_date, bill_type: 'ALL' },
  }[call]
}

async function v3DoneOnce(call, number) {
  const orders = async () => (await wechat.control(`/_emulator/orders?out_trade_no=${number}`)).map((made) => [made.total_fee, made.trade_state])
  if (call === 'transfer') {
    const made = await wechat.control('/_emulator/transfers')
    assert.equal(made.filter(({ out_bill_no }) => out_bill_no === number).length, 1)
  } else if (call !== 'tradebill') {
    assert.deepEqual(await orders(), [[88, { close: 'CLOSED', refund: 'REFUND' }[call] ?? 'NOTPAY']])
  }
  if (call === 'refund') {
    const refunds = await wechat.control(`/_emulator/refunds?out_trade_no=${number}`)
    assert.deepEqual(refunds.map(({ refund_fee }) => refund_fee), [30])
  }
  if (call === 'jsapi') {
    const first = await wechat.control('/_emulator/pay', { out_trade_no: number })
    const second = await wechat.control('/_emulator/pay', { out_trade_no: number })
    assert.deepEqual([first.err_msg, second.err_msg].map((text) => text.split(':')[1]), ['ok', 'fail'])
  }
}

/** A day with a payment, and the morning after it. */
async function aDay() {
  const until = async (hour) => {
    const { now } = await wechat.control('/_emulator/clock')
    const day = Math.floor((now + 8 * 3600) / 86_400)
    await wechat.control('/_emulator/clock', { advance_s: (day + 1) * 86_400 - 8 * 3600 + hour * 3600 - now })
    return new Date((now + 8 * 3600) * 1000).toISOString().slice(0, 10)
  }
  await wechat.control('/_emulator/clock', { freeze: true })
  await until(8)
  const out_trade_no = newOutTradeNo('B')
  await new WxPay(wechat.options).unifiedorder({ ...TEA, out_trade_no })
  await wechat.control('/_emulator/pay', { out_trade_no })
  const date = await until(11)
  await wechat.control('/_emulator/clock', { freeze: false })
  return date
}

for (const { call, path, bodiless = false } of matrix.v3.calls) {
  test(`v3.${call} under each fault`, { timeout: 60_000 }, async () => {
    // A fault is bound to an order, except that of a bill.
    const [lanes, maxNetworkRetries] = call === 'tradebill' ? [1, 1] : [8, 2]
    const options = { ...v3Options, maxNetworkRetries }
    const one = async (pay, fields) => {
      const reply = await pay.v3[call](fields)
      if (call === 'tradebill') for await (const _ of reply);
    }
    const under = async (row) => {
      const number = newOutTradeNo('F')
      const fields = await v3Fields(call, number)
      for (const often of ['once', 'always']) {
        const scope = { ...(call === 'tradebill' ? {} : { out_trade_no: number }), ...(often === 'once' ? { times: 1 } : {}) }
        const fault = await wechat.control('/_emulator/faults', { ...row.fault, endpoint: path, ...scope })
        const found = await ended(`v3.${call}`, (pay) => one(pay, fields), options)
        await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
        expect(found, bodiless && row.bodiless !== undefined ? row.bodiless : row[often])
      }
      // Whatever was known, the same request now ends well, and it was done once.
      assert.equal(await ended(`v3.${call}`, (pay) => one(pay, fields), options), 'ok')
      await v3DoneOnce(call, number)
    }
    const rows = matrix.v3.rows.values()
    const lane = async () => {
      for (const row of rows) await under(row).catch((error) => assert.fail(`${row.name}: ${error.stack}`))
    }
    await Promise.all(Array.from({ length: lanes }, lane))
  })
}

test('an order that is given up names its number', { timeout: 60_000 }, async (t) => {
  const { url, came } = await gateway(t, true)
  const [pay, number] = [new WxPay({ ...v3Options, endpoints: url }), 'T-cancelled']
  const order = { description: '茶', out_trade_no: number, amount: { total: 88 } }
  for (const [call, query] of [
    [(options) => pay.unifiedorder({ ...TEA, out_trade_no: number }, options), 'orderquery'],
    [(options) => pay.v3.jsapi({ ...order, payer: { openid: wechat.openid } }, options), 'v3.query'],
    [(options) => pay.v3.native(order, options), 'v3.query'],
    [(options) => pay.v3.app(order, options), 'v3.query'],
  ]) {
    const [given, arrived] = [new AbortController(), came()]
    const advice = new RegExp(`with the same out_trade_no ${number} and the same fields, or call ${query}; do not use a new`)
    const ending = assert.rejects(call({ signal: given.signal }), (error) => {
      assert.match(error.message, advice)
      assert.deepEqual([error.outcome, error.out_trade_no], ['unknown', number])
      return true
    })
    await arrived
    given.abort()
    await ending
  }
})
