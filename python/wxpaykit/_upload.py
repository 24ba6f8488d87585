"""Files to upload: a path and bytes go to core as they are, everything else is read here."""

from __future__ import annotations

import os
from types import AsyncGeneratorType, GeneratorType

from ._native import LARGEST_UPLOAD, phrase
from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, Protocol

    class _Readable(Protocol):
        def read(self, size: int, /) -> bytes | Awaitable[bytes]: ...

    _File = str | os.PathLike[str] | bytes | bytearray | memoryview | _Readable


class _Pieces:
    """What was read of a file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        # What a browser sends may have any size.
        self.left = LARGEST_UPLOAD + 1

    def take(self, piece: Any) -> bool:
        """Adds a piece. Whether there may be another one."""
        try:
            if isinstance(piece, str):
                raise _refused("was read as text: open it in binary mode, such as open(path, 'rb')")
            if not isinstance(piece, (bytes, bytearray, memoryview)):
                raise _no_file(piece)
            self._pieces.append(bytes(piece))
            self.left -= len(piece)
            if self.left <= 0:
                raise _refused(f"has more than {LARGEST_UPLOAD} bytes")
            return len(piece) > 0
        finally:
            del piece  # No frame of an error shows what is in the file.

    def content(self) -> bytes:
        return b"".join(self._pieces)


class _Content:
    """The bytes of a file with an asynchronous ``read()``, once they are there."""

    def __init__(self, file: Any, reading: Any) -> None:
        self._file = file
        self._reading = reading

    def __await__(self) -> Any:
        pieces = _Pieces()
        while pieces.take((yield from self._reading.__await__())):
            self._reading = self._file.read(pieces.left)
        return pieces.content()

    def close(self) -> None:
        if hasattr(self._reading, "close"):
            self._reading.close()


def content_of(file: Any) -> Any:
    """The bytes of something readable. A path and bytes stay as they are."""
    if isinstance(file, (GeneratorType, AsyncGeneratorType)):
        raise _no_file(file)
    if isinstance(file, (str, bytes, bytearray, memoryview, os.PathLike)) or not callable(getattr(file, "read", None)):
        return file
    pieces = _Pieces()
    try:
        piece = file.read(pieces.left)
    except TypeError as error:
        # A method without the number of bytes would read a file of any size.
        raise _refused("has a read() that takes no number of bytes: give the bytes") from error
    if hasattr(piece, "__await__"):
        return _Content(file, piece)
    try:
        while pieces.take(piece):
            piece = file.read(pieces.left)
    finally:
        del piece
    return pieces.content()


def _no_file(given: object) -> InvalidRequest:
    return _refused(f"must be a path, bytes, or something whose read() returns bytes, not {type(given).__name__}")


def _refused(rule: str) -> InvalidRequest:
    return InvalidRequest(f"file: {phrase(rule)}", field="file", rule=rule)


def name_of(file: Any, filename: Any) -> Any:
    """The name for WeChat: the caller's, or that of an open file or of an upload of a web framework."""
    if filename is not None or isinstance(file, (str, bytes, bytearray, memoryview, os.PathLike)):
        return filename
    for own in (getattr(file, "filename", None), getattr(file, "name", None)):
        if isinstance(own, str):
            return os.path.basename(own)
    return None
