//! A payment by code against a model of WeChat, by either API: under every fault, at every step, with a cashier who gives up and a till that
//! is killed, a code is charged once, and a result that is called known is true.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::json;
use wxpaykit::codes::Api;
use wxpaykit::doctor::Language;
use wxpaykit::error::Kind;
use wxpaykit::flow::code_api::{self, CodeOrder, charge_endpoint};
use wxpaykit::flow::{ChargeOutcome, CodeFlow, CodeOptions, CodeResult, CodeStep, QueryOutcome};
use wxpaykit::retry::RetryClass;
use wxpaykit::table::{Document, Endpoint};
use wxpaykit::v2::reply;
use wxpaykit::v3::reply::{Message, Opener};
use wxpaykit::v3::{Headers, Keys, SigningKey};
use wxpaykit::value::Value;
use wxpaykit::{
    ConfirmedPayment, Error, Fen, Fields, Merchant, MerchantOptions, OrderqueryReply, SignType, TradeState, sign, v3,
    wire,
};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
const APPID: &str = "wxd930ea5d5a258f4f";
const MCH_ID: &str = "1900000109";
const APIS: [Api; 2] = [Api::V2, Api::V3];

#[test]
fn a_cancelled_order_is_not_said_to_have_been_paid() {
    // The order of a code that failed is cancelled too, and nothing was paid for it.
    let advice = |language| CodeResult::Reversed.advice(language);
    assert!(advice(Language::English).contains("anything that was paid goes back"), "{}", advice(Language::English));
    assert!(advice(Language::Chinese).contains("如已付款将退回"), "{}", advice(Language::Chinese));
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// It is lost on its way in.
    Before,
    /// Its answer is lost.
    After,
    /// WeChat answers `SYSTEMERROR`, and did nothing.
    SystemBefore,
    /// WeChat answers `SYSTEMERROR`, and acted.
    SystemAfter,
    /// The answer's signature is wrong.
    Forged,
    /// A code that came later than this version.
    NewCode,
    /// A known refusal in place of the answer, without a signature: somebody on the way wrote it.
    Unsigned,
}

const FAULTS: [Fault; 8] = [
    Fault::None,
    Fault::Before,
    Fault::After,
    Fault::SystemBefore,
    Fault::SystemAfter,
    Fault::Forged,
    Fault::NewCode,
    Fault::Unsigned,
];

/// What the customer and WeChat do with the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Customer {
    Pays,
    /// As older gateways answer, without `trade_state`.
    PaysOld,
    /// Confirms at this question.
    Confirms(u32),
    /// The same, and micropay answers SUCCESS with `trade_state` USERPAYING.
    ConfirmsInState(u32),
    NeverConfirms,
    Cancels(u32),
    /// `err_code` PAYERROR.
    Fails,
    /// SUCCESS with `trade_state` PAYERROR.
    FailsInState,
    /// The code is refused with this code.
    Refused(&'static str),
    /// Pays, and the merchant has too little to give it back.
    PaysAndStays,
    /// The reversal needs several calls.
    Recalls(u32),
}

const CUSTOMERS: [Customer; 13] = [
    Customer::Pays,
    Customer::PaysOld,
    Customer::Confirms(1),
    Customer::Confirms(4),
    Customer::ConfirmsInState(2),
    Customer::NeverConfirms,
    Customer::Cancels(2),
    Customer::Fails,
    Customer::FailsInState,
    Customer::Refused("AUTH_CODE_INVALID"),
    Customer::Refused("ORDERPAID"),
    Customer::PaysAndStays,
    Customer::Recalls(3),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    None,
    UserPaying,
    Paid,
    Failed,
    Revoked,
}

struct WeChat {
    customer: Customer,
    order: Order,
    questions: u32,
    recalls: u32,
    charges: u32,
    given_back: u32,
}

