"""Bills: rows and totals, sync and async, files, tables, comparison; fund flows and comments."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import sys
import threading
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
from conftest import Emulator, order
from test_http import server

import wxpaykit
from wxpaykit import BusinessError, ConfigError, InvalidRequest, ProtocolError, TransportError, bill
from wxpaykit._bills import Part
from wxpaykit.bill import AsyncBill, Bill, BillRow

BEIJING = timezone(timedelta(hours=8))
HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def line(number: str, fee: str = "6.00", body: str = "茶") -> str:
    cells = ["2026-11-27 09:00:01", "wxd930ea5d5a258f4f", "1900000109", "0", "", f"42{number}", number]
    cells += [
        "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "JSAPI",
        "SUCCESS",
        "OTHERS",
        "CNY",
        fee,
        "0.00",
        "0",
        "0",
        "0.00",
        "0.00",
    ]
    return "`" + ",`".join([*cells, "", "", body, "", "0.03600", "0.60%", fee, "0.00", ""])


def text(*lines: str) -> bytes:
    whole = ["\ufeff" + HEADER, *lines, TOTALS, f"`{len(lines)}.0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0", ""]
    return "\r\n".join(whole).encode()


class Day:
    """A day of an emulator, whose clock stands still: an order of 600 fen, and a refund of 200."""

    def __init__(self, wechat: Emulator) -> None:
        self.wechat = wechat
        self.until(8)
        fields = order(total_fee=600, body="咖啡,大杯")
        self.number = fields["out_trade_no"]
        pay = wechat.sync()
        pay.unifiedorder(**fields)
        wechat.post("/_emulator/pay", {"out_trade_no": self.number})
        pay.refund(out_trade_no=self.number, out_refund_no=f"R{self.number}", total_fee=600, refund_fee=200)
        wechat.post("/_emulator/clock", {"advance_s": 60})
        self.date = self.until(11).date()

    def until(self, hour: int) -> datetime:
        """Moves the clock to this hour of the next day. Returns the time before."""
        now = datetime.fromtimestamp(self.wechat.get("/_emulator/clock")["now"], BEIJING)
        then = now.replace(hour=hour, minute=0, second=0) + timedelta(days=1)
        self.wechat.post("/_emulator/clock", {"advance_s": int((then - now).total_seconds())})
        return now


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    with Emulator(frozen_clock=True) as wechat:
        yield Day(wechat)


def blocking(day: Day, **fields: Any) -> tuple[list[BillRow], BillRow | None]:
    found = day.wechat.sync().downloadbill(**fields)
    return list(found), found.summary


def awaited(day: Day, **fields: Any) -> tuple[list[BillRow], BillRow | None]:
    async def run() -> tuple[list[BillRow], BillRow | None]:
        found = day.wechat.asyncio().downloadbill(**fields)
        return [row async for row in found], found.summary

    return asyncio.run(run())


Read = Callable[..., tuple[list[BillRow], BillRow | None]]
BOTH = pytest.mark.parametrize("read", [blocking, awaited])


@BOTH
@pytest.mark.parametrize("packed", [{}, {"tar_type": "GZIP"}], ids=["text", "gzip"])
def test_rows_and_totals_are_typed(day: Day, read: Read, packed: dict[str, str]) -> None:
    rows, summary = read(day, bill_date=day.date, bill_type="ALL", **packed)
    paid, back = rows
    assert (paid.out_trade_no, paid.total_fee, paid.body, paid.trade_state) == (day.number, 600, "咖啡,大杯", "SUCCESS")
    assert (paid.fee, back.fee) == (Decimal("0.04000"), Decimal("-0.01000"))
    assert paid.trade_time is not None and paid.trade_time.utcoffset() == timedelta(hours=8)
    assert paid.trade_time.date() == day.date
    assert (paid.sub_mch_id, paid.refund_id, paid.refund_status, paid.ambiguous) == (None, None, None, False)
    assert (back.out_refund_no, back.refund_fee, back.refund_status) == (f"R{day.number}", 200, "SUCCESS")
    assert (paid["total_fee"], paid["订单金额"], "新列" in paid, "订单金额" in paid) == (600, "6.00", False, True)
    assert paid.raw["商品名称"] == "咖啡,大杯" and paid.to_dict()["total_fee"] == 600
    with pytest.raises(KeyError):
        paid["新列"]
    with pytest.raises(AttributeError):
        getattr(paid, "no_such_cell")  # noqa: B009
    assert "total_fee=600" in repr(paid) and paid.openid is not None and paid.openid not in repr(paid)
    assert summary is not None
    assert (summary.total_count, summary.total_fee, summary.refund_fee) == (2, 600, 200)


@BOTH
def test_every_form_of_a_date(day: Day, read: Read) -> None:
    noon = datetime(day.date.year, day.date.month, day.date.day, 12, tzinfo=BEIJING)
    # The evening before in New York is the day in Beijing.
    abroad = noon.replace(hour=9).astimezone(timezone(timedelta(hours=-5)))
    for given in (day.date, noon, abroad, f"{day.date:%Y%m%d}", day.date.isoformat()):
        assert len(read(day, bill_date=given)[0]) == 2, given
    for wrong in (datetime(2026, 11, 27), "2026-13-01", "20261", 20261127, None):
        with pytest.raises(InvalidRequest) as refused:
            read(day, bill_date=wrong)
        assert refused.value.field == "bill_date"


@BOTH
def test_a_bill_that_is_not_there(day: Day, read: Read) -> None:
    with pytest.raises(ProtocolError) as refused:
        read(day, bill_date=date(2020, 1, 1), tar_type="GZIP")
    assert (refused.value.code, refused.value.return_msg, refused.value.retry) == ("no_bill", "No Bill Exist", "never")
    today = datetime.fromtimestamp(day.wechat.get("/_emulator/clock")["now"], BEIJING).date()
    with pytest.raises(ProtocolError) as refused:
        read(day, bill_date=today)
    assert (refused.value.code, refused.value.retry) == ("no_bill", "same_request")
    assert f"again after {today + timedelta(days=1)} 10:00:00 in Beijing" in str(refused.value)


@BOTH
def test_texts_of_a_bill_with_escapes_and_a_day_with_totals_of_zero(day: Day, read: Read) -> None:
    day.wechat.post("/_emulator/faults", {"fault": "bill_texts", "texts": "escaped", "times": 1})
    rows, _ = read(day, bill_date=day.date)
    assert [(row.body, bill.unescape(str(row.body)), row.ambiguous) for row in rows] == [
        (r"咖啡\ 大杯", "咖啡,大杯", False)
    ] * 2
    assert [row.body for row in read(day, bill_date=day.date)[0]] == ["咖啡,大杯"] * 2
    day.wechat.post("/_emulator/faults", {"fault": "bill_empty", "times": 1})
    before = day.date - timedelta(days=1)
    rows, summary = read(day, bill_date=before)
    assert rows == [] and summary is not None
    assert (summary.total_count, summary.total_fee, summary.refund_fee) == (0, 0, 0)
    with pytest.raises(ProtocolError) as refused:
        read(day, bill_date=before)
    assert refused.value.code == "no_bill"


def test_fund_flows_and_comments_need_the_certificate(day: Day) -> None:
    pay = day.wechat.sync()
    rows = list(pay.downloadfundflow(bill_date=day.date, account_type="Basic", tar_type="GZIP"))
    assert [(row.direction, row.amount) for row in rows] == [("收入", 600), ("支出", 4), ("支出", 199)]
    with pytest.raises(BusinessError) as refused:
        pay.downloadfundflow(bill_date=day.date, account_type="Fees")
    assert refused.value.code == "no_bill"
    with pytest.raises(InvalidRequest):
        pay.downloadfundflow(bill_date=day.date, bill_type="ALL")  # type: ignore[call-arg]
    with pytest.raises(ConfigError):
        day.wechat.sync(client_cert=None, client_key=None).downloadfundflow(bill_date=day.date)
    day.wechat.post("/_emulator/comment", {"out_trade_no": day.number, "stars": 5, "comment": "哎呦, 不错哦"})
    now = datetime.fromtimestamp(day.wechat.get("/_emulator/clock")["now"], BEIJING)
    for found in (
        pay.batchquerycomment(begin_time=now - timedelta(hours=1), end_time=now),
        asyncio.run(day.wechat.asyncio().batchquerycomment(begin_time=now - timedelta(hours=1), end_time=now)),
    ):
        assert [(comment.stars, comment.comment) for comment in found.comments] == [(5, "哎呦, 不错哦")]
        assert found.offset == 1


def test_a_bill_is_read_once(day: Day) -> None:
    found = day.wechat.sync().downloadbill(bill_date=day.date)
    assert found.summary is None
    list(found)
    for again in (lambda: list(found), found.columns, lambda: found.save("x.csv"), lambda: found.compare([])):
        with pytest.raises(InvalidRequest, match="read once"):
            again()
    assert not list(Path().glob("x.csv*"))


def test_await_opens_a_bill(day: Day) -> None:
    async def run() -> None:
        found = await day.wechat.asyncio().downloadbill(bill_date=day.date)
        assert isinstance(found, AsyncBill) and found.summary is None
        assert (await found.columns())["total_fee"] == [600, 0]
        assert found.summary is not None and found.bytes_read > 0

    asyncio.run(run())


@BOTH
def test_a_bill_is_saved_with_progress(day: Day, read: Read, tmp_path: Path) -> None:
    seen: list[int] = []
    path = tmp_path / "bill.csv"
    if read is blocking:
        day.wechat.sync().downloadbill(bill_date=day.date, tar_type="GZIP").save(path, progress=seen.append)
    else:

        async def run() -> None:
            await day.wechat.asyncio().downloadbill(bill_date=day.date).save(path, progress=seen.append)

        asyncio.run(run())
    assert seen and seen == sorted(seen)
    assert path.read_bytes().startswith("\ufeff交易时间".encode())
    rows, summary = read(day, bill_date=day.date)
    again = bill.read(path)
    assert isinstance(again, Bill)
    assert list(again) == rows and again.summary == summary
    assert [file.name for file in tmp_path.iterdir()] == ["bill.csv"]


def test_a_file_is_the_same_as_a_download(tmp_path: Path) -> None:
    whole = text(line("A1"), line("A2", "0.01", "第一行\n第二行"))
    path = tmp_path / "bill.csv.gz"
    path.write_bytes(gzip.compress(whole))
    for given in (whole, bytearray(whole), memoryview(whole), path, str(path), gzip.compress(whole)):
        found = bill.read(given)
        assert [(row.out_trade_no, row.total_fee) for row in found] == [("A1", 600), ("A2", 1)]
    with pytest.raises(FileNotFoundError):
        bill.read(tmp_path / "nothing.csv")
    with pytest.raises(InvalidRequest) as refused:
        list(bill.read(whole[: len(whole) // 2]))
    assert refused.value.code == "bill_incomplete"
    with pytest.raises(InvalidRequest) as refused:
        list(bill.read(text(line("A1")).replace(b"42A1", b"4.2000E+27")))
    assert refused.value.code == "bill_malformed" and "spreadsheet" in str(refused.value)
    assert bill.unescape(r"咖啡\ 大杯") == "咖啡,大杯"


def test_an_error_of_a_file_is_raised_again() -> None:
    whole = text(line("A1"), line("A2"))
    for given, code in ((whole[:-20], "bill_incomplete"), (whole + b"`more\n", "bill_malformed")):
        source = bill.read(given)._source
        for _ in range(3):
            with pytest.raises(InvalidRequest) as refused:
                deque(iter(source.rows, None), maxlen=0)
            assert refused.value.code == code


def test_an_error_of_a_download_is_raised_again(emulator: Emulator) -> None:
    half = text(line("A1"), line("A2"))[:-40]
    with server(lambda path, fields: (200, half)) as url:
        source = emulator.sync(endpoints=url, max_network_retries=0).downloadbill(bill_date="20261127")._source
        for _ in range(3):
            with pytest.raises(TransportError) as refused:
                deque(iter(source.rows, None), maxlen=0)
            assert (refused.value.code, refused.value.retry) == ("malformed_reply", "same_request")


def test_a_loop_that_goes_on_after_an_error_meets_it_again(emulator: Emulator, day: Day) -> None:
    half = text(line("A1"), line("A2"))[:-40]
    for given, code in (
        (text(line("A1"), line("A2"))[:-20], "bill_incomplete"),
        (text(line("A1")) + b"`more\n", "bill_malformed"),
    ):
        mine = iter(bill.read(given))
        found = []
        while len(found) < 3:
            try:
                next(mine)
            except InvalidRequest as error:
                found.append(error.code)
        assert found == [code] * 3
    rows = iter(bill.read(text(line("A1"))))
    assert [row.out_trade_no for row in rows] == ["A1"] and next(rows, None) is None

    async def read(url: str) -> list[str]:
        found, pay = [], emulator.asyncio(endpoints=url, max_network_retries=0)
        rows = aiter(pay.downloadbill(bill_date="20261127"))
        while len(found) < 3:
            try:
                await anext(rows)
            except TransportError as error:
                found.append(error.code)
        return found

    with server(lambda path, fields: (200, half)) as url:
        pieces = iter(emulator.sync(endpoints=url, max_network_retries=0).downloadbill(bill_date="20261127"))
        codes = []
        while len(codes) < 3:
            try:
                next(pieces)
            except TransportError as error:
                codes.append(error.code)
        assert codes == asyncio.run(read(url)) == ["malformed_reply"] * 3

    async def given_up() -> None:
        opened = await day.wechat.asyncio().downloadbill(bill_date=day.date)
        rows = aiter(opened)
        reading = asyncio.ensure_future(anext(rows))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        for _ in range(3):
            with pytest.raises(InvalidRequest, match="it was closed"):
                await anext(rows)
        # The end is the end, and stays it.
        rows = aiter(day.wechat.asyncio().downloadbill(bill_date=day.date))
        assert len([row async for row in rows]) == 2
        with pytest.raises(StopAsyncIteration):
            await anext(rows)

    asyncio.run(given_up())


def test_a_loop_does_not_wait_for_the_disk(day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    synced = os.fsync

    def fsync(descriptor: int) -> None:
        threads.append(threading.current_thread())
        synced(descriptor)

    monkeypatch.setattr("wxpaykit._bills.fsync", fsync)
    path = tmp_path / "bill.csv"
    asyncio.run(day.wechat.asyncio().downloadbill(bill_date=day.date).save(path))
    assert len(threads) == 1 and threads[0] is not threading.main_thread()
    assert path.stat().st_size > 0 and list(tmp_path.iterdir()) == [path]


def test_a_save_that_is_cancelled_while_the_disk_writes(
    day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is whole then, and nothing else is left behind."""
    begun, go_on = threading.Event(), threading.Event()

    def fsync(descriptor: int) -> None:
        begun.set()
        assert go_on.wait(20)

    monkeypatch.setattr("wxpaykit._bills.fsync", fsync)
    path = tmp_path / "bill.csv"

    async def cancelled() -> None:
        saving = asyncio.ensure_future(day.wechat.asyncio().downloadbill(bill_date=day.date).save(path))
        assert await asyncio.to_thread(begun.wait, 20)
        saving.cancel()
        threading.Timer(0.2, go_on.set).start()
        with pytest.raises(asyncio.CancelledError):
            await saving

    asyncio.run(cancelled())
    assert list(tmp_path.iterdir()) == [path] and path.stat().st_size > 0


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, done = tmp_path / "bill.csv", []

    def synced(number: int) -> None:
        done.append((os.fstat(number).st_size, path.exists()))

    monkeypatch.setattr("wxpaykit._bills.fsync", synced)
    with Part(path) as part:
        part.write(b"whole")
    assert done == [(5, False)], "with all that was written, and under its other name"
    assert path.read_bytes() == b"whole"
    # A bill that breaks off is removed, so nothing has to be kept.
    part = Part(path)
    part.write(b"half")
    with pytest.raises(ZeroDivisionError), part:
        1 / 0  # noqa: B018
    assert (len(done), path.read_bytes(), len(list(tmp_path.iterdir()))) == (1, b"whole", 1)


