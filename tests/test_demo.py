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

#: What a demo says at its end, by language.
ENDS = {
    "en": (r"^10 of 10 in \d+\.\d s$", ["the shop", "its staff", "the emulator"], "next", "its log: "),
    "zh": (r"^10 步全部完成，用时 \d+\.\d 秒$", ["商城", "商城员工", "模拟器"], "下一步", "日志："),
}


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


@pytest.mark.parametrize("language", ENDS)
@pytest.mark.parametrize("shop", demo.ALL)
def test_the_guide_that_a_demo_names_is_there(shop: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXPAYKIT_LANG", language)
    page, _, anchor = demo.guide(shop).partition("#")
    assert ("/zh/" in page) == (language == "zh")
    heads = re.findall(r"^## (.*)$", (ROOT / page).read_text(encoding="utf-8"), re.M)
    assert anchor in ["", *(head.lower().replace(" ", "-") for head in heads)]


@pytest.mark.parametrize(
    ("chosen", "chinese"),
    [
        ({}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "de_DE", "LC_MESSAGES": "zh"}, True),
        ({"WXPAYKIT_LANG": " ZH-cn ", "LC_ALL": "en_US"}, True),
        ({"WXPAYKIT_LANG": "", "LC_ALL": "zh@x"}, True),
        ({"LANG": "zha"}, False),
    ],
)
def test_a_demo_has_the_language_of_the_package(
    chosen: dict[str, str], chinese: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WXPAYKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    assert demo.chinese() == chinese
    ask = "from wxpaykit import WxPay; WxPay(appid='wx1', mch_id='1', api_key='short')"
    refused = subprocess.run([demo.PYTHON, "-c", ask], capture_output=True, text=True, encoding="utf-8")
    assert bool(re.search("[一-鿿]", refused.stderr.splitlines()[-1])) == chinese, refused.stderr


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
            if b"Ctrl-C" in shown:
                running.send_signal(signal.SIGINT)
    os.close(ours)
    return shown.decode(), running.wait(20)


@pytest.mark.parametrize(
    ("shop", "api", "language"), [("flask", "v2", "en"), ("flask", "v2", "zh"), ("express", "v3", "zh")]
)
def test_a_demo_at_a_terminal(shop: str, api: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXPAYKIT_LANG", language)
    end, names, after, log_is = ENDS[language]
    shown, status = at_a_terminal(shop, "--api", api)
    assert status == 0, shown
    assert "\x1b[" in shown, "no colour"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    plain = plain.replace("\r\n", "\n")
    assert re.search(end, plain, re.M), plain
    assert re.findall(r"^  (\w[\w ]*?) +http://127\.0\.0\.1:\d+", plain, re.M) == names, plain
    assert re.search(rf"^  {after} +{re.escape(demo.guide(shop))}, examples/{shop}_shop", plain, re.M), plain
    log = re.search(rf"^ +{log_is}(\S+)$", plain, re.M)
    assert log, plain
    if language == "zh":
        # The reasons of the emulator and of the shop are Chinese too. What is English is a name.
        assert not re.findall(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", plain), plain
    assert no_secret.found(plain + (ROOT / log[1]).read_text()) == []
