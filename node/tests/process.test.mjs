// The process around the package: it ends when it should, and threads of Node come and go.

import assert from 'node:assert/strict'
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { ack, newOutTradeNo, WxPay } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'
import { freePort, redis, sqlite } from './places.mjs'
import { paid, v3Paid } from './shop.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const limit = { timeout: 60_000 }
const run = promisify(execFile)

let wechat
before(async () => (wechat = await startEmulator()))
after(() => wechat?.stop())

/** Runs a script in a process of its own, from the project's root. */
function script(text, env = {}) {
  return run(process.execPath, ['--input-type=module', '-e', text], {
    cwd: root,
    timeout: 20_000,
    env: { ...process.env, ...env },
  })
}

const order = () => ({
  body: 'tea',
  out_trade_no: newOutTradeNo(),
  total_fee: 1,
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  spbill_create_ip: '127.0.0.1',
})

test('a process ends by itself once its calls are done, though connections are kept', limit, async () => {
  const { stdout } = await script(`
    import { WxPay } from 'wxpaykit'
    const pay = new WxPay(${JSON.stringify(wechat.options)})
    const { prepay_id } = await pay.unifiedorder(${JSON.stringify(order())})
    console.log(prepay_id.slice(0, 2))
  `)
  assert.equal(stdout, 'wx\n')
})

/** What a client of both APIs is made with, and a query by each of them as code. */
const bothAt = (url) => JSON.stringify({ ...wechat.options, ...wechat.v3Options, endpoints: url })
const QUERY = { orderquery: 'pay.orderquery', 'v3.query': 'pay.v3.query' }

