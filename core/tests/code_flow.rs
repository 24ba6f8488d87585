//! A payment by code against a model of WeChat: under every fault, at every step, with a cashier who gives up and a till that is killed, a
//! code is charged once, and a result that is called known is true.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use wxpaykit::flow::{CodeFlow, CodeOptions, CodeResult, CodeStep, QueryOutcome};
use wxpaykit::table::{Call, Document};
use wxpaykit::v2::reply;
use wxpaykit::{
    ConfirmedPayment, Error, Micropay, MicropayReply, Orderquery, OrderqueryReply, Reverse, ReverseReply, SignType,
    TradeState, sign, wire,
};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

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
}

const FAULTS: [Fault; 7] =
    [Fault::None, Fault::Before, Fault::After, Fault::SystemBefore, Fault::SystemAfter, Fault::Forged, Fault::NewCode];

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

/// A call's result as the client has it, whatever happens to the call on its way.
fn sent<C: Call>(fault: Fault, act: impl FnOnce() -> Answer) -> Result<C::Reply, Error> {
    let read = |status, body: &str| {
        let read = reply::read_with_key(C::ENDPOINT, status, body.as_bytes(), KEY, &[SignType::Md5]);
        read.map(C::Reply::from_fields)
    };
    let wire = |answer: Answer| {
        let mut fields =
            vec![("return_code", "SUCCESS".to_owned()), ("appid", "wx1".to_owned()), ("mch_id", "1".to_owned())];
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
    }
}

