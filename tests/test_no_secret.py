"""That a secret is found however a program printed it, and that nothing else is."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import no_secret
import pytest

from wxpaykit.testing import Emulator

TOKEN = "57_" + "aB3-_" * 17 + "z"


@pytest.fixture(scope="module")
def merchant() -> dict[str, str]:
    with Emulator() as wechat:
        return {**wechat.settings, **wechat.v3_settings}


@pytest.mark.parametrize("name", no_secret.SECRET)
def test_a_secret_is_found_in_every_form(merchant: dict[str, str], name: str) -> None:
    secret = merchant[name]
    for before in ("", "x", "xy"):
        for form in (b64encode, urlsafe_b64encode):
            assert no_secret.found(form(f"{before}{secret}&".encode()).decode()), before
    for printed in (
        f"key={secret}&",
        repr(secret),
        json.dumps({"a": json.dumps(secret)}),
        secret.upper(),
        secret.replace("\n", ""),
        quote(secret),
        secret.encode().hex(),
    ):
        said = no_secret.found(f"at the start {printed} at the end")
        assert any(one.startswith(name) for one in said), printed
        assert not [one for one in said if secret[40:60] in one and secret[40:60]]


@pytest.mark.parametrize(
    "printed",
    [
        f"GET /cgi-bin/ticket/getticket?access_token={TOKEN}&type=jsapi",
        f"no name {TOKEN}",
        json.dumps({"session_key": "tiihtNczf5v6AKRyjwEUhQ=="}),
        json.dumps(json.dumps({"jsapi_ticket": "k" * 86})),
        f"ticket {'k' * 86}",
        "{'refresh_token': '" + "r" * 24 + "'}",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_token_is_found(printed: str) -> None:
    assert no_secret.found(printed), printed


@pytest.mark.parametrize(
    "printed",
    [
        "access_token  ***",
        '{"access_token": "***", "ticket": "***"}',
        "the private key of the certificate: apiclient_key.pem",
        "appid=wxd930ea5d5a258f4f&key=***",
        "session_key is not the one of this login",
        "b91ce82aeaec4c6194e6224e360e60e5",
        "test_an_access_token_is_renewed_by_one_of_all_workers",
    ],
)
def test_what_is_no_secret_is_not_found(printed: str) -> None:
    assert no_secret.found(printed) == []


def test_the_program_names_what_it_found_and_no_value(merchant: dict[str, str]) -> None:
    def ran(output: bytes, *also: str) -> tuple[int, bytes, bytes]:
        command = [sys.executable, no_secret.__file__, *(word for secret in also for word in ("--also", secret))]
        done = subprocess.run(command, input=output, capture_output=True)
        return done.returncode, done.stdout, done.stderr

    assert ran(b"\xff nothing, hunter2") == (0, b"", b"")
    assert ran(f"key={merchant['api_key']}".encode()) == (1, b"", b"the output has api_key\n")
    assert ran(b"hunter2 HUNTER3", "hunter3", "hunter4") == (1, b"", b"the output has a secret of the test\n")
