/// <reference types="node" preserve="true" />

import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { native } from './addon.js'
import { invalid, isBytes, isObject, kindOf, needFunction, needText, optionsOf, wellFormed } from './arguments.js'
import { table } from './displayed.js'
import { guard } from './errors.js'
import { endedBy, needPlace, saved } from './files.js'
import type { BillCells, BillTotals } from './generated/bill.js'
import type { BillRows, BillSource } from './native.js'

export type { BillCells, BillTotals } from './generated/bill.js'

/** Makes rows; only the package does. */
const MAKE: unique symbol = Symbol('wxpaykit.bill')
const BATCH: unique symbol = Symbol('batch')
const AT: unique symbol = Symbol('row')

/** A column of a bill, as the native module describes it. */
interface Column {
  readonly header: string
  readonly name: string | null
  readonly kind: 'time' | 'number' | 'fee' | 'id' | 'text'
  readonly slot: number | null
}

/** The cells of a column, cut out of one text. */
interface Texts {
  readonly text: string
  readonly ends: Uint32Array
}

/** Rows that were read together. The cells of a column come from the native module when the first of them is asked for. */
class Batch {
  readonly #rows: BillRows
  readonly #texts: (Texts | undefined)[] = []
  #numbers: Float64Array | undefined
  #ambiguous: readonly number[] | undefined
  readonly #slots: number

  constructor(
    rows: BillRows,
    readonly columns: readonly Column[],
  ) {
    this.#rows = rows
    this.#slots = columns.filter(({ slot }) => slot !== null).length
    rows.countMemory()
  }

  cell(row: number, place: number): string {
    const { text, ends } = (this.#texts[place] ??= { text: this.#rows.text(place), ends: this.#rows.ends(place) })
    return text.slice(ends[row], ends[row + 1])
  }

  number(row: number, slot: number): number {
    this.#numbers ??= this.#rows.numbers()
    return this.#numbers[row * this.#slots + slot] as number
  }

  shown(row: number): string[][] {
    return this.#rows.shown(row)
  }

  isAmbiguous(row: number): boolean {
    this.#ambiguous ??= this.#rows.ambiguous()
    return this.#ambiguous.includes(row)
  }
}

/**
 * A row of a bill, or its totals. Its cells are properties: amounts are integers of fen, times are `Date`s, service fees are texts in
 * yuan with five decimals. Cells that hold nothing are `undefined`. A column that came later than this version is a property under
 * WeChat's name. Each row keeps the about thousand rows that were read with it in memory.
 */
export class BillRow {
  /** @internal */
  readonly [BATCH]: Batch;
  /** @internal */
  readonly [AT]: number

  /** @internal */
  constructor(make: typeof MAKE, batch: Batch, row: number) {
    if (make !== MAKE) {
      throw new TypeError('only wxpaykit makes rows of bills')
    }
    this[BATCH] = batch
    this[AT] = row
  }

  /**
   * Whether `body` and `attach` contain separators, so that it is not certain where one ends and the other begins. All other cells are
   * certain.
   */
  get ambiguous(): boolean {
    return this[BATCH].isAmbiguous(this[AT])
  }

  /** The cells as in the file, by WeChat's names. */
  get raw(): Readonly<Record<string, string>> {
    const batch = this[BATCH]
    return Object.freeze(Object.fromEntries(batch.columns.map(({ header }, place) => [header, batch.cell(this[AT], place)])))
  }

  /** A plain object of the cells that hold something, which you may change. */
  toObject(): Record<string, unknown> {
    const cells = this as unknown as Record<string, unknown>
    const names = this[BATCH].columns.map(({ header, name }) => name ?? header)
    return Object.fromEntries(names.map((name) => [name, cells[name]]).filter(([, cell]) => cell !== undefined))
  }

  /** For `JSON.stringify`. */
  toJSON(): Record<string, unknown> {
    return this.toObject()
  }

