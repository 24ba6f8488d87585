"""Payment codes: the calls, and what they refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Emulator

from wxpaykit import BusinessError, ConfigError, InvalidRequest, SignatureError, TransportError, WxPay, new_out_trade_no


def blocking(emulator: Emulator, name: str, **fields: Any) -> Any:
    return getattr(emulator.sync(max_network_retries=0), name)(**fields)


def awaited(emulator: Emulator, name: str, **fields: Any) -> Any:
    return asyncio.run(getattr(emulator.asyncio(max_network_retries=0), name)(**fields))


BOTH = pytest.mark.parametrize("call", [blocking, awaited])
Call = Callable[..., Any]


def shown(emulator: Emulator) -> str:
    """The payment code on the customer's phone."""
    return str(emulator.post("/_emulator/payment-code", {})["auth_code"])


def charge(emulator: Emulator, total_fee: int = 88, **others: Any) -> dict[str, Any]:
    fields = {"auth_code": shown(emulator), "body": "茶", "out_trade_no": new_out_trade_no("T"), "total_fee": total_fee}
    return fields | {"spbill_create_ip": "203.0.113.9"} | others


@pytest.fixture(autouse=True)
def no_faults(emulator: Emulator) -> Any:
    yield
    emulator.delete("/_emulator/faults")


@BOTH
def test_a_code_is_charged_asked_about_and_cancelled(emulator: Emulator, call: Call) -> None:
    fields = charge(emulator)
    asked = call(emulator, "authcodetoopenid", auth_code=fields["auth_code"])
    paid = call(emulator, "micropay", **(fields | {"auth_code": f" {fields['auth_code']}\r\n"}))
    assert (paid.total_fee, paid.trade_type, paid.trade_state, paid.coupons) == (88, "MICROPAY", "SUCCESS", ())
    assert (paid.openid, paid.sub_openid, paid.out_trade_no) == (asked.openid, None, fields["out_trade_no"])
    assert paid.time_end.utcoffset() is not None
    cancelled = call(emulator, "reverse", out_trade_no=fields["out_trade_no"])
    assert cancelled.recall == "N"
    assert call(emulator, "orderquery", out_trade_no=fields["out_trade_no"]).trade_state == "REVOKED"
    emulator.post("/_emulator/faults", {"fault": "user_paying", "reply": "state", "times": 1})
    fields = charge(emulator)
    paying = call(emulator, "micropay", **fields)
    assert (paying.trade_state, paying.transaction_id, paying.total_fee) == ("USERPAYING", None, None)
    emulator.post("/_emulator/faults", {"fault": "recall", "times": 1})
    assert call(emulator, "reverse", out_trade_no=fields["out_trade_no"]).recall == "Y"


@BOTH
def test_refusals_say_what_is_safe(emulator: Emulator, call: Call) -> None:
    for code, words in [("280000000000000000", "Alipay"), ("13471", "18 digits"), ("weixin://x", "another QR code")]:
        with pytest.raises(InvalidRequest) as wrong:
            call(emulator, "micropay", **charge(emulator, auth_code=code))
        assert wrong.value.field == "auth_code" and words in str(wrong.value) and code not in str(wrong.value)
    fields = charge(emulator)
    call(emulator, "micropay", **fields)
    refused = [
        (fields, "ORDERPAID", "query_first"),
        (fields | {"out_trade_no": new_out_trade_no("T")}, "AUTH_CODE_INVALID", "never"),
        (charge(emulator, 100_001), "USERPAYING", "query_first"),
    ]
    for given, code, retry in refused:
        with pytest.raises(BusinessError) as refusal:
            call(emulator, "micropay", **given)
        assert (refusal.value.err_code, refusal.value.retry) == (code, retry)
        assert refusal.value.out_trade_no == given["out_trade_no"]
        assert refusal.value.remedy and refusal.value.remedy_zh
    with pytest.raises(BusinessError, match="ORDERNOTEXIST"):
        call(emulator, "reverse", out_trade_no="unknown")
    bare = WxPay(**{name: value for name, value in emulator.settings.items() if not name.startswith("client_")})
    with pytest.raises(ConfigError, match="client_cert"):
        bare.reverse(out_trade_no="unknown")


@BOTH
def test_a_lost_answer_is_not_asked_for_again(emulator: Emulator, call: Call) -> None:
    for fault in ({"fault": "timeout_after", "ms": 10}, {"fault": "bankerror_after"}, {"fault": "wrong_sign"}):
        emulator.post("/_emulator/faults", fault | {"endpoint": "/pay/micropay", "times": 1})
        fields = charge(emulator)
        with pytest.raises((TransportError, BusinessError, SignatureError)) as lost:
            call(emulator, "micropay", **fields)
        number = fields["out_trade_no"]
        assert (lost.value.retry, lost.value.out_trade_no) == ("query_first", number)
        assert f"orderquery about out_trade_no {number}" in str(lost.value)
        assert call(emulator, "orderquery", out_trade_no=number).trade_state == "SUCCESS"
