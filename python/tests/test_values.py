"""What goes in and what comes out: values by kind, replies, module functions."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import pickle
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from conftest import OPENID, order
from hypothesis import given, settings
from hypothesis import strategies as st

import wxpaykit
from wxpaykit import (
    AsyncWxPay,
    ConfigError,
    Handled,
    InvalidRequest,
    PaymentNotification,
    Reply,
    SignatureError,
    WxPay,
    WxPayError,
    _native,
    ack,
    bill,
    build_xml,
    explain,
    fen_to_yuan,
    jssdk_signature,
    mweb_redirect_url,
    new_out_refund_no,
    new_out_trade_no,
    parse_xml,
    sign,
    string_to_sign,
    verify,
    yuan_to_fen,
)
from wxpaykit.testing import confirmed_payment

KEY = "192006250b4c09247ec02edce69f6a2d"
SETTINGS: dict[str, Any] = {
    "appid": "wxd930ea5d5a258f4f",
    "mch_id": "10000100",
    "api_key": KEY,
    "notify_url": "https://shop.example/notify",
}
PAY = WxPay(**SETTINGS)
BEIJING = timezone(timedelta(hours=8))


class Cents(IntEnum):
    TEA = 100


def sent(**fields: Any) -> dict[str, str]:
    return parse_xml(PAY.request_body("unifiedorder", **order(**fields)))


def refused(**fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as error:
        PAY.request_body("unifiedorder", **order(**fields))
    assert error.value.code == "invalid_request"
    assert error.value.retry == "never"
    return error.value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, "a float"),
        (True, "a bool"),
        ("100", "text"),
        (Decimal(100), "a Decimal"),
        (Fraction(100), "a Fraction"),
        (2**63, "64 bits"),
        (-(2**70), "64 bits"),
        (0, "at least 1"),
        (-1, "at least 1"),
        ([100], "an object"),
        (b"100", "bytes"),
        (datetime.now(timezone.utc), "a time"),
        (object(), "an object"),
    ],
    ids=repr,
)
def test_money_is_an_integer(value: object, said: str) -> None:
    error = refused(total_fee=value)
    assert error.field == "total_fee"
    assert said in error.rule


@pytest.mark.parametrize("value", [1, 100, Cents.TEA, 2**63 - 1], ids=repr)
def test_money_that_is(value: int) -> None:
    assert sent(total_fee=value)["total_fee"] == str(int(value))


@pytest.mark.parametrize("value", [1, 1.5, True, b"tea", ["tea"], {"a": 1}, datetime(2026, 1, 1, tzinfo=timezone.utc)])
def test_text_is_text(value: object) -> None:
    assert refused(body=value).field == "body"


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (datetime(2026, 11, 24, 16, 30, 59, 999999, tzinfo=timezone.utc), "20261125003059"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=BEIJING), "20261124080000"),
        (datetime(2026, 11, 24, 8, 0, tzinfo=timezone(timedelta(hours=-5, minutes=-30))), "20261124213000"),
        (datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=timezone.utc), "19700101075959"),
        ("20261124080000", "20261124080000"),
    ],
    ids=str,
)
def test_times_become_beijing_time(value: datetime | str, wire: str) -> None:
    assert sent(time_expire=value)["time_expire"] == wire


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2026, 11, 24), "without a zone"),
        (date(2026, 11, 24), "a date"),
        (1795484782, "an integer"),
        ("2026-11-24 08:00:00", "yyyyMMddHHmmss"),
        ("soon", "yyyyMMddHHmmss"),
        (datetime.max.replace(tzinfo=timezone.utc), "year"),
    ],
    ids=str,
)
def test_times_have_a_zone(value: object, said: str) -> None:
    error = refused(time_expire=value)
    assert error.field == "time_expire"
    assert said in error.rule


def test_json_is_written() -> None:
    detail = {"goods_detail": [{"goods_name": "龙井", "quantity": 1, "price": None}]}
    text = sent(detail=detail)["detail"]
    assert json.loads(text) == detail
    assert "龙井" in text
    assert ": " not in text
    assert sent(detail='{"a": 1}')["detail"] == '{"a": 1}'
    assert refused(detail={"a": {1, 2}}).field == "detail"
    assert refused(detail={"a": float("nan")}).field == "detail"
    assert refused(detail="{").rule == "must be JSON"


def test_none_is_left_out() -> None:
    fields = sent(attach=None, time_expire=None, detail=None, device_info="")
    assert not {"attach", "time_expire", "detail", "device_info"} & set(fields)
    assert fields["trade_type"] == "JSAPI"
    assert fields["notify_url"] == SETTINGS["notify_url"]
    assert refused(total_fee=None).rule == "is required"


def test_values_that_no_field_takes() -> None:
    assert "call()" in refused(trade_no="1").rule
    assert refused(totalFee=1).rule == "is not a field of unifiedorder; did you mean total_fee?"
    assert refused(sign="x").rule == "is set by the client"
    assert refused(body="\ud800").field == "body"
    assert "emoji" in refused(body="茶😀").rule
    assert refused(trade_type="MICROPAY").field == "trade_type"
    with pytest.raises(TypeError):
        PAY.unifiedorder("tea")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "body", [{"return_code": "SUCCESS"}, None, 1, ["x"], PAY], ids=["dict", "None", "int", "list", "object"]
)
def test_notifications_are_raw(body: Any) -> None:
    for function in (PAY.notify.parse, PAY.notify.confirm):
        with pytest.raises(InvalidRequest, match="raw body as it came") as error:
            function(body)
        assert error.value.field == "raw_body"
        assert "request.get_data()" in error.value.rule


NOTIFIED = {
    "return_code": "SUCCESS",
    "result_code": "SUCCESS",
    "appid": SETTINGS["appid"],
    "mch_id": SETTINGS["mch_id"],
    "openid": OPENID,
    "out_trade_no": "20150806125346",
    "transaction_id": "4200000263201508067700134212",
    "total_fee": "88",
    "coupon_count": "2",
    "coupon_id_0": "10000",
    "coupon_fee_0": "4",
    "coupon_id_1": "10001",
    "coupon_type_1": "CASH",
    "attach": " <a>&]]> ",
    "promotion_detail": '{"promotion_detail":[]}',
    "time_end": "20150806125400",
    "a_new_field": "x",
}


def signed(fields: dict[str, str]) -> bytes:
    return build_xml(fields | {"sign": sign(fields, KEY)}).encode()


@pytest.mark.parametrize("body", [b"", b"\xff", b"<xml>", b"{}", b"<!DOCTYPE x><xml></xml>", "<xml></xml>"])
def test_other_messages_are_not_authentic(body: bytes | str) -> None:
    with pytest.raises(SignatureError):
        PAY.notify.parse(body)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda body: body.decode()])
def test_raw_bodies_of_each_type(kind: Any) -> None:
    assert PAY.notify.parse(kind(signed(NOTIFIED))).out_trade_no == NOTIFIED["out_trade_no"]


def test_a_reply_reads_by_kind() -> None:
    reply = PAY.notify.parse(signed(NOTIFIED))
    assert type(reply) is PaymentNotification
    assert isinstance(reply, Reply)
    assert not isinstance(reply, dict)
    assert reply.total_fee == reply["total_fee"] == 88
    assert reply.time_end == datetime(2015, 8, 6, 12, 54, tzinfo=BEIJING)
    assert reply.promotion_detail == {"promotion_detail": []}
    assert [(coupon.coupon_id, coupon.coupon_type, coupon.coupon_fee) for coupon in reply.coupons] == [
        ("10000", None, 4),
        ("10001", "CASH", None),
    ]
    assert reply.attach == " <a>&]]> "
    assert reply.device_info is None
    assert "device_info" not in reply
    with pytest.raises(KeyError, match="device_info"):
        reply["device_info"]
    assert reply.a_new_field == reply["a_new_field"] == "x"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no field 'prepay_id'"):
        reply.prepay_id  # type: ignore[attr-defined]  # noqa: B018
    assert list(reply.raw) == [*NOTIFIED, "sign"]
    assert reply.raw["total_fee"] == "88"
    as_dict = reply.to_dict()
    assert as_dict["total_fee"] == 88
    assert as_dict["coupons"] == [
        {"coupon_id": "10000", "coupon_fee": 4},
        {"coupon_id": "10001", "coupon_type": "CASH"},
    ]
    assert {"total_fee", "coupons", "a_new_field", "to_dict"} <= set(dir(reply))


def test_a_reply_is_a_value() -> None:
    reply, same = PAY.notify.parse(signed(NOTIFIED)), PAY.notify.parse(signed(NOTIFIED))
    other = PAY.notify.parse(signed(NOTIFIED | {"total_fee": "89"}))
    assert reply == same != other
    assert hash(reply) == hash(same)
    assert reply != reply.raw
    assert len({reply, same, other}) == 2
    for copied in (pickle.loads(pickle.dumps(reply)), copy.deepcopy(reply)):
        assert copied == reply
        assert type(copied) is PaymentNotification
        assert copied.coupons == reply.coupons
    for change in ("total_fee", "anything"):
        with pytest.raises(AttributeError):
            setattr(reply, change, 1)
    with pytest.raises(TypeError, match="only a client makes replies"):
        PaymentNotification(NOTIFIED)  # type: ignore[arg-type]


def test_the_repr_of_a_reply_shows_no_secret() -> None:
    reply = PAY.notify.parse(signed(NOTIFIED))
    for shown in (repr(reply), reply._repr_html_()):
        assert OPENID not in shown
        assert "oUpF…eS6o" in shown
        assert "88" in shown
        assert "a_new_field" in shown
    assert "&lt;a&gt;" in reply._repr_html_()
    body = '{"access_token":"SECRET1","refresh_token":"SECRET2","expires_in":7200,"openid":"oUpF8uMuAJO","scope":"s"}'
    token = _native.probe_oauth_json("oauth.access_token", 200, body)
    assert (token.access_token, token["refresh_token"]) == ("SECRET1", "SECRET2")  # type: ignore[attr-defined]
    for shown in (repr(token), token._repr_html_()):
        assert "SECRET" not in shown
        assert "oUpF8uMuAJO" not in shown


class Printer:
    """What IPython gives to ``_repr_pretty_``."""

    def __init__(self, thing: Any) -> None:
        self.said = ""
        thing._repr_pretty_(self, False)

    def text(self, text: str) -> None:
        self.said += text


def test_a_notebook_shows_the_state_first_and_folds_the_envelope_away() -> None:
    paid = confirmed_payment(out_trade_no="A1", total_fee=100, attach="<b>")
    name, state, *lines = Printer(paid).said.split("\n")
    assert (name, state.split()) == ("ConfirmedPayment", ["trade_state", "SUCCESS"])
    shown = dict(line.split(maxsplit=1) for line in lines)
    assert shown["total_fee"] == "¥1.00 (100 fen)"
    assert shown["openid"] == "oUpF…eS6o"
    assert shown["time_end"] == "2015-08-06 12:54:00"
    assert not {"appid", "mch_id", "sign", "nonce_str"} & shown.keys()
    html = paid._repr_html_()
    assert html.index("SUCCESS") < html.index("total_fee") < html.index("<details>") < html.index("wxd930ea5d5a258f4f")
    assert "&lt;b&gt;" in html
    assert OPENID not in html + Printer(paid).said
    assert "total_fee" in paid._ipython_key_completions_()

    for handled in (Handled("delivered", payment=paid), Handled("failed", out_trade_no="<A2>", error=ValueError("no"))):
        said, html = Printer(handled).said, handled._repr_html_()
        name, state, number, *_ = said.split("\n")
        assert (name, state.split(), number.split()) == (
            "Handled",
            ["state", handled.state],
            ["out_trade_no", handled.out_trade_no],
        )
        assert ("¥1.00 (100 fen)" in said, "¥1.00" in html) == ((handled.payment is paid),) * 2
        assert "<A2>" not in html
    explained = explain({"a": "1", "sign": "0" * 32}, KEY)
    assert Printer(explained).said == explained.text


BODY = signed(NOTIFIED)
FIELDS = list((NOTIFIED | {"sign": sign(NOTIFIED, KEY)}).items())

#: A time limit that ends a test in the middle of a draw makes Hypothesis blame the strategy (FlakyStrategyDefinition):
#: the same choices went on further before. So these tests have time for a machine that is busy, and Hypothesis makes
#: its table of characters here, not in a draw. It needs the categories alone: a codec takes fifteen times as long.
PATIENT = pytest.mark.timeout(600)
LETTER = st.characters(categories=["L", "N", "P", "Zs"])
CHARACTER = st.characters(exclude_categories=["Cs"])
NAME = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True, alphabet=CHARACTER)
for made in (LETTER, CHARACTER, NAME):
    made.validate()


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, str]]:
    """A signed notification's fields with one change: a character of a value or name, a field less, a field more."""
    fields = list(FIELDS)
    index = draw(st.integers(0, len(fields) - 1))
    name, value = fields[index]
    way = draw(st.sampled_from(["value", "drop", "add", "rename", "insert", "cut"]))
    letter = draw(LETTER)
    at = draw(st.integers(0, len(value) - 1))
    if way == "value":
        fields[index] = (name, value[:at] + letter + value[at + 1 :])
    elif way == "insert":
        fields[index] = (name, value[:at] + letter + value[at:])
    elif way == "cut":
        fields[index] = (name, value[:at] + value[at + 1 :])
    elif way == "drop":
        del fields[index]
    else:
        new = draw(NAME)
        if way == "rename":
            fields[index] = (new, value)
        else:
            fields.insert(index, (new, draw(st.text("abc1", min_size=1))))
    return fields


