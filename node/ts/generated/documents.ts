// Written by `cargo xtask gen` from the table of calls; edit the table instead.

import { Reply, type Json, type JsonObject } from '../reply.js'

/** Options of every call, in addition to its fields. */
export interface CallOptions {
  /**
   * Ends the HTTP request. The promise rejects with a `TransportError` of code `cancelled`, whose `cause` is the signal's
   * reason and whose `outcome` is `unknown`: whether WeChat acted on the request is not known then.
   */
  signal?: AbortSignal | undefined
}

/** A text of the wire that later versions may add to. */
export type Open<T extends string> = T | (string & {})

/**
 * How an attempt at a call ended: `ok`, or how it failed.
 *
 * - `not_sent`: WeChat never received it.
 * - `timed_out`: no reply within the time limit.
 * - `no_answer`: a broken connection, or a gateway's page.
 * - `not_authentic`: the reply is not authentic, or belongs to another request.
 * - `trouble`: WeChat reported a fault of its own.
 * - `too_many`: a rate limit of WeChat's, or it was busy and took nothing.
 * - `ask_first`: only a query tells the state.
 * - `later`: refused until a quota, a balance or a bill is available.
 * - `refused`: refused.
 */
export type AttemptOutcome =
  | 'ok'
  | 'not_sent'
  | 'timed_out'
  | 'no_answer'
  | 'not_authentic'
  | 'trouble'
  | 'too_many'
  | 'ask_first'
  | 'later'
  | 'refused'

/** Who the customer must be. */
export interface V3PayerIdentity {
  /**
   * The kind of document, such as `IDCARD`.
   * At most 32 characters.
   */
  type: string
  /** The document's number. The client encrypts it. */
  number: string
  /** The customer's name. The client encrypts it. */
  name: string
}

/** The customer of an order: `openid`, or for service providers exactly one of `sp_openid` and `sub_openid`. */
export interface V3Payer {
  /**
   * The customer's openid under the client's appid. For merchants that are not service providers.
   * At most 128 characters.
   */
  openid?: string | null | undefined
  /**
   * Service providers: the customer's openid under the client's appid.
   * At most 128 characters.
   */
  sp_openid?: string | null | undefined
  /**
   * Service providers: the customer's openid under `sub_appid`.
   * At most 128 characters.
   */
  sub_openid?: string | null | undefined
  /** Real-name payment, which needs a permit. */
  identity?: V3PayerIdentity | null | undefined
}

/** A shop. */
export interface V3StoreInfo {
  /**
   * Your number of the shop.
   * At most 32 characters.
   */
  id: string
  /**
   * Its name.
   * At most 256 characters.
   */
  name?: string | null | undefined
  /**
   * Its area code.
   * At most 32 characters.
   */
  area_code?: string | null | undefined
  /**
   * Its address.
   * At most 512 characters.
   */
  address?: string | null | undefined
}

/** Where an order is sold. */
export interface V3SceneInfo {
  /**
   * The customer's IP address.
   * At most 45 characters.
   */
  payer_client_ip: string
  /**
   * The number of the till or of the shop's device.
   * At most 32 characters.
   */
  device_id?: string | null | undefined
  /** The shop. */
  store_info?: V3StoreInfo | null | undefined
}

/** What an order costs. */
export interface V3OrderAmount {
  /**
   * In fen.
   * An integer of fen, at least 1.
   */
  total: number | bigint
  /**
   * The currency, ISO 4217. The client's own setting when left out; another one is refused.
   * At most 16 characters.
   */
  currency?: string | null | undefined
}

/** One of the goods of an order. */
export interface V3OrderGoods {
  /**
   * Your number of the goods: letters, digits, `_` and `-`.
   * At most 32 characters.
   */
  merchant_goods_id: string
  /**
   * WeChat's number of the goods.
   * At most 32 characters.
   */
  wechatpay_goods_id?: string | null | undefined
  /**
   * The name of the goods.
   * At most 256 characters.
   */
  goods_name?: string | null | undefined
  /**
   * How many.
   * An integer.
   */
  quantity: number | bigint
  /**
   * What one costs, in fen.
   * An integer.
   */
  unit_price: number | bigint
}

/** The goods of an order. */
export interface V3OrderDetail {
  /**
   * The price of the whole receipt, in fen. If it differs from the amount, discounts of single goods do not apply.
   * An integer.
   */
  cost_price?: number | bigint | null | undefined
  /**
   * Your number of the receipt.
   * At most 32 characters.
   */
  invoice_id?: string | null | undefined
  /**
   * The goods, one at least.
   * At least one item.
   */
  goods_detail?: readonly V3OrderGoods[] | null | undefined
}

/** How an order is settled. */
export interface V3SettleInfo {
  /** Whether the money stays frozen until it is shared. */
  profit_sharing?: boolean | null | undefined
  /**
   * Platforms: what the platform adds to the amount (补差), in fen.
   * An integer of fen, at least 1.
   */
  subsidy_amount?: number | bigint | null | undefined
}

/** The site or app that an order of a phone's browser comes from. */
export interface V3H5Info {
  /**
   * `Wap`, `iOS` or `Android`.
   * At most 32 characters.
   */
  type: string
  /**
   * The app's name.
   * At most 64 characters.
   */
  app_name?: string | null | undefined
  /**
   * The site's address.
   * At most 128 characters.
   */
  app_url?: string | null | undefined
  /**
   * The bundle ID of an iOS app.
   * At most 128 characters.
   */
  bundle_id?: string | null | undefined
  /**
   * The package name of an Android app.
   * At most 128 characters.
   */
  package_name?: string | null | undefined
}

/** Where an order of a phone's browser is sold. */
export interface V3H5SceneInfo {
  /**
   * The customer's IP address.
   * At most 45 characters.
   */
  payer_client_ip: string
  /**
   * The number of the till or of the shop's device.
   * At most 32 characters.
   */
  device_id?: string | null | undefined
  /** The shop. */
  store_info?: V3StoreInfo | null | undefined
  /** The site or the app. */
  h5_info: V3H5Info
}

/** A customer who shows a payment code. */
export interface V3CodePayer {
  /** The payment code that was scanned: 18 digits that begin with 10 to 15. It works once, for about a minute. */
  auth_code: string
}

/** The shop of an order of a payment code. */
export interface V3CodeStoreInfo {
  /**
   * WeChat's number of the shop.
   * At most 32 characters.
   */
  id?: string | null | undefined
  /**
   * Your number of the shop.
   * At most 256 characters.
   */
  out_id?: string | null | undefined
}

/** Where an order of a payment code is sold. */
export interface V3CodeSceneInfo {
  /**
   * The number of the till or of the shop's device.
   * At most 32 characters.
   */
  device_id?: string | null | undefined
  /**
   * The IP address of the till.
   * At most 45 characters.
   */
  device_ip: string
  /** The shop. */
  store_info?: V3CodeStoreInfo | null | undefined
}

/** The customer of a combined order. */
export interface V3CombinePayer {
  /**
   * The customer's openid under the client's appid.
   * At most 128 characters.
   */
  openid?: string | null | undefined
  /**
   * Service providers: instead of `openid`, the customer's openid under `sub_appid`, which each part then has.
   * At most 128 characters.
   */
  sub_openid?: string | null | undefined
  /** Real-name payment, which needs a permit. */
  identity?: V3PayerIdentity | null | undefined
}

/** Where a combined order is sold. */
export interface V3CombineSceneInfo {
  /**
   * The customer's IP address.
   * At most 45 characters.
   */
  payer_client_ip: string
  /**
   * The number of the till or of the shop's device.
   * At most 16 characters.
   */
  device_id?: string | null | undefined
}

/** What a part of a combined order costs. */
export interface V3CombineAmount {
  /**
   * In fen.
   * An integer of fen, at least 1.
   */
  total_amount: number | bigint
  /**
   * The currency, ISO 4217: `CNY`. Another one than the client's own setting is refused.
   * At most 8 characters.
   */
  currency: string
}

/** A part of a combined order. */
export interface V3CombineItem {
  /**
   * The merchant that receives the money: the client's own, or another one whose number is bound to the appid.
   * At most 32 characters.
   */
  mchid: string
  /**
   * Data of yours: it comes back in the query, the notification and the bill.
   * At most 128 bytes.
   */
  attach: string
  /** The amount of the part. */
  amount: V3CombineAmount
  /**
   * The merchant's number of the part, 6 to 32 characters.
   * At most 32 characters.
   */
  out_trade_no: string
  /**
   * Service providers and platforms: the sub-merchant that receives the money.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers and platforms: the sub-merchant's appid.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Description of the goods, shown to the customer.
   * At most 127 characters.
   */
  description: string
  /**
   * A tag for coupons.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /** Whether the money stays frozen for profit sharing. */
  settle_info?: V3SettleInfo | null | undefined
}

/** Where a combined order of a phone's browser is sold. */
export interface V3CombineH5SceneInfo {
  /**
   * The customer's IP address.
   * At most 45 characters.
   */
  payer_client_ip: string
  /**
   * The number of the till or of the shop's device.
   * At most 16 characters.
   */
  device_id?: string | null | undefined
  /** The site or the app. */
  h5_info: V3H5Info
}

