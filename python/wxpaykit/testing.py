"""A WeChat for tests: starts ``wxpaykit-emulator``, pays in the customer's place, moves the clock, makes trouble.

>>> from wxpaykit import WxPay
>>> from wxpaykit.testing import Emulator
>>> with Emulator(frozen_clock=True) as wechat:  # doctest: +SKIP
...     pay = WxPay(**wechat.settings)
...     order = pay.unifiedorder(body="茶", out_trade_no="20260806125346", total_fee=100,
...                              openid=wechat.openid, spbill_create_ip="127.0.0.1")
...     wechat.pay(out_trade_no="20260806125346")

pytest users have the fixture ``wxpay_emulator`` without an import. Nothing here is for production: the emulator is a
package of its own, ``pip install wxpaykit[emulator]``.
"""

from __future__ import annotations

import http.client
import json
import os
import selectors
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ._native import build_xml, restore, sign
from ._records import RECORDS, ConfirmedPayment
from ._settings import hidden, meant
from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import IO, Any, TypeVar

    from typing_extensions import Self

    from ._native import Reply

    _T = TypeVar("_T")
    _R = TypeVar("_R", bound=Reply)

__all__ = [
    "AsyncEmulator",
    "Emulator",
    "EmulatorError",
    "confirmed_payment",
    "find_emulator",
    "reply",
    "signed_notification",
]

#: How long the program may take to end, and a question to be answered, in seconds. Moving the clock over a day sends
#: sixteen notifications, of which each may take five seconds.
_END = 10.0
_ANSWER = 120.0
#: What the program's first line has to say.
_ANNOUNCED = ("url", "appid", "mch_id", "api_key", "app_secret")


class EmulatorError(Exception):
    """The emulator cannot be started, is gone, or did not take a control call."""


