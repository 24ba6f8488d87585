// Each call under each fault of its replies: how it ends, in bounded time, and what became of the
// money. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newOutTradeNo, WxPay, WxPayError } from 'wxpaykit'
import { startEmulator, visit } from './emulator.mjs'

const matrix = JSON.parse(readFileSync(new URL('../../tests/faults/matrix.json', import.meta.url), 'utf8'))
const TEA = { body: '茶', total_fee: 88, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', spbill_create_ip: '127.0.0.1' }

let wechat, v3Options, bill_date
before(async () => {
  wechat = await startEmulator()
  v3Options = { ...wechat.options, ...wechat.v3Options, notifyUrl: 'http://127.0.0.1:9/notify', store: 'memory:' }
  bill_date = await aDay()
})
after(() => wechat?.stop())

async function ended(call, run, options = wechat.options) {
  const pay = new WxPay({ ...options, timeout: matrix.timeout_ms })
  const begun = performance.now()
  try {
    await run(pay)
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof WxPayError, String(error))
    assert.equal(error.endpoint, call)
    return { ...error, class: error.name, code: error.code, retry: error.retry }
  } finally {
    assert.ok(performance.now() - begun < matrix.timeout_ms + 1000)
  }
}

/** Of an error, what is wanted of it. */
function expect(found, wanted) {
  const compared =
    typeof wanted === 'object' && typeof found === 'object'
      ? Object.fromEntries(Object.keys(wanted).map((name) => [name, found[name]]))
      : found
  assert.deepEqual(compared, wanted)
}

for (const call of ['unifiedorder', 'orderquery', 'closeorder']) {
  test(`${call} under each fault`, { timeout: 60_000 }, async (t) => {
    for (const row of matrix.rows) {
      await t.test(row.name, async () => {
        const out_trade_no = newOutTradeNo('F')
        const order = { ...TEA, out_trade_no }
        const fields = call === 'unifiedorder' ? order : { out_trade_no }
        if (call !== 'unifiedorder') {
          assert.equal(await ended('unifiedorder', (pay) => pay.unifiedorder(order)), 'ok')
        }
        for (const often of ['once', 'always']) {
          const times = often === 'once' ? { times: 1 } : {}
          const fault = await wechat.control('/_emulator/faults', {
            ...row.fault, endpoint: `/pay/${call}`, out_trade_no, ...times,
          })
          const found = await ended(call, (pay) => pay[call](fields))
          await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
          expect(found, row[often])
        }
        // Whatever was known, the same request now ends well, and there is one order.
        assert.equal(await ended(call, (pay) => pay[call](fields)), 'ok')
        const orders = await wechat.control(`/_emulator/orders?out_trade_no=${out_trade_no}`)
        assert.deepEqual(orders.map((made) => [made.total_fee, made.trade_state]), [
          [88, call === 'closeorder' ? 'CLOSED' : 'NOTPAY'],
        ])
        if (call === 'unifiedorder') {
          const first = await wechat.control('/_emulator/pay', { out_trade_no })
          const second = await wechat.control('/_emulator/pay', { out_trade_no })
          assert.deepEqual([first.err_msg, second.err_msg].map((text) => text.split(':')[1]), ['ok', 'fail'])
        }
      })
    }
  })
}

/** What a call of APIv3 is made with, after the orders that it needs. */
async function v3Fields(call, number) {
  const order = { description: '茶', out_trade_no: number, amount: { total: 88 }, payer: { openid: wechat.openid } }
  if (['query', 'close', 'refund'].includes(call)) await new WxPay(v3Options).v3.jsapi(order)
  if (call === 'refund') await wechat.control('/_emulator/pay', { out_trade_no: number })
  return {
    jsapi: order,
    query: { out_trade_no: number },
    close: { out_trade_no: number },
    refund: { out_trade_no: number, out_refund_no: `R${number}`, amount: { refund: 30, total: 88, currency: 'CNY' } },
    transfer: {
      out_bill_no: number, transfer_scene_id: '1000', openid: wechat.openid, transfer_amount: 30, transfer_remark: '新会员有礼',
      transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '新会员有礼' }],
    },
    tradebill: { bill_date, bill_type: 'ALL' },
  }[call]
}

