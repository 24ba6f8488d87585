"""The payments in the admin: to look at, and to refund."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from .. import WxPayError, fen_to_yuan
from .._native import phrase
from .conf import pay, value
from .models import Payment


@admin.register(Payment)
class PaymentAdmin(admin.ModelAdmin):
    """Shows payments. They come from WeChat, so the admin adds, changes and deletes none.

    Users with the permission ``wxpaykit.refund_payment`` may refund them.
    """

    list_display = ("out_trade_no", "yuan", "transaction_id", "trade_type", "time_end", "confirmed_at")
    list_filter = ("trade_type", "confirmed_at")
    search_fields = ("out_trade_no", "transaction_id", "idempotency_key")
    date_hierarchy = "confirmed_at"
    actions = ("refund",)

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

    def has_refund_permission(self, request: HttpRequest) -> bool:
        """Whether the user may refund payments."""
        permitted: bool = request.user.has_perm("wxpaykit.refund_payment")
        return permitted

    @admin.action(description=phrase("Refund the selected payments in full"), permissions=["refund"])
    def refund(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Asks for confirmation, then asks WeChat to refund each payment in full.

        The number of a refund is made from the payment's number, so WeChat refunds a payment once, however often the
        action is repeated. ``on_refunded`` gets the result when the customer has the money.
        """
        if "confirmed" in request.POST:
            for payment in queryset:
                self._refund(request, payment)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": phrase("Refund in full"),
            "question": phrase("Refund these payments in full? WeChat sends the money back to the customers."),
            "send": phrase("Send the refunds"),
            "back": phrase("Back to the payments"),
            "opts": self.model._meta,
            "payments": [(payment, fen_to_yuan(payment.total_fee)) for payment in queryset],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/wxpaykit/refund.html", context)

    def _refund(self, request: HttpRequest, payment: Payment) -> None:
        fee, number = payment.total_fee, f"admin-{payment.transaction_id}"
        # Before the call: if this process ends during it, the history has the number.
        self.log_change(request, payment, phrase(f"Began refund {number} of {fee} fen."))
        try:
            _ask_for_refund(payment.transaction_id, number, fee)
        except WxPayError as error:
            self.log_change(request, payment, phrase(f"Refund {number}: {error}"))
            self.message_user(request, f"{payment.out_trade_no}: {error}", messages.ERROR)
        else:
            text = f"{payment.out_trade_no}: WeChat accepted the refund of ¥{fen_to_yuan(fee)}."
            self.message_user(request, phrase(text), messages.SUCCESS)


def _ask_for_refund(transaction_id: str, number: str, fee: int) -> None:
    """Asks WeChat to refund a payment in full: by APIv2 where ``api_key`` is set, else by APIv3."""
    if value("api_key") is not None:
        pay.refund(transaction_id=transaction_id, out_refund_no=number, total_fee=fee, refund_fee=fee)
        return
    # A payment in another currency than that of the settings is not confirmed, so it is not in the table.
    currency = value("fee_type") or "CNY"
    pay.v3.refund(
        transaction_id=transaction_id,
        out_refund_no=number,
        amount={"refund": fee, "total": fee, "currency": currency},
    )
