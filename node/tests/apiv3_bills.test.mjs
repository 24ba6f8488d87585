// Bills of APIv3: the same rows, totals, files and comparison as those of APIv2; and files that are not what WeChat Pay signed.
import assert from 'node:assert/strict'
import { createHash, createSign, createVerify, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Bill, compare, readBill, SignatureError, unescapeBill, v3, WxPay } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
import { BUILT } from './emulator.mjs'

const root = new URL('../../', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')
const certificate = read('tests/certificates/apiclient_cert.pem')
const platformKey = read('emulator/keys/platform-public.pem')
const ID = 'PUB_KEY_ID_0119000000012025112800000000000001'
const FILE = '/v3/billdownload/file'
const HOUR = 3600
const HEADER =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const line = (number, fee) =>
  '`2026-11-27 09:00:01,`wx,`1,`0,`,`42,`' + number + ',`o,`JSAPI,`SUCCESS,`OTHERS,`CNY,`' + fee + ',`0.00,`0,`0,`0.00,`0.00,`,`,`茶,`,`0.03600,`0.60%,`' + fee + ',`0.00,`'
const bill = (...lines) =>
  [`\ufeff${HEADER}`, ...lines, '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额', `\`${lines.length},\`0,\`0,\`0,\`0,\`0,\`0`, ''].join('\r\n')
const CONTENT = bill(line('A1', '6.00'), line('A2', '7.00'))
const sha1 = (content) => createHash('sha1').update(content).digest('hex')

let server, pay, folder
/** What the server says, and what it received. */
let state
const got = []

function answers(changed = {}) {
  got.length = 0
  state = { hash: sha1(CONTENT), host: server.url, files: [[200, CONTENT]], missing: 0, ...changed }
}

async function serve() {
  const made = createServer((request, response) => {
    got.push({ url: request.url, headers: request.headers })
    if (request.url.startsWith(FILE)) {
      const [status, content] = state.files.length > 1 ? state.files.shift() : state.files[0]
      response.writeHead(status, { 'Content-Length': Buffer.byteLength(content) + state.missing, Connection: 'close' })
      response.end(content, () => state.missing > 0 && response.destroy())
      return
    }
    const text = JSON.stringify({ download_url: `${state.host}${FILE}?token=a%2Fb&tartype=gzip`, hash_type: 'SHA1', hash_value: state.hash })
    const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'd824f2e086d3c1df967785d13fcd22ef']
    const signature = createSign('RSA-SHA256').update(`${timestamp}\n${nonce}\n${text}\n`).sign(platformKey, 'base64')
    response.writeHead(200, {
      'Wechatpay-Timestamp': timestamp,
      'Wechatpay-Nonce': nonce,
      'Wechatpay-Serial': ID,
      'Wechatpay-Signature': signature,
    })
    response.end(text)
  })
  await new Promise((done) => made.listen(0, '127.0.0.1', done))
  made.url = `http://127.0.0.1:${made.address().port}`
  return made
}

function stop(made) {
  made.close()
  made.closeAllConnections()
}

before(async () => {
  server = await serve()
  folder = mkdtempSync(join(tmpdir(), 'wxpaykit-v3-bills-'))
  pay = new WxPay({
    appid: 'wxd930ea5d5a258f4f',
    mchId: '1900000109',
    apiV3Key: 'wxpaykitTestApiV3Key0123456789ab',
    clientCert: certificate,
    clientKey: read('tests/certificates/apiclient_key.pem'),
    platformPublicKey: read('emulator/keys/platform-public-key.pem'),
    platformPublicKeyId: ID,
    store: 'memory:',
    maxNetworkRetries: 0,
    endpoints: server.url,
  })
})
after(() => {
  stop(server)
  rmSync(folder, { recursive: true })
})

async function rowsOf(bill) {
  const rows = []
  for await (const row of bill) {
    rows.push(row)
  }
  return rows
}

const trade = (bill_date = '2026-11-27') => pay.v3.tradebill({ bill_date })

