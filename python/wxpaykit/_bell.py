"""Wakes a loop that watches no descriptors, such as Windows', when calls have finished: a thread waits in its place."""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from threading import Thread
from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import MutableMapping

    from ._native import Bell, Bridge

#: Those that wait, with their bells and the process that they are of.
_waiting: list[tuple[Thread, Bell, int]] = []


def wait_for(loop: AbstractEventLoop, bridges: MutableMapping[AbstractEventLoop, Bridge]) -> None:
    """Starts the thread of a loop that has a bridge. It ends with the bridge."""
    bell = bridges[loop].bell()
    # A daemon: Python waits for other threads before it runs what is registered at exit.
    thread = Thread(target=_wait, args=(ref(loop), bridges, bell), name="wxpaykit", daemon=True)
    _waiting[:] = [waiting for waiting in _waiting if waiting[0].is_alive()]
    _waiting.append((thread, bell, os.getpid()))
    thread.start()


def _wait(loop_of: ref[AbstractEventLoop], bridges: MutableMapping[AbstractEventLoop, Bridge], bell: Bell) -> None:
    while bell.wait():
        loop = loop_of()
        bridge = None if loop is None else bridges.get(loop)
        if loop is None or bridge is None:
            return
        with suppress(RuntimeError):  # The loop is closed.
            loop.call_soon_threadsafe(bridge.drain)
        # Nothing is kept alive while it waits.
        del loop, bridge


@atexit.register
def _end() -> None:
    # A thread that woke while Python is taken down would be ended inside of the native module.
    for thread, bell, process in _waiting:
        if process == os.getpid():
            bell.close()
            thread.join()
