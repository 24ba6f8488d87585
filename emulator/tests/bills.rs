//! Bills: when there is one, what is in it, how it is packed; fund flows; comments.

use crate::common::v3::Signed;
use crate::common::{self, Answer, MCH, Request, Wechat, start, within};
use serde_json::json;
use sha1::{Digest, Sha1};
use wxpaykit::BeijingTime;

const HOUR: i64 = 3600;

/// Moves the clock to this time of the next day in Beijing. Returns the day before as `yyyyMMdd`.
async fn next_day(wechat: &Wechat, hour: i64) -> String {
    let now = wechat.now().await;
    let day = (now + 8 * HOUR).div_euclid(24 * HOUR);
    wechat.advance((day + 1) * 24 * HOUR - 8 * HOUR + hour * HOUR - now).await;
    BeijingTime::from_unix(now).unwrap().to_wire()[..8].to_owned()
}

/// Moves the clock to the morning, so that a test never runs over midnight.
async fn morning(wechat: &Wechat) {
    next_day(wechat, 8).await;
}

async fn paid(wechat: &Wechat, number: &str, body: &str, total_fee: &str) {
    wechat.unifiedorder(&Request::order(number).with("total_fee", total_fee).with("body", body)).await.ok();
    wechat.pay(number).await;
}

async fn refunded(wechat: &Wechat, number: &str, total_fee: &str, refund_fee: &str) {
    let request = Request::new()
        .with("out_trade_no", number)
        .with("out_refund_no", &format!("R{number}"))
        .with("total_fee", total_fee)
        .with("refund_fee", refund_fee);
    wechat.call("/secapi/pay/refund", &request).await.ok();
}

async fn sent(wechat: &Wechat, path: &str, xml: &str) -> Answer {
    wechat.http("POST", path, &[], xml.as_bytes()).await
}

async fn bill(wechat: &Wechat, request: &Request) -> String {
    sent(wechat, "/pay/downloadbill", &request.xml()).await.body
}

fn hash(text: &str) -> String {
    Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of_day(day: &str) -> Request {
    Request::new().with("bill_date", day)
}

#[test]
fn a_bill_has_the_payments_and_refunds_of_its_day() {
    within(async {
        let wechat = start(|_| {}).await;
        morning(&wechat).await;
        paid(&wechat, "bill-one", "咖啡,大杯 \"热\"", "600").await;
        wechat.unifiedorder(&Request::order("bill-unpaid")).await.ok();
        wechat.advance(60).await;
        refunded(&wechat, "bill-one", "600", "200").await;
        wechat.advance(60).await;
        let day = next_day(&wechat, 10).await;
        paid(&wechat, "bill-later", "tea", "1").await;
        let text = bill(&wechat, &of_day(&day)).await;
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines[0].starts_with("\u{feff}交易时间,公众账号ID,商户号,特约商户号,"), "{text}");
        assert_eq!((lines.len(), lines[5]), (6, ""), "{text}");
        let (paid, back): (Vec<_>, Vec<_>) = (lines[1].split(",`").collect(), lines[2].split(",`").collect());
        assert_eq!((paid.len(), back.len()), (27, 27));
        assert_eq!(paid[2..4], [MCH, "0"]);
        assert_eq!(paid[6..10], ["bill-one", common::OPENID, "JSAPI", "SUCCESS"]);
        assert_eq!(
            paid[12..],
            [
                "6.00",
                "0.00",
                "0",
                "0",
                "0.00",
                "0.00",
                "",
                "",
                "咖啡,大杯 \"热\"",
                "",
                "0.04000",
                "0.60%",
                "6.00",
                "0.00",
                ""
            ]
        );
        assert_eq!(back[9], "REFUND");
        assert_eq!(back[15..20], ["Rbill-one", "2.00", "0.00", "ORIGINAL", "SUCCESS"]);
        assert_eq!(back[22..26], ["-0.01000", "0.60%", "0.00", "2.00"]);
        assert_eq!(
            lines[3],
            "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
        );
        assert_eq!(lines[4], "`2.0,`6.0,`2.0,`0.0,`0.03,`6.0,`2.0");

        let payments = bill(&wechat, &of_day(&day).with("bill_type", "SUCCESS")).await;
        assert_eq!(payments.split("\r\n").next().unwrap().split(',').count(), 20);
        assert!(
            payments.ends_with("总交易单数,应结订单总金额,手续费总金额,订单总金额\r\n`1.0,`6.0,`0.04,`6.0\r\n"),
            "{payments}"
        );
        let refunds = bill(&wechat, &of_day(&day).with("bill_type", "REFUND")).await;
        assert_eq!(refunds.split("\r\n").next().unwrap().split(',').count(), 29);
        assert_eq!(refunds.split("\r\n").count(), 5);
    });
}

