#!/usr/bin/env python3
"""Confirms the vectors beside it with a second implementation: Python's standard library and nothing else.

It must never import wxpaykit. Exit status 1 when a vector disagrees, is malformed, or has a kind without a rule here.
"""

import base64
import datetime
import hashlib
import hmac
import html
import json
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree
from xml.parsers import expat

HERE = pathlib.Path(__file__).resolve().parent
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
MAX_BYTES, MAX_FIELDS = 1 << 20, 1024
# Stands for a carriage return while expat reads, which would turn it into a line feed.
CR = "\ue00d"


class Refused(Exception):
    """The case ends in an error: a code, or an object where the kind has several error classes."""

    def __init__(self, error):
        super().__init__(str(error))
        self.error = error


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
                if same(got, want) and (not kind.endswith("_params") or got[1].keys() == want[1].keys()):
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
    if found not in allowed:
        raise Refused("sign_type_not_allowed")
    if not hmac.compare_digest(sign(fields, key, found).encode(), received.upper().encode()):
        raise Refused("sign_mismatch")
    return found


# Explanations: protocol §1.7. Each guess is a text that somebody wrote by mistake; the one whose digest was sent wins.


def explain(given):
    params, key = given["params"], given["key"]
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
    if len(sent) in (32, 64):
        right_sign = sign(params, key, "MD5" if len(sent) == 32 else "HMAC-SHA256")
        real = guesses(params, key, declared, sent, right_sign, others)
        masked = guesses(hidden, "***", declared, sent, "***", [(mistake, "***") for mistake, _ in others])
        for (mistake, text, used, algorithm), (_, shown, _, _) in zip(real, masked, strict=True):
            if digest(algorithm, used, text) == sent.upper():
                return explained(mistake, declared, right, shown.decode("utf-8", "backslashreplace"))
    if not sent:
        mistake = "sign_missing"
    elif len(sent) not in (32, 64):
        mistake = "sign_malformed"
    else:
        mistake = "four_byte_character" if any(ord(c) > 0xFFFF for v in params.values() for c in v) else "unknown"
    return explained(mistake, declared, right, None)


def explained(mistake, sign_type, right, likely):
    # backslashreplace writes \xb2, the explanation \xB2.
    likely = likely and re.sub(r"\\x[0-9a-f]{2}", lambda byte: "\\x" + byte[0][2:].upper(), likely)
    return {"mistake": mistake, "sign_type": sign_type, "string_to_sign": right, "likely_string": likely}


def digest(algorithm, key, text):
    if algorithm == "HMAC-SHA256":
        return hmac.new(key.encode(), text, hashlib.sha256).hexdigest().upper()
    return hashlib.new({"MD5": "md5", "SHA-256": "sha256"}[algorithm], text).hexdigest().upper()


def guesses(params, key, declared, sent, right_sign, others):
    """(mistake, text, key, algorithm), the same number of them whatever the key."""
    used = "MD5" if len(sent) == 32 else "HMAC-SHA256"
    fields = {name: value for name, value in params.items() if name != "sign"}
    filled = {name: value for name, value in fields.items() if value}

    def ordered(pairs):
        return b"&".join(f"{name}={value}".encode() for name, value in pairs)

    def by_name(table):
        return ordered(sorted(table.items(), key=lambda pair: pair[0].encode()))

    def ended(text, key=key):
        return text + b"&key=" + key.encode()

    plain = by_name(filled)

    yield "none" if used == declared else "other_algorithm", ended(plain), key, used
    yield "plain_sha256", ended(plain), key, "SHA-256"
    yield "sign_type_left_out", ended(by_name({k: v for k, v in filled.items() if k != "sign_type"})), key, used
    for value in ("MD5", "HMAC-SHA256"):
        if "sign_type" not in filled:
            yield "sign_type_not_sent", ended(by_name(filled | {"sign_type": value})), key, used
    for nothing in ("", "null", "None", "undefined"):
        yield "empty_values_signed", ended(by_name({k: v or nothing for k, v in fields.items()})), key, used
    yield "sign_signed", ended(by_name(filled | {"sign": ""})), key, used
    yield "sign_signed", ended(by_name(filled | {"sign": right_sign})), key, used
    for before, after in [("", " "), (" ", ""), (" ", " "), ("", "\n"), ("", "\r\n"), ("", "\t"), ("\ufeff", "")]:
        yield "key_with_white_space", ended(plain, before + key + after), before + key + after, used
    for quote in "\"'":
        yield "key_quoted", ended(plain, quote + key + quote), quote + key + quote, used
    for other in (key.upper(), key.lower()):
        yield "key_other_case", ended(plain, other), other, used
    for mistake, change in CHANGED_VALUES:
        yield mistake, ended(by_name({k: change(v) for k, v in filled.items()})), key, used
    yield "values_other_charset", ended(plain).decode().encode("gbk", "replace"), key, used
    yield "names_sorted_without_case", ended(ordered(sorted(filled.items(), key=lambda p: p[0].lower()))), key, used
    yield "names_not_sorted", ended(ordered(filled.items())), key, used
    for spelt in (str.lower, str.upper, camel, lambda name: camel(name).replace("appid", "appId")):
        yield "names_other_case", ended(by_name({spelt(k): v for k, v in filled.items()})), key, used
    yield "key_left_out", plain, key, used
    for between in ("", "&", "key=", "&KEY="):
        yield "key_without_name", plain + between.encode() + key.encode(), key, used
    yield "key_among_fields", by_name(filled | {"key": key}), key, used
    for name in filled:
        yield "field_not_signed", ended(by_name({k: v for k, v in filled.items() if k != name})), key, used
    for mistake, other in others:
        yield mistake, ended(plain, other), other, used


