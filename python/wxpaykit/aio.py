"""The client for asyncio. ``cargo xtask gen`` makes ``wxpaykit/client.py`` from this file; change this one."""

from __future__ import annotations

from ._ack import Ack
from ._calls_async import AsyncCalls, AsyncJssdkCalls, AsyncOAuthCalls, AsyncV3Calls, AsyncWecomCalls
from ._check import CheckReport, Finding
from ._codes import CodeProgress, CodeResult, code_result, progress_failed
from ._constructor import Constructor
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
from ._native import AT_ONCE, Client, Handling, Reply, pending_rows
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
from ._run_async import call, need_functions, run
from ._settings import hidden_text
from ._upload import content_of, name_of
from .errors import WxPayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any, Literal, overload

    from typing_extensions import Self, Unpack

    from ._native import CodePayment
    from ._run_async import _AmountOf, _OnOther, _OnPaid, _OnProgress, _OnRefund, _OnTransfer
    from ._upload import _File
    from .types import (
        AgentConfig,
        AppParams,
        ChooseWXPayParams,
        JsapiParams,
        MicropayParams,
        MiniprogramParams,
        PageConfig,
        Pending,
        PendingRefund,
        PendingTransfer,
        TransferParams,
        V3AppParams,
        V3CodepayParams,
        V3JsapiParams,
    )
    from .v3 import _Headers


