"""Each call under each fault of its replies: how it ends, in bounded time, and what became of the money. The rows are
in tests/faults."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Emulator, order
from test_http import visit, web_token
from test_v3_bills import V3Day

from wxpaykit import AsyncWxPay, TransportError, WebToken, WxPay, WxPayError, new_out_trade_no

MATRIX = json.loads((ROOT / "tests/faults/matrix.json").read_text())
ROWS = MATRIX["rows"]
TIMEOUT = MATRIX["timeout_ms"] / 1000
CALLS = ("unifiedorder", "orderquery", "closeorder")
PLATFORM = MATRIX["platform"]
V3 = MATRIX["v3"]


@pytest.fixture(scope="module")
def wechat() -> Iterator[Emulator]:
    """An emulator of its own: its faults are not for other tests."""
    with Emulator() as wechat:
        yield wechat


def blocking(wechat: Emulator, call: str, fields: dict[str, Any]) -> object:
    return getattr(WxPay(**wechat.settings, timeout=TIMEOUT), call)(**fields)


def asynchronous(wechat: Emulator, call: str, fields: dict[str, Any]) -> object:
    return asyncio.run(getattr(AsyncWxPay(**wechat.settings, timeout=TIMEOUT), call)(**fields))


def ended(run: Callable[..., object], wechat: Emulator, call: str, fields: dict[str, Any]) -> str | dict[str, Any]:
    begun = time.monotonic()
    try:
        run(wechat, call, fields)
    except WxPayError as error:
        if error.endpoint != call:
            raise
        return {"class": type(error).__name__, **vars(error)}
    finally:
        assert time.monotonic() - begun < TIMEOUT + 1
    return "ok"


def expect(found: str | dict[str, Any], wanted: str | dict[str, Any]) -> None:
    if isinstance(found, dict) and isinstance(wanted, dict):
        found = {name: found.get(name) for name in wanted}
    assert found == wanted


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
@pytest.mark.parametrize("run", [blocking, asynchronous])
def test_a_fault(run: Callable[..., object], row: dict[str, Any], call: str, wechat: Emulator) -> None:
    number = new_out_trade_no("F")
    fields = order(out_trade_no=number)
    if call != "unifiedorder":
        assert blocking(wechat, "unifiedorder", fields)
        fields = {"out_trade_no": number}
    for often in ("once", "always"):
        times = {"times": 1} if often == "once" else {}
        fault = wechat.post(
            "/_emulator/faults", {**row["fault"], "endpoint": f"/pay/{call}", "out_trade_no": number, **times}
        )
        try:
            expect(ended(run, wechat, call, fields), row[often])
        finally:
            wechat.delete(f"/_emulator/faults/{fault['id']}")
    # Whatever was known, the same request now ends well, and there is one order.
    assert ended(run, wechat, call, fields) == "ok"
    (made,) = wechat.get(f"/_emulator/orders?out_trade_no={number}")
    assert made["total_fee"] == fields.get("total_fee", made["total_fee"])
    assert made["trade_state"] == ("CLOSED" if call == "closeorder" else "NOTPAY")
    if call == "unifiedorder":
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:ok"
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:fail"


@pytest.fixture(scope="module")
def v3_day() -> Iterator[V3Day]:
    """An emulator whose clock stands still, after a day with a payment."""
    with Emulator(frozen_clock=True) as wechat:
        yield V3Day(wechat)


def v3_blocking(settings: dict[str, Any], call: str, fields: dict[str, Any]) -> object:
    reply = getattr(WxPay(**settings).v3, call)(**fields)
    return list(reply) if call == "tradebill" else reply


def v3_asynchronous(settings: dict[str, Any], call: str, fields: dict[str, Any]) -> object:
    async def ask() -> object:
        reply = getattr(AsyncWxPay(**settings).v3, call)(**fields)
        return [row async for row in reply] if call == "tradebill" else await reply

    return asyncio.run(ask())


def v3_fields(day: V3Day, call: str, number: str) -> dict[str, Any]:
    """What a call is made with, after the orders that it needs."""
    made: dict[str, Any] = {"description": "茶", "out_trade_no": number, "amount": {"total": 88}}
    made |= {"payer": {"openid": day.wechat.openid}}
    if call in ("query", "close", "refund"):
        WxPay(**day.settings()).v3.jsapi(**made)
    if call == "refund":
        day.wechat.post("/_emulator/pay", {"out_trade_no": number})
        amount = {"refund": 30, "total": 88, "currency": "CNY"}
        return {"out_trade_no": number, "out_refund_no": f"R{number}", "amount": amount}
    report = [{"info_type": name, "info_content": "新会员有礼"} for name in ("活动名称", "奖励说明")]
    transfer = {"transfer_scene_id": "1000", "transfer_amount": 30, "transfer_remark": "新会员有礼"}
    transfer |= {"out_bill_no": number, "openid": day.wechat.openid, "transfer_scene_report_infos": report}
    of_order = {"out_trade_no": number}
    found: dict[str, Any] = {"jsapi": made, "query": of_order, "close": of_order, "transfer": transfer}.get(call, {})
    return found or {"bill_date": day.date, "bill_type": "ALL"}


def v3_done_once(wechat: Emulator, call: str, number: str) -> None:
    if call == "transfer":
        made = [bill for bill in wechat.get("/_emulator/transfers") if bill["out_bill_no"] == number]
        assert len(made) == 1
    elif call != "tradebill":
        (made,) = wechat.get(f"/_emulator/orders?out_trade_no={number}")
        state = {"close": "CLOSED", "refund": "REFUND"}.get(call, "NOTPAY")
        assert (made["total_fee"], made["trade_state"]) == (88, state)
    if call == "refund":
        (refund,) = wechat.get(f"/_emulator/refunds?out_trade_no={number}")
        assert (refund["refund_fee"], made["refunded"]) == (30, 30)
    if call == "jsapi":
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:ok"
        assert wechat.post("/_emulator/pay", {"out_trade_no": number})["err_msg"] == "get_brand_wcpay_request:fail"


@pytest.mark.parametrize("call", V3["calls"], ids=lambda call: call["call"])
@pytest.mark.parametrize("run", [v3_blocking, v3_asynchronous], ids=["blocking", "asynchronous"])
def test_a_fault_of_apiv3(run: Callable[..., object], call: dict[str, Any], v3_day: V3Day) -> None:
    wechat, name = v3_day.wechat, call["call"]
    # A fault is bound to an order, except that of a bill.
    at_once, retries = (1, 1) if name == "tradebill" else (8, 2)
    settings = v3_day.settings() | {"timeout": TIMEOUT, "store": "memory:", "max_network_retries": retries}

    def end(fields: dict[str, Any]) -> str | dict[str, Any]:
        return ended(lambda *_: run(settings, name, fields), wechat, f"v3.{name}", fields)

    def under(row: dict[str, Any]) -> None:
        number = new_out_trade_no("F")
        fields = v3_fields(v3_day, name, number)
        for often in ("once", "always"):
            scope: dict[str, Any] = {} if name == "tradebill" else {"out_trade_no": number}
            scope |= {"times": 1} if often == "once" else {}
            fault = wechat.post("/_emulator/faults", {**row["fault"], "endpoint": call["path"], **scope})
            wanted = row["bodiless"] if call.get("bodiless") and "bodiless" in row else row[often]
            try:
                expect(end(fields), wanted)
            finally:
                wechat.delete(f"/_emulator/faults/{fault['id']}")
        # Whatever was known, the same request now ends well, and it was done once.
        assert end(fields) == "ok"
        v3_done_once(wechat, name, number)

    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(under, V3["rows"]))


PNG = b"\x89PNG\r\n\x1a\n\xff\xfe--"
BANK = "/v3/marketing/bank/packages/8473295/tasks"
Settings = dict[str, Any]


def file_blocking(settings: Settings, name: str, *arguments: Any, **options: Any) -> Any:
    with WxPay(**settings) as pay:
        found = getattr(pay.v3, name)(*arguments, **options)
        return b"".join(found) if name == "download_stream" else found


def file_asynchronous(settings: Settings, name: str, *arguments: Any, **options: Any) -> Any:
    async def ask() -> Any:
        async with AsyncWxPay(**settings) as pay:
            found = getattr(pay.v3, name)(*arguments, **options)
            return b"".join([piece async for piece in found]) if name == "download_stream" else await found

    return asyncio.run(ask())


FILE_WAYS = pytest.mark.parametrize("run", [file_blocking, file_asynchronous], ids=["blocking", "asynchronous"])


def a_receipt(day: V3Day) -> tuple[str, dict[str, str], bytes]:
    """The address of a receipt, its hash, and the receipt."""
    number = new_out_trade_no("F")
    with WxPay(**day.settings()) as pay:
        pay.v3.transfer(**v3_fields(day, "transfer", number))
        day.wechat.post("/_emulator/transfer", {"out_bill_no": number})
        day.wechat.advance(2)
        pay.v3.transfer_receipt(out_bill_no=number)
        day.wechat.advance(2)
        found = pay.v3.transfer_receipt_query(out_bill_no=number)
        hashed = {"hash_type": found.hash_type, "hash_value": found.hash_value}
        return found.download_url, hashed, pay.v3.download(found.download_url)


@FILE_WAYS
@pytest.mark.parametrize("call", V3["files"], ids=lambda call: call["path"])
def test_a_fault_of_a_file(run: Callable[..., Any], call: dict[str, Any], v3_day: V3Day, tmp_path: Path) -> None:
    wechat, name, path = v3_day.wechat, call["call"], tmp_path / "receipt.pdf"
    settings = v3_day.settings() | {"timeout": TIMEOUT, "store": "memory:", "max_network_retries": 1}
    if name == "upload":
        to = {"path": call["path"]} if call.get("named") else {}
        forms = [lambda: run(settings, "upload", PNG, filename=call["filename"], **to)]
    else:
        url, hashed, pdf = a_receipt(v3_day)

        def same(found: object) -> None:
            assert found == pdf

        def saved() -> None:
            run(settings, "download", url, **hashed, to=path)
            same(path.read_bytes())
            path.unlink()

        forms = [
            lambda: same(run(settings, "download", url, **hashed)),
            lambda: same(run(settings, "download_stream", url, **hashed)),
            saved,
        ]

    for row, often, form in product(V3["rows"], ("once", "always"), forms):
        times = {"times": 1} if often == "once" else {}
        fault = wechat.post("/_emulator/faults", {**row["fault"], "endpoint": call["path"], **times})
        wanted = row["unsigned"] if call.get("unsigned") and "unsigned" in row else row[often]
        try:
            expect(ended(lambda *_, form=form: form(), wechat, f"v3.{name}", {}), wanted)
        finally:
            wechat.delete(f"/_emulator/faults/{fault['id']}")
        assert list(tmp_path.iterdir()) == [], row["name"]
    assert [ended(lambda *_, form=form: form(), wechat, f"v3.{name}", {}) for form in forms] == ["ok"] * len(forms)


class Gateway(ThreadingHTTPServer):
    """Takes requests and answers 502, or not at all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), GatewayHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        #: The signature and the body of each request.
        self.got: list[tuple[str, bytes]] = []
        self.came = threading.Semaphore(0)
        self.silent = threading.Event()
        self.end = threading.Event()


