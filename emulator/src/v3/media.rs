//! The rows of uploads (protocol v3 §13.2).

use serde_json::{Value, json};

use super::rules::{Row, Success, ValidRequest, row};
use super::schema::{Member, text};
use crate::app::App;
use crate::wechat::media::{self, COUPON_IMAGES, IMAGES, Rule, VIDEOS};
use crate::wechat::v3_error::V3Error;

const META: &[Member] = &[text("filename", "文件名称", 128).required(), text("sha256", "文件摘要", 64).required()];

const fn upload(path: &'static str, behaviour: fn(&App, &ValidRequest<'_>) -> Result<Success, V3Error>) -> Row {
    Row { body: Some(META), own_mch_id: &[], is_upload: true, ..row("POST", path, behaviour) }
}

pub(super) const UPLOAD: Row =
    upload("/v3/merchant/media/upload", |app, asked| named(asked, IMAGES, || app.ids.media_id()));

pub(super) const VIDEO: Row =
    upload("/v3/merchant/media/video_upload", |app, asked| named(asked, VIDEOS, || app.ids.media_id()));

pub(super) const COMPLAINT_IMAGE: Row =
    upload("/v3/merchant-service/images/upload", |app, asked| named(asked, COUPON_IMAGES, || app.ids.media_id()));

pub(super) const COUPON_IMAGE: Row = upload("/v3/marketing/favor/media/image-upload", |app, asked| {
    take(asked, COUPON_IMAGES).map(|()| Success::Json(json!({ "media_url": app.ids.media_url() })))
});

fn named(asked: &ValidRequest<'_>, rules: &[Rule], id: impl FnOnce() -> String) -> Result<Success, V3Error> {
    take(asked, rules)?;
    Ok(Success::Json(json!({ "media_id": id() })))
}

fn take(asked: &ValidRequest<'_>, rules: &[Rule]) -> Result<(), V3Error> {
    let meta = |name: &str| asked.body.get(name).and_then(Value::as_str).unwrap_or_default();
    let content = asked.file.as_ref().map(|file| (file.name.as_str(), file.content.as_slice()));
    media::take(content.unwrap_or_default(), meta("filename"), meta("sha256"), rules)
}
