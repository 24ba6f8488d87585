//! Bills of APIv3: the signed reply with address and hash, the unsigned file, and what is wrong with either.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common;
use crate::common::day::{business, emulator, next_day};
use crate::common::place::Place;
use crate::common::signed::{
    By, MCH_ID, PUBLIC_KEY_ID, Reply, Request, Signed, download, file, options, reply, with_public_key,
};
use crate::common::{control, within};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use wxpaykit::bill::{Mine, unescape};
use wxpaykit::crypto::digest::sha1;
use wxpaykit::error::{Detail, Kind, Outcome};
use wxpaykit::v3::{VerifyingKey, string_to_sign};
use wxpaykit::{
    BeijingTime, Bill, BillType, Downloadbill, Downloadfundflow, Error, Fen, TarType, V3AccountType,
    V3EcommerceFundflowbill, V3Fundflowbill, V3SubMerchantFundflowbill, V3Tradebill, WxPay,
};

const TRADE: &str = "/v3/bill/tradebill";
const FUND: &str = "/v3/bill/fundflowbill";
const FILE: &str = "/v3/billdownload/file";

/// A payment and a refund.
const BILL: &str = "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r
`2025-11-27 09:00:01,`wxd930ea5d5a258f4f,`1900000109,`0,`,`4200002990202511271234500001,`WXK20251127000001,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`JSAPI,`SUCCESS,`OTHERS,`CNY,`6.00,`0.00,`0,`0,`0.00,`0.00,`,`,`测试商品,`,`0.03600,`0.60%,`6.00,`0.00,`\r
`2025-11-27 10:00:00,`wxd930ea5d5a258f4f,`1900000109,`0,`,`4200002990202511271234500001,`WXK20251127000001,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50302604962025112709876540001,`R0001,`2.00,`0.00,`ORIGINAL,`SUCCESS,`测试商品,`,`-0.01200,`0.60%,`0.00,`2.00,`\r
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r
`2,`6.00,`2.00,`0.00,`0.02400,`6.00,`2.00\r
";

