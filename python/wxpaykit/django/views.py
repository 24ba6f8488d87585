"""The view where WeChat posts notifications of payments, refunds and transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import _web
from .._given import given
from .._handled import failed
from .conf import function, pay, recorded_amount
from .handover import hand_over

if TYPE_CHECKING:
    from .._handled import Handled

#: The functions that a project may be without.
OTHERS = ("on_refunded", "on_refund_failed", "on_transferred", "on_transfer_failed", "on_other")
_REMEDY = "let middleware use request.body, which keeps it, and not request.read()"


@csrf_exempt
@require_POST
def notify(request: HttpRequest) -> HttpResponse:
    """Handles a notification of either API, and answers what WeChat reads."""
    handled = _handle(request)
    return HttpResponse(handled.body, status=handled.status, content_type=handled.content_type)


# A payment is recorded as handed over after its own transaction; a transaction around that, in any database, would end
# too late. Without a name, the decorator means the default database only.
for _alias in connections:
    transaction.non_atomic_requests(_alias)(notify)

# LoginRequiredMiddleware (Django 5.1) reads this; login_not_required sets the same.
notify.login_required = False


def _handle(request: HttpRequest) -> Handled:
    body, headers = _body(request), request.headers
    if not isinstance(body, bytes):
        return body.answering(None, headers)
    try:
        notification = pay.notify
        others = given(**{name: function(name) for name in OTHERS})
    except Exception as error:  # The client is made from the settings at its first use.
        return failed(error, about="a notification").answering(body, headers)
    functions = {"amount_of": recorded_amount, "on_paid": hand_over, **others}
    return notification.handle(body, headers=headers, **functions)


def _body(request: HttpRequest) -> bytes | Handled:
    length, transfer = request.META.get("CONTENT_LENGTH"), request.META.get("HTTP_TRANSFER_ENCODING")
    if _web.too_large(length):
        return _web.refuse_large()
    server = request.META.get("wsgi.input")
    try:
        body = _read(request) if server is None else request.body
        if not body and not length and server is not None:
            # In chunks, which Django does not read from a WSGI server.
            if request.META.get("wsgi.input_terminated"):
                body = _web.read_up_to(server, _web.MAX_BODY + 1)
            elif transfer:
                return _web.refuse_endless()
    except RawPostDataException:
        return _web.refuse_consumed(_REMEDY)
    except RequestDataTooBig:
        return _web.refuse_large()
    except OSError:  # UnreadablePostError, or the server's own.
        return _web.refuse_broken()
    encoding = request.META.get("HTTP_CONTENT_ENCODING")
    return _web.whole(body, length=length, transfer=transfer, encoding=encoding, remedy=_REMEDY)


def _read(request: HttpRequest) -> bytes:
    """The body of a request from an ASGI server. At most one byte more than the limit is read.

    A body in chunks has no length. ``request.body`` reads all of it if Django's limit is switched off, and before
    Django 5.2.13 with any limit.
    """
    if hasattr(request, "_body") or getattr(request, "_read_started", False):
        kept: bytes = request.body
        return kept
    djangos = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    limit = _web.MAX_BODY if djangos is None else min(djangos, _web.MAX_BODY)
    body: bytes = request.read(limit + 1)
    if len(body) > limit:
        raise RequestDataTooBig
    request._body = body  # As Django does: middleware may read it after the view.
    return body
