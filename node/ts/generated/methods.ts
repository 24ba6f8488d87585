// Written by `cargo xtask gen` from the table of calls; edit the table instead.

import type { Reply } from '../reply.js'
import * as documents from './documents.js'
import type { CallOptions } from './documents.js'

/** The class of each document, by its name in the table. */
export const RECORDS: Readonly<Record<string, typeof Reply>> = {
  Coupon: documents.Coupon,
  PaymentNotification: documents.PaymentNotification,
  ConfirmedPayment: documents.ConfirmedPayment,
  WebToken: documents.WebToken,
  UserInfo: documents.UserInfo,
  AccessToken: documents.AccessToken,
  Ticket: documents.Ticket,
  UnifiedorderReply: documents.UnifiedorderReply,
  OrderqueryReply: documents.OrderqueryReply,
  CloseorderReply: documents.CloseorderReply,
}

/** A method for each call of the payment API, named as the last segment of its path. */
export abstract class Calls {
  /** @internal */
  protected abstract execute<T>(call: string, params: object, options?: CallOptions): Promise<T>

  /**
   * Creates an order and gives its `prepay_id` (统一下单).
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /pay/unifiedorder`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  unifiedorder(params: documents.UnifiedorderRequest, options?: CallOptions): Promise<documents.UnifiedorderReply> {
    return this.execute('unifiedorder', params, options)
  }

  /**
   * Asks for an order's state (查询订单). The one proof of payment.
   *
   * `POST /pay/orderquery`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  orderquery(params: documents.OrderqueryRequest, options?: CallOptions): Promise<documents.OrderqueryReply> {
    return this.execute('orderquery', params, options)
  }

  /**
   * Closes an order that is not paid (关闭订单). WeChat asks to wait five minutes after `unifiedorder`.
   *
   * `POST /pay/closeorder`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  closeorder(params: documents.CloseorderRequest, options?: CallOptions): Promise<documents.CloseorderReply> {
    return this.execute('closeorder', params, options)
  }
}
