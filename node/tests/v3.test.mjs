// APIv3 by hand: what the vectors do not reach. Every change of a signed message is refused, and bad input is named.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError, InvalidRequest, SignatureError, v3 } from 'wxpaykit'
import { apply, change } from './v3_changes.mjs'

const NONCE = '593BEC0C930BF1AFEB40B4A08C8FB242'
const SERIAL = '3775B6A45ACD588826D15E583A95F5DD0AF0F501'

function vector(kind, name) {
  const { cases } = JSON.parse(readFileSync(new URL(`../../tests/vectors/${kind}.json`, import.meta.url), 'utf8'))
  return cases.find((one) => one.name.startsWith(name)).given
}

const message = vector('v3_verify', 'S-NOT-01')
const key = vector('v3_authorization', 'S-REQ-05').private_key
const { certificate } = vector('v3_serial_no', 'S-CER-03')

const verify = (changed = {}) => {
  const given = { ...message, ...changed }
  return v3.verify(given.headers, given.body, given.keys, { now: given.now })
}

test('any single change to a signed message is refused', () => {
  const whole = { headers: message.headers, body: Buffer.from(message.body) }
  assert.equal(verify(), message.headers['Wechatpay-Serial'])
  assert.equal(verify(whole), message.headers['Wechatpay-Serial'])
  const property = fc.property(change, (one) => {
    const { headers, body, changed } = apply(one, whole)
    fc.pre(changed)
    assert.throws(() => verify({ headers, body }), SignatureError)
  })
  fc.assert(property, { numRuns: 2000 })
})

test('headers as frameworks have them', () => {
  const { headers } = message
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  for (const form of [headers, lower, lists, new Headers(headers), new Map(Object.entries(headers)), Object.entries(headers)]) {
    assert.ok(verify({ headers: form }) in message.keys)
  }
  for (const form of [null, undefined, 'x', 7, [1], ['ab'], Buffer.from('x')]) {
    assert.throws(() => verify({ headers: form }), InvalidRequest)
  }
})

test('keys and clocks of a wrong kind', () => {
  for (const keys of [null, 'x', 7, [], {}, { a: null }, { a: '' }, { a: 'x' }, { a: key }]) {
    assert.throws(() => verify({ keys }), (error) => {
      assert.ok(error instanceof InvalidRequest || error instanceof ConfigError, String(error))
      assert.ok(!error.message.includes(key.slice(100, 140)))
      return true
    })
  }
  const { headers, body } = message
  for (const now of ['1', 1.5, NaN, -1, Date.now()]) {
    assert.throws(() => verify({ now }), InvalidRequest)
    assert.throws(() => v3.explain({ headers, body, keys: message.keys, now }), { name: 'InvalidRequest', field: 'now' })
  }
  assert.throws(() => v3.explain({ headers, body, keys: {} }), ConfigError)
  assert.throws(() => v3.verify(message.headers, message.body, message.keys), { code: 'timestamp_expired' })
  assert.ok(v3.verify(message.headers, message.body, message.keys, message.now) in message.keys)
  assert.throws(() => v3.verify(message.headers, message.body, message.keys, { clock: 1 }), InvalidRequest)
})

test('private keys in every layout', () => {
  const layouts = [
    Buffer.from(key),
    key.replaceAll('\n', '\r\n'),
    '\ufeff' + key,
    key.replaceAll('\n', ' '),
    key.replaceAll('\n', '\\n'),
    `"${key.replaceAll('\n', '\\n')}"`,
    key.split('\n').map((line) => `   ${line}`).join('\n'),
    key.split('\n').slice(1, -2).join(''),
    Buffer.from('\ufeff' + key, 'utf16le'),
  ]
  const expected = v3.sign('text', key)
  for (const layout of layouts) {
    assert.equal(v3.sign(Buffer.from('text'), layout), expected)
  }
})

