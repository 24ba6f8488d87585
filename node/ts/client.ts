import { native } from './addon.js'
import {
  invalid,
  isObject,
  kindOf,
  needBoolean,
  needDocument,
  needFunction,
  needNumberOf,
  needText,
  needTexts,
  noOption,
  optionsOf,
  type Bytes,
} from './arguments.js'
import { ask, askWithBody, bridge, send } from './calls.js'
import { ConfigError, guard } from './errors.js'
import { readDocument, readPairs } from './frame.js'
import type { SignType } from './functions.js'
import type {
  AccessToken,
  CallOptions,
  ConfirmedPayment,
  PaymentNotification,
  Ticket,
  UserInfo,
  WebToken,
} from './generated/documents.js'
import { Calls } from './generated/methods.js'
import {
  fenOf,
  handle,
  reconcile,
  waitForPayment,
  type Handled,
  type HandleOptions,
  type OnPaid,
  type PendingOrder,
  type Reconciled,
} from './handling.js'
import { forget, keep, needStore, type CallEvent, type Hooks, type Store, type Warning } from './hooks.js'
import type { Client, Page as PageKind } from './native.js'
import { pieces, type Given } from './pieces.js'
import type { Reply } from './reply.js'

const { Page } = native

/** Who we are to WeChat, and how to reach it. */
export interface WxPayOptions {
  /** 公众账号 ID, mini program's or app's appid, or a WeCom corpid. */
  appid: string
  /** 商户号, 8 to 10 digits. */
  mchId: string
  /** The APIv2 key (API密钥), 32 bytes. */
  apiKey: string
  /** The appid's AppSecret, for OAuth and the JS-SDK. */
  appSecret?: string | undefined
  /** Where WeChat posts payment notifications. */
  notifyUrl?: string | undefined
  /** What requests are signed with; HMAC-SHA256 when left out. */
  signType?: SignType | undefined
  /**
   * What replies and notifications may be signed with; `signType` alone when left out. A merchant that changes from MD5 to
   * HMAC-SHA256 accepts both while old orders are open.
   */
  acceptSignTypes?: readonly SignType[] | undefined
  /** Service providers: the sub-merchant's appid. */
  subAppid?: string | undefined
  /** Service providers: the sub-merchant. */
  subMchId?: string | undefined
  /**
   * Sends everything to this address instead of WeChat's, such as an emulator's; a second one after a comma is asked when the
   * first cannot be reached.
   */
  endpoints?: string | undefined
  /** How long a whole call may take, in milliseconds, waiting for a free connection included; 10,000 when left out. */
  timeout?: number | undefined
  /** How long a connection may take to be made, in milliseconds; 3,000 when left out. */
  connectTimeout?: number | undefined
  /** Calls at once, 64 by default; further calls wait. */
  maxConnections?: number | undefined
  /** How often a call is repeated by itself, at most, where that is safe; 2 when left out. */
  maxNetworkRetries?: number | undefined
  /**
   * Where tokens and what became of each payment are kept: `memory:` (this process alone) when left out,
   * `sqlite:///var/lib/shop/wxpay.db` for the processes of one machine, `redis://host:6379/0` or `rediss://` for many machines, or
   * an object of yours.
   */
  store?: string | Store | undefined
  /** How long a payment belongs to whoever began to hand it over, in milliseconds; renewed while they live. 30,000 when left out. */
  lease?: number | undefined
  /** Is told of every attempt at every call. It must not wait. */
  onEvent?: ((event: CallEvent) => void) | undefined
  /**
   * Is told what went amiss without failing a call, such as a store that tokens did without. When left out, `process.emitWarning`
   * is, with the type `WxPayWarning`. It must not wait.
   */
  onWarning?: ((warning: Warning) => void) | undefined
}

/** The options that the environment has too. */
const VARIABLES: Readonly<Record<string, string>> = {
  appid: 'WXPAY_APPID',
  mchId: 'WXPAY_MCH_ID',
  apiKey: 'WXPAY_API_KEY',
  appSecret: 'WXPAY_APP_SECRET',
  notifyUrl: 'WXPAY_NOTIFY_URL',
  signType: 'WXPAY_SIGN_TYPE',
  subAppid: 'WXPAY_SUB_APPID',
  subMchId: 'WXPAY_SUB_MCH_ID',
  endpoints: 'WXPAY_ENDPOINTS',
  store: 'WXPAY_STORE',
}
/** As long as nobody waits: a hundred years. */
const MAX_MS = 3_155_760_000_000
const REQUIRED = ['appid', 'mchId', 'apiKey']
/** Numbers, and the least that each may be. */
const LIMITS: Readonly<Record<string, number>> = {
  timeout: 1,
  connectTimeout: 1,
  lease: 1,
  maxConnections: 1,
  maxNetworkRetries: 0,
}

