"""Each shop of examples/ under its server, as `make demo` starts it, with a WeChat of its own."""

from __future__ import annotations

import ast
import http.client
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest

from wxpaykit import WxPay, ack
from wxpaykit.testing import Emulator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))
sys.path.append(str(EXAMPLES.parent / "tests"))

import demo  # noqa: E402
import no_secret  # noqa: E402

NODE_SHOPS = sorted(path.parent.name.removesuffix("_shop") for path in EXAMPLES.glob("*_shop/tea.ts"))


class Shop:
    def __init__(self, url: str, merchant: dict[str, str]) -> None:
        self.url = url
        self.wechat = demo.Control(merchant["url"])

    def order(self) -> str:
        """A customer orders: the number."""
        browser, url = demo.Browser(), f"{self.url}/buy"
        while (answer := browser.get(url))[0] == 302:
            url = urljoin(url, answer[1])
        assert answer[0] == 200, answer
        return urlsplit(url).path.rsplit("/", 1)[1]

    def page(self, number: str) -> str:
        status, _, body = demo.Browser().get(f"{self.url}/orders/{number}")
        assert status == 200, body
        return body

    def is_paid(self, number: str) -> bool:
        status, _, body = demo.Browser().get(f"{self.url}/orders/{number}/status")
        assert status == 200, body
        return json.loads(body)["paid"]

    def pay(self, number: str) -> None:
        self.wechat.post("/_emulator/pay", {"out_trade_no": number, "result": "ok"})

    def staff(self, password: str = demo.STAFF[1], name: str = demo.STAFF[0]) -> demo.Browser:
        """The browser of somebody of the staff, who has logged in. At a shop without accounts by HTTP Basic."""
        credentials = b64encode(f"{name}:{password}".encode()).decode()
        browser = demo.Browser({"Authorization": f"Basic {credentials}"})
        form = browser.get(f"{self.url}/admin/login/")
        if form[0] == 200:
            fields = hidden_fields(form[2]) | {"username": name, "password": password}
            browser.submit(f"{self.url}/admin/login/?next=/bill", fields)
        return browser

    def refund(self, number: str, browser: demo.Browser) -> int:
        """Submits the form of the order's page: the status of the answer.

        Where the page has no form, with the token of the first page: a stranger has that one too.
        """
        pages = [browser.get(self.url + path)[2] for path in (f"/orders/{number}", "/")]
        fields = next(filter(None, map(hidden_fields, pages)), {})
        status, _, said = browser.submit(f"{self.url}/orders/{number}/refund", fields)
        assert "CSRF" not in said, said
        return status

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "text/xml"} if body is not None else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="module", autouse=True)
def _no_output_has_a_secret() -> Iterator[None]:
    """Neither a page of a shop nor what a shop prints."""
    pages: list[str] = []
    logs: set[Path] = set()
    open_page, serve = demo.Browser._open, demo.serve

    def opened(browser: demo.Browser, *request: Any) -> tuple[int, str, str]:
        answer = open_page(browser, *request)
        pages.extend(answer[1:])
        return answer

    def served(*how: Any) -> demo.Served:
        shop = serve(*how)
        logs.add(shop.log)
        return shop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.Browser, "_open", opened)
        patch.setattr(demo, "serve", served)
        yield
    assert no_secret.found("\n".join([*pages, *(log.read_text(errors="replace") for log in logs)])) == []


@pytest.fixture(scope="module", params=demo.SHOPS)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with ExitStack() as stack:
        merchant = demo.start_emulator(stack)
        yield Shop(demo.start_shop(stack, request.param, merchant).url, merchant)


def test_without_a_notification_the_page_queries(shop: Shop) -> None:
    number = shop.order()
    assert not shop.is_paid(number)
    shop.wechat.post("/_emulator/faults", {"fault": "drop", "out_trade_no": number})
    shop.pay(number)
    assert "未支付" in shop.page(number)
    time.sleep(1)  # Until then the last answer is used again.
    assert shop.is_paid(number)
    page = shop.page(number)
    assert "已支付" in page and 'id="bridge"' not in page


