//! The page that explains: its files, its events, and what it says of refused requests.

use std::path::Path;
use std::time::Duration;

use crate::common::{ACK, APPID, KEY, OPENID, Request, Shop, Wechat, http, start, within};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use wxpaykit::doctor::Mistake;
use wxpaykit::{Secret, SignType};
use wxpaykit_emulator::Merchant;

/// A reader of `GET /_emulator/events`.
struct Reader {
    stream: TcpStream,
    text: String,
}

#[derive(Debug)]
struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

impl Reader {
    async fn open(wechat: &Wechat, last: Option<&str>) -> Self {
        Self::over(TcpStream::connect(&wechat.address).await.unwrap(), wechat, last).await
    }

    /// A reader for whom as little as possible waits in the system's buffers: they could hold all that is sent here.
    async fn slow(wechat: &Wechat) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(128 * 1024).unwrap();
        Self::over(socket.connect(wechat.address.parse().unwrap()).await.unwrap(), wechat, None).await
    }

    async fn over(mut stream: TcpStream, wechat: &Wechat, last: Option<&str>) -> Self {
        let last = last.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let head =
            format!("GET /_emulator/events HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{last}\r\n", wechat.address);
        stream.write_all(head.as_bytes()).await.unwrap();
        Self { stream, text: String::new() }
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                // The head and the sizes of chunks stand between events.
                let event = parse(event);
                self.text = rest.to_owned();
                if event.is_some() {
                    return event;
                }
                continue;
            }
            let mut bytes = [0; 65536];
            let n = self.stream.read(&mut bytes).await.unwrap();
            if n == 0 {
                return None;
            }
            self.text.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    }

    /// The next event of a name.
    async fn next_of(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("another event");
            if event.name == name {
                return event;
            }
        }
    }
}

fn parse(text: &str) -> Option<Event> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
    let data = serde_json::from_str(&field("data:")?).unwrap();
    Some(Event { name: field("event:")?, id: field("id:"), data })
}

#[test]
fn serves_a_page_with_a_strict_policy() {
    within(async {
        let wechat = start(|_| {}).await;
        for (path, content_type) in [
            ("/", "text/html; charset=utf-8"),
            ("/_page/explain.js", "text/javascript; charset=utf-8"),
            ("/_page/explain-texts.js", "text/javascript; charset=utf-8"),
            ("/_page/first-minute.js", "text/javascript; charset=utf-8"),
            ("/_page/faults.js", "text/javascript; charset=utf-8"),
            ("/_page/mistakes.js", "text/javascript; charset=utf-8"),
            ("/_page/explain.css", "text/css; charset=utf-8"),
            ("/_page/explain.svg", "image/svg+xml"),
        ] {
            let answer = wechat.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-type"), Some(content_type));
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe") && !policy.contains('*'));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            // Nothing from elsewhere, nothing inline, nothing that makes markup of text.
            for forbidden in ["https://", "//cdn", "<script>", "<style", " style=", " onclick=", "javascript:"] {
                assert!(!answer.body.contains(forbidden), "{forbidden} in {path}");
            }
            for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"] {
                assert!(!answer.body.contains(forbidden), "{forbidden} in {path}");
            }
            assert!(!answer.body.contains(KEY));
        }
        assert_eq!(wechat.control("journal", Value::Null).await, json!([]), "looking is no part of the story");
        assert_eq!(wechat.http("POST", "/", &[], b"<xml></xml>").await.status, 404);
    });
}

