import django
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.dispatch import receiver
from django.urls import include, path
from play import amount_of, play, ship, wsgi

urlpatterns = []


def serve(settings, port):
    # Django has a store of its own, in its database.
    wxpay = {name: value for name, value in settings.items() if name != "store"}
    django_settings.configure(
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["wxpaykit.django"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}},
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="of a test",
        WXPAY={**wxpay, "amount_of": amount_of},
    )
    django.setup()
    urlpatterns.append(path("wxpay/", include("wxpaykit.django.urls")))
    call_command("migrate", verbosity=0)
    from wxpaykit.django import payment_confirmed

    @receiver(payment_confirmed, weak=False)
    def paid(payment, idempotency_key, **_):
        ship(payment, idempotency_key)

    wsgi(get_wsgi_application(), port)


play(serve)
