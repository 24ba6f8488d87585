/** Handing payments, refunds and transfers over. The native module decides the steps; here the user's functions run. */

import { native } from './addon.js'
import { invalid, needDocument, needHandler, needSignal, optionsOf, type Bytes, type Need } from './arguments.js'
import { ask, askEach, finish, Claimable, CombinedStart, type Item } from './calls.js'
import { displayed, linesOf } from './displayed.js'
import { guard, SignatureError, WxPayError } from './errors.js'
import { ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, V3Notification, type CallOptions } from './generated/documents.js'
import { headerTexts } from './headers.js'
import type { Client, NamedCall, PendingRow } from './native.js'
import type {
  HandleOptions,
  Handled,
  NotificationHandling,
  OnOther,
  OnPaid,
  OnRefund,
  OnTransfer,
  PendingOrder,
  PendingRefund,
  PendingTransfer,
  Reconciled,
  ReconciledRefund,
  ReconciledTransfer,
} from './outcomes.js'
import { Rejection, fenOf, ORDERS, REFUNDS, rowsOf, TRANSFERS, type Row, type Rows } from './pending.js'

/** Something to hand over, or why there is nothing. A document is one that failed and that no function takes. */
type Start = Claimable | NoClaim | Item | V3Notification | CombinedStart<Start>

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

/** The outcome for a pending one. */
interface PendingOutcome extends Outcome {
  readonly state: string
  readonly trade_state?: string | undefined
  readonly next_due?: Date | undefined
}

/** A kind of things that are handed over. To add one, add it to {@link KINDS}, and its record to {@link Item}. */
interface Kind {
  /** The native module's name, and the member of results that has one of this kind. */
  readonly name: 'payment' | 'refund' | 'transfer'
  /** The class of a confirmed one. */
  readonly record: new (...made: never[]) => Item
  /** How pending ones are written. */
  readonly rows: Rows
  /** The member of results for pending ones that has WeChat's state. */
  readonly word?: 'trade_state'
  /** What `console.log` shows of results for pending ones. */
  readonly text: ReturnType<typeof linesOf>
  /** The state and the error of one that failed and that no function takes. */
  readonly failed?: { readonly state: 'refund_failed' | 'transfer_failed'; error(item: never): WxPayError }
}

const PAYMENT: Kind = {
  name: 'payment',
  record: ConfirmedPayment,
  rows: ORDERS,
  word: 'trade_state',
  text: linesOf<Reconciled>('Reconciled', ['state', 'out_trade_no', 'trade_state', 'next_due', 'error', 'payment']),
}

const REFUND: Kind = {
  name: 'refund',
  record: ConfirmedRefund,
  rows: REFUNDS,
  text: linesOf<ReconciledRefund>('ReconciledRefund', ['state', 'out_refund_no', 'next_due', 'error', 'refund']),
  failed: {
    state: 'refund_failed',
    error({ out_refund_no, out_trade_no, refund_status, api }: ConfirmedRefund): WxPayError {
      const message = `refund ${out_refund_no} of order ${out_trade_no} failed: WeChat answers ${refund_status}; onRefundFailed would take it`
      return new WxPayError(native.phrase(message), { code: 'refund_failed', endpoint: api === 'v3' ? 'v3.refund_query' : 'refundquery', out_trade_no })
    },
  },
}

const TRANSFER: Kind = {
  name: 'transfer',
  record: ConfirmedTransfer,
  rows: TRANSFERS,
  text: linesOf<ReconciledTransfer>('ReconciledTransfer', ['state', 'out_bill_no', 'next_due', 'error', 'transfer']),
  failed: {
    state: 'transfer_failed',
    error({ out_bill_no, state, fail_reason }: ConfirmedTransfer): WxPayError {
      const why = fail_reason === undefined ? '' : ` (${fail_reason})`
      const message = `transfer ${out_bill_no} failed: WeChat answers ${state}${why}; onTransferFailed would take it`
      return new WxPayError(native.phrase(message), { code: 'transfer_failed', endpoint: 'v3.transfer_query', out_trade_no: out_bill_no })
    },
  },
}

const KINDS = [PAYMENT, REFUND, TRANSFER]

