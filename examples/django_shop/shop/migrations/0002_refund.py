from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="out_refund_no",
            field=models.CharField(editable=False, max_length=64, null=True, verbose_name="商户退款单号"),
        ),
        migrations.AddField(
            model_name="order",
            name="refund_id",
            field=models.CharField(editable=False, max_length=32, null=True, verbose_name="微信支付退款单号"),
        ),
    ]
