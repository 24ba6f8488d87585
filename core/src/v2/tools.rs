//! Small calls: 转换短链接 `shorturl`, 交易保障 `report`, and the old sandbox's `getsignkey`.

use super::groups::identity;
use crate::table::macros::{endpoints, record};

endpoints! {
    /// Shortens the text of a permanent code (转换短链接), so that its QR code is easier to scan.
    shorturl(Shorturl) -> ShorturlReply {
        v2("/tools/shorturl"),
        retry(Safe);
        request {
            /// The text of a permanent code, `weixin://wxpay/bizpayurl?…`, as it is: the client encodes it.
            long_url: Text(512) required url_encoded,
        }
    }

    /// Reports to WeChat how long a call took and how it ended (交易保障), or a till's payments of an hour as `trades`. WeChat may ask
    /// merchants with payment codes for it. The client does not repeat it.
    report(Report) -> ReportReply {
        v2("/payitil/report"),
        reply_body(ReplyBody::Xml { signed: false, result_code: true }),
        retry(Once);
        request {
            /// The address of the call that is reported; `https://api.mch.weixin.qq.com/pay/batchreport/micropay/total` for `trades`.
            interface_url: Url(127) required,
            /// The IP address of the till or the server.
            user_ip: Ip(64) required,
            /// How long the call took, in milliseconds. WeChat's name ends with `_`.
            execute_time_: Int,
            /// The call's `return_code`.
            return_code: Text(16),
            /// The call's `return_msg`.
            return_msg: Text(128),
            /// The call's `result_code`.
            result_code: Text(16),
            /// The call's `err_code`.
            err_code: Text(32),
            /// The call's `err_code_des`.
            err_code_des: Text(128),
            /// The merchant's number of the order.
            out_trade_no: OutNo(32),
            /// The terminal's number.
            device_info: Text(32),
            /// When it was reported, Beijing time.
            time: Time,
            /// The till's payments, as a JSON list: `out_trade_no`, `begin_time`, `end_time`, `state` (`OK`, `FAIL`, `CANCLE`), `err_msg`.
            trades: Json,
        }
        needs {
            any [execute_time_, trades],
            when execute_time_ any [return_code],
            when execute_time_ any [result_code],
        }
    }

    /// Historic: the key of the old sandbox (仿真测试系统), which WeChat no longer keeps up. Test against `wxpaykit-emulator`.
    getsignkey(Getsignkey) -> GetsignkeyReply {
        v2("/sandboxnew/pay/getsignkey"),
        identity(&[("mch_id", MchId)]),
        only(&[SignType::Md5]),
        no_sign_type(),
        reply_body(ReplyBody::Xml { signed: false, result_code: false }),
        retry(Safe);
        request {}
    }
}

record! {
    /// The reply of `shorturl`.
    ShorturlReply includes [identity]
    fields {
        /// The short text, `weixin://wxpay/s/…`: make the QR code of it.
        short_url: Text(64) required,
    }
}

record! {
    /// The reply of `report`: WeChat took it. It is not signed.
    ReportReply
    fields {
        /// `0`, where WeChat sends it.
        err_code: Text(32),
    }
}

record! {
    /// The reply of `getsignkey`. It is not signed.
    GetsignkeyReply
    fields {
        /// The sandbox's API key.
        sandbox_signkey: Text(32) required hidden,
    }
}