/// An answer as fields, or none.
type Answer = Vec<(&'static str, String)>;

impl WeChat {
    fn of(customer: Customer) -> Self {
        let recalls = if let Customer::Recalls(n) = customer { n } else { 0 };
        Self { customer, order: Order::None, questions: 0, recalls, charges: 0, given_back: 0 }
    }

    fn micropay(&mut self) -> Answer {
        self.charges += 1;
        match self.customer {
            Customer::Pays | Customer::PaysAndStays | Customer::PaysOld => {
                self.order = Order::Paid;
                paid(self.customer != Customer::PaysOld)
            }
            Customer::Confirms(_) | Customer::NeverConfirms | Customer::Cancels(_) | Customer::Recalls(_) => {
                self.order = Order::UserPaying;
                fail("USERPAYING")
            }
            Customer::ConfirmsInState(_) => {
                self.order = Order::UserPaying;
                state("USERPAYING")
            }
            Customer::Fails => {
                self.order = Order::Failed;
                fail("PAYERROR")
            }
            Customer::FailsInState => {
                self.order = Order::Failed;
                state("PAYERROR")
            }
            Customer::Refused(code) => fail(code),
        }
    }

    fn orderquery(&mut self) -> Answer {
        self.questions += 1;
        match self.customer {
            Customer::Confirms(n) | Customer::ConfirmsInState(n)
                if self.order == Order::UserPaying && self.questions >= n =>
            {
                self.order = Order::Paid;
            }
            Customer::Cancels(n) if self.order == Order::UserPaying && self.questions >= n => {
                self.order = Order::Failed
            }
            _ => {}
        }
        match self.order {
            Order::None => fail("ORDERNOTEXIST"),
            Order::UserPaying => state("USERPAYING"),
            Order::Paid => paid(true),
            Order::Failed => state("PAYERROR"),
            Order::Revoked => state("REVOKED"),
        }
    }

    fn reverse(&mut self) -> Answer {
        if self.recalls > 0 && self.order != Order::None {
            self.recalls -= 1;
            return vec![("recall", "Y".to_owned())];
        }
        match self.order {
            Order::None => return fail("ORDERNOTEXIST"),
            Order::Paid if self.customer == Customer::PaysAndStays => return fail("NOTENOUGH"),
            Order::Paid => self.given_back += 1,
            _ => {}
        }
        self.order = Order::Revoked;
        vec![("recall", "N".to_owned())]
    }
}

fn fail(code: &str) -> Answer {
    vec![("result_code", "FAIL".to_owned()), ("err_code", code.to_owned()), ("err_code_des", "为什么".to_owned())]
}

fn state(state: &str) -> Answer {
    vec![("trade_state", state.to_owned()), ("out_trade_no", "A1".to_owned())]
}

fn paid(with_state: bool) -> Answer {
    let mut paid = if with_state { state("SUCCESS") } else { vec![("out_trade_no", "A1".to_owned())] };
    paid.push(("transaction_id", "4200".to_owned()));
    paid.push(("total_fee", "88".to_owned()));
    paid
}

/// Which call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Charge,
    Query,
    Reverse,
}

impl Sent {
    fn endpoint(self, api: Api) -> &'static Endpoint {
        match self {
            Self::Charge => charge_endpoint(api),
            Self::Query => order().query(api).0,
            Self::Reverse => order().reverse(api).0,
        }
    }
}

fn order() -> CodeOrder {
    CodeOrder { out_trade_no: "A1".to_owned(), total_fee: Fen(88), sub_mch_id: None }
}

/// A call's result as the client has it, whatever happens to the call on its way.
fn sent(api: Api, call: Sent, fault: Fault, act: impl FnOnce() -> Answer) -> Result<Fields, Error> {
    match api {
        Api::V3 => sent_by_v3(call, fault, act),
        _ => sent_by_v2(call, fault, act),
    }
}

fn sent_by_v2(call: Sent, fault: Fault, act: impl FnOnce() -> Answer) -> Result<Fields, Error> {
    let read = |status, body: &str| {
        reply::read_with_key(call.endpoint(Api::V2), status, body.as_bytes(), KEY, &[SignType::Md5])
    };
    let wire = |answer: Answer| {
        let mut fields =
            vec![("return_code", "SUCCESS".to_owned()), ("appid", APPID.to_owned()), ("mch_id", MCH_ID.to_owned())];
        if !answer.iter().any(|(name, _)| *name == "result_code") {
            fields.push(("result_code", "SUCCESS".to_owned()));
        }
        fields.extend(answer);
        let pairs = || fields.iter().map(|(name, value)| (*name, value.as_str()));
        let sign = sign::sign(pairs(), KEY, SignType::Md5);
        wire::xml::build(pairs().chain([("sign", sign.as_str())])).unwrap()
    };
    match fault {
        Fault::None => read(200, &wire(act())),
        Fault::Before => read(504, "<html></html>"),
        Fault::After => {
            act();
            read(504, "<html></html>")
        }
        Fault::SystemBefore => read(200, &wire(fail("SYSTEMERROR"))),
        Fault::SystemAfter => {
            act();
            read(200, &wire(fail("SYSTEMERROR")))
        }
        Fault::Forged => read(200, &wire(act()).replace("<sign>", "<sign>0")),
        Fault::NewCode => {
            act();
            read(200, &wire(fail("A_CODE_OF_2027")))
        }
        Fault::Unsigned => {
            act();
            let refused = wire(fail("AUTH_CODE_INVALID"));
            read(200, &format!("{}</xml>", refused.split("<sign>").next().unwrap()))
        }
    }
}

