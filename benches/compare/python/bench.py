"""The same jobs in wxpaykit and in plain standard-library code: medians of interleaved rounds, all in one run.

Usage: bench.py [EMULATOR] [--check] [--seconds S]

EMULATOR is the wxpaykit-emulator to buy from; by default target/dist's, else target/release's. With --check the exit
status is 1 when a target is missed. The standard-library code is written for speed: no copies, no logging, no checks
of the request's fields. Each local job is measured on Chinese text, as real orders have it, and on ASCII.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import apiv3
import bills

from wxpaykit import AsyncWxPay, WxPay, build_xml, new_out_trade_no, sign

ROOT = Path(__file__).resolve().parents[3]
KEY = "192006250b4c09247ec02edce69f6a2d"
APPID, MCH_ID, OPENID = "wxd930ea5d5a258f4f", "10000100", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
IN_FLIGHT = 64

#: The texts of an order, by the name of the row.
TEXTS = {
    "": {"body": "腾讯充值中心-QQ会员充值", "attach": "深圳分店"},
    ", ASCII": {"body": "Recharge center - membership", "attach": "Shenzhen branch"},
}

FIELDS = {
    "appid": APPID,
    "mch_id": MCH_ID,
    "device_info": "WEB",
    "nonce_str": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
    **TEXTS[""],
    "out_trade_no": "20150806125346",
    "total_fee": "88",
    "spbill_create_ip": "123.12.12.123",
    "time_start": "20150806125346",
    "goods_tag": "WXG",
    "notify_url": "https://example.com/wxpay/notify",
    "trade_type": "JSAPI",
    "openid": OPENID,
    "sign_type": "HMAC-SHA256",
}

ORDER: dict[str, Any] = {
    **TEXTS[""],
    "out_trade_no": "20150806125346",
    "total_fee": 88,
    "spbill_create_ip": "123.12.12.123",
    "openid": OPENID,
}

NOTIFIED = {
    "appid": APPID,
    "attach": TEXTS[""]["attach"],
    "bank_type": "OTHERS",
    "cash_fee": "78",
    "coupon_count": "1",
    "coupon_fee": "10",
    "coupon_fee_0": "10",
    "coupon_id_0": "10000",
    "device_info": "WEB",
    "fee_type": "CNY",
    "is_subscribe": "N",
    "mch_id": MCH_ID,
    "nonce_str": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
    "openid": OPENID,
    "out_trade_no": "20150806125346",
    "result_code": "SUCCESS",
    "return_code": "SUCCESS",
    "time_end": "20150806125400",
    "total_fee": "88",
    "trade_type": "JSAPI",
    "transaction_id": "4200000263201508067700134212",
}

PREPAY_ID = "wx201508061253469d9c4d6f8b0752317890"


# The standard-library code.


def lean_sign(params: dict[str, Any], key: str, hashed: bool) -> str:
    text = "&".join([f"{name}={params[name]}" for name in sorted(params) if name != "sign" and params[name] != ""])
    signed = f"{text}&key={key}".encode()
    if hashed:
        return hmac.digest(key.encode(), signed, "sha256").hex().upper()
    return hashlib.md5(signed).hexdigest().upper()


def lean_body(fields: dict[str, Any], notify_url: str) -> str:
    params = {
        **fields,
        "appid": APPID,
        "mch_id": MCH_ID,
        "nonce_str": secrets.token_hex(16),
        "sign_type": "HMAC-SHA256",
        "trade_type": "JSAPI",
        "notify_url": notify_url,
    }
    params["sign"] = lean_sign(params, KEY, True)
    # CDATA saves escaping; a value with "]]>" would break the document.
    return "<xml>" + "".join([f"<{name}><![CDATA[{value}]]></{name}>" for name, value in params.items()]) + "</xml>"


def lean_jsapi(prepay_id: str) -> dict[str, str]:
    params = {
        "appId": APPID,
        "timeStamp": str(int(time.time())),
        "nonceStr": secrets.token_hex(16),
        "package": f"prepay_id={prepay_id}",
        "signType": "HMAC-SHA256",
    }
    params["paySign"] = lean_sign(params, KEY, True)
    return params


def lean_read(body: bytes, key: str) -> dict[str, str]:
    params = {child.tag: child.text or "" for child in ElementTree.fromstring(body)}
    given = params["sign"]
    if not hmac.compare_digest(given, lean_sign(params, key, len(given) == 64)):
        raise ValueError("sign")
    return params


# Measuring.


def interleaved(jobs: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """Microseconds per run: the median of rounds in which the jobs take turns."""
    counts = {}
    for name, job in jobs.items():
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < 0.05:
            job()
            count += 1
        counts[name] = max(1, count // 5)
    rounds: dict[str, list[float]] = {name: [] for name in jobs}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, job in jobs.items():
            turns = range(counts[name])
            start = time.perf_counter()
            for _ in turns:
                job()
            rounds[name].append((time.perf_counter() - start) / counts[name] * 1e6)
    return {name: statistics.median(times) for name, times in rounds.items()}


class Table:
    def __init__(self) -> None:
        self.missed = 0
        print(f"{'job':54} {'wxpaykit':>12} {'other':>12} {'ratio':>7} {'target':>7}")

    def row(self, job: str, ours: float, other: float | None, unit: str, ratio: float, target: float) -> None:
        met = ratio <= target if other is None else ratio >= target
        self.missed += not met
        goal = f"≤ {target:g} {unit}" if other is None else f"≥ {target:g}x"
        beside = "" if other is None else f"{other:.1f} {unit}"
        times = "" if other is None else f"{ratio:.2f}x"
        print(f"{job:54} {f'{ours:.1f} {unit}':>12} {beside:>12} {times:>7} {goal:>7}{'' if met else '  MISSED'}")

    def comparison(self, seconds: float) -> apiv3.Compare:
        """Measures two jobs in turn, and adds their row."""

        def compare(job: str, target: float, ours: Callable[[], Any], other: Callable[[], Any]) -> None:
            found = interleaved({"ours": ours, "other": other}, seconds)
            self.row(job, found["ours"], found["other"], "µs", found["other"] / found["ours"], target)

        return compare


def local(table: Table, seconds: float) -> None:
    compare = table.comparison(seconds)
    for row, texts in TEXTS.items():
        fields, order = FIELDS | texts, ORDER | texts
        notified = NOTIFIED | {"attach": texts["attach"]}
        for name, hashed, target in (("MD5", False, 2.7), ("HMAC-SHA256", True, 4)):
            assert sign(fields, KEY, name) == lean_sign(fields, KEY, hashed)
            compare(
                f"sign 15 fields, {name}{row}",
                target,
                lambda fields=fields, name=name: sign(fields, KEY, name),  # type: ignore[misc]
                lambda fields=fields, hashed=hashed: lean_sign(fields, KEY, hashed),  # type: ignore[misc]
            )
        for accepted in ("MD5", "HMAC-SHA256"):
            pay = client(sign_type=accepted)
            body = build_xml(notified | {"sign": sign(notified, KEY, accepted)}).encode()
            assert pay.notify.parse(body).to_dict()["attach"] == lean_read(body, KEY)["attach"]
            compare(
                f"parse and verify a notification, {accepted}{row}",
                6,
                lambda pay=pay, body=body: pay.notify.parse(body),  # type: ignore[misc]
                lambda body=body: lean_read(body, KEY),  # type: ignore[misc]
            )
        pay = client()
        compare(
            f"build a signed unifiedorder, HMAC-SHA256{row}",
            3,
            lambda pay=pay, order=order: pay.request_body("unifiedorder", **order),  # type: ignore[misc]
            lambda order=order: lean_body(order, FIELDS["notify_url"]).encode(),  # type: ignore[misc]
        )
    pay = client()
    assert pay.jsapi_params(PREPAY_ID).keys() == lean_jsapi(PREPAY_ID).keys()
    compare("JSAPI parameters, HMAC-SHA256", 2.5, lambda: pay.jsapi_params(PREPAY_ID), lambda: lean_jsapi(PREPAY_ID))


def client(sign_type: Any = "HMAC-SHA256") -> WxPay:
    return WxPay(
        appid=APPID,
        mch_id=MCH_ID,
        api_key=KEY,
        notify_url=FIELDS["notify_url"],
        sign_type=sign_type,
        # Nothing is sent. With WeChat's own addresses the client would warn of the key, which everyone knows.
        endpoints="http://127.0.0.1:9",
        store="memory:",
    )


async def buy_here(pay: AsyncWxPay, count: int) -> float:
    left = count

    async def customer() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            order = await pay.unifiedorder(**(ORDER | {"out_trade_no": new_out_trade_no("B")}))  # type: ignore[typeddict-item]
            assert order.prepay_id

    start = time.perf_counter()
    await asyncio.gather(*[customer() for _ in range(IN_FLIGHT)])
    return count / (time.perf_counter() - start)


async def buy_with_aiohttp(session: aiohttp.ClientSession, url: str, count: int) -> float:
    left = count

    async def customer() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            body = lean_body(ORDER | {"out_trade_no": new_out_trade_no("B")}, FIELDS["notify_url"])
            async with session.post(f"{url}/pay/unifiedorder", data=body.encode()) as answer:
                assert lean_read(await answer.read(), KEY)["prepay_id"]

    start = time.perf_counter()
    await asyncio.gather(*[customer() for _ in range(IN_FLIGHT)])
    return count / (time.perf_counter() - start)


def network(table: Table, emulator: Path, seconds: float) -> None:
    # One thread, so that on two cores the other core is left for the client.
    environment = os.environ | {"TOKIO_WORKER_THREADS": "1"}
    process = subprocess.Popen([emulator, "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        assert said["api_key"] == KEY
        asyncio.run(orders(table, said["url"], seconds))
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


def measure_apiv3(table: Table, emulator: Path, seconds: float) -> None:
    process, said = apiv3.start(emulator)
    try:
        apiv3.local(table.comparison(seconds), said)
        ours, other = apiv3.orders(said, seconds)
        job = f"APIv3: orders at {IN_FLIGHT} in flight, beside wechatpayv3"
        table.row(job, ours, other, "/s", ours / other, 5)
    finally:
        stop(process)


async def orders(table: Table, url: str, seconds: float) -> None:
    settings = {"appid": APPID, "mch_id": MCH_ID, "api_key": KEY, "notify_url": FIELDS["notify_url"]}
    pay = AsyncWxPay(**settings, endpoints=url, store="memory:")  # type: ignore[arg-type]
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    ours, other = [], []
    async with aiohttp.ClientSession(connector=connector) as session:
        await buy_here(pay, 2000)
        await buy_with_aiohttp(session, url, 500)
        end = time.perf_counter() + 4 * seconds
        while time.perf_counter() < end or len(ours) < 3:
            ours.append(await buy_here(pay, 5000))
            other.append(await buy_with_aiohttp(session, url, 1000))
    ours_median, other_median = statistics.median(ours), statistics.median(other)
    ratio = ours_median / other_median
    table.row(f"orders at {IN_FLIGHT} in flight, beside aiohttp", ours_median, other_median, "/s", ratio, 4.5)


def importing(table: Table) -> None:
    code = "import time; t = time.perf_counter(); import wxpaykit; print((time.perf_counter() - t) * 1e3)"
    with tempfile.TemporaryDirectory() as cache:
        # With compiled files, as in an installed package.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        command = [sys.executable, "-c", code]
        times = [float(subprocess.check_output(command, text=True, env=environment)) for _ in range(16)]
    median = statistics.median(times[1:])
    table.row("import wxpaykit", median, None, "ms", median, 15)


def find_emulator() -> Path:
    for profile in ("dist", "release"):
        path = ROOT / f"target/{profile}/wxpaykit-emulator"
        if path.is_file():
            return path
    sys.exit("there is no emulator in target/dist or target/release: cargo build --release -p wxpaykit-emulator")


def main() -> int:
    options = argparse.ArgumentParser(description="wxpaykit beside the standard library")
    options.add_argument("emulator", nargs="?", type=Path)
    options.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    options.add_argument("--seconds", type=float, default=3, help="how long each job is measured")
    given = options.parse_args()
    table = Table()
    local(table, given.seconds)
    bills.measure(table)
    emulator = given.emulator or find_emulator()
    network(table, emulator, given.seconds)
    measure_apiv3(table, emulator, given.seconds)
    importing(table)
    return 1 if given.check and table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
