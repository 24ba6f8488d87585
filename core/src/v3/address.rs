//! Where a file is that another reply names: the host has to be the client's own.

use url::{Position, Url};

/// The root among `roots` that an address belongs to, and its path with the query, letter by letter.
///
/// # Errors
/// What is wrong with the address. The request for the file carries the merchant's signature, so it has to be at a host of the client's own.
pub(super) fn place<'a, 'b>(address: &'b str, roots: &[&'a str]) -> Result<(&'a str, &'b str), String> {
    let malformed = || "download_url is not an address that can be signed and sent as it is".to_owned();
    let url = Url::parse(address).map_err(|_| malformed())?;
    let parsed = roots.iter().filter_map(|root| Some((*root, Url::parse(root).ok()?)));
    let found = parsed.into_iter().find(|(_, root)| root.origin().is_tuple() && root.origin() == url.origin());
    let Some((root, at)) = found else {
        let (host, own) = (url.origin().ascii_serialization(), roots.join(" or "));
        let rule = format!(
            "download_url is at {}, and this client's host is {own}: the request for the file has the merchant's signature, and only the \
             client's own host may receive it",
            shown(&host)
        );
        return Err(rule);
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    // The parser mends what it reads, and what is signed must be what is sent. So the address has to be as the parser writes it.
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let before = address.strip_suffix(path).and_then(|before| before.split_once("://"));
    let is_kept = before.is_some_and(|(_, host)| !host.contains(['/', '\\', '?', '#']));
    let path = address
        .get(address.len().saturating_sub(path.len())..)
        .filter(|_| is_plain && is_kept)
        .ok_or_else(malformed)?;
    // A root may have a path of its own, which comes before the one that is signed.
    let own = path.strip_prefix(at.path().trim_end_matches('/'));
    Ok((root, own.filter(|rest| rest.starts_with('/')).unwrap_or(path)))
}

/// A text from outside, as an error shows it.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOTS: &[&str] = &["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"];

    #[test]
    fn the_path_of_an_address_is_kept_letter_by_letter() {
        let path = "/v3/billdownload/file?token=a%2Fb+c%7e&tartype=gzip";
        for root in ROOTS {
            assert_eq!(place(&format!("{root}{path}"), ROOTS).unwrap(), (*root, path));
        }
        assert_eq!(place(&format!("https://API.mch.weixin.qq.com:443{path}"), ROOTS).unwrap(), (ROOTS[0], path));
        // A root with a path of its own, which is not signed.
        let roots = &["http://127.0.0.1:8700/wx"];
        assert_eq!(place("http://127.0.0.1:8700/wx/v3/b?token=1", roots).unwrap(), (roots[0], "/v3/b?token=1"));
        assert_eq!(place("http://127.0.0.1:8700/v3/b?token=1", roots).unwrap(), (roots[0], "/v3/b?token=1"));
    }

    #[test]
    fn an_address_elsewhere_is_refused_by_the_name_of_its_host() {
        for (address, host) in [
            ("https://evil.example/v3/billdownload/file?token=1", "evil.example"),
            ("http://api.mch.weixin.qq.com/v3/billdownload/file", "http://api.mch.weixin.qq.com"),
            ("https://api.mch.weixin.qq.com:8443/v3/x", "https://api.mch.weixin.qq.com:8443"),
            ("https://api.mch.weixin.qq.com.evil.example/v3/x", "weixin.qq.com.evil.example"),
            ("https://api.mch.weixin.qq.com@evil.example/v3/x", "evil.example"),
            ("https://evil.example\\@api.mch.weixin.qq.com/v3/x", "evil.example"),
            ("https://evil.example#@api.mch.weixin.qq.com/v3/x", "evil.example"),
        ] {
            let error = place(address, ROOTS).unwrap_err();
            assert!(error.contains(&format!("{host}, and this client's host is https://api.mch")), "{error}");
        }
        for address in [
            "",
            "/v3/billdownload/file",
            "file:///etc/passwd",
            "https://user@api.mch.weixin.qq.com/v3/x",
            "https://api.mch.weixin.qq.com/v3/x#y",
            "https://api.mch.weixin.qq.com/v3/../x",
            "https://api.mch.weixin.qq.com/v3/x y",
            "https://api.mch.weixin.qq.com\\v3\\x",
            "https://api.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com/v3/x?token=1\r\nHost: evil.example",
        ] {
            assert!(place(address, ROOTS).is_err(), "{address}");
        }
    }
}
