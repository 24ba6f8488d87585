//! How each call of both APIs ends under the same faults of the network, of gateways and of replies: whether WeChat may have acted, what is
//! safe then, and how often the client asked.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common;
use crate::common::signed::{
    API_V3_KEY, APPID, By, MCH_ID, Reply, certificates, options, reply, with_certificates, with_public_key, written,
};
use crate::common::silent::{lines_of_a_child, say, silent_after, silent_tls, tunnel, url_of_the_child};
use crate::common::{KEY, within};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use wxpaykit::crypto::digest::sha1;
use wxpaykit::store::Place;
use wxpaykit::transport::Reqwest;
use wxpaykit::v3::{Download, Upload};
use wxpaykit::{
    BillType, Closeorder, Downloadbill, Error, Event, Fen, Kind, MemoryStore, MerchantOptions, Micropay, Options,
    Orderquery, Outcome, Refund, SignType, V3Close, V3CodePayer, V3CodeSceneInfo, V3Codepay, V3Jsapi, V3OrderAmount,
    V3Payer, V3Query, V3Refund, V3RefundAmount, V3Tradebill, V3Transfer, V3TransferReportInfo, WxPay, sign, wire,
};

/// The calls of APIv2.
static V2: [&str; 6] = ["unifiedorder", "orderquery", "closeorder", "refund", "micropay", "downloadbill"];
/// Those of APIv3. Of a bill both requests: for the address of its file, and for the file.
static V3: [&str; 10] = [
    "v3.jsapi",
    "v3.query",
    "v3.close",
    "v3.refund",
    "v3.transfer",
    "v3.codepay",
    "v3.upload",
    "v3.download",
    "v3.tradebill",
    FILE,
];
/// The file of `v3.tradebill`.
const FILE: &str = "v3.tradebill, file";
/// What the path of that file begins with.
const FILE_PATH: &str = "/v3/billdownload/file";
/// That of another file, which is downloaded as a whole.
const RECEIPT_PATH: &str = "/v3/transfer-detail/file";

const BILL: &str = "\u{feff}交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,订单金额\r
`2025-11-27 09:00:01,`wxd930ea5d5a258f4f,`1900000109,`4200002990202511271234500001,`A1,`SUCCESS,`6.00\r
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r
`1,`6.00,`0.00,`0.00,`0.02400,`6.00,`0.00\r
";

/// Makes a call. `url` is the address of the client's host.
async fn run(pay: &WxPay, url: &str, call: &str) -> Result<(), Error> {
    let v3 = pay.v3();
    let amount = || V3OrderAmount::new().total(Fen(88));
    match call {
        "unifiedorder" => pay.unifiedorder(common::order("A1")).await.map(drop),
        "orderquery" => pay.orderquery(Orderquery::new().out_trade_no("A1")).await.map(drop),
        "closeorder" => pay.closeorder(Closeorder::new().out_trade_no("A1")).await.map(drop),
        "refund" => {
            let refund = Refund::new().out_trade_no("A1").out_refund_no("R1");
            pay.refund(refund.total_fee(Fen(88)).refund_fee(Fen(40))).await.map(drop)
        }
        "micropay" => {
            let charge = Micropay::new().body("茶").out_trade_no("A1").total_fee(Fen(88));
            pay.micropay(charge.spbill_create_ip("127.0.0.1").auth_code("134567890123456789")).await.map(drop)
        }
        "downloadbill" => {
            let mut bill = pay.downloadbill(Downloadbill::new().bill_date("20251127").bill_type(BillType::All)).await?;
            while bill.next().await?.is_some() {}
            Ok(())
        }
        "v3.jsapi" => {
            let order = V3Jsapi::new().description("茶").out_trade_no("A00001").amount(amount());
            v3.jsapi(order.payer(V3Payer::new().openid("o"))).await.map(drop)
        }
        "v3.query" => v3.query(V3Query::new().out_trade_no("A1")).await.map(drop),
        "v3.close" => v3.close(V3Close::new().out_trade_no("A1")).await.map(drop),
        "v3.refund" => {
            let amount = V3RefundAmount::new().refund(Fen(40)).total(Fen(88)).currency("CNY");
            v3.refund(V3Refund::new().out_trade_no("A1").out_refund_no("R1").amount(amount)).await.map(drop)
        }
        "v3.transfer" => {
            let why = V3TransferReportInfo::new().info_type("活动名称").info_content("新会员有礼");
            let transfer = V3Transfer::new().out_bill_no("T1").transfer_scene_id("1000").openid("o");
            let transfer = transfer.transfer_amount(Fen(30)).transfer_remark("新会员有礼");
            v3.transfer(transfer.transfer_scene_report_infos(vec![why])).await.map(drop)
        }
        "v3.codepay" => {
            let charge = V3Codepay::new().description("茶").out_trade_no("A1").amount(amount());
            let charge = charge.payer(V3CodePayer::new().auth_code("134567890123456789"));
            v3.codepay(charge.scene_info(V3CodeSceneInfo::new().device_ip("203.0.113.9"))).await.map(drop)
        }
        "v3.upload" => v3.upload(Upload::bytes("logo.png", "a picture")).await.map(drop),
        "v3.download" => {
            let file = Download::new(format!("{}{RECEIPT_PATH}?token=t", url.trim_end_matches('/')));
            v3.download(&file.hash("SHA1", sha1(BILL))).await.map(drop)
        }
        "v3.tradebill" | FILE => {
            let mut bill = v3.tradebill(V3Tradebill::new().bill_date("2025-11-27")).await?;
            while bill.next().await?.is_some() {}
            Ok(())
        }
        other => panic!("{other}"),
    }
}

/// The right reply to a request.
enum Answer {
    /// Of APIv2: the fields, signed.
    Xml(Vec<(&'static str, &'static str)>),
    /// A file, which is not signed.
    File(Vec<u8>),
    /// Of APIv3.
    Json(Reply),
}

fn answer(request: &str) -> Answer {
    let path = path_of(request);
    let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let said = |others: &[(&'static str, &'static str)]| {
        let common = [("return_code", "SUCCESS"), ("result_code", "SUCCESS"), ("appid", APPID), ("mch_id", MCH_ID)];
        Answer::Xml(common.into_iter().chain(others.iter().copied()).collect())
    };
    let paid = json!({
        "appid": APPID, "mchid": MCH_ID, "out_trade_no": "A1", "transaction_id": "42001", "trade_type": "MICROPAY",
        "trade_state": "SUCCESS", "trade_state_desc": "支付成功", "bank_type": "OTHERS",
        "success_time": "2025-11-28T11:20:05+08:00", "payer": { "openid": "o" },
        "amount": { "total": 88, "payer_total": 88, "currency": "CNY", "payer_currency": "CNY" },
    });
    let document = match path {
        "/pay/unifiedorder" => return said(&[("trade_type", "JSAPI"), ("prepay_id", "wx1")]),
        "/pay/orderquery" => return said(&[("out_trade_no", "A1"), ("trade_state", "NOTPAY")]),
        "/pay/closeorder" => return said(&[]),
        "/secapi/pay/refund" => {
            let numbers = [("out_trade_no", "A1"), ("out_refund_no", "R1"), ("refund_id", "503")];
            return said(&[&numbers[..], &[("refund_fee", "40"), ("total_fee", "88")]].concat());
        }
        "/pay/micropay" => {
            let numbers = [("out_trade_no", "A1"), ("transaction_id", "42001"), ("total_fee", "88")];
            return said(&[&numbers[..], &[("trade_type", "MICROPAY"), ("time_end", "20251128112005")]].concat());
        }
        "/pay/downloadbill" | FILE_PATH | RECEIPT_PATH => return Answer::File(BILL.into()),
        "/v3/pay/transactions/jsapi" => json!({ "prepay_id": "wx1" }),
        "/v3/merchant/media/upload" => json!({ "media_id": "M1" }),
        "/v3/pay/transactions/out-trade-no/A1" | "/v3/pay/transactions/codepay" => paid,
        "/v3/pay/transactions/out-trade-no/A1/close" => return Answer::Json(reply(204, "")),
        "/v3/refund/domestic/refunds" => json!({
            "out_trade_no": "A1", "transaction_id": "42001", "out_refund_no": "R1", "refund_id": "503", "status": "PROCESSING",
            "create_time": "2025-11-28T11:24:00+08:00", "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
            "amount": { "total": 88, "refund": 40, "payer_total": 88, "payer_refund": 40, "currency": "CNY" },
        }),
        "/v3/fund-app/mch-transfer/transfer-bills" => json!({
            "out_bill_no": "T1", "transfer_bill_no": "133", "create_time": "2025-11-28T11:20:00+08:00", "state": "ACCEPTED",
        }),
        "/v3/bill/tradebill" => {
            let url = format!("http://{host}{FILE_PATH}?token=t");
            json!({ "download_url": url, "hash_type": "SHA1", "hash_value": sha1(BILL) })
        }
        other => panic!("{other}"),
    };
    Answer::Json(reply(200, &document.to_string()))
}

