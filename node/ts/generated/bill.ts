// Written by `cargo xtask gen` from the columns of bills; edit core/src/bill/columns.rs instead.

/** The cells of a row whose meaning is known. Cells that hold nothing are `undefined`. */
export interface BillCells {
  /** When the customer paid; of a refund, when it was asked for. */
  readonly trade_time: Date | undefined
  /** The appid. */
  readonly appid: string | undefined
  /** The merchant; for a service provider's bill the provider. */
  readonly mch_id: string | undefined
  /** The sub-merchant; none for an ordinary merchant. */
  readonly sub_mch_id: string | undefined
  /** The terminal's number. */
  readonly device_info: string | undefined
  /** WeChat's number of the payment. */
  readonly transaction_id: string | undefined
  /** The merchant's number of the order. */
  readonly out_trade_no: string | undefined
  /** The customer. */
  readonly openid: string | undefined
  /** How it was paid: `JSAPI`, `NATIVE`, `APP`, `MICROPAY` and so on. */
  readonly trade_type: string | undefined
  /** What the row is: `SUCCESS` a payment, `REFUND` a refund, `REVOKED` an order that was cancelled. */
  readonly trade_state: string | undefined
  /** The customer's bank. */
  readonly bank_type: string | undefined
  /** The currency. */
  readonly fee_type: string | undefined
  /** What the merchant receives of the order: its amount less coupons that are not settled. */
  readonly settlement_total_fee: number | undefined
  /** What coupons paid. */
  readonly coupon_fee: number | undefined
  /** When the refund was asked for. */
  readonly refund_apply_time: Date | undefined
  /** When the customer had the refund. */
  readonly refund_success_time: Date | undefined
  /** WeChat's number of the refund. */
  readonly refund_id: string | undefined
  /** The merchant's number of the refund. */
  readonly out_refund_no: string | undefined
  /** What the merchant pays back: the refund less coupons that were not settled. */
  readonly settlement_refund_fee: number | undefined
  /** What coupons get back. */
  readonly coupon_refund_fee: number | undefined
  /** Where the refund goes: `ORIGINAL`, `BALANCE` and so on. */
  readonly refund_channel: string | undefined
  /** The state of the refund: `SUCCESS`, `PROCESSING`, `FAIL`, `CHANGE`. */
  readonly refund_status: string | undefined
  /** What was bought. */
  readonly body: string | undefined
  /** The order's `attach`. */
  readonly attach: string | undefined
  /** WeChat's service fee in yuan, negative where it is given back. */
  readonly fee: string | undefined
  /** The rate of the service fee, such as `0.60%`. */
  readonly rate: string | undefined
  /** The amount of the order. */
  readonly total_fee: number | undefined
  /** The amount that was asked to be refunded. */
  readonly refund_fee: number | undefined
  /** A remark about the rate. */
  readonly rate_remark: string | undefined
  /** The service fee that WeChat gives back, in yuan. */
  readonly returned_fee: string | undefined
  /** Fund flow: when it was booked. */
  readonly record_time: Date | undefined
  /** Fund flow: WeChat's number of the payment, refund or other business. */
  readonly business_id: string | undefined
  /** Fund flow: WeChat's number of this entry. */
  readonly flow_id: string | undefined
  /** Fund flow: what it was, such as `交易` and `退款`. */
  readonly business_name: string | undefined
  /** Fund flow: the kind of business. */
  readonly business_type: string | undefined
  /** Fund flow: `收入` for money that came in, `支出` for money that went out. */
  readonly direction: string | undefined
  /** Fund flow: how much; see `direction`. */
  readonly amount: number | undefined
  /** Fund flow: the balance afterwards. */
  readonly balance: number | undefined
  /** Fund flow: who asked for it. */
  readonly applicant: string | undefined
  /** Fund flow: a remark. */
  readonly remark: string | undefined
  /** Fund flow: the merchant's number of the business. */
  readonly voucher_no: string | undefined
}

/** The totals at the end of a bill. Amounts are integers of fen. */
export interface BillTotals {
  /** What the merchant receives of the order: its amount less coupons that are not settled. */
  readonly settlement_total_fee: number | undefined
  /** What the merchant pays back: the refund less coupons that were not settled. */
  readonly settlement_refund_fee: number | undefined
  /** What coupons get back. */
  readonly coupon_refund_fee: number | undefined
  /** WeChat's service fee in yuan, negative where it is given back. */
  readonly fee: string | undefined
  /** The amount of the order. */
  readonly total_fee: number | undefined
  /** The amount that was asked to be refunded. */
  readonly refund_fee: number | undefined
  /** Totals: how many rows the bill has. */
  readonly total_count: number | undefined
  /** Totals of a fund flow: how many entries are income. */
  readonly income_count: number | undefined
  /** Totals of a fund flow: the sum of the income. */
  readonly income_amount: number | undefined
  /** Totals of a fund flow: how many entries are expenses. */
  readonly expense_count: number | undefined
  /** Totals of a fund flow: the sum of the expenses. */
  readonly expense_amount: number | undefined
}
