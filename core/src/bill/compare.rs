//! A bill against the merchant's own records.

use std::collections::HashMap;

use super::batch::{Batch, Cell, Row};
use super::columns::Column;
use crate::error::Error;

/// An order or a refund as the merchant recorded it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mine {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The merchant's number of the refund; `None` for an order.
    pub out_refund_no: Option<String>,
    /// The amount in fen: of the order, or of the refund.
    pub amount: i64,
    /// `trade_state` or `refund_status`; `None` not to compare it.
    pub state: Option<String>,
}

/// Which side has something that the other does not have, or has otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Only the bill has it.
    OnlyInBill,
    /// Only the merchant has it.
    OnlyMine,
    /// Both have it, with other amounts.
    Amount,
    /// Both have it, in other states.
    State,
    /// The bill has it more than once.
    Twice,
}

impl Side {
    /// `only_in_bill`, `only_mine`, `amount`, `state` or `twice`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnlyInBill => "only_in_bill",
            Self::OnlyMine => "only_mine",
            Self::Amount => "amount",
            Self::State => "state",
            Self::Twice => "twice",
        }
    }
}

/// One difference between a bill and the merchant's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub kind: Side,
    /// The merchant's number of the order; for [`Side::OnlyInBill`] WeChat's word.
    pub out_trade_no: String,
    /// The merchant's number of the refund; `None` for an order.
    pub out_refund_no: Option<String>,
    /// The amount in the bill, in fen.
    pub bill_amount: Option<i64>,
    /// The amount that the merchant recorded, in fen.
    pub my_amount: Option<i64>,
    /// The state in the bill.
    pub bill_state: Option<String>,
    /// The state that the merchant recorded.
    pub my_state: Option<String>,
}

/// Compares a bill with the merchant's records: first [`Comparison::expect`] each record, then [`Comparison::read`] each batch of the
/// bill, then [`Comparison::finish`].
///
/// A payment is found by `out_trade_no` and compared by the amount of the order, a refund by `out_refund_no` and the amount that was
/// asked for. A row `REVOKED` is the state of its order. Bills without these columns (before 2018) are compared by the settled
/// amounts, which were the only ones.
#[derive(Debug, Default)]
pub struct Comparison {
    orders: HashMap<String, Record>,
    refunds: HashMap<String, Record>,
    differences: Vec<Difference>,
}

#[derive(Debug)]
struct Record {
    mine: Option<Mine>,
    /// The amount and the state in the bill.
    bill: Option<(Option<i64>, String)>,
    number: usize,
}

impl Comparison {
    /// No records yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record. Returns `false` when there is one of the same number already, which is kept.
    pub fn expect(&mut self, mine: Mine) -> bool {
        let number = self.orders.len() + self.refunds.len();
        let (records, key) = match &mine.out_refund_no {
            Some(out_refund_no) => (&mut self.refunds, out_refund_no.clone()),
            None => (&mut self.orders, mine.out_trade_no.clone()),
        };
        if records.contains_key(&key) {
            return false;
        }
        records.insert(key, Record { mine: Some(mine), bill: None, number });
        true
    }

    /// Reads rows of the bill.
    ///
    /// # Errors
    /// `InvalidRequest` when the bill has no numbers of the merchant's orders, such as a fund flow.
    pub fn read(&mut self, batch: &std::sync::Arc<Batch>) -> Result<(), Error> {
        if batch.layout().place(Column::out_trade_no).is_none() {
            let rule =
                "has no column out_trade_no, such as a fund flow: compare a trade bill (downloadbill, v3.tradebill)";
            return Err(Error::invalid("bill", rule));
        }
        for row in (0..batch.len()).filter_map(|row| Row::of(batch, row)) {
            self.row(&row);
        }
        Ok(())
    }

