/** Reads texts with numbers in their head, as `text.rs` and `frame.rs` write them. */

import { native } from './addon.js'
import { RECORDS } from './generated/methods.js'
import { fromPairs, MAKE, put, Reply } from './reply.js'

interface Field {
  readonly name: string
  readonly kind: 'text' | 'number' | 'time' | 'json'
}

interface Table {
  readonly make: typeof Reply
  readonly lists: readonly { readonly name: string; readonly numbered: RegExp }[]
  /** By position: those of the envelope, then the record's own. */
  readonly fields: readonly Field[]
}

/** Announces a number that takes two more units. */
const LARGE = 0xffff
const EPOCH = 2 ** 47
/** The first is for documents without a record. */
const TABLES = readTables()

// The text that is read, where its numbers are read and where its texts. One is read at a time, from its start to its end.
let text = ''
let next = 0
let at = 0

/** Names and values. @internal */
export function readPairs(given: string): Record<string, string> {
  open(given)
  return fromPairs(pairs())
}

/** Begins to read a number of values; `piece` reads each. @internal */
export function readValues(given: string, count: number): typeof piece {
  open(given)
  if (number() !== count) {
    throw new Error('wxpaykit: the native module and the package have different versions; rebuild both')
  }
  return piece
}

/** @internal */
export function readDocument(given: string): Reply {
  open(given)
  return document()
}

/** The parts of a message: its topic and number, and what follows them. @internal */
export interface Message {
  readonly topic: number
  readonly number: number
  /** For the topic `Document`. */
  document(): Reply
  /** For all others. */
  rest(): string
}

/** @internal */
export function readMessage(given: string): Message {
  open(given)
  return { topic: unit(), number: (unit() * 0x10000 + unit()) >>> 0, document, rest: () => text.substring(at) }
}

function open(given: string): void {
  text = given
  next = 0
  const length = number()
  at = next + length
}

/** The next number. */
function number(): number {
  const value = text.charCodeAt(next++)
  return value === LARGE ? unit() * 0x10000 + unit() : value
}

function unit(): number {
  return text.charCodeAt(next++)
}

function piece(): string {
  const from = at
  at += number()
  return text.substring(from, at)
}

function pairs(): string[] {
  const count = number()
  const found = new Array<string>(count)
  for (let i = 0; i < count; i++) {
    found[i] = piece()
  }
  return found
}

function document(): Reply {
  const { make, lists, fields } = TABLES[number()] as Table
  const count = number()
  const wire = new Array<string>(2 * count)
  const made = new make(MAKE, wire)
  const reply = made as unknown as Record<string, unknown>
  for (let i = 0; i < count; i++) {
    const position = number()
    if (position === 0) {
      const name = (wire[2 * i] = piece())
      const value = (wire[2 * i + 1] = piece())
      if (!(name in Reply.prototype) && !lists.some((list) => list.numbered.test(name))) {
        put(reply, name, value)
      }
      continue
    }
    const { name, kind } = fields[position] as Field
    wire[2 * i] = name
    const value = (wire[2 * i + 1] = piece())
    if (kind === 'text') {
      reply[name] = value
      continue
    }
    const found = number()
    if (found !== 0) {
      reply[name] = kind === 'number' ? Number(value) : kind === 'time' ? time() : json(value, found - 1)
    }
  }
  for (const list of lists) {
    const items: Reply[] = []
    for (let left = number(); left > 0; left--) {
      items.push(document())
    }
    reply[list.name] = Object.freeze(items)
  }
  Object.freeze(made)
  return made
}

function time(): Date {
  return new Date(((unit() * 0x10000 + unit()) * 0x10000 + unit() - EPOCH) * 1000)
}

/** A JSON value in which some texts are times. */
function json(value: string, times: number): unknown {
  if (times === 0) {
    return JSON.parse(value, (_, part: unknown) => frozen(part))
  }
  const parsed: unknown = JSON.parse(value)
  for (let left = times; left > 0; left--) {
    readTime(parsed)
  }
  return deeplyFrozen(parsed)
}

/** Puts a time in its place. What is not a time leaves it, as a field of the reply does. */
function readTime(value: unknown): void {
  let object = value as Record<string, unknown>
  for (let left = number(); left > 1; left--) {
    object = object[piece()] as Record<string, unknown>
  }
  const name = piece()
  if (number() === 1) {
    object[name] = time()
  } else {
    delete object[name]
  }
}

function frozen<T>(part: T): T {
  return typeof part === 'object' ? Object.freeze(part) : part
}

/** Dates stay as they are in the reply's own fields, which cannot be frozen. */
function deeplyFrozen(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || part instanceof Date) {
    return part
  }
  Object.values(part).forEach(deeplyFrozen)
  return Object.freeze(part)
}

function readTables(): readonly Table[] {
  type Row = { name: string; fields: [string, Field['kind']][]; lists: [string, number][] }
  const { envelope, records } = JSON.parse(native.tables()) as { envelope: string[]; records: Row[] }
  const first = envelope.map((name): Field => ({ name, kind: 'text' }))
  const names = (row: Row | undefined) => row?.fields.map(([name]) => name) ?? []
  // A list inside an item has two numbers, as in coupon_refund_id_0_1.
  const inner = (row: Row | undefined) =>
    row?.lists.flatMap(([, item]) => names(records[item - 1]).map((name) => `${name}_\\d+`)) ?? []
  const tables = records.map((row): Table => {
    const make = RECORDS[row.name]
    if (make === undefined) {
      throw new Error(`wxpaykit: the native module and the package have different versions (${row.name}); rebuild both`)
    }
    const lists = row.lists.map(([name, item]) => {
      const numbered = [...names(records[item - 1]), ...inner(records[item - 1])]
      return { name, numbered: new RegExp(`^(?:${numbered.join('|')})_\\d+$`) }
    })
    return { make, lists, fields: [...first, ...row.fields.map(([name, kind]) => ({ name, kind }))] }
  })
  return [{ make: Reply, lists: [], fields: first }, ...tables]
}
