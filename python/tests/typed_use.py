"""How a typed program uses the package: `mypy --strict` reads this file, nobody runs it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from typing_extensions import assert_type

from wxpaykit import (
    AsyncWxPay,
    BusinessError,
    ConfirmedPayment,
    Coupon,
    PaymentNotification,
    TransportError,
    UnifiedorderReply,
    WebToken,
    WxPay,
    ack,
    sign,
    verify,
)
from wxpaykit.types import UnifiedorderParams


def ship(payment: ConfirmedPayment) -> int:
    return payment.total_fee


def blocking(body: bytes) -> None:
    pay = WxPay.from_env(timeout=5, endpoints=None)
    order = pay.unifiedorder(
        body="tea",
        out_trade_no="1",
        total_fee=100,
        spbill_create_ip="203.0.113.9",
        openid="o",
        time_expire=datetime.now(timezone.utc) + timedelta(minutes=5),
        detail={"goods_detail": []},
    )
    assert_type(order, UnifiedorderReply)
    assert_type(order.prepay_id, str)
    assert_type(order.code_url, str | None)
    pay.unifiedorder(body="tea", out_trade_no="1", total_fee="100", spbill_create_ip="::1")  # type: ignore[arg-type]
    pay.unifiedorder(body="tea")  # type: ignore[call-arg]
    pay.orderquery(trade_no="1")  # type: ignore[call-arg]
    assert_type(pay.jsapi_params(order.prepay_id)["paySign"], str)
    paid = pay.notify.confirm(body)
    assert_type(paid.time_end, datetime | None)
    assert_type(paid.coupons, tuple[Coupon, ...])
    ship(paid)
    notified = pay.notify.parse(body)
    assert_type(notified, PaymentNotification)
    ship(notified)  # type: ignore[arg-type]
    try:
        pay.closeorder(out_trade_no="1")
    except BusinessError as error:
        assert_type(error.err_code, str)
    except TransportError as error:
        if error.outcome == "unknown":
            assert_type(error.status, int | None)
    with pay as same:
        assert_type(same, WxPay)
    answer: str = ack()
    fields: UnifiedorderParams = {"body": "tea", "out_trade_no": "1", "total_fee": 1, "spbill_create_ip": answer}
    pay.unifiedorder(**fields)
    assert_type(sign({"a": 1}, "key"), str)
    assert_type(verify(body, "key"), bool)


async def awaiting(pay: AsyncWxPay) -> None:
    assert_type(await pay.oauth.access_token("code"), WebToken)
    assert_type((await pay.orderquery(out_trade_no="1")).total_fee, int | None)
    config = await pay.jssdk.config("https://shop.example/", js_api_list=["chooseWXPay"])
    assert_type(config["timestamp"], int)
    async with AsyncWxPay.from_env() as same:
        assert_type(same, AsyncWxPay)
