"""A shop in FastAPI, for the tests. What it shipped is a line each in the file SHOP_SHIPPED."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

from fastapi import Depends, FastAPI

from wxpaykit import AsyncWxPay, new_out_trade_no
from wxpaykit.fastapi import WxPayRouter

app = FastAPI()
pay = AsyncWxPay.from_env()


def amount_of(payment):
    return None if payment.out_trade_no.startswith("X") else 100


def ship(payment, idempotency_key):
    with open(os.environ["SHOP_SHIPPED"], "a", encoding="utf-8") as shipped:
        shipped.write(f"{payment.out_trade_no}\n")


wxpay = WxPayRouter(pay, path="/wxpay/notify", amount_of=amount_of, on_paid=ship)
app.include_router(wxpay)


@app.get("/buy")
async def buy(pay: Annotated[AsyncWxPay, Depends(wxpay.client)], notify_url: str | None = None):
    number = new_out_trade_no("A")
    order = await pay.unifiedorder(
        body="tea",
        out_trade_no=number,
        total_fee=100,
        openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        spbill_create_ip="203.0.113.9",
        notify_url=notify_url,
    )
    return {"out_trade_no": number, "prepay_id": order.prepay_id, "pid": os.getpid()}


application = app

if os.environ.get("SHOP_USE_EARLY"):
    # A server that preloads has used the client before it forks.
    asyncio.run(pay.jssdk.access_token())
