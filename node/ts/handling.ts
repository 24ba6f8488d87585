/** A payment on its way from WeChat's word to the merchant's. The order of steps is core's; here the user's functions run. */

import { types } from 'node:util'
import { callOptions, invalid, kindOf, needDocument, needFunction, needText, notInteger, type Bytes } from './arguments.js'
import { ask, askWithBody, finish, Ours } from './calls.js'
import { guard, WxPayError } from './errors.js'
import { ack } from './functions.js'
import type { CallOptions, ConfirmedPayment } from './generated/documents.js'
import type { Client } from './native.js'

/** The merchant's function: hands a payment over. It may be async. When it throws, the payment comes again later. */
export type OnPaid = (payment: ConfirmedPayment, idempotencyKey: string) => unknown

/** What the merchant says of a payment. Both functions may be async. */
export interface HandleOptions {
  /** The amount that you recorded for `payment.out_trade_no`, in fen; `null` or `undefined` when there is no such order. */
  amountOf: (
    payment: ConfirmedPayment,
  ) => number | bigint | null | undefined | PromiseLike<number | bigint | null | undefined>
  /**
   * Runs once for each payment, whatever WeChat repeats or sends twice at once. `idempotencyKey` is the same should it run
   * again, which it does after a crash: commit it together with your own work, and a payment is handed over exactly once.
   */
  onPaid: OnPaid
}

/** How a payment's handling ended. */
export interface HandOver {
  /** Whether `onPaid` ran to its end, here and now. `false` without an `error` when it had before, or others are at it. */
  readonly delivered: boolean
  /** The payment, when it was handed over here, or was to be. */
  readonly payment: ConfirmedPayment | undefined
  /** Why it was not handed over: a `WxPayError`, or what your own function threw. */
  readonly error: unknown
}

/** How a notification's handling ended, and what to answer WeChat. */
export interface Handled extends HandOver {
  /** 200: WeChat reads the body. */
  readonly status: 200
  readonly contentType: typeof ack.contentType
  /** The acknowledgement, or what asks WeChat to send the notification again. */
  readonly body: string
}

/** An order of which you do not know whether it is paid. */
export interface PendingOrder {
  out_trade_no: string
  /** The amount that you recorded for it, in fen. */
  total_fee: number | bigint
  /** When you made it. */
  created: Date
}

/** What became of a pending order. */
export interface Reconciled extends HandOver {
  readonly out_trade_no: string
  /**
   * `delivered` here and now; `handed_over` before; `busy`: others are at it; `not_paid`; `not_due`: it is not yet, or no
   * longer, time to ask WeChat; `failed`, with the `error`.
   */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'not_paid' | 'not_due' | 'failed'
  /** WeChat's word for an order that is not paid, such as `NOTPAY` or `CLOSED`. */
  readonly trade_state: string | undefined
}

/** A payment to hand over, or why there is none. */
type Start = Ours | { state: 'handed_over' | 'busy' | 'not_paid' | 'not_due'; trade_state: string | null }

/** @internal */
export async function handle(
  client: Client,
  rawBody: Bytes,
  options: HandleOptions,
  calls?: CallOptions,
): Promise<Handled> {
  callOptions(calls)
  needFunctions(options, 'amountOf', 'onPaid')
  let start: Start
  try {
    start = await askWithBody<Start>(client, 'notify.handle', needDocument('rawBody', rawBody), calls)
  } catch (error) {
    return handled(false, { delivered: false, payment: undefined, error })
  }
  if (!(start instanceof Ours)) {
    return handled(start.state === 'handed_over', { delivered: false, payment: undefined, error: undefined })
  }
  const over = await handOver(client, start, options.amountOf, options.onPaid)
  return handled(over.delivered, over)
}

/** @internal */
export async function reconcile(
  client: Client,
  pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
  options: { onPaid: OnPaid },
  calls?: CallOptions,
): Promise<Reconciled[]> {
  callOptions(calls)
  needFunctions(options, 'onPaid')
  const found: Reconciled[] = []
  for (const order of await ordersOf(pending, calls?.signal)) {
    found.push(Object.freeze(await reconcileOne(client, order, options.onPaid, calls)))
  }
  return found
}

