# Written by `cargo xtask gen` from the table of calls; edit the table instead.
"""A method that blocks for each call in the table."""

from __future__ import annotations

from ._given import job
from ._run_sync import run
from ._settings import hidden_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from typing_extensions import Unpack

    from ._native import Client
    from ._records import (
        AccessToken,
        AuthcodetoopenidReply,
        BatchquerycommentReply,
        CloseorderReply,
        GetsignkeyReply,
        MicropayReply,
        MiniprogramSession,
        OrderqueryReply,
        Paywwsptrans2pocketReply,
        PhoneNumber,
        QueryworkwxredpackReply,
        Querywwsptrans2pocketReply,
        RefundqueryReply,
        RefundReply,
        ReportReply,
        ReverseReply,
        SendworkwxredpackReply,
        ShorturlReply,
        Ticket,
        UnifiedorderReply,
        UserInfo,
        V3CertificatesReply,
        V3CodepayReply,
        V3CombineOrder,
        V3H5Reply,
        V3NativeReply,
        V3Order,
        V3PrepayReply,
        V3ProfitsharingAddReceiverReply,
        V3ProfitsharingAmountsReply,
        V3ProfitsharingConfigReply,
        V3ProfitsharingDeleteReceiverReply,
        V3ProfitsharingOrderReply,
        V3ProfitsharingReturnReply,
        V3RefundReply,
        V3ReverseReply,
        V3TransferBill,
        V3TransferCancelReply,
        V3TransferReceiptFile,
        V3TransferReceiptReply,
        V3TransferReply,
        WebToken,
        WecomOpenid,
        WecomVisitor,
    )
    from .bill import Bill
    from .types import (
        AuthcodetoopenidParams,
        BatchquerycommentParams,
        CloseorderParams,
        DownloadbillParams,
        DownloadfundflowParams,
        GetsignkeyParams,
        MicropayParams,
        OrderqueryParams,
        Paywwsptrans2pocketParams,
        QueryworkwxredpackParams,
        Querywwsptrans2pocketParams,
        RefundParams,
        RefundqueryParams,
        ReportParams,
        ReverseParams,
        SendworkwxredpackParams,
        ShorturlParams,
        UnifiedorderParams,
        V3ApplyAbnormalRefundParams,
        V3AppParams,
        V3CloseParams,
        V3CodepayParams,
        V3CombineAppParams,
        V3CombineCloseParams,
        V3CombineH5Params,
        V3CombineJsapiParams,
        V3CombineNativeParams,
        V3CombineQueryParams,
        V3EcommerceFundflowbillParams,
        V3FundflowbillParams,
        V3H5Params,
        V3JsapiParams,
        V3NativeParams,
        V3ProfitsharingAddReceiverParams,
        V3ProfitsharingAmountsParams,
        V3ProfitsharingConfigParams,
        V3ProfitsharingDeleteReceiverParams,
        V3ProfitsharingOrderParams,
        V3ProfitsharingOrderQueryParams,
        V3ProfitsharingReturnParams,
        V3ProfitsharingReturnQueryParams,
        V3ProfitsharingUnfreezeParams,
        V3QueryParams,
        V3RefundParams,
        V3RefundQueryParams,
        V3ReverseParams,
        V3SubMerchantFundflowbillParams,
        V3TradebillParams,
        V3TransferCancelParams,
        V3TransferParams,
        V3TransferQueryParams,
        V3TransferReceiptParams,
        V3TransferReceiptQueryParams,
    )


