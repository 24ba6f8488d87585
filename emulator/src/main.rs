//! `wxpaykit-emulator`: says when it listens, in one line of JSON or, at a terminal, in text; exits with status 0 on SIGTERM or
//! SIGINT.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use serde_json::json;
use wxpaykit::Secret;
use wxpaykit::doctor::Language;
use wxpaykit_emulator::{Config, Emulator, Layout, Merchant, MerchantError, OpenIds, Running, StartError, Tls};

mod options_zh;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// WeChat on a loopback port: OAuth, orders, payments and notifications, to develop and test WeChat Pay with.
#[derive(Debug, Parser)]
#[command(name = "wxpaykit-emulator", version)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8700)]
    port: u16,
    /// JSON file with a merchant or a list of them: appid, mch_id, api_key, app_secret, and more (see README).
    #[arg(long, value_name = "FILE")]
    merchant: Option<PathBuf>,
    /// Layout of the payment API's replies.
    #[arg(long, value_enum, default_value_t = LayoutOption::New)]
    layout: LayoutOption,
    /// Follow the documents wherever captured traffic differs.
    #[arg(long)]
    strict_docs: bool,
    /// Give a repeated order a new prepay_id while the old one is still valid.
    #[arg(long)]
    renew_prepay_id: bool,
    /// Openids that may pay: any well-formed one, or only those issued here or named in the merchant file.
    #[arg(long, value_enum, default_value_t = OpenIdsOption::Any)]
    openids: OpenIdsOption,
    /// Number of orders and journal entries to keep. With --db, older orders leave memory and stay in the file.
    #[arg(long, default_value_t = 10_000)]
    keep: usize,
    /// Scheme and host of mweb_url, instead of the emulator's own; WeChat's is https://wx.tenpay.com.
    #[arg(long, value_name = "URL")]
    mweb_base: Option<String>,
    /// File that keeps orders, payments, notifications, tokens and the clock's time over restarts.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Seed that makes a run repeatable: numbers, tokens, and which faults are triggered.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Trigger faults by the amounts of orders (see README).
    #[arg(long)]
    magic_amounts: bool,
    /// Token that the control API requires as `Authorization: Bearer`. Without it, one is generated beyond loopback.
    #[arg(long, value_name = "TOKEN")]
    control_token: Option<String>,
    /// Send notifications to other machines too.
    #[arg(long)]
    allow_remote_notify: bool,
    /// Freeze the clock: time passes only when the control API moves it.
    #[arg(long)]
    frozen_clock: bool,
    /// Also answer requests for this host name, besides this machine's names and WeChat's. May be given several times.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Open a second port, with TLS and a certificate authority of its own.
    #[arg(long)]
    tls: bool,
    /// The port of --tls; 0 takes a free one, as --port 0 does for both.
    #[arg(long, value_name = "N", requires = "tls")]
    tls_port: Option<u16>,
    /// Folder that keeps the certificate authority over restarts: ca.pem and ca-key.pem.
    #[arg(long, value_name = "DIR", requires = "tls")]
    tls_dir: Option<PathBuf>,
    /// How long a transfer may be asked for again under its number, in seconds of the emulated clock. Later it is refused.
    #[arg(long, value_name = "SECONDS")]
    transfer_retry_period: Option<u32>,
    /// How long an unpaid order of APIv3 stays NOTPAY after its time_expire, in seconds of the emulated clock, before WeChat closes it.
    #[arg(long, value_name = "SECONDS", default_value_t = 604_800)]
    close_expired_after: u32,
    /// Exit when standard input is closed, that is when the process that started it ends.
    #[arg(long)]
    exit_with_stdin: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LayoutOption {
    Old,
    New,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OpenIdsOption {
    Any,
    Known,
}

fn main() -> ExitCode {
    let options = match language() {
        Language::English => Options::parse(),
        Language::Chinese => match given_in_chinese() {
            Ok(options) => options,
            Err(status) => return status,
        },
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed too, the error cannot be reported.
            let chinese = || error.downcast_ref::<StartError>().and_then(options_zh::of_start);
            let chinese = if language() == Language::Chinese { chinese() } else { None };
            let why = chinese.unwrap_or_else(|| error.to_string());
            let _ = writeln!(io::stderr(), "wxpaykit-emulator: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The options, with help and errors in Chinese.
fn given_in_chinese() -> Result<Options, ExitCode> {
    let parsed = options_zh::command(Options::command()).try_get_matches();
    parsed.and_then(|matches| Options::from_arg_matches(&matches)).map_err(|error| {
        let text = options_zh::said(&error);
        // A closed stream cannot be told of.
        let _ = if error.use_stderr() {
            io::stderr().write_all(text.as_bytes())
        } else {
            io::stdout().write_all(text.as_bytes())
        };
        ExitCode::from(if error.use_stderr() { 2 } else { 0 })
    })
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    raise_descriptor_limit();
    let exit_with_stdin = options.exit_with_stdin;
    let config = options.config()?;
    // Half of the processors. The other half is for the shop and its customers, which run on the same machine.
    let workers = std::thread::available_parallelism().map_or(1, |all| (all.get() / 2).max(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
    runtime.block_on(async {
        // Before `announce`: a reader of that line may send a signal at once.
        let stopped = stop_signal()?;
        let stdin_closed = stdin_closed(exit_with_stdin);
        let wechat = Emulator::start(config).await?;
        announce(&wechat)?;
        tokio::select! {
            () = stopped => {}
            () = stdin_closed => {}
        }
        wechat.stop().await;
        Ok::<_, Box<dyn Error>>(())
    })?;
    // Do not wait for notifications that are being sent.
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(())
}

/// The default of `--tls-port` when `--port` is not 0.
const TLS_PORT: u16 = 8743;

/// Some systems allow a process 256 descriptors at first, and each connection is one.
#[cfg(unix)]
fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const WANTED: u64 = 10_000;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < WANTED) {
        let current = limit.maximum.map_or(WANTED, |most| most.min(WANTED));
        // If it is refused, the emulator works with fewer connections.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    }
}

#[cfg(not(unix))]
fn raise_descriptor_limit() {}

impl Options {
    fn config(self) -> Result<Config, Box<dyn Error>> {
        let mut config = Config::default();
        if let Some(path) = &self.merchant {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let wrong = |error: MerchantError| match language() {
                Language::English => format!("{}: {error}", path.display()),
                Language::Chinese => format!("{}：{}", path.display(), error.in_chinese()),
            };
            config.merchants = Merchant::from_json(&text).map_err(wrong)?;
        }
        config.host = self.host;
        config.port = self.port;
        config.layout = match self.layout {
            LayoutOption::Old => Layout::Old,
            LayoutOption::New => Layout::New,
        };
        config.strict_docs = self.strict_docs;
        config.renew_prepay_id = self.renew_prepay_id;
        config.openids = match self.openids {
            OpenIdsOption::Any => OpenIds::Any,
            OpenIdsOption::Known => OpenIds::Known,
        };
        config.keep = self.keep;
        config.language = language();
        config.mweb_base = self.mweb_base;
        config.db = self.db;
        config.seed = self.seed;
        config.magic_amounts = self.magic_amounts;
        if self.control_token.as_deref() == Some("") {
            return Err("--control-token is empty".into());
        }
        config.control_token = self.control_token.map(Secret::new);
        config.allow_remote_notify = self.allow_remote_notify;
        config.frozen_clock = self.frozen_clock;
        config.allowed_hosts = self.allow_host;
        config.transfer_retry_period = self.transfer_retry_period;
        config.close_expired_after = self.close_expired_after;
        let tls_port = self.tls_port.unwrap_or(if self.port == 0 { 0 } else { TLS_PORT });
        config.tls = self.tls.then(|| Tls::new(tls_port, self.tls_dir));
        Ok(config)
    }
}

/// The language that the environment chooses.
fn language() -> Language {
    let values = Language::VARIABLES.map(|name| std::env::var(name).ok());
    Language::chosen(values.iter().map(Option::as_deref))
}

/// Says that it listens: one line of JSON for programs, text for a person at a terminal.
fn announce(wechat: &Running) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        out.write_all(greeting(wechat, language()).as_bytes())?;
        return out.flush();
    }
    let merchant = wechat.merchant();
    let mut line = json!({
        "url": wechat.url(),
        "appid": merchant.appid,
        "mch_id": merchant.mch_id,
        "api_key": merchant.api_key.expose(),
        "app_secret": merchant.app_secret.expose(),
        "openid": wechat.openid(),
        "client_cert": wechat.client_cert(),
        "client_key": wechat.client_key(),
        "serial_no": wechat.serial_no(),
        "api_v3_key": merchant.api_v3_key.as_ref().map(Secret::expose),
        "platform_public_key_id": wechat.platform_public_key_id(),
        "platform_public_key": wechat.platform_public_key(),
        "platform_serial_no": wechat.platform_serial_no(),
        "platform_certificate": wechat.platform_certificate(),
    });
    if let Some(line) = line.as_object_mut() {
        line.extend(merchant.agent_id.as_ref().map(|id| ("agent_id".to_owned(), id.as_str().into())));
        let pay_secret = merchant.corp_pay_secret.as_ref();
        line.extend(pay_secret.map(|secret| ("corp_pay_secret".to_owned(), secret.expose().into())));
        line.extend(wechat.tls_url().map(|url| ("tls_url".to_owned(), url.into())));
        line.extend(wechat.control_token().map(|token| ("control_token".to_owned(), token.expose().into())));
    }
    writeln!(out, "{line}")?;
    out.flush()
}

/// The first things for a person to know: the page, the settings of a shop, how to stop.
fn greeting(wechat: &Running, language: Language) -> String {
    let (url, merchant) = (wechat.url(), wechat.merchant());
    let page = match wechat.control_token() {
        Some(token) => format!("{url}/?token={}", token.expose()),
        None => url.to_owned(),
    };
    let (open, settings, shop, payer, stop) = match language {
        Language::English => (
            "Open",
            "Settings for your shop, with the merchant's certificate and the keys of APIv3, as lines to copy:",
            "WXPAY_NOTIFY_URL is the address of your shop.",
            "A customer's openid:",
            "Ctrl-C stops the emulator.",
        ),
        Language::Chinese => (
            "请打开",
            "商城的配置，含商户证书和 APIv3 的密钥，可整段复制：",
            "WXPAY_NOTIFY_URL 请改成你的商城的地址。",
            "一个用户的 openid：",
            "按 Ctrl-C 停止。",
        ),
    };
    let mut lines = String::new();
    let exports = [
        ("APPID", merchant.appid.as_str()),
        ("MCH_ID", &merchant.mch_id),
        ("API_KEY", merchant.api_key.expose()),
        ("APP_SECRET", merchant.app_secret.expose()),
        ("ENDPOINTS", url),
        ("NOTIFY_URL", "http://127.0.0.1:8000/wxpay/notify"),
    ];
    for (name, value) in exports {
        lines.push_str(&format!("export WXPAY_{name}={value}\n"));
    }
    // With a token on the control API, the files need the token too.
    if wechat.control_token().is_none() {
        let from = format!("{url}/_emulator/certificates/{}", merchant.mch_id);
        let get =
            |file: &str, name: &str| format!("curl -sO {from}/{file} && export WXPAY_{name}_FILE=\"$PWD/{file}\"");
        lines.push_str(&format!("{}\n", get("apiclient_cert.p12", "CLIENT_P12")));
        if let Some(key) = &merchant.api_v3_key {
            lines.push_str(&format!("export WXPAY_API_V3_KEY={}\n", key.expose()));
            // Id and file of the public key belong together: one without the other is a wrong setting.
            let id = wechat.platform_public_key_id();
            lines.push_str(&format!(
                "{} WXPAY_PLATFORM_PUBLIC_KEY_ID={id}\n",
                get("pub_key.pem", "PLATFORM_PUBLIC_KEY")
            ));
        }
    }
    // Nothing stands among the lines, so that they can be copied at once; a label would be a command there.
    let mut text = format!("{open} {page}\n\n{settings}\n\n{lines}\n{shop}\n{payer} {}\n", wechat.openid());
    if let Some(tls) = wechat.tls_url() {
        text.push_str(&format!("TLS: {tls}\n"));
    }
    text.push_str(&format!("{stop}\n"));
    text
}

/// Completes when standard input is closed; never, unless `--exit-with-stdin` is given.
async fn stdin_closed(asked: bool) {
    if !asked {
        return std::future::pending().await;
    }
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    // Its own thread: a read of standard input cannot be cancelled, and the runtime would wait for it.
    let reading = std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(ended);
    });
    // Without the thread the end of standard input cannot be noticed, so the emulator does not start.
    if reading.is_ok() {
        let _ = end.await;
    }
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
