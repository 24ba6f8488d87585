"""Calls over real HTTP: a whole purchase, and all the ways in which a call ends otherwise."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import OPENID, Emulator, order

from wxpaykit import (
    AsyncWxPay,
    BusinessError,
    ConfirmedPayment,
    Event,
    InvalidRequest,
    OAuthError,
    PaymentMismatch,
    PaymentNotification,
    ProtocolError,
    Reply,
    SignatureError,
    TransportError,
    WebToken,
    WxPay,
    build_xml,
    parse_xml,
    sign,
)

Answer = Callable[[str, dict[str, str]], tuple[int, bytes]]
APIS = pytest.mark.parametrize("api", ["v2", "v3"])
V3_CHARGE: Any = {
    "description": "茶",
    "out_trade_no": "A1",
    "amount": {"total": 88},
    "payer": {"auth_code": "134567890123456789"},
    "scene_info": {"device_ip": "203.0.113.9"},
}


def buy(pay: WxPay | AsyncWxPay, api: str) -> Any:
    """An order by either API: the reply, or what is to be awaited for it."""
    if api == "v2":
        return pay.unifiedorder(**order())
    fields: Any = {"description": "茶", "out_trade_no": order()["out_trade_no"], "amount": {"total": 100}}
    return pay.v3.jsapi(**fields, payer={"openid": OPENID})


#: The name of that call.
BUY = {"v2": "unifiedorder", "v3": "v3.jsapi"}


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """A server whose every POST is answered by `answer(path, fields)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, reply = answer(self.path, parse_xml(body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class Posted:
    """The notifications that WeChat posts to a shop."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.came = threading.Event()

    def __call__(self, path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        self.bodies.append(build_xml(fields).encode())
        self.came.set()
        return 200, b"<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"


def visit(url: str, state: str = "s1") -> str:
    """Goes where the customer is sent, and gives the code that comes back."""

    class Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        urllib.request.build_opener(Stop).open(url.split("#")[0], timeout=10)
    except urllib.error.HTTPError as moved:
        with moved:
            back = parse_qs(urlsplit(moved.headers["Location"]).query)
            assert back["state"] == [state]
            return back["code"][0]
    raise AssertionError("no redirect")


def test_a_purchase(emulator: Emulator) -> None:
    posted = Posted()
    with server(posted) as shop, emulator.sync(notify_url=f"{shop}/notify") as pay:
        code = visit(pay.oauth.authorize_url(f"{shop}/buy", state="s1"))
        user = pay.oauth.access_token(code)
        with pytest.raises(OAuthError) as used:
            pay.oauth.access_token(code)
        assert used.value.errcode == 40163
        pay.oauth.auth(user.access_token, user.openid)
        fields = order(openid=user.openid, attach="a b", detail={"goods_detail": [{"goods_id": "茶"}]})
        made = pay.unifiedorder(**fields)
        assert made.trade_type == "JSAPI"
        assert made.code_url is None
        assert pay.orderquery(out_trade_no=fields["out_trade_no"]).trade_state == "NOTPAY"
        emulator.post("/_emulator/pay", {"prepay_id": made.prepay_id, "openid": user.openid, "result": "ok"})
        assert posted.came.wait(10)
        notified = pay.notify.parse(posted.bodies[0])
        assert type(notified) is PaymentNotification
        paid = pay.notify.confirm(posted.bodies[0])
        assert type(paid) is ConfirmedPayment
        assert (paid.out_trade_no, paid.total_fee, paid.openid) == (fields["out_trade_no"], 100, user.openid)
        assert paid.attach == "a b"
        assert paid.time_end is not None
        assert str(paid.time_end.utcoffset()) == "8:00:00"
        with pytest.raises(BusinessError) as refused:
            pay.closeorder(out_trade_no=fields["out_trade_no"])
        assert (refused.value.err_code, refused.value.endpoint) == ("ORDERPAID", "closeorder")
        assert refused.value.retry == "query_first"
        assert refused.value.reply["err_code"] == "ORDERPAID"


def test_a_purchase_awaited(emulator: Emulator) -> None:
    posted = Posted()

    async def shop(address: str) -> None:
        async with emulator.asyncio(notify_url=f"{address}/notify") as pay:
            url = pay.oauth.authorize_url(f"{address}/buy", state="s1")
            user = await pay.oauth.access_token(await asyncio.to_thread(visit, url))
            fields = order(openid=user.openid)
            made = await pay.unifiedorder(**fields)
            pages = [pay.jsapi_params(made.prepay_id), pay.choose_wxpay_params(made.prepay_id)]
            assert [page["package"] for page in pages] == [f"prepay_id={made.prepay_id}"] * 2
            pays = {"prepay_id": made.prepay_id, "openid": user.openid, "result": "ok"}
            await asyncio.to_thread(emulator.post, "/_emulator/pay", pays)
            assert await asyncio.to_thread(posted.came.wait, 10)
            paid = await pay.notify.confirm(posted.bodies[0])
            assert (paid.out_trade_no, paid.total_fee) == (fields["out_trade_no"], 100)
            config = await pay.jssdk.config(f"{address}/buy?code=1#top", js_api_list=["chooseWXPay"])
            assert config["jsApiList"] == ["chooseWXPay"]
            page = {name: config[name] for name in ("timestamp", "nonceStr", "signature")}  # type: ignore[literal-required]
            page |= {"appid": config["appId"], "url": f"{address}/buy?code=1"}
            checked = await asyncio.to_thread(emulator.post, "/_emulator/jssdk", page)
            assert checked["err_msg"] == "preVerifyJSAPI:ok"
            token = await pay.jssdk.access_token()
            assert await pay.jssdk.access_token() == token == (await pay.jssdk.stable_token()).access_token
            assert (await pay.jssdk.getticket(token)).ticket == await pay.jssdk.jsapi_ticket()
            with pytest.raises(OAuthError) as refused:
                await pay.oauth.access_token("nobody's")
            assert refused.value.errcode == 40029

    with server(posted) as address:
        asyncio.run(shop(address))


def test_a_client_whose_token_was_refused_gets_the_token_that_another_process_forced() -> None:
    with Emulator() as wechat:
        pay, other = wechat.sync(), wechat.sync()
        old = pay.jssdk.access_token()
        forced = other.jssdk.stable_token(force_refresh=True).access_token
        assert forced != old
        assert other.jssdk.access_token() == forced
        with pytest.raises(OAuthError) as refused:
            pay.jssdk.getticket(old)
        assert refused.value.errcode == 40001
        assert pay.jssdk.access_token() == old
        assert pay.jssdk.access_token(refused=old) == forced == pay.jssdk.access_token()
        assert asyncio.run(wechat.asyncio().jssdk.access_token(refused=old)) == forced
        with pytest.raises(InvalidRequest, match="refused"):
            pay.jssdk.access_token(refused=1)  # type: ignore[arg-type]


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.parametrize(
    ("call", "endpoint", "retry"),
    [
        (lambda pay: pay.oauth.access_token("code"), "oauth.access_token", "never"),
        (lambda pay: pay.jssdk.stable_token(force_refresh=True), "jssdk.stable_token", "query_first"),
        (lambda pay: pay.jssdk.stable_token(), "jssdk.stable_token", "same_request"),
        (lambda pay: buy(pay, "v3"), "v3.jsapi", "same_request"),
        (lambda pay: pay.v3.query(out_trade_no="A1"), "v3.query", "same_request"),
        (lambda pay: pay.v3.codepay(**V3_CHARGE), "v3.codepay", "query_first"),
    ],
)
def test_a_cancelled_call_says_whether_it_may_be_repeated(
    emulator: Emulator, silence: str, call: Callable[[AsyncWxPay], Any], endpoint: str, retry: str
) -> None:
    async def hurried() -> None:
        async with emulator.asyncio(**emulator.v3_settings, endpoints=silence) as pay, asyncio.timeout(0.05):
            await call(pay)

    with pytest.raises(TimeoutError) as late:
        asyncio.run(hurried())
    given_up = late.value.__cause__
    assert isinstance(given_up, asyncio.CancelledError)
    error = given_up.__cause__
    assert isinstance(error, TransportError)
    assert (error.code, error.endpoint, error.outcome, error.retry) == ("cancelled", endpoint, "unknown", retry)


@APIS
def test_the_backup_of_a_silent_host_is_used(emulator: Emulator, silence: str, api: str) -> None:
    events: list[tuple[str, int, str, bool]] = []
    pay = emulator.sync(
        **emulator.v3_settings,
        endpoints=f"{silence},{emulator.url}",
        timeout=1.0,
        on_event=lambda event: events.append((event.host, event.attempt, event.outcome, event.again)),
    )
    assert buy(pay, api).prepay_id
    assert events == [(silence, 1, "timed_out", True), (emulator.url, 2, "ok", False)]


def web_token(pay: WxPay, scope: Literal["snsapi_base", "snsapi_userinfo"]) -> WebToken:
    """What a customer's visit is worth."""
    return pay.oauth.access_token(visit(pay.oauth.authorize_url("https://shop.example/", scope=scope, state="s1")))


def test_the_open_platform(emulator: Emulator, pay: WxPay) -> None:
    token = web_token(pay, "snsapi_userinfo")
    someone = pay.oauth.userinfo(token.access_token, token.openid, lang="en")
    assert (someone.openid, someone.sex, someone.privilege) == (token.openid, 0, [])
    assert someone.nickname
    assert pay.oauth.auth(token.access_token, token.openid) is None
    assert token.refresh_token is not None
    renewed = pay.oauth.refresh_token(token.refresh_token)
    assert (renewed.openid, renewed.expires_in) == (token.openid, 7200)
    with pytest.raises(OAuthError) as refused:
        pay.oauth.auth(token.access_token, "o" * 28)
    assert (refused.value.errcode, refused.value.endpoint) == (40003, "oauth.auth")
    silent = web_token(pay, "snsapi_base")
    with pytest.raises(OAuthError) as refused:
        pay.oauth.userinfo(silent.access_token, silent.openid)
    assert refused.value.errcode == 48001
    for language in ("", "fr", "zh_CN "):
        with pytest.raises(InvalidRequest):
            pay.oauth.userinfo(token.access_token, token.openid, lang=language)  # type: ignore[arg-type]
    for call in (pay.oauth.access_token, pay.oauth.refresh_token):
        with pytest.raises(InvalidRequest):
            call("")
    first, second = pay.jssdk.token(), pay.jssdk.token()
    assert first.access_token != second.access_token
    assert len(pay.jssdk.getticket(second.access_token).ticket) == 86


def test_the_other_trade_types(pay: WxPay) -> None:
    assert pay.unifiedorder(**order(trade_type="NATIVE", openid=None, product_id="1")).code_url
    scene = {"h5_info": {"type": "Wap", "wap_url": "https://shop.example", "wap_name": "店"}}
    assert pay.unifiedorder(**order(trade_type="MWEB", openid=None, scene_info=scene)).mweb_url
    made = pay.unifiedorder(**order(trade_type="APP", openid=None))
    assert pay.app_params(made.prepay_id, partnerid="1900000109")["partnerid"] == "1900000109"


def test_call(pay: WxPay) -> None:
    fields = order()
    pay.unifiedorder(**fields)
    reply = pay.call("/pay/orderquery", {"out_trade_no": fields["out_trade_no"]})
    assert type(reply) is Reply
    assert reply["trade_state"] == "NOTPAY"
    assert reply.trade_state == "NOTPAY"


TRANSFERS = "/mmpaymkttransfers/promotion/transfers"


@pytest.mark.parametrize("awaits", [False, True], ids=["blocking", "asyncio"])
def test_call_knows_how_its_path_travels(emulator: Emulator, awaits: bool) -> None:
    """C-49, C-53 and C-64: an old transfer is answered without a signature, and has other names."""
    success = {"return_code": "SUCCESS", "result_code": "SUCCESS"}
    replies: dict[str, dict[str, str]] = {
        TRANSFERS: success | {"partner_trade_no": "TR1", "payment_no": "1"},
        "/mmpaymkttransfers/sendredpack": success | {"mch_billno": "B1", "sign": "0" * 32},
        "/pay/profitsharing": success,
        "/pay/orderquery": success,
    }
    got: list[dict[str, str]] = []

    def answer(path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        got.append(fields)
        return 200, build_xml(replies[path]).encode()

    with server(answer) as url:
        settings = emulator.v3_settings | {"endpoints": url, "max_network_retries": 0}

        def call(path: str, **params: Any) -> Reply:
            async def run() -> Reply:
                async with emulator.asyncio(**settings) as pay:
                    return await pay.call(path, params)

            if awaits:
                return asyncio.run(run())
            with emulator.sync(**settings) as pay:
                return pay.call(path, params)

        assert call(TRANSFERS, partner_trade_no="TR1", amount=100).payment_no == "1"
        names = ["partner_trade_no", "amount", "mch_appid", "mchid", "nonce_str", "sign"]
        assert list(got[0]) == names and got[0]["mchid"] == emulator.settings["mch_id"]
        with pytest.raises(InvalidRequest, match="is called mchid") as refused:
            call(TRANSFERS, mch_id="1")
        assert refused.value.field == "mch_id"
        with pytest.raises(InvalidRequest, match="use the method downloadbill"):
            call("/pay/downloadbill", bill_date="20251127")
        for path, params, number, step in [
            (
                "/mmpaymkttransfers/sendredpack",
                {"mch_billno": "B1"},
                ("mch_billno", "B1"),
                "gethbinfo with mch_billno B1",
            ),
            ("/pay/profitsharing", {"x": "1"}, (None, None), "Find out what WeChat has before you repeat it"),
        ]:
            with pytest.raises(SignatureError, match=step) as forged:
                call(path, **params)
            error = forged.value
            assert (error.outcome, error.status, error.retry) == ("unknown", 200, "query_first")
            assert (error.number_field, error.number) == number
            assert "The outcome is unknown (HTTP 200): WeChat may have acted" in str(error)
            copied = SignatureError(*json.loads(json.dumps(error.args)))
            assert (copied.outcome, copied.status, copied.number) == ("unknown", 200, number[1])
        with pytest.raises(SignatureError) as asked:
            call("/pay/orderquery", out_trade_no="A1")
        assert (asked.value.outcome, asked.value.status, asked.value.number) == (None, None, None)
        assert "outcome" not in str(asked.value)


def test_a_confirmation_is_compared(emulator: Emulator) -> None:
    """WeChat knows another amount than the notification says: correctly signed, both of them."""
    key = emulator.settings["api_key"]

    def signed(fields: dict[str, Any]) -> bytes:
        return build_xml(fields | {"sign": sign(fields, key)}).encode()

    payment = {
        "return_code": "SUCCESS",
        "result_code": "SUCCESS",
        "appid": emulator.settings["appid"],
        "mch_id": emulator.settings["mch_id"],
        "out_trade_no": "20150806125346",
        "transaction_id": "4200000263201508067700134212",
        "total_fee": 100,
        "time_end": "20150806125400",
        "openid": OPENID,
    }

    def wechat(path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        assert (path, fields["transaction_id"]) == ("/pay/orderquery", payment["transaction_id"])
        return 200, signed(payment | {"total_fee": 1, "trade_state": "SUCCESS"})

    with server(wechat) as url:
        pay = emulator.sync(endpoints=url)
        assert pay.notify.parse(signed(payment)).total_fee == 100
        with pytest.raises(PaymentMismatch) as differs:
            pay.notify.confirm(signed(payment))
    error = differs.value
    assert (error.field, error.expected, error.actual) == ("total_fee", "100", "1")
    assert (error.expected_by, error.actual_by) == ("the notification", "WeChat's reply to orderquery")
    assert (error.code, error.endpoint, error.retry) == ("total_fee_mismatch", "orderquery", "query_first")
    with pytest.raises(SignatureError):
        pay.notify.confirm(signed(payment).replace(b"<total_fee>100", b"<total_fee>1"))
    with pytest.raises(PaymentMismatch) as other:
        pay.notify.parse(signed(payment | {"mch_id": "10000101"}))
    assert other.value.code == "mch_id_mismatch"
    assert (other.value.expected_by, other.value.actual_by) == ("the client's settings", "the notification")


def test_the_other_key(emulator: Emulator) -> None:
    pay = emulator.sync(api_key="0" * 32)
    with pytest.raises(ProtocolError) as refused:
        pay.unifiedorder(**order())
    assert refused.value.return_msg == "签名错误"


@pytest.mark.parametrize("status", [502, 200])
def test_a_page_of_the_gateway(emulator: Emulator, status: int) -> None:
    page = b"<html><body>502 Bad Gateway</body></html>"
    with server(lambda path, fields: (status, page)) as url, pytest.raises(TransportError) as failed:
        emulator.sync(endpoints=url).unifiedorder(**order())
    error = failed.value
    assert (error.code, error.outcome, error.status) == ("gateway", "unknown", status)
    assert (error.endpoint, error.retry) == ("unifiedorder", "same_request")


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@APIS
def test_a_reply_that_comes_too_late(emulator: Emulator, api: str) -> None:
    with silent() as url:
        start = time.monotonic()
        with pytest.raises(TransportError) as late:
            buy(emulator.sync(**emulator.v3_settings, endpoints=url, timeout=0.3), api)
    assert time.monotonic() - start < 3
    assert (late.value.code, late.value.outcome, late.value.endpoint) == ("timeout", "unknown", BUY[api])


@APIS
def test_no_server_listens(emulator: Emulator, api: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(TransportError) as refused:
        buy(emulator.sync(**emulator.v3_settings, endpoints=url), api)
    error = refused.value
    assert (error.code, error.outcome, error.status, error.retry) == ("connect", "not_sent", None, "same_request")
    assert isinstance(error.__cause__, OSError)
    assert f"no connection to {url.removeprefix('http://')} (refused)" in str(error)


@contextmanager
def watched() -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """A server that never answers: its address, and events for "a request came" and "it was given up"."""
    came, gone = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(20)
                while data := connection.recv(65536):
                    if data.endswith((b"</xml>", b"}")):
                        came.set()
                gone.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", came, gone
        thread.join(20)


def test_a_task_that_is_cancelled_before_its_call_began_has_sent_nothing(emulator: Emulator) -> None:
    async def main() -> None:
        fields = order()
        task = asyncio.ensure_future(emulator.asyncio().unifiedorder(**fields))
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        assert (hasattr(cancelled.value, "outcome"), cancelled.value.__cause__) == (False, None)
        with pytest.raises(BusinessError) as missing:
            await emulator.asyncio().orderquery(out_trade_no=fields["out_trade_no"])
        assert missing.value.err_code == "ORDERNOTEXIST"

    asyncio.run(main())


@APIS
@pytest.mark.parametrize("way", ["cancel", "wait_for", "timeout", "group"])
def test_cancelling_ends_the_request(emulator: Emulator, way: str, api: str) -> None:
    async def main(url: str, came: threading.Event) -> BaseException | None:
        pay = emulator.asyncio(**emulator.v3_settings, endpoints=url)
        call = asyncio.create_task(buy(pay, api))
        assert await asyncio.to_thread(came.wait, 10)
        if way == "wait_for":
            with pytest.raises(asyncio.TimeoutError) as late:
                await asyncio.wait_for(call, 0.05)
            return late.value.__cause__
        if way == "timeout":
            with pytest.raises(TimeoutError) as late:
                async with asyncio.timeout(0.05):
                    await call
            return late.value.__cause__
        if way == "group":
            with pytest.RaisesGroup(ZeroDivisionError):
                async with asyncio.TaskGroup() as group:
                    inner = group.create_task(asyncio.wait_for(call, 10))
                    await asyncio.sleep(0)
                    group.create_task(fail())
            assert inner.cancelled()
        else:
            call.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await call
        return cancelled.value

    async def fail() -> None:
        raise ZeroDivisionError

    with watched() as (url, came, gone):
        error = asyncio.run(main(url, came))
        assert gone.wait(10), "the request went on"
    assert type(error) is asyncio.CancelledError
    assert (error.outcome, error.code, error.endpoint) == ("unknown", "cancelled", BUY[api])
    assert error.retry == "same_request"
    assert isinstance(error.__cause__, TransportError)
    assert error.__cause__.outcome == "unknown"


@APIS
def test_a_loop_that_ends_with_calls_in_progress(emulator: Emulator, api: str) -> None:
    async def main(url: str, came: threading.Event) -> None:
        task = asyncio.create_task(buy(emulator.asyncio(**emulator.v3_settings, endpoints=url), api))
        assert await asyncio.to_thread(came.wait, 10)
        assert not task.done()

    with watched() as (url, came, gone):
        asyncio.run(main(url, came))
        assert gone.wait(10)


@pytest.mark.timeout(120)
def test_two_thousand_at_once(emulator: Emulator) -> None:
    orders = [order() for _ in range(2000)]

    async def main() -> list[str]:
        pay = emulator.asyncio(timeout=60)
        return [made.prepay_id for made in await asyncio.gather(*[pay.unifiedorder(**fields) for fields in orders])]

    assert len(set(asyncio.run(main()))) == 2000
    numbers = {fields["out_trade_no"] for fields in orders}
    journal = emulator.get("/_emulator/journal?limit=100000")
    entries = [entry for entry in journal if entry.get("out_trade_no") in numbers]
    assert len(entries) == len({entry["out_trade_no"] for entry in entries}) == 2000
    # 64 calls at once. A call that waits for a new connection may get a used one first, so some more are opened.
    assert len({entry["peer"] for entry in entries}) <= 2 * 64


@APIS
def test_threads_share_a_client(emulator: Emulator, api: str) -> None:
    made: list[str] = []
    pay = emulator.sync(**emulator.v3_settings)

    def several() -> None:
        for _ in range(10):
            made.append(buy(pay, api).prepay_id)

    threads = [threading.Thread(target=several) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 80


@APIS
def test_loops_share_a_client(emulator: Emulator, api: str) -> None:
    pay = emulator.asyncio(**emulator.v3_settings)
    made: list[str] = []

    async def several() -> None:
        replies = await asyncio.gather(*[buy(pay, api) for _ in range(20)])
        made.extend(reply.prepay_id for reply in replies)

    threads = [threading.Thread(target=lambda: asyncio.run(several())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(several())
    assert len(set(made)) == 60


def test_a_closed_client_can_be_used_again(emulator: Emulator) -> None:
    with emulator.sync() as pay:
        pay.unifiedorder(**order())
    assert pay.unifiedorder(**order()).prepay_id
    pay.close()
    pay.close()


def test_closing_makes_no_second_client(caplog: pytest.LogCaptureFixture) -> None:
    """A hundred clients of a merchant within a minute are warned of, and these are sixty."""
    settings: Any = {"appid": "wxd930ea5d5a258f4f", "api_key": "8934e7d15453e97507ef794cf7b0519e", "store": "memory:"}
    for _ in range(60):
        with WxPay(mch_id="1900000777", **settings):
            pass
    assert "within a minute" not in caplog.text
    for _ in range(40):
        WxPay(mch_id="1900000777", **settings).close()
    assert caplog.text.count("100 clients of merchant 1900000777") == 1


@APIS
def test_a_cancelled_attempt_is_reported_with_the_next_call(emulator: Emulator, api: str) -> None:
    events: list[Event] = []

    async def main(url: str, came: threading.Event) -> None:
        hurried: Any = {"timeout": 0.5, "max_network_retries": 0}
        pay = emulator.asyncio(**emulator.v3_settings, **hurried, endpoints=url, on_event=events.append)
        call = asyncio.create_task(buy(pay, api))
        assert await asyncio.to_thread(came.wait, 10)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        with pytest.raises(TransportError):
            await pay.orderquery(out_trade_no="nobody")

    with watched() as (url, came, _):
        asyncio.run(main(url, came))
    first, second = events
    assert (first.endpoint, first.attempt, first.outcome, first.code) == (BUY[api], 1, "no_answer", "cancelled")
    assert second.endpoint == "orderquery"
