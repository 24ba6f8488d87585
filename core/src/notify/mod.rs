//! Verified messages in, acknowledgement out.

mod payment;
mod reply;

pub(crate) use payment::confirmed;
pub use payment::{ConfirmedPayment, PaymentNotification};
pub use reply::{ACK_CONTENT_TYPE, ack};
