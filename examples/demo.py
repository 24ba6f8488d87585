"""`make demo`: starts the emulator and a shop, and lets a scripted customer buy. Python's standard library alone.

Usage: demo.py SHOP [--api v3] [--once | --serve]

It prints ten steps: what was sent, what came back, which string was signed. Eight are a purchase; in the ninth the shop
is down and the notification is lost; in the tenth the shop has a wrong key. `miniprogram`, the back end of a mini
program, has six steps, from wx.login on. With `--api v3` the shop has the settings of APIv3 alone. What the shop prints
goes to target/demo/. It ends with a non-zero status when a step failed. Its language is that of the package, which
`WXPAYKIT_LANG` or the locale chooses.
"""

from __future__ import annotations

import argparse
import http.client
import http.cookiejar
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, TextIO

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "target/demo"
OPENER_TIMEOUT = 10
#: The data for the script of an order's page.
PARAMS = re.compile(r'<script(?: id="order"| type="application/json"){2}>(.*?)</script>', re.S)

PYTHON = str(ROOT / ".venv/bin/python")
MANAGE = [PYTHON, str(ROOT / "examples/django_shop/manage.py")]
FLASK = [PYTHON, "-m", "flask", "--app", str(ROOT / "examples/flask_shop/app.py")]
ORDERS = ("orders", "created")
#: Who may refund, and see the bill.
STAFF = ("staff", "tea")
#: How each shop is prepared, once for its database, and started; the table of its orders with the column of their age;
#: and the command that looks for lost payments, where the shop does not do so by itself when it starts. Shops without a
#: table keep orders in memory.
SHOPS: dict[str, dict[str, Any]] = {
    "flask": {"serve": [*FLASK, "run", "--port", "{port}"], "orders": ORDERS, "reconcile": [*FLASK, "reconcile"]},
    "django": {
        "prepare": [
            [*MANAGE, "migrate", "--verbosity", "0"],
            [*MANAGE, "createsuperuser", "--noinput", "--verbosity", "0"],
        ],
        "serve": [*MANAGE, "runserver", "--noreload", "{port}"],
        "orders": ("shop_order", "created_at"),
        "reconcile": [*MANAGE, "wxpay_reconcile"],
    },
    "fastapi": {
        "serve": [
            *(PYTHON, "-m", "uvicorn", "--app-dir", str(ROOT / "examples/fastapi_shop"), "--port", "{port}"),
            *("--log-level", "warning", "app:app"),
        ],
        "orders": ORDERS,
    },
    "aiohttp": {"serve": [PYTHON, str(ROOT / "examples/aiohttp_shop/app.py")], "orders": ORDERS},
    **{
        shop: {"serve": ["node", str(ROOT / f"examples/{shop}_shop/dist/shop.js")]}
        for shop in ("express", "koa", "fastify", "nest")
    },
}
#: The back end of a mini program, with a page that stands for the mini program.
MINIPROGRAM = {
    "serve": [PYTHON, "-m", "flask", "--app", str(ROOT / "examples/miniprogram_shop/app.py"), "run", "--port", "{port}"]
}
ALL = {**SHOPS, "miniprogram": MINIPROGRAM}


