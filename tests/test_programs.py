"""Each file of tests in Rust belongs to a program that cargo builds: one that is in none would never run."""

import re
from pathlib import Path

import pytest
import tomllib

ROOT = Path(__file__).resolve().parent.parent
CRATES = [path.parent.parent for path in sorted(ROOT.glob("*/tests/main.rs"))]


def test_core_and_the_emulator_have_one_program():
    assert [crate.name for crate in CRATES] == ["core", "emulator"]


@pytest.mark.parametrize("crate", CRATES, ids=lambda crate: crate.name)
def test_each_file_is_in_a_program(crate):
    manifest = tomllib.loads((crate / "Cargo.toml").read_text(encoding="utf-8"))
    assert manifest["package"]["autotests"] is False
    programs = {Path(test.get("path", f"tests/{test['name']}.rs")).stem for test in manifest["test"]}
    modules = set(re.findall(r"^mod (\w+);$", (crate / "tests/main.rs").read_text(encoding="utf-8"), re.M))
    assert programs | modules == {path.stem for path in (crate / "tests").glob("*.rs")} | {"common"}
