"""AES-256-GCM with what belongs to a value bound to it: the cipher is OpenSSL's, the rest is what it is given."""

import hmac
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gbtui.security.vault.texts import MARK_BYTES, NONCE_BYTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_KEYS: Final = 16


def new_key() -> bytes:
    """A key nobody has had before."""
    return secrets.token_bytes(KEY_BYTES)


def new_nonce() -> bytes:
    """96 random bits: under one key they may meet only after some 2^32 values (NIST SP 800-38D, 8.3)."""
    return secrets.token_bytes(NONCE_BYTES)


def bound(*parts: str) -> bytes:
    """Texts as bytes from which each can be told: its length in 4 bytes, then its UTF-8."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)


def encrypt(key: bytes, nonce: bytes, plain: bytes, context: bytes) -> bytes:
    """Ciphertext and tag."""
    return _aes(key).encrypt(nonce, plain, context)


def decrypt(key: bytes, nonce: bytes, body: bytes, context: bytes | None) -> bytes | None:
    """The plain bytes; None: another key, another context, or a changed bit. Which one, the cipher cannot know."""
    from cryptography.exceptions import InvalidTag

    if len(nonce) != NONCE_BYTES:
        return None
    try:
        return _aes(key).decrypt(nonce, body, context)
    except InvalidTag:
        return None


def mark(key: bytes, context: bytes) -> bytes:
    """A short name of the context that only who has the key can make or recognize."""
    return hmac.digest(_mark_key(key), context, "sha256")[:MARK_BYTES]


# For the few keys of a vault: making these anew for each value would cost as much as the value does.
@lru_cache(maxsize=_KEYS)
def _mark_key(key: bytes) -> bytes:
    return hmac.digest(key, b"gbtui vault 2 mark", "sha256")


@lru_cache(maxsize=_KEYS)
def _aes(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
