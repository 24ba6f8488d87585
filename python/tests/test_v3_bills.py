"""Bills of APIv3: rows, totals, files and comparison as of APIv2, and files that are not what WeChat Pay signed."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import pickle
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator
from test_bills import Day, line, text
from test_v3_client import SETTINGS, Handler, Server, check_authorization

from wxpaykit import AsyncWxPay, WxPay, bill, v3
from wxpaykit.bill import AsyncBill, Bill, BillRow
from wxpaykit.errors import (
    BusinessError,
    ConfigError,
    InvalidRequest,
    ProtocolError,
    SignatureError,
    TransportError,
    WxPayError,
)

BEIJING = timezone(timedelta(hours=8))
FILE = "/v3/billdownload/file"
CONTENT = text(line("A1"), line("A2", "7.00"))


class V3Day(Day):
    """The day of an emulator for clients of both APIs."""

    def settings(self, *without: str) -> dict[str, Any]:
        every = {**self.wechat.settings, **self.wechat.v3_settings}
        return {name: value for name, value in every.items() if name not in without}


@pytest.fixture(scope="module")
def day() -> Iterator[V3Day]:
    with Emulator(frozen_clock=True) as wechat:
        yield V3Day(wechat)


Opened = tuple[list[BillRow], "BillRow | None"]


def blocking(settings: dict[str, Any], call: str, fields: dict[str, Any]) -> Opened:
    with WxPay(**settings) as pay:
        found = getattr(pay.v3, call)(**fields)
        assert isinstance(found, Bill) and found.summary is None
        return list(found), found.summary


def awaited(settings: dict[str, Any], call: str, fields: dict[str, Any]) -> Opened:
    async def run() -> Opened:
        async with AsyncWxPay(**settings) as pay:
            found = getattr(pay.v3, call)(**fields)
            assert isinstance(found, AsyncBill) and found.summary is None
            return [row async for row in found], found.summary

    return asyncio.run(run())


Read = Callable[[dict[str, Any], str, dict[str, Any]], Opened]
BOTH = pytest.mark.parametrize("read", [blocking, awaited])


@BOTH
@pytest.mark.parametrize("packed", [{}, {"tar_type": "GZIP"}], ids=["text", "gzip"])
def test_a_client_of_apiv3_alone_reads_the_rows_of_apiv2(day: V3Day, read: Read, packed: dict[str, str]) -> None:
    settings = day.settings("api_key")
    rows, summary = read(settings, "tradebill", {"bill_date": day.date, "bill_type": "ALL", **packed})
    old = day.wechat.sync().downloadbill(bill_date=day.date)
    # APIv3 escapes the merchant's texts.
    plain = [{name: bill.unescape(cell) for name, cell in row.raw.items()} for row in rows]
    assert plain == [row.raw for row in old]
    paid, back = rows
    assert (paid.out_trade_no, paid.total_fee, paid.body) == (day.number, 600, r"咖啡\ 大杯")
    assert (back.out_refund_no, back.refund_fee) == (f"R{day.number}", 200)
    assert summary is not None and old.summary is not None
    assert summary.raw == old.summary.raw and summary.total_count == 2
    flow, summary = read(settings, "fundflowbill", {"bill_date": day.date, "account_type": "BASIC", **packed})
    old = day.wechat.sync().downloadfundflow(bill_date=day.date)
    assert [row.raw for row in flow] == [row.raw for row in old]
    assert summary is not None and summary.expense_amount == 203


@BOTH
@pytest.mark.parametrize("packed", [{}, {"tar_type": "GZIP"}], ids=["text", "gzip"])
def test_a_bill_as_it_is_at_times(day: V3Day, read: Read, packed: dict[str, str]) -> None:
    """Downloads without Request-ID or with a short one, texts without escapes, and a day with totals of zero."""
    asked = {"bill_date": day.date, **packed}
    usual = [row.raw for row in read(day.settings(), "tradebill", asked)[0]]
    for value in ({}, {"value": "v13vf9"}):
        for endpoint in (FILE, "/v3/bill/tradebill"):
            day.wechat.post("/_emulator/faults", {"fault": "request_id", "endpoint": endpoint, "times": 1, **value})
        assert [row.raw for row in read(day.settings(), "tradebill", asked)[0]] == usual
    assert [fault["left"] for fault in day.wechat.get("/_emulator/faults")] == [0] * 4
    day.wechat.post("/_emulator/faults", {"fault": "bill_texts", "texts": "plain", "times": 1})
    assert [row.body for row in read(day.settings(), "tradebill", asked)[0]] == ["咖啡,大杯"] * 2
    day.wechat.post("/_emulator/faults", {"fault": "bill_empty", "times": 1})
    before = day.date - timedelta(days=1)
    rows, summary = read(day.settings(), "tradebill", {"bill_date": before, **packed})
    assert rows == [] and summary is not None and (summary.total_count, summary.total_fee) == (0, 0)
    with pytest.raises(WxPayError) as none:
        read(day.settings(), "tradebill", {"bill_date": before, **packed})
    assert none.value.code == "no_bill"
    day.wechat.delete("/_emulator/faults")


@BOTH
@pytest.mark.parametrize("packed", [{}, {"tar_type": "GZIP"}], ids=["text", "gzip"])
def test_an_encrypted_bill_is_read_as_a_plain_one(day: V3Day, read: Read, packed: dict[str, str]) -> None:
    settings = day.settings()
    plain, total = read(settings, "fundflowbill", {"bill_date": day.date})
    rows, summary = read(settings, "ecommerce_fundflowbill", {"bill_date": day.date, **packed})
    assert [row.raw for row in rows] == [row.raw for row in plain]
    assert total is not None and summary is not None and summary.raw == total.raw
    # A merchant that is no service provider has no sub-merchants.
    for name in ("sub_merchant_fundflowbill", "tradebill"):
        with pytest.raises(BusinessError, match="不是指定的子商户的父商户") as none:
            read(settings, name, {"bill_date": day.date, "sub_mchid": "1900000201"})
        assert (none.value.err_code, none.value.retry) == ("NO_AUTH", "never")
    for fields, field in [({}, "sub_mchid"), ({"sub_mchid": "1900000201", "algorithm": "SM4_GCM"}, "algorithm")]:
        with pytest.raises(InvalidRequest) as refused:
            read(settings, "sub_merchant_fundflowbill", {"bill_date": day.date, **fields})
        assert refused.value.field == field


def test_an_encrypted_bill_is_decrypted_by_hand(day: V3Day) -> None:
    settings, query = day.settings(), {"account_type": "ALL", "algorithm": "AEAD_AES_256_GCM"}
    own = settings["client_key"]
    with WxPay(**settings) as pay:
        query["bill_date"] = day.date.isoformat()
        files = json.loads(pay.v3.call("GET", "/v3/ecommerce/bill/fundflowbill", query=query)["download_bill_list"])
        assert [file["bill_sequence"] for file in files] == [1, 2]
        sealed = [(pay.v3.download(file["download_url"]), file["encrypt_key"], file["nonce"]) for file in files]
    parts = [v3.decrypt_bill(*file, own) for file in sealed]
    assert [hashlib.sha1(part).hexdigest() for part in parts] == [file["hash_value"] for file in files]
    plain, _ = blocking(settings, "fundflowbill", {"bill_date": day.date})
    assert [row.raw for row in bill.read(b"".join(parts))] == [row.raw for row in plain]
    content, key, nonce = sealed[0]
    for wrong in [
        (content[:-1], key, nonce, own),
        (content, sealed[1][1], nonce, own),
        (content, key, sealed[1][2], own),
        (content, key, "short", own),
        (content, "?", nonce, own),
    ]:
        with pytest.raises(InvalidRequest) as refused:
            v3.decrypt_bill(*wrong)
        assert refused.value.code == "decrypt_failed"
    with pytest.raises(InvalidRequest, match="key: must be text"):
        v3.decrypt_bill(content, 1, nonce, own)  # type: ignore[arg-type]
    with pytest.raises(ConfigError):
        v3.decrypt_bill(content, key, nonce, "no key")


@BOTH
def test_every_form_of_a_date(day: V3Day, read: Read) -> None:
    settings = day.settings()
    midnight = datetime(day.date.year, day.date.month, day.date.day, tzinfo=BEIJING)
    late = midnight + timedelta(hours=23)
    compact = f"{day.date:%Y%m%d}"
    for form in (day.date, day.date.isoformat(), compact, midnight, midnight.astimezone(timezone.utc), late):
        assert len(read(settings, "tradebill", {"bill_date": form})[0]) == 2
    for wrong in ("20261301", "2026-13-01", "yesterday", "", 20261127, None, 3.5, datetime(2026, 11, 27)):
        for call in ("tradebill", "fundflowbill"):
            with pytest.raises(InvalidRequest) as refused:
                read(settings, call, {"bill_date": wrong})
            assert refused.value.field == "bill_date", wrong
    for call, fields in [
        ("tradebill", {"account_type": "BASIC"}),
        ("fundflowbill", {"bill_type": "ALL"}),
        ("fundflowbill", {"account_type": "Basic"}),
        ("fundflowbill", {"sub_mchid": "1900000201"}),
        ("tradebill", {"tar_type": "zip"}),
    ]:
        (name,) = fields
        with pytest.raises(InvalidRequest) as refused:
            read(settings, call, {"bill_date": day.date, **fields})
        assert refused.value.field == name
    with pytest.raises(ConfigError, match="api_v3_key"):
        read(dict(day.wechat.settings), "tradebill", {"bill_date": day.date})


@BOTH
def test_a_bill_that_is_not_there_says_when_to_ask_again(day: V3Day, read: Read) -> None:
    today = datetime.fromtimestamp(day.wechat.get("/_emulator/clock")["now"], BEIJING).date()
    with pytest.raises(BusinessError) as refused:
        read(day.settings(), "tradebill", {"bill_date": today})
    error = refused.value
    assert (error.code, error.err_code, error.retry) == ("no_bill", "NO_STATEMENT_EXIST", "same_request")
    assert f"ask for the bill of {today} again after {today + timedelta(days=1)} 10:00:00 in Beijing" in str(error)
    assert pickle.loads(pickle.dumps(error)).code == "no_bill"


def test_files_tables_and_comparison(day: V3Day, tmp_path: Path) -> None:
    with WxPay(**day.settings()) as pay:
        seen: list[int] = []
        pay.v3.tradebill(bill_date=day.date, tar_type="GZIP").save(tmp_path / "bill.csv", progress=seen.append)
        assert seen and seen[-1] > 0
        assert [row.out_trade_no for row in bill.read(tmp_path / "bill.csv")] == [day.number] * 2
        assert pay.v3.tradebill(bill_date=day.date).columns()["total_fee"] == [600, 0]
        assert list(pay.v3.tradebill(bill_date=day.date).to_pandas()["total_fee"]) == [600, 0]
        mine = [{"out_trade_no": day.number, "total_fee": 500}]
        found = bill.compare(pay.v3.tradebill(bill_date=day.date), mine)
        assert [(one.kind, one.bill_amount, one.my_amount) for one in found] == [
            ("only_in_bill", 200, None),
            ("amount", 600, 500),
        ]


class Files(Server):
    """Names a file in a signed reply, and sends it unsigned."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = FileHandler
        self.hash = hashlib.sha1(CONTENT).hexdigest()
        self.host = self.url
        #: Status and content of each download; the last one is repeated.
        self.files: list[tuple[int, bytes]] = [(200, CONTENT)]
        #: How many bytes a download promises and does not send.
        self.missing = 0

    def downloads(self) -> int:
        return sum(path.startswith(FILE) for _, path, _, _ in self.got)


