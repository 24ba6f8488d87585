"""The rules of confirm.py for APIv3: RSA by integer arithmetic, GCM over the AES beside it, DER by hand."""

import base64
import functools
import gzip
import hashlib
import json
import operator
import re
import urllib.parse
from datetime import UTC, datetime

from confirm_parts import Refused, encrypt_block, round_keys

FRESH = 300
PROBE = "WECHATPAY/SIGNTEST/"
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def refused(kind, code):
    return Refused({"class": kind, "code": code})


# Keys: DER, PEM as people paste it.


def der(data):
    """The members of a sequence: tag and content of each."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        found.append((tag, data[at : at + length]))
        at += length
    return found


def content(text):
    """The label of a PEM text and its bytes. Without a label it is bare Base64."""
    text = text.lstrip("\ufeff").replace("\\n", "\n")
    label = re.search(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END", text, re.S)
    kind, digits = (label[1], label[2]) if label else ("PRIVATE KEY", text)
    return kind, base64.b64decode("".join(digits.split()))


def private_key(text):
    """Modulus, public and private exponent."""
    kind, data = content(text)
    if kind == "CERTIFICATE":
        raise refused("ConfigError", "key_is_certificate")
    if kind.endswith("PUBLIC KEY"):
        raise refused("ConfigError", "key_is_public")
    parts = der(der(data)[0][1])
    if parts[1][0] == 0x30:
        # PKCS#8 holds PKCS#1.
        parts = der(der(parts[2][1])[0][1])
    numbers = [int.from_bytes(value, "big") for _, value in parts]
    if not sound(*numbers):
        raise refused("ConfigError", "key_format")
    return tuple(numbers[1:4])


def sound(version, n, e, d, p, q, dp, dq, qi, *more):
    """Whether the numbers of a private key belong together, and are of a kind that signs for WeChat Pay."""
    sizes = 2048 <= n.bit_length() <= 4096 and 65537 <= e < 2**33 and e % 2
    belong = n == p * q and all(e * d % (prime - 1) == 1 for prime in (p, q))
    return not version and not more and sizes and belong and (dp, dq) == (d % (p - 1), d % (q - 1)) and qi * q % p == 1


def certificate(text):
    """The serial number and the key of a certificate."""
    body = der(der(der(content(text)[1])[0][1])[0][1])
    if body[0][0] == 0xA0:
        body = body[1:]
    return body[0][1].hex().upper().removeprefix("00"), spki(body[5][1])


def validity(text):
    """From when and until when a certificate is valid."""
    body = der(der(der(content(text)[1])[0][1])[0][1])
    begins, ends = (
        datetime.strptime(time.decode(), "%y%m%d%H%M%SZ" if tag == 0x17 else "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        for tag, time in der(body[4 if body[0][0] == 0xA0 else 3][1])
    )
    return begins, ends


def spki(data):
    return tuple(int.from_bytes(value, "big") for _, value in der(der(der(data)[1][1][1:])[0][1]))


def public_key(text):
    """Modulus and exponent of a public key or of a certificate."""
    kind, data = content(text)
    return certificate(text)[1] if kind == "CERTIFICATE" else spki(der(data)[0][1])


# Signatures and encryption.


def padded(message, size=256):
    info = SHA256_INFO + hashlib.sha256(message).digest()
    return b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info


def sign(message, key):
    modulus, _, exponent = private_key(key)
    size = modulus.bit_length() // 8
    number = pow(int.from_bytes(padded(message, size), "big"), exponent, modulus)
    return base64.b64encode(number.to_bytes(size, "big")).decode()


def signed_by(message, signature, key):
    modulus, exponent = key
    return pow(int.from_bytes(signature, "big"), exponent, modulus) == int.from_bytes(padded(message), "big")


def mask(seed, length, hash_):
    blocks = (hash_(seed + i.to_bytes(4, "big")).digest() for i in range(length // 20 + 1))
    return b"".join(blocks)[:length]


def xor(a, b):
    return bytes(map(operator.xor, a, b))


def unsealed(text, key):
    """RSAES-OAEP with SHA-1 and an empty label; None when the padding is another one."""
    modulus, _, exponent = private_key(key)
    data = pow(int.from_bytes(base64.b64decode(text), "big"), exponent, modulus).to_bytes(256, "big")
    seed = xor(data[1:21], mask(data[21:], 20, hashlib.sha1))
    block = xor(data[21:], mask(seed, 235, hashlib.sha1))
    if data[0] or block[:20] != hashlib.sha1(b"").digest():
        return None
    zeros, _, plain = block[20:].partition(b"\1")
    return None if zeros.strip(b"\0") else plain.decode()


def sealed(text, modulus, exponent):
    """The same in the other direction, with a seed of zeros."""
    block = hashlib.sha1(b"").digest() + b"\0" * (256 - len(text) - 42) + b"\1" + text
    seed = b"\0" * 20
    block = xor(block, mask(seed, 235, hashlib.sha1))
    data = b"\0" + xor(seed, mask(block, 20, hashlib.sha1)) + block
    return base64.b64encode(pow(int.from_bytes(data, "big"), exponent, modulus).to_bytes(256, "big")).decode()


def times(a, b):
    """The product in the field of GCM."""
    product = 0
    for bit in range(127, -1, -1):
        if b >> bit & 1:
            product ^= a
        a = a >> 1 ^ (0xE1 << 120 if a & 1 else 0)
    return product


def opened(key, nonce, associated_data, data):
    """AES-256-GCM; None when the tag differs."""
    keys = round_keys(key)
    data, tag = data[:-16], data[-16:]
    factor = int.from_bytes(encrypt_block(bytes(16), keys), "big")
    lengths = (len(associated_data) * 8).to_bytes(8, "big") + (len(data) * 8).to_bytes(8, "big")
    text = b"".join(part + bytes(-len(part) % 16) for part in (associated_data, data)) + lengths
    blocks = (int.from_bytes(text[i : i + 16], "big") for i in range(0, len(text), 16))
    hashed = functools.reduce(lambda all_, block: times(all_ ^ block, factor), blocks, 0)
    stream = [encrypt_block(nonce + (i + 1).to_bytes(4, "big"), keys) for i in range(len(data) // 16 + 2)]
    if xor(hashed.to_bytes(16, "big"), stream[0]) != tag:
        return None
    return xor(data, b"".join(stream[1:]))


def decrypt(resource, key):
    if len(key.encode()) != 32:
        raise refused("ConfigError", "key_length")
    associated_data = (resource.get("associated_data") or "").encode()
    data = base64.b64decode(resource["ciphertext"])
    plain = opened(key.encode(), resource["nonce"].encode(), associated_data, data)
    if plain is None:
        raise refused("InvalidRequest", "decrypt_failed")
    return plain.decode()


# The kinds of vectors.


def string_to_sign(given):
    return "".join(f"{given[name]}\n" for name in ("method", "url", "timestamp", "nonce_str", "body"))


def authorization(given):
    message = string_to_sign(given)
    signature = sign(message.encode(), given["private_key"])
    members = {
        "mchid": given["mch_id"],
        "nonce_str": given["nonce_str"],
        "signature": signature,
        "timestamp": given["timestamp"],
        "serial_no": given["serial_no"],
    }
    header = "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in members.items())
    return {"message": message, "signature": signature, "authorization": header}


def pay_sign(given):
    text = "".join(f"{given[name]}\n" for name in ("appid", "timestamp", "nonce_str", "package"))
    return sign(text.encode(), given["private_key"])


def certificates(given):
    """The certificate to encrypt with is the last one."""
    found = []
    for item in json.loads(given["reply"])["data"]:
        pem = decrypt(item["encrypt_certificate"], given["api_v3_key"])
        assert certificate(pem)[0] == item["serial_no"]
        begins, ends = validity(pem)
        takes_effect = max(begins, datetime.fromisoformat(item["effective_time"]))
        now = datetime.fromtimestamp(given["now"], UTC)
        is_valid = begins <= now <= min(ends, datetime.fromisoformat(item["expire_time"]))
        one = {"serial_no": item["serial_no"], "pem_sha256": hashlib.sha256(pem.encode()).hexdigest()}
        found.append((is_valid, is_valid and takes_effect <= now, takes_effect, one))
    found.sort(key=lambda one: one[:3])
    if not found[-1][0]:
        raise refused("InvalidRequest", "invalid_request")
    return [one for *_, one in found]


def decrypt_sensitive(given):
    plain = unsealed(given["text"], given["private_key"])
    if plain is None:
        raise refused("InvalidRequest", "decrypt_failed")
    return plain


def encrypt_sensitive(given):
    text = given["text"].encode()
    if len(text) > 256 - 42:
        raise refused("InvalidRequest", "plaintext_too_long")
    made = sealed(text, *public_key(given["public_key"]))
    return {"length": len(made), "decrypted": unsealed(made, given["private_key"])}


def bill_hash(given):
    data = base64.b64decode(given["base64"])
    plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if hashlib.sha1(plain).hexdigest() != given["hash_value"]:
        raise refused("InvalidRequest", "hash_mismatch")
    return len(plain)


def verify(given):
    try:
        return verified(given)
    except Refused as found:
        found.error["cause"] = cause(given, found.error["code"])
        raise


def verified(given):
    headers = {name.lower().removeprefix("wechatpay-"): value for name, value in given["headers"].items()}
    keys = given["keys"]
    if "serial" not in headers and len(keys) == 1:
        headers["serial"] = next(iter(keys))
    if not {"timestamp", "nonce", "signature", "serial"} <= headers.keys():
        raise refused("SignatureError", "header_missing")
    if abs(given["now"] - int(headers["timestamp"])) > FRESH:
        raise refused("SignatureError", "timestamp_expired")
    if headers["serial"] not in keys:
        raise refused("SignatureError", "serial_unknown")
    if headers["signature"].startswith(PROBE):
        raise refused("SignatureError", "signature_probe")
    key, signature = public_key(keys[headers["serial"]]), base64.b64decode(headers["signature"])
    if not signed_by(received(given["headers"], given["body"]), signature, key):
        raise refused("SignatureError", "signature_mismatch")
    found = {"key": headers["serial"]}
    if "api_v3_key" in given:
        found["resource"] = decrypt(json.loads(given["body"])["resource"], given["api_v3_key"])
    return found


def received(headers, body):
    value = {name.lower(): text for name, text in headers.items()}
    return f"{value['wechatpay-timestamp']}\n{value['wechatpay-nonce']}\n{body}\n".encode()


def cause(given, code):
    """What the vectors name as the cause of a refusal; the code itself where they name none."""
    headers = given["headers"]
    if code == "serial_unknown" and "certificate" in given:
        own = certificate(given["certificate"])[0]
        if own != headers["Wechatpay-Serial"]:
            return code
        # Where a key of WeChat Pay's made the signature, only the serial number is the merchant's.
        text, signature = received(headers, given["body"]), base64.b64decode(headers["Wechatpay-Signature"])
        is_right = any(signed_by(text, signature, public_key(key)) for key in given["keys"].values())
        return "serial_of_merchant" if is_right else "serial_is_merchant_cert"
    if code == "decrypt_failed":
        resource = json.loads(given["body"])["resource"]
        data = base64.b64decode(resource["ciphertext"])
        key = given["api_key"].encode()
        opens = opened(key, resource["nonce"].encode(), (resource.get("associated_data") or "").encode(), data)
        return "apiv3_key_wrong" if opens else code
    if code == "signature_mismatch":
        key, signature = (
            public_key(given["keys"][headers["Wechatpay-Serial"]]),
            base64.b64decode(headers["Wechatpay-Signature"]),
        )
        value = json.loads(given["body"])
        for text in json_texts(value):
            if signed_by(received(headers, text), signature, key):
                return "body_reserialised"
    return code


def json_texts(value):
    for separators in ((",", ":"), (", ", ": ")):
        for ascii_ in (False, True):
            yield json.dumps(value, ensure_ascii=ascii_, separators=separators)


def explain(given):
    """The mistake in a request; the signature is the merchant's own."""
    if "headers" not in given:
        return diagnosed(given, given["signature"], public_key(given["public_key"]))
    header = given["headers"].get("Authorization")
    if header is None:
        return {"mistake": "authorization_missing", "proved": False}
    parts = dict(re.findall(r'(\w+)="([^"]*)"', header))
    modulus, exponent, _ = private_key(given["private_key"])
    serial, key = certificate(given["certificate"])
    assert serial == parts["serial_no"]
    if key != (modulus, exponent):
        return {"mistake": "serial_does_not_match_key", "proved": True}
    found = diagnosed(given | parts, parts["signature"], key)
    if found["mistake"] != "none":
        return found
    body = json.loads(given["body"]) if given["body"] else {}
    query = dict(urllib.parse.parse_qsl(given["url"].partition("?")[2]))
    if parts["mchid"] != body.get("mchid", query.get("mchid", parts["mchid"])):
        return {"mistake": "mchid_differs", "proved": False}
    if abs(given["now"] - int(parts["timestamp"])) > FRESH:
        return {"mistake": "clock_skew", "proved": False}
    if not {"Accept", "User-Agent"} <= given["headers"].keys() and "/pay/transactions/" not in given["url"]:
        return {"mistake": "accept_missing", "proved": False}
    return found


