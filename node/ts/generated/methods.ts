// Written by `cargo xtask gen` from the table of calls; edit the table instead.

import { needBoolean, needSignal, needText, optionsOf, signalOf } from '../arguments.js'
import type { Bill } from '../bill.js'
import type { Reply } from '../reply.js'
import * as documents from './documents.js'
import type { CallOptions } from './documents.js'

/** The class of each document, by its name in the table. */
export const RECORDS: Readonly<Record<string, typeof Reply>> = {
  Coupon: documents.Coupon,
  RefundedCoupon: documents.RefundedCoupon,
  RefundItem: documents.RefundItem,
  Comment: documents.Comment,
  PaymentNotification: documents.PaymentNotification,
  ConfirmedPayment: documents.ConfirmedPayment,
  RefundNotification: documents.RefundNotification,
  ConfirmedRefund: documents.ConfirmedRefund,
  TransferNotification: documents.TransferNotification,
  ConfirmedTransfer: documents.ConfirmedTransfer,
  NativeQuestion: documents.NativeQuestion,
  V3Notification: documents.V3Notification,
  V3Media: documents.V3Media,
  WebToken: documents.WebToken,
  UserInfo: documents.UserInfo,
  MiniprogramSession: documents.MiniprogramSession,
  Watermark: documents.Watermark,
  PhoneInfo: documents.PhoneInfo,
  PhoneNumber: documents.PhoneNumber,
  UserData: documents.UserData,
  AccessToken: documents.AccessToken,
  Ticket: documents.Ticket,
  WecomVisitor: documents.WecomVisitor,
  WecomOpenid: documents.WecomOpenid,
  UnifiedorderReply: documents.UnifiedorderReply,
  OrderqueryReply: documents.OrderqueryReply,
  CloseorderReply: documents.CloseorderReply,
  RefundReply: documents.RefundReply,
  RefundqueryReply: documents.RefundqueryReply,
  BatchquerycommentReply: documents.BatchquerycommentReply,
  MicropayReply: documents.MicropayReply,
  ReverseReply: documents.ReverseReply,
  AuthcodetoopenidReply: documents.AuthcodetoopenidReply,
  ShorturlReply: documents.ShorturlReply,
  ReportReply: documents.ReportReply,
  GetsignkeyReply: documents.GetsignkeyReply,
  SendworkwxredpackReply: documents.SendworkwxredpackReply,
  QueryworkwxredpackReply: documents.QueryworkwxredpackReply,
  Paywwsptrans2pocketReply: documents.Paywwsptrans2pocketReply,
  Querywwsptrans2pocketReply: documents.Querywwsptrans2pocketReply,
  V3PrepayReply: documents.V3PrepayReply,
  V3NativeReply: documents.V3NativeReply,
  V3H5Reply: documents.V3H5Reply,
  V3Order: documents.V3Order,
  V3CodepayReply: documents.V3CodepayReply,
  V3ReverseReply: documents.V3ReverseReply,
  V3CombineOrder: documents.V3CombineOrder,
  V3RefundReply: documents.V3RefundReply,
  V3TransferReply: documents.V3TransferReply,
  V3TransferBill: documents.V3TransferBill,
  V3TransferCancelReply: documents.V3TransferCancelReply,
  V3TransferReceiptReply: documents.V3TransferReceiptReply,
  V3TransferReceiptFile: documents.V3TransferReceiptFile,
  V3ProfitsharingOrderReply: documents.V3ProfitsharingOrderReply,
  V3ProfitsharingReturnReply: documents.V3ProfitsharingReturnReply,
  V3ProfitsharingAmountsReply: documents.V3ProfitsharingAmountsReply,
  V3ProfitsharingConfigReply: documents.V3ProfitsharingConfigReply,
  V3ProfitsharingAddReceiverReply: documents.V3ProfitsharingAddReceiverReply,
  V3ProfitsharingDeleteReceiverReply: documents.V3ProfitsharingDeleteReceiverReply,
  V3CertificatesReply: documents.V3CertificatesReply,
}

/** A method for each call of the payment API, named as the last segment of its path. */
export abstract class Calls {
  /** @internal */
  protected abstract execute<T>(call: string, params: object, options?: CallOptions): Promise<T>
  /** @internal */
  protected abstract openBill(call: string, params: object, options?: CallOptions): Promise<Bill>

