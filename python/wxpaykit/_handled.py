"""Results of handling payments, refunds and transfers: by a notification (`Handled`), or by asking for pending ones."""

from __future__ import annotations

from ._displayed import Displayed
from ._native import answer_to, phrase
from .errors import ConfigError, InvalidRequest, PaymentMismatch, SignatureError, WxPayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, Literal

    from ._records import ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, V3Notification


class Handled(Displayed):
    """How the handling of one notification ended, and what to answer WeChat.

    Attributes:
        state: ``delivered``: your function returned now; ``handed_over``: it had done so before; ``busy``: another
            process is running it; ``failed``: see ``error``; ``refund_failed``: WeChat closed the refund or the
            customer's card does not take it, and there is no ``on_refund_failed``; ``transfer_failed``: the transfer
            failed or was cancelled, and there is no ``on_transfer_failed``.
        out_trade_no: The merchant's number of the order; of a transfer its ``out_bill_no``, of a combined order its
            ``combine_out_trade_no``. It is set from the moment the signature is verified, so a forged notification has
            ``None``.
        payment: The payment, when this call handed it over or tried to.
        refund: The refund, when this call handed it over or tried to, and when it is ``refund_failed``.
        transfer: The transfer, when this call handed it over or tried to, and when it is ``transfer_failed``.
        other: The notification of another kind that this call gave to ``on_other``.
        parts: The results for the parts of a combined order, each a ``Handled``, in the order of the notification.
            Empty for everything else. ``state`` is that of the whole: ``failed`` when a part failed, else ``busy`` when
            one is busy, else ``delivered`` when this call handed one over. ``error`` is that of the first part with
            one. The answer to WeChat is the whole's, not a part's.
        error: Why it failed: an error of this package, or the exception of your function.
        body: The body of the answer to WeChat; empty where APIv3 is acknowledged.
        content_type: The ``Content-Type`` of the answer.
        status: The HTTP status of the answer. For APIv2 it is always 200: WeChat reads the body. For APIv3 it is the
            answer: 200, or 401 or 500 for WeChat to send the notification again. For a body that tells neither API, or
            that could not be read, it is 500.
    """

    __slots__ = (
        "body",
        "content_type",
        "error",
        "other",
        "out_trade_no",
        "parts",
        "payment",
        "refund",
        "state",
        "status",
        "transfer",
    )
    body: bytes
    content_type: str
    status: int
    _shown = (
        "state",
        "out_trade_no",
        "error",
        "payment",
        "refund",
        "transfer",
        "other",
        "parts",
        "status",
        "content_type",
        "body",
    )
    _folded = ("status", "content_type", "body")

    def __init__(
        self,
        state: Literal["delivered", "handed_over", "busy", "failed", "refund_failed", "transfer_failed"],
        *,
        payment: ConfirmedPayment | None = None,
        refund: ConfirmedRefund | None = None,
        transfer: ConfirmedTransfer | None = None,
        other: V3Notification | None = None,
        parts: tuple[Handled, ...] = (),
        error: Exception | None = None,
        out_trade_no: str | None = None,
    ) -> None:
        self.state = state
        self.parts = parts
        self.payment = payment
        self.refund = refund
        self.transfer = transfer
        self.other = other
        self.error = error
        item = payment if payment is not None else refund
        number = item.out_trade_no if item is not None else out_trade_no
        self.out_trade_no = transfer.out_bill_no if transfer is not None else number
        self.answering(None, None)

    def answering(self, raw_body: object, headers: object) -> Handled:
        """Gives it the answer in the form of the notification's API, and returns it.

        Args:
            raw_body: The raw body; ``None`` if it could not be read.
            headers: The headers of the request, which tell the API of a body that could not be read.
        """
        refused = isinstance(self.error, SignatureError)
        self.status, self.content_type, body = answer_to(raw_body, headers, self.acknowledged, refused)
        self.body = body.encode()
        for part in self.parts:
            part.answering(raw_body, headers)
        return self

    @property
    def delivered(self) -> bool:
        """Whether your function returned now."""
        return self.state == "delivered"

    @property
    def acknowledged(self) -> bool:
        """Whether the answer tells WeChat to stop sending the notification."""
        return self.state in ("delivered", "handed_over", "refund_failed", "transfer_failed")

    def __repr__(self) -> str:
        return f"Handled(out_trade_no={self.out_trade_no!r}, state={self.state!r}, error={self.error!r})"


