// wechatpay-node-v3: orders, refunds, notifications and platform certificates of APIv3.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import express from 'express'
import WxPay from 'wechatpay-node-v3'
import { PayRequest } from 'wechatpay-node-v3/dist/lib/pay-request.js'
import { listen, startWeChat } from './wechat.mjs'

let wechat
before(async () => { wechat = await startWeChat() })
after(() => wechat.stop())

function client(privateKey = wechat.client_key) {
  const pay = new WxPay({
    appid: wechat.appid, mchid: wechat.mch_id, publicKey: Buffer.from(wechat.client_cert), privateKey: Buffer.from(privateKey),
    serial_no: wechat.serial_no, key: wechat.api_v3_key,
  })
  // Its addresses are constants; its own hook for another HTTP client changes the host.
  const http = new PayRequest()
  const here = (url) => url.replace('https://api.mch.weixin.qq.com', wechat.url)
  pay.createHttp({
    get: (url, headers) => http.get(here(url), headers),
    post: (url, params, headers) => http.post(here(url), params, headers),
    upload: (url, params, headers) => http.upload(here(url), params, headers),
    postV2: (url, params, headers) => http.postV2(here(url), params, headers),
    getV2: (url, headers) => http.getV2(here(url), headers),
  })
  return pay
}

const order = (others) => ({
  description: '龙井茶 & <50g>', out_trade_no: randomBytes(16).toString('hex'), notify_url: 'http://127.0.0.1:9/notify',
  amount: { total: 100, currency: 'CNY' }, ...others,
})
const payer = { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }

test('order, query, close', async () => {
  const pay = client()
  const made = order({ payer })
  const reply = await pay.transactions_jsapi(made)
  assert.equal(reply.status, 200, JSON.stringify(reply))
  // It returns the parameters of the page.
  assert.match(reply.data.package, /^prepay_id=wx/)
  const asked = { out_trade_no: made.out_trade_no }
  assert.equal((await pay.query(asked)).data.trade_state, 'NOTPAY')
  assert.equal((await pay.close(made.out_trade_no)).status, 204)
  assert.equal((await pay.query(asked)).data.trade_state, 'CLOSED')
})

test('the other ways', async () => {
  const pay = client()
  assert.match((await pay.transactions_native(order())).data.code_url, /^weixin:/)
  // It returns the parameters of the app.
  assert.match((await pay.transactions_app(order())).data.prepayid, /^wx/)
  const scene_info = { payer_client_ip: '203.0.113.9', h5_info: { type: 'Wap', app_name: '茶铺' } }
  assert.match((await pay.transactions_h5(order({ scene_info }))).data.h5_url, /checkmweb/)
})

test('paid from a page, refunded, and notified', async () => {
  const pay = client()
  const seen = []
  const app = express()
  app.post('/notify', express.text({ type: () => true }), async (req, res) => {
    const { headers } = req
    const right = await pay.verifySign({
      timestamp: headers['wechatpay-timestamp'], nonce: headers['wechatpay-nonce'], serial: headers['wechatpay-serial'],
      signature: headers['wechatpay-signature'], body: req.body, apiSecret: wechat.api_v3_key,
    })
    const { event_type, resource } = JSON.parse(req.body)
    const plain = pay.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce, wechat.api_v3_key)
    seen.push([right, event_type, plain.out_trade_no, plain.transaction_id])
    res.status(204).end()
  })
  const shop = await listen(app)
  const made = order({ payer, notify_url: shop.url })
  const { data } = await pay.transactions_jsapi(made)
  await wechat.pays({ params: data })
  assert.deepEqual(seen[0].slice(0, 3), [true, 'TRANSACTION.SUCCESS', made.out_trade_no])
  assert.equal((await wechat.order(made.out_trade_no)).notifications.acknowledged, true)
  const transaction_id = seen[0][3]
  assert.equal((await pay.query({ transaction_id })).data.trade_state, 'SUCCESS')
  const out_refund_no = randomBytes(16).toString('hex')
  const amount = { refund: 40, total: 100, currency: 'CNY' }
  const refund = await pay.refunds({ transaction_id, out_refund_no, notify_url: shop.url, amount })
  assert.equal((refund.data ?? refund).status, 'PROCESSING', JSON.stringify(refund))
  await wechat.post('/_emulator/clock', { advance_s: 3 })
  const found = await pay.find_refunds(out_refund_no)
  assert.equal((found.data ?? found).status, 'SUCCESS')
  await shop.stop()
  assert.deepEqual(seen[1].slice(0, 3), [true, 'REFUND.SUCCESS', made.out_trade_no])
})

test('platform certificates', async () => {
  const [one] = await client().get_certificates(wechat.api_v3_key)
  assert.equal(one.serial_no, wechat.platform_serial_no)
  assert.match(one.publicKey, /BEGIN PUBLIC KEY/)
})

test('another key', async () => {
  // The key of another merchant of the emulator.
  const stranger = await readFile(new URL('../../emulator/keys/merchant-2.pem', import.meta.url), 'utf8')
  const reply = await client(stranger).transactions_jsapi(order({ payer }))
  assert.equal(reply.status, 401, JSON.stringify(reply))
  assert.equal((await wechat.refusal('v3:SIGN_ERROR 签名错误')).mistake, 'signed_by_unknown_key')
})
