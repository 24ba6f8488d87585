//! One `notify_url` for several merchants and appids.

use crate::common::{Act, Scripted, within};
use wxpaykit::{Kind, MerchantOptions, Options, Orderquery, SignType, WxPay, dispatch, sign, wire};

/// appid, mch_id, sub_mch_id.
type Names = (&'static str, &'static str, Option<&'static str>);

const CLIENTS: [Names; 6] = [
    ("wx0000000000000001", "10000100", None),
    ("wx0000000000000002", "10000100", None),
    ("wx0000000000000001", "1900000109", None),
    ("wx0000000000000003", "1500000001", Some("1600000001")),
    ("wx0000000000000003", "1500000001", Some("1600000002")),
    ("wx0000000000000003", "1500000001", None),
];

fn key_of(mch_id: &str) -> &'static str {
    match mch_id {
        "10000100" => "11111111111111111111111111111111",
        "1900000109" => "22222222222222222222222222222222",
        _ => "33333333333333333333333333333333",
    }
}

fn client(names: Names) -> WxPay {
    client_at("http://127.0.0.1:9", names)
}

fn client_at(url: &str, (appid, mch_id, sub_mch_id): Names) -> WxPay {
    let mut merchant = MerchantOptions::new(appid, mch_id, key_of(mch_id));
    merchant.sub_mch_id = sub_mch_id.map(Into::into);
    merchant.accept_sign_types = SignType::ALL.to_vec();
    WxPay::new(Options::new(merchant).endpoints(url).store("memory:")).unwrap()
}

fn notification((appid, mch_id, sub_mch_id): Names, key: &str) -> Vec<u8> {
    let mut fields = vec![
        ("appid", appid),
        ("bank_type", "OTHERS"),
        ("cash_fee", "88"),
        ("mch_id", mch_id),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
        ("out_trade_no", "20150806125346"),
        ("result_code", "SUCCESS"),
        ("return_code", "SUCCESS"),
        ("time_end", "20150806125400"),
        ("total_fee", "88"),
        ("trade_type", "JSAPI"),
        ("transaction_id", "4200000263201508067700134212"),
    ];
    fields.extend(sub_mch_id.map(|sub| ("sub_mch_id", sub)));
    let sign = sign::sign(fields.iter().copied(), key, SignType::Md5);
    fields.push(("sign", &sign));
    wire::xml::build(fields.iter().copied()).unwrap().into_bytes()
}

fn genuine(names: Names) -> Vec<u8> {
    notification(names, key_of(names.1))
}

/// Which of the clients it is.
fn place(clients: &[WxPay], found: &WxPay) -> usize {
    clients.iter().position(|client| std::ptr::eq(client, found)).unwrap()
}

#[test]
fn each_notification_finds_its_client() {
    let mut all = CLIENTS;
    for _ in 0..2 {
        let clients = all.map(client);
        for (i, names) in all.into_iter().enumerate() {
            let body = genuine(names);
            let found = dispatch(&body, &clients).unwrap();
            assert_eq!(place(&clients, found), i, "{names:?}");
            assert_eq!(found.notify().parse(&body).unwrap().mch_id(), names.1);
        }
        // A sub-merchant without a client of its own is its provider's.
        let third = genuine(("wx0000000000000003", "1500000001", Some("1600000003")));
        assert_eq!(all[place(&clients, dispatch(&third, &clients).unwrap())], CLIENTS[5]);
        all.reverse();
    }
}

#[test]
fn a_message_that_fits_no_client_is_refused_by_the_first_which_says_whose_it_is() {
    let clients = [CLIENTS[1], CLIENTS[0], CLIENTS[3]].map(client);
    let bodies: [&[u8]; 6] = [b"", b"hello", b"\xff", b"<xml/>", b"{\"id\": 3}", b"<xml><mch_id>1</mch_id></xml>"];
    for body in bodies {
        let found = dispatch(body, &clients).unwrap();
        assert_eq!(place(&clients, found), 0);
        assert_eq!(found.notify().parse(body).err().unwrap().class(), "SignatureError");
    }
    // Of the right merchant: its key proves that the notification is authentic, and the error says whose it is.
    for (names, first, field, given) in [
        (("wx9999999999999999", "10000100", None), 0, "appid", "wx9999999999999999"),
        (("wx0000000000000003", "1500000001", Some("1600000003")), 2, "sub_mch_id", "1600000003"),
    ] {
        let body = genuine(names);
        let found = dispatch(&body, &clients).unwrap();
        assert_eq!(place(&clients, found), first);
        let error = found.notify().parse(&body).err().unwrap();
        assert_eq!((error.class(), error.out_trade_no()), ("PaymentMismatch", Some("20150806125346")));
        let named = format!("the notification is for another client, whose {field} is {given}: hand it to that one");
        assert!(error.to_string().contains(&named), "{error}");
    }
    assert!(dispatch(b"<xml/>", &[]).is_none());
}

