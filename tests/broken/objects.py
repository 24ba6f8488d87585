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


def messages() -> list[Object]:
    """Messages with the key that `explain` is given: it is not always the right one."""
    of = Given()
    return [*amounts(of), *keys_given(of), *secrets_sent(of), *handed_over(of), *closed(of)]


def one(
    name: str, source: str, cause: str, fields: Object, key: str = KEY, proved: bool = True, hidden: str | None = None
) -> Object:
    """`hidden` is a secret that nobody named to the doctor, and that it must not print."""
    own = {"name": name, "source": source, "cause": cause, "proved": proved, "key": key, "fields": fields}
    return own if hidden is None else {**own, "hidden": hidden}


def renamed(fields: dict[str, str], **names: str) -> dict[str, str]:
    return {names.get(name, name): value for name, value in fields.items()}


def pages(of: Given) -> Iterable[Object]:
    page, prepay_id = of.page, of.prepay_ids[0]
    named = f"prepay_id={prepay_id}"

    def handed(package: str) -> dict[str, str]:
        return page(package=package)

    def case(name: str, cause: str, signed: dict[str, str], given: Object | None = None, proved: bool = True) -> Object:
        given = page() if given is None else given
        return one(f"page: {name}", SOURCES["page"], cause, {**given, "paySign": of.right(signed)}, of.key, proved)

    yield case("nothing is wrong", "none", page())
    yield case("milliseconds are signed", "time_other_form", page(timeStamp=f"{TIME}000"))
    for more in ("001", "417", "999"):
        of_a_moment = page(timeStamp=f"{TIME}{more}")
        yield case(f"milliseconds of a moment are signed, {more}", "time_other_form", of_a_moment)
    signed_too = {**page(), "paySign": md5(keyed(in_order(sorted([*page(), "paySign"]), page(paySign="")), of.key))}
    yield one("page: an empty paySign is signed", SOURCES["page"], "sign_signed", signed_too, of.key)
    by_hmac = page(signType="HMAC-SHA256")
    late_hmac = hmac_sha256(keyed(text_of({**by_hmac, "timeStamp": f"{TIME}417"}), of.key), of.key)
    yield one(
        "handed over: milliseconds of a moment by HMAC",
        SOURCES["page"],
        "time_other_form",
        {**by_hmac, "paySign": late_hmac},
        of.key,
    )
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
    blank = page(package=f"prepay_id= {prepay_id}")
    yield case("a blank before the prepay_id", "prepay_id_malformed", blank, blank, False)
    yield case("the prepay_id is a field too", "field_not_sent", page() | {"prepay_id": prepay_id})
    yield case("the prepay_id as JSON has it", "package_quoted", page(package=f'prepay_id="{prepay_id}"'))
    yield case(
        "prepay_id= is passed twice, after it was signed", "package_changed", page(), handed(f"prepay_id={named}")
    )
    yield case("prepay_id= is lost after it was signed", "package_changed", page(), handed(prepay_id))
    yield case(
        "the prepay_id is quoted after it was signed", "package_changed", page(), handed(f'prepay_id="{prepay_id}"')
    )
    yield case("something stands behind the prepay_id", "package_changed", page(), handed(f"{named}&sign_type=MD5"))
    yield case("the prepay_id lost its last digit", "package_changed", page(), handed(named[:-1]))
    yield case("the prepay_id lost two digits", "package_changed", page(), handed(named[:-2]))
    for nothing in ("undefined", "null", ""):
        early = page(package=f"prepay_id={nothing}")
        yield case(f"prepay_id={nothing} is signed, before the order is there", "package_changed", early)
    yield case("nonce_str, as orders have it", "names_other_case", renamed(page(), nonceStr="nonce_str"))
    for names in (
        {"nonceStr": "nonce_str", "signType": "sign_type"},
        {"appId": "appid", "timeStamp": "timestamp", "nonceStr": "nonce_str", "signType": "sign_type"},
        {"appId": "app_id", "timeStamp": "time_stamp", "nonceStr": "nonce_str", "signType": "sign_type"},
        {"package": "packageValue"},
        {"package": "packageValue", "nonceStr": "noncestr", "timeStamp": "timestamp"},
    ):
        yield case(f"names of other calls: {', '.join(names.values())}", "names_other_case", renamed(page(), **names))
    for seconds in (-3, -1, 1, 2, 9):
        twice = page(timeStamp=str(int(TIME) + seconds))
        yield case(f"the time is taken twice, {seconds} s", "timestamp_differs", twice)
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
    yield case("milliseconds of a moment are signed", "time_other_form", app(timestamp=f"{TIME}417"))
    kept = app(timestamp=str((int(TIME) * 1000 + 417) & 0xFFFFFFFF))
    yield case("milliseconds in 32 bits", "time_other_form", app(timestamp=f"{TIME}417"), kept)
    yield case("mch_id, as orders have it", "names_differ", renamed(app(), partnerid="mch_id"))
    snake = {"partnerid": "partner_id", "prepayid": "prepay_id", "noncestr": "nonce_str"}
    yield case("names with underscores", "names_other_case", renamed(app(), **snake))
    android_names = {"appid": "appId", "partnerid": "partnerId", "package": "packageValue", "timestamp": "timeStamp"}
    yield case("some names of Android", "names_other_case", renamed(app(), **android_names))
    yield case("names of orders", "names_differ", renamed(app(), partnerid="mch_id", prepayid="prepay_id"))
    for sign_type in ("MD5", "HMAC-SHA256"):
        yield case(f"the fields of a page, {sign_type}", "page_fields_in_app", of.page(1, signType=sign_type))
    for seconds in (-2, -1, 1, 5):
        yield case(
            f"the time is taken twice, {seconds} s", "timestamp_differs", app(timestamp=str(int(TIME) + seconds))
        )
    yield case("prepay_id, as orders have it", "names_other_case", renamed(app(), prepayid="prepay_id"))
    late = app(timestamp=f"{TIME}000")
    yield case("milliseconds are signed and passed", "pay_time_in_milliseconds", late, late, False)
    failed = app(prepayid="undefined")
    yield case("prepayid is undefined", "prepay_id_missing", failed, failed, False)
    other = app(package="Sign=Wxpay")
    yield case("another package is signed and passed", "app_package", other, other, False)
    yield case("the package of a page", "package_of_a_page", app(package=f"prepay_id={prepay_id}"))
    yield case("the package of a page, after it was signed", "package_changed", app(), app(package="prepay_id=1"))
    yield case(
        "prepay_id= before the prepayid, after", "prepayid_changed", app(), app(prepayid=f"prepay_id={prepay_id}")
    )
    yield case("the prepayid lost its last digit", "prepayid_changed", app(), app(prepayid=prepay_id[:-1]))
    yield case("null is signed, before the order is there", "prepayid_changed", app(prepayid="null"))


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
    ignoring_case = {**transfer, "sign": md5(keyed(in_order(sorted(transfer, key=str.upper), transfer), of.key))}
    yield one(
        "request: OrdinalIgnoreCase sorts a transfer",
        "v2 §3.19",
        "names_sorted_without_case",
        ignoring_case,
        of.key,
    )
    packet = {"wxappid": of.appid, "mch_id": of.mch_id, "mch_billno": "HB61", "nonce_str": NONCE, "total_amount": "100"}
    for name, more in {"": {"sign_type": "HMAC-SHA256"}, ", without sign_type": {}}.items():
        fields = packet | more
        signature = hmac_sha256(keyed(text_of(fields), of.key), of.key)
        yield one(
            f"request: a red packet by HMAC{name}",
            "v2 §3.17",
            "md5_needed",
            {**fields, "sign": signature},
            of.key,
            False,
        )
    fields = transfer | {"sign_type": "HMAC-SHA256"}
    signature = hmac_sha256(keyed(text_of(fields), of.key), of.key)
    yield one("request: a transfer by HMAC", "v2 §3.19", "md5_needed", {**fields, "sign": signature}, of.key, False)
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


