"""Errors of Python's own kinds that this package raises: IPython ends their tracebacks at the caller's line."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _E = TypeVar("_E", bound=BaseException)

#: The method of an exception that IPython asks for its traceback.
_HOOK = "_render_traceback_"


def outer(error: _E) -> _E:
    """Lets IPython end the traceback of an error at the caller's line. In every other way the error stays as it is."""
    # A function that does not hold the error: with a circle, its frames would live until the next collection.
    vars(error).setdefault(_HOOK, _lines)
    return error


def _lines() -> list[str]:
    from ._display import traceback_lines

    # IPython asks while it handles the error, or, for %tb, afterwards.
    known = (sys.exc_info()[1], getattr(sys, "last_value", None))
    error = next(one for one in known if one is not None and vars(one).get(_HOOK) is _lines)
    return traceback_lines(error)
