/**
 * APIv3 by hand: signatures, verification and encryption, for scripts and for programs with an HTTP client of their own.
 *
 * Keys are PEM as text or bytes, in whatever layout they were pasted. A key that cannot be used throws a `ConfigError`, which says what was
 * given instead. Nothing here sends anything, and no key is shown. The last four private keys stay in memory in the form that signs, so that
 * a program that signs in a loop does not read its key each time; one that was not used for a minute goes at the next call.
 *
 * @packageDocumentation
 */

/// <reference types="node" preserve="true" />

import { native } from './addon.js'
import { invalid, isDocument, kindOf, needObject, needText, optionsOf, textOf, wellFormed, type Bytes } from './arguments.js'
import { guard } from './errors.js'
import { Explanation, type Explained } from './explanation.js'
import { readPairs } from './frame.js'
import { headerTexts, type MessageHeaders } from './headers.js'
import { Pieces, pieces } from './pieces.js'

export type { MessageHeaders } from './headers.js'

/** A key or a certificate: PEM as text or bytes. */
export type Key = Bytes

/** WeChat Pay's keys: platform certificates by their serial number, the WeChat Pay public key by its id (`PUB_KEY_ID_…`). */
export type Keys = Readonly<Record<string, Key>>

/** The parts of `authorization`. */
export interface AuthorizationParts {
  /** The merchant's number; a service provider's own. */
  readonly mchId: string
  /** The serial number of the merchant's certificate; `serialNo` reads it. */
  readonly serialNo: string
  /** The content of `apiclient_key.pem`. */
  readonly privateKey: Key
  /** `GET`, `POST` … */
  readonly method: string
  /** The whole URL, or its path with the query, as it is sent. */
  readonly url: string
  /** The body as it is sent. Of an upload it is the text of the part `meta`. */
  readonly body?: Bytes | null
  /** Seconds since 1970; now, when it is left out. */
  readonly timestamp?: number | string
  /** A new random text, when it is left out. */
  readonly nonceStr?: string
}

/** Options of `certificates`. */
export interface CertificatesOptions {
  /** The clock in seconds since 1970; this machine's, when it is left out. */
  readonly now?: number
}

/** Options of `verify`. */
export interface VerifyOptions {
  /** The clock in seconds since 1970; this machine's, when it is left out. The message may differ by 300 seconds. */
  readonly now?: number
}

/** What AES-256-GCM encrypted: `resource` of a notification. */
export interface Resource {
  readonly algorithm?: string
  readonly ciphertext: string
  readonly nonce: string
  readonly associated_data?: string | null
}

/** What is known of a message or of a request, for `explain`. */
export interface Evidence {
  /** All headers of the message or of the request. */
  readonly headers?: MessageHeaders
  /** The body, byte by byte. */
  readonly body?: Bytes | null
  /** WeChat Pay's keys, as `verify` takes them. */
  readonly keys?: Keys
  /** The clock in seconds since 1970. When it is left out, the time is not checked. */
  readonly now?: number
  /** The APIv3 key, to open the resource of a notification. */
  readonly apiV3Key?: string
  /** The APIv2 key, which may have been used instead. */
  readonly apiKey?: string
  /** The method of a request. */
  readonly method?: string
  /** The URL of a request as it was sent. */
  readonly url?: string
  /** The timestamp in `Authorization`. */
  readonly timestamp?: number | string
  /** The nonce in `Authorization`. */
  readonly nonceStr?: string
  /** The signature in `Authorization`. */
  readonly signature?: string
  /** The header `Authorization`, in place of the last three. */
  readonly authorization?: string
  /** The merchant's number. */
  readonly mchId?: string
  /** The serial number that the merchant uses. */
  readonly serialNo?: string
  /** The merchant's certificate, `apiclient_cert.pem`. */
  readonly certificate?: Key
  /** The merchant's private key. It is compared with the certificate and the signature. */
  readonly privateKey?: Key
  /** Its public half, in its place. */
  readonly publicKey?: Key
  /** The body of WeChat Pay's refusal (401): it says which text WeChat Pay built. */
  readonly reply?: Bytes
}