class FileHandler(Handler):
    server: Files

    def handle_get(self) -> None:
        if not self.path.startswith(FILE):
            url = f"{self.server.host}{FILE}?token=a%2Fb&tartype=gzip"
            named = {"download_url": url, "hash_type": "SHA1", "hash_value": self.server.hash}
            self.server.reply = (200, json.dumps(named), "right")
            self.handle_any()
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((self.command, self.path, headers, ""))
        status, content = self.server.files[0]
        if len(self.server.files) > 1:
            del self.server.files[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) + self.server.missing))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    do_GET = handle_get  # noqa: N815


@pytest.fixture
def files() -> Iterator[Files]:
    with Files() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def fails(files: Files, read: Read, **settings: Any) -> WxPayError:
    with pytest.raises(WxPayError) as refused:
        read({**SETTINGS, "endpoints": files.url, **settings}, "tradebill", {"bill_date": "2026-11-27"})
    error = refused.value
    assert error.endpoint == "v3.tradebill"
    return error


@BOTH
def test_the_address_is_signed_as_it_is_given(files: Files, read: Read) -> None:
    files.files = [(200, gzip.compress(CONTENT))]
    rows, summary = read({**SETTINGS, "endpoints": files.url}, "tradebill", {"bill_date": "2026-11-27"})
    assert [row.total_fee for row in rows] == [600, 700] and summary is not None
    assert [path for _, path, _, _ in files.got] == [
        "/v3/bill/tradebill?bill_date=2026-11-27&bill_type=ALL",
        f"{FILE}?token=a%2Fb&tartype=gzip",
    ]
    for request in files.got:
        check_authorization(request)


