"""Flask, FastAPI, Starlette and Django: in their own test clients, and over real HTTP with their usual servers."""

from __future__ import annotations

import asyncio
import gc
import gzip
import http.client
import importlib
import io
import json
import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
import weakref
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from conftest import ROOT, Emulator, Sale, V3Combined, V3Sale, free_port, shown, v3_transferred

from wxpaykit import (
    AsyncWxPay,
    ConfigError,
    ConfirmedPayment,
    ConfirmedTransfer,
    Handled,
    InvalidRequest,
    V3Notification,
    WxPay,
    ack,
    new_out_trade_no,
)

APPS = ROOT / "tests/apps/python"
TAKEN = (200, ack().content_type, ack().body)
REFUSED = (200, ack().content_type, ack(False, "FAIL").body)
#: For what may be of either API: APIv3 would take status 200 for a success.
UNREAD = (500, ack().content_type, ack(False, "FAIL").body)
Answer = tuple[int, "str | None", bytes]
Post = Callable[..., Answer]


class Shipping:
    """What the shop shipped."""

    def __init__(self) -> None:
        self.shipped: list[str] = []
        self.events: list[str] = []
        self.transfers: list[tuple[str, str]] = []
        #: The functions that the application has besides that for payments.
        self.others: dict[str, Any] = {"on_other": self.told}

    def transferred(self, transfer: ConfirmedTransfer, idempotency_key: str) -> None:
        self.transfers.append((transfer.out_bill_no, idempotency_key.rsplit("-", 2)[0]))

    def told(self, event: V3Notification) -> None:
        self.events.append(event.resource["out_bill_no"])

    def __call__(self, payment: ConfirmedPayment, idempotency_key: str) -> None:
        assert idempotency_key.endswith(str(payment.transaction_id))
        self.shipped.append(payment.out_trade_no)


def settings_of(emulator: Emulator, tmp_path: Path) -> dict[str, Any]:
    return emulator.settings | emulator.v3_settings | {"store": f"sqlite://{tmp_path}/store.db"}