  /** For `console.log`: the state first, amounts in yuan too, the openid shortened. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number | null): string {
    return depth !== null && depth < 0 ? '[BillRow]' : table('BillRow', this[BATCH].shown(this[AT]))
  }
}

/** What differs between a bill and your own records. Amounts are integers of fen. */
export interface Difference {
  /**
   * `only_in_bill`: you do not have it. `only_mine`: the bill does not have it. `amount`, `state`: both have it, and these differ.
   * `twice`: the bill has it more than once.
   */
  readonly kind: 'only_in_bill' | 'only_mine' | 'amount' | 'state' | 'twice'
  readonly out_trade_no: string
  /** `null` for an order. */
  readonly out_refund_no: string | null
  readonly billAmount: number | null
  readonly myAmount: number | null
  readonly billState: string | null
  readonly myState: string | null
}

/** An order as you recorded it. */
export interface MyOrder {
  out_trade_no: string
  /** In fen. */
  total_fee: number | bigint
  trade_state?: string | undefined
}

/** A refund as you recorded it. */
export interface MyRefund {
  out_refund_no: string
  out_trade_no?: string | undefined
  /** In fen. */
  refund_fee: number | bigint
  refund_status?: string | undefined
}

/** Options of `Bill.save`. */
export interface SaveOptions {
  /** Is called with the number of bytes received so far. */
  progress?: ((bytes: number) => void) | undefined
}

/** Where the rows come from. @internal */
export interface Source {
  rows(): Promise<BillRows | undefined> | BillRows | undefined
  text(): Promise<Uint8Array | undefined>
  /** Once it is aborted, reads fail with the error of an aborted call. */
  readonly signal?: AbortSignal | undefined
  /** Closes the file or the connection. Nothing is read afterwards. */
  close(): Promise<void> | void
  totals(): BillRows | null
  bytesRead(): number
}

/**
 * The rows of a bill: `for await (const row of await pay.downloadbill({ … }))`. A bill is read once; rows are read when they are
 * needed, in bounded memory.
 */
export class Bill implements AsyncIterable<BillRow & BillCells> {
  readonly #source: Source
  #started = false
  #failure: { readonly error: unknown } | undefined
  #columns: readonly Column[] | undefined
  #row: typeof BillRow = BillRow

  /** @internal */
  constructor(make: typeof MAKE, source: Source) {
    if (make !== MAKE) {
      throw new TypeError('only wxpaykit makes bills: pay.downloadbill and readBill')
    }
    this.#source = source
  }

  /** The totals at the end of the bill; `undefined` until the rows were read to their end. */
  get summary(): (BillRow & BillTotals) | undefined {
    const totals = this.#source.totals()
    if (totals === null) {
      return undefined
    }
    const columns = JSON.parse(totals.columns()) as Column[]
    const made = new (rowClass(columns))(MAKE, new Batch(totals, columns), 0)
    return made as BillRow & BillTotals
  }

  /** How many bytes were received so far; packed ones where the bill is packed. */
  get bytesRead(): number {
    return this.#source.bytesRead()
  }

