"""Notifications of APIv3 in `notify.handle`, beside those of APIv2: one handler, one model, one idempotency key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import hypothesis
import pytest
from conftest import ROOT, Emulator, Sale, V3Sale, calls_since, last_call, v3_posted, v3_sell, v3_transferred
from hypothesis import strategies as st
from v3_changes import CHANGES, SIGNED, Change

from wxpaykit import (
    AsyncWxPay,
    ConfirmedPayment,
    ConfirmedRefund,
    Handled,
    V3Notification,
    WxPay,
    dispatch,
    new_out_refund_no,
)
from wxpaykit.errors import ConfigError, InvalidRequest, PaymentMismatch, SignatureError

PUBLIC_KEY = ("platform_public_key", "platform_public_key_id")
FAIL = '{"code":"FAIL","message":"失败"}'.encode()


def settings(emulator: Emulator, *without: str, **others: Any) -> dict[str, Any]:
    every = emulator.settings | emulator.v3_settings | {"store": "memory:"} | others
    return {name: value for name, value in every.items() if name not in without}


@pytest.fixture
def both(emulator: Emulator) -> Iterator[WxPay]:
    with WxPay(**settings(emulator)) as pay:
        yield pay


class Shop:
    """The functions of a shop, and what they were called with."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.items: list[Any] = []

    def take(self, item: ConfirmedPayment | ConfirmedRefund, idempotency_key: str) -> None:
        self.items.append(item)
        self.keys.append(idempotency_key)

    def handle(self, pay: WxPay, body: bytes, headers: Any = None) -> Handled:
        return pay.notify.handle(
            body,
            headers=headers,
            amount_of=lambda payment: 100,
            on_paid=self.take,
            on_refunded=self.take,
            on_refund_failed=self.take,
        )


@pytest.mark.parametrize(
    ("name", "other"), [("on_refund_failed", "on_refunded"), ("on_transfer_failed", "on_transferred")]
)
def test_a_function_that_would_never_run_is_refused(both: WxPay, emulator: Emulator, name: str, other: str) -> None:
    functions: dict[str, Any] = {"amount_of": lambda payment: 100, "on_paid": Shop().take, name: Shop().take}

    async def asynchronous() -> None:
        async with AsyncWxPay(**settings(emulator)) as pay:
            await pay.notify.handle(b"", **functions)

    for handled in (lambda: both.notify.handle(b"", **functions), lambda: asyncio.run(asynchronous())):
        with pytest.raises(InvalidRequest, match=f"given without {other}") as caught:
            handled()
        assert caught.value.field == name


@pytest.mark.parametrize("without", [(), ("api_key",), PUBLIC_KEY], ids=["both", "apiv3 alone", "certificates"])
def test_a_payment_is_handed_over_once(emulator: Emulator, without: tuple[str, ...]) -> None:
    shop, v3_sale = Shop(), v3_sell(emulator, *without)
    assert v3_sale.headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_") == (without != PUBLIC_KEY)
    with WxPay(**settings(emulator, *without)) as pay:
        first = shop.handle(pay, v3_sale.body, v3_sale.headers)
        assert (first.state, first.error) == ("delivered", None)
        assert (first.status, first.content_type, first.body) == (200, "application/json", b"")
        again = shop.handle(pay, v3_sale.body, v3_sale.headers)
        assert (again.state, again.status, again.out_trade_no) == ("handed_over", 200, v3_sale.out_trade_no)
        created = datetime.now(timezone.utc) - timedelta(minutes=2)
        (row,) = pay.notify.reconcile([(v3_sale.out_trade_no, 100, created)], on_paid=shop.take)
        assert row.state == "handed_over"
        payment = pay.wait_for_payment(v3_sale.out_trade_no, total_fee=100, within=0)
    (taken,) = shop.items
    assert payment is not None
    assert (taken.api, payment.api) == ("v3", "v3" if without == ("api_key",) else "v2")
    assert (taken.total_fee, taken.attach, taken.openid) == (100, "桌 7", emulator.openid)
    assert (taken.trade_type, taken.trade_state, taken.fee_type) == ("JSAPI", "SUCCESS", "CNY")
    assert taken.time_end == payment.time_end
    assert shop.keys == [f"wxpay-{emulator.settings['mch_id']}-{taken.transaction_id}"]


