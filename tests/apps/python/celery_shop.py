"""Tasks of a shop under Celery, for the tests: broker and results are folders."""

from __future__ import annotations

import os

from celery import Celery

from wxpaykit import WxPay

FOLDER = os.environ["SHOP_QUEUE"]

app = Celery(
    broker="filesystem://",
    backend=f"file://{FOLDER}/results",
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "data_folder_in": f"{FOLDER}/queue",
        "data_folder_out": f"{FOLDER}/queue",
        "control_folder": f"{FOLDER}/control",
    },
)
pay = WxPay.from_env()

if os.environ.get("SHOP_USE_EARLY"):
    # The worker has used the client before it forks its children.
    pay.jssdk.access_token()


@app.task
def state(out_trade_no: str) -> tuple[int, str]:
    return os.getpid(), pay.orderquery(out_trade_no=out_trade_no).trade_state
