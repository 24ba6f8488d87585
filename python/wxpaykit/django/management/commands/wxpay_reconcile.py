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

from .... import Reconciled
from ... import hand_over, pay
from ...conf import client_settings, function
from ...store import DatabaseStore


class Command(BaseCommand):
    """Run it every minute or so, on as many machines as you like: each order is asked for once at each age."""

    help = "Asks WeChat for the orders of WXPAY['pending'] whose notification never came, and hands the paid ones over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--every SECONDS``."""
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on, with a pause of this length")

    def handle(self, *_: object, every: float | None = None, **__: Any) -> None:
        """Once, or on and on."""
        pending = function("pending")
        if pending is None:
            raise CommandError(
                "WXPAY['pending'] is missing: a function, or its path, that gives the orders which you have not seen "
                "paid, as (out_trade_no, total_fee, created)"
            )
        if every is not None:
            while True:
                self._go_on(pending)
                time.sleep(every)
        failures = self._once(pending)
        if failures:
            raise CommandError(f"{failures} could not be asked for or handed over; they will be tried again")

    def _go_on(self, pending: Any) -> None:
        # No request comes and goes here, at whose ends Django drops the connections that are dead.
        close_old_connections()
        try:
            self._once(pending)
        except Exception:
            # The next pass may find the database there again.
            logging.getLogger("wxpaykit").exception("the orders were not asked for")

    def _once(self, pending: Any) -> int:
        handled = pay.notify.reconcile(zoned(pending()), on_paid=hand_over)
        for one in handled:
            if one.state != "not_due":
                self.stdout.write(f"{one.out_trade_no}: {said(one)}")
        store = client_settings().get("store")
        if isinstance(store, DatabaseStore):
            store.forget_ended()
        return sum(one.error is not None for one in handled)


def zoned(orders: Any) -> Any:
    """The orders, their times with a zone: with ``USE_TZ = False`` the database's are the project's, and have none."""
    return orders if settings.USE_TZ else map(_zoned, orders)


def _zoned(order: Any) -> Any:
    if isinstance(order, (tuple, list)):
        return tuple(_aware(part) for part in order)
    if isinstance(order, dict):
        return {name: _aware(part) for name, part in order.items()}
    try:
        return order.out_trade_no, order.total_fee, _aware(order.created)
    except AttributeError:
        return order  # `reconcile` says what it lacks.


def _aware(part: Any) -> Any:
    return make_aware(part) if isinstance(part, datetime) and is_naive(part) else part


def said(one: Reconciled) -> str:
    """What became of an order, for whoever reads the log."""
    words = {
        "delivered": "handed over",
        "handed_over": "handed over before",
        "busy": "another process is handing it over",
        "not_paid": f"not paid, {one.trade_state}",
    }
    return words.get(one.state) or str(one.error)