def posting(send: Callable[[str, str, bytes, str, dict[str, str]], Answer]) -> Post:
    """How a framework's test client posts a body: ``send`` takes path, method, body, content type and other headers."""

    def post(
        path: str,
        body: bytes,
        content_type: str = "text/xml",
        method: str = "POST",
        encoding: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        others = {} if encoding is None else {"Content-Encoding": encoding}
        return send(path, method, body, content_type, others | (headers or {}))

    return post


# --- In their own test clients ---------------------------------------------------------------------------------------


def in_flask(emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    from flask import Flask, abort
    from flask_wtf.csrf import CSRFProtect

    from wxpaykit.flask import WxPayExtension

    app = Flask("shop")
    app.config.update(WXPAY=settings_of(emulator, tmp_path), SECRET_KEY="a test's")
    CSRFProtect(app)
    app.before_request(lambda: abort(403))
    wxpay = WxPayExtension(app)
    wxpay.notify("/wxpay/notify", amount_of=lambda payment: 100, **shipping.others)(shipping)
    app.before_request(lambda: abort(403))

    def send(path: str, method: str, body: bytes, content_type: str, headers: dict[str, str]) -> Answer:
        answer = app.test_client().open(path, method=method, data=body, content_type=content_type, headers=headers)
        return answer.status_code, answer.headers["Content-Type"], answer.data

    return posting(send)


def in_asgi(app: Any) -> Post:
    from starlette.testclient import TestClient

    def send(path: str, method: str, body: bytes, content_type: str, headers: dict[str, str]) -> Answer:
        with TestClient(app, follow_redirects=False) as client:
            every = {"Content-Type": content_type} | headers
            answer = client.request(method, path, content=body, headers=every)
            return answer.status_code, answer.headers.get("Content-Type"), answer.content

    return posting(send)


def in_fastapi(emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    from fastapi import APIRouter, Depends, FastAPI, HTTPException

    from wxpaykit.fastapi import WxPayRouter

    def login() -> None:
        raise HTTPException(403)

    app = FastAPI(dependencies=[Depends(login)])
    pay = AsyncWxPay(**settings_of(emulator, tmp_path))
    functions: dict[str, Any] = {"amount_of": lambda payment: 100, "on_paid": shipping, **shipping.others}
    router = WxPayRouter(pay, path="/wxpay/notify", **functions)
    assert router.client() is pay
    assert isinstance(router, APIRouter)
    assert router.router is router
    app.include_router(router)
    return in_asgi(app)


def in_starlette(emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    from starlette.applications import Starlette

    from wxpaykit.starlette import WxPayRouter

    async def amount_of(payment: ConfirmedPayment) -> int:
        return 100

    pay = AsyncWxPay(**settings_of(emulator, tmp_path))
    functions: dict[str, Any] = {"amount_of": amount_of, "on_paid": shipping, **shipping.others}
    router = WxPayRouter(pay, path="/wxpay/notify/", **functions)
    return in_asgi(Starlette(routes=router.routes))


def in_wsgi(emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    from werkzeug.test import Client

    from wxpaykit.wsgi import WxPayApp

    def elsewhere(environ: Any, start_response: Any) -> list[bytes]:
        raise AssertionError

    pay = WxPay(**settings_of(emulator, tmp_path))
    app = WxPayApp(pay, amount_of=lambda payment: 100, on_paid=shipping, **shipping.others)
    mounted = {"/wxpay/notify": app}
    client = Client(DispatcherMiddleware(elsewhere, mounted))

    def send(path: str, method: str, body: bytes, content_type: str, headers: dict[str, str]) -> Answer:
        answer = client.open(path, method=method, data=body, content_type=content_type, headers=headers)
        return answer.status_code, answer.headers.get("Content-Type"), answer.data

    return posting(send)


FRAMEWORKS = {"flask": in_flask, "fastapi": in_fastapi, "starlette": in_starlette, "wsgi": in_wsgi}


@pytest.fixture
def shipping() -> Shipping:
    return Shipping()


@pytest.fixture(params=FRAMEWORKS)
def post(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    return FRAMEWORKS[request.param](emulator, tmp_path, shipping)


def test_a_notification_gets_the_answer_that_wechat_expects(post: Post, shipping: Shipping, sale: Sale) -> None:
    answers_as_wechat_reads(post, sale)
    assert shipping.shipped == [sale.out_trade_no]


def answers_as_wechat_reads(post: Post, sale: Sale) -> None:
    assert post("/wxpay/notify", sale.body) == TAKEN
    assert post("/wxpay/notify/", sale.body) == TAKEN
    assert post("/wxpay/notify", sale.body, content_type="") == TAKEN
    assert post("/wxpay/notify", sale.body, content_type="application/x-www-form-urlencoded") == TAKEN
    assert post("/wxpay/notify", b"") == UNREAD
    assert post("/wxpay/notify", b"x" * 65_537) == UNREAD
    assert post("/wxpay/notify", b"\x00" * 65_536) == UNREAD
    assert post("/wxpay/notify", sale.body.replace(b"SUCCESS", b"success")) == REFUSED
    assert post("/wxpay/notify", b"", method="GET")[0] in (403, 405)


FAIL = '{"code":"FAIL","message":"失败"}'.encode()


def takes_both_apis(post: Post, sale: Sale, v3_sale: V3Sale) -> None:
    """One address; each API gets the answer that it reads."""
    json_type = "application/json"

    def v3(body: bytes, headers: dict[str, str]) -> Answer:
        return post("/wxpay/notify", body, content_type=json_type, headers=headers)

    assert post("/wxpay/notify", sale.body) == TAKEN
    for _ in range(2):
        assert v3(v3_sale.body, v3_sale.headers) == (200, json_type, b"")
    unsigned = {name: value for name, value in v3_sale.headers.items() if name != "Wechatpay-Signature"}
    assert v3(v3_sale.body, unsigned) == (401, json_type, FAIL)
    assert v3(v3_sale.body, {}) == (401, json_type, FAIL)
    assert v3(v3_sale.body.replace(b"SUCCESS", b"success"), v3_sale.headers) == (401, json_type, FAIL)
    # A body that cannot be read: WeChat would take status 200 for a success.
    assert v3(b"x" * 65_537, v3_sale.headers) == (500, json_type, FAIL)
    assert v3(gzip.compress(b"{" * 70_000), v3_sale.headers) == (500, json_type, FAIL)


def test_one_address_takes_both_apis(post: Post, shipping: Shipping, sale: Sale, v3_sale: V3Sale) -> None:
    takes_both_apis(post, sale, v3_sale)
    assert shipping.shipped == [sale.out_trade_no, v3_sale.out_trade_no]


@contextmanager
def over_http(app: Any) -> Iterator[str]:
    """An application of WSGI on a port, by the server of the standard library."""
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def test_headers_of_a_proxy(emulator: Emulator, django_shop: Any, tmp_path: Path) -> None:
    """Names in lower case and more headers, of both APIs, by real requests to Flask, Django and plain WSGI."""
    from django.core.handlers.wsgi import WSGIHandler
    from flask import Flask

    from wxpaykit.flask import WxPayExtension
    from wxpaykit.wsgi import WxPayApp

    settings = settings_of(emulator, tmp_path)
    flask = Flask("shop")
    flask.config["WXPAY"] = settings
    WxPayExtension(flask, amount_of=lambda payment: 100).notify("/wxpay/notify")(lambda payment, key: None)
    bare = WxPayApp(WxPay(**settings), amount_of=lambda payment: 100, on_paid=lambda payment, key: None)
    for app in (flask, bare, WSGIHandler()):
        with over_http(app) as url:
            pay = WxPay(**settings | {"notify_url": f"{url}/wxpay/notify"})
            for number, v3 in ((new_out_trade_no("P"), False), (new_out_trade_no("P"), True)):
                emulator.post("/_emulator/faults", {"fault": "proxied", "out_trade_no": number, "times": 1})
                if v3:
                    pay.v3.jsapi(
                        description="茶", out_trade_no=number, amount={"total": 100}, payer={"openid": emulator.openid}
                    )
                else:
                    fields = {"body": "茶", "total_fee": 100, "spbill_create_ip": "127.0.0.1"}
                    pay.unifiedorder(**fields, out_trade_no=number, openid=emulator.openid)
                emulator.pay(out_trade_no=number)
                emulator.post("/_emulator/clock", {"advance_s": 0})
                (attempt,) = emulator.order(number)["notifications"]["attempts"]
                assert attempt["accepted"] and attempt["faults"][0]["fault"] == "proxied", (app, v3, attempt)


def test_other_notifications_reach_on_other(emulator: Emulator, post: Post, shipping: Shipping) -> None:
    transferred = v3_transferred(emulator)
    answer = post("/wxpay/notify", transferred.body, content_type="application/json", headers=transferred.headers)
    assert answer == (200, "application/json", b"")
    assert (shipping.events, shipping.shipped) == ([transferred.out_trade_no], [])


def test_each_part_of_a_combined_order_is_handed_over_once(emulator: Emulator, post: Post, shipping: Shipping) -> None:
    combined = V3Combined(emulator, 100, 100)
    for _ in range(2):
        answer = post("/wxpay/notify", combined.body, content_type="application/json", headers=combined.headers)
        assert answer == (200, "application/json", b"")
    assert (shipping.shipped, shipping.events) == ([*combined.parts], [])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_transfers_are_handed_over_once(framework: str, emulator: Emulator, tmp_path: Path) -> None:
    shipping = Shipping()
    functions = {"on_transferred": shipping.transferred, "on_transfer_failed": shipping.transferred}
    shipping.others |= functions
    post, transferred = FRAMEWORKS[framework](emulator, tmp_path, shipping), v3_transferred(emulator)
    for _ in range(2):
        answer = post("/wxpay/notify", transferred.body, content_type="application/json", headers=transferred.headers)
        assert answer == (200, "application/json", b"")
    assert (shipping.events, shipping.shipped) == ([], [])
    assert shipping.transfers == [(transferred.out_trade_no, "wxpay-transfer")]
    for name in functions:
        wrong = Shipping()
        wrong.others[name] = lambda transfer: None
        with pytest.raises(InvalidRequest, match=f"{name}: must take"):
            FRAMEWORKS[framework](emulator, tmp_path, wrong)


def test_transfers_are_handed_over_once_in_django(emulator: Emulator, django_post: Post) -> None:
    from django.conf import settings
    from django.test import override_settings

    shipping, transferred = Shipping(), v3_transferred(emulator)
    wxpay = getattr(settings, "WXPAY", {})
    with override_settings(WXPAY={**wxpay, "on_transferred": shipping.transferred}):
        for _ in range(2):
            answer = django_post(
                "/wxpay/notify", transferred.body, content_type="application/json", headers=transferred.headers
            )
            assert answer == (200, "application/json", b"")
    assert shipping.transfers == [(transferred.out_trade_no, "wxpay-transfer")]
    rule = "WXPAY['on_transferred'] must take (transfer, idempotency_key), and takes ()."
    assert rule in messages({**wxpay, "on_transferred": lambda: None})["E003"]


def test_other_notifications_reach_on_other_in_django(emulator: Emulator, django_post: Post) -> None:
    from django.conf import settings
    from django.test import override_settings

    shipping, transferred = Shipping(), v3_transferred(emulator)

    def sent() -> Answer:
        headers = transferred.headers
        return django_post("/wxpay/notify", transferred.body, content_type="application/json", headers=headers)

    assert sent() == (500, "application/json", FAIL)
    with override_settings(WXPAY={**getattr(settings, "WXPAY", {}), "on_other": shipping.told}):
        assert sent() == (200, "application/json", b"")
    assert shipping.events == [transferred.out_trade_no]
    rule = "WXPAY['on_other'] must take (notification), and takes ()."
    found = messages({**getattr(settings, "WXPAY", {}), "on_other": lambda: None})
    assert rule in found["E003"]


def test_one_address_of_django_takes_both_apis(
    django_post: Post, shipped: Callable[[], list[str]], sale: Sale, v3_sale: V3Sale
) -> None:
    takes_both_apis(django_post, sale, v3_sale)
    assert [shipped().count(number) for number in (sale.out_trade_no, v3_sale.out_trade_no)] == [1, 1]


def test_each_part_of_a_combined_order_is_handed_over_once_in_django(
    emulator: Emulator, django_post: Post, shipped: Callable[[], list[str]]
) -> None:
    combined = V3Combined(emulator, 100, 100)
    for _ in range(2):
        answer = django_post("/wxpay/notify", combined.body, content_type="application/json", headers=combined.headers)
        assert answer == (200, "application/json", b"")
    assert [shipped().count(number) for number in combined.parts] == [1, 1]


def bomb(mebibytes: int) -> bytes:
    squeezer = zlib.compressobj(9, wbits=31)
    return b"".join([*(squeezer.compress(b"x" * 1_048_576) for _ in range(mebibytes)), squeezer.flush()])


def reads_compressed_bodies(post: Post, sale: Sale, caplog: pytest.LogCaptureFixture) -> None:
    """A proxy may compress what it hands on, or say that it did."""

    def refused(body: bytes, encoding: str | None, words: str) -> None:
        caplog.clear()
        # The last of them is XML.
        told = REFUSED if words == "was not handed over" else UNREAD
        assert post("/wxpay/notify", body, encoding=encoding) == told
        assert words in caplog.text, caplog.text

    squeezed = gzip.compress(sale.body)
    for body, encoding in [
        (squeezed, "gzip"),
        (squeezed, "GZip "),
        (squeezed, None),
        (zlib.compress(sale.body), "deflate"),
        (sale.body, "gzip"),
        (sale.body, "br"),
        (sale.body, "identity"),
    ]:
        assert post("/wxpay/notify", body, encoding=encoding) == TAKEN, encoding
    assert len(bomb(60)) < 65_536
    tracemalloc.start()
    refused(bomb(60), "gzip", "is larger than 65536 bytes")
    refused(bomb(60), None, "is larger than 65536 bytes")
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()
    refused(squeezed[:-20], "gzip", "is compressed and broke off before its end")
    refused(squeezed[:12] + b"x" * 100, "gzip", "cannot be decompressed")
    refused(b"\x0b\x00\x80brotli", "br", "has the Content-Encoding 'br'")
    refused(gzip.compress(b"<xml/>"), "gzip", "was not handed over")


def test_compressed_bodies(post: Post, sale: Sale, caplog: pytest.LogCaptureFixture) -> None:
    reads_compressed_bodies(post, sale, caplog)


def test_compressed_bodies_in_django(django_post: Post, sale: Sale, caplog: pytest.LogCaptureFixture) -> None:
    reads_compressed_bodies(django_post, sale, caplog)


def test_a_router_of_fastapi_can_be_included(emulator: Emulator, sale: Sale, shipping: Shipping) -> None:
    """In a router, at prefixes, in a mounted application; and not in the schema."""
    from fastapi import APIRouter, FastAPI

    from wxpaykit.fastapi import WxPayRouter

    def router() -> WxPayRouter:
        return WxPayRouter(emulator.asyncio(), path="/notify", amount_of=lambda payment: 100, on_paid=shipping)

    app, shop, inner = FastAPI(), FastAPI(), APIRouter(prefix="/inner")
    inner.include_router(router())
    app.include_router(inner, prefix="/api")
    shop.include_router(router(), prefix="/wxpay")
    app.mount("/shop", shop)
    post = in_asgi(app)
    for path in ("/api/inner/notify", "/api/inner/notify/", "/shop/wxpay/notify"):
        assert post(path, sale.body) == TAKEN, path
    assert post("/notify", sale.body)[0] == 404
    assert app.openapi()["paths"] == shop.openapi()["paths"] == {}
    with pytest.raises(TypeError):
        WxPayRouter(emulator.asyncio(), path="/n", amount_of=len, on_payed=print)  # type: ignore[call-arg]


@pytest.mark.parametrize("framework", ["fastapi", "starlette", "aiohttp", "flask"])
def test_functions_are_checked_when_they_are_registered(emulator: Emulator, framework: str) -> None:
    from flask import Flask

    from wxpaykit.aiohttp import WxPayRoutes
    from wxpaykit.fastapi import WxPayRouter
    from wxpaykit.flask import WxPayExtension
    from wxpaykit.starlette import WxPayRouter as StarletteRouter
    from wxpaykit.wsgi import WxPayApp

    def in_flask(pay: AsyncWxPay, amount_of: Any, on_paid: Any) -> None:
        app = Flask("shop")
        app.config["WXPAY"] = emulator.settings
        WxPayExtension(app).notify("/n", amount_of=amount_of)(on_paid)

    def register(amount_of: Any, on_paid: Any) -> None:
        if framework == "flask":
            in_flask(emulator.asyncio(), amount_of, on_paid)
            return
        make: Any = {"fastapi": WxPayRouter, "starlette": StarletteRouter, "aiohttp": WxPayRoutes}[framework]
        make(emulator.asyncio(), path="/n", amount_of=amount_of, on_paid=on_paid)

    async def ship(payment: object, key: str) -> None: ...

    def fine(payment: object) -> int:
        return 100

    def ships(payment: object, key: str) -> Iterator[None]:
        yield

    register(fine, print)
    for amount_of, on_paid, field in [
        (fine, fine, "on_paid"),
        (fine, ships, "on_paid"),
        (print, "ship", "on_paid"),
        (lambda: 1, print, "amount_of"),
        (None, print, "amount_of"),
    ]:
        if framework == "flask" and amount_of is None:
            continue
        with pytest.raises(InvalidRequest) as refused:
            register(amount_of, on_paid)
        assert refused.value.field == field
    if framework == "flask":
        with pytest.raises(InvalidRequest, match="on_paid: must not be a coroutine function"):
            register(fine, ship)
        with pytest.raises(InvalidRequest, match="amount_of: must take"):
            WxPayExtension(amount_of=lambda: 1)  # type: ignore[misc, arg-type]
        with pytest.raises(InvalidRequest, match="on_paid: must not be a coroutine function"):
            WxPayApp(emulator.sync(), amount_of=fine, on_paid=ship)
    else:
        register(fine, ship)


def test_what_is_no_blocking_client_is_refused_before_the_first_payment(emulator: Emulator) -> None:
    from unittest.mock import MagicMock, create_autospec

    from wxpaykit.wsgi import WxPayApp

    wrong: Any
    for wrong in (emulator.asyncio(), emulator.settings, "pay", WxPay, None):
        with pytest.raises(InvalidRequest) as refused:
            WxPayApp(wrong, amount_of=len, on_paid=lambda payment, key: None)
        assert refused.value.field == "pay"
        assert str(refused.value) == f"pay: must be a WxPay client, not {type(wrong).__name__}"
    # A test's stand-in is left alone.
    stand_in: Any
    for stand_in in (MagicMock(), create_autospec(WxPay, instance=True)):
        WxPayApp(stand_in, amount_of=len, on_paid=lambda payment, key: None)


def test_flask_takes_an_application_and_a_dict_of_settings(emulator: Emulator) -> None:
    from flask import Flask

    from wxpaykit.flask import WxPayExtension

    wrong: Any
    for wrong in (emulator.sync(), emulator.asyncio(), "shop"):
        with pytest.raises(InvalidRequest, match=f"app: must be a Flask application, not {type(wrong).__name__}"):
            WxPayExtension(wrong, amount_of=lambda payment: 100)
    with pytest.raises(InvalidRequest, match="app: must be a Flask application, not NoneType"):
        WxPayExtension(amount_of=lambda payment: 100).init_app(None)  # type: ignore[arg-type]
    for wrong in (emulator.sync(), "settings", None):
        app = Flask("shop")
        app.config["WXPAY"] = wrong
        with pytest.raises(ConfigError, match=f"WXPAY: must be a dict of settings, not {type(wrong).__name__}"):
            WxPayExtension(app, amount_of=lambda payment: 100)


def test_an_extension_keeps_no_application(emulator: Emulator, shipping: Shipping) -> None:
    """As tests make one for each test. One that lives gets the routes that come later."""
    from flask import Flask

    from wxpaykit.flask import WxPayExtension

    wxpay = WxPayExtension(amount_of=lambda payment: 100)
    wxpay.notify("/notify")(shipping)

    def made() -> Flask:
        app = Flask("shop")
        app.config["WXPAY"] = emulator.settings
        wxpay.init_app(app)
        app.test_client().get("/notify")
        return app

    kept, dropped = made(), [weakref.ref(made()) for _ in range(3)]
    gc.collect()
    assert [one() for one in dropped] == [None] * 3
    assert repr(wxpay).count("WxPay(") == 1
    assert kept.test_client().post("/notify", data=b"<xml/>").status_code == 200


def test_a_route_that_differs_from_notify_url_gets_a_warning(
    emulator: Emulator, shipping: Shipping, caplog: pytest.LogCaptureFixture
) -> None:
    from flask import Blueprint, Flask

    from wxpaykit.aiohttp import WxPayRoutes
    from wxpaykit.fastapi import WxPayRouter
    from wxpaykit.flask import WxPayExtension

    def warned() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        caplog.clear()
        return found

    def in_flask(path: str, prefix: str | None, url: str) -> None:
        app, shop = Flask("shop"), Blueprint("shop", __name__, url_prefix=prefix)
        app.config["WXPAY"] = emulator.settings | {"notify_url": url}
        wxpay = WxPayExtension(app, amount_of=lambda payment: 100)
        wxpay.notify(path, blueprint=shop)(shipping)
        app.register_blueprint(shop)
        for _ in range(2):
            app.test_client().get("/")

    url = "https://shop.example/pay/wxpay/notify"
    for make in (WxPayRouter, WxPayRoutes):
        for path in ("/wxpay/notify", "/notify/", "/pay/wxpay/notify"):
            make(emulator.asyncio(notify_url=url), path=path, amount_of=len, on_paid=print)
        assert warned() == []
        make(emulator.asyncio(notify_url=url), path="/wxpay/notfy", amount_of=len, on_paid=print)
        assert warned() == [
            f"notify_url is {url}, and notifications are taken at /wxpay/notfy: WeChat's will not arrive"
        ]
        make(emulator.asyncio(notify_url=None), path="/wxpay/notfy", amount_of=len, on_paid=print)
        assert warned() == []
    in_flask("/notify", "/wxpay", url)
    in_flask("/notify", None, url)
    assert warned() == []
    in_flask("/notify", "/wx", url)
    assert warned() == [f"notify_url is {url}, and notifications are taken at /wx/notify: WeChat's will not arrive"]


def test_a_route_at_its_prefix(emulator: Emulator, shipping: Shipping, caplog: pytest.LogCaptureFixture) -> None:
    """FastAPI takes it; the others answer it with a slash at its end alone, and say so."""
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from wxpaykit.aiohttp import WxPayRoutes
    from wxpaykit.fastapi import WxPayRouter
    from wxpaykit.starlette import WxPayRouter as Starlettes

    def warned() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        caplog.clear()
        return found

    def made(make: Any, path: str, url: str) -> Any:
        pay = emulator.asyncio(**emulator.v3_settings, notify_url=url)
        return make(pay, path=path, amount_of=lambda payment: 100, on_paid=shipping)

    bare = "https://shop.example/pay/notify"
    app = FastAPI()
    app.include_router(made(WxPayRouter, "", bare), prefix="/pay/notify")
    assert warned() == []
    visitor = TestClient(app)
    for path in ("/pay/notify", "/pay/notify/"):
        answer = visitor.post(path, content=b"<xml/>", follow_redirects=False)
        assert (answer.status_code, answer.headers.get("Content-Type"), answer.content) == REFUSED
    caplog.clear()
    text = (
        f"notify_url is {bare}, and a route at / below a prefix is answered with a slash at its end alone: "
        "end notify_url with a slash, or move the last part of the prefix into path"
    )
    for make, path in ((WxPayRouter, "/"), (Starlettes, "/"), (Starlettes, ""), (WxPayRoutes, "/"), (WxPayRoutes, "")):
        made(make, path, bare)
        assert warned() == [text]
        for fine in (f"{bare}/", "https://shop.example", "https://shop.example/"):
            made(make, path, fine)
            assert warned() == []


CHUNKS = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}


def test_a_body_without_a_length_under_wsgi(
    emulator: Emulator, django_shop: Any, sale: Sale, caplog: pytest.LogCaptureFixture
) -> None:
    """It is read where the server marks its end; where it does not, reading it would never end."""
    from django.core.handlers.wsgi import WSGIHandler
    from flask import Flask
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    from wxpaykit.flask import WxPayExtension
    from wxpaykit.wsgi import WxPayApp

    class Trickle(io.BytesIO):
        """A chunk at a time, as some servers give it, and never more than was asked for."""

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert size > 0
            return super().read(min(size, 100))

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("this would wait forever")

    flask = Flask("shop")
    flask.config["WXPAY"] = emulator.settings
    WxPayExtension(flask, amount_of=lambda payment: 100).notify("/wxpay/notify")(lambda payment, key: None)
    bare = WxPayApp(emulator.sync(), amount_of=lambda payment: 100, on_paid=lambda payment, key: None)

    def post(app: Any, body: io.BytesIO, **environ: Any) -> bytes:
        builder = EnvironBuilder("/wxpay/notify", "http://127.0.0.1", method="POST", content_type="text/xml")
        made = builder.get_environ()
        made |= {**CHUNKS, "wsgi.input": body, **environ}
        chunks, _, _ = run_wsgi_app(app, made, buffered=True)
        return b"".join(chunks)

    for app in (flask, bare, WSGIHandler()):
        assert post(app, Trickle(sale.body), **{"wsgi.input_terminated": True}) == ack().body
        caplog.clear()
        assert post(app, Trickle(b"x" * 70_000), **{"wsgi.input_terminated": True}) == REFUSED[2]
        assert "is larger than 65536 bytes" in caplog.text
        caplog.clear()
        assert post(app, Endless()) == REFUSED[2]
        assert "wsgi.input_terminated" in caplog.text
        assert post(app, Trickle(), HTTP_TRANSFER_ENCODING="") == REFUSED[2]
    caplog.clear()
    assert post(bare, Trickle(sale.body[:100]), CONTENT_LENGTH=str(len(sale.body))) == REFUSED[2]
    assert "broke off" in caplog.text
    assert post(bare, Trickle(sale.body), CONTENT_LENGTH=str(len(sale.body))) == ack().body
    assert post(bare, Trickle(), CONTENT_LENGTH="9999999") == REFUSED[2]


def test_django_reads_no_more_than_the_limit_from_an_asgi_server(
    django_shop: Any, sale: Sale, caplog: pytest.LogCaptureFixture
) -> None:
    """In chunks there is no length: Django keeps the body in a file, and its own limit may be switched off."""
    from django.core.handlers.asgi import ASGIHandler, ASGIRequest
    from django.test import override_settings

    seen: list[ASGIRequest] = []

    def post(chunks: list[bytes], early: Callable[[ASGIRequest], object] = lambda request: None) -> bytes:
        coming = iter(chunks)
        answer = bytearray()

        async def receive() -> dict[str, Any]:
            chunk = next(coming, None)
            if chunk is None:
                await asyncio.sleep(60)
            return {"type": "http.request", "body": chunk, "more_body": chunk != b""}

        async def send(message: Any) -> None:
            answer.extend(message.get("body", b""))

        class App(ASGIHandler):
            def create_request(self, scope: Any, body_file: Any) -> Any:
                request, refused = super().create_request(scope, body_file)
                seen.append(request)
                early(request)
                return request, refused

        headers = [(b"content-type", b"text/xml"), (b"host", b"127.0.0.1"), (b"transfer-encoding", b"chunked")]
        scope = {"type": "http", "method": "POST", "path": "/wxpay/notify", "query_string": b"", "headers": headers}
        asyncio.run(App()(scope, receive, send))
        return bytes(answer)

    whole = [sale.body[:100], sale.body[100:], b""]
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None, MIDDLEWARE=[]):
        assert post(whole) == ack().body
        # Middleware may look at it before, and after.
        assert seen[-1].body == sale.body
        assert post(whole, lambda request: request.body) == ack().body
        assert post(whole, lambda request: request.read()) == REFUSED[2]
        assert "was read by another part of the program" in caplog.text
        caplog.clear()
        piece = b"x" * 65_536
        tracemalloc.start()
        assert post([*([piece] * 320), b""]) == REFUSED[2]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # Of 20 MiB, Django keeps up to 2.5 in memory before it writes a file.
        assert peak < 8_000_000
        assert "is larger than 65536 bytes" in caplog.text
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100, MIDDLEWARE=[]):
        assert post(whole) == REFUSED[2]


def test_flask_reports_a_body_that_was_read_before(
    emulator: Emulator, sale: Sale, shipping: Shipping, caplog: pytest.LogCaptureFixture
) -> None:
    from flask import Flask, request

    from wxpaykit.flask import WxPayExtension

    app = Flask("shop")
    app.config["WXPAY"] = emulator.settings
    wxpay = WxPayExtension(app, amount_of=lambda payment: 100)
    wxpay.notify("/wxpay/notify")(shipping)
    app.before_request_funcs[None].insert(0, lambda: request.stream.read() and None)
    answer = app.test_client().post("/wxpay/notify", data=sale.body)
    assert (answer.status_code, answer.data) == UNREAD[::2]
    assert "request.get_data()" in caplog.text
    caplog.clear()
    in_chunks = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": io.BytesIO(sale.body),
        "wsgi.input_terminated": True,
    }
    assert app.test_client().post("/wxpay/notify", environ_overrides=in_chunks).data == ack(False, "FAIL").body
    assert "request.get_data()" in caplog.text
    # What keeps the body does no harm.
    app.before_request_funcs[None][0] = lambda: request.get_data() and None
    assert app.test_client().post("/wxpay/notify", data=sale.body).data == ack().body
    assert shipping.shipped == [sale.out_trade_no]
    with pytest.raises(TypeError, match="amount_of"):
        WxPayExtension().notify("/x")


def test_a_flask_factory(emulator: Emulator, sale: Sale, shipping: Shipping) -> None:
    """One extension for several applications, each with its own settings, its routes before and after."""
    from flask import Flask

    from wxpaykit.flask import WxPayExtension

    wxpay = WxPayExtension(amount_of=lambda payment: 100)
    wxpay.notify("/a")(shipping)
    apps = [Flask("one"), Flask("two")]
    for app in apps:
        app.config["WXPAY"] = emulator.settings
        wxpay.init_app(app)
    wxpay.notify("/b")(shipping)
    gifts = WxPayExtension(amount_of=lambda payment: 100, name="gifts")
    gifts.notify("/gifts")(shipping)
    apps[0].config["GIFTS"] = emulator.settings
    gifts.init_app(apps[0])
    for app in apps:
        for path in ("/a", "/b"):
            assert app.test_client().post(path, data=sale.body).data == ack().body
    assert len(shipping.shipped) == 2
    with apps[0].app_context():
        first = wxpay.pay
    with apps[1].app_context():
        assert wxpay.pay is not first
    assert apps[0].test_client().post("/gifts", data=sale.body).data == ack().body
    with apps[0].app_context():
        assert gifts.pay is not wxpay.pay


def test_a_flask_blueprint(emulator: Emulator, sale: Sale, shipping: Shipping) -> None:
    """The route is the blueprint's, at its prefix, in each application that has it; its login is not asked for."""
    from flask import Blueprint, Flask, abort

    from wxpaykit.flask import WxPayExtension

    wxpay = WxPayExtension(amount_of=lambda payment: 100)
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.before_request(lambda: abort(403))
    wxpay.notify("/notify", blueprint=shop)(shipping)
    apps = [Flask("one"), Flask("two")]
    for app in apps:
        app.config["WXPAY"] = emulator.settings
        wxpay.init_app(app)
    apps[0].register_blueprint(shop)
    apps[1].register_blueprint(shop, url_prefix="/eu")
    for app, path in zip(apps, ("/shop/notify", "/eu/notify/"), strict=True):
        assert app.test_client().post("/notify", data=sale.body).status_code == 404
        answer = app.test_client().post(path, data=sale.body)
        assert (answer.status_code, answer.data) == (200, ack().body)
        assert app.test_client().get(path).status_code == 405
    assert len(shipping.shipped) == 2


def test_starlette_reports_a_body_that_was_read_before(
    emulator: Emulator, sale: Sale, shipping: Shipping, caplog: pytest.LogCaptureFixture
) -> None:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from wxpaykit.fastapi import WxPayRouter

    wxpay = WxPayRouter(emulator.asyncio(), path="/n", amount_of=lambda payment: 100, on_paid=shipping)

    async def streamed(request: Request) -> Response:
        async for _ in request.stream():
            pass
        return await wxpay.notify(request)

    async def kept(request: Request) -> Response:
        await request.body()
        return await wxpay.notify(request)

    app = Starlette(routes=[Route("/s", streamed, methods=["POST"]), Route("/k", kept, methods=["POST"])])
    post = in_asgi(app)
    assert post("/s", sale.body) == UNREAD
    assert "await request.body()" in caplog.text
    caplog.clear()

    async def reads(request: Request, call_next: Any) -> Response:
        async for _ in request.stream():
            pass
        return await call_next(request)

    behind = in_asgi(Starlette(routes=wxpay.routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=reads)]))
    assert behind("/n", sale.body) == UNREAD
    assert "await request.body()" in caplog.text
    assert post("/k", sale.body) == TAKEN
    assert shipping.shipped == [sale.out_trade_no]


