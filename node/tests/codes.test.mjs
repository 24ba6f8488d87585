// Payment codes: the calls, payments by code, permanent codes, and small calls.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { BusinessError, ConfigError, ConfirmedPayment, InvalidRequest, NativeQuestion, PaymentMismatch, SignatureError, TransportError, WxPay, buildXml, newOutTradeNo, parseXml, sign } from 'wxpaykit'
import { startEmulator as startTestEmulator } from 'wxpaykit/testing'
import { BUILT, startEmulator } from './emulator.mjs'

const PROVIDER = {
  appid: 'wx8888888888888888',
  mch_id: '1500000001',
  api_key: '0123456789abcdef0123456789abcdef',
  app_secret: '5a1d0c7e9b3f48268f2e6d4b7c90a1e3',
  api_v3_key: 'fedcba9876543210fedcba9876543210',
  provider: true,
  sub_mch_ids: ['1600000001', '1600000002'],
}

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
      assert(error.message.includes(`orderquery with out_trade_no ${out_trade_no}`), error.message)
      return true
    })
    assert.equal((await pay.orderquery({ out_trade_no })).trade_state, 'SUCCESS')
  }
})

const QUICK = { within: 400, interval: 60, reverseAfter: 300 }
const CHARGES = { v2: '/pay/micropay', v3: '/v3/pay/transactions/codepay' }

/** The settings of one API alone. */
const of = (api) => (api === 'v2' ? {} : { apiKey: undefined, ...wechat.v3Options })

