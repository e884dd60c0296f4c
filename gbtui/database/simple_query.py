"""A connection to pgbouncer's console: it speaks the simple query protocol alone, and all its values are text.

asyncpg has only the extended one. psycopg would do, were it not for libpq, which hashes at a SCRAM login as many rounds
as the other side asks for, in one call that nothing interrupts: 20 million rounds held the console still for 21 s, past
every deadline. So this is a client of two hundred lines, for statements of pgbouncer's own.
"""

import asyncio
import hashlib
from typing import Final, Self

from gbtui.database import passfile, tls
from gbtui.database.scram import Scram
from gbtui.database.target import Host, Target
from gbtui.errors import RefusedError
from gbtui.text import clean

_PROTOCOL: Final = (196608).to_bytes(4)
_SSL_REQUEST: Final = (8).to_bytes(4) + (80877103).to_bytes(4)
_LONGEST: Final = 1 << 20
"""Bytes of one message; what announces more is not pgbouncer."""
_MOST_ROWS: Final = 10_000
"""Rows of one answer that are kept; the others are read and counted."""

Rows = list[dict[str, str]]


class SimpleQuery:
    """One connection, logged in. It raises OSError, EOFError, ValueError and LookupError as they come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.left_out = 0
        """Rows of the last answer beyond those that are kept."""

    @classmethod
    async def connect(cls, target: Target) -> Self:
        """Connect and log in; the ConnectError tree where the other side refuses."""
        host = target.hosts[0]
        if host.is_socket:
            streams = await asyncio.open_unix_connection(f"{host.address}/.s.PGSQL.{host.port}")
        else:
            streams = await asyncio.open_connection(host.address, host.port)
        made = cls(*streams)
        try:
            await _encrypt(target, host, *streams)
            asked = {"user": target.user, "database": target.database, "application_name": target.application_name}
            names = "".join(f"{name}\0{value}\0" for name, value in asked.items()).encode() + b"\0"
            made._writer.write((8 + len(names)).to_bytes(4) + _PROTOCOL + names)
            await _log_in(made, target, host)
        except BaseException:
            made.close()
            raise
        return made

    def close(self) -> None:
        """Hang up; nothing is waited for."""
        self._writer.close()

    async def ask(self, statement: str) -> Rows:
        """The rows of a statement, each value as text ("" for null)."""
        self.send(b"Q", statement.encode() + b"\0")
        names: list[str] = []
        found: Rows = []
        self.left_out = 0
        while True:
            kind, body = await self.receive()
            if kind == b"T":
                names = _names(body)
            elif kind == b"D" and len(found) >= _MOST_ROWS:
                self.left_out += 1
            elif kind == b"D":
                found.append(dict(zip(names, _values(body), strict=True)))
            elif kind == b"Z":
                return found

    def send(self, kind: bytes, body: bytes) -> None:
        """A message: a letter, a length, a body."""
        self._writer.write(kind + (4 + len(body)).to_bytes(4) + body)

    async def receive(self) -> tuple[bytes, bytes]:
        """The next message; RefusedError for an error."""
        kind = await self._reader.readexactly(1)
        length = int.from_bytes(await self._reader.readexactly(4))
        if not 4 <= length <= _LONGEST:
            raise ValueError(f"a message of {length} bytes")
        body = await self._reader.readexactly(length - 4)
        if kind == b"E":
            fields = {part[:1]: part[1:] for part in body.split(b"\0") if part}
            raise RefusedError("pgbouncer refuses", clean(fields.get(b"M", b"").decode(errors="replace")))
        return kind, body


async def _encrypt(target: Target, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    context = tls.context(target.tls, host)
    if context is None:
        return
    writer.write(_SSL_REQUEST)
    # Not one byte more: what somebody in between sent along would be taken for said inside TLS.
    if await reader.read(2) == b"S":
        await writer.start_tls(context, server_hostname=host.name)
    elif target.tls.mode_for(host) not in ("allow", "prefer"):
        raise RefusedError("pgbouncer offers no TLS", str(host), tls.RELAX if target.tls.mode is None else "")


async def _log_in(wire: SimpleQuery, target: Target, host: Host) -> None:
    """Answer as pgbouncer asks: trust, plain (only inside TLS or a socket), MD5 or SCRAM; until it is ready."""
    scram: Scram | None = None
    while True:
        kind, body = await wire.receive()
        if kind == b"Z":
            return
        if kind != b"R":
            continue
        asked, rest = int.from_bytes(body[:4]), body[4:]
        if asked == 3 and (host.is_socket or target.tls.mode_for(host) in ("require", "verify-ca", "verify-full")):
            wire.send(b"p", _password(target, host).encode() + b"\0")
        elif asked == 5:
            inner = _md5(_password(target, host).encode() + target.user.encode())
            wire.send(b"p", b"md5" + _md5(inner + rest) + b"\0")
        elif asked == 10 and b"SCRAM-SHA-256" in rest.split(b"\0"):
            scram = Scram(_password(target, host))
            first = scram.first()
            wire.send(b"p", b"SCRAM-SHA-256\0" + len(first).to_bytes(4) + first)
        elif asked == 11 and scram:
            wire.send(b"p", scram.final(rest))
        elif asked == 12 and scram:
            scram.verify(rest)
        elif asked == 0 and (scram is None or scram.verified):
            continue
        else:
            raise RefusedError("pgbouncer asks for a login that is not supported", f"authentication method {asked}")


def _password(target: Target, host: Host) -> str:
    secret = target.password
    if secret is None and target.passfile is not None:
        secret = passfile.password(target.passfile, host, target.database, target.user)
    return secret.reveal() if secret else ""


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).hexdigest().encode()


def _names(body: bytes) -> list[str]:
    names: list[str] = []
    at = 2
    while at < len(body):
        end = body.index(0, at)
        names.append(body[at:end].decode())
        at = end + 1 + 18  # table, column, type, size, modifier, format
    return names


def _values(body: bytes) -> list[str]:
    values: list[str] = []
    at = 2
    while at < len(body):
        length = int.from_bytes(body[at : at + 4], signed=True)
        at += 4
        values.append(body[at : at + max(length, 0)].decode(errors="replace"))
        at += max(length, 0)
    return values
