//! The parameters that a page or an app hands to the cashier for an order of APIv3: signed by RSA (protocol v3 §5.7).

use wxpaykit::doctor::Mistake;
use wxpaykit::doctor::page::{App as AppParams, Page};

use super::visit::CashierRefusal;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::merchant::Merchant;

/// WeChat's text for a wrong signature, of both APIs.
pub(super) const BAD_SIGN: &str = "支付验证签名失败";
const SIGN_TYPE: &str = "RSA";

/// A page's parameters.
pub(super) fn check_page(app: &App, merchant: &Merchant, page: &Page<'_>) -> Result<(), CashierRefusal> {
    if page.sign_type != SIGN_TYPE {
        let english = format!("an order of APIv3 is paid with signType RSA, and not {:?}", page.sign_type);
        let chinese = format!("APIv3 的订单要用 signType RSA 支付，而不是 {:?}", page.sign_type);
        let explanation = Explanation::with_values("other_algorithm", english, chinese);
        return Err(CashierRefusal::because(BAD_SIGN, explanation));
    }
    let text = |package: &str| format!("{}\n{}\n{}\n{package}\n", page.app_id, page.time_stamp, page.nonce_str);
    let bare = page.package.strip_prefix("prepay_id=").unwrap_or(page.package);
    if bare == page.package {
        return Err(CashierRefusal::because(BAD_SIGN, Explanation::reason(Reason::PACKAGE_FORM)));
    }
    let others = [(text(bare), Reason::PREPAY_ID_SIGNED)];
    signed(app, merchant, &text(page.package), page.pay_sign, &others)
}

/// An app's parameters.
pub(super) fn check_app(app: &App, merchant: &Merchant, params: &AppParams<'_>) -> Result<(), CashierRefusal> {
    let text = |last: &str| format!("{}\n{}\n{}\n{last}\n", params.appid, params.timestamp, params.noncestr);
    let others = [
        (text(&format!("prepay_id={}", params.prepayid)), Reason::PACKAGE_NAMED_IN_APP),
        (text(params.package), Reason::PACKAGE_SIGNED_IN_APP),
    ];
    signed(app, merchant, &text(params.prepayid), params.sign, &others)
}

/// Whether the merchant signed a text. `others` are texts that are signed by mistake, each with its reason.
fn signed(
    app: &App,
    merchant: &Merchant,
    text: &str,
    signature: &str,
    others: &[(String, Reason)],
) -> Result<(), CashierRefusal> {
    let refused = |explanation: Explanation, likely: Option<&String>| {
        let explanation = Explanation {
            string_to_sign: Some(app.registry.redact(text.to_owned())),
            likely_string: likely.map(|text| app.registry.redact(text.clone())),
            sign_type: Some(SIGN_TYPE),
            ..explanation
        };
        Err(CashierRefusal::because(BAD_SIGN, explanation))
    };
    let own = match app.certificates.of(&merchant.mch_id) {
        Ok(own) => own,
        Err(why) => return refused(Explanation::mistake(Mistake::UNKNOWN.code(), why), None),
    };
    if own.public.verify(text.as_bytes(), signature) {
        return Ok(());
    }
    if signature.bytes().all(|b| b.is_ascii_hexdigit()) && matches!(signature.len(), 32 | 64) {
        return refused(Explanation::titled(Mistake::V2_SIGNATURE), None);
    }
    for (other, reason) in others {
        if own.public.verify(other.as_bytes(), signature) {
            return refused(Explanation::reason(*reason), Some(other));
        }
    }
    refused(Explanation::reason(Reason::OTHER_MERCHANT_KEY), None)
}
