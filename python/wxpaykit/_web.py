"""Shared by the modules of web frameworks: the limit on a body's size, and the answers when a body cannot be read.

The module of a framework reads the raw bytes, calls ``notify.handle``, and answers with ``body``, ``status`` and
``content_type`` of its result.
"""

from __future__ import annotations

from ._handled import Handled, failed
from .client import WxPay
from .errors import InvalidRequest

#: The limit on a body's size. A notification has one or two KiB.
MAX_BODY = 64 * 1024


def need_async_client(pay: object) -> None:
    """Refuses a client that an event loop cannot wait for.

    Raises:
        InvalidRequest: ``pay`` is a ``WxPay``, or not a client.
    """
    # Only its type is looked at: a stand-in that makes the client at first use is not made to do so.
    kind = type(pay)
    if issubclass(kind, WxPay) or kind.__module__ == "builtins":
        rule = f"must be an AsyncWxPay client, not {kind.__name__}"
        raise InvalidRequest(f"pay: {rule}", field="pay", rule=rule)


def too_large(length: int | str | None) -> bool:
    """Whether a ``Content-Length`` says that the body need not be read."""
    try:
        return int(length or 0) > MAX_BODY
    except ValueError:
        return True


def unread(rule: str) -> Handled:
    """The answer when the body could not be read: FAIL, after which WeChat sends the notification again."""
    return failed(InvalidRequest(f"raw_body: {rule}", field="raw_body", rule=rule))


def refuse_large() -> Handled:
    """The answer to a body of more than ``MAX_BODY``."""
    return unread(f"is larger than {MAX_BODY} bytes, as no notification is")


def refuse_consumed(remedy: str) -> Handled:
    """The answer when another part of the program has consumed the body."""
    return unread(f"was read by another part of the program before it came here: {remedy}")


def is_consumed(body: bytes | bytearray, length: int | str | None, encoding: str | None) -> bool:
    """Whether nothing is left of a body that ``Content-Length`` or ``Transfer-Encoding`` announced."""
    return not body and (str(length or "0") != "0" or bool(encoding))


def refuse_broken() -> Handled:
    """The answer when the connection was closed before the body's end."""
    return unread("broke off before its end")
