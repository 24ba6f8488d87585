// notify.handle, reconcile, waitForPayment and onEvent, against the emulator.

import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { InvalidRequest, newOutTradeNo, PaymentMismatch, SignatureError, StoreError, WxPay } from 'wxpaykit'
import * as testing from 'wxpaykit/testing'
import { BUILT, startEmulator } from './emulator.mjs'
import { AsyncStore, ObjectStore, redis, sqlite } from './places.mjs'
import { order, paid } from './shop.mjs'

const limit = { timeout: 60_000 }
let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

const client = (options = {}) => new WxPay({ ...wechat.options, ...options })

/** Twenty notifications of one payment at once, over two clients that share a store: the function runs once. */
async function once(store) {
  const pays = [client({ store }), client({ store })]
  const { body, out_trade_no } = await paid(wechat, pays[0])
  const keys = []
  const options = { amountOf: async () => 88, onPaid: async (payment, key) => void keys.push(`${payment.out_trade_no} ${key}`) }
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) => pays[i % 2].notify.handle(body, options)))
  assert.equal(keys.length, 1)
  assert.match(keys[0], new RegExp(`^${out_trade_no} wxpay-${wechat.mch_id}-\\d+$`))
  assert.equal(all.filter((handled) => handled.delivered).length, 1)
  for (const handled of all) {
    assert.equal(handled.error, undefined)
    assert.match(handled.body, /SUCCESS/)
    assert.deepEqual([handled.status, handled.contentType], [200, 'text/xml; charset=utf-8'])
  }
}

test('once, with a JavaScript object', limit, () => once(new ObjectStore()))
test('once, with an object that returns promises', limit, () => once(new AsyncStore()))
test('once, with SQLite', limit, async () => {
  const place = sqlite()
  try {
    await once(place.address)
  } finally {
    place.stop()
  }
})
test('once, with Redis', limit, async () => {
  const place = await redis()
  try {
    await once(place.address)
  } finally {
    await place.stop()
  }
})

test('a function that throws runs again, with the same key', limit, async () => {
  const pay = client()
  const { body } = await paid(wechat, pay)
  const keys = []
  const onPaid = (_, key) => {
    keys.push(key)
    if (keys.length === 1) throw new RangeError('no tea left')
  }
  const first = await pay.notify.handle(body, { amountOf: () => 88n, onPaid })
  assert.ok(first.error instanceof RangeError)
  assert.deepEqual([first.delivered, first.payment.total_fee], [false, 88])
  assert.match(first.body, /FAIL/)
  assert.equal((await pay.notify.handle(body, { amountOf: () => 88, onPaid })).delivered, true)
  assert.equal((await pay.notify.handle(body, { amountOf: () => 88, onPaid })).delivered, false)
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])
})

test('nothing is handed over for another amount, no order, or no amount', limit, async () => {
  const pay = client()
  const { body } = await paid(wechat, pay)
  const onPaid = () => assert.fail('it was handed over')
  for (const [amount, of] of [
    [1, PaymentMismatch], [null, PaymentMismatch], [undefined, PaymentMismatch], ['88', InvalidRequest], [88.5, InvalidRequest],
    [NaN, InvalidRequest], [10n ** 30n, InvalidRequest], [{}, InvalidRequest],
  ]) {
    const handled = await pay.notify.handle(body, { amountOf: () => amount, onPaid })
    assert.ok(handled.error instanceof of, `${String(amount)}: ${handled.error}`)
    assert.match(handled.body, /FAIL/)
    if (of === PaymentMismatch) {
      const { expectedBy, actualBy } = JSON.parse(JSON.stringify(handled.error))
      assert.deepEqual([handled.error.expectedBy, handled.error.actualBy, expectedBy, actualBy], ['amount_of', 'WeChat', 'amount_of', 'WeChat'])
    }
  }
})

