//! Rules of the rows of APIv3: what is refused before anything is sent, and what travels.

use crate::common;
use crate::common::signed::{Signed, reply, with_public_key};
use crate::common::{control, within};
use serde_json::{Value as Json, json};
use wxpaykit::doctor::Language;
use wxpaykit::{
    Error, Fen, MerchantOptions, Options, V3AbnormalRefundType, V3ApplyAbnormalRefund, V3CodePayer, V3CodeSceneInfo,
    V3CodeStoreInfo, V3Codepay, V3CombineAmount, V3CombineClose, V3CombineCloseItem, V3CombineItem, V3CombineNative,
    V3Jsapi, V3OrderAmount, V3OrderDetail, V3OrderGoods, V3Payer, V3ProfitsharingAddReceiver, V3ProfitsharingConfig,
    V3ProfitsharingOrder, V3ProfitsharingReceiver, V3ProfitsharingReturn, V3ProfitsharingUnfreeze, V3Query,
    V3ReceiverRelation, V3ReceiverType, V3Refund, V3RefundAmount, V3SettleInfo, V3Transfer, V3TransferReportInfo,
    V3TransferStyle, V3TransferStyleType, WxPay,
};
use wxpaykit_emulator::{Config, Emulator, Merchant};

/// Field and text of a value that was not sent.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    let error = result.unwrap_err();
    assert_eq!(error.class(), "InvalidRequest", "{error}");
    (error.field().unwrap().to_owned(), error.to_string())
}

/// A client of a server that answers every request with this reply.
async fn scripted(text: &'static str, sub_mch_id: Option<&str>) -> (Signed, WxPay) {
    let server = Signed::start(move |_| reply(200, text)).await;
    let mut merchant = with_public_key();
    if let Some(sub_mch_id) = sub_mch_id {
        merchant = merchant.sub_mch_id(sub_mch_id);
    }
    let pay = WxPay::new(common::signed::options(merchant, &server.url)).unwrap();
    (server, pay)
}

#[test]
fn a_path_needs_its_numbers_and_the_settings_may_give_them() {
    within(async {
        let text = r#"{"sub_mchid":"1900000201","max_ratio":2000}"#;
        let (server, pay) = scripted(text, Some("1900000201")).await;
        assert_eq!(pay.v3().profitsharing_config(V3ProfitsharingConfig::new()).await.unwrap().max_ratio(), 2000);
        assert_eq!(server.only().target, "/v3/profitsharing/merchant-configs/1900000201");
        let (server, pay) = scripted(text, None).await;
        let error = refused(pay.v3().profitsharing_config(V3ProfitsharingConfig::new()).await);
        assert_eq!(error, ("sub_mchid".to_owned(), "v3.profitsharing_config: sub_mchid: is required".to_owned()));
        assert!(server.asked("/").is_empty());
        // The calling code need not name what the settings give.
        assert!(wxpaykit::registry::find("v3.profitsharing_config").unwrap().needs.is_empty());
    });
}

fn body(server: &Signed) -> Json {
    serde_json::from_str(&server.only().body).unwrap()
}

#[test]
fn a_refusal_repeats_no_key_of_the_merchant() {
    within(async {
        let key = common::signed::API_V3_KEY;
        let text = json!({
            "code": "PARAM_ERROR", "message": "参数错误",
            "detail": { "location": key, "field": "/body/description", "value": key, "issue": format!("has {key}") },
        })
        .to_string();
        let server = Signed::start(move |_| reply(400, &text)).await;
        let pay = WxPay::new(common::signed::options(with_public_key(), &server.url)).unwrap();
        let order = V3Jsapi::new().description(key).out_trade_no("ROWS0001").payer(V3Payer::new().openid("o1"));
        let order = order.notify_url("https://shop.example/n").amount(V3OrderAmount::new().total(Fen(88)));
        let error = pay.v3().jsapi(order).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("/body/description") && shown.contains("***"), "{shown}");
        assert!(!shown.contains(key), "{shown}");
    });
}