/// Commas, quotes and line feeds of the merchant's, as they are or with the escapes of the documents, by either API.
#[test]
fn a_fault_writes_the_texts_of_a_bill_in_the_other_way() {
    within(async {
        let wechat = start(|_| {}).await;
        morning(&wechat).await;
        let own = "咖啡,大杯 \"热\" `甜\\";
        paid(&wechat, "text-one", own, "600").await;
        refunded(&wechat, "text-one", "600", "200").await;
        wechat.advance(60).await;
        let day = next_day(&wechat, 10).await;
        let by_v3 = async || {
            let dashed = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
            let said = wechat.v3_get(&format!("/v3/bill/tradebill?bill_date={dashed}")).await.json();
            let target = said["download_url"].as_str().unwrap().strip_prefix(wechat.running.url()).unwrap().to_owned();
            let file = Signed::by(&wechat).send(&wechat, "GET", &target, "").await.body;
            assert_eq!(said["hash_value"], hash(&file));
            file
        };
        let (plain, escaped) = (bill(&wechat, &of_day(&day)).await, by_v3().await);
        assert_eq!(plain.matches(&format!(",`{own},`")).count(), 2, "{plain}");
        for written in [r#",`咖啡\ 大杯 \"热\" \`甜\\,`"#, r#",`咖啡\ 大杯 \"热\" \140甜\\,`"#] {
            assert!(escaped.contains(written), "{escaped}");
        }
        for (texts, v2, v3) in [("escaped", &escaped, &escaped), ("plain", &plain, &plain)] {
            wechat.control("faults", json!({ "fault": "bill_texts", "texts": texts, "times": 2 })).await;
            // It strikes bills alone.
            wechat.orderquery("text-one").await;
            assert_eq!((&bill(&wechat, &of_day(&day)).await, &by_v3().await), (v2, v3), "{texts}");
        }
        assert_eq!((bill(&wechat, &of_day(&day)).await, by_v3().await), (plain, escaped), "they are used up");
    });
}

#[test]
fn a_fault_makes_a_bill_of_a_day_without_business() {
    within(async {
        let wechat = start(|_| {}).await;
        morning(&wechat).await;
        let day = next_day(&wechat, 10).await;
        let dashed = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
        assert!(bill(&wechat, &of_day(&day)).await.contains("No Bill Exist"));
        wechat.control("faults", json!({ "fault": "bill_empty" })).await;
        for (kind, columns, totals) in [
            ("ALL", 27, "`0.0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0"),
            ("SUCCESS", 20, "`0.0,`0.0,`0.0,`0.0"),
            ("REFUND", 29, "`0.0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0"),
        ] {
            let text = bill(&wechat, &of_day(&day).with("bill_type", kind)).await;
            let lines: Vec<&str> = text.split("\r\n").collect();
            assert!(lines[0].starts_with("\u{feff}交易时间,"), "{text}");
            assert_eq!((lines.len(), lines[0].split(',').count(), lines[2]), (4, columns, totals), "{text}");
            let said = wechat.v3_get(&format!("/v3/bill/tradebill?bill_date={dashed}&bill_type={kind}")).await.json();
            assert_eq!(said["hash_value"], hash(&text), "either API gives the same file");
        }
        // A day that is not over, or whose bill is being made, still has none.
        let today = BeijingTime::from_unix(wechat.now().await).unwrap().to_wire()[..8].to_owned();
        assert!(bill(&wechat, &of_day(&today)).await.contains("No Bill Exist"));
        let flow = Request::new().with("bill_date", &day).with("account_type", "Basic").hmac();
        let flow = sent(&wechat, "/pay/downloadfundflow", &flow.xml()).await.body;
        assert!(flow.contains("NO_BILL_EXIST"), "{flow}");
    });
}

#[test]
fn a_bill_is_there_from_ten_o_clock_of_the_next_day() {
    within(async {
        let wechat = start(|_| {}).await;
        morning(&wechat).await;
        paid(&wechat, "early-one", "tea", "1").await;
        let today = BeijingTime::from_unix(wechat.now().await).unwrap().to_wire()[..8].to_owned();
        let none = "<return_msg><![CDATA[No Bill Exist]]></return_msg>\n<error_code><![CDATA[20002]]></error_code>";
        assert!(bill(&wechat, &of_day(&today)).await.contains(none));
        let day = next_day(&wechat, 8).await;
        assert_eq!(day, today);
        assert!(bill(&wechat, &of_day(&day)).await.contains(none));
        wechat.advance(HOUR + 60).await;
        // Errors are not packed.
        assert!(bill(&wechat, &of_day(&day).with("tar_type", "GZIP")).await.contains("Bill Creating"));
        wechat.advance(HOUR).await;
        assert!(bill(&wechat, &of_day(&day)).await.contains("early-one"));
        assert!(bill(&wechat, &of_day("20200101")).await.contains(none));
        for (request, text) in [
            (Request::new(), "missing parameter"),
            (of_day("2026-11-28"), "data format error"),
            (of_day("20261399"), "data format error"),
            (of_day(&day).with("bill_type", "NEW"), "invalid bill_type"),
        ] {
            let refused = bill(&wechat, &request).await;
            assert!(refused.contains("FAIL") && refused.contains(text), "{refused}");
        }
    });
}