def meaning(fields: list[tuple[str, str]]) -> dict[str, str]:
    """What a signature is over, and the signature, whose letters may be small."""
    said = {name: value for name, value in fields if value}
    return said | {"sign": said.get("sign", "").upper()}


@PATIENT
@settings(max_examples=500, deadline=None)
@given(changes())
def test_any_change_is_refused(fields: list[tuple[str, str]]) -> None:
    try:
        body = build_xml(fields).encode()
    except InvalidRequest:
        return  # Not a document any more: a name twice.
    if meaning(fields) == meaning(FIELDS):
        return
    with pytest.raises(SignatureError):
        PAY.notify.parse(body)
    assert not verify(body, KEY)


@PATIENT
@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(BODY) - 1), st.integers(0, 255))
def test_any_changed_byte_is_refused_or_means_the_same(at: int, byte: int) -> None:
    body = BODY[:at] + bytes([byte]) + BODY[at + 1 :]
    try:
        fields = list(PAY.notify.parse(body).raw.items())
    except SignatureError:
        return
    assert meaning(fields) == meaning(FIELDS)


@PATIENT
@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAME, st.text(CHARACTER, max_size=50)), st.text(CHARACTER))
def test_signed_messages_verify(params: dict[str, str], key: str) -> None:
    params.pop("sign", None)
    for sign_type in ("MD5", "HMAC-SHA256"):
        made = params | {"sign": sign(params, key, sign_type)}
        assert verify(made, key)
        assert not verify(made, key + "x")
        assert explain(made | {"sign_type": ""}, key).mistake in {"none", "other_algorithm"}


