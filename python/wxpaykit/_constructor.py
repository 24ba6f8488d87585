# Written by `cargo xtask gen` from the table of settings; edit the table instead.
"""The constructors of ``WxPay`` and ``AsyncWxPay``."""

from __future__ import annotations

from ._native import Client
from ._settings import checked, environment, hidden, hidden_credential, hidden_in, hidden_store, suggesting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from typing import Literal

    from typing_extensions import Self, Unpack

    from ._native import Event
    from .types import Settings, Store

    _SignType = Literal["MD5", "HMAC-SHA256"]


class Constructor:
    """Makes a client of its settings."""

    def __init__(
        self,
        *,
        appid: str,
        mch_id: str,
        api_key: str | None = None,
        app_secret: str | None = None,
        corp_secret: str | None = None,
        agent_id: str | None = None,
        corp_pay_secret: str | None = None,
        notify_url: str | None = None,
        sign_type: _SignType = "HMAC-SHA256",
        accept_sign_types: Sequence[_SignType] = (),
        fee_type: str = "CNY",
        client_cert: str | bytes | PathLike[str] | None = None,
        client_key: str | bytes | PathLike[str] | None = None,
        client_p12: str | bytes | PathLike[str] | None = None,
        client_p12_password: str | None = None,
        client_cert_serial: str | None = None,
        api_v3_key: str | None = None,
        platform_public_key: str | bytes | PathLike[str] | None = None,
        platform_public_key_id: str | None = None,
        sub_appid: str | None = None,
        sub_mch_id: str | None = None,
        timeout: float = 10.0,
        connect_timeout: float = 3.0,
        max_connections: int = 64,
        max_network_retries: int = 2,
        endpoints: str | None = None,
        allow_insecure_endpoints: bool = False,
        lease: float = 30.0,
        store: str | Store | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        """Makes a client of these settings.

        Args:
            appid: The appid (公众账号 ID) of the public account, mini program or app; or a WeCom corpid.
            mch_id: The merchant's number (商户号), 8 to 10 digits.
            api_key: The APIv2 key (API密钥, or APIv2密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全.
                Calls and notifications of APIv2 need it; a client that uses only APIv3 needs none.
            app_secret: The AppSecret of the appid. OAuth and the JS-SDK need it.
            corp_secret: WeCom (企业微信): the secret of the application; ``appid`` is then the corpid. ``pay.wecom``
                needs it.
            agent_id: WeCom: the agentid of that application.
            corp_pay_secret: WeCom: the secret that signs red packets and payments to members (``workwx_sign``): that
                of the application 企业支付. When left out: ``corp_secret``, which since August 2025 is right where
                that application sends the payment.
            notify_url: The URL that WeChat posts the notifications of payments, refunds and transfers to, unless the
                call names another one. Without a query.
            sign_type: The algorithm that requests are signed with.
            accept_sign_types: The algorithms that replies and notifications may be signed with; only ``sign_type``
                when left out. A merchant that changes from MD5 to HMAC-SHA256 accepts both while old orders are open.
            fee_type: The currency of the orders, ISO 4217. Other than ``CNY``, it is sent with orders and refunds. A
                call with another one is refused, and a payment in another one is not confirmed.
            client_cert: The merchant's API certificate, ``apiclient_cert.pem``: a path, bytes, or PEM text. Refunds,
                other calls that move money, and APIv3 need it. The file may have the private key too.
            client_key: The private key of ``client_cert``, ``apiclient_key.pem``: a path, bytes, or PEM text. Without
                a password.
            client_p12: The certificate and its key in one file, ``apiclient_cert.p12``, instead of ``client_cert``
                and ``client_key``: a path, bytes, or Base64.
            client_p12_password: The password of ``client_p12``. When left out: ``mch_id``, which WeChat sets.
            client_cert_serial: The serial number of the merchant's certificate, 40 hexadecimal digits. APIv3 needs it
                where ``client_key`` is given without the certificate.
            api_v3_key: The APIv3 key (APIv3密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全. It
                decrypts platform certificates and notifications of APIv3. Requests of APIv3 are signed with
                ``client_key``.
            platform_public_key: The WeChat Pay public key (微信支付公钥), ``pub_key.pem``: a path, bytes, or PEM
                text. It verifies what WeChat signs in APIv3. Merchants that have platform certificates instead leave
                it out: the client downloads those.
            platform_public_key_id: The id of ``platform_public_key``, such as
                PUB_KEY_ID_0119000000012025112800000000000001.
            sub_appid: For service providers: the appid of the sub-merchant.
            sub_mch_id: For service providers: the number of the sub-merchant, when the client is for that one alone.
            timeout: Time limit of one call, including retries and the wait for a free slot. In seconds.
            connect_timeout: The time limit for opening a connection: name, TCP, proxy and TLS. In seconds.
            max_connections: Maximum number of concurrent calls; further calls wait. A bill or a file counts only
                until it begins to arrive, so a slow reader does not block payments. Up to the same number of idle
                connections is kept open for each host, for 7 s.
            max_network_retries: How often a call is repeated, at most, when repeating it is safe.
            endpoints: The address that all requests are sent to instead of WeChat's, such as
                ``http://127.0.0.1:8700`` of an emulator. A second address after a comma is used when the first cannot
                be reached. A warning in the log says once for each address that no call goes to WeChat.
            allow_insecure_endpoints: Whether ``endpoints`` may be a plain http address of another machine, such as an
                emulator in another container. Anyone on the network path can then read the AppSecret and tokens, and
                choose the openid of a customer.
            lease: Lease of a payment that a process is handling; renewed while the process runs. In seconds.
            store: Where tokens and the ledger of payments are kept: ``sqlite:///var/lib/shop/wxpay.db`` for the
                processes of one machine, ``redis://host:6379/0`` for many machines, ``memory:`` for this process
                alone, or an object of yours. When left out: ``wxpaykit/<mch_id>.db`` in ``$XDG_STATE_HOME`` or
                ``~/.local/state`` (Windows: ``%LOCALAPPDATA%``), for this user's processes on this machine; where
                that file cannot be made, payments are not handled until a store is named. An object has the methods
                of ``wxpaykit.types.Store``.
            on_event: A function that receives an event after each attempt of each call. It must return quickly. It
                runs on a thread that makes calls; what it raises is reported by ``sys.unraisablehook``.

        Raises:
            ConfigError: A setting is wrong. The message says what to do.
        """
        api_key = hidden(api_key)
        app_secret = hidden(app_secret)
        corp_secret = hidden(corp_secret)
        corp_pay_secret = hidden(corp_pay_secret)
        client_p12_password = hidden(client_p12_password)
        api_v3_key = hidden(api_v3_key)
        client_cert = hidden_credential(client_cert)
        client_key = hidden_credential(client_key)
        client_p12 = hidden_credential(client_p12)
        platform_public_key = hidden_credential(platform_public_key)
        store = hidden_store(store)
        settings = {
            "appid": appid,
            "mch_id": mch_id,
            "api_key": api_key,
            "app_secret": app_secret,
            "corp_secret": corp_secret,
            "agent_id": agent_id,
            "corp_pay_secret": corp_pay_secret,
            "notify_url": notify_url,
            "sign_type": sign_type,
            "accept_sign_types": accept_sign_types,
            "fee_type": fee_type,
            "client_cert": client_cert,
            "client_key": client_key,
            "client_p12": client_p12,
            "client_p12_password": client_p12_password,
            "client_cert_serial": client_cert_serial,
            "api_v3_key": api_v3_key,
            "platform_public_key": platform_public_key,
            "platform_public_key_id": platform_public_key_id,
            "sub_appid": sub_appid,
            "sub_mch_id": sub_mch_id,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "max_connections": max_connections,
            "max_network_retries": max_network_retries,
            "endpoints": endpoints,
            "allow_insecure_endpoints": allow_insecure_endpoints,
            "lease": lease,
            "store": store,
            "on_event": on_event,
        }
        self._bind(Client(checked(settings)))

    @classmethod
    def from_env(cls, **overrides: Unpack[Settings]) -> Self:
        """Makes a client of the settings of the environment.

        Reads ``WXPAY_APPID``, ``WXPAY_MCH_ID``, ``WXPAY_API_KEY``, ``WXPAY_APP_SECRET``, ``WXPAY_CORP_SECRET``,
        ``WXPAY_AGENT_ID``, ``WXPAY_CORP_PAY_SECRET``, ``WXPAY_NOTIFY_URL``, ``WXPAY_SIGN_TYPE``,
        ``WXPAY_ACCEPT_SIGN_TYPES``, ``WXPAY_FEE_TYPE``, ``WXPAY_CLIENT_CERT``, ``WXPAY_CLIENT_KEY``,
        ``WXPAY_CLIENT_P12``, ``WXPAY_CLIENT_P12_PASSWORD``, ``WXPAY_CLIENT_CERT_SERIAL``, ``WXPAY_API_V3_KEY``,
        ``WXPAY_PLATFORM_PUBLIC_KEY``, ``WXPAY_PLATFORM_PUBLIC_KEY_ID``, ``WXPAY_SUB_APPID``, ``WXPAY_SUB_MCH_ID``,
        ``WXPAY_TIMEOUT``, ``WXPAY_CONNECT_TIMEOUT``, ``WXPAY_MAX_CONNECTIONS``, ``WXPAY_MAX_NETWORK_RETRIES``,
        ``WXPAY_ENDPOINTS``, ``WXPAY_ALLOW_INSECURE_ENDPOINTS``, ``WXPAY_LEASE`` and ``WXPAY_STORE``.
        Each of them with ``_FILE`` at its end names a file whose content is taken. Times are in seconds, lists have
        commas.

        Args:
            overrides: Settings to use instead of the environment's.

        Raises:
            ConfigError: A setting is missing, unreadable or wrong. The message says what to do.
            TypeError: There is no setting of that name.
        """
        overrides = hidden_in(overrides)
        pay = cls.__new__(cls)
        pay._bind(Client.from_env(environment(), checked({**overrides})))
        return pay

    def _bind(self, native: Client) -> None:
        raise NotImplementedError


# The name that Python says when an argument is unknown or missing: the class that users know.
Constructor.__init__.__qualname__ = "WxPay"
if not TYPE_CHECKING:
    Constructor.__init__ = suggesting(Constructor.__init__)