def chinese() -> bool:
    """Whether the demo speaks Chinese, by the variables that decide it for the package too."""
    names = ("WXPAYKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next(filter(None, (os.environ.get(name, "").strip() for name in names)), "")
    return re.split("[-_.@]", chosen)[0].lower() == "zh"


def words(english: str, zh: str) -> str:
    """One of the two."""
    return zh if chinese() else english


def guide(shop: str) -> str:
    """The page of docs/ that says more about a shop's framework."""
    page, anchor = {
        "express": ("frameworks-node.md", words("#express-4-and-5", "#express-4-和-5")),
        "nest": ("frameworks-node.md", "#nestjs"),
        "miniprogram": ("miniprogram.md", ""),
    }.get(shop, ("frameworks-node.md" if shop in ("koa", "fastify") else "frameworks.md", f"#{shop}"))
    return f"docs/{words('', 'zh/')}{page}{anchor}"


class Failed(Exception):
    """A step failed."""


GREEN, BOLD, SOFT, RED, PLAIN = "\033[32m", "\033[1m", "\033[2m", "\033[31m", "\033[0m"


def coloured(text: str, *styles: str, stream: TextIO = sys.stdout) -> str:
    """In these styles where there is a terminal. NO_COLOR and FORCE_COLOR, when set, decide."""
    wanted = "FORCE_COLOR" in os.environ or (stream.isatty() and "NO_COLOR" not in os.environ)
    return f"{''.join(styles)}{text}{PLAIN}" if wanted else text


def step(number: int, title: str, *lines: str) -> None:
    print(coloured(f"{number:2} ✓", GREEN, BOLD), coloured(title, BOLD), flush=True)
    for line in lines:
        print(f"     {line}", flush=True)


def signed(text: str) -> str:
    """A line with a text that was signed."""
    return words("signed: ", "签名的原文：") + coloured(on_one_line(text), SOFT)


def padded(text: str, columns: int) -> str:
    """The text with blanks up to this width; a Chinese character is two columns wide."""
    wide = sum(unicodedata.east_asian_width(character) in "FW" for character in text)
    return text + " " * (columns - len(text) - wide)


class Browser:
    """A customer's browser: keeps cookies, and stops at every redirect so that it can be shown."""

    class _Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), self._Stop, cookies)
        self._opener.addheaders += (headers or {}).items()

    def get(self, url: str) -> tuple[int, str, str]:
        """Status, Location, body."""
        return self._open(url.split("#")[0])

    def submit(self, url: str, fields: dict[str, str]) -> tuple[int, str, str]:
        """Posts a form."""
        return self._open(url, urllib.parse.urlencode(fields).encode())

    def _open(self, url: str, form: bytes | None = None) -> tuple[int, str, str]:
        try:
            with self._opener.open(url, form, timeout=OPENER_TIMEOUT) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location", ""), error.read().decode(errors="replace")


class Control:
    """The emulator's control API, or another one that takes and gives JSON."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.headers: dict[str, str] = {}

    def get(self, path: str) -> Any:
        return self._send(urllib.request.Request(self._url + path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        data = json.dumps(body).encode()
        return self._send(urllib.request.Request(self._url + path, data, {"Content-Type": "application/json"}))

    def delete(self, path: str) -> Any:
        return self._send(urllib.request.Request(self._url + path, method="DELETE"))

    def _send(self, request: urllib.request.Request) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.addheaders = list(self.headers.items())
        try:
            with opener.open(request, timeout=OPENER_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise Failed(f"{request.full_url}: HTTP {error.code} {error.read().decode(errors='replace')}") from None


class Api(NamedTuple):
    """One of the two APIs, as the steps show it."""

    #: The call that makes an order, and its path.
    order: str
    order_path: str
    #: The call that asks for an order.
    query: str

    def query_path(self, transaction_id: str) -> str:
        return f"/v3/pay/transactions/id/{transaction_id}" if self is V3 else "/pay/orderquery"

    def page_text(self, params: dict[str, str]) -> str:
        """The text that the signature of a page's parameters is over."""
        if self is V3:
            return "".join(f"{params[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
        page = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "paySign")
        return f"{page}&key=***"


V2 = Api("unifiedorder", "/pay/unifiedorder", "orderquery")
V3 = Api("v3.jsapi", "/v3/pay/transactions/jsapi", "v3.query")
APIS = {"v2": V2, "v3": V3}


