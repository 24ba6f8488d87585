//! A notification that no order, refund or transfer keeps: what a receiver of profit sharing is told (protocol v3 §12.6).

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::notification::Notification;
use super::thing::Thing;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// The merchant that is notified.
    pub(crate) mch_id: String,
    /// The number that faults name it by.
    pub(crate) number: String,
    pub(crate) notification: Notification,
}

impl Thing for Notice {
    const KIND: &'static str = "notice";

    fn mch_id(&self) -> &str {
        &self.mch_id
    }

    fn names(&self) -> Vec<(String, Millis)> {
        Vec::new()
    }

    fn due(&self) -> Option<Millis> {
        self.notification.due()
    }

    fn due_after_restart(&self) -> Option<Millis> {
        self.notification.due_after_restart()
    }

    fn is_busy(&self) -> bool {
        self.notification.is_under_way()
    }
}