def test_starlette_answers_a_client_that_hung_up(emulator: Emulator, sale: Sale, shipping: Shipping) -> None:
    from starlette.requests import Request

    from wxpaykit.fastapi import WxPayRouter

    wxpay = WxPayRouter(emulator.asyncio(), path="/n", amount_of=lambda payment: 100, on_paid=shipping)
    messages = [{"type": "http.request", "body": sale.body[:10], "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/n", "headers": [(b"content-length", b"1000")]}
    answer = asyncio.run(wxpay.notify(Request(scope, receive)))
    assert (answer.status_code, answer.body) == UNREAD[::2]


def test_a_plain_function_does_not_run_twice_at_once_after_a_cancellation(emulator: Emulator, sale: Sale) -> None:
    """A thread runs on after a cancellation: the payment stays claimed until the thread has ended, and is handed over
    when it ended well."""
    from wxpaykit.fastapi import WxPayRouter

    began, ended = threading.Event(), threading.Event()
    go, beside = threading.Event(), []

    def on_paid(payment: ConfirmedPayment, key: str) -> None:
        beside.append(began.is_set() and not ended.is_set())
        began.set()
        go.wait(30)
        ended.set()

    async def main() -> None:
        wxpay = WxPayRouter(emulator.asyncio(), path="/n", amount_of=lambda payment: 100, on_paid=on_paid)

        def handle() -> asyncio.Task[Handled]:
            notify = wxpay.pay.notify
            return asyncio.create_task(notify.handle(sale.body, **wxpay._functions))

        first = handle()
        await asyncio.to_thread(began.wait, 30)
        first.cancel()
        second = handle()
        await asyncio.sleep(0.3)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await first
        await second
        assert (await handle()).error is None

    asyncio.run(main())
    assert beside == [False]


@pytest.mark.parametrize("trouble", ["the amount", "the function", "an awaitable"])
def test_a_plain_function_that_failed_runs_again_after_a_cancellation(
    emulator: Emulator, sale: Sale, trouble: str
) -> None:
    from wxpaykit._threads import pooled

    began, go, runs = threading.Event(), threading.Event(), []

    async def later() -> None:
        runs.append("later")

    def amount_of(payment: ConfirmedPayment) -> int:
        if trouble == "the amount":
            began.set()
            go.wait(30)
        return 100

    def on_paid(payment: ConfirmedPayment, key: str) -> Any:
        runs.append("ran")
        began.set()
        go.wait(30)
        if trouble == "the function":
            raise OSError("not now")
        return later() if trouble == "an awaitable" else None

    async def main() -> None:
        notify = emulator.asyncio().notify
        functions = {"amount_of": pooled(amount_of, asyncio.to_thread), "on_paid": pooled(on_paid, asyncio.to_thread)}
        first = asyncio.create_task(notify.handle(sale.body, **functions))
        await asyncio.to_thread(began.wait, 30)
        first.cancel()
        await asyncio.sleep(0.1)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await first
        again = await notify.handle(sale.body, amount_of=lambda payment: 100, on_paid=lambda payment, key: None)
        assert again.delivered

    asyncio.run(main())
    assert runs == {"the amount": [], "the function": ["ran"], "an awaitable": ["ran"]}[trouble]


def test_only_the_module_of_a_framework_imports_it() -> None:
    code = """
        import sys
        import wxpaykit, wxpaykit._web, wxpaykit.aio
        assert not {"flask", "django", "starlette", "fastapi"} & set(sys.modules)
        import wxpaykit.wsgi
        assert not {"flask", "django", "starlette", "fastapi", "werkzeug"} & set(sys.modules)
        import wxpaykit.starlette
        assert not {"flask", "django", "fastapi"} & set(sys.modules)
        import wxpaykit.flask
        assert not {"django", "fastapi"} & set(sys.modules)
        import wxpaykit.fastapi
        assert not {"django", "aiohttp"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=30)


# --- Django ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_shop(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("django")
    environment = shop_environment(emulator, folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.syspath_prepend(APPS)
        module = importlib.import_module("django_shop")
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield module
        from django.db import connections

        connections.close_all()


@pytest.fixture
def shipped(django_shop: Any) -> Callable[[], list[str]]:
    return lambda: lines(Path(os.environ["SHOP_SHIPPED"]))


@pytest.fixture
def django_post(django_shop: Any) -> Post:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)

    def send(path: str, method: str, body: bytes, content_type: str, headers: dict[str, str]) -> Answer:
        answer = client.generic(method, path, body, content_type, headers=headers)
        return answer.status_code, answer.headers.get("Content-Type"), answer.content

    return posting(send)


def test_django_gives_the_answer_that_wechat_expects(
    django_post: Post, shipped: Callable[[], list[str]], sale: Sale
) -> None:
    from wxpaykit.django.models import Payment

    answers_as_wechat_reads(django_post, sale)
    assert shipped().count(sale.out_trade_no) == 1
    payment = Payment.objects.get(out_trade_no=sale.out_trade_no)
    assert (payment.total_fee, payment.trade_type) == (100, "JSAPI")
    assert payment.idempotency_key.endswith(payment.transaction_id)
    assert payment.time_end.tzinfo is not None
    assert str(payment) == f"{sale.out_trade_no}: 100 fen"


def test_a_receiver_that_raises_rolls_everything_back(django_post: Post, sale: Sale) -> None:
    from wxpaykit.django import payment_confirmed
    from wxpaykit.django.models import Payment

    calls = []

    def receiver(payment: ConfirmedPayment, idempotency_key: str, **_: Any) -> None:
        calls.append(idempotency_key)
        Payment.objects.create(idempotency_key="beside it", total_fee=1)
        if len(calls) == 1:
            raise LookupError("no stock")

    payment_confirmed.connect(receiver)
    try:
        assert django_post("/wxpay/notify", sale.body) == REFUSED
        assert not Payment.objects.filter(out_trade_no=sale.out_trade_no).exists()
        assert not Payment.objects.filter(idempotency_key="beside it").exists()
        assert django_post("/wxpay/notify", sale.body) == TAKEN
        assert Payment.objects.filter(idempotency_key="beside it").count() == 1
        assert django_post("/wxpay/notify", sale.body) == TAKEN
        assert len(calls) == 2
    finally:
        payment_confirmed.disconnect(receiver)


def test_django_hands_over_exactly_once_even_without_its_store(django_post: Post, sale: Sale) -> None:
    """The record of the payment commits with the receivers: a ledger that was lost does no harm."""
    from wxpaykit.django.models import Payment, StoredValue

    assert django_post("/wxpay/notify", sale.body) == TAKEN
    before = lines(Path(os.environ["SHOP_SHIPPED"]))
    assert StoredValue.objects.filter(value="handed_over").delete()[0] >= 1
    assert django_post("/wxpay/notify", sale.body) == TAKEN
    assert Payment.objects.filter(out_trade_no=sale.out_trade_no).count() == 1
    assert lines(Path(os.environ["SHOP_SHIPPED"])) == before


def test_a_polling_page_of_django_hands_over_once(
    django_post: Post, sale: Sale, shipped: Callable[[], list[str]]
) -> None:
    from django.db import transaction

    from wxpaykit.django import hand_over, pay
    from wxpaykit.django.models import Payment

    def ask() -> bool:
        return pay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=hand_over) is not None

    payment = pay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0)
    assert payment is not None
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        hand_over(payment, "key")
    assert ask()
    assert django_post("/wxpay/notify", sale.body) == TAKEN
    assert ask()
    assert shipped().count(sale.out_trade_no) == 1
    assert Payment.objects.filter(out_trade_no=sale.out_trade_no).count() == 1


def test_django_reports_a_body_that_was_read_before(
    django_shop: Any, sale: Sale, caplog: pytest.LogCaptureFixture
) -> None:
    from django.test import RequestFactory

    from wxpaykit.django.views import notify

    request = RequestFactory().post("/wxpay/notify", sale.body, "text/xml")
    request.read()
    assert notify(request).content == ack(False, "FAIL").body
    assert "request.body" in caplog.text
    caplog.clear()
    in_chunks = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    request = RequestFactory().post("/wxpay/notify", sale.body, "text/xml", **in_chunks)
    request.META["wsgi.input"] = io.BytesIO()
    assert notify(request).content == ack(False, "FAIL").body
    assert "request.body" in caplog.text
    request = RequestFactory().post("/wxpay/notify", sale.body, "text/xml")
    assert request.body
    assert not request.POST
    assert notify(request).content == ack().body


def test_the_view_runs_outside_transactions_on_every_database(django_shop: Any) -> None:
    code = """
        from django.conf import settings
        one = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "ATOMIC_REQUESTS": True}
        settings.configure(DATABASES={"default": one, "shop": one})
        import django
        django.setup()
        from wxpaykit.django.urls import urlpatterns
        from django.core.handlers.base import BaseHandler
        view = urlpatterns[0].callback
        assert BaseHandler().make_view_atomic(view) is view
    """
    settings = 'INSTALLED_APPS=["django.contrib.contenttypes", "wxpaykit.django"], DATABASES='
    code = textwrap.dedent(code).replace("DATABASES=", settings)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_django_keeps_the_contract_of_stores(django_shop: Any) -> None:
    from django.db import connections
    from django.db.models.signals import pre_delete
    from test_store import keeps_the_contract

    from wxpaykit._native import probe_store
    from wxpaykit.django.models import StoredValue
    from wxpaykit.django.store import DatabaseStore, MemoryStore

    keeps_the_contract(probe_store(DatabaseStore()), probe_store(DatabaseStore("default")))
    memory = probe_store(MemoryStore())
    keeps_the_contract(memory, memory)
    store = DatabaseStore()

    # A listener to the deletions of all models must not run between the read and the deletion.
    def elsewhere(**event: Any) -> None:
        store.put("ended", "another's", 60)

    store.put("ended", "mine", 0.0)
    pre_delete.connect(elsewhere)
    try:
        assert store.add("ended", "new", 60)
        assert store.get("ended") == "new"
    finally:
        pre_delete.disconnect(elsewhere)
    store.put("over", "v", 0.0)
    assert store.forget_ended() >= 1
    assert not StoredValue.objects.filter(key="over").exists()
    assert connections["default"].connection is not None


def test_a_database_without_migrations_is_reported(django_shop: Any) -> None:
    from django.db import connections

    from wxpaykit.django.store import DatabaseStore

    connections.databases["bare"] = {**connections.databases["default"], "NAME": ":memory:"}
    try:
        for ask in (lambda store: store.get("a"), lambda store: store.add("a", "b", 60)):
            with pytest.raises(RuntimeError, match="no table wxpaykit_storedvalue: run manage"):
                ask(DatabaseStore("bare"))
    finally:
        del connections.databases["bare"]


def test_an_empty_variable_does_not_replace_the_store_of_django(
    django_shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wxpaykit.django.conf import client_settings
    from wxpaykit.django.store import DatabaseStore

    monkeypatch.setenv("WXPAY_STORE", "")
    assert isinstance(client_settings()["store"], DatabaseStore)
    monkeypatch.setenv("WXPAY_STORE", "memory:")
    assert "store" not in client_settings()


def checks(wxpay: Any = None, deploy: bool = False, **others: Any) -> list[Any]:
    """What ``manage.py check`` says."""
    from django.core.checks import run_checks
    from django.test import override_settings

    given = {"amount_of": "django_shop.amount_of", "pending": "django_shop.pending_orders"} if wxpay is None else wxpay
    with override_settings(WXPAY=given, **others):
        return run_checks(tags=["wxpaykit"], include_deployment_checks=deploy)


def messages(wxpay: Any = None, deploy: bool = False, **others: Any) -> dict[str, list[str]]:
    """The same by its id."""
    found: dict[str, list[str]] = {}
    for message in checks(wxpay, deploy, **others):
        found.setdefault(str(message.id).removeprefix("wxpaykit."), []).append(message.msg)
    return found


def said(wxpay: Any = None, deploy: bool = False, **others: Any) -> list[str]:
    return list(messages(wxpay, deploy, **others))


FINE: dict[str, Any] = {"amount_of": lambda payment: 100, "pending": list}
PUBLIC = "https://shop.example/wxpay/notify"
PRODUCTION: dict[str, Any] = FINE | {"notify_url": PUBLIC, "endpoints": None}


@pytest.fixture
def in_production(django_shop: Any, monkeypatch: pytest.MonkeyPatch, settings_allow_the_shop: None) -> None:
    monkeypatch.delenv("WXPAY_ENDPOINTS")
    monkeypatch.setenv("WXPAY_API_KEY", "0123456789abcdef0123456789abcdef")


@pytest.fixture
def settings_allow_the_shop(django_shop: Any) -> Iterator[None]:
    from django.test import override_settings

    with override_settings(ALLOWED_HOSTS=["shop.example", "127.0.0.1"]):
        yield


def test_django_checks_its_settings(django_shop: Any) -> None:
    assert said() == said(FINE) == []
    assert said([]) == said([], deploy=True) == ["E001"]
    assert said(FINE | {"api_key": "short"}) == ["E002"]
    assert said({"amount_of": "nowhere.at.all", "pending": list}) == ["E003"]
    assert said(FINE | {"pending": 1}) == ["E003"]
    assert said({"pending": list}) == ["E004"]
    assert said(FINE | {"store": "django:elsewhere"}) == ["E005"]
    assert said(FINE | {"store": "django:default"}) == []
    assert said(FINE | {"store": "sqlite:///tmp/x.db"}) == []
    assert said(FINE | {"store": "memory:"}) == ["W001"]
    receivers, django_shop.payment_confirmed.receivers = django_shop.payment_confirmed.receivers, []
    django_shop.payment_confirmed.sender_receivers_cache.clear()
    try:
        assert said() == ["W002"]
    finally:
        django_shop.payment_confirmed.receivers = receivers


def test_django_checks_its_functions(django_shop: Any) -> None:
    async def later(payment: object) -> int:
        return 100

    def orders() -> Iterator[Any]:
        yield ("1", 1, datetime.now(timezone.utc))

    assert "Django's view and commands run it in a thread" in messages(FINE | {"amount_of": later})["E003"][0]
    assert "must take (payment), and takes ()" in messages(FINE | {"amount_of": lambda: 1})["E003"][0]
    assert "must take (), and takes (since)" in messages(FINE | {"pending": lambda since: []})["E003"][0]
    assert "must be a function, not int" in messages(FINE | {"pending": 1})["E003"][0]
    # The orders may be generated one by one.
    assert said(FINE | {"pending": orders}) == []


def test_django_reports_all_errors_at_once(django_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"appid": "wx1", "mch_id": 10000100, "api_key": "short", "notify_url": "/relative", "timeout": -1}
    found = messages(FINE | wrong | {"ammount_of": len, "apiKey": "x", "notifyurl": "y"})
    assert list(found) == ["E002", "W003", "W008"]
    for name in ("appid: ", "mch_id: ", "api_key: ", "notify_url: ", "timeout: "):
        assert sum(message.startswith(f"WXPAY: {name}") for message in found["E002"]) == 1, found
    for guess in (
        "'ammount_of' (did you mean 'amount_of'?)",
        "(did you mean 'api_key'?)",
        "(did you mean 'notify_url'?)",
    ):
        assert sum(guess in message for message in found["E002"]) == 1, found
    assert len(found["E002"]) == 8
    # Those of the environment too.
    monkeypatch.setenv("WXPAY_APPID", "wx1")
    monkeypatch.setenv("WXPAY_MCH_ID", "x")
    monkeypatch.setenv("WXPAY_API_KEY_FILE", "/nowhere/at/all")
    monkeypatch.delenv("WXPAY_API_KEY")
    assert len(messages(FINE)["E002"]) == 3


def test_makemigrations_needs_no_keys(django_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image is built without them; what is deployed has them."""
    for name in ("APPID", "MCH_ID", "API_KEY", "API_V3_KEY", "PLATFORM_PUBLIC_KEY", "PLATFORM_PUBLIC_KEY_ID"):
        monkeypatch.setenv(f"WXPAY_{name}", "")
    assert messages() == {"W011": ["WXPAY: appid, mch_id and api_key are not set: payments cannot work."]}
    assert said(deploy=True) == ["W011", "E006", "W010"]
    found = messages(FINE | {"appid": "wx1"})
    assert list(found) == ["E002", "W011"]
    assert found["W011"][0].startswith("WXPAY: mch_id and api_key are not set")
    # The id of a public key says that the shop has APIv3.
    monkeypatch.setenv("WXPAY_PLATFORM_PUBLIC_KEY_ID", "PUB_KEY_ID_0119000000012025112800000000000001")
    assert messages() == {"W011": ["WXPAY: appid and mch_id are not set: payments cannot work."]}


