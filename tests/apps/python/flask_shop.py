"""A shop in Flask, for the tests. What it shipped is a line each in the file SHOP_SHIPPED."""

from __future__ import annotations

import os

from flask import Flask, abort, request

from wxpaykit import new_out_trade_no
from wxpaykit.flask import WxPayExtension

wxpay = WxPayExtension(amount_of=lambda payment: None if payment.out_trade_no.startswith("X") else 100)


@wxpay.notify("/wxpay/notify")
def ship(payment, idempotency_key):
    with open(os.environ["SHOP_SHIPPED"], "a", encoding="utf-8") as shipped:
        shipped.write(f"{payment.out_trade_no}\n")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.before_request
    def login():
        """All that could stand in the way of WeChat."""
        if request.endpoint != "buy":
            abort(403)

    wxpay.init_app(app)

    @app.get("/buy")
    def buy():
        number = new_out_trade_no("F")
        order = wxpay.pay.unifiedorder(
            body="tea",
            out_trade_no=number,
            total_fee=100,
            openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            spbill_create_ip="203.0.113.9",
            notify_url=request.args.get("notify_url"),
        )
        return {"out_trade_no": number, "prepay_id": order.prepay_id, "pid": os.getpid()}

    if os.environ.get("SHOP_USE_EARLY"):
        # A server that preloads has used the client before it forks.
        app.extensions["wxpay"].jssdk.access_token()
    return app


application = create_app()
