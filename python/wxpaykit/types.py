# Written by `cargo xtask gen` from the table of calls; edit the table instead.
"""Types for checkers: settings, what calls take, and what pages are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, overload

from ._native import Event, Reply

if TYPE_CHECKING:
    from collections.abc import ItemsView, ValuesView

    from typing_extensions import disjoint_base

    @disjoint_base
    class TextReply(Reply):
        """A reply of ``call`` and ``v3.call``: every field is text; lists and objects are JSON."""

        def __getitem__(self, name: str, /) -> str: ...
        @overload
        def get(self, name: str, default: str, /) -> str: ...
        @overload
        def get(self, name: str, default: None = None, /) -> str | None: ...
        def get(self, name: str, default: Any = None, /) -> Any: ...
        def values(self) -> ValuesView[str]: ...
        def items(self) -> ItemsView[str, str]: ...
        def to_dict(self) -> dict[str, str]: ...

else:
    # Only type checkers see this class: at run time it is Reply.
    TextReply = Reply

#: How an attempt at a call ended: ``ok``, or how it failed.
#: ``not_sent``: WeChat never received it.
#: ``timed_out``: no reply within the time limit.
#: ``no_answer``: a broken connection, or a gateway's page.
#: ``not_authentic``: the reply is not authentic, or belongs to another request.
#: ``trouble``: WeChat reported a fault of its own.
#: ``too_many``: a rate limit of WeChat's, or it was busy and took nothing.
#: ``ask_first``: only a query tells the state.
#: ``later``: refused until a quota, a balance or a bill is available.
#: ``refused``: refused.
EventOutcome = Literal[
    "ok",
    "not_sent",
    "timed_out",
    "no_answer",
    "not_authentic",
    "trouble",
    "too_many",
    "ask_first",
    "later",
    "refused",
]


class Store(Protocol):
    """A store of your own: texts under keys, each for its life in seconds. ``WxPay(store=…)`` takes one.

    Keys are at most 200 ASCII characters; values are longer, and may be secret. Each method is atomic: of two that
    happen at once, in whatever processes share the store, one comes first. They are called on threads of their own,
    several at once, and may block; what they raise becomes the cause of a ``StoreError``. One that does not answer
    within the client's ``timeout`` is given up, and goes on in its thread: give what it waits for a time limit.
    """

    def get(self, key: str, /) -> str | None:
        """What is kept under ``key``, while its time lasts."""

    def put(self, key: str, value: str, life: float, /) -> object:
        """Keeps ``value`` under ``key`` for ``life``, whatever was there."""

    def add(self, key: str, value: str, life: float, /) -> bool:
        """Keeps ``value`` if nothing is kept there; says whether it did."""

    def compare_and_set(self, key: str, old: str, new: str, life: float, /) -> bool:
        """Keeps ``new`` if ``old`` is kept there; says whether it did. A life of 0 forgets the key."""

    def delete(self, key: str, /) -> object:
        """Forgets what is kept under ``key``."""


class PendingOrder(Protocol):
    """An order of which you do not know whether it is paid: your number, the amount in fen, when it was made."""

    @property
    def out_trade_no(self) -> str: ...
    @property
    def total_fee(self) -> int: ...
    @property
    def created(self) -> datetime: ...


class _PendingOptions(TypedDict, total=False):
    sub_mch_id: str | None


class _PendingOrderOptions(_PendingOptions, total=False):
    combine_out_trade_no: str | None


class PendingFields(_PendingOrderOptions):
    """The same as a dict. ``sub_mch_id`` is the sub-merchant of a service provider's order.

    ``combine_out_trade_no`` is the number of the combined order (合单) that it is a part of.
    """

    out_trade_no: str
    total_fee: int
    created: datetime


Pending = tuple[str, int, datetime] | PendingFields | PendingOrder


class PendingRefundObject(Protocol):
    """A refund whose result you do not know: your number, the amount in fen, when you asked for it."""

    @property
    def out_refund_no(self) -> str: ...
    @property
    def refund_fee(self) -> int: ...
    @property
    def created(self) -> datetime: ...


class PendingRefundFields(_PendingOptions):
    """The same as a dict. ``sub_mch_id`` is the sub-merchant of a service provider's order."""

    out_refund_no: str
    refund_fee: int
    created: datetime


PendingRefund = tuple[str, int, datetime] | PendingRefundFields | PendingRefundObject


class PendingTransferObject(Protocol):
    """A transfer whose result you do not know: your number, the amount in fen, when you asked for it."""

    @property
    def out_bill_no(self) -> str: ...
    @property
    def transfer_amount(self) -> int: ...
    @property
    def created(self) -> datetime: ...


class PendingTransferFields(TypedDict):
    """The same as a dict."""

    out_bill_no: str
    transfer_amount: int
    created: datetime


PendingTransfer = tuple[str, int, datetime] | PendingTransferFields | PendingTransferObject


class Settings(TypedDict, total=False):
    """The settings of a client, as its constructor takes them."""

    appid: str
    mch_id: str
    api_key: str | None
    app_secret: str | None
    corp_secret: str | None
    agent_id: str | None
    corp_pay_secret: str | None
    notify_url: str | None
    sign_type: Literal["MD5", "HMAC-SHA256"]
    accept_sign_types: Sequence[Literal["MD5", "HMAC-SHA256"]]
    fee_type: str
    client_cert: str | bytes | PathLike[str] | None
    client_key: str | bytes | PathLike[str] | None
    client_p12: str | bytes | PathLike[str] | None
    client_p12_password: str | None
    client_cert_serial: str | None
    api_v3_key: str | None
    platform_public_key: str | bytes | PathLike[str] | None
    platform_public_key_id: str | None
    sub_appid: str | None
    sub_mch_id: str | None
    timeout: float
    connect_timeout: float
    max_connections: int
    max_network_retries: int
    endpoints: str | None
    allow_insecure_endpoints: bool
    lease: float
    store: str | Store | None
    on_event: Callable[[Event], object] | None


class JsapiParams(TypedDict):
    """What a page gives to ``WeixinJSBridge.invoke('getBrandWCPayRequest', …)``. All texts, the timestamp too."""

    appId: str
    timeStamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str


class ChooseWXPayParams(TypedDict):
    """What a page gives to ``wx.chooseWXPay``."""

    timestamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str


class MiniprogramParams(TypedDict):
    """What a mini program gives to ``wx.requestPayment``."""

    timeStamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str


class AppParams(TypedDict):
    """What an app gives to the Open SDK's ``PayReq``."""

    appid: str
    partnerid: str
    prepayid: str
    package: str
    noncestr: str
    timestamp: str
    sign: str


class TransferParams(TypedDict):
    """What a page gives to ``requestMerchantTransfer``, where the customer confirms a transfer."""

    mchId: str
    appId: str
    package: str


class _Beta(TypedDict, total=False):
    beta: bool


class PageConfig(_Beta):
    """What a page gives to ``wx.config``. ``beta`` is there for pages in WeCom."""

    debug: bool
    appId: str
    timestamp: int
    nonceStr: str
    signature: str
    jsApiList: list[str]
    openTagList: list[str]


class AgentConfig(TypedDict):
    """What a page in WeCom gives to ``wx.agentConfig``."""

    corpid: str
    agentid: str
    timestamp: int
    nonceStr: str
    signature: str
    jsApiList: list[str]


class _V3PayerIdentityRequired(TypedDict):
    type: str
    """The kind of document, such as ``IDCARD``. At most 32 characters."""
    number: str
    """The document's number. The client encrypts it."""
    name: str
    """The customer's name. The client encrypts it."""


class V3PayerIdentity(_V3PayerIdentityRequired, total=False):
    """Who the customer must be."""



class V3Payer(TypedDict, total=False):
    """The customer of an order: ``openid``, or for service providers exactly one of ``sp_openid`` and ``sub_openid``.
    """

    openid: str | None
    """The customer's openid under the client's appid. For merchants that are not service providers. At most 128
    characters.
    """
    sp_openid: str | None
    """Service providers: the customer's openid under the client's appid. At most 128 characters."""
    sub_openid: str | None
    """Service providers: the customer's openid under ``sub_appid``. At most 128 characters."""
    identity: V3PayerIdentity | None
    """Real-name payment, which needs a permit."""


class _V3StoreInfoRequired(TypedDict):
    id: str
    """Your number of the shop. At most 32 characters."""


class V3StoreInfo(_V3StoreInfoRequired, total=False):
    """A shop."""

    name: str | None
    """Its name. At most 256 characters."""
    area_code: str | None
    """Its area code. At most 32 characters."""
    address: str | None
    """Its address. At most 512 characters."""


class _V3SceneInfoRequired(TypedDict):
    payer_client_ip: str
    """The customer's IP address. At most 45 characters."""


class V3SceneInfo(_V3SceneInfoRequired, total=False):
    """Where an order is sold."""

    device_id: str | None
    """The number of the till or of the shop's device. At most 32 characters."""
    store_info: V3StoreInfo | None
    """The shop."""


class _V3OrderAmountRequired(TypedDict):
    total: int
    """In fen."""


class V3OrderAmount(_V3OrderAmountRequired, total=False):
    """What an order costs."""

    currency: str | None
    """The currency, ISO 4217. The client's own setting when left out; another one is refused. At most 16 characters."""


class _V3OrderGoodsRequired(TypedDict):
    merchant_goods_id: str
    """Your number of the goods: letters, digits, ``_`` and ``-``. At most 32 characters."""
    quantity: int
    """How many."""
    unit_price: int
    """What one costs, in fen."""


class V3OrderGoods(_V3OrderGoodsRequired, total=False):
    """One of the goods of an order."""

    wechatpay_goods_id: str | None
    """WeChat's number of the goods. At most 32 characters."""
    goods_name: str | None
    """The name of the goods. At most 256 characters."""


class V3OrderDetail(TypedDict, total=False):
    """The goods of an order."""

    cost_price: int | None
    """The price of the whole receipt, in fen. If it differs from the amount, discounts of single goods do not apply."""
    invoice_id: str | None
    """Your number of the receipt. At most 32 characters."""
    goods_detail: Sequence[V3OrderGoods] | None
    """The goods, one at least. At least one item."""


class V3SettleInfo(TypedDict, total=False):
    """How an order is settled."""

    profit_sharing: bool | None
    """Whether the money stays frozen until it is shared."""
    subsidy_amount: int | None
    """Platforms: what the platform adds to the amount (补差), in fen."""


class _V3H5InfoRequired(TypedDict):
    type: str
    """``Wap``, ``iOS`` or ``Android``. At most 32 characters."""


class V3H5Info(_V3H5InfoRequired, total=False):
    """The site or app that an order of a phone's browser comes from."""

    app_name: str | None
    """The app's name. At most 64 characters."""
    app_url: str | None
    """The site's address. At most 128 characters."""
    bundle_id: str | None
    """The bundle ID of an iOS app. At most 128 characters."""
    package_name: str | None
    """The package name of an Android app. At most 128 characters."""


class _V3H5SceneInfoRequired(TypedDict):
    payer_client_ip: str
    """The customer's IP address. At most 45 characters."""
    h5_info: V3H5Info
    """The site or the app."""


class V3H5SceneInfo(_V3H5SceneInfoRequired, total=False):
    """Where an order of a phone's browser is sold."""

    device_id: str | None
    """The number of the till or of the shop's device. At most 32 characters."""
    store_info: V3StoreInfo | None
    """The shop."""


class _V3CodePayerRequired(TypedDict):
    auth_code: str
    """The payment code that was scanned: 18 digits that begin with 10 to 15. It works once, for about a minute."""


class V3CodePayer(_V3CodePayerRequired, total=False):
    """A customer who shows a payment code."""



class V3CodeStoreInfo(TypedDict, total=False):
    """The shop of an order of a payment code."""

    id: str | None
    """WeChat's number of the shop. At most 32 characters."""
    out_id: str | None
    """Your number of the shop. At most 256 characters."""


class _V3CodeSceneInfoRequired(TypedDict):
    device_ip: str
    """The IP address of the till. At most 45 characters."""


class V3CodeSceneInfo(_V3CodeSceneInfoRequired, total=False):
    """Where an order of a payment code is sold."""

    device_id: str | None
    """The number of the till or of the shop's device. At most 32 characters."""
    store_info: V3CodeStoreInfo | None
    """The shop."""


class V3CombinePayer(TypedDict, total=False):
    """The customer of a combined order."""

    openid: str | None
    """The customer's openid under the client's appid. At most 128 characters."""
    sub_openid: str | None
    """Service providers: instead of ``openid``, the customer's openid under ``sub_appid``, which each part then has.
    At most 128 characters.
    """
    identity: V3PayerIdentity | None
    """Real-name payment, which needs a permit."""


class _V3CombineSceneInfoRequired(TypedDict):
    payer_client_ip: str
    """The customer's IP address. At most 45 characters."""


class V3CombineSceneInfo(_V3CombineSceneInfoRequired, total=False):
    """Where a combined order is sold."""

    device_id: str | None
    """The number of the till or of the shop's device. At most 16 characters."""


class _V3CombineAmountRequired(TypedDict):
    total_amount: int
    """In fen."""
    currency: str
    """The currency, ISO 4217: ``CNY``. Another one than the client's own setting is refused. At most 8 characters."""


class V3CombineAmount(_V3CombineAmountRequired, total=False):
    """What a part of a combined order costs."""



class _V3CombineItemRequired(TypedDict):
    mchid: str
    """The merchant that receives the money: the client's own, or another one whose number is bound to the appid. At
    most 32 characters.
    """
    attach: str
    """Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes."""
    amount: V3CombineAmount
    """The amount of the part."""
    out_trade_no: str
    """The merchant's number of the part, 6 to 32 characters. At most 32 characters."""
    description: str
    """Description of the goods, shown to the customer. At most 127 characters."""


class V3CombineItem(_V3CombineItemRequired, total=False):
    """A part of a combined order."""

    sub_mchid: str | None
    """Service providers and platforms: the sub-merchant that receives the money. At most 32 characters."""
    sub_appid: str | None
    """Service providers and platforms: the sub-merchant's appid. At most 32 characters."""
    goods_tag: str | None
    """A tag for coupons. At most 32 characters."""
    settle_info: V3SettleInfo | None
    """Whether the money stays frozen for profit sharing."""


class _V3CombineH5SceneInfoRequired(TypedDict):
    payer_client_ip: str
    """The customer's IP address. At most 45 characters."""
    h5_info: V3H5Info
    """The site or the app."""


class V3CombineH5SceneInfo(_V3CombineH5SceneInfoRequired, total=False):
    """Where a combined order of a phone's browser is sold."""

    device_id: str | None
    """The number of the till or of the shop's device. At most 16 characters."""


class _V3CombineCloseItemRequired(TypedDict):
    mchid: str
    """The merchant of the part. At most 32 characters."""
    out_trade_no: str
    """The merchant's number of the part. At most 32 characters."""


class V3CombineCloseItem(_V3CombineCloseItemRequired, total=False):
    """A part of a combined order that is closed."""

    sub_mchid: str | None
    """Service providers and platforms: the sub-merchant of the part. At most 32 characters."""
    sub_appid: str | None
    """Service providers and platforms: the sub-merchant's appid. At most 32 characters."""


class _V3RefundFromRequired(TypedDict):
    account: Literal["AVAILABLE", "UNAVAILABLE"]
    """``AVAILABLE`` or ``UNAVAILABLE``."""
    amount: int
    """In fen."""


class V3RefundFrom(_V3RefundFromRequired, total=False):
    """What an account pays of a refund."""



_V3RefundAmountWords = TypedDict("_V3RefundAmountWords", {"from": "Sequence[V3RefundFrom]"}, total=False)


class _V3RefundAmountRequired(TypedDict):
    refund: int
    """Amount to refund, in fen; at most the amount not refunded yet."""
    total: int
    """The amount of the whole order, in fen."""
    currency: str
    """The currency of the order, ISO 4217. Another one than the client's own setting is refused. At most 16
    characters.
    """


class V3RefundAmount(_V3RefundAmountWords, _V3RefundAmountRequired, total=False):
    """What is refunded of an order."""



class _V3RefundGoodsRequired(TypedDict):
    merchant_goods_id: str
    """Your number of the goods. At most 32 characters."""
    unit_price: int
    """What one costs, in fen."""
    refund_amount: int
    """What is refunded for them, in fen."""
    refund_quantity: int
    """How many come back."""


class V3RefundGoods(_V3RefundGoodsRequired, total=False):
    """Goods that come back."""

    wechatpay_goods_id: str | None
    """WeChat's number of the goods. At most 32 characters."""
    goods_name: str | None
    """The name of the goods. At most 256 characters."""


class _V3TransferReportInfoRequired(TypedDict):
    info_type: str
    """What the item is, as the scene has it: such as ``活动名称`` and ``奖励说明`` for promotions. At most 15
    characters.
    """
    info_content: str
    """Your text for it. At most 32 characters."""


class V3TransferReportInfo(_V3TransferReportInfoRequired, total=False):
    """What a transfer is for: one item of its scene's report (转账场景报备信息)."""



class V3TransferStyle(TypedDict, total=False):
    """How a customer sees a transfer."""

    type: Literal["CONFIRM_PAGE", "RED_PACKET"] | None
    """A page, or a red packet."""


class _V3ProfitsharingReceiverRequired(TypedDict):
    type: Literal["MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID"]
    """What the receiver is."""
    account: str
    """A merchant's number, or a person's openid. At most 64 characters."""
    amount: int
    """The amount in fen."""
    description: str
    """The reason, in the receiver's bill. At most 80 characters."""


class V3ProfitsharingReceiver(_V3ProfitsharingReceiverRequired, total=False):
    """Who receives a part of an order, and how much."""

    name: str | None
    """The full name of a merchant, required with ``MERCHANT_ID``; or the name of a person. WeChat compares it. The
    client encrypts it.
    """


class _UnifiedorderParamsRequired(TypedDict):
    body: str
    """Description of the goods, shown to the customer. At most 127 characters."""
    out_trade_no: str
    """Merchant order number, unique within the merchant. At most 32 characters."""
    total_fee: int
    """The amount in fen."""
    spbill_create_ip: str
    """The IP address of the customer's device (APP, MWEB) or of the caller (JSAPI, NATIVE). At most 64 characters."""


class UnifiedorderParams(_UnifiedorderParamsRequired, total=False):
    """What `unifiedorder` takes.

    ``trade_type`` ``JSAPI`` needs ``openid`` or ``sub_openid``.
    ``trade_type`` ``NATIVE`` needs ``product_id``.
    ``trade_type`` ``MWEB`` needs ``scene_info``.
    ``sub_openid`` needs ``sub_appid``.
    """

    trade_type: Literal["JSAPI", "NATIVE", "APP", "MWEB"] | None
    """How it will be paid. ``JSAPI`` when left out."""
    openid: str | None
    """The customer's openid under this appid. JSAPI needs it, or ``sub_openid``. At most 128 characters."""
    sub_openid: str | None
    """The customer, as the sub-merchant's appid knows them. At most 128 characters."""
    notify_url: str | None
    """Where WeChat posts the notification: reachable from outside, without a query. At most 256 characters. The
    client's own when left out.
    """
    product_id: str | None
    """The merchant's product number. NATIVE needs it. At most 32 characters."""
    scene_info: Mapping[str, Any] | Sequence[Any] | str | None
    """Where it is sold, as JSON. MWEB needs its ``h5_info``. At most 256 characters. A dict or a list is written as
    JSON.
    """
    device_info: str | None
    """The terminal's number; ``WEB`` for pages. At most 32 characters."""
    time_expire: datetime | str | None
    """When the order closes by itself, Beijing time, at least one minute from now. Seven days when left out. An aware
    datetime, or ``yyyyMMddHHmmss`` in Beijing time.
    """
    user_type: str | None
    """Real-name payment: type of the identity document. At most 32 characters."""
    user_creid: str | None
    """Identity-bound payment: the document's number. At most 64 characters."""
    user_truename: str | None
    """Identity-bound payment: the name. At most 64 characters."""
    attach: str | None
    """Returned unchanged by queries, notifications and bills. At most 127 characters."""
    detail: Mapping[str, Any] | Sequence[Any] | str | None
    """The goods, as JSON, for single-item promotions. At most 6000 characters. A dict or a list is written as JSON."""
    fee_type: str | None
    """The currency, ISO 4217. The client's own setting when left out; another one is refused. At most 16 characters."""
    time_start: datetime | str | None
    """When the order was made, Beijing time. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time."""
    goods_tag: str | None
    """The promotion's tag. At most 32 characters."""
    limit_pay: Literal["no_credit"] | None
    """``no_credit`` keeps credit cards out."""
    receipt: Literal["Y", "N"] | None
    """``Y`` shows an entry for an electronic invoice."""
    profit_sharing: Literal["Y", "N"] | None
    """``Y`` freezes the money for profit sharing."""
    version: str | None
    """``1.0`` asks for ``promotion_detail``. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class OrderqueryParams(TypedDict, total=False):
    """What `orderquery` takes.

    Needs ``transaction_id`` or ``out_trade_no``.
    """

    version: str | None
    """``1.0`` asks for ``promotion_detail``. At most 32 characters."""
    transaction_id: str | None
    """WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters."""
    out_trade_no: str | None
    """The merchant's number of the order. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _CloseorderParamsRequired(TypedDict):
    out_trade_no: str
    """The merchant's number of the order. At most 32 characters."""


