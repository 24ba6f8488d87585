"""What the package shows: one surface for both clients, documents for all of it, and never a secret."""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import logging
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator, order

import wxpaykit
from wxpaykit import AsyncWxPay, InvalidRequest, WxPay, WxPayError, _native, _records, aio, client, explain, sign

PACKAGE = Path(wxpaykit.__file__).parent
PAIRS = [
    (client.WxPay, aio.AsyncWxPay),
    (client.OAuth, aio.AsyncOAuth),
    (client.Jssdk, aio.AsyncJssdk),
    (client.V3, aio.AsyncV3),
    (client.Wecom, aio.AsyncWecom),
    (client.Notify, aio.AsyncNotify),
]
RENAMED = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}
WITHOUT_IO = {
    "app_params", "authorize_url", "choose_wxpay_params", "decrypt_user_data", "downloadbill", "downloadfundflow",
    "from_env", "jsapi_params", "jssdk", "miniprogram_params", "native_answer", "native_code_url", "native_refusal",
    "notify", "oauth", "parse", "parse_native", "parse_refund", "request_body",
    "v3", "wecom",
}  # fmt: skip
#: A bill or a stream for asyncio is opened when its first row or piece is asked for.
BILLS = {"download_stream", "ecommerce_fundflowbill", "fundflowbill", "sub_merchant_fundflowbill", "tradebill"}


def methods(kind: type) -> dict[str, Any]:
    found = {}
    for name, member in inspect.getmembers(kind):
        if not name.startswith("_") or name in RENAMED or name in RENAMED.values() or name == "__init__":
            found[RENAMED.get(name, name)] = member
    return found


@pytest.mark.parametrize(("sync", "asynchronous"), PAIRS, ids=lambda kind: kind.__name__)
def test_both_clients_have_one_surface(sync: type, asynchronous: type) -> None:
    blocking, awaited = methods(sync), methods(asynchronous)
    assert set(blocking) == set(awaited)
    for name, method in blocking.items():
        other = awaited[name]
        assert inspect.getdoc(method) == inspect.getdoc(other)
        if callable(method):
            ours, theirs = inspect.signature(method), inspect.signature(other)
            assert str(ours).replace("Async", "") == str(theirs).replace("Async", ""), name
            assert not inspect.iscoroutinefunction(method)
            # RSA takes a millisecond, which an event loop does not wait for.
            own = (name in WITHOUT_IO and sync is not client.V3) or name in BILLS | {"transfer_params", "__init__"}
            assert inspect.iscoroutinefunction(other) != own, name


