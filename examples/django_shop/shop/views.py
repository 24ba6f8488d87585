from datetime import timedelta

import segno
from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string
from django.views.decorators.http import require_GET, require_POST

from wxpaykit import InvalidRequest, WxPayError, mweb_redirect_url, new_out_refund_no
from wxpaykit.django import hand_over, pay

from .models import Order
from .wechat import emulator_bridge

TEA = {"body": "龙井茶 50g", "total_fee": 100}  # fen


@require_GET
def product(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/product.html", {"tea": Order(**TEA)})


@require_GET
def buy(request: HttpRequest) -> HttpResponse:
    """In WeChat: first gets the customer's openid by OAuth."""
    state = request.session["state"] = get_random_string(32)
    return redirect(pay.oauth.authorize_url(settings.SHOP_URL + reverse("shop:bought"), state=state))


@require_GET
def bought(request: HttpRequest) -> HttpResponse:
    """WeChat redirects the customer to this page, with a code for their openid unless they refused."""
    state = request.session.pop("state", None)
    if state is None or not constant_time_compare(request.GET.get("state", ""), state):
        return HttpResponseBadRequest("this visit did not begin here")
    code = request.GET.get("code")
    if code is None:
        return redirect("shop:product")
    order, _ = place(request, Order.TradeType.JSAPI, openid=pay.oauth.access_token(code).openid)
    return redirect("shop:show", order.pk)


@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    """On a computer: a QR code for the customer's phone."""
    order, _ = place(request, Order.TradeType.NATIVE)
    return redirect("shop:show", order.pk)


@require_POST
def h5(request: HttpRequest) -> HttpResponse:
    """In a phone's browser: WeChat's page opens the app, and comes back to the order."""
    order, reply = place(request, Order.TradeType.MWEB)
    url = reply.h5_url if settings.API_V3 else reply.mweb_url
    return redirect(mweb_redirect_url(url, settings.SHOP_URL + reverse("shop:show", args=[order.pk])))


@require_GET
def show(request: HttpRequest, out_trade_no: str) -> HttpResponse:
    """The order and its cashier. Anyone who has the number may see it; its 15 random characters cannot be guessed."""
    order = get_object_or_404(Order, pk=out_trade_no)
    page = {"status": reverse("shop:status", args=[order.pk])}
    context = {"order": order, "page": page}
    if order.paid:
        return render(request, "shop/order.html", context)
    if order.trade_type == Order.TradeType.JSAPI and order.prepay_id:
        cashier = pay.v3 if settings.API_V3 else pay
        page |= {
            "jsapi": cashier.jsapi_params(order.prepay_id),
            "chooseWXPay": cashier.choose_wxpay_params(order.prepay_id),
            # Sign the URL that the customer's browser shows, with its query.
            "config": pay.jssdk.config(settings.SHOP_URL + request.get_full_path(), js_api_list=["chooseWXPay"]),
        }
        context["bridge"] = emulator_bridge()
    elif order.code_url:
        context["qr"] = segno.make(order.code_url, micro=False).svg_data_uri(scale=6)
    return render(request, "shop/order.html", context)


@require_GET
def status(request: HttpRequest, out_trade_no: str) -> HttpResponse:
    """Whether the order is paid. Until a notification comes, asks WeChat; never trusts the browser."""
    order = get_object_or_404(Order, pk=out_trade_no)
    if order.paid:
        return JsonResponse({"paid": True})
    payment = pay.wait_for_payment(order.pk, total_fee=order.total_fee, within=0, on_paid=hand_over)
    return JsonResponse({"paid": payment is not None})


@require_POST
@permission_required("wxpaykit.refund_payment", raise_exception=True)
def refund(request: HttpRequest, out_trade_no: str) -> HttpResponse:
    """Asks WeChat for the money back. Staff decide that, with the permission that refunds in the admin need too."""
    # The number is kept from the first attempt on: WeChat refunds it once, however often it is asked.
    paid = Order.objects.filter(pk=out_trade_no, transaction_id__isnull=False)
    paid.update(
        out_refund_no=Coalesce(F("out_refund_no"), Value(new_out_refund_no())),
        refund_created_at=Coalesce(F("refund_created_at"), timezone.now()),
    )
    order = get_object_or_404(paid)
    fee, numbers = order.total_fee, {"out_trade_no": order.pk, "out_refund_no": order.out_refund_no}
    if settings.API_V3:
        pay.v3.refund(**numbers, amount={"total": fee, "refund": fee, "currency": "CNY"})
    else:
        pay.refund(**numbers, total_fee=fee, refund_fee=fee)
    return redirect("shop:show", order.pk)


@staff_member_required
@require_GET
def bill(request: HttpRequest) -> HttpResponse:
    """WeChat's bill of a day, by default yesterday's, for staff. It is there from about 10:00 of the next day on."""
    day = request.GET.get("day") or (timezone.localdate() - timedelta(days=1)).isoformat()
    context = {"day": day}
    try:
        rows = pay.v3.tradebill(bill_date=day) if settings.API_V3 else pay.downloadbill(bill_date=day, bill_type="ALL")
        context["rows"] = list(rows)
    except WxPayError as error:
        if error.code not in ("no_bill", "bill_not_ready") and not isinstance(error, InvalidRequest):
            raise
        context["missing"] = error
    return render(request, "shop/bill.html", context)


def place(request: HttpRequest, trade_type: Order.TradeType, openid: str | None = None):
    """Records an order, then sends it, so that the shop knows the number even if the reply is lost."""
    order = Order.objects.create(trade_type=trade_type, **TEA)
    reply = (by_v3 if settings.API_V3 else by_v2)(order, request.META["REMOTE_ADDR"], openid)
    order.prepay_id, order.code_url = reply.get("prepay_id", ""), reply.get("code_url", "")
    order.save(update_fields=["prepay_id", "code_url"])
    return order, reply


def by_v2(order: Order, ip: str, openid: str | None):
    if order.trade_type == Order.TradeType.JSAPI:
        fields = {"openid": openid}
    elif order.trade_type == Order.TradeType.NATIVE:
        fields = {"product_id": "tea"}
    else:
        fields = {"scene_info": {"h5_info": {"type": "Wap", "wap_url": settings.SHOP_URL, "wap_name": "茶铺"}}}
    return pay.unifiedorder(
        body=order.body,
        out_trade_no=order.pk,
        total_fee=order.total_fee,
        trade_type=order.trade_type,
        spbill_create_ip=ip,
        **fields,
    )


def by_v3(order: Order, ip: str, openid: str | None):
    fields = {"description": order.body, "out_trade_no": order.pk, "amount": {"total": order.total_fee}}
    if order.trade_type == Order.TradeType.JSAPI:
        return pay.v3.jsapi(**fields, payer={"openid": openid})
    if order.trade_type == Order.TradeType.NATIVE:
        return pay.v3.native(**fields)
    return pay.v3.h5(**fields, scene_info={"payer_client_ip": ip, "h5_info": {"type": "Wap"}})
