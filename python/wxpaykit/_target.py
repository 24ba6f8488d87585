"""Where a downloaded file goes."""

from __future__ import annotations

import io
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


#: What takes the place of a path that no file can have.
_STREAM = "give an open stream"


class _Writer:
    """A file of the user's, which stays open."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, piece: bytes) -> Any:
        """Writes a piece. A file without a buffer may take a part of it; one for asyncio takes all of it later."""
        written = self._file.write(piece)
        while type(written) is int and 0 < written < len(piece):
            piece = piece[written:]
            written = self._file.write(piece)
        return written

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

        if str(to) == "":
            raise _refused("must not be empty")
        try:
            return Part(to, "to", _STREAM)
        except (UnicodeEncodeError, ValueError) as error:
            raise _refused("must be the path of a file") from error
    if isinstance(to, io.TextIOBase):
        raise _refused("was opened as text: open it in binary mode, such as open(path, 'wb')")
    if not callable(getattr(to, "write", None)):
        raise _refused(f"must be a path, or something whose write() takes bytes, not {type(to).__name__}")
    return _Writer(to)


def _refused(rule: str) -> InvalidRequest:
    return InvalidRequest(f"to: {phrase(rule)}", field="to", rule=rule)