/// The same answers as APIv3 has them.
fn sent_by_v3(call: Sent, fault: Fault, act: impl FnOnce() -> Answer) -> Result<Fields, Error> {
    let read = |status, body: &str, headers: &Headers| {
        let message = Message { status, headers, request_id: None, body: body.as_bytes() };
        let opener = Opener { keys: &V3_KEYS, private_key: &V3_KEY, now: NOW };
        let endpoint = call.endpoint(Api::V3);
        let class = if call == Sent::Charge { RetryClass::QueryFirst } else { RetryClass::SameRequest };
        v3::reply::read(endpoint, class, &message, &opener)
    };
    let signed = |(status, body): (u16, String)| read(status, &body, &signature(&body));
    let lost = || read(504, "<html></html>", &Headers::default());
    match fault {
        Fault::None => signed(v3_answer(act())),
        Fault::Before => lost(),
        Fault::After => {
            act();
            lost()
        }
        Fault::SystemBefore => signed(v3_answer(fail("SYSTEM_ERROR"))),
        Fault::SystemAfter => {
            act();
            signed(v3_answer(fail("SYSTEM_ERROR")))
        }
        Fault::Forged => {
            let (status, body) = v3_answer(act());
            read(status, &body, &signature(&format!("{body} ")))
        }
        Fault::NewCode => {
            act();
            signed(v3_answer(fail("A_CODE_OF_2027")))
        }
        Fault::Unsigned => {
            act();
            let code = match call {
                Sent::Charge => "AUTH_CODE_INVALID",
                Sent::Query => "ORDER_NOT_EXIST",
                Sent::Reverse => "INVALID_REQUEST",
            };
            let (status, body) = v3_answer(fail(code));
            read(status, &body, &Headers::default())
        }
    }
}

/// Status and body. `recall` is `SYSTEM_ERROR` there.
fn v3_answer(answer: Answer) -> (u16, String) {
    let get = |name: &str| answer.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
    let refusal = |status: u16, code: &str| (status, json!({ "code": code, "message": "为什么" }).to_string());
    match (get("err_code"), get("recall")) {
        (Some("USERPAYING"), _) => refusal(202, "USERPAYING"),
        (Some("SYSTEM_ERROR"), _) | (_, Some("Y")) => refusal(500, "SYSTEM_ERROR"),
        (Some("ORDERNOTEXIST" | "ORDER_NOT_EXIST"), _) => refusal(404, "ORDER_NOT_EXIST"),
        (Some(code), _) => refusal(if code.starts_with("NOT") { 403 } else { 400 }, code),
        _ => {
            let mut body = json!({ "appid": APPID, "mchid": MCH_ID, "out_trade_no": "A1" });
            for name in ["trade_state", "transaction_id"] {
                if let Some(value) = get(name) {
                    body[name] = json!(value);
                }
            }
            if let Some(total) = get("total_fee") {
                body["amount"] = json!({ "total": total.parse::<i64>().unwrap(), "currency": "CNY" });
            }
            (200, body.to_string())
        }
    }
}

const NOW: i64 = 1_700_000_000;
static V3_KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let path = format!("{}/../tests/certificates/other_key.pem", env!("CARGO_MANIFEST_DIR"));
    SigningKey::read("key", &std::fs::read(path).unwrap()).unwrap()
});
static V3_KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::of([("5157F09EFDC096DE".to_owned(), V3_KEY.public().clone())]));

thread_local! {
    /// A signature takes a while, and the bodies are few.
    static SIGNED: RefCell<HashMap<String, String>> = RefCell::default();
}

/// The headers that sign a body.
fn signature(body: &str) -> Headers {
    let text = format!("{NOW}\nnonce\n{body}\n");
    let signature = SIGNED.with_borrow_mut(|signed| {
        signed.entry(text.clone()).or_insert_with(|| v3::sign(text.as_bytes(), &V3_KEY).unwrap()).clone()
    });
    let given = [
        ("Wechatpay-Timestamp", NOW.to_string()),
        ("Wechatpay-Nonce", "nonce".to_owned()),
        ("Wechatpay-Serial", "5157F09EFDC096DE".to_owned()),
        ("Wechatpay-Signature", signature),
    ];
    Headers::read(given.iter().map(|(name, value)| (*name, value.as_str())))
}

static MERCHANT: LazyLock<Merchant> =
    LazyLock::new(|| Merchant::new(MerchantOptions::new(APPID, MCH_ID, KEY)).unwrap());

fn confirm(reply: OrderqueryReply) -> Result<ConfirmedPayment, Error> {
    order().confirm(reply, &MERCHANT)
}

