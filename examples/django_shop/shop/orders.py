"""The functions that wxpaykit.django calls in the shop."""

import logging

from django.dispatch import receiver
from django.utils import timezone

from wxpaykit import ConfirmedPayment, ConfirmedRefund
from wxpaykit.django import payment_confirmed

from .models import Order

logger = logging.getLogger(__name__)


def amount_of(payment: ConfirmedPayment) -> int | None:
    """The amount of the order; `None` when the shop has no such order."""
    return Order.objects.filter(pk=payment.out_trade_no).values_list("total_fee", flat=True).first()


def pending():
    """Orders whose notification has not come, for ``manage.py wxpay_reconcile``."""
    return Order.objects.filter(transaction_id=None).values_list("pk", "total_fee", "created_at")


def pending_refunds():
    """Refunds whose result has not come, for ``manage.py reconcile_refunds``."""
    asked = Order.objects.filter(refund_created_at__isnull=False, refund_id=None)
    return asked.values_list("out_refund_no", "total_fee", "refund_created_at")


@receiver(payment_confirmed)
def deliver(payment: ConfirmedPayment, **_: object) -> None:
    """Hands the goods over, once, after a notification or after a page asked."""
    Order.objects.filter(pk=payment.out_trade_no).update(
        transaction_id=payment.transaction_id, paid_at=payment.time_end or timezone.now()
    )
    logger.info("order %s is paid: %s fen", payment.out_trade_no, payment.total_fee)


def refunded(refund: ConfirmedRefund, idempotency_key: str) -> None:
    """The customer has the money back: WeChat has confirmed the refund, which may have been asked for in the admin."""
    Order.objects.filter(pk=refund.out_trade_no, total_fee=refund.refund_fee).update(refund_id=refund.refund_id)
    logger.info("order %s is refunded: %s fen", refund.out_trade_no, refund.refund_fee)
