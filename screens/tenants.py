"""The organizations, all of them: who is active, who writes how much, who waits, who takes what of the database."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gbtui.domain.scope import Scope
from gbtui.domain.signals import Tally
from gbtui.domain.subject import tenant
from gbtui.domain.tenant_list import MOST, Tenant
from gbtui.monitor.sample import Sample
from gbtui.text import NOTHING, count, duration, percent, rate, size
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from screens.trend import trend

if TYPE_CHECKING:
    from gbtui.ui.app import Console


def columns(app: "Console") -> Sequence[Column[Tenant]]:
    """The columns of tenants."""
    return (
        Column("tenant", "tenant", 16, lambda row: row.organization, help="the organization's slug"),
        Column("name", "name", 0, lambda row: row.name, style=lambda _: "dim"),
        Column(
            "rate", "msg/s", 6, lambda row: rate(row.messages_per_second_sampled) if row.sample else "", "right",
            sort=lambda row: row.messages_per_second_sampled, help="messages a second, of the last minute's sample",
            plain=lambda row: row.messages_per_second_sampled,
        ),
        Column(
            "day", "24 h", 7, of_day, "right", sort=lambda row: row.messages_per_second_day or 0.0,
            plain=lambda row: row.messages_per_second_day,
            help="messages a second over 24 hours: counted to 200, above that estimated (~) from each hour",
        ),
        Column(
            "active", "active", 6, lambda row: most(row.sessions_active), "right",
            sort=lambda row: row.sessions_active, help="sessions active within 15 minutes, counted to 1,000",
            style=lambda row: "" if row.sessions_active else "dim",
        ),
        Column(
            "waiting", "waits", 5, lambda row: count(row.waiting) if row.waiting else "", "right",
            sort=lambda row: row.waiting or 0, plain=lambda row: row.waiting, style=lambda _: "warning",
            help="sessions whose user waits for an answer for more than a minute",
        ),
        Column(
            "load", "load", 5, lambda row: percent(row.load_share) if row.load_share is not None else NOTHING, "right",
            sort=lambda row: row.load_share or 0.0,
            plain=lambda row: None if row.load_share is None else row.load_share * 100,
            help="share of the statements that ran, sampled over 5 minutes by their tags; \u2013 under 30 samples",
        ),
        Column(
            "held", "bytes", 8, lambda row: size(row.held_bytes) if row.held_bytes is not None else NOTHING, "right",
            sort=lambda row: row.held_bytes or 0.0, plain=lambda row: row.held_bytes,
            help="bytes of its rows and their indexes, estimated from the planner's statistics",
        ),
        Column(
            "reply", "reply", 6, lambda row: duration(row.reply_p95 * 1000) if row.reply_p95 is not None else "",
            "right", sort=lambda row: row.reply_p95 or 0.0, plain=lambda row: row.reply_p95,
            help="of twenty answers of its slowest bot the slowest took longer; over a quarter of an hour",
        ),
        Column(
            "bot_word", "bot said", 8, lambda row: app.time(row.last_bot_at) if row.last_bot_at else "", "right",
            sort=lambda row: row.last_bot_at, help="the last word of a bot, among the newest 20 messages",
        ),
        Column("bots", "bots", 5, lambda row: most(row.bots), "right", sort=lambda row: row.bots),
        Column(
            "users", "users", 6, users, "right", sort=lambda row: row.users or 0, plain=lambda row: row.users,
            help="people with a session, as far as a thousand sessions tell",
        ),
        Column(
            "last", "activity", 8, lambda row: app.time(row.last_activity), "right",
            sort=lambda row: row.last_activity, help="when somebody last said or did something",
        ),
        trend(app, lambda row: row.org_id),
        Column(
            "share", "share", 5, lambda row: percent(row.share_sampled) if row.share_sampled else "", "right",
            sort=lambda row: row.share_sampled or 0.0, help="share of all messages of the last minute's sample",
            plain=lambda row: (row.share_sampled or 0.0) * 100, shown=False,
        ),
        Column("message", "last message", 14, lambda row: app.time(row.last_message_at), "right",
               sort=lambda row: row.last_message_at, help="when the newest message was written", shown=False),
        Column("read", "read", 8, lambda row: app.time(row.read_at), "right", sort=lambda row: row.read_at,
               help="when its 24 hours, users, bots and bytes were read", shown=False),
    )  # fmt: skip


def of_day(row: Tenant) -> str:
    """Messages a second of 24 hours; ~: estimated."""
    if row.messages_per_second_day is None:
        return NOTHING
    return "~" * row.day_estimated + rate(row.messages_per_second_day)


def users(row: Tenant) -> str:
    """People; +: at least so many."""
    return NOTHING if row.users is None else count(row.users) + "+" * row.users_more


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


class Tenants(ListScreen):
    """One row an organization, all of them, the busiest first; enter shows what it has."""

    NAME = "tenants"
    PROBES = ("tenants",)
    THINGS = "tenants"
    EMPTY = "no organization yet"
    TENANTS = True
    QUERIES = ("general_bots/tenants_busy", "general_bots/tenants", "general_bots/tenants_figures",
               "general_bots/tenants_day", "general_bots/tenants_bytes")  # fmt: skip

    def columns(self) -> Sequence[Column[Tenant]]:
        """Who writes how much, who waits, who takes what."""
        return columns(self.console)

    def show(self, sample: Sample[Any]) -> None:
        """All of them."""
        super().show(sample)
        self.table.sync()  # a curve moves on although its row is the same

    def key(self, row: Tenant) -> object:
        """Its id."""
        return row.org_id

    def row_scope(self) -> Scope | None:
        """The tenant under the cursor."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.organization) if row else None

    def enter(self, row: Tenant) -> None:
        """What it has: its bots, sessions and people."""
        self.console.open_subject(tenant(row.org_id, row.organization))

    def remarks(self) -> list[Run]:
        """What the rates and the load rest on."""
        rows = self.table.rows
        told = super().remarks()
        if not rows:
            return told
        samples = max(row.load_samples for row in rows[:1])
        load = f", load of {count(samples)} samples" if samples else ""
        return [
            *told,
            (f"  rates of {count(rows[0].sample)} messages, the last minute's{load}  :noisy", "dim"),
        ]
