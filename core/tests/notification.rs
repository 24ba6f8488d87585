//! Any single change to a notification makes it invalid. A valid notification alone confirms nothing: the order is queried
//! at WeChat.

use proptest::prelude::*;
use proptest::sample::Index;
use wxpaykit::SignType;
use wxpaykit::flow::Confirm;
use wxpaykit::sign;
use wxpaykit::v2::order::{Orderquery, OrderqueryReply};
use wxpaykit::wire::xml;
use wxpaykit::{Error, Kind, Merchant, MerchantOptions, PaymentNotification};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

type Pairs = Vec<(String, String)>;

fn merchant() -> Merchant {
    Merchant::new(MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", KEY)).unwrap()
}

fn message(extra: &[(&str, &str)]) -> Pairs {
    let fields = [
        ("appid", "wxd930ea5d5a258f4f"),
        ("bank_type", "OTHERS"),
        ("cash_fee", "88"),
        ("fee_type", "CNY"),
        ("mch_id", "10000100"),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
        ("out_trade_no", "20150806125346"),
        ("result_code", "SUCCESS"),
        ("return_code", "SUCCESS"),
        ("time_end", "20150806125400"),
        ("total_fee", "88"),
        ("trade_type", "JSAPI"),
        ("transaction_id", "4200000263201508067700134212"),
    ];
    fields.iter().chain(extra).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn borrowed(pairs: &Pairs) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn signed(mut pairs: Pairs, sign_type: SignType) -> Pairs {
    let sign = sign::sign(borrowed(&pairs), KEY, sign_type);
    pairs.push(("sign".to_owned(), sign));
    pairs
}

fn parse(pairs: &Pairs) -> Result<PaymentNotification, Error> {
    let mut options = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", KEY);
    options.accept_sign_types = SignType::ALL.to_vec();
    PaymentNotification::parse(xml::build(borrowed(pairs)).unwrap().as_bytes(), &Merchant::new(options).unwrap())
}

/// One change.
#[derive(Clone, Debug)]
enum Change {
    Byte(Index, Index, char),
    Drop(Index),
    Add(String, String),
    Rename(Index, String),
}

fn change() -> impl Strategy<Value = Change> {
    let value = "[0-9A-Za-z 微信]{1,12}";
    prop_oneof![
        (any::<Index>(), any::<Index>(), "[0-9A-Za-z&=<> ]").prop_map(|(f, c, to)| Change::Byte(
            f,
            c,
            to.chars().next().unwrap()
        )),
        any::<Index>().prop_map(Change::Drop),
        ("x_[a-z]{1,8}", value).prop_map(|(name, value)| Change::Add(name, value)),
        (any::<Index>(), "x_[a-z]{1,8}").prop_map(|(f, name)| Change::Rename(f, name)),
    ]
}

/// The changed message; `None` when the result is the same message, or differs only in the case of a letter of `sign`.
fn changed(pairs: &Pairs, change: &Change) -> Option<Pairs> {
    let mut pairs = pairs.clone();
    match change {
        Change::Byte(field, at, to) => {
            let (name, value) = field.get_mut(&mut pairs);
            let mut chars: Vec<char> = value.chars().collect();
            let place = at.index(chars.len());
            if chars[place] == *to || (name == "sign" && chars[place].eq_ignore_ascii_case(to)) {
                return None;
            }
            chars[place] = *to;
            *value = chars.into_iter().collect();
        }
        Change::Drop(field) => {
            pairs.remove(field.index(pairs.len()));
        }
        Change::Add(name, value) => pairs.push((name.clone(), value.clone())),
        Change::Rename(field, name) => field.get_mut(&mut pairs).0.clone_from(name),
    }
    Some(pairs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_single_change_is_refused(attach in "[0-9A-Za-z &=<>\"微信]{1,40}", md5: bool, change in change()) {
        let sign_type = if md5 { SignType::Md5 } else { SignType::HmacSha256 };
        let good = signed(message(&[("attach", &attach)]), sign_type);
        let read = parse(&good).unwrap();
        prop_assert_eq!(read.attach(), Some(attach.as_str()));
        if let Some(bad) = changed(&good, &change) {
            let error = parse(&bad).unwrap_err();
            prop_assert!(matches!(error.kind(), Kind::Signature { .. }), "{}", error);
            let printed = format!("{error} {error:?}");
            prop_assert!(!printed.contains(KEY));
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(PaymentNotification::parse(&bytes, &merchant()).is_err());
    }
}

/// The orderquery reply for the order of [`message`], with one field replaced.
fn answer(field: &str, value: &str) -> Result<OrderqueryReply, Error> {
    let mut pairs = message(&[("trade_state", "SUCCESS")]);
    pairs.retain(|(name, _)| name != field);
    pairs.push((field.to_owned(), value.to_owned()));
    let body = xml::build(borrowed(&signed(pairs, SignType::HmacSha256))).unwrap();
    wxpaykit::v2::reply::typed::<Orderquery>(200, body.as_bytes(), &merchant())
}

fn confirm(field: &str, value: &str) -> Result<i64, Error> {
    let body = xml::build(borrowed(&signed(message(&[]), SignType::HmacSha256))).unwrap();
    let confirm = Confirm::start(body.as_bytes(), &merchant())?;
    confirm.finish(answer(field, value)?, &merchant()).map(|paid| paid.total_fee().0)
}

#[test]
fn another_sub_merchants_notification_is_refused() {
    let mut options = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", KEY);
    options.sub_mch_id = Some("10000109".into());
    let provider = Merchant::new(options).unwrap();
    let of = |sub_mch_id| {
        let body = xml::build(borrowed(&signed(message(&[("sub_mch_id", sub_mch_id)]), SignType::HmacSha256))).unwrap();
        PaymentNotification::parse(body.as_bytes(), &provider)
    };
    assert!(of("10000109").is_ok());
    assert_eq!(of("10000108").unwrap_err().code(), "sub_mch_id_mismatch");
}

#[test]
fn a_malformed_optional_field_does_not_reject_a_payment() {
    let odd = message(&[("promotion_detail", "{cut o"), ("coupon_count", "many")]);
    let read = parse(&signed(odd, SignType::HmacSha256)).unwrap();
    assert_eq!((read.get("promotion_detail"), read.coupon_count()), (Some("{cut o"), None));
}

#[test]
fn a_notification_that_matches_orderquery_is_confirmed() {
    assert_eq!(confirm("attach", "whatever").unwrap(), 88);
}

#[test]
fn a_difference_is_a_mismatch() {
    for (field, value) in [
        ("total_fee", "1"),
        ("out_trade_no", "another"),
        ("transaction_id", "4200000263201508067700134213"),
        ("appid", "wxd930ea5d5a258f40"),
        ("mch_id", "10000101"),
        ("trade_state", "NOTPAY"),
        ("trade_state", "REFUND"),
        ("fee_type", "HKD"),
        ("sub_mch_id", "10000109"),
    ] {
        let error = confirm(field, value).unwrap_err();
        assert_eq!(error.class(), "PaymentMismatch", "{field}");
        assert_eq!(error.code(), format!("{field}_mismatch"));
    }
}

#[test]
fn a_reply_that_lacks_a_required_field_confirms_nothing() {
    for field in ["total_fee", "out_trade_no", "transaction_id"] {
        assert_eq!(confirm(field, "").unwrap_err().code(), "malformed_reply", "{field}");
    }
}
