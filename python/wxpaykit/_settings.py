"""Settings on their way to the native client: secrets that no frame shows.

pytest prints the arguments of the frames that an error went through, and Sentry, Django's debug page and others all of
their variables. Every function here and in the clients therefore begins by hiding what it was given.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _T = TypeVar("_T")

_SECRETS = ("api_key", "app_secret")
_TEXTS = (
    *_SECRETS,
    "appid",
    "mch_id",
    "notify_url",
    "sign_type",
    "sub_appid",
    "sub_mch_id",
    "endpoints",
)
#: Every setting, as ``types.Settings`` has them; importing that takes longer than all the rest.
NAMES = (
    *_TEXTS,
    "store",
    "timeout",
    "connect_timeout",
    "max_connections",
    "max_network_retries",
    "lease",
    "on_event",
    "accept_sign_types",
)


class Hidden(str):
    """A text that is shown as ``***`` wherever variables are shown. It is the text itself for whoever takes it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class _NotText:
    """In the place of a secret that is no text, which nobody takes and nobody has to see."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"<{self.kind} ***>"


def hidden(secret: _T) -> _T:
    """The same text, hidden; ``None`` as it is."""
    if secret is None or isinstance(secret, (Hidden, _NotText)):
        return secret
    # Not str(): a class of the user's may hide its own text there.
    found: Any = Hidden(str.__str__(secret)) if isinstance(secret, str) else _NotText(type(secret).__name__)
    return found  # type: ignore[no-any-return]


def hidden_store(store: _T) -> _T:
    """The same store: an address, which may have a password, hidden; an object of the user's as it is."""
    return store if hasattr(store, "put") else hidden(store)


def hidden_in(settings: _T) -> _T:
    """The same settings with their secrets hidden. A name that is none may be a misspelt secret's."""
    given: Any = settings
    return {name: _hidden_as(name, value) for name, value in given.items()}  # type: ignore[return-value]


def _hidden_as(name: str, value: Any) -> Any:
    if name == "store":
        return hidden_store(value)
    return value if name in NAMES and name not in _SECRETS else hidden(value)


def environment() -> dict[str, str]:
    """The environment's settings, hidden."""
    return {name: hidden(value) for name, value in os.environ.items() if name.startswith("WXPAY_")}
