/** Handing payments and refunds over. The native module decides the steps; here the user's functions run. */

import { needDocument, needHandler, needSignal, optionsOf, type Bytes, type Need } from './arguments.js'
import { ask, finish, Claimable } from './calls.js'
import { guard, WxPayError } from './errors.js'
import { ack } from './functions.js'
import { ConfirmedPayment, ConfirmedRefund, type CallOptions } from './generated/documents.js'
import type { Client, NamedCall } from './native.js'
import { Rejection, fenOf, ORDERS, REFUNDS, rowsOf, type Row, type Rows } from './pending.js'

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

/** A payment or a refund. */
type Item = ConfirmedPayment | ConfirmedRefund

/** Something to hand over, or why there is nothing. A document is one that failed and that no function takes. */
type Start = Claimable | NoClaim | ConfirmedRefund

interface NoClaim {
  state: 'handed_over' | 'busy' | 'not_paid' | 'processing' | 'not_due' | 'too_old'
  trade_state: string | null
  /** In seconds since 1970. */
  next_due: number | null
  out_trade_no: string
}

/** Your functions for one kind of things. */
interface Functions {
  /** Takes one that ended as the merchant wanted. */
  onSuccess: ((item: never, idempotencyKey: string) => unknown) | undefined
  /** Takes one that did not. */
  onFailure?: ((item: never, idempotencyKey: string) => unknown) | undefined
  /** For payments: the amount that the merchant recorded. */
  amountOf?: HandleOptions['amountOf'] | undefined
}

/** The outcome for one that was to be handed over. */
interface Outcome {
  readonly delivered: boolean
  readonly item: Item | undefined
  readonly error: unknown
}

/** The result for a pending one. */
interface PendingOutcome extends Outcome {
  readonly state: string
  readonly trade_state?: string | undefined
  readonly next_due?: Date | undefined
}

/** A kind of things that are handed over, and the results for pending ones. */
interface Kind<R> {
  /** The native module's name. */
  readonly name: 'payment' | 'refund'
  /** How pending ones are written. */
  readonly rows: Rows
  result(number: string, ended: PendingOutcome): R
}

const PAYMENTS: Kind<Reconciled> = {
  name: 'payment',
  rows: ORDERS,
  result: (out_trade_no, { item, trade_state, next_due, ...ended }) =>
    ({ out_trade_no, trade_state, next_due, ...ended, payment: item }) as Reconciled,
}

const REFUND: Kind<ReconciledRefund> = {
  name: 'refund',
  rows: REFUNDS,
  result: (out_refund_no, { item, trade_state: _, next_due, ...ended }) =>
    ({ out_refund_no, next_due, ...ended, refund: item }) as ReconciledRefund,
}

/** @internal */
export async function handle(
  client: Client,
  rawBody: Bytes,
  options: HandleOptions & CallOptions,
): Promise<Handled> {
  const { signal } = optionsOf(options, { ...REFUND_NEEDS, amountOf: needAmountOf, onPaid: needOnPaid, signal: needSignal })
  const { amountOf, onPaid } = needBoth(options)
  const { onRefunded, onRefundFailed } = options
  let start: Start
  try {
    const body = needDocument('rawBody', rawBody)
    const takes = onRefunded ? [{ kind: REFUND.name, failures: onRefundFailed !== undefined }] : []
    start = await ask<Start>(client, 'notify.handle', { call: 'Begin', takes }, signal, body)
  } catch (error) {
    return failed(error)
  }
  if (start instanceof ConfirmedRefund) {
    return handled('refund_failed', start.out_trade_no, { delivered: false, item: start, error: refundFailed(start) })
  }
  if (!(start instanceof Claimable)) {
    const state = start.state === 'handed_over' ? 'handed_over' : 'busy'
    return handled(state, start.out_trade_no, { delivered: false, item: undefined, error: undefined })
  }
  const functions: Record<string, Functions> = {
    payment: { onSuccess: onPaid, amountOf },
    refund: { onSuccess: onRefunded, onFailure: onRefundFailed },
  }
  const over = await handOver(client, start, functions[start.kind] as Functions)
  return handled(over.delivered ? 'delivered' : 'failed', start.item.out_trade_no, over)
}

/** The error of a refund that failed, where no function takes it. */
function refundFailed({ out_refund_no, out_trade_no, refund_status }: ConfirmedRefund): WxPayError {
  const message = `refund ${out_refund_no} of order ${out_trade_no} failed: WeChat answers ${refund_status}; onRefundFailed would take it`
  return new WxPayError(message, { code: 'refund_failed', endpoint: 'refundquery', out_trade_no })
}

/** @internal */
export async function reconcile(
  client: Client,
  pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
  options: CallOptions & { onPaid: OnPaid },
): Promise<Reconciled[]> {
  const { signal } = optionsOf(options, { onPaid: needOnPaid, signal: needSignal })
  const onSuccess = needOnPaid('onPaid', options?.onPaid)
  return reconciled(client, PAYMENTS, pending, { onSuccess }, signal)
}

