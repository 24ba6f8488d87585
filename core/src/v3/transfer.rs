//! Transfers to customers (商家转账): `transfer`, `transfer_query`, `transfer_cancel`, and their receipts: `transfer_receipt` and
//! `transfer_receipt_query`.

use crate::table::macros::{endpoints, object, record, wire_enum};
use crate::table::row::Limit;

wire_enum! {
    /// The state of a transfer (单据状态). Only `SUCCESS`, `FAIL` and `CANCELLED` are final.
    V3TransferState {
        /// WeChat accepted it.
        Accepted = "ACCEPTED",
        /// WeChat is reserving the money.
        Processing = "PROCESSING",
        /// The customer has to confirm it, within 24 hours.
        WaitUserConfirm = "WAIT_USER_CONFIRM",
        /// The customer confirmed it, and the money is on its way.
        Transfering = "TRANSFERING",
        /// The customer has the money.
        Success = "SUCCESS",
        /// It failed: `fail_reason` says why.
        Fail = "FAIL",
        /// WeChat is cancelling it. It may still become `TRANSFERING`.
        Canceling = "CANCELING",
        /// It was cancelled.
        Cancelled = "CANCELLED",
    }
}

wire_enum! {
    /// How a customer sees a transfer.
    V3TransferStyleType {
        /// A page to confirm on.
        ConfirmPage = "CONFIRM_PAGE",
        /// A red packet, up to ¥200.
        RedPacket = "RED_PACKET",
    }
}

wire_enum! {
    /// The state of a receipt (电子回单状态).
    V3ReceiptState {
        /// WeChat is making it.
        Generating = "GENERATING",
        /// It can be downloaded.
        Finished = "FINISHED",
        /// It could not be made: `fail_reason` says why. Apply again.
        Failed = "FAILED",
    }
}

endpoints! {
    /// Transfers money to a customer (商家转账, 发起转账). The money is the client's own merchant's, also where the settings have a sub-merchant.
    /// In the state `WAIT_USER_CONFIRM` the customer has to confirm it within 24 hours: hand `package_info` to the page, by
    /// `transfer_params`.
    /// Repeating it with the same `out_bill_no` and the same fields transfers once. Do so whenever the outcome is unknown, and after
    /// `NOT_ENOUGH`. Take a new number only after `transfer_query` said `FAIL` or `CANCELLED`.
    v3.transfer(V3Transfer) -> V3TransferReply {
        v3_post("/v3/fund-app/mch-transfer/transfer-bills"),
        identity(&[("appid", Appid)]),
        limits(OF_AMOUNT),
        retry(SameRequest),
        resumes("out_bill_no", "v3.transfer_query");
        request {
            /// The merchant's number of the transfer, the same for every attempt at it: digits and letters.
            out_bill_no: BillNo(32) required,
            /// The scene (转账场景), opened at pay.weixin.qq.com, such as `1000` for promotions or `1005` for commissions.
            transfer_scene_id: Id(36) required,
            /// The customer's openid under the client's appid.
            openid: Id(64) required short,
            /// The customer's real name, from ¥2000 on required and below ¥0.30 not allowed. WeChat compares it. The client encrypts it.
            user_name: Text sensitive,
            /// The amount in fen.
            transfer_amount: Fen required,
            /// A remark, shown to the customer.
            transfer_remark: Text(32) required,
            /// Where WeChat posts the transfer's notification: https, reachable from outside, without a query.
            notify_url: Url(256) from_merchant,
            /// What the customer sees as the reason: one of the scene's texts.
            user_recv_perception: Text,
            /// What the transfer is for. Each scene has its own `info_type`s.
            transfer_scene_report_infos: List<V3TransferReportInfo> required,
            /// How the customer sees it.
            user_recv_style: Record<V3TransferStyle>,
        }
    }

    /// Queries a transfer by `out_bill_no` or `transfer_bill_no` (查询转账单). WeChat finds the transfers of the last 30 days.
    v3.transfer_query(V3TransferQuery) -> V3TransferBill {
        v3_get("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}"),
        by("transfer_bill_no", "/v3/fund-app/mch-transfer/transfer-bills/transfer-bill-no/{transfer_bill_no}",
            "/v3/fund-app/mch-transfer/transfer-bills/transfer-bill-no/{transfer_bill_no}"),
        retry(Safe);
        request {
            /// The merchant's number of the transfer.
            out_bill_no: BillNo(32),
            /// WeChat's number of the transfer. It wins over `out_bill_no`.
            transfer_bill_no: Id(64),
        }
        needs {
            any [transfer_bill_no, out_bill_no],
        }
    }

    /// Cancels a transfer that the customer has not confirmed (撤销转账). The state is `CANCELING` at first: `transfer_query` says whether it
    /// became `CANCELLED`.
    v3.transfer_cancel(V3TransferCancel) -> V3TransferCancelReply {
        v3_post("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}/cancel"),
        retry(SameRequest),
        resumes("out_bill_no", "v3.transfer_query");
        request {
            /// The merchant's number of the transfer.
            out_bill_no: BillNo(32) required,
        }
    }

    /// Applies for the receipt of a transfer that succeeded, by `out_bill_no` or `transfer_bill_no` (申请电子回单).
    /// WeChat makes it later: `transfer_receipt_query`, by the same number, has its address then. Repeating this call has no
    /// further effect.
    v3.transfer_receipt(V3TransferReceipt) -> V3TransferReceiptReply {
        v3_post("/v3/fund-app/mch-transfer/elecsign/out-bill-no"),
        by("transfer_bill_no", "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no",
            "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no"),
        retry(SameRequest);
        request {
            /// The merchant's number of the transfer.
            out_bill_no: BillNo(32),
            /// WeChat's number of the transfer, instead of `out_bill_no`.
            transfer_bill_no: Id(64),
        }
        needs {
            any [out_bill_no, transfer_bill_no] exclusive,
        }
    }

    /// Queries the receipt of a transfer, by the number that it was applied for by (查询电子回单).
    /// When the state is `FINISHED`, hand `download_url`, `hash_type` and `hash_value` to `download` within ten minutes; later, query again. The
    /// file is a PDF.
    v3.transfer_receipt_query(V3TransferReceiptQuery) -> V3TransferReceiptFile {
        v3_get("/v3/fund-app/mch-transfer/elecsign/out-bill-no/{out_bill_no}"),
        by("transfer_bill_no", "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no/{transfer_bill_no}",
            "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no/{transfer_bill_no}"),
        retry(Safe);
        request {
            /// The merchant's number of the transfer.
            out_bill_no: BillNo(32),
            /// WeChat's number of the transfer, instead of `out_bill_no`.
            transfer_bill_no: Id(64),
        }
        needs {
            any [out_bill_no, transfer_bill_no] exclusive,
        }
    }
}

