"""A shop in Flask that names no store."""

import os
from pathlib import Path

from flask import Flask

from wxpaykit.flask import WxPayExtension

wxpay = WxPayExtension(amount_of=lambda payment: 100)


@wxpay.notify("/wxpay/notify")
def paid(payment, idempotency_key):
    with Path(os.environ["SHOP_SHIPPED"]).open("a") as shipped:
        shipped.write(f"{payment.out_trade_no}\n")


application = Flask(__name__)
wxpay.init_app(application)