/// A day without business, as a file.
const EMPTY: &str = "\u{feff}交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,订单金额\r
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r
`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\r
";

fn client(url: &str) -> WxPay {
    WxPay::new(options(with_public_key(), url)).unwrap()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// The reply with the address of a file at the host that was asked.
fn address(request: &Request, token: &str, hash: &str) -> Reply {
    address_at(&format!("http://{}{FILE}?token={token}", request.headers["host"]), "SHA1", hash)
}

fn address_at(url: &str, hash_type: &str, hash: &str) -> Reply {
    reply(200, &json!({ "download_url": url, "hash_type": hash_type, "hash_value": hash }).to_string())
}

/// A server of one bill. `file` makes the reply to the download with the number that comes first: 0, 1 and so on.
async fn server(hash: String, file: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Signed {
    let count = AtomicUsize::new(0);
    Signed::start(move |request| match request.target.split('?').next().unwrap() {
        FILE => file(count.fetch_add(1, Ordering::SeqCst)),
        _ => address(request, "a%2Fb~1&tartype=gzip", &hash),
    })
    .await
}

fn trade() -> V3Tradebill {
    V3Tradebill::new().bill_date("2025-11-27")
}

/// The numbers and amounts of the rows, and how the bill ended.
async fn rows(bill: &mut Bill) -> (Vec<(String, Option<Fen>)>, Result<(), Error>) {
    let mut rows = Vec::new();
    loop {
        match bill.next().await {
            Ok(Some(row)) => rows.push((row.out_trade_no().unwrap().to_owned(), row.total_fee())),
            Ok(None) => return (rows, Ok(())),
            Err(error) => return (rows, Err(error)),
        }
    }
}

/// Checks the signature of a request with the merchant's certificate.
#[track_caller]
fn check_authorization(request: &Request) {
    let pairs = request.headers["authorization"].strip_prefix("WECHATPAY2-SHA256-RSA2048 ").unwrap();
    let part = |name: &str| {
        let pair = pairs.split(',').find_map(|pair| pair.strip_prefix(&format!("{name}=\""))).unwrap();
        pair.strip_suffix('"').unwrap().to_owned()
    };
    assert_eq!(part("mchid"), MCH_ID);
    let text = string_to_sign("GET", &request.target, &part("timestamp"), &part("nonce_str"), "").unwrap();
    let key = VerifyingKey::read("cert", file("apiclient_cert.pem").as_bytes()).unwrap();
    assert!(key.verify(text.as_bytes(), &part("signature")), "{text}");
}

#[test]
fn the_address_is_asked_for_and_the_file_read_row_by_row() {
    within(async {
        for content in [BILL.as_bytes().to_vec(), gzip(BILL)] {
            let hash = sha1(BILL).to_ascii_uppercase();
            let server = server(hash, move |_| download(content.clone())).await;
            let pay = client(&server.url);
            let request = trade().bill_type(BillType::All).tar_type(TarType::Gzip);
            let mut bill = pay.v3().tradebill(request).await.unwrap();
            assert!(bill.totals().is_none());
            let (rows, ended) = rows(&mut bill).await;
            ended.unwrap();
            let number = "WXK20251127000001".to_owned();
            assert_eq!(rows, [(number.clone(), Some(Fen(600))), (number, Some(Fen(0)))]);
            let totals = bill.totals().unwrap();
            assert_eq!((totals.total_count(), totals.refund_fee()), (Some(2), Some(Fen(200))));
            let got = server.got.lock().unwrap().clone();
            let targets: Vec<_> = got.iter().map(|request| request.target.clone()).collect();
            assert_eq!(
                targets,
                [
                    format!("{TRADE}?bill_date=2025-11-27&bill_type=ALL&tar_type=GZIP"),
                    format!("{FILE}?token=a%2Fb~1&tartype=gzip"),
                ]
            );
            for request in &got {
                check_authorization(request);
                assert_eq!((&*request.method, &*request.headers["accept"]), ("GET", "application/json"));
                assert_eq!(request.headers["wechatpay-serial"], PUBLIC_KEY_ID);
            }
            assert_ne!(got[0].headers["authorization"], got[1].headers["authorization"]);
        }
    });
}

#[test]
fn a_bill_with_another_hash_never_looks_whole() {
    within(async {
        // A row more, with totals that count it; and an amount that was changed.
        let changed = BILL.replace("`6.00,`0.00,`\r", "`9.00,`0.00,`\r");
        assert_ne!(changed, BILL);
        for (content, hash) in [(BILL.as_bytes().to_vec(), sha1(&changed)), (gzip(&changed), sha1(BILL))] {
            let server = server(hash.clone(), move |_| download(content.clone())).await;
            let pay = client(&server.url);
            let mut bill = pay.v3().tradebill(trade()).await.unwrap();
            let (found, ended) = rows(&mut bill).await;
            assert!(found.len() <= 2);
            let error = ended.unwrap_err();
            assert_eq!(
                (error.class(), error.code(), error.retry().as_str(), error.endpoint()),
                ("SignatureError", "bill_hash_mismatch", "same_request", Some("v3.tradebill"))
            );
            let text = error.to_string();
            assert!(text.contains(&hash) && text.contains("download it again"), "{text}");
            let explained = |(name, detail)| {
                name == "explanation"
                    && matches!(detail, Detail::Explanation(found) if found.mistake.code() == "file_changed")
            };
            assert!(error.details().any(explained));
            let chinese = error.message(wxpaykit::doctor::Language::Chinese);
            assert!(
                chinese.ends_with("文件与微信支付签名的哈希值不符：文件在途中被截断或改动过，请重新下载。"),
                "{chinese}"
            );
            // It ends with the same error each time, and has no totals.
            for _ in 0..2 {
                assert_eq!(bill.next_batch().await.unwrap_err().code(), "bill_hash_mismatch");
                assert!(bill.totals().is_none());
            }

            let mut text = pay.v3().tradebill(trade()).await.unwrap().into_text();
            let error = loop {
                match text.next().await {
                    Ok(piece) => assert!(piece.is_some(), "it looks whole"),
                    Err(error) => break error,
                }
            };
            assert_eq!((error.code(), text.totals().is_none()), ("bill_hash_mismatch", true));

            let place = Place::new("v3-bills");
            let saved = pay.v3().tradebill(trade()).await.unwrap().save(place.folder.join("bill.csv"), |_| ()).await;
            assert_eq!(saved.unwrap_err().code(), "bill_hash_mismatch");
            assert_eq!(std::fs::read_dir(&place.folder).unwrap().count(), 0, "nothing is left behind");

            let compared = pay.v3().tradebill(trade()).await.unwrap().compare(Vec::<Mine>::new()).await;
            assert_eq!(compared.unwrap_err().code(), "bill_hash_mismatch");
        }
    });
}

#[test]
fn every_change_of_the_file_is_refused() {
    within(async {
        let packed = gzip(BILL);
        for (content, step) in [(BILL.as_bytes(), 37), (&*packed, 11)] {
            let mut changed = Vec::new();
            for at in (0..content.len()).step_by(step) {
                let mut flipped = content.to_vec();
                flipped[at] ^= 1 << (at % 8);
                let mut shorter = content.to_vec();
                shorter.remove(at);
                let mut longer = content.to_vec();
                longer.insert(at, content[at]);
                changed.extend([flipped, shorter, longer]);
            }
            let (count, longest) = (changed.len(), content.len() + 1);
            let server = server(sha1(BILL), move |number| download(changed[number].clone())).await;
            let pay = client(&server.url);
            for number in 0..count {
                // The beginning may look like something else than a bill.
                let ended = match pay.v3().tradebill(trade()).await {
                    Ok(mut bill) => rows(&mut bill).await.1.map(|()| bill.bytes_read()),
                    Err(error) => Err(error),
                };
                match ended {
                    // Bits of a gzip file's head, such as its time, are not of the text.
                    Ok(read) => {
                        assert!(content.starts_with(b"\x1f\x8b") && read <= longest as u64 && number < 6, "{number}")
                    }
                    Err(error) => assert!(["SignatureError", "TransportError"].contains(&error.class()), "{error}"),
                }
            }
            assert_eq!(server.asked(FILE).len(), count);
        }
    });
}

#[test]
fn a_bill_that_is_cut_off_is_an_error() {
    within(async {
        let packed = gzip(BILL);
        let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
        let broken = |content: Vec<u8>| {
            let length = content.len() + 1;
            Reply { file: Some((content, length)), ..download("") }
        };
        // A proxy stores half a file; a connection breaks; the last line is missing.
        let line = BILL.rfind('`').unwrap();
        let cases = [
            (download(half(BILL.as_bytes())), "malformed_reply"),
            (download(half(&packed)), "malformed_reply"),
            (download(&BILL.as_bytes()[..line]), "malformed_reply"),
            (broken(half(BILL.as_bytes())), "network"),
            (broken(half(&packed)), "network"),
            (broken(BILL.into()), "network"),
        ];
        for (number, (made, code)) in cases.into_iter().enumerate() {
            let server = server(sha1(BILL), move |_| made.clone()).await;
            let mut bill = client(&server.url).v3().tradebill(trade()).await.unwrap();
            let error = rows(&mut bill).await.1.unwrap_err();
            assert_eq!((error.class(), error.code()), ("TransportError", code), "{number}");
            assert_eq!((error.retry().as_str(), bill.totals().is_none()), ("same_request", true), "{number}");
        }
    });
}