def closed(of: Given) -> Iterable[Object]:
    """Right signatures over a field that the call does not take: WeChat answers 签名错误."""

    def case(name: str, source: str, cause: str, fields: dict[str, str]) -> Object:
        by_hmac = fields.get("sign_type") == "HMAC-SHA256"
        signature = hmac_sha256(keyed(text_of(fields), of.key), of.key) if by_hmac else of.right(fields)
        return one(f"request: {name}", source, cause, {**fields, "sign": signature}, of.key, cause == "none")

    common = {"mch_id": of.mch_id, "nonce_str": NONCE}
    shared = common | {"sign_type": "HMAC-SHA256", "out_order_no": "P20150806125346"}
    query = shared | {"transaction_id": "4208450740201411110007820472"}
    appid, sub = {"appid": of.appid}, {"sub_appid": "wx2222222222222222"}
    other = "field_not_of_call"
    yield case("profitsharingquery", "v2 §3.22", "none", query)
    yield case("profitsharingquery with appid", "binarywang/WxJava#1378", other, query | appid)
    yield case("profitsharingquery with sub_appid", "binarywang/WxJava#1463", other, query | sub)
    returned = shared | appid | {"out_return_no": "R20190516001"}
    yield case("profitsharingreturnquery", "v2 §3.22", "none", returned)
    yield case("profitsharingreturnquery with sub_appid", "binarywang/WxJava#1782", other, returned | sub)
    packet = common | {"wxappid": of.appid, "mch_billno": "HB61", "re_openid": "o1", "total_amount": "100"}
    yield case("a red packet for nobody", "v2 §3.17", "missing_fields", packet)
    packet |= {"total_num": "1"}
    yield case("a red packet", "v2 §3.17", "none", packet)
    for more in (appid, {"sign_type": "MD5"}, {"trade_type": "JSAPI"}):
        name = f"a red packet with {', '.join(more)}"
        yield case(name, "overtrue/wechat#1063, binarywang/WxJava#726", other, packet | more)
    found = common | appid | {"mch_billno": "HB61", "bill_type": "MCHT"}
    yield case("gethbinfo", "v2 §3.17", "none", found)
    yield case("gethbinfo with sign_type", "binarywang/WxJava#1127", other, found | {"sign_type": "MD5"})
    transfer = common | appid | {"partner_trade_no": "B1", "openid": "o1", "check_name": "NO_CHECK", "amount": "30"}
    yield case("appid and mch_id in a transfer", "v2 §3.19", other, transfer)


