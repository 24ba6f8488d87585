"""Fixtures for pytest, available without an import. Nothing is started until a test uses one."""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .testing import AsyncEmulator, Emulator


@pytest.fixture(scope="session")
def wxpay_emulator_process() -> Iterator[Emulator]:
    """One running emulator for this process: with pytest-xdist, one for each worker. Each has its own port."""
    from .testing import Emulator, EmulatorError

    wechat = Emulator()
    try:
        wechat.start()
    except EmulatorError as error:
        pytest.fail(str(error), pytrace=False)
    yield wechat
    wechat.stop()


@pytest.fixture
def wxpay_emulator(wxpay_emulator_process: Emulator) -> Iterator[Emulator]:
    """A running emulator (`wxpaykit.testing.Emulator`): ``WxPay(**wxpay_emulator.settings)``.

    Tests share it, with its orders, journal and clock, so give each order a new number (``new_out_trade_no()``). Faults
    end with the test. A test that freezes or moves the clock needs an ``Emulator`` of its own.
    """
    yield wxpay_emulator_process
    wxpay_emulator_process.clear_faults()


@pytest.fixture
def wxpay_async_emulator(wxpay_emulator: Emulator) -> AsyncEmulator:
    """The same emulator for coroutines (`wxpaykit.testing.AsyncEmulator`): ``await wxpay_async_emulator.pay(…)``.

    pytest runs an ``async def`` test only with a plugin, such as pytest-asyncio or anyio's.
    """
    from .testing import AsyncEmulator

    return AsyncEmulator.of(wxpay_emulator)
