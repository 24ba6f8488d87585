// Calls of the open platform under each fault of their replies. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WxPay } from 'wxpaykit'
import { visit } from './emulator.mjs'
import { ended, expect, matrix, wechat } from './faults.mjs'

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
