from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("wxpay/", include("wxpaykit.django.urls")),
    path("", include("shop.urls")),
]
