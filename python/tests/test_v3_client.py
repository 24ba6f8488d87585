"""Calls of APIv3 against a server that signs as WeChat Pay does."""

from __future__ import annotations

import asyncio
import io
import json
import pickle
import threading
import time
from array import array
from collections import UserString
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from v3_changes import CHANGES, SIGNED, Change

from wxpaykit import AsyncWxPay, WxPay, v3
from wxpaykit.errors import (
    BusinessError,
    ConfigError,
    InvalidRequest,
    PaymentMismatch,
    ProtocolError,
    SignatureError,
    TransportError,
    WxPayError,
)

ROOT = Path(__file__).parents[2]
CERTIFICATES = ROOT / "tests/certificates"
CERT = (CERTIFICATES / "apiclient_cert.pem").read_text()
PLATFORM_KEY = (ROOT / "emulator/keys/platform-public.pem").read_text()
ID = "PUB_KEY_ID_0119000000012025112800000000000001"
API_V3_KEY = "wxpaykitTestApiV3Key0123456789ab"
PREPAY = "wx201410272009395522657a690389285100"
ORDER: dict[str, Any] = {
    "description": "茶",
    "out_trade_no": "WXK20251128000001",
    "amount": {"total": 88},
    "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
}
SETTINGS: dict[str, Any] = {
    "appid": "wxd930ea5d5a258f4f",
    "mch_id": "1900000109",
    "api_v3_key": API_V3_KEY,
    "client_cert": CERT,
    "client_key": CERTIFICATES / "apiclient_key.pem",
    "platform_public_key": ROOT / "emulator/keys/platform-public-key.pem",
    "platform_public_key_id": ID,
    "notify_url": "https://shop.example/wxpay/notify",
    "store": "memory:",
}


