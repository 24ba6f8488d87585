"""APIv3 beside wechatpayv3 and beside the bare RSA signature of OpenSSL. The other SDK comes from tests/interop."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import secrets
import site
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from wxpaykit import AsyncWxPay, new_out_trade_no, v3

ROOT = Path(__file__).resolve().parents[3]
OTHERS = ROOT / f"tests/interop/.venv/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
IN_FLIGHT = 64
ORDER = {"description": "腾讯充值中心-QQ会员充值", "attach": "深圳分店", "amount": {"total": 88}}
#: What the resource of a payment's notification holds.
PAYMENT = {
    "appid": "wxd930ea5d5a258f4f",
    "mchid": "10000100",
    "out_trade_no": "20150806125346",
    "transaction_id": "4200000263201508067700134212",
    "trade_type": "JSAPI",
    "trade_state": "SUCCESS",
    "trade_state_desc": "支付成功",
    "bank_type": "OTHERS",
    "attach": "深圳分店",
    "success_time": "2015-08-06T12:54:00+08:00",
    "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
    "amount": {"total": 88, "payer_total": 78, "currency": "CNY", "payer_currency": "CNY"},
}

Compare = Callable[[str, float, Callable[[], Any], Callable[[], Any]], None]


def local(compare: Compare, said: dict[str, str]) -> None:
    """`said` is the first line of an emulator: its keys are the merchant's."""
    site.addsitedir(str(OTHERS))
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from wechatpayv3.utils import aes_decrypt, build_authorization

    pem, serial_no, mch_id = said["client_key"], said["serial_no"], said["mch_id"]
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    path, body = "/v3/pay/transactions/jsapi", json.dumps(ORDER, ensure_ascii=False)
    text = v3.string_to_sign("POST", path, 1764300000, secrets.token_hex(16), body).encode()
    assert base64.b64encode(key.sign(text, PKCS1v15(), hashes.SHA256())).decode() == v3.sign(text, pem)

    def ours() -> str:
        return v3.authorization(
            mch_id=mch_id, serial_no=serial_no, private_key=pem, method="POST", url=path, body=body
        )  # fmt: skip

    compare(
        "APIv3: Authorization, beside the bare signature",
        0.91,
        ours,
        lambda: key.sign(text, PKCS1v15(), hashes.SHA256()),
    )
    compare(
        "APIv3: Authorization, beside wechatpayv3", 1.1, ours,
        lambda: build_authorization(path, "POST", mch_id, serial_no, key, body, secrets.token_hex(16)),
    )  # fmt: skip

    secret, nonce = said["api_v3_key"], secrets.token_hex(6)
    plain = json.dumps(PAYMENT, ensure_ascii=False).encode()
    sealed = base64.b64encode(AESGCM(secret.encode()).encrypt(nonce.encode(), plain, b"transaction")).decode()
    resource = {"algorithm": "AEAD_AES_256_GCM", "ciphertext": sealed, "nonce": nonce, "associated_data": "transaction"}
    assert v3.decrypt(resource, secret) == aes_decrypt(nonce, sealed, "transaction", secret) == plain.decode()
    compare(
        "APIv3: decrypt a notification, beside wechatpayv3", 5,
        lambda: v3.decrypt(resource, secret), lambda: aes_decrypt(nonce, sealed, "transaction", secret),
    )  # fmt: skip


def orders(said: dict[str, str], seconds: float) -> tuple[float, float]:
    """Orders a second with 64 in flight: ours, and those of wechatpayv3 with as many threads."""
    from wechatpayv3 import WeChatPay, WeChatPayType
    from wechatpayv3.core import Core

    # It sets its address in the constructor.
    Core._gate_way = property(lambda self: said["url"], lambda self, value: None)
    shared = {"appid": said["appid"], "notify_url": "https://example.com/wxpay/notify"}
    other = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI, mchid=said["mch_id"], private_key=said["client_key"],
        cert_serial_no=said["serial_no"], apiv3_key=said["api_v3_key"], public_key=said["platform_public_key"],
        public_key_id=said["platform_public_key_id"], logger=logging.getLogger("quiet"), **shared,
    )  # fmt: skip
    payer = {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}

    def one(_: int) -> None:
        status, body = other.pay(out_trade_no=new_out_trade_no("B"), payer=payer, **ORDER)
        assert status == 200, body

    def theirs(count: int) -> float:
        start = time.perf_counter()
        with ThreadPoolExecutor(IN_FLIGHT) as threads:
            list(threads.map(one, range(count)))
        return count / (time.perf_counter() - start)

    async def both() -> tuple[float, float]:
        pay = AsyncWxPay(
            mch_id=said["mch_id"], client_cert=said["client_cert"], client_key=said["client_key"],
            api_v3_key=said["api_v3_key"], platform_public_key=said["platform_public_key"],
            platform_public_key_id=said["platform_public_key_id"], endpoints=said["url"], store="memory:", **shared,
        )  # type: ignore[arg-type]  # fmt: skip
        left = 0

        async def customer() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                made = await pay.v3.jsapi(out_trade_no=new_out_trade_no("B"), payer=payer, **ORDER)  # type: ignore[arg-type]
                assert made.prepay_id

        async def mine(count: int) -> float:
            nonlocal left
            left, start = count, time.perf_counter()
            await asyncio.gather(*[customer() for _ in range(IN_FLIGHT)])
            return count / (time.perf_counter() - start)

        await mine(200)
        theirs(100)
        rounds: tuple[list[float], list[float]] = ([], [])
        end = time.perf_counter() + 4 * seconds
        while time.perf_counter() < end or len(rounds[0]) < 3:
            rounds[0].append(await mine(1000))
            rounds[1].append(theirs(200))
        return statistics.median(rounds[0]), statistics.median(rounds[1])

    return asyncio.run(both())


def start(emulator: Path) -> tuple[subprocess.Popen[str], dict[str, str]]:
    # Each reply is signed: with one thread the emulator would be what is measured.
    process = subprocess.Popen([emulator, "--port", "0"], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())
