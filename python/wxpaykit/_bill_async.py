"""Bills for asyncio."""

from __future__ import annotations

from asyncio import Lock

from ._bills import Difference, Part, expecting, needed, read_already, to_pandas, to_polars
from ._native import BillTable, bill_columns
from ._run_async import in_thread, run
from .errors import WxPayError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
    from os import PathLike
    from typing import Any

    import polars

    from ._native import BillRow, BillRows, BillSource, Client


class AsyncBill:
    """A bill for asyncio: ``async for row in pay.downloadbill(…)``.

    It is opened when its first row is asked for, or by ``await``: ``bill = await pay.downloadbill(…)``. See `Bill` for
    its rows.
    """

    def __init__(self, native: Client, call: str, fields: Mapping[str, Any]) -> None:
        self._native = native
        self._call = (call, fields)
        self._source: BillSource | None = None
        self._started = False
        self._opening = Lock()

    @classmethod
    def _download(cls, native: Client, call: str, fields: Mapping[str, Any]) -> AsyncBill:
        return cls(native, call, fields)

    def __await__(self) -> Generator[Any, None, AsyncBill]:
        return self._opened().__await__()

    async def _opened(self) -> AsyncBill:
        async with self._opening:  # Tasks that ask at once download it once.
            if self._source is None:
                self._source = await run(self._native.execute(*self._call))
        return self

    def __aiter__(self) -> AsyncIterator[BillRow]:
        """The rows. A read after an error, or after one that was interrupted, is an error again, and never the end.

        Tasks may share the iterator: each row goes to one of them.

        Raises:
            TransportError: The bill broke off, or cannot be read; download it again.
            SignatureError: At the end of a bill of APIv3 whose hash is not the one that WeChat Pay signed: do not use
                its rows.
            ProtocolError, BusinessError: WeChat has no bill (``no_bill``, ``bill_not_ready``), or refused the call.
        """
        return _Rows(self)

    @property
    def summary(self) -> BillRow | None:
        """The totals at the end of the bill; ``None`` until the rows were read to their end."""
        return None if self._source is None else self._source.totals

    @property
    def bytes_read(self) -> int:
        """How many bytes were received so far; packed ones where the bill is packed."""
        return 0 if self._source is None else self._source.bytes_read

    async def save(self, path: str | PathLike[str], *, progress: Callable[[int], object] | None = None) -> None:
        """As `Bill.save`."""
        self._begin()
        with Part(path) as part:
            await self._opened()
            source = self._source
            assert source is not None
            while (piece := await run(self._native.bill_text(source))) is not None:
                part.write(piece)
                if progress is not None:
                    progress(source.bytes_read)
            await in_thread(part.keep)

    async def columns(self) -> dict[str, list[Any]]:
        """As `Bill.columns`."""
        return bill_columns(await self._whole())

    async def to_pandas(self) -> Any:
        """As `Bill.to_pandas`."""
        pandas = needed("pandas")
        return to_pandas(pandas, await self._whole())

    async def to_polars(self) -> polars.DataFrame:
        """As `Bill.to_polars`."""
        package = needed("polars")
        frame: polars.DataFrame = to_polars(package, await self._whole())
        return frame

    async def to_arrow(self) -> BillTable:
        """As `Bill.to_arrow`."""
        return BillTable(await self._whole())

    async def compare(self, mine: Iterable[Any]) -> list[Difference]:
        """Reads the bill and compares it with your own records: see `wxpaykit.bill.compare`."""
        comparison = expecting(mine)
        async for rows in self._batches():
            comparison.read(rows)
        return [Difference(**found) for found in comparison.finish()]

    async def _batches(self) -> AsyncIterator[BillRows]:
        self._begin()
        while (rows := await self._next()) is not None:
            yield rows

    async def _next(self) -> BillRows | None:
        await self._opened()
        source = self._source
        assert source is not None
        try:
            return await run(self._native.bill_rows(source))
        except WxPayError:
            raise  # The source has let its connection go, and repeats this.
        except BaseException:
            # The rows may have arrived and be lost: others must not follow.
            source.close()
            raise

    async def _whole(self) -> list[BillRows]:
        """All rows; of a bill without rows its columns."""
        batches = [rows async for rows in self._batches()]
        header = None if batches or self._source is None else self._source.header()
        return batches if header is None else [header]

    def _begin(self) -> None:
        if self._started:
            raise read_already()
        self._started = True

    def __repr__(self) -> str:
        return f"<AsyncBill, {self.bytes_read} bytes read>"


class _Rows:
    """The rows of a bill. No generator: one that has raised looks like one that has ended."""

    def __init__(self, bill: AsyncBill) -> None:
        self._bill = bill
        self._begun = False
        self._lock = Lock()
        self._rows: Iterator[BillRow] = iter(())

    def __aiter__(self) -> AsyncIterator[BillRow]:
        return self

    async def __anext__(self) -> BillRow:
        while True:
            for row in self._rows:
                return row
            async with self._lock:
                # Another task may have read more meanwhile.
                for row in self._rows:
                    return row
                if not self._begun:
                    self._bill._begin()
                    self._begun = True
                rows = await self._bill._next()
                if rows is None:
                    raise StopAsyncIteration
                self._rows = iter(rows)
