//! Which names hold a secret.

/// Whether a field or member of this name holds a key, a secret or a token: `key`, `api_key`, `partnerKey`, `app_secret`. Programs send
/// theirs by mistake, and then it is in every text of the message.
pub fn is_secret_name(name: &str) -> bool {
    /// No name that holds a secret is longer.
    const LONGEST: usize = 48;
    /// What they end in, where they are one word.
    const ENDS: [&str; 6] = ["secret", "password", "passwd", "accesstoken", "refreshtoken", "jsapiticket"];
    /// What stands before `key` where both are one word.
    const BEFORE_KEY: [&str; 21] = [
        "",
        "api",
        "apiv2",
        "apiv3",
        "v2",
        "v3",
        "app",
        "mch",
        "merchant",
        "partner",
        "pay",
        "paysign",
        "sign",
        "secret",
        "private",
        "access",
        "session",
        "wxpay",
        "wechatpay",
        "sandboxsign",
        "client",
    ];
    /// Names of keys that anybody may know, or that are no keys.
    const OPEN: [&str; 3] = ["publickey", "platformpublickey", "idempotencykey"];
    if name.len() > LONGEST {
        return false;
    }
    let flat: String = name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    let is_last_word = ["_key", "-key", "_KEY", "-KEY", "Key"].iter().any(|end| name.ends_with(end));
    let is_key = flat.strip_suffix("key").is_some_and(|before| is_last_word || BEFORE_KEY.contains(&before));
    !OPEN.contains(&flat.as_str()) && (is_key || ENDS.iter().any(|end| flat.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        let secret = [
            "key",
            "KEY",
            "Key",
            "api_key",
            "apiKey",
            "apikey",
            "APIKEY",
            "api-key",
            "partner_key",
            "partnerKey",
            "mch_key",
            "apiv3_key",
            "apiV3Key",
            "api_v3_key",
            "secret",
            "appsecret",
            "app_secret",
            "AppSecret",
            "secret_key",
            "client_secret",
            "password",
            "access_token",
            "sandbox_signkey",
            "session_key",
            "wx_pay_key",
        ];
        for name in secret {
            assert!(is_secret_name(name), "{name}");
        }
        let open = [
            "",
            "monkey",
            "keys",
            "key_id",
            "public_key",
            "turkey",
            "idempotency_key",
            "attach",
            "nonce_str",
            "sign",
            "token_type",
        ];
        for name in open {
            assert!(!is_secret_name(name), "{name}");
        }
        assert!(!is_secret_name(&"key".repeat(1000)));
    }
}
