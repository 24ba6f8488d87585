"""WeChat Pay in an application of aiohttp's web server.

>>> from aiohttp import web
>>> from wxpaykit import AsyncWxPay
>>> from wxpaykit.aiohttp import PAY, WxPayRoutes
>>> wxpay = WxPayRoutes(AsyncWxPay.from_env(), path="/wxpay/notify", amount_of=amount_of, on_paid=on_paid)
>>> app = web.Application()
>>> wxpay.setup(app)

``request.app[PAY]`` is the client, in a handler. ``app.add_routes(wxpay.routes)`` and
``app.cleanup_ctx.append(wxpay.lifetime)`` are the two things that ``setup`` does.
"""

from __future__ import annotations

import asyncio
import warnings

import aiohttp
from aiohttp import web

from . import AsyncWxPay, _web
from ._given import given
from ._native import phrase
from ._run_async import need_functions
from ._threads import pooled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ._handled import Handled
    from ._run_async import _AmountOf, _OnOther, _OnPaid, _OnRefund, _OnTransfer

#: Versions before this one decompress a body without a limit before this module sees it.
_NEEDED = (3, 14, 1)

if tuple(int("".join(filter(str.isdigit, part)) or 0) for part in aiohttp.__version__.split(".")[:3]) < _NEEDED:
    warnings.warn(
        phrase(
            f"aiohttp {aiohttp.__version__} decompresses requests without a limit, so that 60 KB fill the memory: "
            f"install aiohttp>={'.'.join(map(str, _NEEDED))}"
        ),
        RuntimeWarning,
        stacklevel=2,
    )

#: Where an application has its client: ``request.app[PAY]``.
PAY = web.AppKey("wxpaykit", AsyncWxPay)


_REMEDY = "let it use await request.read(), which keeps it, and not request.content"


class WxPayRoutes:
    """Where WeChat posts, and the client.

    Args:
        pay: The client.
        path: Where WeChat posts: the path of ``notify_url``, without the prefix of a sub-application.
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
        key: Where the application has the client; another one for another merchant.

    All functions may be coroutine functions. Plain functions run in the event loop's thread pool.

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
        key: web.AppKey[AsyncWxPay] = PAY,
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
        self.key = key
        self._functions = {name: pooled(function, asyncio.to_thread) for name, function in functions.items()}
        self.routes = [web.post(one, self.notify) for one in _web.both_paths(path)]
        _web.check_path(pay, [path], prefix_needs_slash=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.routes[0].path} of {self.pay!r}>"

    def setup(self, app: web.Application) -> None:
        """Gives an application the routes and the client, which is closed when the application has ended."""
        app.add_routes(self.routes)
        app.cleanup_ctx.append(self.lifetime)

    async def lifetime(self, app: web.Application) -> AsyncIterator[None]:
        """For ``app.cleanup_ctx``: the client is the application's from its start to its end."""
        app[self.key] = self.pay
        yield
        await self.pay.aclose()

    async def notify(self, request: web.Request) -> web.Response:
        """Handles a notification of either API, and answers what WeChat reads."""
        body = await _body(request)
        if isinstance(body, bytes):
            handled = await self.pay.notify.handle(body, headers=request.headers, **self._functions)
        else:
            handled = body.answering(None, request.headers)
        return web.Response(body=handled.body, status=handled.status, headers={"Content-Type": handled.content_type})


async def _body(request: web.Request) -> bytes | Handled:
    if _web.too_large(request.headers.get("Content-Length")):
        return _web.refuse_large()
    body = bytearray()
    try:
        # Not request.read(), which reads as much as the application takes elsewhere (client_max_size).
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > _web.MAX_BODY:
                return _web.refuse_large()
    except web.RequestPayloadError as error:
        return _web.unread(f"could not be read: {error}")
    # Middleware that used request.read() has read the stream, and aiohttp has kept the body.
    raw = bytes(body) or await request.read()
    if len(raw) < request.content.total_bytes and len(raw) <= _web.MAX_BODY:
        return _web.refuse_consumed(_REMEDY)
    # aiohttp has decompressed what its headers say is compressed, and left them as they were.
    encoding = request.headers.get("Content-Encoding")
    return _web.whole(raw, length=None, transfer=None, encoding=encoding, remedy=_REMEDY)
