//! One run of the command: its language, what it prints, and the secrets that no text shows.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};
use wxpaykit::binding::display;
use wxpaykit::binding::warning::{Warning, Warnings};
use wxpaykit::client::is_path;
use wxpaykit::doctor::Language;
use wxpaykit::error::Detail;
use wxpaykit::redact::Known;
use wxpaykit::{Error, Secret};

use crate::io::{Io, read, write};
use crate::status::{DONE, NO, Stop};

/// One run.
pub(crate) struct Session<'a> {
    pub(crate) io: Io<'a>,
    pub(crate) language: Language,
    /// Whether results are JSON.
    pub(crate) json: bool,
    colours: Colours,
    progress: Line,
    secrets: Vec<Secret>,
    /// The same, with all that they are written as.
    known: Known,
    /// The first error of standard output. Nothing is written there after it.
    broken: Option<std::io::Error>,
    /// Made by the first call. One for the whole run: a bill is read from its connection by several calls of [`Session::wait`].
    runtime: Option<Runtime>,
}

/// Which streams take colours.
#[derive(Clone, Copy)]
struct Colours {
    out: bool,
    err: bool,
}

/// The line of progress, at the end of standard error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// The stream takes none.
    Never,
    Hidden,
    Shown,
}

/// The colour of a text, where the terminal has colours.
#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Green,
    Red,
    Yellow,
    Dim,
    Bold,
}

/// The largest document that is read.
pub(crate) const LARGEST: usize = 1 << 20;

impl<'a> Session<'a> {
    /// The language and the form of the output are read here, before the rest of the command line: errors in it have them too.
    pub(crate) fn new(io: Io<'a>, args: &[OsString]) -> Self {
        let args: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--").collect();
        let value = |name: &str| {
            let after = args.iter().position(|arg| *arg == name).and_then(|at| args.get(at + 1));
            let joined = args.iter().find_map(|arg| arg.strip_prefix(name)?.strip_prefix('='));
            joined.or(after.copied())
        };
        let variables = Language::VARIABLES.map(|name| (io.environment)(name));
        let language = match value("--lang") {
            Some(tag @ ("en" | "zh")) => Language::of_tag(tag),
            // A wrong value is refused in the language of the environment.
            _ => Language::chosen(variables.iter().map(Option::as_deref)),
        };
        let variable = |name: &str| (io.environment)(name).filter(|value| !value.is_empty());
        let dull = variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb");
        let colours = match value("--color") {
            Some("always") => Colours { out: true, err: true },
            Some("never") => Colours { out: false, err: false },
            _ => Colours { out: io.terminals.out && !dull, err: io.terminals.err && !dull },
        };
        let json = args.contains(&"--json");
        let has_progress = io.terminals.err && !json && (io.environment)("TERM").is_none_or(|term| term != "dumb");
        let progress = if has_progress { Line::Hidden } else { Line::Never };
        Self {
            json,
            io,
            language,
            colours,
            progress,
            secrets: Vec::new(),
            known: Known::default(),
            broken: None,
            runtime: None,
        }
    }

