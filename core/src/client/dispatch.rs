//! Several clients behind one address: which of them a notification is for.

use super::inner::WxPay;
use super::notify::Notify;
use crate::fields::Fields;
use crate::model;
use crate::notify::{Incoming, sub_merchant};
use crate::v3::notification::members_of;
use crate::wire::xml;

/// The client that a notification is addressed to, where several merchants or appids share one `notify_url`.
///
/// It reads `appid`, `mch_id` and `sub_mch_id` of the body, which it decrypts if it is of APIv3, and verifies nothing: hand the same body
/// to the client's
/// [`Notify`], which verifies that it is from WeChat and for this client. A refund of APIv3 names no appid: of several clients of one
/// merchant it goes to the first.
///
/// A body that is for none of the clients, or cannot be read, gives the first of them. Its [`Notify`] refuses the body, and
/// says what it is. `None` when there is no client.
///
/// ```no_run
/// # async fn notified(clients: &[wxpaykit::WxPay], body: &[u8]) -> Option<String> {
/// let pay = wxpaykit::dispatch(body, clients)?;
/// let on_paid = async |payment: wxpaykit::ConfirmedPayment, key: String| {
///     println!("ship {} of {} ({key})", payment.out_trade_no(), payment.appid());
///     Ok(())
/// };
/// let handler = pay.notify().handler().amount_of(async |_payment| Ok(wxpaykit::Fen(100))).on_paid(on_paid);
/// let handled = handler.handle(body).await;
/// Some(handled.answer)
/// # }
/// ```
pub fn dispatch<'a>(body: &[u8], clients: impl IntoIterator<Item = &'a WxPay>) -> Option<&'a WxPay> {
    let rated = clients.into_iter().map(|client| (client.notify().fit(body), client));
    // Of those that fit equally well, the first.
    rated.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, client)| client)
}

/// Whose a decrypted notification is. A combined order has the sub-merchant of all its parts.
fn owner(members: &Fields) -> Fields {
    let mut owner = model::owner(members);
    if let Some(number) = sub_merchant(members) {
        // One that the order itself names stays.
        let _ = owner.push("sub_mch_id", &number);
    }
    owner
}

impl Notify<'_> {
    /// How well a body fits this client, without verifying it: of several clients, it is for the one with the greatest number.
    /// 0 for a body that cannot be read. For programs that keep their clients in another way than [`dispatch`] takes them.
    pub fn fit(&self, body: &[u8]) -> u8 {
        let merchant = self.0.merchant();
        let read = match Incoming::from(body).is_v3() {
            // Encrypted with the merchant's own key, so it opens for its merchant alone.
            true => {
                merchant.v3().ok().and_then(|keys| members_of(body, keys.api_v3_key()?.expose())).map(|it| owner(&it))
            }
            false => xml::parse(body).ok(),
        };
        let Some(fields) = read else { return 0 };
        let (own, named) = (merchant.sub_mch_id.as_deref(), fields.get("sub_mch_id"));
        let criteria = [
            fields.get("mch_id") == Some(merchant.mch_id()),
            fields.get("appid") == Some(merchant.appid()),
            // A provider's client without a sub-merchant takes the notifications of all of them.
            own.is_none() || own == named,
            own == named,
        ];
        criteria.into_iter().fold(0, |fit, holds| (fit << 1) | u8::from(holds))
    }
}