class CloseorderParams(_CloseorderParamsRequired, total=False):
    """What `closeorder` takes."""

    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _RefundParamsRequired(TypedDict):
    out_refund_no: str
    """The merchant's number of the refund, the same for every attempt at it. At most 64 characters."""
    total_fee: int
    """The amount of the whole order, in fen."""
    refund_fee: int
    """Amount to refund, in fen; at most the amount not refunded yet."""


class RefundParams(_RefundParamsRequired, total=False):
    """What `refund` takes.

    Needs ``transaction_id`` or ``out_trade_no``.
    """

    refund_fee_type: str | None
    """The currency of the order, ISO 4217. The client's own setting when left out; another one is refused. At most 8
    characters.
    """
    refund_desc: str | None
    """Reason; shown to the customer for a partial refund above ¥1. At most 80 characters."""
    refund_account: Literal["REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS"] | None
    """Which funds pay. ``REFUND_SOURCE_UNSETTLED_FUNDS`` when left out."""
    notify_url: str | None
    """Where WeChat posts the refund's notification: reachable from outside, without a query. At most 256 characters.
    The client's own when left out.
    """
    op_user_id: str | None
    """Operator ID (legacy). Defaults to ``mch_id``. At most 32 characters."""
    device_info: str | None
    """The terminal's number. At most 32 characters."""
    transaction_id: str | None
    """WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters."""
    out_trade_no: str | None
    """The merchant's number of the order. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class RefundqueryParams(TypedDict, total=False):
    """What `refundquery` takes.

    Needs ``refund_id`` or ``out_refund_no`` or ``transaction_id`` or ``out_trade_no``.
    """

    refund_id: str | None
    """WeChat's number of the refund. It wins over the other numbers. At most 32 characters."""
    out_refund_no: str | None
    """The merchant's number of the refund. It wins over the order's numbers. At most 64 characters."""
    offset: int | None
    """How many refunds to skip."""
    transaction_id: str | None
    """WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters."""
    out_trade_no: str | None
    """The merchant's number of the order. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _DownloadbillParamsRequired(TypedDict):
    bill_date: date | str
    """The day, in Beijing. A date, ``yyyy-MM-dd`` or ``yyyyMMdd``; of an aware datetime its day in Beijing."""


class DownloadbillParams(_DownloadbillParamsRequired, total=False):
    """What `downloadbill` takes."""

    bill_type: Literal["ALL", "SUCCESS", "REFUND", "RECHARGE_REFUND"] | None
    """Which rows. ``ALL`` when left out."""
    tar_type: Literal["GZIP"] | None
    """``GZIP`` to download it packed, which is faster. It is read the same."""
    device_info: str | None
    """The terminal's number, in old requests. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _DownloadfundflowParamsRequired(TypedDict):
    bill_date: date | str
    """The day, in Beijing. A date, ``yyyy-MM-dd`` or ``yyyyMMdd``; of an aware datetime its day in Beijing."""


class DownloadfundflowParams(_DownloadfundflowParamsRequired, total=False):
    """What `downloadfundflow` takes."""

    account_type: Literal["Basic", "Operation", "Fees"] | None
    """Which account. ``Basic`` when left out."""
    tar_type: Literal["GZIP"] | None
    """``GZIP`` to download it packed, which is faster. It is read the same."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _BatchquerycommentParamsRequired(TypedDict):
    begin_time: datetime | str
    """From when on. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time."""
    end_time: datetime | str
    """Until when. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time."""


class BatchquerycommentParams(_BatchquerycommentParamsRequired, total=False):
    """What `batchquerycomment` takes."""

    offset: int | None
    """Where to go on: 0 at first, then the ``offset`` of the reply before. Offsets have gaps. ``0`` when left out."""
    limit: int | None
    """How many, 200 at most."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _MicropayParamsRequired(TypedDict):
    auth_code: str
    """The payment code that was scanned: 18 digits that begin with 10 to 15. It works once, for about a minute."""
    body: str
    """Description of the goods, shown to the customer. At most 128 characters."""
    out_trade_no: str
    """Merchant order number, unique within the merchant. Another try with another code needs another number. At most
    32 characters.
    """
    total_fee: int
    """The amount in fen."""
    spbill_create_ip: str
    """The IP address of the till. At most 64 characters."""


class MicropayParams(_MicropayParamsRequired, total=False):
    """What `micropay` takes."""

    scene_info: Mapping[str, Any] | Sequence[Any] | str | None
    """Where it is sold, as JSON: ``store_info``. At most 256 characters. A dict or a list is written as JSON."""
    device_info: str | None
    """The terminal's number. At most 32 characters."""
    time_expire: datetime | str | None
    """Until when the customer may confirm, Beijing time, at least one minute from now. An aware datetime, or
    ``yyyyMMddHHmmss`` in Beijing time.
    """
    deposit: Literal["Y", "N"] | None
    """``Y`` for a deposit."""
    attach: str | None
    """Returned unchanged by queries, notifications and bills. At most 127 characters."""
    detail: Mapping[str, Any] | Sequence[Any] | str | None
    """The goods, as JSON, for single-item promotions. At most 6000 characters. A dict or a list is written as JSON."""
    fee_type: str | None
    """The currency, ISO 4217. The client's own setting when left out; another one is refused. At most 16 characters."""
    time_start: datetime | str | None
    """When the order was made, Beijing time. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time."""
    goods_tag: str | None
    """The promotion's tag. At most 32 characters."""
    limit_pay: Literal["no_credit"] | None
    """``no_credit`` keeps credit cards out."""
    receipt: Literal["Y", "N"] | None
    """``Y`` shows an entry for an electronic invoice."""
    profit_sharing: Literal["Y", "N"] | None
    """``Y`` freezes the money for profit sharing."""
    version: str | None
    """``1.0`` asks for ``promotion_detail``. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class ReverseParams(TypedDict, total=False):
    """What `reverse` takes.

    Needs ``transaction_id`` or ``out_trade_no``.
    """

    transaction_id: str | None
    """WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters."""
    out_trade_no: str | None
    """The merchant's number of the order. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _AuthcodetoopenidParamsRequired(TypedDict):
    auth_code: str
    """The payment code that was scanned: 18 digits that begin with 10 to 15."""