/** A part of a combined order that is closed. */
export interface V3CombineCloseItem {
  /**
   * The merchant of the part.
   * At most 32 characters.
   */
  mchid: string
  /**
   * The merchant's number of the part.
   * At most 32 characters.
   */
  out_trade_no: string
  /**
   * Service providers and platforms: the sub-merchant of the part.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers and platforms: the sub-merchant's appid.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** What an account pays of a refund. */
export interface V3RefundFrom {
  /**
   * `AVAILABLE` or `UNAVAILABLE`.
   * At most 32 characters.
   */
  account: 'AVAILABLE' | 'UNAVAILABLE'
  /**
   * In fen.
   * An integer of fen, at least 1.
   */
  amount: number | bigint
}

/** What is refunded of an order. */
export interface V3RefundAmount {
  /**
   * Amount to refund, in fen; at most the amount not refunded yet.
   * An integer of fen, at least 1.
   */
  refund: number | bigint
  /**
   * The amount of the whole order, in fen.
   * An integer of fen, at least 1.
   */
  total: number | bigint
  /**
   * The currency of the order, ISO 4217. Another one than the client's own setting is refused.
   * At most 16 characters.
   */
  currency: string
  /** Which accounts pay, and how much each. */
  from?: readonly V3RefundFrom[] | null | undefined
}

/** Goods that come back. */
export interface V3RefundGoods {
  /**
   * Your number of the goods.
   * At most 32 characters.
   */
  merchant_goods_id: string
  /**
   * WeChat's number of the goods.
   * At most 32 characters.
   */
  wechatpay_goods_id?: string | null | undefined
  /**
   * The name of the goods.
   * At most 256 characters.
   */
  goods_name?: string | null | undefined
  /**
   * What one costs, in fen.
   * An integer.
   */
  unit_price: number | bigint
  /**
   * What is refunded for them, in fen.
   * An integer.
   */
  refund_amount: number | bigint
  /**
   * How many come back.
   * An integer.
   */
  refund_quantity: number | bigint
}

/** What a transfer is for: one item of its scene's report (转账场景报备信息). */
export interface V3TransferReportInfo {
  /**
   * What the item is, as the scene has it: such as `活动名称` and `奖励说明` for promotions.
   * At most 15 characters.
   */
  info_type: string
  /**
   * Your text for it.
   * At most 32 characters.
   */
  info_content: string
}

/** How a customer sees a transfer. */
export interface V3TransferStyle {
  /**
   * A page, or a red packet.
   * At most 32 characters.
   */
  type?: 'CONFIRM_PAGE' | 'RED_PACKET' | null | undefined
}

/** Who receives a part of an order, and how much. */
export interface V3ProfitsharingReceiver {
  /**
   * What the receiver is.
   * At most 32 characters.
   */
  type: 'MERCHANT_ID' | 'PERSONAL_OPENID' | 'PERSONAL_SUB_OPENID'
  /**
   * A merchant's number, or a person's openid.
   * At most 64 characters.
   */
  account: string
  /** The full name of a merchant, required with `MERCHANT_ID`; or the name of a person. WeChat compares it. The client encrypts it. */
  name?: string | null | undefined
  /**
   * The amount in fen.
   * An integer of fen, at least 1.
   */
  amount: number | bigint
  /**
   * The reason, in the receiver's bill.
   * At most 80 characters.
   */
  description: string
}

/**
 * The fields of `unifiedorder`.
 * `openid` or `sub_openid` must be there when `trade_type` is JSAPI.
 * `product_id` must be there when `trade_type` is NATIVE.
 * `scene_info` must be there when `trade_type` is MWEB.
 * `sub_appid` must be there when `sub_openid` is.
 */
export interface UnifiedorderFields {
  /**
   * Description of the goods, shown to the customer.
   * At most 127 characters.
   */
  body: string
  /**
   * Merchant order number, unique within the merchant.
   * At most 32 characters.
   */
  out_trade_no: string
  /**
   * The amount in fen.
   * An integer of fen, at least 1.
   */
  total_fee: number | bigint
  /**
   * The IP address of the customer's device (APP, MWEB) or of the caller (JSAPI, NATIVE).
   * At most 64 characters.
   */
  spbill_create_ip: string
  /**
   * How it will be paid.
   * At most 16 characters.
   * `JSAPI` when left out.
   */
  trade_type?: 'JSAPI' | 'NATIVE' | 'APP' | 'MWEB' | null | undefined
  /**
   * The customer's openid under this appid. JSAPI needs it, or `sub_openid`.
   * At most 128 characters.
   */
  openid?: string | null | undefined
  /**
   * The customer, as the sub-merchant's appid knows them.
   * At most 128 characters.
   */
  sub_openid?: string | null | undefined
  /**
   * Where WeChat posts the notification: reachable from outside, without a query.
   * At most 256 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /**
   * The merchant's product number. NATIVE needs it.
   * At most 32 characters.
   */
  product_id?: string | null | undefined
  /**
   * Where it is sold, as JSON. MWEB needs its `h5_info`.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  scene_info?: string | object | null | undefined
  /**
   * The terminal's number; `WEB` for pages.
   * At most 32 characters.
   */
  device_info?: string | null | undefined
  /**
   * When the order closes by itself, Beijing time, at least one minute from now. Seven days when left out.
   * A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.
   */
  time_expire?: Date | string | null | undefined
  /**
   * Real-name payment: type of the identity document.
   * At most 32 characters.
   */
  user_type?: string | null | undefined
  /**
   * Identity-bound payment: the document's number.
   * At most 64 characters.
   */
  user_creid?: string | null | undefined
  /**
   * Identity-bound payment: the name.
   * At most 64 characters.
   */
  user_truename?: string | null | undefined
  /**
   * Returned unchanged by queries, notifications and bills.
   * At most 127 characters.
   */
  attach?: string | null | undefined
  /**
   * The goods, as JSON, for single-item promotions.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 6000 characters.
   */
  detail?: string | object | null | undefined
  /**
   * The currency, ISO 4217. The client's own setting when left out; another one is refused.
   * At most 16 characters.
   */
  fee_type?: string | null | undefined
  /**
   * When the order was made, Beijing time.
   * A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.
   */
  time_start?: Date | string | null | undefined
  /**
   * The promotion's tag.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /**
   * `no_credit` keeps credit cards out.
   * At most 32 characters.
   */
  limit_pay?: 'no_credit' | null | undefined
  /**
   * `Y` shows an entry for an electronic invoice.
   * At most 8 characters.
   */
  receipt?: 'Y' | 'N' | null | undefined
  /**
   * `Y` freezes the money for profit sharing.
   * At most 16 characters.
   */
  profit_sharing?: 'Y' | 'N' | null | undefined
  /**
   * `1.0` asks for `promotion_detail`.
   * At most 32 characters.
   */
  version?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `unifiedorder` takes when `trade_type` is JSAPI, or left out. */
export type UnifiedorderJsapiRequest = UnifiedorderFields & { trade_type?: 'JSAPI' | null | undefined } & ({ openid: string } | { sub_openid: string })

/** What `unifiedorder` takes when `trade_type` is NATIVE. */
export type UnifiedorderNativeRequest = UnifiedorderFields & { trade_type: 'NATIVE' } & { product_id: string }

/** What `unifiedorder` takes when `trade_type` is MWEB. */
export type UnifiedorderMwebRequest = UnifiedorderFields & { trade_type: 'MWEB' } & { scene_info: string | object }

/** What `unifiedorder` takes when `trade_type` is APP. */
export type UnifiedorderAppRequest = UnifiedorderFields & { trade_type: 'APP' }

/** What `unifiedorder` takes. */
export type UnifiedorderRequest = UnifiedorderJsapiRequest | UnifiedorderNativeRequest | UnifiedorderMwebRequest | UnifiedorderAppRequest

/**
 * The fields of `orderquery`.
 * `transaction_id` or `out_trade_no` must be there.
 */
export interface OrderqueryFields {
  /**
   * `1.0` asks for `promotion_detail`.
   * At most 32 characters.
   */
  version?: string | null | undefined
  /**
   * WeChat's number of the payment. It wins over `out_trade_no`.
   * At most 32 characters.
   */
  transaction_id?: string | null | undefined
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `orderquery` takes. */
export type OrderqueryRequest = OrderqueryFields & ({ transaction_id: string } | { out_trade_no: string })

/** The fields of `closeorder`. */
export interface CloseorderRequest {
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no: string
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/**
 * The fields of `refund`.
 * `transaction_id` or `out_trade_no` must be there.
 */
export interface RefundFields {
  /**
   * The merchant's number of the refund, the same for every attempt at it.
   * At most 64 characters.
   */
  out_refund_no: string
  /**
   * The amount of the whole order, in fen.
   * An integer of fen, at least 1.
   */
  total_fee: number | bigint
  /**
   * Amount to refund, in fen; at most the amount not refunded yet.
   * An integer of fen, at least 1.
   */
  refund_fee: number | bigint
  /**
   * The currency of the order, ISO 4217. The client's own setting when left out; another one is refused.
   * At most 8 characters.
   */
  refund_fee_type?: string | null | undefined
  /**
   * Reason; shown to the customer for a partial refund above ¥1.
   * At most 80 characters.
   */
  refund_desc?: string | null | undefined
  /**
   * Which funds pay. `REFUND_SOURCE_UNSETTLED_FUNDS` when left out.
   * At most 30 characters.
   */
  refund_account?: 'REFUND_SOURCE_UNSETTLED_FUNDS' | 'REFUND_SOURCE_RECHARGE_FUNDS' | null | undefined
  /**
   * Where WeChat posts the refund's notification: reachable from outside, without a query.
   * At most 256 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /**
   * Operator ID (legacy). Defaults to `mch_id`.
   * At most 32 characters.
   */
  op_user_id?: string | null | undefined
  /**
   * The terminal's number.
   * At most 32 characters.
   */
  device_info?: string | null | undefined
  /**
   * WeChat's number of the payment. It wins over `out_trade_no`.
   * At most 32 characters.
   */
  transaction_id?: string | null | undefined
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `refund` takes. */
export type RefundRequest = RefundFields & ({ transaction_id: string } | { out_trade_no: string })

/**
 * The fields of `refundquery`.
 * `refund_id` or `out_refund_no` or `transaction_id` or `out_trade_no` must be there.
 */
export interface RefundqueryFields {
  /**
   * WeChat's number of the refund. It wins over the other numbers.
   * At most 32 characters.
   */
  refund_id?: string | null | undefined
  /**
   * The merchant's number of the refund. It wins over the order's numbers.
   * At most 64 characters.
   */
  out_refund_no?: string | null | undefined
  /**
   * How many refunds to skip.
   * An integer.
   */
  offset?: number | bigint | null | undefined
  /**
   * WeChat's number of the payment. It wins over `out_trade_no`.
   * At most 32 characters.
   */
  transaction_id?: string | null | undefined
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `refundquery` takes. */
export type RefundqueryRequest = RefundqueryFields & ({ refund_id: string } | { out_refund_no: string } | { transaction_id: string } | { out_trade_no: string })

/** The fields of `downloadbill`. */
export interface DownloadbillRequest {
  /**
   * The day, in Beijing.
   * `yyyy-MM-dd`, `yyyyMMdd`, or a `Date`, whose day in Beijing is taken.
   */
  bill_date: Date | string
  /**
   * Which rows.
   * At most 32 characters.
   * `ALL` when left out.
   */
  bill_type?: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND' | null | undefined
  /**
   * `GZIP` to download it packed, which is faster. It is read the same.
   * At most 8 characters.
   */
  tar_type?: 'GZIP' | null | undefined
  /**
   * The terminal's number, in old requests.
   * At most 32 characters.
   */
  device_info?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** The fields of `downloadfundflow`. */
export interface DownloadfundflowRequest {
  /**
   * The day, in Beijing.
   * `yyyy-MM-dd`, `yyyyMMdd`, or a `Date`, whose day in Beijing is taken.
   */
  bill_date: Date | string
  /**
   * Which account.
   * At most 32 characters.
   * `Basic` when left out.
   */
  account_type?: 'Basic' | 'Operation' | 'Fees' | null | undefined
  /**
   * `GZIP` to download it packed, which is faster. It is read the same.
   * At most 8 characters.
   */
  tar_type?: 'GZIP' | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** The fields of `batchquerycomment`. */
export interface BatchquerycommentRequest {
  /**
   * From when on.
   * A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.
   */
  begin_time: Date | string
  /**
   * Until when.
   * A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.
   */
  end_time: Date | string
  /**
   * Where to go on: 0 at first, then the `offset` of the reply before. Offsets have gaps.
   * An integer.
   * `0` when left out.
   */
  offset?: number | bigint | null | undefined
  /**
   * How many, 200 at most.
   * An integer.
   */
  limit?: number | bigint | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** The fields of `micropay`. */
export interface MicropayRequest {
  /** The payment code that was scanned: 18 digits that begin with 10 to 15. It works once, for about a minute. */
  auth_code: string
  /**
   * Description of the goods, shown to the customer.
   * At most 128 characters.
   */
  body: string
  /**
   * Merchant order number, unique within the merchant. Another try with another code needs another number.
   * At most 32 characters.
   */
  out_trade_no: string
  /**
   * The amount in fen.
   * An integer of fen, at least 1.
   */
  total_fee: number | bigint
  /**
   * The IP address of the till.
   * At most 64 characters.
   */
  spbill_create_ip: string
  /**
   * Where it is sold, as JSON: `store_info`.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  scene_info?: string | object | null | undefined
  /**
   * The terminal's number.
   * At most 32 characters.
   */
  device_info?: string | null | undefined
  /**
   * Until when the customer may confirm, Beijing time, at least one minute from now.
   * A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.
   */
  time_expire?: Date | string | null | undefined
  /**
   * `Y` for a deposit.
   * At most 1 characters.
   */
  deposit?: 'Y' | 'N' | null | undefined
  /**
   * Returned unchanged by queries, notifications and bills.
   * At most 127 characters.
   */
  attach?: string | null | undefined
  /**
   * The goods, as JSON, for single-item promotions.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 6000 characters.
   */
  detail?: string | object | null | undefined
  /**
   * The currency, ISO 4217. The client's own setting when left out; another one is refused.
   * At most 16 characters.
   */
  fee_type?: string | null | undefined
  /**
   * When the order was made, Beijing time.
   * A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.
   */
  time_start?: Date | string | null | undefined
  /**
   * The promotion's tag.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /**
   * `no_credit` keeps credit cards out.
   * At most 32 characters.
   */
  limit_pay?: 'no_credit' | null | undefined
  /**
   * `Y` shows an entry for an electronic invoice.
   * At most 8 characters.
   */
  receipt?: 'Y' | 'N' | null | undefined
  /**
   * `Y` freezes the money for profit sharing.
   * At most 16 characters.
   */
  profit_sharing?: 'Y' | 'N' | null | undefined
  /**
   * `1.0` asks for `promotion_detail`.
   * At most 32 characters.
   */
  version?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/**
 * The fields of `reverse`.
 * `transaction_id` or `out_trade_no` must be there.
 */
export interface ReverseFields {
  /**
   * WeChat's number of the payment. It wins over `out_trade_no`.
   * At most 32 characters.
   */
  transaction_id?: string | null | undefined
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `reverse` takes. */
export type ReverseRequest = ReverseFields & ({ transaction_id: string } | { out_trade_no: string })

/** The fields of `authcodetoopenid`. */
export interface AuthcodetoopenidRequest {
  /** The payment code that was scanned: 18 digits that begin with 10 to 15. */
  auth_code: string
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** The fields of `shorturl`. */
export interface ShorturlRequest {
  /**
   * The text of a permanent code, `weixin://wxpay/bizpayurl?…`, as it is: the client encodes it.
   * At most 512 characters.
   */
  long_url: string
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/**
 * The fields of `report`.
 * `execute_time_` or `trades` must be there.
 * `return_code` must be there when `execute_time_` is.
 * `result_code` must be there when `execute_time_` is.
 */
export interface ReportFields {
  /**
   * The address of the call that is reported; `https://api.mch.weixin.qq.com/pay/batchreport/micropay/total` for `trades`.
   * At most 127 characters.
   */
  interface_url: string
  /**
   * The IP address of the till or the server.
   * At most 64 characters.
   */
  user_ip: string
  /**
   * How long the call took, in milliseconds. WeChat's name ends with `_`.
   * An integer.
   */
  execute_time_?: number | bigint | null | undefined
  /**
   * The call's `return_code`.
   * At most 16 characters.
   */
  return_code?: string | null | undefined
  /**
   * The call's `return_msg`.
   * At most 128 characters.
   */
  return_msg?: string | null | undefined
  /**
   * The call's `result_code`.
   * At most 16 characters.
   */
  result_code?: string | null | undefined
  /**
   * The call's `err_code`.
   * At most 32 characters.
   */
  err_code?: string | null | undefined
  /**
   * The call's `err_code_des`.
   * At most 128 characters.
   */
  err_code_des?: string | null | undefined
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no?: string | null | undefined
  /**
   * The terminal's number.
   * At most 32 characters.
   */
  device_info?: string | null | undefined
  /**
   * When it was reported, Beijing time.
   * A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.
   */
  time?: Date | string | null | undefined
  /**
   * The till's payments, as a JSON list: `out_trade_no`, `begin_time`, `end_time`, `state` (`OK`, `FAIL`, `CANCLE`), `err_msg`.
   * An object or a list is written as JSON; a string is sent as it is.
   */
  trades?: string | object | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
  /**
   * Service providers: the sub-merchant. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mch_id?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `report` takes. */
export type ReportRequest = ReportFields & ({ execute_time_: number | bigint } | { trades: string | object })

/** The fields of `getsignkey`. */
export interface GetsignkeyRequest {
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/**
 * The fields of `sendworkwxredpack`.
 * Exactly one of `sender_name` or `agentid` must be there.
 */
export interface SendworkwxredpackFields {
  /**
   * The merchant's number of the red packet, the same for every attempt at it.
   * At most 28 characters.
   */
  mch_billno: string
  /**
   * Who receives it: an openid of the corpid, from `pay.wecom.convert_to_openid`.
   * At most 32 characters.
   */
  re_openid: string
  /**
   * The amount in fen; from ¥1 to ¥200 unless `scene_id` allows another.
   * An integer of fen, at least 1.
   */
  total_amount: number | bigint
  /**
   * The wish that the receiver reads.
   * At most 128 characters.
   */
  wishing: string
  /**
   * The name of the activity.
   * At most 32 characters.
   */
  act_name: string
  /**
   * A remark.
   * At most 256 characters.
   */
  remark: string
  /**
   * The sender's name, where a person sends it.
   * At most 128 characters.
   */
  sender_name?: string | null | undefined
  /**
   * The agentid of the application, where an application sends it.
   * An integer.
   */
  agentid?: number | bigint | null | undefined
  /**
   * The sender's picture: an id of WeCom's media.
   * At most 128 characters.
   */
  sender_header_media_id?: string | null | undefined
  /**
   * The occasion.
   * At most 32 characters.
   */
  scene_id?: 'PRODUCT_1' | 'PRODUCT_2' | 'PRODUCT_3' | 'PRODUCT_4' | 'PRODUCT_5' | 'PRODUCT_6' | 'PRODUCT_7' | 'PRODUCT_8' | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `sendworkwxredpack` takes. */
export type SendworkwxredpackRequest = SendworkwxredpackFields & ({ sender_name: string } & { agentid?: null | undefined } | { agentid: number | bigint } & { sender_name?: null | undefined })

/** The fields of `queryworkwxredpack`. */
export interface QueryworkwxredpackRequest {
  /**
   * The merchant's number of the red packet.
   * At most 28 characters.
   */
  mch_billno: string
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/**
 * The fields of `paywwsptrans2pocket`.
 * `re_user_name` must be there when `check_name` is FORCE_CHECK.
 * `approval_number` must be there when `ww_msg_type` is APPROVAL_MSG.
 * `approval_type` must be there when `ww_msg_type` is APPROVAL_MSG.
 */
export interface Paywwsptrans2pocketFields {
  /**
   * The merchant's number of the payment, the same for every attempt at it.
   * At most 32 characters.
   */
  partner_trade_no: string
  /**
   * The member: an openid of the corpid, from `pay.wecom.convert_to_openid`.
   * At most 64 characters.
   */
  openid: string
  /**
   * Whether WeChat compares the member's name.
   * At most 16 characters.
   */
  check_name: 'NO_CHECK' | 'FORCE_CHECK'
  /**
   * The member's real name, where `check_name` is `FORCE_CHECK`.
   * At most 64 characters.
   */
  re_user_name?: string | null | undefined
  /**
   * The amount in fen.
   * An integer of fen, at least 1.
   */
  amount: number | bigint
  /**
   * What it is for; the member reads it.
   * At most 81 characters.
   */
  desc: string
  /**
   * The IP address of the server.
   * At most 32 characters.
   */
  spbill_create_ip: string
  /**
   * What the member reads.
   * At most 32 characters.
   */
  ww_msg_type: 'NORMAL_MSG' | 'APPROVAL_MSG'
  /**
   * The number of the approval, where `ww_msg_type` is `APPROVAL_MSG`.
   * At most 128 characters.
   */
  approval_number?: string | null | undefined
  /**
   * The kind of the approval, where `ww_msg_type` is `APPROVAL_MSG`: 1.
   * An integer.
   */
  approval_type?: number | bigint | null | undefined
  /**
   * The name of the item; the member reads it.
   * At most 50 characters.
   */
  act_name: string
  /**
   * The agentid of the application that pays.
   * An integer.
   */
  agentid?: number | bigint | null | undefined
  /**
   * The terminal's number.
   * At most 32 characters.
   */
  device_info?: string | null | undefined
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** What `paywwsptrans2pocket` takes when `check_name` is FORCE_CHECK. */
export type Paywwsptrans2pocketForceCheckRequest = Paywwsptrans2pocketFields & { check_name: 'FORCE_CHECK' } & { re_user_name: string }

/** What `paywwsptrans2pocket` takes when `check_name` is NO_CHECK. */
export type Paywwsptrans2pocketNoCheckRequest = Paywwsptrans2pocketFields & { check_name: 'NO_CHECK' }

/** What `paywwsptrans2pocket` takes. */
export type Paywwsptrans2pocketRequest = Paywwsptrans2pocketForceCheckRequest | Paywwsptrans2pocketNoCheckRequest

/** The fields of `querywwsptrans2pocket`. */
export interface Querywwsptrans2pocketRequest {
  /**
   * The merchant's number of the payment.
   * At most 32 characters.
   */
  partner_trade_no: string
  /**
   * A random text; generated when left out.
   * At most 32 characters.
   */
  nonce_str?: string | null | undefined
}

/** The fields of `v3.jsapi`. */
export interface V3JsapiRequest {
  /** The customer. */
  payer: V3Payer
  /** Where it is sold. */
  scene_info?: V3SceneInfo | null | undefined
  /**
   * Description of the goods, shown to the customer.
   * At most 127 characters.
   */
  description: string
  /**
   * Merchant order number, 6 to 32 characters, unique within the merchant.
   * 6 to 32 characters.
   */
  out_trade_no: string
  /**
   * When the order can no longer be paid, at least one minute from now. Seven days when left out.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * Data of yours: it comes back in the query, the notification and the bill.
   * At most 128 bytes.
   */
  attach?: string | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /**
   * A tag for coupons.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /** Whether to show the entry for an electronic invoice. */
  support_fapiao?: boolean | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /** The amount of the order. */
  amount: V3OrderAmount
  /**
   * The goods.
   * At most 6144 bytes.
   */
  detail?: V3OrderDetail | null | undefined
  /** Whether the money stays frozen for profit sharing. */
  settle_info?: V3SettleInfo | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** The fields of `v3.native`. */
export interface V3NativeRequest {
  /** Where it is sold. */
  scene_info?: V3SceneInfo | null | undefined
  /**
   * Description of the goods, shown to the customer.
   * At most 127 characters.
   */
  description: string
  /**
   * Merchant order number, 6 to 32 characters, unique within the merchant.
   * 6 to 32 characters.
   */
  out_trade_no: string
  /**
   * When the order can no longer be paid, at least one minute from now. Seven days when left out.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * Data of yours: it comes back in the query, the notification and the bill.
   * At most 128 bytes.
   */
  attach?: string | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /**
   * A tag for coupons.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /** Whether to show the entry for an electronic invoice. */
  support_fapiao?: boolean | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /** The amount of the order. */
  amount: V3OrderAmount
  /**
   * The goods.
   * At most 6144 bytes.
   */
  detail?: V3OrderDetail | null | undefined
  /** Whether the money stays frozen for profit sharing. */
  settle_info?: V3SettleInfo | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** The fields of `v3.h5`. */
export interface V3H5Request {
  /** Where it is sold: the customer's IP address, and the site. */
  scene_info: V3H5SceneInfo
  /**
   * Description of the goods, shown to the customer.
   * At most 127 characters.
   */
  description: string
  /**
   * Merchant order number, 6 to 32 characters, unique within the merchant.
   * 6 to 32 characters.
   */
  out_trade_no: string
  /**
   * When the order can no longer be paid, at least one minute from now. Seven days when left out.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * Data of yours: it comes back in the query, the notification and the bill.
   * At most 128 bytes.
   */
  attach?: string | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /**
   * A tag for coupons.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /** Whether to show the entry for an electronic invoice. */
  support_fapiao?: boolean | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /** The amount of the order. */
  amount: V3OrderAmount
  /**
   * The goods.
   * At most 6144 bytes.
   */
  detail?: V3OrderDetail | null | undefined
  /** Whether the money stays frozen for profit sharing. */
  settle_info?: V3SettleInfo | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** The fields of `v3.app`. */
export interface V3AppRequest {
  /** Where it is sold. */
  scene_info?: V3SceneInfo | null | undefined
  /**
   * Description of the goods, shown to the customer.
   * At most 127 characters.
   */
  description: string
  /**
   * Merchant order number, 6 to 32 characters, unique within the merchant.
   * 6 to 32 characters.
   */
  out_trade_no: string
  /**
   * When the order can no longer be paid, at least one minute from now. Seven days when left out.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * Data of yours: it comes back in the query, the notification and the bill.
   * At most 128 bytes.
   */
  attach?: string | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /**
   * A tag for coupons.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /** Whether to show the entry for an electronic invoice. */
  support_fapiao?: boolean | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /** The amount of the order. */
  amount: V3OrderAmount
  /**
   * The goods.
   * At most 6144 bytes.
   */
  detail?: V3OrderDetail | null | undefined
  /** Whether the money stays frozen for profit sharing. */
  settle_info?: V3SettleInfo | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/**
 * The fields of `v3.query`.
 * `transaction_id` or `out_trade_no` must be there.
 */
export interface V3QueryFields {
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no?: string | null | undefined
  /**
   * WeChat's number of the payment. It wins over `out_trade_no`.
   * At most 32 characters.
   */
  transaction_id?: string | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** What `v3.query` takes. */
export type V3QueryRequest = V3QueryFields & ({ transaction_id: string } | { out_trade_no: string })

/** The fields of `v3.close`. */
export interface V3CloseRequest {
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** The fields of `v3.codepay`. */
export interface V3CodepayRequest {
  /**
   * Description of the goods, shown to the customer.
   * At most 127 characters.
   */
  description: string
  /**
   * Merchant order number, 6 to 32 characters, unique within the merchant. Another try with another code needs another number.
   * At most 32 characters.
   */
  out_trade_no: string
  /** The customer's payment code. */
  payer: V3CodePayer
  /** The amount of the order. */
  amount: V3OrderAmount
  /** Where it is sold. */
  scene_info: V3CodeSceneInfo
  /**
   * Data of yours: it comes back in the query and the bill.
   * At most 128 bytes.
   */
  attach?: string | null | undefined
  /**
   * A tag for coupons.
   * At most 32 characters.
   */
  goods_tag?: string | null | undefined
  /** Whether to show the entry for an electronic invoice. */
  support_fapiao?: boolean | null | undefined
  /** The goods. */
  detail?: V3OrderDetail | null | undefined
  /** Whether the money stays frozen for profit sharing. */
  settle_info?: V3SettleInfo | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** The fields of `v3.reverse`. */
export interface V3ReverseRequest {
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/**
 * The fields of `v3.combine_jsapi`.
 * Without `sub_orders.sub_mchid`, `sub_orders` has 2 to 10 items.
 * `sub_orders.settle_info.subsidy_amount` is at most 500000 fen.
 */
export interface V3CombineJsapiRequest {
  /** The customer. */
  combine_payer_info: V3CombinePayer
  /** Where it is sold. */
  scene_info?: V3CombineSceneInfo | null | undefined
  /**
   * The merchant's number of the combined order, 6 to 32 characters.
   * 6 to 32 characters.
   */
  combine_out_trade_no: string
  /**
   * The parts: 2 to 10, for service providers and platforms up to 50.
   * 1 to 50 items.
   */
  sub_orders: readonly V3CombineItem[]
  /**
   * When the order was made.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_start?: Date | string | null | undefined
  /**
   * When the order can no longer be paid.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
}

/**
 * The fields of `v3.combine_native`.
 * Without `sub_orders.sub_mchid`, `sub_orders` has 2 to 10 items.
 * `sub_orders.settle_info.subsidy_amount` is at most 500000 fen.
 */
export interface V3CombineNativeRequest {
  /** Where it is sold. */
  scene_info?: V3CombineSceneInfo | null | undefined
  /**
   * The merchant's number of the combined order, 6 to 32 characters.
   * 6 to 32 characters.
   */
  combine_out_trade_no: string
  /**
   * The parts: 2 to 10, for service providers and platforms up to 50.
   * 1 to 50 items.
   */
  sub_orders: readonly V3CombineItem[]
  /**
   * When the order was made.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_start?: Date | string | null | undefined
  /**
   * When the order can no longer be paid.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
}

/**
 * The fields of `v3.combine_h5`.
 * Without `sub_orders.sub_mchid`, `sub_orders` has 2 to 10 items.
 * `sub_orders.settle_info.subsidy_amount` is at most 500000 fen.
 */
export interface V3CombineH5Request {
  /** Where it is sold: the customer's IP address, and the site. */
  scene_info: V3CombineH5SceneInfo
  /**
   * The merchant's number of the combined order, 6 to 32 characters.
   * 6 to 32 characters.
   */
  combine_out_trade_no: string
  /**
   * The parts: 2 to 10, for service providers and platforms up to 50.
   * 1 to 50 items.
   */
  sub_orders: readonly V3CombineItem[]
  /**
   * When the order was made.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_start?: Date | string | null | undefined
  /**
   * When the order can no longer be paid.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
}

/**
 * The fields of `v3.combine_app`.
 * Without `sub_orders.sub_mchid`, `sub_orders` has 2 to 10 items.
 * `sub_orders.settle_info.subsidy_amount` is at most 500000 fen.
 */
export interface V3CombineAppRequest {
  /** Where it is sold. */
  scene_info?: V3CombineSceneInfo | null | undefined
  /**
   * The merchant's number of the combined order, 6 to 32 characters.
   * 6 to 32 characters.
   */
  combine_out_trade_no: string
  /**
   * The parts: 2 to 10, for service providers and platforms up to 50.
   * 1 to 50 items.
   */
  sub_orders: readonly V3CombineItem[]
  /**
   * When the order was made.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_start?: Date | string | null | undefined
  /**
   * When the order can no longer be paid.
   * A `Date`, or a text as `2018-06-08T10:34:56+08:00`.
   */
  time_expire?: Date | string | null | undefined
  /**
   * How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
   * An object or a list is written as JSON; a string is sent as it is.
   * At most 256 characters.
   */
  limit_pay?: string | object | null | undefined
  /**
   * Where WeChat posts the notification: https, reachable from outside, without a query.
   * At most 255 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
}

/** The fields of `v3.combine_query`. */
export interface V3CombineQueryRequest {
  /**
   * The merchant's number of the combined order.
   * At most 32 characters.
   */
  combine_out_trade_no: string
}

/** The fields of `v3.combine_close`. */
export interface V3CombineCloseRequest {
  /**
   * The merchant's number of the combined order.
   * At most 32 characters.
   */
  combine_out_trade_no: string
  /**
   * All its parts, as they were ordered.
   * 1 to 50 items.
   */
  sub_orders: readonly V3CombineCloseItem[]
}

/**
 * The fields of `v3.refund`.
 * Exactly one of `transaction_id` or `out_trade_no` must be there.
 */
export interface V3RefundFields {
  /**
   * The merchant's number of the order.
   * At most 32 characters.
   */
  out_trade_no?: string | null | undefined
  /**
   * WeChat's number of the payment, instead of `out_trade_no`.
   * At most 32 characters.
   */
  transaction_id?: string | null | undefined
  /**
   * The merchant's number of the refund, the same for every attempt at it.
   * At most 64 characters.
   */
  out_refund_no: string
  /**
   * Reason; shown to the customer for a partial refund above ¥1.
   * At most 80 bytes.
   */
  reason?: string | null | undefined
  /**
   * Where WeChat posts the refund's notification: https, reachable from outside, without a query.
   * At most 256 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /**
   * Which funds pay.
   * At most 32 characters.
   */
  funds_account?: 'AVAILABLE' | 'UNSETTLED' | null | undefined
  /** What is refunded, and what the order cost. */
  amount: V3RefundAmount
  /** The goods that come back. */
  goods_detail?: readonly V3RefundGoods[] | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** What `v3.refund` takes. */
export type V3RefundRequest = V3RefundFields & ({ transaction_id: string } & { out_trade_no?: null | undefined } | { out_trade_no: string } & { transaction_id?: null | undefined })

/** The fields of `v3.refund_query`. */
export interface V3RefundQueryRequest {
  /**
   * The merchant's number of the refund.
   * At most 64 characters.
   */
  out_refund_no: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/**
 * The fields of `v3.apply_abnormal_refund`.
 * `bank_type` must be there when `type` is USER_BANK_CARD.
 * `bank_account` must be there when `type` is USER_BANK_CARD.
 * `real_name` must be there when `type` is USER_BANK_CARD.
 */
export interface V3ApplyAbnormalRefundFields {
  /**
   * WeChat's number of the refund.
   * At most 32 characters.
   */
  refund_id: string
  /**
   * The merchant's number of the refund.
   * At most 64 characters.
   */
  out_refund_no: string
  /**
   * Who receives the money.
   * At most 32 characters.
   */
  type: 'USER_BANK_CARD' | 'MERCHANT_BANK_CARD'
  /**
   * The bank of the customer's card, such as `ICBC_DEBIT`. WeChat takes debit cards of 15 banks.
   * At most 16 characters.
   */
  bank_type?: string | null | undefined
  /** The number of the customer's card. The client encrypts it. */
  bank_account?: string | null | undefined
  /** The name of the customer. The client encrypts it. */
  real_name?: string | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** What `v3.apply_abnormal_refund` takes when `type` is USER_BANK_CARD. */
export type V3ApplyAbnormalRefundUserBankCardRequest = V3ApplyAbnormalRefundFields & { type: 'USER_BANK_CARD' } & { bank_type: string } & { bank_account: string } & { real_name: string }

/** What `v3.apply_abnormal_refund` takes when `type` is MERCHANT_BANK_CARD. */
export type V3ApplyAbnormalRefundMerchantBankCardRequest = V3ApplyAbnormalRefundFields & { type: 'MERCHANT_BANK_CARD' }

/** What `v3.apply_abnormal_refund` takes. */
export type V3ApplyAbnormalRefundRequest = V3ApplyAbnormalRefundUserBankCardRequest | V3ApplyAbnormalRefundMerchantBankCardRequest

/**
 * The fields of `v3.transfer`.
 * With `transfer_amount` of 200000 fen or more, `user_name` is needed.
 * With `transfer_amount` below 30 fen, `user_name` must be left out.
 * With `user_recv_style.type` RED_PACKET, `transfer_amount` is at most 20000 fen.
 */
export interface V3TransferRequest {
  /**
   * The merchant's number of the transfer, the same for every attempt at it: digits and letters.
   * At most 32 characters.
   */
  out_bill_no: string
  /**
   * The scene (转账场景), opened at pay.weixin.qq.com, such as `1000` for promotions or `1005` for commissions.
   * At most 36 characters.
   */
  transfer_scene_id: string
  /**
   * The customer's openid under the client's appid.
   * At most 64 characters.
   */
  openid: string
  /** The customer's real name, from ¥2000 on required and below ¥0.30 not allowed. WeChat compares it. The client encrypts it. */
  user_name?: string | null | undefined
  /**
   * The amount in fen.
   * An integer of fen, at least 1.
   */
  transfer_amount: number | bigint
  /**
   * A remark, shown to the customer.
   * At most 32 characters.
   */
  transfer_remark: string
  /**
   * Where WeChat posts the transfer's notification: https, reachable from outside, without a query.
   * At most 256 characters.
   * The client's own when left out.
   */
  notify_url?: string | null | undefined
  /** What the customer sees as the reason: one of the scene's texts. */
  user_recv_perception?: string | null | undefined
  /** What the transfer is for. Each scene has its own `info_type`s. */
  transfer_scene_report_infos: readonly V3TransferReportInfo[]
  /** How the customer sees it. */
  user_recv_style?: V3TransferStyle | null | undefined
}

/**
 * The fields of `v3.transfer_query`.
 * `transfer_bill_no` or `out_bill_no` must be there.
 */
export interface V3TransferQueryFields {
  /**
   * The merchant's number of the transfer.
   * At most 32 characters.
   */
  out_bill_no?: string | null | undefined
  /**
   * WeChat's number of the transfer. It wins over `out_bill_no`.
   * At most 64 characters.
   */
  transfer_bill_no?: string | null | undefined
}

/** What `v3.transfer_query` takes. */
export type V3TransferQueryRequest = V3TransferQueryFields & ({ transfer_bill_no: string } | { out_bill_no: string })

/** The fields of `v3.transfer_cancel`. */
export interface V3TransferCancelRequest {
  /**
   * The merchant's number of the transfer.
   * At most 32 characters.
   */
  out_bill_no: string
}

/**
 * The fields of `v3.transfer_receipt`.
 * Exactly one of `out_bill_no` or `transfer_bill_no` must be there.
 */
export interface V3TransferReceiptFields {
  /**
   * The merchant's number of the transfer.
   * At most 32 characters.
   */
  out_bill_no?: string | null | undefined
  /**
   * WeChat's number of the transfer, instead of `out_bill_no`.
   * At most 64 characters.
   */
  transfer_bill_no?: string | null | undefined
}

/** What `v3.transfer_receipt` takes. */
export type V3TransferReceiptRequest = V3TransferReceiptFields & ({ out_bill_no: string } & { transfer_bill_no?: null | undefined } | { transfer_bill_no: string } & { out_bill_no?: null | undefined })

/**
 * The fields of `v3.transfer_receipt_query`.
 * Exactly one of `out_bill_no` or `transfer_bill_no` must be there.
 */
export interface V3TransferReceiptQueryFields {
  /**
   * The merchant's number of the transfer.
   * At most 32 characters.
   */
  out_bill_no?: string | null | undefined
  /**
   * WeChat's number of the transfer, instead of `out_bill_no`.
   * At most 64 characters.
   */
  transfer_bill_no?: string | null | undefined
}

/** What `v3.transfer_receipt_query` takes. */
export type V3TransferReceiptQueryRequest = V3TransferReceiptQueryFields & ({ out_bill_no: string } & { transfer_bill_no?: null | undefined } | { transfer_bill_no: string } & { out_bill_no?: null | undefined })

/** The fields of `v3.profitsharing_order`. */
export interface V3ProfitsharingOrderRequest {
  /**
   * WeChat's number of the payment.
   * At most 32 characters.
   */
  transaction_id: string
  /**
   * The merchant's number of the sharing, the same for every attempt at it.
   * At most 64 characters.
   */
  out_order_no: string
  /**
   * Who receives how much.
   * At most 50 items.
   */
  receivers: readonly V3ProfitsharingReceiver[]
  /** Whether the rest is released to the merchant, after which the order cannot be shared again. */
  unfreeze_unsplit: boolean
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** The fields of `v3.profitsharing_order_query`. */
export interface V3ProfitsharingOrderQueryRequest {
  /**
   * The merchant's number of the sharing.
   * At most 64 characters.
   */
  out_order_no: string
  /**
   * WeChat's number of the payment.
   * At most 32 characters.
   */
  transaction_id: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/**
 * The fields of `v3.profitsharing_return`.
 * Exactly one of `order_id` or `out_order_no` must be there.
 */
export interface V3ProfitsharingReturnFields {
  /**
   * WeChat's number of the sharing. Give it or `out_order_no`, not both.
   * At most 64 characters.
   */
  order_id?: string | null | undefined
  /**
   * The merchant's number of the sharing.
   * At most 64 characters.
   */
  out_order_no?: string | null | undefined
  /**
   * The merchant's number of the return, the same for every attempt at it.
   * At most 64 characters.
   */
  out_return_no: string
  /**
   * The number of the merchant that gives it back.
   * At most 32 characters.
   */
  return_mchid: string
  /**
   * The amount in fen.
   * An integer of fen, at least 1.
   */
  amount: number | bigint
  /**
   * The reason.
   * At most 80 characters.
   */
  description: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** What `v3.profitsharing_return` takes. */
export type V3ProfitsharingReturnRequest = V3ProfitsharingReturnFields & ({ order_id: string } & { out_order_no?: null | undefined } | { out_order_no: string } & { order_id?: null | undefined })

/** The fields of `v3.profitsharing_return_query`. */
export interface V3ProfitsharingReturnQueryRequest {
  /**
   * The merchant's number of the return.
   * At most 64 characters.
   */
  out_return_no: string
  /**
   * The merchant's number of the sharing.
   * At most 64 characters.
   */
  out_order_no: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** The fields of `v3.profitsharing_unfreeze`. */
export interface V3ProfitsharingUnfreezeRequest {
  /**
   * WeChat's number of the payment.
   * At most 32 characters.
   */
  transaction_id: string
  /**
   * A new number of the merchant's: not that of a sharing before.
   * At most 64 characters.
   */
  out_order_no: string
  /**
   * The reason.
   * At most 80 characters.
   */
  description: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** The fields of `v3.profitsharing_amounts`. */
export interface V3ProfitsharingAmountsRequest {
  /**
   * WeChat's number of the payment.
   * At most 32 characters.
   */
  transaction_id: string
}

/** The fields of `v3.profitsharing_config`. */
export interface V3ProfitsharingConfigRequest {
  /**
   * The sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/**
 * The fields of `v3.profitsharing_add_receiver`.
 * `custom_relation` must be there when `relation_type` is CUSTOM.
 */
export interface V3ProfitsharingAddReceiverFields {
  /**
   * The full name of a merchant, required with `MERCHANT_ID`; or the name of a person, which WeChat compares. The client encrypts
   * it.
   */
  name?: string | null | undefined
  /**
   * What the receiver is to the merchant. Only service providers send `SERVICE_PROVIDER`.
   * At most 32 characters.
   */
  relation_type: 'STORE' | 'STAFF' | 'STORE_OWNER' | 'PARTNER' | 'HEADQUARTER' | 'BRAND' | 'DISTRIBUTOR' | 'USER' | 'SUPPLIER' | 'SERVICE_PROVIDER' | 'CUSTOM'
  /**
   * With `CUSTOM`: what the receiver is.
   * At most 10 characters.
   */
  custom_relation?: string | null | undefined
  /**
   * What the receiver is.
   * At most 32 characters.
   */
  type: 'MERCHANT_ID' | 'PERSONAL_OPENID' | 'PERSONAL_SUB_OPENID'
  /**
   * A merchant's number, or a person's openid.
   * At most 64 characters.
   */
  account: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** What `v3.profitsharing_add_receiver` takes when `relation_type` is CUSTOM. */
export type V3ProfitsharingAddReceiverCustomRequest = V3ProfitsharingAddReceiverFields & { relation_type: 'CUSTOM' } & { custom_relation: string }

/** What `v3.profitsharing_add_receiver` takes when `relation_type` is another. */
export type V3ProfitsharingAddReceiverOtherRequest = V3ProfitsharingAddReceiverFields & { relation_type: 'STORE' | 'STAFF' | 'STORE_OWNER' | 'PARTNER' | 'HEADQUARTER' | 'BRAND' | 'DISTRIBUTOR' | 'USER' | 'SUPPLIER' | 'SERVICE_PROVIDER' }

/** What `v3.profitsharing_add_receiver` takes. */
export type V3ProfitsharingAddReceiverRequest = V3ProfitsharingAddReceiverCustomRequest | V3ProfitsharingAddReceiverOtherRequest

/** The fields of `v3.profitsharing_delete_receiver`. */
export interface V3ProfitsharingDeleteReceiverRequest {
  /**
   * What the receiver is.
   * At most 32 characters.
   */
  type: 'MERCHANT_ID' | 'PERSONAL_OPENID' | 'PERSONAL_SUB_OPENID'
  /**
   * A merchant's number, or a person's openid.
   * At most 64 characters.
   */
  account: string
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * Service providers: the sub-merchant's appid. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_appid?: string | null | undefined
}

/** The fields of `v3.tradebill`. */
export interface V3TradebillRequest {
  /**
   * The day, in Beijing.
   * `yyyy-MM-dd`, or a `Date`, whose day in Beijing is taken.
   */
  bill_date: Date | string
  /**
   * Which rows.
   * At most 32 characters.
   * `ALL` when left out.
   */
  bill_type?: 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND' | null | undefined
  /**
   * `GZIP` to download it packed, which is faster. It is read the same.
   * At most 8 characters.
   */
  tar_type?: 'GZIP' | null | undefined
  /**
   * Service providers: the sub-merchant's number. The client's own setting when left out.
   * At most 32 characters.
   */
  sub_mchid?: string | null | undefined
}

/** The fields of `v3.fundflowbill`. */
export interface V3FundflowbillRequest {
  /**
   * The day, in Beijing.
   * `yyyy-MM-dd`, or a `Date`, whose day in Beijing is taken.
   */
  bill_date: Date | string
  /**
   * Which account.
   * At most 32 characters.
   * `BASIC` when left out.
   */
  account_type?: 'BASIC' | 'OPERATION' | 'FEES' | null | undefined
  /**
   * `GZIP` to download it packed, which is faster. It is read the same.
   * At most 8 characters.
   */
  tar_type?: 'GZIP' | null | undefined
}

/** The fields of `v3.sub_merchant_fundflowbill`. */
export interface V3SubMerchantFundflowbillRequest {
  /**
   * The sub-merchant's number. The client's own setting when left out.
   * At most 12 characters.
   */
  sub_mchid?: string | null | undefined
  /**
   * The day, in Beijing.
   * `yyyy-MM-dd`, or a `Date`, whose day in Beijing is taken.
   */
  bill_date: Date | string
  /**
   * Which account.
   * At most 32 characters.
   * `BASIC` when left out.
   */
  account_type?: 'BASIC' | 'OPERATION' | 'FEES' | 'DEPOSIT' | null | undefined
  /**
   * How it is encrypted.
   * At most 32 characters.
   * `AEAD_AES_256_GCM` when left out.
   */
  algorithm?: 'AEAD_AES_256_GCM' | null | undefined
  /**
   * `GZIP` to download it packed, which is faster. It is read the same.
   * At most 8 characters.
   */
  tar_type?: 'GZIP' | null | undefined
}

/** The fields of `v3.ecommerce_fundflowbill`. */
export interface V3EcommerceFundflowbillRequest {
  /**
   * The day, in Beijing.
   * `yyyy-MM-dd`, or a `Date`, whose day in Beijing is taken.
   */
  bill_date: Date | string
  /**
   * `ALL`.
   * At most 32 characters.
   * `ALL` when left out.
   */
  account_type?: 'ALL' | null | undefined
  /**
   * How it is encrypted.
   * At most 32 characters.
   * `AEAD_AES_256_GCM` when left out.
   */
  algorithm?: 'AEAD_AES_256_GCM' | null | undefined
  /**
   * `GZIP` to download it packed, which is faster. It is read the same.
   * At most 8 characters.
   */
  tar_type?: 'GZIP' | null | undefined
}

/** What an order costs, and what was paid. */
export interface V3PaidAmount {
  /** The order's amount, in fen. */
  readonly total?: number
  /** What the customer paid, in fen. */
  readonly payer_total?: number
  /** The currency, ISO 4217. */
  readonly currency?: string
  /** The currency that the customer paid in. */
  readonly payer_currency?: string
}

/** Who paid an order. */
export interface V3OrderPayer {
  /** The customer's openid under the order's appid. */
  readonly openid?: string
  /** Service providers: the customer's openid under the provider's appid. */
  readonly sp_openid?: string
  /** Service providers: the customer's openid under the sub-merchant's appid. */
  readonly sub_openid?: string
}

/** Where an order was sold. */
export interface V3OrderScene {
  /** The number of the device, as sent. */
  readonly device_id?: string
}

/** Goods that a coupon was used for. */
export interface V3PromotionGoods {
  /** Your number of the goods. */
  readonly goods_id?: string
  /** How many. */
  readonly quantity?: number
  /** What one costs, in fen. */
  readonly unit_price?: number
  /** The discount, in fen. */
  readonly discount_amount?: number
  /** A remark. */
  readonly goods_remark?: string
}

/** A coupon that was used. */
export interface V3Promotion {
  /** The coupon's number. */
  readonly coupon_id?: string
  /** Its name. */
  readonly name?: string
  /** What it is good for. */
  readonly scope?: Open<'GLOBAL' | 'SINGLE'>
  /** `CASH` (recharged) or `NOCASH`. */
  readonly type?: string
  /** What it paid, in fen. */
  readonly amount?: number
  /** The number of the campaign. */
  readonly stock_id?: string
  /** WeChat's part, in fen. */
  readonly wechatpay_contribute?: number
  /** The merchant's part, in fen. */
  readonly merchant_contribute?: number
  /** The part of others, in fen. */
  readonly other_contribute?: number
  /** The currency. */
  readonly currency?: string
  /** The goods that it was used for. */
  readonly goods_detail?: readonly V3PromotionGoods[]
}

/** What a part of a combined order costs, and what was paid. */
export interface V3CombinePaidAmount {
  /** The part's amount, in fen. */
  readonly total_amount?: number
  /** What the customer paid, in fen. */
  readonly payer_amount?: number
  /** The currency, ISO 4217. */
  readonly currency?: string
  /** The currency that the customer paid in. */
  readonly payer_currency?: string
}

/** A part of a combined order. */
export interface V3CombinePart {
  /** The part's state. */
  readonly trade_state?: Open<'SUCCESS' | 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT'>
  /** The merchant of the part. */
  readonly mchid?: string
  /** Service providers and platforms: the sub-merchant of the part. */
  readonly sub_mchid?: string
  /** Service providers and platforms: the sub-merchant's appid. */
  readonly sub_appid?: string
  /** Service providers and platforms: the customer's openid under `sub_appid`. */
  readonly sub_openid?: string
  /** The merchant's number of the part. */
  readonly out_trade_no?: string
  /** WeChat's number of the payment of the part. */
  readonly transaction_id?: string
  /** How it was paid. */
  readonly trade_type?: Open<'JSAPI' | 'NATIVE' | 'APP' | 'MICROPAY' | 'MWEB' | 'FACEPAY'>
  /** Payment bank code. */
  readonly bank_type?: string
  /** The data of the part, as sent. */
  readonly attach?: string
  /** When it was paid. */
  readonly success_time?: Date
  /** The amount of the part, and what was paid. */
  readonly amount?: V3CombinePaidAmount
  /** Coupons that were used. */
  readonly promotion_detail?: readonly V3Promotion[]
}

/** What an account paid of a refund. */
export interface V3RefundedFrom {
  /** `AVAILABLE` or `UNAVAILABLE`. */
  readonly account?: string
  /** In fen. */
  readonly amount?: number
}

/** The amounts of a refund, in fen. */
export interface V3RefundedAmount {
  /** The order's amount. */
  readonly total: number
  /** The amount of the refund. */
  readonly refund: number
  /** What the customer paid. */
  readonly payer_total?: number
  /** What the customer gets back. */
  readonly payer_refund?: number
  /** The refund less coupons that are not recharged. */
  readonly settlement_refund?: number
  /** The order's amount less coupons that are not recharged. */
  readonly settlement_total?: number
  /** What coupons give back. */
  readonly discount_refund?: number
  /** The fee that is given back. */
  readonly refund_fee?: number
  /** The currency, ISO 4217. */
  readonly currency?: string
  /** Which accounts paid, and how much each. */
  readonly from?: readonly V3RefundedFrom[]
}

/** Goods that came back. */
export interface V3RefundedGoods {
  /** Your number of the goods. */
  readonly merchant_goods_id?: string
  /** WeChat's number of the goods. */
  readonly wechatpay_goods_id?: string
  /** The name of the goods. */
  readonly goods_name?: string
  /** What one costs, in fen. */
  readonly unit_price?: number
  /** What is refunded for them, in fen. */
  readonly refund_amount?: number
  /** How many come back. */
  readonly refund_quantity?: number
}

/** A coupon that was given back. */
export interface V3RefundedPromotion {
  /** The coupon's number. */
  readonly promotion_id?: string
  /** `GLOBAL` or `SINGLE`. */
  readonly scope?: string
  /** `CASH`, `NOCASH`, `COUPON` or `DISCOUNT`. */
  readonly type?: string
  /** What it paid, in fen. */
  readonly amount?: number
  /** What is given back to it, in fen. */
  readonly refund_amount?: number
  /** The goods. */
  readonly goods_detail?: readonly V3RefundedGoods[]
}

/** What a receiver gets of an order. */
export interface V3ProfitsharingPart {
  /** What became of it. Only `SUCCESS` means that the receiver has the money. */
  readonly result?: Open<'PENDING' | 'SUCCESS' | 'CLOSED'>
  /** What the receiver is. */
  readonly type?: Open<'MERCHANT_ID' | 'PERSONAL_OPENID' | 'PERSONAL_SUB_OPENID'>
  /** A merchant's number, or a person's openid. */
  readonly account?: string
  /** The amount in fen. */
  readonly amount?: number
  /** The reason. */
  readonly description?: string
  /** Why the receiver did not get it. */
  readonly fail_reason?: string
  /** When it was accepted. */
  readonly create_time?: Date
  /** When it ended; WeChat writes 1970 while it is pending. */
  readonly finish_time?: Date
  /** WeChat's number of the part. */
  readonly detail_id?: string
}

/** A platform certificate, encrypted: `v3.decrypt` opens it. */
export interface V3SealedCertificate {
  /** `AEAD_AES_256_GCM`. */
  readonly algorithm?: string
  /** 12 characters. */
  readonly nonce?: string
  /** `certificate`. */
  readonly associated_data?: string
  /** Base64. */
  readonly ciphertext?: string
}

/** A platform certificate. */
export interface V3Certificate {
  /** Its serial number. */
  readonly serial_no?: string
  /** From when on it is used. */
  readonly effective_time?: Date
  /** Until when it is used. */
  readonly expire_time?: Date
  /** The certificate, encrypted. */
  readonly encrypt_certificate?: V3SealedCertificate
}

/** A coupon used in a payment. */
export class Coupon extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'Coupon'
}

/** A coupon used in a payment. */
export interface Coupon {
  /** The coupon's number. */
  readonly coupon_id?: string
  /** `CASH` (recharged) or `NO_CASH`. */
  readonly coupon_type?: string
  /** Amount that it paid, in fen. */
  readonly coupon_fee?: number
}

/** The refund of one coupon. */
export class RefundedCoupon extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'RefundedCoupon'
}

/** The refund of one coupon. */
export interface RefundedCoupon {
  /** The coupon's number. */
  readonly coupon_refund_id?: string
  /** `CASH` (recharged) or `NO_CASH`; of a refund that APIv3 confirmed also `COUPON` or `DISCOUNT`. */
  readonly coupon_type?: string
  /** Amount refunded to it, in fen. */
  readonly coupon_refund_fee?: number
  /** The coupon's batch, from older gateways. */
  readonly coupon_refund_batch_id?: string
}

/** A refund in the reply of `refundquery`. */
export class RefundItem extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'RefundItem'
}

/** A refund in the reply of `refundquery`. */
export interface RefundItem {
  /** The merchant's number of the refund. */
  readonly out_refund_no?: string
  /** WeChat's number of the refund. */
  readonly refund_id?: string
  /** Amount of the refund request, in fen, coupons included. */
  readonly refund_fee?: number
  /** The refund's state. */
  readonly refund_status?: Open<'SUCCESS' | 'REFUNDCLOSE' | 'PROCESSING' | 'CHANGE' | 'NOTSURE'>
  /** Where the money goes. */
  readonly refund_channel?: Open<'ORIGINAL' | 'BALANCE' | 'OTHER_BALANCE' | 'OTHER_BANKCARD'>
  /** Settlement refund amount in fen: the refund minus non-recharge coupons. */
  readonly settlement_refund_fee?: number
  /** Amount refunded to coupons, in fen. */
  readonly coupon_refund_fee?: number
  /** Number of coupons refunded. */
  readonly coupon_refund_count?: number
  /** `CASH` (recharged) or `NO_CASH`. Older gateways send one for all coupons. */
  readonly coupon_type?: string
  /** Which funds paid. */
  readonly refund_account?: Open<'REFUND_SOURCE_UNSETTLED_FUNDS' | 'REFUND_SOURCE_RECHARGE_FUNDS'>
  /** Who received it, in WeChat's words and WeChat's spelling: a balance, or a card. */
  readonly refund_recv_accout?: string
  /** When the customer got it. */
  readonly refund_success_time?: Date
  /** The numbered fields, in the order of their numbers. */
  readonly coupons: readonly RefundedCoupon[]
}

/** What a customer wrote about an order. */
export class Comment extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'Comment'
}

/** What a customer wrote about an order. */
export interface Comment {
  /** When it was written. */
  readonly comment_time?: Date
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** From 1 to 5 stars. */
  readonly stars?: number
  /** The text. */
  readonly comment?: string
}

/**
 * A notification whose signature, appid and mch_id are checked. WeChat wrote it, or another holder of the key: ship nothing
 * because of it alone.
 */
export class PaymentNotification extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'PaymentNotification'
}

/**
 * A notification whose signature, appid and mch_id are checked. WeChat wrote it, or another holder of the key: ship nothing
 * because of it alone.
 */
export interface PaymentNotification {
  /** Of a part of a combined order: the merchant's number of the combined order. */
  readonly combine_out_trade_no?: string
  /** `SUCCESS`, or `FAIL` for contracts. */
  readonly result_code: string
  /** WeChat's code of a failure, for contracts. */
  readonly err_code?: string
  /** The failure in WeChat's words. */
  readonly err_code_des?: string
  /** The merchant's number of the order. */
  readonly out_trade_no: string
  /** WeChat's number of the payment. */
  readonly transaction_id: string
  /** The order's amount in fen. Compare it with the amount that you recorded for the order. */
  readonly total_fee: number
  /** Settlement amount in fen: the total minus non-recharge coupons. */
  readonly settlement_total_fee?: number
  /** Cash paid by the customer, in fen. */
  readonly cash_fee?: number
  /** Amount paid by coupons, in fen. */
  readonly coupon_fee?: number
  /** How many coupons were used. */
  readonly coupon_count?: number
  /** The currency, ISO 4217. */
  readonly fee_type?: string
  /** The currency of `cash_fee`. */
  readonly cash_fee_type?: string
  /** The exchange rate, for merchants abroad. */
  readonly rate?: string
  /** The customer's openid under this appid. */
  readonly openid?: string
  /** Whether the customer follows the account. */
  readonly is_subscribe?: string
  /** The customer, as the sub-merchant's appid knows them. */
  readonly sub_openid?: string
  /** Whether the customer follows the sub-merchant's account. */
  readonly sub_is_subscribe?: string
  /** How it was paid. */
  readonly trade_type?: string
  /** The bank, or `OTHERS`. */
  readonly bank_type?: string
  /** The merchant's own text, as sent. */
  readonly attach?: string
  /** When it was paid. */
  readonly time_end?: Date
  /** Promotions used, as JSON, for `version` 1.0. */
  readonly promotion_detail?: Json
  /** The terminal's number, as sent. */
  readonly device_info?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
  /** The numbered fields, in the order of their numbers. */
  readonly coupons: readonly Coupon[]
}

/**
 * A payment that WeChat's reply to `orderquery` or `v3.query` confirmed, or to `micropay` or `v3.codepay` where it is complete: the money
 * has arrived. A part of a combined order is confirmed by `v3.combine_query`; its `mch_id` is the merchant of the part.
 * APIv3 has no `rate`, `is_subscribe` and `sub_is_subscribe`; its coupons are those of `promotion_detail`, and `coupon_fee` and
 * `settlement_total_fee` are missing where their amounts do not add up.
 */
export class ConfirmedPayment extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'ConfirmedPayment'
}

/**
 * A payment that WeChat's reply to `orderquery` or `v3.query` confirmed, or to `micropay` or `v3.codepay` where it is complete: the money
 * has arrived. A part of a combined order is confirmed by `v3.combine_query`; its `mch_id` is the merchant of the part.
 * APIv3 has no `rate`, `is_subscribe` and `sub_is_subscribe`; its coupons are those of `promotion_detail`, and `coupon_fee` and
 * `settlement_total_fee` are missing where their amounts do not add up.
 */
export interface ConfirmedPayment {
  /** Of a part of a combined order: the merchant's number of the combined order. */
  readonly combine_out_trade_no?: string
  /**
   * Which API confirmed it: `v2` or `v3`. The other fields have the same names and meanings for both; `promotion_detail` is as that
   * API writes it.
   */
  readonly api: Open<'v2' | 'v3'>
  /** The merchant's number of the order. */
  readonly out_trade_no: string
  /** WeChat's number of the payment. */
  readonly transaction_id: string
  /** The order's amount in fen. Compare it with the amount that you recorded for the order. */
  readonly total_fee: number
  /** The order's state. A payment that is confirmed has `SUCCESS`. */
  readonly trade_state: Open<'SUCCESS' | 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT'>
  /** The state in WeChat's words. */
  readonly trade_state_desc?: string
  /** Settlement amount in fen: the total minus non-recharge coupons. */
  readonly settlement_total_fee?: number
  /** Cash paid by the customer, in fen. */
  readonly cash_fee?: number
  /** Amount paid by coupons, in fen. */
  readonly coupon_fee?: number
  /** How many coupons were used. */
  readonly coupon_count?: number
  /** The currency, ISO 4217. */
  readonly fee_type?: string
  /** The currency of `cash_fee`. */
  readonly cash_fee_type?: string
  /** The exchange rate, for merchants abroad. */
  readonly rate?: string
  /** The customer's openid under this appid. */
  readonly openid?: string
  /** Whether the customer follows the account. */
  readonly is_subscribe?: string
  /** The customer, as the sub-merchant's appid knows them. */
  readonly sub_openid?: string
  /** Whether the customer follows the sub-merchant's account. */
  readonly sub_is_subscribe?: string
  /** How it was paid. */
  readonly trade_type?: string
  /** The bank, or `OTHERS`. */
  readonly bank_type?: string
  /** The merchant's own text, as sent. */
  readonly attach?: string
  /** When it was paid. */
  readonly time_end?: Date
  /** Promotions used, as JSON, for `version` 1.0. */
  readonly promotion_detail?: Json
  /** The terminal's number, as sent. */
  readonly device_info?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
  /** The numbered fields, in the order of their numbers. */
  readonly coupons: readonly Coupon[]
}

/**
 * A notification about a refund, decrypted, whose appid and mch_id are checked. One of APIv2 is not signed: ask `refundquery` before
 * you act on it, as `notify.handle` does.
 * One of APIv3 has no `settlement_total_fee`, `settlement_refund_fee`, `refund_account` and `refund_request_source`.
 */
export class RefundNotification extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'RefundNotification'
}

/**
 * A notification about a refund, decrypted, whose appid and mch_id are checked. One of APIv2 is not signed: ask `refundquery` before
 * you act on it, as `notify.handle` does.
 * One of APIv3 has no `settlement_total_fee`, `settlement_refund_fee`, `refund_account` and `refund_request_source`.
 */
export interface RefundNotification {
  /** The merchant's number of the refund. WeChat's own, for a refund that was made at the merchant platform. */
  readonly out_refund_no: string
  /** WeChat's number of the refund. */
  readonly refund_id: string
  /** The merchant's number of the order. */
  readonly out_trade_no: string
  /** WeChat's number of the payment. */
  readonly transaction_id: string
  /** The order's amount, in fen. */
  readonly total_fee: number
  /** The refund's amount, in fen, coupons included. */
  readonly refund_fee: number
  /** The refund's state: `SUCCESS`, `CHANGE` or `REFUNDCLOSE`. */
  readonly refund_status: Open<'SUCCESS' | 'REFUNDCLOSE' | 'PROCESSING' | 'CHANGE' | 'NOTSURE'>
  /** The order's amount less coupons that are not recharged, in fen. */
  readonly settlement_total_fee?: number
  /** The refund's amount less coupons that are not recharged, in fen. */
  readonly settlement_refund_fee?: number
  /** Cash refunded to the customer, in fen, where WeChat sends it. */
  readonly cash_refund_fee?: number
  /** When the customer got it. */
  readonly success_time?: Date
  /** Who received it, in WeChat's words and WeChat's spelling: a balance, or a card. */
  readonly refund_recv_accout?: string
  /** Which funds paid. */
  readonly refund_account?: Open<'REFUND_SOURCE_UNSETTLED_FUNDS' | 'REFUND_SOURCE_RECHARGE_FUNDS'>
  /** `API`, or `VENDOR_PLATFORM` for a refund that was made at the merchant platform. */
  readonly refund_request_source?: string
  /** The appid of the order. APIv3 does not say it. */
  readonly appid?: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
}

/**
 * A refund whose result WeChat itself confirmed by `refundquery` or `v3.refund_query`. `refund_status` is the result: `SUCCESS` when the
 * customer has the money.
 * APIv3 has no `appid`, `sub_appid` and `cash_fee_type`. It has `settlement_total_fee` and `settlement_refund_fee` always, APIv2 where
 * WeChat sends them. `coupon_refund_fee` is missing where APIv3's amounts do not add up.
 */
export class ConfirmedRefund extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'ConfirmedRefund'
}

/**
 * A refund whose result WeChat itself confirmed by `refundquery` or `v3.refund_query`. `refund_status` is the result: `SUCCESS` when the
 * customer has the money.
 * APIv3 has no `appid`, `sub_appid` and `cash_fee_type`. It has `settlement_total_fee` and `settlement_refund_fee` always, APIv2 where
 * WeChat sends them. `coupon_refund_fee` is missing where APIv3's amounts do not add up.
 */
export interface ConfirmedRefund {
  /**
   * Which API confirmed it: `v2` or `v3`. The other fields have the same names and values for both: APIv3's `CLOSED` is `REFUNDCLOSE`
   * here, and its `ABNORMAL` is `CHANGE`.
   */
  readonly api: Open<'v2' | 'v3'>
  /** The merchant's number of the refund. */
  readonly out_refund_no: string
  /** WeChat's number of the refund. */
  readonly refund_id: string
  /** The merchant's number of the order. */
  readonly out_trade_no: string
  /** WeChat's number of the payment. */
  readonly transaction_id: string
  /** The order's amount, in fen. */
  readonly total_fee: number
  /** The refund's amount, in fen, coupons included. */
  readonly refund_fee: number
  /**
   * The result: `SUCCESS`; `REFUNDCLOSE`, after which a refund needs a new `out_refund_no`; or `CHANGE`, which a person has to
   * finish at pay.weixin.qq.com.
   */
  readonly refund_status: Open<'SUCCESS' | 'REFUNDCLOSE' | 'PROCESSING' | 'CHANGE' | 'NOTSURE'>
  /** Where the money goes. */
  readonly refund_channel?: Open<'ORIGINAL' | 'BALANCE' | 'OTHER_BALANCE' | 'OTHER_BANKCARD'>
  /** Settlement refund amount in fen: the refund minus non-recharge coupons. */
  readonly settlement_refund_fee?: number
  /** Amount refunded to coupons, in fen. */
  readonly coupon_refund_fee?: number
  /** Number of coupons refunded. */
  readonly coupon_refund_count?: number
  /** `CASH` (recharged) or `NO_CASH`. Older gateways send one for all coupons. */
  readonly coupon_type?: string
  /** Which funds paid. */
  readonly refund_account?: Open<'REFUND_SOURCE_UNSETTLED_FUNDS' | 'REFUND_SOURCE_RECHARGE_FUNDS'>
  /** Who received it, in WeChat's words and WeChat's spelling: a balance, or a card. */
  readonly refund_recv_accout?: string
  /** When the customer got it. */
  readonly refund_success_time?: Date
  /** The order's amount less coupons that are not recharged, in fen. */
  readonly settlement_total_fee?: number
  /** The currency, ISO 4217. */
  readonly fee_type?: string
  /** Cash paid by the customer, in fen. */
  readonly cash_fee?: number
  /** The currency of `cash_fee`. */
  readonly cash_fee_type?: string
  /** The appid of the order. APIv3 does not say it. */
  readonly appid?: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
  /** The numbered fields, in the order of their numbers. */
  readonly coupons: readonly RefundedCoupon[]
}

/** A notification of a transfer, verified and decrypted. It is not confirmed. */
export class TransferNotification extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'TransferNotification'
}

/** A notification of a transfer, verified and decrypted. It is not confirmed. */
export interface TransferNotification {
  /** The merchant's number of the transfer. */
  readonly out_bill_no: string
  /** WeChat's number of the transfer. */
  readonly transfer_bill_no: string
  /** The merchant's number. */
  readonly mch_id: string
  /** The state: `SUCCESS`, `FAIL` or `CANCELLED`. */
  readonly state: Open<'ACCEPTED' | 'PROCESSING' | 'WAIT_USER_CONFIRM' | 'TRANSFERING' | 'SUCCESS' | 'FAIL' | 'CANCELING' | 'CANCELLED'>
  /** The amount in fen. */
  readonly transfer_amount: number
  /** The customer's openid. */
  readonly openid?: string
  /** Why it failed, such as `OVERDUE_CLOSE`. */
  readonly fail_reason?: string
  /** When WeChat accepted it. */
  readonly create_time?: Date
  /** When its state last changed. */
  readonly update_time?: Date
}

/** A transfer whose result WeChat itself confirmed by `v3.transfer_query`. `state` is the result: `SUCCESS` when the customer has the money. */
export class ConfirmedTransfer extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'ConfirmedTransfer'
}

/** A transfer whose result WeChat itself confirmed by `v3.transfer_query`. `state` is the result: `SUCCESS` when the customer has the money. */
export interface ConfirmedTransfer {
  /** The result: `SUCCESS`; `FAIL` or `CANCELLED`, after which a transfer needs a new `out_bill_no`. */
  readonly state: Open<'ACCEPTED' | 'PROCESSING' | 'WAIT_USER_CONFIRM' | 'TRANSFERING' | 'SUCCESS' | 'FAIL' | 'CANCELING' | 'CANCELLED'>
  /** The merchant's number of the transfer. */
  readonly out_bill_no: string
  /** WeChat's number of the transfer. */
  readonly transfer_bill_no: string
  /** The amount in fen. */
  readonly transfer_amount: number
  /** The merchant's number. */
  readonly mch_id: string
  /** The appid of the transfer. */
  readonly appid?: string
  /** The customer's openid. */
  readonly openid?: string
  /** The customer's name, as sent. The client decrypts it. */
  readonly user_name?: string
  /** The remark, as sent. */
  readonly transfer_remark?: string
  /** Why it failed, such as `OVERDUE_CLOSE`. */
  readonly fail_reason?: string
  /** When WeChat accepted it. */
  readonly create_time?: Date
  /** When its state last changed. */
  readonly update_time?: Date
  /** Which API confirmed it: `v3`, which alone has transfers. */
  readonly api: Open<'v2' | 'v3'>
}

/** WeChat's question for an order, after a customer scanned a permanent code. Its signature, appid and mch_id are checked. */
export class NativeQuestion extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'NativeQuestion'
}

/** WeChat's question for an order, after a customer scanned a permanent code. Its signature, appid and mch_id are checked. */
export interface NativeQuestion {
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The product in the code. */
  readonly product_id: string
  /** The customer, as this appid knows them. */
  readonly openid: string
  /** Whether the customer follows the account. */
  readonly is_subscribe?: string
}

/**
 * A notification of APIv3 of any kind: its signature is verified, and its resource decrypted. It is not confirmed, and whether it was
 * handled before is not looked at: `notify.handle` does both for payments, refunds and transfers.
 */
export class V3Notification extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3Notification'
}

/**
 * A notification of APIv3 of any kind: its signature is verified, and its resource decrypted. It is not confirmed, and whether it was
 * handled before is not looked at: `notify.handle` does both for payments, refunds and transfers.
 */
export interface V3Notification {
  /** WeChat's number of the notification, the same whenever it is sent again. */
  readonly id: string
  /** When it was made. */
  readonly create_time?: Date
  /** What it is about, such as `TRANSACTION.SUCCESS` or `REFUND.SUCCESS`. */
  readonly event_type: string
  /** `encrypt-resource`. */
  readonly resource_type?: string
  /** The event in WeChat's words. */
  readonly summary?: string
  /** What the resource is, such as `transaction`, `refund` or `profitsharing`. */
  readonly original_type?: string
  /** The decrypted resource, a JSON object: for a payment with the members of `v3.query`'s reply. */
  readonly resource: JsonObject
}

/** The reply of `upload`: which of both it has depends on the path. What other paths answer is there under its own name. */
export class V3Media extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3Media'
}

/** The reply of `upload`: which of both it has depends on the path. What other paths answer is there under its own name. */
export interface V3Media {
  /** WeChat's id of the file: what other calls want, as it is. */
  readonly media_id?: string
  /** The address of the image, for coupons. */
  readonly media_url?: string
}

/** Reply to the exchange of a code: openid, and a token for `userinfo`. */
export class WebToken extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'WebToken'
}

/** Reply to the exchange of a code: openid, and a token for `userinfo`. */
export interface WebToken {
  /** The customer's openid under this appid. */
  readonly openid: string
  /** A token for this customer's `userinfo`; not the one of `cgi-bin/token`. */
  readonly access_token: string
  /** How long the token lives, in seconds. */
  readonly expires_in: number
  /** Renews the token for 30 days. */
  readonly refresh_token?: string
  /** Granted scopes, separated by commas. */
  readonly scope?: string
  /** 1 when this is a snapshot visitor, whose openid is not real. */
  readonly is_snapshotuser?: number
  /** The customer across the accounts of one open platform. */
  readonly unionid?: string
}

/** A customer who agreed to `snsapi_userinfo`. */
export class UserInfo extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'UserInfo'
}

/** A customer who agreed to `snsapi_userinfo`. */
export interface UserInfo {
  /** The customer's openid under this appid. */
  readonly openid: string
  /** The name. */
  readonly nickname?: string
  /** 0 since 2021. */
  readonly sex?: number
  /** Empty since 2021. */
  readonly province?: string
  /** Empty since 2021. */
  readonly city?: string
  /** Empty since 2021. */
  readonly country?: string
  /** The picture's address. */
  readonly headimgurl?: string
  /** Privileges, as a list. */
  readonly privilege?: Json
  /** The customer across the accounts of one open platform. */
  readonly unionid?: string
}

/** A customer who opened a mini program: the openid for orders, and the key of this login. */
export class MiniprogramSession extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'MiniprogramSession'
}

/** A customer who opened a mini program: the openid for orders, and the key of this login. */
export interface MiniprogramSession {
  /** The customer's openid under this appid. */
  readonly openid: string
  /** The key of this login. It decrypts user data: keep it on the server, and out of logs. */
  readonly session_key: string
  /** The customer across the accounts of one open platform. */
  readonly unionid?: string
}

/** The mini program that some user data is for, and when it was made. */
export class Watermark extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'Watermark'
}

/** The mini program that some user data is for, and when it was made. */
export interface Watermark {
  /** When it was made, in seconds since 1970. Refuse what is too old for you. */
  readonly timestamp: number
  /** The appid of the mini program. */
  readonly appid: string
}

/** A customer's phone number. */
export class PhoneInfo extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'PhoneInfo'
}

/** A customer's phone number. */
export interface PhoneInfo {
  /** The number; foreign ones with their country code. */
  readonly phoneNumber?: string
  /** The number without country code. */
  readonly purePhoneNumber?: string
  /** The country code, such as 86. */
  readonly countryCode?: string
  /** The mini program that the data is for, and when it was made. */
  readonly watermark?: Watermark
}

/** Reply with a phone number. */
export class PhoneNumber extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'PhoneNumber'
}

/** Reply with a phone number. */
export interface PhoneNumber {
  /** The number: `phoneNumber`, `purePhoneNumber` without the country code, `countryCode`, and `watermark`. */
  readonly phone_info: PhoneInfo
}

/**
 * User data of a mini program, decrypted. WeChat leaves members out, and has sent neither `openId` nor `unionId` since 2021: take
 * them from `jscode2session`.
 */
export class UserData extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'UserData'
}

/**
 * User data of a mini program, decrypted. WeChat leaves members out, and has sent neither `openId` nor `unionId` since 2021: take
 * them from `jscode2session`.
 */
export interface UserData {
  /** The mini program that the data is for, and when it was made: `appid`, and `timestamp` in seconds since 1970. */
  readonly watermark: Watermark
  /** The customer's openid; in old data. */
  readonly openId?: string
  /** The customer across the accounts of one open platform; in old data. */
  readonly unionId?: string
  /** The name; 微信用户 since 2021. */
  readonly nickName?: string
  /** 0 since 2021. */
  readonly gender?: number
  /** The language of the customer's WeChat. */
  readonly language?: string
  /** Empty since 2021. */
  readonly city?: string
  /** Empty since 2021. */
  readonly province?: string
  /** Empty since 2021. */
  readonly country?: string
  /** The address of the picture. */
  readonly avatarUrl?: string
  /** The phone number; foreign ones with their country code. */
  readonly phoneNumber?: string
  /** The phone number without country code. */
  readonly purePhoneNumber?: string
  /** The country code, such as 86. */
  readonly countryCode?: string
}

/** The account's access_token. */
export class AccessToken extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'AccessToken'
}

/** The account's access_token. */
export interface AccessToken {
  /** The token. */
  readonly access_token: string
  /** How long it lives, in seconds. */
  readonly expires_in: number
}

/** The account's jsapi_ticket. */
export class Ticket extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'Ticket'
}

/** The account's jsapi_ticket. */
export interface Ticket {
  /** The ticket. */
  readonly ticket: string
  /** How long it lives, in seconds. */
  readonly expires_in: number
}

/** Who came back from WeCom's authorize link: a member, or anybody else. */
export class WecomVisitor extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'WecomVisitor'
}

/** Who came back from WeCom's authorize link: a member, or anybody else. */
export interface WecomVisitor {
  /** Of a member: the userid. `convert_to_openid` gives the openid. */
  readonly userid?: string
  /** Of anybody else: the openid, with which they pay. */
  readonly openid?: string
  /** Of a member who agreed to `snsapi_privateinfo`: a ticket for more about them. */
  readonly user_ticket?: string
  /** The external_userid of a customer who is not a member. */
  readonly external_userid?: string
}

/** The openid of a member. */
export class WecomOpenid extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'WecomOpenid'
}

/** The openid of a member. */
export interface WecomOpenid {
  /** The openid under the corpid. */
  readonly openid: string
}

/** The reply of `unifiedorder`. */
export class UnifiedorderReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'UnifiedorderReply'
}

/** The reply of `unifiedorder`. */
export interface UnifiedorderReply {
  /** How it will be paid. */
  readonly trade_type: Open<'JSAPI' | 'NATIVE' | 'APP' | 'MWEB'>
  /** Payment session ID that opens the cashier. Valid for two hours. */
  readonly prepay_id: string
  /** NATIVE: the text of the QR code. Valid for two hours. */
  readonly code_url?: string
  /** MWEB: where to send the customer's browser. Valid for five minutes. */
  readonly mweb_url?: string
  /** The terminal's number, as sent. */
  readonly device_info?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
}

/** The reply of `orderquery`. Unless the order is paid, only its state and numbers are there. */
export class OrderqueryReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'OrderqueryReply'
}

/** The reply of `orderquery`. Unless the order is paid, only its state and numbers are there. */
export interface OrderqueryReply {
  /** The merchant's number of the order. */
  readonly out_trade_no?: string
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** The order's amount in fen. */
  readonly total_fee?: number
  /** The order's state. A payment that is confirmed has `SUCCESS`. */
  readonly trade_state: Open<'SUCCESS' | 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT'>
  /** The state in WeChat's words. */
  readonly trade_state_desc?: string
  /** Settlement amount in fen: the total minus non-recharge coupons. */
  readonly settlement_total_fee?: number
  /** Cash paid by the customer, in fen. */
  readonly cash_fee?: number
  /** Amount paid by coupons, in fen. */
  readonly coupon_fee?: number
  /** How many coupons were used. */
  readonly coupon_count?: number
  /** The currency, ISO 4217. */
  readonly fee_type?: string
  /** The currency of `cash_fee`. */
  readonly cash_fee_type?: string
  /** The exchange rate, for merchants abroad. */
  readonly rate?: string
  /** The customer's openid under this appid. */
  readonly openid?: string
  /** Whether the customer follows the account. */
  readonly is_subscribe?: string
  /** The customer, as the sub-merchant's appid knows them. */
  readonly sub_openid?: string
  /** Whether the customer follows the sub-merchant's account. */
  readonly sub_is_subscribe?: string
  /** How it was paid. */
  readonly trade_type?: string
  /** The bank, or `OTHERS`. */
  readonly bank_type?: string
  /** The merchant's own text, as sent. */
  readonly attach?: string
  /** When it was paid. */
  readonly time_end?: Date
  /** Promotions used, as JSON, for `version` 1.0. */
  readonly promotion_detail?: Json
  /** The terminal's number, as sent. */
  readonly device_info?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
  /** The numbered fields, in the order of their numbers. */
  readonly coupons: readonly Coupon[]
}

/** The reply of `closeorder`: the order is closed. */
export class CloseorderReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'CloseorderReply'
}

/** The reply of `closeorder`: the order is closed. */
export interface CloseorderReply {
  /** `OK`, where WeChat sends it. */
  readonly result_msg?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
}

/** The reply of `refund`: WeChat accepted it. */
export class RefundReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'RefundReply'
}

/** The reply of `refund`: WeChat accepted it. */
export interface RefundReply {
  /** The merchant's number of the refund. */
  readonly out_refund_no: string
  /** WeChat's number of the refund. */
  readonly refund_id: string
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** The merchant's number of the order. */
  readonly out_trade_no?: string
  /** Amount refunded, in fen, coupons included. */
  readonly refund_fee: number
  /** The order's amount, in fen. */
  readonly total_fee: number
  /** Where the money goes, if WeChat says so. */
  readonly refund_channel?: Open<'ORIGINAL' | 'BALANCE' | 'OTHER_BALANCE' | 'OTHER_BANKCARD'>
  /** Settlement refund amount in fen: the refund minus non-recharge coupons. */
  readonly settlement_refund_fee?: number
  /** Cash refunded to the customer, in fen. */
  readonly cash_refund_fee?: number
  /** The currency of `cash_refund_fee`. */
  readonly cash_refund_fee_type?: string
  /** Amount refunded to coupons, in fen. */
  readonly coupon_refund_fee?: number
  /** Number of coupons refunded. */
  readonly coupon_refund_count?: number
  /** The terminal's number, as sent. */
  readonly device_info?: string
  /** The order's amount less coupons that are not recharged, in fen. */
  readonly settlement_total_fee?: number
  /** The currency, ISO 4217. */
  readonly fee_type?: string
  /** Cash paid by the customer, in fen. */
  readonly cash_fee?: number
  /** The currency of `cash_fee`. */
  readonly cash_fee_type?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
  /** The numbered fields, in the order of their numbers. */
  readonly coupons: readonly RefundedCoupon[]
}

/** The reply of `refundquery`. */
export class RefundqueryReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'RefundqueryReply'
}

/** The reply of `refundquery`. */
export interface RefundqueryReply {
  /** How many refunds this reply has. */
  readonly refund_count: number
  /** How many refunds the order has, where WeChat says so. */
  readonly total_refund_count?: number
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** The merchant's number of the order. */
  readonly out_trade_no?: string
  /** The order's amount, in fen. */
  readonly total_fee?: number
  /** The sum of the refunds, in fen, where WeChat sends it. */
  readonly refund_fee?: number
  /** The terminal's number, as sent. */
  readonly device_info?: string
  /** The order's amount less coupons that are not recharged, in fen. */
  readonly settlement_total_fee?: number
  /** The currency, ISO 4217. */
  readonly fee_type?: string
  /** Cash paid by the customer, in fen. */
  readonly cash_fee?: number
  /** The currency of `cash_fee`. */
  readonly cash_fee_type?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
  /** The numbered fields, in the order of their numbers. */
  readonly refunds: readonly RefundItem[]
}

/** The reply of `batchquerycomment`. */
export class BatchquerycommentReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'BatchquerycommentReply'
}

/** The reply of `batchquerycomment`. */
export interface BatchquerycommentReply {
  /** Where to go on: give it as `offset` of the next call. */
  readonly offset: number
  /** The numbered fields, in the order of their numbers. */
  readonly comments: readonly Comment[]
}

/** The reply of `micropay`. It is a payment only if `trade_state` is `SUCCESS` or missing, and `transaction_id` is there. */
export class MicropayReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'MicropayReply'
}

/** The reply of `micropay`. It is a payment only if `trade_state` is `SUCCESS` or missing, and `transaction_id` is there. */
export interface MicropayReply {
  /** The order's state, where WeChat says it: `SUCCESS`, `USERPAYING` or `PAYERROR`. */
  readonly trade_state?: Open<'SUCCESS' | 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT'>
  /** The state in WeChat's words. */
  readonly trade_state_desc?: string
  /** The merchant's number of the order. */
  readonly out_trade_no?: string
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** The order's amount in fen. */
  readonly total_fee?: number
  /** Settlement amount in fen: the total minus non-recharge coupons. */
  readonly settlement_total_fee?: number
  /** Cash paid by the customer, in fen. */
  readonly cash_fee?: number
  /** Amount paid by coupons, in fen. */
  readonly coupon_fee?: number
  /** How many coupons were used. */
  readonly coupon_count?: number
  /** The currency, ISO 4217. */
  readonly fee_type?: string
  /** The currency of `cash_fee`. */
  readonly cash_fee_type?: string
  /** The exchange rate, for merchants abroad. */
  readonly rate?: string
  /** The customer's openid under this appid. */
  readonly openid?: string
  /** Whether the customer follows the account. */
  readonly is_subscribe?: string
  /** The customer, as the sub-merchant's appid knows them. */
  readonly sub_openid?: string
  /** Whether the customer follows the sub-merchant's account. */
  readonly sub_is_subscribe?: string
  /** How it was paid. */
  readonly trade_type?: string
  /** The bank, or `OTHERS`. */
  readonly bank_type?: string
  /** The merchant's own text, as sent. */
  readonly attach?: string
  /** When it was paid. */
  readonly time_end?: Date
  /** Promotions used, as JSON, for `version` 1.0. */
  readonly promotion_detail?: Json
  /** The terminal's number, as sent. */
  readonly device_info?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
  /** The numbered fields, in the order of their numbers. */
  readonly coupons: readonly Coupon[]
}

/** The reply of `reverse`. */
export class ReverseReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'ReverseReply'
}

/** The reply of `reverse`. */
export interface ReverseReply {
  /** `Y`: the order is not cancelled yet, so call `reverse` again. */
  readonly recall?: Open<'Y' | 'N'>
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
}

/** The reply of `authcodetoopenid`. */
export class AuthcodetoopenidReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'AuthcodetoopenidReply'
}

/** The reply of `authcodetoopenid`. */
export interface AuthcodetoopenidReply {
  /** The customer, as this appid knows them. */
  readonly openid: string
  /** The customer, as the sub-merchant's appid knows them. */
  readonly sub_openid?: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
}

/** The reply of `shorturl`. */
export class ShorturlReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'ShorturlReply'
}

/** The reply of `shorturl`. */
export interface ShorturlReply {
  /** The short text, `weixin://wxpay/s/…`: make the QR code of it. */
  readonly short_url: string
  /** The appid. */
  readonly appid: string
  /** The merchant. */
  readonly mch_id: string
  /** The sub-merchant's appid. */
  readonly sub_appid?: string
  /** The sub-merchant. */
  readonly sub_mch_id?: string
}

/** The reply of `report`: WeChat took it. It is not signed. */
export class ReportReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'ReportReply'
}

/** The reply of `report`: WeChat took it. It is not signed. */
export interface ReportReply {
  /** `0`, where WeChat sends it. */
  readonly err_code?: string
}

/** The reply of `getsignkey`. It is not signed. */
export class GetsignkeyReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'GetsignkeyReply'
}

/** The reply of `getsignkey`. It is not signed. */
export interface GetsignkeyReply {
  /** The sandbox's API key. */
  readonly sandbox_signkey: string
}

/** The reply of `sendworkwxredpack`: the red packet is sent. */
export class SendworkwxredpackReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'SendworkwxredpackReply'
}

/** The reply of `sendworkwxredpack`: the red packet is sent. */
export interface SendworkwxredpackReply {
  /** The merchant's number of the red packet. */
  readonly mch_billno: string
  /** The merchant's number. */
  readonly mch_id: string
  /** The corpid. */
  readonly wxappid: string
  /** Who receives it. */
  readonly re_openid: string
  /** The amount in fen. */
  readonly total_amount: number
  /** WeChat's number of the red packet. */
  readonly send_listid?: string
  /** The sender's name. */
  readonly sender_name?: string
  /** The sender's picture. */
  readonly sender_header_media_id?: string
}

/** The reply of `queryworkwxredpack`. WeChat's documents do not say that it is signed; a signature that it has is verified. */
export class QueryworkwxredpackReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'QueryworkwxredpackReply'
}

/** The reply of `queryworkwxredpack`. WeChat's documents do not say that it is signed; a signature that it has is verified. */
export interface QueryworkwxredpackReply {
  /** The merchant's number of the red packet. */
  readonly mch_billno: string
  /** The merchant's number. */
  readonly mch_id?: string
  /** WeChat's number of the red packet. */
  readonly detail_id?: string
  /** The state. */
  readonly status: Open<'SENDING' | 'SENT' | 'FAILED' | 'RECEIVED' | 'RFUND_ING' | 'REFUND'>
  /** How it was sent: `API`. */
  readonly send_type?: string
  /** The amount in fen. */
  readonly total_amount?: number
  /** Why it failed. */
  readonly reason?: string
  /** When it was sent, `yyyy-MM-dd HH:mm:ss` in Beijing. */
  readonly send_time?: string
  /** When its money went back, `yyyy-MM-dd HH:mm:ss` in Beijing. */
  readonly refund_time?: string
  /** How much went back, in fen. */
  readonly refund_amount?: number
  /** The wish. */
  readonly wishing?: string
  /** The remark. */
  readonly remark?: string
  /** The name of the activity. */
  readonly act_name?: string
  /** Who receives it. */
  readonly openid?: string
  /** How much the receiver took, in fen. */
  readonly amount?: number
  /** When the receiver took it, `yyyy-MM-dd HH:mm:ss` in Beijing. */
  readonly rcv_time?: string
  /** The sender's name. */
  readonly sender_name?: string
  /** The sender's picture. */
  readonly sender_header_media_id?: string
}

/** The reply of `paywwsptrans2pocket`: the member is paid. It is not signed; a signature that it has is verified. */
export class Paywwsptrans2pocketReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'Paywwsptrans2pocketReply'
}

/** The reply of `paywwsptrans2pocket`: the member is paid. It is not signed; a signature that it has is verified. */
export interface Paywwsptrans2pocketReply {
  /** The corpid. */
  readonly appid?: string
  /** The merchant's number. */
  readonly mch_id?: string
  /** The merchant's number of the payment. */
  readonly partner_trade_no: string
  /** WeChat's number of the payment to the member. */
  readonly payment_no: string
  /** When it was paid, `yyyy-MM-dd HH:mm:ss` in Beijing. */
  readonly payment_time?: string
  /** The terminal's number. */
  readonly device_info?: string
}

/** The reply of `querywwsptrans2pocket`. It is not signed; a signature that it has is verified. */
export class Querywwsptrans2pocketReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'Querywwsptrans2pocketReply'
}

