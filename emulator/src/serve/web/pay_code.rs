//! The phone of a customer at a till: it shows the payment code, and asks the customer to confirm payments.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::page::{NOBODY, fill, filled_page, forbidden, language, message, translated};
use crate::app::App;
use crate::serve::person;
use crate::serve::{gateway, origin};
use crate::wechat::micropay;
use crate::world::clock::seconds;
use crate::world::order::{Order, TradeState};
use crate::world::people::Person;

/// `GET /_wechat/code`.
pub(super) async fn page(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let me = person::of_cookie(&app.registry, &headers).unwrap_or_else(Person::demo);
    let mut state = app.state();
    let (code, left) = state.pay_codes.show(&me.key, app.clock.now(), || app.ids.pay_code());
    let mine = |order: &&Order| order.confirming.as_ref().is_some_and(|confirming| confirming.person == me.key);
    let waiting = state.orders.iter().map(|(_, order)| order).filter(|order| order.state == TradeState::UserPaying);
    let rows: String = waiting
        .filter(mine)
        .map(|order| {
            let merchant = app.registry.by_mch(order.mch_id()).map_or("", |merchant| merchant.name.as_str());
            let fee = order.total_fee();
            let yuan = format!("{}.{:02}", fee / 100, fee % 100);
            let values = [
                ("out_trade_no", order.out_trade_no()),
                ("mch_id", order.mch_id()),
                ("merchant", merchant),
                ("body", order.field("body")),
                ("yuan", &yuan),
            ];
            fill(&translated(ROW, language(&headers)), &values)
        })
        .collect();
    drop(state);
    let text = translated(include_str!("../../../web/code.html"), language(&headers)).replace("{{waiting}}", &rows);
    let (left, digits) = (seconds(left.max(1000)).to_string(), spaced(&code));
    let values = [("nickname", me.nickname.as_ref()), ("code", &code), ("digits", &digits), ("left", &left)];
    filled_page(&text, &values, NOBODY)
}

const ROW: &str = "<form method=\"post\" action=\"/_wechat/code\"><p data-testid=\"waiting\">{{merchant}}: {{body}}, \
                   <strong>¥{{yuan}}</strong></p><input type=\"hidden\" name=\"out_trade_no\" value=\"{{out_trade_no}}\">\
                   <input type=\"hidden\" name=\"mch_id\" value=\"{{mch_id}}\"><p><button class=\"button\" name=\"result\" \
                   value=\"ok\" data-testid=\"confirm\">[[输入密码并支付|Enter the password and pay]]</button></p><p><button \
                   class=\"button plain\" name=\"result\" value=\"cancel\" data-testid=\"cancel\">[[取消|Cancel]]</button></p></form>";

/// `POST /_wechat/code`: the customer confirms a payment, or does not.
pub(super) async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let headers = request.headers().clone();
    if let Err(why) = origin::allowed(&app, &headers) {
        return forbidden(&headers, why);
    }
    let me = person::of_cookie(&app.registry, &headers).unwrap_or_else(Person::demo);
    let body = gateway::body(request).await.unwrap_or_default();
    let get = |wanted: &str| {
        form_urlencoded::parse(&body).find(|(name, _)| name == wanted).map(|(_, value)| value).unwrap_or_default()
    };
    let answered = {
        let mut state = app.state();
        let id = state.orders.by_number(&get("mch_id"), &get("out_trade_no"));
        let mine = id.filter(|id| {
            let confirming = state.orders.get(*id).and_then(|order| order.confirming.as_ref());
            confirming.is_some_and(|confirming| confirming.person == me.key)
        });
        mine.map_or(Err("the order waits for no confirmation of this person"), |id| {
            micropay::answer(&app, &mut state, id, get("result") == "ok")
        })
    };
    app.live.changed();
    match answered {
        Ok(()) => (StatusCode::SEE_OTHER, [(header::LOCATION, "/_wechat/code")]).into_response(),
        Err(why) => {
            let page = message(&headers, "[[没有待确认的付款|Nothing to confirm]]", why, Some("/_wechat/code"));
            (StatusCode::CONFLICT, page).into_response()
        }
    }
}

/// In groups, as phones show it.
fn spaced(code: &str) -> String {
    let ends = |n: usize| n.is_multiple_of(4) && n > 0;
    code.chars().enumerate().flat_map(|(n, digit)| ends(n).then_some(' ').into_iter().chain([digit])).collect()
}
