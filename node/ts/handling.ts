/** Handing payments and refunds over. The native module decides the steps; here the user's functions run. */

import { inspect, types } from 'node:util'
import {
  invalid,
  kindOf,
  needDocument,
  needHandler,
  needSignal,
  needText,
  notFen,
  optionsOf,
  type Bytes,
  type Need,
} from './arguments.js'
import { ask, askWithBody, finish, Ours } from './calls.js'
import { guard, InvalidRequest, WxPayError } from './errors.js'
import { ack } from './functions.js'
import { ConfirmedRefund, type CallOptions, type ConfirmedPayment } from './generated/documents.js'
import type { Client } from './native.js'

/** Your function that hands a payment over. It may be async. When it throws, the payment is handed over later. */
export type OnPaid = (payment: ConfirmedPayment, idempotencyKey: string) => unknown

/** Your function that takes the result of a refund. It may be async. When it throws, the result is handed over later. */
export type OnRefund = (refund: ConfirmedRefund, idempotencyKey: string) => unknown

/** Your functions for refunds. Both may be async. */
export interface RefundOptions {
  /**
   * Runs once for each refund that succeeded, as `onPaid` runs for a payment. Without it, a refund notification is answered with FAIL.
   */
  onRefunded?: OnRefund | undefined
  /**
   * The same for a refund that WeChat closed (`REFUNDCLOSE`: refund again with a new `out_refund_no`) or that the customer's card does
   * not take (`CHANGE`: finish it at pay.weixin.qq.com). Without it, such a refund is answered with SUCCESS, and `handled.error` names it.
   */
  onRefundFailed?: OnRefund | undefined
}

/** Your functions. All may be async. */
export interface HandleOptions extends RefundOptions {
  /** Returns the amount that you recorded for `payment.out_trade_no`, in fen; `null` or `undefined` when there is no such order. */
  amountOf: (
    payment: ConfirmedPayment,
  ) => number | bigint | null | undefined | PromiseLike<number | bigint | null | undefined>
  /**
   * Runs once for each payment, however often WeChat repeats a notification. After a crash it may run again, with the same
   * `idempotencyKey`: commit the key together with your own work, and a payment is handed over exactly once.
   */
  onPaid: OnPaid
}

/** The result of handling a payment. */
export interface HandOver {
  /** Whether this call ran `onPaid` to its end. `false` without an `error` when it had run before, or another process is running it. */
  readonly delivered: boolean
  /** The payment that this call handed over, or tried to. */
  readonly payment: ConfirmedPayment | undefined
  /** Why it was not handed over: a `WxPayError`, or what your function threw. */
  readonly error: unknown
}

/** The result of handling a refund. */
export interface RefundHandOver {
  /** Whether this call ran your function to its end. */
  readonly delivered: boolean
  /** The refund that this call handed over, or tried to, or that failed. */
  readonly refund: ConfirmedRefund | undefined
  /** Why it was not handed over: a `WxPayError`, or what your function threw. */
  readonly error: unknown
}

/** The result of handling a notification, and the reply for WeChat. */
export interface Handled extends HandOver, RefundHandOver {
  /**
   * `delivered` by this call; `handed_over` earlier; `busy`: another process is handing it over; `failed`, with the `error`;
   * `refund_failed`: WeChat closed the refund or the customer's card does not take it, and there is no `onRefundFailed`.
   */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'failed' | 'refund_failed'
  /** The order, from the moment the signature is verified; `undefined` for a notification that is not WeChat's. */
  readonly out_trade_no: string | undefined
  /** Always 200: WeChat reads the body. */
  readonly status: 200
  readonly contentType: typeof ack.contentType
  /** The acknowledgement, or the reply that makes WeChat send the notification again. */
  readonly body: string
}

/** An order that may be paid. */
export interface PendingOrder {
  out_trade_no: string
  /** The amount that you recorded, in fen. */
  total_fee: number | bigint
  /** When you created it. */
  created: Date
  /** Service providers: the sub-merchant of the order, if it is not the client's. */
  sub_mch_id?: string | null | undefined
}

