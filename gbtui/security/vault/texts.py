"""The text of a sealed value, as it stands in a column.

v2, ours: `2:AES-256-GCM:KEY:MARK:NONCE:BODY`, base64url without padding. v1, the Rust server's:
`1:AES-256-GCM:KEY:NONCE:BODY`, base64. BODY is the ciphertext with its 16-byte tag.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from gbtui.errors import Fault, VaultError

ALGORITHM: Final = "AES-256-GCM"
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
MARK_BYTES: Final = 9
_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_V1: Final = 1
_V2: Final = 2


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value as it is stored. `mark` (v2) says which row it was sealed for, to who has the key."""

    version: int
    key_id: str
    nonce: bytes
    body: bytes
    mark: bytes = b""

    def __str__(self) -> str:
        parts = (self.mark, self.nonce, self.body)
        return ":".join(("2", ALGORITHM, self.key_id, *map(encode, parts)))


def parse(text: str) -> Sealed:
    """VaultError where the text is none: never sealed, cut, or of another program."""
    version, _, rest = text.partition(":")
    algorithm, _, rest = rest.partition(":")
    key_id, *parts = rest.split(":")
    if algorithm != ALGORITHM or not _KEY_ID.fullmatch(key_id) or (version, len(parts)) not in (("1", 2), ("2", 3)):
        raise unreadable("it is not sealed")
    try:
        if version == "1":
            nonce, body = map(_decode_v1, parts)
            sealed = Sealed(_V1, key_id, nonce, body)
        else:
            mark, nonce, body = map(decode, parts)
            sealed = Sealed(_V2, key_id, nonce, body, mark)
    except (binascii.Error, ValueError):
        raise unreadable("it is sealed, and cut or garbled") from None
    whole = len(sealed.nonce) == NONCE_BYTES and len(sealed.body) >= TAG_BYTES
    if not whole or len(sealed.mark) != (0 if version == "1" else MARK_BYTES):
        raise unreadable("it is sealed, and cut or garbled")
    return sealed


def key_of(text: str) -> str:
    """The key that a text names; "" where it names none."""
    try:
        return parse(text).key_id
    except VaultError:
        return ""


def is_current(text: str, key_id: str) -> bool:
    """Whether a value needs no new seal: ours, under the key that is active."""
    return text.startswith(f"2:{ALGORITHM}:{key_id}:")


def encode(raw: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of the one text that `encode` makes of them; ValueError for any other."""
    raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(raw) != text:
        raise ValueError("another spelling")
    return raw


def unreadable(why: str) -> VaultError:
    """The error for a text that is no sealed value."""
    return VaultError(Fault.UNREADABLE, "Not a sealed value", why)


def _decode_v1(text: str) -> bytes:
    """Base64 of either alphabet, padded or not: what is stored was written by others."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
