"""The kinds of things that are handed over once, and the results for pending ones."""

from __future__ import annotations

from ._handled import Handled, Reconciled, ReconciledRefund, ReconciledTransfer, failed, refund_failed, transfer_failed
from ._native import phrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .errors import WxPayError


class Kind:
    """A kind of things: payments, refunds or transfers.

    Attributes:
        name: Its name in the native module, and the attribute of results that has a thing of it.
        pending: The name in messages of what the merchant waits for.
        result: The class of results for pending ones. Its first arguments are the merchant's number and the state.
        state: The attribute of results with WeChat's state of one that has no result yet, if there is one.
        untaken: Makes the result for one that failed, when no function takes it; ``None`` for payments.
    """

    __slots__ = ("name", "pending", "result", "state", "untaken")

    def __init__(self, name: str, pending: str, result: type, *, state: str | None = None, untaken: Any = None) -> None:
        self.name = name
        self.pending = pending
        self.result: Any = result
        self.state = state
        self.untaken = untaken


PAYMENTS = Kind("payment", "order", Reconciled, state="trade_state")
REFUNDS = Kind("refund", "refund", ReconciledRefund, untaken=refund_failed)
TRANSFERS = Kind("transfer", "transfer", ReconciledTransfer, untaken=transfer_failed)
#: The kind of a confirmed record, by the name of its class: records are imported with the first of them.
KINDS = {"ConfirmedPayment": PAYMENTS, "ConfirmedRefund": REFUNDS, "ConfirmedTransfer": TRANSFERS}
#: The functions for notifications of APIv3 of no kind.
OTHERS = "other"


class Functions:
    """The user's functions for one kind of things.

    Attributes:
        on_success: Takes one that ended as the merchant wanted.
        on_failure: Takes one that did not; ``None`` leaves those alone.
        amount_of: Takes a payment and returns the amount that the merchant recorded.
    """

    __slots__ = ("amount_of", "on_failure", "on_success")

    def __init__(self, on_success: Any, on_failure: Any = None, amount_of: Any = None) -> None:
        self.on_success = on_success
        self.on_failure = on_failure
        self.amount_of = amount_of


def refused(kind: Kind, number: str, error: WxPayError) -> Any:
    """The result for a row that is malformed. The others do not depend on it: it is not raised."""
    import logging

    about = phrase(f"{kind.pending} {number or '-'} was not queried")
    logging.getLogger("wxpaykit").error("%s: %s", about, error)
    return kind.result(number, "failed", error=error)


def not_asked(kind: Kind, number: str, error: Exception) -> Any:
    """The result for a pending thing that WeChat could not be asked for. It is logged, because it is not raised."""
    if kind is PAYMENTS:
        return kind.result(number, "failed", error=failed(error, out_trade_no=number).error)
    return kind.result(number, "failed", error=failed(error, about=f"{kind.pending} {number}").error)


def not_handed_over(begun: Any) -> Handled:
    """The result for something that this call does not hand over: a state, an error, or one that failed."""
    if isinstance(begun, tuple):
        state, _, out_trade_no, _ = begun
        return Handled(state, out_trade_no=out_trade_no)
    if isinstance(begun, Exception):
        return failed(begun)
    handled: Handled = KINDS[type(begun).__name__].untaken(begun)
    return handled


def waiting(kind: Kind, number: str, state: str, word: str | None, next_due: int | None) -> Any:
    """The result for a pending thing that is not handed over now. ``word`` is WeChat's for its state."""
    from datetime import datetime, timezone

    due = None if next_due is None else datetime.fromtimestamp(next_due, timezone.utc)
    words = {} if kind.state is None else {kind.state: word}
    return kind.result(number, state, next_due=due, **words)
