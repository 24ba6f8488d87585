"""Writes the messages of tests/vectors into a fuzz target's corpus: seeds.py TARGET FOLDER."""

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent.parent / "tests/vectors"
KINDS = {
    "xml": ["parse_xml", "verify"],
    "notify": ["notify_payment", "reply"],
    "oauth_json": ["oauth_json"],
}
#: Seeds of targets whose input no vector has.
OWN = {
    "store": [
        b'{"token":"a","renew_at":1,"expires_at":2}',
        b"seen 3f2a",
        b"confirmed 3f2a",
        b"handed_over",
    ],
    "settings": [
        b"wxd930ea5d5a258f4f\n10000100\n192006250b4c09247ec02edce69f6a2d\n5a1d0c7e9b3f48268f2e6d4b7c90a1e3\n"
        b"https://shop.example/notify\n1900000109\nhttp://127.0.0.1:8700,http://127.0.0.1:8701",
    ],
}


def seeds(target: str) -> Iterator[bytes]:
    yield from OWN.get(target, [])
    for kind in KINDS.get(target, []):
        for case in json.loads((VECTORS / f"{kind}.json").read_text())["cases"]:
            given = case["given"]
            if "base64" in given:
                yield base64.b64decode(given["base64"])
            elif text := given.get("xml", given.get("body")):
                yield text.encode()


def main() -> None:
    target, folder = sys.argv[1], Path(sys.argv[2])
    for seed in seeds(target):
        (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main()
