"""Each call under each fault of its replies: how it ends, in bounded time, and what became of the money. The rows are
in tests/faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ROOT, Emulator, order
from test_http import visit, web_token

from wxpaykit import AsyncWxPay, WebToken, WxPay, WxPayError, new_out_trade_no

MATRIX = json.loads((ROOT / "tests/faults/matrix.json").read_text())
ROWS = MATRIX["rows"]
TIMEOUT = MATRIX["timeout_ms"] / 1000
CALLS = ("unifiedorder", "orderquery", "closeorder")
PLATFORM = MATRIX["platform"]


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
