// What npm would publish, installed into projects of their own: ESM, CommonJS, TypeScript.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { holdsNoSecret } from '../no_secret.mjs'
import { PLATFORMS, here, packed } from './platform.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-'))
const TSC = join(ROOT, 'node_modules/.bin/tsc')
/** Without the emulator that was built here. */
const { WXPAYKIT_EMULATOR: _, ...env } = process.env
/** Everything that was printed. */
const shown = []
/** How a program ended. */
const ran = (command, args, options) => {
  const ended = spawnSync(command, args, { cwd: folder, encoding: 'utf8', ...options })
  shown.push(ended.stdout, ended.stderr)
  return ended
}
/** What a program printed that ended well. */
const printed = (command, args, options) => {
  const { status, stdout, stderr } = ran(command, args, options)
  assert.equal(status, 0, stderr)
  return stdout
}
const run = (command, ...args) => printed(command, args)
const USE = `
const pay = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: '192006250b4c09247ec02edce69f6a2d' })
const page = pay.jsapiParams('wx181745106234757180590000abcdef0000')
console.log(page.signType)
`

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

before(() => {
  assert.ok(existsSync(packed('wxpaykit')), 'make wheels packs what these tests install')
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  install(folder, 'wxpaykit', 'wxpaykit-emulator', `wxpaykit-${here.name}`, `wxpaykit-emulator-${here.name}`)
})

/** npm finds no other platform's package here, as nobody does that has another platform. */
function install(cwd, ...names) {
  printed('npm', ['install', '--silent', '--offline', '--no-audit', '--no-fund', ...names.map(packed)], { cwd })
}

/** A folder that has the packages of this platform and nothing else. */
function emptyProject() {
  // Not below `folder`, where Node would find the packages.
  const own = mkdtempSync(join(tmpdir(), 'wxpaykit-alone-'))
  after(() => rmSync(own, { recursive: true }))
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'shop', private: true }))
  install(own, 'wxpaykit', 'wxpaykit-emulator', `wxpaykit-${here.name}`, `wxpaykit-emulator-${here.name}`)
  return own
}

after(() => {
  rmSync(folder, { recursive: true })
  holdsNoSecret(shown.join('\n'))
})

test('the published package has no functions for tests', { timeout: 60_000 }, () => {
  const names = (path) => Object.keys(createRequire(import.meta.url)(path)).sort()
  const [built, there] = [names(join(ROOT, 'node/wxpaykit.node')), names(join(folder, `node_modules/wxpaykit-${here.name}`))]
  assert.deepEqual(built.filter((name) => !there.includes(name)), ['probe', 'probeStore'])
})

