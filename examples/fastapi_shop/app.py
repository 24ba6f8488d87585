"""A tea shop inside WeChat, in FastAPI: OAuth, order, cashier, notification, confirmed, refund, bill.

Settings come from the environment: WXPAY_*, SHOP_URL, the address that customers reach, and SHOP_PASSWORD, with which
staff refund and see the bill.
"""

import asyncio
import logging
import os
import secrets
import sqlite3
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader
from starlette.middleware.sessions import SessionMiddleware

from wxpaykit import (
    AsyncWxPay,
    ConfirmedPayment,
    ConfirmedRefund,
    InvalidRequest,
    WxPayError,
    new_out_refund_no,
    new_out_trade_no,
)
from wxpaykit.fastapi import WxPayRouter


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
TEMPLATES = Path(__file__).parent / "templates"

log = logging.getLogger("uvicorn.error")
pages = Jinja2Templates(TEMPLATES)
streamed = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, enable_async=True)


async def sql(statement: str, *values: object) -> list[sqlite3.Row]:
    """The shop's orders. SQLite blocks on the disk, so it runs in the thread pool."""

    def ask() -> list[sqlite3.Row]:
        with closing(sqlite3.connect(os.environ.get("SHOP_DB", "shop.db"), isolation_level=None)) as orders:
            orders.row_factory = sqlite3.Row
            return orders.execute(statement, values).fetchall()

    return await run_in_threadpool(ask)


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


wxpay = WxPayRouter(
    AsyncWxPay.from_env(notify_url=f"{SHOP_URL}/wxpay/notify"),
    path="/wxpay/notify",
    amount_of=recorded,
    on_paid=deliver,
    on_refunded=refunded,
)
Pay = Annotated[AsyncWxPay, Depends(wxpay.client)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    await sql(
        "CREATE TABLE IF NOT EXISTS orders (out_trade_no TEXT PRIMARY KEY, total_fee INTEGER NOT NULL,"
        " created TEXT NOT NULL, prepay_id TEXT, transaction_id TEXT,"
        " out_refund_no TEXT, refund_created TEXT, refund_id TEXT)"
    )
    reconciling = asyncio.create_task(reconcile())
    yield
    reconciling.cancel()


async def reconcile() -> None:
    """Every minute, queries orders and refunds whose notification never came."""
    while True:
        try:
            rows = await sql("SELECT out_trade_no, total_fee, created FROM orders WHERE transaction_id IS NULL")
            pending = [(number, fee, datetime.fromisoformat(created)) for number, fee, created in rows]
            results = await wxpay.pay.notify.reconcile(pending, on_paid=deliver)
            rows = await sql(
                "SELECT out_refund_no, total_fee, refund_created FROM orders"
                " WHERE out_refund_no IS NOT NULL AND refund_id IS NULL"
            )
            refunds = [(number, fee, datetime.fromisoformat(created)) for number, fee, created in rows]
            results += await wxpay.pay.notify.reconcile_refunds(refunds, on_refunded=refunded)
            for result in results:
                if result.error is not None:  # The next round queries it again.
                    log.error("%s", result.error)
        except Exception:
            log.exception("open orders and refunds were not all asked for")
        await asyncio.sleep(60)


app = FastAPI(lifespan=lifespan, openapi_url=None)
app.add_middleware(
    SessionMiddleware,
    secret_key=os.environ.get("SHOP_SECRET") or secrets.token_hex(32),
    https_only=SHOP_URL.startswith("https:"),
)
app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
app.include_router(wxpay)


@app.get("/")
def product(request: Request):
    return pages.TemplateResponse(request, "product.html", {"price": PRICE})


@app.get("/buy")
def buy(request: Request, pay: Pay):
    state = request.session["state"] = secrets.token_hex(16)
    return RedirectResponse(pay.oauth.authorize_url(f"{SHOP_URL}/bought", state=state), 302)


@app.get("/bought")
async def bought(request: Request, pay: Pay, code: str | None = None, state: str | None = None):
    """WeChat redirects the customer to this page, with a code for their openid unless they refused."""
    began = request.session.pop("state", None)
    if began is None or state != began:
        raise HTTPException(400, "this visit did not begin here")
    if code is None:
        return RedirectResponse("/", 302)
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
            spbill_create_ip=request.client.host,
        )
    await sql("UPDATE orders SET prepay_id = ? WHERE out_trade_no = ?", reply.prepay_id, out_trade_no)
    return RedirectResponse(f"/orders/{out_trade_no}", 302)


async def find(out_trade_no: str) -> sqlite3.Row:
    rows = await sql("SELECT * FROM orders WHERE out_trade_no = ?", out_trade_no)
    if not rows:
        raise HTTPException(404)
    return rows[0]


Order = Annotated[sqlite3.Row, Depends(find)]


