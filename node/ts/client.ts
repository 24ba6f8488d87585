import { native } from './addon.js'
import { V3 } from './apiv3.js'
import { invalid, isObject, needNumberOf, needSignal, needText, optionsOf, signalOf, type Bytes } from './arguments.js'
import type { Bill } from './bill.js'
import { ask, openBill, send } from './calls.js'
import { CheckReport } from './check.js'
import { payByCode, resumePayByCode, type CodeResult, type PayByCodeOptions } from './codes.js'
import { guard, thrown } from './errors.js'
import { readValues } from './frame.js'
import type { SignType } from './functions.js'
import type { CallOptions, ConfirmedPayment, MicropayRequest, V3CodepayRequest } from './generated/documents.js'
import { Calls } from './generated/methods.js'
import type { WxPayOptions } from './generated/settings.js'
import { needOnPaid, waitForPayment } from './handling.js'
import type { Client, Page as PageKind } from './native.js'
import { Notify } from './notify.js'
import type { OnPaid } from './outcomes.js'
import { feeOf } from './pending.js'
import type { Given } from './pieces.js'
import { Jssdk, OAuth, Wecom } from './platform.js'
import type { Reply } from './reply.js'
import { Settings, settings } from './settings.js'

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
    return openBill(this.#client, call, params, signalOf(options))
  }

  /**
   * Sends a call that has no method here. The client adds appid and mch_id, under the names that the path has for them, nonce and
   * signature, and verifies the reply: one without a signature is accepted only at the paths whose replies WeChat does not sign. A path
   * that has a method here follows the rules of its method, but accepts any fields; bills are available only by their own methods.
   * `path` begins with `/`, such as
   * `/pay/orderquery`. All fields of the reply are strings.
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
   * The parameters for `PayReq` of the Open SDK in an app. `partnerid` defaults to the sub-merchant of an order that this process made,
   * else to that of the settings, else to the client's own number.
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
   * provider's order, if it is not the client's. For a part of a combined order (合单) `combineOutTradeNo` is your number of the combined
   * order, which `v3.combineQuery` is asked for. Its parts are paid at once, and each is handed over by a call of its own; the calls share
   * each query.
   *
   * With `onPaid` it also hands the payment over before it resolves: once, whether a notification (`notify.handle`) or this comes
   * first. When another process is handing the payment over, it waits three seconds for that process; then it resolves to the
   * payment, and the other process hands it over.
   *
   * @throws PaymentMismatch when another amount was paid, or the combined order has no such part; the errors of the query; StoreError; the error of `onPaid`, after which
   * the payment is handed over by a later call or notification.
   */
  async waitForPayment(
    outTradeNo: string,
    options: CallOptions & {
      totalFee: number | bigint
      within?: number | undefined
      onPaid?: OnPaid | undefined
      subMchId?: string | undefined
      combineOutTradeNo?: string | undefined
    },
  ): Promise<ConfirmedPayment | undefined> {
    const within = needNumberOf('milliseconds', MAX_MS)
    const needs = { totalFee: feeOf, within, onPaid: needOnPaid, subMchId: needText, combineOutTradeNo: needText, signal: needSignal }
    const given = optionsOf(options, needs)
    const totalFee = given.totalFee ?? feeOf('totalFee', options?.totalFee)
    const order = {
      outTradeNo: needText('out_trade_no', outTradeNo),
      totalFee,
      subMchId: given.subMchId || undefined,
      combineOutTradeNo: given.combineOutTradeNo || undefined,
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
