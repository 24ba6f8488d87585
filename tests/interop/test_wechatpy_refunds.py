"""wechatpy over TLS, with the merchant's certificate: refunds, their queries, bills.

Its code is unchanged. The host is `API_BASE_URL`; requests, by which it sends, takes the authority from
REQUESTS_CA_BUNDLE. wechatpy reads the certificate and its key from PEM files, and no p12.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import WeChat, running
from test_wechatpy import place
from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay


@pytest.fixture
def wechat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChat]:
    """An emulator of this test's own: its bill has one order, and its clock stands still until the test moves it."""
    with running("--tls", "--tls-dir", str(tmp_path), "--frozen-clock") as wechat:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        yield wechat


def client(wechat: WeChat, folder: Path | None = None) -> WeChatPay:
    """With the certificate that lies in the folder, or without one."""
    cert, key = (folder and str(folder / f"apiclient_{name}.pem") for name in ("cert", "key"))
    pay = WeChatPay(wechat.appid, wechat.api_key, wechat.mch_id, mch_cert=cert, mch_key=key, timeout=10)
    pay.API_BASE_URL = f"{wechat.keys['tls_url']}/"
    return pay


def today(wechat: WeChat) -> date:
    """The day in Beijing on the emulated clock."""
    return datetime.fromtimestamp(wechat.get("/_emulator/clock")["now"], timezone(timedelta(hours=8))).date()


def test_refund_query_bill(wechat: WeChat, tmp_path: Path) -> None:
    pay = client(wechat, tmp_path / wechat.mch_id)
    day = today(wechat)
    number, _ = place(pay)
    wechat.pays(out_trade_no=number)
    refunded = pay.refund.apply(100, 40, f"R{number[1:]}", out_trade_no=number)
    assert (refunded["out_trade_no"], refunded["refund_fee"]) == (number, "40")
    assert pay.check_signature(refunded)
    for state in ("PROCESSING", "SUCCESS"):
        asked = pay.refund.query(out_refund_no=f"R{number[1:]}")
        assert (asked["refund_status_0"], asked["refund_fee_0"]) == (state, "40")
        assert asked["refund_id_0"] == refunded["refund_id"]
        assert pay.check_signature(asked)
        wechat.post("/_emulator/clock", {"advance_s": 2})

    # On the day itself there is no bill of it.
    with pytest.raises(WeChatPayException) as early:
        pay.tools.download_bill(day)
    assert early.value.return_msg == "No Bill Exist"
    # It is there from ten o'clock of the next day on.
    wechat.post("/_emulator/clock", {"advance_s": 36 * 3600})
    bill = pay.tools.download_bill(day)
    # wechatpy hands over the text as it came: with the mark of UTF-8 before it, and CRLF at the end of each line.
    assert bill.startswith("\ufeff交易时间,")
    names, *rows, totals, sums = bill[1:].removesuffix("\r\n").split("\r\n")
    wanted = ["商户订单号", "交易状态", "订单金额", "商户退款单号", "申请退款金额", "退款状态", "商品名称"]
    cells = [dict(zip(names.split(","), row.removeprefix("`").split(",`"), strict=True)) for row in rows]
    assert [[row[name] for name in wanted] for row in cells] == [
        [number, "SUCCESS", "1.00", "0", "0.00", "", "龙井茶 & <50g>"],
        [number, "REFUND", "0.00", f"R{number[1:]}", "0.40", "SUCCESS", "龙井茶 & <50g>"],
    ]
    assert totals.startswith("总交易单数,应结订单总金额,退款总金额,")
    assert sums.startswith("`2.0,`1.0,`0.4,")


def test_without_a_certificate(wechat: WeChat) -> None:
    pay = client(wechat)
    number, _ = place(pay)
    wechat.pays(out_trade_no=number)
    with pytest.raises(WeChatPayException) as refused:
        pay.refund.apply(100, 40, f"R{number[1:]}", out_trade_no=number)
    # The gateway answers, not the payment API: a page, and no XML with a return_code.
    assert (refused.value.return_code, refused.value.response.status_code) == (None, 400)
    assert "<title>400 No required SSL certificate was sent</title>" in refused.value.response.text
    assert wechat.refusal("http:400")["mistake"] == "client_certificate"
    # Orders and queries, as above and below, need no certificate. Nothing was refunded.
    with pytest.raises(WeChatPayException) as none:
        pay.refund.query(out_trade_no=number)
    assert none.value.errcode == "REFUNDNOTEXIST"
