// Warnings: failures that do not fail a call. Which handler receives them, in which thread, and what it may do.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { newOutTradeNo, WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'
import { ObjectStore } from './places.mjs'
import { paid } from './shop.mjs'

const limit = { timeout: 30_000 }
const NO_STORE = { message: 'no store for the token', reason: "the store's get failed" }

let wechat
before(async () => {
  wechat = await startEmulator()
  // The first client of an address is warned of; see the test of that.
  new WxPay({ ...wechat.options, onWarning() {} })
})
after(() => wechat?.stop())

/** A store out of order, whose errors say more than a log should. */
const broken = () => Object.assign(new ObjectStore(), { get: () => { throw new Error(`no ${wechat.api_key}`) } })
const client = (options) => new WxPay({ ...wechat.options, store: broken(), ...options })

test('a client with endpoints emits one warning for each address', limit, async () => {
  const said = (address) => `endpoints is set: all calls, including payments, go to ${address} and not to WeChat`
  const heard = []
  const onWarning = ({ message }) => heard.push(message)
  for (const address of ['http://127.0.0.1:8795', 'http://127.0.0.1:8795', 'https://wechat.example']) {
    client({ endpoints: address, store: 'memory:', onWarning })
  }
  while (heard.length < 2) await sleep(10)
  const warned = once(process, 'warning')
  client({ endpoints: 'http://127.0.0.1:8796', store: 'memory:' })
  // A warning does not keep the process alive, so this timer does.
  const alive = setInterval(() => {}, 1000)
  const [{ name, message }] = await warned.finally(() => clearInterval(alive))
  assert.deepEqual([name, message], ['WxPayWarning', said('http://127.0.0.1:8796')])
  assert.deepEqual(heard, ['http://127.0.0.1:8795', 'https://wechat.example'].map(said))
})

test('a time of payByCode in another unit is warned of', limit, async () => {
  const heard = []
  // A refused code ends it at once, so that the time does not pass.
  const fields = { body: 'tea', out_trade_no: newOutTradeNo('W'), total_fee: 88, spbill_create_ip: '127.0.0.1', auth_code: '130000000000000000' }
  const pay = client({ store: 'memory:', onWarning: ({ message }) => heard.push(message) })
  assert.equal((await pay.payByCode(fields, { within: 30, interval: 5 })).state, 'refused')
  while (heard.length < 1) await sleep(10)
  assert.match(heard[0], /^within is 0\.03 seconds: is the unit right\?/)
})

test('a misspelt variable is named once with the one that was meant', limit, async (t) => {
  const environment = { ...process.env }
  t.after(() => { process.env = environment })
  const right = { WXPAY_APPID: wechat.appid, WXPAY_MCH_ID: wechat.mch_id, WXPAY_API_KEY: '0'.repeat(32) }
  // The last two are another program's, and one whose right name is set too.
  process.env = { ...environment, ...right, WXPAY_NOTIFYURL: 'https://shop.example/n', WXPAY_PORT: '80', WXPAY_MCHID: wechat.mch_id }
  const heard = []
  for (let made = 0; made < 2; made += 1) WxPay.fromEnv({ store: 'memory:', onWarning: ({ message }) => heard.push(message) })
  while (heard.length === 0) await sleep(10)
  await sleep(50)
  assert.deepEqual(heard, ['WXPAY_NOTIFYURL is not a variable of wxpaykit and has no effect: did you mean WXPAY_NOTIFY_URL?'])
  delete process.env.WXPAY_MCH_ID
  assert.throws(() => WxPay.fromEnv({ store: 'memory:' }), {
    name: 'ConfigError', field: 'mchId', message: /; WXPAY_MCHID is set: did you mean WXPAY_MCH_ID\?$/,
  })
})

test('onWarning receives the failure of a store that tokens do not need, without secrets', limit, async () => {
  const warnings = []
  assert.equal(typeof (await client({ onWarning: (warning) => warnings.push(warning) }).jssdk.accessToken()), 'string')
  assert.deepEqual(warnings, [NO_STORE])
  assert.ok(Object.isFrozen(warnings[0]))
  assert.ok(!inspect(warnings).includes(wechat.api_key))
})

test('each client warns through its own onWarning', limit, async () => {
  const heard = [[], []]
  const clients = heard.map((warnings) => client({ onWarning: (warning) => warnings.push(warning) }))
  await clients[1].jssdk.accessToken()
  assert.deepEqual(heard, [[], [NO_STORE]])
})

test('without onWarning the process warns', limit, async () => {
  for (const onWarning of [undefined, null]) {
    const warned = once(process, 'warning')
    await client({ onWarning }).jssdk.accessToken()
    const [{ name, message }] = await warned
    assert.deepEqual([name, message], ['WxPayWarning', `${NO_STORE.message}: ${NO_STORE.reason}`])
  }
})

test('an onWarning that throws, or rejects, fails no call', limit, async () => {
  for (const onWarning of [() => { throw new Error('mine') }, async () => { throw new Error('mine') }]) {
    const warned = once(process, 'warning')
    assert.equal(typeof (await client({ onWarning }).jssdk.accessToken()), 'string')
    const [{ name, message }] = await warned
    assert.deepEqual([name, message], ['WxPayWarning', 'onWarning threw: Error: mine'])
  }
})

