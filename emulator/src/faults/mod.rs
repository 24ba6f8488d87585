//! Faults on purpose: what goes wrong, with which requests and notifications, and how often.
//!
//! A fault is read once, from the control API, a request header or a magic amount, into [`Fault`]. Requests take theirs
//! in [`reply`], notifications theirs in [`crate::notify`]; nothing else knows of them.

mod parse;
pub(crate) mod reply;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use self::parse::from_header;
use crate::clock::Millis;
use crate::config::Layout;
use crate::order::Coupon;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Reply(ReplyFault),
    Notice(NoticeFault),
}

/// What goes wrong with the answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReplyFault {
    /// No answer; the connection is closed after so many milliseconds of the machine's time.
    Timeout {
        when: When,
        ms: u64,
    },
    SystemError(When),
    BadGateway(When),
    Truncated,
    NoSign,
    WrongSign,
    ExtraFields,
    Layout(Layout),
    /// Milliseconds of the machine's time.
    Slow {
        ms: u64,
    },
    /// Of the open platform.
    ErrCode(i32),
}

/// Whether the request is lost on its way in, or its answer on the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

/// What goes wrong with a payment's notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NoticeFault {
    Drop,
    Delay {
        by: Millis,
    },
    Duplicate {
        copies: u32,
        together: bool,
    },
    /// Waits until another order's notification went first, at most so long.
    Reorder {
        wait: Millis,
    },
    Forge(Forgery),
    Tamper {
        field: Tampered,
        value: Option<String>,
        signed: bool,
    },
    SignType,
    Coupons(Vec<Coupon>),
    Early,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Forgery {
    Unsigned,
    OtherKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Tampered {
    TotalFee,
    AppId,
}

/// When a notification fault is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// `unifiedorder` was answered with success.
    Ordered,
    /// The payment is made, and the message written.
    Paid,
    /// The message is to be sent.
    Sending,
}

impl NoticeFault {
    fn stage(&self) -> Stage {
        match self {
            Self::Early => Stage::Ordered,
            Self::SignType | Self::Coupons(_) => Stage::Paid,
            Self::Drop
            | Self::Delay { .. }
            | Self::Duplicate { .. }
            | Self::Reorder { .. }
            | Self::Forge(_)
            | Self::Tamper { .. } => Stage::Sending,
        }
    }
}

/// A fault that takes effect, as logs name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Struck<F> {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) fault: F,
}

impl<F> Struck<F> {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "id": self.id, "fault": self.name })
    }
}

/// Which requests and notifications a fault is for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scope {
    pub(crate) out_trade_no: Option<String>,
    pub(crate) endpoint: Option<&'static str>,
    pub(crate) times: Option<u64>,
    pub(crate) probability: Option<f64>,
}

/// A request that faults are looked up for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) path: &'a str,
    pub(crate) out_trade_no: Option<&'a str>,
}

/// More at once are refused.
const MOST: usize = 1000;

#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    /// Whether there is any. Requests of a run without faults take no lock for them.
    any: AtomicBool,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    added: u64,
    rows: Vec<Row>,
    /// Orders whose amount has worked its magic.
    magic: HashSet<String>,
}

