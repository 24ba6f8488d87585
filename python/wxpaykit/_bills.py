"""Bills as rows, and what both clients need of them. ``wxpaykit.bill`` is the public module."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from os import PathLike, fspath, fsync, replace, unlink, urandom
from threading import Lock

from ._native import (
    BillComparison,
    BillReader,
    BillRow,
    BillRows,
    BillTable,
    bill_arrays,
    bill_columns,
    bill_stream,
    bill_unescape,
    phrase,
    wrong_place,
)
from ._outer import outer
from ._run_sync import run
from .errors import InvalidRequest, WxPayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, Literal, Protocol

    import polars

    from ._native import BillSource, Client

    class _Source(Protocol):
        def rows(self) -> BillRows | None: ...
        def header(self) -> BillRows | None: ...
        def text(self) -> bytes | None: ...
        @property
        def totals(self) -> BillRow | None: ...
        @property
        def bytes_read(self) -> int: ...


#: So much of a file is read at once.
_PIECE = 1 << 18


def read(bill: str | PathLike[str] | bytes | bytearray | memoryview) -> Bill:
    """A bill that you downloaded by hand: the same as ``pay.downloadbill`` gives.

    Args:
        bill: The path of the file, or its bytes; text or gzip.

    Raises:
        OSError: The file cannot be read.
        InvalidRequest: While it is read: the file is not a whole bill (``bill_malformed``, ``bill_incomplete``).
    """
    try:
        return Bill(_File(bill))
    except (OSError, TypeError) as error:  # The system's own and Python's: there is no such file, or it is no path.
        outer(error)
        raise


def unescape(text: str) -> str:
    r"""Undoes the escapes that newer bills have in ``body`` and ``attach``: ``\\``, ``\"``, ``\n``, a comma as ``\``
    and a blank, and so on. Cells are left as they are in the file, because older bills have no escapes."""
    return bill_unescape(text)


class Difference:
    """What differs between a bill and your own records.

    Attributes:
        kind: ``only_in_bill``: you do not have it. ``only_mine``: the bill does not have it. ``amount``, ``state``:
            both have it, and these differ. ``twice``: the bill has it more than once.
        out_trade_no: The number of the order.
        out_refund_no: The number of the refund; ``None`` for an order.
        bill_amount: The amount in the bill, in fen.
        my_amount: The amount that you recorded, in fen.
        bill_state: The state in the bill.
        my_state: The state that you recorded.
    """

    __slots__ = ("bill_amount", "bill_state", "kind", "my_amount", "my_state", "out_refund_no", "out_trade_no")

    def __init__(
        self,
        kind: Literal["only_in_bill", "only_mine", "amount", "state", "twice"],
        out_trade_no: str,
        out_refund_no: str | None,
        bill_amount: int | None,
        my_amount: int | None,
        bill_state: str | None,
        my_state: str | None,
    ) -> None:
        self.kind = kind
        self.out_trade_no = out_trade_no
        self.out_refund_no = out_refund_no
        self.bill_amount = bill_amount
        self.my_amount = my_amount
        self.bill_state = bill_state
        self.my_state = my_state

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Difference) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return f"Difference({', '.join(f'{name}={getattr(self, name)!r}' for name in _DIFFERENCE)})"

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in _DIFFERENCE)


#: The members of a ``Difference``, in the order of its ``repr``.
_DIFFERENCE = ("kind", "out_trade_no", "out_refund_no", "bill_amount", "my_amount", "bill_state", "my_state")


class Bill:
    """The rows of a bill. Iterate over it once: rows are read when they are needed, in bounded memory.

    A row has its cells as attributes, typed: amounts are integers of fen, times are aware and in Beijing's zone,
    service fees are ``Decimal`` in yuan. ``row["WeChat's name"]`` is a cell as in the file, also of a column that came
    later than this version.
    Each row keeps the about thousand rows that were read with it in memory.
    """

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._started = False
        self._lock = Lock()
        #: The first rows, where the columns were asked for before them.
        self._first: BillRows | None = None

    @classmethod
    def _download(cls, native: Client, call: str, fields: Mapping[str, Any]) -> Bill:
        try:
            job = native.execute(call, fields)
        finally:
            del fields  # No frame of an error shows them.
        return cls(_Download(native, run(job)))

    def __iter__(self) -> Iterator[BillRow]:
        """The rows. A read after an error, or after one that was interrupted, is an error again, and never the end.

        Threads may share the iterator: each row goes to one of them.

        Raises:
            TransportError: The bill broke off, or cannot be read; download it again.
            SignatureError: At the end of a bill of APIv3 whose hash is not the one that WeChat Pay signed: do not use
                its rows.
            InvalidRequest: A bill of your own is malformed or was cut off; or its rows were read already.
        """
        self._begin()
        return _Rows(self)

    @property
    def summary(self) -> BillRow | None:
        """The totals at the end of the bill: ``total_count``, ``total_fee``, ``refund_fee``, ``fee`` and so on.

        ``None`` until the rows were read to their end.
        """
        return self._source.totals

    @property
    def bytes_read(self) -> int:
        """How many bytes were received so far; packed ones where the bill is packed."""
        return self._source.bytes_read

    def save(self, path: str | PathLike[str], *, progress: Callable[[int], object] | None = None) -> None:
        """Writes the text of the bill into a file, unpacked, instead of reading its rows.

        The file appears under its name once the bill is whole.

        Args:
            path: The file. One of that name is replaced.
            progress: Is called with the number of bytes received so far.

        Raises:
            TransportError, SignatureError: The bill broke off, cannot be read, or was changed; nothing is left behind.
            InvalidRequest: At the path is no regular file, but a folder or a device.
            OSError: The file cannot be written.
        """
        self._begin()
        with Part(path) as part:
            while (piece := self._source.text()) is not None:
                part.write(piece)
                if progress is not None:
                    progress(self._source.bytes_read)

    def columns(self) -> dict[str, list[Any]]:
        """All cells as a list for each column, in the order of the bill. Reads the whole bill into memory."""
        return bill_columns(self._whole())

    def to_pandas(self) -> Any:
        """All rows as a ``pandas.DataFrame``: amounts are integers of fen, times are in Beijing's zone.

        Raises:
            ImportError: pandas is not installed.
        """
        return to_pandas(needed("pandas"), self._whole())

    def to_polars(self) -> polars.DataFrame:
        """All rows as a ``polars.DataFrame``: amounts are integers of fen, times are in Beijing's zone.

        Raises:
            ImportError: Polars is not installed, or is too old to read Arrow's interface.
        """
        frame: polars.DataFrame = to_polars(needed("polars"), self._whole())
        return frame

    def to_arrow(self) -> BillTable:
        """All rows in memory, for packages that read Arrow data: ``pyarrow.table(bill.to_arrow())``.

        It needs no other package, and may be read any number of times. Amounts are ``int64`` of fen, times
        ``timestamp[s, tz=Asia/Shanghai]``, service fees ``decimal128(18, 5)`` of yuan, all others ``utf8``.
        """
        return BillTable(self._whole())

    def __arrow_c_schema__(self) -> object:
        """The columns, for packages that read Arrow data. The rows can still be read afterwards, once."""
        with self._lock:
            if self._started:
                raise read_already()
            if self._first is None:
                self._first = self._source.rows()
        return BillTable([self._header()]).__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows for one reader of Arrow data, in bounded memory: ``pyarrow.RecordBatchReader.from_stream(bill)``.

        It has the types of `to_arrow`.

        A bill that breaks off, or cannot be read, is an error of that package; its text has ours.
        """
        self._begin()
        return bill_stream(self._rows() or self._header(), self._source.rows)

    def compare(self, mine: Iterable[Any]) -> list[Difference]:
        """Reads the bill and compares it with your own records: see `wxpaykit.bill.compare`."""
        comparison = expecting(mine)
        for rows in self._batches():
            comparison.read(rows)
        return [Difference(**found) for found in comparison.finish()]

    def _batches(self) -> Iterator[BillRows]:
        self._begin()
        return iter(self._rows, None)

    def _whole(self) -> Iterator[BillRows]:
        """The rows; of a bill without rows its columns."""
        batches = self._batches()
        first = next(batches, None)
        return iter([self._header()]) if first is None else chain([first], batches)

    def _rows(self) -> BillRows | None:
        first, self._first = self._first, None
        return self._source.rows() if first is None else first

    def _after(self) -> Any:
        """``None`` after the last row. Rows that were read before an error are not given after it."""
        lost = False
        while self._source.rows() is not None:
            lost = True
        if lost:
            raise read_already()

    def _header(self) -> BillRows:
        """No rows, with the columns. There are some once rows were asked for: a bill without any is an error."""
        header = self._source.header()
        assert header is not None
        return header

    def _begin(self) -> None:
        with self._lock:
            if self._started:
                raise read_already()
            self._started = True

    def __repr__(self) -> str:
        return f"<Bill, {self.bytes_read} bytes read>"


