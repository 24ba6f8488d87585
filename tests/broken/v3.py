"""Broken requests and messages of APIv3: each is made by a small program with one mistake.

The mistakes are those of protocol v3 §15 and of public bug reports. `requests` takes the merchant and the clock, so
that the same programs can send to an emulator.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import html
import json
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from case import Case, camel
from keys import bare, certificate, encrypt, pss, seal, sign

ROOT = Path(__file__).resolve().parents[2]


def pem(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Merchant:
    appid: str
    mch_id: str
    serial_no: str
    certificate: str
    private_key: str
    #: The serial number of a platform certificate.
    platform_serial_no: str
    #: The private key of another download.
    other_key: str = field(default_factory=lambda: pem("tests/certificates/other_key.pem"))
    #: A program that knows no better signs with it.
    api_v3_key: str = "c9f0f895fb98ab9159f51fd0297e236d"


API_KEY = "192006250b4c09247ec02edce69f6a2d"
API_V3_KEY = "c9f0f895fb98ab9159f51fd0297e236d"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092025112800000000000001"
PLATFORM = {
    "51D1B6BE5B76335010A28095D9BDAE60B3EB43BC": "emulator/keys/platform-1",
    "52BEF96EF7F4007997EFF4CE1FAE91595FD9EF9B": "emulator/keys/platform-2",
    PUBLIC_KEY_ID: "emulator/keys/platform-public",
}
FIRST, SECOND = list(PLATFORM)[:2]
NOW = 1764300000


def known(*ids: str) -> dict[str, str]:
    """WeChat Pay's keys that a developer has, by their ids."""
    return {id_: pem(PLATFORM[id_] + ("-key.pem" if id_ == PUBLIC_KEY_ID else "-cert.pem")) for id_ in ids}


MERCHANT = Merchant(
    appid="wx8888888888888888",
    mch_id="1900000109",
    serial_no=certificate(pem("tests/certificates/apiclient_cert.pem"))[0],
    certificate=pem("tests/certificates/apiclient_cert.pem"),
    private_key=pem("tests/certificates/apiclient_key.pem"),
    platform_serial_no=FIRST,
)
SETTINGS = {
    "mch_id": MERCHANT.mch_id,
    "api_v3_key": API_V3_KEY,
    "api_key": API_KEY,
    "certificate": MERCHANT.certificate,
    "private_key": MERCHANT.private_key,
    "keys": known(FIRST),
    "now": NOW,
}

HOST = "https://api.mch.weixin.qq.com"
NATIVE, REFUND = "/v3/pay/transactions/native", "/v3/refund/domestic/refunds"
OWN, OTHERS = "v3 §15.1", "v3 §15.2"


@dataclass(frozen=True)
class Request:
    """A request, and what of it is signed: the same, but for the mistake."""

    method: str
    url: str
    timestamp: str
    nonce: str
    body: bytes

    def text(self) -> bytes:
        head = f"{self.method}\n{self.url}\n{self.timestamp}\n{self.nonce}\n"
        return head.encode() + self.body + b"\n"


Change = Callable[[Request], Request]
Signed = Callable[[Request], bytes]
SCHEME = "WECHATPAY2-SHA256-RSA2048"


