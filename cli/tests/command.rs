//! The library with streams of a test's own, and the program that `cargo install` gives. python/tests/test_command.py has more: it runs
//! the same code at a terminal and against the emulator.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use wxpaykit::v3::{SigningKey, string_to_sign};
use wxpaykit::{SignType, sign};
use wxpaykit_cli::{Io, Terminals, run, status};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

/// Exit code, standard output, standard error.
fn ran(args: &[&str], mut input: &[u8], variables: &[(&str, &str)], terminals: Terminals) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let lookup = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let io = Io {
        input: &mut input,
        out: &mut out,
        err: &mut err,
        terminals,
        variables: variables.iter().map(|(name, _)| (*name).to_owned()).collect(),
        environment: &lookup,
        folders: Vec::new(),
    };
    let status = run(args.iter().map(Into::into), io);
    let shown = (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
    assert!(!shown.1.contains(KEY) && !shown.2.contains(KEY), "{shown:?}");
    shown
}

fn piped(args: &[&str], input: &str) -> (u8, String, String) {
    ran(args, input.as_bytes(), &[("WXPAY_API_KEY", KEY)], Terminals::default())
}

#[test]
fn results_go_to_standard_output_and_errors_to_standard_error() {
    let signed = sign::sign([("a", "1")], KEY, SignType::Md5);
    assert_eq!(piped(&["sign", "-q", "a=1"], ""), (status::DONE, format!("{signed}\n"), String::new()));
    let message = format!("<xml><a>1</a><sign>{signed}</sign></xml>");
    assert_eq!(piped(&["verify"], &message).0, status::DONE);
    // A remark is not a refusal. For `verify`, a mistake beside a right signature is none either.
    for (package, ended) in [("prepay_id=wx1", status::DONE), ("prepay_id=null", status::NO)] {
        let page = [
            ("appId", "wx1"),
            ("nonceStr", "n"),
            ("package", package),
            ("signType", "MD5"),
            ("timeStamp", "1764300000"),
        ];
        let pay_sign = wxpaykit::sign::sign(page, KEY, wxpaykit::SignType::Md5).to_lowercase();
        let object: serde_json::Map<_, _> = page
            .into_iter()
            .chain([("paySign", pay_sign.as_str())])
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let object = serde_json::Value::Object(object).to_string();
        assert_eq!(piped(&["verify"], &object).0, status::DONE);
        let (code, out, _) = piped(&["explain"], &object);
        assert!(code == ended && out.starts_with("the signature is right, "), "{out}");
    }
    assert_eq!(piped(&["verify", "-"], &message.replace("<a>1", "<a>2")).0, status::NO);
    let (ended, out, err) = piped(&["verify", "/no/such/file"], "");
    assert_eq!((ended, out.as_str(), err.lines().count()), (status::WRONG, "", 1));
    assert!(err.starts_with("wxpaykit: the file cannot be read: /no/such/file: "), "{err}");
}

/// APIv2 takes XML, whatever is in it; APIv3 takes JSON.
#[test]
fn json_in_the_place_of_xml_and_the_reverse_are_named() {
    let http = |path: &str, body: &str| format!("POST {path} HTTP/1.1\r\nHost: x\r\n\r\n{body}");
    let fields = format!(r#"{{"mch_id":"1900000109","a":"1","sign":"{}"}}"#, "A".repeat(32));
    for (message, english, chinese) in [
        (http("/pay/unifiedorder", r#"{"appid":"wx1"}"#), "this call of APIv2 takes XML", "而这个接口（APIv2）要 XML"),
        (http("/pay/unifiedorder", &fields), "this call of APIv2 takes XML", "而这个接口（APIv2）要 XML"),
        (
            http("/v3/pay/transactions/native", "<xml><a>1</a></xml>"),
            "this call of APIv3 takes JSON",
            "（APIv3）要 JSON",
        ),
        (fields.clone(), "APIv2 takes XML, and JSON belongs to APIv3", "APIv2 要用 XML，JSON 属于 APIv3"),
    ] {
        for (language, said) in [("en", english), ("zh", chinese)] {
            let (code, out, err) = piped(&["explain", "--lang", language, "-"], &message);
            assert!(code == status::NO && out.contains(said), "{out}{err}");
        }
    }
}

#[test]
fn a_body_that_is_no_xml_is_named_without_its_start_line() {
    let fields = [("body", "红茶 a&b"), ("mch_id", "1900000109"), ("nonce_str", "n")];
    let sign = sign::sign(fields, KEY, SignType::Md5);
    let all = || fields.into_iter().chain([("sign", sign.as_str())]);
    let object: serde_json::Map<_, _> = all().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let json = serde_json::Value::Object(object).to_string();
    let form = wxpaykit::wire::form::query(all());
    let plus = form.replace("%20", "+");
    let logged: Vec<String> = all().map(|(name, value)| format!("{name}={value}")).collect();
    // A document, and the same with one and two blanks behind it: with no padding, and with each.
    let base64 = [
        "PHhtbD48bWNoX2lkPjE5MDAwMDAxMDk8L21jaF9pZD48L3htbD4=",
        "PHhtbD48bWNoX2lkPjE5MDAwMDAxMDk8L21jaF9pZD48L3htbD4g",
        "PHhtbD48bWNoX2lkPjE5MDAwMDAxMDk8L21jaF9pZD48L3htbD4gIA==",
    ];
    for (given, mistake) in [
        (json.as_str(), "body_is_json"),
        (&form, "body_form"),
        (&plus, "body_form"),
        (&logged.join("\n"), "none"),
        (&form.replace("nonce_str=n", "nonce_str=m"), "unknown"),
        (base64[0], "body_base64"),
        (base64[1], "body_base64"),
        (base64[2], "body_base64"),
    ] {
        let (code, out, err) = piped(&["explain", "--json", "-"], given);
        let found: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{given}: {out}{err}"));
        assert_eq!((&found["mistake"], code), (&mistake.into(), u8::from(mistake != "none")), "{given}: {out}");
    }
    for (language, said) in [("en", "only to check them"), ("zh", "只是为了检查")] {
        let (code, out, _) = piped(&["explain", "--lang", language, "-"], &json);
        assert!(code == status::NO && out.contains(said), "{out}");
    }
}

#[test]
fn a_request_names_the_algorithm_of_its_signature() {
    // WeChat takes a request without `sign_type` for MD5.
    for given in ["a=1", "<xml><a>1</a><sign_type></sign_type></xml>"] {
        let (code, document, err) = piped(&["sign", "--xml", "--type", "HMAC-SHA256", given], "");
        assert_eq!((code, err.as_str()), (status::DONE, ""));
        assert_eq!(document.matches("sign_type").count(), 2, "{document}");
        let fields = wxpaykit::wire::xml::parse(document.as_bytes()).unwrap();
        assert_eq!(fields.get("sign_type"), Some("HMAC-SHA256"));
        assert!(sign::verify(&fields, KEY, SignType::ALL).is_ok());
        let (code, out, err) = piped(&["verify"], &document);
        assert_eq!((code, out.as_str(), err.as_str()), (status::DONE, "the signature is right (HMAC-SHA256)\n", ""));
    }
    // MD5 needs no name. A reply or a notification, and what an app pays with, have none.
    for given in [
        &["--type", "MD5", "a=1"][..],
        &["--type", "HMAC-SHA256", "a=1", "return_code=SUCCESS"],
        &["--type", "HMAC-SHA256", "partnerid=1", "prepayid=wx1"],
    ] {
        let (_, document, err) = piped(&[&["sign", "--xml"], given].concat(), "");
        assert!(!document.contains("sign_type") && err.is_empty(), "{document}{err}");
        assert_eq!(piped(&["verify"], &document).2, "");
    }
    // The signature alone cannot carry the name.
    let remark = "WeChat reads a request without sign_type as MD5";
    let (code, out, err) = piped(&["sign", "--type", "HMAC-SHA256", "a=1"], "");
    assert!(code == status::DONE && out.contains("HMAC-SHA256") && err.contains(remark), "{out}{err}");
    let signed = sign::sign([("a", "1")], KEY, SignType::HmacSha256);
    let (code, out, err) = piped(&["verify"], &format!("<xml><a>1</a><sign>{signed}</sign></xml>"));
    assert!(code == status::DONE && out.contains("is right") && err.contains(remark), "{out}{err}");
    let (code, _, err) = piped(&["sign", "--type", "HMAC-SHA256", "a=1", "sign_type=MD5"], "");
    assert!(code == status::WRONG && err.contains("sign_type=MD5, and --type says HMAC-SHA256"), "{err}");
}

#[test]
fn slips_at_the_command_line_have_hints() {
    for (args, hint) in [
        (&["micropay"][..], "there is no command micropay: is it wxpaykit call micropay?\n"),
        (&["codepay"], "there is no command codepay: is it wxpaykit call v3.codepay?"),
        (&["odrer"], "there is no command odrer: is it wxpaykit order?\n"),
        (&["send-refund"], "there is no command send-refund: see wxpaykit --help"),
        (&["call", "refund", "total_fee=1.00"], "total_fee: must be an integer of fen: 1.00 yuan are total_fee=100"),
        (&["call", "unifiedorder", "totl_fee=1"], "did you mean total_fee?"),
        (
            &["call", "unifiedorder", "body=x", "out_trade_no=1", "total_fee=1", "spbill_create_ip=::1", "openid=o"],
            "notify_url: is required: give it, or make it a setting of the client (WXPAY_NOTIFY_URL) for all orders",
        ),
        (&["bill", "20261131"], "bill_date: must be a date"),
        (&["bill", "2026-11-31"], "bill_date: must be a date"),
        (&["call", "refund", "2026-11-01"], "an argument is not a field"),
        (&["bill", "20261101", "20261102"], "a bill is of one day"),
        (&["bill", "20261101", "--format", "parquet"], "pyarrow.table(bill.read(\"bill.csv\"))"),
        (&["bill", "20261101", "--format=parquet", "--lang", "zh"], "命令不写 Parquet 文件，Python 可以写"),
        (&["bill", "20261101", "--format", "xlsx"], "--format must be csv: see wxpaykit bill --help"),
        (&["sign", "partner_key=abcdefgh"], "partner_key"),
    ] {
        let settings = [
            ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
            ("WXPAY_MCH_ID", "10000100"),
            ("WXPAY_API_KEY", KEY),
            ("WXPAY_STORE", "memory:"),
            ("WXPAY_ENDPOINTS", "http://127.0.0.1:1"),
        ];
        let (code, out, err) = ran(args, b"", &settings, Terminals::default());
        assert!(code == status::WRONG && out.is_empty() && err.contains(hint), "{args:?}: {err}");
    }
}

#[test]
fn colours_are_for_terminals_and_the_language_for_people() {
    let everywhere = Terminals { input: true, out: true, ..Terminals::default() };
    let key = ("WXPAY_API_KEY", KEY);
    let message = "<xml><a>1</a><sign>0</sign></xml>";
    let (_, out, _) = ran(&["verify", message], b"", &[key], everywhere);
    assert!(out.starts_with("\u{1b}[31mthe signature is wrong\u{1b}[0m: "), "{out}");
    for dull in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(!ran(&["verify", message], b"", &[key, dull], everywhere).1.contains('\u{1b}'));
    }
    assert!(!ran(&["verify", "--color=never", message], b"", &[key], everywhere).1.contains('\u{1b}'));
    assert!(ran(&["verify", "--color", "always", message], b"", &[key], Terminals::default()).1.contains('\u{1b}'));
    for (variables, args) in [
        (vec![key, ("WXPAYKIT_LANG", "zh")], vec!["verify", message]),
        (vec![key, ("LANG", "zh_CN.UTF-8")], vec!["verify", message]),
        (vec![key, ("WXPAYKIT_LANG", "en")], vec!["--lang", "zh", "verify", message]),
        (vec![key], vec!["verify", "--lang=zh", message]),
    ] {
        assert!(ran(&args, b"", &variables, Terminals::default()).1.starts_with("签名错误："), "{args:?}");
    }
    // Nobody is asked when there is no terminal for the question.
    let (ended, _, err) = ran(&["verify", message], b"", &[], everywhere);
    assert!(ended == status::WRONG && err.contains("WXPAY_API_KEY_FILE"), "{err}");
}

#[test]
fn every_command_has_help_in_both_languages() {
    let (_, all, _) = piped(&["--help"], "");
    let names: Vec<&str> = all
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 16 && names.contains(&"explain"), "{all}");
    for name in names {
        let (ended, english, _) = piped(&[name, "--help"], "");
        assert_eq!((ended, piped(&["help", name], "").1), (status::DONE, english.clone()), "{name}");
        let (_, chinese, _) = piped(&[name, "--help", "--lang", "zh"], "");
        assert!(english.contains("Usage: wxpaykit ") && chinese.contains("用法：wxpaykit "), "{name}");
        let letters = |text: &str| text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
        assert!(letters(&chinese) > 20 && letters(&english) < 30, "{name}: {english}");
        assert!(
            name == "help" || ["Example:\n", "Examples:\n"].iter().any(|word| english.contains(word)),
            "{name}: {english}"
        );
        assert!(name == "help" || chinese.contains("例子：\n"), "{name}: {chinese}");
        for word in
            ["Options:", "Arguments:", "Commands:", "Print help", "[OPTIONS]", "COMMAND", "参数:", "选项:", "例子:"]
        {
            assert!(!chinese.contains(word), "{name}: {chinese}");
        }
    }
}

/// A stream that takes nothing, as a pipe whose reader ended.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_does_not_change_the_exit_code() {
    for (args, ended) in [(vec!["call"], status::DONE), (vec!["verify", "/no/such/file"], status::WRONG)] {
        let io = Io {
            input: &mut std::io::empty(),
            out: &mut Closed,
            err: &mut Closed,
            terminals: Terminals::default(),
            variables: Vec::new(),
            environment: &|_| None,
            folders: Vec::new(),
        };
        assert_eq!(run(args.iter().map(Into::into), io), ended);
    }
}