test('values without a text may be thrown by stores and listeners', limit, async () => {
  const unreadable = Object.defineProperty(new Error(), 'message', { get() { throw new Error('not this either') } })
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  for (const thrown of [unreadable, Object.assign(new Error(), { message: Symbol('no text') }), revoked.proxy]) {
    const store = Object.assign(new ObjectStore(), { get: () => { throw thrown } })
    const warned = once(process, 'warning')
    assert.equal(typeof (await client({ store, onWarning: () => { throw thrown } }).jssdk.accessToken()), 'string')
    assert.equal((await warned)[0].message, 'onWarning threw: it threw an Error that cannot be read')
  }
})

test('a warning says what a listener threw, and not a text that may be a secret', limit, async () => {
  for (const [thrown, said] of [[null, 'null'], [undefined, 'undefined'], ['a secret', 'a string'], [0, 'a number'], [{ key: 'k' }, 'an Object']]) {
    const warned = once(process, 'warning')
    await client({ store: 'memory:', onEvent: () => { throw thrown } }).jssdk.accessToken()
    assert.equal((await warned)[0].message, `onEvent threw: it threw ${said}`)
  }
})

test('an onEvent that rejects fails no call', limit, async () => {
  const warned = once(process, 'warning')
  await client({ store: 'memory:', onEvent: async () => { throw new Error('mine') } }).jssdk.accessToken()
  assert.equal((await warned)[0].message, 'onEvent threw: Error: mine')
})

test('a lease that is not renewed causes a warning while the payment is handed over', limit, async () => {
  const store = new ObjectStore()
  const warnings = []
  const pay = client({ store, lease: 300, onWarning: (warning) => warnings.push(warning) })
  const { body } = await paid(wechat, pay)
  const onPaid = async () => {
    const { compareAndSet } = store
    store.compareAndSet = () => { throw new Error('no disk') }
    while (warnings.length === 0) await sleep(10)
    store.compareAndSet = compareAndSet
  }
  const handled = await pay.notify.handle(body, { amountOf: () => 88, onPaid })
  assert.deepEqual([handled.delivered, handled.error], [true, undefined])
  const message = `order ${handled.payment.out_trade_no}: the lease of its payment was not renewed; trying again`
  assert.deepEqual(warnings[0], { message, reason: "the store's compareAndSet failed" })
})

/** Asks again and again, with a store out of order. */
const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { WxPay } = require('wxpaykit')
  const store = { get() { throw new Error('no disk') }, put() {}, add: () => true, compareAndSet: () => true, delete() {} }
  const pay = new WxPay({ ...workerData.options, store, onWarning: ({ message }) => parentPort.postMessage([workerData.name, message]) })
  const again = () => pay.jssdk.accessToken().then(() => workerData.often && again())
  again()`

test('threads receive warnings of their own clients, and the process ends by itself', limit, async () => {
  const script = `
    import { Worker } from 'node:worker_threads'
    import { newOutTradeNo, WxPay } from 'wxpaykit'
    const options = ${JSON.stringify(wechat.options)}
    const store = { get() { throw new Error('no disk') }, put() {}, add: () => true, compareAndSet: () => true, delete() {} }
    const pay = new WxPay({ ...options, store, onWarning: ({ message }) => console.log('main', message) })
    for (const name of ['one', 'two']) {
      const worker = new Worker(${JSON.stringify(WORKER)}, { eval: true, execArgv: [], workerData: { name, options } })
      worker.on('message', (heard) => console.log(...heard))
      await new Promise((resolve) => worker.once('exit', resolve))
    }
    await pay.jssdk.accessToken()`
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd, timeout: 20_000 })
  const lines = stdout.trim().split('\n')
  const [first] = lines.splice(lines.findIndex((line) => line.includes('endpoints is set')), 1)
  assert.match(first, /^main endpoints is set: /, 'one for the process, whatever threads make clients')
  assert.deepEqual(lines, ['one', 'two', 'main'].map((name) => `${name} ${NO_STORE.message}`))
  assert.equal(stderr, '')
})

test('concurrent threads that end during a warning', limit, async () => {
  for (let round = 0; round < 3; round++) {
    const workers = ['one', 'two', 'three'].map((name) => {
      return new Worker(WORKER, { eval: true, workerData: { name, often: true, options: wechat.options } })
    })
    const firsts = await Promise.all(workers.map((worker) => once(worker, 'message')))
    assert.deepEqual(firsts.map(([heard]) => heard), ['one', 'two', 'three'].map((name) => [name, NO_STORE.message]))
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
})

test('a time in another unit is warned of, under its name here', limit, async () => {
  const heard = []
  for (const options of [{ timeout: 5 }, { connectTimeout: 5 }, { timeout: 5_000_000 }, { timeout: 10_000 }]) {
    client({ ...options, store: 'memory:', onWarning: ({ message }) => heard.push(message) })
  }
  while (heard.length < 3) await sleep(10)
  const odd = heard.map((message) => message.split(':')[0])
  assert.deepEqual(odd, ['timeout is 0.005 seconds', 'connectTimeout is 0.005 seconds', 'timeout is 5000 seconds'])
})
