//! Bills by APIv3: a request gives an address, and the address gives the file for a while (protocol v3 §10).

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use wxpaykit::crypto::aes::seal_file;
use wxpaykit::crypto::digest::sha1;

use super::bill::{self, BillOwner, Day, NoBill};
use super::fundflow;
use super::v3_error::V3Error;
use crate::app::App;
use crate::faults::BillStyle;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::bill_files::BillFile;
use crate::world::clock::Millis;
use crate::world::merchant::Merchant;

/// How long the address of a bill works.
const LIFE: Millis = 5 * 60 * 1000;

/// Which bill is asked for.
pub(crate) enum BillKey<'a> {
    Trade {
        bill_type: &'a str,
        sub_mch_id: Option<&'a str>,
        style: BillStyle,
    },
    /// The changes of the merchant's basic account; the others have none here.
    FundFlow {
        basic: bool,
    },
}

/// The path and the query of a bill's file, and the SHA-1 of its text.
pub(crate) struct Address {
    pub(crate) target: String,
    pub(crate) hash: String,
}

/// A file of an encrypted bill (protocol v3 §10.3).
pub(crate) struct SealedFile {
    pub(crate) address: Address,
    /// The key, encrypted for the merchant's certificate, in Base64.
    pub(crate) encrypt_key: String,
    pub(crate) nonce: String,
}

/// Makes the fund flow of a sub-merchant, or of all, encrypted: two files if it has more than one row, so that a client has to join them. How
/// many WeChat makes is not documented, nor whether a file is packed before it is encrypted. // not captured
pub(crate) fn prepare_sealed(
    app: &App,
    merchant: &Merchant,
    date: &str,
    sub_mch_id: Option<&str>,
    (basic, packed): (bool, bool),
) -> Result<Vec<SealedFile>, V3Error> {
    let (day, now) = checked_day(app, date)?;
    let content = if basic { fundflow::of_sub_merchant(app, merchant, sub_mch_id, day) } else { None };
    let content = content.ok_or_else(no_statement)?;
    let own = app.certificates.of(&merchant.mch_id).map_err(|_| V3Error::system())?;
    // After the header and the first row.
    let cut = content.match_indices('\n').nth(1).map_or(content.len(), |(at, _)| at + 1);
    let (first, rest) = content.split_at(cut);
    let mut files = Vec::new();
    for text in [first, rest].into_iter().filter(|text| !text.is_empty()) {
        let (key, nonce) = (app.ids.file_key(), app.ids.file_nonce());
        let plain = if packed { gzip(text.as_bytes()) } else { text.as_bytes().to_vec() };
        let nonce_bytes: [u8; 16] = nonce.as_bytes().try_into().map_err(|_| V3Error::system())?;
        let sealed = seal_file(key.as_bytes(), &nonce_bytes, &plain).ok_or_else(V3Error::system)?;
        let token = app.ids.bill_token();
        let file =
            BillFile { mch_id: merchant.mch_id.clone(), content: sealed.into(), packed: false, ends: now + LIFE };
        app.state().bill_files.add(token.clone(), file);
        let tartype = if packed { "&tartype=gzip" } else { "" };
        let address = Address { target: format!("/v3/billdownload/file?token={token}{tartype}"), hash: sha1(text) };
        files.push(SealedFile { address, encrypt_key: own.seal(&key), nonce });
    }
    Ok(files)
}

/// Makes a bill of a day (`yyyy-MM-dd`).
pub(crate) fn prepare(
    app: &App,
    merchant: &Merchant,
    date: &str,
    wanted: &BillKey<'_>,
    packed: bool,
) -> Result<Address, V3Error> {
    let (day, now) = checked_day(app, date)?;
    let content = match wanted {
        BillKey::Trade { bill_type, sub_mch_id, style } => {
            let of = BillOwner { mch_id: &merchant.mch_id, sub_mch_id: *sub_mch_id };
            bill::of_type(app, of, day, bill_type, *style)
        }
        BillKey::FundFlow { basic: true } => fundflow::of_day(app, &merchant.mch_id, day),
        BillKey::FundFlow { basic: false } => None,
    };
    let content = content.ok_or_else(no_statement)?;
    let hash = sha1(&content);
    let token = app.ids.bill_token();
    let file =
        BillFile { mch_id: merchant.mch_id.clone(), content: content.into_bytes().into(), packed, ends: now + LIFE };
    app.state().bill_files.add(token.clone(), file);
    let tartype = if packed { "&tartype=gzip" } else { "" };
    Ok(Address { target: format!("/v3/billdownload/file?token={token}{tartype}"), hash })
}

fn no_statement() -> V3Error {
    V3Error::new(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在").numbered(270_522_881)
}

/// A day whose bill is there, and the time.
fn checked_day(app: &App, date: &str) -> Result<(Day, Millis), V3Error> {
    let day = day_of(date).ok_or_else(|| {
        V3Error::parameter("账单日期格式不正确").numbered(270_522_884).because(Explanation::reason(Reason::BILL_DATE))
    })?;
    let now = app.clock.now();
    match day.check(now) {
        Ok(()) => Ok((day, now)),
        Err(NoBill::Creating) => {
            Err(V3Error::new(400, "STATEMENT_CREATING", "请求的账单正在生成中").numbered(270_522_882))
        }
        Err(NoBill::None) => Err(no_statement()),
        Err(NoBill::TooOld) => Err(V3Error::invalid("请求的账单日期已过期").numbered(270_522_880)),
    }
}

/// Reads `yyyy-MM-dd`.
fn day_of(date: &str) -> Option<Day> {
    let is_its_place = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let is_dashed = date.len() == 10 && date.bytes().enumerate().all(is_its_place);
    is_dashed.then(|| Day::parse(&date.replace('-', "")))?
}

/// The file of a token. A merchant gets only what it asked for.
pub(crate) fn download(app: &App, merchant: &Merchant, token: &str) -> Result<Vec<u8>, V3Error> {
    let file = app.state().bill_files.get(token, app.clock.now());
    let file = file.ok_or_else(|| {
        let explanation = Explanation::reason(Reason::DOWNLOAD_URL);
        V3Error::invalid("token已失效，请重新获取下载链接").because(explanation)
    })?;
    if file.mch_id != merchant.mch_id {
        return Err(V3Error::new(403, "NO_AUTH", "无权下载该账单"));
    }
    if !file.packed {
        return Ok(file.content.to_vec());
    }
    Ok(gzip(&file.content))
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // Memory takes every byte.
    let _ = gzip.write_all(content);
    gzip.finish().unwrap_or_default()
}
