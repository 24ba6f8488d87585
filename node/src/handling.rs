//! A confirmed thing, such as a payment, between its confirmation and the end of the merchant's function.

use std::cell::RefCell;

use napi_derive::napi;
use wxpaykit::binding::job::AnyHandling;
use wxpaykit::client::Claim;
use wxpaykit::{Error, Fen};

use crate::error::{Result, thrown};
use crate::frame::Frame;
use crate::text::Text;

/// A thing that this process has to hand over. Where it is dropped, it waits for the end of its lease.
#[napi]
pub struct Handling(RefCell<Option<Box<dyn AnyHandling>>>);

#[napi]
impl Handling {
    /// `payment` or `refund`.
    #[napi(catch_unwind, getter)]
    pub fn kind(&self) -> Option<String> {
        self.0.borrow().as_ref().map(|handling| handling.kind().to_owned())
    }

    /// Whether it ended as the merchant wanted.
    #[napi(catch_unwind, getter)]
    pub fn is_success(&self) -> bool {
        self.0.borrow().as_ref().is_some_and(|handling| handling.is_success())
    }

    #[napi(catch_unwind, getter)]
    pub fn idempotency_key(&self) -> Option<String> {
        self.0.borrow().as_ref().map(|handling| handling.idempotency_key().to_owned())
    }

    /// The payment or the refund, a document.
    #[napi(catch_unwind)]
    pub fn item(&self) -> Option<Text> {
        self.0.borrow().as_ref().map(|handling| Frame::of_record(handling.record(), handling.fields()).into())
    }

    /// Compares a payment with the amount that the merchant recorded, in digits; `None` when the merchant has no such order.
    #[napi(catch_unwind)]
    pub fn check(&self, recorded: Option<String>) -> Result<()> {
        let recorded = recorded.map(|digits| fen("amountOf", &digits)).transpose();
        let checked = recorded.and_then(|recorded| match &*self.0.borrow() {
            Some(handling) => handling.check(recorded),
            None => Err(Error::invalid("handling", "was already finished or given back")),
        });
        checked.map_err(thrown)
    }
}

impl Handling {
    pub(crate) fn new(handling: Box<dyn AnyHandling>) -> Self {
        Self(RefCell::new(Some(handling)))
    }

    /// Takes it out, to finish it or give it back.
    pub(crate) fn take(&self) -> Option<Claim> {
        self.0.borrow_mut().take().map(AnyHandling::into_claim)
    }
}

pub(crate) fn fen(field: &'static str, digits: &str) -> std::result::Result<Fen, Error> {
    digits.parse().map(Fen).map_err(|_| Error::invalid(field, "must be an integer of fen"))
}
