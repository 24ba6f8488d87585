// `pay.check()`, and warnings about settings.

import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'
import { ObjectStore } from './places.mjs'

const limit = { timeout: 60_000 }
let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

const states = ({ findings }) => Object.fromEntries(findings.map(({ part, state }) => [part, state]))
const finding = ({ findings }, part) => findings.find((finding) => finding.part === part)
const FINE = { store: 'ok', api_key: 'ok', api_v3_key: 'not_set', app_secret: 'ok', clock: 'ok', notify_url: 'ok', client_cert: 'ok' }
// Of a client of APIv3 alone.
const FINE_V3 = { ...FINE, api_key: 'not_set', client_key: 'ok', api_v3_key: 'ok', platform_keys: 'ok' }
const OTHER_KEY = '0123456789abcdef0123456789abcdef'

test('a client that works', limit, async () => {
  const report = await new WxPay({ ...wechat.options, notifyUrl: 'http://127.0.0.1:9/n' }).check()
  assert.equal(report.ok, true, String(report))
  assert.deepEqual(states(report), FINE)
  assert.equal(finding(report, 'store').remedy, undefined)
  assert.equal(String(report).split('\n').length, 7)
  assert.ok(Object.isFrozen(report) && Object.isFrozen(report.findings) && report.findings.every(Object.isFrozen))
})

