"""The history of one order in the emulator: a table, and a picture where matplotlib is installed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec

from ._display import html
from ._native import clean, phrase
from ._native import moments as moments_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Literal

    _Lane = Literal["request", "customer", "notification"]

_BEIJING = timezone(timedelta(hours=8))
#: Who did it, from the top of the picture to its bottom.
_LANES: dict[_Lane, str] = {
    "request": "shop → WeChat",
    "customer": "customer",
    "notification": "WeChat → shop",
}
#: The same as people read it.
_SHOWN_LANES = dict(zip(_LANES, phrase("shop → WeChat | customer | WeChat → shop").split(" | "), strict=True))
#: What is no path, in lines and tables.
_SHOWN = dict(
    zip(
        ("paid", "notification", "refund notification"),
        phrase("paid | notification | refund notification").split(" | "),
        strict=True,
    )
)
#: Fonts with Chinese, of which a machine may have one. Those of matplotlib have none.
_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
)
_OK, _FAILED, _ = phrase("ok | failed | acknowledged").split(" | ")
_GREEN, _RED = "#1a7f37", "#cf222e"


class Moment:
    """Something that happened to an order.

    Attributes:
        at: When, on the emulator's clock, in Beijing time.
        lane: Who did it: ``request`` (the shop), ``customer``, or ``notification`` (WeChat).
        what: What it was, such as ``/pay/unifiedorder``.
        ok: Whether it succeeded.
        detail: Why it failed, or more about it.
    """

    __slots__ = ("at", "detail", "lane", "ok", "what")

    def __init__(self, at: int, lane: _Lane, what: str, ok: bool, detail: str) -> None:
        self.at = datetime.fromtimestamp(at, _BEIJING)
        self.lane = lane
        self.what = what
        self.ok = ok
        self.detail = detail

    def __repr__(self) -> str:
        result, what = _OK if self.ok else _FAILED, _SHOWN.get(self.what, self.what)
        line = f"{self.at:%Y-%m-%d %H:%M:%S}  {_SHOWN_LANES[self.lane]}  {what}  {result}  {self.detail}"
        return clean(line.rstrip())

    def to_dict(self) -> dict[str, Any]:
        """All attributes by their names."""
        return {name: getattr(self, name) for name in ("at", "lane", "what", "ok", "detail")}


class Timeline:
    """The history of one order, oldest first. ``print`` shows a line for each moment; a notebook shows a table, and a
    picture where matplotlib is installed. ``pandas.DataFrame(timeline.to_dicts())`` is a table, too.

    Attributes:
        out_trade_no: The merchant's number of the order.
        moments: The moments of its history.
    """

    __slots__ = ("moments", "out_trade_no")

    def __init__(self, out_trade_no: str, moments: Sequence[Moment]) -> None:
        self.out_trade_no = out_trade_no
        self.moments = tuple(sorted(moments, key=lambda moment: moment.at))

    def __iter__(self) -> Iterator[Moment]:
        return iter(self.moments)

    def __len__(self) -> int:
        return len(self.moments)

    def __str__(self) -> str:
        return "\n".join(map(repr, self.moments))

    def __repr__(self) -> str:
        return f"<timeline of order {clean(self.out_trade_no)}: {len(self.moments)} moments>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict for each moment."""
        return [moment.to_dict() for moment in self.moments]

    def _repr_html_(self) -> str:
        rows = {}
        for number, moment in enumerate(self.moments, 1):
            words = (
                f"{moment.at:%m-%d %H:%M:%S}",
                _SHOWN_LANES[moment.lane],
                _SHOWN.get(moment.what, moment.what),
                "✓" if moment.ok else "✗",
                moment.detail,
            )
            rows[str(number)] = "  ".join(word for word in words if word)
        table = html(phrase(f"order {clean(self.out_trade_no)}"), rows)
        return (self._picture() or "") + table

    def plot(self, axes: Any = None) -> Any:
        """Draws the moments on a scale of time since the first one. Its words are Chinese where the language is and
        matplotlib has a font for it.

        Args:
            axes: Where to draw, as matplotlib's ``Axes``; new ones when left out.

        Returns:
            The ``Axes``.

        Raises:
            ImportError: matplotlib is not installed.
        """
        return self._drawn(axes, _SHOWN_LANES == _LANES or _chinese_font() is not None)

    def _drawn(self, axes: Any, in_language: bool) -> Any:
        if axes is None:
            from matplotlib.figure import Figure

            axes = Figure(figsize=(8.0, 2.4), layout="constrained").add_subplot()
        lanes = list(_LANES)
        start = self.moments[0].at if self.moments else None
        for moment in self.moments:
            assert start is not None
            since = (moment.at - start).total_seconds()
            height = len(lanes) - 1 - lanes.index(moment.lane)
            axes.plot(
                since, height, marker="o" if moment.ok else "X", color=_GREEN if moment.ok else _RED, markersize=9
            )
        seconds = max(((moment.at - start).total_seconds() for moment in self.moments if start), default=0.0)
        # Notifications are repeated after seconds first, and after hours in the end.
        if seconds > _LINEAR:
            axes.set_xscale("symlog", linthresh=_LINEAR)
            names = phrase(_TICKS) if in_language else _TICKS
            times = zip(_TIMES, names.split(" | "), strict=True)
            ticks = {at: name for at, name in times if at <= seconds * 1.2}
            axes.set_xticks(list(ticks), labels=list(ticks.values()), minor=False)
            axes.set_xticks([], minor=True)
        else:
            axes.set_xlabel("s")
        shown = _SHOWN_LANES if in_language else _LANES
        axes.set_yticks(range(len(lanes)), labels=[shown[lane] for lane in reversed(lanes)])
        axes.set_ylim(-0.5, len(lanes) - 0.5)
        axes.grid(axis="x", alpha=0.3)
        title = f"order {clean(self.out_trade_no)}"
        axes.set_title(phrase(title) if in_language else title, fontsize=10)
        font = _chinese_font()
        if font is not None and in_language and _SHOWN_LANES != _LANES:
            for text in (axes.title, *axes.get_xticklabels(), *axes.get_yticklabels()):
                text.set_fontfamily([font, "sans-serif"])
        return axes

    def _picture(self) -> str | None:
        """The drawing as SVG; ``None`` without matplotlib."""
        if find_spec("matplotlib") is None:
            return None
        from io import StringIO

        out, axes = StringIO(), self._drawn(None, in_language=True)
        if _SHOWN_LANES == _LANES or _chinese_font() is not None:
            axes.figure.savefig(out, format="svg")
        else:
            _save_with_text(axes.figure, out)
        svg = out.getvalue()
        return svg[svg.index("<svg") :]


