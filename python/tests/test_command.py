"""The command ``wxpaykit``: through a pipe and at a terminal, in both languages. No output has a secret."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import sysconfig
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import no_secret
import pyarrow.parquet
import pytest
from conftest import OPENID, ROOT, Emulator, order
from test_http import Posted, server
from test_mistakes import CASES, SETTINGS, hold

from wxpaykit import WxPay, build_xml, jssdk_signature, new_out_refund_no, new_out_trade_no, sign

#: What pip installs.
PROGRAM = str(Path(sysconfig.get_path("scripts")) / "wxpaykit")
KEY = "192006250b4c09247ec02edce69f6a2d"
OTHER_KEY = "0123456789abcdef0123456789abcdef"
TICKET = "kgt8ON7yVITDhtdwci0qeZ2x7VcKVEhJ"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
#: Everything that the command has printed in this file.
SHOWN: list[str] = []


@dataclass(frozen=True)
class Ran:
    """How the command ended, and what it printed."""

    status: int
    out: str
    err: str


@dataclass
class Command:
    """The command, with the settings of a merchant on the emulator."""

    environment: dict[str, str]

    def env(self, language: str, more: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WXPAY_", "NO_COLOR"))}
        chosen = {**kept, **self.environment, "WXPAYKIT_LANG": language, "TERM": "xterm", **more}
        return {name: value for name, value in chosen.items() if value}

    def __call__(self, *args: str, stdin: bytes = b"", language: str = "en", **more: str) -> Ran:
        """Runs it with pipes. A variable that is empty is not set."""
        done = subprocess.run(
            [PROGRAM, *args], input=stdin, capture_output=True, env=self.env(language, more), timeout=60
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        return seen(ran)

    def at_terminal(self, *args: str, typed: bytes = b"", language: str = "en", **more: str) -> Ran:
        """Runs it at a terminal of its own. `typed` is what a person types when the command asks."""
        with Terminal([PROGRAM, *args], self.env(language, more)) as terminal:
            if typed:
                terminal.until(b"API")
                terminal.type(typed)
            status = terminal.end()
            assert terminal.echoes(), "the terminal is left as it was"
        return seen(Ran(status, terminal.text, ""))


class Terminal:
    """A process with a pseudo-terminal as its controlling terminal and its three streams."""

    TAKE = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.ours, self.theirs = pty.openpty()
        streams = {"stdin": self.theirs, "stdout": self.theirs, "stderr": self.theirs}
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.TAKE, *command], env=env, start_new_session=True, **streams
        )
        self.said = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.theirs)
        os.close(self.ours)

    def read(self) -> bool:
        """Reads what is there within a moment."""
        if not select.select([self.ours], [], [], 0.05)[0]:
            return False
        self.said += os.read(self.ours, 65536)
        return True

    def until(self, words: bytes) -> None:
        end = time.monotonic() + 30
        while words not in self.said:
            assert time.monotonic() < end, self.said
            self.read()

    def type(self, keys: bytes) -> None:
        os.write(self.ours, keys)

    def end(self) -> int:
        end = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < end, self.said
            self.read()
        while self.read():
            pass
        return self.process.returncode

    def echoes(self) -> bool:
        modes = termios.tcgetattr(self.theirs)[3]
        return bool(modes & termios.ECHO) and bool(modes & termios.ICANON)

    @property
    def text(self) -> str:
        return self.said.decode().replace("\r\n", "\n")


def seen(ran: Ran) -> Ran:
    text = ran.out + ran.err
    SHOWN.append(text)
    assert "Traceback" not in text, text
    assert "panicked" not in text, text
    return ran


@pytest.fixture(scope="module")
def command(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Command:
    settings = {f"WXPAY_{name.upper()}": str(value) for name, value in emulator.settings.items()}
    folder = tmp_path_factory.mktemp("command")
    for name in ("CLIENT_CERT", "CLIENT_KEY"):
        path = folder / name.lower()
        path.write_text(settings.pop(f"WXPAY_{name}"))
        settings[f"WXPAY_{name}_FILE"] = str(path)
    return Command({**settings, "XDG_STATE_HOME": str(folder)})


@pytest.fixture
def paid(emulator: Emulator) -> str:
    """The number of an order of 100 that is paid."""
    fields = order()
    emulator.sync().unifiedorder(**fields)
    emulator.pay(out_trade_no=fields["out_trade_no"])
    return str(fields["out_trade_no"])


def without_warning(text: str) -> str:
    """The text without the warning that calls go to an emulator."""
    warnings = ("endpoints is set: all calls", "设置了 endpoints：")
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not any(warning in line for warning in warnings))


# Every subcommand.

SIGNED = {"appid": "wxd930ea5d5a258f4f", "body": "茶", "out_trade_no": "N1"}
RIGHT = build_xml({**SIGNED, "sign": sign(SIGNED, KEY, "MD5")})
WRONG = build_xml({**SIGNED, "sign": sign(SIGNED, KEY.upper(), "MD5")})
PAGE = "https://shop.example/pay?id=1"
CONFIG = {"nonceStr": "n", "timestamp": 1414587457}
CONFIG_OF_OTHER_PAGE = {**CONFIG, "signature": jssdk_signature(TICKET, "n", 1414587457, "http://shop.example/pay?id=1")}
REQ_INFO = (ROOT / "tests/refunds/refund-notice.xml").read_text(encoding="utf-8")

#: Name, arguments, standard input, exit code, what is printed in English and in Chinese, whether it has colours.
OFFLINE: list[tuple[str, tuple[str, ...], str, int, str, str, bool]] = [
    ("explain", ("explain", "-"), WRONG, 1, "should be signed", "应当签名的是", True),
    ("explain-right", ("explain", RIGHT), "", 0, "the signature is right", "签名没有问题", True),
    ("explain-v3", ("explain", "-"), '{"id": "1", "resource": {"nonce": "n"}}', 1, "APIv3", "APIv3", True),
    ("sign", ("sign", "a=1", "b=2"), "", 0, sign({"a": "1", "b": "2"}, KEY, "MD5"), "a=1&b=2&key=***", True),
    ("sign-xml", ("sign", "--xml", "body=茶"), "", 0, "<body><![CDATA[茶]]></body>", "<sign>", False),
    ("sign-quiet", ("sign", "-q", "--type", "HMAC-SHA256", "-"), '{"a": "1"}', 0, sign({"a": "1"}, KEY), "", False),
    ("verify", ("verify", RIGHT), "", 0, "the signature is right (MD5)", "签名正确（MD5）", True),
    ("verify-unsigned", ("verify", "a=1"), "", 1, "there is no signature: ", "没有签名：", True),
    (
        *("verify-v3-error", ("verify", '{"code": "SIGN_ERROR", "message": "x"}'), "", 1),
        *("this is an error that WeChat Pay answers", "没有签名：这是微信支付返回的错误", True),
    ),
    (
        *("explain-v3-error", ("explain", '{"code": "SIGN_ERROR", "message": "x"}'), "", 1),
        *("explain that request", "请检查该请求", True),
    ),
    ("verify-wrong", ("verify", "-"), WRONG, 1, "the signature is wrong: ", "签名错误：", True),
    ("xml", ("xml", "-"), "<xml><a>1</a><b>甲</b></xml>", 0, "a=1\nb=甲\n", "a=1\nb=甲\n", False),
    ("xml-back", ("xml", "a=1", "b=甲"), "", 0, "<b><![CDATA[甲]]></b></xml>", "<xml><a>1</a>", False),
    (
        "jssdk-sign",
        ("jssdk", "sign", PAGE, "--api", "chooseWXPay"),
        "",
        0,
        '"jsApiList":["chooseWXPay"]',
        "appId",
        False,
    ),
    (
        *("jssdk-explain", ("jssdk", "explain", "--url", PAGE, json.dumps(CONFIG_OF_OTHER_PAGE)), "", 1),
        *("behind a proxy that ends TLS", "http", True),
    ),
    ("decrypt", ("decrypt", "-"), REQ_INFO, 0, "refund_status ", "¥", True),
    ("decrypt-xml", ("decrypt", "--xml", "-"), REQ_INFO, 0, "<root>", "<root>", False),
    ("call", ("call",), "", 0, "unifiedorder ", "refundquery ", True),
    ("call-fields", ("call", "orderquery", "--fields"), "", 0, "transaction_id", "out_trade_no", True),
    ("notify", ("notify", "total_fee=5"), "", 0, "<cash_fee>5</cash_fee>", "<return_code>", False),
    ("help", ("--help",), "", 0, "Commands:", "命令：", False),
    ("help-of", ("help", "jssdk", "sign"), "", 0, "Usage: wxpaykit jssdk sign", "用法：wxpaykit jssdk sign", False),
    ("version", ("--version",), "", 0, "wxpaykit 0.", "wxpaykit 0.", False),
    ("completion", ("completion", "bash"), "", 0, "_wxpaykit()", "_wxpaykit()", False),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", OFFLINE, ids=[case[0] for case in OFFLINE])
def test_a_command_without_the_network(
    command: Command, case: tuple[str, tuple[str, ...], str, int, str, str, bool], language: str, tmp_path: Path
) -> None:
    _, args, stdin, status, english, chinese, coloured = case
    offline = {"WXPAY_ENDPOINTS": "http://127.0.0.1:9", "WXPAY_JSAPI_TICKET": TICKET}
    words = english if language == "en" else chinese
    piped = command(*args, stdin=stdin.encode(), language=language, **offline)
    assert (piped.status, piped.err) == (status, ""), piped
    assert words in piped.out
    assert "\x1b" not in piped.out
    if stdin:
        path = tmp_path / "document"
        path.write_text(stdin, encoding="utf-8")
        args = tuple(f"@{path}" if part == "-" else part for part in args)
    shown = command.at_terminal(*args, language=language, **offline)
    assert shown.status == status, shown
    assert ("\x1b[" in shown.out) == coloured, shown.out
    plain = ANSI.sub("", shown.out)
    assert words in plain
    if case[0] not in ("jssdk-sign", "notify"):  # These have random texts.
        assert plain == piped.out
    dull = command.at_terminal(*args, language=language, NO_COLOR="1", **offline)
    assert "\x1b" not in dull.out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_calls_at_the_emulator(command: Command, emulator: Emulator, paid: str, language: str) -> None:
    number, refund = new_out_trade_no("C"), new_out_refund_no("C")
    fields = ("body=茶", f"out_trade_no={number}", "total_fee=1", "spbill_create_ip=::1", f"openid={OPENID}")
    cases = [
        (("order", *fields), 0, "prepay_id"),
        (("query", f"out_trade_no={number}"), 0, "NOTPAY"),
        (("close", f"out_trade_no={number}"), 0, "result_msg  OK"),
        (("query", f"out_trade_no={paid}"), 0, "trade_state       SUCCESS"),
        (
            ("refund", f"out_trade_no={paid}", f"out_refund_no={refund}", "total_fee=100", "refund_fee=30"),
            0,
            "¥0.30 (30 fen)",
        ),
        (("call", "refundquery", f"out_refund_no={refund}"), 0, "refunds[0].refund_status       PROCESSING"),
        (("call", "/pay/orderquery", f"out_trade_no={paid}"), 0, "¥1.00 (100 fen)"),
        (("call", "jssdk.stable_token"), 0, "access_token  ***"),
    ]
    for args, status, words in cases:
        ran = command(*args, language=language)
        assert ran.status == status, (args, ran)
        assert words in ran.out, args
        assert without_warning(ran.err) == ""
    ran = command("query", f"out_trade_no={paid}", language=language)
    assert "oUpF…eS6o" in ran.out
    assert OPENID not in ran.out
    assert re.search(r"^time_end +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", ran.out, re.M)
    assert ran.out.startswith("trade_state"), "the state comes first"
    assert "nonce_str" not in ran.out
    assert "return_code" not in ran.out
    shown = command.at_terminal("query", f"out_trade_no={paid}", language=language)
    assert "\x1b[33mREFUND\x1b[0m" in shown.out, "it was refunded in part"
    refused = command("query", "out_trade_no=NONE", language=language)
    assert (refused.status, refused.out) == (1, "")
    words = {"en": "WeChat has no such order", "zh": "没有此订单"}[language]
    assert words in refused.err
    assert len(without_warning(refused.err).splitlines()) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_calls_at_a_terminal(command: Command, paid: str, language: str) -> None:
    number, refund = new_out_trade_no("C"), new_out_refund_no("C")
    fields = ("body=茶", f"out_trade_no={number}", "total_fee=1", "spbill_create_ip=::1", f"openid={OPENID}")
    refunded = ("refund", f"out_trade_no={paid}", f"out_refund_no={refund}", "total_fee=100", "refund_fee=1")
    for args, status, words in (
        (("order", *fields), 0, "prepay_id"),
        (("close", f"out_trade_no={number}"), 0, "result_msg  OK"),
        (refunded, 0, "¥0.01 (1 fen)"),
        (("call", "refundquery", f"out_refund_no={refund}"), 0, "refunds[0].refund_status       PROCESSING"),
        (("bill", "bill_date=2020-01-01"), 1, "No Bill Exist"),
        (("doctor",), 0, {"en": "settings", "zh": "配置"}[language]),
        (("emulator", "--", "--version"), 0, "wxpaykit-emulator 0."),
    ):
        shown = command.at_terminal(*args, language=language)
        assert shown.status == status, (args, shown)
        assert words in ANSI.sub("", shown.out), (args, shown.out)


def test_json_is_for_programs(command: Command, paid: str) -> None:
    reply = json.loads(command("query", "--json", f"out_trade_no={paid}").out)
    assert (reply["trade_state"], reply["total_fee"], reply["openid"]) == ("SUCCESS", 100, OPENID)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", reply["time_end"])
    refused = command("query", "--json", "out_trade_no=NONE")
    warning, error = map(json.loads, refused.err.splitlines())
    assert "endpoints" in warning["warning"]
    assert (error["error"]["err_code"], error["error"]["class"]) == ("ORDERNOTEXIST", "BusinessError")
    assert json.loads(command("call", "jssdk.stable_token", "--json").out)["access_token"] == "***"
    assert json.loads(command("verify", "--json", RIGHT).out) == {"right": True, "sign_type": "MD5"}
    assert json.loads(command("explain", "--json", WRONG).out)["mistake"] == "key_other_case"
    assert json.loads(command("xml", "--json", "<xml><a>1</a></xml>").out) == {"a": "1"}
    assert json.loads(command("decrypt", "--json", "-", stdin=REQ_INFO.encode()).out)["refund_fee"] > 0
    error = json.loads(command("--json", "verify", "/nowhere").err)
    assert "/nowhere" in error["error"]["message"]


def test_call_knows_every_row_of_the_table(command: Command, emulator: Emulator) -> None:
    calls = json.loads(command("call", "--json").out)
    names = {call["name"] for call in calls}
    assert {"unifiedorder", "refund", "refundquery", "oauth.access_token", "jssdk.getticket"} <= names
    reference = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    assert [name for name in names if name not in reference] == []
    client = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key=OTHER_KEY, store="memory:")
    assert {name for name in names if "." not in name} == {name for name in names if hasattr(client, name)}
    # The settings that some calls need besides.
    settings = {
        "v3": {f"WXPAY_{setting.upper()}": value for setting, value in emulator.v3_settings.items()},
        "wecom": {"WXPAY_APPID": "ww1234567890abcdef", "WXPAY_CORP_SECRET": "s" * 43, "WXPAY_AGENT_ID": "1000247"},
    }
    for name in names:
        described = json.loads(command("call", name, "--fields", "--json").out)
        assert described["name"] == name
        # Without its fields nothing is sent: there is nobody at this address.
        own = settings.get(name.partition(".")[0], {})
        ran = command("call", name, "no_such_field=1", WXPAY_ENDPOINTS="http://127.0.0.1:9", **own)
        assert ran.status == 2, (name, ran)
        assert "no_such_field" in ran.err


def test_fields_from_files_and_standard_input(command: Command, tmp_path: Path) -> None:
    number = new_out_trade_no("F")
    fields = {"body": "茶", "out_trade_no": number, "total_fee": 7, "spbill_create_ip": "::1", "trade_type": "NATIVE"}
    (tmp_path / "detail.json").write_text('{"goods_detail": []}\n')
    detail = f"detail=@{tmp_path / 'detail.json'}"
    ran = command("order", "-", "product_id=1", "attach=@@home", detail, stdin=json.dumps(fields).encode())
    assert ran.status == 0, ran
    ran = command("order", f"@{tmp_path / 'none.json'}")
    assert (ran.status, ran.out) == (2, "")
    lines = "\n".join(f"{name}={value}" for name, value in fields.items())
    assert command("order", "-", "product_id=1", "total_fee=8", stdin=lines.encode()).status == 1, "another amount"
    time_start = ("time_start=2026-11-28 16:08:28", "product_id=1")
    ran = command("order", "-", *time_start, f"out_trade_no={new_out_trade_no('F')}", stdin=lines.encode())
    assert ran.status == 0, ran


def test_xml_and_fields_are_the_same_both_ways(command: Command) -> None:
    fields = {"a": "1", "body": "茶 <&> ]]>", "attach": "x\ny\t=\\", "quoted": '"q"', "c": "a=b&c"}
    lines = command("xml", "-", stdin=build_xml(fields).encode()).out
    assert command("xml", "-", stdin=lines.encode()).out.strip() == build_xml(fields)
    assert command("xml", "-", stdin=json.dumps(fields).encode()).out.strip() == build_xml(fields)


def test_explain_names_the_true_cause(command: Command) -> None:
    """As `explain` of the languages does; the command reads the messages as XML."""
    own = {f"WXPAY_{name.upper()}": value for name, value in SETTINGS.items()}
    found = {}
    for case in CASES:
        ran = command("explain", "--json", "-", stdin=build_xml(case["message"]).encode(), **own)
        explanation = json.loads(ran.out)
        assert ran.status == 1, ran
        found[case["name"]] = (explanation["mistake"], explanation["proved"])
    assert len(found) >= 60
    hold(found)


# Settings and keys.


def test_doctor(command: Command, emulator: Emulator) -> None:
    ran = command("doctor")
    assert ran.status == 0, ran
    for line in (
        "api_key      set, 32 characters",
        "WXPAY_CLIENT_KEY_FILE: /",
        "ok       api_key",
        "ok       clock",
        " ms",
    ):
        assert line in ran.out, ran.out
    assert re.search(r"ok +client_cert +.*valid from \d{4}-\d\d-\d\d until \d{4}-\d\d-\d\d", ran.out), ran.out
    assert emulator.url in ran.out
    chinese = command.at_terminal("doctor", language="zh")
    assert chinese.status == 0
    assert "\x1b[32m正常" in chinese.out
    assert "微信接受 appid、mch_id 和 API 密钥" in chinese.out

    wrong = command("doctor", WXPAY_API_KEY=OTHER_KEY, WXPAY_APP_SECRET="5a1d0c7e9b3f48268f2e6d4b7c90a1e4")
    assert wrong.status == 1
    assert "FAILED   api_key" in wrong.out
    assert "FAILED   app_secret" in wrong.out
    assert "   -> " in wrong.out
    assert "失败    api_key" in command("doctor", language="zh", WXPAY_API_KEY=OTHER_KEY).out

    v3 = {f"WXPAY_{name.upper()}": value for name, value in emulator.v3_settings.items()}
    alone = command("doctor", WXPAY_API_KEY="", **v3)
    assert alone.status == 0, alone
    for part in ("client_key", "api_v3_key", "platform_keys", "clock", "client_cert"):
        assert f"  ok       {part} " in alone.out, alone.out
    assert "  not set  api_key " in alone.out, alone.out
    wrong = command("doctor", language="zh", **{**v3, "WXPAY_API_KEY": "", "WXPAY_API_V3_KEY": OTHER_KEY})
    assert wrong.status == 1
    assert "失败    api_v3_key     api_v3_key 不能解密平台证书" in wrong.out, wrong.out

    report = json.loads(command("doctor", "--json", WXPAY_ENDPOINTS="http://127.0.0.1:9").out)
    assert not report["ok"]
    assert report["hosts"] == [{**report["hosts"][0], "host": "http://127.0.0.1:9", "backup": False}]
    assert "refused" in report["hosts"][0]["problem"]
    assert {finding["part"] for finding in report["findings"] if finding["state"] == "failed"} >= {"api_key", "clock"}

    other = command("doctor", WXPAY_CLIENT_KEY_FILE=str(ROOT / "tests/certificates/other_key.pem"))
    assert other.status == 2
    assert "client_key" in other.err
    missing = command("doctor", WXPAY_MCH_ID="")
    assert missing.status == 2
    assert "mch_id       not set" in missing.out
    assert "WXPAY_MCH_ID" in missing.err
    store = command("doctor", WXPAY_STORE="redis://user:hunter2hunter2@127.0.0.1:9/0")
    assert "redis://***@127.0.0.1:9/0" in store.out
    assert "hunter2" not in store.out + store.err


@pytest.mark.parametrize(("language", "label"), [("en", "attention"), ("zh", "注意")])
def test_doctor_on_a_certificate_that_ends_soon(
    command: Command, emulator: Emulator, tmp_path: Path, language: str, label: str
) -> None:
    """The warning, the finding and the exit code: the program works, and somebody has to do something."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    key.write_text(emulator.settings["client_key"])
    new = ("openssl", "req", "-x509", "-key", str(key), "-days", "9", "-subj", "/CN=10000100", "-out", str(cert))
    subprocess.run(new, check=True, capture_output=True)
    ran = command("doctor", language=language, WXPAY_CLIENT_CERT_FILE=str(cert))
    assert ran.status == 0, ran
    line = next(line for line in ran.out.splitlines() if " client_cert " in line and "10000100" in line)
    assert line.split()[0] == label, line
    dates = {"en": r"valid from \d{4}-\d\d-\d\d and expires on ", "zh": r"有效期 \d{4}-\d\d-\d\d 至 "}[language]
    assert re.search(dates + r"\d{4}-\d\d-\d\d", line), line
    warning = next(line for line in ran.err.splitlines() if "client_cert" in line)
    if language == "zh":
        assert not re.search("[a-z]{3,}", re.sub("client_cert|pay.weixin.qq.com", "", warning)), warning
        assert "申请新证书" in warning
    report = json.loads(command("doctor", "--json", WXPAY_CLIENT_CERT_FILE=str(cert)).out)
    assert report["ok"]
    (found,) = [one for one in report["findings"] if one["part"] == "client_cert"]
    assert (found["state"], "Apply for a new certificate" in found["remedy"]) == ("attention", True)


