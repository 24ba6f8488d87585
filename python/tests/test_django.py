"""Django where it is not a plain view: asynchronous views, transactions, and a project's own tests."""

from __future__ import annotations

import asyncio
import inspect
import io
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator, Sale, order
from test_frameworks import TAKEN, Post, django_post, django_shop, shipped

from wxpaykit import AsyncWxPay, ConfirmedPayment, InvalidRequest, WxPay

__all__ = ["django_post", "django_shop", "shipped"]


@pytest.fixture
def unpaid(emulator: Emulator) -> str:
    fields = order()
    emulator.sync().unifiedorder(**fields)
    return str(fields["out_trade_no"])


# --- Asynchronous views ----------------------------------------------------------------------------------------------


def test_the_blocking_client_refuses_an_event_loop(django_shop: Any, unpaid: str, sale: Sale) -> None:
    """Whether the order is paid or not, and before anything is sent."""
    from django.core.exceptions import SynchronousOnlyOperation

    from wxpaykit.django import hand_over, pay

    calls: list[Callable[[], Any]] = [
        lambda: pay.unifiedorder(**order()),
        lambda: pay.orderquery(out_trade_no=unpaid),
        lambda: pay.oauth.access_token("code"),
        lambda: pay.jssdk.config("https://shop.example/", js_api_list=["chooseWXPay"]),
        lambda: pay.notify.confirm(sale.body),
        lambda: pay.notify.handle(sale.body, amount_of=lambda payment: 100, on_paid=hand_over),
        lambda: pay.wait_for_payment(unpaid, total_fee=100, within=0),
        lambda: pay.wait_for_payment(unpaid, total_fee=100, within=0, on_paid=hand_over),
        lambda: pay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=hand_over),
    ]

    async def view() -> None:
        for call in calls:
            with pytest.raises(SynchronousOnlyOperation, match=r"use `await apay\."):
                call()
        # Methods that do no I/O work anywhere.
        assert pay.jsapi_params("wx201411101639507cbf6ffd8b0779950874")["package"]
        assert pay.notify.parse(sale.body).out_trade_no == sale.out_trade_no
        assert (pay.appid, isinstance(pay, WxPay)) == ("wxd930ea5d5a258f4f", True)

    asyncio.run(view())
    assert pay.orderquery(out_trade_no=unpaid).trade_state == "NOTPAY"


def test_an_asynchronous_page_hands_over_once(
    django_shop: Any, django_post: Post, sale: Sale, unpaid: str, shipped: Callable[[], list[str]]
) -> None:
    from django.core.exceptions import SynchronousOnlyOperation

    from wxpaykit.django import ahand_over, apay, hand_over
    from wxpaykit.django.models import Payment

    async def ask(number: str, on_paid: Any) -> bool:
        return await apay.wait_for_payment(number, total_fee=100, within=0, on_paid=on_paid) is not None

    async def main() -> None:
        assert not await ask(unpaid, hand_over)
        assert await ask(sale.out_trade_no, ahand_over)
        assert await ask(sale.out_trade_no, hand_over)
        payment = await apay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0)
        assert type(payment) is ConfirmedPayment
        with pytest.raises(SynchronousOnlyOperation, match="await ahand_over"):
            hand_over(payment, "key")

    asyncio.run(main())
    assert isinstance(apay, AsyncWxPay)
    assert django_post("/wxpay/notify", sale.body) == TAKEN
    assert shipped().count(sale.out_trade_no) == 1
    assert Payment.objects.filter(out_trade_no=sale.out_trade_no).count() == 1


def test_a_custom_asynchronous_view_handles_notifications(
    django_shop: Any, sale: Sale, shipped: Callable[[], list[str]]
) -> None:
    """Its functions use the database, in a thread; coroutine functions run in the loop."""
    from asgiref.sync import sync_to_async

    from wxpaykit.django import apay, hand_over, pay
    from wxpaykit.django.models import Payment

    def amount_of(payment: ConfirmedPayment) -> int:
        return 100 + Payment.objects.filter(out_trade_no=payment.out_trade_no).count()

    async def aamount_of(payment: ConfirmedPayment) -> int:
        return await sync_to_async(amount_of)(payment)

    async def main() -> None:
        handled = await apay.notify.handle(sale.body, amount_of=amount_of, on_paid=hand_over)
        assert (handled.state, handled.error) == ("delivered", None)
        assert (await apay.notify.handle(sale.body, amount_of=aamount_of, on_paid=hand_over)).state == "handed_over"
        with pytest.raises(InvalidRequest, match="on_paid: must take"):
            await apay.notify.handle(sale.body, amount_of=amount_of, on_paid=lambda payment: None)
        with pytest.raises(InvalidRequest, match="on_paid: must be a function"):
            await apay.notify.reconcile([], on_paid="hand_over")  # type: ignore[arg-type]

    asyncio.run(main())
    assert shipped().count(sale.out_trade_no) == 1
    assert pay.notify.parse(sale.body).out_trade_no == sale.out_trade_no


