// What npm would publish, installed into projects of their own: ESM, CommonJS, TypeScript.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-'))
const run = (command, ...args) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' })
const USE = `
const pay = new WxPay({ appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: '192006250b4c09247ec02edce69f6a2d' })
const page = pay.jsapiParams('wx181745106234757180590000abcdef0000')
console.log(page.signType)
`

/** The package's files with a native module as it is published: the one of the repository is for tests. */
const published = join(folder, 'published')

before(() => {
  for (const path of ['package.json', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-THIRD-PARTY', 'docs/node.md', 'node/dist', 'node/scripts']) {
    cpSync(join(ROOT, path), join(published, path), { recursive: true })
  }
  execFileSync('node', ['node/scripts/build.mjs', '--published', '--into', join(published, 'node')], { cwd: ROOT, stdio: 'inherit' })
  const packed = [published, join(ROOT, 'emulator/node')].map((path) => {
    const said = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: path, encoding: 'utf8' })
    return join(folder, said.trim().split('\n').pop())
  })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }))
  run('npm', 'install', '--silent', '--offline', '--no-audit', '--no-fund', ...packed)
})
after(() => rmSync(folder, { recursive: true }))

test('the published package has no functions for tests', { timeout: 60_000 }, () => {
  const names = (path) => Object.keys(createRequire(import.meta.url)(join(path, 'node/wxpaykit.node'))).sort()
  const [built, there] = [names(ROOT), names(published)]
  assert.deepEqual(built.filter((name) => !there.includes(name)), ['probe', 'probeStore'])
  assert.deepEqual(there, names(join(folder, 'node_modules/wxpaykit')))
  assert.throws(() => execFileSync('npm', ['pack', '--dry-run'], { cwd: ROOT, stdio: 'pipe' }), /was built for tests/)
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

function runWithoutCheckout(script) {
  const { WXPAYKIT_EMULATOR: _, ...env } = process.env
  return execFileSync('node', [script], { cwd: folder, encoding: 'utf8', env })
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

function compile(file, source, settings) {
  writeFileSync(join(folder, file), source)
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', module: 'nodenext', ...settings }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  run(join(ROOT, 'node_modules/.bin/tsc'), '-p', '.')
}

function packedFiles(path) {
  const listed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--silent'], { cwd: path, encoding: 'utf8' }),
  )
  return (Array.isArray(listed) ? listed : Object.values(listed))[0].files.map((file) => file.path)
}

test('nothing but the package is in it', { timeout: 60_000 }, () => {
  const files = packedFiles(published)
  for (const needed of ['node/wxpaykit.node', 'node/dist/index.mjs', 'node/dist/index.js', 'node/dist/index.d.ts', 'node/dist/index.d.mts',
    'node/dist/testing.js', 'node/dist/testing.mjs', 'LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-THIRD-PARTY']) {
    assert.ok(files.includes(needed), needed)
  }
  const allowed = /^(node\/dist\/|node\/wxpaykit\.node$|package\.json$|README\.md$|LICENSE-(MIT|APACHE|THIRD-PARTY)$|docs\/node\.md$)/
  assert.deepEqual(files.filter((file) => !allowed.test(file)), [])
})

test("nothing but the emulator's package is in it", { timeout: 60_000 }, () => {
  assert.deepEqual(packedFiles(join(ROOT, 'emulator/node')).sort(), ['LICENSE-APACHE', 'LICENSE-MIT', 'LICENSE-THIRD-PARTY', 'README.md', 'cli.js', 'index.d.ts', 'index.js',
    'package.json', 'wxpaykit-emulator'])
})

test('the licences are those of the repository', () => {
  for (const name of ['wxpaykit', 'wxpaykit-emulator']) {
    for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-THIRD-PARTY']) {
      const installed = readFileSync(join(folder, 'node_modules', name, licence))
      assert.deepEqual(installed, readFileSync(join(ROOT, licence)))
    }
  }
})

test('the program that was built last is packed', () => {
  const root = join(folder, 'checkout')
  const place = join(root, 'emulator/node')
  mkdirSync(place, { recursive: true })
  for (const file of ['LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-THIRD-PARTY', 'emulator/node/prepack.js']) copyFileSync(join(ROOT, file), join(root, file))
  const build = (profile, seconds) => {
    const file = join(root, 'target', profile, 'wxpaykit-emulator')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${profile}, built at ${seconds}`)
    utimesSync(file, seconds, seconds)
  }
  const packed = () => {
    execFileSync('node', ['prepack.js'], { cwd: place })
    return readFileSync(join(place, 'wxpaykit-emulator'), 'utf8')
  }
  build('dist', 1000)
  assert.equal(packed(), 'dist, built at 1000')
  build('release', 2000)
  assert.equal(packed(), 'release, built at 2000')
  build('dist', 3000)
  assert.equal(packed(), 'dist, built at 3000')
})