def camel(name):
    first, *words = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in words)


def read_as_latin1(value):
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


CHANGED_VALUES = [
    ("values_escaped", html.escape),
    ("values_escaped", lambda value: html.escape(value, quote=False)),
    ("values_escaped", "<![CDATA[{}]]>".format),
    ("values_url_encoded", lambda value: urllib.parse.quote(value, safe="-_.!~*'()")),
    ("values_url_encoded", urllib.parse.quote_plus),
    ("values_url_encoded", lambda v: re.sub("%..", lambda byte: byte[0].lower(), urllib.parse.quote_plus(v))),
    ("values_trimmed", str.strip),
    ("values_other_charset", lambda value: value.encode("ascii", "replace").decode()),
    ("values_other_charset", read_as_latin1),
]


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
        return Refused({"class": "TransportError", "code": code, "outcome": "unknown", "status": given["status"]})

    body = given["body"]
    if body and not body.lstrip().startswith("<xml"):
        raise transport("gateway")
    try:
        fields = dict(parse_xml(body.encode("utf-8")))
    except Refused:
        raise transport("malformed_reply") from None
    if not fields.get("return_code"):
        raise transport("malformed_reply")
    if fields["return_code"] != "SUCCESS":
        raise Refused({"class": "ProtocolError", "return_msg": fields["return_msg"]})
    try:
        verify(fields, given["key"], given["allowed"])
    except Refused as refused:
        raise Refused({"class": "SignatureError", "code": refused.error}) from None
    if fields["result_code"] != "SUCCESS":
        named = {name: fields[name] for name in ("err_code", "err_code_des")}
        raise Refused({"class": "BusinessError"} | named)
    return {name: int(value) if name.endswith("_fee") else value for name, value in fields.items()}


def oauth_json(given):
    def transport(code):
        return Refused({"class": "TransportError", "code": code, "status": given["status"]})

    if given["body"].lstrip().startswith("<"):
        raise transport("gateway")
    try:
        answer = json.loads(given["body"])
    except json.JSONDecodeError:
        raise transport("malformed_reply") from None
    if not isinstance(answer, dict):
        raise transport("malformed_reply")
    if answer.get("errcode", 0) != 0:
        raise Refused({"class": "OAuthError", "errcode": answer["errcode"], "errmsg": answer["errmsg"]})
    needed = {"oauth.userinfo": "openid", "jssdk.getticket": "ticket", "oauth.auth": "errcode"}
    name = needed.get(given["call"], "access_token")
    if not isinstance(answer.get(name), int if name == "errcode" else str):
        raise transport("malformed_reply")
    return answer


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


RULES = {
    "ack": ack,
    "app_params": app_params,
    "authorize_url": authorize_url,
    "beijing_time": beijing_time,
    "build_xml": lambda given: build_xml(given["params"]),
    "choose_wxpay_params": choose_wxpay_params,
    "explain": explain,
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
}

if __name__ == "__main__":
    sys.exit(main())
