"""Mini programs against the emulator: login, session keys, user data, phone numbers; third-party platforms."""

from __future__ import annotations

import asyncio
import pickle
import urllib.request
from typing import Any

import pytest
from conftest import OPENID, Emulator
from test_http import visit

from wxpaykit import (
    InvalidRequest,
    MiniprogramSession,
    OAuthError,
    WxPay,
    check_raw_data,
    decrypt_user_data,
    errors,
    new_out_trade_no,
)


def code(emulator: Emulator, call: str = "login", **body: Any) -> str:
    found: str = emulator.post(f"/_emulator/{call}", body)["code"]
    return found


def test_a_customer_of_a_mini_program_pays(emulator: Emulator, pay: WxPay) -> None:
    session = pay.oauth.jscode2session(code(emulator))
    assert isinstance(session, MiniprogramSession)
    assert (session.openid, session.unionid, len(session.session_key)) == (OPENID, None, 24)
    for shown in (repr(session), session._repr_html_()):
        assert session.session_key not in shown
    assert pickle.loads(pickle.dumps(session)).session_key == session.session_key
    order = pay.unifiedorder(
        body="茶",
        out_trade_no=new_out_trade_no("M"),
        total_fee=88,
        spbill_create_ip="127.0.0.1",
        openid=session.openid,
    )
    params = pay.miniprogram_params(order.prepay_id)
    assert emulator.post("/_emulator/pay", {"params": params, "openid": session.openid})["err_msg"].endswith(":ok")


def test_a_busy_wechat_does_not_use_up_the_code_of_a_login(emulator: Emulator) -> None:
    def busy(path: str) -> None:
        emulator.post("/_emulator/faults", {"fault": "errcode", "errcode": -1, "endpoint": path, "times": 1})

    async def later() -> str:
        async with emulator.asyncio() as pay:
            return str((await pay.oauth.jscode2session(code(emulator))).openid)

    busy("/sns/jscode2session")
    assert emulator.sync().oauth.jscode2session(code(emulator)).openid == OPENID
    busy("/sns/jscode2session")
    assert asyncio.run(later()) == OPENID
    for path, retry, said in (
        ("/sns/jscode2session", "same_request", "Repeat with the same code"),
        ("/sns/oauth2/access_token", "never", "Ask for another code"),
    ):
        busy(path)
        oauth = emulator.sync(max_network_retries=0).oauth
        with pytest.raises(OAuthError, match=said) as refused:
            (oauth.jscode2session if "js" in path else oauth.access_token)("a-code")
        assert (refused.value.errcode, refused.value.retry) == (-1, retry)


def test_the_same_with_asyncio(emulator: Emulator) -> None:
    async def login() -> None:
        async with emulator.asyncio() as pay:
            session = await pay.oauth.jscode2session(code(emulator, user="hong"))
            assert await pay.oauth.checksession(session.openid, session.session_key) is None
            with pytest.raises(OAuthError) as refused:
                await pay.oauth.checksession(session.openid, "AAECAwQFBgcICQoLDA0ODw==")
            assert refused.value.errcode == 87009
            phone = await pay.oauth.getuserphonenumber(code(emulator, "phone-number", user="hong"))
            assert phone.phone_info["purePhoneNumber"] == "13580006666"
            assert "13580006666" not in repr(phone)
            data = emulator.post("/_emulator/user-data", {"user": "hong"})
            user = pay.oauth.decrypt_user_data(data["encryptedData"], data["iv"], session.session_key)
            assert (user.nickName, user.openId) == ("小红", None)

    asyncio.run(login())


def test_refused_codes(emulator: Emulator, pay: WxPay) -> None:
    used = code(emulator, user="ming")
    pay.oauth.jscode2session(used)
    for js_code, errcode in ((used, 40163), ("nobody's", 40029), (code(emulator, "phone-number"), 40029)):
        with pytest.raises(OAuthError) as refused:
            pay.oauth.jscode2session(js_code)
        assert (refused.value.errcode, refused.value.retry) == (errcode, "never")
        assert js_code not in str(refused.value)
    with pytest.raises(OAuthError) as refused:
        pay.oauth.getuserphonenumber(code(emulator))
    assert refused.value.errcode == 40029