/// What an amount asks for: a high one the customer's name, which a low one must not have; and a red packet is a low one.
const OF_AMOUNT: &[Limit] = &[
    Limit::RequiredFrom { field: "user_name", amount: "transfer_amount", fen: 200_000 },
    Limit::AbsentBelow { field: "user_name", amount: "transfer_amount", fen: 30 },
    Limit::AtMost { field: "transfer_amount", fen: 20_000, when: Some(("user_recv_style.type", "RED_PACKET")) },
];

object! {
    /// What a transfer is for: one item of its scene's report (转账场景报备信息).
    V3TransferReportInfo {
        /// What the item is, as the scene has it: such as `活动名称` and `奖励说明` for promotions.
        info_type: Text(15) required,
        /// Your text for it.
        info_content: Text(32) required,
    }
}

object! {
    /// How a customer sees a transfer.
    V3TransferStyle {
        /// A page, or a red packet.
        r#type: Enum<V3TransferStyleType>(32),
    }
}

record! {
    /// The reply of `transfer`.
    V3TransferReply
    fields {
        /// The transfer's state.
        state: Enum<V3TransferState>(32) required,
        /// The merchant's number of the transfer.
        out_bill_no: BillNo(32) required echoed,
        /// WeChat's number of the transfer.
        transfer_bill_no: Id(64) required,
        /// When WeChat accepted it.
        create_time: Instant,
        /// Why it failed, such as `OVERDUE_CLOSE`.
        fail_reason: Text(64),
        /// For `transfer_params`; only there while the customer has to confirm.
        package_info: Text(512),
    }
}

record! {
    /// A transfer: the reply of `transfer_query`.
    V3TransferBill
    fields {
        /// The transfer's state.
        state: Enum<V3TransferState>(32) required,
        /// The merchant's number of the transfer.
        out_bill_no: BillNo(32) required echoed,
        /// WeChat's number of the transfer.
        transfer_bill_no: Id(64) required echoed,
        /// The merchant's number.
        mch_id: Id(32),
        /// The appid of the transfer.
        appid: Id(32),
        /// The amount in fen.
        transfer_amount: Fen required,
        /// The remark, as sent.
        transfer_remark: Text(32),
        /// Why it failed, such as `OVERDUE_CLOSE`.
        fail_reason: Text(64),
        /// The customer's openid.
        openid: Id(64) short,
        /// The customer's name, as sent. The client decrypts it.
        user_name: Text sensitive,
        /// When WeChat accepted it.
        create_time: Instant,
        /// When its state last changed.
        update_time: Instant,
    }
}

record! {
    /// The reply of `transfer_cancel`.
    V3TransferCancelReply
    fields {
        /// `CANCELING` or `CANCELLED`.
        state: Enum<V3TransferState>(32) required,
        /// The merchant's number of the transfer.
        out_bill_no: BillNo(32) required echoed,
        /// WeChat's number of the transfer.
        transfer_bill_no: Id(64),
        /// When its state last changed.
        update_time: Instant,
    }
}

record! {
    /// The reply of `transfer_receipt`.
    V3TransferReceiptReply
    fields {
        /// The receipt's state.
        state: Enum<V3ReceiptState>(32) required,
        /// When WeChat took the application.
        create_time: Instant,
    }
}

record! {
    /// A receipt: the reply of `transfer_receipt_query`.
    V3TransferReceiptFile
    fields {
        /// The receipt's state.
        state: Enum<V3ReceiptState>(32) required,
        /// When WeChat took the application.
        create_time: Instant,
        /// When its state last changed.
        update_time: Instant,
        /// The algorithm of `hash_value`: `SHA256`.
        hash_type: Text(16),
        /// The hash of the file.
        hash_value: Text(1024),
        /// The address of the file, valid for ten minutes.
        download_url: Text(2048),
        /// Why it could not be made.
        fail_reason: Text(1024),
    }
    needs {
        when state = "FINISHED" any [download_url],
        when state = "FINISHED" any [hash_type],
        when state = "FINISHED" any [hash_value],
    }
}
