/// <reference types="node" preserve="true" />

import type { Readable } from 'node:stream'
import { native } from './addon.js'
import { invalid, isObject, kindOf, needDocument, needSignal, needText, needTexts, optionsOf, signalOf, wellFormed, type Bytes } from './arguments.js'
import type { Bill } from './bill.js'
import { ask, openBill, readBill, send } from './calls.js'
import { thrown } from './errors.js'
import { needTarget, streamed, written, type Arriving, type DownloadTarget } from './files.js'
import { readValues } from './frame.js'
import type { CallOptions, V3AppRequest, V3JsapiRequest, V3Media, V3Notification } from './generated/documents.js'
import { V3Calls } from './generated/methods.js'
import { headerTexts, type MessageHeaders } from './headers.js'
import type { BillSource, Client } from './native.js'
import { shownPart } from './part.js'
import { jsonText, typedText, type QueryValue } from './pieces.js'
import { Reply } from './reply.js'
import { readFile, type UploadFile } from './upload.js'

const { Page } = native

/** What `pay.v3.call` takes besides method and path. */
export interface V3CallOptions extends CallOptions {
  /** The fields of the query. */
  query?: Readonly<Record<string, QueryValue>> | undefined
  /** The body, written as JSON; a `Date` in it as `2026-11-30T18:00:00+08:00`. */
  json?: object | undefined
  /**
   * Members that travel encrypted, such as `['name', 'receivers.name']`: the client encrypts those of the query and the body for WeChat, and
   * decrypts those of the reply. Of a call with a body, the body (as text) or the query must have each of them. A list is walked item by item.
   */
  sensitive?: readonly string[] | undefined
}

/** What `pay.v3.upload` takes besides the file. */
export interface V3UploadOptions extends CallOptions {
  /** The file's name for WeChat, such as `licence.jpg`. Required with bytes and streams; otherwise the file's own name. */
  filename?: string | undefined
  /** The path of the call: `/v3/merchant/media/upload` when it is left out, for a video `/v3/merchant/media/video_upload`. */
  path?: string | undefined
  /** Further members of the part `meta`, for paths that want some. The client makes `filename` and `sha256`. */
  meta?: object | undefined
}

