//! `/tools/shorturl`, `/payitil/report` and the old sandbox's `getsignkey` (protocol §3.12, §3.13, §3.15).

use std::sync::Arc;

use wxpaykit::Fields;

use super::verdict::{Caller, Refusal, Verdict};
use crate::app::App;

/// Shortens the text of a permanent code. The short one is scanned as the long one is.
pub(crate) fn shorturl(app: &App, _: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let long_url = fields.get("long_url").unwrap_or_default();
    let mut state = app.state();
    let mut short_url = app.ids.short_url();
    // Two equal ones are unlikely; then another one is drawn.
    while state.short_urls.get(&short_url).is_some() {
        short_url = app.ids.short_url();
    }
    state.short_urls.insert(short_url.clone(), long_url.to_owned());
    Ok(Verdict::Success(vec![("short_url".into(), short_url.into())]))
}

pub(crate) fn report(_: &App, _: &Caller<'_>, _: &Arc<Fields>) -> Result<Verdict, Refusal> {
    Ok(Verdict::Success(Vec::new()))
}

/// A key as the sandbox gave it. No sandbox is here to use it with.
pub(crate) fn getsignkey(app: &App, _: &Caller<'_>, _: &Arc<Fields>) -> Result<Verdict, Refusal> {
    Ok(Verdict::Success(vec![("sandbox_signkey".into(), app.ids.long_nonce().into())]))
}
