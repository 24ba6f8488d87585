"""The answer to a notification of APIv2."""

from __future__ import annotations

from ._native import ACK_CONTENT_TYPE, ack_body


class Ack(str):
    """The body of an answer to a notification of APIv2. It is a ``str``, so a Flask view can return it directly."""

    __slots__ = ()

    @property
    def body(self) -> bytes:
        """The body as bytes."""
        return self.encode()

    @property
    def content_type(self) -> str:
        """The ``Content-Type`` of the answer."""
        return ACK_CONTENT_TYPE

    @property
    def status(self) -> int:
        """The HTTP status: always 200. APIv2 reads the body."""
        return 200


def ack(ok: bool = True, msg: str = "OK") -> Ack:
    """The answer to a notification of APIv2 (支付结果通知, 回包), due within five seconds.

    Do not send it to APIv3, which reads only the status: ``ack(False)`` could count as a success there.

    Args:
        ok: ``True`` tells WeChat to stop. ``False`` asks WeChat to send the notification again later.
        msg: A text for WeChat's log.

    Raises:
        InvalidRequest: ``msg`` contains a character that XML does not allow.
    """
    return Ack(ack_body(ok, msg))
