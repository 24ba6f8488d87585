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
  wellFormed,
  type Bytes,
} from './arguments.js'
import { guard, thrown } from './errors.js'
import { Explanation, type Explained } from './explanation.js'
import { readDocument, readPairs } from './frame.js'
import type { UserData } from './generated/documents.js'
import { Pieces } from './pieces.js'

/** The algorithm of a signature. */
export type SignType = 'MD5' | 'HMAC-SHA256'

/** Names and values: strings, or integers in digits. `null` and `undefined` are left out. */
export type Params = Readonly<Record<string, string | number | bigint | null | undefined>>

/** Names and values in a given order. */
export type Pairs = readonly (readonly [name: string, value: string | number | bigint])[]

const hasOwn = Object.prototype.hasOwnProperty

/**
 * Signs fields with the API key (签名算法): upper-case hex. The field `sign` and empty values are left out.
 *
 * The key may have any length here, as in published examples; a client requires 32 bytes.
 *
 * @throws InvalidRequest for a value that is neither a string nor an integer.
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

/** The text that is signed, without the key: the sorted fields as `name=value`, joined by `&`. */
export function stringToSign(params: Params): string {
  const fields = pushFields(new Pieces(), 'params', params)
  return guard(() => native.stringToSign(fields.join()))
}

/**
 * Whether `sign` is the signature of the other fields with the key. Takes fields, or a raw document. The length of `sign` tells the
 * algorithm. A document that cannot be read is not authentic.
 */
export function verify(message: Params | Bytes, key: string): boolean {
  needText('key', key)
  if (isDocument(message)) {
    const body = needDocument('message', message)
    return guard(() => native.verifyBody(body, key))
  }
  const fields = pushFields(new Pieces().push(key), 'message', message)
  return guard(() => native.verify(fields.join()))
}

/** Other keys that may have been used by mistake. */
export interface OtherKeys {
  /** The merchant's APIv3 key. */
  readonly apiV3Key?: string
  /** The AppSecret. */
  readonly appSecret?: string
}

/**
 * Finds out why the `sign` of a message is not valid (签名错误) by trying the usual mistakes one by one. `others` are keys that may
 * have been used instead. When no message can be read in a body, the explanation says why. For `paySign` of APIv3 `key` is the
 * merchant's private key or certificate in PEM.
 *
 * @throws InvalidRequest when a field is neither a string nor an integer.
 */
export function explain(message: Params | Bytes, key: string, others?: OtherKeys): Explanation {
  needText('key', key)
  const { apiV3Key = '', appSecret = '' } = optionsOf(others, { apiV3Key: needText, appSecret: needText }, 'others')
  if (isDocument(message)) {
    const body = needDocument('message', message)
    return explained(guard(() => native.explainBody(body, key, apiV3Key, appSecret)))
  }
  const values: [string, unknown][] = typeof message === 'object' && message !== null ? Object.entries(message) : []
  const numbers = values.filter(([, value]) => typeof value === 'number' || typeof value === 'bigint').map(([name]) => name)
  const known = new Pieces().push(key).push(apiV3Key).push(appSecret).push(numbers.join(','))
  const fields = pushFields(known, 'message', message)
  return explained(guard(() => native.explain(fields.join())))
}

/** Further knowledge for `explainJssdk`. */
export interface ExplainJssdkOptions {
  /** The jsapi_ticket. With it, the usual mistakes are tried. The result does not contain it. */
  readonly ticket?: string
  /** The URL that was signed. Without `ticket` only the two URLs are compared. */
  readonly signedUrl?: string
}

/**
 * Says why `wx.config` fails with `invalid signature`: how the URL that was signed differs from the one of the page. `config` is what the
 * page gave to `wx.config`, `url` is its `location.href`.
 *
 * @throws InvalidRequest when `nonceStr`, `timestamp` or `signature` is missing from `config`.
 */