class Server(ThreadingHTTPServer):
    """Answers with what is set, and records the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, str, dict[str, str], str]] = []
        self.reply: tuple[int, str, str | None] = (200, "", "right")
        #: What is changed once it is signed.
        self.change: Change | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def says(self, body: object, status: int = 200, signed: str | None = "right") -> None:
        self.got.clear()
        self.reply = (status, body if isinstance(body, str) else json.dumps(body, ensure_ascii=False), signed)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((self.command, self.path, headers, body))
        status, text, signed = self.server.reply
        content, signature = text.encode(), dict[str, str]()
        if signed is not None:
            now, nonce = str(int(time.time())), "d824f2e086d3c1df967785d13fcd22ef"
            over = f"{now}\n{nonce}\n{text}{' ' if signed == 'wrong' else ''}\n"
            signature = dict(zip(SIGNED, (now, nonce, ID, v3.sign(over, PLATFORM_KEY)), strict=True))
        if self.server.change is not None:
            before = signature, content
            signature, content = self.server.change.of(*before)
            # Where it changes nothing, such as a digit to itself.
            content += b" " if (signature, content) == before else b""
        self.send_response(status)
        self.send_header("Request-ID", "08F5B8C2-0")
        for name, value in signature.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = handle_any  # noqa: N815
    do_POST = handle_any  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def pay(server: Server) -> WxPay:
    return WxPay(**SETTINGS, endpoints=server.url)


def check_authorization(request: tuple[str, str, dict[str, str], str]) -> None:
    method, path, headers, body = request
    found = v3.explain(
        method=method,
        url=path,
        body=body,
        authorization=headers["authorization"],
        certificate=CERT,
        now=int(time.time()),
        mch_id="1900000109",
    )
    assert found.mistake == "none", found.text


def test_an_order_is_signed_as_it_is_sent_and_its_page_by_rsa(server: Server, pay: WxPay) -> None:
    server.says({"prepay_id": PREPAY})
    expires = datetime(2026, 11, 28, 11, 20, 5, tzinfo=timezone(timedelta(hours=8)))
    order = pay.v3.jsapi(**ORDER, time_expire=expires, attach=None)
    assert order.prepay_id == PREPAY
    check_authorization(server.got[0])
    assert server.got[0][2]["wechatpay-serial"] == ID
    assert json.loads(server.got[0][3]) == {
        **ORDER,
        "time_expire": "2026-11-28T11:20:05+08:00",
        "appid": SETTINGS["appid"],
        "mchid": SETTINGS["mch_id"],
        "notify_url": SETTINGS["notify_url"],
    }
    page = pay.v3.jsapi_params(order.prepay_id)
    assert list(page) == ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"]
    key = (CERTIFICATES / "apiclient_key.pem").read_text()
    assert page["paySign"] == v3.pay_sign(page["appId"], page["timeStamp"], page["nonceStr"], page["package"], key)
    assert next(iter(pay.v3.choose_wxpay_params(PREPAY))) == "timestamp"
    assert next(iter(pay.v3.miniprogram_params(PREPAY))) == "timeStamp"
    assert pay.v3.app_params(PREPAY, partnerid="1900000201")["partnerid"] == "1900000201"
    assert pay.v3.order_and_params("miniprogram", **ORDER)["package"] == f"prepay_id={PREPAY}"
    assert pay.v3.order_and_params(page="miniprogram", **ORDER)["package"] == f"prepay_id={PREPAY}"


def test_members_that_only_the_older_catalogue_has_are_sent(server: Server, pay: WxPay) -> None:
    server.says({"prepay_id": PREPAY})
    pay.v3.jsapi(
        **ORDER, limit_pay=["no_credit", "no_debit"], settle_info={"profit_sharing": True, "subsidy_amount": 5}
    )
    sent = json.loads(server.got[0][3])
    assert sent["limit_pay"] == ["no_credit", "no_debit"]
    assert sent["settle_info"] == {"profit_sharing": True, "subsidy_amount": 5}
    server.says({"code_url": "weixin://wxpay/bizpayurl?pr=A"})
    part = {
        "mchid": SETTINGS["mch_id"],
        "attach": "a",
        "amount": {"total_amount": 1, "currency": "CNY"},
        "out_trade_no": "PART0001",
        "description": "茶",
        "settle_info": {"subsidy_amount": 5},
    }
    parts = [part, part | {"out_trade_no": "PART0002"}]
    start = datetime(2026, 11, 28, 11, 20, 5, tzinfo=timezone(timedelta(hours=8)))
    order = {
        "combine_out_trade_no": "WHOLE0001",
        "sub_orders": parts,
        "time_start": start,
        "limit_pay": '["no_credit"]',
    }
    pay.v3.combine_native(**order)
    sent = json.loads(server.got[0][3])
    assert (sent["time_start"], sent["limit_pay"]) == ("2026-11-28T11:20:05+08:00", ["no_credit"])
    assert sent["sub_orders"] == parts
    with pytest.raises(InvalidRequest) as caught:
        pay.v3.jsapi(**ORDER, settle_info={"subsidy_amount": 0.5})
    assert caught.value.field == "settle_info.subsidy_amount"
    with pytest.raises(InvalidRequest, match="limit_pay: must be JSON"):
        pay.v3.jsapi(**ORDER, limit_pay="no_credit")


def test_an_app_pays_the_sub_merchant_of_its_order(server: Server, pay: WxPay) -> None:
    server.says({"prepay_id": PREPAY})
    order: dict[str, Any] = {name: value for name, value in ORDER.items() if name != "payer"}
    page = pay.v3.order_and_params("app", **order, sub_mchid="1900000201")
    assert (page["partnerid"], page["prepayid"]) == ("1900000201", PREPAY)
    assert server.got[0][1] == "/v3/pay/partner/transactions/app"
    assert pay.v3.app_params(PREPAY, appid=SETTINGS["appid"], partnerid="")["partnerid"] == "1900000201"
    with pytest.raises(InvalidRequest) as caught:
        pay.v3.app_params(PREPAY, partnerid="19")
    assert caught.value.field == "partnerid"


def test_the_calls_of_a_service_provider(server: Server) -> None:
    pay = WxPay(**SETTINGS, endpoints=server.url, sub_mch_id="1900000201")
    server.says({"prepay_id": PREPAY})
    order = {**ORDER, "payer": {"sub_openid": "o"}}
    assert pay.v3.jsapi(**order, sub_appid="wx2222222222222222").prepay_id == PREPAY
    check_authorization(server.got[0])
    assert server.got[0][1] == "/v3/pay/partner/transactions/jsapi"
    sent = json.loads(server.got[0][3])
    assert [sent["sp_mchid"], sent["sub_mchid"], sent["sub_appid"]] == [
        "1900000109",
        "1900000201",
        "wx2222222222222222",
    ]
    wrong: list[tuple[dict[str, str], str]] = [
        ({"sp_openid": "o", "sub_openid": "p"}, "payer.sub_openid"),
        ({"sp_openid": ""}, "payer.sp_openid"),
        ({"openid": "o"}, "payer.openid"),
    ]
    for payer, field in wrong:
        with pytest.raises(InvalidRequest) as caught:
            pay.v3.jsapi(**{**ORDER, "payer": payer}, sub_appid="wx2222222222222222")
        assert caught.value.field == field
    number = "4200002986202511281234567890"
    paid = {"out_trade_no": "A1", "transaction_id": number, "trade_state": "SUCCESS", "amount": {"total": 88}}
    server.says(paid)
    assert pay.v3.query(transaction_id=number).out_trade_no == "A1"
    path = f"/v3/pay/partner/transactions/id/{number}"
    assert server.got[0][1] == f"{path}?sp_mchid=1900000109&sub_mchid=1900000201"
    server.says({**paid, "amount": {}})
    with pytest.raises(TransportError) as malformed:
        pay.v3.query(out_trade_no="A1")
    assert (malformed.value.code, "amount.total is missing" in str(malformed.value)) == ("malformed_reply", True)


def test_sensitive_fields_are_encrypted(server: Server, pay: WxPay) -> None:
    server.says({"prepay_id": PREPAY})
    identity = {"type": "IDCARD", "number": "11010519491231002X", "name": "𠮷田"}
    pay.v3.jsapi(**{**ORDER, "payer": {**ORDER["payer"], "identity": identity}})
    assert server.got[0][2]["wechatpay-serial"] == ID
    sent = json.loads(server.got[0][3])["payer"]["identity"]
    plain = {name: v3.decrypt_sensitive(sent[name], PLATFORM_KEY) for name in ("number", "name")}
    assert {**sent, **plain} == identity


def test_an_order_is_asked_for_its_objects_read_and_it_is_closed(server: Server, pay: WxPay) -> None:
    paid = {
        "amount": {"total": 88, "payer_total": 80, "currency": "CNY"},
        "mchid": "1900000109",
        "out_trade_no": "A|1",
        "transaction_id": "4200002986202511281234567890",
        "trade_state": "SUCCESS",
        "success_time": "2025-11-28T11:20:05+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "promotion_detail": [{"coupon_id": "109519", "type": "CASH", "amount": 8}],
        "later": {"a": 1},
    }
    server.says(paid)
    order = pay.v3.query(out_trade_no="A|1")
    assert server.got[0][1] == "/v3/pay/transactions/out-trade-no/A%7C1?mchid=1900000109"
    check_authorization(server.got[0])
    assert order.amount is not None
    assert (order.amount.total, order.amount["payer_total"], order.amount.payer_currency) == (88, 80, None)
    assert [(coupon.type, coupon.amount) for coupon in order.promotion_detail or ()] == [("CASH", 8)]
    assert order.success_time == datetime(2025, 11, 28, 3, 20, 5, tzinfo=timezone.utc)
    assert order["later"] == '{"a":1}'
    assert "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" not in repr(order) + order._repr_html_()
    server.says("", status=204)
    assert pay.v3.close(out_trade_no="A|1") is None  # type: ignore[func-returns-value]


def test_times_are_datetimes_at_every_depth(server: Server, pay: WxPay) -> None:
    text, when = "2025-11-28T11:20:05+08:00", datetime(2025, 11, 28, 3, 20, 5, tzinfo=timezone.utc)
    parts = [{"out_trade_no": "A1", "success_time": text, "later": {"at": text}}, {"success_time": "soon"}, {}]
    server.says({"combine_out_trade_no": "C1", "sub_orders": parts})
    order = pay.v3.combine_query(combine_out_trade_no="C1")
    assert [part.success_time for part in order.sub_orders] == [when, None, None]
    read: list[dict[str, Any]] = [
        {"out_trade_no": "A1", "success_time": when, "later": {"at": text}},
        {"success_time": None},
        {},
    ]
    assert order.to_dict()["sub_orders"] == read
    assert order.sub_orders[0].to_dict() == {**read[0], "later": '{"at":"2025-11-28T11:20:05+08:00"}'}
    assert json.loads(order.raw["sub_orders"]) == parts
    receiver = {"create_time": text, "finish_time": "1970-01-01T08:00:00+08:00"}
    shared = {"state": "FINISHED", "transaction_id": "4200", "out_order_no": "P1", "order_id": "3"}
    server.says({**shared, "receivers": [receiver]})
    sharing = pay.v3.profitsharing_order_query(transaction_id="4200", out_order_no="P1")
    begun = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert sharing.to_dict()["receivers"] == [{"create_time": when, "finish_time": begun}]
    assert sharing.receivers[0].to_dict() == {"create_time": when, "finish_time": begun}
    odd: object
    for odd in ("", "2025-11-28 11:20:05", None, 1764300005, True, {}, [], [text]):
        server.says({**shared, "receivers": [{"create_time": odd, "finish_time": text}]})
        sharing = pay.v3.profitsharing_order_query(transaction_id="4200", out_order_no="P1")
        assert sharing.receivers[0].create_time is None
        assert sharing.to_dict()["receivers"] == [{"create_time": None, "finish_time": when}]


def test_a_text_that_is_json_is_shown_as_the_text_that_it_is(server: Server, pay: WxPay) -> None:
    attach = '{"a": 1}'
    server.says({"out_trade_no": "number", "trade_state": "NOTPAY", "attach": attach, "promotion_detail": []})
    order = pay.v3.query(out_trade_no="number")
    assert order.attach == attach
    assert f"attach={attach!r}" in repr(order) and "promotion_detail=[]" in repr(order)
    # What may not be shown is left out of a text too.
    openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
    server.says({"detail": {"payer": {"openid": openid}}, "list": [1]})
    plain = pay.v3.call("GET", "/v3/x")
    assert (plain["list"], openid in plain["detail"]) == ("[1]", True)
    assert "list='[1]'" in repr(plain) and "oUpF…eS6o" in repr(plain) and openid not in repr(plain)


class Printer:
    """IPython's, as far as replies use it."""

    def __init__(self) -> None:
        self.got = ""

    def text(self, text: str) -> None:
        self.got += text


