"""A tea shop inside WeChat, in Flask: OAuth, order, cashier, notification, confirmed, refund, bill.

Settings come from the environment: WXPAY_*, SHOP_URL, the address that customers reach, and SHOP_PASSWORD, with which
staff refund and see the bill.
"""

import os
import secrets
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request, session, stream_template, url_for

from wxpaykit import (
    ConfirmedPayment,
    ConfirmedRefund,
    InvalidRequest,
    WxPayError,
    new_out_refund_no,
    new_out_trade_no,
)
from wxpaykit.flask import WxPayExtension


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it: in small ASCII letters, without the usual port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    is_usual = parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{parts.port}")


SHOP_URL = os.environ["SHOP_URL"].rstrip("/")
ORIGIN = origin_of(SHOP_URL)
PRICE = 100  # fen
# The shop's calls are of APIv2, or of APIv3 with SHOP_API=v3. Notifications of both are taken.
API_V3 = os.environ.get("SHOP_API") == "v3"
BEIJING = timezone(timedelta(hours=8))

app = Flask(__name__)
app.secret_key = os.environ.get("SHOP_SECRET") or secrets.token_bytes(32)
app.config.update(
    MAX_CONTENT_LENGTH=64 * 1024,
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=SHOP_URL.startswith("https:"),
    WXPAY={"notify_url": f"{SHOP_URL}/wxpay/notify"},
)
wxpay = WxPayExtension(app)


