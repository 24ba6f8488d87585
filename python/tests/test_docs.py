"""The code of docs/python.md, run in its order against the emulator."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator
from test_http import Posted, server, visit

from wxpaykit import WxPay, ack

PAGE = Path(__file__).resolve().parents[2] / "docs/python.md"


@pytest.fixture
def page(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name, value in emulator.settings.items():
        monkeypatch.setenv(f"WXPAY_{name.upper()}", value)
    names: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) == 7
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_guide(emulator: Emulator, page: dict[str, Any]) -> None:
    posted = Posted()
    with server(posted) as shop:
        page["pay"] = WxPay.from_env(notify_url=f"{shop}/notify")
        params = page["buy"](visit(page["begin"]("s1")), "203.0.113.9")
        prepay_id = params["package"].removeprefix("prepay_id=")
        emulator.post("/_emulator/pay", {"prepay_id": prepay_id, "result": "ok"})
        assert posted.came.wait(10)
        body = posted.bodies[0]
    number = page["pay"].notify.parse(body).out_trade_no
    assert page["notified"](body, {number: 100}.__getitem__) == ack()
    assert page["notified"](body, {number: 1}.__getitem__) == page["notified"](b"<xml/>", None) == ack(False, "FAIL")
    assert page["close"](number) == "paid"
    assert asyncio.run(page["states"]([number, number])) == ["SUCCESS", "SUCCESS"]
    as_dict, raw = page["describe"](number)
    assert (as_dict["total_fee"], raw["total_fee"]) == (100, "100")