def test_functions_take_text_and_integers() -> None:
    params = {"b": 1, "a": "x", "c": None, "d": "", "sign": "old"}
    assert string_to_sign(params) == "a=x&b=1"
    assert sign(params, "k") == sign({"a": "x", "b": "1"}, "k")
    for value in (1.0, True, ["x"], b"x", 2**64):
        with pytest.raises(InvalidRequest) as error:
            sign({"a": value}, "k")
        assert error.value.field == "a"
    with pytest.raises(InvalidRequest, match="MD5 or HMAC-SHA256"):
        sign({}, "k", "SHA1")
    assert parse_xml(build_xml({"a": 1, "b": None, "c": "<&]]>"})) == {"a": "1", "c": "<&]]>"}
    assert parse_xml(b"<xml><a>1</a></xml>") == parse_xml("\ufeff<xml><a>1</a></xml>") == {"a": "1"}
    assert not verify({"a": "1"}, "k")
    with pytest.raises(InvalidRequest) as malformed:
        verify(b"<xml>", "k")
    assert malformed.value.code == "xml_malformed"


def test_explain_says_why() -> None:
    params = {"appid": "wx", "body": "茶"}
    right = params | {"sign": sign(params, KEY, "MD5")}
    assert explain(right, KEY).mistake == "none"
    explained = explain(right | {"sign": sign(params, f"{KEY}\n", "MD5")}, KEY)
    assert explained.mistake == "key_with_white_space"
    assert explained.string_to_sign == "appid=wx&body=茶&key=***"
    assert explained.sign_type == "MD5"
    assert explained.message in str(explained)
    for shown in (str(explained), repr(explained), explained._repr_html_()):
        assert KEY not in shown

    others = {"api_v3_key": "the APIv3 key".ljust(32), "app_secret": "the AppSecret".ljust(32)}
    for name, mistake in [("api_v3_key", "api_v3_key_as_key"), ("app_secret", "app_secret_as_key")]:
        message = {"appid": "wx", "body": "".join(others.values())}
        message["sign"] = sign(message, others[name], "MD5")
        for form in (message, build_xml(message)):
            explained = explain(form, KEY, **others)
            assert explained.mistake == mistake
            assert explained.likely_string == explained.string_to_sign == "appid=wx&body=******&key=***"
            assert not any(other in f"{explained}{explained!r}{explained._repr_html_()}" for other in others.values())
            assert explain(form, KEY).mistake == "unknown"


