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

    /// The same hosts for an address that names one of them: that one is asked first, unless it did not answer a moment ago.
    pub(super) fn from(&self, root: &str) -> Self {
        let Self { hosts: HostPair { main, backup }, away_until } = self;
        if backup.as_deref() == Some(root) && main != root {
            return Self::new(HostPair { main: root.to_owned(), backup: Some(main.clone()) });
        }
        let away_until = AtomicI64::new(away_until.load(Ordering::Relaxed));
        Self { hosts: self.hosts.clone(), away_until }
    }

    /// The roots of the hosts.
    pub(super) fn roots(&self) -> Vec<&str> {
        std::iter::once(&*self.hosts.main).chain(self.hosts.backup.as_deref()).collect()
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

        route.turn_from(false, 1000);
        let from = |root| route.from(root);
        assert_eq!((from("main").host(false), from("main").is_away(1001)), ("main", true));
        let from = route.from("backup");
        assert_eq!((from.host(false), from.host(true), from.is_away(1001)), ("backup", "main", false));
        assert_eq!(route.roots(), ["main", "backup"]);

        let alone = Route::new(hosts(None));
        alone.turn_from(false, 1000);
        assert!(!alone.is_away(1000));
    }
}
