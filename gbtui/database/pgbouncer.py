"""pgbouncer's own console: who waits for a server connection. It speaks the simple query protocol alone.

asyncpg has only the extended one, so this is a client of a hundred lines for one statement: SHOW POOLS.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final

from gbtui.database import passfile, tls
from gbtui.database.scram import Scram
from gbtui.database.target import Host, Target
from gbtui.errors import ConnectError, GbtuiError, RefusedError
from gbtui.text import clean

_PROTOCOL: Final = (196608).to_bytes(4)
_SSL_REQUEST: Final = (8).to_bytes(4) + (80877103).to_bytes(4)
_SECONDS: Final = 3.0
_LONGEST: Final = 1 << 20
"""Bytes of one message; what announces more is not pgbouncer."""


@dataclass(frozen=True, slots=True)
class Pool:
    """One of pgbouncer's pools: clients and servers by state, and the longest wait in seconds."""

    database: str
    user: str
    cl_active: int
    cl_waiting: int
    sv_active: int
    sv_idle: int
    maxwait: int

    def __str__(self) -> str:
        waiting = f"{self.cl_waiting} waiting up to {self.maxwait} s" if self.cl_waiting else "nobody waiting"
        return (
            f"{self.database}/{self.user}: {self.cl_active} active, {waiting}, {self.sv_active + self.sv_idle} servers"
        )


async def pools(target: Target) -> list[Pool]:
    """What SHOW POOLS says, pgbouncer's own pool left out; the ConnectError tree where it cannot be asked."""
    host = target.hosts[0]
    try:
        async with asyncio.timeout(_SECONDS):
            return _pools(await _ask(target, host, "SHOW POOLS"))
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as exc:
        raise ConnectError("Cannot ask pgbouncer", f"{host}: {exc or 'no answer'}") from None
    except (ValueError, LookupError):
        raise ConnectError("Cannot ask pgbouncer", f"{host}: what answers there does not speak as pgbouncer") from None


def _pools(rows: list[dict[str, str]]) -> list[Pool]:
    numbers = ("cl_active", "cl_waiting", "sv_active", "sv_idle", "maxwait")
    return [
        Pool(clean(row["database"]), clean(row["user"]), *(int(row[name]) for name in numbers))
        for row in rows
        if row["database"] != "pgbouncer"
    ]


async def _ask(target: Target, host: Host, statement: str) -> list[dict[str, str]]:
    if host.is_socket:
        reader, writer = await asyncio.open_unix_connection(f"{host.address}/.s.PGSQL.{host.port}")
    else:
        reader, writer = await asyncio.open_connection(host.address, host.port)
    try:
        await _encrypt(target, host, reader, writer)
        names = f"user\0{target.user}\0database\0{target.database}\0\0".encode()
        writer.write((8 + len(names)).to_bytes(4) + _PROTOCOL + names)
        wire = _Wire(reader, writer)
        await _log_in(wire, target, host)
        wire.send(b"Q", statement.encode() + b"\0")
        return await _rows(wire)
    finally:
        writer.close()


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


class _Wire:
    """Messages of the protocol: a letter, a length, a body."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, kind: bytes, body: bytes) -> None:
        self._writer.write(kind + (4 + len(body)).to_bytes(4) + body)

    async def receive(self) -> tuple[bytes, bytes]:
        kind = await self._reader.readexactly(1)
        length = int.from_bytes(await self._reader.readexactly(4))
        if not 4 <= length <= _LONGEST:
            raise ValueError(f"a message of {length} bytes")
        body = await self._reader.readexactly(length - 4)
        if kind == b"E":
            fields = {part[:1]: part[1:] for part in body.split(b"\0") if part}
            raise RefusedError("pgbouncer refuses", clean(fields.get(b"M", b"").decode(errors="replace")))
        return kind, body


async def _log_in(wire: _Wire, target: Target, host: Host) -> None:
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


async def _rows(wire: _Wire) -> list[dict[str, str]]:
    names: list[str] = []
    found: list[dict[str, str]] = []
    while True:
        kind, body = await wire.receive()
        if kind == b"T":
            names = _names(body)
        elif kind == b"D":
            found.append(dict(zip(names, _values(body), strict=True)))
        elif kind == b"Z":
            return found


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


async def told(target: Target) -> str:
    """The pools in one line, those with people waiting first; or why they cannot be seen."""
    try:
        found = await pools(target)
    except GbtuiError as exc:
        return str(exc)
    found.sort(key=lambda pool: (-pool.cl_waiting, -pool.cl_active))
    return "pgbouncer: " + ("; ".join(map(str, found[:3])) or "no pool in use")
