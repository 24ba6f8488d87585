"""Several clients behind one address: which of them a notification is for."""

from __future__ import annotations

from ._native import parse_xml
from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    from .aio import AsyncWxPay
    from .client import WxPay

    _Client = TypeVar("_Client", WxPay, AsyncWxPay)


def dispatch(raw_body: bytes | bytearray | memoryview | str, clients: Iterable[_Client]) -> _Client:
    """The client that a notification is addressed to, where several merchants or appids share one ``notify_url``.

    It reads ``appid``, ``mch_id`` and ``sub_mch_id`` of the body and verifies nothing: hand the same body to the
    client's ``notify``, which verifies that it is from WeChat and for this client::

        dispatch(raw_body, clients).notify.handle(raw_body, amount_of=recorded, on_paid=ship)

    A body that is for none of the clients, or cannot be read, gives the first of them. Its ``notify`` refuses the body,
    and says what it is.

    Args:
        raw_body: The request's body, byte for byte.
        clients: The clients, either all ``WxPay`` or all ``AsyncWxPay``.

    Raises:
        InvalidRequest: There is no client.
    """
    known = list(clients)
    if not known or not all(hasattr(client, "_native") for client in known):
        rule = "must be one or more WxPay or AsyncWxPay clients"
        raise InvalidRequest(f"clients: {rule}", field="clients", rule=rule)
    try:
        fields = parse_xml(raw_body)
    except InvalidRequest:
        return known[0]
    return max(known, key=lambda client: _fit(client, fields))


def _fit(client: WxPay | AsyncWxPay, fields: dict[str, str]) -> tuple[bool, bool, bool, bool]:
    """The better a client fits, the greater; of equal ones ``max`` takes the first."""
    own, named = client._native.sub_mch_id, fields.get("sub_mch_id")
    # A provider's client without a sub-merchant takes the notifications of all of them.
    return (
        client.mch_id == fields.get("mch_id"),
        client.appid == fields.get("appid"),
        own in (None, named),
        own == named,
    )
