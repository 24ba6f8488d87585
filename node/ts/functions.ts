import { native, type Bytes } from './native.js'
import { invalid, isDocument, needBoolean, needDocument, needObject, needText, optionsOf } from './need.js'
import { crossing, expect, measured, textOf } from './wire.js'

/** The algorithm of a signature. */
export type SignType = 'MD5' | 'HMAC-SHA256'

/** Names and values: strings, or integers in digits. `null` and `undefined` are left out. */
export type Params = Readonly<Record<string, string | number | bigint | null | undefined>>

/** Names and values in an order of one's own. */
export type Pairs = readonly (readonly [name: string, value: string | number | bigint])[]

const END = '\0'

/**
 * Signs fields with the API key (签名算法): upper-case hex. `sign` itself and empty values are left out.
 *
 * The key may be of any length here, as in published examples; a client insists on 32 bytes.
 *
 * @throws InvalidRequest for a value that is neither text nor an integer.
 */
export function sign(params: Params, key: string, signType: SignType = 'HMAC-SHA256'): string {
  const hmac = signType === 'HMAC-SHA256' ? 1 : 0
  if (hmac === 0 && signType !== 'MD5') {
    throw invalid('signType', 'must be MD5 or HMAC-SHA256')
  }
  const flat = crossed(needText('key', key), params)
  const made = native.sign(flat.join(END), flat.length - 1, hmac)
  return made === undefined ? measured(flat.slice(0, -1), (flat, count) => native.sign(flat, count, hmac)) : made
}

/** The text that a signature is over, without the key: the sorted fields as `name=value`, joined by `&`. */
export function stringToSign(params: Params): string {
  return crossing(pieces('params', params), native.stringToSign)
}

/**
 * Whether `sign` is what the other fields and the key give. Takes fields, or a document as it came. The length of `sign` tells
 * the algorithm; what cannot be read is not authentic.
 */
export function verify(message: Params | Bytes, key: string): boolean {
  needText('key', key)
  if (isDocument(message)) {
    return native.verifyBody(message, key)
  }
  return crossing([key, ...pieces('message', message)], native.verify)
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
    return expect(native.explainBody(message, key, apiV3Key, appSecret))
  }
  return expect(crossing([key, apiV3Key, appSecret, ...pieces('message', message)], native.explain))
}

/**
 * Reads one of WeChat's flat documents: its fields in their order, as texts.
 *
 * @throws InvalidRequest whose `code` says what is wrong: `xml_malformed`, `xml_forbidden` (a DOCTYPE, an attribute …), `xml_root`,
 * `xml_nested`, `xml_duplicate`, `xml_too_large` or `xml_encoding`.
 */
export function parseXml(document: Bytes): Record<string, string> {
  return expect(native.parseXml(needDocument('document', document)))
}

/**
 * Writes one of WeChat's flat documents. Takes an object, or pairs where the order matters.
 *
 * @throws InvalidRequest with `code` `invalid_name`, `invalid_char` or `xml_duplicate`.
 */
export function buildXml(params: Params | Pairs): string {
  return expect(crossing(isPairs(params) ? ordered(params) : pieces('params', params), native.buildXml))
}

/** Signs a page for `wx.config` (JS-SDK 使用权限签名算法). `url` is the page's own; a `#` and what follows it are left out. */
export function jssdkSignature(ticket: string, noncestr: string, timestamp: number | string, url: string): string {
  const seconds = textOf('timestamp', timestamp) ?? ''
  if (!/^\d{1,15}$/.test(seconds)) {
    throw invalid('timestamp', 'must be seconds since 1970')
  }
  return native.jssdkSignature(needText('ticket', ticket), needText('noncestr', noncestr), seconds, needText('url', url))
}

/**
 * H5: where to send the customer's browser, so that it comes back to `redirectUrl` afterwards. Coming back proves nothing:
 * ask `orderquery`.
 */
export function mwebRedirectUrl(mwebUrl: string, redirectUrl: string): string {
  return expect(native.mwebRedirectUrl(needText('mweb_url', mwebUrl), needText('redirect_url', redirectUrl)))
}

/**
 * A number of 32 characters for a new order: the prefix (at most 8 characters), Beijing time to the millisecond, and random
 * letters and digits. Numbers of one prefix sort by time and do not repeat between processes.
 */
export function newOutTradeNo(prefix = ''): string {
  return expect(native.newOutTradeNo(needText('prefix', prefix)))
}

/** Reads yuan text, such as `12.30`, as an integer of fen. */
export function yuanToFen(yuan: string): number {
  const fen = expect<number>(native.yuanToFen(needText('yuan', yuan)))
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
  return expect(native.fenToYuan(fen.toString()))
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
  Object.assign((ok = true, msg = 'OK'): string => expect(native.ack(needBoolean('ok', ok) ? 1 : 0, needText('msg', msg))), {
    contentType: ACK_CONTENT_TYPE,
  } as const),
)

/** The key, names and values, and an empty text, so that joining them ends each piece. */
function crossed(key: string, params: Params): string[] {
  const fields = needObject('params', params)
  const found = [key]
  for (const name in fields) {
    const given = fields[name]
    const value = typeof given === 'string' ? given : textOf(name, given)
    if (value !== undefined) {
      found.push(name, value)
    }
  }
  found.push('')
  return found
}

function pieces(field: string, params: Params): string[] {
  const fields = needObject(field, params)
  const found: string[] = []
  for (const name of Object.keys(fields)) {
    const value = textOf(name, fields[name])
    if (value !== undefined) {
      found.push(name, value)
    }
  }
  return found
}

function ordered(pairs: Pairs): string[] {
  return pairs.flatMap((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw invalid('params', 'must be an object of fields, or a list of names with their values')
    }
    return [pair[0], textOf(pair[0], pair[1]) ?? '']
  })
}

function isPairs(params: Params | Pairs): params is Pairs {
  return Array.isArray(params)
}