/** `pieces` are the order's number, its amount, and for how many milliseconds to ask. @internal */
export async function waitForPayment(
  client: Client,
  pieces: readonly [out_trade_no: string, total_fee: string, within: string],
  onPaid: OnPaid | undefined,
  calls?: CallOptions,
): Promise<ConfirmedPayment | undefined> {
  const all = [...pieces, String(onPaid !== undefined)]
  const found = await ask<ConfirmedPayment | Ours | null>(client, 'wait_for_payment', all, calls)
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
  throw invalid(field, `must be an integer of fen, not ${notInteger(value)}`)
}

async function reconcileOne(client: Client, order: Order, onPaid: OnPaid, calls?: CallOptions): Promise<Reconciled> {
  const none = { out_trade_no: order.pieces[0], trade_state: undefined, delivered: false, payment: undefined, error: undefined }
  let start: Start
  try {
    start = await ask<Start>(client, 'reconcile', order.pieces, calls)
  } catch (error) {
    return { ...none, state: 'failed', error }
  }
  if (!(start instanceof Ours)) {
    return { ...none, state: start.state, trade_state: start.trade_state ?? undefined }
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
    return { delivered: false, payment, error: error ?? new WxPayError('the function threw nothing') }
  }
  const error = await end(client, ours, true)
  return { delivered: error === undefined, payment, error }
}

/** Ends the claim on a payment, and gives the error that it may meet. */
async function end(client: Client, { handling }: Ours, done: boolean): Promise<unknown> {
  try {
    await finish(client, handling, done)
    return undefined
  } catch (error) {
    return error
  }
}

function handled(ok: boolean, over: HandOver): Handled {
  return Object.freeze({ ...over, status: 200, contentType: ack.contentType, body: ok ? ack() : ack(false, 'FAIL') })
}

/** An order that is one: its amount, and its number, its amount and its time in seconds as they cross. */
interface Order {
  readonly total_fee: number | bigint
  readonly pieces: readonly [out_trade_no: string, total_fee: string, created: string]
}

/** All of them before any is asked for: what one is not must not cost the results of those before it. */
async function ordersOf(
  pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
  signal: AbortSignal | undefined,
): Promise<Order[]> {
  needOrders(pending)
  const found: Order[] = []
  for await (const order of pending) {
    found.push(orderOf(order))
    // Those that are here have their results, which say so.
    if (signal?.aborted) {
      break
    }
  }
  return found
}

function orderOf(order: PendingOrder): Order {
  const [number, total_fee, created] = FIELDS.map((name) => member(order, name)) as [unknown, number | bigint, unknown]
  const out_trade_no = needText('out_trade_no', number)
  const fen = fenOf('total_fee', total_fee)
  if (!types.isDate(created)) {
    throw invalid('created', `must be a Date, not ${kindOf(created)}`)
  }
  const ms = created.getTime()
  if (Number.isNaN(ms)) {
    throw invalid('created', 'must be a Date, not an invalid one')
  }
  return { total_fee, pieces: [out_trade_no, fen, String(Math.floor(ms / 1000))] }
}

const FIELDS = ['out_trade_no', 'total_fee', 'created'] as const

/** Read once: what a getter gives the second time nobody has looked at. */
function member(order: PendingOrder, name: (typeof FIELDS)[number]): unknown {
  const value: unknown = order?.[name]
  if (value === undefined) {
    const rule = `must be orders, objects with ${FIELDS.join(', ')}; there is no ${name} in ${kindOf(order)}`
    throw invalid('pending', rule)
  }
  return value
}

/** The functions that must be there. @internal */
export function needFunctions(options: object | undefined, ...names: string[]): void {
  for (const name of names) {
    needFunction(name, (options as Record<string, unknown> | null | undefined)?.[name])
  }
}

/** A text can be walked too, by its letters. */
function needOrders(pending: unknown): void {
  const walked = pending as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  const walk = typeof pending === 'object' ? (walked?.[Symbol.asyncIterator] ?? walked?.[Symbol.iterator]) : undefined
  if (typeof walk !== 'function') {
    throw invalid('pending', 'must be a list of orders, or what gives them one after the other')
  }
}