def shown(reply: Any) -> list[str]:
    printer = Printer()
    reply._repr_pretty_(printer, False)
    return [repr(reply), str(reply), reply._repr_html_(), printer.got]


def test_what_the_caller_named_sensitive_is_not_shown(server: Server, pay: WxPay) -> None:
    phone, name, card = "13912345678", "张三丰", "6222021234567890123"
    made = {"payer_phone": phone, "contact": {"xx": name, "n": "7"}, "list": [{"bank_card": card}]}
    sealed = {
        "payer_phone": v3.encrypt_sensitive(phone, CERT),
        "contact": {"xx": v3.encrypt_sensitive(name, CERT), "n": "7"},
        "list": [{"bank_card": v3.encrypt_sensitive(card, CERT)}],
    }
    paths = ["payer_phone", "contact.xx", "list.bank_card"]
    server.says(sealed)
    reply = pay.v3.call("GET", "/v3/x", sensitive=paths)
    assert (reply.payer_phone, json.loads(reply["contact"]), json.loads(reply.list)) == tuple(made.values())
    for kept in (reply, pickle.loads(pickle.dumps(reply))):
        for text in shown(kept):
            assert not [secret for secret in (phone, name, card) if secret in text], text
            assert text.count("***") == 3 and "7" in text
    # What a refusal repeats.
    server.says({"code": "PARAM_ERROR", "message": "参数错误", **made}, status=400)
    with pytest.raises(BusinessError) as caught:
        pay.v3.call("GET", "/v3/x", sensitive=paths)
    assert caught.value.reply["payer_phone"] == phone
    for text in shown(caught.value.reply):
        assert not [secret for secret in (phone, name, card) if secret in text], text


