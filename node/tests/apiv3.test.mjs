// Calls of APIv3 against a server that signs as WeChat Pay does.
import assert from 'node:assert/strict'
import { createHash, createSign, createVerify, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import vm from 'node:vm'
import fc from 'fast-check'
import { BusinessError, ConfigError, InvalidRequest, ProtocolError, SignatureError, v3, WxPay } from 'wxpaykit'
import { apply, change, SIGNED } from './v3_changes.mjs'

const root = new URL('../../', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')
const certificate = read('tests/certificates/apiclient_cert.pem')
const platformKey = read('emulator/keys/platform-public.pem')
const ID = 'PUB_KEY_ID_0119000000012025112800000000000001'
const API_V3_KEY = 'wxpaykitTestApiV3Key0123456789ab'
const OPTIONS = {
  appid: 'wxd930ea5d5a258f4f',
  mchId: '1900000109',
  apiV3Key: API_V3_KEY,
  clientCert: certificate,
  clientKey: read('tests/certificates/apiclient_key.pem'),
  platformPublicKey: read('emulator/keys/platform-public-key.pem'),
  platformPublicKeyId: ID,
  notifyUrl: 'https://shop.example/wxpay/notify',
  store: 'memory:',
}
const ORDER = {
  description: '茶',
  out_trade_no: 'WXK20251128000001',
  amount: { total: 88 },
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
}
const PREPAY = 'wx201410272009395522657a690389285100'

let server, pay
let answer
const got = []

before(async () => {
  server = createServer((request, response) => {
    const parts = []
    request.on('data', (part) => parts.push(part))
    request.on('end', () => {
      got.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() })
      const { status = 200, body = '', signed = true, change } = answer(got.at(-1))
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      let sent = { headers: {}, body: Buffer.from(text) }
      response.setHeader('Request-ID', '08F5B8C2-0')
      if (signed) {
        const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'd824f2e086d3c1df967785d13fcd22ef']
        const over = `${timestamp}\n${nonce}\n${text}${signed === 'wrong' ? ' ' : ''}\n`
        const signature = createSign('RSA-SHA256').update(over).sign(platformKey, 'base64')
        sent.headers = Object.fromEntries([timestamp, nonce, ID, signature].map((value, i) => [SIGNED[i], value]))
      }
      if (change !== undefined) {
        sent = apply(change, sent)
        // Where it changes nothing, such as a digit to itself.
        if (!sent.changed) sent.body = Buffer.concat([sent.body, Buffer.from(' ')])
      }
      response.writeHead(status, sent.headers)
      response.end(sent.body)
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  pay = new WxPay({ ...OPTIONS, endpoints: `http://127.0.0.1:${server.address().port}` })
})

after(() => server.close())

function replies(body, rest = {}) {
  got.length = 0
  answer = () => ({ body, ...rest })
}

function verified(text, signature) {
  return createVerify('RSA-SHA256').update(text).verify(new X509Certificate(certificate).publicKey, signature, 'base64')
}

function checkAuthorization({ method, url, headers, body }) {
  const parts = Object.fromEntries([...headers.authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))
  assert.equal(parts.mchid, '1900000109')
  assert.ok(verified(`${method}\n${url}\n${parts.timestamp}\n${parts.nonce_str}\n${body}\n`, parts.signature))
}

test('an order is signed as it is sent, and its page by RSA', async () => {
  replies({ prepay_id: PREPAY })
  const order = await pay.v3.jsapi({ ...ORDER, time_expire: new Date('2026-11-28T03:20:05Z'), attach: null })
  assert.equal(order.prepay_id, PREPAY)
  checkAuthorization(got[0])
  assert.equal(got[0].headers['wechatpay-serial'], ID)
  assert.deepEqual(JSON.parse(got[0].body), {
    ...ORDER,
    time_expire: '2026-11-28T11:20:05+08:00',
    appid: OPTIONS.appid,
    mchid: OPTIONS.mchId,
    notify_url: OPTIONS.notifyUrl,
  })
  const page = await pay.v3.jsapiParams(order.prepay_id)
  assert.deepEqual(Object.keys(page), ['appId', 'timeStamp', 'nonceStr', 'package', 'signType', 'paySign'])
  assert.ok(verified(`${page.appId}\n${page.timeStamp}\n${page.nonceStr}\nprepay_id=${PREPAY}\n`, page.paySign))
  assert.deepEqual(Object.keys(await pay.v3.chooseWXPayParams(PREPAY))[0], 'timestamp')
  assert.deepEqual(Object.keys(await pay.v3.miniprogramParams(PREPAY))[0], 'timeStamp')
  const app = await pay.v3.appParams(PREPAY, { partnerid: '1900000201' })
  assert.equal(app.partnerid, '1900000201')
  assert.ok(verified(`${app.appid}\n${app.timestamp}\n${app.noncestr}\n${PREPAY}\n`, app.sign))
  const both = await pay.v3.orderAndParams('chooseWXPay', ORDER)
  assert.equal(both.package, `prepay_id=${PREPAY}`)
  await assert.rejects(pay.v3.orderAndParams('page', ORDER), InvalidRequest)
})

test('orders for browsers and apps, and the certificates', async () => {
  const { payer: _, ...order } = ORDER
  replies({ h5_url: 'https://wx.tenpay.com/x' })
  const scene = { payer_client_ip: '203.0.113.9', h5_info: { type: 'Wap' } }
  assert.equal((await pay.v3.h5({ ...order, scene_info: scene })).h5_url, 'https://wx.tenpay.com/x')
  assert.equal(got[0].url, '/v3/pay/transactions/h5')
  checkAuthorization(got[0])
  replies({ prepay_id: PREPAY })
  assert.equal((await pay.v3.app(order)).prepay_id, PREPAY)
  assert.equal(got[0].url, '/v3/pay/transactions/app')
  replies({ prepay_id: PREPAY })
  const app = await pay.v3.orderAndParams('app', { ...order, sub_mchid: '1900000201' })
  assert.deepEqual([app.partnerid, app.prepayid, got[0].url], ['1900000201', PREPAY, '/v3/pay/partner/transactions/app'])
  assert.equal((await pay.v3.appParams(PREPAY, { appid: OPTIONS.appid, partnerid: '' })).partnerid, '1900000201')
  await assert.rejects(pay.v3.appParams(PREPAY, { partnerid: '19' }), (error) => error.field === 'partnerid')
  await assert.rejects(pay.v3.jsapiParams(PREPAY, { partnerid: '1900000201' }), (error) => error.field === 'partnerid')
  await assert.rejects(pay.v3.appParams(PREPAY, { signal: AbortSignal.abort() }), (error) => error.endpoint === 'v3.app_params')
  await assert.rejects(pay.v3.call('GET', '/v3/x', { signal: AbortSignal.abort() }), (error) => error.endpoint === 'v3.call')
  const sealed = { algorithm: 'AEAD_AES_256_GCM', nonce: 'abcdefghijkl', associated_data: 'certificate', ciphertext: 'AAAA' }
  replies({ data: [{ serial_no: '1111', effective_time: '2025-01-01T00:00:00+08:00', encrypt_certificate: sealed }] })
  const { data } = await pay.v3.certificates()
  assert.deepEqual([got[0].url, data[0].serial_no, data[0].encrypt_certificate.ciphertext], ['/v3/certificates', '1111', 'AAAA'])
})

test('the calls of a service provider', async () => {
  const provider = new WxPay({ ...OPTIONS, subMchId: '1900000201', endpoints: `http://127.0.0.1:${server.address().port}` })
  replies({ prepay_id: PREPAY })
  await provider.v3.jsapi({ ...ORDER, payer: { sub_openid: 'o' }, sub_appid: 'wx2222222222222222' })
  checkAuthorization(got[0])
  assert.equal(got[0].url, '/v3/pay/partner/transactions/jsapi')
  const { sp_mchid, sub_mchid, sub_appid } = JSON.parse(got[0].body)
  assert.deepEqual([sp_mchid, sub_mchid, sub_appid], ['1900000109', '1900000201', 'wx2222222222222222'])
  for (const [payer, field] of [
    [{ sp_openid: 'o', sub_openid: 'p' }, 'payer.sub_openid'],
    [{ sp_openid: '' }, 'payer.sp_openid'],
    [{ openid: 'o' }, 'payer.openid'],
  ]) {
    await assert.rejects(provider.v3.jsapi({ ...ORDER, payer, sub_appid: 'wx2222222222222222' }), (error) => error.field === field)
  }
  const number = '4200002986202511281234567890'
  const paid = { out_trade_no: 'A1', transaction_id: number, trade_state: 'SUCCESS', amount: { total: 88 } }
  replies(paid)
  assert.equal((await provider.v3.query({ transaction_id: number })).out_trade_no, 'A1')
  assert.equal(got[0].url, `/v3/pay/partner/transactions/id/${number}?sp_mchid=1900000109&sub_mchid=1900000201`)
  replies(paid)
  await pay.v3.query({ transaction_id: number })
  assert.equal(got[0].url, `/v3/pay/transactions/id/${number}?mchid=1900000109`)
  replies({ ...paid, amount: {} })
  await assert.rejects(pay.v3.query({ out_trade_no: 'A1' }), /amount\.total is missing/)
})

test('sensitive fields are encrypted', async () => {
  replies({ prepay_id: PREPAY })
  const identity = { type: 'IDCARD', number: '11010519491231002X', name: '𠮷田' }
  await pay.v3.jsapi({ ...ORDER, payer: { ...ORDER.payer, identity } })
  assert.equal(got[0].headers['wechatpay-serial'], ID)
  const sent = JSON.parse(got[0].body).payer.identity
  const plain = (name) => v3.decryptSensitive(sent[name], platformKey)
  assert.deepEqual({ ...sent, number: plain('number'), name: plain('name') }, identity)
})

test('integers in objects may be bigints', async () => {
  replies({ prepay_id: PREPAY })
  await pay.v3.jsapi({ ...ORDER, amount: { total: 88n } })
  assert.deepEqual(JSON.parse(got[0].body).amount, { total: 88 })
  replies({ n: 1 })
  await pay.v3.call('POST', '/v3/x', { json: { list: [1n] } })
  assert.equal(got[0].body, '{"list":[1]}')
  for (const call of [
    () => pay.v3.jsapi({ ...ORDER, amount: { total: 2n ** 60n } }),
    () => pay.v3.call('POST', '/v3/x', { json: { total: 2n ** 60n } }),
  ]) {
    await assert.rejects(call(), (error) => error instanceof InvalidRequest && /total is a bigint/.test(error.message))
  }
  const silent = { toJSON: () => undefined }
  await assert.rejects(pay.v3.jsapi({ ...ORDER, amount: silent }), (error) => error instanceof InvalidRequest && error.field === 'amount')
  await assert.rejects(pay.v3.call('POST', '/v3/x', { json: silent }), (error) => error instanceof InvalidRequest && error.field === 'json')
  assert.equal(got.length, 1)
})

test('a bigint is a number also where BigInt has a toJSON', async () => {
  for (const made of [function () { return this.toString() }, () => 5, () => ({ bigint: true })]) {
    BigInt.prototype.toJSON = made
    try {
      replies({ prepay_id: PREPAY })
      await pay.v3.jsapi({ ...ORDER, amount: { total: 88n } })
      assert.deepEqual(JSON.parse(got[0].body).amount, { total: 88 })
      replies({ n: 1 })
      await pay.v3.call('POST', '/v3/x', { json: { list: [1n], amount: { total: 100n } } })
      assert.equal(got[0].body, '{"list":[1],"amount":{"total":100}}')
      await assert.rejects(pay.v3.call('POST', '/v3/x', { json: { total: 2n ** 60n } }), /total is a bigint/)
    } finally {
      delete BigInt.prototype.toJSON
    }
  }
})

test('what JSON has no form for is refused by name', async () => {
  replies({ n: 1 })
  class Goods { id = 'A' }
  await pay.v3.call('POST', '/v3/x', { json: { goods: new Goods(), left_out: undefined, list: [[1.5]] } })
  assert.equal(got[0].body, '{"goods":{"id":"A"},"list":[[1.5]]}')
  replies({ n: 1 })
  await pay.v3.call('POST', '/v3/x', { json: [{ id: 'A' }] })
  assert.equal(got[0].body, '[{"id":"A"}]')
  got.length = 0
  for (const [wrong, kind] of [
    [new Map([['a', 1]]), 'a Map'], [new Set([1]), 'a Set'], [Promise.resolve(1), 'a Promise: is an await missing?'], [new Uint8Array(1), 'a Uint8Array'],
    [Buffer.from('x'), 'a Buffer'], [new Error('x'), 'an Error'], [/x/, 'a RegExp'], [NaN, 'NaN'], [Infinity, 'Infinity'], [-Infinity, '-Infinity'],
    [() => 1, 'a function'], [Symbol('x'), 'a symbol'], [{ toJSON: () => new Map() }, 'a Map'],
  ]) {
    const rule = `its member m is ${kind}, which JSON cannot hold`
    for (const [call, field] of [
      [() => pay.v3.call('POST', '/v3/x', { json: { list: [{ m: wrong }] } }), 'json'],
      [() => pay.v3.jsapi({ ...ORDER, detail: { m: wrong } }), 'detail'],
      [() => pay.v3.upload(Buffer.from('x'), { filename: 'a.png', meta: { m: wrong } }), 'meta'],
    ]) {
      await assert.rejects(call(), { name: 'InvalidRequest', field, rule })
    }
  }
  await assert.rejects(pay.v3.call('POST', '/v3/x', { json: { toJSON: () => new Set() } }), { field: 'json', rule: 'contains a Set, which JSON cannot hold' })
  assert.equal(got.length, 0)
})

test('a Date inside an object is sent in Beijing time', async () => {
  const date = new Date('2026-11-30T10:00:05.678Z')
  const text = '2026-11-30T18:00:05+08:00'
  const other = vm.runInNewContext('new Date(1764300005000)')
  replies({ n: 1 })
  await pay.v3.call('POST', '/v3/x', {
    query: { at: date },
    json: { at: date, list: [date, { deep: { at: new Date(-1) } }], later: { toJSON: () => date }, other, text: '2026-11-30T10:00:05Z' },
  })
  assert.equal(got[0].url, `/v3/x?at=${encodeURIComponent(text)}`)
  assert.deepEqual(JSON.parse(got[0].body), {
    at: text, list: [text, { deep: { at: '1970-01-01T07:59:59+08:00' } }], later: text, other: '2025-11-28T11:20:05+08:00', text: '2026-11-30T10:00:05Z',
  })
  replies({ media_id: 'M' })
  await pay.v3.upload(Buffer.from('x'), { filename: 'a.png', meta: { at: date } })
  assert.match(got[0].body, /"at":"2026-11-30T18:00:05\+08:00"/)
  for (const [wrong, rule] of [
    [new Date(NaN), 'contains an invalid Date'],
    [new Date(8.64e15), 'contains a time whose year in Beijing is not between 1 and 9999'],
    [new Date('-000001-01-01T00:00:00Z'), 'contains a time whose year in Beijing is not between 1 and 9999'],
  ]) {
    got.length = 0
    for (const [call, field] of [
      [() => pay.v3.call('POST', '/v3/x', { json: { list: [{ at: wrong }] } }), 'json'],
      [() => pay.v3.jsapi({ ...ORDER, detail: { invoice_id: wrong } }), 'detail'],
      [() => pay.v3.upload(Buffer.from('x'), { filename: 'a.png', meta: { at: wrong } }), 'meta'],
    ]) {
      await assert.rejects(call(), { name: 'InvalidRequest', field, rule, message: new RegExp(`^(\\S+: )?${field}: ${rule}$`) })
    }
    assert.equal(got.length, 0)
  }
})

test('an order is asked for, its objects read, and it is closed', async () => {
  const paid = {
    amount: { total: 88, payer_total: 80, currency: 'CNY' },
    mchid: '1900000109',
    out_trade_no: 'A|1',
    transaction_id: '4200002986202511281234567890',
    trade_state: 'SUCCESS',
    success_time: '2025-11-28T11:20:05+08:00',
    promotion_detail: [{ coupon_id: '109519', type: 'CASH', amount: 8 }],
    later: { a: 1 },
  }
  replies(paid)
  const order = await pay.v3.query({ out_trade_no: 'A|1' })
  assert.equal(got[0].url, '/v3/pay/transactions/out-trade-no/A%7C1?mchid=1900000109')
  checkAuthorization(got[0])
  assert.equal(order.amount.total, 88)
  assert.equal(order.promotion_detail[0].type, 'CASH')
  assert.equal(order.success_time.toISOString(), '2025-11-28T03:20:05.000Z')
  assert.equal(order.later, '{"a":1}')
  assert.ok(Object.isFrozen(order.amount))
  replies('', { status: 204 })
  assert.equal(await pay.v3.close({ out_trade_no: 'A|1' }), undefined)
})

test('times are Dates at every depth', async () => {
  const [text, date] = ['2025-11-28T11:20:05+08:00', new Date('2025-11-28T03:20:05Z')]
  const amount = { total: 88, refund: 8, from: [{ account: 'AVAILABLE', amount: 8 }] }
  const bill = { state: 'SUCCESS', out_bill_no: 'T1', transfer_bill_no: '1330', transfer_amount: 8 }
  const part = { out_trade_no: 'A1', amount: { total_amount: 88 }, promotion_detail: [{ coupon_id: '1', amount: 8 }] }
  const receiver = { type: 'MERCHANT_ID', account: '1900000201', amount: 8, result: 'SUCCESS' }
  const shared = { state: 'FINISHED', transaction_id: '4200', out_order_no: 'P1', order_id: '3' }
  for (const [call, body, expected] of [
    [() => pay.v3.query({ out_trade_no: 'A1' }),
      { out_trade_no: 'A1', transaction_id: '4200', trade_state: 'SUCCESS', amount: { total: 88 }, success_time: text },
      { success_time: date, amount: { total: 88 } }],
    [() => pay.v3.refundQuery({ out_refund_no: 'R1' }),
      { refund_id: '50', out_refund_no: 'R1', status: 'SUCCESS', amount, create_time: text, success_time: text },
      { success_time: date, create_time: date, amount }],
    [() => pay.v3.combineQuery({ combine_out_trade_no: 'C1' }),
      { combine_out_trade_no: 'C1', sub_orders: [{ ...part, success_time: text }, part, { ...part, success_time: '2025-11-28T03:20:05.120Z' }] },
      { sub_orders: [{ ...part, success_time: date }, part, { ...part, success_time: date }] }],
    [() => pay.v3.profitsharingOrderQuery({ transaction_id: '4200', out_order_no: 'P1' }),
      { ...shared, receivers: [{ ...receiver, create_time: text, finish_time: '1970-01-01T08:00:00+08:00' }, receiver] },
      { receivers: [{ ...receiver, create_time: date, finish_time: new Date(0) }, receiver] }],
    [() => pay.v3.transferQuery({ out_bill_no: 'T1' }), { ...bill, create_time: text, update_time: text }, { create_time: date, update_time: date }],
    [() => pay.v3.certificates(),
      { data: [{ serial_no: '11', effective_time: text, expire_time: '9999-12-31T23:59:59+08:00' }] },
      { data: [{ serial_no: '11', effective_time: date, expire_time: new Date('9999-12-31T15:59:59Z') }] }],
  ]) {
    replies(body)
    const reply = await call()
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(reply[name], value, name)
      // The wire's texts are kept, and the document is written as its own times are.
      assert.equal(reply.raw[name], typeof body[name] === 'string' ? body[name] : JSON.stringify(body[name]))
      assert.deepEqual(reply.toObject()[name], value)
      assert.deepEqual(JSON.parse(JSON.stringify(reply))[name], JSON.parse(JSON.stringify(value)))
    }
  }
})

test('what is not a time is left out at every depth, and what is inside stays frozen', async () => {
  const frozen = (value) => typeof value !== 'object' || value === null || value instanceof Date || (Object.isFrozen(value) && Object.values(value).every(frozen))
  const text = '2025-11-28T11:20:05+08:00'
  for (const wrong of ['', '0', '2025-11-28 11:20:05', '2025-11-28T11:20:05', '2025-13-28T11:20:05+08:00', '0000-01-01T00:00:00+08:00', null, 1764300005, true, {}, [], [text]]) {
    const receivers = [{ account: '1900000201', create_time: wrong, finish_time: text, later: { create_time: text, at: [text] } }, {}, { create_time: text }]
    replies({ state: 'FINISHED', transaction_id: '4200', out_order_no: 'P1', order_id: '3', receivers, success_time: wrong })
    const reply = await pay.v3.profitsharingOrderQuery({ transaction_id: '4200', out_order_no: 'P1' })
    const [first, empty, last] = reply.receivers
    assert.deepEqual(first, { account: '1900000201', finish_time: new Date(text), later: { create_time: text, at: [text] } }, String(wrong))
    assert.deepEqual([empty, last], [{}, { create_time: new Date(text) }])
    assert.ok(frozen(reply.receivers))
    assert.equal(reply.raw.receivers, JSON.stringify(receivers))
    replies({ out_trade_no: 'A1', transaction_id: '4200', trade_state: 'SUCCESS', amount: { total: 88 }, success_time: wrong })
    assert.ok(!('success_time' in (await pay.v3.query({ out_trade_no: 'A1' }))))
  }
  const receivers = [{ account: '1900000201', type: 'MERCHANT_ID', finish_time: text, create_time: 'soon' }]
  replies({ state: 'FINISHED', transaction_id: '4200', out_order_no: 'P1', order_id: '3', receivers })
  const shown = inspect(await pay.v3.profitsharingOrderQuery({ transaction_id: '4200', out_order_no: 'P1' }))
  assert.match(shown, /receivers\[0\]\.finish_time +2025-11-28 11:20:05\n/)
  assert.match(shown, /receivers\[0\]\.create_time +soon/)
  // Names of objects' own, and a member that is there twice.
  replies('{"state":"FINISHED","transaction_id":"4200","out_order_no":"P1","order_id":"3","receivers":[{"__proto__":{"a":1},"finish_time":"x","finish_time":"2025-11-28T11:20:05+08:00"}]}')
  const [odd] = (await pay.v3.profitsharingOrderQuery({ transaction_id: '4200', out_order_no: 'P1' })).receivers
  assert.deepEqual([Object.keys(odd), odd.finish_time, odd.a], [['__proto__', 'finish_time'], new Date(text), undefined])
})

test('refusals are errors by status and code', async () => {
  const refund = { out_trade_no: 'A1', out_refund_no: 'R1', amount: { refund: 1, total: 88, currency: 'CNY' } }
  replies({ code: 'NOT_ENOUGH', message: '余额不足' }, { status: 403 })
  await assert.rejects(pay.v3.refund(refund), (error) => {
    assert.ok(error instanceof BusinessError)
    assert.deepEqual([error.err_code, error.retry, error.requestId], ['NOT_ENOUGH', 'same_request', '08F5B8C2-0'])
    return true
  })
  replies({ code: 'PARAM_ERROR', message: '参数错误', detail: { location: 'body', value: 0 } }, { status: 400 })
  await assert.rejects(pay.v3.refund(refund), (error) => {
    assert.deepEqual(error.detail, { location: 'body', value: 0 })
    assert.match(error.message, /参数错误 \(detail: location body, value 0\) \(HTTP 400, /)
    assert.deepEqual([error.status, error.verified], [400, true])
    return true
  })
  const unknown = { location: null, value: ['/body/foo'] }
  replies({ code: 'PARAM_ERROR', message: '请求中含有未在API文档中定义的参数', detail: unknown }, { status: 400 })
  await assert.rejects(pay.v3.call('POST', '/v3/pay/transactions/native', { json: { foo: 1 } }), (error) => {
    assert.match(error.message, /\(detail: value \/body\/foo\)/)
    return true
  })
  for (const detail of ['{oops', 'text', [1], '['.repeat(3000), { deep: [{ a: [] }] }]) {
    replies({ code: 'PARAM_ERROR', message: '参数错误', detail }, { status: 400, signed: false })
    await assert.rejects(pay.v3.refund(refund), (error) => {
      assert.ok(error instanceof BusinessError)
      assert.deepEqual([error.detail, error.status, error.verified], [detail, 400, false])
      assert.deepEqual(JSON.parse(JSON.stringify(error)).detail, detail)
      assert.match(error.message, /the reply is not signed/)
      return true
    })
  }
  replies({ code: 'SIGN_ERROR', message: '签名错误' }, { status: 401, signed: false })
  await assert.rejects(pay.v3.refund(refund), (error) => {
    assert.ok(error instanceof ProtocolError)
    assert.match(error.stringToSign, /^POST\n\/v3\/refund\/domestic\/refunds\n/)
    assert.deepEqual([error.status, error.verified, 'detail' in error], [401, false, false])
    assert.ok(!JSON.stringify(error).includes(API_V3_KEY))
    return true
  })
  replies({ prepay_id: PREPAY }, { signed: 'wrong' })
  await assert.rejects(pay.v3.jsapi(ORDER), SignatureError)
  replies({ prepay_id: PREPAY }, { signed: false })
  await assert.rejects(pay.v3.jsapi(ORDER), (error) => error.code === 'header_missing')
  // C-53: it is not refused, and its number stays the same.
  const error = await pay.v3.jsapi(ORDER).catch((error) => error)
  assert.deepEqual([error.outcome, error.status, error.numberField, error.number], ['unknown', 200, 'out_trade_no', ORDER.out_trade_no])
  assert.equal(error.out_trade_no, ORDER.out_trade_no)
  assert.match(error.message, /The outcome is unknown \(HTTP 200, Request-ID 08F5B8C2-0\): WeChat may have acted on the request/)
  const asked = await pay.v3.query({ out_trade_no: ORDER.out_trade_no }).catch((error) => error)
  assert.ok(asked instanceof SignatureError && !('outcome' in asked) && !('status' in asked) && !('number' in asked))
})

const TRANSFER = {
  out_bill_no: 'T1',
  transfer_scene_id: '1000',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  transfer_amount: 30,
  transfer_remark: '茶',
  transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '茶' }],
}

test('the reply of another request leaves the result open', async () => {
  const failed = async (call, fields) => {
    const once = new WxPay({ ...OPTIONS, maxNetworkRetries: 0, endpoints: `http://127.0.0.1:${server.address().port}` })
    return once.v3[call](fields).catch((error) => error)
  }
  replies({ out_bill_no: 'T2', transfer_bill_no: '133', state: 'ACCEPTED', transfer_amount: 30 })
  const error = await failed('transfer', TRANSFER)
  assert.equal(error.name, 'PaymentMismatch')
  assert.deepEqual([error.outcome, error.status, error.numberField, error.number], ['unknown', 200, 'out_bill_no', 'T1'])
  assert.deepEqual([error.requestId, error.retry], ['08F5B8C2-0', 'same_request'])
  assert.match(error.message, /The outcome is unknown \(HTTP 200, Request-ID 08F5B8C2-0\): WeChat may have acted on the request/)
  const asked = await failed('transferQuery', { out_bill_no: 'T1' })
  assert.equal(asked.name, 'PaymentMismatch')
  assert.ok(!('outcome' in asked) && !('status' in asked) && !('number' in asked) && !asked.message.includes('outcome'))
  // What WeChat failed at, and what a gateway answered.
  replies({ code: 'SYSTEM_ERROR', message: '系统错误' }, { status: 500 })
  const trouble = await failed('transfer', TRANSFER)
  assert.deepEqual([trouble.name, trouble.outcome, trouble.number], ['BusinessError', 'unknown', 'T1'])
  replies('<html>', { status: 502, signed: false })
  const page = await failed('transfer', TRANSFER)
  assert.deepEqual([page.name, page.outcome, page.numberField], ['TransportError', 'unknown', 'out_bill_no'])
  replies({ code: 'INVALID_REQUEST', message: '请求参数不合法' }, { status: 400 })
  const refused = await failed('transfer', TRANSFER)
  assert.deepEqual([refused.name, 'outcome' in refused, 'number' in refused], ['BusinessError', false, false])
})

test('the limits of APIv3 are checked before anything is sent', async () => {
  const part = { mchid: '1900000109', attach: 'a', amount: { total_amount: 1, currency: 'CNY' }, description: '茶', out_trade_no: 'PART0001' }
  const combined = { combine_out_trade_no: 'WHOLE001', notify_url: 'https://shop.example/n', sub_orders: [part] }
  const goods = { merchant_goods_id: 'tea.1', quantity: 1, unit_price: 88 }
  const many = Array(8).fill({ ...goods, merchant_goods_id: '1', goods_name: '茶'.repeat(256) })
  const packet = { ...TRANSFER, transfer_amount: 20_001, user_recv_style: { type: 'RED_PACKET' } }
  for (const [call, given, field, rule] of [
    ['jsapi', { ...ORDER, out_trade_no: '12345' }, 'out_trade_no', 'must be at least 6 characters long'],
    ['jsapi', { ...ORDER, out_trade_no: 'A@00001' }, 'out_trade_no', 'must consist of digits, letters, and _ - | *'],
    ['jsapi', { ...ORDER, detail: { goods_detail: [] } }, 'detail.goods_detail', 'must not be empty'],
    ['jsapi', { ...ORDER, detail: { goods_detail: [goods] } }, 'detail.goods_detail.merchant_goods_id', 'must consist of digits, letters, and _ -'],
    ['jsapi', { ...ORDER, detail: { goods_detail: many } }, 'detail', 'must be at most 6144 bytes long as JSON in UTF-8, not 6730'],
    ['combineNative', combined, 'sub_orders', 'must have 2 to 10 items without sub_orders.sub_mchid, not 1'],
    ['transfer', packet, 'transfer_amount', 'must be at most 20000 fen when user_recv_style.type is RED_PACKET, not 20001'],
  ]) {
    await assert.rejects(pay.v3[call](given), { name: 'InvalidRequest', field, rule })
  }
})

// C-37: with status 200 too.
test('an error in place of a file is not saved', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-'))
  const path = join(folder, 'receipt.pdf')
  const url = `http://127.0.0.1:${server.address().port}/v3/transferdownload/elecvoucherfile?token=1`
  try {
    for (const [status, hash] of [[200, {}], [200, { hashType: 'SHA1', hashValue: '0'.repeat(40) }], [400, {}]]) {
      replies({ code: 'INVALID REQUEST', message: '错误的签名，导致验签失败' }, { status, signed: false })
      const chunks = []
      const target = new Writable({ write: (chunk, _, done) => (chunks.push(chunk), done()) })
      for (const run of [
        () => pay.v3.download(url, hash),
        () => pay.v3.download(url, { ...hash, to: path }),
        () => pay.v3.download(url, { ...hash, to: target }),
        async () => {
          for await (const chunk of await pay.v3.downloadStream(url, hash)) chunks.push(chunk)
        },
      ]) {
        await assert.rejects(run(), (error) => {
          assert.ok(error instanceof BusinessError, String(error))
          assert.deepEqual([error.err_code, error.status, error.verified], ['INVALID REQUEST', status, false])
          assert.match(error.message, /错误的签名，导致验签失败/)
          return true
        })
      }
      assert.deepEqual([readdirSync(folder), chunks], [[], []])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

// Neither what it grants is believed, nor what it refuses.
test('any single change to a signed reply is refused', { timeout: 60_000 }, async () => {
  const messages = [[{ prepay_id: PREPAY }, 200], [{ code: 'NO_AUTH', message: '没有权限' }, 403]]
  const property = fc.asyncProperty(change, fc.constantFrom(...messages), async (one, [body, status]) => {
    replies(body, { status, change: one })
    await assert.rejects(pay.v3.jsapi(ORDER), (error) => error instanceof SignatureError && error.retry === 'same_request')
    const sent = got.map(({ url }) => url).filter((url) => url !== '/v3/certificates')
    assert.deepEqual(sent, ['/v3/pay/transactions/jsapi'])
  })
  await fc.assert(property, { numRuns: 60 })
  replies({ prepay_id: PREPAY })
  assert.equal((await pay.v3.jsapi(ORDER)).prepay_id, PREPAY)
})

test('a call without a method', async () => {
  replies({ n: 1 })
  const reply = await pay.v3.call('POST', '/v3/profitsharing/receivers/add', {
    query: { a: '茶|', n: 1 },
    json: { name: '张三', type: 'PERSONAL_OPENID' },
    sensitive: ['name'],
  })
  assert.equal(reply.n, '1')
  checkAuthorization(got[0])
  assert.equal(got[0].url, '/v3/profitsharing/receivers/add?a=%E8%8C%B6%7C&n=1')
  const body = JSON.parse(got[0].body)
  assert.equal(body.name.length, 344)
  assert.equal(body.type, 'PERSONAL_OPENID')
  for (const [method, path, options] of [
    ['GET', '/pay/orderquery'],
    ['get', '/v3/certificates'],
    ['POST', '/v3/x', { json: 'text' }],
    ['POST', '/v3/x', { json: { a: null } }],
    ['POST', '/v3/x', { query: 'a=1' }],
    ['POST', '/v3/x', { body: {} }],
    ['POST', '/v3/x', { json: { r: [{ n: 'a' }, { n: 5 }] }, sensitive: ['r.n'] }],
    ['POST', '/v3/x', { json: { n: 'a' }, sensitive: ['n', 'n'] }],
  ]) {
    await assert.rejects(pay.v3.call(method, path, options), InvalidRequest, `${method} ${path}`)
  }
})

test('a client of one API names the setting of the other', async () => {
  await assert.rejects(pay.orderquery({ out_trade_no: 'A1' }), (error) => error instanceof ConfigError && error.field === 'apiKey')
  const old = new WxPay({ appid: OPTIONS.appid, mchId: '10000100', apiKey: createHash('md5').update('key').digest('hex'), store: 'memory:' })
  await assert.rejects(old.v3.jsapi(ORDER), (error) => error instanceof ConfigError && error.field === 'apiV3Key')
  assert.throws(() => new WxPay({ appid: OPTIONS.appid, mchId: '10000100' }), (error) => error.field === 'apiKey')
  const without = (name) => ({ ...OPTIONS, [name]: undefined })
  assert.throws(() => new WxPay(without('platformPublicKeyId')), (error) => error.field === 'platformPublicKeyId')
  assert.throws(() => new WxPay(without('clientKey')), (error) => error.field === 'clientKey')
})

test('members that only the older catalogue has are sent', async () => {
  replies({ prepay_id: PREPAY })
  await pay.v3.jsapi({ ...ORDER, limit_pay: ['no_credit', 'no_debit'], settle_info: { profit_sharing: true, subsidy_amount: 5 } })
  const order = JSON.parse(got[0].body)
  assert.deepEqual([order.limit_pay, order.settle_info], [['no_credit', 'no_debit'], { profit_sharing: true, subsidy_amount: 5 }])
  replies({ code_url: 'weixin://wxpay/bizpayurl?pr=A' })
  const part = {
    mchid: OPTIONS.mchId, attach: 'a', amount: { total_amount: 1, currency: 'CNY' }, out_trade_no: 'PART0001', description: '茶', settle_info: { subsidy_amount: 5 },
  }
  const start = new Date('2026-11-28T03:20:05Z')
  const parts = [part, { ...part, out_trade_no: 'PART0002' }]
  await pay.v3.combineNative({ combine_out_trade_no: 'WHOLE0001', sub_orders: parts, time_start: start, limit_pay: '["no_credit"]' })
  const whole = JSON.parse(got[0].body)
  assert.deepEqual([whole.time_start, whole.limit_pay, whole.sub_orders], ['2026-11-28T11:20:05+08:00', ['no_credit'], parts])
  const refused = (fields, field) => assert.rejects(() => pay.v3.jsapi({ ...ORDER, ...fields }), { name: 'InvalidRequest', field })
  await refused({ settle_info: { subsidy_amount: 0.5 } }, 'settle_info.subsidy_amount')
  await refused({ limit_pay: 'no_credit' }, 'limit_pay')
})

test('an object is shown where a call has another value', async () => {
  const amount = "{ total: 100, currency: 'CNY' }"
  const provider = new WxPay({ ...OPTIONS, subMchId: '1900000110' })
  const { amount: _, payer: __, ...bare } = ORDER
  for (const [call, field, text] of [
    [() => pay.v3.jsapi({ ...ORDER, amount: 100 }), 'amount', `must be an object (V3OrderAmount) such as ${amount}, not an integer`],
    [() => pay.v3.native(bare), 'amount', `is required: an object (V3OrderAmount) such as ${amount}`],
    [() => pay.v3.jsapi({ ...ORDER, settle_info: 1 }), 'settle_info', 'such as { profit_sharing: true }, not an integer'],
    [() => provider.v3.jsapi({ ...ORDER, payer: 'o1' }), 'payer', "must be an object (V3Payer) such as { sp_openid: '…' }"],
    [() => pay.v3.combineNative({ combine_out_trade_no: 'A00001' }), 'sub_orders', "is required: a list of objects (V3CombineItem) such as [{ mchid: '…',"],
  ]) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof InvalidRequest && error.field === field, String(error))
      assert.ok(error.message.includes(text) && error.rule.includes(text), error.message)
      return true
    })
  }
})

