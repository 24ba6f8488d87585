"""A shop in aiohttp, for the tests. What it shipped is a line each in the file SHOP_SHIPPED."""

from __future__ import annotations

import asyncio
import os

from aiohttp import web

from wxpaykit import AsyncWxPay, new_out_trade_no
from wxpaykit.aiohttp import PAY, WxPayRoutes

pay = AsyncWxPay.from_env()


def amount_of(payment):
    return None if payment.out_trade_no.startswith("X") else 100


def ship(payment, idempotency_key):
    with open(os.environ["SHOP_SHIPPED"], "a", encoding="utf-8") as shipped:
        shipped.write(f"{payment.out_trade_no}\n")


async def buy(request: web.Request) -> web.Response:
    number = new_out_trade_no("H")
    order = await request.app[PAY].unifiedorder(
        body="tea",
        out_trade_no=number,
        total_fee=100,
        openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        spbill_create_ip="203.0.113.9",
        notify_url=request.query.get("notify_url"),
    )
    return web.json_response({"out_trade_no": number, "prepay_id": order.prepay_id, "pid": os.getpid()})


application = web.Application()
application.router.add_get("/buy", buy)
WxPayRoutes(pay, path="/wxpay/notify", amount_of=amount_of, on_paid=ship).setup(application)

if os.environ.get("SHOP_USE_EARLY"):
    # A server that preloads has used the client before it forks.
    asyncio.run(pay.jssdk.access_token())
