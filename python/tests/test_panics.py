"""What a panic of the native module prints and raises: nothing secret, and it ends the call."""

import os
import subprocess
import sys

import no_secret
import pytest
from conftest import Emulator

# No thread can have such a stack, and the first call needs one.
NO_THREADS = {"RUST_MIN_STACK": str(1 << 60)}
# No hexadecimal number, such as an address in a backtrace, has it in it.
CODE = "oauth-code-0001"
NO_THREADS_SCRIPT = """
calls = [
    lambda: WxPay(**SETTINGS).orderquery(out_trade_no="A1"),
    lambda: WxPay(**SETTINGS).jssdk.access_token(),
    lambda: asyncio.run(AsyncWxPay(**SETTINGS).oauth.access_token(CODE)),
]
for call in calls:
    try:
        call()
    except BaseException as error:
        print(type(error).__name__, repr(error), vars(error))
        traceback.print_exc()
"""
# PyO3 panics in Rust again when Python raises its exception for panics; a store is asked on the module's own thread.
STORE_SCRIPT = """
class Store:
    def get(self, key):
        (panic,) = [found for found in BaseException.__subclasses__() if found.__name__ == "PanicException"]
        print(panic.__name__)
        raise panic("mine")
    def put(self, key, value, life): pass
    def add(self, key, value, life): return True
    def compare_and_set(self, key, old, value, life): return True
    def delete(self, key): pass

assert WxPay(**{**SETTINGS, "store": Store()}).jssdk.access_token()
assert asyncio.run(AsyncWxPay(**{**SETTINGS, "store": Store()}).jssdk.access_token())
"""


@pytest.mark.parametrize(
    ("script", "environment", "said"),
    [(NO_THREADS_SCRIPT, NO_THREADS, "panicked at"), (STORE_SCRIPT, {}, "resuming a panic")],
    ids=["no threads", "a store that panics"],
)
def test_a_panic_shows_no_secret(emulator: Emulator, script: str, environment: dict[str, str], said: str) -> None:
    before = f"""
import asyncio, logging, traceback
from wxpaykit import AsyncWxPay, WxPay
logging.basicConfig(level=logging.DEBUG)
SETTINGS, CODE = {emulator.settings!r}, {CODE!r}
"""
    ended = subprocess.run(
        [sys.executable, "-c", before + script],
        env=os.environ | environment | {"RUST_BACKTRACE": "full"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 0, ended.stderr
    assert "PanicException" in ended.stdout
    assert said in ended.stderr
    assert no_secret.found(ended.stdout + ended.stderr, [CODE]) == []