def test_a_forged_notification_delivers_nothing(shop: Shop) -> None:
    number = shop.order()
    lie = {"fault": "tamper", "field": "total_fee", "value": 1, "sign": "right"}
    for fault in (lie, {"fault": "drop"}):
        shop.wechat.post("/_emulator/faults", {**fault, "out_trade_no": number})
    shop.pay(number)
    shop.wechat.post("/_emulator/clock", {"advance_s": 0})
    (order,) = shop.wechat.get(f"/_emulator/orders?out_trade_no={number}")
    assert [(one["genuine"], "FAIL" in one["answer"]) for one in order["notifications"]["attempts"][:1]] == [
        (False, True)
    ]
    assert "未支付" in shop.page(number)


def test_the_page_is_signed_with_its_query(shop: Shop) -> None:
    number = shop.order()
    query = "?from=singlemessage&x=%E8%8C%B6"
    config = in_page(shop.page(number + query))["config"]
    asked = {name: config[name] for name in ("appId", "timestamp", "nonceStr", "signature")}
    for address, answer in [(query, "preVerifyJSAPI:ok"), ("", "preVerifyJSAPI:fail_invalid signature")]:
        url = f"{shop.url}/orders/{number}{address}"
        assert shop.wechat.post("/_emulator/jssdk", {**asked, "url": url})["err_msg"] == answer


def in_page(text: str) -> dict[str, Any]:
    """The data for the script of the order's page."""
    found = demo.PARAMS.search(text)
    assert found is not None, text
    return json.loads(found[1])


def test_an_unknown_state_is_not_paid(shop: Shop) -> None:
    number = shop.order()
    shop.wechat.post("/_emulator/faults", {"fault": "wrong_sign", "endpoint": "/pay/orderquery"})
    status, said = shop.ask("GET", f"/orders/{number}/status")
    assert (status, "请稍后再试" in said) == (502, True)
    shop.wechat.delete("/_emulator/faults")
    # For a second, whoever asks for the order gets the same failure, and WeChat is not asked again.
    time.sleep(1.1)
    assert not shop.is_paid(number)


def test_requests_that_do_not_come_from_wechat(shop: Shop) -> None:
    bodies = [b"", b"x", b"<xml></xml>", b"<xml><return_code>SUCCESS</return_code></xml>", b"<xml><a>", b"\0\xff"]
    for body in [*bodies, b"<!DOCTYPE x><xml></xml>", b"<xml><a>%s</a></xml>" % (b"x" * 100_000)]:
        try:
            status, text = shop.ask("POST", "/wxpay/notify", body)
        except ConnectionError:  # A body that is not read to its end.
            assert len(body) > 65_536
            continue
        # WeChat's answer, and no error page. APIv3 takes status 200 for a success: what may be of it gets 500.
        is_read_as_xml = body.startswith(b"<") and len(body) <= 65_536
        assert (status, text) == (200 if is_read_as_xml else 500, ack(False, "FAIL")), body[:40]
    for path, status in [
        *[
            (f"/bought{query}", 400)
            for query in ("", "?code=x", "?code=x&state=", "?code=x&state=y", "?state=a&state=b")
        ],
        *[(f"/orders/{number}", 404) for number in ("x", "x/status", "%3Cscript%3E", "'%20OR%201=1--")],
    ]:
        assert shop.ask("GET", path)[0] == status, path


def hidden_fields(page: str) -> dict[str, str]:
    """Django's token against CSRF, where the page has one."""
    return dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]*)"', page))


#: Who may not refund: one of the staff, who sees the bill, and somebody who is none of them.
ACCOUNTS = f"""
from django.contrib.auth.models import User
for name, is_staff in [("clerk", True), ("customer", False)]:
    User.objects.create_user(name, password="{demo.STAFF[1]}", is_staff=is_staff)
"""


