"""Payment codes and abnormal refunds by APIv3, blocking and with asyncio, against the emulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Emulator

from wxpaykit import new_out_refund_no, new_out_trade_no
from wxpaykit.errors import BusinessError, InvalidRequest, WxPayError

Call = Callable[..., Any]
CARD = {"bank_type": "ICBC_DEBIT", "bank_account": "6222020200012345678", "real_name": "张三"}


def blocking(emulator: Emulator) -> Call:
    def call(name: str, **fields: Any) -> Any:
        with emulator.sync(**emulator.v3_settings, notify_url="http://127.0.0.1:9/notify") as pay:
            return getattr(pay.v3, name)(**fields)

    return call


def awaited(emulator: Emulator) -> Call:
    async def run(name: str, fields: dict[str, Any]) -> Any:
        async with emulator.asyncio(**emulator.v3_settings, notify_url="http://127.0.0.1:9/notify") as pay:
            return await getattr(pay.v3, name)(**fields)

    return lambda name, **fields: asyncio.run(run(name, fields))


@pytest.fixture(params=[blocking, awaited])
def call(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Call]:
    made: Call = request.param(emulator)
    yield made
    emulator.delete("/_emulator/faults")


def refused(call: Call, name: str, **fields: Any) -> tuple[str | None, str]:
    """Field and message of a request that was not sent."""
    with pytest.raises(InvalidRequest) as caught:
        call(name, **fields)
    return caught.value.field, str(caught.value)


def business(call: Call, name: str, **fields: Any) -> tuple[str, str]:
    """WeChat's code, and what is safe."""
    with pytest.raises(BusinessError) as caught:
        call(name, **fields)
    return caught.value.err_code, caught.value.retry


def charge(emulator: Emulator, total: int = 88, **others: Any) -> dict[str, Any]:
    shown = emulator.post("/_emulator/payment-code", {})["auth_code"]
    fields = {"description": "茶", "out_trade_no": new_out_trade_no("T"), "amount": {"total": total}}
    return {**fields, "payer": {"auth_code": shown}, "scene_info": {"device_ip": "203.0.113.9"}, **others}


def test_a_code_is_charged_asked_about_and_cancelled(call: Call, emulator: Emulator) -> None:
    order = charge(emulator)
    number = order["out_trade_no"]
    paid = call("codepay", **order)
    assert (paid.trade_state, paid.amount.total, paid.trade_type) == ("SUCCESS", 88, "MICROPAY")
    assert call("query", transaction_id=paid.transaction_id).out_trade_no == number
    assert call("reverse", out_trade_no=number).out_trade_no == number
    assert call("query", out_trade_no=number).trade_state == "REVOKED"
    # Above ¥1000 the customer has to confirm.
    dear = charge(emulator, 100_001)
    waits = call("codepay", **dear)
    assert (waits.trade_state, waits.transaction_id, waits.amount) == ("USERPAYING", None, None)
    emulator.pay(out_trade_no=dear["out_trade_no"])
    assert call("query", out_trade_no=dear["out_trade_no"]).trade_state == "SUCCESS"


def test_what_a_charge_is_refused_for(call: Call, emulator: Emulator) -> None:
    assert business(call, "codepay", **charge(emulator, payer={"auth_code": "139999999999999999"})) == (
        "AUTH_CODE_INVALID",
        "never",
    )
    assert business(call, "reverse", out_trade_no="none") == ("ORDER_NOT_EXIST", "never")
    order = charge(emulator)
    for name, wrong, field in [
        ("payer", None, "payer"),
        ("payer", {}, "payer.auth_code"),
        ("payer", {"auth_code": 131234567890123456}, "payer.auth_code"),
        ("payer", "131234567890123456", "payer"),
        ("amount", {"total": 0.88}, "amount.total"),
        ("amount", {"total": "88"}, "amount.total"),
        ("amount", 88, "amount"),
        ("out_trade_no", "A" * 33, "out_trade_no"),
        ("scene_info", {"device_ip": "here"}, "scene_info.device_ip"),
        ("openid", "o", "openid"),
    ]:
        assert refused(call, "codepay", **{**order, name: wrong})[0] == field, (name, wrong)
    named, said = refused(call, "codepay", **{**order, "payer": {"auth_code": "281234567890123456"}})
    assert named == "payer.auth_code"
    assert "Alipay" in said
    assert "281234567890123456" not in said


def test_a_charge_whose_outcome_is_unknown_is_not_sent_again(call: Call, emulator: Emulator) -> None:
    path = "/v3/pay/transactions/codepay"
    emulator.fault("systemerror_after", endpoint=path, times=1)
    order = charge(emulator)
    with pytest.raises(WxPayError) as caught:
        call("codepay", **order)
    assert (caught.value.retry, caught.value.out_trade_no) == ("query_first", order["out_trade_no"])
    asked = [entry for entry in emulator.get("/_emulator/journal") if entry["out_trade_no"] == order["out_trade_no"]]
    assert [entry["path"] for entry in asked] == [path]
    assert call("query", out_trade_no=order["out_trade_no"]).trade_state == "SUCCESS"


def abnormal(call: Call, emulator: Emulator) -> dict[str, str]:
    """A refund that the customer's card does not take."""
    number, refund_no = new_out_trade_no("T"), new_out_refund_no()
    order = {"description": "茶", "out_trade_no": number, "amount": {"total": 88}}
    call("jsapi", **order, payer={"openid": emulator.openid})
    emulator.pay(out_trade_no=number)
    amount = {"refund": 30, "total": 88, "currency": "CNY"}
    made = call("refund", out_trade_no=number, out_refund_no=refund_no, amount=amount)
    emulator.post("/_emulator/refund", {"out_refund_no": refund_no, "result": "CHANGE"})
    assert call("refund_query", out_refund_no=refund_no).status == "ABNORMAL"
    return {"refund_id": made.refund_id, "out_refund_no": refund_no}


def test_an_abnormal_refund_goes_to_another_account(call: Call, emulator: Emulator) -> None:
    numbers = abnormal(call, emulator)
    for missing in CARD:
        card = {name: value for name, value in CARD.items() if name != missing}
        assert refused(call, "apply_abnormal_refund", **numbers, **card, type="USER_BANK_CARD")[0] == missing
    for name, wrong in [("type", "CASH"), ("type", None), ("refund_id", "a b"), ("bank_account", 6222)]:
        fields = {**numbers, **CARD, "type": "USER_BANK_CARD", name: wrong}
        assert refused(call, "apply_abnormal_refund", **fields)[0] == name
    field, said = refused(
        call, "apply_abnormal_refund", **numbers, **{**CARD, "bank_account": "6" * 215}, type="USER_BANK_CARD"
    )
    assert field == "bank_account"
    assert "666666" not in said
    sent = call("apply_abnormal_refund", **numbers, **CARD, type="USER_BANK_CARD")
    assert (sent.status, sent.refund_id) == ("PROCESSING", numbers["refund_id"])
    assert business(call, "apply_abnormal_refund", **numbers, type="MERCHANT_BANK_CARD") == ("INVALID_REQUEST", "never")
    unknown = {**numbers, "out_refund_no": "R-other"}
    assert business(call, "apply_abnormal_refund", **unknown, type="MERCHANT_BANK_CARD") == (
        "RESOURCE_NOT_EXISTS",
        "never",
    )
