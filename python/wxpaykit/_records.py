# Written by `cargo xtask gen` from the table of calls; edit the table instead.
"""Documents that WeChat sends, a class each. Amounts are in fen, times aware and in Beijing's zone."""

from __future__ import annotations

from ._native import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

__all__ = [
    "AccessToken",
    "AuthcodetoopenidReply",
    "BatchquerycommentReply",
    "CloseorderReply",
    "Comment",
    "ConfirmedPayment",
    "ConfirmedRefund",
    "ConfirmedTransfer",
    "Coupon",
    "GetsignkeyReply",
    "MicropayReply",
    "MiniprogramSession",
    "NativeQuestion",
    "OrderqueryReply",
    "PaymentNotification",
    "Paywwsptrans2pocketReply",
    "PhoneInfo",
    "PhoneNumber",
    "QueryworkwxredpackReply",
    "Querywwsptrans2pocketReply",
    "RefundItem",
    "RefundNotification",
    "RefundReply",
    "RefundedCoupon",
    "RefundqueryReply",
    "ReportReply",
    "ReverseReply",
    "SendworkwxredpackReply",
    "ShorturlReply",
    "Ticket",
    "TransferNotification",
    "UnifiedorderReply",
    "UserData",
    "UserInfo",
    "V3Certificate",
    "V3CertificatesReply",
    "V3CodepayReply",
    "V3CombineOrder",
    "V3CombinePaidAmount",
    "V3CombinePart",
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
]


class Coupon(Reply):
    """A coupon used in a payment.

    Attributes:
        coupon_id: The coupon's number.
        coupon_type: ``CASH`` (recharged) or ``NO_CASH``.
        coupon_fee: Amount that it paid, in fen.
    """

    __slots__ = ()

    coupon_id: str | None
    coupon_type: str | None
    coupon_fee: int | None


class RefundedCoupon(Reply):
    """The refund of one coupon.

    Attributes:
        coupon_refund_id: The coupon's number.
        coupon_type: ``CASH`` (recharged) or ``NO_CASH``; of a refund that APIv3 confirmed also ``COUPON`` or
            ``DISCOUNT``.
        coupon_refund_fee: Amount refunded to it, in fen.
        coupon_refund_batch_id: The coupon's batch, from older gateways.
    """

    __slots__ = ()

    coupon_refund_id: str | None
    coupon_type: str | None
    coupon_refund_fee: int | None
    coupon_refund_batch_id: str | None


class RefundItem(Reply):
    """A refund in the reply of ``refundquery``.

    Attributes:
        out_refund_no: The merchant's number of the refund.
        refund_id: WeChat's number of the refund.
        refund_fee: Amount of the refund request, in fen, coupons included.
        refund_status: The refund's state.
        refund_channel: Where the money goes.
        settlement_refund_fee: Settlement refund amount in fen: the refund minus non-recharge coupons.
        coupon_refund_fee: Amount refunded to coupons, in fen.
        coupon_refund_count: Number of coupons refunded.
        coupon_type: ``CASH`` (recharged) or ``NO_CASH``. Older gateways send one for all coupons.
        refund_account: Which funds paid.
        refund_recv_accout: Who received it, in WeChat's words and WeChat's spelling: a balance, or a card.
        refund_success_time: When the customer got it.
        coupons: The refund of one coupon.
    """

    __slots__ = ()

    out_refund_no: str | None
    refund_id: str | None
    refund_fee: int | None
    refund_status: str | None
    refund_channel: str | None
    settlement_refund_fee: int | None
    coupon_refund_fee: int | None
    coupon_refund_count: int | None
    coupon_type: str | None
    refund_account: str | None
    refund_recv_accout: str | None
    refund_success_time: datetime | None
    coupons: tuple[RefundedCoupon, ...]


class Comment(Reply):
    """What a customer wrote about an order.

    Attributes:
        comment_time: When it was written.
        transaction_id: WeChat's number of the payment.
        stars: From 1 to 5 stars.
        comment: The text.
    """

    __slots__ = ()

    comment_time: datetime | None
    transaction_id: str | None
    stars: int | None
    comment: str | None


class PaymentNotification(Reply):
    """A notification whose signature, appid and mch_id are checked. WeChat wrote it, or another holder of the key:
    ship nothing because of it alone.

    Attributes:
        combine_out_trade_no: Of a part of a combined order: the merchant's number of the combined order.
        result_code: ``SUCCESS``, or ``FAIL`` for contracts.
        err_code: WeChat's code of a failure, for contracts.
        err_code_des: The failure in WeChat's words.
        out_trade_no: The merchant's number of the order.
        transaction_id: WeChat's number of the payment.
        total_fee: The order's amount in fen. Compare it with the amount that you recorded for the order.
        settlement_total_fee: Settlement amount in fen: the total minus non-recharge coupons.
        cash_fee: Cash paid by the customer, in fen.
        coupon_fee: Amount paid by coupons, in fen.
        coupon_count: How many coupons were used.
        fee_type: The currency, ISO 4217.
        cash_fee_type: The currency of ``cash_fee``.
        rate: The exchange rate, for merchants abroad.
        openid: The customer's openid under this appid.
        is_subscribe: Whether the customer follows the account.
        sub_openid: The customer, as the sub-merchant's appid knows them.
        sub_is_subscribe: Whether the customer follows the sub-merchant's account.
        trade_type: How it was paid.
        bank_type: The bank, or ``OTHERS``.
        attach: The merchant's own text, as sent.
        time_end: When it was paid.
        promotion_detail: Promotions used, as JSON, for ``version`` 1.0.
        device_info: The terminal's number, as sent.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
        coupons: A coupon used in a payment.
    """

    __slots__ = ()

    combine_out_trade_no: str | None
    result_code: str
    err_code: str | None
    err_code_des: str | None
    out_trade_no: str
    transaction_id: str
    total_fee: int
    settlement_total_fee: int | None
    cash_fee: int | None
    coupon_fee: int | None
    coupon_count: int | None
    fee_type: str | None
    cash_fee_type: str | None
    rate: str | None
    openid: str | None
    is_subscribe: str | None
    sub_openid: str | None
    sub_is_subscribe: str | None
    trade_type: str | None
    bank_type: str | None
    attach: str | None
    time_end: datetime | None
    promotion_detail: Any
    device_info: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None
    coupons: tuple[Coupon, ...]