@pytest.mark.parametrize("kind", demo.SHOPS)
def test_a_paid_order_is_refunded_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over TLS, where refunds need the merchant's certificate."""
    with Emulator(arguments=("--tls",)) as wechat, ExitStack() as stack:
        with urllib.request.urlopen(f"{wechat.url}/_emulator/ca.pem") as answer:
            (tmp_path / "ca.pem").write_bytes(answer.read())
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert wechat.tls_url is not None
        url, _, environment, _ = demo.start_shop(stack, kind, {**wechat.settings, "url": wechat.tls_url})
        shop = Shop(url, {"url": wechat.url})
        browser = shop.staff()
        strangers = [demo.Browser(), shop.staff("coffee"), shop.staff("")]
        if kind == "django":
            subprocess.run([*demo.MANAGE, "shell", "--command", ACCOUNTS], env=environment, check=True)
            clerk, customer = (shop.staff(name=name) for name in ("clerk", "customer"))
            assert clerk.get(f"{url}/bill")[0] == 200 and customer.get(f"{url}/bill")[0] == 302
            strangers += [clerk, customer]

        def refunds() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = shop.wechat.get("/_emulator/refunds")
            return found

        number = shop.order()
        assert 'id="refund"' not in shop.page(number)
        assert shop.refund(number, browser) == 404
        shop.pay(number)
        demo.wait_for(lambda: "已支付" in shop.page(number), "the order is paid")
        for stranger in strangers:
            assert shop.refund(number, stranger) == (403 if kind == "django" else 401)
        assert refunds() == [] and "已支付" in shop.page(number)
        # The gateway refuses a request without the merchant's certificate.
        assert {shop.refund(number, browser) for _ in range(2)} <= {302, 303}
        assert "退款中" in shop.page(number)
        demo.wait_for(lambda: "已退款" in shop.page(number), "the order is refunded")
        assert 'id="refund"' not in browser.get(f"{url}/orders/{number}")[2]
        (refund,) = refunds()
        assert (refund["out_trade_no"], refund["refund_fee"]) == (number, 100)


#: The Node shops have the same tea.ts.
V3_SHOPS = ["flask", "django", "fastapi", "aiohttp", "express"]


@pytest.mark.parametrize("kind", V3_SHOPS)
def test_a_payment_and_a_refund_by_apiv3(kind: str) -> None:
    """With the settings of APIv3 alone."""
    with Emulator() as wechat, ExitStack() as stack:
        merchant = {**wechat.settings, **wechat.v3_settings, "url": wechat.url}
        shop = Shop(demo.start_shop(stack, kind, merchant, api=demo.V3).url, merchant)
        browser = shop.staff()
        number = shop.order()
        params = in_page(shop.page(number))["jsapi"]
        assert params["signType"] == "RSA"
        # WeChat's page opens only if their signature is right.
        assert shop.wechat.post("/_emulator/pay", {"params": params})["err_msg"] == "get_brand_wcpay_request:ok"
        demo.wait_for(lambda: "已支付" in shop.page(number), "the order is paid")
        assert {shop.refund(number, browser) for _ in range(2)} <= {302, 303}
        demo.wait_for(lambda: "已退款" in shop.page(number), "the order is refunded")
        (refund,) = shop.wechat.get("/_emulator/refunds")
        assert (refund["out_trade_no"], refund["refund_fee"]) == (number, 100)
        asked = {entry["path"] for entry in wechat.journal()}
        assert "/v3/refund/domestic/refunds" in asked
        assert not [path for path in asked if path.startswith(("/pay/", "/secapi/"))]


@pytest.mark.parametrize("kind", demo.SHOPS)
def test_the_bill_is_for_staff(kind: str) -> None:
    with Emulator() as wechat, ExitStack() as stack:
        merchant = {**wechat.settings, "url": wechat.url}
        shop = Shop(demo.start_shop(stack, kind, merchant).url, merchant)
        refunded, paid = shop.order(), shop.order()
        for number in (refunded, paid):
            shop.pay(number)
            demo.wait_for(lambda number=number: "已支付" in shop.page(number), "the order is paid")
        staff = shop.staff()
        assert shop.refund(refunded, staff) in (302, 303)
        demo.wait_for(lambda: "已退款" in shop.page(refunded), "the order is refunded")

        today = datetime.now(timezone(timedelta(hours=8))).date()
        for stranger in [demo.Browser(), shop.staff("coffee"), shop.staff("")]:
            status, location, page = stranger.get(f"{shop.url}/bill?day={today}")
            assert (status, location) in [(401, ""), (302, f"/admin/login/?next=/bill%3Fday%3D{today}")], page
            assert paid not in page

        def bill(query: str) -> tuple[list[list[str]], str]:
            """The rows, from the second cell on, and the page."""
            status, _, page = staff.get(f"{shop.url}/bill{query}")
            assert status == 200, page
            rows = re.findall(r"<tr>(<td>[^\n]*)", page)
            return [[unescape(cell) for cell in row.split("<td>")[2:]] for row in rows], page

        def says(page: str) -> str:
            (why,) = re.findall(r"<p>(.*?)</p>", page, re.S)
            return str(unescape(why))

        rows, page = bill(f"?day={today}")
        assert rows == [] and "10:00" in says(page)
        rows, page = bill("?day=%3Cscript%3E")
        assert rows == [] and "<script>" not in page and "bill_date" in says(page)
        wechat.advance(36 * 3600)
        rows, page = bill(f"?day={today}")
        assert f"{today} 账单" in page and "<p>" not in page
        assert sorted(rows) == sorted(
            [[refunded, "SUCCESS", "100", "0"], [paid, "SUCCESS", "100", "0"], [refunded, "REFUND", "0", "100"]]
        )
        # The shop's clock is not WeChat's, which has moved on: yesterday is a day without business.
        rows, page = bill("")
        assert f"{today - timedelta(days=1)} 账单" in page and rows == [] and says(page)