export function explainJssdk(
  config: Readonly<{ nonceStr: string; timestamp: string | number; signature: string }>,
  url: string,
  options?: ExplainJssdkOptions,
): Explanation {
  const { nonceStr, timestamp, signature } = needObject('config', config)
  const page = [
    needText('nonceStr', nonceStr),
    secondsOf('timestamp', timestamp),
    needText('signature', signature),
    needText('url', url),
  ] as const
  const { ticket = '', signedUrl = '' } = optionsOf(options, { ticket: needText, signedUrl: needText })
  return explained(guard(() => native.explainJssdk(...page, ticket, signedUrl)))
}

function explained(json: string): Explanation {
  return new Explanation(JSON.parse(json) as Explained)
}

/**
 * Parses a flat XML document of WeChat's: its fields in their order, as strings.
 *
 * @throws InvalidRequest whose `code` says what is wrong: `xml_malformed`, `xml_forbidden` (a DOCTYPE, an attribute …), `xml_root`,
 * `xml_nested`, `xml_duplicate`, `xml_too_large` or `xml_encoding`.
 */
export function parseXml(document: Bytes): Record<string, string> {
  const body = needDocument('document', document)
  return readPairs(guard(() => native.parseXml(body)))
}

/**
 * Writes a flat XML document of WeChat's. Takes an object, or pairs where the order matters.
 *
 * @throws InvalidRequest with `code` `invalid_name`, `invalid_char` or `xml_duplicate`.
 */
export function buildXml(params: Params | Pairs): string {
  const fields = isPairs(params) ? pushPairs(new Pieces(), params) : pushFields(new Pieces(), 'params', params)
  return guard(() => native.buildXml(fields.join()))
}

/**
 * Decrypts `req_info` of a refund notification: the XML document `<root>…</root>`. `reqInfo` is the text of that element: Base64, as it
 * came.
 *
 * The notification is not signed, so confirm the refund with `refundquery` before you act on it.
 *
 * @throws InvalidRequest when `reqInfo` is not Base64, or, with `code` `decrypt_failed`, when the key is another one.
 */
export function decryptReqInfo(reqInfo: string, apiKey: string): string {
  if (typeof reqInfo !== 'string' && isDocument(reqInfo)) {
    throw invalid('req_info', 'must be text, not bytes: give the text of the element req_info as it came, before Base64 is decoded')
  }
  const [data, key] = [needText('req_info', reqInfo), needText('api_key', apiKey)]
  return guard(() => native.decryptReqInfo(data, key))
}

/**
 * Decrypts `encryptedData` that a mini program got from WeChat, and checks that it is for the mini program `appid`. `sessionKey` is the
 * customer's, of `jscode2session`. Damage by URL or form encoding is repaired.
 *
 * @throws InvalidRequest when an argument is damaged or the data is for another appid; with `code` `session_key_mismatch` when the customer
 * logged in again after the session key was fetched.
 */
export function decryptUserData(encryptedData: string, iv: string, sessionKey: string, appid: string): UserData {
  const [data, vector] = [needText('encrypted_data', encryptedData), needText('iv', iv)]
  const [key, own] = [needText('session_key', sessionKey), needText('appid', appid)]
  return readDocument(guard(() => native.decryptUserData(data, vector, key, own))) as UserData
}

/**
 * Checks the `signature` of `rawData` that a mini program got from WeChat. `rawData` is the JSON text as it came: what was parsed and
 * written again has another signature.
 *
 * @throws InvalidRequest when an argument is malformed; with `code` `session_key_mismatch` when the signature is not that of this text and
 * session key.
 */
export function checkRawData(rawData: Bytes, signature: string, sessionKey: string): void {
  if (!isDocument(rawData)) {
    throw invalid('raw_data', 'must be the JSON text as the mini program got it, not the object that was parsed from it')
  }
  const raw = needDocument('raw_data', rawData)
  const [sign, key] = [needText('signature', signature), needText('session_key', sessionKey)]
  guard(() => native.checkRawData(raw, sign, key))
}

/**
 * `workwx_sign` of the two payments of WeCom (`sendworkwxredpack`, `paywwsptrans2pocket`): the inner signature, over fixed fields and the
 * secret of WeCom for payments. Add it to the fields, and sign them all with the API key by MD5 then.
 *
 * @throws InvalidRequest when the fields are of neither payment, or one of the fixed fields is missing.
 */