class _Rows:
    """The rows of a bill, for any number of threads. No generator: it would refuse a second thread, and one that has
    raised looks like one that has ended.
    """

    def __init__(self, bill: Bill) -> None:
        self._bill = bill
        self._lock = Lock()
        self._rows: Iterator[BillRow] = iter(())
        self._read = bill._rows

    def __iter__(self) -> Iterator[BillRow]:
        return self

    def __next__(self) -> BillRow:
        while True:
            for row in self._rows:
                return row
            with self._lock:
                # Another thread may have read more meanwhile.
                for row in self._rows:
                    return row
                try:
                    rows = self._read()
                    self._rows = iter(() if rows is None else rows)
                except BaseException:
                    self._read = self._bill._after
                    raise
                if rows is None:
                    self._read = _nothing
                    raise StopIteration


def _nothing() -> None:
    """What is read after the end."""


class _Download:
    """A bill that is being downloaded."""

    def __init__(self, native: Client, source: BillSource) -> None:
        self._native = native
        self._source = source

    def rows(self) -> BillRows | None:
        try:
            return run(self._native.bill_rows(self._source))
        except WxPayError:
            raise  # The source has let its connection go, and repeats this.
        except BaseException:
            # The rows may have arrived and be lost: others must not follow.
            self._source.close()
            raise

    def header(self) -> BillRows | None:
        return self._source.header()

    def text(self) -> bytes | None:
        return run(self._native.bill_text(self._source))

    @property
    def totals(self) -> BillRow | None:
        return self._source.totals

    @property
    def bytes_read(self) -> int:
        return self._source.bytes_read