@pytest.mark.parametrize("api", [demo.V2, demo.V3], ids=["v2", "v3"])
def test_the_mini_programs_shop_refunds_once_and_shows_the_bill_to_staff(api: demo.Api) -> None:
    with Emulator() as wechat, ExitStack() as stack:
        settings = wechat.v3_settings if api is demo.V3 else {}
        merchant = {**wechat.settings, **settings, "url": wechat.url}
        url = demo.start_shop(stack, "miniprogram", merchant, api=api).url
        shop, phone = Shop(url, merchant), demo.Control(url)
        phone.headers["Authorization"] = "Bearer " + phone.post("/login", phone_code(shop))["token"]
        number = phone.post("/orders", {})["out_trade_no"]
        staff = shop.staff()
        customer = demo.Browser(phone.headers)
        assert staff.submit(f"{url}/orders/{number}/refund", {})[0] == 404, "it is not paid"
        shop.pay(number)
        demo.wait_for(lambda: phone.get(f"/orders/{number}")["paid"], "the order is paid")
        for stranger in (customer, demo.Browser(), shop.staff("coffee"), shop.staff("")):
            assert stranger.submit(f"{url}/orders/{number}/refund", {})[0] == 401
            assert stranger.get(f"{url}/bill")[0] == 401
        foreign = demo.Browser({"Authorization": basic(demo.STAFF), "Origin": "https://evil.example"})
        assert foreign.submit(f"{url}/orders/{number}/refund", {})[0] == 403
        assert shop.wechat.get("/_emulator/refunds") == []
        assert phone.get(f"/orders/{number}") == {"paid": True, "refunded": False}
        assert {staff.submit(f"{url}/orders/{number}/refund", {})[0] for _ in range(2)} == {200}
        demo.wait_for(lambda: phone.get(f"/orders/{number}")["refunded"], "the order is refunded")
        (refund,) = shop.wechat.get("/_emulator/refunds")
        assert (refund["out_trade_no"], refund["refund_fee"]) == (number, 100)

        today = datetime.now(timezone(timedelta(hours=8))).date()
        assert "10:00" in staff.get(f"{url}/bill?day={today}")[2]
        wechat.advance(36 * 3600)
        status, _, page = staff.get(f"{url}/bill?day={today}")
        rows = [row.split("<td>")[2:] for row in re.findall(r"<tr>(<td>[^\n]*)", page)]
        assert (status, sorted(rows)) == (
            200,
            [[number, "REFUND", "0", "100"], [number, "SUCCESS", "100", "0"]],
        )


def phone_code(shop: Shop) -> dict[str, str]:
    """What ``wx.login`` gives a mini program."""
    return {"code": shop.wechat.post("/_emulator/login", {})["code"]}


def basic(account: tuple[str, str]) -> str:
    return "Basic " + b64encode(":".join(account).encode()).decode()


class CutsBills(BaseHTTPRequestHandler):
    """WeChat, but the connection breaks after the first thousands of rows of a bill."""

    protocol_version = "HTTP/1.1"
    wechat: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with closing(http.client.HTTPConnection(urlsplit(self.wechat).netloc, timeout=10)) as connection:
            connection.request("POST", self.path, body, {"Content-Type": self.headers["Content-Type"]})
            answer = connection.getresponse()
            said = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        if self.path != "/pay/downloadbill":
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
            return
        head, row, *_ = said.splitlines(keepends=True)
        rows = row * 4000
        self.send_header("Content-Length", str(len(head) + 3 * len(rows)))
        self.end_headers()
        self.wfile.write(head + rows)
        time.sleep(0.5)  # The shop has sent rows.
        self.wfile.write(rows)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("kind", demo.SHOPS)
