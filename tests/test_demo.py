"""What ``make demo`` takes from the environment, and what it shows at a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import no_secret
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

import demo  # noqa: E402


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_a_variable_api_of_another_program_is_refused_before_anything_is_built() -> None:
    ended = make("known-api", "API=https://api.example")
    assert ended.returncode == 2
    assert "API is v2 or v3, not https://api.example" in ended.stderr
    assert make("known-api", "API=v3").returncode == make("known-api", "API=").returncode == 0
    rules = (ROOT / "Makefile").read_text().splitlines()
    assert "known-api" in next(rule for rule in rules if rule.startswith("demo: known"))


def test_a_demo_builds_the_packages_of_one_language() -> None:
    stages = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("DEMO_STAGES"))
    assert stages == "DEMO_STAGES := emulator $(if $(filter $(SHOP),$(NODE_SHOPS)),shop-$(SHOP),python)"
    # All that would run, whatever is built already.
    node = make("-nB", "TOOLS=node", "emulator", "shop-express").stdout
    assert "node/scripts/build.mjs" in node
    assert not re.search("maturin|pip install|-m venv", node)
    python = make("-nB", "TOOLS=python", "emulator", "python").stdout
    assert "maturin develop" in python
    assert not re.search(r"\bnpm\b|\.mjs", python)


def test_a_shop_gets_no_settings_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WXPAY_API_KEY", "WXPAY_SUB_MCH_ID", "SHOP_API"):
        monkeypatch.setenv(name, "another shop's")
    monkeypatch.setenv("WXPAYKIT_EMULATOR", "emulator")
    inherited = demo.inherited()
    assert not {"WXPAY_API_KEY", "WXPAY_SUB_MCH_ID", "SHOP_API"} & set(inherited)
    assert inherited["WXPAYKIT_EMULATOR"] == "emulator"


def at_a_terminal(*arguments: str) -> tuple[str, int]:
    """What a demo shows at a terminal until Ctrl-C ends it, and its status."""
    ours, its = pty.openpty()
    running = subprocess.Popen([sys.executable, "examples/demo.py", *arguments], cwd=ROOT, stdout=its, stderr=its)
    os.close(its)
    shown = b""
    with suppress(OSError):  # The other end is closed.
        while more := os.read(ours, 65536):
            shown += more
            if b"Ctrl-C ends both." in shown:
                running.send_signal(signal.SIGINT)
    os.close(ours)
    return shown.decode(), running.wait(20)


@pytest.mark.parametrize(("shop", "api"), [("flask", "v2"), ("express", "v3")])
def test_a_demo_at_a_terminal(shop: str, api: str) -> None:
    shown, status = at_a_terminal(shop, "--api", api)
    assert status == 0, shown
    assert "\x1b[" in shown, "no colour"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert re.search(r"10 of 10 in \d+\.\d s", plain), plain
    addresses = re.findall(r"^  (the shop|its staff|the emulator) +http://127\.0\.0\.1:\d+", plain, re.M)
    assert addresses == ["the shop", "its staff", "the emulator"], plain
    assert re.search(r"^  next +docs/\S+, examples/" + shop, plain, re.M), plain
    log = re.search(r"its log: (\S+)", plain)
    assert log, plain
    assert no_secret.found(plain + (ROOT / log[1]).read_text()) == []
