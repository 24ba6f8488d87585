"""The exceptions of this package: one tree, with the same fields and the same ``code`` strings in every language.

Each exception says what is known and what is safe to do next. None contains a key, a token or a secret. ``__cause__``
holds the error of the network, the store or the operating system, where there is one.

Every class can be made from a message alone, for tests: ``TransportError("no connection")``. Exceptions can be pickled,
and they survive task queues that keep results as JSON (Celery): ``args`` is the message and a dict of the fields that
JSON can carry, so that ``type(error)(*error.args)`` makes an equal exception.
"""

from __future__ import annotations

from ._outer import outer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar, Literal

    from ._native import Explanation, Reply

    _Retry = Literal["never", "same_request", "query_first"]
    _Outcome = Literal["not_sent", "unknown"]


class WxPayError(Exception):
    """Base class of all exceptions of this package.

    Args:
        message: What happened, and what to do about it.
        details: The fields as a dict, as they come back from JSON. They have precedence over the keywords.

    Attributes:
        code: A stable string for this failure. WeChat's own codes are ``err_code``, ``return_msg`` and ``errcode``.
        endpoint: The call that failed, such as ``unifiedorder``; ``None`` outside a call.
        retry: What is safe now: ``never``, ``same_request`` (the same number, the same fields), or ``query_first``.
        out_trade_no: The order of the notification that failed, or of a ``micropay`` or ``reverse``. For a notification
            it is set from the moment the signature is verified, so a forged one never has it. ``None`` for other
            failures.
        remedy: What WeChat's code or words mean and what to do, in English; ``None`` where that is not known. It is
            part of the message too.
        remedy_zh: The same in Chinese.
        request_id: APIv3: the ``Request-ID`` of the reply, which WeChat's support asks for; ``None`` where there is
            none.
        outcome: ``unknown`` after a call that WeChat may have acted on: there was no reply, the reply cannot be
            verified or belongs to another request, or WeChat says that it failed or is not done. ``None`` otherwise,
            and for questions, which change nothing, and notifications. (``TransportError`` has it always.)
        number_field: With the ``outcome`` ``unknown``, the field with the merchant's number of what the call makes,
            such as ``out_refund_no``, where the call has one: keep the number.
        number: The number.
    """

    #: The fields and their defaults.
    _fields: ClassVar[dict[str, Any]] = {
        "code": "error",
        "endpoint": None,
        "retry": "never",
        "out_trade_no": None,
        "remedy": None,
        "remedy_zh": None,
        "request_id": None,
        "outcome": None,
        "number_field": None,
        "number": None,
    }

    code: str
    endpoint: str | None
    retry: _Retry
    out_trade_no: str | None
    remedy: str | None
    remedy_zh: str | None
    request_id: str | None
    outcome: _Outcome | None
    number_field: str | None
    number: str | None

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message)
        code = self._fields["code"] if code is None else code
        self._set(details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, remedy=None, remedy_zh=None, request_id=None)
        self._set(details, outcome=None, number_field=None, number=None)

    def _set(self, details: Mapping[str, Any] | None, **fields: Any) -> None:
        if details is not None and not hasattr(details, "get"):
            from ._native import phrase

            rule = f"must be a dict of the exception's fields, not {type(details).__name__}"
            raise outer(TypeError(f"details: {phrase(rule)}"))
        for name, value in fields.items():
            setattr(self, name, value if details is None else details.get(name, value))

    @property
    def args(self) -> tuple[Any, ...]:
        """The message, and a dict of the fields that differ from their defaults."""
        fields = {name: _plain(getattr(self, name, default)) for name, default in self._fields.items()}
        details = {name: value for name, value in fields.items() if value != self._fields[name]}
        message: tuple[Any, ...] = _message.__get__(self)
        return (*message, details) if details else message

    @args.setter
    def args(self, args: tuple[Any, ...]) -> None:
        _message.__set__(self, tuple(args)[:1])

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), _message.__get__(self), self.__dict__)

    def to_dict(self) -> dict[str, Any]:
        """The class, the message and all fields by their names, in a form that JSON can carry."""
        fields = {name: _plain(getattr(self, name, default)) for name, default in self._fields.items()}
        return {"type": type(self).__name__, "message": str(self), **fields}

    def _shown(self) -> dict[str, Any]:
        return {"message": str(self), **{name: getattr(self, name, None) for name in self._fields}}

    def _repr_html_(self) -> str:
        from ._display import html

        # The message has the remedy.
        return html(type(self).__name__, self._shown(), folded=("remedy", "remedy_zh"))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from ._display import pretty

        pretty(printer, type(self).__name__, self._shown(), folded=("remedy", "remedy_zh"))

    def _render_traceback_(self) -> list[str]:
        from ._display import traceback_lines

        return traceback_lines(self)


