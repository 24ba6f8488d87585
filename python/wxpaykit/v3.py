"""APIv3 by hand: signatures, verification and encryption, for notebooks and programs with an HTTP client of their own.

>>> from wxpaykit import v3
>>> v3.string_to_sign("GET", "/v3/certificates", 1554208460, "593BEC0C930BF1AFEB40B4A08C8FB242", None)
'GET\\n/v3/certificates\\n1554208460\\n593BEC0C930BF1AFEB40B4A08C8FB242\\n\\n'

Keys are PEM as ``str`` or ``bytes``, in whatever layout they were pasted: with or without line ends, indented, with
``\\n`` as two characters. A key that cannot be used raises ``ConfigError``, which says what was given instead. Nothing
here sends anything, and no key is shown. The last four private keys stay in memory in the form that signs, so that a
program that signs in a loop does not read its key each time; one that was not used for a minute goes at the next call.
"""

from __future__ import annotations

from . import _native
from ._native import Explanation
from ._settings import hidden, hidden_credential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

    #: Text, or bytes in UTF-8.
    _Bytes: TypeAlias = str | bytes | bytearray | memoryview
    #: The headers of a message: any mapping, or pairs of names and values. Letter case does not count.
    _Headers: TypeAlias = Mapping[str, Any] | Mapping[bytes, Any] | Iterable[tuple[str | bytes, str | bytes]]

__all__ = [
    "authorization",
    "certificates",
    "decrypt",
    "decrypt_bill",
    "decrypt_sensitive",
    "encrypt_sensitive",
    "explain",
    "pay_sign",
    "serial_no",
    "sign",
    "string_to_sign",
    "verify",
]


def string_to_sign(method: str, url: str, timestamp: int | str, nonce_str: str, body: _Bytes | None = None) -> str:
    """The text that a request is signed over: five lines, each with a line feed behind it.

    Args:
        method: ``GET``, ``POST`` …
        url: The whole URL, or its path with the query. It is signed as it is sent, so give it percent-encoded.
        timestamp: Seconds since 1970.
        nonce_str: A random text of at most 32 characters.
        body: The body as it is sent, ``None`` or empty when there is none. Of an upload it is the text of the part
            ``meta``.

    Raises:
        InvalidRequest: One of them cannot be signed; ``field`` names it.
    """
    try:
        return _native.v3_string_to_sign(method, url, timestamp, nonce_str, body)
    finally:
        del url, body  # They may have a token or a payment code: no frame of an error shows them.


def sign(message: _Bytes, private_key: _Bytes) -> str:
    """The SHA256-RSA signature of a text, in Base64.

    Args:
        message: What ``string_to_sign`` returns.
        private_key: The merchant's private key: the content of ``apiclient_key.pem``.

    Raises:
        ConfigError: The key cannot be used; the message says what was given instead.
    """
    private_key = hidden_credential(private_key)
    return _native.v3_sign(message, private_key)


def authorization(
    *,
    mch_id: str,
    serial_no: str,
    private_key: _Bytes,
    method: str,
    url: str,
    body: _Bytes | None = None,
    timestamp: int | str | None = None,
    nonce_str: str | None = None,
) -> str:
    """The header ``Authorization`` of a request: ``WECHATPAY2-SHA256-RSA2048 mchid="…",…``.

    Args:
        mch_id: The merchant's number; a service provider's own.
        serial_no: The serial number of the merchant's certificate; ``serial_no(certificate)`` reads it.
        private_key: The content of ``apiclient_key.pem``.
        method: ``GET``, ``POST`` …
        url: The whole URL, or its path with the query, as it is sent.
        body: The body as it is sent.
        timestamp: Seconds since 1970; now, when it is left out.
        nonce_str: A new random text, when it is left out.

    Raises:
        ConfigError: The key or the serial number cannot be used.
        InvalidRequest: Another part cannot be signed.
    """
    private_key = hidden_credential(private_key)
    try:
        return _native.v3_authorization(mch_id, serial_no, private_key, method, url, body, timestamp, nonce_str)
    finally:
        del url, body


