"""The stand-in for the customer's WeChat, and the answer when WeChat cannot be reached."""

import logging
import os

from django.http import HttpRequest, HttpResponse

from wxpaykit import WxPayError


def emulator_bridge() -> str | None:
    """In development, the emulator stands in for the customer's WeChat. In production the WeChat app brings its own."""
    endpoints = os.environ.get("WXPAY_ENDPOINTS", "")
    return f"{endpoints.rstrip('/')}/bridge.js" if endpoints.startswith("http://") else None


class UnreachableMiddleware:
    """The state is unknown, which is not paid: answers with an error, so that the page or WeChat tries again."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, WxPayError):
            return None
        logging.getLogger(__name__).error("%s: %s", request.path, error)
        return HttpResponse("微信支付暂时不可用，请稍后再试", status=502, content_type="text/plain; charset=utf-8")