def test_money_texts() -> None:
    assert yuan_to_fen("12.3") == yuan_to_fen(Decimal("12.3")) == 1230
    assert yuan_to_fen(12) == yuan_to_fen(Decimal("1.2E1")) == 1200
    assert fen_to_yuan(1230) == "12.30"
    for wrong in (12.3, True, None, "12.345", "-1", Decimal("NaN"), Decimal("0.001"), ""):
        with pytest.raises(InvalidRequest):
            yuan_to_fen(wrong)
    for wrong in (1.0, True, "1", -1, 2**64):
        with pytest.raises(InvalidRequest):
            fen_to_yuan(wrong)  # type: ignore[arg-type]


def test_new_numbers() -> None:
    numbers = [new_out_trade_no("S-") for _ in range(1000)]
    assert len(set(numbers)) == 1000
    assert {len(number) for number in numbers} == {32}
    assert [number[:19] for number in numbers] == sorted(number[:19] for number in numbers)
    with pytest.raises(InvalidRequest):
        new_out_trade_no("too long a prefix")


def test_an_acknowledgement() -> None:
    answer = ack()
    assert isinstance(answer, str)
    assert answer == "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
    assert answer.body == answer.encode()
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert "FAIL" in ack(False, "稍后")
    with pytest.raises(InvalidRequest):
        ack(False, "\0")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("api_key", KEY[:-1], "32 bytes"),
        ("api_key", f"{KEY[:-1]} ", "white space"),
        ("api_key", f"{KEY}\n", "white space"),
        ("api_key", None, "32 bytes"),
        ("api_key", 1, "text"),
        ("appid", "wx1", "18 letters"),
        ("appid", "", "18 letters"),
        ("mch_id", 10000100, "text"),
        ("mch_id", "1", "8 to 10 digits"),
        ("app_secret", KEY, "is the AppSecret"),
        ("notify_url", "shop.example", "absolute"),
        ("sign_type", "SHA1", "MD5 or HMAC-SHA256"),
        ("accept_sign_types", "MD5", "a list"),
        ("accept_sign_types", ["SHA1"], "MD5 or HMAC-SHA256"),
        ("endpoints", "127.0.0.1:8700", "absolute"),
        ("timeout", 0, "between 0.001 and 86400 seconds"),
        ("timeout", "10", "seconds"),
        ("timeout", float("nan"), "seconds"),
        ("connect_timeout", -1, "seconds"),
        ("connect_timeout", True, "seconds"),
        ("max_connections", 0, "between 1 and"),
        ("max_connections", 1.5, "an integer"),
        ("max_connections", 2**62, "between 1 and"),
        ("timeout", 1e18, "between 0.001 and 86400 seconds"),
        ("lease", 0.01, "between 0.1 and 86400 seconds"),
        ("lease", "30", "seconds"),
        ("max_network_retries", -1, "between 0 and"),
        ("max_network_retries", True, "an integer"),
        ("on_event", "print", "a function"),
        ("store", "mysql://localhost", "redis://"),
        ("store", "sqlite:", "a file"),
        ("store", "redis://user:secret@:port", "not a Redis address"),
        ("store", {}, "an address, or an object with the methods get, put"),
        ("store", 1, "an address, or an object"),
    ],
)
def test_settings_are_checked(setting: str, value: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        WxPay(**(SETTINGS | {setting: value}))
    assert error.value.code == "config"
    assert error.value.field in {setting, "api_key"}
    assert KEY not in str(error.value)


def test_a_wecom_corpid() -> None:
    assert WxPay(**(SETTINGS | {"appid": "ww0123456789abcdef"})).appid == "ww0123456789abcdef"


def test_from_env(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("APPID", "MCH_ID", "API_KEY", "APP_SECRET", "NOTIFY_URL", "ENDPOINTS"):
        monkeypatch.delenv(f"WXPAY_{name}", raising=False)
    with pytest.raises(ConfigError, match="WXPAY_APPID"):
        WxPay.from_env()
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("WXPAY_APPID", SETTINGS["appid"])
    monkeypatch.setenv("WXPAY_API_KEY_FILE", str(tmp_path / "key"))
    pay = WxPay.from_env(mch_id="10000100", timeout=5, notify_url=SETTINGS["notify_url"], app_secret=None)
    assert repr(pay) == "WxPay(appid='wxd930ea5d5a258f4f', mch_id='10000100')"
    assert verify(pay.request_body("unifiedorder", **order()), KEY)
    with pytest.raises(ConfigError) as error:
        WxPay.from_env(mch_id=10000100)  # type: ignore[arg-type]
    assert error.value.field == "mch_id"
    with pytest.raises(TypeError, match="no setting 'appids'"):
        WxPay.from_env(mch_id="10000100", appids="x")  # type: ignore[call-arg]


def all_errors() -> list[WxPayError]:
    reply = PAY.notify.parse(BODY)
    return [
        wxpaykit.WxPayError("m", code="c", endpoint="e", retry="never"),
        wxpaykit.ConfigError("m", field="f"),
        wxpaykit.InvalidRequest("m", field="f", rule="r", code="xml_malformed"),
        wxpaykit.TransportError("m", outcome="unknown", status=502, code="gateway", retry="query_first"),
        wxpaykit.ProtocolError("m", return_msg="签名错误"),
        wxpaykit.BusinessError("m", err_code="ORDERPAID", err_code_des="已支付", reply=reply, endpoint="closeorder"),
        wxpaykit.SignatureError("m", explanation="x"),
        wxpaykit.StoreError("m", code="store", retry="same_request"),
        wxpaykit.PaymentMismatch("m", field="total_fee", expected="1", actual="2"),
        wxpaykit.OAuthError("m", errcode=40029, errmsg="invalid code"),
    ]


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: type(error).__name__)
def test_errors_can_be_pickled(error: WxPayError) -> None:
    for copied in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(copied) is type(error)
        assert copied.args == error.args
        assert vars(copied) == vars(error)
        assert str(copied) == "m"


def test_errors_are_one_tree() -> None:
    assert {type(error) for error in all_errors()} == {
        kind for kind in vars(wxpaykit.errors).values() if isinstance(kind, type) and issubclass(kind, WxPayError)
    }


class Text(str):
    """A subclass of str, as programs have."""


def test_both_ways_of_reading_a_dict_agree() -> None:
    """Texts and integers are read in place; with anything else in the dict, all of it is read the other way."""
    params = {"b": 2**62, "a": "茶", "c": Text("x"), "d": None, "e": "", "f": -1}
    wanted = sign({name: str(value) for name, value in params.items() if value is not None}, "k")
    assert sign(params, "k") == sign(params | {"g": None}, "k") == wanted
    assert sign(params | {"b": Cents.TEA}, "k") == sign(params | {"b": "100"}, "k")
    now = datetime(2026, 11, 24, tzinfo=BEIJING)
    plain, other = sent(out_trade_no="1"), sent(out_trade_no="1", time_start=now, total_fee=Cents.TEA)
    for fields in (plain, other):
        del fields["nonce_str"], fields["sign"]
    assert other.pop("time_start") == "20261124000000"
    assert plain == other
    with pytest.raises(InvalidRequest):
        sign({"a": "\udc80"}, "k")
    with pytest.raises(InvalidRequest):
        sign({1: "a"}, "k")  # type: ignore[dict-item]


#: No server listens there, and none of the tests below sends anything.
NOWHERE = WxPay(**SETTINGS, app_secret="s" * 32, endpoints="http://127.0.0.1:9", max_network_retries=0)
NOWHERE_ASYNC = AsyncWxPay(**SETTINGS, app_secret="s" * 32, endpoints="http://127.0.0.1:9", max_network_retries=0)

CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "sign": (sign, {"params": {}, "key": "k", "sign_type": "MD5"}),
    "string_to_sign": (string_to_sign, {"params": {}}),
    "verify": (verify, {"key": "k", "params": {}}),
    "explain": (explain, {"key": "k", "params": {}}),
    "build_xml": (build_xml, {"params": {}}),
    "jssdk_signature": (jssdk_signature, {"ticket": "t", "noncestr": "n", "timestamp": 1, "url": "https://a.example/"}),
    "new_out_refund_no": (new_out_refund_no, {"prefix": ""}),
    "new_out_trade_no": (new_out_trade_no, {"prefix": ""}),
    "mweb_redirect_url": (mweb_redirect_url, {"mweb_url": "https://a.example/", "redirect_url": "https://b.example/"}),
    "yuan_to_fen": (yuan_to_fen, {"yuan": "1"}),
    "fen_to_yuan": (fen_to_yuan, {"fen": 1}),
    "ack": (ack, {"ok": True, "msg": "OK"}),
    "call": (NOWHERE.call, {"path": "/pay/orderquery", "params": {}}),
    "jsapi_params": (NOWHERE.jsapi_params, {"prepay_id": "wx1", "appid": None}),
    "choose_wxpay_params": (NOWHERE.choose_wxpay_params, {"prepay_id": "wx1", "appid": None}),
    "miniprogram_params": (NOWHERE.miniprogram_params, {"prepay_id": "wx1", "appid": None}),
    "app_params": (NOWHERE.app_params, {"prepay_id": "wx1", "appid": None, "partnerid": None}),
    "wait_for_payment": (NOWHERE.wait_for_payment, {"out_trade_no": "1", "total_fee": 1, "within": 1}),
    "authorize_url": (
        NOWHERE.oauth.authorize_url,
        {"redirect_uri": "https://a.example/", "scope": "snsapi_base", "state": None, "force_popup": False},
    ),
    "jscode2session": (NOWHERE.oauth.jscode2session, {"js_code": "c"}),
    "checksession": (NOWHERE.oauth.checksession, {"openid": "o", "session_key": "k", "access_token": None}),
    "getuserphonenumber": (NOWHERE.oauth.getuserphonenumber, {"code": "c", "openid": None, "access_token": None}),
    "component_access_token": (
        NOWHERE.oauth.component_access_token,
        {"code": "c", "component_appid": "wx1111111111111111", "component_access_token": "t"},
    ),
    "decrypt_user_data": (
        NOWHERE.oauth.decrypt_user_data,
        {"encrypted_data": "AAAA", "iv": "AAAA", "session_key": "AAAA"},
    ),
    "access_token": (NOWHERE.oauth.access_token, {"code": "c"}),
    "refresh_token": (NOWHERE.oauth.refresh_token, {"refresh_token": "t"}),
    "userinfo": (NOWHERE.oauth.userinfo, {"access_token": "t", "openid": "o", "lang": "en"}),
    "auth": (NOWHERE.oauth.auth, {"access_token": "t", "openid": "o"}),
    "config": (
        NOWHERE.jssdk.config,
        {"url": "https://a.example/", "js_api_list": [], "open_tag_list": [], "debug": False},
    ),
    "stable_token": (NOWHERE.jssdk.stable_token, {"force_refresh": False}),
    "getticket": (NOWHERE.jssdk.getticket, {"access_token": "t"}),
    "handle": (NOWHERE.notify.handle, {"amount_of": len, "on_paid": lambda payment, key: None, "raw_body": b"<xml/>"}),
    "reconcile": (NOWHERE.notify.reconcile, {"pending": [], "on_paid": lambda payment, key: None}),
    "asynchronous reconcile": (NOWHERE_ASYNC.notify.reconcile, {"pending": [], "on_paid": lambda payment, key: None}),
    "asynchronous config": (NOWHERE_ASYNC.jssdk.config, {"url": "https://a.example/", "js_api_list": []}),
}


