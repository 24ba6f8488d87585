"""Broken requests and notifications of APIv2: each is made by a small program with one mistake.

The mistakes are those of protocol v2 §1.2, §1.7 and §5.3, and of public bug reports. The programs are written here
from the protocol alone. `source` says where the mistake comes from, `cause` is the code of the explanation.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import html
import json
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from case import Case, camel
from keys import encrypt_block, round_keys

APPID, MCH_ID = "wxd930ea5d5a258f4f", "10000100"
KEY = "192006250b4c09247ec02edce69f6a2d"
API_V3_KEY = "a7c3e19b5d2f48608e4b6d1c9f0a2e35"
APP_SECRET = "5a1d0c7e9b3f48268f2e6d4b7c90a1e3"
SETTINGS = {"appid": APPID, "mch_id": MCH_ID, "api_key": KEY, "api_v3_key": API_V3_KEY, "app_secret": APP_SECRET}

#: A service provider, with the same key: the file has one.
PROVIDER = {"appid": "wx1111111111111111", "mch_id": "1500000001"}

ORDER = "/pay/unifiedorder"
Fields = dict[str, str]
FAQ = "v2 §1.7"
EDGE = "v2 §1.2"


def order(number: int, **more: str) -> Fields:
    """An order, in the order of the names in the document."""
    nonce = hashlib.md5(f"nonce {number}".encode()).hexdigest()
    return {
        "appid": APPID,
        "mch_id": MCH_ID,
        "nonce_str": nonce,
        "body": "腾讯充值中心-QQ会员充值",
        "attach": "深圳分店",
        "out_trade_no": f"B{number:03}20150806125346",
        "total_fee": "8800",
        "spbill_create_ip": "123.12.12.123",
        "notify_url": "https://shop.example/wxpay/notify",
        "trade_type": "NATIVE",
        "product_id": "12235413214070356458058",
        **more,
    }


def paid(number: int, **more: str) -> Fields:
    """The notification of a payment, as captured: names in alphabetical order."""
    fields = {
        "appid": APPID,
        "attach": "支付测试",
        "bank_type": "CMB_CREDIT",
        "cash_fee": "8800",
        "fee_type": "CNY",
        "is_subscribe": "Y",
        "mch_id": MCH_ID,
        "nonce_str": hashlib.md5(f"notice {number}".encode()).hexdigest(),
        "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "out_trade_no": f"B{number:03}20150806125346",
        "result_code": "SUCCESS",
        "return_code": "SUCCESS",
        "time_end": "20150806125400",
        "total_fee": "8800",
        "trade_type": "NATIVE",
        "transaction_id": f"42000002632015080677001{number:05}",
        **more,
    }
    return dict(sorted(fields.items()))


def text_of(fields: Fields) -> str:
    """§1.1, steps 1 to 4."""
    names = sorted((name for name in fields if name != "sign" and fields[name] != ""), key=str.encode)
    return "&".join(f"{name}={fields[name]}" for name in names)


def in_order(names: Iterable[str], fields: Fields) -> str:
    return "&".join(f"{name}={fields[name]}" for name in names)


def md5(text: str | bytes) -> str:
    return hashlib.md5(text.encode() if isinstance(text, str) else text).hexdigest().upper()


def hmac_sha256(text: str | bytes, key: str = KEY) -> str:
    data = text.encode() if isinstance(text, str) else text
    return hmac.new(key.encode(), data, hashlib.sha256).hexdigest().upper()


def keyed(text: str, key: str = KEY) -> str:
    return f"{text}&key={key}"


def right(fields: Fields) -> str:
    """The signature of a program without a mistake."""
    text = keyed(text_of(fields))
    return hmac_sha256(text) if fields.get("sign_type") == "HMAC-SHA256" else md5(text)


def cdata(fields: Fields) -> str:
    """As PHP's ToXml writes it: numbers bare, texts in CDATA."""

    def one(name: str, value: str) -> str:
        return f"<{name}>{value}</{name}>" if value.isdigit() else f"<{name}><![CDATA[{value}]]></{name}>"

    return "<xml>" + "".join(one(name, value) for name, value in fields.items()) + "</xml>"


def escaped(fields: Fields) -> str:
    """As a writer of XML without CDATA writes it."""
    lines = (f"<{name}>{html.escape(value, quote=False)}</{name}>" for name, value in fields.items())
    return "<xml>\n" + "\n".join(lines) + "\n</xml>"


@dataclass
class Programs:
    """Collects what the programs send, and numbers the orders."""

    cases: list[Case]

    def number(self) -> int:
        return len(self.cases) + 1

    def asks(
        self,
        name: str,
        source: str,
        cause: str,
        sign: Callable[[Fields], str],
        *,
        sent: Callable[[Fields], Fields] = dict,
        write: Callable[[Fields], str | bytes] = cdata,
        path: str = ORDER,
        in_journal: str | None = None,
        **more: str,
    ) -> None:
        """A request: the program signs the fields with `sign`, changes them into `sent`, and writes them."""
        fields = order(self.number(), **more)
        signature = sign(fields)
        body = write(sent(fields) | {"sign": signature})
        data = body.encode() if isinstance(body, str) else body
        self.cases.append(Case(name, source, cause, "request", data, method="POST", url=path, in_journal=in_journal))

    def tells(
        self,
        name: str,
        source: str,
        cause: str,
        changed: Callable[[Fields], Fields] = dict,
        *,
        write: Callable[[Fields], str] = cdata,
        body: Callable[[bytes], bytes] = bytes,
        sign: Callable[[Fields], str] = right,
        **more: str,
    ) -> None:
        """A notification that WeChat signed, and that was `changed`, or its body, before it was verified."""
        fields = paid(self.number(), **more)
        signature = sign(fields)
        data = body(write(changed(fields | {"sign": signature})).encode())
        self.cases.append(Case(name, source, cause, "notification", data))


def broken() -> list[Case]:
    programs = Programs([])
    keys(programs)
    algorithms(programs)
    fields(programs)
    texts(programs)
    foreign(programs)
    bodies(programs)
    notifications(programs)
    return programs.cases


def with_key(key: str) -> Callable[[Fields], str]:
    return lambda fields: md5(keyed(text_of(fields), key))


def ending(end: str) -> Callable[[Fields], str]:
    return lambda fields: md5(text_of(fields) + end)


