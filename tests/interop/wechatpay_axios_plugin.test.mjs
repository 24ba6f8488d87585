// wechatpay-axios-plugin: its chained calls for both APIs, and its parts for pages and notifications. It verifies every reply.

import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import express from 'express'
import plugin from 'wechatpay-axios-plugin'
import { listen, startWeChat } from './wechat.mjs'

const { Aes, Formatter, Hash, Rsa, Transformer, Wechatpay } = plugin

let wechat
before(async () => { wechat = await startWeChat() })
after(() => wechat.stop())

function client(secret = wechat.api_key) {
  // It wants what APIv3 needs, too. These are not the merchant's keys.
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return new Wechatpay({
    mchid: wechat.mch_id, secret, baseURL: `${wechat.url}/`, serial: 'merchant', privateKey, certs: { platform: publicKey },
  })
}

const common = () => ({ appid: wechat.appid, mch_id: wechat.mch_id })
const fields = (others) => ({
  ...common(), out_trade_no: randomBytes(16).toString('hex'), body: '龙井茶 & <50g>', total_fee: 100, trade_type: 'JSAPI',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', notify_url: 'http://127.0.0.1:9/notify', spbill_create_ip: '203.0.113.9', ...others,
})

for (const sign of [{}, { sign_type: 'MD5' }, { sign_type: 'HMAC-SHA256' }]) {
  test(`order, query, close: ${sign.sign_type ?? 'no sign_type'}`, async () => {
    const { v2 } = client()
    const order = fields(sign)
    const asked = { ...common(), out_trade_no: order.out_trade_no, ...sign }
    assert.match((await v2.pay.unifiedorder(order)).data.prepay_id, /^wx/)
    assert.equal((await v2.pay.orderquery(asked)).data.trade_state, 'NOTPAY')
    assert.equal((await v2.pay.closeorder(asked)).data.result_code, 'SUCCESS')
    assert.equal((await v2.pay.orderquery(asked)).data.trade_state, 'CLOSED')
  })
}

test('paid from a page, and notified', async () => {
  const { v2 } = client()
  const seen = []
  const app = express()
  app.post('/notify', express.text({ type: () => true }), (req, res) => {
    const message = Transformer.toObject(req.body)
    seen.push([message.out_trade_no, Hash.equals(Hash.sign('HMAC-SHA256', message, wechat.api_key), message.sign)])
    res.send(Transformer.toXml({ return_code: 'SUCCESS', return_msg: 'OK' }))
  })
  const shop = await listen(app)
  const order = fields({ sign_type: 'HMAC-SHA256', notify_url: shop.url })
  const { data: { prepay_id } } = await v2.pay.unifiedorder(order)
  const page = {
    appId: wechat.appid, timeStamp: `${Formatter.timestamp()}`, nonceStr: Formatter.nonce(), package: `prepay_id=${prepay_id}`,
    signType: 'HMAC-SHA256',
  }
  await wechat.pays({ params: { ...page, paySign: Hash.sign('HMAC-SHA256', page, wechat.api_key) } })
  await shop.stop()
  assert.deepEqual(seen, [[order.out_trade_no, true]])
  assert.equal((await wechat.order(order.out_trade_no)).notifications.acknowledged, true)
  const { data } = await v2.pay.orderquery({ ...common(), out_trade_no: order.out_trade_no })
  assert.equal(data.trade_state, 'SUCCESS')
})

test('a wrong key', async () => {
  const { v2 } = client('0'.repeat(32))
  for (const call of [v2.pay.unifiedorder, v2.pay.orderquery, v2.pay.closeorder]) {
    await assert.rejects(call(fields()), (error) => {
      assert.equal(error.response.data.return_msg, '签名错误')
      return true
    })
    assert.equal((await wechat.refusal()).mistake, 'unknown')
  }
})

/** A client of APIv3, by the platform certificate or by the public key. */
function v3(byPublicKey, privateKey = wechat.client_key) {
  const certs = byPublicKey
    ? { [wechat.platform_public_key_id]: wechat.platform_public_key }
    : { [wechat.platform_serial_no]: wechat.platform_certificate }
  const headers = byPublicKey ? { 'Wechatpay-Serial': wechat.platform_public_key_id } : {}
  return new Wechatpay({ mchid: wechat.mch_id, baseURL: `${wechat.url}/`, serial: wechat.serial_no, privateKey, certs, headers })
}

