"""The native module is loaded, or one sentence says what to do."""

from __future__ import annotations


def _unusable(cause: ImportError) -> ImportError:
    # No other import needs them.
    import os
    import platform

    here = f"{platform.system()} {platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
    reason = str(cause).split("\n", 1)[0]
    # The native module, which knows the language of errors, is what is missing.
    names = ("WXPAYKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    language = next(filter(None, map(os.environ.get, names)), "")
    if language.startswith("zh"):
        text = (
            f"wxpaykit：无法加载原生模块（{here}）：{reason}。常见原因是为其他系统或其他 Python 安装的，或文件已损坏："
            "请在运行它的系统上重新安装 wxpaykit（pip install --force-reinstall wxpaykit）"
        )
    else:
        text = (
            f"wxpaykit: its native module cannot be loaded ({here}): {reason}. An installation for another system or "
            "another Python, and a damaged file, are the usual reasons: install wxpaykit again on the system that it "
            "runs on (pip install --force-reinstall wxpaykit)"
        )
    return ImportError(text, name=cause.name, path=cause.path)


def _load() -> None:
    try:
        # Not `from . import`, whose error would speak of a circular import.
        import wxpaykit._native  # noqa: F401
    except ImportError as cause:
        import os
        import sys

        error = _unusable(cause)
        if os.path.splitext(os.path.basename(next(iter(sys.argv), "")))[0] == "wxpaykit":
            # The command, whose users no traceback helps.
            sys.exit(str(error))
        raise error from cause


_load()
