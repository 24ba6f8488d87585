from django.contrib import admin

from .models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("out_trade_no", "trade_type", "body", "total_fee", "created_at", "paid_at", "refund_id")
    list_filter = ("trade_type",)
    search_fields = ("out_trade_no", "transaction_id")
