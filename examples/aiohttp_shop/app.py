"""A tea shop inside WeChat, in aiohttp: OAuth, order, cashier, notification, confirmed, refund, bill.

Settings come from the environment: WXPAY_*, SHOP_URL, the address that customers reach, and SHOP_PASSWORD, with which
staff refund and see the bill.
"""

import asyncio
import logging
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import BasicAuth, web
from jinja2 import Environment, FileSystemLoader

from wxpaykit import (
    AsyncWxPay,
    ConfirmedPayment,
    ConfirmedRefund,
    InvalidRequest,
    WxPayError,
    new_out_refund_no,
    new_out_trade_no,
)
from wxpaykit.aiohttp import PAY, WxPayRoutes


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
HERE = Path(__file__).parent

log = logging.getLogger("shop")
pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
streamed = pages.overlay(enable_async=True)
routes = web.RouteTableDef()
routes.static("/static", HERE / "static")


async def sql(statement: str, *values: object) -> list[sqlite3.Row]:
    """The shop's orders. SQLite blocks on the disk, so it runs in a thread."""

    def ask() -> list[sqlite3.Row]:
        with closing(sqlite3.connect(os.environ.get("SHOP_DB", "shop.db"), isolation_level=None)) as orders:
            orders.row_factory = sqlite3.Row
            return orders.execute(statement, values).fetchall()

    return await asyncio.to_thread(ask)


async def recorded(payment: ConfirmedPayment) -> int | None:
    """The amount of the order; `None` when the shop has no such order."""
    rows = await sql("SELECT total_fee FROM orders WHERE out_trade_no = ?", payment.out_trade_no)
    return rows[0]["total_fee"] if rows else None


async def deliver(payment: ConfirmedPayment, idempotency_key: str) -> None:
    """Hands the tea over. WeChat has confirmed the payment, and the amount equals the recorded one."""
    # If the shop is killed here, this function runs again. The row is changed only once.
    if await sql(
        "UPDATE orders SET transaction_id = ? WHERE out_trade_no = ? AND transaction_id IS NULL RETURNING 1",
        payment.transaction_id,
        payment.out_trade_no,
    ):
        log.info("order %s is paid: %s fen", payment.out_trade_no, payment.total_fee)


async def refunded(refund: ConfirmedRefund, idempotency_key: str) -> None:
    """The customer has the money back: WeChat has confirmed the refund."""
    await sql("UPDATE orders SET refund_id = ? WHERE out_refund_no = ?", refund.refund_id, refund.out_refund_no)
    log.info("order %s is refunded: %s fen", refund.out_trade_no, refund.refund_fee)


def make_app() -> web.Application:
    app = web.Application(middlewares=[unreachable])
    wxpay = WxPayRoutes(
        AsyncWxPay.from_env(notify_url=f"{SHOP_URL}/wxpay/notify"),
        path="/wxpay/notify",
        amount_of=recorded,
        on_paid=deliver,
        on_refunded=refunded,
    )
    wxpay.setup(app)
    app.cleanup_ctx.append(shop)
    app.add_routes(routes)
    return app


async def shop(app: web.Application) -> AsyncIterator[None]:
    await sql(
        "CREATE TABLE IF NOT EXISTS orders (out_trade_no TEXT PRIMARY KEY, total_fee INTEGER NOT NULL,"
        " created TEXT NOT NULL, prepay_id TEXT, transaction_id TEXT,"
        " out_refund_no TEXT, refund_created TEXT, refund_id TEXT)"
    )
    reconciling = asyncio.create_task(reconcile(app[PAY]))
    yield
    reconciling.cancel()
    await asyncio.wait([reconciling])


async def reconcile(pay: AsyncWxPay) -> None:
    """Every minute, queries orders and refunds whose notification never came."""
    while True:
        try:
            rows = await sql("SELECT out_trade_no, total_fee, created FROM orders WHERE transaction_id IS NULL")
            pending = [(number, fee, datetime.fromisoformat(created)) for number, fee, created in rows]
            results = await pay.notify.reconcile(pending, on_paid=deliver)
            rows = await sql(
                "SELECT out_refund_no, total_fee, refund_created FROM orders"
                " WHERE out_refund_no IS NOT NULL AND refund_id IS NULL"
            )
            refunds = [(number, fee, datetime.fromisoformat(created)) for number, fee, created in rows]
            results += await pay.notify.reconcile_refunds(refunds, on_refunded=refunded)
            for result in results:
                if result.error is not None:  # The next round queries it again.
                    log.error("%s", result.error)
        except Exception:
            log.exception("open orders and refunds were not all asked for")
        await asyncio.sleep(60)