class GatewayHandler(BaseHTTPRequestHandler):
    server: Gateway

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.got.append((self.headers["Authorization"], body))
        self.server.came.release()
        if self.server.silent.is_set():
            self.server.end.wait(20)
            return
        self.send_response(502)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = handle_any  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.end.set()
        server.shutdown()
        thread.join()


#: Uploads, and what to do when there is no answer. The file of the first one is only kept, and may be sent again.
UPLOADS: list[tuple[str, dict[str, Any]]] = [
    ("same_request", {"filename": "licence.png"}),
    ("query_first", {"filename": "users.csv", "path": BANK, "meta": {"bank_type": "ICBC_CREDIT"}}),
    ("query_first", {"filename": "licence.png", "path": "/v3/other/upload"}),
]


@FILE_WAYS
def test_a_file_is_never_sent_again_with_other_bytes(
    run: Callable[..., Any], wechat: Emulator, gateway: Gateway
) -> None:
    settings = wechat.settings | wechat.v3_settings | {"endpoints": gateway.url, "store": "memory:"}
    for retry, options in UPLOADS:
        gateway.got.clear()
        with pytest.raises(TransportError) as caught:
            run(settings, "upload", PNG, **options)
        error = caught.value
        assert (error.code, error.outcome, error.retry, error.endpoint) == ("gateway", "unknown", retry, "v3.upload")
        signatures, bodies = zip(*gateway.got, strict=True)
        attempts = 3 if retry == "same_request" else 1
        assert (len(bodies), len(set(bodies)), len(set(signatures))) == (attempts, 1, attempts), options
    gateway.got.clear()
    with pytest.raises(TransportError):
        run(settings, "download", f"{gateway.url}/v3/merchant-service/images/1")
    assert len(gateway.got) == 3


