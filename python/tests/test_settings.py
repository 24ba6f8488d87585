"""Settings that are wrong: what is said of them, and that no frame which the error went through shows a secret."""

from __future__ import annotations

import asyncio
import inspect
import io
import os
import pickle
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import shown

from wxpaykit import (
    AsyncWxPay,
    ConfigError,
    InvalidRequest,
    TransportError,
    WxPay,
    WxPayError,
    _calls_async,
    _calls_sync,
    sign,
    v3,
    verify,
)
from wxpaykit._settings import NAMES, Hidden, hidden
from wxpaykit.testing import signed_notification
from wxpaykit.types import Settings

KEY = "192006250b4c09247ec02edce69f6a2d"
SETTINGS: dict[str, Any] = {"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "api_key": KEY}
MAKERS = [WxPay, AsyncWxPay, WxPay.from_env, AsyncWxPay.from_env]
#: Each has the secret in another wrong setting, or beside one.
SECRET = "hunter2-and-nobody-may-see-it"
WRONG: list[dict[str, Any]] = [
    {"api_key": SECRET},
    {"api_key": SECRET.encode()},
    {"api_key": bytearray(SECRET.encode())},
    {"api_key": (SECRET,)},
    {"api_key": f"{SECRET}\ud800"},
    {"app_secret": f"{SECRET} "},
    {"app_secret": SECRET.encode()},
    {"app_secret": SECRET, "appid": "wx1"},
    {"app_secret": SECRET, "mch_id": 10000100},
    {"app_secret": SECRET, "timeout": "10"},
    {"store": f"redis://user:{SECRET}@:port"},
    {"store": f"redis://user:{SECRET}@:port".encode()},
    {"store": {"address": f"redis://user:{SECRET}@host"}},
    {"store": f"redis://user:{SECRET}@127.0.0.1", "timeout": 0},
]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("WXPAY_"):
            monkeypatch.delenv(name)


def refused(make: Callable[..., object], kind: type[Exception] = ConfigError, **settings: Any) -> Exception:
    with pytest.raises(kind) as error:
        make(**settings)
    lines = list(shown(error.value))
    assert len(lines) > 2
    for line in lines:
        assert SECRET not in line
        assert KEY not in line
    return error.value


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__qualname__)
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "-".join(f"{name}-{type(wrong[name])}" for name in wrong))
def test_no_frame_shows_a_secret(make: Any, wrong: dict[str, Any]) -> None:
    refused(make, **(SETTINGS | wrong))


def test_the_value_of_an_unknown_setting_is_not_shown() -> None:
    assert "did you mean 'api_key'?" in str(refused(WxPay.from_env, TypeError, **SETTINGS, apiKey=SECRET))


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__qualname__)
def test_positional_arguments_are_refused_and_no_frame_has_them(make: Any) -> None:
    with pytest.raises(TypeError, match="positional") as refusal:
        make("wxd930ea5d5a258f4f", "10000100", KEY, app_secret=SECRET)
    # Sentry and others read the values of local variables, also inside of lists.
    assert not [line for line in shown(refusal.value) if KEY in line or SECRET in line]


def test_no_frame_of_the_asynchronous_emulator_has_the_keys_of_its_merchants() -> None:
    from wxpaykit.testing import AsyncEmulator

    with pytest.raises(TypeError, match="merchant") as refusal:
        AsyncEmulator(merchant=[{"api_key": KEY}])
    lines = list(shown(refusal.value))
    assert len(lines) > 1
    assert not [line for line in lines if KEY in line]


