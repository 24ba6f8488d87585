"""Who the customer of a page is: WeChat's web authorisation (网页授权) before a view."""

from __future__ import annotations

import functools
import secrets
from typing import TYPE_CHECKING, Any, overload
from urllib.parse import urlencode, urljoin, urlsplit

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.encoding import escape_uri_path

from .._native import phrase
from ..errors import InvalidRequest, OAuthError
from .conf import apay, pay

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _View = TypeVar("_View", bound=Callable[..., Any])

#: Where the session has the openid, behind it the appid that it belongs to; and the state of a login that began.
_OPENID, _STATE = "wxpay_openid_", "wxpay_state"
#: A code that is invalid, or that was used before: by a reload, or by the back button.
_OLD_CODES = (40029, 40163)


@overload
def openid_required(view: _View, /) -> _View: ...
@overload
def openid_required(view: None = None, /, *, origin: str | None = None) -> Callable[[_View], _View]: ...
def openid_required(view: Any = None, /, *, origin: str | None = None) -> Any:
    """The view is called with the customer's openid, in ``request.openid``. Who has none yet visits WeChat first.

    For pages that are opened in WeChat's browser. A customer without an openid in the session is redirected to WeChat
    (``snsapi_base``, which asks the customer nothing), and comes back to the same address; the ``state`` is compared
    with that in the session. The session keeps the openid, so the visit to WeChat is made once for a session.

    The view may be a coroutine function. A class-based view takes ``method_decorator(openid_required,
    name="dispatch")``, or, when its handlers are coroutine functions, ``openid_required(Buy.as_view())``.

    The session cookie has to come back from WeChat: it does not with ``SESSION_COOKIE_SAMESITE = "Strict"``, nor with
    ``SESSION_COOKIE_SECURE`` over http, and then the customer is redirected again and again. ``code`` and ``state`` in
    the query are WeChat's: the page cannot have parameters of these names.

    >>> @openid_required
    ... def buy(request):
    ...     pay.unifiedorder(openid=request.openid, ...)

    Args:
        view: The view.
        origin: The beginning of the address that customers reach, such as ``https://shop.example``. When left out, that
            of the request: behind a proxy that ends TLS Django knows it by ``SECURE_PROXY_SSL_HEADER``. Its domain is
            registered at mp.weixin.qq.com (网页授权域名).

    Raises:
        ImproperlyConfigured: There is no session: ``SessionMiddleware`` is missing. Or ``view`` is no view, or
            ``origin`` no address, when the view is decorated.
        PermissionDenied: The customer did not agree; or the request has a body, which would be lost on the way to
            WeChat.
        OAuthError, TransportError, ConfigError: As ``pay.oauth.access_token``, but for a code that was used before,
            with which the customer visits WeChat again.
    """
    if view is not None and not callable(view):
        text = 'openid_required decorates a view; it takes an address by its name: origin="https://shop.example"'
        raise ImproperlyConfigured(phrase(text))
    if origin is not None and not _is_origin(origin):
        text = "origin must be the beginning of an address, such as https://shop.example"
        raise ImproperlyConfigured(phrase(text))
    if view is None:
        return functools.partial(_decorated, origin=origin)
    return _decorated(view, origin=origin)


def _is_origin(origin: object) -> bool:
    try:
        parts = urlsplit(origin) if isinstance(origin, str) else None
        return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _decorated(view: Any, *, origin: str | None) -> Any:
    if iscoroutinefunction(view):

        @functools.wraps(view)
        async def asked(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            # The session may be in the database, which blocks.
            login = await sync_to_async(_Login)(request, origin)
            if login.code is not None:
                try:
                    user = await apay.oauth.access_token(login.code)
                except (OAuthError, InvalidRequest) as error:
                    return await sync_to_async(login.again)(error)
                return await sync_to_async(login.keep)(user.openid)
            return login.redirect or await view(request, *arguments, **named)
    else:

        @functools.wraps(view)
        def asked(request: HttpRequest, *arguments: Any, **named: Any) -> Any:
            login = _Login(request, origin)
            if login.code is not None:
                try:
                    user = pay.oauth.access_token(login.code)
                except (OAuthError, InvalidRequest) as error:
                    return login.again(error)
                return login.keep(user.openid)
            return login.redirect or view(request, *arguments, **named)

    return asked


class _Login:
    """What a request needs before its view: a code to exchange, or a redirect; neither when the openid is known."""

    def __init__(self, request: HttpRequest, origin: str | None) -> None:
        if not hasattr(request, "session"):
            text = "openid_required keeps the openid in the session: add SessionMiddleware to MIDDLEWARE"
            raise ImproperlyConfigured(phrase(text))
        self._request, self._session, self._origin = request, request.session, origin
        self._key = _OPENID + pay.appid
        self.code: str | None = None
        self.redirect: HttpResponse | None = None
        known = self._session.get(self._key)
        if known is not None:
            request.openid = known
            return
        if request.method not in ("GET", "HEAD"):
            text = "the openid of this customer is not known: the page before this one needs openid_required too"
            raise PermissionDenied(phrase(text))
        state, given = self._session.get(_STATE), request.GET.get("state")
        if state is None or given is None or not secrets.compare_digest(given.encode(), state.encode()):
            self.redirect = self._to_wechat()
            return
        self.code = request.GET.get("code") or None
        if self.code is None:
            raise PermissionDenied(phrase("the customer did not agree that the shop gets the openid"))

    def keep(self, openid: str) -> HttpResponse:
        """Keeps the openid, and goes to the address without the code, which a reload would use again."""
        # Who knew the session before knows no more of it.
        self._session.cycle_key()
        self._session.pop(_STATE, None)
        self._session[self._key] = openid
        return HttpResponseRedirect(self._path())

    def again(self, error: OAuthError | InvalidRequest) -> HttpResponse:
        """The way to WeChat again, with a code that was used before, or that can be none of WeChat's."""
        if isinstance(error, OAuthError) and error.errcode not in _OLD_CODES:
            raise error
        return self._to_wechat()

    def _to_wechat(self) -> HttpResponse:
        # A second tab of the same browser has the same state, so that either may come back first.
        state = self._session.setdefault(_STATE, secrets.token_hex(16))
        path = self._path()
        page = self._request.build_absolute_uri(path) if self._origin is None else urljoin(self._origin, path)
        return HttpResponseRedirect(pay.oauth.authorize_url(page, state=state))

    def _path(self) -> str:
        """The path and query of the request, without what WeChat added."""
        rest = [(name, value) for name, values in self._request.GET.lists() for value in values]
        query = urlencode([(name, value) for name, value in rest if name not in ("code", "state")])
        # With one slash at its beginning, because a browser takes two for another host. Django has undone its escapes.
        path: str = escape_uri_path(self._request.path.lstrip("/"))
        return f"/{path}" + (f"?{query}" if query else "")
