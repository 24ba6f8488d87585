//! Requests of APIv3: a caller's fields, completed, encrypted where they are sensitive, in path, query and JSON body.

use std::fmt;

use serde_json::{Map, Value as Json};

use super::combine::check_combined_payer;
use super::sealed::encrypt_sensitive;
use super::sharing::check_receivers;
use crate::codes::ErrorCode;
use crate::crypto::rsa::VerifyingKey;
use crate::error::{Error, Kind};
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::shown::without_query;
use crate::table::check::check_merchant;
use crate::table::collect::collect_as;
use crate::table::row::{Endpoint, Field, FieldKind, Own, Record, Sender};
use crate::table::target::{placeholders, target_at};
use crate::value::{Params, Value};
use crate::wire::{form, json};

/// A request whose fields are checked and complete, and not encrypted yet.
#[derive(Debug)]
pub struct Request {
    endpoint: &'static Endpoint,
    template: &'static str,
    /// The path that another number would have had. Its number is not sent, and the reply has to repeat it all the same.
    unused: Option<&'static str>,
    fields: Fields,
}

/// A request as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// The path with the query.
    pub path: String,
    /// The JSON body of a POST.
    pub body: Option<String>,
}

/// Without the query, which may hold a token, and the body, which may hold a payment code.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("path", &without_query(&self.path)).finish_non_exhaustive()
    }
}

/// Checks the fields of a call and completes them with the client's settings. The call is a service provider's when the settings, or the
/// caller, name a sub-merchant.
///
/// # Errors
/// `InvalidRequest`, naming field and rule; a member of an object as `amount.total`.
pub fn complete(endpoint: &'static Endpoint, params: &Params<'_>, merchant: &Merchant) -> Result<Request, Error> {
    let named = params.iter().any(|(name, _)| name == "sub_mchid");
    let is_partner = named || merchant.own(Own::SubMchId)?.is_some();
    let partner = endpoint.partner.filter(|_| is_partner);
    let identity = partner.map_or(endpoint.identity, |partner| partner.identity);
    let fields = collect_as(endpoint, identity, params, |own| merchant.own(own), "")?;
    let refused = |error: Error| error.at(endpoint.name);
    let sender = if partner.is_some() { Sender::Partner } else { Sender::Direct };
    for (name, text) in fields.iter() {
        if let Some(field) = endpoint.request.iter().find(|field| field.name == name) {
            check_sender(field, text, sender).map_err(refused)?;
        }
    }
    check_payer(endpoint, &fields, sender).map_err(refused)?;
    check_combined_payer(endpoint, &fields).map_err(refused)?;
    check_receivers(endpoint, &fields, sender).map_err(refused)?;
    let mut template = partner.map_or(endpoint.path, |partner| partner.path);
    let mut unused = None;
    if let Some((name, paths)) = endpoint.by
        && fields.contains(name)
    {
        unused = Some(template);
        let [direct, partners] = paths;
        template = if partner.is_some() { partners } else { direct };
    }
    if let Some(name) = placeholders(template).find(|name| !fields.contains(name)) {
        return Err(refused(Error::invalid(name, "is required")));
    }
    // A call for a sub-merchant alone, which the settings may name.
    for (name, setting) in endpoint.identity {
        if *setting == Own::SubMchId && !fields.contains(name) {
            return Err(refused(Error::invalid(*name, "is required")));
        }
    }
    for (name, text) in fields.iter() {
        // A URL parser takes such a part of a path away.
        if matches!(text, "." | "..") && template.contains(&format!("{{{name}}}")) {
            return Err(refused(Error::invalid(name, "must not be . or .., which no path can hold")));
        }
        let field = endpoint.request.iter().find(|field| field.name == name);
        check_characters(field, name, text).map_err(refused)?;
    }
    Ok(Request { endpoint, template, unused, fields })
}

impl Request {
    /// The fields, as completed.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether a field is there that travels encrypted.
    pub fn is_sensitive(&self) -> bool {
        self.fields.iter().any(|(name, text)| {
            let field = self.endpoint.request.iter().find(|field| field.name == name);
            field.is_some_and(|field| holds_sensitive(field, text))
        })
    }