/** The result of handling a pending order. */
export interface Reconciled extends HandOver {
  readonly out_trade_no: string
  /**
   * `delivered` by this call; `handed_over` earlier; `busy`: another process is handing it over; `not_paid`; `not_due`: too young, or
   * queried at this age; `too_old`: older than eight days, and not queried any more; `failed`, with the `error`.
   */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'not_paid' | 'not_due' | 'too_old' | 'failed'
  /** When an order that is `not_due` will be queried; `undefined` after the last query. */
  readonly next_due: Date | undefined
  /** WeChat's state of an order that is not paid, such as `NOTPAY` or `CLOSED`. */
  readonly trade_state: string | undefined
}

/** A refund whose result you do not know. */
export interface PendingRefund {
  out_refund_no: string
  /** The amount of the refund, in fen. */
  refund_fee: number | bigint
  /** When you asked for it. */
  created: Date
  /** Service providers: the sub-merchant of the order, if it is not the client's. */
  sub_mch_id?: string | null | undefined
}

/** The result of handling a pending refund. */
export interface ReconciledRefund extends RefundHandOver {
  readonly out_refund_no: string
  /**
   * `delivered` by this call; `handed_over` earlier; `busy`: another process is handing it over; `processing`; `refund_failed`, without
   * `onRefundFailed`; `not_due`: too young, or queried at this age; `too_old`: older than a month, and not queried any more; `failed`, with
   * the `error`.
   */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'processing' | 'refund_failed' | 'not_due' | 'too_old' | 'failed'
  /** When a refund that is `not_due` will be queried; `undefined` after the last query. */
  readonly next_due: Date | undefined
}

/** Something to hand over, or why there is nothing. */
type Start =
  | Ours
  | {
      state: 'handed_over' | 'busy' | 'not_paid' | 'processing' | 'not_due' | 'too_old'
      trade_state: string | null
      /** In seconds since 1970. */
      next_due: number | null
      out_trade_no: string
    }

/** As [`Start`], or a refund that failed and that no function takes. */
type RefundStart = Start | ConfirmedRefund

/** @internal */
export async function handle(
  client: Client,
  rawBody: Bytes,
  options: HandleOptions & CallOptions,
): Promise<Handled> {
  const { signal } = optionsOf(options, { ...REFUND_NEEDS, amountOf: needAmountOf, onPaid: needOnPaid, signal: needSignal })
  const { amountOf, onPaid } = needBoth(options)
  const { onRefunded, onRefundFailed } = options
  let start: RefundStart
  try {
    const body = needDocument('rawBody', rawBody)
    start = onRefunded
      ? await askWithBody<RefundStart>(client, 'notify.handle_any', body, signal, [String(onRefundFailed !== undefined)])
      : await askWithBody<Start>(client, 'notify.handle', body, signal)
  } catch (error) {
    return failed(error)
  }
  if (start instanceof ConfirmedRefund) {
    return handled('refund_failed', start.out_trade_no, { delivered: false, refund: start, error: refundFailed(start) })
  }
  if (!(start instanceof Ours)) {
    const state = start.state === 'handed_over' ? 'handed_over' : 'busy'
    return handled(state, start.out_trade_no, { delivered: false, error: undefined })
  }
  const { out_trade_no } = start.item
  if (start.item instanceof ConfirmedRefund) {
    const over = await handOverRefund(client, start, start.item, options)
    return handled(over.delivered ? 'delivered' : 'failed', out_trade_no, over)
  }
  const over = await handOver(client, start, start.item, amountOf, onPaid)
  return handled(over.delivered ? 'delivered' : 'failed', out_trade_no, over)
}

/** The error of a refund that failed, where no function takes it. */
function refundFailed({ out_refund_no, out_trade_no, refund_status }: ConfirmedRefund): WxPayError {
  const message = `refund ${out_refund_no} of order ${out_trade_no} failed: WeChat answers ${refund_status}; onRefundFailed would take it`
  return new WxPayError(message, { code: 'refund_failed', endpoint: 'refundquery', out_trade_no })
}