@pytest.mark.parametrize("plain", [True, False])
def test_a_receiver_that_raises_stopiteration_fails(django_shop: Any, sale: Sale, plain: bool) -> None:
    """It runs in a thread, whose future takes no StopIteration: the call would never end."""
    from wxpaykit.django import ahand_over, apay, hand_over, payment_confirmed
    from wxpaykit.django.models import Payment

    on_paid: Any = hand_over if plain else ahand_over

    def receiver(**_: Any) -> None:
        next(iter([]))

    async def ask() -> None:
        waiting = apay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=on_paid)
        assert await asyncio.wait_for(waiting, 10) is not None

    payment_confirmed.connect(receiver)
    try:
        with pytest.raises(RuntimeError, match="the function raised StopIteration"):
            asyncio.run(ask())
    finally:
        payment_confirmed.disconnect(receiver)
    assert not Payment.objects.filter(out_trade_no=sale.out_trade_no).exists()
    asyncio.run(ask())
    assert Payment.objects.filter(out_trade_no=sale.out_trade_no).exists()


@pytest.mark.parametrize("resumed", [False, True])
def test_a_payment_by_code_hands_over_in_a_thread(
    django_shop: Any, emulator: Emulator, shipped: Callable[[], list[str]], resumed: bool
) -> None:
    from wxpaykit.django import apay, hand_over
    from wxpaykit.django.models import Payment

    code = emulator.post("/_emulator/payment-code", {})["auth_code"]
    charge: dict[str, Any] = {name: value for name, value in order().items() if name != "openid"}
    number, seen = charge["out_trade_no"], []

    def on_progress(progress: Any) -> None:
        seen.append((progress.stage, Payment.objects.filter(out_trade_no=number).count()))

    async def main() -> None:
        functions: Any = {"on_progress": on_progress, "on_paid": hand_over}
        if resumed:
            await apay.pay_by_code(**charge, auth_code=code)
            result = await apay.resume_pay_by_code(number, total_fee=100, **functions)
        else:
            result = await apay.pay_by_code(**charge, auth_code=code, **functions)
        assert result.paid

    asyncio.run(main())
    assert seen[0] == ("asking" if resumed else "charging", 0)
    assert shipped().count(number) == Payment.objects.filter(out_trade_no=number).count() == 1


def test_every_call_with_functions_is_djangos_own() -> None:
    """A method of the clients that runs functions of the project runs them where Django uses the database."""
    from wxpaykit._handled import _CALLED_WITH
    from wxpaykit._notify_async import AsyncNotify
    from wxpaykit._notify_sync import Notify
    from wxpaykit.django import clients

    functions = {*_CALLED_WITH} - {"pending"}
    assert {*clients._FUNCTIONS} == functions
    for base, own, wanted in (
        (AsyncWxPay, clients.AsyncDjangoWxPay, functions),
        (AsyncNotify, clients._AsyncNotify, functions),
        (WxPay, clients.DjangoWxPay, {"on_paid"}),
        (Notify, clients._Notify, {"on_paid"}),
    ):
        methods = {
            name
            for name, method in vars(base).items()
            if inspect.isfunction(method)
            and not name.startswith("_")
            and wanted & {*inspect.signature(method).parameters}
        }
        assert methods and methods <= {*vars(own)}, own


# --- Transactions ----------------------------------------------------------------------------------------------------


