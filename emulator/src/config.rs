//! What an emulator can be told. Every doubtful fact of the protocol is a switch here.

use std::path::PathBuf;

use wxpaykit::Secret;

use crate::merchant::Merchant;

/// How an emulator behaves. The default listens on a free loopback port and serves the demo merchant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The address to listen on.
    pub host: String,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Merchants beside the demo one. The first of them is the one that is announced.
    pub merchants: Vec<Merchant>,
    /// How replies of the payment API are laid out.
    pub layout: Layout,
    /// Takes the document's word wherever it and captured traffic differ.
    pub strict_docs: bool,
    /// Whether the same order sent again gets a new `prepay_id` while the old one still lives.
    pub renew_prepay_id: bool,
    /// Which openids may pay.
    pub openids: OpenIds,
    /// How many journal entries are kept, and how many orders: finished ones go first, the oldest before the others. At
    /// least one order is kept. With [`Config::db`] it is only from memory that they go.
    pub keep: usize,
    /// Where `mweb_url` points to: scheme and host. `None` is the emulator's own address, so that a browser can follow
    /// it; `https://wx.tenpay.com` is WeChat's text.
    pub mweb_base: Option<String>,
    /// A file that keeps orders, payments, notifications, codes, tokens and the clock's time over restarts. It is made
    /// when it does not exist.
    pub db: Option<PathBuf>,
    /// Makes a run repeatable: numbers, tokens, and which faults strike.
    pub seed: Option<u64>,
    /// Whether orders over certain amounts go wrong (README).
    pub magic_amounts: bool,
    /// What the control API and the pages want to be shown. Beyond loopback there is one in any case.
    pub control_token: Option<Secret>,
    /// Whether notifications may leave this machine.
    pub allow_remote_notify: bool,
    /// Whether the clock stands still except when it is moved.
    pub frozen_clock: bool,
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
        }
    }
}

/// The two generations of replies (protocol §2.9). The order of elements carries no meaning; a client that depends on
/// it is wrong, and shows so under one of the two.
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
    /// Every well-formed one, unless it is known to belong to another appid. Developers make openids up.
    Any,
    /// Only those that this emulator issued for the appid, or that the merchant file names.
    Known,
}
