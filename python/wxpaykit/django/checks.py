"""``manage.py check`` for ``settings.WXPAY``."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from django.views.debug import get_default_exception_reporter_filter

from .._handled import NEEDS, broken_rule
from .._native import Client, phrase
from .._setting_names import CREDENTIALS, NAMES, SECRETS
from .._settings import environment, hidden_in
from ..errors import ConfigError
from .conf import OWN, client_settings, function, is_set, unknown_names, value, variable, wxpay
from .handover import payment_confirmed
from .store import DatabaseStore

#: The settings that a client needs. The settings of APIv3 replace ``api_key``.
_NEEDED = ("appid", "mch_id", "api_key")
#: One of these is enough in place of ``api_key``. The id says that its key is meant to be there.
_KEYS_OF_V3 = ("api_v3_key", "platform_public_key", "platform_public_key_id")
#: Values that break no rule.
_VALID = {"appid": "wx0000000000000000", "mch_id": "1900000000", "api_key": "0" * 32, "api_v3_key": "0" * 32}
#: The settings that belong to one mch_id.
_OF_MERCHANT = (
    "client_cert",
    "client_key",
    "client_p12",
    "client_p12_password",
    "client_cert_serial",
    "api_v3_key",
    "platform_public_key",
    "platform_public_key_id",
)
#: The two settings of the WeChat Pay public key, which belong together.
_PUBLIC_KEY_SETTINGS = ("platform_public_key", "platform_public_key_id")
#: The key of WeChat's documents and of the emulator.
_PUBLIC_KEY = "192006250b4c09247ec02edce69f6a2d"

_NO_DICT = "WXPAY must be a dict."
_DICT = "WXPAY = {'amount_of': 'shop.orders.amount_of'}"
_SETTINGS = "WXPAY has the settings of wxpaykit.WxPay by their names; others are read from WXPAY_… in the environment."


def check(app_configs: object = None, **_: object) -> list[CheckMessage]:
    """What is wrong with the settings, and what keeps notifications away."""
    if not isinstance(getattr(settings, "WXPAY", {}), dict):
        return _told([Error(_NO_DICT, hint=_DICT, id="wxpaykit.E001")])
    found = [message for name in OWN for message in _function(name)]
    found += [
        Error(f"WXPAY: there is no setting {name}.", hint=_SETTINGS, id="wxpaykit.E002") for name in unknown_names()
    ]
    wrong, missing = _settings()
    found += [Error(f"WXPAY: {problem}.", hint=_SETTINGS, id="wxpaykit.E002") for problem in wrong]
    if missing:
        # A warning, so that makemigrations and image builds need no keys. With --deploy it is an error.
        found.append(Warning(f"WXPAY: {_without(missing)}.", hint=_SETTINGS, id="wxpaykit.W011"))
    found += _store() + _shown()
    if not payment_confirmed.has_listeners():
        hint = "Connect a receiver of wxpaykit.django.payment_confirmed in your AppConfig.ready()."
        found.append(Warning("WXPAY: payment_confirmed has no receiver.", hint=hint, id="wxpaykit.W002"))
    return _told(found + _way(value("notify_url")))


def check_deploy(app_configs: object = None, **_: object) -> list[CheckMessage]:
    """What must not be so in production: ``manage.py check --deploy``."""
    if not isinstance(getattr(settings, "WXPAY", {}), dict):
        return []
    found: list[CheckMessage] = []
    missing = _settings()[1]
    if missing:
        found.append(Error(f"WXPAY: {_without(missing)}.", hint=_SETTINGS, id="wxpaykit.E006"))
    endpoints = value("endpoints")
    if endpoints:
        hint = "Leave endpoints and WXPAY_ENDPOINTS out: at an emulator, anyone who reaches it can pay."
        found.append(Warning(f"WXPAY: endpoints is {endpoints}, and not WeChat's.", hint=hint, id="wxpaykit.W010"))
    if value("api_key") == _PUBLIC_KEY:
        hint = "Set the APIv2 key of your merchant: anyone who knows a key can sign notifications."
        found.append(Error("WXPAY: api_key is the public one of WeChat's documents.", hint=hint, id="wxpaykit.E007"))
    return _told(found)


def _told(found: list[CheckMessage]) -> list[CheckMessage]:
    """The messages in the language of errors."""
    for message in found:
        message.msg = phrase(message.msg)
        message.hint = message.hint and phrase(message.hint)
    return found


def _settings() -> tuple[list[str], list[str]]:
    """All that is wrong with the settings of a client, and what is missing of them."""
    try:
        given = client_settings()
    except TypeError:  # A name, of which there may be several: see unknown_names.
        given = hidden_in({name: one for name, one in wxpay().items() if name in NAMES and name != "store"})
    wrong: list[str] = []
    missing = [name for name in _NEEDED if name not in given and not is_set(name)]
    if any(given.get(name) is not None or is_set(name) for name in _KEYS_OF_V3):
        missing = [name for name in missing if name != "api_key"]
    try:
        others = environment()
    except ConfigError as error:
        return [str(error)], missing

    def leave_out(name: str) -> None:
        given.pop(name, None)
        for full in (f"WXPAY_{name.upper()}", f"WXPAY_{name.upper()}_FILE"):
            others.pop(full, None)

    def has(name: str) -> bool:
        return given.get(name) is not None or any(others.get(f"WXPAY_{name.upper()}{end}") for end in ("", "_FILE"))

    def stand_in(name: str) -> None:
        given[name] = _VALID[name]
        if name == "mch_id":
            # A certificate is compared with the merchant's own number.
            for certificate in _OF_MERCHANT:
                leave_out(certificate)
            if not has("api_key"):
                stand_in("api_key")

    def replace(name: str) -> None:
        leave_out(name)
        if name in _VALID:
            stand_in(name)
        elif name in _PUBLIC_KEY_SETTINGS:
            for other in _PUBLIC_KEY_SETTINGS:
                leave_out(other)
            if not has("api_key") and not has("api_v3_key"):
                stand_in("api_v3_key")
        elif name == "client_key" and not has("api_key"):
            # APIv3 alone needs client_key. With APIv2 the client reports the next mistake.
            stand_in("api_key")

    for name in missing:
        stand_in(name)
    # The client reports one mistake at a time. Each is replaced by a valid value, so that the client reports the next.
    for _ in NAMES:
        try:
            Client.from_env(others, given)
            break
        except ConfigError as error:
            wrong.append(str(error))
            replace(error.field)
    return list(dict.fromkeys(wrong)), missing


def _listed(names: Iterable[str], last: str = ", ") -> str:
    """Names as a list in the language of errors: ``a, b and c`` or ``a、b、c``."""
    # In English a phrase is itself.
    if phrase(_NO_DICT) != _NO_DICT:
        return "、".join(names)
    *before, end = names
    return f"{', '.join(before)}{last}{end}" if before else end


def _without(missing: list[str]) -> str:
    return f"{_listed(missing, ' and ')} {'is' if len(missing) == 1 else 'are'} not set: payments cannot work"


def _store() -> list[CheckMessage]:
    """Whether all processes share the store, and the database of its table is one of the project's."""
    given = wxpay().get("store") or variable("store") or "django:default"
    if not isinstance(given, str):
        alias = given.alias if isinstance(given, DatabaseStore) else None
    else:
        scheme, _, alias = given.partition(":")
        if scheme == "memory":
            hint = "Leave store and WXPAY_STORE out, for a table of your database, or name a Redis."
            message = "WXPAY: with memory: each process hands every payment over, once."
            return [Warning(message, hint=hint, id="wxpaykit.W001")]
        alias = (alias or "default") if scheme == "django" else None
    if alias is None or alias in settings.DATABASES:
        return []
    hint = "'django:ALIAS' names one of DATABASES; leave store out for 'django:default'."
    return [Error(f"WXPAY['store']: DATABASES has no {alias!r}.", hint=hint, id="wxpaykit.E005")]


