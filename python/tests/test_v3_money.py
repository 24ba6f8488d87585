"""Payment codes, abnormal refunds, transfers, profit sharing: by APIv3, blocking and with asyncio, at the emulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Emulator

from wxpaykit import new_out_refund_no, new_out_trade_no
from wxpaykit.errors import BusinessError, InvalidRequest, WxPayError

ROOT = Path(__file__).resolve().parents[2]
Call = Callable[..., Any]
CARD = {"bank_type": "ICBC_DEBIT", "bank_account": "6222020200012345678", "real_name": "张三"}


def blocking(emulator: Emulator) -> Call:
    def call(name: str, /, **fields: Any) -> Any:
        with emulator.sync(**emulator.v3_settings, notify_url="http://127.0.0.1:9/notify") as pay:
            return getattr(pay.v3, name)(**fields)

    return call


def awaited(emulator: Emulator) -> Call:
    async def run(name: str, fields: dict[str, Any]) -> Any:
        async with emulator.asyncio(**emulator.v3_settings, notify_url="http://127.0.0.1:9/notify") as pay:
            return await getattr(pay.v3, name)(**fields)

    return lambda name, /, **fields: asyncio.run(run(name, fields))


@pytest.fixture(params=[blocking, awaited])
def call(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Call]:
    made: Call = request.param(emulator)
    yield made
    emulator.delete("/_emulator/faults")


def refused(call: Call, name: str, /, **fields: Any) -> tuple[str | None, str]:
    """Field and message of a request that was not sent."""
    with pytest.raises(InvalidRequest) as caught:
        call(name, **fields)
    return caught.value.field, str(caught.value)


def business(call: Call, name: str, /, **fields: Any) -> tuple[str, str]:
    """WeChat's code, and what is safe."""
    with pytest.raises(BusinessError) as caught:
        call(name, **fields)
    return caught.value.err_code, caught.value.retry


def charge(emulator: Emulator, total: int = 88, **others: Any) -> dict[str, Any]:
    shown = emulator.post("/_emulator/payment-code", {})["auth_code"]
    fields = {"description": "茶", "out_trade_no": new_out_trade_no("T"), "amount": {"total": total}}
    return {**fields, "payer": {"auth_code": shown}, "scene_info": {"device_ip": "203.0.113.9"}, **others}


def test_a_code_is_charged_asked_about_and_cancelled(call: Call, emulator: Emulator) -> None:
    order = charge(emulator)
    number = order["out_trade_no"]
    paid = call("codepay", **order)
    assert (paid.trade_state, paid.amount.total, paid.trade_type) == ("SUCCESS", 88, "MICROPAY")
    assert call("query", transaction_id=paid.transaction_id).out_trade_no == number
    assert call("reverse", out_trade_no=number).out_trade_no == number
    assert call("query", out_trade_no=number).trade_state == "REVOKED"
    # Above ¥1000 the customer has to confirm.
    dear = charge(emulator, 100_001)
    waits = call("codepay", **dear)
    assert (waits.trade_state, waits.transaction_id, waits.amount) == ("USERPAYING", None, None)
    emulator.pay(out_trade_no=dear["out_trade_no"])
    assert call("query", out_trade_no=dear["out_trade_no"]).trade_state == "SUCCESS"


def test_what_a_charge_is_refused_for(call: Call, emulator: Emulator) -> None:
    assert business(call, "codepay", **charge(emulator, payer={"auth_code": "139999999999999999"})) == (
        "AUTH_CODE_INVALID",
        "never",
    )
    assert business(call, "reverse", out_trade_no="none") == ("ORDER_NOT_EXIST", "never")
    order = charge(emulator)
    for name, wrong, field in [
        ("payer", None, "payer"),
        ("payer", {}, "payer.auth_code"),
        ("payer", {"auth_code": 131234567890123456}, "payer.auth_code"),
        ("payer", "131234567890123456", "payer"),
        ("amount", {"total": 0.88}, "amount.total"),
        ("amount", {"total": "88"}, "amount.total"),
        ("amount", 88, "amount"),
        ("out_trade_no", "A" * 33, "out_trade_no"),
        ("scene_info", {"device_ip": "here"}, "scene_info.device_ip"),
        ("openid", "o", "openid"),
    ]:
        assert refused(call, "codepay", **{**order, name: wrong})[0] == field, (name, wrong)
    named, said = refused(call, "codepay", **{**order, "payer": {"auth_code": "281234567890123456"}})
    assert named == "payer.auth_code"
    assert "Alipay" in said
    assert "281234567890123456" not in said


