"""wechatpayv3: orders, refunds, notifications and platform certificates of APIv3. It verifies every reply."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from conftest import ROOT, Shop, WeChat
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


@pytest.fixture(params=["certificates", "public key"])
def pay(request: pytest.FixtureRequest, wechat: WeChat, monkeypatch: pytest.MonkeyPatch) -> WeChatPay:
    return client(wechat, monkeypatch, request.param == "public key")


def client(wechat: WeChat, monkeypatch: pytest.MonkeyPatch, by_public_key: bool, **others: Any) -> WeChatPay:
    # It sets its address in the constructor, which downloads the certificates.
    address = property(lambda self: wechat.url, lambda self, value: None)
    monkeypatch.setattr(Core, "_gate_way", address, raising=False)
    keys = wechat.keys
    public_key = {"public_key": keys["platform_public_key"], "public_key_id": keys["platform_public_key_id"]}
    settings = {
        "wechatpay_type": WeChatPayType.JSAPI,
        "mchid": wechat.mch_id,
        "private_key": keys["client_key"],
        "cert_serial_no": keys["serial_no"],
        "appid": wechat.appid,
        "apiv3_key": keys["api_v3_key"],
        "notify_url": "http://127.0.0.1:9/notify",
        "timeout": 10,
        **(public_key if by_public_key else {}),
    }
    return WeChatPay(**(settings | others))


def place(pay: WeChatPay, **others: Any) -> tuple[str, dict[str, Any]]:
    number = uuid.uuid4().hex
    fields: dict[str, Any] = {
        "description": "龙井茶 & <50g>",
        "out_trade_no": number,
        "amount": {"total": 100},
        "payer": {"openid": OPENID},
    }
    return number, answered(*pay.pay(**(fields | others)))


def answered(status: int, body: str) -> dict[str, Any]:
    assert status == 200, body
    return dict(json.loads(body))


def test_order_query_close(pay: WeChatPay) -> None:
    number, reply = place(pay, attach="桌号 7")
    assert reply["prepay_id"].startswith("wx")
    assert answered(*pay.query(out_trade_no=number))["trade_state"] == "NOTPAY"
    status, body = pay.close(number)
    # It returns the bytes of a reply that is not JSON.
    assert (status, body) == (204, b"")
    assert answered(*pay.query(out_trade_no=number))["trade_state"] == "CLOSED"


def test_the_other_ways(pay: WeChatPay) -> None:
    ways = [
        (WeChatPayType.NATIVE, "code_url", None),
        (WeChatPayType.APP, "prepay_id", None),
        (WeChatPayType.H5, "h5_url", {"payer_client_ip": "203.0.113.9", "h5_info": {"type": "Wap"}}),
    ]
    for way, name, scene in ways:
        _, reply = place(pay, pay_type=way, payer=None, scene_info=scene)
        assert list(reply) == [name]


def test_paid_refunded_and_notified(wechat: WeChat, shop: Shop, pay: WeChatPay) -> None:
    seen: list[Any] = []

    def answer(body: bytes) -> bytes:
        seen.append(pay.callback(dict(shop.headers[-1]), body))
        return b""

    shop.answer = answer
    number, reply = place(pay, notify_url=shop.url)
    package = f"prepay_id={reply['prepay_id']}"
    page = {"appId": wechat.appid, "timeStamp": "1764300000", "nonceStr": "abc", "package": package}
    signature = pay.sign(list(page.values()))
    wechat.pays(params={**page, "signType": "RSA", "paySign": signature})
    [paid] = seen
    assert (paid["event_type"], paid["resource"]["out_trade_no"]) == ("TRANSACTION.SUCCESS", number)
    assert wechat.order(number)["notifications"]["acknowledged"]
    transaction_id = paid["resource"]["transaction_id"]
    assert answered(*pay.query(transaction_id=transaction_id))["trade_state"] == "SUCCESS"

    refund_no = uuid.uuid4().hex
    amount = {"refund": 40, "total": 100, "currency": "CNY"}
    refund = pay.refund(out_refund_no=refund_no, amount=amount, transaction_id=transaction_id, notify_url=shop.url)
    assert answered(*refund)["status"] == "PROCESSING"
    wechat.post("/_emulator/clock", {"advance_s": 3})
    assert answered(*pay.query_refund(refund_no))["status"] == "SUCCESS"
    assert (seen[1]["event_type"], seen[1]["resource"]["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")


@pytest.mark.parametrize("fault", ["notice_probe", "notice_rewritten"])
def test_a_message_with_a_wrong_signature_is_refused(wechat: WeChat, shop: Shop, pay: WeChatPay, fault: str) -> None:
    seen: list[Any] = []

    def answer(body: bytes) -> bytes:
        seen.append(pay.callback(dict(shop.headers[-1]), body))
        return b""

    shop.answer = answer
    number, _ = place(pay, notify_url=shop.url)
    wechat.post("/_emulator/faults", {"fault": fault, "out_trade_no": number, "times": 1})
    wechat.pays(out_trade_no=number)
    assert [bool(message) for message in seen] == [False, True]


def test_another_key(wechat: WeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    # The key of another merchant of the emulator.
    stranger = (ROOT / "emulator/keys/merchant-2.pem").read_text()
    pay = client(wechat, monkeypatch, True, private_key=stranger)
    order = {"description": "茶", "out_trade_no": uuid.uuid4().hex, "amount": {"total": 1}}
    status, body = pay.pay(**order, payer={"openid": OPENID})
    assert (status, json.loads(body)["code"]) == (401, "SIGN_ERROR")
    assert wechat.refusal("v3:SIGN_ERROR 签名错误")["mistake"] == "signed_by_unknown_key"
