//! Verified messages in, acknowledgement out.

mod ack;
mod combined;
mod compare;
mod native;
mod notice;
#[cfg(feature = "client")]
mod other_kinds;
mod payment;
mod refund;
mod transfer;

pub use self::ack::{ACK_CONTENT_TYPE, Answer, ack};
pub use self::combined::CombinedNotification;
pub(crate) use self::combined::part_of;
#[cfg(feature = "client")]
pub(crate) use self::combined::sub_merchant;
pub use self::native::{NativeQuestion, native_answer, native_code_url, native_refusal};
pub(crate) use self::notice::is_payment;
pub use self::notice::{Incoming, Notice};
#[cfg(feature = "client")]
pub(crate) use self::other_kinds::of_sub_merchant;
pub use self::payment::{ConfirmedPayment, PaymentNotification};
pub(crate) use self::payment::{confirmed, confirmed_by_query, confirmed_part_by_query};
pub use self::refund::{ConfirmedRefund, RefundNotification};
pub(crate) use self::refund::{confirmed_refund, confirmed_refund_by_query, is_refund, is_refund_notification};
pub use self::transfer::{ConfirmedTransfer, TransferNotification};
pub(crate) use self::transfer::{confirmed_transfer, confirmed_transfer_by_query, is_transfer};
