"""``wxpaykit.v3`` beyond the vectors: bad input, headers of frameworks, every change of a signed message."""

from __future__ import annotations

import json
import os
import pickle
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from v3_changes import CHANGES, Change

import wxpaykit
from wxpaykit import ConfigError, InvalidRequest, SignatureError, WxPayError, v3

VECTORS = Path(__file__).resolve().parents[2] / "tests/vectors"
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"


def case(kind: str, name: str) -> dict[str, Any]:
    cases = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))["cases"]
    return next(case["given"] for case in cases if case["name"].startswith(name))


MESSAGE = case("v3_verify", "S-NOT-01")
KEY = case("v3_authorization", "S-REQ-05")["private_key"]
CERTIFICATE = case("v3_serial_no", "S-CER-03")["certificate"]
SERIAL = "3775B6A45ACD588826D15E583A95F5DD0AF0F501"


def verify(**changed: Any) -> str:
    given = MESSAGE | changed
    return v3.verify(given["headers"], given["body"], given["keys"], given["now"])


@settings(max_examples=2000, deadline=None)
@given(CHANGES)
def test_any_single_change_is_refused(change: Change) -> None:
    before = MESSAGE["headers"], MESSAGE["body"].encode()
    assume((after := change.of(*before)) != before)
    with pytest.raises(SignatureError) as refused:
        verify(headers=after[0], body=after[1])
    assert refused.value.explanation.mistake != "none"


def test_what_was_not_changed_is_accepted() -> None:
    assert verify() == verify(body=MESSAGE["body"].encode()) == MESSAGE["headers"]["Wechatpay-Serial"]


def test_headers_as_frameworks_have_them() -> None:
    headers = MESSAGE["headers"]
    lower = {name.lower(): value for name, value in headers.items()}
    cgi = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()} | {
        "wsgi.input": object()
    }
    asgi = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    lists = {name: [value] for name, value in headers.items()}
    import http.client

    message = http.client.HTTPMessage()
    for name, value in headers.items():
        message[name] = value
    for form in (headers, lower, cgi, asgi, tuple(asgi), lists, message, iter(headers.items())):
        assert verify(headers=form) in MESSAGE["keys"]


@pytest.mark.parametrize("headers", [None, "x", b"x", 7, [1], ["ab"], [("a",)], object()])
def test_headers_of_a_wrong_kind(headers: Any) -> None:
    with pytest.raises((InvalidRequest, SignatureError)):
        verify(headers=headers)


@pytest.mark.parametrize("keys", [None, {}, "x", 7, [], {"a": None}, {"a": ""}, {"a": "x"}, {1: "x"}, {"a": KEY}])
def test_keys_of_a_wrong_kind(keys: Any) -> None:
    with pytest.raises((InvalidRequest, ConfigError)) as refused:
        verify(keys=keys)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("now", ["1", 1.5, True, 10**30, -1, 1_764_300_000_000])
def test_a_clock_of_a_wrong_kind(now: Any) -> None:
    with pytest.raises(InvalidRequest):
        verify(now=now)


def test_the_clock_is_the_machines_when_it_is_left_out() -> None:
    with pytest.raises(SignatureError) as refused:
        v3.verify(MESSAGE["headers"], MESSAGE["body"], MESSAGE["keys"])
    assert refused.value.code == "timestamp_expired"


