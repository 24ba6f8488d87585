//! Parameters with which a page, mini program or app opens the cashier (调起支付); the redirect URL of H5.

use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::fields::Fields;
use crate::hosts::absolute_url;
use crate::merchant::{APPID_RULE, MCH_ID_RULE, Merchant, is_appid, is_mch_id};
use crate::v2::sign::sign;
use crate::v3;
use crate::wire::{form, json};

/// Parameters for a page or app: names and texts in order.
///
/// Every value is text, the timestamp too: a JSON number there is refused by WeChat on iOS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageParams(Fields);

impl PageParams {
    /// One of them.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.0.iter()
    }

    /// Those of a page, for `wx.chooseWXPay`.
    pub fn into_choose_wxpay(self) -> Self {
        let without = self.into_miniprogram();
        let renamed = without.iter().map(|(name, value)| (if name == "timeStamp" { "timestamp" } else { name }, value));
        Self(renamed.collect())
    }

    /// Those of a page, for `wx.requestPayment`.
    pub fn into_miniprogram(self) -> Self {
        Self(self.iter().filter(|(name, _)| *name != "appId").collect())
    }

    /// A JSON object, ready for a script.
    pub fn to_json(&self) -> String {
        json::write(self)
    }
}

impl Serialize for PageParams {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Which of the merchant's keys signs the parameters: they must be of the API that made the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// The API key, as `sign_type` says.
    ApiKey,
    /// The private key of the merchant's certificate.
    PrivateKey,
}

/// `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`: appId, timeStamp, nonceStr, package, signType, paySign.
///
/// `now` is in seconds since 1970. `appid` is the one whose openid the order has; `None` for the sub-merchant's, or the
/// client's own.
pub fn jsapi_params(
    merchant: &Merchant,
    prepay_id: &str,
    appid: Option<&str>,
    now: i64,
    nonce: &str,
) -> Result<PageParams, Error> {
    jsapi(merchant, SignedBy::ApiKey, prepay_id, appid, now, nonce)
}

/// As [`jsapi_params`], signed by either key.
pub fn jsapi(
    merchant: &Merchant,
    by: SignedBy,
    prepay_id: &str,
    appid: Option<&str>,
    now: i64,
    nonce: &str,
) -> Result<PageParams, Error> {
    check_prepay_id(prepay_id)?;
    let timestamp = now.to_string();
    let package = ["prepay_id=", prepay_id].concat();
    let appid = payer_appid(merchant, appid)?;
    let sign_type = match by {
        SignedBy::ApiKey => merchant.sign_type.as_str(),
        SignedBy::PrivateKey => "RSA",
    };
    let fields = [
        ("appId", appid),
        ("timeStamp", timestamp.as_str()),
        ("nonceStr", nonce),
        ("package", package.as_str()),
        ("signType", sign_type),
    ];
    let sign = match by {
        SignedBy::ApiKey => signature(merchant, &fields)?,
        SignedBy::PrivateKey => v3::pay_sign(appid, &timestamp, nonce, &package, &merchant.v3()?.signer()?.key)?,
    };
    Ok(signed(&fields, "paySign", &sign))
}

/// `wx.chooseWXPay(…)` of the JS-SDK: as [`jsapi_params`] with `timestamp` in lower case and no appId, and the very same
/// signature.
pub fn choose_wxpay_params(
    merchant: &Merchant,
    prepay_id: &str,
    appid: Option<&str>,
    now: i64,
    nonce: &str,
) -> Result<PageParams, Error> {
    jsapi_params(merchant, prepay_id, appid, now, nonce).map(PageParams::into_choose_wxpay)
}

/// `wx.requestPayment(…)` of a mini program: as [`jsapi_params`] without appId.
pub fn miniprogram_params(
    merchant: &Merchant,
    prepay_id: &str,
    appid: Option<&str>,
    now: i64,
    nonce: &str,
) -> Result<PageParams, Error> {
    jsapi_params(merchant, prepay_id, appid, now, nonce).map(PageParams::into_miniprogram)
}

/// The Open SDK's `PayReq` for an app: appid, partnerid, prepayid, package, noncestr, timestamp, sign.
///
/// `partnerid` is `None` for the sub-merchant's number, or the client's own. What service providers put there is not
/// certain, so it can be set.
pub fn app_params(
    merchant: &Merchant,
    prepay_id: &str,
    appid: Option<&str>,
    partnerid: Option<&str>,
    now: i64,
    nonce: &str,
) -> Result<PageParams, Error> {
    app(merchant, SignedBy::ApiKey, prepay_id, appid, partnerid, (now, nonce))
}

