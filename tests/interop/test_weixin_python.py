"""weixin-python: it signs with MD5 whatever sign_type says, and sends values as they are."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from conftest import Shop, WeChat
from weixin.pay import WeixinPay, WeixinPayError

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


def client(wechat: WeChat, notify_url: str = "http://127.0.0.1:9/notify", key: str | None = None) -> WeixinPay:
    pay = WeixinPay(wechat.appid, wechat.mch_id, key or wechat.api_key, notify_url)
    pay.PAY_HOST = wechat.url
    return pay


def fields(**others: Any) -> dict[str, Any]:
    order = {
        "out_trade_no": uuid.uuid4().hex,
        "body": "龙井茶 50g",
        "total_fee": 100,
        "trade_type": "JSAPI",
        "openid": OPENID,
        "spbill_create_ip": "203.0.113.9",
    }
    return order | others


def test_order_query_close(wechat: WeChat) -> None:
    pay, order = client(wechat), fields()
    reply = pay.unified_order(**order)
    assert reply.prepay_id.startswith("wx")
    assert pay.check(dict(reply))
    asked = pay.order_query(out_trade_no=order["out_trade_no"])
    assert asked.trade_state == "NOTPAY"
    assert pay.check(dict(asked))
    pay.close_order(order["out_trade_no"])
    assert pay.order_query(out_trade_no=order["out_trade_no"]).trade_state == "CLOSED"


def test_paid_and_notified(wechat: WeChat, shop: Shop) -> None:
    pay, order, seen = client(wechat, shop.url), fields(), []

    def taken(body: bytes) -> bytes:
        paid = pay.to_dict(body.decode())
        seen.append(pay.check(dict(paid)) and paid)
        return bytes(pay.reply("OK", True))

    shop.answer = taken
    params = pay.jsapi(**order)
    # The library calls it sign, its users write it to the page as paySign.
    params["paySign"] = params.pop("sign")
    wechat.pays(params=params)
    assert [paid["out_trade_no"] for paid in seen] == [order["out_trade_no"]]
    assert wechat.order(order["out_trade_no"])["notifications"]["acknowledged"]
    assert pay.order_query(transaction_id=seen[0]["transaction_id"]).trade_state == "SUCCESS"


@pytest.mark.parametrize(
    ("key", "others", "mistake"),
    [
        ("0" * 32, {}, "unknown"),
        (" {}", {}, "key_with_white_space"),
        ("{}", {"sign_type": "HMAC-SHA256"}, "other_algorithm"),
    ],
)
def test_wrong_signature(wechat: WeChat, key: str, others: dict[str, str], mistake: str) -> None:
    pay = client(wechat, key=key.format(wechat.api_key))
    with pytest.raises(WeixinPayError, match="签名错误"):
        pay.unified_order(**fields(**others))
    assert wechat.refusal()["mistake"] == mistake
    with pytest.raises(WeixinPayError, match="签名错误"):
        pay.order_query(out_trade_no="20150806125346", **others)
    assert wechat.refusal()["mistake"] == mistake


def test_an_unescaped_value(wechat: WeChat) -> None:
    """The library does not escape values: neither WeChat nor the emulator can read this document."""
    with pytest.raises(WeixinPayError, match="XML格式错误"):
        client(wechat).unified_order(**fields(body="茶 & 杯"))
