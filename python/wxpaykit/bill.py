"""Bills: downloaded ones (``pay.downloadbill``), and files that were downloaded by hand (``bill.read``)."""

from __future__ import annotations

from ._bills import Bill, Difference, read, unescape
from ._native import BillRow, BillTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._bill_async import AsyncBill as AsyncBill

__all__ = ["AsyncBill", "Bill", "BillRow", "BillTable", "Difference", "compare", "read", "unescape"]


def __getattr__(name: str) -> object:
    # Imported at first use: importing asyncio takes longer than the rest, and WxPay does not need it.
    if name == "AsyncBill":
        from ._bill_async import AsyncBill

        globals()[name] = AsyncBill
        return AsyncBill
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def compare(bill: Bill | AsyncBill, mine: Iterable[Any]) -> Any:
    """Compares a bill with your own records of its day. Await it for a bill of ``AsyncWxPay``.

    Args:
        bill: A bill whose rows were not read yet.
        mine: Mappings or objects. An order has ``out_trade_no`` and ``total_fee``, and perhaps ``trade_state``; a
            refund has ``out_refund_no``, ``refund_fee``, and perhaps ``out_trade_no`` and ``refund_status``. Amounts
            are in fen.

    Returns:
        The differences: first what only the bill has, then those of your records, in their order.

    Raises:
        InvalidRequest: A record lacks a number or an amount, or stands twice; or the bill is a fund flow, which has no
            numbers of your orders.
    """
    return bill.compare(mine)