def test_a_bill_that_breaks_off_is_not_shown_as_a_whole_one(kind: str) -> None:
    with Emulator() as wechat, ExitStack() as stack:
        handler = type("Handler", (CutsBills,), {"wechat": wechat.url})
        proxy = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        Thread(target=proxy.serve_forever, daemon=True).start()
        stack.callback(proxy.shutdown)
        merchant = {**wechat.settings, "url": f"http://127.0.0.1:{proxy.server_port}"}
        url, _, _, log = demo.start_shop(stack, kind, merchant)
        # No server listens at the client's own address, so no notification arrives.
        pay = WxPay(**wechat.settings)
        number = "20260806125346"
        pay.unifiedorder(body="tea", out_trade_no=number, total_fee=100, spbill_create_ip="::1", openid=wechat.openid)
        wechat.pay(out_trade_no=number)
        today = datetime.now(timezone(timedelta(hours=8))).date()
        wechat.advance(36 * 3600)
        shop = Shop(url, {"url": wechat.url})
        if kind == "django":  # It shows a bill that it has as a whole.
            status, _, page = shop.staff().get(f"{url}/bill?day={today}")
            assert (status, page) == (502, "微信支付暂时不可用，请稍后再试")
        else:
            said = exchange(url, f"/bill?day={today}", f"{demo.STAFF[0]}:{demo.STAFF[1]}")
            head, _, page = said.partition(b"\r\n\r\n")
            assert b" 200 " in head.splitlines()[0] and b"transfer-encoding: chunked" in head.lower()
            assert page.count(number.encode()) >= 1000
            # One answer, and the browser sees that it has no end.
            assert said.count(b"HTTP/1.1 ") == 1 and "请稍后再试".encode() not in said
            assert b"</table>" not in page and not page.endswith(b"0\r\n\r\n")
        demo.wait_for(lambda: "downloadbill" in log.read_text(), "the log says why")
        assert shop.ask("GET", "/")[0] == 200
        assert "after they are sent" not in log.read_text(), "no second answer was tried"


def exchange(url: str, path: str, password: str) -> bytes:
    """The bytes of an answer, up to the end of the connection."""
    host = urlsplit(url).netloc
    with socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=10) as connection:
        credentials = b64encode(password.encode()).decode()
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {credentials}\r\n\r\n".encode()
        )
        with connection.makefile("rb") as answer:
            return answer.read()


#: Those that ask for SHOP_PASSWORD. The Node shops have the same tea.ts.
BASIC_SHOPS = [kind for kind in V3_SHOPS if kind != "django"]


@pytest.mark.parametrize("kind", [kind for kind in demo.SHOPS if kind != "django"])
def test_a_page_of_another_site_cannot_refund(kind: str) -> None:
    """Even in a browser that keeps the password of the staff."""
    with ExitStack() as stack:
        merchant = demo.start_emulator(stack)
        shop = Shop(demo.start_shop(stack, kind, merchant).url, merchant)
        path = f"{shop.url}/orders/{shop.order()}/refund"
        authorization = "Basic " + b64encode(b"staff:tea").decode()

        def status(site: str | None, origin: str | None) -> int:
            said = {name: value for name, value in (("Sec-Fetch-Site", site), ("Origin", origin)) if value is not None}
            return demo.Browser({"Authorization": authorization, **said}).submit(path, {})[0]

        own, port = shop.url, urlsplit(shop.url).port
        others = ["https://evil.example", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port}0", "http://127.0.0.1"]
        others += [f"{own}.evil.example", f"http://localhost:{port}", "null", ""]
        # The order is not paid. A program says neither.
        assert [status(*said) for said in [("same-origin", own), ("same-origin", None), (None, own), (None, None)]] == [
            *(404, 404, 404, 404)
        ]
        for site in ("cross-site", "same-site", "none", ""):
            assert [status(site, origin) for origin in (own, None)] == [403, 403], site
        for other in others:
            assert [status(site, other) for site in ("same-origin", "cross-site", None)] == [403, 403, 403], other
        for wrong in ("Basic", "Basic !", "Basic dGVh", "Bearer c3RhZmY6dGVh", "Basic /////w==", "\xe9"):
            assert demo.Browser({"Authorization": wrong}).get(f"{shop.url}/bill")[0] == 401, wrong


