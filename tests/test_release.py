"""What only a release or another system would notice: the files that npm publishes, musl, and line ends."""

import ast
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_npm_publishes_files():
    """npm reads ``folder/name`` as a repository of GitHub, and ``./folder/name`` as a file."""
    workflow = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    listed = re.findall(r"ls (\S+\.tgz)", workflow)
    assert listed == ["./packages/*.tgz"] * 2


def test_cargo_publishes_the_crates_that_may_be_published():
    workflow = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    (line,) = re.findall(r"cargo publish (.*)", workflow)
    said = subprocess.run(
        ["cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    crates = [crate for crate in json.loads(said.stdout)["packages"] if crate["publish"] != []]
    assert sorted(re.findall(r"--package (\S+)", line)) == sorted(crate["name"] for crate in crates)
    for crate in crates:
        assert all(crate[field] for field in ("description", "license", "repository", "readme")), crate["name"]


@pytest.mark.parametrize(
    ("target", "given", "flags"),
    [
        ("x86_64-unknown-linux-musl", None, "-C target-feature=-crt-static"),
        ("aarch64-unknown-linux-musl", "-C debuginfo=0", "-C debuginfo=0 -C target-feature=-crt-static"),
        ("x86_64-unknown-linux-gnu", None, ""),
    ],
)
def test_the_module_for_musl_is_linked_dynamically(tmp_path, target, given, flags):
    """With static linking rustc makes no dynamic library for musl."""
    cargo, seen = tmp_path / "cargo", tmp_path / "seen"
    cargo.write_text(f"#!/bin/sh\nprintf %s \"$RUSTFLAGS\" > '{seen}'\nexit 7\n")
    cargo.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if name != "RUSTFLAGS"}
    env["PATH"] = f"{tmp_path}{os.pathsep}{env['PATH']}"
    if given is not None:
        env["RUSTFLAGS"] = given
    script = ["node", "node/scripts/build.mjs", "--target", target, "--into", str(tmp_path / "module")]
    done = subprocess.run(script, cwd=ROOT, env=env, check=False, capture_output=True)
    assert done.returncode == 7, done
    assert seen.read_text() == flags


def test_a_native_file_that_became_too_large_ends_the_check_of_the_packages():
    """Read and not imported: what it needs is installed where packages are made."""
    tree = ast.parse((ROOT / "packaging/check.py").read_text(encoding="utf-8"))
    named = [one for one in tree.body if getattr(one, "name", "") == "need_size" or "LARGEST" in ast.unparse(one)[:10]]
    found = {}
    exec(compile(ast.Module(named, []), "packaging/check.py", "exec"), found)
    largest = found["LARGEST"]
    assert found["need_size"]("wheel: module", largest) is None
    with pytest.raises(SystemExit, match=rf"wheel: module: {largest + 1:,} bytes are more than {largest:,}"):
        found["need_size"]("wheel: module", largest + 1)
    (main,) = [one for one in tree.body if getattr(one, "name", "") == "main"]
    assert "need_size(name, len(content))" in ast.unparse(main)


def test_a_command_that_became_too_large_ends_the_build_of_the_packages():
    tree = ast.parse((ROOT / "packaging/command.py").read_text(encoding="utf-8"))
    named = [one for one in tree.body if getattr(one, "name", "") == "need_little" or "MOST" in ast.unparse(one)[:7]]
    found = {}
    exec(compile(ast.Module(named, []), "packaging/command.py", "exec"), found)
    assert found["MOST"] == 600_000
    assert found["need_little"](600_000) is None
    for size in (0, 600_001):
        with pytest.raises(SystemExit, match=f"the command adds {size:,} bytes"):
            found["need_little"](size)
    assert "need_little(size)" in ast.unparse(next(one for one in tree.body if getattr(one, "name", "") == "hold"))
    assert "command.hold(" in (ROOT / "packaging/dist.py").read_text(encoding="utf-8")


def attributes(path):
    done = subprocess.run(
        ["git", "check-attr", "text", "eol", "--", path], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [line.rsplit(": ", 1)[1] for line in done.stdout.splitlines()]


def test_line_ends_are_the_same_on_every_system():
    assert attributes("core/src/lib.rs") == ["auto", "lf"]
    # Files with CR LF, which tests read as they are.
    for path in ("core/fuzz/seeds/bill/all", "tests/certificates/cert-bad-400.html"):
        assert b"\r\n" in (ROOT / path).read_bytes()
        assert attributes(path)[0] == "unset"


def crates(package):
    """The crates of a package as ``name version features``, those of its build included."""
    done = subprocess.run(
        ["cargo", "tree", "--locked", "--offline", "--edges", "normal,build", "--prefix", "none", "--format", "{p} {f}",
         "--features", "probe", "--package", package],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    lines = (line.removesuffix(" (*)").replace(" (proc-macro)", "") for line in done.stdout.splitlines())
    return {line for line in lines if "(" not in line}


def test_one_build_of_the_crates_serves_both_modules():
    """A crate with other features is compiled anew, and so is all that depends on it."""
    python, node = crates("wxpaykit-python"), crates("wxpaykit-node")
    # By name and version: another version is another crate.
    both = {crate(line) for line in python} & {crate(line) for line in node}
    assert {line for line in python ^ node if crate(line) in both} == set()
    assert {"serde_core", "tokio", "syn", "reqwest"} <= {name for name, _ in both}


def crate(line):
    """Name and version."""
    name, version, *_ = line.split(" ")
    return name, version
