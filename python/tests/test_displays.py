"""Results in notebooks and IPython, and completion there."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas
import pytest
from conftest import OPENID, Emulator
from IPython.lib.pretty import pretty
from test_bills import line as bill_line
from test_bills import text as bill_text

from wxpaykit import (
    AsyncWxPay,
    BusinessError,
    CodeProgress,
    CodeResult,
    Explanation,
    Handled,
    Reconciled,
    ReconciledRefund,
    ReconciledTransfer,
    WxPay,
    WxPayError,
    bill,
    errors,
    new_out_refund_no,
    new_out_trade_no,
)
from wxpaykit._check import CheckReport, Finding
from wxpaykit._display import html
from wxpaykit._displayed import Displayed
from wxpaykit._native import restore
from wxpaykit._records import RECORDS
from wxpaykit._timeline import Moment, Timeline
from wxpaykit.testing import AsyncEmulator, confirmed_payment


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
        (ReconciledTransfer("T1", "processing"), ["processing", "T1"]),
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
    for kind in DISPLAYED:
        assert sorted(kind._shown) == sorted(name for name in kind.__slots__ if not name.startswith("_"))


#: A colour of terminals, a character that changes the direction of text, one that ends a line, and half a character.
ACTIVE = "\x1b[31m\u202eA\r\ud83d"
DISPLAYED: list[Any] = [
    Handled,
    Reconciled,
    ReconciledRefund,
    ReconciledTransfer,
    CodeResult,
    CodeProgress,
    Finding,
    CheckReport,
]


def made(kind: Any) -> Any:
    """An object with this text in each attribute."""
    thing = object.__new__(kind)
    for name in kind.__slots__:
        setattr(thing, name, ACTIVE)
    return thing


def inert(shown: str) -> None:
    assert "A" in shown
    assert not set(shown) & set("\x1b\u202e\r\ud83d"), repr(shown)


def test_no_text_from_outside_reaches_a_terminal_or_a_notebook_as_it_is() -> None:
    assert set(DISPLAYED) == set(Displayed.__subclasses__())
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WxPayError)]
    assert len(kinds) > 8
    failures: list[WxPayError] = []
    for kind in kinds:
        failure = kind(ACTIVE)
        for name in kind._fields:
            setattr(failure, name, ACTIVE)
        failures.append(failure)
    # Texts of the extension have no half of a character.
    whole = ACTIVE[:-1]
    replies = [
        restore(kind, name, dict.fromkeys((*kind.__annotations__, f"other_{whole}", "attach"), whole))
        for name, kind in RECORDS.items()
    ]
    names = ("field", "sign_type", "string_to_sign", "likely_string", "summary")
    explanations = [
        Explanation({"mistake": mistake, "string_to_sign": f"A{whole}", "likely_string": f"A {whole} ", "field": whole})
        for mistake in ("none", "values_trimmed", "v3_unknown")
    ]
    explanations.append(Explanation(dict.fromkeys(names, whole)))
    for thing in [*map(made, DISPLAYED), *failures, *replies, *explanations]:
        inert(pretty(thing))
        inert(thing._repr_html_())
    for explanation in explanations:
        inert(str(explanation))
        inert(explanation.text)
    for reply in replies:
        inert(repr(reply))
    inert(html(ACTIVE, {ACTIVE: ACTIVE, "state": ACTIVE, "all": [ACTIVE], "none": None}, [ACTIVE]))
    history = Timeline(ACTIVE, [Moment(0, "request", ACTIVE, False, ACTIVE)])
    for shown in (str(history), repr(history), repr(history.moments[0]), history._repr_html_(), pretty(history)):
        inert(shown)


def test_a_bill_with_a_column_of_an_unknown_name() -> None:
    text = "\ufeff交易时间,商户订单号,A\x1b[31m\u202e\n`2026-11-28 16:08:28,`1,`2\n总交易单数\n`1\n"
    (row,) = bill.read(text.encode())
    inert(repr(row))
    inert(row._repr_html_())


def test_a_row_of_a_bill_is_shown_as_a_reply_is() -> None:
    (row,) = bill.read(bill_text(bill_line("A1")))
    shown = dict(line.split(maxsplit=1) for line in pretty(row).splitlines()[1:])
    assert next(iter(shown)) == "trade_state"
    for name, text in {
        "trade_state": "SUCCESS",
        "trade_time": "2026-11-27 09:00:01",
        "total_fee": "¥6.00 (600 fen)",
        "openid": "oUpF…eS6o",
        "fee": "0.03600",
    }.items():
        assert shown[name] == text
        assert f">{text}</td>" in row._repr_html_()
    assert "refund_id" not in shown
    (dollars,) = bill.read(bill_text(bill_line("A2").replace("CNY", "USD")))
    assert "¥" not in pretty(dollars)


def test_a_terminal_shows_the_attributes_in_order_and_each_by_its_name() -> None:
    error = BusinessError("no", err_code="ORDERNOTEXIST")
    lines = pretty(Handled("failed", error=error, payment=PAID)).splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert lines[0] == "Handled"
    assert names == ["state", "out_trade_no", "error", "payment"]
    at = next(number for number, line in enumerate(lines) if line.startswith("  error "))
    assert lines[at].split() == ["error", "BusinessError"]
    assert lines[at + 1].split()[0] == "message"
    assert lines[at + 1].startswith("    ")
    payment = next(line for line in lines if line.startswith("  payment "))
    assert payment.split() == ["payment", "ConfirmedPayment"]
    report = CheckReport((Finding("store", "ok", "keeps values"), Finding("clock", "failed", "is late")))
    lines = pretty(report).splitlines()
    assert [line.split()[0] for line in lines if line[:4].strip()] == ["CheckReport", "findings[0]", "findings[1]"]
    assert "    message  is late" in lines


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
        for shown in (thing._repr_html_(), pretty(thing)):
            assert all(word in shown for word in words), shown
            assert key not in shown
    assert events[0].to_dict()["endpoint"] == "unifiedorder"


def test_replies_make_a_table(emulator: Emulator) -> None:
    pay = emulator.sync()
    numbers = [bought(emulator, pay) for _ in range(3)]
    replies = [pay.orderquery(out_trade_no=number) for number in numbers]
    table = pandas.DataFrame(replies)
    assert list(table["out_trade_no"]) == numbers
    assert table["total_fee"].sum() == 300
    assert str(table["time_end"].dtype).startswith("datetime64")
    # As docs/python.md has it.
    assert {"nonce_str", "sign"} <= set(table.columns)
    assert not {"nonce_str", "sign"} & set(table.drop(columns=["nonce_str", "sign"], errors="ignore").columns)


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


def test_progress_becomes_a_dict() -> None:
    progress = made(CodeProgress)
    assert next(iter(progress.to_dict())) == "stage"
    assert "_payment" not in progress.to_dict()


def test_an_emulator_that_has_ended_shows_itself() -> None:
    with Emulator() as wechat:
        program = wechat._program
        assert program is not None
        program._process.kill()
        program._process.wait()
        shown = wechat._repr_html_()
        assert shown.startswith("&lt;wxpaykit emulator at http://127.0.0.1:")
        assert "does not answer" in shown
        assert "does not answer" in pretty(wechat)
    assert wechat._repr_html_() == "&lt;wxpaykit emulator, not running&gt;"
    assert pretty(wechat) == pretty(AsyncEmulator()) == "<wxpaykit emulator, not running>"


def test_ipython_shows_clients_and_the_emulator_a_value_on_each_line(emulator: Emulator) -> None:
    for kind in (WxPay, AsyncWxPay):
        lines = pretty(kind(**emulator.settings)).splitlines()
        assert lines[0] == kind.__name__
        assert ["appid", emulator.settings["appid"]] in [line.split() for line in lines[1:]]
    emulator.sync().orderquery(out_trade_no=bought(emulator, emulator.sync()))
    for wechat in (emulator, AsyncEmulator.of(emulator)):
        lines = [line.split() for line in pretty(wechat).splitlines()]
        assert lines[0] == ["<wxpaykit", "emulator", "at", f"{emulator.url}>"]
        assert lines[1] == ["appid", emulator.settings["appid"]]
        assert lines[-1][1:] == ["POST", "/pay/orderquery", "ok"]


def test_the_history_has_the_notifications_of_refunds(emulator: Emulator) -> None:
    pay = emulator.sync()
    number, refund = bought(emulator, pay), new_out_refund_no()
    refunded: dict[str, Any] = {"out_trade_no": number, "out_refund_no": refund, "total_fee": 100, "refund_fee": 30}
    pay.refund(**refunded, notify_url="http://127.0.0.1:9/refunded")
    emulator.post("/_emulator/refund", {"out_refund_no": refund, "result": "SUCCESS"})
    emulator.advance(0)
    (moment,) = [one for one in emulator.timeline(number) if one.what == "refund notification"]
    assert (moment.lane, moment.ok) == ("notification", False)
    assert moment.detail.startswith(f"{refund} ")
    assert "cannot connect" in moment.detail


def test_the_history_of_an_order(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
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
    # Without matplotlib the table is there alone.
    monkeypatch.setattr("wxpaykit._timeline.find_spec", lambda name: None)
    table = history._repr_html_()
    assert "<svg" not in table
    assert table == html[html.index("</svg>") + len("</svg>") :].lstrip()


def test_the_history_of_one_moment_is_in_order() -> None:
    with Emulator(frozen_clock=True) as wechat:
        pay = WxPay(**wechat.settings)
        number = bought(wechat, pay)
        wechat.advance(0)
        pay.orderquery(out_trade_no=number)
        refund = {"out_refund_no": f"{number}R", "total_fee": 100, "refund_fee": 40}
        pay.refund(out_trade_no=number, **refund)
        assert len({moment.at for moment in wechat.timeline(number)}) == 1
        order = ["/pay/unifiedorder", "paid", "notification", "/pay/orderquery", "/secapi/pay/refund"]
        assert [moment.what for moment in wechat.timeline(number)] == order
        # The payment is part of the request that makes the order.
        code = new_out_trade_no()
        fields = {"body": "茶", "total_fee": 100, "spbill_create_ip": "127.0.0.1"}
        auth_code = wechat.control("POST", "/_emulator/payment-code", {})["auth_code"]
        pay.orderquery(out_trade_no=number)
        pay.micropay(out_trade_no=code, auth_code=auth_code, **fields)
        pay.orderquery(out_trade_no=code)
        assert [moment.what for moment in wechat.timeline(code)] == ["/pay/micropay", "paid", "/pay/orderquery"]


IN_IPYTHON = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
from wxpaykit import AsyncWxPay, WxPay
settings = dict(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="0" * 32, store="memory:")
shell.user_ns |= {"pay": WxPay(**settings), "later": AsyncWxPay(**settings)}
from IPython.core.completer import provisionalcompleter
with provisionalcompleter():
    for line in (
        "pay.unifiedorder(out_", "pay.oauth.access_token(co", "pay.pay_by_code(auth_", "pay.v3.order_and_params(noti",
        "later.pay_by_code(devi",
    ):
        print("\\n".join(found.text for found in shell.Completer.completions(line, len(line))))
shell.run_cell("def buy():\\n    return pay.unifiedorder(total_fee=1.5)\\n\\nbuy()")
print("=====")
shell.run_cell("try:\\n    buy()\\nexcept Exception as error:\\n    raise ValueError('outer') from error")
print("=====")
shell.run_cell("from wxpaykit.testing import Emulator\\n\\ndef ask():\\n    return Emulator().url\\n\\nask()")
"""