/**
 * The text that a request is signed over: five lines, each with a line feed behind it. `url` is the whole URL or its path with the query,
 * percent-encoded as it is sent.
 *
 * @throws InvalidRequest when one of them cannot be signed.
 */
export function stringToSign(method: string, url: string, timestamp: number | string, nonceStr: string, body?: Bytes | null): string {
  const parts = pieces(
    needText('method', method),
    needText('url', url),
    needDigits('timestamp', timestamp),
    needText('nonce_str', nonceStr),
  )
  const sent = bodyOf(body)
  return guard(() => native.v3StringToSign(parts, sent))
}

/**
 * The SHA256-RSA signature of a text, in Base64.
 *
 * @throws ConfigError when the key cannot be used.
 */
export function sign(message: Bytes, privateKey: Key): string {
  const [text, key] = [needBytes('message', message), needBytes('private_key', privateKey)]
  return guard(() => native.v3Sign(text, key))
}

/**
 * The header `Authorization` of a request: `WECHATPAY2-SHA256-RSA2048 mchid="…",…`.
 *
 * @throws ConfigError when the key or the serial number cannot be used.
 * @throws InvalidRequest when another part cannot be signed.
 */
export function authorization(parts: AuthorizationParts): string {
  const given = optionsOf(parts, PARTS, 'parts')
  const nonceStr = given.nonceStr ?? guard(() => native.v3Nonce())
  const joined = pieces(
    needText('mch_id', given.mchId),
    needText('serial_no', given.serialNo),
    needText('method', given.method),
    needText('url', given.url),
    given.timestamp ?? String(native.v3Now()),
    nonceStr,
  )
  const key = needBytes('private_key', given.privateKey)
  return guard(() => native.v3Authorization(joined, given.body ?? '', key))
}

/**
 * Checks the signature of a reply or a notification. Returns the name of the key in `keys` that made it.
 *
 * `body` is the body as it was received, byte by byte; empty for status 204.
 *
 * @throws SignatureError when the message is not authentic. Its `code` is `header_missing`, `header_malformed`, `timestamp_expired`,
 * `serial_unknown`, `signature_probe` or `signature_mismatch`; `explanation` names the cause. Answer a notification with 4xx then.
 * @throws ConfigError when a key cannot be used.
 */
export function verify(headers: MessageHeaders, body: Bytes | null | undefined, keys: Keys, options?: VerifyOptions | number): string {
  const { now } = typeof options === 'number' ? { now: needNow('now', options) } : optionsOf(options, { now: needNow })
  const received = headersOf(headers)
  const [text, known] = [bodyOf(body), keysOf(keys)]
  return guard(() => native.v3Verify(received, text, known.names, known.keys, now ?? native.v3Now()))
}

/**
 * Decrypts `resource` of a notification (AES-256-GCM): the JSON text that was encrypted.
 *
 * @throws ConfigError with `code` `key_length` when the APIv3 key does not have 32 bytes.
 * @throws InvalidRequest with `code` `decrypt_failed` when the key is another one, or something was changed.
 */
export function decrypt(resource: Resource, apiV3Key: string): string {
  let members = needObject('resource', resource)
  // A whole notification: its resource is meant.
  if (members.ciphertext === undefined && members.resource !== undefined) {
    members = needObject('resource', members.resource)
  }
  const member = (name: string) => (members[name] === undefined || members[name] === null ? '' : needText(name, members[name]))
  const parts = pieces(
    member('algorithm'),
    member('ciphertext'),
    member('nonce'),
    member('associated_data'),
    needText('api_v3_key', apiV3Key),
  )
  return guard(() => native.v3Decrypt(parts))
}

