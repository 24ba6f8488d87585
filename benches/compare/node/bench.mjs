// Compares wxpaykit with lean plain Node code for the same jobs: interleaved rounds, medians, and the lowest ratio that the
// project accepts. With `--check` it exits with 1 when a ratio is lower. Measure the published build: `npm run build:dist`.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { buildXml, sign, verify, WxPay } from 'wxpaykit'
import * as apiv3 from './apiv3.mjs'
import * as bills from './bills.mjs'
import * as plain from './plain.mjs'

const KEY = '192006250b4c09247ec02edce69f6a2d'
const MERCHANT = { appid: 'wxd930ea5d5a258f4f', mchId: '10000100', apiKey: KEY }
const ROUNDS = 201
/** Nanoseconds for which each work runs before it is measured, so that it is compiled when it counts. */
const WARM_UP = 200e6

const PREPAY_ID = 'wx201410272009395522657a690389285100'
/** The texts of real orders, and ASCII for the second row of each job. */
const TEXTS = {
  Chinese: { body: '腾讯充值中心-QQ会员充值', attach: '深圳分店' },
  ASCII: { body: 'QQ member recharge', attach: 'branch' },
}

const order = {
  appid: MERCHANT.appid,
  mch_id: MERCHANT.mchId,
  nonce_str: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
  sign_type: 'HMAC-SHA256',
  body: '',
  attach: '',
  out_trade_no: '20150806125346',
  total_fee: 88,
  spbill_create_ip: '123.12.12.123',
  notify_url: 'https://example.com/wxpay/notify',
  trade_type: 'JSAPI',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  time_start: '20150806125300',
  time_expire: '20150806135300',
  device_info: 'WEB',
}
const paid = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  appid: MERCHANT.appid,
  mch_id: MERCHANT.mchId,
  device_info: 'WEB',
  nonce_str: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
  sign_type: 'HMAC-SHA256',
  result_code: 'SUCCESS',
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  is_subscribe: 'N',
  trade_type: 'JSAPI',
  bank_type: 'CMC',
  total_fee: '88',
  fee_type: 'CNY',
  cash_fee: '88',
  transaction_id: '1004400740201409030005092168',
  out_trade_no: '20150806125346',
  attach: '',
  time_end: '20150806125400',
}

/** Calls in progress at one time. */
const IN_FLIGHT = 64
let number = 0

const rows = []

function compare(job, target, ours, theirs) {
  const times = [[], ...theirs.map(() => [])]
  const all = [ours, ...theirs]
  all.forEach(warmUp)
  const count = Math.max(50, Math.round(1e6 / once(ours, 300)))
  for (let round = 0; round < ROUNDS; round++) {
    all.forEach((work, i) => times[i].push(once(work, count)))
  }
  const [mine, ...others] = times.map(median)
  const best = Math.min(...others)
  rows.push({ job, ours: `${(mine / 1000).toFixed(2)} µs`, plain: `${(best / 1000).toFixed(2)} µs`, ratio: best / mine, target })
}

function warmUp(work) {
  for (let spent = 0; spent < WARM_UP; spent += 300 * once(work, 300));
}

/** Nanoseconds per call. */
function once(work, count) {
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) {
    work(i)
  }
  return Number(process.hrtime.bigint() - start) / count
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1]
}

for (const [language, { body, attach }] of Object.entries(TEXTS)) {
  for (const [type, target] of [['MD5', 1.1], ['HMAC-SHA256', 1.8]]) {
    Object.assign(order, { body, attach, sign_type: type })
    // The number changes, so that no text is hashed twice.
    const fresh = (i) => ((order.out_trade_no = `2015080612${i}`), order)
    if (sign(order, KEY, type) !== plain.sign(order, KEY, type)) {
      throw new Error('they do not agree')
    }
    compare(`sign 15 fields, ${type}, ${language}`, target, (i) => sign(fresh(i), KEY, type), [(i) => plain.sign(fresh(i), KEY, type)])
  }
}

for (const [language, { attach }] of Object.entries(TEXTS)) {
  for (const type of ['MD5', 'HMAC-SHA256']) {
    Object.assign(paid, { attach, sign_type: type })
    const body = Buffer.from(buildXml({ ...paid, sign: sign(paid, KEY, type) }))
    const pay = new WxPay({ ...MERCHANT, signType: type })
    const [byRegExp, byIndex] = [plain.verified(plain.parseByRegExp), plain.verified(plain.parseByIndex)]
    const read = (fields) => fields.out_trade_no + fields.transaction_id + fields.total_fee + fields.openid + fields.attach
    if (!verify(body, KEY) || read(byRegExp(body, KEY, ...two())) !== read(pay.notify.parse(body))) {
      throw new Error('they do not agree')
    }
    compare(`parse and verify 20 fields, ${type}, ${language}`, 1.3, () => read(pay.notify.parse(body)), [
      () => read(byRegExp(body, KEY, ...two())),
      () => read(byIndex(body, KEY, ...two())),
    ])
  }
}