class _File:
    """A bill that is here."""

    def __init__(self, bill: str | PathLike[str] | bytes | bytearray | memoryview) -> None:
        self._reader = BillReader()
        self._ended = False
        self._pieces: Iterator[bytes]
        if isinstance(bill, (bytes, bytearray, memoryview)):
            data = memoryview(bill).cast("B")
            self._pieces = (bytes(data[start : start + _PIECE]) for start in range(0, len(data), _PIECE))
        else:
            # Opened now: a wrong path is reported at once.
            try:
                file = open(fspath(bill), "rb")  # noqa: SIM115
            except UnicodeEncodeError as error:
                rule = "must not contain an unpaired surrogate"
                raise InvalidRequest(f"bill: {phrase(rule)}", field="bill", rule=rule) from error
            self._pieces = _pieces_of(file)

    def rows(self) -> BillRows | None:
        while (rows := self._reader.rows()) is None:
            if self._ended:
                return None
            piece = next(self._pieces, None)
            if piece is None:
                # Where this raises, the next read raises again.
                self._reader.finish()
                self._ended = True
            else:
                self._reader.push(piece)
        return rows

    def header(self) -> BillRows | None:
        return self._reader.header()

    def text(self) -> bytes | None:
        raise InvalidRequest(phrase("this bill is a file already"), field="bill", rule="is a file already")

    @property
    def totals(self) -> BillRow | None:
        return self._reader.totals

    @property
    def bytes_read(self) -> int:
        return self._reader.bytes_read


def _pieces_of(file: Any) -> Iterator[bytes]:
    with file:
        yield from iter(lambda: file.read(_PIECE), b"")


class Part:
    """A file that gets its name once it is whole. Until then it has another name beside it, which ends with ``.part``.

    Args:
        path: Its name.
        field: What the argument is called, for errors.
        takes_stream: Whether the argument may be an open stream too, for errors.

    Raises:
        InvalidRequest: At its path is something else than a regular file.
        OSError: It cannot be created.
    """

    def __init__(self, path: str | PathLike[str], field: str = "path", takes_stream: bool = False) -> None:
        self._path = fspath(path)
        rule = wrong_place(self._path, takes_stream)
        if rule is not None:
            raise InvalidRequest(f"{field}: {phrase(rule)}", field=field, rule=rule)
        # Random: two that save to one path must not write into one file, of which either would be proved by its own
        # pieces alone. A new one: what has the name already, or is linked from it, is somebody else's.
        self._part = f"{self._path}.{urandom(4).hex()}.part"
        self._file = open(self._part, "xb")  # noqa: SIM115
        self._ending = Lock()
        self._ended = False

    def write(self, piece: bytes) -> None:
        self._file.write(piece)

    def left(self, piece: bytes, written: object) -> bytes:
        """What is left of a piece: the buffer takes all of it."""
        return b""

    def __enter__(self) -> Part:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._end(kind is None)

    def keep(self) -> None:
        """Gives the file its name. Waits for the disk, so a loop lets a thread do it."""
        self._end(True)

    def _end(self, is_whole: bool) -> None:
        # A task that is cancelled meanwhile leaves while its thread is here.
        with self._ending:
            if self._ended:
                return
            self._ended = True
            named = False
            try:
                try:
                    if is_whole:
                        # On the disk before it has its name: a machine that loses its power keeps no half a file under
                        # it.
                        self._file.flush()
                        fsync(self._file.fileno())
                finally:
                    # Writes what is left in the buffer, and may fail.
                    self._file.close()
                if is_whole:
                    replace(self._part, self._path)
                    named = True
            finally:
                if not named:
                    # Where somebody removed it, the first error says more.
                    with suppress(FileNotFoundError):
                        unlink(self._part)


