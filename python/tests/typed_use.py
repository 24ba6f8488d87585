"""How a typed program uses the package: `mypy --strict` checks this file; it is never run."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TypedDict

from aiohttp import web
from typing_extensions import assert_type

from wxpaykit import (
    AsyncWxPay,
    BusinessError,
    CodeResult,
    ConfirmedPayment,
    Coupon,
    Event,
    Handled,
    PaymentNotification,
    Reconciled,
    Reply,
    TransportError,
    UnifiedorderReply,
    WebToken,
    WxPay,
    ack,
    bill,
    sign,
    verify,
)
from wxpaykit.aiohttp import PAY, WxPayRoutes
from wxpaykit.bill import BillRow
from wxpaykit.fastapi import WxPayRouter
from wxpaykit.flask import WxPayExtension
from wxpaykit.types import Pending, Store, TextReply, UnifiedorderParams


class Contact(TypedDict):
    name: str


class Body(TypedDict):
    contact: Contact
    amount: int


def by_path(pay: WxPay, body: Body, query: Contact) -> str:
    pay.v3.call("GET", "/v3/x", query=query)
    made = pay.v3.call("POST", "/v3/x", json=body, sensitive=["contact.name"])
    assert_type(made.get("state"), str | None)
    assert_type(made.get("state", "none"), str)
    pay.v3.call("POST", "/v3/x", json=(body,))
    pay.v3.call("post", "/v3/x", json=[body])  # type: ignore[arg-type]
    pay.v3.native(description="tea", out_trade_no="1", amount={"total": 1}, detail={"goods_detail": ()})
    pay.unifiedorder(
        body="tea", out_trade_no="1", total_fee=1, spbill_create_ip="127.0.0.1", trade_type="NATIVE", detail=body
    )
    return made["id"]


async def by_path_later(pay: AsyncWxPay) -> str:
    found: TextReply = await pay.v3.call("GET", "/v3/x")
    reply: Reply = found
    old = await pay.call("/pay/orderquery", {"out_trade_no": "1"})
    return old["trade_state"] + str(reply)


def ship(payment: ConfirmedPayment) -> int:
    return payment.total_fee


def deliver(payment: ConfirmedPayment, idempotency_key: str) -> None:
    ship(payment)


async def deliver_later(payment: ConfirmedPayment, idempotency_key: str) -> None:
    ship(payment)


def recorded(payment: ConfirmedPayment) -> int | None:
    return {"1": 100}.get(payment.out_trade_no)


async def recorded_later(payment: ConfirmedPayment) -> int | None:
    return recorded(payment)


def unconfirmed(payment: PaymentNotification, idempotency_key: str) -> None: ...


class Shelf:
    """A store, by its shape."""

    def get(self, key: str) -> str | None:
        return None

    def put(self, key: str, value: str, life: float) -> None: ...

    def add(self, key: str, value: str, life: float) -> bool:
        return True

    def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool:
        return True

    def delete(self, key: str) -> None: ...


class Made:
    """An order, by its shape."""

    out_trade_no = "1"
    total_fee = 100
    created = datetime.now(timezone.utc)


def once(body: bytes) -> None:
    def on_event(event: Event) -> None:
        assert_type(event.status, int | None)

    shelf: Store = Shelf()
    pay = WxPay.from_env(store=shelf, max_network_retries=1, lease=10.0, on_event=on_event)
    WxPay.from_env(store="redis://localhost/0")
    WxPay.from_env(store=object())  # type: ignore[arg-type]
    handled = pay.notify.handle(body, amount_of=recorded, on_paid=deliver)
    assert_type(handled, Handled)
    assert_type(handled.payment, ConfirmedPayment | None)
    assert_type(handled.parts, tuple[Handled, ...])
    assert_type(handled.body, bytes)
    pay.notify.handle(body, amount_of=recorded_later, on_paid=deliver)  # type: ignore[arg-type]
    pay.notify.handle(body, amount_of=recorded, on_paid=unconfirmed)  # type: ignore[arg-type]
    now = datetime.now(timezone.utc)
    pending: list[Pending] = [("1", 100, now), {"out_trade_no": "1", "total_fee": 100, "created": now}, Made()]
    assert_type(pay.notify.reconcile(pending, on_paid=deliver), list[Reconciled])
    part: Pending = {"out_trade_no": "1", "total_fee": 100, "created": now, "combine_out_trade_no": "C1"}
    pay.notify.reconcile([part], on_paid=deliver)
    pay.wait_for_payment("1", total_fee=100, combine_out_trade_no="C1")
    pay.wait_for_payment("1", total_fee=100, combine_out_trade_no=1)  # type: ignore[arg-type]
    assert_type(pay.wait_for_payment("1", total_fee=100), ConfirmedPayment | None)
    assert_type(pay.wait_for_payment("1", total_fee=100, within=0, on_paid=deliver), ConfirmedPayment | None)
    pay.wait_for_payment("1", total_fee=100, on_paid=unconfirmed)  # type: ignore[arg-type]
    wxpay = WxPayExtension(amount_of=recorded)
    assert_type(wxpay.pay, WxPay)
    wxpay.notify("/wxpay/notify")(deliver)


async def once_awaited(pay: AsyncWxPay, body: bytes) -> None:
    for amount_of, on_paid in ((recorded, deliver), (recorded_later, deliver_later)):
        assert_type(await pay.notify.handle(body, amount_of=amount_of, on_paid=on_paid), Handled)
        waited = await pay.wait_for_payment("1", total_fee=100, on_paid=on_paid)
        assert_type(waited, ConfirmedPayment | None)
    router = WxPayRouter(pay, path="/wxpay/notify", amount_of=recorded_later, on_paid=deliver)
    assert_type(router.client(), AsyncWxPay)
    routes = WxPayRoutes(pay, path="/wxpay/notify", amount_of=recorded_later, on_paid=deliver)
    app = web.Application()
    routes.setup(app)
    assert_type(app[PAY], AsyncWxPay)
    WxPayRoutes(pay, path="/", amount_of=recorded, on_paid=unconfirmed)  # type: ignore[arg-type]
    text = web.AppKey("text", str)
    WxPayRoutes(pay, path="/", amount_of=recorded, on_paid=deliver, key=text)  # type: ignore[arg-type]


def blocking(body: bytes) -> None:
    pay = WxPay.from_env(timeout=5, endpoints=None)
    order = pay.unifiedorder(
        body="tea",
        out_trade_no="1",
        total_fee=100,
        spbill_create_ip="203.0.113.9",
        openid="o",
        time_expire=datetime.now(timezone.utc) + timedelta(minutes=5),
        detail={"goods_detail": []},
    )
    assert_type(order, UnifiedorderReply)
    assert_type(order.prepay_id, str)
    assert_type(order.code_url, str | None)
    pay.unifiedorder(body="tea", out_trade_no="1", total_fee="100", spbill_create_ip="::1")  # type: ignore[arg-type]
    pay.unifiedorder(body="tea")  # type: ignore[call-arg]
    pay.orderquery(trade_no="1")  # type: ignore[call-arg]
    assert_type(pay.jsapi_params(order.prepay_id)["paySign"], str)
    paid = pay.notify.confirm(body)
    assert_type(paid.time_end, datetime | None)
    assert_type(paid.coupons, tuple[Coupon, ...])
    ship(paid)
    notified = pay.notify.parse(body)
    assert_type(notified, PaymentNotification)
    ship(notified)  # type: ignore[arg-type]
    try:
        pay.closeorder(out_trade_no="1")
    except BusinessError as error:
        assert_type(error.err_code, str)
    except TransportError as error:
        if error.outcome == "unknown":
            assert_type(error.status, int | None)
    with pay as same:
        assert_type(same, WxPay)
    answer: str = ack()
    fields: UnifiedorderParams = {"body": "tea", "out_trade_no": "1", "total_fee": 1, "spbill_create_ip": answer}
    pay.unifiedorder(**fields)
    assert_type(sign({"a": 1}, "key"), str)
    assert_type(verify(body, "key"), bool)


async def awaiting(pay: AsyncWxPay) -> None:
    assert_type(await pay.oauth.access_token("code"), WebToken)
    assert_type((await pay.orderquery(out_trade_no="1")).total_fee, int | None)
    config = await pay.jssdk.config("https://shop.example/", js_api_list=["chooseWXPay"])
    assert_type(config["timestamp"], int)
    async with AsyncWxPay.from_env() as same:
        assert_type(same, AsyncWxPay)


def books(pay: WxPay) -> None:
    found = pay.downloadbill(bill_date="2026-11-27", bill_type="ALL", tar_type="GZIP")
    for row in found:
        assert_type(row.total_fee, int | None)
        assert_type(row.trade_time, datetime | None)
        assert_type(row.fee, Decimal | None)
    assert_type(found.summary, BillRow | None)
    pay.downloadfundflow(bill_date="2026-11-27", account_type="Other")  # type: ignore[arg-type]
    for row in pay.v3.tradebill(bill_date="2026-11-27", bill_type="ALL", tar_type="GZIP", sub_mchid=None):
        assert_type(row.total_fee, int | None)
    assert_type(pay.v3.fundflowbill(bill_date=datetime.now().date()).summary, BillRow | None)
    pay.v3.fundflowbill(bill_date="2026-11-27", account_type="Basic")  # type: ignore[arg-type]
    assert_type(bill.read("bill.csv").compare([]), list[bill.Difference])


def files(pay: WxPay, url: str) -> None:
    assert_type(pay.v3.download(url), bytes)
    assert_type(pay.v3.download(url, hash_type="SHA256", hash_value="1"), bytes)
    for to in ("receipt.pdf", Path("receipt.pdf"), BytesIO()):
        pay.v3.download(url, to=to)
    pay.v3.download(url, to=1)  # type: ignore[call-overload]
    for piece in pay.v3.download_stream(url):
        assert_type(piece, bytes)
    pay.v3.download_stream(url).save("receipt.pdf", progress=print)


async def awaited_files(pay: AsyncWxPay, url: str) -> None:
    assert_type(await pay.v3.download(url), bytes)
    await pay.v3.download(url, to="receipt.pdf")
    async for piece in pay.v3.download_stream(url):
        assert_type(piece, bytes)


async def awaited_books(pay: AsyncWxPay) -> None:
    async for row in pay.v3.tradebill(bill_date="2026-11-27"):
        assert_type(row.out_trade_no, str | None)
    async for row in pay.downloadbill(bill_date="2026-11-27"):
        assert_type(row.out_trade_no, str | None)


def till(pay: WxPay, code: str) -> None:
    assert_type(
        pay.pay_by_code(
            auth_code=code,
            body="茶",
            out_trade_no="A10001",
            total_fee=88,
            spbill_create_ip="203.0.113.9",
            api="v3",
        ),
        CodeResult,
    )
    assert_type(
        pay.pay_by_code(
            description="茶",
            out_trade_no="A10001",
            amount={"total": 88},
            payer={"auth_code": code},
            scene_info={"device_ip": "203.0.113.9"},
        ),
        CodeResult,
    )
    pay.resume_pay_by_code("A10001", total_fee=88, api="v4")  # type: ignore[arg-type]