/// A stream that has no room left, as a full disk.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a command whose results go to `out`. Exit code and standard error.
fn written(args: &[&str], out: &mut dyn std::io::Write, variables: &[(&str, &str)]) -> (u8, String) {
    let mut err = Vec::new();
    let lookup = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let io = Io {
        input: &mut std::io::empty(),
        out,
        err: &mut err,
        terminals: Terminals::default(),
        variables: Vec::new(),
        environment: &lookup,
        folders: Vec::new(),
    };
    let ended = run(args.iter().map(Into::into), io);
    (ended, String::from_utf8(err).unwrap())
}

#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    for args in [&["call"][..], &["call", "--json"], &["--help"]] {
        let (ended, err) = written(args, &mut Full, &[]);
        assert!(ended == status::NO && err.contains("the result cannot be written"), "{args:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
}

#[test]
fn the_exit_code_of_a_refusal_says_whether_wechat_may_have_acted() {
    let fields = [
        "order",
        "body=tea",
        "out_trade_no=T1",
        "total_fee=1",
        "spbill_create_ip=::1",
        "trade_type=NATIVE",
        "product_id=P1",
    ];
    for (code, ended) in [
        ("SYSTEMERROR", status::UNKNOWN),
        ("BANKERROR", status::UNKNOWN),
        ("BIZERR_NEED_RETRY", status::UNKNOWN),
        ("USERPAYING", status::UNKNOWN),
        ("NOAUTH", status::NO),
        ("ORDERPAID", status::UNKNOWN),
        ("ORDERCLOSED", status::NO),
        ("FREQUENCY_LIMITED", status::NO),
        ("A_CODE_OF_2031", status::NO),
    ] {
        let said = [
            ("return_code", "SUCCESS"),
            ("result_code", "FAIL"),
            ("err_code", code),
            ("appid", "wxd930ea5d5a258f4f"),
            ("mch_id", "1900000109"),
            ("nonce_str", "n"),
        ];
        let signature = sign::sign(said, KEY, SignType::HmacSha256);
        let address =
            serving(&wxpaykit::wire::xml::build(said.into_iter().chain([("sign", &*signature)])).unwrap(), true);
        let once = [("WXPAY_MAX_NETWORK_RETRIES", "0"), ("WXPAY_NOTIFY_URL", "https://shop.example.com/n")];
        let settings = [settings_of(&address).as_slice(), &once].concat();
        let (status, out, err) = ran(&fields, b"", &settings, Terminals::default());
        assert_eq!((status, out.as_str()), (ended, ""), "{code}: {err}");
        assert!(err.contains(code), "{err}");
    }
}

#[test]
fn a_path_of_apiv3_is_called_by_its_name() {
    for (language, words) in [("en", "by their names"), ("zh", "只能用名称调用")] {
        let args = ["call", "/v3/pay/transactions/native", "a=1", "--lang", language];
        let (ended, out, err) = ran(&args, b"", &settings_of("http://127.0.0.1:9"), Terminals::default());
        assert_eq!((ended, out.as_str()), (status::WRONG, ""), "{err}");
        assert!(
            err.contains(words) && err.contains("/v3/pay/transactions/native") && err.contains("v3.query"),
            "{err}"
        );
    }
}

/// A gateway that answers one request with a bill of `rows` rows. Its address, and how many bytes of rows it could send.
fn gateway(rows: usize) -> (String, std::thread::JoinHandle<usize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        // All of it: a close with unread bytes resets the connection.
        while !request.ends_with(b"</xml>") {
            let mut piece = [0; 4096];
            let read = std::io::Read::read(&mut stream, &mut piece).unwrap();
            request.extend_from_slice(&piece[..read]);
        }
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\u{feff}交易时间,商户订单号\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let piece = ROW.repeat(1000);
        let mut sent = 0;
        while sent < rows * ROW.len() && stream.write_all(piece.as_bytes()).is_ok() {
            sent += piece.len();
        }
        let _ = stream.write_all(format!("总交易单数\r\n`{rows}\r\n").as_bytes());
        sent
    });
    (address, server)
}

const ROW: &str = "`2026-11-28 12:00:00,`T1\r\n";

fn bill(address: &str, out: &mut dyn std::io::Write) -> (u8, String) {
    written(&["bill", "bill_date=20261128"], out, &settings_of(address))
}

fn settings_of(address: &str) -> [(&str, &str); 5] {
    [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_STORE", "memory:"),
        ("WXPAY_ENDPOINTS", address),
    ]
}

#[test]
fn a_bill_that_nobody_reads_is_not_downloaded() {
    let rows = 1_000_000;
    let (address, server) = gateway(rows);
    let (ended, err) = bill(&address, &mut Closed);
    assert_eq!(ended, status::DONE, "{err}");
    assert!(server.join().unwrap() < rows * ROW.len(), "{err}");
}

