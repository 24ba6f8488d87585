"""Files to upload: a path and bytes go to core as they are, everything else is read here."""

from __future__ import annotations

import os

from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, Protocol

    class _Readable(Protocol):
        def read(self) -> bytes | Awaitable[bytes]: ...

    _File = str | os.PathLike[str] | bytes | bytearray | memoryview | _Readable


class _Content:
    """What an asynchronous ``read()`` returns, once it is there."""

    def __init__(self, reading: Any) -> None:
        self._reading = reading

    def __await__(self) -> Any:
        return _checked((yield from self._reading.__await__()))

    def close(self) -> None:
        if hasattr(self._reading, "close"):
            self._reading.close()


def content_of(file: Any) -> Any:
    """The bytes of something readable. A path and bytes stay as they are."""
    if isinstance(file, (str, bytes, bytearray, memoryview, os.PathLike)) or not callable(getattr(file, "read", None)):
        return file
    content = file.read()
    return _Content(content) if hasattr(content, "__await__") else _checked(content)


def _checked(content: object) -> object:
    if isinstance(content, str):
        rule = "was read as text: open it in binary mode, such as open(path, 'rb')"
        raise InvalidRequest(f"file: {rule}", field="file", rule=rule)
    return content


def name_of(file: Any, filename: Any) -> Any:
    """The name for WeChat: the caller's, or that of an open file or of an upload of a web framework."""
    if filename is not None or isinstance(file, (str, bytes, bytearray, memoryview, os.PathLike)):
        return filename
    for own in (getattr(file, "filename", None), getattr(file, "name", None)):
        if isinstance(own, str):
            return os.path.basename(own)
    return None
