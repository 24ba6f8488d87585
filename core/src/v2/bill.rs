//! Bills and comments: 下载交易账单 `downloadbill`, 下载资金账单 `downloadfundflow`, 拉取订单评价数据 `batchquerycomment`.

use crate::table::macros::{endpoints, record, wire_enum};

wire_enum! {
    /// Which rows a trade bill has.
    BillType {
        /// Payments and refunds.
        All = "ALL",
        /// Payments.
        Success = "SUCCESS",
        /// Refunds.
        Refund = "REFUND",
        /// Refunds of recharged coupons.
        RechargeRefund = "RECHARGE_REFUND",
    }
}

wire_enum! {
    /// Which account of the merchant a fund flow is of.
    AccountType {
        /// The basic account, which payments arrive at.
        Basic = "Basic",
        /// The operation account.
        Operation = "Operation",
        /// The account of service fees.
        Fees = "Fees",
    }
}

wire_enum! {
    /// How a bill is packed.
    TarType {
        /// As a gzip file.
        Gzip = "GZIP",
    }
}

endpoints! {
    /// Downloads the bill of a day: its payments and refunds (下载交易账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without business has no bill.
    downloadbill(Downloadbill) -> BillText {
        v2("/pay/downloadbill"),
        reply_body(ReplyBody::Bill),
        retry(Safe);
        request {
            /// The day, in Beijing.
            bill_date: Date required,
            /// Which rows.
            bill_type: Enum<BillType>(32) = "ALL",
            /// `GZIP` to download it packed, which is faster. It is read the same.
            tar_type: Enum<TarType>(8),
            /// The terminal's number, in old requests.
            device_info: Text(32),
        }
    }

    /// Downloads the fund flow of a day: each change of an account's balance (下载资金账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00.
    downloadfundflow(Downloadfundflow) -> BillText {
        v2("/pay/downloadfundflow"),
        cert(),
        only(&[SignType::HmacSha256]),
        reply_body(ReplyBody::Bill),
        retry(Safe);
        request {
            /// The day, in Beijing.
            bill_date: Date required,
            /// Which account.
            account_type: Enum<AccountType>(32) = "Basic",
            /// `GZIP` to download it packed, which is faster. It is read the same.
            tar_type: Enum<TarType>(8),
        }
    }

    /// Gets what customers wrote about their orders, within the last three months (拉取订单评价数据).
    /// WeChat sends 200 at most. For more, ask again with the `offset` of the reply.
    batchquerycomment(Batchquerycomment) -> BatchquerycommentReply {
        v2("/billcommentsp/batchquerycomment"),
        cert(),
        only(&[SignType::HmacSha256]),
        reply_body(ReplyBody::Comments),
        retry(Safe);
        request {
            /// From when on.
            begin_time: Time required,
            /// Until when.
            end_time: Time required,
            /// Where to go on: 0 at first, then the `offset` of the reply before. Offsets have gaps.
            offset: Int = "0",
            /// How many, 200 at most.
            limit: Int,
        }
    }
}

record! {
    /// A bill is a stream of rows, and not a document.
    BillText
    fields {}
}

record! {
    /// The reply of `batchquerycomment`.
    BatchquerycommentReply
    fields {
        /// Where to go on: give it as `offset` of the next call.
        offset: Int required,
    }
    lists {
        comments: Comment,
    }
}

record! {
    /// What a customer wrote about an order.
    Comment
    fields {
        /// When it was written.
        comment_time: Time,
        /// WeChat's number of the payment.
        transaction_id: Id(32),
        /// From 1 to 5 stars.
        stars: Int,
        /// The text.
        comment: Text,
    }
}