@pytest.mark.parametrize(("language", "labels"), [("en", ("not checked", "not set")), ("zh", ("未检查", "未设置"))])
def test_doctor_on_what_is_set_and_cannot_be_checked(
    command: Command, emulator: Emulator, language: str, labels: tuple[str, str]
) -> None:
    v3 = {f"WXPAY_{name.upper()}": value for name, value in emulator.v3_settings.items()}
    # The platform certificates, which alone show whether the APIv3 key is right, cannot be asked for.
    settings = {**v3, "WXPAY_APP_SECRET": "", "WXPAY_ENDPOINTS": "http://127.0.0.1:9"}
    ran = command("doctor", language=language, **settings)
    lines = ran.out.splitlines()
    label = {
        part: next(line for line in lines if f"  {part} " in line and "->" not in line and "WXPAY" not in line)
        for part in ("api_v3_key", "app_secret")
    }
    assert label["api_v3_key"].strip().startswith(labels[0]), ran.out
    assert label["app_secret"].strip().startswith(labels[1]), ran.out


def test_a_merchant_of_apiv3_alone(command: Command, emulator: Emulator) -> None:
    v3 = {f"WXPAY_{name.upper()}": value for name, value in emulator.v3_settings.items()} | {"WXPAY_API_KEY": ""}
    number = new_out_trade_no()
    fields = ("description=tea", f"out_trade_no={number}", "amount.total=100", "notify_url=https://shop.example/n")
    assert command("call", "v3.native", *fields, **v3).status == 0
    ran = command("query", f"out_trade_no={number}", **v3)
    assert (ran.status, "NOTPAY" in ran.out) == (0, True), ran
    assert command("close", f"out_trade_no={number}", **v3).status == 0
    assert "CLOSED" in command("query", f"out_trade_no={number}", **v3).out
    assert "v3.query" in command("query", "--help").out
    for language in ("en", "zh"):
        for args, words in (
            (("order", "body=tea"), "wxpaykit call v3.native "),
            (("refund", "out_trade_no=1"), "wxpaykit call v3.refund "),
            (("call", "orderquery", "out_trade_no=1"), "wxpaykit call v3.query out_trade_no=T1"),
            (("call", "/pay/orderquery", "out_trade_no=1"), "wxpaykit call"),
            (("notify",), "wxpaykit notify --v3"),
        ):
            ran = command(*args, language=language, **v3)
            assert (ran.status, ran.out, words in ran.err, "WXPAY_API_KEY" in ran.err) == (2, "", True, True), ran
    # With both keys they are what they were.
    both = {**v3, "WXPAY_API_KEY": KEY}
    assert "trade_state_desc" in command("query", f"out_trade_no={number}", **both).out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("jssdk", "explain"), "wxpaykit jssdk explain --help"),
        (("verify", "--nothing"), "wxpaykit verify --help"),
        (("--nothing",), "wxpaykit --help"),
        (("bill",), "wxpaykit bill 2026-11-27"),
    ],
)
def test_what_is_wrong_names_the_help_that_says_more(command: Command, args: tuple[str, ...], words: str) -> None:
    for language in ("en", "zh"):
        ran = command(*args, language=language)
        assert (ran.status, ran.err.strip().endswith(words)) == (2, True), ran


