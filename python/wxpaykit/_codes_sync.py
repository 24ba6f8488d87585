"""The till's display of a payment by code, for clients that block."""

from __future__ import annotations

from ._codes import CodeProgress, progress_failed
from ._run_sync import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import CodePayment
    from ._run_sync import _OnProgress


class Display:
    """Runs ``on_progress``, which this thread waits for."""

    def __init__(self, payment: CodePayment, function: _OnProgress | None) -> None:
        self._payment = payment
        self._function = function

    def show(self, progress: CodeProgress) -> None:
        if self._function is None:
            return
        try:
            call(self._function, progress)
        except Exception:
            progress_failed(self._payment)

    def end(self) -> None:
        """The payment has ended; nothing goes on here."""
