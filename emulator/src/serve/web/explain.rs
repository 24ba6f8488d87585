//! The page that explains, at `/`: orders, notifications and the journal, updated live.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{self, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use wxpaykit::doctor::{Language, Mistake};

use crate::app::App;
use crate::live::Watcher;
use crate::serve::control_words::wrong;
use crate::serve::describe::describe;
use crate::serve::{gateway, json, origin};
use crate::world::notification::SCHEDULE;
use crate::world::order::Order;
use crate::world::state::State;

/// The page shows the newest orders, at most this many.
const ORDERS: usize = 100;
/// Journal entries that are sent at once; of more, the newest.
const ENTRIES: usize = 200;
/// Faults that the page shows, the newest.
const FAULTS: usize = 50;
/// The pause between two reads of the state, however much changes.
const PAUSE: Duration = Duration::from_millis(150);
/// Events that may wait for a reader. A reader that does not read for `TIME_LIMIT` is dropped; it may connect again.
const WAITING: usize = 32;
const TIME_LIMIT: Duration = Duration::from_secs(5);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router() -> Router<Arc<App>> {
    let page = include_str!("../../../web/explain.html");
    let script = include_str!("../../../web/explain.js");
    let texts = include_str!("../../../web/explain-texts.js");
    let first = include_str!("../../../web/first-minute.js");
    let faults = include_str!("../../../web/faults.js");
    let style = include_str!("../../../web/explain.css");
    let icon = include_str!("../../../web/explain.svg");
    Router::new()
        .route("/", get(|| async { asset("text/html; charset=utf-8", page) }).fallback(gateway::unknown))
        .route("/_page/explain.js", get(|| async { asset("text/javascript; charset=utf-8", script) }))
        .route("/_page/explain-texts.js", get(|| async { asset("text/javascript; charset=utf-8", texts) }))
        .route("/_page/first-minute.js", get(|| async { asset("text/javascript; charset=utf-8", first) }))
        .route("/_page/faults.js", get(|| async { asset("text/javascript; charset=utf-8", faults) }))
        .route("/_page/mistakes.js", get(|| async { served("text/javascript; charset=utf-8", mistakes()) }))
        .route("/_page/explain.css", get(|| async { asset("text/css; charset=utf-8", style) }))
        .route("/_page/explain.svg", get(|| async { asset("image/svg+xml", icon) }))
        .route("/_emulator/events", get(events))
}

/// Core's table of mistakes as a script: title and advice in Chinese, by code.
fn mistakes() -> String {
    let words = |mistake: &Mistake| json!([mistake.title(Language::Chinese), mistake.advice(Language::Chinese)]);
    let table: Map<String, Value> = Mistake::ALL.iter().map(|each| (each.code().to_owned(), words(each))).collect();
    format!("export const mistakes = {}\n", Value::from(table))
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    served(content_type, text)
}