LAYOUTS = {
    "as it is": KEY,
    "bytes": KEY.encode(),
    "bytearray": bytearray(KEY.encode()),
    "memoryview": memoryview(KEY.encode()),
    "CRLF": KEY.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + KEY,
    "one line": KEY.replace("\n", " "),
    "no white space in the first line": KEY.replace("\n", "").replace("PRIVATE KEY", "PRIVATEKEY"),
    "indented": "\n".join("    " + line for line in KEY.splitlines()),
    "two characters": KEY.replace("\n", "\\n"),
    "quoted": '"' + KEY.replace("\n", "\\n") + '"',
    "no-break spaces": "\u00a0" + KEY.replace("\n", "\u00a0\n"),
    "UTF-16": KEY.encode("utf-16"),
    "no first and last line": "".join(KEY.splitlines()[1:-1]),
    "behind other text": "Bag Attributes\n    friendlyName: Tenpay\n" + KEY,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_private_keys_in_every_layout(layout: str) -> None:
    assert v3.sign("text", LAYOUTS[layout]) == v3.sign(b"text", KEY)


WRONG_KEYS = {
    "": ("key_format", "is empty"),
    " \n": ("key_format", "is empty"),
    CERTIFICATE: ("key_is_certificate", SERIAL),
    MESSAGE["keys"]["PUB_KEY_ID_0119000000012025112800000000000001"]: ("key_is_public", "public key"),
    "/etc/wxpay/apiclient_key.pem": ("key_format", "path of a file"),
    SERIAL: ("key_format", "serial number"),
    "PUB_KEY_ID_0119000000012025112800000000000001": ("key_format", "id of a WeChat Pay public key"),
    "192006250b4c09247ec02edce69f6a2d": ("key_format", "32 characters"),
    "<xml></xml>": ("key_format", "XML"),
    KEY[:500]: ("key_format", "no END line"),
    KEY.replace("\nM", "\n?"): ("key_format", "'?'"),
    KEY.replace("\nMIIE", "\n"): ("key_format", "cut short or changed"),
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----": ("key_format", "password"),
    "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----": ("key_format", "CSR"),
    "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----": ("key_format", "cut short"),
    "A" * 3_000_000: ("key_format", "no key has so many"),
    "密钥": ("key_format", "'密'"),
}


@pytest.mark.parametrize("number", range(len(WRONG_KEYS)))
def test_each_mistake_with_a_private_key_is_named(number: int) -> None:
    text, (code, words) = list(WRONG_KEYS.items())[number]
    with pytest.raises(ConfigError) as refused:
        v3.sign("text", text)
    error = refused.value
    assert (error.code, error.field) == (code, "private_key")
    assert words in str(error)
    assert error.remedy and error.remedy_zh
    if len(text) > 100:
        assert text[40:80] not in str(error)
    assert pickle.loads(pickle.dumps(error)).code == code


@pytest.mark.parametrize("key", [None, 7, 1.5, [], {}, object(), Path("key.pem")])
def test_keys_of_a_wrong_type(key: Any) -> None:
    for call in (
        lambda: v3.sign("text", key),
        lambda: v3.encrypt_sensitive("text", key),
        lambda: v3.decrypt_sensitive("AAAA", key),
        lambda: v3.serial_no(key),
        lambda: v3.pay_sign("wx1", 1, NONCE, "prepay_id=wx1", key),
    ):
        with pytest.raises(InvalidRequest):
            call()


def test_a_public_key_where_a_private_one_stands() -> None:
    for call in (lambda: v3.encrypt_sensitive("a", KEY), lambda: v3.serial_no(KEY)):
        with pytest.raises(ConfigError) as refused:
            call()
        assert refused.value.code == "key_is_private"
    with pytest.raises(ConfigError, match="has no serial number"):
        v3.serial_no(MESSAGE["keys"]["PUB_KEY_ID_0119000000012025112800000000000001"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"method": ""}, "method"),
        ({"method": "GET\n"}, "method"),
        ({"method": None}, "method"),
        ({"url": "v3/x"}, "url"),
        ({"url": ""}, "url"),
        ({"url": "/v3/a b"}, "url"),
        ({"url": "/v3/a\nb"}, "url"),
        ({"url": "/v3/订单"}, "url"),
        ({"url": 7}, "url"),
        ({"timestamp": "1554208460000"}, "timestamp"),
        ({"timestamp": 1554208460000}, "timestamp"),
        ({"timestamp": -1}, "timestamp"),
        ({"timestamp": 1.5}, "timestamp"),
        ({"timestamp": ""}, "timestamp"),
        ({"timestamp": True}, "timestamp"),
        ({"nonce_str": ""}, "nonce_str"),
        ({"nonce_str": "a" * 33}, "nonce_str"),
        ({"nonce_str": 'a"b'}, "nonce_str"),
        ({"nonce_str": "a\n"}, "nonce_str"),
        ({"nonce_str": "\ud800"}, "nonce_str"),
        ({"body": b"\xff"}, "body"),
        ({"body": {}}, "body"),
        ({"mch_id": ""}, "mch_id"),
        ({"mch_id": '1"'}, "mch_id"),
        ({"mch_id": 1900000109}, "mch_id"),
        ({"serial_no": 7}, "serial_no"),
    ],
)
def test_what_cannot_be_signed_is_named(changed: dict[str, Any], field: str) -> None:
    given = {
        "mch_id": "1900000109",
        "serial_no": SERIAL,
        "private_key": KEY,
        "method": "GET",
        "url": "/v3/certificates",
        "timestamp": 1554208460,
        "nonce_str": NONCE,
    }
    with pytest.raises(InvalidRequest) as refused:
        v3.authorization(**(given | changed))
    assert refused.value.field == field