test('a call in progress keeps its process alive', limit, async () => {
  const server = createServer((_, response) => setTimeout(() => response.writeHead(500).end(), 700))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    for (const query of Object.values(QUERY)) {
      const { stdout } = await script(`
        import { WxPay } from 'wxpaykit'
        const pay = new WxPay(${bothAt(`http://127.0.0.1:${server.address().port}`)})
        ${query}({ out_trade_no: 'A1' }).catch((error) => console.log(error.code))
      `)
      assert.equal(stdout, 'gateway\n')
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('an aborted call keeps nothing alive', limit, async () => {
  const server = createServer(() => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    for (const query of Object.values(QUERY)) {
      const started = Date.now()
      const { stdout } = await script(`
        import { WxPay } from 'wxpaykit'
        const pay = new WxPay(${bothAt(`http://127.0.0.1:${server.address().port}`)})
        const signal = AbortSignal.timeout(100)
        setTimeout(() => {}, 150)
        ${query}({ out_trade_no: 'A1' }, { signal }).catch((error) => console.log(error.code))
      `)
      assert.equal(stdout, 'cancelled\n')
      assert.ok(Date.now() - started < 8_000, 'it waited for the time limit')
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('process.exit ends a process with calls in progress', limit, async () => {
  const { stdout } = await script(`
    import { WxPay } from 'wxpaykit'
    const pay = new WxPay(${bothAt(wechat.url)})
    for (let i = 0; i < 100; i++) for (const call of [pay.orderquery({ out_trade_no: 'A' + i }), pay.v3.query({ out_trade_no: 'A' + i })]) call.catch(() => {})
    setTimeout(() => { console.log('bye'); process.exit(0) }, 20)
  `)
  assert.equal(stdout, 'bye\n')
})

test('workers work side by side, and may be ended in the middle of calls', { timeout: 120_000 }, async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { WxPay, sign } = require('wxpaykit')
    const pay = new WxPay(workerData.options)
    sign({ a: '1' }, 'k')
    const queries = [(order) => pay.orderquery(order), (order) => pay.v3.query(order)]
    const again = (query) => query({ out_trade_no: 'none' }).catch((error) => parentPort.postMessage(error.err_code)).then(() => again(query))
    for (let i = 0; i < 4; i++) queries.forEach(again)
  `
  const options = { ...wechat.options, ...wechat.v3Options }
  for (let round = 0; round < 5; round++) {
    const workers = Array.from({ length: 4 }, () => new Worker(source, { eval: true, workerData: { options } }))
    const firsts = await Promise.all(workers.map((worker) => once(worker, 'message')))
    for (const [code] of firsts) assert.equal(code.replaceAll('_', ''), 'ORDERNOTEXIST')
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
})

test('a worker alone may load the package, end, and leave nothing behind that breaks', limit, async () => {
  const { stdout } = await script(`
    import { Worker } from 'node:worker_threads'
    const options = ${JSON.stringify(wechat.options)}
    const source = "const { WxPay } = require('wxpaykit'); const pay = new WxPay(require('node:worker_threads').workerData);" +
      "pay.orderquery({ out_trade_no: 'none' }).catch((error) => console.log(error.err_code))"
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(source, { eval: true, execArgv: [], workerData: options })
      await new Promise((resolve) => worker.once('exit', resolve))
    }
    console.log('done')
  `)
  assert.equal(stdout, 'ORDERNOTEXIST\n'.repeat(3) + 'done\n')
})

test('processes of a cluster hand a payment over once, with SQLite and Redis', limit, async () => {
  const places = [sqlite(), await redis()]
  try {
    for (const { address } of places) {
      const options = { ...wechat.options, ...wechat.v3Options, store: address }
      const pay = new WxPay(options)
      const [one, both] = [await v3Paid(wechat, pay), await v3Paid(wechat, pay)]
      for (const messages of [[await paid(wechat, pay)], [one.v3], [both.v2, both.v3]]) {
        const posts = messages.map(({ body, headers }) => ({ body: body.toString('base64'), headers }))
        const { stdout } = await script(`
          import cluster from 'node:cluster'
          if (cluster.isPrimary) {
            cluster.setupPrimary({ exec: 'node/tests/cluster.mjs', execArgv: [] })
            const [OPTIONS, POSTS] = ${JSON.stringify([options, posts].map((value) => JSON.stringify(value)))}
            for (let i = 0; i < 4; i++) cluster.fork({ OPTIONS, POSTS })
          }
        `)
        const lines = stdout.trim().split('\n').sort()
        assert.deepEqual(lines, [...Array(19).fill('false undefined true'), 'true undefined true'])
      }
    }
  } finally {
    for (const place of places) await place.stop()
  }
})

/** Posts each notification three times to a cluster without a store of its own name: what it shipped, and its warnings. */
async function inCluster(options, bodies, state) {
  const port = await freePort()
  const shop = fork('node/tests/bare_cluster.mjs', {
    execArgv: [], env: { ...process.env, OPTIONS: JSON.stringify(options), PORT: String(port), XDG_STATE_HOME: state },
  })
  try {
    const found = { shipped: [], warnings: [] }
    await new Promise((resolve) => shop.on('message', (message) => {
      if (message === 'ready') resolve()
      else if (message.shipped !== undefined) found.shipped.push(message.shipped)
      else found.warnings.push(message.warning)
    }))
    const post = async (body) => (await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })).text()).includes('SUCCESS')
    let left = bodies.flatMap((body) => [body, body, body])
    for (let pass = 0; left.length > 0 && pass < 3; pass++) {
      const failed = []
      const all = left.values()
      // A copy that came while another worker was handing over is answered FAIL, and comes again.
      await Promise.all(Array.from({ length: 12 }, async () => {
        for (const body of all) if (!(await post(body))) failed.push(body)
      }))
      left = failed
    }
    assert.equal(left.length, 0)
    return found
  } finally {
    shop.kill()
  }
}

