// The public API over real HTTP, against the emulator.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import * as wxpaykit from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

const {
  BusinessError, ConfigError, InvalidRequest, OAuthError, PaymentMismatch, SignatureError, TransportError, WxPay, WxPayError,
  ack, buildXml, newOutTradeNo, sign,
} = wxpaykit
const OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
const limit = { timeout: 30_000 }

let wechat
let pay

before(async () => {
  wechat = await startEmulator()
  pay = new WxPay(wechat.options)
})
after(() => wechat.stop())

function order(fields = {}) {
  return {
    body: '龙井茶',
    out_trade_no: newOutTradeNo('N'),
    total_fee: 88,
    openid: OPENID,
    spbill_create_ip: '127.0.0.1',
    ...fields,
  }
}

/** A signed document of WeChat's, from its fields. */
function signed(fields, key = wechat.api_key) {
  return Buffer.from(buildXml({ ...fields, sign: sign(fields, key) }))
}

function notification(fields = {}) {
  return {
    appid: wechat.appid, bank_type: 'OTHERS', cash_fee: '88', fee_type: 'CNY', mch_id: wechat.mch_id,
    nonce_str: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS', openid: OPENID, out_trade_no: '20150806125346', result_code: 'SUCCESS',
    return_code: 'SUCCESS', time_end: '20150806125400', total_fee: '88', trade_type: 'JSAPI',
    transaction_id: '4200000263201508067700134212', ...fields,
  }
}