def test_serial_numbers() -> None:
    def header(serial: str) -> str:
        return v3.authorization(
            mch_id="1", serial_no=serial, private_key=KEY, method="get", url="https://a.example/v3/x"
        )

    assert v3.serial_no(CERTIFICATE) == SERIAL
    for form in (SERIAL, SERIAL.lower(), ":".join(SERIAL[i : i + 2] for i in range(0, 40, 2)), f"serial={SERIAL}"):
        assert f'serial_no="{SERIAL}"' in header(form)
    assert 'serial_no="0A1B2C3D4E5F60718293A4B5C6D7E8F901234567"' in header("A1B2C3D4E5F60718293A4B5C6D7E8F901234567")
    for wrong, words in {
        "": "is empty",
        "316619589946583748254911118771567464205306098945": SERIAL,
        "PUB_KEY_ID_0119": "WeChat Pay's public key",
        "nothing": "40 hexadecimal digits",
    }.items():
        with pytest.raises(ConfigError, match=words):
            header(wrong)


def test_an_authorization_is_new_each_time_and_explained_as_right() -> None:
    given = {
        "method": "POST",
        "url": "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi",
        "body": '{"mchid":"1900000001"}',
    }
    headers = {v3.authorization(mch_id="1900000001", serial_no=SERIAL, private_key=KEY, **given) for _ in range(5)}
    assert len(headers) == 5
    for header in headers:
        found = v3.explain(
            authorization=header, certificate=CERTIFICATE, private_key=KEY, now=int(time.time()), **given
        )
        assert (found.mistake, found.proved) == ("none", True)


def test_a_serial_number_that_is_given_is_compared_with_the_headers() -> None:
    given = {"method": "GET", "url": "/v3/certificates"}

    def mistake(sent: str, own: str) -> str:
        header = v3.authorization(mch_id="1900000001", serial_no=SERIAL, private_key=KEY, **given)
        header = header.replace(SERIAL, sent)
        return v3.explain(authorization=header, private_key=KEY, serial_no=own, **given).mistake

    other = "5F1C72E2A8931B72A2E13AF8DEE92471EB397115"
    assert mistake(SERIAL, SERIAL) == "none"
    assert mistake(SERIAL, other) == mistake(other, SERIAL) == "serial_differs"
    assert mistake("PUB_KEY_ID_0114734268022024120100381735001200", SERIAL) == "serial_of_platform"
    assert mistake(str(int(SERIAL, 16)), SERIAL) == "serial_is_decimal"


def test_sensitive_fields() -> None:
    public = case("v3_encrypt_sensitive", "S-OAE-04")
    sealed = {v3.encrypt_sensitive("张三", public["public_key"]) for _ in range(3)}
    assert len(sealed) == 3
    assert {v3.decrypt_sensitive(text, public["private_key"]) for text in sealed} == {"张三"}
    assert v3.decrypt_sensitive(v3.encrypt_sensitive("", public["public_key"]), public["private_key"]) == ""
    for text in ("", "A", "张三", "AAAA", "A" * 344, next(iter(sealed))[:-4]):
        with pytest.raises(InvalidRequest) as refused:
            v3.decrypt_sensitive(text, KEY)
        assert refused.value.code == "decrypt_failed"
    with pytest.raises(InvalidRequest, match="214"):
        v3.encrypt_sensitive("张" * 72, public["public_key"])


