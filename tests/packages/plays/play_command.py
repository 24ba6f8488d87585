"""The command alone, without a line of Python of the shop's: emulator, order, payment, query."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("wxpaykit"))
NUMBER = "COMMAND0001"


def said(*arguments: str, **settings: str) -> dict[str, object]:
    done = subprocess.run(
        [COMMAND, *arguments, "--json"], env={**os.environ, **settings}, capture_output=True, text=True
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


emulator = subprocess.Popen([COMMAND, "emulator", "--", "--port", "0"], stdout=subprocess.PIPE, text=True)
try:
    assert emulator.stdout is not None
    wechat = json.loads(emulator.stdout.readline())
    settings = {f"WXPAY_{name.upper()}": wechat[name] for name in ("appid", "mch_id", "api_key")}
    settings |= {"WXPAY_ENDPOINTS": wechat["url"], "WXPAYKIT_LANG": "en"}
    order = {"body": "tea", "out_trade_no": NUMBER, "total_fee": "100", "spbill_create_ip": "127.0.0.1"}
    order |= {"openid": wechat["openid"], "notify_url": "http://127.0.0.1:9/wxpay/notify"}
    assert said("order", *(f"{name}={value}" for name, value in order.items()), **settings)["prepay_id"]
    assert said("query", f"out_trade_no={NUMBER}", **settings)["trade_state"] == "NOTPAY"
    payment = json.dumps({"out_trade_no": NUMBER}).encode()
    request = urllib.request.Request(wechat["url"] + "/_emulator/pay", payment, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()
    paid = said("query", f"out_trade_no={NUMBER}", **settings)
    assert (paid["trade_state"], paid["total_fee"]) == ("SUCCESS", 100), paid
finally:
    emulator.terminate()
    emulator.wait(10)
print("shipped")
