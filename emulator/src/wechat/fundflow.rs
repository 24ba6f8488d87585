//! `/pay/downloadfundflow`: each change of a balance in a day (protocol §3.8).

use std::collections::HashMap;
use std::sync::Arc;

use wxpaykit::Fields;

use super::bill::{Day, NoBill, fee, line, settled, trimmed, yuan};
use super::verdict::{BusinessError, Caller, Refusal, Text, Verdict};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::ids::dashed_time;
use crate::world::merchant::Merchant;
use crate::world::order::{Order, TradeState};
use crate::world::payout::{Payout, PayoutKind};
use crate::world::refund::Refund;
use crate::world::refund_status::Status;
use crate::world::sharing::{Return, Share, SharingRecord};
use crate::world::state::State;
use crate::world::transfer::{Transfer, TransferState};

pub(crate) fn download(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let day = fields.filled("bill_date").and_then(Day::parse).ok_or_else(|| Refusal::new("Param Error"))?;
    let account = fields.filled("account_type").unwrap_or_default();
    let tar_type = fields.filled("tar_type");
    if !["Basic", "Operation", "Fees"].contains(&account) || tar_type.is_some_and(|tar| tar != "GZIP") {
        return Err(Refusal::new("Param Error"));
    }
    let none = Verdict::Fail(BusinessError::new("NO_BILL_EXIST", "账单不存在"), Vec::new());
    match day.check(app.clock.now()) {
        Ok(()) => {}
        Err(NoBill::None | NoBill::TooOld) => return Ok(none),
        Err(NoBill::Creating) => {
            return Ok(Verdict::Fail(BusinessError::new("BILL_CREATING", "账单未生成"), Vec::new()));
        }
    }
    // Nothing here moves money of the other two accounts: transfers are paid from this one.
    let written = if account == "Basic" { of_day(app, &caller.merchant.mch_id, day) } else { None };
    let Some(content) = written else { return Ok(none) };
    Ok(Verdict::Text(Text { content, packed: tar_type.is_some(), digest: true }))
}

/// The changes of a day; `None` when there are none. Of a service provider, without those of its sub-merchants.
pub(super) fn of_day(app: &App, mch_id: &str, day: Day) -> Option<String> {
    write(&app.state(), Owner { mch_id, balances: Balances::Own }, day)
}

/// The changes of a day of one sub-merchant, or of all without one.
pub(super) fn of_sub_merchant(app: &App, merchant: &Merchant, sub_mch_id: Option<&str>, day: Day) -> Option<String> {
    let balances = match sub_mch_id {
        Some(sub_mch_id) => Balances::Of(sub_mch_id),
        None if merchant.provider => Balances::OfAll(&merchant.sub_mch_ids),
        // WeChat would refuse it. The call can be tried without a service provider.
        None => Balances::Own,
    };
    write(&app.state(), Owner { mch_id: &merchant.mch_id, balances }, day)
}

/// Which balances of a merchant: a sub-merchant's money comes to a balance of its own.
#[derive(Clone, Copy)]
enum Balances<'a> {
    Own,
    Of(&'a str),
    OfAll(&'a [String]),
}

#[derive(Clone, Copy)]
struct Owner<'a> {
    mch_id: &'a str,
    balances: Balances<'a>,
}

impl Owner<'_> {
    /// Whether the money of an order is on these balances.
    fn has(&self, mch_id: &str, sub_mch_id: Option<&str>) -> bool {
        self.mch_id == mch_id
            && match self.balances {
                Balances::Own => sub_mch_id.is_none(),
                Balances::Of(wanted) => sub_mch_id == Some(wanted),
                Balances::OfAll(_) => sub_mch_id.is_some(),
            }
    }

    /// Whether an account that shares is one of these.
    fn is(&self, account: &str) -> bool {
        match self.balances {
            Balances::Own => account == self.mch_id,
            Balances::Of(wanted) => account == wanted,
            Balances::OfAll(known) => known.iter().any(|known| known == account),
        }
    }
}

/// A change of the balance.
struct Flow {
    at: Millis,
    business_id: String,
    name: &'static str,
    kind: &'static str,
    /// In fen; negative when it goes out.
    change: i64,
    remark: String,
    voucher_no: String,
    /// Whether a request of the merchant's caused it.
    by_api: bool,
}

