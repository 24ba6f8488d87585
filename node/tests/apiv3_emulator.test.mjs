// Calls of APIv3 against the emulator, which checks what WeChat checks.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BusinessError, InvalidRequest, newOutRefundNo, newOutTradeNo, WxPay } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
import { BUILT } from './emulator.mjs'

let wechat

before(async () => {
  wechat = await startEmulator({ binary: BUILT })
})
after(() => wechat.stop())

test('an object is taken by its properties, whatever its class', async () => {
  class Amount { total = 5 }
  class Order {
    description = '茶'
    out_trade_no = newOutTradeNo()
    amount = new Amount()
  }
  const pay = new WxPay({ ...wechat.options, ...wechat.v3Options, notifyUrl: 'https://shop.example/wxpay/notify' })
  const order = new Order()
  assert.match((await pay.v3.native(order)).code_url, /^weixin:/)
  assert.equal((await pay.v3.query({ out_trade_no: order.out_trade_no })).trade_state, 'NOTPAY')
  for (const [amount, rule] of [[new Map([['total', 5]]), /not a Map/], [new Date(), /not a time/], [[5], /amount/], [Buffer.from('{}'), /not a Buffer/]]) {
    await assert.rejects(pay.v3.native({ ...order, amount }), (error) => error instanceof InvalidRequest && error.field === 'amount' && rule.test(error.message))
  }
})

for (const kind of ['public key', 'certificates']) {
  test(`an order is made, paid and refunded, by ${kind}`, async () => {
    const { apiV3Key, ...publicKey } = wechat.v3Options
    const own = kind === 'certificates' ? { apiV3Key } : { apiV3Key, ...publicKey }
    const pay = new WxPay({ ...wechat.options, ...own, notifyUrl: 'https://shop.example/wxpay/notify' })
    const number = newOutTradeNo()
    const order = await pay.v3.jsapi({
      description: '茶',
      out_trade_no: number,
      amount: { total: 88 },
      payer: { openid: wechat.openid },
    })
    await wechat.pay({ params: await pay.v3.jsapiParams(order.prepay_id) })
    const paid = await pay.v3.query({ out_trade_no: number })
    assert.deepEqual([paid.trade_state, paid.amount.total], ['SUCCESS', 88])
    const refund = await pay.v3.refund({
      out_trade_no: number,
      out_refund_no: newOutRefundNo(),
      amount: { refund: 30, total: 88, currency: 'CNY' },
    })
    assert.equal(refund.amount.refund, 30)
    assert.equal((await pay.v3.refundQuery({ out_refund_no: refund.out_refund_no })).refund_id, refund.refund_id)
    const unpaid = newOutTradeNo()
    const native = await pay.v3.native({ description: '茶', out_trade_no: unpaid, amount: { total: 1 } })
    assert.match(native.code_url, /^weixin:/)
    await pay.v3.close({ out_trade_no: unpaid })
    assert.equal((await pay.v3.query({ out_trade_no: unpaid })).trade_state, 'CLOSED')
    await assert.rejects(pay.v3.query({ out_trade_no: newOutTradeNo() }), BusinessError)
  })
}

test('a misspelt path is named', async () => {
  const pay = new WxPay({ ...wechat.options, ...wechat.v3Options })
  await assert.rejects(pay.v3.call('POST', '/v3/pay/transaction/jsapi', { json: {} }), /did you mean \/v3\/pay\/transactions\/jsapi\?/)
  await assert.rejects(pay.v3.call('GET', '/v3/pay/transactions/jsapi'), /this path is for POST, not for GET/)
})