def test_ipython_completes_fields_and_shows_the_callers_frames_alone() -> None:
    done = subprocess.run([sys.executable, "-c", IN_IPYTHON], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    names = {"out_trade_no=", "code=", "auth_code=", "notify_url=", "device_info="}
    assert names <= set(said.splitlines()), said
    first, second, third = said.split("=====")
    assert "return pay.unifiedorder(total_fee=1.5)" in first
    assert "InvalidRequest" in first
    assert "_run_sync" not in first, first
    assert "outer" in second
    assert "return Emulator().url" in third
    assert "EmulatorError" in third
    assert "_value" not in third, third


#: Errors of Python's own kinds.
OF_PYTHON = {
    "WxPay(appid='x')": "missing 1 required keyword-only argument: 'mch_id'",
    "AsyncWxPay(appid='x', mch_id='1', apikey='y')": "did you mean 'api_key'",
    "WxPay.from_env(mchid='y')": "did you mean 'mch_id'",
    "WxPayError('x', 1)": "details: ",
    "signed_notification([], 'k')": "fields: ",
    "confirmed_payment(foo=1)": "no field 'foo'",
    "reply(int)": "kind: ",
    "AsyncEmulator(foo=1)": "'foo'",
    "Emulator(binary='x', merchants={1}).start()": "merchants: ",
    "bill.read(1)": "expected str",
    "bill.read('/nowhere/at/all')": "No such file",
    "call(lambda: (1 for _ in ()))": "a generator was returned",
    "WxPayExtension().notify('/x')": "amount_of",
}
IN_CELLS = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
from wxpaykit import bill, testing
from wxpaykit import *
from wxpaykit._run_sync import call
from wxpaykit.flask import WxPayExtension
shell.user_ns |= {**vars(testing), **globals()}
for cell in json.loads(sys.argv[1]):
    shell.run_cell(cell)
    print("=====")
# Of the last one, afterwards.
shell.run_cell("%tb")
"""


def test_ipython_shows_the_callers_frames_alone_of_errors_of_python() -> None:
    arguments = [sys.executable, "-c", IN_CELLS, json.dumps(list(OF_PYTHON))]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.split("=====")
    assert len(shown) == len(OF_PYTHON) + 1
    for (cell, words), said in zip(OF_PYTHON.items(), shown, strict=False):
        assert f"---> 1 {cell}" in said, said
        assert words in said, said
        assert "/wxpaykit/" not in said, said
    assert "amount_of" in shown[-1] and "/wxpaykit/" not in shown[-1], shown[-1]


def test_an_error_of_python_can_be_pickled() -> None:
    with pytest.raises(TypeError) as caught:
        confirmed_payment(foo=1)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (type(error), error.args) == (TypeError, caught.value.args)


IN_A_FUNCTION_OF_THE_USER = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
from wxpaykit import InvalidRequest, WxPay
settings, number = json.loads(sys.argv[1])
shell.user_ns |= {"pay": WxPay(**settings), "number": number, "InvalidRequest": InvalidRequest}
shell.run_cell("def on_paid(payment, idempotency_key):\\n    raise InvalidRequest('the stock is empty')")
shell.run_cell("def sell():\\n    return pay.wait_for_payment(number, total_fee=100, on_paid=on_paid)\\n\\nsell()")
"""


def test_a_traceback_shows_the_users_function_that_failed_inside_a_call(emulator: Emulator) -> None:
    settings = json.dumps([emulator.settings, bought(emulator, emulator.sync())])
    arguments = [sys.executable, "-c", IN_A_FUNCTION_OF_THE_USER, settings]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "return pay.wait_for_payment(number, total_fee=100, on_paid=on_paid)" in said, said
    assert "raise InvalidRequest('the stock is empty')" in said, said
    assert "_run_and_finish" not in said, said
