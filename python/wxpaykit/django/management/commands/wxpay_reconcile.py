"""``manage.py wxpay_reconcile``: asks WeChat for orders whose notification never came."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.utils.timezone import is_naive, make_aware

from .... import ConfirmedPayment, InvalidRequest, PaymentMismatch, Reconciled
from ...._native import phrase
from ...conf import client_settings, function, pay, recorded_amount
from ...handover import hand_over
from ...store import DatabaseStore


class Command(BaseCommand):
    """Run it every minute or so, on as many machines as you like: each order is asked for once at each age."""

    help = (
        "Asks WeChat for the orders of WXPAY['pending'] whose notification never came, and hands the paid ones over. "
        "An order is asked for when it is 30 s, 1, 3, 10 and 30 min, 1, 3, 6, 12 and 24 h, 3 and 7 days old. "
        "-v 2 counts the orders."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--every SECONDS``."""
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on, with a pause of this length")

    def handle(self, *_: object, every: float | None = None, verbosity: int = 1, **__: Any) -> None:
        """Once, or on and on."""
        pending = function("pending")
        if pending is None:
            text = (
                "WXPAY['pending'] is missing: a function, or its path, that gives the orders which are not marked as "
                "paid, as (out_trade_no, total_fee, created)"
            )
            raise CommandError(phrase(text))
        if every is not None:
            while True:
                self._go_on(pending, verbosity)
                time.sleep(every)
        failures = self._once(pending, verbosity)
        if failures:
            text = f"{failures} could not be asked for or handed over; they will be tried again"
            raise CommandError(phrase(text))

    def _go_on(self, pending: Any, verbosity: int) -> None:
        # Django drops dead connections at the end of a request, and there are no requests here.
        close_old_connections()
        try:
            self._once(pending, verbosity)
        except Exception:
            # The next pass may find the database there again.
            logging.getLogger("wxpaykit").exception("the orders were not asked for")

    def _once(self, pending: Any, verbosity: int) -> int:
        handled = pay.notify.reconcile(zoned(pending()), on_paid=_confirmed)
        for one in handled:
            if one.state not in ("not_due", "too_old"):
                self.stdout.write(f"{one.out_trade_no}: {said(one)}")
        if verbosity > 1:
            not_due = sum(one.state == "not_due" for one in handled)
            too_old = sum(one.state == "too_old" for one in handled)
            asked = len(handled) - not_due - too_old
            due = min((one.next_due for one in handled if one.next_due is not None), default=None)
            at = f" (the next one at {due.isoformat()})" if due is not None else ""
            self.stdout.write(
                f"{len(handled)} pending: {asked} asked for, {not_due} not due{at}, {too_old} older than eight days"
            )
        store = client_settings().get("store")
        if isinstance(store, DatabaseStore):
            store.forget_ended()
        return sum(one.error is not None for one in handled)


def _confirmed(payment: ConfirmedPayment, idempotency_key: str) -> None:
    """Hands a payment over if ``amount_of`` agrees with ``pending``, whose amount is compared already."""
    recorded, paid = recorded_amount(payment), payment.total_fee
    if recorded is None:
        text = f"amount_of gave None for order {payment.out_trade_no}, which is one of WXPAY['pending']"
        expected = "an order of amount_of"
        raise PaymentMismatch(
            phrase(text), code="order_unknown", field="out_trade_no", expected=expected, actual=payment.out_trade_no
        )
    if isinstance(recorded, bool) or not isinstance(recorded, int):
        rule = f"must be an integer of fen, not {type(recorded).__name__}"
        raise InvalidRequest(f"amount_of: {phrase(rule)}", field="amount_of", rule=rule)
    if recorded != paid:
        text = f"amount_of gave {recorded} fen for order {payment.out_trade_no}; {paid} were paid, as pending says"
        raise PaymentMismatch(
            phrase(text), code="total_fee_mismatch", field="total_fee", expected=str(int(recorded)), actual=str(paid)
        )
    hand_over(payment, idempotency_key)


def zoned(orders: Any) -> Any:
    """The orders with aware times: with ``USE_TZ = False``, those of the database are naive, in ``TIME_ZONE``."""
    return orders if settings.USE_TZ else map(_zoned, orders)


def _zoned(order: Any) -> Any:
    if isinstance(order, (tuple, list)):
        return tuple(_aware(part) for part in order)
    if isinstance(order, dict):
        return {name: _aware(part) for name, part in order.items()}
    try:
        row = {name: getattr(order, name) for name in ("out_trade_no", "total_fee", "created")}
    except AttributeError:
        return order  # `reconcile` says what is missing.
    optional = {name: getattr(order, name, None) for name in ("sub_mch_id", "combine_out_trade_no")}
    return row | optional | {"created": _aware(row["created"])}


def _aware(part: Any) -> Any:
    return make_aware(part) if isinstance(part, datetime) and is_naive(part) else part


def said(one: Reconciled) -> str:
    """What became of an order, as a line of output."""
    words = {
        "delivered": "handed over",
        "handed_over": "handed over before",
        "busy": "another process is handing it over",
        "not_paid": f"not paid, {one.trade_state}",
    }
    return words.get(one.state) or str(one.error)
