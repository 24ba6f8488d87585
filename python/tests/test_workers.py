"""Shops with several processes that name no store hand each payment over once; and what they are told without one."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator, order, v3_sell
from test_frameworks import SERVERS, ask, lines, serving, shop_environment

from wxpaykit import ConfigError, WxPay, ack
from wxpaykit.errors import InvalidRequest

#: With three workers, as people start them.
SERVERS["bare_flask"] = [sys.executable, "-m", "gunicorn", "-w", "3", "--log-level", "warning", "--threads", "4"]
SERVERS["bare_fastapi"] = [sys.executable, "-m", "uvicorn", "--workers", "3", "--log-level", "warning"]

PAYMENTS, COPIES = 200, 3
#: Payments that both APIs notify.
TOLD_BY_BOTH = 20


def notifications(emulator: Emulator, count: int) -> dict[str, bytes]:
    """The bodies of so many paid orders' notifications, by number."""
    pay, bodies = emulator.sync(), {}
    for _ in range(count):
        fields = order()
        pay.unifiedorder(**fields)
        number = fields["out_trade_no"]
        paid = emulator.pay(out_trade_no=number)
        bodies[number] = emulator.notification(
            out_trade_no=number, transaction_id=paid["transaction_id"], total_fee=fields["total_fee"]
        )
    return bodies


Message = tuple[bytes, dict[str, str]]


def told_by_both(emulator: Emulator) -> tuple[list[str], list[Message]]:
    """The numbers and the notifications of paid orders, some of which both APIs notify."""
    bodies = notifications(emulator, PAYMENTS)
    messages: list[Message] = [(body, {}) for body in bodies.values()]
    for _ in range(TOLD_BY_BOTH):
        sale = v3_sell(emulator)
        transaction_id = emulator.order(sale.out_trade_no)["transaction_id"]
        body = emulator.notification(out_trade_no=sale.out_trade_no, transaction_id=transaction_id, total_fee=100)
        bodies[sale.out_trade_no] = body
        messages += [(body, {}), (sale.body, sale.headers)]
    return list(bodies), messages


@pytest.mark.timeout(240)
@pytest.mark.parametrize("shop", ["bare_flask", "bare_fastapi"])
def test_workers_that_name_no_store(emulator: Emulator, tmp_path: Path, shop: str) -> None:
    numbers, messages = told_by_both(emulator)
    environment = shop_environment(emulator, tmp_path) | {"XDG_STATE_HOME": str(tmp_path / "state")}
    server = shop
    with serving(shop, server, False, environment) as port, ThreadPoolExecutor(12) as posting:

        def is_taken(message: Message) -> bool:
            body, headers = message
            status, _, answer = ask(port, "POST", "/wxpay/notify", body, headers)
            return (status, answer) == (200, b"" if headers else ack().body)

        repeated = [message for message in messages for _ in range(COPIES)]
        taken = list(posting.map(is_taken, repeated))
        # A copy that came while another process was handing over is answered FAIL, and comes again.
        assert all(posting.map(is_taken, [one for one, was in zip(repeated, taken, strict=True) if not was]))
    shipped = Counter(lines(Path(environment["SHOP_SHIPPED"])))
    assert shipped == Counter(dict.fromkeys(numbers, 1))
    (file,) = (tmp_path / "state/wxpaykit").glob("*.db")
    assert (file.stem, stat.S_IMODE(file.stat().st_mode)) == (emulator.settings["mch_id"], 0o600)


POOL = """
import json, multiprocessing, os
from pathlib import Path
from wxpaykit import WxPay
pay = WxPay.from_env()
messages = [(bytes.fromhex(body), headers) for body, headers in json.loads(Path(os.environ["MESSAGES"]).read_text())]
pay.notify.parse(messages[0][0])
pay.jssdk.access_token()  # The parent has a connection and the store open.
def handle(message):
    shipped = lambda payment, key: print(payment.out_trade_no, flush=True)
    return pay.notify.handle(message[0], headers=message[1], amount_of=lambda payment: 100, on_paid=shipped).state
with multiprocessing.get_context("fork").Pool(3) as pool:
    repeated = [message for message in messages for _ in range(int(os.environ["COPIES"]))]
    ended = pool.map(handle, repeated, 1)
    # A copy that came while another process was handing over comes again.
    again = [message for message, state in zip(repeated, ended) if state == "busy"]
    ended += pool.map(handle, again, 1)
print("states", ended.count("delivered"), len(ended) - ended.count("busy") - ended.count("delivered")
      - ended.count("handed_over"))
"""


@pytest.mark.timeout(240)
def test_a_forked_pool_that_names_no_store_hands_over_once(emulator: Emulator, tmp_path: Path) -> None:
    """The workers of a pre-forking server, in a few lines: the client is made, and used, before the fork. Some payments
    are notified by both APIs."""
    numbers, messages = told_by_both(emulator)
    file = tmp_path / "messages"
    file.write_text(json.dumps([(body.hex(), headers) for body, headers in messages]))
    environment = shop_environment(emulator, tmp_path) | {
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "MESSAGES": str(file),
        "COPIES": str(COPIES),
    }
    assert "WXPAY_STORE" not in environment
    done = subprocess.run([sys.executable, "-c", POOL], env=environment, capture_output=True, text=True, timeout=200)
    *shipped, states = done.stdout.splitlines()
    assert states == f"states {len(numbers)} 0", done.stderr
    assert Counter(shipped) == Counter(dict.fromkeys(numbers, 1))