async function v3DoneOnce(call, number) {
  const orders = async () => (await wechat.control(`/_emulator/orders?out_trade_no=${number}`)).map((made) => [made.total_fee, made.trade_state])
  if (call === 'transfer') {
    const made = await wechat.control('/_emulator/transfers')
    assert.equal(made.filter(({ out_bill_no }) => out_bill_no === number).length, 1)
  } else if (call !== 'tradebill') {
    assert.deepEqual(await orders(), [[88, { close: 'CLOSED', refund: 'REFUND' }[call] ?? 'NOTPAY']])
  }
  if (call === 'refund') {
    const refunds = await wechat.control(`/_emulator/refunds?out_trade_no=${number}`)
    assert.deepEqual(refunds.map(({ refund_fee }) => refund_fee), [30])
  }
  if (call === 'jsapi') {
    const first = await wechat.control('/_emulator/pay', { out_trade_no: number })
    const second = await wechat.control('/_emulator/pay', { out_trade_no: number })
    assert.deepEqual([first.err_msg, second.err_msg].map((text) => text.split(':')[1]), ['ok', 'fail'])
  }
}

/** A day with a payment, and the morning after it. */
async function aDay() {
  const until = async (hour) => {
    const { now } = await wechat.control('/_emulator/clock')
    const day = Math.floor((now + 8 * 3600) / 86_400)
    await wechat.control('/_emulator/clock', { advance_s: (day + 1) * 86_400 - 8 * 3600 + hour * 3600 - now })
    return new Date((now + 8 * 3600) * 1000).toISOString().slice(0, 10)
  }
  await wechat.control('/_emulator/clock', { freeze: true })
  await until(8)
  const out_trade_no = newOutTradeNo('B')
  await new WxPay(wechat.options).unifiedorder({ ...TEA, out_trade_no })
  await wechat.control('/_emulator/pay', { out_trade_no })
  const date = await until(11)
  await wechat.control('/_emulator/clock', { freeze: false })
  return date
}

for (const { call, path, bodiless = false } of matrix.v3.calls) {
  test(`v3.${call} under each fault`, { timeout: 60_000 }, async () => {
    // A fault is bound to an order, except that of a bill.
    const [atOnce, maxNetworkRetries] = call === 'tradebill' ? [1, 1] : [8, 2]
    const options = { ...v3Options, maxNetworkRetries }
    const one = async (pay, fields) => {
      const reply = await pay.v3[call](fields)
      if (call === 'tradebill') for await (const _ of reply);
    }
    const under = async (row) => {
      const number = newOutTradeNo('F')
      const fields = await v3Fields(call, number)
      for (const often of ['once', 'always']) {
        const scope = { ...(call === 'tradebill' ? {} : { out_trade_no: number }), ...(often === 'once' ? { times: 1 } : {}) }
        const fault = await wechat.control('/_emulator/faults', { ...row.fault, endpoint: path, ...scope })
        const found = await ended(`v3.${call}`, (pay) => one(pay, fields), options)
        await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
        expect(found, bodiless && row.bodiless !== undefined ? row.bodiless : row[often])
      }
      // Whatever was known, the same request now ends well, and it was done once.
      assert.equal(await ended(`v3.${call}`, (pay) => one(pay, fields), options), 'ok')
      await v3DoneOnce(call, number)
    }
    const rows = matrix.v3.rows.values()
    const lane = async () => {
      for (const row of rows) await under(row).catch((error) => assert.fail(`${row.name}: ${error.stack}`))
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
  })
}

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0xff, 0xfe, 45, 45])
/** Uploads, and what to do when there is no answer. The file of the first one is only kept, and may be sent again. */
const UPLOADS = [
  ['same_request', { filename: 'licence.png' }],
  ['query_first', { filename: 'users.csv', path: '/v3/marketing/bank/packages/8473295/tasks', meta: { bank_type: 'ICBC_CREDIT' } }],
  ['query_first', { filename: 'licence.png', path: '/v3/other/upload' }],
]