#: ``args`` of the base class, which ``str`` and ``repr`` show: the message alone.
_message: Any = BaseException.__dict__["args"]


class ConfigError(WxPayError):
    """A client cannot work with a setting; the message says what to do. Raised when the client is constructed.

    Attributes:
        field: The setting, such as ``api_key``.
    """

    _fields: ClassVar[dict[str, Any]] = {**WxPayError._fields, "code": "config", "field": ""}

    field: str

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        field: str = "",
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, field=field)


class InvalidRequest(WxPayError):
    """A request was refused here, before anything was sent.

    Attributes:
        field: The field, or the argument.
        rule: The rule that it breaks.
    """

    _fields: ClassVar[dict[str, Any]] = {**WxPayError._fields, "code": "invalid_request", "field": "", "rule": ""}

    field: str
    rule: str

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        field: str = "",
        rule: str = "",
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, field=field, rule=rule)


class TransportError(WxPayError):
    """There was no reply: no connection, a TLS failure, a time limit, or an error page of a gateway.

    Attributes:
        outcome: ``not_sent`` when WeChat never saw the request; ``unknown`` when it may have acted on it.
        status: The HTTP status, when one arrived.
        body: The first 500 characters of what came back instead of a reply; ``None`` when nothing did.
        string_to_sign: The text that the request was signed over, with the key as ``***``, when a gateway says in words
            of its own that the signature is wrong (签名错误).
    """

    _fields: ClassVar[dict[str, Any]] = {
        **WxPayError._fields,
        "code": "network",
        "retry": "query_first",
        "outcome": "unknown",
        "status": None,
        "body": None,
        "string_to_sign": None,
    }

    outcome: _Outcome
    status: int | None
    body: str | None
    string_to_sign: str | None

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        outcome: _Outcome = "unknown",
        status: int | None = None,
        body: str | None = None,
        string_to_sign: str | None = None,
        number_field: str | None = None,
        number: str | None = None,
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry | None = None,
        out_trade_no: str | None = None,
    ) -> None:
        if retry is None:
            retry = "same_request" if outcome == "not_sent" else "query_first"
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, outcome=outcome, status=status, body=body, string_to_sign=string_to_sign)
        self._set(details, number_field=number_field, number=number)


def _reply(given: Any) -> Reply:
    """A reply; from JSON it comes as a dict, and from a message alone as ``None``."""
    from ._native import Reply, restore

    return given if isinstance(given, Reply) else restore(Reply, None, given or {})


