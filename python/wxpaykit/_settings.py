"""Checks the names of settings, and hides secrets before they can appear in a traceback.

For an error, pytest prints the arguments of all frames; Sentry, Django's debug page and others print all local
variables. So every function here and in the clients first hides its arguments.
"""

from __future__ import annotations

import os

from ._native import phrase
from ._outer import outer
from ._setting_names import CREDENTIALS, NAMES, SECRETS
from .errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeVar

    _T = TypeVar("_T")


class Hidden(str):
    """A text whose ``repr`` is ``***``. In every other way it is the text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class HiddenBytes(bytes):
    """Bytes whose ``repr`` is ``***``. In every other way they are the bytes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "b'***'"


class _NotText:
    """Stands for a secret that is not a text, and shows only the name of its class. It will be refused."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} ***>"


def hidden(secret: _T) -> _T:
    """Hides a text; ``None`` stays."""
    if secret is None or isinstance(secret, (str, _NotText)):
        return hidden_text(secret)
    return type(type(secret).__name__, (_NotText,), {})()  # type: ignore[no-any-return]


def hidden_text(text: _T) -> _T:
    """Hides a text. A value of another type stays, so that the error can name its type."""
    if not isinstance(text, str):
        return text
    # Not str(): a subclass of the user's may hide its own text there.
    return Hidden(str.__str__(text))  # type: ignore[return-value]


def hidden_credential(credential: _T) -> _T:
    """Hides a certificate or a key. Its path as text is hidden too: it may be a key in a wrong form."""
    if isinstance(credential, (bytes, bytearray, memoryview)):
        return HiddenBytes(bytes(credential))  # type: ignore[return-value]
    return credential if hasattr(credential, "__fspath__") else hidden(credential)


def hidden_store(store: _T) -> _T:
    """Hides the address of a store, which may contain a password. A store of the user's own stays."""
    return store if hasattr(store, "put") else hidden(store)


def hidden_in(settings: _T) -> _T:
    """Hides the secrets in settings. An unknown name may be a misspelt secret, so its value is hidden too."""
    given: Any = settings
    return {name: _hidden_as(name, value) for name, value in given.items()}  # type: ignore[return-value]


def _hidden_as(name: str, value: Any) -> Any:
    if name == "store":
        return hidden_store(value)
    if name in CREDENTIALS:
        return hidden_credential(value)
    return value if name in NAMES and name not in SECRETS else hidden(value)


def checked(settings: dict[str, Any]) -> dict[str, Any]:
    """Checks the names of settings, for the native client. Their secrets are hidden already.

    Raises:
        TypeError: There is no such setting.
    """
    for name in settings:
        if name not in NAMES:
            raise outer(TypeError(phrase(f"there is no setting {name!r}{meant(name)}")))
    _check_store(settings.get("store"))
    return settings


def suggesting(init: _T) -> _T:
    """A constructor that says of a misspelt argument which setting was probably meant."""
    made: Any = init

    # Python itself refuses positional arguments. So no frame of this package has them, unhidden, in its locals.
    def constructor(self: Any, /, **settings: Any) -> None:
        settings = hidden_in(settings)
        for name in settings:
            if name not in NAMES:
                raise outer(TypeError(phrase(f"WxPay() got an unexpected keyword argument {name!r}{meant(name)}")))
        try:
            made(self, **settings)
        except TypeError as error:  # Python's own: a setting is missing.
            outer(error)
            raise

    # Help, completion and `inspect.signature` show the constructor itself.
    constructor.__doc__, constructor.__module__ = made.__doc__, made.__module__
    constructor.__name__, constructor.__qualname__ = made.__name__, made.__qualname__
    constructor.__wrapped__ = made  # type: ignore[attr-defined]
    return constructor  # type: ignore[return-value]


#: The methods of a store, and what each is called with.
_STORE = {
    "get": ("key",),
    "put": ("key", "value", "life"),
    "add": ("key", "value", "life"),
    "compare_and_set": ("key", "old", "new", "life"),
    "delete": ("key",),
}


def _check_store(store: Any) -> None:
    """Refuses a store whose methods would fail at the first payment. The native client says which ones are missing."""
    if not hasattr(store, "put"):
        return
    from ._handled import broken_rule

    for name, arguments in _STORE.items():
        method = getattr(store, name, None)
        rule = callable(method) and broken_rule(method, arguments, "the methods of a store run in threads")
        if rule:
            raise ConfigError(f"store: {phrase(f'its method {name} {rule}')}", field="store")


#: Names that people use for settings, without underscores.
_ALSO_CALLED = {
    "key": "apikey",
    "privatekey": "clientkey",
    "publickey": "platformpublickey",
    "serialno": "clientcertserial",
}


def meant(name: str, names: Iterable[str] = NAMES) -> str:
    """The setting that was probably meant: by its name in Node or in the environment, or a misspelt one."""
    from difflib import get_close_matches

    def bare(name: str) -> str:
        return name.lower().removeprefix("wxpay_").replace("_", "").replace("-", "")

    known = {bare(one): one for one in names}
    given = bare(name)
    close = get_close_matches(_ALSO_CALLED.get(given, given), known, 1, 0.8)
    return f" (did you mean {known[close[0]]!r}?)" if close else ""


def _broken(text: str) -> bool:
    """Whether UTF-8 cannot carry it."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def environment() -> dict[str, str]:
    """The settings in the environment, hidden. Other variables are ignored.

    Raises:
        ConfigError: A setting is not UTF-8.
    """
    found = {name: hidden(value) for name, value in os.environ.items() if name.startswith("WXPAY_")}
    for name, value in found.items():
        if _broken(value):
            field = name.removeprefix("WXPAY_").removesuffix("_FILE").lower()
            raise ConfigError(f"{field}: {phrase(f'{name} is not UTF-8')}", field=field)
    return found
