"""The program ``wxpaykit-emulator``: where it is, how it starts, what it announces, and how it ends."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from ._native import phrase
from ._outer import outer
from ._settings import hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO, Any

#: How long the program may take to end, in seconds.
_END = 10.0
#: The names in the program's first line.
_ANNOUNCED = ("url", "appid", "mch_id", "api_key", "app_secret")


class EmulatorError(Exception):
    """The emulator could not be started, has ended, or refused a control call."""

    # Where it is imported from.
    __module__ = "wxpaykit.testing"

    def _render_traceback_(self) -> list[str]:
        from ._display import traceback_lines

        return traceback_lines(self)


#: Whether errors are said in Chinese.
_IS_CHINESE = phrase("the emulator runs already") != "the emulator runs already"


def why_not(attempt: Mapping[str, Any]) -> Any:
    """Why the shop's answer to a notification does not count, in the language of errors; ``None`` where it counts."""
    # An emulator of an earlier version has English alone.
    return attempt.get("why_zh", attempt["why"]) if _IS_CHINESE else attempt["why"]


def refusal(answer: str) -> str:
    """Why the emulator refused, in the language of errors; the whole answer where it has another form."""
    try:
        said = json.loads(answer)
        english = said["error"]
    except (ValueError, TypeError, KeyError):
        return answer
    return str(said.get("error_zh", english) if _IS_CHINESE else english)


def find_emulator() -> str:
    """The path of ``wxpaykit-emulator``: from ``WXPAYKIT_EMULATOR``, the installed package, or ``PATH``.

    Raises:
        EmulatorError: It was not found; the message says how to install it.
    """
    named = os.environ.get("WXPAYKIT_EMULATOR")
    if named:
        return named
    name = "wxpaykit-emulator" + (".exe" if os.name == "nt" else "")
    beside = Path(sysconfig.get_path("scripts")) / name
    if beside.is_file():
        return str(beside)
    found = shutil.which(name)
    if found:
        return found
    raise EmulatorError(
        phrase(
            "there is no wxpaykit-emulator: pip install 'wxpaykit[emulator]', or name the program in WXPAYKIT_EMULATOR"
        )
    )


class Program:
    """The program. Its standard error is kept, to explain why it ended."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self._name = name
        # A file: a pipe would have to be read all the time.
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                [name, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0
            )
        except OSError as error:
            self._errors.close()
            raise EmulatorError(phrase(f"{name} cannot be started: {error}")) from error

    def begin(self, within: float) -> dict[str, str]:
        """Waits for the program's first line, and returns what it announces."""
        end = time.monotonic() + within
        line = self._first_line(end)
        if line is None:
            raise EmulatorError(phrase(f"{self._name} did not start within {within:g} s"))
        if not line:
            # A program that closes its standard output is about to end.
            try:
                self._process.wait(max(end - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                raise EmulatorError(phrase(f"{self._name} did not start: it closed its standard output")) from None
            last_words = "".join(f"\n  {line}" for line in self._complaints()[-5:])
            raise EmulatorError(phrase(f"{self._name} did not start; {self.ended()}") + last_words)
        said = _announcement(line)
        if said is None:
            # The line may contain keys: neither the error nor this frame may show it.
            del line
            names = ", ".join(_ANNOUNCED)
            raise EmulatorError(
                phrase(f"{self._name} is not a wxpaykit-emulator: its first line is not JSON with {names}")
            )
        return said

    def ended(self) -> str:
        """How the program ended; empty while it runs."""
        status = self._process.poll()
        return "" if status is None else f"it ended with status {status}"

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # For the log of the test.
        for line in self._complaints():
            print(line, file=sys.stderr)
        self._close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for file in (self._process.stdin, self._process.stdout, self._errors):
            if file is not None:
                file.close()

    def _first_line(self, end: float) -> bytes | None:
        """The first line; ``None`` if it did not come in time, empty if the program closed its output before."""
        assert self._process.stdout is not None
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in line:
                if not selector.select(max(end - time.monotonic(), 0)):
                    return None
                # At most as much as a pipe holds.
                more = os.read(self._process.stdout.fileno(), 65_536 - len(line))
                if not more:
                    return line
                line += more
        return line

    def _complaints(self) -> list[str]:
        """The program's lines on standard error. Only after it ended: both share one file position."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").splitlines()


def _announcement(line: bytes) -> dict[str, str] | None:
    try:
        said = json.loads(line.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in _ANNOUNCED):
        return None
    return said if said["url"].startswith("http://") else None


class merchant_file:
    """A temporary file of merchants, and the option that names it."""

    def __init__(self, merchants: Mapping[str, Any] | list[Mapping[str, Any]] | None) -> None:
        self._merchants = merchants
        self._path: str | None = None

    def __enter__(self) -> list[str]:
        if self._merchants is None:
            return []
        try:
            text = hidden(json.dumps(self._merchants))
        except TypeError as error:
            raise outer(TypeError(f"merchants: {phrase(f'cannot be written as JSON: {error}')}")) from error
        # Only this user may read the keys in it.
        handle, self._path = tempfile.mkstemp(prefix="wxpaykit-", suffix=".json")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return ["--merchant", self._path]

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            os.unlink(self._path)