/** The reply of `querywwsptrans2pocket`. It is not signed; a signature that it has is verified. */
export interface Querywwsptrans2pocketReply {
  /** The merchant's number of the payment. */
  readonly partner_trade_no: string
  /** The merchant's number. */
  readonly mch_id?: string
  /** WeChat's number of the payment to the member. */
  readonly detail_id?: string
  /** The state. */
  readonly status: Open<'SUCCESS' | 'FAILED' | 'PROCESSING'>
  /** Why it failed. */
  readonly reason?: string
  /** The member. */
  readonly openid?: string
  /** The member's name. */
  readonly transfer_name?: string
  /** The amount in fen. */
  readonly payment_amount?: number
  /** When it was asked for, `yyyy-MM-dd HH:mm:ss` in Beijing. */
  readonly transfer_time?: string
  /** What it is for. */
  readonly desc?: string
}

/** The reply of `jsapi` and `app`. */
export class V3PrepayReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3PrepayReply'
}

/** The reply of `jsapi` and `app`. */
export interface V3PrepayReply {
  /** Payment session ID that opens the cashier. Valid for two hours. */
  readonly prepay_id: string
}

/** The reply of `native`. */
export class V3NativeReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3NativeReply'
}

/** The reply of `native`. */
export interface V3NativeReply {
  /** The text of the QR code. Valid for two hours. */
  readonly code_url: string
}

