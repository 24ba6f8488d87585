"""Two tables: what clients share, and the payments that were handed over."""

from __future__ import annotations

from django.db import models


class StoredValue(models.Model):
    """A text under a key, until its time: see ``store.DatabaseStore``, which writes the keys. Values may be secret."""

    key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    until = models.BigIntegerField(db_index=True, help_text="milliseconds since 1970")

    def __str__(self) -> str:
        return str(self.key)


class Payment(models.Model):
    """A payment that WeChat confirmed, written in one transaction with what ``payment_confirmed`` did."""

    idempotency_key = models.CharField(max_length=80, unique=True)
    transaction_id = models.CharField("WeChat's number", max_length=32, db_index=True)
    out_trade_no = models.CharField("order", max_length=32, db_index=True)
    total_fee = models.BigIntegerField("amount in fen")
    trade_type = models.CharField(max_length=16, blank=True)
    bank_type = models.CharField(max_length=32, blank=True)
    sub_mch_id = models.CharField("sub-merchant", max_length=32, blank=True, default="")
    time_end = models.DateTimeField("paid at", null=True)
    confirmed_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        """The newest first; the admin refunds for users with the permission."""

        ordering = ("-confirmed_at", "-id")
        permissions = (("refund_payment", "Can refund payment"),)

    def __str__(self) -> str:
        return f"{self.out_trade_no}: {self.total_fee} fen"