#[test]
fn has_chinese_for_every_mistake() {
    let texts = include_str!("../web/explain-texts.js");
    let known = |code: &str| Mistake::ALL.iter().any(|mistake| mistake.code() == code);
    within(async {
        let table = start(|_| {}).await.get("/_page/mistakes.js").await.body;
        let table = table.strip_prefix("export const mistakes = ").expect("a script of one table");
        let table: Value = serde_json::from_str(table).unwrap();
        assert_eq!(table.as_object().unwrap().len(), Mistake::ALL.len());
        assert_eq!(table["names_not_sorted"][0], "字段没有排序");
    });
    // The mistakes that the emulator names itself.
    let mut named = 0;
    for source in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let plain = source.split("Explanation::mistake(").skip(1);
        for rest in plain.chain(source.split("with_values(").skip(1)) {
            let Some(code) = rest.trim_start().strip_prefix('"') else { continue };
            let code = code.split('"').next().unwrap();
            assert!(known(code) || texts.contains(&format!("\n  {code}: ['")), "{code}");
            named += 1;
        }
    }
    assert!(named > 10, "{named}");
    // Those of its table of reasons: `    NAME "code"`.
    let reasons = include_str!("../src/reasons.rs");
    let code = |line: &'static str| line.strip_suffix('"')?.strip_prefix("    ")?.split_once(" \"");
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit());
    let codes: Vec<&str> =
        reasons.lines().filter_map(code).filter(|(name, _)| is_name(name)).map(|(_, code)| code).collect();
    assert!(codes.len() > 30, "{codes:?}");
    for code in codes {
        assert!(known(code) || texts.contains(&format!("\n  {code}: ['")), "{code}");
    }
}

/// The Chinese of a mistake has the values that its English has: the field, what it is, what was expected.
#[test]
fn the_chinese_of_every_mistake_has_the_places_of_its_english() {
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let places = |text: &str| {
        let inside = text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
        // The same value may have a name for each language: `english` and `chinese`, `allowed` and `allowed_zh`.
        let name = |place: &str| match place.split(':').next().unwrap_or_default() {
            "english" | "chinese" => "text".to_owned(),
            "more" | "further" => "more".to_owned(),
            other => other.trim_end_matches("_zh").to_owned(),
        };
        let mut all: Vec<String> = inside.map(name).collect();
        all.sort_unstable();
        all
    };
    let mut compared = 0;
    for source in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let code = source.split("\nmod tests {").next().unwrap_or_default().replace("\\\"", "");
        let parts: Vec<&str> = code.split('"').collect();
        let texts: Vec<(&str, &str)> = parts.chunks_exact(2).map(|two| (two[0], two[1])).collect();
        for pair in texts.windows(2) {
            let [(before, english), (between, chinese)] = pair else { continue };
            // English, and its Chinese next to it.
            let is_pair = before.trim_end().ends_with("format!(") && between.trim_end().ends_with("format!(");
            if is_pair && !is_chinese(english) && is_chinese(chinese) && english.contains(' ') {
                let joined = |text: &str| text.split("\\\n").map(str::trim_start).collect::<String>();
                assert_eq!(places(&joined(english)), places(&joined(chinese)), "{english} | {chinese}");
                compared += 1;
            }
        }
    }
    assert!(compared > 25, "{compared}");
}

/// Of an entry the page gets both languages, with the values in both.
#[test]
fn the_page_gets_the_values_of_a_mistake_in_both_languages() {
    within(async {
        let wechat = start(|_| {}).await;
        let mut reader = Reader::open(&wechat, None).await;
        for (field, value, parts) in [
            ("total_fee", "12.5", ["total_fee", "1000000000"]),
            ("out_trade_no", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", ["out_trade_no", "40"]),
            ("appid", "wx0000000000000000", ["wx0000000000000000", "--merchant"]),
        ] {
            wechat.unifiedorder(&Request::order("z1").with(field, value)).await;
            let entry = reader.next_of("journal").await.data;
            let explanation = &entry["explanation"];
            for name in ["detail", "detail_zh"] {
                let said = explanation[name].as_str().unwrap();
                assert!(parts.iter().all(|part| said.contains(part)), "{name}: {said}");
                assert_eq!(said.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), name == "detail_zh", "{said}");
            }
        }
    });
}

/// The texts of all Rust files in a folder and below it.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    texts
}