/** The reply of `h5`. */
export class V3H5Reply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3H5Reply'
}

/** The reply of `h5`. */
export interface V3H5Reply {
  /** Where to send the customer's browser. Valid for five minutes. */
  readonly h5_url: string
}

/** The reply of `query`. Unless the order is paid, only its state and numbers are there. */
export class V3Order extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3Order'
}

/** The reply of `query`. Unless the order is paid, only its state and numbers are there. */
export interface V3Order {
  /** The merchant's number of the order. */
  readonly out_trade_no: string
  /** The order's state. */
  readonly trade_state: Open<'SUCCESS' | 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT'>
  /** The amount of the order, and what was paid. */
  readonly amount?: V3PaidAmount
  /** The state, in words. */
  readonly trade_state_desc?: string
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** How it was paid. */
  readonly trade_type?: Open<'JSAPI' | 'NATIVE' | 'APP' | 'MICROPAY' | 'MWEB' | 'FACEPAY'>
  /** Payment bank code. */
  readonly bank_type?: string
  /** The data of the order, as sent. */
  readonly attach?: string
  /** When it was paid. */
  readonly success_time?: Date
  /** Who paid. */
  readonly payer?: V3OrderPayer
  /** Where it was sold. */
  readonly scene_info?: V3OrderScene
  /** Coupons that were used. */
  readonly promotion_detail?: readonly V3Promotion[]
  /** The appid of the order. */
  readonly appid?: string
  /** The merchant's number. */
  readonly mchid?: string
  /** Service providers: the provider's appid. */
  readonly sp_appid?: string
  /** Service providers: the provider's number. */
  readonly sp_mchid?: string
  /** Service providers: the sub-merchant's appid. */
  readonly sub_appid?: string
  /** Service providers: the sub-merchant's number. */
  readonly sub_mchid?: string
}