test('every message gets an answer; invalid options reject', limit, async () => {
  const pay = client()
  const options = { amountOf: () => 1, onPaid: () => assert.fail('it was handed over') }
  for (const [body, of] of [
    ['', SignatureError], ['<xml></xml>', SignatureError], [Buffer.alloc(200_000, '<'), Error], [{}, InvalidRequest], [undefined, InvalidRequest],
  ]) {
    const handled = await pay.notify.handle(body, options)
    assert.ok(handled.error instanceof of, String(handled.error))
    assert.match(handled.body, /FAIL/)
  }
  await assert.rejects(pay.notify.handle('', undefined), InvalidRequest)
  await assert.rejects(pay.notify.handle('', { amountOf: 1, onPaid() {} }), InvalidRequest)
  const store = Object.assign(new ObjectStore(), { add: () => { throw new Error('no disk') } })
  const { body } = await paid(wechat, pay)
  assert.ok((await client({ store }).notify.handle(body, options)).error instanceof StoreError)
})

test('each option is read once', limit, async () => {
  const pay = client()
  const { body, out_trade_no } = await paid(wechat, pay)
  const [reads, taken] = [{}, []]
  const once = (functions) => {
    const options = {}
    for (const [name, run] of Object.entries(functions)) {
      Object.defineProperty(options, name, { enumerable: true, get: () => ((reads[name] = (reads[name] ?? 0) + 1) === 1 ? run : null) })
    }
    return options
  }
  const handled = await pay.notify.handle(body, once({ amountOf: () => 88, onPaid: (payment) => void taken.push(payment.out_trade_no), onOther() {} }))
  assert.deepEqual([handled.state, taken, reads], ['delivered', [out_trade_no], { amountOf: 1, onPaid: 1, onOther: 1 }])
  await assert.rejects(pay.notify.handle(body, { amountOf: () => 88, onPaid: null }), { name: 'InvalidRequest', field: 'onPaid' })
})