def test_handing_over_inside_a_transaction_is_refused_at_the_call(django_shop: Any, sale: Sale, unpaid: str) -> None:
    """Whether the order is paid or not: tests have unpaid orders."""
    from django.db import transaction

    from wxpaykit.django import hand_over, pay

    calls: list[Callable[[], Any]] = [
        lambda: pay.wait_for_payment(unpaid, total_fee=100, within=0, on_paid=hand_over),
        lambda: pay.wait_for_payment(sale.out_trade_no, total_fee=100, within=0, on_paid=hand_over),
        lambda: pay.notify.handle(b"", amount_of=lambda payment: 100, on_paid=hand_over),
        lambda: pay.notify.reconcile([], on_paid=hand_over),
        lambda: pay.pay_by_code(**order(), auth_code="134567890123456789", on_paid=hand_over),
        lambda: pay.resume_pay_by_code(unpaid, total_fee=100, on_paid=hand_over),
    ]
    for call in calls:
        with transaction.atomic(), pytest.raises(RuntimeError, match=r"decorate .* @transaction.non_atomic_requests"):
            call()
    with transaction.atomic():
        assert pay.wait_for_payment(unpaid, total_fee=100, within=0) is None
    assert pay.wait_for_payment(unpaid, total_fee=100, within=0, on_paid=hand_over) is None


def test_atomic_requests(django_shop: Any, unpaid: str) -> None:
    """As Django wraps the views of a project with ATOMIC_REQUESTS."""
    from django.core.handlers.base import BaseHandler
    from django.db import connections, transaction

    from wxpaykit.django import hand_over, pay

    def view(_: object) -> bool:
        return pay.wait_for_payment(unpaid, total_fee=100, within=0, on_paid=hand_over) is not None

    settings = connections["default"].settings_dict
    settings["ATOMIC_REQUESTS"] = True
    try:
        with pytest.raises(RuntimeError, match=r"@transaction.non_atomic_requests"):
            BaseHandler().make_view_atomic(view)(None)
        assert BaseHandler().make_view_atomic(transaction.non_atomic_requests(view))(None) is False
    finally:
        settings["ATOMIC_REQUESTS"] = False


# --- Amounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        (1, "amount_of gave 1 fen"),
        (None, "amount_of gave None for order"),
        (100.0, "amount_of: must be an integer of fen, not float"),
        (True, "amount_of: must be an integer of fen, not bool"),
    ],
)
def test_wxpay_reconcile_calls_amount_of_too(
    django_shop: Any,
    sale: Sale,
    shipped: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    recorded: Any,
    words: str,
) -> None:
    """``pending`` and ``amount_of`` are two words of the shop; both have to agree with what was paid."""
    from django.core.management import CommandError, call_command
    from django.utils import timezone

    monkeypatch.setattr(django_shop, "pending_orders", lambda: [(sale.out_trade_no, 100, timezone.now() - AGE)])
    monkeypatch.setattr(django_shop, "amount_of", lambda payment: recorded)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 could not be asked for or handed over"):
        call_command("wxpay_reconcile", stdout=out)
    assert sale.out_trade_no not in shipped()
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert sale.out_trade_no in record.getMessage()
    assert words in record.getMessage()
    assert out.getvalue().startswith(f"{sale.out_trade_no}: ")
    assert words in out.getvalue()


AGE = timedelta(seconds=40)


