"""The native module is loaded, or one sentence says what to do."""

from __future__ import annotations

import platform

try:
    # Not `from . import`, whose error would speak of a circular import.
    import wxpaykit._native  # noqa: F401
except ImportError as error:
    _here = f"{platform.system()} {platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
    _reason = str(error).split("\n", 1)[0]
    raise ImportError(
        f"wxpaykit: its native module cannot be loaded ({_here}): {_reason}. An installation for another system or "
        "another Python, and a damaged file, are the usual reasons: install wxpaykit again on the system that it runs "
        "on (pip install --force-reinstall wxpaykit)",
        name=error.name,
        path=error.path,
    ) from error
