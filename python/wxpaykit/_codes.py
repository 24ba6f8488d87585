"""Payments by code (付款码): their progress and their results."""

from __future__ import annotations

from ._displayed import Displayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._native import CodePayment
    from ._records import ConfirmedPayment
    from .errors import WxPayError


class CodeProgress(Displayed):
    """A payment by code on its way, for the till's display.

    Attributes:
        out_trade_no: The merchant's number of the order.
        stage: ``charging``: the code is being charged; ``waiting``: the customer has to confirm on the phone;
            ``asking``: WeChat gave no usable answer, and the order is asked for; ``reversing``: the order is being
            cancelled.
        trade_state: The order's last state in WeChat's words, such as ``USERPAYING``.
        elapsed: How long the payment has been going on, in seconds.
        left: How long the customer still has, in seconds.
        error: The last error.
    """

    __slots__ = ("_payment", "elapsed", "error", "left", "out_trade_no", "stage", "trade_state")
    _shown = ("stage", "out_trade_no", "trade_state", "elapsed", "left", "error")

    def __init__(
        self,
        payment: CodePayment,
        stage: Literal["charging", "waiting", "asking", "reversing"],
        trade_state: str | None,
        elapsed: float,
        left: float,
        error: WxPayError | None,
    ) -> None:
        self._payment = payment
        self.out_trade_no = payment.out_trade_no
        self.stage = stage
        self.trade_state = trade_state
        self.elapsed = elapsed
        self.left = left
        self.error = error

    def give_up(self) -> None:
        """Gives the payment up, at any time and from any thread: the order is cancelled as soon as WeChat takes that.

        The call that runs the payment returns the result: ``reversed``, or ``paid`` if the customer was faster.
        """
        self._payment.give_up()

    def __repr__(self) -> str:
        return (
            f"CodeProgress(out_trade_no={self.out_trade_no!r}, stage={self.stage!r}, "
            f"trade_state={self.trade_state!r}, left={self.left:.0f})"
        )


class CodeResult(Displayed):
    """The result of a payment by code.

    Attributes:
        state: ``paid``; ``refused``: nothing was taken, and nothing will be; ``reversed``: the order is cancelled, and
            anything that was paid goes back; ``unknown``: take it up again with ``resume_pay_by_code`` before
            anything else is done.
        out_trade_no: The merchant's number of the order.
        payment: The payment, when it is ``paid``.
        trade_state: The order's last state in WeChat's words.
        error: Why it is ``refused`` or ``unknown``.
        advice: What to do now, for the person at the till, in the language of the errors' texts (``WXPAYKIT_LANG``);
            ``None`` when it is ``paid``.
        advice_zh: The same, always in Chinese.
    """

    __slots__ = ("advice", "advice_zh", "error", "out_trade_no", "payment", "state", "trade_state")
    _shown = ("state", "out_trade_no", "trade_state", "advice", "advice_zh", "error", "payment")

    def __init__(
        self,
        out_trade_no: str,
        state: Literal["paid", "refused", "reversed", "unknown"],
        *,
        payment: ConfirmedPayment | None = None,
        trade_state: str | None = None,
        error: WxPayError | None = None,
        advice: str | None = None,
        advice_zh: str | None = None,
    ) -> None:
        self.out_trade_no = out_trade_no
        self.state = state
        self.payment = payment
        self.trade_state = trade_state
        self.error = error
        self.advice = advice
        self.advice_zh = advice_zh

    @property
    def paid(self) -> bool:
        """Whether the customer paid."""
        return self.state == "paid"

    def __repr__(self) -> str:
        return (
            f"CodeResult(out_trade_no={self.out_trade_no!r}, state={self.state!r}, "
            f"trade_state={self.trade_state!r}, error={self.error!r})"
        )


def code_result(payment: CodePayment, ended: Any) -> CodeResult | None:
    """The result in what a step gave; ``None`` while the payment goes on."""
    number = payment.out_trade_no
    if not isinstance(ended, tuple):
        return CodeResult(number, "paid", payment=ended, trade_state="SUCCESS")
    over, *rest = ended
    if not over:
        return None
    state, trade_state, error, advice, advice_zh = rest
    return CodeResult(number, state, trade_state=trade_state, error=error, advice=advice, advice_zh=advice_zh)


def progress_failed(payment: CodePayment) -> None:
    """Logs the exception of ``on_progress`` that is being handled. The payment goes on: no display may lose money."""
    import logging

    logging.getLogger("wxpaykit").exception("on_progress failed; order %s goes on", payment.out_trade_no)