def buy(shop: str, emulator: Control, api: Api) -> None:
    browser = Browser()

    status, location, body = browser.get(f"{shop}/buy")
    expect(
        status == 302 and "/connect/oauth2/authorize?" in location,
        "the shop sends the customer to WeChat",
        status,
        body,
    )
    step(1, words("authorize", "网页授权"), f"GET {shop}/buy", f"→ 302 {location}")

    status, location, body = browser.get(location)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    expect(status == 302 and "code" in query, "WeChat sends the customer back with a code", status, body)
    step(2, "openid", f"→ 302 {location}", exchanged())

    status, location, body = browser.get(location)
    expect(status == 302 and "/orders/" in location, "the shop has ordered, and shows the order", status, body)
    status, _, body = browser.get(urllib.parse.urljoin(shop, location))
    found = PARAMS.search(body)
    expect(status == 200 and found is not None, "the order's page can open the cashier", status, body)
    assert found is not None
    params = json.loads(found[1])["jsapi"]
    order = newest(emulator.get("/_emulator/orders"))
    number = order["out_trade_no"]
    step(
        3,
        api.order,
        f"POST {api.order_path} {number} {order['total_fee']} {words('fen', '分')} → prepay_id {order['prepay_id']}",
        signed(signed_string(emulator, api.order_path, number)),
    )
    step(4, words("page parameters", "页面参数"), json.dumps(params, ensure_ascii=False), signed(api.page_text(params)))

    answer = emulator.post("/_emulator/pay", {"params": params, "result": "ok"})
    expect(answer.get("err_msg") == "get_brand_wcpay_request:ok", "the customer pays", answer)
    step(
        5,
        words("pay", "付款"),
        f"WeixinJSBridge getBrandWCPayRequest → {answer['err_msg']}, transaction_id {answer['transaction_id']}",
    )

    acknowledged = wait_for(lambda: notified(emulator, number), "the notification is acknowledged")
    notification(6, shop, acknowledged["attempts"][-1])

    step(
        7,
        api.query,
        words("before it acknowledged, the shop asked WeChat for the order", "商城在应答之前，向微信查询了这笔订单"),
        signed(signed_string(emulator, api.query_path(answer["transaction_id"]), None)),
    )

    status, _, body = browser.get(f"{shop}/orders/{number}/status")
    expect(status == 200 and json.loads(body)["paid"] is True, "the shop counts the order as paid", status, body)
    step(8, words("acknowledged", "已确认"), f"GET {shop}/orders/{number}/status → {body.strip()}")


def buy_in_mini_program(shop: str, emulator: Control, api: Api) -> int:
    """A purchase as a mini program makes it. Returns the number of its steps."""
    code = emulator.post("/_emulator/login", {})["code"]
    step(1, "wx.login", f"→ code {code}")

    back_end = Control(shop)
    token = back_end.post("/login", {"code": code})["token"]
    back_end.headers["Authorization"] = f"Bearer {token}"
    step(2, "jscode2session", f"POST {shop}/login", exchanged())

    placed = back_end.post("/orders", {})
    number, params = placed["out_trade_no"], placed["payment"]
    step(
        3,
        api.order,
        f"POST {shop}/orders → {number}",
        signed(signed_string(emulator, api.order_path, number)),
    )

    answer = emulator.post("/_emulator/pay", {"params": params, "result": "ok"})
    expect("transaction_id" in answer, "the customer pays", answer)
    step(4, "wx.requestPayment", json.dumps(params, ensure_ascii=False), f"→ transaction_id {answer['transaction_id']}")

    acknowledged = wait_for(lambda: notified(emulator, number), "the notification is acknowledged")
    notification(5, shop, acknowledged["attempts"][-1])

    state = back_end.get(f"/orders/{number}")
    expect(state["paid"] is True, "the shop counts the order as paid", state)
    step(6, words("paid", "已支付"), f"GET {shop}/orders/{number} → {json.dumps(state)}")
    return 6


def exchanged() -> str:
    return words(
        "the shop exchanges the code, once, for the customer's openid", "商城用 code 换取用户的 openid，code 只能用一次"
    )


def notification(number: int, shop: str, attempt: dict[str, Any]) -> None:
    """The step in which the shop takes WeChat's notification."""
    url, status = f"{shop}/wxpay/notify", attempt.get("status")
    step(
        number,
        words("notification", "支付通知"),
        words(
            f"WeChat posted it to {url} → HTTP {status}, acknowledged",
            f"微信发送到 {url} → HTTP {status}，商城已确认收到",
        ),
    )


