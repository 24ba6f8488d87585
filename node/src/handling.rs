//! Payments that are ours to hand over, between their beginning and their end.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use wxpaykit::{Begun, Error, Fen, Handling, Pending};

use crate::frame::Frame;
use crate::js::{Call, Value};

/// A payment, and the number by which the facade knows it.
pub(crate) struct Held {
    pub(crate) number: u32,
    pub(crate) handling: Handling,
}

/// Those that the facade has. Of the instance's own thread alone; with the instance their leases are renewed no more.
#[derive(Default)]
pub(crate) struct Handlings(RefCell<HashMap<u32, Handling>>);

impl Handlings {
    pub(crate) fn keep(&self, held: Held) {
        self.0.borrow_mut().insert(held.number, held.handling);
    }

    pub(crate) fn take(&self, number: u32) -> Option<Handling> {
        self.0.borrow_mut().remove(&number)
    }
}

/// Number, the amount that the merchant recorded in digits or nothing for no such order: an error, or nothing.
pub(crate) fn check(call: &Call<'_>) -> Value {
    let (number, recorded) = (u32::try_from(call.int(0)).unwrap_or_default(), call.text(1));
    let recorded = if recorded.is_empty() { Ok(None) } else { fen("amountOf", &recorded).map(Some) };
    let handlings = call.instance.handlings.0.borrow();
    let checked = recorded.and_then(|recorded| match handlings.get(&number) {
        Some(handling) => handling.check(recorded),
        None => Err(Error::invalid("handling", "is over")),
    });
    call.give_frame(&Frame::of(checked, |()| Frame::nothing()))
}

/// What a call that begins gives back.
pub(crate) fn begun(begun: Result<Begun, Error>) -> Frame {
    match begun {
        Ok(Begun::Ours(handling)) => Frame::from_held(Held { number: next_number(), handling: *handling }),
        Ok(begun) => {
            let about = [("state", begun.as_str()), ("trade_state", begun.trade_state().unwrap_or_default())];
            Frame::from_map(about.into_iter())
        }
        Err(error) => Frame::from_error(&error),
    }
}

/// Number of the order, its amount, seconds since 1970.
pub(crate) fn pending(out_trade_no: &str, total_fee: &str, created: &str) -> Result<Pending, Error> {
    let created = created.parse().map_err(|_| Error::invalid("created", "must be a Date"))?;
    Ok(Pending { out_trade_no: out_trade_no.to_owned(), total_fee: fen("total_fee", total_fee)?, created })
}

pub(crate) fn fen(field: &'static str, digits: &str) -> Result<Fen, Error> {
    digits.parse().map(Fen).map_err(|_| Error::invalid(field, "must be an integer of fen"))
}

/// Over all instances, since a payment gets its number on any thread.
fn next_number() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) & 0x7fff_ffff
}