test('all options that are missing are named at once', () => {
  const refused = (options, field, message) => assert.throws(() => new WxPay(options), { name: 'ConfigError', field, message })
  const key = 'apiKey (APIv3 alone: apiV3Key or platformPublicKey)'
  refused({}, 'appid', `appid: is required; also not set: mchId, ${key}`)
  refused(undefined, 'appid', `appid: is required; also not set: mchId, ${key}`)
  refused({ appid: OPTIONS.appid }, 'mchId', `mchId: is required; also not set: ${key}`)
  // As core has it: a secret of WeCom needs the agentid of its application, and an id of a public key that key.
  refused({ appid: OPTIONS.appid, corpSecret: 'corp-secret-0123456789' }, 'mchId', `mchId: is required; also not set: ${key}, agentId`)
  const { appid, mchId, apiV3Key, apiKey, platformPublicKeyId } = { apiKey: '0'.repeat(32), ...OPTIONS }
  refused({ appid, mchId, platformPublicKeyId }, 'platformPublicKey', /^platformPublicKey: .*; also not set: clientCert, clientKey$/)
  // Where one is missing.
  refused({ mchId, apiKey }, 'appid', 'appid: is required')
  refused({ appid, apiKey }, 'mchId', 'mchId: is required')
  const alone = 'apiKey: is required; a client of APIv3 alone needs apiV3Key or platformPublicKey instead'
  refused({ appid, mchId }, 'apiKey', alone)
  refused({ appid, mchId, apiV3Key }, 'clientKey', /^clientKey: .*; also not set: clientCert$/)
})

