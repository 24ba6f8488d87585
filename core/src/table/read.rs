//! Replies against their rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::row::{Document, Field, FieldKind, List, Read, Record, Step, TimeInside};
use crate::fields::Fields;
use crate::time::BeijingTime;
use crate::wire::json;

impl FieldKind {
    /// Whether JSON writes the value in quotation marks.
    pub(crate) fn is_quoted(self) -> bool {
        !matches!(self, Self::Int | Self::Fen | Self::Bool | Self::Json | Self::Record(_) | Self::List(_))
    }

    /// Whether an empty value says nothing.
    fn is_typed(self) -> bool {
        !self.is_quoted() || matches!(self, Self::Time | Self::Instant)
    }
}

impl Field {
    /// Reads a value that WeChat sent; `None` when it is not of this field's kind.
    pub fn read<'a>(&self, value: Option<&'a str>) -> Option<Read<'a>> {
        let Some(value) = value else { return Some(Read::Absent) };
        match self.kind {
            kind if value.is_empty() && kind.is_typed() => Some(Read::Absent),
            FieldKind::Int => digits(value.strip_prefix('-').unwrap_or(value)).and(value.parse().ok()).map(Read::Int),
            FieldKind::Fen => digits(value).and(value.parse().ok()).map(Read::Int),
            FieldKind::Bool => value.parse().ok().map(Read::Bool),
            FieldKind::Time => BeijingTime::parse(value).map(Read::Time),
            FieldKind::Instant => BeijingTime::parse_rfc3339(value).map(Read::Time),
            FieldKind::Json | FieldKind::Record(_) | FieldKind::List(_) => {
                serde_json::from_str::<Json>(value).ok().map(|_| Read::Json(value))
            }
            FieldKind::Text
            | FieldKind::Id
            | FieldKind::OutNo
            | FieldKind::TradeNo
            | FieldKind::BillNo
            | FieldKind::GoodsNo
            | FieldKind::AuthCode
            | FieldKind::Ip
            | FieldKind::Currency
            | FieldKind::Url
            | FieldKind::Date
            | FieldKind::Day
            | FieldKind::Enum(_) => Some(Read::Text(value)),
        }
    }

    /// The times in the objects of this field, whose value is a JSON text. One that is malformed is as absent as it is in a field of its
    /// own: it has its place here, and no time.
    pub fn times_inside(&self, value: &str) -> Vec<TimeInside> {
        let mut found = Vec::new();
        if self.has_times_inside
            && let Ok(json) = serde_json::from_str(value)
        {
            find_times(self.kind, &json, &mut Vec::new(), &mut found);
        }
        found
    }
}

fn find_times(kind: FieldKind, value: &Json, way: &mut Vec<Step>, found: &mut Vec<TimeInside>) {
    match (kind, value) {
        (FieldKind::Record(record), Json::Object(members)) => {
            for field in record.fields {
                let Some(member) = members.get(field.name) else { continue };
                way.push(Step::Member(field.name));
                if matches!(field.kind, FieldKind::Time | FieldKind::Instant) {
                    found.push(TimeInside { way: way.clone(), time: time_of(field, member) });
                } else if field.has_times_inside {
                    find_times(field.kind, member, way, found);
                }
                way.pop();
            }
        }
        (FieldKind::List(record), Json::Array(items)) => {
            for (number, item) in items.iter().enumerate() {
                way.push(Step::Item(number));
                find_times(FieldKind::Record(record), item, way, found);
                way.pop();
            }
        }
        _ => {}
    }
}

/// A member as a field of its own is read: texts as they are, other values as their JSON text.
fn time_of(field: &Field, member: &Json) -> Option<BeijingTime> {
    let text: Cow<'_, str> = match member {
        Json::String(text) => text.into(),
        other => other.to_string().into(),
    };
    match field.read(Some(&text)) {
        Some(Read::Time(time)) => Some(time),
        _ => None,
    }
}

/// Digits alone: Rust's own parser takes a plus sign.
fn digits(text: &str) -> Option<()> {
    text.bytes().all(|b| b.is_ascii_digit()).then_some(())
}

