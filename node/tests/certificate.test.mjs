// The merchant's certificate: its options, its mistakes, and refunds over the emulator's port with TLS.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ConfigError, newOutTradeNo, ProtocolError, WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'
import { ofAnotherRealm } from './realm.mjs'

const limit = { timeout: 60_000 }
const path = (name) => fileURLToPath(new URL(`../../tests/certificates/${name}`, import.meta.url))
const bytes = (name) => readFileSync(path(name))
const text = (name) => readFileSync(path(name), 'utf8')
const MERCHANT = {
  appid: 'wxd930ea5d5a258f4f',
  mchId: '1900000109',
  apiKey: '192006250b4c09247ec02edce69f6a2d',
  endpoints: 'http://127.0.0.1:9',
  store: 'memory:',
}
const [CERT, KEY, P12] = ['apiclient_cert.pem', 'apiclient_key.pem', 'apiclient_cert-aes.p12']
const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-certificate-'))
let wechat
let tlsUrl

before(async () => {
  wechat = await startEmulator('--tls')
  tlsUrl = wechat.tlsUrl
})
after(async () => {
  rmSync(folder, { recursive: true })
  await wechat.stop()
})

function refusal(options) {
  try {
    new WxPay({ ...MERCHANT, ...options })
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.ok(!error.message.includes('MII'), error.message)
    return error
  }
  assert.fail('it was taken')
}

test('a path, bytes or text', limit, async () => {
  const url = bytes(P12)
  const forms = [
    { clientCert: path(CERT), clientKey: path(KEY) },
    { clientCert: text(CERT), clientKey: text(KEY) },
    { clientCert: bytes(CERT), clientKey: new Uint8Array(bytes(KEY)) },
    { clientCert: ofAnotherRealm(bytes(CERT)), clientKey: ofAnotherRealm(bytes(KEY)) },
    { clientP12: path(P12) },
    { clientP12: url, clientP12Password: '1900000109' },
    { clientP12: url.toString('base64') },
    { clientP12: bytes('apiclient_cert-rc2.p12') },
    { clientP12: bytes('apiclient_cert-3des.p12') },
    { clientCert: bytes('pkcs12-nodes.pem') },
  ]
  for (const form of forms) {
    const report = await new WxPay({ ...MERCHANT, ...form, timeout: 500, maxNetworkRetries: 0 }).check()
    const found = report.findings.find(({ part }) => part === 'client_cert')
    assert.equal(found.state, 'ok')
    assert.match(found.message, /0A1B2C3D4E5F60718293A4B5C6D7E8F901234567, valid from 2025-01-01 until 2035-01-01/)
  }
})

