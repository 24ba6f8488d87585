"""Where WeChat posts payment notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, router, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import _web
from . import pay, payment_confirmed
from .conf import function

if TYPE_CHECKING:
    from .. import ConfirmedPayment
    from .._handled import Handled


@csrf_exempt
@require_POST
# The payment is written down as handed over once its own transaction is; one around that would come too late.
@transaction.non_atomic_requests
def notify(request: HttpRequest) -> HttpResponse:
    """Takes a notification all the way, and answers what WeChat reads, with status 200."""
    handled = _handle(request)
    return HttpResponse(handled.body, status=handled.status, content_type=handled.content_type)


# What LoginRequiredMiddleware (Django 5.1) reads; login_not_required sets the same.
notify.login_required = False


def hand_over(payment: ConfirmedPayment, idempotency_key: str) -> None:
    """Sends ``payment_confirmed`` in one transaction with the record of the payment, unless there is one already."""
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
    with transaction.atomic(using=database):
        # Written first and looked at afterwards: of two at once one waits for the other, on every database.
        try:
            with transaction.atomic(using=database):
                record = Payment.objects.using(database).create(idempotency_key=idempotency_key, **fields)
        except IntegrityError:
            if Payment.objects.using(database).filter(idempotency_key=idempotency_key).exists():
                return
            raise
        payment_confirmed.send(sender=Payment, payment=payment, idempotency_key=idempotency_key, record=record)


def _handle(request: HttpRequest) -> Handled:
    length = request.META.get("CONTENT_LENGTH")
    if _web.too_large(length):
        return _web.refuse_large()
    try:
        body = request.body
        if not length and request.META.get("wsgi.input_terminated"):
            # In chunks, which Django itself does not read from a WSGI server.
            body = body or request.META["wsgi.input"].read(_web.MAX_BODY + 1)
    except RawPostDataException:
        return _web.refuse_consumed("let middleware use request.body, which keeps it, and not request.read()")
    except RequestDataTooBig:
        return _web.refuse_large()
    if len(body) > _web.MAX_BODY:
        return _web.refuse_large()
    return pay.notify.handle(body, amount_of=_amount_of, on_paid=hand_over)


def _amount_of(payment: ConfirmedPayment) -> Any:
    amount_of = function("amount_of")
    if amount_of is None:
        raise LookupError("settings.WXPAY has no amount_of")
    return amount_of(payment)