class AsyncWxPay(AsyncCalls, Constructor):
    """A WeChat Pay client for one merchant and appid.

    Construct it once and keep it: it keeps connections and tokens. Threads may share it, and it also works in the child
    processes of a process that forks.
    """

    def _bind(self, native: Client) -> None:
        self._native = native
        self.oauth = AsyncOAuth(native)
        self.jssdk = AsyncJssdk(native)
        self.v3 = AsyncV3(native)
        self.wecom = AsyncWecom(native)
        self.notify = AsyncNotify(native)

    @property
    def appid(self) -> str:
        """The appid."""
        return self._native.appid

    @property
    def mch_id(self) -> str:
        """The merchant's number."""
        return self._native.mch_id

    async def call(self, path: str, params: Mapping[str, Any]) -> Reply:
        """Sends a call that has no method here. The request is completed and signed, the reply is verified.

        Args:
            path: The path of the payment API, such as ``/pay/orderquery``.
            params: The fields of the request. appid, mch_id, nonce_str, sign_type and sign are added.

        Returns:
            The reply, with every field as text.

        Raises:
            InvalidRequest: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: As for any call.
        """
        reply: Reply = await run(self._native.call(path, params))
        return reply

    def request_body(self, call: str, /, **fields: Any) -> bytes:
        """The signed XML that a call would send, for debugging. Nothing is sent.

        Args:
            call: The call's name, such as ``unifiedorder``.
            fields: The call's fields.

        Raises:
            InvalidRequest: A field breaks a rule.
        """
        return self._native.request_body(call, fields)

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
            partnerid: The merchant's number, if it is not the client's or its sub-merchant's.

        Raises:
            InvalidRequest: As for ``jsapi_params``.
        """
        return self._native.app_params(prepay_id, appid, partnerid)

    async def check(self) -> CheckReport:
        """Checks that this client can work: the store, the keys of APIv2 and APIv3, the AppSecret, the clock and
        ``notify_url``.

        For start-up, and for readiness probes at most once a minute: it sends what the settings allow of an
        ``orderquery`` and a ``v3.query`` for a number that no order has, a ``v3.certificates`` and a ``stable_token``.

        Returns:
            What was found. Nothing is raised for a part that failed.
        """
        return CheckReport(tuple(Finding(**finding) for finding in await run(self._native.check())))

    async def wait_for_payment(
        self,
        out_trade_no: str,
        *,
        total_fee: int,
        within: float = 60.0,
        on_paid: _OnPaid | None = None,
        sub_mch_id: str | None = None,
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

        Returns:
            The payment; ``None`` if the order was closed, or is not paid in time.

        Raises:
            PaymentMismatch: Another amount was paid.
            InvalidRequest: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: The last query failed.
            StoreError: Nothing was handed over, or it could not be recorded.
            Exception: The exception of ``on_paid``; the payment will be handed over again.
        """
        if on_paid is None:
            return await run(self._native.wait_for_payment(out_trade_no, total_fee, sub_mch_id, within, False))
        need_functions(on_paid=on_paid)
        found = await run(self._native.wait_for_payment(out_trade_no, total_fee, sub_mch_id, within, True))
        if not isinstance(found, Handling):
            return found
        await self.notify._run_and_finish(found, on_paid, lambda payment: total_fee)
        payment: ConfirmedPayment = found.item
        return payment

    if TYPE_CHECKING:

        @overload
        async def pay_by_code(
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
        async def pay_by_code(
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
    async def pay_by_code(  # type: ignore[misc]
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
                cancels the payment, at any time and from any thread. Its exceptions are logged.
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
        payment = self._native.code_payment(fields, within, interval, reverse_after, reverse, api)
        return await self._run_code(payment, on_progress, on_paid)

    async def resume_pay_by_code(
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
        return await self._run_code(payment, on_progress, on_paid)

    async def _run_code(
        self, payment: CodePayment, on_progress: _OnProgress | None, on_paid: _OnPaid | None
    ) -> CodeResult:
        stepped: Any = await run(self._native.code_progress(payment))
        while (result := code_result(payment, stepped)) is None:
            if on_progress is not None:
                try:
                    await call(on_progress, CodeProgress(payment, *stepped[1:]))
                except Exception:
                    progress_failed(payment)
            stepped = await run(self._native.code_step(payment, on_paid is not None))
            if isinstance(stepped, Handling):
                # Core has compared the amount.
                await self.notify._run_and_finish(stepped, on_paid)
                stepped = stepped.item
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

    async def aclose(self) -> None:
        """Closes idle connections. A later call opens new ones."""
        self._native.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if not hasattr(self, "_native"):  # In a traceback that shows local variables, after a setting was refused.
            return f"<{type(self).__name__} (not initialised)>"
        return f"{type(self).__name__}(appid={self.appid!r}, mch_id={self.mch_id!r})"

    def _repr_html_(self) -> str:
        from ._display import html

        return html(type(self).__name__, {"appid": self.appid, "mch_id": self.mch_id})


class AsyncV3(AsyncV3Calls):
    """APIv3: calls, and the parameters for pages and apps. Reached as ``pay.v3``.

    It needs ``client_cert`` with ``client_key``, or ``client_p12``; and ``platform_public_key`` with its id, or
    ``api_v3_key``, with which the client downloads platform certificates. With ``sub_mch_id`` in the settings, or
    ``sub_mchid`` in a call, orders are a service provider's.
    """

    def __init__(self, native: Client) -> None:
        self._native = native

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: dict[str, Any] | list[Any] | None = None,
        sensitive: Sequence[str] = (),
    ) -> Reply:
        """Sends a call of APIv3 that has no method here. The request is signed, the reply is verified.

        Args:
            method: ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``.
            path: The path, percent-encoded, such as ``/v3/marketing/favor/stocks/100``.
            query: The fields of the query.
            json: The body.
            sensitive: Members that travel encrypted, such as ``["name", "receivers.name"]``: the client encrypts those
                of the body for WeChat, and decrypts those of the reply. A body must have each of them, as text. A list
                is walked item by item.

        Returns:
            The reply, with every member as text; lists and objects as JSON.

        Raises:
            InvalidRequest, ConfigError: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: As for any call.
        """
        reply: Reply = await run(self._native.v3_call(method, path, query, json, sensitive))
        return reply

    async def upload(
        self,
        file: _File,
        *,
        filename: str | None = None,
        path: str | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> V3Media:
        """Uploads a file, such as the photo of a licence, and returns WeChat's id or address of it.

        WeChat takes JPG, BMP and PNG up to 5 MB, PDF up to 7.5 MB, and videos up to 5 MB; images for coupons and
        complaints up to 2 MB. The ending of the name says what a file is.

        Args:
            file: Its path, its bytes, or something with ``read(size)``: a file opened in binary mode, or an upload of
                a web framework. It is read from where it stands.
            filename: Its name for WeChat, such as ``licence.jpg``. Required with bytes; otherwise the file's own name.
            path: The path of the call. Without it the file goes to ``/v3/merchant/media/upload``, and a video to
                ``/v3/merchant/media/video_upload``.
            meta: Further members of the part ``meta``, for paths that want some. The client makes ``filename`` and
                ``sha256``.

        Returns:
            The reply with ``media_id``, or with ``media_url`` for coupons.

        Raises:
            InvalidRequest, ConfigError: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: As for any call.
        """
        content = await call(content_of, file)
        return await run(self._native.v3_upload(content, name_of(file, filename), path, meta))

    async def download(
        self, download_url: str, *, hash_type: str | None = None, hash_value: str | None = None
    ) -> bytes:
        """Downloads a file whose address another reply has, such as a receipt, or an image of a complaint.

        The request is signed; most files are not: pass the hash where the reply has one. A reply of another path
        than those of files must be signed. Bills have their own calls.

        Args:
            download_url: The address, as the reply has it. It must be at the client's own host.
            hash_type: ``SHA1`` or ``SHA256``, as the reply has it.
            hash_value: The hash of the file, as the reply has it.

        Raises:
            SignatureError: The file has another hash (``file_hash_mismatch``), or must be signed and is not: do not
                use it.
            InvalidRequest, ConfigError: Nothing was sent.
            TransportError, ProtocolError, BusinessError: As for any call.
        """
        return await run(self._native.v3_download(download_url, hash_type, hash_value))

    async def notification(
        self, raw_body: bytes | bytearray | memoryview | str, *, headers: _Headers
    ) -> V3Notification:
        """Verifies and decrypts a notification of any kind, such as of a transfer or of profit sharing.

        It is not confirmed, and it may have come before: ``notify.handle`` does both for payments, refunds and
        transfers. Answer it with status 200 and no body; with 401 or 500 WeChat sends it again.

        Args:
            raw_body: The request's body, byte for byte.
            headers: All headers of the request; any mapping, or pairs.

        Returns:
            ``event_type``, ``original_type``, ``id`` and more, and ``resource``: what was encrypted, as a dict.

        Raises:
            SignatureError: It is not authentic, or does not decrypt with ``api_v3_key``.
            PaymentMismatch: It is incomplete.
            ConfigError: The settings have no ``api_v3_key``.
            InvalidRequest: It is not a raw body.
            TransportError, ProtocolError, BusinessError: Platform certificates could not be downloaded.
        """
        return await run(self._native.v3_notification(raw_body, headers))

    async def jsapi_params(self, prepay_id: str, *, appid: str | None = None) -> JsapiParams:
        """Parameters for ``WeixinJSBridge.invoke('getBrandWCPayRequest', …)``, for an order of ``pay.v3.jsapi``.

        Args:
            prepay_id: From the reply of ``jsapi``. It is valid for two hours.
            appid: The appid that the order's openid belongs to, if it is not the client's.

        Raises:
            InvalidRequest: ``prepay_id`` is malformed; or ``appid`` is missing, and this service provider's client did
                not make the order.
            ConfigError: The settings have no private key.
        """
        return await run(self._native.v3_params("jsapi", prepay_id, appid, None))

    async def choose_wxpay_params(self, prepay_id: str, *, appid: str | None = None) -> ChooseWXPayParams:
        """Parameters for ``wx.chooseWXPay`` of the JS-SDK; as for ``jsapi_params``.

        Args:
            prepay_id: From the reply of ``jsapi``.
            appid: The appid that the order's openid belongs to, if it is not the client's.
        """
        return await run(self._native.v3_params("choose_wxpay", prepay_id, appid, None))

    async def miniprogram_params(self, prepay_id: str, *, appid: str | None = None) -> MiniprogramParams:
        """Parameters for ``wx.requestPayment`` in a mini program; as for ``jsapi_params``.

        Args:
            prepay_id: From the reply of ``jsapi``.
            appid: The mini program's appid, if it is not the client's.
        """
        return await run(self._native.v3_params("miniprogram", prepay_id, appid, None))

    async def app_params(self, prepay_id: str, *, appid: str | None = None, partnerid: str | None = None) -> AppParams:
        """Parameters for the ``PayReq`` of the Open SDK in an app; as for ``jsapi_params``.

        Args:
            prepay_id: From the reply of ``app``.
            appid: The app's appid, if it is not the client's.
            partnerid: The merchant's number, if it is not the client's or its sub-merchant's.
        """
        return await run(self._native.v3_params("app", prepay_id, appid, partnerid))

    def transfer_params(self, package_info: str) -> TransferParams:
        """Parameters for ``requestMerchantTransfer``, where the customer confirms a transfer.

        For ``WeixinJSBridge.invoke`` of a page, ``wx.requestMerchantTransfer`` of a mini program, and the Open SDK of
        an app. Nothing is signed. What the page answers proves nothing: ask ``transfer_query``.

        Args:
            package_info: From the reply of ``transfer``.

        Raises:
            InvalidRequest: ``package_info`` is malformed.
        """
        return self._native.transfer_params(package_info)

    if TYPE_CHECKING:

        @overload
        async def order_and_params(
            self, page: Literal["jsapi"] = "jsapi", /, **fields: Unpack[V3JsapiParams]
        ) -> JsapiParams: ...
        @overload
        async def order_and_params(
            self, page: Literal["choose_wxpay"], /, **fields: Unpack[V3JsapiParams]
        ) -> ChooseWXPayParams: ...
        @overload
        async def order_and_params(
            self, page: Literal["miniprogram"], /, **fields: Unpack[V3JsapiParams]
        ) -> MiniprogramParams: ...
        @overload
        async def order_and_params(self, page: Literal["app"], /, **fields: Unpack[V3AppParams]) -> AppParams: ...

    # The fields of `app` have no `payer`; completion in notebooks reads those of `jsapi` here.
    async def order_and_params(  # type: ignore[misc]
        self,
        page: Literal["jsapi", "choose_wxpay", "miniprogram", "app"] = "jsapi",
        /,
        **fields: Unpack[V3JsapiParams],
    ) -> Any:
        """Creates an order and returns the parameters for the page or the app that opens its cashier.

        Args:
            page: Which parameters: those of ``jsapi_params``, ``choose_wxpay_params``, ``miniprogram_params`` or
                ``app_params``. ``partnerid`` of an app is the ``sub_mchid`` of the order.
            fields: The fields of ``jsapi``, or those of ``app``, which has no ``payer``.

        Raises:
            InvalidRequest, ConfigError: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: As for any call.
        """
        return await run(self._native.v3_order_and_params(page, fields))


class AsyncOAuth(AsyncOAuthCalls):
    """Who the customer is: web authorisation (网页授权) and the login of mini programs. Reached as ``pay.oauth``."""

    def __init__(self, native: Client) -> None:
        self._native = native

    def authorize_url(
        self,
        redirect_uri: str,
        *,
        scope: Literal["snsapi_base", "snsapi_userinfo"] = "snsapi_base",
        state: str | None = None,
        force_popup: bool = False,
        component_appid: str | None = None,
    ) -> str:
        """The URL to send the customer to. WeChat redirects to ``redirect_uri`` with a ``code`` and the ``state``.

        Args:
            redirect_uri: An absolute URL on a domain that is registered at mp.weixin.qq.com.
            scope: ``snsapi_base`` gives the openid without asking the customer; ``snsapi_userinfo`` asks for name and
                picture.
            state: Up to 128 letters and digits that come back unchanged, to detect forged requests.
            force_popup: Whether to ask the customer in any case.
            component_appid: The appid of the third-party platform (第三方平台) that acts for the account. Exchange the
                code by ``component_access_token``.

        Raises:
            InvalidRequest: ``redirect_uri`` is not absolute, or ``state`` has other characters.
        """
        return self._native.authorize_url(redirect_uri, scope, state, force_popup, component_appid)

    def decrypt_user_data(self, encrypted_data: str, iv: str, session_key: str) -> UserData:
        """Decrypts ``encryptedData`` of a mini program, and checks that it is for this client's appid. No I/O.

        Damage by URL or form encoding is repaired. Since 2021 the data has neither openid nor unionid: take them
        from ``jscode2session``.

        Args:
            encrypted_data: ``encryptedData``, as the mini program got it.
            iv: The ``iv`` that came with it.
            session_key: The customer's, of ``jscode2session``.

        Raises:
            InvalidRequest: An argument is damaged, or the data is for another mini program; with ``code``
                ``session_key_mismatch`` the customer logged in again after the session key was fetched.
        """
        session_key = hidden_text(session_key)
        return self._native.decrypt_user_data(encrypted_data, iv, session_key)


class AsyncJssdk(AsyncJssdkCalls):
    """The JS-SDK: tokens, tickets and ``wx.config``. Reached as ``pay.jssdk``.

    Tokens are kept until shortly before they expire. However many callers ask, one renews them.
    """

    def __init__(self, native: Client) -> None:
        self._native = native

    async def config(
        self, url: str, *, js_api_list: Sequence[str], open_tag_list: Sequence[str] = (), debug: bool = False
    ) -> PageConfig:
        """The argument of ``wx.config`` for a page.

        Args:
            url: The URL of the page, with its query. The part after ``#`` is not signed.
            js_api_list: The functions that the page calls, such as ``["chooseWXPay"]``.
            open_tag_list: The open tags that the page uses.
            debug: Whether WeChat shows every call in an alert.

        Raises:
            InvalidRequest: The URL is not absolute.
            OAuthError, TransportError: The ticket could not be obtained.
            ConfigError: There is no ``app_secret``.
        """
        return await run(self._native.jssdk_config(url, js_api_list, open_tag_list, debug))

    async def access_token(self, *, refused: str | None = None) -> str:
        """The account's access_token: the kept one, or a new one from ``stable_token``.

        Args:
            refused: A token that WeChat has just refused (40001, 40014, 42001). The result is the token that replaced
                it; however many callers ask, one renews it.

        Raises:
            OAuthError: Such as 40001, 40125 and 40164.
            ConfigError: There is no ``app_secret``.
            TransportError: No reply.
        """
        refused = hidden_text(refused)
        return await run(self._native.jssdk_access_token(refused))

    async def agent_config(self, url: str, *, js_api_list: Sequence[str]) -> AgentConfig:
        """The argument of ``wx.agentConfig`` for a page in WeCom: the same as ``pay.wecom.agent_config``.

        Args:
            url: The URL of the page, with its query. The part after ``#`` is not signed.
            js_api_list: The functions that the page calls.

        Raises:
            InvalidRequest: The URL is not absolute.
            OAuthError, TransportError: The ticket could not be obtained.
            ConfigError: There is no ``corp_secret``.
        """
        return await run(self._native.wecom_agent_config(url, js_api_list))

    async def jsapi_ticket(self) -> str:
        """The account's jsapi_ticket: the kept one, or a new one from ``getticket``.

        Raises:
            OAuthError: As for ``access_token``.
            ConfigError: There is no ``app_secret``.
            TransportError: No reply.
        """
        return await run(self._native.jssdk_jsapi_ticket())


class AsyncWecom(AsyncWecomCalls):
    """WeCom (企业微信): who the customer is, tokens and tickets, and its pages. Reached as ``pay.wecom``.

    The client's ``appid`` is the corpid; ``corp_secret`` and ``agent_id`` are those of the application. Tokens are kept
    as those of ``pay.jssdk``.
    """

    def __init__(self, native: Client) -> None:
        self._native = native

    def authorize_url(
        self,
        redirect_uri: str,
        *,
        scope: Literal["snsapi_base", "snsapi_privateinfo"] = "snsapi_base",
        state: str | None = None,
    ) -> str:
        """The URL to send the customer to. WeCom or WeChat redirects to ``redirect_uri`` with ``code`` and ``state``.

        Args:
            redirect_uri: An absolute URL on the trusted domain (可信域名) of the application.
            scope: ``snsapi_base`` tells who it is; ``snsapi_privateinfo`` asks a member for more.
            state: Up to 128 letters and digits that come back unchanged, to detect forged requests.

        Raises:
            InvalidRequest: ``redirect_uri`` is not absolute, or ``state`` has other characters.
            ConfigError: There is no ``corp_secret``.
        """
        return self._native.wecom_authorize_url(redirect_uri, scope, state)

    async def config(self, url: str, *, js_api_list: Sequence[str], debug: bool = False) -> PageConfig:
        """The argument of ``wx.config`` for a page in WeCom, with ``beta``.

        Args:
            url: The URL of the page, with its query. The part after ``#`` is not signed.
            js_api_list: The functions that the page calls, such as ``["chooseWXPay"]``.
            debug: Whether WeCom shows every call in an alert.

        Raises:
            InvalidRequest: The URL is not absolute.
            OAuthError, TransportError: The ticket could not be obtained.
            ConfigError: There is no ``corp_secret``.
        """
        return await run(self._native.wecom_config(url, js_api_list, debug))

    async def agent_config(self, url: str, *, js_api_list: Sequence[str]) -> AgentConfig:
        """The argument of ``wx.agentConfig`` for a page in WeCom: for functions that need the application's identity.

        Args:
            url: The URL of the page, with its query. The part after ``#`` is not signed.
            js_api_list: The functions that the page calls, such as ``["selectExternalContact"]``.

        Raises:
            InvalidRequest: The URL is not absolute.
            OAuthError, TransportError: The ticket could not be obtained.
            ConfigError: There is no ``corp_secret``.
        """
        return await run(self._native.wecom_agent_config(url, js_api_list))

    async def access_token(self, *, refused: str | None = None) -> str:
        """The token of the application: the kept one, or a new one from ``gettoken``.

        Args:
            refused: A token that WeCom has just refused (40014, 42001). The result is the token that replaced it;
                however many callers ask, one renews it.

        Raises:
            OAuthError: Such as 40001 for a wrong secret.
            ConfigError: There is no ``corp_secret``.
            TransportError: No reply.
        """
        refused = hidden_text(refused)
        return await run(self._native.wecom_access_token(refused))

    async def jsapi_ticket(self) -> str:
        """The ticket of the corp, for ``wx.config``: the kept one, or a new one.

        Raises:
            OAuthError, ConfigError, TransportError: As for ``access_token``.
        """
        return await run(self._native.wecom_jsapi_ticket())

    async def agent_ticket(self) -> str:
        """The ticket of the application, for ``wx.agentConfig``: the kept one, or a new one.

        Raises:
            OAuthError, ConfigError, TransportError: As for ``access_token``.
        """
        return await run(self._native.wecom_agent_ticket())


class AsyncNotify:
    """Notifications. Reached as ``pay.notify``."""

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

    async def confirm(
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
        return await run(self._native.notify_confirm("payment", raw_body, headers))

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

    async def confirm_refund(
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
        return await run(self._native.notify_confirm("refund", raw_body, headers))

    async def confirm_transfer(
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
        return await run(self._native.notify_confirm("transfer", raw_body, headers))

    async def handle(
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
        handled = await self._handled(
            self._native.notify_begin, (raw_body, headers, takes, on_other is not None), functions
        )
        return handled.answering(raw_body, headers)

    async def _handled(self, begin: Any, arguments: tuple[Any, ...], functions: dict[str, Functions]) -> Handled:
        begun: Any
        try:
            begun = await run(begin(*arguments))
        except WxPayError as error:
            return failed(error)
        if isinstance(begun, V3Notification):
            try:
                await call(functions[OTHERS].on_success, begun)
            except Exception as error:
                return failed(error, other=begun)
            return Handled("delivered", other=begun)
        if isinstance(begun, tuple) and isinstance(begun[1], list):
            return await self._parts(begun[0], begun[1], functions[PAYMENTS.name])
        if isinstance(begun, Handling):
            return await self._handed_over(begun, functions[begun.kind])
        return not_handed_over(begun)

    async def _parts(self, combine_out_trade_no: str, begun: list[Any], functions: Functions) -> Handled:
        begun.reverse()
        parts: list[Handled] = []
        try:
            while begun:
                part = begun.pop()
                ours = isinstance(part, Handling)
                parts.append(await self._handed_over(part, functions) if ours else not_handed_over(part))
        finally:
            # Interrupted: the others may be handed over at once, and not when their leases end.
            for left in begun:
                if isinstance(left, Handling):
                    await run(self._native.give_back(left))
        return combined(combine_out_trade_no, parts)

    async def reconcile_refunds(
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
        return await self._reconciled(REFUNDS, pending, Functions(on_refunded, on_refund_failed))

    async def reconcile_transfers(
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
        return await self._reconciled(TRANSFERS, pending, Functions(on_transferred, on_transfer_failed))

    async def reconcile(self, pending: Iterable[Pending], *, on_paid: _OnPaid) -> list[Reconciled]:
        """Asks WeChat for orders whose notification has not arrived, and hands the paid ones over as ``handle`` does.

        Call it as often as you like with all orders that you do not know to be paid. Each is asked for at the age of
        30 s, 1, 3, 10 and 30 min, 1, 3, 6, 12 and 24 h, 3 and 7 days, once for all processes that share the store.
        Eight are asked for at the same time.

        Args:
            pending: ``(out_trade_no, total_fee, created)`` for each order, or dicts or objects with these: your number,
                the amount that you recorded in fen, and an aware datetime. A dict or an object may also have
                ``sub_mch_id``, the sub-merchant of a service provider's order.
            on_paid: As for ``handle``.

        Returns:
            The result for each order, in the same order. A row that is not an order is ``failed``, with its error.

        Raises:
            InvalidRequest: ``pending`` is not a list of rows, or ``on_paid`` takes other arguments. Nothing was asked.
        """
        need_functions(on_paid=on_paid)
        return await self._reconciled(PAYMENTS, pending, Functions(on_paid))

    async def _reconciled(self, kind: Kind, pending: Iterable[Any], functions: Functions) -> list[Any]:
        rows, results = pending_rows(kind.name, pending), []
        for start in range(0, len(rows), AT_ONCE):
            results += await self._ask(kind, rows[start : start + AT_ONCE], functions)
        return results

    async def _ask(self, kind: Kind, rows: list[tuple[str, Any]], functions: Functions) -> list[Any]:
        asked = [row for _, row in rows if isinstance(row, tuple)]
        begun: list[Any]
        try:
            begun = await run(self._native.begin_pending(kind.name, asked, functions.on_failure is not None))
        except WxPayError as error:
            begun = [error] * len(asked)
        begun.reverse()
        results: list[Any] = []
        try:
            for number, row in rows:
                if isinstance(row, tuple):
                    results.append(await self._ended(kind, number, begun.pop(), functions))
                else:
                    results.append(refused(kind, number, row))
        finally:
            # Interrupted: the others may be handed over at once, and not when their leases end.
            for left in begun:
                if isinstance(left, Handling):
                    await run(self._native.give_back(left))
        return results

    async def _ended(self, kind: Kind, number: str, begun: Any, functions: Functions) -> Any:
        if isinstance(begun, tuple):
            state, word, _, next_due = begun
            return waiting(kind, number, state, word, next_due)
        if isinstance(begun, Exception):
            return not_asked(kind, number, begun)
        ours = isinstance(begun, Handling)
        handled = await self._handed_over(begun, functions) if ours else kind.untaken(begun)
        item = {kind.name: getattr(handled, kind.name)}
        return kind.result(number, handled.state, error=handled.error, **item)

    async def _handed_over(self, handling: Handling, functions: Functions) -> Handled:
        item: Any = {handling.kind: handling.item}
        function = functions.on_success if handling.is_success else functions.on_failure
        try:
            await self._run_and_finish(handling, function, functions.amount_of)
        except Exception as error:
            return failed(error, **item)
        return Handled("delivered", **item)

    async def _run_and_finish(self, handling: Handling, function: Any, amount_of: _AmountOf | None = None) -> None:
        try:
            if amount_of is not None:
                handling.check(await call(amount_of, handling.item))
            await call(function, handling.item, handling.idempotency_key)
        except GeneratorExit:  # The loop was closed; the lease ends by itself.
            raise
        except BaseException as error:
            # A plain function in a thread goes on when its task is cancelled, and may have succeeded.
            ended = getattr(error, "ended", None) is function
            await run(self._native.finish(handling) if ended else self._native.give_back(handling))
            raise
        await run(self._native.finish(handling))


# `unittest.mock.create_autospec` looks for attributes on the class; instances get their own in `_bind`.
AsyncWxPay.oauth, AsyncWxPay.jssdk, AsyncWxPay.notify = AsyncOAuth, AsyncJssdk, AsyncNotify  # type: ignore[assignment]
AsyncWxPay.v3, AsyncWxPay.wecom = AsyncV3, AsyncWecom  # type: ignore[assignment]
