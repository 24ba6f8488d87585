"""A shop that is down for 20 hours, and one that no notification reaches: both are paid in the end."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from conftest import free_port, order

from wxpaykit import ConfirmedPayment, WxPay, new_out_trade_no
from wxpaykit.testing import Emulator

HOUR = 3600


class Shop:
    """A shop at a port of its own, which can be opened and closed."""

    def __init__(self, pay: WxPay, port: int) -> None:
        self.shipped: list[str] = []
        self._pay = pay
        self._port = port

    def __enter__(self) -> Shop:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                handled = shop._pay.notify.handle(body, amount_of=lambda _: 100, on_paid=shop.ship)
                answer = handled.body if isinstance(handled.body, bytes) else handled.body.encode()
                self.send_response(handled.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def ship(self, payment: ConfirmedPayment, key: str) -> None:
        self.shipped.append(payment.out_trade_no)


def paid_while_closed(wechat: Emulator, port: int) -> tuple[WxPay, str]:
    pay = WxPay(**{**wechat.settings, "notify_url": f"http://127.0.0.1:{port}/notify"})
    number = new_out_trade_no()
    pay.unifiedorder(**order(out_trade_no=number, total_fee=100, openid=wechat.openid))
    assert wechat.pay(out_trade_no=number)["trade_state"] == "SUCCESS"
    return pay, number


def attempts(wechat: Emulator, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wechat.order(number)["notifications"]["attempts"]
    return found


def test_a_shop_that_was_down_for_20_hours_is_notified_when_it_returns() -> None:
    with Emulator(frozen_clock=True) as wechat:
        port = free_port()
        pay, number = paid_while_closed(wechat, port)
        wechat.advance(20 * HOUR)
        before = len(attempts(wechat, number))
        assert before >= 14
        assert not wechat.order(number)["notifications"]["acknowledged"]
        with Shop(pay, port) as shop:
            wechat.advance(6 * HOUR)
            assert wechat.order(number)["notifications"]["acknowledged"]
            assert len(attempts(wechat, number)) == before + 1
            assert shop.shipped == [number]


def test_a_shop_without_notifications_queries_its_orders() -> None:
    with Emulator(frozen_clock=True) as wechat:
        port = free_port()
        pay, number = paid_while_closed(wechat, port)
        wechat.advance(30 * HOUR)
        assert len(attempts(wechat, number)) == 16
        assert wechat.order(number)["notifications"]["next_at"] is None
        shop = Shop(pay, port)
        made = datetime.now(timezone.utc) - timedelta(hours=30)
        (result,) = pay.notify.reconcile([(number, 100, made)], on_paid=shop.ship)
        assert (result.delivered, result.error, shop.shipped) == (True, None, [number])
        # Once, however often it asks.
        assert not [
            again for again in pay.notify.reconcile([(number, 100, made)], on_paid=shop.ship) if again.delivered
        ]
        assert shop.shipped == [number]