/**
 * Encrypts a sensitive field of a request (RSA-OAEP with SHA-1), in Base64. Send the serial number or id of the key in the header
 * `Wechatpay-Serial`.
 *
 * @throws InvalidRequest with `code` `plaintext_too_long` when the text has more than 214 bytes.
 * @throws ConfigError when the key cannot be used.
 */
export function encryptSensitive(text: string, publicKey: Key): string {
  const [plain, key] = [needText('text', text), needBytes('public_key', publicKey)]
  return guard(() => native.v3EncryptSensitive(plain, key))
}

/**
 * Decrypts a sensitive field of a reply with the merchant's private key.
 *
 * @throws InvalidRequest with `code` `decrypt_failed` when the text was encrypted for another key, or was changed.
 * @throws ConfigError when the key cannot be used.
 */
export function decryptSensitive(text: string, privateKey: Key): string {
  const [sealed, key] = [needText('text', text), needBytes('private_key', privateKey)]
  return guard(() => native.v3DecryptSensitive(sealed, key))
}

/**
 * Decrypts one file of an encrypted bill of sub-merchants, which you downloaded by hand, with `encrypt_key` and `nonce` of the reply that has its
 * address. Join the files in the order of their `bill_sequence`; `readBill` reads the result. A packed file (`tar_type` `GZIP`) stays packed:
 * unpack it before you join it.
 *
 * @throws InvalidRequest with `code` `decrypt_failed` when the key is for another certificate, or the file was changed.
 * @throws ConfigError when the private key cannot be used.
 */
export function decryptBill(file: Bytes, encryptKey: string, nonce: string, privateKey: Key): Buffer {
  const [sealed, key] = [needBytes('file', file), needBytes('private_key', privateKey)]
  const [encrypted, once] = [needText('encrypt_key', encryptKey), needText('nonce', nonce)]
  return guard(() => native.v3DecryptBill(sealed, encrypted, once, key))
}

/**
 * Decrypts the reply of `GET /v3/certificates`: the platform certificates (PEM) by their serial number. `verify` takes all of them as `keys`;
 * encrypt with the last one. That is the one in force that took effect last: one that has expired or is not yet in force stands before it.
 * The reply itself is signed by one of them, so verify it with the result.
 *
 * @throws ConfigError with `code` `key_length` when the APIv3 key does not have 32 bytes.
 * @throws InvalidRequest when the key is another one (`decrypt_failed`), no certificate is valid now, or the reply has none.
 */
export function certificates(reply: Bytes, apiV3Key: string, options?: CertificatesOptions | number): Record<string, string> {
  const { now } = typeof options === 'number' ? { now: needNow('now', options) } : optionsOf(options, { now: needNow })
  const [body, key] = [needBytes('reply', reply), needText('api_v3_key', apiV3Key)]
  return readPairs(guard(() => native.v3Certificates(body, key, now ?? native.v3Now())))
}

/**
 * The signature of what a page or an app is handed to pay with: `paySign` of JSAPI and mini programs, where `packageText` is
 * `prepay_id=…`, and `sign` of apps, where it is the prepay_id alone.
 *
 * @throws ConfigError when the key cannot be used.
 * @throws InvalidRequest when one of the others cannot be signed.
 */
export function paySign(appid: string, timestamp: number | string, nonceStr: string, packageText: string, privateKey: Key): string {
  const parts = pieces(
    needText('appid', appid),
    needDigits('timestamp', timestamp),
    needText('nonce_str', nonceStr),
    needText('package', packageText),
  )
  const key = needBytes('private_key', privateKey)
  return guard(() => native.v3PaySign(parts, key))
}

/**
 * The serial number of a certificate as `Authorization` has it: upper-case hexadecimal digits.
 *
 * @throws ConfigError when it is not a certificate.
 */
export function serialNo(certificate: Key): string {
  const pem = needBytes('certificate', certificate)
  return guard(() => native.v3SerialNo(pem))
}

