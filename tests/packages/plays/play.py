"""A first payment of a shop of some lines, with what pip installed and nothing else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from wxpaykit import WxPay, new_out_trade_no
from wxpaykit.testing import Emulator

#: The amounts in fen that the shop recorded, by the order's number.
orders: dict[str, int] = {}
shipped: list[str] = []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def play(serve: Callable[[dict[str, Any], int], object]) -> None:
    """Orders, pays, and prints ``shipped`` once the shop was notified.

    Args:
        serve: Starts the shop with these settings of its client, on this port of 127.0.0.1, and returns.
    """
    port = free_port()
    with Emulator(notify_url=f"http://127.0.0.1:{port}/wxpay/notify") as wechat:
        serve(wechat.settings, port)
        number = new_out_trade_no()
        orders[number] = 100
        order = {"body": "tea", "out_trade_no": number, "total_fee": 100, "openid": wechat.openid}
        WxPay(**wechat.settings).unifiedorder(**order, spbill_create_ip="127.0.0.1")
        wechat.pay(out_trade_no=number)
        wechat.wait_acknowledged(number)
        assert shipped == [number], shipped
    print("shipped")


def ship(payment: Any, idempotency_key: str) -> None:
    shipped.append(payment.out_trade_no)


def amount_of(payment: Any) -> int | None:
    return orders.get(payment.out_trade_no)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def wsgi(app: Any, port: int) -> None:
    server = make_server("127.0.0.1", port, app, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def wait(port: int) -> None:
    """Returns when the shop listens."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the shop does not listen")
