"""A payment's refund in full, once, whatever became of earlier attempts.

By APIv2 where ``api_key`` is set, else by APIv3.
"""

from __future__ import annotations

from .. import BusinessError
from .._native import is_not_found
from .conf import pay, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import V3RefundAmount
    from .models import Payment

#: WeChat takes no more refunds of one order.
MOST = 50
#: APIv3's words for states, as APIv2 has them.
STATES = {"CLOSED": "REFUNDCLOSE", "ABNORMAL": "CHANGE"}


def latest(payment: Payment) -> tuple[str, str | None]:
    """The number of the payment's latest refund and its state; without a state where WeChat knows none of that number.

    A refund that WeChat closed is never paid, and its number is used up: the next one has a number of its own.

    Raises:
        WxPayError: WeChat did not answer, or refused the question.
    """
    number, count = f"admin-{payment.transaction_id}", 1
    while (state := _state(payment, number)) == "REFUNDCLOSE" and count < MOST:
        count += 1
        number = f"admin-{payment.transaction_id}-{count}"
    return number, state


def _state(payment: Payment, number: str) -> str | None:
    sub = payment.sub_mch_id or None
    try:
        if _by_v2():
            found = pay.refundquery(out_refund_no=number, sub_mch_id=sub).refunds
            return next((one.refund_status for one in found if one.out_refund_no == number), None)
        return _word(pay.v3.refund_query(out_refund_no=number, sub_mchid=sub).status)
    except BusinessError as error:
        if is_not_found(error.endpoint or "", error.err_code, error.err_code_des or ""):
            return None
        raise


def ask(payment: Payment, number: str) -> str | None:
    """Asks WeChat for the refund; gives its state where the reply has one.

    Raises:
        WxPayError: WeChat refused it, or its outcome is unknown.
    """
    fee, sub, transaction_id = payment.total_fee, payment.sub_mch_id or None, payment.transaction_id
    if _by_v2():
        pay.refund(
            transaction_id=transaction_id, out_refund_no=number, total_fee=fee, refund_fee=fee, sub_mch_id=sub
        )  # fmt: skip
        return None
    # A payment in another currency than that of the settings is not confirmed, so it is not in the table.
    amount: V3RefundAmount = {"refund": fee, "total": fee, "currency": value("fee_type") or "CNY"}
    reply = pay.v3.refund(transaction_id=transaction_id, out_refund_no=number, amount=amount, sub_mchid=sub)
    return _word(reply.status)


def _by_v2() -> bool:
    return value("api_key") is not None


def _word(state: str) -> str:
    return STATES.get(state, state)
