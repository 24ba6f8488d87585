//! `/pay/downloadbill`: the payments and refunds of a day (protocol §3.7).

use std::borrow::Cow;
use std::sync::Arc;

use wxpaykit::{BeijingTime, Fields};

use super::verdict::{Caller, Refusal, Text, Verdict};
use crate::app::App;
use crate::faults::{BillStyle, BillTexts};
use crate::world::clock::Millis;
use crate::world::ids::dashed_time;
use crate::world::order::{Order, TradeState};
use crate::world::payment::Payment;
use crate::world::refund::Refund;
use crate::world::refund_status::Status;
use crate::world::state::State;

const DAY: Millis = 24 * 60 * 60 * 1000;
const HOUR: Millis = 60 * 60 * 1000;
/// From when on the next day WeChat makes a bill, and when it is done.
const BEGINS: Millis = 9 * HOUR;
const READY: Millis = 10 * HOUR;
/// How long bills can be downloaded.
const KEPT: Millis = 92 * DAY;

/// A day in Beijing: its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(Millis);

/// Why there is no bill of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoBill {
    /// Nothing happened, the day is not over, or nobody began to make it.
    None,
    /// It was kept for three months.
    TooOld,
    /// It is being made.
    Creating,
}

impl Day {
    /// Reads `yyyyMMdd`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 8 {
            return None;
        }
        BeijingTime::parse(&format!("{text}000000")).map(|begins| Self(begins.unix() * 1000))
    }

    /// The day of an instant.
    pub(crate) fn of(at: Millis) -> Self {
        let offset = 8 * HOUR;
        Self((at + offset).div_euclid(DAY) * DAY - offset)
    }

    pub(super) fn holds(self, at: Millis) -> bool {
        (self.0..self.0 + DAY).contains(&at)
    }

    pub(super) fn ends(self) -> Millis {
        self.0 + DAY
    }

    /// Whether its bill can be downloaded.
    pub(super) fn check(self, now: Millis) -> Result<(), NoBill> {
        match now - self.ends() {
            since if since > KEPT => Err(NoBill::TooOld),
            since if since < BEGINS => Err(NoBill::None),
            since if since < READY => Err(NoBill::Creating),
            _ => Ok(()),
        }
    }
}

pub(crate) fn download(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let Some(date) = fields.filled("bill_date") else {
        return Err(Refusal::new("missing parameter").numbered("20001"));
    };
    let day = Day::parse(date).ok_or_else(|| Refusal::new("data format error"))?;
    let kind =
        Kind::of(fields.filled("bill_type").unwrap_or("ALL")).ok_or_else(|| Refusal::new("invalid bill_type"))?;
    if fields.filled("tar_type").is_some_and(|tar| tar != "GZIP") {
        return Err(Refusal::new("data format error"));
    }
    let none = || Refusal::new("No Bill Exist").numbered("20002");
    match day.check(app.clock.now()) {
        Ok(()) => {}
        Err(NoBill::None | NoBill::TooOld) => return Err(none()),
        Err(NoBill::Creating) => return Err(Refusal::new("Bill Creating")),
    }
    let of = BillOwner { mch_id: &caller.merchant.mch_id, sub_mch_id: fields.filled("sub_mch_id") };
    let content = write(&app.state(), of, day, kind, (BillTexts::Plain, caller.bills)).ok_or_else(none)?;
    Ok(Verdict::Text(Text { content, packed: fields.filled("tar_type").is_some(), digest: false }))
}

/// The bill of a day so far, for people; empty when nothing happened.
pub(crate) fn so_far(app: &App, mch_id: &str, day: Day) -> String {
    let style = (BillTexts::Plain, BillStyle::default());
    write(&app.state(), BillOwner { mch_id, sub_mch_id: None }, day, Kind::All, style).unwrap_or_default()
}

/// The bill of a day of one type as APIv3 writes it; `None` when nothing happened.
pub(super) fn of_type(app: &App, of: BillOwner<'_>, day: Day, bill_type: &str, style: BillStyle) -> Option<String> {
    write(&app.state(), of, day, Kind::of(bill_type)?, (BillTexts::Escaped, style))
}

