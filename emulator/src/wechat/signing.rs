//! The headers that sign a reply or a notification of APIv3 (protocol v3 §3.1).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use wxpaykit::wire::signed;

use crate::app::App;
use crate::world::clock::seconds;
use crate::world::merchant::Merchant;
use crate::world::platform_keys::{MerchantKeys, Signer};

/// How a message is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Right,
    /// A signature of the same length and form that no key of WeChat's made.
    Wrong,
    /// A probe (签名探测): a wrong signature that says so. Its end is not Base64 (protocol v3 §3.3).
    Probe,
    /// An hour ago, and right otherwise.
    Stale,
    /// The serial number of a key that the merchant does not have.
    UnknownSerial,
}

/// An hour, in seconds.
const HOUR: i64 = 3600;

/// The key that signs a reply: the one that the request names, or the merchant's usual one.
pub(crate) fn of_reply(app: &App, merchant: &Merchant, serial: Option<&str>) -> Signer {
    let state = app.state();
    let (keys, stage) = (state.keys_of(merchant), state.rotation());
    let named = serial.and_then(|id| app.platform_keys.signs(id, &merchant.mch_id, keys, stage));
    named.unwrap_or_else(|| app.platform_keys.usual(keys, stage, app.ids.any()))
}

/// The key that signs a notification. `serial` is the key that the request named which the notification is about.
pub(super) fn of_notice(app: &App, merchant: &Merchant, serial: Option<&str>) -> Signer {
    let drawn = app.ids.any();
    let state = app.state();
    match state.keys_of(merchant) {
        // 53 bits: every one of them counts in a double.
        MerchantKeys::Switching { share } if ((drawn >> 11) as f64) < share * (1_u64 << 53) as f64 => Signer::PublicKey,
        keys @ MerchantKeys::Switching { .. } => app.platform_keys.usual(keys, state.rotation(), drawn),
        _ => {
            drop(state);
            of_reply(app, merchant, serial)
        }
    }
}

/// A signature as another key would have made it: Base64 of as many bytes, which only the comparison by RSA refuses.
fn of_nobody(right: &str) -> String {
    let mut bytes = BASE64_STANDARD.decode(right).unwrap_or_default();
    // The first byte stays: the number must be less than the key's modulus.
    bytes.iter_mut().skip(1).for_each(|byte| *byte = !*byte);
    BASE64_STANDARD.encode(bytes)
}

/// The headers `Wechatpay-…` of a message.
pub(crate) fn headers(
    app: &App,
    merchant: &Merchant,
    signer: Signer,
    nonce: &str,
    body: &[u8],
    kind: Kind,
) -> Vec<(&'static str, String)> {
    let (key, serial) = app.platform_keys.signer(signer, &merchant.mch_id);
    let at = seconds(app.clock.of_machine()) - if kind == Kind::Stale { HOUR } else { 0 };
    let timestamp = at.to_string();
    // Signing fails without randomness alone; then the signature is empty, and no client takes it.
    let right = key.sign(&signed::message(&timestamp, nonce, body)).unwrap_or_default();
    let signature = match kind {
        Kind::Wrong => of_nobody(&right),
        Kind::Probe => format!("WECHATPAY/SIGNTEST/{}", right.chars().skip(19).take(300).collect::<String>()),
        _ => right,
    };
    let serial = if kind == Kind::UnknownSerial { app.ids.unknown_serial() } else { serial };
    vec![
        ("Wechatpay-Nonce", nonce.to_owned()),
        ("Wechatpay-Signature", signature),
        ("Wechatpay-Timestamp", timestamp),
        ("Wechatpay-Serial", serial),
        ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
    ]
}