def amounts(of: Given) -> Iterable[Object]:
    """Amounts that one program wrote in yuan, or as floating-point numbers."""
    for fen in (1, 10, 100, 2990, 10000, 123456):
        yuan = fen / 100
        own = {"appid": of.appid, "mch_id": of.mch_id, "nonce_str": NONCE, "out_trade_no": "B1", "out_refund_no": "R1"}
        refund = own | {"total_fee": str(fen), "refund_fee": str(fen)}
        paid = v2.paid(1, total_fee=str(fen), cash_fee=str(fen), coupon_fee="5")
        for form in sorted({f"{yuan:.2f}", repr(yuan), f"{fen}.0"}):
            both = {"total_fee": form, "refund_fee": form}
            for name, signed in {"both": both, "total_fee": {"total_fee": form}}.items():
                fields = {**refund, "sign": of.right({**refund, **signed})}
                yield one(f"refund: {name} signed as {form} for {fen}", "v2 §1.2", "numbers_other_form", fields)
            changed = {**paid, "total_fee": form, "cash_fee": form, "sign": of.right(paid)}
            yield one(f"notification: {form} for {fen} twice", "v2 §1.2", "numbers_other_form", changed)


def keys_given(of: Given) -> Iterable[Object]:
    """The program has a broken key, and the developer gives the same to `explain`; or the program has the right one."""
    broken = {
        "a blank at its end": f"{KEY} ",
        "a line feed at its end": f"{KEY}\n",
        "a byte order mark": f"\ufeff{KEY}",
        "quotation marks": f'"{KEY}"',
        "31 characters": KEY[:-1],
        "64 characters": KEY * 2,
        "the mch_id": of.mch_id,
        "the appid": of.appid,
        "a placeholder": "your_api_key_here",
        "Chinese": "密钥" * 16,
        "a private key in PEM": of.private_key,
    }
    for name, key in broken.items():
        order = v2.order(1)
        same = {**order, "sign": md5(keyed(text_of(order), key))}
        yield one(f"the same broken key is given: {name}", "v2 §1.7", "key_form", same, key, False)
    for name, key in {"64 characters": KEY * 2, "a character too many": f"{KEY}x", "one before it": f"x{KEY}"}.items():
        order, paid = v2.order(1), v2.paid(1)
        for kind, fields in (("an order", order), ("a notification", paid)):
            signed = {**fields, "sign": of.right(fields)}
            yield one(f"{name}: given for {kind}", "v2 §1.7", "key_too_long", signed, key)
    for name in ("a placeholder", "the appid", "Chinese"):
        order = v2.order(1)
        yield one(
            f"a broken key is given: {name}",
            "v2 §1.7",
            "key_malformed",
            {**order, "sign": of.right(order)},
            broken[name],
            False,
        )
        paid = v2.paid(1)
        yield one(
            f"notification: a broken key is given: {name}",
            "v2 §1.7",
            "key_malformed",
            {**paid, "sign": of.right(paid)},
            broken[name],
            False,
        )
    for name in ("a blank at its end", "31 characters", "a placeholder"):
        key = broken[name]
        of_page = {**of.page(), "paySign": md5(keyed(text_of(of.page()), key))}
        yield one(f"page: the same broken key is given: {name}", SOURCES["page"], "key_form", of_page, key, False)
        of_app = {**of.app(), "sign": md5(keyed(text_of(of.app()), key))}
        yield one(f"app: the same broken key is given: {name}", SOURCES["app"], "key_form", of_app, key, False)


