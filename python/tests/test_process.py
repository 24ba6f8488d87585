"""What a process does around a call: Ctrl-C, fork, import."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import textwrap
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Emulator, calls_since, complaints, last_call, order

import wxpaykit


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


APIS = pytest.mark.parametrize("api", ["v2", "v3"])
PUBLIC_KEY = ("platform_public_key", "platform_public_key_id")


def settings_of(emulator: Emulator, api: str, *without: str, **others: str) -> str:
    """The settings of a client of one API, for a program of its own."""
    every = emulator.settings | (emulator.v3_settings if api == "v3" else {}) | others
    left_out = {*without, "api_key"} if api == "v3" else without
    return json.dumps({name: value for name, value in every.items() if name not in left_out})


# A process that is started in the background inherits a SIGINT that is ignored.
CALL = """
    import signal, sys, time
    import json, os
    from wxpaykit import TransportError, WxPay
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pay = WxPay(**json.loads(os.environ["WXPAYKIT_SETTINGS"]), timeout=30)
    print("calling", flush=True)
    try:
        (pay.orderquery if sys.argv[1] == "v2" else pay.v3.query)(out_trade_no="1")
    except KeyboardInterrupt as error:
        assert isinstance(error.__cause__, TransportError), error.__cause__
        assert error.outcome == error.__cause__.outcome
        print("interrupted", error.__cause__.outcome, error.__cause__.code, flush=True)
"""


@pytest.mark.parametrize(
    ("api", "without"),
    # Without the public key, certificates are downloaded before the call is sent.
    [("v2", ()), ("v3", ()), ("v3", PUBLIC_KEY)],
    ids=["v2", "v3", "certificates"],
)
def test_ctrl_c_ends_a_call_that_blocks(
    emulator: Emulator, api: str, without: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("WXPAYKIT_SETTINGS", settings_of(emulator, api, *without, endpoints=url))
        process = run(CALL, api)
        assert process.stdout is not None
        assert process.stdout.readline() == "calling\n"
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(65536)
            time.sleep(0.3)
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "interrupted unknown cancelled\n"
            took = time.monotonic() - start
            while connection.recv(65536):
                pass
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, complaints(err)) == (0, "", [])
    assert took < 0.5


# Its exceptions are frozen: none of their attributes can be set.
HANDLER = """
    import dataclasses, json, os, signal
    from wxpaykit import TransportError, WxPay

    @dataclasses.dataclass(frozen=True)
    class Timeout(Exception):
        outcome: str = "mine"

    def expired(number, frame):
        raise Timeout

    signal.signal(signal.SIGALRM, expired)
    pay = WxPay(**json.loads(os.environ["WXPAYKIT_SETTINGS"]), timeout=30)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        pay.orderquery(out_trade_no="1")
    except Timeout as error:
        print(error.outcome, flush=True)
"""


def test_the_exception_of_a_handler_of_signals_stays_what_it_is(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("WXPAYKIT_SETTINGS", settings_of(emulator, "v2", endpoints=url))
        out, err = run(HANDLER).communicate(timeout=20)
    assert (out, complaints(err)) == ("mine\n", [])


# The package makes its logger during the first call; here, making it makes a call.
LOGGER = """
    import logging, sys
    from wxpaykit import TransportError, WxPay
    pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32, endpoints=sys.argv[1],
                notify_url="https://shop.example/", max_network_retries=0)

    def call():
        try:
            pay.orderquery(out_trade_no="1")
        except TransportError as error:
            print(error.outcome, flush=True)

    class Chatty(logging.Logger):
        calls = 0

        def __init__(self, *arguments):
            super().__init__(*arguments)
            Chatty.calls += 1
            if Chatty.calls == 1:
                call()

    logging.setLoggerClass(Chatty)
    call()
    assert Chatty.calls > 0
