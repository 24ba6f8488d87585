"""Bills by Arrow's interface: what pyarrow and Polars read of it, its errors, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars
import pyarrow
import pytest
from conftest import Emulator
from test_bills import HEADER, TOTALS, line, text
from test_http import server

from wxpaykit import InvalidRequest, TransportError, bill
from wxpaykit.bill import AsyncBill, Bill, BillTable

BEIJING = timezone(timedelta(hours=8))
#: More than one batch of Arrow's, and not a whole number of them.
MANY = 20_001


def many() -> bytes:
    return text(*(line(f"A{n}", f"{n % 500}.01", f"茶{n % 7}") for n in range(MANY)))


def cut() -> bytes:
    """It ends before its totals."""
    whole = many()
    return whole[: whole.rindex(TOTALS.encode())]


def streamed(whole: bytes) -> pyarrow.Table:
    return pyarrow.table(bill.read(whole))


def kept(whole: bytes) -> pyarrow.Table:
    return pyarrow.table(bill.read(whole).to_arrow())


BOTH = pytest.mark.parametrize("read", [streamed, kept])
Read = Callable[[bytes], pyarrow.Table]


@BOTH
def test_every_cell_is_the_one_of_columns(read: Read) -> None:
    whole = many()
    table = read(whole)
    table.validate(full=True)
    assert table.num_rows == MANY and max(chunk.num_rows for chunk in table.to_batches()) < MANY
    columns = bill.read(whole).columns()
    assert table.column_names == list(columns)
    for name, cells in columns.items():
        assert table[name].to_pylist() == cells, name


@BOTH
def test_columns_have_types_and_units(read: Read) -> None:
    schema = read(text(line("A1"))).schema
    types = {name: schema.field(name).type for name in schema.names}
    assert types["total_fee"] == pyarrow.int64() and types["trade_time"] == pyarrow.timestamp("s", "Asia/Shanghai")
    assert types["fee"] == pyarrow.decimal128(18, 5)
    assert types["trade_state"] == types["body"] == types["openid"] == pyarrow.utf8()
    assert schema.field("total_fee").metadata == {b"unit": b"fen", b"header": "订单金额".encode()}
    assert schema.field("fee").metadata[b"unit"] == b"yuan" and b"unit" not in schema.field("body").metadata
    assert all(field.nullable for field in schema)


@BOTH
def test_cells_that_hold_nothing_are_null(read: Read) -> None:
    first = line("A1").replace("`6.00", "`", 1).replace("2026-11-27 09:00:01", "昨天").replace("`0.03600", "`")
    table = read(text(first, line("A2")))
    assert table["settlement_total_fee"].to_pylist() == [None, 600]
    assert table["trade_time"].to_pylist()[0] is None
    assert table["trade_time"].to_pylist()[1] == datetime(2026, 11, 27, 9, 0, 1, tzinfo=BEIJING)
    assert table["fee"].to_pylist() == [None, Decimal("0.03600")]
    assert table["refund_id"].to_pylist() == table["attach"].to_pylist() == [None, None]
    assert table["body"].null_count == 0


@BOTH
def test_a_bill_without_rows_has_its_columns(read: Read) -> None:
    table = read(text())
    assert (table.num_rows, len(table.column_names)) == (0, 27)
    assert table.schema == read(text(line("A1"))).schema
    assert bill.read(text()).columns() == {name: [] for name in table.column_names}
    assert len(bill.read(text()).to_pandas().columns) == len(bill.read(text()).to_polars().columns) == 27


@BOTH
def test_new_columns_and_columns_with_the_same_name(read: Read) -> None:
    # The second amount and the second new column have names that a column before them has.
    header = f"{HEADER},新列,新列,订单金额"
    row = line("A1") + ",`一,`,`7.00"
    whole = "\r\n".join([header, row, TOTALS, "`1.0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0", ""]).encode()
    table = read(whole)
    assert table.column_names[-2:] == ["新列", "订单金额"] and table["新列"].to_pylist() == ["一"]
    assert table["total_fee"].to_pylist() == [600] and table["订单金额"].to_pylist() == ["7.00"]
    assert bill.read(whole).columns()["新列"] == ["一"] and bill.read(whole).to_polars()["新列"].to_list() == ["一"]


def test_the_totals_are_there_after_the_stream() -> None:
    found = bill.read(many())
    reader = pyarrow.RecordBatchReader.from_stream(found)
    reader.read_next_batch()
    assert found.summary is None
    reader.read_all()
    assert found.summary is not None and found.summary.total_count == MANY
    with pytest.raises(InvalidRequest, match="read once"):
        pyarrow.table(found)


def test_a_table_is_read_again_and_again() -> None:
    table = bill.read(many()).to_arrow()
    assert isinstance(table, BillTable) and len(table) == MANY and "20001 rows" in repr(table)
    assert pyarrow.schema(table) == pyarrow.table(table).schema
    assert pyarrow.table(table) == pyarrow.table(table)
    assert polars.DataFrame(table).equals(polars.DataFrame(table))


def test_asyncio_reads_the_same(emulator: Emulator) -> None:
    whole = many()

    async def run(url: str) -> tuple[pyarrow.Table, polars.DataFrame]:
        pay = emulator.asyncio(endpoints=url)
        found = pay.downloadbill(bill_date="20261127")
        assert isinstance(found, AsyncBill)
        table = pyarrow.table(await found.to_arrow())
        return table, await pay.downloadbill(bill_date="20261127").to_polars()

    with server(lambda path, fields: (200, whole)) as url:
        table, frame = asyncio.run(run(url))
        blocking = emulator.sync(endpoints=url).downloadbill(bill_date="20261127")
        assert isinstance(blocking, Bill)
        assert pyarrow.table(blocking) == table
    assert table == streamed(whole) and frame.equals(bill.read(whole).to_polars())


def test_polars_has_the_types_it_had() -> None:
    frame = bill.read(many()).to_polars()
    assert frame.schema["total_fee"] == polars.Int64 and frame.schema["fee"] == polars.Decimal(18, 5)
    assert frame.schema["trade_time"] == polars.Datetime("ms", "Asia/Shanghai")
    assert frame.schema["trade_state"] == polars.String and frame["refund_id"].null_count() == MANY
    assert frame.equals(polars.DataFrame(bill.read(many())))


@pytest.mark.parametrize("knows", [False, True])
def test_an_old_polars_is_named(monkeypatch: pytest.MonkeyPatch, knows: bool) -> None:
    class Old:
        """Polars before 1.3 does not know Arrow's interface; before 1.12 it reads the first part of a stream alone."""

        def __init__(self, data: BillTable) -> None:
            if not knows:
                raise TypeError(f"DataFrame constructor called with unsupported type {type(data).__name__!r}")
            self.height = next(iter(pyarrow.RecordBatchReader.from_stream(data))).num_rows

    monkeypatch.setattr(polars, "DataFrame", Old)
    with pytest.raises(ImportError, match=r"Polars 1\.12 or newer"):
        bill.read(many()).to_polars()