fn charged(api: Api, answer: Result<Fields, Error>) -> ChargeOutcome {
    code_api::charged(api, answer, confirm)
}

/// What interferes, counted in steps.
#[derive(Clone, Copy, Debug, Default)]
struct Interference {
    gives_up: Option<usize>,
    /// The till is killed after this step, and takes the payment up from the number.
    killed: Option<usize>,
    /// The step's answer comes, and nobody takes it: the caller dropped the step.
    dropped: Option<usize>,
}

fn options(reverse: bool) -> CodeOptions {
    let mut options = CodeOptions::default();
    options.reverse = reverse;
    options
}

/// Runs a payment to its end. Faults are those of the calls in turn; later calls have none.
fn run(
    api: Api,
    customer: Customer,
    faults: &[Fault],
    reverse: bool,
    interference: Interference,
) -> (CodeResult, WeChat) {
    let mut wechat = WeChat::of(customer);
    let mut flow = CodeFlow::start(options(reverse));
    let (mut now, mut calls) = (Duration::ZERO, 0);
    let mut origin = Duration::ZERO;
    for step in 0.. {
        assert!(step < 100, "{api:?} {customer:?} {faults:?} {interference:?} does not end");
        if interference.gives_up == Some(step) {
            flow.give_up(now - origin);
        }
        if interference.killed == Some(step) {
            // A clock that goes on; the store says when the code was charged.
            origin = now;
            flow = CodeFlow::resume(options(reverse), now);
        }
        let next = flow.next();
        if let CodeStep::Query { at } | CodeStep::Reverse { at } = next {
            now = now.max(origin + at);
        }
        flow.sending(now - origin);
        let fault = faults.get(calls).copied().unwrap_or(Fault::None);
        calls += 1;
        now += Duration::from_secs(match fault {
            Fault::Before | Fault::After => 10,
            _ => 1,
        });
        let dropped = interference.dropped == Some(step);
        match next {
            CodeStep::Charge => {
                let answer = charged(api, sent(api, Sent::Charge, fault, || wechat.micropay()));
                if !dropped {
                    flow.charged(now - origin, answer);
                }
            }
            CodeStep::Query { .. } => {
                let answer = sent(api, Sent::Query, fault, || wechat.orderquery());
                let answer = code_api::asked(api, answer, confirm).unwrap();
                if !dropped {
                    flow.asked(now - origin, answer);
                }
            }
            CodeStep::Reverse { .. } => {
                let answer = code_api::reversed(sent(api, Sent::Reverse, fault, || wechat.reverse()));
                if !dropped {
                    flow.reversed(now - origin, answer);
                }
            }
            CodeStep::Done => return (flow.into_result(), wechat),
        }
    }
    unreachable!()
}

/// That the result is true, and that money was taken once at most.
fn check(api: Api, customer: Customer, faults: &[Fault], reverse: bool, interference: Interference) {
    let (result, wechat) = run(api, customer, faults, reverse, interference);
    let about = || {
        format!(
            "{api:?} {customer:?} {faults:?} reverse {reverse} {interference:?}: {result:?}, order {:?}",
            wechat.order
        )
    };
    assert!(wechat.charges <= 1, "{}", about());
    assert!(wechat.given_back <= 1, "{}", about());
    match &result {
        CodeResult::Paid(payment) => {
            assert_eq!((wechat.order, payment.transaction_id()), (Order::Paid, "4200"), "{}", about());
        }
        // Nothing was taken, and the customer cannot pay any more.
        CodeResult::Refused { .. } => {
            assert!(matches!(wechat.order, Order::None | Order::Failed | Order::Revoked), "{}", about());
            assert_eq!(wechat.given_back, 0, "{}", about());
        }
        CodeResult::Reversed => assert_eq!(wechat.order, Order::Revoked, "{}", about()),
        CodeResult::Unknown { .. } => {
            let undisturbed = faults.iter().all(|fault| *fault == Fault::None)
                && interference.dropped.is_none()
                && !matches!(customer, Customer::PaysAndStays | Customer::Refused("ORDERPAID"));
            assert!(!undisturbed || !reverse, "{}", about());
        }
        other => panic!("{other:?}"),
    }
    assert!(!result.advice(wxpaykit::doctor::Language::Chinese).is_empty());
}

#[test]
fn every_customer_and_every_fault_at_the_first_three_calls_of_apiv2() {
    every_fault(Api::V2);
}

#[test]
fn every_customer_and_every_fault_at_the_first_three_calls_of_apiv3() {
    every_fault(Api::V3);
}