def test_wxpay_reconcile_counts(django_shop: Any, unpaid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.management import call_command
    from django.utils import timezone

    orders = [(unpaid, 100, timezone.now() - AGE), ("young", 1, timezone.now())]
    monkeypatch.setattr(django_shop, "pending_orders", lambda: orders)

    def run(verbosity: int) -> str:
        out = io.StringIO()
        call_command("wxpay_reconcile", stdout=out, verbosity=verbosity)
        return out.getvalue()

    at = r" \(the next one at 20[0-9T:-]+\+00:00\)"
    first = rf"{unpaid}: not paid, NOTPAY\n2 pending: 1 asked for, 1 not due{at}, 0 older than eight days\n"
    assert re.fullmatch(first, run(2))
    assert run(1) == ""
    assert re.fullmatch(rf"2 pending: 0 asked for, 2 not due{at}, 0 older than eight days\n", run(2))
    orders[:] = [("old", 1, timezone.now() - timedelta(days=9))]
    assert run(2) == "1 pending: 0 asked for, 0 not due, 1 older than eight days\n"


# --- A project's own tests -------------------------------------------------------------------------------------------

PROJECT = """
    import os
    from datetime import timedelta

    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SHOP_DB"],
                               "TEST": {"NAME": os.environ.get("DJANGO_TEST_DB")}}},
        INSTALLED_APPS=["django.contrib.contenttypes", "wxpaykit.django"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="a test's",
        USE_TZ=True,
        WXPAY={"amount_of": lambda payment: 100, "pending": lambda: PENDING},
    )
    import django
    django.setup()

    from asgiref.sync import sync_to_async
    from django.db import transaction
    from django.test import TestCase, TransactionTestCase
    from django.test.utils import get_runner
    from django.urls import include, path
    from django.utils import timezone

    from wxpaykit import new_out_trade_no
    from wxpaykit.django import ahand_over, apay, hand_over, pay, payment_confirmed
    from wxpaykit.django.models import Payment, StoredValue
    from wxpaykit.testing import Emulator

    urlpatterns = [path("wxpay/", include("wxpaykit.django.urls"))]
    PENDING = []
    wechat = Emulator().start()
    for name, value in wechat.settings.items():
        os.environ[f"WXPAY_{name.upper()}"] = value
    SHIPPED = []
    payment_confirmed.connect(lambda payment, **_: SHIPPED.append(payment.out_trade_no), weak=False)


    def order():
        number = new_out_trade_no()
        fields = {"body": "tea", "out_trade_no": number, "total_fee": 100, "spbill_create_ip": "127.0.0.1"}
        return number, fields | {"openid": wechat.openid}


    class Tests:
        def paid(self):
            number, fields = order()
            pay.unifiedorder(**fields)
            return number, wechat.pay(out_trade_no=number)["transaction_id"]

        def ships_once(self):
            number, transaction_id = self.paid()
            body = wechat.notification(out_trade_no=number, transaction_id=transaction_id)
            for _ in range(3):
                answer = self.client.post("/wxpay/notify", body, content_type="text/xml")
                assert b"SUCCESS" in answer.content, answer.content
            assert pay.wait_for_payment(number, total_fee=100, within=0, on_paid=hand_over)
            assert SHIPPED.count(number) == Payment.objects.filter(out_trade_no=number).count() == 1
            assert Payment.objects.count() == 1

        def test_one(self):
            self.ships_once()

        def test_another(self):
            self.ships_once()

        def test_tokens(self):
            assert pay.jssdk.access_token() == pay.jssdk.access_token()

        def test_reconcile(self):
            number, _ = self.paid()
            PENDING[:] = [(number, 100, timezone.now() - timedelta(seconds=40))]
            call_command("wxpay_reconcile", verbosity=0)
            assert SHIPPED.count(number) == 1

        def test_a_transaction_of_the_views_is_refused_as_in_production(self):
            number, _ = self.paid()
            with transaction.atomic(), self.assertRaisesMessage(RuntimeError, "non_atomic_requests"):
                pay.wait_for_payment(number, total_fee=100, within=0, on_paid=hand_over)

        async def test_an_asynchronous_page(self):
            number, fields = order()
            await apay.unifiedorder(**fields)
            transaction_id = (await sync_to_async(wechat.pay)(out_trade_no=number))["transaction_id"]
            assert await apay.wait_for_payment(number, total_fee=100, within=0, on_paid=ahand_over)
            body = wechat.notification(out_trade_no=number, transaction_id=transaction_id)
            answer = await self.async_client.post("/wxpay/notify", body, content_type="text/xml")
            assert b"SUCCESS" in answer.content, answer.content
            assert SHIPPED.count(number) == await Payment.objects.filter(out_trade_no=number).acount() == 1


    class InATransaction(Tests, TestCase):
        def tearDown(self):
            assert not StoredValue.objects.exists()


    class WithoutOne(Tests, TransactionTestCase):
        pass


    runner = get_runner(settings)(verbosity=2)
    failures = runner.run_tests(["__main__"])
    wechat.stop()
    raise SystemExit(bool(failures))
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_projects_tests_need_no_settings_of_their_own(tmp_path: Path, kind: str, emulator: Emulator) -> None:
    """Inside the transaction of a test, and without one."""
    (tmp_path / "tests.py").write_text(textwrap.dedent(PROJECT))
    environment = os.environ | {"SHOP_DB": str(tmp_path / "shop.db")}
    if kind == "file":
        environment["DJANGO_TEST_DB"] = str(tmp_path / "test.db")
    ran = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "tests.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-6000:]
    assert "Ran 12 tests" in ran.stderr, ran.stderr[-2000:]


def test_the_ledger_is_in_memory_in_tests_only(django_shop: Any) -> None:
    from django.test.utils import override_settings, setup_test_environment, teardown_test_environment

    from wxpaykit.django.conf import client_settings, in_tests
    from wxpaykit.django.store import DatabaseStore, MemoryStore

    assert not in_tests()
    assert isinstance(client_settings()["store"], DatabaseStore)
    setup_test_environment()
    try:
        assert in_tests()
        memory = client_settings()["store"]
        assert isinstance(memory, MemoryStore)
        # pay and apay have the same one, and other settings another.
        assert client_settings()["store"] is memory
        with override_settings(WXPAY={"store": "django:default"}):
            assert isinstance(client_settings()["store"], MemoryStore)
            assert client_settings()["store"] is not memory
        with override_settings(WXPAY={"store": "sqlite:///tmp/x.db"}):
            assert client_settings()["store"] == "sqlite:///tmp/x.db"
    finally:
        teardown_test_environment()
    assert isinstance(client_settings()["store"], DatabaseStore)


# --- Refunds in the admin --------------------------------------------------------------------------------------------

ADMIN = """
    import os

    from django.conf import settings

    theirs = ["admin", "auth", "contenttypes", "messages", "sessions"]
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in theirs), "wxpaykit.django"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        ROOT_URLCONF=__name__,
        SECRET_KEY="a test's",
        STATIC_URL="static/",
        WXPAY={"amount_of": lambda payment: 100, "store": "memory:"},
    )
    import django
    django.setup()

    from importlib import import_module

    from django.apps import apps
    from django.contrib import admin
    from django.contrib.admin.models import LogEntry
    from django.contrib.auth.models import Permission, User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import get_runner
    from django.test import TestCase
    from django.urls import path

    from wxpaykit import new_out_trade_no
    from wxpaykit.django import pay
    from wxpaykit.django.models import Payment, StoredValue
    from wxpaykit.django.store import DatabaseStore, key_in_table
    from wxpaykit.testing import Emulator

    urlpatterns = [path("admin/", admin.site.urls)]
    LIST = "/admin/wxpaykit/payment/"
    wechat = Emulator().start()
    V3 = os.environ["API"] == "v3"
    given = wechat.settings | (wechat.v3_settings if V3 else {})
    for name, value in given.items():
        if not (V3 and name == "api_key"):
            os.environ[f"WXPAY_{name.upper()}"] = value


    def paid():
        number = new_out_trade_no()
        if V3:
            amount, payer = {"total": 100}, {"openid": wechat.openid}
            pay.v3.jsapi(description="tea", out_trade_no=number, amount=amount, payer=payer)
        else:
            fields = {"total_fee": 100, "spbill_create_ip": "::1", "openid": wechat.openid}
            pay.unifiedorder(body="tea", out_trade_no=number, **fields)
        transaction_id = wechat.pay(out_trade_no=number)["transaction_id"]
        fields = {"out_trade_no": number, "total_fee": 100, "transaction_id": transaction_id}
        return Payment.objects.create(idempotency_key=transaction_id, **fields)


    def refunds(payment):
        found = wechat.control("GET", f"/_emulator/refunds?out_trade_no={payment.out_trade_no}")
        return [(refund["out_refund_no"], refund["refund_fee"]) for refund in found]


    class Tests(TestCase):
        def setUp(self):
            self.user = User.objects.create_user("staff", is_staff=True)
            self.may("view_payment", "refund_payment")
            self.client.force_login(self.user)

        def may(self, *names):
            self.user.user_permissions.set(Permission.objects.filter(codename__in=names))

        def act(self, *payments, **others):
            chosen = [payment.pk for payment in payments]
            return self.client.post(LIST, {"action": "refund", "_selected_action": chosen, **others}, follow=True)

        def history(self, payment):
            entries = LogEntry.objects.filter(user=self.user, object_id=str(payment.pk)).order_by("pk")
            return [entry.get_change_message() for entry in entries]

        def said(self, answer):
            return [(message.level_tag, str(message)) for message in answer.context["messages"]]

        def test_no_migration_is_missing(self):
            call_command("makemigrations", check=True, dry_run=True, verbosity=0)

        def test_the_keys_of_the_version_before_are_found(self):
            migration = import_module("wxpaykit.django.migrations.0003_case_and_sub_merchant")
            keys = ["wxpaykit:charged:10000100:A1^b", "wxpaykit:charged:10000100:a1^b", "wxpaykit:paid:10000100:42"]
            for key in keys:
                StoredValue.objects.create(key=key, value=key, until=2**60)
            migration.rewrite_keys(apps, connection.schema_editor())
            assert [DatabaseStore().get(key) for key in keys] == keys
            kept = list(StoredValue.objects.values_list("key", flat=True))
            assert len({key.lower() for key in kept}) == 3 and all(key == key.lower() for key in kept), kept
            longest = StoredValue._meta.get_field("key").max_length
            prefix, capitals = "wxpaykit@0123456789ab", "A" * 32
            part = f"{prefix}:asked_part:1234567890:1234567890:{capitals}:{capitals}:{2**63}"
            refund = f"{prefix}:asked_refund:1234567890:1234567890:{'A' * 64}:{2**63}"
            assert max(len(key_in_table(key)) for key in (part, refund)) <= longest
            migration.restore_keys(apps, connection.schema_editor())
            assert sorted(StoredValue.objects.values_list("key", flat=True)) == sorted(keys)

        def test_payments_are_refunded_once_after_a_confirmation(self):
            payments = paid(), paid()
            asked = self.act(*payments)
            self.assertContains(asked, payments[0].out_trade_no)
            self.assertContains(asked, "¥1.00", count=2)
            self.assertContains(asked, 'name="confirmed"')
            assert [refunds(payment) for payment in payments] == [[], []]
            answer = self.act(*payments, confirmed="yes")
            assert [level for level, _ in self.said(answer)] == ["success"] * 2, self.said(answer)
            # WeChat has it: nothing is sent again.
            for result, words in ((None, "is on its way"), ("SUCCESS", "was refunded before")):
                if result is not None:
                    self.ends(payments, result)
                said = self.said(self.act(*payments, confirmed="yes"))
                assert [level for level, _ in said] == ["info"] * 2, said
                assert all(words in text for _, text in said), said
            for payment in payments:
                assert refunds(payment) == [(f"admin-{payment.transaction_id}", 100)]
            assert self.history(payments[0]) == [f"Began refund admin-{payments[0].transaction_id} of 100 fen."]
            assert LogEntry.objects.filter(user=self.user).count() == 2
            calls = [entry["path"] for entry in wechat.control("GET", "/_emulator/journal?limit=100000")]
            assert V3 == ("/v3/refund/domestic/refunds" in calls) == ("/secapi/pay/refund" not in calls), calls

        def ends(self, payments, result):
            for payment in payments:
                number = f"admin-{payment.transaction_id}"
                wechat.control("POST", "/_emulator/refund", {"out_refund_no": number, "result": result})

        def test_a_closed_refund_is_followed_by_another(self):
            payment = paid()
            number = f"admin-{payment.transaction_id}"
            self.act(payment, confirmed="yes")
            self.ends([payment], "REFUNDCLOSE")
            ((level, text),) = self.said(self.act(payment, confirmed="yes"))
            assert (level, "accepted the refund" in text) == ("success", True), text
            assert sorted(refunds(payment)) == [(number, 100), (f"{number}-2", 100)]
            ((level, text),) = self.said(self.act(payment, confirmed="yes"))
            assert (level, f"{number}-2 is on its way" in text) == ("info", True), text
            assert len(refunds(payment)) == 2

        def test_a_card_that_takes_no_refund_is_for_a_person(self):
            payment = paid()
            self.act(payment, confirmed="yes")
            self.ends([payment], "CHANGE")
            ((level, text),) = self.said(self.act(payment, confirmed="yes"))
            assert (level, "finish it at pay.weixin.qq.com" in text) == ("warning", True), text
            assert len(refunds(payment)) == 1

        def test_an_error_is_shown_and_the_others_are_refunded(self):
            good, bad = paid(), paid()
            Payment.objects.filter(pk=bad.pk).update(transaction_id="4200000000000000000000000000")
            said = self.said(self.act(good, bad, confirmed="yes"))
            assert sorted(level for level, _ in said) == ["error", "success"], said
            assert any(level == "error" and bad.out_trade_no in text for level, text in said)
            assert len(refunds(good)) == 1 and refunds(bad) == []
            assert len(self.history(good)) == 1
            began, failed = self.history(bad)
            (shown,) = [text for level, text in said if level == "error"]
            assert began.startswith("Began refund admin-4200000000000000000000000000 of 100 fen")
            assert shown.removeprefix(f"{bad.out_trade_no}: ") in failed, (shown, failed)

        def test_who_may_only_look_refunds_nothing(self):
            payment = paid()
            self.may("view_payment")
            self.assertNotContains(self.client.get(LIST), 'value="refund"')
            self.act(payment, confirmed="yes")
            assert refunds(payment) == []


    failures = get_runner(settings)(verbosity=2).run_tests(["__main__"])
    wechat.stop()
    raise SystemExit(bool(failures))
