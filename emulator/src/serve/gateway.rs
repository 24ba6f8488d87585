//! The server in front of WeChat: bodies, and its own error pages.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use wxpaykit::doctor::Language;

use super::{control_words, unserved};
use crate::app::App;
use crate::journal::{Entry, Explanation, Note};

/// Upper bound of a body, in bytes.
const MAX_BODY: usize = 1 << 20;
/// The same for an upload.
const MAX_UPLOAD: usize = 16 << 20;
/// How long a body may take to arrive.
const BODY_LIMIT: Duration = Duration::from_secs(30);

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// Larger than 1 MiB.
    TooLarge,
    /// Larger than any upload: 16 MiB.
    TooLargeUpload,
    /// It ended early, or its chunks are malformed.
    CutShort,
    /// It did not arrive in time.
    TooSlow,
}

impl BodyError {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge | Self::TooLargeUpload => StatusCode::PAYLOAD_TOO_LARGE,
            Self::CutShort => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::TooLarge => "the body is larger than 1 MiB",
            Self::TooLargeUpload => "the body is larger than 16 MiB",
            Self::CutShort => "the body ended before its Content-Length, or its chunks are malformed",
            Self::TooSlow => "the body did not arrive within 30 seconds",
        }
    }

    pub(super) fn chinese(self) -> &'static str {
        match self {
            Self::TooLarge => "请求体超过 1 MiB",
            Self::TooLargeUpload => "请求体超过 16 MiB",
            Self::CutShort => "请求体短于 Content-Length，或分块格式不对",
            Self::TooSlow => "请求体没有在 30 秒内到达",
        }
    }

    /// The gateway's page.
    pub(super) fn page(self) -> Response {
        page(
            self.status(),
            match self {
                Self::TooLarge | Self::TooLargeUpload => "413 Request Entity Too Large",
                Self::CutShort => "400 Bad Request",
                Self::TooSlow => "408 Request Time-out",
            },
        )
    }

    /// The journal's entry.
    pub(super) fn note(self) -> Note {
        let explanation = Explanation::detail(self.words()).in_chinese(self.chinese());
        Note::outcome(format!("http:{}", self.status().as_u16())).explained(Some(explanation))
    }
}

/// The whole body of a request.
pub(super) async fn body<B>(request: hyper::Request<B>) -> Result<Bytes, BodyError>
where
    B: hyper::body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    limited(request, MAX_BODY, BodyError::TooLarge).await
}

/// The same for a request that may have a file.
pub(super) async fn upload<B>(request: hyper::Request<B>) -> Result<Bytes, BodyError>
where
    B: hyper::body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    limited(request, MAX_UPLOAD, BodyError::TooLargeUpload).await
}

async fn limited<B>(request: hyper::Request<B>, most: usize, too_large: BodyError) -> Result<Bytes, BodyError>
where
    B: hyper::body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let whole = Limited::new(request.into_body(), most).collect();
    match tokio::time::timeout(BODY_LIMIT, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large),
        Ok(Err(_)) => Err(BodyError::CutShort),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// The answer to a path that is not served. The journal says what the path is.
pub(super) async fn unknown(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let path = request.uri().path();
    // Browsers ask for it by themselves.
    if path == "/favicon.ico" {
        return page(StatusCode::NOT_FOUND, "404 Not Found");
    }
    let explanation = unserved::explained(&app.registry, path);
    let path = app.registry.redact(path.chars().take(200).collect());
    app.journal.write(Entry {
        at: app.clock.now(),
        peer,
        method: request.method().clone(),
        path: path.into(),
        status: StatusCode::NOT_FOUND.as_u16(),
        note: Note::outcome("http:404").explained(Some(explanation)),
    });
    page(StatusCode::NOT_FOUND, "404 Not Found")
}

/// The answer to a fault header that is not understood.
pub(super) fn bad_header(why: &str, language: Language) -> Response {
    let chinese = control_words::chinese(why).filter(|_| language == Language::Chinese);
    (StatusCode::BAD_REQUEST, format!("X-Emulator-Fault: {}\n", chinese.as_deref().unwrap_or(why))).into_response()
}

/// The page for a client without a certificate, or with one that is not valid (protocol §8.2).
pub(super) fn certificate_page(words: &str) -> Response {
    let page = titled(&format!("400 {words}"), "400 Bad Request", &format!("<center>{words}</center>\n"));
    // Captured with these line ends.
    served(StatusCode::BAD_REQUEST, page.replace('\n', "\r\n"))
}

/// An error page.
pub(super) fn page(status: StatusCode, title: &str) -> Response {
    served(status, titled(title, title, ""))
}

fn titled(title: &str, heading: &str, words: &str) -> String {
    format!(
        "<html>\n<head><title>{title}</title></head>\n<body bgcolor=\"white\">\n<center><h1>{heading}</h1></center>\n\
         {words}<hr><center>nginx</center>\n</body>\n</html>\n"
    )
}

fn served(status: StatusCode, page: String) -> Response {
    (status, [(header::SERVER, "nginx")], Html(page)).into_response()
}