/** @internal */
export async function handle(
  client: Client,
  rawBody: Bytes,
  options: NotificationHandling & CallOptions,
): Promise<Handled> {
  const needs = { ...OTHER_NEEDS, amountOf: needAmountOf, onPaid: needOnPaid, signal: needSignal, headers: headerTexts }
  const { signal, headers, ...given } = optionsOf(options, needs)
  const { amountOf, onPaid, onRefunded, onRefundFailed, onTransferred, onTransferFailed, onOther } = needBoth(given)
  const functions = new Map<string, Functions>([
    [PAYMENT.name, { onSuccess: onPaid, amountOf }],
    [REFUND.name, { onSuccess: onRefunded, onFailure: onRefundFailed }],
    [TRANSFER.name, { onSuccess: onTransferred, onFailure: onTransferFailed }],
  ])
  const others = [...functions].filter(([kind, { onSuccess }]) => kind !== PAYMENT.name && onSuccess)
  const takes = others.map(([kind, { onFailure }]) => ({ kind, failures: onFailure !== undefined }))
  const notification: Notification = { body: '', headers }
  const ended = (one: Start): Promise<Handled> => started(client, one, functions, notification)
  let start: Start
  try {
    notification.body = needDocument('rawBody', rawBody)
    start = await ask<Start>(client, 'notify.handle', { call: 'Begin', takes, others: onOther !== undefined, headers }, signal, notification.body)
  } catch (error) {
    return failed(error, notification)
  }
  if (start instanceof V3Notification) {
    return told(start, onOther as OnOther, notification)
  }
  if (!(start instanceof CombinedStart)) {
    return ended(start)
  }
  const parts: Handled[] = []
  for (const part of start.parts) {
    parts.push(part.status === 'rejected' ? failed(part.reason, notification) : await ended(part.value))
  }
  return combined(start.combine_out_trade_no, parts, notification)
}

/** Hands over what this call has to hand over. */
async function started(
  client: Client,
  start: Start,
  functions: ReadonlyMap<string, Functions>,
  notification: Notification,
): Promise<Handled> {
  const untaken = failureOf(start)
  if (untaken !== undefined) {
    return handled(untaken.state, numberOf(start as Item), untaken, notification)
  }
  if (!(start instanceof Claimable)) {
    const state = (start as NoClaim).state === 'handed_over' ? 'handed_over' : 'busy'
    return handled(state, (start as NoClaim).out_trade_no, NOTHING, notification)
  }
  const over = await handOver(client, start, functions.get(start.kind) as Functions)
  return handled(over.delivered ? 'delivered' : 'failed', numberOf(start.item), over, notification)
}

/** The merchant's number of the order; a transfer belongs to none, and has its own. */
function numberOf(item: Item): string {
  return item instanceof ConfirmedTransfer ? item.out_bill_no : item.out_trade_no
}

/** Runs your function for a notification of another kind. */
async function told(other: V3Notification, onOther: OnOther, notification: Notification): Promise<Handled> {
  try {
    await onOther(other)
  } catch (error) {
    return handled('failed', undefined, { ...NOTHING, error: error ?? new WxPayError(native.phrase(`the function threw ${String(error)}`)), other }, notification)
  }
  return handled('delivered', undefined, { ...NOTHING, delivered: true, other }, notification)
}

/** The outcome for something that is not handed over. */
const NOTHING: Outcome = { delivered: false, item: undefined, error: undefined }

/** The outcome for one that failed and that no function takes; `undefined` for everything else. */
function failureOf(start: Start): (Outcome & { readonly state: 'refund_failed' | 'transfer_failed' }) | undefined {
  const kind = KINDS.find(({ record }) => start instanceof record)
  return kind?.failed && { ...NOTHING, state: kind.failed.state, item: start as Item, error: kind.failed.error(start as never) }
}

/** @internal */
export async function reconcile(
  client: Client,
  pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
  options: CallOptions & { onPaid: OnPaid },
): Promise<Reconciled[]> {
  const { signal, onPaid } = optionsOf(options, { onPaid: needOnPaid, signal: needSignal })
  const onSuccess = onPaid ?? needOnPaid('onPaid', onPaid)
  return reconciled(client, PAYMENT, pending, { onSuccess }, signal)
}

/** @internal */
export async function reconcileRefunds(
  client: Client,
  pending: Iterable<PendingRefund> | AsyncIterable<PendingRefund>,
  options: CallOptions & { onRefunded: OnRefund; onRefundFailed?: OnRefund | undefined },
): Promise<ReconciledRefund[]> {
  const { signal, onRefunded, onRefundFailed } = optionsOf(options, { ...REFUND_NEEDS, signal: needSignal })
  const onSuccess = onRefunded ?? needOnRefund('onRefunded', onRefunded)
  return reconciled(client, REFUND, pending, { onSuccess, onFailure: onRefundFailed }, signal)
}