"""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("api", ["v2", "v3"])
def test_the_admin_refunds_payments(tmp_path: Path, api: str) -> None:
    """By APIv2, or by APIv3 where the settings have no api_key."""
    (tmp_path / "tests.py").write_text(textwrap.dedent(ADMIN))
    command = [sys.executable, "-W", "error::RuntimeWarning", "tests.py"]
    # Without the settings of the other tests' shop.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WXPAY_")} | {"API": api}
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stderr[-6000:]
    assert "Ran 7 tests" in ran.stderr, ran.stderr[-2000:]


# --- Checks ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def v3_alone(django_shop: Any, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The environment of a project without api_key, and a function that says what ``manage.py check`` reports."""
    from django.core.checks import run_checks
    from django.test import override_settings

    monkeypatch.setenv("WXPAY_API_KEY", "")
    credentials = {name: emulator.settings[name] for name in ("client_cert", "client_key")}
    for name, value in (credentials | emulator.v3_settings).items():
        monkeypatch.setenv(f"WXPAY_{name.upper()}", value)

    def found(deploy: bool = False, **others: Any) -> list[str]:
        given = {"amount_of": lambda payment: 100, "pending": list} | others
        with override_settings(WXPAY=given):
            messages = run_checks(tags=["wxpaykit"], include_deployment_checks=deploy)
        return [f"{str(one.id).removeprefix('wxpaykit.')} {one.msg}" for one in messages]

    return found


