//! The parameters that a page or an app hands to the cashier for an order of APIv3: signed by RSA (protocol v3 §5.7).

use wxpaykit::doctor::Mistake;
use wxpaykit::doctor::page::{App as AppParams, Page};

use super::visit::CashierRefusal;
use crate::app::App;
use crate::journal::Explanation;
use crate::world::merchant::Merchant;

/// WeChat's text for a wrong signature, of both APIs.
pub(super) const BAD_SIGN: &str = "支付验证签名失败";
const SIGN_TYPE: &str = "RSA";

/// A page's parameters.
pub(super) fn check_page(app: &App, merchant: &Merchant, page: &Page<'_>) -> Result<(), CashierRefusal> {
    if page.sign_type != SIGN_TYPE {
        let detail = format!("an order of APIv3 is paid with signType RSA, and not {:?}", page.sign_type);
        return Err(CashierRefusal::because(BAD_SIGN, Explanation::mistake("other_algorithm", detail)));
    }
    let text = |package: &str| format!("{}\n{}\n{}\n{package}\n", page.app_id, page.time_stamp, page.nonce_str);
    let bare = page.package.strip_prefix("prepay_id=").unwrap_or(page.package);
    if bare == page.package {
        let detail = "package must be prepay_id=…";
        return Err(CashierRefusal::because(
            BAD_SIGN,
            Explanation::mistake(Mistake::PACKAGE_WITHOUT_NAME.code(), detail),
        ));
    }
    let others =
        [(text(bare), Mistake::PACKAGE_WITHOUT_NAME.code(), "the prepay_id was signed without prepay_id= before it")];
    signed(app, merchant, &text(page.package), page.pay_sign, &others)
}

/// An app's parameters.
pub(super) fn check_app(app: &App, merchant: &Merchant, params: &AppParams<'_>) -> Result<(), CashierRefusal> {
    let text = |last: &str| format!("{}\n{}\n{}\n{last}\n", params.appid, params.timestamp, params.noncestr);
    let others = [
        (
            text(&format!("prepay_id={}", params.prepayid)),
            Mistake::PACKAGE_OF_A_PAGE.code(),
            "an app signs the prepay_id alone",
        ),
        (text(params.package), Mistake::PACKAGE_OF_A_PAGE.code(), "an app signs the prepay_id, and not package"),
    ];
    signed(app, merchant, &text(params.prepayid), params.sign, &others)
}

/// Whether the merchant signed a text. `others` are texts that are signed by mistake, each with its code and advice.
fn signed(
    app: &App,
    merchant: &Merchant,
    text: &str,
    signature: &str,
    others: &[(String, &'static str, &'static str)],
) -> Result<(), CashierRefusal> {
    let refused = |mistake, detail: String, likely: Option<&String>| {
        let explanation = Explanation {
            string_to_sign: Some(app.registry.redact(text.to_owned())),
            likely_string: likely.map(|text| app.registry.redact(text.clone())),
            sign_type: Some(SIGN_TYPE),
            ..Explanation::mistake(mistake, detail)
        };
        Err(CashierRefusal::because(BAD_SIGN, explanation))
    };
    let own = match app.certificates.of(&merchant.mch_id) {
        Ok(own) => own,
        Err(why) => return refused(Mistake::UNKNOWN.code(), why, None),
    };
    if own.public.verify(text.as_bytes(), signature) {
        return Ok(());
    }
    if signature.bytes().all(|b| b.is_ascii_hexdigit()) && matches!(signature.len(), 32 | 64) {
        return refused(
            Mistake::V2_SIGNATURE.code(),
            "it is a signature of APIv2, made with the API key".to_owned(),
            None,
        );
    }
    for (other, mistake, advice) in others {
        if own.public.verify(other.as_bytes(), signature) {
            return refused(mistake, (*advice).to_owned(), Some(other));
        }
    }
    let detail =
        "the merchant's key did not sign this text: take the key of the certificate that the order was signed with";
    refused(Mistake::UNKNOWN.code(), detail.to_owned(), None)
}
