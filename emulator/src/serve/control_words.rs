//! What is wrong with a call of the control API, in Chinese, by its English.

use serde_json::{Value, json};

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
    (
        "send the control token: Authorization: Bearer TOKEN, or open /?token=TOKEN in a browser",
        "请带上控制令牌：Authorization: Bearer TOKEN，或在浏览器打开 /?token=TOKEN",
    ),
    ("there is no such merchant, or no such file", "没有这个商户，或没有这个文件"),
    ("too many pages watch already", "同时打开的页面太多"),
    ("code_url is missing or too long", "code_url 缺失或过长"),
    ("no such order", "没有这个订单"),
    ("the order waits for no confirmation", "订单不在等待确认"),
    ("the order waits for no confirmation of this person", "订单不在等待这个人确认"),
    // Things that are not there.
    ("no order with {} {}", "没有 {1} 为 {2} 的订单"),
    ("no refund with out_refund_no {}", "没有 out_refund_no 为 {1} 的退款"),
    ("no transfer with out_bill_no {}", "没有 out_bill_no 为 {1} 的转账"),
    ("no payment with {} {}", "没有 {1} 为 {2} 的付款"),
    ("several merchants have an order {}; send mch_id too", "几个商户都有订单 {1}：请同时给出 mch_id"),
    ("several merchants have a refund {}; send mch_id too", "几个商户都有退款 {1}：请同时给出 mch_id"),
    ("several merchants have a transfer {}; send mch_id too", "几个商户都有转账 {1}：请同时给出 mch_id"),
    ("several merchants have a payment {}; send mch_id too", "几个商户都有付款 {1}：请同时给出 mch_id"),
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
    ("{} has no parameter {}; it has {}", "{1} 没有参数 {2}，它的参数是 {3}"),
    ("{} has no parameter {}", "{1} 没有参数 {2}"),
    ("there are {} faults already; DELETE some", "已有 {1} 个故障：请先用 DELETE 删除一些"),
    // The texts of a fault that is not written right.
    ("X-Emulator-Fault must be ASCII", "X-Emulator-Fault 应为 ASCII"),
    ("name the fault: {}", "请指明故障，例如 fault 为 drop"),
    ("{}: write name=value", "{1}：请写成 name=value"),
    ("copies must be 2 to 50", "copies 应为 2 到 50"),
    ("sign must be {} or {}, not {}", "sign 应为 {1} 或 {2}，而不是 {3}"),
    ("field must be {} or {}, not {}", "field 应为 {1} 或 {2}，而不是 {3}"),
    ("reply must be {} or {}, not {}", "reply 应为 {1} 或 {2}，而不是 {3}"),
    ("layout must be old or new", "layout 应为 old 或 new"),
    ("queries must be 1 to 1000", "queries 应为 1 到 1000"),
    ("times must be a whole number from 1", "times 应为不小于 1 的整数"),
    ("probability must be a number from 0 to 1", "probability 应为 0 到 1 的数字"),
    ("errcode must be a whole number other than 0", "errcode 应为 0 以外的整数"),
    (
        "give errmsg, the text of {}: that of -1, 40001, 45009 and 45011 is known",
        "请给出 errmsg，即 {1} 的说明：只有 -1、40001、45009 和 45011 的说明是已知的",
    ),
    ("refuse needs a code, or a message", "refuse 需要 code 或 message"),
    ("status must be 202, or 400 to 599", "status 应为 202，或 400 到 599"),
    ("reason must be capitals, digits and _, at most 64 of them", "reason 应为大写字母、数字和 _，最多 64 个"),
    ("texts must be plain or escaped", "texts 应为 plain 或 escaped"),
    ("value must be ASCII without blanks", "value 应为不含空白的 ASCII 字符"),
    ("value must be a text or a number", "value 应为文本或数字"),
    ("value is at most {} plain bytes", "value 最长 {1} 字节，不能含有控制字符"),
    ("at most 20 coupons pay an order", "一笔订单最多使用 20 张代金券"),
    ("a coupon's fee is 1 to 1000000000 fen", "代金券的金额为 1 到 1000000000 分"),
    ("a coupon's id is 1 to 20 letters and digits", "代金券的 id 为 1 到 20 个字母和数字"),
    ("coupons: {}", "coupons：{1}"),
    ("{} must be a text of at most 128 bytes", "{1} 应为最长 128 字节的文本"),
    ("{} must be a whole number", "{1} 应为整数"),
    ("{} must be true or false", "{1} 应为 true 或 false"),
    ("{} must be at most {}", "{1} 最大为 {2}"),
    ("{} must not contain control characters", "{1} 不能含有控制字符"),
    // Payments by the customer, comments, mini programs.
    (
        "bank_type is 1 to 32 letters, digits and _: ICBC_DEBIT",
        "bank_type 为 1 到 32 个字母、数字和 _，例如 ICBC_DEBIT",
    ),
    ("the coupons are worth more than the order", "代金券的金额超过订单金额"),
    ("a combined order is paid without coupons", "合单不能使用代金券支付"),
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
    (
        "{} is the corpid of a WeCom corp, and not the appid of a mini program",
        "{1} 是企业微信的 corpid，不是小程序的 appid",
    ),
    ("this user is another appid's", "这个用户属于另一个 appid"),
    ("call wx.login first", "请先调用 wx.login"),
];