def _shown() -> list[CheckMessage]:
    """Whether an error page of Django, or its mail about an error, would show a secret. They put stars in the place of
    settings by their names alone. The page has the environment too, which the mail has not."""
    cleanse = getattr(get_default_exception_reporter_filter(), "cleanse_setting", None)
    if cleanse is None:
        return []
    own = {name: (f"WXPAY['{name}']", name) for name in (*SECRETS, *CREDENTIALS, "store")}
    shown = cleanse("WXPAY", wxpay())
    # A filter that hides WXPAY as a whole gives a text.
    left = shown if isinstance(shown, Mapping) else {}
    in_settings = [(place, wxpay().get(name), left.get(name), name) for place, name in own.values()]
    in_environment: list[tuple[str, Any, Any, str]] = []
    for name in own:
        variable = f"WXPAY_{name.upper()}"
        # A setting of the project of this name, from which WXPAY has it, is shown too.
        for places, given in (
            (in_settings, getattr(settings, variable, None)),
            (in_environment, os.environ.get(variable) if settings.DEBUG else None),
        ):
            places.append((variable, given, cleanse(variable, given), name))
    found: list[CheckMessage] = []
    for places, message in (
        (in_settings, "WXPAY: error pages and error mails of Django show the secret in {}."),
        (in_environment, "WXPAY: Django's error page with DEBUG shows the secret in {}."),
    ):
        named = {place: name for place, given, left, name in places if left == given and _is_secret(name, given)}
        if named:
            files = _listed(dict.fromkeys(f"WXPAY_{name.upper()}_FILE" for name in named.values()))
            hint = (
                f"Put the value in a file, and set the path of the file instead: {files}. Or hide the name in a "
                "subclass of SafeExceptionReporterFilter: DEFAULT_EXCEPTION_REPORTER_FILTER."
            )
            found.append(Warning(message.format(_listed(named)), hint=hint, id="wxpaykit.W013"))
    return found


