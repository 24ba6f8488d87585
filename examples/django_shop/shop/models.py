from django.db import models

from wxpaykit import new_out_trade_no


def out_trade_no() -> str:
    return new_out_trade_no()


class Order(models.Model):
    """One order: paid when it has a `transaction_id`, which is set once, and refunded when it has a `refund_id`."""

    class TradeType(models.TextChoices):
        JSAPI = "JSAPI", "微信内"
        NATIVE = "NATIVE", "扫码"
        MWEB = "MWEB", "手机浏览器"

    out_trade_no = models.CharField("商户订单号", max_length=32, primary_key=True, default=out_trade_no, editable=False)
    trade_type = models.CharField("支付方式", max_length=6, choices=TradeType)
    body = models.CharField("商品", max_length=127)
    total_fee = models.PositiveIntegerField("金额（分）")
    prepay_id = models.CharField(max_length=64, blank=True, editable=False)
    code_url = models.CharField(max_length=64, blank=True, editable=False)
    transaction_id = models.CharField("微信支付订单号", max_length=32, null=True, unique=True, editable=False)
    out_refund_no = models.CharField("商户退款单号", max_length=64, null=True, editable=False)
    refund_created_at = models.DateTimeField("退款申请时间", null=True, editable=False)
    refund_id = models.CharField("微信支付退款单号", max_length=32, null=True, editable=False)
    created_at = models.DateTimeField("下单时间", auto_now_add=True)
    paid_at = models.DateTimeField("支付时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "订单"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.out_trade_no

    @property
    def paid(self) -> bool:
        return self.transaction_id is not None

    @property
    def state(self) -> str:
        if self.refund_id:
            return "已退款"
        if self.out_refund_no:
            return "退款中"
        return "已支付" if self.paid else "未支付"

    @property
    def yuan(self) -> str:
        return f"{self.total_fee // 100}.{self.total_fee % 100:02}"
