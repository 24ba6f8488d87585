"""Tries what ``dist.py`` built for this machine: the glibc it needs, its size, and a first payment from packages alone.

Everything is installed into empty folders outside of the repository, without a compiler; then pip builds the archive of
the sources, where there is one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "target/packages"
#: The newest glibc that a build may need: Debian 10, RHEL 8, Ubuntu 20.04 and newer have it.
NEWEST = (2, 28)
#: How large a native file may be, in bytes. In November 2026 Python's extension had 15.6 MB, and 17.3 MB in cargo's
#: profile `release`. A crate that makes more of it, such as a writer of Parquet, is a decision. command.py has the
#: bound of what the command adds to it.
LARGEST = 18_000_000

RUST = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup"}

PYTHON = """
from wxpaykit import WxPay, new_out_trade_no
from wxpaykit.testing import Emulator
with Emulator() as wechat:
    pay, number = WxPay(**wechat.settings), new_out_trade_no()
    pay.unifiedorder(body="x", out_trade_no=number, total_fee=1, openid=wechat.openid, spbill_create_ip="127.0.0.1")
    wechat.pay(out_trade_no=number)
    print(pay.orderquery(out_trade_no=number).trade_state)
"""
NODE = """
import { WxPay, newOutTradeNo } from 'wxpaykit'
import { startEmulator } from 'wxpaykit/testing'
const wechat = await startEmulator()
const pay = new WxPay(wechat.options)
const out_trade_no = newOutTradeNo()
await pay.unifiedorder({ body: 'x', out_trade_no, total_fee: 1, openid: wechat.openid, spbill_create_ip: '127.0.0.1' })
await wechat.pay({ out_trade_no })
console.log((await pay.orderquery({ out_trade_no })).trade_state)
await wechat.stop()
"""


def native_files() -> Iterator[tuple[str, bytes]]:
    """Every ELF file of every package."""
    for package in sorted(PACKAGES.iterdir()):
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as files:
                yield from _elf(package, ((name, files.read(name)) for name in files.namelist()))
        elif package.suffix == ".tgz":
            with tarfile.open(package) as files:
                members = [member for member in files.getmembers() if member.isfile()]
                yield from _elf(package, ((member.name, files.extractfile(member).read()) for member in members))


def _elf(package: Path, files: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for name, content in files:
        if content.startswith(b"\x7fELF"):
            yield f"{package.name}: {name}", content


def glibc_of(content: bytes) -> tuple[int, int]:
    """The newest version of glibc's symbols that a file needs."""
    newest = (0, 0)
    for section in ELFFile(BytesIO(content)).iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _, needed in section.iter_versions():
                for version in needed:
                    if found := re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version.name):
                        newest = max(newest, (int(found[1]), int(found[2])))
    return newest


def need_size(name: str, size: int) -> None:
    """Ends when a native file is larger than what everybody should have to download."""
    if size > LARGEST:
        raise SystemExit(f"{name}: {size:,} bytes are more than {LARGEST:,}")


def run(*command: str | Path, cwd: Path, **more: str) -> str:
    # No setting of a shop. Windows cannot work without its own variables.
    kept = os.environ if sys.platform == "win32" else {"PATH": os.environ["PATH"]}
    clean = {name: value for name, value in kept.items() if not name.startswith("WXPAY")}
    clean |= {"HOME": str(cwd), "XDG_STATE_HOME": str(cwd), **more}
    first = shutil.which(str(command[0])) or str(command[0])
    done = subprocess.run([first, *map(str, command[1:])], cwd=cwd, env=clean, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}")
    return done.stdout.strip()


def build(interpreter: Path, sources: Path, into: Path) -> None:
    """Builds an archive of the sources as pip does where there is no wheel."""
    into.mkdir()
    # Where rustup and cargo keep what they have.
    homes = {name: os.environ.get(name, str(Path.home() / folder)) for name, folder in RUST.items()}
    # The quickest profile: it is about what the archive has in it.
    quick = {"MATURIN_PEP517_ARGS": "--profile dev"}
    command = (interpreter, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps")
    run(*command, "--wheel-dir", into, sources, cwd=into, **homes, **quick)
    (wheel,) = into.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        if not any(name.startswith("wxpaykit/_native.") for name in files.namelist()):
            raise SystemExit(f"{sources.name}: its wheel has no native module")
    print(f"{sources.name}: {wheel.name}")


def main() -> int:
    count = 0
    for name, content in native_files():
        count += 1
        version = glibc_of(content)
        print(f"{name}: {len(content):,} bytes, glibc {version[0]}.{version[1]}")
        if not (0, 0) < version <= NEWEST:
            raise SystemExit(f"{name}: glibc {version[0]}.{version[1]} is newer than {NEWEST[0]}.{NEWEST[1]}")
        need_size(name, len(content))
    if sys.platform == "linux" and count != 4:
        raise SystemExit(f"{count} native files in {PACKAGES}, not 4: run dist.py --sources first")

    with tempfile.TemporaryDirectory() as name:
        python = Path(name, "python")
        venv.create(python / "venv", with_pip=True)
        interpreter = python / ("venv/Scripts/python.exe" if sys.platform == "win32" else "venv/bin/python")
        pip = (interpreter, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        run(*pip, "--no-index", "--find-links", PACKAGES, "wxpaykit[emulator]", cwd=python)
        (python / "shop.py").write_text(PYTHON)
        said = run(interpreter, "shop.py", cwd=python)
        print("Python:", said)

        node = Path(name, "node")
        node.mkdir()
        (node / "package.json").write_text(json.dumps({"name": "shop", "private": True}))
        run("npm", "install", "--silent", "--offline", "--no-audit", "--no-fund", *PACKAGES.glob("*.tgz"), cwd=node)
        (node / "shop.mjs").write_text(NODE)
        said = said, run("node", "shop.mjs", cwd=node)
        print("Node:", said[1])

        for sources in PACKAGES.glob("*.tar.gz"):
            build(interpreter, sources, Path(name, "built"))
    if said != ("SUCCESS", "SUCCESS"):
        raise SystemExit("a payment did not succeed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
