"""The organizations: who is active now, who writes how much."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gbtui.domain.scope import Scope
from gbtui.domain.tenant_list import MOST, Tenant
from gbtui.text import count, percent, rate
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run

if TYPE_CHECKING:
    from gbtui.ui.app import Console


def columns(app: "Console") -> Sequence[Column[Tenant]]:
    """The columns of tenants, here and on the Overview."""
    return (
        Column("tenant", "tenant", 18, lambda row: row.organization, help="the organization's slug"),
        Column("name", "name", 0, lambda row: row.name, style=lambda _: "dim"),
        Column(
            "rate", "msg/s", 6, lambda row: rate(row.messages_per_second_sampled) if row.sample else "", "right",
            sort=lambda row: row.messages_per_second_sampled, help="messages a second, of the last minute's sample",
            plain=lambda row: row.messages_per_second_sampled,
        ),
        Column(
            "share", "share", 6, lambda row: percent(row.share_sampled) if row.share_sampled else "", "right",
            sort=lambda row: row.share_sampled or 0.0, help="share of all messages of that sample",
            plain=lambda row: (row.share_sampled or 0.0) * 100,
        ),
        Column(
            "active", "active", 7, lambda row: most(row.sessions_active), "right",
            sort=lambda row: row.sessions_active, help="sessions active within 15 minutes, counted to 1,000",
            style=lambda row: "" if row.sessions_active else "dim",
        ),
        Column("bots", "bots", 6, lambda row: most(row.bots), "right", sort=lambda row: row.bots),
        Column(
            "last", "last message", 14, lambda row: app.time(row.last_message_at), "right",
            sort=lambda row: row.last_message_at, help="when the newest message was written",
        ),
    )  # fmt: skip


def most(number: int) -> str:
    """A count that stops at a thousand."""
    return count(number) if number < MOST else ">1,000"


class Tenants(ListScreen):
    """One row an organization, the busiest first; enter shows its sessions."""

    NAME = "tenants"
    PROBES = ("tenants",)
    THINGS = "tenants"
    EMPTY = "no organization yet"
    TENANTS = True
    QUERIES = ("general_bots/tenants", "general_bots/tenants_busy")

    def columns(self) -> Sequence[Column[Tenant]]:
        """As on the Overview."""
        return columns(self.console)

    def key(self, row: Tenant) -> object:
        """Its id."""
        return row.org_id

    def row_scope(self) -> Scope | None:
        """The tenant under the cursor."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.organization) if row else None

    def enter(self, row: Tenant) -> None:
        """Its sessions: narrow to it and go there."""
        self.console.set_scope(Scope(row.org_id, row.organization))
        self.console.open_panel("sessions")

    def remarks(self) -> list[Run]:
        """What the rates rest on."""
        rows = self.table.rows
        return [(f"  rates of {count(rows[0].sample)} messages, the last minute's", "dim")] if rows else []
