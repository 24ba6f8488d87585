"""The code of the README, docs/python.md and docs/frameworks.md, run against the emulator."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Emulator, Sale
from test_http import Posted, server, visit
from test_store import keeps_the_contract

from wxpaykit import BusinessError, WxPay, ack
from wxpaykit._native import probe_store

DOCS = ROOT / "docs"


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.M | re.S)


class Reader(dict[str, Any]):
    """What a page's code takes for granted, made when it is first named."""

    def __init__(self, **makers: Callable[[], Any]) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, name: str) -> Any:
        self[name] = self._makers[name]()
        return self[name]


def test_the_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand, shop = blocks("../README.md")
    shipped: list[str] = []
    with Emulator() as wechat:
        for name, value in wechat.settings.items():
            monkeypatch.setenv(f"WXPAY_{name.upper()}", value)

        def raw_body() -> bytes:
            wechat.pay(out_trade_no="20260806125346")
            paid = wechat.order("20260806125346")
            return wechat.notification(
                **{name: paid[name] for name in ("out_trade_no", "transaction_id", "total_fee", "openid")}
            )

        names = Reader(
            code=lambda: visit(names["url"], "4f6a"),
            raw_body=raw_body,
            recorded=lambda: lambda payment: 100,
            ship=lambda: lambda payment, key: shipped.append(payment.out_trade_no),
        )
        exec(compile(shop, "README.md", "exec"), {}, names)
        assert (names["handled"].delivered, shipped) == (True, ["20260806125346"])

        lines = [line[4:] for line in by_hand.splitlines()]
        hand: dict[str, Any] = {}
        exec("\n".join(lines[:-1]).replace("http://127.0.0.1:8700", wechat.url), hand)
        assert hand["order"].code_url.startswith("weixin://")
        assert eval(lines[-1], hand) == "NOTPAY"
        wechat.pay(out_trade_no=hand["number"])
        assert eval(lines[-1], hand) == "SUCCESS"


