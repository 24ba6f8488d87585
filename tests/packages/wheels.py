"""What pip would install, in an environment of its own: both wheels, the program, the fixtures under pytest-xdist, and
a first payment by the command alone, in Flask, FastAPI, Django and Jupyter.

`make wheels` builds them. Prints a line that counts, as test runners do.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

import no_secret  # noqa: E402

WHEELS = ROOT / "target/wheels"
PLAYS = ROOT / "tests/packages/plays"
#: What a shop installs beside wxpaykit, by the name of its play.
FRAMEWORKS: dict[str, list[str]] = {
    "command": [],
    "flask": ["flask"],
    "fastapi": ["fastapi", "uvicorn"],
    "django": ["django"],
    "jupyter": ["ipykernel", "nbclient"],
}

SHOP_TEST = """
import pytest
from wxpaykit import WxPay, new_out_trade_no
from wxpaykit.testing import Emulator


@pytest.mark.parametrize("n", range(6))
def test_an_order(wxpay_emulator: Emulator, n: int) -> None:
    pay = WxPay(**wxpay_emulator.settings)
    number = new_out_trade_no()
    pay.unifiedorder(body="x", out_trade_no=number, total_fee=1, openid=wxpay_emulator.openid, spbill_create_ip="::1")
    wxpay_emulator.pay(out_trade_no=number)
    assert pay.orderquery(out_trade_no=number).trade_state == "SUCCESS"
"""

# Functions for the tests of this repository are not in a wheel.
NO_PROBE = """
from wxpaykit import _native
from pathlib import Path
found = [name for name in dir(_native) if "probe" in name.lower()]
assert not found, found
stub = Path(_native.__file__).with_name("_native.pyi")
assert "probe" not in stub.read_text().lower(), stub
"""


#: Everything that was printed.
SHOWN: list[str] = []


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    SHOWN.append(done.stdout)
    if done.returncode != 0:
        raise SystemExit(
            f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}\n0 passed, 1 failed"
        )
    return done.stdout


def hold_addresses(wheel: Path) -> None:
    """PyPI's page links to the documents, the sources and the issues."""
    with zipfile.ZipFile(wheel) as files:
        (metadata,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        named = re.findall(r"^Project-URL: (\w+), https://", files.read(metadata).decode(), re.M)
    if sorted(named) != ["Changelog", "Documentation", "Homepage", "Issues", "Source"]:
        raise SystemExit(f"{wheel.name} has the addresses {named}\n0 passed, 1 failed")


def hold_sentence(python: Path, cwd: Path, environment: dict[str, str]) -> None:
    """Without the native module, or with another file in its place, the last line says what to do.

    The command prints that line alone.
    """
    found = run(python, "-c", "from wxpaykit import _native; print(_native.__file__)", cwd=cwd, **environment)
    module = Path(found.strip())
    kept = module.read_bytes()
    module.unlink()
    for content in (None, b"404: Not Found\n"):
        if content is not None:
            module.write_bytes(content)
        for language, begins in (("en", "its native module cannot be loaded ("), ("zh", "无法加载原生模块（")):
            command = [str(python), "-c", "import wxpaykit"]
            env = {**os.environ, **environment, "WXPAYKIT_LANG": language, "PYTHONUTF8": "1"}
            ended = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8")
            last = ended.stderr.strip().splitlines()[-1:]
            words = (begins, "pip install --force-reinstall wxpaykit")
            if not last or "circular" in last[0] or any(word not in last[0] for word in words):
                raise SystemExit(f"without its native module: {ended.stderr}\n0 passed, 1 failed")
            command = [str(python.with_name("wxpaykit")), "--version"]
            ended = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8")
            if (ended.returncode, ended.stderr.strip()) != (1, last[0].removeprefix("ImportError: ")):
                raise SystemExit(f"the command without its native module: {ended.stderr}\n0 passed, 1 failed")
    module.write_bytes(kept)


def hold_licences(wheel: Path) -> None:
    licences = {name: (ROOT / name).read_bytes() for name in ("LICENSE-MIT", "LICENSE-APACHE", "LICENSE-THIRD-PARTY")}
    with zipfile.ZipFile(wheel) as files:
        held = {Path(name).name: files.read(name) for name in files.namelist() if ".dist-info/licenses/" in name}
    if held != licences:
        raise SystemExit(f"{wheel.name} has the licences {sorted(held)}\n0 passed, 1 failed")


def main() -> int:
    wheels = sorted(WHEELS.glob("*.whl"))
    if len(wheels) != 2:
        raise SystemExit(f"{WHEELS} has {len(wheels)} wheels, not 2: make wheels\n0 passed, 1 failed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "venv"
        for wheel in wheels:
            hold_licences(wheel)
            hold_addresses(wheel)
        venv.create(place, with_pip=True)
        pip = [place / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*pip, "--find-links", WHEELS, "wxpaykit[emulator]", "pytest", "pytest-xdist")
        # The folder has no file of the checkout.
        (folder / "test_shop.py").write_text(SHOP_TEST)
        clean = {"PYTHONPATH": "", "WXPAYKIT_EMULATOR": "", "PATH": "/usr/bin:/bin"}
        said = run(place / "bin/wxpaykit-emulator", "--version", cwd=folder)
        command = place / "bin/wxpaykit"
        said += run(command, "--version", cwd=folder, **clean)
        said += run(command, "xml", "total_fee=100", cwd=folder, **clean)
        # Beside the command, where pip puts it.
        said += run(command, "emulator", "--", "--version", cwd=folder, **clean)
        run(place / "bin/python", "-c", "import wxpaykit, wxpaykit.testing", cwd=folder, **clean)
        run(place / "bin/python", "-c", NO_PROBE, cwd=folder, **clean)
        ran = run(place / "bin/python", "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", cwd=folder, **clean)
        print(said.strip())
        print(ran.strip())
        run(*pip, *sorted({package for packages in FRAMEWORKS.values() for package in packages}))
        shop = folder / "shop"
        shutil.copytree(PLAYS, shop)
        shutil.copy(ROOT / "examples/notebooks/1-first-payment.ipynb", shop)
        # The kernel of Jupyter looks for the program in PATH.
        clean["PATH"] = f"{place / 'bin'}:{clean['PATH']}"
        for name in FRAMEWORKS:
            played = run(place / "bin/python", f"play_{name}.py", cwd=shop, **clean).strip().splitlines()
            if played[-1:] != ["shipped"]:
                raise SystemExit(f"play_{name}.py printed {played}\n0 passed, 1 failed")
        hold_sentence(place / "bin/python", folder, clean)
        if names := no_secret.found("\n".join(SHOWN)):
            raise SystemExit(f"the outputs have {names}\n0 passed, 1 failed")
        print(f"{len(FRAMEWORKS) + 1} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
