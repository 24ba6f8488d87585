//! The emulated clock.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::parse;
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::wechat::passing;
use crate::world::clock::{Millis, seconds};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockForm {
    advance_s: Option<i64>,
    freeze: Option<bool>,
    #[serde(default)]
    reset: bool,
}

pub(super) async fn set(app: &Arc<App>, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: ClockForm = parse(body)?;
    if wanted.advance_s.is_none() && wanted.freeze.is_none() && !wanted.reset {
        return Err(bad("send advance_s, freeze or reset"));
    }
    let by = wanted.advance_s.map(u32::try_from).transpose();
    let by = by.map_err(|_| {
        bad("advance_s is a number of seconds from 0 on: the clock goes back to this machine's time only, by {\"reset\": true}")
    })?;
    if wanted.reset {
        passing::reset(app).await;
    }
    if let Some(frozen) = wanted.freeze {
        app.clock.freeze(frozen);
        app.state().agenda.wake();
    }
    let ran = match by {
        Some(by) => passing::advance(app, Millis::from(by) * 1000).await,
        None => 0,
    };
    app.save_clock();
    Ok(json!({ "now": seconds(app.clock.now()), "ran": ran }))
}
