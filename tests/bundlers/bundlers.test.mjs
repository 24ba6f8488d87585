// Bundles that users make, run as they run them: from the tarballs, in a folder of their own outside of this repository.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { runInThisContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { WxPay } from '../../node/dist/index.mjs'
import { startProgram } from '../../node/tests/emulator.mjs'
import { freePort } from '../../node/tests/places.mjs'
import { paid } from '../../node/tests/shop.mjs'
import { holdsNoSecret } from '../no_secret.mjs'
import { here, packed } from '../packages/platform.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Everything that was printed. */
const shown = []
/** Runs a program to its end: what it printed. */
const run = (command, args, options) => promisify(execFile)(command, args, options).then(heard, (error) => { throw heard(error) })
let folder
let wechat
before(async () => {
  // A linked system folder, as on macOS, is another root to Next.js than the one behind it.
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bundlers-')))
  const packages = join(folder, 'packages')
  assert.ok(existsSync(packed('wxpaykit')), 'make wheels packs what these tests install')
  // Next.js and esbuild as they are here, so that nothing is downloaded twice. Not by a link: Next.js follows none out of its folder.
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(HERE, name), join(folder, name))
  await copied(join(HERE, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(packages)
  const names = ['wxpaykit', 'wxpaykit-emulator'].flatMap((name) => [name, `${name}-${here.name}`])
  const tarballs = names.map((name) => join(packages, `${name}.tgz`))
  for (const tarball of tarballs) cpSync(packed(basename(tarball, '.tgz')), tarball)
  await run('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: folder })
  assert.ok(!folder.startsWith(ROOT), folder)
  const { packages: installed } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  assert.match(installed['node_modules/wxpaykit'].resolved, /^file:packages\//)
  const program = createRequire(join(folder, 'package.json'))('wxpaykit-emulator').binaryPath()
  assert.ok(program.startsWith(folder), program)
  wechat = await startProgram(program)
})
after(async () => {
  await wechat?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true })
  holdsNoSecret(shown.join('\n'))
})

/** Keeps what a program printed that ended. */
function heard(ended) {
  shown.push(ended.stdout, ended.stderr)
  return ended
}

/** Starts a server of Next.js, and keeps what it prints. */
function startNext(args, options) {
  const server = spawn(process.execPath, [join(folder, 'node_modules/next/dist/bin/next'), ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  server.stderr.pipe(process.stderr)
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => shown.push(String(chunk)))
  return server
}

/** A copy of a folder; files are the same ones where the file system can do that. */
async function copied(from, to) {
  await run('cp', ['-al', from, to]).catch(() => {
    rmSync(to, { recursive: true, force: true })
    cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  })
}

const SHOP = `
import { WxPay, newOutTradeNo } from 'wxpaykit'
import { wxpayNotify } from 'wxpaykit/fetch'
if (typeof wxpayNotify !== 'function') throw new Error('wxpaykit/fetch')
const pay = new WxPay(JSON.parse(process.env.OPTIONS))
const order = { body: 'x', out_trade_no: newOutTradeNo(), total_fee: 1, openid: process.env.OPENID, spbill_create_ip: '127.0.0.1' }
pay.unifiedorder(order).then(({ prepay_id }) => console.log(prepay_id.slice(0, 2)))
`

/** Bundles the shop by esbuild; returns what running it printed, or rejects. */
async function bundled(name, options) {
  const outfile = join(folder, name)
  await build({ entryPoints: [written()], outfile, bundle: true, platform: 'node', logLevel: 'silent', ...options })
  return printed(outfile)
}

/** Where the shop is. */
function written() {
  const entry = join(folder, 'shop.mjs')
  writeFileSync(entry, SHOP)
  return entry
}

/** What running a bundle printed. */
async function printed(outfile) {
  const env = { ...process.env, OPTIONS: JSON.stringify(wechat.options), OPENID: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }
  return (await run(process.execPath, [outfile], { env })).stdout
}

test('esbuild with --external:wxpaykit, as ESM and CommonJS', async () => {
  assert.equal(await bundled('esm.mjs', { format: 'esm', external: ['wxpaykit'] }), 'wx\n')
  assert.equal(await bundled('cjs.cjs', { format: 'cjs', external: ['wxpaykit'] }), 'wx\n')
})

for (const page of ['docs/bundlers-node.md', 'docs/zh/bundlers-node.md']) {
  test(`webpack with the options of ${page}, as CommonJS and ESM`, async () => {
    const [, row] = /^\| webpack \| `(.*)` \|$/m.exec(readFileSync(join(ROOT, page), 'utf8'))
    const options = runInThisContext(`({ ${row} })`)
    // Next.js carries webpack.
    const { webpack } = createRequire(join(folder, 'package.json'))('next/dist/compiled/webpack/webpack')
    for (const [filename, module] of [['webpack.cjs', false], ['webpack.mjs', true]]) {
      const compiler = webpack({
        mode: 'none', context: folder, entry: written(), output: { path: folder, filename, module }, experiments: { outputModule: module }, ...options,
      })
      const stats = await promisify(compiler.run.bind(compiler))()
      assert.deepEqual(stats.toJson().errors, [])
      const bundle = readFileSync(join(folder, filename), 'utf8')
      assert.ok(!bundle.includes('wxpaykit.node'), 'a module of the package is in the bundle')
      assert.equal(await printed(join(folder, filename)), 'wx\n')
    }
  })
}

test('esbuild that copies the native module beside the bundle', async () => {
  assert.equal(await bundled('copied.cjs', { format: 'cjs', loader: { '.node': 'copy' } }), 'wx\n')
})

for (const [name, loader] of [['a file name', 'file'], ['nothing', 'empty']]) {
  test(`a bundle that has ${name} in place of the native module says what to do`, async () => {
    await assert.rejects(bundled(`${loader}.cjs`, { format: 'cjs', loader: { '.node': loader } }), (error) => {
      const expected = /wxpaykit: the native module wxpaykit\.node cannot be loaded \(linux-\w+, Node v\d+.*bundler.*esbuild --external:wxpaykit.*serverExternalPackages/
      assert.match(error.stderr, expected)
      return true
    })
  })
}

test('a bundle without the native module fails with the remedy', async () => {
  const plugin = { name: 'lose', setup: ({ onResolve }) => onResolve({ filter: /\.node$|^wxpaykit-/ }, () => ({ path: './lost.node', external: true })) }
  await assert.rejects(bundled('lost.cjs', { format: 'cjs', plugins: [plugin] }), (error) => {
    assert.match(error.stderr, /wxpaykit: the native module wxpaykit\.node cannot be loaded .*lost\.node.*esbuild --external:wxpaykit/s)
    return true
  })
})

test('a Next.js route handler takes notifications over HTTP', { timeout: 300_000 }, async () => {
  const delivered = join(folder, 'delivered')
  const next = join(folder, 'node_modules/next/dist/bin/next')
  const cwd = join(folder, 'next')
  cpSync(join(HERE, 'next'), cwd, { recursive: true, filter: (path) => !path.endsWith('.next') })
  const { WXPAY_API_KEY: _, ...clean } = process.env
  const env = { ...clean, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
  // Without any setting of the shop.
  await run(process.execPath, [next, 'build'], { cwd, env, maxBuffer: 1 << 24 })
  const settings = {
    DELIVERED: delivered, WXPAY_APPID: wechat.appid, WXPAY_MCH_ID: wechat.mch_id, WXPAY_API_KEY: wechat.api_key, WXPAY_ENDPOINTS: wechat.url,
    WXPAY_STORE: 'memory:',
  }
  const server = startNext(['start', '--hostname', '127.0.0.1', '--port', '0'], { cwd, env: { ...env, ...settings } })
  try {
    const url = `${await address(server)}/wxpay/notify`
    const pay = new WxPay({ ...wechat.options, notifyUrl: url })
    const { out_trade_no, body } = await paid(wechat, pay)
    await wechat.control('/_emulator/clock', { advance_s: 0 })
    const [order] = await wechat.control(`/_emulator/orders?out_trade_no=${out_trade_no}`)
    assert.equal(order.notifications.acknowledged, true)
    for (const [sent, headers, word] of [
      [body, {}, 'SUCCESS'], [gzipSync(body), { 'Content-Encoding': 'gzip' }, 'SUCCESS'], ['<xml></xml>', {}, 'FAIL'], ['x'.repeat(70_000), {}, 'FAIL'],
    ]) {
      const answer = await fetch(url, { method: 'POST', body: sent, headers: { 'Content-Type': 'text/xml', ...headers } })
      // What is no XML may be of APIv3, which would take 200 for a success.
      assert.equal(answer.status, String(sent).startsWith('x') ? 500 : 200)
      assert.equal(answer.headers.get('content-type'), 'text/xml; charset=utf-8')
      assert.match(await answer.text(), new RegExp(`^<xml><return_code><!\\[CDATA\\[${word}\\]\\]></return_code>`))
    }
    assert.equal((await fetch(url)).status, 405)
    assert.equal(readFileSync(delivered, 'utf8'), `${out_trade_no}\n`)
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
})

test('the shop of the guide takes a payment under next dev', { timeout: 300_000 }, async () => {
  const page = readFileSync(join(ROOT, 'docs/first-payment.md'), 'utf8')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  for (const [, name, text] of page.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text.replaceAll('http://127.0.0.1:8000', url).replaceAll('http://127.0.0.1:8700', wechat.url))
  }
  const env = {
    ...process.env, NEXT_TELEMETRY_DISABLED: '1', WXPAY_APPID: wechat.appid, WXPAY_MCH_ID: wechat.mch_id, WXPAY_API_KEY: wechat.api_key,
    WXPAY_APP_SECRET: wechat.app_secret, WXPAY_ENDPOINTS: wechat.url, WXPAY_NOTIFY_URL: `${url}/wxpay/notify`,
  }
  const server = startNext(['dev', '--hostname', '127.0.0.1', '--port', String(port)], { cwd: folder, env })
  try {
    let said = ''
    server.stdout.on('data', (chunk) => (said += chunk))
    await once(server.stdout, 'data')
    const login = await fetch(url, { redirect: 'manual' })
    const cookie = login.headers.get('set-cookie').split(';')[0]
    const back = (await fetch(login.headers.get('location'), { redirect: 'manual' })).headers.get('location')
    const shown = await (await fetch(back, { headers: { cookie } })).text()
    const params = JSON.parse(/const params = (\{.*?\})<\/script>/.exec(shown)[1])
    const { err_msg, out_trade_no } = await wechat.control('/_emulator/pay', { params })
    assert.equal(err_msg, 'get_brand_wcpay_request:ok')
    while (!said.includes(`ship ${out_trade_no}\n`)) await once(server.stdout, 'data')
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
})

/** Where a server listens, once it says so. */
async function address(server) {
  let said = ''
  // Without it the loop's end closes the pipe, and the next line that the server prints ends the server.
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk
    const found = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(said)
    if (found) {
      server.stdout.resume()
      return found[0]
    }
  }
  throw new Error(`next did not start: ${said}`)
}
