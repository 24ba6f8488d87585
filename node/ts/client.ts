import cluster from 'node:cluster'
import { native } from './addon.js'
import { V3 } from './apiv3.js'
import {
  UNPAIRED,
  invalid,
  isObject,
  kindOf,
  needBoolean,
  needDocument,
  needNumberOf,
  needSignal,
  needText,
  needTexts,
  noOption,
  optionsOf,
  signalOf,
  type Bytes,
} from './arguments.js'
import { downloaded, type Bill } from './bill.js'
import { ask, bridge, readBill, send } from './calls.js'
import { CheckReport } from './check.js'
import { payByCode, resumePayByCode, type CodeResult, type PayByCodeOptions } from './codes.js'
import { ConfigError, guard, thrown } from './errors.js'
import { readDocument, readValues } from './frame.js'
import type { SignType } from './functions.js'
import type {
  CallOptions,
  ConfirmedPayment,
  ConfirmedRefund,
  ConfirmedTransfer,
  MicropayRequest,
  NativeQuestion,
  PaymentNotification,
  RefundNotification,
  UserData,
  V3CodepayRequest,
} from './generated/documents.js'
import { Calls, JssdkCalls, OAuthCalls, WecomCalls } from './generated/methods.js'
import { SETTINGS, type Setting, type WxPayOptions } from './generated/settings.js'
import {
  handle,
  needOnPaid,
  reconcile,
  reconcileRefunds,
  reconcileTransfers,
  waitForPayment,
  type Handled,
  type NotificationHandling,
  type OnPaid,
  type OnRefund,
  type OnTransfer,
  type PendingOrder,
  type PendingRefund,
  type PendingTransfer,
  type Reconciled,
  type ReconciledRefund,
  type ReconciledTransfer,
} from './handling.js'
import { headerTexts, type NotificationOptions } from './headers.js'
import { forget, keep, needStore, type Hooks } from './hooks.js'
import type { BillSource, Client, Page as PageKind } from './native.js'
import { feeOf } from './pending.js'
import { pieces, type Given } from './pieces.js'
import type { Reply } from './reply.js'

const { Page } = native

/** How well a body that is not verified fits a client; `undefined` for what is no client. @internal */
export let fitOf: (client: unknown, body: Bytes) => number | undefined

const PAGE_OPTIONS = { appid: needText }
const APP_OPTIONS = { appid: needText, partnerid: needText }
const NONE: { readonly appid?: string; readonly partnerid?: string } = Object.freeze({})

/** A hundred years: the longest time that is accepted. */
const MAX_MS = 3_155_760_000_000

/**
 * A WeChat Pay client for one merchant and appid.
 *
 * ```js
 * const pay = new WxPay({ appid, mchId, apiKey, appSecret, notifyUrl })
 * const order = await pay.unifiedorder({ body, out_trade_no, total_fee: 100, openid, spbill_create_ip })
 * const page = pay.jsapiParams(order.prepay_id)
 * ```
 *
 * Methods and fields have WeChat's own names, so that you find them in its documents. Amounts are integers of fen, times are
 * `Date`s. Promises reject with a `WxPayError`, whose `retry` says what is safe to do next.
 */
export class WxPay extends Calls {
  readonly #client: Client
  /** The appid. */
  readonly appid: string
  /** The merchant number (商户号). */
  readonly mchId: string
  /** Web authorisation (网页授权). */
  readonly oauth: OAuth
  /** Tokens, tickets and `wx.config` (JS-SDK). */
  readonly jssdk: Jssdk
  /** WeCom (企业微信): who the customer is, tokens, tickets and pages. */
  readonly wecom: Wecom
  /** Payment notifications (支付结果通知). */
  readonly notify: Notify
  /** APIv3. */
  readonly v3: V3

  static {
    fitOf = (client, body) => (isObject(client) && #client in client ? guard(() => client.#client.fit(body)) : undefined)
  }

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
    this.wecom = new Wecom(client)
    this.notify = new Notify(client)
    this.v3 = new V3(client)
    Object.freeze(this)
  }

