"""What WeChat, a gateway or the network said is in the error; and nothing secret is."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from conftest import Emulator
from test_http import server

from wxpaykit import (
    BusinessError,
    ConfigError,
    InvalidRequest,
    ProtocolError,
    TransportError,
    WxPay,
    WxPayError,
    build_xml,
    sign,
)

APPID, MCH_ID = "wxd930ea5d5a258f4f", "10000100"
API_KEY, APP_SECRET = "192006250b4c09247ec02edce69f6a2d", "5a1d0c7e9b3f48268f2e6d4b7c90a1e3"

ORDER: dict[str, Any] = {"body": "茶", "out_trade_no": "T1", "total_fee": 100, "spbill_create_ip": "203.0.113.9"}


def client(url: str, **settings: Any) -> WxPay:
    identity = {"appid": APPID, "mch_id": MCH_ID, "api_key": API_KEY, "app_secret": APP_SECRET}
    settings = {"notify_url": "http://127.0.0.1:9/n", "max_network_retries": 0, "store": "memory:", **settings}
    return WxPay(**identity, endpoints=url, **settings)


def signed(**fields: str) -> bytes:
    fields = {"return_code": "SUCCESS", "appid": APPID, "mch_id": MCH_ID, "nonce_str": "r1", **fields}
    return build_xml({**fields, "sign": sign(fields, API_KEY, "HMAC-SHA256")}).encode()


def refused(status: int, body: bytes) -> Any:
    with server(lambda path, fields: (status, body)) as url, pytest.raises(WxPayError) as raised:
        client(url).orderquery(out_trade_no="T1")
    return raised.value


def test_a_refusal_carries_its_reply_and_its_remedies() -> None:
    error = refused(200, "<xml><return_code>FAIL</return_code><retmsg>签名失败，请检查</retmsg></xml>".encode())
    assert isinstance(error, ProtocolError)
    assert error.return_msg == "签名失败，请检查"
    assert error.reply.raw == {"return_code": "FAIL", "retmsg": "签名失败，请检查"}
    assert error.remedy is not None and error.remedy in str(error) and "api_key" in error.remedy
    assert error.remedy_zh is not None and "密钥" in error.remedy_zh
    assert error.string_to_sign is not None and "key=***" in error.string_to_sign
    again = pickle.loads(pickle.dumps(error))
    assert (again.remedy_zh, again.reply) == (error.remedy_zh, error.reply)
    by_json = ProtocolError(*json.loads(json.dumps(error.args)))
    assert (by_json.remedy, by_json.reply.raw) == (error.remedy, error.reply.raw)
    assert str(refused(200, b"<xml><return_code>FAIL</return_code><retcode></retcode></xml>")) == (
        "orderquery: WeChat refused the request: no reason was given (return_code FAIL)"
    )
    assert ProtocolError("made").reply.raw == {}


def test_a_refusal_by_code_says_what_to_do() -> None:
    error = refused(200, signed(result_code="FAIL", err_code="ORDERNOTEXIST", err_code_des="订单不存在"))
    assert isinstance(error, BusinessError)
    assert str(error).startswith("orderquery: ORDERNOTEXIST: 订单不存在. ")
    assert error.remedy is not None and error.remedy_zh is not None
    assert "no reason was given (return_code SUCCESS" in str(refused(200, signed(result_code="FAIL")))


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (400, "<xml><return_code>FAIL</return_code><return_msg>参数错误</return_msg></xml>", ": FAIL 参数错误"),
        (401, '{"code":"SIGN_ERROR","message":"错误"}', '{"code":"SIGN_ERROR","message":"错误"}'),
        (200, "sandbox is closed", "sandbox is closed"),
        (502, "<html><body>Bad Gateway</body></html>", "Bad Gateway"),
        (200, "", ""),
    ],
)
def test_the_error_shows_what_came_instead_of_a_reply(status: int, body: str, shown: str) -> None:
    error = refused(status, body.encode())
    assert isinstance(error, TransportError)
    assert (error.status, error.outcome, error.retry) == (status, "unknown", "same_request")
    assert error.body == (body or None)
    assert shown in str(error) and ("<" not in str(error))


def test_the_beginning_of_a_long_body_is_kept() -> None:
    assert len(refused(500, "甲".encode() * 10_000).body) == 500


def test_secrets_in_replies_are_masked() -> None:
    assert refused(403, f"no {API_KEY} or {APP_SECRET} here".encode()).body == "no *** or *** here"
    reply = f"<xml><return_code>FAIL</return_code><return_msg>bad {API_KEY}</return_msg></xml>".encode()
    error = refused(200, reply)
    assert error.return_msg == "bad ***"
    assert API_KEY not in f"{error} {error.reply.raw} {vars(error)}"


def test_the_host_and_the_reason_of_a_failed_connection() -> None:
    with pytest.raises(TransportError, match=r"no connection to 127\.0\.0\.1:9 \(refused\); nothing was sent"):
        client("http://127.0.0.1:9").orderquery(out_trade_no="T1")
    with server(lambda path, fields: (200, b"")) as url:
        https = url.replace("http:", "https:")
        with pytest.raises(TransportError, match=rf"handshake with {https[8:]} failed \(.*is this an HTTP port\?\)"):
            client(https).orderquery(out_trade_no="T1")


def test_an_ipv4_address_of_a_dual_socket_is_sent_as_ipv4() -> None:
    sent: list[dict[str, str]] = []

    def answer(path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        sent.append(fields)
        return 200, signed(result_code="SUCCESS", prepay_id="wx1", trade_type="JSAPI")

    with server(answer) as url:
        pay = client(url)
        for ip in ("::ffff:203.0.113.9", "::FFFF:cb00:7109", "2001:db8::1", "203.0.113.9"):
            pay.unifiedorder(**{**ORDER, "spbill_create_ip": ip}, openid="o1")
    assert [fields["spbill_create_ip"] for fields in sent] == [
        "203.0.113.9",
        "203.0.113.9",
        "2001:db8::1",
        "203.0.113.9",
    ]


def test_an_order_that_cannot_be_paid_names_the_permission() -> None:
    reply = signed(result_code="SUCCESS", prepay_id="wx1", trade_type="NATIVE")
    message = r"code_url is missing.*产品中心"
    with server(lambda path, fields: (200, reply)) as url, pytest.raises(TransportError, match=message):
        client(url).unifiedorder(**ORDER, trade_type="NATIVE", product_id="1")


def test_the_page_of_a_providers_order_is_over_the_payers_appid() -> None:
    sub, other = "wx2222222222222222", "wx3333333333333333"
    made = iter(range(100))

    def answer(path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        ours = {name: fields[name] for name in ("sub_mch_id", "sub_appid") if name in fields}
        return 200, signed(result_code="SUCCESS", prepay_id=f"wx{next(made)}", trade_type="JSAPI", **ours)

    with server(answer) as url:
        pay = client(url)
        with pytest.raises(InvalidRequest, match="sub_appid: is required with sub_openid"):
            pay.unifiedorder(**ORDER, sub_mch_id="1600000001", sub_openid="s1")
        assert pay.jsapi_params("wx999")["appId"] == APPID
        own = pay.unifiedorder(**ORDER, sub_mch_id="1600000001", openid="o1")
        theirs = pay.unifiedorder(**ORDER, sub_mch_id="1600000001", sub_appid=sub, sub_openid="s1")
        assert pay.jsapi_params(own.prepay_id)["appId"] == APPID
        assert pay.jsapi_params(theirs.prepay_id)["appId"] == sub
        assert pay.app_params(theirs.prepay_id)["appid"] == sub
        assert pay.jsapi_params(theirs.prepay_id, appid=other)["appId"] == other
        # Another process of the provider, or a later one: the appid is never guessed.
        for unknowing in (pay, client(url, sub_mch_id="1600000001")):
            for params in (
                unknowing.jsapi_params,
                unknowing.choose_wxpay_params,
                unknowing.miniprogram_params,
                unknowing.app_params,
            ):
                with pytest.raises(InvalidRequest, match="appid: must be given: this client is a service provider's"):
                    params("wx999")
            for params in (unknowing.jsapi_params, unknowing.choose_wxpay_params, unknowing.miniprogram_params):
                params("wx999", appid=sub)
            assert unknowing.app_params("wx999", appid=sub, partnerid="1600000001")["partnerid"] == "1600000001"
            assert unknowing.jsapi_params("wx999", appid=sub)["appId"] == sub
        # Nor the merchant that an app pays, unless it is in the settings.
        assert client(url, sub_mch_id="1600000001").app_params("wx999", appid=sub)["partnerid"] == "1600000001"
        with pytest.raises(InvalidRequest, match="partnerid: must be given: this client is a service provider's"):
            pay.app_params("wx999", appid=sub)
        assert client(url, sub_mch_id="1600000001", sub_appid=sub).jsapi_params("wx999")["appId"] == sub
        with pytest.raises(ConfigError, match=rf"sub_appid: is {sub}, and wx\.config would be of"):
            client(url, sub_mch_id="1600000001", sub_appid=sub).jssdk.config(
                "https://a.example/", js_api_list=["chooseWXPay"]
            )


def test_a_payment_code_that_a_page_repeats_is_not_shown(emulator: Emulator) -> None:
    """By both APIs: in APIv3 it is a member of ``payer``."""
    code = "134567890123456789"
    body = f"<html>auth_code {code} was not taken</html>".encode()

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(502)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as gateway:
        Thread(target=gateway.serve_forever, args=(0.05,)).start()
        url = f"http://127.0.0.1:{gateway.server_port}"
        pay = WxPay(**{**emulator.settings, **emulator.v3_settings, "endpoints": url}, max_network_retries=0)
        scene = {"store_info": {"id": "1"}, "device_ip": "203.0.113.9"}
        calls: list[Callable[[], Any]] = [
            lambda: pay.micropay(**ORDER, auth_code=code),
            lambda: pay.v3.codepay(
                out_trade_no="CODE0001",
                description="tea",
                amount={"total": 1},
                payer={"auth_code": code},
                scene_info=scene,
            ),
        ]
        for call in calls:
            with pytest.raises(TransportError) as refused:
                call()
            assert "auth_code *** was not taken" in str(refused.value)
            assert code not in f"{refused.value!r} {refused.value} {vars(refused.value)}"
        gateway.shutdown()