#[test]
fn an_address_at_another_host_is_refused_and_receives_nothing() {
    within(async {
        let other = Signed::start(|_| download(BILL)).await;
        let url = format!("{}{FILE}?token=1", other.url);
        let server = Signed::start(move |_| address_at(&url, "SHA1", &sha1(BILL))).await;
        let error = client(&server.url).v3().tradebill(trade()).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(
            (error.class(), error.code(), error.retry().as_str()),
            ("TransportError", "malformed_reply", "never")
        );
        let (there, here) = (&other.url, &server.url);
        let expected = format!(
            "download_url is at {there}, and this client's host is {here}: the request for the file has the merchant's signature, and only \
             the client's own host may receive it. The file was not requested (HTTP 200)"
        );
        assert!(text.contains(&expected) && !text.contains("nothing was sent"), "{text}");
        assert!(
            matches!(error.kind(), Kind::Transport { outcome: Outcome::Unknown, status: Some(200), .. }),
            "{error:?}"
        );
        assert!(other.got.lock().unwrap().is_empty());
        assert_eq!(server.got.lock().unwrap().len(), 1);
    });
}

#[test]
fn a_redirect_of_the_file_is_not_followed() {
    within(async {
        let other = Signed::start(|_| download(BILL)).await;
        let location = format!("{}{FILE}?token=1", other.url);
        let moved = move |_| reply(302, "").by(By::Nobody).with(&format!("Location: {location}"));
        let server = server(sha1(BILL), moved).await;
        let error = client(&server.url).v3().tradebill(trade()).await.unwrap_err();
        assert_eq!((error.class(), error.status()), ("TransportError", Some(302)), "{error}");
        assert!(other.got.lock().unwrap().is_empty());
    });
}

