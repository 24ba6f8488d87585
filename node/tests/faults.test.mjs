// Each call under each fault of its replies: how it ends, in bounded time, and what became of the
// money. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { newOutTradeNo, WxPay, WxPayError } from 'wxpaykit'
import { startEmulator, visit } from './emulator.mjs'

const matrix = JSON.parse(readFileSync(new URL('../../tests/faults/matrix.json', import.meta.url), 'utf8'))
const TEA = { body: '茶', total_fee: 88, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', spbill_create_ip: '127.0.0.1' }

let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

async function ended(call, run) {
  const pay = new WxPay({ ...wechat.options, timeout: matrix.timeout_ms })
  const begun = performance.now()
  try {
    await run(pay)
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof WxPayError, String(error))
    assert.equal(error.endpoint, call)
    return { ...error, class: error.name, code: error.code, retry: error.retry }
  } finally {
    assert.ok(performance.now() - begun < matrix.timeout_ms + 1000)
  }
}

/** Of an error, what is wanted of it. */
function expect(found, wanted) {
  const compared =
    typeof wanted === 'object' && typeof found === 'object'
      ? Object.fromEntries(Object.keys(wanted).map((name) => [name, found[name]]))
      : found
  assert.deepEqual(compared, wanted)
}

for (const call of ['unifiedorder', 'orderquery', 'closeorder']) {
  test(`${call} under each fault`, { timeout: 60_000 }, async (t) => {
    for (const row of matrix.rows) {
      await t.test(row.name, async () => {
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
      })
    }
  })
}

/** Calls of the open platform, with a customer's token, and what is used up by the call or made for it. */
const PLATFORM = {
  'oauth.access_token': (pay, token, code) => pay.oauth.accessToken(code),
  'oauth.refresh_token': (pay, token) => pay.oauth.refreshToken(token.refresh_token),
  'oauth.userinfo': (pay, token) => pay.oauth.userinfo(token.access_token, token.openid),
  'oauth.auth': (pay, token) => pay.oauth.auth(token.access_token, token.openid),
  'jssdk.token': (pay) => pay.jssdk.token(),
  'jssdk.stable_token': (pay) => pay.jssdk.stableToken(),
  'jssdk.getticket': (pay, token, own) => pay.jssdk.getticket(own),
}

for (const { call, path, once: usedUp = false } of matrix.platform.calls) {
  test(`${call} under each fault`, { timeout: 60_000 }, async (t) => {
    const settled = new WxPay(wechat.options)
    const token = await settled.oauth.accessToken(await visit(settled, 'snsapi_userinfo'))
    const own = () => (call === 'jssdk.getticket' ? settled.jssdk.accessToken() : visit(settled, 'snsapi_base'))
    const end = async () => {
      const made = await own()
      return ended(call, (pay) => PLATFORM[call](pay, token, made))
    }
    for (const row of matrix.platform.rows) {
      await t.test(row.name, async () => {
        const error = row.error === 'ok' ? 'ok' : { retry: usedUp ? 'never' : 'same_request', ...row.error }
        const repeated = row.repeated === 'all' || (row.repeated === 'safe' && !usedUp)
        for (const often of ['once', 'always']) {
          const times = often === 'once' ? { times: 1 } : {}
          const fault = await wechat.control('/_emulator/faults', { ...row.fault, endpoint: path, ...times })
          const found = await end()
          await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
          expect(found, repeated && often === 'once' ? 'ok' : error)
        }
        assert.equal(await end(), 'ok')
      })
    }
  })
}