    /// Encrypts what is sensitive for this key of WeChat Pay's.
    ///
    /// # Errors
    /// `InvalidRequest` (`plaintext_too_long`), naming the field.
    pub fn encrypt(&mut self, key: &VerifyingKey) -> Result<(), Error> {
        let mut sealed = Fields::with_capacity(self.fields.len(), 2048);
        for (name, text) in self.fields.iter() {
            let field = self.endpoint.request.iter().find(|field| field.name == name);
            let text = match field.filter(|field| holds_sensitive(field, text)) {
                Some(field) if field.sensitive => encrypted(field.name, text, key),
                Some(field) => sealed_json(field, text, key),
                None => Ok(text.to_owned()),
            };
            let text = text.map_err(|error| error.at(self.endpoint.name))?;
            // Names were unique before.
            let _ = sealed.push(name, &text);
        }
        self.fields = sealed;
        Ok(())
    }

    /// The request as it is sent. Its body is made once, and signed as it is. A POST without fields has no body.
    pub fn target(&self) -> Target {
        let is_unused = |name: &str| self.unused.is_some_and(|path| path.contains(&format!("{{{name}}}")));
        let fields: Fields = self.fields.iter().filter(|(name, _)| !is_unused(name)).collect();
        let (path, body) = target_at(self.endpoint, self.template, &fields, form::strict);
        Target { path, body: body.filter(|body| body != "{}") }
    }
}

/// Refuses a field, or a member of it, that belongs to the other kind of merchants.
fn check_sender(field: &Field, text: &str, sender: Sender) -> Result<(), Error> {
    if field.sender != Sender::Any && field.sender != sender {
        return Err(Error::invalid(field.name, misplaced(field)));
    }
    let Some(record) = field.kind.record() else { return Ok(()) };
    if !has_sender(record) {
        return Ok(());
    }
    match serde_json::from_str(text) {
        Ok(value) => check_members(record, &value, sender, field.name),
        Err(_) => Ok(()),
    }
}

fn check_members(record: &Record, value: &Json, sender: Sender, path: &str) -> Result<(), Error> {
    match value {
        Json::Array(items) => items.iter().try_for_each(|item| check_members(record, item, sender, path)),
        Json::Object(members) => members.iter().try_for_each(|(name, member)| {
            let Some(field) = record.field(name) else { return Ok(()) };
            let path = format!("{path}.{name}");
            if field.sender != Sender::Any && field.sender != sender {
                return Err(Error::invalid(path, misplaced(field)));
            }
            field.kind.record().map_or(Ok(()), |inner| check_members(inner, member, sender, &path))
        }),
        _ => Ok(()),
    }
}

fn has_sender(record: &Record) -> bool {
    record.fields.iter().any(|field| field.sender != Sender::Any || field.kind.record().is_some_and(has_sender))
}

fn misplaced(field: &Field) -> &'static str {
    match (field.sender, field.name) {
        (Sender::Direct, "openid") => "is for merchants that are not service providers: give sp_openid or sub_openid",
        (Sender::Direct, _) => "is for merchants that are not service providers: leave it out",
        (_, "sp_openid" | "sub_openid") => {
            "is for service providers: give openid; or name the sub-merchant, by sub_mchid or by sub_mch_id in the settings"
        }
        _ => "is for service providers: name the sub-merchant, by sub_mchid or by sub_mch_id in the settings",
    }
}

/// A payer has exactly one openid; `sub_openid` belongs to `sub_appid`.
fn check_payer(endpoint: &Endpoint, fields: &Fields, sender: Sender) -> Result<(), Error> {
    let payer = endpoint.request.iter().find(|field| field.name == "payer").and_then(|field| field.kind.record());
    // The payer of a payment code has no openid.
    if payer.is_none_or(|record| record.field("openid").is_none()) {
        return Ok(());
    }
    let Some(payer) = fields.get("payer").and_then(|text| json::parse(text.as_bytes())) else { return Ok(()) };
    let refused = |field: &str, rule: &str| Err(Error::invalid(field, rule));
    match (sender, payer.contains("sp_openid"), payer.contains("sub_openid")) {
        (Sender::Partner, false, false) => refused("payer.sp_openid", "is required, or sub_openid"),
        (Sender::Partner, true, true) => {
            refused("payer.sub_openid", "must not be given with sp_openid: give one of them")
        }
        (Sender::Partner, false, true) if !fields.contains("sub_appid") => {
            refused("sub_appid", "is required with payer.sub_openid")
        }
        (Sender::Partner, ..) => Ok(()),
        _ if !payer.contains("openid") => refused("payer.openid", "is required"),
        _ => Ok(()),
    }
}

