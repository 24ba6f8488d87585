"""An emulator, and a shop that records what WeChat posts to it. Only the SDKs are other people's."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("WXPAYKIT_EMULATOR", ROOT / "target/wxpaykit-emulator"))


class WeChat:
    """A running emulator, its merchant, and its control API."""

    def __init__(self, said: dict[str, str]) -> None:
        self.url, self.appid, self.mch_id = said["url"], said["appid"], said["mch_id"]
        self.api_key, self.app_secret = said["api_key"], said["app_secret"]
        #: The keys of APIv3, by their names in the emulator's first line.
        self.keys = said

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def pays(self, **how: Any) -> None:
        """A customer pays. Returns when the shop has answered the notification."""
        assert self.post("/_emulator/pay", how)["err_msg"].endswith(":ok")
        self.post("/_emulator/clock", {"advance_s": 0})

    def order(self, out_trade_no: str) -> dict[str, Any]:
        (order,) = self.get(f"/_emulator/orders?out_trade_no={out_trade_no}")
        return dict(order)

    def refusal(self, outcome: str = "protocol:签名错误") -> dict[str, Any]:
        """The journal's explanation of the last request, whose signature was refused."""
        entry = self.get("/_emulator/journal?limit=1")[0]
        assert entry["outcome"] == outcome
        return dict(entry["explanation"])


@contextmanager
def running(*options: str) -> Iterator[WeChat]:
    if not BINARY.is_file():
        pytest.fail(f"no emulator at {BINARY}: make emulator builds it", pytrace=False)
    with subprocess.Popen([BINARY, "--port", "0", *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield WeChat(json.loads(process.stdout.readline()))
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def wechat() -> Iterator[WeChat]:
    with running() as wechat:
        yield wechat


class Shop:
    """Answers every notification with the result of `answer` for its body."""

    def __init__(self) -> None:
        self.answer: Any = None
        #: The headers of each notification.
        self.headers: list[Any] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shop.headers.append(self.headers)
                answer = shop.answer(body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/notify"


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    thread = threading.Thread(target=shop.server.serve_forever, args=(0.05,))
    thread.start()
    yield shop
    shop.server.shutdown()
    thread.join()
    shop.server.server_close()
