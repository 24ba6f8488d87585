//! Verified messages in, acknowledgement out.

mod ack;
mod payment;
mod refund;

pub use self::ack::{ACK_CONTENT_TYPE, ack};
pub(crate) use self::payment::confirmed;
#[cfg(feature = "client")]
pub(crate) use self::payment::confirmed_by_query;
pub use self::payment::{ConfirmedPayment, PaymentNotification};
pub(crate) use self::refund::confirmed_refund;
pub use self::refund::{ConfirmedRefund, RefundNotification};
#[cfg(feature = "client")]
pub(crate) use self::refund::{confirmed_refund_by_query, is_refund_notification};
