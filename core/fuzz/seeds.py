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


def seeds(target: str) -> Iterator[bytes]:
    for kind in KINDS[target]:
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