def test_both_apis_share_one_ledger(emulator: Emulator, both: WxPay, sale: Sale, v3_sale: V3Sale) -> None:
    shop = Shop()
    assert shop.handle(both, sale.body).body.startswith(b"<xml>")
    assert shop.handle(both, sale.body, {"Host": "shop.example"}).state == "handed_over"
    # Told by APIv3, and found by the query of APIv2 before.
    created = datetime.now(timezone.utc) - timedelta(minutes=2)
    (row,) = both.notify.reconcile([(v3_sale.out_trade_no, 100, created)], on_paid=shop.take)
    assert row.state == "delivered"
    assert shop.handle(both, v3_sale.body, v3_sale.headers).state == "handed_over"
    assert [item.api for item in shop.items] == ["v2", "v2"]


def test_the_page_of_apiv3(emulator: Emulator, both: WxPay, v3_sale: V3Sale) -> None:
    names: dict[str, Any] = {}
    for block in (ROOT / "docs/apiv3.md").read_text(encoding="utf-8").split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "docs/apiv3.md", "exec", dont_inherit=True), names)
    shop = Shop()
    answer = names["answered"](both, v3_sale.body, v3_sale.headers, lambda payment: 100, shop.take, shop.take)
    assert answer == (200, "application/json", b"")
    assert len(shop.items) == 1

    async def other() -> Any:
        async with AsyncWxPay(**settings(emulator)) as pay:
            return await names["transferred"](pay, v3_sale.body, v3_sale.headers)

    with pytest.raises(KeyError, match="out_bill_no"):  # It is a payment, and not a transfer.
        asyncio.run(other())


def test_asyncio(emulator: Emulator, v3_sale: V3Sale) -> None:
    shop = Shop()

    async def on_paid(payment: ConfirmedPayment, key: str) -> None:
        shop.take(payment, key)

    async def run() -> None:
        async with AsyncWxPay(**settings(emulator)) as pay:
            told = pay.notify.parse(v3_sale.body, headers=v3_sale.headers)
            assert (told.out_trade_no, told.total_fee) == (v3_sale.out_trade_no, 100)
            confirmed = await pay.notify.confirm(v3_sale.body, headers=list(v3_sale.headers.items()))
            assert (confirmed.api, confirmed.transaction_id) == ("v3", told.transaction_id)
            several = [
                pay.notify.handle(v3_sale.body, headers=v3_sale.headers, amount_of=lambda payment: 100, on_paid=on_paid)
                for _ in range(4)
            ]
            states = sorted(handled.state for handled in await asyncio.gather(*several))
            assert states.count("delivered") == 1, states
            event = await pay.v3.notification(v3_sale.body, headers=v3_sale.headers)
            assert (event.event_type, event.original_type) == ("TRANSACTION.SUCCESS", "transaction")
            assert event.resource["out_trade_no"] == v3_sale.out_trade_no
            assert emulator.openid not in repr(event) + event._repr_html_()
            assert emulator.openid in str(event.to_dict())

    asyncio.run(run())
    assert len(shop.items) == 1