@BOTH
def test_a_bill_with_another_hash_never_looks_whole(files: Files, read: Read, tmp_path: Path) -> None:
    files.files = [(200, CONTENT.replace(b"`7.00,`0.00,`\r", b"`9.00,`0.00,`\r"))]
    assert files.files[0][1] != CONTENT
    error = fails(files, read)
    assert isinstance(error, SignatureError)
    assert (error.code, error.retry) == ("bill_hash_mismatch", "same_request")
    assert error.explanation.mistake == "file_changed" and files.hash in str(error)
    assert pickle.loads(pickle.dumps(error)).explanation == error.explanation
    with WxPay(**SETTINGS, endpoints=files.url) as pay:
        found = pay.v3.tradebill(bill_date="2026-11-27")
        for use in (
            lambda: list(found),
            lambda: pay.v3.tradebill(bill_date="2026-11-27").save(tmp_path / "bill.csv"),
            lambda: pay.v3.tradebill(bill_date="2026-11-27").columns(),
            lambda: bill.compare(pay.v3.tradebill(bill_date="2026-11-27"), []),
        ):
            with pytest.raises(SignatureError):
                use()
        assert found.summary is None and list(tmp_path.iterdir()) == []


@BOTH
def test_a_bill_that_is_cut_off_is_an_error(files: Files, read: Read) -> None:
    for content, missing, code in [
        (CONTENT[: len(CONTENT) // 2], 0, "malformed_reply"),
        (gzip.compress(CONTENT)[:-9], 0, "malformed_reply"),
        (CONTENT[:-30], 30, "network"),
    ]:
        files.files, files.missing = [(200, content)], missing
        error = fails(files, read)
        assert isinstance(error, TransportError)
        assert (error.code, error.retry) == (code, "same_request")


@BOTH
def test_an_address_elsewhere_receives_nothing(files: Files, read: Read) -> None:
    with Files() as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        files.host = other.url
        error = fails(files, read)
        other.shutdown()
    assert isinstance(error, TransportError)
    assert (error.code, error.retry, other.got, len(files.got)) == ("malformed_reply", "never", [], 1)
    assert other.url in str(error) and files.url in str(error)


@BOTH
def test_an_address_that_expired_is_asked_for_once_more(files: Files, read: Read) -> None:
    expired = (400, '{"code":"INVALID_REQUEST","message":"token已失效，请重新获取下载链接"}'.encode())
    files.files = [expired, (200, CONTENT)]
    rows, _ = read({**SETTINGS, "endpoints": files.url}, "tradebill", {"bill_date": "2026-11-27"})
    assert (len(rows), len(files.got), files.downloads()) == (2, 4, 2)
    files.got.clear()
    files.files = [expired]
    error = fails(files, read)
    assert isinstance(error, BusinessError) and "token已失效" in str(error)
    assert (len(files.got), files.downloads()) == (4, 2)


@BOTH
def test_what_is_not_a_bill_is_an_error(files: Files, read: Read) -> None:
    refused = '{"code":"SIGN_ERROR","message":"Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"}'
    odd = '{"code":"INVALID REQUEST","message":"错误的签名，导致验签失败"}'
    for status, body, kind in [
        (401, refused, ProtocolError),
        (200, odd, BusinessError),
        (200, "", TransportError),
        (200, "<html>login</html>", TransportError),
        (502, "<html>bad gateway</html>", TransportError),
    ]:
        files.files = [(status, body.encode())]
        error = fails(files, read, max_network_retries=0)
        assert type(error) is kind, error
        if isinstance(error, ProtocolError):
            assert (error.status, error.verified) == (401, False)
            assert error.string_to_sign.startswith(f"GET\n{FILE}?token=***&tartype=gzip\n")


@BOTH
def test_a_day_without_business_is_a_bill_without_rows(files: Files, read: Read) -> None:
    content = text()
    files.files, files.hash = [(200, content)], hashlib.sha1(content).hexdigest()
    rows, summary = read({**SETTINGS, "endpoints": files.url}, "tradebill", {"bill_date": "2026-11-27"})
    assert rows == [] and summary is not None and summary.total_count == 0
