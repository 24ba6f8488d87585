"""A tea shop inside WeChat, in Flask: OAuth, order, cashier, notification, confirmed.

Settings come from the environment: WXPAY_* (see the README) and SHOP_URL, the address that customers reach.
"""

import os
import secrets
import sqlite3
from contextlib import closing

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, session

from wxpaykit import ConfirmedPayment, PaymentMismatch, SignatureError, WxPay, ack, new_out_trade_no

SHOP_URL = os.environ["SHOP_URL"].rstrip("/")
PRICE = 100  # fen

app = Flask(__name__)
app.secret_key = os.environ.get("SHOP_SECRET") or secrets.token_bytes(32)
pay = WxPay.from_env(notify_url=f"{SHOP_URL}/wxpay/notify")


def db() -> sqlite3.Connection:
    """The shop's orders; `transaction_id` is set once, when the payment is confirmed."""
    connection = sqlite3.connect(os.environ.get("SHOP_DB", "shop.db"), isolation_level=None)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS orders"
        " (out_trade_no TEXT PRIMARY KEY, total_fee INTEGER NOT NULL, transaction_id TEXT)"
    )
    return connection


@app.get("/")
def product():
    return render_template("product.html", price=PRICE)


@app.get("/buy")
def buy():
    """Comes twice: first to be sent to WeChat, then from there with a code for the customer's openid."""
    code = request.args.get("code")
    if code is None:
        session["state"] = secrets.token_hex(16)
        return redirect(pay.oauth.authorize_url(f"{SHOP_URL}/buy", state=session["state"]))
    if request.args.get("state") != session.pop("state", None):
        abort(400, "this visit did not begin here")
    user = pay.oauth.access_token(code)

    out_trade_no = new_out_trade_no()
    with closing(db()) as orders:
        orders.execute("INSERT INTO orders (out_trade_no, total_fee) VALUES (?, ?)", (out_trade_no, PRICE))
    order = pay.unifiedorder(
        body="龙井茶 50g",
        out_trade_no=out_trade_no,
        total_fee=PRICE,
        openid=user.openid,
        spbill_create_ip=request.remote_addr,
    )
    return render_template("cashier.html", out_trade_no=out_trade_no, params=pay.jsapi_params(order.prepay_id))


@app.post("/wxpay/notify")
def notify():
    """WeChat says that an order is paid. Verified, asked of WeChat, compared with our record: only then is it money."""
    try:
        deliver(pay.notify.confirm(request.get_data()))
    except (SignatureError, PaymentMismatch) as error:
        app.logger.warning("refused a notification: %s", error)
        return wxpay_answer(ack(False, "FAIL"))
    return wxpay_answer(ack())


@app.get("/orders/<out_trade_no>")
def status(out_trade_no: str):
    """What the page asks when the cashier closes: never the browser's word, nor the notification's alone."""
    with closing(db()) as orders:
        row = orders.execute("SELECT transaction_id FROM orders WHERE out_trade_no = ?", (out_trade_no,)).fetchone()
    if row is None:
        abort(404)
    return jsonify(paid=row[0] is not None, transaction_id=row[0])


def deliver(paid: ConfirmedPayment) -> None:
    """Hands the tea over, once, whatever WeChat repeats."""
    with closing(db()) as orders:
        row = orders.execute("SELECT total_fee FROM orders WHERE out_trade_no = ?", (paid.out_trade_no,)).fetchone()
        if row is None or row[0] != paid.total_fee:
            raise PaymentMismatch(
                "the payment is not for the amount that was ordered",
                code="total_fee_mismatch",
                field="total_fee",
                expected=str(row and row[0]),
                actual=str(paid.total_fee),
            )
        first = orders.execute(
            "UPDATE orders SET transaction_id = ? WHERE out_trade_no = ? AND transaction_id IS NULL",
            (paid.transaction_id, paid.out_trade_no),
        ).rowcount
    if first:
        app.logger.info("order %s is paid: %s fen", paid.out_trade_no, paid.total_fee)


def wxpay_answer(body: str) -> Response:
    return Response(body, content_type="text/xml; charset=utf-8")
