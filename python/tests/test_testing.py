"""`wxpaykit.testing`: starts and ends, pays, moves the clock, makes things go wrong, says what is missing."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import create_autospec

import pytest
from conftest import order, shown

from wxpaykit import (
    BusinessError,
    ConfirmedPayment,
    InvalidRequest,
    PaymentMismatch,
    Reply,
    SignatureError,
    TransportError,
    UnifiedorderReply,
    V3PrepayReply,
    WebToken,
    WxPay,
    new_out_trade_no,
    v3,
)
from wxpaykit.testing import (
    AsyncEmulator,
    Emulator,
    EmulatorError,
    confirmed_payment,
    find_emulator,
    reply,
    signed_notification,
)


def test_the_keys_of_apiv3_sign_and_verify(wxpay_emulator: Emulator) -> None:
    keys, certificates = wxpay_emulator.v3_settings, wxpay_emulator.v3_certificates
    assert WxPay(**wxpay_emulator.settings, **keys).mch_id == wxpay_emulator.settings["mch_id"]
    signed = v3.authorization(
        mch_id=wxpay_emulator.settings["mch_id"],
        serial_no=certificates["serial_no"],
        private_key=certificates["client_key"],
        method="GET",
        url="/v3/certificates",
        body="",
        timestamp=int(time.time()),
        nonce_str="593BEC0C930BF1AFEB40B4A08C8FB242",
    )
    headers = {"Authorization": signed, "Accept": "application/json", "User-Agent": "test"}
    request = urllib.request.Request(f"{wxpay_emulator.url}/v3/certificates", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        body, said = answer.read(), dict(answer.headers)
    serial, certificate = certificates["platform_serial_no"], certificates["platform_certificate"]
    assert v3.verify(said, body, {serial: certificate}) == serial
    assert list(v3.certificates(body, keys["api_v3_key"])) == [serial]


def test_a_merchant_without_a_key_of_apiv3() -> None:
    merchant = {"appid": "wx1234567890abcdef", "mch_id": "1900000109", "api_key": "k" * 32, "app_secret": "s" * 32}
    with Emulator(merchants=merchant) as wechat, pytest.raises(EmulatorError, match="api_v3_key"):
        _ = wechat.v3_settings


def test_a_purchase_and_a_day_in_no_time() -> None:
    began = time.monotonic()
    with Emulator(frozen_clock=True) as wechat:
        assert time.monotonic() - began < 5
        pay = WxPay(**wechat.settings)
        number = new_out_trade_no()
        pay.unifiedorder(**order(out_trade_no=number, openid=wechat.openid))
        assert wechat.pay(out_trade_no=number)["err_msg"] == "get_brand_wcpay_request:ok"
        assert wechat.advance(25 * 3600)["ran"] >= 15  # The first may be under way already.
        made = wechat.order(number)
        assert len(made["notifications"]["attempts"]) == 16
        with pytest.raises(EmulatorError, match="not acknowledged; attempts"):
            wechat.wait_acknowledged(number, within=0.05)
        assert wechat.orders(limit=1) == wechat.orders(transaction_id=made["transaction_id"]) == [made]
        with pytest.raises(EmulatorError, match="orders are not found by number"):
            wechat.orders(number=number)
        assert wechat.journal(limit=1)[0]["path"] == "/_emulator/pay"
    with pytest.raises(EmulatorError, match="does not run"):
        wechat.orders()


def test_faults_can_be_cleared(wxpay_emulator: Emulator) -> None:
    pay = WxPay(**wxpay_emulator.settings, timeout=2)
    wxpay_emulator.fault("bad_gateway_before", endpoint="/pay/orderquery")
    with pytest.raises(TransportError):
        pay.orderquery(out_trade_no="1")
    wxpay_emulator.clear_faults()
    with pytest.raises(EmulatorError, match="there is no fault nonsense"):
        wxpay_emulator.fault("nonsense")
    with pytest.raises(EmulatorError, match="no order 1"):
        wxpay_emulator.order("1")


def test_the_fixtures_emulator_has_no_faults_left(wxpay_emulator: Emulator) -> None:
    assert wxpay_emulator.control("GET", "/_emulator/faults") == []


def test_notifications_that_no_payment_caused(wxpay_emulator: Emulator) -> None:
    pay = WxPay(**wxpay_emulator.settings)
    parsed = pay.notify.parse(wxpay_emulator.notification(total_fee=88, attach="a&b <c>"))
    assert (parsed.total_fee, parsed.cash_fee, parsed.attach) == (88, 88, "a&b <c>")
    with pytest.raises(PaymentMismatch):
        pay.notify.parse(wxpay_emulator.notification(mch_id="10000101"))
    with pytest.raises(SignatureError):
        pay.notify.parse(signed_notification({}, "another key"))
    md5 = WxPay(**wxpay_emulator.settings, sign_type="MD5")
    assert md5.notify.parse(signed_notification({}, wxpay_emulator.settings["api_key"], "MD5")).total_fee == 100


def test_other_merchants() -> None:
    merchant = {"appid": "wx" + "0" * 16, "mch_id": "1900000109", "api_key": "k" * 32, "app_secret": "s"}
    with Emulator(merchants=merchant, notify_url="http://127.0.0.1:9/other") as wechat:
        assert wechat.settings["mch_id"] == "1900000109"
        assert wechat.settings["notify_url"].endswith("/other")
        # The customer is one of that merchant's appid.
        assert wechat.openid != Emulator.openid
        number = new_out_trade_no()
        WxPay(**wechat.settings).unifiedorder(**order(out_trade_no=number, openid=wechat.openid))
        assert wechat.pay(out_trade_no=number, openid=wechat.openid)["err_msg"].endswith(":ok")
        with pytest.raises(BusinessError, match="无效的openid"):
            WxPay(**wechat.settings).unifiedorder(**order(openid=Emulator.openid))
    with (
        pytest.raises(EmulatorError, match=r"status 1\n.*api_key"),
        Emulator(merchants={**merchant, "api_key": "short"}),
    ):
        pass


def test_an_order_with_real_times_on_a_later_day_and_back_to_now() -> None:
    with Emulator(frozen_clock=True) as wechat:
        pay = WxPay(**wechat.settings)
        wechat.advance(24 * 3600)
        number = new_out_trade_no()
        in_half_an_hour = datetime.now(timezone(timedelta(hours=8))) + timedelta(minutes=30)
        pay.unifiedorder(**order(out_trade_no=number, openid=wechat.openid, time_expire=in_half_an_hour))
        assert wechat.control("GET", "/_emulator/clock")["ahead_s"] > 86_000
        clock = wechat.control("POST", "/_emulator/clock", {"reset": True})
        assert abs(clock["now"] - time.time()) < 10
        wechat.advance(29 * 60)
        assert wechat.order(number)["trade_state"] == "NOTPAY"
        wechat.advance(2 * 60)
        assert wechat.order(number)["trade_state"] == "CLOSED"


def test_a_port_with_tls() -> None:
    with Emulator(arguments=("--tls",)) as wechat, urllib.request.urlopen(f"{wechat.url}/_emulator/ca.pem") as pem:
        assert wechat.tls_url is not None
        trusted = ssl.create_default_context(cadata=pem.read().decode())
        with urllib.request.urlopen(f"{wechat.tls_url}/_emulator/health", context=trusted) as answer:
            assert json.load(answer)["ok"] is True
    with Emulator() as wechat:
        assert wechat.tls_url is None


def test_values_that_cannot_be_written_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(TypeError, match="merchants: cannot be written as JSON"):
        Emulator(merchants=object()).start()  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError) as raised:
        Emulator(merchants={"api_key": KEY}).start()
    assert KEY not in "".join(shown(raised.value))
    with pytest.raises(TypeError, match="fields: must be a dict, not NoneType"):
        signed_notification(None, KEY)  # type: ignore[arg-type]


def test_asyncio() -> None:
    async def purchase() -> str:
        from wxpaykit import AsyncWxPay

        async with AsyncEmulator() as wechat, AsyncWxPay(**wechat.settings) as pay:
            return (await pay.unifiedorder(**order())).prepay_id

    assert asyncio.run(purchase()).startswith("wx")


def test_asyncio_without_a_block() -> None:
    async def twice() -> None:
        wechat = AsyncEmulator()
        await wechat.stop()
        for _ in range(2):
            assert await wechat.start() is wechat
            with pytest.raises(EmulatorError, match="the emulator runs already"):
                await wechat.start()
            assert await wechat.orders() == []
            await wechat.stop()
            with pytest.raises(EmulatorError, match="does not run"):
                await wechat.orders()

    asyncio.run(twice())


def test_an_emulator_that_runs_already_is_not_stopped(wxpay_async_emulator: AsyncEmulator) -> None:
    async def block() -> None:
        with pytest.raises(EmulatorError, match="the emulator runs already"):
            async with wxpay_async_emulator:
                pass
        assert await wxpay_async_emulator.journal(limit=1) is not None

    asyncio.run(block())


def test_a_start_that_is_cancelled_leaves_no_process_behind(tmp_path: Path) -> None:
    # Writes its process number, then starts late.
    slow = tmp_path / "slow"
    slow.write_text(f'#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 0.5\nexec "{find_emulator()}" "$@"\n')
    slow.chmod(0o755)

    async def cancelled() -> None:
        wechat = AsyncEmulator(binary=slow)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wechat.__aenter__(), 0.2)
        for _ in range(100):
            await asyncio.sleep(0.05)
            if (tmp_path / "pid").exists() and not alive(int((tmp_path / "pid").read_text())):
                return
        raise AssertionError("it runs on")

    asyncio.run(cancelled())


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_control_token_is_shown() -> None:
    with Emulator(arguments=("--control-token", "open-sesame")) as wechat:
        assert wechat.orders() == []
        with pytest.raises(EmulatorError) as raised:
            wechat.fault("no such")
        assert "open-sesame" not in "".join(shown(raised.value))


def test_a_shop_in_the_same_loop_answers_during_a_wait(wxpay_async_emulator: AsyncEmulator) -> None:
    from wxpaykit import AsyncWxPay, ack

    async def shop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        body = ack().body
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async def purchase() -> None:
        wechat = wxpay_async_emulator
        async with await asyncio.start_server(shop, "127.0.0.1", 0) as server, AsyncWxPay(**wechat.settings) as pay:
            port = server.sockets[0].getsockname()[1]
            number = new_out_trade_no()
            await pay.unifiedorder(**order(out_trade_no=number, notify_url=f"http://127.0.0.1:{port}/notify"))
            assert (await wechat.pay(out_trade_no=number))["trade_state"] == "SUCCESS"
            began = time.monotonic()
            assert (await wechat.wait_acknowledged(number))["out_trade_no"] == number
            assert time.monotonic() - began < 3
            assert [made["out_trade_no"] for made in await wechat.orders(out_trade_no=number)] == [number]
            assert (await wechat.order(number))["notifications"]["acknowledged"]
            assert await wechat.journal(limit=1)
            assert (await wechat.fault("drop"))["id"]
            await wechat.clear_faults()
            assert await wechat.control("GET", "/_emulator/faults") == []
            assert "ran" in await wechat.advance(0)
            assert pay.notify.parse(wechat.notification()).total_fee == 100

    asyncio.run(purchase())


def test_a_confirmed_payment_for_unit_tests() -> None:
    payment = confirmed_payment(out_trade_no="A1", total_fee=250, openid=None, sub_mch_id="10000200")
    assert type(payment) is ConfirmedPayment
    assert (payment.out_trade_no, payment.total_fee, payment.cash_fee) == ("A1", 250, 250)
    assert (payment.openid, payment.sub_mch_id, payment.trade_state) == (None, "10000200", "SUCCESS")
    assert payment.time_end is not None
    assert payment.time_end.isoformat() == "2015-08-06T12:54:00+08:00"
    assert confirmed_payment().out_trade_no == confirmed_payment()["out_trade_no"]


def test_a_wait_that_blocks_the_event_loop_says_so(wxpay_async_emulator: AsyncEmulator) -> None:
    wechat = wxpay_async_emulator._emulator
    number = new_out_trade_no()
    WxPay(**wechat.settings).unifiedorder(**order(out_trade_no=number))
    hint = "blocked this thread's event loop.*AsyncEmulator"

    async def in_a_loop() -> None:
        with pytest.raises(EmulatorError, match=hint):
            wechat.wait_acknowledged(number, within=0)
        with pytest.raises(EmulatorError, match=r"attempts: \[\]$"):
            await wxpay_async_emulator.wait_acknowledged(number, within=0)

    asyncio.run(in_a_loop())
    with pytest.raises(EmulatorError, match=r"attempts: \[\]$"):
        wechat.wait_acknowledged(number, within=0)


def test_a_notification_of_an_order_that_was_paid(wxpay_emulator: Emulator) -> None:
    pay, number = WxPay(**wxpay_emulator.settings), new_out_trade_no()
    pay.unifiedorder(**order(out_trade_no=number))
    paid = wxpay_emulator.pay(out_trade_no=number)
    body = wxpay_emulator.notification(out_trade_no=number, transaction_id=paid["transaction_id"])
    assert pay.notify.confirm(body).out_trade_no == number


def test_both_emulators_have_one_surface() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(Emulator) == public(AsyncEmulator) - {"of"}


def test_the_emulator_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = tmp_path / "test.py"
    script.write_text(
        "from wxpaykit.testing import Emulator\nimport time\n"
        "wechat = Emulator().start()\nprint(wechat._program._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        emulator = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    end = time.monotonic() + 5
    while Path(f"/proc/{emulator}").exists() and time.monotonic() < end:
        # A zombie has ended too; init takes it away.
        if "\nState:\tZ" in Path(f"/proc/{emulator}/status").read_text():
            return
        time.sleep(0.02)
    assert not Path(f"/proc/{emulator}").exists()


def test_a_missing_program_is_an_error_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WXPAYKIT_EMULATOR")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    with pytest.raises(EmulatorError, match=r"pip install 'wxpaykit\[emulator\]'"):
        find_emulator()
    program = tmp_path / "wxpaykit-emulator"
    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(EmulatorError, match="cannot be started"), Emulator(binary=program):
        pass
    os.chmod(program, 0o755)
    assert find_emulator() == str(program)
    with pytest.raises(EmulatorError, match="did not start; it ended with status 3"), Emulator():
        pass
    running = Emulator()
    running.stop()


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a program of some lines of Python."""

    def make(lines: str) -> Path:
        path = tmp_path / "program"
        path.write_text(f"#!{sys.executable} -S\nimport os, signal, sys\n{lines}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Every process that is started from now on."""
    processes: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    return processes


KEY = "192006250b4c09247ec02edce69f6a2d"
ANNOUNCED = {"url": "http://127.0.0.1:9", "appid": "a", "mch_id": "m", "api_key": KEY, "app_secret": KEY}


@pytest.mark.parametrize(
    "line",
    [
        f"listening, with the key {KEY}",
        f"{{{KEY}",
        json.dumps([KEY]),
        json.dumps({"url": "http://127.0.0.1:9", "api_key": KEY}),
        json.dumps(ANNOUNCED | {"mch_id": 10000100}),
        json.dumps(ANNOUNCED | {"url": KEY}),
        "[" * 60_000,
        "x" * 70_000,
    ],
    ids=["text", "broken", "list", "names", "number", "url", "deep", "long"],
)
def test_a_program_that_says_something_else(program: Callable[[str], Path], started: list[Any], line: str) -> None:
    wrong = program(f"print({line!r}, flush=True)\nsignal.pause()")
    with pytest.raises(EmulatorError, match="is not a wxpaykit-emulator") as raised, Emulator(binary=wrong):
        pass
    assert KEY not in "".join([*traceback.format_exception(raised.value), *shown(raised.value)])
    assert [process.returncode for process in started] == [-signal.SIGKILL]


@pytest.mark.parametrize("said", ["", '{"url": '], ids=["nothing", "half a line"])
def test_a_program_that_says_nothing(program: Callable[[str], Path], started: list[Any], said: str) -> None:
    silent = program(f"print({said!r}, end='', flush=True)\nsignal.pause()")

    async def start() -> None:
        async with AsyncEmulator(binary=silent, start_timeout=0.2):
            pass

    for begin in (Emulator(binary=silent, start_timeout=0.2).start, lambda: asyncio.run(start())):
        with pytest.raises(EmulatorError, match=r"did not start within 0\.2 s"):
            begin()
    assert [process.returncode for process in started] == [-signal.SIGKILL] * 2


def test_the_error_shows_the_output_of_a_program_that_ends_at_once(program: Callable[[str], Path]) -> None:
    ending = program("print(*range(9), sep='\\n', file=sys.stderr)\nsys.exit(7)")
    with pytest.raises(EmulatorError, match=r"status 7\n  4\n  5\n  6\n  7\n  8$"):
        Emulator(binary=ending).start()


def test_a_program_without_an_output(program: Callable[[str], Path], started: list[Any]) -> None:
    mute = program("os.close(1)\nsignal.pause()")
    with pytest.raises(EmulatorError, match=r"closed its standard output|did not start within 1 s"):
        Emulator(binary=mute, start_timeout=1).start()
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_error_output_of_the_emulator_is_passed_on(
    program: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    saying = program(f"print({json.dumps(ANNOUNCED)!r}, flush=True)\nprint('the disk is full', file=sys.stderr)")
    wechat = Emulator(binary=saying).start()
    assert wechat._program is not None
    wechat._program._process.wait(10)
    wechat.stop()
    assert capsys.readouterr().err == "the disk is full\n"


def test_an_emulator_that_is_gone() -> None:
    with Emulator() as wechat:
        assert wechat._program is not None
        wechat._program._process.kill()
        wechat._program._process.wait(10)
        for call in (
            lambda: wechat.pay(out_trade_no="1"),
            lambda: wechat.advance(1),
            lambda: wechat.orders(),
            lambda: wechat.order("1"),
            lambda: wechat.journal(),
            lambda: wechat.fault("drop"),
            lambda: wechat.clear_faults(),
            lambda: wechat.wait_acknowledged("1"),
            lambda: asyncio.run(AsyncEmulator.of(wechat).orders()),
        ):
            with pytest.raises(EmulatorError, match=r"/_emulator/.*does not answer: it ended with status -9"):
                call()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]", b"HTTP/1.0 200 OK\r\n\r\n<html>", b"SSH-2.0\r\n"]
)
def test_an_answer_that_is_not_json(program: Callable[[str], Path], answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        Thread(target=serve, daemon=True).start()
        said = json.dumps(ANNOUNCED | {"url": f"http://127.0.0.1:{server.getsockname()[1]}"})
        strange = program(f"print({said!r}, flush=True)\nsignal.pause()")
        with Emulator(binary=strange) as wechat, pytest.raises(EmulatorError, match=r"does not answer: .") as raised:
            wechat.orders()
        assert "status" not in str(raised.value)


def test_a_confirmed_payment_for_a_unit_test() -> None:
    payment = confirmed_payment(out_trade_no="A1", total_fee=2500)
    assert type(payment) is ConfirmedPayment
    assert (payment.out_trade_no, payment.total_fee, payment.cash_fee) == ("A1", 2500, 2500)
    assert (payment.trade_state, payment.trade_type, payment.mch_id) == ("SUCCESS", "JSAPI", "10000100")
    assert payment.time_end is not None
    assert payment.time_end.utcoffset() == timedelta(hours=8)
    assert payment.coupons == ()
    assert confirmed_payment().total_fee == 100
    assert pickle.loads(pickle.dumps(payment)) == payment
    assert payment != confirmed_payment(out_trade_no="A1", total_fee=2501)
    # WeChat's confirmed payments have no such fields.
    assert not {"return_code", "result_code", "nonce_str", "sign"} & set(payment.raw)
    noon = datetime(2026, 11, 28, 4, 0, tzinfo=timezone.utc)
    paid = confirmed_payment(
        time_end=noon, openid=None, attach="茶", coupons=[{"coupon_id": "7", "coupon_fee": 30}, {"coupon_fee": 1}]
    )
    assert (paid.time_end, paid.openid, paid.attach) == (noon, None, "茶")
    assert paid.raw["time_end"] == "20261128120000"
    assert [coupon.coupon_fee for coupon in paid.coupons] == [30, 1]
    assert confirmed_payment(time_end="20261128120000").time_end == noon


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"total_fee": 25.0}, "total_fee: must be an integer, not float"),
        ({"total_fee": "25"}, "total_fee: must be an integer, not str"),
        ({"total_fee": True}, "total_fee: must be an integer, not bool"),
        ({"out_trade_no": 1}, "out_trade_no: must be text, not int"),
        ({"time_end": datetime(2026, 1, 1)}, "time_end: must be an aware datetime, not datetime"),
        ({"time_end": "tomorrow"}, "time_end: must be an aware datetime, not str"),
        ({"coupons": [{"coupon_fee": "1"}]}, "coupon_fee: must be an integer, not str"),
    ],
)
def test_a_payment_for_a_unit_test_has_typed_fields(fields: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        confirmed_payment(**fields)
    assert str(refused.value) == rule


def test_other_replies_for_unit_tests() -> None:
    pay = create_autospec(WxPay, instance=True)
    pay.unifiedorder.return_value = reply(
        UnifiedorderReply, prepay_id="wx1", trade_type="NATIVE", code_url="weixin://x"
    )
    made = pay.unifiedorder(body="tea", out_trade_no="1", total_fee=1, spbill_create_ip="127.0.0.1")
    assert type(made) is UnifiedorderReply
    assert (made.prepay_id, made.code_url, made.mweb_url) == ("wx1", "weixin://x", None)
    pay.v3.jsapi.return_value = reply(V3PrepayReply, prepay_id="wx3")
    order = {"description": "tea", "out_trade_no": "1", "amount": {"total": 1}, "payer": {"openid": "o1"}}
    assert pay.v3.jsapi(**order).prepay_id == "wx3"
    pay.wecom.authorize_url.return_value = "https://x"
    assert pay.wecom.authorize_url("https://shop.example/") == "https://x"
    assert reply(WebToken, openid="o1", access_token="t", expires_in=7200).expires_in == 7200
    with pytest.raises(TypeError, match=r"UnifiedorderReply has no field 'prepayid' \(did you mean 'prepay_id'\?\)"):
        reply(UnifiedorderReply, prepayid="wx1")
    with pytest.raises(TypeError, match=r"no field 'totalFee' \(did you mean 'total_fee'\?\)"):
        confirmed_payment(totalFee=1)
    for kind in (dict, Reply, None):
        with pytest.raises(TypeError, match="kind: must be one of AccessToken, "):
            reply(kind)  # type: ignore[type-var]