"""


def test_python_code_that_runs_during_the_first_call_may_make_a_call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = run(LOGGER, f"http://127.0.0.1:{port}")
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out, complaints(err)) == (0, "not_sent\n" * 2, [])


# Signals and the garbage collector run Python code wherever it is allowed, from the first moment of the first call.
INTERRUPTED = """
    import gc, signal, sys
    from wxpaykit import TransportError, WxPay
    pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32, endpoints=sys.argv[1],
                notify_url="https://shop.example/", max_network_retries=0)
    kind, calls, inside = sys.argv[2], [], False

    def call():
        try:
            pay.orderquery(out_trade_no="1")
        except TransportError as error:
            calls.append(error.outcome)

    def interrupting(*_):
        global inside
        if not inside and len(calls) < 20:
            inside = True
            call()
            inside = False

    class Cycle:
        def __init__(self):
            self.itself = self

        def __del__(self):
            interrupting()

    if kind == "signal":
        signal.signal(signal.SIGALRM, interrupting)
        signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
        call()
        signal.setitimer(signal.ITIMER_REAL, 0)
    else:
        gc.set_threshold(1, 1, 1)
        cycles = [Cycle() for _ in range(20)]
        del cycles
        call()
        gc.collect()
    print(len(calls) > 1, set(calls), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timers")
@pytest.mark.parametrize("kind", ["signal", "del"])
def test_a_signal_handler_and_a_finalizer_may_make_a_call_during_the_first_call(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = run(INTERRUPTED, f"http://127.0.0.1:{port}", kind)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out, complaints(err)) == (0, "True {'not_sent'}\n", [])


def fork(program: str, settings: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = ROOT / "tests/fork" / program
    process = subprocess.run(
        [sys.executable, path, *arguments],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env=os.environ | {"WXPAYKIT_SETTINGS": settings},
    )
    assert (process.returncode, complaints(process.stderr)) == (0, [])
    return process


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@APIS
@pytest.mark.parametrize("kind", ["sync", "asyncio", "busy"])
def test_a_client_survives_fork(emulator: Emulator, kind: str, api: str) -> None:
    process = fork("prefork.py", settings_of(emulator, api), kind, api)
    assert process.stdout.splitlines()[-1] == "parent 1 of 4 children, parent again"


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@APIS
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_a_store_survives_fork(
    emulator: Emulator, kind: str, api: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The children open a store that is named by its address anew, and find what the parent kept: an access token, or
    the platform certificates."""
    store = f"sqlite://{tmp_path}/store.db" if kind == "sqlite" else request.getfixturevalue("redis")
    before = last_call(emulator)
    fork("prefork.py", settings_of(emulator, api, *PUBLIC_KEY, store=store), "store", api)
    paths = calls_since(emulator, before)
    assert paths.count("/cgi-bin/stable_token") <= 1
    assert paths.count("/v3/certificates") == (1 if api == "v3" else 0)


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_waits_for_operations_of_a_sqlite_store(tmp_path: Path) -> None:
    """SQLite notes for the whole process which locks its threads hold; a child has the notes without the threads."""
    program = """
        import os, signal, sys, threading, warnings
        from wxpaykit._native import probe_store

        warnings.filterwarnings("ignore", category=DeprecationWarning)
        address = sys.argv[1]
        store = probe_store(address)
        store.put("parent", "1", 60)

        def write():
            while True:
                store.put("parent", "1", 60)

        threading.Thread(target=write, daemon=True).start()
        for _ in range(20):
            child = os.fork()
            if child == 0:
                signal.alarm(10)
                probe_store(address).put("child", "1", 60)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    """
    address = f"sqlite://{tmp_path}/store.db"
    subprocess.run([sys.executable, "-c", textwrap.dedent(program), address], check=True, timeout=50)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_gets_other_random_numbers() -> None:
    """Some are drawn ahead, and a child has its parent's."""
    program = """
        import os
        from wxpaykit import WxPay

        pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32)
        nonce = lambda: pay.jsapi_params("wx201410272009395522657a690389285100")["nonceStr"]
        print(nonce(), flush=True)
        for _ in range(3):
            if os.fork() == 0:
                # A child of a child, too.
                if os.fork() == 0:
                    print(nonce(), flush=True)
                    os._exit(0)
                os.wait()
                print(nonce(), flush=True)
                os._exit(0)
            os.wait()
        print(nonce())
    """
    drawn = subprocess.check_output([sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)], timeout=20)
    assert len(set(drawn.split())) == 8


@pytest.mark.skipif(sys.platform != "linux", reason="other systems are asked for the number of the process each time")
def test_a_child_of_the_bare_system_call_gets_other_random_numbers() -> None:
    """glibc's `_Fork` runs no handlers."""
    program = """
        import ctypes, os
        from wxpaykit import WxPay

        pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32)
        nonce = lambda: pay.jsapi_params("wx201410272009395522657a690389285100")["nonceStr"]
        fork = ctypes.PyDLL(None)._Fork
        print(nonce(), flush=True)
        if fork() == 0:
            if fork() == 0:
                print(nonce(), flush=True)
                os._exit(0)
            os.wait()
            print(nonce(), flush=True)
            os._exit(0)
        os.wait()
        print(nonce())
    """
    drawn = subprocess.check_output([sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)], timeout=20)
    assert len(set(drawn.split())) == 4


METHODS = ["spawn"] if sys.platform == "win32" else ["fork", "spawn", "forkserver"]


@pytest.mark.timeout(60)
@APIS
@pytest.mark.parametrize("method", METHODS)
def test_a_client_in_a_pool(emulator: Emulator, method: str, api: str) -> None:
    assert fork("pool.py", settings_of(emulator, api), method, api).stdout == "one token\n"


@pytest.mark.timeout(120)
def test_a_client_under_celery(emulator: Emulator, tmp_path: Path) -> None:
    """Prefork, with a client that the worker has used before it forked."""
    for folder in ("queue", "control", "results"):
        (tmp_path / folder).mkdir()
    environment = {f"WXPAY_{name.upper()}": value for name, value in emulator.settings.items()}
    environment |= {"SHOP_QUEUE": str(tmp_path), "SHOP_USE_EARLY": "1"}
    fields = order()
    emulator.sync().unifiedorder(**fields)
    apps = ROOT / "tests/apps/python"
    ask = f"""
        from celery_shop import state
        results = [state.delay({fields["out_trade_no"]!r}) for _ in range(12)]
        answers = [result.get(timeout=60) for result in results]
        print(len({{pid for pid, _ in answers}}), {{state for _, state in answers}})
        from wxpaykit import BusinessError
        try:
            state.delay("never-made").get(timeout=60)
        except BusinessError as error:
            print(error.err_code, error.endpoint, error.reply["result_code"])
    """
    command = [sys.executable, "-m", "celery", "--app", "celery_shop", "worker", "--pool", "prefork"]
    command += ["--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "warning"]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, cwd=apps, env=os.environ | environment, stdout=log, stderr=log) as worker,
    ):
        try:
            asking = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(ask)],
                cwd=apps,
                env=os.environ | environment,
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )
        finally:
            worker.terminate()
            worker.wait(20)
    states, *refusal = asking.stdout.splitlines()
    assert states in ("2 {'NOTPAY'}", "1 {'NOTPAY'}"), asking.stderr + (tmp_path / "log").read_text()
    assert refusal == ["ORDERNOTEXIST orderquery FAIL"], asking.stderr


