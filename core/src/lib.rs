//! WeChat Pay (微信支付 APIv2 and APIv3) on one pure core: every rule of it without I/O, and, behind the `client` feature, a client.
//!
//! ```no_run
//! use wxpaykit::{Fen, MerchantOptions, Options, Unifiedorder, WxPay};
//!
//! # async fn shop(code: &str, body: &[u8]) -> Result<(), wxpaykit::Error> {
//! let merchant = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", std::env::var("WXPAY_API_KEY").unwrap())
//!     .notify_url("https://shop.example/wxpay/notify");
//! let pay = WxPay::new(Options::new(merchant))?;
//!
//! let user = pay.oauth().access_token(code).await?;
//! let order = Unifiedorder::new()
//!     .body("tea")
//!     .out_trade_no(pay.new_out_trade_no("")?)
//!     .total_fee(Fen(100))
//!     .spbill_create_ip("203.0.113.9")
//!     .openid(user.openid());
//! let order = pay.unifiedorder(order).await?;
//! let page = pay.jsapi_params(order.prepay_id(), None)?.to_json();
//!
//! // Later, when WeChat posts to notify_url:
//! let paid = pay.notify().confirm(body).await?;
//! assert_eq!(paid.total_fee(), Fen(100)); // what was recorded for paid.out_trade_no()
//! let answer = wxpaykit::ack(true, "OK")?;
//! # Ok(())
//! # }
//! ```
//!
//! Set `AWS_LC_SYS_NO_JITTER_ENTROPY=1` when you build a program with this crate, such as by `[env]` in its `.cargo/config.toml`. Without it the
//! first random number of a process, and of each forked child, takes 70 ms; with it the system gives random numbers at once.
//!
//! `pay.notify().handler()` verifies a notification, asks WeChat, compares the amount, and hands over each payment once. Calls run inside a
//! runtime of tokio. Features: `client` (default), and the stores `sqlite` and `redis`.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod bill;
#[cfg(feature = "client")]
#[doc(hidden)]
pub mod binding;
#[cfg(feature = "client")]
pub mod client;
pub mod codes;
pub mod crypto;
pub mod doctor;
pub mod error;
#[cfg(feature = "client")]
pub mod event;
mod explanation;
mod fields;
pub mod flow;
#[cfg(feature = "client")]
pub mod fork;
pub mod hosts;
mod html;
pub mod merchant;
mod model;
pub mod money;
pub mod notify;
pub mod out_trade_no;
pub mod page;
mod phrases;
pub mod platform;
pub mod redact;
pub mod registry;
pub mod retry;
pub mod secret;
mod shown;
#[cfg(feature = "client")]
pub mod store;
pub mod table;
pub mod time;
pub mod trade_state;
#[cfg(feature = "client")]
pub mod transport;
pub mod v2;
pub mod v3;
pub mod value;
pub mod wire;