def keys(programs: Programs) -> None:
    old = "0f3a6d1b5c2e498877665544332211aa"
    programs.asks("the key was reset, and the program has the old one", FAQ, "unknown", with_key(old))
    programs.asks("the APIv3 key signs APIv2", FAQ, "api_v3_key_as_key", with_key(API_V3_KEY))
    programs.asks(
        "the AppSecret is taken for the API key", "a public report, C-10", "app_secret_as_key", with_key(APP_SECRET)
    )
    sub = "5d41402abc4b2a76b9719d911017c592"
    programs.asks(
        "a provider signs with its sub-merchant's key",
        FAQ,
        "unknown",
        with_key(sub),
        **PROVIDER,
        sub_mch_id="1600000001",
    )
    programs.asks(
        "the merchant's number is taken for the key", "a public report, C-10", "mch_id_as_key", with_key(MCH_ID)
    )
    programs.asks("the appid is taken for the key", "a public report, C-10", "appid_as_key", with_key(APPID))
    programs.asks(
        "open('key').read()", "a trial in Node, wechat-pay 1.1.7", "key_with_white_space", with_key(KEY + "\n")
    )
    programs.asks(
        "a key file of Windows", "a trial in Node, wechat-pay 1.1.7", "key_with_white_space", with_key(KEY + "\r\n")
    )
    programs.asks("quotation marks of an env file", "a trial in Node, 2.12", "key_quoted", with_key(f"'{KEY}'"))
    programs.asks("the key in upper case", "a trial in Node, 2.12", "key_other_case", with_key(KEY.upper()))
    programs.asks("the key without its last character", "a trial in Node, 2.12", "key_cut", with_key(KEY[:-1]))
    for name, part in {
        "half": KEY[:16],
        "30 characters": KEY[:30],
        "the last 31": KEY[1:],
        "the end": KEY[-20:],
    }.items():
        programs.asks(f"a part of the key: {name}", "a trial in Node, 2.12", "key_cut", with_key(part))
    hashed = hashlib.md5(KEY.encode()).hexdigest()
    for name, unseen in {
        "a zero-width space": "\u200b",
        "a byte order mark": "\ufeff",
        "a wide blank": "\u3000",
    }.items():
        programs.asks(f"{name} before the key", "v2 §1.7", "key_with_white_space", with_key(unseen + KEY))
        programs.asks(f"{name} behind the key", "v2 §1.7", "key_with_white_space", with_key(KEY + unseen))
    programs.asks("the setting with the key is empty", FAQ, "key_not_loaded", with_key(""))
    programs.asks("str(os.environ.get('KEY'))", FAQ, "key_not_loaded", with_key("None"))
    programs.asks("process.env.KEY in a template", FAQ, "key_not_loaded", with_key("undefined"))
    programs.asks("a placeholder that was not filled in", FAQ, "key_not_loaded", with_key("${WXPAY_API_KEY}"))
    programs.asks("&key= is appended by the helper too", FAQ, "key_twice", ending(f"&key={KEY}&key={KEY}"))
    programs.asks("&secret=, as WeCom has it", "v2 §1.4", "key_without_name", ending(f"&secret={KEY}"))
    programs.asks("the key hashed, as req_info wants it", "v2 §0, 9", "key_hashed", with_key(hashed))
    programs.asks("step 5 is forgotten", "v2 §1.1, 5", "key_left_out", ending(""))
    programs.asks("the key without &key=", "v2 §1.1, 5", "key_without_name", ending(KEY))
    programs.asks("&key without the equals sign", "v2 §1.1, 5", "key_without_name", ending("&key" + KEY))
    programs.asks("the setting has key= too", "v2 §1.1, 5", "key_without_name", ending(f"&key=key={KEY}"))
    programs.asks("a blank before the equals sign", "v2 §1.1, 5", "key_without_name", ending(f"&key ={KEY}"))
    programs.asks(
        "the joining loop leaves its & at the end",
        "v2 §1.1, 5",
        "key_without_name",
        lambda f: md5(keyed(text_of(f) + "&")),
    )
    for name, copied in {
        "str() of bytes": f"b'{KEY}'",
        "str() of bytes, with other quotation marks": f'b"{KEY}"',
    }.items():
        programs.asks(f"the key as Python prints it: {name}", "v2 §1.7", "key_quoted", with_key(copied))
    for copied in (f"{KEY};", f"{KEY},", f"{{{KEY}}}", f"<{KEY}>", f"[{KEY}]", f'{KEY}";'):
        name = copied.replace(KEY, "KEY")
        programs.asks(f"the key as it stands in a line: {name}", "v2 §1.7", "key_with_marks", with_key(copied))
    encoded = {
        "Base64": base64.b64encode(KEY.encode()).decode(),
        "Base64 of echo": base64.b64encode(f"{KEY}\n".encode()).decode(),
        "hexadecimal": KEY.encode().hex(),
    }
    for name, copied in encoded.items():
        programs.asks(f"a secret that was not decoded: {name}", "v2 §1.7", "key_encoded", with_key(copied))
    programs.asks(
        "a secret that was not decoded, by HMAC",
        "v2 §1.7",
        "key_encoded",
        lambda f: hmac_sha256(keyed(text_of(f), encoded["Base64"]), encoded["Base64"]),
        sign_type="HMAC-SHA256",
    )
    programs.asks(
        "an HMAC with a key of a line, and the text with it",
        "v2 §1.7",
        "key_with_marks",
        lambda f: hmac_sha256(keyed(text_of(f), f"{KEY};"), f"{KEY};"),
        sign_type="HMAC-SHA256",
    )
    for name in ("key", "API_KEY", "your_api_key"):
        programs.asks(f"the name in place of the key: {name}", FAQ, "key_not_loaded", with_key(name))
    programs.asks(
        "key is one of the sorted fields", "v2 §1.1, 5", "key_among_fields", lambda f: md5(text_of({**f, "key": KEY}))
    )
    programs.asks(
        "key is one of the sorted fields, and is appended too",
        "v2 §1.1, 5",
        "key_among_fields",
        lambda f: md5(keyed(text_of({**f, "key": KEY}))),
    )