#[test]
fn a_fund_flow_has_each_change_of_the_balance() {
    within(async {
        let wechat = start(|_| {}).await;
        morning(&wechat).await;
        paid(&wechat, "flow-one", "tea", "600").await;
        wechat.advance(60).await;
        refunded(&wechat, "flow-one", "600", "200").await;
        let day = next_day(&wechat, 10).await;
        let flow = |request: Request| {
            let wechat = &wechat;
            async move { sent(wechat, "/pay/downloadfundflow", &request.xml()).await }
        };
        let wanted = of_day(&day).with("account_type", "Basic").hmac();
        let reply = flow(wanted.clone()).await;
        let lines: Vec<&str> = reply.body.split("\r\n").collect();
        assert_eq!(lines.len(), 7, "{}", reply.body);
        let cell = |line: usize, place: usize| lines[line].split(",`").nth(place).unwrap().to_owned();
        assert_eq!([cell(1, 5), cell(1, 6), cell(1, 7)], ["收入", "6.00", "6.00"]);
        assert_eq!([cell(2, 5), cell(2, 6), cell(2, 7)], ["支出", "0.04", "5.96"]);
        assert_eq!([cell(3, 5), cell(3, 6), cell(3, 7), cell(3, 10)], ["支出", "1.99", "3.97", "Rflow-one"]);
        assert_eq!(lines[5], "`3.0,`1.0,`6.0,`2.0,`2.03");
        let hash: String = Sha1::digest(&reply.body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(reply.header("digest"), Some(format!("SHA={hash}").as_str()));
        assert!(flow(of_day(&day).with("account_type", "Fees").hmac()).await.body.contains("NO_BILL_EXIST"));
        assert!(flow(of_day(&day).hmac()).await.body.contains("Param Error"));
        assert!(flow(of_day(&day).with("account_type", "Basic")).await.body.contains("签名错误"), "HMAC-SHA256 alone");
    });
}

#[test]
fn comments_are_read_from_an_offset_on() {
    within(async {
        let wechat = start(|_| {}).await;
        morning(&wechat).await;
        let time = |at: i64| BeijingTime::from_unix(at).unwrap().to_wire();
        let now = wechat.now().await;
        for n in 1..=3 {
            paid(&wechat, &format!("comment{n}"), "tea", "1").await;
            let added = json!({ "out_trade_no": format!("comment{n}"), "stars": n, "comment": "哎呦, 不错哦" });
            wechat.control("comment", added).await;
        }
        let ask = |offset: &str, limit: &str| {
            let request = Request::new().with("begin_time", &time(now - 60)).with("end_time", &time(now + 60));
            request.with("offset", offset).with("limit", limit).hmac().xml()
        };
        let post = |body: String| {
            let wechat = &wechat;
            async move { sent(wechat, "/billcommentsp/batchquerycomment", &body).await.body }
        };
        let two = post(ask("0", "2")).await;
        let lines: Vec<&str> = two.lines().collect();
        assert_eq!((lines.len(), lines[0]), (3, "`4"), "{two}");
        assert!(lines[1].ends_with(",`1,`哎呦, 不错哦"), "{two}");
        assert!(post(ask("4", "2")).await.contains(",`3,`"));
        assert!(post(ask("7", "2")).await.contains("NO_COMMENT"));
        assert!(post(ask("0", "201")).await.contains("PARAM_ERROR"));
    });
}

#[test]
fn the_page_gives_the_bill_of_the_day_so_far() {
    within(async {
        let wechat = start(|_| {}).await;
        paid(&wechat, "so-far-1", "tea", "1").await;
        let file = wechat.get("/_emulator/bill").await;
        assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(file.body.contains("so-far-1"), "{}", file.body);
        assert_eq!(wechat.get("/_emulator/bill?bill_date=2020-01-01").await.body, "");
        assert_eq!(wechat.get("/_emulator/bill?bill_date=x").await.status, 400);
    });
}