#[test]
fn sends_the_current_state_and_then_changes() {
    within(async {
        let wechat = start(|_| {}).await;
        let shop = Shop::open(|n| Some(if n == 0 { http(500, "no") } else { http(200, ACK) })).await;
        let hostile = "</script><img src=x onerror=alert(1)>\u{2028}&\"'";
        let order = Request::order("n1").with("notify_url", &shop.url).with("body", hostile);
        wechat.unifiedorder(&order).await.ok();
        let mut reader = Reader::open(&wechat, None).await;
        let hello = reader.next().await.unwrap();
        assert_eq!((hello.name.as_str(), &hello.data["resumed"]), ("hello", &json!(false)));
        assert_eq!(hello.data["schedule"].as_array().unwrap().len(), 15);
        let clock = reader.next().await.unwrap().data;
        assert_eq!((&clock["now"], &clock["frozen"]), (&json!(wechat.now().await), &json!(true)));
        assert!((-5..=0).contains(&clock["ahead_s"].as_i64().unwrap()), "{clock}");
        let told = reader.next().await.unwrap();
        assert_eq!((told.name.as_str(), &told.data["trade_state"]), ("order", &json!("NOTPAY")));
        assert_eq!(told.data["body"], hostile);
        let first = reader.next().await.unwrap();
        assert_eq!((first.name.as_str(), &first.data["seq"]), ("journal", &json!(1)));

        wechat.pay("n1").await;
        let mut order = reader.next_of("order").await;
        assert_eq!(order.data["trade_state"], "SUCCESS");
        while order.data["notifications"]["attempts"] == json!([]) {
            order = reader.next_of("order").await;
        }
        let attempts = &order.data["notifications"]["attempts"];
        assert_eq!(attempts[0]["why"], "HTTP 500 is not 200");
        let before = wechat.now().await;
        wechat.advance(15).await;
        loop {
            let clock = reader.next_of("clock").await;
            if clock.data["now"] == before + 15 {
                break;
            }
        }
        assert_eq!(reader.next_of("order").await.data["notifications"]["acknowledged"], true);
    });
}

#[test]
fn tells_of_faults_as_they_come_strike_and_go() {
    within(async {
        let wechat = start(|_| {}).await;
        let mut reader = Reader::open(&wechat, None).await;
        let added = wechat.control("faults", json!({ "fault": "slow", "ms": 1, "times": 2 })).await;
        let event = reader.next_of("faults").await;
        assert_eq!(event.data, json!({ "count": 1, "faults": [added] }));
        wechat.orderquery("n1").await;
        let event = reader.next_of("faults").await;
        assert_eq!((&event.data["faults"][0]["struck"], &event.data["faults"][0]["left"]), (&json!(1), &json!(1)));
        // A new reader is told of what is there; of many, the newest.
        for n in 0..60 {
            wechat.control("faults", json!({ "fault": "drop", "out_trade_no": format!("n{n}") })).await;
        }
        let listed = Reader::open(&wechat, None).await.next_of("faults").await.data;
        assert_eq!((&listed["count"], listed["faults"].as_array().unwrap().len()), (&json!(61), 50));
        assert_eq!(listed["faults"][49]["out_trade_no"], "n59");
        assert_eq!(wechat.http("DELETE", "/_emulator/faults", &[], b"").await.status, 200);
        while reader.next_of("faults").await.data["count"] != 0 {}
    });
}

#[test]
fn continues_after_the_last_event_id() {
    within(async {
        let wechat = start(|config| config.keep = 5).await;
        for n in 0..2 {
            wechat.orderquery(&format!("n{n}")).await;
        }
        let mut reader = Reader::open(&wechat, None).await;
        assert_eq!(reader.next_of("journal").await.data["seq"], 1);
        let second = reader.next_of("journal").await;
        drop(reader);
        wechat.orderquery("n2").await;
        let id = second.id.unwrap();
        let mut reader = Reader::open(&wechat, Some(&id)).await;
        assert_eq!(reader.next_of("hello").await.data["resumed"], true);
        assert_eq!(reader.next_of("journal").await.data["seq"], 3);
        drop(reader);
        // Entries 3 to 7 are out of the ring by now.
        for n in 0..9 {
            wechat.orderquery(&format!("m{n}")).await;
        }
        let mut reader = Reader::open(&wechat, Some(&id)).await;
        assert_eq!(reader.next_of("gap").await.data["missed"], 5);
        assert_eq!(reader.next_of("journal").await.data["seq"], 8);
        // An id of another run, or no id at all, is a new start.
        for nonsense in ["1-2", "x", "-", &format!("{}-x", id.split_once('-').unwrap().0)] {
            let mut reader = Reader::open(&wechat, Some(nonsense)).await;
            assert_eq!(reader.next_of("hello").await.data["resumed"], false, "{nonsense}");
            assert_eq!(reader.next_of("journal").await.data["seq"], 8);
        }
    });
}

