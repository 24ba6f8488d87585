//! APIv2 replies: from the bytes that came back to fields that are authentic and complete, or to the error that says what is known.

use super::paths::CALL;
use super::sign::verify;
use crate::codes::{Api, ErrorCode, is_sign_error};
use crate::crypto::digest::SignType;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::retry::{self, Failure, RetryClass, after_unknown};
use crate::table::row::{Call, Document, Endpoint, Field, FieldKind, Record, ReplyBody};
use crate::time::BeijingTime;
use crate::wire::xml;

/// Reads a reply of the payment API: status, XML, `return_code`, signature, `result_code`, fields, in this order.
///
/// # Errors
/// `Transport`, `Protocol`, `Signature` or `Business`, with the advice that fits the call.
pub fn read(endpoint: &'static Endpoint, status: u16, body: &[u8], merchant: &Merchant) -> Result<Fields, Error> {
    read_with_key(endpoint, status, body, merchant.key()?, &merchant.accept)
}

/// As [`read`], into the type of the call's reply.
///
/// # Errors
/// As [`read`].
pub fn typed<C: Call>(status: u16, body: &[u8], merchant: &Merchant) -> Result<C::Reply, Error> {
    read(C::ENDPOINT, status, body, merchant).map(C::Reply::from_fields)
}

/// Reads a reply of a call without a method, by what is known of its path.
///
/// # Errors
/// As [`read`].
pub fn read_raw(
    endpoint: &'static Endpoint,
    class: RetryClass,
    status: u16,
    body: &[u8],
    merchant: &Merchant,
) -> Result<Fields, Error> {
    read_named((CALL, class), endpoint, status, body, merchant.key()?, &merchant.accept)
}

/// As [`read`], with a key of any length and no merchant.
///
/// # Errors
/// As [`read`].
pub fn read_with_key(
    endpoint: &'static Endpoint,
    status: u16,
    body: &[u8],
    key: &str,
    accept: &[SignType],
) -> Result<Fields, Error> {
    read_named((endpoint.name, endpoint.retry), endpoint, status, body, key, accept)
}

