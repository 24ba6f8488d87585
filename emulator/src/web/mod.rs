//! Pages for people, served beside what WeChat's hosts serve.

mod explain;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

pub(crate) fn router() -> Router<Arc<App>> {
    explain::router()
}
