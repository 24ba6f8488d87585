/** Your functions, and what became of each payment, refund and transfer. */

import type { ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, V3Notification } from './generated/documents.js'
import type { MessageHeaders } from './headers.js'

/** Your function that hands a payment over. It may be async. When it throws, the payment is handed over later. */
export type OnPaid = (payment: ConfirmedPayment, idempotencyKey: string) => unknown

/** Your function that takes the result of a refund. It may be async. When it throws, the result is handed over later. */
export type OnRefund = (refund: ConfirmedRefund, idempotencyKey: string) => unknown

/** Your function that takes the result of a transfer. It may be async. When it throws, the result is handed over later. */
export type OnTransfer = (transfer: ConfirmedTransfer, idempotencyKey: string) => unknown

/** Your function that takes a notification of another kind. It may be async. When it throws, WeChat sends the notification again. */
export type OnOther = (notification: V3Notification) => unknown

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

/** Your functions for transfers to customers. Both may be async. */
export interface TransferOptions {
  /**
   * Runs once for each transfer that the customer has, as `onPaid` runs for a payment. Without it, a notification of a transfer goes to
   * `onOther`.
   */
  onTransferred?: OnTransfer | undefined
  /**
   * The same for a transfer that failed or was cancelled (`FAIL`, `CANCELLED`: transfer again with a new `out_bill_no`). Without it, such a
   * transfer is answered with SUCCESS, and `handled.error` names it.
   */
  onTransferFailed?: OnTransfer | undefined
}

/** Your functions. All may be async. */
export interface HandleOptions extends RefundOptions, TransferOptions {
  /** Returns the amount that you recorded for `payment.out_trade_no`, in fen; `null` or `undefined` when there is no such order. */
  amountOf: (
    payment: ConfirmedPayment,
  ) => number | bigint | null | undefined | PromiseLike<number | bigint | null | undefined>
  /**
   * Runs once for each payment, however often WeChat repeats a notification. After a crash it may run again, with the same
   * `idempotencyKey`: commit the key together with your own work, and a payment is handed over exactly once. The notification of a combined
   * order tells of several payments: it runs for each part.
   */
  onPaid: OnPaid
  /**
   * Takes every other notification of APIv3, as `v3.notification` returns it: of profit sharing, of a transfer where there is no
   * `onTransferred`. It is verified and decrypted, and that is all: WeChat is not asked, and nothing is recorded. It runs each
   * time that WeChat sends the notification, until it once returns: query before you act on it, and act on it only once. Without it, such a
   * notification is answered with FAIL.
   */
  onOther?: OnOther | undefined
}

/** Your functions, and what came with the notification. */
export interface NotificationHandling extends HandleOptions {
  /** All headers of the request, which APIv3 signs. Without them its notifications are refused. */
  headers?: MessageHeaders | undefined
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

/** The result of handling a transfer. */
export interface TransferHandOver {
  /** Whether this call ran your function to its end. */
  readonly delivered: boolean
  /** The transfer that this call handed over, or tried to, or that failed. */
  readonly transfer: ConfirmedTransfer | undefined
  /** Why it was not handed over: a `WxPayError`, or what your function threw. */
  readonly error: unknown
}

/** The result of handling a notification, and the reply for WeChat. */
export interface Handled extends HandOver, RefundHandOver, TransferHandOver {
  /**
   * `delivered` by this call; `handed_over` earlier; `busy`: another process is handing it over; `failed`, with the `error`;
   * `refund_failed`: WeChat closed the refund or the customer's card does not take it, and there is no `onRefundFailed`;
   * `transfer_failed`: the transfer failed or was cancelled, and there is no `onTransferFailed`.
   */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'failed' | 'refund_failed' | 'transfer_failed'
  /**
   * The order, of a transfer its `out_bill_no`, of a combined order its `combine_out_trade_no`, from the moment the signature is verified;
   * `undefined` for a notification that is not WeChat's.
   */
  readonly out_trade_no: string | undefined
  /** The notification of another kind that this call gave to `onOther`. */
  readonly other: V3Notification | undefined
  /**
   * The results for the parts of a combined order, in the order of the notification; empty for everything else. `state` is that of the
   * whole: `failed` when a part failed, else `busy` when one is busy, else `delivered` when this call handed one over. `error` is that of the
   * first part with one.
   */
  readonly parts: readonly Handled[]
  /**
   * For APIv2 always 200: WeChat reads the body. For APIv3 it is the reply: 200, or 401 or 500 for WeChat to send the notification
   * again. For a body that tells neither API, or that could not be read, it is 500.
   */
  readonly status: 200 | 401 | 500
  readonly contentType: string
  /** The acknowledgement, or the reply that makes WeChat send the notification again. Empty where APIv3 is acknowledged. */
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
  /**
   * For a part of a combined order (合单): your number of the combined order. Give a row for each part, with the part's own number and
   * amount. The combined order is queried once for all its parts, by `v3.combineQuery`.
   */
  combine_out_trade_no?: string | null | undefined
}

/** The result of handling a pending order. */
export interface Reconciled extends HandOver {
  readonly out_trade_no: string
  /**
   * `delivered` by this call; `handed_over` earlier; `busy`: another process is handing it over; `not_paid`; `not_due`: too young, or
   * queried at this age; `too_old`: older than eight days, and not queried any more; `failed`, with the `error`.
   */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'not_paid' | 'not_due' | 'too_old' | 'failed'
  /**
   * When an order that is `not_due` will be queried, at most a lease (30 s) away if another process queries it or your function failed; `undefined`
   * after the answer to the last query.
   */
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
  /**
   * When a refund that is `not_due` will be queried, at most a lease (30 s) away if another process queries it or your function failed; `undefined`
   * after the answer to the last query.
   */
  readonly next_due: Date | undefined
}

/** A transfer whose result you do not know. */
export interface PendingTransfer {
  out_bill_no: string
  /** The amount of the transfer, in fen. */
  transfer_amount: number | bigint
  /** When you asked for it. */
  created: Date
}

/** The result of handling a pending transfer. */
export interface ReconciledTransfer extends TransferHandOver {
  readonly out_bill_no: string
  /**
   * `delivered` by this call; `handed_over` earlier; `busy`: another process is handing it over; `processing`: it has no result yet;
   * `transfer_failed`, without `onTransferFailed`; `not_due`: too young, or queried at this age; `too_old`: older than eight days, and not
   * queried any more; `failed`, with the `error`.
   */
  readonly state: 'delivered' | 'handed_over' | 'busy' | 'processing' | 'transfer_failed' | 'not_due' | 'too_old' | 'failed'
  /**
   * When a transfer that is `not_due` will be queried, at most a lease (30 s) away if another process queries it or your function failed; `undefined`
   * after the answer to the last query.
   */
  readonly next_due: Date | undefined
}
