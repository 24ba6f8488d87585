// The code of both READMEs, docs/node.md and docs/frameworks-node.md, run in its order against the emulator.

import 'reflect-metadata'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Module } from '@nestjs/common'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { fenToYuan, WxPay, yuanToFen } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'
import { notification, paid as paidOrder } from './shop.mjs'

process.env.WXPAYKIT_EMULATOR ??= fileURLToPath(new URL('../../target/wxpaykit-emulator', import.meta.url))
let wechat
let shop

before(async () => {
  wechat = await startEmulator()
  Object.assign(process.env, {
    WXPAY_APPID: wechat.appid,
    WXPAY_MCH_ID: wechat.mch_id,
    WXPAY_API_KEY: wechat.api_key,
    WXPAY_APP_SECRET: wechat.app_secret,
    WXPAY_NOTIFY_URL: 'http://127.0.0.1:9/notify',
    WXPAY_ENDPOINTS: wechat.url,
    WXPAY_CLIENT_CERT: wechat.options.clientCert,
    WXPAY_CLIENT_KEY: wechat.options.clientKey,
  })
  shop = await load('node', 14)
})
after(() => wechat.stop())

/** Stands for what a shop has. */
const ORDERS = `
export const delivered = []
export const orders = { find: async () => ({ total_fee: 88 }), deliver: async (payment) => delivered.push(payment.out_trade_no) }
`

const SHOP = `
import { WxPay } from 'wxpaykit'
export const delivered = []
export const pay = WxPay.fromEnv()
export const shop = { amountOf: () => 88, onPaid: (payment) => delivered.push(payment.out_trade_no) }
`

/** The blocks of JavaScript in a page. */
function blocksOf(page) {
  const text = readFileSync(new URL(`../../${page}.md`, import.meta.url), 'utf8')
  return [...text.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1])
}

