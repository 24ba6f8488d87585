"""Settings, all from the environment. wxpaykit reads its own, WXPAY_*."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it: in small ASCII letters, without the usual port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    is_usual = parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{parts.port}")


# The address that customers reach, such as https://shop.example.
SHOP_URL = os.environ["SHOP_URL"].rstrip("/")
DEBUG = os.environ.get("SHOP_DEBUG") == "1"
# The shop's calls are of APIv2, or of APIv3 with SHOP_API=v3. Notifications of both are taken.
API_V3 = os.environ.get("SHOP_API") == "v3"
# Sessions are valid as long as the secret stays the same. It is required without DEBUG.
SECRET_KEY = get_random_secret_key() if DEBUG else os.environ["SHOP_SECRET"]
ALLOWED_HOSTS = [urlsplit(origin_of(SHOP_URL)).hostname]
CSRF_TRUSTED_ORIGINS = [origin_of(SHOP_URL)]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SHOP_URL.startswith("https:")
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
# By default Django's pages send no Referer to other sites, and WeChat's H5 page requires one: 商家参数格式有误.
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "wxpaykit.django",
    "shop",
]
WXPAY = {
    "notify_url": f"{SHOP_URL}/wxpay/notify",
    "amount_of": "shop.orders.amount_of",
    "pending": "shop.orders.pending",
    "on_refunded": "shop.orders.refunded",
}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shop.wechat.UnreachableMiddleware",
]
ROOT_URLCONF = "teashop.urls"
WSGI_APPLICATION = "teashop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SHOP_DB", BASE_DIR / "shop.db"),
        # A writer waits for other writers instead of failing.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode = WAL"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"shop": {"handlers": ["console"], "level": "INFO"}},
}
