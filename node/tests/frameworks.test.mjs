// The integrations in their frameworks over real HTTP, the emulator paying and notifying.

import 'reflect-metadata'
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { format } from 'node:util'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { serve } from '@hono/node-server'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import koaBody from 'koa-bodyparser'
import supertest from 'supertest'
import { ConfigError, InvalidRequest, newOutTradeNo, WxPay } from 'wxpaykit'
import { wxpayNotify as onExpress } from 'wxpaykit/express'
import { wxpayNotify as onFastify } from 'wxpaykit/fastify'
import { wxpayNotify as onFetch } from 'wxpaykit/fetch'
import { wxpayNotify as onKoa } from 'wxpaykit/koa'
import { startEmulator } from './emulator.mjs'
import { notification, paid } from './shop.mjs'

const limit = { timeout: 60_000 }
const PATH = '/wxpay/notify'
let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

const withExpress = (express, parser) => async (pay, options) => {
  const app = express()
  if (parser) app.use(parser(express))
  app.post(PATH, onExpress(pay, options))
  return listening(createServer(app))
}
const withKoa = (parser) => async (pay, options) => {
  const app = new Koa()
  if (parser) app.use(parser())
  const notify = onKoa(pay, options)
  app.use((ctx, next) => (ctx.path === PATH ? notify(ctx) : next()))
  return listening(createServer(app.callback()))
}
async function withFastify(pay, options) {
  const app = fastify()
  app.addContentTypeParser('text/xml', { parseAs: 'string' }, (_, body, done) => done(null, { xml: body }))
  app.register(onFastify(pay, { path: PATH, ...options }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: `http://127.0.0.1:${app.server.address().port}`, stop: () => app.close() }
}
const withNode = (pay, options) => listening(createServer(onExpress(pay, options)))
async function withHono(pay, options) {
  const notify = onFetch(pay, options)
  const app = new Hono()
  app.all(PATH, (c) => notify(c.req.raw))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => (server.closeAllConnections(), new Promise((done) => server.close(done))),
  }
}
const withNest = (settings) => async (pay, options) => {
  class Shop {}
  Module({})(Shop)
  const app = await NestFactory.create(Shop, { logger: false, ...settings })
  app.use(PATH, onExpress(pay, options))
  await app.listen(0, '127.0.0.1')
  return { url: `http://127.0.0.1:${app.getHttpServer().address().port}`, stop: () => app.close() }
}
async function listening(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => (server.closeAllConnections(), new Promise((done) => server.close(done))),
  }
}

const json = (express) => express.json()
const raw = (express) => express.raw({ type: () => true })
const text = (express) => express.text({ type: () => true })
const SHOPS = {
  'Express 4': withExpress(express4), 'Express 4 behind express.json': withExpress(express4, json),
  'Express 4 behind express.raw': withExpress(express4, raw), 'Express 5': withExpress(express5),
  'Express 5 behind express.json': withExpress(express5, json), 'Express 5 behind express.raw': withExpress(express5, raw),
  'Express 5 behind express.text': withExpress(express5, text), Koa: withKoa(), 'Koa behind koa-bodyparser': withKoa(koaBody),
  'Koa behind a parser that keeps the text': withKoa(() => koaBody({ enableTypes: ['xml'] })), Fastify: withFastify, Hono: withHono,
  NestJS: withNest(), 'NestJS with rawBody': withNest({ rawBody: true }),
}

