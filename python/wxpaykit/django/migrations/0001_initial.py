"""The two tables."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes them."""

    initial = True

    dependencies: list[Any] = []

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("idempotency_key", models.CharField(max_length=80, unique=True)),
                ("transaction_id", models.CharField(db_index=True, max_length=32, verbose_name="WeChat's number")),
                ("out_trade_no", models.CharField(db_index=True, max_length=32, verbose_name="order")),
                ("total_fee", models.BigIntegerField(verbose_name="amount in fen")),
                ("trade_type", models.CharField(blank=True, max_length=16)),
                ("bank_type", models.CharField(blank=True, max_length=32)),
                ("time_end", models.DateTimeField(null=True, verbose_name="paid at")),
                ("confirmed_at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
            options={
                "ordering": ("-confirmed_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="StoredValue",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("until", models.BigIntegerField(db_index=True, help_text="milliseconds since 1970")),
            ],
        ),
    ]