test('a body that is not raw is refused with the remedy', limit, async () => {
  const options = { amountOf: () => 1, onPaid: () => assert.fail('it was handed over') }
  for (const [body, kind, remedied] of [
    [undefined, 'undefined: the body of the request has not been read', true], [null, 'null: the body of the request has not been read', true], [{}, 'a parsed object', true],
    [5, 'a number', false], [Promise.resolve('<xml></xml>'), 'a Promise: is an await missing?', false],
  ]) {
    const { error } = await client().notify.handle(body, options)
    assert.deepEqual([error.field, error.code], ['rawBody', 'not_raw_body'])
    assert.ok(error.rule.includes(`a string, not ${kind}`), error.rule)
    assert.equal(/express\.raw\(.*wxpayNotify/.test(error.rule), remedied, error.rule)
  }
})

test('reconcile hands over orders without a notification, once', limit, async () => {
  const pay = client()
  const { out_trade_no } = await paid(wechat, pay)
  const open = order()
  await pay.unifiedorder(open)
  const created = new Date(Date.now() - 45_000)
  const orders = [
    { out_trade_no, total_fee: 88, created }, { out_trade_no: open.out_trade_no, total_fee: 88, created },
    { out_trade_no: newOutTradeNo(), total_fee: 88, created: new Date() }, { out_trade_no: '', total_fee: 1, created },
    { out_trade_no: 'X', total_fee: 1.5, created }, { out_trade_no: 'Y' }, { out_trade_no: 'Z', total_fee: 1, created: new Date(0) },
  ]
  const delivered = []
  const options = { onPaid: (payment) => delivered.push(payment.out_trade_no) }
  const found = await pay.notify.reconcile(orders, options)
  assert.deepEqual(found.map((one) => one.state), ['delivered', 'not_paid', 'not_due', 'failed', 'failed', 'failed', 'too_old'])
  assert.ok(Math.abs(found[2].next_due - Date.now() - 30_000) < 2000, String(found[2].next_due))
  assert.deepEqual(found.slice(4).map((one) => [one.out_trade_no, one.error?.field]), [['X', 'total_fee'], ['Y', 'pending'], ['Z', undefined]])
  assert.match(found[4].error.message, /must be an integer of fen, not a float \(1.5\); yuanToFen/)
  assert.equal(found[1].trade_state, 'NOTPAY')
  assert.ok(found[3].error instanceof InvalidRequest)
  assert.deepEqual(Object.keys(found[0]), ['state', 'out_trade_no', 'trade_state', 'next_due', 'payment', 'delivered', 'error'])
  assert.deepEqual((await pay.notify.reconcile(orders.slice(0, 2), options)).map((one) => one.state), ['not_due', 'not_due'])
  assert.deepEqual(delivered, [out_trade_no])
  // More than are asked for in one call, with rows between them for which WeChat is not asked.
  const many = Array.from({ length: 21 }, (_, i) => ({ out_trade_no: `many${i}`, total_fee: i % 3 ? 88 : 0, created: new Date() }))
  const states = await pay.notify.reconcile(many, options)
  assert.deepEqual(states.map((one) => [one.out_trade_no, one.state]), many.map((row) => [row.out_trade_no, row.total_fee ? 'not_due' : 'failed']))
})

test('an order from the future fails alone', limit, async () => {
  const pay = client()
  const [first, last] = [await paid(wechat, pay), await paid(wechat, pay)]
  const created = new Date(Date.now() - 45_000)
  const row = ({ out_trade_no }) => ({ out_trade_no, total_fee: 88, created })
  const far = [new Date(8.64e15), new Date(Date.now() + 172_800_000)].map((at) => ({ out_trade_no: 'far', total_fee: 88, created: at }))
  const delivered = []
  const found = await pay.notify.reconcile([row(first), ...far, row(last)], { onPaid: (payment) => delivered.push(payment.out_trade_no) })
  assert.deepEqual(found.map((one) => one.state), ['delivered', 'failed', 'failed', 'delivered'])
  for (const { error } of found.slice(1, 3)) {
    assert.ok(error instanceof InvalidRequest && error.field === 'created', String(error))
    assert.match(error.message, /created: is in the future/)
  }
  assert.deepEqual(delivered, [first.out_trade_no, last.out_trade_no])
})

test('reconcile does not query a row with another name of a field', limit, async () => {
  const created = new Date(Date.now() - 40_000)
  for (const [name, meant] of [
    ['sub_mchid', 'sub_mch_id'],
    ['subMchId', 'sub_mch_id'],
    ['subMchid', 'sub_mch_id'],
    ['combineOutTradeNo', 'combine_out_trade_no'],
  ]) {
    const [found] = await new WxPay(wechat.options).notify.reconcile(
      [{ out_trade_no: 'T1', total_fee: 88, created, [name]: '1900000109' }],
      { onPaid() {} },
    )
    assert.equal(found.error.message, `${name}: is not a field of orders; did you mean ${meant}?`)
    // A column of a table may be empty.
    for (const empty of ['', null]) {
      const row = { out_trade_no: 'T1', total_fee: 88, created, [name]: empty }
      const [asked] = await new WxPay(wechat.options).notify.reconcile([row], { onPaid() {} })
      assert.match(asked.error.message, /ORDERNOTEXIST/)
    }
  }
})

test('reconcile does not query a malformed number', limit, async () => {
  const pay = client()
  const created = new Date(Date.now() - 45_000)
  for (const out_trade_no of ['', 'a:b', '1'.repeat(33), '茶', '1\n', '1'.repeat(100_000)]) {
    const [found] = await pay.notify.reconcile([{ out_trade_no, total_fee: 88, created }], { onPaid() {} })
    assert.equal(found.state, 'failed')
    assert.ok(found.error instanceof InvalidRequest && found.error.field === 'out_trade_no', String(found.error))
  }
})

test('a payment whose call is aborted while its result waits is handed over by the next call at once', limit, async () => {
  const place = sqlite()
  try {
    const pay = client({ store: place.address, lease: 60_000 })
    const ways = {
      handle: ({ body }, options) => pay.notify.handle(body, { amountOf: () => 88, ...options }),
      reconcile: ({ out_trade_no }, options) =>
        pay.notify.reconcile([{ out_trade_no, total_fee: 88, created: new Date(Date.now() - 45_000) }], options),
      waitForPayment: ({ out_trade_no }, options) => pay.waitForPayment(out_trade_no, { totalFee: 88, ...options }),
    }
    for (const [way, begin] of Object.entries(ways)) {
      const sold = await paid(wechat, pay)
      const controller = new AbortController()
      const runs = []
      const onPaid = (payment) => void runs.push(payment.out_trade_no)
      const begun = Promise.allSettled([begin(sold, { onPaid, signal: controller.signal })])
      await null
      // This thread stands still while the network thread ends the call.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000)
      controller.abort()
      await begun
      assert.deepEqual(runs, [], way)
      await new Promise((done) => setTimeout(done, 300))
      const again = await client({ store: place.address, timeout: 1000 }).notify.handle(sold.body, { amountOf: () => 88, onPaid })
      assert.deepEqual([again.state, runs], ['delivered', [sold.out_trade_no]], way)
    }
  } finally {
    place.stop()
  }
})

test('reconcile stops to read orders when it is aborted', limit, async () => {
  const controller = new AbortController()
  const read = []
  async function* orders() {
    for (let n = 0; ; n++) {
      read.push(n)
      if (n === 2) controller.abort()
      yield { out_trade_no: `endless${n}`, total_fee: 88, created: new Date(Date.now() - 45_000) }
    }
  }
  const found = await client().notify.reconcile(orders(), { onPaid() {}, signal: controller.signal })
  assert.deepEqual([read, found.map((one) => one.error.code)], [[0, 1, 2], ['cancelled', 'cancelled', 'cancelled']])
})

test('reconcile ends by its signal where an iterable has stalled', limit, async () => {
  const row = { out_trade_no: 'STALLED1', total_fee: 88, created: new Date(Date.now() - 45_000) }
  let left = 0
  const stalled = (rows) => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => (rows.length > 0 ? { done: false, value: rows.shift() } : new Promise(() => {})),
      return: async () => ((left += 1), { done: true }),
    }),
  })
  // Not `AbortSignal.timeout`, whose timer keeps no process alive.
  const soon = () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    return controller.signal
  }
  const reconcile = (rows, signal) => client().notify.reconcile(rows, { onPaid() {}, signal })
  const found = await reconcile(stalled([row]), soon())
  assert.deepEqual([found.map((one) => [one.out_trade_no, one.error.code]), left], [[['STALLED1', 'cancelled']], 1])
  assert.deepEqual([await reconcile(stalled([]), AbortSignal.abort()), left], [[], 2])
  assert.deepEqual(await client().notify.reconcileRefunds(stalled([]), { onRefunded() {}, signal: soon() }), [])
  assert.deepEqual(await client().notify.reconcileTransfers(stalled([]), { onTransferred() {}, signal: soon() }), [])
  assert.deepEqual([await reconcile([new Promise(() => {})], soon()), left], [[], 4])
  // A row that is there when the signal is aborted has its result; those of a list may be promises.
  assert.deepEqual((await reconcile([row, row], AbortSignal.abort())).map((one) => one.error.code), ['cancelled'])
  assert.deepEqual((await reconcile([Promise.resolve(row)])).map((one) => one.error.err_code), ['ORDERNOTEXIST'])
})

