"""A shop in Django, for the tests: settings, urls, the WSGI and the ASGI application in one file.

What it shipped is a line each in the file SHOP_SHIPPED. The client's settings come from WXPAY_*.
"""

from __future__ import annotations

import os

import django
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "testserver"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": os.environ["SHOP_DB"],
                "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"},
            }
        },
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "wxpaykit.django",
        ],
        # All that could stand in the way of WeChat.
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY="a test's",
        USE_TZ=True,
        WXPAY={"amount_of": f"{__name__}.amount_of", "pending": f"{__name__}.pending_orders"},
    )
    django.setup()

from django.contrib import admin
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.dispatch import receiver

from wxpaykit import new_out_trade_no
from wxpaykit.django import apay, hand_over, pay, payment_confirmed


def amount_of(payment):
    return None if payment.out_trade_no.startswith("X") else 100


def pending_orders():
    return []


@receiver(payment_confirmed)
def ship(payment, idempotency_key, **_: object) -> None:
    with open(os.environ["SHOP_SHIPPED"], "a", encoding="utf-8") as shipped:
        shipped.write(f"{payment.out_trade_no}\n")


def buy(request: HttpRequest) -> JsonResponse:
    number = new_out_trade_no("D")
    order = pay.unifiedorder(
        body="tea",
        out_trade_no=number,
        total_fee=100,
        openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        spbill_create_ip="203.0.113.9",
        notify_url=request.GET.get("notify_url"),
    )
    return JsonResponse({"out_trade_no": number, "prepay_id": order.prepay_id, "pid": os.getpid()})


async def paid(request: HttpRequest) -> JsonResponse:
    """A page that asks, as an asynchronous view."""
    payment = await apay.wait_for_payment(request.GET["number"], total_fee=100, within=0, on_paid=hand_over)
    return JsonResponse({"paid": payment is not None})


buy.login_required = paid.login_required = False

urlpatterns = [
    path("buy", buy),
    path("paid", paid),
    path("wxpay/", include("wxpaykit.django.urls")),
    path("admin/", admin.site.urls),
]

application = get_wsgi_application()
asgi = get_asgi_application()

if os.environ.get("SHOP_USE_EARLY"):
    # A server that preloads has used the client before it forks.
    pay.jssdk.access_token()
