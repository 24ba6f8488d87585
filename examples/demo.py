"""`make demo`: starts the emulator and a shop, and lets a scripted customer buy once. Python's standard library alone.

Usage: demo.py SHOP [--once | --serve]

Each line that it prints is a step: what was sent, what came back, which string was signed. It ends with a non-zero
status when a step failed.
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
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OPENER_TIMEOUT = 10
#: The data for the script of an order's page.
PARAMS = re.compile(r'<script(?: id="order"| type="application/json"){2}>(.*?)</script>', re.S)

PYTHON = str(ROOT / ".venv/bin/python")
MANAGE = [PYTHON, str(ROOT / "examples/django_shop/manage.py")]
#: How each shop is prepared and started.
SHOPS: dict[str, dict[str, Any]] = {
    "flask": {
        "serve": [PYTHON, "-m", "flask", "--app", str(ROOT / "examples/flask_shop/app.py"), "run", "--port", "{port}"]
    },
    "django": {
        "prepare": [[*MANAGE, "migrate", "--verbosity", "0"]],
        "serve": [*MANAGE, "runserver", "--noreload", "{port}"],
    },
    "fastapi": {
        "serve": [
            *(PYTHON, "-m", "uvicorn", "--app-dir", str(ROOT / "examples/fastapi_shop"), "--port", "{port}"),
            *("--log-level", "warning", "app:app"),
        ]
    },
    "aiohttp": {"serve": [PYTHON, str(ROOT / "examples/aiohttp_shop/app.py")]},
    **{
        shop: {"serve": ["node", str(ROOT / f"examples/{shop}_shop/dist/shop.js")]}
        for shop in ("express", "koa", "fastify", "nest")
    },
}


class Failed(Exception):
    """A step failed."""


def step(number: int, title: str, *lines: str) -> None:
    print(f"{number}. {title}", flush=True)
    for line in lines:
        print(f"   {line}", flush=True)


class Browser:
    """A customer's browser: keeps cookies, and stops at every redirect so that it can be shown."""

    class _Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), self._Stop, cookies)

    def get(self, url: str) -> tuple[int, str, str]:
        """Status, Location, body."""
        try:
            with self._opener.open(url.split("#")[0], timeout=OPENER_TIMEOUT) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location", ""), error.read().decode(errors="replace")


