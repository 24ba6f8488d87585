"""The merchant's certificate: its settings, its mistakes, and refunds over the emulator's port with TLS."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import traceback
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator

from wxpaykit import AsyncWxPay, ConfigError, ProtocolError, WxPay, new_out_trade_no

CERTIFICATES = Path(__file__).resolve().parents[2] / "tests/certificates"
MERCHANT = {
    "appid": "wxd930ea5d5a258f4f",
    "mch_id": "1900000109",
    "api_key": "192006250b4c09247ec02edce69f6a2d",
    "endpoints": "http://127.0.0.1:9",
    "store": "memory:",
}
CERT, KEY, P12 = (CERTIFICATES / name for name in ("apiclient_cert.pem", "apiclient_key.pem", "apiclient_cert-aes.p12"))


def refusal(**settings: Any) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        WxPay(**(MERCHANT | settings))
    assert "MII" not in str(refused.value)
    return refused.value


@pytest.mark.parametrize(
    "settings",
    [
        {"client_cert": CERT, "client_key": KEY},
        {"client_cert": str(CERT), "client_key": str(KEY)},
        {"client_cert": CERT.read_text(), "client_key": KEY.read_text()},
        {"client_cert": CERT.read_bytes(), "client_key": bytearray(KEY.read_bytes())},
        {"client_p12": P12},
        {"client_p12": P12.read_bytes(), "client_p12_password": "1900000109"},
        {"client_p12": base64.b64encode(P12.read_bytes()).decode()},
        {"client_p12": CERTIFICATES / "apiclient_cert-rc2.p12"},
        {"client_p12": CERTIFICATES / "apiclient_cert-3des.p12"},
        {"client_cert": (CERTIFICATES / "pkcs12-nodes.pem").read_bytes()},
    ],
)
def test_a_path_bytes_or_text(settings: dict[str, Any]) -> None:
    (report,) = [one for one in WxPay(**MERCHANT, **settings).check().findings if one.part == "client_cert"]
    assert report.state == "ok"
    assert "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567, valid from 2025-01-01 until 2035-01-01" in report.message


@pytest.mark.parametrize(
    ("field", "words", "settings"),
    [
        ("client_key", "is not the key of the certificate", {"client_cert": CERT, "client_key": "other_key.pem"}),
        ("client_cert", "are swapped", {"client_cert": KEY, "client_key": CERT}),
        ("client_cert", "mch_id is 1900000109", {"client_cert": "other_cert.pem", "client_key": "other_key.pem"}),
        ("client_cert", "平台证书", {"client_cert": "platform_cert.pem", "client_key": KEY}),
        ("client_cert", "(CSR)", {"client_cert": "request.csr.pem", "client_key": KEY}),
        ("client_key", "encrypted with a password", {"client_cert": CERT, "client_key": "encrypted_key.pem"}),
        ("client_p12", "is empty", {"client_p12": b""}),
        ("client_p12", "is empty", {"client_p12": "empty.p12"}),
        ("client_p12", "is cut short", {"client_p12": "cut-in-half.p12"}),
        ("client_p12", "was read as text", {"client_p12": "read-as-utf8.p12"}),
        ("client_p12", "is PEM, not PKCS#12", {"client_p12": "pem-named-p12.p12"}),
        ("client_p12_password", "does not open", {"client_p12": P12, "client_p12_password": "1900000201"}),
        ("client_p12_password", "API key", {"client_p12": P12, "client_p12_password": MERCHANT["api_key"]}),
        ("client_p12_password", "must be text, not int", {"client_p12": P12, "client_p12_password": 1900000109}),
        ("client_cert", "must be a path, bytes or PEM text, not int", {"client_cert": 5, "client_key": KEY}),
        ("client_key", "cannot be read", {"client_cert": CERT, "client_key": "/nowhere/key.pem"}),
    ],
)
def test_each_mistake_is_found_at_construction(field: str, words: str, settings: dict[str, Any]) -> None:
    files = {
        name: CERTIFICATES / value if isinstance(value, str) and value.endswith((".pem", ".p12")) else value
        for name, value in settings.items()
    }
    error = refusal(**files)
    assert error.field == field
    assert words in str(error)
    if "must be" not in words and "cannot be read" not in words:
        assert error.remedy in str(error)
        assert any("\u4e00" <= character <= "\u9fff" for character in error.remedy_zh or "")


def test_no_traceback_shows_a_key() -> None:
    key, p12 = KEY.read_text(), P12.read_bytes()
    for settings in ({"client_cert": key, "client_key": key}, {"client_p12": p12, "client_p12_password": "hunter2"}):
        try:
            WxPay(**MERCHANT, **settings)
        except ConfigError as error:
            shown = traceback.TracebackException.from_exception(error, capture_locals=True)
            own = [frame for frame in shown.stack if "wxpaykit/" in frame.filename]
            text = "".join(f"{frame.locals}" for frame in own)
            assert own and not any(secret in text for secret in ("MII", "hunter2", "\\x30", "0\\x82"))


def test_variables_and_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("appid", "mch_id", "api_key", "endpoints", "store"):
        monkeypatch.setenv(f"WXPAY_{name.upper()}", MERCHANT[name])
    monkeypatch.setenv("WXPAY_CLIENT_P12_FILE", str(CERTIFICATES / "cut-in-half.p12"))
    with pytest.raises(ConfigError, match="client_p12: is cut short"):
        WxPay.from_env()
    assert WxPay.from_env(client_p12=P12.read_bytes())
    monkeypatch.setenv("WXPAY_CLIENT_P12_FILE", str(P12))
    assert WxPay.from_env()
    monkeypatch.delenv("WXPAY_CLIENT_P12_FILE")
    monkeypatch.setenv("WXPAY_CLIENT_CERT", CERT.read_text())
    with pytest.raises(ConfigError, match="client_key: is not set, and client_cert is"):
        WxPay.from_env()
    assert WxPay.from_env(client_key=KEY)


def test_files_are_read_once(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(CERT.read_bytes())
    key.write_bytes(KEY.read_bytes())
    pay = WxPay(**MERCHANT, client_cert=cert, client_key=key)
    cert.unlink()
    key.unlink()
    pay.close()
    assert [one.state for one in pay.check().findings if one.part == "client_cert"] == ["ok"]


def test_a_certificate_that_expired_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    pay = WxPay(**MERCHANT, client_cert=CERTIFICATES / "expired_cert.pem", client_key=KEY)
    assert "expired on 2024-01-01" in caplog.text
    with pytest.raises(ConfigError, match="expired on 2024-01-01") as refused:
        pay.refund(out_trade_no="n", out_refund_no="R1", total_fee=1, refund_fee=1)
    assert (refused.value.field, refused.value.endpoint) == ("client_cert", "refund")


def test_without_a_certificate_a_refund_is_not_sent(emulator: Emulator) -> None:
    bare = {name: value for name, value in emulator.settings.items() if not name.startswith("client_")}
    with pytest.raises(ConfigError) as refused:
        WxPay(**bare).refund(out_trade_no="n", out_refund_no="R1", total_fee=1, refund_fee=1)
    assert (refused.value.field, refused.value.endpoint) == ("client_cert", "refund")
    assert "nothing was sent" in str(refused.value)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("tls")
    with Emulator(arguments=("--tls", "--tls-dir", str(folder))) as wechat:
        yield wechat


@pytest.fixture
def trusted(secured: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings for the port with TLS, whose authority this process trusts."""
    ca = tmp_path / "ca.pem"
    with urllib.request.urlopen(f"{secured.url}/_emulator/ca.pem") as answer:
        ca.write_bytes(answer.read())
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    return secured.settings | {"endpoints": secured.tls_url}


