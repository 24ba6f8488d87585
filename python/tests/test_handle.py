"""A payment from WeChat's word to the merchant's function, once."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from conftest import Emulator, Sale, calls_since, last_call, order, v3_sell
from test_docs_providers import PROVIDER
from test_http import server
from test_store import Shelf, Wrong, broken

from wxpaykit import (
    BusinessError,
    ConfirmedPayment,
    Event,
    Handled,
    InvalidRequest,
    PaymentMismatch,
    Reconciled,
    SignatureError,
    StoreError,
    TransportError,
    WxPay,
    ack,
)
from wxpaykit._threads import pooled


class Shop:
    """A merchant's two functions."""

    def __init__(self, recorded: Any = 100, trouble: BaseException | None = None) -> None:
        self.recorded, self.trouble = recorded, trouble
        self.shipped: list[tuple[str, str]] = []

    def amount_of(self, payment: ConfirmedPayment) -> Any:
        assert type(payment) is ConfirmedPayment
        return self.recorded

    def on_paid(self, payment: ConfirmedPayment, idempotency_key: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        assert payment.total_fee == 100
        self.shipped.append((payment.out_trade_no, idempotency_key))


def blocking(emulator: Emulator, body: bytes, shop: Shop, **others: Any) -> Handled:
    return emulator.sync(**others).notify.handle(body, amount_of=shop.amount_of, on_paid=shop.on_paid)


def awaited(emulator: Emulator, body: bytes, shop: Shop, **others: Any) -> Handled:
    async def amount_of(payment: ConfirmedPayment) -> Any:
        await asyncio.sleep(0)
        return shop.amount_of(payment)

    async def on_paid(payment: ConfirmedPayment, key: str) -> Any:
        await asyncio.sleep(0)
        return shop.on_paid(payment, key)

    return asyncio.run(emulator.asyncio(**others).notify.handle(body, amount_of=amount_of, on_paid=on_paid))


def functions(emulator: Emulator, body: bytes, shop: Shop, **others: Any) -> Handled:
    """asyncio with plain functions."""
    handle = emulator.asyncio(**others).notify.handle
    return asyncio.run(handle(body, amount_of=shop.amount_of, on_paid=shop.on_paid))


def threaded(emulator: Emulator, body: bytes, shop: Shop, **others: Any) -> Handled:
    """asyncio with plain functions in threads, as web frameworks run them."""
    handle = emulator.asyncio(**others).notify.handle
    amount_of, on_paid = (pooled(function, asyncio.to_thread) for function in (shop.amount_of, shop.on_paid))
    return asyncio.run(handle(body, amount_of=amount_of, on_paid=on_paid))


WAYS = pytest.mark.parametrize("handle", [blocking, awaited, functions, threaded])


@WAYS
def test_a_payment_is_handed_over_once(emulator: Emulator, sale: Sale, handle: Any) -> None:
    shop, store = Shop(), Shelf()
    first = handle(emulator, sale.body, shop, store=store)
    assert (first.delivered, first.error, first.acknowledged) == (True, None, True)
    assert first.payment is not None
    assert (first.out_trade_no, first.payment.total_fee) == (sale.out_trade_no, 100)
    assert (first.body, first.status, first.content_type) == (ack().body, 200, ack().content_type)
    second = handle(emulator, sale.body, shop, store=store)
    assert (second.delivered, second.error, second.acknowledged, second.payment) == (False, None, True, None)
    assert [number for number, _ in shop.shipped] == [sale.out_trade_no]
    mch_id = emulator.settings["mch_id"]
    assert shop.shipped[0][1] == f"wxpay-{mch_id}-{first.payment.transaction_id}"
    assert repr(pickle.loads(pickle.dumps(first))) == repr(first)


@WAYS
def test_the_function_may_fail(emulator: Emulator, sale: Sale, handle: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Its error means "again later", at once if WeChat likes."""
    trouble = LookupError("no stock")
    shop, store = Shop(trouble=trouble), Shelf()
    failed = handle(emulator, sale.body, shop, store=store)
    assert failed.error is trouble
    assert (failed.delivered, failed.acknowledged) == (False, False)
    assert (failed.body, failed.status) == (ack(False, "FAIL").body, 200)
    (record,) = [record for record in caplog.records if record.name == "wxpaykit"]
    assert sale.out_trade_no in record.getMessage() and record.levelno == logging.ERROR
    assert record.exc_info is not None and record.exc_info[1] is trouble
    shop.trouble = None
    assert handle(emulator, sale.body, shop, store=store).delivered
    assert len(shop.shipped) == 1


@WAYS
@pytest.mark.parametrize(
    ("recorded", "error", "code"),
    [
        (1, PaymentMismatch, "total_fee_mismatch"),
        (None, PaymentMismatch, "order_unknown"),
        (100.0, InvalidRequest, "invalid_request"),
        (True, InvalidRequest, "invalid_request"),
        ("100", InvalidRequest, "invalid_request"),
        (2**64, InvalidRequest, "invalid_request"),
    ],
)
def test_the_amount_is_compared(
    emulator: Emulator, sale: Sale, handle: Any, recorded: Any, error: type, code: str
) -> None:
    shop, store = Shop(recorded), Shelf()
    handled = handle(emulator, sale.body, shop, store=store)
    assert type(handled.error) is error
    assert handled.error.code == code
    assert (handled.acknowledged, shop.shipped) == (False, [])
    if isinstance(handled.error, PaymentMismatch):
        assert (handled.error.expected_by, handled.error.actual_by) == ("amount_of", "WeChat")
        by_json = PaymentMismatch(*json.loads(json.dumps(handled.error.args)))
        for again in (pickle.loads(pickle.dumps(handled.error)), by_json):
            assert vars(again) == vars(handled.error)
    shop.recorded = 100
    assert handle(emulator, sale.body, shop, store=store).delivered


@WAYS
@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<xml><sign>x</sign></xml>", SignatureError),
        (b"", SignatureError),
        (b"\xff" * 10, SignatureError),
        ({"out_trade_no": "1"}, InvalidRequest),
        (None, InvalidRequest),
    ],
)
def test_a_body_that_is_not_a_notification(emulator: Emulator, handle: Any, body: Any, error: type) -> None:
    shop = Shop()
    handled = handle(emulator, body, shop)
    assert type(handled.error) is error
    assert (handled.acknowledged, handled.payment, handled.out_trade_no, shop.shipped) == (False, None, None, [])


@WAYS
def test_nothing_begins_without_the_store(emulator: Emulator, sale: Sale, handle: Any) -> None:
    def broken() -> Any:
        raise ConnectionError("no database")

    shop = Shop()
    handled = handle(emulator, sale.body, shop, store=Wrong(broken))
    assert type(handled.error) is StoreError
    assert type(handled.error.__cause__) is ConnectionError
    assert (handled.acknowledged, shop.shipped) == (False, [])


UNCONFIRMED: dict[str, tuple[type, dict[str, Any]]] = {
    "no store": (StoreError, {"store": Wrong(broken)}),
    "no connection": (TransportError, {"endpoints": "http://127.0.0.1:9", "max_network_retries": 0}),
    "another client": (PaymentMismatch, {"appid": "wx1111111111111111"}),
    "another sub-merchant": (PaymentMismatch, {"sub_mch_id": "1900000109"}),
}


def logged(caplog: pytest.LogCaptureFixture) -> tuple[int, str]:
    # Warnings about settings come once in a process, with whichever test has these settings first.
    about_settings = ("endpoints is set", "notify_url is set")
    found = [record for record in caplog.records if record.name == "wxpaykit" and record.levelno > logging.INFO]
    (record,) = [record for record in found if not record.getMessage().startswith(about_settings)]
    return record.levelno, record.getMessage()


@WAYS
@pytest.mark.parametrize("trouble", UNCONFIRMED)
def test_a_genuine_payment_that_is_not_confirmed_is_an_error_with_its_order(
    emulator: Emulator, sale: Sale, handle: Any, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    kind, settings = UNCONFIRMED[trouble]
    handled = handle(emulator, sale.body, Shop(), **settings)
    assert type(handled.error) is kind
    assert (handled.state, handled.acknowledged, handled.payment) == ("failed", False, None)
    assert handled.out_trade_no == handled.error.out_trade_no == sale.out_trade_no
    level, message = logged(caplog)
    assert level == logging.ERROR
    assert message.startswith(f"order {sale.out_trade_no} was not handed over: ")


@WAYS
def test_a_forged_notification_is_logged_as_a_warning_without_an_order(
    emulator: Emulator, sale: Sale, handle: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Anybody can post the number of an order."""
    forged = sale.body.replace(b"SUCCESS", b"success")
    handled = handle(emulator, forged, Shop())
    assert type(handled.error) is SignatureError
    assert (handled.state, handled.out_trade_no, handled.error.out_trade_no) == ("failed", None, None)
    level, message = logged(caplog)
    assert level == logging.WARNING
    assert sale.out_trade_no not in message


#: Ends a line, colours a terminal, turns the direction of text, and is long.
EVIL = "wx\n2026-11-30 07:31:00,000 ERROR order V2A1 was paid twice\x9b31m\u202e" + "a" * 60_000


@pytest.mark.parametrize(
    "fields",
    [
        f"<appid>{EVIL}</appid><mch_id>1</mch_id><req_info>AA</req_info>",
        f"<appid>wxd930ea5d5a258f4f</appid><mch_id>{EVIL}</mch_id><req_info>AA</req_info>",
        f"<return_code>FAIL</return_code><return_msg>{EVIL}</return_msg>",
        f"<mch_id>{EVIL}</mch_id><sign>AA</sign>",
        f"<{'a' * 60_000}>x</a>",
    ],
)
def test_a_message_of_anybody_writes_one_short_warning(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, fields: str
) -> None:
    """A refund notification of APIv2 is not signed, and its merchant is compared before it is decrypted."""
    pay = emulator.sync()
    body = f"<xml>{fields}</xml>".encode()
    handled = pay.notify.handle(
        body, amount_of=lambda payment: 100, on_paid=lambda payment, key: None, on_refunded=lambda refund, key: None
    )
    level, message = logged(caplog)
    assert level == logging.WARNING
    assert message.isprintable()
    assert len(message) < 1000
    assert str(handled.error) in message
    if EVIL in fields and isinstance(handled.error, PaymentMismatch) and handled.error.field != "return_code":
        assert handled.error.actual == EVIL, "a program sees what came"


@pytest.mark.parametrize("given", ["api_key", "api_v3_key"])
def test_a_message_of_the_api_without_a_key_is_a_warning(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    settings = {**emulator.settings, **emulator.v3_settings}
    lacking = {
        name: value for name, value in settings.items() if name not in ("api_key", "api_v3_key") or name == given
    }
    other = b"{}" if given == "api_key" else b"<xml><a>1</a></xml>"
    headers = {f"Wechatpay-{name}": "1" for name in ("Timestamp", "Nonce", "Signature", "Serial")}
    with WxPay(**lacking) as pay:
        handled = pay.notify.handle(
            other, headers=headers, amount_of=lambda payment: 100, on_paid=lambda payment, key: None
        )
    assert handled.status == 500 or b"FAIL" in handled.body
    level, _ = logged(caplog)
    assert level == logging.WARNING
    assert not any(record.exc_info for record in caplog.records)


def test_an_unsigned_answer_about_a_genuine_notification(emulator: Emulator, sale: Sale) -> None:
    """The notification is authentic; the reply to the query of it is not."""
    fault = emulator.fault("wrong_sign", endpoint="/pay/orderquery", times=1)
    handled = blocking(emulator, sale.body, Shop())
    assert type(handled.error) is SignatureError, fault
    assert (handled.out_trade_no, handled.error.endpoint) == (sale.out_trade_no, "orderquery")
    with pytest.raises(PaymentMismatch) as refused:
        emulator.sync(appid="wx1111111111111111").notify.parse(sale.body)
    assert refused.value.out_trade_no == sale.out_trade_no


@WAYS
def test_the_state_of_a_notification(emulator: Emulator, sale: Sale, handle: Any) -> None:
    shop, store, during = Shop(), Shelf(), []
    on_paid = shop.on_paid

    def meanwhile(payment: ConfirmedPayment, key: str) -> None:
        with ThreadPoolExecutor(1) as thread:
            during.append(thread.submit(blocking, emulator, sale.body, Shop(), store=store, timeout=0.5).result())
        on_paid(payment, key)

    shop.on_paid = meanwhile  # type: ignore[method-assign]
    first, second = (handle(emulator, sale.body, shop, store=store) for _ in range(2))
    (busy,) = during
    states = [(one.state, one.delivered, one.acknowledged) for one in (first, busy, second)]
    assert states == [("delivered", True, True), ("busy", False, False), ("handed_over", False, True)]
    assert {one.out_trade_no for one in (first, busy, second)} == {sale.out_trade_no}
    assert repr(second) == f"Handled(out_trade_no={sale.out_trade_no!r}, state='handed_over', error=None)"


def test_the_logs_of_a_lease_name_the_order(emulator: Emulator, sale: Sale, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Shelf):
        broken = False

        def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool:
            if self.broken:
                raise ConnectionError("no database")
            return super().compare_and_set(key, old, new, life)

    store = Failing()

    def on_paid(payment: ConfirmedPayment, key: str) -> None:
        store.broken = True
        time.sleep(0.6)
        store.broken = False

    pay = emulator.sync(store=store, lease=1.0)
    assert pay.notify.handle(sale.body, amount_of=lambda payment: 100, on_paid=on_paid).delivered
    said = {record.getMessage() for record in caplog.records if record.levelno == logging.WARNING}
    assert said
    for message in said:
        assert message.startswith(f"order {sale.out_trade_no}: the lease of its payment was not renewed")


async def ship_later(payment: ConfirmedPayment, key: str) -> None:
    raise AssertionError


def test_a_coroutine_function_needs_a_loop(emulator: Emulator, sale: Sale) -> None:
    """A coroutine that is not awaited ships nothing."""
    pay = emulator.sync()
    with pytest.raises(InvalidRequest, match=r"on_paid: must not be a coroutine function.*AsyncWxPay"):
        pay.notify.handle(sale.body, amount_of=lambda payment: 100, on_paid=ship_later)
    # Another one is found out when it runs.
    hidden = pay.notify.handle(
        sale.body, amount_of=lambda payment: 100, on_paid=lambda payment, key: ship_later(payment, key)
    )
    assert type(hidden.error) is TypeError
    assert "AsyncWxPay" in str(hidden.error)
    assert not hidden.acknowledged


class Shipper:
    async def later(self, payment: ConfirmedPayment, key: str) -> None: ...

    def halves(self, payment: ConfirmedPayment) -> Iterator[None]:
        yield

    def __call__(self, payment: ConfirmedPayment) -> None: ...


def generator(payment: ConfirmedPayment, key: str) -> Iterator[None]:
    yield


async def async_generator(payment: ConfirmedPayment, key: str) -> AsyncIterator[None]:
    yield


def decorated(function: Any) -> Any:
    """Hands one argument more to what it wraps."""

    @functools.wraps(function)
    def wrapper(payment: ConfirmedPayment, key: str) -> Any:
        return function("database", payment, key)

    return wrapper


UNFIT: list[tuple[Any, str]] = [
    (lambda payment: None, r"must take \(payment, idempotency_key\), and takes \(payment\)"),
    (lambda: None, r"takes \(\)"),
    (lambda payment, key, *, database: None, "takes .*database"),
    ([].append, r"takes \(object, /\)"),
    (Shipper(), r"must take \(payment, idempotency_key\)"),
    (functools.partial(generator, None, None), "generator function"),
    (generator, "a yield runs nothing"),
    (async_generator, "generator function"),
    (Shipper().halves, "generator function"),
    (None, "must be a function, not NoneType"),
    ("shop.ship", "must be a function, not str"),
]
FIT: list[Any] = [
    lambda payment, key: None,
    lambda *_: None,
    lambda payment, key, retries=3, **_: None,
    functools.partial(lambda shop, payment, key: None, "shop"),
    decorated(lambda database, payment, key: None),
    {}.setdefault,
    Mock(),
    print,
]


@pytest.mark.parametrize(("function", "rule"), UNFIT)
def test_functions_are_checked_before_any_request(emulator: Emulator, function: Any, rule: str) -> None:
    before = last_call(emulator)
    pay, awaited = emulator.sync(), emulator.asyncio()
    pending = [("1", 1, datetime.now(timezone.utc))]
    calls: list[Callable[[], Any]] = [
        lambda: pay.notify.handle(b"", amount_of=lambda payment: 1, on_paid=function),
        lambda: pay.notify.reconcile(pending, on_paid=function),
        lambda: asyncio.run(awaited.notify.handle(b"", amount_of=lambda payment: 1, on_paid=function)),
        lambda: asyncio.run(awaited.notify.reconcile(pending, on_paid=function)),
    ]
    if function is not None:
        calls.append(lambda: pay.wait_for_payment("1", total_fee=1, on_paid=function))
        calls.append(lambda: asyncio.run(awaited.wait_for_payment("1", total_fee=1, on_paid=function)))
    for call in calls:
        with pytest.raises(InvalidRequest, match=f"on_paid: .*{rule}"):
            call()
    assert calls_since(emulator, before) == []


@pytest.mark.parametrize("function", FIT)
def test_functions_that_can_be_called(emulator: Emulator, function: Any) -> None:
    handled = emulator.sync().notify.handle(b"", amount_of=lambda payment: 1, on_paid=function)
    assert type(handled.error) is SignatureError


def test_amount_of_is_checked(emulator: Emulator) -> None:
    for amount_of, rule in [(lambda: 1, r"must take \(payment\)"), (generator, "generator"), (ship_later, "coroutine")]:
        with pytest.raises(InvalidRequest, match=f"amount_of: .*{rule}"):
            emulator.sync().notify.handle(b"", amount_of=amount_of, on_paid=lambda payment, key: None)


@WAYS
def test_a_generator_function_is_refused(emulator: Emulator, sale: Sale, handle: Any) -> None:
    """One that is returned is not taken for a function that ended well."""
    shop, store = Shop(), Shelf()
    shop.on_paid = lambda payment, key: generator(payment, key)  # type: ignore[method-assign]
    handled = handle(emulator, sale.body, shop, store=store)
    assert type(handled.error) is TypeError
    assert not handled.acknowledged
    assert handle(emulator, sale.body, Shop(), store=store).delivered


@WAYS
@pytest.mark.parametrize("trouble", [StopIteration, StopAsyncIteration, GeneratorExit, asyncio.CancelledError])
def test_a_function_raises_what_python_ends_a_coroutine_with(
    emulator: Emulator, sale: Sale, handle: Any, trouble: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """It is a failure as any other one, of any function, and the payment is free again at once."""
    if trouble is asyncio.CancelledError and sys.version_info < (3, 11) and handle is not blocking:
        with pytest.raises(asyncio.CancelledError):
            handle(emulator, sale.body, Shop(trouble=trouble()))
        return
    store, wrong = Shelf(), Shop()
    wrong.amount_of = Mock(side_effect=lambda payment: Shop(trouble=trouble()).on_paid(payment, ""))  # type: ignore[method-assign]
    for shop in (wrong, Shop(trouble=trouble())):
        caplog.clear()
        handled = handle(emulator, sale.body, shop, store=store)
        assert (handled.state, handled.acknowledged) == ("failed", False)
        if type(handled.error) is not trouble:  # As it may stay where no coroutine is.
            assert type(handled.error) is RuntimeError
            assert type(handled.error.__cause__) is trouble
        assert [record.levelname for record in caplog.records if record.name == "wxpaykit"] == ["ERROR"]
    assert handle(emulator, sale.body, Shop(), store=store).delivered


class Hollow(Exception):
    """As a proxy for another exception that is not there."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else LookupError(name)


@WAYS
def test_no_attribute_of_a_functions_exception_is_asked_for(emulator: Emulator, sale: Sale, handle: Any) -> None:
    store, hollow = Shelf(), Hollow()
    assert handle(emulator, sale.body, Shop(trouble=hollow), store=store).error is hollow
    assert handle(emulator, sale.body, Shop(), store=store).delivered


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a task does not know who cancelled it")
def test_what_a_function_awaits_is_cancelled(emulator: Emulator, sell: Callable[[], Sale]) -> None:
    """Nobody cancelled this call: the others of the pass are handed over. And a call that is cancelled says so."""
    sales, shipped = [sell() for _ in range(3)], []
    created = datetime.now(timezone.utc) - timedelta(seconds=45)
    pending = [(sale.out_trade_no, 100, created) for sale in sales]

    async def main() -> None:
        shared = asyncio.ensure_future(asyncio.sleep(60))

        async def on_paid(payment: ConfirmedPayment, key: str) -> None:
            if payment.out_trade_no == sales[0].out_trade_no:
                asyncio.get_running_loop().call_soon(shared.cancel)
                await shared
            shipped.append(payment.out_trade_no)

        pay = emulator.asyncio(store=Shelf())
        first, *others = await pay.notify.reconcile(pending, on_paid=on_paid)
        assert (first.state, type(first.error)) == ("failed", RuntimeError)
        assert [one.state for one in others] == ["delivered"] * 2
        number = sales[0].out_trade_no
        with pytest.raises(RuntimeError, match="the function raised CancelledError"):
            await pay.wait_for_payment(number, total_fee=100, within=0, on_paid=on_paid)
        hanging = pay.wait_for_payment(number, total_fee=100, within=0, on_paid=lambda payment, key: asyncio.sleep(60))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(hanging, 1)

    asyncio.run(main())
    assert shipped == [sale.out_trade_no for sale in sales[1:]]


def test_cancelled_while_a_thread_makes_a_generator(emulator: Emulator, sale: Sale) -> None:
    """A function that goes on in its thread has not ended well when its code has not run."""
    store, began, go = Shelf(), threading.Event(), threading.Event()

    def on_paid(payment: ConfirmedPayment, key: str) -> object:
        began.set()
        go.wait(30)
        return generator(payment, key)

    async def main() -> None:
        wait = emulator.asyncio(store=store).wait_for_payment
        plain = pooled(on_paid, asyncio.to_thread)
        task = asyncio.create_task(wait(sale.out_trade_no, total_fee=100, within=0, on_paid=plain))
        await asyncio.to_thread(began.wait, 30)
        task.cancel()
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert blocking(emulator, sale.body, Shop(), store=store).delivered


def test_ctrl_c_in_the_function(emulator: Emulator, sale: Sale) -> None:
    store = Shelf()
    with pytest.raises(KeyboardInterrupt):
        blocking(emulator, sale.body, Shop(trouble=KeyboardInterrupt()), store=store)
    assert blocking(emulator, sale.body, Shop(), store=store).delivered


@pytest.mark.parametrize("api", ["v2", "v3"])
def test_cancelled_in_the_function(emulator: Emulator, api: str, sell: Callable[[], Sale]) -> None:
    store, sale = Shelf(), sell() if api == "v2" else v3_sell(emulator)
    headers = getattr(sale, "headers", None)

    async def main() -> None:
        began = asyncio.Event()

        async def on_paid(payment: ConfirmedPayment, key: str) -> None:
            began.set()
            await asyncio.sleep(60)

        handle = emulator.asyncio(**emulator.v3_settings, store=store).notify.handle
        task = asyncio.create_task(handle(sale.body, headers=headers, amount_of=lambda payment: 100, on_paid=on_paid))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    # The payment is free again, for a notification of either API.
    again = emulator.sync(**emulator.v3_settings, store=store).notify.handle
    assert again(sale.body, headers=headers, amount_of=lambda payment: 100, on_paid=Shop().on_paid).delivered


@pytest.mark.parametrize("api", ["v2", "v3"])
@pytest.mark.parametrize("way", ["handle", "reconcile", "wait_for_payment"])
def test_cancelled_while_the_payment_waits_for_the_loop(
    emulator: Emulator, api: str, way: str, sell: Callable[[], Sale], tmp_path: Path
) -> None:
    """Its call is done and nobody takes the result: the next one may begin at once, and not when the lease ends."""
    store, sale = f"sqlite://{tmp_path}/store.db", sell() if api == "v2" else v3_sell(emulator)
    headers, number = getattr(sale, "headers", None), sale.out_trade_no
    shop = Shop()

    async def main() -> None:
        pay = emulator.asyncio(**emulator.v3_settings, store=store, lease=60.0)
        begun: Any
        if way == "handle":
            begun = pay.notify.handle(sale.body, headers=headers, amount_of=lambda payment: 100, on_paid=shop.on_paid)
        elif way == "reconcile":
            created = datetime.now(timezone.utc) - timedelta(seconds=45)
            begun = pay.notify.reconcile([(number, 100, created)], on_paid=shop.on_paid)
        else:
            begun = pay.wait_for_payment(number, total_fee=100, on_paid=shop.on_paid)
        task = asyncio.create_task(begun)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # The loop stands still while the network thread ends the call.
        time.sleep(2)  # noqa: ASYNC251
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.5)

    asyncio.run(main())
    assert shop.shipped == []
    again = emulator.sync(**emulator.v3_settings, store=store, timeout=1.0).notify.handle
    handled = again(sale.body, headers=headers, amount_of=lambda payment: 100, on_paid=shop.on_paid)
    assert (handled.state, len(shop.shipped)) == ("delivered", 1)


def test_cancelled_in_the_same_turn_of_the_loop_in_which_the_function_ended(
    emulator: Emulator, sell: Callable[[], Sale]
) -> None:
    """Its end is written to the store, although no caller waits for it any more."""
    store, runs = Shelf(), []

    async def main(body: bytes) -> None:
        async def on_paid(payment: ConfirmedPayment, key: str) -> None:
            runs.append(key)
            asyncio.get_running_loop().call_soon(task.cancel)

        handle = emulator.asyncio(store=store, lease=1.0).notify.handle
        task = asyncio.create_task(handle(body, amount_of=lambda payment: 100, on_paid=on_paid))
        with pytest.raises(asyncio.CancelledError):
            await task

    bodies = [sell().body for _ in range(20)]
    for body in bodies:
        asyncio.run(main(body))
    time.sleep(1.2)
    for body in bodies:
        again = awaited(emulator, body, Shop(), store=store)
        assert (again.acknowledged, again.delivered) == (True, False)
    assert len(set(runs)) == len(runs) == 20


def test_a_reconcile_that_is_closed_after_its_loop(emulator: Emulator, sell: Callable[[], Sale]) -> None:
    """Nothing can be written to the store any more, and the leases end by themselves."""
    created = datetime.now(timezone.utc) - timedelta(minutes=1)
    pending = [(sell().out_trade_no, 100, created) for _ in range(3)]
    store, loop = Shelf(), asyncio.new_event_loop()

    async def on_paid(payment: ConfirmedPayment, key: str) -> None:
        loop.stop()
        await asyncio.sleep(60)

    reconciling = emulator.asyncio(store=store, lease=1.0).notify.reconcile(pending, on_paid=on_paid)
    task: Any = loop.create_task(reconciling)
    task._log_destroy_pending = False
    loop.run_forever()
    loop.close()
    reconciling.close()
    time.sleep(1.2)
    # An hour later, as far as their age goes.
    pending = [(number, fee, created - timedelta(hours=1)) for number, fee, created in pending]
    found = emulator.sync(store=store).notify.reconcile(pending, on_paid=Shop().on_paid)
    assert [one.state for one in found] == ["delivered"] * 3, found


@pytest.mark.parametrize("kind", ["memory", "sqlite", "redis", "object"])
def test_many_at_once(
    emulator: Emulator, sale: Sale, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Twelve deliveries of one notification to two clients of one store, threads and a loop."""
    store: Any = {"memory": None, "sqlite": f"sqlite://{tmp_path}/store.db", "object": Shelf()}.get(kind)
    if kind == "redis":
        store = request.getfixturevalue("redis")
    clients = [emulator.sync(store=store), emulator.sync(store=store)] if store else [emulator.sync()]
    shop = Shop()

    def handle(i: int) -> Handled:
        return clients[i % len(clients)].notify.handle(sale.body, amount_of=shop.amount_of, on_paid=shop.on_paid)

    with ThreadPoolExecutor(12) as threads:
        handled = list(threads.map(handle, range(12)))
    assert sum(one.delivered for one in handled) == len(shop.shipped) == 1
    assert all(one.acknowledged and one.error is None for one in handled)


KILLED = """
    import os, sys, time
    from wxpaykit import WxPay
    url, store, body = sys.argv[1:]
    pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="192006250b4c09247ec02edce69f6a2d",
                endpoints=url, store=store, lease=1.5)
    def on_paid(payment, key):
        print(key, flush=True)
        time.sleep(60)
    pay.notify.handle(open(body, "rb").read(), amount_of=lambda payment: 100, on_paid=on_paid)
"""


def test_a_process_that_is_killed_lets_another_finish(emulator: Emulator, sale: Sale, tmp_path: Path) -> None:
    store = f"sqlite://{tmp_path}/store.db"
    (tmp_path / "body").write_bytes(sale.body)
    command = [sys.executable, "-c", textwrap.dedent(KILLED), emulator.url, store, str(tmp_path / "body")]
    shop = Shop()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        key = process.stdout.readline().strip()
        # Its lease is renewed while it lives.
        time.sleep(2.5)
        waiting = emulator.sync(store=store, timeout=1)
        busy = waiting.notify.handle(sale.body, amount_of=shop.amount_of, on_paid=shop.on_paid)
        assert (busy.delivered, busy.acknowledged, busy.error) == (False, False, None)
        process.send_signal(signal.SIGKILL)
    assert blocking(emulator, sale.body, shop, store=store).delivered
    assert shop.shipped == [(sale.out_trade_no, key)]


FORKED = """
    import os, sys
    from wxpaykit import WxPay
    url, store, body = sys.argv[1:]
    pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="192006250b4c09247ec02edce69f6a2d",
                endpoints=url, store=store)
    def on_paid(payment, key):
        child = os.fork()
        if child == 0:
            # The payment is the parent's; what the child unwinds leaves its lease alone.
            raise SystemExit(0)
        assert os.waitpid(child, 0)[1] == 0
        print("shipped", flush=True)
    parent = os.getpid()
    handled = pay.notify.handle(open(body, "rb").read(), amount_of=lambda payment: 100, on_paid=on_paid)
    assert os.getpid() == parent and handled.delivered, handled
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_function_that_forks(emulator: Emulator, sale: Sale, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(sale.body)
    store = f"sqlite://{tmp_path}/store.db"
    command = [sys.executable, "-c", textwrap.dedent(FORKED), emulator.url, store, str(tmp_path / "body")]
    process = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    errors = [line for line in process.stderr.splitlines() if "DeprecationWarning" not in line]
    assert (process.returncode, process.stdout) == (0, "shipped\n"), errors
    again = blocking(emulator, sale.body, Shop(), store=store)
    assert (again.delivered, again.acknowledged) == (False, True)


@dataclass(frozen=True)
class Order:
    out_trade_no: str
    total_fee: int
    created: datetime


@pytest.mark.parametrize("shape", ["tuple", "dict", "object"])
@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_reconcile(emulator: Emulator, sell: Callable[[], Sale], shape: str, way: str) -> None:
    paid, unpaid = sell(), order()
    emulator.sync().unifiedorder(**unpaid)
    ago = datetime.now(timezone.utc) - timedelta(seconds=40)
    orders = [Order(paid.out_trade_no, 100, ago), Order(unpaid["out_trade_no"], 100, ago)]
    orders += [Order("never-made", 100, ago), Order("young", 1, datetime.now(timezone.utc))]
    shapes: dict[str, Callable[[Order], Any]] = {
        "tuple": lambda one: (one.out_trade_no, one.total_fee, one.created),
        "dict": vars,
        "object": lambda one: one,
    }
    pending = [shapes[shape](one) for one in orders]
    shop, store = Shop(), Shelf()

    def reconcile() -> list[Reconciled]:
        if way == "sync":
            return emulator.sync(store=store).notify.reconcile(iter(pending), on_paid=shop.on_paid)
        return asyncio.run(emulator.asyncio(store=store).notify.reconcile(iter(pending), on_paid=shop.on_paid))

    found, open_, failed, young = results = reconcile()
    assert [one.out_trade_no for one in results] == [one.out_trade_no for one in orders]
    assert (found.state, found.delivered, found.error) == ("delivered", True, None)
    assert found.payment is not None and found.payment.total_fee == 100
    assert (open_.state, open_.trade_state, open_.delivered, open_.error) == ("not_paid", "NOTPAY", False, None)
    assert (failed.state, failed.delivered, type(failed.error)) == ("failed", False, BusinessError)
    assert (young.state, young.trade_state) == ("not_due", None)
    assert repr(open_) == (
        f"Reconciled(out_trade_no={open_.out_trade_no!r}, state='not_paid', trade_state='NOTPAY', error=None)"
    )
    assert [number for number, _ in shop.shipped] == [paid.out_trade_no]
    # An answer is not asked for again until the next age, nor that WeChat knows nothing.
    before = last_call(emulator)
    assert [one.state for one in reconcile()] == ["not_due"] * 4
    assert calls_since(emulator, before).count("/pay/orderquery") == 0
    assert blocking(emulator, paid.body, shop, store=store).acknowledged
    assert len(shop.shipped) == 1


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (("1", 100, datetime(2026, 1, 1)), "created"),
        (("1", 100, 1700000000), "created"),
        (("1", 1.0, datetime.now(timezone.utc)), "total_fee"),
        ((1, 100, datetime.now(timezone.utc)), "out_trade_no"),
    ],
)
def test_a_bad_row_does_not_stop_the_others(emulator: Emulator, sale: Sale, bad: Any, field: str) -> None:
    ago = datetime.now(timezone.utc) - timedelta(seconds=40)
    shop = Shop()
    first, fine, last = emulator.sync().notify.reconcile(
        [bad, (sale.out_trade_no, 100, ago), {"out_trade_no": "X"}],  # type: ignore[list-item]
        on_paid=shop.on_paid,
    )
    assert (first.state, fine.state, last.state, last.out_trade_no) == ("failed", "delivered", "failed", "X")
    assert isinstance(first.error, InvalidRequest) and first.error.field == field
    assert len(shop.shipped) == 1


def test_another_amount_is_an_error_in_the_log_whoever_asked(
    emulator: Emulator, sale: Sale, caplog: pytest.LogCaptureFixture
) -> None:
    ago = datetime.now(timezone.utc) - timedelta(seconds=40)
    (result,) = emulator.sync().notify.reconcile([(sale.out_trade_no, 99, ago)], on_paid=Shop().on_paid)
    assert isinstance(result.error, PaymentMismatch)
    assert "total_fee should be 99 fen (the recorded total_fee) and is 100 fen (WeChat)" in str(result.error)
    logged = [record for record in caplog.records if "was not handed over" in record.getMessage()]
    assert [record.levelname for record in logged] == ["ERROR"]


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_a_row_from_the_future_fails_alone(emulator: Emulator, sell: Callable[[], Sale], way: str) -> None:
    ago = datetime.now(timezone.utc) - timedelta(seconds=40)
    first, last, shop = sell(), sell(), Shop()
    far = [datetime.max.replace(tzinfo=timezone.utc), datetime.now(timezone.utc) + timedelta(days=2)]
    rows = [(first.out_trade_no, 100, ago), *(("far", 100, at) for at in far), (last.out_trade_no, 100, ago)]
    if way == "sync":
        found = emulator.sync().notify.reconcile(rows, on_paid=shop.on_paid)
    else:
        found = asyncio.run(emulator.asyncio().notify.reconcile(rows, on_paid=shop.on_paid))
    assert [one.state for one in found] == ["delivered", "failed", "failed", "delivered"]
    for one in found[1:3]:
        assert isinstance(one.error, InvalidRequest) and one.error.field == "created"
        assert "created: is in the future" in str(one.error)
    assert [number for number, _ in shop.shipped] == [first.out_trade_no, last.out_trade_no]


def test_rows_without_the_shape_of_orders_are_failed(pay: WxPay) -> None:
    shapeless: list[Any] = [("1", 100), {"out_trade_no": "1"}, object(), None]
    for rows in [*([row] for row in shapeless), shapeless]:
        results = pay.notify.reconcile(rows, on_paid=Shop().on_paid)
        assert [(one.state, getattr(one.error, "field", None)) for one in results] == [("failed", "pending")] * len(
            rows
        )
    # One order is not a list of orders.
    one = ("1", 100, datetime.now(timezone.utc))
    for pending in [one, dict(zip(("out_trade_no", "total_fee", "created"), one, strict=True)), "orders"]:
        with pytest.raises(InvalidRequest, match="pending: "):
            pay.notify.reconcile(pending, on_paid=Shop().on_paid)  # type: ignore[arg-type]


def test_a_row_may_be_a_list(pay: WxPay) -> None:
    """As JSON and csv have it."""
    now = datetime.now(timezone.utc)
    row: list[Any] = ["A", 100, now]
    (result,) = pay.notify.reconcile([row], on_paid=Shop().on_paid)  # type: ignore[list-item]
    assert (result.out_trade_no, result.state) == ("A", "not_due")
    for wrong in [row[:2], [*row, "1900000109"]]:
        (result,) = pay.notify.reconcile([wrong], on_paid=Shop().on_paid)  # type: ignore[list-item]
        assert f"not of {len(wrong)}" in str(result.error)


def test_next_due(pay: WxPay) -> None:
    now = datetime.now(timezone.utc)
    young, old = pay.notify.reconcile([("A", 100, now), ("B", 100, now - timedelta(days=9))], on_paid=Shop().on_paid)
    assert (young.state, old.state, old.next_due) == ("not_due", "too_old", None)
    assert young.next_due is not None
    assert abs(young.next_due - now - timedelta(seconds=30)) < timedelta(seconds=2)


@pytest.mark.parametrize("name", ["sub_mchid", "subMchId", "subMchid", "combineOutTradeNo"])
def test_a_row_with_another_name_of_a_field_is_not_queried(emulator: Emulator, name: str) -> None:
    """Without the field, another sub-merchant's order would be queried."""
    row = {"out_trade_no": "T1", "total_fee": 88, "created": datetime.now(timezone.utc) - timedelta(seconds=40)}
    meant = "combine_out_trade_no" if name == "combineOutTradeNo" else "sub_mch_id"
    for given in ({**row, name: "1900000109"}, SimpleNamespace(**row, **{name: "1900000109"})):
        (result,) = emulator.sync().notify.reconcile([given], on_paid=Shop().on_paid)
        assert type(result.error) is InvalidRequest
        assert str(result.error) == f"{name}: is not a field of orders; did you mean {meant}?"
    # A column of a table may be empty.
    for empty in ("", None):
        (result,) = emulator.sync().notify.reconcile([{**row, name: empty}], on_paid=Shop().on_paid)
        assert getattr(result.error, "err_code", None) == "ORDERNOTEXIST", result


def test_a_malformed_number_is_not_queried(emulator: Emulator) -> None:
    pay, ago = emulator.sync(), datetime.now(timezone.utc) - timedelta(seconds=40)
    before = last_call(emulator)
    for number in ["", "a:b", "1" * 33, "\u8336", "1\n", "1" * 100_000]:
        (result,) = pay.notify.reconcile([(number, 100, ago)], on_paid=Shop().on_paid)
        assert (result.out_trade_no, result.state, type(result.error)) == (number, "failed", InvalidRequest)
    assert calls_since(emulator, before) == []


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_wait_for_payment(emulator: Emulator, way: str) -> None:
    fields = order()
    prepay_id = emulator.sync().unifiedorder(**fields).prepay_id
    number = fields["out_trade_no"]

    def wait(out_trade_no: str, total_fee: int, within: float) -> ConfirmedPayment | None:
        if way == "sync":
            return emulator.sync().wait_for_payment(out_trade_no, total_fee=total_fee, within=within)
        return asyncio.run(emulator.asyncio().wait_for_payment(out_trade_no, total_fee=total_fee, within=within))

    start = time.monotonic()
    assert wait(number, 100, 0.5) is None
    assert time.monotonic() - start < 5
    pays = threading.Timer(0.3, emulator.post, ("/_emulator/pay", {"prepay_id": prepay_id, "result": "ok"}))
    pays.start()
    paid = wait(number, 100, 20)
    pays.join()
    assert type(paid) is ConfirmedPayment
    assert (paid.out_trade_no, paid.total_fee) == (number, 100)
    with pytest.raises(PaymentMismatch):
        wait(number, 1, 5)
    closed = order()
    emulator.sync().unifiedorder(**closed)
    emulator.sync().closeorder(out_trade_no=closed["out_trade_no"])
    assert wait(closed["out_trade_no"], 100, 20) is None
    for total_fee, within in [(1.0, 1.0), (100, -1), (100, "1"), (100, float("nan"))]:
        with pytest.raises(InvalidRequest):
            wait(number, total_fee, within)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["sync", "asyncio"])
@pytest.mark.parametrize("first", ["page", "notification"])
def test_a_polling_page_and_the_notification_hand_over_once(
    emulator: Emulator, sale: Sale, way: str, first: str
) -> None:
    shop, store, began = Shop(), Shelf(), threading.Event()

    def on_paid(payment: ConfirmedPayment, key: str) -> None:
        began.set()
        time.sleep(0.3)
        shop.on_paid(payment, key)

    async def on_paid_later(payment: ConfirmedPayment, key: str) -> None:
        began.set()
        await asyncio.sleep(0.3)
        shop.on_paid(payment, key)

    def page() -> None:
        if way == "sync":
            paid = emulator.sync(store=store).wait_for_payment(
                sale.out_trade_no, total_fee=100, within=0, on_paid=on_paid
            )
        else:
            pay = emulator.asyncio(store=store)
            asked = pay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=on_paid_later)
            paid = asyncio.run(asked)
        assert type(paid) is ConfirmedPayment
        assert (paid.out_trade_no, len(shop.shipped)) == (sale.out_trade_no, 1)

    def notification() -> None:
        handled = emulator.sync(store=store).notify.handle(sale.body, amount_of=shop.amount_of, on_paid=on_paid)
        assert (handled.acknowledged, handled.error, len(shop.shipped)) == (True, None, 1)

    tasks = (page, notification) if first == "page" else (notification, page)
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(tasks[0])
        assert began.wait(20)
        tasks[1]()
        ahead.result(20)
    mch_id = emulator.settings["mch_id"]
    assert [key.startswith(f"wxpay-{mch_id}-") for _, key in shop.shipped] == [True]


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_a_polling_page_hands_over_paid_orders_only(
    emulator: Emulator, sale: Sale, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    unpaid = order()
    emulator.sync().unifiedorder(**unpaid)
    shop, store = Shop(trouble=LookupError("no stock")), Shelf()

    def ask(out_trade_no: str, total_fee: int = 100) -> ConfirmedPayment | None:
        if way == "sync":
            pay = emulator.sync(store=store)
            return pay.wait_for_payment(out_trade_no, total_fee=total_fee, within=0, on_paid=shop.on_paid)
        wait = emulator.asyncio(store=store).wait_for_payment
        return asyncio.run(wait(out_trade_no, total_fee=total_fee, within=0, on_paid=shop.on_paid))

    start = time.monotonic()
    assert ask(unpaid["out_trade_no"]) is None
    with pytest.raises(PaymentMismatch):
        ask(sale.out_trade_no, 1)
    # The page gets the error of the function, and may ask again at once.
    with pytest.raises(LookupError) as raised:
        ask(sale.out_trade_no)
    assert raised.value is shop.trouble
    shop.trouble = None
    before = last_call(emulator)
    for _ in range(2):
        paid = ask(sale.out_trade_no)
        assert type(paid) is ConfirmedPayment
    assert calls_since(emulator, before).count("/pay/orderquery") == 2
    assert [number for number, _ in shop.shipped] == [sale.out_trade_no]
    assert blocking(emulator, sale.body, shop, store=store).acknowledged
    assert len(shop.shipped) == 1
    assert time.monotonic() - start < 20
    assert [record for record in caplog.records if record.name == "wxpaykit"] == []
    # A store that fails: nothing is handed over.
    pay = emulator.sync(store=Wrong(lambda: 1 / 0))
    with pytest.raises(StoreError):
        pay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=shop.on_paid)
    assert len(shop.shipped) == 1


@pytest.mark.parametrize("wrong", ["ship", 1, [], object()])
def test_on_paid_is_checked_before_any_request(emulator: Emulator, sale: Sale, wrong: Any) -> None:
    before = last_call(emulator)
    with pytest.raises(InvalidRequest, match="on_paid: must be a function"):
        emulator.sync().wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=wrong)
    with pytest.raises(InvalidRequest, match="on_paid: must be a function"):
        asyncio.run(emulator.asyncio().wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=wrong))
    assert calls_since(emulator, before) == []


