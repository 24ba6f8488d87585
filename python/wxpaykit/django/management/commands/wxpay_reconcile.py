"""``manage.py wxpay_reconcile``: asks WeChat for orders whose notification never came."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

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
        handled = pay.notify.reconcile(pending(), on_paid=hand_over)
        for one in handled:
            if one.state != "not_due":
                self.stdout.write(f"{one.out_trade_no}: {said(one)}")
        store = client_settings().get("store")
        if isinstance(store, DatabaseStore):
            store.forget_ended()
        return sum(one.error is not None for one in handled)


def said(one: Reconciled) -> str:
    """What became of an order, for whoever reads the log."""
    words = {
        "delivered": "handed over",
        "handed_over": "handed over before",
        "busy": "another process is handing it over",
        "not_paid": f"not paid, {one.trade_state}",
    }
    return words.get(one.state) or str(one.error)