#[test]
fn a_reply_that_cannot_be_checked_is_refused_before_the_download() {
    within(async {
        let hash = sha1(BILL);
        for (hash_type, hash, by, code) in [
            ("SM3", &*hash, By::PublicKey, "malformed_reply"),
            ("SHA1", "", By::PublicKey, "malformed_reply"),
            ("SHA1", &hash[1..], By::PublicKey, "malformed_reply"),
            ("SHA1", &hash, By::Nobody, "header_missing"),
            ("SHA1", &hash, By::Changed, "signature_mismatch"),
            ("SHA1", &hash, By::Probe, "signature_probe"),
        ] {
            let (hash_type, hash) = (hash_type.to_owned(), hash.to_owned());
            let server = Signed::start(move |request| {
                let url = format!("http://{}{FILE}?token=1", request.headers["host"]);
                address_at(&url, &hash_type, &hash).by(by)
            })
            .await;
            let error = client(&server.url).v3().tradebill(trade()).await.unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(server.asked(FILE).is_empty(), "{code}");
        }
        let server = Signed::start(|_| reply(200, r#"{"hash_type":"SHA1"}"#)).await;
        let error = client(&server.url).v3().tradebill(trade()).await.unwrap_err();
        assert_eq!(error.code(), "malformed_reply", "{error}");
    });
}

#[test]
fn an_address_that_expired_is_asked_for_once_more() {
    within(async {
        let expired = || reply(400, r#"{"code":"INVALID_REQUEST","message":"token已失效，请重新获取下载链接"}"#);
        for by in [By::PublicKey, By::Nobody] {
            let server = server(sha1(BILL), move |number| match number {
                0 => expired().by(by),
                _ => download(BILL),
            })
            .await;
            let mut bill = client(&server.url).v3().tradebill(trade()).await.unwrap();
            rows(&mut bill).await.1.unwrap();
            assert_eq!((server.asked(TRADE).len(), server.asked(FILE).len()), (2, 2));
        }
        let server = server(sha1(BILL), move |_| expired()).await;
        let error = client(&server.url).v3().tradebill(trade()).await.unwrap_err();
        assert_eq!((error.class(), error.code(), error.retry().as_str()), ("BusinessError", "business", "never"));
        assert!(error.to_string().contains("token已失效"), "{error}");
        assert_eq!((server.asked(TRADE).len(), server.asked(FILE).len()), (2, 2));
        // The second failure is returned where a reply says it.
        let error = |code: &str, by| reply(403, &json!({ "code": code, "message": "-" }).to_string()).by(by);
        for (again, class, text) in [
            (error("NO_AUTH", By::PublicKey), "BusinessError", "NO_AUTH"),
            (error("NO_AUTH", By::Changed), "SignatureError", ""),
            (reply(502, "<html>bad gateway</html>").by(By::Nobody), "BusinessError", "token已失效"),
            (Reply { file: Some((Vec::new(), 9)), ..download("") }, "BusinessError", "token已失效"),
        ] {
            let server =
                self::server(sha1(BILL), move |number| if number == 0 { expired() } else { again.clone() }).await;
            let mut options = options(with_public_key(), &server.url);
            options.limits.max_network_retries = 0;
            let error = WxPay::new(options).unwrap().v3().tradebill(trade()).await.unwrap_err();
            assert_eq!(error.class(), class, "{error}");
            assert!(error.to_string().contains(text), "{error}");
            assert_eq!((server.asked(TRADE).len(), server.asked(FILE).len()), (2, 2));
        }
        // The same code for the day itself is not about the address.
        let server =
            Signed::start(|_| reply(400, r#"{"code":"INVALID_REQUEST","message":"请求的账单日期已过期"}"#)).await;
        assert_eq!(client(&server.url).v3().tradebill(trade()).await.unwrap_err().class(), "BusinessError");
        assert_eq!(server.asked(TRADE).len(), 1);
    });
}

#[test]
fn a_day_without_business_is_a_bill_without_rows() {
    within(async {
        let server = server(sha1(EMPTY), |_| download(EMPTY)).await;
        let mut bill = client(&server.url).v3().tradebill(trade()).await.unwrap();
        let (found, ended) = rows(&mut bill).await;
        ended.unwrap();
        assert_eq!((found.len(), bill.totals().unwrap().total_count()), (0, Some(0)));
    });
}

#[test]
fn what_is_not_a_bill_is_an_error() {
    within(async {
        let sign = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》";
        let refused = json!({ "code": "SIGN_ERROR", "message": sign }).to_string();
        let odd = json!({ "code": "INVALID REQUEST", "message": "错误的签名，导致验签失败" }).to_string();
        let no_auth = json!({ "code": "NO_AUTH", "message": "无权下载该账单" }).to_string();
        let cases = [
            (401, &*refused, By::Nobody, "ProtocolError", Some(false)),
            (200, &*odd, By::Nobody, "BusinessError", Some(false)),
            (403, &*no_auth, By::PublicKey, "BusinessError", Some(true)),
            (403, &*no_auth, By::Changed, "SignatureError", None),
            (404, "", By::Nobody, "ProtocolError", Some(false)),
            (200, "", By::Nobody, "TransportError", None),
            (204, "", By::Nobody, "TransportError", None),
            (200, "<html>login</html>", By::Nobody, "TransportError", None),
            (502, "<html>bad gateway</html>", By::Nobody, "TransportError", None),
        ];
        for (status, body, by, class, verified) in cases {
            let made = reply(status, body).by(by);
            let server = server(sha1(BILL), move |_| made.clone()).await;
            let mut options = options(with_public_key(), &server.url);
            options.limits.max_network_retries = 0;
            let error = WxPay::new(options).unwrap().v3().tradebill(trade()).await.unwrap_err();
            assert_eq!((error.class(), error.endpoint()), (class, Some("v3.tradebill")), "{status} {error}");
            assert_eq!((error.status(), error.verified()), (Some(status), verified), "{error}");
            if status == 401 {
                let signed = error.string_to_sign().unwrap();
                assert!(signed.starts_with(&format!("GET\n{FILE}?token=***&tartype=gzip\n")), "{signed}");
                assert!(error.to_string().contains("the reply is not signed"), "{error}");
            }
        }
    });
}

#[test]
fn a_bill_that_is_not_there_says_when_to_ask_again() {
    within(async {
        let refused = |code: &str| reply(400, &json!({ "code": code, "message": "-" }).to_string());
        let tomorrow = BeijingTime::from_unix(now() + 86_400).unwrap().to_dashed()[..10].to_owned();
        for (code, day, own, retry, again) in [
            ("NO_STATEMENT_EXIST", "2020-01-01", "no_bill", "never", false),
            ("NO_STATEMENT_EXIST", &*tomorrow, "no_bill", "same_request", true),
            ("STATEMENT_CREATING", "2020-01-01", "bill_not_ready", "same_request", true),
        ] {
            // Either request may be refused so.
            for is_first in [true, false] {
                let server = Signed::start(move |request| match request.target.starts_with(FILE) || is_first {
                    true => refused(code),
                    false => address(request, "1", &sha1(BILL)),
                })
                .await;
                let mut options = options(with_public_key(), &server.url);
                options.limits.max_network_retries = 0;
                let pay = WxPay::new(options).unwrap();
                let fund = V3Fundflowbill::new().bill_date(day).account_type(V3AccountType::Basic);
                for error in [
                    pay.v3().tradebill(V3Tradebill::new().bill_date(day)).await.unwrap_err(),
                    pay.v3().fundflowbill(fund).await.unwrap_err(),
                ] {
                    assert_eq!(
                        (error.class(), error.code(), error.retry().as_str()),
                        ("BusinessError", own, retry),
                        "{code} {day}"
                    );
                    assert_eq!(
                        error.to_string().contains(&format!("the bill of {day} again after ")),
                        again,
                        "{error}"
                    );
                }
            }
        }
    });
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[test]
fn a_day_is_taken_in_either_form() {
    within(async {
        let server = server(sha1(BILL), |_| download(BILL)).await;
        let pay = client(&server.url);
        for day in ["20251127", "2025-11-27"] {
            pay.v3().tradebill(V3Tradebill::new().bill_date(day)).await.unwrap();
        }
        let asked = server.asked(TRADE);
        assert!(asked.iter().all(|one| one.target.contains("?bill_date=2025-11-27")), "{asked:?}");
        assert_eq!(asked.len(), 2);
    });
}

#[test]
fn a_wrong_field_is_refused_before_anything_is_sent() {
    within(async {
        let server = server(sha1(BILL), |_| download(BILL)).await;
        let pay = client(&server.url);
        for wrong in ["2025-13-01", "2025-11-31", "20251131", "2025/11/27", "yesterday", "", "2025-11-27 "] {
            let error = pay.v3().tradebill(V3Tradebill::new().bill_date(wrong)).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("bill_date")), "{wrong}");
            if !wrong.is_empty() {
                assert!(error.to_string().contains("yyyy-MM-dd"), "{error}");
            }
        }
        let text = |name: &'static str, value: &'static str| (name.into(), wxpaykit::value::Value::Text(value.into()));
        let day = || text("bill_date", "2025-11-27");
        for (call, params, field) in [
            ("v3.tradebill", vec![day(), text("account_type", "BASIC")], "account_type"),
            ("v3.fundflowbill", vec![day(), text("bill_type", "ALL")], "bill_type"),
            ("v3.fundflowbill", vec![day(), text("sub_mchid", "1900000201")], "sub_mchid"),
            ("v3.fundflowbill", vec![day(), text("account_type", "Basic")], "account_type"),
            ("v3.tradebill", vec![day(), text("tar_type", "ZIP")], "tar_type"),
            ("v3.tradebill", vec![], "bill_date"),
        ] {
            let endpoint = wxpaykit::registry::find(call).unwrap();
            let error = pay.open_bill(endpoint, &params).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{error}");
            // A bill is no document.
            let error = pay.execute(endpoint, &vec![day()]).await.unwrap_err();
            assert_eq!(error.class(), "InvalidRequest");
        }
        let old = WxPay::new(common::options(&server.url)).unwrap();
        let error = old.v3().tradebill(trade()).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("api_v3_key")), "{error}");
        assert!(server.got.lock().unwrap().is_empty());
    });
}

#[test]
fn a_service_provider_asks_for_one_sub_merchant_or_for_all() {
    within(async {
        let server = server(sha1(BILL), |_| download(BILL)).await;
        let pay = client(&server.url);
        pay.v3().tradebill(trade()).await.unwrap();
        pay.v3().tradebill(trade().sub_mchid("1900000201")).await.unwrap();
        let of_one = WxPay::new(options(with_public_key().sub_mch_id("1900000202"), &server.url)).unwrap();
        of_one.v3().tradebill(trade()).await.unwrap();
        of_one.v3().fundflowbill(V3Fundflowbill::new().bill_date("2025-11-27")).await.unwrap();
        let asked: Vec<_> = server.asked(TRADE).iter().map(|request| request.target.contains("sub_mchid=")).collect();
        assert_eq!(asked, [false, true, true]);
        assert!(server.asked(TRADE)[2].target.contains("sub_mchid=1900000202"));
        assert_eq!(server.asked(FUND)[0].target, format!("{FUND}?bill_date=2025-11-27&account_type=BASIC"));
    });
}

#[test]
fn a_failed_download_is_repeated_within_the_time_limit_of_the_call() {
    within(async {
        let server = server(sha1(BILL), |number| match number {
            0 => reply(502, "<html>bad gateway</html>").by(By::Nobody),
            1 => reply(500, r#"{"code":"SYSTEM_ERROR","message":"系统错误"}"#),
            _ => download(BILL),
        })
        .await;
        let mut options = options(with_public_key(), &server.url);
        options.limits.max_network_retries = 2;
        let mut bill = WxPay::new(options).unwrap().v3().tradebill(trade()).await.unwrap();
        rows(&mut bill).await.1.unwrap();
        let asked = server.asked(FILE);
        assert_eq!((server.asked(TRADE).len(), asked.len()), (1, 3));
        let signed: std::collections::HashSet<_> =
            asked.iter().map(|request| &request.headers["authorization"]).collect();
        assert_eq!(signed.len(), 3, "each attempt is signed anew");

        // The first request takes most of the time, and the second has none of its own.
        let slow = Signed::start(|request| {
            let delay = Duration::from_millis(if request.target.starts_with(FILE) { 30_000 } else { 700 });
            Reply { delay, ..address(request, "1", &sha1(BILL)) }
        })
        .await;
        let mut options = common::signed::options(with_public_key(), &slow.url);
        options.limits.timeout = Duration::from_secs(1);
        options.limits.max_network_retries = 0;
        let start = std::time::Instant::now();
        let error = WxPay::new(options).unwrap().v3().tradebill(trade()).await.unwrap_err();
        assert_eq!(error.code(), "timeout", "{error}");
        assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    });
}

#[test]
fn the_file_is_requested_at_the_host_of_its_address_alone() {
    within(async {
        let second = server(sha1(BILL), |_| download(BILL)).await;
        let url = format!("{}{FILE}?token=1", second.url);
        let first = Signed::start(move |_| address_at(&url, "SHA1", &sha1(BILL))).await;
        let pay = client(&format!("{},{}", first.url, second.url));
        for _ in 0..2 {
            rows(&mut pay.v3().tradebill(trade()).await.unwrap()).await.1.unwrap();
        }
        assert!(first.asked(FILE).is_empty());
        assert_eq!((first.asked(TRADE).len(), second.asked(TRADE).len(), second.asked(FILE).len()), (2, 0, 2));
    });
}

#[test]
fn both_apis_give_the_same_bill() {
    within(async {
        let wechat = emulator().await;
        // The emulator has several names, and the address of a file is at the one that was asked.
        let mut options = common::day::options(&wechat, &wechat.url().replace("127.0.0.1", "localhost"));
        options.merchant = options
            .merchant
            .platform_public_key(wechat.platform_public_key())
            .platform_public_key_id(wechat.platform_public_key_id());
        let pay = WxPay::new(options).unwrap();
        let number = business(&wechat, &pay).await;

        let early = next_day(&wechat, 9).await;
        let error = pay.v3().tradebill(V3Tradebill::new().bill_date(&early)).await.unwrap_err();
        assert_eq!((error.code(), error.verified()), ("bill_not_ready", Some(true)), "{error}");
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 7200 })).await;
        for packed in [false, true] {
            let (mut v2, mut v3) = (Downloadbill::new().bill_date(&early), V3Tradebill::new().bill_date(&early));
            let (mut fund, mut v3_fund) =
                (Downloadfundflow::new().bill_date(&early), V3Fundflowbill::new().bill_date(&early));
            if packed {
                (v2, v3) = (v2.tar_type(TarType::Gzip), v3.tar_type(TarType::Gzip));
                (fund, v3_fund) = (fund.tar_type(TarType::Gzip), v3_fund.tar_type(TarType::Gzip));
            }
            for (old, new) in [
                (pay.downloadbill(v2).await.unwrap(), pay.v3().tradebill(v3).await.unwrap()),
                (pay.downloadfundflow(fund).await.unwrap(), pay.v3().fundflowbill(v3_fund).await.unwrap()),
            ] {
                let (old, mut new) = (cells(old).await, cells(new).await);
                assert!(old.len() > 2 && format!("{old:?}").contains(&number));
                // APIv3 escapes the merchant's texts.
                for (_, text) in new.iter_mut().flatten() {
                    *text = unescape(text).into_owned();
                }
                assert_eq!(old, new);
            }
        }
        let error = pay.v3().tradebill(V3Tradebill::new().bill_date("2020-01-01")).await.unwrap_err();
        assert_eq!(error.class(), "BusinessError", "{error}");
    });
}