test("without its platform's package, one sentence says what to do", { timeout: 60_000 }, () => {
  // Not below `folder`, where Node would find the packages.
  const alone = mkdtempSync(join(tmpdir(), 'wxpaykit-alone-'))
  after(() => rmSync(alone, { recursive: true }))
  writeFileSync(join(alone, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  install(alone, 'wxpaykit', 'wxpaykit-emulator')
  const said = (script) => ran('node', ['-e', `try { ${script} } catch (error) { console.log(error.message) }`], { cwd: alone }).stdout
  const load = "require('wxpaykit')"
  assert.match(said(load), new RegExp(`^wxpaykit: the native module .*, and the package wxpaykit-${here.name} is not installed\\. .*--omit=optional.*\n$`))
  assert.match(said(`Object.defineProperty(process, 'platform', { value: 'freebsd' }); ${load}`), /^wxpaykit: .*there is no build for freebsd-\w+; the README lists.*\n$/)
  const program = "console.log(require('wxpaykit-emulator').binaryPath())"
  assert.match(said(program), new RegExp(`^wxpaykit-emulator: the package wxpaykit-emulator-${here.name} is not installed: .*\n$`))
  const clis = ['wxpaykit-emulator/cli.js', 'wxpaykit/node/dist/command.js']
  for (const [language, words] of [['en', /^wxpaykit.* is not installed/], ['zh', /^wxpaykit.*：.*没有安装 wxpaykit-.* 包/]]) {
    for (const cli of clis) {
      const start = ran('node', [`node_modules/${cli}`, '--version'], { cwd: alone, env: { ...process.env, WXPAYKIT_LANG: language } })
      assert.deepEqual([start.status, start.stderr.split('\n').length], [1, 2], start.stderr)
      assert.match(start.stderr, words)
    }
  }
  // Something else came in its place.
  const broken = join(alone, `node_modules/wxpaykit-${here.name}`)
  mkdirSync(broken)
  writeFileSync(join(broken, 'package.json'), JSON.stringify({ name: `wxpaykit-${here.name}`, version, main: 'wxpaykit.node' }))
  writeFileSync(join(broken, 'wxpaykit.node'), '404: Not Found\n')
  assert.match(said(load), /^wxpaykit: the native module wxpaykit\.node cannot be loaded \(.*\): .*wxpaykit\.node.*\n$/)
})

test('every platform is a package that the others name, and that the loader looks for', () => {
  const names = PLATFORMS.map(({ name }) => name)
  for (const of of ['wxpaykit', 'wxpaykit-emulator']) {
    const { optionalDependencies } = JSON.parse(readFileSync(join(folder, 'node_modules', of, 'package.json'), 'utf8'))
    assert.deepEqual(optionalDependencies, Object.fromEntries(names.map((name) => [`${of}-${name}`, version])))
  }
  const source = readFileSync(join(ROOT, 'node/ts/addon.ts'), 'utf8')
  assert.deepEqual([...source.matchAll(/require\('wxpaykit-([\w-]+)'\)/g)].map(([, name]) => name), names)
  const about = JSON.parse(readFileSync(join(folder, `node_modules/wxpaykit-${here.name}/package.json`), 'utf8'))
  assert.deepEqual([about.os, about.cpu, about.libc], [[here.os], [here.cpu], here.libc && [here.libc]])
})

test("npm's pages have no link to a file that is not there", () => {
  for (const path of ['wxpaykit/README.md', 'wxpaykit/docs/node.md', 'wxpaykit-emulator/README.md']) {
    const page = readFileSync(join(folder, 'node_modules', path), 'utf8')
    const links = [...page.matchAll(/(?:\]\(|src=")([^)"\s]+)/g)].map(([, link]) => link)
    assert.deepEqual(links.filter((link) => !/^(https?:\/\/|#|\/)/.test(link)), [], path)
    assert.ok(links.some((link) => /\/(blob|raw)\/main\/docs\//.test(link)), path)
  }
})

test("the repository's address is the same everywhere", () => {
  const address = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8').match(/^repository = "(.*)"$/m)[1]
  const { homepage, bugs, repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assert.deepEqual([homepage, bugs, repository.url], [address, `${address}/issues`, `git+${address}.git`])
  for (const [file, names] of [['pyproject.toml', 5], ['emulator/pyproject.toml', 5], ['SECURITY.md', 1]]) {
    const named = readFileSync(join(ROOT, file), 'utf8').match(/https:\/\/github\.com\/[^\s"`]+/g).filter((url) => `${url}/`.startsWith(`${address}/`))
    assert.equal(named.length, names, file)
  }
})

test('ESM', { timeout: 60_000 }, () => {
  writeFileSync(join(folder, 'use.mjs'), `import { WxPay } from 'wxpaykit'\n${USE}`)
  assert.equal(run('node', 'use.mjs'), 'HMAC-SHA256\n')
})

test('CommonJS', { timeout: 60_000 }, () => {
  writeFileSync(join(folder, 'use.cjs'), `const { WxPay } = require('wxpaykit')\n${USE}`)
  assert.equal(run('node', 'use.cjs'), 'HMAC-SHA256\n')
})

test('the command', { timeout: 60_000 }, () => {
  const command = join(folder, 'node_modules/.bin/wxpaykit')
  assert.match(run(command, '--version'), /^wxpaykit \d/)
  assert.equal(run(command, 'xml', 'total_fee=100'), '<xml><total_fee>100</total_fee></xml>\n')
  assert.match(run(command, 'emulator', '--', '--version'), /^wxpaykit-emulator \d/)
})

test('the command alone reaches a payment', { timeout: 120_000 }, async () => {
  const cwd = emptyProject()
  const npx = ['--offline', '--no-install', 'wxpaykit']
  const emulator = spawn('npx', [...npx, 'emulator', '--', '--port', '0', '--exit-with-stdin'], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [line] = await once(createInterface({ input: emulator.stdout }), 'line')
    const wechat = JSON.parse(line)
    const settings = { WXPAY_APPID: wechat.appid, WXPAY_MCH_ID: wechat.mch_id, WXPAY_API_KEY: wechat.api_key, WXPAY_ENDPOINTS: wechat.url }
    const said = (...args) => JSON.parse(printed('npx', [...npx, ...args, '--json'], { cwd, env: { ...env, ...settings } }))
    const order = { body: 'tea', out_trade_no: 'COMMAND0001', total_fee: 100, spbill_create_ip: '127.0.0.1', openid: wechat.openid, notify_url: 'http://127.0.0.1:9/wxpay/notify' }
    assert.match(said('order', ...Object.entries(order).map(([name, value]) => `${name}=${value}`)).prepay_id, /^wx/)
    const query = ['call', 'orderquery', `out_trade_no=${order.out_trade_no}`]
    assert.equal(said(...query).trade_state, 'NOTPAY')
    const paid = await fetch(`${wechat.url}/_emulator/pay`, { method: 'POST', body: JSON.stringify({ out_trade_no: order.out_trade_no }) })
    assert.equal(paid.status, 200)
    const { trade_state, total_fee } = said(...query)
    assert.deepEqual([trade_state, total_fee], ['SUCCESS', 100])
  } finally {
    emulator.stdin.end()
    if (emulator.exitCode === null) await once(emulator, 'exit')
  }
  assert.equal(emulator.exitCode, 0)
})

test('the emulator, by its own package', { timeout: 60_000 }, () => {
  assert.match(run(join(folder, 'node_modules/.bin/wxpaykit-emulator'), '--version'), /^wxpaykit-emulator \d/)
  const source = `import { WxPay, newOutTradeNo } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
const wechat = await startEmulator()
const pay = new WxPay(wechat.options)
const order = { body: 'x', out_trade_no: newOutTradeNo(), total_fee: 1, openid: wechat.openid, spbill_create_ip: '::1' }
await pay.unifiedorder(order)
await wechat.pay({ out_trade_no: order.out_trade_no })
console.log((await pay.orderquery({ out_trade_no: order.out_trade_no })).trade_state)
`
  writeFileSync(join(folder, 'shop.mjs'), source)
  assert.equal(runWithoutCheckout('shop.mjs'), 'SUCCESS\n')
})

test('Express, with a notification', { timeout: 120_000 }, () => {
  const shop = emptyProject()
  const { express } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devDependencies
  printed('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', `express@${express}`], { cwd: shop })
  writeFileSync(join(shop, 'shop.mjs'), `import express from 'express'
import { WxPay, newOutTradeNo } from 'wxpaykit'
import { wxpayNotify } from 'wxpaykit/express'
import { startEmulator } from 'wxpaykit/testing'
const app = express()
const server = app.listen(0, '127.0.0.1', async () => {
  const wechat = await startEmulator({ notifyUrl: \`http://127.0.0.1:\${server.address().port}/wxpay/notify\` })
  const pay = new WxPay(wechat.options)
  const out_trade_no = newOutTradeNo()
  const onPaid = (payment) => console.log('shipped', payment.out_trade_no === out_trade_no)
  app.post('/wxpay/notify', wxpayNotify(pay, { amountOf: () => 1, onPaid }))
  await pay.unifiedorder({ body: 'x', out_trade_no, total_fee: 1, openid: wechat.openid, spbill_create_ip: '::1' })
  await wechat.pay({ out_trade_no })
  await wechat.waitAcknowledged(out_trade_no)
  await wechat.stop()
  server.close()
})
`)
  assert.equal(printed('node', ['shop.mjs'], { cwd: shop, env }), 'shipped true\n')
})

function runWithoutCheckout(script) {
  return printed('node', [script], { env })
}

const TYPES = { types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] }
for (const [name, settings] of Object.entries({
  'Node alone': { lib: ['es2023'], ...TYPES },
  'a browser and nothing of Node': { lib: ['es2022', 'dom'], types: [] },
})) {
  test(`TypeScript, await using, with the types of ${name}`, { timeout: 60_000 }, () => {
    const source = `import { startEmulator } from 'wxpaykit/testing'
async function block(): Promise<() => Promise<unknown>> {
  await using wechat = await startEmulator()
  await wechat.journal()
  return () => wechat.journal()
}
void block().then((gone) => gone()).catch((error: Error) => console.log(error.message))
`
    compile('using.mts', source, { outDir: 'compiled', noEmit: false, ...settings })
    assert.match(runWithoutCheckout('compiled/using.mjs'), /it ended with status 0\n$/)
  })
}

for (const [kind, ending] of [['ESM', 'mts'], ['CommonJS', 'cts']]) {
  test(`TypeScript, ${kind}`, { timeout: 60_000 }, () => {
    const source = `import { WxPay, type ConfirmedPayment } from 'wxpaykit'
import { startEmulator, type Emulator } from 'wxpaykit/testing'
export const wechat: Promise<Emulator> = startEmulator({ frozenClock: true })
const pay = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: '192006250b4c09247ec02edce69f6a2d' })
export const page: string = pay.jsapiParams('wx181745106234757180590000abcdef0000').paySign
export async function paid(body: Uint8Array): Promise<number> {
  const payment: ConfirmedPayment = await pay.notify.confirm(body)
  return payment.total_fee
}
// @ts-expect-error: money is an integer, not text
void pay.unifiedorder({ body: 'x', out_trade_no: '1', total_fee: '1', spbill_create_ip: '127.0.0.1' })
`
    compile(`use.${ending}`, source, { lib: ['es2023'], ...TYPES })
  })
}

// TypeScript 6 and newer load no types of `node_modules/@types` by themselves: what needs Node's names them itself.
for (const name of ['wxpaykit', 'wxpaykit/testing', 'wxpaykit/express', 'wxpaykit/koa', 'wxpaykit/fastify', 'wxpaykit/fetch']) {
  test(`TypeScript, ${name}, in a project that names no types`, { timeout: 60_000 }, () => {
    const own = join(folder, 'unnamed')
    rmSync(own, { recursive: true, force: true })
    mkdirSync(join(own, 'node_modules/@types'), { recursive: true })
    for (const types of ['@types/node', 'undici-types']) {
      symlinkSync(join(ROOT, 'node_modules', types), join(own, 'node_modules', types))
    }
    const files = ['plain.mts', 'plain.cts']
    for (const file of files) {
      writeFileSync(join(own, file), `import * as all from '${name}'\nexport const names: string[] = Object.keys(all)\n`)
    }
    const compilerOptions = { strict: true, noEmit: true, target: 'es2022', module: 'nodenext' }
    writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    const { status, stdout } = ran(TSC, [], { cwd: own })
    assert.deepEqual([status, stdout], [0, ''])
  })
}

test('the resolution of types before `exports` has each of them', () => {
  const own = join(folder, 'node_modules/wxpaykit')
  const { exports, typesVersions } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
  const named = Object.keys(exports).filter((name) => !['.', './package.json'].includes(name))
  const old = Object.entries(typesVersions['*']).map(([name, [file]]) => {
    assert.match(readFileSync(join(own, file), 'utf8'), /^(export|import|declare|\/)/m, file)
    return `./${name}`
  })
  assert.deepEqual(old.sort(), named.sort())
})

function compile(file, source, settings) {
  writeFileSync(join(folder, file), source)
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', module: 'nodenext', ...settings }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  run(TSC, '-p', '.')
}

function packedFiles(name) {
  return run('tar', '-tzf', packed(name)).trim().split('\n').map((path) => path.replace('package/', '')).sort()
}

const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT', 'LICENSE-THIRD-PARTY']

test('nothing but the package is in it', { timeout: 60_000 }, () => {
  const files = packedFiles('wxpaykit')
  for (const needed of ['node/dist/index.mjs', 'node/dist/index.js', 'node/dist/index.d.ts', 'node/dist/index.d.mts', 'node/dist/testing.js', 'node/dist/testing.mjs', ...LICENCES]) {
    assert.ok(files.includes(needed), needed)
  }
  const allowed = /^(node\/dist\/|node\/bin\/|package\.json$|README\.md$|LICENSE-(MIT|APACHE|THIRD-PARTY)$|docs\/node\.md$)/
  assert.deepEqual(files.filter((file) => !allowed.test(file)), [])
  assert.deepEqual(packedFiles(`wxpaykit-${here.name}`), [...LICENCES, 'README.md', 'package.json', 'wxpaykit.node'])
  assert.deepEqual(packedFiles('wxpaykit-emulator'), [...LICENCES, 'README.md', 'cli.js', 'index.d.ts', 'index.js', 'package.json'])
  assert.deepEqual(packedFiles(`wxpaykit-emulator-${here.name}`), [...LICENCES, 'README.md', 'package.json', 'wxpaykit-emulator'])
})

test('the licences are those of the repository', () => {
  for (const name of ['wxpaykit', 'wxpaykit-emulator', `wxpaykit-${here.name}`]) {
    for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-THIRD-PARTY']) {
      const installed = readFileSync(join(folder, 'node_modules', name, licence))
      assert.deepEqual(installed, readFileSync(join(ROOT, licence)))
    }
  }
})