/** The address of a receipt, its hash, and the receipt. */
async function aReceipt() {
  const [out_bill_no, pay] = [newOutTradeNo('F'), new WxPay(v3Options)]
  await pay.v3.transfer(await v3Fields('transfer', out_bill_no))
  await wechat.control('/_emulator/transfer', { out_bill_no })
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  await pay.v3.transferReceipt({ out_bill_no })
  await wechat.control('/_emulator/clock', { advance_s: 2 })
  const { download_url: url, hash_type: hashType, hash_value: hashValue } = await pay.v3.transferReceiptQuery({ out_bill_no })
  return { url, hash: { hashType, hashValue }, pdf: await pay.v3.download(url) }
}

for (const { call, path, filename, named = false, unsigned = false } of matrix.v3.files) {
  test(`v3.${call} at ${path} under each fault`, { timeout: 120_000 }, async (t) => {
    const [options, place] = [{ ...v3Options, maxNetworkRetries: 1 }, mkdtempSync(join(tmpdir(), 'wxpaykit-faults-'))]
    t.after(() => rmSync(place, { recursive: true }))
    const to = join(place, 'receipt.pdf')
    let forms = [(pay) => pay.v3.upload(PNG, named ? { filename, path } : { filename })]
    if (call === 'download') {
      const { url, hash, pdf } = await aReceipt()
      forms = [
        async (pay) => assert.deepEqual(await pay.v3.download(url, hash), pdf),
        async (pay) => assert.deepEqual(Buffer.concat(await (await pay.v3.downloadStream(url, hash)).toArray()), pdf),
        async (pay) => {
          await pay.v3.download(url, { ...hash, to })
          assert.deepEqual(readFileSync(to), pdf)
          rmSync(to)
        },
      ]
    }
    for (const row of matrix.v3.rows) {
      for (const often of ['once', 'always']) {
        for (const form of forms) {
          const times = often === 'once' ? { times: 1 } : {}
          const fault = await wechat.control('/_emulator/faults', { ...row.fault, endpoint: path, ...times })
          const found = await ended(`v3.${call}`, form, options)
          await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
          expect(found, (unsigned && row.unsigned) || row[often])
          assert.deepEqual(readdirSync(place), [], row.name)
        }
      }
    }
    for (const form of forms) assert.equal(await ended(`v3.${call}`, form, options), 'ok')
  })
}

