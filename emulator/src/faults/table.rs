//! The table of faults, and which of them strike.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::kinds::{Endpoint, Fault, FaultTarget, ReplyFault, Scope};
use super::{describe, parse};
use crate::world::notice_fault::{ActiveFault, NoticeFault, Stage};
use crate::world::random::mix;

/// Upper bound of faults at one time.
const MOST: usize = 1000;

#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    /// The paths that faults can be bound to.
    endpoints: Vec<Endpoint>,
    /// Whether there is any fault, so that requests of a run without faults take no lock.
    any: AtomicBool,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    added: u64,
    rows: Vec<Row>,
    /// Orders whose amount has already brought its fault.
    magic: HashSet<String>,
}

#[derive(Debug)]
struct Row {
    id: u64,
    /// Name and parameters, as the list shows them.
    shown: Map<String, Value>,
    scope: Scope,
    fault: Fault,
    /// Made by a header or an amount, and removed when it is used up.
    temporary: bool,
    met: u64,
    struck: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64, endpoints: Vec<Endpoint>) -> Self {
        Self { seed, endpoints, any: AtomicBool::new(false), table: Mutex::default() }
    }

    /// Whether there is any fault.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Adds a fault from its JSON; returns it as the list shows it.
    pub(crate) fn add(&self, wanted: Map<String, Value>) -> Result<Value, String> {
        let (scope, fault) = parse::from_json(wanted.clone(), &self.endpoints)?;
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

    /// Adds a notification fault that strikes one order once.
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

    /// How many faults there are, and the newest of them, oldest first.
    pub(crate) fn newest(&self, limit: usize) -> (usize, Value) {
        let table = self.table();
        let count = table.rows.len();
        (count, table.rows.iter().skip(count.saturating_sub(limit)).map(Row::to_json).collect())
    }

    /// The faults that there are, and the paths that they may name.
    pub(crate) fn kinds(&self) -> Value {
        describe::kinds(&self.endpoints)
    }

    /// Removes one fault, or all; returns the number of removed ones.
    pub(crate) fn remove(&self, id: Option<u64>) -> usize {
        let mut table = self.table();
        let before = table.rows.len();
        table.rows.retain(|row| id.is_some_and(|id| row.id != id));
        self.any.store(!table.rows.is_empty(), Ordering::Release);
        before - table.rows.len()
    }

    /// Draws the faults of the reply to a request, in the order in which they were added.
    pub(crate) fn of_reply(&self, asking: FaultTarget<'_>) -> Vec<ActiveFault<ReplyFault>> {
        self.strike(asking.out_trade_no, |row| match &row.fault {
            Fault::Reply(fault) => {
                let here = row.scope.endpoint.is_none_or(|endpoint| endpoint == asking.endpoint);
                (here && fault.fits(asking.endpoint)).then(|| fault.clone())
            }
            Fault::Notice(_) => None,
        })
    }

    /// Draws the faults of an order's notification at a stage of its life.
    pub(crate) fn of_notice(&self, out_trade_no: &str, stage: Stage) -> Vec<ActiveFault<NoticeFault>> {
        self.strike(Some(out_trade_no), |row| match &row.fault {
            Fault::Notice(fault) if fault.stage() == stage => Some(fault.clone()),
            _ => None,
        })
    }

    /// Draws the faults that an order's sharing with these receivers has.
    pub(crate) fn of_sharing(&self, out_trade_no: &str, accounts: &[&str]) -> Vec<ActiveFault<NoticeFault>> {
        self.strike(Some(out_trade_no), |row| match &row.fault {
            Fault::Notice(fault @ NoticeFault::Shared { account, .. }) => {
                let is_here = account.as_deref().is_none_or(|account| accounts.contains(&account));
                is_here.then(|| fault.clone())
            }
            _ => None,
        })
    }

    fn strike<F>(&self, out_trade_no: Option<&str>, fits: impl Fn(&Row) -> Option<F>) -> Vec<ActiveFault<F>> {
        if !self.any() {
            return Vec::new();
        }
        let mut table = self.table();
        let mut active = Vec::new();
        for row in &mut table.rows {
            let in_scope = row.scope.out_trade_no.as_deref().is_none_or(|number| Some(number) == out_trade_no);
            if !in_scope || row.used_up() {
                continue;
            }
            let Some(fault) = fits(row) else { continue };
            row.met += 1;
            if row.happens(self.seed) {
                row.struck += 1;
                active.push(ActiveFault { id: row.id, name: row.name().to_owned(), fault });
            }
        }
        table.rows.retain(|row| !(row.temporary && row.used_up()));
        active
    }

    /// The fault that an order's amount brings, once for each order. A notification fault is kept for later.
    pub(crate) fn of_amount(&self, total_fee: &str, out_trade_no: &str) -> Option<ActiveFault<ReplyFault>> {
        /// Orders whose number is remembered.
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
        self.once(name, fault, Some(out_trade_no))
    }

    /// A fault of one request. A reply fault is returned; a notification fault waits for the order's notification.
    pub(crate) fn once(&self, name: &str, fault: Fault, out_trade_no: Option<&str>) -> Option<ActiveFault<ReplyFault>> {
        match (fault, out_trade_no) {
            (Fault::Reply(fault), _) => Some(ActiveFault { id: 0, name: name.to_owned(), fault }),
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
    /// Returns the new row as the list shows it.
    fn push(&mut self, shown: Map<String, Value>, scope: Scope, fault: Fault, temporary: bool) -> Value {
        self.added += 1;
        let row = Row { id: self.added, shown, scope, fault, temporary, met: 0, struck: 0 };
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

    /// Whether it strikes this time. The result depends on the seed and this fault's own count alone.
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
            "endpoint": self.scope.endpoint.map(|endpoint| endpoint.path),
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
