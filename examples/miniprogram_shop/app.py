"""The back end of a mini program that sells tea, in Flask: login, order, cashier, notification, confirmed.

Settings come from the environment: WXPAY_* with the mini program's appid and secret, and SHOP_URL, the address that
WeChat and the mini program reach.
"""

import os
import secrets
import sqlite3
from contextlib import closing

from flask import Flask, abort, render_template, request

from wxpaykit import ConfirmedPayment, OAuthError, WxPayError, new_out_trade_no
from wxpaykit.flask import WxPayExtension

SHOP_URL = os.environ["SHOP_URL"].rstrip("/")
PRICE = 100  # fen
# The shop's calls are of APIv2, or of APIv3 with SHOP_API=v3. Notifications of both are taken.
API_V3 = os.environ.get("SHOP_API") == "v3"

app = Flask(__name__)
app.config.update(MAX_CONTENT_LENGTH=64 * 1024, WXPAY={"notify_url": f"{SHOP_URL}/wxpay/notify"})
wxpay = WxPayExtension(app)


def db() -> sqlite3.Connection:
    """Sessions, and orders: `transaction_id` is set once, when the payment is confirmed."""
    connection = sqlite3.connect(os.environ.get("SHOP_DB", "shop.db"), isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.executescript(
        "CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, openid TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS orders"
        " (out_trade_no TEXT PRIMARY KEY, openid TEXT NOT NULL, total_fee INTEGER NOT NULL, transaction_id TEXT);"
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
    """Whether an order of this customer is paid. Until a notification comes, asks WeChat; never trusts the page."""
    with closing(db()) as orders:
        order = orders.execute(
            "SELECT * FROM orders WHERE out_trade_no = ? AND openid = ?", (out_trade_no, customer())
        ).fetchone() or abort(404)
    if order["transaction_id"]:
        return {"paid": True}
    payment = wxpay.pay.wait_for_payment(out_trade_no, total_fee=order["total_fee"], within=0, on_paid=deliver)
    return {"paid": payment is not None}


def recorded(payment: ConfirmedPayment) -> int | None:
    """The amount of the order; `None` when the shop has no such order."""
    with closing(db()) as orders:
        row = orders.execute("SELECT total_fee FROM orders WHERE out_trade_no = ?", (payment.out_trade_no,)).fetchone()
    return row and row["total_fee"]


@wxpay.notify("/wxpay/notify", amount_of=recorded)
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
