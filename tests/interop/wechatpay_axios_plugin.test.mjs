// wechatpay-axios-plugin: its chained calls for APIv2, and its parts for pages and notifications. It verifies every reply.

import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import express from 'express'
import plugin from 'wechatpay-axios-plugin'
import { listen, startWeChat } from './wechat.mjs'

const { Formatter, Hash, Transformer, Wechatpay } = plugin

let wechat
before(async () => { wechat = await startWeChat() })
after(() => wechat.stop())

function client(secret = wechat.api_key) {
  // It wants what APIv3 needs, too.
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