/**
 * The reply of `codepay`. The order is paid only if `trade_state` is `SUCCESS`; while the customer has to confirm, `trade_state` may be
 * the only field.
 */
export class V3CodepayReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3CodepayReply'
}

/**
 * The reply of `codepay`. The order is paid only if `trade_state` is `SUCCESS`; while the customer has to confirm, `trade_state` may be
 * the only field.
 */
export interface V3CodepayReply {
  /**
   * The order's state: `SUCCESS`, `USERPAYING` or `PAYERROR`. At `PAYERROR` the charge failed: cancel it by `reverse`, then charge
   * again with a new number and a new code.
   */
  readonly trade_state: Open<'SUCCESS' | 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT'>
  /** The merchant's number of the order. */
  readonly out_trade_no?: string
  /** The amount of the order, and what was paid. */
  readonly amount?: V3PaidAmount
  /** The state, in words. */
  readonly trade_state_desc?: string
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** How it was paid. */
  readonly trade_type?: Open<'JSAPI' | 'NATIVE' | 'APP' | 'MICROPAY' | 'MWEB' | 'FACEPAY'>
  /** Payment bank code. */
  readonly bank_type?: string
  /** The data of the order, as sent. */
  readonly attach?: string
  /** When it was paid. */
  readonly success_time?: Date
  /** Who paid. */
  readonly payer?: V3OrderPayer
  /** Where it was sold. */
  readonly scene_info?: V3OrderScene
  /** Coupons that were used. */
  readonly promotion_detail?: readonly V3Promotion[]
  /** The appid of the order. */
  readonly appid?: string
  /** The merchant's number. */
  readonly mchid?: string
  /** Service providers: the provider's appid. */
  readonly sp_appid?: string
  /** Service providers: the provider's number. */
  readonly sp_mchid?: string
  /** Service providers: the sub-merchant's appid. */
  readonly sub_appid?: string
  /** Service providers: the sub-merchant's number. */
  readonly sub_mchid?: string
}

