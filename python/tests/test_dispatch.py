"""One notify_url for several merchants and appids."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from conftest import Emulator, Sale

from wxpaykit import (
    AsyncWxPay,
    ConfirmedPayment,
    InvalidRequest,
    PaymentMismatch,
    SignatureError,
    WxPay,
    dispatch,
)
from wxpaykit.testing import signed_notification

KEYS = {"10000100": "1" * 32, "1900000109": "2" * 32, "1500000001": "3" * 32}
CLIENTS: dict[str, dict[str, str]] = {
    "account": {"appid": "wx0000000000000001", "mch_id": "10000100"},
    "mini program": {"appid": "wx0000000000000002", "mch_id": "10000100"},
    "other merchant": {"appid": "wx0000000000000001", "mch_id": "1900000109"},
    "sub-merchant 1": {"appid": "wx0000000000000003", "mch_id": "1500000001", "sub_mch_id": "1600000001"},
    "sub-merchant 2": {"appid": "wx0000000000000003", "mch_id": "1500000001", "sub_mch_id": "1600000002"},
    "provider": {"appid": "wx0000000000000003", "mch_id": "1500000001"},
}


def made(kind: Any, name: str) -> Any:
    names = CLIENTS[name]
    return kind(**names, api_key=KEYS[names["mch_id"]], endpoints="http://127.0.0.1:9")


def notification(names: dict[str, str], **others: Any) -> bytes:
    return signed_notification({**names, **others}, KEYS[names["mch_id"]])


@pytest.mark.parametrize("kind", [WxPay, AsyncWxPay])
@pytest.mark.parametrize("backwards", [False, True])
def test_each_notification_finds_its_client(kind: Any, backwards: bool) -> None:
    clients = {name: made(kind, name) for name in CLIENTS}
    asked = [*clients.values()][:: -1 if backwards else 1]
    for name, names in CLIENTS.items():
        body = notification(names)
        found = dispatch(body, iter(asked))
        assert found is clients[name], name
        assert found.notify.parse(body).mch_id == names["mch_id"]
        assert dispatch(body.decode(), asked) is dispatch(bytearray(body), asked) is found
    # A sub-merchant without a client of its own is its provider's.
    third = CLIENTS["provider"] | {"sub_mch_id": "1600000003"}
    assert dispatch(notification(third), asked) is clients["provider"]


def test_a_message_that_fits_no_client_is_refused_by_each() -> None:
    clients = [made(WxPay, name) for name in ("mini program", "account", "sub-merchant 1")]
    for body in (b"", b"hello", b"\xff", "<xml/>", b'{"id": "v3"}', b"<xml><mch_id>1</mch_id></xml>"):
        assert dispatch(body, clients) is clients[0]
        with pytest.raises(SignatureError):
            clients[0].notify.parse(body)
    # Of the right merchant: its key says that the notification is authentic, and the error whose it is.
    stranger = notification({"appid": "wx9999999999999999", "mch_id": "10000100"})
    assert dispatch(stranger, clients) is clients[0]
    with pytest.raises(PaymentMismatch) as refused:
        dispatch(stranger, clients).notify.parse(stranger)
    assert str(refused.value) == (
        "appid should be wx0000000000000002 and is wx9999999999999999; the notification is for another client, "
        "whose appid is wx9999999999999999: hand it to that one"
    )
    assert refused.value.out_trade_no == "20150806125346"
    third = CLIENTS["provider"] | {"sub_mch_id": "1600000003"}
    with pytest.raises(PaymentMismatch, match="whose sub_mch_id is 1600000003"):
        dispatch(notification(third), clients).notify.parse(notification(third))


def test_the_named_client_verifies() -> None:
    """Anybody can name a merchant."""
    clients = [made(WxPay, name) for name in CLIENTS]
    names = CLIENTS["other merchant"]
    forged = signed_notification(names, KEYS["10000100"])
    assert dispatch(forged, clients).mch_id == names["mch_id"]
    with pytest.raises(SignatureError):
        dispatch(forged, clients).notify.parse(forged)


def test_dispatched_payments_are_handed_over(emulator: Emulator, sale: Sale) -> None:
    shipped = []

    def ship(payment: ConfirmedPayment, key: str) -> None:
        shipped.append((payment.out_trade_no, payment.appid))

    clients = [emulator.sync(appid="wx0000000000000001"), emulator.sync()]
    handled = dispatch(sale.body, clients).notify.handle(sale.body, amount_of=lambda payment: 100, on_paid=ship)
    assert handled.delivered
    asynchronous = [emulator.asyncio(appid="wx0000000000000001"), emulator.asyncio()]

    async def main() -> None:
        pay = dispatch(sale.body, asynchronous)
        await pay.notify.handle(sale.body, amount_of=lambda payment: 100, on_paid=ship)

    asyncio.run(main())
    assert shipped == [(sale.out_trade_no, emulator.settings["appid"])] * 2


@pytest.mark.parametrize("clients", [[], [None], ["wx0000000000000001"], [{}], None, 1, {}, "wx0000000000000001"])
def test_without_clients(clients: Any) -> None:
    with pytest.raises(InvalidRequest, match="clients: must be one or more WxPay or AsyncWxPay clients"):
        dispatch(b"", clients)
    with pytest.raises(InvalidRequest, match="clients: must be one or more"):
        dispatch(b"", made(WxPay, next(iter(CLIENTS))))  # type: ignore[type-var]
