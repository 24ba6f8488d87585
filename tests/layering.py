"""Checks which file may import which, in all crates, in node/ts and in python/wxpaykit, and which packages are used.

The rules are those of the design: floors, no circles, and rules 2 to 7 below. Each breach is one line of text, and
fails the check.

    python tests/layering.py            checks
    python tests/layering.py --arrows core/src/page.rs      prints what a file imports, and what imports it
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from imports import Tree, Unreadable, circles, python, rust, typescript

ROOT = Path(__file__).resolve().parent.parent

#: The files and folders of each floor, lowest first. A file imports lower floors, its own folder, and single files of
#: its own floor; never a higher floor, never another folder of its own floor.
FLOORS = {
    "core/src": [
        # The error carries an explanation and a code of the table, and reads what the code means, so both are below it.
        # They know nothing but texts; what reads them for a rule (retry, doctor) is above.
        "secret fields explanation codes phrases shown html",
        "error",
        "money time value retry hosts redact wire",
        "crypto",
        "table",
        "merchant trade_state",
        "v2 platform",
        "doctor bill out_trade_no",
        # What refuses a message of APIv3 says why, so it is above the doctor.
        "v3",
        # What a page is handed is signed by either API.
        "page",
        "notify model",
        "flow registry",
        "event store transport fork",
        "client",
        "binding",
        "lib",
    ],
    "emulator/src": [
        "world reasons",
        "faults live journal config",
        "app",
        "wechat",
        "v2 v3 platform",
        "serve",
        "lib",
        "options_zh",
        "main",
    ],
    "python/src": [
        "background",
        "names once runtime dict_walk warn watch arrow arrow_stream",
        "give explanation",
        "cells",
        "reply",
        "error",
        "take",
        "store live",
        "settings handling code_payment bill",
        "job bill_table",
        "bridge client functions v3",
        "probe",
        "lib",
    ],
    "node/src": [
        "text in_javascript",
        "error tables value",
        "frame",
        "handling bill",
        "code_payment named",
        "queue",
        "store watch",
        "job",
        "client functions v3",
        "bridge",
        "probe",
        "lib",
    ],
    # A crate whose folder does not exist is not checked.
    "cli/src": [
        "http io status",
        "session",
        "columns keys input show progress",
        "args",
        "commands",
        "lib",
        "main",
    ],
    "xtask/src": ["text", "settings", "rust python typescript docs mistakes notices refusals", "replies", "main"],
}
PACKAGES = {"node/ts": typescript.read, "python/wxpaykit": python.read}

#: Rule 2. The floors of core up to this one do no I/O: time, randomness and settings are arguments.
PURE = "flow registry"
EFFECTS = ["std::env", "std::fs", "std::net", "std::time::SystemTime", "tokio", "http", "hyper", "reqwest"]

#: Rule 3. What folders of the emulator must not name; those that are not here must not name axum.
EMULATOR = {"world": ["axum", "hyper", "crate::app"], "serve": []}

#: Rule 4. Bindings convert and do nothing else: no retry class, no code of WeChat's, no HTTP, XML or hash package.
BINDINGS = ["python/src", "node/src", "node/ts", "python/wxpaykit", "cli/src"]
HTTP = {
    *("http", "hyper", "hyper_util", "reqwest", "ureq", "rustls"),
    *("urllib.request", "urllib3", "requests", "httpx"),
    *("https", "http2", "undici", "axios", "got", "node-fetch"),
}
NOT_IN_BINDINGS = {
    *HTTP,
    *("quick_xml", "xml", "lxml", "defusedxml", "xmltodict", "xml2js", "fast-xml-parser"),
    *("md5", "md_5", "fast_md5", "sha1", "sha2", "hmac", "aws_lc_rs"),
    *("hashlib", "cryptography", "Crypto", "Cryptodome", "crypto", "crypto-js"),
}
#: The emulator for tests is a process of its own, started and told what to do by its control API, which is HTTP.
MAY_NAME_HTTP = {"python/wxpaykit/testing.py", "node/ts/testing.ts"}
#: What an error says of a retry, and the types in Rust behind it.
RETRY_WORDS = {"never", "same_request", "query_first"}
RETRY_TYPES = {"Retry", "RetryClass"}
#: The error classes declare the words as a public type, and their defaults, for errors that programs make themselves.
#: `never` is a value of the command's option `--color` too.
MAY_NAME_RETRY_WORDS = {"python/wxpaykit/errors.py", "node/ts/errors.ts", "cli/src/args.rs", "cli/src/session.rs"}
CODE_TABLE = Path("core/src/codes.rs")

#: The command is a user of core as others are: it names no part of it that does the work of a client.
WORK = ("transport", "store", "flow", "fork", "event", "retry", "hosts", "crypto")
NOT_IN_COMMAND = [f"wxpaykit::{part}" for part in WORK]

#: Rule 5. Node-API without napi's types stands in one file.
RAW_NODE = ["napi::sys", "napi_sys"]
RAW_NODE_FILE = "node/src/text.rs"

#: Rule 6. What the emulator may take from core. It has its own rules for all else.
SHARED = [
    *("wire", "crypto", "sign", "v2::sign", "v3::sign", "platform::page_sign", "doctor"),
    *("fields", "secret", "error", "time", "money"),
    *("Fields", "Secret", "Error", "SignType", "BeijingTime", "Fen"),
]

#: Rule 7. What the integration of a framework may import; nothing else imports a framework, or the integration.
PYTHON_FRAMEWORKS = {
    "aiohttp": {"aiohttp"},
    "django": {"django", "asgiref"},
    "fastapi": {"fastapi", "starlette"},
    "starlette": {"starlette"},
    "flask": {"flask", "werkzeug"},
    "pytest_plugin": {"pytest"},
}
NODE_FRAMEWORKS = "frameworks"

#: The packages that the project is built on: the crate that depends on each, and what the code calls it.
PILLARS = {
    "pyo3": ("wxpaykit-python", "pyo3"),
    "napi": ("wxpaykit-node", "napi"),
    "napi-derive": ("wxpaykit-node", "napi_derive"),
    "reqwest": ("wxpaykit", "reqwest"),
    "quick-xml": ("wxpaykit", "quick_xml"),
    "serde": ("wxpaykit", "serde"),
    "sha1": ("wxpaykit", "sha1"),
    "sha2": ("wxpaykit", "sha2"),
    "md-5": ("wxpaykit", "md5"),
    "hmac": ("wxpaykit", "hmac"),
    "tokio": ("wxpaykit", "tokio"),
}
#: Packages that would do the same job a second time.
REPLACED = {
    "wxpaykit": {"hyper", "hyper-rustls", "hyper-util", "fast-md5", "md5", "ureq", "isahc"},
    "wxpaykit-node": {"napi-sys", "neon"},
    "wxpaykit-emulator": {"fast-md5", "md5", "reqwest", "hyper-rustls"},
}
BINDING_CRATES = {"pyo3", "napi", "napi-sys"}


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["--arrows"]:
            return print_arrows(arguments[1:])
        found = {*files(ROOT), *dependencies()}
    except Unreadable as error:
        print(f"unreadable: {error}")
        return 1
    for line in sorted(found):
        print(f"broken: {line}")
    print(f"broken: layering; {len(found)} breaches" if found else "ok: layering; no breaches")
    return 1 if found else 0


def print_arrows(names: list[str]) -> int:
    for folder, tree in trees(ROOT).items():
        for name in names:
            file = ROOT / name
            if file in tree.files:
                print(f"{folder}: {name}")
                for source, target in sorted(tree.arrows):
                    if file in (source, target):
                        print(f"  {source.relative_to(ROOT)} -> {target.relative_to(ROOT)}")
    return 0


# Checks of the source files.


def trees(root: Path) -> dict[str, Tree]:
    found = {folder: rust.read(root / folder, crates(root / folder)) for folder in FLOORS if (root / folder).exists()}
    return found | {folder: read(root / folder) for folder, read in PACKAGES.items() if (root / folder).exists()}


def crates(source: Path) -> set[str]:
    """The crates that the code in a folder may name, by its manifest."""
    manifest = (source.parent / "Cargo.toml").read_text(encoding="utf-8")
    names = set(re.findall(r'^"?([A-Za-z][\w-]*)"?(?:\.workspace)? *=', manifest, re.M))
    return {name.replace("-", "_") for name in names} | {"wxpaykit"} | {code for _, code in PILLARS.values()}


def files(root: Path) -> Iterator[str]:
    """All breaches of what files import and name."""
    codes = known_codes(root / CODE_TABLE)
    for folder, tree in trees(root).items():
        name = {file: file.relative_to(root).as_posix() for file in tree.files}
        for circle in circles(tree.arrows):
            yield from (f"circle {name[file]}" for file in circle)
        if folder in FLOORS:
            yield from floors(root / folder, FLOORS[folder], tree, name)
            for file, paths in tree.root.items():
                yield from (f"rule5 {name[file]} imports {'::'.join(path.split('::')[:2])}" for path in paths)
        if folder == "core/src":
            yield from pure(root / folder, tree, name)
        if folder == "emulator/src":
            yield from emulator(root / folder, tree, name)
        if folder in BINDINGS:
            yield from binding(tree, name, codes)
        if folder == "cli/src":
            for file, paths in tree.outside.items():
                found = {part for path in paths if (part := within(path, NOT_IN_COMMAND))}
                yield from (f"rule4 {name[file]} names {part}" for part in found)
        if folder == "node/src":
            raw = {name[file] for file, paths in tree.outside.items() if any(within(path, RAW_NODE) for path in paths)}
            yield from (f"rule5 {file} names napi::sys" for file in raw - {RAW_NODE_FILE})
    if (root / "python/wxpaykit").exists():
        yield from python_frameworks(root / "python/wxpaykit", root)
    if (root / "node/ts").exists():
        yield from node_frameworks(root / "node/ts", root)


def within(path: str, prefixes: list[str]) -> str | None:
    """The prefix that a path begins with."""
    return next((prefix for prefix in prefixes if f"{path}::".startswith(f"{prefix}::")), None)


def head(source: Path, file: Path) -> str:
    """The name of the file, or of its folder, directly below `source`."""
    first, *rest = file.relative_to(source).parts
    return first if rest else first.removesuffix(".rs")


def floors(source: Path, table: list[str], tree: Tree, name: dict[Path, str]) -> Iterator[str]:
    floor = {word: number for number, words in enumerate(table) for word in words.split()}
    unknown = {file for file in tree.files if head(source, file) not in floor}
    yield from (f"unknown {name[file]}" for file in unknown)
    folders = {path.name for path in source.iterdir() if path.is_dir()}
    for a, b in tree.arrows:
        if a in unknown or b in unknown:
            continue
        own, other = head(source, a), head(source, b)
        if floor[other] > floor[own]:
            yield f"climb {name[a]} -> {name[b]}"
        elif floor[other] == floor[own] and own != other and other in folders:
            yield f"sibling {name[a]} -> {name[b]}"


def pure(source: Path, tree: Tree, name: dict[Path, str]) -> Iterator[str]:
    table = FLOORS["core/src"]
    words = {word for floor in table[: table.index(PURE) + 1] for word in floor.split()}
    for file, paths in tree.outside.items():
        if head(source, file) in words:
            found = {effect for path in paths if (effect := within(path, EFFECTS))}
            yield from (f"rule2 {name[file]} names {effect}" for effect in found)


def emulator(source: Path, tree: Tree, name: dict[Path, str]) -> Iterator[str]:
    for file, paths in tree.outside.items():
        forbidden = EMULATOR.get(head(source, file), ["axum"])
        inside = {f"crate::{head(source, target)}" for origin, target in tree.arrows if origin == file}
        found = {word for path in paths | inside if (word := within(path, forbidden))}
        yield from (f"rule3 {name[file]} names {word}" for word in found)
        taken = {path.removeprefix("wxpaykit::") for path in paths if path.startswith("wxpaykit::")}
        yield from (f"rule6 {name[file]} takes {path} from core" for path in taken if not within(path, SHARED))


def binding(tree: Tree, name: dict[Path, str], codes: set[str]) -> Iterator[str]:
    for file, paths in tree.outside.items():
        forbidden = NOT_IN_BINDINGS - HTTP if name[file] in MAY_NAME_HTTP else NOT_IN_BINDINGS
        packages = {package for path in paths for package in packages_of(path)}
        yield from (f"rule4 {name[file]} names {package}" for package in packages & forbidden)
        words = {word for path in paths for word in path.split("::")}
        yield from (f"rule4 {name[file]} names {word}" for word in words & RETRY_TYPES)
        if name[file] not in MAY_NAME_RETRY_WORDS:
            yield from (f"rule4 {name[file]} names the retry {word}" for word in tree.texts[file] & RETRY_WORDS)
        yield from (f"rule4 {name[file]} names the code {code}" for code in tree.texts[file] & codes)


def packages_of(path: str) -> set[str]:
    """The package that a path of any language begins with, and the module in it: `urllib` and `urllib.request`."""
    words = re.split(r"::|[./]", path.removeprefix("node:"))
    return {words[0], ".".join(words[:2])}


def known_codes(table: Path) -> set[str]:
    """WeChat's codes, from the table in core, without those that are also states of orders and transfers."""
    texts = rust.Parser(table, ("codes",)).parse().texts if table.exists() else set()
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Z_]{5,}|-?\d{5}", text)} - {
        "USERPAYING",
        "PAYERROR",
        "PROCESSING",
        "ACCEPTED",
    }


