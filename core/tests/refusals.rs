//! Each call, refused with the codes that are documented: the kind of the error, what is safe then, and what to do, in both languages. A
//! call is repeated only where that cannot do anything twice. The rows are in tests/faults; the suite of Node runs all of them, this
//! one half of them for a call, and the other half for the next.

use std::collections::BTreeSet;

use crate::common::{self, client, control, v3_options, within};
use serde_json::{Value as Json, json};
use wxpaykit::binding::display;
use wxpaykit::doctor::Language;
use wxpaykit::table::ReplyBody;
use wxpaykit::v3::request::Call as V3Call;
use wxpaykit::value::{Params, Value};
use wxpaykit::{Error, Fields, Kind, Options, WxPay, registry};
use wxpaykit_emulator::{Config, Emulator, Merchant, Running};

fn file(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

fn table() -> Json {
    file(include_str!("../../tests/faults/refusals.json"))
}

fn rules() -> Json {
    file(include_str!("../../tests/faults/matrix.json"))["refusals"].take()
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap()
}

/// The payment secret of the corp.
const SECRET: &str = "payment-secret-0123456789";

/// A row of codes, and one of its names.
struct Refusal<'a> {
    row: &'a Json,
    code: &'a str,
    words: &'a str,
}

fn refusals<'a>(table: &'a Json, turn: usize, call: &Json) -> Vec<Refusal<'a>> {
    let rows = table["codes"][text(&call["api"])].as_array().unwrap();
    let half = rows.iter().skip(turn % 2).step_by(2);
    half.map(|row| {
        let names = row["names"].as_array().unwrap();
        let name = &names[turn / 2 % names.len()];
        Refusal { row, code: text(&name[0]), words: text(&name[1]) }
    })
    .collect()
}

/// Whether a customer's code is at stake, and WeChat is busy: whether the code still works then is a fact about each call.
fn is_code_in_doubt(call: &Json, row: &Json) -> bool {
    is_of_platform(call) && call["class"] == "once" && row["meaning"] == "trouble"
}

fn keeps_code(call: &Json) -> bool {
    rules()["code_kept"].as_array().unwrap().contains(&call["name"])
}

fn meaning<'a>(call: &Json, row: &'a Json) -> &'a str {
    if is_code_in_doubt(call, row) && keeps_code(call) { "too_many" } else { text(&row["meaning"]) }
}

fn is_of_platform(call: &Json) -> bool {
    ["platform", "wecom"].contains(&text(&call["api"]))
}

/// Strikes once: if the call is repeated although it must not be, it ends in another way.
fn fault(call: &Json, refusal: &Refusal<'_>) -> Json {
    let words = |usual| if refusal.words.is_empty() { usual } else { refusal.words };
    // With a token that the client has fetched, the call is repeated once, with another one.
    let is_renewed = call["renews_token"] == true && refusal.row["meaning"] == "dead_token";
    let times = if is_renewed { 2 } else { 1 };
    if is_of_platform(call) {
        let errcode: i64 = refusal.code.parse().unwrap();
        let path = &call["path"];
        return json!({ "fault": "errcode", "errcode": errcode, "errmsg": words("words"), "endpoint": path, "times": times });
    }
    let mut fault = json!({ "fault": "refuse", "code": refusal.code, "message": words("说明"), "times": times });
    if call["api"] == "v3" {
        fault["status"] = refusal.row["status"].clone();
    }
    fault
}

fn value(given: &Json) -> Value<'static> {
    match given {
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => Value::Int(number.as_i64().unwrap()),
        Json::String(text) => Value::Text(text.clone().into()),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        other => Value::Object(params(other)),
    }
}

fn params(given: &Json) -> Params<'static> {
    given.as_object().unwrap().iter().map(|(name, given)| (name.clone().into(), value(given))).collect()
}

async fn run(pay: &WxPay, call: &Json) -> Error {
    if let Some(method) = call["method"].as_str() {
        return run_at_path(pay, call, method).await.err().unwrap_or_else(|| panic!("{call} was repeated"));
    }
    let endpoint = registry::find(text(&call["name"])).unwrap();
    let params = params(&call["given"]);
    match endpoint.reply_body {
        ReplyBody::Bill => pay.open_bill(endpoint, &params).await.err(),
        _ => pay.execute(endpoint, &params).await.err(),
    }
    .unwrap_or_else(|| panic!("{call} was repeated"))
}

