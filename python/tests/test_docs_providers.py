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
SECOND = {**SHOP, "sub_mch_id": "1600000002"}
CUSTOMER = "oSub" + "B" * 24
OK = "get_brand_wcpay_request:ok"


def guide(wechat: Emulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the guide's code defines."""
    for name, value in {**wechat.settings, **wechat.v3_settings, "notify_url": "http://127.0.0.1:9/n"}.items():
        monkeypatch.setenv(f"WXPAY_{name.upper()}", str(value))
    names: dict[str, Any] = {}
    for block in blocks("providers.md"):
        exec(compile(block, "docs/providers.md", "exec", dont_inherit=True), names)
    return names


def test_the_guide_for_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(merchants=PROVIDER) as wechat:
        names = guide(wechat, monkeypatch)
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


def test_the_guide_by_both_apis_for_pages_and_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(merchants=PROVIDER) as wechat:
        names = guide(wechat, monkeypatch)
        for payer, appid in [
            ({"sub_openid": CUSTOMER}, SHOP["sub_appid"]),
            ({"sp_openid": wechat.openid}, PROVIDER["appid"]),
        ]:
            page = names["v3_page"](names["v3_order"](new_out_trade_no(), 100, SHOP, payer))
            assert (page["appId"], wechat.pay(params=page)["err_msg"]) == (appid, OK)
        app = names["app"](new_out_trade_no(), 100, SHOP, "203.0.113.9")
        assert (app["appid"], app["partnerid"]) == (SHOP["sub_appid"], SHOP["sub_mch_id"])
        assert wechat.pay(app_params=app)["err_msg"] == OK
        again = names["app_of_another_process"](app["prepayid"], SHOP)
        assert (again["appid"], again["partnerid"]) == (SHOP["sub_appid"], SHOP["sub_mch_id"])


def test_the_guide_for_tills_refunds_combined_orders_and_sharing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(merchants=PROVIDER, frozen_clock=True) as wechat:
        names = guide(wechat, monkeypatch)
        till, handed, number = new_out_trade_no(), [], new_out_trade_no()

        def took(item: Any, key: str) -> None:
            handed.append((item.sub_mch_id, getattr(item, "total_fee", None), item))

        scanned = wechat.control("POST", "/_emulator/payment-code", {})["auth_code"]
        assert names["sell"](till, scanned, 60, SHOP, "203.0.113.9").state == "paid"
        resumed = names["after_a_crash"](till)
        assert (resumed.state, resumed.payment.sub_mch_id) == ("paid", SHOP["sub_mch_id"])

        ago = datetime.now(timezone.utc) - timedelta(seconds=40)
        names["refund"](till, "R1", 20, ago)
        names["v3_refund"](till, "R2", 30, ago)
        wechat.advance(10)
        assert names["lost_refunds"](took) == {"R1": "delivered", "R2": "delivered"}
        assert [(sub_mch_id, refund.refund_fee) for sub_mch_id, _, refund in handed] == [
            (SHOP["sub_mch_id"], 20),
            (SHOP["sub_mch_id"], 30),
        ]

        handed.clear()
        parts = [(f"{number[:30]}a", 10, SHOP), (f"{number[:30]}b", 20, SECOND)]
        page = names["combined"](number, parts, {"openid": wechat.openid})
        assert (page["appId"], wechat.pay(params=page)["err_msg"]) == (PROVIDER["appid"], OK)
        assert names["lost_parts"](number, [part for part, _, _ in parts], ago, took) == ["delivered"] * 2
        assert [(sub_mch_id, fee) for sub_mch_id, fee, _ in handed] == [
            (SHOP["sub_mch_id"], 10),
            (SECOND["sub_mch_id"], 20),
        ]

        sold = new_out_trade_no()
        names["sold_to_share"](sold, 1000, SHOP)
        wechat.pay(out_trade_no=sold)
        wechat.advance(70)
        transaction_id = names["share"](sold, "P1", 100)
        wechat.advance(70)
        state, results = names["shared"](sold, "P1", transaction_id)
        assert (state, set(results)) == ("FINISHED", {"SUCCESS"})


def test_wx_config_of_a_client_with_sub_appid_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from wxpaykit import WxPay

    settings = {name: PROVIDER[name] for name in ("appid", "mch_id", "api_key", "app_secret")}
    pay = WxPay(**settings, sub_appid=SHOP["sub_appid"], sub_mch_id=SHOP["sub_mch_id"], store="memory:")
    with pytest.raises(ConfigError, match="sub_appid"):
        pay.jssdk.config("https://a.example/", js_api_list=["chooseWXPay"])