  /**
   * Creates an order and returns its `prepay_id` (统一下单).
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /pay/unifiedorder`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  unifiedorder(params: documents.UnifiedorderNativeRequest, options?: CallOptions): Promise<documents.UnifiedorderNativeReply>

  /**
   * Creates an order and returns its `prepay_id` (统一下单).
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /pay/unifiedorder`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  unifiedorder(params: documents.UnifiedorderMwebRequest, options?: CallOptions): Promise<documents.UnifiedorderMwebReply>

  /**
   * Creates an order and returns its `prepay_id` (统一下单).
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /pay/unifiedorder`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  unifiedorder(params: documents.UnifiedorderRequest, options?: CallOptions): Promise<documents.UnifiedorderReply>
  unifiedorder(params: documents.UnifiedorderRequest, options?: CallOptions): Promise<documents.UnifiedorderReply> {
    return this.execute('unifiedorder', params, options)
  }

  /**
   * Queries an order (查询订单). Only this reply proves a payment.
   *
   * `POST /pay/orderquery`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  orderquery(params: documents.OrderqueryRequest, options?: CallOptions): Promise<documents.OrderqueryResult> {
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

  /**
   * Refunds an order, in full or in part (申请退款).
   * A success means that WeChat accepted it; the result comes by notification, or from `refundquery`.
   * Repeating it with the same `out_refund_no` and the same amounts refunds once. Do so after `NOTENOUGH`, and whenever the outcome
   * is unknown; take a new number only after `REFUNDCLOSE`.
   * WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
   *
   * `POST /secapi/pay/refund`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  refund(params: documents.RefundRequest, options?: CallOptions): Promise<documents.RefundReply> {
    return this.execute('refund', params, options)
  }

  /**
   * Asks for refunds: one, by its number, or those of an order (查询退款).
   * WeChat sends ten at most. For more give `offset`: how many to skip, less than `total_refund_count`.
   *
   * `POST /pay/refundquery`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  refundquery(params: documents.RefundqueryRequest, options?: CallOptions): Promise<documents.RefundqueryReply> {
    return this.execute('refundquery', params, options)
  }

  /**
   * Downloads the bill of a day: its payments and refunds (下载交易账单).
   * WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without business has no bill.
   *
   * `POST /pay/downloadbill`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  downloadbill(params: documents.DownloadbillRequest, options?: CallOptions): Promise<Bill> {
    return this.openBill('downloadbill', params, options)
  }

  /**
   * Downloads the fund flow of a day: each change of an account's balance (下载资金账单).
   * WeChat makes it after 9:00 of the next day; ask after 10:00.
   *
   * `POST /pay/downloadfundflow`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  downloadfundflow(params: documents.DownloadfundflowRequest, options?: CallOptions): Promise<Bill> {
    return this.openBill('downloadfundflow', params, options)
  }

  /**
   * Gets what customers wrote about their orders, within the last three months (拉取订单评价数据).
   * WeChat sends 200 at most. For more, ask again with the `offset` of the reply.
   *
   * `POST /billcommentsp/batchquerycomment`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  batchquerycomment(params: documents.BatchquerycommentRequest, options?: CallOptions): Promise<documents.BatchquerycommentReply> {
    return this.execute('batchquerycomment', params, options)
  }

  /**
   * Charges the payment code that a customer shows (付款码支付). `pay_by_code` does all that follows; call this one by hand only if you
   * need to.
   * A success is a payment only if `trade_state` is `SUCCESS` or missing, and `transaction_id` is there: WeChat may answer SUCCESS while
   * the customer still has to confirm (`USERPAYING`), or when the payment failed (`PAYERROR`).
   * After `USERPAYING`, `SYSTEMERROR`, `BANKERROR` or no answer, ask `orderquery` every five seconds, and after about half a minute cancel
   * the order by `reverse`. WeChat sends no notification.
   *
   * `POST /pay/micropay`. When its result is not known, ask for the state before anything is repeated.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  micropay(params: documents.MicropayRequest, options?: CallOptions): Promise<documents.MicropayReply> {
    return this.execute('micropay', params, options)
  }

  /**
   * Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is refunded.
   * While the reply's `recall` is `Y`, the order is not cancelled yet: call it again. WeChat takes it within seven days, and asks to wait
   * 15 seconds after `micropay`.
   *
   * `POST /secapi/pay/reverse`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  reverse(params: documents.ReverseRequest, options?: CallOptions): Promise<documents.ReverseReply> {
    return this.execute('reverse', params, options)
  }

  /**
   * Tells the openid of the customer whose payment code was scanned (付款码查询openid). From then on only this merchant can charge the
   * code, until it changes.
   *
   * `POST /tools/authcodetoopenid`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  authcodetoopenid(params: documents.AuthcodetoopenidRequest, options?: CallOptions): Promise<documents.AuthcodetoopenidReply> {
    return this.execute('authcodetoopenid', params, options)
  }

  /**
   * Shortens the text of a permanent code (转换短链接), so that its QR code is easier to scan.
   *
   * `POST /tools/shorturl`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  shorturl(params: documents.ShorturlRequest, options?: CallOptions): Promise<documents.ShorturlReply> {
    return this.execute('shorturl', params, options)
  }

  /**
   * Reports to WeChat how long a call took and how it ended (交易保障), or a till's payments of an hour as `trades`. WeChat may ask
   * merchants with payment codes for it. The client does not repeat it.
   *
   * `POST /payitil/report`. It is not repeated: what it takes is used up.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  report(params: documents.ReportRequest, options?: CallOptions): Promise<documents.ReportReply> {
    return this.execute('report', params, options)
  }

  /**
   * Historic: the key of the old sandbox (仿真测试系统), which WeChat no longer keeps up. Test against `wxpaykit-emulator`.
   *
   * `POST /sandboxnew/pay/getsignkey`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  getsignkey(params: documents.GetsignkeyRequest, options?: CallOptions): Promise<documents.GetsignkeyReply> {
    return this.execute('getsignkey', params, options)
  }

  /**
   * Sends a red packet to someone who follows the corp (发放企业红包). The client makes both signatures, `workwx_sign` with `corp_pay_secret`.
   * Give `sender_name` or `agentid`: a person sends it, or an application does.
   * Repeating it with the same `mch_billno` and the same fields sends one red packet. Do so after `NOTENOUGH`, and whenever the outcome is
   * unknown; take a new number only when the query says that it failed.
   *
   * `POST /mmpaymkttransfers/sendworkwxredpack`. When its result is not known, repeat it with the same number and the same fields.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  sendworkwxredpack(params: documents.SendworkwxredpackRequest, options?: CallOptions): Promise<documents.SendworkwxredpackReply> {
    return this.execute('sendworkwxredpack', params, options)
  }

  /**
   * Queries a red packet of WeCom by its number (查询红包记录), within thirty days.
   *
   * `POST /mmpaymkttransfers/queryworkwxredpack`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  queryworkwxredpack(params: documents.QueryworkwxredpackRequest, options?: CallOptions): Promise<documents.QueryworkwxredpackReply> {
    return this.execute('queryworkwxredpack', params, options)
  }

  /**
   * Pays a member of the corp (向员工付款). WeCom has closed it to new merchants. The client makes both signatures, `workwx_sign` with
   * `corp_pay_secret`.
   * The reply is not signed. After any failure ask `querywwsptrans2pocket` before anything else; never take a new number while the outcome is
   * unknown.
   *
   * `POST /mmpaymkttransfers/promotion/paywwsptrans2pocket`. When its result is not known, ask for the state before anything is repeated.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  paywwsptrans2pocket(params: documents.Paywwsptrans2pocketRequest, options?: CallOptions): Promise<documents.Paywwsptrans2pocketReply> {
    return this.execute('paywwsptrans2pocket', params, options)
  }

  /**
   * Queries a payment to a member by its number (查询付款记录), within thirty days.
   *
   * `POST /mmpaymkttransfers/promotion/querywwsptrans2pocket`. It changes nothing: repeat at will.
   * @throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  querywwsptrans2pocket(params: documents.Querywwsptrans2pocketRequest, options?: CallOptions): Promise<documents.Querywwsptrans2pocketReply> {
    return this.execute('querywwsptrans2pocket', params, options)
  }
}

/** A method for each call of APIv3. */
export abstract class V3Calls {
  /** @internal */
  protected abstract execute<T>(call: string, params: object, options?: CallOptions): Promise<T>
  /** @internal */
  protected abstract openBill(call: string, params: object, options?: CallOptions): Promise<Bill>

