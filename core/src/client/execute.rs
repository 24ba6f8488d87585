//! Calls of the table, and calls that it does not have.

use super::inner::{WxPay, now};
use super::tokens::kept;
use crate::error::Error;
use crate::fields::Fields;
use crate::flow::keys::Token;
use crate::platform::jssdk::AccessToken;
use crate::platform::{request, token};
use crate::secret::Secret;
use crate::table::row::{Call, Document, Endpoint, TokenOf};
use crate::value::{Params, Value};

/// The field with a token.
const ACCESS_TOKEN: &str = "access_token";

impl WxPay {
    /// Sends a call of the table, by its row: what every method does.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) of a call.
    pub async fn execute(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        if let Some(of) = endpoint.token
            && !params.iter().any(|(name, _)| name == ACCESS_TOKEN)
        {
            return self.with_token(of, endpoint, params).await;
        }
        let asked = now();
        let reply = self.perform(endpoint, params).await?;
        if !endpoint.renews_token {
            return Ok(reply);
        }
        let token = AccessToken::from_fields(reply);
        self.keep_access_token(&kept(&token, asked)).await;
        Ok(token.0)
    }

    /// Sends a call with the client's own token. WeChat takes nothing that comes with a dead one, so the call is sent once more with
    /// another.
    async fn with_token(&self, of: TokenOf, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        let which = match of {
            TokenOf::Account => Token::AccessToken,
            TokenOf::Application => Token::WecomToken,
        };
        let with = |token: &Secret| {
            let own = (ACCESS_TOKEN.into(), Value::Text(token.expose().to_owned().into()));
            params.iter().cloned().chain([own]).collect::<Params<'_>>()
        };
        // A wrong argument is refused before a token is asked for.
        self.check_account(endpoint.api).map_err(|error| error.at(endpoint.name))?;
        request::build(endpoint, &with(&Secret::new("-")), self.merchant(), "")?;
        let token = self.shared_token(which, None).await?;
        match self.perform(endpoint, &with(&token)).await {
            Err(error) if token::is_dead(&error) => {
                let token = self.shared_token(which, Some(&token)).await?;
                self.perform(endpoint, &with(&token)).await
            }
            reply => reply,
        }
    }

    /// As [`WxPay::execute`], with the types of the call.
    pub(super) async fn send<C: Call>(&self, call: C) -> Result<C::Reply, Error> {
        self.execute(C::ENDPOINT, call.params()).await.map(C::Reply::from_fields)
    }

    /// Sends a call that has no method: signed, its reply verified, its fields as they are. `path` is from the host's root. What is known of the
    /// path ([`registry::of_path`](crate::registry::of_path)) says under which names the merchant and the appid travel, and whether the reply is
    /// signed. Of a path that is not known it must be.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn call(&self, path: &str, params: &Params<'_>) -> Result<Fields, Error> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'.');
        let dots = path.split('/').any(|part| matches!(part, "." | ".."));
        if !path.starts_with('/') || path.starts_with("//") || dots || !path.bytes().all(plain) {
            return Err(Error::invalid("path", "must be a path of the payment API, such as /pay/orderquery"));
        }
        if path.starts_with("/v3/") {
            return Err(Error::invalid("path", "is a path of APIv3: use pay.v3.call"));
        }
        self.perform_raw(path, params).await
    }
}