test('the address is signed as it is given, and rows are read as those of APIv2', async () => {
  // A day is taken in either form.
  for (const [content, day] of [[CONTENT, '2026-11-27'], [gzipSync(CONTENT), '20261127']]) {
    answers({ files: [[200, content]] })
    const found = await trade(day)
    assert.ok(found instanceof Bill)
    assert.equal(found.summary, undefined)
    assert.deepEqual((await rowsOf(found)).map((row) => [row.out_trade_no, row.total_fee]), [['A1', 600], ['A2', 700]])
    assert.equal(found.summary.total_count, 2)
    assert.deepEqual(got.map(({ url }) => url), ['/v3/bill/tradebill?bill_date=2026-11-27&bill_type=ALL', `${FILE}?token=a%2Fb&tartype=gzip`])
    for (const { url, headers } of got) {
      const parts = Object.fromEntries([...headers.authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]))
      const text = `GET\n${url}\n${parts.timestamp}\n${parts.nonce_str}\n\n`
      assert.ok(createVerify('RSA-SHA256').update(text).verify(new X509Certificate(certificate).publicKey, parts.signature, 'base64'))
    }
  }
})

test('a bill with another hash never looks whole', async () => {
  const changed = bill(line('A1', '6.00'), line('A2', '9.00'))
  for (const content of [changed, gzipSync(changed)]) {
    answers({ files: [[200, content]] })
    const found = await trade()
    const ends = (error) => {
      assert.ok(error instanceof SignatureError)
      assert.deepEqual([error.code, error.retry, error.endpoint], ['bill_hash_mismatch', 'same_request', 'v3.tradebill'])
      assert.equal(error.explanation.mistake, 'file_changed')
      assert.ok(error.message.includes(sha1(CONTENT)) && error.message.includes(sha1(changed)))
      return true
    }
    const rows = found[Symbol.asyncIterator]()
    const all = async () => {
      while (!(await rows.next()).done);
    }
    await assert.rejects(all(), ends)
    await assert.rejects(all(), ends)
    assert.equal(found.summary, undefined)
    await assert.rejects((await trade()).columns(), ends)
    await assert.rejects((await trade()).save(join(folder, 'wrong.csv')), ends)
    await assert.rejects(compare(await trade(), []), ends)
    assert.deepEqual(readdirSync(folder), [])
  }
})

test('a bill that is cut off is an error', async () => {
  for (const [content, missing, code] of [
    [CONTENT.slice(0, CONTENT.length / 2), 0, 'malformed_reply'],
    [gzipSync(CONTENT).subarray(0, -9), 0, 'malformed_reply'],
    [CONTENT.slice(0, -30), 30, 'network'],
  ]) {
    answers({ files: [[200, content]], missing })
    const found = await trade()
    await assert.rejects(rowsOf(found), { name: 'TransportError', code, retry: 'same_request' })
    assert.equal(found.summary, undefined)
  }
})

test('an address elsewhere is refused and receives nothing', async () => {
  const other = await serve()
  try {
    answers({ host: other.url })
    await assert.rejects(trade(), (error) => {
      assert.deepEqual([error.name, error.code, error.retry], ['TransportError', 'malformed_reply', 'never'])
      assert.ok(error.message.includes(other.url) && error.message.includes(server.url), error.message)
      return true
    })
    assert.equal(got.length, 1)
  } finally {
    stop(other)
  }
})

test('an address that expired is asked for once more', async () => {
  const expired = [400, '{"code":"INVALID_REQUEST","message":"token已失效，请重新获取下载链接"}']
  answers({ files: [expired, [200, CONTENT]] })
  assert.equal((await rowsOf(await trade())).length, 2)
  assert.equal(got.length, 4)
  answers({ files: [expired] })
  await assert.rejects(trade(), { name: 'BusinessError', err_code: 'INVALID_REQUEST' })
  assert.equal(got.length, 4)
})

test('what is not a bill is an error', async () => {
  const sign = '{"code":"SIGN_ERROR","message":"Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"}'
  const odd = '{"code":"INVALID REQUEST","message":"错误的签名，导致验签失败"}'
  for (const [status, body, name] of [
    [401, sign, 'ProtocolError'],
    [200, odd, 'BusinessError'],
    [200, '', 'TransportError'],
    [200, '<html>login</html>', 'TransportError'],
    [502, '<html>bad gateway</html>', 'TransportError'],
  ]) {
    answers({ files: [[status, body]] })
    await assert.rejects(trade(), (error) => {
      assert.deepEqual([error.name, error.endpoint], [name, 'v3.tradebill'])
      if (status === 401) {
        assert.deepEqual([error.status, error.verified], [401, false])
        assert.ok(error.stringToSign.startsWith(`GET\n${FILE}?token=***&tartype=gzip\n`))
      }
      return true
    })
  }
})

