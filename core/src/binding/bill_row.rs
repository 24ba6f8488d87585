//! A row of a bill as people read it, for notebooks and consoles.

use crate::bill::{Batch, Cell, Column};
use crate::binding::display::{amount, clean};
use crate::redact::Redaction;

/// The names and texts of the cells that hold something: the state first, `¥1.00 (100 fen)`, times of Beijing, the openid shortened.
pub fn shown(batch: &Batch, row: usize) -> Vec<(String, String)> {
    let layout = batch.layout();
    let text = |column| layout.place(column).and_then(|place| batch.text(row, place));
    let is_yuan = text(Column::fee_type).is_none_or(|currency| currency == "CNY");
    let mut headers: Vec<_> = layout.headers().iter().enumerate().collect();
    headers.sort_by_key(|(_, header)| header.column != Some(Column::trade_state));
    let shown = headers.into_iter().filter_map(|(place, header)| {
        let text = match batch.cell(row, place) {
            Cell::None => return None,
            Cell::Text(text) if header.column == Some(Column::openid) => Redaction::Short.apply(text).into_owned(),
            Cell::Text(text) => text.to_owned(),
            Cell::Fen(fen) if is_yuan => amount(fen),
            Cell::Fen(number) | Cell::Count(number) => number.to_string(),
            Cell::Fee(fee) => fee.to_string(),
            Cell::Time(time) => time.to_dashed(),
        };
        Some((clean(header.name()).into_owned(), clean(&text).into_owned()))
    });
    shown.collect()
}
