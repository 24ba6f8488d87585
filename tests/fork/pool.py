"""Pools of `multiprocessing`, with a client that the parent has used before.

Usage: pool.py {fork,spawn,forkserver} {v2,v3}, with the client's settings as JSON in WXPAYKIT_SETTINGS
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from wxpaykit import WxPay

# This test forks a process that has threads.
warnings.filterwarnings("ignore", category=DeprecationWarning)

#: A spawned process imports this file again and makes its own client; a forked process has the parent's client.
pay = WxPay(**json.loads(os.environ["WXPAYKIT_SETTINGS"]))


def token(_: int) -> str:
    """The same for each process: an access token, or a signed reply of APIv3."""
    return pay.jssdk.access_token() if sys.argv[2] == "v2" else str(pay.v3.certificates().data[0].serial_no)


def main() -> None:
    wanted = token(0)
    context = multiprocessing.get_context(sys.argv[1])
    with ThreadPoolExecutor(4) as threads, ProcessPoolExecutor(3, context) as processes:
        busy = threads.map(token, range(200))
        tokens = set(processes.map(token, range(30))) | set(busy)
        with context.Pool(3) as pool:
            tokens |= set(pool.map(token, range(30)))
    tokens.add(token(0))
    print("one token" if tokens == {wanted} else tokens)


if __name__ == "__main__":
    main()