/// What is wrong, in English and, where there is a text, in Chinese.
pub(super) fn wrong(why: &str) -> Value {
    match chinese(why) {
        Some(chinese) => json!({ "error": why, "error_zh": chinese }),
        None => json!({ "error": why }),
    }
}

/// The Chinese of what is wrong; `None` for rare words of a library.
pub(super) fn chinese(english: &str) -> Option<String> {
    words::chinese(ROWS, english, words::of_json)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_control_api_refuses_has_its_chinese() {
        assert_eq!(chinese("no order with out_trade_no {1}").as_deref(), Some("没有 out_trade_no 为 {1} 的订单"));
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/serve/control")).unwrap();
        let sources = folder.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let texts: Vec<String> = sources.flat_map(|source| words::texts_of(&source)).collect();
        // The names of files and headers, and hints that are part of another text.
        let others = ["text/csv; charset=utf-8", "attachment; filename=", "; did you mean"];
        let missing: Vec<_> = texts
            .iter()
            .filter(|text| chinese(text).is_none() && !others.iter().any(|other| text.starts_with(other)))
            .collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert!(texts.len() > 30, "{texts:?}");
    }

    #[test]
    fn what_the_pages_say_has_its_chinese() {
        let sources = [
            include_str!("web/explain.rs"),
            include_str!("web/me.rs"),
            include_str!("web/native.rs"),
            include_str!("web/payreq.rs"),
            include_str!("web/waiting.rs"),
            include_str!("access.rs"),
            include_str!("dispatcher.rs"),
        ];
        let texts: Vec<String> = sources.iter().flat_map(|source| words::texts_of(source)).collect();
        assert!(texts.contains(&"code_url is missing or too long".to_owned()), "{texts:?}");
        // Markup with both languages, the values of headers, a script, and what WeChat tells a page.
        let parts = ["[[", "<", "charset=", "'none'", "export const ", "scan:fail"];
        let is_other = |text: &str| parts.iter().any(|part| text.contains(part));
        let missing: Vec<_> = texts.iter().filter(|text| chinese(text).is_none() && !is_other(text)).collect();
        assert_eq!(missing, Vec::<&String>::new());
    }

    #[test]
    fn a_fault_that_is_not_written_right_has_its_chinese() {
        let sources = [include_str!("../faults/parse.rs"), include_str!("../world/payment.rs")];
        let texts: Vec<String> = sources.iter().flat_map(|source| words::texts_of(source)).collect();
        // Headers, and the end of a text of WeChat's.
        let others = ["duplicate; ", "forge; ", "tamper; ", "user_paying; ", "pay_error; ", "X rid: "];
        let is_other = |text: &str| others.iter().any(|other| text.starts_with(other));
        let missing: Vec<_> = texts.iter().filter(|text| chinese(text).is_none() && !is_other(text)).collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert!(texts.len() > 20, "{texts:?}");
    }

    #[test]
    fn what_the_reader_of_json_says_has_its_chinese() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Given {
            #[allow(dead_code, reason = "read for its errors alone")]
            count: u64,
            #[allow(dead_code, reason = "read for its errors alone")]
            #[serde(default)]
            name: String,
        }
        for (json, wanted) in [
            ("{", "内容不完整，对象没有结束（第 1 行第 1 列）"),
            ("{\"count\": [1", "整数"),
            ("{\"count\": 1,}", "末尾多了一个逗号（第 1 行第 13 列）"),
            ("{\"count\": x}", "这里应是一个值（第 1 行第 11 列）"),
            ("{count: 1}", "名称应为字符串（第 1 行第 2 列）"),
            ("{\"count\" 1}", "这里应是 :（第 1 行第 10 列）"),
            ("{\"count\": 1} x", "末尾有多余的字符（第 1 行第 14 列）"),
            ("{\"count\": \"1\"}", "字符串 \"1\" 的类型不对，应为不小于 0 的整数（第 1 行第 13 列）"),
            ("{\"count\": -1}", "整数 `-1` 的值不对，应为不小于 0 的整数（第 1 行第 12 列）"),
            ("{\"count\": 1, \"name\": null}", "null 的类型不对，应为字符串"),
            ("{\"count\": {}}", "对象的类型不对，应为不小于 0 的整数"),
            ("{}", "缺少字段 count（第 1 行第 2 列）"),
        ] {
            let error = serde_json::from_str::<Given>(json).unwrap_err();
            let found = chinese(&format!("the body is not valid JSON: {error}")).unwrap();
            assert!(found.starts_with("请求体不是有效的 JSON：") && found.contains(wanted), "{error}: {found}");
            let found = chinese(&format!("the body: {error}")).unwrap();
            assert!(!found.contains("expected") && !found.contains("at line"), "{error}: {found}");
        }
    }
}