def test_a_part_file_that_cannot_be_closed_is_removed(tmp_path: Path) -> None:
    class Full:
        """A file whose last bytes find no room."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

        def close(self) -> None:
            self.file.close()
            raise OSError(errno.ENOSPC, "No space left on device")

    part = Part(tmp_path / "bill.csv")
    part._file = Full(part._file)
    with pytest.raises(OSError, match="No space"), part:
        pass
    assert list(tmp_path.iterdir()) == []
    # Its name became that of a folder in the meantime.
    part = Part(tmp_path / "folder")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError), part:
        part.write(b"x")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]
    # Somebody removed it: the error is the one that came first.
    part = Part(tmp_path / "bill.csv")
    next(tmp_path.glob("*.part")).unlink()
    with pytest.raises(ZeroDivisionError), part:
        1 / 0  # noqa: B018


@BOTH
def test_a_bill_takes_the_place_of_a_file_alone(day: Day, read: Read, tmp_path: Path) -> None:
    half = text(line("A1"), line("A2"))[:-40]
    path, mine = tmp_path / "bill.csv", tmp_path / "bill.csv.part"
    mine.write_bytes(b"mine")
    broken: list[str] = []

    def save(to: Any, progress: Any = None, **settings: Any) -> None:
        if read is blocking:
            day.wechat.sync(**settings).downloadbill(bill_date=day.date).save(to, progress=progress)
            return

        async def run() -> None:
            await day.wechat.asyncio(**settings).downloadbill(bill_date=day.date).save(to, progress=progress)

        asyncio.run(run())

    def another(_: int) -> None:
        """Saves a broken bill to the path, while the whole one is saved."""
        if not broken:
            with server(lambda path, fields: (200, half)) as url, ThreadPoolExecutor() as threads:
                error = threads.submit(save, path, endpoints=url, max_network_retries=0).exception()
            assert isinstance(error, TransportError)
            broken.append(error.code)

    save(path, another)
    assert broken == ["malformed_reply"]
    assert path.read_bytes().startswith("\ufeff交易时间".encode()) and path.read_bytes().endswith(b"\r\n")
    assert mine.read_bytes() == b"mine"
    for to, words in [
        (tmp_path, "is a folder, not a file: give the path of a file in it$"),
        ("", "must not be empty$"),
        (tmp_path / "a\0b", r"U\+0000"),
        ("/dev/stdout", "is not a regular file$"),
        ("/dev/null", "is not a regular file$"),
    ]:
        with pytest.raises(InvalidRequest, match=words) as refused:
            save(to)
        assert refused.value.field == "path"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bill.csv", "bill.csv.part"]


def test_rows_are_values() -> None:
    one, other = (next(iter(bill.read(text(line("A1"))))) for _ in range(2))
    assert one == other and hash(one) == hash(other) and one != "A1"
    assert one != next(iter(bill.read(text(line("A2")))))
    assert "<table>" in one._repr_html_()


def test_tables() -> None:
    rows = [line(f"A{n}", f"{n}.01") for n in range(3000)]
    columns = bill.read(text(*rows)).columns()
    assert columns["total_fee"] == [100 * n + 1 for n in range(3000)]
    frame = bill.read(text(*rows)).to_pandas()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 3000
    assert frame["total_fee"].sum() == sum(columns["total_fee"]) and frame["total_fee"].dtype == "int64"
    assert frame["trade_time"][0].isoformat() == "2026-11-27T09:00:01+08:00"
    assert frame["fee"][0] == Decimal("0.03600") and frame["refund_id"][0] is None
    frame = bill.read(text(*rows)).to_polars()
    assert isinstance(frame, polars.DataFrame) and frame["total_fee"].sum() == sum(columns["total_fee"])
    assert frame["trade_time"][0].isoformat() == "2026-11-27T09:00:01+08:00"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ImportError, match=f"pip install {package}"):
            getattr(bill.read(text(line("A1"))), f"to_{package}")()


def test_a_comparison(day: Day) -> None:
    mine = [
        {"out_trade_no": day.number, "total_fee": 500, "trade_state": "SUCCESS"},
        {"out_trade_no": "unknown", "total_fee": 1},
    ]
    found = bill.compare(day.wechat.sync().downloadbill(bill_date=day.date), mine)
    assert [(one.kind, one.out_trade_no, one.bill_amount, one.my_amount) for one in found] == [
        ("only_in_bill", day.number, 200, None),
        ("amount", day.number, 600, 500),
        ("only_mine", "unknown", None, 1),
    ]
    assert found[0].out_refund_no == f"R{day.number}"

    class Order:
        out_trade_no = day.number
        total_fee = 600

    class Refund:
        out_refund_no = f"R{day.number}"
        refund_fee = 200
        refund_status = "SUCCESS"

    async def run() -> Any:
        return await bill.compare(day.wechat.asyncio().downloadbill(bill_date=day.date), [Order(), Refund()])

    assert asyncio.run(run()) == []
    for wrong in ([{"out_trade_no": "A"}], [{"total_fee": 1}], [{"out_trade_no": "A", "total_fee": 1.0}], mine[:1] * 2):
        with pytest.raises(InvalidRequest) as refused:
            bill.read(text(line("A1"))).compare(wrong)
        assert refused.value.field == "mine"
    with pytest.raises(InvalidRequest, match="mine: must be a list of objects, not int"):
        bill.read(text(line("A1"))).compare(5)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="mine: must be a list of objects, not int"):
        asyncio.run(day.wechat.asyncio().downloadbill(bill_date=day.date).compare(5))  # type: ignore[arg-type]

    def failing() -> Iterator[Any]:
        raise TypeError("the shop's own")
        yield

    with pytest.raises(TypeError, match="the shop's own"):
        bill.read(text(line("A1"))).compare(failing())


def test_a_bill_that_breaks_off_is_an_error(emulator: Emulator) -> None:
    half = text(line("A1"), line("A2"))[:-40]
    with server(lambda path, fields: (200, half)) as url:
        pay = emulator.sync(endpoints=url, max_network_retries=0)
        rows = iter(pay.downloadbill(bill_date="20261127"))
        with pytest.raises(TransportError) as refused:
            list(rows)
        assert (refused.value.code, refused.value.retry) == ("malformed_reply", "same_request")


def test_tasks_share_the_rows_of_a_bill(emulator: Emulator) -> None:
    """Each row goes to one of them, and the bill is downloaded once."""
    numbers, asked, whole = [f"A{n}" for n in range(5_000)], [], text(*(line(f"A{n}") for n in range(5_000)))

    def answer(path: str, fields: Any) -> tuple[int, bytes]:
        asked.append(path)
        return 200, whole

    async def main(url: str, opened: bool) -> list[str]:
        found = emulator.asyncio(endpoints=url).downloadbill(bill_date="20261127")
        if opened:
            assert await asyncio.gather(*(found for _ in range(3))) == [found] * 3
        rows, seen = aiter(found), []

        async def work() -> None:
            async for row in rows:
                seen.append(row.out_trade_no)
                await asyncio.sleep(0)

        await asyncio.gather(*(work() for _ in range(4)))
        assert found.summary is not None
        return sorted(seen)

    with server(answer) as url:
        for opened in (False, True):
            asked.clear()
            assert asyncio.run(main(url, opened)) == sorted(numbers)
            assert asked == ["/pay/downloadbill"]


def test_a_task_that_is_cancelled_leaves_the_others_an_error(emulator: Emulator) -> None:
    """Its rows may be lost: the others are told, and do not take them for the end."""
    whole = text(*(line(f"A{n}") for n in range(5_000)))

    async def main(url: str) -> None:
        found = await emulator.asyncio(endpoints=url).downloadbill(bill_date="20261127")
        rows = aiter(found)
        first, *others = [asyncio.ensure_future(anext(rows)) for _ in range(4)]
        await asyncio.sleep(0)
        first.cancel()
        ended = await asyncio.gather(first, *others, return_exceptions=True)
        assert [type(one) for one in ended] == [asyncio.CancelledError, *[InvalidRequest] * 3]

    with server(lambda path, fields: (200, whole)) as url:
        asyncio.run(main(url))


@pytest.mark.parametrize("kind", ["download", "file"])
def test_threads_share_the_rows_of_a_bill(emulator: Emulator, kind: str) -> None:
    whole = text(*(line(f"A{n}") for n in range(3_000)))
    patience = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with server(lambda path, fields: (200, whole)) as url, ThreadPoolExecutor(4) as threads:
            pay = emulator.sync(endpoints=url)
            rows = iter(bill.read(whole) if kind == "file" else pay.downloadbill(bill_date="20261127"))
            seen = list(threads.map(lambda _: [row.out_trade_no for row in rows], range(4)))
    finally:
        sys.setswitchinterval(patience)
    assert sorted(number for some in seen for number in some) == sorted(f"A{n}" for n in range(3_000))


def test_threads_that_share_an_error_all_meet_it() -> None:
    rows = iter(bill.read(text(*(line(f"A{n}") for n in range(5_000)))[:-20]))

    def read(_: int) -> str | None:
        try:
            deque(rows, maxlen=0)
        except InvalidRequest as error:
            return error.code
        return None

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(read, range(4))) == ["bill_incomplete"] * 4


def test_a_long_bill_needs_little_memory() -> None:
    whole = text(*(line(f"A{n}") for n in range(30_000)))
    tracemalloc.start()
    count = sum(1 for _ in bill.read(whole))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 30_000 and most < 4 << 20, most
    assert wxpaykit.bill.Bill is Bill
