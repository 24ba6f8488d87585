//! What a client does with I/O: submitted here, answered over the bridge.

use std::sync::Arc;
use std::time::Duration;

use tracing::instrument::WithSubscriber;
use wxpaykit::platform;
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::registry;
use wxpaykit::retry::{self, RetryClass};
use wxpaykit::table::Document;
use wxpaykit::{Begun, Error, Handling, Outcome, Secret};

use crate::client::Client;
use crate::flat::{self, Flat};
use crate::frame::Frame;
use crate::js::{Call, Value};
use crate::{handling, store};

/// A function that takes a message's topic, its number and its frame's text.
pub(crate) fn connect(call: &Call<'_>) -> Value {
    call.connect(0);
    Value::UNDEFINED
}

/// Client, number, flat text (the call's name, then its arguments), how many pieces, and a notification's body: whether it
/// is under way. It is not when the pieces are not as many.
pub(crate) fn submit(call: &Call<'_>) -> Value {
    let Some(client) = call.client(0).cloned() else { return call.give_bool(false) };
    let (id, count) = (u32::try_from(call.int(1)).unwrap_or_default(), call.int(3));
    let Some(text) = call.with_text(2, |text| Flat::new(text, count).map(|_| text.to_owned())) else {
        return call.give_bool(false);
    };
    let body = call.with_bytes(4, <[u8]>::to_vec);
    let (bridge, tasks) = (&call.instance.bridge, &call.instance.tasks);
    let held = text.strip_prefix("notify.finish\0").or_else(|| text.strip_prefix("notify.give_back\0"));
    let held = held.and_then(|number| call.instance.handlings.take(number.strip_suffix('\0')?.parse().ok()?));
    // A payment that was handed over is handed over again if that is not written down.
    let to_be_done = held.is_some();
    let was_idle = tasks.is_empty();
    let warnings = client.warnings.clone();
    // In a box, made and freed by the thread that runs it: what two threads share of the heap they wait for.
    let work = async move { Box::pin(run(&client, &text, count, &body, held)).await };
    let started = Arc::clone(bridge).spawn(id, tasks, to_be_done, work.with_subscriber(warnings));
    if was_idle && started.is_ok() {
        call.keep_alive(true);
    }
    call.give_bool(started.is_ok())
}

/// Number, the call's name, 1 when it was submitted: ends it, and says what is known of it then.
pub(crate) fn abort(call: &Call<'_>) -> Value {
    let (id, name, sent) = (u32::try_from(call.int(0)).unwrap_or_default(), call.text(1), call.int(2) == 1);
    if sent {
        call.instance.tasks.abort(id);
        if call.instance.tasks.is_empty() {
            call.keep_alive(false);
        }
    }
    let outcome = if sent { Outcome::Unknown } else { Outcome::NotSent };
    let (name, class) = known(&name);
    call.give_frame(&Frame::from_error(&retry::cancelled(name, outcome, class)))
}

/// What the facade calls `jssdk.stable_token` with `forceRefresh`.
const FORCED_TOKEN: &str = "jssdk.forced_token";

/// A call's name for an error, and what repeating it does.
fn known(name: &str) -> (&'static str, RetryClass) {
    if let Some(endpoint) = registry::find(name) {
        return (endpoint.name, endpoint.retry);
    }
    // The method is the same, and what repeating it does is not.
    let forced = (name == FORCED_TOKEN).then_some(&platform::FORCED_TOKEN);
    if let Some(call) = forced.or_else(|| platform::find(name)) {
        return (call.name, call.retry);
    }
    const SAFE: &[&str] = &[
        "notify.confirm",
        "notify.handle",
        "reconcile",
        "wait_for_payment",
        "jssdk.config",
        "jssdk.access_token",
        "jssdk.jsapi_ticket",
    ];
    match SAFE.iter().find(|known| **known == name) {
        Some(name) => (name, RetryClass::Safe),
        None => ("call", RetryClass::QueryFirst),
    }
}