impl Flow {
    /// Both names of a change that has no other kind. WeChat's names of what is neither a payment nor a refund are not captured.
    fn named(name: &'static str, at: Millis, change: i64, numbers: (&str, &str), remark: &str) -> Self {
        let (business_id, voucher_no) = (numbers.0.to_owned(), numbers.1.to_owned());
        // A row is one line.
        let remark = remark.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { at, business_id, name, kind: name, change, remark, voucher_no, by_api: change < 0 }
    }
}

const MOST: usize = 1_000_000;

fn write(state: &State, of: Owner<'_>, day: Day) -> Option<String> {
    let before = |at: Millis| at < day.ends();
    let paid = |order: &Order| {
        let payment = order.payment.as_ref().filter(|payment| before(payment.at))?;
        let fits = of.has(order.mch_id(), order.request.filled("sub_mch_id")) && !order.is_combined();
        fits.then(|| {
            let (settled, number) = (settled(order, payment), order.out_trade_no().to_owned());
            let fee = fee(settled);
            let remark = format!("结算总金额{}元;含手续费{}元", yuan(settled), yuan(fee.unsigned_abs()));
            let flow = |name, change| Flow {
                at: payment.at,
                business_id: payment.transaction_id.clone(),
                name,
                kind: "交易",
                change,
                remark: remark.clone(),
                voucher_no: number.clone(),
                by_api: false,
            };
            // A cancelled order costs no service fee.
            let revoked = order.state == TradeState::Revoked;
            match revoked {
                true => [flow("交易", signed(settled)), flow("交易撤销", -signed(settled))],
                false => [flow("交易", signed(settled)), flow("扣除交易手续费", -fee)],
            }
        })
    };
    let refunded = |refund: &Refund| {
        let fits = before(refund.created)
            && refund.status != Status::Closed
            && of.has(&refund.mch_id, refund.sub_mch_id.as_deref());
        fits.then(|| {
            let amount = refund.split.settlement_refund_fee;
            // Its part of the service fee comes back with it, so less goes out.
            let fee = fee(amount);
            Flow {
                at: refund.created,
                business_id: refund.refund_id.clone(),
                name: "退款",
                kind: "退款",
                change: fee - signed(amount),
                remark: format!("退款总金额{}元;含手续费{}元", yuan(amount), yuan(fee.unsigned_abs())),
                voucher_no: refund.out_refund_no.clone(),
                by_api: true,
            }
        })
    };
    let mut flows: Vec<Flow> =
        state.orders.newest(Some(of.mch_id), MOST, paid).into_iter().flatten().flatten().collect();
    flows.extend(state.refunds.newest(Some(of.mch_id), MOST, refunded).into_iter().flatten());
    if matches!(of.balances, Balances::Own) {
        // A provider pays these itself.
        flows.extend(state.transfers.newest_of(of.mch_id, MOST, transferred).into_iter().flatten());
        flows.extend(state.payouts.newest(Some(of.mch_id), MOST, paid_out).into_iter().flatten());
    }
    flows.extend(shared(state, of));
    flows.retain(|flow| flow.change != 0 && before(flow.at));
    flows.sort_by_key(|flow| flow.at);
    let mut text = format!("\u{feff}{HEADER}\r\n");
    let (mut balance, mut number) = (0_i64, 0_u64);
    let mut sums = [(0_u64, 0_u64); 2];
    for flow in &flows {
        balance += flow.change;
        if !day.holds(flow.at) {
            continue;
        }
        number += 1;
        let amount = flow.change.unsigned_abs();
        let goes_out = flow.change < 0;
        if let Some((count, sum)) = sums.get_mut(usize::from(goes_out)) {
            *count += 1;
            *sum += amount;
        }
        let (sign, held) = (if balance < 0 { "-" } else { "" }, yuan(balance.unsigned_abs()));
        let cells = [
            dashed_time(flow.at),
            flow.business_id.clone(),
            format!("{}{}{number:010}", of.mch_id, dashed_time(flow.at).replace(['-', ' ', ':'], "")),
            flow.name.to_owned(),
            flow.kind.to_owned(),
            (if goes_out { "支出" } else { "收入" }).to_owned(),
            yuan(amount),
            format!("{sign}{held}"),
            (if flow.by_api { format!("{}API", of.mch_id) } else { "SYSTEM".to_owned() }),
            flow.remark.clone(),
            flow.voucher_no.clone(),
        ];
        text.push_str(&line(cells.iter().map(String::as_str)));
    }
    if number == 0 {
        return None;
    }
    let [(income_count, income), (expense_count, expense)] = sums;
    let totals = [
        format!("{number}.0"),
        format!("{income_count}.0"),
        trimmed(&yuan(income)),
        format!("{expense_count}.0"),
        trimmed(&yuan(expense)),
    ];
    text.push_str(&format!("{TOTALS}\r\n{}", line(totals.iter().map(String::as_str))));
    Some(text)
}

