"""Builds the packages of one platform into ``target/packages``: wheels of wxpaykit and the emulator, and npm packages.

    python packaging/dist.py                    for this machine; on Linux for glibc 2.28 and newer, by zig
    python packaging/dist.py --platform NAME    one of platforms.json
    python packaging/dist.py --sources          also what is the same on all platforms: the sdist, and npm's JavaScript;
                                                and on Linux it measures what the command adds to the wheel

The pages of npm and PyPI get absolute links.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import command

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "target/packages"
PLATFORMS = {entry["name"]: entry for entry in json.loads((ROOT / "packaging/platforms.json").read_text())}
#: Programs of the environment that runs this file.
BIN = Path(sysconfig.get_path("scripts"))


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    print("+", *command, flush=True)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def this_machine() -> str:
    cpu = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    if sys.platform == "linux":
        return f"linux-{cpu}-{'gnu' if platform.libc_ver()[0] == 'glibc' else 'musl'}"
    return f"win32-{cpu}-msvc" if sys.platform == "win32" else f"darwin-{cpu}"


def sources() -> Path:
    """A copy of the tracked files whose README has absolute links: maturin takes it as PyPI's page."""
    place = OUT / "sources"
    shutil.rmtree(place, ignore_errors=True)
    for name in run("git", "ls-files", "-z").rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            # With its time, so that cargo builds only what changed.
            shutil.copy2(ROOT / name, place / name)
    for page in ("README.md", "emulator/README.md"):
        with (ROOT / page).open("rb") as source:
            (place / page).write_bytes(
                subprocess.run(
                    ["node", "packaging/links.mjs", page], cwd=ROOT, stdin=source, check=True, stdout=subprocess.PIPE
                ).stdout
            )
    return place


def wheel(tree: Path, crate: str, place: dict[str, str], out: Path, *others: str) -> None:
    """Builds a wheel for a platform, with more options of maturin's."""
    zig = place.get("zig")
    # musllinux is 1_2 by its nature; macOS and Windows have a tag of their own.
    tag = ["--zig", "--compatibility", "manylinux_2_28" if zig else "musllinux_1_2"] if zig is not None else []
    run("maturin", "build", "--locked", "--profile", "dist", "--target", place["target"], *tag,
        "--manifest-path", f"{crate}/Cargo.toml", "--out", out, *others, cwd=tree)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the packages of one platform into target/packages.")
    parser.add_argument("--platform", choices=sorted(PLATFORMS), default=this_machine())
    parser.add_argument("--sources", action="store_true", help="also the sdist, and npm's packages without native code")
    options = parser.parse_args()
    place = PLATFORMS[options.platform]
    target, zig = place["target"], place.get("zig")
    for old in OUT.glob("*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    tree = sources()
    os.environ["CARGO_TARGET_DIR"] = str(ROOT / "target")

    wheel(tree, "python", place, OUT)
    if options.sources and place["os"] == "linux":
        # At once, and of this crate alone: cargo compiles no other one again. Zig takes `debuginfo` for `symbols`.
        with tempfile.TemporaryDirectory() as name:
            wheel(tree, "python", place, Path(name), "--config", 'profile.dist.package.wxpaykit-python.strip="none"')
            command.hold(next(Path(name).glob("*.whl")))
    wheel(tree, "emulator", place, OUT)
    built = ROOT / "target" / target / "dist"
    library = ["--target", target, *(["--zig", zig] if zig is not None else [])]
    run("node", "node/scripts/build.mjs", "--profile", "dist", *library, "--into", OUT / "module")
    program = built / ("wxpaykit-emulator.exe" if place["os"] == "win32" else "wxpaykit-emulator")
    module = OUT / "module/wxpaykit.node"
    run(
        "node",
        "packaging/npm.mjs",
        "platform",
        options.platform,
        "--module",
        module,
        "--program",
        program,
        "--into",
        OUT,
    )
    if options.sources:
        run("maturin", "sdist", "--manifest-path", "python/Cargo.toml", "--out", OUT, cwd=tree)
        run(shutil.which("npm") or "npm", "run", "--silent", "build:ts")
        run("node", "packaging/npm.mjs", "main", "--into", OUT)
    for folder in filter(Path.is_dir, OUT.iterdir()):
        shutil.rmtree(folder)
    for package in sorted(OUT.iterdir()):
        print(f"{package.stat().st_size:>10,}  {package.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