class Emulator:
    """A running emulator: ``with Emulator() as wechat``. It listens on a free port of 127.0.0.1. `AsyncEmulator` is for
    tests whose shop runs in the same event loop.

    It ends with the block, and with this process however that ends.

    Args:
        binary: The program. `find_emulator` looks for it when it is left out.
        merchants: Merchants beside the demo one, as the emulator's ``--merchant`` file has them; the first is in
            `settings`.
        frozen_clock: Whether time passes only by `advance`.
        arguments: Further options of the program, such as ``("--strict-docs",)``.
        notify_url: Where notifications are posted, for `settings`.
        start_timeout: How many seconds the program may take to begin.

    Attributes:
        url: Where it is, such as ``http://127.0.0.1:41563``.
        openid: A customer of the merchant's appid.
    """

    #: The demo customer at the demo merchant's appid, which WeChat's documents show.
    openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

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
        self._program: _Program | None = None
        self._said: dict[str, str] = {}

    def start(self) -> Self:
        """Starts it; `stop` ends it. A block with ``with`` does both.

        Raises:
            EmulatorError: There is no program, or it did not begin; the message says what to do.
        """
        if self._program is not None:
            raise EmulatorError("it runs already")
        name = os.fspath(self._binary) if self._binary is not None else find_emulator()
        # Standard input is the cord: the program ends when it is cut, by whatever ends this process.
        arguments = ["--port", "0", "--exit-with-stdin", *self._arguments]
        with _merchant_file(self._merchants) as option:
            program = _Program(name, [*arguments, *option])
            try:
                self._said = program.begin(self._start_timeout)
            except BaseException:
                program.kill()
                raise
        self._program = program
        return self

    def stop(self) -> None:
        """Ends it. Nothing happens when it does not run."""
        program, self._program = self._program, None
        if program is not None:
            program.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is."""
        return self._value("url")

    @property
    def settings(self) -> dict[str, Any]:
        """What ``WxPay`` and ``AsyncWxPay`` take to reach it: ``WxPay(**wechat.settings)``."""
        names = ("appid", "mch_id", "api_key", "app_secret")
        return {**{name: self._value(name) for name in names}, "endpoints": self.url, "notify_url": self._notify_url}

    def pay(self, **visit: Any) -> dict[str, Any]:
        """Pays in the customer's place, or fails to.

        Args:
            visit: Which order, by ``out_trade_no``, ``prepay_id``, ``code_url``, ``mweb_url``, ``params`` (what a page
                is handed) or ``app_params``; ``result``: ``ok``, ``cancel`` or ``fail``; ``openid``; ``coupons``;
                ``bank_type``.

        Returns:
            What the page would get: ``err_msg``, and more.
        """
        answer: dict[str, Any] = self.control("POST", "/_emulator/pay", visit)
        return answer

    def advance(self, seconds: int) -> dict[str, Any]:
        """Moves the clock, and waits until everything that falls due on the way has happened. Zero waits for what is
        under way, such as the first notification of a payment. Not from inside a notification's handler.
        """
        answer: dict[str, Any] = self.control("POST", "/_emulator/clock", {"advance_s": seconds})
        return answer

    def orders(self, **filters: Any) -> list[dict[str, Any]]:
        """Orders, oldest first. ``out_trade_no``, ``transaction_id``, ``mch_id`` and ``limit`` narrow them down."""
        query = urllib.parse.urlencode(filters)
        found: list[dict[str, Any]] = self.control("GET", f"/_emulator/orders?{query}")
        return found

    def order(self, out_trade_no: str) -> dict[str, Any]:
        """One order.

        Raises:
            EmulatorError: There is none.
        """
        found = self.orders(out_trade_no=out_trade_no)
        if not found:
            raise EmulatorError(f"there is no order {out_trade_no}")
        return found[-1]

    def journal(self, limit: int | None = None) -> list[dict[str, Any]]:
        """What was asked of it and how it ended, newest last, with the explanation of each refusal."""
        query = "" if limit is None else f"?limit={limit}"
        entries: list[dict[str, Any]] = self.control("GET", f"/_emulator/journal{query}")
        return entries

    def fault(self, fault: str, **parameters: Any) -> dict[str, Any]:
        """Lets something go wrong: ``wechat.fault("timeout_after", endpoint="/pay/unifiedorder", times=1)``. The
        emulator's README has the list.
        """
        made: dict[str, Any] = self.control("POST", "/_emulator/faults", {"fault": fault, **parameters})
        return made

    def clear_faults(self) -> None:
        """Lets nothing go wrong any more."""
        self.control("DELETE", "/_emulator/faults")

    def wait_acknowledged(self, out_trade_no: str, within: float = 10.0) -> dict[str, Any]:
        """Waits until an order's notification is acknowledged; gives the order. In a coroutine the event loop stands
        still meanwhile, and so does a shop in it: `AsyncEmulator` is for those.

        Raises:
            EmulatorError: It was not, within so many seconds; the message has the attempts.
        """
        end = time.monotonic() + within
        while True:
            order = self.order(out_trade_no)
            if order["notifications"]["acknowledged"]:
                return order
            if time.monotonic() > end:
                attempts = [attempt["why"] for attempt in order["notifications"]["attempts"]]
                raise EmulatorError(
                    f"the notification of {out_trade_no} is not acknowledged; attempts: {attempts}{_standing_loop()}"
                )
            time.sleep(0.02)

    def notification(self, **fields: Any) -> bytes:
        """A payment notification's body, signed with the merchant's key, for a test that needs no order: the usual
        fields, with yours in their place. ``notify.parse`` takes it; ``notify.confirm`` and ``notify.handle`` ask
        WeChat, which knows of no such order.

        Of an order that was made and paid, give both numbers, for it is looked up by WeChat's own, and its
        ``total_fee`` unless that is 100::

            paid = wechat.pay(out_trade_no=number)
            wechat.notification(out_trade_no=number, transaction_id=paid["transaction_id"])
        """
        usual = {"appid": self._value("appid"), "mch_id": self._value("mch_id"), "openid": self.openid}
        return signed_notification({**usual, **fields}, self._value("api_key"))

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Asks the control API, which the emulator's README describes.

        Raises:
            EmulatorError: It did not take the call; the message has its words.
        """
        request = self._request(method, path, body)
        # No proxy knows the way to this machine's own address.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_ANSWER) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")
            raise EmulatorError(f"{method} {path}: HTTP {error.code}: {said}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = error.reason if isinstance(error, urllib.error.URLError) else error
            gone = self._program.ended() if self._program else "it was stopped"
            raise EmulatorError(
                f"{method} {path}: the emulator does not answer: {gone or why or type(error).__name__}"
            ) from error

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> urllib.request.Request:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        if "control_token" in self._said:
            request.add_header("Authorization", f"Bearer {self._said['control_token']}")
        return request

    def _value(self, name: str) -> str:
        if self._program is None:
            raise EmulatorError("it does not run: use it in a with block, or call start()")
        return self._said[name]

    def __repr__(self) -> str:
        return (
            f"<wxpaykit emulator at {self._said.get('url')}>" if self._program else "<wxpaykit emulator, not running>"
        )


class AsyncEmulator:
    """An emulator for asyncio: ``async with AsyncEmulator() as wechat``, with the arguments of `Emulator`.

    Its methods are those of `Emulator` with ``await``: while one waits, the loop goes on, and a shop in it can answer
    the notification that is waited for.
    """

    openid = Emulator.openid

    def __init__(self, **options: Any) -> None:
        self._emulator = Emulator(**options)
        self._unwanted = False

    @classmethod
    def of(cls, emulator: Emulator) -> Self:
        """The same running emulator for coroutines; whoever started it stops it."""
        made = cls()
        made._emulator = emulator
        return made

    async def start(self) -> Self:
        """As `Emulator.start`. A block with ``async with`` starts it and ends it."""
        self._unwanted = False
        try:
            await _threaded(self._start)
        except Exception:  # It has not begun; or it ran already, and runs on.
            raise
        except BaseException:
            # Whoever was cancelled left a thread behind, which starts the program or has just started it.
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
        if self._unwanted:
            self._emulator.stop()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it is."""
        return self._emulator.url

    @property
    def settings(self) -> dict[str, Any]:
        """What ``AsyncWxPay`` takes to reach it."""
        return self._emulator.settings

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


async def _threaded(call: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
    # asyncio takes longer to import than all the rest; whoever blocks never needs it.
    from asyncio import to_thread

    return await to_thread(call, *arguments, **named)


def _standing_loop() -> str:
    """The likeliest reason for having waited in vain, where an event loop runs in this thread."""
    # asyncio takes longer to import than all the rest; without it there is no loop.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return ""
    return "; this thread's event loop stood still meanwhile: if the shop runs in it, await AsyncEmulator's method"


def find_emulator() -> str:
    """Where ``wxpaykit-emulator`` is: ``WXPAYKIT_EMULATOR``, the installed package, or the path.

    Raises:
        EmulatorError: It is nowhere; the message says how to get it.
    """
    named = os.environ.get("WXPAYKIT_EMULATOR")
    if named:
        return named
    name = "wxpaykit-emulator" + (".exe" if os.name == "nt" else "")
    beside = Path(sysconfig.get_path("scripts")) / name
    if beside.is_file():
        return str(beside)
    found = shutil.which(name)
    if found:
        return found
    raise EmulatorError(
        "there is no wxpaykit-emulator: pip install 'wxpaykit[emulator]', or name the program in WXPAYKIT_EMULATOR"
    )


def signed_notification(fields: Mapping[str, Any], key: str, sign_type: str = "HMAC-SHA256") -> bytes:
    """A payment notification's body as WeChat would post it, for tests of what takes it.

    Args:
        fields: Fields in place of, or beside, the usual ones; ``None`` leaves one out.
        key: The merchant's API key.
        sign_type: ``HMAC-SHA256`` or ``MD5``.

    Raises:
        InvalidRequest: A field cannot be written.
    """
    key = hidden(key)
    if not hasattr(fields, "get"):
        raise TypeError(f"fields: must be a dict, not {type(fields).__name__}")
    usual = {**_USUAL, "cash_fee": fields.get("total_fee", 100), "total_fee": 100}
    whole = {name: str(value) for name, value in {**usual, **fields}.items() if value is not None}
    return build_xml({**whole, "sign": sign(whole, key, sign_type)}).encode()


#: The notification in WeChat's documents, but for its amounts.
_USUAL = {
    "appid": "wxd930ea5d5a258f4f",
    "bank_type": "OTHERS",
    "fee_type": "CNY",
    "is_subscribe": "N",
    "mch_id": "10000100",
    "nonce_str": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
    "openid": Emulator.openid,
    "out_trade_no": "20150806125346",
    "result_code": "SUCCESS",
    "return_code": "SUCCESS",
    "time_end": "20150806125400",
    "trade_type": "JSAPI",
    "transaction_id": "4200000263201508067700134212",
}


def confirmed_payment(**fields: Any) -> ConfirmedPayment:
    """A payment for unit tests of your own functions, without a client and without an emulator::

        ship(confirmed_payment(out_trade_no="A1", total_fee=100), "key")

    Args:
        fields: Fields in place of the usual ones, and more of them, by the names of ``ConfirmedPayment``: ``int`` for
            amounts in fen, an aware ``datetime`` for times. ``None`` leaves one out.

    Raises:
        InvalidRequest: A value is not of its field's kind.
        TypeError: There is no such field.
    """
    usual: dict[str, Any] = {
        **{name: value for name, value in _USUAL.items() if name not in ("return_code", "result_code", "nonce_str")},
        "total_fee": 100,
        "cash_fee": fields.get("total_fee", 100),
        "trade_state": "SUCCESS",
    }
    return reply(ConfirmedPayment, **{**usual, **fields})


def reply(kind: type[_R], /, **fields: Any) -> _R:
    """Any reply or notification for unit tests: ``pay.unifiedorder.return_value = reply(UnifiedorderReply, …)``.

    Args:
        kind: The class, such as ``wxpaykit.UnifiedorderReply``.
        fields: Its fields, as for `confirmed_payment`. There are no usual ones.

    Raises:
        InvalidRequest: A value is not of its field's kind.
        TypeError: There is no such field, or ``kind`` is not a class of replies.
    """
    if kind not in RECORDS.values():
        raise TypeError(f"kind: must be one of {', '.join(RECORDS)}, not {kind!r}")
    return restore(kind, kind.__name__, _wire(kind, fields))


def _wire(kind: type[Reply], fields: Mapping[str, Any]) -> dict[str, str]:
    """The texts that WeChat would send."""
    known, texts = kind.__annotations__, {}
    for name, value in fields.items():
        if name not in known:
            raise TypeError(f"{kind.__name__} has no field {name!r}{meant(name, known)}")
        if value is None:
            continue
        if known[name].startswith("tuple["):
            item = RECORDS[known[name].removeprefix("tuple[").partition(",")[0]]
            for i, one in enumerate(value):
                texts.update({f"{part}_{i}": text for part, text in _wire(item, one).items()})
        else:
            texts[name] = _text(name, known[name].removesuffix(" | None"), value)
    return texts


def _text(name: str, kind: str, value: Any) -> str:
    if kind == "int" and isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    if kind == "datetime" and isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone(timedelta(hours=8))).strftime("%Y%m%d%H%M%S")
    if kind == "Any" and isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if kind in ("str", "Any") and isinstance(value, str):
        return str.__str__(value)
    if kind == "datetime" and isinstance(value, str) and len(value) == 14 and value.isdecimal():
        return value
    rule = {"int": "an integer", "datetime": "an aware datetime"}.get(kind, "text")
    rule = f"must be {rule}, not {type(value).__name__}"
    raise InvalidRequest(f"{name}: {rule}", field=name, rule=rule)


class _Program:
    """The program, with what it writes to standard error kept for whoever wants to know why it ended."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self._name = name
        # A file and not a pipe, which somebody would have to empty.
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                [name, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0
            )
        except OSError as error:
            self._errors.close()
            raise EmulatorError(f"{name} cannot be started: {error}") from error

    def begin(self, within: float) -> dict[str, str]:
        """Its announcement."""
        end = time.monotonic() + within
        line = self._first_line(end)
        if line is None:
            raise EmulatorError(f"{self._name} did not begin within {within:g} s")
        if not line:
            # A program whose output has ended is about to end.
            try:
                self._process.wait(max(end - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                raise EmulatorError(f"{self._name} did not begin: it closed its standard output") from None
            last_words = "".join(f"\n  {line}" for line in self._complaints()[-5:])
            raise EmulatorError(f"{self._name} did not begin; {self.ended()}{last_words}")
        said = _announcement(line)
        if said is None:
            # There may be keys in the line, so nobody gets to see it, in this frame neither.
            del line
            names = ", ".join(_ANNOUNCED)
            raise EmulatorError(f"{self._name} is no wxpaykit-emulator: its first line is not JSON with {names}")
        return said

    def ended(self) -> str:
        """That it has ended, and how; nothing while it runs."""
        status = self._process.poll()
        return "" if status is None else f"it ended with status {status}"

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # For the test's log.
        for line in self._complaints():
            print(line, file=sys.stderr)
        self._close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for file in (self._process.stdin, self._process.stdout, self._errors):
            if file is not None:
                file.close()

    def _first_line(self, end: float) -> bytes | None:
        """``None`` when there is none in time; empty when there never will be one."""
        assert self._process.stdout is not None
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in line:
                if not selector.select(max(end - time.monotonic(), 0)):
                    return None
                # Not more than a pipe holds.
                more = os.read(self._process.stdout.fileno(), 65_536 - len(line))
                if not more:
                    return line
                line += more
        return line

    def _complaints(self) -> list[str]:
        """Once it has ended: it writes where this reads."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").splitlines()


def _announcement(line: bytes) -> dict[str, str] | None:
    try:
        said = json.loads(line.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in _ANNOUNCED):
        return None
    return said if said["url"].startswith("http://") else None


class _merchant_file:
    """The option that names a file of merchants, while the file is there."""

    def __init__(self, merchants: Mapping[str, Any] | list[Mapping[str, Any]] | None) -> None:
        self._merchants = merchants
        self._path: str | None = None

    def __enter__(self) -> list[str]:
        if self._merchants is None:
            return []
        try:
            text = hidden(json.dumps(self._merchants))
        except TypeError as error:
            raise TypeError(f"merchants: cannot be written as JSON: {error}") from error
        # Its keys are for this user's eyes.
        handle, self._path = tempfile.mkstemp(prefix="wxpaykit-", suffix=".json")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return ["--merchant", self._path]

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            os.unlink(self._path)