const SUB: &str = "/v3/bill/sub-merchant-fundflowbill";

/// A file of an encrypted bill: as it is downloaded, and what the signed reply says of it.
struct SealedFile {
    content: Vec<u8>,
    said: serde_json::Value,
}

#[derive(Clone, Copy, PartialEq)]
enum Packed {
    No,
    Before,
    After,
}

/// Encrypted by the library itself, for the certificate of the tests.
fn sealed(number: i64, text: &str, nonce: &[u8], packed: Packed) -> SealedFile {
    use aes_gcm::aead::Aead;
    use aes_gcm::aead::consts::{U12, U16};
    use aes_gcm::{AesGcm, KeyInit, aes::Aes256};
    let key = [b'k'; 32];
    let plain = if packed == Packed::Before { gzip(text) } else { text.as_bytes().to_vec() };
    let content = match nonce.len() {
        12 => AesGcm::<Aes256, U12>::new(&key.into()).encrypt(nonce.try_into().unwrap(), &plain[..]).unwrap(),
        _ => AesGcm::<Aes256, U16>::new(&key.into()).encrypt(nonce.try_into().unwrap(), &plain[..]).unwrap(),
    };
    let content = if packed == Packed::After { gzip_bytes(&content) } else { content };
    let certificate = VerifyingKey::read("cert", file("apiclient_cert.pem").as_bytes()).unwrap();
    let said = json!({
        "bill_sequence": number, "hash_type": "SHA1", "hash_value": sha1(text),
        "encrypt_key": BASE64_STANDARD.encode(certificate.encrypt(&key).unwrap()),
        "nonce": std::str::from_utf8(nonce).unwrap(),
    });
    SealedFile { content, said }
}

