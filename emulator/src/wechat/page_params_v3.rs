//! The parameters that a page or an app hands to the cashier for an order of APIv3: signed by RSA (protocol v3 §5.7).

use std::sync::Arc;

use wxpaykit::Fields;
use wxpaykit::doctor::page::{App as AppParams, Page};
use wxpaykit::doctor::page_v3::{self, Parameters};
use wxpaykit::doctor::{self, Mistake};

use super::visit::CashierRefusal;
use crate::app::App;
use crate::journal::Explanation;
use crate::world::authority::Credentials;
use crate::world::merchant::Merchant;

/// `signType` of a page.
pub(super) const SIGN_TYPE: &str = "RSA";
/// WeChat's text where the merchant has no certificate.
const BAD_SIGN: &str = "支付验证签名失败";

/// Whether the merchant's key signed the four lines.
pub(super) fn is_signed(
    app: &App,
    merchant: &Merchant,
    lines: [&str; 4],
    signature: &str,
) -> Result<bool, CashierRefusal> {
    let text = lines.map(|line| format!("{line}\n")).concat();
    Ok(own(app, merchant)?.public.verify(text.as_bytes(), signature))
}

/// What the doctor says of a page's parameters.
pub(super) fn explain_page(
    app: &App,
    merchant: &Merchant,
    page: &Page<'_>,
) -> Result<doctor::Explanation, CashierRefusal> {
    explain_fields(
        app,
        merchant,
        &[
            ("appId", page.app_id),
            ("timeStamp", page.time_stamp),
            ("nonceStr", page.nonce_str),
            ("package", page.package),
            ("signType", page.sign_type),
            ("paySign", page.pay_sign),
        ],
    )
}

/// What the doctor says of an app's parameters.
pub(super) fn explain_app(
    app: &App,
    merchant: &Merchant,
    given: &AppParams<'_>,
) -> Result<doctor::Explanation, CashierRefusal> {
    explain_fields(
        app,
        merchant,
        &[
            ("appid", given.appid),
            ("partnerid", given.partnerid),
            ("prepayid", given.prepayid),
            ("package", given.package),
            ("noncestr", given.noncestr),
            ("timestamp", given.timestamp),
            ("sign", given.sign),
        ],
    )
}

fn explain_fields(
    app: &App,
    merchant: &Merchant,
    pairs: &[(&str, &str)],
) -> Result<doctor::Explanation, CashierRefusal> {
    let fields: Fields = pairs.iter().copied().collect();
    match Parameters::of_fields(&fields) {
        Some(given) => explain(app, merchant, &given),
        None => Ok(doctor::Explanation::new(Mistake::UNKNOWN)),
    }
}

/// What the doctor says of parameters, given the merchant's certificate.
pub(super) fn explain(
    app: &App,
    merchant: &Merchant,
    given: &Parameters<'_>,
) -> Result<doctor::Explanation, CashierRefusal> {
    // As a page spells the algorithm, where requests have a longer name.
    Ok(doctor::Explanation { sign_type: SIGN_TYPE, ..page_v3::explain(given, &own(app, merchant)?.public) })
}

/// What the merchant signs with.
fn own(app: &App, merchant: &Merchant) -> Result<Arc<Credentials>, CashierRefusal> {
    let refused = |why| CashierRefusal::because(BAD_SIGN, Explanation::mistake(Mistake::UNKNOWN.code(), why));
    app.certificates.of(&merchant.mch_id).map_err(refused)
}