/// Refuses characters of four bytes but in what travels encrypted, which is Base64 then.
fn check_characters(field: Option<&Field>, path: &str, text: &str) -> Result<(), Error> {
    match field {
        Some(field) if field.sensitive => Ok(()),
        Some(field) => match field.kind.record().and_then(|record| Some((record, serde_json::from_str(text).ok()?))) {
            Some((record, value)) => check_member_characters(record, path, &value),
            None => check_wide(path, text),
        },
        None => check_wide(path, text),
    }
}

fn check_member_characters(record: &Record, path: &str, value: &Json) -> Result<(), Error> {
    match value {
        Json::Array(items) => items.iter().try_for_each(|item| check_member_characters(record, path, item)),
        Json::Object(members) => members.iter().try_for_each(|(name, member)| {
            let (field, path) = (record.field(name), format!("{path}.{name}"));
            match (member, field.and_then(|field| field.kind.record())) {
                (Json::String(text), _) => check_characters(field, &path, text),
                (member, Some(inner)) => check_member_characters(inner, &path, member),
                _ => Ok(()),
            }
        }),
        _ => Ok(()),
    }
}

fn holds_sensitive(field: &Field, text: &str) -> bool {
    field.sensitive
        || field.kind.record().is_some_and(|record| {
            record.is_sensitive() && serde_json::from_str::<Json>(text).is_ok_and(|value| any_sensitive(record, &value))
        })
}

fn any_sensitive(record: &Record, value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(|item| any_sensitive(record, item)),
        Json::Object(members) => members.iter().any(|(name, member)| {
            record.field(name).is_some_and(|field| {
                field.sensitive || field.kind.record().is_some_and(|inner| any_sensitive(inner, member))
            })
        }),
        _ => false,
    }
}

fn sealed_json(field: &Field, text: &str, key: &VerifyingKey) -> Result<String, Error> {
    let (FieldKind::Record(record) | FieldKind::List(record)) = field.kind else { return Ok(text.to_owned()) };
    let mut value: Json = serde_json::from_str(text).map_err(|_| Error::invalid(field.name, "must be JSON"))?;
    seal(record, &mut value, key, field.name)?;
    Ok(json::as_written(&value, text))
}

fn seal(record: &Record, value: &mut Json, key: &VerifyingKey, path: &str) -> Result<(), Error> {
    match value {
        Json::Array(items) => items.iter_mut().try_for_each(|item| seal(record, item, key, path)),
        Json::Object(members) => members.iter_mut().try_for_each(|(name, member)| {
            let Some(field) = record.field(name) else { return Ok(()) };
            let path = format!("{path}.{name}");
            if let (true, Json::String(text)) = (field.sensitive, &mut *member) {
                *text = encrypted(&path, text, key)?;
                return Ok(());
            }
            field.kind.record().map_or(Ok(()), |inner| seal(inner, member, key, &path))
        }),
        _ => Ok(()),
    }
}

/// A text for WeChat Pay alone. `path` names it in errors.
fn encrypted(path: &str, text: &str, key: &VerifyingKey) -> Result<String, Error> {
    encrypt_sensitive(text, key).map_err(|error| match error.kind() {
        Kind::InvalidRequest { rule, .. } => Error::invalid_with_code(ErrorCode::PlaintextTooLong, path, rule.clone()),
        _ => error,
    })
}

/// The most bytes of a path with its query.
const LONGEST_PATH: usize = 8192;

/// A call that the table does not have: its method, path, query and body. `sensitive` names members that travel encrypted, such as `name`
/// or `receivers.name`: those of the query and the body are encrypted for WeChat Pay, those of the reply are decrypted.
#[derive(Clone, Default)]
pub struct Call {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// From the host's root, percent-encoded, without a query.
    pub path: String,
    /// The query.
    pub query: Params<'static>,
    /// The body as JSON text, sent as it is unless something in it is encrypted.
    pub json: Option<String>,
    /// Members that travel encrypted. Of a call with a body, the body or the query must have each of them. Without a body, those that the query
    /// does not have are the reply's alone.
    pub sensitive: Vec<String>,
}

