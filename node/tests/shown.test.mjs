// What console.log shows of each class of the package: what it is and what matters of it, and no secret.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import * as main from 'wxpaykit'
import * as express from 'wxpaykit/express'
import * as fastify from 'wxpaykit/fastify'
import * as fetching from 'wxpaykit/fetch'
import * as koa from 'wxpaykit/koa'
import * as testing from 'wxpaykit/testing'

const { WxPay, readBill } = main
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
