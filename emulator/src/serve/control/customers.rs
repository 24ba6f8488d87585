//! What customers' phones show and give: payment codes, mini programs, the JS-SDK.

use std::net::SocketAddr;

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::parse;
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::serve::json::write;
use crate::wechat::jssdk;
use crate::wechat::miniprogram::Customer;
use crate::world::clock::seconds;
use crate::world::people::Person;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phone {
    user: Option<String>,
}

/// `POST /_emulator/payment-code`: the code that a customer's phone shows.
pub(super) fn payment_code(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let Phone { user } = parse(body)?;
    let person = match &user {
        None => Person::demo(),
        Some(key) => Person::by_key(&app.registry, key).ok_or_else(|| {
            ControlError(StatusCode::NOT_FOUND, format!("there is no user {key}: /_wechat/me lists them"))
        })?,
    };
    let (auth_code, left) = app.state().pay_codes.show(&person.key, app.clock.now(), || app.ids.pay_code());
    Ok(json!({ "auth_code": auth_code, "user": person.key, "changes_in_s": seconds(left) }))
}

/// A customer in a mini program: the first appid and the demo user, unless others are named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MiniprogramForm {
    appid: Option<String>,
    openid: Option<String>,
    /// A person of `/_wechat/me`, instead of an openid.
    user: Option<String>,
    /// For user data: `user`, `user_old` with openid as before 2021, or `phone`.
    data: Option<String>,
}

impl MiniprogramForm {
    fn customer(&self, app: &App) -> Result<Customer, ControlError> {
        let person = self.user.as_deref().map(|key| {
            Person::by_key(&app.registry, key).ok_or_else(|| {
                ControlError(StatusCode::NOT_FOUND, format!("there is no user {key}: /_wechat/me lists them"))
            })
        });
        Customer::find(app, self.appid.as_deref(), self.openid.as_deref(), person.transpose()?).map_err(bad)
    }
}

pub(super) fn miniprogram(
    app: &App,
    body: &Bytes,
    act: impl Fn(Customer, &App) -> Result<Value, ControlError>,
) -> Result<Value, ControlError> {
    let wanted: MiniprogramForm = parse(body)?;
    if wanted.data.is_some() {
        return Err(bad("data is for /_emulator/user-data"));
    }
    act(wanted.customer(app)?, app)
}

/// What a mini program gets from `wx.getUserInfo` or from the older button for the phone number.
pub(super) fn user_data(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: MiniprogramForm = parse(body)?;
    let customer = wanted.customer(app)?;
    let data = match wanted.data.as_deref() {
        None | Some("user") => customer.user_data(app, false),
        Some("user_old") => customer.user_data(app, true),
        Some("phone") => customer.phone_data(app),
        Some(_) => return Err(bad("data must be user, user_old or phone")),
    };
    data.ok_or_else(|| bad("this user has not logged in: POST /_emulator/login, then jscode2session"))
}

pub(super) fn verify(app: &App, peer: SocketAddr, body: &Bytes) -> Result<Value, ControlError> {
    let (value, note) = jssdk::verify(app, &parse(body)?);
    write(app, peer, "/_emulator/jssdk", note);
    Ok(value)
}