for (const api of ['v2', 'v3']) {
  test(`a code is paid, refused or cancelled, by API${api}`, async () => {
    const pay = client(of(api))
    const fields = await charge()
    const paid = await pay.payByCode(fields, QUICK)
    assert.deepEqual([paid.state, paid.out_trade_no, paid.trade_state, paid.error], ['paid', fields.out_trade_no, 'SUCCESS', undefined])
    assert(paid.payment instanceof ConfirmedPayment && paid.payment.total_fee === 88 && paid.payment.api === api)

    const seen = []
    const cancelled = await pay.payByCode(await charge(100_001), { ...QUICK, onProgress: (progress) => seen.push(progress) })
    assert.deepEqual([cancelled.state, cancelled.payment, cancelled.trade_state], ['reversed', undefined, 'REVOKED'])
    assert.match(cancelled.advice, /new out_trade_no/)
    assert.match(cancelled.advice_zh, /订单/)
    assert.deepEqual(seen.slice(0, 2).map(({ stage }) => stage), ['charging', 'waiting'])
    assert.equal(seen.at(-1).stage, 'reversing')
    assert(seen[1].trade_state === 'USERPAYING' && seen[1].left < 400)
    // APIv3 says it as a state.
    assert.equal(seen[1].error?.err_code, api === 'v2' ? 'USERPAYING' : undefined)

    await wechat.control('/_emulator/faults', { fault: 'user_paying', reply: 'state', queries: 2, times: 1 })
    assert.equal((await pay.payByCode(await charge(), QUICK)).state, 'paid')
    const refused = await pay.payByCode(await charge(88, { auth_code: '130000000000000000' }), QUICK)
    assert.deepEqual([refused.state, refused.error.err_code], ['refused', 'AUTH_CODE_INVALID'])
  })

  test(`a number is charged once, and taken up again, by API${api}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-codes-'))
    try {
      const pay = () => client({ ...of(api), store: `sqlite://${join(folder, 'store.db')}` })
      const fields = await charge(100_001)
      const { out_trade_no } = fields
      const unknown = await pay().payByCode(fields, { ...QUICK, reverse: false })
      assert.deepEqual([unknown.state, unknown.trade_state], ['unknown', 'USERPAYING'])
      const again = pay().payByCode({ ...fields, auth_code: await shown() }, QUICK)
      await assert.rejects(again, (error) => error instanceof InvalidRequest && error.field === 'out_trade_no')
      const wrong = pay().resumePayByCode(out_trade_no, { ...QUICK, totalFee: 1 })
      await assert.rejects(wrong, (error) => error instanceof InvalidRequest && error.field === 'total_fee')
      await wechat.control('/_emulator/pay', { out_trade_no })
      const paid = await pay().resumePayByCode(out_trade_no, { ...QUICK, totalFee: 100_001n })
      assert.equal(paid.payment.out_trade_no, out_trade_no)
      const other = client({ ...of(api), store: 'memory:' }).resumePayByCode(out_trade_no, { ...QUICK, totalFee: 1 })
      await assert.rejects(other, PaymentMismatch)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test(`a number is charged for one sub-merchant, by API${api}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-codes-'))
    const provider = await startTestEmulator({ binary: BUILT, merchants: PROVIDER })
    try {
      const keys = api === 'v2' ? {} : { apiKey: undefined, ...provider.v3Options }
      const store = `sqlite://${join(folder, 'store.db')}`
      const pay = (more = {}) => new WxPay({ ...provider.options, ...keys, store, ...more })
      const [first, other] = PROVIDER.sub_mch_ids
      const scanned = async () => (await provider.control('POST', '/_emulator/payment-code', {})).auth_code
      const fields = { ...(await charge(100_001)), auth_code: await scanned(), sub_mch_id: first }
      const unknown = await pay().payByCode(fields, { ...QUICK, reverse: false })
      assert.deepEqual([unknown.state, unknown.trade_state], ['unknown', 'USERPAYING'])
      const asked = { ...QUICK, totalFee: 100_001 }
      for (const [client, options] of [[pay(), { ...asked, subMchId: other }], [pay({ subMchId: other }), asked], [pay(), asked]]) {
        await assert.rejects(client.resumePayByCode(fields.out_trade_no, options), (error) => {
          assert(error instanceof InvalidRequest && error.message.includes(`was charged for ${first}`), error.message)
          assert.equal(error.field, 'sub_mch_id')
          return true
        })
      }
      const again = { ...fields, auth_code: await scanned(), sub_mch_id: other }
      await assert.rejects(pay().payByCode(again, QUICK), (error) => error instanceof InvalidRequest && error.field === 'out_trade_no')
      await provider.pay({ out_trade_no: fields.out_trade_no })
      const paid = await pay().resumePayByCode(fields.out_trade_no, { ...asked, subMchId: first })
      assert.deepEqual([paid.state, paid.payment.sub_mch_id], ['paid', first])
    } finally {
      await provider.stop()
      rmSync(folder, { recursive: true })
    }
  })

  test(`a lost answer is found or cancelled, by API${api}`, async () => {
    const pay = client(of(api))
    for (const [fault, state] of [['timeout_after', 'paid'], ['timeout_before', 'refused'], ['systemerror_after', 'paid']]) {
      const more = fault.startsWith('timeout') ? { ms: 5 } : {}
      await wechat.control('/_emulator/faults', { fault, endpoint: CHARGES[api], times: 1, ...more })
      assert.equal((await pay.payByCode(await charge(), QUICK)).state, state, fault)
    }
    await wechat.control('/_emulator/faults', { fault: 'bad_gateway_before', endpoint: api === 'v2' ? '/pay/orderquery' : '/v3/pay/transactions/out-trade-no/{out_trade_no}' })
    await wechat.control('/_emulator/faults', { fault: 'bankerror_after', endpoint: CHARGES[api], times: 1 })
    assert.equal((await pay.payByCode(await charge(), QUICK)).state, 'reversed')
  })
}

test('a code is charged in the currency of the settings', async () => {
  const dollars = { feeType: 'USD', ...wechat.v3Options }
  const paid = await client(dollars).payByCode(await charge(), QUICK)
  assert.deepEqual([paid.state, paid.payment.fee_type], ['paid', 'USD'])
  for (const [fee_type, settings] of [['USD', wechat.v3Options], ['CNY', dollars]]) {
    for (const api of ['v2', 'v3']) {
      const fields = await charge(88, { fee_type })
      await assert.rejects(client(settings).payByCode(fields, { ...QUICK, api }), (error) => {
        assert(error instanceof InvalidRequest && error.field === 'fee_type', error.message)
        return true
      })
      assert.deepEqual(await wechat.control(`/_emulator/orders?out_trade_no=${fields.out_trade_no}`), [])
    }
  }
})

