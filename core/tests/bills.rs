//! Bills by the client: rows as a stream, totals, errors that say when to ask again, files, comments.

use crate::common;
use crate::common::day::{business, emulator, next_day, options};
use crate::common::{Act, MCH_ID, Scripted, client, control, number, order, within};
use serde_json::{Value, json};
use wxpaykit::bill::{Mine, Side};
use wxpaykit::{
    AccountType, Batchquerycomment, BeijingTime, BillType, Downloadbill, Downloadfundflow, Error, Fen, TarType, WxPay,
};
use wxpaykit_emulator::Running;

/// An emulator in the morning, with a client, a payment of 88 fen and a refund of 30.
async fn day() -> (Running, WxPay, String) {
    let wechat = emulator().await;
    let pay = client(options(&wechat, wechat.url()));
    let number = business(&wechat, &pay).await;
    (wechat, pay, number)
}

#[test]
fn rows_are_streamed_and_the_totals_follow() {
    within(async {
        let (wechat, pay, number) = day().await;
        let date = next_day(&wechat, 11).await;
        for tar in [None, Some(TarType::Gzip)] {
            let mut request = Downloadbill::new().bill_date(&date);
            if let Some(tar) = tar {
                request = request.tar_type(tar);
            }
            let mut bill = pay.downloadbill(request).await.unwrap();
            let mut rows = Vec::new();
            while let Some(row) = bill.next().await.unwrap() {
                rows.push(row);
            }
            assert_eq!(rows.len(), 2);
            assert_eq!((rows[0].out_trade_no(), rows[0].total_fee()), (Some(&*number), Some(Fen(88))));
            assert_eq!((rows[0].attach(), rows[0].mch_id()), (Some("茶,热"), Some(MCH_ID)));
            assert_eq!((rows[0].sub_mch_id(), rows[0].refund_id()), (None, None));
            assert_eq!(rows[0].trade_time().unwrap().to_dashed()[..10], date);
            assert_eq!((rows[1].trade_state(), rows[1].refund_fee()), (Some("REFUND"), Some(Fen(30))));
            let totals = bill.totals().unwrap();
            assert_eq!(
                (totals.total_count(), totals.total_fee(), totals.refund_fee()),
                (Some(2), Some(Fen(88)), Some(Fen(30)))
            );
        }
        let payments = Downloadbill::new().bill_date(date.replace('-', "")).bill_type(BillType::Success);
        let mut bill = pay.downloadbill(payments).await.unwrap();
        assert_eq!(bill.next().await.unwrap().unwrap().out_refund_no(), None);
        assert!(bill.next().await.unwrap().is_none());
    });
}

#[test]
fn a_bill_that_is_not_there_says_when_to_ask_again() {
    within(async {
        let (wechat, pay, _) = day().await;
        let ask = |date: String| {
            let pay = pay.clone();
            async move { pay.downloadbill(Downloadbill::new().bill_date(date).tar_type(TarType::Gzip)).await.unwrap_err() }
        };
        let date = next_day(&wechat, 9).await;
        let error = ask(date.clone()).await;
        assert_eq!(
            (error.class(), error.code(), error.retry().as_str()),
            ("ProtocolError", "bill_not_ready", "same_request")
        );
        assert!(error.to_string().contains("again after") && error.to_string().contains("in Beijing"), "{error}");
        let error = ask("2020-01-01".to_owned()).await;
        assert_eq!((error.code(), error.retry().as_str()), ("no_bill", "never"));
        let flow = Downloadfundflow::new().bill_date("2020-01-01").account_type(AccountType::Basic);
        let error = pay.downloadfundflow(flow).await.unwrap_err();
        assert_eq!((error.class(), error.code()), ("BusinessError", "no_bill"));
        for wrong in ["2026-13-01", "yesterday", "2026111", "2026/11/28"] {
            assert_eq!(ask(wrong.to_owned()).await.code(), "invalid_request", "{wrong}");
        }
    });
}

#[test]
fn a_fund_flow_needs_the_certificate_and_is_hashed() {
    within(async {
        let (wechat, pay, number) = day().await;
        let date = next_day(&wechat, 11).await;
        let flow = || Downloadfundflow::new().bill_date(&date).tar_type(TarType::Gzip);
        let mut bill = pay.downloadfundflow(flow()).await.unwrap();
        let mut amounts = Vec::new();
        while let Some(row) = bill.next().await.unwrap() {
            amounts.push((row.direction().unwrap().to_owned(), row.amount().unwrap().0, row.balance().unwrap().0));
            assert!(row.voucher_no().unwrap().ends_with(&number));
        }
        let text = str::to_owned;
        assert_eq!(amounts, [(text("收入"), 88, 88), (text("支出"), 1, 87), (text("支出"), 30, 57)]);
        assert_eq!(bill.totals().unwrap().expense_amount(), Some(Fen(31)));
        let without = client(common::options(wechat.url()));
        let error = without.downloadfundflow(flow()).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("client_cert")));
    });
}

