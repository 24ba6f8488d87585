"""The result of ``WxPay.check``."""

from __future__ import annotations

from ._displayed import Displayed
from ._native import phrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    _Part = Literal[
        "store",
        "api_key",
        "client_key",
        "api_v3_key",
        "platform_keys",
        "app_secret",
        "clock",
        "notify_url",
        "client_cert",
    ]
    _State = Literal["ok", "attention", "failed", "not_set"]


class Finding(Displayed):
    """What was found of one part of a client.

    Attributes:
        part: ``store``: whether it keeps a value and gives it back. ``api_key``: appid, mch_id and API key, by an
            ``orderquery`` for a number that no order has. ``client_key``: mch_id, private key and serial number, by a
            signed ``v3.query``. ``api_v3_key``: by the platform certificates that it decrypts. ``platform_keys``:
            WeChat Pay's public key or certificates, by the signature of a reply. ``app_secret``: by a token.
            ``clock``: this machine's clock, by the ``Date`` of WeChat's reply. ``notify_url``: whether WeChat may reach
            it; nothing is sent there. ``client_cert``: whether the merchant's certificate is valid now.
        state: ``ok``; ``attention``: it works, and will not for long (a certificate that ends within 30 days);
            ``failed``; or ``not_set``: there is nothing to check, or the part cannot be checked without another setting
            or while another part fails.
        message: What was found, in a sentence without secrets.
        remedy: What to do, unless the part is ``ok``.
    """

    __slots__ = ("message", "part", "remedy", "state")
    _shown = ("state", "part", "message", "remedy")

    def __init__(self, part: _Part, state: _State, message: str, remedy: str | None = None) -> None:
        self.part = part
        self.state = state
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        english = f"the part is in state {self.state}"
        state = phrase(english)
        # In Chinese the state has a word too, as the command has it.
        state, colon, semicolon = (self.state, ": ", "; ") if state == english else (state, "：", "；")
        remedy = "" if self.remedy is None else f"{semicolon}{self.remedy}"
        return f"{self.part} {state}{colon}{self.message}{remedy}"

    def __repr__(self) -> str:
        return f"Finding({self.part!r}, {self.state!r}, {self.message!r}, {self.remedy!r})"


class CheckReport(Displayed):
    """What ``check`` found. ``str(report)`` has a line for each part.

    Attributes:
        findings: One for each part that this client may use.
    """

    __slots__ = ("findings",)
    _shown = ("findings",)

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings

    @property
    def ok(self) -> bool:
        """Whether no part failed."""
        return all(finding.state != "failed" for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))

    def __repr__(self) -> str:
        return f"CheckReport(ok={self.ok!r}, findings={self.findings!r})"