#[test]
fn a_notification_of_another_merchant_is_named_although_its_signature_does_not_fit() {
    let parse = |names: Names, body: &[u8]| client(names).notify().parse(body).err().unwrap();
    let error = parse(CLIENTS[0], &genuine(CLIENTS[2]));
    let Kind::Signature { explanation } = error.kind() else { panic!("{error:?}") };
    assert_eq!(explanation.mistake.code(), "addressed_to_another");
    let text = error.to_string();
    assert!(["mch_id 1900000109", "10000100", "dispatch"].iter().all(|part| text.contains(part)), "{text}");
    // Its algorithm says nothing, as long as it is not this client's message.
    let mut merchant = MerchantOptions::new(CLIENTS[0].0, CLIENTS[0].1, key_of(CLIENTS[0].1));
    merchant.accept_sign_types = vec![SignType::HmacSha256];
    let strict = WxPay::new(Options::new(merchant).endpoints("http://127.0.0.1:9").store("memory:")).unwrap();
    let error = strict.notify().parse(&genuine(CLIENTS[2])).err().unwrap();
    assert!(error.to_string().contains("mch_id 1900000109"), "{error}");
    // Nothing of it is verified: what is not a number of WeChat's is not shown.
    let text = String::from_utf8(genuine(CLIENTS[2])).unwrap();
    let strange = text.replace("1900000109", "1900000109 <script>");
    assert!(!parse(CLIENTS[0], strange.as_bytes()).to_string().contains("script"));
    // A mistake that is proved is the cause.
    let pairs = wire::xml::parse(&genuine(CLIENTS[0])).unwrap();
    let added: Vec<_> = pairs.iter().chain([("extra", "1")]).collect();
    let error = parse(CLIENTS[1], wire::xml::build(added).unwrap().as_bytes());
    assert!(error.to_string().contains("extra"), "{error}");
}

#[test]
fn a_client_whose_key_verified_a_message_names_the_key_last() {
    within(async {
        let refusal = "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>";
        let wechat = Scripted::start(vec![Act::Answer(200, refusal.to_owned())]).await;
        let pay = client_at(&wechat.url, CLIENTS[0]);
        let text = String::from_utf8(genuine(CLIENTS[0])).unwrap();
        let changed = text.replace("<openid><![CDATA[o", "<openid><![CDATA[another");
        assert_ne!(changed, text);
        let mistake = || {
            let error = pay.notify().parse(changed.as_bytes()).err().unwrap();
            let Kind::Signature { explanation } = error.kind() else { panic!("{error:?}") };
            (explanation.mistake.code(), error.to_string())
        };
        let (code, words) = mistake();
        assert!(code == "unknown" && words.contains("changed on its way"), "{code} {words}");
        pay.notify().parse(text.as_bytes()).unwrap();
        let (code, words) = mistake();
        assert!(code == "changed_or_forged" && words.contains("earlier messages with this key"), "{code} {words}");
        assert!(words.contains("reset since"), "{words}");
        // WeChat refuses what is signed with the key: it may have been reset.
        assert!(
            pay.orderquery(Orderquery::new().out_trade_no("n1")).await.unwrap_err().to_string().contains("签名错误")
        );
        assert_eq!(mistake().0, "unknown");
    });
}

#[test]
fn the_client_that_a_message_names_verifies_it() {
    // Anybody can name a merchant.
    let clients = CLIENTS.map(client);
    let forged = notification(CLIENTS[2], key_of("10000100"));
    let found = dispatch(&forged, &clients).unwrap();
    assert_eq!(place(&clients, found), 2);
    assert_eq!(found.notify().parse(&forged).err().unwrap().class(), "SignatureError");
}