#: A longer text than this is no path.
_LONGEST_PATH = 200


def _is_secret(name: str, given: Any) -> bool:
    """Whether a value is a secret itself, and not where one is: a path, an address without a password, a public key."""
    if isinstance(given, bytes):
        given = given.decode("latin-1")
    if not isinstance(given, str) or not given:
        return False
    if name == "store":
        try:
            return urlsplit(given).password is not None
        except ValueError:  # The settings' own check says what is wrong with it.
            return False
    if name == "client_p12":
        return len(given) > _LONGEST_PATH
    return name in SECRETS or "PRIVATE KEY-----" in given


_REFUNDS = ("on_refunded", "on_refund_failed")
_TRANSFERS = ("on_transferred", "on_transfer_failed")
#: What each function is called with.
_ARGUMENTS = {
    "amount_of": ("payment",),
    **dict.fromkeys(_REFUNDS, ("refund", "idempotency_key")),
    **dict.fromkeys(_TRANSFERS, ("transfer", "idempotency_key")),
    "on_other": ("notification",),
}


def _function(name: str) -> list[CheckMessage]:
    try:
        found = function(name)
    except ImportError as error:
        return [Error(f"WXPAY['{name}']: {error}", id="wxpaykit.E003")]
    if found is None and name == "amount_of":
        hint = "A function, or its path: it takes a ConfirmedPayment, and gives the amount in fen, or None."
        return [Error("WXPAY['amount_of'] is missing.", hint=hint, id="wxpaykit.E004")]
    if found is None and name in (*_REFUNDS, *_TRANSFERS, "on_other"):
        return []
    if found is None:
        hint = (
            "A function, or its path, that gives the unpaid orders as (out_trade_no, total_fee, created). Run "
            "manage.py wxpay_reconcile every minute."
        )
        message = "WXPAY['pending'] is missing: a payment whose notification is lost is never found."
        return [Warning(message, hint=hint, id="wxpaykit.W009")]
    if name in NEEDS and function(NEEDS[name]) is None:
        return [Error(f"WXPAY['{name}'] would never run: there is no WXPAY['{NEEDS[name]}'].", id="wxpaykit.E003")]
    arguments, generates = _ARGUMENTS.get(name, ()), name == "pending"
    rule = broken_rule(found, arguments, "Django's view and commands run it in a thread", generates=generates)
    return [Error(f"WXPAY['{name}'] {rule}.", id="wxpaykit.E003")] if rule else []