fn read_named(
    (name, retry): (&'static str, RetryClass),
    endpoint: &'static Endpoint,
    status: u16,
    body: &[u8],
    key: &str,
    accept: &[SignType],
) -> Result<Fields, Error> {
    let list = endpoint.xml_list;
    let call = if endpoint.name == CALL { endpoint.path } else { endpoint.name };
    let rules =
        |signed, result_code| Rules { name, call, retry, signed, result_code, reply: Some(endpoint.reply), list };
    let accept = accepted(endpoint, accept);
    match endpoint.reply_body {
        ReplyBody::Xml { signed, result_code } => read_xml(&rules(signed, result_code), status, body, key, accept),
        ReplyBody::Bill => Err(not_a_bill(&rules(false, true), status, body)),
        ReplyBody::Comments => read_comments(&rules(false, true), status, body),
        ReplyBody::Json | ReplyBody::SignedJson => {
            Err(rules(false, true).unknown(Error::malformed("JSON is read by the other APIs")))
        }
    }
}

/// The algorithms that a reply may be signed with: a call that is signed with one algorithm alone is answered with that one.
pub(crate) fn accepted<'a>(endpoint: &'static Endpoint, accept: &'a [SignType]) -> &'a [SignType] {
    match endpoint.sign_types {
        only @ [_] => only,
        _ => accept,
    }
}

/// Compares a reply with the request that it answers: a recorded reply to another request has a valid signature too.
///
/// # Errors
/// `Mismatch`, naming the first field that differs.
pub fn answers(endpoint: &'static Endpoint, sent: &Fields, reply: &Fields) -> Result<(), Error> {
    compare(endpoint.name, endpoint.retry, endpoint.reply, sent, reply)
}

/// As [`answers`], for a call without a method.
///
/// # Errors
/// As [`answers`].
pub fn answers_raw(endpoint: &'static Endpoint, class: RetryClass, sent: &Fields, reply: &Fields) -> Result<(), Error> {
    compare(CALL, class, endpoint.reply, sent, reply)?;
    compare(CALL, class, &ANY, sent, reply)
}

fn compare(
    endpoint: &'static str,
    retry: RetryClass,
    record: &Record,
    sent: &Fields,
    reply: &Fields,
) -> Result<(), Error> {
    for field in record.fields.iter().filter(|field| field.echoed) {
        if let (Some(sent), Some(answered)) = (sent.filled(field.name), reply.filled(field.name))
            && sent != answered
        {
            let by = ("the request", "WeChat's reply");
            let (sent, answered) = (field.redaction.apply(sent), field.redaction.apply(answered));
            let error = Error::mismatch(ErrorCode::mismatch(field.name), field.name, sent, answered, by);
            return Err(error.at(endpoint).advise(after_unknown(retry)));
        }
    }
    Ok(())
}

/// The fields that any reply repeats.
static ANY: Record = Record {
    name: "",
    module: "",
    doc: "",
    fields: &[
        Field::new("appid", FieldKind::Id, "").echoed(),
        Field::new("mch_id", FieldKind::Id, "").echoed(),
        Field::new("sub_mch_id", FieldKind::Id, "").echoed(),
        Field::new("transaction_id", FieldKind::Id, "").echoed(),
        Field::new("out_trade_no", FieldKind::OutNo, "").echoed(),
    ],
    lists: &[],
    needs: &[],
};

struct Rules {
    name: &'static str,
    /// The call as [`Row::calls`](crate::codes::Row::calls) has it.
    call: &'static str,
    retry: RetryClass,
    signed: bool,
    result_code: bool,
    reply: Option<&'static Record>,
    /// [`Endpoint::xml_list`].
    list: Option<(&'static str, &'static str)>,
}

impl Rules {
    /// An error after which the result of the call is unknown.
    fn unknown(&self, error: Error) -> Error {
        error.at(self.name).advise(after_unknown(self.retry))
    }
}

fn read_xml(rules: &Rules, status: u16, body: &[u8], key: &str, accept: &[SignType]) -> Result<Fields, Error> {
    if status != 200 {
        return Err(not_ok(rules, status, body));
    }
    let malformed = |why: &str| rules.unknown(Error::malformed(why).carrying(body));
    let read = rules.list.map_or_else(|| xml::parse(body), |list| xml::parse_with_list(body, list));
    let fields = match read {
        Ok(fields) => fields,
        Err(error) if body.is_empty() || is_xml(body) => return Err(malformed(&error.to_string())),
        Err(_) => return Err(page(rules, status, body)),
    };
    match fields.filled("return_code") {
        Some("SUCCESS") => {}
        Some(code) if is_fail(code) => return Err(refusal(fields, rules)),
        _ => {
            let error = malformed("return_code is neither SUCCESS nor FAIL");
            return Err(error.saying(words(&fields, &WORDS)));
        }
    }
    // A reply that need not be signed may be, and then in either way. The failure of a bill is read without the key.
    let accept = if rules.signed { accept } else { SignType::ALL };
    if rules.signed || (fields.filled("sign").is_some() && !key.is_empty()) {
        verify(&fields, key, accept).map_err(|error| rules.unknown(error.into()))?;
    }
    match fields.filled("result_code") {
        Some("SUCCESS") => {}
        Some(code) if is_fail(code) => return Err(business(fields, rules)),
        None if !rules.result_code => {}
        _ => return Err(malformed("result_code is neither SUCCESS nor FAIL")),
    }
    checked(rules, fields)
}

/// Whether a reply that should be text begins as text: XML and pages are failures, and so is JSON, which gateways answer with.
#[cfg(feature = "client")]
pub(crate) fn begins_as_text(status: u16, head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    status == 200 && !head.is_empty() && !head.starts_with(b"<") && !head.starts_with(b"{")
}

/// What came instead of a bill.
fn not_a_bill(rules: &Rules, status: u16, body: &[u8]) -> Error {
    if !is_xml(body) && xml::parse(body).is_err() {
        return match (status, body.is_empty()) {
            (200, true) => rules.unknown(Error::malformed("the bill is empty")),
            _ => page(rules, status, body),
        };
    }
    match read_xml(rules, status, body, "", &[]) {
        Ok(fields) => rules.unknown(Error::malformed(&format!("XML instead of text, with {} fields", fields.len()))),
        Err(error) => error,
    }
}

/// The first line is the offset of the next comments, each other line a comment: time, number of the payment, stars, text. A text
/// may have separators and line feeds.
fn read_comments(rules: &Rules, status: u16, body: &[u8]) -> Result<Fields, Error> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if status != 200 || is_markup(text) || text.trim_ascii_start().starts_with(b"{") {
        return Err(not_a_bill(rules, status, body));
    }
    let malformed = |why: &str| rules.unknown(Error::malformed(why).carrying(body));
    let text = std::str::from_utf8(text).map_err(|_| malformed("not UTF-8"))?.replace("\r\n", "\n");
    let (offset, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let mut fields = Fields::with_capacity(16, text.len());
    let mut push = |name: &str, value: &str| fields.push(name, value).map_err(|_| malformed("too many comments"));
    push("offset", offset.trim().trim_start_matches('`'))?;
    // A comment begins with a back quote and a time; what else begins a line belongs to the text before.
    let mut comments: Vec<String> = Vec::new();
    for line in rest.split('\n') {
        let begins = line.strip_prefix('`').and_then(|line| line.split_once(",`"));
        match (begins, comments.last_mut()) {
            (Some((time, _)), _) if BeijingTime::parse(time).is_some() => comments.push(line.to_owned()),
            (_, Some(open)) => {
                open.push('\n');
                open.push_str(line);
            }
            (_, None) if line.trim().is_empty() => {}
            (_, None) => return Err(malformed("a line is not a comment")),
        }
    }
    for (n, comment) in comments.iter().enumerate() {
        let comment = comment.trim_end_matches(['\n', ' ']).trim_start_matches('`');
        let mut parts = comment.splitn(4, ",`");
        for name in ["comment_time", "transaction_id", "stars", "comment"] {
            let part = parts.next().ok_or_else(|| malformed("a comment was cut off"))?;
            push(&format!("{name}_{n}"), part)?;
        }
    }
    checked(rules, fields)
}

/// A reply whose status is not 200: it proves nothing, but its words are shown if it is a document of WeChat's.
fn not_ok(rules: &Rules, status: u16, body: &[u8]) -> Error {
    let error = page(rules, status, body);
    match xml::parse(body) {
        Ok(fields) => error.saying(words(&fields, &WORDS)),
        Err(_) => error,
    }
}

/// A reply with the `return_code` FAIL. One that need not be signed may carry both refusals at once.
fn refusal(fields: Fields, rules: &Rules) -> Error {
    if !rules.signed && fields.filled("err_code").is_some() { business(fields, rules) } else { protocol(fields, rules) }
}

fn is_fail(code: &str) -> bool {
    code.eq_ignore_ascii_case("FAIL")
}

/// A page came instead of a reply.
fn page(rules: &Rules, status: u16, body: &[u8]) -> Error {
    let error = Error::gateway(status, body);
    if error.is(ErrorCode::Certificate) { refused(error, rules) } else { rules.unknown(error) }
}

fn checked(rules: &Rules, fields: Fields) -> Result<Fields, Error> {
    if let Some(record) = rules.reply {
        record.check(&fields).map_err(|(field, why)| rules.unknown(Error::malformed(&format!("{field} {why}"))))?;
    }
    Ok(fields)
}

/// The names that WeChat has for its words, the usual one first. Gateways before the payment API answer in their own way.
const WORDS: [&str; 10] = [
    "return_msg",
    "retmsg",
    "ret_msg",
    "err_code_des",
    "error_msg",
    "errmsg",
    "err_code",
    "error_code",
    "retcode",
    "ret_code",
];

/// What these fields say: the first that is about the signature, else the first that says something. OK says nothing.
fn words<'a>(fields: &'a Fields, names: &[&str]) -> &'a str {
    let said = names.iter().filter_map(|name| fields.filled(name));
    let mut said = said.filter(|text| !text.trim().is_empty() && !text.trim().eq_ignore_ascii_case("OK"));
    said.clone().find(|text| is_sign_error("", text)).or_else(|| said.next()).unwrap_or_default()
}