def finished(made: Any) -> Any:
    return asyncio.run(made) if inspect.iscoroutine(made) else made


#: The message itself, which may be bytes, text or nothing that can be read, has tests of its own.
MESSAGES = {("verify", "params"), ("explain", "params"), ("handle", "raw_body")}


@pytest.mark.parametrize("name", CALLS)
def test_invalid_arguments_are_refused_by_name(name: str) -> None:
    function, right = CALLS[name]
    for argument in right:
        if (name, argument) in MESSAGES:
            continue
        for wrong in (b"x", 1.5, [1], (1, 2), {1: 2}, object(), None, "half \ud800"):
            if (wrong is None and right[argument] is None) or (argument == "within" and wrong == 1.5):
                continue
            if argument == "pending" and wrong in ([1], (1, 2)):
                continue  # A row that is wrong fails alone.
            if wrong is None and argument in ("sign_type", "prefix", "lang", "force_refresh"):
                continue  # As if it were left out.
            with pytest.raises(InvalidRequest) as error:
                finished(function(**(right | {argument: wrong})))
            # Of a dict it is the name in it that is wrong.
            assert error.value.field in (argument, "params"), (argument, wrong)
            # An amount is no secret, and is shown.
            assert wrong is None or (argument, wrong) == ("total_fee", 1.5) or repr(wrong) not in str(error.value)


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("profit_sharing", True, "must be one of the texts Y, N, not a boolean"),
        ("trade_type", 1, "must be one of the texts JSAPI, .*, not an integer"),
    ],
)
def test_what_is_no_text_is_told_the_texts_of_the_field(field: str, wrong: Any, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said) as error:
        NOWHERE.unifiedorder(**{field: wrong})
    assert error.value.field == field


