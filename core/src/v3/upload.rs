//! Uploads of APIv3 (protocol §13.2): a file and its `meta`, which alone is signed.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::request::{Call, check_json, check_wide};
use crate::crypto::digest::{LOWER, hex};
use crate::error::Error;
use crate::retry::RetryClass;
use crate::wire::multipart::{self, Part};

/// The name of the call, in errors and events.
pub const UPLOAD: &str = "v3.upload";

/// A file to upload. It goes to `/v3/merchant/media/upload`, or to `/v3/merchant/media/video_upload` if its name is a video's, unless
/// [`Upload::path`] says otherwise.
///
/// ```
/// # use wxpaykit::v3::Upload;
/// let licence = Upload::file("scans/licence.jpg");
/// let logo = Upload::bytes("logo.png", b"\x89PNG").path("/v3/marketing/favor/media/image-upload");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    pub(crate) content: Content,
    /// `None` for the name of a file by its path.
    filename: Option<String>,
    path: Option<String>,
    meta: Option<String>,
}

/// Where the bytes of an upload are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// The client reads it.
    File(PathBuf),
}

/// An upload as it is sent.
pub(crate) struct Form {
    /// The path.
    pub(crate) path: String,
    /// The text that is signed in place of the body.
    pub(crate) meta: String,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// A file that WeChat takes, as far as its name tells.
#[derive(Clone)]
pub(crate) struct Checked {
    path: String,
    filename: String,
    format: Format,
    meta: Map<String, Json>,
    is_digested_by_caller: bool,
    /// What the reply must have.
    pub(crate) answers: Option<&'static str>,
    /// The effect of sending it twice: a second copy of the file, or more than that.
    pub(crate) class: RetryClass,
}

/// Names alone: a file may be the photo of an identity card.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("path", &self.path).finish_non_exhaustive()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("path", &self.path).finish_non_exhaustive()
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Upload {
    /// The bytes of a file, with the name that WeChat receives. Its ending says what the file is.
    pub fn bytes(filename: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { content: Content::Bytes(content.into()), filename: Some(filename.into()), path: None, meta: None }
    }

    /// A file of this machine. The client reads it.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { content: Content::File(path.as_ref().to_owned()), filename: None, path: None, meta: None }
    }

    /// Another name than the file has.
    #[must_use]
    pub fn filename(self, filename: impl Into<String>) -> Self {
        Self { filename: Some(filename.into()), ..self }
    }

    /// The path of the call, such as `/v3/marketing/favor/media/image-upload`.
    #[must_use]
    pub fn path(self, path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Further members of `meta` as a JSON object, such as `{"bank_type":"ICBC_CREDIT"}`. `filename` and `sha256` are the client's.
    #[must_use]
    pub fn meta(self, json: impl Into<String>) -> Self {
        Self { meta: Some(json.into()), ..self }
    }

    /// What repeating it does, as far as it is known before it is checked.
    pub(crate) fn class(&self) -> RetryClass {
        self.path.as_deref().map_or(RetryClass::Safe, class_of)
    }

    /// Checks everything but the bytes.
    ///
    /// # Errors
    /// `InvalidRequest` for `filename`, `path` or `meta`.
    pub(crate) fn check(&self) -> Result<Checked, Error> {
        let filename = self.checked_name()?;
        let ending = filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        let path = match &self.path {
            Some(path) => path.clone(),
            None => default_path(&ending)?.to_owned(),
        };
        let call = Call { method: "POST".to_owned(), path: path.clone(), ..Call::default() };
        if path.contains('?') {
            return Err(Error::invalid("path", "must not have a query"));
        }
        call.target(None)?;
        let place = place_of(&path);
        let format = match place.map(|place| place.formats) {
            Some(formats) => {
                let found = formats.iter().find(|format| format.ending == ending);
                *found.ok_or_else(|| Error::invalid("filename", unfit(&path, &ending, formats)))?
            }
            None => {
                let known = PLACES.iter().flat_map(|place| place.formats).find(|format| format.ending == ending);
                let content_type = known.map_or("application/octet-stream", |format| format.content_type);
                Format { ending: "", content_type, most: LARGEST }
            }
        };
        let is_digested_by_caller = place.is_some_and(|place| place.is_digested_by_caller);
        let meta = self.checked_meta(is_digested_by_caller)?;
        for name in place.map_or(&[][..], |place| place.meta) {
            if !meta.contains_key(*name) {
                return Err(Error::invalid("meta", format!("must have {name}: {path} needs it")));
            }
        }
        let (answers, class) = (place.and_then(|place| place.answers), class_of(&path));
        Ok(Checked { path, filename, format, meta, is_digested_by_caller, answers, class })
    }

    fn checked_name(&self) -> Result<String, Error> {
        let refused = |rule: &str| Err(Error::invalid("filename", rule));
        let of_file = || match &self.content {
            Content::File(path) => path.file_name().and_then(|name| name.to_str()).map(str::to_owned),
            Content::Bytes(_) => None,
        };
        let Some(name) = self.filename.clone().or_else(of_file).filter(|name| !name.is_empty()) else {
            return refused("is required: WeChat tells by its ending what the file is, such as logo.png");
        };
        check_wide("filename", &name)?;
        if name.contains(['/', '\\']) {
            return refused("must be the name of the file, without a folder");
        }
        if name.contains('"') || name.chars().any(char::is_control) {
            return refused("must not have quotes or control characters");
        }
        if name.chars().count() > LONGEST_NAME {
            return refused("is longer than 128 characters");
        }
        Ok(name)
    }

    fn checked_meta(&self, is_digested_by_caller: bool) -> Result<Map<String, Json>, Error> {
        let Some(text) = &self.meta else { return Ok(Map::new()) };
        let refused = |rule: &str| Err(Error::invalid("meta", rule));
        let Ok(Json::Object(meta)) = serde_json::from_str(text) else { return refused("must be a JSON object") };
        meta.iter().try_for_each(|(name, value)| {
            check_wide("meta", name)?;
            check_json(&format!("meta.{name}"), value)
        })?;
        if !is_digested_by_caller && ["filename", "sha256"].iter().any(|name| meta.contains_key(*name)) {
            return refused("must not have filename or sha256: the client makes them of the file");
        }
        Ok(meta)
    }
}

impl Checked {
    /// The most bytes that the file may have.
    pub(crate) fn most(&self) -> u64 {
        self.format.most
    }

