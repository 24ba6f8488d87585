"""The shops and the commands of docs/first-payment.md, as a reader makes them. That of Next.js is in tests/bundlers."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sysconfig
import time
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
from conftest import ROOT, Emulator, free_port

PAGE = (ROOT / "docs/first-payment.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


def blocks(section: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", SECTIONS[section], re.M | re.S)


def environment(emulator: Emulator, **more: str) -> dict[str, str]:
    """A reader's: the variables that the emulator prints, and the programs of the virtual environment."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("WXPAY_")}
    env |= {f"WXPAY_{name.upper()}": str(value) for name, value in emulator.settings.items()}
    return env | {"PATH": f"{sysconfig.get_path('scripts')}:{env['PATH']}", "PYTHONUNBUFFERED": "1"} | more


class StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, so that each is an HTTPError."""

    def redirect_request(self, *_: Any) -> None:
        return None


def eventually(done: Callable[[], Any], log: Path) -> Any:
    """What a function gives in the end."""
    for _ in range(400):
        try:
            if found := done():
                return found
        except URLError:
            pass
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.mark.parametrize("section", ["Django", "FastAPI"])
def test_a_shop(section: str, tmp_path: Path) -> None:
    (shop,), (commands,) = blocks(section, "python"), blocks(section, "sh")
    install, run = commands.splitlines()
    assert install.startswith("pip install ")
    port, log = free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}"
    with Emulator() as emulator:
        here = shop.replace("http://127.0.0.1:8000", url).replace("http://127.0.0.1:8700", emulator.url)
        (tmp_path / "shop.py").write_text(here, encoding="utf-8")
        with log.open("wb") as out:
            server = subprocess.Popen(
                ["bash", "-c", run.replace("8000", str(port))],
                cwd=tmp_path,
                env=environment(emulator, notify_url="", WXPAY_NOTIFY_URL=f"{url}/wxpay/notify"),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            customer = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            page = eventually(lambda: customer.open(f"{url}/", timeout=20).read().decode(), log)
            assert f"{emulator.url}/bridge.js" in page
            found = re.search(r'params" type="application/json">(.+?)</script>|const params = (\{.+?\})</script>', page)
            assert found is not None, page
            paid = emulator.post("/_emulator/pay", {"params": json.loads(found[1] or found[2])})
            assert paid["err_msg"] == "get_brand_wcpay_request:ok"
            said = f"ship {paid['out_trade_no']}\n"
            eventually(lambda: said in log.read_text(encoding="utf-8"), log)
            # A link from another person, or a reload: the customer logs in again, with a cookie or without one.
            pay, login = {"Django": ("/", f"{emulator.url}/connect/oauth2/authorize"), "FastAPI": ("/pay", "/")}[
                section
            ]
            for query in ("code=x&state=y", "code=x", "state=", ""):
                stranger = urllib.request.build_opener(StayHere)
                with pytest.raises(HTTPError) as moved:
                    stranger.open(f"{url}{pay}?{query}", timeout=20)
                to = moved.value.headers["Location"].partition("?")[0]
                assert (moved.value.status in (302, 307), to) == (True, login), query
                moved.value.close()
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(20)
        assert log.read_text(encoding="utf-8").count("ship") == 1


#: The pages, and the headings of the sections that have a whole shop each.
SHOPS = {
    "README.md": ["A shop in Python", "A shop in Node"],
    "README.zh-CN.md": ["用 Python 写一个商城", "用 Node 写一个商城"],
    "docs/first-payment.md": ["Django", "FastAPI", "Next.js", "IPython and Jupyter", "The command"],
    "docs/zh/first-payment.md": ["Django", "FastAPI", "Next.js", "IPython 和 Jupyter", "命令行"],
}


@pytest.mark.parametrize(("page", "section"), [(page, one) for page, sections in SHOPS.items() for one in sections])
def test_a_first_payment_takes_fewer_than_forty_lines(page: str, section: str) -> None:
    """Of one's own, in all files of a shop: without blank lines, comments, and the command that starts it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    code = re.findall(r"^```(python|js|console)\n(.*?)^```$", found, re.M | re.S)
    lines = [
        line.strip()
        for language, block in code
        for line in block.splitlines()
        if language != "console" or line.startswith("$ ")
    ]
    own = [line for line in lines if line and not line.startswith(("#", "//"))]
    assert 3 <= len(own) < 40, "\n".join(own)


def test_the_notebook() -> None:
    (code,) = blocks("IPython and Jupyter", "python")
    *lines, last = code.splitlines()
    names: dict[str, Any] = {}
    exec(compile("\n".join(lines), "docs/first-payment.md", "exec", dont_inherit=True), names)
    try:
        assert eval(last, names).trade_state == "SUCCESS"
        assert names["wechat"].timeline(names["number"]) is not None
    finally:
        names["wechat"].stop()


@pytest.mark.parametrize("page", ["docs/first-payment.md", "docs/zh/first-payment.md"])
def test_the_command(page: str, emulator: Emulator, tmp_path: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    (console,) = re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S)
    parts = re.split(r"^\$ (.+)\n", console, flags=re.M)
    number = f"first{os.getpid()}{page.count('/')}"
    for command, expected in zip(parts[1::2], parts[2::2], strict=True):
        there = command.replace("FIRST1", number).replace("http://127.0.0.1:8700", emulator.url)
        done = subprocess.run(
            ["bash", "-c", there], cwd=tmp_path, env=environment(emulator), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done
        pattern = re.escape(expected.strip()).replace("…", ".*").replace("FIRST1", number)
        assert re.fullmatch(pattern, done.stdout.strip(), re.S), f"{there}\n{done.stdout}"
