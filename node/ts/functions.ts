import { native } from './addon.js'
import {
  invalid,
  isDocument,
  needBoolean,
  needDocument,
  needObject,
  needText,
  optionsOf,
  textOf,
  type Bytes,
} from './arguments.js'
import { guard, thrown } from './errors.js'
import { readPairs } from './frame.js'
import { Pieces } from './pieces.js'

/** The algorithm of a signature. */
export type SignType = 'MD5' | 'HMAC-SHA256'

/** Names and values: strings, or integers in digits. `null` and `undefined` are left out. */
export type Params = Readonly<Record<string, string | number | bigint | null | undefined>>

/** Names and values in an order of one's own. */
export type Pairs = readonly (readonly [name: string, value: string | number | bigint])[]

/**
 * Signs fields with the API key (签名算法): upper-case hex. `sign` itself and empty values are left out.
 *
 * The key may be of any length here, as in published examples; a client insists on 32 bytes.
 *
 * @throws InvalidRequest for a value that is neither text nor an integer.
 */
export function sign(params: Params, key: string, signType: SignType = 'HMAC-SHA256'): string {
  const hmac = signType === 'HMAC-SHA256'
  if (!hmac && signType !== 'MD5') {
    throw invalid('signType', 'must be MD5 or HMAC-SHA256')
  }
  const fields = new Pieces().push(needText('key', key))
  pushFields(fields, 'params', params)
  try {
    return native.sign(fields.join(), hmac)
  } catch (error) {
    throw thrown(error)
  }
}

/** The text that a signature is over, without the key: the sorted fields as `name=value`, joined by `&`. */
export function stringToSign(params: Params): string {
  const fields = pushFields(new Pieces(), 'params', params)
  return guard(() => native.stringToSign(fields.join()))
}

/**
 * Whether `sign` is what the other fields and the key give. Takes fields, or a document as it came. The length of `sign` tells
 * the algorithm; what cannot be read is not authentic.
 */
export function verify(message: Params | Bytes, key: string): boolean {
  needText('key', key)
  if (isDocument(message)) {
    return guard(() => native.verifyBody(message, key))
  }
  const fields = pushFields(new Pieces().push(key), 'message', message)
  return guard(() => native.verify(fields.join()))
}

/** Other keys that are known, with which somebody may have signed. */
export interface OtherKeys {
  /** The merchant's APIv3 key. */
  readonly apiV3Key?: string
  /** The appid's secret. */
  readonly appSecret?: string
}

/** Why a signature differs. Holds neither the key, nor any other that is known, nor a right signature. */
export interface Explanation {
  /** The text to sign, its key shown as `***`. */
  readonly stringToSign: string
  /** The text that was signed, as far as the mistake tells, its key shown as `***`. */
  readonly likelyString?: string
  /** The algorithm that the message declares, or MD5. */
  readonly signType: SignType
  /** A stable name of the likeliest mistake, such as `values_trimmed`; `none` when the signature is right. */
  readonly mistake: string
  /** The mistake in a sentence. */
  readonly message: string
}

/**
 * Says why a message's `sign` differs from what the key gives (签名错误): the usual mistakes are tried one by one. `others` are keys
 * that may have been taken instead.
 *
 * @throws InvalidRequest for a document that cannot be read.
 */
export function explain(message: Params | Bytes, key: string, others?: OtherKeys): Explanation {
  needText('key', key)
  const { apiV3Key = '', appSecret = '' } = optionsOf(others, { apiV3Key: needText, appSecret: needText }, 'others')
  if (isDocument(message)) {
    return guard(() => native.explainBody(message, key, apiV3Key, appSecret)) as Explanation
  }
  const fields = pushFields(new Pieces().push(key).push(apiV3Key).push(appSecret), 'message', message)
  return guard(() => native.explain(fields.join())) as Explanation
}

/**
 * Reads one of WeChat's flat documents: its fields in their order, as texts.
 *
 * @throws InvalidRequest whose `code` says what is wrong: `xml_malformed`, `xml_forbidden` (a DOCTYPE, an attribute …), `xml_root`,
 * `xml_nested`, `xml_duplicate`, `xml_too_large` or `xml_encoding`.
 */