def verify(headers: _Headers, body: _Bytes | None, keys: Mapping[str, _Bytes], now: int | None = None) -> str:
    """Checks the signature of a reply or a notification. Returns the name of the key in ``keys`` that made it.

    Args:
        headers: All headers of the message. ``Wechatpay-Timestamp``, ``-Nonce``, ``-Signature`` and ``-Serial`` are
            used.
        body: The body as it was received, byte by byte; ``None`` or empty for status 204.
        keys: WeChat Pay's keys: platform certificates by their serial number, the WeChat Pay public key by its id
            (``PUB_KEY_ID_…``); both while the merchant changes from one to the other.
        now: The clock in seconds since 1970; this machine's, when it is left out. The message may differ by 300
            seconds.

    Raises:
        SignatureError: The message is not authentic. ``code`` is ``header_missing``, ``header_malformed``,
            ``timestamp_expired``, ``serial_unknown``, ``signature_probe`` or ``signature_mismatch``; ``explanation``
            names the cause. Answer a notification with 4xx then, a probe too.
        ConfigError: A key cannot be used.
    """
    return _native.v3_verify(headers, body, keys, now)


def decrypt(resource: Mapping[str, Any], api_v3_key: str) -> str:
    """Decrypts ``resource`` of a notification (AES-256-GCM): the JSON text that was encrypted.

    Args:
        resource: The member ``resource`` as it came, with ``ciphertext``, ``nonce`` and ``associated_data``.
        api_v3_key: The merchant's APIv3 key, 32 characters.

    Raises:
        ConfigError: The key does not have 32 bytes (``code`` ``key_length``).
        InvalidRequest: The key is another one, or something was changed (``code`` ``decrypt_failed``).
    """
    api_v3_key = hidden(api_v3_key)
    return _native.v3_decrypt(resource, api_v3_key)


def encrypt_sensitive(text: str, public_key: _Bytes) -> str:
    """Encrypts a sensitive field of a request (RSA-OAEP with SHA-1), in Base64.

    Send the serial number or id of the key in the header ``Wechatpay-Serial``.

    Args:
        text: At most 214 bytes in UTF-8.
        public_key: The WeChat Pay public key, or the platform certificate that took effect last.

    Raises:
        InvalidRequest: The text is too long (``code`` ``plaintext_too_long``).
        ConfigError: The key cannot be used.
    """
    text = hidden(text)
    return _native.v3_encrypt_sensitive(text, public_key)


def decrypt_sensitive(text: str, private_key: _Bytes) -> str:
    """Decrypts a sensitive field of a reply with the merchant's private key.

    Raises:
        InvalidRequest: The text was encrypted for another key, or was changed (``code`` ``decrypt_failed``).
        ConfigError: The key cannot be used.
    """
    text, private_key = hidden(text), hidden_credential(private_key)
    return _native.v3_decrypt_sensitive(text, private_key)


def decrypt_bill(file: _Bytes, encrypt_key: str, nonce: str, private_key: _Bytes) -> bytes:
    """Decrypts one file of an encrypted bill of sub-merchants, which you downloaded by hand.

    Join the files in the order of their ``bill_sequence``; ``wxpaykit.bill.read`` reads the result. A packed file
    (``tar_type=GZIP``) stays packed: unpack it before you join it.

    Args:
        file: The file as it came.
        encrypt_key: ``encrypt_key`` of the reply that has its address.
        nonce: ``nonce`` of that reply.
        private_key: The merchant's private key.

    Raises:
        InvalidRequest: The key is for another certificate, or the file was changed (``code`` ``decrypt_failed``).
        ConfigError: The private key cannot be used.
    """
    private_key = hidden_credential(private_key)
    encrypt_key = hidden(encrypt_key)
    return _native.v3_decrypt_bill(file, encrypt_key, nonce, private_key)


def certificates(reply: _Bytes, api_v3_key: str, now: int | None = None) -> dict[str, str]:
    """Decrypts the reply of ``GET /v3/certificates``: the platform certificates (PEM) by their serial number.

    ``verify`` takes all of them as ``keys``; encrypt with the last one. That is the one in force that took effect last:
    one that has expired or is not yet in force stands before it. The reply itself is signed by one of them, so verify
    it with the result.

    Args:
        reply: The body of the reply as it came.
        api_v3_key: The merchant's APIv3 key, 32 characters.
        now: The clock in seconds since 1970; this machine's, when it is left out.

    Raises:
        ConfigError: The key does not have 32 bytes (``code`` ``key_length``).
        InvalidRequest: The key is another one (``code`` ``decrypt_failed``), no certificate is valid now, or the reply
            has none: new merchants use the WeChat Pay public key.
    """
    api_v3_key = hidden(api_v3_key)
    return _native.v3_certificates(reply, api_v3_key, now)