test('all variables that are missing are named at once', () => {
  const before = { ...process.env }
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('WXPAY_')) {
      delete process.env[name]
    }
  }
  try {
    const refused = (options, field, message) => assert.throws(() => WxPay.fromEnv(options), { name: 'ConfigError', field, message })
    const key = 'WXPAY_API_KEY (APIv3 alone: WXPAY_API_V3_KEY or WXPAY_PLATFORM_PUBLIC_KEY)'
    refused(undefined, 'appid', `appid: is not set: set WXPAY_APPID, or WXPAY_APPID_FILE; also not set: WXPAY_MCH_ID, ${key}`)
    process.env.WXPAY_APPID = OPTIONS.appid
    refused({}, 'mchId', `mchId: is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE; also not set: ${key}`)
    refused({ mchId: OPTIONS.mchId, apiV3Key: OPTIONS.apiV3Key }, 'clientKey', /^clientKey: .*; also not set: clientCert$/)
  } finally {
    process.env = before
  }
})

test('an error names the method as it is called here', async () => {
  await assert.rejects(pay.v3.refundQuery({}), { endpoint: 'v3.refund_query', message: /^v3\.refundQuery: / })
  await assert.rejects(pay.v3.profitsharingAddReceiver({}), { endpoint: 'v3.profitsharing_add_receiver', message: /^v3\.profitsharingAddReceiver: / })
})