  /**
   * Creates an order for a page in WeChat or for a mini program (JSAPI下单, 小程序下单). Its `prepay_id` is valid for two hours.
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /v3/pay/transactions/jsapi`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  jsapi(params: documents.V3JsapiRequest, options?: CallOptions): Promise<documents.V3PrepayReply> {
    return this.execute('v3.jsapi', params, options)
  }

  /**
   * Creates an order for a QR code (Native下单). Make the QR code of its `code_url`, which is valid for two hours.
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /v3/pay/transactions/native`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  native(params: documents.V3NativeRequest, options?: CallOptions): Promise<documents.V3NativeReply> {
    return this.execute('v3.native', params, options)
  }

  /**
   * Creates an order for a phone's browser outside WeChat (H5下单). Send the customer to its `h5_url`, which is valid for five minutes.
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /v3/pay/transactions/h5`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  h5(params: documents.V3H5Request, options?: CallOptions): Promise<documents.V3H5Reply> {
    return this.execute('v3.h5', params, options)
  }

  /**
   * Creates an order for an app with the Open SDK (APP下单). Its `prepay_id` is valid for two hours.
   * Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
   *
   * `POST /v3/pay/transactions/app`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  app(params: documents.V3AppRequest, options?: CallOptions): Promise<documents.V3PrepayReply> {
    return this.execute('v3.app', params, options)
  }

  /**
   * Queries an order by `out_trade_no` or `transaction_id` (查询订单). Only this reply proves a payment. An unpaid order has no
   * `transaction_id`.
   *
   * `GET /v3/pay/transactions/out-trade-no/{out_trade_no}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  query(params: documents.V3QueryRequest, options?: CallOptions): Promise<documents.V3OrderResult> {
    return this.execute('v3.query', params, options)
  }

  /**
   * Closes an order that is not paid (关闭订单). Closing a closed order succeeds.
   *
   * `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  async close(params: documents.V3CloseRequest, options?: CallOptions): Promise<void> {
    await this.execute('v3.close', params, options)
  }

  /**
   * Charges the payment code that a customer shows (付款码支付). `pay_by_code` does all that follows; call this one by hand only if you
   * need to.
   * The order is paid only if `trade_state` is `SUCCESS`. `USERPAYING` means that the customer has to confirm: ask `query` every five
   * seconds, and after about half a minute cancel the order by `reverse`. Do the same when the outcome is unknown. Never charge the
   * customer again with another number before `reverse` succeeded. WeChat sends no notification.
   *
   * `POST /v3/pay/transactions/codepay`. When its result is not known, ask for the state before anything is repeated.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  codepay(params: documents.V3CodepayRequest, options?: CallOptions): Promise<documents.V3CodepayResult> {
    return this.execute('v3.codepay', params, options)
  }

  /**
   * Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is refunded.
   * While WeChat answers `SYSTEM_ERROR`, the order is not cancelled yet: call it again. WeChat takes it within seven days.
   *
   * `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/reverse`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  reverse(params: documents.V3ReverseRequest, options?: CallOptions): Promise<documents.V3ReverseReply> {
    return this.execute('v3.reverse', params, options)
  }

  /**
   * Creates one payment of several orders, for a page in WeChat or for a mini program (合单JSAPI下单). Its `prepay_id` is valid for two hours.
   * Repeating it with the same numbers and the same fields gives the same order; with other fields it is refused.
   * Its notification tells of all parts: `notify.handle` confirms it by `combine_query`, and hands each part over by `on_paid`. Each part is
   * refunded by `refund`, with its own `transaction_id`.
   *
   * `POST /v3/combine-transactions/jsapi`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  combineJsapi(params: documents.V3CombineJsapiRequest, options?: CallOptions): Promise<documents.V3PrepayReply> {
    return this.execute('v3.combine_jsapi', params, options)
  }

  /**
   * Creates one payment of several orders for a QR code (合单Native下单). Make the QR code of its `code_url`, which is valid for two hours.
   * Otherwise as `combine_jsapi`.
   *
   * `POST /v3/combine-transactions/native`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  combineNative(params: documents.V3CombineNativeRequest, options?: CallOptions): Promise<documents.V3NativeReply> {
    return this.execute('v3.combine_native', params, options)
  }

  /**
   * Creates one payment of several orders for a phone's browser outside WeChat (合单H5下单). Its `h5_url` is valid for five minutes.
   * Otherwise as `combine_jsapi`.
   *
   * `POST /v3/combine-transactions/h5`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  combineH5(params: documents.V3CombineH5Request, options?: CallOptions): Promise<documents.V3H5Reply> {
    return this.execute('v3.combine_h5', params, options)
  }

  /**
   * Creates one payment of several orders for an app with the Open SDK (合单APP下单). Its `prepay_id` is valid for two hours.
   * Otherwise as `combine_jsapi`.
   *
   * `POST /v3/combine-transactions/app`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  combineApp(params: documents.V3CombineAppRequest, options?: CallOptions): Promise<documents.V3PrepayReply> {
    return this.execute('v3.combine_app', params, options)
  }

  /**
   * Queries a combined order (合单查询订单). Only this reply proves a payment: each of `sub_orders` has its own `trade_state`. `query` does not
   * find the parts.
   *
   * `GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  combineQuery(params: documents.V3CombineQueryRequest, options?: CallOptions): Promise<documents.V3CombineOrder> {
    return this.execute('v3.combine_query', params, options)
  }

  /**
   * Closes a combined order that is not paid, with all its parts (合单关闭订单). Closing a closed one succeeds.
   *
   * `POST /v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  async combineClose(params: documents.V3CombineCloseRequest, options?: CallOptions): Promise<void> {
    await this.execute('v3.combine_close', params, options)
  }

  /**
   * Refunds an order, in full or in part (申请退款).
   * A success means that WeChat accepted it; the result comes by notification, or from `refund_query`.
   * Repeating it with the same `out_refund_no` and the same amounts refunds once. Do so after `NOT_ENOUGH`, and whenever the outcome
   * is unknown; take a new number only after `CLOSED`.
   * WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
   *
   * `POST /v3/refund/domestic/refunds`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  refund(params: documents.V3RefundRequest, options?: CallOptions): Promise<documents.V3RefundReply> {
    return this.execute('v3.refund', params, options)
  }

  /**
   * Asks for a refund by the merchant's number (查询单笔退款).
   *
   * `GET /v3/refund/domestic/refunds/{out_refund_no}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  refundQuery(params: documents.V3RefundQueryRequest, options?: CallOptions): Promise<documents.V3RefundReply> {
    return this.execute('v3.refund_query', params, options)
  }

  /**
   * Sends a refund in the state `ABNORMAL` to another account (发起异常退款): the customer's card did not take it.
   * A success means that WeChat accepted it: the refund is `PROCESSING` again, and its result comes as that of any refund.
   * WeChat refuses it in every other state, so ask `refund_query` when the outcome is unknown.
   *
   * `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`. When its result is not known, ask for the state before anything is repeated.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  applyAbnormalRefund(params: documents.V3ApplyAbnormalRefundRequest, options?: CallOptions): Promise<documents.V3RefundReply> {
    return this.execute('v3.apply_abnormal_refund', params, options)
  }

  /**
   * Transfers money to a customer (商家转账, 发起转账). The money is the client's own merchant's, also where the settings have a sub-merchant.
   * In the state `WAIT_USER_CONFIRM` the customer has to confirm it within 24 hours: hand `package_info` to the page, by
   * `transfer_params`.
   * Repeating it with the same `out_bill_no` and the same fields transfers once. Do so whenever the outcome is unknown, and after
   * `NOT_ENOUGH`. Take a new number only after `transfer_query` said `FAIL` or `CANCELLED`.
   *
   * `POST /v3/fund-app/mch-transfer/transfer-bills`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  transfer(params: documents.V3TransferRequest, options?: CallOptions): Promise<documents.V3TransferReply> {
    return this.execute('v3.transfer', params, options)
  }

  /**
   * Queries a transfer by `out_bill_no` or `transfer_bill_no` (查询转账单). WeChat finds the transfers of the last 30 days.
   *
   * `GET /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  transferQuery(params: documents.V3TransferQueryRequest, options?: CallOptions): Promise<documents.V3TransferBill> {
    return this.execute('v3.transfer_query', params, options)
  }

  /**
   * Cancels a transfer that the customer has not confirmed (撤销转账). The state is `CANCELING` at first: `transfer_query` says whether it
   * became `CANCELLED`.
   *
   * `POST /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}/cancel`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  transferCancel(params: documents.V3TransferCancelRequest, options?: CallOptions): Promise<documents.V3TransferCancelReply> {
    return this.execute('v3.transfer_cancel', params, options)
  }

  /**
   * Applies for the receipt of a transfer that succeeded, by `out_bill_no` or `transfer_bill_no` (申请电子回单).
   * WeChat makes it later: `transfer_receipt_query`, by the same number, has its address then. Repeating this call has no
   * further effect.
   *
   * `POST /v3/fund-app/mch-transfer/elecsign/out-bill-no`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  transferReceipt(params: documents.V3TransferReceiptRequest, options?: CallOptions): Promise<documents.V3TransferReceiptReply> {
    return this.execute('v3.transfer_receipt', params, options)
  }

  /**
   * Queries the receipt of a transfer, by the number that it was applied for by (查询电子回单).
   * When the state is `FINISHED`, hand `download_url`, `hash_type` and `hash_value` to `download` within ten minutes; later, query again. The
   * file is a PDF.
   *
   * `GET /v3/fund-app/mch-transfer/elecsign/out-bill-no/{out_bill_no}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  transferReceiptQuery(params: documents.V3TransferReceiptQueryRequest, options?: CallOptions): Promise<documents.V3TransferReceiptFileResult> {
    return this.execute('v3.transfer_receipt_query', params, options)
  }

  /**
   * Shares a paid order with receivers (请求分账). The order must have `settle_info.profit_sharing`, and the receivers must have been added.
   * WeChat takes it from a minute after the payment, for 30 days, and by default up to 30 % of the order.
   * A success means that WeChat accepted it: ask `profitsharing_order_query` until `state` is `FINISHED`, and then look at each
   * receiver's `result`.
   * Repeating it with the same `out_order_no` and the same fields shares once. Do so whenever the outcome is unknown.
   *
   * `POST /v3/profitsharing/orders`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingOrder(params: documents.V3ProfitsharingOrderRequest, options?: CallOptions): Promise<documents.V3ProfitsharingOrderReply> {
    return this.execute('v3.profitsharing_order', params, options)
  }

  /**
   * Queries a sharing (查询分账结果).
   *
   * `GET /v3/profitsharing/orders/{out_order_no}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingOrderQuery(params: documents.V3ProfitsharingOrderQueryRequest, options?: CallOptions): Promise<documents.V3ProfitsharingOrderReply> {
    return this.execute('v3.profitsharing_order_query', params, options)
  }

  /**
   * Takes back a part from a receiver that is a merchant (请求分账回退), within 180 days. The receiver must have allowed it.
   * A success means that WeChat accepted it: ask `profitsharing_return_query` until `result` is not `PROCESSING`.
   * Repeating it with the same `out_return_no` and the same fields returns once. Do so whenever the outcome is unknown.
   *
   * `POST /v3/profitsharing/return-orders`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingReturn(params: documents.V3ProfitsharingReturnRequest, options?: CallOptions): Promise<documents.V3ProfitsharingReturnReply> {
    return this.execute('v3.profitsharing_return', params, options)
  }

  /**
   * Queries a return (查询分账回退结果).
   *
   * `GET /v3/profitsharing/return-orders/{out_return_no}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingReturnQuery(params: documents.V3ProfitsharingReturnQueryRequest, options?: CallOptions): Promise<documents.V3ProfitsharingReturnReply> {
    return this.execute('v3.profitsharing_return_query', params, options)
  }

  /**
   * Releases what is left of an order to the merchant (解冻剩余资金). The order cannot be shared again.
   * Repeating it with the same `out_order_no` and the same fields releases once. Do so whenever the outcome is unknown.
   *
   * `POST /v3/profitsharing/orders/unfreeze`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingUnfreeze(params: documents.V3ProfitsharingUnfreezeRequest, options?: CallOptions): Promise<documents.V3ProfitsharingOrderReply> {
    return this.execute('v3.profitsharing_unfreeze', params, options)
  }

  /**
   * Tells how much of an order can still be shared (查询剩余待分金额).
   *
   * `GET /v3/profitsharing/transactions/{transaction_id}/amounts`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingAmounts(params: documents.V3ProfitsharingAmountsRequest, options?: CallOptions): Promise<documents.V3ProfitsharingAmountsReply> {
    return this.execute('v3.profitsharing_amounts', params, options)
  }

  /**
   * Service providers: tells which part of an order a sub-merchant may share (查询最大分账比例).
   *
   * `GET /v3/profitsharing/merchant-configs/{sub_mchid}`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingConfig(params: documents.V3ProfitsharingConfigRequest = {}, options?: CallOptions): Promise<documents.V3ProfitsharingConfigReply> {
    return this.execute('v3.profitsharing_config', params, options)
  }

  /**
   * Adds a receiver (添加分账接收方). Adding one twice succeeds. A merchant may have 20,000.
   *
   * `POST /v3/profitsharing/receivers/add`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingAddReceiver(params: documents.V3ProfitsharingAddReceiverRequest, options?: CallOptions): Promise<documents.V3ProfitsharingAddReceiverReply> {
    return this.execute('v3.profitsharing_add_receiver', params, options)
  }

  /**
   * Deletes a receiver (删除分账接收方).
   *
   * `POST /v3/profitsharing/receivers/delete`. When its result is not known, repeat it with the same number and the same fields.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  profitsharingDeleteReceiver(params: documents.V3ProfitsharingDeleteReceiverRequest, options?: CallOptions): Promise<documents.V3ProfitsharingDeleteReceiverReply> {
    return this.execute('v3.profitsharing_delete_receiver', params, options)
  }

  /**
   * Downloads the bill of a day: its payments and refunds (申请交易账单, 下载账单).
   * WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without business has no bill.
   * The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.
   *
   * `GET /v3/bill/tradebill`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  tradebill(params: documents.V3TradebillRequest, options?: CallOptions): Promise<Bill> {
    return this.openBill('v3.tradebill', params, options)
  }

  /**
   * Downloads the fund flow of a day: each change of an account's balance (申请资金账单, 下载账单).
   * WeChat makes it after 9:00 of the next day; ask after 10:00.
   * The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.
   *
   * `GET /v3/bill/fundflowbill`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  fundflowbill(params: documents.V3FundflowbillRequest, options?: CallOptions): Promise<Bill> {
    return this.openBill('v3.fundflowbill', params, options)
  }

  /**
   * Service providers: downloads the fund flow of a sub-merchant for a day (申请单个子商户资金账单).
   * WeChat encrypts it. The client downloads all files of it, decrypts them with `client_key`, checks the SHA-1 of each, and joins them.
   *
   * `GET /v3/bill/sub-merchant-fundflowbill`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  subMerchantFundflowbill(params: documents.V3SubMerchantFundflowbillRequest, options?: CallOptions): Promise<Bill> {
    return this.openBill('v3.sub_merchant_fundflowbill', params, options)
  }

  /**
   * Platforms (电商收付通): downloads the fund flow of all sub-merchants for a day (申请二级商户资金账单).
   * It is encrypted, and read as that of `sub_merchant_fundflowbill`.
   *
   * `GET /v3/ecommerce/bill/fundflowbill`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  ecommerceFundflowbill(params: documents.V3EcommerceFundflowbillRequest, options?: CallOptions): Promise<Bill> {
    return this.openBill('v3.ecommerce_fundflowbill', params, options)
  }

  /**
   * Downloads the platform certificates (平台证书), still encrypted. The client does this when it needs them; call it only to inspect
   * them. WeChat answers 404 to merchants that have only the WeChat Pay public key.
   *
   * `GET /v3/certificates`. It changes nothing: repeat at will.
   * @throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError
   */
  certificates(options?: CallOptions): Promise<documents.V3CertificatesReply> {
    return this.execute('v3.certificates', {}, options)
  }
}

/** The calls of web authorisation. */
export abstract class OAuthCalls {
  /** @internal */
  protected abstract execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T>

