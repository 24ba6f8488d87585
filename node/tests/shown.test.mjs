// What console.log shows of each class of the package: what it is and what matters of it, and no secret.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import * as main from 'wxpaykit'
import * as express from 'wxpaykit/express'
import * as fastify from 'wxpaykit/fastify'
import * as fetching from 'wxpaykit/fetch'
import * as koa from 'wxpaykit/koa'
import * as testing from 'wxpaykit/testing'

const { WxPay, newOutTradeNo, readBill } = main
const { startEmulator } = testing
const { linesOf, showAs } = createRequire(import.meta.url)('../dist/displayed.js')
const HANDLED = linesOf('Handled', ['state', 'out_trade_no', 'error', 'payment', 'parts'])
process.env.WXPAYKIT_EMULATOR ??= fileURLToPath(new URL('../../target/wxpaykit-emulator', import.meta.url))
const OWN = { appid: 'wxd930ea5d5a258f4f', mchId: '10000100' }
const KEYS = {
  apiKey: '192006250b4c09247ec02edce69f6a2d',
  appSecret: '7813490da6f1265e4901ffb80afaa36f',
  corpSecret: 'N1dOWkhCRkhHTkpKR0hTSkdIU0pHSFM3ODEzNDkwZGE',
  corpPaySecret: 'UGF5ZHNmOGRzN2Y4ZHM3Zjg3ZHNmODdkc2Y4N2RzZjg',
  apiV3Key: '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
}
const OTHERS = { agentId: '1000002', notifyUrl: 'https://shop.example/notify', subMchId: '10000101' }
const PARTS = ['oauth', 'jssdk', 'wecom', 'notify', 'v3']
const CUSTOM = Symbol.for('nodejs.util.inspect.custom')

const isClass = (value) => typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))

test('each class has a text of its own', () => {
  const classes = [main, express, fastify, fetching, koa, testing].flatMap((module) => Object.values(module)).filter(isClass)
  assert.ok(classes.length > 70, String(classes.length))
  const pay = new WxPay({ ...OWN, ...KEYS, ...OTHERS })
  classes.push(...PARTS.map((part) => pay[part].constructor))
  const without = classes.filter((one) => one.prototype[CUSTOM] === undefined && !(one.prototype instanceof Error))
  assert.deepEqual(without.map((one) => one.name), [])
})

test('the parts of a client show their settings and methods, and no secret', () => {
  const pay = new WxPay({ ...OWN, ...KEYS, ...OTHERS })
  const objects = Object.keys(pay).filter((name) => typeof pay[name] === 'object')
  assert.deepEqual(objects.sort(), [...PARTS].sort())
  for (const name of PARTS) {
    const shown = inspect(pay[name])
    assert.ok(shown.startsWith(`pay.${name} { api: `) && shown.includes(OWN.appid), shown)
    assert.ok(!shown.includes('\n'), shown)
    for (const key of Object.values(KEYS)) assert.ok(!shown.includes(key), shown)
    const methods = []
    for (let at = Object.getPrototypeOf(pay[name]); at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      methods.push(...Object.getOwnPropertyNames(at).filter((one) => !['constructor', 'execute', 'openBill'].includes(one)))
    }
    assert.ok(methods.length > 3)
    for (const method of methods) assert.ok(shown.includes(method), `${name}.${method}`)
    assert.ok(!/\b(execute|openBill|constructor)\b/.test(shown), shown)
  }
  const all = inspect(pay, { depth: 9, showHidden: true })
  for (const key of Object.values(KEYS)) assert.ok(!all.includes(key))
})