def lost_and_found(stack: ExitStack, kind: str, shop: Served, emulator: Control) -> Served:
    """A payment whose notification never arrives, because the shop is down. Returns the shop that runs afterwards."""
    browser = Browser()
    number = order(browser, shop.url)
    if "orders" not in SHOPS[kind]:  # In memory: it must not end, so it stands still.
        shop.process.send_signal(signal.SIGSTOP)
        try:
            emulator.post("/_emulator/faults", {"fault": "drop", "out_trade_no": number})
            emulator.post("/_emulator/pay", {"out_trade_no": number})
        finally:
            shop.process.send_signal(signal.SIGCONT)
        status, _, body = browser.get(f"{shop.url}/orders/{number}/status")
        expect(status == 200 and json.loads(body)["paid"] is True, "the shop finds the payment", status, body)
        found = words(
            "it runs again; the customer's page asks, the shop queries WeChat (waitForPayment) and finds the payment",
            "商城恢复运行；用户的页面来询问，商城向微信查单（waitForPayment），查到这笔支付",
        )
        attempt = words("WeChat's notification is lost", "微信的通知丢失")
    else:
        shop.process.terminate()
        shop.process.wait(10)
        emulator.post("/_emulator/pay", {"out_trade_no": number})
        tried = wait_for(lambda: attempts(emulator, number), "WeChat tries to notify the shop")
        expect(not tried[0]["accepted"], "the notification is not acknowledged", tried)
        attempt = words(f"WeChat posts the notification: {tried[0]['why']}", f"微信发送通知：{tried[0]['why_zh']}")
        made_older(shop, *SHOPS[kind]["orders"])
        shop = serve(stack, kind, shop.environment, shop.log)
        command = SHOPS[kind].get("reconcile")
        if command is not None:
            with shop.log.open("ab") as log:
                subprocess.run(command, cwd=ROOT, env=shop.environment, stdout=log, stderr=log, check=True)
        wait_for(lambda: "已支付" in browser.get(f"{shop.url}/orders/{number}")[2], "reconcile finds the payment")
        found = words(
            "it starts again; reconcile queries WeChat for open orders (from the age of 30 s) and finds the payment",
            "商城重新启动；reconcile 向微信查询未支付的订单（下单满 30 秒的），查到这笔支付",
        )
    step(
        9,
        words("a lost notification", "丢失的通知"),
        words(
            f"the customer orders {number}, the shop goes down, the customer pays",
            f"用户下单 {number}，商城停机，用户付款",
        ),
        attempt,
        found,
    )
    return shop


def made_older(shop: Served, table: str, column: str) -> None:
    """Makes the shop's orders a minute older: reconcile asks for none that is younger than 30 s."""
    with closing(sqlite3.connect(shop.environment["SHOP_DB"], isolation_level=None)) as orders:
        orders.execute(f"UPDATE {table} SET {column} = strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-60 seconds')")


def wrong_key(stack: ExitStack, kind: str, shop: Served, emulator: Control, api: Api) -> None:
    """The same shop with its API key in capitals; by APIv3 with the serial number of another certificate."""
    port = free_port()
    if api is V3:
        wrong = {"WXPAY_CLIENT_CERT": "", "WXPAY_CLIENT_CERT_SERIAL": "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567"}
        mistake, refusal = "serial_does_not_match_key", "商户证书序列号有误"
        given = words(
            f"the shop is given the serial number of another certificate; WeChat says {refusal}",
            f"把商城的证书序列号换成另一张证书的；微信回答“{refusal}”",
        )
    else:
        wrong = {"WXPAY_API_KEY": shop.environment["WXPAY_API_KEY"].upper()}
        mistake, refusal = "key_other_case", "签名错误"
        given = words(
            f"the shop is given its API key in capitals; all that WeChat says is {refusal}",
            f"把商城的 API 密钥换成大写；微信只回答“{refusal}”",
        )
    changed = {**wrong, "PORT": str(port), "SHOP_URL": f"http://127.0.0.1:{port}"}
    log = shop.log.with_suffix(".wrong-key.log")
    log.unlink(missing_ok=True)
    other = serve(stack, kind, shop.environment | changed, log)
    browser, url = Browser(), f"{other.url}/buy"
    status, url, _ = browser.get(url)
    status, url, _ = browser.get(url)
    status, _, _ = browser.get(url)
    expect(status == 502, "the order is refused", status)
    entry = next(entry for entry in reversed(emulator.get("/_emulator/journal")) if entry["path"] == api.order_path)
    expect(entry["explanation"]["mistake"] == mistake, "the mistake is named", entry)
    said = [line.strip() for line in log.read_text(encoding="utf-8").splitlines() if refusal in line]
    expect(bool(said), "the shop's log has WeChat's answer", log.read_text(encoding="utf-8"))
    other.process.terminate()
    step(
        10,
        words("a wrong key", "错误的密钥"),
        given,
        words("the shop's log: ", "商城的日志：") + said[-1],
        words("the emulator's page: ", "模拟器的页面：") + entry["explanation"]["detail"],
    )


def order(browser: Browser, shop: str) -> str:
    """A customer orders: the number."""
    url = f"{shop}/buy"
    while (answer := browser.get(url))[0] == 302:
        url = urllib.parse.urljoin(url, answer[1])
    expect(answer[0] == 200, "the customer orders", *answer)
    return urllib.parse.urlsplit(url).path.rsplit("/", 1)[1]


