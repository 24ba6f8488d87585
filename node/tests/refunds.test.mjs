// Refunds: the calls and their errors, notifications, and results that are handed over once.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { BusinessError, ConfigError, ConfirmedRefund, InvalidRequest, RefundNotification, TransportError, WxPay, newOutRefundNo, newOutTradeNo } from 'wxpaykit'
import { wxpayNotify } from 'wxpaykit/express'
import { startEmulator } from './emulator.mjs'

let wechat
before(async () => {
  wechat = await startEmulator()
})
after(() => wechat.stop())

const client = (more = {}) => new WxPay({ ...wechat.options, maxNetworkRetries: 0, ...more })
const file = (name) => readFileSync(new URL(`../../tests/refunds/${name}`, import.meta.url))
const ago = (seconds) => new Date(Date.now() - 1000 * seconds)

async function paid(pay) {
  const out_trade_no = newOutTradeNo('T')
  await pay.unifiedorder({ body: '茶', out_trade_no, total_fee: 600, spbill_create_ip: '127.0.0.1', openid: wechat.openid })
  await wechat.control('/_emulator/pay', { out_trade_no })
  return out_trade_no
}

const request = (out_trade_no, refund_fee = 400) => ({ out_trade_no, out_refund_no: newOutRefundNo('R'), total_fee: 600, refund_fee })

/** A refund with this result, and its notification. */
async function notice(pay, result = 'SUCCESS') {
  const bodies = []
  const shop = createServer(async (incoming, outgoing) => {
    const chunks = []
    for await (const chunk of incoming) {
      chunks.push(chunk)
    }
    bodies.push(Buffer.concat(chunks))
    outgoing.end('no')
  }).listen(0, '127.0.0.1')
  await once(shop, 'listening')
  const fields = request(await paid(pay))
  await pay.refund({ ...fields, notify_url: `http://127.0.0.1:${shop.address().port}/refunded` })
  await wechat.control('/_emulator/refund', { out_refund_no: fields.out_refund_no, result })
  await wechat.control('/_emulator/clock', { advance_s: 0 })
  shop.close()
  return { ...fields, body: bodies[0] }
}

const never = () => assert.fail('not a payment')
const payments = { amountOf: never, onPaid: never }

test('an order is refunded in parts, and found again', async () => {
  const pay = client()
  const out_trade_no = await paid(pay)
  const fields = request(out_trade_no)
  const reply = await pay.refund(fields)
  assert.deepEqual([reply.refund_fee, reply.total_fee, reply.cash_refund_fee, reply.coupons], [400, 600, 400, []])
  assert.equal((await pay.refund(fields)).refund_id, reply.refund_id)
  await pay.refund(request(out_trade_no, 100))
  const found = await pay.refundquery({ out_trade_no })
  assert.deepEqual(found.refunds.map((refund) => refund.refund_fee), [400, 100])
  assert.equal(found.refunds[0].out_refund_no, fields.out_refund_no)
  assert.ok(!('refund_fee_0' in found) && found.raw.refund_fee_0 === '400')
})

test('each refusal has its code, its words, and what is safe', async () => {
  const pay = client()
  const out_trade_no = await paid(pay)
  const fields = request(out_trade_no)
  const refused = async (promise, err_code, retry) => {
    const error = await promise.then(() => assert.fail('not refused'), (error) => error)
    assert.ok(error instanceof BusinessError, error)
    assert.deepEqual([error.err_code, error.retry], [err_code, retry])
    assert.ok(error.message.includes(error.err_code_des))
    return error
  }
  await refused(pay.refund(request('nobodys')), 'ORDERNOTEXIST', 'never')
  await refused(pay.refundquery({ out_refund_no: 'nobodys' }), 'REFUNDNOTEXIST', 'never')
  await wechat.control('/_emulator/balance', { mch_id: wechat.mch_id, fen: 10 })
  try {
    const error = await refused(pay.refund(fields), 'NOTENOUGH', 'same_request')
    assert.match(error.message, /same number/)
  } finally {
    await wechat.control('/_emulator/balance', { mch_id: wechat.mch_id, fen: null })
  }
  await pay.refund(fields)
  await refused(pay.refund({ ...fields, refund_fee: 1 }), 'ERROR', 'never')
  await pay.refund(request(out_trade_no, 200))
  assert.match((await refused(pay.refund(request(out_trade_no, 1)), 'ERROR', 'never')).message, /订单已全额退款/)
  await assert.rejects(pay.refund({ ...fields, refund_fee: 0 }), InvalidRequest)
  const { clientCert, clientKey, ...bare } = wechat.options
  assert.ok(clientCert && clientKey)
  await assert.rejects(new WxPay(bare).refund(fields), ConfigError)
})

