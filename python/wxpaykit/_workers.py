"""Whether this process is one of several that probably serve the same shop."""

import os
import sys


def is_worker() -> bool:
    """Whether this process is a child of ``multiprocessing``, as uvicorn's workers are, or one of gunicorn or uWSGI."""
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        return True
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn") or "uwsgi" in sys.modules
