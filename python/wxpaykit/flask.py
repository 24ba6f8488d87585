"""WeChat Pay in a Flask application.

>>> from wxpaykit.flask import WxPayExtension
>>> wxpay = WxPayExtension(amount_of=lambda payment: 100)
>>> @wxpay.notify("/wxpay/notify")
... def paid(payment, idempotency_key):
...     ...

and ``wxpay.init_app(app)`` where the application is made.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from . import WxPay, _web

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from ._handled import Handled
    from ._run_sync import _AmountOf, _OnPaid

    _F = TypeVar("_F", bound=Callable[..., Any])


class WxPayExtension:
    """The client of an application, and where WeChat posts.

    The client is made of ``app.config["WXPAY"]``, a dict of ``WxPay``'s settings by their names; what that leaves out
    is read from the environment.

    Args:
        app: The application; or call ``init_app`` later, for one or several.
        amount_of: Takes a ``ConfirmedPayment``, and gives the amount in fen that you recorded for its order, or
            ``None``. For every ``notify`` without one of its own.
        name: Another one for another merchant: ``name="gifts"`` reads ``app.config["GIFTS"]``.
    """

    def __init__(self, app: Flask | None = None, *, amount_of: _AmountOf | None = None, name: str = "wxpay") -> None:
        self._name = name
        self._amount_of = amount_of
        self._routes: dict[str, tuple[str, _AmountOf, _OnPaid]] = {}
        self._apps: list[Flask] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Makes the client of an application, and its routes.

        Raises:
            ConfigError: A setting is missing or wrong.
        """
        app.extensions[self._name] = WxPay.from_env(**app.config.get(self._name.upper(), {}))
        # Before every other: WeChat has no session and no CSRF token, and reads no login page.
        app.before_request_funcs.setdefault(None, []).insert(0, self._first)
        self._apps.append(app)
        for endpoint in self._routes:
            self._add(app, endpoint)

    @property
    def pay(self) -> WxPay:
        """The client of the application at work."""
        client: WxPay = current_app.extensions[self._name]
        return client

    def notify(self, path: str, *, amount_of: _AmountOf | None = None) -> Callable[[_F], _F]:
        """The decorated function is called once for each payment, with the payment and its idempotency key.

        Args:
            path: Where WeChat posts: the path of ``notify_url``.
            amount_of: As for the extension.
        """
        known = amount_of or self._amount_of
        if known is None:
            raise TypeError("notify needs amount_of, or the extension does")

        def decorate(on_paid: _F) -> _F:
            endpoint = f"{self._name}.{len(self._routes)}"
            self._routes[endpoint] = (path, known, on_paid)
            for app in self._apps:
                self._add(app, endpoint)
            return on_paid

        return decorate

    def _add(self, app: Flask, endpoint: str) -> None:
        path = self._routes[endpoint][0]
        # With a slash at its end and without, and no redirect to the other one.
        app.add_url_rule(path, endpoint, self._answer, methods=["POST"], strict_slashes=False)

    def _first(self) -> Response | None:
        ours = request.endpoint in self._routes and request.method == "POST"
        return self._answer() if ours else None

    def _answer(self) -> Response:
        _, amount_of, on_paid = self._routes[request.endpoint or ""]
        body = _body()
        handled = (
            body if not isinstance(body, bytes) else self.pay.notify.handle(body, amount_of=amount_of, on_paid=on_paid)
        )
        return Response(handled.body, handled.status, content_type=handled.content_type)


def _body() -> bytes | Handled:
    if _web.too_large(request.content_length):
        return _web.refuse_large()
    try:
        # Without a length it comes in chunks, of which no more is read than we take.
        body = b"" if request.content_length is not None else request.stream.read(_web.MAX_BODY + 1)
        body = body or request.get_data()
    except HTTPException:  # The application's own limit.
        return _web.refuse_large()
    if len(body) > _web.MAX_BODY:
        return _web.refuse_large()
    if not body and request.content_length:
        return _web.refuse_consumed("let it use request.get_data(), which keeps it, and not request.stream")
    return body