def page(name: str, **values: object) -> web.Response:
    return web.Response(text=pages.get_template(name).render(values), content_type="text/html")


@routes.get("/")
async def product(request: web.Request) -> web.Response:
    return page("product.html", price=PRICE)


@routes.get("/buy")
async def buy(request: web.Request) -> web.Response:
    state = secrets.token_hex(16)
    answer = web.HTTPFound(request.app[PAY].oauth.authorize_url(f"{SHOP_URL}/bought", state=state))
    answer.set_cookie("state", state, httponly=True, samesite="Lax", secure=SHOP_URL.startswith("https:"))
    raise answer


@routes.get("/bought")
async def bought(request: web.Request) -> web.Response:
    """WeChat redirects the customer to this page, with a code for their openid unless they refused."""
    began = request.cookies.get("state")
    if not began or request.query.getall("state", []) != [began]:
        raise web.HTTPBadRequest(text="this visit did not begin here")
    location = "/"
    if code := request.query.get("code"):
        location = f"/orders/{await order_tea(request, code)}"
    answer = web.HTTPFound(location)
    answer.del_cookie("state")
    raise answer


async def order_tea(request: web.Request, code: str) -> str:
    pay = request.app[PAY]
    user = await pay.oauth.access_token(code)
    out_trade_no = new_out_trade_no()
    # Recorded before it is sent, so that the shop knows the number even if the reply is lost.
    await sql(
        "INSERT INTO orders (out_trade_no, total_fee, created) VALUES (?, ?, ?)",
        out_trade_no,
        PRICE,
        datetime.now(timezone.utc).isoformat(),
    )
    if API_V3:
        reply = await pay.v3.jsapi(
            description="龙井茶 50g",
            out_trade_no=out_trade_no,
            amount={"total": PRICE},
            payer={"openid": user.openid},
        )
    else:
        reply = await pay.unifiedorder(
            body="龙井茶 50g",
            out_trade_no=out_trade_no,
            total_fee=PRICE,
            openid=user.openid,
            spbill_create_ip=request.remote,
        )
    await sql("UPDATE orders SET prepay_id = ? WHERE out_trade_no = ?", reply.prepay_id, out_trade_no)
    return out_trade_no


async def find(request: web.Request) -> sqlite3.Row:
    rows = await sql("SELECT * FROM orders WHERE out_trade_no = ?", request.match_info["out_trade_no"])
    if not rows:
        raise web.HTTPNotFound
    return rows[0]


@routes.get("/orders/{out_trade_no}")
async def show(request: web.Request) -> web.Response:
    """The order with its cashier. Anyone who has the number may see it; its 15 random characters cannot be guessed."""
    order, pay = await find(request), request.app[PAY]
    if order["transaction_id"] or not order["prepay_id"]:
        return page("order.html", order=order)
    params = {
        **await cashier(pay, order["prepay_id"]),
        # Sign the URL that the customer's browser shows, with its query.
        "config": await pay.jssdk.config(f"{SHOP_URL}{request.raw_path}", js_api_list=["chooseWXPay"]),
        "status": f"{request.path}/status",
    }
    return page("order.html", order=order, page=params, bridge=emulator_bridge())


async def cashier(pay: AsyncWxPay, prepay_id: str) -> dict[str, object]:
    """What opens the cashier of an order, by either way."""
    if API_V3:
        jsapi = await pay.v3.jsapi_params(prepay_id)
        return {"jsapi": jsapi, "chooseWXPay": await pay.v3.choose_wxpay_params(prepay_id)}
    return {"jsapi": pay.jsapi_params(prepay_id), "chooseWXPay": pay.choose_wxpay_params(prepay_id)}


@routes.get("/orders/{out_trade_no}/status")
async def status(request: web.Request) -> web.Response:
    """Whether the order is paid. Until a notification comes, asks WeChat; never trusts the browser."""
    order = await find(request)
    if order["transaction_id"]:
        return web.json_response({"paid": True})
    payment = await request.app[PAY].wait_for_payment(
        order["out_trade_no"], total_fee=order["total_fee"], within=0, on_paid=deliver
    )
    return web.json_response({"paid": payment is not None})


