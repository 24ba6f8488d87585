/** Pending orders, refunds and transfers, as users give them, checked. */

import { inspect, types } from 'node:util'
import { invalid, kindOf, needText, notFen } from './arguments.js'
import { walk } from './walk.js'

/** An order or a refund that was not queried, or whose query failed. */
export class Rejection {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** A checked order or refund, and its values for the native module. */
export interface Row {
  readonly number: string
  readonly values: Values | Rejection
}

interface Values {
  /** Digits of fen. */
  readonly fee: string
  /** In seconds since 1970. */
  readonly created: number
  readonly subMchId: string | undefined
  readonly combineOutTradeNo: string | undefined
}

/** How a kind of rows is called, the names of their members, and the call in errors. */
export interface Rows {
  readonly things: string
  readonly number: 'out_trade_no' | 'out_refund_no' | 'out_bill_no'
  readonly fee: 'total_fee' | 'refund_fee' | 'transfer_amount'
  readonly call: string
}

export const ORDERS: Rows = { things: 'orders', number: 'out_trade_no', fee: 'total_fee', call: 'reconcile' }
export const REFUNDS: Rows = { things: 'refunds', number: 'out_refund_no', fee: 'refund_fee', call: 'reconcile_refunds' }
export const TRANSFERS: Rows = { things: 'transfers', number: 'out_bill_no', fee: 'transfer_amount', call: 'reconcile_transfers' }

/** An order or a refund of the user's, not checked yet. */
type PendingInput = { readonly created: Date; readonly sub_mch_id?: unknown; readonly combine_out_trade_no?: unknown }

/**
 * Reads all rows before the first is queried. An invalid row does not concern the others. When the signal is aborted, the rows read so far get
 * results that say so.
 */
export async function rowsOf(
  kind: Rows,
  pending: Iterable<PendingInput> | AsyncIterable<PendingInput>,
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  needRows(kind, pending)
  const found: Row[] = []
  await walk<PendingInput>(pending, signal, (given) => found.push(rowOf(kind, given)))
  return found
}

/** Other spellings of fields that a row may have, but for empty columns of a table. Without the field, another sub-merchant's order would be queried. */
const OTHER_NAMES = { sub_mch_id: ['sub_mchid', 'subMchId', 'subMchid'], combine_out_trade_no: ['combineOutTradeNo'] }

function rowOf(kind: Rows, given: PendingInput): Row {
  let number = ''
  try {
    const named: unknown = (given as unknown as Record<string, unknown>)?.[kind.number]
    number = typeof named === 'string' ? named : named === undefined ? '' : inspect(named)
    return checkedRow(kind, given, named)
  } catch (error) {
    return { number, values: new Rejection(error) }
  }
}

function checkedRow(kind: Rows, given: PendingInput, named: unknown): Row {
  const number = needText(kind.number, named === undefined ? member(kind, given, kind.number) : named)
  const [fee, created] = [kind.fee, 'created'].map((name) => member(kind, given, name)) as [number | bigint, unknown]
  for (const [name, others] of Object.entries(OTHER_NAMES)) {
    const values = given as unknown as Record<string, unknown>
    const other = values[name] === undefined || values[name] === null ? others.find((one) => (values[one] ?? '') !== '') : undefined
    if (other !== undefined) {
      throw invalid(other, `is not a field of ${kind.things}; did you mean ${name}?`)
    }
  }
  const subMchId = optionalText('sub_mch_id', given.sub_mch_id)
  const combineOutTradeNo = kind === ORDERS ? optionalText('combine_out_trade_no', given.combine_out_trade_no) : undefined
  const fen = fenOf(kind.fee, fee)
  if (!types.isDate(created)) {
    throw invalid('created', `must be a Date, not ${kindOf(created)}`)
  }
  const ms = created.getTime()
  if (Number.isNaN(ms)) {
    throw invalid('created', 'must be a valid Date')
  }
  return { number, values: { fee: fen, created: Math.floor(ms / 1000), subMchId, combineOutTradeNo } }
}

/** A number that most orders do not have: absent, or empty as the column of a table may be. */
function optionalText(field: string, value: unknown): string | undefined {
  return (value === undefined || value === null ? '' : needText(field, value)) || undefined
}

/** Reads a member once: a getter may return another value the second time. */
function member({ things, number, fee }: Rows, given: PendingInput, name: string): unknown {
  const value: unknown = (given as unknown as Record<string, unknown>)?.[name]
  if (value === undefined) {
    const fields = [number, fee, 'created'].join(', ')
    const rule = `must be ${things}: objects with ${fields}; there is no ${name} in ${kindOf(given)}`
    throw invalid('pending', rule)
  }
  return value
}

/** A string and bytes are iterable too, so they are refused by name. */
function needRows({ things }: Rows, pending: unknown): void {
  const walked = pending as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  const walk = typeof pending === 'object' && !ArrayBuffer.isView(pending) ? (walked?.[Symbol.asyncIterator] ?? walked?.[Symbol.iterator]) : undefined
  if (typeof walk !== 'function') {
    throw invalid('pending', `must be a list, an iterable or an async iterable of ${things}`)
  }
}

/** The digits of the amount of an order. Nothing costs less than one fen. @internal */
export function feeOf(field: string, value: unknown): string {
  const digits = fenOf(field, value)
  if (BigInt(digits) < 1n) {
    throw invalid(field, `must be at least 1 fen, not ${digits}`)
  }
  return digits
}

/** The digits of an amount of fen. @internal */
export function fenOf(field: string, value: unknown): string {
  if (typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)) {
    return String(value)
  }
  throw invalid(field, `must be an integer of fen, not ${notFen(value)}; yuanToFen('19.99') converts yuan`)
}
