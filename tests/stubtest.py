"""Runs mypy.stubtest over the whole package: the types that a checker sees match the package at run time.

Django's models can be imported only in a project, so the shop of the tests is set up first.
"""

import os
import sys
import tempfile
from pathlib import Path

from mypy import stubtest

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            SHOP_DB=f"{folder}/shop.db",
            SHOP_SHIPPED=f"{folder}/shipped",
            WXPAY_APPID="wxd930ea5d5a258f4f",
            WXPAY_MCH_ID="10000100",
            WXPAY_API_KEY="0" * 32,
        )
        sys.path.insert(0, str(ROOT / "tests/apps/python"))
        import django_shop  # noqa: F401

        options = ["wxpaykit", "--mypy-config-file", str(ROOT / "pyproject.toml")]
        options += ["--allowlist", str(ROOT / "tests/stubtest.txt")]
        sys.exit(stubtest.test_stubs(stubtest.parse_options(options)))
