"""The native module is loaded, or one sentence says what to do."""

from __future__ import annotations

import platform


def _unusable(cause: ImportError) -> ImportError:
    here = f"{platform.system()} {platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
    reason = str(cause).split("\n", 1)[0]
    return ImportError(
        f"wxpaykit: its native module cannot be loaded ({here}): {reason}. An installation for another system or "
        "another Python, and a damaged file, are the usual reasons: install wxpaykit again on the system that it runs "
        "on (pip install --force-reinstall wxpaykit)",
        name=cause.name,
        path=cause.path,
    )


def _load() -> None:
    try:
        # Not `from . import`, whose error would speak of a circular import.
        import wxpaykit._native  # noqa: F401
    except ImportError as cause:
        raise _unusable(cause) from cause


_load()
