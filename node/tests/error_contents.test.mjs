// What WeChat, a gateway or the network said is in the error; and nothing secret is.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect, promisify } from 'node:util'
import { ack, buildXml, ConfigError, parseXml, ProtocolError, sign, TransportError, WxPay } from 'wxpaykit'
import { BUILT, startEmulator } from './emulator.mjs'

const identity = {
  appid: 'wxd930ea5d5a258f4f',
  mchId: '10000100',
  apiKey: '192006250b4c09247ec02edce69f6a2d',
  appSecret: '5a1d0c7e9b3f48268f2e6d4b7c90a1e3',
}
const ORDER = { body: '茶', out_trade_no: 'T1', total_fee: 100, spbill_create_ip: '203.0.113.9' }

/** Answers each request with `answer(fields)`, a status and a body, while `use(pay)` runs. */
async function answered(answer, use, options = {}) {
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    const [status, body] = answer(parseXml(Buffer.concat(chunks)))
    response.writeHead(status).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoints = `http://127.0.0.1:${server.address().port}`
  const notifyUrl = 'http://127.0.0.1:9/n'
  try {
    return await use(new WxPay({ ...identity, endpoints, notifyUrl, store: 'memory:', maxNetworkRetries: 0, ...options }), endpoints)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const refused = (status, body) =>
  answered(
    () => [status, body],
    (pay) => pay.orderquery({ out_trade_no: 'T1' }).then(() => assert.fail('no error'), (error) => error),
  )

function signed(fields) {
  const all = { return_code: 'SUCCESS', appid: identity.appid, mch_id: identity.mchId, nonce_str: 'r1', ...fields }
  return buildXml({ ...all, sign: sign(all, identity.apiKey, 'HMAC-SHA256') })
}

test('a refusal carries its reply and its remedies', async () => {
  const error = await refused(200, '<xml><return_code>FAIL</return_code><retmsg>签名失败，请检查</retmsg></xml>')
  assert.ok(error instanceof ProtocolError)
  assert.equal(error.return_msg, '签名失败，请检查')
  assert.equal(error.reply.retmsg, '签名失败，请检查')
  assert.ok(error.remedy.includes('apiKey') && error.message.includes(error.remedy))
  assert.ok(error.remedy_zh.includes('密钥'))
  assert.ok(error.stringToSign.endsWith('key=***'))
  const coded = await refused(200, signed({ result_code: 'FAIL', err_code: 'ORDERNOTEXIST', err_code_des: '订单不存在' }))
  assert.ok(coded.message.startsWith('orderquery: ORDERNOTEXIST: 订单不存在. '), coded.message)
  assert.match((await refused(200, signed({ result_code: 'FAIL' }))).message, /no reason was given \(return_code SUCCESS/)
})

test('a message has the language of the environment', async () => {
  const code = `
    import { explain, WxPay } from 'wxpaykit'
    const warnings = []
    const pay = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: 'k'.repeat(32), endpoints: process.argv[1], store: 'memory:', onWarning: ({ message }) => warnings.push(message) })
    const error = await pay.orderquery({ out_trade_no: 'T1' }).catch((error) => error)
    const forged = await pay.notify.handle(Buffer.from('<xml><return_code>SUCCESS</return_code></xml>'), { amountOf: () => 1, onPaid() {} })
    console.log(JSON.stringify([error.message, error.remedy, error.remedy_zh, forged.error.message, explain({ a: 'b' }, 'k').message, warnings[0], (await pay.check()).findings[0].message]))`
  await answered(() => [200, '<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>'], async (_, url) => {
    for (const [chosen, chinese] of [[{ WXPAYKIT_LANG: 'zh' }, true], [{ WXPAYKIT_LANG: '', LC_ALL: 'zh_CN.UTF-8' }, true], [{ WXPAYKIT_LANG: 'en', LANG: 'zh_CN' }, false]]) {
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code, url], { env: { ...process.env, ...chosen } })
      const [message, english, remedy, signature, explained, warned, found] = JSON.parse(stdout)
      const told = chinese ? `微信拒绝了请求：签名错误。${remedy}` : `WeChat refused the request: 签名错误. ${english}`
      assert.equal(message, `orderquery: ${told}`)
      assert.equal(signature.includes('验签失败'), chinese)
      assert.equal(explained.includes('没有 sign'), chinese)
      assert.ok(warned.startsWith(chinese ? '设置了 endpoints：' : 'endpoints is set: '), warned)
      assert.equal(found, chinese ? '存储可以读写' : 'the store keeps values')
    }
  })
})

test('a certificate that ends soon is told in the language of the environment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-'))
  try {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name))
    copyFileSync(new URL('../../tests/certificates/apiclient_key.pem', import.meta.url), key)
    await promisify(execFile)('openssl', ['req', '-x509', '-key', key, '-days', '9', '-subj', '/CN=1900000109', '-out', cert])
    const code = `
      import { WxPay } from 'wxpaykit'
      const warnings = []
      const [clientKey, clientCert] = process.argv.slice(1)
      const pay = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '1900000109', apiKey: 'k'.repeat(32), clientKey, clientCert, endpoints: 'http://127.0.0.1:9', maxNetworkRetries: 0, store: 'memory:', onWarning: ({ message }) => warnings.push(message) })
      const report = await pay.check()
      const found = report.findings.find(({ part }) => part === 'client_cert')
      console.log(JSON.stringify([found.state, String(report).split('\\n')[0], warnings.find((text) => text.startsWith('clientCert'))]))`
    for (const [language, store, warning] of [
      ['en', 'store ok: the store keeps values', /^clientCert: .* is valid from [0-9-]{10} and expires on [0-9-]{10}, in [89] days\. Apply for/],
      ['zh', 'store 正常：存储可以读写', /^clientCert：.*，有效期 [0-9-]{10} 至 [0-9-]{10}，还有 [89] 天到期。请到/],
    ]) {
      const env = { ...process.env, WXPAYKIT_LANG: language }
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code, key, cert], { env })
      const [state, first, warned] = JSON.parse(stdout)
      assert.deepEqual([state, first], ['attention', store])
      assert.match(warned, warning)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const inChinese = async (code, ...given) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code, ...given], { env: { ...process.env, WXPAYKIT_LANG: 'zh', WXPAYKIT_EMULATOR: BUILT } })
  return JSON.parse(stdout)
}

