"""WeChat Pay in a Flask application.

>>> from wxpaykit.flask import WxPayExtension
>>> wxpay = WxPayExtension(amount_of=lambda payment: 100)
>>> @wxpay.notify("/wxpay/notify")
... def paid(payment, idempotency_key):
...     ...

and ``wxpay.init_app(app)`` where the application is made. ``wxpay.notify("/notify", blueprint=shop)`` is a route of
your blueprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from . import WxPay, _web
from ._given import given
from ._native import phrase
from ._outer import outer
from ._run_sync import need_functions
from .errors import ConfigError, InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from ._handled import Handled
    from ._run_sync import _AmountOf, _OnOther, _OnRefund, _OnTransfer

    _F = TypeVar("_F", bound=Callable[..., Any])
    _View = Callable[..., Response]


_REMEDY = "let it use request.get_data(), which keeps it, and not request.stream"


class WxPayExtension:
    """The client of an application, and where WeChat posts.

    The client is made of ``app.config["WXPAY"]``, a dict of ``WxPay``'s settings by their names; what that leaves out
    is read from the environment.

    The functions given here are those of every ``notify`` that has none of its own.

    Args:
        app: The application; or call ``init_app`` later, for one or several.
        amount_of: Takes a ``ConfirmedPayment``, and gives the amount in fen that you recorded for its order, or
            ``None``.
        on_refunded: As for ``notify``, and so are the four below.
        on_refund_failed: For refunds that failed.
        on_transferred: For transfers that the customer has.
        on_transfer_failed: For transfers that failed or were cancelled.
        on_other: For every other notification of APIv3.
        name: Another one for another merchant: ``name="gifts"`` reads ``app.config["GIFTS"]``.

    Raises:
        InvalidRequest: A function cannot be called with these arguments.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        amount_of: _AmountOf | None = None,
        on_refunded: _OnRefund | None = None,
        on_refund_failed: _OnRefund | None = None,
        on_transferred: _OnTransfer | None = None,
        on_transfer_failed: _OnTransfer | None = None,
        on_other: _OnOther | None = None,
        name: str = "wxpay",
    ) -> None:
        self._name = name
        self._amount_of = amount_of
        self._others = given(
            on_refunded=on_refunded,
            on_refund_failed=on_refund_failed,
            on_transferred=on_transferred,
            on_transfer_failed=on_transfer_failed,
            on_other=on_other,
        )
        self._views: list[_View] = []
        self._routes: list[Callable[[Flask], None]] = []
        # Whether the paths of each were checked. One that its maker has dropped, as tests do, is not kept.
        self._apps: WeakKeyDictionary[Flask, bool] = WeakKeyDictionary()
        need_functions(**given(amount_of=amount_of), **self._others)
        if app is not None:
            self.init_app(app)

    def __repr__(self) -> str:
        clients = ", ".join(repr(app.extensions[self._name]) for app in self._apps)
        return f"<{type(self).__name__} {self._name!r} of [{clients}]>"

    def init_app(self, app: Flask) -> None:
        """Makes the client of an application, and its routes.

        Raises:
            ConfigError: A setting is missing or wrong.
            InvalidRequest: ``app`` is no application.
            TypeError: There is no setting of that name.
        """
        found: Any = app
        if not isinstance(found, Flask):
            rule = f"must be a Flask application, not {type(found).__name__}"
            raise InvalidRequest(f"app: {phrase(rule)}", field="app", rule=rule)
        name = self._name.upper()
        # No variable has the settings: tracebacks that show variables would show the keys.
        kind = type(app.config.get(name, {}))
        if not issubclass(kind, Mapping):
            rule = f"must be a dict of settings, not {kind.__name__}"
            raise ConfigError(f"{name}: {phrase(rule)}", field=name)
        app.extensions[self._name] = WxPay.from_env(**app.config.get(name, {}))
        # Before every other: WeChat has no session and no CSRF token, and reads no login page.
        app.before_request_funcs.setdefault(None, []).insert(0, self._first)
        self._apps[app] = False
        for add in self._routes:
            add(app)

    @property
    def pay(self) -> WxPay:
        """The client of the current application."""
        client: WxPay = current_app.extensions[self._name]
        return client

    def notify(
        self,
        path: str,
        *,
        amount_of: _AmountOf | None = None,
        on_refunded: _OnRefund | None = None,
        on_refund_failed: _OnRefund | None = None,
        on_transferred: _OnTransfer | None = None,
        on_transfer_failed: _OnTransfer | None = None,
        on_other: _OnOther | None = None,
        blueprint: Blueprint | None = None,
    ) -> Callable[[_F], _F]:
        """The decorated function is called once for each payment, with the payment and its idempotency key.

        Args:
            path: Where WeChat posts: the path of ``notify_url``, without the ``url_prefix`` of a blueprint.
            amount_of: As for the extension.
            on_refunded: Is called once for each refund that succeeded, with the refund and its idempotency key. Without
                it, refund notifications are answered with FAIL.
            on_refund_failed: Is called once for each refund that failed.
            on_transferred: Is called once for each transfer that the customer has, with the transfer and its
                idempotency key. Without it, notifications of transfers go to ``on_other``.
            on_transfer_failed: Is called once for each transfer that failed or was cancelled.
            on_other: Is called with every other notification of APIv3, each time that it comes, as ``notify.handle``
                does.
            blueprint: The blueprint that gets the route, at its ``url_prefix``; without one, the application gets it.
                An application that registers the blueprint needs ``init_app`` all the same.

        Raises:
            InvalidRequest: A function cannot be called with these arguments.
            TypeError: There is no ``amount_of``.
        """
        known = amount_of or self._amount_of
        if known is None:
            raise outer(TypeError(phrase("notify needs amount_of, or the extension does")))
        others = self._others | given(
            on_refunded=on_refunded,
            on_refund_failed=on_refund_failed,
            on_transferred=on_transferred,
            on_transfer_failed=on_transfer_failed,
            on_other=on_other,
        )
        need_functions(amount_of=known, **others)

        def decorate(on_paid: _F) -> _F:
            need_functions(on_paid=on_paid)

            def answer(**_: object) -> Response:
                body, headers = _body(), request.headers
                if isinstance(body, bytes):
                    functions = {"amount_of": known, "on_paid": on_paid, **others}
                    handled = self.pay.notify.handle(body, headers=headers, **functions)
                else:
                    handled = body.answering(None, headers)
                return Response(handled.body, handled.status, content_type=handled.content_type)

            endpoint = f"{self._name}-{len(self._views)}"

            def add(scaffold: Flask | Blueprint) -> None:
                # With a slash at its end and without, and no redirect to the other one.
                scaffold.add_url_rule(path, endpoint, answer, methods=["POST"], strict_slashes=False)

            self._views.append(answer)
            if blueprint is not None:
                add(blueprint)
            else:
                self._routes.append(add)
                for app in self._apps:
                    add(app)
            return on_paid

        return decorate

    def _check_paths(self, app: Flask) -> None:
        """At the first request: only then all routes are known."""
        self._apps[app] = True
        ours = [rule.rule for rule in app.url_map.iter_rules() if app.view_functions.get(rule.endpoint) in self._views]
        if ours:
            _web.check_path(self.pay, ours)

    def _first(self) -> Response | None:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        if not self._apps.get(app):
            self._check_paths(app)
        wanted = current_app.view_functions.get(request.endpoint or "")
        if request.method == "POST":
            for view in self._views:
                if view is wanted:
                    return view()
        return None


def _body() -> bytes | Handled:
    length, transfer = request.content_length, request.headers.get("Transfer-Encoding")
    if _web.too_large(length):
        return _web.refuse_large()
    if length is None and transfer and not request.environ.get("wsgi.input_terminated"):
        return _web.refuse_endless()
    try:
        # Without a length it comes in chunks, of which no more is read than the limit.
        body = b"" if length is not None else _web.read_up_to(request.stream, _web.MAX_BODY + 1)
        body = body or request.get_data()
    except ClientDisconnected:
        return _web.refuse_broken()
    except HTTPException:  # The application's own limit.
        return _web.refuse_large()
    encoding = request.headers.get("Content-Encoding")
    return _web.whole(body, length=length, transfer=transfer, encoding=encoding, remedy=_REMEDY)