def test_import_is_quick(tmp_path: Path) -> None:
    """A share of the processor's time that importing asyncio takes, with compiled files as in an installed
    package. In pairs, since a busy machine makes both slower."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)

    def took(module: str) -> float:
        code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
        return float(subprocess.check_output([sys.executable, "-c", code], text=True, env=environment))

    def share() -> float:
        return took("wxpaykit") / took("asyncio")

    share()
    assert statistics.median(share() for _ in range(9)) <= 0.22


def test_bills_are_imported_when_they_are_asked_for() -> None:
    code = """
        import sys
        import wxpaykit
        assert "wxpaykit.bill" not in sys.modules
        later = {"AsyncV3File", "AsyncWxPay", "V3File"}
        assert later | {"bill"} <= set(dir(wxpaykit))
        assert all(getattr(wxpaykit, name).__name__ == name for name in later)
        assert callable(wxpaykit.bill.read)
        assert "wxpaykit.bill" in sys.modules
    """
    process = run(code)
    assert (*process.communicate(timeout=20), process.returncode) == ("", "", 0)


def test_import_has_no_side_effects() -> None:
    """No thread, no asyncio, no typing: what is not used costs nothing."""
    code = """
        import sys, threading, os
        import wxpaykit
        assert "asyncio" not in sys.modules, "asyncio"
        assert "typing_extensions" not in sys.modules, "typing_extensions"
        wxpaykit.WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32)
        tasks = "/proc/self/task"
        assert not os.path.isdir(tasks) or len(os.listdir(tasks)) == 1, "threads"
    """
    process = run(code)
    assert (*process.communicate(timeout=20), process.returncode) == ("", "", 0)


def test_one_version() -> None:
    root = Path(__file__).resolve().parents[2]
    manifest = (root / "Cargo.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{wxpaykit.__version__}"\n' in manifest
    from importlib.metadata import version

    assert version("wxpaykit") == wxpaykit.__version__


@pytest.mark.timeout(60)
@pytest.mark.parametrize("listening", ["on_event", "logging", "neither"])
def test_a_process_ends_while_daemon_threads_make_calls(emulator: Emulator, listening: str) -> None:
    """Python ends a thread that waits for its lock then, and Rust cannot be ended so."""
    program = """
        import json, logging, sys, threading, time
        from wxpaykit import WxPay, WxPayError

        listening = sys.argv[2]
        if listening == "logging":
            logging.basicConfig(level=logging.DEBUG, filename="/dev/null")
        on_event = (lambda event: time.sleep(0.001)) if listening == "on_event" else None
        pay = WxPay(**json.loads(sys.argv[1]), on_event=on_event)

        def ask():
            while True:
                try:
                    pay.orderquery(out_trade_no="x")
                except WxPayError:
                    pass

        for _ in range(8):
            threading.Thread(target=ask, daemon=True).start()
        time.sleep(0.1)
    """
    processes = [run(program, settings_of(emulator, "v2"), listening) for _ in range(6)]
    outputs = [process.communicate(timeout=50) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), outputs


def test_what_refers_to_itself_through_a_client_is_freed(emulator: Emulator) -> None:
    class Shop:
        def __init__(self) -> None:
            self.pay = wxpaykit.WxPay(**emulator.settings, on_event=self.seen)
            self.events = 0
            with pytest.raises(wxpaykit.BusinessError):
                self.pay.orderquery(out_trade_no="x")

        def seen(self, event: wxpaykit.Event) -> None:
            self.events += 1

    shop = Shop()
    assert shop.events == 1
    gc.collect()
    with pytest.raises(wxpaykit.BusinessError):
        shop.pay.orderquery(out_trade_no="x")
    assert shop.events == 2, "it is in use"
    freed = weakref.ref(shop)
    del shop
    gc.collect()
    assert freed() is None


def test_a_loop_that_was_closed_during_a_call_is_freed(emulator: Emulator) -> None:
    pay = wxpaykit.AsyncWxPay(**emulator.settings)
    emulator.post("/_emulator/faults", {"fault": "slow", "endpoint": "/pay/orderquery", "ms": 3000})

    async def begin() -> None:
        asking = asyncio.ensure_future(pay.orderquery(out_trade_no="x"))
        await asyncio.sleep(0.01)
        assert not asking.done()

    try:
        loops = []
        for _ in range(4):
            loop = asyncio.new_event_loop()
            loop.run_until_complete(begin())
            loop.close()
            loops.append(weakref.ref(loop))
            del loop
    finally:
        emulator.delete("/_emulator/faults")
    gc.collect()
    # A new loop forgets those before it.
    assert [loop() is None for loop in loops[:-1]] == [True] * 3


def test_a_process_ends_after_the_warnings_and_methods_that_still_run(emulator: Emulator) -> None:
    """They run on threads of the module. A process that ended in the middle of one aborted now and then."""
    script = f"""
