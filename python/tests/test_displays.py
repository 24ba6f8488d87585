"""What notebooks and IPython show, and what completion offers there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas
import pytest
from conftest import OPENID, Emulator

from wxpaykit import (
    BusinessError,
    CodeResult,
    Handled,
    Reconciled,
    ReconciledRefund,
    WxPayError,
    new_out_refund_no,
    new_out_trade_no,
)
from wxpaykit.testing import confirmed_payment


def bought(emulator: Emulator, pay: Any) -> str:
    number = new_out_trade_no()
    fields = {"body": "茶", "total_fee": 100, "openid": OPENID, "spbill_create_ip": "127.0.0.1"}
    pay.unifiedorder(out_trade_no=number, **fields)
    emulator.pay(out_trade_no=number)
    return number


PAID = confirmed_payment(out_trade_no="A1", total_fee=100)
FAILED = BusinessError("no <b>", err_code="ORDERNOTEXIST", endpoint="orderquery")


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Handled("delivered", payment=PAID), ["delivered", "¥1.00 (100 fen)", "SUCCESS"]),
        (Handled("failed", out_trade_no="A2", error=FAILED), ["failed", "A2", "ORDERNOTEXIST"]),
        (Reconciled("A3", "not_due", next_due=datetime(2026, 11, 29, tzinfo=timezone.utc)), ["2026-11-29 00:00:00"]),
        (ReconciledRefund("R1", "processing"), ["processing", "R1"]),
        (CodeResult("A4", "unknown", advice="wait", advice_zh="请稍候"), ["unknown", "A4", "wait", "请稍候"]),
    ],
    ids=lambda it: type(it).__name__,
)
def test_results_show_their_state_first(result: Any, words: list[str]) -> None:
    html, fields = result._repr_html_(), result.to_dict()
    assert next(iter(fields)) == "state"
    assert all(word in html for word in words)
    assert html.index(result.state) < html.index(next(word for word in words if word != result.state))
    assert "<b>" not in html.replace("no &lt;b&gt;", "")
    assert OPENID not in html
    json.dumps(fields, default=str)


def test_attributes_of_results_are_all_shown() -> None:
    for kind in (Handled, Reconciled, ReconciledRefund, CodeResult):
        assert sorted(kind._shown) == sorted(kind.__slots__)


def test_an_error_shows_its_fields_and_becomes_a_dict(emulator: Emulator) -> None:
    with pytest.raises(BusinessError) as caught:
        emulator.sync().orderquery(out_trade_no="nobody")
    html, fields = caught.value._repr_html_(), caught.value.to_dict()
    assert html.index("ORDERNOTEXIST") < html.index("<details>")
    assert (fields["type"], fields["err_code"], fields["retry"]) == ("BusinessError", "ORDERNOTEXIST", "never")
    assert json.loads(json.dumps(fields)) == fields
    assert "&lt;b&gt;" in WxPayError("<b>")._repr_html_()


def test_clients_events_reports_and_the_emulator_show_themselves(emulator: Emulator) -> None:
    events: list[Any] = []
    pay = emulator.sync(on_event=events.append)
    bought(emulator, pay)
    key = emulator.settings["api_key"]
    for thing, words in (
        (pay, ["WxPay", pay.appid, pay.mch_id]),
        (emulator, [emulator.url, "/pay/unifiedorder", pay.mch_id]),
        (events[0], ["ok", "unifiedorder", events[0].host]),
        (pay.check(), ["store", "notify_url", "clock"]),
    ):
        html = thing._repr_html_()
        assert all(word in html for word in words), html
        assert key not in html
    assert events[0].to_dict()["endpoint"] == "unifiedorder"


def test_replies_make_a_table(emulator: Emulator) -> None:
    pay = emulator.sync()
    numbers = [bought(emulator, pay) for _ in range(3)]
    replies = [pay.orderquery(out_trade_no=number) for number in numbers]
    table = pandas.DataFrame(replies)
    assert list(table["out_trade_no"]) == numbers
    assert table["total_fee"].sum() == 300
    assert str(table["time_end"].dtype).startswith("datetime64")


def test_a_reply_is_a_mapping(emulator: Emulator) -> None:
    pay = emulator.sync()
    number = bought(emulator, pay)
    pay.refund(out_trade_no=number, out_refund_no=new_out_refund_no(), total_fee=100, refund_fee=30)
    for reply in (pay.orderquery(out_trade_no=number), pay.refundquery(out_trade_no=number)):
        assert isinstance(reply, Mapping)
        assert list(reply) == list(reply.keys())
        assert len(reply) == len(list(reply)) == len(set(reply))
        assert dict(reply) == dict(reply.items()) == {name: reply[name] for name in reply}
        assert list(reply.values()) == [reply[name] for name in reply]
        assert all(name in reply for name in reply)
        assert (reply.get("return_code"), reply.get("none"), reply.get("none", 5)) == ("SUCCESS", None, 5)
        with pytest.raises(TypeError):
            reply["return_code"] = "FAIL"
    assert dict(reply)["refunds"] == reply.refunds


def test_the_history_of_an_order(emulator: Emulator) -> None:
    pay = emulator.sync()
    number = bought(emulator, pay)
    emulator.advance(60)
    pay.orderquery(out_trade_no=number)
    history = emulator.timeline(number)
    assert [moment.what for moment in history][:2] == ["/pay/unifiedorder", "paid"]
    assert history.moments[-1].at >= history.moments[0].at + timedelta(seconds=60)
    assert "/pay/orderquery" in [moment.what for moment in history]
    lost = [moment for moment in history if moment.lane == "notification"]
    assert len(lost) == 4
    assert not any(moment.ok for moment in lost)
    assert "cannot connect" in lost[0].detail
    assert len(str(history).splitlines()) == len(history) == len(history.to_dicts())
    html = history._repr_html_()
    assert html.startswith("<svg")
    assert "¥1.00 (100 fen)" in html
    assert len(history.plot().lines) == len(history)


IN_IPYTHON = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
from wxpaykit import WxPay
shell.user_ns["pay"] = WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32, store="memory:")
from IPython.core.completer import provisionalcompleter
with provisionalcompleter():
    for line in ("pay.unifiedorder(out_", "pay.oauth.access_token(co"):
        print("\\n".join(found.text for found in shell.Completer.completions(line, len(line))))
shell.run_cell("def buy():\\n    return pay.unifiedorder(total_fee=1.5)\\n\\nbuy()")
print("=====")
shell.run_cell("try:\\n    buy()\\nexcept Exception as error:\\n    raise ValueError('outer') from error")
"""


def test_ipython_completes_fields_and_shows_the_callers_frames_alone() -> None:
    done = subprocess.run([sys.executable, "-c", IN_IPYTHON], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert {"out_trade_no=", "code="} <= set(said.splitlines()), said
    first, _, second = said.partition("=====")
    assert "return pay.unifiedorder(total_fee=1.5)" in first
    assert "InvalidRequest" in first
    assert "_run_sync" not in first, first
    assert "outer" in second
