"""`tests/vectors/*.json`: the cases that the three languages share."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import wxpaykit
import wxpaykit.bill
from wxpaykit import WxPayError, _native, v3

FILES = sorted((Path(__file__).resolve().parents[2] / "tests/vectors").glob("*.json"))


def page(kind: str) -> Callable[[dict[str, Any]], Any]:
    return lambda given: _native.probe_page_params(kind, **({"mch_id": "10000100"} | given))


def document(given: dict[str, Any]) -> str | bytes:
    if "xml" in given:
        return given["xml"]
    if "base64" in given:
        return base64.b64decode(given["base64"])
    repeat = given["repeat"]
    units = (repeat["unit"].replace("{i}", str(i)) for i in range(repeat["count"]))
    return repeat["prefix"] + "".join(units) + repeat["suffix"]


def pairs(fields: dict[str, str]) -> list[list[str]]:
    return [[name, value] for name, value in fields.items()]


def money(given: dict[str, Any]) -> Any:
    return wxpaykit.fen_to_yuan(given["fen"]) if "fen" in given else wxpaykit.yuan_to_fen(given["yuan"])


def notify_payment(given: dict[str, Any]) -> Any:
    return _native.probe_notify_payment(given["body"], given["key"], given["allowed"], given["appid"], given["mch_id"])


def explain_body(given: dict[str, Any]) -> Any:
    pay = wxpaykit.WxPay(appid="wxd930ea5d5a258f4f", mch_id="10000100", api_key="192006250b4c09247ec02edce69f6a2d")
    with pytest.raises(wxpaykit.SignatureError) as refused:
        pay.notify.parse(document(given))
    return refused.value.explanation


def reply(given: dict[str, Any]) -> Any:
    status = given.get("status", 200)
    return _native.probe_reply(given["endpoint"], status, given["body"], given["key"], given["allowed"])


def redact(given: dict[str, Any]) -> Any:
    shown = repr(_native.restore(wxpaykit.Reply, None, {given["field"]: given["value"]}))
    return ast.literal_eval(shown.removeprefix(f"Reply({given['field']}=").removesuffix(")"))


def roundtrip(given: dict[str, Any]) -> None:
    assert pairs(wxpaykit.parse_xml(wxpaykit.build_xml(given["params"]))) == given["params"]


def bill(given: dict[str, Any]) -> dict[str, Any]:
    whole = wxpaykit.bill.read(given["text"].encode() if "text" in given else document(given))
    rows = list(whole)
    return {
        "rows": [cells(row) for row in rows],
        "totals": cells(whole.summary),
        "ambiguous": [n for n, row in enumerate(rows) if row.ambiguous],
    }


def cells(row: Any) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S")
        return f"{value:.5f}" if isinstance(value, Decimal) else value

    return {name: plain(value) for name, value in row.to_dict().items() if value is not None}


def beijing_time(given: dict[str, Any]) -> dict[str, str]:
    wire, dashed = _native.probe_beijing_time(given["unix"])
    return {"wire": wire, "dashed": dashed}


def v3_authorization(given: dict[str, Any]) -> Any:
    given = dict(given)
    text = [given[name] for name in ("method", "url", "timestamp", "nonce_str", "body")]
    message = v3.string_to_sign(*text)
    return {
        "message": message,
        "signature": v3.sign(message, given["private_key"]),
        "authorization": v3.authorization(**given),
    }


def v3_certificates(given: dict[str, Any]) -> Any:
    found = v3.certificates(**given).items()
    return [{"serial_no": serial, "pem_sha256": hashlib.sha256(pem.encode()).hexdigest()} for serial, pem in found]


def v3_encrypt_sensitive(given: dict[str, Any]) -> Any:
    sealed = v3.encrypt_sensitive(given["text"], given["public_key"])
    return {"length": len(sealed), "decrypted": v3.decrypt_sensitive(sealed, given["private_key"])}


def v3_verify(given: dict[str, Any]) -> Any:
    try:
        found = {"key": v3.verify(given["headers"], given["body"], given["keys"], given["now"])}
        if "api_v3_key" in given:
            found["resource"] = v3.decrypt(json.loads(given["body"])["resource"], given["api_v3_key"])
    except WxPayError as error:
        error.cause = v3.explain(**given).mistake
        raise
    return found


# One function a kind. A kind that is not here fails.
KINDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "ack": lambda given: str(wxpaykit.ack(given["ok"], given["msg"])),
    "app_params": page("app_params"),
    "authorize_url": lambda given: _native.probe_authorize_url(
        given["appid"],
        given["redirect_uri"],
        given["scope"],
        given.get("state"),
        given["force_popup"],
        given.get("component_appid"),
    ),
    "beijing_time": beijing_time,
    "bill": bill,
    "build_xml": lambda given: wxpaykit.build_xml(given["params"]),
    "check_raw_data": lambda given: wxpaykit.check_raw_data(**given) is None,
    "choose_wxpay_params": page("choose_wxpay_params"),
    "decrypt_req_info": lambda given: wxpaykit.decrypt_req_info(**given),
    "decrypt_user_data": lambda given: wxpaykit.decrypt_user_data(**given),
    "explain": lambda given: wxpaykit.explain(**given),
    "explain_body": explain_body,
    "explain_jssdk": lambda given: wxpaykit.explain_jssdk(**given),
    "jsapi_params": page("jsapi_params"),
    "jssdk_signature": lambda given: wxpaykit.jssdk_signature(**given),
    "miniprogram_params": page("miniprogram_params"),
    "money": money,
    "mweb_url": lambda given: wxpaykit.mweb_redirect_url(**given),
    "notify_payment": notify_payment,
    "oauth_json": lambda given: _native.probe_oauth_json(given["call"], given["status"], given["body"]),
    "out_trade_no": lambda given: _native.probe_out_trade_no(given["value"]),
    "parse_xml": lambda given: pairs(wxpaykit.parse_xml(document(given))),
    "redact": redact,
    "reply": reply,
    "roundtrip_xml": roundtrip,
    "sign": lambda given: wxpaykit.sign(**given),
    "string_to_sign": lambda given: wxpaykit.string_to_sign(given["params"]),
    "v3_authorization": v3_authorization,
    "v3_bill_hash": lambda given: _native.probe_v3_bill_hash(document(given), given["hash_value"]),
    "v3_certificates": v3_certificates,
    "v3_decrypt": lambda given: v3.decrypt(**given),
    "v3_decrypt_sensitive": lambda given: v3.decrypt_sensitive(**given),
    "v3_encrypt_sensitive": v3_encrypt_sensitive,
    "v3_explain": lambda given: v3.explain(**given),
    "v3_pay_sign": lambda given: v3.pay_sign(**given),
    "v3_private_key": lambda given: v3.sign(**given),
    "v3_serial_no": lambda given: v3.serial_no(**given),
    "v3_verify": v3_verify,
    "workwx_sign": lambda given: wxpaykit.workwx_sign(**given),
    "verify": lambda given: _native.probe_verify(given["xml"], given["key"], given["allowed"]),
}

#: The cases that ran.
RAN: list[str] = []

# What a case of these kinds expects is all there is.
WHOLE = {"app_params", "choose_wxpay_params", "jsapi_params", "miniprogram_params"}


def same(expected: Any, found: Any) -> bool:
    """Whether a value is what is expected, in value and in type; an object names the attributes to compare."""
    if isinstance(expected, dict):
        get = found.__getitem__ if isinstance(found, dict) else lambda name: getattr(found, name)
        return all(same(value, get(name)) for name, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if hasattr(found, "isoformat"):
        return expected == found.isoformat()
    if isinstance(found, (dict, list)):
        return isinstance(expected, str) and json.loads(expected) == found
    return type(expected) is type(found) and expected == found


def wrong(kind: str, case: dict[str, Any]) -> str | None:
    """What is wrong about a case, or nothing."""
    try:
        found = KINDS[kind](case["given"])
    except WxPayError as error:
        if "error" not in case:
            return f"raised {error!r}"
        wanted = case["error"] if isinstance(case["error"], dict) else {"code": case["error"]}
        wanted = dict(wanted)
        if wanted.pop("class", type(error).__name__) != type(error).__name__:
            return f"raised {type(error).__name__}"
        return None if same(wanted, error) else f"raised {error.code} {vars(error)}"
    if "error" in case:
        return f"gave {found!r}"
    if kind in WHOLE and list(found.items()) != list(case["expect"].items()):
        return f"gave {found!r}"
    return None if same(case["expect"], found) else f"gave {found!r}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_vectors(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    kind, cases = content["kind"], content["cases"]
    assert kind in KINDS, f"no function for kind {kind}"
    failures = []
    for case in cases:
        if reason := wrong(kind, case):
            failures.append(f"{case['name']}: {reason}")
        RAN.append(case["name"])
    assert cases
    assert not failures, "\n".join(failures)


def test_all_kinds_ran() -> None:
    assert {file.stem for file in FILES} == set(KINDS)
    # Compared with the other languages' by tests/run.py.
    counts = FILES[0].parents[2] / "target/tests"
    counts.mkdir(parents=True, exist_ok=True)
    (counts / "vectors-python").write_text(str(len(RAN)))
