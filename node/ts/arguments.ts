/**
 * Checks the types of arguments, for callers without a type checker. All other rules are the native module's.
 *
 * `undefined` leaves an argument out; in options and fields `null` does so too.
 */

import { types } from 'node:util'
import { native } from './addon.js'
import { InvalidRequest } from './errors.js'

/** A document as it came: its bytes, or its text. */
export type Bytes = Uint8Array | string

/** Returns a value of the right type, and throws an error that names the field otherwise. */
export type Need<T> = (field: string, value: unknown) => T

export function invalid(field: string, rule: string, code?: string, cause?: unknown): InvalidRequest {
  return new InvalidRequest(`${field}: ${native.phrase(rule)}`, { field, rule, code: code ?? 'invalid_request', cause })
}

/** The type of a value, for errors. The value is not shown: it may be a key. */
export function kindOf(value: unknown): string {
  try {
    return described(value)
  } catch {
    // A revoked proxy, or a getter that throws.
    return 'an object'
  }
}

function described(value: unknown): string {
  if (value === null || value === undefined) {
    return String(value)
  }
  if (types.isPromise(value)) {
    return 'a Promise: is an await missing?'
  }
  const kind = Array.isArray(value) ? 'array' : typeof value === 'object' ? className(value) : typeof value
  return `${/^[aeio]/i.test(kind) ? 'an' : 'a'} ${kind}`
}

function className(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'object'
}

/** The error for a value of the wrong type. */
function unfit(field: string, rule: string, value: unknown): InvalidRequest {
  return invalid(field, `${rule}, not ${kindOf(value)}`)
}

export function needText(field: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw unfit(field, 'must be text', value)
  }
  return wellFormed(field, value)
}

/** A text without half a character, which no UTF-8 has: another text would be signed and sent in its place. */
export function wellFormed(field: string, text: string): string {
  if (!text.isWellFormed()) {
    throw invalid(field, UNPAIRED)
  }
  return text
}

export function needTexts(field: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) {
    throw unfit(field, 'must be a list of texts', value)
  }
  return value.map((text) => needText(field, text))
}

export function needBoolean(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw unfit(field, 'must be true or false', value)
  }
  return value
}

/** A number of `what`, such as milliseconds. */
export function needNumberOf(what: string, most = Infinity): Need<number> {
  return (field, value) => {
    const rule = `must be a number of ${what}`
    if (typeof value !== 'number') {
      throw unfit(field, rule, value)
    }
    if (!(value >= 0 && value <= most)) {
      throw invalid(field, rule)
    }
    return value
  }
}

export function needFunction<T extends Function>(field: string, value: unknown): T {
  if (typeof value !== 'function') {
    throw unfit(field, 'must be a function', value)
  }
  return value as T
}

/**
 * A function of the user's, which is called with these arguments. Functions that would fail, or do nothing, at the first payment are
 * refused when they are registered.
 */
export function needHandler<T extends Function>(field: string, value: unknown, ...args: readonly string[]): T {
  const rule = brokenRule(needFunction(field, value), args)
  if (rule !== undefined) {
    throw invalid(field, rule)
  }
  return value as T
}

/** Which rule a function breaks that is called with these arguments; `undefined` when it is fit. */
export function brokenRule(given: Function, args: readonly string[]): string | undefined {
  if (types.isGeneratorFunction(given)) {
    return 'must not be a generator function: a call of one runs nothing of it'
  }
  if (/^class\b/.test(Function.prototype.toString.call(given))) {
    return 'must be a function, not a class'
  }
  // A function may ignore arguments. Parameters with a default are not counted.
  if (given.length > args.length) {
    return `must take (${args.join(', ')}), and takes ${given.length} arguments`
  }
  return undefined
}

/** A value of a signed text: a string, or an integer in digits. */
export function textOf(field: string, value: unknown): string | undefined {
  if (typeof value === 'string') {
    return wellFormed(field, value)
  }
  if (value === null || value === undefined) {
    return undefined
  }
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) {
    return value.toString()
  }
  throw invalid(field, `must be text or an integer, not ${notInteger(value)}`)
}

/** The type of a value that is not an integer, or not one that can be passed on exactly. */
export function notInteger(value: unknown): string {
  if (typeof value === 'bigint') {
    return 'an integer beyond 64 bits'
  }
  if (typeof value !== 'number') {
    return kindOf(value)
  }
  return Number.isNaN(value) ? 'NaN' : Number.isInteger(value) ? 'an integer beyond 2^53' : 'a float'
}

/**
 * As `notInteger`, with the value of a float, and of a text that looks like an amount: amounts are not secret, and other texts may
 * be. Core shows it for amounts alone.
 */
export function notFen(value: unknown): string {
  if (typeof value === 'string' && value.length <= 16 && /^\s*[¥￥+-]*\s*[\d.,]+\s*$/u.test(value)) {
    return `the string '${value}'`
  }
  const isFloat = typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value)
  return isFloat ? `a float (${value})` : notInteger(value)
}

