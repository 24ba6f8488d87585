// `pay.check()`, and warnings about settings.

import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import { once } from 'node:events'
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
const FINE = { store: 'ok', api_key: 'ok', app_secret: 'ok', clock: 'ok', notify_url: 'ok', client_cert: 'ok' }
const OTHER_KEY = '0123456789abcdef0123456789abcdef'

test('a client that works', limit, async () => {
  const report = await new WxPay({ ...wechat.options, notifyUrl: 'http://127.0.0.1:9/n' }).check()
  assert.equal(report.ok, true, String(report))
  assert.deepEqual(states(report), FINE)
  assert.equal(finding(report, 'store').remedy, undefined)
  assert.equal(String(report).split('\n').length, 6)
  assert.ok(Object.isFrozen(report) && Object.isFrozen(report.findings) && report.findings.every(Object.isFrozen))
})

test('each failure is named with its remedy, without a secret', limit, async () => {
  const all = { ...wechat.options, notifyUrl: 'http://127.0.0.1:9/n' }
  const broken = Object.assign(new ObjectStore(), { add: () => { throw new Error('no disk') } })
  const cases = [
    [{ apiKey: OTHER_KEY }, 'api_key', /签名错误/, /api_key/],
    [{ appSecret: 'wrongsecret' }, 'app_secret', /40125/, /app_secret/],
    [{ store: 'sqlite:////nowhere/at/all/wxpay.db' }, 'store', /open/, /folder/],
    [{ store: broken }, 'store', /store's add failed/, /may write/],
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
  assert.match(await warned({ notifyUrl: 'http://localhost:3000/notify' }), /^notify_url is http:\/\/localhost:3000\/notify, which WeChat cannot reach/)
  const key = await warned({ apiKey: wechat.api_key })
  assert.match(key, /^api_key is the example of WeChat's documents/)
  assert.ok(!key.includes(wechat.api_key))
  assert.equal(await warned({ notifyUrl: 'https://shop.example/notify' }), '')
  assert.equal(await warned({ ...wechat.options, notifyUrl: 'http://localhost:3000/notify' }), '')
})