test('a day without business is a bill without rows', async () => {
  const content = bill()
  answers({ files: [[200, content]], hash: sha1(content) })
  const found = await trade()
  assert.deepEqual(await rowsOf(found), [])
  assert.equal(found.summary.total_count, 0)
})

test('wrong fields are refused before anything is sent', async () => {
  answers()
  for (const bill_date of ['20261301', '2026-13-01', 'yesterday', '', 20261127, undefined, new Date(NaN)]) {
    for (const call of [pay.v3.tradebill, pay.v3.fundflowbill]) {
      await assert.rejects(call.call(pay.v3, { bill_date }), { name: 'InvalidRequest', field: 'bill_date' })
    }
  }
  for (const [call, field, value] of [
    ['tradebill', 'account_type', 'BASIC'],
    ['fundflowbill', 'bill_type', 'ALL'],
    ['fundflowbill', 'account_type', 'Basic'],
    ['fundflowbill', 'sub_mchid', '1900000201'],
    ['tradebill', 'tar_type', 'zip'],
  ]) {
    await assert.rejects(pay.v3[call]({ bill_date: '2026-11-27', [field]: value }), { name: 'InvalidRequest', field })
  }
  const signal = AbortSignal.abort()
  await assert.rejects(pay.v3.tradebill({ bill_date: '2026-11-27' }, { signal }), { code: 'cancelled', outcome: 'not_sent' })
  await assert.rejects(pay.v3.tradebill(null), { name: 'InvalidRequest' })
  assert.equal(got.length, 0)
})

