"""Whole messages that a second implementation broke, with one mistake each (tests/broken).

What is named first is the true cause, and no other one is called proved: by `explain`, by the command, and in the
emulator's journal. Messages without a mistake have none.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import OPENID, ROOT
from test_command import PROGRAM

from wxpaykit import Explanation, WxPay, explain, explain_jssdk, v3
from wxpaykit.testing import Emulator

FILE = json.loads((ROOT / "tests/broken/broken.json").read_text(encoding="utf-8"))
MAKE = [sys.executable, str(ROOT / "tests/broken/make.py")]
Case = dict[str, Any]
#: The code of the cause, and whether it is called proved.
Found = dict[str, tuple[str | None, bool]]


def body(case: Case) -> bytes:
    return base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"].encode()


def hold(cases: list[Case], found: Found, name: str = "cause") -> None:
    """At least 95 % are right, and none is wrong and proved."""
    causes = {case["name"]: case.get(name, case["cause"]) for case in cases}
    wrong = {case: (causes[case], *found[case]) for case in causes if found[case][0] != causes[case]}
    assert not any(proved for _, _, proved in wrong.values()), wrong
    assert len(wrong) <= len(causes) * 0.05, wrong


def explained(generation: str, case: Case) -> Explanation:
    settings = FILE[generation]["settings"]
    if generation == "v2":
        return explain(
            body(case), settings["api_key"], api_v3_key=settings["api_v3_key"], app_secret=settings["app_secret"]
        )
    request = {name: case.get(name) for name in ("method", "url")} if case["kind"] == "request" else {}
    return v3.explain(headers=case["headers"], body=body(case), **request, **{**settings, **case.get("given", {})})


def test_the_generator_writes_the_file() -> None:
    done = subprocess.run([*MAKE, "--check"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


@pytest.mark.parametrize(("generation", "least"), [("v2", 60), ("v3", 30)])
def test_explain_names_the_true_cause(generation: str, least: int) -> None:
    cases = FILE[generation]["broken"]
    assert len(cases) >= least
    found: Found = {}
    settings = FILE[generation]["settings"]
    secrets = [settings[name] for name in ("api_key", "api_v3_key", "app_secret") if name in settings]
    for case in cases:
        one = explained(generation, case)
        found[case["name"]] = (one.mistake, one.proved)
        shown = f"{one}{one!r}{one.text}{one._repr_html_()}{one.to_dict()}"
        assert not any(secret in shown for secret in secrets), case["name"]
    hold(cases, found)
    intact = FILE[generation]["intact"]
    assert {case["name"]: explained(generation, case).mistake for case in intact} == {
        case["name"]: case["cause"] for case in intact
    }


@pytest.mark.parametrize("case", FILE["objects"] + FILE["messages"], ids=lambda case: case["name"])
def test_what_pages_apps_and_programs_are_handed(case: Case) -> None:
    found = explain(case["fields"], case["key"])
    assert (found.mistake, found.proved) == (case["cause"], case["proved"]), found
    shown = f"{found}{found!r}{found.text}{found._repr_html_()}{found.to_dict()}"
    assert case["key"] not in shown and "PRIVATE" not in shown
    assert case.get("hidden", case["key"]) not in shown


@pytest.mark.parametrize("case", FILE["configs"], ids=lambda case: case["name"])
def test_the_arguments_of_wx_config(case: Case) -> None:
    found = explain_jssdk(case["config"], case["url"], ticket=case["ticket"])
    assert (found.mistake, found.proved) == (case["cause"], case["proved"]), found
    assert case["ticket"] not in f"{found}{found!r}{found.text}{found._repr_html_()}{found.to_dict()}"


def as_http(case: Case) -> bytes:
    """The message as a person saves it."""
    start = f"{case['method']} {case['url']} HTTP/1.1" if "method" in case else "HTTP/1.1 200 OK"
    headers = "".join(f"{name}: {value}\r\n" for name, value in case.get("headers", {}).items())
    return f"{start}\r\n{headers}\r\n".encode() + body(case)


def by_command(generation: str, case: Case) -> tuple[str | None, bool]:
    settings = {**FILE[generation]["settings"], **case.get("given", {})}
    names = {"certificate": "client_cert", "private_key": "client_key", "serial_no": "client_cert_serial"}
    own = {
        f"WXPAY_{names.get(name, name).upper()}": value for name, value in settings.items() if isinstance(value, str)
    }
    options = []
    if generation == "v3":
        [(key_id, key)] = settings["keys"].items()
        own |= {"WXPAY_PLATFORM_PUBLIC_KEY": key, "WXPAY_PLATFORM_PUBLIC_KEY_ID": key_id}
        options = ["--now", str(settings["now"])]
    # Of a notification of APIv2 the body is what people have.
    is_body = generation == "v2" and case["kind"] == "notification"
    secrets = [value for name, value in settings.items() if name in ("api_key", "api_v3_key", "app_secret")]
    given = body(case) if is_body else as_http(case)
    return ran(["explain", "--json", *options, "-"], given, own, secrets)


def ran(arguments: list[str], given: bytes, environment: dict[str, str], secrets: list[str]) -> tuple[str, bool]:
    """What the command says of a document on its standard input."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WXPAY_")}
    done = subprocess.run(
        [PROGRAM, *arguments],
        input=given,
        capture_output=True,
        env={**kept, **environment, "WXPAYKIT_LANG": "en"},
        timeout=60,
    )
    assert done.returncode in (0, 1), (arguments, done.stderr.decode())
    assert not any(secret in (done.stdout + done.stderr).decode() for secret in secrets), arguments
    found = json.loads(done.stdout)
    return found["mistake"], found["proved"]