/// As [`app_params`], signed by either key.
pub fn app(
    merchant: &Merchant,
    by: SignedBy,
    prepay_id: &str,
    appid: Option<&str>,
    partnerid: Option<&str>,
    (now, nonce): (i64, &str),
) -> Result<PageParams, Error> {
    check_prepay_id(prepay_id)?;
    let timestamp = now.to_string();
    let partnerid = given(partnerid);
    if partnerid.is_some_and(|number| !is_mch_id(number)) {
        return Err(Error::invalid("partnerid", MCH_ID_RULE));
    }
    let partner = partnerid.or(merchant.sub_mch_id.as_deref()).unwrap_or(&merchant.mch_id);
    let appid = payer_appid(merchant, appid)?;
    let fields = [
        ("appid", appid),
        ("partnerid", partner),
        ("prepayid", prepay_id),
        ("package", "Sign=WXPay"),
        ("noncestr", nonce),
        ("timestamp", timestamp.as_str()),
    ];
    let sign = match by {
        SignedBy::ApiKey => signature(merchant, &fields)?,
        SignedBy::PrivateKey => v3::pay_sign(appid, &timestamp, nonce, prepay_id, &merchant.v3()?.signer()?.key)?,
    };
    Ok(signed(&fields, "sign", &sign))
}

/// `requestMerchantTransfer`, where the customer confirms a transfer: mchId, appId, package. Nothing is signed.
///
/// `package_info` is of the transfer's reply. The appid is the client's own, which is the transfer's.
///
/// # Errors
/// `InvalidRequest` for a malformed `package_info`.
pub fn transfer_params(merchant: &Merchant, package_info: &str) -> Result<PageParams, Error> {
    if package_info.is_empty() || !package_info.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            "package_info",
            "must be the package_info of the transfer's reply, which is there only while the customer has to confirm it",
        ));
    }
    let fields = [("mchId", &*merchant.mch_id), ("appId", &*merchant.appid), ("package", package_info)];
    Ok(PageParams(fields.into_iter().collect()))
}

/// H5: where to send the customer's browser, so that it comes back to `redirect_url` afterwards.
///
/// Coming back proves nothing: ask `orderquery`.
///
/// # Errors
/// `InvalidRequest` unless both are absolute http or https URLs.
pub fn mweb_redirect_url(mweb_url: &str, redirect_url: &str) -> Result<String, Error> {
    let page = absolute_url("mweb_url", mweb_url)?;
    absolute_url("redirect_url", redirect_url)?;
    let joint = if page.query().is_some() { '&' } else { '?' };
    Ok(format!("{mweb_url}{joint}redirect_url={}", form::component(redirect_url)))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

pub(crate) fn check_prepay_id(prepay_id: &str) -> Result<(), Error> {
    /// What languages write for a value that is not there.
    const NOTHING: [&str; 8] = ["undefined", "null", "none", "nil", "nan", "true", "false", "prepay_id"];
    let rule = if prepay_id.contains('=') {
        "must be the prepay_id alone, without prepay_id= before it"
    } else if prepay_id.len() < 10 && NOTHING.iter().any(|nothing| prepay_id.eq_ignore_ascii_case(nothing)) {
        "is the text of a missing value: was the order created? Take it from the order's reply"
    } else if prepay_id.is_empty() || !prepay_id.bytes().all(is_name_byte) {
        "must be the prepay_id of the order's reply"
    } else {
        return Ok(());
    };
    Err(Error::invalid("prepay_id", rule))
}

fn payer_appid<'a>(merchant: &'a Merchant, appid: Option<&'a str>) -> Result<&'a str, Error> {
    match given(appid) {
        Some(appid) if !is_appid(appid) => Err(Error::invalid("appid", APPID_RULE)),
        given => Ok(given.unwrap_or_else(|| merchant.payer_appid())),
    }
}

/// An argument that may be left out, or be empty.
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn signature(merchant: &Merchant, fields: &[(&str, &str)]) -> Result<String, Error> {
    Ok(sign(fields.iter().copied(), merchant.key()?, merchant.sign_type))
}

fn signed(fields: &[(&str, &str)], name: &str, sign: &str) -> PageParams {
    PageParams(fields.iter().copied().chain([(name, sign)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::MerchantOptions;

    #[test]
    fn the_text_of_a_missing_value_is_not_a_prepay_id() {
        for missing in
            ["", "null", "undefined", "None", "<nil>", "(null)", "prepay_id=wx1", "wx1&a", "[object Object]", "wx 1"]
        {
            assert_eq!(check_prepay_id(missing).unwrap_err().field(), Some("prepay_id"), "{missing}");
        }
        assert!(check_prepay_id("wx201410272009395522657a690389285100").is_ok());
    }

    #[test]
    fn every_value_for_a_page_is_text_in_json() {
        let options = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", "192006250b4c09247ec02edce69f6a2d");
        let merchant = Merchant::new(options).unwrap();
        let page = jsapi_params(&merchant, "wx201410272009395522657a690389285100", None, 1, "true").unwrap();
        let json = page.to_json();
        assert!(json.contains(r#""timeStamp":"1","nonceStr":"true","package":"prepay_id=wx2014"#), "{json}");
    }
}
