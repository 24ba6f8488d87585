"""``manage.py reconcile_refunds``: asks WeChat for refunds whose notification never came."""

from django.core.management.base import BaseCommand, CommandError

from shop.orders import pending_refunds, refunded
from wxpaykit.django import pay


class Command(BaseCommand):
    """Run it every few minutes: each refund is asked for at certain ages."""

    help = "Asks WeChat for refunds whose notification never came."

    def handle(self, **_: object) -> None:
        failed = [
            refund
            for refund in pay.notify.reconcile_refunds(pending_refunds(), on_refunded=refunded)
            if refund.error is not None
        ]
        for refund in failed:
            self.stderr.write(str(refund.error))
        if failed:
            raise CommandError("some refunds are still open; the next run asks for them again")
