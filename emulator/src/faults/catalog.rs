//! The faults that there are, with their parameters, in words of both languages. What each does stands in `kinds`.

/// The longest time of a fault, in milliseconds of the machine's time.
pub(super) const MOST_MS: u64 = 600_000;
/// The longest delay of a fault: a week of the emulated clock, in seconds.
pub(super) const MOST_S: u64 = 7 * 24 * 60 * 60;

/// English and Chinese.
pub(super) type Words = (&'static str, &'static str);

#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) about: Words,
    pub(super) parameters: &'static [Parameter],
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) start: Start,
    pub(super) about: Words,
}

/// What a parameter's value looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A whole number between two bounds.
    Whole(i64, i64),
    Flag,
    Choice(&'static [&'static str]),
    Text,
    Coupons,
}

/// The value, as JSON, when nothing is given, or an example of a value that must or may be given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    Default(&'static str),
    Required(&'static str),
    Optional(&'static str),
}

impl Start {
    /// The value as JSON.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Default(text) | Self::Required(text) | Self::Optional(text) => text,
        }
    }
}

const fn plain(name: &'static str, about: Words) -> Kind {
    Kind { name, about, parameters: &[] }
}

const fn with(name: &'static str, about: Words, parameters: &'static [Parameter]) -> Kind {
    Kind { name, about, parameters }
}

const MINUTE: Parameter = Parameter {
    name: "ms",
    form: Form::Whole(0, MOST_MS as i64),
    start: Start::Default("60000"),
    about: ("milliseconds until the connection is closed", "多少毫秒后断开连接"),
};

const IN_STATE: Parameter = Parameter {
    name: "reply",
    form: Form::Choice(&["code", "state"]),
    start: Start::Default("\"code\""),
    about: (
        "state: the reply says SUCCESS, and only its trade_state says what happened",
        "state：应答是 SUCCESS，只有 trade_state 说明结果",
    ),
};

/// Of a receiver's part that ends with a reason.
const OF_SHARE: &[Parameter] = &[
    Parameter {
        name: "reason",
        form: Form::Text,
        start: Start::Default("\"ACCOUNT_ABNORMAL\""),
        about: ("its fail_reason: capitals, digits and _", "fail_reason：大写字母、数字和 _"),
    },
    Parameter {
        name: "account",
        form: Form::Text,
        start: Start::Optional("\"1900000201\""),
        about: ("the receiver; each one if empty", "接收方；不填为全部"),
    },
];

