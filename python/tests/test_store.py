"""One contract for all stores, and what the client does with one."""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import pickle
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator, Sale, calls_since, free_port, last_call

from wxpaykit import ConfigError, StoreError, WxPay
from wxpaykit._native import ProbeStore, probe_store
from wxpaykit.types import Store

LONG = 60.0


class Shelf:
    """A store that a program made itself: a dict under a lock."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, float]] = {}
        self.lock = threading.Lock()

    def get(self, key: str) -> str | None:
        value, until = self.kept.get(key, ("", 0.0))
        return value if time.monotonic() < until else None

    def put(self, key: str, value: str, life: float) -> None:
        self.kept[key] = (value, time.monotonic() + life)

    def add(self, key: str, value: str, life: float) -> bool:
        with self.lock:
            if self.get(key) is not None:
                return False
            self.put(key, value, life)
            return True

    def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool:
        with self.lock:
            if self.get(key) != old:
                return False
            self.put(key, new, life)
            return True

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)


Places = Callable[[str], "str | Store"]


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Places:
    def named(kind: str) -> str | Store:
        if kind == "redis":
            address = request.getfixturevalue("redis")
            assert isinstance(address, str)
            return address
        return {"memory": "memory:", "sqlite": f"sqlite://{tmp_path}/store.db", "object": Shelf()}[kind]

    return named


@pytest.mark.parametrize("kind", ["memory", "sqlite", "redis", "object"])
def test_every_store_keeps_the_contract(place: Places, kind: str) -> None:
    where = place(kind)
    one = probe_store(where)
    # What two processes would open; memory is one process's.
    other = one if kind == "memory" else probe_store(where)
    keeps_the_contract(one, other)


def keeps_the_contract(one: ProbeStore, other: ProbeStore) -> None:
    for key in ("a", "short", "longer", "race", "count", "large"):
        one.delete(key)
    assert one.get("a") is None
    one.put("a", "1", LONG)
    assert other.get("a") == "1"
    other.put("a", "二 '\"\n", LONG)
    assert one.get("a") == "二 '\"\n"
    assert not one.add("a", "3", LONG)
    assert not one.compare_and_set("a", "1", "3", LONG)
    assert one.compare_and_set("a", "二 '\"\n", "3", LONG)
    assert other.get("a") == "3"
    other.delete("a")
    other.delete("a")
    assert one.get("a") is None
    assert not one.compare_and_set("a", "3", "4", LONG)
    assert one.add("a", "5", LONG)
    assert one.compare_and_set("a", "5", "5", 0.0)
    assert other.get("a") is None
    assert one.add("a", "", LONG)
    assert other.get("a") == ""
    assert one.add("A", "capital", LONG), "another key"
    assert (other.get("a"), other.get("A")) == ("", "capital")
    one.delete("A")
    assert other.get("a") == ""

    one.put("short", "v", 1.0)
    one.put("longer", "v", 1.0)
    assert one.compare_and_set("longer", "v", "v", LONG)
    assert not other.add("short", "v", LONG)
    time.sleep(1.2)
    assert other.get("short") is None
    assert not other.compare_and_set("short", "v", "v", LONG)
    assert other.add("short", "v", LONG)
    assert other.get("longer") == "v"

    stores = [one, other] * 4
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda store: store.add("race", "x", LONG), stores)) == 1
        one.put("count", "0", LONG)
        list(threads.map(count, stores))
    assert other.get("count") == "40"
    large = "x" * 100_000
    one.put("large", large, 400 * 86_400.0)
    assert other.get("large") == large


def count(store: ProbeStore) -> None:
    done = 0
    while done < 5:
        old = store.get("count")
        assert old is not None
        done += store.compare_and_set("count", old, str(int(old) + 1), LONG)


def count_in_a_process(address: str) -> bool:
    store = probe_store(address)
    count(store)
    return store.add("race", "x", LONG)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_processes_share_a_store(place: Places, kind: str) -> None:
    where = place(kind)
    assert isinstance(where, str)
    store = probe_store(where)
    store.delete("race")
    store.put("count", "0", LONG)
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as processes:
        assert sum(processes.map(count_in_a_process, [where] * 4)) == 1
    assert store.get("count") == "20"


class Wrong(Shelf):
    """A store that fails in its own way."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        super().__init__()
        self.answer = answer

    def get(self, key: str) -> str | None:
        return self.answer()  # type: ignore[no-any-return]

    add = compare_and_set = put = delete = lambda self, *_: self.answer()


