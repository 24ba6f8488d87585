//! Every call and every document that this crate knows.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::codes::Api;
use crate::notify::{
    ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, NativeQuestion, PaymentNotification, RefundNotification,
    TransferNotification,
};
use crate::platform::jssdk::{self, AccessToken, Ticket};
use crate::platform::miniprogram::{self, MiniprogramSession, PhoneInfo, PhoneNumber, UserData, Watermark};
use crate::platform::oauth::{self, UserInfo, WebToken};
use crate::platform::wecom::{self, WecomOpenid, WecomVisitor};
use crate::redact::Redaction;
use crate::table::row::{Document, Endpoint, Field, Record, ReplyBody};
use crate::v2::bill::{self, Comment};
use crate::v2::code;
use crate::v2::order::{self, Coupon};
use crate::v2::refund::{self, RefundItem, RefundedCoupon};
use crate::v2::{paths, tools, workwx};
use crate::v3;
use crate::v3::media::V3Media;
use crate::v3::notification::V3Notification;

/// Every call, by families.
static FAMILIES: &[&[&Endpoint]] = &[
    order::ENDPOINTS,
    refund::ENDPOINTS,
    bill::ENDPOINTS,
    code::ENDPOINTS,
    tools::ENDPOINTS,
    workwx::ENDPOINTS,
    oauth::ENDPOINTS,
    miniprogram::ENDPOINTS,
    jssdk::ENDPOINTS,
    wecom::ENDPOINTS,
    v3::order::ENDPOINTS,
    v3::code::ENDPOINTS,
    v3::combine::ENDPOINTS,
    v3::refund::ENDPOINTS,
    v3::transfer::ENDPOINTS,
    v3::sharing::ENDPOINTS,
    v3::bill::ENDPOINTS,
    v3::platform_certificates::ENDPOINTS,
];

/// The documents that are not replies of a call. A document that is part of another comes before it.
pub const DOCUMENTS: &[&Record] = &[
    Coupon::RECORD,
    RefundedCoupon::RECORD,
    RefundItem::RECORD,
    Comment::RECORD,
    PaymentNotification::RECORD,
    ConfirmedPayment::RECORD,
    RefundNotification::RECORD,
    ConfirmedRefund::RECORD,
    TransferNotification::RECORD,
    ConfirmedTransfer::RECORD,
    NativeQuestion::RECORD,
    V3Notification::RECORD,
    V3Media::RECORD,
    WebToken::RECORD,
    UserInfo::RECORD,
    MiniprogramSession::RECORD,
    Watermark::RECORD,
    PhoneInfo::RECORD,
    PhoneNumber::RECORD,
    UserData::RECORD,
    AccessToken::RECORD,
    Ticket::RECORD,
    WecomVisitor::RECORD,
    WecomOpenid::RECORD,
];

/// Every call.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// The documents that the calls of an interface answer. A bill is a stream of rows, and not a document.
pub fn replies(api: Api) -> impl Iterator<Item = &'static Record> {
    of(api).filter(|endpoint| endpoint.reply_body != ReplyBody::Bill).map(|endpoint| endpoint.reply)
}

/// The objects inside the requests of an interface's calls, an inner one before the outer one.
pub fn objects(api: Api) -> Vec<&'static Record> {
    let mut found = Vec::new();
    for field in of(api).flat_map(|endpoint| endpoint.request) {
        inside(field, &mut found);
    }
    found
}

/// The objects inside the replies of an interface's calls, an inner one before the outer one.
pub fn parts(api: Api) -> Vec<&'static Record> {
    let mut found = Vec::new();
    for field in replies(api).flat_map(|record| record.fields) {
        inside(field, &mut found);
    }
    found
}

fn inside(field: &'static Field, found: &mut Vec<&'static Record>) {
    let Some(record) = field.kind.record() else { return };
    if found.iter().any(|known| known.name == record.name) {
        return;
    }
    for field in record.fields {
        inside(field, found);
    }
    found.push(record);
}

/// The calls of one interface.
pub fn of(api: Api) -> impl Iterator<Item = &'static Endpoint> {
    all().filter(move |endpoint| endpoint.api == api)
}

/// The call of this name.
pub fn find(name: &str) -> Option<&'static Endpoint> {
    all().find(|endpoint| endpoint.name == name)
}

/// What is known of a path of APIv2: the row of the call that has it, or how it travels.
pub fn of_path(path: &str) -> &'static Endpoint {
    of(Api::V2).find(|endpoint| endpoint.path == path).unwrap_or_else(|| paths::find(path))
}

