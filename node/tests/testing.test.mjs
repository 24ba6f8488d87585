// `wxpaykit/testing`: starts and ends, pays, moves the clock, makes things go wrong, says what is missing.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { newOutTradeNo, PaymentMismatch, SignatureError, TransportError, v3, WxPay } from 'wxpaykit'
import { Emulator, EmulatorError, findEmulator, signedNotification, startEmulator } from 'wxpaykit/testing'

process.env.WXPAYKIT_EMULATOR ??= fileURLToPath(new URL('../../target/wxpaykit-emulator', import.meta.url))
const limit = { timeout: 30_000 }
const tea = () => ({ body: '茶', out_trade_no: newOutTradeNo(), total_fee: 100, openid: Emulator.openid, spbill_create_ip: '127.0.0.1' })

test('the keys of APIv3 sign a request and verify its reply', limit, async () => {
  const wechat = await startEmulator()
  const { v3Options, v3Certificates: keys } = wechat
  assert.equal(new WxPay({ ...wechat.options, ...v3Options }).mchId, wechat.options.mchId)
  const url = `${wechat.url}/v3/certificates`
  const authorization = v3.authorization({
    mchId: wechat.options.mchId, serialNo: keys.serialNo, privateKey: keys.clientKey, method: 'GET', url,
  })
  const answer = await fetch(url, { headers: { authorization, accept: 'application/json', 'user-agent': 'test' } })
  const body = await answer.text()
  const known = { [keys.platformSerialNo]: keys.platformCertificate }
  assert.equal(v3.verify(Object.fromEntries(answer.headers), body, known), keys.platformSerialNo)
  assert.deepEqual(v3.certificates(body, v3Options.apiV3Key), known)
  await wechat.stop()
  const merchants = { appid: 'wx1234567890abcdef', mch_id: '1900000109', api_key: 'k'.repeat(32), app_secret: 's'.repeat(32) }
  const keyless = await startEmulator({ merchants })
  assert.equal(keyless.v3Options, undefined)
  await keyless.stop()
})

test('a purchase, and a day in no time', limit, async () => {
  const began = performance.now()
  const wechat = await startEmulator({ frozenClock: true })
  assert.ok(performance.now() - began < 5000)
  const order = tea()
  await new WxPay(wechat.options).unifiedorder(order)
  assert.equal((await wechat.pay({ out_trade_no: order.out_trade_no })).err_msg, 'get_brand_wcpay_request:ok')
  await assert.rejects(wechat.pay({ out_trade_no: 'none' }), { name: 'EmulatorError', message: /^POST \/_emulator\/pay: HTTP 4\d\d: [^{}]+$/ })
  assert.ok((await wechat.advance(25 * 3600)).ran >= 15) // The first may be under way already.
  assert.equal((await wechat.order(order.out_trade_no)).notifications.attempts.length, 16)
  await assert.rejects(wechat.waitAcknowledged(order.out_trade_no, 50), /not acknowledged; attempts/)
  const [made] = await wechat.orders({ limit: 1 })
  assert.deepEqual(await wechat.orders({ transaction_id: made.transaction_id }), [made])
  await assert.rejects(wechat.orders({ number: made.out_trade_no }), /orders are not found by number/)
  assert.equal((await wechat.journal(1))[0].path, '/_emulator/pay')
  await wechat.stop()
  await wechat.stop()
  await assert.rejects(wechat.orders(), EmulatorError)
})

test('faults, and notifications that no payment caused', limit, async () => {
  const wechat = await startEmulator()
  const pay = new WxPay({ ...wechat.options, timeout: 2000 })
  await wechat.fault('bad_gateway_before', { endpoint: '/pay/orderquery' })
  await assert.rejects(pay.orderquery({ out_trade_no: '1' }), TransportError)
  await wechat.clearFaults()
  await assert.rejects(wechat.fault('nonsense'), /there is no fault nonsense/)
  await assert.rejects(wechat.order('1'), /no order 1/)

  const parsed = pay.notify.parse(wechat.notification({ total_fee: 88, attach: 'a&b <c>' }))
  assert.deepEqual([parsed.total_fee, parsed.cash_fee, parsed.attach], [88, 88, 'a&b <c>'])
  assert.throws(() => pay.notify.parse(wechat.notification({ mch_id: '10000101' })), PaymentMismatch)
  assert.throws(() => pay.notify.parse(signedNotification({}, 'another key')), SignatureError)
  const md5 = new WxPay({ ...wechat.options, signType: 'MD5' })
  assert.equal(md5.notify.parse(signedNotification({}, wechat.options.apiKey, 'MD5')).total_fee, 100)
  await wechat.stop()
})

test('the control token is shown', limit, async () => {
  const wechat = await startEmulator({ args: ['--control-token', 'open-sesame'] })
  assert.deepEqual(await wechat.orders(), [])
  await wechat.stop()
})