def test_the_token_of_a_files_address_is_not_shown(server: Server, pay: WxPay) -> None:
    url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUP"
    file = {"download_url": url, "hash_type": "SHA256", "hash_value": "0" * 64}
    server.says({"state": "FINISHED", "out_bill_no": "T1", **file})
    known = pay.v3.transfer_receipt_query(out_bill_no="T1")
    server.says({**file, "files": [{"download_url": url}]})
    raw = pay.v3.call("GET", "/v3/bill/tradebill", query={"bill_date": "2026-11-30"})
    for reply in (known, raw):
        assert reply.download_url == url
        for text in shown(reply):
            assert "6XIv5TUP" not in text and "file?token=***" in text, text


class Pairs(Mapping[str, Any]):
    """A mapping of a program's own."""

    def __init__(self, **members: Any) -> None:
        self._members = members

    def __getitem__(self, name: str) -> Any:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def test_any_mapping_and_any_sequence_is_json(server: Server, pay: WxPay) -> None:
    inside = Pairs(name="茶", more=[MappingProxyType({"n": 1}), (2, range(3))])
    sent = {"name": "茶", "more": [{"n": 1}, [2, [0, 1, 2]]]}
    for made, text in ((inside, sent), (MappingProxyType({"a": inside}), {"a": sent}), ((inside, 1), [sent, 1])):
        server.says({"n": 1})
        pay.v3.call("POST", "/v3/x", query=Pairs(a="b"), json=made)
        assert json.loads(server.got[-1][3]) == text
        assert server.got[-1][1] == "/v3/x?a=b"
    server.says({"media_id": "M"})
    pay.v3.upload(b"x", filename="a.png", meta=Pairs(kind=inside))
    assert json.dumps({"kind": sent}, ensure_ascii=False, separators=(",", ":"))[1:-1] in server.got[-1][3]
    server.got.clear()
    wrong: Any
    for wrong in (
        "{}",
        b"{}",
        bytearray(b"{}"),
        memoryview(b"{}"),
        {1},
        5,
        object(),
        iter([1]),
        UserString("{}"),
        array("B", b"{}"),
    ):
        with pytest.raises(InvalidRequest, match="json: must be a dict or a list, not"):
            pay.v3.call("POST", "/v3/x", json=wrong)
        with pytest.raises(InvalidRequest) as refusal:
            pay.v3.jsapi(**(ORDER | {"amount": wrong}))
        assert (refusal.value.field or "").startswith("amount")
    for wrong in (UserString("{}"), array("B", b"{}"), memoryview(b"{}")):
        with pytest.raises(InvalidRequest, match="cannot be written as JSON: Object of type"):
            pay.v3.call("POST", "/v3/x", json={"a": wrong})
    assert server.got == []
    server.says({"prepay_id": PREPAY})
    pay.v3.jsapi(**(ORDER | {"amount": Pairs(total=5)}))
    assert json.loads(server.got[-1][3])["amount"] == {"total": 5}