#[test]
fn a_bill_of_many_pieces_is_printed_to_its_end() {
    let rows = 20_000;
    let (address, server) = gateway(rows);
    let mut out = Vec::new();
    let (ended, err) = bill(&address, &mut out);
    assert_eq!(ended, status::DONE, "{err}");
    assert_eq!(server.join().unwrap(), rows * ROW.len());
    let lines = String::from_utf8(out).unwrap();
    assert_eq!(lines.lines().filter(|line| line.ends_with("`T1")).count(), rows);
}

/// A gateway that answers each request with this bill, and says how long it is if `has_length`.
fn serving(bill: &str, has_length: bool) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let length = if has_length { format!("Content-Length: {}\r\n", bill.len()) } else { String::new() };
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{length}Connection: close\r\n\r\n{bill}");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut request) = (stream.unwrap(), Vec::new());
            while !request.ends_with(b"</xml>") {
                let mut piece = [0; 4096];
                let read = std::io::Read::read(&mut stream, &mut piece).unwrap();
                request.extend_from_slice(&piece[..read]);
            }
            let _ = stream.write_all(reply.as_bytes());
        }
    });
    address
}

const TRADES: &str = "\u{feff}交易时间,商户订单号,交易状态,商户退款单号,商品名称,手续费,订单金额,申请退款金额,费率\r\n\
    `2026-11-27 12:00:00,`T1,`SUCCESS,`0,`茶叶\u{1b}[31m，碧螺春，二百五十克装，送礼盒,`0.00600,`1234.50,`0.00,`0.60%\r\n\
    `2026-11-28 00:00:01,`T2,`REFUND,`R2,`tea,`-0.00200,`0.88,`0.30,`0.60%\r\n\
    总交易单数,手续费总金额,订单总金额,申请退款总金额\r\n`2,`0.00400,`1235.38,`0.30\r\n";

/// Everything that a person sees at a terminal of this width.
fn shown(address: &str, args: &[&str], columns: u16) -> (String, String) {
    let terminals = Terminals { input: true, out: true, err: true, columns: Some(columns) };
    let args = [&["bill", "bill_date=20261127", "--color", "never"], args].concat();
    let (ended, out, err) = ran(&args, b"", &settings_of(address), terminals);
    assert_eq!(ended, status::DONE, "{err}");
    (out, err)
}

#[test]
fn a_bill_at_a_terminal_is_a_table_that_fits() {
    let address = serving(TRADES, true);
    let (out, _) = shown(&address, &[], 100);
    assert_eq!(
        out,
        "2026-11-27\n\
         trade_time           out_trade_no  trade_state  total_fee  refund_fee  out_refund_no  body\n\
         12:00:00             T1            SUCCESS       ¥1234.50       ¥0.00                 茶叶\\u{1b}[31…\n\
         2026-11-28 00:00:01  T2            REFUND           ¥0.88       ¥0.30  R2             tea\n\
         \n\
         total_count  2\n\
         fee          ¥0.00400\n\
         total_fee    ¥1235.38\n\
         refund_fee   ¥0.30\n\
         2 columns are not shown. A file or a pipe gets all: … > bill.csv\n"
    );
    let (out, _) = shown(&address, &["--lang", "zh"], 300);
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(
        rows[1],
        "交易时间             商户订单号  交易状态  订单金额  申请退款金额  商户退款单号  商品名称                     手续费  费率"
    );
    assert!(rows[2].ends_with("茶叶\\u{1b}[31m，碧螺春…    ¥0.00600  0.60%"), "{out}");
    assert!(rows.contains(&"总交易单数      2") && rows.contains(&"申请退款总金额  ¥0.30"), "{out}");
    assert!(!out.contains("没有显示"), "{out}");
    // A table is cut by whole columns; the first one is always there.
    for columns in [1, 30, 48, 60, 80, 100] {
        let (out, _) = shown(&address, &[], columns);
        let widest = out.lines().skip(1).take(3).map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(columns).max(19) && out.contains("12:00:00"), "{columns}: {out}");
        let has_amounts = out.lines().nth(1).unwrap().contains("total_fee");
        assert!(!out.contains('\u{1b}') && has_amounts == out.contains("¥1234.50"), "{out}");
    }
}

#[test]
fn the_rows_of_old_bills_and_of_fund_flows_are_tables_too() {
    let old = "\u{feff}交易时间,商户订单号,交易状态,总金额,退款金额\r\n`2026-11-27 12:00:00,`T1,`REVOKED,`1.00,`0.00\r\n\
               总交易单数,总交易额,总退款金额\r\n`1,`1.00,`0.00\r\n";
    let flow = "\u{feff}记账时间,微信支付业务单号,业务名称,收支类型,收支金额(元),账户结余(元),备注\r\n\
                `2026-11-27 12:00:00,`4200,`退款,`支出,`0.30,`98765.40,`无\r\n\
                资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n`1,`0,`0.00,`1,`0.30\r\n";
    for (bill, expected) in [
        (old, "12:00:00    T1            REVOKED                     ¥1.00                  ¥0.00\n"),
        (flow, "12:00:00     退款           支出        ¥0.30  ¥98765.40  4200         无\n"),
    ] {
        let (out, _) = shown(&serving(bill, false), &[], 120);
        assert!(out.contains(expected), "{out}");
    }
}

#[test]
fn a_number_in_an_unknown_column_is_whole_and_totals_without_rows_are_a_table() {
    let number = "50300807092025112800000000000001";
    let unknown = format!(
        "\u{feff}交易时间,商户订单号,新退款单号,新说明\r\n`2026-11-27 12:00:00,`T1,`{number},`一段很长的说明，一段很长的说明\r\n\
         总交易单数\r\n`1\r\n"
    );
    let (out, _) = shown(&serving(&unknown, true), &[], 200);
    assert!(out.contains(number) && out.contains('…'), "{out}");
    let empty = "\u{feff}交易时间,商户订单号\r\n总交易单数,订单总金额\r\n`0,`0.00\r\n";
    let (out, _) = shown(&serving(empty, true), &[], 200);
    assert!(out.contains("total_fee    ¥0.00") && !out.contains('`'), "{out}");
}

#[test]
fn the_progress_of_a_bill_is_for_terminals() {
    let (known, unknown) = (serving(TRADES, true), serving(TRADES, false));
    let size = format!("0.{} KB", TRADES.len() / 100);
    let whole = format!("downloading  [########################] 100%  {size} / {size}  2 rows");
    let (_, err) = shown(&known, &[], 100);
    assert!(err.contains("\rasking for the bill …\u{1b}[K") && err.contains(&format!("\r{whole}\u{1b}[K")), "{err}");
    assert!(err.ends_with("\r\u{1b}[K"), "the line is removed: {err:?}");
    let (_, err) = shown(&unknown, &["--lang", "zh"], 100);
    assert!(err.contains(&format!("\r正在下载  {size}  2 行\u{1b}[K")), "{err}");
    let (_, err) = shown(&known, &[], 40);
    let lines = err.split(['\r', '\n']).filter(|line| line.starts_with("downloading"));
    assert!(lines.clone().count() > 0 && lines.clone().all(|line| line.chars().count() < 40 + 3), "{err}");

    // Results in a pipe are as before, whether standard error is a terminal or not.
    let plain = ran(&["bill", "bill_date=20261127"], b"", &settings_of(&known), Terminals::default());
    assert!(!plain.2.contains('\r') && plain.1.starts_with("交易时间,商户订单号,"), "{plain:?}");
    assert!(
        plain.1.contains("\n`2026-11-28 00:00:01,`T2,`REFUND,`R2,`tea,`-0.00200,`0.88,`0.30,`0.60%\n"),
        "{plain:?}"
    );
    let terminal = Terminals { err: true, ..Terminals::default() };
    let half = ran(&["bill", "bill_date=20261127"], b"", &settings_of(&known), terminal);
    assert!(half.1 == plain.1 && half.2.contains("downloading") && half.2.ends_with("\r\u{1b}[K"), "{half:?}");
    // Programs and terminals that cannot move the cursor get none.
    let everything = Terminals { input: true, out: true, err: true, columns: None };
    let json = ran(&["bill", "--json", "bill_date=20261127"], b"", &settings_of(&known), everything);
    assert!(!json.2.contains('\r') && json.1.lines().count() == 2 && json.1.starts_with('{'), "{json:?}");
    let dumb = [&settings_of(&known)[..], &[("TERM", "dumb")]].concat();
    let dumb = ran(&["bill", "bill_date=20261127"], b"", &dumb, everything);
    assert!(!dumb.2.contains('\r') && dumb.1.contains("¥1234.50"), "{dumb:?}");
}

#[test]
fn the_progress_of_a_bill_that_breaks_off_is_removed_before_the_error() {
    let address = serving(&TRADES[..TRADES.len() - 90], false);
    let terminals = Terminals { input: true, out: true, err: true, columns: Some(80) };
    let (ended, out, err) = ran(&["bill", "bill_date=20261127"], b"", &settings_of(&address), terminals);
    assert!(ended != status::DONE && !out.contains("total_count"), "{out}");
    let (_, error) = err.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(error.starts_with("\u{1b}[31mwxpaykit: "), "{err:?}");
}

