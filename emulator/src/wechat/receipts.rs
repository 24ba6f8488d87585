//! `/v3/fund-app/mch-transfer/elecsign`: the receipts of transfers (protocol v3 §11.1). The paths and the members are those of the
//! published catalogue; how long WeChat takes, and its words for refusals, were not captured.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::transfers::{TransferNumber, find, not_there};
use super::v3_error::V3Error;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::bill_files::BillFile;
use crate::world::clock::Millis;
use crate::world::ids::rfc3339;
use crate::world::merchant::Merchant;
use crate::world::transfer::{Transfer, TransferState};

/// How long WeChat works on a receipt.
const DURATION: Millis = 2000;
/// How long its address works.
const LIFE: Millis = 10 * 60 * 1000;

/// Takes an application, or finds the one that there is.
pub(crate) fn apply(app: &App, merchant: &Merchant, named: &TransferNumber<'_>) -> Result<Value, V3Error> {
    let now = app.clock.now();
    let mut state = app.state();
    let id = find(&mut state, merchant, named).ok_or_else(not_there)?;
    let transfer = state.transfers.fetch(id).ok_or_else(not_there)?;
    if transfer.state != TransferState::Success {
        let explanation = Explanation::reason(Reason::RECEIPT_STATE);
        return Err(V3Error::invalid("转账单状态不支持申请电子回单").because(explanation));
    }
    let applied = *transfer.receipt.get_or_insert(now);
    Ok(json!({ "create_time": rfc3339(applied), "state": word(applied, now) }))
}

/// The state of a receipt, with the address of its file when it is there: a new one each time.
pub(crate) fn query(
    app: &App,
    merchant: &Merchant,
    named: &TransferNumber<'_>,
    base_url: &str,
) -> Result<Value, V3Error> {
    let now = app.clock.now();
    let mut state = app.state();
    let id = find(&mut state, merchant, named).ok_or_else(not_there)?;
    let transfer = state.transfers.look_up(id).ok_or_else(not_there)?;
    let applied = transfer.receipt.ok_or_else(|| not_there().because(Explanation::reason(Reason::RECEIPT_UNKNOWN)))?;
    let updated = if now < applied + DURATION { applied } else { applied + DURATION };
    let mut reply = json!({
        "create_time": rfc3339(applied), "state": word(applied, now), "update_time": rfc3339(updated),
    });
    if now < applied + DURATION {
        return Ok(reply);
    }
    let content = document(transfer);
    let hash: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02X}")).collect();
    let token = app.ids.bill_token();
    let file = BillFile {
        mch_id: merchant.mch_id.clone(),
        content: content.into_bytes().into(),
        packed: false,
        ends: now + LIFE,
    };
    state.bill_files.add(token.clone(), file);
    if let Some(members) = reply.as_object_mut() {
        // Clients send their signature to no other host than the one that they asked.
        let url = format!("{base_url}/v3/transferdownload/elecvoucherfile?token={token}&source=elecsign");
        members.insert("download_url".to_owned(), url.into());
        members.insert("hash_type".to_owned(), "SHA256".into());
        members.insert("hash_value".to_owned(), hash.into());
    }
    Ok(reply)
}

fn word(applied: Millis, now: Millis) -> &'static str {
    if now < applied + DURATION { "GENERATING" } else { "FINISHED" }
}

/// A PDF of one page.
fn document(transfer: &Transfer) -> String {
    let lines = [
        "Receipt of the emulator: no money was moved".to_owned(),
        format!("mch_id {}", transfer.mch_id),
        format!("out_bill_no {}", transfer.out_bill_no),
        format!("transfer_bill_no {}", transfer.transfer_bill_no),
        format!("transfer_amount {}", transfer.amount),
        format!("update_time {}", rfc3339(transfer.updated)),
    ];
    let shown: String = lines.iter().map(|line| format!("({line}) Tj T*\n")).collect();
    let stream = format!("BT /F1 12 Tf 50 780 Td 18 TL\n{shown}ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}endstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (number, object) in (1..).zip(&objects) {
        places.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let count = objects.len() + 1;
    let start = pdf.len();
    pdf.push_str(&format!("xref\n0 {count}\n0000000000 65535 f \n{places}"));
    pdf.push_str(&format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    pdf
}