async def later() -> str:
    return "later"


def broken() -> str:
    raise ConnectionError("no database")


@pytest.mark.parametrize(
    ("answer", "cause", "said"),
    [
        (broken, ConnectionError, "no database"),
        (later, TypeError, "not coroutine functions"),
        (lambda: 1, TypeError, "must return str or None, not int"),
        (lambda: b"x", TypeError, "must return str or None, not bytes"),
        (lambda: "\udc80", UnicodeEncodeError, "surrogates"),
    ],
)
def test_a_store_that_fails(answer: Callable[[], Any], cause: type[Exception], said: str) -> None:
    with pytest.raises(StoreError) as error:
        probe_store(Wrong(answer)).get("key")
    assert (error.value.code, error.value.retry) == ("store", "same_request")
    assert type(error.value.__cause__) is cause
    assert said in str(error.value.__cause__)
    assert type(pickle.loads(pickle.dumps(error.value))) is StoreError


@pytest.mark.parametrize("answer", [lambda: None, lambda: 1, lambda: "yes", later])
def test_a_store_must_answer_with_bools(answer: Callable[[], Any]) -> None:
    store = probe_store(Wrong(answer))
    for call in (lambda: store.add("k", "v", 1.0), lambda: store.compare_and_set("k", "a", "b", 1.0)):
        with pytest.raises(StoreError) as error:
            call()
        assert isinstance(error.value.__cause__, TypeError)


