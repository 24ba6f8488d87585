//! An HTTP message as a person saved it: the output of `curl -v`, a proxy's log, the developer tools of a browser.

use httparse::{EMPTY_HEADER, Request, Response, Status};

/// A request, a reply or a notification of APIv3.
pub(crate) struct Message {
    /// The method and the path or URL, unless it is a reply.
    pub(crate) target: Option<(String, String)>,
    /// All headers, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// All that follows the empty line, byte for byte. `None` for a request of `curl -v` that has a body, which curl does not show.
    pub(crate) body: Option<Vec<u8>>,
    /// The body of the reply to the request, where the text has both.
    pub(crate) reply: Option<Vec<u8>>,
}

/// The most headers that a message may have.
const HEADERS: usize = 256;
const BOM: &[u8] = b"\xef\xbb\xbf";
/// The beginnings of the lines with which `curl -v` ends. They may follow a body without an end of line.
const CURL_ENDS: [&[u8]; 3] = [b"* Connection #", b"* Closing connection", b"* closing connection"];

/// A text that looks like a message and cannot be read.
pub(crate) struct Unreadable;

/// Reads a message from its start line on. `None` for a text that does not look like one.
///
/// # Errors
/// It looks like a message and cannot be read.
pub(crate) fn message(bytes: &[u8]) -> Result<Option<Message>, Unreadable> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
    let read = match () {
        () if is_curl(bytes) => of_curl(bytes),
        () if is_start_line(first_line(bytes)) => plain(bytes),
        () => return Ok(None),
    };
    read.map(Some).ok_or(Unreadable)
}

fn plain(bytes: &[u8]) -> Option<Message> {
    let start = first_line(bytes);
    let rest = bytes.get(start.len()..)?;
    // The parser knows HTTP/1 alone.
    let at = start.windows(5).rposition(|part| part == b"HTTP/")?;
    let (before, version) = start.split_at_checked(at)?;
    let after = version.iter().position(u8::is_ascii_whitespace).and_then(|end| version.get(end..)).unwrap_or_default();
    let (rest, wrapped) = unwrapped(rest);
    let bytes = [before, b"HTTP/1.1", after, &rest].concat();
    let mut headers = [EMPTY_HEADER; HEADERS];
    let (target, head, end) = if before.is_empty() {
        let mut reply = Response::new(&mut headers);
        let Status::Complete(end) = reply.parse(&bytes).ok()? else { return None };
        (None, reply.headers, end)
    } else {
        let mut request = Request::new(&mut headers);
        let Status::Complete(end) = request.parse(&bytes).ok()? else { return None };
        (Some((request.method?.to_owned(), request.path?.to_owned())), request.headers, end)
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let mut headers: Vec<_> = head.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    for (at, line) in wrapped {
        let (_, value) = headers.get_mut(at)?;
        value.push('\n');
        value.push_str(&text(&line));
    }
    Some(Message { target, headers, body: Some(bytes.get(end..)?.to_vec()), reply: None })
}

/// All that stands behind the start line, without the lines that go on with the value of the header before them, and those lines, each with the
/// place of its header: the parser takes none, and such a header is a mistake to be named. They are a header's value that begins with a blank,
/// or a long signature of which each line has but a part.
fn unwrapped(rest: &[u8]) -> (Vec<u8>, Vec<(usize, Vec<u8>)>) {
    let (mut kept, mut wrapped, mut headers) = (Vec::with_capacity(rest.len()), Vec::new(), 0_usize);
    let mut lines = rest.split_inclusive(|byte| *byte == b'\n');
    // The end of the start line.
    kept.extend_from_slice(lines.next().unwrap_or_default());
    let mut is_head = true;
    for line in lines {
        let text = line.trim_ascii_end();
        is_head &= !text.is_empty();
        match headers.checked_sub(1).filter(|_| is_head && goes_on(text)) {
            Some(at) => wrapped.push((at, text.trim_ascii().to_vec())),
            None => {
                headers += usize::from(is_head);
                kept.extend_from_slice(line);
            }
        }
    }
    (kept, wrapped)
}

/// Whether a line goes on with the value of a header: it begins with a blank, or it is of Base64 or of the members of `Authorization`, and has
/// no name.
fn goes_on(line: &[u8]) -> bool {
    let of_value = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_\",-".contains(byte);
    line.first().is_some_and(u8::is_ascii_whitespace) || line.iter().all(of_value)
}

/// Reads the last request and the last reply of `curl -v`. The reply is the message if WeChat Pay signed it or there is no request.
fn of_curl(bytes: &[u8]) -> Option<Message> {
    let (mut request, mut reply, mut body) = (Vec::new(), Vec::new(), Vec::new());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        match text.split_first() {
            Some((b'>', head)) => add(&mut request, head.trim_ascii_start()),
            Some((b'<', head)) if head.first().is_none_or(|byte| *byte == b' ') => {
                add(&mut reply, head.trim_ascii_start());
                body.clear();
            }
            _ if is_remark(text) => {}
            _ => body.extend_from_slice(line),
        }
    }
    let end = CURL_ENDS.iter().filter_map(|end| body.windows(end.len()).rposition(|part| part == *end)).min();
    body.truncate(end.unwrap_or(body.len()));
    let request = (!request.is_empty()).then(|| plain(&ended(request)));
    let reply = (!reply.is_empty()).then(|| plain(&ended(reply)));
    match (request, reply) {
        (Some(request), None) => request.map(|request| {
            let is_hidden = body.is_empty() && has_body(&request);
            Message { body: (!is_hidden).then_some(body), ..request }
        }),
        (None, Some(reply)) => reply.map(|reply| Message { body: Some(body), ..reply }),
        (Some(request), Some(reply)) => {
            let (request, reply) = (request?, reply?);
            let is_signed = reply.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Wechatpay-Signature"));
            if is_signed {
                return Some(Message { body: Some(body), ..reply });
            }
            let own = (!has_body(&request)).then(Vec::new);
            Some(Message { body: own, reply: Some(body), ..request })
        }
        (None, None) => None,
    }
}