/** An object of any class that has these methods. */
export function needMethods<T>(field: string, value: unknown, what: string, ...methods: (keyof T & string)[]): T {
  const has = (method: string) => typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function'
  if (!methods.every(has)) {
    throw invalid(field, `must be ${what}`)
  }
  return value as T
}

export function needSignal(field: string, value: unknown): AbortSignal {
  return needMethods<AbortSignal>(field, value, 'an AbortSignal', 'addEventListener', 'removeEventListener')
}

/**
 * Whether a value is an object with properties of its own. A `Map`, a promise or a list would be read as an empty object.
 */
export function isObject(value: unknown): value is object {
  return OBJECTS.includes(Object.prototype.toString.call(value))
}

export function needObject(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) {
    throw unfit(field, 'must be an object of fields', value)
  }
  return value as Record<string, unknown>
}

type Needs = Readonly<Record<string, Need<unknown>>>

/**
 * The options that are given. Their types are checked, and other names are refused: a misspelt option would be ignored silently. Use what
 * this returns and not `options` again: `null` is left out here, and a getter may return another value the second time.
 */
export function optionsOf<N extends Needs>(
  options: unknown,
  needs: N,
  field = 'options',
): { [K in keyof N]?: ReturnType<N[K]> } {
  if (options !== undefined && options !== null && !isObject(options)) {
    throw unfit(field, 'must be an object of options', options)
  }
  const given = (options ?? {}) as Record<string, unknown>
  const found: Record<string, unknown> = {}
  for (const [name, need] of Object.entries(needs)) {
    const value = given[name]
    if (value !== undefined && value !== null) {
      found[name] = need(name, value)
    }
  }
  for (const name of Object.keys(given).filter((one) => !Object.hasOwn(needs, one))) {
    if (given[name] !== undefined && given[name] !== null) {
      throw invalid(name, noOption(name, Object.keys(needs)))
    }
  }
  return found as { [K in keyof N]?: ReturnType<N[K]> }
}

/** The error text for a name that is not an option, with the option that may be meant. */
export function noOption(name: string, options: readonly string[]): string {
  const near = options.find((option) => plain(option) === plain(name)) ?? options.find((option) => isTypo(option, name))
  return near === undefined ? 'is not an option' : `is not an option; did you mean ${near}?`
}

function plain(name: string): string {
  return name.replace(/_/g, '').toLowerCase()
}

/** Whether one letter is missing, added or another, or two neighbours are swapped. */
function isTypo(right: string, given: string): boolean {
  const [short, long] = right.length < given.length ? [right, given] : [given, right]
  let start = 0
  while (start < short.length && short[start] === long[start]) {
    start++
  }
  const rest = (text: string, from: number) => text.slice(from)
  if (short.length < long.length) {
    return rest(short, start) === rest(long, start + 1)
  }
  const swapped = short[start] === long[start + 1] && short[start + 1] === long[start]
  return rest(short, start + 1) === rest(long, start + 1) || (swapped && rest(short, start + 2) === rest(long, start + 2))
}

/** The signal of a call that has no other options. */
export function signalOf(options: unknown): AbortSignal | undefined {
  return optionsOf(options, { signal: needSignal }).signal
}

/** The bytes or the text of a document. The error says what to pass instead. */
export function needDocument(field: string, body: unknown): Bytes {
  if (isDocument(body)) {
    return typeof body === 'string' ? wellFormed(field, body) : body
  }
  if (types.isArrayBuffer(body)) {
    return new Uint8Array(body)
  }
  const rule = `must be the raw body as it came: a Buffer, a Uint8Array or a string, not ${remedy(body)}`
  throw invalid(field, rule, 'not_raw_body')
}

/** What a value is that is not a document, and the remedy. */
function remedy(body: unknown): string {
  if (body === null || body === undefined) {
    return `${body}: the body of the request has not been read. ${READ}`
  }
  if (typeof body !== 'object' || types.isPromise(body)) {
    return kindOf(body)
  }
  return `a parsed object: the signature is over the bytes that WeChat sent. ${READ}`
}

const READ =
  "Keep the bytes: in Express put express.raw({ type: '*/*' }) before this route, or keep them with the body parser's verify " +
  "hook; in Koa read ctx.req; in Fastify use addContentTypeParser('*', { parseAs: 'buffer' }, …); of a Request give await request.arrayBuffer(). Or let wxpayNotify of " +
  'wxpaykit/express, wxpaykit/koa, wxpaykit/fastify or wxpaykit/fetch read them'

/** Bytes. `instanceof Uint8Array` fails for those of another realm, as test runners have them. */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value)
}

/** `isView`, for the same reason. */
export function isDocument(value: unknown): value is Bytes {
  return typeof value === 'string' || ArrayBuffer.isView(value)
}

/** The rule of `wellFormed`. */
export const UNPAIRED = 'must not contain an unpaired surrogate'

/** Object literals, instances of classes, and modules. */
const OBJECTS = ['[object Object]', '[object Module]']
