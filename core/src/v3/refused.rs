//! What the member `detail` of a refusal says is wrong, for the text of an error: the place in the request, and as much of the value that
//! was there as may be shown.

use serde_json::{Map, Value as Json};

use crate::table::refused::{PLACES, is_pointer, redaction};
use crate::table::row::Field;

/// How many items of a list are named.
const NAMED: usize = 5;

/// Location, field, value and reason, those that there are. `fields` are those of the request, and empty where the table does not have the
/// call: the value of a field that is not known may be a name or an openid, and is not shown.
pub(super) fn parts(fields: &[Field], reply: &Map<String, Json>) -> Vec<(&'static str, String)> {
    let Some(Json::Object(detail)) = reply.get("detail") else { return Vec::new() };
    let text = |name: &str| detail.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let message = reply.get("message").and_then(Json::as_str).unwrap_or_default();
    let refused = text("field").and_then(|path| find(fields, path)).or_else(|| find(fields, pointer_in(message)?));
    let value = detail.get("value").and_then(|value| shown(value, refused));
    let said = |name: &'static str| (name, text(name).map(str::to_owned));
    let parts = [said("location"), said("field"), ("value", value), said("issue")];
    parts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

/// The field at a path such as `/body/amount/total` or `sub_orders[0].mchid`.
fn find<'a>(fields: &'a [Field], path: &str) -> Option<&'a Field> {
    let mut names = path.split(['/', '.', '[', ']']).filter(|name| {
        let is_index = name.bytes().all(|b| b.is_ascii_digit());
        !is_index
    });
    let first = names.next()?;
    let first = if PLACES.contains(&first) { names.next()? } else { first };
    let named = |fields: &'a [Field], name: &str| fields.iter().find(|field| field.name == name);
    names.try_fold(named(fields, first)?, |field, name| named(field.kind.record()?.fields, name))
}

/// The pointer in WeChat's words: `输入源“/body/amount/total”映射到…`.
fn pointer_in(words: &str) -> Option<&str> {
    let mut quoted = words.split(['“', '”']);
    quoted.find(|text| is_pointer(text))
}

fn shown(value: &Json, field: Option<&Field>) -> Option<String> {
    Some(match value {
        Json::Null => return None,
        Json::Array(items) => {
            let more = if items.len() > NAMED { ", …" } else { "" };
            let named: Vec<_> = items.iter().take(NAMED).filter_map(|item| shown(item, field)).collect();
            if named.is_empty() {
                return None;
            }
            named.join(", ") + more
        }
        Json::Object(_) => "{…}".to_owned(),
        Json::String(text) if text.is_empty() => r#""""#.to_owned(),
        Json::String(text) => redaction(field, value).apply(text).into_owned(),
        other => redaction(field, value).apply(&other.to_string()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::table::row::Call as _;
    use crate::v3::combine::V3CombineNative;
    use crate::v3::order::V3Jsapi;
    use crate::v3::transfer::V3Transfer;

    fn of(fields: &[Field], message: &str, detail: Json) -> String {
        let reply = json!({"code": "PARAM_ERROR", "message": message, "detail": detail});
        let parts = parts(fields, reply.as_object().unwrap());
        parts.iter().map(|(name, text)| format!("{name} {text}")).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn places_and_harmless_values_are_named() {
        let of = |detail| of(&[], "参数错误", detail);
        assert_eq!(
            of(json!({"location": null, "value": ["/body/appid", "/body/x/y"]})),
            "value /body/appid, /body/x/y"
        );
        assert_eq!(of(json!({"location": "body", "value": 0})), "location body; value 0");
        assert_eq!(of(json!({"location": "query", "value": ""})), r#"location query; value """#);
        assert_eq!(of(json!({"value": vec!["/body/a"; 9]})), "value /body/a, /body/a, /body/a, /body/a, /body/a, …");
        let no_words =
            [json!(null), json!("x"), json!([1]), json!({}), json!({"location": 1, "value": [], "issue": {}})];
        for detail in no_words {
            assert_eq!(of(detail), "");
        }
        assert_eq!(of(json!({"value": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}})), "value {…}");
    }

    #[test]
    fn a_value_is_shown_as_its_field_may_be() {
        let jsapi = V3Jsapi::ENDPOINT.request;
        let time =
            json!({"field": "time_expire", "issue": "not RFC3339", "location": "body", "value": "2025-11-28 12:00:00"});
        let text = "location body; field time_expire; value 2025-11-28 12:00:00; issue not RFC3339";
        assert_eq!(of(jsapi, "x", time.clone()), text);
        // A call that is not in the table has no rules for its fields.
        assert_eq!(of(&[], "x", time), text.replace("2025-11-28 12:00:00", "***"));

        let openid = json!({"location": "body", "value": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"});
        let of_openid = |words| of(jsapi, words, openid.clone());
        assert_eq!(of_openid("输入源“/body/payer/openid”映射到字段“用户标识”"), "location body; value oUpF…eS6o");
        assert_eq!(of_openid("无效的openid"), "location body; value ***");
        let name = json!({"location": "body", "value": "张三"});
        let sealed = "请确认待处理的消息是否为加密后的密文";
        assert_eq!(of(V3Transfer::ENDPOINT.request, sealed, name.clone()), "location body; value ***");
        assert_eq!(of(V3Transfer::ENDPOINT.request, "“/body/user_name”", name), "location body; value ***");
        assert_eq!(of(&[], "x", json!({"value": 134_579_064_252_415_427_u64})), "value ***");

        let parts = V3CombineNative::ENDPOINT.request;
        let of_part = |path: &str| of(parts, &format!("输入源“{path}”规则校验失败"), json!({"value": "A 1"}));
        assert_eq!(of_part("/body/sub_orders/0/out_trade_no"), "value A 1");
        assert_eq!(of_part("/body/sub_orders/0/unknown"), "value ***");
        assert_eq!(of_part("/body/sub_orders"), "value ***");
    }
}
