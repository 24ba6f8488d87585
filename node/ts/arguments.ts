/**
 * What JavaScript may give, by its type: no compiler has looked there. What a value must be beyond its type is core's to say.
 *
 * `undefined` leaves an argument out; among options and fields `null` does too.
 */

import { types } from 'node:util'
import { InvalidRequest } from './errors.js'
import type { CallOptions } from './generated/documents.js'

/** A document as it came: its bytes, or its text. */
export type Bytes = Uint8Array | string

/** Gives a value back when it is of the type, and throws what names it when it is not. */
export type Need<T> = (field: string, value: unknown) => T

export function invalid(field: string, rule: string, code?: string): InvalidRequest {
  return new InvalidRequest(`${field}: ${rule}`, { field, rule, code: code ?? 'invalid_request' })
}

/** Of what type a value is, for its refusal. The value is not shown: it may be a key. */
export function kindOf(value: unknown): string {
  try {
    return described(value)
  } catch {
    // A proxy that was revoked, or a getter that throws.
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

/** The refusal of a value of another type. */
function unfit(field: string, rule: string, value: unknown): InvalidRequest {
  return invalid(field, `${rule}, not ${kindOf(value)}`)
}

export function needText(field: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw unfit(field, 'must be text', value)
  }
  return value
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

/** A number of something, such as milliseconds. */
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

/** A value of a signed text: a string, or an integer in digits. */
export function textOf(field: string, value: unknown): string | undefined {
  if (typeof value === 'string') {
    return value
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

/** An object that is used by its methods, of whatever class. */
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
 * An object whose properties are what is given. A `Map`, a promise, a list have none of these, and would be taken as empty.
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

/** The options that are there, each of its type. */
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
  return found as { [K in keyof N]?: ReturnType<N[K]> }
}

/** As `optionsOf`, and no others: one that is misspelt would be left out in silence. */
export function onlyOptionsOf<N extends Needs>(options: unknown, needs: N): { [K in keyof N]?: ReturnType<N[K]> } {
  const found = optionsOf(options, needs)
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value !== undefined && value !== null && !Object.hasOwn(needs, name)) {
      throw invalid(name, noOption(name, Object.keys(needs)))
    }
  }
  return found
}

/** Refuses a name that is none of the options, but may be meant for one. */
export function noOption(name: string, options: readonly string[]): string {
  const near = options.find((option) => plain(option) === plain(name))
  return near === undefined ? 'is not an option' : `is not an option; did you mean ${near}?`
}

function plain(name: string): string {
  return name.replace(/_/g, '').toLowerCase()
}

/** What any call takes beside its own. */
export function callOptions(options: unknown): CallOptions {
  return optionsOf(options, { signal: needSignal })
}

/** The bytes or the text of a document, or the refusal that says what to give instead. */
export function needDocument(field: string, body: unknown): Bytes {
  if (isDocument(body)) {
    return body
  }
  if (types.isArrayBuffer(body)) {
    return new Uint8Array(body)
  }
  const rule = `must be the raw body as it came: a Buffer, a Uint8Array or a string, not ${remedy(body)}`
  throw invalid(field, rule, 'not_raw_body')
}

/** What is no document, and what to do for one. */
function remedy(body: unknown): string {
  if (body === null || body === undefined) {
    return `${body}: nothing has read the request's body yet. ${READ}`
  }
  if (typeof body !== 'object' || types.isPromise(body)) {
    return kindOf(body)
  }
  return `a parsed object, since the signature is over what was sent. ${READ}`
}

const READ =
  "Keep the bytes: in Express put express.raw({ type: '*/*' }) before this route, or keep them with the body parser's verify " +
  "hook; in Koa read ctx.req; in Fastify use addContentTypeParser('*', { parseAs: 'buffer' }, …). Or let wxpayNotify of " +
  'wxpaykit/express, wxpaykit/koa or wxpaykit/fastify read them'

/** Views rather than `Uint8Array` by `instanceof`, which fails for those of another realm, as test runners have them. */
export function isDocument(value: unknown): value is Bytes {
  return typeof value === 'string' || ArrayBuffer.isView(value)
}

/** Literals, instances of classes, and modules. */
const OBJECTS = ['[object Object]', '[object Module]']
