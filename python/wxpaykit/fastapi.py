"""WeChat Pay in a FastAPI application, or one of plain Starlette.

>>> from wxpaykit import AsyncWxPay
>>> from wxpaykit.fastapi import WxPayRouter
>>> wxpay = WxPayRouter(AsyncWxPay.from_env(), path="/wxpay/notify", amount_of=amount_of, on_paid=on_paid)
>>> app.include_router(wxpay.router)        # FastAPI
>>> app = Starlette(routes=wxpay.routes)    # Starlette

``Depends(wxpay.client)`` gives the client to a path operation.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from . import _web
from ._handled import need_functions
from ._threads import pooled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastapi import APIRouter

    from . import AsyncWxPay
    from ._handled import Handled
    from ._run_async import _AmountOf, _OnPaid

_REMEDY = "let it use await request.body(), which keeps it, and not request.stream()"


class WxPayRouter:
    """Where WeChat posts, and the client.

    Args:
        pay: The client.
        path: Where WeChat posts: the path of ``notify_url``.
        amount_of: Takes a ``ConfirmedPayment``, and gives the amount in fen that you recorded for its order, or
            ``None``.
        on_paid: Is called once for each payment, with the payment and its idempotency key.

    Both may be coroutine functions. Plain functions run in the thread pool.

    Raises:
        InvalidRequest: ``pay`` is no ``AsyncWxPay``, or ``amount_of`` or ``on_paid`` no function.
    """

    def __init__(self, pay: AsyncWxPay, *, path: str, amount_of: _AmountOf, on_paid: _OnPaid) -> None:
        _web.need_async_client(pay)
        need_functions(amount_of=amount_of, on_paid=on_paid)
        self.pay = pay
        self._amount_of, self._on_paid = pooled(amount_of, run_in_threadpool), pooled(on_paid, run_in_threadpool)
        # With a slash at its end and without: WeChat follows no redirect to the other one.
        bare = path.rstrip("/")
        paths = [bare, f"{bare}/"] if bare else ["/"]
        self.routes = [Route(one, self.notify, methods=["POST"], name="wxpay-notify") for one in paths]

    @property
    def router(self) -> APIRouter:
        """The routes, for ``include_router`` of FastAPI. They are not in the OpenAPI schema."""
        from fastapi import APIRouter

        return APIRouter(routes=list(self.routes))

    def client(self) -> AsyncWxPay:
        """The client: ``Depends(wxpay.client)``."""
        return self.pay

    async def notify(self, request: Request) -> Response:
        """Takes a notification all the way, and answers what WeChat reads, with status 200."""
        body = await _body(request)
        if isinstance(body, bytes):
            handled = await self.pay.notify.handle(body, amount_of=self._amount_of, on_paid=self._on_paid)
        else:
            handled = body
        return Response(handled.body, handled.status, headers={"Content-Type": handled.content_type})


async def _body(request: Request) -> bytes | Handled:
    if _web.too_large(request.headers.get("content-length")):
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
    # Behind middleware that read it, the stream ends at once.
    if _web.is_consumed(body, request.headers.get("content-length"), request.headers.get("transfer-encoding")):
        return _web.refuse_consumed(_REMEDY)
    return bytes(body)