test('the parts of a client show which keys are set, by their names in Node', () => {
  const pay = new WxPay({ ...OWN, apiKey: KEYS.apiKey })
  assert.match(inspect(pay.oauth), /^pay\.oauth \{ api: OAuth \(网页授权\), appid: wxd930ea5d5a258f4f, appSecret: not set, methods: accessToken, /)
  assert.match(inspect(pay.notify), /mchId: 10000100, apiKey: set, apiV3Key: not set, platformPublicKey: not set/)
  assert.match(inspect(pay.wecom), /corpSecret: not set/)
  assert.match(inspect(pay.v3), /clientCert: not set, clientKey: not set, clientP12: not set/)
  const full = new WxPay({ ...OWN, ...KEYS, ...OTHERS })
  assert.match(inspect(full.oauth), /appSecret: set/)
  assert.match(inspect(full.wecom), /agentId: 1000002, corpSecret: set/)
  assert.match(inspect(full.notify), /api: APIv2, APIv3,.* notifyUrl: https:\/\/shop\.example\/notify/)
  assert.match(inspect(full.v3), /subMchId: 10000101.* apiV3Key: set/)
})

test('a proxy of a part can be logged, as mocks and reactive state have it', () => {
  const pay = new WxPay({ ...OWN, ...KEYS, ...OTHERS })
  for (const name of ['oauth', 'jssdk', 'wecom', 'notify', 'v3']) {
    for (const stand of [new Proxy(pay[name], {}), Object.create(pay[name])]) {
      assert.equal(inspect({ stand }), `{ stand: pay.${name} {} }`)
    }
  }
})

test('a bill', () => {
  assert.equal(inspect(readBill(Buffer.from('x'))), 'Bill { bytesRead: 0, started: false }')
})

const FEE = 100
const CURSOR = '\u001b[31m\u202e'

/** A payment that was notified, and what became of it. */
async function paid() {
  const wechat = await startEmulator()
  const events = []
  const pay = new WxPay({ ...wechat.options, onEvent: (event) => events.push(event) })
  const out_trade_no = newOutTradeNo()
  await pay.unifiedorder({ body: '茶', out_trade_no, total_fee: FEE, openid: wechat.openid, spbill_create_ip: '127.0.0.1' })
  const { transaction_id } = await wechat.pay({ out_trade_no })
  return { wechat, pay, events, out_trade_no, body: wechat.notification({ out_trade_no, transaction_id, openid: wechat.openid }) }
}

/** The names in the lines of a text, and its title. */
const namesIn = (shown) => {
  const [title, ...lines] = shown.split('\n')
  return [title, ...lines.filter((line) => /^ {2}\w/.test(line)).map((line) => line.trim().split(/ +/)[0])]
}

/** A plain object stays one, whatever it shows. */
function isPlain(object) {
  const same = Object.fromEntries(Object.entries(object))
  assert.deepEqual(object, same)
  assert.deepEqual({ ...object }, same)
  assert.deepEqual(Reflect.ownKeys({ ...object }), Object.keys(object))
  assert.equal(JSON.stringify(object), JSON.stringify(same))
  assert.equal(Object.getPrototypeOf(object), Object.prototype)
  assert.ok(Object.isFrozen(object))
}

test('what became of a payment is shown as in Python: the state first, amounts in yuan too, the openid shortened', async () => {
  const { wechat, pay, events, out_trade_no, body } = await paid()
  try {
    const onPaid = () => undefined
    const handled = await pay.notify.handle(body, { amountOf: () => FEE, onPaid })
    const created = new Date(Date.now() - 40_000)
    const [again] = await pay.notify.reconcile([{ out_trade_no, total_fee: FEE, created }], { onPaid })
    const [young] = await pay.notify.reconcile([{ out_trade_no: 'A1', total_fee: FEE, created: new Date() }], { onPaid })
    const [refund] = await pay.notify.reconcileRefunds([{ out_refund_no: 'R1', refund_fee: FEE, created }], { onRefunded: onPaid })
    assert.deepEqual(namesIn(inspect(handled)), ['Handled', 'state', 'out_trade_no', 'payment'])
    assert.match(inspect(handled), /^Handled\n {2}state +delivered\n/)
    assert.match(inspect(handled), /\n {2}payment +ConfirmedPayment\n {4}trade_state +SUCCESS\n/)
    assert.ok(inspect(handled).includes('¥1.00 (100 fen)') && !inspect(handled).includes(wechat.openid), inspect(handled))
    assert.equal(inspect(again), `Reconciled\n  state         handed_over\n  out_trade_no  ${out_trade_no}`)
    assert.deepEqual(namesIn(inspect(young)), ['Reconciled', 'state', 'out_trade_no', 'next_due'])
    const due = new Date(young.next_due.getTime() + 8 * 3_600_000).toISOString()
    assert.ok(inspect(young).endsWith(`  next_due      ${due.slice(0, 10)} ${due.slice(11, 19)}`), inspect(young))
    assert.deepEqual(namesIn(inspect(refund)), ['ReconciledRefund', 'state', 'out_refund_no', 'error'])
    assert.match(inspect(refund), /\n {2}error +BusinessError: /)
    assert.match(inspect(events[0]), /^CallEvent\n {2}outcome +ok\n {2}endpoint +unifiedorder\n/)
    assert.match(inspect(events[0]), /\n {2}again +no$/)
    for (const object of [handled, again, young, refund, events[0], ...(await pay.check()).findings]) {
      isPlain(object)
      // In an object of the user's, as deep as everything else.
      assert.match(inspect({ a: { b: { c: { object } } } }, { depth: 3 }), /object: \[[A-Z]\w+\]/)
      assert.equal(inspect(object, { depth: null }).split('\n')[0], inspect(object).split('\n')[0])
    }
  } finally {
    await wechat.stop()
  }
})

test('a combined order shows its parts, and each of them what it is', () => {
  const part = { state: 'failed', error: new Error(CURSOR), parts: [] }
  const handled = showAs({ state: 'failed', out_trade_no: CURSOR, parts: [showAs(part, HANDLED)], delivered: false }, HANDLED)
  const shown = inspect(handled)
  assert.deepEqual(namesIn(shown), ['Handled', 'state', 'out_trade_no', 'parts[0]'])
  assert.match(shown, /\n {2}parts\[0\] +Handled\n {4}state +failed\n {4}error +Error: /)
  assert.ok(shown.includes('out_trade_no  \\u{1b}[31m\\u{202e}\n'), shown)
})

test('a payment by code shows where it is, and how it ended', async () => {
  const wechat = await startEmulator()
  try {
    const progress = []
    const pay = new WxPay(wechat.options)
    const { auth_code } = await wechat.control('POST', '/_emulator/payment-code', {})
    const fields = { body: '茶', out_trade_no: newOutTradeNo(), total_fee: FEE, auth_code, spbill_create_ip: '127.0.0.1' }
    const result = await pay.payByCode(fields, { onProgress: (one) => progress.push(one) })
    assert.match(inspect(result), /^CodeResult\n {2}state +paid\n/)
    assert.ok(inspect(result).includes('¥1.00 (100 fen)'), inspect(result))
    assert.match(inspect(progress[0]), /^CodeProgress\n {2}stage +charging\n/)
    const refused = await pay.payByCode({ ...fields, out_trade_no: newOutTradeNo(), auth_code: '134579064252415427' })
    assert.deepEqual(namesIn(inspect(refused)).slice(0, 3), ['CodeResult', 'state', 'out_trade_no'])
    assert.ok(inspect(refused).includes(`advice_zh     ${refused.advice_zh}`), inspect(refused))
    ;[result, progress[0], refused].forEach(isPlain)
  } finally {
    await wechat.stop()
  }
})

test('a warning', async () => {
  const warnings = []
  new WxPay({ ...OWN, apiKey: KEYS.apiKey, endpoints: 'http://127.0.0.1:8', onWarning: (warning) => warnings.push(warning) })
  for (let i = 0; i < 100 && warnings.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.match(inspect(warnings[0]), /^Warning\n {2}message +endpoints is set: /)
  isPlain(warnings[0])
})

test('an order of the emulator, and its history', async () => {
  const { wechat, pay, out_trade_no } = await paid()
  try {
    await wechat.advance(0)
    await pay.refund({ out_trade_no, out_refund_no: `${out_trade_no}R`, total_fee: FEE, refund_fee: 40 })
    const [listed] = await wechat.orders({ out_trade_no })
    const other = newOutTradeNo()
    await pay.unifiedorder({ body: '茶', out_trade_no: other, total_fee: FEE, openid: wechat.openid, spbill_create_ip: '127.0.0.1' })
    const visited = await wechat.pay({ out_trade_no: other })
    Object.assign(visited, { pay, big: 1n, add: () => 1 })
    assert.ok(inspect(visited).includes('oUpF…eS6o') && visited.openid === wechat.openid, inspect(visited))
    for (const order of [await wechat.order(out_trade_no), listed]) {
      const shown = inspect(order)
      assert.match(shown, /^EmulatedOrder\n {2}trade_state +REFUND\n/)
      assert.ok(shown.includes('¥1.00 (100 fen)') && shown.includes('oUpF…eS6o') && !shown.includes(wechat.openid), shown)
      // The data are WeChat's.
      assert.deepEqual([order.openid, order.total_fee], [wechat.openid, FEE])
      assert.deepEqual(order, JSON.parse(JSON.stringify(order)))
      assert.equal(inspect({ order }, { depth: 0 }), '{ order: [EmulatedOrder] }')
    }
    const history = await wechat.timeline(out_trade_no)
    const [title, ...rows] = inspect(history).split('\n')
    assert.equal(title, `order ${out_trade_no}`)
    assert.equal(rows.length, history.moments.length)
    assert.deepEqual([...history].map(({ lane, what, ok }) => [lane, what, ok]), [
      ['request', '/pay/unifiedorder', true],
      ['customer', 'paid', true],
      ['notification', 'notification', false],
      ['request', '/secapi/pay/refund', true],
    ])
    assert.match(rows[1], /^ {2}\d{4}(-\d\d){2} \d\d:\d\d:\d\d {2}customer {7}paid +ok {6}¥1\.00 \(100 fen\)$/)
    assert.equal(new Set(rows.map((row) => row.search(/ (ok|failed)/))).size, 1)
    assert.deepEqual(String(history).split('\n').length, rows.length)
    assert.equal(inspect(history.moments[1]), String(history).split('\n')[1])
    isPlain(history.moments[1])
    assert.deepEqual(structuredClone(history.moments[1]), history.moments[1])
    assert.ok(Math.abs(history.moments[0].at - Date.now()) < 60_000)
    await assert.rejects(wechat.timeline('nobody'), { name: 'EmulatorError' })
  } finally {
    await wechat.stop()
  }
})