impl Answer {
    /// As it travels, right.
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Xml(fields) => with_length(200, "", common::signed(fields).as_bytes()),
            Self::File(content) => with_length(200, "", content),
            Self::Json(reply) => written(reply),
        }
    }
}

fn with_length(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// The head and the body of a message.
fn parts(bytes: &[u8]) -> (String, Vec<u8>) {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(bytes[..end].to_vec()).unwrap(), bytes[end..].to_vec())
}

/// What a server does with one request: it sends these bytes, and closes the connection or is silent.
struct Deed {
    bytes: Vec<u8>,
    is_silent: bool,
}

impl Deed {
    fn send(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), is_silent: false }
    }

    fn silence(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), is_silent: true }
    }
}

/// A reply that says that it is the connection's last one: this server closes each connection after one reply, and a client that does not
/// know that may send the next request at the same moment.
fn last(bytes: &[u8]) -> Vec<u8> {
    let (head, body) = parts(bytes);
    let (status, headers) = head.split_once("\r\n").unwrap();
    [format!("{status}\r\nConnection: close\r\n{headers}").as_bytes(), &body].concat()
}

/// A server whose deed follows from each request, and the requests.
async fn serving(deed: impl Fn(&str) -> Deed + Send + Sync + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (got, deed) = (Arc::new(Mutex::new(Vec::new())), Arc::new(deed));
    let seen = Arc::clone(&got);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (seen, deed) = (Arc::clone(&seen), Arc::clone(&deed));
            tokio::spawn(async move {
                let Some(request) = common::request(&mut stream).await else { return };
                let Deed { bytes, is_silent } = deed(&request);
                seen.lock().unwrap().push(request);
                let _ = stream.write_all(&bytes).await;
                if is_silent {
                    std::future::pending().await
                }
            });
        }
    });
    (url, got)
}

/// How a call ends: `ok`, or the class and the code of its error, and for a `TransportError` whether WeChat may have acted.
fn ending(result: &Result<(), Error>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => match error.kind() {
            Kind::Transport { outcome: Outcome::NotSent, .. } => format!("TransportError {} not_sent", error.code()),
            Kind::Transport { .. } => format!("TransportError {} unknown", error.code()),
            Kind::Business { err_code, .. } => format!("BusinessError {err_code}"),
            _ => format!("{} {}", error.class(), error.code()),
        },
    }
}

/// A client of both APIs.
fn both(url: &str) -> Options {
    options(MerchantOptions { api_key: Some(KEY.into()), ..with_public_key() }, url)
}

/// Whether the client repeats a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeated {
    /// Where that cannot do anything twice.
    Yes,
    No,
    /// In any case: nothing happened.
    Always,
}
use Repeated::{Always, No, Yes};

