"""The code of both READMEs, and of the pages about Python, frameworks and signatures, run against the emulator."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet
import pytest
from conftest import ROOT, Emulator, Sale, order
from test_http import Posted, server, visit
from test_store import keeps_the_contract

from wxpaykit import BusinessError, WxPay, ack, bill, dispatch, sign
from wxpaykit._native import probe_store
from wxpaykit.testing import signed_notification

DOCS = ROOT / "docs"


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", text_of(page), re.M | re.S)


@pytest.mark.parametrize("page", ["../README.md", "../README.zh-CN.md"])
def test_the_readme(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (shop,) = blocks(page)
    names: dict[str, Any] = {"__name__": "shop"}
    with Emulator() as wechat:
        for name, value in wechat.settings.items():
            monkeypatch.setenv(f"WXPAY_{name.upper()}", value)
        exec(compile(shop, page, "exec", dont_inherit=True), names)
        customer = names["app"].test_client()
        assert customer.get("/pay", query_string={"code": "x", "state": ""}).location == "/"
        away = customer.get("/").location
        state = parse_qs(urlsplit(away).query)["state"][0]
        shown = customer.get("/pay", query_string={"code": visit(away, state), "state": state}).text
        found = re.search(r"const params = (\{.*?\})</script>", shown)
        assert found is not None, shown
        paid = wechat.post("/_emulator/pay", {"params": json.loads(found[1])})
        assert paid["err_msg"] == "get_brand_wcpay_request:ok"
        number = paid["out_trade_no"]
        body = wechat.notification(out_trade_no=number, transaction_id=paid["transaction_id"])
        for _ in range(2):
            assert customer.post("/wxpay/notify", data=body).data == ack().body
    assert capsys.readouterr().out == f"ship {number}\n"


def test_the_page_of_bills(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Emulator(frozen_clock=True) as wechat:
        for name, value in wechat.settings.items():
            monkeypatch.setenv(f"WXPAY_{name.upper()}", value)
        names: dict[str, Any] = {}
        code = blocks("bills.md")
        assert len(code) == 8
        for block in code:
            exec(compile(block, "docs/bills.md", "exec", dont_inherit=True), names)
        fields = order(total_fee=100)
        wechat.sync().unifiedorder(**fields)
        number = fields["out_trade_no"]
        wechat.post("/_emulator/pay", {"out_trade_no": number})
        now = datetime.fromtimestamp(wechat.get("/_emulator/clock")["now"], timezone(timedelta(hours=8)))
        day = now.date()
        assert names["try_books"](day) == "later"
        advance, reset = re.findall(
            r"^curl -d '(\{.+\})' http://127.0.0.1:8700/_emulator/clock$", text_of("bills.md"), re.M
        )
        assert json.loads(reset) == {"reset": True}
        # From the first second of the day on, it is past 10:00 of the next one.
        assert json.loads(advance)["advance_s"] >= timedelta(days=1, hours=10).total_seconds()
        wechat.post("/_emulator/clock", json.loads(advance))
        assert names["try_books"]("2020-01-01") == "nothing happened"
        assert names["try_books"](day) == names["books"](day) == (100, 1, Decimal("0.01"))
        with WxPay(
            **{name: value for name, value in wechat.settings.items() if name != "api_key"}, **wechat.v3_settings
        ) as own:
            assert names["books_by_v3"](own, day) == (100, 1, 100)
        seen: list[int] = []
        path = tmp_path / "bill.csv"
        assert names["keep"](day, path, seen.append) == [number] and seen
        assert names["table"](path).to_dict() == {"SUCCESS": 100}
        assert names["by_state"](path) == [("SUCCESS", 100)]
        names["large"](path, tmp_path / "large.parquet")
        names["to_parquet"](path, tmp_path / "bill.parquet")
        kept = pyarrow.parquet.read_table(tmp_path / "bill.parquet")
        assert kept.equals(pyarrow.parquet.read_table(tmp_path / "large.parquet"), check_metadata=True)
        assert kept.to_pylist() == pyarrow.table(bill.read(path).to_arrow()).to_pylist()
        assert (kept["total_fee"].to_pylist(), kept.field("trade_time").type.tz) == ([100], "Asia/Shanghai")
        assert kept.field("total_fee").metadata[b"unit"] == b"fen"
        mine = [{"out_trade_no": number, "total_fee": 99}]
        assert names["differences"](day, mine) == [("amount", number, 100, 99)]
        wechat.post("/_emulator/clock", json.loads(reset))
        assert abs(wechat.get("/_emulator/clock")["ahead_s"]) < 60  # It is frozen.


def test_the_page_of_signature_errors(environment: None, emulator: Emulator) -> None:
    (block,) = blocks("signature-errors.md")
    names: dict[str, Any] = {}
    exec(compile(block, "docs/signature-errors.md", "exec", dont_inherit=True), names)
    key = os.environ["WXPAY_API_KEY"]
    fields = {"body": "茶", "out_trade_no": "N1"}
    fields["sign"] = sign(fields, key.upper(), "MD5")
    mistake, proved, field, text = names["why"](fields, key)
    assert (mistake, proved, field) == ("key_other_case", True, None)
    assert "body=茶&out_trade_no=N1&key=***" in text
    assert "out_trade_no=N1" in names["signed"]("orderquery", {"out_trade_no": "N1"})
    config = {"nonceStr": "n", "timestamp": 1, "signature": "0" * 40}
    assert names["why_wx_config"](config, "https://a.example/", "http://a.example/") == "url_scheme"


@pytest.fixture
def environment(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulator.settings.items():
        if name != "store":  # The guide's Django has its own.
            monkeypatch.setenv(f"WXPAY_{name.upper()}", value)


@pytest.fixture
def page(environment: None) -> dict[str, Any]:
    names: dict[str, Any] = {}
    code = blocks("python.md")
    assert len(code) == 17
    for block in code:
        exec(compile(block, "docs/python.md", "exec", dont_inherit=True), names)
    return names


def refunds(emulator: Emulator, page: dict[str, Any], number: str) -> None:
    """The chapter on refunds, with an order of 100 that is paid."""
    posted, booked, failed = Posted(), [], []
    first, second = page["part_of"](number, 30), page["part_of"](number, 20)
    with server(posted) as shop:
        page["pay"] = WxPay.from_env(notify_url=f"{shop}/notify")
        assert page["give_back"](first) == page["give_back"](first) == "accepted"
        emulator.post("/_emulator/refund", {"out_refund_no": first["out_refund_no"], "result": "SUCCESS"})
        emulator.post("/_emulator/clock", {"advance_s": 0})
        body = posted.bodies[0]
    assert page["give_back"](page["part_of"](number, 71)).startswith("refused: refund: ERROR")
    functions = (
        {},
        lambda *_: None,
        lambda refund, key: booked.append(refund),
        lambda refund, key: failed.append(refund),
    )
    assert page["notified_of_both"](body, {}, *functions) == (ack().body, 200, ack().content_type)
    assert [refund.out_refund_no for refund in booked] == [first["out_refund_no"]]
    page["give_back"](second)
    emulator.post("/_emulator/refund", {"out_refund_no": second["out_refund_no"], "result": "REFUNDCLOSE"})
    ago = datetime.now(timezone.utc) - timedelta(seconds=40)
    pending = [(first["out_refund_no"], 30, ago), (second["out_refund_no"], 20, ago)]
    states = page["every_hour"](pending, *functions[2:])
    assert list(states.values()) == ["handed_over", "delivered"]
    assert [refund.refund_status for refund in failed] == ["REFUNDCLOSE"]
    assert page["refunds_of"](number) == [
        (first["out_refund_no"], 30, "SUCCESS"),
        (second["out_refund_no"], 20, "REFUNDCLOSE"),
    ]


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
    assert page["notified"](body, {}, {number: 1}, ship) == page["notified"](b"<xml/>", {}, {}, ship) == refused
    assert page["notified"](body, {}, {}, ship) == refused
    ago = datetime.now(timezone.utc) - timedelta(seconds=40)
    assert page["every_minute"]([(number, 100, ago)], ship) == [number]
    assert page["notified"](body, {}, {number: 100}, ship) == taken
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
    refunds(emulator, page, number)
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


def framework_block(name: str) -> str:
    (block,) = [block for block in blocks("frameworks.md") if block.startswith(f"# {name}\n")]
    return block


def framework(name: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "shop"}
    exec(compile(framework_block(name), "docs/frameworks.md", "exec", dont_inherit=True), names)
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
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # An application of aiohttp runs once, so each time another one is made, and they share a store as processes do.
    monkeypatch.setenv("WXPAY_STORE", f"sqlite://{tmp_path}/store.db")
    names = framework(name)
    app = names["create_app"] if name == "aiohttp" else names["create_app"]()
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


def test_several_clients_behind_one_address(
    environment: None, sale: Sale, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CERT", "KEY"):  # Those of one merchant; the page has clients of two.
        monkeypatch.delenv(f"WXPAY_CLIENT_{name}", raising=False)
    names = framework("dispatch")
    taken, refused = [(answer.body, answer.status, answer.content_type) for answer in (ack(), ack(False, "FAIL"))]
    assert names["notified"](sale.body, {}) == refused
    names["orders"][sale.out_trade_no] = 100
    assert names["notified"](sale.body, {}) == names["notified"](sale.body, {}) == taken
    for client in names["clients"]:
        key = "0123456789abcdef" * 2 if client.mch_id == "1900000109" else os.environ["WXPAY_API_KEY"]
        other = signed_notification({"appid": client.appid, "mch_id": client.mch_id}, key)
        assert dispatch(other, names["clients"]) is client
        assert client.notify.parse(other).appid == client.appid
    assert capsys.readouterr().out == f"ship {sale.out_trade_no}\n"


def test_a_framework_without_a_module(emulator: Emulator, sale: Sale) -> None:
    (block,) = [block for block in blocks("frameworks.md") if block.startswith("def notified(pay")]
    names: dict[str, Any] = {}
    exec(compile(block, "docs/frameworks.md", "exec", dont_inherit=True), names)
    answer = names["notified"](emulator.sync(), sale.body, {}, lambda payment: 100, lambda payment, key: None)
    assert answer == (ack().body, ack().status, ack().content_type)


RUN = """
import io, json, os, re, sys, urllib.parse, urllib.request
import django
django.setup()
from django.core.management import call_command
from django.test import AsyncClient, Client
call_command("makemigrations", "shop", verbosity=0)
call_command("check", fail_level="WARNING", stdout=io.StringIO())
call_command("migrate", verbosity=0)
from asgiref.sync import async_to_sync
from datetime import timedelta
from shop.models import Order
from test_http import visit
from wxpaykit.django import pay
from wxpaykit.testing import signed_notification