fn gzip_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// A server of an encrypted bill of these files, which the reply lists in their order here.
async fn sealed_server(count: i64, files: Vec<SealedFile>) -> Signed {
    slow_sealed_server(count, files, Duration::ZERO).await
}

/// The same, which waits so long before each third of a file.
async fn slow_sealed_server(count: i64, files: Vec<SealedFile>, pause: Duration) -> Signed {
    Signed::start(move |request| match request.target.split_once('?').unwrap() {
        (FILE, query) => {
            let content = files[query.strip_prefix("token=").unwrap().parse::<usize>().unwrap()].content.clone();
            Reply { pause, ..download(content) }
        }
        _ => {
            let host = &request.headers["host"];
            let list: Vec<_> = (0..)
                .zip(&files)
                .map(|(place, file)| {
                    let mut said = file.said.clone();
                    said["download_url"] = json!(format!("http://{host}{FILE}?token={place}"));
                    said
                })
                .collect();
            reply(200, &json!({ "download_bill_count": count, "download_bill_list": list }).to_string())
        }
    })
    .await
}

fn of_sub_merchant() -> V3SubMerchantFundflowbill {
    V3SubMerchantFundflowbill::new().sub_mchid("1900000201").bill_date("2025-11-27")
}

const NONCE: &[u8] = b"a8607ef79034c49c";