test('waitForPayment gives the payment, or nothing, or what is wrong', limit, async () => {
  const pay = client()
  const { out_trade_no } = await paid(wechat, pay)
  assert.equal((await pay.waitForPayment(out_trade_no, { totalFee: 88 })).total_fee, 88)
  await assert.rejects(pay.waitForPayment(out_trade_no, { totalFee: 1 }), PaymentMismatch)
  const open = order()
  await pay.unifiedorder(open)
  assert.equal(await pay.waitForPayment(open.out_trade_no, { totalFee: 88, within: 100 }), undefined)
  const signal = AbortSignal.timeout(100)
  const aborted = await pay.waitForPayment(open.out_trade_no, { totalFee: 88, signal }).catch((error) => error)
  assert.equal(aborted.code, 'cancelled')
  for (const options of [undefined, { totalFee: '88' }, { totalFee: 88, within: -1 }, { totalFee: 88, within: NaN }]) {
    await assert.rejects(pay.waitForPayment(out_trade_no, options), InvalidRequest)
  }
})

test('onEvent and the channel receive each attempt, without secrets', limit, async () => {
  const [events, channelled] = [[], []]
  const told = (event) => channelled.push(event)
  diagnostics.subscribe('wxpaykit:attempt', told)
  try {
    const pay = client({ onEvent: (event) => events.push(event) })
    await pay.orderquery({ out_trade_no: 'none' }).catch(() => {})
    const down = client({ endpoints: 'http://127.0.0.1:9', maxNetworkRetries: 1, onWarning() {}, onEvent() { throw new Error('mine') } })
    const warned = new Promise((done) => process.once('warning', done))
    await down.orderquery({ out_trade_no: 'none' }).catch(() => {})
    assert.match((await warned).message, /mine/)
  } finally {
    diagnostics.unsubscribe('wxpaykit:attempt', told)
  }
  const { milliseconds, ...event } = events[0]
  assert.ok(milliseconds > 0)
  assert.deepEqual(event, {
    endpoint: 'orderquery', out_trade_no: 'none', host: wechat.url, attempt: 1, status: 200, outcome: 'refused', code: 'ORDERNOTEXIST', again: false,
  })
  assert.deepEqual(channelled.map((event) => [event.attempt, event.outcome, event.again]), [
    [1, 'refused', false], [1, 'not_sent', true], [2, 'not_sent', false],
  ])
  assert.ok(!JSON.stringify(channelled).includes(wechat.api_key))
})

