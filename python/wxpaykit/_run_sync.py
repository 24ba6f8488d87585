"""The blocking side: a call runs while this thread waits."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from ._native import Job

    _T = TypeVar("_T")


def run(job: Job[_T]) -> _T:
    """Runs a call. Ctrl-C ends it, and the HTTP request with it."""
    return job.wait()