def test_the_columns_may_be_asked_for_before_the_rows() -> None:
    # DuckDB does that.
    whole = many()
    for given in (whole, text()):
        expected = streamed(given)
        for read in (pyarrow.table, lambda found: pyarrow.table(found.to_arrow())):
            found = bill.read(given)
            for _ in range(2):
                assert pyarrow.schema(found) == expected.schema
            assert read(found) == expected
        found = bill.read(given)
        assert pyarrow.schema(found) == expected.schema
        assert len(list(found)) == expected.num_rows
    for late in (pyarrow.schema, pyarrow.table):
        with pytest.raises(InvalidRequest, match="read once"):
            late(found)
    with pytest.raises(InvalidRequest) as refused:
        pyarrow.schema(bill.read(b"nothing"))
    assert refused.value.code == "bill_malformed"


def test_an_error_is_one_of_the_stream_and_stays() -> None:
    whole = cut()
    reader = pyarrow.RecordBatchReader.from_stream(bill.read(whole))
    assert 0 < reader.read_next_batch().num_rows < MANY
    # Never an end after it.
    for _ in range(3):
        with pytest.raises(OSError, match="it was cut off"):
            reader.read_next_batch()
    # What cannot be read from the beginning is our own error, and so is one of a table.
    with pytest.raises(InvalidRequest) as refused:
        pyarrow.table(bill.read(b"nothing"))
    assert refused.value.code == "bill_malformed"
    for read in (Bill.to_arrow, Bill.to_polars, Bill.to_pandas, Bill.columns):
        with pytest.raises(InvalidRequest) as refused:
            read(bill.read(whole))
        assert refused.value.code == "bill_incomplete"