def test_a_time_inside_an_object_is_sent_in_beijing_time(server: Server, pay: WxPay) -> None:
    when, text = datetime(2026, 11, 30, 10, 0, 5, 678, tzinfo=timezone.utc), "2026-11-30T18:00:05+08:00"
    server.says({"n": 1})
    pay.v3.call("POST", "/v3/x", query={"at": when}, json={"at": when, "list": [{"day": when.date()}, (when,)]})
    assert server.got[0][1] == "/v3/x?at=2026-11-30T18%3A00%3A05%2B08%3A00"
    assert json.loads(server.got[0][3]) == {"at": text, "list": [{"day": "2026-11-30"}, [text]]}
    server.says({"media_id": "M"})
    pay.v3.upload(b"x", filename="a.png", meta={"at": when})
    assert f'"at":"{text}"' in server.got[0][3]
    year = "contains a time whose year in Beijing is not between 1 and 9999"
    wrong: list[tuple[Any, str]] = [
        (when.replace(tzinfo=None), "contains a datetime without a zone: give it one, tzinfo=…"),
        (datetime.max.replace(tzinfo=timezone.utc), year),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), year),
        ({1}, "cannot be written as JSON: Object of type set is not JSON serializable"),
        (float("nan"), "cannot be written as JSON: Out of range float values are not JSON compliant"),
    ]
    calls: list[tuple[str, Callable[[Any], object]]] = [
        ("json", lambda inside: pay.v3.call("POST", "/v3/x", json=inside)),
        ("detail", lambda inside: pay.v3.jsapi(**ORDER, detail=inside)),
        ("meta", lambda inside: pay.v3.upload(b"x", filename="a.png", meta=inside)),
    ]
    for value, rule in wrong:
        server.got.clear()
        inside: Any = {"at": [value]}
        for field, call in calls:
            with pytest.raises(InvalidRequest) as caught:
                call(inside)
            assert (caught.value.field, (caught.value.rule or "").startswith(rule)) == (field, True), caught.value
        assert server.got == []


def test_refusals_are_errors_by_status_and_code(server: Server, pay: WxPay) -> None:
    refund: dict[str, Any] = {
        "out_trade_no": "A1",
        "out_refund_no": "R1",
        "amount": {"refund": 1, "total": 88, "currency": "CNY"},
    }
    server.says({"code": "NOT_ENOUGH", "message": "余额不足"}, status=403)
    with pytest.raises(BusinessError) as caught:
        pay.v3.refund(**refund)
    assert (caught.value.err_code, caught.value.retry) == ("NOT_ENOUGH", "same_request")
    assert caught.value.request_id == "08F5B8C2-0"
    assert "Request-ID 08F5B8C2-0" in str(caught.value)
    server.says({"code": "PARAM_ERROR", "message": "参数错误", "detail": {"location": "body", "value": 0}}, status=400)
    with pytest.raises(BusinessError) as caught:
        pay.v3.refund(**refund)
    assert caught.value.detail == {"location": "body", "value": 0}
    assert "参数错误 (detail: location body, value 0) (HTTP 400, " in str(caught.value)
    unknown = {"location": None, "value": ["/body/foo"]}
    server.says({"code": "PARAM_ERROR", "message": "请求中含有未在API文档中定义的参数", "detail": unknown}, status=400)
    with pytest.raises(BusinessError, match=r"\(detail: value /body/foo\)"):
        pay.v3.call("POST", "/v3/pay/transactions/native", json={"foo": 1})
    server.says({"code": "PARAM_ERROR", "message": "错误", "detail": {"location": "body", "value": "张三"}}, status=400)
    with pytest.raises(BusinessError, match=r"\(detail: location body, value \*\*\*\)") as caught:
        pay.v3.refund(**refund)
    assert caught.value.detail == {"location": "body", "value": "张三"}
    assert "张三" not in str(caught.value)
    again = type(caught.value)(*json.loads(json.dumps(caught.value.args)))
    assert (again.detail, str(again), again.request_id) == (caught.value.detail, str(caught.value), "08F5B8C2-0")
    assert (caught.value.status, caught.value.verified) == (400, True)
    for detail in ("{oops", "text", [1], "[" * 3000, {"deep": [{"a": []}]}):
        server.says({"code": "PARAM_ERROR", "message": "参数错误", "detail": detail}, status=400, signed=None)
        with pytest.raises(BusinessError) as caught:
            pay.v3.refund(**refund)
        assert caught.value.detail == detail
        assert "the reply is not signed" in str(caught.value)
        known = json.loads(json.dumps(caught.value.to_dict()))
        assert (known["detail"], known["status"], known["verified"]) == (detail, 400, False)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (again.detail, again.verified) == (detail, False)
    server.says({"code": "SIGN_ERROR", "message": "签名错误"}, status=401, signed=None)
    with pytest.raises(ProtocolError) as refused:
        pay.v3.refund(**refund)
    assert (refused.value.string_to_sign or "").startswith("POST\n/v3/refund/domestic/refunds\n")
    assert (refused.value.status, refused.value.verified, refused.value.detail) == (401, False, None)
    assert API_V3_KEY not in f"{refused.value!r} {refused.value.args}"
    for signed, code in (("wrong", "signature_mismatch"), (None, "header_missing")):
        server.says({"prepay_id": PREPAY}, signed=signed)
        with pytest.raises(SignatureError) as unsigned:
            pay.v3.jsapi(**ORDER)
        assert unsigned.value.code == code
        # C-53: it is not refused, and its number stays the same.
        error = unsigned.value
        number = ("out_trade_no", ORDER["out_trade_no"])
        assert (error.outcome, error.status, error.number_field, error.number) == ("unknown", 200, *number)
        assert error.request_id == "08F5B8C2-0" and error.out_trade_no == ORDER["out_trade_no"]
        assert "The outcome is unknown (HTTP 200, Request-ID 08F5B8C2-0): WeChat may have acted" in str(error)
        with pytest.raises(SignatureError) as asked:
            pay.v3.query(out_trade_no=ORDER["out_trade_no"])
        assert (asked.value.outcome, asked.value.status, asked.value.number) == (None, None, None)


