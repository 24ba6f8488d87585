"""The commands of docs/command.md, run in a shell against the emulator, with what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
from conftest import ROOT, Emulator

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def steps(page: str) -> list[tuple[str, str]]:
    """Each command and what it prints, in the order of the page."""
    text = "".join(BLOCK.findall((ROOT / page).read_text(encoding="utf-8")))
    parts = re.split(r"^\$ (.+)\n", text, flags=re.M)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("page", ["docs/command.md", "docs/zh/command.md"])
def test_the_page(page: str, emulator: Emulator, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WXPAY_")}
    env |= {f"WXPAY_{name.upper()}": str(value) for name, value in emulator.settings.items()}
    env["PATH"] = f"{sysconfig.get_path('scripts')}:{env['PATH']}"
    found = steps(page)
    assert len(found) >= 15
    for command, expected in found:
        numbered = command.replace("DOC1", f"{page.replace('/', '_')[-20:-3]}_{os.getpid()}")
        done = subprocess.run(
            ["bash", "-c", numbered], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
        )
        said = "".join(
            line for line in (done.stdout + done.stderr).splitlines(keepends=True) if "endpoints is set" not in line
        )
        said = said.replace(numbered.partition("out_trade_no=")[2].partition(" ")[0] or "DOC1", "DOC1")
        pattern = re.escape(expected).replace("…", ".*")
        assert re.fullmatch(pattern, said, re.S), f"{command}\n{said}"