test('a name of Python is not beside that of Node in Chinese either', async () => {
  const code = `
    import { WxPay } from 'wxpaykit'
    const pay = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: 'k'.repeat(32), endpoints: 'http://127.0.0.1:9', store: 'memory:', onWarning() {} })
    const notice = '<xml><return_code>SUCCESS</return_code><appid>wxd930ea5d5a258f4f</appid><mch_id>10000100</mch_id><nonce_str>n</nonce_str><req_info>AAAA</req_info></xml>'
    const handled = await pay.notify.handle(Buffer.from(notice), { amountOf: () => 1, onPaid() {} })
    console.log(JSON.stringify([handled.error.message]))`
  const [text] = await inChinese(code)
  assert.match(text, /（onRefunded）/)
  assert.doesNotMatch(text, /Node|on_refunded/)
})

test('errors are Chinese throughout', async () => {
  const code = `
    import { WxPay, v3, yuanToFen } from 'wxpaykit'
    const settings = { appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: 'k'.repeat(32), endpoints: 'http://127.0.0.1:9', store: 'memory:', maxNetworkRetries: 0, onWarning() {} }
    const pay = new WxPay(settings)
    const found = []
    for (const call of [
      () => pay.orderquery({ out_trade_no: 'T1' }),
      () => pay.orderquery({ out_trade_no: 1.5 }),
      () => pay.notify.handle(Buffer.from(''), { amountOf: 1, onPaid() {} }),
      () => pay.notify.handle({}, { amountOf: () => 1, onPaid() {} }),
      () => pay.notify.handle(Buffer.from(''), { amountOf: () => 1, onPaid: (a, b, c) => a }),
      () => new WxPay({ ...settings, store: {} }),
      () => new WxPay({ ...settings, timeout: 'x' }),
      () => new WxPay({ ...settings, apikey: 'x' }),
      () => yuanToFen('1.234'),
      () => v3.sign('x', 'not a key'),
    ]) {
      const error = await (async () => call())().catch((error) => error)
      found.push((error.error ?? error).message)
    }
    console.log(JSON.stringify(found))`
  const found = await inChinese(code)
  assert.equal(found[0], 'orderquery: 连不上 127.0.0.1:9（连接被拒绝）；请求没有发出')
  for (const text of found) {
    const bare = text.replace(/（[^（）]*）|\([^()]*\)|'[^']*'/g, '')
    assert.match(bare, /[\u4e00-\u9fff]/, text)
    assert.doesNotMatch(bare, /\b[a-z]+ [a-z]+ [a-z]+\b/, text)
  }
})

