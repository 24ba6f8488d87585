"""How results, errors, clients and the emulator show themselves in a notebook and in IPython. Imported there alone.

Replies and bills are shown by the extension, in the same form: the state first, then a line for each value.
"""

from __future__ import annotations

from datetime import datetime
from html import escape

from ._native import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType
    from typing import Any

_NAME = "text-align:left;vertical-align:top"
_CELL = "text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere"
_GREEN, _RED, _AMBER = "#1a7f37", "#cf222e", "#9a6700"
#: The colours of states, and of outcomes of attempts. All others are not decided yet.
_COLOURS = {
    **dict.fromkeys(("delivered", "handed_over", "paid", "ok", "SUCCESS"), _GREEN),
    **dict.fromkeys(("failed", "refund_failed", "transfer_failed", "refused", "not_authentic", "CLOSED"), _RED),
}
#: The names whose value is a state.
_STATES = ("state", "outcome", "trade_state")
_PACKAGE = __name__.partition(".")[0]


def html(title: str, items: Mapping[str, Any], folded: Iterable[str] = ()) -> str:
    """A table in HTML.

    Args:
        title: What it is.
        items: The values by their names. ``None`` and an empty tuple are left out.
        folded: Names that are of less interest: they are shown when a person asks for them.
    """
    hidden = frozenset(folded)
    shown = {name: value for name, value in items.items() if not _is_nothing(value)}
    rows = "".join(_row(name, value) for name, value in shown.items() if name not in hidden)
    rest = "".join(_row(name, value) for name, value in shown.items() if name in hidden)
    more = f"<details><summary>…</summary><table>{rest}</table></details>" if rest else ""
    return f"<table><caption>{escape(clean(title))}</caption>{rows}</table>{more}"


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, tuple) and not value)


def _row(name: str, value: Any) -> str:
    colour = f";font-weight:bold;color:{_COLOURS.get(str(value), _AMBER)}" if name in _STATES else ""
    return f'<tr><th style="{_NAME}">{escape(clean(name))}</th><td style="{_CELL}{colour}">{_cell(value)}</td></tr>'


def _cell(value: Any) -> str:
    own = getattr(value, "_repr_html_", None)
    if own is not None and not isinstance(value, type):
        return str(own())
    if isinstance(value, (tuple, list)) and value and all(hasattr(one, "_repr_html_") for one in value):
        return "".join(str(one._repr_html_()) for one in value)
    return escape(text(value))


def pretty(printer: Any, title: str, items: Mapping[str, Any], folded: Iterable[str] = ()) -> None:
    """The same as lines of text, for IPython in a terminal."""
    hidden = frozenset(folded)
    lines: dict[str, str] = {}
    for name, value in items.items():
        if name in hidden or _is_nothing(value):
            continue
        if isinstance(value, (tuple, list)) and value and all(hasattr(one, "_repr_pretty_") for one in value):
            lines |= {f"{name}[{number}]": _nested(one) for number, one in enumerate(value)}
        else:
            lines[name] = _nested(value) if hasattr(value, "_repr_pretty_") else text(value)
    widest = max(map(len, lines), default=0)
    printer.text(clean(title))
    for name, line in lines.items():
        printer.text(f"\n  {clean(name):<{widest}}  {line}")


def _nested(value: Any) -> str:
    """A value that shows itself: its lines, all but the first below the line of its name."""
    from IPython.lib import pretty as printers

    shown: Any = printers.pretty
    return "\n  ".join(map(clean, shown(value).split("\n")))


def text(value: Any) -> str:
    """A value as a person reads it, in one line. It has no character that moves a cursor or colours a terminal."""
    return clean(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return format(value, "%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def traceback_lines(error: BaseException) -> list[str]:
    """The traceback of an error in IPython, without the frames of this package."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    if shell is None:
        import traceback

        return traceback.format_exception(type(error), error, _outer(error.__traceback__))
    # IPython shows what caused an error with the traceback that it finds there.
    whole = [(one, one.__traceback__) for one in _causes(error)]
    try:
        for one, at in whole:
            one.__traceback__ = _outer(at)
        lines: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, _outer(error.__traceback__))
    finally:
        for one, at in whole:
            one.__traceback__ = at
    return lines


def _causes(error: BaseException) -> list[BaseException]:
    """What caused an error, what caused that, and so on. They may be a circle."""
    found: list[BaseException] = []
    at = error.__cause__ or error.__context__
    while at is not None and at is not error and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


def _outer(at: TracebackType | None) -> TracebackType | None:
    """The frames without those of this package, which are the same for each call. The frames of the user's functions
    that it called stay.
    """
    from types import TracebackType

    frames = []
    while at is not None:
        if at.tb_frame.f_globals.get("__name__", "").partition(".")[0] != _PACKAGE:
            frames.append(at)
        at = at.tb_next
    outer = None
    for frame in reversed(frames):
        outer = TracebackType(outer, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return outer