def attempts(emulator: Control, number: str) -> list[dict[str, Any]]:
    """The attempts of an order's notification so far."""
    found: list[dict[str, Any]] = newest(emulator.get(f"/_emulator/orders?out_trade_no={number}"))["notifications"][
        "attempts"
    ]
    return found


def newest(orders: list[dict[str, Any]]) -> dict[str, Any]:
    expect(bool(orders), "the emulator has the order")
    return orders[-1]


def notified(emulator: Control, number: str) -> dict[str, Any] | None:
    order = newest(emulator.get(f"/_emulator/orders?out_trade_no={number}"))
    notifications: dict[str, Any] = order["notifications"]
    return notifications if notifications["acknowledged"] else None


def signed_string(emulator: Control, path: str, number: str | None) -> str:
    """The text under the signature of the last valid request to `path`, from the emulator's journal."""
    for entry in reversed(emulator.get("/_emulator/journal")):
        if entry["path"] == path and entry["outcome"] == "ok" and number in (None, entry["out_trade_no"]):
            return on_one_line(str(entry["explanation"]["string_to_sign"]))
    raise Failed(f"the journal has no {path}")


def on_one_line(text: str) -> str:
    r"""The text with `\n` for each line feed, of which APIv3 signs several."""
    return text.replace("\n", "\\n")


def expect(met: bool, what: str, *found: Any) -> None:
    if not met:
        raise Failed(f"not as it must be: {what}; found {' '.join(str(part)[:500] for part in found)}")


def wait_for(look: Any, what: str) -> Any:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise Failed(f"not within 30 seconds: {what}")


def start_emulator(stack: ExitStack, port: int = 0) -> dict[str, str]:
    binary = Path(os.environ.get("WXPAYKIT_EMULATOR", ROOT / "target/wxpaykit-emulator"))
    if not binary.exists():
        raise Failed(f"{binary} is missing; run make build")
    process = stack.enter_context(running([str(binary), "--port", str(port)], stdout=subprocess.PIPE))
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Failed("the emulator did not start")
    merchant: dict[str, str] = json.loads(line)
    return merchant


def free_port(wanted: int | None = None) -> int:
    """The port that is wanted where it is free; else one below those that the system takes for outgoing connections."""
    candidates = random.sample(range(10_000, 32_000), 100)
    for port in candidates if wanted is None else [wanted, *candidates]:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise Failed("there is no free port")


class Served(NamedTuple):
    """A running shop: its address, its process, its environment, and the file that has what it printed."""

    url: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    log: Path


