"""Payment codes: the calls, payments by code, permanent codes, and small calls."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import product
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from conftest import OPENID, Emulator

from wxpaykit import (
    BusinessError,
    CodeProgress,
    ConfigError,
    ConfirmedPayment,
    InvalidRequest,
    NativeQuestion,
    PaymentMismatch,
    SignatureError,
    TransportError,
    WxPay,
    build_xml,
    new_out_trade_no,
    parse_xml,
    sign,
)


def blocking(emulator: Emulator, name: str, *args: Any, settings: dict[str, Any] | None = None, **fields: Any) -> Any:
    return getattr(emulator.sync(max_network_retries=0, **settings or {}), name)(*args, **fields)


def awaited(emulator: Emulator, name: str, *args: Any, settings: dict[str, Any] | None = None, **fields: Any) -> Any:
    return asyncio.run(getattr(emulator.asyncio(max_network_retries=0, **settings or {}), name)(*args, **fields))


BOTH = pytest.mark.parametrize("call", [blocking, awaited])
Call = Callable[..., Any]
#: A payment by code, by either API.
APIS = pytest.mark.parametrize("api", ["v2", "v3"])
CHARGES = {"v2": "/pay/micropay", "v3": "/v3/pay/transactions/codepay"}


def of(emulator: Emulator, api: str) -> dict[str, Any]:
    """The settings of one API alone."""
    return {} if api == "v2" else {"api_key": None, **emulator.v3_settings}


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
        assert f"orderquery with out_trade_no {number}" in str(lost.value)
        assert call(emulator, "orderquery", out_trade_no=number).trade_state == "SUCCESS"


QUICK: dict[str, Any] = {"within": 0.4, "interval": 0.06, "reverse_after": 0.3}


@APIS
@BOTH
def test_a_code_is_paid_refused_or_cancelled(emulator: Emulator, call: Call, api: str) -> None:
    settings = of(emulator, api)
    fields = charge(emulator)
    paid = call(emulator, "pay_by_code", **fields, **QUICK, settings=settings)
    assert (paid.state, paid.paid, paid.out_trade_no) == ("paid", True, fields["out_trade_no"])
    assert isinstance(paid.payment, ConfirmedPayment) and paid.payment.total_fee == 88
    assert paid.payment.api == api
    assert (paid.error, paid.advice, paid.trade_state) == (None, None, "SUCCESS")

    # Nobody confirms, and the till shows it.
    fields, seen = charge(emulator, 100_001), []
    cancelled = call(emulator, "pay_by_code", **fields, **QUICK, on_progress=seen.append, settings=settings)
    assert (cancelled.state, cancelled.payment, cancelled.trade_state) == ("reversed", None, "REVOKED")
    assert "new out_trade_no" in cancelled.advice and "订单" in cancelled.advice_zh
    assert [progress.stage for progress in seen[:2]] == ["charging", "waiting"] and seen[-1].stage == "reversing"
    assert seen[1].trade_state == "USERPAYING"
    # APIv3 says it as a state.
    assert (seen[1].error and seen[1].error.err_code) == ("USERPAYING" if api == "v2" else None)
    assert 0 <= seen[1].left < 0.4 and seen[0].elapsed < seen[1].elapsed

    emulator.post("/_emulator/faults", {"fault": "user_paying", "reply": "state", "queries": 2, "times": 1})
    assert call(emulator, "pay_by_code", **charge(emulator), **QUICK, settings=settings).paid
    refused = call(
        emulator, "pay_by_code", **charge(emulator, auth_code="130000000000000000"), **QUICK, settings=settings
    )
    assert (refused.state, refused.error.err_code) == ("refused", "AUTH_CODE_INVALID")
    assert repr(refused).startswith("CodeResult(out_trade_no=") and repr(seen[1]).startswith("CodeProgress(")


@APIS
@BOTH
def test_a_number_is_charged_once_and_taken_up_again(emulator: Emulator, call: Call, tmp_path: Path, api: str) -> None:
    settings = of(emulator, api) | {"store": f"sqlite://{tmp_path}/store.db"}

    def till(name: str, *args: Any, **given: Any) -> Any:
        return call(emulator, name, *args, settings=settings, **given)

    fields = charge(emulator, 100_001)
    number = fields["out_trade_no"]
    unknown = till("pay_by_code", **fields, **QUICK, reverse=False)
    assert (unknown.state, unknown.trade_state) == ("unknown", "USERPAYING")
    assert "resume_pay_by_code" in unknown.advice
    with pytest.raises(InvalidRequest, match="resume_pay_by_code") as again:
        till("pay_by_code", **(fields | {"auth_code": shown(emulator)}), **QUICK)
    assert again.value.field == "out_trade_no"
    with pytest.raises(InvalidRequest) as wrong:
        till("resume_pay_by_code", number, total_fee=1, **QUICK)
    assert wrong.value.field == "total_fee"
    emulator.post("/_emulator/pay", {"out_trade_no": number})
    paid = till("resume_pay_by_code", number, total_fee=100_001, **QUICK)
    assert paid.paid and paid.payment.out_trade_no == number
    with pytest.raises(PaymentMismatch):
        emulator.sync(**settings | {"store": "memory:"}).resume_pay_by_code(number, total_fee=1, **QUICK)


PROVIDER: dict[str, Any] = {
    "appid": "wx8888888888888888",
    "mch_id": "1500000001",
    "api_key": "0123456789abcdef0123456789abcdef",
    "app_secret": "5a1d0c7e9b3f48268f2e6d4b7c90a1e3",
    "api_v3_key": "fedcba9876543210fedcba9876543210",
    "provider": True,
    "sub_mch_ids": ["1600000001", "1600000002"],
}


def test_a_number_is_charged_for_one_sub_merchant(tmp_path: Path) -> None:
    first, other = PROVIDER["sub_mch_ids"]
    with Emulator(merchants=PROVIDER) as wechat:
        for api, call in product(["v2", "v3"], [blocking, awaited]):
            settings = of(wechat, api) | {"store": f"sqlite://{tmp_path}/store.db"}
            fields = charge(wechat, 100_001)
            unknown = call(wechat, "pay_by_code", settings=settings, sub_mch_id=first, **fields, **QUICK, reverse=False)
            assert (unknown.state, unknown.trade_state) == ("unknown", "USERPAYING")

            resume = partial(call, wechat, "resume_pay_by_code", fields["out_trade_no"], total_fee=100_001, **QUICK)
            of_client = settings | {"sub_mch_id": other}
            for given in ({"settings": settings, "sub_mch_id": other}, {"settings": of_client}, {"settings": settings}):
                with pytest.raises(InvalidRequest, match=f"was charged for {first}") as wrong:
                    resume(**given)
                assert wrong.value.field == "sub_mch_id"
            again = fields | {"auth_code": shown(wechat), "sub_mch_id": other}
            with pytest.raises(InvalidRequest, match="was charged before"):
                call(wechat, "pay_by_code", settings=settings, **again, **QUICK)
            wechat.pay(out_trade_no=fields["out_trade_no"])
            paid = resume(settings=settings, sub_mch_id=first)
            assert (paid.state, paid.payment.sub_mch_id) == ("paid", first)


@BOTH
def test_a_code_is_charged_in_the_currency_of_the_settings(emulator: Emulator, call: Call) -> None:
    dollars = {"fee_type": "USD", **emulator.v3_settings}
    paid = call(emulator, "pay_by_code", **charge(emulator), **QUICK, settings=dollars)
    assert (paid.state, paid.payment.fee_type) == ("paid", "USD")
    for fee_type, settings in (("USD", emulator.v3_settings), ("CNY", dollars)):
        for api in ("v2", "v3"):
            fields = charge(emulator, fee_type=fee_type)
            with pytest.raises(InvalidRequest, match="fee_type in the settings is") as wrong:
                call(emulator, "pay_by_code", **fields, **QUICK, api=api, settings=settings)
            assert wrong.value.field == "fee_type"
            orders = emulator.get(f"/_emulator/orders?out_trade_no={fields['out_trade_no']}")
            assert orders == []


@BOTH
def test_an_order_is_made_paid_and_refunded_in_the_currency_of_the_settings(emulator: Emulator, call: Call) -> None:
    yuan, dollars = emulator.v3_settings, {"fee_type": "USD", **emulator.v3_settings}
    number = new_out_trade_no("U")
    order = {"body": "茶", "out_trade_no": number, "total_fee": 88, "spbill_create_ip": "203.0.113.9", "openid": OPENID}
    call(emulator, "unifiedorder", **order, settings=dollars)
    emulator.post("/_emulator/pay", {"out_trade_no": number})
    assert call(emulator, "wait_for_payment", number, total_fee=88, within=0, settings=dollars).fee_type == "USD"
    refund = {"out_trade_no": number, "out_refund_no": f"R{number}", "total_fee": 88, "refund_fee": 30}
    call(emulator, "refund", **refund, settings=dollars)
    for name, fields, settings, field in (
        ("unifiedorder", order | {"fee_type": "CNY"}, dollars, "fee_type"),
        ("unifiedorder", order | {"fee_type": "USD"}, yuan, "fee_type"),
        ("refund", refund | {"refund_fee_type": "CNY"}, dollars, "refund_fee_type"),
    ):
        with pytest.raises(InvalidRequest) as wrong:
            call(emulator, name, **fields, settings=settings)
        assert wrong.value.field == field
    native: dict[str, Any] = {"description": "茶", "out_trade_no": new_out_trade_no("U")}
    for settings, currency in ((yuan, "USD"), (dollars, "CNY")):
        with pytest.raises(InvalidRequest) as wrong:
            emulator.sync(**settings).v3.native(**native, amount={"total": 88, "currency": currency})
        assert wrong.value.field == "amount.currency"
    assert emulator.sync(**yuan).v3.native(**native, amount={"total": 88}).code_url


@APIS
@BOTH
def test_a_lost_answer_is_found_or_cancelled(emulator: Emulator, call: Call, api: str) -> None:
    settings, charges = of(emulator, api), CHARGES[api]
    for fault, state in [("timeout_after", "paid"), ("timeout_before", "refused"), ("systemerror_after", "paid")]:
        extra = {"ms": 5} if fault.startswith("timeout") else {}
        emulator.post("/_emulator/faults", {"fault": fault, "endpoint": charges, "times": 1} | extra)
        assert call(emulator, "pay_by_code", **charge(emulator), **QUICK, settings=settings).state == state, fault
    fields = charge(emulator)
    query = "/pay/orderquery" if api == "v2" else "/v3/pay/transactions/out-trade-no/{out_trade_no}"
    emulator.post("/_emulator/faults", {"fault": "bad_gateway_before", "endpoint": query})
    emulator.post("/_emulator/faults", {"fault": "bankerror_after", "endpoint": charges, "times": 1})
    assert call(emulator, "pay_by_code", **fields, **QUICK, settings=settings).state == "reversed"
    emulator.delete("/_emulator/faults")
    assert call(emulator, "orderquery", out_trade_no=fields["out_trade_no"]).trade_state == "REVOKED"


def test_the_cashier_gives_up(emulator: Emulator) -> None:
    tills: list[CodeProgress] = []
    long = {"within": 60.0, "interval": 60.0, "reverse_after": 0.1}
    # From another thread, as a button is.
    fields = charge(emulator, 100_001)
    Timer(0.3, lambda: tills[-1].give_up()).start()
    assert emulator.sync().pay_by_code(**fields, **long, on_progress=tills.append).state == "reversed"

    async def both() -> Any:
        async def shows(progress: CodeProgress) -> None:
            if progress.stage == "waiting":
                progress.give_up()

        return await emulator.asyncio().pay_by_code(**charge(emulator, 100_001), **long, on_progress=shows)

    assert asyncio.run(both()).state == "reversed"

    # A task that is cancelled leaves the result unknown; the number takes it up.
    async def cancelled() -> Any:
        pay, fields = emulator.asyncio(), charge(emulator, 100_001)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(pay.pay_by_code(**fields, **long), 0.3)
        return await pay.resume_pay_by_code(fields["out_trade_no"], total_fee=100_001, **QUICK)

    assert asyncio.run(cancelled()).state == "reversed"


@BOTH
def test_the_api_of_a_payment_by_code(emulator: Emulator, call: Call, tmp_path: Path) -> None:
    """The caller's choice, that of the fields, that of the settings; a payment goes on by the API that charged it."""
    v3 = emulator.v3_settings
    both = {**v3, "store": f"sqlite://{tmp_path}/store.db"}

    def till(name: str, *args: Any, settings: dict[str, Any] = both, **given: Any) -> Any:
        return call(emulator, name, *args, settings=settings, **given, **QUICK)

    assert till("pay_by_code", **charge(emulator)).payment.api == "v2"
    assert till("pay_by_code", **charge(emulator), api="v3").payment.api == "v3"
    of_v3 = {
        "description": "茶",
        "out_trade_no": new_out_trade_no("T"),
        "amount": {"total": 88, "currency": "CNY"},
        "payer": {"auth_code": shown(emulator)},
        "scene_info": {"device_ip": "203.0.113.9", "store_info": {"out_id": "7"}},
    }
    paid = till("pay_by_code", **of_v3)
    assert (paid.payment.api, paid.payment.total_fee, paid.payment.trade_type) == ("v3", 88, "MICROPAY")

    fields = charge(emulator, 100_001)
    assert till("pay_by_code", **fields, api="v3", reverse=False).state == "unknown"
    emulator.post("/_emulator/pay", {"out_trade_no": fields["out_trade_no"]})
    # The store says by which API; without its keys the other one knows the order too.
    assert till("resume_pay_by_code", fields["out_trade_no"], total_fee=100_001).payment.api == "v3"
    one = {"store": both["store"]}
    assert till("resume_pay_by_code", fields["out_trade_no"], total_fee=100_001, settings=one).payment.api == "v2"

    for given, field, error in [
        (charge(emulator) | {"description": "茶"}, "description", InvalidRequest),
        (of_v3 | {"api": "v2"}, "description", InvalidRequest),
        (of_v3 | {"amount": {"total": 0}}, "amount.total", InvalidRequest),
        (of_v3 | {"payer": {"auth_code": "13471234567890123"}}, "payer.auth_code", InvalidRequest),
        (charge(emulator) | {"api": "v1"}, "api", InvalidRequest),
        (charge(emulator) | {"api": 3}, "api", InvalidRequest),
        (charge(emulator) | {"api": "v3", "limit_pay": "no_credit"}, "limit_pay", InvalidRequest),
        (charge(emulator, 0) | {"api": "v3"}, "total_fee", InvalidRequest),
        (charge(emulator, auth_code="13471234567890123") | {"api": "v3"}, "auth_code", InvalidRequest),
    ]:
        with pytest.raises(error) as refused:
            till("pay_by_code", **given)
        assert refused.value.field == field, given
    with pytest.raises(ConfigError) as unset:
        till("pay_by_code", **charge(emulator), api="v3", settings=one)
    assert unset.value.field == "api_v3_key"
    with pytest.raises(ConfigError) as unset:
        till("pay_by_code", **charge(emulator), api="v2", settings={"api_key": None, **v3})
    assert unset.value.field == "api_key"


