"""WeChat Pay under any WSGI server or framework that mounts WSGI applications.

>>> from wxpaykit import WxPay
>>> from wxpaykit.wsgi import WxPayApp
>>> app = WxPayApp(WxPay.from_env(), amount_of=amount_of, on_paid=on_paid)

Flask has `wxpaykit.flask`, Django `wxpaykit.django`.
"""

from __future__ import annotations

from . import _web
from ._run_sync import need_functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from . import WxPay
    from ._run_sync import _AmountOf, _OnPaid


class WxPayApp:
    """A WSGI application where WeChat posts. It does not look at the path: mount it at that of ``notify_url``.

    Args:
        pay: The client.
        amount_of: Takes a ``ConfirmedPayment``, and gives the amount in fen that you recorded for its order, or
            ``None``.
        on_paid: Is called once for each payment, with the payment and its idempotency key.

    Raises:
        InvalidRequest: A function cannot be called with these arguments.
    """

    def __init__(self, pay: WxPay, *, amount_of: _AmountOf, on_paid: _OnPaid) -> None:
        need_functions(amount_of=amount_of, on_paid=on_paid)
        self.pay = pay
        self._amount_of, self._on_paid = amount_of, on_paid

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handles a notification, and answers what WeChat reads, with status 200."""
        if environ["REQUEST_METHOD"] != "POST":
            start_response("405 Method Not Allowed", [("Allow", "POST"), ("Content-Length", "0")])
            return [b""]
        handled = _web.read_wsgi(environ)
        if isinstance(handled, bytes):
            handled = self.pay.notify.handle(handled, amount_of=self._amount_of, on_paid=self._on_paid)
        headers = [("Content-Type", handled.content_type), ("Content-Length", str(len(handled.body)))]
        start_response(f"{handled.status} OK", headers)
        return [handled.body]
