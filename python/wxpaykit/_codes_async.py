"""The till's display of a payment by code, for asyncio."""

from __future__ import annotations

from asyncio import ensure_future, wait
from collections import deque

from ._codes import CodeProgress, progress_failed
from ._run_async import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Task

    from ._native import CodePayment
    from ._run_async import _OnProgress

#: How long a payment waits for its display before a step, in seconds.
_PATIENCE = 1.0


class Display:
    """Runs ``on_progress``, in the order of the steps. The payment waits a moment for it, and then goes on: it must end
    in time, whatever a display does.
    """

    def __init__(self, payment: CodePayment, function: _OnProgress | None) -> None:
        self._payment = payment
        self._function = function
        self._waiting: deque[CodeProgress] = deque()
        self._showing: Task[None] | None = None

    async def show(self, progress: CodeProgress) -> None:
        if self._function is None:
            return
        self._waiting.append(progress)
        if self._showing is not None and not self._showing.done():
            return  # It is late, and comes to this one by itself.
        self._showing = ensure_future(self._show(self._function))
        done, _ = await wait([self._showing], timeout=_PATIENCE)
        if done and not self._showing.cancelled():
            self._showing.result()

    async def _show(self, function: _OnProgress) -> None:
        while self._waiting:
            try:
                await call(function, self._waiting.popleft())
            except Exception:
                progress_failed(self._payment)

    def end(self) -> None:
        """The payment has ended, or its call was cancelled: nothing is shown any more."""
        if self._showing is not None:
            self._showing.cancel()