def is_foreign(request: web.Request) -> bool:
    """Whether the page of another site has sent this form, for which the browser adds the password that it keeps.

    Browsers say where a form comes from: those of today in both headers, older ones in `Origin`, as do all where the
    shop's address is without TLS. Neither is there when a program asks, which has the password itself.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return request.method == "POST" and (site not in (None, "same-origin") or origin not in (None, ORIGIN))


def staff_only(request: web.Request) -> None:
    """Refuses everybody who does not know SHOP_PASSWORD; everybody, where it is not set."""
    if is_foreign(request):
        raise web.HTTPForbidden(text="a page of another site has sent this")
    password, given = os.environ.get("SHOP_PASSWORD", ""), ""
    with suppress(KeyError, ValueError):
        given = BasicAuth.decode(request.headers["Authorization"], "utf-8").password
    known = secrets.compare_digest(given.encode(), password.encode())
    if not (password and known):
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="staff"'}, text="for staff")


@routes.post("/orders/{out_trade_no}/refund")
async def refund(request: web.Request) -> web.Response:
    """Asks WeChat for the money back. Staff decide that."""
    staff_only(request)
    out_trade_no = request.match_info["out_trade_no"]
    # The number is kept from the first attempt on: WeChat refunds it once, however often it is asked.
    rows = await sql(
        "UPDATE orders SET out_refund_no = coalesce(out_refund_no, ?), refund_created = coalesce(refund_created, ?)"
        " WHERE out_trade_no = ? AND transaction_id IS NOT NULL RETURNING out_refund_no, total_fee",
        new_out_refund_no(),
        datetime.now(timezone.utc).isoformat(),
        out_trade_no,
    )
    if not rows:
        raise web.HTTPNotFound(text="there is no paid order of this number")
    [(out_refund_no, fee)] = rows
    pay, numbers = request.app[PAY], {"out_trade_no": out_trade_no, "out_refund_no": out_refund_no}
    if API_V3:
        await pay.v3.refund(**numbers, amount={"total": fee, "refund": fee, "currency": "CNY"})
    else:
        await pay.refund(**numbers, total_fee=fee, refund_fee=fee)
    raise web.HTTPSeeOther(f"/orders/{out_trade_no}")


@routes.get("/bill")
async def bill(request: web.Request) -> web.StreamResponse:
    """WeChat's bill of a day, by default yesterday's, for staff. It is there from about 10:00 of the next day on."""
    staff_only(request)
    pay = request.app[PAY]
    day = request.query.get("day") or (datetime.now(BEIJING) - timedelta(days=1)).date().isoformat()
    try:
        rows = await (pay.v3.tradebill(bill_date=day) if API_V3 else pay.downloadbill(bill_date=day))
    except WxPayError as error:
        if error.code not in ("no_bill", "bill_not_ready") and not isinstance(error, InvalidRequest):
            raise
        return page("bill.html", day=day, why=error)
    answer = web.StreamResponse(headers={"Content-Type": "text/html; charset=utf-8"})
    await answer.prepare(request)
    async for piece in streamed.get_template("bill.html").generate_async(day=day, rows=rows):
        await answer.write(piece.encode())
    return answer


@web.middleware
async def unreachable(request: web.Request, handler) -> web.StreamResponse:
    """The state is unknown, which is not paid: answer with an error, so that the page or WeChat tries again."""
    try:
        return await handler(request)
    except WxPayError as error:
        log.error("%s: %s", request.path, error)
        if request.writer.output_size:  # The page has begun. Now aiohttp closes the connection, so that it has no end.
            raise
        return web.Response(text="微信支付暂时不可用，请稍后再试", status=502)


def emulator_bridge() -> str | None:
    """In development, the emulator stands in for the customer's WeChat. In production the WeChat app brings its own."""
    endpoints = os.environ.get("WXPAY_ENDPOINTS", "")
    return f"{endpoints.rstrip('/')}/bridge.js" if endpoints.startswith("http://") else None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    web.run_app(make_app(), host="127.0.0.1", port=int(os.environ.get("PORT", "8080")), access_log=None)
