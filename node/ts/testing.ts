/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A WeChat for tests: starts `wxpaykit-emulator`, pays as the customer, moves the clock, injects faults.
 *
 * ```js
 * import { startEmulator } from 'wxpaykit/testing'
 *
 * const wechat = await startEmulator()
 * const pay = new WxPay(wechat.options)
 * // … await wechat.pay({ out_trade_no }) …
 * await wechat.stop()
 * ```
 *
 * Not for production. The emulator is a separate package: `npm i -D wxpaykit-emulator`.
 */

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { inspect } from 'node:util'
import {
  invalid,
  needBoolean,
  needNumberOf,
  needObject,
  needText,
  needTexts,
  optionsOf,
  textOf,
  type Need,
} from './arguments.js'
import { native } from './addon.js'
import { showAs } from './displayed.js'
import { buildXml, sign, type SignType } from './functions.js'
import { Timeline } from './timeline.js'

export type { Moment, Timeline } from './timeline.js'

/** Options of `startEmulator`. */
export interface EmulatorOptions {
  /** The program. Default: the one that `findEmulator` finds. */
  binary?: string | undefined
  /** Merchants in addition to the demo one, in the format of the emulator's `--merchant` file. `options` are those of the first. */
  merchants?: object | readonly object[] | undefined
  /** Whether the clock moves by `advance` only. */
  frozenClock?: boolean | undefined
  /** Further arguments of the program, such as `['--strict-docs']`. */
  args?: readonly string[] | undefined
  /** Where WeChat posts notifications: `notifyUrl` of `options`. */
  notifyUrl?: string | undefined
  /** How long the program may take to start, in milliseconds. Default: 10,000. */
  startTimeout?: number | undefined
}

/** The order that the customer pays, and the result. */
export interface Visit {
  out_trade_no?: string
  mch_id?: string
  prepay_id?: string
  code_url?: string
  mweb_url?: string
  /** The parameters of a page: `pay.jsapiParams(prepay_id)`. */
  params?: object
  /** The parameters of an app: `pay.appParams(prepay_id)`. */
  app_params?: object
  openid?: string
  result?: 'ok' | 'cancel' | 'fail'
  coupons?: readonly object[]
  bank_type?: string
}

/** An order as `GET /_emulator/orders` returns it. It has more fields than these. */
export interface EmulatedOrder {
  out_trade_no: string
  trade_state: string
  total_fee: number
  notifications: { acknowledged: boolean; attempts: { why: string | null; [field: string]: unknown }[]; next_at: number | null }
  [field: string]: unknown
}

/** The emulator cannot be started, has ended, or refused a call of the control API. */
export class EmulatorError extends Error {
  static {
    this.prototype.name = 'EmulatorError'
  }
}

/** A running emulator on a free port of 127.0.0.1. It ends with `stop`, and with this process in any case. */
export class Emulator {
  /** A customer of the demo merchant's appid: the one in WeChat's documents. */
  static readonly openid: string = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
  /** A customer of the merchant's appid. */
  readonly openid: string
  /** The emulator's address, such as `http://127.0.0.1:41563`. */
  readonly url: string
  /** The address with TLS, when `args` has `--tls`. `url` + `/_emulator/ca.pem` is the certificate of its authority. */
  readonly tlsUrl: string | undefined
  /** Options for `new WxPay(…)`. */
  readonly options: {
    appid: string
    mchId: string
    apiKey: string
    appSecret?: string | undefined
    /** Of a corp of WeCom, with `agentId`, instead of `appSecret`. */
    corpSecret?: string | undefined
    agentId?: string | undefined
    /** Of the corp's application for payments, when the merchant has one. */
    corpPaySecret?: string | undefined
    clientCert?: string | undefined
    clientKey?: string | undefined
    endpoints: string
    notifyUrl: string
    /** `memory:`: each client has a store of its own. */
    store: string
  }
  /** What APIv3 needs besides `options`; `undefined` when the merchant has no APIv3 key. */
  readonly v3Options: { apiV3Key: string; platformPublicKey: string; platformPublicKeyId: string } | undefined
  /** For other SDKs and for signatures by hand: the merchant's certificate and the platform's, as PEM, with their serial numbers. */
  readonly v3Certificates: {
    serialNo: string
    clientCert: string
    clientKey: string
    platformSerialNo: string
    platformCertificate: string
  }
  readonly #process: Child
  readonly #headers: Record<string, string>

