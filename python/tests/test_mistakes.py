"""Broken requests and notifications of tests/mistakes.json: the true cause is named, and no other one as proved."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from wxpaykit import Explanation, SignatureError, WxPay, build_xml, explain, parse_xml, sign, v3
from wxpaykit.testing import Emulator

FILE = json.loads((Path(__file__).resolve().parents[2] / "tests/mistakes.json").read_text(encoding="utf-8"))
SETTINGS: dict[str, str] = FILE["settings"]
CASES: list[dict[str, Any]] = FILE["cases"]
OTHERS = {name: SETTINGS[name] for name in ("api_v3_key", "app_secret")}


def hold(found: dict[str, tuple[str, bool]]) -> None:
    """At least 95 % are right, and none is wrong and proved."""
    cases = [case for case in CASES if case["name"] in found]
    assert len(cases) == len(found)
    wrong = [case["name"] for case in cases if found[case["name"]][0] != case["cause"]]
    proved = [name for name in wrong if found[name][1]]
    assert proved == [], {name: found[name] for name in proved}
    assert len(wrong) <= len(found) * 0.05, {name: found[name] for name in wrong}
    unproved = [case["name"] for case in cases if case["provable"] and not found[case["name"]][1]]
    assert set(unproved) <= set(wrong), unproved


def test_explain_names_the_true_cause() -> None:
    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)
    explained = {case["name"]: explain(case["message"], SETTINGS["api_key"], **OTHERS) for case in CASES}
    hold({name: (one.mistake, one.proved) for name, one in explained.items()})
    for case in CASES:
        one = explained[case["name"]]
        if case["field"] is not None and one.mistake == case["cause"]:
            assert one.field == case["field"], case["name"]
        for secret in (SETTINGS["api_key"], *OTHERS.values()):
            assert secret not in f"{one}{one!r}{one.text}{one._repr_html_()}{one.to_dict()}"


def test_a_refused_notification_names_the_true_cause() -> None:
    settings = {name: SETTINGS[name] for name in ("appid", "mch_id", "api_key", "app_secret")}
    pay = WxPay(**settings, accept_sign_types=["MD5", "HMAC-SHA256"])
    found = {}
    for case in CASES:
        if case["message"].get("return_code"):
            with pytest.raises(SignatureError) as refused:
                pay.notify.parse(build_xml(case["message"]))
            explanation = refused.value.explanation
            assert isinstance(explanation, Explanation)
            assert str(explanation) == str(refused.value)
            found[case["name"]] = (explanation.mistake, explanation.proved)
    assert len(found) > 10
    hold(found)


def test_the_emulators_journal_names_the_true_cause() -> None:
    """The journal does not say how a cause is proved, so none may be wrong but those that nothing proves."""
    merchant = {name: SETTINGS[name] for name in ("appid", "mch_id", "api_key", "api_v3_key", "app_secret")}
    found = {}
    with Emulator(merchants=[merchant]) as wechat:
        for case in CASES:
            message = case["message"]
            if message.get("return_code") or "sign" not in message:
                continue
            urllib.request.urlopen(f"{wechat.url}/pay/unifiedorder", build_xml(message).encode()).read()
            entry = wechat.journal()[-1]
            assert entry["outcome"] == "protocol:签名错误", (case["name"], entry)
            found[case["name"]] = (entry["explanation"]["mistake"], case["provable"])
    assert len(found) > 40
    hold(found)


def test_a_carriage_return_is_named_in_fields_as_in_their_document() -> None:
    key = SETTINGS["api_key"]
    order = {"appid": "wx1", "mch_id": "1900000109", "nonce_str": "n", "attach": "a\r\nb"}
    signed = order | {"sign": sign(order, key, "MD5")}
    document = "".join(f"<{name}>{value}</{name}>" for name, value in signed.items())
    for given in (signed, f"<xml>{document}</xml>", parse_xml(f"<xml>{document}</xml>")):
        assert explain(given, key).mistake == "carriage_return"
    assert explain(f"<xml>{document}</xml>".replace("\r", "&#13;"), key).mistake == "none"


def test_pay_sign_of_apiv3_is_explained_by_the_merchants_key() -> None:
    folder = ROOT / "tests/certificates"
    key = (folder / "apiclient_key.pem").read_text()
    page = {
        "appId": "wxd930ea5d5a258f4f",
        "timeStamp": "1764300000",
        "nonceStr": "nonce",
        "package": "prepay_id=wx201410272009395522657a690389285100",
        "signType": "RSA",
    }
    head = f"{page['appId']}\n{page['timeStamp']}\n{page['nonceStr']}\n"
    for signed, mistake in [
        (f"{head}{page['package']}\n", "none"),
        (f"{head}{page['package']}", "no_final_newline"),
        (f"{head}wx201410272009395522657a690389285100\n", "package_without_name"),
        (f"{head}other\n", "page_v3_unknown"),
    ]:
        for known in (key, (folder / "apiclient_cert.pem").read_text()):
            found = explain(page | {"paySign": v3.sign(signed, key)}, known)
            assert (found.mistake, found.proved) == (mistake, mistake != "page_v3_unknown"), found
            assert "PRIVATE" not in repr(found) + str(found)
    other = explain(page | {"paySign": v3.sign("x", (folder / "other_key.pem").read_text())}, key)
    assert other.mistake == "signed_by_unknown_key"
