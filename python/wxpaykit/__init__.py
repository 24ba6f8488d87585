"""WeChat Pay (微信支付 APIv2 and APIv3) for Python.

>>> from wxpaykit import WxPay, ack
>>> pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0123456789abcdef0123456789abcdef")
>>> pay
WxPay(appid='wxd930ea5d5a258f4f', mch_id='10000100')

``WxPay`` blocks; ``AsyncWxPay`` is the same for asyncio. Amounts are integers of fen (分), 100 to a yuan; times are
aware datetimes, Beijing's when they come from WeChat; durations are seconds.
"""

import sys

# Before all that needs the native module.
from . import _loaded  # isort: skip  # noqa: F401
from . import v3
from ._ack import Ack, ack
from ._check import CheckReport, Finding
from ._codes import CodeProgress, CodeResult
from ._dispatch import dispatch
from ._handled import Handled, Reconciled, ReconciledRefund, ReconciledTransfer
from ._native import (
    Event,
    Explanation,
    Reply,
    __version__,
    build_xml,
    check_raw_data,
    decrypt_req_info,
    decrypt_user_data,
    explain,
    explain_jssdk,
    fen_to_yuan,
    jssdk_signature,
    mweb_redirect_url,
    new_out_refund_no,
    new_out_trade_no,
    parse_xml,
    sign,
    string_to_sign,
    verify,
    workwx_sign,
    yuan_to_fen,
)
from .client import WxPay
from .errors import (
    BusinessError,
    ConfigError,
    InvalidRequest,
    OAuthError,
    PaymentMismatch,
    ProtocolError,
    SignatureError,
    StoreError,
    TransportError,
    WxPayError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import bill as bill
    from ._files_async import AsyncV3File as AsyncV3File
    from ._files_sync import V3File as V3File
    from ._records import (
        AccessToken,
        AuthcodetoopenidReply,
        BatchquerycommentReply,
        CloseorderReply,
        Comment,
        ConfirmedPayment,
        ConfirmedRefund,
        ConfirmedTransfer,
        Coupon,
        GetsignkeyReply,
        MicropayReply,
        MiniprogramSession,
        NativeQuestion,
        OrderqueryReply,
        PaymentNotification,
        Paywwsptrans2pocketReply,
        PhoneInfo,
        PhoneNumber,
        QueryworkwxredpackReply,
        Querywwsptrans2pocketReply,
        RefundedCoupon,
        RefundItem,
        RefundNotification,
        RefundqueryReply,
        RefundReply,
        ReportReply,
        ReverseReply,
        SendworkwxredpackReply,
        ShorturlReply,
        Ticket,
        TransferNotification,
        UnifiedorderReply,
        UserData,
        UserInfo,
        V3Certificate,
        V3CertificatesReply,
        V3CodepayReply,
        V3CombineOrder,
        V3CombinePaidAmount,
        V3CombinePart,
        V3H5Reply,
        V3Media,
        V3NativeReply,
        V3Notification,
        V3Order,
        V3OrderPayer,
        V3OrderScene,
        V3PaidAmount,
        V3PrepayReply,
        V3ProfitsharingAddReceiverReply,
        V3ProfitsharingAmountsReply,
        V3ProfitsharingConfigReply,
        V3ProfitsharingDeleteReceiverReply,
        V3ProfitsharingOrderReply,
        V3ProfitsharingPart,
        V3ProfitsharingReturnReply,
        V3Promotion,
        V3PromotionGoods,
        V3RefundedAmount,
        V3RefundedFrom,
        V3RefundedGoods,
        V3RefundedPromotion,
        V3RefundReply,
        V3ReverseReply,
        V3SealedCertificate,
        V3TransferBill,
        V3TransferCancelReply,
        V3TransferReceiptFile,
        V3TransferReceiptReply,
        V3TransferReply,
        Watermark,
        WebToken,
        WecomOpenid,
        WecomVisitor,
    )
    from .aio import AsyncWxPay as AsyncWxPay

__all__ = [
    "AccessToken",
    "Ack",
    "AsyncV3File",
    "AsyncWxPay",
    "AuthcodetoopenidReply",
    "BatchquerycommentReply",
    "BusinessError",
    "CheckReport",
    "CloseorderReply",
    "CodeProgress",
    "CodeResult",
    "Comment",
    "ConfigError",
    "ConfirmedPayment",
    "ConfirmedRefund",
    "ConfirmedTransfer",
    "Coupon",
    "Event",
    "Explanation",
    "Finding",
    "GetsignkeyReply",
    "Handled",
    "InvalidRequest",
    "MicropayReply",
    "MiniprogramSession",
    "NativeQuestion",
    "OAuthError",
    "OrderqueryReply",
    "PaymentMismatch",
    "PaymentNotification",
    "Paywwsptrans2pocketReply",
    "PhoneInfo",
    "PhoneNumber",
    "ProtocolError",
    "QueryworkwxredpackReply",
    "Querywwsptrans2pocketReply",
    "Reconciled",
    "ReconciledRefund",
    "ReconciledTransfer",
    "RefundItem",
    "RefundNotification",
    "RefundReply",
    "RefundedCoupon",
    "RefundqueryReply",
    "Reply",
    "ReportReply",
    "ReverseReply",
    "SendworkwxredpackReply",
    "ShorturlReply",
    "SignatureError",
    "StoreError",
    "Ticket",
    "TransferNotification",
    "TransportError",
    "UnifiedorderReply",
    "UserData",
    "UserInfo",
    "V3Certificate",
    "V3CertificatesReply",
    "V3CodepayReply",
    "V3CombineOrder",
    "V3CombinePaidAmount",
    "V3CombinePart",
    "V3File",
    "V3H5Reply",
    "V3Media",
    "V3NativeReply",
    "V3Notification",
    "V3Order",
    "V3OrderPayer",
    "V3OrderScene",
    "V3PaidAmount",
    "V3PrepayReply",
    "V3ProfitsharingAddReceiverReply",
    "V3ProfitsharingAmountsReply",
    "V3ProfitsharingConfigReply",
    "V3ProfitsharingDeleteReceiverReply",
    "V3ProfitsharingOrderReply",
    "V3ProfitsharingPart",
    "V3ProfitsharingReturnReply",
    "V3Promotion",
    "V3PromotionGoods",
    "V3RefundReply",
    "V3RefundedAmount",
    "V3RefundedFrom",
    "V3RefundedGoods",
    "V3RefundedPromotion",
    "V3ReverseReply",
    "V3SealedCertificate",
    "V3TransferBill",
    "V3TransferCancelReply",
    "V3TransferReceiptFile",
    "V3TransferReceiptReply",
    "V3TransferReply",
    "Watermark",
    "WebToken",
    "WecomOpenid",
    "WecomVisitor",
    "WxPay",
    "WxPayError",
    "__version__",
    "ack",
    "build_xml",
    "check_raw_data",
    "decrypt_req_info",
    "decrypt_user_data",
    "dispatch",
    "explain",
    "explain_jssdk",
    "fen_to_yuan",
    "jssdk_signature",
    "mweb_redirect_url",
    "new_out_refund_no",
    "new_out_trade_no",
    "parse_xml",
    "sign",
    "string_to_sign",
    "v3",
    "verify",
    "workwx_sign",
    "yuan_to_fen",
]


#: What is imported at its first use: importing asyncio takes longer than the rest, and WxPay does not need it. The
#: many classes of records are imported at their first use too.
_LATER = ("AsyncV3File", "AsyncWxPay", "V3File", "bill")


def __getattr__(name: str) -> object:
    found: object
    if name == "AsyncWxPay":
        from .aio import AsyncWxPay

        found = AsyncWxPay
    elif name == "AsyncV3File":
        from ._files_async import AsyncV3File

        found = AsyncV3File
    elif name == "V3File":
        from ._files_sync import V3File

        found = V3File
    elif name == "bill":
        import wxpaykit.bill

        return wxpaykit.bill
    elif name in __all__:
        from . import _records

        found = getattr(_records, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *__all__})


if "IPython" in sys.modules:
    from ._signatures import install

    install()