/// A call whose path the caller gives.
async fn run_at_path(pay: &WxPay, call: &Json, method: &str) -> Result<Fields, Error> {
    let (path, given) = (text(&call["path"]), params(&call["given"]));
    if call["api"] == "v2" {
        return pay.call(path, &given).await;
    }
    let (query, json) = match method {
        "GET" => (given, None),
        _ => (Params::new(), Some(call["given"].to_string())),
    };
    let sent = V3Call { method: method.to_owned(), path: path.to_owned(), query, json, ..V3Call::default() };
    pay.v3().call(&sent).await
}

/// The kind of an error, and WeChat's code.
fn kind(error: &Error) -> (&'static str, String) {
    match error.kind() {
        Kind::Business { err_code, .. } => ("Business", err_code.clone()),
        Kind::Protocol { .. } => ("Protocol", String::new()),
        Kind::OAuth { errcode, .. } => ("OAuth", errcode.to_string()),
        _ => panic!("{error:?}"),
    }
}

fn expect(call: &Json, refusal: &Refusal<'_>, error: &Error) {
    let Refusal { row, code, words } = refusal;
    let table = table();
    let meaning = meaning(call, row);
    let class = text(&call["class"]);
    let remedy = match (text(&call["api"]), meaning, class) {
        _ if is_code_in_doubt(call, row) => &table[if keeps_code(call) { "code_kept" } else { "code_may_be_used" }],
        ("v3", "trouble", "query_first") if call["name"] == "v3.call" => &table["v3_trouble_of_call"],
        ("v3", "trouble", "query_first") => &table["v3_trouble_of_query_first"],
        _ => row,
    };
    // What the code means in this call alone.
    let bare = |code: &str| code.replace('_', "");
    let own = call["own"].as_array().unwrap().iter();
    let own = own.map(|own| (bare(text(&own[0])), text(&own[1]), json!({ "en": own[2], "zh": own[3] })));
    let own = own
        .filter(|(name, said, _)| *name == bare(code) && words.contains(said) && said.is_empty() == words.is_empty())
        .map(|own| own.2)
        .next();
    let remedy = own.as_ref().unwrap_or(remedy);
    let wanted_kind = match *code {
        _ if is_of_platform(call) => "OAuth",
        "" => "Protocol",
        _ => "Business",
    };
    let what = format!("{}: {code} {words}: {error}", call["name"]);
    assert_eq!(kind(error), (wanted_kind, (*code).to_owned()), "{what}");
    assert_eq!(error.endpoint(), Some(text(&call["name"])), "{what}");
    assert_eq!(error.retry().as_str(), text(&rules()["retry"][meaning][class]), "{what}");
    for (language, name) in [(Language::English, "en"), (Language::Chinese, "zh")] {
        assert_eq!(error.remedy(language), Some(text(&remedy[name])), "{what}");
        // The text gives the advice only once: where it names the call and the number of the next step, it does not say so in general too.
        // The command adds what is safe where the text says nothing of it.
        let said = error.message(language) + display::advice(error, language).unwrap_or_default();
        let times = |words: &[&str]| words.iter().map(|words| said.matches(words).count()).sum::<usize>();
        for words in [
            &["with the same ", "Repeating it"][..],
            &[" a new "],
            &["Query it", "query it", ", or query", "Call "],
            &["原单号", "同一个 ", "同一个单号"],
            &["不要换"],
            &["请先查询", "请查询", "请务必先查询", "请先用 ", "请先用原单号查询"],
        ] {
            assert!(times(words) <= 1, "{words:?} in {said}");
        }
    }
}

/// A client that repeats a call once, and one that does not.
struct Clients {
    wechat: Running,
    repeats: WxPay,
    waits: WxPay,
}

async fn clients(config: Config, options: impl Fn(&Running) -> Options) -> Clients {
    let wechat = Emulator::start(config).await.unwrap();
    let [repeats, waits] = [1, 0].map(|retries| {
        let mut options = options(&wechat);
        options.limits.max_network_retries = retries;
        client(options)
    });
    Clients { wechat, repeats, waits }
}

async fn of_merchant() -> Clients {
    let options = |wechat: &Running| {
        let demo = wechat.merchant();
        let mut options = v3_options(wechat);
        options.merchant.api_key = Some(demo.api_key.expose().into());
        options.merchant.app_secret = Some(demo.app_secret.expose().into());
        options
    };
    clients(Config::default(), options).await
}

