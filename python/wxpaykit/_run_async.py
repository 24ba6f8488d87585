"""Runs calls for asyncio: on the network thread, with the result sent to the loop that awaits it."""

from __future__ import annotations

from asyncio import CancelledError, Lock, current_task, get_running_loop
from types import AsyncGeneratorType, GeneratorType
from weakref import WeakKeyDictionary

from ._handled import check_functions, raised
from ._native import Bridge, phrase
from ._outer import outer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from ._codes import CodeProgress
    from ._native import Job
    from ._records import ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, V3Notification

    _T = TypeVar("_T")

    _AmountOf = Callable[[ConfirmedPayment], int | Awaitable[int | None] | None]
    _OnPaid = Callable[[ConfirmedPayment, str], object]
    _OnProgress = Callable[[CodeProgress], object]
    _OnRefund = Callable[[ConfirmedRefund, str], object]
    _OnTransfer = Callable[[ConfirmedTransfer, str], object]
    _OnOther = Callable[[V3Notification], object]

# The bridge of a loop is freed with the loop.
_bridges: WeakKeyDictionary[AbstractEventLoop, Bridge] = WeakKeyDictionary()


def _forget_closed_loops() -> None:
    """A loop that was closed during a call is referred to by the call's future, and that by its bridge."""
    for reference in _bridges.keyrefs():
        loop = reference()
        if loop is not None and loop.is_closed():
            _bridges.pop(loop, None)


def _bridge_to(loop: AbstractEventLoop) -> Bridge:
    _forget_closed_loops()
    bridge = Bridge(True)
    descriptor = bridge.fileno()
    if descriptor is not None:
        try:
            loop.add_reader(descriptor, bridge.drain)
        except NotImplementedError:  # As Windows' loop, it watches none.
            bridge = Bridge(False)
            descriptor = None
    _bridges[loop] = bridge
    if descriptor is None:
        from ._bell import wait_for  # here, so that importing the package is quick

        wait_for(loop, _bridges)
    return bridge


async def run(job: Job[_T]) -> _T:
    """Runs a call. Cancelling the task aborts the HTTP request.

    The exception is then asyncio's own ``CancelledError``, because ``asyncio.timeout`` and ``TaskGroup`` need that. It
    has ``code``, ``endpoint``, ``outcome`` and ``retry``, and a ``TransportError`` as its ``__cause__``.
    """
    loop = get_running_loop()
    bridge = _bridges.get(loop)
    if bridge is None or bridge.stale():
        bridge = _bridge_to(loop)
    future: Future[_T] = loop.create_future()
    call = bridge.start(job, future)
    try:
        return await future
    except CancelledError as cancelled:
        cause = bridge.cancel(call)
        if cause is not None:
            cancelled.__dict__.update(cause.__dict__)
            cancelled.__cause__ = cause
        raise
    except GeneratorExit:
        bridge.cancel(call)
        raise


async def in_thread(function: Callable[[], None]) -> None:
    """Runs what waits for a disk, so that the loop goes on meanwhile."""
    from asyncio import to_thread  # here, so that importing the package is quick

    await to_thread(function)


def lock() -> Lock:
    """For what several tasks may ask for at once."""
    return Lock()


def need_functions(**given: Any) -> None:
    """Refuses functions of the user's that cannot be called as they will be."""
    check_functions(given, blocking=False)


async def call(function: Callable[..., Any], *arguments: object) -> Any:
    """Runs a function of the user's, which may be a coroutine function. A generator has not run anything.

    Raises:
        RuntimeError: It raised what Python ends a task or a coroutine with, and nobody ended this one. On Python 3.10 a
            ``CancelledError`` stays: a task of it does not know who cancelled it.
    """
    task = _task()
    try:
        result = function(*arguments)
        if hasattr(result, "__await__"):
            result = await result
    except CancelledError as error:
        if task is None or not hasattr(task, "cancelling") or task.cancelling() > 0:
            raise
        raise raised(error) from error
    except GeneratorExit as error:
        if task is None or _task() is not task:  # This coroutine is closed, by its loop's end.
            raise
        raise raised(error) from error
    if has_not_run(result):
        raise outer(TypeError(phrase("a generator was returned, whose code has not run")))
    return result


def _task() -> Any:
    try:
        return current_task()
    except RuntimeError:  # There is no loop any more.
        return None


def has_not_run(result: object) -> bool:
    """Whether it is a generator, which a function of the user's returned: nothing has run."""
    return isinstance(result, (GeneratorType, AsyncGeneratorType))


def has_ended(function: Callable[..., Any], error: BaseException) -> bool:
    """Whether a function ended well although an exception came instead: in a thread it goes on when its task is
    cancelled. No attribute of the user's exceptions is asked for.
    """
    return type(error) is CancelledError and error.__dict__.get("ended") is function