/// In the order of the README, which has them too.
pub(super) const KINDS: &[Kind] = &[
    with("timeout_before", ("no answer; the request had no effect", "没有应答，请求没有生效"), &[MINUTE]),
    with("timeout_after", ("no answer; the request had its effect", "没有应答，请求已经生效"), &[MINUTE]),
    plain("systemerror_before", ("system error; the request had no effect", "系统错误，请求没有生效")),
    plain("systemerror_after", ("system error; the request had its effect", "系统错误，请求已经生效")),
    plain("bankerror_before", ("bank error; the request had no effect", "银行系统异常，请求没有生效")),
    plain("bankerror_after", ("bank error; the request had its effect", "银行系统异常，请求已经生效")),
    plain("bad_gateway_before", ("HTTP 502; the request had no effect", "HTTP 502，请求没有生效")),
    plain("bad_gateway_after", ("HTTP 502; the request had its effect", "HTTP 502，请求已经生效")),
    plain("truncated", ("half of the reply", "应答只有前一半")),
    plain("no_sign", ("the reply has no signature", "应答没有签名")),
    plain("wrong_sign", ("the reply has a wrong signature", "应答的签名不对")),
    plain("probe", ("APIv3: the reply is a probe", "APIv3：应答是签名探测")),
    plain("stale_timestamp", ("APIv3: the reply was signed an hour ago", "APIv3：应答是一小时前签名的")),
    plain(
        "unknown_serial",
        ("APIv3: the reply is signed by a key that the merchant does not have", "APIv3：应答用商户没有的公钥签名"),
    ),
    plain("frequency_before", ("APIv3: 429; the request had no effect", "APIv3：频率超限（429），请求没有生效")),
    plain("frequency_after", ("APIv3: 429; the request had its effect", "APIv3：频率超限（429），请求已经生效")),
    with(
        "request_id",
        ("APIv3: the reply has another Request-ID, or none", "APIv3：应答的 Request-ID 是别的值，或没有"),
        &[Parameter {
            name: "value",
            form: Form::Text,
            start: Start::Optional("\"v13vf9\""),
            about: ("the Request-ID; none if empty", "Request-ID 的值；不填则没有"),
        }],
    ),
    with(
        "bill_texts",
        ("a trade bill writes the merchant's texts in the other way", "交易账单用另一种写法写商户的文字"),
        &[Parameter {
            name: "texts",
            form: Form::Choice(&["plain", "escaped"]),
            start: Start::Required("\"escaped\""),
            about: ("as they are (APIv2), or escaped (APIv3)", "原样（APIv2 的写法），或转义（APIv3 的写法）"),
        }],
    ),
    plain(
        "bill_empty",
        ("a trade bill of a day without business has totals of zero", "没有交易的日子也有账单，合计为零"),
    ),
    plain("extra_fields", ("the reply has two unknown fields", "应答多出两个未知字段")),
    with(
        "layout",
        ("the reply of the other generation", "另一代格式的应答"),
        &[Parameter {
            name: "layout",
            form: Form::Choice(&["old", "new"]),
            start: Start::Required("\"old\""),
            about: ("the generation", "哪一代"),
        }],
    ),
    with(
        "slow",
        ("the reply is late", "应答迟到"),
        &[Parameter {
            name: "ms",
            form: Form::Whole(0, MOST_MS as i64),
            start: Start::Default("2000"),
            about: ("milliseconds", "毫秒"),
        }],
    ),
    with(
        "refuse",
        ("the request is refused, and has no effect", "请求被拒绝，没有生效"),
        &[
            Parameter {
                name: "code",
                form: Form::Text,
                start: Start::Optional("\"NOTENOUGH\""),
                about: (
                    "err_code, or code of APIv3; this or message",
                    "err_code，APIv3 为 code；与 message 至少给一个",
                ),
            },
            Parameter {
                name: "message",
                form: Form::Text,
                start: Start::Optional("\"余额不足\""),
                about: ("the text", "说明文字"),
            },
            Parameter {
                name: "status",
                form: Form::Whole(202, 599),
                start: Start::Default("400"),
                about: ("HTTP status of APIv3: 202, or 400 to 599", "APIv3 的 HTTP 状态码：202，或 400 到 599"),
            },
        ],
    ),
    with(
        "errcode",
        ("an error of the open platform", "公众平台的错误"),
        &[
            Parameter {
                name: "errcode",
                form: Form::Whole(i32::MIN as i64, i32::MAX as i64),
                start: Start::Default("-1"),
                about: ("its code", "错误码"),
            },
            Parameter {
                name: "errmsg",
                form: Form::Text,
                start: Start::Optional("\"system error\""),
                about: (
                    "its text; that of -1, 40001, 45009 and 45011 is known",
                    "说明；-1、40001、45009 和 45011 可以不写",
                ),
            },
        ],
    ),
    plain("drop", ("a notification is not sent", "通知没有发出")),
    with(
        "delay",
        ("a notification is late", "通知迟到"),
        &[Parameter {
            name: "by_s",
            form: Form::Whole(0, MOST_S as i64),
            start: Start::Default("30"),
            about: ("seconds of the emulated clock", "秒（模拟时钟）"),
        }],
    ),
    with(
        "duplicate",
        ("a notification comes several times", "通知重复"),
        &[
            Parameter {
                name: "copies",
                form: Form::Whole(2, 50),
                start: Start::Default("2"),
                about: ("how often it is sent", "共发几次"),
            },
            Parameter {
                name: "together",
                form: Form::Flag,
                start: Start::Default("false"),
                about: ("at the same time", "同时发出"),
            },
        ],
    ),
    with(
        "reorder",
        ("a notification waits for that of another order", "通知排到另一笔订单的通知之后"),
        &[Parameter {
            name: "wait_s",
            form: Form::Whole(0, MOST_S as i64),
            start: Start::Default("60"),
            about: ("seconds at most, of the emulated clock", "最多等几秒（模拟时钟）"),
        }],
    ),
    plain(
        "proxied",
        (
            "a notification comes through a proxy: header names in lower case, and more headers",
            "通知经过代理：请求头名称为小写，并多出几个请求头",
        ),
    ),
    with(
        "forge",
        ("a forged message comes before the genuine one", "真通知之前先来一条伪造的"),
        &[Parameter {
            name: "sign",
            form: Form::Choice(&["none", "other_key"]),
            start: Start::Default("\"none\""),
            about: ("unsigned, or signed with another key", "没有签名，或用别的密钥签名"),
        }],
    ),
    with(
        "tamper",
        ("a message with a changed field comes before the genuine one", "真通知之前先来一条改动过字段的"),
        &[
            Parameter {
                name: "field",
                form: Form::Choice(&["total_fee", "appid"]),
                start: Start::Default("\"total_fee\""),
                about: ("the changed field", "改动的字段"),
            },
            Parameter {
                name: "value",
                form: Form::Text,
                start: Start::Optional("\"1\""),
                about: ("its new value", "改成的值"),
            },
            Parameter {
                name: "sign",
                form: Form::Choice(&["kept", "right"]),
                start: Start::Default("\"kept\""),
                about: ("the old signature, or a right one", "沿用旧签名，或重新正确签名"),
            },
        ],
    ),
    plain("sign_type", ("a notification has a sign_type", "通知带有 sign_type")),
    with(
        "coupons",
        ("the customer pays with coupons", "用户使用代金券支付"),
        &[Parameter {
            name: "coupons",
            form: Form::Coupons,
            start: Start::Optional("[{\"id\": \"10000\", \"type\": \"CASH\", \"fee\": 4}]"),
            about: ("JSON: id, type (CASH, NO_CASH) and fee in fen", "JSON：id、type（CASH、NO_CASH）和 fee（分）"),
        }],
    ),
    plain("early", ("the notification comes before the reply of the order", "通知先于下单的应答到达")),
    plain("refund_change", ("the refund ends with CHANGE", "退款以 CHANGE（退款异常）结束")),
    plain("refund_close", ("the refund ends with REFUNDCLOSE", "退款以 REFUNDCLOSE（退款关闭）结束")),
    plain("refund_other_key", ("the notification of a refund is encrypted with another key", "退款通知用别的密钥加密")),
    with(
        "refund_notice_fail",
        (
            "APIv2: the notification of a refund is return_code FAIL, and does not say whose it is",
            "APIv2：退款通知是 return_code FAIL，没有说明是哪一笔",
        ),
        &[Parameter {
            name: "message",
            form: Form::Text,
            start: Start::Default("\"系统繁忙\""),
            about: ("its return_msg", "return_msg 的内容"),
        }],
    ),
    plain("notice_probe", ("APIv3: a probe comes before the notification", "APIv3：真通知之前先来一条签名探测")),
    plain(
        "notice_stale",
        ("APIv3: a message of an hour ago comes before the notification", "APIv3：真通知之前先来一条一小时前签名的"),
    ),
    plain(
        "notice_unknown_serial",
        (
            "APIv3: a message signed by an unknown key comes before the notification",
            "APIv3：真通知之前先来一条用商户没有的公钥签名的",
        ),
    ),
    plain(
        "notice_no_headers",
        ("APIv3: a message without its headers comes before the notification", "APIv3：真通知之前先来一条丢了请求头的"),
    ),
    plain(
        "notice_rewritten",
        (
            "APIv3: a message whose body was written anew comes before the notification",
            "APIv3：真通知之前先来一条正文被重新排版的",
        ),
    ),
    plain(
        "notice_empty_aad",
        ("APIv3: the notification is encrypted without associated data", "APIv3：通知加密时没有附加数据"),
    ),
    with(
        "user_paying",
        ("the customer of a payment code has to confirm", "付款码的用户需要输入密码"),
        &[
            Parameter {
                name: "queries",
                form: Form::Whole(0, 1000),
                start: Start::Default("0"),
                about: ("confirms at this query of the order; 0: by hand", "第几次查单时完成支付；0：手动"),
            },
            IN_STATE,
        ],
    ),
    with("pay_error", ("the payment by code fails", "付款码支付失败"), &[IN_STATE]),
    with("share_closed", ("APIv3: a receiver of profit sharing gets nothing", "APIv3：分账接收方没有收到钱"), OF_SHARE),
    with(
        "share_reason",
        (
            "APIv3: a receiver gets its part, with a fail_reason all the same",
            "APIv3：分账接收方收到钱，应答却带有 fail_reason",
        ),
        OF_SHARE,
    ),
    plain("recall", ("reverse does nothing, and asks to be called again", "撤销没有执行，并要求再次调用")),
];

/// The names of all faults.
pub(super) fn names() -> String {
    KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}