#[test]
fn the_settings_choose_the_api_of_a_bill() {
    let v2 = [("WXPAY_API_KEY", KEY)];
    let v3 = [("WXPAY_API_V3_KEY", "wxpaykitTestApiV3Key0123456789ab")];
    let both = [v2, v3].concat();
    // Files are not read before a client is made.
    let others = [
        [("WXPAY_API_V3_KEY_FILE", "/nowhere/key")],
        [("WXPAY_PLATFORM_PUBLIC_KEY", "/nowhere/pub_key.pem")],
        [("WXPAY_PLATFORM_PUBLIC_KEY_FILE", "/nowhere/pub_key.pem")],
    ];
    for (args, settings, call) in [
        (&["bill"][..], &v2[..], "/pay/downloadbill"),
        (&["bill"], &[], "/pay/downloadbill"),
        (&["bill"], &v3, "/v3/bill/tradebill"),
        (&["bill"], &others[0], "/v3/bill/tradebill"),
        (&["bill"], &others[1], "/v3/bill/tradebill"),
        (&["bill"], &others[2], "/v3/bill/tradebill"),
        (&["bill"], &both, "/pay/downloadbill"),
        (&["bill", "--v3"], &both, "/v3/bill/tradebill"),
        (&["bill", "--fund-flow"], &v2, "/pay/downloadfundflow"),
        (&["bill", "--fund-flow"], &v3, "/v3/bill/fundflowbill"),
    ] {
        let mut out = Vec::new();
        let (ended, err) = written(&[args, &["--fields", "--json"]].concat(), &mut out, settings);
        assert_eq!(ended, status::DONE, "{err}");
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(&format!("\"{call}\"")), "{args:?}: {text}");
    }
}

#[test]
fn objects_are_given_by_their_members() {
    let settings = |language| {
        [
            ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
            ("WXPAY_MCH_ID", "1900000109"),
            ("WXPAY_API_KEY", KEY),
            ("WXPAY_ENDPOINTS", "http://127.0.0.1:9"),
            ("WXPAYKIT_LANG", language),
        ]
    };
    let refused = |language: &'static str, call: &str, fields: &[&str]| {
        let args = [&["call", call, "description=tea", "out_trade_no=TEA001"], fields].concat();
        let (ended, out, err) = ran(&args, b"", &settings(language), Terminals::default());
        assert_eq!((ended, out.as_str()), (status::WRONG, ""), "{args:?}: {err}");
        err
    };
    let whole = "amount={\"total\": 100, \"currency\": \"CNY\"}";
    for (fields, english, chinese) in [
        (
            &["amount=100"][..],
            format!("amount: is an object: write amount.total=100 amount.currency=CNY, or '{whole}'"),
            format!("amount: 是对象：请写成 amount.total=100 amount.currency=CNY，或 '{whole}'"),
        ),
        (
            &["amount.total=1", "amount={}"],
            "amount: is given as a whole and by its members: give one of the two".to_owned(),
            "amount: 既给出了整个对象，又给出了它的成员：请只用一种写法".to_owned(),
        ),
        (
            &["amount={}", "amount.total=1"],
            "amount: is given as a whole and by its members: give one of the two".to_owned(),
            "amount: 既给出了整个对象，又给出了它的成员：请只用一种写法".to_owned(),
        ),
        (
            &["amount.total=1.00"],
            "amount.total: must be an integer of fen: 1.00 yuan are amount.total=100".to_owned(),
            "amount.total: 应为以分为单位的整数：1.00 元是 amount.total=100".to_owned(),
        ),
    ] {
        let given = [fields, &["notify_url=https://shop.example/n"]].concat();
        for (language, text) in [("en", english), ("zh", chinese)] {
            let err = refused(language, "v3.native", &given);
            assert!(err.contains(&text), "{fields:?} {language}: {err}");
        }
    }
    let err = refused("en", "v3.combine_native", &["sub_orders=1"]);
    assert!(err.contains("sub_orders: is a list of objects: write 'sub_orders=[{"), "{err}");
    let err = refused("en", "v3.h5", &["scene_info=web"]);
    assert!(err.contains("write scene_info.payer_client_ip=203.0.113.9 scene_info.h5_info.type="), "{err}");
    // What is right is sent, and the host is not there: settings of APIv3 alone are missing first.
    let err = refused("en", "v3.native", &["amount.total=100", "notify_url=https://shop.example/n"]);
    assert!(err.contains("api_v3_key"), "{err}");
    let (_, out, _) = ran(&["call", "v3.native", "--fields"], b"", &[], Terminals::default());
    assert!(out.contains("\namount.total ") && out.contains("fen, required. In fen."), "{out}");
}

