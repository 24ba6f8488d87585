//! The keys under which a client keeps things in its store. Stores of earlier versions have them, so a name never changes. No I/O.

use super::ledger::ItemKind;
use crate::codes::Api;
use crate::crypto::digest::sha256;
use crate::money::Fen;

/// Makes the keys of one client. A client that sends its requests to other addresses than WeChat's has keys of its own: what an
/// emulator says must not count as a payment or a token of the real WeChat, should the two share a store.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

/// Which of the things of an account that its processes share: each is fetched once for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `access_token`.
    AccessToken,
    /// `jsapi_ticket`.
    JsapiTicket,
    /// WeChat Pay's platform certificates, by the merchant's number.
    PlatformCertificates,
    /// The token of an application in WeCom.
    WecomToken,
    /// The ticket of a corp in WeCom.
    WecomTicket,
    /// The ticket of an application in WeCom.
    WecomAgentTicket,
}

impl Token {
    /// The API that it belongs to.
    pub fn api(self) -> Api {
        match self {
            Self::AccessToken | Self::JsapiTicket => Api::Platform,
            Self::PlatformCertificates => Api::V3,
            Self::WecomToken | Self::WecomTicket | Self::WecomAgentTicket => Api::WeCom,
        }
    }

    /// The call that errors name.
    pub fn call(self) -> &'static str {
        match self {
            Self::AccessToken => "jssdk.access_token",
            Self::JsapiTicket => "jssdk.jsapi_ticket",
            Self::PlatformCertificates => "v3.certificates",
            Self::WecomToken => "wecom.access_token",
            Self::WecomTicket => "wecom.jsapi_ticket",
            Self::WecomAgentTicket => "wecom.agent_ticket",
        }
    }
}

/// The hexadecimal digits of the digest of `endpoints`.
const DIGITS: usize = 12;

impl Keys {
    /// The keys of a client with these `endpoints`; `None` for WeChat's own addresses.
    pub fn new(endpoints: Option<&str>) -> Self {
        let prefix = match endpoints {
            None => "wxpaykit".to_owned(),
            Some(endpoints) => {
                let addresses = endpoints.split(',').map(|address| address.trim().trim_end_matches('/'));
                let digest = sha256(&addresses.collect::<Vec<_>>().join(","));
                format!("wxpaykit@{}", digest.get(..DIGITS).unwrap_or(&digest).to_ascii_lowercase())
            }
        };
        Self { prefix }
    }

    /// An entry of the ledger. `id` is WeChat's number, as in [`Item::id`](super::item::Item::id).
    pub fn entry(&self, kind: ItemKind, mch_id: &str, id: &str) -> String {
        let (prefix, kind) = (&self.prefix, kind.key());
        format!("{prefix}:{kind}:{mch_id}:{id}")
    }

    /// The mark that WeChat was asked for a pending thing. `asked` is [`Item::ASKED`](super::item::Item::ASKED), `number` the merchant's. It is
    /// the mark of a question: a thing whose recorded amount or sub-merchant changed is asked for anew.
    pub fn asked(&self, asked: &str, mch_id: &str, sub_mch_id: Option<&str>, number: &str, Fen(fen): Fen) -> String {
        let prefix = &self.prefix;
        match sub_mch_id {
            Some(sub) => format!("{prefix}:{asked}:{mch_id}:{sub}:{number}:{fen}"),
            None => format!("{prefix}:{asked}:{mch_id}:{number}:{fen}"),
        }
    }

    /// [`Keys::asked`] for a part of a combined order, by both numbers of the merchant.
    pub fn asked_part(
        &self,
        mch_id: &str,
        sub_mch_id: Option<&str>,
        combine_out_trade_no: &str,
        number: &str,
        Fen(fen): Fen,
    ) -> String {
        let (prefix, sub) = (&self.prefix, sub_mch_id.unwrap_or_default());
        format!("{prefix}:asked_part:{mch_id}:{sub}:{combine_out_trade_no}:{number}:{fen}")
    }

    /// That the code of an order was charged, by the merchant's number. A service provider's numbers are unique over all its sub-merchants, so
    /// the sub-merchant is not part of the key: it is in the value.
    pub fn charged(&self, mch_id: &str, out_trade_no: &str) -> String {
        let prefix = &self.prefix;
        format!("{prefix}:charged:{mch_id}:{out_trade_no}")
    }