def algorithms(programs: Programs) -> None:
    hmac_type = {"sign_type": "HMAC-SHA256"}
    programs.asks("HMAC without sign_type", FAQ, "other_algorithm", lambda f: hmac_sha256(keyed(text_of(f))))
    programs.asks(
        "MD5 and sign_type HMAC-SHA256", FAQ, "other_algorithm", lambda f: md5(keyed(text_of(f))), **hmac_type
    )
    programs.asks(
        "SHA-256 without a key",
        "v2 §1.1, 6",
        "plain_sha256",
        lambda f: hashlib.sha256(keyed(text_of(f)).encode()).hexdigest().upper(),
        **hmac_type,
    )
    programs.asks(
        "HMAC over the text without &key=", "v2 §1.1, 6", "key_left_out", lambda f: hmac_sha256(text_of(f)), **hmac_type
    )
    programs.asks(
        "SHA-1, as the JS-SDK has it",
        "v2 §1.4",
        "sign_other_hash",
        lambda f: hashlib.sha1(keyed(text_of(f)).encode()).hexdigest(),
    )
    programs.asks(
        "the digest in Base64",
        "v2 §1.1, 6",
        "sign_encoded",
        lambda f: base64.b64encode(bytes.fromhex(md5(keyed(text_of(f))))).decode(),
    )
    programs.asks(
        "the digits in Base64",
        "v2 §1.1, 6",
        "sign_encoded",
        lambda f: base64.b64encode(md5(keyed(text_of(f))).encode()).decode(),
    )
    programs.asks("md5(md5(text))", "v2 §1.1, 6", "hashed_twice", lambda f: md5(md5(keyed(text_of(f)))))
    programs.asks(
        "md5(md5(text)), in small letters",
        "v2 §1.1, 6",
        "hashed_twice",
        lambda f: md5(md5(keyed(text_of(f))).lower()).lower(),
    )
    programs.asks(
        "an HMAC whose key is empty",
        "v2 §1.1, 6",
        "hmac_key",
        lambda f: hmac_sha256(keyed(text_of(f)), ""),
        **hmac_type,
    )
    programs.asks(
        "an HMAC with the APIv3 key",
        "v2 §1.1, 6",
        "hmac_key",
        lambda f: hmac_sha256(keyed(text_of(f)), API_V3_KEY),
        **hmac_type,
    )
    programs.asks(
        "an HMAC whose key has a line end, and the text has none",
        "v2 §1.1, 6",
        "hmac_key",
        lambda f: hmac_sha256(keyed(text_of(f)), KEY + "\n"),
        **hmac_type,
    )
    programs.asks(
        "the arguments of the HMAC are interchanged",
        "v2 §1.1, 6",
        "hmac_key",
        lambda f: hmac_sha256(KEY, keyed(text_of(f))),
        **hmac_type,
    )
    programs.asks(
        "a column of 32 characters cuts the HMAC",
        "v2 §1.1, 6",
        "sign_cut",
        lambda f: hmac_sha256(keyed(text_of(f)))[:32],
        **hmac_type,
    )
    programs.asks(
        "sign_type is set once more after signing",
        "v2 §1.1, 6",
        "sign_type_differs",
        lambda f: hmac_sha256(keyed(text_of(f | {"sign_type": "MD5"}))),
        **hmac_type,
    )
    programs.asks(
        "HMAC-MD5",
        "v2 §1.1, 6",
        "sign_other_hash",
        lambda f: hmac.new(KEY.encode(), keyed(text_of(f)).encode(), hashlib.md5).hexdigest().upper(),
    )
    programs.asks("16 of the 32 digits", "v2 §1.1, 6", "sign_half", lambda f: md5(keyed(text_of(f)))[8:24])
    # One signature in sixteen begins with a zero.
    tables = (f"{table} 号桌" for table in range(1, 500))
    zero = next(table for table in tables if right(order(programs.number(), attach=table)).startswith("0"))
    programs.asks(
        "BigInteger.toString(16), which has no leading zeros",
        "v2 §1.1, 6",
        "sign_without_zeros",
        lambda f: md5(keyed(text_of(f))).lstrip("0"),
        attach=zero,
    )