# --- What a client tells ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_events(emulator: Emulator, way: str) -> None:
    events: list[Event] = []
    threads = set()

    def on_event(event: Event) -> None:
        threads.add(threading.get_ident())
        events.append(event)

    def call(**others: Any) -> None:
        if way == "sync":
            emulator.sync(on_event=on_event, **others).orderquery(out_trade_no="nobody")
        else:
            asyncio.run(emulator.asyncio(on_event=on_event, **others).orderquery(out_trade_no="nobody"))

    with pytest.raises(BusinessError):
        call()
    (event,) = events
    told = (event.endpoint, event.host, event.attempt, event.status, event.outcome, event.code, event.again)
    assert told == ("orderquery", emulator.url, 1, 200, "refused", "ORDERNOTEXIST", False)
    assert 0 < event.milliseconds < 5000
    assert repr(event).startswith(
        f"<orderquery of order nobody at {emulator.url}, attempt 1: refused ORDERNOTEXIST after "
    )
    events.clear()
    with server(lambda path, fields: (502, b"<html>502 Bad Gateway</html>")) as url, pytest.raises(TransportError):
        call(endpoints=url)
    assert [(event.attempt, event.status, event.outcome, event.again) for event in events] == [
        (1, 502, "no_answer", True),
        (2, 502, "no_answer", True),
        (3, 502, "no_answer", False),
    ]
    assert threads == {threading.get_ident()}


