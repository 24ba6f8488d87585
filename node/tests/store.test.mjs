// One contract for all stores, and what becomes of a store that does not keep it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { ConfigError, StoreError, WxPay, WxPayError } from 'wxpaykit'
import { AsyncStore, ObjectStore, redis, sqlite } from './places.mjs'
import { probeStore } from './probe.mjs'

const LONG = 60_000
const limit = { timeout: 60_000 }
const SETTINGS = { appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: '192006250b4c09247ec02edce69f6a2d' }

/** What every store does. `shared` ones are opened twice, as two processes would. */
async function contract(place, shared) {
  const one = probeStore(place)
  const other = shared ? probeStore(place) : one
  assert.equal(await one.get('a'), undefined)
  await one.put('a', '1', LONG)
  assert.equal(await other.get('a'), '1')
  await other.put('a', '二 \'"\n', LONG)
  assert.equal(await one.get('a'), '二 \'"\n')
  assert.equal(await one.add('a', '3', LONG), false)
  assert.equal(await one.compareAndSet('a', '1', '3', LONG), false)
  assert.equal(await one.compareAndSet('a', '二 \'"\n', '3', LONG), true)
  assert.equal(await other.get('a'), '3')
  await other.delete('a')
  await other.delete('a')
  assert.equal(await one.get('a'), undefined)
  assert.equal(await one.compareAndSet('a', '3', '4', LONG), false)
  assert.equal(await one.add('a', '5', LONG), true)
  assert.equal(await one.compareAndSet('a', '5', '5', 0), true)
  assert.equal(await other.get('a'), undefined)
  assert.equal(await one.add('a', '', LONG), true)
  assert.equal(await other.get('a'), '')
  assert.equal(await one.add('A', 'capital', LONG), true, 'another key')
  assert.deepEqual([await other.get('a'), await other.get('A')], ['', 'capital'])

  await one.put('short', 'v', 300)
  await one.put('longer', 'v', 300)
  assert.equal(await one.compareAndSet('longer', 'v', 'v', LONG), true)
  assert.equal(await other.add('short', 'v', LONG), false)
  await sleep(450)
  assert.equal(await other.get('short'), undefined)
  assert.equal(await other.compareAndSet('short', 'v', 'v', LONG), false)
  assert.equal(await other.add('short', 'v', LONG), true)
  assert.equal(await other.get('longer'), 'v')

  const added = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : other).add('race', String(i), LONG)))
  assert.equal(added.filter(Boolean).length, 1)
  await one.put('count', '0', LONG)
  const count = async (store) => {
    for (let done = 0; done < 5;) {
      const old = await store.get('count')
      done += Number(await store.compareAndSet('count', old, String(Number(old) + 1), LONG))
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, i) => count(i % 2 ? one : other)))
  assert.equal(await other.get('count'), '40')

  await one.put('large', 'x'.repeat(100_000), Number.MAX_SAFE_INTEGER)
  assert.equal((await other.get('large')).length, 100_000)
}

test('memory keeps the contract', limit, () => contract('memory:', false))
test('an object keeps the contract', limit, () => contract(new ObjectStore(), true))
test('an object with promises keeps the contract', limit, () => contract(new AsyncStore(), true))
test('SQLite keeps the contract', limit, async () => {
  const { address, stop } = sqlite()
  try {
    await contract(address, true)
  } finally {
    stop()
  }
})
test('Redis keeps the contract', limit, async () => {
  const { address, stop } = await redis()
  try {
    await contract(address, true)
  } finally {
    await stop()
  }
})