TRANSFER: dict[str, Any] = {
    "out_bill_no": "T1",
    "transfer_scene_id": "1000",
    "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
    "transfer_amount": 30,
    "transfer_remark": "茶",
    "transfer_scene_report_infos": [{"info_type": "活动名称", "info_content": "茶"}],
}


@pytest.mark.parametrize("awaits", [False, True], ids=["blocking", "asyncio"])
def test_the_reply_of_another_request_leaves_the_result_open(server: Server, awaits: bool) -> None:
    def failed(call: str, **fields: Any) -> WxPayError:
        once = {**SETTINGS, "endpoints": server.url, "max_network_retries": 0}

        async def ask() -> None:
            async with AsyncWxPay(**once) as pay:
                await getattr(pay.v3, call)(**fields)

        def run() -> None:
            with WxPay(**once) as pay:
                getattr(pay.v3, call)(**fields)

        with pytest.raises(WxPayError) as caught:
            asyncio.run(ask()) if awaits else run()
        return caught.value

    server.says({"out_bill_no": "T2", "transfer_bill_no": "133", "state": "ACCEPTED", "transfer_amount": 30})
    error = failed("transfer", **TRANSFER)
    assert isinstance(error, PaymentMismatch)
    assert (error.outcome, error.status, error.number_field, error.number) == ("unknown", 200, "out_bill_no", "T1")
    assert (error.request_id, error.retry) == ("08F5B8C2-0", "same_request")
    assert "The outcome is unknown (HTTP 200, Request-ID 08F5B8C2-0): WeChat may have acted" in str(error)
    again = type(error)(*json.loads(json.dumps(error.args)))
    assert (again.outcome, again.status, again.number) == ("unknown", 200, "T1")
    asked = failed("transfer_query", out_bill_no="T1")
    assert isinstance(asked, PaymentMismatch)
    assert (asked.outcome, asked.status, asked.number) == (None, None, None)
    assert "outcome" not in str(asked)
    # What WeChat failed at, and what a gateway answered.
    server.says({"code": "SYSTEM_ERROR", "message": "系统错误"}, status=500)
    error = failed("transfer", **TRANSFER)
    assert (type(error), error.outcome, error.number) == (BusinessError, "unknown", "T1")
    server.says("<html>", status=502, signed=None)
    error = failed("transfer", **TRANSFER)
    assert (type(error), error.outcome, error.number_field) == (TransportError, "unknown", "out_bill_no")
    server.says({"code": "INVALID_REQUEST", "message": "请求参数不合法"}, status=400)
    error = failed("transfer", **TRANSFER)
    assert (type(error), error.outcome, error.number) == (BusinessError, None, None)