@pytest.fixture
def environment(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulator.settings.items():
        monkeypatch.setenv(f"WXPAY_{name.upper()}", value)


@pytest.fixture
def page(environment: None) -> dict[str, Any]:
    names: dict[str, Any] = {}
    code = blocks("python.md")
    assert len(code) == 12
    for block in code:
        exec(compile(block, "docs/python.md", "exec"), names)
    return names


def test_the_guide(emulator: Emulator, page: dict[str, Any], tmp_path: Path) -> None:
    posted = Posted()
    shipped: list[str] = []

    def ship(payment: Any, idempotency_key: str) -> None:
        shipped.append(payment.out_trade_no)

    with server(posted) as shop:
        page["pay"] = WxPay.from_env(notify_url=f"{shop}/notify")
        params = page["buy"](visit(page["begin"]("s1")), "203.0.113.9")
        prepay_id = params["package"].removeprefix("prepay_id=")
        emulator.post("/_emulator/pay", {"prepay_id": prepay_id, "result": "ok"})
        assert posted.came.wait(10)
        body = posted.bodies[0]
    number = page["pay"].notify.parse(body).out_trade_no
    taken, refused = [(answer.body, answer.status, answer.content_type) for answer in (ack(), ack(False, "FAIL"))]
    assert page["notified"](body, {number: 1}, ship) == page["notified"](b"<xml/>", {}, ship) == refused
    assert page["notified"](body, {}, ship) == refused
    ago = datetime.now(timezone.utc) - timedelta(seconds=40)
    assert page["every_minute"]([(number, 100, ago)], ship) == [number]
    assert page["notified"](body, {number: 100}, ship) == taken
    assert shipped == [number]
    assert page["is_paid"](number, ship)
    assert shipped == [number]
    assert page["close"](number) == "paid"
    assert asyncio.run(page["states"]([number, number])) == ["SUCCESS", "SUCCESS"]
    as_dict, raw = page["describe"](number)
    assert (as_dict["total_fee"], raw["total_fee"]) == (100, "100")
    counts: dict[tuple[str, str], int] = {}
    page["counted"](counts).orderquery(out_trade_no=number)
    assert counts == {("orderquery", "ok"): 1}
    assert spans(page, number) == [("wxpay orderquery", None), ("wxpay orderquery", "ORDERNOTEXIST")]
    assert page["shared"](tmp_path).jssdk.access_token()
    assert (tmp_path / "wxpay.db").exists()


def spans(page: dict[str, Any], number: str) -> list[tuple[str, object]]:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    pay = page["traced"](provider.get_tracer("shop"))
    pay.orderquery(out_trade_no=number)
    with pytest.raises(BusinessError):
        pay.orderquery(out_trade_no="nobody")
    return [(span.name, (span.attributes or {}).get("error.type")) for span in exporter.get_finished_spans()]


def test_the_store_of_the_guide(page: dict[str, Any], tmp_path: Path) -> None:
    @contextmanager
    def connect() -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(tmp_path / "rows.db", timeout=20, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()

    with connect() as connection:
        connection.execute("CREATE TABLE rows (key TEXT PRIMARY KEY, value TEXT, until REAL)")
    keeps_the_contract(probe_store(page["Rows"](connect)), probe_store(page["Rows"](connect)))


def framework(name: str) -> dict[str, Any]:
    (block,) = [block for block in blocks("frameworks.md") if block.startswith(f"# {name}\n")]
    names: dict[str, Any] = {"__name__": "shop"}
    exec(compile(block, "docs/frameworks.md", "exec"), names)
    return names


def post_to_wsgi(app: Any, body: bytes) -> bytes:
    from werkzeug.test import Client

    return Client(app).post("/wxpay/notify", data=body).data


def post_to_asgi(app: Any, body: bytes) -> bytes:
    from starlette.testclient import TestClient

    with TestClient(app) as client:
        return client.post("/wxpay/notify", content=body).content


def post_to_aiohttp(make_app: Any, body: bytes) -> bytes:
    from aiohttp.test_utils import TestClient, TestServer

    async def post() -> bytes:
        async with TestClient(TestServer(make_app())) as client:
            return await (await client.post("/wxpay/notify", data=body)).read()

    return asyncio.run(post())


@pytest.mark.parametrize(
    ("name", "post"),
    [
        ("flask", post_to_wsgi),
        ("wsgi", post_to_wsgi),
        ("fastapi", post_to_asgi),
        ("starlette", post_to_asgi),
        ("aiohttp", post_to_aiohttp),
    ],
)
def test_the_frameworks(
    environment: None,
    sale: Sale,
    name: str,
    post: Callable[[Any, bytes], bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = framework(name)
    # An application of aiohttp runs once, so its maker is asked for another each time.
    app = names["create_app"]() if name == "flask" else names["make_app" if name == "aiohttp" else "app"]
    assert post(app, sale.body) == ack(False, "FAIL").body
    names["orders"][sale.out_trade_no] = 100
    assert post(app, sale.body) == post(app, sale.body) == ack().body
    assert capsys.readouterr().out == f"ship {sale.out_trade_no}\n"
    if name == "fastapi":
        from starlette.testclient import TestClient

        with TestClient(app) as client:
            assert client.get(f"/orders/{sale.out_trade_no}").json() == {"state": "SUCCESS"}
    if name == "aiohttp":
        assert asyncio.run(state_in_aiohttp(app(), sale)) == {"state": "SUCCESS"}


async def state_in_aiohttp(app: Any, sale: Sale) -> Any:
    from aiohttp.test_utils import TestClient, TestServer

    async with TestClient(TestServer(app)) as client:
        return await (await client.get(f"/orders/{sale.out_trade_no}")).json()


PROJECT = {
    "shop/__init__.py": "",
    "shop/apps.py": """
        from django.apps import AppConfig

        class ShopConfig(AppConfig):
            name = "shop"
            def ready(self):
                from . import orders
    """,
    "shop/models.py": """
        from django.db import models

        class Order(models.Model):
            number = models.CharField(max_length=32, unique=True)
            title = models.CharField(max_length=100)
            amount = models.IntegerField()
            paid = models.BooleanField(default=False)
            created = models.DateTimeField(auto_now_add=True)
    """,
    "run.py": """
        import sys, django
        django.setup()
        from django.core.management import call_command
        from django.test import Client
        import io
        call_command("check", fail_level="WARNING", stdout=io.StringIO())
        call_command("migrate", run_syncdb=True, verbosity=0)
        from datetime import timedelta
        from shop.models import Order
        from shop.orders import is_paid, page_params
        number, body = sys.argv[1], open(sys.argv[2], "rb").read()
        order = Order.objects.create(number=number, title="tea", amount=100)
        print(is_paid(order), Order.objects.get(number=number).paid)
        for _ in range(2):
            answer = Client(enforce_csrf_checks=True).post("/wxpay/notify", body, content_type="text/xml")
            print(answer.status_code, b"SUCCESS" in answer.content, Order.objects.get(number=number).paid)
        other = Order.objects.create(number=number[:-1] + "z", title="tea", amount=100)
        assert page_params(other, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "203.0.113.9")["package"].startswith("prepay_id=")
        assert not is_paid(other)
        Order.objects.update(created=order.created - timedelta(seconds=60))
        out = io.StringIO()
        call_command("wxpay_reconcile", stdout=out)
        print(out.getvalue().partition(": ")[2].strip())
    """,
}
SETTINGS = """
import os
ROOT_URLCONF, SECRET_KEY, USE_TZ, ALLOWED_HOSTS = "urls", "a test's", True, ["testserver", "shop.example"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}}
INSTALLED_APPS = ["shop"]
"""


def test_django(environment: None, sale: Sale, tmp_path: Path) -> None:
    """The blocks, as files of a project."""
    files = {name: textwrap.dedent(text) for name, text in PROJECT.items()}
    for block in blocks("frameworks.md"):
        name = block.split("\n", 1)[0].removeprefix("# ")
        if name.endswith(".py"):
            files[name] = block
    assert len(files) == len(PROJECT) + 3
    files["settings.py"] = SETTINGS + files["settings.py"]
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "body").write_bytes(sale.body)
    run = subprocess.run(
        [sys.executable, "run.py", sale.out_trade_no, "body"],
        cwd=tmp_path,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    said = ["True True", "200 True True", "200 True True", "not paid, NOTPAY"]
    assert (run.stdout.splitlines(), run.returncode) == (said, 0), run.stderr
