"""One message: what was sent or what arrived, byte by byte, and the mistake in it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Case:
    name: str
    #: Where the mistake comes from: a section of the protocol, or a public report.
    source: str
    #: The code of the explanation: `none` for a message without a mistake.
    cause: str
    #: `request` or `notification`; in APIv3 also `reply`.
    kind: str
    body: bytes
    method: str | None = None
    url: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    #: What the developer has, besides the settings of the file: the names and values of `explain`.
    given: dict[str, Any] = field(default_factory=dict)
    #: The cause in the emulator's journal, where it is another one, because the server knows more.
    in_journal: str | None = None

    def written(self) -> dict[str, Any]:
        try:
            body = {"body": self.body.decode()}
        except UnicodeDecodeError:
            body = {"body_base64": base64.b64encode(self.body).decode()}
        optional = {
            "method": self.method,
            "url": self.url,
            "headers": self.headers,
            "given": self.given,
            "in_journal": self.in_journal,
        }
        own = {"name": self.name, "source": self.source, "cause": self.cause, "kind": self.kind}
        return {**own, **{name: value for name, value in optional.items() if value}, **body}


def camel(name: str) -> str:
    """The name of a field as beans and JavaScript have it."""
    first, *words = name.split("_")
    return first + "".join(word.title() for word in words)
