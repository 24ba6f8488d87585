"""One change of a signed message of APIv3, for property tests."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

SIGNED = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature")
#: White space around a value of a header is not a part of it.
VISIBLE = st.integers(0x21, 0x7E)


@dataclass(frozen=True)
class Change:
    """What becomes of a part of the message: its body, or one of its headers."""

    part: str
    how: str
    at: int
    byte: int

    def _edited(self, text: bytes) -> bytes:
        at = self.at % len(text)
        before, own, after = text[:at], text[at : at + 1], text[at + 1 :]
        return {
            "replace": before + bytes([self.byte]) + after,
            # Capital letters and small ones, which readers of hexadecimal digits may take for the same.
            "case": before + own.swapcase() + after,
            "insert": before + bytes([self.byte]) + own + after,
            "append": text + bytes([self.byte]),
            "remove": before + after,
        }[self.how]

    def of(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        """The changed message."""
        if self.how == "lose":
            return {name: value for name, value in headers.items() if name != self.part}, body
        if self.part == "body":
            return headers, self._edited(body)
        return headers | {self.part: self._edited(headers[self.part].encode()).decode()}, body


HOW = ("replace", "case", "insert", "append", "remove")
PLACES = st.integers(0, 4095)
CHANGES = st.one_of(
    st.builds(Change, st.just("body"), st.sampled_from(HOW), PLACES, st.integers(0, 255)),
    st.builds(Change, st.sampled_from(SIGNED), st.sampled_from((*HOW, "lose")), PLACES, VISIBLE),
)