def test_a_refund_is_handed_over_once(emulator: Emulator, both: WxPay, sale: Sale) -> None:
    shop, number = Shop(), new_out_refund_no()

    def refund_at(url: str) -> None:
        amount: Any = {"refund": 30, "total": 100, "currency": "CNY"}
        both.v3.refund(out_trade_no=sale.out_trade_no, out_refund_no=number, amount=amount, notify_url=url)
        emulator.advance(60)

    body, headers = v3_posted(emulator, refund_at)
    told = both.notify.parse_refund(body, headers=headers)
    assert (told.out_refund_no, told.refund_fee, told.appid) == (number, 30, None)
    assert both.notify.confirm_refund(body, headers=headers).refund_status == "SUCCESS"
    handled = shop.handle(both, body, headers)
    assert (handled.state, handled.status, handled.body) == ("delivered", 200, b""), handled.error
    assert handled.refund is not None
    assert (handled.refund.api, handled.refund.total_fee, handled.refund.refund_fee) == ("v3", 100, 30)
    created = datetime.now(timezone.utc) - timedelta(minutes=2)
    (row,) = both.notify.reconcile_refunds([(number, 30, created)], on_refunded=shop.take)
    assert row.state == "handed_over"
    assert shop.keys == [f"wxpay-refund-{emulator.settings['mch_id']}-{handled.refund.refund_id}"]
    alone = both.notify.handle(body, headers=headers, amount_of=lambda payment: 100, on_paid=shop.take)
    assert (alone.state, alone.status, alone.body) == ("failed", 500, FAIL)
    assert "on_refunded" in str(alone.error)


@pytest.mark.parametrize("awaits", [False, True], ids=["blocking", "asyncio"])
def test_a_notification_of_another_kind(emulator: Emulator, caplog: pytest.LogCaptureFixture, awaits: bool) -> None:
    transferred, told = v3_transferred(emulator), list[V3Notification]()

    def handle(body: bytes, headers: Any, **others: Any) -> Handled:
        functions: dict[str, Any] = {"amount_of": lambda payment: 100, "on_paid": Shop().take, "on_other": told.append}
        if not awaits:
            with WxPay(**settings(emulator)) as pay:
                return pay.notify.handle(body, headers=headers, **(functions | others))

        async def run() -> Handled:
            async with AsyncWxPay(**settings(emulator)) as pay:
                return await pay.notify.handle(body, headers=headers, **(functions | others))

        return asyncio.run(run())

    # Nothing is recorded: it runs each time.
    for _ in range(2):
        handled = handle(transferred.body, transferred.headers)
        assert (handled.state, handled.status, handled.body) == ("delivered", 200, b""), handled.error
        assert (handled.payment, handled.refund, handled.out_trade_no) == (None, None, None)
    assert handled.other is told[1]
    assert [event.event_type for event in told] == ["MCHTRANSFER.BILL.FINISHED"] * 2
    assert (told[0].id, told[0].original_type) == (told[1].id, "mch_payment")
    assert (told[0].resource["out_bill_no"], told[0].resource["state"]) == (transferred.out_trade_no, "SUCCESS")

    def fails(event: V3Notification) -> None:
        raise RuntimeError("the shop is closed")

    handled = handle(transferred.body, transferred.headers, on_other=fails)
    assert (handled.state, handled.status, handled.body) == ("failed", 500, FAIL)
    assert isinstance(handled.error, RuntimeError)
    assert handled.other is not None
    assert f"notification {told[0].id} (MCHTRANSFER.BILL.FINISHED) was not handed over" in caplog.text
    alone = handle(transferred.body, transferred.headers, on_other=None)
    assert (alone.state, alone.status) == ("failed", 500)
    assert "pass on_other to notify.handle" in str(alone.error)
    changed = handle(transferred.body.replace(b"FINISHED", b"finished"), transferred.headers)
    assert (changed.status, type(changed.error)) == (401, SignatureError)
    # A payment and a refund are none of its business.
    sale = v3_sell(emulator)
    assert handle(sale.body, sale.headers).payment is not None
    number = new_out_refund_no()

    def refund_at(url: str) -> None:
        amount: Any = {"refund": 30, "total": 100, "currency": "CNY"}
        with WxPay(**settings(emulator)) as pay:
            pay.v3.refund(out_trade_no=sale.out_trade_no, out_refund_no=number, amount=amount, notify_url=url)
        emulator.advance(60)

    body, headers = v3_posted(emulator, refund_at)
    assert (handle(body, headers).state, len(told)) == ("failed", 2)
    for wrong in (5, lambda: None, lambda event, key: None):
        with pytest.raises(InvalidRequest) as caught:
            handle(transferred.body, transferred.headers, on_other=wrong)
        assert caught.value.field == "on_other"