class AuthcodetoopenidParams(_AuthcodetoopenidParamsRequired, total=False):
    """What `authcodetoopenid` takes."""

    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _ShorturlParamsRequired(TypedDict):
    long_url: str
    """The text of a permanent code, ``weixin://wxpay/bizpayurl?…``, as it is: the client encodes it. At most 512
    characters.
    """


class ShorturlParams(_ShorturlParamsRequired, total=False):
    """What `shorturl` takes."""

    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _ReportParamsRequired(TypedDict):
    interface_url: str
    """The address of the call that is reported; ``https://api.mch.weixin.qq.com/pay/batchreport/micropay/total`` for
    ``trades``. At most 127 characters.
    """
    user_ip: str
    """The IP address of the till or the server. At most 64 characters."""


class ReportParams(_ReportParamsRequired, total=False):
    """What `report` takes.

    Needs ``execute_time_`` or ``trades``.
    ``execute_time_`` needs ``return_code``.
    ``execute_time_`` needs ``result_code``.
    """

    execute_time_: int | None
    """How long the call took, in milliseconds. WeChat's name ends with ``_``."""
    return_code: str | None
    """The call's ``return_code``. At most 16 characters."""
    return_msg: str | None
    """The call's ``return_msg``. At most 128 characters."""
    result_code: str | None
    """The call's ``result_code``. At most 16 characters."""
    err_code: str | None
    """The call's ``err_code``. At most 32 characters."""
    err_code_des: str | None
    """The call's ``err_code_des``. At most 128 characters."""
    out_trade_no: str | None
    """The merchant's number of the order. At most 32 characters."""
    device_info: str | None
    """The terminal's number. At most 32 characters."""
    time: datetime | str | None
    """When it was reported, Beijing time. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time."""
    trades: Mapping[str, Any] | Sequence[Any] | str | None
    """The till's payments, as a JSON list: ``out_trade_no``, ``begin_time``, ``end_time``, ``state`` (``OK``,
    ``FAIL``, ``CANCLE``), ``err_msg``. A dict or a list is written as JSON.
    """
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""
    sub_mch_id: str | None
    """Service providers: the sub-merchant. The client's own setting when left out. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class GetsignkeyParams(TypedDict, total=False):
    """What `getsignkey` takes."""

    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _SendworkwxredpackParamsRequired(TypedDict):
    mch_billno: str
    """The merchant's number of the red packet, the same for every attempt at it. At most 28 characters."""
    re_openid: str
    """Who receives it: an openid of the corpid, from ``pay.wecom.convert_to_openid``. At most 32 characters."""
    total_amount: int
    """The amount in fen; from ¥1 to ¥200 unless ``scene_id`` allows another."""
    wishing: str
    """The wish that the receiver reads. At most 128 characters."""
    act_name: str
    """The name of the activity. At most 32 characters."""
    remark: str
    """A remark. At most 256 characters."""


class SendworkwxredpackParams(_SendworkwxredpackParamsRequired, total=False):
    """What `sendworkwxredpack` takes.

    Needs ``sender_name`` or ``agentid``.
    """

    sender_name: str | None
    """The sender's name, where a person sends it. At most 128 characters."""
    agentid: int | None
    """The agentid of the application, where an application sends it."""
    sender_header_media_id: str | None
    """The sender's picture: an id of WeCom's media. At most 128 characters."""
    scene_id: Literal[
        "PRODUCT_1",
        "PRODUCT_2",
        "PRODUCT_3",
        "PRODUCT_4",
        "PRODUCT_5",
        "PRODUCT_6",
        "PRODUCT_7",
        "PRODUCT_8",
    ] | None
    """The occasion."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _QueryworkwxredpackParamsRequired(TypedDict):
    mch_billno: str
    """The merchant's number of the red packet. At most 28 characters."""


class QueryworkwxredpackParams(_QueryworkwxredpackParamsRequired, total=False):
    """What `queryworkwxredpack` takes."""

    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _Paywwsptrans2pocketParamsRequired(TypedDict):
    partner_trade_no: str
    """The merchant's number of the payment, the same for every attempt at it. At most 32 characters."""
    openid: str
    """The member: an openid of the corpid, from ``pay.wecom.convert_to_openid``. At most 64 characters."""
    check_name: Literal["NO_CHECK", "FORCE_CHECK"]
    """Whether WeChat compares the member's name."""
    amount: int
    """The amount in fen."""
    desc: str
    """What it is for; the member reads it. At most 81 characters."""
    spbill_create_ip: str
    """The IP address of the server. At most 32 characters."""
    ww_msg_type: Literal["NORMAL_MSG", "APPROVAL_MSG"]
    """What the member reads."""
    act_name: str
    """The name of the item; the member reads it. At most 50 characters."""


class Paywwsptrans2pocketParams(_Paywwsptrans2pocketParamsRequired, total=False):
    """What `paywwsptrans2pocket` takes.

    ``check_name`` ``FORCE_CHECK`` needs ``re_user_name``.
    ``ww_msg_type`` ``APPROVAL_MSG`` needs ``approval_number``.
    ``ww_msg_type`` ``APPROVAL_MSG`` needs ``approval_type``.
    """

    re_user_name: str | None
    """The member's real name, where ``check_name`` is ``FORCE_CHECK``. At most 64 characters."""
    approval_number: str | None
    """The number of the approval, where ``ww_msg_type`` is ``APPROVAL_MSG``. At most 128 characters."""
    approval_type: int | None
    """The kind of the approval, where ``ww_msg_type`` is ``APPROVAL_MSG``: 1."""
    agentid: int | None
    """The agentid of the application that pays."""
    device_info: str | None
    """The terminal's number. At most 32 characters."""
    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _Querywwsptrans2pocketParamsRequired(TypedDict):
    partner_trade_no: str
    """The merchant's number of the payment. At most 32 characters."""


class Querywwsptrans2pocketParams(_Querywwsptrans2pocketParamsRequired, total=False):
    """What `querywwsptrans2pocket` takes."""

    nonce_str: str | None
    """A random text; generated when left out. At most 32 characters."""


class _V3JsapiParamsRequired(TypedDict):
    payer: V3Payer
    """The customer."""
    description: str
    """Description of the goods, shown to the customer. At most 127 characters."""
    out_trade_no: str
    """Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters."""
    amount: V3OrderAmount
    """The amount of the order."""