class Reconciled(Displayed):
    """The result of asking for one pending order.

    Attributes:
        out_trade_no: The merchant's number of the order.
        state: ``delivered``: your function returned now; ``handed_over``: it had done so before; ``busy``: another
            process is running it; ``not_paid``; ``not_due``: it is too young, WeChat was asked at this
            age, another process asks now, or your function failed a moment ago; ``too_old``: it is older than eight
            days, and WeChat is not asked any more; ``failed``: see ``error``.
        trade_state: WeChat's state of an order that is not paid, such as ``NOTPAY`` or ``CLOSED``. ``REFUND`` means
            that it was paid, and refunded before it was handed over.
        payment: The payment, when this call handed it over or tried to.
        error: Why it failed: an error of this package, or the exception of your function.
        next_due: When WeChat will be asked for an order that is ``not_due``, at most a lease (30 s) away if another
            process asks or your function failed; ``None`` after the answer to the last question.
    """

    __slots__ = ("error", "next_due", "out_trade_no", "payment", "state", "trade_state")
    _shown = ("state", "out_trade_no", "trade_state", "next_due", "error", "payment")

    def __init__(
        self,
        out_trade_no: str,
        state: Literal["delivered", "handed_over", "busy", "not_paid", "not_due", "too_old", "failed"],
        *,
        trade_state: str | None = None,
        payment: ConfirmedPayment | None = None,
        error: Exception | None = None,
        next_due: datetime | None = None,
    ) -> None:
        self.next_due = next_due
        self.out_trade_no = out_trade_no
        self.state = state
        self.trade_state = trade_state
        self.payment = payment
        self.error = error

    @property
    def delivered(self) -> bool:
        """Whether your function returned now."""
        return self.state == "delivered"

    def __repr__(self) -> str:
        return (
            f"Reconciled(out_trade_no={self.out_trade_no!r}, state={self.state!r}, "
            f"trade_state={self.trade_state!r}, error={self.error!r})"
        )


class ReconciledRefund(Displayed):
    """The result of asking for one pending refund.

    Attributes:
        out_refund_no: The merchant's number of the refund.
        state: ``delivered``: your function returned now; ``handed_over``: it had done so before; ``busy``: another
            process is running it; ``processing``; ``refund_failed``: WeChat closed the refund or the customer's card
            does not take it, and there is no ``on_refund_failed``; ``not_due``: it is too young, or WeChat was asked at
            this age; ``too_old``: it is older than a month, and WeChat is not asked any more; ``failed``: see
            ``error``.
        refund: The refund, when this call handed it over or tried to, and when it is ``refund_failed``.
        error: Why it failed: an error of this package, or the exception of your function. For ``refund_failed`` it is
            a ``WxPayError`` of this code.
        next_due: When WeChat will be asked for a refund that is ``not_due``, at most a lease (30 s) away if another
            process asks or your function failed; ``None`` after the answer to the last question.
    """

    __slots__ = ("error", "next_due", "out_refund_no", "refund", "state")
    _shown = ("state", "out_refund_no", "next_due", "error", "refund")

    def __init__(
        self,
        out_refund_no: str,
        state: Literal[
            "delivered", "handed_over", "busy", "processing", "refund_failed", "not_due", "too_old", "failed"
        ],
        *,
        refund: ConfirmedRefund | None = None,
        error: Exception | None = None,
        next_due: datetime | None = None,
    ) -> None:
        self.out_refund_no = out_refund_no
        self.state = state
        self.refund = refund
        self.error = error
        self.next_due = next_due

    @property
    def delivered(self) -> bool:
        """Whether your function returned now."""
        return self.state == "delivered"

    def __repr__(self) -> str:
        return f"ReconciledRefund(out_refund_no={self.out_refund_no!r}, state={self.state!r}, error={self.error!r})"