#[test]
fn a_member_of_json_is_json_in_the_body() {
    within(async {
        let (server, pay) = scripted(r#"{"prepay_id":"wx1"}"#, None).await;
        let order = V3Jsapi::new().description("茶").out_trade_no("ROWS0001").payer(V3Payer::new().openid("o1"));
        let order = order.notify_url("https://shop.example/n").amount(V3OrderAmount::new().total(Fen(88)));
        let order = order.settle_info(V3SettleInfo::new().subsidy_amount(Fen(5)));
        pay.v3().jsapi(order.clone().limit_pay(r#"["no_credit"]"#)).await.unwrap();
        assert_eq!(body(&server)["limit_pay"], json!(["no_credit"]));
        assert_eq!(body(&server)["settle_info"], json!({ "subsidy_amount": 5 }));
        assert_eq!(refused(pay.v3().jsapi(order.limit_pay("no_credit")).await).0, "limit_pay");
    });
}

fn receiver(of: V3ReceiverType) -> V3ProfitsharingReceiver {
    V3ProfitsharingReceiver::new().r#type(of).account("1900000301").amount(Fen(1)).description("分给商户")
}

fn share(receivers: Vec<V3ProfitsharingReceiver>) -> V3ProfitsharingOrder {
    V3ProfitsharingOrder::new().transaction_id("42").out_order_no("P1").receivers(receivers).unfreeze_unsplit(false)
}

const SHARED: &str = r#"{"state":"PROCESSING","transaction_id":"42","out_order_no":"P1","order_id":"3"}"#;

#[test]
fn a_list_has_as_many_items_as_its_row_allows() {
    within(async {
        let (server, pay) = scripted(SHARED, None).await;
        let with = |count: usize| share(vec![receiver(V3ReceiverType::MerchantId); count]);
        let error = refused(pay.v3().profitsharing_order(with(0)).await).1;
        assert_eq!(error, "v3.profitsharing_order: receivers: must not be empty");
        let error = refused(pay.v3().profitsharing_order(with(51)).await).1;
        assert_eq!(error, "v3.profitsharing_order: receivers: must have at most 50 items, not 51");
        pay.v3().profitsharing_order(with(50)).await.unwrap();
        assert_eq!(body(&server)["receivers"].as_array().unwrap().len(), 50);
        let error = refused(pay.v3().transfer(transfer(30).transfer_scene_report_infos(vec![])).await);
        assert_eq!(error.0, "transfer_scene_report_infos");
    });
}

#[test]
fn one_of_two_numbers_is_given() {
    within(async {
        let text = r#"{"result":"PROCESSING","out_order_no":"P1","out_return_no":"B1","amount":1}"#;
        let (server, pay) = scripted(text, None).await;
        let back = || {
            let back = V3ProfitsharingReturn::new().out_return_no("B1").return_mchid("1900000301");
            back.amount(Fen(1)).description("回退")
        };
        let both = pay.v3().profitsharing_return(back().order_id("3").out_order_no("P1")).await;
        let rule = "must not be given with order_id: give one of them";
        assert_eq!(refused(both).1, format!("v3.profitsharing_return: out_order_no: {rule}"));
        assert_eq!(refused(pay.v3().profitsharing_return(back()).await).0, "order_id or out_order_no");
        let amount = V3RefundAmount::new().refund(Fen(1)).total(Fen(1)).currency("CNY");
        let refund = V3Refund::new().out_refund_no("R1").amount(amount).out_trade_no("A1").transaction_id("42");
        assert_eq!(refused(pay.v3().refund(refund).await).0, "out_trade_no");
        pay.v3().profitsharing_return(back().out_order_no("P1")).await.unwrap();
        assert!(body(&server).get("order_id").is_none());
    });
}

#[test]
fn what_belongs_to_service_providers_is_refused_to_others() {
    within(async {
        let (server, pay) = scripted(SHARED, None).await;
        let add = |of: V3ReceiverType, relation: V3ReceiverRelation| {
            V3ProfitsharingAddReceiver::new().r#type(of).account("o1").relation_type(relation)
        };
        let (field, text) = refused(
            pay.v3()
                .profitsharing_add_receiver(add(V3ReceiverType::MerchantId, V3ReceiverRelation::ServiceProvider))
                .await,
        );
        assert!(field == "relation_type" && text.contains("is for service providers"), "{text}");
        let sub = || add(V3ReceiverType::PersonalSubOpenid, V3ReceiverRelation::User);
        assert_eq!(refused(pay.v3().profitsharing_add_receiver(sub()).await).0, "type");
        let person = || share(vec![receiver(V3ReceiverType::PersonalSubOpenid)]);
        assert_eq!(refused(pay.v3().profitsharing_order(person()).await).0, "receivers.type");
        assert!(server.got.lock().unwrap().is_empty());
        let (server, pay) = scripted(SHARED, Some("1900000201")).await;
        assert_eq!(refused(pay.v3().profitsharing_order(person()).await).0, "sub_appid");
        assert_eq!(refused(pay.v3().profitsharing_add_receiver(sub()).await).0, "sub_appid");
        pay.v3().profitsharing_order(person().sub_appid("wx1")).await.unwrap();
        assert_eq!(body(&server)["sub_appid"], "wx1");
    });
}

#[test]
fn the_number_of_an_order_that_apiv3_makes_has_its_own_rule() {
    within(async {
        let (server, pay) = scripted(r#"{"prepay_id":"wx1"}"#, None).await;
        let order = |number: &str| {
            let order = V3Jsapi::new().description("茶").out_trade_no(number).payer(V3Payer::new().openid("o1"));
            order.notify_url("https://shop.example/n").amount(V3OrderAmount::new().total(Fen(88)))
        };
        for (number, rule) in [
            ("12345", "must be at least 6 characters long"),
            ("ROWS@001", "must consist of digits, letters, and _ - | *"),
            ("ROWS 001", "must consist of digits, letters, and _ - | *"),
            (&*"1".repeat(33), "must be at most 32 characters long"),
        ] {
            let error = pay.v3().jsapi(order(number)).await.unwrap_err();
            assert!(!error.message(Language::Chinese).is_ascii(), "{error}");
            assert_eq!(refused::<()>(Err(error)).1, format!("v3.jsapi: out_trade_no: {rule}"), "{number}");
        }
        for endpoint in ["v3.jsapi", "v3.native", "v3.h5", "v3.app", "v3.combine_jsapi", "v3.combine_native"] {
            let name = if endpoint.contains("combine") { "combine_out_trade_no" } else { "out_trade_no" };
            let row = wxpaykit::registry::find(endpoint).unwrap();
            let field = row.request.iter().find(|field| field.name == name).unwrap();
            assert_eq!((field.least, field.max), (6, 32), "{endpoint}");
        }
        assert!(server.got.lock().unwrap().is_empty());
        for number in ["123456", "a_-|*Z", &*"1".repeat(32)] {
            pay.v3().jsapi(order(number)).await.unwrap();
        }
        // An order of APIv2, whose number may be such, is asked about and refunded here too.
        let paid = r#"{"out_trade_no":"1@","trade_state":"NOTPAY"}"#;
        let (_server, pay) = scripted(paid, None).await;
        pay.v3().query(V3Query::new().out_trade_no("1@")).await.unwrap();
    });
}

#[test]
fn the_goods_of_an_order_are_some_and_not_too_many() {
    within(async {
        let (server, pay) = scripted(r#"{"prepay_id":"wx1"}"#, None).await;
        let order = |detail: V3OrderDetail| {
            let order = V3Jsapi::new().description("茶").out_trade_no("ROWS0001").payer(V3Payer::new().openid("o1"));
            order.notify_url("https://shop.example/n").amount(V3OrderAmount::new().total(Fen(88))).detail(detail)
        };
        let goods = |id: &str, name: usize| {
            let goods = V3OrderGoods::new().merchant_goods_id(id).goods_name("茶".repeat(name));
            goods.quantity(1).unit_price(88)
        };
        let error = refused(pay.v3().jsapi(order(V3OrderDetail::new().goods_detail(vec![]))).await).1;
        assert_eq!(error, "v3.jsapi: detail.goods_detail: must not be empty");
        let named = order(V3OrderDetail::new().goods_detail(vec![goods("tea.1", 1)]));
        let error = refused(pay.v3().jsapi(named).await).1;
        let rule = "must consist of digits, letters, and _ -";
        assert_eq!(error, format!("v3.jsapi: detail.goods_detail.merchant_goods_id: {rule}"));
        // 6144 bytes of JSON: those of a Chinese character are three.
        let json = |name: usize| {
            format!(
                r#"{{"goods_detail":[{}]}}"#,
                vec![
                    format!(
                        r#"{{"merchant_goods_id":"tea-1_A","goods_name":"{}","quantity":1,"unit_price":88}}"#,
                        "茶".repeat(name)
                    );
                    8
                ]
                .join(",")
            )
        };
        let of = |name: usize| order(V3OrderDetail::new().goods_detail(vec![goods("tea-1_A", name); 8]));
        let longest = (1..256).rev().find(|name| json(*name).len() <= 6144).unwrap();
        let error = refused(pay.v3().jsapi(of(longest + 1)).await).1;
        let bytes = json(longest + 1).len();
        assert_eq!(error, format!("v3.jsapi: detail: must be at most 6144 bytes long as JSON in UTF-8, not {bytes}"));
        assert!(server.got.lock().unwrap().is_empty());
        pay.v3().jsapi(of(longest)).await.unwrap();
        assert_eq!(body(&server)["detail"].to_string().len(), json(longest).len());
    });
}

#[test]
fn a_combined_order_has_as_many_parts_as_its_merchant_may_have() {
    within(async {
        let (server, pay) = scripted(r#"{"code_url":"weixin://wxpay/bizpayurl?pr=1"}"#, None).await;
        let part = |n: usize| {
            let amount = V3CombineAmount::new().total_amount(Fen(1)).currency("CNY");
            let part = V3CombineItem::new().mchid("1900000109").attach("a").amount(amount).description("茶");
            part.out_trade_no(format!("PART{n:04}"))
        };
        let order = |parts: Vec<V3CombineItem>| {
            let order = V3CombineNative::new().combine_out_trade_no("WHOLE001").sub_orders(parts);
            order.notify_url("https://shop.example/n")
        };
        let own = |count: usize| order((0..count).map(part).collect());
        let of_subs = |count: usize| order((0..count).map(|n| part(n).sub_mchid("1900000201")).collect());
        for count in [1, 11, 50] {
            let error = refused(pay.v3().combine_native(own(count)).await).1;
            let rule = format!("must have 2 to 10 items without sub_orders.sub_mchid, not {count}");
            assert_eq!(error, format!("v3.combine_native: sub_orders: {rule}"));
        }
        let error = pay.v3().combine_native(own(1)).await.unwrap_err();
        assert!(error.message(Language::Chinese).ends_with("没有 sub_orders.sub_mchid 时应有 2 到 10 项，现在是 1 项"));
        let error = refused(pay.v3().combine_native(of_subs(51)).await).1;
        assert_eq!(error, "v3.combine_native: sub_orders: must have at most 50 items, not 51");
        let subsidised = |fen: i64| {
            let part = part(0).settle_info(V3SettleInfo::new().subsidy_amount(Fen(fen))).sub_mchid("1900000201");
            order(vec![part])
        };
        let error = refused(pay.v3().combine_native(subsidised(500_001)).await).1;
        let rule = "sub_orders.settle_info.subsidy_amount: must be at most 500000 fen, not 500001";
        assert_eq!(error, format!("v3.combine_native: {rule}"));
        let close = V3CombineClose::new().combine_out_trade_no("WHOLE001");
        let item = V3CombineCloseItem::new().mchid("1900000109").out_trade_no("PART0001");
        let error = refused(pay.v3().combine_close(close.sub_orders(vec![item; 51])).await).1;
        assert_eq!(error, "v3.combine_close: sub_orders: must have at most 50 items, not 51");
        assert!(server.got.lock().unwrap().is_empty());
        for taken in [own(2), own(10), of_subs(1), of_subs(50), subsidised(500_000)] {
            pay.v3().combine_native(taken).await.unwrap();
        }
    });
}

#[test]
fn a_red_packet_has_200_yuan_at_most() {
    within(async {
        let text = r#"{"out_bill_no":"T1","transfer_bill_no":"133","state":"ACCEPTED"}"#;
        let (server, pay) = scripted(text, None).await;
        let styled =
            |fen: i64, of: V3TransferStyleType| transfer(fen).user_recv_style(V3TransferStyle::new().r#type(of));
        let error = pay.v3().transfer(styled(20_001, V3TransferStyleType::RedPacket)).await.unwrap_err();
        assert!(
            error
                .message(Language::Chinese)
                .ends_with("user_recv_style.type 为 RED_PACKET 时最多 20000 分，现在是 20001 分")
        );
        let rule = "must be at most 20000 fen when user_recv_style.type is RED_PACKET, not 20001";
        assert_eq!(refused::<()>(Err(error)).1, format!("v3.transfer: transfer_amount: {rule}"));
        assert!(server.got.lock().unwrap().is_empty());
        pay.v3().transfer(styled(20_000, V3TransferStyleType::RedPacket)).await.unwrap();
        pay.v3().transfer(styled(20_001, V3TransferStyleType::ConfirmPage)).await.unwrap();
    });
}

fn transfer(fen: i64) -> V3Transfer {
    V3Transfer::new()
        .out_bill_no("T1")
        .transfer_scene_id("1000")
        .openid("o1")
        .transfer_amount(Fen(fen))
        .transfer_remark("茶")
        .transfer_scene_report_infos(vec![V3TransferReportInfo::new().info_type("活动名称").info_content("茶")])
}

#[test]
fn a_transfer_has_a_name_as_its_amount_asks_and_the_address_of_the_settings() {
    within(async {
        let text = r#"{"out_bill_no":"T1","transfer_bill_no":"133","state":"ACCEPTED"}"#;
        for (fen, name, rule) in [
            (200_000, None, "v3.transfer: user_name: is required from ¥2000 (200000 fen) on"),
            (29, Some("张三"), "v3.transfer: user_name: must be left out below ¥0.30 (30 fen)"),
            (199_999, None, ""),
            (200_000, Some("张三"), ""),
            (30, Some("张三"), ""),
            (29, None, ""),
        ] {
            let (server, pay) = scripted(text, None).await;
            let mut request = transfer(fen).user_recv_perception("赏".repeat(65));
            if let Some(name) = name {
                request = request.user_name(name);
            }
            let done = pay.v3().transfer(request).await;
            if !rule.is_empty() {
                assert_eq!(refused(done), ("user_name".to_owned(), rule.to_owned()));
                continue;
            }
            done.unwrap();
            assert_eq!(body(&server)["notify_url"], "https://shop.example/wxpay/notify", "{fen}");
        }
    });
}

#[test]
fn a_charge_has_what_the_document_asks_for() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = WxPay::new(common::v3_options(&wechat)).unwrap();
        let code = control(&wechat, "POST", "/_emulator/payment-code", json!({})).await;
        let charge = || {
            let charge = V3Codepay::new().description("茶").out_trade_no("ROWS0001").support_fapiao(true);
            charge
                .payer(V3CodePayer::new().auth_code(code["auth_code"].as_str().unwrap()))
                .amount(V3OrderAmount::new().total(Fen(88)))
        };
        assert_eq!(refused(pay.v3().codepay(charge()).await).0, "scene_info");
        let store = V3CodeStoreInfo::new().out_id("店".repeat(40));
        let scene = || V3CodeSceneInfo::new().store_info(store.clone());
        assert_eq!(refused(pay.v3().codepay(charge().scene_info(scene())).await).0, "scene_info.device_ip");
        let paid = pay.v3().codepay(charge().scene_info(scene().device_ip("203.0.113.9"))).await.unwrap();
        assert_eq!(paid.out_trade_no(), Some("ROWS0001"));
    });
}

#[test]
fn the_emulator_keeps_sub_merchants_apart_and_takes_the_numbers_of_the_document() {
    within(async {
        let mut config = Config::default();
        let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "a-provider-secret");
        provider.provider = true;
        provider.sub_mch_ids = vec!["1900000201".into(), "1900000202".into()];
        provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
        config.merchants = vec![provider];
        let wechat = Emulator::start(config).await.unwrap();
        let client = |sub_mch_id: Option<&str>| {
            let mut merchant = MerchantOptions::v3("wx8888888888888888", "1900000109", "v".repeat(32))
                .client_cert(wechat.client_cert())
                .client_key(wechat.client_key())
                .notify_url("http://127.0.0.1:9/notify");
            merchant.sub_mch_id = sub_mch_id.map(str::to_owned);
            WxPay::new(Options::new(merchant).endpoints(wechat.url()).store("memory:")).unwrap()
        };
        let (pay, of_many) = (client(Some("1900000201")), client(None));
        let (v3, v3_of_many) = (pay.v3(), of_many.v3());
        let order =
            V3Jsapi::new().description("茶").out_trade_no("ROWS0002").amount(V3OrderAmount::new().total(Fen(88)));
        v3.jsapi(order.payer(V3Payer::new().sp_openid(wechat.openid()))).await.unwrap();
        control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": "ROWS0002" })).await;
        let amount = V3RefundAmount::new().refund(Fen(30)).total(Fen(88)).currency("CNY");
        let made =
            v3.refund(V3Refund::new().out_trade_no("ROWS0002").out_refund_no("R1").amount(amount)).await.unwrap();
        control(&wechat, "POST", "/_emulator/refund", json!({ "out_refund_no": "R1", "result": "CHANGE" })).await;
        let apply = |sub: &str| {
            let request = V3ApplyAbnormalRefund::new().refund_id(made.refund_id()).out_refund_no("R1").sub_mchid(sub);
            v3_of_many.apply_abnormal_refund(request.r#type(V3AbnormalRefundType::MerchantBankCard))
        };
        let error = apply("1900000202").await.unwrap_err();
        assert!(error.to_string().contains("RESOURCE_NOT_EXISTS"), "{error}");
        apply("1900000201").await.unwrap();
        let unfreeze = V3ProfitsharingUnfreeze::new().transaction_id("42").description("解冻");
        let error = v3.profitsharing_unfreeze(unfreeze.out_order_no("P@1")).await.unwrap_err().to_string();
        assert!(!error.contains("PARAM_ERROR"), "{error}");
    });
}