for (const [name, start] of Object.entries(SHOPS)) {
  test(`${name}: paid, notified, handed over once; strangers are answered FAIL`, limit, async () => {
    const [delivered, errors] = [[], []]
    const options = { amountOf: () => 88, onPaid: (payment) => delivered.push(payment.out_trade_no), onError: (error) => errors.push(error) }
    const shop = await start(new WxPay({ ...wechat.options, ...wechat.v3Options }), options)
    try {
      const pay = new WxPay({ ...wechat.options, notifyUrl: shop.url + PATH })
      const { out_trade_no, body } = await paid(wechat, pay)
      await wechat.control('/_emulator/clock', { advance_s: 0 })
      const [listed] = await wechat.control(`/_emulator/orders?out_trade_no=${out_trade_no}`)
      assert.equal(listed.notifications.acknowledged, true, String(errors))
      await exactly(shop, body, 'SUCCESS')
      assert.deepEqual(delivered, [out_trade_no])
      assert.deepEqual(errors, [])
      // Header names in lower case, and those of a proxy.
      const proxied = newOutTradeNo('F')
      await wechat.control('/_emulator/faults', { fault: 'proxied', out_trade_no: proxied, times: 1 })
      await pay.unifiedorder({ body: '茶', out_trade_no: proxied, total_fee: 88, openid: wechat.openid, spbill_create_ip: '127.0.0.1' })
      await wechat.control('/_emulator/pay', { out_trade_no: proxied })
      await wechat.control('/_emulator/clock', { advance_s: 0 })
      assert.deepEqual([delivered, errors], [[out_trade_no, proxied], []])
      await exactly(shop, '<xml></xml>', 'FAIL')
      assert.equal(errors.length, 1)
      await (PARSES_JSON.has(name) ? refusesParsedJson : takesApiv3)(shop, delivered, errors)
    } finally {
      await shop.stop()
    }
  })
}

/** What parses JSON before the handler leaves no bytes of APIv3, which its signature is over. */
const PARSES_JSON = new Set(['Express 4 behind express.json', 'Express 5 behind express.json'])

async function refusesParsedJson(shop, _, errors) {
  const headers = { 'Content-Type': 'application/json', 'Wechatpay-Signature': 'x' }
  const answer = await fetch(shop.url + PATH, { method: 'POST', body: '{"id":"1"}', headers })
  assert.deepEqual([answer.status, await answer.json()], [500, { code: 'FAIL', message: '失败' }])
  assert.equal(errors.at(-1).code, 'not_raw_body')
}

/** The same address takes APIv3, and answers it with the status. */
async function takesApiv3(shop, delivered) {
  const pay = new WxPay({ ...wechat.options, ...wechat.v3Options, notifyUrl: shop.url + PATH })
  for (const fault of [undefined, 'proxied']) {
    const out_trade_no = newOutTradeNo('F')
    if (fault) await wechat.control('/_emulator/faults', { fault, out_trade_no, times: 1 })
    await pay.v3.jsapi({ description: '茶', out_trade_no, amount: { total: 88 }, payer: { openid: wechat.openid } })
    await wechat.control('/_emulator/pay', { out_trade_no })
    await wechat.control('/_emulator/clock', { advance_s: 0 })
    const [listed] = await wechat.control(`/_emulator/orders?out_trade_no=${out_trade_no}`)
    assert.equal(listed.notifications.acknowledged, true, JSON.stringify(listed.notifications))
    assert.deepEqual(listed.notifications.attempts[0].faults.map((each) => each.fault), fault ? [fault] : [])
    assert.equal(delivered.at(-1), out_trade_no)
  }
  const signed = { 'Wechatpay-Signature': 'x', 'Wechatpay-Serial': 'x', 'Wechatpay-Nonce': 'x', 'Wechatpay-Timestamp': '1' }
  for (const [body, headers, status] of [['{}', {}, 401], ['{}', signed, 401], ['x'.repeat(65_537), signed, 500]]) {
    // A parser that comes first refuses what is not JSON by itself; this type it leaves alone.
    const type = body === '{}' ? 'application/json' : 'text/plain'
    const answer = await fetch(shop.url + PATH, { method: 'POST', body, headers: { 'Content-Type': type, ...headers } })
    assert.deepEqual([answer.status, await answer.text()], [status, '{"code":"FAIL","message":"失败"}'])
  }
}

/** A document is answered with WeChat's own bytes, status 200. */
async function exactly(shop, body, word, status = 200) {
  const answer = await fetch(shop.url + PATH, { method: 'POST', body, headers: { 'Content-Type': 'text/xml' }, redirect: 'manual' })
  assert.equal(answer.status, status)
  assert.equal(answer.headers.get('content-type'), 'text/xml; charset=utf-8')
  assert.match(await answer.text(), new RegExp(`^<xml><return_code><!\\[CDATA\\[${word}\\]\\]></return_code>`))
}

