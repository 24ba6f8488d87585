/** Several texts in one on their way to the native module, as `text.rs` reads them. */

import { types } from 'node:util'
import { native } from './addon.js'
import { UNPAIRED, invalid, isObject, kindOf, notFen, wellFormed } from './arguments.js'
import { guard } from './errors.js'

/** A value of a request. `null` and `undefined` are left out. */
export type Given = string | number | bigint | Date | object | null | undefined

/** A value of a query. `null` and `undefined` are left out. */
export type QueryValue = string | number | bigint | boolean | Date | null | undefined

/** A number from here on takes two more units. */
const LARGE = 0xffff
/** More arguments than this are not given to a function at once. */
const MANY = 8192

/** Collects texts. Joining strings by `+` is cheaper than keeping them in an array. @internal */
export class Pieces {
  private count = 0
  private readonly lengths: number[] = []
  private texts = ''

  push(text: string): this {
    const { length } = text
    this.count += 1
    this.texts += text
    if (length < LARGE) {
      this.lengths.push(length)
    } else {
      this.lengths.push(LARGE, length >>> 16, length & LARGE)
    }
    return this
  }

  /** Adds a name and a value of a request behind the letter of its type. */
  pushField(name: string, value: unknown): void {
    const typed = typedText(name, value)
    if (typed !== undefined) {
      this.push(wellFormed('params', name)).push(typed)
    }
  }

  join(): string {
    const { count, lengths } = this
    const first = count < LARGE ? String.fromCharCode(count) : String.fromCharCode(LARGE, count >>> 16, count & LARGE)
    return first + (lengths.length < MANY ? String.fromCharCode(...lengths) : lengths.map((unit) => String.fromCharCode(unit)).join('')) + this.texts
  }
}

/** @internal */
export function pieces(...texts: readonly string[]): string {
  return texts.reduce((all, text) => all.push(text), new Pieces()).join()
}

/**
 * An object or a list as JSON; `undefined` when JSON cannot hold it. A bigint in it is written as a number, a `Date` as RFC 3339 in Beijing time.
 *
 * @throws InvalidRequest for half a character, for a bigint that no number holds exactly, for a `Date` that is invalid or out of range, and for what
 * `JSON.stringify` would write as something else: a `Map` as `{}`, bytes as an object, `NaN` as `null`.
 * @internal
 */
export function jsonText(field: string, value: object): string | undefined {
  let tooLarge: string | undefined
  let isBroken = false
  let wrongTime: unknown
  let unfit: [name: string, kind: string] | undefined
  function plain(this: unknown, name: string, member: unknown): unknown {
    // What a Date makes of itself is in UTC, and `null` for an invalid one. Few values make something else of themselves.
    const given = (this as Record<string, unknown>)[name]
    const date = given === member ? undefined : [given, member].find(types.isDate)
    if (date !== undefined) {
      try {
        return timeText(field, date)
      } catch (error) {
        wrongTime ??= error
        return undefined
      }
    }
    // Many programs give BigInt a `toJSON` that returns text.
    const own = typeof given === 'bigint' ? given : member
    // JSON would have it as an escape.
    isBroken ||= !name.isWellFormed() || (typeof member === 'string' && !member.isWellFormed())
    // A Buffer makes an object of itself.
    const kind = notJson(ArrayBuffer.isView(given) ? given : own)
    if (kind !== undefined) {
      unfit ??= [name, kind]
      return undefined
    }
    if (typeof own !== 'bigint') {
      return member
    }
    const number = Number(own)
    if (!Number.isSafeInteger(number)) {
      tooLarge ??= name
    }
    return number
  }
  let text: string | undefined
  try {
    text = JSON.stringify(value, plain) as string | undefined
  } catch {
    // A circle, or a method of its own that throws.
    return undefined
  }
  if (isBroken) {
    throw invalid(field, UNPAIRED)
  }
  if (wrongTime !== undefined) {
    throw wrongTime
  }
  if (unfit !== undefined) {
    const [name, kind] = unfit
    throw invalid(field, name === '' ? `contains ${kind}, which JSON cannot hold` : `its member ${name} is ${kind}, which JSON cannot hold`)
  }
  if (tooLarge !== undefined) {
    throw invalid(field, `its member ${tooLarge} is a bigint that no number of JavaScript holds exactly: write it as text`)
  }
  return text
}

/** What a value is that JSON has no form for. `undefined` is left out, as JavaScript's programs expect. */
function notJson(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : String(value)
    case 'object':
      return value === null || Array.isArray(value) || isObject(value) ? undefined : kindOf(value)
    case 'function':
    case 'symbol':
      return kindOf(value)
    default:
      return undefined
  }
}

function timeText(field: string, date: Date): string {
  const ms = date.getTime()
  if (Number.isNaN(ms)) {
    throw invalid(field, 'contains an invalid Date')
  }
  return guard(() => native.timeInJson(field, Math.floor(ms / 1000)))
}

/**
 * A value behind the letter of its type: text, integer, boolean, date, JSON, or other with the type's name.
 *
 * @internal
 */
export function typedText(name: string, value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? 't' + value : 'otext with an unpaired surrogate'
    case 'number':
      return Number.isSafeInteger(value) ? 'i' + (Object.is(value, -0) ? 0 : value) : 'o' + notFen(value)
    case 'bigint':
      return 'i' + value.toString()
    case 'boolean':
      return 'b' + String(value)
    case 'undefined':
      return undefined
    case 'object':
      return typedObject(name, value)
    default:
      return 'o' + kindOf(value)
  }
}

function typedObject(name: string, value: object | null): string | undefined {
  if (value === null) {
    return undefined
  }
  // Also one of another realm, as test runners have them.
  if (types.isDate(value)) {
    const ms = value.getTime()
    return Number.isNaN(ms) ? 'oan invalid Date' : 'd' + Math.floor(ms / 1000)
  }
  if (!canBeJson(value)) {
    return 'o' + kindOf(value)
  }
  const json = jsonText(name, value)
  if (isPlain(value)) {
    // `toJSON` may return nothing.
    return json === undefined ? 'oan object that JSON cannot hold' : 'j' + json
  }
  // An object of the program's own class has its fields as properties. One that becomes a text, such as a number of a library for
  // decimals, or that has no properties, is refused.
  return json?.startsWith('{"') ? 'j' + json : 'o' + kindOf(value)
}

function canBeJson(value: object): boolean {
  try {
    return Array.isArray(value) || isObject(value)
  } catch {
    // A revoked proxy, or a getter that throws.
    return false
  }
}

function isPlain(value: object): boolean {
  try {
    return Array.isArray(value) || [null, 'Object'].includes(Object.getPrototypeOf(value)?.constructor?.name ?? null)
  } catch {
    // A revoked proxy, or a getter that throws.
    return false
  }
}