impl Record {
    /// Checks a document: required fields are present and well-formed, and so is all money. Another field that is malformed
    /// reads as absent and keeps its text: it must not make a paid order unreadable.
    ///
    /// # Errors
    /// The first wrong field, a member of an object as `amount.total`, and what is wrong.
    pub fn check(&self, fields: &Fields) -> Result<(), (Cow<'static, str>, &'static str)> {
        for field in self.fields {
            let nested = matches!(field.kind, FieldKind::Record(_) | FieldKind::List(_));
            if !field.required && !nested && !matches!(field.kind, FieldKind::Fen) {
                continue;
            }
            let value = fields.get(field.name);
            if field.required && value.is_none_or(str::is_empty) {
                return Err((field.name.into(), "is missing"));
            }
            if field.read(value).is_none() {
                return Err((field.name.into(), "is malformed"));
            }
            if nested {
                check_nested(field, value.unwrap_or_default())?;
            }
        }
        for need in self.needs {
            if let Some(&first) = need.any.first()
                && need.applies(fields)
                && !need.any.iter().any(|name| is_there(fields, name))
            {
                return Err((first.into(), if need.hint.is_empty() { "is missing" } else { need.hint }));
            }
        }
        self.lists.iter().try_for_each(|list| check_items(list, fields))
    }
}

/// Checks the money of a list's items; whether they are whole is not certain, since WeChat leaves fields out.
fn check_items(list: &List, fields: &Fields) -> Result<(), (Cow<'static, str>, &'static str)> {
    list.read(fields).iter().try_for_each(|item| {
        for field in list.item.fields.iter().filter(|field| matches!(field.kind, FieldKind::Fen)) {
            if field.read(item.get(field.name)).is_none() {
                return Err((field.name.into(), "is malformed"));
            }
        }
        list.item.lists.iter().try_for_each(|inner| check_items(inner, item))
    })
}

/// Whether a field has a value; a member of an object as `amount.total`.
fn is_there(fields: &Fields, name: &str) -> bool {
    let Some((object, member)) = name.split_once('.') else { return fields.filled(name).is_some() };
    let members = fields.filled(object).and_then(|text| json::parse(text.as_bytes()));
    members.is_some_and(|members| is_there(&members, member))
}

/// Checks the objects inside a field.
fn check_nested(field: &Field, text: &str) -> Result<(), (Cow<'static, str>, &'static str)> {
    if text.is_empty() {
        return Ok(());
    }
    let items = match field.kind {
        FieldKind::Record(_) => json::parse(text.as_bytes()).map(|members| vec![members]),
        FieldKind::List(_) => json::parse_list(text),
        _ => return Ok(()),
    };
    let (Some(record), Some(items)) = (field.kind.record(), items) else {
        return Err((field.name.into(), "is malformed"));
    };
    let inside = |(name, why)| (Cow::Owned(format!("{}.{name}", field.name)), why);
    items.iter().try_for_each(|members| record.check(members)).map_err(inside)
}

/// An object inside a field that was checked.
pub(crate) fn object<D: Document>(text: Option<&str>) -> Option<D> {
    json::parse(text?.as_bytes()).map(D::from_fields)
}

/// The objects of a list inside a field that was checked.
pub(crate) fn objects<D: Document>(text: Option<&str>) -> Vec<D> {
    text.and_then(json::parse_list).unwrap_or_default().into_iter().map(D::from_fields).collect()
}

impl List {
    /// The items in the order of their numbers, each with the names of its fields as the item's record has them. Numbers may be
    /// missing; the count that WeChat sends along is not used. An item whose fields are all empty is left out.
    pub fn read(&self, fields: &Fields) -> Vec<Fields> {
        let mut found: BTreeMap<u32, Vec<(String, &str)>> = BTreeMap::new();
        for (name, value) in fields.iter() {
            if let Some((name, number)) = self.place(name) {
                found.entry(number).or_default().push((name, value));
            }
        }
        let is_item = |fields: &Vec<(String, &str)>| fields.iter().any(|(_, value)| !value.is_empty());
        found.into_values().filter(is_item).map(|fields| self.item(&fields)).collect()
    }

