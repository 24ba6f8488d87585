"""Several clients behind one address: which of them a notification is for."""

from __future__ import annotations

from ._native import phrase
from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeVar

    from .aio import AsyncWxPay
    from .client import WxPay

    _Client = TypeVar("_Client", WxPay, AsyncWxPay)


def dispatch(raw_body: bytes | bytearray | memoryview | str, clients: Iterable[_Client]) -> _Client:
    """The client that a notification is addressed to, where several merchants or appids share one ``notify_url``.

    It reads ``appid``, ``mch_id`` and ``sub_mch_id`` of the body, which it decrypts if it is of APIv3, and verifies
    nothing: hand the same body to the client's ``notify``, which verifies that it is from WeChat and for this client::

        dispatch(raw_body, clients).notify.handle(raw_body, headers=headers, amount_of=recorded, on_paid=ship)

    A refund of APIv3 names no appid: of several clients of one merchant it goes to the first.

    A body that is for none of the clients, or cannot be read, gives the first of them. Its ``notify`` refuses the body,
    and says what it is.

    Args:
        raw_body: The request's body, byte for byte.
        clients: The clients, either all ``WxPay`` or all ``AsyncWxPay``.

    Raises:
        InvalidRequest: There is no client, or ``clients`` is no list of them.
    """
    given: Any = clients
    known: list[_Client] = list(given) if hasattr(given, "__iter__") or hasattr(given, "__getitem__") else []
    if not known or not all(hasattr(client, "_native") for client in known):
        rule = "must be one or more WxPay or AsyncWxPay clients"
        raise InvalidRequest(f"clients: {phrase(rule)}", field="clients", rule=rule)
    # Of those that fit equally well, ``max`` takes the first.
    return max(known, key=lambda client: _fit(client, raw_body))


def _fit(client: WxPay | AsyncWxPay, raw_body: bytes | bytearray | memoryview | str) -> int:
    try:
        return client._native.fit(raw_body)
    except InvalidRequest:  # Not a body at all: ``notify`` refuses it, and says what it takes.
        return 0
