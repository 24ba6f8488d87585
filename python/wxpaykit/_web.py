"""Shared by the modules of web frameworks: how a body is read, within which limit, and what is answered when it is not.

The module of a framework reads the raw bytes, calls ``notify.handle``, and answers with ``body``, ``status`` and
``content_type`` of its result.
"""

from __future__ import annotations

import sys

from ._handled import Handled, failed
from ._native import phrase
from .client import WxPay
from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

#: The limit on a body's size, compressed and decompressed. A notification has one or two KiB.
MAX_BODY = 64 * 1024

#: How data in gzip's format begins, and in zlib's, which HTTP calls deflate.
_GZIP, _ZLIB = b"\x1f\x8b", b"\x78"


def need_async_client(pay: object) -> None:
    """Refuses a client that an event loop cannot wait for.

    Raises:
        InvalidRequest: ``pay`` is a ``WxPay``, or not a client.
    """
    if _is_no_client(pay, WxPay):
        raise _refused(f"must be an AsyncWxPay client, not {type(pay).__name__}")


def need_blocking_client(pay: object) -> None:
    """Refuses a client that a server's thread cannot wait for.

    Raises:
        InvalidRequest: ``pay`` is an ``AsyncWxPay``, or not a client.
    """
    # Looked up, not imported: who has no such client need not wait for asyncio.
    aio = sys.modules.get("wxpaykit.aio")
    if _is_no_client(pay, () if aio is None else aio.AsyncWxPay):
        raise _refused(f"must be a WxPay client, not {type(pay).__name__}")


def _is_no_client(pay: object, other: Any) -> bool:
    # Only its type is looked at: a stand-in that makes the client at first use is not made to do so.
    kind = type(pay)
    return issubclass(kind, other) or kind.__module__ == "builtins"


def _refused(rule: str) -> InvalidRequest:
    return InvalidRequest(f"pay: {phrase(rule)}", field="pay", rule=rule)


def too_large(length: int | str | None) -> bool:
    """Whether a ``Content-Length`` says that the body need not be read."""
    try:
        return int(length or 0) > MAX_BODY
    except ValueError:
        return True


def whole(
    body: bytes | bytearray, *, length: int | str | None, transfer: str | None, encoding: str | None, remedy: str
) -> bytes | Handled:
    """What was read of a request, checked and decompressed; or the answer when it is not a whole body.

    Args:
        body: What was read, up to one byte more than the limit.
        length: ``Content-Length``.
        transfer: ``Transfer-Encoding``.
        encoding: ``Content-Encoding``.
        remedy: How other parts of the program can read the body and keep it.
    """
    if len(body) > MAX_BODY:
        return refuse_large()
    if not body and (str(length or "0") != "0" or transfer):
        return refuse_consumed(remedy)
    return inflated(bytes(body), encoding)


def inflated(body: bytes, encoding: str | None) -> bytes | Handled:
    """A body without its ``Content-Encoding``, which WeChat does not use and a proxy may add."""
    named = (encoding or "").strip().lower()
    if not body.startswith(_GZIP) and not (named == "deflate" and body.startswith(_ZLIB)):
        # Some servers decompress a body and leave the header; then it begins as any document.
        if named in ("", "identity", "gzip", "x-gzip", "deflate") or body.lstrip()[:1] in (b"", b"<", b"{"):
            return body
        return unread(f"has the Content-Encoding {named[:20]!r}: let the proxy send the body as WeChat sent it")
    import zlib

    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # Either format.
    try:
        text = stream.decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        return unread(f"is compressed and cannot be decompressed ({error})")
    if len(text) > MAX_BODY:
        return refuse_large()
    return text if stream.eof else unread("is compressed and broke off before its end")


def read_wsgi(environ: Mapping[str, Any]) -> bytes | Handled:
    """The body of a request to a WSGI server; or the answer when it cannot be read."""
    length, transfer = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    if too_large(length):
        return refuse_large()
    if not length and not environ.get("wsgi.input_terminated"):
        # Reading would wait forever: the server does not say where the body ends.
        return refuse_endless() if transfer else b""
    try:
        body = read_up_to(environ["wsgi.input"], int(length) if length else MAX_BODY + 1)
    except OSError:
        return refuse_broken()
    if length and 0 < len(body) < int(length):
        return refuse_broken()
    remedy = "let it put the body back as wsgi.input"
    encoding = environ.get("HTTP_CONTENT_ENCODING")
    return whole(body, length=length, transfer=transfer, encoding=encoding, remedy=remedy)


def read_up_to(stream: Any, size: int) -> bytes:
    """Reads until the end or ``size``; one call of ``read`` may return less."""
    body = bytearray()
    while len(body) < size:
        more = stream.read(size - len(body))
        if not more:
            break
        body += more
    return bytes(body)


def unread(rule: str, code: str = "not_raw_body") -> Handled:
    """The answer when the body could not be read: FAIL, after which WeChat sends the notification again."""
    return failed(InvalidRequest(f"raw_body: {phrase(rule)}", field="raw_body", rule=rule, code=code))


def refuse_large() -> Handled:
    """The answer to a body of more than ``MAX_BODY``."""
    return unread(f"is larger than {MAX_BODY} bytes, as no notification is", "body_too_large")


def refuse_consumed(remedy: str) -> Handled:
    """The answer when another part of the program has consumed the body."""
    return unread(f"was read by another part of the program before it came here: {remedy}")


def refuse_broken() -> Handled:
    """The answer when the connection was closed before the body's end."""
    return unread("broke off before its end")


def refuse_endless() -> Handled:
    """The answer when a WSGI server neither gives a length nor marks the body's end."""
    return unread(
        "came in chunks, and this WSGI server does not mark the end of its input (wsgi.input_terminated): "
        "let the proxy buffer requests, so that they have a Content-Length"
    )


def both_paths(path: str) -> list[str]:
    """A path without a slash at its end and with it: WeChat follows no redirect from one to the other."""
    bare = path.rstrip("/")
    return [bare, f"{bare}/"] if bare else ["/"]


def check_path(pay: object, paths: Iterable[str], *, prefix_needs_slash: bool = False) -> None:
    """Warns when the client's ``notify_url`` is not at the path where notifications are taken.

    Args:
        pay: The client. Only a ready one is looked at.
        paths: The paths of the route. A part before them, such as a prefix or a mount point, may be missing.
        prefix_needs_slash: Whether the framework answers a route at ``/`` below a prefix with a slash at its end alone.
    """
    url = getattr(vars(pay).get("_native"), "notify_url", None) if hasattr(pay, "__dict__") else None
    if not isinstance(url, str):
        return
    from urllib.parse import urlsplit

    if ":9/" in url:  # The discard port, where no server listens: a test of other things.
        return
    path = urlsplit(url).path
    target, ends = path.rstrip("/"), [one.rstrip("/") for one in paths]
    if prefix_needs_slash and ends == [""] and path and not path.endswith("/"):
        text = (
            f"notify_url is {url}, and a route at / below a prefix is answered with a slash at its end alone: end "
            "notify_url with a slash, or move the last part of the prefix into path"
        )
    elif any(target.endswith(end) for end in ends):
        return
    else:
        taken = " and ".join(ends) or "/"
        text = f"notify_url is {url}, and notifications are taken at {taken}: WeChat's will not arrive"
    import logging

    logging.getLogger("wxpaykit").warning("%s", phrase(text))