test('each mistake with a private key is named', () => {
  for (const [text, code, words] of [
    ['', 'key_format', 'is empty'],
    [certificate, 'key_is_certificate', SERIAL],
    [message.keys.PUB_KEY_ID_0119000000012025112800000000000001, 'key_is_public', 'public key'],
    ['apiclient_key.pem', 'key_format', 'path of a file'],
    [SERIAL, 'key_format', 'serial number'],
    [key.slice(0, 500), 'key_format', 'no END line'],
    [Buffer.alloc(3_000_000), 'key_format', 'no key has so many'],
  ]) {
    assert.throws(() => v3.sign('text', text), (error) => {
      assert.ok(error instanceof ConfigError)
      assert.equal(error.code, code)
      assert.equal(error.field, 'privateKey')
      assert.ok(error.message.includes(words), error.message)
      return true
    })
  }
  for (const wrong of [null, undefined, 7, {}, [], () => key]) {
    for (const call of [
      () => v3.sign('text', wrong),
      () => v3.encryptSensitive('text', wrong),
      () => v3.decryptSensitive('AAAA', wrong),
      () => v3.serialNo(wrong),
      () => v3.paySign('wx1', 1, NONCE, 'prepay_id=wx1', wrong),
      () => v3.sign(wrong, key),
    ]) {
      assert.throws(call, InvalidRequest)
    }
  }
})

test('what cannot be signed is named', () => {
  const right = {
    mchId: '1900000109',
    serialNo: SERIAL,
    privateKey: key,
    method: 'GET',
    url: '/v3/certificates',
    timestamp: 1554208460,
    nonceStr: NONCE,
  }
  assert.match(v3.authorization(right), /^WECHATPAY2-SHA256-RSA2048 mchid="1900000109",/)
  for (const [name, value, field] of [
    ['method', '', 'method'],
    ['url', 'v3/x', 'url'],
    ['url', '/v3/a b', 'url'],
    ['url', 7, 'url'],
    ['timestamp', Date.now(), 'timestamp'],
    ['timestamp', 1.5, 'timestamp'],
    ['timestamp', '', 'timestamp'],
    ['nonceStr', 'a'.repeat(33), 'nonce_str'],
    ['nonceStr', 'a"', 'nonce_str'],
    ['body', Buffer.from([0xff]), 'body'],
    ['mchId', '', 'mch_id'],
    ['mchId', 1900000109, 'mch_id'],
    ['privateKye', key, 'privateKye'],
  ]) {
    assert.throws(() => v3.authorization({ ...right, [name]: value }), (error) => {
      assert.ok(error instanceof InvalidRequest || error.name === 'InvalidRequest', String(error))
      assert.equal(error.field, field)
      return true
    })
  }
  for (const wrong of [undefined, null, 'x', []]) {
    assert.throws(() => v3.authorization(wrong), InvalidRequest)
  }
  assert.throws(() => v3.authorization({ ...right, serialNo: 'PUB_KEY_ID_0119' }), ConfigError)
})

test('an authorization is new each time and explained as right', () => {
  const request = { method: 'POST', url: 'https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi', body: '{"mchid":"1900000001"}' }
  const header = () => v3.authorization({ mchId: '1900000001', serialNo: v3.serialNo(certificate), privateKey: key, ...request })
  assert.notEqual(header(), header())
  const now = Math.floor(Date.now() / 1000)
  const found = v3.explain({ ...request, authorization: header(), certificate, privateKey: key, now })
  assert.equal(found.mistake, 'none')
  assert.ok(found.proved)
  assert.equal(found.signType, 'WECHATPAY2-SHA256-RSA2048')
  for (const wrong of [undefined, null, {}, { method: 'GET' }, { body: 'x' }, { heders: {} }]) {
    assert.throws(() => v3.explain(wrong), InvalidRequest)
  }
})

test('a serial number that is given is compared with the header\'s', () => {
  const request = { method: 'GET', url: '/v3/certificates' }
  const own = v3.serialNo(certificate)
  const mistake = (sent, serialNo) => {
    const authorization = v3.authorization({ mchId: '1900000001', serialNo: own, privateKey: key, ...request }).replace(own, sent)
    return v3.explain({ ...request, authorization, privateKey: key, serialNo }).mistake
  }
  const other = '5F1C72E2A8931B72A2E13AF8DEE92471EB397115'
  assert.equal(mistake(own, own), 'none')
  assert.equal(mistake(own, other), 'serial_differs')
  assert.equal(mistake(other, own), 'serial_differs')
  assert.equal(mistake('PUB_KEY_ID_0114734268022024120100381735001200', own), 'serial_of_platform')
  assert.equal(mistake(BigInt(`0x${own}`).toString(), own), 'serial_is_decimal')
})

