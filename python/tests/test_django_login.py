"""``openid_required``: the customer of a page in Django, by WeChat's web authorisation."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import OPENID, Emulator
from test_frameworks import django_shop

__all__ = ["django_shop"]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def authorised(url: str) -> str:
    """Visits WeChat's page, as the customer's browser does: where it sends the customer."""
    with pytest.raises(HTTPError) as moved:
        urllib.request.build_opener(_Stay).open(url, timeout=10)
    with moved.value:
        return str(moved.value.headers["Location"])


class Browser:
    """A customer's browser: it keeps its session."""

    def __init__(self, view: Callable[..., Any]) -> None:
        from django.contrib.sessions.backends.db import SessionStore

        self.view = view
        self.session = SessionStore()

    def ask(self, address: str, method: str = "GET", **meta: Any) -> Any:
        """A request, as it comes through ``SessionMiddleware``: the answer."""
        from django.contrib.sessions.backends.db import SessionStore
        from django.test import RequestFactory

        parts = urlsplit(address)
        named = {"QUERY_STRING": parts.query, "SERVER_NAME": "127.0.0.1", **meta}
        request: Any = RequestFactory().generic(method, parts.path, **named)
        request.session = self.session
        answer = self.view(request)
        if asyncio.iscoroutine(answer):
            answer = asyncio.run(answer)
        if request.session.modified:
            request.session.save()
        self.session = SessionStore(request.session.session_key)
        return answer

    def to_wechat(self, address: str) -> str:
        """The address of WeChat's page that a visit is redirected to."""
        answer = self.ask(address)
        assert answer.status_code == 302
        assert "/connect/oauth2/authorize?" in answer.headers["Location"]
        return str(answer.headers["Location"])


@pytest.fixture
def asked(django_shop: Any) -> list[Any]:
    """The requests that reached the view."""
    return []


@pytest.fixture(params=["blocking", "asynchronous"])
def view(request: pytest.FixtureRequest, django_shop: Any, asked: list[Any]) -> Callable[..., Any]:
    from django.http import HttpResponse

    from wxpaykit.django import openid_required

    if request.param == "blocking":

        @openid_required
        def page(request: Any, number: int = 0) -> HttpResponse:
            asked.append(request)
            return HttpResponse(request.openid)

    else:

        @openid_required
        async def page(request: Any, number: int = 0) -> HttpResponse:  # type: ignore[misc]
            asked.append(request)
            return HttpResponse(request.openid)

    return page


def test_a_customer_visits_wechat_once(view: Callable[..., Any], asked: list[Any]) -> None:
    browser = Browser(view)
    url = browser.to_wechat("/buy?tea=1&tea=2&x=%E8%8C%B6")
    query = parse_qs(urlsplit(url).query)
    assert query["redirect_uri"] == ["http://127.0.0.1/buy?tea=1&tea=2&x=%E8%8C%B6"]
    assert query["scope"] == ["snsapi_base"] and re.fullmatch(r"[0-9a-f]{32}", query["state"][0])
    back = urlsplit(authorised(url))
    key = browser.session.session_key
    answer = browser.ask(f"{back.path}?{back.query}")
    # Without the code: a reload of that address would use it again.
    assert (answer.status_code, answer.headers["Location"]) == (302, "/buy?tea=1&tea=2&x=%E8%8C%B6")
    assert browser.session.session_key != key, "who knew the session before the login knows no more of it"
    assert asked == []
    answer = browser.ask(answer.headers["Location"])
    assert (answer.status_code, answer.content.decode()) == (200, OPENID)
    # From then on without WeChat, and forms too.
    assert browser.ask("/other").content.decode() == OPENID
    assert browser.ask("/other", "POST").content.decode() == OPENID
    assert [one.openid for one in asked] == [OPENID] * 3


def test_a_link_of_another_person_logs_nobody_in(view: Callable[..., Any], asked: list[Any]) -> None:
    """A code of another person's, with their state, with none, or with a wrong one."""
    other = Browser(view)
    theirs = urlsplit(authorised(other.to_wechat("/buy")))
    code = parse_qs(theirs.query)["code"][0]
    browser = Browser(view)
    browser.to_wechat("/buy")
    strange = ("", "&state=", "&state=x", "&state=%FF%00", "&state=%E8%8C%B6", "&state=a&state=b")
    for query in [theirs.query, *(f"code={code}{state}" for state in strange), "state=&code="]:
        url = browser.to_wechat(f"/buy?{query}")
        assert parse_qs(urlsplit(url).query)["redirect_uri"] == ["http://127.0.0.1/buy"]
    assert asked == []
    # It was not used: it is still good for whom it is for.
    assert other.ask(f"/buy?{theirs.query}").headers["Location"] == "/buy"


def test_two_tabs_may_come_back_in_any_order(view: Callable[..., Any]) -> None:
    browser = Browser(view)
    first, second = (urlsplit(authorised(browser.to_wechat(page))) for page in ("/one", "/two"))
    assert browser.ask(f"/two?{second.query}").headers["Location"] == "/two"
    assert browser.ask(f"/one?{first.query}").content.decode() == OPENID


def test_a_code_that_was_used_leads_to_wechat_again(view: Callable[..., Any], emulator: Emulator) -> None:
    browser = Browser(view)
    back = urlsplit(authorised(browser.to_wechat("/buy")))
    emulator_pay = emulator.sync()
    emulator_pay.oauth.access_token(parse_qs(back.query)["code"][0])
    url = browser.to_wechat(f"/buy?{back.query}")
    assert browser.ask(f"/buy?{urlsplit(authorised(url)).query}").headers["Location"] == "/buy"


