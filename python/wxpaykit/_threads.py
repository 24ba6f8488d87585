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
        result = await _to_its_end(in_thread(function, *arguments))
        return await result if inspect.isawaitable(result) else result

    return run


async def _to_its_end(work: Coroutine[Any, Any, Any]) -> Any:
    """A thread cannot be stopped: whoever cancels waits for it, so that a payment is not given back while it runs."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue
        raise
