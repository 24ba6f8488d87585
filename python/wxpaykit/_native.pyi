# The module made from python/src. Its functions without a document here are private.

from asyncio import Future
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from datetime import datetime
from decimal import Decimal
from os import PathLike
from typing import Any, Generic, Literal, TypeAlias, TypeVar, final, overload

from typing_extensions import Self, disjoint_base

from ._records import (
    ConfirmedPayment,
    ConfirmedRefund,
    ConfirmedTransfer,
    NativeQuestion,
    PaymentNotification,
    RefundNotification,
    UserData,
    V3Media,
    V3Notification,
)
from .errors import TransportError, WxPayError
from .types import (
    AgentConfig,
    AppParams,
    ChooseWXPayParams,
    EventOutcome,
    JsapiParams,
    MiniprogramParams,
    PageConfig,
    Pending,
    PendingRefund,
    PendingTransfer,
    TextReply,
    TransferParams,
)

_T = TypeVar("_T")
_R = TypeVar("_R", bound="Reply")

#: Why there is nothing to hand over, WeChat's ``trade_state`` for ``not_paid`` or ``refund_status`` for ``processing``,
#: the merchant's number, and when WeChat will be asked, for ``not_due``.
_NotOurs: TypeAlias = tuple[
    Literal["handed_over", "busy", "not_paid", "processing", "not_due", "too_old"], str | None, str, int | None
]

__all__ = [
    "ACK_CONTENT_TYPE",
    "AT_ONCE",
    "LARGEST_UPLOAD",
    "Bell",
    "BillComparison",
    "BillReader",
    "BillRow",
    "BillRows",
    "BillSource",
    "BillTable",
    "Bridge",
    "Client",
    "CodePayment",
    "Event",
    "Explanation",
    "Handling",
    "Job",
    "Reply",
    "Wire",
    "__version__",
    "ack_body",
    "answer_to",
    "bill_arrays",
    "bill_columns",
    "bill_stream",
    "bill_unescape",
    "build_xml",
    "check_raw_data",
    "clean",
    "command",
    "decrypt_req_info",
    "decrypt_user_data",
    "explain",
    "explain_jssdk",
    "fen_to_yuan",
    "is_not_found",
    "jssdk_signature",
    "moments",
    "mweb_redirect_url",
    "new_out_refund_no",
    "new_out_trade_no",
    "parse_xml",
    "pending_rows",
    "phrase",
    "restore",
    "sign",
    "string_to_sign",
    "v3_authorization",
    "v3_certificates",
    "v3_decrypt",
    "v3_decrypt_bill",
    "v3_decrypt_sensitive",
    "v3_encrypt_sensitive",
    "v3_explain",
    "v3_pay_sign",
    "v3_serial_no",
    "v3_sign",
    "v3_string_to_sign",
    "v3_verify",
    "verify",
    "workwx_sign",
    "wrong_place",
    "yuan_to_fen",
]

__version__: str
ACK_CONTENT_TYPE: str
AT_ONCE: int
LARGEST_UPLOAD: int