/** @internal */
export async function reconcileTransfers(
  client: Client,
  pending: Iterable<PendingTransfer> | AsyncIterable<PendingTransfer>,
  options: CallOptions & { onTransferred: OnTransfer; onTransferFailed?: OnTransfer | undefined },
): Promise<ReconciledTransfer[]> {
  const { signal, onTransferred, onTransferFailed } = optionsOf(options, { ...TRANSFER_NEEDS, signal: needSignal })
  const onSuccess = onTransferred ?? needOnTransfer('onTransferred', onTransferred)
  return reconciled(client, TRANSFER, pending, { onSuccess, onFailure: onTransferFailed }, signal)
}

type PendingThing = PendingOrder | PendingRefund | PendingTransfer

async function reconciled<R>(
  client: Client,
  kind: Kind,
  pending: Iterable<PendingThing> | AsyncIterable<PendingThing>,
  functions: Functions,
  signal: AbortSignal | undefined,
): Promise<R[]> {
  const found: R[] = []
  const rows = await rowsOf(kind.rows, pending, signal)
  // A claim is renewed until its thing is handed over, so no more are claimed than are handed over next.
  const atOnce = native.atOnce()
  for (let i = 0; i < rows.length; i += atOnce) {
    const some = rows.slice(i, i + atOnce)
    const starts = await startsOf(client, kind, some, functions, signal)
    for (const [j, { number }] of some.entries()) {
      const ended = await endedOf(client, starts[j] as PromiseSettledResult<Start>, functions)
      found.push(resultOf<R>(kind, number, ended))
    }
  }
  return found
}

/** Asks WeChat for some of the rows at the same time. Never rejects: an error that stops the call is that of each row. */
async function startsOf(
  client: Client,
  kind: Kind,
  some: readonly Row[],
  { onFailure }: Functions,
  signal?: AbortSignal,
): Promise<PromiseSettledResult<Start>[]> {
  const rows = some.flatMap(({ number, values }): PendingRow[] => (values instanceof Rejection ? [] : [{ number, ...values }]))
  const call: NamedCall = { call: 'BeginPending', kind: kind.name, rows, failures: onFailure !== undefined }
  let asked: PromiseSettledResult<Start>[]
  try {
    asked = rows.length === 0 ? [] : await askEach<Start>(client, kind.rows.call, call, signal)
  } catch (reason) {
    asked = rows.map(() => ({ status: 'rejected', reason }))
  }
  const next = asked.values()
  return some.map(({ values }) =>
    values instanceof Rejection ? { status: 'rejected', reason: values.error } : (next.next().value as PromiseSettledResult<Start>),
  )
}

async function endedOf(client: Client, start: PromiseSettledResult<Start>, functions: Functions): Promise<PendingOutcome> {
  if (start.status === 'rejected') {
    return { ...NOTHING, state: 'failed', error: start.reason }
  }
  const untaken = failureOf(start.value)
  if (untaken !== undefined) {
    return untaken
  }
  if (start.value instanceof Claimable) {
    const over = await handOver(client, start.value, functions)
    return { ...over, state: over.delivered ? 'delivered' : 'failed' }
  }
  const { state, trade_state, next_due } = start.value as NoClaim
  const due = next_due === null ? undefined : new Date(next_due * 1000)
  return { ...NOTHING, state, trade_state: trade_state ?? undefined, next_due: due }
}

/** The result for a pending one, the state first. */
function resultOf<R>({ name, rows, word, text }: Kind, number: string, ended: PendingOutcome): R {
  const { state, trade_state, next_due, item, delivered, error } = ended
  const words = word === undefined ? {} : { [word]: trade_state }
  return displayed({ state, [rows.number]: number, ...words, next_due, [name]: item, delivered, error }, text) as R
}

/** @internal */
export async function waitForPayment(
  client: Client,
  order: { outTradeNo: string; totalFee: string; subMchId: string | undefined; combineOutTradeNo: string | undefined; within: number },
  onPaid: OnPaid | undefined,
  signal?: AbortSignal,
): Promise<ConfirmedPayment | undefined> {
  const call: NamedCall = { call: 'WaitForPayment', ...order, handOver: onPaid !== undefined }
  const found = await ask<ConfirmedPayment | Claimable | undefined>(client, 'wait_for_payment', call, signal)
  if (!(found instanceof Claimable)) {
    return found
  }
  return handOverPaid(client, found, onPaid, () => BigInt(order.totalFee))
}

/**
 * Hands a payment over that this process has claimed. Without `amountOf`, the native module has compared the amount.
 * @internal
 */