@pytest.mark.parametrize(
    "key",
    ["0A1B2C3D4E5F60718293A4B5C6D7E8F901234567", "wxpaykitTestApiV3Key0123456789ab\n", "123456", "é" * 16 + "a", ""],
)
def test_api_v3_keys_of_the_wrong_length(key: str) -> None:
    resource = json.loads(MESSAGE["body"])["resource"]
    with pytest.raises(ConfigError) as refused:
        v3.decrypt(resource, key)
    assert refused.value.code == "key_length"
    assert not key or key.strip() not in str(refused.value)


@pytest.mark.parametrize(
    "resource",
    [
        *(None, "", 7, [], {}),
        *({"ciphertext": 7}, {"ciphertext": "é"}, {"ciphertext": "AAAA", "nonce": "short"}),
        *(
            {"ciphertext": "AAAA", "nonce": "aB3dE5fG7hJ9"},
            {"ciphertext": "A", "nonce": "aB3dE5fG7hJ9", "algorithm": "x"},
        ),
    ],
)
def test_resources_of_a_wrong_kind(resource: Any) -> None:
    with pytest.raises(InvalidRequest):
        v3.decrypt(resource, MESSAGE["api_v3_key"])


def test_a_whole_notification_is_decrypted_too() -> None:
    notification = json.loads(MESSAGE["body"])
    plain = v3.decrypt(notification, MESSAGE["api_v3_key"])
    assert plain == v3.decrypt(notification["resource"], MESSAGE["api_v3_key"])


@pytest.mark.parametrize(
    "reply", ["", "x", "[]", "{}", '{"data":[]}', '{"data":[{}]}', b"\xff", '{"data":1}', '{"code":"SIGN_ERROR"}']
)
def test_replies_without_certificates(reply: Any) -> None:
    with pytest.raises(InvalidRequest):
        v3.certificates(reply, MESSAGE["api_v3_key"])


def test_a_merchant_without_certificates_is_told_of_the_public_key() -> None:
    reply = '{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}'
    with pytest.raises(InvalidRequest, match=r"pub_key\.pem"):
        v3.certificates(reply, MESSAGE["api_v3_key"])


def test_certificates_verify_and_the_last_one_encrypts() -> None:
    given = case("v3_certificates", "S-CER-02")
    found = v3.certificates(**given)
    assert list(found) == [v3.serial_no(pem) for pem in found.values()]
    assert verify(keys=found) in found
    assert len(v3.encrypt_sensitive("张三", found[list(found)[-1]])) == 344
    # The newer one is not yet in force.
    assert list(v3.certificates(**given | {"now": 1759248000})) == list(found)[::-1]
    with pytest.raises(InvalidRequest, match=r"valid at 2031-.* until 2030-") as refused:
        v3.certificates(given["reply"], given["api_v3_key"], 1924963200)
    assert refused.value.field == "reply"
    for now in ("1759248000", 1.5, True):
        with pytest.raises((InvalidRequest, TypeError)):
            v3.certificates(given["reply"], given["api_v3_key"], now)  # type: ignore[arg-type]


def test_pay_sign_names_what_is_not_signed() -> None:
    for package in ("", "prepay_id=", "Sign=WXPay", "prepay_id=wx 1"):
        with pytest.raises(InvalidRequest) as refused:
            v3.pay_sign("wx1", 1554208460, NONCE, package, KEY)
        assert refused.value.field == "package"


def test_explain_needs_something_to_explain() -> None:
    for known in ({}, {"method": "GET"}, {"url": "/v3/x"}, {"body": "x"}):
        with pytest.raises(InvalidRequest):
            v3.explain(**known)
    with pytest.raises(TypeError):
        v3.explain("x")  # type: ignore[misc]


def test_no_secret_is_in_an_explanation() -> None:
    found = v3.explain(**(MESSAGE | {"api_v3_key": "x" * 32, "api_key": "y" * 32, "private_key": KEY}))
    shown = f"{found!r} {found} {found.text} {found.to_dict()}"
    assert "x" * 32 not in shown
    assert "y" * 32 not in shown
    assert KEY[100:140] not in shown