def test_the_limits_of_apiv3_are_checked_before_anything_is_sent(server: Server, pay: WxPay) -> None:
    part = {"mchid": "1900000109", "attach": "a", "amount": {"total_amount": 1, "currency": "CNY"}, "description": "茶"}
    combined = {"combine_out_trade_no": "WHOLE001", "notify_url": "https://shop.example/n"}
    goods = {"merchant_goods_id": "tea.1", "quantity": 1, "unit_price": 88}
    calls: list[tuple[Callable[..., Any], dict[str, Any], str, str]] = [
        (pay.v3.jsapi, ORDER | {"out_trade_no": "12345"}, "out_trade_no", "must be at least 6 characters long"),
        (
            pay.v3.jsapi,
            ORDER | {"out_trade_no": "A@00001"},
            "out_trade_no",
            "must consist of digits, letters, and _ - | *",
        ),
        (pay.v3.jsapi, ORDER | {"detail": {"goods_detail": []}}, "detail.goods_detail", "must not be empty"),
        (
            pay.v3.jsapi,
            ORDER | {"detail": {"goods_detail": [goods]}},
            "detail.goods_detail.merchant_goods_id",
            "must consist of digits, letters, and _ -",
        ),
        (
            pay.v3.jsapi,
            ORDER | {"detail": {"goods_detail": [goods | {"merchant_goods_id": "1", "goods_name": "茶" * 256}] * 8}},
            "detail",
            "must be at most 6144 bytes long as JSON in UTF-8, not 6730",
        ),
        (
            pay.v3.combine_native,
            combined | {"sub_orders": [part | {"out_trade_no": "PART0001"}]},
            "sub_orders",
            "must have 2 to 10 items without sub_orders.sub_mchid, not 1",
        ),
        (
            pay.v3.transfer,
            TRANSFER | {"transfer_amount": 20_001, "user_recv_style": {"type": "RED_PACKET"}},
            "transfer_amount",
            "must be at most 20000 fen when user_recv_style.type is RED_PACKET, not 20001",
        ),
    ]
    for call, fields, field, rule in calls:
        with pytest.raises(InvalidRequest) as refused:
            call(**fields)
        assert (refused.value.field, refused.value.rule) == (field, rule)
    assert server.got == []


@pytest.mark.parametrize("awaits", [False, True], ids=["blocking", "asyncio"])
@pytest.mark.parametrize(
    ("status", "hashed"), [(200, {}), (200, {"hash_type": "SHA1", "hash_value": "0" * 40}), (400, {})]
)
def test_an_error_in_place_of_a_file_is_not_saved(
    server: Server, awaits: bool, status: int, hashed: dict[str, str], tmp_path: Path
) -> None:
    """C-37: with status 200 too."""
    url = f"{server.url}/v3/transferdownload/elecvoucherfile?token=1"
    path, written = tmp_path / "receipt.pdf", io.BytesIO()
    server.says({"code": "INVALID REQUEST", "message": "错误的签名，导致验签失败"}, status=status, signed=None)
    client: Any = (AsyncWxPay if awaits else WxPay)(**SETTINGS, endpoints=server.url)
    for run in (
        lambda: client.v3.download(url, **hashed),
        lambda: client.v3.download(url, **hashed, to=path),
        lambda: client.v3.download(url, **hashed, to=written),
        lambda: client.v3.download_stream(url, **hashed).save(path),
    ):
        with pytest.raises(BusinessError, match="错误的签名，导致验签失败") as refused:
            asyncio.run(awaited(run)) if awaits else run()
        error = refused.value
        assert (error.err_code, error.status, error.verified) == ("INVALID REQUEST", status, False)
    assert list(tmp_path.iterdir()) == [] and written.getvalue() == b""


async def awaited(run: Callable[[], Any]) -> Any:
    return await run()


@pytest.mark.parametrize("awaits", [False, True], ids=["blocking", "asyncio"])
def test_any_single_change_to_a_signed_reply_is_refused(server: Server, awaits: bool) -> None:
    """Neither what it grants is believed, nor what it refuses."""
    replies = [({"prepay_id": PREPAY}, 200), ({"code": "NO_AUTH", "message": "没有权限"}, 403)]
    pay, asynchronous = WxPay(**SETTINGS, endpoints=server.url), AsyncWxPay(**SETTINGS, endpoints=server.url)

    @settings(max_examples=50, deadline=None)
    @given(CHANGES, st.sampled_from(replies))
    def changed(change: Change, reply: tuple[dict[str, str], int]) -> None:
        server.says(*reply)
        server.change = change
        with pytest.raises(SignatureError) as refused:
            asyncio.run(asynchronous.v3.jsapi(**ORDER)) if awaits else pay.v3.jsapi(**ORDER)
        assert refused.value.retry == "same_request"
        assert [path for _, path, _, _ in server.got if path != "/v3/certificates"] == ["/v3/pay/transactions/jsapi"]

    changed()
    server.change = None
    server.says({"prepay_id": PREPAY})
    assert pay.v3.jsapi(**ORDER).prepay_id == PREPAY


def test_a_call_without_a_method(server: Server, pay: WxPay) -> None:
    server.says({"n": 1})
    reply = pay.v3.call(
        "POST",
        "/v3/profitsharing/receivers/add",
        query={"a": "茶|", "n": 1},
        json={"name": "张三", "type": "PERSONAL_OPENID"},
        sensitive=["name"],
    )
    assert reply["n"] == "1"
    check_authorization(server.got[0])
    assert server.got[0][1] == "/v3/profitsharing/receivers/add?a=%E8%8C%B6%7C&n=1"
    body = json.loads(server.got[0][3])
    assert v3.decrypt_sensitive(body["name"], PLATFORM_KEY) == "张三"
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/pay/orderquery", {}),
        ("get", "/v3/certificates", {}),
        ("POST", "/v3/x", {"json": "text"}),
        ("POST", "/v3/x", {"json": {"a": None}}),
        ("POST", "/v3/x", {"query": "a=1"}),
        ("POST", "/v3/x", {"json": {}, "sensitive": "name"}),
        ("POST", "/v3/x", {"json": {"r": [{"n": "a"}, {"n": 5}]}, "sensitive": ["r.n"]}),
        ("POST", "/v3/x", {"json": {"n": "a"}, "sensitive": ["n", "n"]}),
    ]
    for method, path, options in wrong:
        with pytest.raises(InvalidRequest):
            pay.v3.call(method, path, **options)


