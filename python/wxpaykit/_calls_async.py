# Written by `cargo xtask gen` from the table of calls; edit the table instead.
"""A method for asyncio for each call of the payment API."""

from __future__ import annotations

from ._run_async import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._native import Client
    from ._records import CloseorderReply, OrderqueryReply, UnifiedorderReply
    from .types import CloseorderParams, OrderqueryParams, UnifiedorderParams


class AsyncCalls:
    """The calls."""

    _native: Client

    async def unifiedorder(self, **fields: Unpack[UnifiedorderParams]) -> UnifiedorderReply:
        """Creates an order and gives its ``prepay_id`` (统一下单).

        Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
        ``trade_type`` ``JSAPI`` needs ``openid`` or ``sub_openid``.
        ``trade_type`` ``NATIVE`` needs ``product_id``.
        ``trade_type`` ``MWEB`` needs ``scene_info``.

        Args:
            body: What is bought, as the customer reads it. At most 127 characters.
            out_trade_no: The merchant's number of the order, never used twice. At most 32 characters.
            total_fee: The amount in fen.
            spbill_create_ip: The IP address of the customer's device (APP, MWEB) or of the caller (JSAPI, NATIVE). At
                most 64 characters.
            trade_type: How it will be paid. ``JSAPI`` when left out.
            openid: The customer, as this appid knows them. JSAPI needs it, or ``sub_openid``. At most 128 characters.
            sub_openid: The customer, as the sub-merchant's appid knows them. At most 128 characters.
            notify_url: Where WeChat posts the notification: reachable from outside, without a query. At most 256
                characters. The client's own when left out.
            product_id: The merchant's product number. NATIVE needs it. At most 32 characters.
            scene_info: Where it is sold, as JSON. MWEB needs its ``h5_info``. At most 256 characters. A dict or a
                list is written as JSON.
            attach: Returned unchanged by queries, notifications and bills. At most 127 characters.
            detail: The goods, as JSON, for single-item promotions. At most 6000 characters. A dict or a list is
                written as JSON.
            device_info: The terminal's number; ``WEB`` for pages. At most 32 characters.
            fee_type: The currency, ISO 4217. CNY when left out. At most 16 characters.
            time_start: When the order was made, Beijing time. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing
                time.
            time_expire: When the order closes by itself, Beijing time, at least one minute from now. Seven days when
                left out. An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time.
            goods_tag: The promotion's tag. At most 32 characters.
            limit_pay: ``no_credit`` keeps credit cards out.
            receipt: ``Y`` shows the way to an electronic invoice.
            profit_sharing: ``Y`` freezes the money for profit sharing.
            version: ``1.0`` asks for ``promotion_detail`` in queries and notifications. At most 32 characters.
            user_type: Identity-bound payment: what kind of identity. At most 32 characters.
            user_creid: Identity-bound payment: the document's number. At most 64 characters.
            user_truename: Identity-bound payment: the name. At most 64 characters.
            sub_appid: Service providers: the sub-merchant's appid. At most 32 characters.
            sub_mch_id: Service providers: the sub-merchant. At most 32 characters.
            nonce_str: A random text; made when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: UnifiedorderReply = await run(self._native.execute("unifiedorder", fields))
        return reply

    async def orderquery(self, **fields: Unpack[OrderqueryParams]) -> OrderqueryReply:
        """Asks for an order's state (查询订单). The one proof of payment.

        Needs ``transaction_id`` or ``out_trade_no``.

        Args:
            transaction_id: WeChat's number of the payment. It wins over ``out_trade_no``. At most 32 characters.
            out_trade_no: The merchant's number of the order. At most 32 characters.
            version: ``1.0`` asks for ``promotion_detail``. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. At most 32 characters.
            sub_mch_id: Service providers: the sub-merchant. At most 32 characters.
            nonce_str: A random text; made when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: OrderqueryReply = await run(self._native.execute("orderquery", fields))
        return reply

    async def closeorder(self, **fields: Unpack[CloseorderParams]) -> CloseorderReply:
        """Closes an order that is not paid (关闭订单). WeChat asks to wait five minutes after ``unifiedorder``.

        Args:
            out_trade_no: The merchant's number of the order. At most 32 characters.
            sub_appid: Service providers: the sub-merchant's appid. At most 32 characters.
            sub_mch_id: Service providers: the sub-merchant. At most 32 characters.
            nonce_str: A random text; made when left out. At most 32 characters.

        Raises:
            InvalidRequest: A field breaks a rule. Nothing was sent.
            TransportError: No reply; `outcome` says whether WeChat may have acted on the request.
            ProtocolError: WeChat did not take the request as one.
            BusinessError: WeChat refused it.
            SignatureError: The reply is not authentic.
        """
        reply: CloseorderReply = await run(self._native.execute("closeorder", fields))
        return reply
