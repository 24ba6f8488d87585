"""Flask, FastAPI, Starlette and Django: in their own test clients, and over real HTTP with their usual servers."""

from __future__ import annotations

import asyncio
import http.client
import importlib
import io
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from conftest import ROOT, Emulator, Sale, free_port, shown

from wxpaykit import AsyncWxPay, ConfigError, ConfirmedPayment, Handled, ack

APPS = ROOT / "tests/apps/python"
TAKEN = (200, ack().content_type, ack().body)
REFUSED = (200, ack().content_type, ack(False, "FAIL").body)
Answer = tuple[int, "str | None", bytes]
Post = Callable[..., Answer]


class Shipping:
    """What the shop shipped."""

    def __init__(self) -> None:
        self.shipped: list[str] = []

    def __call__(self, payment: ConfirmedPayment, idempotency_key: str) -> None:
        assert idempotency_key.endswith(str(payment.transaction_id))
        self.shipped.append(payment.out_trade_no)


def settings_of(emulator: Emulator, tmp_path: Path) -> dict[str, Any]:
    return emulator.settings | {"store": f"sqlite://{tmp_path}/store.db"}


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
    wxpay.notify("/wxpay/notify", amount_of=lambda payment: 100)(shipping)
    app.before_request(lambda: abort(403))

    def post(path: str, body: bytes, content_type: str = "text/xml", method: str = "POST") -> Answer:
        answer = app.test_client().open(path, method=method, data=body, content_type=content_type)
        return answer.status_code, answer.headers["Content-Type"], answer.data

    return post


def in_asgi(app: Any) -> Post:
    from starlette.testclient import TestClient

    def post(path: str, body: bytes, content_type: str = "text/xml", method: str = "POST") -> Answer:
        with TestClient(app, follow_redirects=False) as client:
            answer = client.request(method, path, content=body, headers={"Content-Type": content_type})
            return answer.status_code, answer.headers.get("Content-Type"), answer.content

    return post


