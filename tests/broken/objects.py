"""What a page or an app is handed, requests that are refused although their signature is right, and wx.config.

Each object is made by a small program with one mistake, from protocol v2 §4 and §7.5 and protocol v3 §5 alone.
`cause` is the code of the explanation; `proved` says whether a signature made with the mistake equals the one there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import v2
import v3
from keys import bare, pss, sign
from v2 import APPID, KEY, MCH_ID, hmac_sha256, in_order, keyed, md5, text_of

Object = dict[str, Any]
NONCE = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
TIME = "1764300000"
PREPAY_ID = "wx201410272009395522657a690389285100"
SOURCES = {"page": "v2 §4.1", "app": "v2 §4.4", "page of APIv3": "v3 §5.2", "app of APIv3": "v3 §5.7"}


@dataclass(frozen=True)
class Given:
    """The merchant, and what it got for its orders."""

    appid: str = APPID
    mch_id: str = MCH_ID
    key: str = KEY
    private_key: str = v3.MERCHANT.private_key
    certificate: str = v3.MERCHANT.certificate
    #: Of each of `SOURCES` its prepay_id.
    prepay_ids: tuple[str, str, str, str] = (PREPAY_ID,) * 4
    ticket: str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy"

    def right(self, fields: dict[str, str]) -> str:
        return md5(keyed(text_of(fields), self.key))

    def page(self, of: int = 0, **more: str) -> dict[str, str]:
        own = {"appId": self.appid, "timeStamp": TIME, "nonceStr": NONCE}
        return own | {"package": f"prepay_id={self.prepay_ids[of]}", "signType": "MD5"} | more

    def app(self, of: int = 1, **more: str) -> dict[str, str]:
        own = {"appid": self.appid, "partnerid": self.mch_id, "prepayid": self.prepay_ids[of], "package": "Sign=WXPay"}
        return own | {"noncestr": NONCE, "timestamp": TIME} | more


def objects(of: Given) -> list[Object]:
    return [*pages(of), *apps(of), *requests(of), *pages_v3(of), *apps_v3(of)]


def one(name: str, source: str, cause: str, fields: Object, key: str = KEY, proved: bool = True) -> Object:
    return {"name": name, "source": source, "cause": cause, "proved": proved, "key": key, "fields": fields}


def renamed(fields: dict[str, str], **names: str) -> dict[str, str]:
    return {names.get(name, name): value for name, value in fields.items()}


def pages(of: Given) -> Iterable[Object]:
    page, prepay_id = of.page, of.prepay_ids[0]

    def case(name: str, cause: str, signed: dict[str, str], given: Object | None = None, proved: bool = True) -> Object:
        given = page() if given is None else given
        return one(f"page: {name}", SOURCES["page"], cause, {**given, "paySign": of.right(signed)}, of.key, proved)

    yield case("nothing is wrong", "none", page())
    yield case("milliseconds are signed", "time_other_form", page(timeStamp=f"{TIME}000"))
    yield case("milliseconds are passed", "time_other_form", page(), page(timeStamp=f"{TIME}000"))
    late = page(timeStamp=f"{TIME}000")
    yield case("milliseconds are signed and passed", "pay_time_in_milliseconds", late, late, False)
    yield case("timeStamp is a number", "time_stamp_is_number", page(), {**page(), "timeStamp": int(TIME)}, False)
    small = page(signType="md5")
    yield case("signType in small letters", "sign_type_unknown", small, small, False)
    yield case("signType of another order", "page_sign_type_differs", page(signType="SHA1"))
    for nothing in ("undefined", "null", "None", "", "[object Promise]"):
        empty = page(package=f"prepay_id={nothing}")
        yield case(f"prepay_id={nothing}", "prepay_id_missing", empty, empty, False)
    unnamed = page(package=prepay_id)
    yield case("the prepay_id alone is signed and passed", "package_form", unnamed, unnamed, False)
    yield case("the prepay_id is a field", "prepay_id_as_field", renamed(page(package=prepay_id), package="prepay_id"))
    yield case("the prepay_id as JSON has it", "package_quoted", page(package=f'prepay_id="{prepay_id}"'))
    yield case("nonce_str, as orders have it", "names_other_case", renamed(page(), nonceStr="nonce_str"))
    yield case("time_stamp", "names_other_case", renamed(page(), timeStamp="time_stamp"))
    hashed = {**page(), "paySign": hmac_sha256(keyed(text_of(page(signType="HMAC-SHA256")), of.key), of.key)}
    yield one(
        "page: paySign in small letters",
        SOURCES["page"],
        "sign_lower_case",
        {**page(), "paySign": of.right(page()).lower()},
        of.key,
        False,
    )
    yield one("page: HMAC is signed, MD5 is passed", SOURCES["page"], "page_sign_type_differs", hashed, of.key)


def apps(of: Given) -> Iterable[Object]:
    app, prepay_id = of.app, of.prepay_ids[1]

    def case(name: str, cause: str, signed: dict[str, str], given: Object | None = None, proved: bool = True) -> Object:
        given = app() if given is None else given
        return one(f"app: {name}", SOURCES["app"], cause, {**given, "sign": of.right(signed)}, of.key, proved)

    yield case("nothing is wrong", "none", app())
    android = {"appid": "appId", "partnerid": "partnerId", "prepayid": "prepayId", "package": "packageValue"}
    android |= {"noncestr": "nonceStr", "timestamp": "timeStamp"}
    yield case("nothing is wrong, as Android names it", "none", app(), renamed(app(), **android))
    yield case("signType, as pages have it", "sign_type_of_a_page", app(signType="MD5"))
    yield case("mch_id, as orders have it", "names_differ", renamed(app(), partnerid="mch_id"))
    yield case("prepay_id, as orders have it", "names_other_case", renamed(app(), prepayid="prepay_id"))
    late = app(timestamp=f"{TIME}000")
    yield case("milliseconds are signed and passed", "pay_time_in_milliseconds", late, late, False)
    failed = app(prepayid="undefined")
    yield case("prepayid is undefined", "prepay_id_missing", failed, failed, False)
    other = app(package="Sign=Wxpay")
    yield case("another package is signed and passed", "app_package", other, other, False)
    yield case("the package of a page", "package_of_a_page", app(package=f"prepay_id={prepay_id}"))


def requests(of: Given) -> Iterable[Object]:
    def case(name: str, source: str, cause: str, fields: dict[str, str], proved: bool = False) -> Object:
        return one(f"request: {name}", source, cause, {**fields, "sign": of.right(fields)}, of.key, proved)

    small = v2.order(1, sign_type="md5")
    # The server looks at the form of each field first.
    refused = {"in_journal": "field_format"}
    yield case("sign_type in small letters", "v2 §1.2", "sign_type_unknown", small) | refused
    own = {"appid": of.appid, "mch_id": of.mch_id, "nonce_str": NONCE, "transaction_id": "4200000263201508067700100001"}
    receivers = '[{"type":"MERCHANT_ID","account":"190001001","amount":100,"description":"分给商户"}]'
    shared = own | {"out_order_no": "P20150806125346", "receivers": receivers}
    yield case("profit sharing by MD5", "v2 §3.22", "hmac_needed", shared)
    yield case(
        "the end of profit sharing by MD5",
        "v2 §3.22",
        "hmac_needed",
        own | {"out_order_no": "P1", "description": "完结"},
    )
    receiver = '{"type":"MERCHANT_ID","account":"190001001","relation_type":"SUPPLIER"}'
    own.pop("transaction_id")
    yield case("a receiver is added by MD5", "v2 §3.22", "hmac_needed", own | {"receiver": receiver})
    flow = own | {"bill_date": "20150806", "account_type": "Basic"}
    yield case("downloadfundflow by MD5", "v2 §3.8", "hmac_needed", flow)
    transfer = {"mch_appid": of.appid, "mchid": of.mch_id, "nonce_str": NONCE, "partner_trade_no": "B1", "amount": "30"}
    signed = renamed(transfer, mch_appid="appid", mchid="mch_id")
    fields = {**transfer, "sign": of.right(signed)}
    yield one("request: a transfer with the names of an order", "v2 §3.19", "names_differ", fields, of.key)
    document = v2.cdata(v2.paid(1) | {"sign": of.right(v2.paid(1))})
    yield one("notification: a form parser took the document", "v2 §5.1", "body_form", {document: ""}, of.key, False)
    yield one(
        "notification: a form parser cut the document",
        "v2 §5.1",
        "body_form",
        {document[:40]: document[41:]},
        of.key,
        False,
    )


def lines(*values: str) -> str:
    return "".join(f"{value}\n" for value in values)


def keys_v3(of: Given) -> list[tuple[str, str]]:
    """The private key, and the certificate."""
    return [("private key", of.private_key), ("certificate", of.certificate)]


def signed_v3(text: str, key: str) -> str:
    return sign(text.encode(), key)


Signer = Callable[[str, str], str]


def pages_v3(of: Given) -> Iterable[Object]:
    appid, prepay_id = of.appid, of.prepay_ids[2]
    named = f"prepay_id={prepay_id}"
    right = lines(appid, TIME, NONCE, named)
    own = of.page(2, signType="RSA")
    number = {"private key": 0}

    def case(
        name: str, cause: str, text: str, given: Object = own, proved: bool = True, by: Signer = signed_v3
    ) -> Object:
        number["private key"] += 1
        key = keys_v3(of)[number["private key"] % 2][1]
        fields = {**given, "paySign": by(text, of.private_key)}
        return one(f"page of APIv3: {name}", SOURCES["page of APIv3"], cause, fields, key, proved)

    yield case("nothing is wrong", "none", right)
    yield case("signType is MD5", "sign_type_not_rsa", right, of.page(2), False)
    failed = of.page(2, signType="RSA", package="prepay_id=undefined")
    yield case("prepay_id=undefined", "prepay_id_missing", lines(appid, TIME, NONCE, failed["package"]), failed, False)
    without = {name: value for name, value in own.items() if name != "signType"}
    yield case("signType is not passed", "sign_type_not_rsa", right, without, False)
    yield case("the prepay_id alone", "package_without_name", lines(appid, TIME, NONCE, prepay_id))
    unnamed = {**own, "package": prepay_id}
    yield case("the prepay_id alone, passed too", "package_form", lines(appid, TIME, NONCE, prepay_id), unnamed, False)
    yield case("the prepay_id as JSON has it", "package_quoted", lines(appid, TIME, NONCE, f'prepay_id="{prepay_id}"'))
    yield case("milliseconds are signed", "time_other_form", lines(appid, f"{TIME}000", NONCE, named))
    late = {**own, "timeStamp": f"{TIME}000"}
    yield case("milliseconds", "pay_time_in_milliseconds", lines(appid, f"{TIME}000", NONCE, named), late, False)
    yield case("timeStamp is a number", "time_stamp_is_number", right, {**own, "timeStamp": int(TIME)}, False)
    yield case("nonce and time in the other order", "page_lines", lines(appid, NONCE, TIME, named))
    yield case("signType is a line", "page_lines", lines(appid, TIME, NONCE, named, "RSA"))
    yield case("the text of APIv2, by RSA", "page_lines", in_order(sorted(own), own))
    yield case("without the last line feed", "no_final_newline", right[:-1])
    yield case("one line feed too many", "extra_newline", right + "\n")
    yield case("SHA1WithRSA", "other_hash", right, by=lambda text, key: sign(text.encode(), key, "sha1"))
    yield case("SHA512WithRSA", "other_hash", right, by=lambda text, key: sign(text.encode(), key, "sha512"))
    yield case("RSA-PSS", "pss_padding", right, by=lambda text, key: pss(text.encode(), key))
    digest = hashlib.sha256(right.encode())
    yield case("NONEwithRSA", "digest_without_info", right, by=lambda _, key: bare(digest.digest(), key))
    yield case("the digest is signed", "text_hashed_twice", digest.hexdigest())
    twice = base64.b64encode(base64.b64decode(signed_v3(right, of.private_key)).hex().encode()).decode()
    yield case("Base64 of hexadecimal", "signature_hexadecimal_in_base64", right, by=lambda *_: twice)
    yield case("without =", "signature_without_padding", right, by=lambda text, key: signed_v3(text, key).rstrip("="))
    yield case("MD5 of APIv2", "v2_signature", right, proved=False, by=lambda *_: md5(keyed(text_of(own), of.key)))
    yield case("another nonce", "v3_unknown", lines(appid, TIME, NONCE[::-1], named), proved=False)


def apps_v3(of: Given) -> Iterable[Object]:
    appid, prepay_id = of.appid, of.prepay_ids[3]
    own = of.app(3)
    android = {"appId": appid, "partnerId": of.mch_id, "prepayId": prepay_id, "packageValue": "Sign=WXPay"}
    android |= {"nonceStr": NONCE, "timeStamp": TIME}
    shapes = {"": own, " with signType": {**own, "signType": "RSA"}, " as Android names it": android}
    mistakes = [
        ("nothing is wrong", "none", lines(appid, TIME, NONCE, prepay_id)),
        ("prepay_id=… is signed", "prepay_id_named_in_app", lines(appid, TIME, NONCE, f"prepay_id={prepay_id}")),
        ("Sign=WXPay is signed", "package_signed_in_app", lines(appid, TIME, NONCE, "Sign=WXPay")),
        ("milliseconds are signed", "time_other_form", lines(appid, f"{TIME}000", NONCE, prepay_id)),
        ("the text of APIv2, by RSA", "page_lines", text_of(own)),
    ]
    for name, cause, text in mistakes:
        signature = signed_v3(text, of.private_key)
        for shape, fields in shapes.items():
            for kind, key in keys_v3(of):
                full = f"app of APIv3: {name}{shape}, {kind}"
                yield one(full, SOURCES["app of APIv3"], cause, {**fields, "sign": signature}, key)
    signature = signed_v3(mistakes[0][2], of.private_key)
    other = {**own, "package": "prepay_id=1", "sign": signature}
    yield one(
        "app of APIv3: the package of a page", SOURCES["app of APIv3"], "app_package", other, keys_v3(of)[0][1], False
    )


def configs(of: Given) -> list[Object]:
    """Arguments of wx.config, each with the ticket and the page."""
    own = of.ticket
    url = "https://shop.example/pay?a=1&from=singlemessage"

    def text(ticket: str = own, time: str = TIME, url: str = url, order: tuple[int, ...] = (0, 1, 2, 3)) -> str:
        pairs = [f"jsapi_ticket={ticket}", f"noncestr={NONCE}", f"timestamp={time}", f"url={url}"]
        return "&".join(pairs[at] for at in order)

    def case(name: str, cause: str, signed: str, proved: bool = True, by: str = "sha1") -> Object:
        signature = hashlib.new(by, signed.encode()).hexdigest()
        config = {"nonceStr": NONCE, "timestamp": int(TIME), "signature": signature}
        about = {"name": name, "source": "v2 §7.5", "cause": cause, "proved": proved}
        return {**about, "config": config, "url": url, "ticket": own}

    return [
        case("nothing is wrong", "none", text()),
        case("MD5", "config_hash", text(), by="md5"),
        case("SHA-256", "config_hash", text(), by="sha256"),
        case("a ticket from a file", "ticket_with_white_space", text(ticket=f"{own}\n")),
        case("a ticket as JSON has it", "ticket_with_white_space", text(ticket=f'"{own}"')),
        case("milliseconds are signed", "time_other_form", text(time=f"{TIME}000")),
        case("the nonce first", "names_not_sorted", text(order=(1, 0, 2, 3))),
        case("the url first", "names_not_sorted", text(order=(3, 2, 1, 0))),
        case("an empty fragment", "url_with_hash", text(url=f"{url}#")),
        case("an empty parameter", "url_marks", text(url=f"{url}&")),
        case("another ticket", "other_page_or_ticket", text(ticket=own[::-1]), proved=False),
    ]
