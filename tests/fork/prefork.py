"""A minimal prefork server: a client is used in the parent, then in four children, then in the parent again.

Usage: prefork.py {sync,asyncio,busy,store} URL [STORE]. `busy` has threads that buy while it forks; with a STORE all
of them use one token.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable

from wxpaykit import AsyncWxPay, WxPay, new_out_trade_no

# This test forks a process that has threads.
warnings.filterwarnings("ignore", category=DeprecationWarning)

SETTINGS = {
    "appid": "wxd930ea5d5a258f4f",
    "mch_id": "10000100",
    "api_key": "192006250b4c09247ec02edce69f6a2d",
    "app_secret": "5a1d0c7e9b3f48268f2e6d4b7c90a1e3",
    "notify_url": "http://127.0.0.1:9/notify",
}
CHILDREN = 4


def order() -> dict[str, object]:
    return {
        "body": "tea",
        "out_trade_no": new_out_trade_no("F"),
        "total_fee": 1,
        "spbill_create_ip": "203.0.113.9",
        "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
    }


def buyer(kind: str, url: str, store: str | None) -> Callable[[], None]:
    """What buys a few times, always with the same client."""
    if store is not None:
        sharing = WxPay(endpoints=url, store=store, **SETTINGS)
        tokens = set()

        def token() -> None:
            tokens.add(sharing.jssdk.access_token())
            if len(tokens) != 1:
                sys.exit("a token of its own")

        return token

    if kind == "asyncio":
        client = AsyncWxPay(endpoints=url, **SETTINGS)

        async def several() -> None:
            await asyncio.gather(*[client.unifiedorder(**order()) for _ in range(20)])

        return lambda: asyncio.run(several())

    pay = WxPay(endpoints=url, **SETTINGS)

    def one_by_one() -> None:
        for _ in range(5):
            pay.unifiedorder(**order())

    return one_by_one


def main() -> None:
    kind, url, *store = sys.argv[1:]
    signal.alarm(40)
    buy = buyer(kind, url, *store or [None])
    buy()
    done = threading.Event()

    def go_on() -> None:
        while not done.is_set():
            buy()

    threads = [threading.Thread(target=go_on) for _ in range(4 if kind == "busy" else 0)]
    for thread in threads:
        thread.start()
    children = []
    for _ in range(CHILDREN):
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            buy()
            buy()
            os._exit(0)
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        if status != 0:
            sys.exit(f"a child ended with {status}")
    buy()
    done.set()
    for thread in threads:
        thread.join()
    print(f"parent 1 of {CHILDREN} children, parent again")


if __name__ == "__main__":
    main()
