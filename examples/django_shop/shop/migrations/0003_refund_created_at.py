from django.db import migrations, models
from django.utils import timezone


def date_old_refunds(apps, schema_editor):
    """Refunds that have no result yet were asked for before their time was kept: from now on they are queried."""
    orders = apps.get_model("shop", "Order").objects
    orders.filter(refund_id=None).exclude(out_refund_no=None).update(refund_created_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_refund")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="refund_created_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="退款申请时间"),
        ),
        migrations.RunPython(date_old_refunds, migrations.RunPython.noop),
    ]