  /**
   * @throws TransportError when the bill breaks off or cannot be read; SignatureError at the end of a bill of APIv3 whose hash is
   * not the one that WeChat Pay signed: do not use its rows. InvalidRequest for a file that is not a whole bill.
   */
  [Symbol.asyncIterator](): AsyncIterator<BillRow & BillCells, undefined> {
    this.#begin()
    let rows: readonly (BillRow & BillCells)[] = []
    let at = 0
    let left = false
    // Calls that come before the last one resolved wait for it, as those of a generator do: each row is given to one of them.
    let [last, waiting]: [Promise<unknown>, number] = [Promise.resolve(), 0]
    const next = async (): Promise<IteratorResult<BillRow & BillCells, undefined>> => {
      try {
        if (rows[at] === undefined && !left) {
          const read = (await this.#next()) ?? []
          ;[rows, at] = [left ? [] : read, 0]
        }
        const value = rows[at++]
        return value === undefined ? { done: true, value } : { done: false, value }
      } finally {
        waiting--
      }
    }
    return {
      next: () => {
        const value = waiting === 0 ? rows[at] : undefined
        if (value !== undefined) {
          at++
          return Promise.resolve({ done: false, value })
        }
        waiting++
        const result = waiting === 1 ? next() : last.then(next, next)
        last = result
        return result
      },
      return: async () => {
        left = true
        rows = []
        await this.#source.close()
        return { done: true, value: undefined }
      },
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Bill { bytesRead: ${this.bytesRead}, started: ${this.#started} }`
  }

  /** The rows in groups of about a thousand, for loops that do not wait for each. */
  async *batches(): AsyncGenerator<readonly (BillRow & BillCells)[], void, undefined> {
    this.#begin()
    try {
      for (let rows = await this.#next(); rows !== undefined; rows = await this.#next()) {
        yield rows
      }
    } finally {
      await this.#source.close()
    }
  }

  /** The rows as a stream of objects. */
  stream(): Readable {
    const { signal } = this.#source
    return endedBy(signal, Readable.from(this), async () => this.#source.rows())
  }

  /** All cells as an array for each column, in the order of the bill. Reads the whole bill into memory. */
  async columns(): Promise<Record<string, unknown[]>> {
    const columns: Record<string, unknown[]> = {}
    for await (const rows of this.batches()) {
      for (const { name, header } of this.#columns ?? []) {
        const all = (columns[name ?? header] ??= [])
        for (const row of rows) {
          all.push((row as unknown as Record<string, unknown>)[name ?? header])
        }
      }
    }
    return columns
  }

  /**
   * Writes the text of the bill into a file, unpacked, instead of reading its rows. The file appears under its name once the bill is
   * whole; one of that name is replaced.
   *
   * @throws TransportError, SignatureError when the bill breaks off, cannot be read, or was changed; nothing is left behind;
   * InvalidRequest when at the path is no regular file, but a folder or a device.
   */
  async save(path: string, options?: SaveOptions): Promise<void> {
    const { progress } = options === undefined ? ({} as SaveOptions) : (optionsOf(options, { progress: needFunction }) as SaveOptions)
    needPlace('path', needText('path', path))
    this.#begin()
    try {
      const next = async () => {
        const piece = await this.#source.text()
        if (piece !== undefined) {
          progress?.(this.bytesRead)
        }
        return piece
      }
      await saved(path, next)
    } finally {
      await this.#source.close()
    }
  }

  /**
   * Compares the bill with your own records of its day. Payments are found by `out_trade_no` and compared by `total_fee`, refunds by
   * `out_refund_no` and `refund_fee`. Resolves to the differences: first what only the bill has, then those of your records.
   *
   * @throws InvalidRequest when a record lacks a number or an amount, or stands twice; and for a fund flow, which has no numbers of your orders.
   */
  async compare(mine: Iterable<MyOrder | MyRefund> | AsyncIterable<MyOrder | MyRefund>): Promise<Difference[]> {
    if (!isIterable(mine)) {
      throw invalid('mine', `must be a list of objects, not ${kindOf(mine)}`)
    }
    const comparison = new native.BillComparison()
    for await (const record of mine) {
      expect(comparison, record)
    }
    this.#begin()
    try {
      for (let rows = await this.#source.rows(); rows !== undefined; rows = await this.#source.rows()) {
        comparison.read(rows)
      }
    } finally {
      await this.#source.close()
    }
    return JSON.parse(comparison.finish()) as Difference[]
  }

  async #next(): Promise<(BillRow & BillCells)[] | undefined> {
    // A read after an error must not look like the end of the bill.
    if (this.#failure !== undefined) {
      throw this.#failure.error
    }
    let rows: BillRows | undefined
    try {
      rows = await this.#source.rows()
    } catch (error) {
      this.#failure = { error }
      await this.#source.close()
      throw error
    }
    if (rows === undefined) {
      return undefined
    }
    if (this.#columns === undefined) {
      this.#columns = JSON.parse(rows.columns()) as Column[]
      this.#row = rowClass(this.#columns)
    }
    const batch = new Batch(rows, this.#columns)
    const made: BillRow[] = []
    for (let row = 0, count = rows.count; row < count; row++) {
      made.push(new this.#row(MAKE, batch, row))
    }
    return made as (BillRow & BillCells)[]
  }

  #begin(): void {
    if (this.#started) {
      throw invalid('bill', 'was read already: a bill is read once. Keep its rows in an array, or save it and read the file')
    }
    this.#started = true
  }
}

/**
 * Closes a bill that is still in memory. A function of its own: one inside of `downloaded` would keep the bill alive for as long as the signal
 * that it listens to.
 */
function closing(held: WeakRef<BillSource>): () => void {
  return () => held.deref()?.close()
}

/** A bill that is being downloaded. @internal */
export function downloaded(source: BillSource, next: <T>(text: boolean) => Promise<T | undefined>, signal: AbortSignal | undefined): Bill {
  // The connection is closed also while nobody reads.
  const abort = closing(new WeakRef(source))
  const ended = () => signal?.removeEventListener('abort', abort)
  signal?.addEventListener('abort', abort, { once: true })
  const read = async <T>(text: boolean) => {
    let found: T | undefined
    try {
      found = await next<T>(text)
    } finally {
      if (found === undefined) {
        ended()
      }
    }
    return found
  }
  return new Bill(MAKE, {
    signal,
    rows: () => read<BillRows>(false),
    text: () => read<Uint8Array>(true),
    close: () => {
      ended()
      source.close()
    },
    totals: () => source.totals(),
    bytesRead: () => source.bytesRead,
  })
}

/**
 * A bill that you downloaded by hand: the same as `pay.downloadbill` gives. Takes the path of the file or its bytes, text or gzip.
 *
 * The rows throw an InvalidRequest with the code `bill_malformed` or `bill_incomplete` when it is not a whole bill.
 */
export function readBill(bill: string | URL | Uint8Array): Bill {
  if (typeof bill === 'string') {
    wellFormed('bill', bill)
  }
  if (typeof bill !== 'string' && !(bill instanceof URL) && !isBytes(bill)) {
    throw invalid('bill', `must be the path of a file or its bytes, not ${kindOf(bill)}`)
  }
  const reader = guard(() => new native.BillReader())
  const pieces: AsyncIterator<Uint8Array> = (isBytes(bill) ? slices(bill) : fileOf(bill))[Symbol.asyncIterator]()
  let ended = false
  const rows = async (): Promise<BillRows | undefined> => {
    for (let found = reader.rows(); ; found = reader.rows()) {
      if (found !== null || ended) {
        return found ?? undefined
      }
      const piece = await pieces.next()
      guard(() => (piece.done === true ? reader.finish() : reader.push(piece.value)))
      ended = piece.done === true
    }
  }
  return new Bill(MAKE, {
    rows,
    text: () => Promise.reject(invalid('bill', 'is a file already')),
    close: async () => {
      await pieces.return?.()
    },
    totals: () => reader.totals(),
    bytesRead: () => reader.bytesRead,
  })
}

/**
 * Compares a bill with your own records of its day.
 *
 * @see Bill.compare
 */
export function compare(bill: Bill, mine: Iterable<MyOrder | MyRefund> | AsyncIterable<MyOrder | MyRefund>): Promise<Difference[]> {
  if (!(bill instanceof Bill)) {
    return Promise.reject(invalid('bill', `must be a bill, of pay.downloadbill or readBill, not ${kindOf(bill)}`))
  }
  return bill.compare(mine)
}

/**
 * Undoes the escapes that newer bills have in `body` and `attach`: `\\`, `\"`, `\n`, a comma as a backslash and a blank, and so on. Cells
 * are left as they are in the file, because older bills have no escapes.
 */
export function unescapeBill(text: string): string {
  return native.billUnescape(needText('text', text))
}

/** So much of a file is read at once. */
const PIECE = 1 << 18

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += PIECE) {
    // Other work has its turn, and Node frees rows that are not needed any more.
    await setImmediate()
    yield bytes.subarray(start, start + PIECE)
  }
}

async function* fileOf(path: string | URL): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path, { highWaterMark: PIECE }) as AsyncIterable<Uint8Array>
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

function expect(comparison: InstanceType<typeof native.BillComparison>, record: unknown): void {
  if (!isObject(record)) {
    throw invalid('mine', 'must be a list of objects')
  }
  const { out_trade_no, out_refund_no, total_fee, trade_state, refund_fee, refund_status } = record as Partial<MyOrder & MyRefund>
  const isRefund = out_refund_no !== undefined && out_refund_no !== null
  const [fee, state] = isRefund ? [refund_fee, refund_status] : [total_fee, trade_state]
  const amount = typeof fee === 'bigint' ? Number(fee) : fee
  const needs = (field: string, given: unknown) => (given === undefined || given === null ? undefined : needText(field, given))
  if ((!isRefund && typeof out_trade_no !== 'string') || !Number.isSafeInteger(amount)) {
    throw invalid('mine', `a record needs ${isRefund ? 'out_refund_no and refund_fee' : 'out_trade_no and total_fee'}, an integer of fen`)
  }
  const [order = '', refund] = [needs('out_trade_no', out_trade_no), needs('out_refund_no', out_refund_no)]
  const as = needs(isRefund ? 'refund_status' : 'trade_state', state)
  if (!guard(() => comparison.expect(order, refund, amount as number, as))) {
    throw invalid('mine', `has ${refund ?? order} twice`)
  }
}

/** A class whose prototype has a getter for each column, so that a row is two properties. */
function rowClass(columns: readonly Column[]): typeof BillRow {
  const made = class extends BillRow {}
  Object.defineProperty(made, 'name', { value: 'BillRow' })
  columns.forEach(({ header, name, kind, slot }, place) => {
    const property = name ?? header
    if (property in BillRow.prototype) {
      return
    }
    Object.defineProperty(made.prototype, property, { configurable: true, enumerable: true, get: getter(kind, slot ?? 0, place, name === null) })
  })
  return made
}

function getter(kind: Column['kind'], slot: number, place: number, unknown: boolean): (this: BillRow) => unknown {
  switch (kind) {
    case 'time':
      return function () {
        const seconds = this[BATCH].number(this[AT], slot)
        return Number.isNaN(seconds) ? undefined : new Date(seconds * 1000)
      }
    case 'number':
      return function () {
        const number = this[BATCH].number(this[AT], slot)
        return Number.isNaN(number) ? undefined : number
      }
    case 'fee':
      return function () {
        const units = this[BATCH].number(this[AT], slot)
        return Number.isNaN(units) ? undefined : yuan(units)
      }
    case 'id':
      return function () {
        const text = this[BATCH].cell(this[AT], place)
        return text === '' || text === '0' ? undefined : text
      }
    default:
      return function () {
        const text = this[BATCH].cell(this[AT], place)
        return text === '' && !unknown ? undefined : text
      }
  }
}

/** Units of 0.00001 yuan as a text with five decimals. */
function yuan(units: number): string {
  const digits = String(Math.abs(units)).padStart(6, '0')
  return `${units < 0 ? '-' : ''}${digits.slice(0, -5)}.${digits.slice(-5)}`
}
