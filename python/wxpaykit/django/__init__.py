"""WeChat Pay in a Django project: ``"wxpaykit.django"`` in ``INSTALLED_APPS``.

>>> from wxpaykit.django import hand_over, pay, payment_confirmed

``pay`` is the ``WxPay`` of ``settings.WXPAY``; ``payment_confirmed`` is sent once for each payment, by ``hand_over``.
"""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, router, transaction
from django.dispatch import Signal
from django.utils import timezone

from .conf import pay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .. import ConfirmedPayment

__all__ = ["hand_over", "pay", "payment_confirmed"]

payment_confirmed = Signal()
"""Sent with ``payment`` (a ``ConfirmedPayment``) and ``idempotency_key`` when a payment is handed over.

Its receivers run in one database transaction with the record of the payment (``wxpaykit.django.models.Payment``,
``record``): what they write to the same database, they write exactly once. A receiver that raises undoes all of it, and
WeChat comes again.
"""


def hand_over(payment: ConfirmedPayment, idempotency_key: str) -> None:
    """Sends ``payment_confirmed`` in one transaction with the record of the payment, unless there is one already.

    It is ``on_paid`` for ``pay.wait_for_payment``, which a page calls that asks whether its order is paid. Not inside
    another transaction, which would end after the payment is written down as handed over: a view that calls it needs
    ``@transaction.non_atomic_requests`` where there is ``ATOMIC_REQUESTS``.

    Raises:
        RuntimeError: There is a transaction around it.
    """
    from .models import Payment

    paid_at = payment.time_end
    if paid_at is not None and not settings.USE_TZ:
        paid_at = timezone.make_naive(paid_at)
    fields = {
        "transaction_id": payment.transaction_id,
        "out_trade_no": payment.out_trade_no,
        "total_fee": payment.total_fee,
        "trade_type": payment.trade_type or "",
        "bank_type": payment.bank_type or "",
        "time_end": paid_at,
    }
    database = router.db_for_write(Payment)
    with transaction.atomic(using=database, durable=True):
        # Written first and looked at afterwards: of two at once one waits for the other, on every database.
        try:
            with transaction.atomic(using=database):
                record = Payment.objects.using(database).create(idempotency_key=idempotency_key, **fields)
        except IntegrityError:
            if Payment.objects.using(database).filter(idempotency_key=idempotency_key).exists():
                return
            raise
        payment_confirmed.send(sender=Payment, payment=payment, idempotency_key=idempotency_key, record=record)
