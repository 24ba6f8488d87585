"""`make soak`: notifications at a steady rate against a Django shop under gunicorn with four workers and Redis.

Every payment must be acknowledged and handed over once, and the workers' memory must not grow; otherwise the exit
status is 1. RATE (500 notifications a second) and SECONDS (60) are read from the environment.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp

from wxpaykit import AsyncWxPay, new_out_trade_no
from wxpaykit.testing import Emulator

ROOT = Path(__file__).resolve().parents[2]
RATE = int(os.environ.get("RATE", "500"))
SECONDS = int(os.environ.get("SECONDS", "60"))
WORKERS = 4
#: After the first third a worker has loaded what it needs. In MiB.
GROWTH = 8.0
#: The part of the rate that must be reached.
LEAST = 0.95


def main() -> int:
    os.environ.setdefault("WXPAYKIT_EMULATOR", str(ROOT / "target/wxpaykit-emulator"))
    total = RATE * SECONDS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = start_redis(stack, folder)
        wechat = stack.enter_context(Emulator(arguments=("--keep", str(2 * total + 1000))))
        url, server = start_shop(stack, folder, wechat, redis)
        began = time.monotonic()
        numbers, memory = asyncio.run(buy(wechat, f"{url}/wxpay/notify", total, server))
        bought = time.monotonic() - began
        waited = settle(wechat, folder, total)
        failures = judge(wechat, folder, numbers, memory)
        if total / bought < LEAST * RATE:
            failures.append(f"{total / bought:.0f} payments a second were made, of {RATE} wanted")
    print(f"{total} payments, {RATE} a second wanted, {total / bought:.0f} a second made, settled {waited:.1f} s later")
    for when, each in memory:
        print(f"after {when:3.0f} s: workers' memory in MiB: {', '.join(f'{mib:.1f}' for mib in each)}")
    for failure in failures:
        print(f"FAILED: {failure}")
    print(f"{0 if failures else 1} passed, {len(failures)} failed")
    return 1 if failures else 0


async def buy(
    wechat: Emulator, notify_url: str, total: int, server: subprocess.Popen[bytes]
) -> tuple[list[str], list[tuple[float, list[float]]]]:
    """Orders and pays at the rate. Returns the order numbers, and the workers' memory over time."""
    pay = AsyncWxPay(**{**wechat.settings, "notify_url": notify_url})
    numbers = [new_out_trade_no("S") for _ in range(total)]
    begin = time.monotonic()
    memory: list[tuple[float, list[float]]] = []
    places = asyncio.Semaphore(64)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64)) as session:

        async def one(number: str) -> None:
            async with places:
                await pay.unifiedorder(
                    body="tea",
                    out_trade_no=number,
                    total_fee=100,
                    openid=wechat.openid,
                    spbill_create_ip="127.0.0.1",
                )
                async with session.post(f"{wechat.url}/_emulator/pay", json={"out_trade_no": number}) as answer:
                    assert (await answer.json())["err_msg"].endswith(":ok")

        tasks = []
        for count, number in enumerate(numbers):
            due = begin + count / RATE
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if count % max(1, total // 6) == 0:
                memory.append((time.monotonic() - begin, resident(server.pid)))
            tasks.append(asyncio.create_task(one(number)))
        await asyncio.gather(*tasks)
    memory.append((time.monotonic() - begin, resident(server.pid)))
    return numbers, memory


def settle(wechat: Emulator, folder: Path, total: int) -> float:
    """Waits until the shop has handed over all payments, at most for a minute."""
    begin = time.monotonic()
    while time.monotonic() - begin < 60:
        if len((folder / "shipped").read_text().splitlines()) >= total:
            break
        time.sleep(0.2)
    # Finishes notifications in progress, and repeats those that were answered FAIL, on schedule.
    wechat.advance(120)
    return time.monotonic() - begin


def judge(wechat: Emulator, folder: Path, numbers: list[str], memory: list[tuple[float, list[float]]]) -> list[str]:
    failures = []
    shipped = Counter((folder / "shipped").read_text().splitlines())
    lost, twice = set(numbers) - set(shipped), [number for number, times in shipped.items() if times > 1]
    if lost or twice:
        failures.append(f"{len(lost)} payments were not handed over, {len(twice)} more than once")
    orders = {order["out_trade_no"]: order for order in wechat.orders(limit=2 * len(numbers))}
    silent = [number for number in numbers if not orders[number]["notifications"]["acknowledged"]]
    if silent:
        why = Counter(attempt["why"] for number in silent for attempt in orders[number]["notifications"]["attempts"])
        failures.append(f"{len(silent)} notifications were not acknowledged: {why.most_common(3)}")
    third = memory[len(memory) // 3][1]
    growth = [after - before for before, after in zip(sorted(third), sorted(memory[-1][1]), strict=True)]
    if max(growth) > GROWTH:
        failures.append(f"a worker grew by {max(growth):.1f} MiB in the last two thirds")
    return failures


def resident(server: int) -> list[float]:
    """The workers' resident memory, in MiB."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    pages = [int(Path(f"/proc/{child}/statm").read_text().split()[1]) for child in children]
    return [count * os.sysconf("SC_PAGE_SIZE") / 2**20 for count in pages]


def start_redis(stack: ExitStack, folder: Path) -> str:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    start(stack, command, port)
    return f"redis://127.0.0.1:{port}/0"


def start_shop(stack: ExitStack, folder: Path, wechat: Emulator, redis: str) -> tuple[str, subprocess.Popen[bytes]]:
    port = free_port()
    (folder / "shipped").touch()
    settings = {f"WXPAY_{name.upper()}": value for name, value in wechat.settings.items()}
    environment = {
        **os.environ,
        **settings,
        "WXPAY_STORE": redis,
        "SHOP_DB": str(folder / "shop.db"),
        "SHOP_SHIPPED": str(folder / "shipped"),
        "DJANGO_SETTINGS_MODULE": "",
    }
    apps = ROOT / "tests/apps/python"
    migrate = (
        "import django_shop; from django.core.management import call_command; call_command('migrate', verbosity=0)"
    )
    subprocess.run([sys.executable, "-c", migrate], cwd=apps, env=environment, check=True)
    command = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--log-level", "warning"]
    command += ["--bind", f"127.0.0.1:{port}", "--backlog", "2048", "django_shop:application"]
    server = start(stack, command, port, cwd=apps, env=environment)
    return f"http://127.0.0.1:{port}", server


def start(stack: ExitStack, command: list[str], port: int, **options: Any) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.025)
        else:
            return process
    raise SystemExit(f"{command[0]} does not answer")


def free_port() -> int:
    """A port below the range that the system uses for outgoing connections."""
    port = random.randrange(10_000, 32_000)
    socket.create_server(("127.0.0.1", port)).close()
    return port


if __name__ == "__main__":
    sys.exit(main())
