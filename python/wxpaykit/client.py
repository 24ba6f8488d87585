# Written by `cargo xtask gen` from aio.py; edit that one.
"""The blocking client. ``wxpaykit/aio.py`` has the same one for asyncio."""

from __future__ import annotations

from ._ack import Ack
from ._calls_sync import Calls
from ._check import CheckReport, Finding
from ._codes import CodeProgress, CodeResult, code_result
from ._codes_sync import Display
from ._constructor import Constructor
from ._given import given
from ._native import Client, Handling
from ._notify_sync import Notify
from ._platform_sync import Jssdk, OAuth, Wecom
from ._run_sync import need_functions, run
from ._v3_sync import V3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Any, Literal, overload

    from typing_extensions import Self, Unpack

    from ._native import CodePayment
    from ._records import ConfirmedPayment
    from ._run_sync import _OnPaid, _OnProgress
    from .types import (
        AppParams,
        ChooseWXPayParams,
        JsapiParams,
        MicropayParams,
        MiniprogramParams,
        TextReply,
        V3CodepayParams,
    )


class WxPay(Calls, Constructor):
    """A WeChat Pay client for one merchant and appid.

    Construct it once and keep it: it keeps connections and tokens. Threads may share it, and it also works in the child
    processes of a process that forks.
    """

    def _bind(self, native: Client) -> None:
        self._native = native
        self.oauth = OAuth(native)
        self.jssdk = Jssdk(native)
        self.v3 = V3(native)
        self.wecom = Wecom(native)
        self.notify = Notify(native)

    @property
    def appid(self) -> str:
        """The appid."""
        return self._native.appid

    @property
    def mch_id(self) -> str:
        """The merchant's number."""
        return self._native.mch_id

    def call(self, path: str, params: Mapping[str, Any]) -> TextReply:
        """Sends a call that has no method here. The request is completed and signed, the reply is verified.

        A reply without a signature is accepted only at the paths whose replies WeChat does not sign. A path that has a
        method here follows the rules of its method, but accepts any fields; bills are available only by their own
        methods.

        Args:
            path: The path of the payment API, such as ``/pay/orderquery``.
            params: The fields of the request. The appid and the mch_id are added under the names that the path has for
                them, with nonce_str, sign_type and sign as the path takes them.

        Returns:
            The reply, with every field as text.

        Raises:
            InvalidRequest: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: As for any call.
        """
        try:
            job = self._native.call(path, params)
        finally:
            del params  # They may have a token: no frame of an error shows them.
        reply: TextReply = run(job)
        return reply

    def request_body(self, call: str, /, **fields: Any) -> bytes:
        """The signed XML that a call would send, for debugging. Nothing is sent.

        Args:
            call: The call's name, such as ``unifiedorder``.
            fields: The call's fields.

        Raises:
            InvalidRequest: A field breaks a rule.
        """
        try:
            return self._native.request_body(call, fields)
        finally:
            del fields

    def jsapi_params(self, prepay_id: str, *, appid: str | None = None) -> JsapiParams:
        """Parameters for ``WeixinJSBridge.invoke('getBrandWCPayRequest', …)`` in a page in WeChat (JSAPI 调起支付).

        Args:
            prepay_id: From the reply of ``unifiedorder``. It is valid for two hours.
            appid: The appid that the order's openid belongs to, if it is not the client's.

        Raises:
            InvalidRequest: ``prepay_id`` is malformed; or ``appid`` is missing, and this service provider's client did
                not make the order.
        """
        return self._native.jsapi_params(prepay_id, appid)

    def choose_wxpay_params(self, prepay_id: str, *, appid: str | None = None) -> ChooseWXPayParams:
        """Parameters for ``wx.chooseWXPay`` of the JS-SDK: ``timestamp`` is in lower case, the signature the same.

        Args:
            prepay_id: From the reply of ``unifiedorder``. It is valid for two hours.
            appid: The appid that the order's openid belongs to, if it is not the client's.

        Raises:
            InvalidRequest: ``prepay_id`` is malformed; or ``appid`` is missing, and this service provider's client did
                not make the order.
        """
        return self._native.choose_wxpay_params(prepay_id, appid)

    def miniprogram_params(self, prepay_id: str, *, appid: str | None = None) -> MiniprogramParams:
        """Parameters for ``wx.requestPayment`` in a mini program (小程序调起支付).

        Args:
            prepay_id: From the reply of ``unifiedorder``. It is valid for two hours.
            appid: The mini program's appid, if it is not the client's.

        Raises:
            InvalidRequest: As for ``jsapi_params``.
        """
        return self._native.miniprogram_params(prepay_id, appid)

    def app_params(self, prepay_id: str, *, appid: str | None = None, partnerid: str | None = None) -> AppParams:
        """Parameters for the ``PayReq`` of the Open SDK in an app (APP 调起支付).

        Args:
            prepay_id: From the reply of ``unifiedorder``. It is valid for two hours.
            appid: The app's appid, if it is not the client's.
            partnerid: The merchant that the app pays. By default the sub-merchant of an order that this process made,
                else that of the settings, else the client's own number.

        Raises:
            InvalidRequest: As for ``jsapi_params``.
        """
        return self._native.app_params(prepay_id, appid, partnerid)

    def check(self) -> CheckReport:
        """Checks that this client can work: the store, the keys of APIv2 and APIv3, the AppSecret, the clock and
        ``notify_url``.

        For start-up, and for readiness probes at most once a minute: it sends what the settings allow of an
        ``orderquery`` and a ``v3.query`` for a number that no order has, a ``v3.certificates`` and a ``stable_token``.

        Returns:
            What was found. Nothing is raised for a part that failed.
        """
        return CheckReport(tuple(Finding(**finding) for finding in run(self._native.check())))

    def wait_for_payment(
        self,
        out_trade_no: str,
        *,
        total_fee: int,
        within: float = 60.0,
        on_paid: _OnPaid | None = None,
        sub_mch_id: str | None = None,
        combine_out_trade_no: str | None = None,
    ) -> ConfirmedPayment | None:
        """Asks WeChat for an order until it is paid, for a page that waits for its order.

        With ``on_paid`` it also hands the payment over before it returns: once, whether a notification
        (``notify.handle``) or this call comes first.

        Args:
            out_trade_no: The merchant's number of the order.
            total_fee: The amount that you recorded for it, in fen.
            within: How many seconds to ask; 0 asks once. At the end of the time it asks once more. Callers of one
                client that wait for the same order share each question, and its answer for about a second.
            on_paid: As for ``notify.handle``. If another process is handing the payment over, this call waits up to
                three seconds for it, and then returns the payment.
            sub_mch_id: Service providers: the sub-merchant of the order, if it is not the client's.
            combine_out_trade_no: For a part of a combined order (合单): your number of the combined order, which
                ``v3.combine_query`` is asked for. Its parts are paid at once, and each is handed over by a call of its
                own; the calls share each question.

        Returns:
            The payment; ``None`` if the order was closed, or is not paid in time.

        Raises:
            PaymentMismatch: Another amount was paid, or the combined order has no such part.
            InvalidRequest: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: The last query failed.
            StoreError: Nothing was handed over, or it could not be recorded.
            Exception: The exception of ``on_paid``; the payment will be handed over again.
        """
        order = (out_trade_no, total_fee, sub_mch_id, combine_out_trade_no)
        if on_paid is None:
            return run(self._native.wait_for_payment(*order, within, False))
        need_functions(on_paid=on_paid)
        found = run(self._native.wait_for_payment(*order, within, True))
        if not isinstance(found, Handling):
            return found
        self.notify._run_and_finish(found, on_paid, lambda payment: total_fee)
        payment: ConfirmedPayment = found.item
        return payment

    if TYPE_CHECKING:

        @overload
        def pay_by_code(
            self,
            *,
            within: float = 30.0,
            interval: float = 5.0,
            reverse_after: float = 15.0,
            reverse: bool = True,
            api: Literal["v2", "v3"] | None = None,
            on_progress: _OnProgress | None = None,
            on_paid: _OnPaid | None = None,
            **fields: Unpack[MicropayParams],
        ) -> CodeResult: ...
        @overload
        def pay_by_code(
            self,
            *,
            within: float = 30.0,
            interval: float = 5.0,
            reverse_after: float = 15.0,
            reverse: bool = True,
            api: Literal["v2", "v3"] | None = None,
            on_progress: _OnProgress | None = None,
            on_paid: _OnPaid | None = None,
            **fields: Unpack[V3CodepayParams],
        ) -> CodeResult: ...

    # Completion in notebooks reads the fields of `micropay` here.
    def pay_by_code(  # type: ignore[misc]
        self,
        *,
        within: float = 30.0,
        interval: float = 5.0,
        reverse_after: float = 15.0,
        reverse: bool = True,
        api: Literal["v2", "v3"] | None = None,
        on_progress: _OnProgress | None = None,
        on_paid: _OnPaid | None = None,
        **fields: Unpack[MicropayParams],
    ) -> CodeResult:
        """Charges the payment code that a customer shows (付款码支付), and returns when the result is known.

        It asks for the order while the customer confirms on the phone, and cancels it (``reverse``) when the time is
        over. A code is charged once: the store keeps for eight days that the number was charged, and a second call with
        it is refused. After a crash ``resume_pay_by_code`` takes the payment up from its number.

        Args:
            within: How many seconds the customer may take. The order is cancelled then.
            interval: The pause between two questions about the order, in seconds. WeChat asks for five.
            reverse_after: The earliest time at which the order is cancelled, in seconds after its code was charged.
                WeChat asks for 15.
            reverse: Whether an order whose result is not known in time is cancelled. That needs the merchant's
                certificate; without it the result may be ``unknown``.
            api: The API that charges the code, ``v2`` or ``v3``. If left out: APIv2 when ``api_key`` is set, else
                APIv3.
            on_progress: Takes a ``CodeProgress`` before each step, for the till's display. ``progress.give_up()``
                cancels the payment, at any time and from any thread. Its exceptions are logged. With asyncio a step
                waits at most a second for it; a late one gets the next steps in order, and is cancelled when the
                payment ends.
            on_paid: As for ``notify.handle``: it hands a payment over before this call returns it, once, whether this
                call, ``resume_pay_by_code`` or ``reconcile`` is first. If another process is handing it over, this call
                waits up to three seconds for it, and then returns the payment.
            fields: The fields of ``micropay``: ``auth_code``, ``body``, ``out_trade_no`` (a new one), ``total_fee``,
                ``spbill_create_ip`` …, which either API takes; or those of ``v3.codepay``, for APIv3 alone.

        Returns:
            The result: ``paid`` with the payment, ``refused``, ``reversed`` or ``unknown``.

        Raises:
            InvalidRequest: Nothing was sent; also for a number that was charged before.
            ConfigError: The keys of the API are not set; or there is no certificate, and ``reverse`` is not ``False``.
                Nothing was sent.
            TransportError: Nothing was sent: there is no connection.
            StoreError: Nothing was sent: the store did not answer. With ``on_paid`` also after the customer paid:
                nothing was handed over, or it could not be recorded; ``resume_pay_by_code`` tries again.
            PaymentMismatch: WeChat's order of this number has another amount: it is another purchase's.
            Exception: The customer paid, and this is the exception of ``on_paid``; ``resume_pay_by_code`` hands the
                payment over again.
        """
        need_functions(**given(on_progress=on_progress, on_paid=on_paid))
        try:
            payment = self._native.code_payment(fields, within, interval, reverse_after, reverse, api)
        finally:
            del fields  # They have the customer's code: no frame of an error shows it.
        return self._run_code(payment, on_progress, on_paid)

    def resume_pay_by_code(
        self,
        out_trade_no: str,
        *,
        total_fee: int,
        sub_mch_id: str | None = None,
        within: float = 30.0,
        interval: float = 5.0,
        reverse_after: float = 15.0,
        reverse: bool = True,
        api: Literal["v2", "v3"] | None = None,
        on_progress: _OnProgress | None = None,
        on_paid: _OnPaid | None = None,
    ) -> CodeResult:
        """Takes up a payment by code from its number, in whatever step it was interrupted. No code is charged.

        Args:
            out_trade_no: The merchant's number of the order.
            total_fee: The amount that you recorded for it, in fen.
            sub_mch_id: Service providers: the sub-merchant of the order, if it is not the client's.
            within: As for ``pay_by_code``, as are the others.
            interval: As above.
            reverse_after: As above.
            reverse: As above.
            api: The API to ask if the store has no record of the charge. With one, the API that charged the code is
                asked.
            on_progress: As above.
            on_paid: As above. A payment that was handed over before is not handed over again.

        Raises:
            InvalidRequest: Nothing was sent; also when the number was charged with another amount.
            ConfigError, StoreError, PaymentMismatch, Exception: As for ``pay_by_code``.
        """
        need_functions(**given(on_progress=on_progress, on_paid=on_paid))
        times = (within, interval, reverse_after)
        payment = self._native.resume_code_payment(out_trade_no, total_fee, sub_mch_id, *times, reverse, api)
        return self._run_code(payment, on_progress, on_paid)

    def _run_code(
        self, payment: CodePayment, on_progress: _OnProgress | None, on_paid: _OnPaid | None
    ) -> CodeResult:
        display = Display(payment, on_progress)
        try:
            stepped: Any = run(self._native.code_progress(payment))
            while (result := code_result(payment, stepped)) is None:
                display.show(CodeProgress(payment, *stepped[1:]))
                stepped = run(self._native.code_step(payment, on_paid is not None))
                if isinstance(stepped, Handling):
                    # Core has compared the amount.
                    self.notify._run_and_finish(stepped, on_paid)
                    stepped = stepped.item
        finally:
            display.end()
        return result

    def native_code_url(self, product_id: str) -> str:
        """The text of a permanent code for a product (扫码支付模式一): make a QR code of it.

        ``shorturl`` shortens it, so that the QR code is easier to scan.

        Args:
            product_id: Your number of the product, up to 32 characters. WeChat sends it back when the code is scanned.

        Raises:
            InvalidRequest: ``product_id`` is malformed.
        """
        return self._native.native_code_url(product_id)

    def native_answer(self, prepay_id: str) -> Ack:
        """The answer to WeChat's question about a permanent code (``notify.parse_native``): the customer's order.

        Args:
            prepay_id: From the reply of ``unifiedorder`` with ``trade_type`` NATIVE.

        Raises:
            InvalidRequest: ``prepay_id`` is malformed.
        """
        return Ack(self._native.native_answer(prepay_id))

    def native_refusal(self, text: str) -> Ack:
        """The answer to WeChat's question about a permanent code when there is no order: sold out, for example.

        Args:
            text: What the customer reads, up to 128 characters.

        Raises:
            InvalidRequest: ``text`` is empty or too long.
        """
        return Ack(self._native.native_refusal(text))

    def close(self) -> None:
        """Closes idle connections. A later call opens new ones."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "_native"):  # In a traceback that shows local variables, after a setting was refused.
            return f"<{type(self).__name__} (not initialised)>"
        return f"{type(self).__name__}(appid={self.appid!r}, mch_id={self.mch_id!r})"

    def _repr_html_(self) -> str:
        from ._display import html

        return html(type(self).__name__, dict(self._native.shown("client")))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from ._display import pretty

        pretty(printer, type(self).__name__, dict(self._native.shown("client")))


# `unittest.mock.create_autospec` looks for attributes on the class; instances get their own in `_bind`.
WxPay.oauth, WxPay.jssdk, WxPay.notify = OAuth, Jssdk, Notify  # type: ignore[assignment]
WxPay.v3, WxPay.wecom = V3, Wecom  # type: ignore[assignment]