def test_django_checks_that_notifications_can_arrive(in_production: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(PRODUCTION) == said(PRODUCTION, deploy=True) == []
    elsewhere = PRODUCTION | {"notify_url": "https://shop.example/elsewhere"}
    assert said(elsewhere) == ["W003"]
    http_url = PRODUCTION | {"notify_url": PUBLIC.replace("https", "http")}
    assert said(http_url) == []
    assert said(http_url, SECURE_SSL_REDIRECT=True) == ["W004"]
    assert said(http_url, PREPEND_WWW=True) == ["W005"]
    # The server takes a prefix off before Django sees the path, or a proxy has taken it off.
    prefixed = PRODUCTION | {"notify_url": "https://shop.example/shop/wxpay/notify"}
    assert said(prefixed) == ["W003"]
    for prefix in ("/shop", "/shop/"):
        assert said(prefixed, FORCE_SCRIPT_NAME=prefix) == []
    assert said(prefixed, FORCE_SCRIPT_NAME="/sho") == ["W003"]
    assert said(PRODUCTION, FORCE_SCRIPT_NAME="/shop") == []
    for host in ("127.0.0.1:8000", "localhost", "192.168.0.7", "10.0.0.1", "[::1]", "web", "shop.internal"):
        local = PRODUCTION | {"notify_url": f"http://{host}/wxpay/notify"}
        assert said(local, ALLOWED_HOSTS=["*"]) == ["W006"], host
        assert said(local | {"endpoints": "http://127.0.0.1:8700"}, ALLOWED_HOSTS=["*"]) == []
    monkeypatch.delenv("WXPAY_NOTIFY_URL")
    assert said(FINE) == ["W007"]
    for hosts, wanted in (([], ["W008"]), (["other.example"], ["W008"]), ([".example"], []), (["*"], [])):
        assert said(PRODUCTION, ALLOWED_HOSTS=hosts) == wanted
    local = PRODUCTION | {"notify_url": "http://127.0.0.1/wxpay/notify", "endpoints": "http://127.0.0.1:8700"}
    assert said(local, ALLOWED_HOSTS=[], DEBUG=True) == []
    for emulator, wanted in (
        ("http://localhost:8700", ["W012"]),
        ("http://[::1]:1", ["W012"]),
        ("http://wechat:8700", []),
        ("http://[::1", ["E002"]),
    ):
        assert said(PRODUCTION | {"endpoints": emulator, "allow_insecure_endpoints": True}) == wanted
    assert said({"amount_of": len, "notify_url": PUBLIC}) == ["W009"]


def test_django_checks_the_environment_too(
    in_production: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fine = FINE | {"notify_url": PUBLIC}
    monkeypatch.setenv("WXPAY_STORE", "memory:")
    assert said(fine) == ["W001"]
    monkeypatch.setenv("WXPAY_STORE", "django:elsewhere")
    assert said(fine) == ["E005"]
    monkeypatch.setenv("WXPAY_STORE", "")
    assert said(fine) == []
    (tmp_path / "store").write_text("memory:\n")
    monkeypatch.setenv("WXPAY_STORE_FILE", str(tmp_path / "store"))
    assert said(fine) == ["W001"]
    monkeypatch.delenv("WXPAY_STORE_FILE")
    monkeypatch.setenv("WXPAY_NOTIFY_URL", "http://192.168.1.1/elsewhere")
    assert said(FINE) == ["W003", "W006", "W008"]


def test_django_checks_that_its_error_pages_show_no_secret(
    in_production: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Django puts stars in the place of settings by their names alone."""
    fine = FINE | {"notify_url": PUBLIC}
    place = "redis://:hunter2@cache:6379/0"
    for secret in (
        {"store": place},
        {"client_p12": "MII" + "A" * 300},
        {"client_p12": b"\x30\x82" + bytes(300)},
        {"client_cert": "-----BEGIN CERTIFICATE-----\n…\n-----BEGIN PRIVATE KEY-----\n…"},
    ):
        (name,) = secret
        found = messages(fine | secret)
        assert found["W013"] == [f"WXPAY: error pages and error mails of Django show the secret in WXPAY['{name}']."], (
            found
        )
        assert "hunter2" not in str(found)
    for harmless in ("redis://cache:6379/0", "sqlite:///tmp/x.db", "django:default"):
        assert "W013" not in said(fine | {"store": harmless})
    # Names that Django hides, and files.
    for hidden in ({"api_key": "0" * 32}, {"client_key": "-----BEGIN PRIVATE KEY-----"}, {"client_p12": "a.p12"}):
        assert "W013" not in said(fine | hidden)
    # The page of runserver, which is there with DEBUG alone, has the environment.
    monkeypatch.setenv("WXPAY_STORE", place)
    assert said(fine) == []
    in_debug = {"DEBUG": True, "ALLOWED_HOSTS": ["*"]}
    page = "WXPAY: Django's error page with DEBUG shows the secret in WXPAY_STORE."
    assert messages(fine, **in_debug)["W013"] == [page]
    settings_too = messages(fine | {"client_p12": "MII" + "A" * 300}, **in_debug)["W013"]
    assert settings_too == [
        "WXPAY: error pages and error mails of Django show the secret in WXPAY['client_p12'].",
        page,
    ]
    monkeypatch.setenv("WXPAY_STORE", "")
    (tmp_path / "store").write_text(place)
    monkeypatch.setenv("WXPAY_STORE_FILE", str(tmp_path / "store"))
    assert said(fine, DEBUG=True, ALLOWED_HOSTS=["*"]) == []
    monkeypatch.delenv("WXPAY_STORE_FILE")
    # A setting of the project of that name.
    assert messages(fine, WXPAY_STORE=place)["W013"][0].endswith("show the secret in WXPAY_STORE.")
    # A filter of the project's own hides more, or less.
    monkeypatch.setattr("django.views.debug.SafeExceptionReporterFilter.hidden_settings", re.compile("STORE", re.I))
    assert "W013" not in said(fine | {"store": place})
    assert messages(fine | {"api_key": "0" * 32})["W013"][0].endswith("show the secret in WXPAY['api_key'].")
    (shown,) = checks(fine | {"api_key": "0" * 32, "app_secret": "1" * 32})
    hint = (
        "Put the value in a file, and set the path of the file instead: WXPAY_API_KEY_FILE, WXPAY_APP_SECRET_FILE. Or"
    )
    assert shown.hint.startswith(hint), shown.hint
    # One that hides WXPAY as a whole.
    monkeypatch.setattr("django.views.debug.SafeExceptionReporterFilter.hidden_settings", re.compile("WXPAY", re.I))
    assert "W013" not in said(fine | {"store": place, "api_key": "0" * 32})


def test_django_checks_what_is_deployed(
    in_production: None, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    fine = FINE | {"notify_url": PUBLIC}
    assert said(fine, deploy=True) == []
    monkeypatch.setenv("WXPAY_ENDPOINTS", "http://127.0.0.1:8700")
    here = fine | {"notify_url": "http://127.0.0.1:8000/wxpay/notify"}
    assert said(fine) == ["W012"] and said(here, ALLOWED_HOSTS=["*"]) == []
    found = messages(here, deploy=True, ALLOWED_HOSTS=["*"])
    assert found == {"W010": ["WXPAY: endpoints is http://127.0.0.1:8700, and not WeChat's."]}
    monkeypatch.delenv("WXPAY_ENDPOINTS")
    assert said(fine | {"api_key": emulator.settings["api_key"]}, deploy=True) == ["E007"]


def test_a_project_without_time_zones_reconciles(django_shop: Any) -> None:
    from django.test import override_settings

    from wxpaykit.django.management.commands.wxpay_reconcile import zoned

    naive = datetime(2026, 11, 27, 20, 0)
    thing = SimpleNamespace(out_trade_no="3", total_fee=3, created=naive)
    orders = [("1", 1, naive), {"out_trade_no": "2", "total_fee": 2, "created": naive}, thing, "no order"]
    with override_settings(USE_TZ=False, TIME_ZONE="Asia/Shanghai"):
        one, two, three, four = zoned(orders)
    for created in (one[2], two["created"], three["created"]):
        assert created == datetime(2026, 11, 27, 12, 0, tzinfo=timezone.utc)
    assert four == "no order"
    assert zoned(orders) is orders


def test_django_settings_make_another_client(django_shop: Any) -> None:
    from django.test import override_settings

    from wxpaykit.django import pay

    appid = pay.appid
    with override_settings(WXPAY={"appid": "wx0000000000000001"}):
        assert pay.appid == "wx0000000000000001"
    assert pay.appid == appid


def test_the_admin_lists_payments(django_post: Post, sale: Sale) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    from wxpaykit.django.models import Payment

    assert django_post("/wxpay/notify", sale.body) == TAKEN
    user, _ = User.objects.get_or_create(username="owner", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    page = client.get("/admin/wxpaykit/payment/", {"q": sale.out_trade_no})
    assert page.status_code == 200
    assert sale.out_trade_no in page.text
    assert "1.00" in page.text
    one = Payment.objects.get(out_trade_no=sale.out_trade_no)
    assert client.get(f"/admin/wxpaykit/payment/{one.pk}/change/").status_code == 200
    assert client.get("/admin/wxpaykit/payment/add/").status_code == 403
    assert client.post(f"/admin/wxpaykit/payment/{one.pk}/delete/", {"post": "yes"}).status_code == 403


def test_wxpay_reconcile(
    django_shop: Any,
    sale: Sale,
    shipped: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from datetime import timedelta

    from django.core.management import CommandError, call_command
    from django.db import OperationalError
    from django.test import override_settings
    from django.utils import timezone

    from wxpaykit.django.models import Payment

    def run() -> str:
        out = io.StringIO()
        call_command("wxpay_reconcile", stdout=out)
        return out.getvalue()

    ago = timezone.now() - timedelta(seconds=40)
    orders = [(sale.out_trade_no, 100, ago)]
    monkeypatch.setattr(django_shop, "pending_orders", lambda: orders)
    assert run() == f"{sale.out_trade_no}: handed over\n"
    assert run() == ""
    assert shipped().count(sale.out_trade_no) == 1
    assert Payment.objects.filter(out_trade_no=sale.out_trade_no).count() == 1
    orders.append(("never-made", 100, ago))
    with pytest.raises(CommandError, match="1 could not be asked"):
        run()
    pauses = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    def hiccup() -> Any:
        raise OperationalError("the database went away")

    monkeypatch.setattr(time, "sleep", sleep)
    for pending in (lambda: orders, hiccup):
        pauses.clear()
        monkeypatch.setattr(django_shop, "pending_orders", pending)
        with pytest.raises(KeyboardInterrupt):
            call_command("wxpay_reconcile", every=60.0, stdout=io.StringIO())
        assert pauses == [60.0, 60.0]
    assert "the database went away" in caplog.text
    with override_settings(WXPAY={"amount_of": "django_shop.amount_of"}), pytest.raises(CommandError, match="pending"):
        run()


def test_django_answers_a_client_that_hung_up_and_with_settings_missing(
    django_shop: Any, django_post: Post, sale: Sale, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.test import RequestFactory, override_settings

    from wxpaykit.django.views import notify

    class Gone(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise ConnectionResetError

        readline = read  # type: ignore[assignment]

    request = RequestFactory().post("/wxpay/notify", b"x" * 100, "text/xml")
    request._stream = request.META["wsgi.input"] = Gone()
    assert notify(request).content == ack(False, "FAIL").body
    caplog.clear()
    with override_settings(WXPAY={"amount_of": "django_shop.amount_of", "api_key": "short"}):
        assert django_post("/wxpay/notify", sale.body) == REFUSED
    assert [(record.levelname, record.name) for record in caplog.records] == [("ERROR", "wxpaykit")]
    assert "api_key" in caplog.text
    assert django_post("/wxpay/notify", sale.body) == TAKEN


def test_no_frame_of_django_shows_a_secret(django_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.test import override_settings

    from wxpaykit.django import checks, pay

    key = "hunter2-and-nobody-may-see-it..."
    with override_settings(WXPAY={"api_key": key[1:]}), pytest.raises(ConfigError) as refused:
        pay.appid  # noqa: B018
    assert key[1:] not in "".join(shown(refused.value))

    def broken(path: str) -> None:
        raise ImportError("the project's own")

    monkeypatch.setattr(checks, "resolve", broken)
    notify_url = "https://shop.example/wxpay/notify"
    with (
        override_settings(WXPAY={"api_key": key, "notify_url": notify_url}),
        pytest.raises(ImportError) as raised,
    ):
        checks.check()
    lines = "".join(shown(raised.value))
    assert notify_url in lines
    assert key not in lines


def test_no_django_migration_is_missing(django_shop: Any) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "wxpaykit", check=True, dry_run=True, verbosity=0)


# --- Over real HTTP, with their usual servers ------------------------------------------------------------------------


def shop_environment(emulator: Emulator, folder: Path) -> dict[str, str]:
    # Without the store: Django has its own, and the others name theirs.
    every = emulator.settings | emulator.v3_settings
    settings = {name: value for name, value in every.items() if name != "store"}
    environment = {f"WXPAY_{name.upper()}": value for name, value in settings.items()}
    environment["WXPAY_NOTIFY_URL"] = "http://127.0.0.1:9/wxpay/notify"
    return environment | {"SHOP_DB": str(folder / "shop.db"), "SHOP_SHIPPED": str(folder / "shipped")}


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


GUNICORN = [sys.executable, "-m", "gunicorn", "--workers", "2", "--log-level", "warning"]
SERVERS = {
    "sync": [*GUNICORN, "--worker-class", "sync"],
    "gthread": [*GUNICORN, "--worker-class", "gthread", "--threads", "8"],
    "aiohttp-worker": [*GUNICORN, "--worker-class", "aiohttp.GunicornWebWorker"],
    "uvicorn-worker": [*GUNICORN, "--worker-class", "uvicorn_worker.UvicornWorker"],
    "uvicorn": [sys.executable, "-m", "uvicorn", "--workers", "2", "--log-level", "warning"],
}
RUNS = [
    (shop, server, preload)
    for shop, servers in [
        ("flask_shop", ["sync", "gthread"]),
        ("django_shop", ["sync", "gthread", "uvicorn-worker"]),
        ("fastapi_shop", ["uvicorn-worker"]),
        ("aiohttp_shop", ["aiohttp-worker"]),
    ]
    for server in servers
    for preload in (False, True)
] + [("fastapi_shop", "uvicorn", False)]


@contextmanager
def serving(shop: str, server: str, preload: bool, environment: dict[str, str]) -> Iterator[int]:
    """A shop under its server: its port."""
    port = free_port()
    application = "asgi" if shop == "django_shop" and server == "uvicorn-worker" else "application"
    where = (
        ["--host", "127.0.0.1", "--port", str(port)]
        if server in ("uvicorn", "bare_fastapi")
        else ["--bind", f"127.0.0.1:{port}"]
    )
    command = [*SERVERS[server], *where, *(["--preload"] if preload else []), f"{shop}:{application}"]
    log = Path(environment["SHOP_SHIPPED"]).with_name("log")
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, cwd=APPS, env=os.environ | environment, stdout=out, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            for _ in range(400):
                assert process.poll() is None, log.read_text()
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(20)
    said = log.read_text()
    assert process.returncode in (0, -15), said
    assert "Traceback" not in said, said


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An iterator goes out in chunks, without a length."""
    kind = {"Content-Type": "text/xml"} if body is not None else {}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {**kind, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("shop", "server", "preload"), RUNS)
def test_a_shop_under_its_server(
    emulator: Emulator, tmp_path: Path, sale: Sale, shop: str, server: str, preload: bool
) -> None:
    """WeChat pays and notifies; repeats that come at once are all acknowledged, and ship nothing more."""
    environment = shop_environment(emulator, tmp_path)
    if shop == "django_shop":
        migrate(environment)
    else:
        environment["WXPAY_STORE"] = f"sqlite://{tmp_path}/store.db"
    if preload:
        environment["SHOP_USE_EARLY"] = "1"
    with serving(shop, server, preload, environment) as port:
        numbers = []
        notify_url = quote(f"http://127.0.0.1:{port}/wxpay/notify", safe="")
        for _ in range(4):
            status, _, body = ask(port, "GET", f"/buy?notify_url={notify_url}")
            assert status == 200, body
            bought = json.loads(body)
            numbers.append(bought["out_trade_no"])
            emulator.post("/_emulator/pay", {"prepay_id": bought["prepay_id"], "result": "ok"})
        shipped = Path(environment["SHOP_SHIPPED"])
        until(lambda: len(lines(shipped)) >= 4)
        for number in numbers:
            until(lambda number=number: acknowledged(emulator, number))
        if shop == "django_shop":
            # An asynchronous view, in the event loop of an ASGI server or in one that Django makes for it.
            assert [json.loads(ask(port, "GET", f"/paid?number={number}")[2]) for number in numbers] == [
                {"paid": True}
            ] * 4
            assert json.loads(ask(port, "GET", f"/paid?number={sale.out_trade_no}")[2]) == {"paid": True}
        with ThreadPoolExecutor(12) as threads:
            answers = list(threads.map(lambda _: ask(port, "POST", "/wxpay/notify", sale.body), range(24)))
        assert set(answers) == {TAKEN}
        assert ask(port, "POST", "/wxpay/notify/", sale.body) == TAKEN
        assert ask(port, "POST", "/wxpay/notify", iter([sale.body[:100], sale.body[100:]])) == TAKEN
        assert too_large(port, iter([b"x" * 40_000] * 2))
        assert too_large(port, b"x" * 70_000)
        assert ask(port, "POST", "/wxpay/notify", b"<xml/>") == REFUSED
    assert sorted(lines(shipped)) == sorted([*numbers, sale.out_trade_no])


def too_large(port: int, body: Any) -> bool:
    """Whether a body is refused. A server that does not read all of it may cut the connection off, and its answer."""
    try:
        return ask(port, "POST", "/wxpay/notify", body) == UNREAD
    except ConnectionError:
        return True


def migrate(environment: dict[str, str]) -> None:
    code = "import django_shop; from django.core.management import call_command; call_command('migrate', verbosity=0)"
    subprocess.run([sys.executable, "-c", code], cwd=APPS, env=os.environ | environment, check=True, timeout=60)


def acknowledged(emulator: Emulator, number: str) -> bool:
    (one,) = emulator.get(f"/_emulator/orders?out_trade_no={number}")
    return bool(one["notifications"]["acknowledged"])


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
