"""Notifications of combined orders in `notify.handle`: each part is confirmed, and handed over once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from conftest import ROOT, Emulator, V3Combined

from wxpaykit import AsyncWxPay, ConfirmedPayment, Handled, WxPay
from wxpaykit.errors import InvalidRequest, PaymentMismatch

Run = Callable[..., Any]


def blocking(settings: dict[str, Any]) -> Run:
    def run(name: str, *arguments: Any, **options: Any) -> Any:
        with WxPay(**settings) as pay:
            return getattr(pay.notify, name)(*arguments, **options)

    return run


def awaited(settings: dict[str, Any]) -> Run:
    async def wait(name: str, arguments: Any, options: Any) -> Any:
        async with AsyncWxPay(**settings) as pay:
            return await getattr(pay.notify, name)(*arguments, **options)

    return lambda name, *arguments, **options: asyncio.run(wait(name, arguments, options))


@pytest.fixture
def settings(emulator: Emulator, tmp_path: Any) -> dict[str, Any]:
    return emulator.settings | emulator.v3_settings | {"store": f"sqlite://{tmp_path / 'ledger.db'}"}


@pytest.fixture(params=[blocking, awaited])
def run(request: pytest.FixtureRequest, settings: dict[str, Any]) -> Run:
    made: Run = request.param(settings)
    return made


class Shop:
    def __init__(self, told: V3Combined) -> None:
        self.told = told
        self.took: list[tuple[ConfirmedPayment, str]] = []
        self.closed_for: str | None = None

    def functions(self) -> dict[str, Any]:
        return {"amount_of": lambda payment: self.told.parts[payment.out_trade_no], "on_paid": self.ship}

    def ship(self, payment: ConfirmedPayment, key: str) -> None:
        if payment.out_trade_no == self.closed_for:
            raise RuntimeError("the shop is closed")
        self.took.append((payment, key))


def test_each_part_is_handed_over_once(run: Run, emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    told = V3Combined(emulator, 10, 20, 30)
    shop, numbers = Shop(told), list(told.parts)
    shop.closed_for = numbers[1]
    first: Handled = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (first.state, first.status, first.delivered, first.acknowledged) == ("failed", 500, False, False)
    assert (first.out_trade_no, first.payment, first.other) == (told.number, None, None)
    assert [part.state for part in first.parts] == ["delivered", "failed", "delivered"]
    assert first.error is first.parts[1].error
    assert isinstance(first.error, RuntimeError)
    told_of = {part.out_trade_no: part.payment and part.payment.total_fee for part in first.parts}
    assert told_of == told.parts
    assert f"order {numbers[1]} was not handed over: the shop is closed" in caplog.text
    payment, key = shop.took[0]
    assert (payment.combine_out_trade_no, payment.openid, payment.attach) == (told.number, emulator.openid, "桌 7")
    assert (payment.api, payment.trade_state) == ("v3", "SUCCESS")
    assert key == f"wxpay-{payment.mch_id}-{payment.transaction_id}"
    shop.closed_for = None
    second = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (second.state, second.status, second.body, second.error) == ("delivered", 200, b"", None)
    assert [part.state for part in second.parts] == ["handed_over", "delivered", "handed_over"]
    assert [part.status for part in second.parts] == [200, 200, 200]
    third = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (third.state, third.acknowledged) == ("handed_over", True)
    assert [payment.out_trade_no for payment, _ in shop.took] == [numbers[0], numbers[2], numbers[1]]
    shown = second.to_dict()
    assert [part["state"] for part in shown["parts"]] == ["handed_over", "delivered", "handed_over"]
    assert numbers[1] in second._repr_html_()


def test_an_unknown_part_and_a_wrong_amount_stop_only_their_part(run: Run, emulator: Emulator) -> None:
    told = V3Combined(emulator, 10, 20, 30)
    shop, numbers = Shop(told), list(told.parts)
    recorded: dict[str, Any] = {numbers[0]: None, numbers[1]: 21, numbers[2]: 30}
    functions = shop.functions() | {"amount_of": lambda payment: recorded[payment.out_trade_no]}
    handled: Handled = run("handle", told.body, headers=told.headers, **functions)
    codes = [getattr(part.error, "code", None) for part in handled.parts]
    assert codes == ["order_unknown", "total_fee_mismatch", None]
    assert (handled.state, len(shop.took)) == ("failed", 1)
    with pytest.raises(PaymentMismatch, match=r"use notify\.handle, which hands each part over"):
        run("confirm", told.body, headers=told.headers)
    with pytest.raises(InvalidRequest):
        run("handle", told.body, headers=told.headers, **(functions | {"on_paid": lambda payment: None}))


def test_an_interrupted_handler_leaves_the_rest_to_the_next(emulator: Emulator, settings: dict[str, Any]) -> None:
    told = V3Combined(emulator, 10, 20, 30)
    shop = Shop(told)

    def interrupted(payment: ConfirmedPayment, key: str) -> None:
        raise KeyboardInterrupt

    with WxPay(**settings) as pay:
        with pytest.raises(KeyboardInterrupt):
            pay.notify.handle(told.body, headers=told.headers, **(shop.functions() | {"on_paid": interrupted}))
        # Nothing waits for a lease.
        handled = pay.notify.handle(told.body, headers=told.headers, **shop.functions())
    assert (handled.state, len(shop.took)) == ("delivered", 3)


def test_a_cancelled_task_leaves_the_rest_to_the_next(emulator: Emulator, settings: dict[str, Any]) -> None:
    told = V3Combined(emulator, 10, 20, 30)
    shop = Shop(told)

    async def shipping(payment: ConfirmedPayment, key: str) -> None:
        await asyncio.sleep(60)

    async def both() -> Handled:
        async with AsyncWxPay(**settings) as pay:
            slow: dict[str, Any] = shop.functions() | {"on_paid": shipping}
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(pay.notify.handle(told.body, headers=told.headers, **slow), 2)
            return await pay.notify.handle(told.body, headers=told.headers, **shop.functions())

    handled = asyncio.run(both())
    assert (handled.state, len(shop.took)) == ("delivered", 3)


def test_the_code_of_the_document(emulator: Emulator, settings: dict[str, Any]) -> None:
    names: dict[str, Any] = {}
    for block in (ROOT / "docs/apiv3.md").read_text(encoding="utf-8").split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "docs/apiv3.md", "exec", dont_inherit=True), names)
    told = V3Combined(emulator, 10, 20, 30)
    own = Shop(told).functions()
    with WxPay(**settings) as pay:
        found = names["parts"](pay, told.body, told.headers, own["amount_of"], own["on_paid"])
    assert found == [(number, "delivered", None) for number in told.parts]
