"""A tea shop inside WeChat, in Flask: OAuth, order, cashier, notification, confirmed.

Settings come from the environment: WXPAY_* and SHOP_URL, the address that customers reach.
"""

import os
import secrets
import sqlite3
from contextlib import closing

from flask import Flask, Response, abort, redirect, render_template, request, session, url_for

from wxpaykit import (
    ConfirmedPayment,
    OrderqueryReply,
    PaymentMismatch,
    SignatureError,
    WxPay,
    WxPayError,
    ack,
    new_out_trade_no,
)

SHOP_URL = os.environ["SHOP_URL"].rstrip("/")
PRICE = 100  # fen

app = Flask(__name__)
app.secret_key = os.environ.get("SHOP_SECRET") or secrets.token_bytes(32)
app.config.update(
    MAX_CONTENT_LENGTH=64 * 1024,
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=SHOP_URL.startswith("https:"),
)
pay = WxPay.from_env(notify_url=f"{SHOP_URL}/wxpay/notify")


def db() -> sqlite3.Connection:
    """The shop's orders; `transaction_id` is set once, when the payment is confirmed."""
    connection = sqlite3.connect(os.environ.get("SHOP_DB", "shop.db"), isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute(
        "CREATE TABLE IF NOT EXISTS orders"
        " (out_trade_no TEXT PRIMARY KEY, total_fee INTEGER NOT NULL, prepay_id TEXT, transaction_id TEXT)"
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
    return redirect(pay.oauth.authorize_url(f"{SHOP_URL}/bought", state=session["state"]))


@app.get("/bought")
def bought():
    """WeChat sends the customer back here, with a code for their openid unless they refused."""
    state = session.pop("state", None)
    if state is None or request.args.get("state") != state:
        abort(400, "this visit did not begin here")
    code = request.args.get("code")
    if code is None:
        return redirect(url_for("product"))
    user = pay.oauth.access_token(code)

    out_trade_no = new_out_trade_no()
    with closing(db()) as orders:
        # Recorded before it is sent: whatever becomes of the reply, the number is known.
        orders.execute("INSERT INTO orders (out_trade_no, total_fee) VALUES (?, ?)", (out_trade_no, PRICE))
        reply = pay.unifiedorder(
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
    """The order with its cashier. Whoever has the number may see it: nobody guesses 15 random characters."""
    order = find(out_trade_no)
    if order["transaction_id"] or not order["prepay_id"]:
        return render_template("order.html", order=order)
    page = {
        "jsapi": pay.jsapi_params(order["prepay_id"]),
        "chooseWXPay": pay.choose_wxpay_params(order["prepay_id"]),
        # What is signed is the address that the customer sees, with its query.
        "config": pay.jssdk.config(SHOP_URL + request.full_path.rstrip("?"), js_api_list=["chooseWXPay"]),
        "status": url_for("status", out_trade_no=out_trade_no),
    }
    return render_template("order.html", order=order, page=page, bridge=emulator_bridge())


@app.get("/orders/<out_trade_no>/status")
def status(out_trade_no: str):
    """Whether the order is paid. While no notification has come, WeChat is asked; never the browser."""
    order = find(out_trade_no)
    if order["transaction_id"] is None:
        reply = pay.orderquery(out_trade_no=out_trade_no)
        if reply.trade_state != "SUCCESS":
            return {"paid": False}
        deliver(reply)
    return {"paid": True}


@app.post("/wxpay/notify")
def notify():
    """WeChat says that an order is paid. Verified, asked of WeChat, compared with our record: only then is it money."""
    try:
        deliver(pay.notify.confirm(request.get_data()))
    except (SignatureError, PaymentMismatch) as error:
        app.logger.warning("refused a notification: %s", error)
        return wxpay_answer(ack(False, "FAIL"))
    return wxpay_answer(ack())


def deliver(paid: ConfirmedPayment | OrderqueryReply) -> None:
    """Hands the tea over, once, whatever WeChat repeats. What it takes came from orderquery."""
    order = find(paid.out_trade_no)
    if order["total_fee"] != paid.total_fee:
        raise PaymentMismatch(
            "the payment is not for the amount that was ordered",
            code="total_fee_mismatch",
            field="total_fee",
            expected=str(order["total_fee"]),
            actual=str(paid.total_fee),
        )
    with closing(db()) as orders:
        first = orders.execute(
            "UPDATE orders SET transaction_id = ? WHERE out_trade_no = ? AND transaction_id IS NULL",
            (paid.transaction_id, paid.out_trade_no),
        ).rowcount
    if first:
        app.logger.info("order %s is paid: %s fen", paid.out_trade_no, paid.total_fee)


@app.errorhandler(WxPayError)
def unreachable(error: WxPayError):
    """Not known is not paid: say so, and let the page or WeChat come again."""
    app.logger.error("%s: %s", request.path, error)
    return "微信支付暂时不可用，请稍后再试", 502


def wxpay_answer(body: str) -> Response:
    return Response(body, content_type="text/xml; charset=utf-8")


def emulator_bridge() -> str | None:
    """In development, the emulator stands in for the customer's WeChat. In production the WeChat app brings its own."""
    endpoints = os.environ.get("WXPAY_ENDPOINTS", "")
    return f"{endpoints.rstrip('/')}/bridge.js" if endpoints.startswith("http://") else None