/// Names alone: what is encrypted on the wire is plain here.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let query: Vec<&str> = self.query.iter().map(|(name, _)| &**name).collect();
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &query)
            .field("sensitive", &self.sensitive)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// Checks it, and makes what is sent. `key` encrypts; `None` when there is nothing to encrypt.
    ///
    /// # Errors
    /// `InvalidRequest`.
    pub fn target(&self, key: Option<&VerifyingKey>) -> Result<Target, Error> {
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&self.method.as_str()) {
            return Err(Error::invalid("method", "must be GET, POST, PUT, PATCH or DELETE"));
        }
        let mut path = self.checked_path()?.to_owned();
        for (number, (name, value)) in self.query.iter().enumerate() {
            let text = match value {
                Value::Text(text) => text.to_string(),
                Value::Int(int) => int.to_string(),
                Value::Bool(own) => own.to_string(),
                Value::Time(time) => time.to_rfc3339(),
                Value::Date(day) => day.to_string(),
                _ => {
                    let rule = format!("must be text, an integer or a boolean, not {}", value.type_name());
                    return Err(Error::invalid(format!("query.{name}"), rule));
                }
            };
            check_wide("query", name)?;
            let place = format!("query.{name}");
            check_merchant(name, &text, || place.clone())?;
            // What is encrypted travels as Base64, so its characters are not checked.
            let text = match (self.sensitive.iter().any(|sensitive| sensitive == name), key) {
                (true, Some(key)) => encrypted(&place, &text, key)?,
                (true, None) => text,
                (false, _) => {
                    check_wide(&place, &text)?;
                    text
                }
            };
            path.push(if number == 0 { '?' } else { '&' });
            path.push_str(&form::strict(name));
            path.push('=');
            path.push_str(&form::strict(&text));
        }
        if path.len() > LONGEST_PATH {
            let rule =
                format!("has {} bytes with its query, and {LONGEST_PATH} are the most that are sent", path.len());
            return Err(Error::invalid("path", rule));
        }
        self.check_names()?;
        let Some(text) = &self.json else { return Ok(Target { path, body: None }) };
        if self.method == "GET" {
            return Err(Error::invalid("json", "is for requests with a body: give a GET its fields as query"));
        }
        let mut value: Json = serde_json::from_str(text).map_err(|_| Error::invalid("json", "must be JSON"))?;
        // What is encrypted travels as Base64, so its characters are not checked.
        let mut plain = value.clone();
        self.each_sensitive(&mut plain, &mut |_, text| {
            text.clear();
            Ok(())
        })?;
        check_json("json", &plain)?;
        let Some(key) = key.filter(|_| !self.sensitive.is_empty()) else {
            return Ok(Target { path, body: Some(text.clone()) });
        };
        self.each_sensitive(&mut value, &mut |name, text| {
            *text = encrypted(name, text, key)?;
            Ok(())
        })?;
        Ok(Target { path, body: Some(json::as_written(&value, text)) })
    }

    /// Whether something of the query or the body is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.sensitive.iter().any(|name| self.json.is_some() || self.is_in_query(name))
    }

    fn is_in_query(&self, name: &str) -> bool {
        self.query.iter().any(|(given, _)| given == name)
    }

    fn check_names(&self) -> Result<(), Error> {
        for (number, name) in self.sensitive.iter().enumerate() {
            if name.split('.').any(str::is_empty) {
                let rule =
                    format!("has {name:?}, which is not the name of a member: write it as name or receivers.name");
                return Err(Error::invalid("sensitive", rule));
            }
            if self.sensitive.iter().take(number).any(|earlier| earlier == name) {
                return Err(Error::invalid("sensitive", format!("names {name} twice")));
            }
        }
        Ok(())
    }

    /// Hands the texts of the body that [`Call::sensitive`] names to `take`, each with its name.
    fn each_sensitive(
        &self,
        body: &mut Json,
        take: &mut dyn FnMut(&str, &mut String) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for name in &self.sensitive {
            let parts: Vec<&str> = name.split('.').collect();
            let mut is_found = false;
            at(body, &parts, &mut |text| {
                is_found = true;
                match text {
                    Some(text) => take(name, text),
                    None => {
                        let rule = format!("{name} is not a text in every item: write it as text");
                        Err(Error::invalid("sensitive", rule))
                    }
                }
            })?;
            if !is_found && !self.is_in_query(name) {
                return Err(Error::invalid(
                    "sensitive",
                    format!("names {name}, which is neither in json nor in query"),
                ));
            }
        }
        Ok(())
    }

    fn checked_path(&self) -> Result<&str, Error> {
        let path = &self.path;
        let refused = |rule: &str| Err(Error::invalid("path", rule));
        if !path.starts_with("/v3/") {
            return refused("must be a path of APIv3, such as /v3/pay/transactions/jsapi");
        }
        if path.contains(['?', '#']) {
            return refused("must not have a query: give it as query");
        }
        if path.contains(['{', '}']) {
            return refused("has a placeholder in braces: put the value in its place, percent-encoded");
        }
        // What is signed must be what is sent.
        let is_kept = url::Url::parse(&format!("https://host{path}")).is_ok_and(|url| url.path() == path);
        if !is_kept || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused("has characters that must be percent-encoded, or parts like ..");
        }
        Ok(path)
    }
}

