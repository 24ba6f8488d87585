"""The code of docs/providers.md, run against an emulator that plays a service provider."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from test_docs import blocks

from wxpaykit import ConfigError, new_out_trade_no
from wxpaykit.testing import Emulator

PROVIDER: dict[str, Any] = {
    "appid": "wx1111111111111111",
    "mch_id": "1500000001",
    "api_key": "0123456789abcdef0123456789abcdef",
    "api_v3_key": "fedcba9876543210fedcba9876543210",
    "app_secret": "5a1d0c7e9b3f48268f2e6d4b7c90a1e3",
    "provider": True,
    "sub_mch_ids": ["1600000001", "1600000002"],
}
SHOP = {"sub_mch_id": "1600000001", "sub_appid": "wx2222222222222222", "app_secret": "6b1d0c7e9b3f48268f2e6d4b7c90a1e4"}
CUSTOMER = "oSub" + "B" * 24


def test_the_guide_for_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(merchants=PROVIDER) as wechat:
        for name, value in wechat.settings.items():
            monkeypatch.setenv(f"WXPAY_{name.upper()}", str(value))
        monkeypatch.setenv("WXPAY_NOTIFY_URL", "http://127.0.0.1:9/n")
        names: dict[str, Any] = {}
        for block in blocks("providers.md"):
            exec(compile(block, "docs/providers.md", "exec", dont_inherit=True), names)
        shipped: list[str] = []

        def ship(payment: Any, key: str) -> None:
            shipped.append(payment.out_trade_no)

        numbers = [new_out_trade_no() for _ in range(3)]
        for number in numbers:
            made = names["order"](number, 100, SHOP, CUSTOMER, "203.0.113.9")
            assert names["page"](made)["appId"] == SHOP["sub_appid"]
            assert names["page_of_another_process"](made.prepay_id, SHOP)["appId"] == SHOP["sub_appid"]
            assert not names["is_paid"](number, ship)
        assert names["account"](SHOP).oauth.authorize_url("https://a.example/").count(SHOP["sub_appid"]) == 1
        for number in numbers:
            wechat.pay(out_trade_no=number)
        body = wechat.notification(
            out_trade_no=numbers[0],
            transaction_id=wechat.order(numbers[0])["transaction_id"],
            total_fee=100,
            sub_mch_id=SHOP["sub_mch_id"],
        )
        assert b"SUCCESS" in names["notified"](body, {}, ship)[0]
        time.sleep(1.1)  # An answer is used again for a second.
        assert names["is_paid"](numbers[1], ship)
        ago = datetime.now(timezone.utc) - timedelta(seconds=40)
        assert names["every_minute"](dict.fromkeys(numbers, ago), ship) == [numbers[2]]
        assert sorted(shipped) == sorted(numbers)
        # An order of another sub-merchant under the same number is not handed over.
        names["orders"][numbers[0]] = (100, "1600000002")
        assert names["amount_of"](names["pay"].notify.parse(body)) is None


def test_wx_config_of_a_client_with_sub_appid_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from wxpaykit import WxPay

    settings = {name: PROVIDER[name] for name in ("appid", "mch_id", "api_key", "app_secret")}
    pay = WxPay(**settings, sub_appid=SHOP["sub_appid"], sub_mch_id=SHOP["sub_mch_id"], store="memory:")
    with pytest.raises(ConfigError, match="sub_appid"):
        pay.jssdk.config("https://a.example/", js_api_list=["chooseWXPay"])