test('a lost reply names the number', async () => {
  const pay = client()
  const fields = request(await paid(pay))
  const { out_trade_no, out_refund_no } = fields
  await wechat.control('/_emulator/faults', { fault: 'bad_gateway_after', endpoint: '/secapi/pay/refund', times: 1, out_trade_no })
  await assert.rejects(pay.refund(fields), (error) => {
    assert.ok(error instanceof TransportError)
    assert.deepEqual([error.outcome, error.retry], ['unknown', 'same_request'])
    return error.message.includes(out_refund_no) && error.message.includes('refundquery')
  })
  await pay.refund(fields)
  assert.equal((await pay.refundquery({ out_trade_no })).refund_fee, 400)
})

test('a refund is handed over once', async () => {
  const pay = client()
  const { body, out_refund_no, out_trade_no } = await notice(pay)
  const taken = []
  const handle = () =>
    pay.notify.handle(body, { ...payments, onRefunded: (refund, key) => taken.push([refund, key]), onRefundFailed: never })
  const results = [await handle(), await handle()]
  assert.deepEqual(results.map(({ state }) => state), ['delivered', 'handed_over'])
  const [[refund, key]] = taken
  assert.equal(taken.length, 1)
  assert.ok(refund instanceof ConfirmedRefund)
  assert.deepEqual([refund.out_refund_no, refund.refund_status, refund.refund_fee], [out_refund_no, 'SUCCESS', 400])
  assert.equal(key, `wxpay-refund-${wechat.mch_id}-${refund.refund_id}`)
  assert.deepEqual([results[0].refund, results[0].out_trade_no, results[1].out_trade_no], [refund, out_trade_no, out_trade_no])
  assert.match(results[0].body, /SUCCESS/)
  // Where only payments are taken, the error says what it is.
  const { error } = await pay.notify.handle(body, payments)
  assert.match(error.message, /refund notification.*onRefunded/)
})

test('a notification that says only FAIL names no refund', async () => {
  const pay = client()
  await wechat.control('/_emulator/faults', { fault: 'refund_notice_fail', times: 1 })
  const { body, out_refund_no } = await notice(pay)
  const failed = await pay.notify.handle(body, { ...payments, onRefunded: never, onRefundFailed: never })
  assert.deepEqual([failed.state, failed.delivered, failed.error.name], ['failed', false, 'PaymentMismatch'])
  assert.match(failed.error.message, /系统繁忙.*refundquery/)
  assert.throws(() => pay.notify.parseRefund(body), { name: 'PaymentMismatch', message: /系统繁忙.*refundquery/ })
  assert.equal((await pay.refundquery({ out_refund_no })).refunds[0].refund_status, 'SUCCESS')
})

test('a function that throws is called again', async () => {
  const pay = client()
  const { body } = await notice(pay)
  const trouble = new Error('the printer is on fire')
  const onRefunded = () => {
    throw trouble
  }
  const failed = await pay.notify.handle(body, { ...payments, onRefunded })
  assert.deepEqual([failed.state, failed.error], ['failed', trouble])
  assert.match(failed.body, /FAIL/)
  assert.ok((await pay.notify.handle(body, { ...payments, onRefunded: async () => {} })).delivered)
})

test('a refund that failed goes to its own function', async () => {
  for (const [result, kind] of [['REFUNDCLOSE', 'closed'], ['CHANGE', 'abnormal']]) {
    const pay = client()
    const { body, out_refund_no } = await notice(pay, result)
    // `null` leaves an option out, as `undefined` does.
    for (const onRefundFailed of [undefined, null]) {
      const untaken = await pay.notify.handle(body, { ...payments, onRefunded: never, onRefundFailed })
      assert.deepEqual([untaken.state, untaken.delivered], ['refund_failed', false])
      assert.match(untaken.body, /SUCCESS/)
      assert.match(untaken.error.message, new RegExp(`${out_refund_no}.*${result}`))
      assert.equal(untaken.refund.refund_status, result)
    }
    const keys = []
    const taken = await pay.notify.handle(body, { ...payments, onRefunded: never, onRefundFailed: (_, key) => keys.push(key) })
    assert.ok(taken.delivered)
    assert.ok(keys[0].startsWith(`wxpay-refund-${kind}-`), keys[0])
  }
})

