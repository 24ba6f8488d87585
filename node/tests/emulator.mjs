// Starts the emulator that was built here for a test file, asks its control API, and sends a customer there.

import { fileURLToPath } from 'node:url'
import * as testing from 'wxpaykit/testing'

export const BUILT = process.env.WXPAYKIT_EMULATOR ?? fileURLToPath(new URL('../../target/wxpaykit-emulator', import.meta.url))

/** A running emulator, with `control(path, body)` for its API. */
export function startEmulator(...args) {
  return startProgram(BUILT, ...args)
}

/** The same of another build. */
export async function startProgram(binary, ...args) {
  const wechat = await testing.startEmulator({ binary, args })
  const { appid, mchId: mch_id, apiKey: api_key, appSecret: app_secret } = wechat.options
  return {
    appid, mch_id, api_key, app_secret,
    url: wechat.url,
    tlsUrl: wechat.tlsUrl,
    openid: wechat.openid,
    options: wechat.options,
    v3Options: wechat.v3Options,
    serialNo: wechat.v3Certificates.serialNo,
    control: (path, body) => wechat.control(body === undefined ? 'GET' : 'POST', path, body),
    clearFaults: () => wechat.control('DELETE', '/_emulator/faults'),
    stop: () => wechat.stop(),
  }
}

/** A customer's visit, through WeChat's page and back: the code. */
export async function visit(pay, scope) {
  const answer = await fetch(pay.oauth.authorizeUrl('https://shop.example/', { scope, state: 'abc' }), { redirect: 'manual' })
  return new URL(answer.headers.get('location')).searchParams.get('code')
}