/** Takes requests, and answers 502 or not at all. */
async function gateway(t, silent) {
  const [got, waiting] = [[], []]
  const server = createServer((request, response) => {
    const pieces = []
    request.on('data', (piece) => pieces.push(piece)).on('end', () => {
      got.push([request.headers.authorization, Buffer.concat(pieces).toString('latin1')])
      waiting.shift()?.()
      if (!silent) response.writeHead(502).end()
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => (server.close(), server.closeAllConnections()))
  return { url: `http://127.0.0.1:${server.address().port}`, got, came: () => new Promise((done) => waiting.push(done)) }
}

test('a file is never sent again with other bytes', { timeout: 60_000 }, async (t) => {
  const { url, got } = await gateway(t, false)
  const pay = new WxPay({ ...v3Options, endpoints: url })
  for (const [retry, options] of UPLOADS) {
    got.length = 0
    await assert.rejects(pay.v3.upload(PNG, options), { name: 'TransportError', code: 'gateway', outcome: 'unknown', retry, endpoint: 'v3.upload' })
    const attempts = retry === 'same_request' ? 3 : 1
    assert.deepEqual([got.length, ...[0, 1].map((at) => new Set(got.map((one) => one[at])).size)], [attempts, attempts, 1])
  }
  got.length = 0
  await assert.rejects(pay.v3.download(`${url}/v3/merchant-service/images/1`), { code: 'gateway' })
  assert.equal(got.length, 3)
})

test('a file ends in time, and by its signal', { timeout: 60_000 }, async (t) => {
  const { url, came } = await gateway(t, true)
  const [options, place] = [{ ...v3Options, endpoints: url }, mkdtempSync(join(tmpdir(), 'wxpaykit-faults-'))]
  t.after(() => rmSync(place, { recursive: true }))
  const image = `${url}/v3/merchant-service/images/1`
  const calls = [
    ...UPLOADS.map(([retry, given]) => [retry, 'v3.upload', (pay, signal) => pay.v3.upload(PNG, { ...given, signal })]),
    ['same_request', 'v3.download', (pay, signal) => pay.v3.download(image, { signal })],
    ['same_request', 'v3.download', (pay, signal) => pay.v3.downloadStream(image, { signal })],
    ['same_request', 'v3.download', (pay, signal) => pay.v3.download(image, { signal, to: join(place, 'a.png') })],
  ]
  for (const [retry, endpoint, call] of calls) {
    expect(await ended(endpoint, (pay) => call(pay), options), { class: 'TransportError', code: 'timeout', outcome: 'unknown', retry })
    const [given, arrived] = [new AbortController(), came()]
    const ending = assert.rejects(call(new WxPay(options), given.signal), { code: 'cancelled', outcome: 'unknown', retry, endpoint })
    await arrived
    given.abort()
    await ending
    assert.deepEqual(readdirSync(place), [])
  }
})

test('an order that is given up names its number', { timeout: 60_000 }, async (t) => {
  const { url, came } = await gateway(t, true)
  const [pay, number] = [new WxPay({ ...v3Options, endpoints: url }), 'T-cancelled']
  const order = { description: '茶', out_trade_no: number, amount: { total: 88 } }
  for (const [call, query] of [
    [(options) => pay.unifiedorder({ ...TEA, out_trade_no: number }, options), 'orderquery'],
    [(options) => pay.v3.jsapi({ ...order, payer: { openid: wechat.openid } }, options), 'v3.query'],
    [(options) => pay.v3.native(order, options), 'v3.query'],
    [(options) => pay.v3.app(order, options), 'v3.query'],
  ]) {
    const [given, arrived] = [new AbortController(), came()]
    const advice = new RegExp(`with the same out_trade_no ${number} and the same fields, or call ${query}; do not use a new`)
    const ending = assert.rejects(call({ signal: given.signal }), (error) => {
      assert.match(error.message, advice)
      assert.deepEqual([error.outcome, error.out_trade_no], ['unknown', number])
      return true
    })
    await arrived
    given.abort()
    await ending
  }
})

/** Calls of the open platform, with a customer's token, and what is used up by the call or made for it. */
const PLATFORM = {
  'oauth.access_token': (pay, token, code) => pay.oauth.accessToken(code),
  'oauth.refresh_token': (pay, token) => pay.oauth.refreshToken(token.refresh_token),
  'oauth.userinfo': (pay, token) => pay.oauth.userinfo(token.access_token, token.openid),
  'oauth.auth': (pay, token) => pay.oauth.auth(token.access_token, token.openid),
  'jssdk.token': (pay) => pay.jssdk.token(),
  'jssdk.stable_token': (pay) => pay.jssdk.stableToken(),
  'jssdk.getticket': (pay, token, own) => pay.jssdk.getticket(own),
}

for (const { call, path, once: usedUp = false } of matrix.platform.calls) {
  test(`${call} under each fault`, { timeout: 60_000 }, async (t) => {
    const settled = new WxPay(wechat.options)
    const token = await settled.oauth.accessToken(await visit(settled, 'snsapi_userinfo'))
    const own = () => (call === 'jssdk.getticket' ? settled.jssdk.accessToken() : visit(settled, 'snsapi_base'))
    const end = async () => {
      const made = await own()
      return ended(call, (pay) => PLATFORM[call](pay, token, made))
    }
    for (const row of matrix.platform.rows) {
      await t.test(row.name, async () => {
        const error = row.error === 'ok' ? 'ok' : { retry: usedUp ? 'never' : 'same_request', ...row.error }
        const repeated = row.repeated === 'all' || (row.repeated === 'safe' && !usedUp)
        for (const often of ['once', 'always']) {
          const times = often === 'once' ? { times: 1 } : {}
          const fault = await wechat.control('/_emulator/faults', { ...row.fault, endpoint: path, ...times })
          const found = await end()
          await fetch(`${wechat.url}/_emulator/faults/${fault.id}`, { method: 'DELETE' })
          expect(found, repeated && often === 'once' ? 'ok' : error)
        }
        assert.equal(await end(), 'ok')
      })
    }
  })
}
