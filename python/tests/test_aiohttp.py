"""aiohttp's web server, in its own test client."""

from __future__ import annotations

import asyncio
import gzip
import socket
import subprocess
import sys
import textwrap
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, create_autospec

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from conftest import Emulator, Sale, v3_transferred
from test_frameworks import REFUSED, TAKEN, UNREAD, Answer, Shipping, answers_as_wechat_reads, bomb

from wxpaykit import AsyncWxPay, ConfirmedPayment, InvalidRequest
from wxpaykit.aiohttp import PAY, WxPayRoutes
from wxpaykit.fastapi import WxPayRouter

PATH = "/wxpay/notify"
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
def shipping() -> Shipping:
    return Shipping()


@pytest.fixture
def wxpay(emulator: Emulator, shipping: Shipping) -> WxPayRoutes:
    return WxPayRoutes(emulator.asyncio(), path=PATH, amount_of=lambda payment: 100, on_paid=shipping)


def application(wxpay: WxPayRoutes, **settings: Any) -> web.Application:
    app = web.Application(**settings)
    wxpay.setup(app)
    return app


def visiting(app: web.Application, visit: Callable[[TestClient], Awaitable[Any]]) -> Any:
    """Runs an application for as long as a visit takes, and gives what came of it."""

    async def run() -> Any:
        async with TestClient(TestServer(app)) as client:
            return await visit(client)

    return asyncio.run(run())


def test_other_notifications_reach_on_other(emulator: Emulator, shipping: Shipping) -> None:
    transferred, pay = v3_transferred(emulator), emulator.asyncio(**emulator.v3_settings)
    routes = WxPayRoutes(pay, path=PATH, amount_of=lambda payment: 100, on_paid=shipping, on_other=shipping.told)

    async def visit(client: TestClient) -> None:
        headers = {"Content-Type": "application/json", **transferred.headers}
        answer = await client.post(PATH, data=transferred.body, headers=headers)
        assert await answer_of(answer) == (200, "application/json", b"")

    visiting(application(routes), visit)
    assert (shipping.events, shipping.shipped) == ([transferred.out_trade_no], [])


def test_transfers_are_handed_over_once(emulator: Emulator, shipping: Shipping, tmp_path: Path) -> None:
    store = {"store": f"sqlite://{tmp_path}/store.db"}
    transferred, pay = v3_transferred(emulator), emulator.asyncio(**emulator.v3_settings, **store)
    functions: dict[str, Any] = {"on_transferred": shipping.transferred, "on_transfer_failed": shipping.transferred}
    routes = WxPayRoutes(pay, path=PATH, amount_of=lambda payment: 100, on_paid=shipping, **functions)

    async def visit(client: TestClient) -> None:
        headers = {"Content-Type": "application/json", **transferred.headers}
        for _ in range(2):
            answer = await client.post(PATH, data=transferred.body, headers=headers)
            assert await answer_of(answer) == (200, "application/json", b"")

    visiting(application(routes), visit)
    assert shipping.transfers == [(transferred.out_trade_no, "wxpay-transfer")]


async def answer_of(answer: ClientResponse) -> Answer:
    return answer.status, answer.headers.get("Content-Type"), await answer.read()


async def post(client: TestClient, body: Any, path: str = PATH, **others: Any) -> Answer:
    return await answer_of(await client.post(path, data=body, allow_redirects=False, **others))


def posting_once(app: web.Application, body: Any, path: str = PATH, **others: Any) -> Answer:
    answer: Answer = visiting(app, lambda client: post(client, body, path, **others))
    return answer


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """A body without a length."""
    for part in parts:
        yield part


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
def test_a_notification_gets_the_answer_that_wechat_expects(
    emulator: Emulator, shipping: Shipping, sale: Sale, path: str
) -> None:
    """Each one comes to an application of its own: they share the client, which has a ledger."""

    async def amount_of(payment: ConfirmedPayment) -> int:
        return 100

    wxpay = WxPayRoutes(emulator.asyncio(), path=path, amount_of=amount_of, on_paid=shipping)

    def post(path: str, body: bytes, content_type: str = "text/xml", method: str = "POST") -> Answer:
        async def visit(client: TestClient) -> Answer:
            headers = {"Content-Type": content_type} if content_type else {}
            skipped = [] if content_type else ["Content-Type"]
            answer = await client.request(
                method, path, data=body, headers=headers, skip_auto_headers=skipped, allow_redirects=False
            )
            return await answer_of(answer)

        answer: Answer = visiting(application(wxpay), visit)
        return answer

    answers_as_wechat_reads(post, sale)
    assert shipping.shipped == [sale.out_trade_no]