class Calls:
    """The calls of the payment API."""

    _native: Client

    def unifiedorder(self, **fields: Unpack[UnifiedorderParams]) -> UnifiedorderReply:
        """Creates an order and returns its ``prepay_id`` (统一下单).

        Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
        ``trade_type`` ``JSAPI`` needs ``openid`` or ``sub_openid``.
        ``trade_type`` ``NATIVE`` needs ``product_id``.
        ``trade_type`` ``MWEB`` needs ``scene_info``.
        ``sub_openid`` needs ``sub_appid``.

        Args:
            body: Description of the goods, shown to the customer. At most 127 characters.
            out_trade_no: Merchant order number, unique within the merchant. At most 32 characters.
            total_fee: The amount in fen.
            spbill_create_ip: The IP address of the customer's device (APP, MWEB) or of the caller (JSAPI, NATIVE). At
                most 64 characters.
            trade_type: How it will be paid. ``JSAPI`` when left out.
            openid: The customer's openid under this appid. JSAPI needs it, or ``sub_openid``. At most 128 characters.
            sub_openid: The customer, as the sub-merchant's appid knows them. At most 128 characters.
            notify_url: Where WeChat posts the notification: reachable from outside, without a query. At most 256
                characters. The client's own when left out.
            product_id: The merchant's product number. NATIVE needs it. At most 32 characters.
            scene_info: Where it is sold, as JSON. MWEB needs its ``h5_info``. At most 256 characters. A dict or a
                list is written as JSON.
            device_info: The terminal's number; ``WEB`` for pages. At most 32 characters.
            time_expire: When the order closes by itself, Beijing time, at least one minute from now. Seven days when
                left out. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time.
            user_type: Real-name payment: type of the identity document. At most 32 characters.
            user_creid: Identity-bound payment: the document's number. At most 64 characters.
            user_truename: Identity-bound payment: the name. At most 64 characters.
            attach: Returned unchanged by queries, notifications and bills. At most 127 characters.
            detail: The goods, as JSON, for single-item promotions. At most 6000 characters. A dict or a list is
                written as JSON.
            fee_type: The currency, ISO 4217. The client's own setting when left out; another one is refused. At most
                16 characters.
            time_start: When the order was made, Beijing time. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing
                time.
            goods_tag: The promotion's tag. At most 32 characters.
            limit_pay: ``no_credit`` keeps credit cards out.
            receipt: ``Y`` shows an entry for an electronic invoice.
            profit_sharing: ``Y`` freezes the money for profit sharing.
            version: ``1.0`` asks for ``promotion_detail``. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: UnifiedorderReply = run(job(self._native, "unifiedorder", fields))
        return reply

    def orderquery(self, **fields: Unpack[OrderqueryParams]) -> OrderqueryReply:
        """Queries an order (查询订单). Only this reply proves a payment.

        Needs ``transaction_id`` or ``out_trade_no``.

        Args:
            version: ``1.0`` asks for ``promotion_detail``. At most 32 characters.
            transaction_id: WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters.
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: OrderqueryReply = run(job(self._native, "orderquery", fields))
        return reply

    def closeorder(self, **fields: Unpack[CloseorderParams]) -> CloseorderReply:
        """Closes an order that is not paid (关闭订单). WeChat asks to wait five minutes after ``unifiedorder``.

        Args:
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: CloseorderReply = run(job(self._native, "closeorder", fields))
        return reply

    def refund(self, **fields: Unpack[RefundParams]) -> RefundReply:
        """Refunds an order, in full or in part (申请退款).

        A success means that WeChat accepted it; the result comes by notification, or from ``refundquery``.
        Repeating it with the same ``out_refund_no`` and the same amounts refunds once. Do so after ``NOTENOUGH``, and
        whenever the outcome is unknown; take a new number only after ``REFUNDCLOSE``.
        WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
        Needs ``transaction_id`` or ``out_trade_no``.

        Args:
            out_refund_no: The merchant's number of the refund, the same for every attempt at it. At most 64
                characters.
            total_fee: The amount of the whole order, in fen.
            refund_fee: Amount to refund, in fen; at most the amount not refunded yet.
            refund_fee_type: The currency of the order, ISO 4217. The client's own setting when left out; another one
                is refused. At most 8 characters.
            refund_desc: Reason; shown to the customer for a partial refund above ¥1. At most 80 characters.
            refund_account: Which funds pay. ``REFUND_SOURCE_UNSETTLED_FUNDS`` when left out.
            notify_url: Where WeChat posts the refund's notification: reachable from outside, without a query. At most
                256 characters. The client's own when left out.
            op_user_id: Operator ID (legacy). Defaults to ``mch_id``. At most 32 characters.
            device_info: The terminal's number. At most 32 characters.
            transaction_id: WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters.
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: RefundReply = run(job(self._native, "refund", fields))
        return reply

    def refundquery(self, **fields: Unpack[RefundqueryParams]) -> RefundqueryReply:
        """Asks for refunds: one, by its number, or those of an order (查询退款).

        WeChat sends ten at most. For more give ``offset``: how many to skip, less than ``total_refund_count``.
        Needs ``refund_id`` or ``out_refund_no`` or ``transaction_id`` or ``out_trade_no``.

        Args:
            refund_id: WeChat's number of the refund. It wins over the other numbers. At most 32 characters.
            out_refund_no: The merchant's number of the refund. It wins over the order's numbers. At most 64
                characters.
            offset: How many refunds to skip.
            transaction_id: WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters.
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: RefundqueryReply = run(job(self._native, "refundquery", fields))
        return reply

    def downloadbill(self, **fields: Unpack[DownloadbillParams]) -> Bill:
        """Downloads the bill of a day: its payments and refunds (下载交易账单).

        WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without
        business has no bill.

        Args:
            bill_date: The day, in Beijing. A date, ``yyyy-MM-dd`` or ``yyyyMMdd``; of an aware datetime its day in
                Beijing.
            bill_type: Which rows. ``ALL`` when left out.
            tar_type: ``GZIP`` to download it packed, which is faster. It is read the same.
            device_info: The terminal's number, in old requests. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        from .bill import Bill

        try:
            return Bill._download(self._native, "downloadbill", fields)
        finally:
            del fields

    def downloadfundflow(self, **fields: Unpack[DownloadfundflowParams]) -> Bill:
        """Downloads the fund flow of a day: each change of an account's balance (下载资金账单).

        WeChat makes it after 9:00 of the next day; ask after 10:00.

        Args:
            bill_date: The day, in Beijing. A date, ``yyyy-MM-dd`` or ``yyyyMMdd``; of an aware datetime its day in
                Beijing.
            account_type: Which account. ``Basic`` when left out.
            tar_type: ``GZIP`` to download it packed, which is faster. It is read the same.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        from .bill import Bill

        try:
            return Bill._download(self._native, "downloadfundflow", fields)
        finally:
            del fields

    def batchquerycomment(self, **fields: Unpack[BatchquerycommentParams]) -> BatchquerycommentReply:
        """Gets what customers wrote about their orders, within the last three months (拉取订单评价数据).

        WeChat sends 200 at most. For more, ask again with the ``offset`` of the reply.

        Args:
            begin_time: From when on. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time.
            end_time: Until when. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time.
            offset: Where to go on: 0 at first, then the ``offset`` of the reply before. Offsets have gaps. ``0`` when
                left out.
            limit: How many, 200 at most.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: BatchquerycommentReply = run(job(self._native, "batchquerycomment", fields))
        return reply

    def micropay(self, **fields: Unpack[MicropayParams]) -> MicropayReply:
        """Charges the payment code that a customer shows (付款码支付). ``pay_by_code`` does all that follows; call
        this one by hand only if you need to.

        A success is a payment only if ``trade_state`` is ``SUCCESS`` or missing, and ``transaction_id`` is there:
        WeChat may answer SUCCESS while the customer still has to confirm (``USERPAYING``), or when the payment failed
        (``PAYERROR``).
        After ``USERPAYING``, ``SYSTEMERROR``, ``BANKERROR`` or no answer, ask ``orderquery`` every five seconds, and
        after about half a minute cancel the order by ``reverse``. WeChat sends no notification.

        Args:
            auth_code: The payment code that was scanned: 18 digits that begin with 10 to 15. It works once, for about
                a minute.
            body: Description of the goods, shown to the customer. At most 128 characters.
            out_trade_no: Merchant order number, unique within the merchant. Another try with another code needs
                another number. At most 32 characters.
            total_fee: The amount in fen.
            spbill_create_ip: The IP address of the till. At most 64 characters.
            scene_info: Where it is sold, as JSON: ``store_info``. At most 256 characters. A dict or a list is written
                as JSON.
            device_info: The terminal's number. At most 32 characters.
            time_expire: Until when the customer may confirm, Beijing time, at least one minute from now. An aware
                datetime, or ``yyyyMMddHHmmss`` in Beijing time.
            deposit: ``Y`` for a deposit.
            attach: Returned unchanged by queries, notifications and bills. At most 127 characters.
            detail: The goods, as JSON, for single-item promotions. At most 6000 characters. A dict or a list is
                written as JSON.
            fee_type: The currency, ISO 4217. The client's own setting when left out; another one is refused. At most
                16 characters.
            time_start: When the order was made, Beijing time. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing
                time.
            goods_tag: The promotion's tag. At most 32 characters.
            limit_pay: ``no_credit`` keeps credit cards out.
            receipt: ``Y`` shows an entry for an electronic invoice.
            profit_sharing: ``Y`` freezes the money for profit sharing.
            version: ``1.0`` asks for ``promotion_detail``. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: MicropayReply = run(job(self._native, "micropay", fields))
        return reply

    def reverse(self, **fields: Unpack[ReverseParams]) -> ReverseReply:
        """Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is
        refunded.

        While the reply's ``recall`` is ``Y``, the order is not cancelled yet: call it again. WeChat takes it within
        seven days, and asks to wait 15 seconds after ``micropay``.
        Needs ``transaction_id`` or ``out_trade_no``.

        Args:
            transaction_id: WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters.
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: ReverseReply = run(job(self._native, "reverse", fields))
        return reply

    def authcodetoopenid(self, **fields: Unpack[AuthcodetoopenidParams]) -> AuthcodetoopenidReply:
        """Tells the openid of the customer whose payment code was scanned (付款码查询openid). From then on only this
        merchant can charge the code, until it changes.

        Args:
            auth_code: The payment code that was scanned: 18 digits that begin with 10 to 15.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: AuthcodetoopenidReply = run(job(self._native, "authcodetoopenid", fields))
        return reply

    def shorturl(self, **fields: Unpack[ShorturlParams]) -> ShorturlReply:
        """Shortens the text of a permanent code (转换短链接), so that its QR code is easier to scan.

        Args:
            long_url: The text of a permanent code, ``weixin://wxpay/bizpayurl?…``, as it is: the client encodes it.
                At most 512 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: ShorturlReply = run(job(self._native, "shorturl", fields))
        return reply

    def report(self, **fields: Unpack[ReportParams]) -> ReportReply:
        """Reports to WeChat how long a call took and how it ended (交易保障), or a till's payments of an hour as
        ``trades``. WeChat may ask merchants with payment codes for it. The client does not repeat it.

        Needs ``execute_time_`` or ``trades``.
        ``execute_time_`` needs ``return_code``.
        ``execute_time_`` needs ``result_code``.

        Args:
            interface_url: The address of the call that is reported;
                ``https://api.mch.weixin.qq.com/pay/batchreport/micropay/total`` for ``trades``. At most 127
                characters.
            user_ip: The IP address of the till or the server. At most 64 characters.
            execute_time_: How long the call took, in milliseconds. WeChat's name ends with ``_``.
            return_code: The call's ``return_code``. At most 16 characters.
            return_msg: The call's ``return_msg``. At most 128 characters.
            result_code: The call's ``result_code``. At most 16 characters.
            err_code: The call's ``err_code``. At most 32 characters.
            err_code_des: The call's ``err_code_des``. At most 128 characters.
            out_trade_no: The merchant's number of the order. At most 32 characters.
            device_info: The terminal's number. At most 32 characters.
            time: When it was reported, Beijing time. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time.
            trades: The till's payments, as a JSON list: ``out_trade_no``, ``begin_time``, ``end_time``, ``state``
                (``OK``, ``FAIL``, ``CANCLE``), ``err_msg``. A dict or a list is written as JSON.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.
            sub_mch_id: Service providers: the sub-merchant. The client's own setting when left out. At most 32
                characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: ReportReply = run(job(self._native, "report", fields))
        return reply

    def getsignkey(self, **fields: Unpack[GetsignkeyParams]) -> GetsignkeyReply:
        """Historic: the key of the old sandbox (仿真测试系统), which WeChat no longer keeps up. Test against
        ``wxpaykit-emulator``.

        Args:
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: GetsignkeyReply = run(job(self._native, "getsignkey", fields))
        return reply

    def sendworkwxredpack(self, **fields: Unpack[SendworkwxredpackParams]) -> SendworkwxredpackReply:
        """Sends a red packet to someone who follows the corp (发放企业红包). The client makes both signatures,
        ``workwx_sign`` with ``corp_pay_secret``.

        Give ``sender_name`` or ``agentid``: a person sends it, or an application does.
        Repeating it with the same ``mch_billno`` and the same fields sends one red packet. Do so after ``NOTENOUGH``,
        and whenever the outcome is unknown; take a new number only when the query says that it failed.
        Needs ``sender_name`` or ``agentid``.

        Args:
            mch_billno: The merchant's number of the red packet, the same for every attempt at it. At most 28
                characters.
            re_openid: Who receives it: an openid of the corpid, from ``pay.wecom.convert_to_openid``. At most 32
                characters.
            total_amount: The amount in fen; from ¥1 to ¥200 unless ``scene_id`` allows another.
            wishing: The wish that the receiver reads. At most 128 characters.
            act_name: The name of the activity. At most 32 characters.
            remark: A remark. At most 256 characters.
            sender_name: The sender's name, where a person sends it. At most 128 characters.
            agentid: The agentid of the application, where an application sends it.
            sender_header_media_id: The sender's picture: an id of WeCom's media. At most 128 characters.
            scene_id: The occasion.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: SendworkwxredpackReply = run(job(self._native, "sendworkwxredpack", fields))
        return reply

    def queryworkwxredpack(self, **fields: Unpack[QueryworkwxredpackParams]) -> QueryworkwxredpackReply:
        """Queries a red packet of WeCom by its number (查询红包记录), within thirty days.

        Args:
            mch_billno: The merchant's number of the red packet. At most 28 characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: QueryworkwxredpackReply = run(job(self._native, "queryworkwxredpack", fields))
        return reply

    def paywwsptrans2pocket(self, **fields: Unpack[Paywwsptrans2pocketParams]) -> Paywwsptrans2pocketReply:
        """Pays a member of the corp (向员工付款). WeCom has closed it to new merchants. The client makes both
        signatures, ``workwx_sign`` with ``corp_pay_secret``.

        The reply is not signed. After any failure ask ``querywwsptrans2pocket`` before anything else; never take a
        new number while the outcome is unknown.
        ``check_name`` ``FORCE_CHECK`` needs ``re_user_name``.
        ``ww_msg_type`` ``APPROVAL_MSG`` needs ``approval_number``.
        ``ww_msg_type`` ``APPROVAL_MSG`` needs ``approval_type``.

        Args:
            partner_trade_no: The merchant's number of the payment, the same for every attempt at it. At most 32
                characters.
            openid: The member: an openid of the corpid, from ``pay.wecom.convert_to_openid``. At most 64 characters.
            check_name: Whether WeChat compares the member's name.
            re_user_name: The member's real name, where ``check_name`` is ``FORCE_CHECK``. At most 64 characters.
            amount: The amount in fen.
            desc: What it is for; the member reads it. At most 81 characters.
            spbill_create_ip: The IP address of the server. At most 32 characters.
            ww_msg_type: What the member reads.
            approval_number: The number of the approval, where ``ww_msg_type`` is ``APPROVAL_MSG``. At most 128
                characters.
            approval_type: The kind of the approval, where ``ww_msg_type`` is ``APPROVAL_MSG``: 1.
            act_name: The name of the item; the member reads it. At most 50 characters.
            agentid: The agentid of the application that pays.
            device_info: The terminal's number. At most 32 characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: Paywwsptrans2pocketReply = run(job(self._native, "paywwsptrans2pocket", fields))
        return reply

    def querywwsptrans2pocket(self, **fields: Unpack[Querywwsptrans2pocketParams]) -> Querywwsptrans2pocketReply:
        """Queries a payment to a member by its number (查询付款记录), within thirty days.

        Args:
            partner_trade_no: The merchant's number of the payment. At most 32 characters.
            nonce_str: A random text; generated when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: Querywwsptrans2pocketReply = run(job(self._native, "querywwsptrans2pocket", fields))
        return reply


