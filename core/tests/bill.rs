//! Bills: any table survives writing and reading, in pieces of any size, packed or not.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use wxpaykit::bill::{Batch, Breach, Comparison, Mine, Reader, Row, Side};

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,\
    应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,\
    申请退款金额,费率备注";
const TOTALS: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// The cells of a row, with these in their places.
fn cells(own: &[(usize, &str)]) -> Vec<String> {
    let mut row = vec![String::new(); 27];
    row[0] = "2025-11-27 09:00:00".to_owned();
    for place in [12, 13, 16, 17, 22, 24, 25] {
        row[place] = "0.00".to_owned();
    }
    for (place, cell) in own {
        row[*place] = (*cell).to_owned();
    }
    row
}

fn written(rows: &[Vec<String>]) -> String {
    let mut text = format!("\u{feff}{HEADER}\r\n");
    for row in rows {
        text += &format!("`{}\r\n", row.join(",`"));
    }
    text + &format!("{TOTALS}\r\n`{}.0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0\r\n", rows.len())
}

fn read(bytes: &[u8], pieces: &[usize]) -> Result<Vec<Arc<Batch>>, Breach> {
    let (mut reader, mut batches, mut rest, mut sizes) = (Reader::new(), Vec::new(), bytes, pieces.iter().cycle());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((*sizes.next().unwrap()).clamp(1, rest.len()));
        reader.push(piece)?;
        rest = after;
        batches.extend(std::iter::from_fn(|| reader.next_batch()).map(Arc::new));
    }
    reader.finish()?;
    batches.extend(std::iter::from_fn(|| reader.next_batch()).map(Arc::new));
    Ok(batches)
}

fn rows(batches: &[Arc<Batch>]) -> Vec<Row> {
    batches.iter().flat_map(|batch| (0..batch.len()).map(|row| Row::of(batch, row).unwrap())).collect()
}

fn packed(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// A merchant's text: anything but a comma before a back quote, which no reader can tell from the end of a cell, and a line that
/// begins as a row or the totals do.
fn free() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(",".to_owned()),
        Just("`".to_owned()),
        Just("\"".to_owned()),
        Just("\n".to_owned()),
        Just("'".to_owned()),
        "[a-z0-9 ]{0,5}",
        "\\PC{0,6}",
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| {
        let mut text = String::new();
        for c in parts.concat().chars() {
            if c != '`' || !text.ends_with([',', '\n']) {
                text.push(c);
            }
        }
        text.trim_end_matches('\n').to_owned()
    })
}

fn row() -> impl Strategy<Value = Vec<String>> {
    (free(), free(), 0_i64..1_000_000_000, -100_000_i64..100_000, "[0-9]{28}", "[A-Za-z0-9_*|-]{1,32}").prop_map(
        |(body, attach, fen, fee, transaction_id, out_trade_no)| {
            let (fen, sign) = (format!("{}.{:02}", fen / 100, fen % 100), if fee < 0 { "-" } else { "" });
            let fee = format!("{sign}{}.{:05}", fee.abs() / 100_000, fee.abs() % 100_000);
            cells(&[(5, &transaction_id), (6, &out_trade_no), (12, &fen), (20, &body), (21, &attach), (22, &fee)])
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 2000 }))]

    #[test]
    fn any_table_survives_writing_and_reading(
        table in prop::collection::vec(row(), 0..20),
        pieces in prop::collection::vec(1_usize..300, 1..5),
        packing in any::<bool>(),
    ) {
        let text = written(&table);
        let bytes = if packing { packed(&text) } else { text.into_bytes() };
        let batches = read(&bytes, &pieces).unwrap();
        let found = rows(&batches);
        let texts: Vec<Vec<String>> =
            found.iter().map(|row| row.iter().map(|(_, cell)| cell.to_owned()).collect()).collect();
        prop_assert_eq!(&texts, &table);
        for (row, cells) in found.iter().zip(&table) {
            prop_assert_eq!(row.settlement_total_fee().unwrap().to_yuan().unwrap(), cells[12].clone());
            prop_assert_eq!(row.fee().unwrap().to_string(), cells[22].clone());
            prop_assert_eq!(row.is_ambiguous(), false);
        }
    }

    /// A bill that is cut off anywhere is an error, and never gives other rows than the whole one.
    #[test]
    fn a_bill_that_is_cut_off_is_an_error(table in prop::collection::vec(row(), 1..6), part in 0.0..1.0_f64) {
        let text = written(&table);
        let end = text.len() - "`0.0\r\n".len();
        let cut = (end as f64 * part) as usize;
        let error = read(&text.as_bytes()[..cut], &[64]).unwrap_err();
        prop_assert!(matches!(error.code.as_str(), "bill_incomplete" | "bill_malformed"), "{:?}", error);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), piece in 1_usize..50) {
        let whole = read(&bytes, &[bytes.len().max(1)]).map(|batches| rows(&batches));
        let parts = read(&bytes, &[piece]).map(|batches| rows(&batches));
        prop_assert_eq!(whole, parts);
    }
}

