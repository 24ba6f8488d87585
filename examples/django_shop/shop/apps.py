from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = "茶铺"

    def ready(self) -> None:
        from . import orders  # noqa: F401  # it listens