  /**
   * Exchanges a code for the customer's openid and a web token. A code works once, for five minutes.
   * WeChat refuses an invalid code with 40029, and a code that was used with 40163.
   *
   * @param code The code that WeChat appended to `redirect_uri`.
   * @throws InvalidRequest, OAuthError, TransportError; ConfigError without an AppSecret
   */
  async accessToken(code: string, options?: CallOptions): Promise<documents.WebToken> {
    return this.execute('oauth.access_token', { code: needText('code', code) }, signalOf(options))
  }

  /**
   * As `access_token`, for a third-party platform (第三方平台) that the account has authorised: without the AppSecret of the account.
   * WeChat refuses an account that has not authorised the platform with 61003.
   *
   * @param code The code that WeChat appended to `redirect_uri`.
   * @param componentAppid The appid of the platform.
   * @param componentAccessToken The platform's token, of `api_component_token`.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async componentAccessToken(
    code: string,
    componentAppid: string,
    componentAccessToken: string,
    options?: CallOptions,
  ): Promise<documents.WebToken> {
    const fields = { code: needText('code', code), component_appid: needText('component_appid', componentAppid), component_access_token: needText('component_access_token', componentAccessToken) }
    return this.execute('oauth.component_access_token', fields, signalOf(options))
  }

  /**
   * As `refresh_token`, for a third-party platform.
   *
   * @param refreshToken The `refresh_token` in the reply of `component_access_token`.
   * @param componentAppid The appid of the platform.
   * @param componentAccessToken The platform's token, of `api_component_token`.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async componentRefreshToken(
    refreshToken: string,
    componentAppid: string,
    componentAccessToken: string,
    options?: CallOptions,
  ): Promise<documents.WebToken> {
    const fields = { refresh_token: needText('refresh_token', refreshToken), component_appid: needText('component_appid', componentAppid), component_access_token: needText('component_access_token', componentAccessToken) }
    return this.execute('oauth.component_refresh_token', fields, signalOf(options))
  }

  /**
   * Renews a web token.
   * WeChat refuses an invalid refresh token with 40030, and an expired one with 42002.
   *
   * @param refreshToken The `refresh_token` in the reply of `access_token`. It is valid for 30 days.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async refreshToken(refreshToken: string, options?: CallOptions): Promise<documents.WebToken> {
    return this.execute('oauth.refresh_token', { refresh_token: needText('refresh_token', refreshToken) }, signalOf(options))
  }

  /**
   * Gets the name and the picture of a customer who agreed to `snsapi_userinfo`.
   * WeChat refuses a token of `snsapi_base` with 48001.
   *
   * @param accessToken The customer's web token.
   * @param openid The customer's openid under this appid.
   * @param options `lang`: The language of the names of places. `zh_CN` when left out.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async userinfo(
    accessToken: string,
    openid: string,
    options?: CallOptions & { lang?: 'zh_CN' | 'zh_TW' | 'en' | undefined },
  ): Promise<documents.UserInfo> {
    const { lang, signal } = optionsOf(options, { lang: needText, signal: needSignal })
    const fields = { access_token: needText('access_token', accessToken), openid: needText('openid', openid), lang }
    return this.execute('oauth.userinfo', fields, signal)
  }

  /**
   * Checks that a web token is valid; fails when it is not.
   *
   * @param accessToken The customer's web token.
   * @param openid The customer's openid under this appid.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async auth(accessToken: string, openid: string, options?: CallOptions): Promise<void> {
    const fields = { access_token: needText('access_token', accessToken), openid: needText('openid', openid) }
    await this.execute('oauth.auth', fields, signalOf(options))
  }

  /**
   * Exchanges the code of `wx.login` for openid and session key of a customer (小程序登录).
   * A code works once, for five minutes.
   * WeChat refuses an invalid code with 40029, and a code that was used with 40163. With -1 it is busy, and the code still works.
   *
   * @param jsCode The code that `wx.login` gave to the mini program.
   * @throws InvalidRequest, OAuthError, TransportError; ConfigError without an AppSecret
   */
  async jscode2session(jsCode: string, options?: CallOptions): Promise<documents.MiniprogramSession> {
    return this.execute('oauth.jscode2session', { js_code: needText('js_code', jsCode) }, signalOf(options))
  }

