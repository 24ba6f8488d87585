"""Each call, refused with each code that is documented: the error's class, what is safe then, and what to do, in both
languages. A call is repeated only where that cannot do anything twice. The rows are in tests/faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT, Emulator
from test_wecom import CORP

from wxpaykit import AsyncWxPay, BusinessError, OAuthError, ProtocolError, WxPay, WxPayError

RULES = json.loads((ROOT / "tests/faults/matrix.json").read_text())["refusals"]
TABLE = json.loads((ROOT / "tests/faults/refusals.json").read_text())
CALLS = TABLE["calls"]
CORP_SECRET = "corp-secret-0123456789"


@pytest.fixture(scope="module")
def wechats() -> Iterator[dict[bool, Emulator]]:
    """Two emulators of their own: their faults are not for other tests. The appid of the second is a corp's number."""
    with Emulator() as wechat, Emulator(merchants=CORP) as corp:
        yield {False: wechat, True: corp}


class Refused:
    """A call that is refused with a code."""

    def __init__(self, call: dict[str, Any], row: dict[str, Any], code: str, words: str) -> None:
        self.call, self.row, self.code, self.words = call, row, code, words
        self.api, self.meaning = call["api"], row["meaning"]
        #: Where a customer's code is at stake and WeChat is busy: whether the code still works then.
        self.code_is = None
        if (self.api in ("platform", "wecom"), self.meaning, call["class"]) == (True, "trouble", "once"):
            self.code_is = "code_kept" if call["name"] in RULES["code_kept"] else "code_may_be_used"
        if self.code_is == "code_kept":
            self.meaning = "too_many"
        #: Whether the client would repeat the call.
        self.is_repeated = call["class"] in RULES["repeated"].get(self.meaning, [])

    def fault(self) -> dict[str, Any]:
        """Strikes once: if the call is repeated although it must not be, it ends in another way."""
        if self.api in ("platform", "wecom"):
            fault = {"fault": "errcode", "errcode": int(self.code), "errmsg": self.words or "words"}
            fault["endpoint"] = self.call["path"]
        else:
            fault = {"fault": "refuse", "code": self.code, "message": self.words or "说明"}
            if self.api == "v3":
                fault["status"] = self.row["status"]
        # With a token that the client has fetched, the call is repeated once, with another one.
        is_renewed = self.call["renews_token"] and self.meaning == "dead_token"
        return fault | {"times": 2 if is_renewed else 1}

    def expect(self, error: WxPayError) -> None:
        wanted: dict[str, Any] = {"endpoint": self.call["name"]}
        wanted["retry"] = RULES["retry"][self.meaning][self.call["class"]]
        remedy = self.row
        if self.code_is:
            remedy = TABLE[self.code_is]
        if (self.api, self.meaning, self.call["class"]) == ("v3", "trouble", "query_first"):
            of = "call" if self.call["name"] == "v3.call" else "query_first"
            remedy = TABLE[f"v3_trouble_of_{of}"]
        # What the code means in this call alone.
        for code, words, *texts in self.call["own"]:
            is_it = code.replace("_", "") == self.code.replace("_", "") and words in self.words
            if is_it and bool(words) == bool(self.words):
                remedy = dict(zip(("en", "zh"), texts, strict=True))
                break
        wanted |= {"remedy": remedy["en"] or None, "remedy_zh": remedy["zh"] or None}
        kind: type[WxPayError] = BusinessError if self.code else ProtocolError
        wanted["err_code"] = self.code
        if self.api in ("platform", "wecom"):
            kind = OAuthError
            wanted["errcode"] = int(wanted.pop("err_code"))
        found = {name: getattr(error, name, "") for name in wanted}
        assert (type(error), found) == (kind, wanted), (self.code, self.words, str(error))
        # The text gives the advice only once: where it names the call and the number of the next step, it does not give
        # the general advice too.
        for words in (["with the same "], [" a new "], ["Query it", "query it", ", or query", "Call "]):
            assert sum(str(error).count(word) for word in words) <= 1, (words, str(error))


def refusals(call: dict[str, Any], half: int) -> list[Refused]:
    """Half of the rows of codes, each with one of its names. The other client gets the other half; other calls get
    other names."""
    turn = CALLS.index(call)
    rows = TABLE["codes"][call["api"]][(turn + half) % 2 :: 2]
    return [Refused(call, row, *row["names"][turn // 2 % len(row["names"])]) for row in rows]


def test_every_name_of_every_code_has_its_turn() -> None:
    asked = {(one.api, one.code, one.words) for half in (0, 1) for call in CALLS for one in refusals(call, half)}
    every = {(api, *name) for api, rows in TABLE["codes"].items() for row in rows for name in row["names"]}
    assert asked == every


def test_each_code_means_what_its_document_says() -> None:
    """The other tests take the meaning of a code from the table. Here the table is compared with what was written by
    hand: in it is each name that is not final, and nothing else."""
    fitted = set()
    for api, meanings in RULES["meanings"].items():
        # As WeChat spells it in one place or another.
        rows = [
            ((code.replace("_", ""), words), row["meaning"])
            for row in TABLE["codes"][api]
            for code, words in row["names"]
        ]
        for meaning, names in meanings.items():
            for code, said in (name if isinstance(name, list) else (name, "") for name in names):
                # Of two rows that fit, the first one counts. A code without a row is final.
                fit = [(name, found) for name, found in rows if name[0] == code.replace("_", "") and name[1] in said]
                name, found = fit[0] if fit else (None, "final")
                assert found == meaning, (api, code, said)
                fitted.add((api, name))
        assert [name for name, meaning in rows if meaning != "final" and (api, name) not in fitted] == [], api
    assert RULES["meanings"].keys() == TABLE["codes"].keys()


def sent(pay: WxPay | AsyncWxPay, call: dict[str, Any]) -> Any:
    found: Any = pay
    for part in call["name"].split("."):
        found = getattr(found, part)
    if "method" not in call:
        return found(**call["given"])
    # The caller gives the path.
    if call["api"] == "v2":
        return found(call["path"], call["given"])
    return found(call["method"], call["path"], **{"query" if call["method"] == "GET" else "json": call["given"]})


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call['name']} {call.get('method', '')}".strip())
@pytest.mark.parametrize("kind", [WxPay, AsyncWxPay])
def test_every_call_refused_with_every_code(
    kind: type[WxPay] | type[AsyncWxPay], call: dict[str, Any], wechats: dict[bool, Emulator]
) -> None:
    wechat = wechats[call["is_of_corp"]]
    more = {"corp_pay_secret": CORP_SECRET} if call["is_of_corp"] else wechat.v3_settings
    settings = wechat.settings | more | {"store": "memory:"}

    async def run(pay: WxPay | AsyncWxPay) -> None:
        ended = sent(pay, call)
        if kind is AsyncWxPay:
            await ended

    async def check() -> None:
        # What is repeated is repeated after a while, so this client does not.
        repeats, waits = kind(**settings, max_network_retries=1), kind(**settings, max_network_retries=0)
        for refused in refusals(call, [WxPay, AsyncWxPay].index(kind)):
            pay = waits if refused.is_repeated else repeats
            wechat.post("/_emulator/faults", refused.fault())
            with pytest.raises(WxPayError) as raised:
                await run(pay)
            refused.expect(raised.value)
        assert all(fault["left"] == 0 for fault in wechat.get("/_emulator/faults"))
        wechat.delete("/_emulator/faults")

    asyncio.run(check())