def paid(wechat: Emulator) -> str:
    number = new_out_trade_no()
    wechat.sync().unifiedorder(
        body="茶", out_trade_no=number, total_fee=100, openid=wechat.openid, spbill_create_ip="127.0.0.1"
    )
    wechat.pay(out_trade_no=number)
    return number


def test_refunds_over_tls(secured: Emulator, trusted: dict[str, Any]) -> None:
    number = paid(secured)
    fields = {"out_trade_no": number, "total_fee": 100, "refund_fee": 30}
    reply = WxPay(**trusted).refund(out_refund_no=f"{number[:20]}-1", **fields)
    assert (reply.refund_fee, reply.out_trade_no) == (30, number)

    async def awaited() -> int:
        async with AsyncWxPay(**trusted) as pay:
            return (await pay.refund(out_refund_no=f"{number[:20]}-2", **fields)).refund_fee

    assert asyncio.run(awaited()) == 30
    # The p12 that the emulator made is read by OpenSSL, and by this package.
    with urllib.request.urlopen(f"{secured.url}/_emulator/certificates/10000100/apiclient_cert.p12") as answer:
        p12 = answer.read()
    bare = {name: value for name, value in trusted.items() if not name.startswith("client_")}
    reply = WxPay(**bare, client_p12=p12).refund(out_refund_no=f"{number[:20]}-3", **fields)
    assert reply.refund_fee == 30
    command = ["openssl", "pkcs12", "-passin", "pass:10000100", "-nokeys"]
    opened = subprocess.run(command, input=p12, capture_output=True, check=True)
    assert b"CN = 10000100" in opened.stdout.replace(b"CN=", b"CN = ")


def test_a_certificate_of_another_authority_is_refused_by_the_gateway(trusted: dict[str, Any]) -> None:
    own = {"client_cert": CERTIFICATES / "demo_cert.pem", "client_key": CERTIFICATES / "demo_key.pem"}
    with pytest.raises(ProtocolError) as refused:
        WxPay(**(trusted | own)).refund(out_trade_no="n", out_refund_no="R1", total_fee=1, refund_fee=1)
    error = refused.value
    assert (error.code, error.retry, error.return_msg) == ("certificate", "never", "The SSL certificate error")
    assert 'the client has the certificate of "10000100" with the serial number DE' in str(error)


def test_the_files_of_the_merchants_are_kept(secured: Emulator, trusted: dict[str, Any]) -> None:
    folder = Path(secured._arguments[-1]) / "10000100"
    assert sorted(path.name for path in folder.iterdir()) == [
        "apiclient_cert.p12",
        "apiclient_cert.pem",
        "apiclient_key.pem",
    ]
    assert (folder / "apiclient_cert.pem").read_text() == trusted["client_cert"]
    assert (folder / "apiclient_key.pem").stat().st_mode & 0o077 == 0
    bare = {name: value for name, value in trusted.items() if not name.startswith("client_")}
    assert WxPay(**bare, client_p12=folder / "apiclient_cert.p12")
