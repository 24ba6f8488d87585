/** Several texts in one on their way to the native module, as `text.rs` reads them. */

import { types } from 'node:util'
import { kindOf, notFen } from './arguments.js'

/** A value of a request. `null` and `undefined` are left out. */
export type Given = string | number | bigint | Date | object | null | undefined

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
    const typed = typedText(value)
    if (typed !== undefined) {
      this.push(name).push(typed)
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

/** A value behind the letter of its type: text, integer, boolean, date, JSON, or other with the type's name. */
function typedText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return 't' + value
    case 'number':
      return Number.isSafeInteger(value) ? 'i' + (Object.is(value, -0) ? 0 : value) : 'o' + notFen(value)
    case 'bigint':
      return 'i' + value.toString()
    case 'boolean':
      return 'b' + String(value)
    case 'undefined':
      return undefined
    case 'object':
      return typedObject(value)
    default:
      return 'o' + kindOf(value)
  }
}

function typedObject(value: object | null): string | undefined {
  if (value === null) {
    return undefined
  }
  // Also one of another realm, as test runners have them.
  if (types.isDate(value)) {
    const ms = value.getTime()
    return Number.isNaN(ms) ? 'oan invalid Date' : 'd' + Math.floor(ms / 1000)
  }
  try {
    const plain = Array.isArray(value) || [null, 'Object'].includes(Object.getPrototypeOf(value)?.constructor?.name ?? null)
    return plain ? 'j' + JSON.stringify(value) : 'o' + kindOf(value)
  } catch {
    return 'oan object that JSON cannot hold'
  }
}