@APIS
@BOTH
def test_a_payment_is_handed_over_once(emulator: Emulator, call: Call, tmp_path: Path, api: str) -> None:
    settings = of(emulator, api) | {"store": f"sqlite://{tmp_path}/store.db"}
    given: dict[str, Any] = {"settings": settings, **QUICK}
    keys: list[tuple[str, str]] = []

    def ship(payment: ConfirmedPayment, key: str) -> None:
        keys.append((payment.out_trade_no, key))

    async def ship_later(payment: ConfirmedPayment, key: str) -> None:
        ship(payment, key)

    def broken(payment: ConfirmedPayment, key: str) -> None:
        raise ValueError("no shelf")

    on_paid = ship if call is blocking else ship_later
    fields = charge(emulator)
    number = fields["out_trade_no"]
    paid = call(emulator, "pay_by_code", **fields, on_paid=on_paid, **given)
    assert paid.paid and keys[0][0] == number and paid.payment.transaction_id in keys[0][1]
    again = call(emulator, "resume_pay_by_code", number, total_fee=88, on_paid=on_paid, **given)
    assert again.paid and len(keys) == 1

    # The function fails: the next call hands it over, with the same key each time.
    fields = charge(emulator)
    number = fields["out_trade_no"]
    with pytest.raises(ValueError, match="no shelf"):
        call(emulator, "pay_by_code", **fields, on_paid=broken, **given)
    assert call(emulator, "resume_pay_by_code", number, total_fee=88, on_paid=on_paid, **given).paid
    assert [one for one, _ in keys].count(number) == 1
    orders: Any = [
        {"out_trade_no": number, "total_fee": 88, "created": datetime.now(timezone.utc) - timedelta(minutes=1)}
    ]
    (reconciled,) = emulator.sync(**settings).notify.reconcile(orders, on_paid=ship)
    assert reconciled.state == "handed_over" and len(keys) == 2

    # What is not paid is not handed over.
    refused = call(
        emulator, "pay_by_code", **charge(emulator, auth_code="130000000000000000"), on_paid=on_paid, **given
    )
    assert refused.state == "refused" and len(keys) == 2
    for function in (lambda payment: None, 1, *([ship_later] if call is blocking else [])):
        with pytest.raises(InvalidRequest) as wrong:
            call(emulator, "pay_by_code", **charge(emulator), on_paid=function, **given)
        assert wrong.value.field == "on_paid"


