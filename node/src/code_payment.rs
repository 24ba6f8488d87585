//! A payment by code in progress: what the facade runs step by step.

use std::time::Duration;

use napi_derive::napi;
use serde_json::{Value, json};
use wxpaykit::binding::language::language;
use wxpaykit::doctor::Language;
use wxpaykit::{CodePayment as Core, CodeProgress, CodeResult, Error};

use crate::error::to_json;
use crate::frame::Frame;

/// A payment by code. The facade runs its steps as calls; `giveUp` may be called meanwhile.
#[napi]
pub struct CodePayment(pub(crate) Core);

#[napi]
impl CodePayment {
    /// The call that charges the code.
    #[napi(getter, catch_unwind)]
    pub fn endpoint(&self) -> &'static str {
        self.0.endpoint().name
    }

    #[napi(catch_unwind)]
    pub fn give_up(&self) {
        self.0.give_up();
    }
}

impl CodePayment {
    pub(crate) fn core(&self) -> Core {
        self.0.clone()
    }
}

/// The progress as JSON.
pub(crate) fn progress(progress: &CodeProgress) -> Frame {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Frame::of_json(&json!({
        "stage": progress.stage.as_str(),
        "trade_state": progress.trade_state,
        "elapsed": ms(progress.elapsed),
        "left": ms(progress.left),
        "error": progress.error.as_ref().map(failure),
    }))
}

/// A result that is not a payment as JSON.
pub(crate) fn ended(result: &CodeResult) -> Frame {
    Frame::of_json(&json!({
        "state": result.as_str(),
        "trade_state": result.trade_state(),
        "error": result.error().map(failure),
        "advice": result.advice(language()),
        "advice_zh": result.advice(Language::Chinese),
    }))
}

fn failure(error: &Error) -> Value {
    serde_json::from_str(&to_json(error)).unwrap_or_default()
}
