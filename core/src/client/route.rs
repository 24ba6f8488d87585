//! The hosts of an API, and which of them to ask first.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::hosts::HostPair;
use crate::retry;

/// The hosts of an API, and which of them to prefer.
pub(super) struct Route {
    hosts: HostPair,
    /// Until then the backup is asked first, in seconds since 1970.
    away_until: AtomicI64,
}

impl Route {
    pub(super) fn new(hosts: HostPair) -> Self {
        Self { hosts, away_until: AtomicI64::new(0) }
    }

    pub(super) fn has_backup(&self) -> bool {
        self.hosts.backup.is_some()
    }

    /// Whether to start with the backup.
    pub(super) fn is_away(&self, now: i64) -> bool {
        self.hosts.backup.is_some() && now < self.away_until.load(Ordering::Relaxed)
    }

    pub(super) fn host(&self, away: bool) -> &str {
        match &self.hosts.backup {
            Some(backup) if away => backup,
            _ => &self.hosts.main,
        }
    }

    /// Remembers that one of the two did not answer: the other comes first for a while.
    pub(super) fn turn_from(&self, away: bool, now: i64) {
        self.away_until.store(if away { 0 } else { now + retry::AWAY }, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_host_is_preferred_again_after_a_minute_or_when_its_backup_fails() {
        let hosts = |backup: Option<&str>| HostPair { main: "main".to_owned(), backup: backup.map(ToOwned::to_owned) };
        let route = Route::new(hosts(Some("backup")));
        assert!(!route.is_away(1000));
        route.turn_from(false, 1000);
        assert!(route.is_away(1059) && !route.is_away(1060));
        route.turn_from(true, 1001);
        assert!(!route.is_away(1001));

        let alone = Route::new(hosts(None));
        alone.turn_from(false, 1000);
        assert!(!alone.is_away(1000));
    }
}
