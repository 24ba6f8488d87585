"""The sub-merchant of a payment; and keys that no database takes for one another, whatever their case."""

from __future__ import annotations

import re
from typing import Any

from django.db import migrations, models

from ..store import key_in_table


def rewrite_keys(apps: Any, schema_editor: Any) -> None:
    """Gives each value the key under which the store looks for it now."""
    values = apps.get_model("wxpaykit", "StoredValue").objects.using(schema_editor.connection.alias)
    for key in list(values.values_list("key", flat=True)):
        if key_in_table(key) != key:
            values.filter(key=key).update(key=key_in_table(key))


def restore_keys(apps: Any, schema_editor: Any) -> None:
    """Gives each value the key of the version before."""
    values = apps.get_model("wxpaykit", "StoredValue").objects.using(schema_editor.connection.alias)
    for key in list(values.filter(key__contains="^").values_list("key", flat=True)):
        values.filter(key=key).update(key=re.sub(r"\^(.)", lambda found: found[1].upper(), key))


class Migration(migrations.Migration):
    """Stop the processes of the shop for it: one of the version before would look for the old keys."""

    dependencies = [("wxpaykit", "0002_refund_permission")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="sub_mch_id",
            field=models.CharField(blank=True, default="", max_length=32, verbose_name="sub-merchant"),
        ),
        # A capital takes two places.
        migrations.AlterField(
            model_name="storedvalue",
            name="key",
            field=models.CharField(max_length=255, primary_key=True, serialize=False),
        ),
        migrations.RunPython(rewrite_keys, restore_keys),
    ]