    /// The error of a file of this many bytes, if it is too large or empty.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), Error> {
        let most = self.format.most;
        match size {
            0 => Err(Error::invalid("file", "is empty")),
            _ if size > most => {
                let rule = format!("has {size} bytes, and {} takes at most {most} of such a file", self.path);
                Err(Error::invalid("file", rule))
            }
            _ => Ok(()),
        }
    }

    /// The request. `boundary` must not be in the file.
    ///
    /// # Errors
    /// `InvalidRequest` for `file`.
    pub(crate) fn form(self, content: &[u8], boundary: &str) -> Result<Form, Error> {
        self.check_size(content.len() as u64)?;
        let meta = if self.is_digested_by_caller {
            self.meta
        } else {
            let sha256 = hex(&Sha256::digest(content), LOWER);
            let own = [("filename", json!(self.filename)), ("sha256", json!(sha256))];
            own.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(self.meta).collect()
        };
        let meta = Json::Object(meta).to_string();
        let parts = [
            Part { name: "meta", filename: None, content_type: "application/json", content: meta.as_bytes() },
            Part { name: "file", filename: Some(&self.filename), content_type: self.format.content_type, content },
        ];
        let body = multipart::write(boundary, &parts);
        Ok(Form { path: self.path, meta, content_type: multipart::content_type(boundary), body })
    }
}

/// Files of one kind.
#[derive(Clone, Copy, Debug)]
struct Format {
    /// The ending of their names, in lower case.
    ending: &'static str,
    content_type: &'static str,
    /// The most bytes.
    most: u64,
}

/// What a path takes.
#[derive(Debug)]
struct Place {
    /// With `{}` for each value.
    path: &'static str,
    formats: &'static [Format],
    /// Members that `meta` must have besides those of the client.
    meta: &'static [&'static str],
    /// Whether `meta` is the caller's alone: its digest is SM3, which this crate does not make.
    is_digested_by_caller: bool,
    /// What the reply has, for a path that keeps the file and does nothing else.
    answers: Option<&'static str>,
}

const MIB: u64 = 1024 * 1024;
/// The most bytes of a file for a path whose bound is not known. No known bound is higher, so a binding reads no more of a stream.
pub const LARGEST: u64 = 32 * MIB;
/// The most characters of a name.
const LONGEST_NAME: usize = 128;
const IMAGES: &str = "/v3/merchant/media/upload";
const VIDEOS: &str = "/v3/merchant/media/video_upload";

const fn format(ending: &'static str, content_type: &'static str, most: u64) -> Format {
    Format { ending, content_type, most }
}

