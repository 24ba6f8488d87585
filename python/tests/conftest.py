"""The emulator for all tests: real HTTP over loopback, no mocks."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from wxpaykit import AsyncWxPay, WxPay, new_out_trade_no, testing

ROOT = Path(__file__).resolve().parents[2]
# What no single language owns, such as which outputs are secret.
sys.path.append(str(ROOT / "tests"))
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

# Tests read messages.
os.environ["WXPAYKIT_LANG"] = "en"
# Where clients that name no store keep it: not in the developer's home.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="wxpaykit-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# The one that was built here, unless another is named.
os.environ.setdefault("WXPAYKIT_EMULATOR", str(ROOT / "target/wxpaykit-emulator"))


class Emulator(testing.Emulator):
    """A running emulator, and clients of it."""

    def sync(self, **others: Any) -> WxPay:
        return WxPay(**(self.settings | others))

    def asyncio(self, **others: Any) -> AsyncWxPay:
        return AsyncWxPay(**(self.settings | others))

    def get(self, path: str) -> Any:
        return self.control("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.control("POST", path, body)

    def delete(self, path: str) -> Any:
        return self.control("DELETE", path)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as wechat:
        # The first client of an address is warned of. Its warning is not among the records of a test.
        wechat.sync()
        yield wechat


def complaints(stderr: str) -> list[str]:
    """The lines of a program's error output, without the warning that its calls go to an emulator."""
    return [line for line in stderr.splitlines() if not line.startswith("endpoints is set: all calls,")]


PACKAGE = str(Path(testing.__file__).parent)


def shown(error: BaseException) -> Iterator[str]:
    """What is shown of the package's frames that an error went through, and of those of what caused it."""
    yield repr(error)
    for other in (error.__cause__, error.__context__):
        if other is not None:
            yield from shown(other)
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
            yield from (f"{name} = {value!r}" for name, value in trace.tb_frame.f_locals.items())
        trace = trace.tb_next


