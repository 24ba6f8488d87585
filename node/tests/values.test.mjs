// What may be given and what comes back, type by type.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import * as esm from 'wxpaykit'
import { ack, buildXml, ConfirmedPayment, explain, Explanation, InvalidRequest, parseXml, Reply, sign, stringToSign, verify, WxPay } from 'wxpaykit'

const cjs = createRequire(import.meta.url)('wxpaykit')
const KEY = '192006250b4c09247ec02edce69f6a2d'
const MERCHANT = { appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: KEY }
const BASE = { body: 'tea', out_trade_no: 'A1', total_fee: 100, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', spbill_create_ip: '127.0.0.1' }
const limit = { timeout: 30_000 }

/** Keeps what was posted, and refuses it. */
let server
let pay
let posted
before(async () => {
  server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) {
      chunks.push(chunk)
    }
    posted = parseXml(Buffer.concat(chunks))
    response.end('<xml><return_code>FAIL</return_code><return_msg>no</return_msg></xml>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  pay = new WxPay({ ...MERCHANT, endpoints: `http://127.0.0.1:${server.address().port}`, notifyUrl: 'https://shop.example/n' })
})
after(() => (server.closeAllConnections(), server.close()))

/** A field's text on the wire, or the error that kept it from there. */
async function sent(field, value) {
  posted = undefined
  const error = await pay.unifiedorder({ ...BASE, [field]: value }).catch((error) => error)
  return posted === undefined ? error : posted[field]
}

test('each type on the wire', limit, async () => {
  const cases = [
    ['total_fee', 1, '1'],
    ['total_fee', 100n, '100'],
    ['body', ' 龙井 ', ' 龙井 '],
    ['attach', 'a & b < c ]]> d', 'a & b < c ]]> d'],
    ['attach', null, undefined],
    ['attach', undefined, undefined],
    ['time_expire', new Date('2030-01-02T03:04:05.678Z'), '20300102110405'],
    ['time_expire', '20300102110405', '20300102110405'],
    ['scene_info', { h5_info: { type: 'Wap' } }, '{"h5_info":{"type":"Wap"}}'],
    ['scene_info', '{"a": 1}', '{"a": 1}'],
    ['detail', [1, '二'], '[1,"二"]'],
    ['detail', new (class Detail { goods_detail = [new (class Goods { quantity = 1n })()] })(), '{"goods_detail":[{"quantity":1}]}'],
    ['limit_pay', 'no_credit', 'no_credit'],
    ['trade_type', undefined, 'JSAPI'],
    ['notify_url', undefined, 'https://shop.example/n'],
  ]
  for (const [field, value, wire] of cases) {
    assert.equal(await sent(field, value), wire, `${field}: ${inspect(value)}`)
  }
  assert.equal(posted.sign, sign(posted, KEY))
})

test('invalid values are refused before anything is sent, with field and rule', limit, async () => {
  const cases = [
    ['total_fee', 1.5, /an integer of fen, not a float \(1.5\); yuanToFen converts yuan/],
    ['total_fee', NaN, /not NaN/],
    ['total_fee', Infinity, /not a float/],
    ['total_fee', '100', /not the text '100'/],
    ['total_fee', true, /not a boolean/],
    ['total_fee', 0, /at least 1 fen/],
    ['profit_sharing', true, /must be one of the texts Y, N, not a boolean$/],
    ['trade_type', 1, /must be one of the texts JSAPI, .*, not an integer$/],
    ['total_fee', 2 ** 53, /beyond 2\^53/],
    ['total_fee', 2n ** 63n, /beyond 64 bits/],
    ['total_fee', {}, /not an object/],
    ['body', 5, /must be text, not an integer/],
    ['body', new Date(), /not a time/],
    ['body', { a: 1 }, /not an object/],
    ['body', Buffer.from('x'), /not a Buffer/],
    ['body', '😀', /four bytes/],
    ['body', '', /must not be empty/],
    ['time_expire', new Date(NaN), /not an invalid Date/],
    ['time_expire', '2026-12-01', /yyyyMMddHHmmss in Beijing time$/],
    ['time_expire', new Date(8.64e15), /outside the years/],
    ['time_expire', 1893553445, /not an integer/],
    ['detail', 1n, /not an integer/],
    ['detail', new Map(), /not a Map/],
    ['detail', Buffer.from('{}'), /not a Buffer/],
    ['detail', new Date(), /not a time/],
    ['detail', new (class Price { toJSON = () => '1.00' })(), /not a Price/],
    ['detail', new (class Sealed { #goods = [] })(), /not a Sealed/],
    ['detail', Object.assign(new (class Query {})(), { self: circular() }), /not a Query/],
    ['total_fee', new (class Money { fen = 100 })(), /not an object/],
    ['detail', circular(), /JSON cannot hold/],
    ['trade_type', 'CASH', /must be one of/],
    ['out_trade_no', 'a b', /digits, letters/],
    ['no_such_field', '1', /is not a field of unifiedorder/],
    ['totalFee', 1, /did you mean total_fee\?/],
    ['sign', '1', /is set by the client/],
    ['attach', 'a\0t\0b', /XML cannot carry/],
  ]
  for (const [field, value, rule] of cases) {
    const error = await sent(field, value)
    assert.ok(error instanceof InvalidRequest, `${field}: ${inspect(value)}: ${inspect(error)}`)
    assert.equal(error.field, field)
    assert.match(error.rule, rule, `${field}: ${inspect(value)}`)
    assert.deepEqual([error.endpoint, error.retry], ['unifiedorder', 'never'])
  }
})

test('the functions take strings and integers', limit, () => {
  assert.equal(stringToSign({ b: 2, a: 'x', c: null, d: undefined, e: '', f: 3n }), 'a=x&b=2&f=3')
  assert.equal(sign({ a: 1 }, 'k', 'MD5'), sign({ a: '1' }, 'k', 'MD5'))
  assert.equal(sign({ a: '1\0b\x002' }, 'k'), sign({ a: '1\0b\x002' }, 'k'))
  assert.notEqual(sign({ a: '1\0b\x002' }, 'k'), sign({ a: '1', b: '2' }, 'k'))
  assert.equal(stringToSign({ a: '一\0b', c: '😀' }), 'a=一\0b&c=😀')
  for (const value of [1.5, true, {}, [], new Date()]) {
    assert.throws(() => sign({ a: value }, 'k'), (error) => error instanceof InvalidRequest && error.field === 'a')
  }
  assert.throws(() => sign({}, 'k', 'SHA1'), { name: 'InvalidRequest', field: 'signType' })
  const signed = { a: '1', b: '二', sign: sign({ a: '1', b: '二' }, 'k') }
  for (const message of [signed, buildXml(signed), Buffer.from(buildXml(signed)), new Uint8Array(Buffer.from(buildXml(signed)))]) {
    assert.equal(verify(message, 'k'), true)
    assert.equal(verify(message, 'l'), false)
  }
  assert.equal(verify('not xml', 'k'), false)
  assert.equal(explain(signed, 'k').mistake, 'other_algorithm')
  const trimmed = explain(buildXml({ a: ' x', sign: sign({ a: 'x' }, 'k', 'MD5') }), 'k')
  assert.ok(trimmed instanceof Explanation)
  assert.deepEqual({ ...trimmed }, {
    stringToSign: 'a= x&key=***',
    likelyString: 'a=x&key=***',
    signType: 'MD5',
    mistake: 'values_trimmed',
    message: trimmed.message,
    proved: true,
    field: 'a',
    text: `${trimmed.message}\nshould be signed (MD5): a=«␣»x&key=***\nwas probably signed: a=«»x&key=***`,
  })
  assert.match(trimmed.message, /\(a\): remove it first, then sign and send the same text$/)
  assert.equal(String(trimmed), trimmed.text)
  assert.equal(inspect(trimmed), trimmed.text)
  const slip = { a: '1', b: 'v3 v3', sign: sign({ a: '1', b: 'v3 v3' }, 'v3', 'MD5') }
  for (const message of [slip, buildXml(slip)]) {
    const found = explain(message, 'k', { apiV3Key: 'v3' })
    assert.deepEqual([found.mistake, found.likelyString], ['api_v3_key_as_key', 'a=1&b=*** ***&key=***'])
    assert.equal(explain(message, 'k', { appSecret: 'v3' }).mistake, 'app_secret_as_key')
    assert.equal(explain(message, 'k', { appSecret: undefined }).mistake, 'key_malformed')
    assert.throws(() => explain(message, 'k', { apiV3Key: 1 }), (error) => error instanceof InvalidRequest && error.field === 'apiV3Key')
  }
  assert.equal(ack(false, '稍后'), '<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[稍后]]></return_msg></xml>')
  const odd = parseXml('<xml><__proto__>1</__proto__><constructor>2</constructor></xml>')
  assert.deepEqual(Object.entries(odd), [['__proto__', '1'], ['constructor', '2']])
  assert.equal(Object.getPrototypeOf(odd), Object.prototype)
})

test('replies are frozen, known fields by kind, everything in raw', limit, () => {
  const fields = {
    return_code: 'SUCCESS', result_code: 'SUCCESS', appid: MERCHANT.appid, mch_id: MERCHANT.mchId, openid: BASE.openid,
    out_trade_no: 'A1', transaction_id: '42', total_fee: '100', coupon_count: '2', coupon_id_0: '7', coupon_fee_0: '5',
    coupon_id_1: '8', coupon_fee_1: '6', time_end: '20300102110405', promotion_detail: '{"a":[1]}', raw: 'data', to_json: 'x',
    next_year: 'new', __proto__x: 'y', attach: '',
  }
  const payment = pay.notify.parse(buildXml({ ...fields, sign: sign(fields, KEY) }))
  assert.ok(payment instanceof Reply && Object.isFrozen(payment))
  assert.equal(payment.total_fee, 100)
  assert.deepEqual(payment.time_end, new Date('2030-01-02T03:04:05Z'))
  assert.deepEqual(payment.promotion_detail, { a: [1] })
  assert.ok(Object.isFrozen(payment.promotion_detail.a))
  assert.deepEqual(payment.coupons.map(({ coupon_id, coupon_fee, coupon_type }) => [coupon_id, coupon_fee, coupon_type]), [
    ['7', 5, undefined],
    ['8', 6, undefined],
  ])
  assert.equal(payment.coupon_id_0, undefined)
  assert.equal(payment.next_year, 'new')
  assert.equal(payment.raw.raw, 'data')
  assert.equal(payment.raw.coupon_id_0, '7')
  assert.equal(payment.attach, '')
  assert.ok(!('device_info' in payment))
  const plain = payment.toObject()
  assert.equal(plain.coupons[1].coupon_id, '8')
  plain.total_fee = 1
  assert.equal(JSON.parse(JSON.stringify(payment)).total_fee, 100)
  assert.throws(() => {
    'use strict'
    payment.total_fee = 1
  }, TypeError)
  const shown = inspect(payment)
  assert.match(shown, /^PaymentNotification\n/)
  assert.ok(!shown.includes(BASE.openid) && shown.includes('oUpF…eS6o'), shown)
  assert.match(inspect({ payment }, { depth: 0 }), /\[PaymentNotification\]/)
  assert.throws(() => new ConfirmedPayment(), TypeError)
})

test('import and require give the same names and classes', limit, () => {
  const names = Object.keys(esm).filter((name) => !['default', 'module.exports', '__esModule'].includes(name))
  assert.deepEqual(names.sort(), Object.keys(cjs).sort())
  for (const name of names) {
    assert.equal(esm[name], cjs[name], name)
  }
  const error = new cjs.TransportError('x', { outcome: 'unknown' })
  assert.ok(error instanceof esm.TransportError && error instanceof esm.WxPayError && error instanceof Error)
  assert.deepEqual([error.name, String(error)], ['TransportError', 'TransportError: x'])
})

function circular() {
  const object = {}
  object.self = object
  return object
}

test('a value of a wrong type is named by its type, and not shown', limit, async () => {
  const order = Promise.resolve({ prepay_id: KEY })
  const cases = [
    [() => pay.jsapiParams(order.prepay_id), 'prepay_id: must be text, not undefined'],
    [() => pay.jsapiParams(null), 'prepay_id: must be text, not null'],
    [() => pay.jsapiParams(5), 'prepay_id: must be text, not a number'],
    [() => pay.jsapiParams(order), 'prepay_id: must be text, not a Promise: is an await missing?'],
    [() => pay.jsapiParams([KEY]), 'prepay_id: must be text, not an array'],
    [() => pay.jsapiParams({ KEY }), 'prepay_id: must be text, not an Object'],
    [() => pay.jsapiParams(Object.create({ constructor: { name: 5 } })), 'prepay_id: must be text, not an object'],
    [() => pay.jsapiParams('x', order), 'options: must be an object of options, not a Promise: is an await missing?'],
    [() => ack('yes'), 'ok: must be true or false, not a string'],
    [() => sign({ a: 1.5 }, KEY), 'a: must be text or an integer, not a float'],
    [() => sign({ a: order }, KEY), 'a: must be text or an integer, not a Promise: is an await missing?'],
    [() => sign(order, KEY), 'params: must be an object of fields, not a Promise: is an await missing?'],
    [() => new WxPay({ ...MERCHANT, apiKey: order }), 'apiKey: must be text, not a Promise: is an await missing?'],
    [() => pay.jssdk.config('https://shop.example/', { jsApiList: KEY }), 'jsApiList: must be a list of texts, not a string'],
    [() => pay.waitForPayment('1', { totalFee: '1' }), "totalFee: must be an integer of fen, not the string '1'; yuanToFen('19.99') converts yuan"],
    [() => pay.waitForPayment('1', { totalFee: 1, within: KEY }), 'within: must be a number of milliseconds, not a string'],
    [() => pay.waitForPayment('1', { totalFee: 1, within: -1 }), 'within: must be a number of milliseconds'],
    [() => pay.unifiedorder({ ...BASE, body: order }), 'unifiedorder: body: must be text, not a Promise: is an await missing?'],
  ]
  for (const [call, message] of cases) {
    await assert.rejects(async () => call(), { message })
  }
})

test('fields are an object', () => {
  for (const wrong of [null, undefined, 'a=1', 1, ['a', '1']]) {
    for (const call of [() => sign(wrong, 'key'), () => stringToSign(wrong)]) {
      assert.throws(call, /params: must be an object of fields/, String(wrong))
    }
  }
})