class ConfirmedPayment(Reply):
    """A payment that WeChat's reply to ``orderquery`` or ``v3.query`` confirmed, or to ``micropay`` or ``v3.codepay``
    where it is complete: the money has arrived. A part of a combined order is confirmed by ``v3.combine_query``; its
    ``mch_id`` is the merchant of the part.

    APIv3 has no ``rate``, ``is_subscribe`` and ``sub_is_subscribe``; its coupons are those of ``promotion_detail``,
    and ``coupon_fee`` and ``settlement_total_fee`` are missing where their amounts do not add up.

    Attributes:
        combine_out_trade_no: Of a part of a combined order: the merchant's number of the combined order.
        api: Which API confirmed it: ``v2`` or ``v3``. The other fields have the same names and meanings for both;
            ``promotion_detail`` is as that API writes it.
        out_trade_no: The merchant's number of the order.
        transaction_id: WeChat's number of the payment.
        total_fee: The order's amount in fen. Compare it with the amount that you recorded for the order.
        trade_state: The order's state. A payment that is confirmed has ``SUCCESS``.
        trade_state_desc: The state in WeChat's words.
        settlement_total_fee: Settlement amount in fen: the total minus non-recharge coupons.
        cash_fee: Cash paid by the customer, in fen.
        coupon_fee: Amount paid by coupons, in fen.
        coupon_count: How many coupons were used.
        fee_type: The currency, ISO 4217.
        cash_fee_type: The currency of ``cash_fee``.
        rate: The exchange rate, for merchants abroad.
        openid: The customer's openid under this appid.
        is_subscribe: Whether the customer follows the account.
        sub_openid: The customer, as the sub-merchant's appid knows them.
        sub_is_subscribe: Whether the customer follows the sub-merchant's account.
        trade_type: How it was paid.
        bank_type: The bank, or ``OTHERS``.
        attach: The merchant's own text, as sent.
        time_end: When it was paid.
        promotion_detail: Promotions used, as JSON, for ``version`` 1.0.
        device_info: The terminal's number, as sent.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
        coupons: A coupon used in a payment.
    """

    __slots__ = ()

    combine_out_trade_no: str | None
    api: str
    out_trade_no: str
    transaction_id: str
    total_fee: int
    trade_state: str
    trade_state_desc: str | None
    settlement_total_fee: int | None
    cash_fee: int | None
    coupon_fee: int | None
    coupon_count: int | None
    fee_type: str | None
    cash_fee_type: str | None
    rate: str | None
    openid: str | None
    is_subscribe: str | None
    sub_openid: str | None
    sub_is_subscribe: str | None
    trade_type: str | None
    bank_type: str | None
    attach: str | None
    time_end: datetime | None
    promotion_detail: Any
    device_info: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None
    coupons: tuple[Coupon, ...]


class RefundNotification(Reply):
    """A notification about a refund, decrypted, whose appid and mch_id are checked. One of APIv2 is not signed: ask
    ``refundquery`` before you act on it, as ``notify.handle`` does.

    One of APIv3 has no ``settlement_total_fee``, ``settlement_refund_fee``, ``refund_account`` and
    ``refund_request_source``.

    Attributes:
        out_refund_no: The merchant's number of the refund. WeChat's own, for a refund that was made at the merchant
            platform.
        refund_id: WeChat's number of the refund.
        out_trade_no: The merchant's number of the order.
        transaction_id: WeChat's number of the payment.
        total_fee: The order's amount, in fen.
        refund_fee: The refund's amount, in fen, coupons included.
        refund_status: The refund's state: ``SUCCESS``, ``CHANGE`` or ``REFUNDCLOSE``.
        settlement_total_fee: The order's amount less coupons that are not recharged, in fen.
        settlement_refund_fee: The refund's amount less coupons that are not recharged, in fen.
        cash_refund_fee: Cash refunded to the customer, in fen, where WeChat sends it.
        success_time: When the customer got it.
        refund_recv_accout: Who received it, in WeChat's words and WeChat's spelling: a balance, or a card.
        refund_account: Which funds paid.
        refund_request_source: ``API``, or ``VENDOR_PLATFORM`` for a refund that was made at the merchant platform.
        appid: The appid of the order. APIv3 does not say it.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
    """

    __slots__ = ()

    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    total_fee: int
    refund_fee: int
    refund_status: str
    settlement_total_fee: int | None
    settlement_refund_fee: int | None
    cash_refund_fee: int | None
    success_time: datetime | None
    refund_recv_accout: str | None
    refund_account: str | None
    refund_request_source: str | None
    appid: str | None
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None


class ConfirmedRefund(Reply):
    """A refund whose result WeChat itself confirmed by ``refundquery`` or ``v3.refund_query``. ``refund_status`` is
    the result: ``SUCCESS`` when the customer has the money.

    APIv3 has no ``appid``, ``sub_appid`` and ``cash_fee_type``. It has ``settlement_total_fee`` and
    ``settlement_refund_fee`` always, APIv2 where WeChat sends them. ``coupon_refund_fee`` is missing where APIv3's
    amounts do not add up.

    Attributes:
        api: Which API confirmed it: ``v2`` or ``v3``. The other fields have the same names and values for both:
            APIv3's ``CLOSED`` is ``REFUNDCLOSE`` here, and its ``ABNORMAL`` is ``CHANGE``.
        out_refund_no: The merchant's number of the refund.
        refund_id: WeChat's number of the refund.
        out_trade_no: The merchant's number of the order.
        transaction_id: WeChat's number of the payment.
        total_fee: The order's amount, in fen.
        refund_fee: The refund's amount, in fen, coupons included.
        refund_status: The result: ``SUCCESS``; ``REFUNDCLOSE``, after which a refund needs a new ``out_refund_no``;
            or ``CHANGE``, which a person has to finish at pay.weixin.qq.com.
        refund_channel: Where the money goes.
        settlement_refund_fee: Settlement refund amount in fen: the refund minus non-recharge coupons.
        coupon_refund_fee: Amount refunded to coupons, in fen.
        coupon_refund_count: Number of coupons refunded.
        coupon_type: ``CASH`` (recharged) or ``NO_CASH``. Older gateways send one for all coupons.
        refund_account: Which funds paid.
        refund_recv_accout: Who received it, in WeChat's words and WeChat's spelling: a balance, or a card.
        refund_success_time: When the customer got it.
        settlement_total_fee: The order's amount less coupons that are not recharged, in fen.
        fee_type: The currency, ISO 4217.
        cash_fee: Cash paid by the customer, in fen.
        cash_fee_type: The currency of ``cash_fee``.
        appid: The appid of the order. APIv3 does not say it.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
        coupons: The refund of one coupon.
    """

    __slots__ = ()

    api: str
    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    total_fee: int
    refund_fee: int
    refund_status: str
    refund_channel: str | None
    settlement_refund_fee: int | None
    coupon_refund_fee: int | None
    coupon_refund_count: int | None
    coupon_type: str | None
    refund_account: str | None
    refund_recv_accout: str | None
    refund_success_time: datetime | None
    settlement_total_fee: int | None
    fee_type: str | None
    cash_fee: int | None
    cash_fee_type: str | None
    appid: str | None
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None
    coupons: tuple[RefundedCoupon, ...]


class TransferNotification(Reply):
    """A notification of a transfer, verified and decrypted. It is not confirmed.

    Attributes:
        out_bill_no: The merchant's number of the transfer.
        transfer_bill_no: WeChat's number of the transfer.
        mch_id: The merchant's number.
        state: The state: ``SUCCESS``, ``FAIL`` or ``CANCELLED``.
        transfer_amount: The amount in fen.
        openid: The customer's openid.
        fail_reason: Why it failed, such as ``OVERDUE_CLOSE``.
        create_time: When WeChat accepted it.
        update_time: When its state last changed.
    """

    __slots__ = ()

    out_bill_no: str
    transfer_bill_no: str
    mch_id: str
    state: str
    transfer_amount: int
    openid: str | None
    fail_reason: str | None
    create_time: datetime | None
    update_time: datetime | None