export function parseXml(document: Bytes): Record<string, string> {
  const body = needDocument('document', document)
  return readPairs(guard(() => native.parseXml(body)))
}

/**
 * Writes one of WeChat's flat documents. Takes an object, or pairs where the order matters.
 *
 * @throws InvalidRequest with `code` `invalid_name`, `invalid_char` or `xml_duplicate`.
 */
export function buildXml(params: Params | Pairs): string {
  const fields = isPairs(params) ? pushPairs(new Pieces(), params) : pushFields(new Pieces(), 'params', params)
  return guard(() => native.buildXml(fields.join()))
}

/** Signs a page for `wx.config` (JS-SDK 使用权限签名算法). `url` is the page's own; a `#` and what follows it are left out. */
export function jssdkSignature(ticket: string, noncestr: string, timestamp: number | string, url: string): string {
  const seconds = textOf('timestamp', timestamp) ?? ''
  if (!/^\d{1,15}$/.test(seconds)) {
    throw invalid('timestamp', 'must be seconds since 1970')
  }
  const [given, nonce, page] = [needText('ticket', ticket), needText('noncestr', noncestr), needText('url', url)]
  return guard(() => native.jssdkSignature(given, nonce, Number(seconds), page))
}

/**
 * H5: where to send the customer's browser, so that it comes back to `redirectUrl` afterwards. Coming back proves nothing:
 * ask `orderquery`.
 */
export function mwebRedirectUrl(mwebUrl: string, redirectUrl: string): string {
  const [page, back] = [needText('mweb_url', mwebUrl), needText('redirect_url', redirectUrl)]
  return guard(() => native.mwebRedirectUrl(page, back))
}

/**
 * A number of 32 characters for a new order: the prefix (at most 8 characters), Beijing time to the millisecond, and random
 * letters and digits. Numbers of one prefix sort by time and do not repeat between processes.
 */
export function newOutTradeNo(prefix = ''): string {
  needText('prefix', prefix)
  return guard(() => native.newOutTradeNo(prefix))
}

/** Reads yuan text, such as `12.30`, as an integer of fen. */
export function yuanToFen(yuan: string): number {
  needText('yuan', yuan)
  const fen = guard(() => native.yuanToFen(yuan))
  if (!Number.isSafeInteger(fen)) {
    throw invalid('yuan', 'is larger than a number can hold exactly', 'invalid_amount')
  }
  return fen
}

/** An integer of fen as yuan text with two decimals. */
export function fenToYuan(fen: number | bigint): string {
  if (typeof fen !== 'bigint' && !Number.isSafeInteger(fen)) {
    throw invalid('fen', 'must be an integer', 'invalid_amount')
  }
  return guard(() => native.fenToYuan(fen.toString()))
}

/** The `Content-Type` of an acknowledgement. */
export const ACK_CONTENT_TYPE = 'text/xml; charset=utf-8'

/**
 * The body that acknowledges a notification, or, with `false`, asks WeChat to send it again. Send it with status 200 and
 * `ack.contentType`.
 */
export const ack: {
  (ok?: boolean, msg?: string): string
  /** The `Content-Type` to send it with. */
  readonly contentType: typeof ACK_CONTENT_TYPE
} = Object.freeze(
  Object.assign(
    (ok = true, msg = 'OK'): string => {
      needBoolean('ok', ok)
      needText('msg', msg)
      return guard(() => native.ack(ok, msg))
    },
    { contentType: ACK_CONTENT_TYPE } as const,
  ),
)

function pushFields(pieces: Pieces, field: string, params: Params): Pieces {
  const fields = needObject(field, params)
  for (const name of Object.keys(fields)) {
    const given = fields[name]
    const value = typeof given === 'string' ? given : textOf(name, given)
    if (value !== undefined) {
      pieces.push(name).push(value)
    }
  }
  return pieces
}

function pushPairs(pieces: Pieces, pairs: Pairs): Pieces {
  for (const pair of pairs as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw invalid('params', 'must be an object of fields, or a list of names with their values')
    }
    pieces.push(pair[0]).push(textOf(pair[0], pair[1]) ?? '')
  }
  return pieces
}

function isPairs(params: Params | Pairs): params is Pairs {
  return Array.isArray(params)
}
