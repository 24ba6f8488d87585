//! A payment or a refund between its confirmation and the end of the merchant's function.

use std::cell::RefCell;

use napi_derive::napi;
use wxpaykit::client::Claim;
use wxpaykit::{ConfirmedRefund, Error, Fen};

use crate::error::{Result, thrown};
use crate::frame::Frame;
use crate::text::Text;

/// A payment or a refund that this process has to hand over. Where it is dropped, it waits for the end of its lease.
#[napi]
pub struct Handling(RefCell<Option<Held>>);

pub(crate) enum Held {
    Payment(wxpaykit::Handling),
    Refund(wxpaykit::Handling<ConfirmedRefund>),
}

#[napi]
impl Handling {
    #[napi(catch_unwind, getter)]
    pub fn idempotency_key(&self) -> Option<String> {
        self.0.borrow().as_ref().map(|held| match held {
            Held::Payment(handling) => handling.idempotency_key().to_owned(),
            Held::Refund(handling) => handling.idempotency_key().to_owned(),
        })
    }

    /// The payment or the refund, a document.
    #[napi(catch_unwind)]
    pub fn item(&self) -> Option<Text> {
        self.0.borrow().as_ref().map(|held| match held {
            Held::Payment(handling) => Frame::of_document(handling.payment()).into(),
            Held::Refund(handling) => Frame::of_document(handling.item()).into(),
        })
    }

    /// Compares with the amount that the merchant recorded, in digits; `None` when the merchant has no such order.
    #[napi(catch_unwind)]
    pub fn check(&self, recorded: Option<String>) -> Result<()> {
        let recorded = recorded.map(|digits| fen("amountOf", &digits)).transpose();
        let checked = recorded.and_then(|recorded| match &*self.0.borrow() {
            Some(Held::Payment(handling)) => handling.check(recorded),
            // The recorded amount is an order's.
            Some(Held::Refund(_)) => Ok(()),
            None => Err(Error::invalid("handling", "was already finished or given back")),
        });
        checked.map_err(thrown)
    }
}

impl Handling {
    pub(crate) fn new(held: Held) -> Self {
        Self(RefCell::new(Some(held)))
    }

    /// Takes it out, to finish it or give it back.
    pub(crate) fn take(&self) -> Option<Claim> {
        self.0.borrow_mut().take().map(|held| match held {
            Held::Payment(handling) => handling.into_claim(),
            Held::Refund(handling) => handling.into_claim(),
        })
    }
}

pub(crate) fn fen(field: &'static str, digits: &str) -> std::result::Result<Fen, Error> {
    digits.parse().map(Fen).map_err(|_| Error::invalid(field, "must be an integer of fen"))
}
