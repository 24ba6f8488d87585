"""WeChat Pay under any WSGI server or framework that mounts WSGI applications.

>>> from wxpaykit import WxPay
>>> from wxpaykit.wsgi import WxPayApp
>>> app = WxPayApp(WxPay.from_env(), amount_of=amount_of, on_paid=on_paid)

Flask has `wxpaykit.flask`, Django `wxpaykit.django`.
"""

from __future__ import annotations

from . import _web
from ._given import given
from ._run_sync import need_functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from . import WxPay
    from ._run_sync import _AmountOf, _OnOther, _OnPaid, _OnRefund, _OnTransfer


_PHRASES = {200: "OK", 401: "Unauthorized", 500: "Internal Server Error"}


class WxPayApp:
    """A WSGI application where WeChat posts. It does not look at the path: mount it at that of ``notify_url``.

    Args:
        pay: The client.
        amount_of: Takes a ``ConfirmedPayment``, and gives the amount in fen that you recorded for its order, or
            ``None``.
        on_paid: Is called once for each payment, with the payment and its idempotency key.
        on_refunded: Is called once for each refund that succeeded, as ``on_paid`` for a payment. Without it, refund
            notifications are answered with FAIL.
        on_refund_failed: Is called once for each refund that failed.
        on_transferred: Is called once for each transfer that the customer has, with the transfer and its idempotency
            key. Without it, notifications of transfers go to ``on_other``.
        on_transfer_failed: Is called once for each transfer that failed or was cancelled.
        on_other: Is called with every other notification of APIv3, each time that it comes, as ``notify.handle`` does.

    Raises:
        InvalidRequest: ``pay`` is not a ``WxPay``, or a function cannot be called with these arguments.
    """

    def __init__(
        self,
        pay: WxPay,
        *,
        amount_of: _AmountOf,
        on_paid: _OnPaid,
        on_refunded: _OnRefund | None = None,
        on_refund_failed: _OnRefund | None = None,
        on_transferred: _OnTransfer | None = None,
        on_transfer_failed: _OnTransfer | None = None,
        on_other: _OnOther | None = None,
    ) -> None:
        _web.need_blocking_client(pay)
        others = given(
            on_refunded=on_refunded,
            on_refund_failed=on_refund_failed,
            on_transferred=on_transferred,
            on_transfer_failed=on_transfer_failed,
            on_other=on_other,
        )
        need_functions(amount_of=amount_of, on_paid=on_paid, **others)
        self.pay = pay
        self._functions: dict[str, Any] = {"amount_of": amount_of, "on_paid": on_paid, **others}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.pay!r}>"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handles a notification of either API, and answers what WeChat reads."""
        if environ["REQUEST_METHOD"] != "POST":
            start_response("405 Method Not Allowed", [("Allow", "POST"), ("Content-Length", "0")])
            return [b""]
        body = _web.read_wsgi(environ)
        if isinstance(body, bytes):
            handled = self.pay.notify.handle(body, headers=environ, **self._functions)
        else:
            handled = body.answering(None, environ)
        headers = [("Content-Type", handled.content_type), ("Content-Length", str(len(handled.body)))]
        start_response(f"{handled.status} {_PHRASES[handled.status]}", headers)
        return [handled.body]
