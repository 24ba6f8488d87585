"""Replies of a scripted WeChat: refunds, polls and pages are confirmed, shared and refused in all languages alike."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args

import pytest
from conftest import ROOT, order

from wxpaykit import (
    BusinessError,
    Event,
    InvalidRequest,
    OAuthError,
    PaymentMismatch,
    ProtocolError,
    SignatureError,
    TransportError,
    WxPay,
    WxPayError,
    build_xml,
    errors,
    sign,
)
from wxpaykit.types import EventOutcome

APPID, MCH_ID, KEY = "wxd930ea5d5a258f4f", "10000100", "0123456789abcdef0123456789abcdef"
SUB_MCH_ID, SUB_APPID = "1900000109", "wx2421b1c4370ec43b"

Fields = dict[str, str]


class Server:
    """Answers requests one after the other with what it was given, and repeats the last."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers, self.asked = list(answers), [""]
        self.asked.clear()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.asked.append(self.path)
                status, text = server.answers[min(len(server.asked), len(server.answers)) - 1]
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def client(self, **others: Any) -> WxPay:
        settings: dict[str, Any] = {
            "appid": APPID,
            "mch_id": MCH_ID,
            "api_key": KEY,
            "app_secret": "5a1d0c7e9b3f48268f2e6d4b7c90a1e3",
            "notify_url": "https://shop.example/notify",
            "endpoints": self.url,
            "store": "memory:",
            "max_network_retries": 0,
        }
        return WxPay(**(settings | others))


@contextmanager
def answering(*answers: tuple[int, str]) -> Iterator[Server]:
    server = Server(*answers)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()


def signed(fields: Fields) -> str:
    return build_xml({**fields, "sign": sign(fields, KEY, "HMAC-SHA256")})


def success(**fields: str) -> str:
    own = {"return_code": "SUCCESS", "result_code": "SUCCESS", "appid": APPID, "mch_id": MCH_ID, "nonce_str": "n"}
    return signed(own | fields)


REFUND = {
    "out_trade_no": "A1",
    "transaction_id": "4200000263201508067700134212",
    "total_fee": "88",
    "refund_count": "1",
    "out_refund_no_0": "R1",
    "refund_id_0": "50302604962025112809876540001",
    "refund_fee_0": "30",
    "refund_status_0": "SUCCESS",
}


@pytest.mark.parametrize(
    ("others", "sub_mch_id", "code"),
    [
        ({}, None, None),
        ({"fee_type": "USD"}, None, "fee_type_mismatch"),
        ({"sub_mch_id": SUB_MCH_ID}, None, "sub_mch_id_mismatch"),
        ({"sub_mch_id": SUB_MCH_ID}, SUB_MCH_ID, None),
        ({}, SUB_MCH_ID, "sub_mch_id_mismatch"),
        ({"refund_fee_0": "31"}, None, "refund_fee_mismatch"),
        ({"out_refund_no_0": "R2"}, None, "reply_mismatch"),
    ],
)
def test_a_refund_is_confirmed_with_its_currency_merchant_and_amount(
    others: Fields, sub_mch_id: str | None, code: str | None
) -> None:
    handed_over: list[str] = []
    with answering((200, success(**(REFUND | others)))) as server:
        created = datetime.now(timezone.utc) - timedelta(seconds=60)
        row: dict[str, Any] = {"out_refund_no": "R1", "refund_fee": 30, "created": created}
        if sub_mch_id is not None:
            row["sub_mch_id"] = sub_mch_id
        (found,) = server.client().notify.reconcile_refunds(
            [row],  # type: ignore[list-item]
            on_refunded=lambda refund, key: handed_over.append(refund.out_refund_no),
        )
    if code is None:
        assert (found.state, handed_over) == ("delivered", ["R1"])
    else:
        assert isinstance(found.error, PaymentMismatch)
        assert (found.state, found.error.code, handed_over) == ("failed", code, [])


def test_polls_of_an_unknown_order_and_of_a_silent_wechat_are_bounded() -> None:
    unknown = signed(
        {
            "return_code": "SUCCESS",
            "result_code": "FAIL",
            "err_code": "ORDERNOTEXIST",
            "appid": APPID,
            "mch_id": MCH_ID,
        }
    )
    kinds: list[tuple[tuple[int, str], type[WxPayError]]] = [
        ((200, unknown), BusinessError),
        ((502, "<html>502 Bad Gateway</html>"), TransportError),
    ]
    for answer, kind in kinds:
        with answering(answer) as server:
            pay, begun = server.client(), time.monotonic()
            for _ in range(50):
                with pytest.raises(kind):
                    pay.wait_for_payment("A1", total_fee=88, within=0)
            # An answer is used for 0.9 seconds. On a busy machine the fifty may take longer.
            assert len(server.asked) <= 1 + (time.monotonic() - begun) / 0.9