#[cfg(feature = "client")]
pub use client::{
    Bill, CheckReport, CodeCharge, CodePayment, CodeProgress, CodeStepOutcome, Handled, HandledState, Handler,
    HandlerError, Handling, Options, Reconciled, ReconciledRefund, ReconciledTransfer, RefundStart, Start,
    TransferStart, V3, V3File, V3Page, WxPay, dispatch,
};
pub use crypto::digest::SignType;
pub use error::{Error, Kind, Outcome, Retry};
#[cfg(feature = "client")]
pub use event::{Event, Observer};
pub use fields::{Duplicate, Fields};
pub use flow::{CodeOptions, CodeResult, CodeStage, Pending, PendingRefund, PendingTransfer};
pub use hosts::{HostPair, Hosts};
pub use merchant::{Merchant, MerchantOptions};
pub use model::ApiVersion;
pub use money::Fen;
pub use notify::{
    ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, Incoming, NativeQuestion, PaymentNotification,
    RefundNotification, TransferNotification, ack,
};
pub use page::{PageParams, mweb_redirect_url};
pub use platform::miniprogram::{MiniprogramSession, PhoneNumber, UserData, check_raw_data, decrypt_user_data};
pub use secret::{Credential, Secret};
#[cfg(feature = "client")]
pub use store::{MemoryStore, Store, StoreError};
pub use time::BeijingTime;
pub use trade_state::TradeState;
pub use v2::bill::{
    AccountType, Batchquerycomment, BatchquerycommentReply, BillType, Comment, Downloadbill, Downloadfundflow, TarType,
};
pub use v2::code::{Authcodetoopenid, AuthcodetoopenidReply, Micropay, MicropayReply, Reverse, ReverseReply};
pub use v2::order::{
    Closeorder, CloseorderReply, Coupon, LimitPay, Orderquery, OrderqueryReply, TradeType, Unifiedorder,
    UnifiedorderReply, YesNo,
};
pub use v2::refund::{
    Refund, RefundAccount, RefundChannel, RefundItem, RefundReply, RefundStatus, RefundedCoupon, Refundquery,
    RefundqueryReply,
};
pub use v2::req_info::decrypt_req_info;
pub use v2::sign;
pub use v2::tools::{Getsignkey, GetsignkeyReply, Report, ReportReply, Shorturl, ShorturlReply};
pub use v2::workwx::{
    CheckName, Paywwsptrans2pocket, Paywwsptrans2pocketReply, Queryworkwxredpack, QueryworkwxredpackReply,
    Querywwsptrans2pocket, Querywwsptrans2pocketReply, RedpackScene, RedpackStatus, Sendworkwxredpack,
    SendworkwxredpackReply, WwMsgType, WwTransferStatus, workwx_sign,
};
pub use v3::bill::{
    V3AccountType, V3AllAccounts, V3BillAlgorithm, V3EcommerceFundflowbill, V3Fundflowbill, V3SubAccountType,
    V3SubMerchantFundflowbill, V3Tradebill,
};
pub use v3::code::{
    V3CodePayer, V3CodeSceneInfo, V3CodeStoreInfo, V3Codepay, V3CodepayReply, V3Reverse, V3ReverseReply,
};
pub use v3::combine::{
    V3CombineAmount, V3CombineApp, V3CombineClose, V3CombineCloseItem, V3CombineH5, V3CombineH5SceneInfo,
    V3CombineItem, V3CombineJsapi, V3CombineNative, V3CombineOrder, V3CombinePaidAmount, V3CombinePart, V3CombinePayer,
    V3CombineQuery, V3CombineSceneInfo,
};
pub use v3::media::V3Media;
pub use v3::notification::V3Notification;
pub use v3::order::{
    V3App, V3Close, V3H5, V3H5Info, V3H5Reply, V3H5SceneInfo, V3Jsapi, V3Native, V3NativeReply, V3Order, V3OrderAmount,
    V3OrderDetail, V3OrderGoods, V3Payer, V3PayerIdentity, V3PrepayReply, V3Query, V3SceneInfo, V3SettleInfo,
    V3StoreInfo,
};
pub use v3::refund::{
    V3AbnormalRefundType, V3ApplyAbnormalRefund, V3FundsAccount, V3Refund, V3RefundAccount, V3RefundAmount,
    V3RefundFrom, V3RefundGoods, V3RefundQuery, V3RefundReply, V3RefundStatus,
};
pub use v3::sharing::{
    V3ProfitsharingAddReceiver, V3ProfitsharingAddReceiverReply, V3ProfitsharingAmounts, V3ProfitsharingAmountsReply,
    V3ProfitsharingConfig, V3ProfitsharingConfigReply, V3ProfitsharingDeleteReceiver,
    V3ProfitsharingDeleteReceiverReply, V3ProfitsharingOrder, V3ProfitsharingOrderQuery, V3ProfitsharingOrderReply,
    V3ProfitsharingPart, V3ProfitsharingReceiver, V3ProfitsharingResult, V3ProfitsharingReturn,
    V3ProfitsharingReturnQuery, V3ProfitsharingReturnReply, V3ProfitsharingReturnResult, V3ProfitsharingState,
    V3ProfitsharingUnfreeze, V3ReceiverRelation, V3ReceiverType,
};
pub use v3::transfer::{
    V3ReceiptState, V3Transfer, V3TransferBill, V3TransferCancel, V3TransferCancelReply, V3TransferQuery,
    V3TransferReceipt, V3TransferReceiptFile, V3TransferReceiptQuery, V3TransferReceiptReply, V3TransferReply,
    V3TransferReportInfo, V3TransferState, V3TransferStyle, V3TransferStyleType,
};
pub use v3::types::V3TradeType;