class Control:
    """The emulator's control API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str) -> Any:
        return self._send(urllib.request.Request(self._url + path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        data = json.dumps(body).encode()
        return self._send(urllib.request.Request(self._url + path, data, {"Content-Type": "application/json"}))

    def delete(self, path: str) -> Any:
        return self._send(urllib.request.Request(self._url + path, method="DELETE"))

    def _send(self, request: urllib.request.Request) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=OPENER_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise Failed(f"{request.full_url}: HTTP {error.code} {error.read().decode(errors='replace')}") from None


def buy(shop: str, emulator: Control) -> None:
    browser = Browser()

    status, location, body = browser.get(f"{shop}/buy")
    expect(
        status == 302 and "/connect/oauth2/authorize?" in location,
        "the shop sends the customer to WeChat",
        status,
        body,
    )
    step(1, "authorize", f"GET {shop}/buy", f"→ 302 {location}")

    status, location, body = browser.get(location)
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    expect(status == 302 and "code" in query, "WeChat sends the customer back with a code", status, body)
    step(2, "openid", f"→ 302 {location}", "the shop exchanges the code, once, for the customer's openid")

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
        "unifiedorder",
        f"POST /pay/unifiedorder {number} {order['total_fee']} fen → prepay_id {order['prepay_id']}",
        f"signed: {signed_string(emulator, '/pay/unifiedorder', number)}",
    )
    page = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "paySign")
    step(4, "page parameters", json.dumps(params, ensure_ascii=False), f"signed: {page}&key=***")

    answer = emulator.post("/_emulator/pay", {"params": params, "result": "ok"})
    expect(answer.get("err_msg") == "get_brand_wcpay_request:ok", "the customer pays", answer)
    step(
        5,
        "pay",
        f"WeixinJSBridge getBrandWCPayRequest → {answer['err_msg']}, transaction_id {answer['transaction_id']}",
    )

    acknowledged = wait_for(lambda: notified(emulator, number), "the notification is acknowledged")
    first = acknowledged["attempts"][-1]
    step(6, "notification", f"WeChat posted it to {shop}/wxpay/notify → HTTP {first.get('status')}, acknowledged")

    step(
        7,
        "orderquery",
        "before it acknowledged, the shop asked WeChat for the order",
        f"signed: {signed_string(emulator, '/pay/orderquery', None)}",
    )

    status, _, body = browser.get(f"{shop}/orders/{number}/status")
    expect(status == 200 and json.loads(body)["paid"] is True, "the shop counts the order as paid", status, body)
    step(8, "acknowledged", f"GET {shop}/orders/{number}/status → {body.strip()}")


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
            return str(entry["explanation"]["string_to_sign"])
    raise Failed(f"the journal has no {path}")


def expect(met: bool, what: str, *found: Any) -> None:
    if not met:
        raise Failed(f"not as it must be: {what}; found {' '.join(str(part)[:500] for part in found)}")


def wait_for(look: Any, what: str) -> Any:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise Failed(f"not within 15 seconds: {what}")


def start_emulator(stack: ExitStack) -> dict[str, str]:
    binary = Path(os.environ.get("WXPAYKIT_EMULATOR", ROOT / "target/release/wxpaykit-emulator"))
    if not binary.exists():
        raise Failed(f"{binary} is missing; run make build")
    process = stack.enter_context(running([str(binary), "--port", "0"], stdout=subprocess.PIPE))
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise Failed("the emulator did not start")
    merchant: dict[str, str] = json.loads(line)
    return merchant


def free_port() -> int:
    """A port for the shop, below those that the system takes for outgoing connections."""
    for port in random.sample(range(10_000, 32_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise Failed("there is no free port")


class Served(NamedTuple):
    """A running shop: its address, its process, and its environment."""

    url: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]


def start_shop(stack: ExitStack, kind: str, merchant: dict[str, str], **others: str) -> Served:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    environment = {
        **os.environ,
        "SHOP_URL": url,
        "SHOP_DB": f"{folder}/shop.db",
        "SHOP_DEBUG": "1",
        "PORT": str(port),
        "WXPAY_APPID": merchant["appid"],
        "WXPAY_MCH_ID": merchant["mch_id"],
        "WXPAY_API_KEY": merchant["api_key"],
        "WXPAY_APP_SECRET": merchant["app_secret"],
        "WXPAY_ENDPOINTS": merchant["url"],
        **others,
    }
    for preparation in SHOPS[kind].get("prepare", []):
        subprocess.run(preparation, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    command = [part.format(port=port) for part in SHOPS[kind]["serve"]]
    # Keep the output of the shop apart from the output of this program.
    process = stack.enter_context(running(command, env=environment, stdout=sys.stderr))

    def answers() -> bool:
        if process.poll() is not None:
            raise Failed(f"the shop ended with status {process.returncode}")
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=OPENER_TIMEOUT)) as connection:
                connection.request("GET", "/")
                return connection.getresponse().status == 200
        except OSError:
            return False

    wait_for(answers, "the shop answers")
    return Served(url, process, environment)


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


def main() -> int:
    parser = argparse.ArgumentParser(description="Lets a scripted customer buy once.")
    parser.add_argument("shop", choices=list(SHOPS))
    then = parser.add_mutually_exclusive_group()
    then.add_argument("--once", action="store_true", help="end after the purchase")
    then.add_argument(
        "--serve", action="store_true", help="no purchase: say in a line of JSON where both are, end with stdin"
    )
    arguments = parser.parse_args()
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, lambda *_: sys.exit(0))
    try:
        with ExitStack() as stack:
            merchant = start_emulator(stack)
            shop = start_shop(stack, arguments.shop, merchant).url
            if arguments.serve:
                print(json.dumps({"shop": shop, "merchant": merchant}), flush=True)
                sys.stdin.read()
                return 0
            buy(shop, Control(merchant["url"]))
            if not arguments.once:
                print(f"\nThe shop stays up at {shop}: buy there in a browser; WeChat's cashier opens over its page.")
                print(f"What WeChat saw is at {merchant['url']}. Ctrl-C ends both.", flush=True)
                signal.pause()
    except Failed as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