def test_another_error_of_the_login_is_raised(view: Callable[..., Any], emulator: Emulator) -> None:
    from wxpaykit import OAuthError

    browser = Browser(view)
    back = urlsplit(authorised(browser.to_wechat("/buy")))
    emulator.fault("errcode", endpoint="/sns/oauth2/access_token", errcode=40125, errmsg="invalid appsecret", times=1)
    with pytest.raises(OAuthError, match="40125"):
        browser.ask(f"/buy?{back.query}")


def test_who_does_not_agree_and_who_posts_first_are_refused(view: Callable[..., Any], asked: list[Any]) -> None:
    from django.core.exceptions import PermissionDenied

    browser = Browser(view)
    state = parse_qs(urlsplit(browser.to_wechat("/buy")).query)["state"][0]
    with pytest.raises(PermissionDenied, match="did not agree"):
        browser.ask(f"/buy?state={state}")
    with pytest.raises(PermissionDenied, match="openid of this customer is not known"):
        Browser(view).ask("/buy", "POST")
    assert asked == []


def test_an_openid_belongs_to_its_appid(view: Callable[..., Any]) -> None:
    from django.conf import settings
    from django.test import override_settings

    browser = Browser(view)
    back = urlsplit(authorised(browser.to_wechat("/buy")))
    browser.ask(f"/buy?{back.query}")
    assert browser.ask("/buy").status_code == 200
    with override_settings(WXPAY={**settings.WXPAY, "appid": "wx0123456789abcdef"}):
        browser.to_wechat("/buy")
    assert browser.ask("/buy").status_code == 200


def test_the_origin_of_the_page_and_names_of_the_view(django_shop: Any) -> None:
    from wxpaykit.django import openid_required

    @openid_required(origin="https://shop.example")
    def buy(request: Any) -> None:
        """Sells."""

    assert (buy.__name__, buy.__doc__) == ("buy", "Sells.")

    def redirect_uri(address: str, **meta: Any) -> list[str]:
        answer = Browser(buy).ask(address, **meta)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"]

    assert redirect_uri("/buy?x=1") == ["https://shop.example/buy?x=1"]
    assert redirect_uri("/buy", PATH_INFO="//evil.example/buy") == ["https://shop.example/evil.example/buy"]
    # Django has undone the escapes of the path, and a browser leaves out tabs and line ends.
    for path in ("/%09/evil.example/x", "/%0A/evil.example", "/%5Cevil.example", "/a%3Fb", "/a%23b", "/100%25", "/茶"):
        escaped = path.replace("茶", "%E8%8C%B6")
        assert redirect_uri(path) == [f"https://shop.example{escaped}"], path
        answer = Browser(openid_required(lambda request: None)).ask(path)
        (page,) = parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"]
        assert page == f"http://127.0.0.1{escaped}", path

    @openid_required
    async def page(request: Any) -> None: ...

    assert asyncio.iscoroutinefunction(page)


def test_classes_are_views_too(emulator: Emulator, django_shop: Any) -> None:
    from django.http import HttpResponse
    from django.utils.decorators import method_decorator
    from django.views import View

    from wxpaykit.django import openid_required

    @method_decorator(openid_required, name="dispatch")
    class Buy(View):
        def get(self, request: Any) -> HttpResponse:
            return HttpResponse(request.openid)

    class AsyncBuy(View):
        async def get(self, request: Any) -> HttpResponse:
            return HttpResponse(request.openid)

    for view in (Buy.as_view(), openid_required(AsyncBuy.as_view())):
        browser = Browser(view)
        back = urlsplit(authorised(browser.to_wechat("/buy")))
        assert browser.ask(f"/buy?{back.query}").status_code == 302
        assert browser.ask("/buy").content.decode() == OPENID


def test_wrong_arguments_are_refused_where_they_stand(django_shop: Any) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from wxpaykit.django import openid_required

    wrong: Any
    for wrong in ("https://shop.example", 1, {}):
        with pytest.raises(ImproperlyConfigured, match="openid_required decorates a view"):
            openid_required(wrong)
    for wrong in ("shop.example", "//shop.example", "ftp://shop.example", "https://", "https://[", "", 1):
        with pytest.raises(ImproperlyConfigured, match="origin must be the beginning of an address"):
            openid_required(origin=wrong)


@pytest.mark.parametrize("code", ["%00", "x" * 5000, "%F0%9F%8D%B5"])
def test_a_code_that_can_be_none_of_wechats_leads_to_wechat_again(view: Callable[..., Any], code: str) -> None:
    browser = Browser(view)
    state = parse_qs(urlsplit(browser.to_wechat("/buy")).query)["state"][0]
    answer = browser.ask(f"/buy?code={code}&state={state}")
    assert answer.status_code == 302 and "connect/oauth2/authorize" in answer.headers["Location"]
    back = urlsplit(authorised(browser.to_wechat("/buy")))
    assert browser.ask(f"/buy?{back.query}").status_code == 302
    assert browser.ask("/buy").status_code == 200


def test_an_empty_code_is_no_agreement(view: Callable[..., Any]) -> None:
    from django.core.exceptions import PermissionDenied

    browser = Browser(view)
    state = parse_qs(urlsplit(browser.to_wechat("/buy")).query)["state"][0]
    with pytest.raises(PermissionDenied):
        browser.ask(f"/buy?code=&state={state}")


def test_without_a_session_the_error_says_what_to_add(view: Callable[..., Any]) -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.test import RequestFactory

    def ask() -> None:
        answer = view(RequestFactory().get("/buy"))
        if asyncio.iscoroutine(answer):
            asyncio.run(answer)

    with pytest.raises(ImproperlyConfigured, match="add SessionMiddleware to MIDDLEWARE"):
        ask()
