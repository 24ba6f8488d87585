"""Where WeChat posts payment notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import _web
from .._handled import failed
from . import hand_over, pay
from .conf import function

if TYPE_CHECKING:
    from .. import ConfirmedPayment
    from .._handled import Handled

_REMEDY = "let middleware use request.body, which keeps it, and not request.read()"


@csrf_exempt
@require_POST
def notify(request: HttpRequest) -> HttpResponse:
    """Takes a notification all the way, and answers what WeChat reads, with status 200."""
    handled = _handle(request)
    return HttpResponse(handled.body, status=handled.status, content_type=handled.content_type)


# The payment is written down as handed over once its own transaction is; one around that, on any database, would come
# too late. Without a name only the default database is meant.
for _alias in connections:
    transaction.non_atomic_requests(_alias)(notify)

# What LoginRequiredMiddleware (Django 5.1) reads; login_not_required sets the same.
notify.login_required = False


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
        return _web.refuse_consumed(_REMEDY)
    except RequestDataTooBig:
        return _web.refuse_large()
    except OSError:  # UnreadablePostError, or the server's own.
        return _web.refuse_broken()
    if len(body) > _web.MAX_BODY:
        return _web.refuse_large()
    if _web.is_consumed(body, length, request.META.get("HTTP_TRANSFER_ENCODING")):
        return _web.refuse_consumed(_REMEDY)
    try:
        notification = pay.notify
    except Exception as error:  # The client is made of the settings at its first use.
        return failed(error)
    return notification.handle(body, amount_of=_amount_of, on_paid=hand_over)


def _amount_of(payment: ConfirmedPayment) -> Any:
    amount_of = function("amount_of")
    if amount_of is None:
        raise LookupError("settings.WXPAY has no amount_of")
    return amount_of(payment)