async fn run(client: &Client, text: &str, count: i32, body: &[u8], held: Option<Handling>) -> Frame {
    let pay = &client.pay;
    let pieces: Vec<&str> = Flat::new(text, count).into_iter().flatten().collect();
    let Some((name, rest)) = pieces.split_first() else { return Frame::nothing() };
    if let Some(endpoint) = registry::find(name) {
        let reply = pay.execute(endpoint, &flat::params(rest)).await;
        return Frame::of(reply, |fields| Frame::from_record(endpoint.reply, fields));
    }
    let argument = |index: usize| rest.get(index).copied().unwrap_or_default();
    let secret = |token: &Secret| Frame::from_text(token.expose());
    match *name {
        "call" => {
            let reply = pay.call(argument(0), &flat::params(rest.get(1..).unwrap_or_default())).await;
            Frame::of(reply, Frame::from_fields)
        }
        "notify.confirm" => document(pay.notify().confirm(body).await),
        "notify.handle" => handling::begun(pay.notify().begin(body).await),
        "notify.finish" => match held {
            Some(handling) => Frame::of(handling.finish().await, |()| Frame::from_number(1.0)),
            None => Frame::nothing(),
        },
        "notify.give_back" => match held {
            Some(handling) => {
                handling.give_back().await;
                Frame::from_number(1.0)
            }
            None => Frame::nothing(),
        },
        "reconcile" => match handling::pending(argument(0), argument(1), argument(2)) {
            Ok(pending) => handling::begun(pay.begin_pending(&pending).await),
            Err(error) => Frame::from_error(&error),
        },
        "wait_for_payment" => {
            let waited = wait_for_payment(client, argument(0), argument(1), argument(2), argument(3) == "1");
            waited.await.unwrap_or_else(|error| Frame::from_error(&error))
        }
        "store" => store::probe(&*client.store, rest).await,
        "oauth.access_token" => document(pay.oauth().access_token(argument(0)).await),
        "oauth.refresh_token" => document(pay.oauth().refresh_token(argument(0)).await),
        "oauth.userinfo" => document(pay.oauth().userinfo(argument(0), argument(1), argument(2)).await),
        "oauth.auth" => Frame::of(pay.oauth().auth(argument(0), argument(1)).await, |()| Frame::nothing()),
        "jssdk.config" => {
            let page = page_config(rest);
            // In a box: it is larger than all others, and every task would be as large.
            Frame::of(Box::pin(pay.jssdk().config(&page)).await, |config| Frame::from_json(&config.to_string()))
        }
        "jssdk.access_token" => match argument(0) {
            "" => Frame::of(pay.jssdk().access_token().await, secret),
            refused => Frame::of(pay.jssdk().access_token_but(&Secret::new(refused)).await, secret),
        },
        "jssdk.jsapi_ticket" => Frame::of(pay.jssdk().jsapi_ticket().await, secret),
        "jssdk.token" => document(pay.jssdk().token().await),
        "jssdk.stable_token" => document(pay.jssdk().stable_token(false).await),
        FORCED_TOKEN => document(pay.jssdk().stable_token(true).await),
        "jssdk.getticket" => document(pay.jssdk().getticket(argument(0)).await),
        _ => Frame::nothing(),
    }
}

/// Number of the order, its amount, for how many milliseconds, and whether the payment is to be handed over.
async fn wait_for_payment(
    client: &Client,
    out_trade_no: &str,
    total_fee: &str,
    within: &str,
    hand_over: bool,
) -> Result<Frame, Error> {
    let within = Duration::from_millis(within.parse().unwrap_or_default());
    let total_fee = handling::fen("totalFee", total_fee)?;
    let Some(payment) = client.pay.wait_for_payment(out_trade_no, total_fee, within).await? else {
        return Ok(Frame::from_json("null"));
    };
    if hand_over && let begun @ Begun::Ours(_) = client.pay.begin_confirmed(payment.clone()).await? {
        return Ok(handling::begun(Ok(begun)));
    }
    Ok(document(Ok(payment)))
}

/// URL, 1 for debug, how many names of `jsApiList`, these, and those of `openTagList`.
fn page_config(pieces: &[&str]) -> PageConfig {
    let piece = |index: usize| pieces.get(index).copied().unwrap_or_default();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let lists = pieces.get(3..).unwrap_or_default();
    let (apis, tags) = lists.split_at(piece(2).parse().unwrap_or(0).min(lists.len()));
    PageConfig {
        url: piece(0).to_owned(),
        debug: piece(1) == "1",
        js_api_list: names(apis),
        open_tag_list: names(tags),
    }
}

fn document<T: Document>(result: Result<T, Error>) -> Frame {
    Frame::of(result, |document| Frame::from_record(T::RECORD, document.fields()))
}