test('what the caller names sensitive and the token of an address are not shown', async () => {
  const [phone, name, card] = ['13912345678', '张三丰', '6222021234567890123']
  const url = 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUP'
  const seal = (text) => v3.encryptSensitive(text, certificate)
  const made = { payer_phone: phone, contact: { xx: name, n: '7' }, list: [{ bank_card: card }], download_url: url }
  const sealed = { ...made, payer_phone: seal(phone), contact: { xx: seal(name), n: '7' }, list: [{ bank_card: seal(card) }] }
  const options = { sensitive: ['payer_phone', 'contact.xx', 'list.bank_card'] }
  const hides = (reply) => {
    const shown = inspect(reply)
    assert.deepEqual([phone, name, card, '6XIv5TUP'].filter((secret) => shown.includes(secret)), [], shown)
    assert.ok(shown.includes('***') && shown.includes('file?token=***') && shown.includes('7'), shown)
  }
  answer = () => ({ body: sealed })
  const reply = await pay.v3.call('GET', '/v3/x', options)
  assert.deepEqual([reply.payer_phone, JSON.parse(reply.contact), JSON.parse(reply.list)], [phone, made.contact, made.list])
  assert.equal(reply.download_url, url)
  hides(reply)
  hides({ inside: [reply] })
  // What a refusal repeats.
  answer = () => ({ status: 400, body: { code: 'PARAM_ERROR', message: '参数错误', ...made } })
  const refused = await pay.v3.call('GET', '/v3/x', options).catch((error) => error)
  assert.ok(refused instanceof BusinessError && refused.reply.payer_phone === phone)
  hides(refused.reply)
  assert.ok(!inspect(refused).includes(phone), inspect(refused))
  answer = () => ({ body: { state: 'FINISHED', out_bill_no: 'T1', download_url: url, hash_type: 'SHA256', hash_value: '0'.repeat(64) } })
  const file = await pay.v3.transferReceiptQuery({ out_bill_no: 'T1' })
  assert.equal(file.download_url, url)
  assert.ok(inspect(file).includes('file?token=***') && !inspect(file).includes('6XIv5TUP'), inspect(file))
})