    /// The one of two texts that is in the session's language.
    pub(crate) fn pick(&self, english: &'static str, chinese: &'static str) -> &'static str {
        self.language.pick(english, chinese)
    }

    /// No text of this session shows it from now on.
    pub(crate) fn hide(&mut self, secret: &str) {
        // Shorter ones are in other words; they are no keys either.
        if secret.len() >= 8 {
            self.secrets.push(Secret::new(secret));
            self.known = Known::new(self.secrets.iter().map(Secret::expose));
        }
    }

    /// Prints a line of the result.
    pub(crate) fn print(&mut self, text: &str) {
        self.print_with(text, "\n");
    }

    /// Prints a message that is signed: a line feed behind it, which only a terminal gets, would be part of it.
    pub(crate) fn print_signed(&mut self, text: &str) {
        self.print_with(text, if self.io.terminals.out { "\n" } else { "" });
    }

    fn print_with(&mut self, text: &str, end: &str) {
        if self.is_broken() {
            return;
        }
        if self.io.terminals.out {
            self.clear_progress();
        }
        let text = format!("{}{end}", self.masked(text));
        self.broken = write(self.io.out, &text).err();
    }

    /// Whether standard output takes no more, so that a long result need not be fetched to its end.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Prints a result for programs.
    pub(crate) fn print_json(&mut self, value: &Value) {
        self.print(&display::json_text(&format!("{value:#}")));
    }

    /// The width of the terminal.
    pub(crate) fn width(&self) -> usize {
        let variable = || (self.io.environment)("COLUMNS")?.parse().ok().filter(|columns| *columns > 0);
        self.io.terminals.columns.or_else(variable).unwrap_or(80).into()
    }

    /// Shows how far a command is, in place of the line before. Standard error has it, if it is a terminal; the next text removes it.
    pub(crate) fn show_progress(&mut self, line: &str) {
        if self.progress != Line::Never {
            self.progress = Line::Shown;
            let _ = write(self.io.err, &format!("\r{line}\u{1b}[K"));
        }
    }

    fn clear_progress(&mut self) {
        if self.progress == Line::Shown {
            self.progress = Line::Hidden;
            let _ = write(self.io.err, "\r\u{1b}[K");
        }
    }

    /// Prints a remark, beside the result.
    pub(crate) fn remark(&mut self, text: &str) {
        self.clear_progress();
        let text = format!("{}\n", self.masked(text));
        // An error of standard error cannot be told anywhere else.
        let _ = write(self.io.err, &text);
    }

    /// A text in a colour, for the result.
    pub(crate) fn paint(&self, colour: Colour, text: &str) -> String {
        painted(self.colours.out, colour, text)
    }

    /// Whether results have colours.
    pub(crate) fn has_colours(&self) -> bool {
        self.colours.out
    }

    /// Standard input, to its end.
    pub(crate) fn standard_input(&mut self) -> Result<Vec<u8>, Stop> {
        match read(self.io.input, LARGEST) {
            Ok(content) => self.of_size("-", content),
            Err(error) => {
                let text = self.pick("standard input cannot be read", "无法读取标准输入");
                Err(Stop::Wrong(format!("{text}{}{error}", self.colon())))
            }
        }
    }

    /// What stands between a label and its text.
    pub(crate) fn colon(&self) -> &'static str {
        self.pick(": ", "：")
    }

    /// A text in brackets, behind another one.
    pub(crate) fn in_brackets(&self, text: &str) -> String {
        match self.language {
            Language::English => format!(" ({text})"),
            Language::Chinese => format!("（{text}）"),
        }
    }

    /// What a file has.
    pub(crate) fn file(&self, path: &str) -> Result<Vec<u8>, Stop> {
        let content = std::fs::File::open(path).and_then(|mut file| read(&mut file, LARGEST));
        match content {
            Ok(content) => self.of_size(path, content),
            Err(error) => {
                let text = self.pick("the file cannot be read", "无法读取文件");
                let why = match (error.kind(), self.language) {
                    (ErrorKind::NotFound, Language::Chinese) => "没有这个文件".to_owned(),
                    (ErrorKind::PermissionDenied, Language::Chinese) => "没有权限".to_owned(),
                    (ErrorKind::IsADirectory, Language::Chinese) => "这是一个目录".to_owned(),
                    _ => error.to_string(),
                };
                let colon = self.colon();
                Err(Stop::Wrong(format!("{text}{colon}{}{colon}{why}", self.named(path))))
            }
        }
    }

    /// How an error names a file. A text that may be a secret in the place of a path is not shown.
    pub(crate) fn named<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if is_path(path) || path == "-" {
            return display::clean(path);
        }
        let text = self.pick(
            "(its name is not shown: without / and . it may be a secret)",
            "（不显示文件名：没有 / 和 .，可能是密钥）",
        );
        text.into()
    }

    fn of_size(&self, path: &str, content: Vec<u8>) -> Result<Vec<u8>, Stop> {
        if content.len() <= LARGEST {
            return Ok(content);
        }
        let text = self.pick("is larger than 1 MiB, which no message of WeChat's is", "超过 1 MiB，不是微信支付的报文");
        Err(Stop::Wrong(format!("{} {text}", self.named(path))))
    }

    /// Runs a call on this thread. Warnings of core's are printed; Ctrl-C ends it, and `interrupted` is what to say then.
    pub(crate) fn wait<T>(
        &mut self,
        call: impl Future<Output = Result<T, Error>>,
        interrupted: Option<String>,
    ) -> Result<T, Stop> {
        let runtime = self.runtime.take().map_or_else(|| Builder::new_current_thread().enable_all().build(), Ok);
        let runtime = runtime.map_err(|error| Stop::Failed(format!("the network cannot be used: {error}")))?;
        let warnings = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&warnings);
        let warned = move |warning: Warning| {
            list.lock().unwrap_or_else(PoisonError::into_inner).push(warning.to_string());
        };
        let done = tracing::subscriber::with_default(Warnings(self.language, warned), || {
            runtime.block_on(async {
                tokio::select! {
                    done = call => done.map_err(Stop::from),
                    Ok(()) = tokio::signal::ctrl_c() => Err(Stop::Interrupted(interrupted)),
                }
            })
        });
        self.runtime = Some(runtime);
        for warning in std::mem::take(&mut *warnings.lock().unwrap_or_else(PoisonError::into_inner)) {
            self.warn(&warning);
        }
        done
    }

    /// Prints a warning.
    pub(crate) fn warn(&mut self, text: &str) {
        if self.json {
            return self.remark(&display::json_text(&json!({ "warning": text }).to_string()));
        }
        let label = painted(self.colours.err, Colour::Yellow, self.pick("warning", "警告"));
        let colon = self.colon();
        self.remark(&format!("{label}{colon}{}", display::clean(text)));
    }

    /// Prints what a command ended with, and gives its exit code.
    pub(crate) fn end(mut self, ended: Result<u8, Stop>) -> u8 {
        let status = match ended {
            Ok(status) => status,
            Err(stop) => self.tell(stop),
        };
        self.clear_progress();
        // A name that is being looked up is not waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        match self.broken.take() {
            // The reader of a pipe, such as `head`, has enough: that is not an error of the command.
            None => status,
            Some(error) if error.kind() == ErrorKind::BrokenPipe => status,
            Some(error) => {
                let text = self.pick("the result cannot be written", "无法写出结果");
                self.fail(format!("{text}{}{error}", self.colon()), |text| json!({ "message": text }));
                if status == DONE { NO } else { status }
            }
        }
    }

    /// Prints why a command ended before its result, and gives its exit code.
    fn tell(&mut self, stop: Stop) -> u8 {
        let status = stop.status();
        match stop {
            Stop::Text(text) => self.print(text.trim_end()),
            Stop::Interrupted(None) => {}
            Stop::Interrupted(Some(text)) => self.remark(&text),
            Stop::Wrong(text) | Stop::Failed(text) => self.fail(text, |text| json!({ "message": text })),
            Stop::Core(error) => {
                let text = error.message(self.language);
                let advice = display::advice(&error, self.language);
                let line = advice.map_or_else(|| text.clone(), |advice| sentences(self.language, &text, advice));
                self.fail(line, |_| described(&error, &text));
            }
        }
        status
    }

    fn fail(&mut self, text: String, value: impl Fn(&str) -> Value) {
        if self.json {
            let error = json!({ "error": value(&text) });
            self.remark(&display::json_text(&error.to_string()));
        } else {
            let text = format!("wxpaykit: {}", one_line(&text));
            let line = painted(self.colours.err, Colour::Red, &text);
            self.remark(&line);
        }
    }

    fn masked(&self, text: &str) -> String {
        self.known.without(text).into_owned()
    }
}