  /**
   * As `jscode2session`, for a third-party platform (第三方平台) that the mini program has authorised.
   * It needs no AppSecret of the mini program.
   *
   * @param jsCode The code that `wx.login` gave to the mini program.
   * @param componentAppid The appid of the platform.
   * @param componentAccessToken The platform's token, of `api_component_token`.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async componentJscode2session(
    jsCode: string,
    componentAppid: string,
    componentAccessToken: string,
    options?: CallOptions,
  ): Promise<documents.MiniprogramSession> {
    const fields = { js_code: needText('js_code', jsCode), component_appid: needText('component_appid', componentAppid), component_access_token: needText('component_access_token', componentAccessToken) }
    return this.execute('oauth.component_jscode2session', fields, signalOf(options))
  }

  /**
   * Checks that a session key is the customer's current one (检验登录态); fails when it is not.
   * WeChat refuses another session key with 87009: let the mini program call `wx.login` again.
   *
   * @param openid The customer's openid under this appid.
   * @param sessionKey The session key of `jscode2session`. It is not sent: it makes a signature.
   * @param options `accessToken`: The access_token of the mini program; when left out, the client's own, which it keeps and renews.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async checksession(
    openid: string,
    sessionKey: string,
    options?: CallOptions & { accessToken?: string | undefined },
  ): Promise<void> {
    const { accessToken, signal } = optionsOf(options, { accessToken: needText, signal: needSignal })
    const fields = { openid: needText('openid', openid), session_key: needText('session_key', sessionKey), access_token: accessToken }
    await this.execute('oauth.checksession', fields, signal)
  }

  /**
   * Gets the phone number that a customer of a mini program agreed to give (获取手机号).
   * A code works once, for five minutes.
   * WeChat refuses an invalid code, also one of `wx.login`, with 40029.
   *
   * @param code The code of the button's event `getPhoneNumber` or `getRealtimePhoneNumber`; not the code of `wx.login`.
   * @param options `openid`: The customer's openid: with it WeChat checks that the code is this customer's.
   * @param options `accessToken`: The access_token of the mini program; when left out, the client's own, which it keeps and renews.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async getuserphonenumber(
    code: string,
    options?: CallOptions & { openid?: string | undefined; accessToken?: string | undefined },
  ): Promise<documents.PhoneNumber> {
    const { openid, accessToken, signal } = optionsOf(options, { openid: needText, accessToken: needText, signal: needSignal })
    const fields = { code: needText('code', code), openid, access_token: accessToken }
    return this.execute('oauth.getuserphonenumber', fields, signal)
  }
}

/** The calls for tokens and tickets. */
export abstract class JssdkCalls {
  /** @internal */
  protected abstract execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T>