fn every_fault(api: Api) {
    let interferences = || {
        let at = |n| Some(n);
        (0..5).flat_map(move |n| {
            [
                Interference { gives_up: at(n), ..Interference::default() },
                Interference { killed: at(n + 1), ..Interference::default() },
                Interference { dropped: at(n), ..Interference::default() },
            ]
        })
    };
    for customer in CUSTOMERS {
        for first in FAULTS {
            for second in FAULTS {
                for third in [Fault::None, Fault::After] {
                    let faults = [first, second, third];
                    for reverse in [true, false] {
                        check(api, customer, &faults, reverse, Interference::default());
                    }
                    if second == Fault::None || second == Fault::After {
                        interferences().for_each(|interference| check(api, customer, &faults, true, interference));
                    }
                }
            }
        }
    }
}

/// Longer runs, drawn from a seed.
#[test]
fn many_faults_in_a_row() {
    let mut seed = 0x9e37_79b9_u64;
    let mut draw = move |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % most
    };
    for _ in 0..6000 {
        let (api, customer) = (APIS[draw(APIS.len())], CUSTOMERS[draw(CUSTOMERS.len())]);
        let faults: Vec<Fault> = (0..draw(20)).map(|_| FAULTS[draw(FAULTS.len())]).collect();
        let mut some = |most| (draw(3) == 0).then(|| draw(most));
        let interference = Interference { gives_up: some(8), killed: some(12).map(|n| n + 1), dropped: some(12) };
        check(api, customer, &faults, draw(4) > 0, interference);
    }
}

#[test]
fn the_documented_answers_lead_where_the_documents_say() {
    for api in APIS {
        let run = |customer, faults: &[Fault], reverse| run(api, customer, faults, reverse, Interference::default());
        let result = |customer| {
            let (result, wechat) = run(customer, &[], true);
            (result.as_str(), result.trade_state().map(str::to_owned), wechat.order)
        };
        assert_eq!(result(Customer::Pays).0, "paid");
        assert_eq!(result(Customer::PaysOld).0, "paid");
        assert_eq!(result(Customer::Confirms(4)).0, "paid");
        assert_eq!(result(Customer::NeverConfirms), ("reversed", Some("REVOKED".to_owned()), Order::Revoked));
        assert_eq!(result(Customer::Recalls(3)).0, "reversed");
        // WeChat asks to cancel an order whose payment failed.
        assert_eq!(result(Customer::Fails), ("refused", None, Order::Revoked));
        let text = |reverse| run(Customer::Fails, &[], reverse).0.error().unwrap().message(Language::Chinese);
        assert!(text(true).ends_with("支付失败，订单已经撤销。如需重试，请换新的 out_trade_no。"), "{}", text(true));
        assert!(text(false).contains("请撤销该订单"), "{}", text(false));
        assert_eq!(result(Customer::FailsInState), ("refused", Some("PAYERROR".to_owned()), Order::Revoked));
        assert_eq!(result(Customer::Cancels(2)), ("refused", Some("PAYERROR".to_owned()), Order::Revoked));
        for code in refusals(api) {
            let (result, wechat) = run(Customer::Refused(code), &[], true);
            assert_eq!((result.as_str(), wechat.questions), ("refused", 0), "{api:?} {code}");
            assert!(result.error().unwrap().to_string().contains(code));
        }
        // The number was used before, perhaps for this purchase: whether the customer paid is not known.
        for code in ["ORDERPAID", "OUT_TRADE_NO_USED"] {
            let (result, wechat) = run(Customer::Refused(code), &[], true);
            assert_eq!((result.as_str(), wechat.questions, wechat.given_back), ("unknown", 0, 0), "{api:?} {code}");
            assert!(result.error().unwrap().to_string().contains(code));
        }
        // Lost on its way in: WeChat never heard of it. The customer's code was not charged.
        let (result, wechat) = run(Customer::Pays, &[Fault::Before], true);
        assert_eq!((result.as_str(), wechat.order), ("refused", Order::None));
        // The reply was lost, and no question is answered: the order is cancelled.
        let (result, wechat) = run(Customer::Pays, &[Fault::After; 5], true);
        assert_eq!((result.as_str(), wechat.given_back), ("reversed", 1));
        // Without the certificate nothing is cancelled, and nothing is guessed.
        let (result, wechat) = run(Customer::NeverConfirms, &[], false);
        assert_eq!(
            (result.as_str(), result.trade_state(), wechat.order),
            ("unknown", Some("USERPAYING"), Order::UserPaying)
        );
        // Too little to give back: it stays paid, and that is the result.
        let (result, wechat) = run(Customer::PaysAndStays, &[Fault::After; 3], true);
        assert_eq!((result.as_str(), wechat.order), ("paid", Order::Paid));
    }
}