def in_fastapi(emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    from fastapi import Depends, FastAPI, HTTPException

    from wxpaykit.fastapi import WxPayRouter

    def login() -> None:
        raise HTTPException(403)

    app = FastAPI(dependencies=[Depends(login)])
    pay = AsyncWxPay(**settings_of(emulator, tmp_path))
    router = WxPayRouter(pay, path="/wxpay/notify", amount_of=lambda payment: 100, on_paid=shipping)
    assert router.client() is pay
    app.include_router(router.router)
    return in_asgi(app)


def in_starlette(emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    from starlette.applications import Starlette

    from wxpaykit.fastapi import WxPayRouter

    async def amount_of(payment: ConfirmedPayment) -> int:
        return 100

    pay = AsyncWxPay(**settings_of(emulator, tmp_path))
    router = WxPayRouter(pay, path="/wxpay/notify/", amount_of=amount_of, on_paid=shipping)
    return in_asgi(Starlette(routes=router.routes))


FRAMEWORKS = {"flask": in_flask, "fastapi": in_fastapi, "starlette": in_starlette}


@pytest.fixture
def shipping() -> Shipping:
    return Shipping()


@pytest.fixture(params=FRAMEWORKS)
def post(request: pytest.FixtureRequest, emulator: Emulator, tmp_path: Path, shipping: Shipping) -> Post:
    return FRAMEWORKS[request.param](emulator, tmp_path, shipping)


def test_a_notification_is_answered_as_wechat_reads_it(post: Post, shipping: Shipping, sale: Sale) -> None:
    answers_as_wechat_reads(post, sale)
    assert shipping.shipped == [sale.out_trade_no]


def answers_as_wechat_reads(post: Post, sale: Sale) -> None:
    assert post("/wxpay/notify", sale.body) == TAKEN
    assert post("/wxpay/notify/", sale.body) == TAKEN
    assert post("/wxpay/notify", sale.body, content_type="") == TAKEN
    assert post("/wxpay/notify", sale.body, content_type="application/x-www-form-urlencoded") == TAKEN
    assert post("/wxpay/notify", b"") == REFUSED
    assert post("/wxpay/notify", b"x" * 65_537) == REFUSED
    assert post("/wxpay/notify", b"\x00" * 65_536) == REFUSED
    assert post("/wxpay/notify", sale.body.replace(b"SUCCESS", b"success")) == REFUSED
    assert post("/wxpay/notify", b"", method="GET")[0] in (403, 405)


def test_flask_says_so_when_the_body_was_read_away(
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
    assert (answer.status_code, answer.data) == REFUSED[::2]
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


def test_starlette_says_so_when_the_body_was_read_away(
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
    assert post("/s", sale.body) == REFUSED
    assert "await request.body()" in caplog.text
    caplog.clear()

    async def reads(request: Request, call_next: Any) -> Response:
        async for _ in request.stream():
            pass
        return await call_next(request)

    behind = in_asgi(Starlette(routes=wxpay.routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=reads)]))
    assert behind("/n", sale.body) == REFUSED
    assert "await request.body()" in caplog.text
    assert post("/k", sale.body) == TAKEN
    assert shipping.shipped == [sale.out_trade_no]


def test_starlette_answers_whoever_hung_up(emulator: Emulator, sale: Sale, shipping: Shipping) -> None:
    from starlette.requests import Request

    from wxpaykit.fastapi import WxPayRouter

    wxpay = WxPayRouter(emulator.asyncio(), path="/n", amount_of=lambda payment: 100, on_paid=shipping)
    messages = [{"type": "http.request", "body": sale.body[:10], "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/n", "headers": [(b"content-length", b"1000")]}
    answer = asyncio.run(wxpay.notify(Request(scope, receive)))
    assert (answer.status_code, answer.body) == REFUSED[::2]


def test_a_plain_function_is_not_run_beside_itself_after_a_cancellation(emulator: Emulator, sale: Sale) -> None:
    """A thread goes on whoever is cancelled: the payment is nobody else's until it has ended, and handed over when it
    ended well."""
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
            return asyncio.create_task(notify.handle(sale.body, amount_of=wxpay._amount_of, on_paid=wxpay._on_paid))

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
def test_a_plain_function_that_did_not_end_well_is_run_again_after_a_cancellation(
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


def test_a_framework_is_imported_by_its_own_module_alone() -> None:
    code = """
        import sys
        import wxpaykit, wxpaykit._web, wxpaykit.aio
        assert not {"flask", "django", "starlette", "fastapi"} & set(sys.modules)
        import wxpaykit.fastapi
        assert not {"flask", "django", "fastapi"} & set(sys.modules)
        import wxpaykit.flask
        assert not {"django", "fastapi"} & set(sys.modules)
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

    def post(path: str, body: bytes, content_type: str = "text/xml", method: str = "POST") -> Answer:
        answer = client.generic(method, path, body, content_type)
        return answer.status_code, answer.headers.get("Content-Type"), answer.content

    return post


def test_django_answers_as_wechat_reads_it(django_post: Post, shipped: Callable[[], list[str]], sale: Sale) -> None:
    from wxpaykit.django.models import Payment

    answers_as_wechat_reads(django_post, sale)
    assert shipped().count(sale.out_trade_no) == 1
    payment = Payment.objects.get(out_trade_no=sale.out_trade_no)
    assert (payment.total_fee, payment.trade_type) == (100, "JSAPI")
    assert payment.idempotency_key.endswith(payment.transaction_id)
    assert payment.time_end.tzinfo is not None
    assert str(payment) == f"{sale.out_trade_no}: 100 fen"


def test_a_receiver_that_raises_undoes_all_of_it(django_post: Post, sale: Sale) -> None:
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


def test_a_page_of_django_that_asks_hands_over_once(
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


def test_django_says_so_when_the_body_was_read_away(
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


def test_no_transaction_is_around_the_view_on_any_database(django_shop: Any) -> None:
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
    from wxpaykit.django.store import DatabaseStore

    keeps_the_contract(probe_store(DatabaseStore()), probe_store(DatabaseStore("default")))
    store = DatabaseStore()

    # Whoever listens to the deletions of every model must not come between the look and the deletion.
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


def test_a_database_that_was_not_migrated_is_told(django_shop: Any) -> None:
    from django.db import connections

    from wxpaykit.django.store import DatabaseStore

    connections.databases["bare"] = {**connections.databases["default"], "NAME": ":memory:"}
    try:
        for ask in (lambda store: store.get("a"), lambda store: store.add("a", "b", 60)):
            with pytest.raises(RuntimeError, match="no table wxpaykit_storedvalue: run manage"):
                ask(DatabaseStore("bare"))
    finally:
        del connections.databases["bare"]


def test_an_empty_variable_does_not_take_djangos_store_away(django_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wxpaykit.django.conf import client_settings
    from wxpaykit.django.store import DatabaseStore

    monkeypatch.setenv("WXPAY_STORE", "")
    assert isinstance(client_settings()["store"], DatabaseStore)
    monkeypatch.setenv("WXPAY_STORE", "memory:")
    assert "store" not in client_settings()


def test_django_checks_its_settings(django_shop: Any) -> None:
    from django.core.checks import run_checks
    from django.test import override_settings

    def said(wxpay: Any = None, **others: Any) -> list[str]:
        given = {"amount_of": "django_shop.amount_of"} if wxpay is None else wxpay
        with override_settings(WXPAY=given, **others):
            return [str(message.id).removeprefix("wxpaykit.") for message in run_checks(tags=["wxpaykit"])]

    fine = {"amount_of": lambda payment: 100}
    assert said() == said(fine) == []
    assert said([]) == ["E001"]
    assert said(fine | {"api_key": "short"}) == ["E002"]
    assert said(fine | {"no_such": 1}) == ["E002"]
    assert said({"amount_of": "nowhere.at.all"}) == ["E003"]
    assert said(fine | {"pending": 1}) == ["E003"]

    async def later(payment: object) -> int:
        return 100

    assert said({"amount_of": later}) == ["E003"]
    assert said({"store": "sqlite:x.db"}) == ["E004"]
    assert said(fine | {"store": "django:elsewhere"}) == ["E005"]
    assert said(fine | {"store": "django:default"}) == []
    assert said(fine | {"store": "memory:"}) == ["W001"]
    assert said(fine | {"notify_url": "https://shop.example/elsewhere"}) == ["W003"]
    http_url = fine | {"notify_url": "http://shop.example/wxpay/notify"}
    assert said(http_url, SECURE_SSL_REDIRECT=True) == ["W004"]
    assert said(http_url, PREPEND_WWW=True) == ["W005"]
    receivers, django_shop.payment_confirmed.receivers = django_shop.payment_confirmed.receivers, []
    django_shop.payment_confirmed.sender_receivers_cache.clear()
    try:
        assert said() == ["W002"]
    finally:
        django_shop.payment_confirmed.receivers = receivers


def test_a_project_without_zones_reconciles(django_shop: Any) -> None:
    from django.test import override_settings

    from wxpaykit.django.management.commands.wxpay_reconcile import zoned

    naive = datetime(2026, 11, 27, 20, 0)
    thing = SimpleNamespace(out_trade_no="3", total_fee=3, created=naive)
    orders = [("1", 1, naive), {"out_trade_no": "2", "total_fee": 2, "created": naive}, thing, "no order"]
    with override_settings(USE_TZ=False, TIME_ZONE="Asia/Shanghai"):
        one, two, three, four = zoned(orders)
    for created in (one[2], two["created"], three[2]):
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


def test_django_answers_whoever_hung_up_and_whatever_its_settings_lack(
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


def test_no_frame_of_djangos_shows_a_secret(django_shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_djangos_migrations_are_whole(django_shop: Any) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "wxpaykit", check=True, dry_run=True, verbosity=0)


# --- Over real HTTP, with their usual servers ------------------------------------------------------------------------


def shop_environment(emulator: Emulator, folder: Path) -> dict[str, str]:
    environment = {f"WXPAY_{name.upper()}": value for name, value in emulator.settings.items()}
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
    where = ["--host", "127.0.0.1", "--port", str(port)] if server == "uvicorn" else ["--bind", f"127.0.0.1:{port}"]
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


def ask(port: int, method: str, path: str, body: bytes | Iterator[bytes] | None = None) -> Answer:
    """An iterator goes out in chunks, without a length."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {"Content-Type": "text/xml"} if body is not None else {})
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
        return ask(port, "POST", "/wxpay/notify", body) == REFUSED
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