def test_a_charge_whose_outcome_is_unknown_is_not_sent_again(call: Call, emulator: Emulator) -> None:
    path = "/v3/pay/transactions/codepay"
    emulator.fault("systemerror_after", endpoint=path, times=1)
    order = charge(emulator)
    with pytest.raises(WxPayError) as caught:
        call("codepay", **order)
    assert (caught.value.retry, caught.value.out_trade_no) == ("query_first", order["out_trade_no"])
    asked = [entry for entry in emulator.get("/_emulator/journal") if entry["out_trade_no"] == order["out_trade_no"]]
    assert [entry["path"] for entry in asked] == [path]
    assert call("query", out_trade_no=order["out_trade_no"]).trade_state == "SUCCESS"


def abnormal(call: Call, emulator: Emulator) -> dict[str, str]:
    """A refund that the customer's card does not take."""
    number, refund_no = new_out_trade_no("T"), new_out_refund_no()
    order = {"description": "茶", "out_trade_no": number, "amount": {"total": 88}}
    call("jsapi", **order, payer={"openid": emulator.openid})
    emulator.pay(out_trade_no=number)
    amount = {"refund": 30, "total": 88, "currency": "CNY"}
    made = call("refund", out_trade_no=number, out_refund_no=refund_no, amount=amount)
    emulator.post("/_emulator/refund", {"out_refund_no": refund_no, "result": "CHANGE"})
    assert call("refund_query", out_refund_no=refund_no).status == "ABNORMAL"
    return {"refund_id": made.refund_id, "out_refund_no": refund_no}


def test_an_abnormal_refund_goes_to_another_account(call: Call, emulator: Emulator) -> None:
    numbers = abnormal(call, emulator)
    for missing in CARD:
        card = {name: value for name, value in CARD.items() if name != missing}
        assert refused(call, "apply_abnormal_refund", **numbers, **card, type="USER_BANK_CARD")[0] == missing
    for name, wrong in [("type", "CASH"), ("type", None), ("refund_id", "a b"), ("bank_account", 6222)]:
        fields = {**numbers, **CARD, "type": "USER_BANK_CARD", name: wrong}
        assert refused(call, "apply_abnormal_refund", **fields)[0] == name
    field, said = refused(
        call, "apply_abnormal_refund", **numbers, **{**CARD, "bank_account": "6" * 215}, type="USER_BANK_CARD"
    )
    assert field == "bank_account"
    assert "666666" not in said
    sent = call("apply_abnormal_refund", **numbers, **CARD, type="USER_BANK_CARD")
    assert (sent.status, sent.refund_id) == ("PROCESSING", numbers["refund_id"])
    assert business(call, "apply_abnormal_refund", **numbers, type="MERCHANT_BANK_CARD") == ("INVALID_REQUEST", "never")
    unknown = {**numbers, "out_refund_no": "R-other"}
    assert business(call, "apply_abnormal_refund", **unknown, type="MERCHANT_BANK_CARD") == (
        "RESOURCE_NOT_EXISTS",
        "never",
    )


def transfer(emulator: Emulator, amount: int = 30, **others: Any) -> dict[str, Any]:
    infos = [{"info_type": "活动名称", "info_content": "新会员"}, {"info_type": "奖励说明", "info_content": "一等奖"}]
    fields = {"out_bill_no": new_out_trade_no("T"), "transfer_scene_id": "1000", "openid": emulator.openid}
    rest = {"transfer_amount": amount, "transfer_remark": "新会员有礼", "transfer_scene_report_infos": infos}
    return {**fields, **rest, **others}