def fields(programs: Programs) -> None:
    def upper(fields: Fields) -> Fields:
        return {name.upper(): value for name, value in fields.items()}

    def doubled(fields: Fields) -> Fields:
        return {name.replace("_", "__"): value for name, value in fields.items()}

    # WeChat looks for the fields first.
    missing = "missing_fields"
    programs.asks("names are sent in capitals", EDGE, "names_sent_otherwise", right, sent=upper, in_journal=missing)
    programs.asks(
        "mch_id is sent as mchid",
        EDGE,
        "names_sent_otherwise",
        right,
        sent=lambda f: {"mchid" if name == "mch_id" else name: value for name, value in f.items()},
        in_journal=missing,
    )
    programs.asks("XStream writes _ as __", EDGE, "names_doubled", right, sent=doubled, in_journal=missing)
    programs.asks(
        "XStream writes _ as __, and it is signed so",
        EDGE,
        "names_doubled",
        lambda f: right(doubled(f)),
        sent=doubled,
        in_journal=missing,
    )
    programs.asks(
        "op_user_id is signed, and the model has no place for it",
        "v2 §3.4",
        "field_not_sent",
        lambda f: right(f | {"op_user_id": MCH_ID}),
    )
    programs.asks(
        "a nonce of 40 characters", EDGE, "nonce_too_long", right, nonce_str="a" * 40, in_journal="field_length"
    )
    programs.asks("an amount in yuan", EDGE, "amount_form", right, total_fee="1.00", in_journal="field_format")
    for sent, signed in {
        "10000000": "1.0E7",
        "100": "1e2",
        "1000": "1,000",
        "30": "0.30000000000000004",
        "12345678": "1.2345678e+07",
    }.items():
        programs.asks(
            f"{sent} is signed as {signed}",
            EDGE,
            "numbers_other_form",
            lambda f, signed=signed: right(f | {"total_fee": signed}),
            total_fee=sent,
        )
    programs.asks(
        "an object is joined as text",
        EDGE,
        "values_json_rewritten",
        lambda f: right(f | {"detail": "[object Object]"}),
        detail='{"goods_detail":[{"goods_id":"1"}]}',
    )
    programs.asks(
        "sign_type is signed and not sent", FAQ, "sign_type_not_sent", lambda f: right({**f, "sign_type": "MD5"})
    )
    programs.asks(
        "sign_type is added after signing",
        "v2 §1.1, 1",
        "sign_type_left_out",
        right,
        sent=lambda f: {**f, "sign_type": "MD5"},
    )
    programs.asks(
        "spbill_create_ip is added after signing",
        FAQ,
        "field_not_signed",
        lambda f: right(without(f, "spbill_create_ip")),
    )
    programs.asks(
        "a value of Chinese alone is added after signing",
        "a trial in Node, 2.12",
        "field_not_signed",
        lambda f: right(without(f, "body")),
        body="微信支付",
    )
    programs.asks(
        "a value of white space alone is added after signing",
        "a trial in Node, 2.12",
        "field_not_signed",
        lambda f: right(without(f, "attach")),
        attach=" ",
    )
    programs.asks(
        "two fields are added after signing",
        FAQ,
        "fields_not_signed",
        lambda f: right(without(f, "notify_url", "product_id")),
    )
    programs.asks(
        "device_info is signed and not sent", FAQ, "field_not_sent", lambda f: right({**f, "device_info": "WEB"})
    )
    programs.asks(
        "a nonce is signed and none is sent",
        "a trial in Node, node-easywechat 3.6.2",
        "missing_fields",
        right,
        sent=lambda f: without(f, "nonce_str"),
    )
    programs.asks("the nonce is made twice", FAQ, "unknown", lambda f: right({**f, "nonce_str": f["nonce_str"][::-1]}))
    programs.asks(
        "an empty value is signed",
        EDGE,
        "empty_values_signed",
        lambda f: md5(keyed(in_order(sorted(f), f))),
        detail="",
    )
    programs.asks(
        "str(None) is signed, and nothing is sent",
        EDGE,
        "empty_values_signed",
        lambda f: right({**f, "goods_tag": "None"}),
    )
    for nothing in ("NULL", "nil", "<nil>", "[]", "{}", "Array", "undefined"):
        programs.asks(
            f"{nothing} is signed, and nothing is sent",
            EDGE,
            "empty_values_signed",
            lambda f, nothing=nothing: right({**f, "goods_tag": nothing}),
        )
        programs.asks(
            f"{nothing} is signed, and an empty value is sent",
            EDGE,
            "empty_values_signed",
            lambda f, nothing=nothing: right({**f, "detail": nothing, "time_start": nothing}),
            detail="",
            time_start="",
        )
    for name, value in {"trade_type": "NATIVE", "product_id": "1"}.items():
        programs.asks(
            f"{name}={value} is signed and not sent",
            FAQ,
            "field_not_sent",
            lambda f, name=name, value=value: right({**f, name: value}),
            sent=lambda f, name=name: without(f, name),
            # The server looks at what is required first.
            in_journal="missing_fields" if name == "trade_type" else None,
        )
    programs.asks(
        "a retry signs the earlier sign too",
        "v2 §1.1, 1",
        "sign_signed",
        lambda f: md5(keyed(in_order(sorted([*f, "sign"]), {**f, "sign": right(f)}))),
    )
    programs.asks(
        "mchid, as transfers have it, is signed",
        FAQ,
        "names_other_case",
        lambda f: right({("mchid" if name == "mch_id" else name): value for name, value in f.items()}),
    )
    programs.asks(
        "19.9 * 100 is signed, and rounded when it is sent",
        "v2 §1.2",
        "numbers_other_form",
        lambda f: right({**f, "total_fee": noise("1990")}),
        total_fee="1990",
    )
    programs.asks(
        "Math.floor(19.9 * 100) is signed, and 1990 is sent",
        "v2 §1.2",
        "numbers_other_form",
        lambda f: right({**f, "total_fee": noise("1990").split(".")[0]}),
        total_fee="1990",
    )
    programs.asks(
        "partnerid, as apps have it, is signed",
        FAQ,
        "names_differ",
        lambda f: right({("partnerid" if name == "mch_id" else name): value for name, value in f.items()}),
    )
    programs.asks(
        "neither a nonce nor its signature",
        "v2 §3.1",
        "missing_fields",
        lambda f: right(without(f, "nonce_str")),
        sent=lambda f: without(f, "nonce_str"),
    )
    programs.asks(
        "neither an appid nor its signature",
        "v2 §3.1",
        "missing_fields",
        lambda f: right(without(f, "appid")),
        sent=lambda f: without(f, "appid"),
    )
    programs.asks(
        "the appid is signed and not sent", "v2 §3.1", "missing_fields", right, sent=lambda f: without(f, "appid")
    )
    mapped = "::ffff:123.12.12.123"
    programs.asks(
        "the address of a socket of IPv6 is signed",
        "v2 §3.1",
        "ip_other_form",
        lambda f: right({**f, "spbill_create_ip": mapped}),
    )
    programs.asks(
        "the address of a socket of IPv6 is sent",
        "v2 §3.1",
        "ip_other_form",
        right,
        sent=lambda f: {**f, "spbill_create_ip": mapped},
        # The field is looked at before the signature.
        in_journal="field_format",
    )
    programs.asks(
        "out_trade_no is sent as a number of JavaScript",
        "a trial in Node, 2.13",
        "digits_lost",
        right,
        sent=lambda f: {**f, "out_trade_no": f["out_trade_no"][:17] + "000"},
        out_trade_no="20261130181205123456",
    )
    programs.asks(
        "transaction_id is sent as int(float(…)) of Python",
        "a trial in Node, 2.13",
        "digits_lost",
        right,
        sent=lambda f: {**f, "out_trade_no": str(int(float(f["out_trade_no"])))},
        out_trade_no="4200000263201508067700100001",
    )
    for seconds in ("45", "47"):
        for name in ("time_start", "time_expire"):
            programs.asks(
                f"{name} is taken twice, {seconds}",
                "v2 §3.1",
                "timestamp_differs",
                lambda f, name=name, seconds=seconds: right({**f, name: f[name][:-2] + seconds}),
                **{name: "20150806135346"},
            )
    programs.asks(
        "both times are taken twice",
        "v2 §3.1",
        "timestamp_differs",
        lambda f: right({**f, "time_start": "20150806125959", "time_expire": "20150806132959"}),
        time_start="20150806130000",
        time_expire="20150806133000",
    )
    programs.asks(
        "time_expire is signed in seconds since 1970",
        "v2 §3.1",
        "time_other_form",
        lambda f: right({**f, "time_expire": "1438840426"}),
        time_expire="20150806135346",
    )
    programs.asks(
        "limit_pay of the call before is signed",
        "a public report, C-05",
        "field_not_sent",
        lambda f: right({**f, "limit_pay": "no_credit"}),
    )


def without(fields: Fields, *names: str) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


GOODS = {
    "goods_detail": [{"goods_id": "iphone6s_16G", "goods_name": "iPhone6s 16G 蓝", "quantity": 1, "price": 528800}]
}


