"""The tests of docs/testing.md, run as a reader would run them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.mark.parametrize(
    ("first", "runner", "passed"),
    [
        ("from wxpaykit import TransportError", ["pytest", "-q", "-p", "no:cacheprovider"], "3 passed"),
        ("from wxpaykit.testing import confirmed_payment", ["pytest", "-q", "-p", "no:cacheprovider"], "1 passed"),
        ("import unittest\n", ["unittest", "-v"], "Ran 1 test"),
    ],
    ids=["pytest", "unit", "unittest"],
)
def test_the_tests_of_the_guide(tmp_path: Path, first: str, runner: list[str], passed: str) -> None:
    page = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    assert len(blocks) == 3
    (block,) = [block for block in blocks if block.startswith(first)]
    (tmp_path / "test_shop.py").write_text(block, encoding="utf-8")
    command = [sys.executable, "-m", *runner, "test_shop.py"]
    ran = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ran.returncode == 0, ran.stdout
    assert passed in ran.stdout
