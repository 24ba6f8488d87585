//! How WeChat refuses a request of APIv3: status, code and text (protocol v3 §14).

use std::borrow::Cow;

use serde_json::Value;

use crate::journal::Explanation;

/// A refusal of a request of APIv3.
#[derive(Debug)]
pub(crate) struct Denied {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: Cow<'static, str>,
    pub(crate) detail: Option<Box<Value>>,
    pub(crate) explanation: Option<Box<Explanation>>,
}

impl Denied {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), detail: None, explanation: None }
    }

    /// 400: a rule of the call is broken.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "INVALID_REQUEST", message)
    }

    /// 400: a parameter is wrong.
    pub(crate) fn parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "PARAM_ERROR", message)
    }

    /// 404: the thing that a request names does not exist, or is another merchant's.
    pub(crate) fn not_there(code: &'static str, message: &'static str) -> Self {
        Self::new(404, code, message)
    }

    /// 500: the outcome is unknown.
    pub(crate) fn system() -> Self {
        Self::new(500, "SYSTEM_ERROR", "系统错误")
    }

    pub(crate) fn with(self, detail: Value) -> Self {
        Self { detail: Some(Box::new(detail)), ..self }
    }

    pub(crate) fn because(mut self, explanation: Explanation) -> Self {
        self.explanation = Some(Box::new(explanation));
        self
    }

    /// The code after the last `-` of `Request-ID` (protocol v3 §14.4).
    pub(crate) fn number(&self) -> u32 {
        let known = NUMBERS.iter().find(|(text, _)| self.message.contains(text));
        match (known, self.code) {
            (Some((_, number)), _) => *number,
            (None, "FREQUENCY_LIMITED") => 268_435_472,
            // 参数非法.
            _ => 268_435_461,
        }
    }
}

const NUMBERS: [(&str, u32); 32] = [
    ("Authorization值格式错误", 270_924_332),
    ("认证类型不正确", 270_924_332),
    ("不得超过5分钟", 270_924_333),
    ("签名信息错误", 270_924_360),
    ("签名错误", 268_443_699),
    ("错误的签名", 269_546_525),
    ("商户证书已过期", 269_546_505),
    ("商户证书序列号有误", 269_546_507),
    ("商户号不存在", 269_546_538),
    ("未在API文档中定义的参数", 270_924_358),
    ("受理关系不存在", 268_443_701),
    ("受理机构必须传入sub_mch_id", 268_443_704),
    ("必须传入子商户mchid", 268_892_193),
    ("子商户mchid不能与自身mchid相同", 268_443_705),
    ("appid和mch_id不匹配", 268_445_527),
    ("JSAPI支付必须传openid", 268_501_013),
    ("商户订单号重复", 268_498_688),
    ("当前交易不允许进行普通关单", 268_449_641),
    ("该订单已支付", 268_449_538),
    ("该订单已失效", 268_447_914),
    ("订单已全额退款", 268_892_177),
    ("申请退款金额超过订单可退金额", 268_449_311),
    ("之前请求不一致", 268_892_183),
    ("当前订单过期", 268_892_184),
    ("基本账户余额不足", 268_892_709),
    ("大于剩余未分账金额", 268_892_205),
    ("退款单不存在", 268_875_782),
    ("订单不存在", 268_512_771),
    ("账单日期格式不正确", 270_522_884),
    ("账单日期已过期", 270_522_880),
    ("账单文件不存在", 270_522_881),
    ("账单正在生成中", 270_522_882),
];