@pytest.mark.parametrize(
    "file",
    [
        *(f"{kind}_shop/app.py" for kind in ("aiohttp", "fastapi", "flask", "miniprogram")),
        "django_shop/teashop/settings.py",
    ],
)
def test_the_origin_of_a_shop_is_what_browsers_send(file: str) -> None:
    """Node's shops use the browsers' own rules, those of ``URL``."""
    [function] = [
        one for one in ast.parse((EXAMPLES / file).read_text()).body if getattr(one, "name", "") == "origin_of"
    ]
    found: dict[str, Any] = {"urlsplit": urlsplit}
    exec(compile(ast.Module([function], []), file, "exec"), found)
    for url, origin in [
        ("https://Shop.Example:443", "https://shop.example"),
        ("https://shop.example:80/tea", "https://shop.example:80"),
        ("http://shop.example:80", "http://shop.example"),
        ("HTTP://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://茶.example", "https://xn--cl1a.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ]:
        assert found["origin_of"](url) == origin


@pytest.mark.parametrize("kind", BASIC_SHOPS)
def test_a_password_may_have_any_character(kind: str) -> None:
    """Browsers send it as UTF-8."""
    password = "龙井:é☕ "
    with ExitStack() as stack:
        merchant = demo.start_emulator(stack)
        shop = Shop(demo.start_shop(stack, kind, merchant, SHOP_PASSWORD=password).url, merchant)
        wrong = ["", "龙井", "龙井:é☕", "龙井:e☕ ", "é☕ ", "??:?? "]
        number = shop.order()
        for one, status in [(password, 404), *((one, 401) for one in wrong)]:
            assert shop.refund(number, shop.staff(one)) == status, one
        latin = b64encode("staff:é".encode("latin-1")).decode()
        assert demo.Browser({"Authorization": f"Basic {latin}"}).get(f"{shop.url}/bill")[0] == 401


@pytest.mark.parametrize("kind", BASIC_SHOPS)
def test_without_a_password_nobody_is_staff(kind: str) -> None:
    with ExitStack() as stack:
        merchant = demo.start_emulator(stack)
        shop = Shop(demo.start_shop(stack, kind, merchant, SHOP_PASSWORD="").url, merchant)
        for password in ("", demo.STAFF[1]):
            assert shop.staff(password).get(f"{shop.url}/bill")[0] == 401


def test_djangos_migration_dates_the_refunds_that_have_no_result_yet(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    settings = {"WXPAY_APPID": "wxd930ea5d5a258f4f", "WXPAY_MCH_ID": "10000100", "WXPAY_API_KEY": "k" * 32}
    environment = {
        **demo.inherited(),
        **settings,
        "SHOP_DB": str(file),
        "SHOP_DEBUG": "1",
        "SHOP_URL": "http://shop.example",
    }

    def migrate(*target: str) -> None:
        subprocess.run([*demo.MANAGE, "migrate", "--verbosity", "0", *target], env=environment, check=True)

    migrate("shop", "0002")
    with closing(sqlite3.connect(file)) as orders, orders:
        names = "out_trade_no, out_refund_no, refund_id, total_fee, created_at, trade_type, body, prepay_id, code_url"
        for order in (("asked for", "R1", None), ("refunded", "R2", "503"), ("paid", None, None)):
            orders.execute(f"INSERT INTO shop_order ({names}) VALUES (?, ?, ?, 1, '2026-01-01', '', '', '', '')", order)
    migrate()
    with closing(sqlite3.connect(file)) as orders:
        dated = orders.execute("SELECT out_trade_no FROM shop_order WHERE refund_created_at IS NOT NULL").fetchall()
    assert dated == [("asked for",)]


#: For cron.
FLASKS_RECONCILE = [sys.executable, "-m", "flask", "--app", str(EXAMPLES / "flask_shop/app.py"), "reconcile"]


@pytest.mark.parametrize("kind", ["aiohttp", "django", "fastapi", "flask"])
def test_a_shop_queries_refunds_whose_notification_never_came(kind: str, tmp_path: Path) -> None:
    number, refund_number, database = "20260806125347", "R20260806125347", tmp_path / "shop.db"
    table = {"django": "shop_order"}.get(kind, "orders")
    with Emulator() as wechat:
        merchant = {**wechat.settings, "url": wechat.url}
        with ExitStack() as stack:
            shop = demo.start_shop(stack, kind, merchant, SHOP_DB=str(database))
            demo.Browser().get(f"{shop.url}/orders/x")  # It makes the table, now or when it was started.
        # No server listens at the client's own address, so no notification arrives.
        pay = WxPay(**wechat.settings)
        pay.unifiedorder(body="tea", out_trade_no=number, total_fee=100, spbill_create_ip="::1", openid=wechat.openid)
        wechat.pay(out_trade_no=number)
        pay.refund(out_trade_no=number, out_refund_no=refund_number, total_fee=100, refund_fee=100)
        demo.Control(wechat.url).post("/_emulator/refund", {"out_refund_no": refund_number, "result": "SUCCESS"})
        with closing(sqlite3.connect(database, isolation_level=None)) as orders, ExitStack() as stack:
            made = (datetime.now(timezone.utc) - timedelta(seconds=60)).isoformat()
            values = {
                "out_trade_no": number,
                "total_fee": 100,
                "transaction_id": "4200",
                "out_refund_no": refund_number,
            }
            if kind == "django":
                values |= {"trade_type": "JSAPI", "body": "tea", "prepay_id": "", "code_url": ""}
                values |= {"created_at": made, "refund_created_at": made}
            else:
                values |= {"created": made, "refund_created": made}
            names, places = ", ".join(values), ", ".join("?" * len(values))
            orders.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", [*values.values()])

            def is_refunded() -> bool:
                return orders.execute(f"SELECT refund_id FROM {table}").fetchone() != (None,)

            assert not is_refunded()
            if kind in ("aiohttp", "fastapi"):
                # The shop queries them itself, at its start and then every minute. A query that fails is in its log.
                wechat.fault("wrong_sign", endpoint="/pay/refundquery")
                with ExitStack() as failing:
                    shop = demo.start_shop(failing, kind, merchant, SHOP_DB=str(database))
                    demo.wait_for(lambda: "refundquery" in shop.log.read_text(), "the failure is in the log")
                assert not is_refunded()
                wechat.clear_faults()
            shop = demo.start_shop(stack, kind, merchant, SHOP_DB=str(database))
            # These leave it to cron.
            commands = {"flask": FLASKS_RECONCILE, "django": [*demo.MANAGE, "reconcile_refunds"]}
            if command := commands.get(kind):
                wechat.fault("wrong_sign", endpoint="/pay/refundquery")
                assert subprocess.run(command, env=shop.environment).returncode == 1
                assert not is_refunded()
                wechat.clear_faults()
                subprocess.run(command, env=shop.environment, check=True)
            demo.wait_for(is_refunded, "the result is known")
            assert "已退款" in Shop(shop.url, merchant).page(number)


@pytest.mark.parametrize("kind", ["aiohttp", "fastapi", "flask"])
def test_a_shop_queries_orders_whose_notification_never_came(kind: str, tmp_path: Path) -> None:
    number, database = "20260806125346", tmp_path / "shop.db"
    with Emulator() as wechat:
        merchant = {**wechat.settings, "url": wechat.url}

        def start(stack: ExitStack) -> demo.Served:
            return demo.start_shop(stack, kind, merchant, SHOP_DB=str(database))

        with ExitStack() as stack:
            demo.Browser().get(f"{start(stack).url}/orders/x")  # It makes the table, now or when it was started.
        # No server listens there, so no notification arrives.
        pay = WxPay(**wechat.settings)
        pay.unifiedorder(body="tea", out_trade_no=number, total_fee=100, spbill_create_ip="::1", openid=wechat.openid)
        wechat.pay(out_trade_no=number)
        with closing(sqlite3.connect(database, isolation_level=None)) as orders, ExitStack() as stack:
            made = (datetime.now(timezone.utc) - timedelta(seconds=60)).isoformat()
            orders.execute("INSERT INTO orders (out_trade_no, total_fee, created) VALUES (?, 100, ?)", (number, made))
            shop = start(stack)
            if kind == "flask":  # It leaves that to cron.
                command = FLASKS_RECONCILE
                wechat.fault("wrong_sign", endpoint="/pay/orderquery")
                assert subprocess.run(command, env=shop.environment).returncode == 1
                assert orders.execute("SELECT transaction_id FROM orders").fetchone() == (None,)
                wechat.clear_faults()
                subprocess.run(command, env=shop.environment, check=True)
            demo.wait_for(
                lambda: orders.execute("SELECT transaction_id FROM orders").fetchone() != (None,), "it is delivered"
            )


#: Every order seems 28 s older than it is, so it is queried two seconds later.
EARLIER = """data:text/javascript,const Now = Date
globalThis.Date = class extends Now { constructor(...of) { super(...(of.length ? of : [Now.now() - 28_000])) } }"""


@pytest.mark.parametrize("kind", NODE_SHOPS)
def test_a_node_shop_queries_orders_whose_notification_never_came(kind: str) -> None:
    with ExitStack() as stack:
        merchant = demo.start_emulator(stack)
        options = f"--import {quote(EARLIER, safe=':/,')}"
        url = demo.start_shop(stack, kind, merchant, NODE_OPTIONS=options, SHOP_RECONCILE_MS="100").url
        shop = Shop(url, merchant)
        number = shop.order()
        shop.wechat.post("/_emulator/faults", {"fault": "drop", "out_trade_no": number})
        shop.pay(number)
        demo.wait_for(lambda: "已支付" in shop.page(number), "the order is delivered")


@pytest.mark.parametrize("kind", NODE_SHOPS)
def test_a_node_shop_queries_refunds_whose_notification_never_came(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over TLS, where refunds need the merchant's certificate."""
    with Emulator(arguments=("--tls",)) as wechat, ExitStack() as stack:
        with urllib.request.urlopen(f"{wechat.url}/_emulator/ca.pem") as answer:
            (tmp_path / "ca.pem").write_bytes(answer.read())
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        options = f"--import {quote(EARLIER, safe=':/,')}"
        merchant = {**wechat.settings, "url": wechat.tls_url}
        url = demo.start_shop(stack, kind, merchant, NODE_OPTIONS=options, SHOP_RECONCILE_MS="100").url
        shop = Shop(url, {"url": wechat.url})
        browser = shop.staff()
        number = shop.order()
        shop.pay(number)
        demo.wait_for(lambda: 'id="refund"' in shop.page(number), "the order is paid")
        wechat.fault("drop", out_trade_no=number)
        assert shop.refund(number, browser) in (302, 303)
        (refund,) = shop.wechat.get("/_emulator/refunds")
        # Before the refund is two seconds old, when the shop asks for it.
        shop.wechat.post("/_emulator/refund", {"out_refund_no": refund["out_refund_no"], "result": "SUCCESS"})
        assert "退款中" in shop.page(number)
        demo.wait_for(lambda: "已退款" in shop.page(number), "the result is known")
        (refund,) = shop.wechat.get("/_emulator/refunds")
        assert not any(attempt["accepted"] for attempt in refund["notifications"]["attempts"])


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=lambda told: told.name)
@pytest.mark.parametrize("kind", NODE_SHOPS)
def test_a_shop_answers_requests_in_progress_before_it_ends(kind: str, told: signal.Signals) -> None:
    with ExitStack() as stack:
        merchant = demo.start_emulator(stack)
        url, process, *_ = demo.start_shop(stack, kind, merchant)
        shop = Shop(url, merchant)
        number = shop.order()
        shop.wechat.post("/_emulator/faults", {"fault": "slow", "ms": 1500, "endpoint": "/pay/orderquery"})
        # One connection has sent nothing yet; the other is kept open after its answer. Neither delays the end.
        stack.enter_context(socket.create_connection(("127.0.0.1", urlsplit(url).port)))
        kept = stack.enter_context(closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)))
        kept.request("GET", f"/orders/{number}/status")
        time.sleep(0.5)
        process.send_signal(told)
        answer = kept.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"paid": False})
        assert process.wait(3) == 0


@pytest.mark.parametrize(
    "name", ["*/pay.js", *(f"templates/{page}.html" for page in ("bill", "order", "product")), "tea.ts", ".npmrc"]
)
def test_shared_files_of_the_shops_are_equal(name: str) -> None:
    """Each folder is complete and can be copied, so they contain the same files. Django has its own pages."""
    copies = list(EXAMPLES.glob(f"*_shop/{name}"))
    assert len(copies) > 1
    assert len({path.read_bytes() for path in copies}) == 1