/** @internal */
export async function reconcileRefunds(
  client: Client,
  pending: Iterable<PendingRefund> | AsyncIterable<PendingRefund>,
  options: CallOptions & { onRefunded: OnRefund; onRefundFailed?: OnRefund | undefined },
): Promise<ReconciledRefund[]> {
  const { signal } = optionsOf(options, { ...REFUND_NEEDS, signal: needSignal })
  needOnRefund('onRefunded', options?.onRefunded)
  const failures = String(options.onRefundFailed !== undefined)
  const found: ReconciledRefund[] = []
  const refunds = await rowsOf(REFUNDS, pending, signal)
  for (let i = 0; i < refunds.length; i += AT_ONCE) {
    const some = refunds.slice(i, i + AT_ONCE)
    // None of these rejects.
    const starts = await Promise.all(some.map((refund) => startOf<RefundStart>(client, 'reconcile_refunds', refund, [failures], signal)))
    for (const [j, refund] of some.entries()) {
      found.push(Object.freeze(await refundEnded(client, refund, starts[j] as RefundStart | Failed, options)))
    }
  }
  return found
}

async function refundEnded(
  client: Client,
  { number: out_refund_no }: Row,
  start: RefundStart | Failed,
  options: RefundOptions,
): Promise<ReconciledRefund> {
  const none = { out_refund_no, next_due: undefined, delivered: false, refund: undefined, error: undefined }
  if (start instanceof Failed) {
    return { ...none, state: 'failed', error: start.error }
  }
  if (start instanceof ConfirmedRefund) {
    return { ...none, state: 'refund_failed', refund: start, error: refundFailed(start) }
  }
  if (!(start instanceof Ours)) {
    const next_due = start.next_due === null ? undefined : new Date(start.next_due * 1000)
    const state = start.state === 'not_paid' ? 'processing' : start.state
    return { ...none, state, next_due }
  }
  const over = await handOverRefund(client, start, start.item as ConfirmedRefund, options)
  return { ...none, state: over.delivered ? 'delivered' : 'failed', ...over }
}

async function handOverRefund(
  client: Client,
  ours: Ours,
  refund: ConfirmedRefund,
  { onRefunded, onRefundFailed }: RefundOptions,
): Promise<RefundHandOver> {
  const run = refund.refund_status === 'SUCCESS' ? onRefunded : onRefundFailed
  try {
    await run?.(refund, ours.idempotencyKey)
  } catch (error) {
    await end(client, ours, false)
    return { delivered: false, refund, error: error ?? new WxPayError('the function threw undefined') }
  }
  const error = await end(client, ours, true)
  return { delivered: error === undefined, refund, error }
}

/** @internal */
export async function reconcile(
  client: Client,
  pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
  options: CallOptions & { onPaid: OnPaid },
): Promise<Reconciled[]> {
  const { signal } = optionsOf(options, { onPaid: needOnPaid, signal: needSignal })
  const onPaid = needOnPaid('onPaid', options?.onPaid)
  const found: Reconciled[] = []
  const orders = await rowsOf(ORDERS, pending, signal)
  for (let i = 0; i < orders.length; i += AT_ONCE) {
    const some = orders.slice(i, i + AT_ONCE)
    // None of these rejects.
    const starts = await Promise.all(some.map((order) => startOf<Start>(client, 'reconcile', order, [], signal)))
    for (const [j, order] of some.entries()) {
      found.push(Object.freeze(await ended(client, order, starts[j] as Start | Failed, onPaid)))
    }
  }
  return found
}

/** The orders that are queried at the same time. */
const AT_ONCE = 8

