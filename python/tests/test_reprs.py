"""Each class of the package says what an object of it is, and shows no secret."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import flask
import pytest
from conftest import Emulator
from IPython.lib.pretty import pretty

import wxpaykit.aiohttp
import wxpaykit.fastapi
import wxpaykit.flask
import wxpaykit.starlette
import wxpaykit.wsgi
from wxpaykit import AsyncWxPay, WxPay
from wxpaykit._displayed import ClientPart

KEYS = {
    "api_key": "192006250b4c09247ec02edce69f6a2d",
    "app_secret": "7813490da6f1265e4901ffb80afaa36f",
    "corp_secret": "N1dOWkhCRkhHTkpKR0hTSkdIU0pHSFM3ODEzNDkwZGE",
    "corp_pay_secret": "UGF5ZHNmOGRzN2Y4ZHM3Zjg3ZHNmODdkc2Y4N2RzZjg",
    "api_v3_key": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
}
OWN = {"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100"}
OTHERS = {"agent_id": "1000002", "notify_url": "https://shop.example/notify", "sub_mch_id": "10000101"}
PARTS = ("oauth", "jssdk", "wecom", "notify", "v3")

#: Classes of which no user has an object: what others are made of, and what stays between the package and its
#: extension.
INTERNAL = {
    *("AsyncCalls", "AsyncV3Calls", "AsyncOAuthCalls", "AsyncJssdkCalls", "AsyncWecomCalls"),
    *("Calls", "V3Calls", "OAuthCalls", "JssdkCalls", "WecomCalls"),
    *("Constructor", "Display", "Displayed", "Kind", "Functions"),
    *("Part", "Program", "merchant_file"),
    *("BillComparison", "BillReader", "BillRows", "BillSource"),
    *("Bell", "Bridge", "CodePayment", "Handling", "Job", "Wire", "ProbeStore"),
}
#: Prints each class of the package that has the text of ``object``, ``<… object at 0x…>``.
SWEEP = """
import importlib, pkgutil, sys, typing
import django
from django.conf import settings
apps = ["admin", "auth", "contenttypes", "messages"]
settings.configure(
    INSTALLED_APPS=[*(f"django.contrib.{app}" for app in apps), "wxpaykit.django"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
import wxpaykit

seen = set()
for module in pkgutil.walk_packages(wxpaykit.__path__, "wxpaykit."):
    if any(part in module.name for part in ("__main__", ".management", ".migrations")):
        continue
    for name, kind in vars(importlib.import_module(module.name)).items():
        if type(kind).__module__.startswith("django.utils") or not isinstance(kind, type):
            continue
        if not kind.__module__.startswith("wxpaykit") or kind in seen or kind.__name__.startswith("_"):
            continue
        seen.add(kind)
        is_a_type_alone = typing.is_typeddict(kind) or getattr(kind, "_is_protocol", False)
        if kind.__repr__ is object.__repr__ and not is_a_type_alone:
            print(kind.__name__)
print(len(seen), file=sys.stderr)
"""


def test_no_class_has_the_text_of_object() -> None:
    done = subprocess.run([sys.executable, "-c", SWEEP], capture_output=True, text=True, check=True)
    assert int(done.stderr.split()[-1]) > 250
    found = set(done.stdout.split())
    assert found - INTERNAL == set()
    assert INTERNAL - found - {"ProbeStore", "Wire"} == set(), "they are listed and have a text of their own"


@pytest.mark.parametrize("kind", [WxPay, AsyncWxPay])
def test_parts_show_their_settings_and_methods_and_no_secret(kind: Any) -> None:
    pay = kind(**OWN, **KEYS, **OTHERS)
    assert sorted(name for name, part in vars(pay).items() if isinstance(part, ClientPart)) == sorted(PARTS)
    for name in PARTS:
        part = getattr(pay, name)
        for shown in (repr(part), part._repr_html_(), pretty(part)):
            assert f"pay.{name}" in shown and OWN["appid"] in shown, shown
            assert not [key for key in KEYS.values() if key in shown], shown
            methods = [one for one in dir(part) if not one.startswith("_")]
            assert len(methods) > 3 and all(one in shown for one in methods), shown
        assert "\n" not in repr(part)
    for shown in (repr(pay), pay._repr_html_()):
        assert OWN["mch_id"] in shown
        assert not [key for key in KEYS.values() if key in shown], shown
    assert all(name in pay._repr_html_() for name in KEYS)


def test_parts_show_which_keys_are_set() -> None:
    pay = WxPay(**OWN, api_key=KEYS["api_key"])
    assert repr(pay.oauth).startswith(
        "<pay.oauth api: OAuth (网页授权), appid: wxd930ea5d5a258f4f, app_secret: not set, methods: access_token, "
    )
    assert re.search(
        r"mch_id: 10000100, api_key: set, api_v3_key: not set, platform_public_key: not set", repr(pay.notify)
    )
    assert "corp_secret: not set" in repr(pay.wecom) and "agent_id" not in repr(pay.wecom)
    assert "client_cert: not set, client_key: not set, client_p12: not set" in repr(pay.v3)
    full = WxPay(**OWN, **KEYS, **OTHERS)
    assert "app_secret: set" in repr(full.oauth) and "app_secret: set" in repr(full.jssdk)
    assert "agent_id: 1000002, corp_secret: set" in repr(full.wecom)
    assert "api: APIv2, APIv3" in repr(full.notify) and OTHERS["notify_url"] in repr(full.notify)
    assert "sub_mch_id: 10000101" in repr(full.v3) and "api_v3_key: set" in repr(full.v3)


def test_a_part_that_is_not_made_yet() -> None:
    """As in a traceback that shows local variables."""
    for part in vars(WxPay(**OWN, api_key=KEYS["api_key"])).values():
        if isinstance(part, ClientPart):
            assert "not initialised" in repr(object.__new__(type(part)))


def test_parts_in_chinese() -> None:
    made = f"from wxpaykit import WxPay\nprint(repr(WxPay(**{OWN}, api_key={KEYS['api_key']!r}).oauth))"
    environment = {"WXPAYKIT_LANG": "zh", "PYTHONIOENCODING": "utf-8", "XDG_STATE_HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", made], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert "app_secret: 未设置" in done.stdout


def test_integrations_show_their_client_and_no_secret(tmp_path: Path) -> None:
    pay = WxPay(**OWN, **KEYS, **OTHERS)
    apay = AsyncWxPay(**OWN, **KEYS, **OTHERS)
    functions: dict[str, Any] = {"amount_of": lambda payment: 1, "on_paid": lambda payment, idempotency_key: None}
    app = flask.Flask("shop")
    app.config["WXPAY"] = {**OWN, **KEYS, **OTHERS}
    things = [
        wxpaykit.fastapi.WxPayRouter(apay, path="/wxpay/notify", **functions),
        wxpaykit.starlette.WxPayRouter(apay, path="/wxpay/notify", **functions),
        wxpaykit.aiohttp.WxPayRoutes(apay, path="/wxpay/notify", **functions),
        wxpaykit.wsgi.WxPayApp(pay, **functions),
        wxpaykit.flask.WxPayExtension(app),
    ]
    for thing in things:
        assert type(thing).__name__ in repr(thing) and OWN["mch_id"] in repr(thing), repr(thing)
        assert not [key for key in KEYS.values() if key in repr(thing)]
    assert "/wxpay/notify" in repr(things[0])
    assert repr(wxpaykit.flask.WxPayExtension()) == "<WxPayExtension 'wxpay' of []>"


def test_the_emulators_client_shows_no_key_of_its_own(emulator: Emulator) -> None:
    pay = WxPay(**emulator.settings, **emulator.v3_settings)
    hidden = [
        str(value)
        for name, value in {**emulator.settings, **emulator.v3_settings}.items()
        if name in KEYS or "-----BEGIN" in str(value)
    ]
    assert len(hidden) > 2
    for name in PARTS:
        assert not [value for value in hidden if value in repr(getattr(pay, name))]