def test_user_data(emulator: Emulator, pay: WxPay) -> None:
    session = pay.oauth.jscode2session(code(emulator))
    key = session.session_key
    given = emulator.post("/_emulator/user-data", {})
    sealed = (given["encryptedData"], given["iv"])
    user = pay.oauth.decrypt_user_data(*sealed, key)
    assert user == decrypt_user_data(*sealed, key, pay.appid)
    assert user.watermark["appid"] == pay.appid and user.gender == 0
    assert check_raw_data(given["rawData"], given["signature"], key) is None
    assert check_raw_data(given["rawData"].encode(), given["signature"], key) is None
    phone = emulator.post("/_emulator/user-data", {"data": "phone"})
    number = pay.oauth.decrypt_user_data(phone["encryptedData"], phone["iv"], key)
    assert number.phoneNumber == "13580006666" and "13580006666" not in repr(number)

    other = "AAECAwQFBgcICQoLDA0ODw=="
    with pytest.raises(InvalidRequest) as refused:
        pay.oauth.decrypt_user_data(*sealed, other)
    assert (refused.value.code, refused.value.field) == ("session_key_mismatch", "encrypted_data")
    assert other not in str(refused.value)
    with pytest.raises(InvalidRequest) as refused:
        decrypt_user_data(*sealed, key, "wx4f4bc4dec97d474b")
    assert refused.value.code == "invalid_request" and pay.appid in str(refused.value)
    with pytest.raises(InvalidRequest) as refused:
        check_raw_data(given["rawData"].replace("微信", "??"), given["signature"], key)
    assert refused.value.code == "session_key_mismatch" and "question marks" in str(refused.value)
    # One in the place of an emoji; that of an address says nothing.
    for name, text in (("小?熊", "It has a question mark"), ("小熊", "the session key is another one")):
        raw = f'{{"nickName":"{name}","avatarUrl":"https://wx.qlogo.cn/0?a=1"}}'
        with pytest.raises(InvalidRequest, match=text):
            check_raw_data(raw, given["signature"], key)
    with pytest.raises(InvalidRequest, match="not the object"):
        check_raw_data({"nickName": "x"}, given["signature"], key)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest) as refused:
        check_raw_data("nickName", given["signature"], key)
    assert "not the JSON text" in str(refused.value)


@pytest.mark.parametrize("wrong", [None, 1, b"x", {}, []], ids=repr)
def test_wrong_arguments_are_named(pay: WxPay, wrong: Any) -> None:
    good = {"encrypted_data": "AAAA", "iv": "AAAA", "session_key": "AAAA", "appid": pay.appid}
    for name in good:
        with pytest.raises(InvalidRequest) as refused:
            decrypt_user_data(**(good | {name: wrong}))
        assert refused.value.field == name
    with pytest.raises(InvalidRequest) as refused:
        pay.oauth.jscode2session(wrong)
    assert refused.value.field == "js_code"


def test_a_third_party_platform(emulator: Emulator) -> None:
    own = emulator.get("/_emulator/component")
    token = emulator.post("/cgi-bin/component/api_component_token", own)["component_access_token"]
    component = own["component_appid"]
    settings = {name: value for name, value in emulator.settings.items() if name != "app_secret"}
    pay = WxPay(**settings)
    url = pay.oauth.authorize_url("https://shop.example/", state="s1", component_appid=component)
    user = pay.oauth.component_access_token(visit(url), component, token)
    assert user.openid == OPENID and token not in repr(user)
    assert pay.oauth.component_refresh_token(user.refresh_token, component, token).openid == OPENID
    assert pay.oauth.component_jscode2session(code(emulator), component, token).openid == OPENID
    with pytest.raises(OAuthError) as refused:
        pay.oauth.component_access_token(visit(url), pay.appid, token)
    assert refused.value.errcode == 61003
    with pytest.raises(errors.ConfigError, match="app_secret"):
        pay.oauth.jscode2session("c")
    with pytest.raises(InvalidRequest) as wrong:
        pay.oauth.authorize_url("https://shop.example/", component_appid="no&appid")
    assert wrong.value.field == "component_appid"


def test_the_page_of_a_mini_program_is_served(emulator: Emulator) -> None:
    with urllib.request.urlopen(emulator.url + "/miniprogram.js") as answer:
        script = answer.read().decode()
    assert 'login: call("login")' in script