class V3JsapiParams(_V3JsapiParamsRequired, total=False):
    """What `v3.jsapi` takes."""

    scene_info: V3SceneInfo | None
    """Where it is sold."""
    time_expire: datetime | str | None
    """When the order can no longer be paid, at least one minute from now. Seven days when left out. An aware
    datetime, or a text as ``2018-06-08T10:34:56+08:00``.
    """
    attach: str | None
    """Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes."""
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """
    goods_tag: str | None
    """A tag for coupons. At most 32 characters."""
    support_fapiao: bool | None
    """Whether to show the entry for an electronic invoice."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    detail: V3OrderDetail | None
    """The goods. At most 6144 bytes."""
    settle_info: V3SettleInfo | None
    """Whether the money stays frozen for profit sharing."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3NativeParamsRequired(TypedDict):
    description: str
    """Description of the goods, shown to the customer. At most 127 characters."""
    out_trade_no: str
    """Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters."""
    amount: V3OrderAmount
    """The amount of the order."""


class V3NativeParams(_V3NativeParamsRequired, total=False):
    """What `v3.native` takes."""

    scene_info: V3SceneInfo | None
    """Where it is sold."""
    time_expire: datetime | str | None
    """When the order can no longer be paid, at least one minute from now. Seven days when left out. An aware
    datetime, or a text as ``2018-06-08T10:34:56+08:00``.
    """
    attach: str | None
    """Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes."""
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """
    goods_tag: str | None
    """A tag for coupons. At most 32 characters."""
    support_fapiao: bool | None
    """Whether to show the entry for an electronic invoice."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    detail: V3OrderDetail | None
    """The goods. At most 6144 bytes."""
    settle_info: V3SettleInfo | None
    """Whether the money stays frozen for profit sharing."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3H5ParamsRequired(TypedDict):
    scene_info: V3H5SceneInfo
    """Where it is sold: the customer's IP address, and the site."""
    description: str
    """Description of the goods, shown to the customer. At most 127 characters."""
    out_trade_no: str
    """Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters."""
    amount: V3OrderAmount
    """The amount of the order."""


class V3H5Params(_V3H5ParamsRequired, total=False):
    """What `v3.h5` takes."""

    time_expire: datetime | str | None
    """When the order can no longer be paid, at least one minute from now. Seven days when left out. An aware
    datetime, or a text as ``2018-06-08T10:34:56+08:00``.
    """
    attach: str | None
    """Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes."""
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """
    goods_tag: str | None
    """A tag for coupons. At most 32 characters."""
    support_fapiao: bool | None
    """Whether to show the entry for an electronic invoice."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    detail: V3OrderDetail | None
    """The goods. At most 6144 bytes."""
    settle_info: V3SettleInfo | None
    """Whether the money stays frozen for profit sharing."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3AppParamsRequired(TypedDict):
    description: str
    """Description of the goods, shown to the customer. At most 127 characters."""
    out_trade_no: str
    """Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters."""
    amount: V3OrderAmount
    """The amount of the order."""


class V3AppParams(_V3AppParamsRequired, total=False):
    """What `v3.app` takes."""

    scene_info: V3SceneInfo | None
    """Where it is sold."""
    time_expire: datetime | str | None
    """When the order can no longer be paid, at least one minute from now. Seven days when left out. An aware
    datetime, or a text as ``2018-06-08T10:34:56+08:00``.
    """
    attach: str | None
    """Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes."""
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """
    goods_tag: str | None
    """A tag for coupons. At most 32 characters."""
    support_fapiao: bool | None
    """Whether to show the entry for an electronic invoice."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    detail: V3OrderDetail | None
    """The goods. At most 6144 bytes."""
    settle_info: V3SettleInfo | None
    """Whether the money stays frozen for profit sharing."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class V3QueryParams(TypedDict, total=False):
    """What `v3.query` takes.

    Needs ``transaction_id`` or ``out_trade_no``.
    """

    out_trade_no: str | None
    """The merchant's number of the order. At most 32 characters."""
    transaction_id: str | None
    """WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3CloseParamsRequired(TypedDict):
    out_trade_no: str
    """The merchant's number of the order. At most 32 characters."""


class V3CloseParams(_V3CloseParamsRequired, total=False):
    """What `v3.close` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3CodepayParamsRequired(TypedDict):
    description: str
    """Description of the goods, shown to the customer. At most 127 characters."""
    out_trade_no: str
    """Merchant order number, 6 to 32 characters, unique within the merchant. Another try with another code needs
    another number. At most 32 characters.
    """
    payer: V3CodePayer
    """The customer's payment code."""
    amount: V3OrderAmount
    """The amount of the order."""
    scene_info: V3CodeSceneInfo
    """Where it is sold."""


class V3CodepayParams(_V3CodepayParamsRequired, total=False):
    """What `v3.codepay` takes."""

    attach: str | None
    """Data of yours: it comes back in the query and the bill. At most 128 bytes."""
    goods_tag: str | None
    """A tag for coupons. At most 32 characters."""
    support_fapiao: bool | None
    """Whether to show the entry for an electronic invoice."""
    detail: V3OrderDetail | None
    """The goods."""
    settle_info: V3SettleInfo | None
    """Whether the money stays frozen for profit sharing."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3ReverseParamsRequired(TypedDict):
    out_trade_no: str
    """The merchant's number of the order. At most 32 characters."""


class V3ReverseParams(_V3ReverseParamsRequired, total=False):
    """What `v3.reverse` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3CombineJsapiParamsRequired(TypedDict):
    combine_payer_info: V3CombinePayer
    """The customer."""
    combine_out_trade_no: str
    """The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters."""
    sub_orders: Sequence[V3CombineItem]
    """The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items."""


class V3CombineJsapiParams(_V3CombineJsapiParamsRequired, total=False):
    """What `v3.combine_jsapi` takes.

    Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
    ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.
    """

    scene_info: V3CombineSceneInfo | None
    """Where it is sold."""
    time_start: datetime | str | None
    """When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    time_expire: datetime | str | None
    """When the order can no longer be paid. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """


class _V3CombineNativeParamsRequired(TypedDict):
    combine_out_trade_no: str
    """The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters."""
    sub_orders: Sequence[V3CombineItem]
    """The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items."""


class V3CombineNativeParams(_V3CombineNativeParamsRequired, total=False):
    """What `v3.combine_native` takes.

    Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
    ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.
    """

    scene_info: V3CombineSceneInfo | None
    """Where it is sold."""
    time_start: datetime | str | None
    """When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    time_expire: datetime | str | None
    """When the order can no longer be paid. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """


class _V3CombineH5ParamsRequired(TypedDict):
    scene_info: V3CombineH5SceneInfo
    """Where it is sold: the customer's IP address, and the site."""
    combine_out_trade_no: str
    """The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters."""
    sub_orders: Sequence[V3CombineItem]
    """The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items."""


class V3CombineH5Params(_V3CombineH5ParamsRequired, total=False):
    """What `v3.combine_h5` takes.

    Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
    ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.
    """

    time_start: datetime | str | None
    """When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    time_expire: datetime | str | None
    """When the order can no longer be paid. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """


class _V3CombineAppParamsRequired(TypedDict):
    combine_out_trade_no: str
    """The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters."""
    sub_orders: Sequence[V3CombineItem]
    """The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items."""


class V3CombineAppParams(_V3CombineAppParamsRequired, total=False):
    """What `v3.combine_app` takes.

    Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
    ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.
    """

    scene_info: V3CombineSceneInfo | None
    """Where it is sold."""
    time_start: datetime | str | None
    """When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    time_expire: datetime | str | None
    """When the order can no longer be paid. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."""
    limit_pay: Mapping[str, Any] | Sequence[Any] | str | None
    """How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``. WeChat's
    current page does not name it. At most 256 characters. A dict or a list is written as JSON.
    """
    notify_url: str | None
    """Where WeChat posts the notification: https, reachable from outside, without a query. At most 255 characters.
    The client's own when left out.
    """


