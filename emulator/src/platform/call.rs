//! A call of the open platform: what its row says, and the request that is checked against it.

use serde_json::Value;
use wxpaykit::{Fields, Secret};

use crate::app::App;
use crate::world::clock::Millis;
use crate::world::merchant::Merchant;

/// A call: its path, its rules in the order in which they are checked, and what it does.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) path: &'static str,
    pub(super) input: Input,
    pub(super) rules: &'static [Rule],
    pub(super) end: End,
    pub(super) behaviour: fn(&ReadRequest<'_>) -> Result<Value, PlatformError>,
}

/// How errmsg ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the number of the request.
    Rid,
    /// With a comma and the number of the request, as under `/sns`.
    CommaRid,
    /// With the hint and the link of WeCom.
    Hint,
}

/// Where the parameters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Query,
    /// The JSON object of a POST.
    Json,
    /// The JSON object of a POST; `access_token` in the query.
    JsonAndToken,
    /// The same, and a body that is not JSON, such as a form, counts as an empty object (platform protocol §1.5).
    AnyAndToken,
}

/// A rule about the parameters. The codes and texts are those of protocol §6 and §7.3.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// A parameter is sent and not empty; else this errcode and errmsg.
    Need(&'static str, i32, &'static str),
    /// `grant_type` has this value.
    Grant(&'static str),
    /// `appid` is known.
    App,
    /// `appid` and `secret` are sent, and belong together.
    Credentials,
    /// `corpid` and `corpsecret` are sent, and belong together.
    Corp,
}

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// A request whose parameters were read.
pub(super) struct ReadRequest<'a> {
    pub(super) app: &'a App,
    pub(super) now: Millis,
    parameters: Parameters,
}

enum Parameters {
    Query(Vec<(String, String)>),
    Json(Fields),
}

impl Input {
    fn is_posted(self) -> bool {
        self != Self::Query
    }

    fn has_token(self) -> bool {
        matches!(self, Self::JsonAndToken | Self::AnyAndToken)
    }
}

/// An error: `errcode`, and `errmsg` without the `rid` at its end. [`HINT`] stands for a number in it.
#[derive(Debug)]
pub(super) struct PlatformError(pub(super) i32, pub(super) &'static str);

/// Where an `errmsg` has the number of the request in brackets.
pub(super) const HINT: &str = "{hint}";

impl Row {
    /// Whether the body of a request should be JSON and cannot be parsed. WeCom goes on as if it were empty, and says so.
    pub(super) fn is_unreadable(&self, request: Request<'_>) -> bool {
        self.input.is_posted() && !request.body.is_empty() && wxpaykit::wire::json::parse(request.body).is_none()
    }
}

impl<'a> ReadRequest<'a> {
    /// Reads the parameters of a request and checks the rules of its row.
    pub(super) fn read(row: &Row, app: &'a App, now: Millis, request: Request<'_>) -> Result<Self, PlatformError> {
        let query = || form_urlencoded::parse(request.query.as_bytes()).into_owned();
        let parameters = match row.input {
            Input::Query => Parameters::Query(query().collect()),
            _ if request.method != "POST" => {
                return Err(PlatformError(43002, "require POST method"));
            }
            Input::Json | Input::JsonAndToken if request.body.is_empty() => {
                return Err(PlatformError(44002, "empty post data"));
            }
            _ => {
                let parsed = wxpaykit::wire::json::parse(request.body);
                // Broken JSON is another thing than a form.
                let is_empty = match row.input {
                    Input::AnyAndToken => !request.body.trim_ascii_start().starts_with(b"{"),
                    _ => row.end == End::Hint,
                };
                let object = parsed.or_else(|| is_empty.then(Fields::default));
                let mut object = object.ok_or(PlatformError(47001, "data format error"))?;
                let token = query().find(|(name, _)| name == "access_token" && row.input.has_token());
                if let Some((name, token)) = token {
                    // One in the body counts for nothing.
                    object = object.iter().filter(|(other, _)| *other != name).collect();
                    let _ = object.push(&name, &token);
                }
                Parameters::Json(object)
            }
        };
        let asked = Self { app, now, parameters };
        for rule in row.rules {
            asked.check(*rule)?;
        }
        Ok(asked)
    }

    /// A parameter; `None` when it was not sent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        match &self.parameters {
            Parameters::Query(pairs) => pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()),
            Parameters::Json(fields) => fields.get(name),
        }
    }

    /// A parameter that a rule requires.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    fn check(&self, rule: Rule) -> Result<(), PlatformError> {
        match rule {
            Rule::Need(name, code, text) if self.text(name).is_empty() => Err(PlatformError(code, text)),
            Rule::Grant(grant) if self.get("grant_type") != Some(grant) => {
                Err(PlatformError(40002, "invalid grant_type"))
            }
            Rule::App if self.app.registry.by_app(self.text("appid")).is_none_or(Merchant::is_corp) => {
                Err(PlatformError(40013, "invalid appid"))
            }
            Rule::Corp => self.check_corp(),
            Rule::Credentials => self.check_credentials(),
            Rule::Need(..) | Rule::Grant(_) | Rule::App => Ok(()),
        }
    }

    fn check_corp(&self) -> Result<(), PlatformError> {
        self.check(Rule::Need("corpid", 41002, "corpid missing"))?;
        self.check(Rule::Need("corpsecret", 41004, "corpsecret missing"))?;
        let merchant = self.app.registry.by_app(self.text("corpid")).filter(|merchant| merchant.is_corp());
        let merchant = merchant.ok_or(PlatformError(40013, "invalid corpid"))?;
        if merchant.app_secret == Secret::new(self.text("corpsecret")) {
            return Ok(());
        }
        Err(PlatformError(40001, "invalid credential"))
    }

    fn check_credentials(&self) -> Result<(), PlatformError> {
        self.check(Rule::Need("appid", 41002, "appid missing"))?;
        self.check(Rule::Need("secret", 41004, "appsecret missing"))?;
        self.check(Rule::App)?;
        let merchant = self.app.registry.by_app(self.text("appid"));
        if merchant.is_some_and(|merchant| merchant.app_secret == Secret::new(self.text("secret"))) {
            return Ok(());
        }
        // With its comma under `/cgi-bin` too.
        Err(PlatformError(40125, "invalid appsecret,"))
    }
}
