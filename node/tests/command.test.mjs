// npm's bin `wxpaykit`: the same command as pip's, which python/tests/test_command.py tests as a whole.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildXml, newOutTradeNo, sign } from 'wxpaykit'
import { holdsNoSecret } from '../../tests/no_secret.mjs'
import { BUILT, startEmulator } from './emulator.mjs'

const PROGRAM = fileURLToPath(new URL('../dist/command.js', import.meta.url))
const OTHER_KEY = '0123456789abcdef0123456789abcdef'
/** What a person sees: the command at a terminal of its own. Python has one in its standard library. */
const TERMINAL = ['-c', 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))']
let wechat
let env
const shown = []

before(async () => {
  wechat = await startEmulator()
  const kept = Object.entries(process.env).filter(([name]) => !/^WXPAY_|^NO_COLOR$/.test(name))
  env = {
    ...Object.fromEntries(kept),
    TERM: 'xterm',
    WXPAYKIT_LANG: 'en',
    WXPAY_APPID: wechat.appid,
    WXPAY_MCH_ID: wechat.mch_id,
    WXPAY_API_KEY: wechat.api_key,
    WXPAY_APP_SECRET: wechat.app_secret,
    WXPAY_ENDPOINTS: wechat.url,
    WXPAY_NOTIFY_URL: 'http://127.0.0.1:9/notify',
    WXPAY_STORE: 'memory:',
  }
})
after(() => {
  holdsNoSecret(shown.join('\n'), [OTHER_KEY])
  return wechat.stop()
})

function run(args, { input = '', more = {} } = {}) {
  return seen(spawnSync(process.execPath, [PROGRAM, ...args], { input, encoding: 'utf8', env: { ...env, ...more } }))
}

function atTerminal(args, more = {}) {
  const command = ['python3', [...TERMINAL, process.execPath, PROGRAM, ...args]]
  return seen(spawnSync(...command, { encoding: 'utf8', env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] }))
}

function seen({ status, stdout, stderr }) {
  shown.push(stdout, stderr)
  assert.doesNotMatch(stdout + stderr, /panicked|at Object\.<anonymous>|node:internal/)
  return { status, stdout, stderr }
}

for (const [language, wrong, colon, opened] of [['en', 'the signature is wrong', ': ', 'Usage: '], ['zh', '签名错误', '：', '用法：']]) {
  test(`signatures, through a pipe and at a terminal (${language})`, () => {
    const more = { WXPAYKIT_LANG: language }
    const signature = sign({ a: '1' }, wechat.api_key, 'MD5')
    assert.deepEqual(run(['sign', '-q', 'a=1'], { more }), { status: 0, stdout: `${signature}\n`, stderr: '' })
    const message = buildXml({ a: '1', sign: signature.replace(/^./, 'x') })
    const piped = run(['verify', '-'], { input: message, more })
    assert.equal(piped.status, 1)
    assert.ok(piped.stdout.startsWith(`${wrong}${colon}`), piped.stdout)
    const seenThere = atTerminal(['verify', message], more)
    assert.equal(seenThere.status, 1)
    assert.ok(seenThere.stdout.startsWith(`\x1b[31m${wrong}\x1b[0m${colon}`), seenThere.stdout)
    assert.ok(run(['--help'], { more }).stdout.includes(`${opened}wxpaykit`))
  })
}

test('an order at the emulator', () => {
  const number = newOutTradeNo()
  const fields = ['body=茶', `out_trade_no=${number}`, 'total_fee=1', 'spbill_create_ip=::1', `openid=${wechat.openid}`]
  assert.match(run(['order', ...fields]).stdout, /^prepay_id {3}wx/m)
  assert.equal(JSON.parse(run(['query', '--json', `out_trade_no=${number}`]).stdout).trade_state, 'NOTPAY')
  const { status, stdout, stderr } = run(['query', 'out_trade_no=NONE'])
  assert.deepEqual([status, stdout], [1, ''])
  assert.match(stderr, /^wxpaykit: orderquery: ORDERNOTEXIST/m)
  assert.equal(run(['doctor']).status, 0)
})

test('wrong input, and a key on the command line', () => {
  for (const args of [['nothing'], ['verify', '/no/such/file'], ['sign', '--key', OTHER_KEY, 'a=1'], ['order', 'total_fee=1.5']]) {
    const { status, stdout, stderr } = run(args)
    assert.deepEqual([status, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^wxpaykit: .*$/m)
  }
})

test('a shop gets a test notification while this process serves it', async () => {
  let body = ''
  const shop = createServer((request, response) => {
    request.on('data', (piece) => (body += piece))
    request.on('end', () => response.end('<xml><return_code>SUCCESS</return_code></xml>'))
  })
  await once(shop.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${shop.address().port}/`
  const command = spawn(process.execPath, [PROGRAM, 'notify', '--to', url, 'total_fee=7'], { env, stdio: 'ignore' })
  assert.deepEqual(await once(command, 'exit'), [0, null])
  assert.match(body, /<total_fee>7<\/total_fee>/)
  shop.close()
})

test('the emulator, and Ctrl-C', async () => {
  const command = spawn(process.execPath, [PROGRAM, 'emulator', '--', '--port', '0'], {
    env: { ...env, WXPAYKIT_EMULATOR: BUILT },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: command.stdout }), 'line')
  assert.match(JSON.parse(line).url, /^http:\/\/127\.0\.0\.1:/)
  command.kill('SIGINT')
  assert.deepEqual(await once(command, 'exit'), [0, null])
})
