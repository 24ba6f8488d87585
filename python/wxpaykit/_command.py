"""The command ``wxpaykit``: pip's console script. The command itself is compiled."""

from __future__ import annotations

import os
import signal
import sys
import sysconfig

from ._native import command


def main() -> int:
    """Runs the command line of this process. Returns the exit code."""
    # Ctrl-C ends the command at once, without a traceback. During a call the command itself says what is known of it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    folders = [os.path.dirname(os.path.abspath(sys.argv[0])), sysconfig.get_path("scripts")]
    return command(sys.argv[1:], folders)
