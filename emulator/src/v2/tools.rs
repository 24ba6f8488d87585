//! The rows of small calls (protocol §3.12, §3.13, §3.15).

use wxpaykit::SignType;

use super::forms::{COUNT, IP, TIME};
use super::rules::{DONE, Order, Part, Row, USUAL_ORDER, Unsigned, field, row};
use crate::wechat::tools;

pub(super) const ROWS: &[Row] = &[
    Row {
        fields: &[field("long_url", 512).required()],
        // Signed as it is, and sent URL-encoded.
        url_encoded: Some("long_url"),
        ..row("/tools/shorturl", tools::shorturl)
    },
    Row {
        fields: &[
            field("device_info", 32),
            field("interface_url", 127).required(),
            field("execute_time_", 9).form(COUNT),
            field("execute_time", 9).form(COUNT),
            field("return_code", 16),
            field("return_msg", 128),
            field("result_code", 16),
            field("err_code", 32),
            field("err_code_des", 128),
            field("out_trade_no", 32),
            field("user_ip", 64).required().form(IP),
            field("time", 14).form(TIME),
            field("trades", 100_000),
        ],
        one_of: &["execute_time_", "execute_time", "trades"],
        order: Order { alphabetical: true, ..USUAL_ORDER },
        // Captured so.
        unsigned: Some(Unsigned {
            message: "",
            head: &[DONE, Part::Always("err_code", "0"), Part::Always("err_code_des", "")],
        }),
        ..row("/payitil/report", tools::report)
    },
    Row {
        sign_types: &[SignType::Md5],
        appid: None,
        unsigned: Some(Unsigned { message: "ok", head: &[] }),
        ..row("/sandboxnew/pay/getsignkey", tools::getsignkey)
    },
];
