//! What WeChat's app does for a mini program: codes of `wx.login` and of phone numbers, and encrypted user data (platform protocol §1).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wxpaykit::crypto::aes::Cbc;
use wxpaykit::crypto::digest::sha1;

use super::unifiedorder::is_user;
use crate::app::App;
use crate::world::clock::seconds;
use crate::world::grants::{CodeUser, LOGIN, PHONE};
use crate::world::merchant::is_openid;
use crate::world::people::Person;

/// A customer in a mini program.
pub(crate) struct Customer {
    pub(crate) appid: String,
    pub(crate) openid: String,
}

/// The phone number of everybody who has no other.
const NUMBER: &str = "13580006666";

impl Customer {
    /// A customer of a mini program: the first appid of this emulator that is not a corpid unless another is named; the openid that is
    /// named, or the one of a person, or of the demo user.
    pub(crate) fn find(
        app: &App,
        appid: Option<&str>,
        openid: Option<&str>,
        person: Option<Person>,
    ) -> Result<Self, String> {
        let first = || app.registry.iter().find(|merchant| !merchant.is_corp()).map(|merchant| merchant.appid.as_str());
        let appid = appid.or_else(first).unwrap_or_default();
        match app.registry.by_app(appid) {
            None => return Err(format!("there is no appid {appid} here")),
            Some(merchant) if merchant.is_corp() => {
                return Err(format!("{appid} is the corpid of a WeCom corp, and not the appid of a mini program"));
            }
            Some(_) => {}
        }
        let openid = match openid {
            Some(openid) => Self::known(app, appid, openid)?.to_owned(),
            None => {
                let person = person.unwrap_or_else(Person::demo);
                person.openid(&app.registry, appid).ok_or_else(|| "this user is another appid's".to_owned())?
            }
        };
        Ok(Self { appid: appid.to_owned(), openid })
    }

    /// An openid that a request names, if it may be one of this appid's customers.
    fn known<'a>(app: &App, appid: &str, openid: &'a str) -> Result<&'a str, String> {
        if !is_openid(openid) {
            return Err("openid must be 28 characters, the first an o".to_owned());
        }
        if Person::by_openid(&app.registry, appid, openid).is_some() || is_user(app, &app.state(), openid, appid) {
            return Ok(openid);
        }
        Err(format!("the openid {openid} is another appid's, or is not known here: see --openids"))
    }

    /// `wx.login`: a code for `jscode2session`.
    pub(crate) fn log_in(self, app: &App) -> Value {
        self.code(app, LOGIN)
    }

    /// The button `getPhoneNumber`: a code for `getuserphonenumber`.
    pub(crate) fn give_phone_number(self, app: &App) -> Value {
        self.code(app, PHONE)
    }

    fn code(self, app: &App, scope: &'static str) -> Value {
        let Self { appid, openid } = self;
        let code = match scope {
            PHONE => format!("{}{}", app.ids.long_nonce(), app.ids.long_nonce()),
            _ => app.ids.oauth_code(),
        };
        let mut state = app.state();
        state.issue(openid.clone(), &appid);
        let whose = CodeUser { appid: &appid, openid: openid.clone(), component: "" };
        state.grants.issue_code(code.clone(), whose, scope.into(), app.clock.now());
        json!({ "code": code, "appid": appid, "openid": openid })
    }

    /// User data, encrypted with the key of the customer's last login; `None` before one. `old` is data as before 2021, with openid.
    pub(crate) fn user_data(&self, app: &App, old: bool) -> Option<Value> {
        let person = Person::by_openid(&app.registry, &self.appid, &self.openid).unwrap_or_else(Person::demo);
        let picture = format!("{}{}", app.url(), person.avatar_path());
        let user = json!({
            "nickName": person.nickname, "gender": 0, "language": "zh_CN", "city": "", "province": "", "country": "", "avatarUrl": picture,
        });
        let mut data = user.clone();
        if let (true, Some(members)) = (old, data.as_object_mut()) {
            members.insert("openId".to_owned(), self.openid.clone().into());
        }
        let mut sealed = self.seal(app, data)?;
        let key = app.state().sessions.key(&self.appid, &self.openid)?.to_owned();
        let raw = user.to_string();
        let signature = sha1(&format!("{raw}{key}"));
        if let Some(members) = sealed.as_object_mut() {
            members.insert("rawData".to_owned(), raw.into());
            members.insert("signature".to_owned(), signature.into());
        }
        Some(sealed)
    }

    /// The phone number as older mini programs get it: encrypted with the key of the last login; `None` before one.
    pub(crate) fn phone_data(&self, app: &App) -> Option<Value> {
        self.seal(app, phone())
    }

    fn seal(&self, app: &App, mut data: Value) -> Option<Value> {
        let key = app.state().sessions.key(&self.appid, &self.openid)?.to_owned();
        let key: [u8; 16] = BASE64_STANDARD.decode(key).ok()?.try_into().ok()?;
        let iv = app.ids.iv();
        let vector: [u8; 16] = BASE64_STANDARD.decode(&iv).ok()?.try_into().ok()?;
        data.as_object_mut()?.insert("watermark".to_owned(), watermark(app, &self.appid));
        let sealed = BASE64_STANDARD.encode(Cbc::new(&key, vector).encrypt(data.to_string().as_bytes()));
        Some(json!({ "encryptedData": sealed, "iv": iv }))
    }
}

/// The number that a code of [`PHONE`] is for, in the reply of `getuserphonenumber`.
pub(crate) fn phone_info(app: &App, appid: &str) -> Value {
    let mut info = phone();
    if let Some(members) = info.as_object_mut() {
        // A number, although the documents' table says text.
        members.insert("countryCode".to_owned(), 86.into());
        members.insert("watermark".to_owned(), watermark(app, appid));
    }
    info
}

fn phone() -> Value {
    json!({ "phoneNumber": NUMBER, "purePhoneNumber": NUMBER, "countryCode": "86" })
}

fn watermark(app: &App, appid: &str) -> Value {
    json!({ "timestamp": seconds(app.clock.now()), "appid": appid })
}
