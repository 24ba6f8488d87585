"""``check``, and warnings about settings."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Emulator

from wxpaykit import AsyncWxPay, BusinessError, CheckReport, ConfigError, Finding, ProtocolError, WxPay

FINE = {
    "store": "ok",
    "api_key": "ok",
    "api_v3_key": "not_set",
    "app_secret": "ok",
    "clock": "ok",
    "notify_url": "ok",
    "client_cert": "ok",
}
#: Of a client of APIv3 alone.
FINE_V3 = {**FINE, "api_key": "not_set", "client_key": "ok", "api_v3_key": "ok", "platform_keys": "ok"}
OTHER_KEY = "0123456789abcdef0123456789abcdef"
CERTIFICATES = ROOT / "tests/certificates"


def states(report: CheckReport) -> dict[str, str]:
    return {finding.part: finding.state for finding in report.findings}


def found(report: CheckReport, part: str) -> Finding:
    return next(finding for finding in report.findings if finding.part == part)


def test_a_client_that_works(emulator: Emulator) -> None:
    settings = {**emulator.settings, "notify_url": "http://127.0.0.1:9/n"}
    report = WxPay(**settings).check()
    assert report.ok, report
    assert states(report) == FINE
    assert found(report, "store").remedy is None
    assert len(str(report).splitlines()) == 7
    assert repr(report).startswith("CheckReport(ok=True, findings=(Finding('store', 'ok', ")

    async def awaited() -> CheckReport:
        async with AsyncWxPay(**settings) as pay:
            return await pay.check()

    assert states(asyncio.run(awaited())) == FINE


@pytest.mark.parametrize(
    ("wrong", "part", "message", "remedy"),
    [
        ({"api_key": OTHER_KEY}, "api_key", "签名错误", "api_key"),
        ({"app_secret": "wrongsecret"}, "app_secret", "40125", "app_secret"),
        ({"store": "sqlite:////nowhere/at/all/wxpay.db"}, "store", "open", "folder"),
    ],
)
def test_each_failure_is_named_with_its_remedy(
    emulator: Emulator, wrong: dict[str, str], part: str, message: str, remedy: str
) -> None:
    report = WxPay(**{**emulator.settings, "notify_url": "http://127.0.0.1:9/n", **wrong}).check()
    assert not report.ok
    assert states(report) == {**FINE, part: "failed"}, report
    assert message in found(report, part).message
    assert remedy in (found(report, part).remedy or "")
    for secret in (OTHER_KEY, "wrongsecret", emulator.settings["api_key"], emulator.settings["app_secret"]):
        assert secret not in f"{report} {report!r}"


class CaseBlind:
    """A store as a table of MySQL makes it, whose texts are compared without their case."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.kept.get(key.lower())

    def put(self, key: str, value: str, life: float) -> None:
        self.kept[key.lower()] = value

    def add(self, key: str, value: str, life: float) -> bool:
        return self.kept.setdefault(key.lower(), value) is value

    def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool:
        same = self.kept.get(key.lower()) == old
        if same:
            self.kept[key.lower()] = new
        if same and life == 0:
            del self.kept[key.lower()]
        return same

    def delete(self, key: str) -> None:
        self.kept.pop(key.lower(), None)


def test_a_store_that_takes_two_numbers_for_one_is_named(emulator: Emulator) -> None:
    report = WxPay(**{**emulator.settings, "store": CaseBlind()}).check()
    assert found(report, "store").state == "failed"
    assert "differ by case" in found(report, "store").message


def test_two_keys_of_the_same_text_are_told_where_one_is_refused(emulator: Emulator) -> None:
    """The merchant may have set both to it, so it is no mistake by itself."""
    said = "api_key and api_v3_key have the same text"
    wrong = emulator.settings | {"api_key": OTHER_KEY, "api_v3_key": OTHER_KEY}
    right = emulator.settings | {"api_v3_key": emulator.settings["api_key"]}

    async def awaited(settings: dict[str, Any]) -> CheckReport:
        async with AsyncWxPay(**settings) as pay:
            return await pay.check()

    for report in (WxPay(**wrong).check(), asyncio.run(awaited(wrong))):
        assert said in found(report, "api_key").message, report
        assert OTHER_KEY not in f"{report} {report!r}"
    with pytest.raises(ProtocolError) as caught:
        WxPay(**wrong).orderquery(out_trade_no="1")
    assert said in str(caught.value) and OTHER_KEY not in str(caught.value)
    for report in (WxPay(**right).check(), asyncio.run(awaited(right))):
        assert found(report, "api_key").state == "ok" and "same text" not in found(report, "api_key").message, report
    only = WxPay(**(emulator.settings | {"api_key": OTHER_KEY})).check()
    assert "same text" not in found(only, "api_key").message