class ProtocolError(WxPayError):
    """``return_code`` FAIL: WeChat did not process the request, for example because of a wrong signature (签名错误).

    In APIv3 that is status 401, and a refusal without a code.

    Attributes:
        return_msg: WeChat's words, under whichever name they came; empty when WeChat gave none.
        reply: The whole reply, which is not signed; an empty one when the exception was made without it.
        string_to_sign: The text that the request was signed over, with the key as ``***``, when WeChat refused the
            signature. WeChat's signature checker (签名校验工具) takes it.
        status: APIv3: the HTTP status of the reply; ``None`` for APIv2.
        verified: APIv3: whether the reply was signed and its signature is right. One that is not may come from anybody
            on the way, and says nothing of an earlier attempt. ``None`` for APIv2.
        detail: APIv3: ``detail`` of the reply, which says more of what is wrong: a dict, a list or a text; ``None``
            where there is none.
    """

    _fields: ClassVar[dict[str, Any]] = {
        **WxPayError._fields,
        "code": "protocol",
        "return_msg": "",
        "reply": {},
        "string_to_sign": None,
        "status": None,
        "verified": None,
        "detail": None,
    }

    return_msg: str
    reply: Reply
    string_to_sign: str | None
    status: int | None
    verified: bool | None
    detail: Any

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        return_msg: str = "",
        reply: Reply | None = None,
        string_to_sign: str | None = None,
        status: int | None = None,
        verified: bool | None = None,
        detail: Any = None,
        outcome: Literal["unknown"] | None = None,
        number_field: str | None = None,
        number: str | None = None,
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, outcome=outcome, number_field=number_field, number=number)
        self._set(details, return_msg=return_msg, reply=reply, string_to_sign=string_to_sign)
        self._set(details, status=status, verified=verified, detail=detail)
        self.reply = _reply(self.reply)


class BusinessError(WxPayError):
    """``result_code`` FAIL, or a ``code`` of APIv3: WeChat processed the request and refused it.

    Attributes:
        err_code: WeChat's code, such as ``ORDERPAID``; ``code`` in APIv3.
        err_code_des: WeChat's words; ``message`` in APIv3.
        reply: The whole reply; an empty one when the exception was made without it.
        string_to_sign: As in ``ProtocolError``: the text that was signed, when WeChat refused the signature.
        status: As in ``ProtocolError``.
        verified: As in ``ProtocolError``.
        detail: As in ``ProtocolError``.
    """

    _fields: ClassVar[dict[str, Any]] = {
        **WxPayError._fields,
        "code": "business",
        "err_code": "",
        "err_code_des": "",
        "reply": {},
        "string_to_sign": None,
        "status": None,
        "verified": None,
        "detail": None,
    }

    err_code: str
    err_code_des: str
    reply: Reply
    string_to_sign: str | None
    status: int | None
    verified: bool | None
    detail: Any

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        err_code: str = "",
        err_code_des: str = "",
        reply: Reply | None = None,
        string_to_sign: str | None = None,
        status: int | None = None,
        verified: bool | None = None,
        detail: Any = None,
        outcome: Literal["unknown"] | None = None,
        number_field: str | None = None,
        number: str | None = None,
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, outcome=outcome, number_field=number_field, number=number)
        self._set(details, err_code=err_code, err_code_des=err_code_des, reply=reply, string_to_sign=string_to_sign)
        self._set(details, status=status, verified=verified, detail=detail)
        self.reply = _reply(self.reply)


class SignatureError(WxPayError):
    """A reply or a notification is not authentic.

    Attributes:
        explanation: What should have been signed, what probably was, and the likeliest mistake. ``str`` of it is one
            line; ``explanation.text`` and a notebook show all of it. It contains no secret.
        outcome: ``unknown`` when the reply to a call that may have had an effect cannot be verified: WeChat may have
            acted on it. ``None`` for questions, which change nothing, and for notifications.
        status: The HTTP status of that reply.
    """

    _fields: ClassVar[dict[str, Any]] = {
        **WxPayError._fields,
        "code": "sign_mismatch",
        "explanation": "",
        "status": None,
    }

    explanation: Explanation
    outcome: Literal["unknown"] | None
    status: int | None

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        explanation: Explanation | Mapping[str, Any] | str | None = None,
        outcome: Literal["unknown"] | None = None,
        status: int | None = None,
        number_field: str | None = None,
        number: str | None = None,
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        from ._native import Explanation

        self._set(details, explanation=explanation)
        self._set(details, outcome=outcome, status=status, number_field=number_field, number=number)
        given: Any = self.explanation
        if not isinstance(given, Explanation):  # A line of text, None, or the dict that JSON made of an explanation.
            self.explanation = Explanation(given)