def test_a_plain_function_does_not_block_the_event_loop(emulator: Emulator, sale: Sale) -> None:
    ran_in = []

    def on_paid(payment: ConfirmedPayment, idempotency_key: str) -> None:
        ran_in.append(threading.current_thread())

    wxpay = WxPayRoutes(emulator.asyncio(), path=PATH, amount_of=lambda payment: 100, on_paid=on_paid)
    assert posting_once(application(wxpay), sale.body) == TAKEN
    assert len(ran_in) == 1
    assert ran_in[0] is not threading.current_thread()


def test_compressed_bodies(
    emulator: Emulator, shipping: Shipping, sale: Sale, caplog: pytest.LogCaptureFixture
) -> None:
    """aiohttp decompresses what its header says is compressed, and this package what has no such header."""
    wxpay = WxPayRoutes(emulator.asyncio(), path=PATH, amount_of=lambda payment: 100, on_paid=shipping)
    squeezed = gzip.compress(sale.body)

    def post(body: bytes, encoding: str | None) -> Answer:
        return posting_once(
            application(wxpay), body, headers={} if encoding is None else {"Content-Encoding": encoding}
        )

    for body, encoding in [(squeezed, "gzip"), (squeezed, None), (zlib.compress(sale.body), "deflate")]:
        assert post(body, encoding) == TAKEN, encoding
    for encoding in ("gzip", None):
        caplog.clear()
        assert post(bomb(60), encoding) == UNREAD
        assert "is larger than 65536 bytes" in caplog.text
    assert post(squeezed[:-20], None) == UNREAD
    assert "is compressed and broke off before its end" in caplog.text
    assert shipping.shipped == [sale.out_trade_no]


@pytest.mark.parametrize(
    ("version", "warned"), [("3.14.0", True), ("3.13.9", True), ("3.14.1", False), ("4.0.0b1", False)]
)
def test_an_aiohttp_that_decompresses_without_a_limit_gets_a_warning(version: str, warned: bool) -> None:
    code = f"""
        import warnings, aiohttp
        aiohttp.__version__ = {version!r}
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            import wxpaykit.aiohttp
        assert [str(one.message) for one in said if "aiohttp>=3.14.1" in str(one.message)] or not {warned}
        assert len([one for one in said if one.category is RuntimeWarning]) == {warned:d}
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=30)


@pytest.mark.parametrize("make", [WxPayRoutes, WxPayRouter])
@pytest.mark.parametrize("name", ["amount_of", "on_paid"])
def test_an_invalid_function_is_refused_before_the_first_payment(emulator: Emulator, make: Any, name: str) -> None:
    functions = {"amount_of": len, "on_paid": len}
    for wrong in (None, 100, "ship"):
        with pytest.raises(InvalidRequest) as error:
            make(emulator.asyncio(), path=PATH, **functions | {name: wrong})
        assert error.value.field == name


@pytest.mark.parametrize("make", [WxPayRoutes, WxPayRouter])
def test_a_blocking_client_is_refused_before_the_first_payment(emulator: Emulator, make: Any) -> None:
    for wrong, kind in (
        (emulator.sync(), "WxPay"),
        (emulator.settings, "dict"),
        (AsyncWxPay, "type"),
        (None, "NoneType"),
    ):
        with pytest.raises(InvalidRequest) as error:
            make(wrong, path=PATH, amount_of=len, on_paid=print)
        assert error.value.field == "pay"
        assert str(error.value) == f"pay: must be an AsyncWxPay client, not {kind}"
    # A test's stand-in, and one that would make the client now, are left alone.
    for stand_in in (MagicMock(), create_autospec(AsyncWxPay, instance=True), NotYet()):
        make(stand_in, path=PATH, amount_of=len, on_paid=print)


class NotYet:
    """A lazy object that must not be read yet."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


