//! Verified messages in, acknowledgement out.

mod payment;
mod reply;

pub(crate) use payment::confirmed;
#[cfg(feature = "client")]
pub(crate) use payment::confirmed_by_query;
pub use payment::{ConfirmedPayment, PaymentNotification};
pub use reply::{ACK_CONTENT_TYPE, ack};
