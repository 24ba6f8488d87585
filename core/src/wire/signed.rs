//! The texts that APIv3 signs, each line closed by a line feed, and the headers that carry the signature of a message.

use crate::error::Error;

/// The text that a request is signed over. `target` is the path with the query, as they are sent.
pub fn request(method: &str, target: &str, timestamp: &str, nonce_str: &str, body: &str) -> String {
    format!("{method}\n{target}\n{timestamp}\n{nonce_str}\n{body}\n")
}

/// The text that a reply or a notification is signed over.
pub fn message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!("{timestamp}\n{nonce}\n").into_bytes();
    text.extend_from_slice(body);
    text.push(b'\n');
    text
}

/// The path with the query in an absolute URL or in a path, as they are signed: without scheme, host and fragment.
///
/// # Errors
/// `InvalidRequest` when it is neither, or has characters that a URL cannot have.
pub fn target(url: &str) -> Result<&str, Error> {
    let refused = |rule: String| Err(Error::invalid("url", rule));
    if let Some(stray) = url.chars().find(|c| !c.is_ascii_graphic()) {
        return refused(format!(
            "has the character {stray:?}, which no URL has: give it percent-encoded, as it is sent, because that is what is signed"
        ));
    }
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            let path = rest.find(['/', '?', '#']).map_or("", |start| rest.get(start..).unwrap_or_default());
            let path = path.split('#').next().unwrap_or_default();
            return match path {
                "" => Ok("/"),
                path if path.starts_with('/') => Ok(path),
                _ => refused("has a query and no path".to_owned()),
            };
        }
        _ => url,
    };
    if !rest.starts_with('/') {
        return refused("must be the whole URL (https://…), or begin with / (/v3/…)".to_owned());
    }
    Ok(rest.split('#').next().unwrap_or_default())
}

/// The headers `Wechatpay-…` of a reply or a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `Wechatpay-Timestamp`: seconds since 1970.
    pub timestamp: Option<String>,
    /// `Wechatpay-Nonce`.
    pub nonce: Option<String>,
    /// `Wechatpay-Signature`: Base64.
    pub signature: Option<String>,
    /// `Wechatpay-Serial`: the serial number or the id of the key.
    pub serial: Option<String>,
    /// `Wechatpay-Signature-Type`.
    pub signature_type: Option<String>,
    /// `Date`, of a reply.
    pub date: Option<String>,
    /// `Authorization`, of a request.
    pub authorization: Option<String>,
    /// `Accept`, of a request.
    pub accept: Option<String>,
    /// `User-Agent`, of a request.
    pub user_agent: Option<String>,
}

impl Headers {
    /// None of them.
    pub const NONE: Self = Self {
        timestamp: None,
        nonce: None,
        signature: None,
        serial: None,
        signature_type: None,
        date: None,
        authorization: None,
        accept: None,
        user_agent: None,
    };

    /// Reads them from all headers of a message. Letter case does not count, nor whether a name is written as CGI does
    /// (`HTTP_WECHATPAY_SERIAL`). An empty value counts as missing; of a header that is there twice the first value counts.
    pub fn read<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let name = name.trim().to_ascii_lowercase().replace('_', "-");
            let slot = match name.strip_prefix("http-").unwrap_or(&name) {
                "wechatpay-timestamp" => &mut found.timestamp,
                "wechatpay-nonce" => &mut found.nonce,
                "wechatpay-signature" => &mut found.signature,
                "wechatpay-serial" => &mut found.serial,
                "wechatpay-signature-type" => &mut found.signature_type,
                "date" => &mut found.date,
                "authorization" => &mut found.authorization,
                "accept" => &mut found.accept,
                "user-agent" => &mut found.user_agent,
                _ => continue,
            };
            let value = value.trim();
            if slot.is_none() && !value.is_empty() {
                *slot = Some(value.to_owned());
            }
        }
        found
    }

    /// Whether any of the four that every signed message has is there.
    pub fn is_signed(&self) -> bool {
        self.missing().len() < 4
    }

    /// The names of those that are missing, of the four that every signed message has.
    pub fn missing(&self) -> Vec<&'static str> {
        let all = [
            ("Wechatpay-Timestamp", &self.timestamp),
            ("Wechatpay-Nonce", &self.nonce),
            ("Wechatpay-Signature", &self.signature),
            ("Wechatpay-Serial", &self.serial),
        ];
        all.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_of_a_url() {
        let path = "/v3/pay/transactions/out-trade-no/a%7Cb?mchid=1";
        assert_eq!(target(path).unwrap(), path);
        assert_eq!(target(&format!("https://api.mch.weixin.qq.com{path}")).unwrap(), path);
        assert_eq!(target(&format!("http://127.0.0.1:8080{path}#top")).unwrap(), path);
        assert_eq!(target("https://api.mch.weixin.qq.com").unwrap(), "/");
        assert_eq!(target("/v3/certificates?").unwrap(), "/v3/certificates?");
        assert_eq!(target("/v3/x?next=https://shop.example/").unwrap(), "/v3/x?next=https://shop.example/");
        for wrong in ["", "v3/certificates", "/v3/a b", "/v3/a\n", "/v3/订单", "https://host?x=1", "//"] {
            assert_eq!(target(wrong).is_err(), wrong != "//", "{wrong}");
        }
    }

    #[test]
    fn headers_are_found_whatever_their_spelling() {
        let of = |names: [&str; 2]| Headers::read([(names[0], " 1 "), (names[1], "n"), ("Wechatpay-Nonce", "later")]);
        let plain = of(["Wechatpay-Timestamp", "Wechatpay-Nonce"]);
        assert_eq!(plain, of(["wechatpay-timestamp", "WECHATPAY-NONCE"]));
        assert_eq!(plain, of(["HTTP_WECHATPAY_TIMESTAMP", "wechatpay_nonce"]));
        assert_eq!(plain.missing(), ["Wechatpay-Signature", "Wechatpay-Serial"]);
    }
}
