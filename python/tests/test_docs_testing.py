"""The tests of docs/testing.md, run as a reader would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_docs import blocks, django_files, framework_block

PYTEST = ["pytest", "-q", "-p", "no:cacheprovider"]


def block(first: str) -> str:
    (found,) = [block for block in blocks("testing.md") if block.startswith(first)]
    return found


def run(folder: Path, *command: str, **environment: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WXPAY_")} | environment
    ran = subprocess.run(
        [sys.executable, *command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


@pytest.mark.parametrize(
    ("first", "runner", "passed"),
    [
        ("from wxpaykit import TransportError", PYTEST, "3 passed"),
        ("# reconcile\n", PYTEST, "1 passed"),
        ("# history\n", PYTEST, "1 passed"),
        ("# unit tests\n", PYTEST, "2 passed"),
        ("import unittest\n", ["unittest", "-v"], "Ran 1 test"),
    ],
    ids=["pytest", "reconcile", "history", "unit", "unittest"],
)
def test_the_tests_of_the_guide(tmp_path: Path, first: str, runner: list[str], passed: str) -> None:
    (tmp_path / "test_shop.py").write_text(block(first), encoding="utf-8")
    assert passed in run(tmp_path, "-m", *runner, "test_shop.py")


@pytest.mark.parametrize("name", ["flask", "fastapi"])
def test_the_tests_of_a_shop_in_a_framework(tmp_path: Path, name: str) -> None:
    (tmp_path / "shop.py").write_text(framework_block(name), encoding="utf-8")
    (tmp_path / "test_shop.py").write_text(block(f"# {name}\n"), encoding="utf-8")
    assert "1 passed" in run(tmp_path, "-m", *PYTEST, "test_shop.py", PYTHONPATH=str(tmp_path))


def test_the_tests_of_a_shop_in_django(tmp_path: Path) -> None:
    django_files(tmp_path, {"shop/tests.py": block("# django\n")})
    code = (
        "from django.core.management import execute_from_command_line as manage;"
        "manage(['manage.py', 'makemigrations', 'shop']); manage(['manage.py', 'test'])"
    )
    # unittest looks at every name of the module, and so makes the client of `from wxpaykit.django import pay`.
    settings = {"WXPAY_APPID": "wxd930ea5d5a258f4f", "WXPAY_MCH_ID": "10000100", "WXPAY_API_KEY": "0" * 32}
    ran = run(tmp_path, "-W", "error::RuntimeWarning", "-c", code, DJANGO_SETTINGS_MODULE="settings", **settings)
    assert "Ran 2 tests" in ran


def test_every_block_is_run() -> None:
    assert len(blocks("testing.md")) == 8
