"""What the web frameworks' modules share: how much of a body is read, and what is answered when there is none to read.

A framework's own module reads the raw bytes, calls ``notify.handle``, and answers with ``body``, ``status`` and
``content_type`` of what that gives.
"""

from __future__ import annotations

from ._handled import Handled, failed
from .errors import InvalidRequest

#: A notification has one or two KiB; nobody's is larger than this.
MAX_BODY = 64 * 1024


def too_large(length: int | str | None) -> bool:
    """Whether a ``Content-Length`` says that the body need not be read."""
    try:
        return int(length or 0) > MAX_BODY
    except ValueError:
        return True


def unread(rule: str) -> Handled:
    """The answer when the body was not to be had. WeChat reads FAIL, and comes again."""
    return failed(InvalidRequest(f"raw_body: {rule}", field="raw_body", rule=rule))


def refuse_large() -> Handled:
    """The answer to a body of more than ``MAX_BODY``."""
    return unread(f"is larger than {MAX_BODY} bytes, as no notification is")


def refuse_consumed(remedy: str) -> Handled:
    """The answer when another part of the program read the body away."""
    return unread(f"was read by another part of the program before it came here: {remedy}")


def is_consumed(body: bytes | bytearray, length: int | str | None, encoding: str | None) -> bool:
    """Whether nothing is left of a body that ``Content-Length`` or ``Transfer-Encoding`` announced."""
    return not body and (str(length or "0") != "0" or bool(encoding))


def refuse_broken() -> Handled:
    """The answer, which hardly arrives, to whoever hung up before the body's end."""
    return unread("broke off before its end")