    /// The key that a check of the store writes and deletes at once; `nonce` is unique for each check.
    pub fn look(&self, nonce: &str) -> String {
        let prefix = &self.prefix;
        format!("{prefix}:check:{nonce}")
    }

    /// A token of an account, by its appid; of an application in WeCom by corpid and agentid, with a colon between; certificates by the
    /// merchant's number.
    pub fn token(&self, token: Token, owner: &str) -> String {
        let name = match token {
            Token::AccessToken => "access_token",
            Token::JsapiTicket => "jsapi_ticket",
            Token::PlatformCertificates => "platform_certificates",
            Token::WecomToken => "wecom_token",
            Token::WecomTicket => "wecom_ticket",
            Token::WecomAgentTicket => "wecom_agent_ticket",
        };
        format!("{}:{name}:{owner}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Item;
    use crate::notify::{ConfirmedPayment, ConfirmedRefund};

    /// Stores of earlier versions hold these keys.
    #[test]
    fn keys_of_earlier_versions_are_valid() {
        let keys = Keys::new(None);
        assert_eq!(keys.entry(ItemKind::PAYMENT, "10000100", "4200000263"), "wxpaykit:paid:10000100:4200000263");
        assert_eq!(
            keys.asked(ConfirmedPayment::ASKED, "10000100", None, "A1", Fen(88)),
            "wxpaykit:asked:10000100:A1:88"
        );
        assert_eq!(
            keys.asked(ConfirmedPayment::ASKED, "10000100", Some("190"), "A1", Fen(88)),
            "wxpaykit:asked:10000100:190:A1:88"
        );
        assert_eq!(keys.entry(ItemKind::REFUND, "10000100", "503"), "wxpaykit:refunded:10000100:503");
        assert_eq!(keys.entry(ItemKind::CLOSED_REFUND, "10000100", "503"), "wxpaykit:refund_closed:10000100:503");
        assert_eq!(keys.entry(ItemKind::ABNORMAL_REFUND, "10000100", "503"), "wxpaykit:refund_abnormal:10000100:503");
        assert_eq!(
            keys.asked(ConfirmedRefund::ASKED, "10000100", None, "R1", Fen(88)),
            "wxpaykit:asked_refund:10000100:R1:88"
        );
        assert_eq!(keys.asked_part("10000100", None, "C1", "A1", Fen(88)), "wxpaykit:asked_part:10000100::C1:A1:88");
        assert_eq!(keys.charged("10000100", "A1"), "wxpaykit:charged:10000100:A1");
        assert_eq!(keys.token(Token::AccessToken, "wx1"), "wxpaykit:access_token:wx1");
        assert_eq!(keys.token(Token::JsapiTicket, "wx1"), "wxpaykit:jsapi_ticket:wx1");
        let certificates = keys.token(Token::PlatformCertificates, "10000100");
        assert_eq!(certificates, "wxpaykit:platform_certificates:10000100");
    }

    #[test]
    fn other_endpoints_have_other_keys() {
        let of = |endpoints| Keys::new(endpoints).entry(ItemKind::PAYMENT, "10000100", "4200000263");
        assert_eq!(of(Some("http://127.0.0.1:8700")), of(Some(" http://127.0.0.1:8700/ ")));
        assert_ne!(of(Some("http://127.0.0.1:8700")), of(Some("http://127.0.0.1:8701")));
        assert_ne!(of(Some("http://127.0.0.1:8700")), of(None));
        // The longest key fits the limit of 200 characters.
        let keys = Keys::new(Some("http://127.0.0.1:8700"));
        let longest =
            keys.asked(ConfirmedPayment::ASKED, &"9".repeat(10), Some(&"9".repeat(10)), &"x".repeat(32), Fen(i64::MIN));
        assert!(longest.len() <= 200 && longest.is_ascii(), "{longest}");
        let longest =
            keys.asked(ConfirmedRefund::ASKED, &"9".repeat(10), Some(&"9".repeat(10)), &"x".repeat(64), Fen(i64::MIN));
        assert!(longest.len() <= 200, "{longest}");
        let (ten, number) = ("9".repeat(10), "x".repeat(32));
        let longest = keys.asked_part(&ten, Some(&ten), &number, &number, Fen(i64::MIN));
        assert!(longest.len() <= 200, "{longest}");
    }
}
