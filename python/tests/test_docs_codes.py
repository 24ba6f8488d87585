"""The code of docs/codes.md, run against the emulator."""

from __future__ import annotations

from threading import Thread
from time import sleep
from typing import Any

import pytest
from test_docs import blocks

from wxpaykit import CodeResult, build_xml, sign
from wxpaykit.testing import Emulator


def test_the_guide_for_payment_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator() as wechat:
        for name, value in wechat.settings.items():
            monkeypatch.setenv(f"WXPAY_{name.upper()}", str(value))
        monkeypatch.setenv("WXPAY_NOTIFY_URL", "http://127.0.0.1:9/n")
        names: dict[str, Any] = {"__name__": "till"}
        for block in blocks("codes.md"):
            exec(compile(block, "docs/codes.md", "exec", dont_inherit=True), names)

        def scanned() -> str:
            return str(wechat.control("POST", "/_emulator/payment-code", {})["auth_code"])

        paid = names["sell"](scanned(), 100)
        assert names["show"](paid) == f"paid: {paid.payment.transaction_id}"
        till = names["Till"]()
        # The customer confirms; the cashier sees it.
        Thread(target=confirm, args=(wechat,), daemon=True).start()
        waited: CodeResult = till.sell(scanned(), 100_001)
        assert waited.paid and till.text == names["show"](waited)
        refused = names["sell"]("130000000000000000", 100)
        assert names["show"](refused).startswith("refused: Nothing was taken")
        picked = names["sell_and_pick"](scanned(), 100)
        assert picked.paid and list(names["shelf"].values()) == [picked.out_trade_no]
        ((number, again),) = names["after_a_crash"]([(paid.out_trade_no, 100)])
        assert (number, again.state) == (paid.out_trade_no, "paid")

        assert names["poster"]("tea").startswith("weixin://wxpay/s/")
        shop, settings = names["app"].test_client(), wechat.settings
        question = {"appid": settings["appid"], "mch_id": settings["mch_id"], "nonce_str": "n", "openid": wechat.openid}
        for product, field in [("tea", "prepay_id"), ("coffee", "err_code_des")]:
            asked = question | {"product_id": product}
            asked["sign"] = sign(asked, str(settings["api_key"]), "MD5")
            answered = shop.post("/native", data=build_xml(asked))
            assert answered.status_code == 200 and f"<{field}>" in answered.text


def confirm(wechat: Emulator) -> None:
    """Confirms the payment that waits for the customer, as soon as one does."""
    for _ in range(100):
        orders = wechat.control("GET", "/_emulator/orders")
        for order in orders:
            if order["trade_state"] == "USERPAYING":
                wechat.control("POST", "/_emulator/pay", {"out_trade_no": order["out_trade_no"]})
                return
        sleep(0.1)