  /**
   * A client from the environment: `WXPAY_APPID` for `appid`, `WXPAY_MCH_ID` for `mchId`, and so on for every option that is not a
   * function. Times are in seconds there, lists have commas. The same name with `_FILE` at its end names a file whose content is
   * taken. `overrides` win over the environment.
   *
   * @throws ConfigError for a setting that is missing, unreadable or wrong.
   */
  static fromEnv(overrides?: Partial<WxPayOptions>): WxPay {
    const found = settings(overrides, process.env)
    return new WxPay(found as unknown as WxPayOptions)
  }

  /** @internal */
  protected override async execute<T>(call: string, params: object, options?: CallOptions): Promise<T> {
    return send(this.#client, call, '', params, signalOf(options))
  }

  /** @internal */
  protected override async openBill(call: string, params: object, options?: CallOptions): Promise<Bill> {
    const signal = signalOf(options)
    const source = await send<BillSource>(this.#client, call, '', params, signal)
    return downloaded(source, (text) => readBill(this.#client, source, text, signal))
  }

  /**
   * Sends a call that has no method here. The client adds appid, mch_id, nonce and signature, and verifies the reply. `path` begins
   * with `/`, such as `/pay/orderquery`. All fields of the reply are strings.
   */
  async call(
    path: string,
    params: Readonly<Record<string, Given>>,
    options?: CallOptions,
  ): Promise<Reply & Readonly<Record<string, string | undefined>>> {
    if (needText('path', path) === '') {
      throw invalid('path', 'must be a path of the payment API, such as /pay/orderquery')
    }
    return send(this.#client, 'call', path, params, signalOf(options))
  }

  /**
   * The parameters for `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`. Set `appid` when the order's openid belongs to another appid
   * than this client's or its sub-merchant's.
   *
   * @throws InvalidRequest when `prepay_id` is malformed; when `appid` is missing and this service provider's client did not make the
   * order.
   */
  jsapiParams(prepayId: string, options?: { appid?: string | undefined }): JsapiParams {
    const next = readValues(this.#page(Page.Jsapi, prepayId, options), 6)
    return { appId: next(), timeStamp: next(), nonceStr: next(), package: next(), signType: next() as SignType, paySign: next() }
  }

  /** The parameters for `wx.chooseWXPay`: `timestamp` in lower case, and the same signature. */
  chooseWXPayParams(prepayId: string, options?: { appid?: string | undefined }): ChooseWXPayParams {
    const next = readValues(this.#page(Page.ChooseWXPay, prepayId, options), 5)
    return { timestamp: next(), nonceStr: next(), package: next(), signType: next() as SignType, paySign: next() }
  }

  /** The parameters for `wx.requestPayment` of a mini program. */
  miniprogramParams(prepayId: string, options?: { appid?: string | undefined }): MiniprogramParams {
    const next = readValues(this.#page(Page.Miniprogram, prepayId, options), 5)
    return { timeStamp: next(), nonceStr: next(), package: next(), signType: next() as SignType, paySign: next() }
  }

  /**
   * The parameters for `PayReq` of the Open SDK in an app. `partnerid` defaults to the sub-merchant's number, or the client's own.
   */
  appParams(prepayId: string, options?: { appid?: string | undefined; partnerid?: string | undefined }): AppParams {
    const next = readValues(this.#page(Page.App, prepayId, options), 7)
    return {
      appid: next(),
      partnerid: next(),
      prepayid: next(),
      package: next(),
      noncestr: next(),
      timestamp: next(),
      sign: next(),
    }
  }

  #page(page: PageKind, prepayId: string, options: object | undefined): string {
    needText('prepay_id', prepayId)
    const needs = page === Page.App ? APP_OPTIONS : PAGE_OPTIONS
    const { appid, partnerid } = options === undefined ? NONE : (optionsOf(options, needs) as typeof NONE)
    try {
      return this.#client.pageParams(page, prepayId, appid, partnerid)
    } catch (error) {
      throw thrown(error)
    }
  }

  /**
   * Checks that this client can work: the store, the keys of APIv2 and APIv3, the AppSecret, this machine's clock and `notifyUrl`. For
   * start-up and for readiness probes, at most once a minute: it sends what the settings allow of an `orderquery` and a `v3.query` for a
   * number that no order has, a `v3.certificates` and a `stable_token`. What failed is in the report; the promise rejects only for invalid
   * options and an aborted signal.
   */
  async check(options?: CallOptions): Promise<CheckReport> {
    return new CheckReport(await ask(this.#client, 'check', { call: 'Check' }, signalOf(options)))
  }

  /**
   * Queries an order until it is paid or closed, or until `within` milliseconds have passed (default: 60,000; 0 queries once). At the
   * end of the time it queries once more. Resolves to the payment when it is paid. For the page of a waiting customer: calls that
   * wait for the same order share each query, and its answer for about a second. `subMchId` is the sub-merchant of a service
   * provider's order, if it is not the client's.
   *
   * With `onPaid` it also hands the payment over before it resolves: once, whether a notification (`notify.handle`) or this comes
   * first. When another process is handing the payment over, it waits three seconds for that process; then it resolves to the
   * payment, and the other process hands it over.
   *
   * @throws PaymentMismatch when another amount was paid; the errors of the query; StoreError; the error of `onPaid`, after which
   * the payment is handed over by a later call or notification.
   */
  async waitForPayment(
    outTradeNo: string,
    options: CallOptions & {
      totalFee: number | bigint
      within?: number | undefined
      onPaid?: OnPaid | undefined
      subMchId?: string | undefined
    },
  ): Promise<ConfirmedPayment | undefined> {
    const within = needNumberOf('milliseconds', MAX_MS)
    const needs = { totalFee: feeOf, within, onPaid: needOnPaid, subMchId: needText, signal: needSignal }
    const given = optionsOf(options, needs)
    const totalFee = given.totalFee ?? feeOf('totalFee', options?.totalFee)
    const order = {
      outTradeNo: needText('out_trade_no', outTradeNo),
      totalFee,
      subMchId: given.subMchId || undefined,
      within: Math.floor(given.within ?? 60_000),
    }
    return waitForPayment(this.#client, order, given.onPaid, given.signal)
  }

  /**
   * Charges the payment code that a customer shows (付款码支付), and resolves when the result is known: queries the order while the customer
   * confirms on the phone, and cancels it (`reverse`) when the time is over. `params` are the fields of `micropay`, with a new
   * `out_trade_no`, which either API takes; or those of `v3.codepay`, for APIv3 alone. The option `api` chooses: if it is left out, APIv2 when
   * `apiKey` is set, else APIv3.
   *
   * A code is charged once: the store keeps for eight days that the number was charged, and a second call with it is refused. After a crash
   * `resumePayByCode` takes the payment up from its number. When `signal` aborts, the promise rejects and the result is unknown: take it up
   * again. `giveUp` is for the cashier: it cancels the order, and the promise resolves to what came of it.
   *
   * @throws when nothing was charged: InvalidRequest, also for a number that was charged before; ConfigError without the keys of the
   * API, or without the merchant's certificate, unless `reverse` is `false`; TransportError with `outcome` `not_sent`; StoreError. PaymentMismatch when WeChat's order of
   * this number has another amount. With `onPaid` also what it throws, and StoreError, after the customer paid.
   */
  async payByCode(params: MicropayRequest | V3CodepayRequest, options?: PayByCodeOptions): Promise<CodeResult> {
    return payByCode(this.#client, params, options)
  }

  /**
   * Takes up a payment by code from its number, in whatever step it was interrupted. No code is charged. `totalFee` is the amount that you
   * recorded for the order; `subMchId` the sub-merchant of a service provider's order, if it is not the client's.
   *
   * @throws InvalidRequest, also when the number was charged with another amount; ConfigError, StoreError and PaymentMismatch as for
   * `payByCode`.
   */
  async resumePayByCode(
    outTradeNo: string,
    options: PayByCodeOptions & { totalFee: number | bigint; subMchId?: string | undefined },
  ): Promise<CodeResult> {
    return resumePayByCode(this.#client, outTradeNo, options)
  }

  /**
   * The text of a permanent code for a product (扫码支付模式一): make a QR code of it, or shorten it by `shorturl`. When it is scanned, WeChat
   * asks for an order: `notify.parseNative`.
   *
   * @throws InvalidRequest when `productId` is malformed.
   */
  nativeCodeUrl(productId: string): string {
    const product = needText('product_id', productId)
    return guard(() => this.#client.nativeCodeUrl(product))
  }

  /**
   * The answer to WeChat's question about a permanent code: the `prepay_id` of a NATIVE order for the customer. Send it with status 200
   * and `ack.contentType`.
   *
   * @throws InvalidRequest when `prepayId` is malformed.
   */
  nativeAnswer(prepayId: string): string {
    const prepay = needText('prepay_id', prepayId)
    return guard(() => this.#client.nativeAnswer(prepay))
  }

  /**
   * The answer to WeChat's question about a permanent code when there is no order: the customer reads `text`, up to 128 characters.
   *
   * @throws InvalidRequest when `text` is empty or too long.
   */
  nativeRefusal(text: string): string {
    const shown = needText('text', text)
    return guard(() => this.#client.nativeRefusal(shown))
  }

  /** Holds no secret, so that a client can be logged. */
  toJSON(): Record<string, string> {
    return { appid: this.appid, mchId: this.mchId }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `WxPay { appid: '${this.appid}', mchId: '${this.mchId}' }`
  }
}

/** For `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`. Every value is a string, the timestamp too. */
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

/** What to ask of the customer, and what WeChat sends back. */
export interface AuthorizeOptions {
  /** Default: `snsapi_base`, the openid without asking the customer. */
  scope?: 'snsapi_base' | 'snsapi_userinfo' | undefined
  /** Comes back unchanged: up to 128 letters and digits. */
  state?: string | undefined
  /** Asks even a customer who agreed before. */
  forcePopup?: boolean | undefined
  /** The appid of the third-party platform (第三方平台) that acts for the account. Exchange the code by `componentAccessToken`. */
  componentAppid?: string | undefined
}

/** Who the customer is: web authorisation (网页授权) and the login of mini programs. */
export class OAuth extends OAuthCalls {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    super()
    this.#client = client
    Object.freeze(this)
  }

  /** The URL to redirect the customer to. WeChat redirects back to `redirectUri` with a `code`. */
  authorizeUrl(redirectUri: string, options?: AuthorizeOptions): string {
    const uri = needText('redirect_uri', redirectUri)
    const needs = { scope: needText, state: needText, forcePopup: needBoolean, componentAppid: needText }
    const { scope = 'snsapi_base', state, forcePopup = false, componentAppid } = optionsOf(options, needs)
    return guard(() => this.#client.authorizeUrl(uri, scope, state, forcePopup, componentAppid))
  }

  /**
   * Decrypts `encryptedData` of a mini program, and checks that it is for this client's appid. `sessionKey` is the customer's, of
   * `jscode2session`. Since 2021 the data has neither openid nor unionid: take them from `jscode2session`.
   *
   * @throws InvalidRequest when an argument is damaged or the data is for another mini program; with `code` `session_key_mismatch` when the
   * customer logged in again after the session key was fetched.
   */
  decryptUserData(encryptedData: string, iv: string, sessionKey: string): UserData {
    const [data, vector] = [needText('encrypted_data', encryptedData), needText('iv', iv)]
    const key = needText('session_key', sessionKey)
    return readDocument(guard(() => this.#client.decryptUserData(data, vector, key))) as UserData
  }

  /** @internal */
  protected override execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T> {
    return send(this.#client, call, '', params, signal)
  }
}

/** What the page needs of the JS-SDK. */
export interface JssdkConfigOptions extends CallOptions {
  /** The functions that the page calls, such as `chooseWXPay`. */
  jsApiList?: readonly string[] | undefined
  /** The open tags that the page shows. */
  openTagList?: readonly string[] | undefined
  /** Whether WeChat shows each call in an alert. */
  debug?: boolean | undefined
}

/** The arguments of `wx.config`. */
export interface JssdkConfig {
  /** `true` for pages in WeCom. */
  beta?: boolean
  debug: boolean
  appId: string
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
  openTagList: string[]
}

/** Tokens, tickets and `wx.config`. Tokens are kept in the store, and renewed once for all processes that share it. */
export class Jssdk extends JssdkCalls {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    super()
    this.#client = client
    Object.freeze(this)
  }

  /** The arguments of `wx.config`. `url` is the address of the page, with its query. */
  async config(url: string, options?: JssdkConfigOptions): Promise<JssdkConfig> {
    const needs = { jsApiList: needTexts, openTagList: needTexts, debug: needBoolean, signal: needSignal }
    const { jsApiList = [], openTagList = [], debug = false, signal } = optionsOf(options, needs)
    const page = { url: needText('url', url), debug, jsApiList: [...jsApiList], openTagList: [...openTagList] }
    return ask(this.#client, 'jssdk.config', { call: 'JssdkConfig', ...page }, signal)
  }

  /**
   * The access_token of the account, kept until shortly before it expires. Set `refused` to a token that WeChat refused: the promise
   * then resolves to its successor, which is fetched once for all processes that share the store.
   */
  async accessToken(options?: CallOptions & { refused?: string | undefined }): Promise<string> {
    const { refused, signal } = optionsOf(options, { refused: needText, signal: needSignal })
    return ask(this.#client, 'jssdk.access_token', { call: 'JssdkAccessToken', refused: refused || undefined }, signal)
  }

  /** The argument of `wx.agentConfig` for a page in WeCom: the same as `pay.wecom.agentConfig`. */
  async agentConfig(url: string, options?: AgentConfigOptions): Promise<AgentConfig> {
    return agentConfig(this.#client, url, options)
  }

  /** The jsapi_ticket of the account, kept until shortly before it expires. */
  async jsapiTicket(options?: CallOptions): Promise<string> {
    return ask(this.#client, 'jssdk.jsapi_ticket', { call: 'JssdkJsapiTicket' }, signalOf(options))
  }

  /** @internal */
  protected override execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T> {
    return send(this.#client, call, '', params, signal)
  }
}

/** What a page in WeCom needs for `wx.agentConfig`. */
export interface AgentConfigOptions extends CallOptions {
  /** The functions that the page calls, such as `selectExternalContact`. */
  jsApiList?: readonly string[] | undefined
}

/** What a page in WeCom needs for `wx.config`. */
export interface WecomConfigOptions extends AgentConfigOptions {
  /** Whether WeCom shows each call in an alert. */
  debug?: boolean | undefined
}

/** The arguments of `wx.agentConfig`. */
export interface AgentConfig {
  corpid: string
  agentid: string
  timestamp: number
  nonceStr: string
  signature: string
  jsApiList: string[]
}

/** What to ask of a customer in WeCom, and what comes back. */
export interface WecomAuthorizeOptions {
  /** Default: `snsapi_base`, who it is without a question. `snsapi_privateinfo` asks a member for more. */
  scope?: 'snsapi_base' | 'snsapi_privateinfo' | undefined
  /** Comes back unchanged: up to 128 letters and digits. */
  state?: string | undefined
}

/**
 * WeCom (企业微信). The client's `appid` is the corpid; `corpSecret` and `agentId` are those of the application. Tokens are kept in the
 * store, and renewed once for all processes that share it.
 */
export class Wecom extends WecomCalls {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    super()
    this.#client = client
    Object.freeze(this)
  }

  /** The URL to redirect the customer to. WeCom, or WeChat, redirects back to `redirectUri` with a `code`. */
  authorizeUrl(redirectUri: string, options?: WecomAuthorizeOptions): string {
    const uri = needText('redirect_uri', redirectUri)
    const { scope = 'snsapi_base', state } = optionsOf(options, { scope: needText, state: needText })
    return guard(() => this.#client.wecomAuthorizeUrl(uri, scope, state))
  }

  /** The arguments of `wx.config`, with `beta`. `url` is the address of the page, with its query. */
  async config(url: string, options?: WecomConfigOptions): Promise<JssdkConfig> {
    const needs = { jsApiList: needTexts, debug: needBoolean, signal: needSignal }
    const { jsApiList = [], debug = false, signal } = optionsOf(options, needs)
    const page = { url: needText('url', url), debug, jsApiList: [...jsApiList] }
    return ask(this.#client, 'wecom.config', { call: 'WecomConfig', ...page }, signal)
  }

  /**
   * The arguments of `wx.agentConfig`, for functions that need the application's identity. Paying does not. `url` is the address of the
   * page, with its query.
   */
  async agentConfig(url: string, options?: AgentConfigOptions): Promise<AgentConfig> {
    return agentConfig(this.#client, url, options)
  }

  /**
   * The token of the application, kept until shortly before it expires. Set `refused` to a token that WeCom refused (40014, 42001): the
   * promise then resolves to its successor, which is fetched once for all processes that share the store.
   */
  async accessToken(options?: CallOptions & { refused?: string | undefined }): Promise<string> {
    const { refused, signal } = optionsOf(options, { refused: needText, signal: needSignal })
    return ask(this.#client, 'wecom.access_token', { call: 'WecomAccessToken', refused: refused || undefined }, signal)
  }

  /** The ticket of the corp, for `wx.config`, kept until shortly before it expires. */
  async jsapiTicket(options?: CallOptions): Promise<string> {
    return ask(this.#client, 'wecom.jsapi_ticket', { call: 'WecomJsapiTicket' }, signalOf(options))
  }

  /** The ticket of the application, for `wx.agentConfig`, kept until shortly before it expires. */
  async agentTicket(options?: CallOptions): Promise<string> {
    return ask(this.#client, 'wecom.agent_ticket', { call: 'WecomAgentTicket' }, signalOf(options))
  }

  /** @internal */
  protected override execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T> {
    return send(this.#client, call, '', params, signal)
  }
}

async function agentConfig(client: Client, url: string, options: AgentConfigOptions | undefined): Promise<AgentConfig> {
  const { jsApiList = [], signal } = optionsOf(options, { jsApiList: needTexts, signal: needSignal })
  const page = { url: needText('url', url), jsApiList: [...jsApiList] }
  return ask(client, 'wecom.agent_config', { call: 'WecomAgentConfig', ...page }, signal)
}

/** Payment notifications (支付结果通知). Anybody can post one: it is verified, and then the order is queried. */
export class Notify {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    this.#client = client
    Object.freeze(this)
  }

  /**
   * Verifies the raw body of a notification: signature, appid and mch_id. This alone does not prove a payment: `confirm` queries the
   * order. Of APIv3 it knows the public key in the options, and platform certificates that were downloaded before.
   *
   * @throws SignatureError, PaymentMismatch; InvalidRequest for a parsed object.
   */
  parse(rawBody: Bytes, options?: NotificationOptions): PaymentNotification {
    const body = needDocument('rawBody', rawBody)
    const headers = options === undefined ? undefined : optionsOf(options, { headers: headerTexts }).headers
    return readDocument(guard(() => this.#client.parseNotification(body, headers))) as PaymentNotification
  }

  /**
   * Verifies the raw body of WeChat's question for an order, after a customer scanned a permanent code (扫码支付模式一). Make a NATIVE order
   * with its `product_id` and `openid`, and answer with `nativeAnswer` within five seconds, or with `nativeRefusal`.
   *
   * @throws SignatureError, PaymentMismatch; InvalidRequest for a parsed object.
   */
  parseNative(rawBody: Bytes): NativeQuestion {
    const body = needDocument('rawBody', rawBody)
    return readDocument(guard(() => this.#client.parseNative(body))) as NativeQuestion
  }

  /**
   * Verifies the raw body of a notification, queries the order and compares both. This proves that the order is paid: compare
   * `total_fee` with the amount that you recorded for `out_trade_no`.
   *
   * @throws SignatureError, PaymentMismatch, and the errors of the query.
   */
  async confirm(rawBody: Bytes, options?: NotificationOptions & CallOptions): Promise<ConfirmedPayment> {
    const body = needDocument('rawBody', rawBody)
    const { headers, signal } = optionsOf(options, { headers: headerTexts, signal: needSignal })
    return ask(this.#client, 'notify.confirm', { call: 'Confirm', kind: 'payment', headers }, signal, body)
  }

  /**
   * Decrypts the raw body of a refund notification (退款结果通知), and checks appid and mch_id. One of APIv2 is not signed: `confirmRefund`
   * queries the refund.
   *
   * @throws SignatureError, PaymentMismatch; InvalidRequest for a parsed object.
   */
  parseRefund(rawBody: Bytes, options?: NotificationOptions): RefundNotification {
    const body = needDocument('rawBody', rawBody)
    const headers = options === undefined ? undefined : optionsOf(options, { headers: headerTexts }).headers
    return readDocument(guard(() => this.#client.parseRefundNotification(body, headers))) as RefundNotification
  }

  /**
   * Decrypts the raw body of a refund notification, queries the refund and compares both. `refund_status` of the result is WeChat's answer:
   * `SUCCESS` when the customer has the money.
   *
   * @throws SignatureError, PaymentMismatch, and the errors of the query.
   */
  async confirmRefund(rawBody: Bytes, options?: NotificationOptions & CallOptions): Promise<ConfirmedRefund> {
    const body = needDocument('rawBody', rawBody)
    const { headers, signal } = optionsOf(options, { headers: headerTexts, signal: needSignal })
    return ask(this.#client, 'notify.confirm_refund', { call: 'Confirm', kind: 'refund', headers }, signal, body)
  }

  /**
   * Verifies the raw body of a notification of a transfer (商家转账), queries the transfer and compares both. `state` of the result is WeChat's
   * answer: `SUCCESS` when the customer has the money.
   *
   * @throws SignatureError, PaymentMismatch, ConfigError, and the errors of the query.
   */
  async confirmTransfer(rawBody: Bytes, options?: NotificationOptions & CallOptions): Promise<ConfirmedTransfer> {
    const body = needDocument('rawBody', rawBody)
    const { headers, signal } = optionsOf(options, { headers: headerTexts, signal: needSignal })
    return ask(this.#client, 'notify.confirm_transfer', { call: 'Confirm', kind: 'transfer', headers }, signal, body)
  }

  /**
   * Processes a notification from verification to acknowledgement: verifies it, queries the order, compares the amount with the one
   * that `amountOf` returns, runs `onPaid` once for each payment, and returns the reply for WeChat.
   *
   * With `onRefunded` it takes notifications of refunds too, at the same address or at another one: it decrypts one, queries the refund,
   * compares both, and runs your function once for each refund. With `onTransferred` it takes those of transfers in the same way.
   *
   * One address serves APIv2 and APIv3: pass `headers`, which APIv3 signs. A payment has the same idempotency key in both APIs. The order is
   * queried by the API that sent the notification.
   *
   * There is a reply for WeChat in any case, and `error` says why it is FAIL. The promise rejects only for invalid options.
   */
  async handle(rawBody: Bytes, options: NotificationHandling & CallOptions): Promise<Handled> {
    return handle(this.#client, rawBody, options)
  }

  /**
   * Queries orders whose notification has not come, eight at a time, and hands over those that are paid, as `handle` does. An
   * order is queried when it is 30 s, 1, 3, 10 and 30 min, 1, 3, 6, 12 and 24 h, 3 and 7 days old: once at each age, over all
   * processes that share the store, however often you call this. There is a result for each order; one that failed has an `error`,
   * and so has a row that is not an order. `pending` is read to its end first.
   *
   * @throws InvalidRequest when `pending` is not a list or an iterable.
   */
  async reconcile(
    pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
    options: CallOptions & { onPaid: OnPaid },
  ): Promise<Reconciled[]> {
    return reconcile(this.#client, pending, options)
  }

  /**
   * Queries refunds whose notification has not come, eight at a time, and hands their results over as `handle` does. A refund is queried
   * when it is 30 s, 2, 10 and 30 min, 2, 6 and 24 h, 2, 3, 5, 7, 14, 21 and 30 days old: once at each age, over all processes that
   * share the store, however often you call this. There is a result for each refund; one that failed has an `error`, and so has a row
   * that is not a refund. `pending` is read to its end first.
   *
   * @throws InvalidRequest when `pending` is not a list or an iterable.
   */
  async reconcileRefunds(
    pending: Iterable<PendingRefund> | AsyncIterable<PendingRefund>,
    options: CallOptions & { onRefunded: OnRefund; onRefundFailed?: OnRefund | undefined },
  ): Promise<ReconciledRefund[]> {
    return reconcileRefunds(this.#client, pending, options)
  }

  /**
   * Queries transfers whose notification has not come, eight at a time, and hands their results over as `handle` does. A transfer is
   * queried when it is 30 s, 2, 10 and 30 min, 2, 6, 12, 24, 25 and 30 h, 2, 3 and 7 days old: once at each age, over all processes that
   * share the store, however often you call this. There is a result for each transfer; one that failed has an `error`, and so has a row
   * that is not a transfer. `pending` is read to its end first.
   *
   * @throws InvalidRequest when `pending` is not a list or an iterable.
   */
  async reconcileTransfers(
    pending: Iterable<PendingTransfer> | AsyncIterable<PendingTransfer>,
    options: CallOptions & { onTransferred: OnTransfer; onTransferFailed?: OnTransfer | undefined },
  ): Promise<ReconciledTransfer[]> {
    return reconcileTransfers(this.#client, pending, options)
  }
}

/** Checked settings for the native module, which alone holds the secrets afterwards. */
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

/** Options and environment under the environment's names. Without an environment, the required options must be there. */
function settings(options: Partial<WxPayOptions> | undefined, environment?: NodeJS.ProcessEnv): Settings {
  if (options !== undefined && options !== null && !isObject(options)) {
    throw config('options', 'must be an object of options')
  }
  const { hooks, rest } = hooksOf(options ?? {})
  const found = new Map<string, string>()
  for (const { variable } of Object.values(SETTINGS)) {
    for (const name of variable === undefined ? [] : [variable, `${variable}_FILE`]) {
      const value = environment?.[name]
      if (value !== undefined) {
        found.set(name, value)
      }
    }
  }
  // Of other variables the names alone: one of them may be misspelt.
  for (const [name, value] of Object.entries(environment ?? {})) {
    if (name.startsWith('WXPAY_') && !found.has(name) && value !== '') {
      found.set(name, '1')
    }
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && value !== null) {
      const row = rowOf(name)
      found.set(row.variable as string, textOf(name, row, value))
    }
  }
  for (const [name, row] of Object.entries(SETTINGS)) {
    if (environment === undefined && row.required && !found.has(row.variable as string)) {
      throw config(name, 'is required')
    }
  }
  if (environment === undefined && !['WXPAY_API_KEY', 'WXPAY_API_V3_KEY', 'WXPAY_PLATFORM_PUBLIC_KEY'].some((name) => found.has(name))) {
    throw config('apiKey', 'is required; a client of APIv3 alone needs apiV3Key or platformPublicKey instead')
  }
  found.set('language', `node ${process.version}`)
  if (cluster.isWorker) {
    found.set('worker', '1')
  }
  return new Settings([...found].flat(), hooks)
}

/** The options that stay in JavaScript, and the others. */
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

function rowOf(name: string): Setting {
  const row = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined
  if (row === undefined) {
    throw config(name, noOption(name, Object.keys(SETTINGS)))
  }
  return row
}

/** An option as the environment has it. */
function textOf(name: string, { kind, required, least, most }: Setting, value: unknown): string {
  if (kind === 'milliseconds' || kind === 'count') {
    const what = kind === 'count' ? 'an integer' : 'a number of milliseconds'
    const fits = typeof value === 'number' && value >= (least as number) && value <= (most as number)
    if (!fits || (kind === 'count' && !Number.isInteger(value))) {
      throw config(name, `must be ${what} between ${least} and ${most}`)
    }
    return String(kind === 'count' ? value : value / 1000)
  }
  if (kind === 'flag') {
    if (typeof value !== 'boolean') {
      throw config(name, 'must be true or false')
    }
    return String(value)
  }
  if (kind === 'signTypes') {
    if (!Array.isArray(value) || !value.every((type) => typeof type === 'string')) {
      throw config(name, 'must be a list, each item MD5 or HMAC-SHA256')
    }
    return value.join(',')
  }
  if (kind === 'credential' && value instanceof Uint8Array) {
    // As text, which is what crosses to core.
    return `data:;base64,${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}`
  }
  if (typeof value !== 'string') {
    throw config(name, `must be ${kind === 'credential' ? 'a path, a Buffer or PEM text' : 'text'}, not ${kindOf(value)}`)
  }
  if (!value.isWellFormed()) {
    throw config(name, UNPAIRED)
  }
  // An empty variable counts as not set, so an empty option would silently be left out.
  if (value === '') {
    throw config(name, required ? 'must not be empty' : 'must not be empty; leave it out to do without')
  }
  return value
}

function config(field: string, remedy: string): ConfigError {
  return new ConfigError(`${field}: ${native.phrase(remedy)}`, { field })
}