test('the emulator shows no secret', limit, async () => {
  const wechat = await startEmulator({ args: ['--control-token', 'open-sesame'] })
  const { apiKey, appSecret } = wechat.options
  for (const shown of [inspect(wechat), inspect({ wechat }, { depth: 9, showHidden: true }), JSON.stringify({ wechat }), String(wechat)]) {
    for (const secret of [apiKey, appSecret, 'open-sesame']) {
      assert.ok(!shown.includes(secret), shown)
    }
  }
  assert.equal(inspect(wechat), `Emulator { url: '${wechat.url}' }`)
  assert.deepEqual(JSON.parse(JSON.stringify(wechat)), { url: wechat.url })
  assert.equal(new WxPay({ ...wechat.options, timeout: 2000 }).mchId, wechat.options.mchId)
  await wechat.stop()
})

test('unknown options are refused', limit, async () => {
  for (const [options, message] of [
    [{ notify_url: 'http://127.0.0.1:9/n' }, 'notify_url: is not an option; did you mean notifyUrl?'],
    [{ FrozenClock: true }, 'FrozenClock: is not an option; did you mean frozenClock?'],
    [{ frozenClock: true, port: 8700 }, 'port: is not an option'],
    [{ constructor: 'x' }, 'constructor: is not an option'],
  ]) {
    await assert.rejects(startEmulator(options), { name: 'InvalidRequest', message })
  }
  await (await startEmulator({ port: undefined, notify_url: null })).stop()
})

test('other merchants', limit, async () => {
  const merchant = { appid: `wx${'0'.repeat(16)}`, mch_id: '1900000109', api_key: 'k'.repeat(32), app_secret: 's' }
  const wechat = await startEmulator({ merchants: merchant, notifyUrl: 'http://127.0.0.1:9/other' })
  assert.deepEqual([wechat.options.mchId, wechat.options.notifyUrl], ['1900000109', 'http://127.0.0.1:9/other'])
  // The customer is one of that merchant's appid.
  assert.notEqual(wechat.openid, Emulator.openid)
  const order = { ...tea(), openid: wechat.openid }
  await new WxPay(wechat.options).unifiedorder(order)
  assert.match((await wechat.pay({ out_trade_no: order.out_trade_no, openid: wechat.openid })).err_msg, /:ok$/)
  assert.equal(wechat.tlsUrl, undefined)
  await wechat.stop()
  await assert.rejects(startEmulator({ merchants: { ...merchant, api_key: 'short' } }), /status 1\n.*api_key/)
})

test('an order with real times on a later day, back to now, and a port with TLS', limit, async () => {
  const wechat = await startEmulator({ frozenClock: true, args: ['--tls'] })
  await wechat.advance(86_400)
  const order = { ...tea(), time_expire: new Date(Date.now() + 30 * 60_000) }
  await new WxPay(wechat.options).unifiedorder(order)
  const { now } = await wechat.control('POST', '/_emulator/clock', { reset: true })
  assert.ok(Math.abs(now - Date.now() / 1000) < 10)
  await wechat.advance(31 * 60)
  assert.equal((await wechat.order(order.out_trade_no)).trade_state, 'CLOSED')

  const ca = await (await fetch(`${wechat.url}/_emulator/ca.pem`)).text()
  const answer = await new Promise((resolve, reject) => {
    const options = { ca, servername: 'api.mch.weixin.qq.com' }
    get(`${wechat.tlsUrl}/_emulator/health`, options, (response) => resolve(response.resume())).on('error', reject)
  })
  assert.equal(answer.statusCode, 200)
  await wechat.stop()
})

test('the emulator ends with the process that started it, and keeps no process from ending', limit, async () => {
  const source = `
    const { startEmulator } = require('wxpaykit/testing')
    startEmulator().then((wechat) => { console.log(wechat.url); process.argv[1] === 'stay' && setInterval(() => {}, 1000) })`
  for (const how of ['stay', 'go']) {
    const child = spawn(process.execPath, ['-e', source, how], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal ?? status)))
    const url = await new Promise((resolve) => createInterface(child.stdout).once('line', resolve))
    if (how === 'stay') {
      child.kill('SIGKILL')
    }
    assert.equal(await ended, how === 'stay' ? 'SIGKILL' : 0)
    const end = Date.now() + 5000
    while (await fetch(`${url}/_emulator/health`).then(() => true, () => false)) {
      assert.ok(Date.now() < end, 'the emulator is still there')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
})

test('a missing program is an error with the remedy', limit, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-'))
  const { PATH, WXPAYKIT_EMULATOR } = process.env
  const program = join(folder, 'wxpaykit-emulator')
  try {
    delete process.env.WXPAYKIT_EMULATOR
    process.env.PATH = folder
    assert.throws(findEmulator, /npm install --save-dev wxpaykit-emulator, .* WXPAYKIT_EMULATOR, such as the target\//)
    writeFileSync(program, '#!/bin/sh\nexit 3\n')
    await assert.rejects(startEmulator(), EmulatorError)
    chmodSync(program, 0o755)
    assert.equal(findEmulator(), program)
    await assert.rejects(startEmulator(), /did not start; it ended with status 3/)
  } finally {
    Object.assign(process.env, { PATH, WXPAYKIT_EMULATOR })
    rmSync(folder, { recursive: true })
  }
})