/** A server that answers as `handle` says, for the length of `use`. */
async function serving(handle, use) {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(`http://127.0.0.1:${server.address().port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** What a promise rejects with. */
async function rejection(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'it did not reject' })
}

function thrown(call) {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'it did not throw' })
}

test('a purchase: authorize, openid, order, page, pay, notification, confirmed', limit, async () => {
  let confirmed
  const shop = async (url) => {
    const own = new WxPay({ ...wechat.options, notifyUrl: `${url}/notify` })
    const authorize = own.oauth.authorizeUrl('http://shop.example/buy', { state: 'abc' })
    const visit = await fetch(authorize, { redirect: 'manual' })
    const back = new URL(visit.headers.get('location'))
    assert.equal(back.searchParams.get('state'), 'abc')
    const code = back.searchParams.get('code')
    const user = await own.oauth.accessToken(code)
    assert.match(user.openid, /^o.{27}$/)
    const again = await rejection(own.oauth.accessToken(code))
    assert.ok(again instanceof OAuthError)
    assert.equal(again.errcode, 40163)

    const made = await own.unifiedorder(order({ openid: user.openid, attach: 'a&b <c>' }))
    const paid = await wechat.control('/_emulator/pay', { params: own.jsapiParams(made.prepay_id) })
    assert.equal(paid.err_msg, 'get_brand_wcpay_request:ok')
    await wechat.control('/_emulator/clock', { advance_s: 0 })
    const payment = await confirmed
    assert.equal(payment.out_trade_no, paid.out_trade_no)
    assert.equal(payment.total_fee, 88)
    assert.equal(payment.attach, 'a&b <c>')
    assert.ok(payment.time_end instanceof Date)
    assert.equal(payment.sub_mch_id || undefined, undefined)
    assert.equal('promotion_detail' in payment && payment.promotion_detail !== undefined, false)
    const [listed] = await wechat.control(`/_emulator/orders?out_trade_no=${paid.out_trade_no}`)
    assert.equal(listed.notifications.acknowledged, true)
    const refused = await rejection(own.closeorder({ out_trade_no: paid.out_trade_no }))
    assert.ok(refused instanceof BusinessError)
    assert.deepEqual([refused.err_code, refused.endpoint, refused.retry], ['ORDERPAID', 'closeorder', 'query_first'])
  }
  let resolve
  confirmed = new Promise((done) => (resolve = done))
  await serving((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      resolve(await pay.notify.confirm(Buffer.concat(chunks)))
      response.end(ack())
    })
  }, shop)
})

test('a notification that says another amount than orderquery is a PaymentMismatch', limit, async () => {
  const answer = signed({ ...notification({ total_fee: '1' }), trade_state: 'SUCCESS' })
  await serving((_, response) => response.end(answer), async (url) => {
    const own = new WxPay({ ...wechat.options, endpoints: url })
    const error = await rejection(own.notify.confirm(signed(notification())))
    assert.ok(error instanceof PaymentMismatch)
    assert.deepEqual([error.field, error.expected, error.actual], ['total_fee', '88', '1'])
    assert.deepEqual([error.expectedBy, error.actualBy], ['the notification', "WeChat's reply to orderquery"])
  })
})

test('any single change to a signed notification is refused', { timeout: 120_000 }, () => {
  const name = fc.stringMatching(/^x_[a-z]{1,8}$/)
  const value = fc.stringMatching(/^[0-9A-Za-z 微信&=<>]{1,12}$/)
  const pick = fc.nat(1000)
  const change = fc.oneof(
    fc.record({ how: fc.constant('byte'), pick, at: pick, to: fc.stringMatching(/^[0-9A-Za-z&=<> ]$/) }),
    fc.record({ how: fc.constant('drop'), pick }),
    fc.record({ how: fc.constant('add'), name, value }),
    fc.record({ how: fc.constant('rename'), pick, name }),
  )
  fc.assert(
    fc.property(change, value, (what, attach) => {
      const fields = notification({ attach })
      const entries = Object.entries({ ...fields, sign: sign(fields, wechat.api_key) })
      assert.equal(pay.notify.parse(buildXml(Object.fromEntries(entries))).attach, attach)
      const entry = entries[(what.pick ?? 0) % entries.length]
      if (what.how === 'byte') {
        const chars = [...entry[1]]
        const at = what.at % chars.length
        if (chars[at] === what.to) return
        if (entry[0] === 'sign' && chars[at].toLowerCase() === what.to.toLowerCase()) return
        chars[at] = what.to
        entry[1] = chars.join('')
      } else if (what.how === 'drop') {
        entries.splice(entries.indexOf(entry), 1)
      } else if (what.how === 'add') {
        entries.push([what.name, what.value])
      } else {
        entry[0] = what.name
      }
      assert.ok(thrown(() => pay.notify.parse(buildXml(Object.fromEntries(entries)))) instanceof SignatureError)
    }),
    { numRuns: 1500 },
  )
})

test('a notification is taken as it came, and a parsed one says what to do', limit, () => {
  const body = signed(notification())
  for (const form of [body, new Uint8Array(body), body.toString()]) {
    assert.equal(pay.notify.parse(form).total_fee, 88)
  }
  for (const parsed of [{}, { xml: {} }, [], null, undefined, 1]) {
    assert.match(thrown(() => pay.notify.parse(parsed)).message, /raw/i)
  }
  const other = thrown(() => pay.notify.parse(signed(notification({ mch_id: '10000101' }))))
  assert.ok(other instanceof PaymentMismatch)
  assert.ok(thrown(() => pay.notify.parse('')) instanceof SignatureError)
})

test('money is an integer of fen, and each wrong value is named', limit, async () => {
  for (const total_fee of ['88', 88.5, NaN, Infinity, true, 0, -1, {}, [], 2 ** 53, 10n ** 20n, new Date()]) {
    const error = await rejection(pay.unifiedorder(order({ total_fee })))
    assert.ok(error instanceof InvalidRequest, `${inspect(total_fee)}: ${error}`)
    assert.equal(error.field, 'total_fee')
  }
  for (const [field, value] of [
    ['body', 1], ['body', '茶😀'], ['body', ''], ['out_trade_no', 'a b'], ['time_expire', new Date(NaN)],
    ['time_expire', 'tomorrow'], ['detail', '{'], ['total_fe', 1], ['spbill_create_ip', 'localhost'],
  ]) {
    const error = await rejection(pay.unifiedorder(order({ [field]: value })))
    assert.ok(error instanceof InvalidRequest, `${field}: ${error}`)
    assert.equal(error.field, field)
  }
  const made = await pay.unifiedorder(
    order({ attach: undefined, goods_tag: null, detail: { goods_detail: [] }, time_expire: new Date(Date.now() + 600_000) }),
  )
  assert.match(made.prepay_id, /^wx/)
})

test('2,000 orders at once, each once', { timeout: 60_000 }, async () => {
  const fresh = await startEmulator()
  try {
    const own = new WxPay(fresh.options)
    const numbers = Array.from({ length: 2000 }, () => newOutTradeNo('C'))
    await Promise.all(numbers.map((out_trade_no) => own.unifiedorder(order({ out_trade_no }))))
    const journal = await fresh.control('/_emulator/journal')
    const sent = journal.filter((entry) => entry.path === '/pay/unifiedorder')
    assert.deepEqual(sent.map((entry) => entry.out_trade_no).sort(), [...numbers].sort())
    // A call that waits for a new connection may get a used one first, so some more than 64 are opened.
    assert.ok(new Set(sent.map((entry) => entry.peer)).size <= 2 * 64)
  } finally {
    await fresh.stop()
  }
})

test('64 calls run at once, and never more', { timeout: 60_000 }, async () => {
  let [now, most, count] = [0, 0, 0]
  const answer = (request, response) => {
    most = Math.max(most, ++now)
    count++
    setTimeout(() => {
      now--
      response.setHeader('Content-Type', 'application/json').end('{"access_token":"t","openid":"o","expires_in":7200}')
    }, 20)
  }
  await serving(answer, async (url) => {
    const own = new WxPay({ ...wechat.options, endpoints: url })
    await Promise.all(Array.from({ length: 400 }, (_, i) => own.oauth.accessToken(`code${i}`)))
  })
  assert.deepEqual([most, count], [64, 400])
})

test('an aborted call ends its request, and its outcome is unknown', limit, async () => {
  let closed
  const ended = new Promise((resolve) => (closed = resolve))
  await serving((request) => request.socket.once('close', closed), async (url) => {
    const own = new WxPay({ ...wechat.options, endpoints: url })
    const controller = new AbortController()
    const call = rejection(own.unifiedorder(order(), { signal: controller.signal }))
    setTimeout(() => controller.abort(), 100)
    const error = await call
    assert.ok(error instanceof TransportError)
    assert.deepEqual([error.outcome, error.code], ['unknown', 'cancelled'])
    await ended
    const early = await rejection(own.unifiedorder(order(), { signal: AbortSignal.abort() }))
    assert.equal(early.outcome, 'not_sent')
  })
})

test('what is known of a failed call', limit, async () => {
  const refused = await rejection(new WxPay({ ...wechat.options, endpoints: 'http://127.0.0.1:9' }).unifiedorder(order()))
  assert.deepEqual([refused.code, refused.outcome, refused.retry], ['connect', 'not_sent', 'same_request'])
  await serving(() => {}, async (url) => {
    const silent = await rejection(new WxPay({ ...wechat.options, endpoints: url, timeout: 200 }).unifiedorder(order()))
    assert.deepEqual([silent.code, silent.outcome], ['timeout', 'unknown'])
  })
  await serving((_, response) => response.writeHead(502).end('<html></html>'), async (url) => {
    const page = await rejection(new WxPay({ ...wechat.options, endpoints: url }).unifiedorder(order()))
    assert.deepEqual([page.code, page.outcome, page.status], ['gateway', 'unknown', 502])
  })
})

test('concurrent callers of jssdk.config share one ticket', limit, async () => {
  const fresh = await startEmulator()
  try {
    const own = new WxPay(fresh.options)
    const url = 'https://shop.example/?a=1'
    const configs = await Promise.all(Array.from({ length: 100 }, () => own.jssdk.config(`${url}#x`, { jsApiList: ['chooseWXPay'] })))
    const { appId, timestamp, nonceStr, signature, jsApiList } = configs[0]
    assert.deepEqual(jsApiList, ['chooseWXPay'])
    const verdict = await fresh.control('/_emulator/jssdk', { appid: appId, timestamp, nonceStr, signature, url })
    assert.equal(verdict.err_msg, 'preVerifyJSAPI:ok')
    const journal = await fresh.control('/_emulator/journal')
    assert.equal(journal.filter((entry) => entry.path === '/cgi-bin/ticket/getticket').length, 1)
  } finally {
    await fresh.stop()
  }
})