test('what is encrypted', () => {
  const pair = vector('v3_encrypt_sensitive', 'S-OAE-04')
  assert.equal(v3.decryptSensitive(v3.encryptSensitive('张三', pair.public_key), pair.private_key), '张三')
  for (const text of ['', 'A', '张三', 'AAAA', 'A'.repeat(344)]) {
    assert.throws(() => v3.decryptSensitive(text, key), { code: 'decrypt_failed' })
  }
  const notification = JSON.parse(message.body)
  assert.equal(v3.decrypt(notification, message.api_v3_key), v3.decrypt(notification.resource, message.api_v3_key))
  for (const resource of [null, '', 7, [], {}, { ciphertext: 7 }, { ciphertext: 'AAAA', nonce: 'short' }]) {
    assert.throws(() => v3.decrypt(resource, message.api_v3_key), InvalidRequest)
  }
  assert.throws(() => v3.decrypt(notification.resource, '123456'), { code: 'key_length' })
  const certificates = v3.certificates(...Object.values(vector('v3_certificates', 'S-CER-02')))
  assert.ok(verify({ keys: certificates }) in certificates)
  const { reply: list, api_v3_key: listKey } = vector('v3_certificates', 'S-CER-02')
  const earlier = Object.keys(v3.certificates(list, listKey, { now: 1759248000 }))
  assert.deepEqual(earlier, Object.keys(certificates).reverse())
  assert.throws(() => v3.certificates(list, listKey, 1924963200), /valid at 2031-.* until 2030-/)
  for (const now of ['1759248000', 1.5, NaN]) assert.throws(() => v3.certificates(list, listKey, { now }))
  for (const reply of ['', '{}', '{"data":[]}', '{"data":1}', Buffer.from([0xff])]) {
    assert.throws(() => v3.certificates(reply, message.api_v3_key), InvalidRequest)
  }
})

test('docs/apiv3.md', async () => {
  const root = new URL('../../', import.meta.url)
  const blocks = [...readFileSync(new URL('docs/apiv3.md', root), 'utf8').matchAll(/```js\n(.*?)```/gs)].map(([, block]) => block)
  const block = blocks.find((text) => text.startsWith('import'))
  const file = new URL('target/docs/apiv3.mjs', root)
  mkdirSync(new URL('.', file), { recursive: true })
  writeFileSync(file, block)
  const { notified, signed } = await import(file)
  const settings = { mchId: '1900000001', clientCert: certificate, clientKey: key, keys: message.keys, apiV3Key: message.api_v3_key }
  const [url, body] = ['/v3/pay/transactions/jsapi', '{"mchid":"1900000001"}']
  const { Authorization: authorization } = signed(settings, 'POST', url, body)
  assert.equal(v3.explain({ method: 'POST', url, body, authorization, certificate, privateKey: key }).mistake, 'none')
  const { status, type, event } = notified(settings, message.headers, message.body, message.now)
  assert.deepEqual([status, type, event.out_trade_no], [200, 'TRANSACTION.SUCCESS', 'WXK20251128000001'])
  assert.deepEqual(notified(settings, message.headers, message.body), { status: 401 })
})

test('a key that is held does not hide another', () => {
  // The last private keys stay in memory: each text has its own, and one that was damaged since is refused.
  const { cases } = JSON.parse(readFileSync(new URL('../../tests/vectors/v3_private_key.json', import.meta.url), 'utf8'))
  const known = cases.filter((one) => one.expect !== undefined)
  assert.ok(known.length > 4)
  for (let round = 0; round < 2; round += 1) {
    for (const { given, expect } of known) {
      assert.equal(v3.sign('wxpaykit', given.private_key), expect)
      assert.equal(v3.sign('wxpaykit', Buffer.from(given.private_key)), expect)
      assert.throws(() => v3.sign('wxpaykit', given.private_key.slice(0, given.private_key.length / 2)), ConfigError)
    }
  }
})
