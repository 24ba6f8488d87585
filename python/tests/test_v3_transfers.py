"""Notifications of transfers in `notify.handle`, and pending ones: confirmed, and handed over once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import ROOT, Emulator, V3Sale, v3_posted, v3_sell, v3_transferred

from wxpaykit import AsyncWxPay, ConfirmedTransfer, Handled, ReconciledTransfer, WxPay, new_out_trade_no
from wxpaykit.errors import InvalidRequest, PaymentMismatch

Run = Callable[..., Any]


def blocking(emulator: Emulator) -> Run:
    def run(name: str, *arguments: Any, **options: Any) -> Any:
        with WxPay(**settings(emulator)) as pay:
            return getattr(pay.notify, name)(*arguments, **options)

    return run


def awaited(emulator: Emulator) -> Run:
    async def wait(name: str, arguments: Any, options: Any) -> Any:
        async with AsyncWxPay(**settings(emulator)) as pay:
            return await getattr(pay.notify, name)(*arguments, **options)

    return lambda name, *arguments, **options: asyncio.run(wait(name, arguments, options))


_stores: list[str] = []


def settings(emulator: Emulator) -> dict[str, Any]:
    return emulator.settings | emulator.v3_settings | {"store": _stores[0]}


@pytest.fixture(params=[blocking, awaited])
def run(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Any) -> Run:
    _stores[:] = [f"sqlite://{tmp_path / 'ledger.db'}"]
    made: Run = request.param(emulator)
    return made


class Shop:
    def __init__(self) -> None:
        self.took: list[tuple[ConfirmedTransfer, str]] = []
        self.failed: list[tuple[ConfirmedTransfer, str]] = []

    def functions(self) -> dict[str, Any]:
        return {
            "amount_of": lambda payment: 100,
            "on_paid": lambda payment, key: None,
            "on_transferred": lambda transfer, key: self.took.append((transfer, key)),
            "on_transfer_failed": lambda transfer, key: self.failed.append((transfer, key)),
        }


def frozen(emulator: Emulator) -> V3Sale:
    """A transfer that failed."""
    number = new_out_trade_no("T")

    def transfer_at(url: str) -> None:
        every: dict[str, Any] = emulator.settings | emulator.v3_settings | {"store": "memory:"}
        with WxPay(**every) as pay:
            pay.v3.transfer(
                out_bill_no=number,
                transfer_scene_id="1000",
                openid=emulator.openid,
                transfer_amount=30,
                transfer_remark="新会员有礼",
                notify_url=url,
                transfer_scene_report_infos=[
                    {"info_type": "活动名称", "info_content": "新会员有礼"},
                    {"info_type": "奖励说明", "info_content": "一等奖"},
                ],
            )
        ends = {"out_bill_no": number, "result": "fail", "fail_reason": "ACCOUNT_FROZEN"}
        emulator.post("/_emulator/transfer", ends)
        emulator.advance(2)

    body, headers = v3_posted(emulator, transfer_at)
    return V3Sale(number, body, headers)


def test_a_transfer_is_handed_over_once(run: Run, emulator: Emulator) -> None:
    shop, told = Shop(), v3_transferred(emulator)

    def fails(transfer: ConfirmedTransfer, key: str) -> None:
        raise RuntimeError("the shop is closed")

    closed: Handled = run("handle", told.body, headers=told.headers, **(shop.functions() | {"on_transferred": fails}))
    assert (closed.state, closed.status, type(closed.error)) == ("failed", 500, RuntimeError)
    first = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (first.state, first.status, first.body, first.error) == ("delivered", 200, b"", None)
    assert (first.out_trade_no, first.payment, first.refund, first.other) == (told.out_trade_no, None, None, None)
    ((transfer, key),) = shop.took
    assert first.transfer == transfer
    assert (transfer.out_bill_no, transfer.state, transfer.transfer_amount) == (told.out_trade_no, "SUCCESS", 30)
    assert (transfer.api, transfer.openid) == ("v3", emulator.openid)
    assert key == f"wxpay-transfer-{emulator.settings['mch_id']}-{transfer.transfer_bill_no}"
    again = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (again.state, again.status, len(shop.took)) == ("handed_over", 200, 1)
    confirmed = run("confirm_transfer", told.body, headers=told.headers)
    assert confirmed == transfer
    assert "transfer" in repr(first) or first.state in repr(first)


def test_a_transfer_that_failed(run: Run, emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    shop, told = Shop(), frozen(emulator)
    functions = shop.functions() | {"on_transfer_failed": None}
    untaken: Handled = run("handle", told.body, headers=told.headers, **functions)
    assert (untaken.state, untaken.status, untaken.acknowledged) == ("transfer_failed", 200, True)
    assert untaken.transfer is not None
    assert untaken.error is not None
    assert (untaken.error.code, untaken.error.endpoint) == ("transfer_failed", "v3.transfer_query")  # type: ignore[attr-defined]
    assert f"transfer {told.out_trade_no} failed: WeChat answers FAIL (ACCOUNT_FROZEN)" in caplog.text
    handled = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (handled.state, shop.took) == ("delivered", [])
    ((transfer, key),) = shop.failed
    assert (transfer.state, transfer.fail_reason) == ("FAIL", "ACCOUNT_FROZEN")
    assert key.startswith("wxpay-transfer-failed-")


def test_pending_transfers_are_asked_for(run: Run, emulator: Emulator) -> None:
    shop, told, other = Shop(), v3_transferred(emulator), frozen(emulator)
    functions = {name: shop.functions()[name] for name in ("on_transferred", "on_transfer_failed")}
    created = datetime.now(timezone.utc) - timedelta(minutes=3)
    rows: list[Any] = [
        (told.out_trade_no, 30, created),
        {"out_bill_no": other.out_trade_no, "transfer_amount": 30, "created": created},
        (told.out_trade_no + "x", 30, created),
        (told.out_trade_no, 30, datetime.now(timezone.utc)),
        ("with_dash", 30, created),
    ]
    results: list[ReconciledTransfer] = run("reconcile_transfers", rows, **functions)
    assert [result.state for result in results] == ["delivered", "delivered", "failed", "not_due", "failed"]
    assert results[0].delivered
    assert results[0].transfer is not None
    assert results[0].out_bill_no == results[0].transfer.out_bill_no == told.out_trade_no
    assert isinstance(results[4].error, InvalidRequest)
    assert (len(shop.took), len(shop.failed)) == (1, 1)
    # The ledger is one.
    handled = run("handle", told.body, headers=told.headers, **shop.functions())
    assert (handled.state, len(shop.took)) == ("handed_over", 1)
    with pytest.raises(InvalidRequest) as caught:
        run("reconcile_transfers", rows, on_transferred=lambda: None)
    assert caught.value.field == "on_transferred"


def test_what_is_no_transfer_is_refused(run: Run, emulator: Emulator) -> None:
    sale, told = v3_sell(emulator), v3_transferred(emulator)
    with pytest.raises(PaymentMismatch, match=r"and not a transfer: use notify\.handle or notify\.confirm"):
        run("confirm_transfer", sale.body, headers=sale.headers)
    with pytest.raises(PaymentMismatch, match="is of APIv2"):
        run("confirm_transfer", b"<xml></xml>")
    with pytest.raises(PaymentMismatch, match=r"use notify\.confirm_transfer"):
        run("confirm", told.body, headers=told.headers)
    for name in ("on_transferred", "on_transfer_failed"):
        for wrong in (5, lambda: None, lambda transfer: None):
            with pytest.raises(InvalidRequest) as caught:
                run("handle", told.body, headers=told.headers, **(Shop().functions() | {name: wrong}))
            assert caught.value.field == name


def test_the_code_of_the_document(run: Run, emulator: Emulator) -> None:
    names: dict[str, Any] = {}
    for block in (ROOT / "docs/apiv3.md").read_text(encoding="utf-8").split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "docs/apiv3.md", "exec", dont_inherit=True), names)
    shop, told = Shop(), v3_transferred(emulator)
    own = shop.functions()
    with WxPay(**settings(emulator)) as pay:
        functions = (own["amount_of"], own["on_paid"], own["on_transferred"], own["on_transfer_failed"])
        assert names["with_transfers"](pay, told.body, told.headers, *functions).state == "delivered"
        created = datetime.now(timezone.utc) - timedelta(minutes=3)
        states = names["lost_transfers"](pay, [(told.out_trade_no, 30, created)], own["on_transferred"])
    assert (states, len(shop.took)) == (["handed_over"], 1)
