"""Service providers: whose page or app pays an order, and clients that are for one sub-merchant alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import v3_posted
from test_docs_providers import CUSTOMER, PROVIDER, SHOP

from wxpaykit import AsyncWxPay, WxPay, new_out_trade_no
from wxpaykit.errors import InvalidRequest, PaymentMismatch
from wxpaykit.testing import Emulator

Call = Callable[..., Any]

S1, S2 = "1600000001", "1600000002"
MERCHANT: dict[str, Any] = {**PROVIDER, "sub_mch_ids": [S1, S2]}
OF_SHOP = {"sub_mch_id": SHOP["sub_mch_id"], "sub_appid": SHOP["sub_appid"]}
OK = "get_brand_wcpay_request:ok"


@pytest.fixture(scope="module")
def wechat() -> Iterator[Emulator]:
    with Emulator(merchants=MERCHANT, frozen_clock=True) as wechat:
        yield wechat


def settings_of(wechat: Emulator) -> dict[str, Any]:
    every = {"store": "memory:", "notify_url": "http://127.0.0.1:9/n"}
    return wechat.settings | wechat.v3_settings | every


def blocking(settings: dict[str, Any]) -> Call:
    def run(name: str, *arguments: Any, **fields: Any) -> Any:
        with WxPay(**settings) as pay:
            return called(pay, name)(*arguments, **fields)

    return run


def awaited(settings: dict[str, Any]) -> Call:
    async def wait(name: str, arguments: Any, fields: Any) -> Any:
        async with AsyncWxPay(**settings) as pay:
            result = called(pay, name)(*arguments, **fields)
            return await result if asyncio.iscoroutine(result) else result

    return lambda name, *arguments, **fields: asyncio.run(wait(name, arguments, fields))


def called(pay: Any, name: str) -> Any:
    for part in name.split("."):
        pay = getattr(pay, part)
    return pay


@pytest.fixture(params=[blocking, awaited])
def client(request: pytest.FixtureRequest, wechat: Emulator) -> Callable[[dict[str, str]], Call]:
    return lambda own: request.param(settings_of(wechat) | own)


def part(number: str, sub_mchid: str, **others: Any) -> dict[str, Any]:
    amount = {"total_amount": 10, "currency": "CNY"}
    named = {"mchid": PROVIDER["mch_id"], "sub_mchid": sub_mchid, "attach": "a", "amount": amount, "description": "茶"}
    return {**named, "out_trade_no": number, **others}


def parts(number: str, **others: Any) -> list[dict[str, Any]]:
    return [part(f"{number}a", S1, **others), part(f"{number}b", S1, **others)]


@pytest.mark.parametrize("own", [{}, OF_SHOP])
def test_an_app_pays_the_sub_merchant_of_its_order(
    client: Callable[[dict[str, str]], Call], wechat: Emulator, own: dict[str, str]
) -> None:
    run = client(own)
    fields: dict[str, Any] = {"body": "茶", "total_fee": 1, "trade_type": "APP", "spbill_create_ip": "127.0.0.1"}
    made = run("unifiedorder", **fields, out_trade_no=new_out_trade_no(), **OF_SHOP)
    app = run("app_params", made.prepay_id)
    assert (app["partnerid"], wechat.pay(app_params=app)["err_msg"]) == (S1, OK)
    named = {"sub_mchid": S1, "sub_appid": SHOP["sub_appid"]}
    order: dict[str, Any] = {"description": "茶", "amount": {"total": 1}}
    made = run("v3.app", **order, out_trade_no=new_out_trade_no(), **named)
    app = run("v3.app_params", made.prepay_id)
    assert (app["partnerid"], wechat.pay(app_params=app)["err_msg"]) == (S1, OK)
    whole = new_out_trade_no()[:30]
    made = run("v3.combine_app", combine_out_trade_no=whole, sub_orders=parts(whole))
    app = run("v3.app_params", made.prepay_id)
    assert (app["partnerid"], wechat.pay(app_params=app)["err_msg"]) == (PROVIDER["mch_id"], OK)
    with pytest.raises(InvalidRequest, match="this process did not make the order") as caught:
        run("v3.app_params", "wx28169999", appid=SHOP["sub_appid"])
    assert caught.value.field == "partnerid"


@pytest.mark.parametrize("own", [{}, OF_SHOP])
def test_a_page_of_a_combined_order_is_over_the_appid_of_its_payer(
    client: Callable[[dict[str, str]], Call], wechat: Emulator, own: dict[str, str]
) -> None:
    run = client(own)
    for payer, others, appid in [
        ({"openid": wechat.openid}, {}, PROVIDER["appid"]),
        ({"sub_openid": CUSTOMER}, {"sub_appid": SHOP["sub_appid"]}, SHOP["sub_appid"]),
    ]:
        whole = new_out_trade_no()[:30]
        order = {"combine_out_trade_no": whole, "combine_payer_info": payer, "sub_orders": parts(whole, **others)}
        page = run("v3.jsapi_params", run("v3.combine_jsapi", **order).prepay_id)
        assert (page["appId"], wechat.pay(params=page)["err_msg"]) == (appid, OK)
    for payer, field in [({}, "openid"), ({"openid": "o", "sub_openid": "s"}, "sub_openid")]:
        with pytest.raises(InvalidRequest) as caught:
            run("v3.combine_jsapi", combine_out_trade_no="COMBINED", combine_payer_info=payer, sub_orders=parts("C1"))
        assert caught.value.field == f"combine_payer_info.{field}"


def test_a_client_with_a_sub_merchant_is_for_that_one_alone(
    client: Callable[[dict[str, str]], Call], wechat: Emulator
) -> None:
    run = client(OF_SHOP)
    before = len(wechat.journal())
    ago = datetime.now(timezone.utc) - timedelta(seconds=60)
    number: dict[str, Any] = {"out_trade_no": "ORDER1"}
    amount = {"total": 1, "refund": 1, "currency": "CNY"}
    both = [part("PART01", S1), part("PART02", S2)]
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
        ("orderquery", (), {**number, "sub_mch_id": S2}, "sub_mch_id"),
        ("v3.refund", (), {**number, "out_refund_no": "R1", "amount": amount, "sub_mchid": S2}, "sub_mchid"),
        ("wait_for_payment", ("ORDER1",), {"total_fee": 1, "within": 0, "sub_mch_id": S2}, "sub_mch_id"),
        ("resume_pay_by_code", ("ORDER1",), {"total_fee": 1, "sub_mch_id": S2}, "sub_mch_id"),
        ("v3.combine_native", (), {"combine_out_trade_no": "C00001", "sub_orders": both}, "sub_orders.sub_mchid"),
    ]
    for name, arguments, fields, field in calls:
        with pytest.raises(InvalidRequest, match=f"must be {S1}, the sub_mch_id of the settings") as caught:
            run(name, *arguments, **fields)
        assert caught.value.field == field, name
    row = {**number, "total_fee": 1, "created": ago, "sub_mch_id": S2}
    (found,) = run("notify.reconcile", [row], on_paid=lambda payment, key: None)
    assert (found.state, found.error.field) == ("failed", "sub_mch_id")
    assert len(wechat.journal()) == before


def test_the_notification_of_another_sub_merchants_sharing_is_refused() -> None:
    settings: dict[str, Any] = {}
    with ExitStack() as stack:

        def share(url: str) -> None:
            merchant = {**MERCHANT, "sharing_notify_url": url}
            wechat = stack.enter_context(Emulator(merchants=merchant, frozen_clock=True))
            settings.update(settings_of(wechat))
            with WxPay(**settings) as pay:
                number = new_out_trade_no()
                named: Any = {"sub_mchid": S2}
                order: dict[str, Any] = {"description": "茶", "amount": {"total": 1000}, "out_trade_no": number}
                pay.v3.native(**order, settle_info={"profit_sharing": True}, **named)
                paid = wechat.pay(out_trade_no=number)["transaction_id"]
                wechat.advance(70)
                who: dict[str, Any] = {"type": "MERCHANT_ID", "account": PROVIDER["mch_id"], "name": "服务商"}
                pay.v3.profitsharing_add_receiver(**who, relation_type="SERVICE_PROVIDER", **named)
                receivers: Any = [{**who, "amount": 100, "description": "佣金"}]
                of_order: dict[str, Any] = {"transaction_id": paid, "out_order_no": "P1", "unfreeze_unsplit": False}
                pay.v3.profitsharing_order(**of_order, receivers=receivers, **named)
            wechat.advance(5)

        body, headers = v3_posted(None, share)
        for make in (blocking, awaited):
            for own, code in [(S1, "sub_mch_id_mismatch"), (S2, None), (None, None)]:
                told: list[Any] = []
                run = make(settings | ({"sub_mch_id": own} if own else {}))
                functions: dict[str, Any] = {"amount_of": lambda payment: None, "on_paid": lambda payment, key: None}
                handled = run("notify.handle", body, headers=headers, **functions, on_other=told.append)
                assert (getattr(handled.error, "code", None), len(told)) == (code, int(code is None)), own
                assert handled.acknowledged == (code is None)
                if code is None:
                    assert run("v3.notification", body, headers=headers).resource["sub_mchid"] == S2
                else:
                    with pytest.raises(PaymentMismatch):
                        run("v3.notification", body, headers=headers)