/// Whether a request was sent with a body, by its head.
fn has_body(request: &Message) -> bool {
    let length = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Length"));
    match length {
        Some((_, length)) => length.trim() != "0",
        None => request.target.as_ref().is_some_and(|(method, _)| method == "POST"),
    }
}

/// Adds a line to a head. A start line begins the head of the next message.
fn add(head: &mut Vec<u8>, line: &[u8]) {
    if is_start_line(line) {
        head.clear();
    }
    head.extend_from_slice(line);
    head.extend_from_slice(b"\r\n");
}

/// A head with its empty line at the end.
fn ended(mut head: Vec<u8>) -> Vec<u8> {
    if !head.ends_with(b"\r\n\r\n") {
        head.extend_from_slice(b"\r\n");
    }
    head
}

/// Whether a line is curl's own: a remark, an error, a count of bytes, or how far a download is.
fn is_remark(line: &[u8]) -> bool {
    let is_count = line.starts_with(b"{ [") || line.starts_with(b"} [");
    let has = |part: &[u8]| line.windows(part.len()).any(|own| own == part);
    line.starts_with(b"* ")
        || line == b"*"
        || line.starts_with(b"curl: (")
        || (is_count && line.ends_with(b" data]"))
        || has(b"--:--:--")
        || has(b"% Total")
        || has(b"Dload  Upload")
}

/// Whether a text is the output of `curl -v`: it begins with lines of curl's, and one of them is a start line.
fn is_curl(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let own = lines.take_while(|line| is_remark(line) || matches!(line.first(), None | Some(b'>' | b'<')));
    own.filter_map(|line| line.strip_prefix(b"> ").or_else(|| line.strip_prefix(b"< "))).any(is_start_line)
}

/// `POST /v3/pay/transactions/jsapi HTTP/1.1`, `HTTP/1.1 200 OK`, `HTTP/2 200`.
fn is_start_line(line: &[u8]) -> bool {
    let words: Vec<&[u8]> = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    match *words {
        [version, status, ..] if version.starts_with(b"HTTP/") => status.iter().all(u8::is_ascii_digit),
        [method, _, version] => version.starts_with(b"HTTP/") && method.iter().all(u8::is_ascii_uppercase),
        _ => false,
    }
}

/// The first line, without its end.
fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default()
}