fn confirmed(fields: &wxpaykit::Fields) -> ConfirmedPayment {
    ConfirmedPayment::from_fields(fields.clone())
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
fn run(customer: Customer, faults: &[Fault], reverse: bool, interference: Interference) -> (CodeResult, WeChat) {
    let mut wechat = WeChat::of(customer);
    let mut flow = CodeFlow::start(options(reverse));
    let (mut now, mut calls) = (Duration::ZERO, 0);
    let mut origin = Duration::ZERO;
    for step in 0.. {
        assert!(step < 100, "{customer:?} {faults:?} {interference:?} does not end");
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
                let answer = sent::<Micropay>(fault, || wechat.micropay());
                if !dropped {
                    flow.charged(now - origin, answer, |reply: &MicropayReply| Some(confirmed(reply.fields())));
                }
            }
            CodeStep::Query { .. } => {
                let answer: Result<OrderqueryReply, Error> = sent::<Orderquery>(fault, || wechat.orderquery());
                let answer = match answer {
                    Ok(reply) if reply.trade_state() == TradeState::Success => {
                        QueryOutcome::Paid(Box::new(confirmed(reply.fields())))
                    }
                    Ok(reply) => QueryOutcome::State(reply.trade_state()),
                    Err(error) => QueryOutcome::Failed(error),
                };
                if !dropped {
                    flow.asked(now - origin, answer);
                }
            }
            CodeStep::Reverse { .. } => {
                let answer: Result<ReverseReply, Error> = sent::<Reverse>(fault, || wechat.reverse());
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
fn check(customer: Customer, faults: &[Fault], reverse: bool, interference: Interference) {
    let (result, wechat) = run(customer, faults, reverse, interference);
    let about =
        || format!("{customer:?} {faults:?} reverse {reverse} {interference:?}: {result:?}, order {:?}", wechat.order);
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
fn every_customer_and_every_fault_at_the_first_three_calls() {
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
                        check(customer, &faults, reverse, Interference::default());
                    }
                    if second == Fault::None || second == Fault::After {
                        interferences().for_each(|interference| check(customer, &faults, true, interference));
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
    for _ in 0..3000 {
        let customer = CUSTOMERS[draw(CUSTOMERS.len())];
        let faults: Vec<Fault> = (0..draw(20)).map(|_| FAULTS[draw(FAULTS.len())]).collect();
        let mut some = |most| (draw(3) == 0).then(|| draw(most));
        let interference = Interference { gives_up: some(8), killed: some(12).map(|n| n + 1), dropped: some(12) };
        check(customer, &faults, draw(4) > 0, interference);
    }
}

#[test]
fn the_documented_answers_lead_where_the_documents_say() {
    let result = |customer| {
        let (result, wechat) = run(customer, &[], true, Interference::default());
        (result.as_str(), result.trade_state().map(str::to_owned), wechat.order)
    };
    assert_eq!(result(Customer::Pays).0, "paid");
    assert_eq!(result(Customer::PaysOld).0, "paid");
    assert_eq!(result(Customer::Confirms(4)).0, "paid");
    assert_eq!(result(Customer::NeverConfirms), ("reversed", Some("REVOKED".to_owned()), Order::Revoked));
    assert_eq!(result(Customer::Recalls(3)).0, "reversed");
    // WeChat asks to cancel an order whose payment failed.
    assert_eq!(result(Customer::Fails), ("refused", None, Order::Revoked));
    assert_eq!(result(Customer::FailsInState), ("refused", Some("PAYERROR".to_owned()), Order::Revoked));
    assert_eq!(result(Customer::Cancels(2)), ("refused", Some("PAYERROR".to_owned()), Order::Revoked));
    let failed = "PARAM_ERROR NOAUTH AUTHCODEEXPIRE NOTENOUGH NOTSUPORTCARD ORDERCLOSED ORDERREVERSED \
                  AUTH_CODE_ERROR AUTH_CODE_INVALID BUYER_MISMATCH TRADE_ERROR INVALID_REQUEST \
                  XML_FORMAT_ERROR REQUIRE_POST_METHOD SIGNERROR LACK_PARAMS NOT_UTF8 APPID_NOT_EXIST MCHID_NOT_EXIST \
                  APPID_MCHID_NOT_MATCH";
    for code in failed.split_whitespace() {
        let (result, wechat) = run(Customer::Refused(code), &[], true, Interference::default());
        assert_eq!((result.as_str(), wechat.questions), ("refused", 0), "{code}");
        assert!(result.error().unwrap().to_string().contains(code));
    }
    // The number was used before, perhaps for this purchase: whether the customer paid is not known.
    for code in ["ORDERPAID", "OUT_TRADE_NO_USED"] {
        let (result, wechat) = run(Customer::Refused(code), &[], true, Interference::default());
        assert_eq!((result.as_str(), wechat.questions, wechat.given_back), ("unknown", 0, 0), "{code}");
        assert!(result.error().unwrap().to_string().contains(code));
    }
    // Lost on its way in: WeChat never heard of it. The customer's code was not charged.
    let (result, wechat) = run(Customer::Pays, &[Fault::Before], true, Interference::default());
    assert_eq!((result.as_str(), wechat.order), ("refused", Order::None));
    // The reply was lost, and no question is answered: the order is cancelled.
    let (result, wechat) = run(Customer::Pays, &[Fault::After; 5], true, Interference::default());
    assert_eq!((result.as_str(), wechat.given_back), ("reversed", 1));
    // Without the certificate nothing is cancelled, and nothing is guessed.
    let (result, wechat) = run(Customer::NeverConfirms, &[], false, Interference::default());
    assert_eq!(
        (result.as_str(), result.trade_state(), wechat.order),
        ("unknown", Some("USERPAYING"), Order::UserPaying)
    );
    // Too little to give back: it stays paid, and that is the result.
    let (result, wechat) = run(Customer::PaysAndStays, &[Fault::After; 3], true, Interference::default());
    assert_eq!((result.as_str(), wechat.order), ("paid", Order::Paid));
}

#[test]
fn a_failed_payment_of_which_wechat_says_otherwise_later_is_unknown() {
    let second = Duration::from_secs(1);
    let last = |answer: Option<QueryOutcome>| {
        let mut flow = CodeFlow::start(options(true));
        let mut wechat = WeChat::of(Customer::Fails);
        flow.sending(Duration::ZERO);
        flow.charged(second, sent::<Micropay>(Fault::None, || wechat.micropay()), |_| None);
        while let CodeStep::Reverse { at } = flow.next() {
            flow.sending(at);
            flow.reversed(at, sent::<Reverse>(Fault::SystemBefore, || wechat.reverse()));
        }
        assert!(matches!(flow.next(), CodeStep::Query { .. }));
        flow.sending(60 * second);
        let answer = answer.unwrap_or_else(|| {
            let lost = sent::<Orderquery>(Fault::Before, || wechat.orderquery());
            QueryOutcome::Failed(lost.unwrap_err())
        });
        flow.asked(60 * second, answer);
        flow.into_result().as_str()
    };
    let paid = wxpaykit::Fields::from_iter([("out_trade_no", "n1"), ("transaction_id", "4200"), ("total_fee", "88")]);
    assert_eq!(last(Some(QueryOutcome::Paid(Box::new(confirmed(&paid))))), "unknown");
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
    let answer = sent::<Micropay>(Fault::None, || wechat.micropay());
    flow.charged(Duration::from_secs(1), answer, |_| None);
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
