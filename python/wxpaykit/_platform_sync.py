# Written by `cargo xtask gen` from _platform_async.py; edit that one.
"""The open platform and WeCom for clients that block."""

from __future__ import annotations

from ._calls_sync import JssdkCalls, OAuthCalls, WecomCalls
from ._displayed import ClientPart
from ._native import Client
from ._run_sync import run
from ._settings import hidden_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from ._records import UserData
    from .types import AgentConfig, PageConfig


class OAuth(ClientPart, OAuthCalls):
    """Who the customer is: web authorisation (网页授权) and the login of mini programs. Reached as ``pay.oauth``."""

    _part = "oauth"

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


class Jssdk(ClientPart, JssdkCalls):
    """The JS-SDK: tokens, tickets and ``wx.config``. Reached as ``pay.jssdk``.

    Tokens are kept until shortly before they expire. However many callers ask, one renews them.
    """

    _part = "jssdk"

    def __init__(self, native: Client) -> None:
        self._native = native

    def config(
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
        return run(self._native.jssdk_config(url, js_api_list, open_tag_list, debug))

    def access_token(self, *, refused: str | None = None) -> str:
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
        return run(self._native.jssdk_access_token(refused))

    def agent_config(self, url: str, *, js_api_list: Sequence[str]) -> AgentConfig:
        """The argument of ``wx.agentConfig`` for a page in WeCom: the same as ``pay.wecom.agent_config``.

        Args:
            url: The URL of the page, with its query. The part after ``#`` is not signed.
            js_api_list: The functions that the page calls.

        Raises:
            InvalidRequest: The URL is not absolute.
            OAuthError, TransportError: The ticket could not be obtained.
            ConfigError: There is no ``corp_secret``.
        """
        return run(self._native.wecom_agent_config(url, js_api_list))

    def jsapi_ticket(self) -> str:
        """The account's jsapi_ticket: the kept one, or a new one from ``getticket``.

        Raises:
            OAuthError: As for ``access_token``.
            ConfigError: There is no ``app_secret``.
            TransportError: No reply.
        """
        return run(self._native.jssdk_jsapi_ticket())


class Wecom(ClientPart, WecomCalls):
    """WeCom (企业微信): who the customer is, tokens and tickets, and its pages. Reached as ``pay.wecom``.

    The client's ``appid`` is the corpid; ``corp_secret`` and ``agent_id`` are those of the application. Tokens are kept
    as those of ``pay.jssdk``.
    """

    _part = "wecom"

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

    def config(self, url: str, *, js_api_list: Sequence[str], debug: bool = False) -> PageConfig:
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
        return run(self._native.wecom_config(url, js_api_list, debug))

    def agent_config(self, url: str, *, js_api_list: Sequence[str]) -> AgentConfig:
        """The argument of ``wx.agentConfig`` for a page in WeCom: for functions that need the application's identity.

        Args:
            url: The URL of the page, with its query. The part after ``#`` is not signed.
            js_api_list: The functions that the page calls, such as ``["selectExternalContact"]``.

        Raises:
            InvalidRequest: The URL is not absolute.
            OAuthError, TransportError: The ticket could not be obtained.
            ConfigError: There is no ``corp_secret``.
        """
        return run(self._native.wecom_agent_config(url, js_api_list))

    def access_token(self, *, refused: str | None = None) -> str:
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
        return run(self._native.wecom_access_token(refused))

    def jsapi_ticket(self) -> str:
        """The ticket of the corp, for ``wx.config``: the kept one, or a new one.

        Raises:
            OAuthError, ConfigError, TransportError: As for ``access_token``.
        """
        return run(self._native.wecom_jsapi_ticket())

    def agent_ticket(self) -> str:
        """The ticket of the application, for ``wx.agentConfig``: the kept one, or a new one.

        Raises:
            OAuthError, ConfigError, TransportError: As for ``access_token``.
        """
        return run(self._native.wecom_agent_ticket())