def test_amounts_that_no_order_has_are_refused_before_anything_is_sent() -> None:
    with answering((500, "")) as server:
        pay = server.client()
        for fee in (0, -5):
            with pytest.raises(InvalidRequest, match=f"at least 1 fen, not {fee}"):
                pay.wait_for_payment("A1", total_fee=fee, within=0)
            with pytest.raises(InvalidRequest, match=f"at least 1 fen, not {fee}"):
                pay.unifiedorder(**order(total_fee=fee))
        with pytest.raises(InvalidRequest, match=r"not the text '19\.99'; yuan_to_fen"):
            pay.unifiedorder(**order(total_fee="19.99"))
        with pytest.raises(InvalidRequest, match=r"not the text '19\.99'; yuan_to_fen"):
            pay.wait_for_payment("A1", total_fee="19.99", within=0)  # type: ignore[arg-type]
        with pytest.raises(InvalidRequest) as refused:
            pay.unifiedorder(**order(total_fee=KEY))
        assert KEY not in str(refused.value)
        assert server.asked == []


def made(prepay_id: str) -> tuple[int, str]:
    return 200, success(sub_mch_id=SUB_MCH_ID, trade_type="JSAPI", prepay_id=prepay_id)


def test_a_providers_page_is_over_the_appid_of_its_order_after_the_client_was_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    token, ticket = '{"access_token":"t","expires_in":7200}', '{"errcode":0,"ticket":"k","expires_in":7200}'
    with answering(made("wx28161130"), (200, token), (200, ticket)) as server:
        fields = order(openid=None, sub_openid="s", sub_mch_id=SUB_MCH_ID, sub_appid=SUB_APPID)
        with server.client() as pay:
            made_order = pay.unifiedorder(**fields)
            assert pay.jsapi_params(made_order.prepay_id)["appId"] == SUB_APPID
        for other in (pay, server.client()):
            assert other.jsapi_params(made_order.prepay_id)["appId"] == SUB_APPID
            with pytest.raises(InvalidRequest, match="appid"):
                other.jsapi_params("wx28160000")
        caplog.clear()
        assert pay.jssdk.config("https://shop.example/", js_api_list=["chooseWXPay"])["appId"] == APPID
    texts = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len([text for text in texts if SUB_APPID in text and "chooseWXPay" in text]) == 1, texts


def test_the_key_of_a_provider_without_a_sub_merchant_is_not_called_wrong() -> None:
    words = "商户号mch_id或sub_mch_id错误，受理机构必须传入sub_mch_id"
    with answering((200, build_xml({"return_code": "FAIL", "return_msg": words}))) as server:
        report = server.client(app_secret=None).check()
    (finding,) = (one for one in report.findings if one.part == "api_key")
    assert (finding.state, report.ok) == ("not_set", True), report
    assert "sub_mch_id" in (finding.remedy or "")


def notification(**fields: str) -> Fields:
    own = {
        "return_code": "SUCCESS",
        "result_code": "SUCCESS",
        "appid": APPID,
        "mch_id": MCH_ID,
        "nonce_str": "n",
        "out_trade_no": "T2",
        "transaction_id": "4200000263201508067700134212",
        "total_fee": "88",
    }
    return own | fields


def test_a_wrong_signature_says_whose_notification_it_is_and_what_is_known_of_the_key() -> None:
    pay = WxPay(appid=APPID, mch_id=MCH_ID, api_key=KEY, endpoints="http://127.0.0.1:9", store="memory:")

    def mistake(fields: Fields) -> tuple[str, str]:
        with pytest.raises(SignatureError) as refused:
            pay.notify.parse(build_xml(fields).encode())
        assert refused.value.explanation is not None
        return refused.value.explanation.mistake, str(refused.value)

    other = notification(mch_id=SUB_MCH_ID)
    code, text = mistake(other | {"sign": sign(other, "f" * 32, "MD5")})
    assert (code, SUB_MCH_ID in text, "dispatch" in text) == ("addressed_to_another", True, True)
    wrong = notification() | {"sign": "0" * 64}
    code, text = mistake(wrong)
    assert (code, "changed on its way" in text) == ("unknown", True), text
    pay.notify.parse(signed(notification()).encode())
    code, text = mistake(wrong)
    assert (code, "earlier messages with this key" in text) == ("changed_or_forged", True), text