test('a store that breaks the contract is a StoreError that says how', limit, async () => {
  const cases = [
    [{ get: () => 1 }, /store's get must return a string, null or undefined, not a number/],
    [{ get: () => Buffer.from('x') }, /not a Buffer/],
    [{ add: () => 'yes' }, /store's add must return a boolean, not a string/],
    [{ add: () => undefined }, /must return a boolean, not nothing/],
    [{ get: () => { throw new Error('no disk') } }, /store's get failed/, /no disk/],
    [{ get: async () => { throw new RangeError('no net') } }, /store's get failed/, /RangeError: no net/],
    [{ get: () => Promise.reject('secret') }, /store's get failed/, /^it threw a string$/],
  ]
  for (const [broken, message, cause] of cases) {
    const store = probeStore(Object.assign(new ObjectStore(), broken))
    const error = await rejection('get' in broken ? store.get('k') : store.add('k', 'v', LONG))
    assert.ok(error instanceof StoreError && error instanceof WxPayError, inspect(error))
    assert.deepEqual([error.name, error.code, error.retry], ['StoreError', 'store', 'same_request'])
    assert.match(error.message, message)
    if (cause) assert.match(error.cause.message, cause)
  }
})

test('a store that never answers times out', limit, async () => {
  const never = () => new Promise(() => {})
  const store = Object.assign(new ObjectStore(), { get: never, add: never })
  const pay = new WxPay({ ...SETTINGS, endpoints: 'http://127.0.0.1:9', store, timeout: 300, appSecret: 'a'.repeat(32) })
  const started = Date.now()
  const mustNotRun = () => assert.fail('not for this')
  const pending = [{ out_trade_no: '1', total_fee: 1, created: new Date(Date.now() - 40_000) }]
  const [order] = await pay.notify.reconcile(pending, { onPaid: mustNotRun })
  assert.ok(order.error instanceof StoreError, inspect(order))
  assert.equal(order.error.message, 'the store did not answer in time')
  // Tokens do without a store.
  await rejection(pay.jssdk.accessToken())
  assert.ok(Date.now() - started < 5_000)
})

test('the error of an invalid store says what a store may be', limit, () => {
  for (const store of [{}, [], new Map(), { get() {} }, 'mysql://secret@host', 'redis', 1, true, () => {}]) {
    const error = thrown(() => new WxPay({ ...SETTINGS, store }))
    assert.ok(error instanceof ConfigError, inspect(store))
    assert.equal(error.field, 'store')
    assert.ok(!inspect(error).includes('secret'))
  }
  for (const [field, options] of [
    ['lease', { lease: 10 }], ['lease', { lease: '1' }], ['lease', { lease: NaN }], ['maxNetworkRetries', { maxNetworkRetries: -1 }],
    ['endpoints', { endpoints: 'http://192.0.2.1' }], ['endpoints', { endpoints: 'https://a.example,http://emulator:8700' }],
    ['maxNetworkRetries', { maxNetworkRetries: 2 ** 40 }], ['onEvent', { onEvent: 'x' }], ['max_network_retries', { max_network_retries: 1 }],
  ]) {
    const error = thrown(() => new WxPay({ ...SETTINGS, ...options }))
    assert.ok(error instanceof ConfigError, field)
    assert.equal(error.field, field)
  }
  assert.match(thrown(() => new WxPay({ ...SETTINGS, on_event() {} })).message, /did you mean onEvent/)
  new WxPay({ ...SETTINGS, store: new ObjectStore(), maxNetworkRetries: 0, lease: 100, onEvent() {} })
  new WxPay({ ...SETTINGS, endpoints: 'http://192.0.2.1', allowInsecureEndpoints: true, store: 'memory:', onWarning() {} })
})

test('an empty setting is invalid, not the default', limit, () => {
  const given = { WXPAY_APPID: SETTINGS.appid, WXPAY_MCH_ID: SETTINGS.mchId, WXPAY_API_KEY: SETTINGS.apiKey }
  const before = { ...process.env }
  try {
    for (const address of ['endpoints', 'store', 'notifyUrl', 'appSecret', 'subAppid', 'subMchId', 'signType']) {
      Object.assign(process.env, given, { WXPAY_ENDPOINTS: 'http://127.0.0.1:9', WXPAY_STORE: 'memory:' })
      for (const call of [() => new WxPay({ ...SETTINGS, [address]: '' }), () => WxPay.fromEnv({ [address]: '' })]) {
        const error = thrown(call)
        assert.ok(error instanceof ConfigError, inspect(error))
        assert.deepEqual([error.field, error.message], [address, `${address}: must not be empty; leave it out to do without`])
      }
      for (const nothing of [null, undefined]) {
        new WxPay({ ...SETTINGS, [address]: nothing })
        WxPay.fromEnv({ [address]: nothing })
      }
    }
  } finally {
    Object.keys(process.env).filter((name) => !(name in before)).forEach((name) => delete process.env[name])
    Object.assign(process.env, before)
  }
})

async function rejection(promise) {
  return promise.then(() => assert.fail('it did not reject'), (error) => error)
}

function thrown(call) {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'it did not throw' })
}