class ConfirmedTransfer(Reply):
    """A transfer whose result WeChat itself confirmed by ``v3.transfer_query``. ``state`` is the result: ``SUCCESS``
    when the customer has the money.

    Attributes:
        state: The result: ``SUCCESS``; ``FAIL`` or ``CANCELLED``, after which a transfer needs a new ``out_bill_no``.
        out_bill_no: The merchant's number of the transfer.
        transfer_bill_no: WeChat's number of the transfer.
        transfer_amount: The amount in fen.
        mch_id: The merchant's number.
        appid: The appid of the transfer.
        openid: The customer's openid.
        user_name: The customer's name, as sent. The client decrypts it.
        transfer_remark: The remark, as sent.
        fail_reason: Why it failed, such as ``OVERDUE_CLOSE``.
        create_time: When WeChat accepted it.
        update_time: When its state last changed.
        api: Which API confirmed it: ``v3``, which alone has transfers.
    """

    __slots__ = ()

    state: str
    out_bill_no: str
    transfer_bill_no: str
    transfer_amount: int
    mch_id: str
    appid: str | None
    openid: str | None
    user_name: str | None
    transfer_remark: str | None
    fail_reason: str | None
    create_time: datetime | None
    update_time: datetime | None
    api: str


class NativeQuestion(Reply):
    """WeChat's question for an order, after a customer scanned a permanent code. Its signature, appid and mch_id are
    checked.

    Attributes:
        appid: The appid.
        mch_id: The merchant.
        product_id: The product in the code.
        openid: The customer, as this appid knows them.
        is_subscribe: Whether the customer follows the account.
    """

    __slots__ = ()

    appid: str
    mch_id: str
    product_id: str
    openid: str
    is_subscribe: str | None


class V3Notification(Reply):
    """A notification of APIv3 of any kind: its signature is verified, and its resource decrypted. It is not
    confirmed, and whether it was handled before is not looked at: ``notify.handle`` does both for payments, refunds
    and transfers.

    Attributes:
        id: WeChat's number of the notification, the same whenever it is sent again.
        create_time: When it was made.
        event_type: What it is about, such as ``TRANSACTION.SUCCESS`` or ``REFUND.SUCCESS``.
        resource_type: ``encrypt-resource``.
        summary: The event in WeChat's words.
        original_type: What the resource is, such as ``transaction``, ``refund`` or ``profitsharing``.
        resource: The decrypted resource, a JSON object: for a payment with the members of ``v3.query``'s reply.
    """

    __slots__ = ()

    id: str
    create_time: datetime | None
    event_type: str
    resource_type: str | None
    summary: str | None
    original_type: str | None
    resource: Any


class V3Media(Reply):
    """The reply of ``upload``: which of both it has depends on the path. What other paths answer is there under its
    own name.

    Attributes:
        media_id: WeChat's id of the file: what other calls want, as it is.
        media_url: The address of the image, for coupons.
    """

    __slots__ = ()

    media_id: str | None
    media_url: str | None


class WebToken(Reply):
    """Reply to the exchange of a code: openid, and a token for ``userinfo``.

    Attributes:
        openid: The customer's openid under this appid.
        access_token: A token for this customer's ``userinfo``; not the one of ``cgi-bin/token``.
        expires_in: How long the token lives, in seconds.
        refresh_token: Renews the token for 30 days.
        scope: Granted scopes, separated by commas.
        is_snapshotuser: 1 when this is a snapshot visitor, whose openid is not real.
        unionid: The customer across the accounts of one open platform.
    """

    __slots__ = ()

    openid: str
    access_token: str
    expires_in: int
    refresh_token: str | None
    scope: str | None
    is_snapshotuser: int | None
    unionid: str | None


class UserInfo(Reply):
    """A customer who agreed to ``snsapi_userinfo``.

    Attributes:
        openid: The customer's openid under this appid.
        nickname: The name.
        sex: 0 since 2021.
        province: Empty since 2021.
        city: Empty since 2021.
        country: Empty since 2021.
        headimgurl: The picture's address.
        privilege: Privileges, as a list.
        unionid: The customer across the accounts of one open platform.
    """

    __slots__ = ()

    openid: str
    nickname: str | None
    sex: int | None
    province: str | None
    city: str | None
    country: str | None
    headimgurl: str | None
    privilege: Any
    unionid: str | None


class MiniprogramSession(Reply):
    """A customer who opened a mini program: the openid for orders, and the key of this login.

    Attributes:
        openid: The customer's openid under this appid.
        session_key: The key of this login. It decrypts user data: keep it on the server, and out of logs.
        unionid: The customer across the accounts of one open platform.
    """

    __slots__ = ()

    openid: str
    session_key: str
    unionid: str | None


class Watermark(Reply):
    """The mini program that some user data is for, and when it was made.

    Attributes:
        timestamp: When it was made, in seconds since 1970. Refuse what is too old for you.
        appid: The appid of the mini program.
    """

    __slots__ = ()

    timestamp: int
    appid: str


class PhoneInfo(Reply):
    """A customer's phone number.

    Attributes:
        phoneNumber: The number; foreign ones with their country code.
        purePhoneNumber: The number without country code.
        countryCode: The country code, such as 86.
        watermark: The mini program that the data is for, and when it was made.
    """

    __slots__ = ()

    phoneNumber: str | None
    purePhoneNumber: str | None
    countryCode: str | None
    watermark: Watermark | None


class PhoneNumber(Reply):
    """Reply with a phone number.

    Attributes:
        phone_info: The number: ``phoneNumber``, ``purePhoneNumber`` without the country code, ``countryCode``, and
            ``watermark``.
    """

    __slots__ = ()

    phone_info: PhoneInfo


class UserData(Reply):
    """User data of a mini program, decrypted. WeChat leaves members out, and has sent neither ``openId`` nor
    ``unionId`` since 2021: take them from ``jscode2session``.

    Attributes:
        watermark: The mini program that the data is for, and when it was made: ``appid``, and ``timestamp`` in
            seconds since 1970.
        openId: The customer's openid; in old data.
        unionId: The customer across the accounts of one open platform; in old data.
        nickName: The name; 微信用户 since 2021.
        gender: 0 since 2021.
        language: The language of the customer's WeChat.
        city: Empty since 2021.
        province: Empty since 2021.
        country: Empty since 2021.
        avatarUrl: The address of the picture.
        phoneNumber: The phone number; foreign ones with their country code.
        purePhoneNumber: The phone number without country code.
        countryCode: The country code, such as 86.
    """

    __slots__ = ()

    watermark: Watermark
    openId: str | None
    unionId: str | None
    nickName: str | None
    gender: int | None
    language: str | None
    city: str | None
    province: str | None
    country: str | None
    avatarUrl: str | None
    phoneNumber: str | None
    purePhoneNumber: str | None
    countryCode: str | None


class AccessToken(Reply):
    """The account's access_token.

    Attributes:
        access_token: The token.
        expires_in: How long it lives, in seconds.
    """

    __slots__ = ()

    access_token: str
    expires_in: int


class Ticket(Reply):
    """The account's jsapi_ticket.

    Attributes:
        ticket: The ticket.
        expires_in: How long it lives, in seconds.
    """

    __slots__ = ()

    ticket: str
    expires_in: int


class WecomVisitor(Reply):
    """Who came back from WeCom's authorize link: a member, or anybody else.

    Attributes:
        userid: Of a member: the userid. ``convert_to_openid`` gives the openid.
        openid: Of anybody else: the openid, with which they pay.
        user_ticket: Of a member who agreed to ``snsapi_privateinfo``: a ticket for more about them.
        external_userid: The external_userid of a customer who is not a member.
    """

    __slots__ = ()

    userid: str | None
    openid: str | None
    user_ticket: str | None
    external_userid: str | None


class WecomOpenid(Reply):
    """The openid of a member.

    Attributes:
        openid: The openid under the corpid.
    """

    __slots__ = ()

    openid: str