#[test]
fn an_encrypted_bill_is_decrypted_and_joined() {
    within(async {
        // In the middle of a row.
        let (first, second) = BILL.split_at(BILL.find("`2025-11-27 10:00:00").unwrap() + 5);
        for (nonce, packed) in
            [(NONCE, Packed::No), (NONCE, Packed::Before), (NONCE, Packed::After), (b"123456789012", Packed::No)]
        {
            let files = vec![sealed(2, second, nonce, packed), sealed(1, first, nonce, packed)];
            let server = sealed_server(2, files).await;
            let pay = client(&server.url);
            let expected = rows(&mut client(&plain_server().await.url).v3().tradebill(trade()).await.unwrap()).await;
            let got = rows(&mut pay.v3().sub_merchant_fundflowbill(of_sub_merchant()).await.unwrap()).await;
            assert_eq!(got.0, expected.0);
            got.1.unwrap();
            let asked = server.asked(SUB);
            let query = asked[0].target.split_once('?').unwrap().1;
            let expected = "sub_mchid=1900000201&bill_date=2025-11-27&account_type=BASIC&algorithm=AEAD_AES_256_GCM";
            assert_eq!(query, expected);
            assert_eq!(server.asked(FILE).len(), 2);
        }
    });
}

#[test]
fn the_time_limit_of_an_encrypted_bill_is_for_each_piece() {
    within(async {
        let (first, second) = BILL.split_at(BILL.find("`2025-11-27 10:00:00").unwrap() + 5);
        let files = || vec![sealed(1, first, NONCE, Packed::No), sealed(2, second, NONCE, Packed::Before)];
        let opened = async |pause: u64| {
            let server = slow_sealed_server(2, files(), Duration::from_millis(pause)).await;
            let mut options = options(with_public_key(), &server.url);
            options.limits.timeout = Duration::from_secs(1);
            options.limits.max_network_retries = 0;
            let start = std::time::Instant::now();
            let bill = WxPay::new(options).unwrap().v3().sub_merchant_fundflowbill(of_sub_merchant()).await;
            (bill, start.elapsed())
        };
        let (bill, took) = opened(400).await;
        assert!(took > Duration::from_secs(2), "{took:?}");
        rows(&mut bill.unwrap()).await.1.unwrap();
        // A piece that does not come in time.
        let (bill, took) = opened(1600).await;
        let error = bill.unwrap_err();
        assert_eq!((error.code(), error.retry().as_str()), ("timeout", "same_request"), "{error}");
        assert_eq!(error.endpoint(), Some("v3.sub_merchant_fundflowbill"));
        assert!(took < Duration::from_secs(3), "{took:?}");
    });
}

async fn plain_server() -> Signed {
    server(sha1(BILL), |_| download(BILL)).await
}

#[test]
fn an_encrypted_file_that_breaks_off_is_asked_for_again() {
    within(async {
        for (broken, retries, is_whole) in [(1, 2, true), (2, 2, true), (3, 2, false), (1, 0, false)] {
            let file = sealed(1, BILL, NONCE, Packed::No);
            let (content, said, asked) = (file.content, file.said, Arc::new(AtomicUsize::new(0)));
            let count = Arc::clone(&asked);
            let server = Signed::start(move |request| {
                if request.target.starts_with(FILE) {
                    let times = count.fetch_add(1, Ordering::SeqCst);
                    let half = content.len() / if times < broken { 2 } else { 1 };
                    return Reply {
                        file: Some((content[..half].to_vec(), content.len())),
                        ..download(content.clone())
                    };
                }
                let mut said = said.clone();
                said["download_url"] = json!(format!("http://{}{FILE}?token=0", request.headers["host"]));
                reply(200, &json!({ "download_bill_count": 1, "download_bill_list": [said] }).to_string())
            })
            .await;
            let mut options = options(with_public_key(), &server.url);
            options.limits.max_network_retries = retries;
            let bill = WxPay::new(options).unwrap().v3().sub_merchant_fundflowbill(of_sub_merchant()).await;
            let expected = if is_whole { broken + 1 } else { usize::try_from(retries).unwrap() + 1 };
            assert_eq!(asked.load(Ordering::SeqCst), expected);
            match bill {
                Ok(mut bill) => rows(&mut bill).await.1.unwrap(),
                Err(error) => {
                    assert!(!is_whole, "{error}");
                    assert_eq!((error.class(), error.retry().as_str()), ("TransportError", "same_request"), "{error}");
                }
            }
        }
    });
}

#[test]
fn an_encrypted_bill_that_is_not_whole_is_refused() {
    within(async {
        let one = || sealed(1, BILL, NONCE, Packed::No);
        let changed = |name: &str, value: serde_json::Value| {
            let mut file = one();
            file.said[name] = value;
            file
        };
        let mut cut = one();
        cut.content.pop();
        let other_key = VerifyingKey::read("cert", file("other_cert.pem").as_bytes()).unwrap();
        let other_key = BASE64_STANDARD.encode(other_key.encrypt(&[b'k'; 32]).unwrap());
        for (count, files, code, words) in [
            (2, vec![one()], "malformed_reply", "has 2 files, and the reply lists 1"),
            (0, vec![], "malformed_reply", "has 0 files"),
            (2, vec![one(), one()], "malformed_reply", "not each once"),
            (1, vec![sealed(2, BILL, NONCE, Packed::No)], "malformed_reply", "not each once"),
            (1, vec![cut], "malformed_reply", "file 1 of the bill: file: does not decrypt"),
            (1, vec![changed("nonce", json!("b8607ef79034c49c"))], "malformed_reply", "does not decrypt"),
            (1, vec![changed("nonce", json!("short"))], "malformed_reply", "does not decrypt"),
            (1, vec![changed("encrypt_key", json!(other_key))], "malformed_reply", "another certificate"),
            (1, vec![changed("encrypt_key", json!("?"))], "malformed_reply", "is not Base64"),
            (
                1,
                vec![changed("hash_value", json!("0".repeat(40)))],
                "bill_hash_mismatch",
                "the signed reply has the SHA-1",
            ),
            (1, vec![changed("hash_type", json!("SM3"))], "malformed_reply", "SHA1 is the one that can be checked"),
        ] {
            let server = sealed_server(count, files).await;
            let error = client(&server.url).v3().sub_merchant_fundflowbill(of_sub_merchant()).await.unwrap_err();
            // What cannot be checked would not be different the next time.
            let retry = if words.starts_with("SHA1") { "never" } else { "same_request" };
            assert_eq!((error.code(), error.retry().as_str()), (code, retry), "{error}");
            assert_eq!(error.endpoint(), Some("v3.sub_merchant_fundflowbill"));
            assert!(error.to_string().contains(words), "{error}");
        }
        let pay = client("http://127.0.0.1:9");
        let error = pay.v3().sub_merchant_fundflowbill(V3SubMerchantFundflowbill::new().bill_date("2025-11-27")).await;
        let error = error.unwrap_err();
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("sub_mchid")), "{error}");
    });
}

