from django.urls import path

from . import views

app_name = "shop"
urlpatterns = [
    path("", views.product, name="product"),
    path("buy", views.buy, name="buy"),
    path("bought", views.bought, name="bought"),
    path("scan", views.scan, name="scan"),
    path("h5", views.h5, name="h5"),
    path("orders/<str:out_trade_no>", views.show, name="show"),
    path("orders/<str:out_trade_no>/status", views.status, name="status"),
    path("orders/<str:out_trade_no>/refund", views.refund, name="refund"),
    path("bill", views.bill, name="bill"),
]
