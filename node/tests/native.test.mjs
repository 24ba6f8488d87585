// The types of the native module, which napi writes, and what the built module has.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

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
