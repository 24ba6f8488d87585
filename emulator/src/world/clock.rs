//! The emulated clock: the machine's clock plus an offset, or frozen at an instant.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// Milliseconds since 1970-01-01T00:00:00Z on the emulated clock.
pub(crate) type Millis = i64;

/// Seconds of an emulated instant, as the wire and the control API show it.
pub(crate) fn seconds(at: Millis) -> i64 {
    at.div_euclid(1000)
}

#[derive(Debug)]
pub(crate) struct Clock(Mutex<Mode>);

#[derive(Clone, Copy, Debug)]
enum Mode {
    Running { offset: Millis },
    Frozen { at: Millis },
}

impl Clock {
    /// Continues the clock that a file describes. A frozen clock continues from where it stood.
    pub(crate) fn new(frozen: bool, earlier: Option<Value>) -> Self {
        let number = |name: &str| earlier.as_ref().and_then(|set| set.get(name)).and_then(Value::as_i64);
        let now = number("at").or_else(|| number("offset").map(|offset| real() + offset)).unwrap_or_else(real);
        Self(Mutex::new(if frozen { Mode::Frozen { at: now } } else { Mode::Running { offset: now - real() } }))
    }

    /// The setting that a file keeps.
    pub(crate) fn to_json(&self) -> Value {
        match *self.mode() {
            Mode::Running { offset } => json!({ "offset": offset }),
            Mode::Frozen { at } => json!({ "at": at }),
        }
    }

    /// Freezes the clock, or lets it run on from its present time.
    pub(crate) fn freeze(&self, frozen: bool) {
        let now = self.now();
        let mut mode = self.mode();
        match (*mode, frozen) {
            (Mode::Running { .. }, true) => *mode = Mode::Frozen { at: now },
            (Mode::Frozen { .. }, false) => *mode = Mode::Running { offset: now - real() },
            _ => {}
        }
    }

    /// Whether time passes only when it is moved.
    pub(crate) fn is_frozen(&self) -> bool {
        matches!(*self.mode(), Mode::Frozen { .. })
    }

    pub(crate) fn now(&self) -> Millis {
        match *self.mode() {
            Mode::Running { offset } => real() + offset,
            Mode::Frozen { at } => at,
        }
    }

    /// Sets the clock to the machine's time.
    pub(crate) fn reset(&self) {
        let mut mode = self.mode();
        *mode = match *mode {
            Mode::Running { .. } => Mode::Running { offset: 0 },
            Mode::Frozen { .. } => Mode::Frozen { at: real() },
        };
    }

    /// The machine's time, which signatures of APIv3 carry: a merchant's server knows no other clock, and refuses a message that
    /// is more than five minutes old.
    pub(crate) fn of_machine(&self) -> Millis {
        real()
    }

    /// How far the clock is ahead of the machine's.
    pub(crate) fn ahead(&self) -> Millis {
        match *self.mode() {
            Mode::Running { offset } => offset,
            Mode::Frozen { at } => at - real(),
        }
    }

    /// The clock as the control API and the page show it.
    pub(crate) fn describe(&self) -> Value {
        json!({ "now": seconds(self.now()), "frozen": self.is_frozen(), "ahead_s": seconds(self.ahead()) })
    }

    /// Moves the clock forward to an instant, never back.
    pub(crate) fn move_to(&self, target: Millis) {
        let mut mode = self.mode();
        match &mut *mode {
            Mode::Running { offset } => *offset = (*offset).max(target - real()),
            Mode::Frozen { at } => *at = (*at).max(target),
        }
    }

    /// The machine's time until an emulated instant; `None` when the clock is frozen before it.
    pub(crate) fn until(&self, due: Millis) -> Option<Duration> {
        match *self.mode() {
            Mode::Running { offset } => Some(Duration::from_millis((due - offset - real()).max(0).unsigned_abs())),
            Mode::Frozen { at } => (due <= at).then_some(Duration::ZERO),
        }
    }

    fn mode(&self) -> MutexGuard<'_, Mode> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn real() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
