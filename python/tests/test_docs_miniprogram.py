"""The code of docs/miniprogram.md, run against the emulator."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from test_docs import blocks
from test_http import visit

from wxpaykit.testing import Emulator


def test_the_guide_for_mini_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator() as wechat:
        for name, value in wechat.settings.items():
            monkeypatch.setenv(f"WXPAY_{name.upper()}", str(value))
        monkeypatch.setenv("WXPAY_NOTIFY_URL", "http://127.0.0.1:9/n")
        names: dict[str, Any] = {"__name__": "shop"}
        for block in blocks("miniprogram.md"):
            exec(compile(block, "docs/miniprogram.md", "exec", dont_inherit=True), names)

        def code(call: str) -> str:
            return str(wechat.control("POST", f"/_emulator/{call}", {})["code"])

        session = names["log_in"](code("login"))
        assert session["openid"] == wechat.openid
        params = names["order"](session, 100)
        assert wechat.control("POST", "/_emulator/pay", {"params": params})["err_msg"].endswith(":ok")
        other = session | {"session_key": "AAECAwQFBgcICQoLDA0ODw=="}
        assert (names["is_logged_in"](session), names["is_logged_in"](other)) == (True, False)
        assert names["phone_number"](code("phone-number")) == "13580006666"
        data = wechat.control("POST", "/_emulator/user-data", {})
        sealed = (data["encryptedData"], data["iv"])
        assert names["user_data"](session, *sealed).nickName == "微信用户"
        assert names["user_data"](other, *sealed) is None

        own = wechat.control("GET", "/_emulator/component")
        assert own["component_appid"] == names["COMPONENT"]
        token = wechat.control("POST", "/cgi-bin/component/api_component_token", own)["component_access_token"]
        assert names["who"](visit(names["visit"]("s1")), token) == wechat.openid
        assert names["who_in_miniprogram"](code("login"), token) == wechat.openid


def test_the_shop_refuses_a_login_without_a_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Anyone can post to it: what is not an object with a code is a 400, and is not sent to WeChat."""
    path = ROOT / "examples/miniprogram_shop/app.py"
    with Emulator() as wechat:
        for name, value in wechat.settings.items():
            monkeypatch.setenv(f"WXPAY_{name.upper()}", str(value))
        monkeypatch.setenv("SHOP_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("SHOP_DB", str(tmp_path / "shop.db"))
        spec = importlib.util.spec_from_file_location("miniprogram_shop", path)
        assert spec is not None and spec.loader is not None
        shop = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(shop)
        client = shop.app.test_client()
        others: list[Any] = [[], "x", None, 1, {}, {"code": None}, {"code": 1}, {"code": ""}, {"code": ["x"]}]
        for body in [*map(json.dumps, others), "{", ""]:
            assert client.post("/login", data=body, content_type="application/json").status_code == 400, body
        assert [entry for entry in wechat.journal() if entry["path"] == "/sns/jscode2session"] == []
        assert client.post("/login", json={"code": "unknown"}).status_code == 401
        code = wechat.control("POST", "/_emulator/login", {})["code"]
        assert client.post("/login", json={"code": code}).get_json()["token"]
