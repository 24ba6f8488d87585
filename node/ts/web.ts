/** What the integrations of web frameworks share: the raw body, whatever parser ran before, and an answer in any case. */

import type { WxPay } from './client.js'
import { ack } from './functions.js'
import { needFunctions, type Handled, type HandleOptions } from './handling.js'
import { tell } from './hooks.js'
import { invalid, needFunction, needMethods, optionsOf, type Need } from './arguments.js'

/** What is done with notifications. */
export interface NotifyOptions extends HandleOptions {
  /** The largest body that is read, in bytes; 65,536 when left out. A notification has some 2,000. */
  limit?: number | undefined
  /** Is told why WeChat was answered FAIL. When left out, `console.error` is. It must not wait. */
  onError?: ((error: unknown, handled: Handled) => void) | undefined
}

/** A request as Node's HTTP server makes it and frameworks extend it. */
export interface Incoming {
  /** The bytes, where somebody kept them: a body parser's `verify` hook, NestJS's `rawBody`. */
  rawBody?: unknown
  /** What a body parser made of them. */
  body?: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly readableDidRead: boolean
  readonly readableEnded: boolean
  readonly destroyed: boolean
  on(event: string, listener: (value: unknown) => void): unknown
  off(event: string, listener: (value: unknown) => void): unknown
  pause(): unknown
}

/** What to answer: exactly these bytes, these headers, this status. */
export interface Answer {
  readonly status: 200
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const LIMIT = 65_536
/** Frameworks call what they are given: whoever forgot to call it themselves reads this. */
const CLIENT = 'a WxPay client, as in wxpayNotify(pay, { amountOf, onPaid })'

/**
 * Makes the function that takes a request all the way to its answer. It never rejects: a page of an error, or a redirect, is
 * nothing that WeChat reads. `remedy` says what to do in this framework when the body was consumed.
 */
export function answering(pay: WxPay, options: NotifyOptions, remedy: string): (request: Incoming) => Promise<Answer> {
  needMethods<WxPay['notify']>('pay', pay?.notify, CLIENT, 'handle')
  const needs = { limit: needBytes, onError: needFunction<NonNullable<NotifyOptions['onError']>> }
  const { limit = LIMIT, onError = report } = optionsOf(options, needs)
  needFunctions(options, 'amountOf', 'onPaid')
  return async (request) => {
    let handled: Handled
    try {
      handled = await pay.notify.handle(await rawBody(request, limit, remedy), options)
    } catch (error) {
      handled = refused(error)
    }
    if (handled.error !== undefined) {
      tell('onError', onError, handled.error, handled)
    }
    const headers: Record<string, string> = {
      'Content-Type': handled.contentType,
      'Content-Length': String(Buffer.byteLength(handled.body)),
    }
    if (!request?.readableEnded) {
      // What is left of the body is not waited for.
      headers['Connection'] = 'close'
    }
    return { status: handled.status, headers, body: handled.body }
  }
}

const needBytes: Need<number> = (field, value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw invalid(field, 'must be a number of bytes')
  }
  return value as number
}

/** The bytes as they came. */
async function rawBody(request: Incoming, limit: number, remedy: string): Promise<Uint8Array | string> {
  for (const kept of [request?.rawBody, request?.body]) {
    if (typeof kept === 'string' || ArrayBuffer.isView(kept)) {
      const bytes = kept as Uint8Array | string
      fits(typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength, limit)
      return bytes
    }
  }
  needMethods<Incoming>('request', request, "a request of Node's HTTP server", 'on', 'off', 'pause')
  // Before a parsed body is judged: parsers leave an empty object where they did not read.
  if (request.readableDidRead) {
    const rule = `the request's body was read by another parser, and the signature is over the bytes. ${remedy}`
    throw invalid('rawBody', rule, 'not_raw_body')
  }
  fits(Number(request.headers['content-length'] ?? 0), limit)
  return read(request, limit)
}

/** By events: a loop that is left early would end the connection before it is answered. */
function read(request: Incoming, limit: number): Promise<Uint8Array> {
  return new Promise((done, fail) => {
    const ended = () => fail(invalid('rawBody', 'the request ended before its body', 'not_raw_body'))
    if (request.destroyed) {
      // It has told everybody already.
      ended()
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
    request.on('error', fail)
    request.on('close', ended)
  })
}

function fits(size: number, limit: number): void {
  if (size > limit) {
    throw tooLarge(limit)
  }
}

function tooLarge(limit: number): Error {
  return invalid('rawBody', `is larger than ${limit} bytes`, 'body_too_large')
}

function refused(error: unknown): Handled {
  const body = ack(false, 'FAIL')
  return { delivered: false, payment: undefined, error, status: 200, contentType: ack.contentType, body }
}

function report(error: unknown): void {
  console.error('wxpaykit: a notification was answered FAIL:', error)
}