/// How much may be shown of a field of this name, in a document that is not in the table: as in the documents and calls that
/// are.
pub fn redaction(name: &str) -> Redaction {
    field(name).map_or(Redaction::Plain, |field| field.redaction)
}

/// The field of this name in one of the documents and calls of the table. A member of an object counts where no call and no document has one.
pub fn field(name: &str) -> Option<&'static Field> {
    /// An error asks for each name of WeChat's reply.
    static BY_NAME: LazyLock<HashMap<&str, &Field>> = LazyLock::new(|| {
        let documents = DOCUMENTS.iter().copied().chain(all().map(|endpoint| endpoint.reply));
        let requests = all().flat_map(|endpoint| endpoint.request);
        let fields: Vec<_> = documents.flat_map(|record| record.fields).chain(requests).collect();
        let mut named = HashMap::new();
        for field in &fields {
            named.entry(field.name).or_insert(*field);
        }
        fields.into_iter().for_each(|field| members(field, &mut named));
        named
    });
    BY_NAME.get(name).copied()
}

fn members(field: &'static Field, named: &mut HashMap<&'static str, &'static Field>) {
    let Some(record) = field.kind.record() else { return };
    for member in record.fields {
        named.entry(member.name).or_insert(member);
    }
    record.fields.iter().for_each(|member| members(member, named));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::explanation::Language;
    use crate::phrases::docs;

    /// A call, a field or a document without Chinese, and Chinese that nothing has any more.
    #[test]
    fn each_row_has_its_chinese() {
        let apis = [Api::V2, Api::V3, Api::Platform, Api::WeCom];
        let inner = || apis.into_iter().flat_map(|api| objects(api).into_iter().chain(parts(api)));
        let records: Vec<_> = DOCUMENTS.iter().copied().chain(all().map(|call| call.reply)).chain(inner()).collect();
        let items = || records.iter().flat_map(|record| record.lists).map(|list| list.item);
        let fields = || {
            let calls = all().flat_map(Endpoint::fields);
            calls.chain(records.iter().copied().chain(items()).flat_map(|record| record.fields))
        };
        let is_chinese = |text: &str| text.ends_with('。') && !text.contains(" .");
        let flat = |doc: &str| doc.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut missing = BTreeSet::new();
        for (name, chinese) in all().map(|call| (call.name.to_owned(), call.doc_in(Language::Chinese))) {
            _ = is_chinese(chinese) || missing.insert(name);
        }
        for (doc, chinese) in fields().map(|field| (flat(field.doc), field.doc_in(Language::Chinese))) {
            _ = is_chinese(chinese) || missing.insert(doc);
        }
        for (name, chinese) in
            DOCUMENTS.iter().copied().chain(inner()).map(|one| (one.name.to_owned(), one.doc_in(Language::Chinese)))
        {
            _ = is_chinese(chinese) || missing.insert(name);
        }
        assert!(missing.is_empty(), "give core/src/phrases/docs the Chinese of {missing:#?}");
        let [calls, texts, documents] = docs::keys();
        let known: BTreeSet<_> = fields().map(|field| flat(field.doc)).collect();
        let stale = calls.iter().filter(|name| find(name).is_none());
        let stale = stale.chain(texts.iter().filter(|text| !known.contains(**text)));
        let stale = stale.chain(documents.iter().filter(|name| !records.iter().any(|one| one.name == **name)));
        assert_eq!(stale.collect::<Vec<_>>(), Vec::<&&str>::new());
        for keys in [calls, texts, documents] {
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "something is there twice");
        }
    }

    /// Orders, refunds and transfers have texts of their own, and not those of orders.
    #[test]
    fn the_address_of_a_notification_says_whose_it_is() {
        let mut kinds = BTreeSet::new();
        for call in all() {
            let Some(field) = call.request.iter().find(|field| field.name == "notify_url") else { continue };
            let chinese = field.doc_in(Language::Chinese);
            let whose = match call.name {
                name if name.contains("refund") => "退款",
                name if name.contains("transfer") => "转账",
                _ => "支付",
            };
            assert!(chinese.starts_with(&format!("{whose}通知的接收地址：")), "{}: {chinese}", call.name);
            kinds.insert(whose);
        }
        assert_eq!(kinds.len(), 3, "{kinds:?}");
    }

    #[test]
    fn a_field_is_shown_by_its_name_as_the_table_says() {
        let of = |name| redaction(name);
        assert_eq!([of("openid"), of("user_truename"), of("sp_openid"), of("sub_openid")], [Redaction::Short; 4]);
        assert_eq!([of("access_token"), of("ticket")], [Redaction::Hidden; 2]);
        assert_eq!([of("total_fee"), of("no_such_field")], [Redaction::Plain; 2]);
    }
}