@pytest.mark.parametrize("wrong", [0, -1, -(2**63), 2**63, True, 1.5, "1", None])
def test_the_amount_of_a_payment_to_resume_is_at_least_one_fen(wrong: Any) -> None:
    said = "not an integer beyond 64 bits" if wrong == 2**63 else "must be"
    with pytest.raises(InvalidRequest, match=said) as error:
        NOWHERE.resume_pay_by_code("A1", total_fee=wrong, within=0)
    with pytest.raises(InvalidRequest):
        asyncio.run(NOWHERE_ASYNC.resume_pay_by_code("A1", total_fee=wrong, within=0))
    assert error.value.field == "total_fee"


@pytest.mark.parametrize("wrong", [-1, -(2**63), 2**63, True, 1.5, "1", None])
def test_a_page_is_signed_at_a_time_since_1970(wrong: Any) -> None:
    with pytest.raises(InvalidRequest) as error:
        jssdk_signature("t", "n", wrong, "https://a.example/")
    assert error.value.field == "timestamp"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda half: wxpaykit.explain_jssdk({"nonceStr": "n", "timestamp": half, "signature": "s"}, "u"), "timestamp"),
        (bill.unescape, "text"),
        (bill.read, "bill"),
        (lambda half: bill.read(b"x").compare([{"out_trade_no": half, "total_fee": 1}]), "out_trade_no"),
        (lambda half: bill.read(b"x").compare([{"out_refund_no": half, "refund_fee": 1}]), "out_refund_no"),
        (
            lambda half: bill.read(b"x").compare([{"out_trade_no": "1", "total_fee": 1, "trade_state": half}]),
            "trade_state",
        ),
        (lambda half: NOWHERE.v3.upload(half), "file"),
        (lambda half: NOWHERE.v3.upload(b"x", filename=half), "filename"),
        (lambda half: NOWHERE.v3.upload(b"x", filename="a.png", meta={"x": [half]}), "meta"),
        (lambda half: NOWHERE.v3.call("POST", "/v3/x", json={"x": {half: 1}}), "json"),
        (lambda half: NOWHERE.unifiedorder(scene_info={"x": half}), "scene_info"),
        (lambda half: NOWHERE.call("/pay/other", {half: "x"}), "params"),
    ],
)
def test_half_a_character_is_refused_by_name(call: Callable[[str], Any], field: str) -> None:
    with pytest.raises(InvalidRequest, match="unpaired surrogate") as error:
        call("half \ud800")
    assert error.value.field == field


