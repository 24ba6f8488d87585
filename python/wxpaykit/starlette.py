"""WeChat Pay in an application of Starlette, or of another ASGI framework that mounts applications.

>>> from wxpaykit import AsyncWxPay
>>> from wxpaykit.starlette import WxPayRouter
>>> wxpay = WxPayRouter(AsyncWxPay.from_env(), path="/wxpay/notify", amount_of=amount_of, on_paid=on_paid)
>>> app = Starlette(routes=wxpay.routes)

FastAPI has `wxpaykit.fastapi`.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from . import _web
from ._given import given
from ._run_async import need_functions
from ._threads import pooled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import AsyncWxPay
    from ._handled import Handled
    from ._run_async import _AmountOf, _OnOther, _OnPaid, _OnRefund, _OnTransfer

_REMEDY = "let it use await request.body(), which keeps it, and not request.stream()"


class NotifyRoutes:
    """The endpoint where WeChat posts. See `WxPayRouter`."""

    def __init__(
        self,
        pay: AsyncWxPay,
        *,
        path: str,
        amount_of: _AmountOf,
        on_paid: _OnPaid,
        on_refunded: _OnRefund | None = None,
        on_refund_failed: _OnRefund | None = None,
        on_transferred: _OnTransfer | None = None,
        on_transfer_failed: _OnTransfer | None = None,
        on_other: _OnOther | None = None,
    ) -> None:
        _web.need_async_client(pay)
        others = given(
            on_refunded=on_refunded,
            on_refund_failed=on_refund_failed,
            on_transferred=on_transferred,
            on_transfer_failed=on_transfer_failed,
            on_other=on_other,
        )
        functions = {"amount_of": amount_of, "on_paid": on_paid, **others}
        need_functions(**functions)
        self.pay = pay
        self._functions = {name: pooled(function, run_in_threadpool) for name, function in functions.items()}
        self.notify_routes = [self._route(one) for one in _web.both_paths(path)]
        _web.check_path(pay, [path], prefix_needs_slash=self._prefix_needs_slash(path))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.notify_routes[0].path} of {self.pay!r}>"

    def _route(self, path: str) -> Route:
        return Route(path, self.notify, methods=["POST"], name="wxpay-notify")

    def _prefix_needs_slash(self, path: str) -> bool:
        return True

    def client(self) -> AsyncWxPay:
        """The client."""
        return self.pay

    async def notify(self, request: Request) -> Response:
        """Handles a notification of either API, and answers what WeChat reads."""
        body = await _body(request)
        if isinstance(body, bytes):
            handled = await self.pay.notify.handle(body, headers=request.headers, **self._functions)
        else:
            handled = body.answering(None, request.headers)
        return Response(handled.body, handled.status, headers={"Content-Type": handled.content_type})


class WxPayRouter(NotifyRoutes, Router):
    """The routes where WeChat posts, as a router, and the client.

    Args:
        pay: The client.
        path: Where WeChat posts: the path of ``notify_url``, without the prefix at which the routes are mounted.
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

    All may be coroutine functions. Plain functions run in the thread pool.

    Raises:
        InvalidRequest: ``pay`` is not an ``AsyncWxPay``, or a function cannot be called with these arguments.
    """

    def __init__(
        self,
        pay: AsyncWxPay,
        *,
        path: str,
        amount_of: _AmountOf,
        on_paid: _OnPaid,
        on_refunded: _OnRefund | None = None,
        on_refund_failed: _OnRefund | None = None,
        on_transferred: _OnTransfer | None = None,
        on_transfer_failed: _OnTransfer | None = None,
        on_other: _OnOther | None = None,
    ) -> None:
        NotifyRoutes.__init__(
            self,
            pay,
            path=path,
            amount_of=amount_of,
            on_paid=on_paid,
            on_refunded=on_refunded,
            on_refund_failed=on_refund_failed,
            on_transferred=on_transferred,
            on_transfer_failed=on_transfer_failed,
            on_other=on_other,
        )
        Router.__init__(self, routes=self.notify_routes)


async def _body(request: Request) -> bytes | Handled:
    length = request.headers.get("content-length")
    if _web.too_large(length):
        return _web.refuse_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _web.MAX_BODY:
                return _web.refuse_large()
    except ClientDisconnect:
        return _web.refuse_broken()
    except RuntimeError:
        return _web.refuse_consumed(_REMEDY)
    # The stream ends at once behind middleware that has read it.
    transfer, encoding = request.headers.get("transfer-encoding"), request.headers.get("content-encoding")
    return _web.whole(body, length=length, transfer=transfer, encoding=encoding, remedy=_REMEDY)
