//! `/billcommentsp/batchquerycomment`: what customers wrote about their orders (protocol §3.14). The control API adds comments.

use std::sync::Arc;

use wxpaykit::{BeijingTime, Fields};

use super::verdict::{BusinessError, Caller, Refusal, Text, Verdict};
use crate::app::App;
use crate::world::clock::{Millis, seconds};
use crate::world::comment::Comment;
use crate::world::ids::dashed_time;

/// How long comments can be read.
const KEPT: i64 = 92 * 24 * 60 * 60;
/// The most comments of a reply.
const MOST: usize = 200;

pub(crate) fn query(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let wrong = || Verdict::Fail(BusinessError::new("PARAM_ERROR", "参数错误"), Vec::new());
    let time = |name: &str| fields.filled(name).and_then(BeijingTime::parse).map(BeijingTime::unix);
    let number = |name: &str| fields.filled(name).map(|text| text.parse::<usize>().ok());
    let (Some(begin), Some(end)) = (time("begin_time"), time("end_time")) else { return Ok(wrong()) };
    let (Some(offset), Some(limit)) = (number("offset").flatten(), number("limit").unwrap_or(Some(MOST))) else {
        return Ok(wrong());
    };
    if begin > end || limit == 0 || limit > MOST {
        return Ok(wrong());
    }
    if begin < seconds(app.clock.now()) - KEPT {
        return Ok(Verdict::Fail(BusinessError::new("TIME_EXPIRE", "拉取的时间超过3个月"), Vec::new()));
    }
    let state = app.state();
    let fits = |comment: &&Comment| {
        comment.mch_id == caller.merchant.mch_id
            && (begin..=end).contains(&seconds(comment.at))
            && comment.offset >= offset
    };
    let mut found: Vec<&Comment> = state.comments.values().filter(fits).collect();
    found.sort_by_key(|comment| comment.offset);
    found.truncate(limit);
    let Some(last) = found.last() else {
        return Ok(Verdict::Fail(BusinessError::new("NO_COMMENT", "对应的时间段没有用户的评论数据"), Vec::new()));
    };
    let mut content = format!("`{}\n", last.offset + 1);
    for Comment { at, transaction_id, stars, text, .. } in found {
        content.push_str(&format!("`{},`{transaction_id},`{stars},`{text}\n", dashed_time(*at)));
    }
    Ok(Verdict::Text(Text { content, packed: false, digest: false }))
}

/// Adds a customer's comment about a paid order.
pub(crate) fn add(app: &App, out_trade_no: &str, stars: u8, text: &str) -> Result<(), String> {
    if !(1..=5).contains(&stars) {
        return Err("stars are 1 to 5".to_owned());
    }
    let at: Millis = app.clock.now();
    let mut state = app.state();
    let orders = state.orders.with_number(out_trade_no);
    let paid = orders.into_iter().find_map(|id| {
        let order = state.orders.get(id)?;
        Some((order.mch_id().to_owned(), order.payment.as_ref()?.transaction_id.clone()))
    });
    let (mch_id, transaction_id) = paid.ok_or_else(|| format!("there is no paid order {out_trade_no}"))?;
    // Offsets have gaps. A comment replaces an earlier one of its order, so their number says nothing about the last offset.
    let offset = state.comments.values().map(|comment| comment.offset + 3).max().unwrap_or_default();
    let comment = Comment { mch_id, at, offset, transaction_id: transaction_id.clone(), stars, text: text.to_owned() };
    state.comments.insert(transaction_id, comment);
    Ok(())
}
