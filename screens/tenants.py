"""The organizations: who is active now, who writes how much."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gbtui.domain.scope import Scope
from gbtui.domain.signals import Tally, by_tenant
from gbtui.domain.subject import tenant
from gbtui.domain.tenant_list import MOST, Tenant
from gbtui.monitor.sample import Sample
from gbtui.text import count, duration, percent, rate
from gbtui.ui.paged import PagedScreen
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from screens.trend import trend

if TYPE_CHECKING:
    from gbtui.ui.app import Console


def columns(app: "Console", told: Callable[[Tenant], Tally | None]) -> Sequence[Column[Tenant]]:
    """The columns of tenants; `told` says how a tenant's bots do, None if that is not known."""
    return (
        Column("tenant", "tenant", 16, lambda row: row.organization, help="the organization's slug"),
        Column("name", "name", 0, lambda row: row.name, style=lambda _: "dim"),
        Column(
            "rate", "msg/s", 6, lambda row: rate(row.messages_per_second_sampled) if row.sample else "", "right",
            sort=lambda row: row.messages_per_second_sampled, help="messages a second, of the last minute's sample",
            plain=lambda row: row.messages_per_second_sampled,
        ),
        Column(
            "share", "share", 5, lambda row: percent(row.share_sampled) if row.share_sampled else "", "right",
            sort=lambda row: row.share_sampled or 0.0, help="share of all messages of that sample",
            plain=lambda row: (row.share_sampled or 0.0) * 100,
        ),
        Column(
            "active", "active", 7, lambda row: most(row.sessions_active), "right",
            sort=lambda row: row.sessions_active, help="sessions active within 15 minutes, counted to 1,000",
            style=lambda row: "" if row.sessions_active else "dim",
        ),
        Column(
            "waiting", "waits", 5, lambda row: waits(told(row)), "right", sort=lambda row: waiting(told(row)),
            help="sessions whose user waits for an answer for more than a minute", style=lambda _: "warning",
            plain=lambda row: waiting(told(row)),
        ),
        Column(
            "reply", "reply", 6, lambda row: reply(told(row)), "right", sort=lambda row: slowest(told(row)),
            help="of twenty answers of its slowest bot the slowest took longer; over a quarter of an hour",
            plain=lambda row: slowest(told(row)),
        ),
        Column("bots", "bots", 6, lambda row: most(row.bots), "right", sort=lambda row: row.bots, shown=False),
        Column(
            "last", "last message", 14, lambda row: app.time(row.last_message_at), "right",
            sort=lambda row: row.last_message_at, help="when the newest message was written",
        ),
        trend(app, lambda row: row.org_id),
    )  # fmt: skip


def waiting(tally: Tally | None) -> int | None:
    """How many wait for a tenant's bots; None: not known."""
    return tally.waiting if tally else None


def waits(tally: Tally | None) -> str:
    """The same in words; nothing where nobody does."""
    return count(tally.waiting) if tally and tally.waiting else ""


def slowest(tally: Tally | None) -> float | None:
    """Seconds that the slowest of twenty answers took, at the slowest bot."""
    return tally.reply_p95 if tally else None


def reply(tally: Tally | None) -> str:
    """The same in words."""
    return duration(tally.reply_p95 * 1000) if tally and tally.reply_p95 is not None else ""


def most(number: int) -> str:
    """A count that stops at a thousand."""
    return count(number) if number < MOST else ">1,000"


class Tenants(PagedScreen):
    """One row an organization, the busiest first; enter shows what it has."""

    NAME = "tenants"
    PROBES = ("tenants", "bots")
    THINGS = "tenants"
    EMPTY = "no organization yet"
    TENANTS = True
    QUERIES = ("general_bots/tenants", "general_bots/tenants_busy")

    _told: Mapping[UUID, Tally] = MappingProxyType({})

    def columns(self) -> Sequence[Column[Tenant]]:
        """Who writes how much, and who waits."""
        return columns(self.console, lambda row: self._told.get(row.org_id))

    def show(self, sample: Sample[Any]) -> None:
        """Its own rows; those of bots are told beside them."""
        if sample.probe == "bots":
            self._told = by_tenant(sample.rows)
            self.table.sync()
        else:
            super().show(sample)
            self.table.sync()  # a curve moves on although its row is the same

    def state(self, name: str) -> tuple[str, str] | None:
        """What is left out of the bots, and that they are being read, is said on their own panel."""
        said = super().state(name)
        return None if name == "bots" and said and said[1] == "dim" else said

    def key(self, row: Tenant) -> object:
        """Its id."""
        return row.org_id

    def edge(self, live: Sequence[Tenant]) -> None:
        """The live page holds the busiest; the pages behind it go by slug, from the first on."""

    def row_scope(self) -> Scope | None:
        """The tenant under the cursor."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.organization) if row else None

    def enter(self, row: Tenant) -> None:
        """What it has: its bots, sessions and people."""
        self.console.open_subject(tenant(row.org_id, row.organization))

    def remarks(self) -> list[Run]:
        """What the rates rest on."""
        rows = self.table.rows
        told = super().remarks()
        return [*told, (f"  rates of {count(rows[0].sample)} messages, the last minute's", "dim")] if rows else told
