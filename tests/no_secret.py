"""Looks for keys, secrets and tokens in what programs printed: the one list that suites hold their outputs against.

    python3 tests/no_secret.py [--also SECRET …] < OUTPUT

It names what it found, and then ends with status 1.

The secrets are those of the emulator's merchant, which all suites have. Python's standard library alone: the suites of
Node run it too.
"""

from __future__ import annotations

import argparse
import re
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from urllib.parse import quote

sys.path.append(str(Path(__file__).resolve().parent.parent / "examples"))

import demo

#: What the emulator says of its merchant that nobody else may know.
SECRET = ("api_key", "api_v3_key", "app_secret", "client_key")
#: The tokens that WeChat gives out. The first are known by their form, the others by the name before them; masked ones
#: have fewer characters.
TOKENS = {
    "an access_token": re.compile(r"(?<![\w-])\d\d_[\w-]{80,}"),
    "a token by its name": re.compile(
        r"""(?:_token|ticket|session_key)(?:\\?["'])?\]?\s*(?:=>|[=:\s])\s*(?:\\?["'])?[\w+/=-]{20,}""", re.I
    ),
    "a private key": re.compile(r"PRIVATE KEY-----"),
}


@cache
def secrets() -> dict[str, tuple[str, ...]]:
    """The values that no output may have, by name. Of a PEM file each line is one: an output may break lines anew."""
    with ExitStack() as stack:
        merchant = demo.start_emulator(stack)
    lines = {name: merchant[name].splitlines() for name in SECRET}
    return {name: tuple(line for line in text if line and "-----" not in line) for name, text in lines.items()}


def forms(secret: str) -> Iterator[tuple[str, str]]:
    """How a program may print a secret without meaning to, in lower case: what it is, and the text."""
    yield "", secret.lower()
    if quote(secret, safe="") != secret:
        yield " in an address", quote(secret, safe="").lower()
    yield " in hexadecimal", secret.encode().hex()
    for before in range(3):
        whole = b64encode(b"\0" * before + secret.encode()).decode()
        # Without the characters that what stands before and after it decides too.
        inner = whole[-(-before * 8 // 6) : (before + len(secret.encode())) * 8 // 6].lower()
        yield " in Base64", inner
        yield " in Base64 for addresses", inner.translate(str.maketrans("+/", "-_"))


def found(text: str, more: Iterable[str] = ()) -> list[str]:
    """What a text has of the secrets, of `more` of them, and of tokens: their names, and never a value."""
    lower = text.lower()
    named = {**secrets(), "a secret of the test": tuple(more)}
    hits = {
        f"{name}{form}"
        for name, values in named.items()
        for value in values
        for form, written in forms(value)
        if written in lower
    }
    return sorted(hits | {name for name, pattern in TOKENS.items() if pattern.search(text)})


def main() -> int:
    parser = argparse.ArgumentParser(description="Looks for secrets in an output.")
    parser.add_argument("--also", action="append", default=[], help="a secret of the test")
    names = found(sys.stdin.buffer.read().decode(errors="replace"), parser.parse_args().also)
    if names:
        print(f"the output has {', '.join(names)}", file=sys.stderr)
    return int(bool(names))


if __name__ == "__main__":
    sys.exit(main())
