/** Shared by the integrations of web frameworks: reads the raw body, and replies in any case. */

import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { native } from './addon.js'
import { invalid, needHandler, needMethods, optionsOf, type Need } from './arguments.js'
import type { WxPay } from './client.js'
import { ConfigError, PaymentMismatch, SignatureError, WxPayError, type InvalidRequest } from './errors.js'
import { failed, needAmountOf, needBoth, needOnPaid, OTHER_NEEDS } from './handling.js'
import { headerTexts, type MessageHeaders } from './headers.js'
import { tell } from './hooks.js'
import type { Handled, HandleOptions } from './outcomes.js'

/** How notifications are handled. */
export interface NotifyOptions extends HandleOptions {
  /** The largest body in bytes, compressed and decompressed. Default: 65,536. A notification has about 2,000. */
  limit?: number | undefined
  /**
   * Receives the reason of each FAIL reply, and refunds and transfers that failed without `onRefundFailed` and
   * `onTransferFailed`. It must not block. Default: one line of `console.error`, or of `console.warn` for a message that is not WeChat's.
   */
  onError?: ((error: unknown, handled: Handled) => void) | undefined
}

/** A request as Node's HTTP server makes it and frameworks extend it. */
export interface Incoming {
  /** The bytes, if they were kept: by the `verify` hook of a body parser, or by NestJS's `rawBody`. */
  rawBody?: unknown
  /** The result of a body parser. */
  body?: unknown
  readonly method?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly readableDidRead: boolean
  readonly readableEnded: boolean
  readonly destroyed: boolean
  on(event: string, listener: (value: unknown) => void): unknown
  off(event: string, listener: (value: unknown) => void): unknown
  pause(): unknown
}

/** The HTTP reply. */
export interface Answer {
  readonly status: 200 | 401 | 405 | 500
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const LIMIT = 65_536
/** Shown when `wxpayNotify` itself is registered as a handler, and gets a request where it expects a client. */
const CLIENT = 'a WxPay client, as in wxpayNotify(pay, { amountOf, onPaid })'

/** A request whose body was not read, or only in part. @internal */
export interface Arrived {
  readonly method: string | undefined
  readonly headers: MessageHeaders
  /** The `Content-Encoding` of what `read` returns. */
  readonly encoding: string | null | undefined
  /** Reads the body, up to a number of bytes. */
  read(limit: number): Promise<Uint8Array | string>
}

/** Makes the reply to a request. It never rejects. @internal */
export type Handler = (request: Arrived) => Promise<Answer>

/** Checks the arguments of `wxpayNotify`, and returns what handles notifications. `pay` may make the client later. @internal */
export function handler(pay: WxPay | (() => WxPay), options: NotifyOptions): Handler {
  const client = typeof pay === 'function' ? made(pay) : () => pay
  if (typeof pay !== 'function') {
    needClient(pay)
  }
  const needOnError: Need<NonNullable<NotifyOptions['onError']>> = (field, value) => needHandler(field, value, 'error', 'handled')
  const needs = { ...OTHER_NEEDS, limit: needBytes, onError: needOnError, amountOf: needAmountOf, onPaid: needOnPaid }
  const { limit = LIMIT, onError = report, ...given } = optionsOf(options, needs)
  const functions = needBoth(given)
  return async ({ method, headers, encoding, read }) => {
    // WeChat posts. Browsers and scanners that look at the address need no entry in the log.
    if (method !== undefined && method !== 'POST') {
      return { status: 405, headers: { Allow: 'POST', 'Content-Length': '0' }, body: '' }
    }
    let handled: Handled
    try {
      const body = await decompressed(await read(limit), encoding, limit)
      handled = await client().notify.handle(body, { ...functions, headers })
    } catch (error) {
      handled = failed(error, { body: '', headers: headerTexts('headers', headers) })
    }
    if (handled.error !== undefined) {
      tell('onError', onError, handled.error, handled)
    }
    const { status, contentType, body } = handled
    return { status, headers: { 'Content-Type': contentType, 'Content-Length': String(Buffer.byteLength(body)) }, body }
  }
}

function needClient(pay: WxPay): WxPay {
  needMethods<WxPay['notify']>('pay', pay?.notify, CLIENT, 'handle')
  return pay
}

/** The client that a function makes, once: at the first notification, and again at the next one where it failed. */
function made(make: () => WxPay): () => WxPay {
  const isAsync = Object.prototype.toString.call(make) === '[object AsyncFunction]'
  const isClass = /^class\b/.test(Function.prototype.toString.call(make))
  if (isAsync || isClass || make.length > 0) {
    throw invalid('pay', `must be ${CLIENT}, or a function without arguments that returns one`)
  }
  let found: WxPay | undefined
  return () => (found ??= needClient(make()))
}

/**
 * Returns the function from a request of Node's HTTP server to its reply. It never rejects: WeChat cannot read error pages or
 * redirects. `remedy` says what to do in this framework when another parser consumed the body.
 */
export function answering(pay: WxPay, options: NotifyOptions, remedy: string): (request: Incoming) => Promise<Answer> {
  // An application is a function, too: here only the client itself is taken.
  const handle = handler(needClient(pay), options)
  return async (request) => {
    const answer = await handle({
      method: request?.method,
      headers: request?.headers ?? {},
      encoding: String(request?.headers?.['content-encoding'] ?? ''),
      read: (limit) => rawBody(request, limit, remedy),
    })
    // When the rest of the body was not read, the connection cannot be used again.
    return request?.readableEnded ? answer : { ...answer, headers: { ...answer.headers, Connection: 'close' } }
  }
}

/** A body without its `Content-Encoding`, which WeChat does not use and a proxy may add. */
async function decompressed(body: Uint8Array | string, encoding: string | null | undefined, limit: number): Promise<Uint8Array | string> {
  if (typeof body === 'string' || body.byteLength === 0) {
    return body
  }
  const named = (encoding ?? '').trim().toLowerCase()
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  if (!isGzip && !(named === 'deflate' && body[0] === 0x78)) {
    // Some parsers decompress the body and leave the header; then it begins as any document.
    const first = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 64)).toString('latin1').trimStart()[0]
    if (['', 'identity', 'gzip', 'x-gzip', 'deflate'].includes(named) || first === undefined || '<{'.includes(first)) {
      return body
    }
    const rule = `has the Content-Encoding ${JSON.stringify(named.slice(0, 20))}: let the proxy send the body as WeChat sent it`
    throw unreadable(rule)
  }
  try {
    return await (isGzip ? promisifiedGunzip : promisifiedInflate)(body, { maxOutputLength: limit })
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(limit)
    }
    throw unreadable(`is compressed and cannot be decompressed (${(error as Error).message})`)
  }
}

