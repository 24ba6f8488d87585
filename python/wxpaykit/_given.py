"""Arguments that may be left out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._native import Client, Job


def given(**functions: Any) -> dict[str, Any]:
    """The functions that are given, by their names: those that are ``None`` are left out."""
    return {name: function for name, function in functions.items() if function is not None}


def job(native: Client, call: str, fields: Any) -> Job[Any]:
    """A call with the fields in a dict, which is empty afterwards.

    They may have a name, a card or a payment code, and Sentry, pytest and debug pages show local variables of all
    frames that an error went through.
    """
    try:
        return native.execute(call, fields)
    finally:
        fields.clear()