#[test]
fn a_long_bill_comes_in_batches_of_limited_size() {
    let table: Vec<_> = (0..5000).map(|n| cells(&[(6, &format!("A{n}")), (24, "1.23")])).collect();
    let batches = read(&packed(&written(&table)), &[4096]).unwrap();
    assert!(batches.len() > 4 && batches.iter().all(|batch| batch.len() <= 1024));
    let found = rows(&batches);
    assert_eq!(found.len(), 5000);
    assert_eq!(found[4999].out_trade_no(), Some("A4999"));
    assert!(found.iter().all(|row| row.total_fee().unwrap().0 == 123));
}

/// One piece of a gzip file may unpack to a thousand times its size.
#[test]
fn a_gzip_file_of_white_space_is_refused_without_being_held() {
    let bomb = packed(&" ".repeat(64 << 20));
    let mut reader = Reader::new();
    let error = reader.push(&bomb).unwrap_err();
    assert!(error.rule.contains("longer than any"), "{error:?}");
}

#[test]
fn errors_name_the_line_and_what_to_do() {
    let refused = |rows: &[Vec<String>]| read(written(rows).as_bytes(), &[9]).unwrap_err().rule;
    let wrong = cells(&[(24, "六")]);
    assert_eq!(
        refused(&[cells(&[]), wrong]),
        "line 3: 订单金额 should be an amount in yuan with two decimals and is \"六\""
    );
    let rounded = refused(&[cells(&[(5, "4.20000E+27")])]);
    assert!(rounded.contains("微信订单号 is \"4.20000E+27\": a spreadsheet"), "{rounded}");
}

#[test]
fn a_comparison_tells_what_each_side_has() {
    let state = |number, state, fen| cells(&[(6, number), (9, state), (12, fen), (24, fen)]);
    let refund = |number, status, fen| {
        cells(&[(6, "A1"), (9, "REFUND"), (14, "50"), (15, number), (16, fen), (19, status), (25, fen)])
    };
    let bill = [
        state("A1", "SUCCESS", "6.00"),
        state("A2", "SUCCESS", "1.00"),
        state("A3", "SUCCESS", "1.00"),
        state("A4", "SUCCESS", "1.00"),
        cells(&[(6, "A4"), (9, "REVOKED"), (25, "1.00")]),
        refund("R1", "SUCCESS", "2.00"),
        refund("R2", "PROCESSING", "1.00"),
        refund("R2", "PROCESSING", "1.00"),
    ];
    let order = |number: &str, amount, state: Option<&str>| Mine {
        out_trade_no: number.to_owned(),
        amount,
        state: state.map(str::to_owned),
        ..Mine::default()
    };
    let refunded = |number: &str, amount, state: Option<&str>| Mine {
        out_refund_no: Some(number.to_owned()),
        ..order("A1", amount, state)
    };
    let mut comparison = Comparison::new();
    for mine in [
        order("A1", 600, Some("SUCCESS")),
        order("A2", 101, None),
        order("A4", 100, Some("SUCCESS")),
        order("A5", 100, None),
        refunded("R1", 200, Some("SUCCESS")),
        refunded("R2", 100, Some("SUCCESS")),
    ] {
        assert!(comparison.expect(mine.clone()));
        assert!(!comparison.expect(mine));
    }
    for batch in read(written(&bill).as_bytes(), &[999]).unwrap() {
        comparison.read(&batch).unwrap();
    }
    let found: Vec<_> = comparison
        .finish()
        .into_iter()
        .map(|found| {
            let number = found.out_refund_no.clone().unwrap_or(found.out_trade_no.clone());
            (found.kind, number, found.bill_amount, found.my_amount, found.bill_state)
        })
        .collect();
    let text = |text: &str| text.to_owned();
    assert_eq!(
        found,
        [
            (Side::OnlyInBill, text("A3"), Some(100), None, Some(text("SUCCESS"))),
            (Side::Twice, text("R2"), Some(100), None, Some(text("PROCESSING"))),
            (Side::Amount, text("A2"), Some(100), Some(101), Some(text("SUCCESS"))),
            (Side::State, text("A4"), Some(100), Some(100), Some(text("REVOKED"))),
            (Side::OnlyMine, text("A5"), None, Some(100), None),
            (Side::State, text("R2"), Some(100), Some(100), Some(text("PROCESSING"))),
        ]
    );
}

/// A bill of many short rows: 2 MB that gzip packs into some 5 KB.
fn short_rows(count: usize) -> String {
    format!("甲,乙\n{}总交易单数\n`{count}\n", "`,`\n".repeat(count))
}

