# Written by `cargo xtask gen` from _notify_async.py; edit that one.
"""``pay.notify`` for clients that block."""

from __future__ import annotations

from ._displayed import ClientPart
from ._given import given
from ._handled import Handled, Reconciled, ReconciledRefund, ReconciledTransfer, combined, failed
from ._kinds import (
    OTHERS,
    PAYMENTS,
    REFUNDS,
    TRANSFERS,
    Functions,
    Kind,
    not_asked,
    not_handed_over,
    refused,
    waiting,
)
from ._native import AT_ONCE, Client, Handling, pending_rows
from ._run_sync import call, has_ended, need_functions, run
from .errors import WxPayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._records import (
        ConfirmedPayment,
        ConfirmedRefund,
        ConfirmedTransfer,
        NativeQuestion,
        PaymentNotification,
        RefundNotification,
    )
    from ._run_sync import _AmountOf, _OnOther, _OnPaid, _OnRefund, _OnTransfer
    from .types import (
        Pending,
        PendingRefund,
        PendingTransfer,
    )
    from .v3 import _Headers


class Notify(ClientPart):
    """Notifications. Reached as ``pay.notify``."""

    _part = "notify"

    def __init__(self, native: Client) -> None:
        self._native = native

    def parse(
        self, raw_body: bytes | bytearray | memoryview | str, *, headers: _Headers | None = None
    ) -> PaymentNotification:
        """Verifies a payment notification (支付结果通知): signature, appid and mch_id. No I/O.

        Of APIv3 it knows the public key in the settings, and platform certificates that were downloaded before.

        It does not prove a payment: ``confirm`` asks WeChat.

        Args:
            raw_body: The request's body, byte for byte: ``request.get_data()``, ``request.body``,
                ``await request.body()``, ``await request.read()``.
            headers: All headers of the request, which APIv3 signs; any mapping, or pairs.

        Raises:
            SignatureError: It is not authentic.
            PaymentMismatch: It belongs to another merchant, or is incomplete.
            ConfigError: APIv3 sent it, and the settings have no ``api_v3_key``; or the reverse.
            InvalidRequest: It is not a raw body.
        """
        return self._native.notify_parse(raw_body, headers)

    def parse_native(self, raw_body: bytes | bytearray | memoryview | str) -> NativeQuestion:
        """Verifies WeChat's question for an order, after a customer scanned a permanent code (扫码支付模式一). No I/O.

        Make a NATIVE order with its ``product_id`` and ``openid``, and answer with ``pay.native_answer`` within five
        seconds, or with ``pay.native_refusal``.

        Args:
            raw_body: The request's body, byte for byte.

        Raises:
            SignatureError: It is not authentic.
            PaymentMismatch: It belongs to another merchant, or is incomplete.
            InvalidRequest: It is not a raw body.
        """
        return self._native.notify_parse_native(raw_body)

    def confirm(
        self, raw_body: bytes | bytearray | memoryview | str, *, headers: _Headers | None = None
    ) -> ConfirmedPayment:
        """Verifies a payment notification, asks WeChat for the order, and compares the two.

        Compare ``total_fee`` with the amount that you recorded for ``out_trade_no``, then ship once.

        Args:
            raw_body: The request's body, byte for byte.
            headers: All headers of the request, which APIv3 signs; any mapping, or pairs.

        Raises:
            SignatureError: It is not authentic.
            PaymentMismatch: It belongs to another merchant, or WeChat's answer about the order differs.
            ConfigError: APIv3 sent it, and the settings have no ``api_v3_key``; or the reverse.
            InvalidRequest: It is not a raw body.
            TransportError, ProtocolError, BusinessError: The query failed, or platform certificates could not be
                downloaded; let WeChat send the notification again.
        """
        return run(self._native.notify_confirm("payment", raw_body, headers))

    def parse_refund(
        self, raw_body: bytes | bytearray | memoryview | str, *, headers: _Headers | None = None
    ) -> RefundNotification:
        """Decrypts a refund notification (退款结果通知), and checks appid and mch_id. No I/O.

        One of APIv2 is not signed: that it decrypts shows only that its sender knows the API key. ``confirm_refund``
        asks WeChat.

        Args:
            raw_body: The request's body, byte for byte.
            headers: All headers of the request, which APIv3 signs; any mapping, or pairs.

        Raises:
            SignatureError: It cannot be read, is not authentic (APIv3), or does not decrypt.
            PaymentMismatch: It belongs to another merchant, is incomplete, or is not a refund notification.
            ConfigError: APIv3 sent it, and the settings have no ``api_v3_key``; or the reverse.
            InvalidRequest: It is not a raw body.
        """
        return self._native.notify_parse_refund(raw_body, headers)

    def confirm_refund(
        self, raw_body: bytes | bytearray | memoryview | str, *, headers: _Headers | None = None
    ) -> ConfirmedRefund:
        """Decrypts a refund notification, asks WeChat for the refund, and compares the two.

        ``refund_status`` of the result is WeChat's answer: ``SUCCESS`` when the customer has the money.

        Args:
            raw_body: The request's body, byte for byte.
            headers: All headers of the request, which APIv3 signs; any mapping, or pairs.

        Raises:
            SignatureError: It cannot be read, is not authentic (APIv3), or does not decrypt.
            PaymentMismatch: It belongs to another merchant, WeChat's answer differs, or the refund has no result yet.
            ConfigError: APIv3 sent it, and the settings have no ``api_v3_key``; or the reverse.
            InvalidRequest: It is not a raw body.
            TransportError, ProtocolError, BusinessError: The query failed, or platform certificates could not be
                downloaded; let WeChat send the notification again.
        """
        return run(self._native.notify_confirm("refund", raw_body, headers))

    def confirm_transfer(
        self, raw_body: bytes | bytearray | memoryview | str, *, headers: _Headers | None = None
    ) -> ConfirmedTransfer:
        """Verifies a notification of a transfer, asks WeChat for the transfer, and compares the two.

        ``state`` of the result is WeChat's answer: ``SUCCESS`` when the customer has the money.

        Args:
            raw_body: The request's body, byte for byte.
            headers: All headers of the request; any mapping, or pairs.

        Raises:
            SignatureError: It is not authentic, or does not decrypt.
            PaymentMismatch: It belongs to another merchant, is about something else, WeChat's answer differs, or the
                transfer has no result yet.
            ConfigError: The settings have no ``api_v3_key``, or no key to ask APIv3 with.
            InvalidRequest: It is not a raw body.
            TransportError, ProtocolError, BusinessError: The query failed, or platform certificates could not be
                downloaded; let WeChat send the notification again.
        """
        return run(self._native.notify_confirm("transfer", raw_body, headers))

    def handle(
        self,
        raw_body: bytes | bytearray | memoryview | str,
        *,
        headers: _Headers | None = None,
        amount_of: _AmountOf,
        on_paid: _OnPaid,
        on_refunded: _OnRefund | None = None,
        on_refund_failed: _OnRefund | None = None,
        on_transferred: _OnTransfer | None = None,
        on_transfer_failed: _OnTransfer | None = None,
        on_other: _OnOther | None = None,
    ) -> Handled:
        """Handles a notification of either API completely, and returns the answer for WeChat.

        It verifies the notification, asks WeChat for the order, compares the amount with the one that you recorded,
        runs your function once for each payment even if WeChat repeats the notification or sends it twice at once, and
        records this in the client's store. Failures are not raised: the result contains the error, and
        ``logging.getLogger("wxpaykit")`` logs it. The answer is then FAIL, and WeChat sends the notification again.

        With ``on_refunded`` it takes notifications of refunds too, at the same address or at another one: it decrypts
        one, asks WeChat for the refund, compares the two, and runs your function once for each refund. With
        ``on_transferred`` it takes those of transfers in the same way.

        One address serves APIv2 and APIv3. A payment has the same idempotency key in both APIs. The order is queried
        by the API that sent the notification.

        Args:
            raw_body: The request's body, byte for byte: ``request.get_data()``, ``request.body``,
                ``await request.body()``, ``await request.read()``.
            headers: All headers of the request, which APIv3 signs; any mapping, or pairs. Without them its
                notifications are refused.
            amount_of: Takes the ``ConfirmedPayment``, and returns the amount in fen that you recorded for its
                ``out_trade_no``; ``None`` if there is no such order.
            on_paid: Takes the payment and its idempotency key, and ships. It runs at least once, and exactly once if it
                commits the key together with its own work. If it raises, it runs again later. The notification of a
                combined order tells of several payments: ``amount_of`` and ``on_paid`` run for each part.
            on_refunded: Takes a ``ConfirmedRefund`` that succeeded and its idempotency key, as ``on_paid`` takes a
                payment. Without it, a refund notification is answered with FAIL.
            on_refund_failed: The same for a refund that WeChat closed (``REFUNDCLOSE``: refund again with a new
                ``out_refund_no``) or that the customer's card does not take (``CHANGE``: finish it at
                pay.weixin.qq.com). Without it, such a refund is logged and answered with SUCCESS.
            on_transferred: Takes a ``ConfirmedTransfer`` that the customer has and its idempotency key, as ``on_paid``
                takes a payment. Without it, a notification of a transfer goes to ``on_other``.
            on_transfer_failed: The same for a transfer that failed or was cancelled (``FAIL``, ``CANCELLED``: transfer
                again with a new ``out_bill_no``). Without it, such a transfer is logged and answered with SUCCESS.
            on_other: Takes every other notification of APIv3, as ``v3.notification`` returns it: of profit sharing, of
                a transfer where there is no ``on_transferred``. It is verified and decrypted, and that is all: WeChat
                is not asked, and nothing is recorded. It runs each time that WeChat sends the notification, until it
                once returns: query before you act on it, and act on it only once. Without it, such a notification is
                answered with FAIL.

        Raises:
            InvalidRequest: A function cannot be called with these arguments.
        """
        need_functions(amount_of=amount_of, on_paid=on_paid)
        optional = given(
            on_refunded=on_refunded,
            on_refund_failed=on_refund_failed,
            on_transferred=on_transferred,
            on_transfer_failed=on_transfer_failed,
            on_other=on_other,
        )
        need_functions(**optional)
        others = {
            REFUNDS.name: Functions(on_refunded, on_refund_failed),
            TRANSFERS.name: Functions(on_transferred, on_transfer_failed),
        }
        takes = [(kind, own.on_failure is not None) for kind, own in others.items() if own.on_success is not None]
        functions = {PAYMENTS.name: Functions(on_paid, amount_of=amount_of), **others, OTHERS: Functions(on_other)}
        sent: Any = headers
        if hasattr(sent, "__next__"):
            headers = list(sent)  # They are read again for the answer.
        handled = self._handled(
            self._native.notify_begin, (raw_body, headers, takes, on_other is not None), functions
        )
        return handled.answering(raw_body, headers)

    def _handled(self, begin: Any, arguments: tuple[Any, ...], functions: dict[str, Functions]) -> Handled:
        from ._records import V3Notification  # here, so that importing the package is quick

        begun: Any
        try:
            begun = run(begin(*arguments))
        except WxPayError as error:
            return failed(error)
        if isinstance(begun, V3Notification):
            try:
                call(functions[OTHERS].on_success, begun)
            except Exception as error:
                return failed(error, other=begun)
            return Handled("delivered", other=begun)
        if isinstance(begun, tuple) and isinstance(begun[1], list):
            return self._parts(begun[0], begun[1], functions[PAYMENTS.name])
        if isinstance(begun, Handling):
            return self._handed_over(begun, functions[begun.kind])
        return not_handed_over(begun)

    def _parts(self, combine_out_trade_no: str, begun: list[Any], functions: Functions) -> Handled:
        begun.reverse()
        parts: list[Handled] = []
        try:
            while begun:
                part = begun.pop()
                ours = isinstance(part, Handling)
                parts.append(self._handed_over(part, functions) if ours else not_handed_over(part))
        except GeneratorExit:  # The loop was closed; the leases end by themselves.
            raise
        except BaseException:
            self._give_back(begun)
            raise
        return combined(combine_out_trade_no, parts)

    def reconcile_refunds(
        self,
        pending: Iterable[PendingRefund],
        *,
        on_refunded: _OnRefund,
        on_refund_failed: _OnRefund | None = None,
    ) -> list[ReconciledRefund]:
        """Asks WeChat for refunds whose notification has not arrived, and hands their results over as ``handle`` does.

        Call it as often as you like with all refunds whose result you do not know. Each is asked for at the age of
        30 s, 2, 10 and 30 min, 2, 6 and 24 h, 2, 3, 5, 7, 14, 21 and 30 days, once for all processes that share the
        store. Eight are asked for at the same time.

        Args:
            pending: ``(out_refund_no, refund_fee, created)`` for each refund, or dicts or objects with these: your
                number, the amount in fen, and an aware datetime. A dict or an object may also have ``sub_mch_id``, the
                sub-merchant of a service provider's order.
            on_refunded: As for ``handle``.
            on_refund_failed: As for ``handle``.

        Returns:
            The result for each refund, in the same order. A row that is not a refund is ``failed``, with its error.

        Raises:
            InvalidRequest: ``pending`` is not a list of rows, or a function takes other arguments. Nothing was asked.
        """
        failed = {} if on_refund_failed is None else {"on_refund_failed": on_refund_failed}
        need_functions(on_refunded=on_refunded, **failed)
        return self._reconciled(REFUNDS, pending, Functions(on_refunded, on_refund_failed))

    def reconcile_transfers(
        self,
        pending: Iterable[PendingTransfer],
        *,
        on_transferred: _OnTransfer,
        on_transfer_failed: _OnTransfer | None = None,
    ) -> list[ReconciledTransfer]:
        """Asks WeChat for transfers whose notification has not arrived, and hands their results over like ``handle``.

        Call it as often as you like with all transfers whose result you do not know. Each is asked for at the age of
        30 s, 2, 10 and 30 min, 2, 6, 12, 24, 25 and 30 h, 2, 3 and 7 days, once for all processes that share the store.
        Eight are asked for at the same time.

        Args:
            pending: ``(out_bill_no, transfer_amount, created)`` for each transfer, or dicts or objects with these: your
                number, the amount in fen, and an aware datetime.
            on_transferred: As for ``handle``.
            on_transfer_failed: As for ``handle``.

        Returns:
            The result for each transfer, in the same order. A row that is not a transfer is ``failed``, with its error.

        Raises:
            InvalidRequest: ``pending`` is not a list of rows, or a function takes other arguments. Nothing was asked.
        """
        failed = {} if on_transfer_failed is None else {"on_transfer_failed": on_transfer_failed}
        need_functions(on_transferred=on_transferred, **failed)
        return self._reconciled(TRANSFERS, pending, Functions(on_transferred, on_transfer_failed))

    def reconcile(self, pending: Iterable[Pending], *, on_paid: _OnPaid) -> list[Reconciled]:
        """Asks WeChat for orders whose notification has not arrived, and hands the paid ones over as ``handle`` does.

        Call it as often as you like with all orders that you do not know to be paid. Each is asked for at the age of
        30 s, 1, 3, 10 and 30 min, 1, 3, 6, 12 and 24 h, 3 and 7 days, once for all processes that share the store.
        Eight are asked for at the same time.

        Args:
            pending: ``(out_trade_no, total_fee, created)`` for each order, or dicts or objects with these: your number,
                the amount that you recorded in fen, and an aware datetime. A dict or an object may also have
                ``sub_mch_id``, the sub-merchant of a service provider's order; and for a part of a combined order
                (合单) ``combine_out_trade_no``: give a row for each part, with the part's own number and amount.
                WeChat is asked once for all parts of a combined order, by ``v3.combine_query``.
            on_paid: As for ``handle``.

        Returns:
            The result for each order, in the same order. A row that is not an order is ``failed``, with its error.

        Raises:
            InvalidRequest: ``pending`` is not a list of rows, or ``on_paid`` takes other arguments. Nothing was asked.
        """
        need_functions(on_paid=on_paid)
        return self._reconciled(PAYMENTS, pending, Functions(on_paid))

    def _reconciled(self, kind: Kind, pending: Iterable[Any], functions: Functions) -> list[Any]:
        rows, results = pending_rows(kind.name, pending), []
        for start in range(0, len(rows), AT_ONCE):
            results += self._ask(kind, rows[start : start + AT_ONCE], functions)
        return results

    def _ask(self, kind: Kind, rows: list[tuple[str, Any]], functions: Functions) -> list[Any]:
        asked = [row for _, row in rows if isinstance(row, tuple)]
        begun: list[Any]
        try:
            begun = run(self._native.begin_pending(kind.name, asked, functions.on_failure is not None))
        except WxPayError as error:
            begun = [error] * len(asked)
        begun.reverse()
        results: list[Any] = []
        try:
            for number, row in rows:
                if isinstance(row, tuple):
                    results.append(self._ended(kind, number, begun.pop(), functions))
                else:
                    results.append(refused(kind, number, row))
        except GeneratorExit:  # The loop was closed; the leases end by themselves.
            raise
        except BaseException:
            self._give_back(begun)
            raise
        return results

    def _give_back(self, begun: list[Any]) -> None:
        """What was interrupted: others may hand it over at once, and not when its leases end."""
        for left in begun:
            if isinstance(left, Handling):
                run(self._native.give_back(left))

    def _ended(self, kind: Kind, number: str, begun: Any, functions: Functions) -> Any:
        if isinstance(begun, tuple):
            state, word, _, next_due = begun
            return waiting(kind, number, state, word, next_due)
        if isinstance(begun, Exception):
            return not_asked(kind, number, begun)
        ours = isinstance(begun, Handling)
        handled = self._handed_over(begun, functions) if ours else kind.untaken(begun)
        item = {kind.name: getattr(handled, kind.name)}
        return kind.result(number, handled.state, error=handled.error, **item)

    def _handed_over(self, handling: Handling, functions: Functions) -> Handled:
        item: Any = {handling.kind: handling.item}
        function = functions.on_success if handling.is_success else functions.on_failure
        try:
            self._run_and_finish(handling, function, functions.amount_of)
        except Exception as error:
            return failed(error, **item)
        return Handled("delivered", **item)

    def _run_and_finish(self, handling: Handling, function: Any, amount_of: _AmountOf | None = None) -> None:
        try:
            if amount_of is not None:
                handling.check(call(amount_of, handling.item))
            call(function, handling.item, handling.idempotency_key)
        except GeneratorExit:  # The loop was closed; the lease ends by itself.
            raise
        except BaseException as error:
            ended = has_ended(function, error)
            run(self._native.finish(handling) if ended else self._native.give_back(handling))
            raise
        run(self._native.finish(handling))
