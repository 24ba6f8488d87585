// Payment codes and abnormal refunds by APIv3 against the emulator.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { BusinessError, InvalidRequest, newOutRefundNo, newOutTradeNo, WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

const CARD = { bank_type: 'ICBC_DEBIT', bank_account: '6222020200012345678', real_name: '张三' }

let wechat, v3

before(async () => {
  wechat = await startEmulator()
  v3 = new WxPay({ ...wechat.options, ...wechat.v3Options, notifyUrl: 'http://127.0.0.1:9/notify' }).v3
})
afterEach(() => wechat.clearFaults())
after(() => wechat.stop())

/** A request that is not sent because of this field. */
const refused = (call, field) => assert.rejects(call, (error) => {
  assert.ok(error instanceof InvalidRequest, String(error))
  assert.equal(error.field, field, String(error))
  return true
})

/** WeChat's refusal, and what is safe. */
const business = (call, errCode, retry) => assert.rejects(call, (error) => {
  assert.ok(error instanceof BusinessError, String(error))
  assert.deepEqual([error.err_code, error.retry], [errCode, retry], String(error))
  return true
})

async function charge(total = 88, others = {}) {
  const { auth_code } = await wechat.control('/_emulator/payment-code', {})
  return {
    description: '茶', out_trade_no: newOutTradeNo('T'), amount: { total }, payer: { auth_code },
    scene_info: { device_ip: '203.0.113.9' }, ...others,
  }
}

test('a code is charged, asked about and cancelled', async () => {
  const order = await charge()
  const { out_trade_no } = order
  const paid = await v3.codepay(order)
  assert.deepEqual([paid.trade_state, paid.amount.total, paid.trade_type], ['SUCCESS', 88, 'MICROPAY'])
  assert.equal((await v3.query({ transaction_id: paid.transaction_id })).out_trade_no, out_trade_no)
  assert.equal((await v3.reverse({ out_trade_no })).out_trade_no, out_trade_no)
  assert.equal((await v3.query({ out_trade_no })).trade_state, 'REVOKED')
  // Above ¥1000 the customer has to confirm.
  const dear = await charge(100_001)
  const waits = await v3.codepay(dear)
  assert.deepEqual([waits.trade_state, waits.transaction_id, waits.amount], ['USERPAYING', undefined, undefined])
  await wechat.control('/_emulator/pay', { out_trade_no: dear.out_trade_no })
  assert.equal((await v3.query({ out_trade_no: dear.out_trade_no })).trade_state, 'SUCCESS')
})

test('what a charge is refused for', async () => {
  await business(v3.codepay(await charge(88, { payer: { auth_code: '139999999999999999' } })), 'AUTH_CODE_INVALID', 'never')
  await business(v3.reverse({ out_trade_no: 'none' }), 'ORDER_NOT_EXIST', 'never')
  const order = await charge()
  for (const [name, wrong, field] of [
    ['payer', undefined, 'payer'],
    ['payer', {}, 'payer.auth_code'],
    ['payer', { auth_code: 5 }, 'payer.auth_code'],
    ['payer', '131234567890123456', 'payer'],
    ['amount', { total: 0.88 }, 'amount.total'],
    ['amount', { total: '88' }, 'amount.total'],
    ['amount', 88, 'amount'],
    ['out_trade_no', 'A'.repeat(33), 'out_trade_no'],
    ['scene_info', { device_ip: 'here' }, 'scene_info.device_ip'],
    ['openid', 'o', 'openid'],
    ['payer', { auth_code: '281234567890123456' }, 'payer.auth_code'],
  ]) {
    await refused(v3.codepay({ ...order, [name]: wrong }), field)
  }
})

test('a charge whose outcome is unknown is not sent again', async () => {
  await wechat.control('/_emulator/faults', { fault: 'systemerror_after', endpoint: '/v3/pay/transactions/codepay', times: 1 })
  const order = await charge()
  const { out_trade_no } = order
  await assert.rejects(v3.codepay(order), (error) => {
    assert.deepEqual([error.retry, error.out_trade_no], ['query_first', out_trade_no])
    return true
  })
  const journal = await wechat.control('/_emulator/journal')
  const asked = journal.filter((entry) => entry.out_trade_no === out_trade_no)
  assert.deepEqual(asked.map((entry) => entry.path), ['/v3/pay/transactions/codepay'])
  assert.equal((await v3.query({ out_trade_no })).trade_state, 'SUCCESS')
})

test('an abnormal refund goes to another account', async () => {
  const number = newOutTradeNo('T')
  const out_refund_no = newOutRefundNo()
  await v3.jsapi({ description: '茶', out_trade_no: number, amount: { total: 88 }, payer: { openid: wechat.openid } })
  await wechat.control('/_emulator/pay', { out_trade_no: number })
  const { refund_id } = await v3.refund({
    out_trade_no: number, out_refund_no, amount: { refund: 30, total: 88, currency: 'CNY' },
  })
  await wechat.control('/_emulator/refund', { out_refund_no, result: 'CHANGE' })
  assert.equal((await v3.refundQuery({ out_refund_no })).status, 'ABNORMAL')
  const full = { refund_id, out_refund_no, type: 'USER_BANK_CARD', ...CARD }
  for (const missing of ['refund_id', 'out_refund_no', 'type', ...Object.keys(CARD)]) {
    await refused(v3.applyAbnormalRefund({ ...full, [missing]: undefined }), missing)
  }
  for (const [name, wrong] of [['type', 'CASH'], ['refund_id', 'a b'], ['bank_account', 6222], ['bank_account', '6'.repeat(215)]]) {
    await refused(v3.applyAbnormalRefund({ ...full, [name]: wrong }), name)
  }
  const sent = await v3.applyAbnormalRefund(full)
  assert.deepEqual([sent.status, sent.refund_id], ['PROCESSING', refund_id])
  const toMerchant = { refund_id, out_refund_no, type: 'MERCHANT_BANK_CARD' }
  await business(v3.applyAbnormalRefund(toMerchant), 'INVALID_REQUEST', 'never')
  await business(v3.applyAbnormalRefund({ ...toMerchant, out_refund_no: 'R-other' }), 'RESOURCE_NOT_EXISTS', 'never')
})
