"""Makes broken requests and notifications with one planted mistake each, with Python's standard library alone.

It must never import wxpaykit: it is the second implementation that the explanations are compared with. It writes
mistakes.json, which the tests of Rust, Python, Node and the emulator read. Each case has the message as it arrives, the
true cause, and whether a signature made with the cause equals the one that was sent. Causes that nothing in the message
can prove have `provable: false`; there the rule is that no other cause is named as proved.

    python tests/mistakes.py            writes mistakes.json
    python tests/mistakes.py --check    fails when it differs
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import random
import re
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")
KEY = "8f14e45fceea167a5a36dedd4bea2543"
API_V3_KEY = "c9f0f895fb98ab9159f51fd0297e236d"
APP_SECRET = "45c48cce2e2d7fbdea1afc51c7c6ad26"
APPID, MCH_ID = "wx8888888888888888", "1900000109"

Fields = dict[str, str]
Change = Callable[[str], str]

GOODS = ["龙井茶 250g", "咖啡豆 & 滤纸", "T-shirt <M>", "北京烤鸭（整只）", "Coffee beans 1kg", "牛奶 1L*12"]
NOTES = ['{"shop": 7, "memo": "a b+c&d"}', "门店=12&桌号=3", "深圳 分店/2楼", 'say "hi" & <bye>', "50% off + gift"]


def request(chance: random.Random) -> Fields:
    """An order as a shop sends it."""
    return {
        "appid": APPID,
        "mch_id": MCH_ID,
        "nonce_str": token(chance),
        "body": chance.choice(GOODS),
        "attach": chance.choice(NOTES),
        "out_trade_no": f"T{chance.randrange(10**12):012}",
        "total_fee": str(chance.randrange(101, 99999)),
        "spbill_create_ip": "203.0.113.9",
        "notify_url": "https://shop.example/wxpay/notify",
        "trade_type": "NATIVE",
        "product_id": str(chance.randrange(1000, 9999)),
    }


def notification(chance: random.Random) -> Fields:
    """The notification of a payment, as WeChat sends it."""
    fee = str(chance.randrange(101, 99999))
    return {
        "appid": APPID,
        "attach": chance.choice(NOTES),
        "bank_type": "OTHERS",
        "cash_fee": fee,
        "fee_type": "CNY",
        "is_subscribe": "N",
        "mch_id": MCH_ID,
        "nonce_str": token(chance),
        "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "out_trade_no": f"T{chance.randrange(10**12):012}",
        "result_code": "SUCCESS",
        "return_code": "SUCCESS",
        "time_end": "20260301120000",
        "total_fee": fee,
        "trade_type": "NATIVE",
        "transaction_id": f"42000{chance.randrange(10**23):023}",
    }


def token(chance: random.Random) -> str:
    return "".join(chance.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(32))


def text_of(fields: Fields) -> str:
    kept = sorted((name.encode(), value) for name, value in fields.items() if name != "sign" and value)
    return "&".join(f"{name.decode()}={value}" for name, value in kept)


def digest(text: str | bytes, algorithm: str, key: str = KEY) -> str:
    data = text.encode() if isinstance(text, str) else text
    if algorithm == "MD5":
        return hashlib.md5(data).hexdigest().upper()
    return hmac.new(key.encode(), data, hashlib.sha256).hexdigest().upper()


class Cases:
    def __init__(self) -> None:
        self.chance = random.Random(20260301)
        self.cases: list[dict[str, Any]] = []

    def add(
        self,
        name: str,
        cause: str,
        sent: Fields,
        text: str | bytes,
        *,
        key: str = KEY,
        field: str | None = None,
        provable: bool = True,
        written: Change = str,
    ) -> None:
        """`text` is what was signed, with the key."""
        algorithm = "MD5" if sent.get("sign_type", "MD5") == "MD5" else "HMAC-SHA256"
        message = sent | {"sign": written(digest(text, algorithm, key))}
        case = {"name": name, "cause": cause, "provable": provable, "field": field, "message": message}
        self.cases.append(case)

    def request(self) -> Fields:
        fields = request(self.chance)
        # One in three uses the other algorithm.
        return fields | {"sign_type": "HMAC-SHA256"} if self.chance.randrange(3) == 0 else fields

    def changed(self, name: str, cause: str, field: str, value: str, signed: str, of_wechat: bool = False) -> None:
        """One value differs between what was signed and what arrives."""
        fields = notification(self.chance) if of_wechat else self.request()
        text = text_of(fields | {field: signed}) + "&key=" + KEY
        self.add(name, cause, fields | {field: value}, text, field=field)


def made() -> list[dict[str, Any]]:
    cases = Cases()
    about_the_key(cases)
    about_names_and_fields(cases)
    about_values(cases)
    about_notifications(cases)
    without_proof(cases)
    return cases.cases


def about_the_key(cases: Cases) -> None:
    keys: list[tuple[str, str, str]] = [
        ("a line feed after the key", "key_with_white_space", KEY + "\n"),
        ("a space before the key", "key_with_white_space", " " + KEY),
        ("a byte order mark before the key", "key_with_white_space", "\ufeff" + KEY),
        ("quotation marks around the key", "key_quoted", f'"{KEY}"'),
        ("the key in capitals", "key_other_case", KEY.upper()),
        ("the key without its last character", "key_cut", KEY[:-1]),
        ("the APIv3 key", "api_v3_key_as_key", API_V3_KEY),
        ("the AppSecret", "app_secret_as_key", APP_SECRET),
    ]
    for name, cause, key in keys:
        fields = cases.request()
        cases.add(name, cause, fields, text_of(fields) + "&key=" + key, key=key)
    ends: list[tuple[str, str, str]] = [
        ("no key at all", "key_left_out", "{text}"),
        ("the key without &key=", "key_without_name", "{text}{key}"),
        ("the key without the ampersand", "key_without_name", "{text}key={key}"),
        ("KEY in capitals", "key_without_name", "{text}&KEY={key}"),
    ]
    for name, cause, end in ends:
        fields = cases.request()
        cases.add(name, cause, fields, end.format(text=text_of(fields), key=KEY))
    fields = cases.request()
    cases.add("the key sorted among the fields", "key_among_fields", fields, text_of(fields | {"key": KEY}))


def about_names_and_fields(cases: Cases) -> None:
    fields = request(cases.chance) | {"sign_type": "HMAC-SHA256"}
    right = text_of(fields) + "&key=" + KEY
    md5 = hashlib.md5(right.encode()).hexdigest().upper()
    cases.add("MD5 where HMAC is declared", "other_algorithm", fields, right, written=lambda _: md5)
    sha = hashlib.sha256(right.encode()).hexdigest().upper()
    cases.add("SHA-256 without the key", "plain_sha256", fields, right, written=lambda _: sha)
    unsigned = {name: value for name, value in fields.items() if name != "sign_type"}
    cases.add("sign_type not signed", "sign_type_left_out", fields, text_of(unsigned) + "&key=" + KEY)
    fields = request(cases.chance)
    named = text_of(fields | {"sign_type": "MD5"}) + "&key=" + KEY
    cases.add("sign_type not sent", "sign_type_not_sent", fields, named)
    order = sorted(fields, key=str.encode)
    cases.add("in the order sent", "names_not_sorted", fields, joined(fields, fields) + "&key=" + KEY)
    cases.add("sorted downwards", "names_not_sorted", fields, joined(fields, reversed(order)) + "&key=" + KEY)
    both = fields | {"Zone": "east"}
    cases.add(
        "sorted without case",
        "names_sorted_without_case",
        both,
        joined(both, sorted(both, key=str.lower)) + "&key=" + KEY,
    )
    camel = {re.sub("_(.)", lambda found: found[1].upper(), name): value for name, value in fields.items()}
    cases.add("names in camel case", "names_other_case", fields, text_of(camel) + "&key=" + KEY)
    renamed = {"mchId" if name == "mch_id" else name: value for name, value in fields.items()}
    cases.add("one name in camel case", "names_other_case", fields, text_of(renamed) + "&key=" + KEY, field="mch_id")
    for name in ("attach", "product_id"):
        rest = {other: value for other, value in fields.items() if other != name}
        cases.add(f"{name} added after signing", "field_not_signed", fields, text_of(rest) + "&key=" + KEY, field=name)
    text = text_of(fields | {"device_info": "WEB"}) + "&key=" + KEY
    cases.add("device_info signed, not sent", "field_not_sent", fields, text, field="device_info")
    empty = fields | {"detail": ""}
    cases.add("an empty value signed", "empty_values_signed", empty, joined(empty, sorted(empty)) + "&key=" + KEY)
    text = text_of(fields | {"detail": "null"}) + "&key=" + KEY
    cases.add("null for an absent value", "empty_values_signed", fields, text, field="detail")
    cases.add("sign signed while empty", "sign_signed", fields, joined(fields | {"sign": ""}, [*order, "sign"], True))
    text = "".join(fields[name] for name in order) + "&key=" + KEY
    cases.add("values without names", "text_joined_otherwise", fields, text)
    in_base64 = base64.b64encode(hashlib.md5((text_of(fields) + "&key=" + KEY).encode()).digest()).decode()
    right = text_of(fields) + "&key=" + KEY
    cases.add("the digest in Base64", "sign_encoded", fields, right, written=lambda _: in_base64)


def joined(fields: Fields, names: Any, ended: bool = False) -> str:
    ordered = sorted(names, key=str.encode) if ended else list(names)
    text = "&".join(f"{name}={fields[name]}" for name in ordered)
    return text + "&key=" + KEY if ended else text


def about_values(cases: Cases) -> None:
    tricky = 'Tea "A&B" <50%> + 茶/1'
    one: list[tuple[str, str, str, str, str]] = [
        ("html.escape before signing", "values_escaped", "attach", tricky, html.escape(tricky)),
        ("html.escape after signing", "values_sent_escaped", "attach", html.escape(tricky), tricky),
        ("&amp; only, after signing", "values_sent_escaped", "body", "A&amp;B tea", "A&B tea"),
        ("CDATA signed", "values_escaped", "body", "茶叶", "<![CDATA[茶叶]]>"),
        ("character references signed", "values_escaped", "body", "茶叶", "&#33590;&#21494;"),
        ("quote_plus before signing", "values_url_encoded", "body", "龙井 250g", urllib.parse.quote_plus("龙井 250g")),
        ("quote before signing", "values_url_encoded", "attach", "a b/茶", urllib.parse.quote("a b/茶")),
        ("quote after signing", "values_sent_url_encoded", "attach", urllib.parse.quote("茶 1", safe=""), "茶 1"),
        ("addslashes before signing", "values_backslashed", "attach", '{"a": 1}', '{\\"a\\": 1}'),
        ("addslashes after signing", "values_sent_backslashed", "attach", '{\\"a\\": 1}', '{"a": 1}'),
        ("json.dumps before signing", "values_backslashed", "body", "茶叶", json.dumps("茶叶")[1:-1]),
        ("json.dumps after signing", "values_sent_backslashed", "body", json.dumps("茶叶")[1:-1], "茶叶"),
        ("trimmed before signing", "values_trimmed", "body", " 茶叶 ", "茶叶"),
        ("trimmed after signing", "values_sent_trimmed", "body", "茶叶", "茶叶 "),
        ("CR LF before signing", "line_ends", "attach", "一楼\n二楼", "一楼\r\n二楼"),
        ("CR LF after signing", "line_ends", "attach", "一楼\r\n二楼", "一楼\n二楼"),
        ("tags stripped before signing", "tags_stripped", "body", "<b>茶</b> 1", "茶 1"),
        ("ISO-8859-1 read as UTF-8", "values_other_charset", "body", "café 茶".encode().decode("latin-1"), "café 茶"),
        ("question marks signed", "values_other_charset", "body", "茶 x", "茶 x".encode("ascii", "replace").decode()),
        ("yuan signed", "numbers_other_form", "total_fee", "1250", "12.50"),
        ("a float signed", "numbers_other_form", "total_fee", "1250", "1250.0"),
    ]
    for name, cause, field, sent, signed in one:
        cases.changed(name, cause, field, sent, signed)
    fields = request(cases.chance) | {"body": "茶 & 咖啡", "attach": "a <b>"}
    escaped = {name: html.escape(value) for name, value in fields.items()}
    cases.add("all values escaped", "values_escaped", fields, text_of(escaped) + "&key=" + KEY)
    encoded = {name: urllib.parse.quote_plus(value) for name, value in fields.items()}
    cases.add("all values encoded", "values_url_encoded", fields, text_of(encoded) + "&key=" + KEY)
    text = (text_of(fields) + "&key=" + KEY).encode("gbk")
    cases.add("the text in GBK", "values_other_charset", fields, text)


def about_notifications(cases: Cases) -> None:
    note = '{"shop": 7, "memo": "a b+c&d"}'
    one: list[tuple[str, str, str, str]] = [
        ("quotation marks as \\x22", "values_sent_backslashed", note.replace('"', "\\x22"), note),
        ("backslashes before quotation marks", "values_sent_backslashed", note.replace('"', '\\"'), note),
        ("quotation marks as &quot;", "values_sent_escaped", note.replace('"', "&quot;"), note),
        ("& as &amp;", "values_sent_escaped", note.replace("&", "&amp;"), note),
        ("+ read as a space", "values_url_encoded", "b c", "b+c"),
        ("%2B read as +", "values_url_encoded", "b+c", "b%2Bc"),
        ("spaces as +", "values_sent_url_encoded", "a+b", "a b"),
        ("+ read as a space beside spaces", "values_url_encoded", '{"key": "a b c&d"}', '{"key": "a b+c&d"}'),
        ("one space of several as +", "values_sent_url_encoded", '{"key": "a+b+c&d"}', '{"key": "a b+c&d"}'),
        ("white space removed", "values_sent_trimmed", "tea", " tea "),
        ("a line feed made a space", "values_sent_trimmed", "一楼 二楼", "一楼\n二楼"),
        ("CR LF made a line feed", "line_ends", "一楼\n二楼", "一楼\r\n二楼"),
        ("read as ISO-8859-1", "values_other_charset", "深圳分店".encode().decode("latin-1"), "深圳分店"),
    ]
    for name, cause, arrives, signed in one:
        cases.changed(f"a notification: {name}", cause, "attach", arrives, signed, of_wechat=True)
    fields = notification(cases.chance)
    text = text_of(fields) + "&key=" + KEY
    added = fields | {"csrf_token": "x"}
    cases.add("a notification: a field added", "field_not_signed", added, text, field="csrf_token")
    refund = {"return_code": "SUCCESS", "appid": APPID, "mch_id": MCH_ID, "nonce_str": "n", "req_info": "AAAA"}
    cases.cases.append(
        {
            "name": "a refund notification at the address of payments",
            "cause": "refund_notification",
            "provable": False,
            "field": None,
            "message": refund,
        }
    )


def without_proof(cases: Cases) -> None:
    fields = cases.request()
    other = "00112233445566778899aabbccddeeff"
    cases.add("another key", "unknown", fields, text_of(fields) + "&key=" + other, key=other, provable=False)
    fields = request(cases.chance)
    text = text_of(fields | {"nonce_str": token(cases.chance)}) + "&key=" + KEY
    cases.add("another nonce_str", "unknown", fields, text, provable=False)
    text = text_of(fields | {"out_trade_no": "T999"}) + "&key=" + KEY
    cases.add("another order", "unknown", fields, text, provable=False)
    text = text_of(fields | {"body": "茶"}) + "&key=" + other
    cases.add("two mistakes at once", "unknown", fields, text, key=other, provable=False)
    lost = fields | {"body": "???? 250g"}
    cases.add("characters lost on the way", "characters_lost", lost, text_of(fields) + "&key=" + KEY, provable=False)
    lost = fields | {"body": "\ufffd\ufffd 250g"}
    cases.add("U+FFFD for characters", "characters_lost", lost, text_of(fields) + "&key=" + KEY, provable=False)
    none = {name: value for name, value in fields.items() if name != "sign"}
    case = {"name": "no sign", "cause": "sign_missing", "provable": False, "field": None, "message": none}
    cases.cases.append(case)


def main() -> int:
    settings = {"appid": APPID, "mch_id": MCH_ID, "api_key": KEY, "api_v3_key": API_V3_KEY, "app_secret": APP_SECRET}
    text = json.dumps({"settings": settings, "cases": made()}, ensure_ascii=False, indent=2) + "\n"
    if "--check" in sys.argv[1:]:
        same = FILE.read_text(encoding="utf-8") == text
        print(f"{'ok' if same else 'differs'}: {FILE.name}, {len(made())} cases")
        return 0 if same else 1
    FILE.write_text(text, encoding="utf-8")
    print(f"{FILE.name}: {len(made())} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
