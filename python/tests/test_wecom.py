"""WeCom against the emulator: identity, openids, tokens, tickets and pages; the guide docs/wecom.md."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Emulator
from test_docs import blocks
from test_http import visit

from wxpaykit import BusinessError, ConfigError, InvalidRequest, OAuthError, WxPay, WxPayError

CORPID = "ww1234567890abcdef"
CORP = {
    "appid": CORPID,
    "mch_id": "1900000109",
    "api_key": "192006250b4c09247ec02edce69f6a2d",
    "app_secret": "corp-secret-0123456789",
    "agent_id": "1000247",
}
URL = "https://shop.example/pay?id=1"


@pytest.fixture(scope="module")
def corp() -> Iterator[Emulator]:
    with Emulator(merchants=CORP) as wechat:
        yield wechat


def test_a_member_pays(corp: Emulator) -> None:
    pay = corp.sync()
    assert (corp.settings["agent_id"], "app_secret" in corp.settings) == ("1000247", False)
    code = visit(pay.wecom.authorize_url("https://shop.example/pay", state="s1"))
    member = pay.wecom.getuserinfo(code)
    assert (member.userid, member.openid) == ("demo", None)
    with pytest.raises(OAuthError) as refused:
        pay.wecom.getuserinfo(code)
    assert (refused.value.errcode, refused.value.endpoint, refused.value.retry) == (40029, "wecom.getuserinfo", "never")
    openid = pay.wecom.convert_to_openid(member.userid).openid
    order = pay.unifiedorder(
        body="茶", out_trade_no="WECOM1", total_fee=88, spbill_create_ip="127.0.0.1", openid=openid
    )
    params = pay.jsapi_params(order.prepay_id)
    assert params["appId"] == CORPID
    assert corp.post("/_emulator/pay", {"params": params, "openid": openid})["err_msg"].endswith(":ok")
    with pytest.raises(OAuthError) as refused:
        pay.wecom.convert_to_openid("nobody")
    assert refused.value.errcode == 60111
    private = visit(pay.wecom.authorize_url("https://shop.example/pay", scope="snsapi_privateinfo", state="s1"))
    ticket = pay.wecom.getuserinfo(private)
    assert ticket.user_ticket and ticket.user_ticket not in repr(ticket)


def test_pages_and_tickets(corp: Emulator) -> None:
    async def signed() -> None:
        async with corp.asyncio() as pay:
            config = await pay.wecom.config(URL, js_api_list=["chooseWXPay"])
            assert (config["beta"], config["appId"], config["jsApiList"]) == (True, CORPID, ["chooseWXPay"])
            agent = await pay.wecom.agent_config(URL, js_api_list=["selectExternalContact"])
            assert (agent["corpid"], agent["agentid"]) == (CORPID, "1000247")
            for ticket, signs in (
                (await pay.wecom.jsapi_ticket(), config),
                (await pay.wecom.agent_ticket(), agent),
            ):
                text = f"jsapi_ticket={ticket}&noncestr={signs['nonceStr']}&timestamp={signs['timestamp']}&url={URL}"
                assert signs["signature"] == hashlib.sha1(text.encode()).hexdigest()
            token = await pay.wecom.access_token()
            assert await pay.wecom.access_token() == token
            again = await pay.jssdk.agent_config(URL, js_api_list=[])
            assert again["agentid"] == "1000247"

    asyncio.run(signed())


def test_calls_of_the_other_kind_are_refused_in_words(corp: Emulator, pay: WxPay) -> None:
    own = corp.sync()
    for call in (
        lambda: own.oauth.authorize_url("https://shop.example/"),
        lambda: own.oauth.access_token("c"),
        lambda: own.oauth.jscode2session("c"),
        lambda: own.jssdk.config(URL, js_api_list=[]),
        lambda: own.jssdk.access_token(),
    ):
        with pytest.raises(ConfigError, match=r"pay\.wecom") as refused:
            call()
        assert refused.value.field == "appid"
    for call in (
        lambda: pay.wecom.authorize_url("https://shop.example/"),
        lambda: pay.wecom.getuserinfo("c"),
        lambda: pay.wecom.agent_config(URL, js_api_list=[]),
        lambda: pay.jssdk.agent_config(URL, js_api_list=[]),
        lambda: pay.wecom.access_token(),
    ):
        with pytest.raises(ConfigError) as refused:
            call()
        assert refused.value.field == "corp_secret"


def test_wrong_settings_and_arguments(corp: Emulator) -> None:
    with pytest.raises(ConfigError) as refused:
        WxPay(**(corp.settings | {"agent_id": None}))
    assert refused.value.field == "agent_id"
    with pytest.raises(ConfigError) as refused:
        WxPay(**(corp.settings | {"agent_id": "x"}))
    assert refused.value.field == "agent_id"
    assert CORP["app_secret"] not in str(refused.value)
    with pytest.raises(OAuthError) as wrong:
        WxPay(**(corp.settings | {"corp_secret": "another-secret"})).wecom.access_token()
    assert wrong.value.errcode == 40001 and "another-secret" not in str(wrong.value)
    pay = corp.sync()
    wrong_values: tuple[Any, ...] = (None, 1, b"x", {})
    for value in wrong_values:
        for name, call in (
            ("redirect_uri", lambda value: pay.wecom.authorize_url(value)),
            ("scope", lambda value: pay.wecom.authorize_url("https://shop.example/", scope=value)),
            ("code", lambda value: pay.wecom.getuserinfo(value)),
            ("userid", lambda value: pay.wecom.convert_to_openid(value)),
            ("url", lambda value: pay.wecom.config(value, js_api_list=[])),
            ("url", lambda value: pay.wecom.agent_config(value, js_api_list=[])),
        ):
            with pytest.raises(InvalidRequest) as invalid:
                call(value)
            assert invalid.value.field == name
    assert {finding.part: finding.state for finding in pay.check().findings}["app_secret"] == "ok"


def test_the_guide(corp: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in corp.settings.items():
        monkeypatch.setenv(f"WXPAY_{name.upper()}", str(value))
    names: dict[str, Any] = {"__name__": "shop"}
    for block in blocks("wecom.md"):
        exec(compile(block, "docs/wecom.md", "exec", dont_inherit=True), names)
    openid = names["openid_of"](visit(names["visit"]("s1")))
    assert set(names["order"](openid, 100)) >= {"timestamp", "package", "paySign"}
    config, agent = names["page"](URL)
    assert config["beta"] and agent["agentid"] == "1000247"
    assert names["red_packet"](openid, "B1", 100) == "SENT"
    assert names["pay_member"](openid, "P1", 100) == "SUCCESS"
    # The answer is lost: the payment is asked for.
    path = "/mmpaymkttransfers/promotion/paywwsptrans2pocket"
    corp.post("/_emulator/faults", {"fault": "timeout_after", "ms": 10, "endpoint": path, "times": 1})
    assert names["pay_member"](openid, "P2", 100) == "SUCCESS"


def test_payments_to_members(corp: Emulator) -> None:
    pay = corp.sync()
    openid = pay.wecom.convert_to_openid("ming").openid
    packet: dict[str, Any] = {
        "mch_billno": "M1", "re_openid": openid, "total_amount": 100, "wishing": "恭喜发财", "act_name": "猜灯谜",
        "remark": "快来抢",
    }  # fmt: skip
    sent = pay.sendworkwxredpack(**packet, agentid=1000247)
    assert (sent.wxappid, sent.total_amount) == (CORPID, 100)
    assert openid not in repr(sent)
    assert pay.sendworkwxredpack(**packet, agentid=1000247).send_listid == sent.send_listid
    with pytest.raises(InvalidRequest) as invalid:
        pay.sendworkwxredpack(**packet, agentid=1000247, sender_name="x")
    assert invalid.value.field in ("agentid", "sender_name")
    with pytest.raises(BusinessError) as refused:
        pay.sendworkwxredpack(**(packet | {"total_amount": 101}), agentid=1000247)
    assert (refused.value.err_code, refused.value.retry) == ("FATAL_ERROR", "never")

    member: dict[str, Any] = {
        "partner_trade_no": "M9", "openid": openid, "check_name": "NO_CHECK", "amount": 100, "desc": "报销",
        "act_name": "报销", "spbill_create_ip": "203.0.113.9", "ww_msg_type": "NORMAL_MSG",
    }  # fmt: skip
    for wrong, field in (
        ({"check_name": "FORCE_CHECK"}, "re_user_name"),
        ({"ww_msg_type": "APPROVAL_MSG", "approval_type": 1}, "approval_number"),
        ({"amount": 0}, "amount"),
        ({"partner_trade_no": "M-9"}, "partner_trade_no"),
    ):
        with pytest.raises(InvalidRequest) as invalid:
            pay.paywwsptrans2pocket(**(member | wrong))
        assert invalid.value.field == field

    async def asked() -> None:
        async with corp.asyncio() as own:
            assert (await own.queryworkwxredpack(mch_billno="M1")).status == "SENT"
            with pytest.raises(BusinessError) as unknown:
                await own.querywwsptrans2pocket(partner_trade_no="M1")
            assert unknown.value.err_code == "NOT_FOUND"
            again = await own.sendworkwxredpack(**packet, agentid=1000247)
            assert again.send_listid == sent.send_listid
            paid = await own.paywwsptrans2pocket(**member)
            assert paid.payment_no and openid not in repr(paid)
            assert (await own.querywwsptrans2pocket(partner_trade_no="M9")).payment_amount == 100

    asyncio.run(asked())
    # A member takes it; another one fails, and its number is not for another attempt.
    corp.post("/_emulator/payout", {"mch_billno": "M1"})
    taken = pay.queryworkwxredpack(mch_billno="M1")
    assert (taken.status, taken.amount, bool(taken.rcv_time)) == ("RECEIVED", 100, True)
    pay.sendworkwxredpack(**(packet | {"mch_billno": "M3"}), agentid=1000247)
    corp.post("/_emulator/payout", {"mch_billno": "M3", "result": "FAILED", "reason": "账户异常"})
    failed = pay.queryworkwxredpack(mch_billno="M3")
    assert (failed.status, failed.reason) == ("FAILED", "账户异常")
    with pytest.raises(BusinessError) as refused:
        pay.sendworkwxredpack(**(packet | {"mch_billno": "M3"}), agentid=1000247)
    assert (refused.value.err_code, refused.value.retry) == ("SEND_FAILED", "query_first")
    # The secret of another application: WeChat names the inner signature.
    other = WxPay(**(corp.settings | {"corp_pay_secret": "another-secret-0123"}))
    with pytest.raises(WxPayError) as signed:
        other.sendworkwxredpack(**(packet | {"mch_billno": "M2"}), agentid=1000247)
    assert "another-secret" not in repr(signed.value)
    assert corp.get("/_emulator/journal?limit=1")[0]["explanation"]["mistake"] == "workwx_sign"


def test_the_secret_of_payments_to_members() -> None:
    with Emulator(merchants=CORP | {"corp_pay_secret": "pay-secret-0123456789"}) as wechat:
        assert wechat.settings["corp_pay_secret"] == "pay-secret-0123456789"
        pay = wechat.sync()
        packet: dict[str, Any] = {
            "mch_billno": "S1", "re_openid": pay.wecom.convert_to_openid("ming").openid, "total_amount": 100,
            "wishing": "恭喜发财", "act_name": "猜灯谜", "remark": "快来抢", "sender_name": "x",
        }  # fmt: skip
        assert pay.sendworkwxredpack(**packet).total_amount == 100
        assert "pay-secret" not in repr(pay)
        none = ("corp_secret", "agent_id", "corp_pay_secret")
        bare = WxPay(**{name: value for name, value in wechat.settings.items() if name not in none})
        with pytest.raises(ConfigError) as refused:
            bare.sendworkwxredpack(**packet)
        assert refused.value.field == "corp_pay_secret"