/**
 * A WeChat Pay client for one merchant and appid.
 *
 * ```js
 * const pay = new WxPay({ appid, mchId, apiKey, appSecret, notifyUrl })
 * const order = await pay.unifiedorder({ body, out_trade_no, total_fee: 100, openid, spbill_create_ip })
 * const page = pay.jsapiParams(order.prepay_id)
 * ```
 *
 * Methods and fields have WeChat's own names, so that its documents can be searched for them. Amounts are integers of fen, times
 * are `Date`s. Every promise rejects with a `WxPayError`, whose `retry` says what is safe then.
 */
export class WxPay extends Calls {
  readonly #client: Client
  /** The appid. */
  readonly appid: string
  /** The merchant's number (商户号). */
  readonly mchId: string
  /** Web authorisation (网页授权). */
  readonly oauth: OAuth
  /** Tokens, tickets and `wx.config` (JS-SDK). */
  readonly jssdk: Jssdk
  /** Payment notifications (支付结果通知). */
  readonly notify: Notify

  /** @throws ConfigError naming the option and the remedy. */
  constructor(options: WxPayOptions) {
    super()
    const client = options instanceof Settings ? options.create() : settings(options).create()
    this.#client = client
    const { appid, mchId } = guard(() => client.describe())
    this.appid = appid
    this.mchId = mchId
    this.oauth = new OAuth(client)
    this.jssdk = new Jssdk(client)
    this.notify = new Notify(client)
    Object.freeze(this)
  }

  /**
   * A client from the environment: `WXPAY_APPID`, `WXPAY_MCH_ID`, `WXPAY_API_KEY`, `WXPAY_APP_SECRET`, `WXPAY_NOTIFY_URL`,
   * `WXPAY_SIGN_TYPE`, `WXPAY_SUB_APPID`, `WXPAY_SUB_MCH_ID`, `WXPAY_ENDPOINTS`, `WXPAY_STORE`, and for each the same name with
   * `_FILE`, whose content is taken. `overrides` win over the environment.
   *
   * @throws ConfigError for what is missing, unreadable or wrong.
   */
  static fromEnv(overrides?: Partial<WxPayOptions>): WxPay {
    const found = settings(overrides, process.env)
    return new WxPay(found as unknown as WxPayOptions)
  }

