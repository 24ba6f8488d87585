"""WeChat Pay in a Django project: ``"wxpaykit.django"`` in ``INSTALLED_APPS``.

>>> from wxpaykit.django import hand_over, openid_required, pay, payment_confirmed

``pay`` is the ``WxPay`` of ``settings.WXPAY``, and ``apay`` the ``AsyncWxPay`` for asynchronous views.
``payment_confirmed`` is sent once for each payment, by ``hand_over`` and ``ahand_over``. ``openid_required`` decorates
views that need to know the customer.
"""

from __future__ import annotations

from .conf import apay, pay
from .handover import ahand_over, hand_over, payment_confirmed
from .login import openid_required

__all__ = ["ahand_over", "apay", "hand_over", "openid_required", "pay", "payment_confirmed"]