class ReconciledTransfer(Displayed):
    """The result of asking for one pending transfer.

    Attributes:
        out_bill_no: The merchant's number of the transfer.
        state: ``delivered``: your function returned now; ``handed_over``: it had done so before; ``busy``: another
            process is running it; ``processing``: it has no result yet; ``transfer_failed``: it failed or was
            cancelled, and there is no ``on_transfer_failed``; ``not_due``: it is too young, or WeChat was asked at this
            age; ``too_old``: it is older than eight days, and WeChat is not asked any more; ``failed``: see ``error``.
        transfer: The transfer, when this call handed it over or tried to, and when it is ``transfer_failed``.
        error: Why it failed: an error of this package, or the exception of your function. For ``transfer_failed`` it is
            a ``WxPayError`` of this code.
        next_due: When WeChat will be asked for a transfer that is ``not_due``, at most a lease (30 s) away if another
            process asks or your function failed; ``None`` after the answer to the last question.
    """

    __slots__ = ("error", "next_due", "out_bill_no", "state", "transfer")
    _shown = ("state", "out_bill_no", "next_due", "error", "transfer")

    def __init__(
        self,
        out_bill_no: str,
        state: Literal[
            "delivered", "handed_over", "busy", "processing", "transfer_failed", "not_due", "too_old", "failed"
        ],
        *,
        transfer: ConfirmedTransfer | None = None,
        error: Exception | None = None,
        next_due: datetime | None = None,
    ) -> None:
        self.out_bill_no = out_bill_no
        self.state = state
        self.transfer = transfer
        self.error = error
        self.next_due = next_due

    @property
    def delivered(self) -> bool:
        """Whether your function returned now."""
        return self.state == "delivered"

    def __repr__(self) -> str:
        return f"ReconciledTransfer(out_bill_no={self.out_bill_no!r}, state={self.state!r}, error={self.error!r})"


_BLOCKING = "a client that blocks cannot await it; use AsyncWxPay"
#: What each function is called with.
_CALLED_WITH = {
    "amount_of": ("payment",),
    "on_paid": ("payment", "idempotency_key"),
    "on_refunded": ("refund", "idempotency_key"),
    "on_refund_failed": ("refund", "idempotency_key"),
    "on_transferred": ("transfer", "idempotency_key"),
    "on_transfer_failed": ("transfer", "idempotency_key"),
    "on_other": ("notification",),
    "on_progress": ("progress",),
    "pending": (),
}


def check_functions(given: dict[str, Any], *, blocking: bool) -> None:
    """Refuses functions that would fail, or do nothing, when the first payment comes.

    Args:
        given: The functions by the names of their arguments.
        blocking: Whether a client that blocks calls them, which cannot await coroutines.

    Raises:
        InvalidRequest: One is not a function, takes other arguments, or would not run.
    """
    for name, function in given.items():
        rule = broken_rule(function, _CALLED_WITH[name], _BLOCKING if blocking else None)
        if rule is not None:
            raise InvalidRequest(f"{name}: {phrase(rule)}", field=name, rule=rule)
    for name, other in NEEDS.items():
        if name in given and other not in given:
            rule = f"would never run: it is given without {other}"
            raise InvalidRequest(f"{name}: {phrase(rule)}", field=name, rule=rule)


#: Functions for failures, and those for successes. Without the second, notifications of this kind are not taken at all.
NEEDS = {"on_refund_failed": "on_refunded", "on_transfer_failed": "on_transferred"}


def broken_rule(
    function: Any, arguments: tuple[str, ...], no_coroutines: str | None, *, generates: bool = False
) -> str | None:
    """Which rule a function breaks that is called with these arguments; ``None`` when it is fit.

    Args:
        function: The function.
        arguments: The names of what it is called with.
        no_coroutines: Why it must not be a coroutine function, if that is so.
        generates: Whether it may be a generator function.
    """
    if not callable(function):
        return f"must be a function, not {type(function).__name__}"
    import inspect

    # An object with __call__ is as its method is.
    inner = function if inspect.isroutine(function) or inspect.isclass(function) else function.__call__
    both = (function, inner)
    generator = any(inspect.isgeneratorfunction(one) for one in both) and not generates
    if generator or any(inspect.isasyncgenfunction(one) for one in both):
        return "must not be a generator function: calling one that has a yield runs nothing"
    if no_coroutines is not None and any(inspect.iscoroutinefunction(one) for one in both):
        return f"must not be a coroutine function: {no_coroutines}"
    try:
        # Not through __wrapped__: a decorator may add arguments.
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):  # Some functions of C have none.
        return None
    try:
        signature.bind(*arguments)
    except TypeError:
        bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
        takes = signature.replace(parameters=bare, return_annotation=signature.empty)
        return f"must take ({', '.join(arguments)}), and takes {takes}"
    return None


def raised(error: BaseException) -> RuntimeError:
    """Instead of an exception by which Python ends iterators, coroutines and tasks, when a function raised it."""
    return RuntimeError(phrase(f"the function raised {type(error).__name__}"))