class UnifiedorderReply(Reply):
    """The reply of ``unifiedorder``.

    Attributes:
        trade_type: How it will be paid.
        prepay_id: Payment session ID that opens the cashier. Valid for two hours.
        code_url: NATIVE: the text of the QR code. Valid for two hours.
        mweb_url: MWEB: where to send the customer's browser. Valid for five minutes.
        device_info: The terminal's number, as sent.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
    """

    __slots__ = ()

    trade_type: str
    prepay_id: str
    code_url: str | None
    mweb_url: str | None
    device_info: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None


class OrderqueryReply(Reply):
    """The reply of ``orderquery``. Unless the order is paid, only its state and numbers are there.

    Attributes:
        out_trade_no: The merchant's number of the order.
        transaction_id: WeChat's number of the payment.
        total_fee: The order's amount in fen.
        trade_state: The order's state. A payment that is confirmed has ``SUCCESS``.
        trade_state_desc: The state in WeChat's words.
        settlement_total_fee: Settlement amount in fen: the total minus non-recharge coupons.
        cash_fee: Cash paid by the customer, in fen.
        coupon_fee: Amount paid by coupons, in fen.
        coupon_count: How many coupons were used.
        fee_type: The currency, ISO 4217.
        cash_fee_type: The currency of ``cash_fee``.
        rate: The exchange rate, for merchants abroad.
        openid: The customer's openid under this appid.
        is_subscribe: Whether the customer follows the account.
        sub_openid: The customer, as the sub-merchant's appid knows them.
        sub_is_subscribe: Whether the customer follows the sub-merchant's account.
        trade_type: How it was paid.
        bank_type: The bank, or ``OTHERS``.
        attach: The merchant's own text, as sent.
        time_end: When it was paid.
        promotion_detail: Promotions used, as JSON, for ``version`` 1.0.
        device_info: The terminal's number, as sent.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
        coupons: A coupon used in a payment.
    """

    __slots__ = ()

    out_trade_no: str | None
    transaction_id: str | None
    total_fee: int | None
    trade_state: str
    trade_state_desc: str | None
    settlement_total_fee: int | None
    cash_fee: int | None
    coupon_fee: int | None
    coupon_count: int | None
    fee_type: str | None
    cash_fee_type: str | None
    rate: str | None
    openid: str | None
    is_subscribe: str | None
    sub_openid: str | None
    sub_is_subscribe: str | None
    trade_type: str | None
    bank_type: str | None
    attach: str | None
    time_end: datetime | None
    promotion_detail: Any
    device_info: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None
    coupons: tuple[Coupon, ...]


class CloseorderReply(Reply):
    """The reply of ``closeorder``: the order is closed.

    Attributes:
        result_msg: ``OK``, where WeChat sends it.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
    """

    __slots__ = ()

    result_msg: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None


class RefundReply(Reply):
    """The reply of ``refund``: WeChat accepted it.

    Attributes:
        out_refund_no: The merchant's number of the refund.
        refund_id: WeChat's number of the refund.
        transaction_id: WeChat's number of the payment.
        out_trade_no: The merchant's number of the order.
        refund_fee: Amount refunded, in fen, coupons included.
        total_fee: The order's amount, in fen.
        refund_channel: Where the money goes, if WeChat says so.
        settlement_refund_fee: Settlement refund amount in fen: the refund minus non-recharge coupons.
        cash_refund_fee: Cash refunded to the customer, in fen.
        cash_refund_fee_type: The currency of ``cash_refund_fee``.
        coupon_refund_fee: Amount refunded to coupons, in fen.
        coupon_refund_count: Number of coupons refunded.
        device_info: The terminal's number, as sent.
        settlement_total_fee: The order's amount less coupons that are not recharged, in fen.
        fee_type: The currency, ISO 4217.
        cash_fee: Cash paid by the customer, in fen.
        cash_fee_type: The currency of ``cash_fee``.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
        coupons: The refund of one coupon.
    """

    __slots__ = ()

    out_refund_no: str
    refund_id: str
    transaction_id: str | None
    out_trade_no: str | None
    refund_fee: int
    total_fee: int
    refund_channel: str | None
    settlement_refund_fee: int | None
    cash_refund_fee: int | None
    cash_refund_fee_type: str | None
    coupon_refund_fee: int | None
    coupon_refund_count: int | None
    device_info: str | None
    settlement_total_fee: int | None
    fee_type: str | None
    cash_fee: int | None
    cash_fee_type: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None
    coupons: tuple[RefundedCoupon, ...]


class RefundqueryReply(Reply):
    """The reply of ``refundquery``.

    Attributes:
        refund_count: How many refunds this reply has.
        total_refund_count: How many refunds the order has, where WeChat says so.
        transaction_id: WeChat's number of the payment.
        out_trade_no: The merchant's number of the order.
        total_fee: The order's amount, in fen.
        refund_fee: The sum of the refunds, in fen, where WeChat sends it.
        device_info: The terminal's number, as sent.
        settlement_total_fee: The order's amount less coupons that are not recharged, in fen.
        fee_type: The currency, ISO 4217.
        cash_fee: Cash paid by the customer, in fen.
        cash_fee_type: The currency of ``cash_fee``.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
        refunds: A refund in the reply of ``refundquery``.
    """

    __slots__ = ()

    refund_count: int
    total_refund_count: int | None
    transaction_id: str | None
    out_trade_no: str | None
    total_fee: int | None
    refund_fee: int | None
    device_info: str | None
    settlement_total_fee: int | None
    fee_type: str | None
    cash_fee: int | None
    cash_fee_type: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None
    refunds: tuple[RefundItem, ...]


class BatchquerycommentReply(Reply):
    """The reply of ``batchquerycomment``.

    Attributes:
        offset: Where to go on: give it as ``offset`` of the next call.
        comments: What a customer wrote about an order.
    """

    __slots__ = ()

    offset: int
    comments: tuple[Comment, ...]


class MicropayReply(Reply):
    """The reply of ``micropay``. It is a payment only if ``trade_state`` is ``SUCCESS`` or missing, and
    ``transaction_id`` is there.

    Attributes:
        trade_state: The order's state, where WeChat says it: ``SUCCESS``, ``USERPAYING`` or ``PAYERROR``.
        trade_state_desc: The state in WeChat's words.
        out_trade_no: The merchant's number of the order.
        transaction_id: WeChat's number of the payment.
        total_fee: The order's amount in fen.
        settlement_total_fee: Settlement amount in fen: the total minus non-recharge coupons.
        cash_fee: Cash paid by the customer, in fen.
        coupon_fee: Amount paid by coupons, in fen.
        coupon_count: How many coupons were used.
        fee_type: The currency, ISO 4217.
        cash_fee_type: The currency of ``cash_fee``.
        rate: The exchange rate, for merchants abroad.
        openid: The customer's openid under this appid.
        is_subscribe: Whether the customer follows the account.
        sub_openid: The customer, as the sub-merchant's appid knows them.
        sub_is_subscribe: Whether the customer follows the sub-merchant's account.
        trade_type: How it was paid.
        bank_type: The bank, or ``OTHERS``.
        attach: The merchant's own text, as sent.
        time_end: When it was paid.
        promotion_detail: Promotions used, as JSON, for ``version`` 1.0.
        device_info: The terminal's number, as sent.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
        coupons: A coupon used in a payment.
    """

    __slots__ = ()

    trade_state: str | None
    trade_state_desc: str | None
    out_trade_no: str | None
    transaction_id: str | None
    total_fee: int | None
    settlement_total_fee: int | None
    cash_fee: int | None
    coupon_fee: int | None
    coupon_count: int | None
    fee_type: str | None
    cash_fee_type: str | None
    rate: str | None
    openid: str | None
    is_subscribe: str | None
    sub_openid: str | None
    sub_is_subscribe: str | None
    trade_type: str | None
    bank_type: str | None
    attach: str | None
    time_end: datetime | None
    promotion_detail: Any
    device_info: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None
    coupons: tuple[Coupon, ...]