  /** @internal */
  constructor(process: Child, said: Announcement, notifyUrl: string) {
    this.#process = process
    this.#headers = said.control_token === undefined ? {} : { authorization: `Bearer ${said.control_token}` }
    this.url = said.url
    this.tlsUrl = said.tls_url
    this.openid = said.openid ?? Emulator.openid
    this.options = {
      appid: said.appid,
      mchId: said.mch_id,
      apiKey: said.api_key,
      ...(typeof said.agent_id === 'string' ? { corpSecret: said.app_secret, agentId: said.agent_id } : { appSecret: said.app_secret }),
      ...(typeof said.corp_pay_secret === 'string' ? { corpPaySecret: said.corp_pay_secret } : {}),
      // An emulator of an earlier version has no certificates.
      ...(said.client_cert === undefined ? {} : { clientCert: said.client_cert, clientKey: said.client_key }),
      endpoints: this.url,
      notifyUrl,
      store: 'memory:',
    }
    const { api_v3_key: apiV3Key, platform_public_key, platform_public_key_id } = said
    this.v3Options =
      typeof apiV3Key === 'string'
        ? { apiV3Key, platformPublicKey: platform_public_key ?? '', platformPublicKeyId: platform_public_key_id ?? '' }
        : undefined
    this.v3Certificates = {
      serialNo: said.serial_no ?? '',
      clientCert: said.client_cert ?? '',
      clientKey: said.client_key ?? '',
      platformSerialNo: said.platform_serial_no ?? '',
      platformCertificate: said.platform_certificate ?? '',
    }
  }

  /** Pays as the customer, or fails to. Resolves to what the page gets: `err_msg` and more. */
  async pay(visit: Visit): Promise<{ err_msg: string; [field: string]: unknown }> {
    return showAs((await this.control('POST', '/_emulator/pay', needObject('visit', visit))) as { err_msg: string }, VISITED)
  }

  /**
   * Moves the clock, and waits until everything that was due in that time has happened. `0` waits for what is under way, such as the
   * first notification of a payment. Do not call it inside the handler of a notification.
   */
  async advance(seconds: number): Promise<{ now: number; ran: number }> {
    const by = { advance_s: needSeconds('seconds', seconds) }
    return (await this.control('POST', '/_emulator/clock', by)) as { now: number; ran: number }
  }

  /** Orders, oldest first. */
  async orders(
    filters: { out_trade_no?: string; transaction_id?: string; mch_id?: string; limit?: number } = {},
  ): Promise<EmulatedOrder[]> {
    const query = new URLSearchParams(texts('filters', filters))
    const found = (await this.control('GET', `/_emulator/orders?${query}`)) as EmulatedOrder[]
    return found.map((order) => showAs(order, ORDER))
  }

  /** One order. Rejects when there is none. */
  async order(outTradeNo: string): Promise<EmulatedOrder> {
    const found = (await this.orders({ out_trade_no: needText('out_trade_no', outTradeNo) })).pop()
    if (found === undefined) {
      throw new EmulatorError(native.phrase(`the emulator has no order ${outTradeNo}`))
    }
    return found
  }

  /** Requests and their results, newest last, with an explanation of each refusal. */
  async journal(limit?: number): Promise<Record<string, unknown>[]> {
    const query = limit === undefined ? '' : `?limit=${needNumberOf('entries')('limit', limit)}`
    return (await this.control('GET', `/_emulator/journal${query}`)) as Record<string, unknown>[]
  }

  /**
   * The history of an order, oldest first: the shop's requests, the payment, and each notification of the order and of its refunds.
   * `console.log` shows a table of it, `moments` has its entries. Rejects when there is no such order.
   */
  async timeline(outTradeNo: string): Promise<Timeline> {
    const order = await this.order(outTradeNo)
    const query = new URLSearchParams({ out_trade_no: outTradeNo, mch_id: String(order['mch_id']) })
    const refunds = await this.control('GET', `/_emulator/refunds?${query}`)
    return new Timeline(outTradeNo, JSON.stringify(order), JSON.stringify(refunds), JSON.stringify(await this.journal()))
  }