# The customer logs in by WeChat, and gets a page that opens the cashier.
customer = Client()

def log_in():
    away = customer.get("/")["Location"]
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(away).query)["state"][0]
    return {"code": visit(away, state), "state": state}

assert customer.get("/pay", log_in() | {"state": "another"})["Location"] == "/"
page = customer.get("/pay", log_in()).content.decode()
order = Order.objects.get()
url = re.search(r"fetch\\('([^']+)'\\)", page)[1]
print(url == f"/orders/{order.number}/state", customer.get(url).json())
params = json.loads(re.search(r'<script id="params" type="application/json">(.+?)</script>', page)[1])

# The emulator pays with what the page was given, as the cashier does.
request = urllib.request.Request(sys.argv[1] + "/_emulator/pay", json.dumps({"params": params}).encode())
paid = json.load(urllib.request.urlopen(request))
assert paid["err_msg"] == "get_brand_wcpay_request:ok", paid
asynchronous = async_to_sync(AsyncClient().get)(url.replace("/state", "/astate")).json()
print(asynchronous, Order.objects.get().paid, customer.get(url).json())

# Its notification comes in the end.
fields = {"out_trade_no": order.number, "transaction_id": paid["transaction_id"]}
body = signed_notification(fields, os.environ["WXPAY_API_KEY"])
for _ in range(2):
    answer = Client(enforce_csrf_checks=True).post("/wxpay/notify", body, content_type="text/xml")
    print(answer.status_code, b"SUCCESS" in answer.content)