def test_other_http_methods_are_refused(wxpay: WxPayRoutes, shipping: Shipping, sale: Sale) -> None:
    async def visit(client: TestClient) -> set[int]:
        methods = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
        return {
            (await client.request(method, path, data=sale.body, allow_redirects=False)).status
            for method in methods
            for path in (PATH, f"{PATH}/")
        }

    assert visiting(application(wxpay), visit) == {405}
    assert shipping.shipped == []


def test_concurrent_repeats_are_handed_over_once(emulator: Emulator, sale: Sale) -> None:
    shipped = []

    async def ship(payment: ConfirmedPayment, idempotency_key: str) -> None:
        await asyncio.sleep(0.05)
        shipped.append((payment.out_trade_no, idempotency_key))

    wxpay = WxPayRoutes(emulator.asyncio(), path=PATH, amount_of=lambda payment: 100, on_paid=ship)

    async def visit(client: TestClient) -> None:
        for answer in await asyncio.gather(*(post(client, sale.body) for _ in range(20))):
            assert answer in (TAKEN, REFUSED)
        assert await post(client, sale.body) == TAKEN

    visiting(application(wxpay), visit)
    assert [number for number, _ in shipped] == [sale.out_trade_no]


def test_an_exception_of_the_function_makes_wechat_repeat(
    emulator: Emulator, sale: Sale, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    async def ship(payment: ConfirmedPayment, idempotency_key: str) -> None:
        calls.append(idempotency_key)
        if len(calls) == 1:
            raise LookupError("no stock")
        if len(calls) == 2:
            raise web.HTTPFound("/login")

    wxpay = WxPayRoutes(emulator.asyncio(), path=PATH, amount_of=lambda payment: 100, on_paid=ship)

    async def visit(client: TestClient) -> list[Answer]:
        return [await post(client, sale.body) for _ in range(4)]

    assert visiting(application(wxpay), visit) == [REFUSED, REFUSED, TAKEN, TAKEN]
    assert "no stock" in caplog.text
    assert len(calls) == 3 and len(set(calls)) == 1


def test_an_order_that_next_does_not_find_is_answered(emulator: Emulator, shipping: Shipping, sale: Sale) -> None:
    """No future takes the StopIteration of ``next``, and a thread runs the function."""
    recorded: dict[str, int] = {}

    def amount_of(payment: ConfirmedPayment) -> int:
        return next(fee for number, fee in recorded.items() if number == payment.out_trade_no)

    wxpay = WxPayRoutes(emulator.asyncio(), path=PATH, amount_of=amount_of, on_paid=shipping)

    async def visit(client: TestClient) -> list[Answer]:
        answers = [await asyncio.wait_for(post(client, sale.body), 10)]
        recorded[sale.out_trade_no] = 100
        return [*answers, await post(client, sale.body)]

    assert visiting(application(wxpay), visit) == [REFUSED, TAKEN]
    assert shipping.shipped == [sale.out_trade_no]


@pytest.mark.parametrize("amount", [None, 99, LookupError("no database")])
def test_an_order_unknown_to_the_shop_is_not_handed_over(
    emulator: Emulator, shipping: Shipping, sale: Sale, amount: int | Exception | None
) -> None:
    async def amount_of(payment: ConfirmedPayment) -> int | None:
        if isinstance(amount, Exception):
            raise amount
        return amount

    wxpay = WxPayRoutes(emulator.asyncio(), path=PATH, amount_of=amount_of, on_paid=shipping)
    assert posting_once(application(wxpay), sale.body) == REFUSED
    assert shipping.shipped == []


def test_a_forged_notification_hands_nothing_over(wxpay: WxPayRoutes, shipping: Shipping, sale: Sale) -> None:
    forged = [
        sale.body.replace(b"<total_fee>100<", b"<total_fee>1<"),
        sale.body.replace(sale.out_trade_no.encode(), sale.out_trade_no[:-1].encode() + b"!"),
        sale.body[:-20],
        sale.body + sale.body,
        b"<!DOCTYPE x>" + sale.body,
        b"<xml/>",
        b"\0\xff",
        b'{"return_code": "SUCCESS"}',
    ]
    assert sale.body not in forged

    async def visit(client: TestClient) -> None:
        for body in forged:
            # Of JSON, which is APIv3's, the status is the answer.
            refused = (401, "application/json", '{"code":"FAIL","message":"失败"}'.encode())
            wanted = refused if body.startswith(b"{") else REFUSED if body.startswith(b"<") else UNREAD
            assert await post(client, body) == wanted, body
        assert shipping.shipped == []
        assert await post(client, sale.body) == TAKEN

    visiting(application(wxpay), visit)


# --- How much is read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 1, 1024**2])
def test_the_size_limit_does_not_depend_on_the_application(
    wxpay: WxPayRoutes, sale: Sale, limit: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Smaller (a notification is larger than one byte), larger, or none."""

    async def visit(client: TestClient) -> None:
        assert await post(client, sale.body) == TAKEN
        assert await post(client, chunks(sale.body[:100], sale.body[100:])) == TAKEN
        assert "larger than 65536" not in caplog.text
        for body in (b"x" * 65_537, chunks(b"x" * 40_000, b"x" * 40_000)):
            caplog.clear()
            assert await post(client, body) == UNREAD
            assert "larger than 65536" in caplog.text
        caplog.clear()
        assert await post(client, b"x" * 65_536) == await post(client, chunks(b"x" * 65_536)) == UNREAD
        assert "larger than 65536" not in caplog.text

    visiting(application(wxpay, client_max_size=limit), visit)


def test_a_body_with_too_large_a_length_is_refused_unread(wxpay: WxPayRoutes) -> None:
    async def visit(client: TestClient) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port, family=socket.AF_INET)
        writer.write(f"POST {PATH} HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000000000000\r\n\r\n<xml>".encode())
        answer = await asyncio.wait_for(reader.readuntil(b"</xml>"), 5)
        writer.close()
        return answer

    answer = visiting(application(wxpay), visit)
    assert answer.startswith(b"HTTP/1.1 500 ") and answer.endswith(REFUSED[2])


def test_a_body_without_an_end_is_cut_off_at_the_limit(wxpay: WxPayRoutes) -> None:
    async def visit(client: TestClient) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.server.port, family=socket.AF_INET)
        writer.write(f"POST {PATH} HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        writer.write(b"10001\r\n" + b"x" * 65_537 + b"\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"</xml>"), 5)
        writer.close()
        return answer

    answer = visiting(application(wxpay), visit)
    assert answer.startswith(b"HTTP/1.1 500 ") and answer.endswith(REFUSED[2])


def test_a_compressed_body(wxpay: WxPayRoutes, sale: Sale, caplog: pytest.LogCaptureFixture) -> None:
    """aiohttp unpacks it: what counts is what comes out, and rubbish is refused as any other is."""

    async def visit(client: TestClient) -> None:
        packed = {"Content-Encoding": "gzip"}
        assert await post(client, gzip.compress(sale.body), headers=packed) == TAKEN
        assert await post(client, gzip.compress(b"x" * 1_000_000), headers=packed) == UNREAD
        assert "larger than 65536" in caplog.text
        assert await post(client, b"no gzip" * 10, headers=packed) == UNREAD
        assert "could not be read" in caplog.text

    visiting(application(wxpay), visit)


async def streams_all(request: web.Request) -> None:
    async for _ in request.content.iter_any():
        pass


async def streams_some(request: web.Request) -> None:
    await request.content.read(10)


async def keeps(request: web.Request) -> None:
    await request.read()


async def keeps_a_form(request: web.Request) -> None:
    await request.post()


def reading_first(wxpay: WxPayRoutes, read: Callable[[web.Request], Awaitable[None]]) -> web.Application:
    @web.middleware
    async def first(request: web.Request, handler: Next) -> web.StreamResponse:
        await read(request)
        return await handler(request)

    return application(wxpay, middlewares=[first])


@pytest.mark.parametrize("read", [streams_all, streams_some])
@pytest.mark.parametrize("whole", [True, False])
def test_a_body_that_was_read_before_is_reported(
    wxpay: WxPayRoutes,
    shipping: Shipping,
    sale: Sale,
    caplog: pytest.LogCaptureFixture,
    read: Callable[[web.Request], Awaitable[None]],
    whole: bool,
) -> None:
    body = sale.body if whole else chunks(sale.body[:100], sale.body[100:])
    assert posting_once(reading_first(wxpay, read), body) == UNREAD
    assert "read by another part of the program" in caplog.text
    assert "await request.read()" in caplog.text
    assert shipping.shipped == []


@pytest.mark.parametrize("read", [keeps, keeps_a_form])
@pytest.mark.parametrize("content_type", ["text/xml", "application/x-www-form-urlencoded"])
def test_a_body_that_was_read_but_kept_is_accepted(
    wxpay: WxPayRoutes,
    sale: Sale,
    caplog: pytest.LogCaptureFixture,
    read: Callable[[web.Request], Awaitable[None]],
    content_type: str,
) -> None:
    async def visit(client: TestClient) -> None:
        headers = {"Content-Type": content_type}
        assert await post(client, sale.body, headers=headers) == TAKEN
        assert await post(client, b"", headers=headers) == UNREAD
        assert "another part" not in caplog.text
        assert await post(client, chunks(b"x" * 70_000), headers=headers) == UNREAD
        assert "larger than 65536" in caplog.text

    visiting(reading_first(wxpay, read), visit)


# --- In an application -----------------------------------------------------------------------------------------------


def test_the_client_lives_as_long_as_the_application(wxpay: WxPayRoutes, sale: Sale) -> None:
    closed = []

    class Watched(AsyncWxPay):
        async def aclose(self) -> None:
            closed.append(self)
            await super().aclose()

    wxpay.pay.__class__ = Watched

    async def state(request: web.Request) -> web.Response:
        return web.Response(text=(await request.app[PAY].orderquery(out_trade_no=sale.out_trade_no)).trade_state)

    async def visit(client: TestClient) -> str:
        assert client.app is not None and client.app[PAY] is wxpay.pay
        assert not closed
        return await (await client.get("/state")).text()

    for _ in range(2):  # A client that was closed opens other connections.
        app = application(wxpay)
        app.router.add_get("/state", state)
        assert PAY not in app
        assert visiting(app, visit) == "SUCCESS"
        assert closed == [wxpay.pay]
        closed.clear()


def test_two_merchants_and_a_sub_application(
    emulator: Emulator, wxpay: WxPayRoutes, shipping: Shipping, sale: Sale
) -> None:
    gifts = web.AppKey("gifts", AsyncWxPay)
    other = WxPayRoutes(
        emulator.asyncio(), path="/", amount_of=lambda payment: 100, on_paid=lambda payment, key: None, key=gifts
    )
    sub = application(wxpay)
    other.setup(sub)
    app = application(wxpay)
    app.add_subapp("/shop", sub)

    async def visit(client: TestClient) -> None:
        assert (sub[PAY], sub[gifts]) == (wxpay.pay, other.pay)
        assert gifts not in app
        for path in (f"/shop{PATH}", f"/shop{PATH}/", PATH, "/shop/"):
            assert await post(client, sale.body, path) == TAKEN

    visiting(app, visit)
    assert shipping.shipped == [sale.out_trade_no]


@pytest.mark.parametrize("slash", [{"append_slash": True}, {"append_slash": False, "remove_slash": True}])
def test_no_redirects(wxpay: WxPayRoutes, sale: Sale, slash: dict[str, bool]) -> None:
    app = application(wxpay, middlewares=[web.normalize_path_middleware(**slash)])

    async def visit(client: TestClient) -> None:
        assert await post(client, sale.body) == await post(client, sale.body, f"{PATH}/") == TAKEN

    visiting(app, visit)


def test_only_the_module_of_aiohttp_imports_it() -> None:
    code = """
        import sys
        import wxpaykit, wxpaykit._web, wxpaykit.aio
        assert "aiohttp" not in sys.modules
        import wxpaykit.aiohttp
        assert not {"flask", "django", "starlette", "fastapi"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=30)