/// A merchant whose appid is the number of a corp.
async fn of_corp() -> Clients {
    let (corpid, mch_id) = ("ww1234567890abcdef", "1900000109");
    let mut config = Config::default();
    let mut corp = Merchant::new(corpid, mch_id, common::KEY, "application-secret");
    corp.corp_pay_secret = Some(SECRET.into());
    config.merchants = vec![corp];
    let options = |wechat: &Running| {
        let mut options = common::options(wechat.url());
        let merchant = wxpaykit::MerchantOptions::new(corpid, mch_id, common::KEY);
        options.merchant = merchant.corp_secret("application-secret").agent_id("1000002");
        options.merchant = options.merchant.corp_pay_secret(SECRET);
        options.merchant.client_cert = Some(wechat.client_cert().as_bytes().into());
        options.merchant.client_key = Some(wechat.client_key().as_bytes().into());
        options
    };
    clients(config, options).await
}

/// Every call that `is_here`, refused.
async fn refuse(Clients { wechat, repeats, waits }: Clients, is_here: impl Fn(&Json) -> bool) {
    let (table, rules) = (table(), rules());
    let mut refused = 0;
    for (turn, call) in table["calls"].as_array().unwrap().iter().enumerate().filter(|(_, call)| is_here(call)) {
        for refusal in refusals(&table, turn, call) {
            control(&wechat, "POST", "/_emulator/faults", fault(call, &refusal)).await;
            let repeated = rules["repeated"][meaning(call, refusal.row)].as_array();
            // What is repeated is repeated after a while, so this client does not.
            let pay = if repeated.is_some_and(|classes| classes.contains(&call["class"])) { &waits } else { &repeats };
            expect(call, &refusal, &run(pay, call).await);
            refused += 1;
        }
        let faults = control(&wechat, "GET", "/_emulator/faults", Json::Null).await;
        assert!(faults.as_array().unwrap().iter().all(|fault| fault["left"] == 0), "{faults}");
        control(&wechat, "DELETE", "/_emulator/faults", Json::Null).await;
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn every_call_of_apiv2() {
    within(async { refuse(of_merchant().await, |call| call["api"] == "v2" && call["is_of_corp"] == false).await });
}

/// Groups of calls of APIv3 by the beginning of their names: one test with all of them would need half a minute of a processor.
const GROUPS: [&str; 3] = ["v3.combine_", "v3.profitsharing_", "v3.transfer"];

fn refuse_group(name: &str) {
    within(async { refuse(of_merchant().await, |call| text(&call["name"]).starts_with(name)).await });
}

#[test]
fn every_combined_order() {
    refuse_group(GROUPS[0]);
}

#[test]
fn every_call_of_profit_sharing() {
    refuse_group(GROUPS[1]);
}

#[test]
fn every_call_of_transfers() {
    refuse_group(GROUPS[2]);
}

#[test]
fn every_other_call_of_apiv3() {
    let is_other =
        |call: &Json| call["api"] == "v3" && !GROUPS.iter().any(|group| text(&call["name"]).starts_with(group));
    within(async { refuse(of_merchant().await, is_other).await });
}

#[test]
fn every_call_of_the_open_platform() {
    within(async { refuse(of_merchant().await, |call| call["api"] == "platform").await });
}

#[test]
fn every_call_of_wecom() {
    within(async { refuse(of_corp().await, |call| call["is_of_corp"] == true).await });
}

#[test]
fn every_call_and_every_name_of_a_code_has_its_turn() {
    let table = table();
    let calls = table["calls"].as_array().unwrap();
    // The refusals of bills have a number and no code; the tests of bills have them.
    let names = registry::all().map(|endpoint| endpoint.name).filter(|name| *name != "downloadbill");
    let names: Vec<&str> = names.chain(["call", "call", "v3.call", "v3.call"]).collect();
    assert_eq!(calls.iter().map(|call| text(&call["name"])).collect::<Vec<_>>(), names);
    let mut asked = BTreeSet::new();
    for (turn, call) in calls.iter().enumerate() {
        asked.extend(refusals(&table, turn, call).iter().map(|one| (text(&call["api"]), one.code, one.words)));
    }
    let mut every = BTreeSet::new();
    for (api, rows) in table["codes"].as_object().unwrap() {
        let names = rows.as_array().unwrap().iter().flat_map(|row| row["names"].as_array().unwrap());
        every.extend(names.map(|name| (api.as_str(), text(&name[0]), text(&name[1]))));
    }
    let missing: Vec<_> = every.difference(&asked).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
