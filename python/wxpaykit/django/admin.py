"""The payments in the admin: to look at, and to refund."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from .. import WxPayError, fen_to_yuan
from .._native import phrase
from . import refunds
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
        action is repeated. WeChat is asked for the refund of that number first: one that it closed is followed by
        another with the next number. ``on_refunded`` gets the result when the customer has the money.
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
        number, order = f"admin-{payment.transaction_id}", payment.out_trade_no
        try:
            number, state = refunds.latest(payment)
            # WeChat's word of old for one whose outcome it does not know: it wants the same refund again.
            if state in (None, "NOTSURE"):
                # Before the call: if this process ends during it, the history has the number.
                self.log_change(request, payment, phrase(f"Began refund {number} of {payment.total_fee} fen."))
                state = refunds.ask(payment, number)
                if state in (None, "PROCESSING", "SUCCESS"):
                    text = f"{order}: WeChat accepted the refund of ¥{fen_to_yuan(payment.total_fee)}."
                    self.message_user(request, phrase(text), messages.SUCCESS)
                    return
        except WxPayError as error:
            self.log_change(request, payment, phrase(f"Refund {number}: {error}"))
            self.message_user(request, f"{order}: {error}", messages.ERROR)
            return
        level, text = _found(number, state)
        self.message_user(request, phrase(f"{order}: {text}"), level)


def _found(number: str, state: str | None) -> tuple[int, str]:
    """What is to be said of a refund that WeChat has already."""
    match state:
        case "SUCCESS":
            return messages.INFO, f"was refunded before, by the refund {number}."
        case "PROCESSING":
            return messages.INFO, f"its refund {number} is on its way."
        case "CHANGE":
            return (
                messages.WARNING,
                f"the customer's card did not take its refund {number}: finish it at pay.weixin.qq.com.",
            )
        case _:
            return messages.WARNING, f"its refund {number} has the state {state}."
