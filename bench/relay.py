"""A socket between a client and a server that counts what passes: bytes on the wire, both ways."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class Relay:
    """Stands for the server's socket in a folder of its own."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self.passed = 0
        """Bytes so far."""
        self._server = server

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, to its end."""
        back, forth = await asyncio.open_unix_connection(str(self._server / ".s.PGSQL.5432"))
        await asyncio.gather(self._pump(reader, forth), self._pump(back, writer))

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                self.passed += len(data)
                target.write(data)
                await target.drain()
        target.close()


@asynccontextmanager
async def relay(server: Path) -> AsyncIterator[Relay]:
    """A relay to the server whose socket lies in that folder."""
    with tempfile.TemporaryDirectory(prefix="gbtui-relay-", dir="/tmp") as folder:
        between = Relay(Path(folder), server)
        listening = await asyncio.start_unix_server(between.serve, str(Path(folder) / ".s.PGSQL.5432"))
        try:
            yield between
        finally:
            listening.close()