    fn row(&mut self, row: &Row) {
        let text = |column| match row.get(column) {
            Cell::Text(text) => Some(text.to_owned()),
            _ => None,
        };
        let fen = |columns: [Column; 2]| {
            let place = columns.into_iter().find(|column| row.layout().place(*column).is_some());
            match place.map(|column| row.get(column)) {
                Some(Cell::Fen(fen)) => Some(fen),
                _ => None,
            }
        };
        let out_trade_no = text(Column::out_trade_no).unwrap_or_default();
        let state = text(Column::trade_state).unwrap_or_default();
        let number = self.orders.len() + self.refunds.len();
        // Bills of refunds alone may lack the state.
        let refund = text(Column::out_refund_no).or_else(|| text(Column::refund_id)).filter(|_| state != "SUCCESS");
        if let Some(out_refund_no) = refund {
            let amount = fen([Column::refund_fee, Column::settlement_refund_fee]);
            let status = text(Column::refund_status).unwrap_or_default();
            let record = self.refunds.entry(out_refund_no.clone());
            let record = record.or_insert_with(|| Record { mine: None, bill: None, number });
            if record.bill.is_some() {
                return self.differences.push(twice(out_trade_no, Some(out_refund_no), amount, status));
            }
            if record.mine.is_none() {
                self.differences.push(only_in_bill(out_trade_no, Some(out_refund_no), amount, &status));
            }
            record.bill = Some((amount, status));
            return;
        }
        let record = self.orders.entry(out_trade_no.clone());
        let record = record.or_insert_with(|| Record { mine: None, bill: None, number });
        let revoked = state == "REVOKED";
        // The amount of a cancelled order stands in the columns of refunds.
        let amount = match revoked {
            true => fen([Column::refund_fee, Column::settlement_refund_fee]),
            false => fen([Column::total_fee, Column::settlement_total_fee]),
        };
        match &mut record.bill {
            // An order that was paid and cancelled on the same day has two rows.
            Some((_, earlier)) if revoked && earlier == "SUCCESS" => *earlier = state,
            Some((paid, earlier)) if !revoked && earlier == "REVOKED" => *paid = amount,
            Some(_) => self.differences.push(twice(out_trade_no, None, amount, state)),
            bill @ None => {
                if record.mine.is_none() {
                    self.differences.push(only_in_bill(out_trade_no, None, amount, &state));
                }
                *bill = Some((amount, state));
            }
        }
    }

    /// The differences: first what only the bill has, in its order; then the merchant's records, in theirs.
    pub fn finish(mut self) -> Vec<Difference> {
        let records = self.orders.into_values().chain(self.refunds.into_values());
        let mut records: Vec<Record> = records.filter(|record| record.mine.is_some()).collect();
        records.sort_unstable_by_key(|record| record.number);
        for Record { mine, bill, .. } in records {
            let Some(mine) = mine else { continue };
            let difference = |kind| Difference {
                kind,
                out_trade_no: mine.out_trade_no.clone(),
                out_refund_no: mine.out_refund_no.clone(),
                bill_amount: bill.as_ref().and_then(|(amount, _)| *amount),
                my_amount: Some(mine.amount),
                bill_state: bill.as_ref().map(|(_, state)| state.clone()).filter(|state| !state.is_empty()),
                my_state: mine.state.clone(),
            };
            match &bill {
                None => self.differences.push(difference(Side::OnlyMine)),
                Some((amount, state)) => {
                    if *amount != Some(mine.amount) {
                        self.differences.push(difference(Side::Amount));
                    }
                    if mine.state.as_ref().is_some_and(|mine| mine != state) {
                        self.differences.push(difference(Side::State));
                    }
                }
            }
        }
        self.differences
    }
}

fn only_in_bill(out_trade_no: String, out_refund_no: Option<String>, amount: Option<i64>, state: &str) -> Difference {
    Difference {
        kind: Side::OnlyInBill,
        out_trade_no,
        out_refund_no,
        bill_amount: amount,
        my_amount: None,
        bill_state: Some(state.to_owned()).filter(|state| !state.is_empty()),
        my_state: None,
    }
}

fn twice(out_trade_no: String, out_refund_no: Option<String>, amount: Option<i64>, state: String) -> Difference {
    Difference { kind: Side::Twice, ..only_in_bill(out_trade_no, out_refund_no, amount, &state) }
}