for (const [name, start] of [['Express 5', withExpress(express5)], ['Koa', withKoa()], ['Fastify', withFastify], ['NestJS', withNest()], ['Hono', withHono]]) {
  test(`${name}: a body without end is not read to its end`, limit, async () => {
    const errors = []
    const shop = await start(new WxPay(wechat.options), { amountOf: () => 1, onPaid() {}, onError: (error) => errors.push(error.code) })
    try {
      // It may be of APIv3, which would take status 200 for a success.
      await exactly(shop, 'x'.repeat(65_537), 'FAIL', 500)
      const socket = connect(new URL(shop.url).port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n`)
      for (let i = 0; i < 9; i++) socket.write(`2000\r\n${'x'.repeat(0x2000)}\r\n`)
      let answer = ''
      socket.on('data', (data) => (answer += data))
      await once(socket, 'close')
      assert.match(answer, /^HTTP\/1\.1 500 [^]*FAIL/)
      assert.deepEqual(errors, ['body_too_large', 'body_too_large'])
    } finally {
      await shop.stop()
    }
  })
}

for (const [name, start] of [['Express 4', withExpress(express4)], ['Express 5', withExpress(express5)], ["Node's own server", withNode], ['Koa', withKoa()], ['Fastify', withFastify]]) {
  test(`${name}: an answer that came first stands`, limit, async () => {
    const rejected = []
    const reject = (error) => rejected.push(error)
    let late
    const arrived = ({ response }) => (late = response)
    subscribe('http.server.request.start', arrived)
    process.on('unhandledRejection', reject)
    const pay = new WxPay(wechat.options)
    const { out_trade_no, body } = await paid(wechat, pay)
    const [delivered, errors] = [[], []]
    const onPaid = async (payment) => {
      // As a time limit of the shop does.
      late.writeHead(503).end('late')
      await once(late, 'close')
      delivered.push(payment.out_trade_no)
    }
    const shop = await start(pay, { amountOf: () => 88, onPaid, onError: (error) => errors.push(error) })
    try {
      const answer = await fetch(shop.url + PATH, { method: 'POST', body, headers: { 'Content-Type': 'text/xml' } })
      assert.deepEqual([answer.status, await answer.text()], [503, 'late'])
      // Until the payment is handed over; then WeChat's second notification is acknowledged.
      while (delivered.length === 0) await new Promise((later) => setTimeout(later, 10))
      await new Promise((later) => setTimeout(later, 200))
      await exactly(shop, body, 'SUCCESS')
      assert.deepEqual([delivered, errors, rejected], [[out_trade_no], [], []])
    } finally {
      unsubscribe('http.server.request.start', arrived)
      process.off('unhandledRejection', reject)
      await shop.stop()
    }
  })
}

// As users test their own shops: without a port, or with one that supertest opens.
const posting = (server) => (body, type) => {
  const request = supertest(server).post(PATH).redirects(0)
  return (type ? request.set('Content-Type', type) : request).send(body)
}
const CLIENTS = {
  'Express 4 and supertest': (notify) => posting(express4().post(PATH, notify.express)),
  'Express 5 and supertest': (notify) => posting(express5().use(express5.json()).post(PATH, notify.express)),
  'Koa and supertest': (notify) => posting(new Koa().use(notify.koa).callback()),
  'NestJS and supertest': async (notify) => {
    class Shop {}
    Module({})(Shop)
    const app = await NestFactory.create(Shop, { logger: false })
    app.use(PATH, notify.express)
    await app.init()
    return posting(app.getHttpServer())
  },
  'Hono and request': (notify) => async (body, type) => {
    const app = new Hono().post(PATH, (c) => notify.fetch(c.req.raw))
    const answer = await app.request(PATH, { method: 'POST', body, headers: type ? { 'content-type': type } : {} })
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
  },
  'Fastify and inject': (notify) => async (payload, type) => {
    const app = fastify()
    app.register(notify.fastify)
    const { statusCode, headers, body } = await app.inject({ method: 'POST', url: PATH, payload, headers: type ? { 'content-type': type } : {} })
    return { status: statusCode, headers, text: body }
  },
}
for (const [name, client] of Object.entries(CLIENTS)) {
  test(`${name}: the framework's own test client gets WeChat's bytes`, limit, async () => {
    const [delivered, errors] = [[], []]
    const pay = new WxPay(wechat.options)
    const options = { amountOf: () => 88, onPaid: (payment) => delivered.push(payment.out_trade_no), onError: (error) => errors.push(error.name) }
    const post = await client({ express: onExpress(pay, options), koa: onKoa(pay, options), fetch: onFetch(pay, options), fastify: onFastify(pay, { path: PATH, ...options }) })
    const { out_trade_no, body } = await paid(wechat, pay)
    for (const [sent, type, word] of [
      [body, 'text/xml', 'SUCCESS'], [body, 'text/xml', 'SUCCESS'], [String(body).replace('<total_fee>', '<total_fee>1'), 'text/xml', 'FAIL'],
      ['{}', 'application/json', 'FAIL'], ['x'.repeat(70_000), 'text/xml', 'FAIL'],
    ]) {
      const answer = await post(sent, type)
      // That of Express 5 is parsed, and has no header of APIv3's: nothing tells what it was.
      if (sent === '{}' && name !== 'Express 5 and supertest') {
        // Status 200 would tell APIv3 that it was taken.
        assert.deepEqual([answer.status >= 400, answer.text], [true, '{"code":"FAIL","message":"失败"}'])
        continue
      }
      assert.equal(answer.status, String(sent).startsWith('<') ? 200 : 500)
      assert.equal(answer.headers['content-type'], 'text/xml; charset=utf-8')
      assert.match(answer.text, new RegExp(`^<xml><return_code><!\\[CDATA\\[${word}\\]\\]></return_code>`))
    }
    assert.deepEqual(delivered, [out_trade_no])
    assert.equal(errors.length, 3)
  })
}

test('a client that hangs up before the body is read does not block', limit, async () => {
  const app = express5()
  const answered = new Promise((done) => {
    const notify = onExpress(new WxPay(wechat.options), { amountOf: () => 1, onPaid() {}, onError: done })
    app.post(PATH, (req, res, next) => req.once('close', () => notify(req, res, next)))
  })
  const shop = await listening(createServer(app))
  try {
    const socket = connect(Number(new URL(shop.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n<xml>`, () => setTimeout(() => socket.destroy(), 50))
    assert.match((await answered).message, /ended before its body/)
  } finally {
    await shop.stop()
  }
})

const UNPARSED = [
  ['Express 4', withExpress(express4)], ['Express 5', withExpress(express5)], ["Node's own server", withNode], ['Koa', withKoa()], ['Fastify', withFastify],
  ['NestJS', withNest({ bodyParser: false })], ['Hono', withHono],
]
for (const [name, start] of UNPARSED) {
  test(`${name}: a client that hangs up in the middle of a body is one warning`, limit, async (t) => {
    const lines = []
    for (const level of ['warn', 'error']) {
      t.mock.method(console, level, (...given) => {
        const line = `${level} ${format(...given)}`
        // Koa has a line of its own.
        if (line.includes('wxpaykit: ')) lines.push(line)
      })
    }
    const shop = await start(new WxPay(wechat.options), { amountOf: () => 1, onPaid() {} })
    try {
      for (const end of ['destroy', 'end']) {
        lines.length = 0
        const socket = connect(Number(new URL(shop.url).port), '127.0.0.1')
        socket.on('error', () => {})
        socket.write(`POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<xml>`, () => setTimeout(() => socket[end](), 100))
        for (let i = 0; i < 500 && lines.length === 0; i++) await new Promise((later) => setTimeout(later, 10))
        await new Promise((later) => setTimeout(later, 50))
        assert.equal(lines.length, 1, lines.join('\n'))
        assert.match(lines[0], /^warn wxpaykit: a notification was answered FAIL: InvalidRequest: rawBody: the request ended before its body[^\n]*$/)
      }
    } finally {
      await shop.stop()
    }
  })
}

test('a body that a parser consumed is refused with the remedy', limit, async () => {
  const parser = () => (req, _, next) => req.on('data', () => {}).on('end', () => { req.body = { xml: {} }; next() })
  const errors = []
  const shop = await withExpress(express5, parser)(new WxPay(wechat.options), { amountOf: () => 1, onPaid() {}, onError: (error) => errors.push(error) })
  try {
    await exactly(shop, '<xml></xml>', 'FAIL', 500)
    assert.equal(errors[0].code, 'not_raw_body')
    assert.match(errors[0].message, /another parser.*verify/)
  } finally {
    await shop.stop()
  }
})

test('options are checked at once, and both module systems have the subpaths', limit, () => {
  const pay = new WxPay(wechat.options)
  for (const make of [onExpress, onKoa, onFastify, onFetch]) {
    assert.throws(() => make(pay, undefined), InvalidRequest)
    assert.throws(() => make(pay, { amountOf: () => 1 }), InvalidRequest)
    assert.throws(() => make(pay, { amountOf() {}, onPaid() {}, limit: 0 }), InvalidRequest)
  }
  assert.equal(createRequire(import.meta.url)('wxpaykit/express').wxpayNotify, onExpress)
  assert.throws(() => createRequire(import.meta.url)('wxpaykit/probe'))
})

test('a middleware that was not called, or has no path, is an error with the remedy', limit, () => {
  const shop = { amountOf() {}, onPaid() {} }
  assert.throws(() => onFastify(fastify(), { path: PATH, ...shop }), /pay: must be a WxPay client, as in wxpayNotify\(pay, \{ amountOf, onPaid \}\)/)
  for (const path of ['wxpay/notify', '', undefined]) {
    assert.throws(() => onFastify(new WxPay(wechat.options), { path, ...shop }), (error) => error instanceof InvalidRequest && error.field === 'path')
  }
})

test('a function makes the client once, when the first notification comes', limit, async () => {
  const [errors, delivered] = [[], []]
  let [made, fails] = [0, true]
  const make = () => {
    made++
    if (fails) throw new ConfigError('appid: is not set', { field: 'appid' })
    return new WxPay(wechat.options)
  }
  const notify = onFetch(make, { amountOf: () => 88, onPaid: ({ out_trade_no }) => delivered.push(out_trade_no), onError: (error) => errors.push(error) })
  assert.equal(made, 0)
  const { body, out_trade_no } = await paid(wechat, new WxPay(wechat.options))
  const post = () => notify(new Request(`http://shop.example${PATH}`, { method: 'POST', body }))
  const refused = await post()
  assert.deepEqual([(await refused.text()).includes('FAIL'), errors[0].field, delivered], [true, 'appid', []])
  fails = false
  for (const _ of [1, 2]) assert.match(await (await post()).text(), /SUCCESS/)
  assert.deepEqual([made, delivered], [2, [out_trade_no]])
})

test('a function that cannot make a client is refused at once', limit, async () => {
  const shop = { amountOf: () => 1, onPaid() {} }
  for (const wrong of [WxPay, async () => new WxPay(wechat.options), (request) => request]) {
    assert.throws(() => onFetch(wrong, shop), /pay: must be a WxPay client, .*, or a function without arguments that returns one/)
  }
  for (const make of [onExpress, onKoa, (pay, options) => onFastify(pay, { path: PATH, ...options })]) {
    assert.throws(() => make(() => new WxPay(wechat.options), shop), /pay: must be a WxPay client/)
  }
  const errors = []
  const nothing = onFetch(() => {}, { ...shop, onError: (error) => errors.push(error) })
  assert.equal((await nothing(new Request('http://shop.example/n', { method: 'POST', body: 'x' }))).status, 500)
  assert.match(errors[0].message, /pay: must be a WxPay client/)
})

test('a Request whose body was read is refused with the remedy, and so is another object', limit, async () => {
  const errors = []
  const notify = onFetch(new WxPay(wechat.options), { amountOf: () => 1, onPaid() {}, onError: (error) => errors.push(error) })
  const request = new Request('http://shop.example/wxpay/notify', { method: 'POST', body: '<xml></xml>' })
  await request.text()
  const answer = await notify(request)
  assert.equal(answer.status, 500)
  assert.match(await answer.text(), /FAIL/)
  assert.equal(errors[0].code, 'not_raw_body')
  assert.match(errors[0].message, /another parser.*request\.clone\(\)/)
  await assert.rejects(notify({ req: {} }), { name: 'InvalidRequest', message: 'request: must be a Request; in Hono pass c.req.raw' })
  const empty = await notify(new Request('http://shop.example/', { method: 'POST' }))
  assert.match(await empty.text(), /FAIL/)
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('socket hang up')) })
  await notify(new Request('http://shop.example/', { method: 'POST', body: broken, duplex: 'half' }))
  assert.deepEqual([errors.at(-1).message, errors.at(-1).cause.message], ['rawBody: the request ended before its body', 'socket hang up'])
})