/** What `pay.v3.download` takes besides the address: both are of the reply that has it. */
export interface V3DownloadOptions extends CallOptions {
  /** `SHA1` or `SHA256`. */
  hashType?: string | undefined
  /** The hash of the file. */
  hashValue?: string | undefined
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

/** For `requestMerchantTransfer`, where the customer confirms a transfer. Nothing is signed. */
export interface V3TransferParams {
  mchId: string
  appId: string
  package: string
}

/** The parameters of each kind of page. */
interface Pages {
  jsapi: V3JsapiParams
  chooseWXPay: V3ChooseWXPayParams
  miniprogram: V3MiniprogramParams
  app: V3AppParams
}

/** The fields of the order that each kind of page pays. */
type OrderOf<K extends keyof Pages> = K extends 'app' ? V3AppRequest : V3JsapiRequest

/** Names of pages as the native module has them. */
const PAGES: Readonly<Record<keyof Pages, string>> = {
  jsapi: 'jsapi',
  chooseWXPay: 'choose_wxpay',
  miniprogram: 'miniprogram',
  app: 'app',
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

  /** @internal */
  protected override async openBill(call: string, params: object, options?: CallOptions): Promise<Bill> {
    return openBill(this.#client, call, params, signalOf(options))
  }

  /**
   * Verifies and decrypts a notification of any kind, such as of a transfer or of profit sharing: `event_type`, `original_type`, and
   * `resource`, the object that was encrypted. It is not confirmed, and it may have come before: `notify.handle` does both for payments, refunds
   * and transfers. Answer with status 200 and no body; with 401 or 500 WeChat sends it again.
   *
   * @throws SignatureError, PaymentMismatch, ConfigError, and the errors of downloading platform certificates.
   */
  async notification(rawBody: Bytes, options: { headers: MessageHeaders } & CallOptions): Promise<V3Notification> {
    const body = needDocument('rawBody', rawBody)
    const { headers = [], signal } = optionsOf(options, { headers: headerTexts, signal: needSignal })
    return ask(this.#client, 'v3.notification', { call: 'V3Notification', headers }, signal, body)
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
    const needs = { query: needQuery, json: needJson, sensitive: needTexts, signal: needSignal }
    const { query = [], json, sensitive = [], signal } = optionsOf(options, needs)
    const [verb, to] = [needText('method', method), needText('path', path)]
    const hidden = [...sensitive]
    const made = { call: 'V3Call' as const, method: verb, path: to, query, json, sensitive: hidden }
    try {
      return Reply.hide(await ask<Reply & Readonly<Record<string, string | undefined>>>(this.#client, 'v3.call', made, signal), hidden)
    } catch (error) {
      const reply = (error as { reply?: unknown }).reply
      if (reply instanceof Reply) {
        Reply.hide(reply, hidden)
      }
      throw error
    }
  }

  /**
   * Uploads a file, such as the photo of a licence, and resolves to WeChat's id or address of it: `media_id`, or `media_url` for coupons.
   * `file` is its path, its bytes, a `Blob` or `File`, or a stream of bytes. WeChat takes JPG, BMP and PNG up to 5 MB, PDF up to 7.5 MB, and
   * videos up to 5 MB; images for coupons and complaints up to 2 MB. The ending of the name says what a file is.
   *
   * @throws InvalidRequest, ConfigError, TransportError, ProtocolError, BusinessError, SignatureError
   */
  async upload(file: UploadFile, options?: V3UploadOptions): Promise<V3Media> {
    const needs = { filename: needText, path: needText, meta: needJson, signal: needSignal }
    const { filename, path, meta, signal } = optionsOf(options, needs)
    // An aborted signal makes `ask` fail, whatever was read.
    const given = await readFile(file, signal)
    const call = { call: 'V3Upload', file: given.path, filename: filename ?? given.name, path, meta } as const
    return ask(this.#client, 'v3.upload', call, signal, given.bytes)
  }

  /**
   * Downloads a file whose address another reply has, such as a receipt, or an image of a complaint. The request is signed; most files are
   * not: pass `hashType` and `hashValue` where the reply has them. A reply of another path than those of files must be signed. The address
   * must be at the client's own host. Bills have their own calls.
   *
   * With `to` the file goes to a path, where it appears once it is whole, or into a stream, which is ended; it may have any length then, and
   * the promise resolves to `undefined`. Without it the file is in memory, and has at most 64 MiB. What was written into a stream before an
   * error must not be used.
   *
   * @throws SignatureError when the file has another hash (`file_hash_mismatch`), or must be signed and is not; InvalidRequest, ConfigError, TransportError,
   * ProtocolError, BusinessError
   */
  async download(downloadUrl: string, options?: V3DownloadOptions & { to?: undefined }): Promise<Buffer>
  async download(downloadUrl: string, options: V3DownloadOptions & { to: DownloadTarget }): Promise<undefined>
  async download(downloadUrl: string, options?: V3DownloadOptions & { to?: DownloadTarget | undefined }): Promise<Buffer | undefined> {
    const needs = { hashType: needText, hashValue: needText, to: needTarget, signal: needSignal }
    const { to, signal, ...hash } = optionsOf(options, needs)
    if (to === undefined) {
      const url = needText('download_url', downloadUrl)
      return ask(this.#client, 'v3.download', { call: 'V3Download', downloadUrl: url, ...hash, stream: false }, signal)
    }
    await written(() => this.#arriving(downloadUrl, hash, signal), to, signal)
    return undefined
  }

  /**
   * Downloads a file as `download` does, as a stream of bytes: in bounded memory, whatever its length. Resolves when the file begins, so a
   * refusal of WeChat's rejects. Whether the file is whole and WeChat Pay's is known at its end: a file whose stream ends with an error must not
   * be used. A file of a path that is not known, without a hash, is kept in memory until its signature was verified, and has at most 64 MiB.
   *
   * @throws as `download`; the stream has errors of the file: TransportError when it breaks off, or as soon as `signal` is aborted, also while nobody
   * reads; SignatureError at its end.
   */
  async downloadStream(downloadUrl: string, options?: V3DownloadOptions): Promise<Readable> {
    const { signal, ...hash } = optionsOf(options, { hashType: needText, hashValue: needText, signal: needSignal })
    return (await this.#arriving(downloadUrl, hash, signal)).stream
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

  /**
   * The parameters for `PayReq` of the Open SDK in an app. `partnerid` defaults to the sub-merchant of an order that this process made,
   * else to that of the settings, else to the client's own number.
   */
  async appParams(prepayId: string, options?: PageOptions & { partnerid?: string | undefined }): Promise<V3AppParams> {
    return this.#page('app', prepayId, options)
  }

  /**
   * The parameters for `requestMerchantTransfer`, where the customer confirms a transfer: for `WeixinJSBridge.invoke` of a page,
   * `wx.requestMerchantTransfer` of a mini program, and the Open SDK of an app. `packageInfo` is of the reply of `transfer`. What the page
   * answers proves nothing: ask `transferQuery`.
   *
   * @throws InvalidRequest when `packageInfo` is malformed.
   */
  transferParams(packageInfo: string): V3TransferParams {
    needText('package_info', packageInfo)
    try {
      const next = readValues(this.#client.pageParams(Page.Transfer, packageInfo), 3)
      return { mchId: next(), appId: next(), package: next() }
    } catch (error) {
      throw thrown(error)
    }
  }

  /**
   * Creates an order by `jsapi`, and resolves to the parameters for the page that opens its cashier: `jsapi`, `chooseWXPay` or
   * `miniprogram`. With `app` it creates the order by `app`, for the Open SDK; `partnerid` is the `sub_mchid` of the order.
   *
   * @throws the errors of the call, and of `jsapiParams` or `appParams`.
   */
  async orderAndParams<K extends keyof Pages>(page: K, params: OrderOf<K>, options?: CallOptions): Promise<Pages[K]> {
    const name: string | undefined = Object.hasOwn(PAGES, page) ? PAGES[page] : undefined
    if (name === undefined) {
      throw invalid('page', 'must be jsapi, chooseWXPay, miniprogram or app')
    }
    return send(this.#client, 'v3.order_and_params', name, params, signalOf(options))
  }

  async #arriving(downloadUrl: string, hash: { hashType?: string; hashValue?: string }, signal: AbortSignal | undefined): Promise<Arriving> {
    const call = { call: 'V3Download', downloadUrl: needText('download_url', downloadUrl), ...hash, stream: true } as const
    const source = await ask<BillSource>(this.#client, 'v3.download', call, signal)
    const next = () => readBill<Uint8Array | undefined>(this.#client, source, true, signal, 'v3.download')
    return streamed(next, () => source.close(), signal)
  }

  async #page<T>(page: string, prepayId: string, options: object | undefined): Promise<T> {
    const isApp = page === 'app'
    const needs = { appid: needText, signal: needSignal, ...(isApp ? { partnerid: needText } : {}) }
    const { appid, partnerid, signal } = optionsOf(options, needs as typeof needs & { partnerid?: typeof needText })
    const call = { call: 'V3Params', page, prepayId: needText('prepay_id', prepayId), appid, partnerid } as const
    return ask(this.#client, isApp ? 'v3.app_params' : 'v3.jsapi_params', call, signal)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shownPart('v3', #client in this ? this.#client : undefined, this)
  }
}

/** The fields of a query, each behind the letter of its type. */
function needQuery(field: string, value: unknown): { name: string; value: string }[] {
  if (!isObject(value)) {
    throw invalid(field, `must be an object, not ${kindOf(value)}`)
  }
  const typed = Object.entries(value).map(([name, given]) => ({ name: wellFormed(field, name), value: typedText(`${field}.${name}`, given) }))
  return typed.filter((given): given is { name: string; value: string } => given.value !== undefined)
}

/** An object or a list as JSON text. */
function needJson(field: string, value: unknown): string {
  if (!isObject(value) && !Array.isArray(value)) {
    throw invalid(field, `must be an object or a list, not ${kindOf(value)}`)
  }
  const text = jsonText(field, value)
  if (text === undefined) {
    throw invalid(field, 'cannot be written as JSON')
  }
  return text
}
