"""wechatpy: orders, pages, notifications, OAuth, the JS-SDK."""

from __future__ import annotations

import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any

import pytest
from conftest import Shop, WeChat
from wechatpy import WeChatClient
from wechatpy.exceptions import InvalidSignatureException, WeChatOAuthException, WeChatPayException
from wechatpy.oauth import WeChatOAuth
from wechatpy.pay import WeChatPay

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
SUCCESS = b"<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"


def client(wechat: WeChat, api_key: str | None = None) -> WeChatPay:
    pay = WeChatPay(appid=wechat.appid, api_key=api_key or wechat.api_key, mch_id=wechat.mch_id, timeout=10)
    pay.API_BASE_URL = f"{wechat.url}/"
    return pay


def place(pay: WeChatPay, **others: Any) -> tuple[str, Any]:
    number = uuid.uuid4().hex
    fields = {
        "trade_type": "JSAPI",
        "body": "龙井茶 & <50g>",
        "total_fee": 100,
        "notify_url": "http://127.0.0.1:9/notify",
        "client_ip": "203.0.113.9",
        "user_id": OPENID,
        "out_trade_no": number,
        "attach": "桌号 7",
    }
    return number, pay.order.create(**(fields | others))


@pytest.mark.parametrize("sign_type", [None, "MD5", "HMAC-SHA256"])
def test_order_query_close(wechat: WeChat, sign_type: str | None) -> None:
    pay = client(wechat)
    number, reply = place(pay, **({"sign_type": sign_type} if sign_type else {}))
    assert reply["prepay_id"].startswith("wx")
    assert sign_type == "HMAC-SHA256" or pay.check_signature(reply)
    asked = pay.order.query(out_trade_no=number)
    assert asked["trade_state"] == "NOTPAY"
    assert pay.check_signature(asked)
    assert pay.order.close(number)["result_code"] == "SUCCESS"
    assert pay.order.query(out_trade_no=number)["trade_state"] == "CLOSED"


@pytest.mark.parametrize("trade_type", ["NATIVE", "APP", "MWEB"])
def test_the_other_ways(wechat: WeChat, trade_type: str) -> None:
    scene = {"h5_info": {"type": "Wap", "wap_url": "https://shop.example", "wap_name": "茶铺"}}
    _, reply = place(client(wechat), trade_type=trade_type, user_id=None, product_id="tea", scene_info=scene)
    wanted = {"NATIVE": "code_url", "APP": "prepay_id", "MWEB": "mweb_url"}[trade_type]
    assert reply[wanted]


def test_paid_and_notified(wechat: WeChat, shop: Shop) -> None:
    pay = client(wechat)
    seen = []

    def taken(body: bytes) -> bytes:
        seen.append(pay.parse_payment_result(body))
        return SUCCESS

    shop.answer = taken
    number, reply = place(pay, notify_url=shop.url)
    wechat.pays(params=pay.jsapi.get_jsapi_params(reply["prepay_id"]))
    assert [(paid["out_trade_no"], paid["total_fee"], paid["attach"]) for paid in seen] == [(number, 100, "桌号 7")]
    assert wechat.order(number)["notifications"]["acknowledged"]
    asked = pay.order.query(transaction_id=seen[0]["transaction_id"])
    assert (asked["trade_state"], asked["out_trade_no"]) == ("SUCCESS", number)
    with pytest.raises(WeChatPayException) as refused:
        pay.order.close(number)
    assert refused.value.errcode == "ORDERPAID"


def test_notification_under_another_key(wechat: WeChat, shop: Shop) -> None:
    pay, other = client(wechat), client(wechat, "0" * 32)
    seen = []

    def refused(body: bytes) -> bytes:
        with pytest.raises(InvalidSignatureException):
            other.parse_payment_result(body)
        seen.append(body)
        return b"<xml><return_code>FAIL</return_code></xml>"

    shop.answer = refused
    number, reply = place(pay, notify_url=shop.url)
    wechat.pays(params=pay.jsapi.get_jsapi_params(reply["prepay_id"], jssdk=True))
    assert seen
    assert not wechat.order(number)["notifications"]["acknowledged"]


