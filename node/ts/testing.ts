/**
 * A WeChat for tests: starts `wxpaykit-emulator`, pays in the customer's place, moves the clock, makes things go wrong.
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
 * Nothing here is for production: the emulator is a package of its own, `npm i -D wxpaykit-emulator`.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildXml, sign, type SignType } from './functions.js'

/** How an emulator is started. */
export interface EmulatorOptions {
  /** The program; `findEmulator` looks for it when left out. */
  binary?: string | undefined
  /** Merchants beside the demo one, as the emulator's `--merchant` file has them; the first is the one in `options`. */
  merchants?: object | readonly object[] | undefined
  /** Whether time passes only by `advance`. */
  frozenClock?: boolean | undefined
  /** Further options of the program, such as `['--strict-docs']`. */
  args?: readonly string[] | undefined
  /** Where notifications are posted, for `options`. */
  notifyUrl?: string | undefined
}

/** Which order the customer pays, and how that ends. */
export interface Visit {
  out_trade_no?: string
  mch_id?: string
  prepay_id?: string
  code_url?: string
  mweb_url?: string
  /** What a page is handed: `pay.jsapiParams(prepay_id)`. */
  params?: object
  /** What an app is handed: `pay.appParams(prepay_id)`. */
  app_params?: object
  openid?: string
  result?: 'ok' | 'cancel' | 'fail'
  coupons?: readonly object[]
  bank_type?: string
}

/** An order, as `GET /_emulator/orders` lists it; more fields than these. */
export interface EmulatedOrder {
  out_trade_no: string
  trade_state: string
  total_fee: number
  notifications: { acknowledged: boolean; attempts: { why: string | null; [field: string]: unknown }[]; next_at: number | null }
  [field: string]: unknown
}

/** The emulator cannot be started, or did not take a control call. */
export class EmulatorError extends Error {
  static {
    this.prototype.name = 'EmulatorError'
  }
}

/** A running emulator, on a free port of 127.0.0.1. It ends with `stop`, and with this process however that ends. */
export class Emulator {
  /** A customer at the demo merchant's appid, whom WeChat's documents show. */
  static readonly openid = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
  readonly openid = Emulator.openid
  /** Where it is, such as `http://127.0.0.1:41563`. */
  readonly url: string
  /** What `new WxPay(…)` takes to reach it. */
  readonly options: {
    appid: string
    mchId: string
    apiKey: string
    appSecret: string
    endpoints: string
    notifyUrl: string
  }
  readonly #process: ChildProcess

  /** @internal */
  constructor(process: ChildProcess, said: Record<string, string>, notifyUrl: string) {
    this.#process = process
    const get = (name: string) => said[name] as string
    this.url = get('url')
    this.options = {
      appid: get('appid'),
      mchId: get('mch_id'),
      apiKey: get('api_key'),
      appSecret: get('app_secret'),
      endpoints: this.url,
      notifyUrl,
    }
  }

  /** Pays in the customer's place, or fails to; what the page would get: `err_msg`, and more. */
  async pay(visit: Visit): Promise<{ err_msg: string; [field: string]: unknown }> {
    return (await this.control('POST', '/_emulator/pay', visit)) as { err_msg: string }
  }

  /**
   * Moves the clock, and waits until everything that falls due on the way has happened. Zero waits for what is under way, such
   * as the first notification of a payment. Not from inside a notification's handler.
   */
  async advance(seconds: number): Promise<{ now: number; ran: number }> {
    return (await this.control('POST', '/_emulator/clock', { advance_s: seconds })) as { now: number; ran: number }
  }

  /** Orders, oldest first. */
  async orders(filters: { out_trade_no?: string; mch_id?: string; limit?: number } = {}): Promise<EmulatedOrder[]> {
    const query = new URLSearchParams(Object.entries(filters).map(([name, value]): [string, string] => [name, String(value)]))
    return (await this.control('GET', `/_emulator/orders?${query}`)) as EmulatedOrder[]
  }

  /** One order; rejects when there is none. */
  async order(outTradeNo: string): Promise<EmulatedOrder> {
    const found = (await this.orders({ out_trade_no: outTradeNo })).pop()
    if (found === undefined) {
      throw new EmulatorError(`there is no order ${outTradeNo}`)
    }
    return found
  }

  /** What was asked of it and how it ended, newest last, with the explanation of each refusal. */
  async journal(limit?: number): Promise<Record<string, unknown>[]> {
    const query = limit === undefined ? '' : `?limit=${limit}`
    return (await this.control('GET', `/_emulator/journal${query}`)) as Record<string, unknown>[]
  }

  /**
   * Lets something go wrong: `wechat.fault('timeout_after', { endpoint: '/pay/unifiedorder', times: 1 })`. The emulator's README
   * has the list.
   */
  async fault(fault: string, parameters: object = {}): Promise<{ id: number; [field: string]: unknown }> {
    return (await this.control('POST', '/_emulator/faults', { fault, ...parameters })) as { id: number }
  }