/** Imports the code of a page. */
async function load(page, count) {
  const blocks = blocksOf(`docs/${page}`)
  assert.equal(blocks.length, count)
  const folder = new URL('../../target/docs/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL('orders.mjs', folder), ORDERS)
  writeFileSync(new URL('shop.mjs', folder), SHOP)
  const file = new URL(`${page}.mjs`, folder)
  writeFileSync(file, blocks.join('\n'))
  return import(file)
}

test('docs/bills.md', { timeout: 30_000 }, async () => {
  const wechat = await startEmulator()
  const env = { WXPAY_MCH_ID: wechat.mch_id, WXPAY_ENDPOINTS: wechat.url, WXPAY_CLIENT_CERT: wechat.options.clientCert, WXPAY_CLIENT_KEY: wechat.options.clientKey }
  const earlier = { ...process.env }
  Object.assign(process.env, env)
  const bills = await load('bills', 4)
  const pay = WxPay.fromEnv()
  Object.assign(process.env, earlier)
  const openid = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
  await wechat.control('/_emulator/clock', { freeze: true })
  await pay.unifiedorder({ body: '茶', out_trade_no: 'bill-docs', total_fee: 100, spbill_create_ip: '127.0.0.1', openid })
  await wechat.control('/_emulator/pay', { out_trade_no: 'bill-docs' })
  const { now } = await wechat.control('/_emulator/clock')
  const day = new Date((now + 8 * 3600) * 1000).toISOString().slice(0, 10)
  await wechat.control('/_emulator/clock', { advance_s: (Math.floor((now + 8 * 3600) / 86_400) + 1) * 86_400 + 2 * 3600 + 60 - now })
  assert.deepEqual(await bills.books(day), [100, 1, '0.01000'])
  const own = new WxPay({ ...wechat.options, ...wechat.v3Options })
  assert.deepEqual(await bills.booksByV3(own, day), [100, 1, 100])
  const path = fileURLToPath(new URL('../../target/docs/bill.csv', import.meta.url))
  const seen = []
  assert.deepEqual(await bills.keep(day, path, (bytes) => seen.push(bytes)), ['bill-docs'])
  assert.ok(seen.length > 0)
  assert.deepEqual(await bills.differences(day, [{ out_trade_no: 'bill-docs', total_fee: 99 }]), [['amount', 'bill-docs', 100, 99]])
  await wechat.stop()
})

test('docs/node.md', { timeout: 30_000 }, async () => {
  const visit = await fetch(shop.begin('abc'), { redirect: 'manual' })
  const code = new URL(visit.headers.get('location')).searchParams.get('code')
  const params = await shop.buy(code, '203.0.113.9')
  const paid = await wechat.control('/_emulator/pay', { params })
  assert.equal(paid.err_msg, 'get_brand_wcpay_request:ok')

  const body = notification(wechat, { ...paid, total_fee: '100' })
  const keys = []
  const mine = { total_fee: 1, created: new Date(Date.now() - 40_000), deliver: (_, key) => keys.push(key) }
  const orders = new Map([[paid.out_trade_no, mine]])
  assert.match((await shop.notified(body, {}, orders)).body, /FAIL/)
  assert.match((await shop.notified(body, {}, new Map())).body, /FAIL/)
  mine.total_fee = 100
  assert.match((await shop.notified(body, {}, orders)).body, /SUCCESS/)
  assert.match((await shop.notified(body, {}, orders)).body, /SUCCESS/)
  assert.equal(keys.length, 1)
  assert.equal((await shop.notifiedOfAny(body, {}, orders)).state, 'handed_over')
  const nobodys = notification({ ...wechat, appid: 'wx0000000000000009' }, { ...paid, total_fee: '100' })
  assert.match((await shop.notifiedOfAny(nobodys, {}, orders)).error.message, /for another client, whose appid is wx0000000000000009/)
  assert.deepEqual([yuanToFen('19.99'), fenToYuan(1999), 19.99 * 100 === 1999], [1999, '19.99', false])
  assert.match((await shop.notified(Buffer.from('<xml></xml>'), {}, orders)).body, /FAIL/)
  assert.deepEqual((await shop.reconcile(orders)).map((one) => one.state), ['handed_over'])
  assert.equal(await shop.isPaid(paid.out_trade_no, orders), true)
  assert.equal(keys.length, 1)
  assert.equal(await shop.close(paid.out_trade_no), 'paid')

  const again = await shop.withMap.notify.handle(body, { amountOf: () => 100, onPaid() {} })
  assert.equal(again.delivered, true)

  const warnings = []
  const store = Object.assign(new shop.MapStore(), { get: () => { throw new Error('no disk') } })
  await shop.logged({ warn: (fields, message) => warnings.push([fields.reason, message]) }, store).jssdk.accessToken()
  assert.deepEqual(warnings, [["the store's get failed", 'no store for the token']])

  assert.equal(await shop.ready(), true)

  const { attempts, acknowledged } = await shop.rehearse('http://127.0.0.1:9/n')
  assert.deepEqual([attempts.length, acknowledged], [16, false])

  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  await shop.traced(provider.getTracer('shop')).orderquery({ out_trade_no: 'none' }).catch(() => {})
  await provider.forceFlush()
  const spans = exporter.getFinishedSpans()
  assert.deepEqual(spans.map((span) => span.name), ['wxpay orderquery'])
  assert.deepEqual({ ...spans[0].attributes }, {
    'wxpay.attempt': 1, 'wxpay.outcome': 'refused', 'server.address': wechat.url, 'http.response.status_code': 200, 'error.type': 'ORDERNOTEXIST',
  })
  assert.ok(Math.abs(spans[0].startTime[0] - Date.now() / 1000) < 30, String(spans[0].startTime))
  assert.ok(spans[0].duration[0] + spans[0].duration[1] > 0, String(spans[0].duration))

  const [first, second] = [30, 20].map((fee) => shop.partOf(paid.out_trade_no, fee))
  assert.equal(await shop.giveBack(first), 'accepted')
  assert.equal(await shop.giveBack(first), 'accepted')
  assert.equal(await shop.giveBack(second), 'accepted')
  assert.match(await shop.giveBack(shop.partOf(paid.out_trade_no, 51)), /^refused: .*ERROR/)
  for (const [{ out_refund_no }, result] of [[first, 'SUCCESS'], [second, 'REFUNDCLOSE']]) {
    await wechat.control('/_emulator/refund', { out_refund_no, result })
  }
  const created = new Date(Date.now() - 40_000)
  const pending = [first, second].map(({ out_refund_no, refund_fee }) => ({ out_refund_no, refund_fee, created }))
  const done = []
  const refunds = { onRefunded: (refund) => done.push(refund.refund_status), onRefundFailed: (refund) => done.push(refund.refund_status) }
  assert.deepEqual((await shop.refundStates(pending, refunds)).map(([, state]) => state), ['delivered', 'delivered'])
  assert.deepEqual(done, ['SUCCESS', 'REFUNDCLOSE'])
  assert.deepEqual((await shop.refundsOf(paid.out_trade_no)).map(([, ...rest]) => rest), [[30, 'SUCCESS'], [20, 'REFUNDCLOSE']])
  assert.match((await shop.notifiedOfBoth(Buffer.from('<xml></xml>'), {}, { amountOf() {}, onPaid() {}, ...refunds })).body, /FAIL/)
})

test('docs/frameworks-node.md', { timeout: 30_000 }, async () => {
  const apps = await load('frameworks-node', 5)
  const { delivered } = await import(new URL('../../target/docs/orders.mjs', import.meta.url))
  class Shop {}
  Module({})(Shop)
  const nest = await apps.nestApp(Shop)
  await nest.listen(0, '127.0.0.1')
  await apps.fastifyApp.listen({ port: 0, host: '127.0.0.1' })
  const plain = [createServer(apps.expressApp), createServer(apps.koaApp.callback())]
  await Promise.all(plain.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
  const pay = new WxPay(wechat.options)
  for (const server of [...plain, apps.fastifyApp.server, nest.getHttpServer()]) {
    const { body, out_trade_no } = await paidOrder(wechat, pay)
    const url = `http://127.0.0.1:${server.address().port}/wxpay/notify`
    const answer = await fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'text/xml' } })
    assert.match(await answer.text(), /SUCCESS/)
    assert.equal(delivered.at(-1), out_trade_no)
    server.closeAllConnections()
  }
  for (const server of plain) server.close()
  await apps.fastifyApp.close()
  await nest.close()
})