#[test]
fn members_of_objects_and_of_the_items_of_lists_are_listed() {
    let described = |language: &str, args: &[&str]| {
        let args = [&["call"], args, &["--fields"]].concat();
        let (ended, out, err) = ran(&args, b"", &[("WXPAYKIT_LANG", language)], Terminals::default());
        assert_eq!((ended, err.as_str()), (status::DONE, ""), "{args:?}");
        out
    };
    let said = |out: &str, name: &str| {
        let line = out.lines().find(|line| line.split_whitespace().next() == Some(name));
        line.unwrap_or_else(|| panic!("{name}: {out}")).to_owned()
    };
    // The object around a member, or the list of which it is in an item, may be left out: the nearest that may be is named.
    for (call, name, english, chinese, json) in [
        ("v3.native", "amount.total", "fen, required. ", "分，必填。", (true, None)),
        ("v3.native", "amount.currency", "CNY. ", "CNY。", (false, None)),
        ("v3.native", "scene_info", "JSON. ", "JSON。", (false, None)),
        (
            "v3.native",
            "scene_info.payer_client_ip",
            "IP, required with scene_info. ",
            "IP，传 scene_info 时必填。",
            (false, Some("scene_info")),
        ),
        (
            "v3.native",
            "scene_info.store_info.id",
            "text, required with scene_info.store_info. ",
            "文本，传 scene_info.store_info 时必填。",
            (false, Some("scene_info.store_info")),
        ),
        ("v3.native", "scene_info.store_info.name", "text. ", "文本。", (false, None)),
        (
            "v3.native",
            "detail.goods_detail[].quantity",
            "integer, required with detail.goods_detail. ",
            "整数，传 detail.goods_detail 时必填。",
            (false, Some("detail.goods_detail")),
        ),
        ("v3.combine_native", "sub_orders[].out_trade_no", "text, required. ", "文本，必填。", (true, None)),
        ("v3.combine_native", "sub_orders[].amount.total_amount", "fen, required. ", "分，必填。", (true, None)),
        ("v3.combine_native", "sub_orders[].settle_info.profit_sharing", "true|false. ", "true|false。", (false, None)),
    ] {
        for (language, text) in [("en", english), ("zh", chinese)] {
            let line = said(&described(language, &[call]), name);
            assert!(line.contains(&format!(" {text}")), "{line}");
            let out: serde_json::Value = serde_json::from_str(&described(language, &[call, "--json"])).unwrap();
            let field = out["fields"].as_array().unwrap().iter().find(|field| field["name"] == name);
            let field = field.unwrap_or_else(|| panic!("{name}: {out}"));
            assert_eq!(
                (field["required"].as_bool(), field["required_with"].as_str()),
                (Some(json.0), json.1),
                "{field}"
            );
        }
    }
    // The text and the JSON list the same.
    for call in wxpaykit::registry::all() {
        let text = described("en", &[call.name]);
        let json: serde_json::Value = serde_json::from_str(&described("en", &[call.name, "--json"])).unwrap();
        for field in json["fields"].as_array().unwrap() {
            said(&text, field["name"].as_str().unwrap());
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_names_its_variable() {
    let settings = [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_V3_KEY", "wxpaykitTestApiV3Key0123456789ab"),
        ("WXPAY_ENDPOINTS", "http://127.0.0.1:9"),
    ];
    let message = b"GET /v3/certificates HTTP/1.1\r\nAccept: application/json\r\n\r\n";
    for variable in
        ["WXPAY_PLATFORM_PUBLIC_KEY", "WXPAY_PLATFORM_PUBLIC_KEY_FILE", "WXPAY_CLIENT_KEY", "WXPAY_CLIENT_KEY_FILE"]
    {
        let variables = [settings.as_slice(), &[(variable, "/nowhere/key.pem")]].concat();
        for args in [&["bill", "--v3", "bill_date=2026-11-27"][..], &["explain", "-"]] {
            let (ended, out, err) = ran(args, message, &variables, Terminals::default());
            assert_eq!((ended, out.as_str()), (status::WRONG, ""), "{args:?} {variable}: {err}");
            assert!(err.contains(variable) && err.contains("/nowhere/key.pem"), "{args:?} {variable}: {err}");
        }
    }
}

#[test]
fn a_key_in_the_wrong_variable_is_not_shown() {
    const OTHER: &str = "0123456789abcdef0123456789abcdef";
    let settings = [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_ENDPOINTS", "http://127.0.0.1:9"),
    ];
    for (name, value, secret) in [
        ("WXPAY_CLIENT_KEY", OTHER, OTHER),
        ("WXPAY_CLIENT_KEY_FILE", OTHER, OTHER),
        ("WXPAY_APP_SECRET_FILE", OTHER, OTHER),
        ("WXPAY_STORE", "user:hunter2hunter2@127.0.0.1:6379", "hunter2"),
        ("WXPAY_STORE", "redis:user:hunter2hunter2@127.0.0.1:6379", "hunter2"),
    ] {
        let variables = [settings.as_slice(), &[(name, value)]].concat();
        for args in [&["doctor"][..], &["doctor", "--json"], &["query", "out_trade_no=T1"]] {
            let (ended, out, err) = ran(args, b"", &variables, Terminals::default());
            assert_eq!(ended, status::WRONG, "{name}: {err}");
            assert!(!out.contains(secret) && !err.contains(secret), "{name}: {out}{err}");
        }
    }
    let path = [settings.as_slice(), &[("WXPAY_CLIENT_KEY", "/nowhere/key.pem")]].concat();
    assert!(ran(&["doctor"], b"", &path, Terminals::default()).1.contains("/nowhere/key.pem"));
}

#[test]
fn a_secret_in_the_wrong_variable_or_option_is_not_printed() {
    const OTHER: &str = "5a1d0c7e9b3f48268f2e6d4b7c90a1ff";
    let settings = [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_ENDPOINTS", "http://127.0.0.1:9"),
    ];
    let upper = OTHER.to_ascii_uppercase();
    let url = format!("http://u:{OTHER}@127.0.0.1:9");
    let variables = wxpaykit::table::settings::SETTINGS.iter().filter_map(|setting| setting.variable());
    for name in variables.filter(|name| name != "WXPAY_API_KEY") {
        for value in [OTHER, &upper, &url] {
            let mut set: Vec<_> = settings.into_iter().filter(|(known, _)| *known != name).collect();
            set.push((&name, value));
            for args in
                [&["doctor"][..], &["doctor", "--json"], &["doctor", "--lang", "zh"], &["query", "out_trade_no=T1"]]
            {
                let (_, out, err) = ran(args, b"", &set, Terminals::default());
                for text in [out, err] {
                    assert!(!text.contains(OTHER) && !text.contains(&upper), "{name}={value}: {text}");
                }
            }
        }
    }
    for args in [
        &["query", "--key-file", OTHER, "out_trade_no=T1"][..],
        &["doctor", "--key-file", OTHER],
        &["sign", "--key-file", OTHER, "a=1"],
        &["verify", OTHER],
        &["call", "orderquery", &format!("out_trade_no=@{OTHER}")],
    ] {
        let (ended, out, err) = ran(args, b"", &settings, Terminals::default());
        assert_ne!(ended, status::DONE);
        assert!(!out.contains(OTHER) && !err.contains(OTHER), "{args:?}: {out}{err}");
    }
    let (_, _, err) = ran(&["verify", "nowhere.xml"], b"", &settings, Terminals::default());
    assert!(err.contains("nowhere.xml"), "{err}");
}

#[test]
fn a_password_that_is_the_merchant_number_does_not_hide_it() {
    let settings = [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_CLIENT_P12", "/nowhere/apiclient_cert.p12"),
        ("WXPAY_CLIENT_P12_PASSWORD", "1900000109"),
    ];
    let (_, out, _) = ran(&["doctor"], b"", &settings, Terminals::default());
    assert!(out.contains("1900000109"), "{out}");
}

#[test]
fn a_test_notification_takes_documents_and_is_printed_as_json() {
    let settings = [("WXPAY_APPID", "wxd930ea5d5a258f4f"), ("WXPAY_MCH_ID", "1900000109"), ("WXPAY_API_KEY", KEY)];
    let document = br#"{"total_fee": "7", "out_trade_no": "T7"}"#;
    let (ended, out, err) =
        ran(&["notify", "--json", "-", "out_trade_no=T8"], document, &settings, Terminals::default());
    assert_eq!(ended, status::DONE, "{err}");
    for part in [r#""total_fee": "7""#, r#""cash_fee": "7""#, r#""out_trade_no": "T8""#] {
        assert!(out.contains(part), "{out}");
    }
    assert_eq!(piped(&["verify", "-q", "-"], &out).0, status::DONE);
    let (_, out, _) = ran(&["notify", "total_fee=7"], b"", &settings, Terminals::default());
    assert!(out.starts_with("<xml>") && piped(&["verify", "-q", "-"], &out).0 == status::DONE, "{out}");
}

#[test]
fn json_has_no_character_that_moves_a_cursor() {
    let text = "\u{7f}\u{9b}31m\u{202e}abc茶";
    let document = format!("<xml><a><![CDATA[{text}]]></a></xml>");
    let (_, out, _) = piped(&["xml", "--json", "-"], &document);
    assert_eq!(out.trim(), "{\n  \"a\": \"\\u007f\\u009b31m\\u202eabc茶\"\n}");
    let (_, back, _) = piped(&["xml", "-"], &out);
    assert_eq!(back.trim(), document);
    let (ended, _, err) = piped(&["verify", "--json", &format!("/{text}")], "");
    assert!(ended == status::WRONG && !err.contains(['\u{7f}', '\u{9b}', '\u{202e}']), "{err:?}");
}

/// The cases of a file of vectors.
fn vectors(text: &str) -> Vec<serde_json::Value> {
    let mut file: serde_json::Value = serde_json::from_str(text).unwrap();
    let cases = file["cases"].as_array_mut().unwrap();
    std::mem::take(cases)
}

/// A vector's message, as a person saves it.
fn saved(start: &str, given: &serde_json::Value) -> String {
    let headers = given["headers"].as_object().unwrap().iter();
    let headers: String = headers.map(|(name, value)| format!("{name}: {}\r\n", value.as_str().unwrap())).collect();
    format!("{start}\r\n{headers}\r\n{}", given["body"].as_str().unwrap())
}

#[test]
fn a_right_request_that_wechat_refuses_is_not_called_right() {
    let explained = |fields: &[(&str, &str)], path: Option<&str>| {
        let sign = sign::sign(fields.iter().copied(), KEY, SignType::Md5);
        let all = fields.iter().copied().chain([("sign", sign.as_str())]);
        let body: String = all.map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
        let head = path.map_or_else(String::new, |path| format!("POST {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        let found = piped(&["explain", "--json", "-"], &format!("{head}<xml>{body}</xml>"));
        serde_json::from_str::<serde_json::Value>(&found.1).unwrap()["mistake"].as_str().unwrap().to_owned()
    };
    let own = [("appid", "wx1"), ("mch_id", "1900000109"), ("nonce_str", "n")];
    let with = |more| [&own[..], &[("attach", more)]].concat();
    // The key of the sandbox is fetched with that of production.
    for (path, mistake) in [
        ("/sandboxnew/pay/unifiedorder", "sandbox_key"),
        ("https://api.mch.weixin.qq.com/xdc/apiv2sandbox/pay/orderquery", "sandbox_key"),
        ("/sandboxnew/pay/getsignkey", "none"),
        ("/pay/orderquery", "none"),
    ] {
        assert_eq!(explained(&own, Some(path)), mistake, "{path}");
    }
    for path in [None, Some("/pay/unifiedorder")] {
        assert_eq!(explained(&with("a\r\nb"), path), "carriage_return");
        assert_eq!(explained(&with("a\nb"), path), "none");
    }
}

#[test]
fn requests_of_apiv3_are_explained() {
    let cases = vectors(include_str!("../../tests/vectors/v3_explain.json"));
    let mut count = 0;
    for case in cases.iter().filter(|case| case["given"]["headers"].is_object()) {
        let (given, expect) = (&case["given"], &case["expect"]);
        // The command does not compare with the clock: the message may be of yesterday.
        if expect["mistake"] == "clock_skew" {
            continue;
        }
        let text = |name: &str| given[name].as_str().unwrap_or_default();
        let message = saved(&format!("{} {} HTTP/1.1", text("method"), text("url")), given);
        let settings = [
            ("WXPAY_CLIENT_KEY", text("private_key")),
            ("WXPAY_CLIENT_CERT", text("certificate")),
            ("WXPAY_MCH_ID", "1900000001"),
        ];
        let (ended, out, err) = ran(&["explain", "--json", "-"], message.as_bytes(), &settings, Terminals::default());
        let found: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{case}: {err}"));
        assert_eq!(found["mistake"], expect["mistake"], "{}: {out}", case["name"]);
        assert_eq!(ended == status::DONE, expect["mistake"] == "none");
        count += 1;
    }
    assert_eq!(count, 8);
}

#[test]
fn what_a_page_of_apiv3_is_handed_is_checked_with_the_merchants_key() {
    let pem = include_str!("../../tests/certificates/apiclient_key.pem");
    let p12 = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/certificates/apiclient_cert-aes.p12");
    let key = SigningKey::read("client_key", pem.as_bytes()).unwrap();
    let (appid, nonce) = ("wxd930ea5d5a258f4f", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS");
    let package = "prepay_id=wx201410272009395522657a690389285100";
    let signature = wxpaykit::v3::pay_sign(appid, "1764300000", nonce, package, &key).unwrap();
    let page = |appid: &str, nonce: &str| {
        let members = format!(r#""timeStamp":"1764300000","nonceStr":"{nonce}","package":"{package}""#);
        format!(r#"{{{appid}{members},"signType":"RSA","paySign":"{signature}"}}"#)
    };
    let with = (page(r#""appId":"wxd930ea5d5a258f4f","#, nonce), page("", nonce));
    let of_mini = ("WXPAY_APPID", appid);
    for settings in [
        vec![of_mini, ("WXPAY_CLIENT_KEY", pem)],
        vec![of_mini, ("WXPAY_MCH_ID", "1900000109"), ("WXPAY_CLIENT_P12_FILE", p12)],
    ] {
        for text in [&with.0, &with.1] {
            let (ended, out, err) = ran(&["explain", "-"], text.as_bytes(), &settings, Terminals::default());
            assert_eq!(ended, status::DONE, "{out}{err}");
            assert!(out.contains("prepay_id=wx2014"), "{out}");
        }
        let (ended, out, _) = ran(&["explain", "-"], page("", "other").as_bytes(), &settings, Terminals::default());
        assert_eq!(ended, status::NO, "{out}");
    }
    let (ended, _, err) = ran(&["explain", "-"], with.0.as_bytes(), &[], Terminals::default());
    assert_eq!((ended, err.contains("WXPAY_CLIENT_KEY")), (status::WRONG, true), "{err}");
}

#[test]
fn a_name_of_node_leads_to_the_call() {
    for (name, call) in
        [("v3.transferReceipt", "v3.transfer_receipt"), ("v3.subMerchantFundflowbill", "v3.sub_merchant_fundflowbill")]
    {
        let (ended, _, err) = ran(&["call", name], b"", &[], Terminals::default());
        assert_eq!(ended, status::WRONG);
        assert!(err.contains(&format!("is it {call}?")), "{err}");
    }
}

#[test]
fn replies_and_notifications_of_apiv3_are_explained_and_decrypted() {
    let id = "PUB_KEY_ID_0119000000012025112800000000000001";
    let cases = vectors(include_str!("../../tests/vectors/v3_verify.json"));
    let (mut right, mut opened) = (0, 0);
    for case in cases.iter().filter(|case| case["expect"]["key"] == id) {
        let given = &case["given"];
        let settings = [
            ("WXPAY_PLATFORM_PUBLIC_KEY", given["keys"][id].as_str().unwrap()),
            ("WXPAY_PLATFORM_PUBLIC_KEY_ID", id),
            ("WXPAY_API_V3_KEY", "wxpaykitTestApiV3Key0123456789ab"),
        ];
        for start in ["HTTP/1.1 200 OK", "POST /notify HTTP/1.1"] {
            let message = saved(start, given);
            let (ended, _, err) = ran(&["explain", "-"], message.as_bytes(), &settings, Terminals::default());
            assert_eq!(ended, status::DONE, "{}: {err}", case["name"]);
            let changed = message.replacen('"', "\" ", 1);
            let (ended, ..) = ran(&["explain", "-"], changed.as_bytes(), &settings, Terminals::default());
            assert_eq!(ended, status::NO, "{}", case["name"]);
            right += 1;
        }
        if let Some(plain) = case["expect"]["resource"].as_str() {
            let plain: serde_json::Value = serde_json::from_str(plain).unwrap();
            for message in [saved("POST /notify HTTP/1.1", given).as_str(), given["body"].as_str().unwrap()] {
                let (_, out, err) = ran(&["decrypt", "-"], message.as_bytes(), &settings, Terminals::default());
                assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), plain, "{err}");
                opened += 1;
            }
            let (ended, _, err) =
                ran(&["decrypt", "-"], given["body"].as_str().unwrap().as_bytes(), &[], Terminals::default());
            assert!(ended == status::WRONG && err.contains("WXPAY_API_V3_KEY"), "{err}");
        }
    }
    assert!(right >= 4 && opened >= 2, "{right} {opened}");
}

/// A message as `curl -v` prints it, with the remarks around it. `sign` is `<` for a reply and `>` for a request.
fn by_curl(sign: char, start: &str, given: &serde_json::Value) -> String {
    let headers = given["headers"].as_object().unwrap().iter();
    let headers: String =
        headers.map(|(name, value)| format!("{sign} {name}: {}\r\n", value.as_str().unwrap())).collect();
    format!(
        "* Host api.mch.weixin.qq.com:443 was resolved.\n  % Total    % Received % Xferd  Average Speed   Time\n\
         * using HTTP/2\n{sign} {start}\r\n{headers}{sign} \r\n{{ [245 bytes data]\n{}",
        given["body"].as_str().unwrap()
    )
}

#[test]
fn http_messages_are_read_in_the_forms_in_which_people_save_them() {
    let id = "PUB_KEY_ID_0119000000012025112800000000000001";
    let cases = vectors(include_str!("../../tests/vectors/v3_verify.json"));
    let given = &cases.iter().find(|case| case["expect"]["key"] == id).unwrap()["given"];
    let settings =
        [("WXPAY_PLATFORM_PUBLIC_KEY", given["keys"][id].as_str().unwrap()), ("WXPAY_PLATFORM_PUBLIC_KEY_ID", id)];
    let explained = |message: &str| ran(&["explain", "-"], message.as_bytes(), &settings, Terminals::default());
    let reply = saved("HTTP/1.1 200 OK", given);
    let many: String = (0..240).map(|number| format!("X-Trace-{number}: 1\r\n")).collect();
    let curl = by_curl('<', "HTTP/2 200", given);
    let sent = "> GET /v3/certificates HTTP/2\r\n> Authorization: x\r\n> \r\n* Request completely sent off\n";
    for message in [
        reply.clone(),
        reply.replace("\r\n", "\n"),
        format!("\u{feff}{reply}"),
        format!("\r\n{reply}"),
        saved("HTTP/2 200", given),
        saved("HTTP/2.0 200 OK", given),
        saved("POST /notify HTTP/2", given),
        saved("HTTP/1.1 200 OK", given).replacen("\r\n", &format!("\r\n{many}"), 1),
        curl.clone(),
        format!("{curl}* Connection #0 to host api.mch.weixin.qq.com left intact\n"),
        format!("{sent}< HTTP/1.1 100 Continue\r\n< \r\n{}", curl.replacen("* Host", "* host", 1)),
    ] {
        let (ended, out, err) = explained(&message);
        assert_eq!((ended, err.as_str()), (status::DONE, ""), "{message}: {out}");
    }
    let unreadable = "wxpaykit: this looks like an HTTP message, but it cannot be read: begin with the start line, then the headers, \
                      an empty line, and the body\n";
    let without_an_end = "HTTP/2 200\r\nWechatpay-Nonce: 1";
    let no_header = "POST /notify HTTP/1.1\r\nno header at all\r\n\r\n{}";
    for message in [without_an_end, no_header, "< HTTP/1.1 200 OK\r\n< no header at all\r\n< \r\n{}"] {
        for command in ["explain", "decrypt"] {
            let (ended, out, err) = ran(&[command, "-"], message.as_bytes(), &settings, Terminals::default());
            assert_eq!((ended, out.as_str(), err.as_str()), (status::WRONG, "", unreadable), "{command} {message}");
        }
        let (_, _, err) = ran(&["explain", "--lang", "zh", "-"], message.as_bytes(), &[], Terminals::default());
        assert!(err.starts_with("wxpaykit: 这像是 HTTP 报文，但无法读取"), "{err}");
    }
}

#[test]
fn a_header_that_is_wrapped_over_lines_is_named() {
    let cases = vectors(include_str!("../../tests/vectors/v3_explain.json"));
    let is_get = |case: &&serde_json::Value| case["given"]["method"] == "GET" && case["given"]["headers"].is_object();
    let given = &cases.iter().find(is_get).unwrap()["given"];
    let message = saved(&format!("GET {} HTTP/1.1", given["url"].as_str().unwrap()), given);
    let (before, signature) = message.split_once("signature=\"").unwrap();
    let (signature, behind) = signature.split_once('"').unwrap();
    let chunks: Vec<_> = signature.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    for message in [
        message.replace(",signature", ",\r\n  signature"),
        message.replace(",signature", ",\n\tsignature"),
        format!("{before}signature=\"{}\"{behind}", chunks.join("\r\n")),
        format!("{before}signature=\"{}\n\"{behind}", chunks.join("\n")),
    ] {
        let (ended, out, err) = ran(&["explain", "--json", "-"], message.as_bytes(), &[], Terminals::default());
        assert_eq!((ended, err.as_str()), (status::NO, ""), "{message}: {out}");
        let found: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(found["mistake"], "authorization_malformed", "{message}");
        assert_eq!(found["field"], "has line breaks", "{message}");
    }
}

#[test]
fn a_refused_request_of_curl_is_explained_by_its_reply() {
    let cases = vectors(include_str!("../../tests/vectors/v3_explain.json"));
    let is_get = |case: &&serde_json::Value| case["given"]["method"] == "GET" && case["given"]["headers"].is_object();
    let given = &cases.iter().find(is_get).unwrap()["given"];
    let text = |name: &str| given[name].as_str().unwrap_or_default();
    let request = by_curl('>', &format!("{} {} HTTP/2", text("method"), text("url")), given);
    let reply = "< HTTP/2 401\r\n< content-type: application/json\r\n< \r\n{\"code\":\"SIGN_ERROR\",\"message\":\"x\",\"detail\":\
                 {\"sign_information\":{\"truncated_sign_message\":\"GET\\n/v3/other\\n1\\nx\\n\\n\",\"sign_message_length\":20}}}\n\
                 * Connection #0 to host api.mch.weixin.qq.com left intact\n";
    let arguments = ["explain", "--json", "-"];
    // Without a key it is the reply alone that shows the mistake.
    let found = |message: String| {
        let (_, out, err) = ran(&arguments, message.as_bytes(), &[], Terminals::default());
        let found: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        found["mistake"].as_str().unwrap().to_owned()
    };
    assert_eq!(found(format!("{request}{reply}")), "server_text_differs");
    assert_ne!(found(request), "server_text_differs");
}

/// `curl -v` does not show what it sends.
#[test]
fn the_signature_of_a_body_that_curl_does_not_show_is_not_judged() {
    let cases = vectors(include_str!("../../tests/vectors/v3_explain.json"));
    let get = cases.iter().find(|case| case["expect"]["mistake"] == "none").unwrap()["given"].clone();
    let text = |given: &serde_json::Value, name: &str| given[name].as_str().unwrap_or_default().to_owned();
    let (key, certificate) = (text(&get, "private_key"), text(&get, "certificate"));
    let settings = [("WXPAY_CLIENT_KEY", &*key), ("WXPAY_CLIENT_CERT", &*certificate), ("WXPAY_MCH_ID", "1900000001")];
    let run = |args: &[&str], message: &str| ran(args, message.as_bytes(), &settings, Terminals::default());
    let of_get = text(&get["headers"], "Authorization");
    let part = |name: &str| {
        let (_, rest) = of_get.split_once(&format!("{name}=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    // The same merchant's request with a body.
    let (url, body) = ("/v3/pay/transactions/native", r#"{"mchid":"1900000001","description":"茶"}"#);
    let signed = string_to_sign("POST", url, &part("timestamp"), &part("nonce_str"), body).unwrap();
    let signature = SigningKey::read("key", key.as_bytes()).unwrap().sign(signed.as_bytes()).unwrap();
    let mut given = get.clone();
    given["headers"]["Authorization"] = of_get.replace(&part("signature"), &signature).into();
    given["body"] = body.into();
    let start = format!("POST {url} HTTP/2");
    let refusal = |more: &str| {
        format!(
            "* Request completely sent off\n< HTTP/2 401\r\n< content-type: application/json\r\n< \r\n\
             {{\"code\":\"SIGN_ERROR\",\"message\":\"x\"{more}}}\n* Connection #0 to host api.mch.weixin.qq.com left intact\n"
        )
    };
    let built = |text: &str| {
        let detail = serde_json::json!({ "sign_information": {
            "truncated_sign_message": text, "sign_message_length": text.len() + 100,
        } });
        refusal(&format!(",\"detail\":{detail}"))
    };

    // The body as a person adds it to the head.
    let whole = by_curl('>', &start, &given);
    assert_eq!(run(&["explain", "-"], &whole).0, status::DONE);
    given["body"] = "".into();
    let head = by_curl('>', &start, &given);
    let put = head.replacen("> POST", "> PUT", 1).replacen("\r\n", "\r\n> Content-Length: 120\r\n", 1);
    let failed = "curl: (28) Operation timed out after 5000 milliseconds with 0 bytes received\n";
    for message in [
        head.clone(),
        format!("{head}{failed}"),
        format!("{head}{}", refusal("")),
        // The heads of the texts agree, and the body alone may differ.
        format!("{head}{}", built(&signed[..signed.len() - 40])),
        format!("{put}{}", refusal("")),
    ] {
        let (ended, out, err) = run(&["explain", "-"], &message);
        let expected = "wxpaykit: curl -v does not show the body of a request, so the signature cannot be checked: give the request line, \
                        the headers, an empty line and the body\n";
        assert_eq!((ended, out.as_str(), err.as_str()), (status::WRONG, "", expected), "{message}");
        let (_, _, err) = run(&["explain", "--lang", "zh", "-"], &message);
        assert_eq!(err, "wxpaykit: curl -v 不显示请求体，无法检查签名：请给出请求行、请求头、空行和请求体\n");
    }
    let (ended, out, err) = run(&["explain", "--json", "-"], &format!("{head}{}", built("POST\n/v3/other\n1\nx\n{\n")));
    let found: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    assert_eq!((ended, found["mistake"].as_str()), (status::NO, Some("server_text_differs")));

    // A request without a body is known to its end.
    let head = by_curl('>', &format!("GET {} HTTP/2", text(&get, "url")), &get);
    let with_length = head.replacen("\r\n", "\r\n> Content-Length: 0\r\n", 1);
    for message in [head.clone(), with_length] {
        assert_eq!(run(&["explain", "-"], &message).0, status::DONE, "{message}");
    }
    // A right signature that WeChat refused is not the end of it.
    let (ended, out, err) = run(&["explain", "--json", "-"], &format!("{head}{}", refusal("")));
    let found: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    assert_eq!((ended, found["mistake"].as_str()), (status::NO, Some("refused_all_the_same")));
}

#[test]
fn nothing_encrypted_is_decrypted() {
    for input in ["", "\n", "[1]", "{}", "plain words of text!", "\u{1b}[31m"] {
        let (ended, out, err) = piped(&["decrypt", "-"], input);
        assert_eq!((ended, out.as_str()), (status::WRONG, ""), "{input:?}");
        assert!(err.contains("there is nothing encrypted in this message"), "{input:?}: {err}");
    }
    let (ended, _, err) = ran(&["decrypt", "-"], b"\x00\xff\xfe", &[("WXPAY_API_KEY", KEY)], Terminals::default());
    assert!(ended == status::WRONG && err.contains("there is nothing encrypted in this message"), "{err}");
}

#[test]
fn a_decrypted_text_does_not_reach_the_terminal_as_it_is() {
    // Made by openssl of a text with an escape sequence and a character that changes the direction.
    let sealed = r#"{"encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"0123456789ab","associated_data":"certificate","ciphertext":"YCf3lTIORqDXoc3shEFsqWtrwmGlQT0KiLahNA=="}}"#;
    let settings = [("WXPAY_API_V3_KEY", "wxpaykitTestApiV3Key0123456789ab")];
    let (ended, out, err) = ran(&["decrypt", "-"], sealed.as_bytes(), &settings, Terminals::default());
    assert_eq!((ended, err.as_str()), (status::DONE, ""));
    assert_eq!(out, "a\\r\n\\u{1b}[31mb\\u{202e}\n");
}

#[test]
fn the_kinds_of_decrypt() {
    let (ended, _, err) = piped(&["decrypt", "--kind", "other", "x"], "");
    assert!(ended == status::WRONG && err.contains("--kind must be one of refund, v3, miniprogram"), "{err}");
    let (ended, _, err) = piped(&["decrypt", "--kind", "refund", "-"], "<xml><a>1</a></xml>");
    assert!(ended == status::WRONG && err.contains("nothing encrypted"), "{err}");
}

#[test]
fn data_of_a_mini_program_is_decrypted() {
    let cases = vectors(include_str!("../../tests/vectors/decrypt_user_data.json"));
    let (mut right, mut wrong) = (0, 0);
    for case in &cases {
        let text = |name: &str| case["given"][name].as_str().unwrap();
        let (data, iv, appid, key) = (text("encrypted_data"), text("iv"), text("appid"), text("session_key"));
        let document = serde_json::json!({ "encryptedData": data, "iv": iv }).to_string();
        let settings = [("WXPAY_APPID", appid), ("WXPAY_SESSION_KEY", key)];
        let run = |args: &[&str], settings: &[(&str, &str)]| {
            let (ended, out, err) = ran(args, document.as_bytes(), settings, Terminals::default());
            assert!(key.len() < 8 || !out.contains(key) && !err.contains(key), "{out}{err}");
            (ended, out, err)
        };
        let (ended, out, err) = run(&["decrypt", "--json", "-"], &settings);
        let expect = &case["expect"];
        if let Some(members) = expect.as_object() {
            let found: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{case}: {err}"));
            for (name, value) in members {
                assert_eq!(&found[name], value, "{}: {name}", case["name"]);
            }
            // Fields as arguments, and the appid with them.
            let fields = [format!("encryptedData={data}"), format!("iv={iv}"), format!("appid={appid}")];
            let fields: Vec<&str> =
                ["decrypt", "--kind", "miniprogram"].into_iter().chain(fields.iter().map(String::as_str)).collect();
            assert_eq!(run(&fields, &settings[1..]).0, status::DONE);
            let (ended, _, err) = run(&["decrypt", "-"], &settings[1..]);
            assert!(ended == status::WRONG && err.contains("WXPAY_APPID"), "{err}");
            let (ended, _, err) = run(&["decrypt", "-"], &settings[..1]);
            assert!(ended == status::WRONG && err.contains("WXPAY_SESSION_KEY"), "{err}");
            let (ended, _, err) = run(&["decrypt", "-", "--kind", "v3"], &settings);
            assert!(ended == status::WRONG && err.contains("nothing encrypted"), "{err}");
            right += 1;
        } else {
            assert!(ended != status::DONE && out.is_empty() && !err.is_empty(), "{}: {out}", case["name"]);
            wrong += 1;
        }
    }
    assert!(right >= 3 && wrong >= 5, "{right} {wrong}");
    let (ended, _, err) = piped(&["decrypt", "encryptedData=AA==", "session_key=SECRETSECRET"], "");
    assert!(ended == status::WRONG && !err.contains("SECRETSECRET"), "{err}");
    for name in ["session_key", "--session-key", "WXPAY_SESSION_KEY"] {
        let (ended, out, err) =
            piped(&["decrypt", "encryptedData=AA==", "iv=AA==", &format!("{name}=SECRETSECRET")], "");
        assert_eq!((ended, out.as_str()), (status::WRONG, ""), "{err}");
        let refusal = format!("wxpaykit: {name}: a secret is not taken from the command line");
        assert!(err.starts_with(&refusal) && err.contains("(WXPAY_SESSION_KEY, WXPAY_SESSION_KEY_FILE …)"), "{err}");
        assert!(!err.contains("SECRETSECRET"), "{err}");
    }
    let (_, _, err) = piped(&["decrypt", "--lang", "zh", "session_key=SECRETSECRET"], "");
    assert!(err.contains("WXPAY_SESSION_KEY、WXPAY_SESSION_KEY_FILE 等"), "{err}");
}

#[test]
fn the_program() {
    let program = |args: &[&str], input: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wxpaykit"))
            .args(args)
            .env_clear()
            .env("WXPAY_API_KEY", KEY)
            .env("PATH", "/nowhere")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input has ended by now, perhaps.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let done = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    };
    let signed = sign::sign([("a", "1")], KEY, SignType::HmacSha256);
    assert_eq!(
        program(&["sign", "-q", "--type", "HMAC-SHA256", "-"], "a=1"),
        (0, format!("{signed}\n"), String::new())
    );
    assert_eq!(program(&["--version"], "").1, format!("wxpaykit {}\n", env!("CARGO_PKG_VERSION")));
    let (ended, out, err) = program(&["explain", "-", "--lang", "zh"], "<xml><a>1</a></xml>");
    assert!(ended == 1 && out.contains("没有 sign") && err.is_empty(), "{out}{err}");
    assert_eq!(program(&["sign", "--key", KEY], "").0, 2);
    // The emulator is beside this program in a development build.
    let (ended, out, _) = program(&["query", "out_trade_no=1"], "");
    assert_eq!((ended, out.as_str()), (2, ""));
}

#[test]
fn a_misspelt_variable_is_named_with_the_one_that_was_meant() {
    let settings = [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_ENDPOINTS", "http://127.0.0.1:9"),
    ];
    let with = |more: &[(&'static str, &'static str)]| {
        let all = [settings.as_slice(), more].concat();
        ran(&["query", "out_trade_no=T9"], b"", &all, Terminals::default())
    };
    let (ended, _, err) = with(&[("WXPAY_NOTIFYURL", "https://shop.example/n"), ("WXPAY_PORT", "80")]);
    assert_eq!(ended, status::NOT_SENT, "{err}");
    let meant = "WXPAY_NOTIFYURL is not a variable of wxpaykit and has no effect: did you mean WXPAY_NOTIFY_URL?";
    assert!(err.contains(meant) && !err.contains("WXPAY_PORT"), "{err}");
    // The right one is there too.
    assert!(!with(&[("WXPAY_MCHID", "1900000109")]).2.contains("did you mean"));
    // Once in a process.
    assert!(!with(&[("WXPAY_NOTIFYURL", "https://shop.example/n")]).2.contains("did you mean"));

    // What is missing for that reason says so, and no value is shown.
    let misspelt = [("WXPAY_APPID", "wxd930ea5d5a258f4f"), ("WXPAY_MCH_ID", "1900000109"), ("WXPAY_APIKEY", KEY)];
    let (ended, out, err) = ran(&["doctor"], b"", &misspelt, Terminals::default());
    assert_eq!(ended, status::WRONG, "{err}");
    assert!(err.contains("WXPAY_APIKEY is set: did you mean WXPAY_API_KEY?"), "{err}");
    assert!(!format!("{out}{err}").contains(KEY), "{out}{err}");
    // All that is missing is named at once.
    for (language, said) in
        [("en", "also not set: WXPAY_MCH_ID, WXPAY_API_KEY"), ("zh", "还缺少 WXPAY_MCH_ID, WXPAY_API_KEY")]
    {
        let (ended, _, err) = ran(&["doctor"], b"", &[("WXPAYKIT_LANG", language)], Terminals::default());
        assert_eq!(ended, status::WRONG, "{err}");
        assert!(err.contains("WXPAY_APPID") && err.contains(said), "{err}");
    }
}

#[test]
fn the_token_of_a_call_comes_from_a_file() {
    const TOKEN: &str = "57_wrongtokenwrongtokenwrongtoken";
    let settings = [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_ENDPOINTS", "http://127.0.0.1:9"),
    ];
    let file = std::env::temp_dir().join(format!("wxpaykit-token-{}", std::process::id()));
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let from_file = format!("access_token=@{}", file.display());
    let call = |field: &str| ran(&["call", "oauth.userinfo", field, "openid=o1"], b"", &settings, Terminals::default());
    // It is taken: what fails is the connection.
    let (ended, out, err) = call(&from_file);
    assert_eq!((ended, out.as_str()), (status::NOT_SENT, ""), "{err}");
    assert!(!err.contains(TOKEN), "{err}");
    // Also after options with a value of their own.
    for options in [&["--lang", "zh"][..], &["--color", "never"], &["--lang=zh", "--color", "never", "--json"]] {
        let args = [options, &["call", "oauth.userinfo", &from_file, "openid=o1"]].concat();
        let (ended, _, err) = ran(&args, b"", &settings, Terminals::default());
        assert_eq!(ended, status::NOT_SENT, "{options:?}: {err}");
    }
    for refused in
        [format!("access_token={TOKEN}"), format!("access_token=@@{TOKEN}"), format!("--access-token=@{TOKEN}")]
    {
        let (ended, out, err) = call(&refused);
        assert_eq!((ended, out.as_str()), (status::WRONG, ""), "{err}");
        assert!(!err.contains(TOKEN), "{err}");
        assert!(err.contains("=@FILE") && !err.contains("WXPAY_API_KEY"), "{err}");
    }
    // Where a field is only signed, a key has no place.
    assert_eq!(ran(&["sign", &from_file], b"", &settings, Terminals::default()).0, status::WRONG);
    std::fs::remove_file(&file).unwrap();
}

/// What people read in Chinese: no English sentence, and Chinese colons after labels.
#[test]
fn what_the_command_says_is_chinese_throughout() {
    let settings = [
        ("WXPAYKIT_LANG", "zh"),
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "10000100"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_STORE", "memory:"),
        ("WXPAY_ENDPOINTS", "http://127.0.0.1:1"),
        ("WXPAY_JSAPI_TICKET", "t"),
    ];
    let no_file = [&settings[..3], &[("WXPAY_API_KEY_FILE", "/no/such/file")]].concat();
    for (args, variables, said) in [
        (&["xml", "/no/such/file"][..], &settings[..], "无法读取文件：/no/such/file：没有这个文件"),
        (&["xml", "/"], &settings, "无法读取文件：/：这是一个目录"),
        (&["query", "out_trade_no=1"], &no_file, "/no/such/file 无法读取：没有这个文件或目录"),
        (&["--lang", "xx"], &settings, "--lang 必须是 en、zh 之一"),
        (&["completion", "powershell"], &settings, "必须是 bash、zsh、fish 之一"),
        (&["query", "out_trade_no=1"], &settings, "连不上 127.0.0.1:1（连接被拒绝）；请求没有发出"),
        (&["verify", "<xml><a>1</a><sign>X</sign></xml>"], &settings, "签名错误：sign 的长度不对"),
        (&["explain", "<xml><a>1</a><sign>X</sign></xml>"], &settings, "\n应当签名的是（MD5）：a=1&key=***"),
    ] {
        let (_, out, err) = ran(args, b"", variables, Terminals::default());
        let all = format!("{out}{err}");
        assert!(all.contains(said), "{args:?}: {all}");
        let words = |line: &str| {
            line.split(|c: char| !c.is_ascii_lowercase() && c != ' ').any(|part| part.trim().split(' ').count() > 3)
        };
        assert!(!all.lines().any(words), "{args:?}: {all}");
    }
}

#[test]
fn calls_and_fields_are_described_in_chinese() {
    let is_wide = |c: char| matches!(c, '\u{3000}'..='\u{9fff}');
    let described = |language: &str, args: &[&str]| {
        let (ended, out, err) = ran(args, b"", &[("WXPAYKIT_LANG", language)], Terminals::default());
        assert_eq!((ended, err.as_str()), (status::DONE, ""), "{args:?}");
        out
    };
    let refund = described("zh", &["call", "refund", "--fields"]);
    for text in ["成功只表示微信已受理", "\ntotal_fee ", "分，必填。整个订单的金额，单位分。\n"]
    {
        assert!(refund.contains(text), "{text}: {refund}");
    }
    for call in wxpaykit::registry::all() {
        // A meaning that is one of WeChat's words has no Chinese: `ALL`.
        let out = described("zh", &["call", call.name, "--fields"]);
        let lines = out.lines().filter(|line| !line.is_empty() && !line.ends_with("`ALL`。"));
        assert_eq!(
            lines.filter(|line| !line.contains(is_wide)).collect::<Vec<_>>(),
            Vec::<&str>::new(),
            "{}",
            call.name
        );
        assert!(!described("en", &["call", call.name, "--fields"]).contains('。'), "{}", call.name);
        let json = described("zh", &["call", call.name, "--fields", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let fields = json["fields"].as_array().unwrap();
        assert!(fields.iter().all(|field| field["doc"].as_str().unwrap().ends_with('。')), "{}", call.name);
    }
    assert!(described("en", &["call"]).contains("Queries an order (查询订单)"));
    let list = described("zh", &["call"]);
    assert!(list.lines().count() > 60, "{list}");
    assert_eq!(list.lines().filter(|line| !line.contains(is_wide)).count(), 0, "{list}");
}

#[test]
fn the_rules_of_fields_and_settings_are_chinese_where_people_read_chinese() {
    let settings = [
        ("WXPAY_APPID", "wxd930ea5d5a258f4f"),
        ("WXPAY_MCH_ID", "1900000109"),
        ("WXPAY_API_KEY", KEY),
        ("WXPAY_ENDPOINTS", "http://127.0.0.1:9"),
    ];
    let (ended, _, err) = ran(&["--lang", "zh", "order", "total_fee=1.5"], b"", &settings, Terminals::default());
    assert_eq!(ended, status::WRONG, "{err}");
    assert!(err.contains("total_fee: 应为以分为单位的整数：1.5 元是 total_fee=150"), "{err}");
    let chinese = [&settings[..1], &settings[2..], &[("WXPAYKIT_LANG", "zh")]].concat();
    let (ended, _, err) = ran(&["query", "out_trade_no=T1"], b"", &chinese, Terminals::default());
    assert_eq!(ended, status::WRONG, "{err}");
    assert!(err.contains("mch_id: 没有设置：请设置 WXPAY_MCH_ID 或 WXPAY_MCH_ID_FILE"), "{err}");
}
