// Payment codes: the calls, and what they refuse.

import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { BusinessError, ConfigError, InvalidRequest, WxPay, newOutTradeNo } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

let wechat
before(async () => {
  wechat = await startEmulator()
})
after(() => wechat.stop())
afterEach(() => wechat.clearFaults())

const client = (more = {}) => new WxPay({ ...wechat.options, maxNetworkRetries: 0, ...more })
const shown = async () => (await wechat.control('/_emulator/payment-code', {})).auth_code

async function charge(total_fee = 88, more = {}) {
  const fields = { auth_code: await shown(), body: '茶', out_trade_no: newOutTradeNo('T'), total_fee }
  return { ...fields, spbill_create_ip: '203.0.113.9', ...more }
}

test('a code is charged, asked about and cancelled', async () => {
  const pay = client()
  const fields = await charge()
  const { out_trade_no } = fields
  const asked = await pay.authcodetoopenid({ auth_code: fields.auth_code })
  const paid = await pay.micropay({ ...fields, auth_code: ` ${fields.auth_code}\r\n` })
  assert.deepEqual([paid.total_fee, paid.trade_type, paid.trade_state, paid.coupons], [88, 'MICROPAY', 'SUCCESS', []])
  assert.deepEqual([paid.openid, paid.sub_openid, paid.out_trade_no], [asked.openid, undefined, out_trade_no])
  assert(paid.time_end instanceof Date)
  assert.equal((await pay.reverse({ out_trade_no })).recall, 'N')
  assert.equal((await pay.orderquery({ out_trade_no })).trade_state, 'REVOKED')
  await wechat.control('/_emulator/faults', { fault: 'user_paying', reply: 'state', times: 1 })
  const next = await charge()
  const paying = await pay.micropay(next)
  assert.deepEqual([paying.trade_state, paying.transaction_id, paying.total_fee], ['USERPAYING', undefined, undefined])
  await wechat.control('/_emulator/faults', { fault: 'recall', times: 1 })
  assert.equal((await pay.reverse({ out_trade_no: next.out_trade_no })).recall, 'Y')
})

test('refusals say what is safe', async () => {
  const pay = client()
  for (const [auth_code, words] of [['280000000000000000', 'Alipay'], ['13471', '18 digits'], ['weixin://x', 'another QR code']]) {
    await assert.rejects(pay.micropay(await charge(88, { auth_code })), (error) => {
      assert(error instanceof InvalidRequest && error.field === 'auth_code')
      assert(error.message.includes(words) && !error.message.includes(auth_code), error.message)
      return true
    })
  }
  const fields = await charge()
  await pay.micropay(fields)
  for (const [given, code, retry] of [
    [fields, 'ORDERPAID', 'query_first'],
    [{ ...fields, out_trade_no: newOutTradeNo('T') }, 'AUTH_CODE_INVALID', 'never'],
    [await charge(100_001), 'USERPAYING', 'query_first'],
  ]) {
    await assert.rejects(pay.micropay(given), (error) => {
      assert(error instanceof BusinessError)
      assert.deepEqual([error.err_code, error.retry, error.out_trade_no], [code, retry, given.out_trade_no])
      return true
    })
  }
  await assert.rejects(pay.reverse({ out_trade_no: 'unknown' }), /ORDERNOTEXIST/)
  const { clientCert, clientKey, ...bare } = wechat.options
  await assert.rejects(new WxPay(bare).reverse({ out_trade_no: 'unknown' }), ConfigError)
})

test('a lost answer is not asked for again', async () => {
  const pay = client()
  for (const fault of [{ fault: 'timeout_after', ms: 10 }, { fault: 'bankerror_after' }, { fault: 'wrong_sign' }]) {
    await wechat.control('/_emulator/faults', { ...fault, endpoint: '/pay/micropay', times: 1 })
    const fields = await charge()
    const { out_trade_no } = fields
    await assert.rejects(pay.micropay(fields), (error) => {
      assert.deepEqual([error.retry, error.out_trade_no], ['query_first', out_trade_no])
      assert(error.message.includes(`orderquery about out_trade_no ${out_trade_no}`), error.message)
      return true
    })
    assert.equal((await pay.orderquery({ out_trade_no })).trade_state, 'SUCCESS')
  }
})