  /**
   * Gets a new access_token, which invalidates the previous one. For accounts whose token other software renews in this way.
   *
   * @throws OAuthError, TransportError; ConfigError without an AppSecret
   */
  async token(options?: CallOptions): Promise<documents.AccessToken> {
    return this.execute('jssdk.token', {}, signalOf(options))
  }

  /**
   * Gets the account's access_token: the same one for every caller, until shortly before it expires. The client keeps it.
   *
   * @param options `forceRefresh`: Whether to make a new token, which invalidates the previous one at once. WeChat allows this twenty times a day, thirty seconds apart. `false` when left out.
   * @throws InvalidRequest, OAuthError, TransportError; ConfigError without an AppSecret
   */
  async stableToken(options?: CallOptions & { forceRefresh?: boolean | undefined }): Promise<documents.AccessToken> {
    const { forceRefresh, signal } = optionsOf(options, { forceRefresh: needBoolean, signal: needSignal })
    return this.execute('jssdk.stable_token', { force_refresh: forceRefresh }, signal)
  }

  /**
   * Gets a ticket for the JS-SDK. Its quota is small; `jsapi_ticket` keeps a ticket.
   *
   * @param accessToken The account's access_token.
   * @throws InvalidRequest, OAuthError, TransportError
   */
  async getticket(accessToken: string, options?: CallOptions): Promise<documents.Ticket> {
    return this.execute('jssdk.getticket', { access_token: needText('access_token', accessToken) }, signalOf(options))
  }
}

/** The calls of WeCom. */
export abstract class WecomCalls {
  /** @internal */
  protected abstract execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T>

