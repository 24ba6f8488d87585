//! Any reply that is made by the rows of a call survives XML, is verified, and is read by its kinds. Python and Node do the same.

use proptest::prelude::*;
use proptest::strategy::Strategy;
use proptest::test_runner::TestRunner;
use wxpaykit::registry;
use wxpaykit::table::{Endpoint, Field, FieldKind, List, Read, Record, ReplyBody};
use wxpaykit::v2::reply;
use wxpaykit::wire::xml;
use wxpaykit::{BeijingTime, Fields, Kind, Merchant, MerchantOptions, SignType, sign};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

/// Fields by their names, in the order of the row.
type Made = Vec<(String, String)>;

/// What XML 1.0 can carry, without what it writes in another way than it was given.
fn text() -> impl Strategy<Value = String> {
    "[ -~茶\u{a0}-\u{d7ff}\n\u{e000}-\u{fffd}😀]{1,12}".prop_filter("white space around it", |text| text.trim() == text)
}

fn value(field: &'static Field) -> BoxedStrategy<String> {
    match field.kind {
        FieldKind::Int | FieldKind::Fen => (0..1_i64 << 53).prop_map(|number| number.to_string()).boxed(),
        FieldKind::Bool => any::<bool>().prop_map(|yes| yes.to_string()).boxed(),
        FieldKind::Time => {
            (946_656_000..4_070_880_000_i64).prop_map(|at| BeijingTime::from_unix(at).unwrap().to_wire()).boxed()
        }
        FieldKind::Json => any::<i32>().prop_map(|number| format!("{{\"a\":{number}}}")).boxed(),
        FieldKind::Enum(values) => prop::sample::select(values.to_vec()).prop_map(str::to_owned).boxed(),
        _ => text().boxed(),
    }
}

/// Some of the fields; those for which `always` holds are there.
fn known(record: &'static Record, always: &dyn Fn(&Field) -> bool) -> BoxedStrategy<Made> {
    let fields: Vec<_> = record
        .fields
        .iter()
        .map(|field| {
            let made = value(field).prop_map(|value| (field.name.to_owned(), value));
            if always(field) { made.prop_map(Some).boxed() } else { prop::option::of(made).boxed() }
        })
        .collect();
    fields.prop_map(|fields| fields.into_iter().flatten().collect()).boxed()
}

/// The fields of a list, numbered, and those of the lists inside. Each item has a field at least.
fn items(list: &'static List) -> BoxedStrategy<Made> {
    let first = list.item.fields[0].name;
    let inside: Vec<_> = list.item.lists.iter().map(items).collect();
    let item = (known(list.item, &|field| field.name == first), inside);
    let numbered = |items: Vec<(Made, Vec<Made>)>| {
        let of_item = |(at, (own, inside)): (usize, (Made, Vec<Made>))| {
            let own = own.into_iter().map(move |(name, value)| (format!("{name}_{at}"), value));
            // `coupon_id_1` of the list inside item 0 is `coupon_id_0_1`.
            let inside = inside.into_iter().flatten().map(move |(name, value)| {
                let (name, number) = name.rsplit_once('_').unwrap();
                (format!("{name}_{at}_{number}"), value)
            });
            own.chain(inside).collect::<Made>()
        };
        items.into_iter().enumerate().flat_map(of_item).collect::<Made>()
    };
    prop::collection::vec(item, 0..3).prop_map(numbered).boxed()
}

/// Each field is read as what was made; what was not made is absent.
fn check(record: &'static Record, made: &dyn Fn(&str) -> Option<String>, found: &Fields) {
    for field in record.fields {
        let made = made(field.name);
        assert_eq!(found.get(field.name), made.as_deref(), "{}", field.name);
        let wanted = match (field.kind, made.as_deref()) {
            (_, None) => Read::Absent,
            (FieldKind::Int | FieldKind::Fen, Some(text)) => Read::Int(text.parse().unwrap()),
            (FieldKind::Bool, Some(text)) => Read::Bool(text == "true"),
            (FieldKind::Time, Some(text)) => Read::Time(BeijingTime::parse(text).unwrap()),
            (FieldKind::Json, Some(text)) => Read::Json(text),
            (_, Some(text)) => Read::Text(text),
        };
        assert_eq!(field.read(found.get(field.name)), Some(wanted), "{}", field.name);
    }
}

fn check_items(lists: &'static [List], document: &Fields, number: &str, found: &Fields) {
    for list in lists {
        let found = list.read(found);
        let first = list.item.fields[0].name;
        let count = (0..).take_while(|at| document.contains(&format!("{first}{number}_{at}"))).count();
        assert_eq!(found.len(), count, "{}", list.name);
        for (at, item) in found.iter().enumerate() {
            let number = format!("{number}_{at}");
            check(list.item, &|name| document.get(&format!("{name}{number}")).map(str::to_owned), item);
            check_items(list.item.lists, document, &number, item);
        }
    }
}

fn any_reply_survives(endpoint: &'static Endpoint) {
    let appid = "wxd930ea5d5a258f4f";
    let merchant = Merchant::new(MerchantOptions::new(appid, "10000100", KEY)).unwrap();
    let sign_type = endpoint.sign_types.first().copied().filter(|_| endpoint.sign_types.len() == 1);
    let sign_type = sign_type.unwrap_or(SignType::HmacSha256);
    let needed: Vec<&str> = endpoint.reply.needs.iter().flat_map(|need| need.any).copied().collect();
    let always = |field: &Field| field.required || needed.contains(&field.name);
    let lists: Vec<_> = endpoint.reply.lists.iter().map(items).collect();
    let config = ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&(known(endpoint.reply, &always), lists), |(made, lists)| {
            let fixed = [("return_code", "SUCCESS"), ("result_code", "SUCCESS"), ("nonce_str", "n")];
            let own = |name: &str| fixed.iter().find(|(fixed, _)| *fixed == name).map(|(_, value)| (*value).to_owned());
            let pairs = fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let made = made.into_iter().filter(|(name, _)| own(name).is_none());
            let pairs: Made = pairs.chain(made).chain(lists.into_iter().flatten()).collect();
            let mut document: Fields = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let signature = sign::sign(document.iter(), KEY, sign_type);
            document.push("sign", &signature).unwrap();
            let body = xml::build(document.iter()).unwrap();
            let found = reply::read(endpoint, 200, body.as_bytes(), &merchant).unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), document.iter().collect::<Vec<_>>());
            check(endpoint.reply, &|name| document.get(name).map(str::to_owned), &found);
            check_items(endpoint.reply.lists, &document, "", &found);
            // One field that is another one, and the signature is wrong.
            let body = body.replacen("CDATA[n]", "CDATA[m]", 1);
            assert!(body.contains("<nonce_str><![CDATA[m]]>"), "{body}");
            let error = reply::read(endpoint, 200, body.as_bytes(), &merchant).unwrap_err();
            assert!(matches!(error.kind(), Kind::Signature { .. }), "{error}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_reply_survives_xml_and_is_verified() {
    let is_signed = |call: &&'static Endpoint| matches!(call.reply_body, ReplyBody::Xml { signed: true, .. });
    let calls: Vec<_> = registry::all().filter(is_signed).collect();
    assert!(calls.len() >= 10, "{}", calls.len());
    calls.into_iter().for_each(any_reply_survives);
}
