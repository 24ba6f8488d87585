"""A minimal prefork server: a client is used in the parent, then in four children, then in the parent again.

Usage: prefork.py {sync,asyncio,busy,store} {v2,v3}, with the client's settings as JSON in WXPAYKIT_SETTINGS. `busy` has
threads that buy while it forks. With `store` all of them use one token, or one list of platform certificates.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from wxpaykit import AsyncWxPay, WxPay, new_out_trade_no

# This test forks a process that has threads.
warnings.filterwarnings("ignore", category=DeprecationWarning)

SETTINGS: dict[str, Any] = json.loads(os.environ["WXPAYKIT_SETTINGS"])
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
CHILDREN = 4


def order(pay: WxPay | AsyncWxPay, api: str) -> Any:
    number = new_out_trade_no("F")
    if api == "v3":
        amount: Any = {"total": 1}
        return pay.v3.jsapi(description="tea", out_trade_no=number, amount=amount, payer={"openid": OPENID})
    fields: dict[str, Any] = {"body": "tea", "total_fee": 1, "spbill_create_ip": "203.0.113.9", "openid": OPENID}
    return pay.unifiedorder(out_trade_no=number, **fields)


def buyer(kind: str, api: str) -> Callable[[], None]:
    """What buys a few times, always with the same client."""
    if kind == "asyncio":
        client = AsyncWxPay(**SETTINGS)

        async def several() -> None:
            await asyncio.gather(*[order(client, api) for _ in range(20)])

        return lambda: asyncio.run(several())

    pay = WxPay(**SETTINGS)
    tokens = set()

    def one_by_one() -> None:
        for _ in range(5):
            order(pay, api)

    def token() -> None:
        tokens.add(pay.jssdk.access_token())
        if len(tokens) != 1:
            sys.exit("a token of its own")

    # The replies of APIv3 are verified with the certificates.
    return token if (kind, api) == ("store", "v2") else one_by_one


def main() -> None:
    kind, api = sys.argv[1:]
    signal.alarm(40)
    buy = buyer(kind, api)
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