/// Whose bill it is.
#[derive(Clone, Copy)]
pub(super) struct BillOwner<'a> {
    pub(super) mch_id: &'a str,
    pub(super) sub_mch_id: Option<&'a str>,
}

impl BillOwner<'_> {
    pub(super) fn has(&self, mch_id: &str, sub_mch_id: Option<&str>) -> bool {
        self.mch_id == mch_id && self.sub_mch_id.is_none_or(|sub| sub_mch_id == Some(sub))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    All,
    Success,
    Refund,
    RechargeRefund,
}

impl Kind {
    fn of(text: &str) -> Option<Self> {
        match text {
            "ALL" => Some(Self::All),
            "SUCCESS" => Some(Self::Success),
            "REFUND" => Some(Self::Refund),
            "RECHARGE_REFUND" => Some(Self::RechargeRefund),
            _ => None,
        }
    }

    fn has_payments(self) -> bool {
        matches!(self, Self::All | Self::Success)
    }

    fn has_refunds(self) -> bool {
        !matches!(self, Self::Success)
    }
}

/// Settlements and totals, in fen.
#[derive(Debug, Default)]
struct Totals {
    count: usize,
    settled: u64,
    settled_back: u64,
    coupons_back: u64,
    fee: i64,
    orders: u64,
    refunds: u64,
}

struct Row {
    at: Millis,
    /// Orders the rows of one instant: payments come before refunds.
    number: (bool, String),
    /// A cell for each of [`HEADER`].
    cells: Vec<String>,
}