def test_app_params(wechat: WeChat, shop: Shop) -> None:
    pay = client(wechat)
    shop.answer = lambda body: SUCCESS
    _, reply = place(pay, trade_type="APP", user_id=None, notify_url=shop.url)
    wechat.post("/_emulator/pay", {"app_params": pay.order.get_appapi_params(reply["prepay_id"])})


@pytest.mark.parametrize(
    ("api_key", "mistake"),
    [
        ("another key, of thirty-two bytes.", "unknown"),
        ("{} ", "key_with_white_space"),
        ("{}\n", "key_with_white_space"),
    ],
)
def test_wrong_key(wechat: WeChat, api_key: str, mistake: str) -> None:
    pay = client(wechat, api_key.format(wechat.api_key))
    with pytest.raises(WeChatPayException) as refused:
        place(pay)
    assert (refused.value.return_code, refused.value.return_msg) == ("FAIL", "签名错误")
    why = wechat.refusal()
    assert why["mistake"] == mistake
    assert "body=龙井茶 & <50g>" in why["string_to_sign"]
    assert why["string_to_sign"].endswith("&key=***")
    for call in (pay.order.query, pay.order.close):
        with pytest.raises(WeChatPayException) as refused:
            call(out_trade_no="20150806125346")
        assert refused.value.return_msg == "签名错误"
        assert wechat.refusal()["mistake"] == mistake


def test_oauth(wechat: WeChat) -> None:
    oauth = WeChatOAuth(wechat.appid, wechat.app_secret, "http://127.0.0.1:9/back?x=1", "snsapi_base", "s7")
    oauth.API_BASE_URL, oauth.OAUTH_BASE_URL = f"{wechat.url}/", f"{wechat.url}/connect/"
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(sent_back(oauth.authorize_url)).query)
    assert query["state"] == ["s7"]
    answer = oauth.fetch_access_token(query["code"][0])
    assert answer["openid"].startswith("o")
    assert oauth.check_access_token()
    assert oauth.refresh_access_token(answer["refresh_token"])["openid"] == answer["openid"]
    with pytest.raises(WeChatOAuthException) as refused:
        oauth.fetch_access_token(query["code"][0])
    assert refused.value.errcode == 40163


def test_jssdk(wechat: WeChat) -> None:
    sdk = WeChatClient(wechat.appid, wechat.app_secret)
    sdk.API_BASE_URL = f"{wechat.url}/cgi-bin/"
    credentials = {"grant_type": "client_credential", "appid": wechat.appid, "secret": wechat.app_secret}
    sdk._fetch_access_token(url=f"{wechat.url}/cgi-bin/token", params=credentials)
    page = {"appid": wechat.appid, "timestamp": int(time.time()), "nonceStr": "n7", "url": "http://127.0.0.1:9/pay?a=1"}
    ticket = sdk.jsapi.get_jsapi_ticket()
    signature = sdk.jsapi.get_jsapi_signature(page["nonceStr"], ticket, page["timestamp"], page["url"])
    assert wechat.post("/_emulator/jssdk", page | {"signature": signature})["err_msg"] == "preVerifyJSAPI:ok"
    other = page | {"signature": signature, "url": "http://127.0.0.1:9/pay"}
    assert wechat.post("/_emulator/jssdk", other)["err_msg"] == "preVerifyJSAPI:fail_invalid signature"


def sent_back(url: str) -> str:
    class Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        urllib.request.build_opener(Stop).open(url.split("#")[0], timeout=10)
    except urllib.error.HTTPError as answer:
        with answer:
            return str(answer.headers["Location"])
    raise AssertionError("not sent back")
