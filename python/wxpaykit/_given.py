"""Arguments that may be left out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def given(**functions: Any) -> dict[str, Any]:
    """The functions that are given, by their names: those that are ``None`` are left out."""
    return {name: function for name, function in functions.items() if function is not None}
