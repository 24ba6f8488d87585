"""The emulator for all tests: real HTTP over loopback, no mocks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wxpaykit import AsyncWxPay, WxPay, new_out_trade_no, testing

ROOT = Path(__file__).resolve().parents[2]
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

# The one that was built here, unless another is named.
os.environ.setdefault("WXPAYKIT_EMULATOR", str(ROOT / "target/release/wxpaykit-emulator"))


class Emulator(testing.Emulator):
    """A running emulator, and clients of it."""

    def sync(self, **others: Any) -> WxPay:
        return WxPay(**(self.settings | others))

    def asyncio(self, **others: Any) -> AsyncWxPay:
        return AsyncWxPay(**(self.settings | others))

    def get(self, path: str) -> Any:
        return self.control("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.control("POST", path, body)

    def delete(self, path: str) -> Any:
        return self.control("DELETE", path)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as wechat:
        yield wechat


@pytest.fixture
def pay(emulator: Emulator) -> WxPay:
    return emulator.sync()


def order(**others: Any) -> dict[str, Any]:
    """The fields of an order that succeeds."""
    fields = {
        "body": "一斤茶叶",
        "out_trade_no": new_out_trade_no("T"),
        "total_fee": 100,
        "spbill_create_ip": "203.0.113.9",
        "openid": OPENID,
    }
    return fields | others