test('errors name the setting that is wrong', limit, () => {
  for (const [field, options] of [
    ['api_key', { apiKey: 'short' }], ['api_key', { apiKey: `${wechat.api_key}\n` }], ['api_key', { appSecret: wechat.api_key }],
    ['appid', { appid: 'gh_1' }], ['mch_id', { mchId: 'x' }], ['notify_url', { notifyUrl: 'https://shop.example/?a' }],
  ]) {
    const error = thrown(() => new WxPay({ ...wechat.options, ...options }))
    assert.ok(error instanceof ConfigError, `${field}: ${error}`)
    assert.ok([field, field.replace(/_(.)/g, (_, c) => c.toUpperCase())].includes(error.field), error.field)
  }
  assert.equal(new WxPay({ ...wechat.options, appid: 'wwd930ea5d5a258f4f' }).appid, 'wwd930ea5d5a258f4f')
})

test('nothing secret is printed', limit, async () => {
  const own = new WxPay({ ...wechat.options, endpoints: 'http://127.0.0.1:9' })
  const errors = [
    await rejection(own.unifiedorder(order())), await rejection(own.oauth.accessToken('code')),
    await rejection(pay.oauth.accessToken('nonsense')), thrown(() => pay.notify.parse(signed(notification(), 'other'))),
    thrown(() => new WxPay({ ...wechat.options, apiKey: `${wechat.api_key} ` })),
    thrown(() => new WxPay({ ...wechat.options, appSecret: wechat.api_key })),
  ]
  const shown = [own, own.oauth, own.jssdk, own.notify, ...errors].map(
    (value) => `${inspect(value, { depth: 9, showHidden: true })} ${JSON.stringify(value)} ${value} ${value.stack}`,
  )
  for (const text of shown) {
    assert.ok(!text.includes(wechat.api_key) && !text.includes(wechat.app_secret), text)
  }
  const user = pay.notify.parse(signed(notification()))
  assert.ok(!inspect(user).includes(OPENID))
  assert.ok(!inspect({ deep: [user] }, { depth: 9, showHidden: true }).includes(OPENID))
  assert.ok(Object.isFrozen(user))
})