class V3Calls:
    """The calls of APIv3."""

    _native: Client

    def jsapi(self, **fields: Unpack[V3JsapiParams]) -> V3PrepayReply:
        """Creates an order for a page in WeChat or for a mini program (JSAPI下单, 小程序下单). Its ``prepay_id`` is
        valid for two hours.

        Repeating it with the same number and the same fields gives the same order; with other fields it is refused.

        Args:
            payer: The customer.
            scene_info: Where it is sold.
            description: Description of the goods, shown to the customer. At most 127 characters.
            out_trade_no: Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters.
            time_expire: When the order can no longer be paid, at least one minute from now. Seven days when left out.
                An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            attach: Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.
            goods_tag: A tag for coupons. At most 32 characters.
            support_fapiao: Whether to show the entry for an electronic invoice.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            amount: The amount of the order.
            detail: The goods. At most 6144 bytes.
            settle_info: Whether the money stays frozen for profit sharing.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3PrepayReply = run(job(self._native, "v3.jsapi", fields))
        return reply

    def native(self, **fields: Unpack[V3NativeParams]) -> V3NativeReply:
        """Creates an order for a QR code (Native下单). Make the QR code of its ``code_url``, which is valid for two
        hours.

        Repeating it with the same number and the same fields gives the same order; with other fields it is refused.

        Args:
            scene_info: Where it is sold.
            description: Description of the goods, shown to the customer. At most 127 characters.
            out_trade_no: Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters.
            time_expire: When the order can no longer be paid, at least one minute from now. Seven days when left out.
                An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            attach: Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.
            goods_tag: A tag for coupons. At most 32 characters.
            support_fapiao: Whether to show the entry for an electronic invoice.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            amount: The amount of the order.
            detail: The goods. At most 6144 bytes.
            settle_info: Whether the money stays frozen for profit sharing.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3NativeReply = run(job(self._native, "v3.native", fields))
        return reply

    def h5(self, **fields: Unpack[V3H5Params]) -> V3H5Reply:
        """Creates an order for a phone's browser outside WeChat (H5下单). Send the customer to its ``h5_url``, which
        is valid for five minutes.

        Repeating it with the same number and the same fields gives the same order; with other fields it is refused.

        Args:
            scene_info: Where it is sold: the customer's IP address, and the site.
            description: Description of the goods, shown to the customer. At most 127 characters.
            out_trade_no: Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters.
            time_expire: When the order can no longer be paid, at least one minute from now. Seven days when left out.
                An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            attach: Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.
            goods_tag: A tag for coupons. At most 32 characters.
            support_fapiao: Whether to show the entry for an electronic invoice.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            amount: The amount of the order.
            detail: The goods. At most 6144 bytes.
            settle_info: Whether the money stays frozen for profit sharing.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3H5Reply = run(job(self._native, "v3.h5", fields))
        return reply

    def app(self, **fields: Unpack[V3AppParams]) -> V3PrepayReply:
        """Creates an order for an app with the Open SDK (APP下单). Its ``prepay_id`` is valid for two hours.

        Repeating it with the same number and the same fields gives the same order; with other fields it is refused.

        Args:
            scene_info: Where it is sold.
            description: Description of the goods, shown to the customer. At most 127 characters.
            out_trade_no: Merchant order number, 6 to 32 characters, unique within the merchant. 6 to 32 characters.
            time_expire: When the order can no longer be paid, at least one minute from now. Seven days when left out.
                An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            attach: Data of yours: it comes back in the query, the notification and the bill. At most 128 bytes.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.
            goods_tag: A tag for coupons. At most 32 characters.
            support_fapiao: Whether to show the entry for an electronic invoice.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            amount: The amount of the order.
            detail: The goods. At most 6144 bytes.
            settle_info: Whether the money stays frozen for profit sharing.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3PrepayReply = run(job(self._native, "v3.app", fields))
        return reply

    def query(self, **fields: Unpack[V3QueryParams]) -> V3Order:
        """Queries an order by ``out_trade_no`` or ``transaction_id`` (查询订单). Only this reply proves a payment. An
        unpaid order has no ``transaction_id``.

        Needs ``transaction_id`` or ``out_trade_no``.

        Args:
            out_trade_no: The merchant's number of the order. At most 32 characters.
            transaction_id: WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3Order = run(job(self._native, "v3.query", fields))
        return reply

    def close(self, **fields: Unpack[V3CloseParams]) -> None:
        """Closes an order that is not paid (关闭订单). Closing a closed order succeeds.

        Args:
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        run(job(self._native, "v3.close", fields))

    def codepay(self, **fields: Unpack[V3CodepayParams]) -> V3CodepayReply:
        """Charges the payment code that a customer shows (付款码支付). ``pay_by_code`` does all that follows; call
        this one by hand only if you need to.

        The order is paid only if ``trade_state`` is ``SUCCESS``. ``USERPAYING`` means that the customer has to
        confirm: ask ``query`` every five seconds, and after about half a minute cancel the order by ``reverse``. Do
        the same when the outcome is unknown. Never charge the customer again with another number before ``reverse``
        succeeded. WeChat sends no notification.

        Args:
            description: Description of the goods, shown to the customer. At most 127 characters.
            out_trade_no: Merchant order number, 6 to 32 characters, unique within the merchant. Another try with
                another code needs another number. At most 32 characters.
            payer: The customer's payment code.
            amount: The amount of the order.
            scene_info: Where it is sold.
            attach: Data of yours: it comes back in the query and the bill. At most 128 bytes.
            goods_tag: A tag for coupons. At most 32 characters.
            support_fapiao: Whether to show the entry for an electronic invoice.
            detail: The goods.
            settle_info: Whether the money stays frozen for profit sharing.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3CodepayReply = run(job(self._native, "v3.codepay", fields))
        return reply

    def reverse(self, **fields: Unpack[V3ReverseParams]) -> V3ReverseReply:
        """Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is
        refunded.

        While WeChat answers ``SYSTEM_ERROR``, the order is not cancelled yet: call it again. WeChat takes it within
        seven days.

        Args:
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ReverseReply = run(job(self._native, "v3.reverse", fields))
        return reply

    def combine_jsapi(self, **fields: Unpack[V3CombineJsapiParams]) -> V3PrepayReply:
        """Creates one payment of several orders, for a page in WeChat or for a mini program (合单JSAPI下单). Its
        ``prepay_id`` is valid for two hours.

        Repeating it with the same numbers and the same fields gives the same order; with other fields it is refused.
        Its notification tells of all parts: ``notify.handle`` confirms it by ``combine_query``, and hands each part
        over by ``on_paid``. Each part is refunded by ``refund``, with its own ``transaction_id``.
        Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
        ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.

        Args:
            combine_payer_info: The customer.
            scene_info: Where it is sold.
            combine_out_trade_no: The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters.
            sub_orders: The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items.
            time_start: When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            time_expire: When the order can no longer be paid. An aware datetime, or a text as
                ``2018-06-08T10:34:56+08:00``.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3PrepayReply = run(job(self._native, "v3.combine_jsapi", fields))
        return reply

    def combine_native(self, **fields: Unpack[V3CombineNativeParams]) -> V3NativeReply:
        """Creates one payment of several orders for a QR code (合单Native下单). Make the QR code of its ``code_url``,
        which is valid for two hours.

        Otherwise as ``combine_jsapi``.
        Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
        ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.

        Args:
            scene_info: Where it is sold.
            combine_out_trade_no: The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters.
            sub_orders: The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items.
            time_start: When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            time_expire: When the order can no longer be paid. An aware datetime, or a text as
                ``2018-06-08T10:34:56+08:00``.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3NativeReply = run(job(self._native, "v3.combine_native", fields))
        return reply

    def combine_h5(self, **fields: Unpack[V3CombineH5Params]) -> V3H5Reply:
        """Creates one payment of several orders for a phone's browser outside WeChat (合单H5下单). Its ``h5_url`` is
        valid for five minutes.

        Otherwise as ``combine_jsapi``.
        Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
        ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.

        Args:
            scene_info: Where it is sold: the customer's IP address, and the site.
            combine_out_trade_no: The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters.
            sub_orders: The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items.
            time_start: When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            time_expire: When the order can no longer be paid. An aware datetime, or a text as
                ``2018-06-08T10:34:56+08:00``.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3H5Reply = run(job(self._native, "v3.combine_h5", fields))
        return reply

    def combine_app(self, **fields: Unpack[V3CombineAppParams]) -> V3PrepayReply:
        """Creates one payment of several orders for an app with the Open SDK (合单APP下单). Its ``prepay_id`` is
        valid for two hours.

        Otherwise as ``combine_jsapi``.
        Without ``sub_orders.sub_mchid``, ``sub_orders`` has 2 to 10 items.
        ``sub_orders.settle_info.subsidy_amount`` is at most 500000 fen.

        Args:
            scene_info: Where it is sold.
            combine_out_trade_no: The merchant's number of the combined order, 6 to 32 characters. 6 to 32 characters.
            sub_orders: The parts: 2 to 10, for service providers and platforms up to 50. 1 to 50 items.
            time_start: When the order was made. An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``.
            time_expire: When the order can no longer be paid. An aware datetime, or a text as
                ``2018-06-08T10:34:56+08:00``.
            limit_pay: How it may be paid: a list of ``no_balance``, ``no_credit``, ``no_debit`` and ``balance_only``.
                WeChat's current page does not name it. At most 256 characters. A dict or a list is written as JSON.
            notify_url: Where WeChat posts the notification: https, reachable from outside, without a query. At most
                255 characters. The client's own when left out.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3PrepayReply = run(job(self._native, "v3.combine_app", fields))
        return reply

    def combine_query(self, **fields: Unpack[V3CombineQueryParams]) -> V3CombineOrder:
        """Queries a combined order (合单查询订单). Only this reply proves a payment: each of ``sub_orders`` has its
        own ``trade_state``. ``query`` does not find the parts.

        Args:
            combine_out_trade_no: The merchant's number of the combined order. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3CombineOrder = run(job(self._native, "v3.combine_query", fields))
        return reply

    def combine_close(self, **fields: Unpack[V3CombineCloseParams]) -> None:
        """Closes a combined order that is not paid, with all its parts (合单关闭订单). Closing a closed one succeeds.

        Args:
            combine_out_trade_no: The merchant's number of the combined order. At most 32 characters.
            sub_orders: All its parts, as they were ordered. 1 to 50 items.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        run(job(self._native, "v3.combine_close", fields))

    def refund(self, **fields: Unpack[V3RefundParams]) -> V3RefundReply:
        """Refunds an order, in full or in part (申请退款).

        A success means that WeChat accepted it; the result comes by notification, or from ``refund_query``.
        Repeating it with the same ``out_refund_no`` and the same amounts refunds once. Do so after ``NOT_ENOUGH``,
        and whenever the outcome is unknown; take a new number only after ``CLOSED``.
        WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
        Needs ``transaction_id`` or ``out_trade_no``.

        Args:
            out_trade_no: The merchant's number of the order. At most 32 characters.
            transaction_id: WeChat's number of the payment, instead of ``out_trade_no``. At most 32 characters.
            out_refund_no: The merchant's number of the refund, the same for every attempt at it. At most 64
                characters.
            reason: Reason; shown to the customer for a partial refund above ¥1. At most 80 bytes.
            notify_url: Where WeChat posts the refund's notification: https, reachable from outside, without a query.
                At most 256 characters. The client's own when left out.
            funds_account: Which funds pay.
            amount: What is refunded, and what the order cost.
            goods_detail: The goods that come back.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3RefundReply = run(job(self._native, "v3.refund", fields))
        return reply

    def refund_query(self, **fields: Unpack[V3RefundQueryParams]) -> V3RefundReply:
        """Asks for a refund by the merchant's number (查询单笔退款).

        Args:
            out_refund_no: The merchant's number of the refund. At most 64 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3RefundReply = run(job(self._native, "v3.refund_query", fields))
        return reply

    def apply_abnormal_refund(self, **fields: Unpack[V3ApplyAbnormalRefundParams]) -> V3RefundReply:
        """Sends a refund in the state ``ABNORMAL`` to another account (发起异常退款): the customer's card did not
        take it.

        A success means that WeChat accepted it: the refund is ``PROCESSING`` again, and its result comes as that of
        any refund.
        WeChat refuses it in every other state, so ask ``refund_query`` when the outcome is unknown.
        ``type`` ``USER_BANK_CARD`` needs ``bank_type``.
        ``type`` ``USER_BANK_CARD`` needs ``bank_account``.
        ``type`` ``USER_BANK_CARD`` needs ``real_name``.

        Args:
            refund_id: WeChat's number of the refund. At most 32 characters.
            out_refund_no: The merchant's number of the refund. At most 64 characters.
            type: Who receives the money.
            bank_type: The bank of the customer's card, such as ``ICBC_DEBIT``. WeChat takes debit cards of 15 banks.
                At most 16 characters.
            bank_account: The number of the customer's card. The client encrypts it.
            real_name: The name of the customer. The client encrypts it.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3RefundReply = run(job(self._native, "v3.apply_abnormal_refund", fields))
        return reply

    def transfer(self, **fields: Unpack[V3TransferParams]) -> V3TransferReply:
        """Transfers money to a customer (商家转账, 发起转账). The money is the client's own merchant's, also where
        the settings have a sub-merchant.

        In the state ``WAIT_USER_CONFIRM`` the customer has to confirm it within 24 hours: hand ``package_info`` to
        the page, by ``transfer_params``.
        Repeating it with the same ``out_bill_no`` and the same fields transfers once. Do so whenever the outcome is
        unknown, and after ``NOT_ENOUGH``. Take a new number only after ``transfer_query`` said ``FAIL`` or
        ``CANCELLED``.
        With ``transfer_amount`` of 200000 fen or more, ``user_name`` is needed.
        With ``transfer_amount`` below 30 fen, ``user_name`` must be left out.
        With ``user_recv_style.type`` RED_PACKET, ``transfer_amount`` is at most 20000 fen.

        Args:
            out_bill_no: The merchant's number of the transfer, the same for every attempt at it: digits and letters.
                At most 32 characters.
            transfer_scene_id: The scene (转账场景), opened at pay.weixin.qq.com, such as ``1000`` for promotions or
                ``1005`` for commissions. At most 36 characters.
            openid: The customer's openid under the client's appid. At most 64 characters.
            user_name: The customer's real name, from ¥2000 on required and below ¥0.30 not allowed. WeChat compares
                it. The client encrypts it.
            transfer_amount: The amount in fen.
            transfer_remark: A remark, shown to the customer. At most 32 characters.
            notify_url: Where WeChat posts the transfer's notification: https, reachable from outside, without a
                query. At most 256 characters. The client's own when left out.
            user_recv_perception: What the customer sees as the reason: one of the scene's texts.
            transfer_scene_report_infos: What the transfer is for. Each scene has its own ``info_type``s.
            user_recv_style: How the customer sees it.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3TransferReply = run(job(self._native, "v3.transfer", fields))
        return reply

    def transfer_query(self, **fields: Unpack[V3TransferQueryParams]) -> V3TransferBill:
        """Queries a transfer by ``out_bill_no`` or ``transfer_bill_no`` (查询转账单). WeChat finds the transfers of
        the last 30 days.

        Needs ``transfer_bill_no`` or ``out_bill_no``.

        Args:
            out_bill_no: The merchant's number of the transfer. At most 32 characters.
            transfer_bill_no: WeChat's number of the transfer. It wins over ``out_bill_no``. At most 64 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3TransferBill = run(job(self._native, "v3.transfer_query", fields))
        return reply

    def transfer_cancel(self, **fields: Unpack[V3TransferCancelParams]) -> V3TransferCancelReply:
        """Cancels a transfer that the customer has not confirmed (撤销转账). The state is ``CANCELING`` at first:
        ``transfer_query`` says whether it became ``CANCELLED``.

        Args:
            out_bill_no: The merchant's number of the transfer. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3TransferCancelReply = run(job(self._native, "v3.transfer_cancel", fields))
        return reply

    def transfer_receipt(self, **fields: Unpack[V3TransferReceiptParams]) -> V3TransferReceiptReply:
        """Applies for the receipt of a transfer that succeeded, by ``out_bill_no`` or ``transfer_bill_no``
        (申请电子回单).

        WeChat makes it later: ``transfer_receipt_query``, by the same number, has its address then. Repeating this
        call has no further effect.
        Needs ``out_bill_no`` or ``transfer_bill_no``.

        Args:
            out_bill_no: The merchant's number of the transfer. At most 32 characters.
            transfer_bill_no: WeChat's number of the transfer, instead of ``out_bill_no``. At most 64 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3TransferReceiptReply = run(job(self._native, "v3.transfer_receipt", fields))
        return reply

    def transfer_receipt_query(self, **fields: Unpack[V3TransferReceiptQueryParams]) -> V3TransferReceiptFile:
        """Queries the receipt of a transfer, by the number that it was applied for by (查询电子回单).

        When the state is ``FINISHED``, hand ``download_url``, ``hash_type`` and ``hash_value`` to ``download`` within
        ten minutes; later, query again. The file is a PDF.
        Needs ``out_bill_no`` or ``transfer_bill_no``.

        Args:
            out_bill_no: The merchant's number of the transfer. At most 32 characters.
            transfer_bill_no: WeChat's number of the transfer, instead of ``out_bill_no``. At most 64 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3TransferReceiptFile = run(job(self._native, "v3.transfer_receipt_query", fields))
        return reply

    def profitsharing_order(self, **fields: Unpack[V3ProfitsharingOrderParams]) -> V3ProfitsharingOrderReply:
        """Shares a paid order with receivers (请求分账). The order must have ``settle_info.profit_sharing``, and the
        receivers must have been added.

        WeChat takes it from a minute after the payment, for 30 days, and by default up to 30 % of the order.
        A success means that WeChat accepted it: ask ``profitsharing_order_query`` until ``state`` is ``FINISHED``,
        and then look at each receiver's ``result``.
        Repeating it with the same ``out_order_no`` and the same fields shares once. Do so whenever the outcome is
        unknown.

        Args:
            transaction_id: WeChat's number of the payment. At most 32 characters.
            out_order_no: The merchant's number of the sharing, the same for every attempt at it. At most 64
                characters.
            receivers: Who receives how much. At most 50 items.
            unfreeze_unsplit: Whether the rest is released to the merchant, after which the order cannot be shared
                again.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingOrderReply = run(job(self._native, "v3.profitsharing_order", fields))
        return reply

    def profitsharing_order_query(self, **fields: Unpack[V3ProfitsharingOrderQueryParams]) -> V3ProfitsharingOrderReply:
        """Queries a sharing (查询分账结果).

        Args:
            out_order_no: The merchant's number of the sharing. At most 64 characters.
            transaction_id: WeChat's number of the payment. At most 32 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingOrderReply = run(job(self._native, "v3.profitsharing_order_query", fields))
        return reply

    def profitsharing_return(self, **fields: Unpack[V3ProfitsharingReturnParams]) -> V3ProfitsharingReturnReply:
        """Takes back a part from a receiver that is a merchant (请求分账回退), within 180 days. The receiver must
        have allowed it.

        A success means that WeChat accepted it: ask ``profitsharing_return_query`` until ``result`` is not
        ``PROCESSING``.
        Repeating it with the same ``out_return_no`` and the same fields returns once. Do so whenever the outcome is
        unknown.
        Needs ``order_id`` or ``out_order_no``.

        Args:
            order_id: WeChat's number of the sharing. Give it or ``out_order_no``, not both. At most 64 characters.
            out_order_no: The merchant's number of the sharing. At most 64 characters.
            out_return_no: The merchant's number of the return, the same for every attempt at it. At most 64
                characters.
            return_mchid: The number of the merchant that gives it back. At most 32 characters.
            amount: The amount in fen.
            description: The reason. At most 80 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingReturnReply = run(job(self._native, "v3.profitsharing_return", fields))
        return reply

    def profitsharing_return_query(
        self, **fields: Unpack[V3ProfitsharingReturnQueryParams]
    ) -> V3ProfitsharingReturnReply:
        """Queries a return (查询分账回退结果).

        Args:
            out_return_no: The merchant's number of the return. At most 64 characters.
            out_order_no: The merchant's number of the sharing. At most 64 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingReturnReply = run(job(self._native, "v3.profitsharing_return_query", fields))
        return reply

    def profitsharing_unfreeze(self, **fields: Unpack[V3ProfitsharingUnfreezeParams]) -> V3ProfitsharingOrderReply:
        """Releases what is left of an order to the merchant (解冻剩余资金). The order cannot be shared again.

        Repeating it with the same ``out_order_no`` and the same fields releases once. Do so whenever the outcome is
        unknown.

        Args:
            transaction_id: WeChat's number of the payment. At most 32 characters.
            out_order_no: A new number of the merchant's: not that of a sharing before. At most 64 characters.
            description: The reason. At most 80 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingOrderReply = run(job(self._native, "v3.profitsharing_unfreeze", fields))
        return reply

    def profitsharing_amounts(self, **fields: Unpack[V3ProfitsharingAmountsParams]) -> V3ProfitsharingAmountsReply:
        """Tells how much of an order can still be shared (查询剩余待分金额).

        Args:
            transaction_id: WeChat's number of the payment. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingAmountsReply = run(job(self._native, "v3.profitsharing_amounts", fields))
        return reply

    def profitsharing_config(self, **fields: Unpack[V3ProfitsharingConfigParams]) -> V3ProfitsharingConfigReply:
        """Service providers: tells which part of an order a sub-merchant may share (查询最大分账比例).

        Args:
            sub_mchid: The sub-merchant's number. The client's own setting when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingConfigReply = run(job(self._native, "v3.profitsharing_config", fields))
        return reply

    def profitsharing_add_receiver(
        self, **fields: Unpack[V3ProfitsharingAddReceiverParams]
    ) -> V3ProfitsharingAddReceiverReply:
        """Adds a receiver (添加分账接收方). Adding one twice succeeds. A merchant may have 20,000.

        ``relation_type`` ``CUSTOM`` needs ``custom_relation``.

        Args:
            name: The full name of a merchant, required with ``MERCHANT_ID``; or the name of a person, which WeChat
                compares. The client encrypts it.
            relation_type: What the receiver is to the merchant. Only service providers send ``SERVICE_PROVIDER``.
            custom_relation: With ``CUSTOM``: what the receiver is. At most 10 characters.
            type: What the receiver is.
            account: A merchant's number, or a person's openid. At most 64 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingAddReceiverReply = run(job(self._native, "v3.profitsharing_add_receiver", fields))
        return reply

    def profitsharing_delete_receiver(
        self, **fields: Unpack[V3ProfitsharingDeleteReceiverParams]
    ) -> V3ProfitsharingDeleteReceiverReply:
        """Deletes a receiver (删除分账接收方).

        Args:
            type: What the receiver is.
            account: A merchant's number, or a person's openid. At most 64 characters.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.
            sub_appid: Service providers: the sub-merchant's appid. The client's own setting when left out. At most 32
                characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3ProfitsharingDeleteReceiverReply = run(job(self._native, "v3.profitsharing_delete_receiver", fields))
        return reply

    def tradebill(self, **fields: Unpack[V3TradebillParams]) -> Bill:
        """Downloads the bill of a day: its payments and refunds (申请交易账单, 下载账单).

        WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without
        business has no bill.
        The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.

        Args:
            bill_date: The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing.
            bill_type: Which rows. ``ALL`` when left out.
            tar_type: ``GZIP`` to download it packed, which is faster. It is read the same.
            sub_mchid: Service providers: the sub-merchant's number. The client's own setting when left out. At most
                32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        from .bill import Bill

        try:
            return Bill._download(self._native, "v3.tradebill", fields)
        finally:
            del fields

    def fundflowbill(self, **fields: Unpack[V3FundflowbillParams]) -> Bill:
        """Downloads the fund flow of a day: each change of an account's balance (申请资金账单, 下载账单).

        WeChat makes it after 9:00 of the next day; ask after 10:00.
        The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.

        Args:
            bill_date: The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing.
            account_type: Which account. ``BASIC`` when left out.
            tar_type: ``GZIP`` to download it packed, which is faster. It is read the same.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        from .bill import Bill

        try:
            return Bill._download(self._native, "v3.fundflowbill", fields)
        finally:
            del fields

    def sub_merchant_fundflowbill(self, **fields: Unpack[V3SubMerchantFundflowbillParams]) -> Bill:
        """Service providers: downloads the fund flow of a sub-merchant for a day (申请单个子商户资金账单).

        WeChat encrypts it. The client downloads all files of it, decrypts them with ``client_key``, checks the SHA-1
        of each, and joins them.

        Args:
            sub_mchid: The sub-merchant's number. The client's own setting when left out. At most 12 characters.
            bill_date: The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing.
            account_type: Which account. ``BASIC`` when left out.
            algorithm: How it is encrypted. ``AEAD_AES_256_GCM`` when left out.
            tar_type: ``GZIP`` to download it packed, which is faster. It is read the same.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        from .bill import Bill

        try:
            return Bill._download(self._native, "v3.sub_merchant_fundflowbill", fields)
        finally:
            del fields

    def ecommerce_fundflowbill(self, **fields: Unpack[V3EcommerceFundflowbillParams]) -> Bill:
        """Platforms (电商收付通): downloads the fund flow of all sub-merchants for a day (申请二级商户资金账单).

        It is encrypted, and read as that of ``sub_merchant_fundflowbill``.

        Args:
            bill_date: The day, in Beijing. A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing.
            account_type: ``ALL``. ``ALL`` when left out.
            algorithm: How it is encrypted. ``AEAD_AES_256_GCM`` when left out.
            tar_type: ``GZIP`` to download it packed, which is faster. It is read the same.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        from .bill import Bill

        try:
            return Bill._download(self._native, "v3.ecommerce_fundflowbill", fields)
        finally:
            del fields

    def certificates(self) -> V3CertificatesReply:
        """Downloads the platform certificates (平台证书), still encrypted. The client does this when it needs them;
        call it only to inspect them. WeChat answers 404 to merchants that have only the WeChat Pay public key.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
            ConfigError: The client has no settings of APIv3.
        """
        reply: V3CertificatesReply = run(self._native.execute("v3.certificates", {}))
        return reply


class OAuthCalls:
    """The calls of web authorisation."""

    _native: Client

    def access_token(self, code: str) -> WebToken:
        """Exchanges a code for the customer's openid and a web token. A code works once, for five minutes.

        WeChat refuses an invalid code with 40029, and a code that was used with 40163.

        Args:
            code: The code that WeChat appended to ``redirect_uri``.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``app_secret``.
            TransportError: No reply.
        """
        code = hidden_text(code)
        reply: WebToken = run(self._native.execute("oauth.access_token", {"code": code}))
        return reply

    def component_access_token(self, code: str, component_appid: str, component_access_token: str) -> WebToken:
        """As ``access_token``, for a third-party platform (第三方平台) that the account has authorised: without the
        AppSecret of the account.

        WeChat refuses an account that has not authorised the platform with 61003.

        Args:
            code: The code that WeChat appended to ``redirect_uri``.
            component_appid: The appid of the platform.
            component_access_token: The platform's token, of ``api_component_token``.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            TransportError: No reply.
        """
        code = hidden_text(code)
        component_access_token = hidden_text(component_access_token)
        fields = {"code": code, "component_appid": component_appid, "component_access_token": component_access_token}
        reply: WebToken = run(self._native.execute("oauth.component_access_token", fields))
        return reply

    def component_refresh_token(
        self, refresh_token: str, component_appid: str, component_access_token: str
    ) -> WebToken:
        """As ``refresh_token``, for a third-party platform.

        Args:
            refresh_token: The ``refresh_token`` in the reply of ``component_access_token``.
            component_appid: The appid of the platform.
            component_access_token: The platform's token, of ``api_component_token``.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            TransportError: No reply.
        """
        refresh_token = hidden_text(refresh_token)
        component_access_token = hidden_text(component_access_token)
        fields = {
            "refresh_token": refresh_token,
            "component_appid": component_appid,
            "component_access_token": component_access_token,
        }
        reply: WebToken = run(self._native.execute("oauth.component_refresh_token", fields))
        return reply

    def refresh_token(self, refresh_token: str) -> WebToken:
        """Renews a web token.

        WeChat refuses an invalid refresh token with 40030, and an expired one with 42002.

        Args:
            refresh_token: The ``refresh_token`` in the reply of ``access_token``. It is valid for 30 days.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            TransportError: No reply.
        """
        refresh_token = hidden_text(refresh_token)
        reply: WebToken = run(self._native.execute("oauth.refresh_token", {"refresh_token": refresh_token}))
        return reply

    def userinfo(self, access_token: str, openid: str, lang: Literal["zh_CN", "zh_TW", "en"] = "zh_CN") -> UserInfo:
        """Gets the name and the picture of a customer who agreed to ``snsapi_userinfo``.

        WeChat refuses a token of ``snsapi_base`` with 48001.

        Args:
            access_token: The customer's web token.
            openid: The customer's openid under this appid.
            lang: The language of the names of places.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            TransportError: No reply.
        """
        access_token = hidden_text(access_token)
        fields = {"access_token": access_token, "openid": openid, "lang": lang}
        reply: UserInfo = run(self._native.execute("oauth.userinfo", fields))
        return reply

    def auth(self, access_token: str, openid: str) -> None:
        """Checks that a web token is valid; fails when it is not.

        Args:
            access_token: The customer's web token.
            openid: The customer's openid under this appid.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            TransportError: No reply.
        """
        access_token = hidden_text(access_token)
        run(self._native.execute("oauth.auth", {"access_token": access_token, "openid": openid}))

    def jscode2session(self, js_code: str) -> MiniprogramSession:
        """Exchanges the code of ``wx.login`` for openid and session key of a customer (小程序登录).

        A code works once, for five minutes.
        WeChat refuses an invalid code with 40029, and a code that was used with 40163. With -1 it is busy, and the
        code still works.

        Args:
            js_code: The code that ``wx.login`` gave to the mini program.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``app_secret``.
            TransportError: No reply.
        """
        js_code = hidden_text(js_code)
        reply: MiniprogramSession = run(self._native.execute("oauth.jscode2session", {"js_code": js_code}))
        return reply

    def component_jscode2session(
        self, js_code: str, component_appid: str, component_access_token: str
    ) -> MiniprogramSession:
        """As ``jscode2session``, for a third-party platform (第三方平台) that the mini program has authorised.

        It needs no AppSecret of the mini program.

        Args:
            js_code: The code that ``wx.login`` gave to the mini program.
            component_appid: The appid of the platform.
            component_access_token: The platform's token, of ``api_component_token``.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            TransportError: No reply.
        """
        js_code = hidden_text(js_code)
        component_access_token = hidden_text(component_access_token)
        fields = {
            "js_code": js_code,
            "component_appid": component_appid,
            "component_access_token": component_access_token,
        }
        reply: MiniprogramSession = run(self._native.execute("oauth.component_jscode2session", fields))
        return reply

    def checksession(self, openid: str, session_key: str, access_token: str | None = None) -> None:
        """Checks that a session key is the customer's current one (检验登录态); fails when it is not.

        WeChat refuses another session key with 87009: let the mini program call ``wx.login`` again.

        Args:
            openid: The customer's openid under this appid.
            session_key: The session key of ``jscode2session``. It is not sent: it makes a signature.
            access_token: The access_token of the mini program; when left out, the client's own, which it keeps and
                renews.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: Neither ``access_token`` nor ``app_secret`` is there.
            TransportError: No reply.
        """
        session_key = hidden_text(session_key)
        access_token = hidden_text(access_token)
        fields = {"openid": openid, "session_key": session_key, "access_token": access_token}
        run(self._native.execute("oauth.checksession", fields))

    def getuserphonenumber(self, code: str, openid: str | None = None, access_token: str | None = None) -> PhoneNumber:
        """Gets the phone number that a customer of a mini program agreed to give (获取手机号).

        A code works once, for five minutes.
        WeChat refuses an invalid code, also one of ``wx.login``, with 40029.

        Args:
            code: The code of the button's event ``getPhoneNumber`` or ``getRealtimePhoneNumber``; not the code of
                ``wx.login``.
            openid: The customer's openid: with it WeChat checks that the code is this customer's.
            access_token: The access_token of the mini program; when left out, the client's own, which it keeps and
                renews.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: Neither ``access_token`` nor ``app_secret`` is there.
            TransportError: No reply.
        """
        code = hidden_text(code)
        access_token = hidden_text(access_token)
        fields = {"code": code, "openid": openid, "access_token": access_token}
        reply: PhoneNumber = run(self._native.execute("oauth.getuserphonenumber", fields))
        return reply


class JssdkCalls:
    """The calls for tokens and tickets."""

    _native: Client

    def token(self) -> AccessToken:
        """Gets a new access_token, which invalidates the previous one. For accounts whose token other software renews
        in this way.

        Raises:
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``app_secret``.
            TransportError: No reply.
        """
        reply: AccessToken = run(self._native.execute("jssdk.token", {}))
        return reply

    def stable_token(self, force_refresh: bool = False) -> AccessToken:
        """Gets the account's access_token: the same one for every caller, until shortly before it expires. The client
        keeps it.

        Args:
            force_refresh: Whether to make a new token, which invalidates the previous one at once. WeChat allows this
                twenty times a day, thirty seconds apart.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``app_secret``.
            TransportError: No reply.
        """
        reply: AccessToken = run(self._native.execute("jssdk.stable_token", {"force_refresh": force_refresh}))
        return reply

    def getticket(self, access_token: str) -> Ticket:
        """Gets a ticket for the JS-SDK. Its quota is small; ``jsapi_ticket`` keeps a ticket.

        Args:
            access_token: The account's access_token.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            TransportError: No reply.
        """
        access_token = hidden_text(access_token)
        reply: Ticket = run(self._native.execute("jssdk.getticket", {"access_token": access_token}))
        return reply


class WecomCalls:
    """The calls of WeCom."""

    _native: Client

    def gettoken(self) -> AccessToken:
        """Gets a token of the application. The client keeps one; this call is for other programs.

        Raises:
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``corp_secret``.
            TransportError: No reply.
        """
        reply: AccessToken = run(self._native.execute("wecom.gettoken", {}))
        return reply

    def getuserinfo(self, code: str, access_token: str | None = None) -> WecomVisitor:
        """Gets the visitor's identity from the code of the authorize link: ``userid`` for a member, ``openid`` for
        anyone else.

        A code works once, for five minutes. WeCom refuses an invalid code with 40029.

        Args:
            code: The code that WeCom appended to ``redirect_uri``.
            access_token: The access_token of the application; when left out, the client's own, which it keeps and
                renews.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``corp_secret``.
            TransportError: No reply.
        """
        code = hidden_text(code)
        access_token = hidden_text(access_token)
        fields = {"code": code, "access_token": access_token}
        reply: WecomVisitor = run(self._native.execute("wecom.getuserinfo", fields))
        return reply

    def convert_to_openid(self, userid: str, access_token: str | None = None) -> WecomOpenid:
        """Gets the openid of a member, with which the member pays.

        WeCom refuses a member who has no WeChat with 43004.

        Args:
            userid: The ``userid`` of the member.
            access_token: The access_token of the application; when left out, the client's own, which it keeps and
                renews.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``corp_secret``.
            TransportError: No reply.
        """
        access_token = hidden_text(access_token)
        fields = {"userid": userid, "access_token": access_token}
        reply: WecomOpenid = run(self._native.execute("wecom.convert_to_openid", fields))
        return reply

    def get_jsapi_ticket(self, access_token: str | None = None) -> Ticket:
        """Gets the ticket of the corp, for ``wx.config``. Its quota is small; ``jsapi_ticket`` keeps a ticket.

        Args:
            access_token: The access_token of the application; when left out, the client's own, which it keeps and
                renews.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``corp_secret``.
            TransportError: No reply.
        """
        access_token = hidden_text(access_token)
        reply: Ticket = run(self._native.execute("wecom.get_jsapi_ticket", {"access_token": access_token}))
        return reply

    def get_agent_ticket(self, access_token: str | None = None) -> Ticket:
        """Gets the ticket of the application, for ``wx.agentConfig``. Its quota is small; ``agent_ticket`` keeps a
        ticket.

        Args:
            access_token: The access_token of the application; when left out, the client's own, which it keeps and
                renews.

        Raises:
            InvalidRequest: An argument breaks a rule. Nothing was sent.
            OAuthError: WeChat refused the call.
            ConfigError: There is no ``corp_secret``.
            TransportError: No reply.
        """
        access_token = hidden_text(access_token)
        reply: Ticket = run(self._native.execute("wecom.get_agent_ticket", {"access_token": access_token}))
        return reply