def test_a_record_of_mine_has_an_amount_that_a_bill_can_have() -> None:
    with pytest.raises(InvalidRequest, match="not an integer beyond 64 bits"):
        bill.read(b"x").compare([{"out_trade_no": "1", "total_fee": 2**63}])
    with pytest.raises(InvalidRequest, match="out_trade_no: must be text, not int"):
        bill.read(b"x").compare([{"out_trade_no": 1, "total_fee": 1}])


WHEN = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("name", ["sub_mch_id", "combine_out_trade_no"])
def test_an_order_whose_model_fails_is_not_taken_for_another_kind(name: str) -> None:
    """An order of which nobody knows whether it is a combined one must not be asked for as a single one."""

    def away(order: object) -> str:
        raise OSError("the database is away")

    fields = {"out_trade_no": "T1", "total_fee": 1, "created": WHEN}
    order = type("Order", (), {**fields, name: property(away)})()
    (result,) = NOWHERE.notify.reconcile([order], on_paid=lambda payment, key: None)
    assert (result.state, str(result.error)) == ("failed", "the database is away")


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (("1", 1), r"pending: must be orders of \(out_trade_no, total_fee, created\), not of 2"),
        (("1", 1, WHEN, 2), r"pending: must be orders of \(out_trade_no, total_fee, created\), not of 4"),
        ({"out_trade_no": "1"}, "pending: .*there is no total_fee in a dict"),
        ("1", "pending: .*there is no out_trade_no in a str"),
        (None, "pending: .*there is no out_trade_no in a NoneType"),
    ],
)
def test_orders_to_reconcile_are_checked(order: Any, said: str) -> None:
    (result,) = NOWHERE.notify.reconcile([order], on_paid=lambda payment, key: None)
    (other,) = asyncio.run(NOWHERE_ASYNC.notify.reconcile([order], on_paid=lambda payment, key: None))
    assert (result.state, other.state) == ("failed", "failed")
    assert isinstance(result.error, InvalidRequest)
    assert re.search(said, str(result.error))
    assert str(other.error) == str(result.error)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ((b"1", 1, WHEN), "out_trade_no: must be text, not bytes"),
        (("1", "1", WHEN), "total_fee: must be an int of fen, not the text '1'; yuan_to_fen converts yuan"),
        (("1", 1.5, WHEN), r"total_fee: must be an int of fen, not float \(1.5\); yuan_to_fen converts yuan"),
        (("1", Decimal("1.50"), WHEN), r"total_fee: must be an int of fen, not Decimal \(1.50\); yuan_to_fen"),
        (("1", 1, "today"), "created: must be a datetime with a zone"),
        (("1", 1, WHEN.replace(tzinfo=None)), "created: must be a datetime with a zone"),
        ({"out_trade_no": "1", "total_fee": 1, "created": WHEN, "sub_mch_id": 1}, "sub_mch_id: must be text, not int"),
    ],
)
def test_a_row_that_is_wrong_fails_alone(order: Any, said: str) -> None:
    """The other row is too old to be asked for, and is so all the same."""
    rows = [order, ("2", 1, WHEN.replace(year=2015))]
    both = NOWHERE.notify.reconcile(rows, on_paid=lambda payment, key: None)
    both += asyncio.run(NOWHERE_ASYNC.notify.reconcile(rows, on_paid=lambda payment, key: None))
    for wrong, old in zip(both[::2], both[1::2], strict=True):
        assert (wrong.state, type(wrong.error), old.state) == ("failed", InvalidRequest, "too_old")
        assert re.match(said, str(wrong.error)), wrong.error
        assert wrong.out_trade_no in ("1", "b'1'")