class StoreError(WxPayError):
    """The store did not answer, or answered nonsense. ``__cause__`` is the store's own error.

    Either your function has not run; or it ran, and the store could not record that it ended.
    """

    _fields: ClassVar[dict[str, Any]] = {**WxPayError._fields, "code": "store"}


class PaymentMismatch(WxPayError):
    """An authentic message has another amount, merchant or order than expected.

    Attributes:
        field: The field that differs.
        expected: The expected value.
        actual: The value that it has.
        expected_by: The source of ``expected``: ``amount_of``, ``the recorded total_fee``, ``the recorded refund``,
            ``the caller``, ``the request``, ``the notification`` or ``the client's settings``. ``None`` when the
            message itself is malformed.
        actual_by: The source of ``actual``: ``WeChat``, ``WeChat's reply``, ``WeChat's reply to orderquery`` (or
            ``refundquery``, ``v3.query``, ``v3.refund_query``), or ``the notification``. ``None`` when the message
            itself is malformed.
        outcome: ``unknown`` when the reply to a call that may have had an effect belongs to another request: WeChat may
            have acted on the call. ``None`` for questions, which change nothing, and for notifications.
        status: The HTTP status of that reply.
    """

    _fields: ClassVar[dict[str, Any]] = {
        **WxPayError._fields,
        "code": "payment_mismatch",
        "field": "",
        "expected": "",
        "actual": "",
        "expected_by": None,
        "actual_by": None,
        "status": None,
    }

    field: str
    expected: str
    actual: str
    expected_by: str | None
    actual_by: str | None
    outcome: Literal["unknown"] | None
    status: int | None

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        field: str = "",
        expected: str = "",
        actual: str = "",
        expected_by: str | None = None,
        actual_by: str | None = None,
        outcome: Literal["unknown"] | None = None,
        status: int | None = None,
        number_field: str | None = None,
        number: str | None = None,
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, field=field, expected=expected, actual=actual)
        self._set(details, expected_by=expected_by, actual_by=actual_by)
        self._set(details, outcome=outcome, status=status, number_field=number_field, number=number)


class OAuthError(WxPayError):
    """``errcode`` of the open platform: OAuth, access_token, jsapi_ticket.

    Attributes:
        errcode: WeChat's number, such as 40029.
        errmsg: WeChat's words.
    """

    _fields: ClassVar[dict[str, Any]] = {**WxPayError._fields, "code": "oauth", "errcode": 0, "errmsg": ""}

    errcode: int
    errmsg: str

    def __init__(
        self,
        message: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        errcode: int = 0,
        errmsg: str = "",
        outcome: Literal["unknown"] | None = None,
        number_field: str | None = None,
        number: str | None = None,
        code: str | None = None,
        endpoint: str | None = None,
        retry: _Retry = "never",
        out_trade_no: str | None = None,
    ) -> None:
        super().__init__(message, details, code=code, endpoint=endpoint, retry=retry, out_trade_no=out_trade_no)
        self._set(details, outcome=outcome, number_field=number_field, number=number)
        self._set(details, errcode=errcode, errmsg=errmsg)


def _plain(value: Any) -> Any:
    """The value in a form that JSON can carry: a reply or an explanation as a dict, any other object as text."""
    if value is None or isinstance(value, (str, int, float, dict, list)):
        return value
    if hasattr(value, "string_to_sign"):
        return value.to_dict() if value.string_to_sign else str(value)
    return value.raw if hasattr(value, "raw") else str(value)


def _restore(kind: type[WxPayError], message: tuple[Any, ...], fields: dict[str, Any]) -> WxPayError:
    error = kind.__new__(kind, *message)
    error.__dict__.update(fields)
    return error
