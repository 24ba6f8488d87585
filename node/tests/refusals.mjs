// Each call, refused with each code that is documented: the error's class, what is safe then, and what to do, in both
// languages. A call is repeated only where that cannot do anything twice. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { BusinessError, OAuthError, ProtocolError, WxPay } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
import { BUILT } from './emulator.mjs'

const read = (name) => JSON.parse(readFileSync(new URL(`../../tests/faults/${name}.json`, import.meta.url), 'utf8'))
const rules = read('matrix').refusals
const table = read('refusals')
const corp = {
  appid: 'ww1234567890abcdef',
  mch_id: '1900000109',
  api_key: '192006250b4c09247ec02edce69f6a2d',
  app_secret: 'corp-secret-0123456789',
  agent_id: '1000247',
}

// Emulators of their own: their faults are not for other tests. The appid of one merchant is the number of a corp.
let wechats
before(async () => {
  const [wechat, ofCorp] = await Promise.all([startEmulator({ binary: BUILT }), startEmulator({ binary: BUILT, merchants: corp })])
  wechats = { false: wechat, true: ofCorp }
})
after(() => Promise.all(Object.values(wechats ?? {}).map((wechat) => wechat.stop())))

const isOfPlatform = ({ api }) => api === 'platform' || api === 'wecom'

/** Each row of codes, with one of its names. Other calls get its other names. */
function refusals(call) {
  const turn = table.calls.indexOf(call)
  return table.codes[call.api].map((row) => {
    const [code, words] = row.names[turn % row.names.length]
    // Where a customer's code is at stake and WeChat is busy: whether the code still works then.
    const isCodeInDoubt = isOfPlatform(call) && call.class === 'once' && row.meaning === 'trouble'
    const isKept = isCodeInDoubt && rules.code_kept.includes(call.name)
    const meaning = isKept ? 'too_many' : row.meaning
    const bare = (code) => code.replaceAll('_', '')
    // What the code means in this call alone.
    const [, , en, zh] = call.own.find(([own, said]) => bare(own) === bare(code) && words.includes(said) && !said === !words) ?? []
    const usual = en === undefined ? row : { en, zh }
    const remedy = isCodeInDoubt ? table[isKept ? 'code_kept' : 'code_may_be_used'] : usual
    return { row, code, words, meaning, remedy, isRepeated: (rules.repeated[meaning] ?? []).includes(call.class) }
  })
}

// The table has the names of settings and functions as Python spells them. Fields of a call are spelled alike in both.
const NAMES = {
  agent_id: 'agentId',
  api_key: 'apiKey',
  app_secret: 'appSecret',
  authorize_url: 'authorizeUrl',
  client_cert: 'clientCert',
  client_key: 'clientKey',
  client_p12: 'clientP12',
  corp_secret: 'corpSecret',
  platform_public_key: 'platformPublicKey',
  platform_public_key_id: 'platformPublicKeyId',
}
const camel = (name) => name.replace(/_(.)/g, (_, c) => c.toUpperCase())
const methods = new Set(table.calls.map(({ name }) => name).filter((name) => name.startsWith('v3.')))
const spelt = (text) =>
  text.replace(/(?<![\w.])(?:v3\.)?[a-z0-9]+(?:_[a-z0-9]+)+(?!\w)/g, (name) =>
    methods.has(name) || methods.has(`v3.${name}`) ? camel(name) : (NAMES[name] ?? name),
  )

/** Strikes once: if the call is repeated although it must not be, it ends in another way. */
function faultOf(call, { row, code, words }) {
  // With a token that the client has fetched, the call is repeated once, with another one.
  const times = call.renews_token && row.meaning === 'dead_token' ? 2 : 1
  if (isOfPlatform(call)) return { fault: 'errcode', errcode: Number(code), errmsg: words || 'words', endpoint: call.path, times }
  const fault = { fault: 'refuse', code, message: words || '说明', times }
  return call.api === 'v3' ? { ...fault, status: row.status } : fault
}

function expect(call, { row, code, words, meaning, remedy }, error) {
  const [kind, own] = isOfPlatform(call) ? [OAuthError, { errcode: Number(code) }] : [code ? BusinessError : ProtocolError, {}]
  const isUnsafe = call.api === 'v3' && row.meaning === 'trouble' && call.class === 'query_first'
  const unsafe = call.name === 'v3.call' ? table.v3_trouble_of_call : table.v3_trouble_of_query_first
  const { en, zh } = isUnsafe ? unsafe : remedy
  if (kind === BusinessError) own.err_code = code
  const wanted = { name: kind.name, endpoint: call.name, retry: rules.retry[meaning][call.class], remedy: spelt(en) || undefined, remedy_zh: spelt(zh) || undefined, ...own }
  const found = Object.fromEntries(Object.keys(wanted).map((name) => [name, error[name]]))
  assert.deepEqual(found, wanted, `${code} ${words}: ${error}`)
  assert.ok(error instanceof kind)
  // The text gives the advice only once: where it names the call and the number of the next step, it does not say so in general too.
  for (const words of [/with the same /g, / a new /g, /[Qq]uery it|, or query|Call /g]) {
    assert.ok([...error.message.matchAll(words)].length <= 1, `${words} in ${error.message}`)
  }
}

/** The method of a call. Those of the open platform take what they need by position. */
function run(pay, { name, given, method: httpMethod, path: at, api }, isPositional) {
  const path = name.split('.').map((part, n) => (name.includes('.') && n > 0 ? part.replace(/_(.)/g, (_, c) => c.toUpperCase()) : part))
  const method = path.pop()
  const of = path.reduce((object, part) => object[part], pay)
  if (httpMethod !== undefined) {
    // The caller gives the path.
    return api === 'v2' ? of[method](at, given) : of[method](httpMethod, at, { [httpMethod === 'GET' ? 'query' : 'json']: given })
  }
  return isPositional ? of[method](...Object.values(given)) : of[method](given)
}

/** The tests of these calls. */
export function refusesEach(isOf) {
  for (const call of table.calls.filter(isOf)) {
    test(`${[call.name, call.method].join(' ').trim()}, refused with every code`, async () => {
      const wechat = wechats[call.is_of_corp]
      const more = call.is_of_corp ? { corpPaySecret: 'corp-secret-0123456789' } : wechat.v3Options
      const options = { ...wechat.options, ...more, store: 'memory:' }
      // What is repeated is repeated after a while, so this client does not.
      const [repeats, waits] = [1, 0].map((maxNetworkRetries) => new WxPay({ ...options, maxNetworkRetries }))
      for (const refused of refusals(call)) {
        await wechat.control('POST', '/_emulator/faults', faultOf(call, refused))
        const ended = run(refused.isRepeated ? waits : repeats, call, isOfPlatform(call))
        await assert.rejects(ended, (error) => {
          expect(call, refused, error)
          return true
        })
      }
      const faults = await wechat.control('GET', '/_emulator/faults')
      assert.ok(faults.every(({ left }) => left === 0))
      await wechat.control('DELETE', '/_emulator/faults')
    })
  }
}

/** That no code is left out. */
export function asksForEvery() {
  test('every name of every code has its turn', () => {
    const asked = new Set(table.calls.flatMap((call) => refusals(call).map(({ code, words }) => `${call.api} ${code} ${words}`)))
    const every = Object.entries(table.codes).flatMap(([api, rows]) =>
      rows.flatMap(({ names }) => names.map(([code, words]) => `${api} ${code} ${words}`)),
    )
    assert.deepEqual(asked, new Set(every))
  })
}