test('a process ends by itself after handle and events, with a store of its own', limit, async () => {
  const { body } = await paid(wechat, client())
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', `
    import { WxPay } from 'wxpaykit'
    import { AsyncStore } from './node/tests/places.mjs'
    const pay = new WxPay({ ...${JSON.stringify(wechat.options)}, store: new AsyncStore(), onEvent() {} })
    const body = Buffer.from('${body.toString('base64')}', 'base64')
    const handled = await pay.notify.handle(body, { amountOf: () => 88, onPaid() {} })
    console.log(handled.delivered)
  `], { cwd: fileURLToPath(new URL('../..', import.meta.url)), timeout: 20_000 })
  assert.equal(stdout, 'true\n')
})

test('a client whose listener belongs to its owner is freed, and not while a call is under way', limit, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--input-type=module', '-e', `
    import { createServer } from 'node:http'
    import { once } from 'node:events'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { WxPay } from 'wxpaykit'
    const server = createServer((request, response) => setTimeout(() => response.writeHead(500).end(), 500)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const endpoints = 'http://127.0.0.1:' + server.address().port
    const [events, registry] = [[], new FinalizationRegistry(() => freed++)]
    let freed = 0
    class Shop {
      pay = new WxPay({ ...${JSON.stringify(wechat.options)}, endpoints, maxNetworkRetries: 0, onEvent: this.seen.bind(this), onWarning: this.warned.bind(this) })
      seen({ status }) { events.push(status) }
      warned() {}
    }
    const ask = (shop) => (registry.register(shop, 0), shop.pay.orderquery({ out_trade_no: 'x' }).catch(() => {}))
    const calls = Array.from({ length: 20 }, () => ask(new Shop()))
    const collect = async () => {
      for (let i = 0; i < 10; i++) gc(), await sleep(20)
    }
    await collect()
    const during = freed
    await Promise.all(calls)
    for (let i = 0; i < 50 && freed < 20; i++) await collect()
    server.close()
    console.log(JSON.stringify({ during, events: events.filter((status) => status === 500).length, freed }))
  `], { cwd: fileURLToPath(new URL('../..', import.meta.url)), timeout: 40_000 })
  assert.deepEqual(JSON.parse(stdout), { during: 0, events: 20, freed: 20 })
})

for (const first of ['page', 'notification']) {
  test(`a polling page and the notification hand over once, the ${first} first`, limit, async () => {
    const store = new AsyncStore()
    const pays = [client({ store }), client({ store })]
    const { body, out_trade_no } = await paid(wechat, pays[0])
    const keys = []
    let began
    const atIt = new Promise((resolve) => (began = resolve))
    const onPaid = async (payment, key) => {
      began()
      await new Promise((resolve) => setTimeout(resolve, 300))
      keys.push(key)
    }
    const page = async () => {
      const payment = await pays[0].waitForPayment(out_trade_no, { totalFee: 88, within: 0, onPaid })
      assert.deepEqual([payment.total_fee, keys.length], [88, 1])
    }
    const notification = async () => {
      const handled = await pays[1].notify.handle(body, { amountOf: () => 88, onPaid })
      assert.match(handled.body, /SUCCESS/)
    }
    const tasks = first === 'page' ? [page, notification] : [notification, page]
    const ahead = tasks[0]()
    await Promise.race([atIt, ahead])
    await Promise.all([ahead, tasks[1]()])
    assert.equal(keys.length, 1)
  })
}

test('a polling page hands over paid orders only, and gets what onPaid throws', limit, async () => {
  const pay = client()
  const open = order()
  await pay.unifiedorder(open)
  const never = () => assert.fail('it was handed over')
  assert.equal(await pay.waitForPayment(open.out_trade_no, { totalFee: 88, within: 0, onPaid: never }), undefined)
  const { body, out_trade_no } = await paid(wechat, pay)
  await assert.rejects(pay.waitForPayment(out_trade_no, { totalFee: 1, onPaid: never }), PaymentMismatch)
  await assert.rejects(pay.waitForPayment(out_trade_no, { totalFee: 88, onPaid: 1 }), InvalidRequest)
  const broken = new Error('no stock')
  const thrown = await pay.waitForPayment(out_trade_no, { totalFee: 88, onPaid: () => { throw broken } }).catch((error) => error)
  assert.equal(thrown, broken)
  for (const nothing of [null, undefined]) {
    const said = { message: `the function threw ${nothing}` }
    await assert.rejects(pay.waitForPayment(out_trade_no, { totalFee: 88, onPaid: () => { throw nothing } }), said)
    const { error, delivered } = await pay.notify.handle(body, { amountOf: () => 88, onPaid: () => { throw nothing } })
    assert.deepEqual([error.message, delivered], [said.message, false])
  }
  const delivered = []
  for (const totalFee of [88, 88n]) {
    const payment = await pay.waitForPayment(out_trade_no, { totalFee, within: 0, onPaid: (payment) => delivered.push(payment) })
    assert.equal(payment.out_trade_no, out_trade_no)
  }
  assert.equal(delivered.length, 1)
  const handled = await pay.notify.handle(body, { amountOf: () => 88, onPaid: never })
  assert.match(handled.body, /SUCCESS/)
  const store = Object.assign(new ObjectStore(), { get: () => { throw new Error('no disk') } })
  await assert.rejects(client({ store }).waitForPayment(out_trade_no, { totalFee: 88, onPaid: never }), StoreError)
})

test("a page waits for the order of a provider's sub-merchant, and hands it over", limit, async () => {
  const provider = {
    appid: 'wx1111111111111111', mch_id: '1500000001', api_key: '0123456789abcdef0123456789abcdef', provider: true,
    app_secret: '5a1d0c7e9b3f48268f2e6d4b7c90a1e3', sub_mch_ids: ['1600000001'],
  }
  const wechat = await testing.startEmulator({ binary: BUILT, merchants: provider })
  try {
    const pay = new WxPay({ ...wechat.options, notifyUrl: 'http://127.0.0.1:9/n', store: 'memory:' })
    const made = order({ openid: wechat.openid, sub_mch_id: '1600000001' })
    const { out_trade_no } = made
    await pay.unifiedorder(made)
    await wechat.pay({ out_trade_no })
    const shipped = []
    const onPaid = (payment) => shipped.push([payment.sub_mch_id, payment.out_trade_no])
    const wait = () => pay.waitForPayment(out_trade_no, { totalFee: 88, within: 0, onPaid, subMchId: '1600000001' })
    for (let i = 0; i < 2; i++) assert.equal((await wait()).out_trade_no, out_trade_no)
    assert.deepEqual(shipped, [['1600000001', out_trade_no]])
  } finally {
    await wechat.stop()
  }
})

test('rows that are all wrong fail, each by itself', limit, async () => {
  const results = await client().notify.reconcile([{}, null, ['x', 1]], { onPaid() {} })
  assert.deepEqual(results.map(({ state, error }) => [state, error.field]), Array(3).fill(['failed', 'pending']))
  await assert.rejects(client().notify.reconcile(Buffer.from('x'), { onPaid() {} }), { name: 'InvalidRequest', field: 'pending' })
})