def test_each_attempt_and_its_log_line_name_the_order(caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    with answering((502, "<html><title>502 Bad Gateway</title></html>")) as server:
        pay = server.client(on_event=events.append)
        with pytest.raises(TransportError) as failed:
            pay.orderquery(out_trade_no="T1")
        caplog.clear()
        handled = pay.notify.handle(
            signed(notification()).encode(), amount_of=lambda payment: 88, on_paid=lambda payment, key: None
        )
    assert f"from {server.url}/pay/orderquery (HTTP 502): 502 Bad Gateway" in str(failed.value)
    assert (handled.state, [event.out_trade_no for event in events]) == ("failed", ["T1", "T2"])
    assert re.match("<orderquery of order T2 at http", repr(events[1]))
    lines = [record.getMessage() for record in caplog.records if "orderquery" in record.getMessage()]
    assert lines and all("T2" in line for line in lines), lines


def test_outcomes_of_events_are_those_of_core() -> None:
    reference = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    names = get_args(EventOutcome)
    assert {"ok", "ask_first", "later"} <= set(names) and len(names) == 10, reference[:0]
    assert all(f"``{name}``" in (Event.__doc__ or "") for name in names)


def codes() -> dict[str, str]:
    """Our own codes and their classes, as the reference lists them."""
    text = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (?:`(\w+)`)? \| ", text, re.MULTILINE))
    assert len(found) > 40
    return found


def test_each_class_has_the_default_code_that_the_reference_lists() -> None:
    known = codes()
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, WxPayError)]
    assert len(classes) > 8
    for one in classes:
        assert known[one("a message").code] == one.__name__
    sources = [path.read_text(encoding="utf-8") for path in Path(errors.__file__).parent.rglob("*.py")]
    used = {code for text in sources for code in re.findall(r"\bcode=\"(\w+)\"", text)}
    assert used <= set(known) and "refund_failed" in used
    assert {"not_raw_body", "body_too_large", "refund_failed", "internal"} <= set(known)


def test_what_is_not_a_raw_body_has_a_code_of_its_own(pay: WxPay) -> None:
    with pytest.raises(InvalidRequest) as refused:
        pay.notify.parse({"xml": "parsed"})  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == ("not_raw_body", "raw_body")


def refusals(ask: Callable[[WxPay], object], status: int, body: str) -> WxPayError:
    with answering((status, body)) as server, pytest.raises(WxPayError) as refused:
        ask(server.client())
    return refused.value


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<!-- a --><xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>"),
        (400, "<root><return_msg><![CDATA[签名错误]]></return_msg></root>"),
        (200, "<XML><return_msg>签名错误</return_msg></XML>"),
        (200, "<html><body>签名错误</body></html>"),
        (200, "签名错误"),
        (401, '{"message":"签名错误"}'),
        (200, "<xml><return_code>FAIL</return_code><return_msg>OK</return_msg><retmsg>签名错误</retmsg></xml>"),
    ],
)
def test_words_about_the_signature_are_shown_with_the_remedy_wherever_they_are(status: int, body: str) -> None:
    error = refusals(lambda pay: pay.orderquery(out_trade_no="A1"), status, body)
    assert isinstance(error, TransportError | ProtocolError)
    assert "签名错误" in str(error) and "api_key" in str(error), error
    assert error.string_to_sign is not None and error.string_to_sign.endswith("&key=***")


def test_replies_of_the_open_platform_in_other_forms() -> None:
    missing = refusals(lambda pay: pay.oauth.userinfo("t", "o"), 200, '{"openid":null,"nickname":"n"}')
    assert (missing.code, missing.retry, "openid is missing" in str(missing)) == ("malformed_reply", "never", True)
    damaged = refusals(lambda pay: pay.oauth.userinfo("t", "o"), 200, '{"openid":"o\\u0001"}')
    assert "openid is damaged" in str(damaged)
    code = refusals(lambda pay: pay.oauth.access_token("c"), 200, '{"errcode":"40029.0","errmsg":"invalid code"}')
    assert isinstance(code, OAuthError) and code.errcode == 40029
    repeated = '{"errcode":40029,"errmsg":"invalid code C0DE-of-a-customer"}'
    masked = refusals(lambda pay: pay.oauth.access_token("C0DE-of-a-customer"), 200, repeated)
    assert "invalid code ***" in str(masked) and "C0DE" not in repr(vars(masked))
    for expires_in, seconds in (('"7200.0"', 7200), ("7200.0", 7200), ("null", 0), ('""', 0)):
        with answering((200, f'{{"access_token":"t","openid":"o","expires_in":{expires_in}}}')) as server:
            assert server.client().oauth.access_token("c").expires_in == seconds


def test_either_amount_may_be_in_yuan() -> None:
    paid = success(
        out_trade_no="A1",
        transaction_id="4200000263201508067700134212",
        total_fee="1",
        trade_state="SUCCESS",
        trade_type="JSAPI",
        time_end="20261128160828",
    )
    with answering((200, paid)) as server, pytest.raises(PaymentMismatch, match=r"Was 1 sent as yuan\?.*yuan_to_fen"):
        server.client().wait_for_payment("A1", total_fee=100, within=0)