def failed(
    error: Exception,
    payment: ConfirmedPayment | None = None,
    *,
    refund: ConfirmedRefund | None = None,
    transfer: ConfirmedTransfer | None = None,
    other: V3Notification | None = None,
    out_trade_no: str | None = None,
    about: str | None = None,
) -> Handled:
    """The result of a failure, which is logged here because it is not raised.

    ERROR: an authentic notification or a confirmed payment failed, or the program is at fault. WARNING: nothing shows
    that the message is WeChat's, or a pending thing could not be queried and will be queried again. ``about`` and
    ``out_trade_no`` name what did not come in a message: a pending thing, or the client itself.
    """
    import logging

    verified = error.out_trade_no if isinstance(error, WxPayError) else None
    number = verified or out_trade_no
    items: Any = {"payment": payment, "refund": refund, "transfer": transfer, "other": other}
    handled = Handled("failed", **items, error=error, out_trade_no=number)
    if isinstance(error, WxPayError) and error.out_trade_no is None:
        error.out_trade_no = handled.out_trade_no
    is_own = about is not None or out_trade_no is not None
    if about is None:
        about = f"order {handled.out_trade_no}" if handled.out_trade_no else "a notification"
    if refund is not None:
        about = f"refund {refund.out_refund_no} of {about}"
    if transfer is not None:
        about = f"transfer {transfer.out_bill_no}"
    if other is not None:
        about = f"notification {other.id} ({other.event_type})"
    is_authentic = verified or any(item is not None for item in items.values())
    is_known = is_authentic or is_own
    # Anybody can send a message of the API that the client has no key of.
    is_setting = isinstance(error, ConfigError) and is_known
    fault = error.__cause__ is not None or is_setting or not isinstance(error, WxPayError)
    # Another amount was paid than recorded, whoever asked: money is missing, or there is too much. But a refund
    # notification of APIv2 is not signed, and its merchant is compared before it is decrypted.
    is_other = isinstance(error, PaymentMismatch) and is_known
    level = logging.ERROR if fault or is_authentic or is_other else logging.WARNING
    # A traceback only where it says more than the message.
    english = f"{about} was not handed over"
    said = phrase(english)
    colon = ": " if said == english else "："
    logging.getLogger("wxpaykit").log(level, "%s%s%s", said, colon, error, exc_info=error if fault else None)
    return handled


def combined(combine_out_trade_no: str, parts: list[Handled]) -> Handled:
    """The result for a combined order, of those for its parts. Their failures were logged."""
    states = [part.state for part in parts]
    states_by_rank: tuple[Literal["failed", "busy", "delivered", "handed_over"], ...]
    states_by_rank = ("failed", "busy", "delivered", "handed_over")
    state = next((one for one in states_by_rank if one in states), states_by_rank[-1])
    error = next((part.error for part in parts if part.error is not None), None)
    return Handled(state, parts=tuple(parts), error=error, out_trade_no=combine_out_trade_no)


def refund_failed(refund: ConfirmedRefund) -> Handled:
    """The result for a refund that failed, when no function takes it. It is logged, since WeChat does not repeat it."""
    import logging

    message = phrase(
        f"refund {refund.out_refund_no} of order {refund.out_trade_no} failed: WeChat answers {refund.refund_status}; "
        "pass on_refund_failed to handle it"
    )
    logging.getLogger("wxpaykit").error("%s", message)
    error = WxPayError(
        message,
        code="refund_failed",
        endpoint="v3.refund_query" if refund.api == "v3" else "refundquery",
        out_trade_no=refund.out_trade_no,
    )
    return Handled("refund_failed", refund=refund, error=error)


def transfer_failed(transfer: ConfirmedTransfer) -> Handled:
    """The result for a transfer that failed, when no function takes it. It is logged: WeChat does not repeat it."""
    import logging

    why = f" ({transfer.fail_reason})" if transfer.fail_reason else ""
    message = phrase(
        f"transfer {transfer.out_bill_no} failed: WeChat answers {transfer.state}{why}; "
        "pass on_transfer_failed to handle it"
    )
    logging.getLogger("wxpaykit").error("%s", message)
    error = WxPayError(message, code="transfer_failed", endpoint="v3.transfer_query", out_trade_no=transfer.out_bill_no)
    return Handled("transfer_failed", transfer=transfer, error=error)