class _V3CombineQueryParamsRequired(TypedDict):
    combine_out_trade_no: str
    """The merchant's number of the combined order. At most 32 characters."""


class V3CombineQueryParams(_V3CombineQueryParamsRequired, total=False):
    """What `v3.combine_query` takes."""



class _V3CombineCloseParamsRequired(TypedDict):
    combine_out_trade_no: str
    """The merchant's number of the combined order. At most 32 characters."""
    sub_orders: Sequence[V3CombineCloseItem]
    """All its parts, as they were ordered. 1 to 50 items."""


class V3CombineCloseParams(_V3CombineCloseParamsRequired, total=False):
    """What `v3.combine_close` takes."""



class _V3RefundParamsRequired(TypedDict):
    out_refund_no: str
    """The merchant's number of the refund, the same for every attempt at it. At most 64 characters."""
    amount: V3RefundAmount
    """What is refunded, and what the order cost."""


class V3RefundParams(_V3RefundParamsRequired, total=False):
    """What `v3.refund` takes.

    Needs ``transaction_id`` or ``out_trade_no``.
    """

    out_trade_no: str | None
    """The merchant's number of the order. At most 32 characters."""
    transaction_id: str | None
    """WeChat's number of the payment, instead of ``out_trade_no``. At most 32 characters."""
    reason: str | None
    """Reason; shown to the customer for a partial refund above ¥1. At most 80 bytes."""
    notify_url: str | None
    """Where WeChat posts the refund's notification: https, reachable from outside, without a query. At most 256
    characters. The client's own when left out.
    """
    funds_account: Literal["AVAILABLE", "UNSETTLED"] | None
    """Which funds pay."""
    goods_detail: Sequence[V3RefundGoods] | None
    """The goods that come back."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3RefundQueryParamsRequired(TypedDict):
    out_refund_no: str
    """The merchant's number of the refund. At most 64 characters."""


class V3RefundQueryParams(_V3RefundQueryParamsRequired, total=False):
    """What `v3.refund_query` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3ApplyAbnormalRefundParamsRequired(TypedDict):
    refund_id: str
    """WeChat's number of the refund. At most 32 characters."""
    out_refund_no: str
    """The merchant's number of the refund. At most 64 characters."""
    type: Literal["USER_BANK_CARD", "MERCHANT_BANK_CARD"]
    """Who receives the money."""


class V3ApplyAbnormalRefundParams(_V3ApplyAbnormalRefundParamsRequired, total=False):
    """What `v3.apply_abnormal_refund` takes.

    ``type`` ``USER_BANK_CARD`` needs ``bank_type``.
    ``type`` ``USER_BANK_CARD`` needs ``bank_account``.
    ``type`` ``USER_BANK_CARD`` needs ``real_name``.
    """

    bank_type: str | None
    """The bank of the customer's card, such as ``ICBC_DEBIT``. WeChat takes debit cards of 15 banks. At most 16
    characters.
    """
    bank_account: str | None
    """The number of the customer's card. The client encrypts it."""
    real_name: str | None
    """The name of the customer. The client encrypts it."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3TransferParamsRequired(TypedDict):
    out_bill_no: str
    """The merchant's number of the transfer, the same for every attempt at it: digits and letters. At most 32
    characters.
    """
    transfer_scene_id: str
    """The scene (转账场景), opened at pay.weixin.qq.com, such as ``1000`` for promotions or ``1005`` for commissions.
    At most 36 characters.
    """
    openid: str
    """The customer's openid under the client's appid. At most 64 characters."""
    transfer_amount: int
    """The amount in fen."""
    transfer_remark: str
    """A remark, shown to the customer. At most 32 characters."""
    transfer_scene_report_infos: Sequence[V3TransferReportInfo]
    """What the transfer is for. Each scene has its own ``info_type``s."""


class V3TransferParams(_V3TransferParamsRequired, total=False):
    """What `v3.transfer` takes.

    With ``transfer_amount`` of 200000 fen or more, ``user_name`` is needed.
    With ``transfer_amount`` below 30 fen, ``user_name`` must be left out.
    With ``user_recv_style.type`` RED_PACKET, ``transfer_amount`` is at most 20000 fen.
    """

    user_name: str | None
    """The customer's real name, from ¥2000 on required and below ¥0.30 not allowed. WeChat compares it. The client
    encrypts it.
    """
    notify_url: str | None
    """Where WeChat posts the transfer's notification: https, reachable from outside, without a query. At most 256
    characters. The client's own when left out.
    """
    user_recv_perception: str | None
    """What the customer sees as the reason: one of the scene's texts."""
    user_recv_style: V3TransferStyle | None
    """How the customer sees it."""


class V3TransferQueryParams(TypedDict, total=False):
    """What `v3.transfer_query` takes.

    Needs ``transfer_bill_no`` or ``out_bill_no``.
    """

    out_bill_no: str | None
    """The merchant's number of the transfer. At most 32 characters."""
    transfer_bill_no: str | None
    """WeChat's number of the transfer. It wins over ``out_bill_no``. At most 64 characters."""


class _V3TransferCancelParamsRequired(TypedDict):
    out_bill_no: str
    """The merchant's number of the transfer. At most 32 characters."""


class V3TransferCancelParams(_V3TransferCancelParamsRequired, total=False):
    """What `v3.transfer_cancel` takes."""



class V3TransferReceiptParams(TypedDict, total=False):
    """What `v3.transfer_receipt` takes.

    Needs ``out_bill_no`` or ``transfer_bill_no``.
    """

    out_bill_no: str | None
    """The merchant's number of the transfer. At most 32 characters."""
    transfer_bill_no: str | None
    """WeChat's number of the transfer, instead of ``out_bill_no``. At most 64 characters."""


class V3TransferReceiptQueryParams(TypedDict, total=False):
    """What `v3.transfer_receipt_query` takes.

    Needs ``out_bill_no`` or ``transfer_bill_no``.
    """

    out_bill_no: str | None
    """The merchant's number of the transfer. At most 32 characters."""
    transfer_bill_no: str | None
    """WeChat's number of the transfer, instead of ``out_bill_no``. At most 64 characters."""


class _V3ProfitsharingOrderParamsRequired(TypedDict):
    transaction_id: str
    """WeChat's number of the payment. At most 32 characters."""
    out_order_no: str
    """The merchant's number of the sharing, the same for every attempt at it. At most 64 characters."""
    receivers: Sequence[V3ProfitsharingReceiver]
    """Who receives how much. At most 50 items."""
    unfreeze_unsplit: bool
    """Whether the rest is released to the merchant, after which the order cannot be shared again."""