test('a cluster that names no store hands each payment over once', { timeout: 240_000 }, async () => {
  const pay = new WxPay(wechat.options)
  const sold = []
  for (let i = 0; i < 200; i++) sold.push(await paid(wechat, pay))
  const state = mkdtempSync(join(tmpdir(), 'wxpaykit-state-'))
  try {
    const { store, ...bare } = wechat.options
    const { shipped, warnings } = await inCluster(bare, sold.map(({ body }) => body), state)
    assert.deepEqual(shipped.sort(), sold.map(({ out_trade_no }) => out_trade_no).sort())
    // Each worker is a process.
    assert.equal(warnings.filter((text) => text.startsWith('endpoints is set: ')).length, warnings.length, String(warnings))
    assert.ok(warnings.length <= 3, String(warnings))
    assert.equal(statSync(join(state, 'wxpaykit', `${wechat.mch_id}.db`)).mode & 0o777, 0o600)
    // With the memory that it names, each worker says so, once.
    const some = sold.slice(0, 6).map(({ body }) => body)
    const { warnings: all } = await inCluster({ ...bare, store: 'memory:' }, [...some, ...some, ...some], state)
    const said = all.filter((text) => !text.startsWith('endpoints is set: '))
    assert.ok(said.length >= 1 && said.length <= 3 && said.every((text) => text.includes('the memory of this process')), String(said))
  } finally {
    rmSync(state, { recursive: true })
  }
})

test('without a place for the store, handling fails with the remedy and tokens work', limit, async () => {
  const { body, out_trade_no } = await paid(wechat, new WxPay(wechat.options))
  const { store, ...bare } = wechat.options
  const source = `
    const { WxPay } = require('wxpaykit')
    const pay = new WxPay(${JSON.stringify(bare)})
    const body = Buffer.from('${body.toString('base64')}', 'base64')
    const options = { amountOf: () => 88, onPaid() {} }
    pay.notify.handle(body, options).then(async ({ error, out_trade_no, delivered }) => {
      const token = await pay.jssdk.accessToken()
      const waiting = { totalFee: 88, within: 0 }
      const refused = await pay.waitForPayment(out_trade_no, { ...waiting, onPaid() {} }).catch((error) => error)
      // What needs no ledger works.
      const payment = await pay.waitForPayment(out_trade_no, waiting)
      const pending = [{ out_trade_no, total_fee: 88, created: new Date(Date.now() - 40_000) }]
      const [row] = await pay.notify.reconcile(pending, { onPaid() {} })
      console.log(JSON.stringify({
        errors: [error, refused, row.error].map(({ name, field, message }) => [name, field, message]),
        others: [out_trade_no, delivered, token.length > 0, payment.out_trade_no, row.state, row.out_trade_no],
      }))
    })`
  const { stdout } = await run(process.execPath, ['--no-warnings', '-e', source], {
    cwd: root, env: { ...process.env, XDG_STATE_HOME: '/dev/null/state' },
  })
  const { errors, others } = JSON.parse(stdout)
  assert.deepEqual(others, [out_trade_no, false, true, out_trade_no, 'failed', out_trade_no])
  for (const [name, field, message] of errors) {
    assert.deepEqual([name, field], ['ConfigError', 'store'])
    for (const part of ['WXPAY_STORE', 'sqlite:///', 'redis://', 'memory:']) assert.ok(message.includes(part), message)
  }
})

