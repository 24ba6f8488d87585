// Each call of the payment API under each fault of its replies: how it ends, in bounded time, and what became of the
// money. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { newOutTradeNo, WxPay, WxPayError } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

const matrix = JSON.parse(readFileSync(new URL('../../tests/faults/matrix.json', import.meta.url), 'utf8'))
const TEA = { body: '茶', total_fee: 88, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', spbill_create_ip: '127.0.0.1' }

let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

async function ended(call, fields) {
  const pay = new WxPay({ ...wechat.options, timeout: matrix.timeout_ms })
  const begun = performance.now()
  try {
    await pay[call](fields)
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof WxPayError, String(error))
    assert.equal(error.endpoint, call)
    return { ...error, class: error.name, code: error.code, retry: error.retry }
  } finally {
    assert.ok(performance.now() - begun < matrix.timeout_ms + 1000)
  }
}

for (const call of ['unifiedorder', 'orderquery', 'closeorder']) {
  test(`${call} under each fault`, { timeout: 60_000 }, async (t) => {
    for (const row of matrix.rows) {
      await t.test(row.name, async () => {
        const out_trade_no = newOutTradeNo('F')
        const order = { ...TEA, out_trade_no }
        const fields = call === 'unifiedorder' ? order : { out_trade_no }
        if (call !== 'unifiedorder') {
          assert.equal(await ended('unifiedorder', order), 'ok')
        }
        for (const often of ['once', 'always']) {
          const times = often === 'once' ? { times: 1 } : {}
          const fault = await wechat.control('/_emulator/faults', {
            ...row.fault, endpoint: `/pay/${call}`, out_trade_no, ...times,
          })
          const found = await ended(call, fields)
          await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
          const wanted = row[often]
          const compared =
            typeof wanted === 'object' && typeof found === 'object'
              ? Object.fromEntries(Object.keys(wanted).map((name) => [name, found[name]]))
              : found
          assert.deepEqual(compared, wanted)
        }
        // Whatever was known, the same request now ends well, and there is one order.
        assert.equal(await ended(call, fields), 'ok')
        const orders = await wechat.control(`/_emulator/orders?out_trade_no=${out_trade_no}`)
        assert.deepEqual(orders.map((made) => [made.total_fee, made.trade_state]), [
          [88, call === 'closeorder' ? 'CLOSED' : 'NOTPAY'],
        ])
        if (call === 'unifiedorder') {
          const first = await wechat.control('/_emulator/pay', { out_trade_no })
          const second = await wechat.control('/_emulator/pay', { out_trade_no })
          assert.deepEqual([first.err_msg, second.err_msg].map((text) => text.split(':')[1]), ['ok', 'fail'])
        }
      })
    }
  })
}