def test_settings_that_are_missing(emulator: Emulator) -> None:
    needed = {name: emulator.settings[name] for name in ("appid", "mch_id", "api_key", "endpoints")}
    report = WxPay(**needed).check()
    assert report.ok
    assert states(report) == {**FINE, "app_secret": "not_set", "notify_url": "not_set", "client_cert": "not_set"}


def of_v3(emulator: Emulator, *missing: str) -> dict[str, str]:
    """The settings of a client of APIv3 alone."""
    return {
        name: value
        for name, value in {**emulator.settings, **emulator.v3_settings}.items()
        if name not in ("api_key", *missing)
    }


@pytest.mark.parametrize("missing", [(), ("platform_public_key", "platform_public_key_id")])
def test_a_client_of_apiv3_alone(emulator: Emulator, missing: tuple[str, ...]) -> None:
    settings = {**of_v3(emulator, *missing), "notify_url": "http://127.0.0.1:9/n"}
    report = WxPay(**settings).check()
    assert report.ok, report
    assert states(report) == FINE_V3
    signer = emulator.v3_certificates["platform_serial_no"] if missing else settings["platform_public_key_id"]
    assert signer in found(report, "platform_keys").message

    async def awaited() -> CheckReport:
        async with AsyncWxPay(**settings) as pay:
            return await pay.check()

    assert states(asyncio.run(awaited())) == FINE_V3


def test_a_secret_in_the_place_of_the_serial_number_is_not_repeated(emulator: Emulator) -> None:
    secret = "5A1D0C7E9B3F48268F2E6D4B7C90A1FF"
    with pytest.raises(
        ConfigError, match="client_cert_serial: is another one, and the merchant's certificate"
    ) as wrong:
        WxPay(**{**of_v3(emulator), "client_cert_serial": secret})
    assert secret not in str(wrong.value)


@pytest.mark.parametrize(
    ("wrong", "part", "message", "remedy"),
    [
        (
            {"client_cert_serial": "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567"},
            "client_key",
            "商户证书序列号",
            "apiclient",
        ),
        ({"client_key": "other_key.pem"}, "client_key", "签名错误", "do not belong together"),
        ({"api_v3_key": OTHER_KEY}, "api_v3_key", "does not decrypt", "APIv3密钥"),
        (
            {"platform_public_key_id": "PUB_KEY_ID_0119000000012025112800000000000001"},
            "platform_keys",
            "PUB_KEY_ID_0119000000012025112800000000000001",
            "pub_key.pem",
        ),
        ({"platform_public_key": "platform_public_key.pem"}, "platform_keys", "is not the key of", "pub_key.pem"),
    ],
)
def test_each_wrong_key_of_apiv3_is_named_with_its_remedy(
    emulator: Emulator, wrong: dict[str, str], part: str, message: str, remedy: str
) -> None:
    (name, value), *_ = wrong.items()
    settings = of_v3(emulator)
    if name in ("client_key", "client_cert_serial"):
        # A certificate would show the mistake when the client is made.
        del settings["client_cert"]
        settings["client_cert_serial"] = emulator.v3_certificates["serial_no"]
    text = (CERTIFICATES / value).read_text() if value.endswith(".pem") else value
    report = WxPay(**{**settings, name: text}).check()
    finding = found(report, part)
    assert not report.ok
    assert finding.state == "failed", report
    assert message in finding.message
    assert remedy in (finding.remedy or "")
    for secret in (OTHER_KEY, emulator.v3_settings["api_v3_key"], "PRIVATE KEY"):
        assert secret not in f"{report} {report!r}"