  /** @internal */
  protected override async execute<T>(call: string, params: object, options?: CallOptions): Promise<T> {
    return send(this.#client, call, '', params, options)
  }

  /**
   * Sends a call that has no method here: completed, signed, its reply verified. `path` is from the host's root, such as
   * `/pay/orderquery`. The reply's fields are texts.
   */
  async call(
    path: string,
    params: Readonly<Record<string, Given>>,
    options?: CallOptions,
  ): Promise<Reply & Readonly<Record<string, string | undefined>>> {
    if (needText('path', path) === '') {
      throw invalid('path', 'must be a path of the payment API, such as /pay/orderquery')
    }
    return send(this.#client, 'call', path, params, options)
  }

  /**
   * What a page gives to `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`. `appid` is the one whose openid the order has, when
   * it is not this client's or its sub-merchant's.
   *
   * @throws InvalidRequest for a `prepay_id` that is none.
   */
  jsapiParams(prepayId: string, options?: { appid?: string | undefined }): JsapiParams {
    return this.#page(Page.Jsapi, prepayId, options)
  }

  /** What a page gives to `wx.chooseWXPay`: `timestamp` in small letters, and the very same signature. */
  chooseWXPayParams(prepayId: string, options?: { appid?: string | undefined }): ChooseWXPayParams {
    return this.#page(Page.ChooseWXPay, prepayId, options)
  }

  /** What a mini program gives to `wx.requestPayment`. */
  miniprogramParams(prepayId: string, options?: { appid?: string | undefined }): MiniprogramParams {
    return this.#page(Page.Miniprogram, prepayId, options)
  }

  /**
   * What an app gives to the Open SDK's `PayReq`. `partnerid` is the sub-merchant's number or the client's own when left out.
   */
  appParams(prepayId: string, options?: { appid?: string | undefined; partnerid?: string | undefined }): AppParams {
    return this.#page(Page.App, prepayId, options)
  }

  #page<T>(page: PageKind, prepayId: string, options: object | undefined): T {
    const { appid = '', partnerid = '' } = optionsOf(options, { appid: needText, partnerid: needText })
    const given = pieces(needText('prepay_id', prepayId), appid, partnerid)
    return readPairs(guard(() => this.#client.pageParams(page, given))) as T
  }

  /**
   * Asks WeChat for an order until it is paid, closed, or `within` (milliseconds; 60,000 when left out; 0 asks once) is over, and
   * gives the payment when it is paid. For a page that waits or asks.
   *
   * With `onPaid` it hands the payment over as well, before it resolves: once, whether a notification (`notify.handle`) or this
   * comes first. Whoever hands over already is given three seconds to end; after these the payment is given all the same, and is
   * theirs to hand over.
   *
   * @throws PaymentMismatch when another amount was paid, whatever `orderquery` may fail with at the last, StoreError, and what
   * `onPaid` throws; the payment comes again.
   */
  async waitForPayment(
    outTradeNo: string,
    options: CallOptions & { totalFee: number | bigint; within?: number | undefined; onPaid?: OnPaid | undefined },
  ): Promise<ConfirmedPayment | undefined> {
    const needs = { within: needNumberOf('milliseconds', MAX_MS), onPaid: needFunction<OnPaid> }
    const { within = 60_000, onPaid } = optionsOf(options, needs)
    const totalFee = fenOf('totalFee', options?.totalFee)
    const texts = [needText('out_trade_no', outTradeNo), totalFee, String(Math.floor(within))] as const
    return waitForPayment(this.#client, texts, onPaid, options)
  }

  /** No secret, whoever writes it into a log. */
  toJSON(): Record<string, string> {
    return { appid: this.appid, mchId: this.mchId }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `WxPay { appid: '${this.appid}', mchId: '${this.mchId}' }`
  }
}

/** For `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`. Every value is text, the timestamp too. */
export interface JsapiParams {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: SignType
  paySign: string
}

/** For `wx.chooseWXPay`. */
export interface ChooseWXPayParams {
  timestamp: string
  nonceStr: string
  package: string
  signType: SignType
  paySign: string
}

/** For `wx.requestPayment`. */
export type MiniprogramParams = Omit<JsapiParams, 'appId'>

/** For the Open SDK's `PayReq`. */
export interface AppParams {
  appid: string
  partnerid: string
  prepayid: string
  package: string
  noncestr: string
  timestamp: string
  sign: string
}

/** Where to send a customer, and what to ask about them. */
export interface AuthorizeOptions {
  /** `snsapi_base` (the openid, without a question to the customer) when left out. */
  scope?: 'snsapi_base' | 'snsapi_userinfo' | undefined
  /** Comes back unchanged: at most 128 letters and digits. */
  state?: string | undefined
  /** Shows the question even to a customer who agreed before. */
  forcePopup?: boolean | undefined
}

/** Web authorisation (网页授权): from a customer's visit to their openid. */
export class OAuth {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    this.#client = client
    Object.freeze(this)
  }

  /** Where to send the customer. WeChat comes back to `redirectUri` with a `code`. */
  authorizeUrl(redirectUri: string, options?: AuthorizeOptions): string {
    const uri = needText('redirect_uri', redirectUri)
    const needs = { scope: needText, state: needText, forcePopup: needBoolean }
    const { scope = 'snsapi_base', state, forcePopup = false } = optionsOf(options, needs)
    return guard(() => this.#client.authorizeUrl(uri, scope, state, forcePopup))
  }

  /**
   * Exchanges a code, once, for the customer's openid.
   *
   * @throws OAuthError such as 40029 (invalid code) and 40163 (code been used); TransportError; ConfigError without an AppSecret.
   */
  async accessToken(code: string, options?: CallOptions): Promise<WebToken> {
    return ask(this.#client, 'oauth.access_token', [needText('code', code)], options)
  }

  /** Renews a web token. */
  async refreshToken(refreshToken: string, options?: CallOptions): Promise<WebToken> {
    return ask(this.#client, 'oauth.refresh_token', [needText('refresh_token', refreshToken)], options)
  }

  /** Name and picture of a customer who agreed to `snsapi_userinfo`. */
  async userinfo(
    accessToken: string,
    openid: string,
    options?: CallOptions & { lang?: 'zh_CN' | 'zh_TW' | 'en' | undefined },
  ): Promise<UserInfo> {
    const { lang = 'zh_CN' } = optionsOf(options, { lang: needText })
    const texts = [needText('access_token', accessToken), needText('openid', openid), lang]
    return ask(this.#client, 'oauth.userinfo', texts, options)
  }

  /** Checks that a web token is valid; rejects with `OAuthError` when it is not. */
  async auth(accessToken: string, openid: string, options?: CallOptions): Promise<void> {
    const texts = [needText('access_token', accessToken), needText('openid', openid)]
    return ask(this.#client, 'oauth.auth', texts, options)
  }
}

/** What a page asks of `wx.config`. */
export interface JssdkConfigOptions extends CallOptions {
  /** What the page will call, such as `chooseWXPay`. */
  jsApiList?: readonly string[] | undefined
  /** Open tags that the page shows. */
  openTagList?: readonly string[] | undefined
  /** Whether WeChat shows every call in an alert. */
  debug?: boolean | undefined
}

/** The arguments of `wx.config`. */
export interface JssdkConfig {
  debug: boolean
  appId: string
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
  openTagList: string[]
}

/** Tokens, tickets and `wx.config`. Tokens are kept in the client's store and renewed once, however many ask. */
export class Jssdk {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    this.#client = client
    Object.freeze(this)
  }

  /** What a page gives to `wx.config`. `url` is the page's own, with its query. */
  async config(url: string, options?: JssdkConfigOptions): Promise<JssdkConfig> {
    const needs = { jsApiList: needTexts, openTagList: needTexts, debug: needBoolean }
    const { jsApiList = [], openTagList = [], debug = false } = optionsOf(options, needs)
    const texts = [needText('url', url), String(debug), String(jsApiList.length), ...jsApiList, ...openTagList]
    return ask(this.#client, 'jssdk.config', texts, options)
  }

  /**
   * The account's access_token, kept until shortly before its end. `refused` is one that a call of yours was refused with (40001,
   * 40014, 42001): gives the one that took its place, which is renewed once, however many ask.
   */
  async accessToken(options?: CallOptions & { refused?: string | undefined }): Promise<string> {
    const { refused = '' } = optionsOf(options, { refused: needText })
    return ask(this.#client, 'jssdk.access_token', [refused], options)
  }

  /** The account's jsapi_ticket, kept until shortly before its end. */
  async jsapiTicket(options?: CallOptions): Promise<string> {
    return ask(this.#client, 'jssdk.jsapi_ticket', [], options)
  }

  /** `cgi-bin/token`: a new token, which ends the one before it. For accounts that other software renews this way. */
  async token(options?: CallOptions): Promise<AccessToken> {
    return ask(this.#client, 'jssdk.token', [], options)
  }

  /**
   * `cgi-bin/stable_token`: the same token for everybody who asks, until shortly before its end. With `forceRefresh` it is another
   * one, which ends the one before it at once; twenty times a day, and thirty seconds apart. `accessToken` gives what comes of it.
   */
  async stableToken(options?: CallOptions & { forceRefresh?: boolean | undefined }): Promise<AccessToken> {
    const { forceRefresh = false } = optionsOf(options, { forceRefresh: needBoolean })
    return ask(this.#client, 'jssdk.stable_token', [String(forceRefresh)], options)
  }

  /** `cgi-bin/ticket/getticket`, of type jsapi. Its quota is small. */
  async getticket(accessToken: string, options?: CallOptions): Promise<Ticket> {
    return ask(this.#client, 'jssdk.getticket', [needText('access_token', accessToken)], options)
  }
}

/** Payment notifications (支付结果通知). Anybody can post one, so it is verified, and then the order is asked of WeChat. */
export class Notify {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    this.#client = client
    Object.freeze(this)
  }

  /**
   * Verifies a notification's raw body: signature, appid and mch_id. Ship nothing on it alone: `confirm` asks WeChat.
   *
   * @throws SignatureError, PaymentMismatch; InvalidRequest for a parsed object, naming the remedy.
   */
  parse(rawBody: Bytes): PaymentNotification {
    const body = needDocument('rawBody', rawBody)
    return readDocument(guard(() => this.#client.parseNotification(body))) as PaymentNotification
  }

  /**
   * Verifies a notification's raw body, asks WeChat for the order by `orderquery`, and compares both. Only now is it money:
   * compare `total_fee` with the amount that you recorded for `out_trade_no`.
   *
   * @throws SignatureError, PaymentMismatch, and whatever `orderquery` may fail with.
   */
  async confirm(rawBody: Bytes, options?: CallOptions): Promise<ConfirmedPayment> {
    return askWithBody(this.#client, 'notify.confirm', needDocument('rawBody', rawBody), options)
  }

  /**
   * Takes a notification all the way: verifies it, asks WeChat, compares with the amount that `amountOf` says you recorded, runs
   * `onPaid` once for each payment whatever WeChat repeats or sends twice at once, and says what to answer.
   *
   * Whatever it meets, there is an answer for WeChat, and `error` says why. It rejects for options that are none, and only then.
   */
  async handle(rawBody: Bytes, options: HandleOptions & CallOptions): Promise<Handled> {
    return handle(this.#client, rawBody, options, options)
  }

  /**
   * Asks WeChat, one after the other, for orders whose notification has not come, and hands over those that are paid, as
   * `handle` does. Each is asked for when it is 30 s, 1, 3, 10 and 30 min, 1, 3, 6, 12 and 24 h, 3 and 7 days old, once over all
   * that share the store, however often you call it. There is a result for each; one that failed has an `error`. `pending` is
   * read to its end first.
   *
   * @throws InvalidRequest for what is no order, before any is asked for.
   */
  async reconcile(
    pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
    options: CallOptions & { onPaid: OnPaid },
  ): Promise<Reconciled[]> {
    return reconcile(this.#client, pending, options, options)
  }
}

/** Checked settings on their way to the native module, which alone holds the secrets afterwards. */
class Settings {
  readonly #pieces: string[]
  readonly #hooks: Hooks

  constructor(pieces: string[], hooks: Hooks) {
    this.#pieces = pieces
    this.#hooks = hooks
  }

  create(): Client {
    const { store, onEvent } = this.#hooks
    const number = keep(this.#hooks)
    try {
      return guard(() => bridge().open(pieces(...this.#pieces), number, store !== undefined, onEvent !== undefined))
    } catch (error) {
      forget(number)
      throw error
    }
  }
}

/** Options and environment as the native module reads them. Without an environment, what everybody needs must be there. */
function settings(options: Partial<WxPayOptions> | undefined, environment?: NodeJS.ProcessEnv): Settings {
  if (options !== undefined && options !== null && !isObject(options)) {
    throw config('options', 'must be an object of options')
  }
  const { hooks, rest } = hooksOf(options ?? {})
  const found = new Map<string, string>()
  for (const variable of Object.values(VARIABLES)) {
    for (const name of [variable, `${variable}_FILE`]) {
      const value = environment?.[name]
      if (value !== undefined) {
        found.set(name, value)
      }
    }
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && value !== null) {
      found.set(known(VARIABLES, name) ?? name, setting(name, value))
    }
  }
  if (environment === undefined) {
    for (const name of REQUIRED) {
      if (!found.get(VARIABLES[name] as string)) {
        throw config(name, 'is required')
      }
    }
  }
  found.set('language', `node ${process.version}`)
  return new Settings([...found].flat(), hooks)
}

/** The options that stay on this side, and the others. */
function hooksOf(options: Partial<WxPayOptions>): { hooks: Hooks; rest: Partial<WxPayOptions> } {
  const { onEvent, onWarning, store, ...rest } = options
  for (const [name, hook] of Object.entries({ onEvent, onWarning })) {
    if (hook !== undefined && hook !== null && typeof hook !== 'function') {
      throw config(name, 'must be a function')
    }
  }
  const hooks = { onEvent: onEvent ?? undefined, onWarning: onWarning ?? undefined }
  return typeof store === 'object' && store !== null
    ? { hooks: { ...hooks, store: needStore(store) }, rest }
    : { hooks, rest: { ...rest, store } }
}

function setting(name: string, value: unknown): string {
  if (known(VARIABLES, name) !== undefined) {
    if (typeof value !== 'string') {
      throw config(name, `must be text, not ${kindOf(value)}`)
    }
    // Further on it is as one that is left out: WeChat itself, a ledger that ends with the process, the provider's own order.
    if (value === '') {
      throw config(name, REQUIRED.includes(name) ? 'must not be empty' : 'must not be empty; leave it out to do without')
    }
    return value
  }
  const least = known(LIMITS, name)
  if (least !== undefined) {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
      const what = name.startsWith('max') ? 'a number' : 'a number of milliseconds'
      throw config(name, `must be ${what}, at least ${least}`)
    }
    return String(Math.floor(value))
  }
  if (name === 'acceptSignTypes') {
    if (!Array.isArray(value) || !value.every((type) => typeof type === 'string')) {
      throw config(name, 'must be a list of MD5 and HMAC-SHA256')
    }
    return value.join(',')
  }
  const names = [...Object.keys({ ...VARIABLES, ...LIMITS }), 'onEvent', 'onWarning', 'acceptSignTypes']
  throw config(name, noOption(name, names))
}

/** An entry of a table, and none of what every object inherits. */
function known<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

function config(field: string, remedy: string): ConfigError {
  return new ConfigError(`${field}: ${remedy}`, { field })
}