def _way(notify_url: Any) -> list[CheckMessage]:
    """Whether a notification reaches the view."""
    if not notify_url:
        hint = "Set notify_url, the address of this project's /wxpay/notify; or give each order its own."
        return [Warning("WXPAY: notify_url is not set, so orders have none.", hint=hint, id="wxpaykit.W007")]
    if not isinstance(notify_url, str):
        return []
    try:
        url = urlsplit(notify_url)
    except ValueError:  # The settings' own check says what is wrong with it.
        return []
    found: list[CheckMessage] = []
    if not _resolves(url.path):
        hint = 'path("wxpay/", include("wxpaykit.django.urls")) makes /wxpay/notify, outside of i18n_patterns.'
        found.append(Warning(f"WXPAY: no notification arrives at {url.path}.", hint=hint, id="wxpaykit.W003"))
    if settings.SECURE_SSL_REDIRECT and url.scheme == "http":
        hint = "WeChat follows no redirect: give an https notify_url."
        found.append(Warning("WXPAY: SECURE_SSL_REDIRECT redirects notifications.", hint=hint, id="wxpaykit.W004"))
    if settings.PREPEND_WWW and not (url.hostname or "").startswith("www."):
        hint = "WeChat follows no redirect: begin the host of notify_url with www."
        found.append(Warning("WXPAY: PREPEND_WWW redirects notifications.", hint=hint, id="wxpaykit.W005"))
    return found + _host(url)


def _resolves(path: str) -> bool:
    """Whether a path leads to the view, behind the prefix that the server takes off if there is one."""
    prefix = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    for one in {path, path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path}:
        try:
            if resolve(one).view_name.endswith("wxpaykit:notify"):
                return True
        except Resolver404:
            continue
    return False


def _host(url: SplitResult) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if _is_private(url.hostname or "") and not value("endpoints"):
        hint = "WeChat posts from the internet: give a public address, or set endpoints for an emulator."
        found.append(Warning(f"WXPAY: WeChat cannot reach {url.netloc}.", hint=hint, id="wxpaykit.W006"))
    if _is_elsewhere(url.hostname or "", value("endpoints")):
        hint = "The emulator of endpoints posts to notify_url: give this project's address on this machine."
        found.append(Warning(f"WXPAY: notifications go to {url.netloc}.", hint=hint, id="wxpaykit.W012"))
    allowed = settings.ALLOWED_HOSTS
    if settings.DEBUG and not allowed:
        allowed = [".localhost", "127.0.0.1", "[::1]"]
    host, _ = split_domain_port(url.netloc)
    if not validate_host(host, allowed):
        hint = f"Django answers 400 to notifications for another host: add {host!r} to ALLOWED_HOSTS."
        found.append(Warning(f"WXPAY: ALLOWED_HOSTS lacks {host}.", hint=hint, id="wxpaykit.W008"))
    return found


def _is_elsewhere(host: str, endpoints: Any) -> bool:
    """Whether a host is not this machine while the emulator is."""
    if not isinstance(endpoints, str):
        return False
    try:
        emulator = urlsplit(endpoints.split(",")[0].strip()).hostname or ""
    except ValueError:  # The settings' own check says what is wrong with it.
        return False
    return _is_loopback(emulator) and not _is_private(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_private(host: str) -> bool:
    """Whether a host is this machine, or of a private network."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host
