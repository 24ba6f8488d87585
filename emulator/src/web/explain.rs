//! The page that explains, at `/`: orders, notifications and the journal, live.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use wxpaykit::doctor::{Language, Mistake};

use crate::app::App;
use crate::clock::seconds;
use crate::live::Watcher;
use crate::notify::SCHEDULE;
use crate::order::Order;
use crate::{cashier, control, http};

/// Orders that are shown: the newest.
const ORDERS: usize = 100;
/// Journal entries that a watcher is sent at once; of more, the newest.
const ENTRIES: usize = 200;
/// Watchers look this often at most, however much happens.
const PAUSE: Duration = Duration::from_millis(150);
/// Events that may wait for a reader, and how long for; then it is dropped, and comes back if it likes.
const WAITING: usize = 32;
const PATIENCE: Duration = Duration::from_secs(5);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<Arc<App>> {
    let page = include_str!("../../web/explain.html");
    let script = include_str!("../../web/explain.js");
    let texts = include_str!("../../web/explain-texts.js");
    let style = include_str!("../../web/explain.css");
    let icon = include_str!("../../web/explain.svg");
    Router::new()
        .route("/", get(|| async { asset("text/html; charset=utf-8", page) }).fallback(http::unknown))
        .route("/_page/explain.js", get(|| async { asset("text/javascript; charset=utf-8", script) }))
        .route("/_page/explain-texts.js", get(|| async { asset("text/javascript; charset=utf-8", texts) }))
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

/// `GET /_emulator/events`: what there is, then whatever changes. A journal entry's id lets a reader that comes back go on
/// after it; orders and the clock are sent as they are now.
async fn events(State(app): State<Arc<App>>, request: Request) -> Response {
    if let Err(why) = control::allowed(&app, request.headers()) {
        return control::answer(StatusCode::FORBIDDEN, &json!({ "error": why }));
    }
    let Some(watcher) = app.live.watch() else {
        return control::answer(StatusCode::SERVICE_UNAVAILABLE, &json!({ "error": "too many watch already" }));
    };
    let after = last_seen(&app, request.headers());
    let (sender, mut receiver) = mpsc::channel(WAITING);
    tokio::spawn(tell(app, watcher, after, sender));
    let events = stream::poll_fn(move |context| receiver.poll_recv(context));
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

/// The journal entry after which the reader goes on; `None` for one that was never here, or whose emulator is gone.
fn last_seen(app: &App, headers: &HeaderMap) -> Option<u64> {
    let id = headers.get("last-event-id")?.to_str().ok()?;
    let (run, seq) = id.split_once('-')?;
    (run == app.journal.run()).then(|| seq.parse().ok()).flatten()
}

type Told = Result<Event, Infallible>;

/// Ends when the reader has gone, is too slow, or the emulator stops. Nothing is locked while it waits.
async fn tell(app: Arc<App>, mut watcher: Watcher, after: Option<u64>, sender: mpsc::Sender<Told>) {
    let mut view = View::default();
    let mut seen = after.unwrap_or_default();
    let mut news = vec![hello(after.is_some())];
    loop {
        news.extend(view.changes(&app));
        news.extend(entries(&app, &mut seen));
        for event in news.drain(..) {
            if sender.send_timeout(Ok(event), PATIENCE).await.is_err() {
                return;
            }
        }
        let going_on = tokio::select! {
            going_on = watcher.wait() => going_on,
            () = sender.closed() => false,
        };
        if !going_on {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn hello(resumed: bool) -> Event {
    let value = json!({
        "version": env!("CARGO_PKG_VERSION"),
        // Whether the journal goes on where the reader left it. If not, what it has is of another run.
        "resumed": resumed,
        "schedule": SCHEDULE,
        "orders": ORDERS,
    });
    event("hello", &value).retry(Duration::from_secs(1))
}

/// What a watcher was sent of orders and clock, to tell what is new.
#[derive(Default)]
struct View {
    hasher: RandomState,
    sent: HashMap<String, u64>,
}

impl View {
    fn changes(&mut self, app: &App) -> Vec<Event> {
        let (orders, now) = {
            let named =
                |order: &Order| (format!("{}/{}", order.mch_id(), order.out_trade_no()), cashier::describe(order));
            (app.state().orders.newest(None, ORDERS, named), app.clock.now())
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
        let clock = json!({ "now": seconds(now), "frozen": app.clock.is_frozen() });
        std::iter::once(event("clock", &clock)).chain(changed).collect()
    }
}

fn entries(app: &App, seen: &mut u64) -> Vec<Event> {
    let (missed, entries) = app.journal.after(*seen, ENTRIES, &app.registry);
    let gap = (missed > 0 && *seen > 0).then(|| event("gap", &json!({ "missed": missed })));
    let told = entries.iter().map(|(seq, entry)| {
        *seen = *seq;
        event("journal", entry).id(format!("{}-{seq}", app.journal.run()))
    });
    gap.into_iter().chain(told.collect::<Vec<_>>()).collect()
}

fn event(name: &str, data: &Value) -> Event {
    // JSON text holds no line break.
    Event::default().event(name).data(data.to_string())
}
