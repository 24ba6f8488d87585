"""Messages and replies for unit tests that need no emulator."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from ._native import build_xml, phrase, restore, sign
from ._outer import outer
from ._records import RECORDS, ConfirmedPayment
from ._settings import hidden, meant
from .errors import InvalidRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    from ._native import Reply

    _R = TypeVar("_R", bound=Reply)

#: The demo customer, under the demo merchant's appid: the one in WeChat's documentation.
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


def signed_notification(fields: Mapping[str, Any], key: str, sign_type: str = "HMAC-SHA256") -> bytes:
    """The body of a payment notification as WeChat posts it, for tests of a notification's view.

    Args:
        fields: Fields that replace the usual ones, or are added to them; ``None`` leaves a field out.
        key: The merchant's API key.
        sign_type: ``HMAC-SHA256`` or ``MD5``.

    Raises:
        InvalidRequest: A field cannot be written.
    """
    key = hidden(key)
    if not hasattr(fields, "get"):
        rule = f"must be a dict, not {type(fields).__name__}"
        raise outer(TypeError(f"fields: {phrase(rule)}"))
    usual = {**_USUAL, "cash_fee": fields.get("total_fee", 100), "total_fee": 100}
    whole = {name: str(value) for name, value in {**usual, **fields}.items() if value is not None}
    return build_xml({**whole, "sign": sign(whole, key, sign_type)}).encode()


#: The notification in WeChat's documents, but for its amounts.
_USUAL = {
    "appid": "wxd930ea5d5a258f4f",
    "bank_type": "OTHERS",
    "fee_type": "CNY",
    "is_subscribe": "N",
    "mch_id": "10000100",
    "nonce_str": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
    "openid": OPENID,
    "out_trade_no": "20150806125346",
    "result_code": "SUCCESS",
    "return_code": "SUCCESS",
    "time_end": "20150806125400",
    "trade_type": "JSAPI",
    "transaction_id": "4200000263201508067700134212",
}


def confirmed_payment(**fields: Any) -> ConfirmedPayment:
    """A payment for unit tests of your own functions, without a client and without an emulator::

        ship(confirmed_payment(out_trade_no="A1", total_fee=100), "key")

    Args:
        fields: Fields in place of the usual ones, and more of them, by the names of ``ConfirmedPayment``: ``int`` for
            amounts in fen, an aware ``datetime`` for times. ``None`` leaves one out.

    Raises:
        InvalidRequest: A value is not of its field's kind.
        TypeError: There is no such field.
    """
    usual: dict[str, Any] = {
        **{name: value for name, value in _USUAL.items() if name not in ("return_code", "result_code", "nonce_str")},
        "total_fee": 100,
        "cash_fee": fields.get("total_fee", 100),
        "trade_state": "SUCCESS",
    }
    return reply(ConfirmedPayment, **{**usual, **fields})


def reply(kind: type[_R], /, **fields: Any) -> _R:
    """Any reply or notification for unit tests: ``pay.unifiedorder.return_value = reply(UnifiedorderReply, …)``.

    Args:
        kind: The class, such as ``wxpaykit.UnifiedorderReply``.
        fields: Its fields, as for `confirmed_payment`. There are no usual ones.

    Raises:
        InvalidRequest: A value is not of its field's kind.
        TypeError: There is no such field, or ``kind`` is not a class of replies.
    """
    if kind not in RECORDS.values():
        rule = f"must be one of {', '.join(RECORDS)}, not {kind!r}"
        raise outer(TypeError(f"kind: {phrase(rule)}"))
    return restore(kind, kind.__name__, _wire(kind, fields))


def _wire(kind: type[Reply], fields: Mapping[str, Any]) -> dict[str, str]:
    """The texts that WeChat would send."""
    known, texts = kind.__annotations__, {}
    for name, value in fields.items():
        if name not in known:
            raise outer(TypeError(phrase(f"{kind.__name__} has no field {name!r}{meant(name, known)}")))
        if value is None:
            continue
        if known[name].startswith("tuple["):
            item = RECORDS[known[name].removeprefix("tuple[").partition(",")[0]]
            for i, one in enumerate(value):
                texts.update({f"{part}_{i}": text for part, text in _wire(item, one).items()})
        else:
            texts[name] = _text(name, known[name].removesuffix(" | None"), value)
    return texts


def _text(name: str, kind: str, value: Any) -> str:
    if kind == "int" and isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    if kind == "datetime" and isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone(timedelta(hours=8))).strftime("%Y%m%d%H%M%S")
    if kind == "Any" and isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if kind in ("str", "Any") and isinstance(value, str):
        return str.__str__(value)
    if kind == "datetime" and isinstance(value, str) and len(value) == 14 and value.isdecimal():
        return value
    given = type(value).__name__
    if kind == "int":
        rule = f"must be an integer, not {given}"
    elif kind == "datetime":
        rule = f"must be an aware datetime, not {given}"
    else:
        rule = f"must be text, not {given}"
    raise InvalidRequest(f"{name}: {phrase(rule)}", field=name, rule=rule)