    /// Whether a field of a document belongs to an item.
    pub fn holds(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// The fields in the order of the record, and then those of the lists inside the item.
    fn item(&self, fields: &[(String, &str)]) -> Fields {
        let place = |name: &str| self.item.fields.iter().position(|field| field.name == name).unwrap_or(usize::MAX);
        let mut order: Vec<_> = fields.iter().map(|(name, value)| (place(name), name.as_str(), *value)).collect();
        order.sort_by_key(|(place, ..)| *place);
        order.into_iter().map(|(_, name, value)| (name, value)).collect()
    }

    /// `coupon_id_0` as `coupon_id` in item 0; for a list inside the item, `coupon_refund_id_0_1` as `coupon_refund_id_1` in item 0.
    fn place(&self, name: &str) -> Option<(String, u32)> {
        // Few names end in a digit, and every name is tested.
        if !name.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (base, number) = numbered(name)?;
        if self.item.field(base).is_some() {
            return Some((base.to_owned(), number));
        }
        let (base, item) = numbered(base)?;
        let known = self.item.lists.iter().any(|list| list.item.field(base).is_some());
        known.then(|| (format!("{base}_{number}"), item))
    }
}

/// The number at the end of a name, as WeChat writes it: without zeros before it.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let (base, number) = name.rsplit_once('_')?;
    if number.len() > 1 && number.starts_with('0') {
        return None;
    }
    digits(number).and(number.parse().ok()).map(|number| (base, number))
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macros make whole public types")]
mod tests {
    use crate::fields::Fields;
    use crate::money::Fen;
    use crate::table::macros::record;
    use crate::table::row::{Document, Step, TimeInside};
    use crate::time::BeijingTime;

    record! {
        /// Refunds of an order.
        Refunds
        fields {
            /// How many.
            refund_count: Int,
        }
        lists {
            refunds: Refund,
        }
    }

    record! {
        /// A refund.
        Refund
        fields {
            /// The refund's number.
            out_refund_no: OutNo(64),
            /// What coupons gave back, in fen.
            coupon_refund_fee: Fen,
        }
        lists {
            coupons: RefundedCoupon,
        }
    }

    record! {
        /// A coupon that was given back.
        RefundedCoupon
        fields {
            /// The coupon's number.
            coupon_refund_id: Text(20),
            /// What it gave back, in fen.
            coupon_refund_fee: Fen,
        }
    }

    fn refunds(pairs: &[(&str, &str)]) -> Refunds {
        Refunds::from_fields(pairs.iter().copied().collect())
    }

    #[test]
    fn lists_of_depth_two_are_read_by_both_numbers() {
        let reply = refunds(&[
            ("refund_count", "2"),
            ("coupon_refund_id_0_1", "B"),
            ("coupon_refund_fee_0_1", "20"),
            ("out_refund_no_1", "R1"),
            ("out_refund_no_0", "R0"),
            ("coupon_refund_fee_0", "30"),
            ("coupon_refund_id_0_0", "A"),
            ("coupon_refund_fee_0_0", "10"),
            ("coupon_refund_id_x_0", "not numbered"),
        ]);
        assert_eq!(Refunds::RECORD.check(reply.fields()), Ok(()));
        let refunds = reply.refunds();
        let [first, second] = refunds.as_slice() else { panic!("{refunds:?}") };
        assert_eq!((first.out_refund_no(), first.coupon_refund_fee()), (Some("R0"), Some(Fen(30))));
        assert_eq!((second.out_refund_no(), second.coupons().len()), (Some("R1"), 0));
        let coupons = first.coupons();
        let coupons: Vec<_> = coupons.iter().map(|c| (c.coupon_refund_id(), c.coupon_refund_fee())).collect();
        assert_eq!(coupons, [(Some("A"), Some(Fen(10))), (Some("B"), Some(Fen(20)))]);
    }

    #[test]
    fn items_without_values_are_left_out() {
        let reply = refunds(&[
            ("out_refund_no_0", ""),
            ("coupon_refund_id_0_0", ""),
            ("out_refund_no_01", "R1"),
            ("out_refund_no_", "R"),
            ("out_refund_no_99999999999", "R"),
            ("out_refund_no_3", "R3"),
        ]);
        let refunds = reply.refunds();
        assert_eq!(refunds.iter().map(Refund::out_refund_no).collect::<Vec<_>>(), [Some("R3")]);
    }

    #[test]
    fn money_is_checked_at_every_depth() {
        for wrong in ["coupon_refund_fee_0", "coupon_refund_fee_0_7"] {
            let reply = refunds(&[("refund_count", "1"), (wrong, "1.5")]);
            assert_eq!(
                Refunds::RECORD.check(reply.fields()),
                Err(("coupon_refund_fee".into(), "is malformed")),
                "{wrong}"
            );
        }
    }

    record! {
        /// A payment in JSON.
        Payment
        fields {
            /// The amount.
            amount: Record<Amount> required,
            /// Whether it may be shared.
            profit_sharing: Bool,
            /// The goods.
            goods: List<Amount>,
        }
    }

    record! {
        /// An amount.
        Amount
        fields {
            /// In fen.
            total: Fen required,
            /// ISO 4217.
            currency: Text(16),
        }
    }

