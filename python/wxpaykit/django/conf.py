"""``settings.WXPAY``: the settings of ``WxPay`` by their names, with ``amount_of``, ``pending`` and the functions for
refunds, transfers and other notifications beside them.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.functional import SimpleLazyObject, empty
from django.utils.module_loading import import_string

from .._native import phrase
from .._outer import outer
from .._setting_names import NAMES
from .._settings import hidden, hidden_in, meant
from .store import DatabaseStore, MemoryStore

if TYPE_CHECKING:
    from .. import AsyncWxPay, WxPay
    from ..types import Store

#: Settings of this app, which a client does not take.
OWN = (
    "amount_of",
    "pending",
    "on_refunded",
    "on_refund_failed",
    "on_transferred",
    "on_transfer_failed",
    "on_other",
)


@cache
def client() -> WxPay:
    """The client. What ``settings.WXPAY`` leaves out is read from the environment, as by ``WxPay.from_env``."""
    from .clients import DjangoWxPay

    return DjangoWxPay.from_env(**client_settings())


@cache
def async_client() -> AsyncWxPay:
    """The client for asynchronous views."""
    from .clients import AsyncDjangoWxPay

    return AsyncDjangoWxPay.from_env(**client_settings())


pay: WxPay = SimpleLazyObject(client)
"""The client of ``settings.WXPAY``, made when it is first used. In an event loop its calls are refused."""

apay: AsyncWxPay = SimpleLazyObject(async_client)
"""The client of ``settings.WXPAY`` for asynchronous views, made when it is first used.

Plain functions that it gets, such as ``hand_over``, run in the thread where Django uses the database.
"""


def client_settings() -> Any:
    """The settings of a client: ``WxPay.from_env(**client_settings())`` makes another one.

    Raises:
        TypeError: There is no setting of that name.
    """
    given = hidden_in({name: value for name, value in wxpay().items() if name not in OWN})
    unknown = unknown_names()
    if unknown:
        raise outer(TypeError(phrase(f"there is no setting {unknown[0]}")))
    address = given["store"] if "store" in given else variable("store") or "django:default"
    if isinstance(address, str) and ("store" in given or address.startswith("django:")):
        given["store"] = store(address)
    return given


def unknown_names() -> list[str]:
    """The names in ``settings.WXPAY`` that are not settings, with the ones that were probably meant."""
    names = (*NAMES, *OWN)
    return [f"{name!r}{meant(name, names)}" for name in wxpay() if name not in names]


def store(address: str) -> str | Store:
    """``django:ALIAS`` is a table in that database; other addresses are the client's own.

    In Django's test environment it is this process's memory instead, which ``pay`` and ``apay`` share. A client uses
    its store in threads of its own. Their database connections are not part of the transaction of a test: they would
    wait for its end, and what they write would outlive it.
    """
    scheme, _, alias = address.partition(":")
    if scheme != "django":
        return address
    return _memory() if in_tests() else DatabaseStore(alias or "default")


@cache
def _memory() -> MemoryStore:
    return MemoryStore()


def in_tests() -> bool:
    """Whether Django's test environment is set up, as ``manage.py test`` and pytest-django do."""
    utils = sys.modules.get("django.test.utils")
    return hasattr(getattr(utils, "_TestState", None), "saved_data")


def value(name: str) -> Any:
    """A setting, of ``settings.WXPAY`` or of the environment; ``None`` when neither has it."""
    found = wxpay().get(name)
    return found if found is not None else variable(name)


def is_set(name: str) -> bool:
    """Whether the environment has a setting, or names a file for it. An empty variable counts as not set."""
    return any(os.environ.get(f"WXPAY_{name.upper()}{end}") for end in ("", "_FILE"))


def variable(name: str) -> str | None:
    """A setting of the environment, or of the file that it names. An empty variable counts as not set."""
    given = os.environ.get(f"WXPAY_{name.upper()}")
    path = os.environ.get(f"WXPAY_{name.upper()}_FILE")
    if given or not path:
        return hidden(given) or None
    try:
        with open(path, encoding="utf-8") as file:
            return hidden(file.read().rstrip("\r\n")) or None
    except (OSError, UnicodeDecodeError):  # The client says what is wrong with it.
        return None


def function(name: str) -> Any:
    """A function of the project, which ``settings.WXPAY`` has or names by its path; ``None`` when it does not."""
    named = wxpay().get(name)
    return import_string(named) if isinstance(named, str) else named


def recorded_amount(payment: Any) -> Any:
    """What ``amount_of`` says of a payment's order.

    Raises:
        LookupError: There is no ``amount_of``.
    """
    amount_of = function("amount_of")
    if amount_of is None:
        raise LookupError(phrase("settings.WXPAY has no amount_of"))
    return amount_of(payment)


def wxpay() -> dict[str, Any]:
    """The setting as it is."""
    return getattr(settings, "WXPAY", None) or {}


def _changed(*, setting: str, **_: object) -> None:
    if setting in {"WXPAY", "DATABASES"}:
        for made, lazy in ((client, pay), (async_client, apay)):
            made.cache_clear()
            lazy._wrapped = empty  # type: ignore[union-attr]
        _memory.cache_clear()


setting_changed.connect(_changed)