test('both APIs give the same bill', async () => {
  const wechat = await startEmulator({ binary: BUILT })
  try {
    const until = async (hour) => {
      const { now } = await wechat.control('GET', '/_emulator/clock')
      const day = Math.floor((now + 8 * HOUR) / (24 * HOUR))
      await wechat.control('POST', '/_emulator/clock', { advance_s: (day + 1) * 24 * HOUR - 8 * HOUR + hour * HOUR - now })
      return new Date((now + 8 * HOUR) * 1000).toISOString().slice(0, 10)
    }
    await wechat.control('POST', '/_emulator/clock', { freeze: true })
    const old = new WxPay(wechat.options)
    const { apiKey, ...alone } = { ...wechat.options, ...wechat.v3Options }
    const own = new WxPay({ ...alone, notifyUrl: 'https://shop.example/wxpay/notify' })
    await until(8)
    const number = `B${Date.now()}`
    await old.unifiedorder({ body: '咖啡,大杯', out_trade_no: number, total_fee: 600, spbill_create_ip: '127.0.0.1', openid: wechat.openid })
    await wechat.control('POST', '/_emulator/pay', { out_trade_no: number })
    await wechat.control('POST', '/_emulator/clock', { advance_s: 60 })
    const bill_date = await until(11)
    const raw = async (bill) => (await rowsOf(bill)).map((row) => row.raw)
    // APIv3 escapes the merchant's texts.
    const plain = async (bill) =>
      (await raw(bill)).map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, unescapeBill(cell)])))
    for (const tar_type of [undefined, 'GZIP']) {
      const expected = await raw(await old.downloadbill({ bill_date }))
      assert.equal(expected.length, 1)
      assert.match((await rowsOf(await own.v3.tradebill({ bill_date, tar_type })))[0].body, /^咖啡\\ 大杯$/)
      assert.deepEqual(await plain(await own.v3.tradebill({ bill_date, tar_type })), expected)
      assert.deepEqual(await plain(await own.v3.tradebill({ bill_date: new Date(`${bill_date}T00:00:00+08:00`), tar_type })), expected)
      const flow = await raw(await own.v3.fundflowbill({ bill_date, tar_type }))
      assert.deepEqual(flow, await raw(await old.downloadfundflow({ bill_date })))
    }
    // As they are at times: other escapes, other Request-IDs, and a day with totals of zero.
    const fault = (name, more) => wechat.control('POST', '/_emulator/faults', { fault: name, times: 1, ...more })
    await fault('bill_texts', { texts: 'escaped', endpoint: '/pay/downloadbill' })
    await fault('bill_texts', { texts: 'plain', endpoint: '/v3/bill/tradebill' })
    const [escaped] = await rowsOf(await old.downloadbill({ bill_date }))
    assert.deepEqual([escaped.body, unescapeBill(escaped.body)], ['咖啡\\ 大杯', '咖啡,大杯'])
    assert.equal((await rowsOf(await own.v3.tradebill({ bill_date })))[0].body, '咖啡,大杯')
    const usual = await raw(await own.v3.tradebill({ bill_date }))
    for (const more of [{}, { value: 'v13vf9' }]) {
      for (const endpoint of ['/v3/billdownload/file', '/v3/bill/tradebill']) await fault('request_id', { endpoint, ...more })
      assert.deepEqual(await raw(await own.v3.tradebill({ bill_date })), usual)
    }
    const before = new Date(Date.parse(bill_date) - 24 * HOUR * 1000).toISOString().slice(0, 10)
    for (const empty of [() => old.downloadbill({ bill_date: before }), () => own.v3.tradebill({ bill_date: before })]) {
      await fault('bill_empty')
      const found = await empty()
      assert.deepEqual(await rowsOf(found), [])
      assert.deepEqual([found.summary.total_count, found.summary.total_fee], [0, 0])
      await assert.rejects(empty(), { code: 'no_bill' })
    }
    assert.ok((await wechat.control('GET', '/_emulator/faults')).every(({ left }) => left === 0))
    // Encrypted, in two files.
    const flow = await raw(await own.v3.fundflowbill({ bill_date }))
    for (const tar_type of [undefined, 'GZIP']) {
      assert.deepEqual(await raw(await own.v3.ecommerceFundflowbill({ bill_date, tar_type })), flow)
    }
    const query = { bill_date, account_type: 'ALL', algorithm: 'AEAD_AES_256_GCM' }
    const files = JSON.parse((await own.v3.call('GET', '/v3/ecommerce/bill/fundflowbill', { query })).download_bill_list)
    assert.equal(files.length, 2)
    const parts = []
    for (const { download_url, encrypt_key, nonce, hash_value } of files) {
      const sealed = await own.v3.download(download_url)
      const part = v3.decryptBill(sealed, encrypt_key, nonce, alone.clientKey)
      assert.ok(Buffer.isBuffer(part))
      assert.equal(sha1(part), hash_value)
      parts.push(part)
      assert.throws(() => v3.decryptBill(sealed.subarray(1), encrypt_key, nonce, alone.clientKey), { code: 'decrypt_failed' })
      assert.throws(() => v3.decryptBill(sealed, encrypt_key, 'short', alone.clientKey), { code: 'decrypt_failed' })
      assert.throws(() => v3.decryptBill(sealed, encrypt_key, 1, alone.clientKey), { name: 'InvalidRequest', field: 'nonce' })
    }
    assert.deepEqual(await raw(readBill(Buffer.concat(parts))), flow)
    await assert.rejects(own.v3.subMerchantFundflowbill({ bill_date }), { name: 'InvalidRequest', field: 'sub_mchid' })
    // A merchant that is no service provider has no sub-merchants.
    for (const name of ['subMerchantFundflowbill', 'tradebill']) {
      await assert.rejects(own.v3[name]({ bill_date, sub_mchid: '1900000201' }), (error) => {
        assert.deepEqual([error.name, error.err_code, error.retry], ['BusinessError', 'NO_AUTH', 'never'])
        assert.match(error.message, /不是指定的子商户的父商户/)
        return true
      })
    }
    let seen = 0
    const path = join(folder, 'bill.csv')
    await (await own.v3.tradebill({ bill_date, tar_type: 'GZIP' })).save(path, { progress: (bytes) => (seen = bytes) })
    assert.ok(seen > 0)
    assert.equal((await rowsOf(readBill(path)))[0].out_trade_no, number)
    const found = await compare(await own.v3.tradebill({ bill_date }), [{ out_trade_no: number, total_fee: 500 }])
    assert.deepEqual(found.map(({ kind, billAmount }) => [kind, billAmount]), [['amount', 600]])
    const { now } = await wechat.control('GET', '/_emulator/clock')
    const today = new Date((now + 8 * HOUR) * 1000).toISOString().slice(0, 10)
    await assert.rejects(own.v3.tradebill({ bill_date: today }), (error) => {
      assert.deepEqual([error.code, error.err_code, error.retry], ['no_bill', 'NO_STATEMENT_EXIST', 'same_request'])
      assert.match(error.message, /again after \d{4}-\d\d-\d\d 10:00:00 in Beijing/)
      return true
    })
    await assert.rejects(old.v3.tradebill({ bill_date }), { name: 'ConfigError', field: 'apiV3Key' })
  } finally {
    await wechat.stop()
  }
})
