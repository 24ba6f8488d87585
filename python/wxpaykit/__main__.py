"""``python -m wxpaykit`` is the command ``wxpaykit``."""

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main())