/** The reply of `reverse`: the order is cancelled. */
export class V3ReverseReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3ReverseReply'
}

/** The reply of `reverse`: the order is cancelled. */
export interface V3ReverseReply {
  /** The merchant's number of the order. */
  readonly out_trade_no: string
  /** The appid of the order. */
  readonly appid?: string
  /** The merchant's number. */
  readonly mchid?: string
  /** Service providers: the provider's appid. */
  readonly sp_appid?: string
  /** Service providers: the provider's number. */
  readonly sp_mchid?: string
  /** Service providers: the sub-merchant's appid. */
  readonly sub_appid?: string
  /** Service providers: the sub-merchant's number. */
  readonly sub_mchid?: string
}

/** The reply of `combine_query`. A part that is not paid has no `transaction_id`. */
export class V3CombineOrder extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3CombineOrder'
}

/** The reply of `combine_query`. A part that is not paid has no `transaction_id`. */
export interface V3CombineOrder {
  /** The appid. */
  readonly combine_appid?: string
  /** The merchant's number. */
  readonly combine_mchid?: string
  /** The merchant's number of the combined order. */
  readonly combine_out_trade_no: string
  /** Who paid. */
  readonly combine_payer_info?: V3OrderPayer
  /** Where it was sold. */
  readonly scene_info?: V3OrderScene
  /** The parts. */
  readonly sub_orders?: readonly V3CombinePart[]
}

