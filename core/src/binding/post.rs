//! Posts a test notification to a shop, as WeChat posts a real one.

use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};

use crate::error::Error;
use crate::hosts::absolute_url;
use crate::transport::{Limits, Reqwest, Transport};

/// WeChat takes no answer that comes later.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const MOST: usize = 64 * 1024;

/// Posts a document once, with its headers. Gives the HTTP status and the body of the answer.
///
/// # Errors
/// `InvalidRequest` for a URL that is not absolute, or for a header that HTTP cannot carry; `Transport` when there is no answer within five
/// seconds.
pub async fn post(url: &str, headers: &[(&'static str, String)], body: String) -> Result<(u16, Vec<u8>), Error> {
    absolute_url("to", url)?;
    let uri: http::Uri = url.parse().map_err(|_| Error::invalid("to", "must be an absolute http or https URL"))?;
    // The shop is often on this machine, where no proxy knows the way; and one that is not is reached as WeChat reaches it.
    let transport = Reqwest::new(&Limits::default(), concat!("wxpaykit/", env!("CARGO_PKG_VERSION")), false)?;
    let mut request = http::Request::new(Bytes::from(body));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = uri;
    for (name, value) in headers {
        let unfit = |_| Error::invalid(*name, "has characters that a header of HTTP cannot have");
        let value = HeaderValue::from_str(value).map_err(unfit)?;
        request.headers_mut().insert(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| Error::invalid(*name, "is not a valid header name"))?,
            value,
        );
    }
    let failed = |failure: crate::transport::Failure| {
        let error = Error::transport(failure.code, failure.outcome, None, failure.reason);
        match failure.source {
            Some(source) => error.because(source),
            None => error,
        }
    };
    let answer = transport.send(request, PATIENCE.into()).await.map_err(failed)?;
    let status = answer.status().as_u16();
    Ok((status, answer.into_body().collect(MOST).await.map_err(failed)?.to_vec()))
}