def test_a_transfer_is_confirmed_by_the_customer(call: Call, emulator: Emulator) -> None:
    order = transfer(emulator, 200_000, user_name="张三")
    number = order["out_bill_no"]
    made = call("transfer", **order)
    assert made.state == "WAIT_USER_CONFIRM"
    assert call("transfer", **order).transfer_bill_no == made.transfer_bill_no
    with emulator.sync(**emulator.v3_settings) as pay:
        page = pay.v3.transfer_params(made.package_info)
        for wrong in ("", "a b", None, 5):
            with pytest.raises(InvalidRequest) as caught:
                pay.v3.transfer_params(wrong)  # type: ignore[arg-type]
            assert caught.value.field == "package_info"
    settings = emulator.settings
    assert page == {"mchId": settings["mch_id"], "appId": settings["appid"], "package": made.package_info}
    emulator.post("/_emulator/transfer", {"out_bill_no": number})
    emulator.post("/_emulator/clock", {"advance_s": 2})
    done = call("transfer_query", out_bill_no=number)
    assert (done.state, done.transfer_amount, done.user_name) == ("SUCCESS", 200_000, "张三")
    assert call("transfer_query", transfer_bill_no=made.transfer_bill_no).out_bill_no == number
    assert "张三" not in repr(done)
    assert business(call, "transfer", **order) == ("ALREADY_EXISTS", "query_first")
    assert business(call, "transfer_cancel", out_bill_no=number) == ("INVALID_REQUEST", "never")


def test_a_transfer_is_cancelled_and_refused(call: Call, emulator: Emulator) -> None:
    order = transfer(emulator)
    call("transfer", **order)
    assert call("transfer_cancel", out_bill_no=order["out_bill_no"]).state == "CANCELING"
    emulator.post("/_emulator/clock", {"advance_s": 2})
    assert call("transfer_query", out_bill_no=order["out_bill_no"]).state == "CANCELLED"
    assert refused(call, "transfer", **transfer(emulator, 200_000))[0] == "user_name"
    assert business(call, "transfer_query", out_bill_no="none") == ("NOT_FOUND", "never")
    emulator.fault("systemerror_after", endpoint="/v3/fund-app/mch-transfer/transfer-bills")
    unknown = transfer(emulator)
    with pytest.raises(BusinessError, match=f"the same out_bill_no {unknown['out_bill_no']}") as caught:
        call("transfer", **unknown)
    assert (caught.value.err_code, caught.value.retry) == ("SYSTEM_ERROR", "same_request")
    emulator.delete("/_emulator/faults")
    for name, wrong, field in [
        ("out_bill_no", "T_1", "out_bill_no"),
        ("out_bill_no", "T" * 33, "out_bill_no"),
        ("out_bill_no", None, "out_bill_no"),
        ("transfer_amount", 0.3, "transfer_amount"),
        ("transfer_amount", "30", "transfer_amount"),
        ("transfer_amount", 0, "transfer_amount"),
        ("transfer_remark", "长" * 33, "transfer_remark"),
        ("user_name", 5, "user_name"),
        ("user_name", "名" * 72, "user_name"),
        ("user_recv_style", {"type": "GOLD"}, "user_recv_style.type"),
        ("transfer_scene_report_infos", {}, "transfer_scene_report_infos"),
        ("transfer_scene_report_infos", [5], "transfer_scene_report_infos"),
        ("transfer_scene_report_infos", [{"info_type": "长"}], "transfer_scene_report_infos.info_content"),
    ]:
        assert refused(call, "transfer", **{**order, name: wrong})[0] == field, (name, wrong)
    assert refused(call, "transfer_query")[0] == "transfer_bill_no or out_bill_no"
    assert refused(call, "transfer_cancel", out_bill_no=5)[0] == "out_bill_no"


@pytest.mark.parametrize("way", [blocking, awaited])
def test_a_number_past_its_retry_period_is_asked_about_first(way: Callable[[Emulator], Call]) -> None:
    with Emulator(frozen_clock=True, arguments=("--transfer-retry-period", "3600")) as wechat:
        call, order = way(wechat), transfer(wechat)
        made = call("transfer", **order)
        assert call("transfer", **order).transfer_bill_no == made.transfer_bill_no
        wechat.post("/_emulator/clock", {"advance_s": 3601})
        with pytest.raises(BusinessError, match="对应单号已超出重试期") as late:
            call("transfer", **order)
        assert (late.value.err_code, late.value.retry) == ("INVALID_REQUEST", "query_first")
        # It may still be paid: a new number would pay twice.
        assert call("transfer_query", out_bill_no=order["out_bill_no"]).state == "WAIT_USER_CONFIRM"