test('an order is made, paid and refunded in the currency of the settings', async () => {
  const [dollars, yuan] = [client({ feeType: 'USD', ...wechat.v3Options }), client(wechat.v3Options)]
  const number = newOutTradeNo('U')
  const order = { body: '茶', out_trade_no: number, total_fee: 88, spbill_create_ip: '203.0.113.9', openid: wechat.openid }
  await dollars.unifiedorder(order)
  await wechat.control('/_emulator/pay', { out_trade_no: number })
  assert.equal((await dollars.waitForPayment(number, { totalFee: 88, within: 0 })).fee_type, 'USD')
  const refund = { out_trade_no: number, out_refund_no: `R${number}`, total_fee: 88, refund_fee: 30 }
  await dollars.refund(refund)
  const native = { description: '茶', out_trade_no: newOutTradeNo('U'), amount: { total: 88 } }
  for (const [call, field] of [
    [() => dollars.unifiedorder({ ...order, fee_type: 'CNY' }), 'fee_type'],
    [() => yuan.unifiedorder({ ...order, fee_type: 'USD' }), 'fee_type'],
    [() => dollars.refund({ ...refund, refund_fee_type: 'CNY' }), 'refund_fee_type'],
    [() => yuan.v3.native({ ...native, amount: { total: 88, currency: 'USD' } }), 'amount.currency'],
    [() => dollars.v3.native({ ...native, amount: { total: 88, currency: 'CNY' } }), 'amount.currency'],
  ]) {
    await assert.rejects(call, (error) => error instanceof InvalidRequest && error.field === field)
  }
  await yuan.v3.native(native)
})

test('the cashier gives up', async () => {
  const pay = client()
  const long = { within: 60_000, interval: 60_000, reverseAfter: 100 }
  const button = new AbortController()
  setTimeout(() => button.abort(), 300)
  const fields = await charge(100_001)
  assert.equal((await pay.payByCode(fields, { ...long, giveUp: button.signal })).state, 'reversed')
  // Before anything is charged.
  const early = await pay.payByCode(await charge(), { ...long, giveUp: AbortSignal.abort() })
  assert.deepEqual([early.state, early.error], ['refused', undefined])
  // A signal that aborts leaves the result unknown; the number takes it up.
  const other = await charge(100_001)
  const aborted = pay.payByCode(other, { ...long, signal: AbortSignal.timeout(300) })
  await assert.rejects(aborted, (error) => error instanceof TransportError && error.outcome === 'unknown' && error.retry === 'query_first')
  assert.equal((await pay.resumePayByCode(other.out_trade_no, { ...QUICK, totalFee: 100_001 })).state, 'reversed')
})

test('a signal that was aborted before or between two steps ends the waiting, and the payment can be taken up', async () => {
  const pay = client()
  const fields = await charge()
  const { out_trade_no, total_fee: totalFee } = fields
  const controller = new AbortController()
  const onProgress = ({ stage }) => stage !== 'charging' && controller.abort()
  // Nothing was sent: the number is still free.
  await assert.rejects(pay.payByCode(fields, { signal: AbortSignal.abort() }), { outcome: 'not_sent', retry: 'same_request', code: 'cancelled' })
  await wechat.control('/_emulator/faults', { fault: 'user_paying', times: 1 })
  await assert.rejects(pay.payByCode(fields, { signal: controller.signal, interval: 0, onProgress }), { outcome: 'unknown' })
  const start = Date.now()
  await assert.rejects(pay.resumePayByCode(out_trade_no, { totalFee, signal: AbortSignal.abort() }), { outcome: 'unknown' })
  assert.ok(Date.now() - start < 5_000)
  const { state } = await pay.resumePayByCode(out_trade_no, { totalFee, within: 0, reverseAfter: 0, interval: 0 })
  assert.equal(state, 'reversed')
})

test('a display that hangs holds up no payment', async () => {
  const pay = client()
  const hang = (stages) => (progress) => {
    stages.push(progress.stage)
    return new Promise(() => {})
  }
  const timely = []
  assert.equal((await pay.payByCode(await charge(100_001), { ...QUICK, onProgress: hang(timely) })).state, 'reversed')
  assert.deepEqual([timely.slice(0, 2), timely.at(-1)], [['charging', 'waiting'], 'reversing'])
  const long = { ...QUICK, within: 60_000 }
  const givenUp = await pay.payByCode(await charge(100_001), { ...long, giveUp: AbortSignal.timeout(300), onProgress: hang([]) })
  assert.equal(givenUp.state, 'reversed')
  const aborted = pay.payByCode(await charge(100_001), { ...long, signal: AbortSignal.timeout(300), onProgress: hang([]) })
  await assert.rejects(aborted, { outcome: 'unknown', retry: 'query_first' })
})