test('frameworks take refunds too', async () => {
  const pay = client()
  const { body } = await notice(pay)
  const taken = []
  const answer = wxpayNotify(pay, { ...payments, onRefunded: (refund) => taken.push(refund.out_refund_no) })
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', body })
  assert.match(await response.text(), /SUCCESS/)
  assert.equal(taken.length, 1)
  server.close()
  assert.throws(() => wxpayNotify(pay, { ...payments, onRefunded: 1 }), InvalidRequest)
})

test('by hand, and at the wrong address', async () => {
  const pay = client()
  const { body, out_refund_no } = await notice(pay)
  const parsed = pay.notify.parseRefund(body)
  assert.ok(parsed instanceof RefundNotification)
  assert.deepEqual([parsed.out_refund_no, parsed.refund_fee], [out_refund_no, 400])
  assert.equal((await pay.notify.confirmRefund(body)).refund_status, 'SUCCESS')
  const { clientCert, clientKey, ...bare } = wechat.options
  assert.ok(clientCert && clientKey)
  const other = new WxPay({ ...bare, mchId: '1900000109' })
  assert.equal(other.notify.parseRefund(file('refund-notice.xml')).settlement_refund_fee, 392)
  for (const [name, part] of [
    ['refund-notice-fail.xml', /系统繁忙/],
    ['payment-notice-at-refund-url.xml', /this is a payment notification/],
    ['refund-notice-other-key.xml', /does not decrypt/],
  ]) {
    assert.throws(() => other.notify.parseRefund(file(name)), part)
  }
  assert.throws(() => pay.notify.parseRefund(file('refund-notice.xml')), /another client/)
})

test('pending refunds', async () => {
  const pay = client()
  const [done, closed, young] = [request(await paid(pay)), request(await paid(pay)), request(await paid(pay))]
  for (const fields of [done, closed, young]) {
    await pay.refund(fields)
  }
  await wechat.control('/_emulator/refund', { out_refund_no: done.out_refund_no, result: 'SUCCESS' })
  await wechat.control('/_emulator/refund', { out_refund_no: closed.out_refund_no, result: 'REFUNDCLOSE' })
  const taken = []
  const onRefunded = (refund) => taken.push(refund.out_refund_no)
  const row = ({ out_refund_no }, created) => ({ out_refund_no, refund_fee: 400, created })
  const pending = [
    row(done, ago(60)),
    row(closed, ago(60)),
    row(young, new Date()),
    row({ out_refund_no: 'nobodys' }, ago(60)),
    row({ out_refund_no: 'old' }, ago(40 * 86_400)),
    { ...row(done, ago(60)), refund_fee: 4.5 },
  ]
  const results = await pay.notify.reconcileRefunds(pending, { onRefunded })
  const states = ['delivered', 'refund_failed', 'not_due', 'failed', 'too_old', 'failed']
  assert.deepEqual(results.map(({ state }) => state), states)
  assert.deepEqual(taken, [done.out_refund_no])
  assert.deepEqual(Object.keys(results[0]), ['state', 'out_refund_no', 'next_due', 'refund', 'delivered', 'error'])
  assert.equal(results[1].refund.refund_status, 'REFUNDCLOSE')
  assert.ok(results[2].next_due instanceof Date)
  assert.ok(results[3].error instanceof BusinessError && results[5].error instanceof InvalidRequest)
  const [none] = await client().notify.reconcileRefunds([{ ...pending[1], created: ago(150) }], { onRefunded, onRefundFailed: null })
  assert.deepEqual([none.state, none.delivered], ['refund_failed', false])
  const [again] = await client().notify.reconcileRefunds([pending[1]], { onRefunded, onRefundFailed: onRefunded })
  assert.equal(again.state, 'delivered')
  await assert.rejects(pay.notify.reconcileRefunds('R1', { onRefunded }), /refunds/)
  await assert.rejects(pay.notify.reconcileRefunds([]), /onRefunded/)
})