const order = (others) => ({
  appid: wechat.appid, mchid: wechat.mch_id, out_trade_no: randomBytes(16).toString('hex'), description: '龙井茶 & <50g>',
  notify_url: 'http://127.0.0.1:9/notify', amount: { total: 100 }, payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }, ...others,
})

for (const byPublicKey of [false, true]) {
  const name = byPublicKey ? 'by the public key' : 'by the certificate'

  test(`APIv3 ${name}: order, query, close`, async () => {
    const client = v3(byPublicKey)
    const made = order()
    const { data } = await client.v3.pay.transactions.jsapi.post(made)
    assert.match(data.prepay_id, /^wx/)
    const params = { mchid: wechat.mch_id }
    const asked = client.v3.pay.transactions.outTradeNo.$out_trade_no$
    const query = () => asked.get({ params, out_trade_no: made.out_trade_no })
    assert.equal((await query()).data.trade_state, 'NOTPAY')
    assert.equal((await asked.close.post({ mchid: wechat.mch_id }, { out_trade_no: made.out_trade_no })).status, 204)
    assert.equal((await query()).data.trade_state, 'CLOSED')
  })

  test(`APIv3 ${name}: paid, refunded, and notified`, async () => {
    const client = v3(byPublicKey)
    const seen = []
    const app = express()
    app.post('/notify', express.text({ type: () => true }), (req, res) => {
      const { headers } = req
      const key = byPublicKey ? wechat.platform_public_key : wechat.platform_certificate
      const text = Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], req.body)
      const right = Rsa.verify(text, headers['wechatpay-signature'], Rsa.from(key, Rsa.KEY_TYPE_PUBLIC))
      const { event_type, resource } = JSON.parse(req.body)
      const { ciphertext, nonce, associated_data } = resource
      const plain = JSON.parse(Aes.AesGcm.decrypt(ciphertext, wechat.api_v3_key, nonce, associated_data))
      seen.push([right, event_type, plain.out_trade_no])
      res.status(204).end()
    })
    const shop = await listen(app)
    const made = order({ notify_url: shop.url })
    const { data: { prepay_id } } = await client.v3.pay.transactions.jsapi.post(made)
    const page = { appId: wechat.appid, timeStamp: `${Formatter.timestamp()}`, nonceStr: Formatter.nonce(), package: `prepay_id=${prepay_id}` }
    const paySign = Rsa.sign(Formatter.joinedByLineFeed(...Object.values(page)), Rsa.from(wechat.client_key))
    await wechat.pays({ params: { ...page, signType: 'RSA', paySign } })
    assert.deepEqual(seen, [[true, 'TRANSACTION.SUCCESS', made.out_trade_no]])
    const out_refund_no = randomBytes(16).toString('hex')
    const refund = { out_trade_no: made.out_trade_no, out_refund_no, notify_url: shop.url, amount: { refund: 40, total: 100, currency: 'CNY' } }
    assert.equal((await client.v3.refund.domestic.refunds.post(refund)).data.status, 'PROCESSING')
    await wechat.post('/_emulator/clock', { advance_s: 3 })
    const found = await client.v3.refund.domestic.refunds.$out_refund_no$.get({ out_refund_no })
    assert.equal(found.data.status, 'SUCCESS')
    await shop.stop()
    assert.deepEqual(seen[1], [true, 'REFUND.SUCCESS', made.out_trade_no])
  })
}

test('APIv3: the platform certificates', async () => {
  const { data: { data: [one] } } = await v3(false).v3.certificates.get()
  const { ciphertext, nonce, associated_data } = one.encrypt_certificate
  assert.equal(Aes.AesGcm.decrypt(ciphertext, wechat.api_v3_key, nonce, associated_data), wechat.platform_certificate)
})

test('APIv3: a probe, and a wrong key', async () => {
  await wechat.post('/_emulator/faults', { fault: 'probe', endpoint: '/v3/certificates', times: 1 })
  await assert.rejects(v3(false).v3.certificates.get(), { code: 'EV3_RES_HEADER_SIGNATURE_DIGEST' })
  assert.equal((await v3(false).v3.certificates.get()).status, 200)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const stranger = v3(false, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await assert.rejects(stranger.v3.pay.transactions.jsapi.post(order()), (error) => {
    assert.deepEqual([error.response.status, error.response.data.code], [401, 'SIGN_ERROR'])
    return true
  })
  const [entry] = await wechat.get('/_emulator/journal?limit=1')
  assert.equal(entry.explanation.mistake, 'signed_by_unknown_key')
})