@FILE_WAYS
def test_a_file_ends_in_time(run: Callable[..., Any], wechat: Emulator, gateway: Gateway, tmp_path: Path) -> None:
    gateway.silent.set()
    settings = wechat.settings | wechat.v3_settings | {"endpoints": gateway.url, "store": "memory:", "timeout": TIMEOUT}
    url = f"{gateway.url}/v3/merchant-service/images/1"
    calls: list[tuple[str, Callable[[], Any]]] = [
        (retry, lambda options=options: run(settings, "upload", PNG, **options)) for retry, options in UPLOADS
    ]
    calls.append(("same_request", lambda: run(settings, "download", url)))
    calls.append(("same_request", lambda: run(settings, "download_stream", url)))
    calls.append(("same_request", lambda: run(settings, "download", url, to=tmp_path / "a.png")))
    for retry, call in calls:
        begun = time.monotonic()
        with pytest.raises(TransportError) as caught:
            call()
        assert time.monotonic() - begun < TIMEOUT + 1
        assert (caught.value.code, caught.value.outcome, caught.value.retry) == ("timeout", "unknown", retry)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_cancelled(wechat: Emulator, gateway: Gateway, tmp_path: Path) -> None:
    gateway.silent.set()
    settings = wechat.settings | wechat.v3_settings | {"endpoints": gateway.url, "store": "memory:"}
    url = f"{gateway.url}/v3/merchant-service/images/1"

    async def cancelled() -> None:
        async with AsyncWxPay(**settings) as pay:
            calls = [(retry, "v3.upload", pay.v3.upload(PNG, **options)) for retry, options in UPLOADS]
            calls.append(("same_request", "v3.download", pay.v3.download(url)))
            calls.append(("same_request", "v3.download", pay.v3.download(url, to=tmp_path / "a.png")))
            for retry, endpoint, call in calls:
                task = asyncio.ensure_future(call)
                assert await asyncio.to_thread(gateway.came.acquire, timeout=10)
                task.cancel()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await task
                error: Any = caught.value
                assert (error.outcome, error.retry, error.endpoint) == ("unknown", retry, endpoint)

    asyncio.run(cancelled())
    assert list(tmp_path.iterdir()) == []