test('each failure is named with its remedy, without a secret', limit, async () => {
  const all = { ...wechat.options, notifyUrl: 'http://127.0.0.1:9/n' }
  const broken = Object.assign(new ObjectStore(), { add: () => { throw new Error('no disk') } })
  // As a table of MySQL, whose texts are compared without their case.
  const caseBlind = new ObjectStore()
  for (const name of ['get', 'put', 'add', 'compareAndSet', 'delete']) {
    const inner = caseBlind[name]
    caseBlind[name] = (key, ...others) => inner.call(caseBlind, key.toLowerCase(), ...others)
  }
  const cases = [
    [{ apiKey: OTHER_KEY }, 'api_key', /签名错误/, /api_key/],
    [{ appSecret: 'wrongsecret' }, 'app_secret', /40125/, /app_secret/],
    [{ store: 'sqlite:////nowhere/at/all/wxpay.db' }, 'store', /open/, /folder/],
    [{ store: broken }, 'store', /store's add failed/, /may write/],
    [{ store: caseBlind }, 'store', /differ by case/, /may write/],
  ]
  for (const [wrong, part, message, remedy] of cases) {
    const report = await new WxPay({ ...all, ...wrong }).check()
    assert.equal(report.ok, false)
    assert.deepEqual(states(report), { ...FINE, [part]: 'failed' }, String(report))
    assert.match(finding(report, part).message, message)
    assert.match(finding(report, part).remedy, remedy)
    for (const secret of [OTHER_KEY, 'wrongsecret', all.apiKey, all.appSecret]) assert.ok(!JSON.stringify(report).includes(secret))
  }
  const { appid, mchId, apiKey, endpoints } = wechat.options
  const bare = await new WxPay({ appid, mchId, apiKey, endpoints }).check()
  assert.deepEqual([bare.ok, states(bare)], [true, { ...FINE, app_secret: 'not_set', notify_url: 'not_set', client_cert: 'not_set' }])
})

test('two keys of the same text are told where one is refused', limit, async () => {
  const wrong = new WxPay({ ...wechat.options, apiKey: OTHER_KEY, apiV3Key: OTHER_KEY })
  const report = await wrong.check()
  assert.match(finding(report, 'api_key').message, /have the same text/)
  await assert.rejects(wrong.orderquery({ out_trade_no: '1' }), (error) => {
    // Under the names that they have here.
    assert.match(error.message, /apiKey and apiV3Key have the same text/)
    assert.ok(!error.message.includes(OTHER_KEY), error.message)
    return true
  })
  // The merchant may have set both to it, so it is no mistake by itself.
  const right = await new WxPay({ ...wechat.options, apiV3Key: wechat.options.apiKey }).check()
  assert.equal(finding(right, 'api_key').state, 'ok')
  assert.ok(!finding(right, 'api_key').message.includes('same text'), String(right))
})

test('a client of APIv3 alone, and each wrong key of it', limit, async () => {
  const { apiKey, clientCert, ...others } = { ...wechat.options, ...wechat.v3Options, notifyUrl: 'http://127.0.0.1:9/n' }
  const right = { ...others, clientCert }
  const report = await new WxPay(right).check()
  assert.deepEqual([report.ok, states(report)], [true, FINE_V3], String(report))
  assert.ok(finding(report, 'platform_keys').message.includes(right.platformPublicKeyId))
  const { platformPublicKey, platformPublicKeyId, ...withCertificates } = right
  const downloaded = await new WxPay(withCertificates).check()
  assert.deepEqual(states(downloaded), FINE_V3, String(downloaded))
  assert.match(finding(downloaded, 'platform_keys').message, /platform certificate/)

  const file = (name) => readFileSync(new URL(`../../tests/certificates/${name}`, import.meta.url), 'utf8')
  const secret = '5A1D0C7E9B3F48268F2E6D4B7C90A1FF'
  assert.throws(
    () => new WxPay({ ...right, clientCertSerial: secret }),
    ({ message }) => /^clientCertSerial: is another one, and the merchant's certificate has/.test(message) && !message.includes(secret),
  )
  const bySerial = { ...others, clientCertSerial: wechat.serialNo }
  const cases = [
    [{ ...bySerial, clientCertSerial: '0A1B2C3D4E5F60718293A4B5C6D7E8F901234567' }, 'client_key', /商户证书序列号/, /apiclient/],
    [{ ...bySerial, clientKey: file('other_key.pem') }, 'client_key', /签名错误/, /do not belong together/],
    [{ ...right, apiV3Key: OTHER_KEY }, 'api_v3_key', /does not decrypt/, /APIv3密钥/],
    [{ ...right, platformPublicKeyId: 'PUB_KEY_ID_0119000000012025112800000000000001' }, 'platform_keys', /PUB_KEY_ID/, /pub_key\.pem/],
    [{ ...right, platformPublicKey: file('platform_public_key.pem') }, 'platform_keys', /is not the key of/, /pub_key\.pem/],
  ]
  for (const [options, part, message, remedy] of cases) {
    const wrong = await new WxPay(options).check()
    assert.deepEqual([wrong.ok, finding(wrong, part).state], [false, 'failed'], String(wrong))
    assert.match(finding(wrong, part).message, message)
    assert.match(finding(wrong, part).remedy, remedy)
    for (const secret of [OTHER_KEY, right.apiV3Key, 'PRIVATE KEY']) assert.ok(!JSON.stringify(wrong).includes(secret))
  }
})

test('a clock that is off, and no WeChat', limit, async () => {
  const proxy = createServer((incoming, answer) => {
    const { method, url, headers } = incoming
    const onward = request(wechat.url + url, { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode, { ...reply.headers, date: 'Sun, 06 Nov 1994 08:49:37 GMT' })
      reply.pipe(answer)
    })
    incoming.pipe(onward)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  try {
    const endpoints = `http://127.0.0.1:${proxy.address().port}`
    const report = await new WxPay({ ...wechat.options, endpoints }).check()
    assert.match(finding(report, 'clock').message, /\d+ s ahead of WeChat's/)
    assert.match(finding(report, 'clock').remedy, /NTP/)
    assert.equal(finding(report, 'api_key').state, 'ok')
  } finally {
    proxy.closeAllConnections()
    proxy.close()
  }
  const report = await new WxPay({ ...wechat.options, endpoints: 'http://127.0.0.1:9', timeout: 2000 }).check()
  assert.deepEqual([finding(report, 'api_key').state, finding(report, 'store').state], ['failed', 'ok'])
})

test('orders of APIv3 whose notifications cannot be read cause a warning', limit, async () => {
  const warned = async (changed) => {
    const warnings = []
    const options = { ...wechat.options, apiKey: undefined, ...wechat.v3Options, notifyUrl: 'https://shop.example/n', ...changed }
    new WxPay({ ...options, onWarning: ({ message }) => warnings.push(message) })
    await new Promise((done) => setTimeout(done, 50))
    return warnings.filter((message) => message.includes('apiV3Key is not')).length
  }
  assert.equal(await warned({}), 0)
  assert.equal(await warned({ notifyUrl: undefined, apiV3Key: undefined }), 0)
  assert.equal(await warned({ apiV3Key: undefined }), 1)
  assert.equal(await warned({ apiV3Key: undefined }), 0, 'once is enough')
})

test('an aborted check', limit, async () => {
  const error = await new WxPay(wechat.options).check({ signal: AbortSignal.abort() }).catch((error) => error)
  assert.deepEqual([error.name, error.endpoint, error.outcome], ['TransportError', 'check', 'not_sent'])
})

test('suspicious settings cause a warning when calls go to WeChat', limit, async () => {
  const warned = async (options) => {
    const warnings = []
    new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: OTHER_KEY, onWarning: ({ message }) => warnings.push(message), ...options })
    await new Promise((done) => setTimeout(done, 50))
    return warnings.join()
  }
  assert.match(await warned({ notifyUrl: 'http://localhost:3000/notify' }), /^notifyUrl is http:\/\/localhost:3000\/notify, which WeChat cannot reach/)
  const key = await warned({ apiKey: wechat.api_key })
  assert.match(key, /^apiKey is the example of WeChat's documents/)
  assert.ok(!key.includes(wechat.api_key))
  assert.equal(await warned({ notifyUrl: 'https://shop.example/notify' }), '')
  assert.equal(await warned({ ...wechat.options, notifyUrl: 'http://localhost:3000/notify' }), '')
})