test('what the testing module says is Chinese throughout', async () => {
  const code = `
    import { mkdtemp, writeFile } from 'node:fs/promises'
    import { tmpdir } from 'node:os'
    import { join } from 'node:path'
    import { WxPay } from '${new URL('../dist/index.mjs', import.meta.url).href}'
    import { startEmulator } from '${new URL('../dist/testing.mjs', import.meta.url).href}'

    const folder = await mkdtemp(join(tmpdir(), 'wxpaykit-'))
    const program = async (name, text) => {
      await writeFile(join(folder, name), '#!/bin/sh\\n' + text, { mode: 0o755 })
      return join(folder, name)
    }
    const wechat = await startEmulator()
    const pay = new WxPay(wechat.options)
    await pay.unifiedorder({ body: 'x', out_trade_no: 'T1', total_fee: 1, openid: wechat.openid, spbill_create_ip: '::1' })
    await wechat.pay({ out_trade_no: 'T1' })
    await wechat.advance(0)
    const found = []
    const calls = [
      async () => startEmulator({ binary: await program('ended', 'exit 3') }),
      async () => startEmulator({ binary: await program('silent', 'exec sleep 5'), startTimeout: 50 }),
      async () => startEmulator({ binary: await program('strange', 'echo no; exec sleep 5') }),
      () => startEmulator({ binary: join(folder, 'missing') }),
      () => startEmulator({ frozenClock: 1 }),
      () => wechat.order('1'),
      () => wechat.waitAcknowledged('T1', 0),
      () => wechat.stop().then(() => wechat.journal()),
      async () => {
        process.chdir(folder)
        Object.assign(process.env, { PATH: '', WXPAYKIT_EMULATOR: '' })
        return startEmulator()
      },
    ]
    for (const call of calls) {
      found.push(await call().then(() => 'nothing was thrown', (error) => error.message.replaceAll(folder, '')))
    }
    console.log(JSON.stringify(found))`
  const found = await inChinese(code)
  assert.equal(found.length, 9)
  assert.equal(found[6], 'T1 的通知没有被确认；各次尝试：["连不上：连接被拒绝"]')
  for (const text of found) {
    // The reason of a system is in the system's language.
    const bare = text.replace(/（[^（）]*）|'[^']*'|npm install [\w -]+|fetch failed|ENOENT.*|spawn .*|connect .*/g, '')
    assert.match(bare, /[\u4e00-\u9fff]/, text)
    assert.doesNotMatch(bare, /\b[a-z]+ [a-z]+ [a-z]+\b/, text)
  }
})

