/** `pay.notify`. */

import { needDocument, needSignal, optionsOf, type Bytes } from './arguments.js'
import { ask } from './calls.js'
import { guard } from './errors.js'
import { readDocument } from './frame.js'
import type {
  CallOptions,
  ConfirmedPayment,
  ConfirmedRefund,
  ConfirmedTransfer,
  NativeQuestion,
  PaymentNotification,
  RefundNotification,
} from './generated/documents.js'
import { handle, reconcile, reconcileRefunds, reconcileTransfers } from './handling.js'
import { headerTexts, type NotificationOptions } from './headers.js'
import type { Client } from './native.js'
import type {
  Handled,
  NotificationHandling,
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
import { shownPart } from './part.js'

/** Payment notifications (支付结果通知). Anybody can post one: it is verified, and then the order is queried. */
export class Notify {
  readonly #client: Client

  /** @internal */
  constructor(client: Client) {
    this.#client = client
    Object.freeze(this)
  }

  /**
   * Verifies the raw body of a notification: signature, appid and mch_id. This alone does not prove a payment: `confirm` queries the
   * order. Of APIv3 it knows the public key in the options, and platform certificates that were downloaded before.
   *
   * @throws SignatureError, PaymentMismatch; InvalidRequest for a parsed object.
   */
  parse(rawBody: Bytes, options?: NotificationOptions): PaymentNotification {
    const body = needDocument('rawBody', rawBody)
    const headers = options === undefined ? undefined : optionsOf(options, { headers: headerTexts }).headers
    return readDocument(guard(() => this.#client.parseNotification(body, headers))) as PaymentNotification
  }

  /**
   * Verifies the raw body of WeChat's question for an order, after a customer scanned a permanent code (扫码支付模式一). Make a NATIVE order
   * with its `product_id` and `openid`, and answer with `nativeAnswer` within five seconds, or with `nativeRefusal`.
   *
   * @throws SignatureError, PaymentMismatch; InvalidRequest for a parsed object.
   */
  parseNative(rawBody: Bytes): NativeQuestion {
    const body = needDocument('rawBody', rawBody)
    return readDocument(guard(() => this.#client.parseNative(body))) as NativeQuestion
  }

  /**
   * Verifies the raw body of a notification, queries the order and compares both. This proves that the order is paid: compare
   * `total_fee` with the amount that you recorded for `out_trade_no`.
   *
   * @throws SignatureError, PaymentMismatch, and the errors of the query.
   */
  async confirm(rawBody: Bytes, options?: NotificationOptions & CallOptions): Promise<ConfirmedPayment> {
    const body = needDocument('rawBody', rawBody)
    const { headers, signal } = optionsOf(options, { headers: headerTexts, signal: needSignal })
    return ask(this.#client, 'notify.confirm', { call: 'Confirm', kind: 'payment', headers }, signal, body)
  }

  /**
   * Decrypts the raw body of a refund notification (退款结果通知), and checks appid and mch_id. One of APIv2 is not signed: `confirmRefund`
   * queries the refund.
   *
   * @throws SignatureError, PaymentMismatch; InvalidRequest for a parsed object.
   */
  parseRefund(rawBody: Bytes, options?: NotificationOptions): RefundNotification {
    const body = needDocument('rawBody', rawBody)
    const headers = options === undefined ? undefined : optionsOf(options, { headers: headerTexts }).headers
    return readDocument(guard(() => this.#client.parseRefundNotification(body, headers))) as RefundNotification
  }

  /**
   * Decrypts the raw body of a refund notification, queries the refund and compares both. `refund_status` of the result is WeChat's answer:
   * `SUCCESS` when the customer has the money.
   *
   * @throws SignatureError, PaymentMismatch, and the errors of the query.
   */
  async confirmRefund(rawBody: Bytes, options?: NotificationOptions & CallOptions): Promise<ConfirmedRefund> {
    const body = needDocument('rawBody', rawBody)
    const { headers, signal } = optionsOf(options, { headers: headerTexts, signal: needSignal })
    return ask(this.#client, 'notify.confirm_refund', { call: 'Confirm', kind: 'refund', headers }, signal, body)
  }

  /**
   * Verifies the raw body of a notification of a transfer (商家转账), queries the transfer and compares both. `state` of the result is WeChat's
   * answer: `SUCCESS` when the customer has the money.
   *
   * @throws SignatureError, PaymentMismatch, ConfigError, and the errors of the query.
   */
  async confirmTransfer(rawBody: Bytes, options?: NotificationOptions & CallOptions): Promise<ConfirmedTransfer> {
    const body = needDocument('rawBody', rawBody)
    const { headers, signal } = optionsOf(options, { headers: headerTexts, signal: needSignal })
    return ask(this.#client, 'notify.confirm_transfer', { call: 'Confirm', kind: 'transfer', headers }, signal, body)
  }

  /**
   * Processes a notification from verification to acknowledgement: verifies it, queries the order, compares the amount with the one
   * that `amountOf` returns, runs `onPaid` once for each payment, and returns the reply for WeChat.
   *
   * With `onRefunded` it takes notifications of refunds too, at the same address or at another one: it decrypts one, queries the refund,
   * compares both, and runs your function once for each refund. With `onTransferred` it takes those of transfers in the same way.
   *
   * One address serves APIv2 and APIv3: pass `headers`, which APIv3 signs. A payment has the same idempotency key in both APIs. The order is
   * queried by the API that sent the notification.
   *
   * There is a reply for WeChat in any case, and `error` says why it is FAIL. The promise rejects only for invalid options.
   */
  async handle(rawBody: Bytes, options: NotificationHandling & CallOptions): Promise<Handled> {
    return handle(this.#client, rawBody, options)
  }

  /**
   * Queries orders whose notification has not come, eight at a time, and hands over those that are paid, as `handle` does. An
   * order is queried when it is 30 s, 1, 3, 10 and 30 min, 1, 3, 6, 12 and 24 h, 3 and 7 days old: once at each age, over all
   * processes that share the store, however often you call this. There is a result for each order; one that failed has an `error`,
   * and so has a row that is not an order. `pending` is read to its end first.
   *
   * @throws InvalidRequest when `pending` is not a list or an iterable.
   */
  async reconcile(
    pending: Iterable<PendingOrder> | AsyncIterable<PendingOrder>,
    options: CallOptions & { onPaid: OnPaid },
  ): Promise<Reconciled[]> {
    return reconcile(this.#client, pending, options)
  }

  /**
   * Queries refunds whose notification has not come, eight at a time, and hands their results over as `handle` does. A refund is queried
   * when it is 30 s, 2, 10 and 30 min, 2, 6 and 24 h, 2, 3, 5, 7, 14, 21 and 30 days old: once at each age, over all processes that
   * share the store, however often you call this. There is a result for each refund; one that failed has an `error`, and so has a row
   * that is not a refund. `pending` is read to its end first.
   *
   * @throws InvalidRequest when `pending` is not a list or an iterable.
   */
  async reconcileRefunds(
    pending: Iterable<PendingRefund> | AsyncIterable<PendingRefund>,
    options: CallOptions & { onRefunded: OnRefund; onRefundFailed?: OnRefund | undefined },
  ): Promise<ReconciledRefund[]> {
    return reconcileRefunds(this.#client, pending, options)
  }

  /**
   * Queries transfers whose notification has not come, eight at a time, and hands their results over as `handle` does. A transfer is
   * queried when it is 30 s, 2, 10 and 30 min, 2, 6, 12, 24, 25 and 30 h, 2, 3 and 7 days old: once at each age, over all processes that
   * share the store, however often you call this. There is a result for each transfer; one that failed has an `error`, and so has a row
   * that is not a transfer. `pending` is read to its end first.
   *
   * @throws InvalidRequest when `pending` is not a list or an iterable.
   */
  async reconcileTransfers(
    pending: Iterable<PendingTransfer> | AsyncIterable<PendingTransfer>,
    options: CallOptions & { onTransferred: OnTransfer; onTransferFailed?: OnTransfer | undefined },
  ): Promise<ReconciledTransfer[]> {
    return reconcileTransfers(this.#client, pending, options)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shownPart('notify', #client in this ? this.#client : undefined, this)
  }
}
