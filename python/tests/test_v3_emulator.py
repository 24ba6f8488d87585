"""Calls of APIv3 against the emulator, which checks what WeChat checks."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from wxpaykit import AsyncWxPay, WxPay, new_out_refund_no, new_out_trade_no
from wxpaykit.errors import BusinessError, ConfigError, WxPayError
from wxpaykit.testing import Emulator

PUBLIC_KEY = ("platform_public_key", "platform_public_key_id")


def settings(emulator: Emulator, *without: str) -> dict[str, Any]:
    every = {**emulator.settings, **emulator.v3_settings, "notify_url": "https://shop.example/wxpay/notify"}
    return {name: value for name, value in every.items() if name not in without}


@pytest.mark.parametrize("without", [("api_key",), PUBLIC_KEY], ids=["public_key", "certificates"])
def test_an_order_is_made_paid_and_refunded(emulator: Emulator, without: tuple[str, ...]) -> None:
    with WxPay(**settings(emulator, *without)) as pay:
        number = new_out_trade_no()
        fields: dict[str, Any] = {
            "description": "茶",
            "out_trade_no": number,
            "amount": {"total": 88, "currency": "CNY"},
            "payer": {"openid": emulator.openid},
        }
        order = pay.v3.jsapi(**fields)
        assert pay.v3.query(out_trade_no=number).trade_state == "NOTPAY"
        page = pay.v3.jsapi_params(order.prepay_id)
        emulator.pay(params=page)
        paid = pay.v3.query(out_trade_no=number)
        assert paid.amount is not None
        assert (paid.trade_state, paid.amount.total) == ("SUCCESS", 88)
        assert pay.v3.query(transaction_id=paid.transaction_id).out_trade_no == number
        refund_no = new_out_refund_no()
        amount: Any = {"refund": 30, "total": 88, "currency": "CNY"}
        refund = pay.v3.refund(out_trade_no=number, out_refund_no=refund_no, amount=amount)
        assert (refund.out_refund_no, refund.amount.refund) == (refund_no, 30)
        again = pay.v3.refund(out_trade_no=number, out_refund_no=refund_no, amount=amount)
        assert again.refund_id == refund.refund_id
        assert pay.v3.refund_query(out_refund_no=refund_no).refund_id == refund.refund_id


COUPONS = [{"id": "10000", "type": "CASH", "fee": 4}, {"id": "20000", "type": "NO_CASH", "fee": 6}]


def test_the_coupons_of_an_order_are_the_same_by_either_api(emulator: Emulator) -> None:
    number, refund_no = new_out_trade_no(), new_out_refund_no()
    with WxPay(**emulator.settings) as v2, WxPay(**settings(emulator, "api_key")) as v3:
        v3.v3.native(description="茶", out_trade_no=number, amount={"total": 88})
        emulator.pay(out_trade_no=number, coupons=COUPONS)
        books = []
        for pay in (v2, v3):
            paid = pay.wait_for_payment(number, total_fee=88, within=0)
            assert paid is not None
            coupons = [{"id": one.coupon_id, "type": one.coupon_type, "fee": one.coupon_fee} for one in paid.coupons]
            assert coupons == COUPONS
            books.append((paid.cash_fee, paid.coupon_fee, paid.coupon_count, paid.settlement_total_fee))
        assert books == [(78, 10, 2, 82)] * 2
        v2.refund(out_trade_no=number, out_refund_no=refund_no, total_fee=88, refund_fee=33)
        emulator.advance(60)
        refunds: list[Any] = []
        for pay in (v2, v3):
            (row,) = pay.notify.reconcile_refunds(
                [(refund_no, 33, datetime.now(timezone.utc) - timedelta(seconds=40))],
                on_refunded=lambda refund, key: refunds.append(refund),
            )
            assert row.state == "delivered"
    assert [refund.api for refund in refunds] == ["v2", "v3"]
    for refund in refunds:
        assert (refund.coupon_refund_fee, refund.coupon_refund_count, refund.settlement_refund_fee) == (3, 2, 31)
        given_back = [(one.coupon_refund_id, one.coupon_type, one.coupon_refund_fee) for one in refund.coupons]
        assert given_back == [("10000", "CASH", 1), ("20000", "NO_CASH", 2)]


def test_a_misspelt_path_is_named(emulator: Emulator) -> None:
    with WxPay(**settings(emulator)) as pay:
        with pytest.raises(WxPayError, match=r"did you mean /v3/pay/transactions/jsapi\?"):
            pay.v3.call("POST", "/v3/pay/transaction/jsapi", json={})
        with pytest.raises(WxPayError, match="this path is for POST, not for GET"):
            pay.v3.call("GET", "/v3/pay/transactions/jsapi")


def test_the_other_orders_and_refusals(emulator: Emulator) -> None:
    with WxPay(**settings(emulator)) as pay:
        common: dict[str, Any] = {"description": "茶", "amount": {"total": 1}}
        native = pay.v3.native(**common, out_trade_no=new_out_trade_no())
        assert native.code_url.startswith("weixin://")
        app = pay.v3.app(**common, out_trade_no=new_out_trade_no())
        assert pay.v3.app_params(app.prepay_id)["prepayid"] == app.prepay_id
        scene: Any = {"payer_client_ip": "203.0.113.9", "h5_info": {"type": "Wap"}}
        h5 = pay.v3.h5(**common, out_trade_no=(number := new_out_trade_no()), scene_info=scene)
        assert h5.h5_url.startswith("http")
        pay.v3.close(out_trade_no=number)
        assert pay.v3.query(out_trade_no=number).trade_state == "CLOSED"
        with pytest.raises(BusinessError) as missing:
            pay.v3.query(out_trade_no=new_out_trade_no())
        assert missing.value.err_code in ("ORDER_NOT_EXIST", "ORDERNOTEXIST")
        assert missing.value.request_id
        # An order of APIv3 is an order of APIv2.
        assert pay.orderquery(out_trade_no=number).trade_state == "CLOSED"
        certificates = pay.v3.certificates()
        assert certificates.data is not None
        assert all(one.encrypt_certificate is not None for one in certificates.data)


def test_a_wrong_key_is_named(emulator: Emulator) -> None:
    wrong = {**settings(emulator, *PUBLIC_KEY), "api_v3_key": "0" * 32}
    with WxPay(**wrong) as pay, pytest.raises(ConfigError) as caught:
        pay.v3.query(out_trade_no="A1")
    assert caught.value.field == "api_v3_key"


def test_many_orders_at_once(emulator: Emulator) -> None:
    async def shop() -> None:
        async with AsyncWxPay(**settings(emulator, *PUBLIC_KEY)) as pay:
            calls = (
                pay.v3.jsapi(
                    description="茶",
                    out_trade_no=new_out_trade_no(),
                    amount={"total": 1},
                    payer={"openid": emulator.openid},
                )
                for _ in range(32)
            )
            orders = await asyncio.gather(*calls)
            assert len({order.prepay_id for order in orders}) == 32

    asyncio.run(shop())
