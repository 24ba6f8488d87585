//! WeChat's hosts and their backups, or the addresses that replace them all.

use crate::error::Error;

/// The hosts of the families of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// The payment API.
    pub pay: HostPair,
    /// The open platform: OAuth, tokens, tickets.
    pub platform: HostPair,
    /// WeCom: identity, tokens, tickets.
    pub wecom: HostPair,
    /// The pages a customer is sent to, without a slash at the end.
    pub open: String,
}

/// A host and its backup in another data centre (跨城冗灾), without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPair {
    /// The host that is asked first.
    pub main: String,
    /// The host that is asked when the first cannot be reached.
    pub backup: Option<String>,
}

impl Default for Hosts {
    fn default() -> Self {
        let hosts = |main: &str, backup: &str| HostPair { main: main.to_owned(), backup: Some(backup.to_owned()) };
        Self {
            pay: hosts("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"),
            platform: hosts("https://api.weixin.qq.com", "https://api2.weixin.qq.com"),
            wecom: HostPair { main: "https://qyapi.weixin.qq.com".to_owned(), backup: None },
            open: "https://open.weixin.qq.com".to_owned(),
        }
    }
}

impl Hosts {
    /// Everything at one address, such as an emulator's; a second one after a comma is its backup.
    ///
    /// # Errors
    /// `Config` unless each is an absolute http or https URL without a query.
    pub fn all_at(addresses: &str) -> Result<Self, Error> {
        let mut roots = addresses.split(',').map(root);
        let main = roots.next().unwrap_or_else(|| root(""))?;
        let backup = roots.next().transpose()?;
        if roots.next().is_some() {
            return Err(Error::config("endpoints", "must be an address, or two with a comma between: main and backup"));
        }
        let hosts = HostPair { main: main.clone(), backup };
        Ok(Self { pay: hosts.clone(), platform: hosts.clone(), wecom: hosts, open: main })
    }
}

/// Whether a request to this address stays on this machine or is encrypted.
#[cfg(feature = "client")]
pub(crate) fn is_secure(root: &str) -> bool {
    let Ok(url) = url::Url::parse(root) else { return false };
    let is_here = match url.host() {
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    };
    is_here || url.scheme() == "https"
}

fn root(address: &str) -> Result<String, Error> {
    let address = address.trim_matches(' ');
    if !is_bare_url(address) {
        let remedy = "must be an absolute http or https URL without query or user, such as http://127.0.0.1:8700";
        return Err(Error::config("endpoints", remedy));
    }
    Ok(address.trim_end_matches('/').to_owned())
}

/// Refuses what is not an absolute http or https URL. The parser alone would mend `https:shop.example` and drop white
/// space around it, while the text goes out as it is.
pub(crate) fn absolute_url(field: &str, text: &str) -> Result<url::Url, Error> {
    let schemes = ["http://", "https://"];
    let begins = schemes.iter().any(|scheme| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)));
    let plain = text.trim() == text && !text.contains(|c: char| c.is_control());
    match url::Url::parse(text) {
        Ok(url) if begins && plain && url.has_host() => Ok(url),
        _ => Err(Error::invalid(field, "must be an absolute http or https URL")),
    }
}

/// Whether a text is an absolute http or https URL in ASCII, without space, query, fragment or user: one that can be sent
/// as it is.
pub(crate) fn is_bare_url(text: &str) -> bool {
    let bare = |url: url::Url| {
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
    };
    text.bytes().all(|b| b.is_ascii_graphic()) && absolute_url("", text).is_ok_and(bare)
}

/// Whether the host of a URL can be reached from this machine or its private network alone.
#[cfg(feature = "client")]
pub(crate) fn is_private(url: &str) -> bool {
    const ENDS: &[&str] = &["localhost", "local", "internal", "lan", "arpa", "test"];
    let Ok(url) = url::Url::parse(url) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.rsplit_once('.').is_none_or(|(_, end)| ENDS.contains(&end))
        }
        Some(url::Host::Ipv4(address)) => is_private_v4(address.octets()),
        Some(url::Host::Ipv6(address)) => {
            let v4 = address.to_ipv4_mapped().is_some_and(|address| is_private_v4(address.octets()));
            v4 || address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
        None => false,
    }
}

/// This host, this machine, private networks, the part of a network without a router, and that between a provider and its customers.
#[cfg(feature = "client")]
fn is_private_v4(octets: [u8; 4]) -> bool {
    matches!(octets, [0 | 10 | 127, ..] | [192, 168, ..] | [172, 16..=31, ..] | [169, 254, ..] | [100, 64..=127, ..])
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_secure_on_this_machine_alone() {
        for here in [
            "http://127.0.0.1:8700",
            "http://localhost",
            "http://a.LOCALHOST.:1",
            "http://[::1]:1",
            "http://[::ffff:127.0.0.9]",
            "https://a.example",
        ] {
            assert!(is_secure(here), "{here}");
        }
        for away in [
            "http://192.0.2.1",
            "http://emulator:8700",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://0.0.0.0:1",
        ] {
            assert!(!is_secure(away), "{away}");
        }
    }

    #[test]
    fn addresses_that_wechat_cannot_reach() {
        for private in [
            "http://127.0.0.1:9/n",
            "http://localhost/n",
            "https://shop.localhost/n",
            "http://10.1.2.3/n",
            "http://192.168.1.7:8000/n",
            "http://172.16.0.1/n",
            "http://169.254.1.1/n",
            "http://100.64.0.1/n",
            "http://0.0.0.0/n",
            "http://[::1]/n",
            "http://[fd00::1]/n",
            "http://[::ffff:10.0.0.1]/n",
            "http://2130706433/n",
            "http://web:8000/n",
            "http://nas.local./n",
            "https://shop.internal/n",
        ] {
            assert!(is_private(private), "{private}");
        }
        for public in
            ["https://shop.example/n", "http://203.0.113.9/n", "https://8.8.8.8/n", "http://[2001:db8::1]/n", "no URL"]
        {
            assert!(!is_private(public), "{public}");
        }
    }
}