#[test]
fn one_piece_is_unpacked_only_as_far_as_its_rows_are_taken() {
    const ROWS: usize = 500_000;
    // One step unpacks 32 KiB.
    const WAITING: usize = 16 * 1024;
    let bomb = packed(&short_rows(ROWS));
    assert!(bomb.len() < 32 * 1024, "{}", bomb.len());
    let (mut reader, mut taken) = (Reader::new(), 0);
    for piece in bomb.chunks(bomb.len() / 2 + 1) {
        reader.push(piece).unwrap();
        assert!(reader.parser().rows() as usize <= WAITING, "{}", reader.parser().rows());
    }
    while let Some(batch) = reader.next_batch() {
        taken += batch.len();
        assert!(reader.parser().rows() as usize - taken <= WAITING);
    }
    reader.finish().unwrap();
    taken += std::iter::from_fn(|| reader.next_batch()).map(|batch| batch.len()).sum::<usize>();
    assert_eq!(taken, ROWS);
    assert_eq!(reader.totals().unwrap().total_count(), Some(ROWS as i64));
}

#[test]
fn the_text_of_a_piece_is_handed_out_in_limited_parts() {
    let text = short_rows(500_000);
    let (mut reader, mut parts) = (Reader::hashing(), Vec::new());
    reader.keep_text();
    reader.push(&packed(&text)).unwrap();
    while let Some(part) = reader.next_text() {
        assert!(part.len() <= 100 * 1024, "{}", part.len());
        parts.extend(part);
    }
    reader.finish().unwrap();
    parts.extend(std::iter::from_fn(|| reader.next_text()).flatten());
    assert!(reader.next_batch().is_none());
    assert!(parts == text.as_bytes());
    let plain = {
        let mut reader = Reader::hashing();
        reader.push(text.as_bytes()).unwrap();
        reader.sha1()
    };
    assert_eq!(reader.sha1(), plain);
}

#[test]
fn a_breach_is_returned_again() {
    let whole = written(&[cells(&[])]);
    let mut reader = Reader::new();
    let breach = reader.push(format!("{whole}`more\n").as_bytes()).unwrap_err();
    assert_eq!(breach.code.as_str(), "bill_malformed");
    assert_eq!((reader.push(b"\n").unwrap_err(), reader.finish().unwrap_err()), (breach.clone(), breach.clone()));
    assert_eq!(reader.failure(), Some(&breach));
    // Of a packed one, the rows before the breach come first.
    let table: Vec<_> = (0..3000).map(|n| cells(&[(6, &format!("A{n}"))])).collect();
    let broken = written(&table).replace("总交易单数", "`cut\n总交易单数");
    let mut reader = Reader::new();
    reader.push(&packed(&broken)).unwrap();
    let rows: usize = std::iter::from_fn(|| reader.next_batch()).map(|batch| batch.len()).sum();
    assert!(rows >= 1024, "{rows}");
    for _ in 0..2 {
        assert_eq!(reader.finish().unwrap_err().code.as_str(), "bill_incomplete");
    }
    let mut reader = Reader::new();
    reader.push(&written(&table).as_bytes()[..5000]).unwrap();
    let breach = reader.finish().unwrap_err();
    assert_eq!((reader.finish(), reader.push(b"\n")), (Err(breach.clone()), Err(breach)));
}

/// Splitting the row again for each of its lines took minutes.
#[test]
fn a_name_of_many_lines_is_read_in_time() {
    let name = format!("x{}{}", "`".repeat(16 * 1024), "\n".repeat(40 * 1024));
    let table = vec![cells(&[(20, &name), (21, "a,b\nc")])];
    let start = Instant::now();
    let found = rows(&read(written(&table).as_bytes(), &[4096]).unwrap());
    assert_eq!((found[0].body(), found[0].attach()), (Some(&*name), Some("a,b\nc")));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_file_that_is_cut_off_in_its_last_total_is_incomplete() {
    let trade = |refund: &str| {
        let rows = [cells(&[(24, "20.00")]), cells(&[(25, "12.34")]), cells(&[(25, "0.50")])];
        let text = written(&rows);
        let (before, _) = text.rsplit_once('`').unwrap();
        format!("{before}`{refund}")
    };
    let flow = |expense: &str| {
        let row = |direction, amount| {
            format!("`2025-11-27 09:00:05,`1,`2,`交易,`交易,`{direction},`{amount},`9.00,`SYSTEM,`,`3\r\n")
        };
        format!(
            "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n{}{}{}\
             资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`3.0,`1.0,`6.00,`2.0,`{expense}",
            row("收入", "6.00"),
            row("支出", "12.04"),
            row("支出", "0.80"),
        )
    };
    for whole in ["12.84", "12.84\r\n", "12.84\r", "12.84 "] {
        assert_eq!(read(trade(whole).as_bytes(), &[50]).map(|batches| rows(&batches).len()), Ok(3), "{whole:?}");
        assert_eq!(read(flow(whole).as_bytes(), &[50]).map(|batches| rows(&batches).len()), Ok(3), "{whole:?}");
    }
    for cut in ["", "1", "12", "12.", "12.8"] {
        for text in [trade(cut), flow(cut)] {
            assert_eq!(read(text.as_bytes(), &[50]).unwrap_err().code.as_str(), "bill_incomplete", "{cut:?}");
        }
    }
    // Not the beginning of the sum: WeChat may add up other rows.
    assert!(read(trade("13.84").as_bytes(), &[50]).is_ok());
}
