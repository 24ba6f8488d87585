"""What can go wrong, as one tree of exceptions with the same fields and the same ``code`` strings in every language.

Each carries what is known and what is safe to do now; none carries a key, a token or a secret. All of them can be
pickled. ``__cause__`` holds what the network said, where it said something.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._native import Reply

    _Retry = Literal["never", "same_request", "query_first"]
    _Outcome = Literal["not_sent", "unknown"]


class WxPayError(Exception):
    """Every failure of this package.

    Attributes:
        code: A stable string for this failure. WeChat's own codes are ``err_code``, ``return_msg`` and ``errcode``.
        endpoint: The call that failed, such as ``unifiedorder``; ``None`` outside a call.
        retry: What is safe now: ``never``, ``same_request`` (the same number, the same fields), or ``query_first``.
    """

    code: str
    endpoint: str | None
    retry: _Retry

    def __init__(
        self, message: str = "", *, code: str = "error", endpoint: str | None = None, retry: _Retry = "never"
    ) -> None:
        super().__init__(message)
        self.code = code
        self.endpoint = endpoint
        self.retry = retry

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


class ConfigError(WxPayError):
    """A client cannot work with a setting; the message names the remedy. Raised when the client is constructed.

    Attributes:
        field: The setting, such as ``api_key``.
    """

    field: str

    def __init__(
        self,
        message: str,
        *,
        field: str,
        code: str = "config",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.field = field


class InvalidRequest(WxPayError):
    """A request was refused here, before anything was sent.

    Attributes:
        field: The field, or the argument.
        rule: The rule that it breaks.
    """

    field: str
    rule: str

    def __init__(
        self,
        message: str,
        *,
        field: str,
        rule: str,
        code: str = "invalid_request",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.field = field
        self.rule = rule


class TransportError(WxPayError):
    """No reply: no connection, TLS, a time limit, or a page of the gateway's.

    Attributes:
        outcome: ``not_sent`` when WeChat never saw the request; ``unknown`` when it may have acted on it.
        status: The HTTP status, when one arrived.
    """

    outcome: _Outcome
    status: int | None

    def __init__(
        self,
        message: str,
        *,
        outcome: _Outcome,
        status: int | None = None,
        code: str = "network",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.outcome = outcome
        self.status = status


class ProtocolError(WxPayError):
    """``return_code`` FAIL: WeChat did not take the request as one, as for a wrong signature (签名错误).

    Attributes:
        return_msg: WeChat's words.
    """

    return_msg: str

    def __init__(
        self,
        message: str,
        *,
        return_msg: str,
        code: str = "protocol",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.return_msg = return_msg


class BusinessError(WxPayError):
    """``result_code`` FAIL: WeChat took the request and refused it.

    Attributes:
        err_code: WeChat's code, such as ``ORDERPAID``.
        err_code_des: WeChat's words.
        reply: The whole reply.
    """

    err_code: str
    err_code_des: str
    reply: Reply

    def __init__(
        self,
        message: str,
        *,
        err_code: str,
        err_code_des: str,
        reply: Reply,
        code: str = "business",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.err_code = err_code
        self.err_code_des = err_code_des
        self.reply = reply


class SignatureError(WxPayError):
    """A reply or a notification is not authentic.

    Attributes:
        explanation: What was compared, and the likeliest reason. Holds no secret.
    """

    explanation: str

    def __init__(
        self,
        message: str,
        *,
        explanation: str,
        code: str = "sign_mismatch",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.explanation = explanation


class StoreError(WxPayError):
    """The store that clients share did not answer. ``__cause__`` is what it raised.

    Nothing was begun; or your function ran, and could not be written down as having ended.
    """


class PaymentMismatch(WxPayError):
    """Authentic, but another amount, merchant or order than it should be.

    Attributes:
        field: What differs.
        expected: What it should be.
        actual: What it is.
    """

    field: str
    expected: str
    actual: str

    def __init__(
        self,
        message: str,
        *,
        field: str,
        expected: str,
        actual: str,
        code: str = "payment_mismatch",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.field = field
        self.expected = expected
        self.actual = actual


class OAuthError(WxPayError):
    """``errcode`` of the open platform: OAuth, access_token, jsapi_ticket.

    Attributes:
        errcode: WeChat's number, such as 40029.
        errmsg: WeChat's words.
    """

    errcode: int
    errmsg: str

    def __init__(
        self,
        message: str,
        *,
        errcode: int,
        errmsg: str,
        code: str = "oauth",
        endpoint: str | None = None,
        retry: _Retry = "never",
    ) -> None:
        super().__init__(message, code=code, endpoint=endpoint, retry=retry)
        self.errcode = errcode
        self.errmsg = errmsg


def _restore(kind: type[WxPayError], args: tuple[Any, ...], fields: dict[str, Any]) -> WxPayError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error
