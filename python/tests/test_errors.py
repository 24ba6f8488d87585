"""The exceptions as programs and task queues use them: made from a message, pickled, sent through JSON."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any
from unittest.mock import AsyncMock, Mock, create_autospec

import pytest
from conftest import Emulator, order

import wxpaykit
from wxpaykit import AsyncWxPay, BusinessError, ProtocolError, Reply, TransportError, WxPay, WxPayError, errors

CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WxPayError)]
EXAMPLES: list[WxPayError] = [
    WxPayError("m", code="c", endpoint="orderquery", retry="same_request", out_trade_no="T1"),
    wxpaykit.ConfigError("m", field="api_key"),
    wxpaykit.InvalidRequest("m", field="total_fee", rule="must be an integer", code="xml_malformed"),
    TransportError("m", outcome="not_sent", status=502, code="gateway", retry="never"),
    TransportError("m", number_field="out_refund_no", number="R1"),
    wxpaykit.ProtocolError("m", outcome="unknown", number_field="out_refund_no", number="R1"),
    wxpaykit.BusinessError("m", err_code="SYSTEMERROR", outcome="unknown", number_field="out_refund_no", number="R1"),
    wxpaykit.OAuthError("m", errcode=-1, outcome="unknown", number_field="touser", number="R1"),
    ProtocolError("m", return_msg="签名错误", endpoint="unifiedorder"),
    BusinessError("m", err_code="ORDERPAID", err_code_des="该订单已支付", endpoint="closeorder"),
    wxpaykit.SignatureError("m", explanation="signed with another key"),
    wxpaykit.SignatureError("m", outcome="unknown", status=200, number_field="out_refund_no", number="R1"),
    wxpaykit.StoreError("m", retry="same_request"),
    wxpaykit.PaymentMismatch("m", outcome="unknown", status=200, number_field="out_refund_no", number="R1"),
    wxpaykit.PaymentMismatch(
        "m",
        field="total_fee",
        expected="1",
        actual="100",
        expected_by="amount_of",
        actual_by="WeChat",
        out_trade_no="T2",
    ),
    wxpaykit.OAuthError("m", errcode=40029, errmsg="invalid code"),
]


def fields(error: WxPayError) -> dict[str, Any]:
    return dict(vars(error))


def through_json(error: WxPayError) -> WxPayError:
    """What a task queue does that keeps a result as JSON."""
    return type(error)(*json.loads(json.dumps(error.args)))


def test_there_is_an_example_of_each() -> None:
    assert {type(one) for one in EXAMPLES} == set(CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_error_can_be_made_from_a_message_alone(kind: type[WxPayError]) -> None:
    error = kind("no connection")
    assert (str(error), error.args, repr(error)) == (
        "no connection",
        ("no connection",),
        f"{kind.__name__}('no connection')",
    )
    objects = {"reply", "explanation"}
    own = {name: kind._fields[name] for name in kind._fields if name not in objects}
    assert {name: value for name, value in fields(error).items() if name not in objects} == own
    assert str(kind()) == ""
    raised = Mock(side_effect=kind)
    with pytest.raises(kind):
        raised()
    with pytest.raises(TypeError, match="dict of the exception's fields"):
        kind("m", 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        kind("m", no_such=1)  # type: ignore[call-arg]


def test_an_error_without_details_assumes_that_the_request_was_sent() -> None:
    """It is unknown whether the request was sent, so a query must come before a repetition."""
    assert (TransportError("m").outcome, TransportError("m").retry) == ("unknown", "query_first")
    assert TransportError("m", outcome="not_sent").retry == "same_request"
    assert wxpaykit.StoreError("m").code == "store"
    assert BusinessError("m").reply.to_dict() == {}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_survive_pickle_and_json(error: WxPayError) -> None:
    assert error.args[0] == "m"
    for again in (
        through_json(error),
        through_json(through_json(error)),
        copy.copy(error),
        pickle.loads(pickle.dumps(error)),
    ):
        assert type(again) is type(error)
        assert (str(again), repr(again), fields(again)) == ("m", repr(error), fields(error))


def test_a_refusal_of_wechat_survives_pickle_and_json(emulator: Emulator) -> None:
    with pytest.raises(BusinessError) as refused:
        emulator.sync().orderquery(out_trade_no="nobody")
    again = through_json(refused.value)
    assert isinstance(again, BusinessError)
    assert type(again.reply) is Reply
    assert (again.err_code, again.retry, again.endpoint) == ("ORDERNOTEXIST", refused.value.retry, "orderquery")
    assert again.reply.raw == refused.value.reply.raw
    assert str(again) == str(refused.value)
    wrong = emulator.sync(api_key="0" * 32)
    with pytest.raises(ProtocolError) as unsigned:
        wrong.unifiedorder(**order())
    assert fields(through_json(unsigned.value)) == fields(unsigned.value)


def test_args_can_be_set() -> None:
    """Programs put words of their own in front."""
    error = TransportError("m", status=502)
    error.args = (f"order 1: {error.args[0]}", *error.args[1:])
    assert str(error) == "order 1: m"
    assert error.args == ("order 1: m", {"status": 502})


def test_a_subclass_defined_by_the_program() -> None:
    class OutOfStock(WxPayError):
        def __init__(self, number: str) -> None:
            super().__init__(f"{number} is sold out", code="sold_out")

    error = OutOfStock("T1")
    again = pickle.loads(pickle.dumps(WxPayError(*error.args)))
    assert (str(again), again.code) == ("T1 is sold out", "sold_out")


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_celery_restores_the_exception(error: WxPayError) -> None:
    from celery import Celery

    backend = Celery("shop", backend="cache+memory://", set_as_current=False).backend
    stored = json.loads(json.dumps(backend.prepare_exception(error, serializer="json")))
    again = backend.exception_to_python(stored)
    assert type(again) is type(error)
    assert (str(again), fields(again)) == (str(error), fields(error))


def test_a_client_can_be_specified_for_mocks() -> None:
    pay = create_autospec(WxPay, instance=True)
    pay.unifiedorder.side_effect = TransportError("no answer")
    with pytest.raises(TransportError):
        pay.unifiedorder(body="tea")
    pay.oauth.access_token("code")
    pay.jssdk.config("https://shop.example/", js_api_list=[])
    pay.notify.handle(b"", amount_of=len, on_paid=len)
    with pytest.raises(TypeError):
        pay.oauth.access_token()
    with pytest.raises(AttributeError):
        pay.notify.handel  # noqa: B018
    asynchronous = create_autospec(AsyncWxPay, instance=True)
    assert isinstance(asynchronous.oauth.access_token, AsyncMock)
    assert isinstance(asynchronous.notify.handle, AsyncMock)
    assert not isinstance(asynchronous.notify.parse, AsyncMock)