#: The same members twice, as maps without an order write them.
DETAIL = {"cost_price": 8800, "receipt_id": "r1", **GOODS}
DETAIL_OTHERWISE = {
    "receipt_id": "r1",
    "goods_detail": [
        {name: one[name] for name in ("price", "goods_id", "quantity", "goods_name")} for one in GOODS["goods_detail"]
    ],
    "cost_price": 8800,
}


def texts(programs: Programs) -> None:
    compact = json.dumps(GOODS, ensure_ascii=False, separators=(",", ":"))
    spaced = json.dumps(GOODS, ensure_ascii=False)
    programs.asks(
        "detail is written with blanks when it is signed, and without when it is sent",
        "v2 §1.2, JSON values",
        "values_json_rewritten",
        lambda f: right({**f, "detail": spaced}),
        detail=compact,
    )
    programs.asks(
        "str() of a dict is signed, and json.dumps of it is sent",
        "v2 §1.2, JSON values",
        "values_json_rewritten",
        lambda f: right({**f, "detail": str(GOODS)}),
        detail=spaced,
    )
    programs.asks(
        "json_encode escapes when it signs, JSON_UNESCAPED_UNICODE when it sends",
        "v2 §1.2, JSON values",
        "values_backslashed",
        lambda f: right({**f, "detail": json.dumps(GOODS, separators=(",", ":"))}),
        detail=compact,
    )
    programs.asks(
        "a map without an order writes detail twice",
        "v2 §1.2, JSON values",
        "values_json_rewritten",
        lambda f: right({**f, "detail": json.dumps(DETAIL_OTHERWISE, separators=(",", ":"), ensure_ascii=False)}),
        detail=json.dumps(DETAIL, separators=(",", ":"), ensure_ascii=False),
    )
    programs.asks(
        "Gson escapes = and & when it signs",
        "v2 §1.2, JSON values",
        "values_backslashed",
        lambda f: right({**f, "detail": f["detail"].replace("=", "\\u003d").replace("&", "\\u0026")}),
        detail='{"goods_detail":[{"goods_id":"a=1&b","quantity":1,"price":8800}]}',
    )
    programs.asks(
        "a float is signed, an int is sent",
        "a trial in Node, 2.13",
        "numbers_other_form",
        lambda f: right({**f, "total_fee": "8800.0"}),
    )
    programs.asks(
        "yuan are signed, fen are sent",
        "a trial in Node, 2.4",
        "numbers_other_form",
        lambda f: right({**f, "total_fee": "88.00"}),
    )
    programs.asks("the fields as they stand", FAQ, "names_not_sorted", lambda f: md5(keyed(in_order(f, f))))
    programs.asks(
        "sorted by value", FAQ, "names_not_sorted", lambda f: md5(keyed(in_order(sorted(f, key=f.__getitem__), f)))
    )
    names = {"mch_id": "mchId", "nonce_str": "nonceStr", "out_trade_no": "outTradeNo", "total_fee": "totalFee"}
    names |= {"spbill_create_ip": "spbillCreateIp", "notify_url": "notifyUrl", "trade_type": "tradeType"}
    names |= {"product_id": "productId"}
    programs.asks(
        "a UUID is signed with its hyphens",
        FAQ,
        "hyphens_differ",
        lambda f: right({**f, "nonce_str": hyphened(f["nonce_str"])}),
    )
    programs.asks(
        "notify_url of the proxy is signed",
        FAQ,
        "address_other_form",
        lambda f: right({**f, "notify_url": f["notify_url"].replace("https", "http")}),
    )
    programs.asks(
        "notify_url is signed with a slash at its end",
        FAQ,
        "address_other_form",
        lambda f: right({**f, "notify_url": f["notify_url"] + "/"}),
    )
    programs.asks(
        "body is cut to eight characters for the signature",
        FAQ,
        "value_cut",
        lambda f: right({**f, "body": f["body"][:8]}),
    )
    programs.asks(
        "a number that lost its zeros",
        "a trial in Node, 2.13",
        "numbers_other_form",
        lambda f: right({**f, "product_id": "00" + f["product_id"]}),
    )
    programs.asks(
        "PHP's true is sent, Y is signed",
        "a trial in Node, 2.13",
        "booleans_other_form",
        lambda f: right({**f, "receipt": "Y"}),
        receipt="1",
        # The field is looked at before the signature.
        in_journal="field_format",
    )
    programs.asks(
        "milliseconds are signed, seconds are sent",
        "v2 §4.1",
        "time_other_form",
        lambda f: right({**f, "time_stamp": f["time_stamp"] + "000"}),
        time_stamp="1438837986",
    )
    programs.asks(
        "time_expire is signed as the database has it",
        FAQ,
        "time_other_form",
        lambda f: right({**f, "time_expire": "2015-08-06 13:53:46"}),
        time_expire="20150806135346",
    )
    programs.asks(
        "the properties of a bean are signed",
        FAQ,
        "names_other_case",
        lambda f: right({names.get(name, name): value for name, value in f.items()}),
    )
    programs.asks(
        "the text without equals signs",
        "v2 §1.1, 4",
        "text_joined_otherwise",
        lambda f: md5(keyed("&".join(name + f[name] for name in sorted(f)))),
    )
    programs.asks(
        "the values without names, and the key",
        "v2 §1.1, 4",
        "text_joined_otherwise",
        lambda f: md5("".join(f[name] for name in sorted(f)) + KEY),
    )

    def joined(equals: str, between: str, end: str) -> Callable[[Fields], str]:
        return lambda f: md5(between.join(f"{name}{equals}{f[name]}" for name in sorted(f)) + end)

    for name, sign in {
        "arg_separator.output of PHP is &amp;": joined("=", "&amp;", f"&amp;key={KEY}"),
        "blanks around =": joined(" = ", "&", f"&key={KEY}"),
        "blanks around = of the key too": joined(" = ", "&", f"&key = {KEY}"),
        "a comma and a blank": joined("=", ", ", f"&key={KEY}"),
        "a line for each field": joined("=", "\n", f"\n&key={KEY}"),
        "a map of Java as text": lambda f: md5(f"{{{', '.join(f'{name}={f[name]}' for name in f)}}}&key={KEY}"),
        "JSON of the sorted fields": lambda f: md5(
            keyed(json.dumps(f, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
        ),
    }.items():
        programs.asks(f"the text joined otherwise: {name}", "v2 §1.1, 4", "text_joined_otherwise", sign)
    programs.asks(
        "the whole text is URL-encoded, & and = too",
        FAQ,
        "values_url_encoded",
        lambda f: md5(urllib.parse.quote(keyed(text_of(f)), safe="")),
    )
    programs.asks("urlencode of the sorted fields", FAQ, "values_url_encoded", url_encoded)
    programs.asks("the text in upper case", "v2 §1.1, 6", "text_other_case", lambda f: md5(keyed(text_of(f)).upper()))
    programs.asks(
        "escaped for XML, then signed",
        FAQ,
        "values_escaped",
        lambda f: right({name: html.escape(value) for name, value in f.items()}),
        body="红茶 & 绿茶 <礼盒>",
    )
    programs.asks(
        "CDATA sections are signed",
        FAQ,
        "values_escaped",
        lambda f: right({name: f"<![CDATA[{value}]]>" for name, value in f.items()}),
    )
    programs.asks(
        "escaped twice when it is sent",
        FAQ,
        "values_sent_escaped",
        right,
        sent=lambda f: {name: html.escape(value, quote=False) for name, value in f.items()},
        write=escaped,
        body="红茶 & 绿茶",
    )
    programs.asks(
        "str() of bytes is signed",
        "a trial in Python 3",
        "values_quoted",
        lambda f: right({**f, "nonce_str": str(f["nonce_str"].encode())}),
    )
    programs.asks(
        "str() of bytes of Chinese is signed",
        "a trial in Python 3",
        "values_quoted",
        lambda f: right({**f, "body": str(f["body"].encode())}),
    )
    programs.asks(
        "repr() of a text is signed",
        "a trial in Python 3",
        "values_quoted",
        lambda f: right({**f, "body": repr(f["body"])}),
    )
    for attach, sent in {"a&timestamp=1": "a×tamp=1", "shop=1&notify=2&region=3": "shop=1¬ify=2®ion=3"}.items():
        programs.asks(
            f"HTML reads {attach}",
            "v2 §1.2",
            "values_sent_escaped",
            right,
            sent=lambda f, sent=sent: {**f, "attach": sent},
            attach=attach,
        )
    programs.asks(
        "attach and body change places",
        FAQ,
        "values_exchanged",
        lambda f: right({**f, "attach": f["body"], "body": f["attach"]}),
    )
    programs.asks(
        "white space is trimmed by the writer of XML",
        EDGE,
        "values_sent_trimmed",
        right,
        sent=lambda f: {name: value.strip() for name, value in f.items()},
        body="红茶 250g ",
    )
    programs.asks(
        "CR LF of a text area, outside of CDATA",
        EDGE,
        "line_ends",
        right,
        sent=lambda f: {name: value.replace("\r\n", "\n") for name, value in f.items()},
        write=escaped,
        attach="一楼\r\n二楼",
    )
    programs.asks("an emoji in body", FAQ, "four_byte_character", right, body="生日蛋糕🎂")
    programs.asks(
        "Encoding.Default on Chinese Windows",
        FAQ,
        "values_other_charset",
        lambda f: md5(keyed(text_of(f)).encode("gbk")),
    )
    programs.asks("Encoding.Unicode", FAQ, "values_other_charset", lambda f: md5(keyed(text_of(f)).encode("utf-16-le")))
    programs.asks(
        "a database that has ? for Chinese",
        FAQ,
        "characters_lost",
        right,
        sent=lambda f: {**f, "body": f["body"].encode("ascii", "replace").decode()},
    )


def url_encoded(fields: Fields) -> str:
    return md5(keyed(urllib.parse.urlencode(sorted(fields.items()))))


def foreign(programs: Programs) -> None:
    """Mistakes that developers reported of other libraries."""
    asks = programs.asks
    asks("a line of a text area, as it is", "XML 1.0 §2.11", "carriage_return", right, body="订单\r\n明细：2件")
    asks("in CDATA, a CR alone", "XML 1.0 §2.11", "carriage_return", right, body="订单\r明细：2件")
    html_shown = "a page that shows &timestamp as ×tamp"
    asks(
        "the text was copied from a page",
        html_shown,
        "text_as_html",
        lambda f: md5(keyed(text_of(f)).replace("&notify_url", "¬ify_url")),
    )
    asks(
        "a script takes the lower byte of each character",
        "digitalbazaar/forge#737, befinal/node-tenpay#4",
        "values_other_charset",
        lambda f: md5(bytes(ord(character) & 255 for character in keyed(text_of(f)))),
    )
    asks(
        "a server in Taiwan",
        "the default character set of a machine",
        "values_other_charset",
        lambda f: md5(keyed(text_of(f)).encode("big5", "replace")),
        body="茶葉禮盒，茶叶礼盒",
        attach="店",
    )
    asks(
        "each value is a list",
        "xml2js, explicitArray",
        "values_quoted",
        lambda f: md5(keyed("&".join(f"{name}=['{value}']" for name, value in sorted(f.items())))),
    )
    for nothing in ("undefined", "null"):
        asks(
            f"product_id is {nothing} when it is signed",
            "a promise that is not awaited",
            "value_not_ready",
            lambda f, nothing=nothing: right(f | {"product_id": nothing}),
        )
    sub = {**PROVIDER, "sub_mch_id": "1600000001"}
    asks(
        "the sub-merchant's number is signed as mch_id",
        "providers",
        "value_of_other_field",
        lambda f: right(f | {"mch_id": f["sub_mch_id"]}),
        **sub,
    )
    asks(
        "two fields that are not there are signed as null",
        "justquanyin/third-payment#7",
        "empty_values_signed",
        lambda f: right(f | {"device_info": "null", "goods_tag": "null"}),
    )
    asks(
        "the merchant's number is signed under two names",
        "w7corp/easywechat#2323",
        "field_not_sent",
        lambda f: right(f | {"mchid": f["mch_id"]}),
    )
    for between in ("&", ""):
        asks(
            f"the key on both sides, joined by {between!r}",
            "another platform's rule",
            "text_joined_otherwise",
            lambda f, between=between: md5(
                KEY + between.join(f"{name}={value}" for name, value in sorted(f.items())) + KEY
            ),
        )
    asks("the XML is signed", "the order of the steps", "text_joined_otherwise", lambda f: md5(keyed(cdata(f))))
    emoji = {"body": "烟台苹果🍎"}
    asks(
        "a filter of emoji for the text alone",
        "v2 §1.2",
        "four_byte_character",
        lambda f: right(f | {"body": f["body"][:-1]}),
        **emoji,
    )
    asks(
        "a column of the database puts a mark for an emoji",
        "MySQL's utf8",
        "characters_lost",
        right,
        sent=lambda f: f | {"body": f["body"].replace("🍎", "?")},
        body="🍎烟台苹果 5斤",
    )
    asks(
        "the key is a field, and is signed as one",
        "v2 §1.1, 5",
        "key_sent_signed",
        lambda f: right(f | {"key": KEY}),
        sent=lambda f: f | {"key": KEY},
    )
    nothing_of = {"coupon_fee": "0", "coupon_count": "0"}
    tells = programs.tells
    struct = "go-pay/gopay#7"
    tells(
        "a struct leaves out numbers that are 0",
        struct,
        "field_not_sent",
        lambda f: without(f, *nothing_of),
        **nothing_of,
    )
    tells("and one that is 0", struct, "field_not_sent", lambda f: without(f, "coupon_fee"), **nothing_of)
    coupon = {"coupon_count": "1", "coupon_fee": "58", "coupon_fee_0": "58", "coupon_id_0": "2000000000276621044"}
    tells(
        "a class has no type of a coupon",
        "binarywang/WxJava#712",
        "field_not_sent",
        lambda f: without(f, "coupon_type_0"),
        coupon_type_0="CASH",
        **coupon,
    )

    tells(
        "a bean has the names in camel case, those of coupons too",
        "binarywang/WxJava#250",
        "names_sent_otherwise",
        lambda f: {camel(name): value for name, value in f.items()},
        **coupon,
    )


def bodies(programs: Programs) -> None:
    programs.asks("XML in GBK", "v2 §2.1", "xml_encoding", right, write=lambda f: cdata(f).encode("gbk"))
    programs.asks(
        "& is not escaped, and not in CDATA",
        "v2 §2.2",
        "xml_malformed",
        right,
        write=lambda f: escaped(f).replace("&amp;", "&"),
        body="红茶 & 绿茶",
    )
    programs.asks(
        "detail is an object, and becomes elements",
        "v2 §1.2, nested",
        "xml_nested",
        right,
        write=lambda f: cdata(f).replace("</xml>", "<detail><goods_detail>1</goods_detail></detail></xml>"),
    )
    programs.asks(
        "a name is there twice",
        "v2 §1.2, duplicates",
        "xml_duplicate",
        right,
        write=lambda f: cdata(f).replace("</xml>", f"<body><![CDATA[{f['body']}]]></body></xml>"),
    )
    programs.asks(
        "the root is <root>",
        "v2 §2.1",
        "xml_root",
        right,
        write=lambda f: cdata(f).replace("<xml>", "<root>").replace("</xml>", "</root>"),
    )
    programs.asks(
        "GetBuffer() in place of ToArray()", "v2 §2.1", "body_nuls", right, write=lambda f: cdata(f) + "\0" * 9
    )
    programs.asks(
        "a template begins with a line feed",
        "v2 §2.1",
        "xml_declaration",
        right,
        write=lambda f: '\n<?xml version="1.0" encoding="UTF-8"?>' + cdata(f),
    )
    programs.asks("JSON to an address of APIv2", "a public report, C-42", "body_is_json", right, write=json.dumps)
    programs.asks("a form", "v2 §2.1", "body_form", right, write=urllib.parse.urlencode)
    programs.asks(
        "Content-Length in characters, not in bytes",
        "trials, 62",
        "body_cut",
        right,
        write=lambda f: cdata(f).encode()[: len(cdata(f))],
    )
    programs.asks("the body is not sent", "v2 §9.1", "body_empty", right, write=lambda f: "")
    programs.asks("sign is not sent", "v2 §3.1", "sign_missing", lambda f: "")


NOTE = '{"shop": 7, "memo": "a b+c&d"}'


def notifications(programs: Programs) -> None:
    def attach(change: Callable[[str], str]) -> Callable[[Fields], Fields]:
        return lambda fields: {**fields, "attach": change(fields["attach"])}

    def mangled(name: str, cause: str, change: Callable[[str], str], note: str = NOTE) -> None:
        programs.tells(name, "trials, 01", cause, attach(change), attach=note)

    mangled("the log of nginx is replayed", "values_sent_backslashed", lambda text: text.replace('"', "\\x22"))
    mangled("addslashes of an old framework", "values_sent_backslashed", lambda text: text.replace('"', '\\"'))
    mangled("a filter against XSS", "values_sent_escaped", html.escape)
    mangled("a form parser", "values_url_encoded", lambda text: text.replace("+", " "))
    mangled("spaces sent as +", "values_sent_url_encoded", lambda text: text.replace(" ", "+"))
    mangled("a middleware trims texts", "values_sent_trimmed", str.strip, " 三号桌 ")
    mangled(
        "bytes read as ISO-8859-1", "values_other_charset", lambda text: text.encode().decode("latin-1"), "深圳分店"
    )
    programs.tells(
        "the router adds its path to the fields", "trials, 01", "field_not_signed", lambda f: {**f, "s": "/pay/notify"}
    )
    programs.tells(
        "the router adds its path and a format",
        "trials, 01",
        "fields_not_signed",
        lambda f: {**f, "s": "/pay/notify", "_format": "xml"},
    )
    programs.tells(
        "the amount was changed by a hundred",
        "a report of an attacker",
        "amount_hundredfold",
        lambda f: {**f, "total_fee": "88"},
    )
    programs.tells(
        "a model makes Y a boolean", "trials, 01", "booleans_other_form", lambda f: {**f, "is_subscribe": "true"}
    )
    programs.tells(
        "a model makes time_end a date",
        "trials, 01",
        "time_other_form",
        lambda f: {**f, "time_end": "2015-08-06T12:54:00+08:00"},
    )
    programs.tells(
        "a spreadsheet reads transaction_id",
        "trials, 01",
        "digits_lost",
        lambda f: {**f, "transaction_id": f"{float(f['transaction_id']):.14E}"},
    )
    coupons = {"coupon_count": "1", "coupon_fee": "100", "coupon_fee_0": "100", "coupon_id_0": "1001"}
    programs.tells(
        "a class has no numbered fields",
        "v2 §5.3",
        "numbered_fields_lost",
        lambda f: without(f, "coupon_fee_0", "coupon_id_0"),
        **coupons,
    )
    programs.tells(
        "a framework adds a field, whose value is Chinese alone",
        "trials, 01",
        "field_not_signed",
        lambda f: {**f, "city": "北京"},
    )
    programs.tells(
        "sign_type is dropped", "v2 §5.3", "sign_type_not_sent", lambda f: without(f, "sign_type"), sign_type="MD5"
    )
    programs.tells(
        "the payer is another one", "a report of an attacker", "unknown", lambda f: {**f, "openid": f["openid"][::-1]}
    )
    programs.tells(
        "somebody else wrote it, without sign", "a report of an attacker", "sign_missing", lambda f: without(f, "sign")
    )
    programs.tells("the body was read before", "a trial in Node, 2.22", "body_empty", body=lambda data: b"")
    programs.tells("an API gateway's Base64", "a trial in Node, 2.8", "body_base64", body=base64.b64encode)
    programs.tells(
        "a proxy compresses", "a trial in Node, 2.22", "body_compressed", body=lambda data: gzip.compress(data, mtime=0)
    )
    programs.tells(
        "JSON.stringify of what xml2js parsed",
        "a trial in Node, 2.22",
        "body_parsed",
        write=lambda f: json.dumps({"xml": {name: [value] for name, value in f.items()}}),
    )
    programs.tells(
        "html_entities of the whole body",
        "trials, 01",
        "body_escaped",
        body=lambda data: html.escape(data.decode()).encode(),
    )
    programs.tells("half of the body", "trials, 62", "body_cut", body=lambda data: data[: len(data) // 2])
    programs.cases.append(
        Case(
            "a refund notification at the payments' address",
            "trials, 35",
            "refund_notification",
            "notification",
            cdata({**without(paid(0), *list(paid(0))), **refunded()}).encode(),
        )
    )
    sealed = seal_ecb(b"<root><out_refund_no>R1</out_refund_no></root>", "5d41402abc4b2a76b9719d911017c592")
    programs.cases.append(
        Case(
            "a refund notification of another merchant's key",
            "v2 §5.2",
            "req_info_key",
            "notification",
            cdata({**refunded(), "req_info": sealed}).encode(),
        )
    )
    programs.tells(
        "a proxy writes the payer's address in IPv6",
        "trials, 01",
        "ip_other_form",
        lambda f: {**f, "attach": f"::ffff:{f['attach']}"},
        attach="203.0.113.9",
    )
    programs.tells(
        "total_fee and cash_fee change places",
        "a report of an attacker",
        "values_exchanged",
        lambda f: {**f, "total_fee": f["cash_fee"], "cash_fee": f["total_fee"]},
        cash_fee="8700",
    )
    programs.tells(
        "a page reads the note",
        "trials, 01",
        "values_sent_escaped",
        attach(lambda text: text.replace("&times", "×")),
        attach="a&timestamp=1",
    )
    for gone in ("is_subscribe", "return_code", "result_code"):
        programs.tells(
            f"a model has no place for {gone}", "v2 §5.1", "field_not_sent", lambda f, gone=gone: without(f, gone)
        )
    scanned = {
        "appid": APPID,
        "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "mch_id": MCH_ID,
        "is_subscribe": "Y",
        "nonce_str": "cb46a5a0b7a0e5c1",
        "product_id": "a+b c",
    }
    decoded = scanned | {"product_id": "a b c", "sign": right(scanned)}
    programs.cases.append(
        Case("mode 1 of Native, decoded", "trials, 47", "values_url_encoded", "notification", cdata(decoded).encode())
    )
    refusal = {"return_code": "FAIL", "return_msg": "签名错误"}
    programs.cases.append(
        Case("WeChat refuses", "v2 §0, 4", "refusal_not_signed", "notification", cdata(refusal).encode())
    )
    v3 = {"id": "EV-2018022511223320873", "resource_type": "encrypt-resource", "resource": {"ciphertext": "AAAA"}}
    programs.cases.append(
        Case(
            "a notification of APIv3",
            "a trial in Node, 2.24",
            "api_v3_notification",
            "notification",
            json.dumps(v3).encode(),
        )
    )
    error = '{"code":"SIGN_ERROR","message":"签名错误"}'.encode()
    programs.cases.append(Case("an error of APIv3", "v3 §0, 13", "error_not_signed", "notification", error))


def seal_ecb(plain: bytes, key: str) -> str:
    """AES-256-ECB with the MD5 of the key, in Base64: `req_info` (protocol v2 §5.2)."""
    pad = 16 - len(plain) % 16
    data = plain + bytes([pad]) * pad
    keys = round_keys(hashlib.md5(key.encode()).hexdigest().encode())
    blocks = (encrypt_block(data[at : at + 16], keys) for at in range(0, len(data), 16))
    return base64.b64encode(b"".join(blocks)).decode()


def refunded() -> Fields:
    return {
        "return_code": "SUCCESS",
        "appid": APPID,
        "mch_id": MCH_ID,
        "nonce_str": "cb46a5a0b7a0e5c1",
        "req_info": "T87GAHG17TGAHG1TGHAHAHA1Y1CIOA9UGJH1GAHV871HAGAGQYQQPOOJMXNBCXBVNMNMAJAA",
    }


def noise(fen: str) -> str:
    """What 19.9 * 100 is."""
    return str(int(fen) / 100 * 100)


def hyphened(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def intact() -> list[Case]:
    """Messages that are right, in forms that are easily taken for a mistake. The cause is `none`, or a remark."""
    programs = Programs([])

    def asks(name: str, sign: Callable[[Fields], str] = right, cause: str = "none", **more: object) -> None:
        programs.asks(name, "v2 §1.2", cause, sign, **more)  # type: ignore[arg-type]

    # Right, with a remark.
    asks("sign in small letters", lambda f: right(f).lower(), "sign_lower_case", attach="intact 1")
    asks("HMAC-SHA256", sign_type="HMAC-SHA256", attach="intact 2")
    asks("escaped, without CDATA", write=escaped, attach='a=1&b=2 <三> "四"', detail="")
    asks("a byte order mark before the document", write=lambda f: "\ufeff" + cdata(f), attach="100%+ %2B +")
    programs.tells("HMAC-SHA256 without sign_type", "v2 §5.3", "none", sign=lambda f: hmac_sha256(keyed(text_of(f))))
    programs.tells("sign_type MD5 is signed", "v2 §5.3", "none", sign_type="MD5", attach="")
    programs.tells("fields that no document has", "v2 §1.1", "none", coupon_fee="0", coupon_fee_0="0", Unknown="新")
    return programs.cases