def inherited() -> dict[str, str]:
    """The environment without settings of another shop: a shop of APIv3 is to have no key of APIv2."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WXPAY_") and name != "SHOP_API"}


def start_shop(
    stack: ExitStack, kind: str, merchant: dict[str, str], port: int | None = None, api: Api = V2, **others: str
) -> Served:
    port = free_port(port)
    keys = {"WXPAY_API_KEY": "api_key"}
    if api is V3:
        names = ("api_v3_key", "platform_public_key", "platform_public_key_id")
        keys = {f"WXPAY_{name.upper()}": name for name in names}
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    environment = {
        **inherited(),
        "SHOP_URL": f"http://127.0.0.1:{port}",
        "SHOP_DB": f"{folder}/shop.db",
        "SHOP_DEBUG": "1",
        "SHOP_PASSWORD": STAFF[1],
        "DJANGO_SUPERUSER_USERNAME": STAFF[0],
        "DJANGO_SUPERUSER_PASSWORD": STAFF[1],
        "DJANGO_SUPERUSER_EMAIL": "",
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "XDG_STATE_HOME": folder,
        "WXPAY_APPID": merchant["appid"],
        "WXPAY_MCH_ID": merchant["mch_id"],
        **{variable: merchant[name] for variable, name in keys.items()},
        **({"SHOP_API": "v3"} if api is V3 else {}),
        "WXPAY_APP_SECRET": merchant["app_secret"],
        # For refunds, and for every call of APIv3.
        "WXPAY_CLIENT_CERT": merchant["client_cert"],
        "WXPAY_CLIENT_KEY": merchant["client_key"],
        "WXPAY_ENDPOINTS": merchant["url"],
        **others,
    }
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{kind}-{port}.log"
    log.unlink(missing_ok=True)
    for preparation in [] if Path(environment["SHOP_DB"]).exists() else ALL[kind].get("prepare", []):
        with log.open("ab") as out:
            subprocess.run(preparation, cwd=ROOT, env=environment, check=True, stdout=out, stderr=out)
    return serve(stack, kind, environment, log)


def serve(stack: ExitStack, kind: str, environment: dict[str, str], log: Path) -> Served:
    """Starts a shop and waits until it answers. What it prints goes to the end of the file."""
    port = int(environment["PORT"])
    command = [part.format(port=port) for part in ALL[kind]["serve"]]
    with log.open("ab") as out:
        process = stack.enter_context(running(command, env=environment, stdout=out, stderr=out))

    def answers() -> bool:
        if process.poll() is not None:
            printed = log.read_text(encoding="utf-8", errors="replace")[-5000:]
            raise Failed(f"the shop ended with status {process.returncode}:\n{printed}")
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=OPENER_TIMEOUT)) as connection:
                connection.request("GET", "/")
                return connection.getresponse().status == 200
        except OSError:
            return False

    wait_for(answers, "the shop answers")
    return Served(environment["SHOP_URL"], process, environment, log)


class running:
    """A process that is stopped at the end of the block."""

    def __init__(self, command: list[str], **options: Any) -> None:
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, **options)

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def staff_pages(kind: str, url: str) -> list[tuple[str, str, str]]:
    if kind == "miniprogram":
        return []
    name, password = STAFF
    about = words(
        f"refund, and see the bill; the name is {name}, the password {password}",
        f"退款、查看账单；用户名 {name}，密码 {password}",
    )
    return [(words("its staff", "商城员工"), f"{url}/bill", about)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Lets a scripted customer buy.")
    parser.add_argument("shop", choices=list(ALL))
    parser.add_argument("--api", choices=list(APIS), default="v2", help="the API of the shop's calls")
    then = parser.add_mutually_exclusive_group()
    then.add_argument("--once", action="store_true", help="end after the steps")
    then.add_argument(
        "--serve", action="store_true", help="no purchase: say in a line of JSON where both are, end with stdin"
    )
    arguments = parser.parse_args()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: sys.exit(0))
    stays = not (arguments.once or arguments.serve)
    begun, api = time.monotonic(), APIS[arguments.api]
    try:
        with ExitStack() as stack:
            merchant = start_emulator(stack, free_port(8700) if stays else 0)
            shop = start_shop(stack, arguments.shop, merchant, 8000 if stays else None, api)
            if arguments.serve:
                print(json.dumps({"shop": shop.url, "merchant": merchant}), flush=True)
                sys.stdin.read()
                return 0
            emulator = Control(merchant["url"])
            if arguments.shop == "miniprogram":
                steps = buy_in_mini_program(shop.url, emulator, api)
            else:
                buy(shop.url, emulator, api)
                shop = lost_and_found(stack, arguments.shop, shop, emulator)
                wrong_key(stack, arguments.shop, shop, emulator, api)
                steps = 10
            print()
            took = f"{time.monotonic() - begun:.1f}"
            done = words(f"{steps} of {steps} in {took} s", f"{steps} 步全部完成，用时 {took} 秒")
            print(coloured(done, GREEN, BOLD))
            if stays:
                print()
                for name, address, about in [
                    (
                        words("the shop", "商城"),
                        shop.url,
                        words(
                            "buy there: WeChat's cashier opens over its page", "在这里购买：微信收银台在它的页面上打开"
                        ),
                    ),
                    *staff_pages(arguments.shop, shop.url),
                    (
                        words("the emulator", "模拟器"),
                        merchant["url"],
                        words("each order and each request", "每一笔订单、每一个请求"),
                    ),
                ]:
                    print(f"  {coloured(padded(name, 12), BOLD)}  {address}   {about}")
            after = coloured(padded(words("next", "下一步"), 12), BOLD)
            print(f"\n  {after}  {guide(arguments.shop)}, examples/{arguments.shop}_shop")
            print(f"{' ' * 16}{words('its log: ', '日志：')}{shop.log.relative_to(ROOT)}", flush=True)
            if stays:
                print(words("\nCtrl-C ends both.", "\n按 Ctrl-C 结束两者。"), flush=True)
                signal.pause()
    except Failed as failure:
        print(coloured(f"demo: {failure}", RED, stream=sys.stderr), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