/** A refund: the reply of `refund`, `refund_query` and `apply_abnormal_refund`. */
export class V3RefundReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3RefundReply'
}

/** A refund: the reply of `refund`, `refund_query` and `apply_abnormal_refund`. */
export interface V3RefundReply {
  /** WeChat's number of the refund. */
  readonly refund_id: string
  /** The merchant's number of the refund. */
  readonly out_refund_no: string
  /** WeChat's number of the payment. */
  readonly transaction_id?: string
  /** The merchant's number of the order. */
  readonly out_trade_no?: string
  /** Where the money goes: `ORIGINAL`, `BALANCE`, `OTHER_BALANCE` or `OTHER_BANKCARD`. */
  readonly channel?: string
  /** Who received it, in WeChat's words: a balance, or a card. */
  readonly user_received_account?: string
  /** When the customer got it. */
  readonly success_time?: Date
  /** When WeChat accepted it. */
  readonly create_time?: Date
  /** The refund's state. */
  readonly status: Open<'SUCCESS' | 'CLOSED' | 'PROCESSING' | 'ABNORMAL'>
  /** Which funds paid. */
  readonly funds_account?: string
  /** The amounts. */
  readonly amount: V3RefundedAmount
  /** Coupons that were given back. */
  readonly promotion_detail?: readonly V3RefundedPromotion[]
}

