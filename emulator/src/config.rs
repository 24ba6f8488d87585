//! The settings of an emulator. Every doubtful fact of the protocol has a switch here.

use std::path::PathBuf;

use wxpaykit::Secret;
use wxpaykit::doctor::Language;

use crate::world::merchant::Merchant;

/// How an emulator behaves. The default listens on a free loopback port and serves the demo merchant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The address to listen on.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Merchants besides the demo one. The emulator announces the first of them.
    pub merchants: Vec<Merchant>,
    /// How replies of the payment API are laid out.
    pub layout: Layout,
    /// Follows the documents wherever captured traffic differs.
    pub strict_docs: bool,
    /// Whether an order that is sent again gets a new `prepay_id` while the old one is still valid.
    pub renew_prepay_id: bool,
    /// Which openids may pay.
    pub openids: OpenIds,
    /// The number of journal entries and of orders that are kept. Finished orders go first, the oldest before the others.
    /// At least one order is kept. With [`Config::db`] orders leave memory only, not the file.
    pub keep: usize,
    /// Scheme and host of `mweb_url`. `None` is the emulator's own address, which a browser can follow;
    /// `https://wx.tenpay.com` is WeChat's.
    pub mweb_base: Option<String>,
    /// A file that keeps orders, payments, notifications, codes, tokens and the clock's time over restarts. It is created
    /// if it does not exist.
    pub db: Option<PathBuf>,
    /// Makes a run repeatable: numbers, tokens, and which faults are triggered.
    pub seed: Option<u64>,
    /// Whether orders over certain amounts bring faults (README).
    pub magic_amounts: bool,
    /// The token that the control API and the pages require. On an address that other machines reach, one is generated if
    /// this is `None`.
    pub control_token: Option<Secret>,
    /// Whether notifications may be sent to other machines.
    pub allow_remote_notify: bool,
    /// Whether the clock is frozen and moves only when the control API moves it.
    pub frozen_clock: bool,
    /// Host names by which the emulator may be addressed, besides this machine's and WeChat's.
    pub allowed_hosts: Vec<String>,
    /// A second port, with TLS.
    pub tls: Option<Tls>,
    /// How long a transfer may be asked for again under its number, in seconds: WeChat refuses it later. `None` is for ever. How long WeChat
    /// waits is not documented.
    pub transfer_retry_period: Option<u32>,
    /// How long an unpaid order of APIv3 stays `NOTPAY` after its `time_expire` (seven days where none was sent), in seconds, before WeChat closes
    /// it. How long WeChat waits is not documented.
    pub close_expired_after: u32,
    /// The language of the explanations in the journal. The texts of WeChat stay as they are.
    pub language: Language,
}

/// The port with TLS, and its certificate authority.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tls {
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// A folder that keeps the certificate authority over restarts: `ca.pem` and `ca-key.pem`. `None` makes a new authority at
    /// each start, in memory.
    pub dir: Option<PathBuf>,
}

impl Tls {
    /// TLS on a port.
    pub fn new(port: u16, dir: Option<PathBuf>) -> Self {
        Self { port, dir }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            merchants: Vec::new(),
            layout: Layout::New,
            strict_docs: false,
            renew_prepay_id: false,
            openids: OpenIds::Any,
            keep: 10_000,
            mweb_base: None,
            db: None,
            seed: None,
            magic_amounts: false,
            control_token: None,
            allow_remote_notify: false,
            frozen_clock: false,
            allowed_hosts: Vec::new(),
            tls: None,
            transfer_retry_period: None,
            close_expired_after: 7 * 24 * 60 * 60,
            language: Language::English,
        }
    }
}

/// The two generations of replies (protocol §2.9). The order of elements has no meaning: a client that depends on it fails
/// with one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 2014 to 2020: one element a line, identity and signature before the result.
    Old,
    /// Since about 2021: one line, the result before the identity.
    New,
}

/// Which openids `unifiedorder` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenIds {
    /// Every well-formed one, unless it is known to belong to another appid. Developers invent openids.
    Any,
    /// Only those that this emulator issued for the appid, or that the merchant file lists.
    Known,
}