/// The codes after which nothing was taken.
fn refusals(api: Api) -> impl Iterator<Item = &'static str> {
    let of_both = "PARAM_ERROR NOAUTH AUTHCODEEXPIRE NOTENOUGH NOTSUPORTCARD ORDERREVERSED AUTH_CODE_ERROR AUTH_CODE_INVALID \
                   BUYER_MISMATCH TRADE_ERROR INVALID_REQUEST APPID_MCHID_NOT_MATCH ";
    let of_one = match api {
        Api::V3 => {
            "ORDER_CLOSED NO_AUTH NOT_ENOUGH RULE_LIMIT ACCOUNT_ERROR MCH_NOT_EXISTS REQUEST_BLOCKED AUTH_CODE_EXPIRE \
             ORDER_REVERSED SIGN_ERROR USER_ACCOUNT_ABNORMAL"
        }
        _ => {
            "ORDERCLOSED XML_FORMAT_ERROR REQUIRE_POST_METHOD SIGNERROR LACK_PARAMS NOT_UTF8 APPID_NOT_EXIST MCHID_NOT_EXIST"
        }
    };
    of_both.split_whitespace().chain(of_one.split_whitespace())
}

/// What APIv3 answers to a charge, and what follows.
#[test]
fn the_answers_of_apiv3_to_a_charge() {
    let after = |status: u16, body: &str, headers: &Headers| {
        let message = Message { status, headers, request_id: None, body: body.as_bytes() };
        let opener = Opener { keys: &V3_KEYS, private_key: &V3_KEY, now: NOW };
        let read = v3::reply::read(charge_endpoint(Api::V3), RetryClass::QueryFirst, &message, &opener);
        let mut flow = CodeFlow::start(options(true));
        flow.sending(Duration::ZERO);
        flow.charged(Duration::from_secs(1), charged(Api::V3, read));
        match flow.next() {
            CodeStep::Done => flow.into_result().as_str(),
            CodeStep::Query { at } if at == Duration::from_secs(1) => "asks at once",
            CodeStep::Query { .. } => "waits",
            step => panic!("{step:?}"),
        }
    };
    let signed = |status, body: &str| after(status, body, &signature(body));
    for (status, body, expected) in [
        (202, r#"{"code":"USERPAYING","message":"需要用户输入支付密码"}"#, "waits"),
        (200, r#"{"trade_state":"USERPAYING","out_trade_no":"A1"}"#, "waits"),
        (202, r#"{"trade_state":"USERPAYING","out_trade_no":"A1"}"#, "waits"),
        (202, "{}", "asks at once"),
        (202, r#"{"code":"ACCEPTED","message":"受理中"}"#, "asks at once"),
        (202, r#"{"code":"SYSTEM_ERROR","message":"系统错误"}"#, "asks at once"),
        (500, r#"{"code":"SYSTEM_ERROR","message":"系统错误"}"#, "asks at once"),
        (500, r#"{"code":"BANK_ERROR","message":"银行系统异常"}"#, "asks at once"),
        (429, r#"{"code":"FREQUENCY_LIMITED","message":"频率超限"}"#, "asks at once"),
        (503, r#"{"code":"A_CODE_OF_2027","message":"?"}"#, "asks at once"),
        (403, r#"{"code":"A_CODE_OF_2027","message":"?"}"#, "asks at once"),
        (
            200,
            r#"{"trade_state":"SUCCESS","out_trade_no":"A1","transaction_id":"4200","amount":{"total":88}}"#,
            "asks at once",
        ),
        (200, r#"{"out_trade_no":"A1","transaction_id":"4200","amount":{"total":88}}"#, "asks at once"),
        (400, r#"{"code":"INVALID_REQUEST","message":"请稍后再试"}"#, "asks at once"),
        // The number was used before, in each of WeChat's wordings.
        (400, r#"{"code":"INVALID_REQUEST","message":"该订单已支付"}"#, "unknown"),
        (400, r#"{"code":"ORDER_PAID","message":"订单已支付"}"#, "unknown"),
        (400, r#"{"code":"INVALID_REQUEST","message":"201 商户订单号重复"}"#, "unknown"),
        (400, r#"{"code":"INVALID_REQUEST","message":"请求重入时，参数与首次请求时不一致"}"#, "unknown"),
        (403, r#"{"code":"OUT_TRADE_NO_USED","message":"商户订单号重复"}"#, "unknown"),
        (400, r#"{"code":"AUTH_CODE_INVALID","message":"付款码无效"}"#, "refused"),
        (403, r#"{"code":"NOT_ENOUGH","message":"余额不足"}"#, "refused"),
    ] {
        assert_eq!(signed(status, body), expected, "{status} {body}");
        // Nobody's word decides nothing.
        assert!(matches!(after(status, body, &Headers::default()), "asks at once"), "unsigned {status} {body}");
    }
}

/// A client whose key is wrong is told so at once, and not after the customer's time. Once WeChat took a signature, the flow is patient.
#[test]
fn signatures_that_wechat_refuses_end_a_payment_at_once() {
    let second = Duration::from_secs(1);
    let denied = |call: Sent, headers: &Headers| {
        let body = r#"{"code":"SIGN_ERROR","message":"错误的签名，验签失败"}"#;
        let message = Message { status: 401, headers, request_id: None, body: body.as_bytes() };
        let opener = Opener { keys: &V3_KEYS, private_key: &V3_KEY, now: NOW };
        v3::reply::read(call.endpoint(Api::V3), RetryClass::SameRequest, &message, &opener)
    };
    let nobody = Headers::default();
    let asked = |flow: &mut CodeFlow, now, answer| {
        flow.sending(now);
        flow.asked(now, code_api::asked(Api::V3, answer, confirm).unwrap());
    };
    let start = || {
        let mut flow = CodeFlow::start(options(true));
        flow.sending(Duration::ZERO);
        flow.charged(second, charged(Api::V3, denied(Sent::Charge, &nobody)));
        assert_eq!(flow.next(), CodeStep::Query { at: second });
        flow
    };
    let mut flow = start();
    asked(&mut flow, second, denied(Sent::Query, &nobody));
    let result = flow.into_result();
    assert_eq!(result.as_str(), "unknown");
    assert!(result.error().unwrap().to_string().contains("SIGN_ERROR"));

    let mut flow = start();
    asked(&mut flow, second, sent(Api::V3, Sent::Query, Fault::None, || fail("ORDERNOTEXIST")));
    for _ in 0..2 {
        let CodeStep::Query { at } = flow.next() else { panic!("{:?}", flow.next()) };
        asked(&mut flow, at, denied(Sent::Query, &nobody));
    }
    assert!(matches!(flow.next(), CodeStep::Query { .. }), "{:?}", flow.next());
}

#[test]
fn a_failed_payment_of_which_wechat_says_otherwise_later_is_unknown() {
    let second = Duration::from_secs(1);
    let last = |answer: Option<QueryOutcome>| {
        let mut flow = CodeFlow::start(options(true));
        let mut wechat = WeChat::of(Customer::Fails);
        flow.sending(Duration::ZERO);
        flow.charged(second, charged(Api::V2, sent(Api::V2, Sent::Charge, Fault::None, || wechat.micropay())));
        while let CodeStep::Reverse { at } = flow.next() {
            flow.sending(at);
            let answer = sent(Api::V2, Sent::Reverse, Fault::SystemBefore, || wechat.reverse());
            flow.reversed(at, code_api::reversed(answer));
        }
        assert!(matches!(flow.next(), CodeStep::Query { .. }));
        flow.sending(60 * second);
        let answer = answer.unwrap_or_else(|| {
            let lost = sent(Api::V2, Sent::Query, Fault::Before, || wechat.orderquery());
            QueryOutcome::Failed(lost.unwrap_err())
        });
        flow.asked(60 * second, answer);
        flow.into_result().as_str()
    };
    let paid = wxpaykit::Fields::from_iter([("out_trade_no", "n1"), ("transaction_id", "4200"), ("total_fee", "88")]);
    assert_eq!(last(Some(QueryOutcome::Paid(Box::new(ConfirmedPayment::from_fields(paid))))), "unknown");
    for state in [TradeState::UserPaying, TradeState::NotPay, TradeState::Refund] {
        assert_eq!(last(Some(QueryOutcome::State(state))), "unknown");
    }
    // Nothing contradicts it.
    assert_eq!(last(Some(QueryOutcome::State(TradeState::PayError))), "refused");
    assert_eq!(last(None), "refused");
}

/// The cancellation waits 15 seconds after the charge, however early the cashier gives up; and the customer may pay until then.
#[test]
fn a_cashier_who_gives_up_gets_the_truth() {
    let mut flow = CodeFlow::start(options(true));
    let mut wechat = WeChat::of(Customer::Confirms(3));
    flow.sending(Duration::ZERO);
    let answer = sent(Api::V2, Sent::Charge, Fault::None, || wechat.micropay());
    flow.charged(Duration::from_secs(1), charged(Api::V2, answer));
    assert_eq!(flow.next(), CodeStep::Query { at: Duration::from_secs(6) });
    flow.give_up(Duration::from_secs(2));
    assert_eq!(flow.next(), CodeStep::Query { at: Duration::from_secs(2) });
    flow.asked(Duration::from_secs(2), QueryOutcome::State(TradeState::UserPaying));
    assert_eq!(flow.next(), CodeStep::Query { at: Duration::from_secs(7) });
    for at in [7, 12, 16] {
        assert_eq!(flow.next(), CodeStep::Query { at: Duration::from_secs(at) });
        flow.asked(Duration::from_secs(at), QueryOutcome::State(TradeState::UserPaying));
    }
    assert_eq!(flow.next(), CodeStep::Reverse { at: Duration::from_secs(16) });
    // Before anything is sent, nothing has to be cancelled.
    let mut flow = CodeFlow::start(options(true));
    flow.give_up(Duration::ZERO);
    assert_eq!((flow.next(), flow.into_result().as_str()), (CodeStep::Done, "refused"));
}

#[test]
fn each_field_of_micropay_has_its_place_in_v3_or_is_refused_by_name() {
    let private = include_str!("../../tests/certificates/apiclient_key.pem");
    let options = MerchantOptions {
        client_cert: Some(include_bytes!("../../tests/certificates/apiclient_cert.pem").as_slice().into()),
        client_key: Some(private.as_bytes().into()),
        api_v3_key: Some("0123456789abcdef0123456789abcdef".into()),
        ..MerchantOptions::new(APPID, MCH_ID, KEY)
    };
    let merchant = Merchant::new(options).unwrap();
    let text = |text: &str| Value::Text(text.to_owned().into());
    let required = [
        ("auth_code", text("130000000000000000")),
        ("body", text("茶")),
        ("out_trade_no", text("A10001")),
        ("total_fee", Value::Int(88)),
        ("spbill_create_ip", text("203.0.113.9")),
    ];
    let others = [
        ("attach", text("a"), Some(json!({"attach": "a"}))),
        ("goods_tag", text("g"), Some(json!({"goods_tag": "g"}))),
        ("receipt", text("Y"), Some(json!({"support_fapiao": true}))),
        ("fee_type", text("CNY"), Some(json!({"amount": {"total": 88, "currency": "CNY"}}))),
        (
            "device_info",
            text("till 1"),
            Some(json!({"scene_info": {"device_id": "till 1", "device_ip": "203.0.113.9"}})),
        ),
        ("profit_sharing", text("N"), Some(json!({"settle_info": {"profit_sharing": false}}))),
        ("sub_mch_id", text("1900000110"), Some(json!({"sub_mchid": "1900000110"}))),
        ("detail", Value::Object(vec![("goods_detail".into(), Value::List(Vec::new()))]), None),
        ("limit_pay", text("no_credit"), None),
        ("time_start", text("20260301120000"), None),
        ("time_expire", text("20260301120000"), None),
        ("version", text("1.0"), None),
        ("scene_info", Value::Object(vec![("store_info".into(), Value::Object(Vec::new()))]), None),
        ("deposit", text("Y"), None),
        ("nonce_str", text("0123456789"), None),
    ];
    let charge = |more: Option<(&'static str, Value<'static>)>| {
        let given = required.iter().cloned().chain(more).map(|(name, value)| (name.into(), value)).collect();
        code_api::charge_of(given, None, Api::V3, &merchant)
    };
    let sent = |charge: code_api::Charge| {
        let request = v3::request::complete(charge_endpoint(Api::V3), &charge.params, &merchant).unwrap();
        request.fields().clone()
    };
    let usual = sent(charge(None).unwrap());
    assert_eq!(usual.get("amount"), Some(r#"{"total":88}"#));
    assert_eq!(usual.get("payer"), Some(r#"{"auth_code":"130000000000000000"}"#));
    assert_eq!(usual.get("description"), Some("茶"));
    let covered = required.iter().map(|(name, _)| *name).chain(others.iter().map(|(name, ..)| *name));
    let mut covered: Vec<_> = covered.chain(["sub_appid"]).collect();
    covered.sort_unstable();
    let mut all: Vec<_> = charge_endpoint(Api::V2).fields().map(|field| field.name).collect();
    all.sort_unstable();
    assert_eq!(covered, all);
    for (name, value, place) in others {
        match (charge(Some((name, value))), place) {
            (Ok(charge), Some(place)) => {
                let fields = sent(charge);
                for (member, expected) in place.as_object().unwrap() {
                    let text = fields.get(member).unwrap();
                    let told = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
                    assert!(told == *expected || text == expected.as_str().unwrap_or_default(), "{name}: {text}");
                }
            }
            (Err(error), None) => {
                assert!(matches!(error.kind(), Kind::InvalidRequest { field, .. } if field == name), "{name}: {error}")
            }
            (Ok(_), None) => panic!("{name} was lost"),
            (Err(error), Some(_)) => panic!("{error}"),
        }
    }
}
