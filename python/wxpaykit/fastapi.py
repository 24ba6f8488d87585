"""WeChat Pay in a FastAPI application.

>>> from wxpaykit import AsyncWxPay
>>> from wxpaykit.fastapi import WxPayRouter
>>> wxpay = WxPayRouter(AsyncWxPay.from_env(), path="/wxpay/notify", amount_of=amount_of, on_paid=on_paid)
>>> app.include_router(wxpay)

``Depends(wxpay.client)`` gives the client to a path operation. An application of Starlette alone has
`wxpaykit.starlette`.
"""

from __future__ import annotations

from fastapi import APIRouter

from .starlette import NotifyRoutes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import AsyncWxPay
    from ._run_async import _AmountOf, _OnOther, _OnPaid, _OnRefund, _OnTransfer


class WxPayRouter(NotifyRoutes, APIRouter):
    """The routes where WeChat posts, as a router of FastAPI, and the client.

    The routes are not in the OpenAPI schema, and the dependencies of an application, such as a login, do not apply to
    them.

    Args:
        pay: The client.
        path: Where WeChat posts: the path of ``notify_url``, without the prefix of ``include_router`` and ``mount``;
            ``""`` is the prefix of ``include_router`` itself.
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
        if path == "":
            # At the prefix itself. Starlette's class takes no empty path; ``include_router`` adds the prefix to it.
            route = self._route("/")
            route.path = ""
            self.notify_routes.append(route)
        APIRouter.__init__(self, routes=list(self.notify_routes))

    def _prefix_needs_slash(self, path: str) -> bool:
        return path != ""

    @property
    def router(self) -> APIRouter:
        """The router itself: ``include_router(wxpay.router)`` is the same as ``include_router(wxpay)``."""
        return self
