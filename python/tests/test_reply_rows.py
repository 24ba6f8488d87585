"""Any reply that is made by the rows of a call survives XML, is verified, and is read by its kinds. The rows are in
tests/faults; Rust and Node do the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from wxpaykit import SignatureError, WxPay, build_xml, sign

CALLS = json.loads((ROOT / "tests/faults/replies.json").read_text())["calls"]
KEY, MCH_ID = "192006250b4c09247ec02edce69f6a2d", "1900000109"
CERTIFICATES = ROOT / "tests/certificates"
BEIJING = timezone(timedelta(hours=8))

#: What XML 1.0 can carry, without what it writes in another way than it was given.
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff") | st.sampled_from("\n<>&'\"]"),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip())
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda time: time.replace(microsecond=0))
VALUES: dict[str, st.SearchStrategy[str]] = {
    "int": st.integers(0, 2**53).map(str),
    "fen": st.integers(0, 2**53).map(str),
    "bool": st.sampled_from(["true", "false"]),
    "time": TIMES.map(lambda time: time.strftime("%Y%m%d%H%M%S")),
    "json": st.dictionaries(st.text("abc", min_size=1), st.integers()).map(json.dumps),
    "text": TEXT,
}
Fields = dict[str, str]


def value(field: dict[str, Any]) -> st.SearchStrategy[str]:
    return st.sampled_from(field["values"]) if field["kind"] == "enum" else VALUES[field["kind"]]


def known(fields: list[dict[str, Any]], always: set[str]) -> st.SearchStrategy[Fields]:
    there = {field["name"]: value(field) for field in fields if field["name"] in always}
    return st.fixed_dictionaries(
        there, optional={field["name"]: value(field) for field in fields if field["name"] not in always}
    )


def items(rows: dict[str, Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The items of a list: their fields, and the items of the lists inside. Each has a field at least."""
    first = rows["fields"][0]["name"]
    inner = {inside["name"]: items(inside) for inside in rows["lists"]}
    item = st.tuples(known(rows["fields"], {first}), st.fixed_dictionaries(inner))
    return st.lists(item.map(lambda parts: {"fields": parts[0], "lists": parts[1]}), max_size=2)


def numbered(item: dict[str, Any], number: str) -> Fields:
    fields = {f"{name}{number}": text for name, text in item["fields"].items()}
    for inside in item["lists"].values():
        for at, one in enumerate(inside):
            fields |= numbered(one, f"{number}_{at}")
    return fields


class Wechat(ThreadingHTTPServer):
    """Answers every request with ``text``."""

    daemon_threads = True
    text = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Wechat

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = self.server.text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def wechat() -> Iterator[Wechat]:
    with Wechat(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def client(wechat: Wechat, call: dict[str, Any]) -> WxPay:
    corp = {"appid": "ww1234567890abcdef", "corp_pay_secret": "corp-secret-0123456789"}
    more = corp if "workwx" in call["name"] else {"appid": "wxd930ea5d5a258f4f"}
    return WxPay(
        **more,
        mch_id=MCH_ID,
        api_key=KEY,
        client_cert=CERTIFICATES / "apiclient_cert.pem",
        client_key=CERTIFICATES / "apiclient_key.pem",
        notify_url="https://shop.example/n",
        endpoints=f"http://127.0.0.1:{wechat.server_port}",
        store="memory:",
        max_network_retries=0,
    )


def check(rows: list[dict[str, Any]], fields: Fields, reply: Any) -> None:
    """Each attribute is what was made; what was not made is none."""
    for row in rows:
        name, text = row["name"], fields.get(row["name"])
        found = getattr(reply, name)
        if text is None:
            assert found is None, name
            continue
        wanted: Any = text
        if row["kind"] in ("int", "fen"):
            wanted = int(text)
        elif row["kind"] == "bool":
            wanted = text == "true"
        elif row["kind"] == "json":
            wanted = json.loads(text)
            found = json.loads(found) if isinstance(found, str) else found
        elif row["kind"] == "time":
            wanted = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        assert found == wanted, name


def check_items(lists: list[dict[str, Any]], made: dict[str, list[dict[str, Any]]], reply: Any) -> None:
    for rows in lists:
        found = getattr(reply, rows["name"])
        assert len(found) == len(made[rows["name"]])
        for item, one in zip(found, made[rows["name"]], strict=True):
            check(rows["fields"], one["fields"], item)
            check_items(rows["lists"], one["lists"], item)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call["name"])
def test_any_reply_survives_xml_and_is_verified(call: dict[str, Any], wechat: Wechat) -> None:
    pay = client(wechat, call)
    sign_type = "MD5" if "workwx" in call["name"] else "HMAC-SHA256"
    own = {"appid": pay.appid, "wxappid": pay.appid, "mch_id": MCH_ID}
    asked = {**{name: str(text) for name, text in call["given"].items()}, **own}
    always = set(call["needed"]) | {field["name"] for field in call["fields"] if field["required"]}
    # The client knows what it has asked for.
    echoed = {field["name"] for field in call["fields"] if field["echoed"]}
    fixed = {name: asked[name] for name in echoed & asked.keys()}
    fixed |= {"return_code": "SUCCESS", "result_code": "SUCCESS", "nonce_str": "n"}
    # No client here has a sub-merchant.
    rows = [field for field in call["fields"] if field["name"] not in {*fixed, "sub_mch_id"}]
    lists = st.fixed_dictionaries({each["name"]: items(each) for each in call["lists"]})

    @settings(max_examples=25, deadline=None)
    @given(fields=known(rows, always), made=lists)
    def run(fields: Fields, made: dict[str, list[dict[str, Any]]]) -> None:
        document = fixed | fields
        for inside in made.values():
            for at, item in enumerate(inside):
                document |= numbered(item, f"_{at}")
        document["sign"] = sign(document, KEY, sign_type)
        wechat.text = build_xml(document)
        reply = getattr(pay, call["name"])(**call["given"])
        assert reply.raw == document
        check(rows, document, reply)
        check_items(call["lists"], made, reply)
        # One field that is another one, and the signature is wrong.
        wechat.text = build_xml({**document, "nonce_str": "m"})
        with pytest.raises(SignatureError):
            getattr(pay, call["name"])(**call["given"])

    run()
