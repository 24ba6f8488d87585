//! Verified messages in, acknowledgement out.

mod ack;
mod payment;

pub use self::ack::{ACK_CONTENT_TYPE, ack};
pub(crate) use self::payment::confirmed;
#[cfg(feature = "client")]
pub(crate) use self::payment::confirmed_by_query;
pub use self::payment::{ConfirmedPayment, PaymentNotification};