const SMALL_IMAGES: &[Format] =
    &[format("jpg", "image/jpeg", 2 * MIB), format("bmp", "image/bmp", 2 * MIB), format("png", "image/png", 2 * MIB)];
const INVOICES: &[Format] = &[format("pdf", "application/pdf", 2 * MIB), format("ofd", "application/ofd", 2 * MIB)];

static PLACES: &[Place] = &[
    Place {
        path: IMAGES,
        formats: &[
            format("jpg", "image/jpeg", 5 * MIB),
            format("bmp", "image/bmp", 5 * MIB),
            format("png", "image/png", 5 * MIB),
            format("pdf", "application/pdf", 15 * MIB / 2),
        ],
        meta: &[],
        is_digested_by_caller: false,
        answers: Some("media_id"),
    },
    Place {
        path: VIDEOS,
        formats: &[
            format("avi", "video/x-msvideo", 5 * MIB),
            format("wmv", "video/x-ms-wmv", 5 * MIB),
            format("mpeg", "video/mpeg", 5 * MIB),
            format("mp4", "video/mp4", 5 * MIB),
            format("mov", "video/quicktime", 5 * MIB),
            format("mkv", "video/x-matroska", 5 * MIB),
            format("flv", "video/x-flv", 5 * MIB),
            format("f4v", "video/x-f4v", 5 * MIB),
            format("m4v", "video/x-m4v", 5 * MIB),
            format("rmvb", "application/vnd.rn-realmedia-vbr", 5 * MIB),
        ],
        meta: &[],
        is_digested_by_caller: false,
        answers: Some("media_id"),
    },
    Place {
        path: "/v3/marketing/favor/media/image-upload",
        formats: SMALL_IMAGES,
        meta: &[],
        is_digested_by_caller: false,
        answers: Some("media_url"),
    },
    Place {
        path: "/v3/merchant-service/images/upload",
        formats: SMALL_IMAGES,
        meta: &[],
        is_digested_by_caller: false,
        answers: Some("media_id"),
    },
    Place {
        path: "/v3/marketing/bank/packages/{}/tasks",
        formats: &[format("csv", "text/csv", LARGEST)],
        meta: &["bank_type"],
        is_digested_by_caller: false,
        answers: None,
    },
    Place {
        path: "/v3/new-tax-control-fapiao/fapiao-applications/upload-fapiao-file",
        formats: INVOICES,
        meta: &["file_type", "digest_alogrithm", "digest"],
        is_digested_by_caller: true,
        answers: None,
    },
    Place {
        path: "/v3/taxi-invoice/cards/upload-file",
        formats: INVOICES,
        meta: &["file_type", "digest_alogrithm", "digest"],
        is_digested_by_caller: true,
        answers: None,
    },
];

fn place_of(path: &str) -> Option<&'static Place> {
    let fits = |template: &str| {
        let (template, given) = (template.split('/'), path.split('/'));
        template.clone().count() == given.clone().count()
            && template.zip(given).all(|(part, given)| part == given || (part == "{}" && !given.is_empty()))
    };
    PLACES.iter().find(|place| fits(place.path))
}

/// Paths that keep the file and do nothing else may receive it twice.
fn class_of(path: &str) -> RetryClass {
    match place_of(path).and_then(|place| place.answers) {
        Some(_) => RetryClass::Safe,
        None => RetryClass::QueryFirst,
    }
}

/// Where a file of this ending goes unless the caller says otherwise.
fn default_path(ending: &str) -> Result<&'static str, Error> {
    let takes =
        |path: &str| place_of(path).is_some_and(|place| place.formats.iter().any(|format| format.ending == ending));
    [IMAGES, VIDEOS].into_iter().find(|path| takes(path)).ok_or_else(|| {
        let formats: Vec<Format> = [IMAGES, VIDEOS]
            .iter()
            .filter_map(|path| place_of(path))
            .flat_map(|place| place.formats)
            .copied()
            .collect();
        Error::invalid("filename", unfit("WeChat", ending, &formats))
    })
}

fn unfit(who: &str, ending: &str, formats: &[Format]) -> String {
    let endings: Vec<String> = formats.iter().map(|format| format!(".{}", format.ending)).collect();
    let hint = match ending {
        "jpeg" if endings.iter().any(|ending| ending == ".jpg") => "; write .jpg for .jpeg",
        _ => "",
    };
    format!("must end with {}, which is what {who} takes{hint}", endings.join(", "))
}