def _chinese_font() -> str | None:
    """A font with Chinese that matplotlib knows."""
    from matplotlib.font_manager import fontManager

    known = set(fontManager.get_font_names())
    return next((font for font in _CHINESE_FONTS if font in known), None)


def _save_with_text(figure: Any, out: Any) -> None:
    """Saves a picture whose words are texts, which the notebook writes with its own fonts, and no outlines."""
    import warnings

    from matplotlib import rc_context

    # matplotlib takes Chinese for narrower than it is.
    figure.get_layout_engine().set(w_pad=0.3)
    with rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.savefig(out, format="svg")


#: Up to how many seconds the scale of time is even.
_LINEAR = 15
_TIMES = (0, 15, 60, 300, 1800, 7200, 21600, 86400)
_TICKS = "0 | 15 s | 1 min | 5 min | 30 min | 2 h | 6 h | 1 day"


def timeline(
    out_trade_no: str,
    order: Mapping[str, Any],
    refunds: Sequence[Mapping[str, Any]],
    journal: Sequence[Mapping[str, Any]],
) -> Timeline:
    """The history of an order.

    Args:
        out_trade_no: Its number.
        order: The order, as the control API shows it.
        refunds: Its refunds, as the control API shows them.
        journal: The emulator's journal.
    """
    found = moments_of(out_trade_no, json.dumps(order), json.dumps(refunds), json.dumps(journal))
    return Timeline(out_trade_no, [Moment(*one) for one in found])