@pytest.mark.parametrize("generation", ["v2", "v3"])
def test_the_command_names_the_true_cause(generation: str) -> None:
    def fits(case: Case) -> bool:
        """The environment has one key of WeChat Pay's."""
        return len(case.get("given", {}).get("keys", [None])) == 1

    cases = [case for case in FILE[generation]["broken"] if fits(case)]
    assert len(FILE[generation]["broken"]) - len(cases) <= 1
    intact = [case for case in FILE[generation]["intact"] if fits(case)]
    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(lambda case: by_command(generation, case), cases + intact))
    found = {case["name"]: one for case, one in zip(cases + intact, ran, strict=True)}
    hold(cases, found, "in_command")
    assert [found[case["name"]][0] for case in intact] == [case["cause"] for case in intact]


def test_the_command_explains_what_pages_apps_and_programs_are_handed() -> None:
    def by_name(case: Case) -> tuple[str, bool]:
        key = case["key"]
        of_pem = {"PRIVATE KEY": "WXPAY_CLIENT_KEY", "CERTIFICATE": "WXPAY_CLIENT_CERT"}
        variable = next((variable for words, variable in of_pem.items() if words in key), "WXPAY_API_KEY")
        document = json.dumps(case["fields"], ensure_ascii=False).encode()
        return ran(["explain", "--json", "-"], document, {variable: key}, [key])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(by_name, FILE["objects"]))
    assert named(FILE["objects"], found) == expected(FILE["objects"])


def test_the_command_explains_the_arguments_of_wx_config() -> None:
    def by_name(case: Case) -> tuple[str, bool]:
        document, ticket = json.dumps(case["config"]).encode(), case["ticket"]
        arguments = ["jssdk", "explain", "--json", "--url", case["url"], "-"]
        return ran(arguments, document, {"WXPAY_JSAPI_TICKET": ticket}, [ticket])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(by_name, FILE["configs"]))
    assert named(FILE["configs"], found) == expected(FILE["configs"])


def named(cases: list[Case], found: list[Any]) -> dict[str, Any]:
    return {case["name"]: one for case, one in zip(cases, found, strict=True)}


def expected(cases: list[Case]) -> dict[str, tuple[str, bool]]:
    return {case["name"]: (case["cause"], case["proved"]) for case in cases}


def journal_of(emulator: Emulator, cases: list[Case]) -> Found:
    """Sends each request as it is. The journal does not say how a cause is proved: what is wrong counts as proved."""
    address = urlsplit(emulator.url).netloc
    found: Found = {}
    for case in cases:
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.putrequest(case["method"], case["url"], skip_host=True, skip_accept_encoding=True)
        data = body(case)
        headers = {**case.get("headers", {}), "Host": address, "Content-Length": str(len(data))}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(data)
        connection.getresponse().read()
        connection.close()
        explanation = emulator.journal()[-1].get("explanation") or {}
        found[case["name"]] = (explanation.get("mistake"), True)
    return found


def test_the_journal_names_the_true_cause_of_requests_of_api_v2() -> None:
    cases = [case for case in FILE["v2"]["broken"] if case["kind"] == "request"]
    intact = [case for case in FILE["v2"]["intact"] if case["kind"] == "request"]
    own = {name: FILE["v2"]["settings"][name] for name in ("api_key", "app_secret")}
    provider = {"appid": "wx1111111111111111", "mch_id": "1500000001", "provider": True}
    # The emulator's demo merchant is there in any case.
    with Emulator(merchants=[{**provider, **own}]) as emulator:
        hold(cases, journal_of(emulator, cases), "in_journal")
        assert set(journal_of(emulator, intact).values()) == {(None, True)}