def test_what_is_not_authentic_is_refused(
    emulator: Emulator, both: WxPay, v3_sale: V3Sale, caplog: pytest.LogCaptureFixture
) -> None:
    shop, headers = Shop(), v3_sale.headers
    lower = {name.lower().encode(): [value.encode()] for name, value in headers.items()}
    cases: list[tuple[bytes, Any, str]] = [
        (v3_sale.body, None, "header_missing"),
        (v3_sale.body, {}, "header_missing"),
        (v3_sale.body.replace(b"\n", b"") + b" ", headers, "signature_mismatch"),
        (v3_sale.body, headers | {"Wechatpay-Timestamp": str(int(time.time()) - 400)}, "timestamp_expired"),
        (v3_sale.body, headers | {"Wechatpay-Nonce": "other"}, "signature_mismatch"),
        (v3_sale.body, headers | {"Wechatpay-Serial": "AB" * 20}, "serial_unknown"),
        (v3_sale.body, headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"}, "signature_probe"),
    ]
    for body, given, code in cases:
        handled = shop.handle(both, body, given)
        assert isinstance(handled.error, SignatureError)
        assert (handled.error.code, handled.status, handled.body) == (code, 401, FAIL), handled.error
        assert handled.out_trade_no is None
    assert all(record.levelname == "WARNING" for record in caplog.records)
    assert both.notify.parse(v3_sale.body, headers=lower).out_trade_no == v3_sale.out_trade_no
    for odd in (
        [list(pair) for pair in headers.items()],
        {name: (text,) for name, text in headers.items()},
        [(name.encode(), bytearray(text.encode())) for name, text in headers.items()],
        headers | {"Other": None, "More": 1.5},
    ):
        assert both.notify.parse(v3_sale.body, headers=odd).out_trade_no == v3_sale.out_trade_no  # type: ignore[arg-type]
    assert shop.handle(both, b"", iter(headers.items())).status == 401  # They are read once for the answer too.
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = "x"
    for _ in range(200_000):
        deep = [deep]
    for nested in (endless, (endless,), deep):
        unread = shop.handle(both, v3_sale.body, headers | {"Wechatpay-Serial": nested})
        assert unread.error is not None and unread.error.code == "header_missing"  # type: ignore[attr-defined]

    class Broken(dict[str, str]):
        def items(self) -> Any:
            raise RuntimeError("boom")

    broken = shop.handle(both, v3_sale.body, Broken())
    assert isinstance(broken.error, InvalidRequest)
    assert isinstance(broken.error.__cause__, RuntimeError)
    for wrong in ("Wechatpay-Serial: x", b"x", 1, [1], ["ab"]):
        with pytest.raises(InvalidRequest, match="headers"):
            both.notify.parse(v3_sale.body, headers=wrong)  # type: ignore[arg-type]
    handled = shop.handle(both, v3_sale.body, 1)
    assert isinstance(handled.error, InvalidRequest)
    assert (handled.status, handled.body) == (500, FAIL)
    assert not shop.items


def test_any_single_change_to_a_notification_is_refused(emulator: Emulator, v3_sale: V3Sale) -> None:
    """With both APIs and with APIv3 alone, blocking and awaited: nothing is asked, and nothing is handed over."""
    before = v3_sale.headers, v3_sale.body
    never: dict[str, Any] = {"amount_of": pytest.fail, "on_paid": pytest.fail}
    clients = [WxPay(**settings(emulator, *without)) for without in ((), ("api_key",))]
    awaited = AsyncWxPay(**settings(emulator))
    asked = last_call(emulator)

    @hypothesis.settings(max_examples=2000, deadline=None)
    @hypothesis.given(CHANGES, st.sampled_from(clients))
    def changed(change: Change, pay: WxPay) -> None:
        hypothesis.assume((after := change.of(*before)) != before)
        refused(pay.notify.handle(after[1], headers=after[0], **never))

    def refused(handled: Handled) -> None:
        assert isinstance(handled.error, SignatureError), repr(handled.error)
        assert (handled.state, handled.status, handled.out_trade_no) == ("failed", 401, None)

    async def every() -> None:
        changes = [Change(part, "replace", at, 0x2A) for part in (*SIGNED, "body") for at in range(40)]
        # It begins as a message of APIv2 does.
        changes.append(Change("body", "replace", 0, ord("<")))
        for headers, body in (change.of(*before) for change in changes):
            refused(await awaited.notify.handle(body, headers=headers, **never))

    changed()
    asyncio.run(every())
    # A serial number that is not known is looked for, once a minute.
    paths = calls_since(emulator, asked)
    assert set(paths) <= {"/v3/certificates"} and len(paths) <= 6, paths
    # Without a change it is believed.
    assert clients[0].notify.parse(v3_sale.body, headers=v3_sale.headers).out_trade_no == v3_sale.out_trade_no


def test_settings_that_are_missing_are_named(emulator: Emulator, sale: Sale, v3_sale: V3Sale) -> None:
    with WxPay(**settings(emulator, "api_key")) as pay, pytest.raises(ConfigError, match="api_key: is not set"):
        pay.notify.parse(sale.body)
    with WxPay(**settings(emulator, "api_v3_key")) as pay, pytest.raises(ConfigError, match="api_v3_key: is not set"):
        pay.notify.parse(v3_sale.body, headers=v3_sale.headers)
    with WxPay(**settings(emulator, "api_v3_key", *PUBLIC_KEY)) as pay, pytest.raises(SignatureError, match="APIv3"):
        pay.notify.parse(v3_sale.body, headers=v3_sale.headers)
    other = settings(emulator, "api_key", api_v3_key="0" * 32)
    with WxPay(**other) as pay, pytest.raises(SignatureError, match="api_v3_key") as caught:
        pay.notify.parse(v3_sale.body, headers=v3_sale.headers)
    assert caught.value.code == "decrypt_failed"


def test_an_event_that_is_no_payment_is_named(both: WxPay, v3_sale: V3Sale) -> None:
    with pytest.raises(PaymentMismatch, match=r"TRANSACTION\.SUCCESS .*notify\.handle"):
        both.notify.parse_refund(v3_sale.body, headers=v3_sale.headers)
    with pytest.raises(PaymentMismatch, match=r"notify\.handle takes notifications of APIv2"):
        both.v3.notification(b"<xml/>", headers=v3_sale.headers)


def test_several_clients_behind_one_address(emulator: Emulator, v3_sale: V3Sale) -> None:
    other = settings(emulator, "api_key", api_v3_key="0" * 32)
    with WxPay(**other) as first, WxPay(**settings(emulator)) as second:
        assert dispatch(v3_sale.body, [first, second]) is second


def test_the_answer_of_a_result_of_ones_own() -> None:
    """Results are made of a state alone in unit tests."""
    answer: Callable[[Handled], tuple[int, bytes]] = lambda handled: (handled.status, handled.body)  # noqa: E731
    assert answer(Handled("busy")) == answer(Handled("failed").answering(None, None)) == (500, Handled("failed").body)
    assert answer(Handled("busy").answering(b"<xml/>", None)) == (200, Handled("failed").body)
    assert Handled("delivered").status == 200
    assert answer(Handled("delivered").answering(b"{}", None)) == (200, b"")
    assert answer(Handled("busy").answering(None, {"Wechatpay-Signature": "x"})) == (500, FAIL)
