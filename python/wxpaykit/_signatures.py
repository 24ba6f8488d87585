"""Signatures of calls with each field by its name, for completion. Imported in IPython and notebooks alone, which have
asyncio already.

The methods themselves take ``**fields``, which core checks against the table.
"""

from __future__ import annotations

from inspect import Parameter, signature

from . import _calls_async, _calls_sync, _v3_async, _v3_sync, aio, client, types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PREFIX = "Unpack["


def install() -> None:
    """Gives each method with the fields of a call a ``__signature__``."""
    for module in (_calls_sync, _calls_async, client, aio, _v3_sync, _v3_async):
        for kind in vars(module).values():
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                for method in vars(kind).values():
                    _install(method)


def _install(method: Callable[..., Any]) -> None:
    given = getattr(method, "__annotations__", {}).get("fields", "")
    if not given.startswith(_PREFIX):
        return
    fields = getattr(types, given.removeprefix(_PREFIX).removesuffix("]"))
    bare = signature(method)
    own = [one for one in bare.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    method.__signature__ = bare.replace(parameters=[*own, *map(_parameter(fields), fields.__annotations__)])  # type: ignore[attr-defined]


def _parameter(fields: Any) -> Callable[[str], Parameter]:
    def make(name: str) -> Parameter:
        default = Parameter.empty if name in fields.__required_keys__ else None
        kind = fields.__annotations__[name]
        # As in the source.
        return Parameter(
            name, Parameter.KEYWORD_ONLY, default=default, annotation=getattr(kind, "__forward_arg__", kind)
        )

    return make
