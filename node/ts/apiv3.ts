import { invalid, isObject, kindOf, needSignal, needText, needTexts, optionsOf, signalOf } from './arguments.js'
import { ask, send, sendV3 } from './calls.js'
import type { CallOptions, V3JsapiRequest } from './generated/documents.js'
import { V3Calls } from './generated/methods.js'
import type { Client } from './native.js'
import type { Given } from './pieces.js'
import type { Reply } from './reply.js'

/** What `pay.v3.call` takes besides method and path. */
export interface V3CallOptions extends CallOptions {
  /** The fields of the query. */
  query?: Readonly<Record<string, Given>> | undefined
  /** The body, written as JSON. */
  json?: object | undefined
  /**
   * The members of the body that the client encrypts for WeChat, and of the reply that it decrypts, such as `['name', 'receivers.name']`. A
   * list is walked item by item.
   */
  sensitive?: readonly string[] | undefined
}

/** For `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`, signed by RSA. Every value is a string, the timestamp too. */
export interface V3JsapiParams {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: 'RSA'
  paySign: string
}

/** For `wx.chooseWXPay`, signed by RSA. */
export interface V3ChooseWXPayParams {
  timestamp: string
  nonceStr: string
  package: string
  signType: 'RSA'
  paySign: string
}

/** For `wx.requestPayment`, signed by RSA. */
export type V3MiniprogramParams = Omit<V3JsapiParams, 'appId'>

/** For the Open SDK's `PayReq`, signed by RSA. */
export interface V3AppParams {
  appid: string
  partnerid: string
  prepayid: string
  package: string
  noncestr: string
  timestamp: string
  sign: string
}

/** The parameters of each kind of page. */
interface Pages {
  jsapi: V3JsapiParams
  chooseWXPay: V3ChooseWXPayParams
  miniprogram: V3MiniprogramParams
}

/** Names of pages as the native module has them. */
const PAGES: Readonly<Record<keyof Pages, string>> = {
  jsapi: 'jsapi',
  chooseWXPay: 'choose_wxpay',
  miniprogram: 'miniprogram',
}

type PageOptions = CallOptions & { appid?: string | undefined }

/**
 * APIv3: calls, and the parameters for pages and apps. It needs `clientCert` with `clientKey`, or `clientP12`; and `platformPublicKey` with
 * its id, or `apiV3Key`, with which the client downloads platform certificates. With `subMchId` in the options of the client, or
 * `sub_mchid` in a call, orders are a service provider's.
 */
export class V3 extends V3Calls {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    super()
    this.#client = client
    Object.freeze(this)
  }

  /** @internal */
  protected override async execute<T>(call: string, params: object, options?: CallOptions): Promise<T> {
    return send(this.#client, call, '', params, signalOf(options))
  }

  /**
   * Sends a call of APIv3 that has no method here: signed, its reply verified. `path` is percent-encoded, such as
   * `/v3/marketing/favor/stocks/100`. All members of the reply are strings; lists and objects are JSON.
   *
   * @throws InvalidRequest, ConfigError, TransportError, ProtocolError, BusinessError, SignatureError
   */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: V3CallOptions,
  ): Promise<Reply & Readonly<Record<string, string | undefined>>> {
    const needs = { query: needRecord, json: needJson, sensitive: needTexts, signal: needSignal }
    const { query = {}, json = '', sensitive = [], signal } = optionsOf(options, needs)
    return sendV3(this.#client, [needText('method', method), needText('path', path), json], sensitive, query, signal)
  }

  /**
   * The parameters for `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`, for an order of `jsapi`. Set `appid` when the order's openid
   * belongs to another appid than this client's or its sub-merchant's. A promise, since RSA takes its time on another thread.
   *
   * @throws InvalidRequest when `prepay_id` is malformed; when `appid` is missing and this service provider's client did not make the
   * order. ConfigError without a private key.
   */
  async jsapiParams(prepayId: string, options?: PageOptions): Promise<V3JsapiParams> {
    return this.#page('jsapi', prepayId, options)
  }

  /** The parameters for `wx.chooseWXPay`: `timestamp` in lower case, and the same signature. */
  async chooseWXPayParams(prepayId: string, options?: PageOptions): Promise<V3ChooseWXPayParams> {
    return this.#page('choose_wxpay', prepayId, options)
  }

  /** The parameters for `wx.requestPayment` of a mini program. */
  async miniprogramParams(prepayId: string, options?: PageOptions): Promise<V3MiniprogramParams> {
    return this.#page('miniprogram', prepayId, options)
  }

  /** The parameters for `PayReq` of the Open SDK in an app. `partnerid` defaults to the sub-merchant's number, or the client's own. */
  async appParams(prepayId: string, options?: PageOptions & { partnerid?: string | undefined }): Promise<V3AppParams> {
    return this.#page('app', prepayId, options)
  }

  /**
   * Creates an order by `jsapi`, and resolves to the parameters for the page that opens its cashier: `jsapi`, `chooseWXPay` or
   * `miniprogram`.
   *
   * @throws the errors of `jsapi` and `jsapiParams`.
   */
  async orderAndParams<K extends keyof Pages>(page: K, params: V3JsapiRequest, options?: CallOptions): Promise<Pages[K]> {
    const name: string | undefined = Object.hasOwn(PAGES, page) ? PAGES[page] : undefined
    if (name === undefined) {
      throw invalid('page', 'must be jsapi, chooseWXPay or miniprogram')
    }
    return send(this.#client, 'v3.order_and_params', name, params, signalOf(options))
  }

  async #page<T>(page: string, prepayId: string, options: object | undefined): Promise<T> {
    const needs = { appid: needText, partnerid: needText, signal: needSignal }
    const { appid, partnerid, signal } = optionsOf(options, needs)
    const call = { call: 'V3Params', page, prepayId: needText('prepay_id', prepayId), appid: appid || undefined, partnerid: partnerid || undefined } as const
    return ask(this.#client, 'v3.jsapi_params', call, signal)
  }
}

function needRecord(field: string, value: unknown): Readonly<Record<string, Given>> {
  if (!isObject(value) || Array.isArray(value)) {
    throw invalid(field, `must be an object, not ${kindOf(value)}`)
  }
  return value as Readonly<Record<string, Given>>
}

/** An object or a list as JSON text. */
function needJson(field: string, value: unknown): string {
  if (!isObject(value)) {
    throw invalid(field, `must be an object or a list, not ${kindOf(value)}`)
  }
  try {
    return JSON.stringify(value)
  } catch {
    throw invalid(field, 'cannot be written as JSON')
  }
}