class ReverseReply(Reply):
    """The reply of ``reverse``.

    Attributes:
        recall: ``Y``: the order is not cancelled yet, so call ``reverse`` again.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
    """

    __slots__ = ()

    recall: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None


class AuthcodetoopenidReply(Reply):
    """The reply of ``authcodetoopenid``.

    Attributes:
        openid: The customer, as this appid knows them.
        sub_openid: The customer, as the sub-merchant's appid knows them.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
    """

    __slots__ = ()

    openid: str
    sub_openid: str | None
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None


class ShorturlReply(Reply):
    """The reply of ``shorturl``.

    Attributes:
        short_url: The short text, ``weixin://wxpay/s/…``: make the QR code of it.
        appid: The appid.
        mch_id: The merchant.
        sub_appid: The sub-merchant's appid.
        sub_mch_id: The sub-merchant.
    """

    __slots__ = ()

    short_url: str
    appid: str
    mch_id: str
    sub_appid: str | None
    sub_mch_id: str | None


class ReportReply(Reply):
    """The reply of ``report``: WeChat took it. It is not signed.

    Attributes:
        err_code: ``0``, where WeChat sends it.
    """

    __slots__ = ()

    err_code: str | None


class GetsignkeyReply(Reply):
    """The reply of ``getsignkey``. It is not signed.

    Attributes:
        sandbox_signkey: The sandbox's API key.
    """

    __slots__ = ()

    sandbox_signkey: str


class SendworkwxredpackReply(Reply):
    """The reply of ``sendworkwxredpack``: the red packet is sent.

    Attributes:
        mch_billno: The merchant's number of the red packet.
        mch_id: The merchant's number.
        wxappid: The corpid.
        re_openid: Who receives it.
        total_amount: The amount in fen.
        send_listid: WeChat's number of the red packet.
        sender_name: The sender's name.
        sender_header_media_id: The sender's picture.
    """

    __slots__ = ()

    mch_billno: str
    mch_id: str
    wxappid: str
    re_openid: str
    total_amount: int
    send_listid: str | None
    sender_name: str | None
    sender_header_media_id: str | None


class QueryworkwxredpackReply(Reply):
    """The reply of ``queryworkwxredpack``. WeChat's documents do not say that it is signed; a signature that it has
    is verified.

    Attributes:
        mch_billno: The merchant's number of the red packet.
        mch_id: The merchant's number.
        detail_id: WeChat's number of the red packet.
        status: The state.
        send_type: How it was sent: ``API``.
        total_amount: The amount in fen.
        reason: Why it failed.
        send_time: When it was sent, ``yyyy-MM-dd HH:mm:ss`` in Beijing.
        refund_time: When its money went back, ``yyyy-MM-dd HH:mm:ss`` in Beijing.
        refund_amount: How much went back, in fen.
        wishing: The wish.
        remark: The remark.
        act_name: The name of the activity.
        openid: Who receives it.
        amount: How much the receiver took, in fen.
        rcv_time: When the receiver took it, ``yyyy-MM-dd HH:mm:ss`` in Beijing.
        sender_name: The sender's name.
        sender_header_media_id: The sender's picture.
    """

    __slots__ = ()

    mch_billno: str
    mch_id: str | None
    detail_id: str | None
    status: str
    send_type: str | None
    total_amount: int | None
    reason: str | None
    send_time: str | None
    refund_time: str | None
    refund_amount: int | None
    wishing: str | None
    remark: str | None
    act_name: str | None
    openid: str | None
    amount: int | None
    rcv_time: str | None
    sender_name: str | None
    sender_header_media_id: str | None


class Paywwsptrans2pocketReply(Reply):
    """The reply of ``paywwsptrans2pocket``: the member is paid. It is not signed; a signature that it has is
    verified.

    Attributes:
        appid: The corpid.
        mch_id: The merchant's number.
        partner_trade_no: The merchant's number of the payment.
        payment_no: WeChat's number of the payment to the member.
        payment_time: When it was paid, ``yyyy-MM-dd HH:mm:ss`` in Beijing.
        device_info: The terminal's number.
    """

    __slots__ = ()

    appid: str | None
    mch_id: str | None
    partner_trade_no: str
    payment_no: str
    payment_time: str | None
    device_info: str | None


class Querywwsptrans2pocketReply(Reply):
    """The reply of ``querywwsptrans2pocket``. It is not signed; a signature that it has is verified.

    Attributes:
        partner_trade_no: The merchant's number of the payment.
        mch_id: The merchant's number.
        detail_id: WeChat's number of the payment to the member.
        status: The state.
        reason: Why it failed.
        openid: The member.
        transfer_name: The member's name.
        payment_amount: The amount in fen.
        transfer_time: When it was asked for, ``yyyy-MM-dd HH:mm:ss`` in Beijing.
        desc: What it is for.
    """

    __slots__ = ()

    partner_trade_no: str
    mch_id: str | None
    detail_id: str | None
    status: str
    reason: str | None
    openid: str | None
    transfer_name: str | None
    payment_amount: int | None
    transfer_time: str | None
    desc: str | None


class V3PaidAmount(Reply):
    """What an order costs, and what was paid.

    Attributes:
        total: The order's amount, in fen.
        payer_total: What the customer paid, in fen.
        currency: The currency, ISO 4217.
        payer_currency: The currency that the customer paid in.
    """

    __slots__ = ()

    total: int | None
    payer_total: int | None
    currency: str | None
    payer_currency: str | None


class V3OrderPayer(Reply):
    """Who paid an order.

    Attributes:
        openid: The customer's openid under the order's appid.
        sp_openid: Service providers: the customer's openid under the provider's appid.
        sub_openid: Service providers: the customer's openid under the sub-merchant's appid.
    """

    __slots__ = ()

    openid: str | None
    sp_openid: str | None
    sub_openid: str | None


class V3OrderScene(Reply):
    """Where an order was sold.

    Attributes:
        device_id: The number of the device, as sent.
    """

    __slots__ = ()

    device_id: str | None


class V3PromotionGoods(Reply):
    """Goods that a coupon was used for.

    Attributes:
        goods_id: Your number of the goods.
        quantity: How many.
        unit_price: What one costs, in fen.
        discount_amount: The discount, in fen.
        goods_remark: A remark.
    """

    __slots__ = ()

    goods_id: str | None
    quantity: int | None
    unit_price: int | None
    discount_amount: int | None
    goods_remark: str | None


class V3Promotion(Reply):
    """A coupon that was used.

    Attributes:
        coupon_id: The coupon's number.
        name: Its name.
        scope: What it is good for.
        type: ``CASH`` (recharged) or ``NOCASH``.
        amount: What it paid, in fen.
        stock_id: The number of the campaign.
        wechatpay_contribute: WeChat's part, in fen.
        merchant_contribute: The merchant's part, in fen.
        other_contribute: The part of others, in fen.
        currency: The currency.
        goods_detail: The goods that it was used for.
    """

    __slots__ = ()

    coupon_id: str | None
    name: str | None
    scope: str | None
    type: str | None
    amount: int | None
    stock_id: str | None
    wechatpay_contribute: int | None
    merchant_contribute: int | None
    other_contribute: int | None
    currency: str | None
    goods_detail: tuple[V3PromotionGoods, ...]