#[test]
fn drops_slow_readers_and_refuses_too_many() {
    within(async {
        let wechat = start(|_| {}).await;
        // Does not read while many events are sent: the customer does not notice, and the reader is dropped.
        let mut slow = Reader::slow(&wechat).await;
        let long = Request::new().with("out_trade_no", "n1").with("extra", &"茶".repeat(5000));
        let asked = std::time::Instant::now();
        for n in 0..600 {
            wechat.call("/pay/orderquery", &long).await;
            // All of them are sent: of many at once, only the newest would be, and that little could wait in a buffer.
            if n % 50 == 49 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        assert!(asked.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_secs(6)).await;
        let mut told = 0;
        while let Some(event) = slow.next().await {
            told += usize::from(event.name == "journal");
        }
        assert!(told < 600, "{told}");
        let mut readers = Vec::new();
        let turned_away = loop {
            let answer = wechat.http("GET", "/_emulator/events", &[("Host", "evil.example")], b"").await;
            assert_eq!(answer.status, 403);
            let mut reader = Reader::open(&wechat, None).await;
            match reader.next().await {
                Some(_) => readers.push(reader),
                None => break reader,
            }
            assert!(readers.len() <= 32);
        };
        drop(turned_away);
        // They are closed when the emulator stops, and do not delay it.
        let asked = std::time::Instant::now();
        wechat.running.stop().await;
        assert!(asked.elapsed() < Duration::from_millis(450), "{:?}", asked.elapsed());
        while readers[0].next().await.is_some() {}
    });
}

#[test]
fn the_page_can_send_a_notification_again() {
    within(async {
        let wechat = start(|_| {}).await;
        let shop = Shop::open(|n| Some(if n < 2 { http(500, "no") } else { http(200, ACK) })).await;
        wechat.unifiedorder(&Request::order("n1").with("notify_url", &shop.url)).await.ok();
        let again = json!({ "out_trade_no": "n1" }).to_string();
        let answer = wechat.http("POST", "/_emulator/notify", &[], again.as_bytes()).await;
        assert_eq!(answer.status, 400, "not paid");
        wechat.pay("n1").await;
        wechat.advance(0).await;
        let next = wechat.order("n1").await["notifications"]["next_at"].clone();
        let attempt = wechat.control("notify", json!({ "out_trade_no": "n1", "mch_id": "10000100" })).await;
        assert_eq!((&attempt["accepted"], &attempt["by_hand"]), (&json!(false), &json!(true)));
        // It is no step of the schedule.
        assert_eq!(wechat.order("n1").await["notifications"]["next_at"], next);
        let attempt = wechat.control("notify", json!({ "out_trade_no": "n1" })).await;
        assert_eq!(attempt["accepted"], true);
        let notifications = wechat.order("n1").await["notifications"].clone();
        assert_eq!((&notifications["acknowledged"], &notifications["next_at"]), (&json!(true), &Value::Null));
        wechat.advance(3600).await;
        assert_eq!(shop.bodies().len(), 3);
        assert!(shop.bodies().windows(2).all(|two| two[0] == two[1]), "the same bytes each time");
        for (body, status) in [("{}", 400), ("", 400), (r#"{"out_trade_no":"x"}"#, 404), (r#"{"out_trade_no":1}"#, 400)]
        {
            assert_eq!(wechat.http("POST", "/_emulator/notify", &[], body.as_bytes()).await.status, status, "{body}");
        }
    });
}

/// Each mistake with the text that was hashed, as a literal.
#[test]
fn shows_what_was_likely_signed() {
    within(async {
        let other = Merchant::new("wx00000000000000ab", "1900000109", &"q".repeat(32), "secret-q");
        let mut demo = Merchant::demo();
        demo.api_v3_key = Some(Secret::new(V3_KEY));
        let config = vec![demo, other];
        let wechat = start(move |options| options.merchants = config).await;
        let secret = wechat.running.merchant().app_secret.expose().to_owned();
        let text = |body: &str, end: &str| {
            format!(
                "appid={APPID}&body={body}&mch_id=10000100&nonce_str=5K8264ILTKCH16CQ2502SI8ZNMTM67VS&notify_url=http://127.0.0.1:9/wxpay/notify&openid={OPENID}&out_trade_no=n1&spbill_create_ip=123.12.12.123&total_fee=88&trade_type=JSAPI{end}"
            )
        };
        let order = Request::order("n1").with("attach", "").with("body", " 茶<&> ");
        let right = text(" 茶<&> ", "&key=***");
        for (mistake, likely) in [
            ("empty_values_signed", right.replacen("&body", "&attach=&body", 1)),
            ("key_with_white_space", text(" 茶<&> ", "&key=***\n")),
            ("key_quoted", text(" 茶<&> ", "&key=\"***\"")),
            ("values_escaped", text(" 茶&lt;&amp;&gt; ", "&key=***")),
            (
                "values_url_encoded",
                text("%20%E8%8C%B6%3C%26%3E%20", "&key=***")
                    .replace("http://127.0.0.1:9/wxpay/notify", "http%3A%2F%2F127.0.0.1%3A9%2Fwxpay%2Fnotify"),
            ),
            ("values_trimmed", text("茶<&>", "&key=***")),
            ("values_other_charset", text(" ?<&> ", "&key=***")),
            ("sign_type_not_sent", right.replace("&spbill", "&sign_type=MD5&spbill")),
            (
                "names_other_case",
                right
                    .replace("mch_id", "mchId")
                    .replace("nonce_str", "nonceStr")
                    .replace("notify_url", "notifyUrl")
                    .replace("out_trade_no", "outTradeNo")
                    .replace("spbill_create_ip", "spbillCreateIp")
                    .replace("total_fee", "totalFee")
                    .replace("trade_type", "tradeType"),
            ),
            ("key_left_out", text(" 茶<&> ", "")),
            ("key_without_name", text(" 茶<&> ", "***")),
            ("key_among_fields", text(" 茶<&> ", "").replace("&mch_id", "&key=***&mch_id")),
            ("field_not_signed", right.replace("&total_fee=88", "")),
        ] {
            // The line feed or the quotation mark is part of the key, which MD5 meets in the text alone.
            let sign = md5(&likely.replace("***", KEY));
            assert_eq!(wechat.unifiedorder(&order.clone().with("sign", &sign)).await.refused(), "签名错误");
            let explanation = wechat.last().await["explanation"].clone();
            assert_eq!(explanation["mistake"], mistake, "{explanation}");
            assert_eq!(explanation["likely_string"], likely, "{mistake}");
            assert_eq!(explanation["string_to_sign"], right);
            assert_eq!(explanation["sign_type"], "MD5");
        }
        for (key, mistake) in [
            (secret.as_str(), "app_secret_as_key"),
            (V3_KEY, "api_v3_key_as_key"),
            (&"q".repeat(32), "key_of_other_merchant"),
            ("?", "unknown"),
        ] {
            assert_eq!(wechat.unifiedorder(&order.clone().key(key)).await.refused(), "签名错误");
            let explanation = wechat.last().await["explanation"].clone();
            assert_eq!(explanation["mistake"], mistake);
            let same = mistake != "unknown";
            assert_eq!(explanation["likely_string"], if same { json!(right) } else { Value::Null });
        }
        let undeclared = Request { sign_type: SignType::HmacSha256, ..order.clone() };
        wechat.unifiedorder(&undeclared).await.refused();
        assert_eq!(wechat.last().await["explanation"]["mistake"], "other_algorithm");
        for (request, mistake, detail) in [
            (order.clone().with("total_fee", "1.00"), "field_format", "total_fee: whole fen"),
            (
                order.clone().with("body", &"茶".repeat(128)),
                "field_length",
                "body has 128 characters; allowed: at most 127",
            ),
            (order.clone().with("appid", "wx0000000000000000"), "other_appid", "no appid wx0000000000000000"),
            (order.clone().with("mch_id", "1900000109"), "not_bound", "not bound"),
        ] {
            wechat.unifiedorder(&request).await.refused();
            let explanation = wechat.last().await["explanation"].clone();
            assert_eq!(explanation["mistake"], mistake);
            assert!(explanation["detail"].as_str().unwrap().contains(detail), "{explanation}");
        }
        // Nor is it shown when it is sent.
        let telling = order.clone().with("body", V3_KEY).with("attach", V3_KEY).key("?");
        wechat.unifiedorder(&telling).await.refused();
        let shown = wechat.last().await["explanation"].clone();
        assert_eq!(shown["mistake"], "key_sent");
        assert!(shown["string_to_sign"].as_str().unwrap().contains("&attach=***&"), "{shown}");
        let journal = wechat.control("journal", Value::Null).await.to_string();
        assert!(
            !journal.contains(V3_KEY)
                && !journal.contains(KEY)
                && !journal.contains(&secret)
                && !journal.contains(&"q".repeat(32))
        );
    });
}

const V3_KEY: &str = "Uf8Qm2Zr5Tn1Xk7Lb4Wc9Yd3Hs6Jg0Pe";

fn md5(text: &str) -> String {
    use md5::{Digest, Md5};
    Md5::digest(text).iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn explains_pages_and_oauth_in_the_same_shape() {
    within(async {
        let wechat = start(|_| {}).await;
        let reply = wechat.unifiedorder(&Request::order("n1")).await;
        let package = format!("prepay_id={}", reply.ok().get("prepay_id"));
        let page = |sign: &str| json!({ "params": { "appId": APPID, "timeStamp": "1", "nonceStr": "n", "package": package, "signType": "MD5", "paySign": sign } });
        let right = format!("appId={APPID}&nonceStr=n&package={package}&signType=MD5&timeStamp=1&key=***");
        let lower = format!("appId={APPID}&nonceStr=n&package={package}&signType=MD5&timestamp=1&key=***");
        for (mistake, likely) in [("time_stamp_lower_case", lower), ("key_with_white_space", format!("{right}\n"))] {
            wechat.control("pay", page(&md5(&likely.replace("***", KEY)))).await;
            let explanation = wechat.last().await["explanation"].clone();
            assert_eq!(explanation["mistake"], mistake, "{explanation}");
            assert_eq!(
                (&explanation["string_to_sign"], &explanation["likely_string"]),
                (&json!(right), &json!(likely))
            );
        }
        let secret = wechat.running.merchant().app_secret.expose();
        wechat.control("pay", page(&md5(&right.replace("***", secret)))).await;
        assert_eq!(wechat.last().await["explanation"]["mistake"], "app_secret_as_key");
        wechat
            .get(&format!("/sns/oauth2/access_token?appid={APPID}&secret=x&code=c&grant_type=authorization_code"))
            .await;
        let entry = wechat.last().await;
        assert_eq!(
            (&entry["outcome"], &entry["explanation"]["mistake"]),
            (&json!("oauth:40125"), &json!("other_secret"))
        );
        wechat.get(&format!("/connect/oauth2/authorize?appid={APPID}")).await;
        assert!(wechat.last().await["explanation"]["detail"].is_string());
        let names = |entry: &Value| entry["explanation"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let journal = wechat.control("journal", Value::Null).await;
        let explained: Vec<_> = journal.as_array().unwrap().iter().filter(|e| e["explanation"].is_object()).collect();
        assert!(explained.len() >= 5 && explained.iter().all(|entry| names(entry) == names(explained[0])));
    });
}

#[test]
fn keeps_long_texts_short() {
    within(async {
        let wechat = start(|_| {}).await;
        let long = Request::order("n1").with("extra", &"茶".repeat(100_000)).key("wrong");
        let asked = std::time::Instant::now();
        assert_eq!(wechat.unifiedorder(&long).await.refused(), "签名错误");
        assert!(asked.elapsed() < Duration::from_secs(5));
        let explanation = wechat.last().await["explanation"].clone();
        let text = explanation["string_to_sign"].as_str().unwrap();
        assert!(text.len() < 17_000 && text.ends_with(" bytes more)"), "{}", text.len());
        assert_eq!(explanation["mistake"], "not_searched");
    });
}

#[test]
fn an_order_that_is_closed_by_hand_is_sent_at_once() {
    within(async {
        let wechat = start(|_| {}).await;
        wechat.unifiedorder(&Request::order("closed")).await;
        let mut reader = Reader::open(&wechat, None).await;
        assert_eq!(reader.next_of("order").await.data["trade_state"], "NOTPAY");
        // Long enough that nothing else is about to make it look again.
        while tokio::time::timeout(Duration::from_millis(500), reader.next()).await.is_ok() {}
        wechat.control("close", json!({ "out_trade_no": "closed" })).await;
        let told = tokio::time::timeout(Duration::from_secs(10), reader.next_of("order")).await;
        assert_eq!(told.expect("it is told").data["trade_state"], "CLOSED");
    });
}
