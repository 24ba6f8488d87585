//! What is wrong with a call of the control API, in Chinese, by its English.

use crate::world::words::{self, Row};

const ROWS: &[Row] = &[
    // The request.
    ("the control API has no {}; did you mean {}?", "控制接口没有 {1}；是不是 {2}？"),
    ("the control API has no {}", "控制接口没有 {1}"),
    ("use {}; curl sends POST with -d, and GET without it", "请用 {1}；curl 带 -d 时发送 POST，不带时发送 GET"),
    ("the body is empty; it must be JSON", "请求体是空的，应为 JSON"),
    ("the body must be JSON, with \" around names and texts, not '", "请求体应为 JSON：名称和文本用双引号，不用单引号"),
    ("the body is not valid JSON: {}", "请求体不是有效的 JSON：{1}"),
    ("the body must be JSON, not a form", "请求体应为 JSON，不是表单"),
    ("the body must be JSON: {}", "请求体应为 JSON：{1}"),
    ("the body: unknown field `{}`, expected one of {}", "请求体没有字段 {1}，可以是 {2}"),
    ("the body: missing field `{}`{}", "请求体缺少字段 {1}{2}"),
    ("the body: {}", "请求体：{1}"),
    ("limit must be a number", "limit 应为数字"),
    (
        "the emulator does not answer to this Host: use 127.0.0.1 or localhost, or start it with --allow-host NAME",
        "模拟器不应答这个 Host：请用 127.0.0.1 或 localhost，或启动时给出 --allow-host",
    ),
    (
        "this call is not for pages of other origins: a merchant's server sends no Origin and no Sec-Fetch-Site",
        "这个接口不供其他来源的页面使用：商户的服务器不会发送 Origin 和 Sec-Fetch-Site",
    ),
    // Things that are not there.
    ("no order with {} {}", "没有 {1} 为 {2} 的订单"),
    ("no refund with out_refund_no {}", "没有 out_refund_no 为 {1} 的退款"),
    ("no transfer with out_bill_no {}", "没有 out_bill_no 为 {1} 的转账"),
    ("no payment with {} {}", "没有 {1} 为 {2} 的付款"),
    ("several merchants have an order {}; send mch_id too", "几个商户都有订单 {1}：请同时给出 mch_id"),
    ("several merchants have a refund {}; send mch_id too", "几个商户都有退款 {1}：请同时给出 mch_id"),
    ("there is no fault {}; the faults are: {}", "没有故障 {1}；可用的故障：{2}"),
    ("there is no fault {}", "没有故障 {1}"),
    ("there is no user {}: /_wechat/me lists them", "没有用户 {1}：/_wechat/me 列出了全部用户"),
    ("there is no merchant {}", "没有商户 {1}"),
    (
        "orders are not found by {}: use out_trade_no, transaction_id, mch_id or limit",
        "不能按 {1} 查找订单：请用 out_trade_no、transaction_id、mch_id 或 limit",
    ),
    ("refunds are not found by {}: use {}", "不能按 {1} 查找退款：请用 {2}"),
    ("name refunds by one number", "查找退款请只用一个单号"),
    // What a call needs.
    ("send advance_s, freeze or reset", "请给出 advance_s、freeze 或 reset"),
    (
        "advance_s is a number of seconds from 0 on: the clock goes back to this machine's time only, by {}",
        "advance_s 是不小于 0 的秒数：时钟只能用 {1} 回到本机时间",
    ),
    ("name the fault by its id", "请用 id 指明故障"),
    ("the order is not paid, so there is no notification", "订单未支付，因此没有通知"),
    ("the refund is in progress, or it has no address for notifications", "退款还在处理，或没有通知地址"),
    ("send out_trade_no or out_refund_no", "请给出 out_trade_no 或 out_refund_no"),
    ("result must be SUCCESS, CHANGE or REFUNDCLOSE", "result 应为 SUCCESS、CHANGE 或 REFUNDCLOSE"),
    ("refund {} has ended: {}", "退款 {1} 已结束：{2}"),
    (
        "send out_refund_no with result, or out_trade_no with or without refund_fee",
        "请给出 out_refund_no 和 result，或给出 out_trade_no（可以加 refund_fee）",
    ),
    ("result must be ok or fail", "result 应为 ok 或 fail"),
    ("send mch_billno or partner_trade_no", "请给出 mch_billno 或 partner_trade_no"),
    ("send mch_id with keys, or rotation", "请给出 mch_id 和 keys，或给出 rotation"),
    ("share must be a number from 0 to 1", "share 应为 0 到 1 的数字"),
    ("bill_date must be yyyyMMdd or yyyy-MM-dd", "bill_date 应为 yyyyMMdd 或 yyyy-MM-dd"),
    ("data is for /_emulator/user-data", "data 用于 /_emulator/user-data"),
    ("data must be user, user_old or phone", "data 应为 user、user_old 或 phone"),
    (
        "this user has not logged in: POST /_emulator/login, then jscode2session",
        "该用户还没有登录：请先 POST /_emulator/login，再调用 jscode2session",
    ),
    // Faults.
    ("{} is about notifications, which have no endpoint", "{1} 是通知的故障，通知没有 endpoint"),
    ("{} makes no sense for {}", "{1} 不适用于 {2}"),
    ("{} is not served; write a path like /pay/orderquery", "模拟器没有 {1}；请写路径，例如 /pay/orderquery"),
    ("{} has no parameter {}", "{1} 没有参数 {2}"),
    ("there are {} faults already; DELETE some", "已有 {1} 个故障：请先用 DELETE 删除一些"),
    // Payments by the customer, comments, mini programs.
    (
        "bank_type is 1 to 32 letters, digits and _: ICBC_DEBIT",
        "bank_type 为 1 到 32 个字母、数字和 _，例如 ICBC_DEBIT",
    ),
    ("the coupons are worth more than the order", "代金券的金额超过订单金额"),
    ("openid must be 28 characters, the first an o", "openid 应为以 o 开头的 28 个字符"),
    ("order {} is a part of the combined order {}: pay that one", "订单 {1} 是合单 {2} 的子单：请支付合单"),
    (
        "order {} is of a payment code and waits for no confirmation: it is {}",
        "订单 {1} 是付款码订单，不在等待确认：状态是 {2}",
    ),
    ("the transfer waits for no confirmation: it is {}", "转账不在等待确认：状态是 {1}"),
    ("stars are 1 to 5", "stars 为 1 到 5"),
    ("there is no paid order {}", "没有已支付的订单 {1}"),
    ("there is no appid {} here", "模拟器里没有 appid {1}"),
];

/// The Chinese of what is wrong; `None` for words of a library, and of rare calls.
pub(super) fn chinese(english: &str) -> Option<String> {
    words::chinese(ROWS, english, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_control_api_refuses_has_its_chinese() {
        assert_eq!(chinese("no order with out_trade_no {1}").as_deref(), Some("没有 out_trade_no 为 {1} 的订单"));
        let texts = words::texts_of(include_str!("control.rs"));
        // The names of files and headers, and hints that are part of another text.
        let others = ["text/csv; charset=utf-8", "attachment; filename=", "; did you mean"];
        let missing: Vec<_> = texts
            .iter()
            .filter(|text| chinese(text).is_none() && !others.iter().any(|other| text.starts_with(other)))
            .collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert!(texts.len() > 30, "{texts:?}");
    }
}