class V3CombinePaidAmount(Reply):
    """What a part of a combined order costs, and what was paid.

    Attributes:
        total_amount: The part's amount, in fen.
        payer_amount: What the customer paid, in fen.
        currency: The currency, ISO 4217.
        payer_currency: The currency that the customer paid in.
    """

    __slots__ = ()

    total_amount: int | None
    payer_amount: int | None
    currency: str | None
    payer_currency: str | None


class V3CombinePart(Reply):
    """A part of a combined order.

    Attributes:
        trade_state: The part's state.
        mchid: The merchant of the part.
        sub_mchid: Service providers and platforms: the sub-merchant of the part.
        sub_appid: Service providers and platforms: the sub-merchant's appid.
        sub_openid: Service providers and platforms: the customer's openid under ``sub_appid``.
        out_trade_no: The merchant's number of the part.
        transaction_id: WeChat's number of the payment of the part.
        trade_type: How it was paid.
        bank_type: Payment bank code.
        attach: The data of the part, as sent.
        success_time: When it was paid.
        amount: The amount of the part, and what was paid.
        promotion_detail: Coupons that were used.
    """

    __slots__ = ()

    trade_state: str | None
    mchid: str | None
    sub_mchid: str | None
    sub_appid: str | None
    sub_openid: str | None
    out_trade_no: str | None
    transaction_id: str | None
    trade_type: str | None
    bank_type: str | None
    attach: str | None
    success_time: datetime | None
    amount: V3CombinePaidAmount | None
    promotion_detail: tuple[V3Promotion, ...]


class V3RefundedFrom(Reply):
    """What an account paid of a refund.

    Attributes:
        account: ``AVAILABLE`` or ``UNAVAILABLE``.
        amount: In fen.
    """

    __slots__ = ()

    account: str | None
    amount: int | None


class V3RefundedAmount(Reply):
    """The amounts of a refund, in fen.

    Attributes:
        total: The order's amount.
        refund: The amount of the refund.
        payer_total: What the customer paid.
        payer_refund: What the customer gets back.
        settlement_refund: The refund less coupons that are not recharged.
        settlement_total: The order's amount less coupons that are not recharged.
        discount_refund: What coupons give back.
        refund_fee: The fee that is given back.
        currency: The currency, ISO 4217.
        from: Which accounts paid, and how much each.
    """

    __slots__ = ()

    total: int
    refund: int
    payer_total: int | None
    payer_refund: int | None
    settlement_refund: int | None
    settlement_total: int | None
    discount_refund: int | None
    refund_fee: int | None
    currency: str | None
    # from: tuple[V3RefundedFrom, ...]


class V3RefundedGoods(Reply):
    """Goods that came back.

    Attributes:
        merchant_goods_id: Your number of the goods.
        wechatpay_goods_id: WeChat's number of the goods.
        goods_name: The name of the goods.
        unit_price: What one costs, in fen.
        refund_amount: What is refunded for them, in fen.
        refund_quantity: How many come back.
    """

    __slots__ = ()

    merchant_goods_id: str | None
    wechatpay_goods_id: str | None
    goods_name: str | None
    unit_price: int | None
    refund_amount: int | None
    refund_quantity: int | None


class V3RefundedPromotion(Reply):
    """A coupon that was given back.

    Attributes:
        promotion_id: The coupon's number.
        scope: ``GLOBAL`` or ``SINGLE``.
        type: ``CASH``, ``NOCASH``, ``COUPON`` or ``DISCOUNT``.
        amount: What it paid, in fen.
        refund_amount: What is given back to it, in fen.
        goods_detail: The goods.
    """

    __slots__ = ()

    promotion_id: str | None
    scope: str | None
    type: str | None
    amount: int | None
    refund_amount: int | None
    goods_detail: tuple[V3RefundedGoods, ...]


class V3ProfitsharingPart(Reply):
    """What a receiver gets of an order.

    Attributes:
        result: What became of it. Only ``SUCCESS`` means that the receiver has the money.
        type: What the receiver is.
        account: A merchant's number, or a person's openid.
        amount: The amount in fen.
        description: The reason.
        fail_reason: Why the receiver did not get it.
        create_time: When it was accepted.
        finish_time: When it ended; WeChat writes 1970 while it is pending.
        detail_id: WeChat's number of the part.
    """

    __slots__ = ()

    result: str | None
    type: str | None
    account: str | None
    amount: int | None
    description: str | None
    fail_reason: str | None
    create_time: datetime | None
    finish_time: datetime | None
    detail_id: str | None


class V3SealedCertificate(Reply):
    """A platform certificate, encrypted: ``v3.decrypt`` opens it.

    Attributes:
        algorithm: ``AEAD_AES_256_GCM``.
        nonce: 12 characters.
        associated_data: ``certificate``.
        ciphertext: Base64.
    """

    __slots__ = ()

    algorithm: str | None
    nonce: str | None
    associated_data: str | None
    ciphertext: str | None


class V3Certificate(Reply):
    """A platform certificate.

    Attributes:
        serial_no: Its serial number.
        effective_time: From when on it is used.
        expire_time: Until when it is used.
        encrypt_certificate: The certificate, encrypted.
    """

    __slots__ = ()

    serial_no: str | None
    effective_time: datetime | None
    expire_time: datetime | None
    encrypt_certificate: V3SealedCertificate | None


class V3PrepayReply(Reply):
    """The reply of ``jsapi`` and ``app``.

    Attributes:
        prepay_id: Payment session ID that opens the cashier. Valid for two hours.
    """

    __slots__ = ()

    prepay_id: str


class V3NativeReply(Reply):
    """The reply of ``native``.

    Attributes:
        code_url: The text of the QR code. Valid for two hours.
    """

    __slots__ = ()

    code_url: str


class V3H5Reply(Reply):
    """The reply of ``h5``.

    Attributes:
        h5_url: Where to send the customer's browser. Valid for five minutes.
    """

    __slots__ = ()

    h5_url: str


class V3Order(Reply):
    """The reply of ``query``. Unless the order is paid, only its state and numbers are there.

    Attributes:
        out_trade_no: The merchant's number of the order.
        trade_state: The order's state.
        amount: The amount of the order, and what was paid.
        trade_state_desc: The state, in words.
        transaction_id: WeChat's number of the payment.
        trade_type: How it was paid.
        bank_type: Payment bank code.
        attach: The data of the order, as sent.
        success_time: When it was paid.
        payer: Who paid.
        scene_info: Where it was sold.
        promotion_detail: Coupons that were used.
        appid: The appid of the order.
        mchid: The merchant's number.
        sp_appid: Service providers: the provider's appid.
        sp_mchid: Service providers: the provider's number.
        sub_appid: Service providers: the sub-merchant's appid.
        sub_mchid: Service providers: the sub-merchant's number.
    """

    __slots__ = ()

    out_trade_no: str
    trade_state: str
    amount: V3PaidAmount | None
    trade_state_desc: str | None
    transaction_id: str | None
    trade_type: str | None
    bank_type: str | None
    attach: str | None
    success_time: datetime | None
    payer: V3OrderPayer | None
    scene_info: V3OrderScene | None
    promotion_detail: tuple[V3Promotion, ...]
    appid: str | None
    mchid: str | None
    sp_appid: str | None
    sp_mchid: str | None
    sub_appid: str | None
    sub_mchid: str | None


