"""Runs plain functions of the merchant's in threads, so that the event loop does not wait for them."""

from __future__ import annotations

import asyncio
import inspect

from ._handled import raised
from ._run_async import has_not_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


def pooled(function: Callable[..., Any], in_thread: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Makes a plain function a coroutine function that runs it through ``in_thread``. A coroutine function stays."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004
        return function

    async def run(*arguments: object) -> Any:
        task = asyncio.ensure_future(in_thread(contained, function, *arguments))
        try:
            result = await asyncio.shield(task)
        except asyncio.CancelledError as cancelled:
            if await _ended_well(task):
                cancelled.ended = run  # type: ignore[attr-defined]
            raise
        return await result if inspect.isawaitable(result) else result

    return run


def contained(function: Callable[..., Any], *arguments: object) -> Any:
    """Runs a function, in a thread. No future takes a ``StopIteration``, so that its task would never end; and a
    ``GeneratorExit`` closes each coroutine that waits for it.
    """
    try:
        return function(*arguments)
    except (StopIteration, GeneratorExit) as error:
        raise raised(error) from error


async def _ended_well(task: asyncio.Future[Any]) -> bool:
    """Whether the function succeeded. A thread cannot be stopped, so a cancelled task waits for it: otherwise the
    payment would be given back while the function runs.
    """
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    if task.cancelled() or task.exception() is not None:
        return False
    result = task.result()
    if not inspect.isawaitable(result):
        return not has_not_run(result)
    # A coroutine that was not awaited has done nothing.
    if inspect.iscoroutine(result):
        result.close()
    return False
