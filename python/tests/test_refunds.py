"""Refunds: the calls and their errors, notifications, and results that are handed over once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Emulator, order
from test_http import Posted, server

from wxpaykit import (
    BusinessError,
    ConfigError,
    ConfirmedRefund,
    Handled,
    InvalidRequest,
    PaymentMismatch,
    ReconciledRefund,
    RefundNotification,
    SignatureError,
    TransportError,
    WxPay,
    WxPayError,
    decrypt_req_info,
    new_out_refund_no,
)

FILES = ROOT / "tests/refunds"
AGO = timedelta(seconds=60)


def blocking(emulator: Emulator, name: str, **fields: Any) -> Any:
    return getattr(emulator.sync(max_network_retries=0), name)(**fields)


def awaited(emulator: Emulator, name: str, **fields: Any) -> Any:
    return asyncio.run(getattr(emulator.asyncio(max_network_retries=0), name)(**fields))


BOTH = pytest.mark.parametrize("call", [blocking, awaited])
Call = Callable[..., Any]


def paid(emulator: Emulator, **others: Any) -> str:
    fields = order(total_fee=600, **others)
    emulator.sync().unifiedorder(**fields)
    emulator.post("/_emulator/pay", {"out_trade_no": fields["out_trade_no"]})
    return str(fields["out_trade_no"])


def request(number: str, fee: int = 400, **others: Any) -> dict[str, Any]:
    fields = {"out_trade_no": number, "out_refund_no": new_out_refund_no("R"), "total_fee": 600, "refund_fee": fee}
    return fields | others


def notice(emulator: Emulator, result: str = "SUCCESS", fault: str = "") -> tuple[dict[str, Any], bytes]:
    """A refund with this result, and its notification, which a fault may have struck."""
    fields = request(paid(emulator))
    if fault:
        # Of this order alone: notifications of other tests are repeated meanwhile.
        emulator.post("/_emulator/faults", {"fault": fault, "out_trade_no": fields["out_trade_no"], "times": 1})
    posted = Posted()
    with server(posted) as url:
        emulator.sync().refund(**fields, notify_url=f"{url}/refunded")
        emulator.post("/_emulator/refund", {"out_refund_no": fields["out_refund_no"], "result": result})
        emulator.post("/_emulator/clock", {"advance_s": 0})
    return fields, posted.bodies[0]


@BOTH
def test_an_order_is_refunded_in_parts(emulator: Emulator, call: Call) -> None:
    number = paid(emulator)
    fields = request(number, 400, refund_desc="一杯茶")
    given = dict(fields)
    reply = call(emulator, "refund", **fields)
    assert fields == given
    assert (reply.refund_fee, reply.total_fee, reply.cash_refund_fee, reply.coupons) == (400, 600, 400, ())
    assert call(emulator, "refund", **fields).refund_id == reply.refund_id
    # The next one does not inherit the description.
    call(emulator, "refund", **request(number, 100))
    assert call(emulator, "orderquery", out_trade_no=number).trade_state == "REFUND"
    found = call(emulator, "refundquery", out_trade_no=number)
    assert (found.refund_count, found.refund_fee, [refund.refund_fee for refund in found.refunds]) == (
        2,
        500,
        [400, 100],
    )
    one = call(emulator, "refundquery", out_refund_no=fields["out_refund_no"])
    assert [refund.out_refund_no for refund in one.refunds] == [fields["out_refund_no"]]
    assert one.to_dict()["refunds"][0]["refund_fee"] == 400


@BOTH
def test_each_refusal_has_its_code_and_its_words(emulator: Emulator, call: Call) -> None:
    number = paid(emulator)
    fields = request(number)
    refusals: list[tuple[dict[str, Any], str, str]] = [
        (request("nobodys"), "ORDERNOTEXIST", "never"),
        (request(number, total_fee=601), "INVALID_REQUEST", "never"),
        (request(number, 601, total_fee=600), "ERROR", "never"),
    ]
    for wrong, code, retry in refusals:
        with pytest.raises(BusinessError, match=code) as caught:
            call(emulator, "refund", **wrong)
        assert (caught.value.err_code, caught.value.retry) == (code, retry)
        assert caught.value.err_code_des in str(caught.value)
    emulator.post("/_emulator/balance", {"mch_id": emulator.settings["mch_id"], "fen": 10})
    try:
        with pytest.raises(BusinessError, match=r"NOTENOUGH.*same number") as caught:
            call(emulator, "refund", **fields)
        assert caught.value.retry == "same_request"
        assert "total_fee" not in caught.value.reply
    finally:
        emulator.post("/_emulator/balance", {"mch_id": emulator.settings["mch_id"], "fen": None})
    call(emulator, "refund", **fields)
    with pytest.raises(BusinessError, match="订单金额或退款金额与之前请求不一致") as caught:
        call(emulator, "refund", **(fields | {"refund_fee": 1}))
    assert (caught.value.err_code, caught.value.retry) == ("ERROR", "never")
    call(emulator, "refund", **request(number, 200))
    with pytest.raises(BusinessError, match="ERROR: 订单已全额退款"):
        call(emulator, "refund", **request(number, 1))
    with pytest.raises(BusinessError) as caught:
        call(emulator, "refundquery", out_refund_no="nobodys")
    assert (caught.value.err_code, caught.value.retry) == ("REFUNDNOTEXIST", "never")
    for fields, field in [
        ({"out_refund_no": "R1", "total_fee": 1, "refund_fee": 1}, "transaction_id or out_trade_no"),
        (request(number, 0), "refund_fee"),
        (request(number, out_refund_no="R 1"), "out_refund_no"),
        (request(number, refund_account="MINE"), "refund_account"),
    ]:
        with pytest.raises(InvalidRequest) as invalid:
            call(emulator, "refund", **fields)
        assert invalid.value.field == field


def test_a_refund_needs_the_certificate(emulator: Emulator) -> None:
    settings = {name: value for name, value in emulator.settings.items() if not name.startswith("client_")}
    with pytest.raises(ConfigError, match="client_cert"):
        WxPay(**settings).refund(**request("A1"))


@BOTH
def test_a_lost_reply_names_the_number(emulator: Emulator, call: Call) -> None:
    fields = request(paid(emulator))
    fault = {"fault": "bad_gateway_after", "endpoint": "/secapi/pay/refund", "times": 1}
    emulator.post("/_emulator/faults", fault | {"out_trade_no": fields["out_trade_no"]})
    with pytest.raises(TransportError, match=fields["out_refund_no"]) as caught:
        call(emulator, "refund", **fields)
    assert (caught.value.outcome, caught.value.retry) == ("unknown", "same_request")
    assert "refundquery" in str(caught.value)
    call(emulator, "refund", **fields)
    assert call(emulator, "refundquery", out_trade_no=fields["out_trade_no"]).refund_fee == 400


class Shop:
    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble
        self.refunded: list[tuple[str, str, str]] = []
        self.failed: list[tuple[str, str, str]] = []

    def _take(self, taken: list[tuple[str, str, str]], refund: ConfirmedRefund, key: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        assert type(refund) is ConfirmedRefund
        taken.append((refund.out_refund_no, refund.refund_status, key))

    def on_refunded(self, refund: ConfirmedRefund, idempotency_key: str) -> None:
        self._take(self.refunded, refund, idempotency_key)

    def on_refund_failed(self, refund: ConfirmedRefund, idempotency_key: str) -> None:
        self._take(self.failed, refund, idempotency_key)


def nothing(*_: object) -> Any:
    raise AssertionError("not a payment")


Pay = Any


def handled(pay: Pay, body: bytes, shop: Shop, *, failures: bool = True) -> Handled:
    functions: dict[str, Any] = {"amount_of": lambda payment: nothing(), "on_paid": lambda payment, key: nothing()}
    functions["on_refunded"] = shop.on_refunded
    if failures:
        functions["on_refund_failed"] = shop.on_refund_failed
    result = pay.notify.handle(body, **functions)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


WAYS = pytest.mark.parametrize("way", ["sync", "asyncio"])


@WAYS
def test_a_notification_that_says_only_fail(emulator: Emulator, way: str) -> None:
    """It names no refund: the state of the refund is found by a query."""
    fields, body = notice(emulator, fault="refund_notice_fail")
    pay, shop = getattr(emulator, way)(store="memory:"), Shop()
    result = handled(pay, body, shop)
    assert (result.state, result.delivered, shop.refunded) == ("failed", False, [])
    assert isinstance(result.error, PaymentMismatch)
    for error in (str(result.error), refused_text(emulator, body)):
        assert "系统繁忙" in error and "refundquery" in error
    found = emulator.sync().refundquery(out_refund_no=fields["out_refund_no"])
    assert found.refunds[0].refund_status == "SUCCESS"


def refused_text(emulator: Emulator, body: bytes) -> str:
    with pytest.raises(PaymentMismatch) as refused:
        emulator.sync().notify.parse_refund(body)
    return str(refused.value)


@WAYS
def test_a_refund_is_handed_over_once(emulator: Emulator, way: str, tmp_path: Path) -> None:
    fields, body = notice(emulator)
    pay, shop = getattr(emulator, way)(store=f"sqlite:///{tmp_path}/s.db"), Shop()
    results = [handled(pay, body, shop) for _ in range(3)]
    assert [result.state for result in results] == ["delivered", "handed_over", "handed_over"]
    assert all(b"SUCCESS" in result.body for result in results)
    [(number, status, key)] = shop.refunded
    assert (number, status) == (fields["out_refund_no"], "SUCCESS")
    refund = results[0].refund
    assert refund is not None
    assert key == f"wxpay-refund-{pay.mch_id}-{refund.refund_id}"
    assert (refund.refund_fee, refund.total_fee, results[0].out_trade_no) == (400, 600, fields["out_trade_no"])
    assert refund.refund_success_time is not None
    # Payments go on as before, at the same address.
    assert results[1].out_trade_no == fields["out_trade_no"]


@WAYS
def test_a_function_that_raises_is_called_again(emulator: Emulator, way: str) -> None:
    fields, body = notice(emulator)
    pay = getattr(emulator, way)()
    trouble = RuntimeError("the printer is on fire")
    result = handled(pay, body, Shop(trouble))
    assert (result.state, result.error) == ("failed", trouble)
    assert result.refund is not None
    assert b"FAIL" in result.body
    shop = Shop()
    assert handled(pay, body, shop).delivered
    assert shop.refunded[0][0] == fields["out_refund_no"]


@WAYS
@pytest.mark.parametrize(("result", "kind"), [("REFUNDCLOSE", "closed"), ("CHANGE", "abnormal")])
def test_a_refund_that_failed(
    emulator: Emulator, way: str, result: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    fields, body = notice(emulator, result)
    pay, shop = getattr(emulator, way)(), Shop()
    with caplog.at_level(logging.ERROR, "wxpaykit"):
        untaken = handled(pay, body, shop, failures=False)
    assert (untaken.state, untaken.acknowledged, shop.refunded) == ("refund_failed", True, [])
    assert untaken.refund is not None
    assert untaken.refund.refund_status == result
    error = untaken.error
    assert isinstance(error, WxPayError)
    assert (error.code, error.endpoint, error.out_trade_no) == (
        "refund_failed", "refundquery", untaken.out_trade_no,
    )  # fmt: skip
    assert fields["out_refund_no"] in str(error)
    assert fields["out_refund_no"] in caplog.text
    assert result in caplog.text
    assert handled(pay, body, shop).delivered
    [(number, status, key)] = shop.failed
    assert (number, status) == (fields["out_refund_no"], result)
    assert key.startswith(f"wxpay-refund-{kind}-")
    assert handled(pay, body, shop).state == "handed_over"
    assert len(shop.failed) == 1


def test_by_hand(emulator: Emulator) -> None:
    fields, body = notice(emulator)
    pay = emulator.sync()
    parsed = pay.notify.parse_refund(body)
    assert type(parsed) is RefundNotification
    assert (parsed.out_refund_no, parsed.refund_fee, parsed.refund_status) == (fields["out_refund_no"], 400, "SUCCESS")
    confirmed = pay.notify.confirm_refund(body)
    assert (confirmed.refund_id, confirmed.refund_status) == (parsed.refund_id, "SUCCESS")
    again = asyncio.run(emulator.asyncio().notify.confirm_refund(body))
    assert again == confirmed


def test_messages_at_the_wrong_address_are_named(emulator: Emulator) -> None:
    settings = emulator.settings | {"mch_id": "1900000109"}
    settings = {name: value for name, value in settings.items() if not name.startswith("client_")}
    pay = WxPay(**settings)
    assert pay.notify.parse_refund((FILES / "refund-notice.xml").read_bytes()).settlement_refund_fee == 392
    for name, error, part in [
        ("refund-notice-fail.xml", PaymentMismatch, "系统繁忙"),
        ("payment-notice-at-refund-url.xml", PaymentMismatch, "this is a payment notification"),
        ("refund-notice-other-key.xml", SignatureError, "does not decrypt"),
    ]:
        body = (FILES / name).read_bytes()
        with pytest.raises(error, match=part):
            pay.notify.parse_refund(body)
        if name != "payment-notice-at-refund-url.xml":
            result = handled(pay, body, Shop())
            assert (result.state, result.acknowledged) == ("failed", False)
            assert part in str(result.error)
    with pytest.raises(SignatureError, match=r"refund notification.*on_refunded"):
        pay.notify.parse((FILES / "refund-notice.xml").read_bytes())
    with pytest.raises(SignatureError, match="APIv3"):
        pay.notify.parse_refund(b'{"resource": {}}')
    with pytest.raises(PaymentMismatch, match="another client"):
        emulator.sync().notify.parse_refund((FILES / "refund-notice.xml").read_bytes())


@pytest.mark.parametrize("attach", ["<req_info>", "<return_code>FAIL", "]]><req_info>"])
def test_a_payment_whose_attach_looks_like_a_refund_is_a_payment(emulator: Emulator, attach: str) -> None:
    posted = Posted()
    with server(posted) as url:
        number = paid(emulator, attach=attach, notify_url=f"{url}/paid")
        emulator.post("/_emulator/clock", {"advance_s": 0})
    shipped, booked = [], []
    handled = emulator.sync().notify.handle(
        posted.bodies[0],
        amount_of=lambda payment: 600,
        on_paid=lambda payment, key: shipped.append((payment.out_trade_no, payment.attach)),
        on_refunded=lambda refund, key: booked.append(refund),
    )
    assert handled.delivered, handled
    assert (shipped, booked) == ([(number, attach)], [])


def test_flask_takes_refunds_by_its_extension_and_by_each_route(emulator: Emulator, tmp_path: Path) -> None:
    from flask import Flask

    from wxpaykit.flask import WxPayExtension

    app = Flask("shop")
    app.config["WXPAY"] = emulator.settings | {"store": f"sqlite:///{tmp_path}/s.db"}
    every, own = Shop(), Shop()
    wxpay = WxPayExtension(
        app,
        amount_of=lambda payment: nothing(),
        on_refunded=every.on_refunded,
        on_refund_failed=every.on_refund_failed,
    )
    wxpay.notify("/every")(nothing)
    wxpay.notify("/own", on_refunded=own.on_refunded)(nothing)
    for path, shop, other in (("/every", every, own), ("/own", own, every)):
        fields, body = notice(emulator)
        before = list(other.refunded)
        for _ in range(2):
            assert b"SUCCESS" in app.test_client().post(path, data=body).data
        assert [number for number, *_ in shop.refunded] == [fields["out_refund_no"]]
        assert other.refunded == before
    for name in ("on_refunded", "on_refund_failed", "on_transferred", "on_transfer_failed", "on_other"):
        with pytest.raises(InvalidRequest, match=f"^{name}: "):
            WxPayExtension(**{name: lambda: None})


def test_who_changes_a_notification_is_found_out(emulator: Emulator) -> None:
    fields, body = notice(emulator)
    text = body.decode()
    key = emulator.settings["api_key"]
    req_info = text.split("<req_info><![CDATA[")[1].split("]]")[0]
    assert fields["out_refund_no"] in decrypt_req_info(req_info, key)
    other = notice(emulator)[1].decode().split("<req_info><![CDATA[")[1].split("]]")[0]
    result = handled(emulator.sync(api_key="x" * 32), body, Shop())
    assert type(result.error) is SignatureError
    assert result.out_trade_no is None
    # Another refund's content is that refund's notification.
    shop = Shop()
    assert handled(emulator.sync(), text.replace(req_info, other).encode(), shop).delivered
    assert shop.refunded[0][0] != fields["out_refund_no"]


def reconciled(pay: Pay, pending: Any, shop: Shop, **others: Any) -> list[ReconciledRefund]:
    functions = {"on_refunded": shop.on_refunded, "on_refund_failed": shop.on_refund_failed} | others
    result = pay.notify.reconcile_refunds(pending, **functions)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


@WAYS
def test_pending_refunds(emulator: Emulator, way: str) -> None:
    now = datetime.now(timezone.utc)
    done, failed, young = request(paid(emulator)), request(paid(emulator)), request(paid(emulator))
    for fields in (done, failed, young):
        emulator.sync().refund(**fields)
    emulator.post("/_emulator/refund", {"out_refund_no": done["out_refund_no"], "result": "SUCCESS"})
    emulator.post("/_emulator/refund", {"out_refund_no": failed["out_refund_no"], "result": "REFUNDCLOSE"})
    pay, shop = getattr(emulator, way)(), Shop()
    pending = [
        (done["out_refund_no"], 400, now - AGO),
        {"out_refund_no": failed["out_refund_no"], "refund_fee": 400, "created": now - AGO},
        (young["out_refund_no"], 400, now),
        ("nobodys", 400, now - AGO),
        ("old", 400, now - timedelta(days=40)),
        ("wrong", 4.5, now),
    ]
    results = reconciled(pay, pending, shop)
    states = [result.state for result in results]
    assert states == ["delivered", "delivered", "not_due", "failed", "too_old", "failed"]
    assert [number for number, *_ in shop.refunded] == [done["out_refund_no"]]
    assert [number for number, *_ in shop.failed] == [failed["out_refund_no"]]
    assert results[2].next_due is not None
    assert isinstance(results[3].error, BusinessError)
    assert isinstance(results[5].error, InvalidRequest)
    again = reconciled(pay, pending[:2], shop)
    assert [result.state for result in again] == ["not_due", "not_due"]
    other = reconciled(getattr(emulator, way)(), [pending[1]], shop, on_refund_failed=None)
    assert (other[0].state, len(shop.failed)) == ("refund_failed", 1)
    assert isinstance(other[0].error, WxPayError) and other[0].error.code == "refund_failed"
    (no_refund,) = reconciled(pay, ["R1"], shop)
    assert no_refund.state == "failed" and isinstance(no_refund.error, InvalidRequest)
    assert "must be refunds" in str(no_refund.error)
    with pytest.raises(InvalidRequest, match=r"on_refunded: must take \(refund, idempotency_key\)"):
        reconciled(pay, [], shop, on_refunded=lambda: None)


@WAYS
def test_ctrl_c_in_a_row_leaves_that_row_and_the_rest_to_the_next(emulator: Emulator, way: str, tmp_path: Path) -> None:
    """Nothing waits for a lease. In asyncio, Ctrl-C cancels the task."""
    told = [notice(emulator) for _ in range(3)]
    numbers = [fields["out_refund_no"] for fields, _ in told]
    store, created, shop, began = f"sqlite:///{tmp_path}/refunds.db", datetime.now(timezone.utc) - AGO, Shop(), []

    def interrupted(refund: ConfirmedRefund, key: str) -> None:
        began.append(refund.out_refund_no)
        if len(began) == 2:
            raise KeyboardInterrupt
        shop.on_refunded(refund, key)

    async def cancelled() -> None:
        async def on_refunded(refund: ConfirmedRefund, key: str) -> None:
            began.append(refund.out_refund_no)
            if len(began) == 2:
                task.cancel()
                await asyncio.sleep(60)
            shop.on_refunded(refund, key)

        notify = emulator.asyncio(store=store, lease=600.0).notify
        pending = [(number, 400, created) for number in numbers]
        task = asyncio.ensure_future(notify.reconcile_refunds(pending, on_refunded=on_refunded))
        with pytest.raises(asyncio.CancelledError):
            await task

    if way == "sync":
        pending = [(number, 400, created) for number in numbers]
        with pytest.raises(KeyboardInterrupt):
            emulator.sync(store=store, lease=600.0).notify.reconcile_refunds(pending, on_refunded=interrupted)
    else:
        asyncio.run(cancelled())
    assert began == numbers[:2]
    assert [number for number, *_ in shop.refunded] == numbers[:1]
    again = getattr(emulator, way)(store=store, lease=600.0)
    assert [handled(again, body, shop).error for _, body in told] == [None] * 3
    assert [number for number, *_ in shop.refunded] == numbers