class V3CodepayReply(Reply):
    """The reply of ``codepay``. The order is paid only if ``trade_state`` is ``SUCCESS``; while the customer has to
    confirm, ``trade_state`` may be the only field.

    Attributes:
        trade_state: The order's state: ``SUCCESS``, ``USERPAYING`` or ``PAYERROR``. At ``PAYERROR`` the charge
            failed: cancel it by ``reverse``, then charge again with a new number and a new code.
        out_trade_no: The merchant's number of the order.
        amount: The amount of the order, and what was paid.
        trade_state_desc: The state, in words.
        transaction_id: WeChat's number of the payment.
        trade_type: How it was paid.
        bank_type: Payment bank code.
        attach: The data of the order, as sent.
        success_time: When it was paid.
        payer: Who paid.
        scene_info: Where it was sold.
        promotion_detail: Coupons that were used.
        appid: The appid of the order.
        mchid: The merchant's number.
        sp_appid: Service providers: the provider's appid.
        sp_mchid: Service providers: the provider's number.
        sub_appid: Service providers: the sub-merchant's appid.
        sub_mchid: Service providers: the sub-merchant's number.
    """

    __slots__ = ()

    trade_state: str
    out_trade_no: str | None
    amount: V3PaidAmount | None
    trade_state_desc: str | None
    transaction_id: str | None
    trade_type: str | None
    bank_type: str | None
    attach: str | None
    success_time: datetime | None
    payer: V3OrderPayer | None
    scene_info: V3OrderScene | None
    promotion_detail: tuple[V3Promotion, ...]
    appid: str | None
    mchid: str | None
    sp_appid: str | None
    sp_mchid: str | None
    sub_appid: str | None
    sub_mchid: str | None


class V3ReverseReply(Reply):
    """The reply of ``reverse``: the order is cancelled.

    Attributes:
        out_trade_no: The merchant's number of the order.
        appid: The appid of the order.
        mchid: The merchant's number.
        sp_appid: Service providers: the provider's appid.
        sp_mchid: Service providers: the provider's number.
        sub_appid: Service providers: the sub-merchant's appid.
        sub_mchid: Service providers: the sub-merchant's number.
    """

    __slots__ = ()

    out_trade_no: str
    appid: str | None
    mchid: str | None
    sp_appid: str | None
    sp_mchid: str | None
    sub_appid: str | None
    sub_mchid: str | None


class V3CombineOrder(Reply):
    """The reply of ``combine_query``. A part that is not paid has no ``transaction_id``.

    Attributes:
        combine_appid: The appid.
        combine_mchid: The merchant's number.
        combine_out_trade_no: The merchant's number of the combined order.
        combine_payer_info: Who paid.
        scene_info: Where it was sold.
        sub_orders: The parts.
    """

    __slots__ = ()

    combine_appid: str | None
    combine_mchid: str | None
    combine_out_trade_no: str
    combine_payer_info: V3OrderPayer | None
    scene_info: V3OrderScene | None
    sub_orders: tuple[V3CombinePart, ...]


class V3RefundReply(Reply):
    """A refund: the reply of ``refund``, ``refund_query`` and ``apply_abnormal_refund``.

    Attributes:
        refund_id: WeChat's number of the refund.
        out_refund_no: The merchant's number of the refund.
        transaction_id: WeChat's number of the payment.
        out_trade_no: The merchant's number of the order.
        channel: Where the money goes: ``ORIGINAL``, ``BALANCE``, ``OTHER_BALANCE`` or ``OTHER_BANKCARD``.
        user_received_account: Who received it, in WeChat's words: a balance, or a card.
        success_time: When the customer got it.
        create_time: When WeChat accepted it.
        status: The refund's state.
        funds_account: Which funds paid.
        amount: The amounts.
        promotion_detail: Coupons that were given back.
    """

    __slots__ = ()

    refund_id: str
    out_refund_no: str
    transaction_id: str | None
    out_trade_no: str | None
    channel: str | None
    user_received_account: str | None
    success_time: datetime | None
    create_time: datetime | None
    status: str
    funds_account: str | None
    amount: V3RefundedAmount
    promotion_detail: tuple[V3RefundedPromotion, ...]


class V3TransferReply(Reply):
    """The reply of ``transfer``.

    Attributes:
        state: The transfer's state.
        out_bill_no: The merchant's number of the transfer.
        transfer_bill_no: WeChat's number of the transfer.
        create_time: When WeChat accepted it.
        fail_reason: Why it failed, such as ``OVERDUE_CLOSE``.
        package_info: For ``transfer_params``; only there while the customer has to confirm.
    """

    __slots__ = ()

    state: str
    out_bill_no: str
    transfer_bill_no: str
    create_time: datetime | None
    fail_reason: str | None
    package_info: str | None


class V3TransferBill(Reply):
    """A transfer: the reply of ``transfer_query``.

    Attributes:
        state: The transfer's state.
        out_bill_no: The merchant's number of the transfer.
        transfer_bill_no: WeChat's number of the transfer.
        mch_id: The merchant's number.
        appid: The appid of the transfer.
        transfer_amount: The amount in fen.
        transfer_remark: The remark, as sent.
        fail_reason: Why it failed, such as ``OVERDUE_CLOSE``.
        openid: The customer's openid.
        user_name: The customer's name, as sent. The client decrypts it.
        create_time: When WeChat accepted it.
        update_time: When its state last changed.
    """

    __slots__ = ()

    state: str
    out_bill_no: str
    transfer_bill_no: str
    mch_id: str | None
    appid: str | None
    transfer_amount: int
    transfer_remark: str | None
    fail_reason: str | None
    openid: str | None
    user_name: str | None
    create_time: datetime | None
    update_time: datetime | None


class V3TransferCancelReply(Reply):
    """The reply of ``transfer_cancel``.

    Attributes:
        state: ``CANCELING`` or ``CANCELLED``.
        out_bill_no: The merchant's number of the transfer.
        transfer_bill_no: WeChat's number of the transfer.
        update_time: When its state last changed.
    """

    __slots__ = ()

    state: str
    out_bill_no: str
    transfer_bill_no: str | None
    update_time: datetime | None


class V3TransferReceiptReply(Reply):
    """The reply of ``transfer_receipt``.

    Attributes:
        state: The receipt's state.
        create_time: When WeChat took the application.
    """

    __slots__ = ()

    state: str
    create_time: datetime | None


class V3TransferReceiptFile(Reply):
    """A receipt: the reply of ``transfer_receipt_query``.

    Attributes:
        state: The receipt's state.
        create_time: When WeChat took the application.
        update_time: When its state last changed.
        hash_type: The algorithm of ``hash_value``: ``SHA256``.
        hash_value: The hash of the file.
        download_url: The address of the file, valid for ten minutes.
        fail_reason: Why it could not be made.
    """

    __slots__ = ()

    state: str
    create_time: datetime | None
    update_time: datetime | None
    hash_type: str | None
    hash_value: str | None
    download_url: str | None
    fail_reason: str | None