/// How calls end under a fault; `None` where it is nothing for them.
type End = Option<(&'static str, Repeated)>;

const OK: End = Some(("ok", No));
const NETWORK: End = Some(("TransportError network unknown", Yes));
/// The call had begun to hand out what it read.
const NETWORK_LATE: End = Some(("TransportError network unknown", No));
const GATEWAY: End = Some(("TransportError gateway unknown", Yes));
const MALFORMED: End = Some(("TransportError malformed_reply unknown", Yes));
const MALFORMED_LATE: End = Some(("TransportError malformed_reply unknown", No));
const CHANGED: End = Some(("SignatureError signature_mismatch", No));
const OTHER_HASH: End = Some(("SignatureError file_hash_mismatch", No));
const UNSIGNED: End = Some(("SignatureError header_missing", No));

struct Fault {
    name: &'static str,
    deed: fn(Answer) -> Deed,
    /// The calls of APIv2 whose replies are signed, and its bill.
    v2: [End; 2],
    /// The calls of APIv3 whose replies are signed, the one whose reply has no body, the file of its bill, and a file that is downloaded as
    /// a whole.
    v3: [End; 4],
}

impl Fault {
    fn end(&self, call: &str) -> End {
        match call {
            "downloadbill" => self.v2[1],
            "v3.close" => self.v3[1],
            FILE => self.v3[2],
            "v3.download" => self.v3[3],
            call if call.starts_with("v3.") => self.v3[0],
            _ => self.v2[0],
        }
    }
}

/// A right reply whose body travels in another way: with these headers in place of its length.
fn travelling(right: &Answer, headers: &str, body: &[u8]) -> Deed {
    let (head, _) = parts(&right.bytes());
    let kept = head.lines().filter(|line| !line.is_empty() && !line.starts_with("Content-Length"));
    let kept: String = kept.map(|line| format!("{line}\r\n")).collect();
    Deed::send([kept.as_bytes(), headers.as_bytes(), b"\r\n", body].concat())
}

/// A reply with another body, signed where the right one is.
fn saying(right: Answer, status: u16, body: &str) -> Deed {
    Deed::send(match right {
        Answer::Json(right) => written(&Reply { status, body: body.to_owned(), ..right }),
        _ => with_length(status, "", body.as_bytes()),
    })
}

fn page(status: u16, headers: &str, body: &str) -> Deed {
    Deed::send(with_length(status, &format!("Content-Type: text/html\r\n{headers}"), body.as_bytes()))
}

/// A right reply that is signed in another way; one of APIv2 has this `sign`.
fn signed_by(right: Answer, by: By, sign: impl Fn(&[(&str, &str)]) -> Option<String>) -> Deed {
    Deed::send(match right {
        Answer::Json(right) => written(&right.by(by)),
        Answer::Xml(fields) => {
            let sign = sign(&fields);
            let fields = fields.iter().copied().chain(sign.as_deref().map(|sign| ("sign", sign)));
            with_length(200, "", wire::xml::build(fields).unwrap().as_bytes())
        }
        right => right.bytes(),
    })
}

/// A refusal: the code of APIv2, and the status and the code of APIv3.
fn refusing(right: Answer, v2: &'static str, (status, v3): (u16, &str)) -> Deed {
    match right {
        Answer::Xml(mut fields) => {
            fields.retain(|(name, _)| ["return_code", "appid", "mch_id"].contains(name));
            fields.extend([("result_code", "FAIL"), ("err_code", v2), ("err_code_des", "…")]);
            Deed::send(with_length(200, "", common::signed(&fields).as_bytes()))
        }
        Answer::File(_) => Deed::send(written(&reply(status, &json!({ "code": v3, "message": "…" }).to_string()))),
        right => saying(right, status, &json!({ "code": v3, "message": "…" }).to_string()),
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body).unwrap();
    gzip.finish().unwrap()
}

const FAULTS: &[Fault] = &[
    Fault { name: "none", deed: |right| Deed::send(right.bytes()), v2: [OK, OK], v3: [OK, OK, OK, OK] },
    Fault {
        name: "an interim reply before it, and small pieces",
        deed: |right| {
            let (head, body) = parts(&right.bytes());
            let chunks =
                body.chunks(3).map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
            let body = [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat();
            let Deed { bytes, .. } = match head.contains(" 204 ") {
                true => Deed::send(right.bytes()),
                false => travelling(&right, "Transfer-Encoding: chunked\r\n", &body),
            };
            Deed::send([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".as_slice(), &bytes].concat())
        },
        v2: [OK, OK],
        v3: [OK, OK, OK, OK],
    },
    Fault {
        name: "hung up",
        deed: |_| Deed::send(""),
        v2: [NETWORK, NETWORK],
        v3: [NETWORK, NETWORK, NETWORK, NETWORK],
    },
    Fault {
        name: "half a head",
        deed: |right| Deed::send(&right.bytes()[..20]),
        v2: [NETWORK, NETWORK],
        v3: [NETWORK, NETWORK, NETWORK, NETWORK],
    },
    Fault {
        name: "not HTTP",
        deed: |_| Deed::send("<html>not HTTP at all</html>\r\n\r\n"),
        v2: [NETWORK, NETWORK],
        v3: [NETWORK, NETWORK, NETWORK, NETWORK],
    },
    Fault {
        name: "cut",
        deed: |right| {
            let bytes = right.bytes();
            let body = parts(&bytes).1.len();
            Deed::send(&bytes[..bytes.len() - body / 2])
        },
        v2: [NETWORK, NETWORK_LATE],
        v3: [NETWORK, None, NETWORK_LATE, NETWORK],
    },
    Fault {
        name: "pieces without an end",
        deed: |right| {
            let body = parts(&right.bytes()).1;
            let piece = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n"].concat();
            travelling(&right, "Transfer-Encoding: chunked\r\n", &piece)
        },
        v2: [NETWORK, NETWORK_LATE],
        v3: [NETWORK, None, NETWORK_LATE, NETWORK],
    },
    Fault {
        name: "a Content-Length that is too small",
        deed: |right| {
            let body = parts(&right.bytes()).1;
            travelling(&right, &format!("Content-Length: {}\r\n", body.len() / 2), &body)
        },
        v2: [MALFORMED, MALFORMED_LATE],
        v3: [CHANGED, None, MALFORMED_LATE, OTHER_HASH],
    },
    Fault {
        name: "a gateway's page",
        deed: |_| page(502, "", "<html>502 Bad Gateway</html>"),
        v2: [GATEWAY, GATEWAY],
        v3: [GATEWAY, GATEWAY, GATEWAY, GATEWAY],
    },
    Fault {
        name: "503 without a body",
        deed: |_| Deed::send(with_length(503, "", b"")),
        v2: [GATEWAY, GATEWAY],
        v3: [GATEWAY, GATEWAY, GATEWAY, GATEWAY],
    },
    Fault {
        name: "429 of a gateway",
        deed: |_| page(429, "Retry-After: 1\r\n", "<html>Too Many Requests</html>"),
        v2: [GATEWAY, GATEWAY],
        v3: [GATEWAY, GATEWAY, GATEWAY, GATEWAY],
    },
    Fault {
        name: "a page with status 200",
        deed: |_| page(200, "", "<html>log in to this network</html>"),
        v2: [GATEWAY, GATEWAY],
        v3: [UNSIGNED, UNSIGNED, GATEWAY, OTHER_HASH],
    },
    Fault {
        // Nobody is at that address: a redirect that is followed would be `not_sent`.
        name: "a redirect",
        deed: |_| Deed::send(with_length(302, "Location: http://127.0.0.1:9/\r\n", b"")),
        v2: [GATEWAY, GATEWAY],
        v3: [GATEWAY, GATEWAY, GATEWAY, GATEWAY],
    },
    Fault {
        // Nobody asked for it, and what is signed is the text. A bill may be packed.
        name: "gzip",
        deed: |right| {
            let body = gzip(&parts(&right.bytes()).1);
            travelling(&right, &format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", body.len()), &body)
        },
        v2: [GATEWAY, OK],
        v3: [CHANGED, None, OK, OTHER_HASH],
    },
    Fault {
        name: "200 without a body",
        deed: |right| saying(right, 200, ""),
        v2: [MALFORMED, MALFORMED],
        v3: [MALFORMED, OK, MALFORMED, MALFORMED],
    },
    Fault {
        name: "JSON that is not an object",
        deed: |right| saying(right, 200, "[]"),
        v2: [GATEWAY, MALFORMED_LATE],
        v3: [MALFORMED, MALFORMED, MALFORMED_LATE, OTHER_HASH],
    },
    Fault {
        name: "a reply without an end",
        deed: |right| match right {
            Answer::Json(right) => Deed::send(written(&Reply { status: 200, body: "x".repeat(5 << 20), ..right })),
            _ => Deed::send([b"HTTP/1.1 200 X\r\n\r\n".to_vec(), vec![b'<'; 5 << 20]].concat()),
        },
        v2: [MALFORMED, MALFORMED],
        v3: [MALFORMED, MALFORMED, MALFORMED, OTHER_HASH],
    },
    Fault {
        name: "not signed",
        deed: |right| signed_by(right, By::Nobody, |_| None),
        v2: [Some(("SignatureError sign_missing", No)), None],
        v3: [UNSIGNED, UNSIGNED, None, None],
    },
    Fault {
        name: "signed by another key",
        deed: |right| {
            signed_by(right, By::OtherKey, |fields| {
                Some(sign::sign(fields.iter().copied(), MCH_ID, SignType::HmacSha256))
            })
        },
        v2: [Some(("SignatureError sign_mismatch", No)), None],
        v3: [CHANGED, CHANGED, None, None],
    },
    Fault {
        name: "changed after it was signed",
        deed: |right| match right {
            Answer::Xml(fields) => {
                let text = common::signed(&fields).replace("<mch_id>", "<x>1</x><mch_id>");
                Deed::send(with_length(200, "", text.as_bytes()))
            }
            right => signed_by(right, By::Changed, |_| None),
        },
        v2: [Some(("SignatureError sign_mismatch", No)), None],
        v3: [CHANGED, CHANGED, None, None],
    },
    Fault {
        name: "signed by a key that is not known",
        deed: |right| signed_by(right, By::Certificate, |_| None),
        v2: [None, None],
        v3: [Some(("SignatureError serial_unknown", No)), Some(("SignatureError serial_unknown", No)), None, None],
    },
    Fault {
        name: "signed an hour ago",
        deed: |right| signed_by(right, By::Stale, |_| None),
        v2: [None, None],
        v3: [
            Some(("SignatureError timestamp_expired", No)),
            Some(("SignatureError timestamp_expired", No)),
            None,
            None,
        ],
    },
    Fault {
        name: "a probe",
        deed: |right| signed_by(right, By::Probe, |_| None),
        v2: [None, None],
        v3: [Some(("SignatureError signature_probe", Yes)), Some(("SignatureError signature_probe", Yes)), None, None],
    },
    Fault {
        name: "trouble of WeChat's",
        deed: |right| refusing(right, "SYSTEMERROR", (500, "SYSTEM_ERROR")),
        v2: [Some(("BusinessError SYSTEMERROR", Yes)), None],
        v3: [Some(("BusinessError SYSTEM_ERROR", Yes)); 4],
    },
    Fault {
        name: "too many requests",
        deed: |right| refusing(right, "FREQUENCY_LIMITED", (429, "FREQUENCY_LIMITED")),
        // Of APIv3 it is not documented whether the request was taken.
        v2: [Some(("BusinessError FREQUENCY_LIMITED", Always)), None],
        v3: [Some(("BusinessError FREQUENCY_LIMITED", Yes)); 4],
    },
];

/// The path of a call; of a file its own.
fn path(call: &str) -> &'static str {
    match call {
        "unifiedorder" => "/pay/unifiedorder",
        "orderquery" => "/pay/orderquery",
        "closeorder" => "/pay/closeorder",
        "refund" => "/secapi/pay/refund",
        "micropay" => "/pay/micropay",
        "downloadbill" => "/pay/downloadbill",
        "v3.jsapi" => "/v3/pay/transactions/jsapi",
        "v3.query" => "/v3/pay/transactions/out-trade-no/A1",
        "v3.close" => "/v3/pay/transactions/out-trade-no/A1/close",
        "v3.refund" => "/v3/refund/domestic/refunds",
        "v3.transfer" => "/v3/fund-app/mch-transfer/transfer-bills",
        "v3.codepay" => "/v3/pay/transactions/codepay",
        "v3.upload" => "/v3/merchant/media/upload",
        "v3.download" => RECEIPT_PATH,
        "v3.tradebill" => "/v3/bill/tradebill",
        FILE => FILE_PATH,
        other => panic!("{other}"),
    }
}

fn path_of(request: &str) -> &str {
    request.split([' ', '?']).nth(1).unwrap()
}

/// Calls under one fault, and then again without it.
async fn under(fault: &'static Fault, calls: &'static [&'static str]) {
    let strikes = Arc::new(AtomicBool::new(true));
    let striking = Arc::clone(&strikes);
    let (url, got) = serving(move |request| {
        if path_of(request) == "/v3/certificates" {
            return Deed::send(last(&written(&reply(
                404,
                r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#,
            ))));
        }
        let is_struck = striking.load(Ordering::SeqCst) && calls.iter().any(|call| path(call) == path_of(request));
        let right = answer(request);
        if is_struck { (fault.deed)(right) } else { Deed::send(last(&right.bytes())) }
    })
    .await;
    let pay = WxPay::new(both(&url).timeout(Duration::from_secs(30))).unwrap();
    let struck = calls.iter().copied().filter(|call| fault.end(call).is_some());
    let all: Vec<_> = struck.map(|call| (call, tokio::spawn(ended(pay.clone(), url.clone(), call)))).collect();
    let mut ends = Vec::new();
    for (call, end) in all {
        ends.push((call, end.await.unwrap()));
    }
    let got = got.lock().unwrap().clone();
    for (call, result) in &ends {
        let at = format!("{}: {call}: {result:?}", fault.name);
        let (expected, repeated) = fault.end(call).unwrap();
        assert_eq!(ending(result), expected, "{at}");
        let sent: Vec<_> = got.iter().filter(|request| path_of(request) == path(call)).collect();
        let asks_first = asks_first(call) && repeated != Always;
        assert_eq!(sent.len(), if repeated != No && !asks_first { 3 } else { 1 }, "{at}");
        // The same bytes each time; APIv3 signs each attempt anew.
        let bodies: BTreeSet<_> = sent.iter().map(|request| request.split_once("\r\n\r\n").unwrap().1).collect();
        let signed = sent.iter().filter_map(|request| request.lines().find(|line| line.starts_with("authorization")));
        let signed: BTreeSet<_> = signed.collect();
        assert_eq!((bodies.len(), signed.len()), (1, if call.starts_with("v3.") { sent.len() } else { 0 }), "{at}");
        if let Err(error) = result {
            assert_eq!(error.retry().as_str(), if asks_first { "query_first" } else { "same_request" }, "{at}");
            assert_eq!(error.endpoint(), call.split(',').next(), "{at}");
            let shown = format!("{error} {error:?}");
            assert!(![KEY, API_V3_KEY].iter().any(|secret| shown.contains(secret)), "{at}");
        }
    }
    // Nothing of a broken reply is left in a connection.
    strikes.store(false, Ordering::SeqCst);
    for call in calls {
        assert_eq!(ending(&run(&pay, &url, call).await), "ok", "after {}: {call}", fault.name);
    }
}

async fn ended(pay: WxPay, url: String, call: &'static str) -> Result<(), Error> {
    run(&pay, &url, call).await
}

/// Whether a repetition of the call may act twice.
fn asks_first(call: &str) -> bool {
    ["micropay", "v3.codepay"].contains(&call)
}

#[test]
fn each_call_of_both_apis_under_each_fault() {
    within(async {
        for some in FAULTS.chunks(5) {
            let groups = some.iter().flat_map(|fault| [&V2[..], &V3[..9], &V3[9..]].map(|calls| (fault, calls)));
            let all: Vec<_> = groups.map(|(fault, calls)| tokio::spawn(under(fault, calls))).collect();
            for one in all {
                one.await.unwrap();
            }
        }
    });
}

/// How all calls end at once, without repetition, in bounded time: one line for each.
async fn hurried(url: &str, calls: impl IntoIterator<Item = &'static str>) -> Vec<String> {
    let mut hurried = both(url).timeout(Duration::from_millis(600)).max_network_retries(0);
    hurried.limits.connect_timeout = Duration::from_millis(300);
    // A client of WeChat's own hosts uses the proxies that the environment names; one of other endpoints does not.
    let transport = Reqwest::new(&hurried.limits, "test/1", true).unwrap();
    let pay = WxPay::new(hurried.transport(Arc::new(transport))).unwrap();
    let begun = Instant::now();
    let all: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let (pay, url) = (pay.clone(), url.to_owned());
            tokio::spawn(async move {
                let result = run(&pay, &url, call).await;
                let retry = result.as_ref().unwrap_err().retry().as_str();
                format!("{call}: {}, {retry}", ending(&result))
            })
        })
        .collect();
    let mut lines = Vec::new();
    for one in all {
        lines.push(one.await.unwrap());
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    lines
}

/// The calls that the child makes: the file of a bill needs a server that gives its address.
fn calls() -> impl Iterator<Item = &'static str> {
    V2.into_iter().chain(V3).filter(|call| *call != FILE)
}

fn assert_all(lines: &[String], expected: &str) {
    let wanted: Vec<_> = calls()
        .map(|call| {
            let asked_first = asks_first(call) && expected.ends_with("unknown");
            format!("{call}: TransportError {expected}, {}", if asked_first { "query_first" } else { "same_request" })
        })
        .collect();
    assert_eq!(lines, wanted);
}

#[test]
fn in_a_child() {
    let Some(url) = url_of_the_child() else { return };
    within(async move {
        for line in hurried(&url, calls()).await {
            say(&line);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_hangs_is_not_sent() {
    within(async {
        let (address, _queued) = common::silent::full_queue().await;
        assert_all(&hurried(&format!("http://{address}"), calls()).await, "timeout not_sent");
    });
}

#[test]
fn a_host_that_cannot_be_reached_is_not_sent() {
    within(async {
        assert_all(&hurried("http://127.0.0.1:9", calls()).await, "connect not_sent");
        let (address, _) = silent_after("").await;
        assert_all(&hurried(&format!("https://{address}"), calls()).await, "timeout not_sent");
        let (url, _, requests) = silent_tls().await;
        assert_all(&hurried(&url, calls()).await, "tls not_sent");
        assert_eq!(requests.load(Ordering::SeqCst), 0);
        for (reply, expected) in [
            ("", "timeout not_sent"),
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "connect not_sent"),
            ("HTTP/1.1 200 Connection established\r\n\r\n", "timeout not_sent"),
        ] {
            let proxy = format!("http://{}", silent_after(reply).await.0);
            let lines = lines_of_a_child(module_path!(), "https://pay.example", &[("HTTPS_PROXY", &proxy)]).await;
            assert_all(&lines, expected);
        }
    });
}

#[test]
fn an_answer_that_hangs_is_unknown() {
    within(async {
        let (address, _) = silent_after("").await;
        assert_all(&hurried(&format!("http://{address}"), calls()).await, "timeout unknown");
        // In the middle of the reply, also of a bill that is being read.
        let (url, _) = serving(|request| {
            let bytes = answer(request).bytes();
            let is_address = request.contains("/v3/bill/");
            if is_address { Deed::send(bytes) } else { Deed::silence(&bytes[..bytes.len() - 3]) }
        })
        .await;
        let all = V2.into_iter().chain(V3);
        for line in hurried(&url, all).await {
            assert!(line.contains("TransportError timeout unknown"), "{line}");
        }
        let place = common::place::Place::new("faults");
        let (url, certificate, requests) = silent_tls().await;
        let file = place.folder.join("root.pem");
        std::fs::write(&file, certificate).unwrap();
        let trusted = ("SSL_CERT_FILE", file.to_str().unwrap());
        assert_all(&lines_of_a_child(module_path!(), &url, &[trusted]).await, "timeout unknown");
        let port = url.trim_end_matches('/').rsplit_once(':').unwrap().1;
        let (proxy, connections) = tunnel(format!("127.0.0.1:{port}")).await;
        assert_all(
            &lines_of_a_child(module_path!(), &url, &[trusted, ("HTTPS_PROXY", &proxy)]).await,
            "timeout unknown",
        );
        let count = calls().count();
        assert_eq!((connections.load(Ordering::SeqCst), requests.load(Ordering::SeqCst)), (count, 2 * count));
    });
}

/// Whoever stops waiting does not know what became of the call.
#[test]
fn a_call_whose_caller_was_dropped_ends_its_request() {
    within(async {
        for call in calls() {
            let (url, got) = serving(|_| Deed::silence("")).await;
            type Seen = (String, &'static str, Option<String>);
            let events: Arc<Mutex<Vec<Seen>>> = Arc::default();
            let seen = Arc::clone(&events);
            let mut watched = both(&url);
            watched.observer = Some(Arc::new(move |event: &Event<'_>| {
                seen.lock().unwrap().push((event.endpoint.to_owned(), event.outcome(), event.code()));
            }));
            let pay = WxPay::new(watched).unwrap();
            let dropped = tokio::select! {
                _ = run(&pay, &url, call) => false,
                () = async { while got.lock().unwrap().is_empty() { tokio::time::sleep(Duration::from_millis(2)).await } } => true,
            };
            assert!(dropped, "{call}");
            let expected = (call.to_owned(), "no_answer", Some("cancelled".to_owned()));
            assert_eq!(*events.lock().unwrap(), [expected]);
        }
    });
}

/// The one that downloads them may have been killed meanwhile: the others wait a moment, and then do it themselves.
#[test]
fn a_download_of_certificates_that_hangs_does_not_hold_up_other_processes() {
    within(async {
        let is_first = AtomicBool::new(true);
        let (url, got) = serving(move |request| match path_of(request) {
            "/v3/certificates" if is_first.swap(false, Ordering::SeqCst) => Deed::silence(""),
            "/v3/certificates" => Deed::send(written(&reply(200, &certificates()).by(By::Certificate))),
            _ => signed_by(answer(request), By::Certificate, |_| None),
        })
        .await;
        let store = Arc::new(MemoryStore::default());
        let process = || {
            let options = options(with_certificates(), &url).store(Place::Object(Arc::clone(&store) as _));
            WxPay::new(options).unwrap()
        };
        let (dies, lives) = (process(), process());
        let dying = tokio::spawn(ended(dies, url.clone(), "v3.query"));
        while got.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let begun = Instant::now();
        assert_eq!(ending(&run(&lives, &url, "v3.query").await), "ok");
        // A notification waits for three seconds.
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        dying.abort();
    });
}
