"""The payments in the admin, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from .. import fen_to_yuan
from .models import Payment


@admin.register(Payment)
class PaymentAdmin(admin.ModelAdmin):
    """Shows payments. They come from WeChat, so the admin adds, changes and deletes none."""

    list_display = ("out_trade_no", "yuan", "transaction_id", "trade_type", "time_end", "confirmed_at")
    list_filter = ("trade_type", "confirmed_at")
    search_fields = ("out_trade_no", "transaction_id", "idempotency_key")
    date_hierarchy = "confirmed_at"

    @admin.display(description="¥", ordering="total_fee")
    def yuan(self, payment: Payment) -> str:
        """The amount in yuan."""
        return fen_to_yuan(payment.total_fee)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Always false: payments are read-only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Always false: payments are read-only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Always false: payments are read-only."""
        return False
