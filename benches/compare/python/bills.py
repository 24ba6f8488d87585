"""A bill of 100,000 rows and 27 columns: typed rows beside ``csv.reader``, tables beside ``pandas.read_csv``, memory.

Each job runs in turn with the other, in one process; the memory is measured in a process of its own. So are tables with
and without pyarrow: where it is installed, pandas keeps texts in Arrow's arrays, and ``read_csv`` takes a third of the
time.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from wxpaykit import bill

ROWS = 100_000
HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def row(n: int) -> str:
    fee = f"{n % 10_000 / 100 + 0.01:.2f}"
    cells = [
        f"2026-11-27 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}",
        "wxd930ea5d5a258f4f",
        "1900000109",
        "0",
        "",
    ]
    cells += [
        f"42000029902025112712345{n:05}",
        f"WXK20251127{n:06}",
        f"oUpF8uMuAJO_M2pxb1Q9zNj{n:05}",
        "JSAPI",
        "SUCCESS",
    ]
    cells += ["OTHERS", "CNY", fee, "0.00", "0", "0", "0.00", "0.00", "", "", "腾讯充值中心-QQ会员充值", "深圳分店"]
    return "`" + ",`".join([*cells, "0.03600", "0.60%", fee, "0.00", ""])


def text(rows: int) -> bytes:
    totals = f"`{rows}.0,`0.0,`0.0,`0.0,`0.0,`0.0,`0.0"
    return "\r\n".join(["\ufeff" + HEADER, *map(row, range(rows)), TOTALS, totals, ""]).encode()


def typed(path: Path) -> int:
    """Reads what a shop's books need of each row."""
    found = 0
    for one in bill.read(path):
        found += len(one.out_trade_no or "") + (one.total_fee or 0) + (one.trade_state == "SUCCESS")
    return found


def split(path: Path) -> int:
    """Splits each row, and converts nothing."""
    found = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        for cells in csv.reader(file):
            found += len(cells)
    return found


def to_pandas(path: Path) -> Any:
    return bill.read(path).to_pandas()


def read_csv(path: Path) -> Any:
    import pandas

    return pandas.read_csv(io.BytesIO(path.read_bytes()), low_memory=False, nrows=ROWS)


def columns(path: Path) -> Any:
    import pandas

    return pandas.DataFrame(bill.read(path).columns())


def by_arrow(path: Path) -> Any:
    import pandas

    return pandas.DataFrame.from_arrow(bill.read(path))


def to_polars(path: Path) -> Any:
    return bill.read(path).to_polars()


def polars_csv(path: Path) -> Any:
    import polars

    return polars.read_csv(path, n_rows=ROWS, quote_char=None)


def tables(path: Path, *, pyarrow: bool) -> list[tuple[str, float, float]]:
    """Milliseconds of ours and of the other, for each job."""
    if not pyarrow:
        # pandas takes it for not installed.
        sys.modules["pyarrow"] = None  # type: ignore[assignment]
    jobs = {
        "the same to pandas; pandas.read_csv": (to_pandas, read_csv),
        "columns() to pandas; pandas.read_csv": (columns, read_csv),
    }
    if pyarrow:
        jobs = {f"pyarrow: {job}": pair for job, pair in jobs.items()}
        jobs["pyarrow: by Arrow to pandas; pandas.read_csv"] = (by_arrow, read_csv)
        jobs["to Polars; polars.read_csv"] = (to_polars, polars_csv)
    return [(job, *turns(partial(ours, path), partial(other, path), 5)) for job, (ours, other) in jobs.items()]


def turns(ours: Callable[[], Any], other: Callable[[], Any], count: int = 7) -> tuple[float, float]:
    """Milliseconds, the medians of runs that take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(count):
        for job, found in zip((ours, other), times, strict=True):
            start = time.perf_counter()
            job()
            found.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[0]), statistics.median(times[1])


MEMORY = """
import resource, sys
from wxpaykit import bill
most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in bill.read({small!r}):
    pass
before, count = most(), 0
for row in bill.read({large!r}):
    count += (row.total_fee or 0) > 0
print(count, (most() - before) / 1024)
"""


def measure(table: Any) -> None:
    """Adds the rows about bills to the table of `bench.py`."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.csv"), Path(folder, "large.csv")
        small.write_bytes(text(10))
        large.write_bytes(text(ROWS))
        ours, other = turns(lambda: typed(large), lambda: split(large))
        table.row("100,000 rows of a bill, 3 cells typed; csv.reader", ours, other, "ms", other / ours, 1)
        for pyarrow in ("without", "with"):
            found = subprocess.check_output([sys.executable, __file__, str(large), pyarrow], text=True)
            for job, ours, other in json.loads(found):
                table.row(job, ours, other, "ms", other / ours, 1)
        code = MEMORY.format(small=str(small), large=str(large))
        count, grown = subprocess.check_output([sys.executable, "-c", code], text=True).split()
        assert int(count) == ROWS
        table.row("memory for 100,000 rows, above the baseline", float(grown), None, "MiB", float(grown), 32)


if __name__ == "__main__":
    print(json.dumps(tables(Path(sys.argv[1]), pyarrow=sys.argv[2] == "with")))
