"""Where a downloaded file goes."""

from __future__ import annotations

from errno import EAGAIN, EIO
from io import RawIOBase, TextIOBase
from os import PathLike

from ._native import phrase
from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Any, Protocol

    class _Writable(Protocol):
        def write(self, piece: bytes, /) -> object: ...

    _Target = str | PathLike[str] | _Writable
    _Progress = Callable[[int], object]


class _Writer:
    """A file of the user's, which stays open."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, piece: bytes) -> Any:
        """Writes a piece, or a part of it. One for asyncio does so when the result is awaited."""
        return self._file.write(piece)

    def left(self, piece: bytes, written: object) -> bytes:
        """What is left of a piece, of which so many bytes were written. A ``write`` that counts none takes all of it.

        Raises:
            OSError: Nothing was written, so that the piece would be lost.
        """
        if written is None and isinstance(self._file, RawIOBase):
            # So says a file that would have to be waited for.
            raise BlockingIOError(EAGAIN, phrase("to: would block, and nothing was written"))
        if type(written) is not int or written >= len(piece):
            return b""
        if written <= 0:
            raise OSError(EIO, phrase("to: its write() wrote nothing"))
        return piece[written:]

    def keep(self) -> None:
        """The user closes it."""

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def target_of(to: Any) -> AbstractContextManager[Any]:
    """Something with ``write``: a file that gets its name once it is whole, or the user's.

    Raises:
        InvalidRequest: It is neither the path of a regular file nor something to write bytes to.
        OSError: The file cannot be created.
    """
    if isinstance(to, (str, PathLike)):
        from ._bills import Part  # here: it loads much more

        try:
            return Part(to, "to", takes_stream=True)
        except (UnicodeEncodeError, ValueError) as error:
            raise _refused("must be the path of a file") from error
    if isinstance(to, TextIOBase):
        raise _refused("was opened as text: open it in binary mode, such as open(path, 'wb')")
    if not callable(getattr(to, "write", None)):
        raise _refused(f"must be a path, or something whose write() takes bytes, not {type(to).__name__}")
    return _Writer(to)


def _refused(rule: str) -> InvalidRequest:
    return InvalidRequest(f"to: {phrase(rule)}", field="to", rule=rule)
