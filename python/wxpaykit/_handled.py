"""How the handling of a payment ended."""

from __future__ import annotations

from ._ack import ack
from .errors import ConfigError, InvalidRequest, WxPayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._records import ConfirmedPayment


class Handled:
    """How the handling of one payment ended, and what to answer WeChat.

    Attributes:
        delivered: Whether your function ran to its end now. ``False`` without an ``error`` when it had before, or
            when another process is at it.
        payment: The payment, when this call handed it over or tried to.
        error: Why it was refused, or has to come again: an error of this package, or what your function raised.
        out_trade_no: The merchant's number of the order, as far as it is known.
        body: What to answer WeChat.
        content_type: What to send as ``Content-Type``.
        status: The HTTP status, always 200: WeChat reads the body.
    """

    __slots__ = ("body", "content_type", "delivered", "error", "out_trade_no", "payment", "status")

    def __init__(
        self,
        payment: ConfirmedPayment | None = None,
        *,
        delivered: bool = False,
        error: Exception | None = None,
        acknowledged: bool = True,
        out_trade_no: str | None = None,
    ) -> None:
        answer = ack() if acknowledged else ack(False, "FAIL")
        self.payment = payment
        self.delivered = delivered
        self.error = error
        self.out_trade_no = payment.out_trade_no if payment is not None else out_trade_no
        self.body: bytes = answer.body
        self.content_type: str = answer.content_type
        self.status: int = answer.status

    @property
    def acknowledged(self) -> bool:
        """Whether WeChat is told that it need not send the notification again."""
        return self.body == ack().body

    def __repr__(self) -> str:
        return (
            f"Handled(out_trade_no={self.out_trade_no!r}, delivered={self.delivered}, "
            f"acknowledged={self.acknowledged}, error={self.error!r})"
        )


class Reconciled:
    """What became of one pending order.

    Attributes:
        out_trade_no: The merchant's number of the order.
        state: ``delivered`` here and now; ``handed_over`` before; ``busy``: others are at it; ``not_paid``;
            ``not_due``: it is not yet, or no longer, time to ask WeChat; ``failed``, with the ``error``.
        trade_state: WeChat's word for an order that is not paid, such as ``NOTPAY`` or ``CLOSED``. ``REFUND`` says that
            it was paid, and refunded before it was handed over.
        payment: The payment, when this call handed it over or tried to.
        error: Why it could not be asked for or handed over: an error of this package, or what your function raised.
    """

    __slots__ = ("error", "out_trade_no", "payment", "state", "trade_state")

    def __init__(
        self,
        out_trade_no: str,
        state: Literal["delivered", "handed_over", "busy", "not_paid", "not_due", "failed"],
        *,
        trade_state: str | None = None,
        payment: ConfirmedPayment | None = None,
        error: Exception | None = None,
    ) -> None:
        self.out_trade_no = out_trade_no
        self.state = state
        self.trade_state = trade_state
        self.payment = payment
        self.error = error

    @property
    def delivered(self) -> bool:
        """Whether your function ran to its end now."""
        return self.state == "delivered"

    def __repr__(self) -> str:
        return (
            f"Reconciled(out_trade_no={self.out_trade_no!r}, state={self.state!r}, "
            f"trade_state={self.trade_state!r}, error={self.error!r})"
        )


def need_functions(**given: Any) -> None:
    """Refuses what cannot be called before WeChat is asked anything."""
    for name, function in given.items():
        if not callable(function):
            rule = f"must be a function, not {type(function).__name__}"
            raise InvalidRequest(f"{name}: {rule}", field=name, rule=rule)


def begun_by_another(begun: str) -> Handled:
    """Of a payment that was not ours to hand over: WeChat comes again until it is ``handed_over``."""
    return Handled(acknowledged=begun == "handed_over")


def failed(error: Exception, payment: ConfirmedPayment | None = None, *, out_trade_no: str | None = None) -> Handled:
    """Of a payment that was refused or has to come again. What a program never raises, it logs."""
    import logging

    handled = Handled(payment, error=error, acknowledged=False, out_trade_no=out_trade_no)
    about = f"order {handled.out_trade_no}" if handled.out_trade_no else "a notification"
    # Anybody can post a notification: what is none is no fault of the program's, and its error says it all.
    fault = error.__cause__ is not None or isinstance(error, ConfigError) or not isinstance(error, WxPayError)
    level = logging.ERROR if fault or payment is not None else logging.WARNING
    logging.getLogger("wxpaykit").log(
        level, "%s was not handed over: %s", about, error, exc_info=error if fault else None
    )
    return handled
