"""``check``, and warnings about settings."""

from __future__ import annotations

import asyncio
import logging

import pytest
from conftest import Emulator

from wxpaykit import AsyncWxPay, CheckReport, Finding, WxPay

FINE = {"store": "ok", "api_key": "ok", "app_secret": "ok", "clock": "ok", "notify_url": "ok", "client_cert": "ok"}
OTHER_KEY = "0123456789abcdef0123456789abcdef"


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
    assert len(str(report).splitlines()) == 6
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


def test_settings_that_are_missing(emulator: Emulator) -> None:
    needed = {name: emulator.settings[name] for name in ("appid", "mch_id", "api_key", "endpoints")}
    report = WxPay(**needed).check()
    assert report.ok
    assert states(report) == {**FINE, "app_secret": "not_set", "notify_url": "not_set", "client_cert": "not_set"}


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