/** The reply of `transfer`. */
export class V3TransferReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3TransferReply'
}

/** The reply of `transfer`. */
export interface V3TransferReply {
  /** The transfer's state. */
  readonly state: Open<'ACCEPTED' | 'PROCESSING' | 'WAIT_USER_CONFIRM' | 'TRANSFERING' | 'SUCCESS' | 'FAIL' | 'CANCELING' | 'CANCELLED'>
  /** The merchant's number of the transfer. */
  readonly out_bill_no: string
  /** WeChat's number of the transfer. */
  readonly transfer_bill_no: string
  /** When WeChat accepted it. */
  readonly create_time?: Date
  /** Why it failed, such as `OVERDUE_CLOSE`. */
  readonly fail_reason?: string
  /** For `transfer_params`; only there while the customer has to confirm. */
  readonly package_info?: string
}

/** A transfer: the reply of `transfer_query`. */
export class V3TransferBill extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3TransferBill'
}

/** A transfer: the reply of `transfer_query`. */
export interface V3TransferBill {
  /** The transfer's state. */
  readonly state: Open<'ACCEPTED' | 'PROCESSING' | 'WAIT_USER_CONFIRM' | 'TRANSFERING' | 'SUCCESS' | 'FAIL' | 'CANCELING' | 'CANCELLED'>
  /** The merchant's number of the transfer. */
  readonly out_bill_no: string
  /** WeChat's number of the transfer. */
  readonly transfer_bill_no: string
  /** The merchant's number. */
  readonly mch_id?: string
  /** The appid of the transfer. */
  readonly appid?: string
  /** The amount in fen. */
  readonly transfer_amount: number
  /** The remark, as sent. */
  readonly transfer_remark?: string
  /** Why it failed, such as `OVERDUE_CLOSE`. */
  readonly fail_reason?: string
  /** The customer's openid. */
  readonly openid?: string
  /** The customer's name, as sent. The client decrypts it. */
  readonly user_name?: string
  /** When WeChat accepted it. */
  readonly create_time?: Date
  /** When its state last changed. */
  readonly update_time?: Date
}

/** The reply of `transfer_cancel`. */
export class V3TransferCancelReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3TransferCancelReply'
}

/** The reply of `transfer_cancel`. */
export interface V3TransferCancelReply {
  /** `CANCELING` or `CANCELLED`. */
  readonly state: Open<'ACCEPTED' | 'PROCESSING' | 'WAIT_USER_CONFIRM' | 'TRANSFERING' | 'SUCCESS' | 'FAIL' | 'CANCELING' | 'CANCELLED'>
  /** The merchant's number of the transfer. */
  readonly out_bill_no: string
  /** WeChat's number of the transfer. */
  readonly transfer_bill_no?: string
  /** When its state last changed. */
  readonly update_time?: Date
}

/** The reply of `transfer_receipt`. */
export class V3TransferReceiptReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3TransferReceiptReply'
}

/** The reply of `transfer_receipt`. */
export interface V3TransferReceiptReply {
  /** The receipt's state. */
  readonly state: Open<'GENERATING' | 'FINISHED' | 'FAILED'>
  /** When WeChat took the application. */
  readonly create_time?: Date
}

/** A receipt: the reply of `transfer_receipt_query`. */
export class V3TransferReceiptFile extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3TransferReceiptFile'
}

/** A receipt: the reply of `transfer_receipt_query`. */
export interface V3TransferReceiptFile {
  /** The receipt's state. */
  readonly state: Open<'GENERATING' | 'FINISHED' | 'FAILED'>
  /** When WeChat took the application. */
  readonly create_time?: Date
  /** When its state last changed. */
  readonly update_time?: Date
  /** The algorithm of `hash_value`: `SHA256`. */
  readonly hash_type?: string
  /** The hash of the file. */
  readonly hash_value?: string
  /** The address of the file, valid for ten minutes. */
  readonly download_url?: string
  /** Why it could not be made. */
  readonly fail_reason?: string
}

/** A sharing: the reply of `profitsharing_order`, `profitsharing_order_query` and `profitsharing_unfreeze`. */
export class V3ProfitsharingOrderReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3ProfitsharingOrderReply'
}

/** A sharing: the reply of `profitsharing_order`, `profitsharing_order_query` and `profitsharing_unfreeze`. */
export interface V3ProfitsharingOrderReply {
  /** Whether WeChat is done with it. `FINISHED` does not mean that each receiver got its part. */
  readonly state: Open<'PROCESSING' | 'FINISHED'>
  /** Service providers: the sub-merchant's number. */
  readonly sub_mchid?: string
  /** WeChat's number of the payment. */
  readonly transaction_id: string
  /** The merchant's number of the sharing. */
  readonly out_order_no: string
  /** WeChat's number of the sharing. */
  readonly order_id: string
  /** The receivers. What was released is a part of the merchant's own. */
  readonly receivers?: readonly V3ProfitsharingPart[]
}

/** A return: the reply of `profitsharing_return` and `profitsharing_return_query`. */
export class V3ProfitsharingReturnReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3ProfitsharingReturnReply'
}

/** A return: the reply of `profitsharing_return` and `profitsharing_return_query`. */
export interface V3ProfitsharingReturnReply {
  /** What became of it. */
  readonly result: Open<'PROCESSING' | 'SUCCESS' | 'FAILED'>
  /** Service providers: the sub-merchant's number. */
  readonly sub_mchid?: string
  /** WeChat's number of the sharing. */
  readonly order_id?: string
  /** The merchant's number of the sharing. */
  readonly out_order_no?: string
  /** The merchant's number of the return. */
  readonly out_return_no: string
  /** WeChat's number of the return. */
  readonly return_id?: string
  /** The number of the merchant that gives it back. */
  readonly return_mchid?: string
  /** The amount in fen. */
  readonly amount: number
  /** The reason. */
  readonly description?: string
  /** Why it failed. */
  readonly fail_reason?: string
  /** When it was accepted. */
  readonly create_time?: Date
  /** When it ended; WeChat writes 1970 while it is open. */
  readonly finish_time?: Date
}

/** The reply of `profitsharing_amounts`. */
export class V3ProfitsharingAmountsReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3ProfitsharingAmountsReply'
}

/** The reply of `profitsharing_amounts`. */
export interface V3ProfitsharingAmountsReply {
  /** WeChat's number of the payment. */
  readonly transaction_id: string
  /** What can still be shared, in fen. */
  readonly unsplit_amount: number
}

/** The reply of `profitsharing_config`. */
export class V3ProfitsharingConfigReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3ProfitsharingConfigReply'
}

/** The reply of `profitsharing_config`. */
export interface V3ProfitsharingConfigReply {
  /** The sub-merchant's number. */
  readonly sub_mchid: string
  /** The largest part of an order that may be shared, in hundredths of a percent: 2000 is 20 %. */
  readonly max_ratio: number
}

/** The reply of `profitsharing_add_receiver`. */
export class V3ProfitsharingAddReceiverReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3ProfitsharingAddReceiverReply'
}

/** The reply of `profitsharing_add_receiver`. */
export interface V3ProfitsharingAddReceiverReply {
  /** What the receiver is. */
  readonly type: Open<'MERCHANT_ID' | 'PERSONAL_OPENID' | 'PERSONAL_SUB_OPENID'>
  /** A merchant's number, or a person's openid. */
  readonly account: string
  /** The name, as sent. The client decrypts it. */
  readonly name?: string
  /** What the receiver is to the merchant. */
  readonly relation_type?: Open<'STORE' | 'STAFF' | 'STORE_OWNER' | 'PARTNER' | 'HEADQUARTER' | 'BRAND' | 'DISTRIBUTOR' | 'USER' | 'SUPPLIER' | 'SERVICE_PROVIDER' | 'CUSTOM'>
  /** With `CUSTOM`: what the receiver is. */
  readonly custom_relation?: string
  /** Service providers: the sub-merchant's number. */
  readonly sub_mchid?: string
  /** The appid. */
  readonly appid?: string
  /** Service providers: the sub-merchant's appid. */
  readonly sub_appid?: string
}

/** The reply of `profitsharing_delete_receiver`. */
export class V3ProfitsharingDeleteReceiverReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3ProfitsharingDeleteReceiverReply'
}

/** The reply of `profitsharing_delete_receiver`. */
export interface V3ProfitsharingDeleteReceiverReply {
  /** What the receiver was. */
  readonly type: Open<'MERCHANT_ID' | 'PERSONAL_OPENID' | 'PERSONAL_SUB_OPENID'>
  /** A merchant's number, or a person's openid. */
  readonly account: string
  /** Service providers: the sub-merchant's number. */
  readonly sub_mchid?: string
}

/** The reply of `certificates`. */
export class V3CertificatesReply extends Reply {
  /** Keeps one kind of document from passing for another. */
  declare protected readonly record: 'V3CertificatesReply'
}

/** The reply of `certificates`. */
export interface V3CertificatesReply {
  /** The certificates. */
  readonly data?: readonly V3Certificate[]
}

/** The reply of `unifiedorder` when `trade_type` is NATIVE. */
export type UnifiedorderNativeReply = UnifiedorderReply & { readonly trade_type: 'NATIVE' } & { readonly code_url: string }

/** The reply of `unifiedorder` when `trade_type` is MWEB. */
export type UnifiedorderMwebReply = UnifiedorderReply & { readonly trade_type: 'MWEB' } & { readonly mweb_url: string }

/**
 * What `orderquery` resolves to: `trade_state` tells which fields are there.
 * A value that this version does not know may come too: give a `switch` a `default`.
 */
export type OrderqueryResult =
  | (OrderqueryReply & { readonly trade_state: 'SUCCESS' | 'REFUND' } & { readonly out_trade_no: string } & { readonly transaction_id: string } & { readonly total_fee: number })
  | (OrderqueryReply & { readonly trade_state: 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT' })

/**
 * What `v3.query` resolves to: `trade_state` tells which fields are there.
 * A value that this version does not know may come too: give a `switch` a `default`.
 */
export type V3OrderResult =
  | (V3Order & { readonly trade_state: 'SUCCESS' | 'REFUND' } & { readonly transaction_id: string } & { readonly amount: V3PaidAmount & { readonly total: number } })
  | (V3Order & { readonly trade_state: 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT' })

/**
 * What `v3.codepay` resolves to: `trade_state` tells which fields are there.
 * A value that this version does not know may come too: give a `switch` a `default`.
 */
export type V3CodepayResult =
  | (V3CodepayReply & { readonly trade_state: 'SUCCESS' } & { readonly transaction_id: string } & { readonly out_trade_no: string } & { readonly amount: V3PaidAmount & { readonly total: number } })
  | (V3CodepayReply & { readonly trade_state: 'REFUND' | 'NOTPAY' | 'CLOSED' | 'REVOKED' | 'USERPAYING' | 'PAYERROR' | 'ACCEPT' })

/**
 * What `v3.transfer_receipt_query` resolves to: `state` tells which fields are there.
 * A value that this version does not know may come too: give a `switch` a `default`.
 */
export type V3TransferReceiptFileResult =
  | (V3TransferReceiptFile & { readonly state: 'GENERATING' | 'FAILED' })
  | (V3TransferReceiptFile & { readonly state: 'FINISHED' } & { readonly download_url: string } & { readonly hash_type: string } & { readonly hash_value: string })