import logging, time
from wxpaykit import WxPay

def slow(record):
    if "no store" in record.getMessage():
        time.sleep(0.3)
        print("logged", flush=True)
    return True

class Store:
    def get(self, key): raise OSError("mine")
    def put(self, key, value, life): pass
    def add(self, key, value, life): return True
    def compare_and_set(self, key, old, value, life): return True
    def delete(self, key): pass

# Not a handler: the end of a process waits for its lock.
logging.getLogger("wxpaykit").addFilter(slow)
WxPay(**{emulator.settings | {"store": None}!r} | {{"store": Store()}}).jssdk.access_token()
print("done", flush=True)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout.split()) == (0, ["done", "logged"]), ended.stderr


# A method of a store that runs when the process ends, since the call did not wait for it. Its thread is the module's.
SLOW_STORE = """
    import json, os, sys, threading, time
    from wxpaykit import WxPay

    seconds, began = float(sys.argv[1]), threading.Event()

    class Store:
        def get(self, key):
            began.set()
            time.sleep(seconds)
            print("read", flush=True)
        def put(self, key, value, life): pass
        def add(self, key, value, life): return True
        def compare_and_set(self, key, old, value, life): return True
        def delete(self, key): pass

    pay = WxPay(**json.loads(os.environ["WXPAYKIT_SETTINGS"]), store=Store(), timeout=0.2)
    pay.jssdk.access_token()
    assert began.is_set()
    if sys.argv[2] == "fork":
        child = os.fork()
        if child == 0:
            sys.exit()
        start = time.monotonic()
        assert os.waitpid(child, 0)[1] == 0
        print("child", "at once" if time.monotonic() - start < 0.7 else "late", flush=True)
        os._exit(0)
    print("done", time.time(), flush=True)
"""


@pytest.fixture
def slow_store(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Runs that program to its end; gives what it printed."""
    monkeypatch.setenv("WXPAYKIT_SETTINGS", settings_of(emulator, "v2", "store"))

    def ended(seconds: str, end: str) -> str:
        process = run(SLOW_STORE, seconds, end)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        return out

    return ended


def test_a_process_ends_after_a_slow_method_of_its_store(slow_store: Callable[[str, str], str]) -> None:
    out = slow_store("0.5", "end")
    assert [line.split()[0] for line in out.splitlines()] == ["done", "read"]


def test_a_method_that_hangs_holds_the_end_of_a_process_up_for_a_second(slow_store: Callable[[str, str], str]) -> None:
    said, at = slow_store("60", "end").split()
    took = time.time() - float(at)
    assert said == "done"
    assert 0.9 < took < 5, took


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_does_not_wait_for_methods_of_its_parent(slow_store: Callable[[str, str], str]) -> None:
    assert slow_store("60", "fork") == "child at once\n"