def db() -> sqlite3.Connection:
    """The shop's orders; `transaction_id` and `refund_id` are set when the payment and the refund are confirmed."""
    connection = sqlite3.connect(os.environ.get("SHOP_DB", "shop.db"), isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute(
        "CREATE TABLE IF NOT EXISTS orders"
        " (out_trade_no TEXT PRIMARY KEY, total_fee INTEGER NOT NULL, created TEXT NOT NULL, prepay_id TEXT,"
        " transaction_id TEXT, out_refund_no TEXT, refund_created TEXT, refund_id TEXT)"
    )
    return connection


def find(out_trade_no: str) -> sqlite3.Row:
    with closing(db()) as orders:
        row = orders.execute("SELECT * FROM orders WHERE out_trade_no = ?", (out_trade_no,)).fetchone()
    return row or abort(404)


@app.get("/")
def product():
    return render_template("product.html", price=PRICE)


@app.get("/buy")
def buy():
    session["state"] = secrets.token_hex(16)
    return redirect(wxpay.pay.oauth.authorize_url(f"{SHOP_URL}/bought", state=session["state"]))


@app.get("/bought")
def bought():
    """WeChat redirects the customer to this page, with a code for their openid unless they refused."""
    state = session.pop("state", None)
    if state is None or request.args.get("state") != state:
        abort(400, "this visit did not begin here")
    code = request.args.get("code")
    if code is None:
        return redirect(url_for("product"))
    user = wxpay.pay.oauth.access_token(code)

    out_trade_no = new_out_trade_no()
    with closing(db()) as orders:
        # Recorded before it is sent, so that the shop knows the number even if the reply is lost.
        orders.execute(
            "INSERT INTO orders (out_trade_no, total_fee, created) VALUES (?, ?, ?)",
            (out_trade_no, PRICE, datetime.now(timezone.utc).isoformat()),
        )
        if API_V3:
            reply = wxpay.pay.v3.jsapi(
                description="龙井茶 50g",
                out_trade_no=out_trade_no,
                amount={"total": PRICE},
                payer={"openid": user.openid},
            )
        else:
            reply = wxpay.pay.unifiedorder(
                body="龙井茶 50g",
                out_trade_no=out_trade_no,
                total_fee=PRICE,
                openid=user.openid,
                spbill_create_ip=request.remote_addr,
            )
        orders.execute("UPDATE orders SET prepay_id = ? WHERE out_trade_no = ?", (reply.prepay_id, out_trade_no))
    return redirect(url_for("show", out_trade_no=out_trade_no))


@app.get("/orders/<out_trade_no>")
def show(out_trade_no: str):
    """The order with its cashier. Anyone who has the number may see it; its 15 random characters cannot be guessed."""
    order = find(out_trade_no)
    if order["transaction_id"] or not order["prepay_id"]:
        return render_template("order.html", order=order)
    cashier = wxpay.pay.v3 if API_V3 else wxpay.pay
    page = {
        "jsapi": cashier.jsapi_params(order["prepay_id"]),
        "chooseWXPay": cashier.choose_wxpay_params(order["prepay_id"]),
        # Sign the URL that the customer's browser shows, with its query.
        "config": wxpay.pay.jssdk.config(SHOP_URL + request.full_path.rstrip("?"), js_api_list=["chooseWXPay"]),
        "status": url_for("status", out_trade_no=out_trade_no),
    }
    return render_template("order.html", order=order, page=page, bridge=emulator_bridge())


@app.get("/orders/<out_trade_no>/status")
def status(out_trade_no: str):
    """Whether the order is paid. Until a notification comes, asks WeChat; never trusts the browser."""
    order = find(out_trade_no)
    if order["transaction_id"]:
        return {"paid": True}
    payment = wxpay.pay.wait_for_payment(out_trade_no, total_fee=order["total_fee"], within=0, on_paid=deliver)
    return {"paid": payment is not None}


def is_foreign() -> bool:
    """Whether the page of another site has sent this form, for which the browser adds the password that it keeps.

    Browsers say where a form comes from: those of today in both headers, older ones in `Origin`, as do all where the
    shop's address is without TLS. Neither is there when a program asks, which has the password itself.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return request.method == "POST" and (site not in (None, "same-origin") or origin not in (None, ORIGIN))


def staff_only() -> None:
    """Refuses everybody who does not know SHOP_PASSWORD; everybody, where it is not set."""
    if is_foreign():
        abort(403, "a page of another site has sent this")
    password, given = os.environ.get("SHOP_PASSWORD", ""), request.authorization
    known = secrets.compare_digest(((given and given.password) or "").encode(), password.encode())
    if not (password and known):
        abort(Response("for staff", 401, {"WWW-Authenticate": 'Basic realm="staff"'}))


@app.post("/orders/<out_trade_no>/refund")
def refund(out_trade_no: str):
    """Asks WeChat for the money back. Staff decide that."""
    staff_only()
    with closing(db()) as orders:
        # The number is kept from the first attempt on: WeChat refunds it once, however often it is asked.
        rows = orders.execute(
            "UPDATE orders SET out_refund_no = coalesce(out_refund_no, ?), refund_created = coalesce(refund_created, ?)"
            " WHERE out_trade_no = ? AND transaction_id IS NOT NULL RETURNING out_refund_no, total_fee",
            (new_out_refund_no(), datetime.now(timezone.utc).isoformat(), out_trade_no),
        ).fetchall()
    if not rows:
        abort(404, "there is no paid order of this number")
    [(out_refund_no, fee)] = rows
    numbers = {"out_trade_no": out_trade_no, "out_refund_no": out_refund_no}
    if API_V3:
        wxpay.pay.v3.refund(**numbers, amount={"total": fee, "refund": fee, "currency": "CNY"})
    else:
        wxpay.pay.refund(**numbers, total_fee=fee, refund_fee=fee)
    return redirect(url_for("show", out_trade_no=out_trade_no), 303)


@app.get("/bill")
def bill():
    """WeChat's bill of a day, by default yesterday's, for staff. It is there from about 10:00 of the next day on."""
    staff_only()
    day = request.args.get("day") or (datetime.now(BEIJING) - timedelta(days=1)).date().isoformat()
    try:
        rows = wxpay.pay.v3.tradebill(bill_date=day) if API_V3 else wxpay.pay.downloadbill(bill_date=day)
    except WxPayError as error:
        if error.code not in ("no_bill", "bill_not_ready") and not isinstance(error, InvalidRequest):
            raise
        return render_template("bill.html", day=day, why=error)
    return stream_template("bill.html", day=day, rows=rows)


def recorded(payment: ConfirmedPayment) -> int | None:
    """The amount of the order; `None` when the shop has no such order."""
    with closing(db()) as orders:
        row = orders.execute("SELECT total_fee FROM orders WHERE out_trade_no = ?", (payment.out_trade_no,)).fetchone()
    return row and row["total_fee"]


def refunded(refund: ConfirmedRefund, idempotency_key: str) -> None:
    """The customer has the money back: WeChat has confirmed the refund."""
    with closing(db()) as orders:
        orders.execute(
            "UPDATE orders SET refund_id = ? WHERE out_refund_no = ?", (refund.refund_id, refund.out_refund_no)
        )
    app.logger.info("order %s is refunded: %s fen", refund.out_trade_no, refund.refund_fee)


@wxpay.notify("/wxpay/notify", amount_of=recorded, on_refunded=refunded)
def deliver(payment: ConfirmedPayment, idempotency_key: str) -> None:
    """Hands the tea over. WeChat has confirmed the payment, and the amount equals the recorded one."""
    with closing(db()) as orders:
        # If the shop is killed here, this function runs again. The row is changed only once.
        first = orders.execute(
            "UPDATE orders SET transaction_id = ? WHERE out_trade_no = ? AND transaction_id IS NULL",
            (payment.transaction_id, payment.out_trade_no),
        ).rowcount
    if first:
        app.logger.info("order %s is paid: %s fen", payment.out_trade_no, payment.total_fee)


@app.cli.command()
def reconcile() -> None:
    """Queries orders and refunds whose notification never came. Run it every minute by cron."""
    with closing(db()) as orders:
        rows = orders.execute("SELECT out_trade_no, total_fee, created FROM orders WHERE transaction_id IS NULL")
        pending = [(number, fee, datetime.fromisoformat(created)) for number, fee, created in rows]
        rows = orders.execute(
            "SELECT out_refund_no, total_fee, refund_created FROM orders"
            " WHERE out_refund_no IS NOT NULL AND refund_id IS NULL"
        )
        refunds = [(number, fee, datetime.fromisoformat(created)) for number, fee, created in rows]
    results = [
        *wxpay.pay.notify.reconcile(pending, on_paid=deliver),
        *wxpay.pay.notify.reconcile_refunds(refunds, on_refunded=refunded),
    ]
    failed = [result for result in results if result.error is not None]
    for result in failed:
        app.logger.error("%s", result.error)
    if failed:  # The next call queries them again.
        raise SystemExit(1)


@app.errorhandler(WxPayError)
def unreachable(error: WxPayError):
    """The state is unknown, which is not paid: answer with an error, so that the page or WeChat tries again."""
    app.logger.error("%s: %s", request.path, error)
    return "微信支付暂时不可用，请稍后再试", 502


def emulator_bridge() -> str | None:
    """In development, the emulator stands in for the customer's WeChat. In production the WeChat app brings its own."""
    endpoints = os.environ.get("WXPAY_ENDPOINTS", "")
    return f"{endpoints.rstrip('/')}/bridge.js" if endpoints.startswith("http://") else None