def sharable(call: Call, emulator: Emulator) -> str:
    """The transaction_id of a paid order that can be shared."""
    number = new_out_trade_no("T")
    order = {"description": "茶", "out_trade_no": number, "amount": {"total": 10_000}}
    call("jsapi", **order, payer={"openid": emulator.openid}, settle_info={"profit_sharing": True})
    emulator.pay(out_trade_no=number)
    return str(call("query", out_trade_no=number).transaction_id)


def test_the_sharing_of_the_document(emulator: Emulator) -> None:
    names: dict[str, Any] = {}
    for block in (ROOT / "docs/apiv3.md").read_text(encoding="utf-8").split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "docs/apiv3.md", "exec", dont_inherit=True), names)
    number = new_out_trade_no("P")
    with emulator.sync(**emulator.v3_settings) as pay:
        transaction_id = sharable(blocking(emulator), emulator)
        names["share"](pay, transaction_id, number, emulator.openid, 1000)
        assert names["shared"](pay, transaction_id, number)[0] == "PROCESSING"
        emulator.advance(2)
        state, parts = names["shared"](pay, transaction_id, number)
    assert (state, parts[0]) == ("FINISHED", (emulator.openid, 1000, "SUCCESS"))


def test_an_order_is_shared_returned_and_released(call: Call, emulator: Emulator) -> None:
    account, number = "1900000201", new_out_trade_no("P")
    receiver = {"type": "MERCHANT_ID", "account": account}
    added = call("profitsharing_add_receiver", **receiver, name="示例商户全称", relation_type="SUPPLIER")
    assert (added.account, added.name, added.relation_type) == (account, "示例商户全称", "SUPPLIER")
    part = {**receiver, "amount": 1000, "description": "分给商户", "name": "示例商户全称"}
    transaction_id = sharable(call, emulator)
    order = {"transaction_id": transaction_id, "out_order_no": number, "unfreeze_unsplit": False}
    made = call("profitsharing_order", **order, receivers=[part])
    assert (made.state, made.receivers[0].result) == ("PROCESSING", "PENDING")
    assert call("profitsharing_order", **order, receivers=[part]).order_id == made.order_id
    dear = {**order, "out_order_no": f"{number}b", "receivers": [{**part, "amount": 2001}]}
    assert business(call, "profitsharing_order", **dear) == ("RULE_LIMIT", "never")
    assert call("profitsharing_amounts", transaction_id=transaction_id).unsplit_amount == 10_000 - 60 - 1000
    emulator.post("/_emulator/clock", {"advance_s": 2})
    done = call("profitsharing_order_query", transaction_id=transaction_id, out_order_no=number)
    assert done.state == "FINISHED"
    assert [(one.result, one.amount) for one in done.receivers] == [("SUCCESS", 1000)]
    back = {"out_order_no": number, "out_return_no": f"{number}r", "return_mchid": account, "description": "退"}
    assert call("profitsharing_return", **back, amount=400).result == "PROCESSING"
    emulator.post("/_emulator/clock", {"advance_s": 2})
    found = call("profitsharing_return_query", out_return_no=f"{number}r", out_order_no=number)
    assert (found.result, found.amount) == ("SUCCESS", 400)
    rest = call(
        "profitsharing_unfreeze", transaction_id=transaction_id, out_order_no=f"{number}u", description="解冻剩余资金"
    )
    assert rest.receivers[0].amount == 9340
    assert call("profitsharing_delete_receiver", **receiver).account == account
    assert call("profitsharing_config", sub_mchid=account).max_ratio == 3000
    unknown = {"transaction_id": transaction_id, "out_order_no": "none"}
    assert business(call, "profitsharing_order_query", **unknown) == ("RESOURCE_NOT_EXISTS", "never")
    cases: list[tuple[str, Any, str]] = [
        ("receivers", None, "receivers"),
        ("receivers", {}, "receivers"),
        ("receivers", [], "receivers"),
        ("receivers", [part] * 51, "receivers"),
        ("receivers", [{**part, "type": "PERSONAL_SUB_OPENID"}], "receivers.type"),
        ("receivers", [{**part, "amount": 1.5}], "receivers.amount"),
        ("receivers", [{**part, "type": "NOBODY"}], "receivers.type"),
        ("receivers", [{**part, "description": "长" * 81}], "receivers.description"),
        ("receivers", [{**part, "openid": "o"}], "receivers.openid"),
        ("unfreeze_unsplit", "true", "unfreeze_unsplit"),
        ("out_order_no", "P" * 65, "out_order_no"),
        ("appid", "wx", "appid"),
    ]
    for name, wrong, field in cases:
        assert refused(call, "profitsharing_order", **{**order, "receivers": [part], name: wrong})[0] == field
    assert refused(call, "profitsharing_add_receiver", **receiver, relation_type="CUSTOM")[0] == "custom_relation"
    assert refused(call, "profitsharing_config")[0] == "sub_mchid"
    assert refused(call, "profitsharing_return", **back, amount=1, order_id="3")[0] == "out_order_no"
    bare = {name: value for name, value in back.items() if name != "out_order_no"}
    assert refused(call, "profitsharing_return", **bare, amount=1)[0] == "order_id or out_order_no"