/// A transfer, and its money when it comes back.
fn transferred(transfer: &Transfer) -> Vec<Flow> {
    let numbers = (transfer.transfer_bill_no.as_str(), transfer.out_bill_no.as_str());
    let (amount, remark) = (signed(transfer.amount), transfer.remark.as_str());
    let is_back = matches!(transfer.state, TransferState::Fail | TransferState::Cancelled);
    let back = is_back.then(|| Flow::named("商家转账退回", transfer.updated, amount, numbers, remark));
    [Flow::named("商家转账", transfer.created, -amount, numbers, remark)].into_iter().chain(back).collect()
}

/// A red packet or a payment to a member of WeCom, and its money when it comes back.
fn paid_out(payout: &Payout) -> Vec<Flow> {
    let (name, name_of_back, remark) = match payout.kind {
        PayoutKind::RedPacket => ("企业红包", "企业红包退回", payout.get("act_name")),
        PayoutKind::ToMember => ("向员工付款", "向员工付款退回", payout.get("desc")),
    };
    let numbers = (payout.number.as_str(), payout.own_number.as_str());
    let (amount, remark) = (signed(payout.amount), remark.unwrap_or_default());
    let back = payout.state.is_given_back().then(|| Flow::named(name_of_back, payout.updated, amount, numbers, remark));
    [Flow::named(name, payout.created, -amount, numbers, remark)].into_iter().chain(back).collect()
}

/// What was shared of the owner's orders and came back, and what the owner got of others' and gave back.
fn shared(state: &State, of: Owner<'_>) -> Vec<Flow> {
    let mut flows = Vec::new();
    let mut known: HashMap<&str, &SharingRecord> = HashMap::new();
    // Files of earlier versions do not have the merchant that signed.
    let signer = |sharing: &SharingRecord| match sharing.signer.as_str() {
        "" => sharing.mch_id.clone(),
        signer => signer.to_owned(),
    };
    let owns = |sharing: &SharingRecord| of.has(&signer(sharing), sharing.sub_mch_id.as_deref());
    for sharing in state.sharing.orders.values() {
        known.insert(&sharing.order_id, sharing);
        let numbers = (sharing.order_id.as_str(), sharing.out_order_no.as_str());
        // What is unfrozen was the owner's before.
        for Share { kind, account: receiver, amount, description, .. } in
            sharing.shares.iter().filter(|share| share.account != sharing.mch_id && !share.closed)
        {
            let flow = |change| Flow::named("分账", sharing.finishes, change, numbers, description);
            flows.extend(owns(sharing).then(|| flow(-signed(*amount))));
            flows.extend((kind == "MERCHANT_ID" && of.is(receiver)).then(|| flow(signed(*amount))));
        }
    }
    for returned in state.sharing.returns.values() {
        let Return { order_id, return_id, out_return_no, return_mchid, description, finishes, .. } = returned;
        let Some(sharing) = known.get(order_id.as_str()) else { continue };
        let amount = signed(returned.given_back());
        let flow = |change| Flow::named("分账回退", *finishes, change, (return_id, out_return_no), description);
        flows.extend(owns(sharing).then(|| flow(amount)));
        flows.extend(of.is(return_mchid).then(|| flow(-amount)));
    }
    flows
}

const HEADER: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const TOTALS: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

fn signed(fen: u64) -> i64 {
    i64::try_from(fen).unwrap_or(i64::MAX)
}
