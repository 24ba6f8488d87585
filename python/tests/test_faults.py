"""Each call under each fault of its replies: how it ends, in bounded time, and what became of the money. The rows are
in tests/faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import ROOT, Emulator, order
from test_http import visit, web_token
from test_v3_bills import V3Day

from wxpaykit import AsyncWxPay, WebToken, WxPay, WxPayError, new_out_trade_no

MATRIX = json.loads((ROOT / "tests/faults/matrix.json").read_text())
ROWS = MATRIX["rows"]
TIMEOUT = MATRIX["timeout_ms"] / 1000
CALLS = ("unifiedorder", "orderquery", "closeorder")
PLATFORM = MATRIX["platform"]
V3 = MATRIX["v3"]


@pytest.fixture(scope="module")
def wechat() -> Iterator[Emulator]:
    """An emulator of its own: its faults are not for other tests."""
    with Emulator() as wechat:
        yield wechat


def blocking(wechat: Emulator, call: str, fields: dict[str, Any]) -> object:
    return getattr(WxPay(**wechat.settings, timeout=TIMEOUT), call)(**fields)


def asynchronous(wechat: Emulator, call: str, fields: dict[str, Any]) -> object:
    return asyncio.run(getattr(AsyncWxPay(**wechat.settings, timeout=TIMEOUT), call)(**fields))


def ended(run: Callable[..., object], wechat: Emulator, call: str, fields: dict[str, Any]) -> str | dict[str, Any]:
    begun = time.monotonic()
    try:
        run(wechat, call, fields)
    except WxPayError as error:
        if error.endpoint != call:
            raise
        return {"class": type(error).__name__, **vars(error)}
    finally:
        assert time.monotonic() - begun < TIMEOUT + 1
    return "ok"


def expect(found: str | dict[str, Any], wanted: str | dict[str, Any]) -> None:
    if isinstance(found, dict) and isinstance(wanted, dict):
        found = {name: found.get(name) for name in wanted}
    assert found == wanted


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
@pytest.mark.parametrize("run", [blocking, asynchronous])
def test_a_fault(run: Callable[..., object], row: dict[str, Any], call: str, wechat: Emulator) -> None:
    number = new_out_trade_no("F")
    fields = order(out_trade_no=number)
    if call != "unifiedorder":
        assert blocking(wechat, "unifiedorder", fields)
        fields = {"out_trade_no": number}
    for often in ("once", "always"):
        times = {"times": 1} if often == "once" else {}
        fault = wechat.post(
            "/_emulator/faults", {**row["fault"], "endpoint": f"/pay/{call}", "out_trade_no": number, **times}
        )
        try:
            expect(ended(run, wechat, call, fields), row[often])
        finally:
            wechat.delete(f"/_emulator/faults/{fault['id']}")
    # Whatever was known, the same request now ends well, and there is one order.
    assert ended(run, wechat, call, fields) == "ok"
    (made,) = wechat.get(f"/_emulator/orders?out_trade_no={number}")
    assert made["total_fee"] == fields.get("total_fee", made["total_fee"])
    assert made["trade_state"] == ("CLOSED" if call == "closeorder" else "NOTPAY")
    if call == "unifiedorder":
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:ok"
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:fail"


@pytest.fixture(scope="module")
def v3_day() -> Iterator[V3Day]:
    """An emulator whose clock stands still, after a day with a payment."""
    with Emulator(frozen_clock=True) as wechat:
        yield V3Day(wechat)


def v3_blocking(settings: dict[str, Any], call: str, fields: dict[str, Any]) -> object:
    reply = getattr(WxPay(**settings).v3, call)(**fields)
    return list(reply) if call == "tradebill" else reply


def v3_asynchronous(settings: dict[str, Any], call: str, fields: dict[str, Any]) -> object:
    async def ask() -> object:
        reply = getattr(AsyncWxPay(**settings).v3, call)(**fields)
        return [row async for row in reply] if call == "tradebill" else await reply

    return asyncio.run(ask())


def v3_fields(day: V3Day, call: str, number: str) -> dict[str, Any]:
    """What a call is made with, after the orders that it needs."""
    made: dict[str, Any] = {"description": "茶", "out_trade_no": number, "amount": {"total": 88}}
    made |= {"payer": {"openid": day.wechat.openid}}
    if call in ("query", "close", "refund"):
        WxPay(**day.settings()).v3.jsapi(**made)
    if call == "refund":
        day.wechat.post("/_emulator/pay", {"out_trade_no": number})
        amount = {"refund": 30, "total": 88, "currency": "CNY"}
        return {"out_trade_no": number, "out_refund_no": f"R{number}", "amount": amount}
    report = [{"info_type": "活动名称", "info_content": "新会员有礼"}]
    transfer = {"transfer_scene_id": "1000", "transfer_amount": 30, "transfer_remark": "新会员有礼"}
    transfer |= {"out_bill_no": number, "openid": day.wechat.openid, "transfer_scene_report_infos": report}
    of_order = {"out_trade_no": number}
    found: dict[str, Any] = {"jsapi": made, "query": of_order, "close": of_order, "transfer": transfer}.get(call, {})
    return found or {"bill_date": day.date, "bill_type": "ALL"}


def v3_done_once(wechat: Emulator, call: str, number: str) -> None:
    if call == "transfer":
        made = [bill for bill in wechat.get("/_emulator/transfers") if bill["out_bill_no"] == number]
        assert len(made) == 1
    elif call != "tradebill":
        (made,) = wechat.get(f"/_emulator/orders?out_trade_no={number}")
        state = {"close": "CLOSED", "refund": "REFUND"}.get(call, "NOTPAY")
        assert (made["total_fee"], made["trade_state"]) == (88, state)
    if call == "refund":
        (refund,) = wechat.get(f"/_emulator/refunds?out_trade_no={number}")
        assert (refund["refund_fee"], made["refunded"]) == (30, 30)
    if call == "jsapi":
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:ok"
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:fail"


@pytest.mark.parametrize("call", V3["calls"], ids=lambda call: call["call"])
@pytest.mark.parametrize("run", [v3_blocking, v3_asynchronous], ids=["blocking", "asynchronous"])
def test_a_fault_of_apiv3(run: Callable[..., object], call: dict[str, Any], v3_day: V3Day) -> None:
    wechat, name = v3_day.wechat, call["call"]
    # A fault is bound to an order, except that of a bill.
    at_once, retries = (1, 1) if name == "tradebill" else (8, 2)
    settings = v3_day.settings() | {"timeout": TIMEOUT, "store": "memory:", "max_network_retries": retries}

    def end(fields: dict[str, Any]) -> str | dict[str, Any]:
        return ended(lambda *_: run(settings, name, fields), wechat, f"v3.{name}", fields)

    def under(row: dict[str, Any]) -> None:
        number = new_out_trade_no("F")
        fields = v3_fields(v3_day, name, number)
        for often in ("once", "always"):
            scope: dict[str, Any] = {} if name == "tradebill" else {"out_trade_no": number}
            scope |= {"times": 1} if often == "once" else {}
            fault = wechat.post("/_emulator/faults", {**row["fault"], "endpoint": call["path"], **scope})
            wanted = row["bodiless"] if call.get("bodiless") and "bodiless" in row else row[often]
            try:
                expect(end(fields), wanted)
            finally:
                wechat.delete(f"/_emulator/faults/{fault['id']}")
        # Whatever was known, the same request now ends well, and it was done once.
        assert end(fields) == "ok"
        v3_done_once(wechat, name, number)

    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(under, V3["rows"]))


def of_platform(pay: WxPay | AsyncWxPay, call: str, token: WebToken, code: str) -> Any:
    """A call of the open platform: its reply, or what is to be awaited for it."""
    return {
        "oauth.access_token": lambda: pay.oauth.access_token(code),
        "oauth.refresh_token": lambda: pay.oauth.refresh_token(token.refresh_token),
        "oauth.userinfo": lambda: pay.oauth.userinfo(token.access_token, token.openid),
        "oauth.auth": lambda: pay.oauth.auth(token.access_token, token.openid),
        "jssdk.token": lambda: pay.jssdk.token(),
        "jssdk.stable_token": lambda: pay.jssdk.stable_token(),
        "jssdk.getticket": lambda: pay.jssdk.getticket(code),
    }[call]()


@pytest.mark.parametrize("call", PLATFORM["calls"], ids=lambda call: call["call"])
@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_fault_of_the_open_platform(way: str, call: dict[str, Any], wechat: Emulator) -> None:
    settled = wechat.sync()
    name, used_up = call["call"], call.get("once", False)
    token = web_token(settled, "snsapi_userinfo")

    def run(wechat: Emulator, call: str, fields: dict[str, Any]) -> object:
        code = (
            settled.jssdk.access_token()
            if call == "jssdk.getticket"
            else visit(settled.oauth.authorize_url("https://shop.example/", state="s1"))
        )
        if way == "sync":
            return of_platform(WxPay(**wechat.settings, timeout=TIMEOUT), call, token, code)

        async def ask() -> object:
            return await of_platform(AsyncWxPay(**wechat.settings, timeout=TIMEOUT), call, token, code)

        return asyncio.run(ask())

    for row in PLATFORM["rows"]:
        error = row["error"]
        if error != "ok":
            error = {"retry": "never" if used_up else "same_request", **error}
        for often, times in (("once", {"times": 1}), ("always", {})):
            repeated = row["repeated"] == "all" or (row["repeated"] == "safe" and not used_up)
            fault = wechat.post("/_emulator/faults", {**row["fault"], "endpoint": call["path"], **times})
            try:
                expect(ended(run, wechat, name, {}), "ok" if repeated and often == "once" else error)
            finally:
                wechat.delete(f"/_emulator/faults/{fault['id']}")
    assert ended(run, wechat, name, {}) == "ok"