@pytest.mark.parametrize("name", [name for name in wxpaykit.__all__ if name != "__version__"])
def test_everything_public_is_documented(name: str) -> None:
    thing = getattr(wxpaykit, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        for method, member in vars(thing).items():
            if not method.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
                assert inspect.getdoc(getattr(thing, method)), f"{name}.{method}"


def test_every_record_is_exported() -> None:
    missing = sorted(set(_records.__all__) - set(wxpaykit.__all__))
    assert not missing, f"add {', '.join(missing)} to the import of ._records and to __all__ in wxpaykit/__init__.py"
    assert sorted(wxpaykit.__all__) == list(wxpaykit.__all__)


def documented(body: list[ast.stmt], inside: Any) -> Iterator[tuple[str, str | None, Any]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            member = getattr(inside, node.name)
            yield node.name, ast.get_docstring(node), member
            if isinstance(node, ast.ClassDef):
                yield from documented(node.body, member)


def test_the_stub_describes_the_module() -> None:
    stub = ast.parse((PACKAGE / "_native.pyi").read_text(encoding="utf-8"))
    found = list(documented(stub.body, _native))
    assert len(found) > 15
    for name, text, member in found:
        assert text == inspect.getdoc(member), name


class Leaks:
    """Collects everything that a person may come to see."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = secrets
        self.seen: list[str] = []

    def look(self, thing: object) -> None:
        self.seen += [repr(thing), str(thing), f"{thing!a}"]
        html = getattr(thing, "_repr_html_", None)
        if html:
            self.seen.append(html())

    def catch(self, error: BaseException) -> None:
        self.look(error)
        self.look(vars(error))
        self.seen.append("".join(traceback.format_exception(error)))
        if isinstance(error, WxPayError):
            self.seen.append(repr(pickle.dumps(error)))

    def check(self) -> None:
        assert len(self.seen) > 50
        for text in self.seen:
            for secret in self.secrets:
                assert secret not in text
                assert secret.upper() not in text


def test_no_secret_is_ever_shown(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    key, app_secret = emulator.settings["api_key"], emulator.settings["app_secret"]
    leaks = Leaks(key, app_secret)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    root.addHandler(handler)
    caplog.set_level(logging.DEBUG)
    try:
        pay = emulator.sync()
        asynchronous = emulator.asyncio()
        things: list[object] = [pay, asynchronous, pay.oauth, pay.jssdk, pay.notify, pay._native, vars(pay)]
        things.append(pay.unifiedorder(**order()))
        things.append(pay.request_body("unifiedorder", **order()))
        things.append(pay.jsapi_params("wx1"))
        things.append(pay.oauth.authorize_url("https://shop.example/"))
        token = pay.jssdk.stable_token()
        leaks.secrets += (token.access_token,)
        things += [token, pay.jssdk.config("https://shop.example/", js_api_list=["chooseWXPay"])]
        things.append(explain({"a": "1", "sign": sign({"a": "1"}, key)}, key))
        things.append(emulator.sync(endpoints="http://127.0.0.1:9"))
        for thing in things:
            leaks.look(thing)

        wrong = "api_key of another".ljust(32, "x")
        nowhere = emulator.sync(endpoints="http://127.0.0.1:9")
        failing = [
            lambda: WxPay(**(emulator.settings | {"api_key": f"{key} "})),
            lambda: WxPay(**(emulator.settings | {"api_key": key[1:]})),
            lambda: WxPay(**(emulator.settings | {"app_secret": key})),
            lambda: WxPay(**(emulator.settings | {"app_secret": f"{app_secret} "})),
            lambda: emulator.sync(api_key=wrong).unifiedorder(**order()),
            lambda: pay.unifiedorder(**order(total_fee=1.5)),
            lambda: pay.orderquery(out_trade_no="nobody's"),
            lambda: pay.oauth.access_token("nobody's"),
            lambda: nowhere.oauth.access_token("code"),
            lambda: nowhere.jssdk.token(),
            lambda: nowhere.jssdk.stable_token(),
            lambda: pay.jssdk.getticket("nobody's"),
            lambda: pay.notify.parse(b"<xml><sign>x</sign></xml>"),
            lambda: emulator.sync(api_key=wrong).notify.parse(pay.request_body("unifiedorder", **order())),
            lambda: asyncio.run(emulator.asyncio(endpoints="http://127.0.0.1:9").oauth.access_token("code")),
            lambda: pickle.dumps(pay),
        ]
        for fail in failing:
            with pytest.raises((WxPayError, TypeError)) as error:
                fail()
            leaks.catch(error.value)
            if error.value.__cause__:
                leaks.catch(error.value.__cause__)
            root.exception("failed", exc_info=error.value)
    finally:
        root.removeHandler(handler)
    leaks.seen += [stream.getvalue(), caplog.text]
    leaks.check()


def test_clients_are_not_copied() -> None:
    pay = AsyncWxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32)
    with pytest.raises(TypeError):
        pickle.dumps(pay)


@pytest.mark.parametrize("kind", [WxPay, AsyncWxPay])
def test_a_client_without_constructor_has_a_repr(kind: type) -> None:
    assert repr(kind.__new__(kind)) == f"<{kind.__name__} (not initialised)>"


def test_another_appid_is_checked(pay: WxPay) -> None:
    for make in (pay.jsapi_params, pay.choose_wxpay_params, pay.miniprogram_params, pay.app_params):
        with pytest.raises(InvalidRequest, match="appid: must be 18 letters and digits"):
            make("wx1234", appid="bad appid")