/// A cell as a bill writes it.
fn written<'a>(texts: BillTexts, column: &str, cell: &'a str, is_refund: bool) -> Cow<'a, str> {
    if texts == BillTexts::Plain || !["设备号", "商品名称", "商户数据包"].contains(&column) {
        return Cow::Borrowed(cell);
    }
    let mut escaped = String::with_capacity(cell.len());
    for letter in cell.chars() {
        match (letter, is_refund) {
            ('\\', _) => escaped.push_str(r"\\"),
            ('"', _) => escaped.push_str(r#"\""#),
            ('\'', false) => escaped.push_str(r"\'"),
            ('`', false) => escaped.push_str(r"\`"),
            ('`', true) => escaped.push_str(r"\140"),
            (',', _) => escaped.push_str(r"\ "),
            ('\n', _) => escaped.push_str(r"\n"),
            ('\r', _) => escaped.push_str(r"\r"),
            ('\t', _) => escaped.push_str(r"\t"),
            (other, _) => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// How many orders and refunds a bill looks at.
const MOST: usize = 1_000_000;

/// All columns, in order.
const HEADER: [&str; 29] = [
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
    "退款申请时间",
    "退款成功时间",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
    "订单金额",
    "申请退款金额",
    "费率备注",
];

impl Kind {
    fn has(self, column: &str) -> bool {
        match column {
            "退款申请时间" | "退款成功时间" => matches!(self, Self::Refund | Self::RechargeRefund),
            "微信退款单号"
            | "商户退款单号"
            | "退款金额"
            | "充值券退款金额"
            | "退款类型"
            | "退款状态"
            | "申请退款金额" => self.has_refunds(),
            _ => true,
        }
    }
}

/// A bill; `None` for a day without business, unless the style wants one. The texts are written in the first way, unless the style says
/// otherwise.
fn write(
    state: &State,
    of: BillOwner<'_>,
    day: Day,
    kind: Kind,
    (usual, style): (BillTexts, BillStyle),
) -> Option<String> {
    let texts = style.texts.unwrap_or(usual);
    let mut totals = Totals::default();
    let mut rows = Vec::new();
    if kind.has_payments() {
        let paid = |order: &Order| {
            let payment = order.payment.as_ref().filter(|payment| day.holds(payment.at))?;
            let fits = order.state != TradeState::Revoked
                && !order.is_combined()
                && of.has(order.mch_id(), order.request.filled("sub_mch_id"));
            fits.then(|| (payment_row(order, payment), order.total_fee(), settled(order, payment)))
        };
        for (row, total_fee, settled) in state.orders.newest(Some(of.mch_id), MOST, paid).into_iter().flatten() {
            totals.settled += settled;
            totals.orders += total_fee;
            totals.fee += fee(settled);
            rows.push(row);
        }
    }
    if kind.has_refunds() {
        let asked = |refund: &Refund| {
            let is_recharge = refund.split.settlement_refund_fee != refund.split.cash_refund_fee;
            let fits = day.holds(refund.created)
                && refund.status != Status::Closed
                && (kind != Kind::RechargeRefund || is_recharge)
                && of.has(&refund.mch_id, refund.sub_mch_id.as_deref());
            fits.then(|| (refund_row(state, refund), refund.split.clone()))
        };
        for (row, split) in state.refunds.newest(Some(of.mch_id), MOST, asked).into_iter().flatten() {
            totals.settled_back += split.settlement_refund_fee;
            totals.coupons_back += split.coupon_refund_fee();
            totals.refunds += split.refund_fee;
            totals.fee -= fee(split.settlement_refund_fee);
            rows.push(row);
        }
    }
    if kind == Kind::All {
        let revoked = |order: &Order| {
            let payment = order.payment.as_ref().filter(|payment| day.holds(payment.at))?;
            let fits = order.state == TradeState::Revoked && of.has(order.mch_id(), order.request.filled("sub_mch_id"));
            fits.then(|| (revoked_row(order, payment), order.total_fee(), settled(order, payment)))
        };
        for (row, total_fee, settled) in state.orders.newest(Some(of.mch_id), MOST, revoked).into_iter().flatten() {
            totals.settled_back += settled;
            totals.refunds += total_fee;
            rows.push(row);
        }
    }
    if rows.is_empty() && !style.empty {
        return None;
    }
    totals.count = rows.len();
    rows.sort_by(|one, other| (one.at, &one.number).cmp(&(other.at, &other.number)));
    let header: Vec<&str> = HEADER.into_iter().filter(|name| kind.has(name)).collect();
    let mut text = format!("\u{feff}{}\r\n", header.join(","));
    for row in &rows {
        let cells = HEADER.iter().zip(&row.cells).filter(|(name, _)| kind.has(name));
        let cells: Vec<_> = cells.map(|(name, cell)| written(texts, name, cell, row.number.0)).collect();
        text.push_str(&line(cells.iter().map(AsRef::as_ref)));
    }
    text.push_str(&totals.write(kind));
    Some(text)
}

/// Cells as a line, each after a back quote.
pub(super) fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<&str> = cells.collect();
    format!("`{}\r\n", cells.join(",`"))
}

fn payment_row(order: &Order, payment: &Payment) -> Row {
    let settled = settled(order, payment);
    let coupon_fee = order.total_fee() - payment.cash_fee(order.total_fee());
    let number = (false, order.out_trade_no().to_owned());
    let (none, zero) = (|| "0".to_owned(), || yuan(0));
    let mut cells = shared(order, payment, payment.at, "SUCCESS");
    cells.extend([yuan(settled), yuan(coupon_fee), String::new(), String::new(), none(), none(), zero(), zero()]);
    cells.extend([String::new(), String::new(), order.field("body").to_owned(), order.field("attach").to_owned()]);
    cells.extend([five(fee(settled)), RATE.to_owned(), yuan(order.total_fee()), zero(), String::new()]);
    Row { at: payment.at, number, cells }
}

/// An order of a payment code that was cancelled: one row, whose amounts stand in the columns of refunds.
fn revoked_row(order: &Order, payment: &Payment) -> Row {
    let (none, zero) = (|| "0".to_owned(), || yuan(0));
    let mut cells = shared(order, payment, payment.at, "REVOKED");
    cells.extend([zero(), zero(), String::new(), String::new(), none(), none(), yuan(settled(order, payment)), zero()]);
    cells.extend([
        String::new(),
        "SUCCESS".to_owned(),
        order.field("body").to_owned(),
        order.field("attach").to_owned(),
    ]);
    cells.extend([five(0), RATE.to_owned(), zero(), yuan(order.total_fee()), String::new()]);
    Row { at: payment.at, number: (false, order.out_trade_no().to_owned()), cells }
}

fn refund_row(state: &State, refund: &Refund) -> Row {
    let split = &refund.split;
    let zero = || yuan(0);
    let order = state.orders.get(refund.order);
    let of_order = order.and_then(|order| Some((order, order.payment.as_ref()?)));
    let mut cells = match of_order {
        Some((order, payment)) => shared(order, payment, refund.created, "REFUND"),
        // The order has left memory.
        None => {
            let mut cells = vec![dashed_time(refund.created), refund.appid.clone(), refund.mch_id.clone()];
            cells.extend([refund.sub_mch_id.clone().unwrap_or_else(|| "0".to_owned()), String::new()]);
            cells.extend([refund.transaction_id.clone(), refund.out_trade_no.clone()]);
            cells.extend(["", "", "REFUND", "OTHERS", "CNY"].map(str::to_owned));
            cells
        }
    };
    let text = |name| order.map(|order| order.field(name).to_owned()).unwrap_or_default();
    let succeeded = refund.succeeded.map(dashed_time).unwrap_or_default();
    cells.extend([zero(), zero(), dashed_time(refund.created), succeeded]);
    cells.extend([refund.refund_id.clone(), refund.out_refund_no.clone()]);
    cells.extend([yuan(split.settlement_refund_fee), yuan(split.coupon_refund_fee())]);
    cells.extend([refund.channel.as_str().to_owned(), refund.status.as_str().to_owned(), text("body"), text("attach")]);
    cells.extend([
        five(-fee(split.settlement_refund_fee)),
        RATE.to_owned(),
        zero(),
        yuan(split.refund_fee),
        String::new(),
    ]);
    Row { at: refund.created, number: (true, refund.refund_id.clone()), cells }
}

/// The first twelve cells.
fn shared(order: &Order, payment: &Payment, at: Millis, state: &str) -> Vec<String> {
    let own = |name: &str| order.field(name).to_owned();
    vec![
        dashed_time(at),
        own("appid"),
        own("mch_id"),
        order.request.filled("sub_mch_id").unwrap_or("0").to_owned(),
        own("device_info"),
        payment.transaction_id.clone(),
        own("out_trade_no"),
        payment.openid.clone(),
        order.request.filled("trade_type").unwrap_or("MICROPAY").to_owned(),
        state.to_owned(),
        payment.bank_type.clone(),
        order.request.filled("fee_type").unwrap_or("CNY").to_owned(),
    ]
}

pub(super) fn settled(order: &Order, payment: &Payment) -> u64 {
    payment.settlement_total_fee(order.total_fee()).unwrap_or(order.total_fee())
}

const RATE: &str = "0.60%";

/// The service fee of an amount, both in fen: 0.6 %, rounded half up. WeChat's file has `0.01000` for 0.88 yuan.
pub(super) fn fee(fen: u64) -> i64 {
    i64::try_from(fen).unwrap_or(i64::MAX).saturating_mul(6).saturating_add(500) / 1000
}

impl Totals {
    fn write(&self, kind: Kind) -> String {
        let (sign, back) = (if self.fee < 0 { "-" } else { "" }, self.fee.unsigned_abs());
        let fee = format!("{sign}{}", trimmed(&yuan(back)));
        let all = [
            ("总交易单数", format!("{}.0", self.count)),
            ("应结订单总金额", trimmed(&yuan(self.settled))),
            ("退款总金额", trimmed(&yuan(self.settled_back))),
            ("充值券退款总金额", trimmed(&yuan(self.coupons_back))),
            ("手续费总金额", fee),
            ("订单总金额", trimmed(&yuan(self.orders))),
            ("申请退款总金额", trimmed(&yuan(self.refunds))),
        ];
        let own = all.iter().filter(|(name, _)| kind.has_refunds() || !name.contains("退款"));
        let names: Vec<&str> = own.clone().map(|(name, _)| *name).collect();
        format!("{}\r\n{}", names.join(","), line(own.map(|(_, value)| value.as_str())))
    }
}

pub(super) fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Totals come without the last zero: `45.0`, `0.5`.
pub(super) fn trimmed(amount: &str) -> String {
    let short = amount.strip_suffix('0').unwrap_or(amount);
    (if short.ends_with('.') { amount } else { short }).to_owned()
}

/// A service fee has five decimals.
fn five(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}000", yuan(fen.unsigned_abs()))
}
