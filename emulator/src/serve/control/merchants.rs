//! What merchants have: balances, keys of APIv3, and the third-party platform.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::parse;
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::world::component::{COMPONENT_APPID, COMPONENT_SECRET, COMPONENT_TICKET};
use crate::world::platform_keys::{MerchantKeys, Rotation, public_key_id};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Balance {
    mch_id: String,
    fen: Option<u64>,
}

pub(super) fn balances(app: &App) -> Value {
    let state = app.state();
    let set = app.registry.iter().filter_map(|merchant| {
        let fen = state.balances.of(&merchant.mch_id)?;
        Some((merchant.mch_id.clone(), fen.into()))
    });
    Value::Object(set.collect())
}

pub(super) fn set_balance(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let Balance { mch_id, fen } = parse(body)?;
    if app.registry.by_mch(&mch_id).is_none() {
        return Err(ControlError(StatusCode::NOT_FOUND, format!("there is no merchant {mch_id}")));
    }
    app.state().balances.set(mch_id, fen);
    Ok(balances(app))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct V3Keys {
    mch_id: Option<String>,
    keys: Option<MerchantKeys>,
    rotation: Option<Rotation>,
}

/// The keys of APIv3: how far the rotation is, and what each merchant has.
pub(super) fn v3_keys(app: &App) -> Value {
    let state = app.state();
    let listed: Vec<&str> =
        app.platform_keys.listed(state.rotation()).map(|(_, certificate)| certificate.serial_no.as_str()).collect();
    let merchants = app.registry.iter().map(|merchant| (merchant.mch_id.clone(), json!(state.keys_of(merchant))));
    let ids = app.registry.iter().map(|merchant| (merchant.mch_id.clone(), public_key_id(&merchant.mch_id).into()));
    json!({
        "rotation": state.rotation(),
        "serial_nos": listed,
        "merchants": Value::Object(merchants.collect()),
        "public_key_ids": Value::Object(ids.collect()),
    })
}

pub(super) fn set_v3_keys(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: V3Keys = parse(body)?;
    let pair = match (wanted.mch_id, wanted.keys) {
        (Some(mch_id), Some(keys)) => Some((mch_id, keys)),
        (None, None) if wanted.rotation.is_some() => None,
        _ => return Err(bad("send mch_id with keys, or rotation")),
    };
    if pair.as_ref().is_some_and(|(_, keys)| !keys.is_valid()) {
        return Err(bad("share must be a number from 0 to 1"));
    }
    if let Some((mch_id, _)) = pair.as_ref().filter(|(mch_id, _)| app.registry.by_mch(mch_id).is_none()) {
        return Err(ControlError(StatusCode::NOT_FOUND, format!("there is no merchant {mch_id}")));
    }
    let mut state = app.state();
    if let Some((mch_id, keys)) = pair {
        state.merchant_keys.insert(mch_id, keys);
    }
    if let Some(stage) = wanted.rotation {
        state.rotate(stage, app.clock.of_machine());
    }
    drop(state);
    Ok(v3_keys(app))
}

/// The third-party platform that all accounts have authorised, and its ticket.
pub(super) fn component() -> Value {
    json!({
        "component_appid": COMPONENT_APPID,
        "component_appsecret": COMPONENT_SECRET,
        "component_verify_ticket": COMPONENT_TICKET,
    })
}
