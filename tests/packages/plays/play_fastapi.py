import threading

import uvicorn
from fastapi import FastAPI
from play import amount_of, play, ship, wait

from wxpaykit import AsyncWxPay
from wxpaykit.fastapi import WxPayRouter


def serve(settings, port):
    app = FastAPI()
    app.include_router(WxPayRouter(AsyncWxPay(**settings), path="/wxpay/notify", amount_of=amount_of, on_paid=ship))
    threading.Thread(target=uvicorn.run, args=(app,), kwargs={"port": port, "log_level": "error"}, daemon=True).start()
    wait(port)


play(serve)