test('a worker that ends while it hands over lets another finish, when its lease is over', limit, async () => {
  const place = sqlite()
  try {
    const options = { ...wechat.options, store: place.address, lease: 500 }
    const pay = new WxPay(options)
    const { body } = await paid(wechat, pay)
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      const pay = new (require('wxpaykit').WxPay)(workerData.options)
      const onPaid = (_, key) => { parentPort.postMessage(key); return new Promise((done) => setTimeout(done, 60_000)) }
      pay.notify.handle(workerData.body, { amountOf: () => 88, onPaid })`
    const worker = new Worker(source, { eval: true, workerData: { options, body } })
    const [first] = await once(worker, 'message')
    await worker.terminate()
    const keys = []
    const handled = await pay.notify.handle(body, { amountOf: () => 88, onPaid: (_, key) => void keys.push(key) })
    assert.deepEqual([handled.delivered, handled.error], [true, undefined])
    assert.deepEqual(keys, [first])
  } finally {
    place.stop()
  }
})

test('workers with custom stores may end during a store operation', limit, async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { WxPay } = require('wxpaykit')
    const store = { get: () => new Promise((done) => setTimeout(done, 1)), put() {}, add: () => true, compareAndSet: () => true, delete() {} }
    const pay = new WxPay({ ...workerData, store, onEvent: () => parentPort.postMessage('event') })
    const again = () => pay.jssdk.accessToken().then(again, again)
    for (let i = 0; i < 8; i++) again()
  `
  for (let round = 0; round < 3; round++) {
    const workers = Array.from({ length: 4 }, () => new Worker(source, { eval: true, workerData: wechat.options }))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
})

test('a panic in the native module ends one call, and shows no secret', limit, async () => {
  // No thread can have such a stack, and the first call needs one. The code is no part of an address in a backtrace.
  const { stdout, stderr } = await script(
    `
      import { inspect } from 'node:util'
      import { ack, WxPay } from 'wxpaykit'
      const store = { get: () => { throw new Error('no disk') }, put() {}, add: () => true, compareAndSet: () => true, delete() {} }
      const pay = new WxPay({ ...${JSON.stringify(wechat.options)}, store })
      for (const call of [() => pay.orderquery({ out_trade_no: 'A1' }), () => pay.oauth.accessToken('oauth-code-0001'), () => pay.jssdk.accessToken()]) {
        const error = await call().catch((error) => error)
        console.log(error.name, error.code, error.outcome)
        console.error(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error))
      }
      console.log(ack().length)
    `,
    { RUST_MIN_STACK: String(2n ** 60n), RUST_BACKTRACE: 'full' },
  )
  assert.equal(stdout, `${'TransportError internal unknown\n'.repeat(3)}${ack().length}\n`)
  assert.match(stderr, /panicked at/)
  for (const secret of [wechat.api_key, wechat.app_secret, 'oauth-code-0001']) assert.ok(!stderr.includes(secret), stderr)
})

test('fromEnv reads the environment, files and overrides', limit, async () => {
  const { stdout } = await script(
    `
      import { WxPay } from 'wxpaykit'
      import { writeFileSync, mkdtempSync } from 'node:fs'
      const file = mkdtempSync(process.env.TMPDIR ? process.env.TMPDIR + '/k' : '/tmp/k') + '/key'
      writeFileSync(file, process.env.KEY + '\\n')
      process.env.WXPAY_API_KEY_FILE = file
      const pay = WxPay.fromEnv({ mchId: '10000101' })
      console.log(pay.appid, pay.mchId)
      delete process.env.WXPAY_APPID
      try { WxPay.fromEnv() } catch (error) { console.log(error.name, error.field, error.message) }
      console.log(WxPay.fromEnv({ appid: 'wxd930ea5d5a258f4f' }).appid)
    `,
    { WXPAY_APPID: wechat.appid, WXPAY_MCH_ID: wechat.mch_id, KEY: wechat.api_key },
  )
  const [first, second, third] = stdout.split('\n')
  assert.equal(first, `${wechat.appid} 10000101`)
  assert.match(second, /^ConfigError appid .*WXPAY_APPID_FILE/)
  assert.equal(third, wechat.appid)
})

test('one version for all', () => {
  const cargo = readFileSync(`${root}Cargo.toml`, 'utf8')
  const npm = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  assert.equal(npm.version, /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(cargo)[1])
  const lock = readFileSync(`${root}package-lock.json`, 'utf8')
  assert.equal(JSON.parse(lock).version, npm.version)
  assert.ok(!lock.includes('"resolved"'), 'the lock file names a mirror')
})
