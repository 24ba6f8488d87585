"""``manage.py check`` for ``settings.WXPAY``."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004
from django.urls import Resolver404, resolve

from ..errors import ConfigError
from . import payment_confirmed
from .conf import client, client_settings, function
from .store import DatabaseStore


def check(app_configs: object = None, **_: object) -> list[CheckMessage]:
    """What is wrong with the settings, and what will keep WeChat's notifications away."""
    if not isinstance(getattr(settings, "WXPAY", {}), dict):
        return [
            Error("WXPAY must be a dict.", hint="WXPAY = {'amount_of': 'shop.orders.amount_of'}", id="wxpaykit.E001")
        ]
    found = [message for name in ("amount_of", "pending") for message in _function(name)]
    try:
        client()
    except (ConfigError, TypeError) as error:
        hint = "WXPAY has the settings of wxpaykit.WxPay by their names; the environment has the others."
        return [*found, Error(f"WXPAY: {error}.", hint=hint, id="wxpaykit.E002")]
    given = client_settings()
    found += _place(given.get("store"))
    if isinstance(given.get("store"), str) and given["store"].startswith("memory"):
        hint = "Leave store out, for a table of your database, or name a Redis."
        found.append(
            Warning("WXPAY: each process hands a payment over once with memory:.", hint=hint, id="wxpaykit.W001")
        )
    if not payment_confirmed.has_listeners():
        hint = "Connect a receiver of wxpaykit.django.payment_confirmed in your AppConfig.ready()."
        found.append(Warning("WXPAY: nobody hears of payments.", hint=hint, id="wxpaykit.W002"))
    return found + _way(given.get("notify_url"))


def _place(store: Any) -> list[CheckMessage]:
    """Whether the table is in a database that there is."""
    if not isinstance(store, DatabaseStore) or store.alias in settings.DATABASES:
        return []
    hint = "'django:ALIAS' names one of DATABASES; leave store out for 'django:default'."
    return [Error(f"WXPAY['store']: DATABASES has no {store.alias!r}.", hint=hint, id="wxpaykit.E005")]


def _function(name: str) -> list[CheckMessage]:
    needed = name == "amount_of"
    try:
        found = function(name)
    except ImportError as error:
        return [Error(f"WXPAY['{name}']: {error}", id="wxpaykit.E003")]
    if found is None and needed:
        hint = "A function, or its path: it takes a ConfirmedPayment, and gives the amount in fen, or None."
        return [Error("WXPAY['amount_of'] is missing.", hint=hint, id="wxpaykit.E004")]
    if found is not None and not callable(found):
        return [Error(f"WXPAY['{name}'] is no function, and no path of one.", id="wxpaykit.E003")]
    if iscoroutinefunction(found):
        hint = "A plain function: Django's view and commands run it in a thread."
        return [Error(f"WXPAY['{name}'] is a coroutine function.", hint=hint, id="wxpaykit.E003")]
    return []


def _way(notify_url: Any) -> list[CheckMessage]:
    """Whether a notification finds its way to the view, without a redirect."""
    if not isinstance(notify_url, str):
        return []
    found: list[CheckMessage] = []
    url = urlsplit(notify_url)
    try:
        arrives = resolve(url.path).view_name.endswith("wxpaykit:notify")
    except Resolver404:
        arrives = False
    if not arrives:
        hint = 'path("wxpay/", include("wxpaykit.django.urls")) makes /wxpay/notify, outside of i18n_patterns.'
        found.append(Warning(f"WXPAY: no notification arrives at {url.path}.", hint=hint, id="wxpaykit.W003"))
    if settings.SECURE_SSL_REDIRECT and url.scheme == "http":
        hint = "WeChat follows no redirect: give an https notify_url."
        found.append(Warning("WXPAY: SECURE_SSL_REDIRECT sends notifications away.", hint=hint, id="wxpaykit.W004"))
    if settings.PREPEND_WWW and not (url.hostname or "").startswith("www."):
        hint = "WeChat follows no redirect: begin the notify_url's host with www."
        found.append(Warning("WXPAY: PREPEND_WWW sends notifications away.", hint=hint, id="wxpaykit.W005"))
    return found