/** @internal */
export async function reconcileRefunds(
  client: Client,
  pending: Iterable<PendingRefund> | AsyncIterable<PendingRefund>,
  options: CallOptions & { onRefunded: OnRefund; onRefundFailed?: OnRefund | undefined },
): Promise<ReconciledRefund[]> {
  const { signal } = optionsOf(options, { ...REFUND_NEEDS, signal: needSignal })
  const onSuccess = needOnRefund('onRefunded', options?.onRefunded)
  return reconciled(client, REFUND, pending, { onSuccess, onFailure: options.onRefundFailed }, signal)
}

/** How many pending ones WeChat is asked for at the same time. */
const AT_ONCE = 8

async function reconciled<R>(
  client: Client,
  kind: Kind<R>,
  pending: Iterable<PendingOrder | PendingRefund> | AsyncIterable<PendingOrder | PendingRefund>,
  functions: Functions,
  signal: AbortSignal | undefined,
): Promise<R[]> {
  const found: R[] = []
  const rows = await rowsOf(kind.rows, pending, signal)
  for (let i = 0; i < rows.length; i += AT_ONCE) {
    const some = rows.slice(i, i + AT_ONCE)
    // None of these rejects.
    const starts = await Promise.all(some.map((row) => startOf(client, kind, row, functions, signal)))
    for (const [j, { number }] of some.entries()) {
      const ended = await endedOf(client, starts[j] as Start | Rejection, functions)
      found.push(Object.freeze(kind.result(number, ended)))
    }
  }
  return found
}

async function startOf(
  client: Client,
  kind: Kind<unknown>,
  { number, values }: Row,
  { onFailure }: Functions,
  signal?: AbortSignal,
): Promise<Start | Rejection> {
  if (values instanceof Rejection) {
    return values
  }
  const call: NamedCall = {
    call: 'BeginPending', kind: kind.name, number, ...values, failures: onFailure !== undefined,
  }
  try {
    return await ask<Start>(client, kind.rows.call, call, signal)
  } catch (error) {
    return new Rejection(error)
  }
}

async function endedOf(client: Client, start: Start | Rejection, functions: Functions): Promise<PendingOutcome> {
  const none = { delivered: false, item: undefined, error: undefined, trade_state: undefined, next_due: undefined }
  if (start instanceof Rejection) {
    return { ...none, state: 'failed', error: start.error }
  }
  if (start instanceof ConfirmedRefund) {
    return { ...none, state: 'refund_failed', item: start, error: refundFailed(start) }
  }
  if (!(start instanceof Claimable)) {
    const next_due = start.next_due === null ? undefined : new Date(start.next_due * 1000)
    return { ...none, state: start.state, trade_state: start.trade_state ?? undefined, next_due }
  }
  const over = await handOver(client, start, functions)
  return { ...none, state: over.delivered ? 'delivered' : 'failed', ...over }
}

/** @internal */
export async function waitForPayment(
  client: Client,
  order: { outTradeNo: string; totalFee: string; subMchId: string | undefined; within: number },
  onPaid: OnPaid | undefined,
  signal?: AbortSignal,
): Promise<ConfirmedPayment | undefined> {
  const call: NamedCall = { call: 'WaitForPayment', ...order, handOver: onPaid !== undefined }
  const found = await ask<ConfirmedPayment | Claimable | undefined>(client, 'wait_for_payment', call, signal)
  if (!(found instanceof Claimable)) {
    return found
  }
  const { item, error } = await handOver(client, found, { onSuccess: onPaid, amountOf: () => BigInt(order.totalFee) })
  if (error !== undefined) {
    throw error
  }
  return item as ConfirmedPayment
}

/** Runs your function, and ends the claim. */
async function handOver(client: Client, ours: Claimable, { onSuccess, onFailure, amountOf }: Functions): Promise<Outcome> {
  const { handling, isSuccess } = ours
  const item = ours.item as never
  const run = isSuccess ? onSuccess : onFailure
  try {
    if (amountOf) {
      const recorded = await amountOf(item)
      const digits = recorded === null || recorded === undefined ? undefined : fenOf('amountOf', recorded)
      guard(() => handling.check(digits))
    }
    await run?.(item, ours.idempotencyKey)
  } catch (error) {
    await end(client, ours, false)
    return { delivered: false, item, error: error ?? new WxPayError('the function threw undefined') }
  }
  const error = await end(client, ours, true)
  return { delivered: error === undefined, item, error }
}

/** Ends the claim on a payment or a refund. Returns the error when that failed. */
async function end(client: Client, { handling }: Claimable, done: boolean): Promise<unknown> {
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
  return handled('failed', out_trade_no, { delivered: false, item: undefined, error })
}

function handled(state: Handled['state'], out_trade_no: string | undefined, { delivered, item, error }: Outcome): Handled {
  const body = state === 'busy' || state === 'failed' ? ack(false, 'FAIL') : ack()
  const refund = item instanceof ConfirmedRefund ? item : undefined
  const payment = item instanceof ConfirmedRefund ? undefined : item
  const answer = { status: 200, contentType: ack.contentType, body } as const
  return Object.freeze({ state, out_trade_no, payment, refund, delivered, error, ...answer })
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
