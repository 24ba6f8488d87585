"""The back end of a mini program that sells tea, in Flask: login, order, cashier, notification, refund, bill.

Settings come from the environment: WXPAY_* with the mini program's appid and secret, SHOP_URL, the address that WeChat
and the mini program reach, and SHOP_PASSWORD, with which staff refund and see the bill.
"""

import os
import secrets
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from flask import Flask, Response, abort, render_template, request, stream_template

from wxpaykit import (
    ConfirmedPayment,
    ConfirmedRefund,
    InvalidRequest,
    OAuthError,
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
app.config.update(MAX_CONTENT_LENGTH=64 * 1024, WXPAY={"notify_url": f"{SHOP_URL}/wxpay/notify"})
wxpay = WxPayExtension(app)


def db() -> sqlite3.Connection:
    """Sessions, and orders: `transaction_id` and `refund_id` are set when the payment and the refund are confirmed."""
    connection = sqlite3.connect(os.environ.get("SHOP_DB", "shop.db"), isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.executescript(
        "CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, openid TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS orders"
        " (out_trade_no TEXT PRIMARY KEY, openid TEXT NOT NULL, total_fee INTEGER NOT NULL, transaction_id TEXT,"
        " out_refund_no TEXT, refund_id TEXT);"
    )
    return connection


@app.post("/login")
def login():
    """Takes the code of wx.login. The openid stays here, and the mini program gets a token."""
    given = request.get_json()
    code = given.get("code") if isinstance(given, dict) else None
    if not isinstance(code, str) or not code:
        abort(400)
    try:
        customer = wxpay.pay.oauth.jscode2session(code)
    except OAuthError as error:
        if error.errcode in (40029, 40163):  # The code is invalid or was used: call wx.login again.
            abort(401)
        raise
    token = secrets.token_urlsafe(32)
    with closing(db()) as sessions:
        sessions.execute("INSERT INTO sessions (token, openid) VALUES (?, ?)", (token, customer.openid))
    return {"token": token}


def customer() -> str:
    """The openid of the customer who asks. A mini program has no cookies, so it sends its token in a header."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    with closing(db()) as sessions:
        row = sessions.execute("SELECT openid FROM sessions WHERE token = ?", (token,)).fetchone()
    return row["openid"] if row else abort(401)


@app.post("/orders")
def buy():
    """Orders tea. Returns the number of the order and the parameters of wx.requestPayment."""
    openid, out_trade_no = customer(), new_out_trade_no()
    with closing(db()) as orders:
        # Recorded before it is sent, so that the shop knows the number even if the reply is lost.
        orders.execute(
            "INSERT INTO orders (out_trade_no, openid, total_fee) VALUES (?, ?, ?)", (out_trade_no, openid, PRICE)
        )
    if API_V3:
        reply = wxpay.pay.v3.jsapi(
            description="龙井茶 50g", out_trade_no=out_trade_no, amount={"total": PRICE}, payer={"openid": openid}
        )
        return {"out_trade_no": out_trade_no, "payment": wxpay.pay.v3.miniprogram_params(reply.prepay_id)}
    reply = wxpay.pay.unifiedorder(
        body="龙井茶 50g",
        out_trade_no=out_trade_no,
        total_fee=PRICE,
        openid=openid,
        spbill_create_ip=request.remote_addr,
    )
    return {"out_trade_no": out_trade_no, "payment": wxpay.pay.miniprogram_params(reply.prepay_id)}


@app.get("/orders/<out_trade_no>")
def show(out_trade_no: str):
    """Whether an order of this customer is paid, and whether the money is back. Until a notification of the payment
    comes, asks WeChat; never trusts the page.
    """
    with closing(db()) as orders:
        order = orders.execute(
            "SELECT * FROM orders WHERE out_trade_no = ? AND openid = ?", (out_trade_no, customer())
        ).fetchone() or abort(404)
    if order["transaction_id"]:
        return {"paid": True, "refunded": order["refund_id"] is not None}
    payment = wxpay.pay.wait_for_payment(out_trade_no, total_fee=order["total_fee"], within=0, on_paid=deliver)
    return {"paid": payment is not None, "refunded": False}


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
    """Asks WeChat for the money back. Staff decide that, in a browser: a customer's token is not enough."""
    staff_only()
    with closing(db()) as orders:
        # The number is kept from the first attempt on: WeChat refunds it once, however often it is asked.
        rows = orders.execute(
            "UPDATE orders SET out_refund_no = coalesce(out_refund_no, ?)"
            " WHERE out_trade_no = ? AND transaction_id IS NOT NULL RETURNING out_refund_no, total_fee",
            (new_out_refund_no(), out_trade_no),
        ).fetchall()
    if not rows:
        abort(404, "there is no paid order of this number")
    [(out_refund_no, fee)] = rows
    numbers = {"out_trade_no": out_trade_no, "out_refund_no": out_refund_no}
    if API_V3:
        wxpay.pay.v3.refund(**numbers, amount={"total": fee, "refund": fee, "currency": "CNY"})
    else:
        wxpay.pay.refund(**numbers, total_fee=fee, refund_fee=fee)
    return {"out_refund_no": out_refund_no}


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
        orders.execute(
            "UPDATE orders SET transaction_id = ? WHERE out_trade_no = ? AND transaction_id IS NULL",
            (payment.transaction_id, payment.out_trade_no),
        )
    app.logger.info("order %s is paid: %s fen", payment.out_trade_no, payment.total_fee)


@app.errorhandler(WxPayError)
def unreachable(error: WxPayError):
    """The state is unknown, which is not paid: answer with an error, so that the mini program or WeChat tries again."""
    app.logger.error("%s: %s", request.path, error)
    return "微信支付暂时不可用，请稍后再试", 502


@app.get("/")
def page():
    """In development, a page that stands for the mini program: the emulator's script gives it `wx`."""
    endpoints = os.environ.get("WXPAY_ENDPOINTS", "")
    if not endpoints.startswith("http://"):
        abort(404)
    return render_template("page.html", script=f"{endpoints.rstrip('/')}/miniprogram.js", appid=wxpay.pay.appid)
