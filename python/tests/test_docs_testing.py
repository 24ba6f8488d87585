"""The tests of docs/testing.md, run as a reader would run them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def test_the_tests_of_the_guide(tmp_path: Path) -> None:
    (block,) = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs/testing.md").read_text(encoding="utf-8"), re.M | re.S
    )
    (tmp_path / "test_shop.py").write_text(block, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    ran = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout
