#!/usr/bin/env python3
"""Confirms the vectors beside it with a second implementation: Python's standard library and nothing else.

It must never import wxpaykit. Exit status 1 when a vector disagrees, is malformed, or has a kind without a rule here.
"""

import base64
import datetime
import decimal
import gzip
import hashlib
import hmac
import html
import itertools
import json
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree
import zlib
from xml.parsers import expat

import confirm_v3
from confirm_parts import Refused, decrypt_block, round_keys

HERE = pathlib.Path(__file__).resolve().parent
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
MAX_BYTES, MAX_FIELDS = 1 << 20, 1024
# Stands for a carriage return while expat reads, which would turn it into a line feed.
CR = "\ue00d"


def main():
    confirmed, differ = 0, []
    for path in sorted(HERE.glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        kind, names = table["kind"], set()
        for case in table["cases"]:
            label = f"{kind}: {case.get('name')}"
            problem = shape_problem(path, kind, case, names)
            if problem is None:
                got, want = outcome(RULES[kind], case["given"]), wanted(case)
                whole = kind.endswith("_params") and "expect" in case
                if same(got, want) and (not whole or got[1].keys() == want[1].keys()):
                    confirmed += 1
                    continue
                problem = f"have {got!r}, vector says {want!r}"
            differ.append(f"{label}: {problem}")
    for line in differ:
        print(line, file=sys.stderr)
    print(f"{confirmed} confirmed, {len(differ)} differ")
    return 1 if differ or not confirmed else 0


def shape_problem(path, kind, case, names):
    if kind != path.stem or kind not in RULES:
        return f"kind {kind!r} in {path.name} has no rule"
    if set(case) - {"expect", "error"} != {"name", "source", "given"} or ("expect" in case) == ("error" in case):
        return "needs name, source, given, and one of expect and error"
    if not case["name"] or not case["source"] or case["name"] in names:
        return "name and source are not empty, and a name stands once in a file"
    names.add(case["name"])
    return None


def outcome(rule, given):
    try:
        return "expect", rule(given)
    except Refused as refused:
        return "error", refused.error
    except Exception as bug:  # reported with the case's name, and never equal to what a vector says
        return "confirm.py failed", repr(bug)


def wanted(case):
    return ("expect", case["expect"]) if "expect" in case else ("error", case["error"])


def same(got, want):
    """Equal in type too (1 is not True). A vector's object names what is compared, not all there is."""
    if type(got) is not type(want):
        return False
    if isinstance(want, dict):
        return all(key in got and same(got[key], value) for key, value in want.items())
    if isinstance(want, (list, tuple)):
        return len(got) == len(want) and all(map(same, got, want))
    return got == want


# Signatures: protocol §1.1


def string_to_sign(params):
    kept = [(name.encode(), value.encode()) for name, value in params.items() if name != "sign" and value]
    return b"&".join(name + b"=" + value for name, value in sorted(kept, key=lambda pair: pair[0]))


def sign(params, key, sign_type):
    message = string_to_sign(params) + b"&key=" + key.encode()
    if sign_type == "MD5":
        return hashlib.md5(message).hexdigest().upper()
    if sign_type == "HMAC-SHA256":
        return hmac.new(key.encode(), message, hashlib.sha256).hexdigest().upper()
    raise ValueError(sign_type)


def verify(fields, key, allowed):
    received = fields.get("sign", "")
    if not received:
        raise Refused("sign_missing")
    found = {32: "MD5", 64: "HMAC-SHA256"}.get(len(received))
    if found is None:
        raise Refused("sign_mismatch")
    if not hmac.compare_digest(sign(fields, key, found).encode(), received.upper().encode()):
        raise Refused("sign_mismatch")
    if found not in allowed:
        raise Refused("sign_type_not_allowed")
    return found


# Explanations: protocol §1.7. Each guess is a text that a program may have signed by mistake. The one whose digest was
# sent wins.


def explain(given):
    params, key = given["params"], given["key"]
    if "paySign" in params or {"partnerid", "prepayid", "noncestr"} <= params.keys():
        return explain_page(params, key)
    sent, declared = params.get("sign", ""), params.get("sign_type") or "MD5"
    named = {"api_v3_key": "api_v3_key_as_key", "app_secret": "app_secret_as_key"}
    others = [(mistake, given[name]) for name, mistake in named.items() if given.get(name)]
    secrets = sorted([key, *(other for _, other in others)], key=len, reverse=True)

    def hide(text):
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    hidden = {hide(name): hide(value) for name, value in params.items()}
    right = hide((string_to_sign(params) + b"&key=").decode()) + "***"
    digits, wrong = hexadecimal(sent)
    if digits:
        right_sign = sign(params, key, "MD5" if len(digits) == 32 else "HMAC-SHA256")
        real = guesses(params, key, declared, digits, right_sign, others)
        masked = guesses(hidden, "***", declared, digits, "***", [(mistake, "***") for mistake, _ in others])
        for (mistake, field, text, used, algorithm), (_, _, shown, _, _) in zip(real, masked, strict=True):
            if digest(algorithm, used, text) == digits.upper():
                mistake = wrong if wrong and mistake in ("none", "other_algorithm") else mistake
                # Right, and not as the documents write it.
                if mistake == "none" and "mch_id" in params and "return_code" not in params and sent != sent.upper():
                    return explained("sign_lower_case", declared, right, None) | {"proved": False}
                return explained(mistake, declared, right, shown.decode("utf-8", "backslashreplace"), field)
    values = "".join(params.values())
    if not sent:
        mistake = "refund_notification" if params.get("req_info") else "sign_missing"
    elif not digits:
        mistake = "sign_malformed"
    elif any(ord(c) > 0xFFFF for c in values):
        mistake = "four_byte_character"
    else:
        mistake = "characters_lost" if "??" in values or "\ufffd" in values else "unknown"
    return explained(mistake, declared, right, None) | {"proved": False}


def hexadecimal(sent):
    """The digits of a signature, and what is wrong with their form."""
    if len(sent) in (32, 64):
        return sent, None
    if len(sent.strip()) in (32, 64):
        return sent.strip(), "sign_with_white_space"
    try:
        digits = base64.b64decode(sent, validate=True).hex()
    except ValueError:
        return None, None
    return (digits, "sign_encoded") if len(digits) in (32, 64) else (None, None)


def explained(mistake, sign_type, right, likely, field=None):
    # backslashreplace writes \xb2, the explanation \xB2; an escape that was sent stays as it was.
    bytes_only = likely if likely is None or "\\x22" in likely else re.sub(r"\\x[89a-f][0-9a-f]", upper_byte, likely)
    return {
        "mistake": mistake,
        "proved": True,
        "field": field,
        "sign_type": sign_type,
        "string_to_sign": right,
        "likely_string": bytes_only,
    }


def upper_byte(match):
    return "\\x" + match[0][2:].upper()


def digest(algorithm, key, text):
    if algorithm == "HMAC-SHA256":
        return hmac.new(key.encode(), text, hashlib.sha256).hexdigest().upper()
    return hashlib.new({"MD5": "md5", "SHA-256": "sha256"}[algorithm], text).hexdigest().upper()


def guesses(params, key, declared, sent, right_sign, others):
    """(mistake, field, text, key, algorithm), the same number of them whatever the key."""
    used = "MD5" if len(sent) == 32 else "HMAC-SHA256"
    fields = {name: value for name, value in params.items() if name != "sign"}
    filled = {name: value for name, value in fields.items() if value}

    def ordered(pairs, equals="=", between="&"):
        return between.join(f"{name}{equals}{value}" for name, value in pairs).encode()

    def by_name(table):
        return ordered(sorted(table.items(), key=lambda pair: pair[0].encode()))

    def ended(text, key=key):
        return text + b"&key=" + key.encode()

    def changed(changes):
        """With some values changed; a value of which nothing is left is not signed."""
        return ended(by_name({name: value for name, value in (filled | changes).items() if value}))

    plain = by_name(filled)
    by_alphabet = sorted(filled.items(), key=lambda pair: pair[0].encode())

    yield "none" if used == declared else "other_algorithm", None, ended(plain), key, used
    yield "plain_sha256", None, ended(plain), key, "SHA-256"
    without = {k: v for k, v in filled.items() if k != "sign_type"}
    yield "sign_type_left_out", None, ended(by_name(without)), key, used
    for value in ("MD5", "HMAC-SHA256"):
        if "sign_type" not in filled:
            yield "sign_type_not_sent", None, ended(by_name(filled | {"sign_type": value})), key, used
    for nothing in ("", "null", "None", "undefined"):
        yield "empty_values_signed", None, ended(by_name({k: v or nothing for k, v in fields.items()})), key, used
        for name in ("attach", "openid", "product_id", "detail"):
            if name not in fields:
                yield "empty_values_signed", name, ended(by_name(filled | {name: nothing})), key, used
    yield "sign_signed", None, ended(by_name(filled | {"sign": ""})), key, used
    yield "sign_signed", None, ended(by_name(filled | {"sign": right_sign})), key, used
    for before, after in [("", " "), (" ", ""), (" ", " "), ("", "\n"), ("", "\r\n"), ("", "\t"), ("\ufeff", "")]:
        yield "key_with_white_space", None, ended(plain, before + key + after), before + key + after, used
    for quote in "\"'":
        yield "key_quoted", None, ended(plain, quote + key + quote), quote + key + quote, used
    for other in (key.upper(), key.lower()):
        yield "key_other_case", None, ended(plain, other), other, used
    for cut in (key[:-1], key[1:]):
        yield "key_cut", None, ended(plain, cut), cut, used
    for mistake, change in CHANGED_VALUES:
        signed = {name: change(value) for name, value in filled.items()}
        differ = [name for name in filled if signed[name] != filled[name]]
        yield mistake, differ[0] if len(differ) == 1 else None, changed(signed), key, used
    for charset in ("gbk", "latin-1"):
        whole = ended(plain).decode().encode(charset, "replace")
        yield "values_other_charset", None, whole, key, used
    without_case = sorted(filled.items(), key=lambda pair: pair[0].lower())
    yield "names_sorted_without_case", None, ended(ordered(without_case)), key, used
    yield "names_not_sorted", None, ended(ordered(filled.items())), key, used
    yield "names_not_sorted", None, ended(ordered(reversed(by_alphabet))), key, used
    spellings = (str.lower, str.upper, camel, lambda name: camel(name).replace("appid", "appId"))
    for spelt in spellings:
        yield "names_other_case", None, ended(by_name({spelt(k): v for k, v in filled.items()})), key, used
    yield "key_left_out", None, plain, key, used
    for between in ("", "&", "key=", "&KEY=", "&&key="):
        yield "key_without_name", None, plain + between.encode() + key.encode(), key, used
    yield "key_among_fields", None, by_name(filled | {"key": key}), key, used
    for name in filled:
        rest = {k: v for k, v in filled.items() if k != name}
        yield "field_not_signed", name, ended(by_name(rest)), key, used
        for mistake, change in CHANGED_VALUES + PADDED_VALUES:
            yield mistake, name, changed({name: change(filled[name])}), key, used
        for spelt in spellings:
            renamed = {spelt(k) if k == name else k: v for k, v in filled.items()}
            yield "names_other_case", name, ended(by_name(renamed)), key, used
    for name, value in (("device_info", "WEB"), ("fee_type", "CNY")):
        if name not in fields:
            yield "field_not_sent", name, ended(by_name(filled | {name: value})), key, used
    for mistake, arrived, signed in (("values_url_encoded", " ", "+"), ("values_sent_url_encoded", "+", " ")):
        for name, value in by_alphabet:
            # Any of the characters but not all of them, which is among the changes above.
            places = [at for at, c in enumerate(value) if c == arrived]
            for count in range(1, len(places)) if len(places) <= 8 else ():
                for chosen in itertools.combinations(places, count):
                    text = "".join(signed if at in chosen else c for at, c in enumerate(value))
                    yield mistake, name, changed({name: text}), key, used
    yield "text_joined_otherwise", None, ended(b"&" + plain), key, used
    yield "text_joined_otherwise", None, ended("".join(value for _, value in by_alphabet).encode()), key, used
    yield "text_joined_otherwise", None, ended(ordered(by_alphabet, "", "")), key, used
    for mistake, other in others:
        yield mistake, None, ended(plain, other), other, used


def camel(name):
    first, *words = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in words)


def or_same(change):
    """The change, where it can be made; else the value as it is."""

    def changed(value):
        try:
            return change(value)
        except (UnicodeError, ValueError, ArithmeticError):
            return value

    return changed


def without_ascii(text, written):
    return "".join(c if c.isascii() else written(c) for c in text)


def json_escapes(text):
    return without_ascii(text, lambda c: json.dumps(c)[1:-1])


def log_undone(value):
    """The \\xHH of a web server's log."""
    raw = re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), value.encode())
    return raw.decode()


def yuan(value):
    return f"{int(value) / 100:.2f}" if value.isdecimal() else value


def fen(value):
    amount = decimal.Decimal(value) * 100 if re.fullmatch(r"[0-9]+\.[0-9]{1,2}", value) else None
    return value if amount is None else str(int(amount))


CHANGED_VALUES = [
    (mistake, or_same(change))
    for mistake, change in [
        ("values_escaped", html.escape),
        ("values_escaped", lambda value: html.escape(value, quote=False)),
        ("values_escaped", lambda value: value.replace('"', "&quot;")),
        ("values_escaped", lambda value: without_ascii(value, lambda c: f"&#{ord(c)};")),
        ("values_escaped", "<![CDATA[{}]]>".format),
        ("values_sent_escaped", html.unescape),
        ("values_sent_escaped", lambda value: html.unescape(html.unescape(value))),
        ("values_sent_escaped", lambda value: value.replace("&quot;", '"')),
        ("values_sent_escaped", lambda value: value.replace("&amp;", "&")),
        ("values_sent_escaped", lambda value: value.removeprefix("<![CDATA[").removesuffix("]]>")),
        ("values_backslashed", lambda value: re.sub("([\"'\\\\])", r"\\\1", value)),
        ("values_backslashed", lambda value: value.replace("/", "\\/")),
        ("values_backslashed", json_escapes),
        ("values_sent_backslashed", log_undone),
        ("values_sent_backslashed", lambda value: re.sub(r"\\(.)", r"\1", value)),
        ("values_sent_backslashed", lambda value: json.loads(f'"{value}"')),
        ("values_url_encoded", lambda value: urllib.parse.quote(value, safe="-_.!~*'()")),
        ("values_url_encoded", urllib.parse.quote),
        ("values_url_encoded", lambda value: urllib.parse.quote(value, safe="")),
        ("values_url_encoded", urllib.parse.quote_plus),
        ("values_url_encoded", lambda v: re.sub("%..", lambda byte: byte[0].lower(), urllib.parse.quote_plus(v))),
        ("values_url_encoded", lambda value: value.replace(" ", "+")),
        ("values_sent_url_encoded", lambda value: urllib.parse.unquote(value, errors="strict")),
        ("values_sent_url_encoded", lambda value: urllib.parse.unquote_plus(value, errors="strict")),
        ("line_ends", lambda value: value.replace("\r\n", "\n")),
        ("line_ends", lambda value: value.replace("\r\n", "\n").replace("\n", "\r\n")),
        ("line_ends", lambda value: value.replace("\n", "\\n")),
        ("values_trimmed", str.strip),
        ("values_trimmed", lambda value: " ".join(value.split())),
        ("values_trimmed", lambda value: value.replace("\r", "").replace("\n", "")),
        ("values_other_charset", lambda value: value.encode("ascii", "replace").decode()),
        ("values_other_charset", lambda value: value.encode("latin-1").decode()),
        ("values_other_charset", lambda value: value.encode("cp1252").decode()),
        ("values_other_charset", lambda value: value.encode("gbk").decode()),
        ("values_other_charset", lambda value: value.encode().decode("latin-1")),
        ("tags_stripped", lambda value: re.sub("<[^>]*>", "", value)),
        ("values_other_case", str.upper),
        ("values_other_case", str.lower),
        ("numbers_other_form", lambda value: f"{value}.0" if value.isdecimal() else value),
        ("numbers_other_form", lambda value: value.lstrip("0") if value.isdecimal() else value),
    ]
]
PADDED_VALUES = [
    ("values_sent_trimmed", "{} ".format),
    ("values_sent_trimmed", " {}".format),
    ("values_sent_trimmed", " {} ".format),
    ("values_sent_trimmed", "{}\n".format),
    ("values_sent_trimmed", lambda value: value.replace(" ", "  ")),
    ("values_sent_trimmed", lambda value: value.replace(" ", "\n")),
    ("numbers_other_form", yuan),
    ("numbers_other_form", lambda value: yuan(value).rstrip("0").rstrip(".") if value.isdecimal() else value),
    ("numbers_other_form", fen),
]


def explain_page(params, key):
    """Parameters of a page (protocol §4.1 to §4.3) or an app (§4.4)."""
    is_page = "paySign" in params
    sent = params.get("paySign") or params.get("sign", "")
    names = ("appId", "nonceStr", "package", "signType", "timeStamp")
    if not is_page:
        names = ("appid", "noncestr", "package", "partnerid", "prepayid", "timestamp")
    right = {name: params.get(name, "") for name in names}
    declared = right.get("signType") or {32: "MD5", 64: "HMAC-SHA256"}[len(sent)]

    def renamed(old, new):
        return {new if name == old else name: value for name, value in right.items()}

    def without(left_out):
        return {name: value for name, value in right.items() if name != left_out}

    package = right["package"]
    slips = [("none", right), ("package_left_out", without("package"))]
    if is_page:
        slips += [
            ("time_stamp_lower_case", renamed("timeStamp", "timestamp")),
            ("appid_lower_case", renamed("appId", "appid")),
            ("app_id_left_out", without("appId")),
            ("sign_type_left_out", without("signType")),
            # Signed as it should be, and handed over in another way: what was handed over is wrong.
            *(("package_changed", right | {"package": before}) for before in packages_before(package)),
            ("package_without_name", right | {"package": package.removeprefix("prepay_id=")}),
            ("package_named_twice", right | {"package": "prepay_id=" + package}),
        ]
    else:
        prepay_id = right["prepayid"].removeprefix("prepay_id=")
        slips += [
            ("package_of_a_page", right | {"package": "prepay_id=" + right["prepayid"]}),
            ("package_changed", right | {"package": "Sign=WXPay"}),
            ("prepayid_changed", right | {"prepayid": prepay_id}),
        ]
    shown = string_to_sign(right).decode() + "&key=***"
    for mistake, signed in slips:
        if sign(signed, key, declared) == sent:
            return explained(mistake, declared, shown, string_to_sign(signed).decode() + "&key=***")
    return explained("unknown" if right[names[0]] else "app_id_needed", declared, shown, None) | {"proved": False}


def packages_before(package):
    """What a page's package was, as far as the one that was handed over tells."""
    prepay_id = package.removeprefix("prepay_id=").removeprefix("prepay_id=")
    whole = f"prepay_id={prepay_id}"
    if package != whole:
        yield whole
    yield "prepay_id=undefined"
    if len(prepay_id) == 35:
        yield from (whole + digit for digit in "0123456789abcdef")


# wx.config: protocol §7.4. The signed URL is looked for among what servers and templates make of the page's.


def explain_jssdk(given):
    config, href = given["config"], given["url"].split("#")[0]
    ticket, told = given.get("ticket"), given.get("signed_url")

    def text(ticket, url, names=("jsapi_ticket", "noncestr", "timestamp", "url")):
        values = (ticket, config["nonceStr"], config["timestamp"], url)
        return "&".join(f"{name}={value}" for name, value in zip(names, values, strict=True))

    def made(url, names=None):
        signed = text(ticket, url, names) if names else text(ticket, url)
        return hashlib.sha1(signed.encode()).hexdigest()

    def answer(mistake, likely, proved=True):
        return explained(mistake, "SHA1", text("***", href), likely) | {"proved": proved}

    candidates = list(other_urls(given["url"], href))
    if ticket is None:
        mistake = next((mistake for mistake, url in candidates if url == told), None) or by_parts(told, href)
        return answer(mistake, text("***", told), proved=False)
    if made(href) == config["signature"].lower():
        return answer("none" if made(href) == config["signature"] else "upper_case", text("***", href))
    for mistake, url in candidates + ([(by_parts(told, href), told)] if told else []):
        if made(url) == config["signature"]:
            return answer(mistake, text("***", url))
    camel_case = ("jsapi_ticket", "nonceStr", "timestamp", "url")
    if made(href, camel_case) == config["signature"]:
        return answer("config_names", text("***", href, camel_case))
    return answer("other_page_or_ticket", None, proved=False)


def other_urls(page, href):
    parts = urllib.parse.urlsplit(href)
    query = parts.query.split("&")

    def with_query(pairs):
        return parts._replace(query="&".join(pairs)).geturl()

    yield "url_with_hash", page
    yield "url_without_query", parts._replace(query="").geturl()
    yield "url_escaped", html.escape(href)
    yield "url_slash", parts._replace(path=parts.path.rstrip("/")).geturl()
    yield "url_slash", parts._replace(path=parts.path + "/").geturl()
    for kept in range(1, len(query)):
        yield "url_query_cut", with_query(query[:kept])
    yield "url_query", with_query(sorted(query))
    yield "url_encoding", urllib.parse.unquote(href)
    yield "url_encoding", urllib.parse.quote(href, safe="-_.!~*'()")
    yield "url_encoding", re.sub("%..", lambda byte: byte[0].lower(), href)
    for port in ("", ":80", ":443", ":8000", ":8080"):
        yield "url_scheme", parts._replace(scheme="http", netloc=parts.netloc + port).geturl()
        yield "url_port", parts._replace(netloc=parts.netloc + port).geturl()
    yield "url_host_case", href.replace(parts.netloc, parts.netloc.upper())
    yield "url_host_case", href.replace(parts.netloc, parts.netloc.title())
    yield "url_host", href.replace(parts.netloc, "www." + parts.netloc)
    yield "url_without_origin", href.removeprefix(f"{parts.scheme}://{parts.netloc}")
    yield "url_of_other_page", f"{parts.scheme}://{parts.netloc}/"


def by_parts(signed, href):
    ours, theirs = urllib.parse.urlsplit(href), urllib.parse.urlsplit(signed)
    if ours.hostname != theirs.hostname:
        return "url_host"
    return "url_of_other_page" if ours.path != theirs.path else "url_query"


# Bodies that are no message of APIv2


def explain_body(given):
    data = document(given)
    return {"mistake": body_mistake(data), "proved": False}


def body_mistake(data):
    for read in (gzip.decompress, zlib.decompress):
        try:
            return "body_compressed" if read(data) else "body_empty"
        except (OSError, EOFError, zlib.error):
            pass
    if b"\0" in data:
        return "body_utf_16"
    text = data.decode("utf-8").strip()
    if not text:
        return "body_empty"
    if text.startswith("{"):
        members = json.loads(text)
        if "resource" in members:
            return "api_v3_notification"
        is_request = {"mch_id", "mchid"} & set(members) and {"sign", "nonce_str", "appid", "notify_url"} & set(members)
        return "body_is_json" if is_request else "body_parsed"
    if text == "[object Object]" or re.match("b['\"]", text):
        return "body_parsed"
    if text.startswith("<!DOCTYPE html"):
        return "body_html"
    if text.startswith(("&lt;", '"<')):
        return "body_escaped"
    if text.startswith("<"):
        try:
            ElementTree.fromstring(text)
        except ElementTree.ParseError:
            return "body_cut"
    if re.match(r"(\w+=)?<xml", urllib.parse.unquote(text)):
        return "body_form"
    try:
        inner = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return "body_form" if "&" in text and urllib.parse.parse_qs(text) else "unreadable"
    if inner.startswith(b"<"):
        return "body_base64"
    return "body_compressed" if body_mistake(inner) == "body_compressed" else "unreadable"


# XML


def parse_xml(data):
    """expat, with our rules as handlers."""
    if len(data) > MAX_BYTES:
        raise Refused("xml_too_large")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("xml_encoding") from None
    assert CR not in text
    text = text.rstrip(" \t\r\n").replace("\r", CR)

    fields, names, open_tags, value = [], set(), [], []

    def declaration(_version, encoding, _standalone):
        if encoding is not None and encoding.lower() != "utf-8":
            raise Refused("xml_encoding")

    def forbidden(*_):
        raise Refused("xml_forbidden")

    def start(name, attributes):
        if not open_tags and name not in ("xml", "root"):
            raise Refused("xml_root")
        if attributes:
            raise Refused("xml_forbidden")
        if len(open_tags) == 2:
            raise Refused("xml_nested")
        if len(open_tags) == 1:
            if name in names:
                raise Refused("xml_duplicate")
            if len(names) == MAX_FIELDS:
                raise Refused("xml_too_large")
            names.add(name)
            value.clear()
        open_tags.append(name)

    def end(name):
        open_tags.pop()
        if open_tags:
            fields.append([name, "".join(value).replace(CR, "\r")])

    def characters(chunk):
        if len(open_tags) == 2:
            value.append(chunk)
        elif chunk.strip(" \t\n" + CR):
            raise Refused("xml_malformed")

    def comment(_):
        if len(open_tags) == 2:
            raise Refused("xml_forbidden")

    parser = expat.ParserCreate("utf-8" if data.startswith(b"\xef\xbb\xbf") else None)
    parser.XmlDeclHandler = declaration
    parser.StartDoctypeDeclHandler = forbidden
    parser.ProcessingInstructionHandler = forbidden
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.CommentHandler = comment
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError:
        raise Refused("xml_malformed") from None
    return fields


def document(given):
    if "base64" in given:
        return base64.b64decode(given["base64"], validate=True)
    if "repeat" in given:
        part = given["repeat"]
        units = "".join(part["unit"].replace("{i}", str(index)) for index in range(part["count"]))
        return (part["prefix"] + units + part["suffix"]).encode("utf-8")
    return given["xml"].encode("utf-8")


def parsed(given):
    data = document(given)
    fields = parse_xml(data)
    if b"\r" not in data:
        root = ElementTree.fromstring(data)
        assert fields == [[child.tag, child.text or ""] for child in root], "expat and xml.etree disagree"
    return fields


def build_xml(params):
    seen, parts = set(), []
    for name, value in params:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", name):
            raise Refused("invalid_name")
        if name in seen:
            raise Refused("xml_duplicate")
        if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", value):
            raise Refused("invalid_char")
        seen.add(name)
        parts.append(f"<{name}>{written(value)}</{name}>")
    result = "<xml>" + "".join(parts) + "</xml>"
    # Our carriage returns are references, so a plain XML parser must see exactly what went in.
    root = ElementTree.fromstring(result)
    assert [[child.tag, child.text or ""] for child in root] == params, "xml.etree reads something else"
    return result


def written(value):
    if re.fullmatch("[0-9]+", value):
        return value
    if "\r" in value:
        return html.escape(value, quote=False).replace("\r", "&#13;")
    return "<![CDATA[" + "]]]]><![CDATA[>".join(value.split("]]>")) + "]]>"


def roundtrip_xml(given):
    assert parse_xml(build_xml(given["params"]).encode("utf-8")) == given["params"]


# Pages and apps: protocol §4, §6.1, §7.4


def jssdk_signature(given):
    url = urllib.parse.urldefrag(given["url"]).url if "#" in given["url"] else given["url"]
    assert url == given["url"].split("#")[0]
    text = "jsapi_ticket={ticket}&noncestr={noncestr}&timestamp={timestamp}&url=".format(**given) + url
    return hashlib.sha1(text.encode("utf-8")).hexdigest()


def jsapi_params(given):
    if "=" in given["prepay_id"] or given["prepay_id"].lower() in ("undefined", "null", "none", "nan"):
        raise Refused("invalid_request")
    page = {
        "appId": given["appid"],
        "timeStamp": str(given["timestamp"]),
        "nonceStr": given["nonce"],
        "package": "prepay_id=" + given["prepay_id"],
        "signType": given["sign_type"],
    }
    return page | {"paySign": sign(page, given["key"], given["sign_type"])}


def choose_wxpay_params(given):
    page = jsapi_params(given)
    del page["appId"]
    return {"timestamp": page.pop("timeStamp")} | page


def miniprogram_params(given):
    page = jsapi_params(given)
    del page["appId"]
    return page


def app_params(given):
    request = {
        "appid": given["appid"],
        "partnerid": given["mch_id"],
        "prepayid": given["prepay_id"],
        "package": "Sign=WXPay",
        "noncestr": given["nonce"],
        "timestamp": str(given["timestamp"]),
    }
    return request | {"sign": sign(request, given["key"], given["sign_type"])}


def encode_uri_component(text):
    encoded = urllib.parse.quote(text, safe="-_.!~*'()", encoding="utf-8")
    assert urllib.parse.unquote(encoded, errors="strict") == text
    return encoded


def absolute_url(url):
    if not re.match(r"https?://[^/?#]", url):
        raise Refused("invalid_request")
    return url


def mweb_url(given):
    return given["mweb_url"] + "&redirect_url=" + encode_uri_component(absolute_url(given["redirect_url"]))


def authorize_url(given):
    state = given["state"] or ""
    if given["scope"] not in ("snsapi_base", "snsapi_userinfo") or not re.fullmatch("[a-zA-Z0-9]{0,128}", state):
        raise Refused("invalid_request")
    address = encode_uri_component(absolute_url(given["redirect_uri"]))
    url = "https://open.weixin.qq.com/connect/oauth2/authorize"
    url += f"?appid={given['appid']}&redirect_uri={address}&response_type=code&scope={given['scope']}"
    if state:
        url += f"&state={state}"
    url += "&forcePopup=true" if given["force_popup"] else ""
    component = given.get("component_appid")
    if component is not None and not re.fullmatch("w[xw][0-9A-Za-z]{16}", component):
        raise Refused("invalid_request")
    url += f"&component_appid={component}" if component else ""
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True))
    assert query["redirect_uri"] == given["redirect_uri"] and query.get("state", "") == state
    return url + "#wechat_redirect"


# Messages from WeChat: protocol §2, §5, §6, §7


def notify_payment(given):
    fields = dict(parse_xml(given["body"].encode("utf-8")))
    verify(fields, given["key"], given["allowed"])
    for name in ("appid", "mch_id"):
        if fields.get(name) != given[name]:
            raise Refused(f"{name}_mismatch")
    if not fields.get("out_trade_no") or not fields.get("transaction_id"):
        raise Refused("malformed_message")
    ended = datetime.datetime.strptime(fields["time_end"], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    return {
        "out_trade_no": fields["out_trade_no"],
        "total_fee": fen(fields.get("total_fee", "")),
        "openid": fields["openid"],
        "transaction_id": fields["transaction_id"],
        "time_end": ended.isoformat(),
        "coupons": [
            {
                "coupon_id": fields[f"coupon_id_{index}"],
                "coupon_type": fields[f"coupon_type_{index}"],
                "coupon_fee": fen(fields[f"coupon_fee_{index}"]),
            }
            for index in range(int(fields.get("coupon_count", "0")))
            if f"coupon_id_{index}" in fields
        ],
    }


def fen(text):
    if not re.fullmatch("[0-9]+", text) or int(text) >= 1 << 63:
        raise Refused("malformed_message")
    return int(text)


def reply(given):
    def transport(code):
        error = {"class": "TransportError", "code": code, "outcome": "unknown", "status": given["status"]}
        return Refused(error | {"body": given["body"][:500]})

    def words(*names):
        said = [fields[name] for name in names if fields.get(name, "").strip().upper() not in ("", "OK")]
        return next((text for text in said if "签名" in text), said[0] if said else "")

    body = given["body"]
    if given["status"] != 200 or (body and not body.lstrip().startswith("<xml")):
        pages = ("No required SSL certificate was sent", "The SSL certificate error")
        if said := next((words for words in pages if words in body), None):
            raise Refused({"class": "ProtocolError", "code": "certificate", "return_msg": said})
        raise transport("gateway")
    try:
        fields = dict(parse_xml(body.encode("utf-8")))
    except Refused:
        raise transport("malformed_reply") from None
    if not fields.get("return_code"):
        raise transport("malformed_reply")
    if fields["return_code"] != "SUCCESS":
        said = words("return_msg", "retmsg", "err_code_des", "error_msg", "errmsg", "err_code", "error_code", "retcode")
        code = "certificate" if "certificate" in said.lower() or "证书" in said else "protocol"
        raise Refused({"class": "ProtocolError", "code": code, "return_msg": said})
    try:
        if given["endpoint"] not in UNSIGNED:
            verify(fields, given["key"], given["allowed"])
        elif fields.get("sign"):  # A signature that is there is verified, in either way.
            verify(fields, given["key"], ["MD5", "HMAC-SHA256"])
    except Refused as refused:
        raise Refused({"class": "SignatureError", "code": refused.error}) from None
    if fields.get("result_code", "SUCCESS") != "SUCCESS":
        named = {"err_code": words("err_code", "error_code", "retcode")}
        named["err_code_des"] = words("err_code_des", "error_msg", "errmsg", "retmsg", "ret_msg", "return_msg")
        raise Refused({"class": "BusinessError"} | named)
    found = {name: reply_value(name, value) for name, value in fields.items()}
    if given["endpoint"] == "refundquery":
        found["refunds"] = [refund_item(fields, index) for index in range(int(fields["refund_count"]))]
    if given["endpoint"] == "refund":
        found["coupons"] = numbered(fields, "coupon_refund_id", COUPON)
    return found


#: Replies without signature: protocol §2.6.
UNSIGNED = (
    "report",
    "getsignkey",
    "queryworkwxredpack",
    "paywwsptrans2pocket",
    "querywwsptrans2pocket",
)


def reply_value(name, value):
    return int(value) if name.endswith(("_fee", "_count", "_amount")) else value


#: The fields of a coupon in a refund: protocol §3.5, §3.6; the batch is older gateways'.
COUPON = ("coupon_type", "coupon_refund_id", "coupon_refund_fee", "coupon_refund_batch_id")


def numbered(fields, name, names):
    """The records whose fields end in `_0`, `_1` and so on."""
    records, index = [], 0
    while f"{name}_{index}" in fields:
        present = [field for field in names if f"{field}_{index}" in fields]
        records.append({field: reply_value(field, fields[f"{field}_{index}"]) for field in present})
        index += 1
    return records


def refund_item(fields, index):
    """A refund of `refundquery`: fields that end in its number, and coupons that end in its number and theirs."""
    own = {}
    for name, value in fields.items():
        match = re.fullmatch(rf"([a-z_]+)_{index}", name)
        if match:
            own[match[1]] = reply_value(match[1], value)
    inner = {}
    for name, value in fields.items():
        match = re.fullmatch(rf"([a-z_]+)_{index}_([0-9]+)", name)
        if match:
            inner[f"{match[1]}_{match[2]}"] = value
    return own | {"coupons": numbered(inner, "coupon_refund_id", COUPON)}


def oauth_json(given):
    def transport(code):
        return Refused({"class": "TransportError", "code": code, "status": given["status"]})

    body = given["body"].removeprefix("\ufeff")
    if body.lstrip().startswith("<"):
        raise transport("gateway")
    try:
        # Not strict: texts may hold control characters.
        answer = json.loads(body, strict=False)
    except json.JSONDecodeError:
        raise transport("malformed_reply") from None
    if not isinstance(answer, dict):
        raise transport("malformed_reply")
    # What is left of surrogates once the pairs are joined.
    mended = {name: re.sub("[\ud800-\udfff]", "\ufffd", v) if isinstance(v, str) else v for name, v in answer.items()}
    errcode = mended.get("errcode", 0)
    try:
        whole = whole_number(errcode)
    except (TypeError, ValueError, ArithmeticError):
        whole = None
    if whole is None:
        raise transport("malformed_reply")
    if whole != 0:
        raise Refused({"class": "OAuthError", "errcode": whole, "errmsg": mended["errmsg"]})
    needed = {"oauth.userinfo": "openid", "jssdk.getticket": "ticket", "oauth.auth": "errcode"}
    name = needed.get(given["call"], "access_token")
    if not isinstance(mended.get(name), int if name == "errcode" else str):
        raise transport("malformed_reply")
    texts = ("openid", "access_token", "refresh_token", "scope", "unionid", "nickname", "ticket")
    if any(not isinstance(mended.get(name, ""), str) for name in texts) or "\ufffd" in mended.get("openid", ""):
        raise transport("malformed_reply")
    if name in ("access_token", "ticket"):
        try:
            mended["expires_in"] = whole_number(mended.get("expires_in")) or 0
        except (TypeError, ValueError, ArithmeticError):
            mended["expires_in"] = 0
    return mended


def whole_number(value):
    """The integer that a number or a text is; None where it has a fraction or is too large."""
    number = decimal.Decimal(
        value.strip() if isinstance(value, str) else repr(value) if isinstance(value, float) else value
    )
    return int(number) if number == number.to_integral_value() and abs(number) < 1 << 63 else None


def ack(given):
    code = "SUCCESS" if given["ok"] else "FAIL"
    return build_xml([["return_code", code], ["return_msg", given["msg"]]])


# Values


def money(given):
    if "fen" in given:
        if given["fen"] < 0:
            raise Refused("invalid_amount")
        return "{}.{:02}".format(*divmod(given["fen"], 100))
    match = re.fullmatch(r"([0-9]+)(?:\.([0-9]{1,2}))?", given["yuan"])
    amount = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0")) if match else -1
    if not 0 <= amount < 1 << 63:
        raise Refused("invalid_amount")
    return amount


def beijing_time(given):
    try:
        local = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=given["unix"] + 8 * 3600)
    except OverflowError:
        raise Refused("invalid_time") from None
    day, clock = local.isoformat().split("T")
    return {"wire": re.sub("[-:]", "", day + clock), "dashed": f"{day} {clock}"}


def out_trade_no(given):
    if not re.fullmatch(r"[0-9A-Za-z_\-|*@]{1,32}", given["value"]):
        raise Refused("invalid_request")
    return True


# The fields whose values are customers' and the fields whose values are credentials, among those that the vectors name.
SHORTENED = {"openid", "sub_openid"}
HIDDEN = {"access_token", "refresh_token", "ticket"}


def redact(given):
    field, value = given["field"], given["value"]
    if field in SHORTENED and len(value) >= 16:
        return value[:4] + "…" + value[-4:]
    return "***" if field in SHORTENED | HIDDEN else value


# req_info of refund notifications: protocol §5.8, with AES from FIPS 197


def decrypt_req_info(given):
    text = given["req_info"]
    try:
        data = base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except ValueError:  # binascii.Error and UnicodeEncodeError are such
        raise Refused("invalid_request") from None
    if not data:
        raise Refused("invalid_request")
    if len(data) % 16:
        raise Refused("decrypt_failed")
    keys = round_keys(hashlib.md5(given["api_key"].encode()).hexdigest().encode())
    plain = b"".join(decrypt_block(data[i : i + 16], keys) for i in range(0, len(data), 16))
    padding = plain[-1]
    if not 1 <= padding <= 16 or plain[-padding:] != bytes([padding]) * padding:
        raise Refused("decrypt_failed")
    try:
        document = plain[:-padding].decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("decrypt_failed") from None
    if not document.lstrip("\ufeff").lstrip().startswith("<root>"):
        raise Refused("decrypt_failed")
    return document


# Bills: protocol §3.7, §3.8 and §14

BILL_NAMES = {
    "交易时间": "trade_time",
    "公众账号ID": "appid",
    "商户号": "mch_id",
    "特约商户号": "sub_mch_id",
    "子商户号": "sub_mch_id",
    "设备号": "device_info",
    "微信订单号": "transaction_id",
    "商户订单号": "out_trade_no",
    "用户标识": "openid",
    "交易类型": "trade_type",
    "交易状态": "trade_state",
    "付款银行": "bank_type",
    "货币种类": "fee_type",
    "应结订单金额": "settlement_total_fee",
    "总金额": "settlement_total_fee",
    "代金券金额": "coupon_fee",
    "代金券或立减优惠金额": "coupon_fee",
    "企业红包金额": "coupon_fee",
    "退款申请时间": "refund_apply_time",
    "退款成功时间": "refund_success_time",
    "微信退款单号": "refund_id",
    "商户退款单号": "out_refund_no",
    "退款金额": "settlement_refund_fee",
    "充值券退款金额": "coupon_refund_fee",
    "代金券或立减优惠退款金额": "coupon_refund_fee",
    "企业红包退款金额": "coupon_refund_fee",
    "退款类型": "refund_channel",
    "退款状态": "refund_status",
    "商品名称": "body",
    "商户数据包": "attach",
    "手续费": "fee",
    "费率": "rate",
    "订单金额": "total_fee",
    "申请退款金额": "refund_fee",
    "费率备注": "rate_remark",
    "返还手续费": "returned_fee",
    "记账时间": "record_time",
    "微信支付业务单号": "business_id",
    "资金流水单号": "flow_id",
    "业务名称": "business_name",
    "业务类型": "business_type",
    "收支类型": "direction",
    "收支金额(元)": "amount",
    "账户结余(元)": "balance",
    "资金变更提交申请人": "applicant",
    "备注": "remark",
    "业务凭证号": "voucher_no",
}
BILL_TOTALS = {
    "总交易单数": "total_count",
    "资金流水总笔数": "total_count",
    "应结订单总金额": "settlement_total_fee",
    "总交易额": "settlement_total_fee",
    "退款总金额": "settlement_refund_fee",
    "总退款金额": "settlement_refund_fee",
    "充值券退款总金额": "coupon_refund_fee",
    "总代金券或立减优惠退款金额": "coupon_refund_fee",
    "总企业红包退款金额": "coupon_refund_fee",
    "手续费总金额": "fee",
    "订单总金额": "total_fee",
    "申请退款总金额": "refund_fee",
    "收入笔数": "income_count",
    "收入金额": "income_amount",
    "支出笔数": "expense_count",
    "支出金额": "expense_amount",
}
#: Cells in which the number 0 and an empty text stand for nothing.
BILL_IDS = {
    "appid",
    "mch_id",
    "sub_mch_id",
    "transaction_id",
    "out_trade_no",
    "openid",
    "refund_id",
    "out_refund_no",
    "business_id",
    "flow_id",
    "voucher_no",
    "trade_type",
    "trade_state",
    "bank_type",
    "fee_type",
    "refund_channel",
    "refund_status",
    "business_name",
    "business_type",
    "direction",
}
BILL_WIDE = str.maketrans("，（）：", ",():")


def bill(given):
    data = base64.b64decode(given["base64"]) if "base64" in given else given["text"].encode()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except EOFError:
            raise Refused("bill_incomplete") from None
        except (zlib.error, gzip.BadGzipFile):
            raise Refused("bill_malformed") from None
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        raise Refused("bill_malformed") from None
    while lines and not lines[0].strip():
        del lines[0]
    if not lines:
        raise Refused("bill_incomplete")
    headers = [name.strip() for name in lines[0].translate(BILL_WIDE).split(",")]
    if lines[0][0] in "<`" or len(headers) < 2:
        raise Refused("bill_malformed")
    free = [place for place, name in enumerate(headers) if BILL_NAMES.get(name) in ("body", "attach", "remark")]
    rows, unsure, line = [], [], 1
    while line < len(lines) and not (lines[line] and lines[line][0] != "`"):
        if not lines[line].strip():
            line += 1
            continue
        cells = lines[line][1:].split(",`")
        # A line feed in a text of the merchant's.
        while free and free[0] < len(cells) <= free[-1] + 1 < len(headers) + 1 and len(cells) < len(headers):
            line += 1
            if line >= len(lines) or lines[line][:1] == "`" or bill_total(lines[line]):
                raise Refused("bill_incomplete")
            cells = (",`".join(cells) + "\n" + lines[line]).split(",`")
        if len(cells) < len(headers):
            raise Refused("bill_incomplete")
        more = len(cells) - len(headers)
        if more:
            if not free:
                raise Refused("bill_malformed")
            first = free[0]
            cells[first : first + more + 1] = [",`".join(cells[first : first + more + 1])]
            if len(free) > 1:
                unsure.append(len(rows))
        cells[-1] = cells[-1].rstrip(" \t")
        rows.append(bill_row(headers, BILL_NAMES, cells))
        line += 1
    if line >= len(lines):
        raise Refused("bill_incomplete")
    names = [name.strip() for name in lines[line].translate(BILL_WIDE).split(",")]
    if not bill_total(lines[line]):
        raise Refused("bill_malformed")
    rest = [text for text in lines[line + 1 :] if text.strip()]
    if not rest:
        raise Refused("bill_incomplete")
    values = rest[0].removeprefix("`").split(",`")
    values[-1] = values[-1].rstrip(" \t")
    if len(values) < len(names):
        raise Refused("bill_incomplete")
    if len(values) > len(names) or len(rest) > 1:
        raise Refused("bill_malformed")
    totals = bill_row(names, BILL_TOTALS, values)
    if totals.get("total_count", len(rows)) != len(rows):
        raise Refused("bill_incomplete")
    return {"rows": rows, "totals": totals, "ambiguous": unsure}


def bill_total(line):
    return BILL_TOTALS.get(line.translate(BILL_WIDE).split(",")[0].strip()) == "total_count"


def bill_row(headers, names, cells):
    """Known cells that hold something by their names here, other cells by WeChat's."""
    row = {}
    for header, cell in zip(headers, cells, strict=True):
        name = names.get(header)
        if name is None:
            row[header] = cell
        elif cell and not (cell == "0" and name in BILL_IDS):
            row[name] = bill_cell(name, cell)
    return {name: value for name, value in row.items() if value is not None}


def bill_cell(name, cell):
    if name.endswith("_time"):
        try:
            at = datetime.datetime.strptime(cell.translate(BILL_WIDE), "%Y-%m-%d %H:%M:%S")
        except ValueError:
            return None
        return at.strftime("%Y-%m-%d %H:%M:%S")
    if name in BILL_IDS and re.fullmatch(r"[0-9]+\.[0-9]*E\+?[0-9]+", cell):
        raise Refused("bill_malformed")
    money = name in ("fee", "returned_fee", "amount", "balance") or name.endswith(("_fee", "_amount"))
    if not money and not name.endswith("_count"):
        return cell
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", cell):
        raise Refused("bill_malformed")
    number = decimal.Decimal(cell)
    if name in ("fee", "returned_fee"):
        return f"{number:.5f}"
    unit = number if name.endswith("_count") else number * 100
    if unit != unit.to_integral_value():
        raise Refused("bill_malformed")
    return int(unit)


# User data of mini programs: platform protocol §1.6


def lenient_base64(text):
    text = urllib.parse.unquote(text).translate(str.maketrans(" -_", "++/")).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise Refused("invalid_request") from None


def decrypt_user_data(given):
    data, iv, key = (lenient_base64(given[name]) for name in ("encrypted_data", "iv", "session_key"))
    if not data or len(data) % 16 or len(iv) != 16 or len(key) != 16:
        raise Refused("invalid_request")
    keys = round_keys(key)
    blocks = [data[i : i + 16] for i in range(0, len(data), 16)]
    pairs = zip(blocks, [iv, *blocks[:-1]], strict=True)
    mixed = (zip(decrypt_block(block, keys), before, strict=True) for block, before in pairs)
    plain = b"".join(bytes(a ^ b for a, b in pair) for pair in mixed)
    padding = plain[-1]
    if not 1 <= padding <= 16 or plain[-padding:] != bytes([padding]) * padding:
        raise Refused("session_key_mismatch")
    try:
        members = json.loads(plain[:-padding])
    except ValueError:
        raise Refused("session_key_mismatch") from None
    try:
        watermark = members.pop("watermark")
        made = (watermark["appid"], watermark["timestamp"])
    except (TypeError, KeyError, AttributeError):
        raise Refused("invalid_request") from None
    if made[0] != given["appid"] or type(made[1]) is not int:
        raise Refused("invalid_request")
    return members


# The inner signature of WeCom's payments: platform protocol §2.10

RED_PACKET = ["act_name", "mch_billno", "mch_id", "nonce_str", "re_openid", "total_amount", "wxappid"]
PAY_EMPLOYEE = ["amount", "appid", "desc", "mch_id", "nonce_str", "openid", "partner_trade_no", "ww_msg_type"]


def workwx_sign(given):
    params = {name: str(value) for name, value in given["params"].items()}
    fixed = RED_PACKET if "mch_billno" in params else PAY_EMPLOYEE if "partner_trade_no" in params else None
    if fixed is None or not all(params.get(name) for name in fixed):
        raise Refused("invalid_request")
    if not given["secret"]:
        raise Refused("invalid_request")
    text = "&".join(f"{name}={params[name]}" for name in sorted(fixed))
    return hashlib.md5(f"{text}&secret={given['secret']}".encode()).hexdigest().upper()


def check_raw_data(given):
    if not re.fullmatch("[0-9a-fA-F]{40}", given["signature"]) or len(lenient_base64(given["session_key"])) != 16:
        raise Refused("invalid_request")
    right = hashlib.sha1((given["raw_data"] + given["session_key"]).encode()).hexdigest()
    if given["signature"].lower() != right:
        raise Refused("session_key_mismatch")
    return True


RULES = {
    "ack": ack,
    "app_params": app_params,
    "authorize_url": authorize_url,
    "beijing_time": beijing_time,
    "bill": bill,
    "build_xml": lambda given: build_xml(given["params"]),
    "check_raw_data": check_raw_data,
    "choose_wxpay_params": choose_wxpay_params,
    "decrypt_req_info": decrypt_req_info,
    "decrypt_user_data": decrypt_user_data,
    "explain": explain,
    "explain_body": explain_body,
    "explain_jssdk": explain_jssdk,
    "jsapi_params": jsapi_params,
    "jssdk_signature": jssdk_signature,
    "miniprogram_params": miniprogram_params,
    "money": money,
    "mweb_url": mweb_url,
    "notify_payment": notify_payment,
    "oauth_json": oauth_json,
    "out_trade_no": out_trade_no,
    "parse_xml": parsed,
    "redact": redact,
    "reply": reply,
    "roundtrip_xml": roundtrip_xml,
    "sign": lambda given: sign(given["params"], given["key"], given["sign_type"]),
    "string_to_sign": lambda given: string_to_sign(given["params"]).decode("utf-8"),
    "verify": lambda given: verify(dict(parse_xml(given["xml"].encode("utf-8"))), given["key"], given["allowed"]),
    "workwx_sign": workwx_sign,
    **confirm_v3.RULES,
}

if __name__ == "__main__":
    sys.exit(main())