def diagnosed(sent, signature, key):
    if set(signature) & set("-_"):
        data = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        assert signed_by(string_to_sign(sent).encode(), data, key)
        return {"mistake": "signature_base64url", "proved": True}
    data, text = base64.b64decode(signature), string_to_sign(sent)
    path, mark, query = sent["url"].partition("?")
    pairs = query.split("&")
    guesses = {"none": [text], "no_final_newline": [text[:-1]], "crlf_newlines": [text.replace("\n", "\r\n")]}
    guesses["url_with_host"] = [string_to_sign(sent | {"url": "https://api.mch.weixin.qq.com" + sent["url"]})]
    guesses["url_without_query"] = [string_to_sign(sent | {"url": path})] if mark else []
    shorter = ["&".join(pairs[:i] + pairs[i + 1 :]) for i in range(len(pairs))] if len(pairs) > 1 else []
    guesses["url_query_cut"] = [string_to_sign(sent | {"url": f"{path}?{query}"}) for query in shorter]
    bodies = json_texts(json.loads(sent["body"])) if sent["body"] else []
    guesses["body_reserialised"] = [string_to_sign(sent | {"body": body}) for body in bodies if body != sent["body"]]
    for mistake, texts in guesses.items():
        if any(signed_by(text.encode(), data, key) for text in texts):
            return {"mistake": mistake, "proved": True}
    return {"mistake": "v3_unknown", "proved": False}


RULES = {
    "v3_authorization": authorization,
    "v3_bill_hash": bill_hash,
    "v3_certificates": certificates,
    "v3_decrypt": lambda given: decrypt(given["resource"], given["api_v3_key"]),
    "v3_decrypt_sensitive": decrypt_sensitive,
    "v3_encrypt_sensitive": encrypt_sensitive,
    "v3_explain": explain,
    "v3_pay_sign": pay_sign,
    "v3_private_key": lambda given: sign(given["message"].encode(), given["private_key"]),
    "v3_serial_no": lambda given: certificate(given["certificate"])[0],
    "v3_verify": verify,
}
