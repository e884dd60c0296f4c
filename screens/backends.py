"""What the lists of backends have in common: whose a backend is, and going to its tenant."""

from collections.abc import Callable
from typing import Any

from gbtui.domain.backend_text import untagged
from gbtui.domain.scope import EVERYONE
from gbtui.errors import UsageError
from gbtui.text import NOTHING, age
from gbtui.ui.acting import Acting
from gbtui.ui.explaining import Explaining
from gbtui.ui.widgets.columns import Column

_STATES = {
    "idle in transaction": "idle tx",
    "idle in transaction (aborted)": "failed tx",
    "fastpath function call": "fastpath",
}


class BackendScreen(Acting, Explaining):
    """Rows with a pid, a state and perhaps a tenant's tag."""

    TENANTS = True

    def action_scope(self) -> None:
        """Only the tenant whose tag the row under the cursor bears; again: all."""
        row = self.table.cursor_row
        if self.console.scope.org_id is not None:
            self.console.set_scope(EVERYONE)
        elif row is None or not row.tenant:
            self.console.say("no tenant's tag here")
        else:
            self.console.attempt(self._narrow_to(row.tenant))

    async def _narrow_to(self, tenant: str) -> None:
        if self.console.connected is None:
            return
        try:
            self.console.set_scope(await self.console.connected.organization(tenant))
        except UsageError as error:
            raise UsageError("scope", f"the tag says {tenant!r}, but {error.message}") from error


def state(row: Any) -> str:
    """What it is doing, in few cells; its kind where it has no state."""
    if not row.state:
        return str(row.kind)
    workers = getattr(row, "workers", 0)
    return f"{_STATES.get(row.state, row.state)}{f'+{workers}' if workers else ''}"


def statement(row: Any) -> str:
    """Its statement without the tags in front, which columns of their own tell."""
    return untagged(row.query)


def who(row: Any) -> str:
    """Application, else user, else kind."""
    return str(row.application or row.user or row.kind)


def seconds(id: str, title: str, value: Callable[[Any], float | None], meaning: str, **more: Any) -> Column[Any]:
    """A column of ages."""

    def text(row: Any) -> str:
        found = value(row)
        return NOTHING if found is None else age(found)

    return Column(id, title, 5, text, "right", sort=value, plain=value, help=meaning, **more)


def names() -> tuple[Column[Any], ...]:
    """Who and where, to be chosen."""
    return (
        Column("user", "user", 12, lambda row: row.user, shown=False),
        Column("application", "application", 16, lambda row: row.application, shown=False),
        Column("client", "client", 15, lambda row: row.client, shown=False),
        Column("database", "database", 12, lambda row: row.database, shown=False),
        Column("kind", "kind", 16, lambda row: row.kind, shown=False),
    )
