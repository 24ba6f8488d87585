"""What ``make demo`` takes from the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_a_shop_gets_no_settings_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WXPAY_API_KEY", "WXPAY_SUB_MCH_ID", "SHOP_API"):
        monkeypatch.setenv(name, "another shop's")
    monkeypatch.setenv("WXPAYKIT_EMULATOR", "emulator")
    inherited = demo.inherited()
    assert not {"WXPAY_API_KEY", "WXPAY_SUB_MCH_ID", "SHOP_API"} & set(inherited)
    assert inherited["WXPAYKIT_EMULATOR"] == "emulator"