const ADAPTERS = [
  ['Express 5', withExpress(express5)], ['Express 5 behind express.raw', withExpress(express5, raw)], ['Koa', withKoa()], ['Fastify', withFastify],
  ['NestJS', withNest()], ['Hono', withHono],
]
for (const [name, start] of ADAPTERS) {
  test(`${name}: a body that a proxy compressed is read within the limit, and other encodings are named`, limit, async () => {
    const [delivered, errors] = [[], []]
    const options = { amountOf: () => 88, onPaid: (payment) => delivered.push(payment.out_trade_no), onError: (error) => errors.push(error.message) }
    const shop = await start(new WxPay(wechat.options), options)
    const post = async (body, encoding) => {
      const answer = await fetch(shop.url + PATH, { method: 'POST', body, headers: { 'Content-Type': 'text/xml', 'Content-Encoding': encoding } })
      return (await answer.text()).includes('SUCCESS')
    }
    try {
      const pay = new WxPay(wechat.options)
      const [first, second] = [await paid(wechat, pay), await paid(wechat, pay)]
      assert.ok(await post(gzipSync(first.body), 'gzip'), String(errors))
      assert.ok(await post(deflateSync(second.body), 'deflate'), String(errors))
      assert.deepEqual([delivered, errors], [[first.out_trade_no, second.out_trade_no], []])
      if (name.includes('express.raw')) return
      // 10 MB in 10 KB.
      assert.ok(!(await post(gzipSync('<'.repeat(10_000_000)), 'gzip')))
      assert.ok(!(await post(brotliCompressSync(first.body), 'br')))
      assert.ok(!(await post(gzipSync(first.body).subarray(0, 60), 'gzip')))
      assert.match(errors[0], /^rawBody: is larger than 65536 bytes$/)
      assert.match(errors[1], /^rawBody: has the Content-Encoding "br": let the proxy send the body as WeChat sent it$/)
      assert.match(errors[2], /^rawBody: is compressed and cannot be decompressed/)
      assert.equal(delivered.length, 2)
    } finally {
      await shop.stop()
    }
  })
}

