//! What a person needs first: a merchant's settings to copy, and a test order.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use wxpaykit::{Fields, Secret, SignType, sign};

use crate::app::App;
use crate::faults::{BillStyle, ReplyStyle, Signing};
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

/// How the customer of a test order comes to it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum TestOrder {
    #[default]
    Native,
    Mweb,
}

/// Makes an order (¥1.00) of the first merchant, as if its server had sent it. Returns its number, and `code_url` or `mweb_url`.
///
/// # Errors
/// WeChat's answer instead.
pub(super) fn order(app: &App, peer: SocketAddr, kind: TestOrder) -> Result<Value, String> {
    let demo = Merchant::demo();
    let first = app.registry.first().unwrap_or(&demo);
    let row = v2::find("/pay/unifiedorder").ok_or("there is no unifiedorder")?;
    let nonce = app.ids.nonce();
    let number = format!("{}{}", wire_time(app.clock.now()), nonce.chars().take(8).collect::<String>());
    let sub_mch_id = first.sub_mch_ids.first().map(String::as_str).unwrap_or_default();
    let (trade_type, product_id, scene_info) = match kind {
        TestOrder::Native => ("NATIVE", "tea", String::new()),
        TestOrder::Mweb => {
            let shop = json!({ "h5_info": { "type": "Wap", "wap_url": app.url(), "wap_name": "龙井茶" } });
            ("MWEB", "", shop.to_string())
        }
    };
    let fields = [
        ("appid", first.appid.as_str()),
        ("body", "龙井茶 50g"),
        ("mch_id", &first.mch_id),
        ("nonce_str", &nonce),
        ("notify_url", NOTIFY_URL),
        ("out_trade_no", &number),
        ("product_id", product_id),
        ("scene_info", &scene_info),
        ("spbill_create_ip", "127.0.0.1"),
        ("sub_mch_id", sub_mch_id),
        ("total_fee", "100"),
        ("trade_type", trade_type),
    ];
    let filled = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let signed = sign::sign(filled.clone(), first.api_key.expose(), SignType::Md5);
    let request: Fields = filled.chain([("sign", signed.as_str())]).collect();
    let style = ReplyStyle {
        layout: app.config.layout,
        sign: Signing::Right,
        extra: false,
        failure: None,
        bills: BillStyle::default(),
    };
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
    match ["code_url", "mweb_url"].into_iter().find_map(|name| Some((name, reply.filled(name)?))) {
        Some((name, url)) => Ok(json!({ "out_trade_no": number, name: url })),
        None => Err(["err_code_des", "return_msg"]
            .into_iter()
            .find_map(|name| reply.filled(name))
            .unwrap_or_default()
            .to_owned()),
    }
}