#[test]
fn a_bill_is_saved_whole_or_not_at_all() {
    within(async {
        let (wechat, pay, number) = day().await;
        let date = next_day(&wechat, 11).await;
        let place = common::place::Place::new("bills");
        let path = place.folder.join("bill.csv");
        let mut seen = Vec::new();
        let bill = pay.downloadbill(Downloadbill::new().bill_date(&date).tar_type(TarType::Gzip)).await.unwrap();
        bill.save(&path, |bytes| seen.push(bytes)).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("\u{feff}交易时间") && text.contains(&number) && text.ends_with("\r\n"));
        assert!(seen.last().unwrap() > &0);

        let cut = Scripted::start(vec![Act::Answer(200, text[..text.len() / 2].to_owned())]).await;
        let pay = client(common::options(&cut.url));
        let other = place.folder.join("other.csv");
        let bill = pay.downloadbill(Downloadbill::new().bill_date(&date)).await.unwrap();
        let error = bill.save(&other, |_| ()).await.unwrap_err();
        assert_eq!((error.code(), error.retry().as_str()), ("malformed_reply", "same_request"));
        assert_eq!(std::fs::read_dir(&place.folder).unwrap().count(), 1, "only the first file");
    });
}

#[test]
fn what_needs_the_whole_bill_is_refused_once_rows_were_read() {
    within(async {
        let (wechat, pay, _) = day().await;
        let date = next_day(&wechat, 11).await;
        let place = common::place::Place::new("begun");
        let begun = async || {
            let mut bill = pay.downloadbill(Downloadbill::new().bill_date(&date)).await.unwrap();
            bill.next().await.unwrap().expect("a row");
            bill
        };
        let refused = |error: wxpaykit::Error| {
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("bill")), "{error}");
            assert!(error.to_string().contains("was read in part already"), "{error}");
        };
        refused(begun().await.save(place.folder.join("bill.csv"), |_| ()).await.unwrap_err());
        assert!(place.names().is_empty());
        refused(begun().await.compare(Vec::<Mine>::new()).await.unwrap_err());
        let mut text = begun().await.into_text();
        for _ in 0..2 {
            refused(text.next().await.unwrap_err());
        }
    });
}

#[test]
fn a_fund_flow_has_no_orders_to_compare() {
    within(async {
        let (wechat, pay, _) = day().await;
        let date = next_day(&wechat, 11).await;
        let bill = pay.downloadfundflow(Downloadfundflow::new().bill_date(&date).account_type(AccountType::Basic));
        let error = bill.await.unwrap().compare(Vec::<Mine>::new()).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("bill")), "{error}");
        assert!(error.to_string().starts_with("downloadfundflow: bill: has no column out_trade_no"), "{error}");
    });
}

/// `with_extension` gave bills of several days one part file.
#[test]
fn the_part_file_has_the_whole_name() {
    within(async {
        let (wechat, pay, _) = day().await;
        let date = next_day(&wechat, 11).await;
        let place = common::place::Place::new("parts");
        for day in ["27", "28"] {
            let path = place.folder.join(format!("bill.2026-11-{day}"));
            let (begins, mut seen) = (format!("bill.2026-11-{day}."), false);
            let bill = pay.downloadbill(Downloadbill::new().bill_date(&date)).await.unwrap();
            let is_part = |name: &String| name.starts_with(&begins) && name.ends_with(".part");
            bill.save(&path, |_| seen |= place.names().iter().any(is_part)).await.unwrap();
            assert!(seen && path.exists() && !place.names().iter().any(is_part));
        }
    });
}

#[test]
fn an_error_is_returned_again_and_never_looks_like_the_end() {
    within(async {
        let (wechat, pay, _) = day().await;
        let date = next_day(&wechat, 11).await;
        let bill = || Downloadbill::new().bill_date(&date);
        let mut text = pay.downloadbill(bill()).await.unwrap().into_text();
        let mut whole = Vec::new();
        while let Some(piece) = text.next().await.unwrap() {
            whole.extend(piece);
        }
        let whole = String::from_utf8(whole).unwrap();
        let cut = whole[..whole.len() - 40].to_owned();
        let server = Scripted::start(vec![Act::Answer(200, cut.clone()), Act::Cut(cut)]).await;
        let mut options = common::options(&server.url);
        options.limits.max_network_retries = 0;
        let pay = client(options);
        for code in ["malformed_reply", "network"] {
            let (mut rows, mut found) = (pay.downloadbill(bill()).await.unwrap(), Vec::new());
            while found.len() < 3 {
                if let Err(error) = rows.next_batch().await.map(|rows| rows.expect("no end")) {
                    found.push((error.code(), error.retry().as_str()));
                }
            }
            assert_eq!(found, [(code, "same_request"); 3]);
        }
        let (mut text, mut found) = (pay.downloadbill(bill()).await.unwrap().into_text(), Vec::new());
        while found.len() < 3 {
            if let Err(error) = text.next().await.map(|piece| piece.expect("no end")) {
                found.push(error.code());
            }
        }
        assert_eq!(found, ["network"; 3]);
    });
}

