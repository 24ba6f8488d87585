//! Requests to the open platform: a caller's fields, completed, in the query or in a JSON body.

use super::miniprogram::signed_by_session;
use crate::error::Error;
use crate::merchant::Merchant;
use crate::table::collect::collect;
use crate::table::row::Endpoint;
use crate::table::target::target;
use crate::value::Params;

/// Checks a call's fields and completes them. Gives path with query, and the body of a POST.
///
/// # Errors
/// `InvalidRequest`, naming field and rule; `Config` without an AppSecret that the call needs.
pub fn build(
    endpoint: &Endpoint,
    params: &Params<'_>,
    merchant: &Merchant,
    nonce: &str,
) -> Result<(String, Option<String>), Error> {
    let mut fields = collect(endpoint, params, |own| merchant.own(own), nonce)?;
    if endpoint.session_signed {
        fields = signed_by_session(&fields);
    }
    Ok(target(endpoint, &fields))
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macros make whole public types")]
mod tests {
    use super::*;
    use crate::merchant::MerchantOptions;
    use crate::money::Fen;
    use crate::platform::jssdk::JssdkStableToken;
    use crate::platform::oauth::OauthUserinfo;
    use crate::table::macros::{endpoints, object, record};
    use crate::table::row::Call;
    use crate::value::Value;

    record! {
        /// An answer.
        Answered
        fields {
            /// 0.
            errcode: Int,
        }
    }

    object! {
        /// An amount.
        Amount {
            /// In fen.
            total: Fen required,
            /// ISO 4217.
            currency: Text(3),
        }
    }

    endpoints! {
        /// A call with fields in path, query and body.
        test.order(TestOrder) -> Answered {
            post("/orders/{number}/pay?access_token={access_token}"),
            identity(&[("mchid", MchId), ("sub_mchid", SubMchId)]),
            retry(SameRequest);
            request {
                /// The number, in the path.
                number: OutNo(32) required,
                /// The token, in the query.
                access_token: Text required hidden,
                /// The amount.
                amount: Record<Amount> required,
                /// The goods.
                goods: List<Amount>,
                /// Whether it may be shared.
                profit_sharing: Bool,
                /// More.
                more: Json,
            }
        }
    }

    fn merchant() -> Merchant {
        let key = "192006250b4c09247ec02edce69f6a2d";
        let mut options = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", key);
        options.app_secret = Some("secret&".into());
        Merchant::new(options).unwrap()
    }

    fn built<C: Call>(call: &C) -> Result<(String, Option<String>), String> {
        build(C::ENDPOINT, call.params(), &merchant(), "nonce").map_err(|error| error.to_string())
    }

    #[test]
    fn fields_go_into_the_query_of_a_get() {
        let call = OauthUserinfo::new().access_token("a b&").openid("o");
        let (path, body) = built(&call).unwrap();
        assert_eq!((path.as_str(), body), ("/sns/userinfo?access_token=a%20b%26&openid=o&lang=zh_CN", None));
        assert_eq!(built(&OauthUserinfo::new()).unwrap_err(), "oauth.userinfo: access_token: is required");
        let odd = call.lang("fr".into());
        assert_eq!(built(&odd).unwrap_err(), "oauth.userinfo: lang: must be one of zh_CN, zh_TW, en");
    }

    #[test]
    fn fields_go_into_the_body_of_a_post_by_their_kinds() {
        let (path, body) = built(&JssdkStableToken::new().force_refresh(true)).unwrap();
        assert_eq!(path, "/cgi-bin/stable_token");
        let written = r#"{"force_refresh":true,"appid":"wxd930ea5d5a258f4f","secret":"secret&","grant_type":"client_credential"}"#;
        assert_eq!(body.as_deref(), Some(written));
    }

    #[test]
    fn fields_go_into_the_path_and_objects_into_the_body() {
        let amount = || Amount::new().total(Fen(100)).currency("CNY");
        let call = TestOrder::new().number("A|1").access_token("t").amount(amount()).profit_sharing(false);
        let call = call.goods(vec![amount(), Amount::new().total(Fen(1))]).more(r#"{"a":[1]}"#);
        let (path, body) = built(&call).unwrap();
        assert_eq!(path, "/orders/A%7C1/pay?access_token=t");
        let written = r#"{"amount":{"total":100,"currency":"CNY"},"profit_sharing":false,"goods":[{"total":100,"currency":"CNY"},{"total":1}],"more":{"a":[1]},"mchid":"10000100"}"#;
        assert_eq!(body.as_deref(), Some(written));

        // The same from other languages, as JSON.
        let given = |text: &str| {
            let params = vec![
                ("number".into(), Value::Text("1".into())),
                ("access_token".into(), Value::Text("t".into())),
                ("amount".into(), Value::Json(text.to_owned().into())),
            ];
            build(TestOrder::ENDPOINT, &params, &merchant(), "")
                .map(|(_, body)| body.unwrap())
                .map_err(|e| e.to_string())
        };
        assert_eq!(
            given(r#"{ "total": 1, "currency": null }"#).unwrap(),
            r#"{"amount":{"total":1},"mchid":"10000100"}"#
        );
        for (text, rule) in [
            ("[]", r#"amount: must be an object (Amount) such as {"total": 100}"#),
            ("{}", "amount.total: is required"),
            (
                r#"{"total":"1"}"#,
                "amount.total: must be an integer of fen, not the text '1'; yuan_to_fen converts yuan",
            ),
            (
                r#"{"total":1.5}"#,
                "amount.total: must be an integer of fen, not a number that is not an integer; yuan_to_fen converts yuan",
            ),
            (r#"{"total":1,"currency":"LONG"}"#, "amount.currency: must be at most 3 characters long"),
            (r#"{"total":1,"Currency":"CNY"}"#, "amount.Currency: is not a member of Amount; did you mean currency?"),
            (r#"{"totl":1}"#, "amount.totl: is not a member of Amount; did you mean total?"),
            (r#"{"total_fee":1}"#, "amount.total_fee: is not a member of Amount; did you mean total?"),
            (r#"{"total":1,"colour":"red"}"#, "amount.colour: is not a member of Amount"),
        ] {
            assert_eq!(given(text).unwrap_err(), format!("test.order: {rule}"), "{text}");
        }
    }

    #[test]
    fn settings_and_fixed_values_are_added_by_the_client() {
        for name in ["appid", "secret", "grant_type"] {
            let params = vec![(name.into(), Value::Text("x".into()))];
            let error = build(JssdkStableToken::ENDPOINT, &params, &merchant(), "").unwrap_err();
            assert_eq!(error.to_string(), format!("jssdk.stable_token: {name}: is set by the client"));
        }
        let bare =
            Merchant::new(MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", "192006250b4c09247ec02edce69f6a2d"));
        let error = build(JssdkStableToken::ENDPOINT, &Params::new(), &bare.unwrap(), "").unwrap_err();
        assert_eq!((error.code(), error.field()), ("config", Some("app_secret")));
    }
}
