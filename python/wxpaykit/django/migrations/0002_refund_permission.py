"""The permission to refund payments in the admin."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Changes no table."""

    dependencies = [("wxpaykit", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="payment",
            options={
                "ordering": ("-confirmed_at", "-id"),
                "permissions": (("refund_payment", "Can refund payment"),),
            },
        ),
    ]
