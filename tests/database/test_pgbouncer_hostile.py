"""Whatever answers in pgbouncer's place: one sentence, soon, and never a crash or a memory filled."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest

from gbtui.database import pgbouncer
from gbtui.database.dsn import target
from gbtui.errors import ConnectError

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def message(kind: bytes, body: bytes, length: int | None = None) -> bytes:
    return kind + struct.pack("!I", 4 + len(body) if length is None else length) + body


OK = message(b"R", struct.pack("!I", 0))
READY = message(b"Z", b"I")
NAMES = message(b"T", struct.pack("!H", 1) + b"database\0" + bytes(18))
SCRAM = message(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256\0\0")


async def told(answer: Answer) -> str:
    """What `pools` says of a server that answers so."""
    handled = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
            await reader.read()
        except ConnectionError:
            pass  # it was left in the middle of a sentence, as it should be
        finally:
            writer.close()
            handled.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    dsn = f"host=127.0.0.1 port={port} user=u dbname=pgbouncer password=p sslmode=disable"
    try:
        asked = pgbouncer.Bouncer(target(dsn))
        with pytest.raises(ConnectError) as refused:
            await asked.pools()
        await handled.wait()
    finally:
        server.close()
    return str(refused.value)


def saying(*answers: bytes) -> Answer:
    """One answer for each thing it hears."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in answers:
            await reader.read(10_000)
            writer.write(each)

    return answer


@pytest.mark.parametrize(
    "answers",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (message(b"R", b"", length=0),),
        (message(b"R", b"", length=0xFFFFFFFF),),
        (message(b"R", b"\0"),),
        (message(b"R", struct.pack("!I", 11)),),
        (SCRAM, message(b"R", struct.pack("!I", 11) + b"nothing")),
        (OK + READY, message(b"T", struct.pack("!H", 1) + b"no end")),
        (OK + READY, NAMES + message(b"D", struct.pack("!Hi", 1, 900) + b"x")),
        (OK + READY, NAMES + message(b"D", struct.pack("!Hi", 2, -1) + struct.pack("!i", -1)) + READY),
        (OK + READY, NAMES + message(b"D", struct.pack("!Hi", 1, 1) + b"x") + READY),
    ],
)
async def test_what_speaks_another_language_is_refused_in_a_sentence(answers: tuple[bytes, ...]) -> None:
    async with asyncio.timeout(10):
        assert "pgbouncer" in await told(saying(*answers))


async def test_its_refusal_does_nothing_to_the_terminal() -> None:
    said = await told(saying(message(b"E", b"SERROR\0Mno\x1b]0;title\x07\x9b such \xff user\0\0")))
    assert "title" in said
    assert not {"\x1b", "\x07", "\x9b"} & set(said)


async def test_a_costly_login_is_refused() -> None:
    """An iteration count is the server's choice; the console must not stand still for it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(SCRAM)
        nonce = (await reader.read(10_000)).rpartition(b"r=")[2]
        writer.write(message(b"R", struct.pack("!I", 11) + b"r=" + nonce + b"x,s=c2FsdA==,i=2000000000"))

    async with asyncio.timeout(10):
        assert "2000000000" in await told(answer)
