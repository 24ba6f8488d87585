# Written by `cargo xtask gen` from _files_async.py; edit that one.
"""Files of APIv3, piece by piece, for clients that block."""

from __future__ import annotations

from ._native import BillSource, Client, phrase
from ._run_sync import call, in_thread, lock, run
from ._target import target_of
from .errors import InvalidRequest, WxPayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._target import _Progress, _Target


class V3File:
    """A file that is downloaded. Iterate over its pieces once, or ``save`` it.

    Whether it is whole and WeChat Pay's is known at its end: do not use the pieces of a file whose end is an error.
    """

    def __init__(self, native: Client, download: tuple[str, str | None, str | None]) -> None:
        self._native = native
        self._download = download
        self._source: BillSource | None = None
        self._started = False

    @property
    def bytes_read(self) -> int:
        """How many bytes were received so far."""
        return 0 if self._source is None else self._source.bytes_read

    def __iter__(self) -> Iterator[bytes]:
        """The pieces. A read after an error, or after one that was interrupted, is an error again, and never the end.

        Raises:
            TransportError: The file broke off; download it again.
            SignatureError: At its end: it has another hash (``file_hash_mismatch``), or must be signed and is not.
            InvalidRequest: Its pieces were read already, or a read was interrupted.
        """
        return _Pieces(self._native, self._opened)

    def save(self, to: _Target, *, progress: _Progress | None = None) -> None:
        """Writes the file to a path, where it appears once it is whole, or to something with ``write(bytes)``.

        Args:
            to: The path, or what takes the pieces. A file at this path is replaced. What was written to something with
                ``write`` before an error stays there.
            progress: Is called with the number of bytes received so far.

        Raises:
            TransportError, SignatureError: As for its pieces; nothing is left behind at a path.
            InvalidRequest: ``to`` is neither. Nothing was sent.
            OSError: The file cannot be written.
        """
        with target_of(to) as target:
            source = self._opened()
            try:
                while (piece := run(self._native.bill_text(source))) is not None:
                    left = piece
                    while left:
                        left = target.left(left, call(target.write, left))
                    if progress is not None:
                        progress(source.bytes_read)
            finally:
                source.close()
            in_thread(target.keep)

    def _opened(self) -> BillSource:
        if self._started:
            rule = "was read already: a file is downloaded once. Call download_stream again, or save it"
            raise InvalidRequest(f"file: {phrase(rule)}", field="file", rule=rule)
        self._started = True
        self._source = run(self._native.v3_download(*self._download, True))
        return self._source

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {self.bytes_read} bytes read>"


class _Pieces:
    """The pieces of a file. No generator: one that has raised looks like one that has ended."""

    def __init__(self, native: Client, opened: Callable[[], BillSource]) -> None:
        self._native = native
        self._opened = opened
        self._source: BillSource | None = None
        self._ended = False
        # Each piece goes to one of those who ask at once.
        self._lock = lock()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            return self._next()

    def _next(self) -> bytes:
        if self._ended:
            raise StopIteration
        if self._source is None:
            self._source = self._opened()
        try:
            piece = run(self._native.bill_text(self._source))
        except WxPayError:
            raise  # The source has let its connection go, and repeats this.
        except BaseException:
            # The piece may have arrived and be lost: another one must not follow.
            self._source.close()
            raise
        if piece is None:
            self._ended = True
            self._source.close()
            raise StopIteration
        return piece

    def __del__(self) -> None:
        # A loop that is left ends the download.
        if self._source is not None:
            self._source.close()