export async function handOverPaid(client: Client, found: Claimable, onPaid: OnPaid | undefined, amountOf?: () => bigint): Promise<ConfirmedPayment> {
  const { item, error } = await handOver(client, found, { onSuccess: onPaid, amountOf })
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
    return { delivered: false, item, error: error ?? new WxPayError(native.phrase(`the function threw ${String(error)}`)) }
  }
  const error = await end(client, ours, true)
  return { delivered: error === undefined, item, error }
}

/** Ends a claim. Returns the error when that failed. */
async function end(client: Client, { handling }: Claimable, done: boolean): Promise<unknown> {
  try {
    await finish(client, handling, done)
    return undefined
  } catch (error) {
    return error
  }
}

/** A notification as it came. Its body is empty when it could not be read; then the headers tell which API it is of. */
interface Notification {
  body: Bytes
  readonly headers: readonly string[] | undefined
}

/** The result for a notification that failed before its payment was claimed. @internal */
export function failed(error: unknown, notification: Notification): Handled {
  const out_trade_no = error instanceof WxPayError ? error.out_trade_no : undefined
  return handled('failed', out_trade_no, { ...NOTHING, error }, notification)
}

/** The result for a combined order, of those for its parts. */
function combined(combine_out_trade_no: string, parts: readonly Handled[], notification: Notification): Handled {
  const states = new Set(parts.map(({ state }) => state))
  const state = (['failed', 'busy', 'delivered'] as const).find((one) => states.has(one)) ?? 'handed_over'
  const error = parts.find((part) => part.error !== undefined)?.error
  return handled(state, combine_out_trade_no, { ...NOTHING, delivered: state === 'delivered', error, parts }, notification)
}

/** The answer to WeChat is not shown. */
const HANDLED = linesOf<Handled>('Handled', ['state', 'out_trade_no', 'error', 'payment', 'refund', 'transfer', 'other', 'parts'])

function handled(
  state: Handled['state'],
  out_trade_no: string | undefined,
  { delivered, item, error, other, parts = [] }: Outcome & { readonly other?: V3Notification; readonly parts?: readonly Handled[] },
  { body, headers }: Notification,
): Handled {
  const isAcknowledged = state !== 'busy' && state !== 'failed'
  const answer = native.answerTo(body, [...(headers ?? [])], isAcknowledged, error instanceof SignatureError)
  const items = Object.fromEntries(KINDS.map(({ name, record }) => [name, item instanceof record ? item : undefined]))
  const result = {
    state,
    out_trade_no,
    ...(items as Pick<Handled, Kind['name']>),
    other,
    parts: Object.freeze([...parts]),
    delivered,
    error,
    ...(answer as Answered),
  }
  return displayed(result, HANDLED)
}

type Answered = Pick<Handled, 'status' | 'contentType' | 'body'>

/** @internal */
export const needAmountOf: Need<HandleOptions['amountOf']> = (field, value) => needHandler(field, value, 'payment')

/** @internal */
export const needOnPaid: Need<OnPaid> = (field, value) => needHandler(field, value, 'payment', 'idempotencyKey')

/** @internal */
export const needOnRefund: Need<OnRefund> = (field, value) => needHandler(field, value, 'refund', 'idempotencyKey')

/** The functions for refunds, which may be left out. @internal */
export const REFUND_NEEDS = { onRefunded: needOnRefund, onRefundFailed: needOnRefund }

/** @internal */
export const needOnTransfer: Need<OnTransfer> = (field, value) => needHandler(field, value, 'transfer', 'idempotencyKey')

/** The functions for transfers, which may be left out. @internal */
export const TRANSFER_NEEDS = { onTransferred: needOnTransfer, onTransferFailed: needOnTransfer }

/** @internal */
export const needOnOther: Need<OnOther> = (field, value) => needHandler(field, value, 'notification')

/** The functions that `notify.handle` may be without. @internal */
export const OTHER_NEEDS = { ...REFUND_NEEDS, ...TRANSFER_NEEDS, onOther: needOnOther }

/** The functions among what `optionsOf` returned. Those for payments must be there. @internal */
export function needBoth({ amountOf, onPaid, ...others }: Partial<HandleOptions>): HandleOptions {
  // Without the function for successes, notifications of this kind are not taken at all.
  for (const [name, other] of [['onRefundFailed', 'onRefunded'], ['onTransferFailed', 'onTransferred']] as const) {
    if (others[name] !== undefined && others[other] === undefined) {
      throw invalid(name, `would never run: it is given without ${other}`)
    }
  }
  return { ...others, amountOf: amountOf ?? needAmountOf('amountOf', amountOf), onPaid: onPaid ?? needOnPaid('onPaid', onPaid) }
}