#[derive(Debug)]
struct Row {
    id: u64,
    /// Name and parameters, as they are listed.
    shown: Map<String, Value>,
    scope: Scope,
    fault: Fault,
    /// Made by a header or an amount: forgotten when it is used up.
    passing: bool,
    met: u64,
    struck: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, any: AtomicBool::new(false), table: Mutex::default() }
    }

    /// Whether there are any.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Adds a fault from its JSON; gives it as it is listed.
    pub(crate) fn add(&self, wanted: Map<String, Value>) -> Result<Value, String> {
        let (scope, fault) = parse::from_json(wanted.clone())?;
        let mut shown = wanted;
        for name in ["out_trade_no", "endpoint", "times", "probability"] {
            shown.remove(name);
        }
        let mut table = self.table();
        if table.rows.len() >= MOST {
            return Err(format!("there are {MOST} faults already; DELETE some"));
        }
        let listed = table.push(shown, scope, fault, false);
        self.any.store(true, Ordering::Release);
        Ok(listed)
    }

    /// Lets a notification fault strike one order once.
    fn bind(&self, name: &str, fault: NoticeFault, out_trade_no: &str) {
        let mut table = self.table();
        if table.rows.len() >= MOST {
            return;
        }
        let shown = Map::from_iter([("fault".to_owned(), Value::from(name))]);
        let scope = Scope { out_trade_no: Some(out_trade_no.to_owned()), times: Some(1), ..Scope::default() };
        table.push(shown, scope, Fault::Notice(fault), true);
        self.any.store(true, Ordering::Release);
    }

    pub(crate) fn list(&self) -> Value {
        self.table().rows.iter().map(Row::to_json).collect()
    }

    /// Removes one, or all of them; says how many.
    pub(crate) fn remove(&self, id: Option<u64>) -> usize {
        let mut table = self.table();
        let before = table.rows.len();
        table.rows.retain(|row| id.is_some_and(|id| row.id != id));
        self.any.store(!table.rows.is_empty(), Ordering::Release);
        before - table.rows.len()
    }

    /// The faults of the reply to a request, in the order in which they were added.
    pub(crate) fn of_reply(&self, asking: Asking<'_>) -> Vec<Struck<ReplyFault>> {
        self.strike(asking.out_trade_no, |row| match &row.fault {
            Fault::Reply(fault) => {
                let here = row.scope.endpoint.is_none_or(|path| path == asking.path);
                (here && fault.fits(asking.path)).then(|| fault.clone())
            }
            Fault::Notice(_) => None,
        })
    }

    /// The faults of an order's notification at a stage of its life.
    pub(crate) fn of_notice(&self, out_trade_no: &str, stage: Stage) -> Vec<Struck<NoticeFault>> {
        self.strike(Some(out_trade_no), |row| match &row.fault {
            Fault::Notice(fault) if fault.stage() == stage => Some(fault.clone()),
            _ => None,
        })
    }

    fn strike<F>(&self, out_trade_no: Option<&str>, fits: impl Fn(&Row) -> Option<F>) -> Vec<Struck<F>> {
        if !self.any() {
            return Vec::new();
        }
        let mut table = self.table();
        let mut struck = Vec::new();
        for row in &mut table.rows {
            let meant = row.scope.out_trade_no.as_deref().is_none_or(|number| Some(number) == out_trade_no);
            if !meant || row.used_up() {
                continue;
            }
            let Some(fault) = fits(row) else { continue };
            row.met += 1;
            if row.happens(self.seed) {
                row.struck += 1;
                struck.push(Struck { id: row.id, name: row.name().to_owned(), fault });
            }
        }
        table.rows.retain(|row| !(row.passing && row.used_up()));
        struck
    }

    /// The fault that an order's amount stands for, once for each order. A notification's is kept for later.
    pub(crate) fn of_amount(&self, total_fee: &str, out_trade_no: &str) -> Option<Struck<ReplyFault>> {
        /// Of so many orders it is remembered that the magic is spent.
        const REMEMBERED: usize = 100_000;
        let (name, fault) = parse::from_amount(total_fee)?;
        {
            let mut table = self.table();
            if table.magic.len() >= REMEMBERED {
                table.magic.clear();
            }
            if !table.magic.insert(out_trade_no.to_owned()) {
                return None;
            }
        }
        self.passing(name, fault, Some(out_trade_no))
    }

    /// A fault of one request: at once when it is the reply's, else when the order's notification comes to it.
    pub(crate) fn passing(&self, name: &str, fault: Fault, out_trade_no: Option<&str>) -> Option<Struck<ReplyFault>> {
        match (fault, out_trade_no) {
            (Fault::Reply(fault), _) => Some(Struck { id: 0, name: name.to_owned(), fault }),
            (Fault::Notice(fault), Some(number)) => {
                self.bind(name, fault, number);
                None
            }
            (Fault::Notice(_), None) => None,
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Gives the new row as it is listed.
    fn push(&mut self, shown: Map<String, Value>, scope: Scope, fault: Fault, passing: bool) -> Value {
        self.added += 1;
        let row = Row { id: self.added, shown, scope, fault, passing, met: 0, struck: 0 };
        let listed = row.to_json();
        self.rows.push(row);
        listed
    }
}

impl Row {
    fn name(&self) -> &str {
        self.shown.get("fault").and_then(Value::as_str).unwrap_or_default()
    }

    fn used_up(&self) -> bool {
        self.scope.times.is_some_and(|times| self.struck >= times)
    }

    /// Whether it strikes this time: the same in every run with this seed, whatever else goes on.
    fn happens(&self, seed: u64) -> bool {
        let Some(probability) = self.scope.probability else { return true };
        let drawn = mix(mix(seed ^ self.id) ^ self.met);
        // 53 bits: every one of them counts in a double.
        ((drawn >> 11) as f64) < probability * (1_u64 << 53) as f64
    }

    fn to_json(&self) -> Value {
        let mut row = Map::from_iter([("id".to_owned(), self.id.into())]);
        row.extend(self.shown.clone());
        let left = self.scope.times.map(|times| times.saturating_sub(self.struck));
        let more = json!({
            "out_trade_no": self.scope.out_trade_no,
            "endpoint": self.scope.endpoint,
            "times": self.scope.times,
            "probability": self.scope.probability,
            "met": self.met,
            "struck": self.struck,
            "left": left,
        });
        if let Value::Object(more) = more {
            row.extend(more);
        }
        row.into()
    }
}

/// A seed that no other run has.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// SplitMix64's finalizer: every bit of the result depends on every bit of the number.
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