def secrets_sent(of: Given) -> Iterable[Object]:
    """A key or another secret is a field, known to the doctor or not."""
    old = "0f3a6d1b5c2e498877665544332211aa"
    for name in ("key", "Key", "api_key", "apiKey", "secret", "app_secret", "partner_key", "apiv3_key"):
        for which, value in {"the API key": KEY, "an old key": old}.items():
            hidden = old if value == old else None
            order = v2.order(1)
            sent = {**order, name: value, "sign": of.right(order)}
            yield one(f"{which} is sent as {name}", "v2 §1.1, 5", "key_sent", sent, hidden=hidden)
            both = {**order, name: value}
            both["sign"] = of.right(both)
            yield one(
                f"{which} is sent as {name}, and signed",
                "v2 §1.1, 5",
                "key_sent_signed",
                both,
                proved=False,
                hidden=hidden,
            )
    sorted_in = {**v2.order(1), "key": KEY}
    alone = {**sorted_in, "sign": md5(text_of(sorted_in))}
    yield one("the key is sorted among the fields and sent", "v2 §1.1, 5", "key_sent", alone)
    order = v2.order(1)
    order.pop("attach")
    moved = {**order, "attach": KEY, "sign": of.right(order)}
    yield one("the API key is sent as attach", "v2 §1.1, 5", "key_sent", moved)
    unknown = {**v2.order(1), "key": old, "sign": md5("x")}
    yield one(
        "an old key is sent, and another text signed", "v2 §1.1, 5", "key_sent", unknown, proved=False, hidden=old
    )
    inside = {**v2.order(1, attach=f'{{"shop":1,"api_key":"{old}"}}'), "sign": md5("x")}
    yield one("an old key is in a value", "v2 §1.1, 5", "unknown", inside, proved=False, hidden=old)
    handed = {**of.page(), "key": KEY}
    yield one(
        "page: the API key is handed over",
        SOURCES["page"],
        "key_sent_signed",
        {**handed, "paySign": of.right(of.page())},
        proved=False,
    )
    yield one(
        "page: the API key is handed over and signed",
        SOURCES["page"],
        "key_sent",
        {**handed, "paySign": of.right(handed)},
    )
    of_app = {**of.app(), "key": KEY}
    yield one(
        "app: the API key is handed over",
        SOURCES["app"],
        "key_sent_signed",
        {**of_app, "sign": of.right(of.app())},
        proved=False,
    )