class V3ProfitsharingOrderReply(Reply):
    """A sharing: the reply of ``profitsharing_order``, ``profitsharing_order_query`` and ``profitsharing_unfreeze``.

    Attributes:
        state: Whether WeChat is done with it. ``FINISHED`` does not mean that each receiver got its part.
        sub_mchid: Service providers: the sub-merchant's number.
        transaction_id: WeChat's number of the payment.
        out_order_no: The merchant's number of the sharing.
        order_id: WeChat's number of the sharing.
        receivers: The receivers. What was released is a part of the merchant's own.
    """

    __slots__ = ()

    state: str
    sub_mchid: str | None
    transaction_id: str
    out_order_no: str
    order_id: str
    receivers: tuple[V3ProfitsharingPart, ...]


class V3ProfitsharingReturnReply(Reply):
    """A return: the reply of ``profitsharing_return`` and ``profitsharing_return_query``.

    Attributes:
        result: What became of it.
        sub_mchid: Service providers: the sub-merchant's number.
        order_id: WeChat's number of the sharing.
        out_order_no: The merchant's number of the sharing.
        out_return_no: The merchant's number of the return.
        return_id: WeChat's number of the return.
        return_mchid: The number of the merchant that gives it back.
        amount: The amount in fen.
        description: The reason.
        fail_reason: Why it failed.
        create_time: When it was accepted.
        finish_time: When it ended; WeChat writes 1970 while it is open.
    """

    __slots__ = ()

    result: str
    sub_mchid: str | None
    order_id: str | None
    out_order_no: str | None
    out_return_no: str
    return_id: str | None
    return_mchid: str | None
    amount: int
    description: str | None
    fail_reason: str | None
    create_time: datetime | None
    finish_time: datetime | None


class V3ProfitsharingAmountsReply(Reply):
    """The reply of ``profitsharing_amounts``.

    Attributes:
        transaction_id: WeChat's number of the payment.
        unsplit_amount: What can still be shared, in fen.
    """

    __slots__ = ()

    transaction_id: str
    unsplit_amount: int


class V3ProfitsharingConfigReply(Reply):
    """The reply of ``profitsharing_config``.

    Attributes:
        sub_mchid: The sub-merchant's number.
        max_ratio: The largest part of an order that may be shared, in hundredths of a percent: 2000 is 20 %.
    """

    __slots__ = ()

    sub_mchid: str
    max_ratio: int


class V3ProfitsharingAddReceiverReply(Reply):
    """The reply of ``profitsharing_add_receiver``.

    Attributes:
        type: What the receiver is.
        account: A merchant's number, or a person's openid.
        name: The name, as sent. The client decrypts it.
        relation_type: What the receiver is to the merchant.
        custom_relation: With ``CUSTOM``: what the receiver is.
        sub_mchid: Service providers: the sub-merchant's number.
        appid: The appid.
        sub_appid: Service providers: the sub-merchant's appid.
    """

    __slots__ = ()

    type: str
    account: str
    name: str | None
    relation_type: str | None
    custom_relation: str | None
    sub_mchid: str | None
    appid: str | None
    sub_appid: str | None


class V3ProfitsharingDeleteReceiverReply(Reply):
    """The reply of ``profitsharing_delete_receiver``.

    Attributes:
        type: What the receiver was.
        account: A merchant's number, or a person's openid.
        sub_mchid: Service providers: the sub-merchant's number.
    """

    __slots__ = ()

    type: str
    account: str
    sub_mchid: str | None


class V3CertificatesReply(Reply):
    """The reply of ``certificates``.

    Attributes:
        data: The certificates.
    """

    __slots__ = ()

    data: tuple[V3Certificate, ...]


# The class of each document, by its name in the table.
RECORDS: dict[str, type[Reply]] = {
    "AccessToken": AccessToken,
    "AuthcodetoopenidReply": AuthcodetoopenidReply,
    "BatchquerycommentReply": BatchquerycommentReply,
    "CloseorderReply": CloseorderReply,
    "Comment": Comment,
    "ConfirmedPayment": ConfirmedPayment,
    "ConfirmedRefund": ConfirmedRefund,
    "ConfirmedTransfer": ConfirmedTransfer,
    "Coupon": Coupon,
    "GetsignkeyReply": GetsignkeyReply,
    "MicropayReply": MicropayReply,
    "MiniprogramSession": MiniprogramSession,
    "NativeQuestion": NativeQuestion,
    "OrderqueryReply": OrderqueryReply,
    "PaymentNotification": PaymentNotification,
    "Paywwsptrans2pocketReply": Paywwsptrans2pocketReply,
    "PhoneInfo": PhoneInfo,
    "PhoneNumber": PhoneNumber,
    "QueryworkwxredpackReply": QueryworkwxredpackReply,
    "Querywwsptrans2pocketReply": Querywwsptrans2pocketReply,
    "RefundItem": RefundItem,
    "RefundNotification": RefundNotification,
    "RefundReply": RefundReply,
    "RefundedCoupon": RefundedCoupon,
    "RefundqueryReply": RefundqueryReply,
    "ReportReply": ReportReply,
    "ReverseReply": ReverseReply,
    "SendworkwxredpackReply": SendworkwxredpackReply,
    "ShorturlReply": ShorturlReply,
    "Ticket": Ticket,
    "TransferNotification": TransferNotification,
    "UnifiedorderReply": UnifiedorderReply,
    "UserData": UserData,
    "UserInfo": UserInfo,
    "V3Certificate": V3Certificate,
    "V3CertificatesReply": V3CertificatesReply,
    "V3CodepayReply": V3CodepayReply,
    "V3CombineOrder": V3CombineOrder,
    "V3CombinePaidAmount": V3CombinePaidAmount,
    "V3CombinePart": V3CombinePart,
    "V3H5Reply": V3H5Reply,
    "V3Media": V3Media,
    "V3NativeReply": V3NativeReply,
    "V3Notification": V3Notification,
    "V3Order": V3Order,
    "V3OrderPayer": V3OrderPayer,
    "V3OrderScene": V3OrderScene,
    "V3PaidAmount": V3PaidAmount,
    "V3PrepayReply": V3PrepayReply,
    "V3ProfitsharingAddReceiverReply": V3ProfitsharingAddReceiverReply,
    "V3ProfitsharingAmountsReply": V3ProfitsharingAmountsReply,
    "V3ProfitsharingConfigReply": V3ProfitsharingConfigReply,
    "V3ProfitsharingDeleteReceiverReply": V3ProfitsharingDeleteReceiverReply,
    "V3ProfitsharingOrderReply": V3ProfitsharingOrderReply,
    "V3ProfitsharingPart": V3ProfitsharingPart,
    "V3ProfitsharingReturnReply": V3ProfitsharingReturnReply,
    "V3Promotion": V3Promotion,
    "V3PromotionGoods": V3PromotionGoods,
    "V3RefundReply": V3RefundReply,
    "V3RefundedAmount": V3RefundedAmount,
    "V3RefundedFrom": V3RefundedFrom,
    "V3RefundedGoods": V3RefundedGoods,
    "V3RefundedPromotion": V3RefundedPromotion,
    "V3ReverseReply": V3ReverseReply,
    "V3SealedCertificate": V3SealedCertificate,
    "V3TransferBill": V3TransferBill,
    "V3TransferCancelReply": V3TransferCancelReply,
    "V3TransferReceiptFile": V3TransferReceiptFile,
    "V3TransferReceiptReply": V3TransferReceiptReply,
    "V3TransferReply": V3TransferReply,
    "Watermark": Watermark,
    "WebToken": WebToken,
    "WecomOpenid": WecomOpenid,
    "WecomVisitor": WecomVisitor,
}
