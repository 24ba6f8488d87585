//! `GET /v3/certificates`: the platform certificates, encrypted (protocol v3 §3.5, §3.6).

use serde_json::{Value, json};

use super::rules::{Row, Success, ValidRequest, row};
use super::schema::{Member, text};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::sealing::seal;
use crate::wechat::v3_error::V3Error;
use crate::world::clock::Millis;
use crate::world::ids::rfc3339;
use crate::world::platform_keys::{MerchantKeys, Rotation};

const QUERY: &[Member] = &[text("algorithm_type", "证书算法类型", 32).words(&["RSA", "SM2", "ALL"])];

pub(super) const CERTIFICATES: Row =
    Row { query: QUERY, own_mch_id: &[], ..row("GET", "/v3/certificates", certificates) };

const NO_CERTIFICATES: &str = "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。可查看指引\
                               https://pay.weixin.qq.com/doc/v3/merchant/4012153196";

/// How long the first certificate is used after the second one takes effect. // not captured
const OVERLAP: Millis = 30 * 24 * 60 * 60 * 1000;

fn certificates(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let (keys, stage, rotated) = {
        let state = app.state();
        (state.keys_of(asked.merchant), state.rotation(), state.rotated())
    };
    if keys == MerchantKeys::PublicKey {
        let explanation = Explanation::reason(Reason::PUBLIC_KEY_MERCHANT);
        return Err(V3Error::new(404, "RESOURCE_NOT_EXISTS", NO_CERTIFICATES).because(explanation));
    }
    if asked.in_query("algorithm_type") == Some("SM2") {
        // The text for a merchant without certificates before the newer one (§3.6).
        let explanation = Explanation::reason(Reason::NO_SM2);
        return Err(V3Error::new(404, "RESOURCE_NOT_EXISTS", "证书不存在").because(explanation));
    }
    let key = asked.merchant.api_v3_key.as_ref().map(|key| key.expose()).unwrap_or_default();
    let data: Vec<Value> = app
        .platform_keys
        .listed(stage)
        .map(|(place, certificate)| {
            let (begins, ends) = certificate.validity;
            // The second one takes effect when the rotation begins, and the first one ends after the overlap.
            let (begins, ends) = match (place, stage, rotated) {
                (0, Rotation::Overlap, Some(at)) => (begins, ends.min(at + OVERLAP)),
                (1, _, Some(at)) => (begins.max(at), ends),
                _ => (begins, ends),
            };
            json!({
                "effective_time": rfc3339(begins),
                "encrypt_certificate": seal(key, "certificate", &app.ids.resource_nonce(), certificate.pem),
                "expire_time": rfc3339(ends),
                "serial_no": certificate.serial_no,
            })
        })
        .collect();
    Ok(Success::Json(json!({ "data": data })))
}