const promisifiedGunzip: Decompress = promisify(gunzip)
const promisifiedInflate: Decompress = promisify(inflate)
type Decompress = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>

const needBytes: Need<number> = (field, value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw invalid(field, 'must be a number of bytes')
  }
  return value as number
}

/** The unparsed body. */
async function rawBody(request: Incoming, limit: number, remedy: string): Promise<Uint8Array | string> {
  for (const kept of [request?.rawBody, request?.body]) {
    if (typeof kept === 'string' || ArrayBuffer.isView(kept)) {
      const bytes = kept as Uint8Array | string
      fits(typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength, limit)
      return bytes
    }
  }
  needMethods<Incoming>('request', request, "a request of Node's HTTP server", 'on', 'off', 'pause')
  // Checked before `body`: parsers leave an empty object where they did not read.
  if (request.readableDidRead) {
    throw consumed(remedy)
  }
  fits(Number(request.headers['content-length'] ?? 0), limit)
  return read(request, limit)
}

/** Reads by events: leaving an async loop early would destroy the connection before the reply. */
function read(request: Incoming, limit: number): Promise<Uint8Array> {
  return new Promise((done, fail) => {
    if (request.destroyed) {
      // No more events will come.
      fail(endedEarly())
      return
    }
    const chunks: Uint8Array[] = []
    let size = 0
    const data = (chunk: unknown) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array)
      size += bytes.byteLength
      chunks.push(bytes)
      if (size > limit) {
        request.off('data', data)
        request.pause()
        fail(tooLarge(limit))
      }
    }
    request.on('data', data)
    request.on('end', () => done(Buffer.concat(chunks)))
    // Where the other side hangs up, `error` comes before `close`.
    request.on('error', (error) => fail(endedEarly(error)))
    request.on('close', () => fail(endedEarly()))
  })
}

/** @internal */
export function consumed(remedy: string): Error {
  const rule = `the body of the request was read by another parser, and the signature is over the bytes. ${remedy}`
  return invalid('rawBody', rule, 'not_raw_body')
}

/** @internal */
export function fits(size: number, limit: number): void {
  if (size > limit) {
    throw tooLarge(limit)
  }
}

/** For a body that breaks off: anybody can hang up in the middle of one. @internal */
export function endedEarly(cause?: unknown): Error {
  return unreadable('the request ended before its body', undefined, cause)
}

function tooLarge(limit: number): Error {
  return unreadable(`is larger than ${limit} bytes`, 'body_too_large')
}

/** The errors of bodies that could not be read as they came: anybody can send one. */
const UNREADABLE = new WeakSet<WxPayError>()

function unreadable(rule: string, code = 'not_raw_body', cause?: unknown): InvalidRequest {
  const error = invalid('rawBody', rule, code, cause)
  UNREADABLE.add(error)
  return error
}

/**
 * One line for an error of this package, which has no stack worth reading and may hold a signed reply; all of an error of the user's.
 * Anybody can post a message that is not WeChat's: it is a warning. A payment that was not handed over is an error.
 */
function report(error: unknown, { out_trade_no, state, parts }: Handled): void {
  const failed = parts.filter((part) => part.error !== undefined)
  if (failed.length > 0) {
    for (const part of failed) report(part.error, part)
    return
  }
  if (state === 'refund_failed' || state === 'transfer_failed') {
    console.error('wxpaykit: %s', oneLine((error as Error).message))
    return
  }
  const about = out_trade_no === undefined ? 'a notification' : `the notification of order ${out_trade_no}`
  const english = `${about} was answered FAIL`
  const said = native.phrase(english)
  const line = `wxpaykit: ${said}${said === english ? ':' : '：'}`
  if (error instanceof WxPayError) {
    const { name, message, cause } = error
    const because = cause instanceof Error ? `; ${cause.name}: ${cause.message}` : ''
    // From the moment a signature is verified, the number of the order is known.
    const isVerified = out_trade_no !== undefined || error.out_trade_no !== undefined
    // For a message of the API that the client has no key of, a setting is missing.
    const ofAnybody = [SignatureError, PaymentMismatch, ConfigError]
    const isForged = !isVerified && ofAnybody.some((kind) => error instanceof kind)
    const log = isForged || UNREADABLE.has(error) ? console.warn : console.error
    log('%s %s', line, oneLine(`${name}: ${message}${because}`))
  } else {
    console.error(line, error)
  }
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, ' ')
}