function two() {
  return [MERCHANT.appid, MERCHANT.mchId]
}

for (const type of ['MD5', 'HMAC-SHA256']) {
  const pay = new WxPay({ ...MERCHANT, signType: type })
  const [byBytes, byUuid] = [plain.jsapiParams(plain.nonces.bytes), plain.jsapiParams(plain.nonces.uuid)]
  const shape = (params) => Object.entries(params).map(([name, value]) => `${name} ${value.length}`).join()
  if (shape(pay.jsapiParams(PREPAY_ID)) !== shape(byUuid(PREPAY_ID, MERCHANT, type))) {
    throw new Error('they do not agree')
  }
  compare(`JSAPI parameters, ${type}`, 1.2, () => pay.jsapiParams(PREPAY_ID), [
    () => byBytes(PREPAY_ID, MERCHANT, type),
    () => byUuid(PREPAY_ID, MERCHANT, type),
  ])
}

rows.push(...(await bills.measure()))
await withEmulator(async (said) => {
  apiv3.local(compare, said)
  await ordersPerSecond(`orders, ${IN_FLIGHT} in flight`, 2.5, ordersOfV2(said))
  await ordersPerSecond(`APIv3: orders, ${IN_FLIGHT} in flight`, 3, { works: apiv3.orders(said, nextNumber) })
})

for (const { job, ours, plain, ratio, target } of rows) {
  const met = ratio >= target ? '' : '  missed'
  console.log(`${job.padEnd(48)} ${ours.padStart(12)} ${plain.padStart(12)} ${ratio.toFixed(2).padStart(6)}×  target ${target}×${met}`)
}
if (process.argv.includes('--check') && rows.some(({ ratio, target }) => ratio < target)) {
  process.exitCode = 1
}

function nextNumber() {
  return `${process.pid}${number++}`
}

/** An order of ours and a lean one, and how to close the lean one's connections. */
function ordersOfV2({ url, appid, mch_id, api_key }) {
  const notify_url = 'http://127.0.0.1:9/notify'
  const pay = new WxPay({ appid, mchId: mch_id, apiKey: api_key, endpoints: url, notifyUrl: notify_url })
  const lean = plain.orders(url, api_key, IN_FLIGHT)
  const fields = { ...TEXTS.Chinese, total_fee: 100, openid: order.openid, spbill_create_ip: '127.0.0.1' }
  const ours = () => pay.unifiedorder({ ...fields, out_trade_no: nextNumber() })
  const theirs = () =>
    lean.unifiedorder({
      appid,
      mch_id,
      nonce_str: randomBytes(16).toString('hex'),
      sign_type: 'HMAC-SHA256',
      trade_type: 'JSAPI',
      notify_url,
      ...fields,
      out_trade_no: nextNumber(),
    })
  return { works: [ours, theirs], close: () => lean.close() }
}

async function ordersPerSecond(job, target, { works, close }) {
  const speeds = works.map(() => [])
  await Promise.all(works.map((work) => rate(work, 1000)))
  for (let round = 0; round < 9; round++) {
    for (const [i, work] of works.entries()) {
      speeds[i].push(await rate(work, i === 0 ? 4000 : 2000))
    }
  }
  close?.()
  const [mine, best] = speeds.map(median)
  const show = (speed) => `${Math.round(speed)}/s`
  rows.push({ job, ours: show(mine), plain: show(best), ratio: mine / best, target })
}

/** Orders per second, with a constant number of calls in progress. */
async function rate(work, count) {
  let left = count
  const start = process.hrtime.bigint()
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (left-- > 0) {
        await work()
      }
    }),
  )
  return count / (Number(process.hrtime.bigint() - start) / 1e9)
}

/** Starts an emulator, whose first line the work is given. */
async function withEmulator(work) {
  const emulator = await startEmulator()
  try {
    await work(emulator.said)
  } finally {
    emulator.process.kill()
  }
}

async function startEmulator() {
  const built = ['dist', 'release'].map((profile) => `target/${profile}/wxpaykit-emulator`)
  const path = process.env.WXPAYKIT_EMULATOR ?? built.find((path) => existsSync(path))
  if (path === undefined) {
    throw new Error('no emulator in target/dist or target/release: cargo build --release -p wxpaykit-emulator')
  }
  const emulator = spawn(path, ['--port', '0', '--keep', '1'], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: emulator.stdout })) {
    return { process: emulator, said: JSON.parse(line) }
  }
  throw new Error(`${path} ended without a word`)
}
