"""The server's clock: what goes by its age goes by that one, however wrong the clock is of who asks."""

from datetime import datetime
from typing import Any, Final

_NOW: Final = "SELECT pg_catalog.clock_timestamp()"


async def server_now(connection: Any) -> datetime:
    """The moment that it is on the server. `connection`: whatever has `fetchval(text)`."""
    now: datetime = await connection.fetchval(_NOW)
    return now
