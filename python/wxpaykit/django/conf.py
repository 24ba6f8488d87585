"""``settings.WXPAY``: the settings of ``WxPay`` by their names, with ``amount_of`` and ``pending`` beside them."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.functional import SimpleLazyObject, empty
from django.utils.module_loading import import_string

from .._settings import hidden_in

if TYPE_CHECKING:
    from .. import WxPay
    from ..types import Store

#: Settings that are ours, and no client's.
OWN = {"amount_of", "pending"}


@cache
def client() -> WxPay:
    """The client. What ``settings.WXPAY`` leaves out is read from the environment, as by ``WxPay.from_env``."""
    from .. import WxPay

    return WxPay.from_env(**client_settings())


pay: WxPay = SimpleLazyObject(client)
"""The client of ``settings.WXPAY``, made when it is first used."""


def client_settings() -> Any:
    """What a client is made of: ``AsyncWxPay.from_env(**client_settings())`` is the one for asyncio."""
    given = hidden_in({name: value for name, value in wxpay().items() if name not in OWN})
    # An empty variable is as one that is not set.
    if "store" not in given and not os.environ.get("WXPAY_STORE") and not os.environ.get("WXPAY_STORE_FILE"):
        given["store"] = "django:default"
    if isinstance(given.get("store"), str):
        given["store"] = store(given["store"])
    return given


def store(address: str) -> str | Store:
    """``django:ALIAS`` is a table in that database; other addresses are the client's own."""
    from .store import DatabaseStore

    scheme, _, alias = address.partition(":")
    return DatabaseStore(alias or "default") if scheme == "django" else address


def function(name: str) -> Any:
    """A function of the project's, which ``settings.WXPAY`` has or names by its path; ``None`` when it does not."""
    named = wxpay().get(name)
    return import_string(named) if isinstance(named, str) else named


def wxpay() -> dict[str, Any]:
    """The setting as it is."""
    return getattr(settings, "WXPAY", None) or {}


def _changed(*, setting: str, **_: object) -> None:
    if setting in {"WXPAY", "DATABASES"}:
        client.cache_clear()
        pay._wrapped = empty  # type: ignore[attr-defined]


setting_changed.connect(_changed)