test('docs/bundlers-node.md', { timeout: 30_000 }, async () => {
  const { POST, app, lambda } = await load('bundlers-node', 3)
  const { delivered, pay } = await import(new URL('../../target/docs/shop.mjs', import.meta.url))
  const request = (body) => new Request('http://shop.example/wxpay/notify', { method: 'POST', body })
  const text = async (response) => [response.status, await response.text()]
  const calls = [
    async (body) => text(await POST(request(body))),
    async (body) => text(await app.fetch(request(body))),
    async (body) => Object.values(await lambda({ body: body.toString('base64'), isBase64Encoded: true })).filter((value) => typeof value !== 'object'),
    async (body) => Object.values(await lambda({ body: body.toString(), isBase64Encoded: false })).filter((value) => typeof value !== 'object'),
  ]
  for (const call of calls) {
    const { body, out_trade_no } = await paidOrder(wechat, pay)
    const [status, answer] = await call(body)
    assert.equal(status, 200)
    assert.match(answer, /SUCCESS/)
    assert.equal(delivered.at(-1), out_trade_no)
  }
})

for (const page of ['README', 'README.zh-CN']) {
  test(`${page}.md`, { timeout: 30_000 }, async (t) => {
    const [block, ...others] = blocksOf(page)
    assert.deepEqual(others, [])
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address()
    probe.close()
    await once(probe, 'close')
    const file = fileURLToPath(new URL(`../../target/docs/${page}.mjs`, import.meta.url))
    writeFileSync(file, block.replaceAll('8000', port))
    const url = `http://127.0.0.1:${port}`
    const env = { ...process.env, WXPAY_NOTIFY_URL: `${url}/wxpay/notify`, WXPAY_STORE: 'memory:' }
    const server = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => server.kill())
    let printed = ''
    server.stdout.on('data', (data) => { printed += data })
    const until = async (look) => {
      for (;;) {
        const found = await look().catch(() => undefined)
        if (found) return found
        await new Promise((wake) => setTimeout(wake, 50))
      }
    }

    const begun = await until(() => fetch(`${url}/`, { redirect: 'manual' }))
    const cookie = begun.headers.get('set-cookie').split(';')[0]
    const back = await fetch(begun.headers.get('location').split('#')[0], { redirect: 'manual' })
    const returned = back.headers.get('location')
    const foreign = await fetch(`${url}/pay?code=x&state=`, { redirect: 'manual', headers: { cookie: 'state=' } })
    assert.deepEqual([foreign.status, foreign.headers.get('location')], [302, '/'])
    const shown = await (await fetch(returned, { headers: { cookie } })).text()
    const params = JSON.parse(/const params = (\{.*?\})<\/script>/.exec(shown)[1])
    const paid = await wechat.control('/_emulator/pay', { params })
    assert.equal(paid.err_msg, 'get_brand_wcpay_request:ok')
    await until(async () => printed === `ship ${paid.out_trade_no}\n`)
  })
}