/// WeChat Pay takes neither `null` nor characters of four bytes, and an empty number of a merchant is a mistake. `path` names the document in errors, which name the place in it as
/// `json.items[3].name`.
pub(super) fn check_json(path: &str, value: &Json) -> Result<(), Error> {
    match value {
        Json::Null => Err(Error::invalid(path, "has null, which WeChat Pay does not take: leave the member out")),
        Json::String(text) => check_wide(path, text),
        Json::Array(items) => {
            items.iter().enumerate().try_for_each(|(at, item)| check_part(|| format!("{path}[{at}]"), item))
        }
        Json::Object(members) => members.iter().try_for_each(|(name, member)| {
            check_wide(path, name)?;
            let place = || format!("{path}.{name}");
            if let Json::String(text) = member {
                check_merchant(name, text, place)?;
            }
            check_part(place, member)
        }),
        Json::Bool(_) | Json::Number(_) => Ok(()),
    }
}

/// As [`check_json`], for a part of it. A place is written for an object, a list and a mistake alone.
fn check_part(place: impl Fn() -> String, value: &Json) -> Result<(), Error> {
    match value {
        Json::Bool(_) | Json::Number(_) => Ok(()),
        Json::String(text) if !is_wide(text) => Ok(()),
        _ => check_json(&place(), value),
    }
}

/// Refuses a text with a character of four bytes. `path` names it in errors.
pub(super) fn check_wide(path: &str, text: &str) -> Result<(), Error> {
    let Some(wide) = text.chars().find(|c| c.len_utf8() > 3) else { return Ok(()) };
    let rule = format!("has {wide}, and WeChat Pay takes no character of four bytes in UTF-8, such as an emoji");
    Err(Error::invalid_with_code(ErrorCode::InvalidChar, path, rule))
}

/// Whether a text has a character of four bytes.
fn is_wide(text: &str) -> bool {
    text.bytes().any(|byte| byte >= 0xf0)
}

/// Receives what is at the end of a path of members: a text, or `None` for anything else.
type Take<'a> = &'a mut dyn FnMut(Option<&mut String>) -> Result<(), Error>;

/// Hands what is at a path of members to `take`; a list is walked item by item.
fn at(value: &mut Json, path: &[&str], take: Take<'_>) -> Result<(), Error> {
    match (value, path) {
        (Json::Array(items), _) => items.iter_mut().try_for_each(|item| at(item, path, take)),
        (Json::Object(members), [_, ..]) => at_members(members, path, take),
        (Json::String(text), []) => take(Some(text)),
        _ => take(None),
    }
}

/// The same for an object. A member that is missing is not handed on.
pub(super) fn at_members(members: &mut Map<String, Json>, path: &[&str], take: Take<'_>) -> Result<(), Error> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    members.get_mut(*first).map_or(Ok(()), |member| at(member, rest, take))
}
