"""For tests: starts ``wxpaykit-emulator``, pays in place of the customer, moves the clock, and causes faults.

>>> from wxpaykit import WxPay
>>> from wxpaykit.testing import Emulator
>>> with Emulator(frozen_clock=True) as wechat:  # doctest: +SKIP
...     pay = WxPay(**wechat.settings)
...     order = pay.unifiedorder(body="茶", out_trade_no="20260806125346", total_fee=100,
...                              openid=wechat.openid, spbill_create_ip="127.0.0.1")
...     wechat.pay(out_trade_no="20260806125346")

pytest has the fixture ``wxpay_emulator`` without an import. Nothing here is for production. The emulator is a separate
package: ``pip install wxpaykit[emulator]``. ``confirmed_payment`` and ``signed_notification`` need no emulator.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from ._emulator_program import EmulatorError, Program, find_emulator, merchant_file, refusal, why_not
from ._native import clean, phrase
from ._outer import outer
from ._samples import OPENID, confirmed_payment, reply, signed_notification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, TypeVar

    from typing_extensions import Self

    from ._timeline import Timeline

    _T = TypeVar("_T")

__all__ = [
    "AsyncEmulator",
    "Emulator",
    "EmulatorError",
    "confirmed_payment",
    "find_emulator",
    "reply",
    "signed_notification",
]

#: The time limit of an answer of the control API, in seconds. Moving the clock by a day sends sixteen notifications,
#: each of which may take five seconds.
_ANSWER = 120.0


class Emulator:
    """A running emulator: ``with Emulator() as wechat``. It listens on a free port of 127.0.0.1. Use `AsyncEmulator` if
    the shop runs in the event loop of the test.

    The emulator ends with the block, and with this process, however the process ends.

    Args:
        binary: The program. By default `find_emulator` looks for it.
        merchants: Further merchants, as in the emulator's ``--merchant`` file. `settings` has the first of them.
        frozen_clock: Whether only `advance` moves the clock.
        arguments: Further options of the program, such as ``("--strict-docs",)``.
        notify_url: The URL for notifications, for `settings`.
        start_timeout: Seconds that the program may take to start.

    Attributes:
        url: The emulator's address, such as ``http://127.0.0.1:41563``.
        openid: A customer of the merchant's appid. On the class, it is a customer of the demo merchant's.
    """

    #: The demo customer, under the demo merchant's appid: the one in WeChat's documentation.
    openid: str = OPENID

    def __init__(
        self,
        *,
        binary: str | os.PathLike[str] | None = None,
        merchants: Mapping[str, Any] | list[Mapping[str, Any]] | None = None,
        frozen_clock: bool = False,
        arguments: tuple[str, ...] = (),
        notify_url: str = "http://127.0.0.1:9/notify",
        start_timeout: float = 10.0,
    ) -> None:
        self._binary = binary
        self._merchants = merchants
        self._arguments = [*(("--frozen-clock",) if frozen_clock else ()), *arguments]
        self._notify_url = notify_url
        self._start_timeout = start_timeout
        self._program: Program | None = None
        self._said: dict[str, str] = {}

    def start(self) -> Self:
        """Starts the emulator; `stop` ends it. A ``with`` block does both.

        Raises:
            EmulatorError: The program was not found or did not start; the message says what to do.
        """
        if self._program is not None:
            raise EmulatorError(phrase("the emulator runs already"))
        name = os.fspath(self._binary) if self._binary is not None else find_emulator()
        # The program ends when its standard input closes, so it ends with this process in any case.
        arguments = ["--port", "0", "--exit-with-stdin", *self._arguments]
        with merchant_file(self._merchants) as option:
            program = Program(name, [*arguments, *option])
            try:
                self._said = program.begin(self._start_timeout)
            except BaseException:
                program.kill()
                raise
        self._program = program
        self.openid = self._said.get("openid", Emulator.openid)
        return self

    def stop(self) -> None:
        """Ends the emulator, if it runs."""
        program, self._program = self._program, None
        if program is not None:
            program.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The emulator's address."""
        return self._value("url")

    @property
    def tls_url(self) -> str | None:
        """The address with TLS, when ``arguments`` has ``--tls``; its authority's certificate is at
        ``/_emulator/ca.pem`` of ``url``."""
        self._value("url")
        return self._said.get("tls_url")

    @property
    def settings(self) -> dict[str, Any]:
        """Settings for ``WxPay`` and ``AsyncWxPay``: ``WxPay(**wechat.settings)``. The store is ``memory:``."""
        names = ("appid", "mch_id", "api_key", "app_secret")
        own = {"endpoints": self.url, "notify_url": self._notify_url, "store": "memory:"}
        # An emulator of an earlier version has no certificates.
        certificate: dict[str, Any] = {
            name: self._said[name] for name in ("client_cert", "client_key") if name in self._said
        }
        found = {name: self._value(name) for name in names}
        if self._said.get("agent_id"):  # A corp of WeCom, whose application has the secret.
            found |= {"corp_secret": found.pop("app_secret"), "agent_id": self._said["agent_id"]}
        if self._said.get("corp_pay_secret"):
            found["corp_pay_secret"] = self._said["corp_pay_secret"]
        return {**found, **certificate, **own}

    @property
    def v3_settings(self) -> dict[str, str]:
        """The further settings of APIv3: ``api_v3_key``, ``platform_public_key`` and ``platform_public_key_id``.

        Raises:
            EmulatorError: The merchant has no APIv3 key: give it one in ``merchants``.
        """
        self._value("url")
        names = ("api_v3_key", "platform_public_key", "platform_public_key_id")
        if not all(self._said.get(name) for name in names):
            raise EmulatorError(phrase("the merchant has no APIv3 key: give it an api_v3_key"))
        return {name: self._said[name] for name in names}

    @property
    def v3_certificates(self) -> dict[str, str]:
        """For other SDKs and for signatures by hand: ``serial_no`` of the merchant's certificate, ``client_key``, and
        the platform certificate (``platform_serial_no``, ``platform_certificate``), as PEM.
        """
        names = ("serial_no", "client_cert", "client_key", "platform_serial_no", "platform_certificate")
        return {name: self._value(name) for name in names}

    def pay(self, **visit: Any) -> dict[str, Any]:
        """Pays an order in place of the customer, or cancels it, or fails.

        Args:
            visit: The order, by ``out_trade_no``, ``prepay_id``, ``code_url``, ``mweb_url``, ``params`` (the parameters
                for a page) or ``app_params``; ``result``: ``ok``, ``cancel`` or ``fail``; ``openid``; ``coupons``;
                ``bank_type``.

        Returns:
            The result that a page gets: ``err_msg``, and more.
        """
        answer: dict[str, Any] = self.control("POST", "/_emulator/pay", visit)
        return answer

    def advance(self, seconds: int) -> dict[str, Any]:
        """Moves the clock, and waits until everything that is due by then has happened. Zero only waits for what has
        started already, such as the first notification of a payment. Do not call it in a notification's handler.
        """
        answer: dict[str, Any] = self.control("POST", "/_emulator/clock", {"advance_s": seconds})
        return answer

    def orders(self, **filters: Any) -> list[dict[str, Any]]:
        """Orders, oldest first. ``out_trade_no``, ``transaction_id``, ``mch_id`` and ``limit`` select some of them."""
        query = urllib.parse.urlencode(filters)
        found: list[dict[str, Any]] = self.control("GET", f"/_emulator/orders?{query}")
        return found

    def order(self, out_trade_no: str) -> dict[str, Any]:
        """One order.

        Raises:
            EmulatorError: There is no such order.
        """
        found = self.orders(out_trade_no=out_trade_no)
        if not found:
            raise EmulatorError(phrase(f"the emulator has no order {out_trade_no}"))
        return found[-1]

    def journal(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The requests and their results, newest last, with an explanation of each refusal."""
        query = "" if limit is None else f"?limit={limit}"
        entries: list[dict[str, Any]] = self.control("GET", f"/_emulator/journal{query}")
        return entries

    def timeline(self, out_trade_no: str) -> Timeline:
        """The history of an order, oldest first: the shop's requests, the payment, and each notification of the order
        and of its refunds. A notebook shows a table of it, and a picture where matplotlib is installed; ``print`` shows
        a line for each.

        Raises:
            EmulatorError: There is no such order.
        """
        from ._timeline import timeline

        order = self.order(out_trade_no)
        query = urllib.parse.urlencode({"out_trade_no": out_trade_no, "mch_id": order["mch_id"]})
        refunds = self.control("GET", f"/_emulator/refunds?{query}")
        return timeline(out_trade_no, order, refunds, self.journal())

    def fault(self, fault: str, **parameters: Any) -> dict[str, Any]:
        """Causes a fault: ``wechat.fault("timeout_after", endpoint="/pay/unifiedorder", times=1)``. The emulator's
        README lists the faults.
        """
        made: dict[str, Any] = self.control("POST", "/_emulator/faults", {"fault": fault, **parameters})
        return made

    def clear_faults(self) -> None:
        """Ends all faults."""
        self.control("DELETE", "/_emulator/faults")

    def wait_acknowledged(self, out_trade_no: str, within: float = 10.0) -> dict[str, Any]:
        """Waits until the notification of an order is acknowledged, and returns the order. In a coroutine this blocks
        the event loop, and a shop that runs in it: use `AsyncEmulator` there.

        Raises:
            EmulatorError: It was not acknowledged within ``within`` seconds; the message lists the attempts.
        """
        end = time.monotonic() + within
        while True:
            order = self.order(out_trade_no)
            if order["notifications"]["acknowledged"]:
                return order
            if time.monotonic() > end:
                attempts = [why_not(attempt) for attempt in order["notifications"]["attempts"]]
                text = f"the notification of {out_trade_no} is not acknowledged; attempts: {attempts}{_standing_loop()}"
                raise EmulatorError(phrase(text))
            time.sleep(0.02)

    def notification(self, **fields: Any) -> bytes:
        """The body of a payment notification, signed with the merchant's key: the usual fields, or yours instead.
        ``notify.parse`` accepts it. ``notify.confirm`` and ``notify.handle`` also query the order.

        For an order that was made and paid, pass both numbers, since the order is queried by WeChat's, and its
        ``total_fee`` unless that is 100::

            paid = wechat.pay(out_trade_no=number)
            wechat.notification(out_trade_no=number, transaction_id=paid["transaction_id"])
        """
        usual = {"appid": self._value("appid"), "mch_id": self._value("mch_id"), "openid": self.openid}
        return signed_notification({**usual, **fields}, self._value("api_key"))

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Sends a request to the control API, which the emulator's README describes.

        Raises:
            EmulatorError: The request was refused; the message says why.
        """
        request = self._request(method, path, body)
        # A proxy cannot reach an address of this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_ANSWER) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = f"{method} {path}: HTTP {error.code}: {refusal(error.read().decode(errors='replace'))}"
            raise EmulatorError(said) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = error.reason if isinstance(error, urllib.error.URLError) else error
            gone = self._program.ended() if self._program else "it was stopped"
            text = f"the emulator does not answer: {gone or why or type(error).__name__}"
            raise EmulatorError(f"{method} {path}: {phrase(text)}") from error

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> urllib.request.Request:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        if "control_token" in self._said:
            request.add_header("Authorization", f"Bearer {self._said['control_token']}")
        return request

    def _value(self, name: str) -> str:
        if self._program is None:
            raise EmulatorError(phrase("the emulator does not run: use it in a with block, or call start()"))
        return self._said[name]

    def __repr__(self) -> str:
        return (
            f"<wxpaykit emulator at {self._said.get('url')}>" if self._program else "<wxpaykit emulator, not running>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        from ._display import html

        if self._program is None:
            return escape(repr(self))
        link = f'<a href="{escape(self.url)}" target="_blank">{escape(self.url)}</a>'
        try:
            requests = self._last_requests()
        except EmulatorError as error:  # It has ended.
            return escape(clean(f"{self!r}: {error}"))
        title, last = phrase("merchant | last requests").split(" | ")
        return link + html(title, self._merchant()) + (html(last, requests) if requests else "")

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from ._display import pretty

        if self._program is None:
            printer.text(repr(self))
            return
        try:
            requests = self._last_requests()
        except EmulatorError as error:
            printer.text(clean(f"{self!r}: {error}"))
            return
        pretty(printer, repr(self), {**self._merchant(), **requests})

    def _merchant(self) -> dict[str, str]:
        return {name: self._said[name] for name in ("appid", "mch_id")}

    def _last_requests(self) -> dict[str, str]:
        """The last requests, by their numbers in the journal."""
        entries = self.journal(limit=5)
        return {str(entry["seq"]): f"{entry['method']} {entry['path']}  {entry['outcome']}" for entry in entries}


class AsyncEmulator:
    """An emulator for asyncio: ``async with AsyncEmulator() as wechat``, with the arguments of `Emulator`.

    It has the methods of `Emulator`, with ``await``. While one waits, the event loop runs, so a shop in it can answer
    the notification that the method waits for.
    """

    openid: str = Emulator.openid

    def __init__(self, **options: Any) -> None:
        # A debugger or an error page calls `repr`, also of an object that was refused.
        self._emulator = Emulator()
        try:
            self._emulator = Emulator(**options)
        except TypeError as error:
            # A misspelt argument: the keys in `merchants` are not to appear in the traceback.
            options = {}
            outer(error)
            raise
        self._unwanted = False

    @classmethod
    def of(cls, emulator: Emulator) -> Self:
        """The same running emulator, for coroutines. Stop it by the object that started it."""
        made = cls()
        made._emulator = emulator
        made.openid = emulator.openid
        return made

    async def start(self) -> Self:
        """As `Emulator.start`. An ``async with`` block starts and ends the emulator."""
        self._unwanted = False
        try:
            await _threaded(self._start)
        except Exception:  # It did not start, or it was running before and still is.
            raise
        except BaseException:
            # The task was cancelled, but its thread goes on and starts the program, or has just started it.
            self._unwanted = True
            self._emulator.stop()
            raise
        return self

    async def stop(self) -> None:
        """As `Emulator.stop`."""
        await _threaded(self._emulator.stop)

    async def __aenter__(self) -> Self:
        return await self.start()

    def _start(self) -> None:
        self._emulator.start()
        self.openid = self._emulator.openid
        if self._unwanted:
            self._emulator.stop()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The emulator's address."""
        return self._emulator.url

    @property
    def tls_url(self) -> str | None:
        """As `Emulator.tls_url`."""
        return self._emulator.tls_url

    @property
    def settings(self) -> dict[str, Any]:
        """Settings for ``AsyncWxPay``."""
        return self._emulator.settings

    @property
    def v3_settings(self) -> dict[str, str]:
        """As `Emulator.v3_settings`."""
        return self._emulator.v3_settings

    @property
    def v3_certificates(self) -> dict[str, str]:
        """As `Emulator.v3_certificates`."""
        return self._emulator.v3_certificates

    async def pay(self, **visit: Any) -> dict[str, Any]:
        """As `Emulator.pay`."""
        return await _threaded(self._emulator.pay, **visit)

    async def advance(self, seconds: int) -> dict[str, Any]:
        """As `Emulator.advance`."""
        return await _threaded(self._emulator.advance, seconds)

    async def orders(self, **filters: Any) -> list[dict[str, Any]]:
        """As `Emulator.orders`."""
        return await _threaded(self._emulator.orders, **filters)

    async def order(self, out_trade_no: str) -> dict[str, Any]:
        """As `Emulator.order`."""
        return await _threaded(self._emulator.order, out_trade_no)

    async def journal(self, limit: int | None = None) -> list[dict[str, Any]]:
        """As `Emulator.journal`."""
        return await _threaded(self._emulator.journal, limit)

    async def timeline(self, out_trade_no: str) -> Timeline:
        """As `Emulator.timeline`."""
        return await _threaded(self._emulator.timeline, out_trade_no)

    async def fault(self, fault: str, **parameters: Any) -> dict[str, Any]:
        """As `Emulator.fault`."""
        return await _threaded(self._emulator.fault, fault, **parameters)

    async def clear_faults(self) -> None:
        """As `Emulator.clear_faults`."""
        await _threaded(self._emulator.clear_faults)

    async def wait_acknowledged(self, out_trade_no: str, within: float = 10.0) -> dict[str, Any]:
        """As `Emulator.wait_acknowledged`."""
        return await _threaded(self._emulator.wait_acknowledged, out_trade_no, within)

    def notification(self, **fields: Any) -> bytes:
        """As `Emulator.notification`."""
        return self._emulator.notification(**fields)

    async def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """As `Emulator.control`."""
        return await _threaded(self._emulator.control, method, path, body)

    def __repr__(self) -> str:
        return repr(self._emulator)

    def _repr_html_(self) -> str:
        return self._emulator._repr_html_()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        self._emulator._repr_pretty_(printer, cycle)


async def _threaded(call: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
    # Imported here, because importing asyncio takes longer than the rest of this package.
    from asyncio import to_thread

    return await to_thread(call, *arguments, **named)


def _standing_loop() -> str:
    """A hint for the error of a wait that blocked the event loop of this thread; empty if there is no loop."""
    # Looked up, not imported: a program that has not imported asyncio has no loop.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return ""
    return "; the wait blocked this thread's event loop: if the shop runs in it, await AsyncEmulator's method"
