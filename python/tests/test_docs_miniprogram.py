"""The code of docs/miniprogram.md, run against the emulator."""

from __future__ import annotations

from typing import Any

import pytest
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