class V3ProfitsharingOrderParams(_V3ProfitsharingOrderParamsRequired, total=False):
    """What `v3.profitsharing_order` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3ProfitsharingOrderQueryParamsRequired(TypedDict):
    out_order_no: str
    """The merchant's number of the sharing. At most 64 characters."""
    transaction_id: str
    """WeChat's number of the payment. At most 32 characters."""


class V3ProfitsharingOrderQueryParams(_V3ProfitsharingOrderQueryParamsRequired, total=False):
    """What `v3.profitsharing_order_query` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3ProfitsharingReturnParamsRequired(TypedDict):
    out_return_no: str
    """The merchant's number of the return, the same for every attempt at it. At most 64 characters."""
    return_mchid: str
    """The number of the merchant that gives it back. At most 32 characters."""
    amount: int
    """The amount in fen."""
    description: str
    """The reason. At most 80 characters."""


class V3ProfitsharingReturnParams(_V3ProfitsharingReturnParamsRequired, total=False):
    """What `v3.profitsharing_return` takes.

    Needs ``order_id`` or ``out_order_no``.
    """

    order_id: str | None
    """WeChat's number of the sharing. Give it or ``out_order_no``, not both. At most 64 characters."""
    out_order_no: str | None
    """The merchant's number of the sharing. At most 64 characters."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3ProfitsharingReturnQueryParamsRequired(TypedDict):
    out_return_no: str
    """The merchant's number of the return. At most 64 characters."""
    out_order_no: str
    """The merchant's number of the sharing. At most 64 characters."""


class V3ProfitsharingReturnQueryParams(_V3ProfitsharingReturnQueryParamsRequired, total=False):
    """What `v3.profitsharing_return_query` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3ProfitsharingUnfreezeParamsRequired(TypedDict):
    transaction_id: str
    """WeChat's number of the payment. At most 32 characters."""
    out_order_no: str
    """A new number of the merchant's: not that of a sharing before. At most 64 characters."""
    description: str
    """The reason. At most 80 characters."""


class V3ProfitsharingUnfreezeParams(_V3ProfitsharingUnfreezeParamsRequired, total=False):
    """What `v3.profitsharing_unfreeze` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3ProfitsharingAmountsParamsRequired(TypedDict):
    transaction_id: str
    """WeChat's number of the payment. At most 32 characters."""


class V3ProfitsharingAmountsParams(_V3ProfitsharingAmountsParamsRequired, total=False):
    """What `v3.profitsharing_amounts` takes."""



class V3ProfitsharingConfigParams(TypedDict, total=False):
    """What `v3.profitsharing_config` takes."""

    sub_mchid: str | None
    """The sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3ProfitsharingAddReceiverParamsRequired(TypedDict):
    relation_type: Literal[
        "STORE",
        "STAFF",
        "STORE_OWNER",
        "PARTNER",
        "HEADQUARTER",
        "BRAND",
        "DISTRIBUTOR",
        "USER",
        "SUPPLIER",
        "SERVICE_PROVIDER",
        "CUSTOM",
    ]
    """What the receiver is to the merchant. Only service providers send ``SERVICE_PROVIDER``."""
    type: Literal["MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID"]
    """What the receiver is."""
    account: str
    """A merchant's number, or a person's openid. At most 64 characters."""


class V3ProfitsharingAddReceiverParams(_V3ProfitsharingAddReceiverParamsRequired, total=False):
    """What `v3.profitsharing_add_receiver` takes.

    ``relation_type`` ``CUSTOM`` needs ``custom_relation``.
    """

    name: str | None
    """The full name of a merchant, required with ``MERCHANT_ID``; or the name of a person, which WeChat compares. The
    client encrypts it.
    """
    custom_relation: str | None
    """With ``CUSTOM``: what the receiver is. At most 10 characters."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3ProfitsharingDeleteReceiverParamsRequired(TypedDict):
    type: Literal["MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID"]
    """What the receiver is."""
    account: str
    """A merchant's number, or a person's openid. At most 64 characters."""


class V3ProfitsharingDeleteReceiverParams(_V3ProfitsharingDeleteReceiverParamsRequired, total=False):
    """What `v3.profitsharing_delete_receiver` takes."""

    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""
    sub_appid: str | None
    """Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32 characters."""


class _V3TradebillParamsRequired(TypedDict):
    bill_date: date | str
    """The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing."""


class V3TradebillParams(_V3TradebillParamsRequired, total=False):
    """What `v3.tradebill` takes."""

    bill_type: Literal["ALL", "SUCCESS", "REFUND", "RECHARGE_REFUND"] | None
    """Which rows. ``ALL`` when left out."""
    tar_type: Literal["GZIP"] | None
    """``GZIP`` to download it packed, which is faster. It is read the same."""
    sub_mchid: str | None
    """Service providers: the sub-merchant's number. The client's own setting when left out. At most 32 characters."""


class _V3FundflowbillParamsRequired(TypedDict):
    bill_date: date | str
    """The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing."""


class V3FundflowbillParams(_V3FundflowbillParamsRequired, total=False):
    """What `v3.fundflowbill` takes."""

    account_type: Literal["BASIC", "OPERATION", "FEES"] | None
    """Which account. ``BASIC`` when left out."""
    tar_type: Literal["GZIP"] | None
    """``GZIP`` to download it packed, which is faster. It is read the same."""


class _V3SubMerchantFundflowbillParamsRequired(TypedDict):
    bill_date: date | str
    """The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing."""


class V3SubMerchantFundflowbillParams(_V3SubMerchantFundflowbillParamsRequired, total=False):
    """What `v3.sub_merchant_fundflowbill` takes."""

    sub_mchid: str | None
    """The sub-merchant's number. The client's own setting when left out. At most 12 characters."""
    account_type: Literal["BASIC", "OPERATION", "FEES", "DEPOSIT"] | None
    """Which account. ``BASIC`` when left out."""
    algorithm: Literal["AEAD_AES_256_GCM"] | None
    """How it is encrypted. ``AEAD_AES_256_GCM`` when left out."""
    tar_type: Literal["GZIP"] | None
    """``GZIP`` to download it packed, which is faster. It is read the same."""


class _V3EcommerceFundflowbillParamsRequired(TypedDict):
    bill_date: date | str
    """The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing."""


class V3EcommerceFundflowbillParams(_V3EcommerceFundflowbillParamsRequired, total=False):
    """What `v3.ecommerce_fundflowbill` takes."""

    account_type: Literal["ALL"] | None
    """``ALL``. ``ALL`` when left out."""
    algorithm: Literal["AEAD_AES_256_GCM"] | None
    """How it is encrypted. ``AEAD_AES_256_GCM`` when left out."""
    tar_type: Literal["GZIP"] | None
    """``GZIP`` to download it packed, which is faster. It is read the same."""
