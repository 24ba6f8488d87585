// What tests of payments share: an order paid in the emulator, and the notification as WeChat would send it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { buildXml, newOutTradeNo, sign } from 'wxpaykit'

export const OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'

export function order(fields = {}) {
  return { body: '茶', out_trade_no: newOutTradeNo('H'), total_fee: 88, openid: OPENID, spbill_create_ip: '127.0.0.1', ...fields }
}

/** An order that was paid: its number, its transaction and its notification's bytes. */
export async function paid(wechat, pay, fields = {}) {
  const made = order(fields)
  await pay.unifiedorder(made)
  const done = await wechat.control('/_emulator/pay', { out_trade_no: made.out_trade_no })
  assert.equal(done.err_msg, 'get_brand_wcpay_request:ok')
  return { out_trade_no: made.out_trade_no, body: notification(wechat, { ...done, total_fee: String(made.total_fee) }) }
}

/** A payment's notification, signed. */
export function notification(wechat, { out_trade_no, transaction_id, total_fee }) {
  const message = {
    appid: wechat.appid, mch_id: wechat.mch_id, nonce_str: 'n', openid: OPENID, result_code: 'SUCCESS', return_code: 'SUCCESS',
    out_trade_no, transaction_id, total_fee,
  }
  return Buffer.from(buildXml({ ...message, sign: sign(message, wechat.api_key) }))
}

/** An order of APIv3 that was paid: its number, and its notifications as either API sends them. */
export async function v3Paid(wechat, pay) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const out_trade_no = newOutTradeNo('H')
    const notify_url = `http://127.0.0.1:${server.address().port}/notify`
    await pay.v3.jsapi({ description: '茶', out_trade_no, amount: { total: 88 }, payer: { openid: OPENID }, notify_url })
    const posted = once(server, 'request')
    const done = await wechat.control('/_emulator/pay', { out_trade_no })
    const [request, response] = await posted
    const chunks = await request.toArray()
    response.writeHead(500).end()
    const v2 = { body: notification(wechat, { ...done, total_fee: '88' }) }
    return { out_trade_no, v2, v3: { body: Buffer.concat(chunks), headers: request.headers } }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