fn protocol(fields: Fields, rules: &Rules) -> Error {
    let said = words(&fields, &WORDS).to_owned();
    refused(Error::protocol(Api::V2, said, fields), rules)
}

fn business(reply: Fields, rules: &Rules) -> Error {
    let err_code = words(&reply, &["err_code", "error_code", "retcode"]).to_owned();
    let err_code_des = words(&reply, &["err_code_des", "error_msg", "errmsg", "retmsg", "ret_msg", "return_msg"]);
    let err_code_des = err_code_des.to_owned();
    refused(Error::business(Api::V2, err_code, err_code_des, reply).of_call(Api::V2, rules.call), rules)
}

fn refused(error: Error, rules: &Rules) -> Error {
    let retry = retry::advice(rules.retry, Failure::of(&error)).retry;
    error.at(rules.name).advise(retry)
}

fn is_xml(body: &[u8]) -> bool {
    let body = start(body);
    body.starts_with(b"<xml") || body.starts_with(b"<?xml")
}

fn is_markup(body: &[u8]) -> bool {
    start(body).starts_with(b"<")
}

fn start(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start()
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macros make whole public types")]
mod tests {
    use super::*;
    use crate::crypto::digest::SignType;
    use crate::error::Kind;
    use crate::explanation::Language;
    use crate::table::macros::{endpoints, record};
    use crate::v2::bill::{Batchquerycomment, BatchquerycommentReply, Downloadbill, Downloadfundflow};
    use crate::v2::order::{Orderquery, Unifiedorder};
    use crate::v2::paths;
    use crate::v2::sign::sign;

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
    const SUCCESS: [(&str, &str); 2] = [("return_code", "SUCCESS"), ("result_code", "SUCCESS")];

    record! {
        /// The answer of a transfer.
        Transferred
        fields {
            /// The merchant's number.
            partner_trade_no: Id(32) required echoed,
        }
    }

    endpoints! {
        /// A transfer, whose answer is not signed.
        transfers(Transfers) -> Transferred {
            v2("/mmpaymkttransfers/promotion/transfers"),
            reply_body(ReplyBody::Xml { signed: false, result_code: true }),
            retry(SameRequest);
            request {
                /// The merchant's number.
                partner_trade_no: Id(32) required,
            }
        }

        /// What is left to share: the answer has no result_code.
        amountquery(Amountquery) -> Transferred {
            v2("/pay/profitsharingorderamountquery"),
            only(&[SignType::HmacSha256]),
            reply_body(ReplyBody::Xml { signed: true, result_code: false }),
            retry(Safe);
            request {}
        }
    }

    fn read_as<C: Call>(body: &str) -> Result<Fields, Error> {
        read_with_key(C::ENDPOINT, 200, body.as_bytes(), KEY, &[SignType::Md5])
    }

    fn signed(pairs: &[(&str, &str)], sign_type: SignType) -> String {
        let sign = sign(pairs.iter().copied(), KEY, sign_type);
        xml::build(pairs.iter().copied().chain([("sign", sign.as_str())])).unwrap()
    }

    #[test]
    fn a_reply_without_signature_is_taken_where_the_row_says_so() {
        let plain = "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code>\
            <partner_trade_no>T1</partner_trade_no></xml>";
        assert_eq!(read_as::<Transfers>(plain).unwrap().get("partner_trade_no"), Some("T1"));
        assert_eq!(read_as::<Orderquery>(plain).unwrap_err().class(), "SignatureError");
    }

    #[test]
    fn the_words_of_a_refusal_in_any_form_are_shown_with_the_remedy_for_a_wrong_signature() {
        let refused = |status, body: &str| {
            read_with_key(Orderquery::ENDPOINT, status, body.as_bytes(), KEY, &[SignType::Md5]).unwrap_err()
        };
        for (status, body, class) in [
            (200, "<xml><return_code>fail</return_code><return_msg>签名错误</return_msg></xml>", "ProtocolError"),
            (400, "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>", "TransportError"),
            (200, "<xml><ret_code>1</ret_code><ret_msg>签名错误</ret_msg></xml>", "TransportError"),
            (200, "<xml><retmsg>签名错误</retmsg></xml>", "TransportError"),
            (
                200,
                "<!-- a --><xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>",
                "ProtocolError",
            ),
            (400, "<root><return_msg><![CDATA[签名错误]]></return_msg></root>", "TransportError"),
            (200, "<XML><return_msg>签名错误</return_msg></XML>", "TransportError"),
            (200, "<html><body>签名错误</body></html>", "TransportError"),
            (200, "签名错误", "TransportError"),
            (401, r#"{"message":"签名错误"}"#, "TransportError"),
            (
                200,
                "<xml><return_code>FAIL</return_code><return_msg>OK</return_msg><retmsg>签名错误</retmsg></xml>",
                "ProtocolError",
            ),
            (
                200,
                "<xml><return_code>FAIL</return_code><return_msg> </return_msg><retmsg>签名错误</retmsg></xml>",
                "ProtocolError",
            ),
        ] {
            let error = refused(status, body);
            assert_eq!(error.class(), class, "{body}");
            let text = error.to_string();
            assert!(text.contains("签名错误") && text.contains("api_key"), "{text}");
        }
        let busy = refused(502, "<xml><return_msg>系统繁忙</return_msg></xml>");
        assert!(busy.to_string().contains("系统繁忙") && busy.remedy(Language::English).is_none(), "{busy}");
    }

    #[test]
    fn the_words_of_a_business_refusal_are_found_wherever_they_are() {
        let fail = |more: &[(&str, &str)]| {
            let pairs: Vec<_> = [SUCCESS[0], ("result_code", "FAIL")].iter().chain(more).copied().collect();
            let error = read_as::<Orderquery>(&signed(&pairs, SignType::Md5)).unwrap_err();
            assert_eq!(error.class(), "BusinessError");
            error.to_string()
        };
        for more in [
            [("return_msg", "签名校验失败"), ("err_code", "NOAUTH")],
            [("ret_msg", "签名校验失败"), ("err_code_des", "未知错误")],
            [("err_code", "NOAUTH"), ("err_code_des", "签名校验失败")],
        ] {
            let text = fail(&more);
            assert!(text.contains("签名校验失败") && text.contains("api_key"), "{text}");
        }
        assert!(!fail(&[("return_msg", "OK"), ("err_code", "ORDERPAID")]).contains("OK"));
    }

    #[test]
    fn both_refusals_at_once_are_the_one_with_the_code() {
        let both = "<xml><return_code>FAIL</return_code><return_msg>支付失败</return_msg><result_code>FAIL</result_code>\
            <err_code>NOTENOUGH</err_code><err_code_des>余额不足</err_code_des></xml>";
        let error = read_as::<Transfers>(both).unwrap_err();
        assert!(matches!(error.kind(), Kind::Business { err_code, .. } if err_code == "NOTENOUGH"), "{error:?}");
        // Where replies are signed, this one is not, and its code proves nothing.
        assert_eq!(read_as::<Orderquery>(both).unwrap_err().class(), "ProtocolError");
    }

    #[test]
    fn a_reply_may_have_no_result_code_where_the_row_says_so() {
        let pairs = [("return_code", "SUCCESS"), ("partner_trade_no", "T1")];
        assert!(read_as::<Amountquery>(&signed(&pairs, SignType::HmacSha256)).is_ok());
        // The row takes this algorithm alone, whatever the client accepts.
        let error = read_as::<Amountquery>(&signed(&pairs, SignType::Md5)).unwrap_err();
        assert_eq!(error.code(), "sign_type_not_allowed");
        let pairs =
            [("return_code", "SUCCESS"), ("result_code", "FAIL"), ("err_code", "X"), ("partner_trade_no", "T1")];
        assert_eq!(read_as::<Amountquery>(&signed(&pairs, SignType::HmacSha256)).unwrap_err().class(), "BusinessError");
        assert_eq!(read_as::<Orderquery>(&signed(&pairs[..1], SignType::Md5)).unwrap_err().code(), "malformed_reply");
    }

    #[test]
    fn a_reply_without_the_fields_of_its_trade_type_is_an_error() {
        let order = |kind: &str, more: &[(&str, &str)]| {
            let ours = [("appid", "wx1"), ("mch_id", "1"), ("prepay_id", "wx2"), ("trade_type", kind)];
            let pairs: Vec<_> = SUCCESS.iter().chain(&ours).chain(more).copied().collect();
            read_as::<Unifiedorder>(&signed(&pairs, SignType::Md5))
        };
        assert!(order("JSAPI", &[]).is_ok());
        assert!(order("NATIVE", &[("code_url", "weixin://wxpay/bizpayurl?pr=1")]).is_ok());
        assert!(order("MWEB", &[("mweb_url", "https://wx.tenpay.com/1")]).is_ok());
        for (kind, more, words) in [
            ("NATIVE", vec![], ["code_url", "Native支付"]),
            ("NATIVE", vec![("code_url", "")], ["code_url", "产品中心"]),
            ("MWEB", vec![("code_url", "weixin://1")], ["mweb_url", "H5支付"]),
        ] {
            let error = order(kind, &more).unwrap_err();
            assert_eq!((error.code(), error.retry().as_str()), ("malformed_reply", "same_request"));
            let text = error.to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
        let state = |state: &str, more: &[(&str, &str)]| {
            let ours = [("appid", "wx1"), ("mch_id", "1"), ("trade_state", state)];
            let pairs: Vec<_> = SUCCESS.iter().chain(&ours).chain(more).copied().collect();
            read_as::<Orderquery>(&signed(&pairs, SignType::Md5))
        };
        let numbers = [("out_trade_no", "A1"), ("transaction_id", "42"), ("total_fee", "1")];
        assert!(
            state("SUCCESS", &numbers).is_ok() && state("REFUND", &numbers).is_ok() && state("NOTPAY", &[]).is_ok()
        );
        let text = state("SUCCESS", &numbers[..2]).unwrap_err().to_string();
        assert!(text.contains("total_fee is missing"), "{text}");
    }

    #[test]
    fn text_is_text_and_xml_is_a_refusal() {
        let none = "<xml><return_code>FAIL</return_code><return_msg>NO Bill Exist</return_msg></xml>";
        let error = read_as::<Downloadbill>(none).unwrap_err();
        assert!(matches!(error.kind(), Kind::Protocol { return_msg } if return_msg == "NO Bill Exist"), "{error:?}");
        assert_eq!((error.code(), error.retry().as_str()), ("no_bill", "never"));
        // The number counts where the words are others.
        let refused = |number: &str, words: &str| {
            let refusal = format!(
                "<xml><return_code>FAIL</return_code><return_msg>{words}</return_msg><error_code>{number}</error_code></xml>"
            );
            read_as::<Downloadbill>(&refusal).unwrap_err()
        };
        let error = refused("20002", "账单不存在");
        assert_eq!((error.class(), error.code(), error.retry().as_str()), ("ProtocolError", "no_bill", "never"));
        assert_eq!(refused("20009", "No Bill Exist").code(), "no_bill");
        assert_eq!(refused("20009", "whatever").code(), "protocol");
        for words in ["SIGN ERROR", "签名错误"] {
            let error = refused("20003", words);
            assert!(error.is_sign_error() && error.to_string().contains("api_key"), "{error}");
        }
        let flow = "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code><err_code>BILL_CREATING</err_code></xml>";
        let error = read_as::<Downloadfundflow>(flow).unwrap_err();
        assert_eq!(
            (error.class(), error.code(), error.retry().as_str()),
            ("BusinessError", "bill_not_ready", "same_request")
        );
        for (status, body) in [(200, "<html></html>"), (502, "text"), (200, ""), (200, "{\"code\":\"X\"}")] {
            let error = read_with_key(Downloadbill::ENDPOINT, status, body.as_bytes(), KEY, &[]).unwrap_err();
            assert_eq!(error.class(), "TransportError", "{body}");
            let error = read_with_key(Batchquerycomment::ENDPOINT, status, body.as_bytes(), KEY, &[]).unwrap_err();
            assert_eq!(error.class(), "TransportError", "{body}");
        }
    }

    #[test]
    fn comments_are_lines() {
        let text = "`100\r\n`2021-04-12 20:35:37,`4200000935202104114805145757,`5,`哎呦 不错哦\r\n\
            `2021-04-12 20:36:00,`4200000935202104114805145758,`1,`一,`二\n`三\r\n";
        let reply = BatchquerycommentReply::from_fields(read_as::<Batchquerycomment>(text).unwrap());
        let found: Vec<_> = reply
            .comments()
            .iter()
            .map(|comment| {
                (comment.comment_time().unwrap().to_dashed(), comment.stars(), comment.comment().unwrap().to_owned())
            })
            .collect();
        assert_eq!(reply.offset(), 100);
        assert_eq!(
            found,
            [
                ("2021-04-12 20:35:37".to_owned(), Some(5), "哎呦 不错哦".to_owned()),
                ("2021-04-12 20:36:00".to_owned(), Some(1), "一,`二\n`三".to_owned()),
            ]
        );
        assert_eq!(read_as::<Batchquerycomment>("`7\n").unwrap().get("offset"), Some("7"));
        for broken in ["`7\n哎呦", "`x\n", "`7\n`2021-04-12 20:35:37,`42,`5"] {
            assert_eq!(read_as::<Batchquerycomment>(broken).unwrap_err().code(), "malformed_reply", "{broken}");
        }
    }

    #[test]
    fn echoed_fields_tie_a_reply_to_its_request() {
        let sent: Fields = [("partner_trade_no", "T1")].into_iter().collect();
        let other: Fields = [("partner_trade_no", "T2")].into_iter().collect();
        assert!(answers(Transfers::ENDPOINT, &sent, &sent).is_ok());
        assert!(answers(Transfers::ENDPOINT, &sent, &Fields::default()).is_ok());
        let error = answers(Transfers::ENDPOINT, &sent, &other).unwrap_err();
        assert_eq!((error.code(), error.endpoint()), ("reply_mismatch", Some("transfers")));
        let raw = |path: &str, sent: &Fields, reply: &Fields| {
            let answered = answers_raw(paths::find(path), RetryClass::QueryFirst, sent, reply);
            answered.map_err(|error| (error.code(), error.endpoint()))
        };
        assert!(raw("/pay/anything", &sent, &other).is_ok(), "a path that is not known has no such field");
        let transfers = "/mmpaymkttransfers/promotion/transfers";
        assert_eq!(raw(transfers, &sent, &other), Err(("reply_mismatch", Some("call"))));
        let (sent, other) = ([("mch_id", "1")].into_iter().collect(), [("mch_id", "2")].into_iter().collect());
        for path in ["/pay/anything", transfers] {
            assert_eq!(raw(path, &sent, &other), Err(("mch_id_mismatch", Some("call"))));
        }
    }
}