def test_one_order_is_not_a_list_of_orders() -> None:
    with pytest.raises(InvalidRequest, match=r"pending: must be orders, in a list or another iterable, not tuple"):
        NOWHERE.notify.reconcile(("1", 1, WHEN), on_paid=lambda payment, key: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("name", ["out_trade_no", "total_fee", "created", "sub_mch_id", "__iter__"])
def test_a_pass_that_is_interrupted_while_a_row_is_read_ends(end: type[BaseException], name: str) -> None:
    """A model reads its columns from a database: what Ctrl-C ends there is no row that is wrong."""

    def interrupted(_: object) -> object:
        raise end

    row = type("Order", (), {"out_trade_no": "1", "total_fee": 1, "created": WHEN, "sub_mch_id": None})
    broken = type("Broken", (row,), {name: interrupted if name == "__iter__" else property(interrupted)})()
    with pytest.raises(end):
        NOWHERE.notify.reconcile(broken if name == "__iter__" else [row(), broken], on_paid=lambda payment, key: None)
    if name != "__iter__":
        with pytest.raises(end):
            NOWHERE.notify.reconcile(broken, on_paid=lambda payment, key: None)


def test_a_text_is_not_a_list_of_texts() -> None:
    with pytest.raises(InvalidRequest, match="js_api_list: must be a list of texts, not str"):
        NOWHERE.jssdk.config("https://a.example/", js_api_list="chooseWXPay")