@disjoint_base
class Reply:
    """A document that WeChat sent, frozen.

    Its known fields are attributes: ``int`` for numbers and amounts (fen), aware ``datetime`` in Beijing time, ``str``
    for the rest, ``None`` for what was left out. ``reply["field"]`` reaches any field that was received, known or not,
    and raises ``KeyError`` for others; ``"field" in reply`` says whether it was. It is a ``Mapping``, so
    ``pandas.DataFrame([reply, …])`` has a column for each field.
    """

    def __new__(cls, wire: Wire) -> Self: ...
    def __getitem__(self, name: str, /) -> Any: ...
    def __contains__(self, name: str, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def get(self, name: str, default: Any = None, /) -> Any:
        """The value of a field that was received; ``default`` for others."""
    def keys(self) -> KeysView[str]:
        """The names of the fields that were received, and of the lists."""
    def values(self) -> ValuesView[Any]:
        """Their values."""
    def items(self) -> ItemsView[str, Any]:
        """Their names with their values."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __dir__(self) -> list[str]: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _repr_html_(self) -> str: ...
    def _repr_pretty_(self, printer: Any, cycle: bool) -> None: ...
    def _ipython_key_completions_(self) -> list[str]: ...
    def to_dict(self) -> dict[str, Any]:
        """All fields that were received, by their kinds; lists of records as lists of dicts."""
    @property
    def raw(self) -> dict[str, str]:
        """All fields that were received, in order, as texts of the wire."""

@final
class Wire: ...

@final
class BillRow:
    """A row of a bill, or its totals. Cells that hold nothing, and columns that the bill does not have, are ``None``.

    ``row["total_fee"]`` is ``row.total_fee``; ``row["订单金额"]`` is the cell as in the file, also of a column that
    came later than this version.
    """

    @property
    def trade_time(self) -> datetime | None:
        """When the customer paid; of a refund, when it was asked for."""
    @property
    def appid(self) -> str | None:
        """The appid."""
    @property
    def mch_id(self) -> str | None:
        """The merchant; for a service provider's bill the provider."""
    @property
    def sub_mch_id(self) -> str | None:
        """The sub-merchant; none for an ordinary merchant."""
    @property
    def device_info(self) -> str | None:
        """The terminal's number."""
    @property
    def transaction_id(self) -> str | None:
        """WeChat's number of the payment."""
    @property
    def out_trade_no(self) -> str | None:
        """The merchant's number of the order."""
    @property
    def openid(self) -> str | None:
        """The customer."""
    @property
    def trade_type(self) -> str | None:
        """How it was paid: `JSAPI`, `NATIVE`, `APP`, `MICROPAY` and so on."""
    @property
    def trade_state(self) -> str | None:
        """What the row is: `SUCCESS` a payment, `REFUND` a refund, `REVOKED` an order that was cancelled."""
    @property
    def bank_type(self) -> str | None:
        """The customer's bank."""
    @property
    def fee_type(self) -> str | None:
        """The currency."""
    @property
    def settlement_total_fee(self) -> int | None:
        """What the merchant receives of the order: its amount less coupons that are not settled."""
    @property
    def coupon_fee(self) -> int | None:
        """What coupons paid."""
    @property
    def refund_apply_time(self) -> datetime | None:
        """When the refund was asked for."""
    @property
    def refund_success_time(self) -> datetime | None:
        """When the customer had the refund."""
    @property
    def refund_id(self) -> str | None:
        """WeChat's number of the refund."""
    @property
    def out_refund_no(self) -> str | None:
        """The merchant's number of the refund."""
    @property
    def settlement_refund_fee(self) -> int | None:
        """What the merchant pays back: the refund less coupons that were not settled."""
    @property
    def coupon_refund_fee(self) -> int | None:
        """What coupons get back."""
    @property
    def refund_channel(self) -> str | None:
        """Where the refund goes: `ORIGINAL`, `BALANCE` and so on."""
    @property
    def refund_status(self) -> str | None:
        """The state of the refund: `SUCCESS`, `PROCESSING`, `FAIL`, `CHANGE`."""
    @property
    def body(self) -> str | None:
        """What was bought."""
    @property
    def attach(self) -> str | None:
        """The order's `attach`."""
    @property
    def fee(self) -> Decimal | None:
        """WeChat's service fee in yuan, negative where it is given back."""
    @property
    def rate(self) -> str | None:
        """The rate of the service fee, such as `0.60%`."""
    @property
    def total_fee(self) -> int | None:
        """The amount of the order."""
    @property
    def refund_fee(self) -> int | None:
        """The amount that was asked to be refunded."""
    @property
    def rate_remark(self) -> str | None:
        """A remark about the rate."""
    @property
    def returned_fee(self) -> Decimal | None:
        """The service fee that WeChat gives back, in yuan."""
    @property
    def record_time(self) -> datetime | None:
        """Fund flow: when it was booked."""
    @property
    def business_id(self) -> str | None:
        """Fund flow: WeChat's number of the payment, refund or other business."""
    @property
    def flow_id(self) -> str | None:
        """Fund flow: WeChat's number of this entry."""
    @property
    def business_name(self) -> str | None:
        """Fund flow: what it was, such as `交易` and `退款`."""
    @property
    def business_type(self) -> str | None:
        """Fund flow: the kind of business."""
    @property
    def direction(self) -> str | None:
        """Fund flow: `收入` for money that came in, `支出` for money that went out."""
    @property
    def amount(self) -> int | None:
        """Fund flow: how much; see `direction`."""
    @property
    def balance(self) -> int | None:
        """Fund flow: the balance afterwards."""
    @property
    def applicant(self) -> str | None:
        """Fund flow: who asked for it."""
    @property
    def remark(self) -> str | None:
        """Fund flow: a remark."""
    @property
    def voucher_no(self) -> str | None:
        """Fund flow: the merchant's number of the business."""
    @property
    def total_count(self) -> int | None:
        """Totals: how many rows the bill has."""
    @property
    def income_count(self) -> int | None:
        """Totals of a fund flow: how many entries are income."""
    @property
    def income_amount(self) -> int | None:
        """Totals of a fund flow: the sum of the income."""
    @property
    def expense_count(self) -> int | None:
        """Totals of a fund flow: how many entries are expenses."""
    @property
    def expense_amount(self) -> int | None:
        """Totals of a fund flow: the sum of the expenses."""
    @property
    def ambiguous(self) -> bool:
        """Whether ``body`` and ``attach`` contain separators, so that it is not certain where one ends.
        All other cells are certain."""
    @property
    def raw(self) -> dict[str, str]:
        """The cells as in the file, by WeChat's names."""
    def to_dict(self) -> dict[str, Any]:
        """All cells, by their names here, and by WeChat's where there is none."""
    def __getitem__(self, name: str, /) -> Any: ...
    def __contains__(self, name: str, /) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def _repr_html_(self) -> str: ...
    def _repr_pretty_(self, printer: Any, cycle: bool) -> None: ...

@final
class BillRows:
    def __len__(self) -> int: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> BillRow: ...

@final
class BillSource:
    @property
    def bytes_read(self) -> int: ...
    def close(self) -> None: ...
    def header(self) -> BillRows | None: ...
    @property
    def totals(self) -> BillRow | None: ...

@final
class BillReader:
    def __new__(cls) -> Self: ...
    def push(self, piece: bytes) -> None: ...
    def finish(self) -> None: ...
    def rows(self) -> BillRows | None: ...
    def header(self) -> BillRows | None: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def totals(self) -> BillRow | None: ...

@final
class BillComparison:
    def __new__(cls) -> Self: ...
    def expect(self, out_trade_no: str, out_refund_no: str | None, amount: int, state: str | None) -> bool: ...
    def read(self, rows: BillRows) -> None: ...
    def finish(self) -> list[dict[str, Any]]: ...

@final
class BillTable:
    """The rows of a bill in memory, for packages that read Arrow data: ``pyarrow.table(…)``, ``polars.DataFrame(…)``.
    They may read it any number of times."""

    def __new__(cls, batches: Iterable[BillRows]) -> Self: ...
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object:
        """The columns, in the capsule of Arrow's interface."""
    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows, in the capsule of Arrow's interface. `requested_schema` is not used, as the interface allows."""

def bill_columns(batches: Iterable[BillRows]) -> dict[str, list[Any]]: ...
def bill_arrays(batches: Iterable[BillRows]) -> list[tuple[str, str, Any]]: ...
def bill_stream(first: BillRows, more: Callable[[], BillRows | None]) -> object: ...
def bill_unescape(text: str) -> str: ...

@final
class Explanation:
    """Why a signature differs: the mistake, the text that should be signed, and the text that probably was.

    ``print`` shows all of it, with the part that differs between « and »; a notebook shows a table. On a
    ``SignatureError`` it prints as one line, and ``text`` has the rest. It contains no key and no right signature.
    """

    def __new__(cls, given: str | dict[str, Any] | None = None) -> Explanation: ...
    @property
    def string_to_sign(self) -> str:
        """The text to sign, with the key as ``***``; empty when the message could not be read."""
    @property
    def likely_string(self) -> str | None:
        """The text that was probably signed, with the key as ``***``; ``None`` if no known mistake explains it."""
    @property
    def sign_type(self) -> str:
        """The algorithm that the message declares, or MD5; empty when the message could not be read."""
    @property
    def mistake(self) -> str:
        """The likeliest mistake, as a stable name; ``none`` when the signature is right."""
    @property
    def proved(self) -> bool:
        """Whether a signature made with this mistake equals the received one.
        If not, the message shows the mistake, or it is only likely."""
    @property
    def field(self) -> str | None:
        """The one field that the mistake is about, when it is about one alone."""
    @property
    def message(self) -> str:
        """The likeliest mistake and what to do about it, in a sentence."""
    @property
    def text(self) -> str:
        """The sentence and both texts, a line each, with the part that differs between « and »."""
    def to_dict(self) -> dict[str, str]:
        """Its contents as texts that JSON can carry. ``Explanation(…)`` of it is equal."""
    def __eq__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    def _repr_pretty_(self, printer: Any, cycle: bool) -> None: ...

@final
class Event:
    """A finished attempt at a call. It contains nothing secret.

    Attributes:
        endpoint: The call, such as ``unifiedorder`` or ``oauth.access_token``.
        out_trade_no: The merchant's number of the order: the call's own, or that of the notification which it confirms.
            ``None`` for other calls.
        host: The host that the request was sent to, with its scheme.
        attempt: Which attempt, counted from 1.
        status: The HTTP status; ``None`` without an answer.
        milliseconds: How long the attempt took.
        outcome: ``ok``; or how it failed: ``not_sent``, ``timed_out``, ``no_answer``, ``not_authentic``, ``trouble``,
            ``too_many``, ``ask_first``, ``later`` or ``refused``.
        code: ``None`` on success. Else WeChat's code, such as ``ORDERPAID``, or a code of this package, such as
            ``cancelled`` when the caller gave the call up.
        again: Whether another attempt follows.
    """

    def to_dict(self) -> dict[str, Any]:
        """All attributes by their names."""
    def _repr_html_(self) -> str: ...
    def _repr_pretty_(self, printer: Any, cycle: bool) -> None: ...
    @property
    def endpoint(self) -> str: ...
    @property
    def out_trade_no(self) -> str | None: ...
    @property
    def host(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def status(self) -> int | None: ...
    @property
    def milliseconds(self) -> float: ...
    @property
    def outcome(self) -> EventOutcome: ...
    @property
    def code(self) -> str | None: ...
    @property
    def again(self) -> bool: ...

@final
class Handling:
    @property
    def item(self) -> Any: ...
    @property
    def kind(self) -> Literal["payment", "refund", "transfer"]: ...
    @property
    def is_success(self) -> bool: ...
    @property
    def idempotency_key(self) -> str: ...
    def check(self, recorded: int | None) -> None: ...

@final
class Job(Generic[_T]):
    def wait(self) -> _T: ...

@final
class Bell:
    def wait(self) -> bool: ...
    def close(self) -> None: ...

@final
class Bridge:
    def __new__(cls, watched: bool) -> Self: ...
    def fileno(self) -> int | None: ...
    def bell(self) -> Bell: ...
    def stale(self) -> bool: ...
    def start(self, job: Job[_T], future: Future[_T]) -> int: ...
    def cancel(self, call: int) -> TransportError | None: ...
    def drain(self) -> None: ...

@final
class CodePayment:
    @property
    def out_trade_no(self) -> str: ...
    def give_up(self) -> None: ...

@final
class Client:
    def __new__(cls, settings: dict[str, Any]) -> Self: ...
    @staticmethod
    def from_env(environment: dict[str, str], overrides: dict[str, Any]) -> Client: ...
    @property
    def appid(self) -> str: ...
    @property
    def mch_id(self) -> str: ...
    @property
    def notify_url(self) -> str | None: ...
    def shown(self, part: str) -> list[tuple[str, str]]: ...
    def close(self) -> None: ...
    def check(self) -> Job[list[dict[str, Any]]]: ...
    def execute(self, call: str, fields: Mapping[str, Any]) -> Job[Any]: ...
    def bill_rows(self, bill: BillSource) -> Job[BillRows | None]: ...
    def bill_text(self, bill: BillSource) -> Job[bytes | None]: ...
    def call(self, path: str, fields: Mapping[str, Any]) -> Job[TextReply]: ...
    def v3_call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        json: Mapping[str, Any] | Sequence[Any] | None,
        sensitive: Sequence[str],
    ) -> Job[TextReply]: ...
    def v3_upload(
        self, file: Any, filename: str | None, path: str | None, meta: Mapping[str, Any] | None
    ) -> Job[V3Media]: ...
    @overload
    def v3_download(
        self, download_url: str, hash_type: str | None, hash_value: str | None, stream: Literal[False]
    ) -> Job[bytes]: ...
    @overload
    def v3_download(
        self, download_url: str, hash_type: str | None, hash_value: str | None, stream: Literal[True]
    ) -> Job[BillSource]: ...
    @overload
    def v3_params(
        self, page: Literal["jsapi"], prepay_id: str, appid: str | None, partnerid: str | None
    ) -> Job[JsapiParams]: ...
    @overload
    def v3_params(
        self, page: Literal["choose_wxpay"], prepay_id: str, appid: str | None, partnerid: str | None
    ) -> Job[ChooseWXPayParams]: ...
    @overload
    def v3_params(
        self, page: Literal["miniprogram"], prepay_id: str, appid: str | None, partnerid: str | None
    ) -> Job[MiniprogramParams]: ...
    @overload
    def v3_params(
        self, page: Literal["app"], prepay_id: str, appid: str | None, partnerid: str | None
    ) -> Job[AppParams]: ...
    def transfer_params(self, package_info: str) -> TransferParams: ...
    def v3_order_and_params(self, page: str, fields: Mapping[str, Any]) -> Job[Any]: ...
    def request_body(self, call: str, fields: dict[str, Any]) -> bytes: ...
    def jsapi_params(self, prepay_id: str, appid: str | None = None) -> JsapiParams: ...
    def choose_wxpay_params(self, prepay_id: str, appid: str | None = None) -> ChooseWXPayParams: ...
    def miniprogram_params(self, prepay_id: str, appid: str | None = None) -> MiniprogramParams: ...
    def app_params(self, prepay_id: str, appid: str | None = None, partnerid: str | None = None) -> AppParams: ...
    def authorize_url(
        self, redirect_uri: str, scope: str, state: str | None, force_popup: bool, component_appid: str | None
    ) -> str: ...
    def decrypt_user_data(self, encrypted_data: str, iv: str, session_key: str) -> UserData: ...
    def jssdk_config(
        self, url: str, js_api_list: Sequence[str], open_tag_list: Sequence[str], debug: bool
    ) -> Job[PageConfig]: ...
    def jssdk_access_token(self, refused: str | None = None) -> Job[str]: ...
    def jssdk_jsapi_ticket(self) -> Job[str]: ...
    def wecom_authorize_url(self, redirect_uri: str, scope: str, state: str | None) -> str: ...
    def wecom_config(self, url: str, js_api_list: Sequence[str], debug: bool) -> Job[PageConfig]: ...
    def wecom_agent_config(self, url: str, js_api_list: Sequence[str]) -> Job[AgentConfig]: ...
    def wecom_access_token(self, refused: str | None = None) -> Job[str]: ...
    def wecom_jsapi_ticket(self) -> Job[str]: ...
    def wecom_agent_ticket(self) -> Job[str]: ...
    def notify_parse(
        self, raw_body: bytes | bytearray | memoryview | str, headers: Any = None
    ) -> PaymentNotification: ...
    @overload
    def notify_confirm(
        self, kind: Literal["payment"], raw_body: bytes | bytearray | memoryview | str, headers: Any = None
    ) -> Job[ConfirmedPayment]: ...
    @overload
    def notify_confirm(
        self, kind: Literal["refund"], raw_body: bytes | bytearray | memoryview | str, headers: Any = None
    ) -> Job[ConfirmedRefund]: ...
    @overload
    def notify_confirm(
        self, kind: Literal["transfer"], raw_body: bytes | bytearray | memoryview | str, headers: Any = None
    ) -> Job[ConfirmedTransfer]: ...
    def v3_notification(self, raw_body: bytes | bytearray | memoryview | str, headers: Any) -> Job[V3Notification]: ...
    def fit(self, raw_body: bytes | bytearray | memoryview | str) -> int: ...
    def notify_parse_refund(
        self, raw_body: bytes | bytearray | memoryview | str, headers: Any = None
    ) -> RefundNotification: ...
    def notify_begin(
        self, raw_body: bytes | bytearray | memoryview | str, headers: Any, takes: list[tuple[str, bool]], others: bool
    ) -> Job[Handling | ConfirmedRefund | ConfirmedTransfer | V3Notification | _NotOurs]: ...
    def finish(self, handling: Handling) -> Job[None]: ...
    def give_back(self, handling: Handling) -> Job[None]: ...
    def begin_pending(
        self, kind: str, rows: list[tuple[str, int, int, str | None, str | None]], failures: bool
    ) -> Job[list[Handling | ConfirmedRefund | ConfirmedTransfer | _NotOurs | WxPayError]]: ...
    def code_payment(
        self,
        fields: Mapping[str, Any],
        within: float,
        interval: float,
        reverse_after: float,
        reverse: bool,
        api: str | None,
    ) -> CodePayment: ...
    def resume_code_payment(
        self,
        out_trade_no: str,
        total_fee: int,
        sub_mch_id: str | None,
        within: float,
        interval: float,
        reverse_after: float,
        reverse: bool,
        api: str | None,
    ) -> CodePayment: ...
    def code_progress(self, payment: CodePayment) -> Job[tuple[Any, ...]]: ...
    def code_step(
        self, payment: CodePayment, hand_over: bool
    ) -> Job[ConfirmedPayment | Handling | tuple[Any, ...]]: ...
    def native_code_url(self, product_id: str) -> str: ...
    def native_answer(self, prepay_id: str) -> str: ...
    def native_refusal(self, text: str) -> str: ...
    def notify_parse_native(self, raw_body: bytes | bytearray | memoryview | str) -> NativeQuestion: ...
    @overload
    def wait_for_payment(
        self,
        out_trade_no: str,
        total_fee: int,
        sub_mch_id: str | None,
        combine_out_trade_no: str | None,
        within: float,
        hand_over: Literal[False],
    ) -> Job[ConfirmedPayment | None]: ...
    @overload
    def wait_for_payment(
        self,
        out_trade_no: str,
        total_fee: int,
        sub_mch_id: str | None,
        combine_out_trade_no: str | None,
        within: float,
        hand_over: Literal[True],
    ) -> Job[ConfirmedPayment | Handling | None]: ...

def pending_rows(
    kind: str, pending: Iterable[Pending] | Iterable[PendingRefund] | Iterable[PendingTransfer]
) -> list[tuple[str, tuple[str, int, int, str | None, str | None] | WxPayError]]: ...
def restore(class_: type[_R], record: str | None, raw: dict[str, str], hidden: list[str] = ...) -> _R: ...
def clean(text: str) -> str: ...
def phrase(text: str) -> str: ...
def moments(
    out_trade_no: str, order: str, refunds: str, journal: str
) -> list[tuple[int, Literal["request", "customer", "notification"], str, bool, str]]: ...
def is_not_found(endpoint: str, err_code: str, words: str) -> bool: ...
def wrong_place(path: str | PathLike[str], takes_stream: bool) -> str | None: ...
def command(args: Sequence[str], folders: Sequence[str]) -> int: ...
def ack_body(ok: bool, msg: str) -> str: ...
def answer_to(raw_body: object, headers: object, ok: bool, is_refused: bool) -> tuple[int, str, str]: ...
def sign(params: dict[str, Any], key: str, sign_type: str = "HMAC-SHA256") -> str:
    """Signs fields (签名算法): upper-case hex.

    Args:
        params: Texts and integers. ``sign`` itself, ``None`` and empty texts are left out of the signature.
        key: The API key, of any length.
        sign_type: ``HMAC-SHA256`` or ``MD5``.

    Raises:
        InvalidRequest: A value is neither text nor an integer, or ``sign_type`` is unknown.
    """

def string_to_sign(params: dict[str, Any]) -> str:
    """The text under a signature, without ``&key=`` and the key: the sorted fields as ``name=value``, joined by ``&``.

    Raises:
        InvalidRequest: A value is neither text nor an integer.
    """

def verify(params: dict[str, Any] | bytes | bytearray | memoryview | str, key: str) -> bool:
    """Whether the ``sign`` of a message is right for its fields and the key. Its length says which algorithm made it.

    Args:
        params: The message: a dict as ``parse_xml`` returns it, or the XML itself.
        key: The API key, of any length.

    Raises:
        InvalidRequest: The XML cannot be read.
    """

def explain_jssdk(
    config: dict[str, Any], url: str, *, ticket: str | None = None, signed_url: str | None = None
) -> Explanation:
    """Why ``wx.config`` fails with ``invalid signature``: how the URL that was signed differs from the one of the page.

    Args:
        config: What the page gave to ``wx.config``: ``nonceStr``, ``timestamp`` and ``signature`` are used.
        url: The URL at which the page is: ``location.href``.
        ticket: The jsapi_ticket. With it, the usual mistakes are tried. The result does not contain it.
        signed_url: The URL that was signed, if you know it. Without ``ticket`` only the two URLs are compared.

    Raises:
        InvalidRequest: One of the three is missing from ``config``.
    """

def explain(
    params: dict[str, Any] | bytes | bytearray | memoryview | str,
    key: str,
    *,
    api_v3_key: str | None = None,
    app_secret: str | None = None,
) -> Explanation:
    """Why the signature of a message is refused (签名错误): what should have been signed, and the likeliest mistake.

    Args:
        params: The message with its ``sign``: a dict as ``parse_xml`` returns it, or the body as it was sent or came.
            When no message can be read in it, the explanation says why.
        key: The right API key; for ``paySign`` of APIv3 the merchant's private key or certificate in PEM. The result
            does not contain it.
        api_v3_key: The merchant's APIv3 key, to find out whether it was used instead. The result does not contain it.
        app_secret: The AppSecret, for the same purpose.

    Raises:
        InvalidRequest: A value of the dict is neither text nor an integer.
    """

def parse_xml(document: bytes | bytearray | memoryview | str) -> dict[str, str]:
    """Reads a flat XML document of WeChat's. A DOCTYPE, nested elements and repeated names are refused.

    Raises:
        InvalidRequest: The document breaks a rule; ``code`` names it, such as ``xml_duplicate``.
    """

def decrypt_req_info(req_info: str, api_key: str) -> str:
    """Decrypts ``req_info`` of a refund notification: the XML document ``<root>…</root>``.

    The notification is not signed, so confirm the refund with ``refundquery`` before you act on it.

    Args:
        req_info: The text of the element ``req_info``: Base64, as it came.
        api_key: The merchant's APIv2 key, of any length.

    Raises:
        InvalidRequest: ``req_info`` is not Base64, or the key is another one (``code`` ``decrypt_failed``).
    """

def decrypt_user_data(encrypted_data: str, iv: str, session_key: str, appid: str) -> UserData:
    """Decrypts ``encryptedData`` that a mini program got from WeChat, and checks that it is for this mini program.

    Args:
        encrypted_data: ``encryptedData``, as the mini program got it.
        iv: The ``iv`` that came with it.
        session_key: The customer's, of ``jscode2session``.
        appid: The appid of the mini program.

    Raises:
        InvalidRequest: An argument is damaged, or the data is for another appid; with ``code`` ``session_key_mismatch``
            the customer logged in again after the session key was fetched.
    """

def check_raw_data(raw_data: bytes | bytearray | memoryview | str, signature: str, session_key: str) -> None:
    """Checks the ``signature`` of ``rawData`` that a mini program got from WeChat.

    Args:
        raw_data: ``rawData`` as the mini program got it: JSON text, not parsed and written again.
        signature: The ``signature`` beside it.
        session_key: The customer's, of ``jscode2session``.

    Raises:
        InvalidRequest: An argument is malformed; with ``code`` ``session_key_mismatch`` the signature is not that of
            this text and session key.
    """

def workwx_sign(params: Mapping[str, Any], secret: str) -> str:
    """``workwx_sign``, the inner signature of two payments of WeCom: ``sendworkwxredpack`` and ``paywwsptrans2pocket``.

    Add it to the fields, and sign them all with the API key by MD5 then.

    Args:
        params: The fields of the payment. The fixed ones are taken: a red packet has ``mch_billno``, a payment to a
            member ``partner_trade_no``.
        secret: The secret of WeCom for payments, from the WeCom console; not the API key.

    Raises:
        InvalidRequest: The fields are of neither payment, or one of the fixed fields is missing.
    """

def build_xml(params: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> str:
    """Writes a flat XML document as WeChat reads it. ``None`` is left out; integers become text.

    Raises:
        InvalidRequest: A name or a value cannot be written.
    """

def jssdk_signature(ticket: str, noncestr: str, timestamp: int, url: str) -> str:
    """Signs a page for ``wx.config`` (JS-SDK 使用权限签名算法): lower-case hex of SHA-1.

    Args:
        ticket: The jsapi_ticket.
        noncestr: A random text.
        timestamp: Seconds since 1970.
        url: The URL of the page, with its query. The part after ``#`` is not signed.
    """

def new_out_refund_no(prefix: str = "") -> str:
    """A number of 32 characters for a new refund (商户退款单号). Store it before the first attempt: each further
    attempt at the refund needs the same one.

    Args:
        prefix: At most 8 digits, letters and ``_-|*@``.

    Raises:
        InvalidRequest: The prefix is too long or has other characters.
    """

def new_out_trade_no(prefix: str = "") -> str:
    """A number of 32 characters for a new order (商户订单号). Numbers of one prefix sort by Beijing time.

    Args:
        prefix: At most 8 digits, letters and ``_-|*@``.

    Raises:
        InvalidRequest: The prefix is too long or has other characters.
    """

def yuan_to_fen(yuan: Any) -> int:
    """An amount in yuan as fen: ``"12.30"`` is 1230. Takes text, ``int`` and ``Decimal``, never ``float``.

    Raises:
        InvalidRequest: ``yuan`` is not an amount, or has more than two decimals.
    """

def fen_to_yuan(fen: int) -> str:
    """An amount in fen as yuan with two decimals: 1230 is ``"12.30"``.

    Raises:
        InvalidRequest: ``fen`` is negative, or not an ``int``.
    """

def mweb_redirect_url(mweb_url: str, redirect_url: str) -> str:
    """H5: the URL that opens the cashier in the customer's browser and returns to your page afterwards.

    Args:
        mweb_url: From the reply of ``unifiedorder``.
        redirect_url: An absolute URL of yours.

    Raises:
        InvalidRequest: One of the URLs is not absolute.
    """

def v3_authorization(
    mch_id: str,
    serial_no: str,
    private_key: Any,
    method: str,
    url: str,
    body: Any,
    timestamp: int | str | None,
    nonce_str: str | None,
) -> str: ...
def v3_certificates(reply: Any, api_v3_key: str, now: int | None) -> dict[str, str]: ...
def v3_decrypt(resource: Mapping[str, Any], api_v3_key: str) -> str: ...
def v3_decrypt_bill(file: Any, encrypt_key: str, nonce: str, private_key: Any) -> bytes: ...
def v3_decrypt_sensitive(text: str, private_key: Any) -> str: ...
def v3_encrypt_sensitive(text: str, public_key: Any) -> str: ...
def v3_explain(known: dict[str, Any]) -> Explanation: ...
def v3_pay_sign(appid: str, timestamp: int | str, nonce_str: str, package: str, private_key: Any) -> str: ...
def v3_serial_no(certificate: Any) -> str: ...
def v3_sign(message: Any, private_key: Any) -> str: ...
def v3_string_to_sign(method: str, url: str, timestamp: int | str, nonce_str: str, body: Any) -> str: ...
def v3_verify(headers: Any, body: Any, keys: Mapping[str, Any], now: int | None) -> str: ...