def test_the_journal_names_the_true_cause_of_requests_of_api_v3() -> None:
    with Emulator() as emulator:
        own = emulator.v3_certificates
        merchant = {
            "appid": emulator.settings["appid"],
            "mch_id": emulator.settings["mch_id"],
            "serial_no": own["serial_no"],
            "certificate": own["client_cert"],
            "private_key": own["client_key"],
            "platform_serial_no": own["platform_serial_no"],
            "api_v3_key": emulator.v3_settings["api_v3_key"],
            "now": int(time.time()),
        }
        made = subprocess.run(
            [*MAKE, "--for", "-"], input=json.dumps(merchant).encode(), capture_output=True, timeout=60
        )
        assert made.returncode == 0, made.stderr.decode()
        cases = json.loads(made.stdout)
        assert [case["name"] for case in cases] == [
            case["name"] for case in FILE["v3"]["broken"] if case["kind"] == "request"
        ]
        hold(cases, journal_of(emulator, cases), "in_journal")


def handed_to_pages(emulator: Emulator) -> dict[str, list[Case]]:
    """The objects and the arguments of wx.config, signed anew for orders and a ticket of the emulator."""
    certificates, settings = emulator.v3_certificates, {**emulator.settings, "sign_type": "MD5"}
    order = {"out_trade_no": "V2-JSAPI", "body": "tea", "total_fee": 1, "spbill_create_ip": "203.0.113.9"}
    order_v3 = {"description": "tea", "amount": {"total": 1}, "notify_url": "https://shop.example/notify"}
    with WxPay(**settings, **emulator.v3_settings) as pay:
        made = [
            pay.unifiedorder(**order, trade_type="JSAPI", openid=OPENID),
            pay.unifiedorder(**{**order, "out_trade_no": "V2-APP"}, trade_type="APP"),
            pay.v3.jsapi(**order_v3, out_trade_no="V3-JSAPI", payer={"openid": OPENID}),
            pay.v3.app(**order_v3, out_trade_no="V3-APP"),
        ]
        ticket = pay.jssdk.jsapi_ticket()
    given = {
        "appid": settings["appid"],
        "mch_id": settings["mch_id"],
        "key": settings["api_key"],
        "private_key": certificates["client_key"],
        "certificate": certificates["client_cert"],
        "prepay_ids": [one.prepay_id for one in made],
        "ticket": ticket,
    }
    done = subprocess.run(
        [*MAKE, "--objects-for", "-"], input=json.dumps(given).encode(), capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    signed: dict[str, list[Case]] = json.loads(done.stdout)
    for kind, cases in signed.items():
        assert [case["name"] for case in cases] == [case["name"] for case in FILE[kind]]
    return signed


def test_the_journal_names_what_pages_and_apps_are_handed() -> None:
    with Emulator() as emulator:
        handed = handed_to_pages(emulator)

        def said() -> str:
            """The cause in the newest entry. One that is accepted has none, or what is noteworthy all the same."""
            explanation = emulator.journal(1)[-1].get("explanation") or {}
            return explanation.get("mistake") or "none"

        found, requests = {}, []
        for case in handed["objects"]:
            fields = case["fields"]
            kind = "params" if "paySign" in fields else "app_params"
            if kind == "params" or "partnerid" in fields or "partnerId" in fields:
                answer = emulator.pay(**{kind: fields}, result="cancel")
                found[case["name"]] = said()
                if case["cause"] == "none":
                    assert answer["err_msg"] == "get_brand_wcpay_request:cancel", case["name"]
            elif path := SERVED.get(next((name for name in SERVED if name in fields), "")):
                document = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
                requests.append({**case, "method": "POST", "url": path, "body": f"<xml>{document}</xml>"})
        assert len(found) > 80 and len(requests) == len(SERVED)
        assert found == {case["name"]: case["cause"] for case in handed["objects"] if case["name"] in found}
        hold(requests, journal_of(emulator, requests), "in_journal")

        for case in handed["configs"]:
            page = {"appid": emulator.settings["appid"], "url": case["url"]}
            answer = emulator.control("POST", "/_emulator/jssdk", {**case["config"], **page})
            # A time in milliseconds is noteworthy, and the signature over it is right.
            is_right = case["cause"] in ("none", "pay_time_in_milliseconds")
            assert (answer["err_msg"] == "preVerifyJSAPI:ok") == is_right, answer
            assert said() == case["cause"], case["name"]


#: A field of a request among the objects, and the path that serves it.
SERVED = {"trade_type": "/pay/unifiedorder", "account_type": "/pay/downloadfundflow"}