/**
 * Says why a signature is refused. The more is given, the more can be proved; nothing secret is in the result.
 *
 * Of a reply or a notification give `headers`, `body` and `keys`. Of a request give `method`, `url`, `body`, its `authorization` (or
 * `timestamp`, `nonceStr` and `signature`), and the key that it was signed with.
 *
 * @throws InvalidRequest when neither a message nor a request is given.
 * @throws ConfigError when a key cannot be used.
 */
export function explain(known: Evidence): Explanation {
  const given = optionsOf(known, EVIDENCE, 'known')
  const texts = new Pieces()
  for (const [name, value] of [
    ['api_v3_key', given.apiV3Key],
    ['api_key', given.apiKey],
    ['method', given.method],
    ['url', given.url],
    ['timestamp', given.timestamp],
    ['nonce_str', given.nonceStr],
    ['signature', given.signature],
    ['authorization', given.authorization],
    ['mch_id', given.mchId],
    ['serial_no', given.serialNo],
    ['now', given.now?.toString()],
  ] as const) {
    if (value !== undefined) {
      texts.push(name).push(value)
    }
  }
  const { names, keys } = given.keys ?? { names: pieces(), keys: undefined }
  const own = [given.certificate, given.privateKey, given.publicKey, given.reply]
  const json = guard(() => native.v3Explain(texts.join(), given.headers, given.body ?? '', names, keys, own))
  return new Explanation(JSON.parse(json) as Explained)
}

function needBytes(field: string, value: unknown): Bytes {
  if (!isDocument(value)) {
    throw invalid(field, `must be text or bytes, not ${kindOf(value)}`)
  }
  return typeof value === 'string' ? wellFormed(field, value) : value
}

function bodyOf(body: unknown): Bytes {
  return body === undefined || body === null ? '' : needBytes('body', body)
}

/** Seconds since 1970 in digits. */
function needDigits(field: string, value: unknown): string {
  const digits = textOf(field, value)
  if (digits === undefined) {
    throw invalid(field, `must be seconds since 1970, not ${kindOf(value)}`)
  }
  return digits
}

function needNow(field: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw invalid(field, 'must be seconds since 1970, an integer')
  }
  return value
}

function headersOf(headers: unknown): string {
  return pieces(...headerTexts('headers', headers))
}

function keysOf(keys: unknown): { names: string; keys: Bytes[] } {
  const entries = Object.entries(needObject('keys', keys))
  return { names: pieces(...entries.map(([name]) => wellFormed('keys', name))), keys: entries.map(([, key]) => needBytes('keys', key)) }
}

const PARTS = {
  mchId: (_: string, value: unknown) => needText('mch_id', value),
  serialNo: (_: string, value: unknown) => needText('serial_no', value),
  privateKey: (_: string, value: unknown) => needBytes('private_key', value),
  method: needText,
  url: needText,
  body: needBytes,
  timestamp: needDigits,
  nonceStr: (_: string, value: unknown) => needText('nonce_str', value),
}

const EVIDENCE = {
  headers: (_: string, value: unknown) => headersOf(value),
  body: needBytes,
  keys: (_: string, value: unknown) => keysOf(value),
  now: needNow,
  apiV3Key: (_: string, value: unknown) => needText('api_v3_key', value),
  apiKey: (_: string, value: unknown) => needText('api_key', value),
  method: needText,
  url: needText,
  timestamp: needDigits,
  nonceStr: (_: string, value: unknown) => needText('nonce_str', value),
  signature: needText,
  authorization: needText,
  mchId: (_: string, value: unknown) => needText('mch_id', value),
  serialNo: (_: string, value: unknown) => needText('serial_no', value),
  certificate: needBytes,
  privateKey: (_: string, value: unknown) => needBytes('private_key', value),
  publicKey: (_: string, value: unknown) => needBytes('public_key', value),
  reply: needBytes,
}