def test_the_checks_take_settings_of_apiv3_alone(v3_alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert v3_alone() == []
    # The emulator is reported, and no missing key.
    assert [message[:4] for message in v3_alone(deploy=True)] == ["W010"]
    for name in ("PLATFORM_PUBLIC_KEY", "PLATFORM_PUBLIC_KEY_ID"):
        monkeypatch.setenv(f"WXPAY_{name}", "")
    assert v3_alone() == []
    api_v3_key = os.environ["WXPAY_API_V3_KEY"]
    monkeypatch.setenv("WXPAY_API_V3_KEY", "")
    assert v3_alone(api_v3_key=api_v3_key) == []
    missing = "WXPAY: api_key is not set: payments cannot work."
    assert v3_alone() == [f"W011 {missing}"]
    assert f"E006 {missing}" in v3_alone(deploy=True)
    assert v3_alone(api_v3_key=None) == [f"W011 {missing}"]


def test_the_checks_list_names_as_the_language_does() -> None:
    code = "from wxpaykit.django.checks import _listed, _without; print(_listed('abc'), _without(['a', 'b', 'c']))"
    for language, listed in (
        ("en", "a, b, c a, b and c are not set: payments cannot work"),
        ("zh", "a、b、c a、b、c are not set: payments cannot work"),
    ):
        env = os.environ | {"WXPAYKIT_LANG": language, "PYTHONUTF8": "1"}
        ran = subprocess.run(
            [sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, encoding="utf-8", check=True
        )
        assert ran.stdout.strip() == listed


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"api_v3_key": "short", "timeout": -1}, ["timeout", "api_v3_key"]),
        ({"platform_public_key_id": "7", "timeout": -1}, ["timeout", "platform_public_key_id"]),
        ({"mch_id": "x", "notify_url": "/relative"}, ["mch_id", "notify_url"]),
        ({"client_key": "", "client_cert": "", "api_v3_key": "short"}, ["client_cert", "api_v3_key", "client_key"]),
    ],
)
def test_the_checks_report_each_mistake_of_apiv3_once(v3_alone: Any, wrong: dict[str, Any], names: list[str]) -> None:
    reported = [message for message in v3_alone(**wrong) if message.startswith("E002")]
    assert sorted(message.split()[2].rstrip(":") for message in reported) == sorted(names), reported


def test_the_checks_name_a_missing_key_of_apiv3(v3_alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests of APIv3 are signed with client_key. The next mistake is reported too."""
    for name in ("CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.setenv(f"WXPAY_{name}", "")
    reported = v3_alone(sub_mch_id="x")
    assert [message.split()[2] for message in reported] == ["client_key:", "sub_mch_id:"], reported