test('a payment by code goes by the API that is asked for, or that its fields or the settings name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-codes-'))
  try {
    const store = `sqlite://${join(folder, 'store.db')}`
    const both = client({ ...wechat.v3Options, store })
    const api = async (result) => (await result).payment?.api
    assert.equal(await api(both.payByCode(await charge(), QUICK)), 'v2')
    assert.equal(await api(both.payByCode(await charge(), { ...QUICK, api: 'v3' })), 'v3')
    const ofV3 = {
      description: '茶',
      out_trade_no: newOutTradeNo('T'),
      amount: { total: 88, currency: 'CNY' },
      payer: { auth_code: await shown() },
      scene_info: { device_ip: '203.0.113.9', store_info: { out_id: '7' } },
    }
    assert.equal(await api(both.payByCode(ofV3, QUICK)), 'v3')
    const { out_trade_no, ...rest } = await charge(100_001)
    const unknown = await both.payByCode({ out_trade_no, ...rest }, { ...QUICK, api: 'v3', reverse: false })
    assert.equal(unknown.state, 'unknown')
    await wechat.control('/_emulator/pay', { out_trade_no })
    // The store says by which API; without its keys the other one knows the order too.
    const again = { ...QUICK, totalFee: 100_001 }
    assert.equal(await api(both.resumePayByCode(out_trade_no, again)), 'v3')
    assert.equal(await api(client({ store }).resumePayByCode(out_trade_no, again)), 'v2')

    for (const [fields, options, field] of [
      [{ ...(await charge()), description: '茶' }, {}, 'description'],
      [ofV3, { api: 'v2' }, 'description'],
      [{ ...ofV3, amount: { total: 0 } }, {}, 'amount.total'],
      [{ ...ofV3, payer: { auth_code: '13471234567890123' } }, {}, 'payer.auth_code'],
      [await charge(), { api: 'v1' }, 'api'],
      [await charge(), { api: 3 }, 'api'],
      [await charge(88, { limit_pay: 'no_credit' }), { api: 'v3' }, 'limit_pay'],
      [await charge(0), { api: 'v3' }, 'total_fee'],
      [await charge(88, { auth_code: '13471234567890123' }), { api: 'v3' }, 'auth_code'],
    ]) {
      await assert.rejects(both.payByCode(fields, { ...QUICK, ...options }), (error) => error instanceof InvalidRequest && error.field === field, field)
    }
    const unset = (field) => (error) => error instanceof ConfigError && error.message.includes(field)
    await assert.rejects(client().payByCode(await charge(), { api: 'v3' }), unset('apiV3Key'))
    await assert.rejects(client(of('v3')).payByCode(await charge(), { api: 'v2' }), unset('apiKey'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

for (const api of ['v2', 'v3']) {
  test(`a payment is handed over once, by API${api}`, async () => {
    const pay = client({ ...of(api), store: 'memory:' })
    const keys = []
    const onPaid = async ({ out_trade_no }, key) => {
      keys.push([out_trade_no, key])
    }
    const broken = (_payment, _key) => {
      throw new RangeError('no shelf')
    }
    const fields = await charge()
    const { payment } = await pay.payByCode(fields, { ...QUICK, onPaid })
    assert(keys[0][0] === fields.out_trade_no && keys[0][1].includes(payment.transaction_id))
    const again = { ...QUICK, totalFee: 88, onPaid }
    assert.equal((await pay.resumePayByCode(fields.out_trade_no, again)).payment.transaction_id, payment.transaction_id)
    assert.equal(keys.length, 1)

    // The function fails: the next call hands it over.
    const { out_trade_no, ...rest } = await charge()
    await assert.rejects(pay.payByCode({ out_trade_no, ...rest }, { ...QUICK, onPaid: broken }), RangeError)
    const both = await Promise.all([pay.resumePayByCode(out_trade_no, again), pay.resumePayByCode(out_trade_no, again)])
    assert.deepEqual(both.map(({ state }) => state), ['paid', 'paid'])
    assert.equal(keys.filter(([number]) => number === out_trade_no).length, 1)
    const created = new Date(Date.now() - 60_000)
    const [reconciled] = await pay.notify.reconcile([{ out_trade_no, total_fee: 88, created }], { onPaid })
    assert.deepEqual([reconciled.state, keys.length], ['handed_over', 2])

    // What is not paid is not handed over.
    const refused = await pay.payByCode(await charge(88, { auth_code: '130000000000000000' }), { ...QUICK, onPaid })
    assert.deepEqual([refused.state, keys.length], ['refused', 2])
    for (const wrong of [1, 'ship', function* (_payment, _key) {}]) {
      await assert.rejects(pay.payByCode(await charge(), { onPaid: wrong }), (error) => error instanceof InvalidRequest && error.field === 'onPaid')
    }
  })
}

test('what is wrong is said before anything is sent', async () => {
  const { clientCert, clientKey, ...bare } = wechat.options
  await assert.rejects(new WxPay(bare).payByCode(await charge()), (error) => {
    assert(error instanceof ConfigError && error.field === 'clientCert' || error.field === 'client_cert')
    assert.match(error.message, /reverse set to false/)
    return true
  })
  const pay = client()
  for (const wrong of [{ within: '1' }, { interval: -1 }, { reverseAfter: 1e9 }, { reverse: 1 }, { onProgress: 1 }, { giveUp: 1 }, { withn: 1 }]) {
    const name = Object.keys(wrong)[0]
    await assert.rejects(pay.payByCode(await charge(), wrong), (error) => error instanceof InvalidRequest && error.field === name, name)
  }
  for (const totalFee of [undefined, 0, -1, -1n, 1.5, true, '1', 2 ** 63, 2n ** 63n]) {
    await assert.rejects(pay.resumePayByCode('A1', { totalFee }), (error) => error instanceof InvalidRequest && error.field === 'totalFee')
  }
  const away = client({ endpoints: 'http://127.0.0.1:9', timeout: 1000 })
  await assert.rejects(away.payByCode(await charge()), (error) => error instanceof TransportError && error.outcome === 'not_sent')
  const warnings = []
  const hear = ({ message }) => warnings.push(message)
  process.on('warning', hear)
  const paid = await pay.payByCode(await charge(), { onProgress: () => { throw new Error('no display') } })
  const unreadable = await pay.payByCode(await charge(), { onProgress: () => { throw Object.create(null) } })
  await pay.payByCode(await charge(), { onProgress: () => Promise.reject(new Error('no network')) })
  await new Promise((done) => setTimeout(done, 20))
  process.off('warning', hear)
  assert.deepEqual([paid.state, unreadable.state], ['paid', 'paid'])
  for (const words of ['no display', 'no network']) assert(warnings.some((message) => message.includes(words)), warnings.join())
})

test('small calls', async () => {
  const pay = client()
  const key = await pay.getsignkey({})
  assert.equal(key.sandbox_signkey.length, 32)
  assert.match((await pay.shorturl({ long_url: pay.nativeCodeUrl('P1') })).short_url, /^weixin:\/\/wxpay\/s\//)
  const report = { interface_url: 'https://api.mch.weixin.qq.com/pay/unifiedorder', user_ip: '203.0.113.9' }
  const took = { execute_time_: 120, return_code: 'SUCCESS', result_code: 'SUCCESS' }
  assert.equal((await pay.report({ ...report, ...took })).err_code, '0')
  await assert.rejects(pay.report(report), InvalidRequest)
})

test('a permanent code', async () => {
  const pay = client()
  const key = wechat.api_key
  const query = Object.fromEntries(new URL(pay.nativeCodeUrl('茶&1')).searchParams)
  assert.equal(query.product_id, '茶&1')
  assert.equal(query.sign, sign(query, key, 'MD5'))
  const question = { appid: pay.appid, mch_id: pay.mchId, openid: wechat.openid, nonce_str: 'n', product_id: 'P1' }
  const body = buildXml({ ...question, sign: sign(question, key, 'MD5') })
  const read = pay.notify.parseNative(body)
  assert(read instanceof NativeQuestion)
  assert.deepEqual([read.product_id, read.openid], ['P1', wechat.openid])
  assert.throws(() => pay.notify.parseNative(body.replace('P1', 'P2')), SignatureError)
  for (const [answer, name] of [[pay.nativeAnswer('wx201411101639507cbf6ffd8b0779950874'), 'prepay_id'], [pay.nativeRefusal('卖完了'), 'err_code_des']]) {
    const fields = parseXml(answer)
    assert(fields[name])
    assert.equal(fields.sign, sign(fields, key, 'MD5'))
  }
  for (const wrong of [() => pay.nativeCodeUrl(''), () => pay.nativeAnswer('undefined'), () => pay.nativeRefusal('')]) {
    assert.throws(wrong, InvalidRequest)
  }
})
