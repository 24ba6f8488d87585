from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_refund")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="refund_created_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="退款申请时间"),
        ),
    ]