  /**
   * Gets a token of the application. The client keeps one; this call is for other programs.
   *
   * @throws OAuthError, TransportError; ConfigError without the settings of WeCom
   */
  async gettoken(options?: CallOptions): Promise<documents.AccessToken> {
    return this.execute('wecom.gettoken', {}, signalOf(options))
  }

  /**
   * Gets the visitor's identity from the code of the authorize link: `userid` for a member, `openid` for anyone else.
   * A code works once, for five minutes. WeCom refuses an invalid code with 40029.
   *
   * @param code The code that WeCom appended to `redirect_uri`.
   * @param options `accessToken`: The access_token of the application; when left out, the client's own, which it keeps and renews.
   * @throws InvalidRequest, OAuthError, TransportError; ConfigError without the settings of WeCom
   */
  async getuserinfo(code: string, options?: CallOptions & { accessToken?: string | undefined }): Promise<documents.WecomVisitor> {
    const { accessToken, signal } = optionsOf(options, { accessToken: needText, signal: needSignal })
    return this.execute('wecom.getuserinfo', { code: needText('code', code), access_token: accessToken }, signal)
  }

  /**
   * Gets the openid of a member, with which the member pays.
   * WeCom refuses a member who has no WeChat with 43004.
   *
   * @param userid The `userid` of the member.
   * @param options `accessToken`: The access_token of the application; when left out, the client's own, which it keeps and renews.
   * @throws InvalidRequest, OAuthError, TransportError; ConfigError without the settings of WeCom
   */
  async convertToOpenid(
    userid: string,
    options?: CallOptions & { accessToken?: string | undefined },
  ): Promise<documents.WecomOpenid> {
    const { accessToken, signal } = optionsOf(options, { accessToken: needText, signal: needSignal })
    return this.execute('wecom.convert_to_openid', { userid: needText('userid', userid), access_token: accessToken }, signal)
  }