def test_an_order_that_is_cancelled_names_its_number(wechat: Emulator, gateway: Gateway) -> None:
    gateway.silent.set()
    settings = wechat.settings | wechat.v3_settings | {"endpoints": gateway.url, "store": "memory:"}
    v3: dict[str, Any] = {"description": "茶", "out_trade_no": "T-cancelled", "amount": {"total": 88}}

    async def cancelled() -> None:
        async with AsyncWxPay(**settings) as pay:
            payer: Any = {"openid": wechat.openid}
            for call, query in [
                (pay.unifiedorder(**order(out_trade_no="T-cancelled")), "orderquery"),
                (pay.v3.jsapi(**v3, payer=payer), "v3.query"),
                (pay.v3.native(**v3), "v3.query"),
                (pay.v3.app(**v3), "v3.query"),
                (pay.v3.order_and_params(**v3, payer=payer), "v3.query"),
            ]:
                task = asyncio.ensure_future(call)
                assert await asyncio.to_thread(gateway.came.acquire, timeout=10)
                task.cancel()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await task
                cause = caught.value.__cause__
                assert isinstance(cause, TransportError)
                advice = f"with the same out_trade_no T-cancelled and the same fields, or call {query}; do not use a"
                assert advice in str(cause)
                assert cause.out_trade_no == "T-cancelled"

    asyncio.run(cancelled())


def of_platform(pay: WxPay | AsyncWxPay, call: str, token: WebToken, code: str) -> Any:
    """A call of the open platform: its reply, or what is to be awaited for it."""
    return {
        "oauth.access_token": lambda: pay.oauth.access_token(code),
        "oauth.refresh_token": lambda: pay.oauth.refresh_token(token.refresh_token),
        "oauth.userinfo": lambda: pay.oauth.userinfo(token.access_token, token.openid),
        "oauth.auth": lambda: pay.oauth.auth(token.access_token, token.openid),
        "jssdk.token": lambda: pay.jssdk.token(),
        "jssdk.stable_token": lambda: pay.jssdk.stable_token(),
        "jssdk.getticket": lambda: pay.jssdk.getticket(code),
    }[call]()


@pytest.mark.parametrize("call", PLATFORM["calls"], ids=lambda call: call["call"])
@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_fault_of_the_open_platform(way: str, call: dict[str, Any], wechat: Emulator) -> None:
    settled = wechat.sync()
    name, used_up = call["call"], call.get("once", False)
    token = web_token(settled, "snsapi_userinfo")

    def run(wechat: Emulator, call: str, fields: dict[str, Any]) -> object:
        code = (
            settled.jssdk.access_token()
            if call == "jssdk.getticket"
            else visit(settled.oauth.authorize_url("https://shop.example/", state="s1"))
        )
        if way == "sync":
            return of_platform(WxPay(**wechat.settings, timeout=TIMEOUT), call, token, code)

        async def ask() -> object:
            return await of_platform(AsyncWxPay(**wechat.settings, timeout=TIMEOUT), call, token, code)

        return asyncio.run(ask())

    for row in PLATFORM["rows"]:
        error = row["error"]
        if error != "ok":
            error = {"retry": "never" if used_up else "same_request", **error}
        for often, times in (("once", {"times": 1}), ("always", {})):
            repeated = row["repeated"] == "all" or (row["repeated"] == "safe" and not used_up)
            fault = wechat.post("/_emulator/faults", {**row["fault"], "endpoint": call["path"], **times})
            try:
                expect(ended(run, wechat, name, {}), "ok" if repeated and often == "once" else error)
            finally:
                wechat.delete(f"/_emulator/faults/{fault['id']}")
    assert ended(run, wechat, name, {}) == "ok"
