"""Plain functions of the merchant's, beside an event loop that must not wait for them."""

from __future__ import annotations

import asyncio
import inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


def pooled(function: Callable[..., Any], in_thread: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """A coroutine function as it is; a plain one as a coroutine function that calls it through ``in_thread``."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004
        return function

    async def run(*arguments: object) -> Any:
        task = asyncio.ensure_future(in_thread(function, *arguments))
        try:
            result = await asyncio.shield(task)
        except asyncio.CancelledError as cancelled:
            if await _ended_well(task):
                cancelled.ended = run  # type: ignore[attr-defined]
            raise
        return await result if inspect.isawaitable(result) else result

    return run


async def _ended_well(task: asyncio.Future[Any]) -> bool:
    """A thread cannot be stopped: whoever cancels waits for it, so that a payment is not given back while it runs."""
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    if task.cancelled() or task.exception() is not None:
        return False
    result = task.result()
    if not inspect.isawaitable(result):
        return True
    # What has yet to be awaited has done nothing.
    if inspect.iscoroutine(result):
        result.close()
    return False
