# Written by `cargo xtask gen` from _v3_async.py; edit that one.
"""APIv3 for clients that block."""

from __future__ import annotations

from ._calls_sync import V3Calls
from ._displayed import ClientPart
from ._native import Client
from ._run_sync import call, run
from ._settings import hidden_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal, overload

    from typing_extensions import Unpack

    from ._files_sync import V3File
    from ._records import V3Media, V3Notification
    from ._target import _Target
    from ._upload import _File
    from .types import (
        AppParams,
        ChooseWXPayParams,
        JsapiParams,
        MiniprogramParams,
        TextReply,
        TransferParams,
        V3AppParams,
        V3JsapiParams,
    )
    from .v3 import _Headers


class V3(ClientPart, V3Calls):
    """APIv3: calls, and the parameters for pages and apps. Reached as ``pay.v3``.

    It needs ``client_cert`` with ``client_key``, or ``client_p12``; and ``platform_public_key`` with its id, or
    ``api_v3_key``, with which the client downloads platform certificates. With ``sub_mch_id`` in the settings, or
    ``sub_mchid`` in a call, orders are a service provider's.
    """

    _part = "v3"

    def __init__(self, native: Client) -> None:
        self._native = native

    def call(
        self,
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | Sequence[Any] | None = None,
        sensitive: Sequence[str] = (),
    ) -> TextReply:
        """Sends a call of APIv3 that has no method here. The request is signed, the reply is verified.

        Args:
            method: ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``.
            path: The path, percent-encoded, such as ``/v3/marketing/favor/stocks/100``.
            query: The fields of the query.
            json: The body. A datetime in it is sent as ``2026-11-30T18:00:00+08:00``.
            sensitive: Members that travel encrypted, such as ``["name", "receivers.name"]``: the client encrypts those
                of the query and the body for WeChat, and decrypts those of the reply. Of a call with a body, the body
                (as text) or the query must have each of them. A list is walked item by item.

        Returns:
            The reply, with every member as text; lists and objects as JSON.

        Raises:
            InvalidRequest, ConfigError: Nothing was sent.
            TransportError, ProtocolError, BusinessError, SignatureError: As for any call.
        """
        path = hidden_text(path)
        try:
            job = self._native.v3_call(method, path, query, json, sensitive)
        finally:
            del query, json  # They may have a token, or a person's name: no frame of an error shows them.
        reply: TextReply = run(job)
        return reply

    def upload(
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
        from ._upload import content_of, name_of  # here, so that importing the package is quick

        try:
            filename = name_of(file, filename)
            file = call(content_of, file)
            job = self._native.v3_upload(file, filename, path, meta)
        finally:
            del file, meta  # They may be identity documents and their numbers: no frame of an error shows them.
        return run(job)

    if TYPE_CHECKING:

        @overload
        def download(
            self, download_url: str, *, hash_type: str | None = None, hash_value: str | None = None, to: None = None
        ) -> bytes: ...
        @overload
        def download(
            self, download_url: str, *, hash_type: str | None = None, hash_value: str | None = None, to: _Target
        ) -> None: ...

    def download(
        self,
        download_url: str,
        *,
        hash_type: str | None = None,
        hash_value: str | None = None,
        to: _Target | None = None,
    ) -> bytes | None:
        """Downloads a file whose address another reply has, such as a receipt, or an image of a complaint.

        The request is signed; most files are not: pass the hash where the reply has one. A reply of another path
        than those of files must be signed. Bills have their own calls.

        Args:
            download_url: The address, as the reply has it. It must be at the client's own host.
            hash_type: ``SHA1`` or ``SHA256``, as the reply has it.
            hash_value: The hash of the file, as the reply has it.
            to: Where the file goes, of any length, instead of into memory (64 MiB at most): a path, where it appears
                once it is whole, or something with ``write(bytes)``. What was written to the latter before an error
                stays there: do not use it.

        Returns:
            The file; ``None`` with ``to``.

        Raises:
            SignatureError: The file has another hash (``file_hash_mismatch``), or must be signed and is not: do not
                use it.
            InvalidRequest, ConfigError: Nothing was sent.
            TransportError, ProtocolError, BusinessError: As for any call.
            OSError: The file cannot be written.
        """
        download_url = hidden_text(download_url)
        if to is None:
            return run(self._native.v3_download(download_url, hash_type, hash_value, False))
        self.download_stream(download_url, hash_type=hash_type, hash_value=hash_value).save(to)
        return None

    def download_stream(
        self, download_url: str, *, hash_type: str | None = None, hash_value: str | None = None
    ) -> V3File:
        """Downloads a file as ``download`` does, piece by piece: in bounded memory, whatever its length.

        Nothing is sent before its first piece is asked for. A file of a path that is not known, without a hash, is kept
        in memory until its signature was verified, and has at most 64 MiB.

        Args:
            download_url: As for ``download``, as are the others.
            hash_type: As above.
            hash_value: As above.

        Returns:
            The file. Iterate over its pieces, or ``save`` it.
        """
        from ._files_sync import V3File  # here, so that importing the package is quick

        download_url = hidden_text(download_url)
        return V3File(self._native, (download_url, hash_type, hash_value))

    def notification(
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
        return run(self._native.v3_notification(raw_body, headers))

    def jsapi_params(self, prepay_id: str, *, appid: str | None = None) -> JsapiParams:
        """Parameters for ``WeixinJSBridge.invoke('getBrandWCPayRequest', …)``, for an order of ``pay.v3.jsapi``.

        Args:
            prepay_id: From the reply of ``jsapi``. It is valid for two hours.
            appid: The appid that the order's openid belongs to, if it is not the client's.

        Raises:
            InvalidRequest: ``prepay_id`` is malformed; or ``appid`` is missing, and this service provider's client did
                not make the order.
            ConfigError: The settings have no private key.
        """
        return run(self._native.v3_params("jsapi", prepay_id, appid, None))

    def choose_wxpay_params(self, prepay_id: str, *, appid: str | None = None) -> ChooseWXPayParams:
        """Parameters for ``wx.chooseWXPay`` of the JS-SDK; as for ``jsapi_params``.

        Args:
            prepay_id: From the reply of ``jsapi``.
            appid: The appid that the order's openid belongs to, if it is not the client's.
        """
        return run(self._native.v3_params("choose_wxpay", prepay_id, appid, None))

    def miniprogram_params(self, prepay_id: str, *, appid: str | None = None) -> MiniprogramParams:
        """Parameters for ``wx.requestPayment`` in a mini program; as for ``jsapi_params``.

        Args:
            prepay_id: From the reply of ``jsapi``.
            appid: The mini program's appid, if it is not the client's.
        """
        return run(self._native.v3_params("miniprogram", prepay_id, appid, None))

    def app_params(self, prepay_id: str, *, appid: str | None = None, partnerid: str | None = None) -> AppParams:
        """Parameters for the ``PayReq`` of the Open SDK in an app; as for ``jsapi_params``.

        Args:
            prepay_id: From the reply of ``app``.
            appid: The app's appid, if it is not the client's.
            partnerid: The merchant that the app pays. By default the sub-merchant of an order that this process made,
                else that of the settings, else the client's own number.
        """
        return run(self._native.v3_params("app", prepay_id, appid, partnerid))

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
        def order_and_params(
            self, page: Literal["jsapi"] = "jsapi", **fields: Unpack[V3JsapiParams]
        ) -> JsapiParams: ...
        @overload
        def order_and_params(
            self, page: Literal["choose_wxpay"], **fields: Unpack[V3JsapiParams]
        ) -> ChooseWXPayParams: ...
        @overload
        def order_and_params(
            self, page: Literal["miniprogram"], **fields: Unpack[V3JsapiParams]
        ) -> MiniprogramParams: ...
        @overload
        def order_and_params(self, page: Literal["app"], **fields: Unpack[V3AppParams]) -> AppParams: ...

    # The fields of `app` have no `payer`; completion in notebooks reads those of `jsapi` here.
    def order_and_params(  # type: ignore[misc]
        self,
        page: Literal["jsapi", "choose_wxpay", "miniprogram", "app"] = "jsapi",
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
        try:
            job = self._native.v3_order_and_params(page, fields)
        finally:
            del fields
        return run(job)