  /**
   * Gets the ticket of the corp, for `wx.config`. Its quota is small; `jsapi_ticket` keeps a ticket.
   *
   * @param options `accessToken`: The access_token of the application; when left out, the client's own, which it keeps and renews.
   * @throws InvalidRequest, OAuthError, TransportError; ConfigError without the settings of WeCom
   */
  async getJsapiTicket(options?: CallOptions & { accessToken?: string | undefined }): Promise<documents.Ticket> {
    const { accessToken, signal } = optionsOf(options, { accessToken: needText, signal: needSignal })
    return this.execute('wecom.get_jsapi_ticket', { access_token: accessToken }, signal)
  }

  /**
   * Gets the ticket of the application, for `wx.agentConfig`. Its quota is small; `agent_ticket` keeps a ticket.
   *
   * @param options `accessToken`: The access_token of the application; when left out, the client's own, which it keeps and renews.
   * @throws InvalidRequest, OAuthError, TransportError; ConfigError without the settings of WeCom
   */
  async getAgentTicket(options?: CallOptions & { accessToken?: string | undefined }): Promise<documents.Ticket> {
    const { accessToken, signal } = optionsOf(options, { accessToken: needText, signal: needSignal })
    return this.execute('wecom.get_agent_ticket', { access_token: accessToken }, signal)
  }
}