@dataclass
class Programs:
    merchant: Merchant
    now: int
    cases: list[Case]

    def __post_init__(self) -> None:
        self.number = 0

    def order(self, **more: Any) -> bytes:
        self.number += 1
        document = {
            "appid": self.merchant.appid,
            "mchid": self.merchant.mch_id,
            "description": "龙井茶 & 咖啡/茶点",
            "out_trade_no": f"W{self.now}{self.number:03}",
            "notify_url": "https://shop.example/wxpay/notify",
            "amount": {"total": 100 + self.number, "currency": "CNY"},
            **more,
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def asks(
        self,
        name: str,
        source: str,
        cause: str,
        method: str,
        url: str,
        body: bytes = b"",
        *,
        text: Signed = Request.text,
        signer: Callable[[bytes, str], str] = sign,
        members: dict[str, str] | None = None,
        header: Callable[[str], str | None] = str,
        headers: dict[str, str | None] | None = None,
        given: dict[str, Any] | None = None,
        in_journal: str | None = None,
    ) -> None:
        """The program signs `text`, and sends the request with these members in `Authorization`."""
        nonce = hashlib.md5(f"{len(self.cases)} {name}".encode()).hexdigest().upper()
        timestamp = (members or {}).get("timestamp", str(self.now))
        signature = signer(text(Request(method, url, timestamp, nonce, body)), self.merchant.private_key)
        parts = {
            "mchid": self.merchant.mch_id,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": timestamp,
            "serial_no": self.merchant.serial_no,
            **(members or {}),
        }
        authorization = header(f"{SCHEME} " + ",".join(f'{part}="{value}"' for part, value in parts.items()))
        sent: dict[str, str | None] = {
            "Host": "api.mch.weixin.qq.com",
            "Accept": "application/json",
            "User-Agent": "shop/1.0",
            "Content-Type": "application/json" if body else None,
            "Authorization": authorization,
            **(headers or {}),
        }
        kept = {header: value for header, value in sent.items() if value is not None}
        case = Case(name, source, cause, "request", body, method, url, kept, given or {}, in_journal)
        self.cases.append(case)


def requests(merchant: Merchant = MERCHANT, now: int = NOW) -> list[Case]:
    programs = Programs(merchant, now, [])
    serials(programs)
    urls(programs)
    bodies(programs)
    lines(programs)
    encodings(programs)
    members(programs)
    documents(programs)
    return programs.cases


def query(programs: Programs, number: str = "T20251128") -> str:
    return f"/v3/pay/transactions/out-trade-no/{number}?mchid={programs.merchant.mch_id}"


def serials(programs: Programs) -> None:
    own = programs.merchant.serial_no

    def serial(name: str, source: str, cause: str, serial_no: str) -> None:
        programs.asks(name, source, cause, "POST", NATIVE, programs.order(), members={"serial_no": serial_no})

    old = "5F1C72E2A8931B72A2E13AF8DEE92471EB397115"
    serial("the old serial number, after the certificate was renewed", OWN, "serial_does_not_match_key", old)
    serial("BigInteger.toString()", OWN, "serial_is_decimal", str(int(own, 16)))
    colons = ":".join(own[at : at + 2] for at in range(0, 40, 2))
    serial("as a viewer of certificates shows it", OWN, "serial_malformed", colons)
    serial("a number that lost its zero", "a public report, C-22", "serial_malformed", own.lstrip("0"))
    serial("the id of the public key", OWN, "serial_of_platform", PUBLIC_KEY_ID)
    for name, cause, number in (
        ("decimal", "serial_is_decimal", str(int(own, 16))),
        ("with colons", "serial_malformed", colons),
        ("the public key's", "serial_of_platform", PUBLIC_KEY_ID),
        ("the old one", "serial_does_not_match_key", old),
    ):
        programs.asks(
            f"the right serial number is given beside the header: {name}",
            "zoujingli/WeChatDeveloper#79, wechatpay-apache-httpclient#44",
            cause,
            "POST",
            NATIVE,
            programs.order(),
            members={"serial_no": number},
            given={"serial_no": own},
        )
    serial("the platform certificate's", OWN, "serial_of_platform", programs.merchant.platform_serial_no)
    programs.asks(
        "the private key of another download",
        OWN,
        "serial_does_not_match_key",
        "POST",
        NATIVE,
        programs.order(),
        signer=lambda text, _: sign(text, programs.merchant.other_key),
        given={"private_key": programs.merchant.other_key},
        # The server does not have the program's private key.
        in_journal="signed_by_unknown_key",
    )


def urls(programs: Programs) -> None:
    def signs(name: str, cause: str, url: str, change: Callable[[str], str], source: str = OWN) -> None:
        programs.asks(
            name, source, cause, "GET", url, text=lambda request: replace(request, url=change(request.url)).text()
        )

    signs("the path alone", "url_without_query", query(programs), lambda url: url.split("?")[0])
    signs("the whole URL", "url_with_host", query(programs), lambda url: HOST + url)
    signs(
        "before the client encoded it",
        "url_encoding",
        query(programs, "T2025%7C1128"),
        lambda url: url.replace("%7C", "|"),
    )
    bill = "/v3/bill/tradebill?bill_date=2025-11-27&bill_type=ALL"
    swapped = "/v3/bill/tradebill?bill_type=ALL&bill_date=2025-11-27"
    signs("the client sorts the query", "url_query", bill, lambda _: swapped)
    signs("a parameter is added after signing", "url_query_cut", bill, lambda url: url.split("&")[0])
    for nothing in ("", "undefined", "null"):
        signs(
            f"mchid is {nothing!r} when it is signed",
            "url_query",
            query(programs),
            lambda url, nothing=nothing: url.split("mchid=")[0] + f"mchid={nothing}",
            "a setting that was not loaded",
        )
    signs("without /v3", "url_without_v3", "/v3/certificates", lambda url: url.removeprefix("/v3"))
    signs(
        "a base URL has /v3, and the query is there", "url_without_v3", query(programs), lambda url: url[len("/v3") :]
    )
    signs("/v3 in the base URL and in the path", "url_v3_twice", query(programs), lambda url: "/v3" + url)
    signs("a path relative to the host", "url_without_first_slash", query(programs), lambda url: url.lstrip("/"))
    signs("the query behind & in place of ?", "url_marks", bill, lambda url: url.replace("?", "&"))
    signs("a ? without parameters", "url_marks", "/v3/certificates", lambda url: url + "?")
    signs("the client leaves an & at the end", "url_marks", bill, lambda url: url + "&")


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def bodies(programs: Programs) -> None:
    def signs(name: str, cause: str, change: Callable[[Any], bytes], source: str = OWN) -> None:
        programs.asks(
            name,
            source,
            cause,
            "POST",
            NATIVE,
            programs.order(),
            text=lambda request: replace(request, body=change(json.loads(request.body))).text(),
        )

    signs(
        "json.dumps for the signature, json= for the client",
        "body_reserialised",
        lambda value: json.dumps(value).encode(),
    )
    signs("blanks only", "body_reserialised", lambda value: json.dumps(value, ensure_ascii=False).encode())
    signs(
        "json_encode of PHP",
        "body_reserialised",
        lambda value: json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode(),
    )
    signs(
        "a map of Go: names in order, & escaped",
        "body_reserialised",
        lambda value: (
            json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            .replace("&", "\\u0026")
            .encode()
        ),
    )
    signs(
        "amounts as floats when it is signed",
        "body_reserialised",
        lambda value: json.dumps(
            {**value, "amount": {**value["amount"], "total": float(value["amount"]["total"])}},
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode(),
    )
    signs(
        "a form of the members that are no objects",
        "body_as_form",
        lambda value: urllib.parse.urlencode({n: v for n, v in value.items() if not isinstance(v, dict)}).encode(),
        "a habit of APIv2",
    )
    for name, cause, change in (
        ("in ISO-8859-1", "characters_lost", lambda body: lost(body, lambda _: "?")),
        ("a question mark for each byte", "characters_lost", lambda body: lost(body, lambda c: "?" * len(c.encode()))),
        ("as a form", "body_not_json", lambda body: urllib.parse.urlencode(json.loads(body)).encode()),
        ("as str() of the dict", "body_not_json", lambda body: str(json.loads(body)).encode()),
    ):
        right = programs.order()
        programs.asks(
            f"JSON is signed, and sent {name}",
            "wechatpay-java#352, yansongda/pay#457",
            cause,
            "POST",
            NATIVE,
            change(right),
            text=lambda request, right=right: replace(request, body=right).text(),
        )
    signs("the body is left out", "body_not_signed", lambda _: b"")
    signs(
        "getBytes() on Chinese Windows",
        "body_other_charset",
        lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("gbk"),
    )
    signs("str() of a dict", "body_printed", lambda value: str(value).encode())

    def java(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{name}={java(member)}" for name, member in value.items()) + "}"
        return str(value)

    signs("toString() of a map", "body_printed", lambda value: java(value).encode())
    signs("urlencode() of a dict", "body_as_form", lambda value: urllib.parse.urlencode(value).encode())
    signs(
        "the sorted pairs of APIv2",
        "body_as_form",
        lambda value: "&".join(
            f"{name}={member if isinstance(member, str) else compact(member).decode()}"
            for name, member in sorted(value.items())
        ).encode(),
    )
    signs("quote() of the JSON", "body_url_coded", lambda value: urllib.parse.quote(compact(value)).encode())
    signs("quote_plus() of the JSON", "body_url_coded", lambda value: urllib.parse.quote_plus(compact(value)).encode())
    for nothing in (None, ""):
        programs.asks(
            f"a member that is {nothing!r} is sent and not signed",
            OWN,
            "body_reserialised",
            "POST",
            NATIVE,
            programs.order(attach=nothing),
            text=lambda request: replace(
                request, body=compact({n: v for n, v in json.loads(request.body).items() if n != "attach"})
            ).text(),
        )

    signs(
        "the properties of a bean are signed",
        "body_names",
        lambda value: json.dumps(
            {camel(name): member for name, member in value.items()}, ensure_ascii=False, separators=(",", ":")
        ).encode(),
    )
    mark = b"\xef\xbb\xbf"
    programs.asks(
        "a file with a byte order mark is sent",
        OWN,
        "byte_order_mark",
        "POST",
        NATIVE,
        mark + programs.order(),
        text=lambda request: replace(request, body=request.body.removeprefix(mark)).text(),
    )
    programs.asks(
        "a file is sent with the line feed at its end",
        OWN,
        "no_newline_after_body",
        "POST",
        NATIVE,
        programs.order() + b"\n",
        text=lambda request: replace(request, body=request.body.rstrip()).text(),
    )
    signs("a line feed that is not sent", "extra_newline", lambda value: compact(value) + b"\n")
    programs.asks(
        "{} is signed, and nothing is sent",
        OWN,
        "body_signed_but_not_sent",
        "GET",
        query(programs),
        text=lambda request: replace(request, body=b"{}").text(),
    )
    meta = b'{"filename":"shop.jpg","sha256":"' + hashlib.sha256(b"picture").hexdigest().encode() + b'"}'
    parts = [
        b'--boundary\r\nContent-Disposition: form-data; name="meta";',
        b"Content-Type: application/json\r\n",
        meta,
        b'--boundary\r\nContent-Disposition: form-data; name="file"; filename="shop.jpg";',
        b"Content-Type: image/jpg\r\n",
        b"picture",
        b"--boundary--\r\n",
    ]
    programs.asks(
        "the whole of an upload is signed",
        OWN,
        "multipart_signed",
        "POST",
        "/v3/merchant/media/upload",
        b"\r\n".join(parts),
        headers={"Content-Type": "multipart/form-data; boundary=boundary"},
    )


def lines(programs: Programs) -> None:
    def posts(name: str, cause: str, text: Signed) -> None:
        programs.asks(name, OWN, cause, "POST", NATIVE, programs.order(), text=text)

    posts("a here-document begins with a line feed", "lines_joined_otherwise", lambda request: b"\n" + request.text())
    posts("join, without the last line feed", "no_final_newline", lambda request: request.text()[:-1])
    posts("lines of Windows", "crlf_newlines", lambda request: request.text().replace(b"\n", b"\r\n"))
    posts("line feeds in a raw string", "escaped_newlines", lambda request: request.text().replace(b"\n", b"\\n"))
    posts(
        "the method of the client's options",
        "method_lower_case",
        lambda request: replace(request, method="post").text(),
    )
    posts(
        "the time is taken twice",
        "timestamp_differs",
        lambda request: replace(request, timestamp=str(int(request.timestamp) - 1)).text(),
    )
    posts(
        "time.time() is a float",
        "time_other_form",
        lambda request: replace(request, timestamp=request.timestamp + ".0").text(),
    )
    posts(
        "milliseconds are signed, and seconds sent",
        "time_other_form",
        lambda request: replace(request, timestamp=request.timestamp + "123").text(),
    )
    posts("lines joined by blanks", "lines_joined_otherwise", lambda request: request.text().replace(b"\n", b" "))
    for name, indent in {"blanks": b"    ", "tabs": b"\t\t"}.items():
        posts(
            f"a here-document indented by {name}",
            "lines_joined_otherwise",
            lambda request, indent=indent: request.text().replace(b"\n", b"\n" + indent),
        )
        posts(
            f"a template indented by {name}",
            "lines_joined_otherwise",
            lambda request, indent=indent: b"".join(indent + line + b"\n" for line in request.text().splitlines()),
        )
    posts("the nonce is made twice", "v3_unknown", lambda request: replace(request, nonce=request.nonce[::-1]).text())
    posts(
        "timestamp and nonce in the other order",
        "lines_joined_otherwise",
        lambda request: replace(request, timestamp=request.nonce, nonce=request.timestamp).text(),
    )
    programs.asks(
        "four lines of five",
        OWN,
        "no_empty_body_line",
        "GET",
        query(programs),
        text=lambda request: request.text()[:-1],
    )


def encodings(programs: Programs) -> None:
    def posts(name: str, cause: str, signer: Callable[[bytes, str], str], text: Signed = Request.text) -> None:
        programs.asks(name, OWN, cause, "POST", NATIVE, programs.order(), signer=signer, text=text)

    def data(text: bytes, key: str) -> bytes:
        return base64.b64decode(sign(text, key))

    posts(
        "Base64 for URLs", "signature_base64url", lambda text, key: base64.urlsafe_b64encode(data(text, key)).decode()
    )
    posts("hexadecimal digits", "signature_hexadecimal", lambda text, key: data(text, key).hex())
    posts(
        "lines of 76, joined by blanks",
        "signature_wrapped",
        lambda text, key: base64.encodebytes(data(text, key)).decode().strip().replace("\n", " "),
    )
    posts("SHA1WithRSA", "other_hash", lambda text, key: sign(text, key, "sha1"))
    posts("SHA512WithRSA", "other_hash", lambda text, key: sign(text, key, "sha512"))
    posts("MD5WithRSA", "other_hash", lambda text, key: sign(text, key, "md5"))
    posts(
        "NONEwithRSA of the digest", "digest_without_info", lambda text, key: bare(hashlib.sha256(text).digest(), key)
    )
    posts(
        "privateEncrypt of the digest's digits",
        "digest_without_info",
        lambda text, key: bare(hashlib.sha256(text).hexdigest().encode(), key),
    )
    posts("RSA-PSS", "pss_padding", pss)
    posts("RSA-PSS with the longest salt", "pss_padding", lambda text, key: pss(text, key, 222))
    posts(
        "Base64 of the hexadecimal digits",
        "signature_hexadecimal_in_base64",
        lambda text, key: base64.b64encode(data(text, key).hex().encode()).decode(),
    )
    posts("rstrip('=')", "signature_without_padding", lambda text, key: sign(text, key).rstrip("="))

    def hmac_sha256(text: bytes, _: str) -> bytes:
        return hmac.new(programs.merchant.api_v3_key.encode(), text, hashlib.sha256).digest()

    def keyed(name: str, written: Callable[[bytes], str]) -> None:
        posts(name, "hmac_signature", lambda text, key: written(hmac_sha256(text, key)))

    keyed("HMAC with the APIv3 key", lambda code: base64.b64encode(code).decode())
    keyed("HMAC with the APIv3 key, in hexadecimal", lambda code: code.hex().upper())
    posts(
        "the digest is signed",
        "text_hashed_twice",
        sign,
        lambda request: hashlib.sha256(request.text()).hexdigest().encode(),
    )
    posts(
        "MD5 of APIv2",
        "v2_signature",
        lambda text, _: hashlib.md5(text + b"&key=" + API_KEY.encode()).hexdigest().upper(),
    )


def crosswise(header: str, one: str, other: str) -> str:
    """The values of two members in each other's place."""
    values = {name: re.search(f'{name}="([^"]*)"', header)[1] for name in (one, other)}  # type: ignore[index]
    first = header.replace(f'{one}="{values[one]}"', f'{one}="{values[other]}"')
    return first.replace(f'{other}="{values[other]}"', f'{other}="{values[one]}"')


def members(programs: Programs) -> None:
    now = programs.now
    for one, other in (
        ("timestamp", "nonce_str"),
        ("mchid", "serial_no"),
        ("nonce_str", "serial_no"),
        ("mchid", "timestamp"),
        ("nonce_str", "signature"),
    ):
        programs.asks(
            f"{one} and {other} are written crosswise",
            OWN,
            "authorization_swapped",
            "POST",
            NATIVE,
            programs.order(),
            header=lambda header, one=one, other=other: crosswise(header, one, other),
        )
    for name, time in {
        "time.time()": f"{now}.12",
        "a date": "2026-11-30T22:40:00+08:00",
        "no time": "undefined",
    }.items():
        programs.asks(
            f"timestamp: {name}",
            OWN,
            "timestamp_malformed",
            "POST",
            NATIVE,
            programs.order(),
            members={"timestamp": time},
        )
    programs.asks(
        "a nonce of 40 characters",
        OWN,
        "nonce_too_long",
        "POST",
        NATIVE,
        programs.order(),
        members={"nonce_str": "a" * 40},
        text=lambda request: replace(request, nonce="a" * 40).text(),
        in_journal="authorization_malformed",
    )
    programs.asks(
        "mchid is the serial number",
        OWN,
        "mchid_malformed",
        "POST",
        NATIVE,
        programs.order(),
        members={"mchid": programs.merchant.serial_no},
        in_journal="other_mch_id",
    )
    programs.asks(
        "the text in UTF-16",
        OWN,
        "body_other_charset",
        "POST",
        NATIVE,
        programs.order(),
        text=lambda request: request.text().decode().encode("utf-16-le"),
    )
    programs.asks(
        "a number was a text when it was signed",
        OWN,
        "body_reserialised",
        "POST",
        NATIVE,
        programs.order(),
        text=lambda request: re.sub(rb'"total":([0-9]+)', rb'"total":"\1"', request.text()),
    )
    programs.asks(
        "currentTimeMillis()",
        OWN,
        "timestamp_in_milliseconds",
        "POST",
        NATIVE,
        programs.order(),
        members={"timestamp": f"{now}000"},
    )
    programs.asks(
        "currentTimeMillis() in the header, seconds in the text",
        OWN,
        "time_other_form",
        "POST",
        NATIVE,
        programs.order(),
        members={"timestamp": f"{now}000"},
        text=lambda request: replace(request, timestamp=str(now)).text(),
        # The timestamp is looked at before the signature.
        in_journal="timestamp_in_milliseconds",
    )
    programs.asks(
        "the clock is ten minutes behind",
        OWN,
        "clock_skew",
        "POST",
        NATIVE,
        programs.order(),
        members={"timestamp": str(now - 600)},
    )
    programs.asks(
        "the merchant's number of another shop",
        OWN,
        "mchid_differs",
        "POST",
        NATIVE,
        programs.order(mchid="1900000209"),
    )
    programs.asks(
        "an emoji in description",
        "v3 §1.4",
        "four_byte_character",
        "POST",
        NATIVE,
        programs.order(description="生日蛋糕🎂"),
    )
    transfer = {
        "appid": programs.merchant.appid,
        "out_bill_no": f"T{now}",
        "transfer_scene_id": "1000",
        "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "user_name": encrypt("张三", pem(PLATFORM[FIRST] + "-cert.pem")),
        "transfer_amount": 3000,
        "transfer_remark": "活动奖励",
        "transfer_scene_report_infos": [{"info_type": "活动名称", "info_content": "新会员有礼"}],
    }
    programs.asks(
        "a name is encrypted, and no header says by which key",
        "v3 §15.3",
        "serial_missing",
        "POST",
        "/v3/fund-app/mch-transfer/transfer-bills",
        json.dumps(transfer, ensure_ascii=False).encode(),
    )
    programs.asks(
        "without quotation marks",
        "v3 §2.2",
        "authorization_malformed",
        "POST",
        NATIVE,
        programs.order(),
        header=lambda text: text.replace('"', ""),
    )
    programs.asks(
        "the scheme's name is another one",
        "v3 §2.3",
        "authorization_malformed",
        "POST",
        NATIVE,
        programs.order(),
        header=lambda text: text.replace(SCHEME, "WECHATPAY2-RSA-SHA256"),
    )
    programs.asks(
        "without Authorization",
        "a public report, C-36",
        "authorization_missing",
        "GET",
        query(programs),
        header=lambda _: None,
    )
    refund = {"out_trade_no": "T1", "out_refund_no": "R1", "amount": {"refund": 1, "total": 1, "currency": "CNY"}}
    programs.asks(
        "without Accept",
        "v3 §1.3",
        "accept_missing",
        "POST",
        REFUND,
        json.dumps(refund).encode(),
        headers={"Accept": None},
    )
    xml = f"<xml><appid>{programs.merchant.appid}</appid><mch_id>{programs.merchant.mch_id}</mch_id></xml>"
    programs.asks(
        "XML of APIv2 to an address of APIv3",
        OWN,
        "body_is_xml",
        "POST",
        NATIVE,
        xml.encode(),
        header=lambda _: None,
        headers={"Content-Type": "text/xml"},
    )


def in_buckets(value: Any) -> Any:
    """The members of each object in the order of Java's HashMap."""
    if not isinstance(value, dict):
        return value
    size = 16
    while len(value) > size * 3 // 4:
        size *= 2

    def bucket(name: str) -> int:
        code = 0
        for character in name:
            code = (31 * code + ord(character)) & 0xFFFFFFFF
        return (code ^ (code >> 16)) & (size - 1)

    return {name: in_buckets(value[name]) for name in sorted(value, key=bucket)}


def lost(text: bytes, mark: Callable[[str], str]) -> bytes:
    return "".join(c if c.isascii() else mark(c) for c in text.decode()).encode()


def documents(programs: Programs) -> None:
    """What is signed and what is sent are two documents, or two texts of one."""

    def signs(name: str, cause: str, change: Callable[[Any], Any], source: str = OWN, **more: Any) -> None:
        def text(request: Request) -> bytes:
            changed = change(json.loads(request.body))
            return replace(request, body=changed if isinstance(changed, bytes) else compact(changed)).text()

        programs.asks(name, source, cause, "POST", NATIVE, programs.order(**more), text=text)

    long = {"attach": "门店 12", "time_expire": "2025-11-28T12:20:00+08:00", "goods_tag": "WXG", "support_fapiao": True}
    signs("a HashMap is signed", "body_reserialised", in_buckets)
    signs("a HashMap of ten members is signed", "body_reserialised", in_buckets, **long)

    def shuffled(value: Any) -> Any:
        names = ("notify_url", "amount", "appid", "out_trade_no", "mchid", "description")
        return {name: value[name] for name in names}

    signs("the members of the signed body in another order", "body_reserialised", shuffled)
    signs(
        "the members of amount in another order",
        "body_reserialised",
        lambda value: {**value, "amount": dict(reversed(value["amount"].items()))},
    )
    signs(
        "and those around it too",
        "body_reserialised",
        lambda value: shuffled({**value, "amount": dict(reversed(value["amount"].items()))}),
    )
    signs(
        "one member of many is put last",
        "body_reserialised",
        lambda value: {**{name: value[name] for name in value if name != "mchid"}, "mchid": value["mchid"]},
        **long,
    )
    signs("MarshalIndent with tabs", "body_reserialised", lambda value: indented(value, "\t"))
    charset = "body_other_charset"
    signs('getBytes("ISO-8859-1")', charset, lambda value: lost(compact(value), lambda _: "?"))
    signs(
        "each byte of a character is lost", charset, lambda value: lost(compact(value), lambda c: "?" * len(c.encode()))
    )
    signs("UTF-8 read as ISO-8859-1", charset, lambda value: compact(value).decode("latin-1").encode())

    def without(*names: str) -> Callable[[Any], Any]:
        return lambda value: {name: member for name, member in value.items() if name not in names}

    signs("notify_url is added after signing", "member_not_signed", without("notify_url"))
    signs("the client adds appid and mchid", "member_not_signed", without("appid", "mchid"))
    signs(
        "currency is added after signing",
        "member_not_signed",
        lambda value: {**value, "amount": {"total": value["amount"]["total"]}},
    )
    signs(
        "a writer of nulls signs, another one sends",
        "member_not_sent",
        lambda value: {**value, "attach": None},
    )

    def priced(written: Callable[[int], str]) -> Callable[[Any], bytes]:
        total = re.compile(rb'"total":([0-9]+)')
        return lambda value: total.sub(lambda found: b'"total":' + written(int(found[1])).encode(), compact(value))

    signs("yuan are signed", "numbers_other_form", priced(lambda fen: f"{fen / 100:.2f}"))
    signs(
        "yuan without their last zero",
        "numbers_other_form",
        priced(lambda fen: f"{fen / 100:.1f}"),
        amount={"total": 2990},
    )
    signs("yuan as a text", "numbers_other_form", priced(lambda fen: f'"{fen / 100:.2f}"'))
    signs("a hundredfold of the amount", "numbers_other_form", priced(lambda fen: str(fen * 100)))
    signs("a blank behind the body is signed", "body_trimmed", lambda value: compact(value) + b" ")
    signs("the SHA-256 of the body", "body_hashed", lambda value: hashlib.sha256(compact(value)).hexdigest().encode())

    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    for name, sent, signed, in_journal in (
        ("a UUID is signed, and sent without hyphens", uuid.replace("-", ""), uuid, None),
        # The server counts the characters first.
        ("a UUID is sent, and signed without hyphens", uuid, uuid.replace("-", ""), "authorization_malformed"),
    ):
        programs.asks(
            name,
            OWN,
            "hyphens_differ",
            "POST",
            NATIVE,
            programs.order(),
            members={"nonce_str": sent},
            text=lambda request, signed=signed: replace(request, nonce=signed).text(),
            in_journal=in_journal,
        )
    url = query(programs, "T20251128")
    for name, cause, sent, signed in (
        ("the template of the path", "url_template", url, url.replace("T20251128", "{out_trade_no}")),
        ("the template of an address", "url_template", url, url.split("?")[0].replace("T20251128", ":outTradeNo")),
        ("a # at the end of the path", "url_with_hash", "/v3/certificates", "/v3/certificates#"),
    ):
        programs.asks(
            name,
            OWN,
            cause,
            "GET",
            sent,
            text=lambda request, signed=signed: replace(request, url=signed).text(),
        )
    programs.asks(
        "the merchant number as a line of its own",
        OWN,
        "lines_joined_otherwise",
        "POST",
        NATIVE,
        programs.order(),
        text=lambda request: request.text() + programs.merchant.mch_id.encode() + b"\n",
    )


def indented(value: Any, indent: str) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()


@dataclass
class WeChat:
    """What WeChat Pay sends."""

    cases: list[Case]

    def tells(
        self,
        name: str,
        source: str,
        cause: str,
        *,
        signer: str = FIRST,
        body: Callable[[bytes], bytes] = bytes,
        headers: Callable[[dict[str, str]], dict[str, str]] = dict,
        at: int = NOW,
        given: dict[str, Any] | None = None,
        kind: str = "notification",
        sent: bytes | None = None,
    ) -> None:
        """A message that WeChat Pay signed, and whose headers or body were changed before it was verified."""
        text = notice(len(self.cases)) if sent is None else sent
        nonce = hashlib.md5(name.encode()).hexdigest()
        message = f"{at}\n{nonce}\n".encode() + text + b"\n"
        own = {
            "Content-Type": "application/json",
            "Wechatpay-Timestamp": str(at),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": sign(message, pem(PLATFORM[signer] + ".pem")),
            "Wechatpay-Serial": signer,
            "Wechatpay-Signature-Type": SCHEME,
        }
        case = Case(name, source, cause, kind, body(text), headers=headers(own), given=given or {})
        if kind == "notification":
            case.method, case.url = "POST", "/wxpay/notify"
        self.cases.append(case)


def notice(number: int) -> bytes:
    plain = {
        "mchid": MERCHANT.mch_id,
        "appid": MERCHANT.appid,
        "out_trade_no": f"W{number:03}20251128",
        "transaction_id": f"42000026322025112810000{number:05}",
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": "2025-11-28T11:20:00+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY"},
    }
    nonce = hashlib.md5(str(number).encode()).hexdigest()[:12]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    document = {
        "id": f"b7f0a5e2-6c1d-5e0a-9d4b-{number:012}",
        "create_time": "2025-11-28T11:20:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {
            "original_type": "transaction",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": seal(text, API_V3_KEY, nonce, "transaction"),
            "associated_data": "transaction",
            "nonce": nonce,
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def messages() -> list[Case]:
    wechat = WeChat([])
    tells = wechat.tells
    own = pem("tests/certificates/apiclient_cert.pem")
    tells(
        "the merchant's certificate in the platform's place",
        OTHERS,
        "serial_is_merchant_cert",
        given={"keys": {MERCHANT.serial_no: own}},
    )
    tells(
        "the program passes its own serial number",
        OTHERS,
        "serial_of_merchant",
        headers=lambda headers: {**headers, "Wechatpay-Serial": MERCHANT.serial_no},
    )
    tells("a certificate that was replaced", OTHERS, "serial_unknown", given={"keys": known(SECOND)})
    tells("signed by the public key, certificates are known", OTHERS, "public_key_needed", signer=PUBLIC_KEY_ID)
    public = {"keys": known(PUBLIC_KEY_ID)}
    tells("signed by a certificate, the public key is known", OTHERS, "certificate_needed", given=public)
    wrong = {"keys": {PUBLIC_KEY_ID: pem("tests/certificates/merchant-public-key.pem")}}
    tells(
        "pub_key.pem is the merchant's own public key",
        "a public report, C-23",
        "serial_is_merchant_cert",
        signer=PUBLIC_KEY_ID,
        given=wrong,
    )
    other = {"keys": {PUBLIC_KEY_ID: known(SECOND)[SECOND]}}
    tells("another key is kept under the id", OTHERS, "signed_by_unknown_key", signer=PUBLIC_KEY_ID, given=other)
    crossed = {"keys": {FIRST: known(PUBLIC_KEY_ID)[PUBLIC_KEY_ID], PUBLIC_KEY_ID: known(FIRST)[FIRST]}}
    tells("the certificate and the public key are kept crosswise", OTHERS, "signed_by_other_known_key", given=crossed)
    short = {"keys": {PUBLIC_KEY_ID.removeprefix("PUB_KEY_ID_"): known(PUBLIC_KEY_ID)[PUBLIC_KEY_ID]}}
    tells("the id without its beginning", OTHERS, "public_key_id_wrong", signer=PUBLIC_KEY_ID, given=short)
    of_public = known(PUBLIC_KEY_ID)[PUBLIC_KEY_ID]
    renamed = {"keys": {"PUB_KEY_ID_0100000000012024112800000000000009": of_public}}
    tells("the id of another key", OTHERS, "public_key_id_wrong", signer=PUBLIC_KEY_ID, given=renamed)
    numbered = {"keys": {MERCHANT.serial_no: of_public}}
    tells(
        "the merchant's serial number for the id", OTHERS, "public_key_id_wrong", signer=PUBLIC_KEY_ID, given=numbered
    )
    replaced = {"keys": {"PUB_KEY_ID_0100000000012024112800000000000009": known(SECOND)[SECOND]}}
    tells(
        "the public key was replaced, with its id", OTHERS, "public_key_id_other", signer=PUBLIC_KEY_ID, given=replaced
    )

    def mangled(name: str, source: str, cause: str, body: Callable[[bytes], bytes]) -> None:
        tells(name, source, cause, body=body)

    mangled(
        "json.dumps(request.json())", OTHERS, "body_reserialised", lambda data: json.dumps(json.loads(data)).encode()
    )
    mangled(
        "a line of nginx's log",
        "w7corp/easywechat#1131",
        "body_escaped",
        lambda data: data.replace(b"\\", b"\\x5C").replace(b'"', b"\\x22"),
    )
    tells(
        "a bill is taken for a signed reply",
        "binarywang/WxJava#2030",
        "file_not_signed",
        body=lambda _: "交易时间,公众账号ID\n`2025-11-27 10:00:00,`wx1\n".encode(),
        headers=lambda headers: {n: v for n, v in headers.items() if not n.startswith("Wechatpay-")},
        kind="reply",
    )
    mangled(
        "a message that Go wrote again, its names in another order",
        OTHERS,
        "body_reserialised",
        lambda data: json.dumps(json.loads(data), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(),
    )
    mangled(
        "json.dumps with sort_keys",
        OTHERS,
        "body_reserialised",
        lambda data: json.dumps(json.loads(data), sort_keys=True).encode(),
    )
    outer = ("summary", "event_type", "create_time", "resource", "resource_type", "id")
    inner = ("associated_data", "ciphertext", "original_type", "nonce", "algorithm")

    def hashed(data: bytes) -> bytes:
        value = json.loads(data)
        resource = {name: value["resource"][name] for name in inner}
        return compact({name: resource if name == "resource" else value[name] for name in outer})

    mangled("fastjson wrote it again, in the order of a hash table", OTHERS, "body_reserialised", hashed)
    lost = "支付成功".encode()
    mangled("the summary is read as ASCII", OTHERS, "characters_lost", lambda data: data.replace(lost, b"????"))
    mangled("each byte of it is lost", OTHERS, "characters_lost", lambda data: data.replace(lost, b"?" * 12))
    mangled(
        "U+FFFD for the summary, and the order of a hash table",
        OTHERS,
        "characters_lost",
        lambda data: hashed(data).replace(lost, "\ufffd".encode() * 4),
    )
    mangled(
        "a message that PHP wrote again",
        OTHERS,
        "body_reserialised",
        lambda data: json.dumps(json.loads(data), separators=(",", ":")).replace("/", "\\/").encode(),
    )
    mangled("a line feed at the end", OTHERS, "body_trimmed", lambda data: data + b"\n")
    mangled("an editor puts a byte order mark", OTHERS, "byte_order_mark", lambda data: b"\xef\xbb\xbf" + data)

    def camel(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            "".join(word.title() if at else word for at, word in enumerate(name.split("_"))): camel(member)
            for name, member in value.items()
        }

    mangled("a model in camel case", OTHERS, "body_names", lambda data: compact(camel(json.loads(data))))
    mangled("a filter against XSS", OTHERS, "body_html_escaped", lambda data: html.escape(data.decode()).encode())
    mangled("read as ISO-8859-1", OTHERS, "body_other_charset", lambda data: data.decode("latin-1").encode())
    mangled("str() of the parsed body", OTHERS, "body_printed", lambda data: str(json.loads(data)).encode())
    mangled("str() of the bytes", OTHERS, "body_printed", lambda data: str(data).encode())
    mangled("nobody decoded the form", OTHERS, "body_url_coded", lambda data: urllib.parse.quote_plus(data).encode())
    mangled("a form parser decoded the body", OTHERS, "body_url_coded", lambda data: data.replace(b"+", b" "))
    mangled(
        "the resource alone is kept", OTHERS, "resource_as_body", lambda data: compact(json.loads(data)["resource"])
    )
    opened = {"mchid": "1900000109", "out_trade_no": "W1", "trade_state": "SUCCESS", "amount": {"total": 100}}
    mangled("the decrypted resource is verified", OTHERS, "resource_as_body", lambda _: compact(opened))
    mangled("the body was read before", "a trial in Node, 2.22", "body_empty", lambda data: b"")
    mangled("half of the body", "trials, 62", "body_cut", lambda data: data[: len(data) // 2])
    mangled("an API gateway's Base64", "a trial in Node, 2.8", "body_base64", base64.b64encode)

    def without(*names: str) -> Callable[[dict[str, str]], dict[str, str]]:
        return lambda headers: {name: value for name, value in headers.items() if name not in names}

    four = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial")
    tells("a CDN drops the headers", OTHERS, "header_missing", headers=without(*four))
    tells("one header is not on the proxy's list", OTHERS, "header_missing", headers=without("Wechatpay-Nonce"))

    def other_nonce(headers: dict[str, str]) -> dict[str, str]:
        return {**headers, "Wechatpay-Nonce": headers["Wechatpay-Nonce"][::-1]}

    tells("the nonce of another request", OTHERS, "body_changed", headers=other_nonce)
    of_resource = json.loads(notice(len(wechat.cases)))["resource"]["nonce"]
    tells(
        "the nonce is taken from the resource",
        OTHERS,
        "nonce_of_resource",
        headers=lambda headers: {**headers, "Wechatpay-Nonce": of_resource},
    )

    def swapped(headers: dict[str, str]) -> dict[str, str]:
        first, second = headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"]
        return {**headers, "Wechatpay-Timestamp": second, "Wechatpay-Nonce": first}

    tells("timestamp and nonce are passed crosswise", OTHERS, "headers_swapped", headers=swapped)
    error = '{"code":"SIGN_ERROR","message":"签名错误"}'.encode()
    tells(
        "an error of WeChat Pay's, which has no signature",
        "v3 §0, 13",
        "error_not_signed",
        kind="reply",
        sent=error,
        headers=without(*four),
    )

    def signature(change: Callable[[str], str]) -> Callable[[dict[str, str]], dict[str, str]]:
        return lambda headers: {**headers, "Wechatpay-Signature": change(headers["Wechatpay-Signature"])}

    def small(headers: dict[str, str]) -> dict[str, str]:
        return {**headers, "Wechatpay-Serial": headers["Wechatpay-Serial"].lower()}

    tells("all headers are lowered", OTHERS, "serial_lower_case", headers=small)
    tells("gzip", OTHERS, "body_compressed", body=lambda data: gzip.compress(data, mtime=0))
    tells("addslashes", OTHERS, "body_backslashed", body=lambda data: data.replace(b'"', b'\\"'))
    tells("null for a reply with 204", "v3 §3.4", "body_reserialised", kind="reply", sent=b"", body=lambda _: b"null")
    tells("a probe", "v3 §3.3", "signature_probe", headers=signature(lambda text: "WECHATPAY/SIGNTEST/" + text[20:-3]))
    tells(
        "the signature was URL-decoded",
        OTHERS,
        "signature_with_blanks",
        headers=signature(lambda text: text.replace("+", " ")),
    )
    tells("verified by a queue an hour later", OTHERS, "timestamp_expired", at=NOW - 3600)
    tells("local time in China is taken for UTC", OTHERS, "clock_time_zone", at=NOW - 8 * 3600 - 2)
    tells("UTC is taken for local time in China", OTHERS, "clock_time_zone", at=NOW + 8 * 3600 - 90)
    tells("this machine's clock is behind", OTHERS, "clock_skew", at=NOW + 900)
    tells("the APIv2 key opens the resource", "v3 §15.3", "apiv3_key_wrong", given={"api_v3_key": API_KEY})
    for name, key in {
        "a line feed": f"{API_V3_KEY}\n",
        "quotation marks": f'"{API_V3_KEY}"',
        "capitals": API_V3_KEY.upper(),
        "31 characters": API_V3_KEY[:-1],
    }.items():
        tells(f"the APIv3 key has {name}", "v3 §15.3", "apiv3_key_wrong", given={"api_v3_key": key})
    xml = b"<xml><return_code><![CDATA[SUCCESS]]></return_code><appid><![CDATA[wx8888888888888888]]></appid></xml>"
    tells("a notification of APIv2", "v3 §15.4", "v2_message", headers=without(*four), body=lambda _: xml)
    tells(
        "the body of one message, the headers of another",
        "a public report, C-62",
        "body_changed",
        body=lambda _: notice(999),
    )
    reply = b'{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}'
    tells(
        "a reply that was pretty-printed by an interceptor",
        OTHERS,
        "body_reserialised",
        kind="reply",
        sent=reply,
        body=lambda data: json.dumps(json.loads(data), indent=2).encode(),
    )
    events(wechat)
    return wechat.cases


def events(wechat: WeChat) -> None:
    """Messages that a platform wrapped, cut or wrote again."""
    tells = wechat.tells

    def event(body: str, **more: Any) -> bytes:
        return json.dumps({"httpMethod": "POST", "path": "/wxpay/notify", "body": body, **more}).encode()

    tells("the event of a cloud function", OTHERS, "event_as_body", body=lambda data: event(data.decode()))
    tells(
        "the event of a cloud function that encodes bodies",
        OTHERS,
        "event_as_body",
        body=lambda data: event(base64.b64encode(data).decode(), isBase64Encoded=True),
    )

    def cut(length: int) -> Callable[[bytes], bytes]:
        ciphertext = re.compile(rb'("ciphertext":"[^"]{%d})[^"]*' % length)
        return lambda data: ciphertext.sub(rb"\1", data)

    for length in (255, 512):
        tells(f"a column of {length} characters", "v3 §15.3", "resource_malformed", body=cut(length))
    prepaid = b'{"prepay_id":"wx26112221580621e9b071c00d9e093b0000","code":"SUCCESS","count":2}'
    order = (
        b'{"amount":{"currency":"CNY","total":2990},"mchid":"1900000109","out_trade_no":"W1","trade_state":"NOTPAY"}'
    )

    def replies(name: str, cause: str, sent: bytes, change: Callable[[Any], Any]) -> None:
        tells(name, OTHERS, cause, kind="reply", sent=sent, body=lambda data: compact(change(json.loads(data))))

    replies(
        "a reply whose members a map put in another order",
        "body_reserialised",
        prepaid,
        lambda value: {name: value[name] for name in ("count", "prepay_id", "code")},
    )
    replies("a reply that a HashMap wrote again", "body_reserialised", order, in_buckets)
    replies(
        "a reply to which an interceptor added the status",
        "member_not_signed",
        order,
        lambda value: {**value, "ok": True},
    )
    replies(
        "a reply whose amount is shown in yuan",
        "numbers_other_form",
        order,
        lambda value: {**value, "amount": {**value["amount"], "total": 29.9}},
    )


def intact() -> list[Case]:
    """Messages without a mistake, in forms that are easily taken for one."""
    programs = Programs(MERCHANT, NOW, [])
    programs.asks("a POST", "v3 §2.1", "none", "POST", NATIVE, programs.order())
    programs.asks("escapes in the path", "v3 §2.1", "none", "GET", query(programs, "T%7C%40"))
    programs.asks("a POST without a body", "v3 §2.1", "none", "POST", "/v3/pay/transactions/out-trade-no/T1/close")
    blanks = f'{{"mchid": "{MERCHANT.mch_id}", "note": "\\u8336\\/"}}\n'.encode()
    programs.asks(
        "JSON with blanks and escapes", "v3 §2.1", "none", "POST", "/v3/pay/transactions/out-trade-no/T1/close", blanks
    )
    wechat = WeChat(programs.cases)
    wechat.tells("a notification", "v3 §3.1", "none")
    wechat.tells(
        "by the public key, headers as CGI has them",
        "v3 §15.2",
        "none",
        signer=PUBLIC_KEY_ID,
        given={"keys": known(PUBLIC_KEY_ID)},
        headers=lambda headers: {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()},
    )
    wechat.tells("a reply with 204", "v3 §3.4", "none", kind="reply", sent=b"")
    return programs.cases