def python_frameworks(package: Path, root: Path) -> Iterator[str]:
    tree = python.read(package)
    everyone = {word for words in PYTHON_FRAMEWORKS.values() for word in words}

    def integration(file: Path) -> str | None:
        first = file.relative_to(package).parts[0].split(".")[0]
        return first if first in PYTHON_FRAMEWORKS else None

    for file, names in tree.outside.items():
        own = integration(file)
        for first in sorted({name.split(".")[0] for name in names} - sys.stdlib_module_names - {"typing_extensions"}):
            if (own and first not in PYTHON_FRAMEWORKS[own]) or (not own and first in everyone):
                yield f"rule7 {file.relative_to(root).as_posix()} imports {first}"
    for a, b in tree.arrows:
        user, used = (PYTHON_FRAMEWORKS.get(integration(file) or "", set()) for file in (a, b))
        # A framework depends on the framework that it is built on.
        if used and not used <= user:
            yield f"rule7 {a.relative_to(root).as_posix()} imports {b.relative_to(root).as_posix()}"


def node_frameworks(package: Path, root: Path) -> Iterator[str]:
    tree = typescript.read(package)
    for file, modules in tree.outside.items():
        if package / NODE_FRAMEWORKS in file.parents:
            strange = {module for module in modules if not module.startswith("node:")}
            yield from (f"rule7 {file.relative_to(root).as_posix()} imports {module}" for module in strange)
    for a, b in tree.arrows:
        if package / NODE_FRAMEWORKS in b.parents and package / NODE_FRAMEWORKS not in a.parents:
            yield f"rule7 {a.relative_to(root).as_posix()} imports {b.relative_to(root).as_posix()}"