def test_suspicious_settings_get_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    needed = {"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "api_key": OTHER_KEY}

    def warned(**settings: str) -> str:
        caplog.clear()
        with caplog.at_level(logging.WARNING, "wxpaykit"):
            WxPay(**{**needed, **settings})
        return " ".join(record.getMessage() for record in caplog.records)

    assert "http://localhost:8000/n, which WeChat cannot reach" in warned(notify_url="http://localhost:8000/n")
    assert "endpoints is not set" in warned(api_key="192006250b4c09247ec02edce69f6a2d")
    assert warned(notify_url="https://shop.example/n") == ""
    assert "cannot reach" not in warned(notify_url="http://localhost:8000/n", endpoints="http://127.0.0.1:9")


def test_orders_of_apiv3_whose_notifications_cannot_be_read_get_a_warning(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    settings = of_v3(emulator)

    def warned(**changed: str | None) -> int:
        caplog.clear()
        given = {name: value for name, value in {**settings, **changed}.items() if value is not None}
        with caplog.at_level(logging.WARNING, "wxpaykit"):
            WxPay(**given)
        return sum("api_v3_key is not" in record.getMessage() for record in caplog.records)

    assert warned(notify_url="https://shop.example/n") == 0
    assert warned(notify_url=None, api_v3_key=None) == 0, "it makes no orders, perhaps"
    assert warned(notify_url="https://shop.example/n", api_v3_key=None) == 1
    assert warned(notify_url="https://shop.example/n", api_v3_key=None) == 0, "once is enough"


def test_its_own_question_is_no_warning(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """A readiness probe asks once a minute for an order that does not exist."""
    caplog.set_level(logging.DEBUG, "wxpaykit")
    pay = WxPay(**emulator.settings)
    assert pay.check().ok
    attempts = [record for record in caplog.records if "orderquery" in record.getMessage()]
    assert [(record.levelname, "ORDERNOTEXIST" in record.getMessage()) for record in attempts] == [("DEBUG", True)]
    with pytest.raises(BusinessError):
        pay.orderquery(out_trade_no="NONE")
    assert caplog.records[-1].levelname == "WARNING"


@pytest.mark.parametrize(("setting", "seconds"), [("timeout", 5000), ("timeout", 0.005), ("lease", 30000)])
def test_a_time_in_another_unit_is_warned_of(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, setting: str, seconds: float
) -> None:
    WxPay(**{**emulator.settings, setting: seconds})
    assert f"{setting} is {seconds} seconds: is the unit right?" in caplog.text


def test_times_that_a_program_works_out_are_warned_of_once(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    pay = WxPay(**emulator.settings)
    for number in range(20):
        with contextlib.suppress(BusinessError):  # There is no such order.
            pay.wait_for_payment("NONE", total_fee=1, within=0.01 + number / 1000, on_paid=lambda payment, key: None)
    # Another test may have been the first.
    assert caplog.text.count("is the unit right?") <= 1


def test_the_stores_words_are_chinese() -> None:
    code = (
        "from wxpaykit import WxPay\n"
        "for store in ('sqlite:///nowhere/at/all/a.db', 'redis://127.0.0.1:1/0'):\n"
        "    pay = WxPay(appid='wxd930ea5d5a258f4f', mch_id='10000100', api_key='k' * 32, store=store, endpoints='http://127.0.0.1:1')\n"
        "    print(pay.check().findings[0].message)\n"
    )
    env = os.environ | {"WXPAYKIT_LANG": "zh", "PYTHONUTF8": "1"}
    ran = subprocess.run([sys.executable, "-c", code], env=env, stdout=-1, encoding="utf-8", check=True)
    sqlite, redis = ran.stdout.splitlines()
    assert sqlite.startswith("SQLite 存储出错：没有文件夹 /nowhere/at/all")
    assert redis.startswith("Redis 存储出错：")


def test_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    """The report stays ok, and the log, the report and its remedy are Chinese for a Chinese user."""
    (tmp_path / "key.pem").write_bytes((ROOT / "tests/certificates/apiclient_key.pem").read_bytes())
    new = ("openssl", "req", "-x509", "-key", "key.pem", "-days", "9", "-subj", "/CN=1900000109", "-out", "cert.pem")
    subprocess.run(new, cwd=tmp_path, check=True, capture_output=True)
    code = (
        "import logging\n"
        "from wxpaykit import WxPay\n"
        "logging.basicConfig(format='LOG %(message)s')\n"
        "pay = WxPay(appid='wxd930ea5d5a258f4f', mch_id='1900000109', api_key='k' * 32, store='memory:', "
        "client_cert='cert.pem', client_key='key.pem', endpoints='http://127.0.0.1:1', max_network_retries=0)\n"
        "report = pay.check()\n"
        "found = {one.part: one for one in report.findings}\n"
        "print(found['client_cert'].state, found['client_cert'].remedy is not None, sep='\\n')\n"
        "print(report)\n"
    )
    said = {}
    for language in ("en", "zh"):
        env = os.environ | {"WXPAYKIT_LANG": language, "PYTHONUTF8": "1"}
        args = [sys.executable, "-c", code]
        ran = subprocess.run(args, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=True)
        state, has_remedy, *lines = ran.stdout.splitlines()
        assert (state, has_remedy) == ("attention", "True"), ran
        (warning,) = [line for line in ran.stderr.splitlines() if line.startswith("LOG client_cert")]
        said[language] = [line for line in lines if line.startswith(("store ", "client_cert "))] + [warning]
    store, cert, warning = said["en"]
    assert store == "store ok: the store keeps values"
    assert cert.startswith("client_cert attention: ") and "; Apply for a new certificate" in cert
    assert re.search(r"is valid from \d{4}-\d\d-\d\d and expires on \d{4}-\d\d-\d\d, in [89] days\. Apply for", warning)
    store, cert, warning = said["zh"]
    assert store == "store 正常：存储可以读写"
    assert re.match("client_cert 注意：.*，有效期 [0-9-]{10} 至 [0-9-]{10}，还有 [89] 天到期；请到", cert), cert
    assert re.match("LOG client_cert：.*，有效期 [0-9-]{10} 至 [0-9-]{10}，还有 [89] 天到期。请到", warning), warning