#[test]
fn what_is_not_a_bill_is_an_error() {
    within(async {
        let asked = |status, body: &'static str| async move {
            let server = Scripted::start(vec![Act::Answer(status, body.to_owned())]).await;
            let mut options = common::options(&server.url);
            options.limits.max_network_retries = 0;
            client(options).downloadbill(Downloadbill::new().bill_date("20260101")).await.map(|_| ()).unwrap_err()
        };
        let error: Error =
            asked(200, "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>").await;
        assert_eq!(error.class(), "ProtocolError");
        assert!(error.string_to_sign().is_some_and(|text| text.contains("bill_date=20260101")), "{error}");
        for (status, body) in [(502, "<html>"), (200, ""), (200, "{\"code\":\"X\"}"), (404, "交易时间,公众账号ID")]
        {
            assert_eq!(asked(status, body).await.class(), "TransportError", "{status} {body}");
        }
    });
}

#[test]
fn comments_are_read_with_their_offset() {
    within(async {
        let (wechat, pay, number) = day().await;
        let comment = json!({ "out_trade_no": number, "stars": 5, "comment": "哎呦,`不错" });
        control(&wechat, "POST", "/_emulator/comment", comment).await;
        let now = control(&wechat, "GET", "/_emulator/clock", Value::Null).await["now"].as_i64().unwrap();
        let time = |at| BeijingTime::from_unix(at).unwrap();
        let asked = Batchquerycomment::new().begin_time(time(now - 60)).end_time(time(now + 60));
        let reply = pay.batchquerycomment(asked.offset(0).limit(10)).await.unwrap();
        let comments = reply.comments();
        assert_eq!((reply.offset(), comments.len()), (1, 1));
        assert_eq!((comments[0].stars(), comments[0].comment()), (Some(5), Some("哎呦,`不错")));
        let later = Batchquerycomment::new().begin_time(time(now + 60)).end_time(time(now + 120));
        let error = pay.batchquerycomment(later).await.unwrap_err();
        assert!(error.to_string().contains("NO_COMMENT"), "{error}");
    });
}

#[test]
fn comments_that_replace_others_keep_offsets_apart() {
    within(async {
        let (wechat, pay, first) = day().await;
        let mut numbers = vec![first];
        for _ in 0..2 {
            let number = number();
            pay.unifiedorder(order(&number)).await.unwrap();
            control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
            numbers.push(number);
        }
        // The first order is commented again before the third one is.
        for at in [0, 1, 0, 2] {
            let comment = json!({ "out_trade_no": numbers[at], "stars": 5, "comment": format!("{at}") });
            control(&wechat, "POST", "/_emulator/comment", comment).await;
        }
        let now = control(&wechat, "GET", "/_emulator/clock", Value::Null).await["now"].as_i64().unwrap();
        let time = |at| BeijingTime::from_unix(at).unwrap();
        let (mut offset, mut found) = (0, Vec::new());
        for _ in 0..3 {
            let asked = Batchquerycomment::new().begin_time(time(now - 60)).end_time(time(now + 60));
            let reply = pay.batchquerycomment(asked.offset(offset).limit(1)).await.unwrap();
            found.extend(reply.comments().iter().map(|comment| comment.comment().unwrap_or_default().to_owned()));
            offset = reply.offset();
        }
        assert_eq!(found, ["1", "0", "2"]);
    });
}

#[test]
fn a_bill_is_compared_with_the_merchants_records() {
    within(async {
        let (wechat, pay, number) = day().await;
        let date = next_day(&wechat, 11).await;
        let bill = pay.downloadbill(Downloadbill::new().bill_date(&date)).await.unwrap();
        let mine =
            |out_trade_no: &str, amount| Mine { out_trade_no: out_trade_no.to_owned(), amount, ..Mine::default() };
        let found = bill.compare([mine(&number, 80), mine("unknown", 1)]).await.unwrap();
        let kinds: Vec<_> = found.iter().map(|found| (found.kind, found.bill_amount, found.my_amount)).collect();
        assert_eq!(
            kinds,
            [(Side::OnlyInBill, Some(30), None), (Side::Amount, Some(88), Some(80)), (Side::OnlyMine, None, Some(1)),]
        );
    });
}