/** A program of some lines of JavaScript; its process's number is in `pid` once it began. */
function program(t, lines) {
  const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const binary = join(folder, 'program')
  const source = `#!${process.execPath}\nprocess.stdin.resume()\nrequire('fs').writeFileSync(${JSON.stringify(`${binary}.pid`)}, String(process.pid))\n`
  writeFileSync(binary, `${source}${lines}\n`)
  chmodSync(binary, 0o755)
  return { binary, pid: () => Number(readFileSync(`${binary}.pid`, 'utf8')) }
}

function assertGone(pid) {
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
}

const KEY = '192006250b4c09247ec02edce69f6a2d'
const ANNOUNCED = { url: 'http://127.0.0.1:9', appid: 'a', mch_id: 'm', api_key: KEY, app_secret: KEY }
const WRONG = {
  text: `listening, with the key ${KEY}`,
  broken: `{${KEY}`,
  list: JSON.stringify([KEY]),
  null: 'null',
  names: JSON.stringify({ url: 'http://127.0.0.1:9', api_key: KEY }),
  number: JSON.stringify({ ...ANNOUNCED, mch_id: 10000100 }),
  url: JSON.stringify({ ...ANNOUNCED, url: KEY }),
  long: 'x'.repeat(70_000),
}
for (const [name, line] of Object.entries(WRONG)) {
  test(`a program that says something else: ${name}`, limit, async (t) => {
    const { binary, pid } = program(t, `console.log(${JSON.stringify(line)})`)
    const error = await startEmulator({ binary }).catch((error) => error)
    assert.ok(error instanceof EmulatorError)
    assert.match(error.message, /is not a wxpaykit-emulator/)
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(KEY))
    assertGone(pid())
  })
}

test('a program that says nothing, or half a line', limit, async (t) => {
  for (const said of ['', '{"url": ']) {
    // Until it is known to have begun.
    const { binary, pid } = program(t, `process.stdout.write(${JSON.stringify(said)})`)
    for (let startTimeout = 500; ; startTimeout *= 2) {
      await assert.rejects(startEmulator({ binary, startTimeout }), { name: 'EmulatorError', message: /did not start within \d+ ms/ })
      if (existsSync(`${binary}.pid`) && pid() > 0) break
    }
    assertGone(pid())
  }
})

test('the error shows the output of a program that ends at once', limit, async (t) => {
  const { binary } = program(t, `for (let i = 0; i < 9; i++) console.error(i)\nprocess.exit(7)`)
  await assert.rejects(startEmulator({ binary }), { name: 'EmulatorError', message: /status 7\n  4\n  5\n  6\n  7\n  8$/ })
})

test('an emulator that is gone', limit, async (t) => {
  // It ends when it is asked anything.
  const { binary } = program(
    t,
    `const server = require('http').createServer(() => process.exit(5)).listen(0, '127.0.0.1', () => {
      console.log(JSON.stringify({ ...${JSON.stringify(ANNOUNCED)}, url: 'http://127.0.0.1:' + server.address().port }))
    })`,
  )
  const wechat = await startEmulator({ binary })
  const calls = [
    () => wechat.pay({ out_trade_no: '1' }),
    () => wechat.advance(1),
    () => wechat.orders(),
    () => wechat.order('1'),
    () => wechat.journal(),
    () => wechat.fault('drop'),
    () => wechat.clearFaults(),
    () => wechat.waitAcknowledged('1'),
  ]
  for (const call of calls) {
    await assert.rejects(call, { name: 'EmulatorError', message: /\/_emulator\/.*the emulator does not answer: ./ })
  }
  await wechat.stop()
  await assert.rejects(wechat.orders(), { name: 'EmulatorError', message: /does not answer: it ended with status 5$/ })
})

test('an answer that is not JSON', limit, async (t) => {
  for (const answer of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]', 'HTTP/1.0 200 OK\r\n\r\n<html>', 'SSH-2.0\r\n']) {
    const { binary } = program(
      t,
      `const server = require('net').createServer((socket) => socket.once('data', () => socket.end(${JSON.stringify(answer)})))
      server.listen(0, '127.0.0.1', () => {
        console.log(JSON.stringify({ ...${JSON.stringify(ANNOUNCED)}, url: 'http://127.0.0.1:' + server.address().port }))
      })`,
    )
    const wechat = await startEmulator({ binary })
    await assert.rejects(wechat.orders(), { name: 'EmulatorError', message: /does not answer: ./ })
    await wechat.stop()
  }
})

test('the emulator ends with the block', limit, async () => {
  const wechat = await startEmulator()
  await wechat[Symbol.asyncDispose]()
  await assert.rejects(wechat.orders(), /it ended with status 0/)
})

test('require and import give the same', limit, () => {
  assert.equal(createRequire(import.meta.url)('wxpaykit/testing').Emulator, Emulator)
})

test('one version for the emulator too', limit, () => {
  const root = new URL('../../', import.meta.url)
  const read = (path) => readFileSync(new URL(path, root), 'utf8')
  const version = /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(read('Cargo.toml'))[1]
  assert.ok(read('pyproject.toml').includes(`"wxpaykit-emulator==${version}"`))
  assert.ok(existsSync(new URL('emulator/pyproject.toml', root)))
})