def test_huge_and_odd_bodies_are_refused_soon() -> None:
    begun = time.monotonic()
    for body in (b"\0" * 20_000_000, b"[" * 100_000, b"\xff" * 100, '"' * 50_000, b'{"a":' * 4000):
        with pytest.raises(SignatureError):
            verify(body=body)
    assert time.monotonic() - begun < 20


def test_rsa_runs_without_the_gil() -> None:
    """While one thread signs, another one counts."""
    done = threading.Event()
    turns = 0

    def sign() -> None:
        for _ in range(30):
            v3.sign(b"x" * 5_000_000, KEY)
        done.set()

    thread = threading.Thread(target=sign)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0)
    thread.join()
    assert turns > 200


def test_errors_are_of_the_package() -> None:
    assert v3.__all__ == sorted(v3.__all__)
    for name in v3.__all__:
        assert getattr(wxpaykit.v3, name).__doc__
    assert issubclass(SignatureError, WxPayError)


def test_the_page_of_apiv3(capsys: pytest.CaptureFixture[str]) -> None:
    text = (VECTORS.parents[1] / "docs/apiv3.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for block in text.split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "docs/apiv3.md", "exec", dont_inherit=True), names)
    settings = {
        "mch_id": "1900000001",
        "appid": "wxd678efh567hg6787",
        "client_cert": CERTIFICATE,
        "client_key": KEY,
        "keys": MESSAGE["keys"],
        "api_v3_key": MESSAGE["api_v3_key"],
    }
    path, body = "/v3/pay/transactions/jsapi", '{"mchid":"1900000001"}'
    headers = names["signed"](settings, "POST", path, body)
    assert names["why_refused"](settings, "POST", path, body, headers, None)[:2] == ("none", True)
    assert names["why_refused"](settings, "POST", path, body + " ", headers, None)[:2] == ("body_trimmed", True)
    page = case("v3_pay_sign", "S-PAY-02")
    made = names["page"](settings, page["package"].removeprefix("prepay_id="), page["timestamp"], page["nonce_str"])
    assert made["paySign"] == v3.pay_sign(**page)
    status, event = names["notified"](settings, MESSAGE["headers"], MESSAGE["body"], MESSAGE["now"])
    assert (status, event[0]) == (200, "TRANSACTION.SUCCESS")
    assert names["notified"](settings, MESSAGE["headers"], MESSAGE["body"]) == (401, None)
    assert "older than 300 seconds" in capsys.readouterr().out
    assert names["why_not_authentic"](settings, MESSAGE["headers"], MESSAGE["body"])[0] == "none"
    certificates = case("v3_certificates", "S-CER-02")
    keys, newest = names["downloaded"]({"api_v3_key": certificates["api_v3_key"]}, certificates["reply"])
    assert newest == "50062CE505775F070CAB06E697F1BBD1AD4F4D87"
    assert len(keys) == 2


def test_a_key_that_is_held_does_not_hide_another() -> None:
    """The last private keys stay in memory: each text has its own, and one that was damaged since is refused."""
    cases = json.loads((VECTORS / "v3_private_key.json").read_text(encoding="utf-8"))["cases"]
    known = {one["given"]["private_key"]: one["expect"] for one in cases if "expect" in one}
    assert len(known) > 4
    for _ in range(2):
        for text, signature in known.items():
            for same in (text, text.encode(), memoryview(text.encode())):
                assert v3.sign("wxpaykit", same) == signature
            with pytest.raises(ConfigError):
                v3.sign("wxpaykit", text[: len(text) // 2])


def ended(child: int) -> int:
    """The status of a forked child. One that waits for a lock for ever is killed: it would keep the output open."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_signs_while_threads_sign() -> None:
    signature = v3.sign("wxpaykit", KEY)
    stop = threading.Event()

    def sign() -> None:
        while not stop.is_set():
            v3.sign("wxpaykit", KEY)

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(100):
            child = os.fork()
            if child == 0:
                os._exit(0 if v3.sign("wxpaykit", KEY) == signature else 1)
            assert ended(child) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