fn served(content_type: &'static str, text: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

/// `GET /_emulator/events`: the present state, then every change. With the id of a journal entry a reader that connects
/// again continues after it; orders and the clock are sent as they are now.
async fn events(extract::State(app): extract::State<Arc<App>>, request: Request) -> Response {
    if let Err(why) = origin::allowed(&app, request.headers()) {
        return json::answer(StatusCode::FORBIDDEN, &wrong(why));
    }
    let Some(watcher) = app.live.watch() else {
        return json::answer(StatusCode::SERVICE_UNAVAILABLE, &wrong("too many pages watch already"));
    };
    let after = last_seen(&app, request.headers());
    let (sender, mut receiver) = mpsc::channel(WAITING);
    tokio::spawn(send_events(app, watcher, after, sender));
    let events = stream::poll_fn(move |context| receiver.poll_recv(context));
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

/// The journal entry after which the reader continues; `None` for a new reader, and for one of another run.
fn last_seen(app: &App, headers: &HeaderMap) -> Option<u64> {
    let id = headers.get("last-event-id")?.to_str().ok()?;
    let (run, seq) = id.split_once('-')?;
    (run == app.journal.run()).then(|| seq.parse().ok()).flatten()
}

type Sent = Result<Event, Infallible>;

/// Sends events until the reader leaves or is too slow, or the emulator stops. It holds no lock while it waits.
async fn send_events(app: Arc<App>, mut watcher: Watcher, after: Option<u64>, sender: mpsc::Sender<Sent>) {
    let mut view = View::default();
    let mut seen = after.unwrap_or_default();
    let mut news = vec![hello(after.is_some())];
    loop {
        news.extend(view.changes(&app));
        news.extend(entries(&app, &mut seen));
        for event in news.drain(..) {
            if sender.send_timeout(Ok(event), TIME_LIMIT).await.is_err() {
                return;
            }
        }
        let goes_on = tokio::select! {
            goes_on = watcher.wait() => goes_on,
            () = sender.closed() => false,
        };
        if !goes_on {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn hello(resumed: bool) -> Event {
    let value = json!({
        "version": env!("CARGO_PKG_VERSION"),
        // Whether the journal continues where the reader stopped. If not, its entries are of another run.
        "resumed": resumed,
        "schedule": SCHEDULE,
        "orders": ORDERS,
    });
    event("hello", &value).retry(Duration::from_secs(1))
}

/// The orders and faults that a reader was sent, as hashes, to find the changed ones.
#[derive(Default)]
struct View {
    hasher: RandomState,
    sent: HashMap<String, u64>,
    faults: Option<u64>,
}

impl View {
    fn changes(&mut self, app: &App) -> Vec<Event> {
        let orders = {
            let state = app.state();
            let named = |order: &Order| (format!("{}/{}", order.mch_id(), order.out_trade_no()), shown(&state, order));
            state.orders.newest(None, ORDERS, named)
        };
        let mut sent = HashMap::with_capacity(orders.len());
        let mut changed = Vec::new();
        for (key, order) in orders.into_iter().rev() {
            let text = order.to_string();
            let hash = self.hasher.hash_one(&text);
            if self.sent.get(&key) != Some(&hash) {
                changed.push(event("order", &order));
            }
            sent.insert(key, hash);
        }
        self.sent = sent;
        std::iter::once(event("clock", &app.clock.describe())).chain(self.faults(app)).chain(changed).collect()
    }

    /// The faults, if they are others than before or struck since.
    fn faults(&mut self, app: &App) -> Option<Event> {
        let (count, newest) = app.faults.newest(FAULTS);
        // A new reader takes it that there are none.
        if count == 0 && self.faults.is_none() {
            return None;
        }
        let shown = json!({ "count": count, "faults": newest });
        let hash = self.hasher.hash_one(shown.to_string());
        (self.faults.replace(hash) != Some(hash)).then(|| event("faults", &shown))
    }
}

/// An order with its refunds.
fn shown(state: &State, order: &Order) -> Value {
    let refunds = order.refunds.iter().filter_map(|id| state.refunds.get(*id));
    let refunds: Vec<Value> = refunds
        .map(|refund| {
            json!({
                "out_refund_no": refund.out_refund_no,
                "refund_fee": refund.split.refund_fee,
                "refund_status": refund.status.as_str(),
            })
        })
        .collect();
    let mut shown = describe(order);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("refunds".to_owned(), refunds.into());
    }
    shown
}

fn entries(app: &App, seen: &mut u64) -> Vec<Event> {
    let (missed, entries) = app.journal.after(*seen, ENTRIES, &app.registry);
    let gap = (missed > 0 && *seen > 0).then(|| event("gap", &json!({ "missed": missed })));
    let shown = entries.iter().map(|(seq, entry)| {
        *seen = *seq;
        event("journal", entry).id(format!("{}-{seq}", app.journal.run()))
    });
    gap.into_iter().chain(shown.collect::<Vec<_>>()).collect()
}

fn event(name: &str, data: &Value) -> Event {
    // JSON text holds no line break.
    Event::default().event(name).data(data.to_string())
}