    record! {
        /// An order of several parts.
        Combined
        fields {
            /// The parts.
            parts: List<Part>,
            /// One part.
            first: Record<Part>,
            /// The goods.
            goods: List<Amount>,
        }
    }

    record! {
        /// A part of an order.
        Part
        fields {
            /// When it was paid.
            success_time: Instant,
            /// When it was made, in the form of APIv2.
            create_time: Time,
            /// A part of it.
            inner: Record<Inner>,
        }
    }

    record! {
        /// A part of a part.
        Inner
        fields {
            /// When it ended.
            end_time: Instant,
        }
    }

    #[test]
    fn times_are_found_at_every_depth() {
        let field = |name: &str| Combined::RECORD.field(name).unwrap();
        let flags = ["parts", "first", "goods"].map(|name| field(name).has_times_inside);
        assert_eq!(flags, [true, true, false]);
        let found = |name: &str, json: &str| -> Vec<(String, Option<i64>)> {
            let step = |step: &Step| match step {
                Step::Member(name) => (*name).to_owned(),
                Step::Item(number) => number.to_string(),
            };
            let found = field(name).times_inside(json).into_iter();
            let found =
                found.map(|TimeInside { way, time }| (way.iter().map(step).collect::<Vec<_>>().join("."), time));
            found.map(|(way, time)| (way, time.map(BeijingTime::unix))).collect()
        };
        let at = |way: &str, unix: Option<i64>| (way.to_owned(), unix);
        let json = r#"[{"success_time":"2018-06-08T10:34:56+08:00"},{},
            {"inner":{"end_time":"2018-06-08T02:34:56.120Z"},"create_time":20180608103456,"x":"2018-06-08T10:34:56+08:00"}]"#;
        let unix = Some(1_528_425_296);
        assert_eq!(
            found("parts", json),
            [at("0.success_time", unix), at("2.create_time", unix), at("2.inner.end_time", unix)]
        );
        let json = |time: &str| format!(r#"{{"success_time":{time}}}"#);
        for wrong in
            ["null", "\"\"", "\"2018-06-08 10:34:56\"", "\"2018-06-08T10:34:56\"", "1528425296", "true", "{}", "[]"]
        {
            assert_eq!(found("first", &json(wrong)), [at("success_time", None)], "{wrong}");
            let fields = crate::wire::json::parse(format!(r#"{{"first":{}}}"#, json(wrong)).as_bytes()).unwrap();
            assert_eq!(Combined::RECORD.check(&fields), Ok(()), "{wrong}");
            assert_eq!(Combined::from_fields(fields).first().unwrap().success_time(), None, "{wrong}");
        }
        for other in ["", "{", "[]", "1", "[1]", "\"2018-06-08T10:34:56+08:00\"", r#"{"inner":[{"end_time":"x"}]}"#] {
            assert_eq!(found("first", other), [], "{other}");
        }
        assert_eq!(found("goods", r#"[{"success_time":"2018-06-08T10:34:56+08:00"}]"#), []);
    }

    fn payment(json: &str) -> Result<Payment, (std::borrow::Cow<'static, str>, &'static str)> {
        let fields: Fields = crate::wire::json::parse(json.as_bytes()).unwrap();
        Payment::RECORD.check(&fields).map(|()| Payment::from_fields(fields))
    }

    #[test]
    fn objects_inside_json_are_read_as_records() {
        let paid = payment(
            r#"{"amount":{"total":100,"currency":"CNY"},"profit_sharing":true,"goods":[{"total":1},{"total":2}]}"#,
        );
        let paid = paid.unwrap();
        assert_eq!((paid.amount().total(), paid.amount().currency()), (Fen(100), Some("CNY")));
        assert_eq!(paid.profit_sharing(), Some(true));
        assert_eq!(paid.goods().iter().map(Amount::total).collect::<Vec<_>>(), [Fen(1), Fen(2)]);
        let bare = payment(r#"{"amount":{"total":1}}"#).unwrap();
        assert_eq!((bare.profit_sharing(), bare.goods().len()), (None, 0));
        assert_eq!(payment("{}").unwrap_err(), ("amount".into(), "is missing"));
        assert_eq!(payment(r#"{"amount":{}}"#).unwrap_err(), ("amount.total".into(), "is missing"));
        assert_eq!(payment(r#"{"amount":[]}"#).unwrap_err(), ("amount".into(), "is malformed"));
        let half = r#"{"amount":{"total":1},"goods":[{"total":1.5}]}"#;
        assert_eq!(payment(half).unwrap_err(), ("goods.total".into(), "is malformed"));
    }
}
