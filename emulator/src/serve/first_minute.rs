//! The page before there are orders: a merchant's settings to copy, and a test order.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use wxpaykit::{Fields, Secret, SignType, sign};

use crate::app::App;
use crate::faults::{ReplyStyle, Signing};
use crate::journal::Entry;
use crate::v2;
use crate::world::ids::wire_time;
use crate::world::merchant::{DEMO_USER, Merchant, openid_of};
use crate::world::platform_keys::public_key_id;

/// Where a shop is expected until it says otherwise.
pub(super) const NOTIFY_URL: &str = "http://127.0.0.1:8000/wxpay/notify";

/// The settings of the first merchant. The demo merchant's keys are public; others are not shown.
pub(super) fn merchant(app: &App) -> Value {
    let demo = Merchant::demo();
    let first = app.registry.first().unwrap_or(&demo);
    let shown =
        |secret: &Secret, public: &Secret| if secret == public { secret.expose().to_owned() } else { "***".into() };
    json!({
        "url": app.url(),
        "appid": first.appid,
        "mch_id": first.mch_id,
        "api_key": shown(&first.api_key, &demo.api_key),
        "app_secret": shown(&first.app_secret, &demo.app_secret),
        "api_v3_key": match (&first.api_v3_key, &demo.api_v3_key) {
            (Some(own), Some(public)) => Some(shown(own, public)),
            (own, _) => own.as_ref().map(|_| "***".to_owned()),
        },
        "platform_public_key_id": public_key_id(&first.mch_id),
        "openid": openid_of(&first.appid, DEMO_USER),
        "notify_url": NOTIFY_URL,
    })
}

/// Makes an order (NATIVE, ¥1.00) of the first merchant, as if its server had sent it. Returns number and `code_url`.
///
/// # Errors
/// WeChat's answer instead.
pub(super) fn order(app: &App, peer: SocketAddr) -> Result<Value, String> {
    let demo = Merchant::demo();
    let first = app.registry.first().unwrap_or(&demo);
    let row = v2::find("/pay/unifiedorder").ok_or("there is no unifiedorder")?;
    let nonce = app.ids.nonce();
    let number = format!("{}{}", wire_time(app.clock.now()), nonce.chars().take(8).collect::<String>());
    let sub_mch_id = first.sub_mch_ids.first().map(String::as_str).unwrap_or_default();
    let fields = [
        ("appid", first.appid.as_str()),
        ("body", "龙井茶 50g"),
        ("mch_id", &first.mch_id),
        ("nonce_str", &nonce),
        ("notify_url", NOTIFY_URL),
        ("out_trade_no", &number),
        ("product_id", "tea"),
        ("spbill_create_ip", "127.0.0.1"),
        ("sub_mch_id", sub_mch_id),
        ("total_fee", "100"),
        ("trade_type", "NATIVE"),
    ];
    let signed = sign::sign(fields, first.api_key.expose(), SignType::Md5);
    let request: Fields =
        fields.into_iter().chain([("sign", signed.as_str())]).filter(|(_, value)| !value.is_empty()).collect();
    let style = ReplyStyle { layout: app.config.layout, sign: Signing::Right, extra: false, failure: None };
    let (reply, note) = v2::answer(app, row, &Arc::new(request), style, None);
    app.journal.write(Entry {
        at: app.clock.now(),
        peer,
        method: Method::POST,
        path: row.path.into(),
        status: 200,
        note,
    });
    let reply = wxpaykit::wire::xml::parse(reply.text.as_bytes()).map_err(|error| error.to_string())?;
    match reply.get("code_url") {
        Some(code_url) => Ok(json!({ "out_trade_no": number, "code_url": code_url })),
        None => Err(["err_code_des", "return_msg"]
            .into_iter()
            .find_map(|name| reply.filled(name))
            .unwrap_or_default()
            .to_owned()),
    }
}
