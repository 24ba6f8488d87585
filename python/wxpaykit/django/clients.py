"""The clients of a Django project: they refuse to block an event loop, and to hand over inside a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.utils.asyncio import async_unsafe

from .. import AsyncWxPay, WxPay
from .._native import Job
from .._notify_async import AsyncNotify
from .._notify_sync import Notify
from .._run_async import need_functions
from .._threads import pooled
from .handover import hand_over, refuse_transaction

if TYPE_CHECKING:
    from collections.abc import Callable


class DjangoWxPay(WxPay):
    """``WxPay`` for views, commands and tasks that are not asynchronous.

    A call inside an event loop raises ``SynchronousOnlyOperation`` before anything is sent, as Django's database does.
    """

    def _bind(self, native: Any) -> None:
        guarded: Any = _Guard(native)
        super()._bind(guarded)
        self.notify = _Notify(guarded)

    def wait_for_payment(self, out_trade_no: str, **options: Any) -> Any:
        """As ``WxPay.wait_for_payment``."""
        _refuse_in_transaction(options)
        return super().wait_for_payment(out_trade_no, **options)

    def pay_by_code(self, **options: Any) -> Any:
        """As ``WxPay.pay_by_code``."""
        _refuse_in_transaction(options)
        return super().pay_by_code(**options)

    def resume_pay_by_code(self, out_trade_no: str, **options: Any) -> Any:
        """As ``WxPay.resume_pay_by_code``."""
        _refuse_in_transaction(options)
        return super().resume_pay_by_code(out_trade_no, **options)


class AsyncDjangoWxPay(AsyncWxPay):
    """``AsyncWxPay`` for asynchronous views.

    Plain functions, such as ``hand_over``, run in the thread where Django uses the database; coroutine functions in the
    event loop.
    """

    def _bind(self, native: Any) -> None:
        super()._bind(native)
        self.notify = _AsyncNotify(native)

    async def wait_for_payment(self, out_trade_no: str, **options: Any) -> Any:
        """As ``AsyncWxPay.wait_for_payment``."""
        return await super().wait_for_payment(out_trade_no, **_in_threads(options))

    async def pay_by_code(self, **options: Any) -> Any:
        """As ``AsyncWxPay.pay_by_code``."""
        return await super().pay_by_code(**_in_threads(options))

    async def resume_pay_by_code(self, out_trade_no: str, **options: Any) -> Any:
        """As ``AsyncWxPay.resume_pay_by_code``."""
        return await super().resume_pay_by_code(out_trade_no, **_in_threads(options))


class _Notify(Notify):
    def handle(self, raw_body: Any, **functions: Any) -> Any:
        _refuse_in_transaction(functions)
        return super().handle(raw_body, **functions)

    def reconcile(self, pending: Any, **functions: Any) -> Any:
        _refuse_in_transaction(functions)
        return super().reconcile(pending, **functions)


class _AsyncNotify(AsyncNotify):
    async def handle(self, raw_body: Any, **functions: Any) -> Any:
        return await super().handle(raw_body, **_in_threads(functions))

    async def reconcile(self, pending: Any, **functions: Any) -> Any:
        return await super().reconcile(pending, **_in_threads(functions))

    async def reconcile_refunds(self, pending: Any, **functions: Any) -> Any:
        return await super().reconcile_refunds(pending, **_in_threads(functions))

    async def reconcile_transfers(self, pending: Any, **functions: Any) -> Any:
        return await super().reconcile_transfers(pending, **_in_threads(functions))


class _Guard:
    """The native client. Its calls are refused in an event loop when they are made, so that none is half done."""

    def __init__(self, native: Any) -> None:
        self._native = native

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._native, name)
        return _guarded(found) if callable(found) else found


@async_unsafe("wxpaykit.django.pay blocks the event loop: use `await apay.…`, or sync_to_async")
def _refuse_event_loop() -> None:
    """Raises in an event loop."""


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        made = function(*arguments, **named)
        if isinstance(made, Job):
            _refuse_event_loop()
        return made

    return call


def _refuse_in_transaction(functions: dict[str, Any]) -> None:
    """At the call, and not only once an order is paid."""
    if functions.get("on_paid") is hand_over:
        refuse_transaction()


def _in_threads(options: dict[str, Any]) -> dict[str, Any]:
    """The same options, with functions that an event loop can await."""
    functions = {name: value for name, value in options.items() if name in _FUNCTIONS and value is not None}
    need_functions(**functions)
    return {**options, **{name: pooled(function, _in_thread) for name, function in functions.items()}}


_FUNCTIONS = (
    "amount_of",
    "on_paid",
    "on_refunded",
    "on_refund_failed",
    "on_transferred",
    "on_transfer_failed",
    "on_other",
    "on_progress",
)


async def _in_thread(function: Callable[..., Any], *arguments: object) -> Any:
    return await sync_to_async(function)(*arguments)
