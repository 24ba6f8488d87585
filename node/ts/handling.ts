/** Handing payments over. The native module decides the steps; here the user's functions run. */

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
import type { CallOptions, ConfirmedPayment } from './generated/documents.js'
import type { Client } from './native.js'

/** Your function that hands a payment over. It may be async. When it throws, the payment is handed over later. */
export type OnPaid = (payment: ConfirmedPayment, idempotencyKey: string) => unknown

/** Your functions. Both may be async. */
export interface HandleOptions {
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

/** What became of a payment. */
export interface HandOver {
  /** Whether this call ran `onPaid` to its end. `false` without an `error` when it had run before, or another process is running it. */
  readonly delivered: boolean
  /** The payment that this call handed over, or tried to. */
  readonly payment: ConfirmedPayment | undefined
  /** Why it was not handed over: a `WxPayError`, or what your function threw. */
  readonly error: unknown
}

/** What became of a notification, and the reply for WeChat. */
export interface Handled extends HandOver {
  /** `delivered` by this call; `handed_over` earlier; `busy`: another process is handing it over; `failed`, with the `error`. */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'failed'
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

/** What became of a pending order. */
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

/** A payment to hand over, or why there is none. */
type Start =
  | Ours
  | {
      state: 'handed_over' | 'busy' | 'not_paid' | 'not_due' | 'too_old'
      trade_state: string | null
      /** In seconds since 1970. */
      next_due: number | null
      out_trade_no: string
    }

/** @internal */
export async function handle(
  client: Client,
  rawBody: Bytes,
  options: HandleOptions & CallOptions,
): Promise<Handled> {
  const { signal } = optionsOf(options, { amountOf: needAmountOf, onPaid: needOnPaid, signal: needSignal })
  const { amountOf, onPaid } = needBoth(options)
  let start: Start
  try {
    start = await askWithBody<Start>(client, 'notify.handle', needDocument('rawBody', rawBody), signal)
  } catch (error) {
    return failed(error)
  }
  if (!(start instanceof Ours)) {
    const state = start.state === 'handed_over' ? 'handed_over' : 'busy'
    return handled(state, start.out_trade_no, { delivered: false, payment: undefined, error: undefined })
  }
  const over = await handOver(client, start, amountOf, onPaid)
  return handled(over.delivered ? 'delivered' : 'failed', start.payment.out_trade_no, over)
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
  const orders = await ordersOf(pending, signal)
  for (let i = 0; i < orders.length; i += AT_ONCE) {
    const some = orders.slice(i, i + AT_ONCE)
    // None of these rejects.
    const starts = await Promise.all(some.map((order) => startOf(client, order, signal)))
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
  const { payment, error } = await handOver(client, found, () => BigInt(pieces[1]), onPaid)
  if (error !== undefined) {
    throw error
  }
  return payment
}

/** The digits of an amount of fen. @internal */
export function fenOf(field: string, value: unknown): string {
  if (typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)) {
    return String(value)
  }
  throw invalid(field, `must be an integer of fen, not ${notFen(value)}; yuanToFen('19.99') converts yuan`)
}

async function startOf(client: Client, { pieces }: Order, signal?: AbortSignal): Promise<Start | Failed> {
  if (pieces instanceof Failed) {
    return pieces
  }
  try {
    return await ask<Start>(client, 'reconcile', pieces, signal)
  } catch (error) {
    return new Failed(error)
  }
}

async function ended(client: Client, order: Order, start: Start | Failed, onPaid: OnPaid): Promise<Reconciled> {
  const { out_trade_no } = order
  const none = {
    out_trade_no, trade_state: undefined, next_due: undefined, delivered: false, payment: undefined, error: undefined,
  }
  if (start instanceof Failed) {
    return { ...none, state: 'failed', error: start.error }
  }
  if (!(start instanceof Ours)) {
    const next_due = start.next_due === null ? undefined : new Date(start.next_due * 1000)
    return { ...none, state: start.state, trade_state: start.trade_state ?? undefined, next_due }
  }
  const over = await handOver(client, start, () => order.total_fee, onPaid)
  return { ...none, state: over.delivered ? 'delivered' : 'failed', ...over }
}

async function handOver(client: Client, ours: Ours, amountOf: HandleOptions['amountOf'], onPaid: OnPaid): Promise<HandOver> {
  const { payment, handling } = ours
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

/** Ends the claim on a payment. Returns the error when that failed. */
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
  return handled('failed', out_trade_no, { delivered: false, payment: undefined, error })
}

function handled(state: Handled['state'], out_trade_no: string | undefined, over: HandOver): Handled {
  const body = state === 'delivered' || state === 'handed_over' ? ack() : ack(false, 'FAIL')
  return Object.freeze({ state, out_trade_no, ...over, status: 200, contentType: ack.contentType, body })
}

/** An order that was not queried, or whose query failed. */
class Failed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

/** A checked order: its amount; and its number, amount, time in seconds and sub-merchant as texts. */
interface Order {
  readonly out_trade_no: string
  readonly total_fee: number | bigint
  readonly pieces: readonly [out_trade_no: string, total_fee: string, created: string, sub_mch_id: string] | Failed
}

/** Reads all orders before the first is queried. An invalid row does not concern the others. */
async function ordersOf(
  pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
  signal: AbortSignal | undefined,
): Promise<Order[]> {
  needOrders(pending)
  const found: Order[] = []
  for await (const order of pending) {
    found.push(orderOf(order))
    // The orders read so far get results that say so.
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

function orderOf(order: PendingOrder): Order {
  let out_trade_no = ''
  try {
    const number: unknown = order?.out_trade_no
    out_trade_no = typeof number === 'string' ? number : number === undefined ? '' : inspect(number)
    return checkedOrder(order, number)
  } catch (error) {
    return { out_trade_no, total_fee: 0, pieces: new Failed(error) }
  }
}

function checkedOrder(order: PendingOrder, number: unknown): Order {
  const out_trade_no = needText('out_trade_no', number === undefined ? member(order, 'out_trade_no') : number)
  const [total_fee, created] = (['total_fee', 'created'] as const).map((name) => member(order, name)) as [number | bigint, unknown]
  const sub: unknown = order.sub_mch_id
  const sub_mch_id = sub === undefined || sub === null ? '' : needText('sub_mch_id', sub)
  const fen = fenOf('total_fee', total_fee)
  if (!types.isDate(created)) {
    throw invalid('created', `must be a Date, not ${kindOf(created)}`)
  }
  const ms = created.getTime()
  if (Number.isNaN(ms)) {
    throw invalid('created', 'must be a valid Date')
  }
  return { out_trade_no, total_fee, pieces: [out_trade_no, fen, String(Math.floor(ms / 1000)), sub_mch_id] }
}

const FIELDS = ['out_trade_no', 'total_fee', 'created'] as const

/** Reads a member once: a getter may return another value the second time. */
function member(order: PendingOrder, name: (typeof FIELDS)[number]): unknown {
  const value: unknown = order?.[name]
  if (value === undefined) {
    const rule = `must be orders: objects with ${FIELDS.join(', ')}; there is no ${name} in ${kindOf(order)}`
    throw invalid('pending', rule)
  }
  return value
}

/** @internal */
export const needAmountOf: Need<HandleOptions['amountOf']> = (field, value) => needHandler(field, value, 'payment')

/** @internal */
export const needOnPaid: Need<OnPaid> = (field, value) => needHandler(field, value, 'payment', 'idempotencyKey')

/** The functions of options, both of which must be there. @internal */
export function needBoth(options: Partial<HandleOptions> | null | undefined): HandleOptions {
  return {
    amountOf: needAmountOf('amountOf', options?.amountOf),
    onPaid: needOnPaid('onPaid', options?.onPaid),
  }
}

/** A string is iterable too, so it is refused by name. */
function needOrders(pending: unknown): void {
  const walked = pending as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  const walk = typeof pending === 'object' ? (walked?.[Symbol.asyncIterator] ?? walked?.[Symbol.iterator]) : undefined
  if (typeof walk !== 'function') {
    throw invalid('pending', 'must be a list, an iterable or an async iterable of orders')
  }
}
