"""Signatures of RSA by integer arithmetic, and AES-256-GCM. Nothing is random: the same file comes out each time."""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))
# They check the vectors, and are no part of what is tested here either.
from confirm_parts import encrypt_block, round_keys
from confirm_v3 import certificate, private_key, public_key, sealed, times, xor

__all__ = ["bare", "certificate", "encrypt", "encrypt_block", "pss", "round_keys", "seal", "sign"]

#: The DER of the digest's algorithm, before the digest itself.
PREFIXES = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
}


def raw(block: bytes, key: str) -> bytes:
    modulus, _, exponent = private_key(key)
    return pow(int.from_bytes(block, "big"), exponent, modulus).to_bytes(256, "big")


def sign(text: bytes, key: str, hash_: str = "sha256") -> str:
    """RSASSA-PKCS1-v1_5 in Base64, as WeChat Pay wants it."""
    return bare(PREFIXES[hash_] + hashlib.new(hash_, text).digest(), key)


def bare(info: bytes, key: str) -> str:
    """The same padding around any bytes."""
    return base64.b64encode(raw(b"\0\1" + b"\xff" * (253 - len(info)) + b"\0" + info, key)).decode()


def encrypt(text: str, key: str) -> str:
    """RSAES-OAEP with SHA-1 in Base64, for a public key or a certificate."""
    return sealed(text.encode(), *public_key(key))


def pss(text: bytes, key: str, salt: int = 32) -> str:
    """RSASSA-PSS with SHA-256, and a salt of so many zeros."""

    def sha256(data: bytes) -> hashlib._Hash:
        return hashlib.sha256(data)

    digest = sha256(bytes(8) + sha256(text).digest() + bytes(salt)).digest()
    block = bytes(256 - 32 - salt - 2) + b"\1" + bytes(salt)
    blocks = b"".join(sha256(digest + i.to_bytes(4, "big")).digest() for i in range(8))
    masked = xor(block, blocks[: len(block)])
    return base64.b64encode(raw(bytes([masked[0] & 0x7F]) + masked[1:] + digest + b"\xbc", key)).decode()


def seal(plain: bytes, key: str, nonce: str, associated_data: str) -> str:
    """AES-256-GCM in Base64, the tag at the end."""
    keys = round_keys(key.encode())
    count = len(plain) // 16 + 2
    stream = [encrypt_block(nonce.encode() + (i + 1).to_bytes(4, "big"), keys) for i in range(count)]
    data = xor(plain, b"".join(stream[1:]))
    factor = int.from_bytes(encrypt_block(bytes(16), keys), "big")
    aad = associated_data.encode()
    lengths = (len(aad) * 8).to_bytes(8, "big") + (len(data) * 8).to_bytes(8, "big")
    text = b"".join(part + bytes(-len(part) % 16) for part in (aad, data)) + lengths
    hashed = 0
    for i in range(0, len(text), 16):
        hashed = times(hashed ^ int.from_bytes(text[i : i + 16], "big"), factor)
    return base64.b64encode(data + xor(hashed.to_bytes(16, "big"), stream[0])).decode()