/// Texts and totals as they are at times, and replies without Request-ID.
#[test]
fn a_bill_as_it_is_at_times() {
    within(async {
        let wechat = emulator().await;
        let mut options = common::day::options(&wechat, wechat.url());
        options.merchant = options
            .merchant
            .platform_public_key(wechat.platform_public_key())
            .platform_public_key_id(wechat.platform_public_key_id());
        let pay = WxPay::new(options).unwrap();
        business(&wechat, &pay).await;
        let day = next_day(&wechat, 11).await;
        let v3 = pay.v3();
        let asked = |day: &str| v3.tradebill(V3Tradebill::new().bill_date(day.to_owned()));
        let usual = cells(asked(&day).await.unwrap()).await;
        for (path, value) in [(FILE, ""), (TRADE, ""), (FILE, "v13vf9")] {
            let fault = json!({ "fault": "request_id", "endpoint": path, "value": value, "times": 1 });
            let added = control(&wechat, "POST", "/_emulator/faults", fault).await;
            assert_eq!(cells(asked(&day).await.unwrap()).await, usual);
            let left = control(&wechat, "GET", "/_emulator/faults", serde_json::Value::Null).await;
            assert!(left.as_array().unwrap().iter().any(|each| each["id"] == added["id"] && each["left"] == 0));
        }
        let empty = next_day(&wechat, 11).await;
        control(&wechat, "POST", "/_emulator/faults", json!({ "fault": "bill_empty", "times": 2 })).await;
        let totals = cells(asked(&empty).await.unwrap()).await;
        assert_eq!(totals.len(), 1, "totals alone: {totals:?}");
        assert!(totals[0].iter().all(|(_, cell)| cell.parse() == Ok(0.0)), "{totals:?}");
        let date = empty.replace('-', "");
        let mut old = pay.downloadbill(wxpaykit::Downloadbill::new().bill_date(date)).await.unwrap();
        assert!(old.next().await.unwrap().is_none());
        assert_eq!(old.totals().unwrap().total_count(), Some(0));
        assert_eq!(asked(&empty).await.unwrap_err().code(), "no_bill");
    });
}

#[test]
fn the_emulator_makes_encrypted_bills() {
    within(async {
        let wechat = emulator().await;
        let mut options = common::day::options(&wechat, wechat.url());
        options.merchant = options
            .merchant
            .platform_public_key(wechat.platform_public_key())
            .platform_public_key_id(wechat.platform_public_key_id());
        let pay = WxPay::new(options).unwrap();
        let number = business(&wechat, &pay).await;
        let day = next_day(&wechat, 11).await;
        let plain = pay.v3().fundflowbill(V3Fundflowbill::new().bill_date(&day)).await.unwrap();
        let plain = cells(plain).await;
        for packed in [false, true] {
            let mut all = V3EcommerceFundflowbill::new().bill_date(&day);
            if packed {
                all = all.tar_type(TarType::Gzip);
            }
            let got = cells(pay.v3().ecommerce_fundflowbill(all).await.unwrap()).await;
            assert!(format!("{got:?}").contains(&number));
            assert_eq!(got, plain);
        }
        let none = V3EcommerceFundflowbill::new().bill_date(next_day(&wechat, 11).await);
        let error = pay.v3().ecommerce_fundflowbill(none).await.unwrap_err();
        assert_eq!((error.code(), error.verified()), ("no_bill", Some(true)), "{error}");
        // A merchant that is no service provider has no sub-merchants.
        for named in [true, false] {
            let error = match named {
                true => pay.v3().tradebill(V3Tradebill::new().sub_mchid("1900000201").bill_date(&day)).await,
                false => {
                    let of_sub = V3SubMerchantFundflowbill::new().sub_mchid("1900000201").bill_date(&day);
                    pay.v3().sub_merchant_fundflowbill(of_sub).await
                }
            };
            let error = error.unwrap_err();
            let Kind::Business { err_code, .. } = error.kind() else { panic!("{error:?}") };
            assert_eq!((err_code.as_str(), error.retry().as_str()), ("NO_AUTH", "never"));
            assert!(error.to_string().contains("不是指定的子商户的父商户"), "{error}");
        }
    });
}

/// All cells by name, with the totals at the end.
async fn cells(mut bill: Bill) -> Vec<Vec<(String, String)>> {
    let mut all = Vec::new();
    let texts = |row: &wxpaykit::bill::Row| row.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    while let Some(row) = bill.next().await.unwrap() {
        all.push(texts(&row));
    }
    all.push(texts(bill.totals().unwrap()));
    all
}