class Silent(Shelf):
    """A store that never answers, as a database behind a firewall does not; until the test is over."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()

    def get(self, key: str) -> str | None:
        self.over.wait(60)
        return None

    def add(self, key: str, value: str, life: float) -> bool:
        self.over.wait(60)
        return False

    def put(self, key: str, value: str, life: float) -> None:
        self.over.wait(60)


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_a_store_that_never_answers_times_out(emulator: Emulator, sell: Callable[[], Sale], way: str) -> None:
    body, store = sell().body, Silent()

    def never(*_: object) -> int:
        raise AssertionError

    began = time.monotonic()
    try:
        if way == "sync":
            pay = emulator.sync(store=store, timeout=0.5)
            handled = pay.notify.handle(body, amount_of=never, on_paid=never)
            token = pay.jssdk.access_token()
        else:

            async def both() -> tuple[Any, str]:
                pay = emulator.asyncio(store=store, timeout=0.5)
                return (
                    await pay.notify.handle(body, amount_of=never, on_paid=never),
                    await pay.jssdk.access_token(),
                )

            handled, token = asyncio.run(both())
    finally:
        store.over.set()
    assert time.monotonic() - began < 10
    assert type(handled.error) is StoreError
    assert str(handled.error) == "the store did not answer in time"
    assert not handled.acknowledged
    assert token  # Tokens do without a store.


def test_a_slow_store_does_not_block_all_threads() -> None:
    class Slow(Shelf):
        beside, most = 0, 0

        def get(self, key: str) -> str | None:
            with self.lock:
                self.beside += 1
                self.most = max(self.most, self.beside)
            time.sleep(0.05)
            with self.lock:
                self.beside -= 1
            return None

    slow = Slow()
    store = probe_store(slow)
    with ThreadPoolExecutor(100) as threads:
        assert list(threads.map(store.get, ["a"] * 100)) == [None] * 100
    assert 1 < slow.most <= 32


def test_a_custom_store_keeps_a_token(emulator: Emulator) -> None:
    shelf = Shelf()
    token = emulator.sync(store=shelf).jssdk.access_token()
    assert len(shelf.kept) >= 1
    before = last_call(emulator)
    assert emulator.sync(store=shelf).jssdk.access_token() == token
    assert asyncio.run(emulator.asyncio(store=shelf).jssdk.access_token()) == token
    assert calls_since(emulator, before) == []


def test_an_address_is_never_shown(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    address = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    with pytest.raises(StoreError) as error:
        probe_store(address).get("key")
    pay = emulator.sync(store=address)
    shown = [repr(pay), repr(vars(pay)), "".join(traceback.format_exception(error.value))]
    assert not any("hunter2" in text for text in shown)
    # Tokens do without a store: WeChat gives everybody the same.
    assert pay.jssdk.access_token()
    end = time.monotonic() + 5
    while not caplog.records and time.monotonic() < end:
        time.sleep(0.01)
    assert [record.name for record in caplog.records] == ["wxpaykit"]
    assert "no store for the token" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_store_named_in_the_environment(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emulator.settings.items():
        if name != "store":
            monkeypatch.setenv(f"WXPAY_{name.upper()}", value)
    (tmp_path / "address").write_text(f"sqlite://{tmp_path}/one.db\n")
    monkeypatch.setenv("WXPAY_STORE_FILE", str(tmp_path / "address"))
    WxPay.from_env().jssdk.access_token()
    shelf = Shelf()
    WxPay.from_env(store=shelf).jssdk.access_token()
    WxPay.from_env(store=f"sqlite://{tmp_path}/two.db").jssdk.access_token()
    assert (tmp_path / "one.db").exists() and (tmp_path / "two.db").exists() and shelf.kept
    monkeypatch.setenv("WXPAY_STORE", "mysql://localhost")
    with pytest.raises(ConfigError, match="store"):
        WxPay.from_env()


def test_the_memory_store_survives_close(emulator: Emulator) -> None:
    with emulator.sync() as pay:
        pay.jssdk.access_token()
        before = last_call(emulator)
    pay.jssdk.access_token()
    assert calls_since(emulator, before) == []


# --- 500 concurrent callers in 8 processes ---------------------------------------------------------------------------


def ask_for_tokens(settings: dict[str, Any], callers: int, start: Any) -> list[str]:
    """`callers` at once in this process, a half of them blocking, the others on a loop."""
    from wxpaykit import AsyncWxPay, WxPay

    pay, awaiting = WxPay(**settings), AsyncWxPay(**settings)

    async def gather() -> list[str]:
        return await asyncio.gather(*[awaiting.jssdk.access_token() for _ in range(callers - callers // 2)])

    start.wait(30)
    with ThreadPoolExecutor(callers // 2 + 1) as threads:
        others = threads.submit(lambda: asyncio.run(gather()))
        tokens = list(threads.map(lambda _: pay.jssdk.access_token(), range(callers // 2)))
        return tokens + others.result()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_five_hundred_callers_cause_one_renewal(emulator: Emulator, place: Places, kind: str) -> None:
    """After an expiry, 500 callers in 8 processes cause one stable_token call."""
    where = place(kind)
    settings = emulator.settings | {"store": where}
    assert isinstance(where, str)
    store = probe_store(where)
    emulator.sync(store=where).jssdk.access_token()
    callers = [63, 63, 63, 63, 62, 62, 62, 62]
    assert sum(callers) == 500
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(8, context) as processes:
        start = manager.Barrier(len(callers))
        # A client with endpoints has keys of its own.
        digest = hashlib.sha256(settings["endpoints"].encode()).hexdigest()[:12]
        expire(store, f"wxpaykit@{digest}:access_token:{settings['appid']}")
        before = last_call(emulator)
        runs = [processes.submit(ask_for_tokens, settings, number, start) for number in callers]
        tokens = [token for run in runs for token in run.result(60)]
    assert len(tokens) == 500
    assert len(set(tokens)) == 1
    assert calls_since(emulator, before).count("/cgi-bin/stable_token") == 1


def expire(store: ProbeStore, key: str) -> None:
    """Lets a token come to its end: sooner than WeChat would, by the times that are kept beside it."""
    kept = store.get(key)
    assert kept is not None
    soon = json.loads(kept)
    soon["renew_at"] = soon["expires_at"] = int(time.time()) + 1
    assert store.compare_and_set(key, kept, json.dumps(soon), 1.0)
    time.sleep(1.1)
    assert store.get(key) is None