test('console.log shows the state first, amounts in yuan, and no envelope', limit, async () => {
  const query = order()
  await pay.unifiedorder(query)
  await wechat.control('/_emulator/pay', { out_trade_no: query.out_trade_no, result: 'ok' })
  const paid = await pay.orderquery({ out_trade_no: query.out_trade_no })
  const [name, state, ...lines] = inspect(paid).split('\n')
  assert.deepEqual([name, state.trim().split(/ +/)], ['OrderqueryReply', ['trade_state', 'SUCCESS']])
  const shown = Object.fromEntries(lines.map((line) => [line.trim().split(' ')[0], line.trim().replace(/^\S+ +/, '')]))
  assert.match(shown.total_fee, /^¥\d+\.\d\d \(\d+ fen\)$/)
  assert.match(shown.openid, /^.{4}….{4}$/)
  assert.match(shown.time_end, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  assert.ok(!('nonce_str' in shown) && !('sign' in shown))
  assert.equal(inspect({ paid }, { depth: 0 }), '{ paid: [OrderqueryReply] }')
})

test('console.log shows an error with its facts, and no remedy twice', limit, async () => {
  const error = await rejection(pay.orderquery({ out_trade_no: 'nobody' }))
  const text = inspect(error)
  assert.ok(text.startsWith('BusinessError: orderquery: ORDERNOTEXIST'), text)
  assert.equal(text.split(error.remedy).length, 2, text)
  for (const part of ["code: 'business'", "retry: 'never'", "err_code: 'ORDERNOTEXIST'", 'behaviour.test.mjs']) {
    assert.ok(text.includes(part), text)
  }
  assert.ok(!text.includes('undefined') && !text.includes(error.remedy_zh), text)
  assert.equal(inspect({ error }, { depth: -1 }), '[Object]')
  assert.equal(inspect([error], { depth: 0 }), `[\n  [BusinessError: ${error.message}]\n]`)
  const caused = thrown(() => pay.notify.parse(signed(notification(), 'other')))
  assert.ok(inspect(new WxPayError('above', { cause: caused })).includes('cause: SignatureError'))
})

test('console.log shows the findings of a check, a line each', limit, async () => {
  const report = await pay.check()
  assert.deepEqual(inspect(report).split('\n').map((line) => line.trim()), ['CheckReport ok', ...String(report).split('\n')])
  assert.equal(inspect({ report }, { depth: -1 }), '[Object]')
})

test('import and require give the same classes', limit, () => {
  const required = createRequire(import.meta.url)('wxpaykit')
  assert.equal(required.WxPay, WxPay)
  const error = thrown(() => new required.WxPay({ ...wechat.options, apiKey: '' }))
  assert.ok(error instanceof ConfigError && error instanceof WxPayError && error instanceof Error)
})

test('workers have clients of their own', limit, async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { WxPay, newOutTradeNo } = require('wxpaykit')
    const pay = new WxPay(workerData.options)
    pay.unifiedorder({ ...workerData.order, out_trade_no: newOutTradeNo() }).then((made) => parentPort.postMessage(made.prepay_id))`
  const ask = async () => {
    const worker = new Worker(source, { eval: true, workerData: { options: wechat.options, order: order() } })
    const [prepayId] = await once(worker, 'message')
    await worker.terminate()
    return prepayId
  }
  const ids = await Promise.all([ask(), ask(), ask()])
  assert.equal(new Set(ids).size, 3)
  assert.match((await pay.unifiedorder(order())).prepay_id, /^wx/)
})
