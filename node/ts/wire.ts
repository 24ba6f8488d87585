/**
 * Both ways across to the native module: one flat text in (`flat.rs`), one text and a row of numbers out (`frame.rs`).
 */

import { types } from 'node:util'
import { errorFrom, type Failure } from './errors.js'
import { RECORDS } from './generated/methods.js'
import { native } from './native.js'
import { invalid, kindOf } from './need.js'
import { fromPairs, MAKE, put, Reply, SHOWN, type Field, type Json, type Show } from './reply.js'

/** A value of a request. `null` and `undefined` are left out. */
export type Given = string | number | bigint | Date | object | null | undefined

/** A failure, apart from every value that a call may give. */
export class Failed {
  constructor(readonly failure: Failure) {}
}

/** A payment that is ours to hand over, and its number in the native module. */
export class Held {
  constructor(
    readonly number: number,
    readonly idempotencyKey: string,
    readonly payment: Reply,
  ) {}
}

/** What a frame holds. */
export type Outcome = undefined | string | number | Reply | Json | Record<string, string> | Failed | Held

const END = '\0'

/**
 * Hands names and values to a native function that takes flat text and says `undefined` when a value holds the separator
 * itself; then the lengths are said instead.
 */
export function crossing<T>(pieces: readonly string[], call: (flat: string, count: number) => T | undefined): T {
  const result = call(pieces.length === 0 ? '' : pieces.join(END) + END, pieces.length)
  return result === undefined ? measured(pieces, call) : result
}

/** As `crossing`, with each piece's length said in front. */
export function measured<T>(pieces: readonly string[], call: (flat: string, count: number) => T | undefined): T {
  const lengths = pieces.map((piece) => Buffer.byteLength(piece))
  const result = call(`${lengths.join(',')};${pieces.join('')}`, -1)
  if (result === undefined) {
    throw new Error('wxpaykit: the native module does not read what the package writes')
  }
  return result
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

/** A value of a request behind the letter of its type; what is of no type WeChat knows goes by its type's name. */
export function typed(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return 't' + value
    case 'number':
      return Number.isSafeInteger(value) ? 'i' + (Object.is(value, -0) ? 0 : value) : 'o' + notInteger(value)
    case 'bigint':
      return 'i' + value.toString()
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

/** Of what type a value is that is no integer, or none that crosses. */
export function notInteger(value: unknown): string {
  if (typeof value === 'bigint') {
    return 'an integer beyond 64 bits'
  }
  if (typeof value !== 'number') {
    return kindOf(value)
  }
  return Number.isNaN(value) ? 'NaN' : Number.isInteger(value) ? 'an integer beyond 2^53' : 'a float'
}

interface Table {
  readonly make: typeof Reply
  readonly fields: readonly Field[]
  readonly lists: readonly { readonly name: string; readonly numbered: RegExp }[]
}

const { tables: TABLES, beside: BESIDE, from: FROM } = readTables()
/** Where a record says that there is none. */
const NO_REPLY = -2

let numbers: Float64Array = native.numbers
let text = ''
let at = 0
let next = 0

/** Reads the frame that a native function has just left. */
export function decode(given: string): Outcome {
  numbers = native.numbers
  text = given
  at = 0
  next = 1
  switch (numbers[0]) {
    case 1:
      return record()
    case 2:
      return piece()
    case 3:
      return number()
    case 4:
      return JSON.parse(piece()) as Json
    case 5:
      return fromPairs(pairs())
    case 6:
      return new Failed(failure())
    case 7:
      return new Held(number(), piece(), record())
    default:
      return undefined
  }
}

/** Reads the frame that a native function has just left, and throws the error that it may be. */
export function expect<T>(given: string): T {
  const outcome = decode(given)
  if (outcome instanceof Failed) {
    throw errorFrom(outcome.failure)
  }
  return outcome as T
}

function number(): number {
  return numbers[next++] as number
}

function piece(): string {
  const from = at
  at += number()
  return text.substring(from, at)
}

function pairs(): string[] {
  const count = 2 * number()
  const found = new Array<string>(count)
  for (let i = 0; i < count; i++) {
    found[i] = piece()
  }
  return found
}

function failure(): Failure {
  const [of, code, endpoint, retry, message] = [piece(), piece(), piece(), piece(), piece()]
  const details = fromPairs(pairs())
  const status = number()
  const reply = numbers[next] === NO_REPLY ? void next++ : record()
  const causes: string[] = []
  for (let left = number(); left > 0; left--) {
    causes.push(piece())
  }
  return { class: of, code, endpoint, retry, message, details, status, reply, causes }
}

function record(): Reply {
  const table = TABLES[number()]
  const count = number()
  const wire = new Array<string>(2 * count)
  const make = table === undefined ? Reply : table.make
  const made = new make(MAKE, wire)
  const reply = made as unknown as Record<string, unknown>
  for (let i = 0; i < count; i++) {
    const position = number()
    const unknown = piece()
    const value = piece()
    const read = number()
    const field = position < 0 ? undefined : table?.fields[position]
    if (field !== undefined) {
      wire[2 * i] = field.name
      if (field.kind === 'text') {
        reply[field.name] = value
      } else if (read === read) {
        reply[field.name] = field.kind === 'number' ? read : field.kind === 'time' ? new Date(read) : frozenJson(value)
      }
    } else if (position >= 0) {
      const name = BESIDE[position - FROM] as string
      wire[2 * i] = name
      reply[name] = value
    } else {
      wire[2 * i] = unknown
      if (!(unknown in Reply.prototype) && !table?.lists.some((list) => list.numbered.test(unknown))) {
        put(reply, unknown, value)
      }
    }
    wire[2 * i + 1] = value
  }
  if (table !== undefined) {
    for (const list of table.lists) {
      const items: Reply[] = []
      for (let left = number(); left > 0; left--) {
        items.push(record())
      }
      reply[list.name] = Object.freeze(items)
    }
  }
  Object.freeze(made)
  return made
}

function frozenJson(value: string): Json {
  return JSON.parse(value, (_, part: unknown) => (typeof part === 'object' ? Object.freeze(part) : part)) as Json
}

function readTables(): { tables: readonly Table[]; beside: readonly string[]; from: number } {
  type Row = { name: string; fields: [string, Field['kind'], Show][]; lists: [string, number][] }
  const { records: rows, beside, from } = JSON.parse(native.tables()) as { records: Row[]; beside: string[]; from: number }
  const tables = rows.map((row) => {
    const make = RECORDS[row.name]
    if (make === undefined) {
      throw new Error(`wxpaykit: the native module is of another version than the package (${row.name}); build both anew`)
    }
    for (const [name, , show] of row.fields) {
      if (show !== 'plain') {
        SHOWN.set(name, show)
      }
    }
    const fields = row.fields.map(([name, kind, show]) => ({ name, kind, show }))
    const lists = row.lists.map(([name, item]) => {
      const names = rows[item]?.fields.map(([name]) => name) ?? []
      return { name, numbered: new RegExp(`^(?:${names.join('|')})_\\d+$`) }
    })
    return { make, fields, lists }
  })
  return { tables, beside, from }
}