export function workwxSign(params: Params, secret: string): string {
  const fields = pushFields(new Pieces().push(needText('secret', secret)), 'params', params)
  return guard(() => native.workwxSign(fields.join()))
}

/** The signature for `wx.config` (JS-SDK 使用权限签名算法). `url` is the address of the page; `#` and what follows are left out. */
export function jssdkSignature(ticket: string, noncestr: string, timestamp: number | string, url: string): string {
  const seconds = secondsOf('timestamp', timestamp)
  const [given, nonce, page] = [needText('ticket', ticket), needText('noncestr', noncestr), needText('url', url)]
  return guard(() => native.jssdkSignature(given, nonce, Number(seconds), page))
}

function secondsOf(field: string, value: unknown): string {
  const seconds = textOf(field, value) ?? ''
  if (!/^\d{1,15}$/.test(seconds)) {
    throw invalid(field, 'must be seconds since 1970')
  }
  return seconds
}

/**
 * H5: the URL for the customer's browser, which returns to `redirectUrl` afterwards. A return does not prove a payment: call
 * `orderquery`.
 */
export function mwebRedirectUrl(mwebUrl: string, redirectUrl: string): string {
  const [page, back] = [needText('mweb_url', mwebUrl), needText('redirect_url', redirectUrl)]
  return guard(() => native.mwebRedirectUrl(page, back))
}

/**
 * A number of 32 characters for a new order: the prefix (up to 8 characters), Beijing time in milliseconds, and random letters and
 * digits. Numbers with the same prefix sort by time, and processes do not create the same number.
 */
export function newOutTradeNo(prefix = ''): string {
  needText('prefix', prefix)
  return guard(() => native.newOutTradeNo(prefix))
}

/**
 * A number of 32 characters for a new refund, made as `newOutTradeNo` makes those of orders. Store it before the first attempt: each
 * further attempt at the refund needs the same one.
 */
export function newOutRefundNo(prefix = ''): string {
  needText('prefix', prefix)
  return guard(() => native.newOutRefundNo(prefix))
}

/** Converts an amount in yuan, such as `'12.30'`, to an integer of fen. */
export function yuanToFen(yuan: string): number {
  needText('yuan', yuan)
  const fen = guard(() => native.yuanToFen(yuan))
  if (!Number.isSafeInteger(fen)) {
    throw invalid('yuan', 'is larger than a number can hold exactly', 'invalid_amount')
  }
  return fen
}

/** Converts an integer of fen to an amount in yuan with two decimals. */
export function fenToYuan(fen: number | bigint): string {
  if (typeof fen !== 'bigint' && !Number.isSafeInteger(fen)) {
    throw invalid('fen', 'must be an integer', 'invalid_amount')
  }
  return guard(() => native.fenToYuan(fen.toString()))
}

const ACK_CONTENT_TYPE = 'text/xml; charset=utf-8'

/**
 * The body that acknowledges a notification of APIv2, or with `false` asks WeChat to send it again. Send it with the content type
 * `ack.contentType` and the HTTP status 200, always: APIv2 reads the body. Do not send it to APIv3, which reads only the status:
 * `ack(false)` could count as a success there.
 */
export const ack: {
  (ok?: boolean, msg?: string): string
  /** The `Content-Type` of the body. */
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
  // Cheaper than `Object.keys`, as long as the names are the object's own.
  for (const name in fields) {
    if (!hasOwn.call(fields, name)) {
      continue
    }
    const value = textOf(name, fields[name])
    if (value !== undefined) {
      pieces.push(wellFormed(field, name)).push(value)
    }
  }
  return pieces
}

function pushPairs(pieces: Pieces, pairs: Pairs): Pieces {
  for (const pair of pairs as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw invalid('params', 'must be an object of fields, or a list of names with their values')
    }
    pieces.push(wellFormed('params', pair[0])).push(textOf(pair[0], pair[1]) ?? '')
  }
  return pieces
}

function isPairs(params: Params | Pairs): params is Pairs {
  return Array.isArray(params)
}