@pytest.mark.parametrize("end", ["within", "give_up"])
def test_a_display_that_hangs_does_not_stop_the_payment(emulator: Emulator, end: str) -> None:
    """Whatever it does, the payment ends in time, or when the cashier gives up."""
    limits = QUICK if end == "within" else {"within": 60.0, "interval": 60.0, "reverse_after": 0.1}
    stages: list[str] = []

    async def main() -> None:
        cancelled = asyncio.Event()

        async def hang(progress: CodeProgress) -> None:
            stages.append(progress.stage)
            if progress.stage == "charging":
                return
            if end == "give_up":
                asyncio.get_running_loop().call_later(1.5, progress.give_up)
            try:
                await asyncio.sleep(600)
            finally:
                cancelled.set()

        paying = emulator.asyncio().pay_by_code(**charge(emulator, 100_001), **limits, on_progress=hang)
        assert (await asyncio.wait_for(paying, 20)).state == "reversed"
        await asyncio.wait_for(cancelled.wait(), 1)

    asyncio.run(main())
    assert stages == ["charging", "waiting"]


def test_a_display_that_is_late_comes_in_order(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    stages: list[str] = []
    limits = {"within": 2.5, "interval": 0.5, "reverse_after": 0.1}

    async def late(progress: CodeProgress) -> None:
        stages.append(progress.stage)
        await asyncio.sleep(1.2 if progress.stage == "charging" else 0)
        stages.append(progress.stage)
        raise ValueError("no display")

    result = asyncio.run(emulator.asyncio().pay_by_code(**charge(emulator, 100_001), **limits, on_progress=late))
    assert result.state == "reversed"
    assert stages == sorted(stages, key=["charging", "waiting", "reversing"].index)
    assert stages[::2] == stages[1::2] and {*stages} == {"charging", "waiting", "reversing"}
    assert caplog.text.count("on_progress failed") == len(stages) / 2


def test_what_is_wrong_is_said_before_anything_is_sent(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    bare = WxPay(**{name: value for name, value in emulator.settings.items() if not name.startswith("client_")})
    with pytest.raises(ConfigError, match="reverse set to false") as missing:
        bare.pay_by_code(**charge(emulator))
    assert missing.value.field == "client_cert"
    pay = emulator.sync()
    for wrong in ({"within": "1"}, {"interval": -1}, {"reverse_after": 1e9}, {"reverse": 1}):
        with pytest.raises(InvalidRequest) as refused:
            pay.pay_by_code(**charge(emulator), **wrong)
        assert refused.value.field == next(iter(wrong))

    async def coroutine(progress: Any) -> None: ...

    for function in (coroutine, lambda: None, 1):
        with pytest.raises(InvalidRequest, match="on_progress"):
            pay.pay_by_code(**charge(emulator), on_progress=function)  # type: ignore[arg-type]
    away = emulator.sync(endpoints="http://127.0.0.1:9", timeout=1.0)
    with pytest.raises(TransportError) as unsent:
        away.pay_by_code(**charge(emulator))
    assert unsent.value.outcome == "not_sent"

    # A display that fails loses no money.
    def broken(progress: Any) -> None:
        raise ValueError("no display")

    assert pay.pay_by_code(**charge(emulator), on_progress=broken).paid
    assert "on_progress failed" in caplog.text and "no display" in caplog.text


@BOTH
def test_small_calls(emulator: Emulator, call: Call) -> None:
    key = call(emulator, "getsignkey")
    assert len(key.sandbox_signkey) == 32 and key.sandbox_signkey not in repr(key)
    short = call(emulator, "shorturl", long_url=emulator.sync().native_code_url("P1"))
    assert short.short_url.startswith("weixin://wxpay/s/")
    took = {"execute_time_": 120, "return_code": "SUCCESS", "result_code": "SUCCESS"}
    url = "https://api.mch.weixin.qq.com/pay/unifiedorder"
    assert call(emulator, "report", interface_url=url, user_ip="203.0.113.9", **took).err_code == "0"
    with pytest.raises(InvalidRequest, match="execute_time_ or trades"):
        call(emulator, "report", interface_url=url, user_ip="203.0.113.9")


def test_a_permanent_code(emulator: Emulator) -> None:
    pay, key = emulator.sync(), str(emulator.settings["api_key"])
    query = dict(parse_qsl(urlsplit(pay.native_code_url("茶&1")).query))
    assert query["product_id"] == "茶&1" and query["sign"] == sign(query, key, "MD5")
    question = {"appid": pay.appid, "mch_id": pay.mch_id, "openid": OPENID, "nonce_str": "n", "product_id": "P1"}
    body = build_xml(question | {"sign": sign(question, key, "MD5")})
    read = pay.notify.parse_native(body)
    assert isinstance(read, NativeQuestion) and (read.product_id, read.openid) == ("P1", OPENID)
    with pytest.raises(SignatureError):
        pay.notify.parse_native(body.replace("P1", "P2"))
    order = pay.unifiedorder(
        body="茶",
        out_trade_no=new_out_trade_no("N"),
        total_fee=88,
        trade_type="NATIVE",
        spbill_create_ip="203.0.113.9",
        product_id=read.product_id,
        openid=read.openid,
    )
    for answer, name in [
        (pay.native_answer(order.prepay_id), "prepay_id"),
        (pay.native_refusal("卖完了"), "err_code_des"),
    ]:
        fields = parse_xml(answer.body)
        assert fields[name] and fields["sign"] == sign(fields, key, "MD5")
        assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    for wrong in (lambda: pay.native_code_url(""), lambda: pay.native_answer("None"), lambda: pay.native_refusal("")):
        with pytest.raises(InvalidRequest):
            wrong()


def test_the_advice_has_the_language_of_the_errors(emulator: Emulator) -> None:
    code = (
        "import json, sys\n"
        "from wxpaykit import WxPay\n"
        "settings, fields = json.load(sys.stdin)\n"
        "result = WxPay(**settings).pay_by_code(**fields, within=0.4, interval=0.06, reverse_after=0.3)\n"
        "print(result.state, result.advice == result.advice_zh)\n"
    )
    settings = {**emulator.settings, "store": "memory:"}
    for language, is_chinese in [("zh", "True"), ("en", "False")]:
        fields = charge(emulator, auth_code="130000000000000000")
        env = os.environ | {"WXPAYKIT_LANG": language}
        given = json.dumps([settings, fields])
        ran = subprocess.run(
            [sys.executable, "-c", code], input=given, env=env, stdout=-1, encoding="utf-8", check=True
        )
        assert ran.stdout == f"refused {is_chinese}\n"