REASONS = [
    "ACCOUNT_ABNORMAL",
    "NO_RELATION",
    "RECEIVER_HIGH_RISK",
    "RECEIVER_REAL_NAME_NOT_VERIFIED",
    "NO_AUTH",
    "RECEIVER_RECEIPT_LIMIT",
    "PAYER_ACCOUNT_ABNORMAL",
    "INVALID_REQUEST",
    "A_REASON_OF_2027",
]


def test_a_finished_sharing_tells_who_got_nothing(call: Call, emulator: Emulator) -> None:
    got, lost = "1900000201", "1900000202"
    for account in (got, lost):
        receiver = {"type": "MERCHANT_ID", "account": account}
        call("profitsharing_add_receiver", **receiver, name="示例商户全称", relation_type="SUPPLIER")
    transaction_id = sharable(call, emulator)
    for reason in REASONS:
        number = new_out_trade_no("P")
        for name, account in (("share_closed", lost), ("share_reason", got)):
            emulator.post("/_emulator/faults", {"fault": name, "account": account, "reason": reason, "times": 1})
        parts = [
            {"type": "MERCHANT_ID", "account": account, "amount": 20, "description": "分给商户", "name": "示例商户全称"}
            for account in (got, lost)
        ]
        order = {"transaction_id": transaction_id, "out_order_no": number, "unfreeze_unsplit": False}
        made = call("profitsharing_order", **order, receivers=parts)
        assert [(one.result, one.fail_reason) for one in made.receivers] == [("PENDING", None)] * 2
        emulator.post("/_emulator/clock", {"advance_s": 2})
        done = call("profitsharing_order_query", transaction_id=transaction_id, out_order_no=number)
        assert done.state == "FINISHED"
        ended = [(one.account, one.result, one.fail_reason) for one in done.receivers]
        assert ended == [(got, "SUCCESS", reason), (lost, "CLOSED", reason)]
    left = call("profitsharing_amounts", transaction_id=transaction_id).unsplit_amount
    assert left == 10_000 - 60 - 20 * len(REASONS)


def test_a_merchant_that_is_no_provider_is_told_to_leave_sub_mchid_out(call: Call) -> None:
    sub, number = "1900000201", new_out_trade_no("P")
    receiver = {"type": "MERCHANT_ID", "account": "1900000301", "name": "示例商户全称"}
    share = {"transaction_id": "42", "out_order_no": number}
    part = {**receiver, "amount": 1, "description": "分"}
    back = {"out_order_no": number, "out_return_no": "B1", "return_mchid": "1900000301", "amount": 1}
    calls: list[tuple[str, dict[str, Any]]] = [
        (
            "refund",
            {"out_trade_no": number, "out_refund_no": "R1", "amount": {"refund": 1, "total": 1, "currency": "CNY"}},
        ),
        ("refund_query", {"out_refund_no": "R1"}),
        ("profitsharing_order", {**share, "receivers": [part], "unfreeze_unsplit": False}),
        ("profitsharing_unfreeze", {**share, "description": "解冻"}),
        ("profitsharing_order_query", share),
        ("profitsharing_return", {**back, "description": "退"}),
        ("profitsharing_add_receiver", {**receiver, "relation_type": "SUPPLIER"}),
    ]
    for name, fields in calls:
        with pytest.raises(BusinessError, match="普通商户不允许传sub_mch_id") as caught:
            call(name, **fields, sub_mchid=sub)
        assert (caught.value.err_code, caught.value.retry) == ("INVALID_REQUEST", "never")
        assert "leave sub_mch_id (APIv3: sub_mchid) out" in str(caught.value)
    with pytest.raises(BusinessError, match="not a service provider leaves sub_mch_id out"):
        call("query", out_trade_no=number, sub_mchid=sub)