def test_events_come_while_a_call_blocks(emulator: Emulator) -> None:
    fields = order()
    emulator.sync().unifiedorder(**fields)
    times: list[float] = []
    pay = emulator.sync(on_event=lambda event: times.append(time.monotonic()))
    pay.wait_for_payment(fields["out_trade_no"], total_fee=100, within=2.5)
    assert times[0] < times[-1] - 0.5


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_a_listener_that_fails_harms_no_call(emulator: Emulator, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: raised.append(what.exc_value))

    def on_event(event: Event) -> None:
        raise ZeroDivisionError

    if way == "sync":
        assert emulator.sync(on_event=on_event).unifiedorder(**order()).prepay_id
    else:
        made = asyncio.run(emulator.asyncio(on_event=on_event).unifiedorder(**order()))
        assert made.prepay_id
    assert [type(error) for error in raised] == [ZeroDivisionError]


def test_attempts_are_logged(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    pay = emulator.sync()
    pay.unifiedorder(**order())
    assert caplog.records == []
    caplog.set_level(logging.DEBUG, "wxpaykit")
    pay.unifiedorder(**order())
    with pytest.raises(BusinessError):
        pay.orderquery(out_trade_no="nobody")
    asyncio.run(emulator.asyncio().unifiedorder(**order()))
    said = [(record.name, record.levelno, record.getMessage().split(" ")[0]) for record in caplog.records]
    assert said == [
        ("wxpaykit.attempts", logging.DEBUG, "<unifiedorder"),
        ("wxpaykit.attempts", logging.WARNING, "<orderquery"),
        ("wxpaykit.attempts", logging.DEBUG, "<unifiedorder"),
    ]


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_page_waits_for_the_order_of_a_sub_merchant_and_hands_it_over(way: str) -> None:
    with Emulator(merchants=PROVIDER) as wechat:
        pay, shipped = wechat.sync(store="memory:"), []

        def ship(payment: ConfirmedPayment, key: str) -> None:
            shipped.append((payment.sub_mch_id, payment.out_trade_no))

        async def ship_later(payment: ConfirmedPayment, key: str) -> None:
            ship(payment, key)

        fields = order(openid=wechat.openid, sub_mch_id="1600000001")
        number = fields["out_trade_no"]
        pay.unifiedorder(**fields)
        wechat.pay(out_trade_no=number)
        awaited = wechat.asyncio(store="memory:")

        def wait() -> Any:
            asked: dict[str, Any] = {"total_fee": 100, "within": 0, "sub_mch_id": "1600000001"}
            if way == "sync":
                return pay.wait_for_payment(number, on_paid=ship, **asked)
            return asyncio.run(awaited.wait_for_payment(number, on_paid=ship_later, **asked))

        assert [wait().out_trade_no for _ in range(2)] == [number, number]
        assert shipped == [("1600000001", number)]