  /**
   * Injects a fault: `wechat.fault('timeout_after', { endpoint: '/pay/unifiedorder', times: 1 })`. The emulator's README lists the
   * faults.
   */
  async fault(fault: string, parameters: object = {}): Promise<{ id: number; [field: string]: unknown }> {
    const whole = { fault: needText('fault', fault), ...needObject('parameters', parameters) }
    return (await this.control('POST', '/_emulator/faults', whole)) as { id: number }
  }

  /** Removes all faults. */
  async clearFaults(): Promise<void> {
    await this.control('DELETE', '/_emulator/faults')
  }

  /** Resolves to the order when its notification is acknowledged. Rejects after `within` milliseconds (default: 10,000). */
  async waitAcknowledged(outTradeNo: string, within = 10_000): Promise<EmulatedOrder> {
    const end = Date.now() + needMilliseconds('within', within)
    for (;;) {
      const order = await this.order(outTradeNo)
      if (order.notifications.acknowledged) {
        return order
      }
      if (Date.now() > end) {
        const attempts = order.notifications.attempts.map(whyNot)
        throw new EmulatorError(native.phrase(`the notification of ${outTradeNo} is not acknowledged; attempts: ${JSON.stringify(attempts)}`))
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /**
   * The body of a payment notification, signed with the merchant's key, for tests without an order. `notify.parse` accepts it.
   * `notify.confirm` and `notify.handle` query the order: for these create an order, pay it, and pass its `out_trade_no`, the
   * `transaction_id` that `pay` returned, and its `total_fee` unless that is 100.
   */
  notification(fields: Readonly<Record<string, string | number | undefined>> = {}): string {
    const { appid, mchId: mch_id, apiKey } = this.options
    return signedNotification({ appid, mch_id, ...needObject('fields', fields) } as typeof fields, apiKey)
  }

  /** Calls the control API, which the emulator's README describes. */
  async control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    if (!METHODS.includes(method)) {
      throw invalid('method', `must be one of ${METHODS.join(', ')}`)
    }
    needText('path', path)
    const headers = this.#headers
    const init = body === undefined ? { method, headers } : { method, headers, body: json('body', body) }
    let answer: Response
    let said: string
    try {
      answer = await fetch(this.url + path, init)
      said = await answer.text()
      if (answer.ok) {
        return JSON.parse(said)
      }
    } catch (error) {
      const why = ended(this.#process) ?? reason(error)
      throw new EmulatorError(`${method} ${path}: ${native.phrase(`the emulator does not answer: ${why}`)}`, { cause: error })
    }
    throw new EmulatorError(`${method} ${path}: HTTP ${answer.status}: ${refusal(said)}`)
  }

  /** Stops the emulator. Does nothing when it has ended. */
  async stop(): Promise<void> {
    const child = this.#process
    if (ended(child) !== undefined) {
      return
    }
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    const forced = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exit
    clearTimeout(forced)
  }

  /** Holds no secret, so that it can be logged. */
  toJSON(): { url: string } {
    return { url: this.url }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Emulator { url: '${this.url}' }`
  }

  /** As `stop`: `await using wechat = await startEmulator()` stops it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Starts an emulator. It listens when the promise resolves. */
export async function startEmulator(options?: EmulatorOptions): Promise<Emulator> {
  const given = optionsOf(options, OPTIONS)
  const program = given.binary ?? findEmulator()
  const file = given.merchants === undefined ? undefined : await merchantFile(given.merchants)
  // The program ends when its standard input is closed, also when this process is killed.
  const args = ['--port', '0', '--exit-with-stdin']
  if (given.frozenClock) {
    args.push('--frozen-clock')
  }
  if (file !== undefined) {
    args.push('--merchant', file.path)
  }
  try {
    const child = begin(program, [...args, ...(given.args ?? [])])
    try {
      const said = await announcement(child, program, given.startTimeout ?? 10_000)
      // An emulator that was not stopped must not keep this process alive.
      child.unref()
      for (const pipe of child.stdio) {
        ;(pipe as unknown as { unref(): void }).unref()
      }
      return new Emulator(child, said, given.notifyUrl ?? 'http://127.0.0.1:9/notify')
    } catch (error) {
      await kill(child)
      throw error
    }
  } finally {
    await file?.remove()
  }
}

/**
 * Finds `wxpaykit-emulator`: by `WXPAYKIT_EMULATOR`, in the package of that name, or in PATH.
 *
 * @throws EmulatorError that says how to get it.
 */
export function findEmulator(): string {
  const named = process.env.WXPAYKIT_EMULATOR
  if (named) {
    return named
  }
  let incomplete: string | undefined
  for (const from of [join(process.cwd(), 'package.json'), __filename]) {
    try {
      const found = createRequire(from)('wxpaykit-emulator') as { binaryPath(): string }
      return found.binaryPath()
    } catch (error) {
      // Without a code the package is there and its program is not.
      if (error instanceof Error && !('code' in error)) {
        incomplete = error.message
      }
    }
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = folders.map((folder) => join(folder, 'wxpaykit-emulator')).find(existsSync)
  if (found === undefined) {
    throw new EmulatorError(
      native.phrase(
        incomplete ??
          'there is no wxpaykit-emulator: npm install --save-dev wxpaykit-emulator, or name the program in WXPAYKIT_EMULATOR, ' +
            'such as the target/wxpaykit-emulator of a clone',
      ),
    )
  }
  return found
}

/** The body of a payment notification as WeChat posts it, for tests. `undefined` leaves a field out. */
export function signedNotification(
  fields: Readonly<Record<string, string | number | undefined>>,
  key: string,
  signType: SignType = 'HMAC-SHA256',
): string {
  const given = needObject('fields', fields)
  const usual = {
    appid: 'wxd930ea5d5a258f4f',
    bank_type: 'OTHERS',
    cash_fee: given.total_fee ?? 100,
    fee_type: 'CNY',
    is_subscribe: 'N',
    mch_id: '10000100',
    nonce_str: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
    openid: Emulator.openid,
    out_trade_no: '20150806125346',
    result_code: 'SUCCESS',
    return_code: 'SUCCESS',
    time_end: '20150806125400',
    total_fee: 100,
    trade_type: 'JSAPI',
    transaction_id: '4200000263201508067700134212',
  }
  const whole = texts('fields', { ...usual, ...given })
  return buildXml({ ...whole, sign: sign(whole, key, signType) })
}

const ORDER = documentOf('EmulatedOrder')
const VISITED = documentOf('Visited')
const METHODS = ['GET', 'POST', 'DELETE']
const needSeconds = needNumberOf('seconds')
const needMilliseconds = needNumberOf('milliseconds')
const needMerchants: Need<object> = (field, value) => (Array.isArray(value) ? value : needObject(field, value))
/** The options of `startEmulator`. */
const OPTIONS = {
  binary: needText,
  merchants: needMerchants,
  frozenClock: needBoolean,
  args: needTexts,
  notifyUrl: needText,
  startTimeout: needMilliseconds,
}

/** What `console.log` shows of a document of the control API: what it shows of a reply. */
function documentOf(title: string): (this: object, depth: number | null) => string {
  return function (depth) {
    if (depth !== null && depth < 0) {
      return `[${title}]`
    }
    const given = Object.entries(this).filter(([, value]) => value !== null && value !== undefined)
    return native.display(title, given.flatMap(([name, value]) => [name, wireOf(value)]))
  }
}

/** A text, or JSON; the user may have added what JSON cannot carry. */
function wireOf(value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  } catch {
    return inspect(value)
  }
}

/** Why the shop's answer to a notification does not count, in the language of errors. */
function whyNot(attempt: { why: string | null; [field: string]: unknown }): unknown {
  // An emulator of an earlier version has English alone.
  return isChinese() ? (attempt.why_zh ?? attempt.why) : attempt.why
}

/** Why the emulator refused, in the language of errors; the whole answer where it has another form. */
function refusal(answer: string): string {
  let said: { error?: unknown; error_zh?: unknown } | null
  try {
    said = JSON.parse(answer) as typeof said
  } catch {
    return answer
  }
  const words = (isChinese() ? said?.error_zh : undefined) ?? said?.error
  return typeof words === 'string' ? words : answer
}

function isChinese(): boolean {
  const sample = 'it was stopped'
  return native.phrase(sample) !== sample
}

/** Fields as strings, without those that are left out. */
function texts(field: string, fields: object): Record<string, string> {
  const given = Object.entries(needObject(field, fields))
  const written = given.map(([name, value]): [string, string | undefined] => [name, textOf(name, value)])
  return Object.fromEntries(written.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

function json(field: string, value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value)
    if (text !== undefined) {
      return text
    }
  } catch {
    // Refused below.
  }
  throw invalid(field, 'must be a JSON value')
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** What the first line of the program's output contains. */
const ANNOUNCED = ['url', 'appid', 'mch_id', 'api_key', 'app_secret'] as const
type Announcement = Record<(typeof ANNOUNCED)[number], string> & {
  control_token?: string
  openid?: string
  agent_id?: string | null
  corp_pay_secret?: string
  tls_url?: string
  client_cert?: string
  client_key?: string
  serial_no?: string
  api_v3_key?: string | null
  platform_public_key_id?: string
  platform_public_key?: string
  platform_serial_no?: string
  platform_certificate?: string
}

function begin(program: string, args: readonly string[]): Child {
  try {
    return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    // Node refuses an empty name, and arguments with U+0000.
    throw new EmulatorError(native.phrase(`'${program}' cannot be started: ${reason(error)}`), { cause: error })
  }
}

async function announcement(child: Child, program: string, within: number): Promise<Announcement> {
  const line = await firstLine(child, program, within)
  try {
    const said = JSON.parse(line) as Announcement
    if (ANNOUNCED.every((name) => typeof said[name] === 'string') && said.url.startsWith('http://')) {
      return said
    }
  } catch {
    // The line is not shown: it may contain keys.
  }
  throw new EmulatorError(native.phrase(`${program} is not a wxpaykit-emulator: its first line is not JSON with ${ANNOUNCED.join(', ')}`))
}

function firstLine(child: Child, program: string, within: number): Promise<string> {
  let said = ''
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk)
    complaints = `${complaints}${chunk}`.slice(-2000)
  })
  return new Promise((resolve, reject) => {
    const fail = (why: string, lastWords = '') => {
      clearTimeout(late)
      reject(new EmulatorError(native.phrase(why) + lastWords))
    }
    const late = setTimeout(() => fail(`${program} did not start within ${within} ms`), Math.min(within, 0x7fff_ffff))
    const begun = () => {
      clearTimeout(late)
      child.stdout.off('data', read).resume()
      resolve(said.split('\n', 1)[0] as string)
    }
    const read = (chunk: string) => {
      said += chunk
      if (said.includes('\n') || said.length > 65_536) {
        begun()
      }
    }
    const end = () => {
      if (said !== '') {
        return begun()
      }
      const lastWords = complaints.split('\n').filter((line) => line !== '')
      const shown = lastWords.slice(-5).map((line) => `\n  ${line}`).join('')
      fail(`${program} did not start; ${ended(child)}`, shown)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.on('error', (error) => fail(`${program} cannot be started: ${error.message}`))
    // Output may arrive after the exit, and `close` may not come while a child of the program holds the pipes.
    child.once('exit', () => setTimeout(end, 1000).unref())
    child.once('close', end)
  })
}

/** How the program ended; `undefined` while it runs. */
function ended(child: Child): string | undefined {
  const status = child.exitCode ?? child.signalCode
  return status === null ? undefined : `it ended with status ${status}`
}

async function kill(child: Child): Promise<void> {
  // A program that did not start has no pid.
  if (child.pid !== undefined && ended(child) === undefined) {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  // Children of the program may hold the other ends.
  for (const pipe of child.stdio) {
    pipe?.destroy()
  }
}

/** The cause, because `fetch` itself says only that it failed. */
function reason(error: unknown): string {
  const { cause } = error as { cause?: { message?: string; code?: string } }
  return cause?.message || cause?.code || String(error)
}

/** Writes the merchants' file into a folder that only this user can read, because it contains keys. */
async function merchantFile(merchants: object): Promise<{ path: string; remove(): Promise<void> }> {
  const text = json('merchants', merchants)
  const folder = await mkdtemp(join(tmpdir(), 'wxpaykit-'))
  const path = join(folder, 'merchants.json')
  await writeFile(path, text, { mode: 0o600 })
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}