def test_a_page_without_a_ticket_says_what_to_give(command: Command) -> None:
    for language in ("en", "zh"):
        ran = command(
            "jssdk",
            "explain",
            "--url",
            PAGE,
            json.dumps(CONFIG_OF_OTHER_PAGE),
            language=language,
            WXPAY_JSAPI_TICKET="",
        )
        assert ran.status == 1, ran
        assert all(word in ran.out for word in ("WXPAY_JSAPI_TICKET", "--ticket-file", "--signed-url")), ran


def test_a_key_from_a_file(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{OTHER_KEY}\n")
    fields = {"a": "1"}
    expected = sign(fields, OTHER_KEY, "MD5")
    assert command("sign", "-q", "a=1", "--key-file", str(path)).out.strip() == expected
    assert command("sign", "-q", "a=1", WXPAY_API_KEY="", WXPAY_API_KEY_FILE=str(path)).out.strip() == expected
    assert command("query", "out_trade_no=T1", "--key-file", str(path)).status == 1
    path.write_text("")
    assert command("sign", "a=1", "--key-file", str(path)).status == 2


@pytest.mark.parametrize(
    ("language", "question"), [("en", "API key (API密钥), not shown: "), ("zh", "API 密钥（不显示）：")]
)
def test_a_key_that_a_person_types(command: Command, language: str, question: str) -> None:
    unset = {"WXPAY_API_KEY": "", "language": language}
    ran = command.at_terminal("sign", "-q", "a=1", typed=b"x\x7f" + OTHER_KEY.encode() + b"\n", **unset)
    assert ran.status == 0
    assert ran.out == f"{question}\n{sign({'a': '1'}, OTHER_KEY, 'MD5')}\n"
    ran = command.at_terminal("query", "out_trade_no=NONE", typed=KEY.encode() + b"\r", **unset)
    assert ran.status == 1
    assert "ORDERNOTEXIST" in ran.out
    for keys, status in ((b"\x03", 130), (b"\n", 2), (b"abc\x15\x04", 2)):
        ran = command.at_terminal("sign", "a=1", typed=keys, **unset)
        assert ran.status == status, ran
    ran = command("sign", "a=1", **unset)
    assert (ran.status, ran.out) == (2, "")
    assert "WXPAY_API_KEY_FILE" in ran.err


@pytest.mark.parametrize(
    "args",
    [
        ("sign", "--key", OTHER_KEY, "a=1"),
        ("sign", f"--key={OTHER_KEY}", "a=1"),
        ("explain", "--api-key", OTHER_KEY, "-"),
        ("verify", f"--api_key={OTHER_KEY}", "-"),
        ("doctor", f"WXPAY_API_KEY={OTHER_KEY}"),
        ("call", "jssdk.token", f"app_secret={OTHER_KEY}"),
        ("sign", "a=1", f"key={OTHER_KEY}"),
        ("decrypt", "--api-v3-key", OTHER_KEY),
        ("jssdk", "sign", PAGE, "--ticket", OTHER_KEY),
        ("refund", f"client_p12_password={OTHER_KEY}"),
        ("call", "oauth.userinfo", f"access_token={OTHER_KEY}"),
        ("call", "oauth.access_token", f"code={OTHER_KEY}"),
    ],
)
def test_a_secret_on_the_command_line_is_refused_with_the_reason(command: Command, args: tuple[str, ...]) -> None:
    for language, reason in (("en", "the shell's history and ps"), ("zh", "shell 历史和 ps")):
        ran = command(*args, language=language)
        assert (ran.status, ran.out) == (2, ""), ran
        assert reason in ran.err
        assert OTHER_KEY not in ran.err


@pytest.mark.parametrize(
    "args",
    [
        ("no-such-command",),
        (OTHER_KEY,),
        ("sign", "a=1", "--no-such-option"),
        ("sign", "a=1", "a=2"),
        ("sign", "--type", "RSA", "a=1"),
        ("sign", "-q"),
        ("sign", "sign_type=RSA"),
        ("verify", "/no/such/file"),
        ("verify", "/"),
        ("verify", "<xml><a>1</a>"),
        ("verify", "<!DOCTYPE x><xml/>"),
        ("verify", "{"),
        ("verify", "-"),
        ("xml", "a=1", OTHER_KEY),
        ("xml", "1=a"),
        ("decrypt", "not Base64!"),
        ("decrypt", "<xml><a>1</a></xml>"),
        ("decrypt", "--kind", "nothing", "-"),
        ("call", "unifiedordr"),
        ("call", "order"),
        ("call", "/pay/../x"),
        ("order", "body=x", "total_fee=1.00"),
        ("order", "total_fee=0"),
        ("query",),
        ("query", "out_trade_no=茶"),
        ("query", "T1"),
        ("query", "=1"),
        ("notify", "--to", "shop.example"),
        ("notify", "--to"),
        ("jssdk",),
        ("jssdk", "sign"),
        ("jssdk", "sign", "shop.example"),
        ("jssdk", "explain", "--url", PAGE, "{}"),
        ("completion", "tcsh"),
        ("help", "nothing"),
        ("--lang", "fr", "call"),
        ("--color", "blue", "call"),
        (),
    ],
    ids=lambda args: " ".join(args)[:40],
)
def test_wrong_input_ends_with_a_sentence(command: Command, args: tuple[str, ...]) -> None:
    for language in ("en", "zh"):
        ran = command(*args, language=language, WXPAY_JSAPI_TICKET=TICKET)
        assert ran.status == 2, ran
        assert ran.out == ""
        lines = without_warning(ran.err).splitlines()
        assert len(lines) == 1, ran.err
        assert lines[0].startswith("wxpaykit: "), ran.err
        assert OTHER_KEY not in ran.err
        shown = command.at_terminal(
            *(part for part in args if part != "-"), language=language, WXPAY_JSAPI_TICKET=TICKET
        )
        assert shown.status in (0, 2) if args == () else shown.status == 2, shown


def test_arguments_that_are_not_utf8(command: Command) -> None:
    done = subprocess.run([PROGRAM, "sign", b"a=\xff"], capture_output=True, env=command.env("en", {}))
    assert done.returncode == 2, done
    done = subprocess.run([PROGRAM, "verify", b"/\xff"], capture_output=True, env=command.env("en", {}))
    assert done.returncode == 2, done
    assert command("verify", "-", stdin=b"<xml><a>\xff</a></xml>").status == 2
    assert command("explain", "-", stdin=b"\x00\xff\x00").status == 1


def test_what_a_customer_wrote_does_not_reach_the_terminal(command: Command) -> None:
    fields = {"attach": "\x85\x9b31m\u202eabc", "sign": "0" * 32}
    body = json.dumps(fields)
    for args in (("explain", body), ("sign", body), ("verify", body)):
        shown = ANSI.sub("", command.at_terminal(*args).out)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown), ascii(shown)