def test_several_orders_are_paid_at_once(call: Call, emulator: Emulator) -> None:
    mch_id, whole = emulator.settings["mch_id"], new_out_trade_no("C")

    def item(total: int, **others: Any) -> dict[str, Any]:
        amount = {"total_amount": total, "currency": "CNY"}
        fields = {"mchid": mch_id, "attach": "桌 7", "amount": amount, "description": "茶"}
        return {**fields, "out_trade_no": new_out_trade_no("T"), **others}

    items = [item(10), item(20)]
    order: dict[str, Any] = {"combine_out_trade_no": whole, "sub_orders": items}
    order["combine_payer_info"] = {"openid": emulator.openid}
    made = call("combine_jsapi", **order)
    assert call("combine_jsapi", **order).prepay_id.startswith("wx")
    assert made.prepay_id
    assert call("combine_query", combine_out_trade_no=whole).sub_orders[0].trade_state == "NOTPAY"
    emulator.pay(out_trade_no=whole)
    paid = call("combine_query", combine_out_trade_no=whole)
    assert paid.combine_payer_info is not None
    assert paid.combine_payer_info.openid == emulator.openid
    assert [(one.trade_state, one.amount.payer_amount) for one in paid.sub_orders] == [("SUCCESS", 10), ("SUCCESS", 20)]
    amount = {"refund": 20, "total": 20, "currency": "CNY"}
    refund = call(
        "refund", transaction_id=paid.sub_orders[1].transaction_id, out_refund_no=new_out_refund_no(), amount=amount
    )
    assert refund.out_trade_no == items[1]["out_trade_no"]
    assert business(call, "query", out_trade_no=items[0]["out_trade_no"]) == ("ORDER_NOT_EXIST", "never")
    assert business(call, "combine_query", combine_out_trade_no="none-at-all") == ("ORDERNOTEXIST", "never")
    unpaid: dict[str, Any] = {"combine_out_trade_no": new_out_trade_no("C"), "sub_orders": [item(1), item(2)]}
    assert call("combine_native", **unpaid).code_url.startswith("weixin://")
    parts = [{"mchid": mch_id, "out_trade_no": one["out_trade_no"]} for one in unpaid["sub_orders"]]
    assert call("combine_close", combine_out_trade_no=unpaid["combine_out_trade_no"], sub_orders=parts) is None
    closed = call("combine_query", combine_out_trade_no=unpaid["combine_out_trade_no"])
    assert {one.trade_state for one in closed.sub_orders} == {"CLOSED"}
    app = {"combine_out_trade_no": new_out_trade_no("C"), "sub_orders": [item(1), item(2)]}
    assert call("combine_app", **app).prepay_id
    h5 = {"combine_out_trade_no": new_out_trade_no("C"), "sub_orders": [item(1), item(2)]}
    scene = {"payer_client_ip": "203.0.113.9", "h5_info": {"type": "Wap"}}
    assert call("combine_h5", **h5, scene_info=scene).h5_url
    cases: list[tuple[str, Any, str]] = [
        ("sub_orders", None, "sub_orders"),
        ("sub_orders", {}, "sub_orders"),
        ("sub_orders", [item(0)], "sub_orders.amount.total_amount"),
        ("sub_orders", [item(1, amount={"total_amount": 0.1, "currency": "CNY"})], "sub_orders.amount.total_amount"),
        ("sub_orders", [item(1, description="长" * 128)], "sub_orders.description"),
        ("combine_payer_info", {}, "combine_payer_info.openid"),
        ("combine_out_trade_no", "C" * 33, "combine_out_trade_no"),
        ("combine_mchid", "1", "combine_mchid"),
    ]
    for name, wrong, field in cases:
        assert refused(call, "combine_jsapi", **{**order, name: wrong})[0] == field, (name, wrong)
