"""Runs calls for clients that block: this thread waits."""

from __future__ import annotations

import sys

from ._handled import check_functions, raised
from ._native import phrase
from ._outer import outer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Lock
    from typing import Any, TypeVar

    from ._codes import CodeProgress
    from ._native import Job
    from ._records import ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, V3Notification

    _T = TypeVar("_T")

    _AmountOf = Callable[[ConfirmedPayment], int | None]
    _OnPaid = Callable[[ConfirmedPayment, str], object]
    _OnProgress = Callable[[CodeProgress], object]
    _OnRefund = Callable[[ConfirmedRefund, str], object]
    _OnTransfer = Callable[[ConfirmedTransfer, str], object]
    _OnOther = Callable[[V3Notification], object]


def run(job: Job[_T]) -> _T:
    """Runs a call. Ctrl-C aborts it and its HTTP request."""
    return job.wait()


def in_thread(function: Callable[[], None]) -> None:
    """Runs what waits for a disk, which is this thread's to wait for."""
    function()


def lock() -> Lock:
    """For what several threads may ask for at once."""
    from threading import Lock  # here, so that importing the package is quick

    return Lock()


def need_functions(**given: Any) -> None:
    """Refuses functions of the user's that cannot be called as they will be."""
    check_functions(given, blocking=True)


def call(function: Callable[..., Any], *arguments: object) -> Any:
    """Runs a function of the user's. A coroutine or a generator has not run anything, so it is refused.

    Raises:
        RuntimeError: It raised what Python ends a task or a coroutine with: here is neither.
    """
    from types import AsyncGeneratorType, GeneratorType  # here, so that importing the package is quick

    try:
        result = function(*arguments)
    except BaseException as error:
        if not _ends_a_coroutine(error):
            raise
        raise raised(error) from error
    if isinstance(result, (GeneratorType, AsyncGeneratorType)):
        raise outer(TypeError(phrase("a generator was returned, whose code has not run")))
    if hasattr(result, "__await__"):
        if hasattr(result, "close"):
            result.close()
        raise outer(TypeError(phrase("a coroutine function needs AsyncWxPay")))
    return result


def _ends_a_coroutine(error: BaseException) -> bool:
    # Looked up, not imported: that takes longer than the rest of this package.
    asyncio = sys.modules.get("asyncio")
    return isinstance(error, GeneratorExit) or (asyncio is not None and isinstance(error, asyncio.CancelledError))


def has_ended(function: Callable[..., Any], error: BaseException) -> bool:
    """Whether a function ended well although an exception came instead: not in this thread."""
    return False