def test_without_a_home_the_error_names_the_remedy(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    ((number, body),) = notifications(emulator, 1).items()
    settings = {name: value for name, value in emulator.settings.items() if name != "store"}
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    pay = WxPay(**settings)
    handled = pay.notify.handle(body, amount_of=lambda payment: 100, on_paid=lambda payment, key: None)
    assert isinstance(handled.error, ConfigError)
    assert (handled.error.field, handled.out_trade_no, handled.acknowledged) == ("store", number, False)
    assert all(part in str(handled.error) for part in ("WXPAY_STORE", "sqlite:///", "redis://", "memory:"))
    assert [record.levelno for record in caplog.records if number in record.getMessage()] == [logging.ERROR]
    with pytest.raises(ConfigError, match="WXPAY_STORE"):
        pay.wait_for_payment(number, total_fee=100, within=0, on_paid=lambda payment, key: None)
    created = datetime.now(timezone.utc) - timedelta(seconds=40)
    (row,) = pay.notify.reconcile([(number, 100, created)], on_paid=lambda payment, key: None)
    assert isinstance(row.error, ConfigError)
    assert (row.out_trade_no, row.state, row.error.field) == (number, "failed", "store")
    assert all(part in str(row.error) for part in ("WXPAY_STORE", "sqlite:///", "redis://", "memory:"))
    # What needs no ledger works, and tokens say once that there is none.
    assert pay.wait_for_payment(number, total_fee=100, within=0) is not None
    caplog.clear()
    assert pay.jssdk.jsapi_ticket()
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len([text for text in warnings if "store" in text]) == 1, warnings


CHILD = """
import logging, os, sys, time
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
from wxpaykit import WxPay
pay = WxPay.from_env()
body = bytes.fromhex(os.environ["BODY"])
handle = lambda: pay.notify.handle(body, amount_of=lambda payment: 100, on_paid=lambda payment, key: None)
if os.environ["FORK"] == "1":
    handle()
    if pid := os.fork():
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
handle(), handle()
time.sleep(1)  # Warnings of calls are logged on a thread of their own.
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize(("fork", "store", "warned"), [("1", "memory:", 1), ("0", "memory:", 0), ("1", "", 0)])
def test_memory_in_a_forked_child_gets_a_warning(
    emulator: Emulator, tmp_path: Path, fork: str, store: str, warned: int
) -> None:
    (body,) = notifications(emulator, 1).values()
    environment = shop_environment(emulator, tmp_path) | {
        "BODY": body.hex(),
        "FORK": fork,
        "WXPAY_STORE": store,
        "XDG_STATE_HOME": str(tmp_path),
    }
    said = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", CHILD],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.count("the store is the memory of this process") == warned, said.stdout + said.stderr


def test_amounts_that_are_not_fen_are_shown(emulator: Emulator) -> None:
    with pytest.raises(InvalidRequest, match=r"must be an integer of fen, not a float \(19.99\); yuan_to_fen"):
        emulator.sync().unifiedorder(**order() | {"total_fee": 19.99})
    ((_, body),) = notifications(emulator, 1).items()
    handled = emulator.sync().notify.handle(body, amount_of=lambda payment: 1, on_paid=lambda payment, key: None)
    assert "total_fee should be 1 fen (amount_of) and is 100 fen (WeChat). Is 1 in yuan?" in str(handled.error)
    unknown = emulator.sync().notify.handle(body, amount_of=lambda payment: None, on_paid=lambda payment, key: None)
    assert "there is no order" in str(unknown.error) and "amount_of" in str(unknown.error)


def test_a_sub_merchants_order(emulator: Emulator) -> None:
    """A client that has no sub-merchant refuses a reply about one, unless the call names it."""
    from datetime import datetime, timedelta, timezone

    provider = {
        "appid": "wx1111111111111111", "mch_id": "1500000001", "api_key": "0123456789abcdef0123456789abcdef",
        "app_secret": "5a1d0c7e9b3f48268f2e6d4b7c90a1e3", "provider": True, "sub_mch_ids": ["1600000001"],
    }  # fmt: skip
    ago = datetime.now(timezone.utc) - timedelta(minutes=5)
    with Emulator(merchants=provider) as wechat:
        pay, fields = wechat.sync(), order(openid="oOwn" + "A" * 24)
        number = fields["out_trade_no"]
        pay.unifiedorder(**fields, sub_mch_id="1600000001")
        wechat.pay(out_trade_no=number)
        paid = pay.wait_for_payment(number, total_fee=100, within=0, sub_mch_id="1600000001")
        assert paid is not None and paid.sub_mch_id == "1600000001"
        row = {"out_trade_no": number, "total_fee": 100, "created": ago, "sub_mch_id": "1600000001"}
        (found,) = pay.notify.reconcile([row], on_paid=lambda payment, key: None)  # type: ignore[list-item]
        assert (found.state, found.error) == ("delivered", None)