  /** Lets nothing go wrong any more. */
  async clearFaults(): Promise<void> {
    await this.control('DELETE', '/_emulator/faults')
  }

  /** Waits until an order's notification is acknowledged; gives the order. Rejects after `within` ms (10,000). */
  async waitAcknowledged(outTradeNo: string, within = 10_000): Promise<EmulatedOrder> {
    const end = Date.now() + within
    for (;;) {
      const order = await this.order(outTradeNo)
      if (order.notifications.acknowledged) {
        return order
      }
      if (Date.now() > end) {
        const attempts = order.notifications.attempts.map((attempt) => attempt.why)
        throw new EmulatorError(`the notification of ${outTradeNo} is not acknowledged; attempts: ${JSON.stringify(attempts)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /**
   * A payment notification's body, signed with the merchant's key, for a test that needs no order. `notify.parse` takes it;
   * `notify.confirm` asks WeChat, which knows of no such order.
   */
  notification(fields: Readonly<Record<string, string | number | undefined>> = {}): string {
    const { appid, mchId: mch_id, apiKey } = this.options
    return signedNotification({ appid, mch_id, ...fields }, apiKey)
  }

  /** Asks the control API, which the emulator's README describes. */
  async control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const answer = await fetch(this.url + path, body === undefined ? { method } : { method, body: JSON.stringify(body) })
    if (!answer.ok) {
      throw new EmulatorError(`${method} ${path}: HTTP ${answer.status}: ${await answer.text()}`)
    }
    return answer.json()
  }

  /** Ends it. Nothing happens when it has ended. */
  async stop(): Promise<void> {
    const child = this.#process
    if (child.exitCode !== null || child.signalCode !== null) {
      return
    }
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const impatient = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(impatient)
  }
}

// `await using wechat = await startEmulator()`, where the language has it.
if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(Emulator.prototype, Symbol.asyncDispose, { value: Emulator.prototype.stop })
}

/** Starts an emulator; it listens when the promise resolves. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const program = options.binary ?? findEmulator()
  const file = options.merchants === undefined ? undefined : await merchantFile(options.merchants)
  // Standard input is the cord: the program ends when it is cut, by whatever ends this process.
  const args = ['--port', '0', '--exit-with-stdin']
  if (options.frozenClock) {
    args.push('--frozen-clock')
  }
  if (file !== undefined) {
    args.push('--merchant', file.path)
  }
  const child = spawn(program, [...args, ...(options.args ?? [])], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const line = await firstLine(child, program)
    // The process must not wait for an emulator that nobody stopped.
    child.unref()
    for (const pipe of [child.stdin, child.stdout]) {
      ;(pipe as unknown as { unref(): void }).unref()
    }
    const said = JSON.parse(line) as Record<string, string>
    return new Emulator(child, said, options.notifyUrl ?? 'http://127.0.0.1:9/notify')
  } finally {
    await file?.remove()
  }
}

/**
 * Where `wxpaykit-emulator` is: `WXPAYKIT_EMULATOR`, the package of that name, or the path.
 *
 * @throws EmulatorError that says how to get it.
 */
export function findEmulator(): string {
  const named = process.env.WXPAYKIT_EMULATOR
  if (named) {
    return named
  }
  for (const from of [join(process.cwd(), 'package.json'), __filename]) {
    try {
      const found = createRequire(from)('wxpaykit-emulator') as { binaryPath(): string }
      return found.binaryPath()
    } catch {
      // Not installed there.
    }
  }
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = folders.map((folder) => join(folder, 'wxpaykit-emulator')).find(existsSync)
  if (found === undefined) {
    throw new EmulatorError(
      'there is no wxpaykit-emulator: npm install --save-dev wxpaykit-emulator, or name the program in WXPAYKIT_EMULATOR',
    )
  }
  return found
}

/** A payment notification's body as WeChat would post it, for tests of what takes it. `undefined` leaves a field out. */
export function signedNotification(
  fields: Readonly<Record<string, string | number | undefined>>,
  key: string,
  signType: SignType = 'HMAC-SHA256',
): string {
  const usual = {
    appid: 'wxd930ea5d5a258f4f',
    bank_type: 'OTHERS',
    cash_fee: fields.total_fee ?? 100,
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
  const given = Object.entries({ ...usual, ...fields }).filter((pair): pair is [string, string | number] => pair[1] !== undefined)
  const whole = Object.fromEntries(given.map(([name, value]): [string, string] => [name, String(value)]))
  return buildXml({ ...whole, sign: sign(whole, key, signType) })
}

function firstLine(child: ChildProcess, program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new EmulatorError(`${program} cannot be started: ${error.message}`)))
    child.once('exit', (status) => reject(new EmulatorError(`${program} did not begin; it ended with status ${status}`)))
    createInterface(child.stdout as NodeJS.ReadableStream).once('line', resolve)
  })
}

/** In a folder that only this user can read: there are keys in it. */
async function merchantFile(merchants: object): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'wxpaykit-'))
  const path = join(folder, 'merchants.json')
  await writeFile(path, JSON.stringify(merchants), { mode: 0o600 })
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}
