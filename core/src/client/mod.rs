//! The client: it brings clock, random source, transport and store to what the rest of the crate decides.

mod allowance;
mod asked;
mod asking;
mod attempts;
mod bills;
mod breaker;
mod calls;
mod cautions;
mod certs;
mod check;
mod check_v3;
mod claim;
mod clock;
mod code_payment;
mod dispatch;
mod execute;
mod finding;
mod handler;
mod handling;
mod incoming;
mod inner;
mod jssdk;
mod notify;
mod oauth;
mod options;
mod pages;
mod part_file;
mod payers;
mod pending;
mod perform;
mod platform_keys;
mod questions;
mod random;
mod reach;
mod reconcile;
mod route;
mod slot;
mod start;
mod subject;
mod tokens;
mod v3;
mod v3_bills;
mod v3_files;
mod v3_stream;
mod wait;
mod wecom;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use self::allowance::Allowance;
pub use self::bills::{Bill, BillText};
use self::breaker::Breaker;
pub use self::claim::Claim;
pub use self::code_payment::{CodeCharge, CodePayment, CodeProgress, CodeStepOutcome};
pub use self::dispatch::dispatch;
pub use self::finding::{CheckReport, Finding, Part, State};
pub use self::handler::{Handler, HandlerWithAmounts};
pub use self::handling::{Handled, HandledState, Handling};
use self::inner::Inner;
pub use self::inner::{WxPay, nonce, now};
pub use self::jssdk::Jssdk;
pub(crate) use self::notify::of_no_kind;
pub use self::notify::{CombinedStart, HandlerError, Notify};
pub use self::oauth::Oauth;
pub use self::options::Options;
#[doc(hidden)]
pub use self::options::{is_path, text_in};
pub use self::pages::{new_out_refund_no, new_out_trade_no};
pub(crate) use self::part_file::{NOT_REGULAR, wrong_place};
use self::payers::Payers;
pub use self::pending::AT_ONCE;
pub(crate) use self::perform::{NextStep, next_step_of};
use self::platform_keys::Certs;
use self::questions::Questions;
pub use self::reach::Reached;
pub use self::reconcile::{Reconciled, ReconciledRefund, ReconciledTransfer};
use self::route::Route;
use self::slot::Tokens;
pub use self::start::{RefundStart, Start, TransferStart};
pub use self::v3::{V3, V3Page};
pub use self::v3_stream::V3File;
pub use self::wecom::Wecom;
use crate::error::Error;
use crate::flow::keys::Keys;
pub use crate::flow::{Pending, PendingRefund, PendingTransfer};
use crate::hosts::Hosts;
use crate::merchant::Merchant;
use crate::store::{self, TimeLimited};
use crate::transport::Reqwest;

impl WxPay {
    /// A client of these options. Nothing is connected or opened yet.
    ///
    /// Without a store in the options, tokens and the ledger of payments are in a SQLite file of this user that the processes of
    /// this machine share: `wxpaykit/<mch_id>.db` in `$XDG_STATE_HOME`, or in `~/.local/state` (Windows: `%LOCALAPPDATA%`). It is made at
    /// its first use, with mode 0600. Where that cannot be, or without the feature `sqlite`, all that needs the ledger fails with `Config`.
    ///
    /// # Errors
    /// `Config`, naming the option and the remedy.
    pub fn new(mut options: Options) -> Result<Self, Error> {
        options.check()?;
        options.read_files()?;
        options.limits.check()?;
        let merchant = Merchant::new(options.merchant)?;
        let hosts = options.endpoints.as_deref().map_or_else(|| Ok(Hosts::default()), Hosts::all_at)?;
        match &options.endpoints {
            Some(addresses) => cautions::endpoints(addresses, options.allow_insecure_endpoints)?,
            None if options.transport.is_none() => cautions::warn(&merchant),
            None => {}
        }
        let limits = &options.limits;
        cautions::notifications(&merchant);
        cautions::times(&[
            ("timeout", limits.timeout),
            ("connect_timeout", limits.connect_timeout),
            ("lease", options.lease),
        ]);
        if let Some(warning) = merchant.identity().and_then(|identity| identity.remark(now())) {
            tracing::warn!("{warning}");
        }
        let agent = format!("wxpaykit/{} ({})", env!("CARGO_PKG_VERSION"), options.language);
        let own_transport = options.transport.is_some();
        // An emulator's address is this machine's own; no proxy knows the way.
        let transport = match options.transport {
            Some(transport) => transport,
            None => {
                let own_certificate = merchant.identity();
                Arc::new(Reqwest::with_identity(&options.limits, &agent, options.endpoints.is_none(), own_certificate)?)
            }
        };
        let store = match options.store {
            Some(place) => place.open()?,
            None => store::unnamed(merchant.mch_id()),
        };
        let unlimited = Arc::clone(&store);
        let store = Arc::new(TimeLimited { store, limit: options.limits.timeout });
        let payers = Payers::of(options.endpoints.as_deref(), &merchant);
        Ok(Self(Arc::new(Inner {
            merchant,
            open: hosts.open,
            pay: Route::new(hosts.pay),
            platform: Route::new(hosts.platform),
            wecom: Route::new(hosts.wecom),
            transport,
            own_transport,
            limits: options.limits,
            lease: options.lease,
            store,
            unlimited,
            keys: Keys::new(options.endpoints.as_deref()),
            lonely: AtomicBool::new(options.lonely),
            storeless: AtomicBool::new(false),
            questions: Questions::default(),
            tokens: Tokens::default(),
            certs: Certs::default(),
            payers,
            breaker: Breaker::default(),
            searches: Allowance::new(),
            verified: AtomicBool::new(false),
            observer: options.observer,
        })))
    }
}
