"""Writes the seeds of a fuzz target into a folder, from tests/vectors and seeds/: seeds.py CRATE TARGET FOLDER."""

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT / "tests/vectors"
#: The targets of core that read messages of the vectors.
KINDS = {
    "xml": ["parse_xml", "verify"],
    "notify": ["notify_payment", "reply"],
    "oauth_json": ["oauth_json"],
}


def seeds(crate: str, target: str) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted((ROOT / crate / "fuzz/seeds" / target).glob("*")))
    for kind in KINDS.get(target, []):
        for case in json.loads((VECTORS / f"{kind}.json").read_text())["cases"]:
            given = case["given"]
            if "base64" in given:
                yield base64.b64decode(given["base64"])
            elif text := given.get("xml", given.get("body")):
                yield text.encode()


def main() -> None:
    crate, target, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    for seed in seeds(crate, target):
        (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main()
