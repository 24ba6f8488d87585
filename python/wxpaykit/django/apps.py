"""The app."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class WxPayConfig(AppConfig):
    """``"wxpaykit.django"`` in ``INSTALLED_APPS``."""

    name = "wxpaykit.django"
    label = "wxpaykit"
    verbose_name = "WeChat Pay"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the checks of ``settings.WXPAY``."""
        from .checks import check, check_deploy

        checks.register(check, "wxpaykit")
        checks.register(check_deploy, "wxpaykit", deploy=True)