@app.get("/orders/{out_trade_no}")
async def show(request: Request, order: Order, pay: Pay):
    """The order with its cashier. Anyone who has the number may see it; its 15 random characters cannot be guessed."""
    if order["transaction_id"] or not order["prepay_id"]:
        return pages.TemplateResponse(request, "order.html", {"order": order})
    query = f"?{request.url.query}" if request.url.query else ""
    page = {
        **await cashier(pay, order["prepay_id"]),
        # Sign the URL that the customer's browser shows, with its query.
        "config": await pay.jssdk.config(f"{SHOP_URL}{request.url.path}{query}", js_api_list=["chooseWXPay"]),
        "status": f"{request.url.path}/status",
    }
    return pages.TemplateResponse(request, "order.html", {"order": order, "page": page, "bridge": emulator_bridge()})


async def cashier(pay: AsyncWxPay, prepay_id: str) -> dict[str, object]:
    """What opens the cashier of an order, by either way."""
    if API_V3:
        jsapi = await pay.v3.jsapi_params(prepay_id)
        return {"jsapi": jsapi, "chooseWXPay": await pay.v3.choose_wxpay_params(prepay_id)}
    return {"jsapi": pay.jsapi_params(prepay_id), "chooseWXPay": pay.choose_wxpay_params(prepay_id)}


@app.get("/orders/{out_trade_no}/status")
async def status(order: Order, pay: Pay):
    """Whether the order is paid. Until a notification comes, asks WeChat; never trusts the browser."""
    if order["transaction_id"]:
        return {"paid": True}
    payment = await pay.wait_for_payment(order["out_trade_no"], total_fee=order["total_fee"], within=0, on_paid=deliver)
    return {"paid": payment is not None}


def is_foreign(request: Request) -> bool:
    """Whether the page of another site has sent this form, for which the browser adds the password that it keeps.

    Browsers say where a form comes from: those of today in both headers, older ones in `Origin`, as do all where the
    shop's address is without TLS. Neither is there when a program asks, which has the password itself.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    return request.method == "POST" and (site not in (None, "same-origin") or origin not in (None, ORIGIN))


def given_password(request: Request) -> str:
    """The password of HTTP Basic. FastAPI's HTTPBasic would take one of ASCII alone."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    with suppress(ValueError):
        if scheme.lower() == "basic":
            return b64decode(credentials, validate=True).decode().partition(":")[2]
    return ""


async def staff(request: Request) -> None:
    """Refuses everybody who does not know SHOP_PASSWORD; everybody, where it is not set."""
    if is_foreign(request):
        raise HTTPException(403, "a page of another site has sent this")
    password = os.environ.get("SHOP_PASSWORD", "")
    known = secrets.compare_digest(given_password(request).encode(), password.encode())
    if not (password and known):
        raise HTTPException(401, "for staff", {"WWW-Authenticate": 'Basic realm="staff"'})


@app.post("/orders/{out_trade_no}/refund", dependencies=[Depends(staff)])
async def refund(out_trade_no: str, pay: Pay):
    """Asks WeChat for the money back. Staff decide that."""
    # The number is kept from the first attempt on: WeChat refunds it once, however often it is asked.
    rows = await sql(
        "UPDATE orders SET out_refund_no = coalesce(out_refund_no, ?), refund_created = coalesce(refund_created, ?)"
        " WHERE out_trade_no = ? AND transaction_id IS NOT NULL RETURNING out_refund_no, total_fee",
        new_out_refund_no(),
        datetime.now(timezone.utc).isoformat(),
        out_trade_no,
    )
    if not rows:
        raise HTTPException(404, "there is no paid order of this number")
    [(out_refund_no, fee)] = rows
    numbers = {"out_trade_no": out_trade_no, "out_refund_no": out_refund_no}
    if API_V3:
        await pay.v3.refund(**numbers, amount={"total": fee, "refund": fee, "currency": "CNY"})
    else:
        await pay.refund(**numbers, total_fee=fee, refund_fee=fee)
    return RedirectResponse(f"/orders/{out_trade_no}", 303)


@app.get("/bill", dependencies=[Depends(staff)])
async def bill(request: Request, pay: Pay, day: str = ""):
    """WeChat's bill of a day, by default yesterday's, for staff. It is there from about 10:00 of the next day on."""
    day = day or (datetime.now(BEIJING) - timedelta(days=1)).date().isoformat()
    try:
        rows = await (pay.v3.tradebill(bill_date=day) if API_V3 else pay.downloadbill(bill_date=day))
    except WxPayError as error:
        if error.code not in ("no_bill", "bill_not_ready") and not isinstance(error, InvalidRequest):
            raise
        return pages.TemplateResponse(request, "bill.html", {"day": day, "why": error})
    page = streamed.get_template("bill.html").generate_async(day=day, rows=rows)
    return StreamingResponse(page, media_type="text/html")


@app.exception_handler(WxPayError)
async def unreachable(request: Request, error: WxPayError):
    """The state is unknown, which is not paid: answer with an error, so that the page or WeChat tries again."""
    log.error("%s: %s", request.url.path, error)
    return PlainTextResponse("微信支付暂时不可用，请稍后再试", 502)


def emulator_bridge() -> str | None:
    """In development, the emulator stands in for the customer's WeChat. In production the WeChat app brings its own."""
    endpoints = os.environ.get("WXPAY_ENDPOINTS", "")
    return f"{endpoints.rstrip('/')}/bridge.js" if endpoints.startswith("http://") else None