/** `pieces` are the number of the order, its amount, and for how many milliseconds to query. @internal */
export async function waitForPayment(
  client: Client,
  pieces: readonly [out_trade_no: string, total_fee: string, within: string],
  onPaid: OnPaid | undefined,
  signal?: AbortSignal,
  subMchId = '',
): Promise<ConfirmedPayment | undefined> {
  const all = [...pieces, String(onPaid !== undefined), subMchId]
  const found = await ask<ConfirmedPayment | Ours | null>(client, 'wait_for_payment', all, signal)
  if (!(found instanceof Ours) || onPaid === undefined) {
    return (found as ConfirmedPayment | null) ?? undefined
  }
  const { payment, error } = await handOver(client, found, found.item as ConfirmedPayment, () => BigInt(pieces[1]), onPaid)
  if (error !== undefined) {
    throw error
  }
  return payment
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

async function startOf<T>(
  client: Client,
  call: string,
  { pieces }: Row,
  more: readonly string[],
  signal?: AbortSignal,
): Promise<T | Failed> {
  if (pieces instanceof Failed) {
    return pieces
  }
  try {
    return await ask<T>(client, call, [...pieces, ...more], signal)
  } catch (error) {
    return new Failed(error)
  }
}

async function ended(client: Client, order: Row, start: Start | Failed, onPaid: OnPaid): Promise<Reconciled> {
  const { number: out_trade_no } = order
  const none = {
    out_trade_no, trade_state: undefined, next_due: undefined, delivered: false, payment: undefined, error: undefined,
  }
  if (start instanceof Failed) {
    return { ...none, state: 'failed', error: start.error }
  }
  if (!(start instanceof Ours)) {
    const next_due = start.next_due === null ? undefined : new Date(start.next_due * 1000)
    const state = start.state === 'processing' ? 'not_paid' : start.state
    return { ...none, state, trade_state: start.trade_state ?? undefined, next_due }
  }
  const over = await handOver(client, start, start.item as ConfirmedPayment, () => order.fee, onPaid)
  return { ...none, state: over.delivered ? 'delivered' : 'failed', ...over }
}

async function handOver(
  client: Client,
  ours: Ours,
  payment: ConfirmedPayment,
  amountOf: HandleOptions['amountOf'],
  onPaid: OnPaid,
): Promise<HandOver> {
  const { handling } = ours
  try {
    const recorded = await amountOf(payment)
    const digits = recorded === null || recorded === undefined ? undefined : fenOf('amountOf', recorded)
    guard(() => handling.check(digits))
    await onPaid(payment, ours.idempotencyKey)
  } catch (error) {
    await end(client, ours, false)
    return { delivered: false, payment, error: error ?? new WxPayError('the function threw undefined') }
  }
  const error = await end(client, ours, true)
  return { delivered: error === undefined, payment, error }
}

/** Ends the claim on a payment or a refund. Returns the error when that failed. */
async function end(client: Client, { handling }: Ours, done: boolean): Promise<unknown> {
  try {
    await finish(client, handling, done)
    return undefined
  } catch (error) {
    return error
  }
}

/** The result for a notification that failed before its payment was claimed. @internal */
export function failed(error: unknown): Handled {
  const out_trade_no = error instanceof WxPayError ? error.out_trade_no : undefined
  return handled('failed', out_trade_no, { delivered: false, error })
}

function handled(
  state: Handled['state'],
  out_trade_no: string | undefined,
  over: { delivered: boolean; error: unknown; payment?: ConfirmedPayment | undefined; refund?: ConfirmedRefund | undefined },
): Handled {
  const body = state === 'busy' || state === 'failed' ? ack(false, 'FAIL') : ack()
  const none = { payment: undefined, refund: undefined }
  return Object.freeze({ state, out_trade_no, ...none, ...over, status: 200, contentType: ack.contentType, body })
}

/** An order or a refund that was not queried, or whose query failed. */
class Failed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** A checked order or refund: its amount; and its number, amount, time in seconds and sub-merchant as texts. */
interface Row {
  readonly number: string
  readonly fee: number | bigint
  readonly pieces: readonly [number: string, fee: string, created: string, sub_mch_id: string] | Failed
}

/** What the rows are, and the names of their members. */
interface Kind {
  readonly things: string
  readonly number: 'out_trade_no' | 'out_refund_no'
  readonly fee: 'total_fee' | 'refund_fee'
}

const ORDERS: Kind = { things: 'orders', number: 'out_trade_no', fee: 'total_fee' }
const REFUNDS: Kind = { things: 'refunds', number: 'out_refund_no', fee: 'refund_fee' }

type Given = PendingOrder | PendingRefund

/** Reads all rows before the first is queried. An invalid row does not concern the others. */
async function rowsOf(
  kind: Kind,
  pending: Iterable<Given> | AsyncIterable<Given>,
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  needRows(kind, pending)
  const found: Row[] = []
  for await (const given of pending) {
    found.push(rowOf(kind, given))
    // The rows read so far get results that say so.
    if (signal?.aborted) {
      break
    }
  }
  // Where no row has the shape of an order, the list is something else.
  const errors = found.map(({ pieces }) => (pieces instanceof Failed ? pieces.error : undefined))
  if (errors.length > 0 && errors.every((error) => error instanceof InvalidRequest && error.field === 'pending')) {
    throw errors[0]
  }
  return found
}

function rowOf(kind: Kind, given: Given): Row {
  let number = ''
  try {
    const named: unknown = (given as unknown as Record<string, unknown>)?.[kind.number]
    number = typeof named === 'string' ? named : named === undefined ? '' : inspect(named)
    return checkedRow(kind, given, named)
  } catch (error) {
    return { number, fee: 0, pieces: new Failed(error) }
  }
}

function checkedRow(kind: Kind, given: Given, named: unknown): Row {
  const number = needText(kind.number, named === undefined ? member(kind, given, kind.number) : named)
  const [fee, created] = [kind.fee, 'created'].map((name) => member(kind, given, name)) as [number | bigint, unknown]
  const sub: unknown = given.sub_mch_id
  const sub_mch_id = sub === undefined || sub === null ? '' : needText('sub_mch_id', sub)
  const fen = fenOf(kind.fee, fee)
  if (!types.isDate(created)) {
    throw invalid('created', `must be a Date, not ${kindOf(created)}`)
  }
  const ms = created.getTime()
  if (Number.isNaN(ms)) {
    throw invalid('created', 'must be a valid Date')
  }
  return { number, fee, pieces: [number, fen, String(Math.floor(ms / 1000)), sub_mch_id] }
}

/** Reads a member once: a getter may return another value the second time. */
function member({ things, number, fee }: Kind, given: Given, name: string): unknown {
  const value: unknown = (given as unknown as Record<string, unknown>)?.[name]
  if (value === undefined) {
    const fields = [number, fee, 'created'].join(', ')
    const rule = `must be ${things}: objects with ${fields}; there is no ${name} in ${kindOf(given)}`
    throw invalid('pending', rule)
  }
  return value
}

/** @internal */
export const needAmountOf: Need<HandleOptions['amountOf']> = (field, value) => needHandler(field, value, 'payment')

/** @internal */
export const needOnPaid: Need<OnPaid> = (field, value) => needHandler(field, value, 'payment', 'idempotencyKey')

/** @internal */
export const needOnRefund: Need<OnRefund> = (field, value) => needHandler(field, value, 'refund', 'idempotencyKey')

/** The functions for refunds, which may be left out. @internal */
export const REFUND_NEEDS = { onRefunded: needOnRefund, onRefundFailed: needOnRefund }

/** The functions of options. Those for payments must be there. @internal */
export function needBoth(options: Partial<HandleOptions> | null | undefined): HandleOptions {
  return {
    amountOf: needAmountOf('amountOf', options?.amountOf),
    onPaid: needOnPaid('onPaid', options?.onPaid),
    onRefunded: options?.onRefunded,
    onRefundFailed: options?.onRefundFailed,
  }
}

/** A string is iterable too, so it is refused by name. */
function needRows({ things }: Kind, pending: unknown): void {
  const walked = pending as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  const walk = typeof pending === 'object' ? (walked?.[Symbol.asyncIterator] ?? walked?.[Symbol.iterator]) : undefined
  if (typeof walk !== 'function') {
    throw invalid('pending', `must be a list, an iterable or an async iterable of ${things}`)
  }
}
