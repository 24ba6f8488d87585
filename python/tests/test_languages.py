"""Messages in English and Chinese, and the emulator at a terminal."""

from __future__ import annotations

import ast
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tty
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import wxpaykit
from wxpaykit import WxPay

REFUSED = """
import logging, sys
from wxpaykit import ConfigError, InvalidRequest, ProtocolError, SignatureError, WxPay, explain

logging.basicConfig(stream=sys.stdout, format="%(message)s")
pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="k" * 32, endpoints=sys.argv[1], store="memory:")
try:
    pay.orderquery(out_trade_no="T1")
except ProtocolError as error:
    print(error, error.remedy, error.remedy_zh, sep="\\n")
try:
    pay.notify.parse(b"<xml><return_code>SUCCESS</return_code></xml>")
except SignatureError as error:
    print(error)
print(explain({"a": "b"}, "k").message)
try:
    pay.unifiedorder(total_fee="1")
except InvalidRequest as error:
    print(error)
try:
    WxPay(appid="wx1", mch_id="10000100", api_key="k" * 32)
except ConfigError as error:
    print(error)
print(pay.check().findings[0].message)
"""


@pytest.mark.parametrize(
    ("chosen", "chinese"),
    [
        ({"WXPAYKIT_LANG": "zh"}, True),
        ({"WXPAYKIT_LANG": "en", "LANG": "zh_CN.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, False),
        ({}, False),
    ],
)
def test_a_message_has_the_language_of_the_environment(emulator: object, chosen: dict[str, str], chinese: bool) -> None:
    names = ("WXPAYKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    env = {name: value for name, value in os.environ.items() if name not in names} | chosen | {"PYTHONUTF8": "1"}
    command = [sys.executable, "-c", REFUSED, emulator.url]  # type: ignore[attr-defined]
    ran = subprocess.run(command, env=env, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    # Without the events, which the log has too.
    lines = [line for line in ran.stdout.splitlines() if not line.startswith("<")]
    warned, refusal, english, chinese_remedy, signature, explained, field, setting, found = lines
    assert warned.startswith("设置了 endpoints：" if chinese else "endpoints is set: ")
    assert found == ("存储可以读写" if chinese else "the store keeps values")
    told = (
        f"微信拒绝了请求：签名错误。{chinese_remedy}" if chinese else f"WeChat refused the request: 签名错误. {english}"
    )
    assert refusal == f"orderquery: {told}"
    assert ("验签失败" in signature, "没有 sign" in signature) == (chinese, chinese)
    assert ("没有 sign" in explained) == chinese
    assert ("应为以分为单位的整数" in field, "must be an integer of fen" in field) == (chinese, not chinese)
    assert setting.startswith("appid: 应为以 wx 开头的 18 位" if chinese else "appid: must be 18 letters and digits")


@pytest.mark.parametrize(("language", "opens"), [("en", "Open "), ("zh", "请打开 ")])
def test_the_emulator_at_a_terminal(language: str, opens: str, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    command = [os.environ["WXPAYKIT_EMULATOR"], "--port", "0"]
    process = subprocess.Popen(command, env=os.environ | {"WXPAYKIT_LANG": language}, stdout=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        said = b""
        while b"Ctrl-C" not in said:
            said += terminal.read(4096)
        text = said.decode()
        assert text.startswith(opens), text
        settings = {name.lower(): value for name, value in re.findall(r"^export WXPAY_(\w+)=(\S+)", text, re.M)}
        assert settings["endpoints"] in text.splitlines()[0]
        own = ["api_key", "api_v3_key", "app_secret", "appid", "endpoints", "mch_id", "notify_url"]
        assert sorted(settings) == own
        # The settings are those of a working client, and so is the certificate.
        (url,) = re.findall(
            r"curl -sO (\S+/apiclient_cert\.p12) && export WXPAY_CLIENT_P12_FILE=\"\$PWD/apiclient_cert\.p12\"$",
            text,
            re.M,
        )
        with urllib.request.urlopen(url) as answer:
            p12 = answer.read()
        assert WxPay(**settings, client_p12=p12, store="memory:").check().findings  # type: ignore[arg-type]
        # The lines stand together, without a label or a comment, so that a shell takes them at once.
        block = [line for line in text.splitlines() if line.startswith(("export ", "curl "))]
        assert "\n".join(block) in text.replace("\r", "")
        assert "#" not in "".join(block)
        check = "from wxpaykit import WxPay; pay = WxPay.from_env(store='memory:'); print(pay.check().findings)"
        # All of them, and those that begin with export alone, are settings of a working client. Nothing else is needed.
        env = {name: value for name, value in os.environ.items() if not name.startswith("WXPAY_")}
        for lines in (block, [line for line in block if line.startswith("export ")]):
            script = "\n".join(["set -e", *lines, f'"{sys.executable}" -c "{check}"'])
            ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
            assert ran.returncode == 0, ran.stderr
        assert {path.name for path in tmp_path.iterdir()} == {"apiclient_cert.p12", "pub_key.pem"}
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def _texts() -> Iterator[tuple[str, str]]:
    """The texts of errors that the package raises by itself, each with its file; `X` is what differs."""

    def filled(node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
            return "".join(str(part) for part in parts)
        return None

    for file in sorted(Path(wxpaykit.__file__).parent.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
        phrased = {ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "phrase"}
        phrased |= {"rule", "remedy", "_REMEDY"}
        for node in ast.walk(tree):
            given: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                is_check = file.name == "checks.py" and name in ("Error", "Warning")
                if name in ("phrase", "unread", "_refused", "refuse_consumed") or is_check:
                    given = node.args[:1]
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                is_hint = file.name == "checks.py" and node.targets[0].id in ("hint", "message", "_SETTINGS")
                if node.targets[0].id in phrased or is_hint:
                    given = [node.value]
            elif isinstance(node, ast.Return) and node.value is not None and file.name == "_handled.py":
                given = [node.value]
            for text in filter(None, map(filled, given)):
                # What `repr` shows is returned too.
                has_words = " " in text and re.search("[a-z]{2}", text) is not None
                if has_words and (not text.endswith(")") or text.endswith("()")):
                    yield file.name, text


def _said_in_english(source: str) -> Iterator[str]:
    """The texts of exceptions and warnings that are made without `phrase`, and so have no Chinese."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.func, (ast.Name, ast.Attribute)):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        # `hasattr` reads an AttributeError, and people do not.
        if not re.search(r"(Error|InvalidRequest|Mismatch|Exception)$|^warn$", name) or name == "AttributeError":
            continue
        text = node.args[0]
        called = {ast.unparse(part.func) for part in ast.walk(text) if isinstance(part, ast.Call)}
        if isinstance(text, (ast.Constant, ast.JoinedStr, ast.BinOp)) and "phrase" not in called:
            yield ast.unparse(text)


def test_no_exception_is_said_in_english_alone() -> None:
    assert list(_said_in_english("raise ImportError(f'{name} is needed')")) == ["f'{name} is needed'"]
    assert list(_said_in_english("return OSError('no ' + name)")) == ["'no ' + name"]
    assert not list(_said_in_english("raise ImportError(f'{name}: {phrase(rule)}') from error"))
    folder = Path(wxpaykit.__file__).parent
    # Django's checks are put into Chinese at their end.
    files = [file for file in folder.rglob("*.py") if file.name != "checks.py"]
    said = {str(file.relative_to(folder)): list(_said_in_english(file.read_text("utf-8"))) for file in files}
    assert not {name: texts for name, texts in said.items() if texts}, "give them to `phrase`"


def test_every_text_of_the_package_has_its_chinese() -> None:
    texts = [(name, text) for name, text in _texts() if not text.startswith("; ")]
    assert len(texts) > 30
    code = (
        "import json, sys; from wxpaykit._native import phrase;"
        "print(json.dumps([phrase(text) for text in json.load(sys.stdin)]))"
    )
    env = os.environ | {"WXPAYKIT_LANG": "zh", "PYTHONUTF8": "1"}
    given = json.dumps([text for _, text in texts])
    ran = subprocess.run([sys.executable, "-c", code], input=given, env=env, stdout=-1, encoding="utf-8", check=True)
    told = zip(texts, json.loads(ran.stdout), strict=True)
    # Each part: no three plain words stand side by side in what is Chinese.
    missing = [
        text
        for text, chinese in told
        if not re.search("[\u4e00-\u9fff]", chinese) or re.search(r"\b[a-z]+ [a-z]+ [a-z]+\b", chinese)
    ]
    assert not missing, "give core/src/phrases/bindings.rs their Chinese"


WRONG = """
from wxpaykit import ConfigError, InvalidRequest, TransportError, WxPay, v3

pay = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="k" * 32, endpoints="http://127.0.0.1:9",
            store="memory:", max_network_retries=0)
def told(call):
    try:
        call()
    except (InvalidRequest, ConfigError, TransportError, TypeError) as error:
        print(error)
    else:
        print("nothing was raised")
told(lambda: pay.orderquery(out_trade_no="T1"))
told(lambda: pay.notify.handle(b"", amount_of=1, on_paid=print))
told(lambda: pay.notify.handle(b"", amount_of=lambda payment: 1, on_paid=lambda: None))
told(lambda: pay.orderquery(out_trade_no=1.5))
told(lambda: WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="k" * 32, store=object()))
told(lambda: WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", apikey="k" * 32))
told(lambda: v3.sign("x", "not a key"))
print(pay.notify.handle({}, amount_of=lambda payment: 1, on_paid=lambda payment, key: None).error)
"""


def test_errors_are_chinese_throughout() -> None:
    env = os.environ | {"WXPAYKIT_LANG": "zh", "PYTHONUTF8": "1"}
    ran = subprocess.run([sys.executable, "-c", WRONG], env=env, stdout=-1, encoding="utf-8", check=True)
    lines = ran.stdout.splitlines()
    assert lines[0] == "orderquery: 连不上 127.0.0.1:9（连接被拒绝）；请求没有发出"
    assert len(lines) == 8
    for line in lines:
        bare = re.sub(r"（[^（）]*）|\([^()]*\)|'[^']*'", "", line)
        assert re.search("[\u4e00-\u9fff]", bare), line
        assert not re.search(r"\b[a-z]+ [a-z]+ [a-z]+\b", bare), line


OF_TESTING = """
import asyncio, os, stat, sys, tempfile
from wxpaykit import WxPay
from wxpaykit.testing import Emulator, EmulatorError

folder = tempfile.mkdtemp()
def program(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write("#!/bin/sh\\n" + text)
    os.chmod(path, stat.S_IRWXU)
    return path
def told(call):
    try:
        call()
    except (EmulatorError, TypeError) as error:
        print(str(error).replace(folder, ""))
    else:
        print("nothing was raised")
async def waits(wechat, number):
    wechat.wait_acknowledged(number, within=0)
def lost():
    os.environ |= {"WXPAYKIT_EMULATOR": "", "PATH": ""}
    import sysconfig
    sysconfig.get_path = lambda name: folder
    Emulator().start()

told(Emulator(binary=program("ended", "exit 3")).start)
told(Emulator(binary=program("silent", "exec sleep 5"), start_timeout=0.1).start)
told(Emulator(binary=program("closed", "exec >&-; exec sleep 5"), start_timeout=0.5).start)
told(Emulator(binary=program("strange", "echo no; exec sleep 5")).start)
told(Emulator(binary=os.path.join(folder, "missing")).start)
told(Emulator(merchants={"appid": {1}}).start)
merchant = {"appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "api_key": "k" * 32, "app_secret": "s" * 32}
wechat = Emulator(merchants=merchant | {"api_v3_key": None})
told(lambda: wechat.url)
with wechat:
    pay = WxPay(**wechat.settings)
    pay.unifiedorder(body="x", out_trade_no="T1", total_fee=1, openid=wechat.openid, spbill_create_ip="::1")
    wechat.pay(out_trade_no="T1")
    wechat.advance(0)
    told(wechat.start)
    told(lambda: wechat.v3_settings)
    told(lambda: wechat.order("T2"))
    told(lambda: wechat.pay(out_trade_no="T2"))
    told(lambda: wechat.wait_acknowledged("T1", within=0))
    told(lambda: asyncio.run(waits(wechat, "T1")))
    history = wechat.timeline("T1")
    print("=====", history, history._repr_html_().partition("<table>")[2], wechat._repr_html_(), sep="\\n")
    print("=====")
    wechat.advance(120)
    pay.orderquery(out_trade_no="T1")
    print(wechat.timeline("T1")._repr_html_().partition("</svg>")[0])
    print("=====")
    wechat._program._process.kill()
    wechat._program._process.wait()
    told(wechat.journal)
told(lost)
"""


def test_what_the_testing_module_says_is_chinese() -> None:
    env = os.environ | {"WXPAYKIT_LANG": "zh", "PYTHONUTF8": "1"}
    ran = subprocess.run([sys.executable, "-c", OF_TESTING], env=env, stdout=-1, encoding="utf-8", check=True)
    raised, shown, picture, ended = (part.splitlines() for part in ran.stdout.split("====="))
    assert (len(raised), len(ended)) == (13, 3)
    # Words, which a notebook writes with its own fonts: matplotlib has none for them here.
    words = {word for line in picture for word in re.findall(r">([^<>]*[\u4e00-\u9fff][^<>]*)</text>", line)}
    assert words >= {"商户 → 微信", "微信 → 商户", "用户", "订单 T1", "15 秒", "1 分钟"}, words
    for line in raised + ended[1:]:
        # The reasons of the system and of the emulator are in their own languages.
        bare = re.sub(r"\[Errno.*|（[^（）]*）|\([^()]*\)|\[[^]]*\]|'[^']*'|Object of type.*|<urlopen.*", "", line)
        assert re.search("[\u4e00-\u9fff]", bare), line
        assert not re.search(r"\b[a-z]+ [a-z]+ [a-z]+\b", bare), line
    order, paid, lost = shown[1:4]
    assert "  商户 → 微信  /pay/unifiedorder  成功" in order
    assert "  用户  支付  成功  ¥0.01 (1 fen)" in paid
    assert "  微信 → 商户  支付通知  失败  连不上：连接被拒绝" in lost
    tables = "".join(shown[4:])
    assert all(f"<caption>{title}</caption>" in tables for title in ("订单 T1", "商户", "最近的请求"))