def handed_over(of: Given) -> Iterable[Object]:
    """What pages and apps are handed with a right signature, and refused all the same."""
    page, app, prepay_id = of.page, of.app, of.prepay_ids[0]

    def case(
        name: str,
        cause: str,
        signed: dict[str, str],
        given: Object | None = None,
        proved: bool = False,
        as_: str = "paySign",
    ) -> Object:
        given = signed if given is None else given
        return one(f"handed over: {name}", SOURCES["page"], cause, {**given, as_: of.right(signed)}, of.key, proved)

    without = {name: value for name, value in page().items() if name != "appId"}
    yield case("a page without appId", "app_id_left_out", without, proved=True)
    number = page(appId="1900000109")
    yield case("the merchant's number as appId", "app_id_form", number)
    yield case("the merchant's number as an app's appid", "app_id_form", app(appid="1900000109"), as_="sign")
    provider = page(appId="wx1111111111111111")
    yield case("the provider's appid is signed, the other one passed", "page_unknown", provider, page())
    twice = page(package=f"prepay_id=prepay_id={prepay_id}")
    yield case("prepay_id= twice", "prepay_id_form", twice)
    yield case("an app's prepayid as a package", "prepay_id_form", app(prepayid=f"prepay_id={prepay_id}"), as_="sign")
    yield case("sign for paySign", "page_names", page(), as_="sign")
    yield case("noncestr for nonceStr", "page_names", page(), renamed(page(), nonceStr="noncestr"))
    yield case("an empty timeStamp", "time_stamp", page(timeStamp=""))
    yield case("time.time() for a page", "pay_time_malformed", page(timeStamp="1796049600.123"))
    yield case("time.time() for an app", "pay_time_malformed", app(timestamp="1796049600.123"), as_="sign")
    crosswise = page() | {"timeStamp": NONCE, "nonceStr": TIME}
    yield case("the values are crosswise", "page_values_swapped", page(), crosswise, proved=True)
    of_app = app() | {"timestamp": NONCE, "noncestr": TIME}
    yield case("the values of an app are crosswise", "page_values_swapped", app(), of_app, proved=True, as_="sign")
    named, own = f"prepay_id={prepay_id}", page(signType="RSA")

    def case_v3(name: str, cause: str, text: str, given: Object, proved: bool = True, as_: str = "paySign") -> Object:
        fields = {**given, as_: signed_v3(text, of.private_key)}
        return one(f"handed over by APIv3: {name}", SOURCES["page of APIv3"], cause, fields, of.certificate, proved)

    yield case_v3("the line of appId is left out", "app_id_left_out", lines(TIME, NONCE, named), own)
    right = lines(of.appid, TIME, NONCE, named)
    yield case_v3("sign for paySign", "page_names", right, own, False, "sign")
    other = lines("wx1111111111111111", TIME, NONCE, named)
    yield case_v3("the provider's appid is signed", "page_v3_unknown", other, own, False)
    blank = own | {"package": f"prepay_id= {prepay_id}"}
    marked = lines(of.appid, TIME, NONCE, f"prepay_id= {prepay_id}")
    yield case_v3("a blank before the prepay_id", "prepay_id_malformed", marked, blank, False)
    number = lines("1900000109", TIME, NONCE, named)
    yield case_v3("the merchant's number as appId", "app_id_form", number, own | {"appId": "1900000109"}, False)
    yield case_v3("crosswise", "page_values_swapped", right, own | {"timeStamp": NONCE, "nonceStr": TIME})
    double = own | {"package": f"prepay_id={named}"}
    yield case_v3(
        "prepay_id= twice", "prepay_id_form", lines(of.appid, TIME, NONCE, f"prepay_id={named}"), double, False
    )
    float_ = own | {"timeStamp": f"{TIME}.5"}
    yield case_v3("time.time()", "pay_time_malformed", lines(of.appid, f"{TIME}.5", NONCE, named), float_, False)
    cut = {**own, "paySign": signed_v3(right, of.private_key)}
    cut_key = of.private_key[:900]
    yield one(
        "handed over by APIv3: the key is cut", SOURCES["page of APIv3"], "key_pem_malformed", cut, cut_key, False
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
    changed = {
        "prepay_id= is passed twice, after it was signed": f"prepay_id={named}",
        "prepay_id= is lost after it was signed": prepay_id,
        "the prepay_id is quoted after it was signed": f'prepay_id="{prepay_id}"',
        "something stands behind the prepay_id": f"{named}&sign_type=RSA",
        "the prepay_id lost its last digit": named[:-1],
    }
    for name, package in changed.items():
        yield case(name, "package_changed", right, {**own, "package": package})
    for nothing in ("undefined", ""):
        early = lines(appid, TIME, NONCE, f"prepay_id={nothing}")
        yield case(f"prepay_id={nothing} is signed, before the order is there", "package_changed", early)
    yield case("milliseconds are signed", "time_other_form", lines(appid, f"{TIME}000", NONCE, named))
    late = {**own, "timeStamp": f"{TIME}000"}
    yield case("milliseconds", "pay_time_in_milliseconds", lines(appid, f"{TIME}000", NONCE, named), late, False)
    yield case("timeStamp is a number", "time_stamp_is_number", right, {**own, "timeStamp": int(TIME)}, False)
    for seconds in (-4, -1, 1, 3):
        twice = lines(appid, str(int(TIME) + seconds), NONCE, named)
        yield case(f"the time is taken twice, {seconds} s", "timestamp_differs", twice)
    yield case("milliseconds of the same moment", "time_other_form", lines(appid, f"{TIME}123", NONCE, named))
    yield case("package= in its line", "page_lines", lines(appid, TIME, NONCE, f"package={named}"))
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
    yield case("another nonce", "page_v3_unknown", lines(appid, TIME, NONCE[::-1], named), proved=False)


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
        ("the time is taken twice", "timestamp_differs", lines(appid, str(int(TIME) - 1), NONCE, prepay_id)),
        ("the merchant's number for the appid", "page_lines", lines(of.mch_id, TIME, NONCE, prepay_id)),
        ("partnerid is a line", "page_lines", lines(appid, of.mch_id, TIME, NONCE, prepay_id)),
        ("null is signed, before the order is there", "prepayid_changed", lines(appid, TIME, NONCE, "null")),
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

    short = {"nonceStr": NONCE, "timestamp": int(TIME), "signature": hashlib.sha1(text().encode()).hexdigest()[:32]}
    late = text(time=f"{TIME}417")
    milliseconds = {"nonceStr": NONCE, "timestamp": int(f"{TIME}417")}
    milliseconds |= {"signature": hashlib.sha1(late.encode()).hexdigest()}
    return [
        case("nothing is wrong", "none", text()),
        case("MD5", "config_hash", text(), by="md5"),
        case("SHA-256", "config_hash", text(), by="sha256"),
        case("a ticket from a file", "ticket_with_white_space", text(ticket=f"{own}\n")),
        case("a ticket as JSON has it", "ticket_with_white_space", text(ticket=f'"{own}"')),
        case("milliseconds are signed", "time_other_form", text(time=f"{TIME}000")),
        case("milliseconds of a moment are signed", "time_other_form", text(time=f"{TIME}417")),
        case("the algorithm of checkSignature", "config_values", "".join(sorted([own, NONCE, TIME, url]))),
        case("the algorithm of checkSignature, without url", "config_values", "".join(sorted([own, NONCE, TIME]))),
        case("the values without names", "config_values", "".join([own, NONCE, TIME, url])),
        case(
            "the JSON of getticket is the ticket",
            "ticket_with_white_space",
            text(ticket=f'{{"errcode":0,"errmsg":"ok","ticket":"{own}","expires_in":7200}}'),
        ),
        *(
            case(f"the time is taken twice, {off} s", "timestamp_differs", text(time=str(int(TIME) + off)))
            for off in (-2, -1, 1, 3)
        ),
        case("the nonce first", "names_not_sorted", text(order=(1, 0, 2, 3))),
        case("the url first", "names_not_sorted", text(order=(3, 2, 1, 0))),
        case("an empty fragment", "url_with_hash", text(url=f"{url}#")),
        case("an empty parameter", "url_marks", text(url=f"{url}&")),
        case("the ticket was not awaited", "ticket_not_loaded", text(ticket="undefined")),
        case("the ticket is empty", "ticket_not_loaded", text(ticket="")),
        {**case("40 digits cut to 32", "config_signature_malformed", text(), proved=False), "config": short},
        case("the text was copied from a page", "text_as_html", text().replace("&timestamp", "×tamp")),
        {
            **case("milliseconds are signed and passed", "pay_time_in_milliseconds", late, proved=False),
            "config": milliseconds,
        },
        case("another ticket", "other_page_or_ticket", text(ticket=own[::-1]), proved=False),
    ]