def read_already() -> InvalidRequest:
    rule = "was read already: a bill is read once. Keep its rows in a list, or save it and read the file"
    return InvalidRequest(f"bill: {phrase(rule)}", field="bill", rule=rule)


def expecting(mine: Iterable[Any]) -> BillComparison:
    comparison = BillComparison()
    for record in _iterated(mine):
        if hasattr(record, "keys"):
            get = record.get if hasattr(record, "get") else dict(record).get
        else:
            get = lambda name, record=record: getattr(record, name, None)  # noqa: E731
        out_refund_no = get("out_refund_no")
        number, amount, state = get("out_trade_no"), get("total_fee"), get("trade_state")
        needs = "out_trade_no and total_fee"
        if out_refund_no is not None:
            amount, state, needs = get("refund_fee"), get("refund_status"), "out_refund_no and refund_fee"
        if (number is None and out_refund_no is None) or type(amount) is not int:
            rule = f"a record needs {needs}, an int of fen"
            raise InvalidRequest(f"mine: {phrase(rule)}", field="mine", rule=rule)
        if not comparison.expect("" if number is None else number, out_refund_no, amount, state):
            rule = f"has {out_refund_no or number} twice"
            raise InvalidRequest(f"mine: {phrase(rule)}", field="mine", rule=rule)
    return comparison


def _iterated(mine: Any) -> Iterator[Any]:
    try:
        records: Iterator[Any] = iter(mine)
        return records
    except TypeError:
        rule = f"must be a list of objects, not {type(mine).__name__}"
        raise InvalidRequest(f"mine: {phrase(rule)}", field="mine", rule=rule) from None


def needed(package: Literal["numpy", "pandas", "polars"]) -> Any:
    try:
        if package == "numpy":
            import numpy

            return numpy
        if package == "polars":
            import polars

            return polars
        import pandas

        return pandas
    except ImportError as error:
        raise outer(ImportError(phrase(f"to_{package} needs {package}: pip install {package}"))) from error


def to_pandas(pandas: Any, batches: Iterable[BillRows]) -> Any:
    numpy = needed("numpy")
    least = numpy.iinfo("int64").min
    columns: dict[str, Any] = {}
    for name, kind, values in bill_arrays(batches):
        if kind == "object":
            column = numpy.empty(len(values), dtype=object)
            column[:] = values
            columns[name] = pandas.Series(column, dtype=object)
            continue
        if kind == "time":
            # The least integer is pandas' NaT.
            times = pandas.DatetimeIndex(numpy.frombuffer(values, dtype="datetime64[s]")).tz_localize("UTC")
            # Loaded here, as pandas is: it would take a third of the time to import the package.
            from datetime import timedelta, timezone

            columns[name] = pandas.Series(times.tz_convert(timezone(timedelta(hours=8))))
            continue
        numbers = numpy.frombuffer(values, dtype="int64")
        missing = numbers == least
        if missing.any():
            columns[name] = pandas.arrays.IntegerArray(numpy.where(missing, 0, numbers), missing)
        else:
            columns[name] = pandas.Series(numbers)
    return pandas.DataFrame(columns, copy=False)


def to_polars(polars: Any, batches: Iterable[BillRows]) -> Any:
    table = BillTable(batches)
    try:
        frame = polars.DataFrame(table)
    except TypeError as error:
        # As it answers to a type that it does not know.
        raise _old_polars() from error
    # Polars 1.9 and earlier read the first part of a stream alone, and say nothing.
    if frame.height != len(table):
        raise _old_polars()
    return frame


def _old_polars() -> ImportError:
    return outer(ImportError(phrase("to_polars needs Polars 1.12 or newer: pip install --upgrade polars")))