# Checks of the dependencies, by cargo.


def dependencies() -> Iterator[str]:
    """All breaches of what crates depend on."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    metadata = json.loads(subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE).stdout)
    packages = {
        package["name"]: {it["name"]: it for it in package["dependencies"] if it["kind"] is None}
        for package in metadata["packages"]
    }
    named = {
        folder: {path.split("::")[0] for paths in tree.outside.values() for path in paths}
        for folder, tree in trees(ROOT).items()
    }
    yield from pillars(packages, named, (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for crate, forbidden in REPLACED.items():
        yield from (f"dependency {crate} on {name}" for name in packages[crate].keys() & forbidden)
    for crate in ("wxpaykit-python", "wxpaykit-node", "wxpaykit-cli"):
        direct = {name for name in packages[crate] if name.replace("-", "_") in NOT_IN_BINDINGS}
        yield from (f"dependency {crate} on {name}" for name in direct)
    # So that a build of the emulator is one of core without its client.
    core = packages["wxpaykit-emulator"]["wxpaykit"]
    if core["uses_default_features"] or core["features"]:
        yield "dependency wxpaykit-emulator on features of core"
    effects = {"tokio", "http", "hyper", "reqwest"}
    in_tree = {
        "the pure core": tree_of("wxpaykit", "--no-default-features") & (effects | BINDING_CRATES),
        "wxpaykit": tree_of("wxpaykit", "--all-features") & (BINDING_CRATES | {"axum", "wxpaykit-emulator"}),
        "wxpaykit-emulator": tree_of("wxpaykit-emulator") & ({"reqwest", "hyper-rustls"} | BINDING_CRATES),
    }
    for crate, forbidden in in_tree.items():
        yield from (f"dependency {crate} on {name}" for name in forbidden)


def pillars(packages: dict[str, dict], named: dict[str, set[str]], pyproject: str) -> Iterator[str]:
    folders = {"wxpaykit": "core/src", "wxpaykit-python": "python/src", "wxpaykit-node": "node/src"}
    for package, (crate, code) in PILLARS.items():
        if package not in packages[crate]:
            yield f"package {package} is not a dependency of {crate}"
        elif code not in named[folders[crate]]:
            yield f"package {package} is not used in {folders[crate]}"
    if not re.search(r'^build-backend = "maturin"$', pyproject, re.M):
        yield "package maturin does not build the Python package"


def tree_of(package: str, *options: str) -> set[str]:
    """The names in a package's tree of normal dependencies."""
    command = ["cargo", "tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"]
    lines = subprocess.run([*command, *options], check=True, text=True, cwd=ROOT, stdout=subprocess.PIPE).stdout
    return {line.split()[0] for line in lines.splitlines() if line.strip()} - {package}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