def test_a_download_that_breaks_off(emulator: Emulator) -> None:
    whole = cut()
    with server(lambda path, fields: (200, whole)) as url:
        pay = emulator.sync(endpoints=url, max_network_retries=0)
        with pytest.raises(OSError, match="it was cut off"):
            pyarrow.table(pay.downloadbill(bill_date="20261127"))
        with pytest.raises(TransportError):
            pay.downloadbill(bill_date="20261127").to_polars()


def test_what_readers_leave_is_freed() -> None:
    whole = many()
    table = bill.read(whole).to_arrow()

    class Source:
        """Counts the objects that hold the rows."""

        alive = 0

        def __init__(self) -> None:
            self.inner = bill.read(whole)._source
            Source.alive += 1

        def __del__(self) -> None:
            Source.alive -= 1

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    def capsule_alone() -> None:
        Bill(Source()).__arrow_c_stream__()
        table.__arrow_c_stream__()
        table.__arrow_c_schema__()

    def reader_alone() -> None:
        pyarrow.RecordBatchReader.from_stream(Bill(Source()))

    def first_batch() -> None:
        pyarrow.RecordBatchReader.from_stream(Bill(Source())).read_next_batch()
        polars.DataFrame(table).head(1)

    for use in (capsule_alone, reader_alone, first_batch):
        use()
        gc.collect()
        assert Source.alive == 0, use.__name__


MEMORY = """
import resource, pyarrow
from wxpaykit import bill
import test_bill_arrow
most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
whole = test_bill_arrow.many()
def run(times):
    for _ in range(times):
        for batch in pyarrow.RecordBatchReader.from_stream(bill.read(whole)):
            pass
        table = bill.read(whole).to_arrow()
        pyarrow.RecordBatchReader.from_stream(table).read_next_batch()
run(3)
before = most()
run(12)
print((most() - before) // 1024)
"""


def test_memory_does_not_grow() -> None:
    # A bill of this test has about eight megabytes.
    grown = subprocess.check_output([sys.executable, "-c", MEMORY], text=True, cwd=Path(__file__).parent)
    assert int(grown) < 16, grown


def test_threads_share_one_stream() -> None:
    """One reads; the others are told that the stream is busy. In a process of its own: a fault would end this one."""
    code = """
        import sys, threading
        sys.path.insert(0, sys.argv[1])
        import pyarrow
        from test_bills import line, text
        from wxpaykit import bill
        # Two batches.
        whole = text(*(line(f"A{n}") for n in range(20_001)))
        for run in range(20):
            reader, rows = pyarrow.RecordBatchReader.from_stream(bill.read(whole)), []
            def read():
                while True:
                    try:
                        rows.append(reader.read_next_batch().num_rows)
                    except StopIteration:
                        return
                    except OSError as error:
                        assert "busy" in str(error), error
            threads = [threading.Thread(target=read) for _ in range(3)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            assert sum(rows) == 20_001, rows
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")


def test_several_threads_read_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(streamed, [many()] * 4))
    assert all(table == tables[0] for table in tables)