test('each mistake is found by the constructor', limit, () => {
  const cases = [
    ['clientKey', /is not the key of the certificate/, { clientCert: path(CERT), clientKey: bytes('other_key.pem') }],
    ['clientCert', /are swapped/, { clientCert: path(KEY), clientKey: path(CERT) }],
    ['clientCert', /mchId is 1900000109/, { clientCert: bytes('other_cert.pem'), clientKey: bytes('other_key.pem') }],
    ['clientCert', /平台证书/, { clientCert: bytes('platform_cert.pem'), clientKey: path(KEY) }],
    ['clientCert', /\(CSR\)/, { clientCert: bytes('request.csr.pem'), clientKey: path(KEY) }],
    ['clientKey', /encrypted with a password/, { clientCert: path(CERT), clientKey: bytes('encrypted_key-pkcs1.pem') }],
    ['clientP12', /is empty/, { clientP12: Buffer.alloc(0) }],
    ['clientP12', /is cut short/, { clientP12: bytes('cut-in-half.p12') }],
    ['clientP12', /was read as text/, { clientP12: Buffer.from(bytes(P12).toString('utf8')) }],
    ['clientP12', /is PEM, not PKCS#12/, { clientP12: bytes('pem-named-p12.p12') }],
    ['clientP12Password', /does not open/, { clientP12: path(P12), clientP12Password: '1900000201' }],
    ['clientP12Password', /API key/, { clientP12: path(P12), clientP12Password: MERCHANT.apiKey }],
    ['clientKey', /cannot be read/, { clientCert: path(CERT), clientKey: '/nowhere/key.pem' }],
  ]
  for (const [field, words, options] of cases) {
    const error = refusal(options)
    assert.equal(error.field, field, error.message)
    assert.match(error.message, words)
    if (!words.source.includes('cannot')) {
      assert.ok(error.message.includes(error.remedy), error.message)
      assert.match(error.remedy_zh, /[\u4e00-\u9fff]/)
    }
  }
  const typed = refusal({ clientP12: path(P12), clientP12Password: 1900000109 })
  assert.match(typed.message, /clientP12Password: must be text, not a number/)
  assert.match(refusal({ clientCert: 5 }).message, /clientCert: must be a path, a Buffer or PEM text, not a number/)
})

test('variables hold a path or text, and _FILE a path', limit, () => {
  const names = Object.entries({ APPID: 'appid', MCH_ID: 'mchId', API_KEY: 'apiKey', ENDPOINTS: 'endpoints', STORE: 'store' })
  for (const [name, option] of names) process.env[`WXPAY_${name}`] = MERCHANT[option]
  try {
    process.env.WXPAY_CLIENT_P12_FILE = path('cut-in-half.p12')
    assert.throws(() => WxPay.fromEnv(), /clientP12: is cut short/)
    process.env.WXPAY_CLIENT_P12_FILE = path(P12)
    assert.ok(WxPay.fromEnv())
    delete process.env.WXPAY_CLIENT_P12_FILE
    process.env.WXPAY_CLIENT_CERT = text(CERT)
    assert.throws(() => WxPay.fromEnv(), /clientKey: is not set, and clientCert is/)
    assert.ok(WxPay.fromEnv({ clientKey: bytes(KEY) }))
  } finally {
    for (const name of Object.keys(process.env)) if (name.startsWith('WXPAY_')) delete process.env[name]
  }
})

test('without a certificate a refund is not sent', limit, async () => {
  const { clientCert, clientKey, ...bare } = wechat.options
  assert.ok(clientCert && clientKey)
  const refund = { out_trade_no: 'n', out_refund_no: 'R1', total_fee: 1, refund_fee: 1 }
  await assert.rejects(new WxPay(bare).refund(refund), (error) => {
    assert.deepEqual([error.name, error.field, error.endpoint], ['ConfigError', 'clientCert', 'refund'])
    return error.message.includes('nothing was sent')
  })
})

test('refunds over the port with TLS', limit, async () => {
  const file = join(folder, 'ca.pem')
  writeFileSync(file, await (await fetch(`${wechat.url}/_emulator/ca.pem`)).text())
  process.env.SSL_CERT_FILE = file
  const number = newOutTradeNo()
  const order = { body: '茶', out_trade_no: number, total_fee: 100, openid: wechat.openid, spbill_create_ip: '127.0.0.1' }
  await new WxPay(wechat.options).unifiedorder(order)
  await wechat.control('/_emulator/pay', { out_trade_no: number })
  const fields = { out_trade_no: number, total_fee: 100, refund_fee: 30 }
  const secured = { ...wechat.options, endpoints: tlsUrl }
  const reply = await new WxPay(secured).refund({ ...fields, out_refund_no: `${number.slice(0, 20)}-1` })
  assert.deepEqual([reply.refund_fee, reply.out_trade_no], [30, number])

  const { clientCert, clientKey, ...bare } = secured
  const p12 = await (await fetch(`${wechat.url}/_emulator/certificates/10000100/apiclient_cert.p12`)).arrayBuffer()
  const again = new WxPay({ ...bare, clientP12: new Uint8Array(p12) })
  assert.equal((await again.refund({ ...fields, out_refund_no: `${number.slice(0, 20)}-2` })).refund_fee, 30)

  const other = new WxPay({ ...bare, clientCert: path('demo_cert.pem'), clientKey: path('demo_key.pem') })
  await assert.rejects(other.refund({ ...fields, out_refund_no: 'R9' }), (error) => {
    assert.ok(error instanceof ProtocolError)
    assert.deepEqual([error.code, error.retry, error.return_msg], ['certificate', 'never', 'The SSL certificate error'])
    return error.message.includes('the client has the certificate of "10000100" with the serial number DE')
  })
})
