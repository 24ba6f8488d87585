"""A shop in FastAPI that names no store."""

import os
from pathlib import Path

from fastapi import FastAPI

from wxpaykit import AsyncWxPay
from wxpaykit.fastapi import WxPayRouter


async def amount_of(payment):
    return 100


def paid(payment, idempotency_key):
    with Path(os.environ["SHOP_SHIPPED"]).open("a") as shipped:
        shipped.write(f"{payment.out_trade_no}\n")


application = FastAPI()
application.include_router(WxPayRouter(AsyncWxPay.from_env(), path="/wxpay/notify", amount_of=amount_of, on_paid=paid))
