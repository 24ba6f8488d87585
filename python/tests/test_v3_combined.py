"""Notifications of combined orders in `notify.handle`: each part is confirmed, and handed over once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import ROOT, Emulator, V3Combined, v3_sell

from wxpaykit import AsyncWxPay, ConfirmedPayment, Handled, Reconciled, WxPay, new_out_trade_no
from wxpaykit.django.management.commands import wxpay_reconcile as command
from wxpaykit.errors import InvalidRequest, PaymentMismatch
from wxpaykit.testing import EmulatorError

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


class Row:
    """A row of a table: an order that is a part of a combined one, or not."""

    def __init__(self, number: str, amount: int, combined: str | None) -> None:
        self.out_trade_no, self.total_fee, self.combine_out_trade_no = number, amount, combined
        self.created = datetime.now(timezone.utc) - timedelta(minutes=2)


def as_dict(row: Row) -> dict[str, Any]:
    return vars(row)


def as_object(row: Row) -> Row:
    return row


def without_zone(row: Row) -> Any:
    """What ``wxpay_reconcile`` makes of an object in a project without time zones."""
    row.created = row.created.replace(tzinfo=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "make_aware", lambda time: time.replace(tzinfo=timezone.utc))
        return command._zoned(row)


@pytest.mark.parametrize("shape", [as_dict, as_object, without_zone])
def test_parts_are_reconciled(run: Run, emulator: Emulator, shape: Callable[[Row], Any]) -> None:
    told = V3Combined(emulator, 10, 20, 30)
    shop = Shop(told)
    lone = v3_sell(emulator)
    rows = [shape(Row(number, amount, told.number)) for number, amount in told.parts.items()]
    # An empty text is that of an order which is not combined.
    rows.insert(1, shape(Row(lone.out_trade_no, 100, "")))
    results: list[Reconciled] = run("reconcile", rows, on_paid=shop.ship)
    assert [result.state for result in results] == ["delivered"] * 4
    combined = [result.payment and result.payment.combine_out_trade_no for result in results]
    assert combined == [told.number, None, told.number, told.number]
    assert [key for payment, key in shop.took] == [f"wxpay-{p.mch_id}-{p.transaction_id}" for p, _ in shop.took]
    handled = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (handled.state, handled.status, len(shop.took)) == ("handed_over", 200, 4)


def test_rows_of_parts_that_are_wrong_fail_alone(run: Run, emulator: Emulator) -> None:
    told = V3Combined(emulator, 10, 20)
    shop, (one, two) = Shop(told), told.parts
    good = Row(one, 10, told.number)
    rows: list[Any] = [
        Row("T-stranger", 10, told.number),
        Row(two, 21, told.number),
        Row(one, 10, "T-nowhere"),
        Row(two, 20, None),
        as_dict(good) | {"combine_out_trade_no": 5},
        as_dict(good) | {"out_trade_no": ""},
        as_dict(good) | {"combine_out_trade_no": "a b"},
        {"combine_out_trade_no": told.number, "total_fee": 10, "created": good.created},
        good,
        good,
    ]
    results: list[Reconciled] = run("reconcile", rows, on_paid=shop.ship)
    codes = [getattr(result.error, "err_code", None) or getattr(result.error, "code", None) for result in results]
    assert codes[:4] == ["part_unknown", "total_fee_mismatch", "ORDERNOTEXIST", "ORDERNOTEXIST"]
    assert [getattr(result.error, "field", None) for result in results[4:8]] == [
        "combine_out_trade_no",
        "out_trade_no",
        "combine_out_trade_no",
        "pending",
    ]
    # The same part twice: they are asked for at the same time, and either may be first.
    assert sorted(result.state for result in results[8:]) == ["delivered", "not_due"]
    assert str(results[0].error).startswith("v3.combine_query: the combined order has no part T-stranger")


def test_waiting_for_a_part(settings: dict[str, Any], emulator: Emulator) -> None:
    told = V3Combined(emulator, 10, 20)
    shop, (one, two) = Shop(told), told.parts
    with WxPay(**settings) as pay:
        wait = pay.wait_for_payment
        paid = wait(one, total_fee=10, within=0, combine_out_trade_no=told.number, on_paid=shop.ship)
        assert paid is not None
        assert (paid.out_trade_no, paid.combine_out_trade_no) == (one, told.number)
        with pytest.raises(PaymentMismatch, match="has no part T-9") as no_part:
            wait("T-9", total_fee=10, within=60, combine_out_trade_no=told.number)
        assert no_part.value.code == "part_unknown"
        with pytest.raises(PaymentMismatch):
            wait(two, total_fee=21, within=60, combine_out_trade_no=told.number)
        for wrong in ("a b", "9" * 33, 5):
            with pytest.raises(InvalidRequest, match="combine_out_trade_no"):
                wait(two, total_fee=20, within=0, combine_out_trade_no=wrong)  # type: ignore[arg-type]

    async def both() -> list[ConfirmedPayment | None]:
        async with AsyncWxPay(**settings) as pay:
            waits = [
                pay.wait_for_payment(
                    number, total_fee=fee, within=0, combine_out_trade_no=told.number, on_paid=shop.ship
                )
                for number, fee in told.parts.items()
            ]
            return await asyncio.gather(*waits)

    assert [payment and payment.out_trade_no for payment in asyncio.run(both())] == [one, two]
    assert sorted(payment.out_trade_no for payment, _ in shop.took) == sorted(told.parts)


def test_the_code_of_the_document(emulator: Emulator, settings: dict[str, Any]) -> None:
    names: dict[str, Any] = {}
    for block in (ROOT / "docs/apiv3.md").read_text(encoding="utf-8").split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "docs/apiv3.md", "exec", dont_inherit=True), names)
    told = V3Combined(emulator, 10, 20, 30)
    own = Shop(told).functions()
    with WxPay(**settings) as pay:
        found = names["parts"](pay, told.body, told.headers, own["amount_of"], own["on_paid"])
        assert found == [(number, "delivered", None) for number in told.parts]
        lost = V3Combined(emulator, 10, 20)
        created, shop = datetime.now(timezone.utc) - timedelta(minutes=2), Shop(lost)
        assert names["lost_parts"](pay, lost.number, lost.parts, created, shop.ship) == ["delivered"] * 2
        number, amounts = new_out_trade_no("C"), {new_out_trade_no("T"): amount for amount in (10, 20)}
        assert names["combined"](pay, number, amounts, emulator.openid)["signType"] == "RSA"
        for part in amounts:
            with pytest.raises(EmulatorError, match="pay that one"):
                emulator.pay(out_trade_no=part)
        emulator.pay(out_trade_no=number)
        found = pay.v3.combine_query(combine_out_trade_no=number)
        assert {(part.out_trade_no, part.amount.total_amount, part.trade_state) for part in found.sub_orders} == {
            (part, amount, "SUCCESS") for part, amount in amounts.items()
        }