test('every text of the package has its Chinese', async () => {
  const folder = new URL('../ts/', import.meta.url)
  const texts = []
  for (const file of await readdir(folder, { recursive: true })) {
    // Without the native module there is no table.
    if (!file.endsWith('.ts') || /^(?:generated|addon)/.test(file)) {
      continue
    }
    const source = (await readFile(new URL(file, folder), 'utf8')).replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
    for (const pattern of [
      /\b(?:invalid|config|unfit|unreadable|phrase)\(\s*(?:\w+|'[\w.]*'),?\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g,
      /\b(?:unreadable|phrase|fail)\((['"`])((?:(?!\1)[^\\]|\\.)*)\1/g,
      /\b(?:rule|remedy|message|REMEDY) =\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g,
      /\breturn (['"`])(must (?:(?!\1)[^\\]|\\.)*)\1/g,
    ]) {
      for (const [, , text] of source.matchAll(pattern)) {
        const filled = text.replace(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, 'X').replace(/\\(.)/g, '$1')
        // What stands in these has its Chinese in the places where they are used.
        if (!/^(?:X, not X|must be X(?:, not X| between X and X)?)$/.test(filled)) {
          texts.push(filled)
        }
      }
    }
  }
  assert.ok(texts.length > 50, `${texts.length}`)
  const addon = new URL('../dist/addon.js', import.meta.url).href
  const told = await inChinese(`import { native } from ${JSON.stringify(addon)}; console.log(JSON.stringify(JSON.parse(process.argv[1]).map((text) => native.phrase(text))))`, JSON.stringify(texts))
  assert.equal(told.length, texts.length)
  // Each part: no three plain words stand side by side in what is Chinese.
  const whole = (text) => /[\u4e00-\u9fff]/.test(text) && !/\b[a-z]+ [a-z]+ [a-z]+\b/.test(text)
  assert.deepEqual(told.filter((text) => !whole(text)), [], 'give core/src/phrases/bindings.rs their Chinese')
})

test('the error shows what came instead of a reply', async () => {
  for (const [status, body, shown] of [
    [400, '<xml><return_code>FAIL</return_code><return_msg>参数错误</return_msg></xml>', ': FAIL 参数错误'],
    [401, '{"code":"SIGN_ERROR","message":"错误"}', '{"code":"SIGN_ERROR","message":"错误"}'],
    [200, 'sandbox is closed', 'sandbox is closed'],
    [502, '<html><body>Bad Gateway</body></html>', 'Bad Gateway'],
  ]) {
    const error = await refused(status, body)
    assert.ok(error instanceof TransportError)
    assert.deepEqual([error.status, error.outcome, error.body], [status, 'unknown', body])
    assert.ok(error.message.includes(shown) && !error.message.includes('<'), error.message)
  }
  assert.equal((await refused(500, '甲'.repeat(10_000))).body.length, 500)
})

test('secrets in replies are masked', async () => {
  const page = await refused(403, `no ${identity.apiKey} or ${identity.appSecret} here`)
  assert.equal(page.body, 'no *** or *** here')
  const error = await refused(200, `<xml><return_code>FAIL</return_code><return_msg>bad ${identity.apiKey}</return_msg></xml>`)
  assert.equal(error.return_msg, 'bad ***')
  assert.equal(error.reply.return_msg, 'bad ***')
})

test('the host and the reason of a failed connection', async () => {
  const pay = new WxPay({ ...identity, endpoints: 'http://127.0.0.1:9', store: 'memory:', maxNetworkRetries: 0 })
  await assert.rejects(pay.orderquery({ out_trade_no: 'T1' }), /no connection to 127\.0\.0\.1:9 \(refused\); nothing was sent/)
  await answered(
    () => [200, ack().body],
    async (_, url) => {
      const https = new WxPay({ ...identity, endpoints: url.replace('http:', 'https:'), store: 'memory:', maxNetworkRetries: 0 })
      await assert.rejects(https.orderquery({ out_trade_no: 'T1' }), /is this an HTTP port\?/)
    },
  )
})

test("an order's address is sent as IPv4, and a provider's page is over the payer's appid", async () => {
  const sub = 'wx2222222222222222'
  const sent = []
  const answer = (fields) => {
    sent.push(fields)
    const ours = fields.sub_appid === undefined ? {} : { sub_appid: fields.sub_appid }
    const sub_mch_id = fields.sub_mch_id
    return [200, signed({ result_code: 'SUCCESS', prepay_id: `wx${sent.length}`, trade_type: 'JSAPI', sub_mch_id, ...ours })]
  }
  await answered(answer, async (pay, url) => {
    const provider = { ...ORDER, sub_mch_id: '1600000001', spbill_create_ip: '::ffff:203.0.113.9' }
    await assert.rejects(pay.unifiedorder({ ...provider, sub_openid: 's1' }), /sub_appid: is required with sub_openid/)
    const own = await pay.unifiedorder({ ...provider, openid: 'o1' })
    const theirs = await pay.unifiedorder({ ...provider, sub_appid: sub, sub_openid: 's1' })
    assert.deepEqual(sent.map((fields) => fields.spbill_create_ip), ['203.0.113.9', '203.0.113.9'])
    assert.equal(pay.jsapiParams(own.prepay_id).appId, identity.appid)
    assert.equal(pay.jsapiParams(theirs.prepay_id).appId, sub)
    // Another process of the provider, or a later one: the appid is never guessed.
    const settings = { ...identity, endpoints: url, store: 'memory:', subMchId: '1600000001' }
    for (const unknowing of [pay, new WxPay(settings)]) {
      for (const name of ['jsapiParams', 'chooseWXPayParams', 'miniprogramParams', 'appParams']) {
        assert.throws(() => unknowing[name]('wx999'), /appid: must be given: this client is a service provider's/)
        const partnerid = name === 'appParams' ? { partnerid: '1600000001' } : {}
        unknowing[name]('wx999', { appid: sub, ...partnerid })
      }
      assert.equal(unknowing.jsapiParams('wx999', { appid: sub }).appId, sub)
    }
    // Nor the merchant that an app pays, unless it is in the settings.
    assert.equal(new WxPay(settings).appParams('wx999', { appid: sub }).partnerid, '1600000001')
    assert.throws(() => pay.appParams('wx999', { appid: sub }), /partnerid: must be given: this client is a service provider's/)
    assert.equal(new WxPay({ ...settings, subAppid: sub }).jsapiParams('wx999').appId, sub)
  })
})

test('wx.config of a client with subAppid is refused', async () => {
  const sub = 'wx2222222222222222'
  const pay = new WxPay({ ...identity, subMchId: '1600000001', subAppid: sub, endpoints: 'http://127.0.0.1:9', store: 'memory:' })
  await assert.rejects(pay.jssdk.config('https://a.example/', { jsApiList: ['chooseWXPay'] }), (error) => {
    assert.ok(error instanceof ConfigError)
    assert.deepEqual([error.field, error.endpoint], ['subAppid', 'jssdk.config'])
    assert.ok(error.message.includes(sub) && error.message.includes(identity.appid), error.message)
    return true
  })
})

test('a payment code that a page repeats is not shown', async () => {
  const code = '134567890123456789'
  const gateway = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(502).end(`<html>auth_code ${code} was not taken</html>`))
  }).listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const wechat = await startEmulator()
  try {
    const endpoints = `http://127.0.0.1:${gateway.address().port}`
    const pay = new WxPay({ ...wechat.options, ...wechat.v3Options, endpoints, store: 'memory:', maxNetworkRetries: 0 })
    // By both APIs: in APIv3 it is a member of `payer`.
    const scene_info = { store_info: { id: '1' }, device_ip: '203.0.113.9' }
    for (const call of [
      () => pay.micropay({ ...ORDER, auth_code: code }),
      () => pay.v3.codepay({ out_trade_no: 'CODE0001', description: 'tea', amount: { total: 1 }, payer: { auth_code: code }, scene_info }),
    ]) {
      const error = await call().then(() => assert.fail('no error'), (error) => error)
      assert.ok(error instanceof TransportError, inspect(error))
      assert.ok(error.message.includes('auth_code *** was not taken'), error.message)
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(code))
    }
  } finally {
    await wechat.stop()
    gateway.closeAllConnections()
    gateway.close()
  }
})
