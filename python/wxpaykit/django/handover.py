"""Handing a payment over to the project: a signal in one transaction with a record of the payment."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import IntegrityError, router, transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.asyncio import async_unsafe

from .._native import phrase
from .._threads import contained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .. import ConfirmedPayment

payment_confirmed = Signal()
"""Sent with ``payment`` (a ``ConfirmedPayment``) and ``idempotency_key`` when a payment is handed over.

Its receivers run in one database transaction with the record of the payment (``wxpaykit.django.models.Payment``,
``record``): what they write to the same database, they write exactly once. A receiver that raises undoes all of it, and
WeChat sends the notification again.
"""


@async_unsafe(
    "hand_over uses the database, which blocks: use `await ahand_over(…)`, or apay, which runs it in a thread"
)
def hand_over(payment: ConfirmedPayment, idempotency_key: str) -> None:
    """Sends ``payment_confirmed`` in one transaction with the record of the payment, unless there is one already.

    It is ``on_paid`` for ``pay.wait_for_payment``, for a page that asks whether its order is paid. It must not run
    inside another transaction, which would end only after the payment was recorded as handed over: a view that calls it
    needs ``@transaction.non_atomic_requests`` in a project with ``ATOMIC_REQUESTS``.

    Raises:
        RuntimeError: There is a transaction around it.
    """
    from .models import Payment

    refuse_transaction()
    paid_at = payment.time_end
    if paid_at is not None and not settings.USE_TZ:
        paid_at = timezone.make_naive(paid_at)
    fields = {
        "transaction_id": payment.transaction_id,
        "out_trade_no": payment.out_trade_no,
        "total_fee": payment.total_fee,
        "trade_type": payment.trade_type or "",
        "bank_type": payment.bank_type or "",
        "sub_mch_id": payment.sub_mch_id or "",
        "time_end": paid_at,
    }
    database = router.db_for_write(Payment)
    with transaction.atomic(using=database, durable=True):
        # First written and then looked for: of two at once, one waits for the other, in every database.
        try:
            with transaction.atomic(using=database):
                record = Payment.objects.using(database).create(idempotency_key=idempotency_key, **fields)
        except IntegrityError:
            if Payment.objects.using(database).filter(idempotency_key=idempotency_key).exists():
                return
            raise
        payment_confirmed.send(sender=Payment, payment=payment, idempotency_key=idempotency_key, record=record)


async def ahand_over(payment: ConfirmedPayment, idempotency_key: str) -> None:
    """``hand_over`` for asynchronous code: it runs in the thread where Django uses the database.

    ``apay`` takes either of the two as ``on_paid``.
    """
    await sync_to_async(contained)(hand_over, payment, idempotency_key)


def refuse_transaction() -> None:
    """Refuses to hand over inside a transaction. That of a test case does not count.

    Raises:
        RuntimeError: There is one.
    """
    from .models import Payment

    connection = transaction.get_connection(router.db_for_write(Payment))
    blocks = connection.atomic_blocks
    if connection.in_atomic_block and not (blocks and blocks[-1]._from_testcase):
        text = (
            "hand_over needs a transaction of its own (durable), and is inside another one, which would end only after "
            "the payment was recorded as handed over. In a project with ATOMIC_REQUESTS, decorate the view with "
            "@transaction.non_atomic_requests"
        )
        raise RuntimeError(phrase(text))