def pay_sign(appid: str, timestamp: int | str, nonce_str: str, package: str, private_key: _Bytes) -> str:
    """The signature of what a page or an app is handed to pay with: ``paySign``, or ``sign`` of an app.

    Args:
        appid: The appid of the page, the mini program or the app.
        timestamp: Seconds since 1970, as it is handed over.
        nonce_str: The random text, as it is handed over.
        package: ``prepay_id=…`` for JSAPI and mini programs; for apps the prepay_id alone.
        private_key: The content of ``apiclient_key.pem``.

    Raises:
        ConfigError: The key cannot be used.
        InvalidRequest: One of the others cannot be signed.
    """
    private_key = hidden_credential(private_key)
    return _native.v3_pay_sign(appid, timestamp, nonce_str, package, private_key)


def serial_no(certificate: _Bytes) -> str:
    """The serial number of a certificate as ``Authorization`` has it: upper-case hexadecimal digits.

    Raises:
        ConfigError: It is not a certificate.
    """
    return _native.v3_serial_no(certificate)


def explain(
    *,
    headers: _Headers | None = None,
    body: _Bytes | None = None,
    keys: Mapping[str, _Bytes] | None = None,
    now: int | None = None,
    api_v3_key: str | None = None,
    api_key: str | None = None,
    method: str | None = None,
    url: str | None = None,
    timestamp: int | str | None = None,
    nonce_str: str | None = None,
    signature: str | None = None,
    authorization: str | None = None,
    mch_id: str | None = None,
    serial_no: str | None = None,
    certificate: _Bytes | None = None,
    private_key: _Bytes | None = None,
    public_key: _Bytes | None = None,
    reply: _Bytes | None = None,
) -> Explanation:
    """Why a signature is refused. The more is given, the more can be proved; nothing secret is in the result.

    Of a reply or a notification give ``headers``, ``body`` and ``keys``. Of a request give ``method``, ``url``,
    ``body``, its ``authorization`` (or ``timestamp``, ``nonce_str`` and ``signature``), and the key that it was signed
    with.

    Args:
        headers: All headers of the message or of the request.
        body: The body, byte by byte.
        keys: WeChat Pay's keys, as ``verify`` takes them.
        now: The clock in seconds since 1970. When it is left out, the time is not checked.
        api_v3_key: The APIv3 key, to open the resource of a notification.
        api_key: The APIv2 key, which may have been used instead.
        method: The method of a request.
        url: The URL of a request as it was sent.
        timestamp: The timestamp in ``Authorization``.
        nonce_str: The nonce in ``Authorization``.
        signature: The signature in ``Authorization``.
        authorization: The header ``Authorization``, in place of the last three.
        mch_id: The merchant's number.
        serial_no: The serial number that the merchant uses.
        certificate: The merchant's certificate, ``apiclient_cert.pem``.
        private_key: The merchant's private key. It is compared with the certificate and the signature.
        public_key: Its public half, in its place.
        reply: The body of WeChat Pay's refusal (401): it says which text WeChat Pay built.

    Raises:
        InvalidRequest: Neither a message nor a request is given.
        ConfigError: A key cannot be used; the message says what was given instead.
    """
    api_v3_key, api_key = hidden(api_v3_key), hidden(api_key)
    private_key = hidden_credential(private_key)
    return _native.v3_explain(
        {
            "headers": headers,
            "body": body,
            "keys": keys,
            "now": now,
            "api_v3_key": api_v3_key,
            "api_key": api_key,
            "method": method,
            "url": url,
            "timestamp": timestamp,
            "nonce_str": nonce_str,
            "signature": signature,
            "authorization": authorization,
            "mch_id": mch_id,
            "serial_no": serial_no,
            "certificate": certificate,
            "private_key": private_key,
            "public_key": public_key,
            "reply": reply,
        }
    )