def free_port() -> int:
    """A free port for a program that needs its number in advance.

    It is below the ports of outgoing connections: another process could get one of those a moment later.
    """
    for port in random.sample(range(10_000, 32_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("there is no free port")


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Redis."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("no redis-server: apt-get install redis-server", pytrace=False)
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.025)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture
def pay(emulator: Emulator) -> WxPay:
    return emulator.sync()


def order(**others: Any) -> dict[str, Any]:
    """The fields of an order that succeeds."""
    fields = {
        "body": "一斤茶叶",
        "out_trade_no": new_out_trade_no("T"),
        "total_fee": 100,
        "spbill_create_ip": "203.0.113.9",
        "openid": OPENID,
    }
    return fields | others


@dataclass(frozen=True)
class Sale:
    """An order that was paid, and what WeChat posted."""

    out_trade_no: str
    body: bytes


@pytest.fixture(scope="session")
def posting() -> Iterator[tuple[Any, str]]:
    """A shop that takes what WeChat posts, and keeps it."""
    from test_http import Posted, server

    posted = Posted()
    with server(posted) as url:
        yield posted, f"{url}/notify"


@pytest.fixture
def sell(emulator: Emulator, posting: tuple[Any, str]) -> Callable[..., Sale]:
    posted, url = posting

    def one(**others: Any) -> Sale:
        pay = emulator.sync(notify_url=url)
        fields = order(**others)
        prepay_id = pay.unifiedorder(**fields).prepay_id
        posted.bodies.clear()
        posted.came.clear()
        emulator.post("/_emulator/pay", {"prepay_id": prepay_id, "result": "ok"})
        assert posted.came.wait(10)
        return Sale(fields["out_trade_no"], posted.bodies[0])

    return one


@pytest.fixture
def sale(sell: Callable[..., Sale]) -> Sale:
    return sell()


@dataclass(frozen=True)
class V3Sale:
    """An order of APIv3 that was paid, and what WeChat posted."""

    out_trade_no: str
    body: bytes
    headers: dict[str, str]


def v3_posted(emulator: Emulator | None, about: Callable[[str], None]) -> tuple[bytes, dict[str, str]]:
    """What WeChat posts to the address that ``about`` is called with: the body, and the headers that are signed."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    came: list[tuple[bytes, dict[str, str]]] = []
    first = threading.Event()

    class Shop(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = {name.title(): text for name, text in self.headers.items() if name.lower().startswith("wechatpay")}
            came.append((body, signed))
            self.send_response(500)
            self.end_headers()
            first.set()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        # Whoever moves the emulator's clock waits for the shop's answers: to the first message, and to those after it.
        answering = threading.Thread(target=server.serve_forever, args=(0.05,))
        answering.start()
        try:
            about(f"http://127.0.0.1:{server.server_port}/notify")
            assert first.wait(10)
        finally:
            server.shutdown()
            answering.join()
    return came[0]


def v3_sell(emulator: Emulator, *without: str) -> V3Sale:
    """Sells something by APIv3; the order is made without these settings."""
    number = new_out_trade_no("T")
    every = emulator.settings | emulator.v3_settings | {"store": "memory:"}
    settings: dict[str, Any] = {name: value for name, value in every.items() if name not in without}

    def pay_at(url: str) -> None:
        with WxPay(**settings) as pay:
            order: Any = {"description": "茶", "out_trade_no": number, "amount": {"total": 100}, "notify_url": url}
            pay.v3.jsapi(**order, payer={"openid": emulator.openid}, attach="桌 7")
        emulator.pay(out_trade_no=number)

    body, headers = v3_posted(emulator, pay_at)
    return V3Sale(number, body, headers)


class V3Combined:
    """A combined order that was paid, and what WeChat posted. ``parts`` has the number and the amount of each part."""

    def __init__(self, emulator: Emulator, *amounts: int) -> None:
        self.number = new_out_trade_no("C")
        self.parts = {new_out_trade_no("T"): amount for amount in amounts}
        every: dict[str, Any] = emulator.settings | emulator.v3_settings | {"store": "memory:"}
        items: list[Any] = [
            {
                "mchid": emulator.settings["mch_id"],
                "attach": "桌 7",
                "amount": {"total_amount": amount, "currency": "CNY"},
                "out_trade_no": number,
                "description": "茶",
            }
            for number, amount in self.parts.items()
        ]

        def pay_at(url: str) -> None:
            payer: Any = {"openid": emulator.openid}
            with WxPay(**every) as pay:
                pay.v3.combine_jsapi(
                    combine_out_trade_no=self.number, sub_orders=items, combine_payer_info=payer, notify_url=url
                )
            emulator.pay(out_trade_no=self.number)

        self.body, self.headers = v3_posted(emulator, pay_at)


def v3_transferred(emulator: Emulator) -> V3Sale:
    """A transfer to a customer that ended, and what WeChat posted. ``out_trade_no`` is its ``out_bill_no``."""
    number = new_out_trade_no("T")
    every: dict[str, Any] = emulator.settings | emulator.v3_settings | {"store": "memory:"}

    def transfer_at(url: str) -> None:
        with WxPay(**every) as pay:
            pay.v3.transfer(
                out_bill_no=number,
                transfer_scene_id="1000",
                openid=emulator.openid,
                transfer_amount=30,
                transfer_remark="新会员有礼",
                notify_url=url,
                transfer_scene_report_infos=[
                    {"info_type": "活动名称", "info_content": "新会员有礼"},
                    {"info_type": "奖励说明", "info_content": "一等奖"},
                ],
            )
        emulator.post("/_emulator/transfer", {"out_bill_no": number})
        emulator.advance(2)

    body, headers = v3_posted(emulator, transfer_at)
    return V3Sale(number, body, headers)


@pytest.fixture
def v3_sale(emulator: Emulator) -> V3Sale:
    return v3_sell(emulator)


def last_call(emulator: Emulator) -> int:
    """The number of the last request that was received; 0 before the first one."""
    numbers: list[int] = [entry["seq"] for entry in emulator.get("/_emulator/journal?limit=1")]
    return max(numbers, default=0)


def calls_since(emulator: Emulator, number: int) -> list[str]:
    journal = emulator.get("/_emulator/journal?limit=100000")
    return [entry["path"] for entry in journal if entry["seq"] > number]