/// Two sentences, of which the first may have no stop.
fn sentences(language: Language, first: &str, second: &str) -> String {
    let first = first.trim_end_matches(['.', '。']);
    format!("{first}{}{second}", language.pick(". ", "。"))
}

/// An error for programs.
fn described(error: &Error, message: &str) -> Value {
    let mut object = Map::new();
    object.insert("class".to_owned(), error.class().into());
    object.insert("code".to_owned(), error.code().into());
    object.insert("message".to_owned(), message.into());
    object.insert("endpoint".to_owned(), error.endpoint().into());
    object.insert("retry".to_owned(), error.retry().as_str().into());
    for (name, detail) in error.details() {
        let value = match detail {
            Detail::Text(text) => text.into(),
            Detail::Int(number) => number.into(),
            Detail::Bool(own) => own.into(),
            Detail::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            Detail::Document(fields) => Value::Object(display::object(None, fields)),
            Detail::Explanation(explanation) => explanation.fields().collect(),
            // A detail that this version does not know.
            _ => continue,
        };
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// Control characters of a message from outside do not reach the terminal. Line ends stay: an explanation has several lines.
fn one_line(text: &str) -> String {
    text.lines().map(display::clean).collect::<Vec<_>>().join("\n")
}

fn painted(colours: bool, colour: Colour, text: &str) -> String {
    if !colours || text.is_empty() {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Green => 32,
        Colour::Red => 31,
        Colour::Yellow => 33,
        Colour::Dim => 2,
        Colour::Bold => 1,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
