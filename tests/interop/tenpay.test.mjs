// tenpay: orders, pages, apps, and its Express middleware for notifications. It verifies every reply.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import express from 'express'
import tenpay from 'tenpay'
import { listen, startWeChat } from './wechat.mjs'

let wechat
before(async () => { wechat = await startWeChat() })
after(() => wechat.stop())

function client(partnerKey = wechat.api_key) {
  const payment = new tenpay({
    appid: wechat.appid, mchid: wechat.mch_id, partnerKey,
    notify_url: 'http://127.0.0.1:9/notify', spbill_create_ip: '203.0.113.9',
  })
  for (const [name, url] of Object.entries(payment.urls)) {
    payment.urls[name] = url.replace('https://api.mch.weixin.qq.com', wechat.url)
  }
  return payment
}

const fields = (others) => ({
  out_trade_no: randomBytes(16).toString('hex'), body: '龙井茶 & <50g>', total_fee: 100, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', ...others,
})

/** The middleware's notifications, as its users mount it. */
async function notified(payment) {
  const seen = []
  const app = express()
  app.post('/notify', express.text({ type: () => true }), payment.middlewareForExpress('pay'), (req, res) => {
    seen.push(req.weixin)
    res.reply()
  })
  return { seen, ...await listen(app) }
}

for (const sign_type of ['MD5', 'HMAC-SHA256']) {
  test(`order, query, close: ${sign_type}`, async () => {
    const payment = client()
    const order = fields({ sign_type })
    assert.match((await payment.unifiedOrder(order)).prepay_id, /^wx/)
    const { out_trade_no } = order
    assert.equal((await payment.orderQuery({ out_trade_no, sign_type })).trade_state, 'NOTPAY')
    await payment.closeOrder({ out_trade_no, sign_type })
    assert.equal((await payment.orderQuery({ out_trade_no, sign_type })).trade_state, 'CLOSED')
  })
}

test('paid from a page, and notified', async () => {
  const payment = client()
  const shop = await notified(payment)
  const order = fields({ notify_url: shop.url, attach: '桌号 7' })
  await wechat.pays({ params: await payment.getPayParams(order) })
  await shop.stop()
  assert.deepEqual(shop.seen.map(({ out_trade_no, total_fee, attach }) => [out_trade_no, total_fee, attach]), [[order.out_trade_no, '100', '桌号 7']])
  assert.equal((await wechat.order(order.out_trade_no)).notifications.acknowledged, true)
  assert.equal((await payment.orderQuery({ transaction_id: shop.seen[0].transaction_id })).trade_state, 'SUCCESS')
  await assert.rejects(payment.closeOrder({ out_trade_no: order.out_trade_no }), { message: 'ORDERPAID' })
})

test('paid in an app, and notified', async () => {
  const payment = client()
  const shop = await notified(payment)
  const order = fields({ notify_url: shop.url, openid: undefined })
  const params = await payment.getAppParams(order)
  await wechat.post('/_emulator/pay', { app_params: params })
  await wechat.post('/_emulator/clock', { advance_s: 0 })
  await shop.stop()
  assert.equal(shop.seen.length, 1)
})

test('a notification under another key', async () => {
  const payment = client()
  const shop = await notified(client('0'.repeat(32)))
  const order = fields({ notify_url: shop.url })
  await wechat.pays({ params: await payment.getPayParams(order) })
  await shop.stop()
  assert.equal(shop.seen.length, 0)
  assert.equal((await wechat.order(order.out_trade_no)).notifications.acknowledged, false)
})

for (const [name, key, mistake] of [
  ['another key', () => '0'.repeat(32), 'unknown'],
  ['a key with a line break', (key) => `${key}\n`, 'key_with_white_space'],
]) {
  test(`wrong: ${name}`, async () => {
    const payment = client(key(wechat.api_key))
    const out_trade_no = '20150806125346'
    for (const call of [
      () => payment.unifiedOrder(fields()), () => payment.orderQuery({ out_trade_no }), () => payment.closeOrder({ out_trade_no }),
    ]) {
      await assert.rejects(call, { message: '签名错误' })
      const why = await wechat.refusal()
      assert.equal(why.mistake, mistake)
      assert.match(why.string_to_sign, /&key=\*\*\*$/)
    }
  })
}
