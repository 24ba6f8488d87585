"""SECURITY.md says where each promise is tested. The files must exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_files_that_the_security_page_names_exist():
    named = re.findall(r"`((?:core|emulator|node|python|tests|\.github)/[^` ]+)`", (ROOT / "SECURITY.md").read_text())
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []
