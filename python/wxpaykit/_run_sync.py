"""The blocking side: a call runs while this thread waits."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from ._native import Job
    from ._records import ConfirmedPayment

    _T = TypeVar("_T")

    _AmountOf = Callable[[ConfirmedPayment], int | None]
    _OnPaid = Callable[[ConfirmedPayment, str], object]


def run(job: Job[_T]) -> _T:
    """Runs a call. Ctrl-C ends it, and the HTTP request with it."""
    return job.wait()


def call(function: Callable[..., Any], *arguments: object) -> Any:
    """Runs a function of the user's. One that has yet to be awaited has done nothing."""
    result = function(*arguments)
    if hasattr(result, "__await__"):
        if hasattr(result, "close"):
            result.close()
        raise TypeError("a coroutine function needs AsyncWxPay")
    return result
