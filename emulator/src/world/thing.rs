//! Kinds of things that requests create and that change later by themselves: orders, and everything else with a due time.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::clock::Millis;

/// The number of a thing, unique among all kinds. Later things have higher numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct ThingId(pub(crate) u64);

/// A kind of thing. The file keeps its JSON, its names and when it is due.
pub(crate) trait Thing: fmt::Debug + Serialize + DeserializeOwned {
    /// The kind in the file.
    const KIND: &'static str;

    fn mch_id(&self) -> &str;

    /// The names that find it, each with the time at which it was issued.
    fn names(&self) -> Vec<(String, Millis)>;

    /// When it changes next by itself.
    fn due(&self) -> Option<Millis>;

    /// The due time if the emulator ends now, while something may be in progress.
    fn due_after_restart(&self) -> Option<Millis>;

    /// Whether something is under way that will change it. Until then it stays in memory.
    fn is_busy(&self) -> bool;

    /// Whether it does not change by itself any more.
    fn is_finished(&self) -> bool {
        self.due().is_none() && !self.is_busy()
    }
}
