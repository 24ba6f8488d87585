"""Writes `broken.json`: broken requests, notifications and replies with one planted mistake each, and some without any.

It never imports wxpaykit: it is the second implementation that the explanations are compared with. The tests of Rust,
Python, Node, the command and the emulator read the file. `../mistakes.py` has each way of each mistake of APIv2 over
fields; here are whole messages as programs send them.

    python tests/broken/make.py            writes broken.json
    python tests/broken/make.py --check    fails when it differs
    python tests/broken/make.py --for -    prints the requests of APIv3 of another merchant, which it reads as JSON: the
                                           members of `v3.Merchant`, and `now`
    python tests/broken/make.py --objects-for -
                                           prints the objects and the arguments of wx.config of another merchant, which
                                           it reads as JSON: the members of `objects.Given`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import objects
import v2
import v3

FILE = Path(__file__).with_name("broken.json")


def text() -> str:
    generations = {
        "v2": (v2.SETTINGS, v2.broken(), v2.intact()),
        "v3": (v3.SETTINGS, v3.requests() + v3.messages(), v3.intact()),
    }
    document: dict[str, Any] = {}
    for name, (settings, broken, intact) in generations.items():
        names = [case.name for case in broken + intact]
        assert len(set(names)) == len(names), sorted(names)
        cases = {"broken": broken, "intact": intact}
        written = {kind: [case.written() for case in some] for kind, some in cases.items()}
        document[name] = {"settings": settings, **written}
    document["objects"] = objects.objects(objects.Given())
    document["configs"] = objects.configs(objects.Given())
    document["messages"] = objects.messages()
    for kind in ("objects", "configs", "messages"):
        names = [case["name"] for case in document[kind]]
        assert len(set(names)) == len(names), sorted(names)
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def requests_of(merchant: dict[str, Any]) -> str:
    now = merchant.pop("now")
    cases = v3.requests(v3.Merchant(**merchant), now)
    return json.dumps([case.written() for case in cases])


def objects_of(given: dict[str, Any]) -> str:
    of = objects.Given(**given)
    return json.dumps({"objects": objects.objects(of), "configs": objects.configs(of)})


def main() -> int:
    if "--for" in sys.argv[1:]:
        print(requests_of(json.load(sys.stdin)))
        return 0
    if "--objects-for" in sys.argv[1:]:
        print(objects_of(json.load(sys.stdin)))
        return 0
    made = text()
    if "--check" in sys.argv[1:]:
        same = FILE.read_text(encoding="utf-8") == made
        print(f"{'ok' if same else 'differs'}: {FILE.name}")
        return 0 if same else 1
    FILE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