for (const [name, start] of [['Node alone', withNode], ['NestJS', withNest()], ['Hono', withHono]]) {
  test(`${name}: other methods than POST get 405, and a genuine notification by PUT is not handled`, limit, async () => {
    const errors = []
    const shop = await start(new WxPay(wechat.options), { amountOf: () => 88, onPaid: () => assert.fail(), onError: (error) => errors.push(error) })
    try {
      const { body } = await paid(wechat, new WxPay(wechat.options))
      for (const [method, sent] of [['GET'], ['HEAD'], ['PUT', body], ['DELETE']]) {
        const answer = await fetch(shop.url + PATH, { method, body: sent, headers: { 'Content-Type': 'text/xml' } })
        assert.deepEqual([method, answer.status, answer.headers.get('allow'), await answer.text()], [method, 405, 'POST', ''])
      }
      assert.deepEqual(errors, [])
    } finally {
      await shop.stop()
    }
  })
}

test('the default onError writes one line for an error of this package, without the reply, and all of an error of the shop', limit, async (t) => {
  const written = []
  t.mock.method(process.stderr, 'write', (text) => written.push(String(text)))
  const levels = []
  for (const level of ['warn', 'error']) {
    const log = console[level]
    t.mock.method(console, level, (...given) => {
      levels.push(level)
      log.apply(console, given)
    })
  }
  const pay = new WxPay(wechat.options)
  const { body, out_trade_no } = await paid(wechat, pay)
  const post = async (options, sent, level = 'error', headers = {}) => {
    written.length = levels.length = 0
    const request = new Request('http://shop.example/', { method: 'POST', body: sent, headers })
    const answer = await onFetch(pay, { amountOf: () => 88, onPaid() {}, ...options })(request)
    assert.match(await answer.text(), /FAIL/)
    assert.deepEqual(levels, [level])
    return written.join('')
  }
  // WeChat signed it, and knows no such order.
  const stranger = notification(wechat, { out_trade_no: 'NOBODY1', transaction_id: '4200000000000000000000000001', total_fee: '88' })
  const refused = await post({}, stranger)
  assert.match(refused, /^wxpaykit: the notification of order NOBODY1 was answered FAIL: BusinessError: orderquery: ORDERNOTEXIST[^\n]*\n$/)
  for (const secret of [/nonce_str/, /[0-9A-F]{32}/]) assert.doesNotMatch(refused, secret)
  const forged = await post({}, String(body).replace('<total_fee>', '<total_fee>1'), 'warn')
  assert.match(forged, /^wxpaykit: a notification was answered FAIL: SignatureError: [^\n]*\n$/)
  // Nobody signed it: a value ends no line, and is cut.
  const evil = `wx\n2026-11-30 ERROR paid twice\u009b31m\u202e${'a'.repeat(60_000)}`
  for (const fields of [
    `<appid>${evil}</appid><mch_id>1</mch_id><req_info>AA</req_info>`,
    `<return_code>FAIL</return_code><return_msg>${evil}</return_msg>`,
  ]) {
    let error
    const onRefunded = () => {}
    const line = await post({ onRefunded }, `<xml>${fields}</xml>`, 'warn')
    await onFetch(pay, { amountOf: () => 88, onPaid() {}, onRefunded, onError: (thrown) => (error = thrown) })(
      new Request('http://shop.example/', { method: 'POST', body: `<xml>${fields}</xml>` }),
    )
    for (const text of [line.trimEnd(), error.message]) {
      assert.match(text, /^[^\p{Cc}\p{Bidi_Control}]{50,1000}$/u)
      assert.match(text, /wx\\n2026-11-30 ERROR paid twice/)
    }
  }
  for (const [sent, headers] of [['hello', {}], ['x'.repeat(70_000), {}], [Buffer.from([0x1f, 0x8b, 1]), {}], ['x', { 'Content-Encoding': 'br' }]]) {
    assert.match(await post({}, sent, 'warn', headers), /^wxpaykit: a notification was answered FAIL: \w+: [^\n]*\n$/)
  }
  const wrong = await post({ amountOf: () => 1 }, body)
  assert.match(wrong, new RegExp(`^wxpaykit: the notification of order ${out_trade_no} was answered FAIL: PaymentMismatch: [^\\n]*\\n$`))
  const broken = await post({ onPaid: () => { throw new RangeError('shelf 7 is empty') } }, body)
  assert.match(broken, /^wxpaykit: the notification of order \w+ was answered FAIL: RangeError: shelf 7 is empty\n +at .*frameworks\.test\.mjs/)
  // WeChat's message, whose order could not be queried.
  const unreachable = onFetch(new WxPay({ ...wechat.options, endpoints: 'http://127.0.0.1:9' }), { amountOf: () => 88, onPaid() {} })
  written.length = levels.length = 0
  await unreachable(new Request('http://shop.example/', { method: 'POST', body }))
  assert.deepEqual(levels, ['error'])
  assert.match(written.join(''), new RegExp(`^wxpaykit: the notification of order ${out_trade_no} was answered FAIL: TransportError: `, 'm'))
  // WeChat's message, which this program read before.
  const consumed = new Request('http://shop.example/', { method: 'POST', body })
  await consumed.text()
  levels.length = 0
  await onFetch(pay, { amountOf: () => 88, onPaid() {} })(consumed)
  assert.deepEqual(levels, ['error'])
})
