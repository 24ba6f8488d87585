"""``path("wxpay/", include("wxpaykit.django.urls"))`` makes ``/wxpay/notify``."""

from __future__ import annotations

from django.urls import re_path

from .views import notify

app_name = "wxpaykit"
# With a slash at its end and without: WeChat follows no redirect to the other one.
urlpatterns = [re_path(r"^notify/?$", notify, name="notify")]