# Processes.


def test_the_exit_code_says_whether_it_was_sent(command: Command) -> None:
    ran = command("query", "out_trade_no=T1", WXPAY_ENDPOINTS="http://127.0.0.1:9")
    assert (ran.status, ran.out) == (3, "")
    assert "nothing was sent" in ran.err
    with silent() as address:
        ran = command("order", *order_arguments(), WXPAY_ENDPOINTS=address, WXPAY_TIMEOUT="0.5")
    assert (ran.status, ran.out) == (4, "")
    assert "unknown" in ran.err


def test_the_exit_code_of_a_refusal_says_whether_wechat_may_have_acted(
    command: Command, emulator: Emulator, paid: str
) -> None:
    v3 = {f"WXPAY_{name.upper()}": text for name, text in emulator.v3_settings.items()} | {
        "WXPAY_MAX_NETWORK_RETRIES": "0"
    }
    # A payment code is no argument, which the shell would keep.
    code = ["micropay", "-", "total_fee=100", "body=tea", "spbill_create_ip=127.0.0.1", "out_trade_no=T91"]
    refund = ["call", "v3.refund", f"out_trade_no={paid}", "out_refund_no=R9", "amount.refund=1", "amount.total=100"]
    refund += ["amount.currency=CNY"]
    order = order_arguments()
    for path, args in (
        ("/pay/micropay", ["call", *code]),
        ("/pay/unifiedorder", ["order", *order]),
        ("/v3/refund/domestic/refunds", refund),
    ):
        emulator.fault("systemerror_after", endpoint=path, times=1)
        ran = command(*args, stdin=b'{"auth_code": "134567890123456789"}', **v3)
        assert (ran.status, ran.out) == (4, ""), ran
        assert "SYSTEM" in ran.err
    # These are surely refused.
    wrong = [argument.replace("amount.total=100", "amount.total=7") for argument in refund]
    assert command(*wrong, **v3).status == 1
    assert command("query", "out_trade_no=NOBODY").status == 1


