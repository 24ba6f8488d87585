//! H5: whether the address of the H5 cashier, `mweb_url`, opens (protocol §4.6). The customer's address is not compared with
//! `spbill_create_ip`, which no shop on a laptop could know.

use url::Url;

use super::cashier::{MWEB_EXPIRED, MWEB_LIFE};
use crate::app::App;
use crate::world::order::TradeState;

/// A browser that follows `mweb_url`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Browser<'a> {
    pub(crate) query: &'a str,
    pub(crate) prepay_id: &'a str,
    pub(crate) user_agent: &'a str,
    pub(crate) referer: &'a str,
}

/// The order to pay.
pub(crate) struct MwebOrder {
    pub(crate) mweb_url: String,
    pub(crate) out_trade_no: String,
}

/// The order to pay, or the text that the page shows instead.
pub(crate) fn admit(app: &App, browser: Browser<'_>) -> Result<MwebOrder, &'static str> {
    let mut state = app.state();
    let found = state.orders.by_prepay(browser.prepay_id);
    let order = found.and_then(|(id, at)| Some((state.orders.get(id)?, at)));
    let (order, at) = order.ok_or("签名验证失败")?;
    let mweb_url = order.prepay.mweb_url.clone().ok_or("签名验证失败")?;
    // The merchant appends its own parameters after WeChat's.
    let given = mweb_url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let added = browser.query.strip_prefix(given).ok_or("签名验证失败")?;
    if !added.is_empty() && !added.starts_with('&') {
        return Err("签名验证失败");
    }
    if browser.user_agent.contains("MicroMessenger") {
        return Err("请在微信外打开订单，进行支付");
    }
    // The emulator's own page sends no Referer when it is loaded again, and does not open then either.
    let from = Url::parse(browser.referer).map_err(|_| "商家参数格式有误，请联系商家解决")?;
    let domain = app.registry.by_mch(order.mch_id()).and_then(|merchant| merchant.h5_domain.as_deref());
    if domain.is_some_and(|domain| from.host_str() != Some(domain)) {
        return Err("商家存在未配置的参数，请联系商家解决");
    }
    let now = app.clock.now();
    if order.state != TradeState::NotPay || order.is_expired(now) || now - at >= MWEB_LIFE {
        return Err(MWEB_EXPIRED);
    }
    Ok(MwebOrder { mweb_url, out_trade_no: order.out_trade_no().to_owned() })
}
