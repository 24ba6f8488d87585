"""Pools of `multiprocessing`, with a client that the parent has used before.

Usage: pool.py {fork,spawn,forkserver} URL
"""

from __future__ import annotations

import multiprocessing
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from wxpaykit import WxPay

# This test forks a process that has threads.
warnings.filterwarnings("ignore", category=DeprecationWarning)

#: A spawned process imports this file again and makes its own client; a forked process has the parent's client.
pay = WxPay(
    appid="wxd930ea5d5a258f4f",
    mch_id="10000100",
    api_key="192006250b4c09247ec02edce69f6a2d",
    app_secret="5a1d0c7e9b3f48268f2e6d4b7c90a1e3",
    endpoints=sys.argv[2],
)


def token(_: int) -> str:
    return pay.jssdk.access_token()


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