class Redis:
    """A store as a client for asyncio would have it."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, value: str, life: float) -> None: ...

    async def add(self, key: str, value: str, life: float) -> bool: ...

    async def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool: ...

    async def delete(self, key: str) -> None: ...


class Forever(Redis):
    def get(self, key: str) -> str | None:  # type: ignore[override]
        return None

    def put(self, key: str, value: str) -> None:  # type: ignore[override]
        """It keeps what it is given forever."""


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__qualname__)
def test_a_store_is_checked_before_the_first_payment(make: Any) -> None:
    error = refused(make, **SETTINGS, store=Redis())
    assert str(error) == "store: its method get must not be a coroutine function: the methods of a store run in threads"
    error = refused(make, **SETTINGS, store=Forever())
    assert str(error) == "store: its method put must take (key, value, life), and takes (key, value)"
    assert isinstance(error, ConfigError)
    assert error.field == "store"


@pytest.mark.parametrize("name", ["API_KEY", "APP_SECRET", "STORE"])
@pytest.mark.parametrize("file", [False, True])
def test_no_frame_shows_a_secret_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, file: bool
) -> None:
    (tmp_path / "secret").write_text(f"{SECRET} ")
    monkeypatch.setenv("WXPAY_APPID", SETTINGS["appid"])
    monkeypatch.setenv("WXPAY_MCH_ID", SETTINGS["mch_id"])
    monkeypatch.setenv("WXPAY_API_KEY", KEY)
    if file:
        monkeypatch.delenv(f"WXPAY_{name}", raising=False)
    monkeypatch.setenv(f"WXPAY_{name}_FILE" if file else f"WXPAY_{name}", str(tmp_path / "secret") if file else SECRET)
    refused(WxPay.from_env, timeout=0)
    monkeypatch.delenv(f"WXPAY_{name}_FILE", raising=False)
    monkeypatch.setenv(f"WXPAY_{name}", SECRET + os.fsdecode(b"\xff"))
    assert "is not UTF-8" in str(refused(WxPay.from_env))


def test_no_frame_of_flask_shows_a_secret() -> None:
    from flask import Flask

    from wxpaykit.flask import WxPayExtension

    app = Flask("shop")
    app.config["WXPAY"] = SETTINGS | {"api_key": SECRET}
    assert "32 bytes" in str(refused(WxPayExtension, app=app))
    app.config["WXPAY"] = SETTINGS | {"mch_id": 10000100}
    assert str(refused(WxPayExtension, app=app)) == "mch_id: must be text, not int"


TOKENS: dict[str, Callable[[Any], Any]] = {
    "code": lambda pay: pay.oauth.access_token(SECRET),
    "refresh_token": lambda pay: pay.oauth.refresh_token(SECRET),
    "userinfo": lambda pay: pay.oauth.userinfo(SECRET, "openid"),
    "auth": lambda pay: pay.oauth.auth(SECRET, "openid"),
    "refused": lambda pay: pay.jssdk.access_token(refused=SECRET),
    "getticket": lambda pay: pay.jssdk.getticket(SECRET),
}


@pytest.mark.parametrize("name", TOKENS)
def test_no_frame_shows_a_token(name: str) -> None:
    nowhere = {"app_secret": "s" * 32, "endpoints": "http://127.0.0.1:9", "max_network_retries": 0}

    async def awaited() -> None:
        await TOKENS[name](AsyncWxPay(**SETTINGS, **nowhere))

    refused(lambda: TOKENS[name](WxPay(**SETTINGS, **nowhere)), WxPayError)
    refused(lambda: asyncio.run(awaited()), WxPayError)


#: Each argument of a public function of ``wxpaykit.v3`` that is a secret, or holds a person's data.
OF_V3 = {"private_key", "api_v3_key", "api_key", "encrypt_key", "text"}
#: The other arguments that some of them need.
BESIDE: dict[str, Any] = {
    "mch_id": "10000100",
    "serial_no": "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567",
    "method": "GET",
    "url": "/v3/certificates",
    "message": b"m",
    "resource": {"algorithm": "AEAD_AES_256_GCM", "ciphertext": "AAAA", "nonce": "n" * 12, "associated_data": ""},
    "reply": b"{}",
    "file": b"file",
    "nonce": "n" * 12,
    "appid": SETTINGS["appid"],
    "timestamp": 1,
    "nonce_str": "n",
    "package": "prepay_id=wx1",
    "public_key": "no key",
}


@pytest.mark.parametrize(
    "function",
    [function for function in map(vars(v3).get, v3.__all__) if OF_V3 & {*inspect.signature(function).parameters}],
)
@pytest.mark.parametrize("make", [str, str.encode, lambda text: bytearray(text.encode()), lambda text: [text]])
def test_no_frame_of_apiv3_by_hand_shows_a_key(function: Any, make: Callable[[str], Any]) -> None:
    parameters = inspect.signature(function).parameters
    secrets = OF_V3 & {*parameters}
    given = {
        name: make(SECRET) if name in secrets else BESIDE[name]
        for name in parameters
        if name in BESIDE or name in secrets
    }
    refused(function, Exception, **given)


class Failing(io.BytesIO):
    """A file that breaks off."""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(len(SECRET))
        if not piece:
            raise OSError("gone")
        return piece


IN_FIELDS: dict[str, Callable[[Any], Any]] = {
    "pay_by_code": lambda pay: pay.pay_by_code(auth_code=SECRET, body="tea", total_fee=1, spbill_create_ip="127.0.0.1"),
    "pay_by_code refused": lambda pay: pay.pay_by_code(auth_code=[SECRET], body="tea", total_fee=1.5),
    "v3.order_and_params": lambda pay: pay.v3.order_and_params("jsapi", attach=SECRET),
    "v3.upload": lambda pay: pay.v3.upload(SECRET.encode(), filename="a.jpg", meta={"id_number": SECRET}),
    "v3.upload refused": lambda pay: pay.v3.upload(SECRET.encode(), filename="a", meta={"id_number": [SECRET, {1}]}),
    "v3.upload of text": lambda pay: pay.v3.upload(io.StringIO(SECRET), filename="a.jpg"),
    "v3.upload breaks off": lambda pay: pay.v3.upload(Failing(SECRET.encode()), filename="a.jpg", meta={"n": SECRET}),
    "v3.upload too large": lambda pay: pay.v3.upload(io.BytesIO(SECRET.encode() * 1_000_000), filename="a.jpg"),
    "v3.string_to_sign": lambda pay: v3.string_to_sign("NO METHOD", f"/v3/x?mobile={SECRET}", 1, "n", SECRET),
    "v3.authorization": lambda pay: v3.authorization(
        mch_id="1", serial_no="", private_key="", method="GET", url=f"/v3/x?mobile={SECRET}", body=SECRET
    ),
    "call": lambda pay: pay.call("/pay/orderquery", {"access_token": SECRET}),
    "call refused": lambda pay: pay.call("/pay/orderquery", {"access_token": SECRET, "no name": [1]}),
    "request_body": lambda pay: pay.request_body("unifiedorder", body=SECRET),
    "v3.call": lambda pay: pay.v3.call("POST", f"/v3/x?token={SECRET}", query={"a": SECRET}, json={"name": [SECRET]}),
    "v3.call refused": lambda pay: pay.v3.call("POST", "/v3/x", json={"name": SECRET}, sensitive=["other"]),
    "v3.download": lambda pay: pay.v3.download(f"http://127.0.0.1:9/v3/billdownload/file?token={SECRET}"),
    "v3.download to": lambda pay: pay.v3.download(f"http://127.0.0.1:9/v3/file?token={SECRET}", to="/nowhere/file"),
    "v3.download_stream": lambda pay: pay.v3.download_stream(f"http://127.0.0.1:9/v3/f?token={SECRET}").save(
        io.BytesIO()
    ),
}


@pytest.mark.parametrize("name", IN_FIELDS)
def test_no_frame_shows_the_fields_of_a_call(name: str) -> None:
    certificates = Path(__file__).parents[2] / "tests/certificates"
    nowhere: dict[str, Any] = {
        **SETTINGS,
        "mch_id": "1900000109",
        "endpoints": "http://127.0.0.1:9",
        "max_network_retries": 0,
        "api_v3_key": "k" * 32,
        "client_key": certificates / "apiclient_key.pem",
        "client_cert": certificates / "apiclient_cert.pem",
    }

    async def awaited() -> None:
        called = IN_FIELDS[name](AsyncWxPay(**nowhere))
        if inspect.isawaitable(called):
            await called

    pay = WxPay(**nowhere)
    refused(lambda: IN_FIELDS[name](pay), Exception)
    refused(lambda: asyncio.run(awaited()), Exception)


#: The arguments of the open platform's calls that are neither a secret nor lead to one.
OPEN = {"openid", "lang", "appid", "component_appid", "userid", "force_refresh"}


class Refusing:
    """A native client that refuses a call, or whose call fails."""

    def __init__(self, at_once: bool) -> None:
        self._at_once = at_once

    def execute(self, call: str, fields: Any) -> Any:
        if self._at_once:
            raise InvalidRequest("refused", field="field", rule="rule")
        return self

    def wait(self) -> Any:
        raise TransportError("no reply", outcome="unknown")

    def __repr__(self) -> str:
        return "<native>"


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("module", [_calls_sync, _calls_async], ids=lambda module: module.__name__)
def test_no_frame_of_any_call_shows_its_fields(module: Any, at_once: bool) -> None:
    tried = 0
    for made in [
        made for made in vars(module).values() if inspect.isclass(made) and made.__module__ == module.__name__
    ]:
        calls = made()
        calls._native = Refusing(at_once)
        for name in [name for name in vars(made) if not name.startswith("_")]:
            method = getattr(calls, name)
            parameters = inspect.signature(method).parameters
            if "fields" in parameters:
                given: dict[str, Any] = {"auth_code": SECRET, "real_name": [SECRET], "receivers": [{"name": SECRET}]}
            else:
                given = {name: "public" if name in OPEN else SECRET for name in parameters}

            def call(method: Any = method, given: dict[str, Any] = given) -> Any:
                called = method(**given)
                return asyncio.run(awaited(called)) if inspect.isawaitable(called) else called

            with pytest.raises((InvalidRequest, TransportError, TypeError)) as error:
                call()
            assert not [line for line in shown(error.value) if SECRET in line], (made, name)
            tried += 1
    assert tried > 60


async def awaited(called: Any) -> Any:
    return await called


@pytest.mark.parametrize("fields", [None, {"no name": 1}, {"attach": "\0"}], ids=repr)
def test_no_frame_of_the_testing_module_shows_a_secret(fields: Any) -> None:
    refused(signed_notification, Exception, fields=fields, key=SECRET)


def test_pytest_shows_no_secret(tmp_path: Path) -> None:
    """Neither a plain run, which prints the arguments of frames, nor one that prints all variables."""
    (tmp_path / "key").write_text(SECRET)
    (tmp_path / "test_shop.py").write_text(
        textwrap.dedent(
            """
            import pathlib
            import pytest
            from wxpaykit import AsyncWxPay, WxPay

            def settings():
                key = pathlib.Path("key").read_text()
                return {"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "api_key": key}

            @pytest.mark.parametrize("make", [WxPay, AsyncWxPay, WxPay.from_env, AsyncWxPay.from_env])
            def test_it(make):
                make(**settings(), store=f"redis://u:{settings()['api_key']}@:port")
            """
        )
    )
    for options in ([], ["-l"], ["-l", "-vv"]):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_shop.py"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert "4 failed" in ran.stdout
        assert "api_key = '***'" in ran.stdout or "'api_key': '***'" in ran.stdout
        assert "***" in ran.stdout
        assert SECRET not in ran.stdout + ran.stderr


def test_a_hidden_text_equals_the_text() -> None:
    class Shy(str):
        def __str__(self) -> str:
            return "?"

    for text in (hidden(KEY), hidden(Shy(KEY)), hidden(hidden(KEY)), pickle.loads(pickle.dumps(hidden(KEY)))):
        assert isinstance(text, Hidden)
        assert (text, repr(text)) == (KEY, "'***'")
        assert sign({"a": "1"}, text) == sign({"a": "1"}, KEY)
        for make in MAKERS:
            made: Any = make(**(SETTINGS | {"api_key": text}))
            assert verify(made.request_body("orderquery", out_trade_no="1"), KEY)
    assert hidden(None) is None


def test_every_setting_is_known() -> None:
    assert set(NAMES) == set(Settings.__annotations__)
    assert set(NAMES) == set(inspect.signature(WxPay).parameters)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__qualname__)
def test_a_setting_of_another_type_is_not_reported_as_missing(make: Any) -> None:
    for name in ("appid", "mch_id", "api_key", "app_secret", "notify_url", "sub_appid", "sub_mch_id", "endpoints"):
        for value, kind in ((10000100, "int"), (b"x", "bytes"), (("x",), "tuple")):
            error = refused(make, **(SETTINGS | {name: value}))
            assert isinstance(error, ConfigError)
            assert (error.field, str(error)) == (name, f"{name}: must be text, not {kind}")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mchId", "mch_id"),
        ("apiKey", "api_key"),
        ("key", "api_key"),
        ("WXPAY_APPID", "appid"),
        ("appids", "appid"),
        ("notifyUrl", "notify_url"),
        ("max-network-retries", "max_network_retries"),
        ("private_key", "client_key"),
        ("timezone", None),
        ("colour", None),
    ],
)
def test_an_unknown_setting_suggests_the_similar_one(name: str, meant: str | None) -> None:
    said = f"there is no setting '{name}'" + (f" (did you mean '{meant}'?)" if meant else "")
    for make in (WxPay.from_env, AsyncWxPay.from_env):
        # Before anything that is missing, which may be what was misspelt.
        assert str(refused(make, TypeError, **{name: "x"})) == said


def test_a_foreign_variable_may_hold_invalid_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMETHING_ELSE", os.fsdecode(b"\xff"))
    assert WxPay.from_env(**SETTINGS).mch_id == "10000100"


@pytest.mark.parametrize("address", ["http://192.0.2.1", "http://emulator:8700", "https://a.example,http://b.example"])
def test_plain_http_to_other_machines_needs_a_setting(address: str, caplog: pytest.LogCaptureFixture) -> None:
    identity: dict[str, Any] = {"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "api_key": "0" * 32}
    with pytest.raises(ConfigError, match=r"endpoints: is plain http to another machine.*allow_insecure_endpoints"):
        WxPay(**identity, endpoints=address, store="memory:").new_out_trade_no()
    with pytest.raises(ConfigError, match="allow_insecure_endpoints: must be True or False"):
        WxPay(**identity, allow_insecure_endpoints="yes")  # type: ignore[arg-type]
    with caplog.at_level("WARNING", "wxpaykit"):
        pay = WxPay(**identity, endpoints=address, allow_insecure_endpoints=True, store="memory:")
        pay.jsapi_params("wx1")
    assert [record.levelname for record in caplog.records if address in record.getMessage()] == ["WARNING"]
    WxPay(**identity, endpoints="http://127.0.0.1:9", store="memory:").jsapi_params("wx1")


def test_endpoints_are_warned_of_once_for_each_address(caplog: pytest.LogCaptureFixture) -> None:
    identity: dict[str, Any] = {"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "api_key": "0" * 32}
    said = "endpoints is set: all calls, including payments, go to %s and not to WeChat"
    with caplog.at_level("WARNING", "wxpaykit"), warnings.catch_warnings():
        warnings.simplefilter("error")  # It is a record of the log, so -W error breaks nobody.
        for address in ("http://127.0.0.1:8794", "https://wechat.example"):
            for make in (WxPay, WxPay, AsyncWxPay):
                make(**identity, endpoints=address, store="memory:")
    found = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    expected = [
        ("wxpaykit", "WARNING", said % address) for address in ("http://127.0.0.1:8794", "https://wechat.example")
    ]
    assert found == expected


def test_an_unknown_or_missing_argument_names_the_class() -> None:
    unknown = r"^WxPay\(\) got an unexpected keyword argument "
    with pytest.raises(TypeError, match=rf"{unknown}'apikey' \(did you mean 'api_key'\?\)$"):
        WxPay(**SETTINGS, apikey="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=rf"{unknown}'app_id' \(did you mean 'appid'\?\)$"):
        AsyncWxPay(app_id="x", mch_id="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=rf"{unknown}'colour'$"):
        WxPay(**SETTINGS, colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^WxPay\(\) missing 2 required keyword-only arguments: 'appid' and 'mch_id'"):
        WxPay()  # type: ignore[call-arg]


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = {"WXPAY_APPID": "wxd930ea5d5a258f4f", "WXPAY_MCH_ID": "10000100", "WXPAY_API_KEY": "0" * 32}
    # The last two are another program's, and one whose right name is set too.
    others = {"WXPAY_NOTIFYURL": "https://shop.example/n", "WXPAY_PORT": "80", "WXPAY_MCHID": "10000100"}
    for name, value in {**right, **others}.items():
        monkeypatch.setenv(name, value)
    with caplog.at_level("WARNING", "wxpaykit"):
        for make in (WxPay, WxPay, AsyncWxPay):
            make.from_env(store="memory:")
    said = [record.getMessage() for record in caplog.records]
    notify_url = "WXPAY_NOTIFYURL is not a variable of wxpaykit and has no effect: did you mean WXPAY_NOTIFY_URL?"
    assert said == [notify_url]

    monkeypatch.delenv("WXPAY_MCH_ID")
    with pytest.raises(ConfigError, match=r"; WXPAY_MCHID is set: did you mean WXPAY_MCH_ID\?$") as caught:
        WxPay.from_env(store="memory:")
    assert caught.value.field == "mch_id"


@pytest.mark.parametrize("make", [WxPay, AsyncWxPay])
def test_all_settings_that_are_missing_are_named_at_once(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError) as caught:
        make.from_env(store="memory:")
    key = "WXPAY_API_KEY (APIv3 alone: WXPAY_API_V3_KEY or WXPAY_PLATFORM_PUBLIC_KEY)"
    said = f"appid: is not set: set WXPAY_APPID, or WXPAY_APPID_FILE; also not set: WXPAY_MCH_ID, {key}"
    assert (caught.value.field, str(caught.value)) == ("appid", said)
    monkeypatch.setenv("WXPAY_APPID", "wxd930ea5d5a258f4f")
    with pytest.raises(ConfigError) as caught:
        make.from_env(store="memory:", corp_secret="corp-secret-0123456789")
    said = f"mch_id: is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE; also not set: {key}, WXPAY_AGENT_ID"
    assert str(caught.value) == said
    # The id of a public key says that the shop has APIv3: its key is missing, and not that of APIv2.
    monkeypatch.setenv("WXPAY_PLATFORM_PUBLIC_KEY_ID", "PUB_KEY_ID_0119000000012025112800000000000001")
    with pytest.raises(ConfigError, match=r"^platform_public_key: .*; also not set: client_cert, client_key$"):
        make.from_env(store="memory:", mch_id="10000100")
    with pytest.raises(ConfigError, match=r"^client_key: .*; also not set: client_cert$"):
        make(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_v3_key="0" * 32)
