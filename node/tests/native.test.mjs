// The types of the native module, which napi writes, and what the built module has.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const native = createRequire(import.meta.url)('../wxpaykit.node')
const types = readFileSync(new URL('../ts/native.d.ts', import.meta.url), 'utf8')

test('native.d.ts names what the module exports, and nothing else', () => {
  const declared = [...types.matchAll(/^export declare (?:function|class|enum) (\w+)/gm)].map(([, name]) => name)
  assert.deepEqual(declared.sort(), Object.keys(native).filter((name) => !name.startsWith('probe')).sort())
})

test('native.d.ts names the methods of each class', () => {
  const classes = [...types.matchAll(/^export declare class (\w+) \{\n(.*?)^\}/gms)]
  assert.ok(classes.length >= 3)
  for (const [, name, body] of classes) {
    const declared = [...body.matchAll(/^  (?:get )?(\w+)\(/gm)].map(([, method]) => method).filter((method) => method !== 'constructor')
    const there = Object.getOwnPropertyNames(native[name].prototype).filter((method) => method !== 'constructor')
    assert.deepEqual(declared.sort(), there.sort(), name)
  }
})

test('native.d.ts has the numbers of each enum', () => {
  for (const [, name, body] of types.matchAll(/^export declare enum (\w+) \{\n(.*?)^\}/gms)) {
    const declared = [...body.matchAll(/^  (\w+) = (\d+)/gm)].map(([, member, number]) => [member, Number(number)])
    assert.ok(declared.length > 0, name)
    assert.deepEqual(Object.fromEntries(declared), { ...native[name] }, name)
  }
})

test('what the module exports cannot be replaced, and nothing in it is memory that both sides write', () => {
  createRequire(import.meta.url)('../dist/addon.js')
  assert.ok(Object.isFrozen(native))
  assert.throws(() => {
    'use strict'
    native.sign = () => ''
  }, TypeError)
  const values = Object.values(native).flatMap((value) => (typeof value === 'object' ? [value, ...Object.values(value)] : [value]))
  assert.deepEqual(values.filter((value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer), [])
})

test('second and misused bridges end no process', async () => {
  const script = `
    const native = require('./node/wxpaykit.node')
    const { WxPay } = require('wxpaykit')
    const pay = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: 'k'.repeat(32), endpoints: 'http://127.0.0.1:9', maxNetworkRetries: 0 })
    for (let i = 0; i < 3; i++) new native.Bridge(() => {})
    const refused = [
      () => new native.Bridge(), () => new native.Bridge(7), () => native.Bridge(() => {}), () => new native.Client(), () => new native.Handling(),
      () => native.sign(7, true), () => native.sign('', true), () => native.sign('\\uffff\\uffff\\uffff', true), () => native.parseXml({}),
      () => new native.Bridge(() => {}).submit(1, {}, '', undefined), () => new native.Bridge(() => {}).submit(1, pay, '', undefined),
      () => native.Bridge.prototype.next.call({}), () => new native.Bridge(() => {}).handling(),
    ]
    const ended = refused.map((call) => { try { call(); return 'returned' } catch (error) { return error instanceof Error ? 'threw' : 'threw no Error' } })
    const bridge = new native.Bridge(() => { throw new Error('a wake that throws') })
    pay.orderquery({ out_trade_no: 'A1' }).catch((error) => console.log(error.outcome, ended.includes('threw no Error')))
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: fileURLToPath(new URL('../..', import.meta.url)) })
  assert.equal(stdout, 'not_sent false\n')
})
