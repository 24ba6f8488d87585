"""The bases of results and of parts of a client, which show themselves in a notebook. Results become a dict."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ._native import Client


class Displayed:
    """A result whose attributes are its ``__slots__``; those with an underscore are not shown."""

    __slots__ = ()

    #: The attributes, as a person reads them: the state first.
    _shown: ClassVar[tuple[str, ...]] = ()
    #: Those of ``_shown`` that are of less interest.
    _folded: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        # IPython goes from class to class and takes the first of both that it finds; a class has a __repr__ of its own.
        if "_repr_pretty_" not in vars(cls):
            cls._repr_pretty_ = Displayed._repr_pretty_  # type: ignore[method-assign]

    def to_dict(self) -> dict[str, Any]:
        """All attributes by their names. Replies, payments and errors in it are dicts, too."""
        return {name: _plain(getattr(self, name)) for name in self._shown}

    def _repr_html_(self) -> str:
        from ._display import html

        return html(type(self).__name__, {name: getattr(self, name) for name in self._shown}, self._folded)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from ._display import pretty

        items = {name: getattr(self, name) for name in self._shown}
        pretty(printer, type(self).__name__, items, self._folded)


class ClientPart:
    """A part of a client, such as ``pay.oauth``: it shows the settings that it uses, of a key only whether it is set,
    and the names of its methods.
    """

    #: The name of the client's attribute.
    _part: ClassVar[str] = ""
    if TYPE_CHECKING:
        _native: Client

    def _shows(self) -> dict[str, str]:
        kind = type(self)
        methods = [name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))]
        return {**dict(self._native.shown(self._part)), "methods": ", ".join(methods)}

    def __repr__(self) -> str:
        if not hasattr(self, "_native"):
            return f"<pay.{self._part} (not initialised)>"
        shown = ", ".join(f"{name}: {value}" for name, value in self._shows().items())
        return f"<pay.{self._part} {shown}>"

    def _repr_html_(self) -> str:
        from ._display import html

        return html(f"pay.{self._part}", self._shows())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from ._display import pretty

        pretty(printer, f"pay.{self._part}", self._shows())


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.to_dict() if hasattr(value, "to_dict") else value
