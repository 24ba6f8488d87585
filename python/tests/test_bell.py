"""A loop that watches no descriptors, as Windows' does: a thread wakes it."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import pytest
from conftest import Emulator, complaints

from wxpaykit import AsyncWxPay, TransportError


class Deaf(asyncio.SelectorEventLoop):
    """As ``ProactorEventLoop``."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        raise NotImplementedError


def waiting() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "wxpaykit"]


def order(number: str, openid: str) -> dict[str, Any]:
    return {"body": "x", "out_trade_no": number, "total_fee": 1, "openid": openid, "spbill_create_ip": "127.0.0.1"}


def test_calls_end_together_and_alone(emulator: Emulator) -> None:
    async def shop() -> None:
        async with AsyncWxPay(**emulator.settings) as pay:
            for round_ in range(3):
                numbers = [f"bell{round_}n{n}" for n in range(100)]
                made = await asyncio.gather(*(pay.unifiedorder(**order(n, emulator.openid)) for n in numbers))
                assert len({reply.prepay_id for reply in made}) == 100
            assert (await pay.orderquery(out_trade_no="bell0n1")).trade_state == "NOTPAY"

    loop = Deaf()
    loop.run_until_complete(shop())
    assert len(waiting()) == 1
    loop.close()
    del loop
    gc.collect()
    # The thread ends with its loop.
    end = time.monotonic() + 10
    while waiting() and time.monotonic() < end:
        time.sleep(0.01)
    assert waiting() == []


def test_a_cancelled_call_says_what_is_known(emulator: Emulator) -> None:
    async def shop() -> None:
        async with AsyncWxPay(**{**emulator.settings, "endpoints": "http://127.0.0.1:9"}) as pay:
            with pytest.raises(TransportError) as refused:
                await pay.orderquery(out_trade_no="bell")
            assert refused.value.outcome == "not_sent"
            task = asyncio.ensure_future(pay.unifiedorder(**order("bellcut", emulator.openid)))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    loop = Deaf()
    loop.run_until_complete(shop())
    loop.close()


@pytest.mark.parametrize("end", ["", "loop.close()", "raise SystemExit(0)"])
def test_a_process_ends_by_itself(emulator: Emulator, end: str) -> None:
    program = f"""
        import asyncio
        from test_bell import Deaf
        from wxpaykit import AsyncWxPay

        pay = AsyncWxPay(**{emulator.settings!r})

        async def shop():
            hanging = asyncio.ensure_future(pay.orderquery(out_trade_no="bell0n1"))
            await pay.orderquery(out_trade_no="bell0n1")
            print("asked")

        loop = Deaf()
        loop.run_until_complete(shop())
        {end}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=30, cwd="python/tests"
    )
    assert (done.returncode, done.stdout) == (0, "asked\n"), done.stderr
    # Which of the two replies comes first is chance. asyncio itself says of the other task that it is pending.
    ours = [line for line in complaints(done.stderr) if not line.startswith("task: <Task pending")]
    assert not [line for line in ours if "wxpaykit" in line or "Fatal" in line], done.stderr