def order_arguments() -> list[str]:
    return [f"{name}={value}" for name, value in order().items()]


class silent:
    """A server that takes requests and never answers."""

    def __enter__(self) -> str:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=16)
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_ctrl_c_is_quiet_and_says_what_is_known_of_money(command: Command, paid: str) -> None:
    refund = ["refund", f"out_trade_no={paid}", "out_refund_no=R1", "total_fee=100", "refund_fee=1"]
    with silent() as address:
        unknown = ["call", "/pay/refund", "out_trade_no=T1"]
        for args, words in ((["query", "out_trade_no=T1"], ""), (refund, "refund"), (unknown, "call")):
            env = command.env("en", {"WXPAY_ENDPOINTS": address})
            process = subprocess.Popen([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
            time.sleep(1.5)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
            ran = seen(Ran(process.returncode, out.decode(), err.decode()))
            assert (ran.status, ran.out) == (130, ""), ran
            said = without_warning(ran.err)
            assert (words in said) if words else said == "", ran


def test_ctrl_c_while_standard_input_is_read(command: Command) -> None:
    process = subprocess.Popen(
        [PROGRAM, "verify", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=command.env("en", {}),
    )
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == (b"", b"")
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("args", [("completion", "bash"), ("call",), ("--help",), ("xml", "-")])
def test_a_closed_pipe_is_quiet(command: Command, args: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    many = "".join(f"f{number}=1\n" for number in range(900)).encode()
    done = subprocess.run([PROGRAM, *args], input=many, stdout=write, stderr=subprocess.PIPE, env=command.env("en", {}))
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_an_error(command: Command, paid: str) -> None:
    for args in (["call"], ["query", f"out_trade_no={paid}"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, *args], stdout=full, stderr=subprocess.PIPE, env=command.env("en", {}))
        assert done.returncode == 1, done
        assert b"the result cannot be written" in done.stderr, done


def test_a_pipe_that_is_full_is_waited_for(command: Command) -> None:
    """Another process, such as Node, may make a shared pipe non-blocking."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETFL, fcntl.fcntl(write, fcntl.F_GETFL) | os.O_NONBLOCK)
    text = "x" * 200_000
    process = subprocess.Popen(
        [PROGRAM, "xml", f"a={text[:100_000]}", f"b={text[:100_000]}"], stdout=write, env=command.env("en", {})
    )
    os.close(write)
    time.sleep(1)
    with os.fdopen(read, "rb") as stream:
        out = stream.read()
    assert process.wait(10) == 0
    assert len(out) > 200_000


def test_completion(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "completion.bash"
    path.write_text(command("completion", "bash").out)
    words = 'COMP_WORDS=(wxpaykit "$@"); COMP_CWORD=$#; _wxpaykit wxpaykit "${!#}" x; echo ${COMPREPLY[@]}'
    script = f"source {path}; {words}"

    def completed(*words: str) -> list[str]:
        done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, check=True, text=True)
        return done.stdout.split()

    assert completed("call", "refundq") == ["refundquery"]
    assert completed("dec") == ["decrypt"]
    assert "--key-file" in completed("explain", "--")
    for shell, said in (("zsh", "#compdef wxpaykit"), ("fish", "complete -c wxpaykit")):
        assert said in command("completion", shell).out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_call_knows_how_its_path_travels(command: Command, language: str) -> None:
    """C-49 and C-53."""
    path = "/mmpaymkttransfers/promotion/transfers"
    reply = {"return_code": "SUCCESS", "result_code": "SUCCESS", "partner_trade_no": "TR1", "payment_no": "1"}
    forged = {**reply, "sign": "0" * 32}
    with server(lambda _, fields: (200, build_xml(reply if "mchid" in fields else {}).encode())) as url:
        ran = command("call", path, "partner_trade_no=TR1", language=language, WXPAY_ENDPOINTS=url)
        assert (ran.status, "TR1" in ran.out) == (0, True), ran
        ran = command("call", path, "mch_id=1", language=language, WXPAY_ENDPOINTS=url)
        assert ran.status == 2 and {"en": "is called mchid in", "zh": "中叫作 mchid"}[language] in ran.err
    with server(lambda _, fields: (200, build_xml(forged).encode())) as url:
        ran = command("call", path, "partner_trade_no=TR1", language=language, WXPAY_ENDPOINTS=url)
        said = {"en": "The outcome is unknown (HTTP 200)", "zh": "结果未知（HTTP 200）"}[language]
        assert (ran.status, said in ran.err, "TR1" in ran.err) == (4, True, True), ran
        ran = command("call", path, "partner_trade_no=TR1", "--json", WXPAY_ENDPOINTS=url)
        described = json.loads(ran.err.splitlines()[-1])
        error = described["error"]
        assert (error["outcome"], error["status"], error["number"]) == ("unknown", 200, "TR1")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_notify(command: Command, emulator: Emulator, paid: str, language: str) -> None:
    posted = Posted()
    with server(posted) as shop:
        ran = command("notify", "--to", f"{shop}/n", "out_trade_no=T9", language=language)
        assert ran.status == 0, ran
        assert {"en": "taken: HTTP 200", "zh": "商城已确认收到：HTTP 200"}[language] in ran.out
        shown = command.at_terminal("notify", "--to", f"{shop}/n", language=language)
        assert "\x1b[32m" in shown.out
    assert emulator.sync().notify.parse(posted.bodies[0]).out_trade_no == "T9"

    # A shop as it should be: it asks WeChat.
    pay, shipped = emulator.sync(), []

    def shop_of(path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        handled = pay.notify.handle(
            build_xml(fields),
            amount_of=lambda _: 100,
            on_paid=lambda payment, key: shipped.append(payment.out_trade_no),
        )
        return handled.status, bytes(handled.body)

    number = pay.orderquery(out_trade_no=paid).transaction_id
    with server(shop_of) as shop:
        ran = command(
            "notify", "--to", f"{shop}/n", f"out_trade_no={paid}", f"transaction_id={number}", language=language
        )
        assert (ran.status, shipped) == (0, [paid]), ran
        ran = command("notify", "--to", f"{shop}/n", language=language)
        assert (ran.status, shipped) == (1, [paid]), ran
    with server(lambda *_: (200, build_xml({"return_code": "FAIL", "return_msg": "FAIL"}).encode())) as shop:
        ran = command("notify", "--to", f"{shop}/n", language=language)
        said = {
            "en": "not taken: HTTP 200, return_code=FAIL, return_msg=FAIL\n",
            "zh": "商城没有确认收到：HTTP 200，return_code=FAIL，return_msg=FAIL\n",
        }
        assert (ran.status, ran.out) == (1, said[language]), ran
    ran = command("notify", "--to", "http://127.0.0.1:9/n", language=language)
    assert ran.status == 3, ran


@pytest.mark.parametrize("language", ["en", "zh"])
def test_notify_by_apiv3(command: Command, emulator: Emulator, paid: str, language: str, tmp_path: Path) -> None:
    """The emulator's own key stands for a key of the developer's: the client has its public key."""
    v3 = {f"WXPAY_{name.upper()}": text for name, text in emulator.v3_settings.items()}
    key = str(ROOT / "emulator/keys/platform-public.pem")
    notify = ("notify", "--v3", "--platform-key-file", key)
    pay = emulator.sync(**emulator.v3_settings)
    shipped: list[str] = []
    answers: list[int] = []

    class Shop(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            handled = pay.notify.handle(
                body,
                headers=dict(self.headers),
                amount_of=lambda _: 100,
                on_paid=lambda payment, key: shipped.append(payment.out_trade_no),
            )
            answers.append(handled.status)
            self.send_response(handled.status)
            self.end_headers()
            self.wfile.write(bytes(handled.body))

        def log_message(self, *_: object) -> None:
            pass

    number = pay.orderquery(out_trade_no=paid).transaction_id
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        to = ("--to", f"http://127.0.0.1:{shop.server_port}/n")
        ran = command(*notify, *to, f"out_trade_no={paid}", f"transaction_id={number}", language=language, **v3)
        assert (ran.status, shipped, answers) == (0, [paid], [200]), ran
        assert {"en": "taken: HTTP 200", "zh": "商城已确认收到：HTTP 200"}[language] in ran.out
        # WeChat posts it again, and the shop has it already.
        shown = command.at_terminal(
            *notify, *to, f"out_trade_no={paid}", f"transaction_id={number}", language=language, **v3
        )
        assert (shown.status, shipped, answers.pop()) == (0, [paid], 200), shown
        assert {"en": "\x1b[32mtaken", "zh": "\x1b[32m商城已确认收到"}[language] in shown.out, shown.out
        # A payment that WeChat does not know.
        ran = command(*notify, *to, language=language, **v3)
        assert (ran.status, shipped, answers[1] // 100) == (1, [paid], 5), ran
        assert {"en": "not taken: HTTP 5", "zh": "商城没有确认收到：HTTP 5"}[language] in ran.out
        shop.shutdown()
    # What it prints is what explain and decrypt take.
    shown = command.at_terminal(*notify, "amount.total=7", language=language, **v3)
    assert (shown.status, "\x1b" in shown.out) == (0, False), shown
    assert "TRANSACTION.SUCCESS" in shown.out
    printed = command(*notify, "amount.total=7", "payer.openid=o1", **v3).out
    (tmp_path / "message").write_text(printed, encoding="utf-8")
    piped = command("decrypt", "-", stdin=printed.encode(), language=language, **v3)
    shown = command.at_terminal("decrypt", f"@{tmp_path / 'message'}", language=language, **v3)
    assert (shown.status, shown.out) == (0, piped.out), "JSON without colours"
    plain = json.loads(command("decrypt", "-", stdin=printed.encode(), **v3).out)
    assert (plain["amount"]["total"], plain["amount"]["payer_total"], plain["payer"]) == (7, 7, {"openid": "o1"})
    assert "the signature is right" in command("explain", "-", stdin=printed.encode(), **v3).out
    # `verify` takes it too. Whether the APIv3 key opens the resource is another question.
    for more in ({}, {"WXPAY_API_V3_KEY": OTHER_KEY}):
        ran = command("verify", "-", stdin=printed.encode(), language=language, **v3 | more)
        said = {
            "en": "the signature is right (WECHATPAY2-SHA256-RSA2048)\n",
            "zh": "签名正确（WECHATPAY2-SHA256-RSA2048）\n",
        }
        assert (ran.status, ran.out, ran.err) == (0, said[language], ""), ran
    assert json.loads(command("verify", "--json", "-", stdin=printed.encode(), **v3).out)["right"] is True
    changed = printed.replace("resource_type", "resource_typo").encode()
    ran = command("verify", "-", stdin=changed, language=language, **v3)
    assert (ran.status, ran.out.startswith({"en": "the signature is wrong: ", "zh": "签名错误："}[language])) == (
        1,
        True,
    ), ran
    bare = "\n".join(line for line in printed.splitlines() if not line.startswith("Wechatpay-Signature"))
    file = "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n交易时间,公众账号ID\n"
    for unsigned in (bare, file):
        ran = command("verify", "-", stdin=unsigned.encode(), language=language, **v3)
        assert (ran.status, {"en": "there is no signature", "zh": "没有签名"}[language] in ran.out) == (1, True), ran
    for text, settings, words in (
        (printed.splitlines()[-1], v3, "Wechatpay-Signature"),
        (printed, {**v3, "WXPAY_PLATFORM_PUBLIC_KEY_ID": ""}, "WXPAY_PLATFORM_PUBLIC_KEY_ID"),
    ):
        ran = command("verify", "-", stdin=text.encode(), language=language, **settings)
        assert (ran.status, ran.out, words in ran.err) == (2, "", True), ran
    for wrong, words in (
        (("notify", "--v3"), "--platform-key-file"),
        ((*notify[:3], str(ROOT / "emulator/keys/platform-public-key.pem")), "platform-key"),
        ((*notify, "amount.total=1.5"), "amount.total"),
        ((*notify, "total_fee=5"), "amount.total"),
        ((*notify, "amount=5", "amount.total=5"), "amount"),
        ((*notify, "amount.payer.x=5"), "amount.payer.x"),
        ((*notify, "payer.=o1"), "payer."),
        ((*notify, ".=o1"), "."),
    ):
        ran = command(*wrong, language=language, **v3)
        assert (ran.status, ran.out) == (2, ""), ran
        assert words in ran.err
    ran = command(*notify, language=language, **v3 | {"WXPAY_PLATFORM_PUBLIC_KEY_ID": "PUB\nX: y"})
    assert (ran.status, ran.out) == (2, ""), ran
    for name in v3:
        if name != "WXPAY_PLATFORM_PUBLIC_KEY":
            ran = command(*notify, language=language, **{**v3, name: ""})
            assert ran.status == 2, ran
            assert name in ran.err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_data_of_a_mini_program_at_a_terminal(command: Command, language: str, tmp_path: Path) -> None:
    cases = json.loads((ROOT / "tests/vectors/decrypt_user_data.json").read_text(encoding="utf-8"))["cases"]
    (case,) = [case for case in cases if case["name"] == "a phone number"]
    given = case["given"]
    document = json.dumps({"encryptedData": given["encrypted_data"], "iv": given["iv"]})
    (tmp_path / "document").write_text(document, encoding="utf-8")
    settings = {"WXPAY_APPID": given["appid"], "WXPAY_SESSION_KEY": given["session_key"], "language": language}
    piped = command("decrypt", "-", stdin=document.encode(), **settings)
    shown = command.at_terminal("decrypt", f"@{tmp_path / 'document'}", **settings)
    assert (piped.status, shown.status, ANSI.sub("", shown.out)) == (0, 0, piped.out), shown
    assert "\x1b[" in shown.out, shown.out
    assert re.search(r"^phoneNumber +\*\*\*$", piped.out, re.M), piped.out
    refused = command.at_terminal("decrypt", f"@{tmp_path / 'document'}", **settings | {"WXPAY_APPID": "wx1"})
    words = {"en": "is for the mini program", "zh": "属于小程序"}[language]
    assert refused.status == 2 and words in refused.out, refused


@pytest.fixture(scope="module")
def billed() -> Iterator[tuple[Command, str, str]]:
    """The command at an emulator that has a bill: of which day, and of which order of 7."""
    with Emulator(frozen_clock=True) as wechat:
        fields = order(total_fee=7)
        wechat.sync().unifiedorder(**fields)
        wechat.pay(out_trade_no=fields["out_trade_no"])
        day = time.strftime("%Y-%m-%d", time.gmtime(wechat.get("/_emulator/clock")["now"] + 8 * 3600))
        wechat.advance(36 * 3600)
        settings = {f"WXPAY_{name.upper()}": str(value) for name, value in wechat.settings.items()}
        yield Command(settings), day, fields["out_trade_no"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_bill_at_a_terminal(billed: tuple[Command, str, str], language: str) -> None:
    command, day, number = billed
    shown = command.at_terminal("bill", f"bill_date={day}", language=language)
    assert shown.status == 0, shown
    # Where the progress was, nothing is left.
    table = re.sub(r"\r[^\r\n]*\x1b\[K", "", without_warning(shown.out))
    heads = {"en": "trade_time +out_trade_no +trade_state +total_fee", "zh": "交易时间 +商户订单号 +交易状态 +订单金额"}
    assert "\x1b[2m" in table and "\x1b[32mSUCCESS\x1b[0m" in table, table
    title, head, row, *totals = ANSI.sub("", table).splitlines()
    assert title == day
    assert re.match(heads[language], head), head
    assert re.fullmatch(rf"\d\d:\d\d:\d\d +{number} +SUCCESS +¥0\.07 +¥0\.00", row), row
    total = {"en": "total_fee", "zh": "订单总金额"}[language]
    assert [line.split() for line in totals if line.startswith(total)] == [[total, "¥0.07"]], totals


@pytest.mark.parametrize("language", ["en", "zh"])
def test_emulator(command: Command, language: str, tmp_path: Path) -> None:
    built = os.environ["WXPAYKIT_EMULATOR"]
    ran = command("emulator", "--", "--version", language=language, WXPAYKIT_EMULATOR=built)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("wxpaykit-emulator ")
    # In PATH; and Ctrl-C is the emulator's.
    (tmp_path / "wxpaykit-emulator").symlink_to(built)
    env = command.env(language, {"WXPAYKIT_EMULATOR": "", "PATH": f"{tmp_path}:/usr/bin:/bin"})
    process = subprocess.Popen([PROGRAM, "emulator", "--", "--port", "0"], stdout=subprocess.PIPE, env=env)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["url"].startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stdout.close()
    # Nowhere.
    code = "import sys; from wxpaykit._native import command; sys.exit(command(['emulator'], []))"
    env = command.env(language, {"WXPAYKIT_EMULATOR": "", "PATH": "/nowhere"})
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, text=True)
    assert done.returncode == 1
    assert "pip install 'wxpaykit[emulator]'" in done.stderr


def test_python_m_is_the_same_command(command: Command) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wxpaykit", "--version"], capture_output=True, env=command.env("en", {}), text=True
    )
    assert (done.returncode, done.stdout) == (0, command("--version").out)


@pytest.fixture(scope="module", autouse=True)
def _no_output_has_a_secret() -> Iterator[None]:
    yield
    assert SHOWN
    own = [KEY, OTHER_KEY, TICKET, "hunter2", *(SETTINGS[name] for name in ("api_key", "api_v3_key", "app_secret"))]
    assert no_secret.found("\n".join(SHOWN), own) == []


def test_the_line_that_writes_parquet_works_as_it_is_printed(billed: tuple[Command, str, str], tmp_path: Path) -> None:
    """For the bill that the command has written to a file."""
    command, day, number = billed
    bill = command("bill", f"bill_date={day}", "--format", "csv")
    assert bill.status == 0, bill.err
    (tmp_path / "bill.csv").write_text(bill.out, encoding="utf-8")
    for language in ("en", "zh"):
        refused = command("bill", f"bill_date={day}", "--format", "parquet", language=language)
        assert (refused.status, refused.out) == (2, "")
        found = re.search(r"python -c '([^']+)'", refused.err)
        assert found is not None, refused.err
        subprocess.run([sys.executable, "-c", found[1]], cwd=tmp_path, check=True)
        table = pyarrow.parquet.read_table(tmp_path / "bill.parquet")
        (tmp_path / "bill.parquet").unlink()
        assert table.column("out_trade_no").to_pylist() == [number]
        assert table.column("total_fee").to_pylist() == [7]
