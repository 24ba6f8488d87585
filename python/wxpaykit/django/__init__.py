"""WeChat Pay in a Django project: ``"wxpaykit.django"`` in ``INSTALLED_APPS``.

>>> from wxpaykit.django import pay, payment_confirmed

``pay`` is the ``WxPay`` of ``settings.WXPAY``; ``payment_confirmed`` is sent once for each payment.
"""

from __future__ import annotations

from django.dispatch import Signal
from django.utils.functional import SimpleLazyObject

from .conf import client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .. import WxPay

__all__ = ["pay", "payment_confirmed"]

pay: WxPay = SimpleLazyObject(client)
"""The client of ``settings.WXPAY``, made when it is first used."""

payment_confirmed = Signal()
"""Sent with ``payment`` (a ``ConfirmedPayment``) and ``idempotency_key`` when a payment is handed over.

Its receivers run in one database transaction with the record of the payment (``wxpaykit.django.models.Payment``,
``record``): what they write to the same database, they write exactly once. A receiver that raises undoes all of it, and
WeChat comes again.
"""