def test_a_query_has_sensitive_members_in_its_reply_alone(server: Server, pay: WxPay) -> None:
    server.says({"receivers": [{"name": v3.encrypt_sensitive("李四", CERT)}]})
    reply = pay.v3.call("GET", "/v3/receivers", sensitive=["receivers.name"])
    assert json.loads(reply["receivers"]) == [{"name": "李四"}]


def test_the_same_for_asyncio(server: Server) -> None:
    async def shop() -> None:
        async with AsyncWxPay(**SETTINGS, endpoints=server.url) as pay:
            server.says({"prepay_id": PREPAY})
            orders = await asyncio.gather(*(pay.v3.jsapi(**ORDER) for _ in range(8)))
            assert {order.prepay_id for order in orders} == {PREPAY}
            assert (await pay.v3.jsapi_params(PREPAY))["signType"] == "RSA"
            page = await pay.v3.order_and_params(**ORDER)
            assert page["appId"] == SETTINGS["appid"]
            reply = await pay.v3.call("GET", "/v3/x", query={"a": True})
            assert reply["prepay_id"] == PREPAY
            assert server.got[-1][1] == "/v3/x?a=true"

    asyncio.run(shop())


def test_a_client_of_one_api_names_the_setting_of_the_other(pay: WxPay) -> None:
    def refused(call: Callable[[], object]) -> str:
        with pytest.raises(ConfigError) as caught:
            call()
        assert API_V3_KEY not in str(caught.value)
        return caught.value.field

    assert refused(lambda: pay.orderquery(out_trade_no="A1")) == "api_key"
    old = WxPay(appid=SETTINGS["appid"], mch_id="10000100", api_key="0" * 32, store="memory:")
    assert refused(lambda: old.v3.jsapi(**ORDER)) == "api_v3_key"
    assert refused(lambda: WxPay(appid=SETTINGS["appid"], mch_id="10000100")) == "api_key"
    for missing in ("platform_public_key_id", "platform_public_key", "client_key"):
        settings = {name: value for name, value in SETTINGS.items() if name != missing}
        assert refused(lambda settings=settings: WxPay(**settings)) == missing  # type: ignore[misc]
    wrong = {**SETTINGS, "platform_public_key": CERT}
    assert refused(lambda: WxPay(**wrong)) == "platform_public_key"


def test_an_object_is_shown_where_a_call_has_another_value() -> None:
    amount = '{"total": 100, "currency": "CNY"}'
    item = '[{"mchid": "…", "attach": "…", "amount": {"total_amount": 100, "currency": "CNY"},'
    shared = '{"profit_sharing": True}'
    combined = {"combine_out_trade_no": "A00001"}
    with WxPay(**SETTINGS) as pay, WxPay(**{**SETTINGS, "sub_mch_id": "1900000110"}) as provider:
        calls: list[tuple[Callable[..., Any], dict[str, Any], str, str]] = [
            (
                pay.v3.jsapi,
                ORDER | {"amount": 100},
                "amount",
                f"must be an object (V3OrderAmount) such as {amount}, not",
            ),
            (pay.v3.jsapi, ORDER | {"settle_info": 1}, "settle_info", f"such as {shared}, not an integer"),
            (
                provider.v3.jsapi,
                ORDER | {"payer": "o1"},
                "payer",
                'must be an object (V3Payer) such as {"sp_openid": "…"}',
            ),
            (pay.v3.combine_native, combined | {"sub_orders": 1}, "sub_orders", f"such as {item}"),
            (
                pay.v3.combine_native,
                combined,
                "sub_orders",
                f"is required: a list of objects (V3CombineItem) such as {item}",
            ),
            (
                pay.v3.refund,
                {"out_trade_no": "A00001", "out_refund_no": "R00001", "amount": 1},
                "amount",
                '{"refund": 100,',
            ),
        ]
        for name in ("native", "app"):
            order = {name: value for name, value in ORDER.items() if name not in ("amount", "payer")}
            calls.append(
                (getattr(pay.v3, name), order, "amount", f"is required: an object (V3OrderAmount) such as {amount}")
            )
        for call, given, field, text in calls:
            with pytest.raises(InvalidRequest) as refused:
                call(**given)
            assert refused.value.field == field
            assert text in str(refused.value) and text in refused.value.rule, str(refused.value)
