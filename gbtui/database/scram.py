"""The client's half of SCRAM-SHA-256 (RFC 7677, without channel binding), as pgbouncer's console asks for it."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from secrets import token_bytes

from gbtui.errors import RefusedError

_HEADER = b"n,,"
_MOST_ROUNDS = 1_000_000  # about a second; PostgreSQL's default is 4096


class Scram:
    """One login: `first()`, then `final()` on the server's challenge, then `verify()` that it knows us too."""

    def __init__(self, password: str, nonce: bytes | None = None) -> None:
        self._password = password.encode()
        self._nonce = nonce or b64encode(token_bytes(18))
        self._first = b"n=,r=" + self._nonce  # the name was in the start-up packet
        self._proof_of_server = b""
        self.verified = False

    def __repr__(self) -> str:
        return "Scram()"

    def first(self) -> bytes:
        """The message that begins the login."""
        return _HEADER + self._first

    def final(self, challenge: bytes) -> bytes:
        """The proof that we know the password; RefusedError if the server answers somebody else's login."""
        fields = dict(field.split(b"=", 1) for field in challenge.split(b","))
        if not fields[b"r"].startswith(self._nonce):
            raise RefusedError("The login is not ours", "the server's nonce does not continue ours")
        rounds = int(fields[b"i"])
        if not 1 <= rounds <= _MOST_ROUNDS:
            raise RefusedError("The login asks for too much work", f"{rounds} rounds of hashing")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, b64decode(fields[b"s"]), rounds)
        client_key = _hmac(salted, b"Client Key")
        without_proof = b"c=" + b64encode(_HEADER) + b",r=" + fields[b"r"]
        message = b",".join((self._first, challenge, without_proof))
        signature = _hmac(sha256(client_key).digest(), message)
        proof = bytes(key ^ sign for key, sign in zip(client_key, signature, strict=True))
        self._proof_of_server = b"v=" + b64encode(_hmac(_hmac(salted, b"Server Key"), message))
        return without_proof + b",p=" + b64encode(proof)

    def verify(self, answer: bytes) -> None:
        """RefusedError unless the server proves that it knows the password."""
        if not self._proof_of_server or not hmac.compare_digest(answer.split(b",")[0], self._proof_of_server):
            raise RefusedError("The server does not know the password", "its signature is wrong")
        self.verified = True


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, sha256).digest()