last = "y" if order.number.endswith("z") else "z"
other = Order.objects.create(number=order.number[:-1] + last, title="tea", amount=100)
fields = {"body": "tea", "out_trade_no": other.number, "total_fee": 100, "spbill_create_ip": "127.0.0.1"}
pay.unifiedorder(**fields, openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
Order.objects.update(created=order.created - timedelta(seconds=60))
out = io.StringIO()
call_command("wxpay_reconcile", stdout=out)
print(out.getvalue().partition(": ")[2].strip())
Order.objects.update(created=order.created - timedelta(days=9))
call_command("wxpay_reconcile", stdout=out, verbosity=2)
print(out.getvalue().splitlines()[-1])
"""
SETTINGS = """
ROOT_URLCONF, SECRET_KEY, USE_TZ, ALLOWED_HOSTS = "urls", "a test's", True, ["testserver", "127.0.0.1"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}}
INSTALLED_APPS = ["django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
"""


def django_files(folder: Path, more: dict[str, str]) -> None:
    """The blocks of the page, as files of a project."""
    files = {"shop/__init__.py": "", "shop/migrations/__init__.py": "", **more}
    for block in blocks("frameworks.md"):
        name = block.split("\n", 1)[0].removeprefix("# ")
        if name.endswith(".py"):
            files[name] = block
    (page,) = re.findall(r"^```html\n<!-- (\S+) -->\n(.*?)^```$", text_of("frameworks.md"), re.M | re.S)
    files[page[0]] = page[1]
    assert len(files) == 2 + len(more) + 7
    files["settings.py"] = SETTINGS + files["settings.py"]
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_django(environment: None, emulator: Emulator, tmp_path: Path) -> None:
    """From the customer's login to the payment, in the shop that the page shows."""
    django_files(tmp_path, {"run.py": RUN})
    run = subprocess.run(
        [sys.executable, "run.py", emulator.url],
        cwd=tmp_path,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(Path(__file__).parent),
            "WXPAY_NOTIFY_URL": "http://127.0.0.1:8000/wxpay/notify",
        },
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    said = [
        "True {'paid': False}",
        "{'paid': True} True {'paid': True}",
        "200 True",
        "200 True",
        "not paid, NOTPAY",
        "0 pending: 0 asked for, 0 not due, 0 older than eight days",
    ]
    assert (run.stdout.splitlines(), run.returncode) == (said, 0), run.stderr
