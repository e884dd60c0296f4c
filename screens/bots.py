"""The bots: which is silent, for which somebody waits, how fast each answers; the worst first."""

from collections.abc import Sequence

from gbtui.domain.scope import Scope
from gbtui.domain.signals import Bot
from gbtui.domain.subject import bot
from gbtui.text import NOTHING, age, count, duration, rate
from gbtui.ui.paged import PagedScreen
from gbtui.ui.widgets.columns import Column
from screens.trend import trend

_STYLES = {"silent": "critical", "waiting": "warning", "unused": "dim"}


class Bots(PagedScreen):
    """One row a bot; enter shows what it has."""

    NAME = "bots"
    PROBES = ("bots",)
    THINGS = "bots"
    EMPTY = "no bot has said anything within a day"
    TENANTS = True

    def columns(self) -> Sequence[Column[Bot]]:
        """Who it is, what is wrong, how it usually is."""
        return (
            Column("bot", "bot", 20, lambda row: row.name, help="the bot and its organization"),
            Column("verdict", "is", 7, lambda row: row.verdict, style=lambda row: _STYLES.get(row.verdict, ""),
                   help="silent, waiting (somebody waits), paused (as it has before), well, or unused for a day"),
            Column("waiting", "waits", 5, lambda row: count(row.waiting) if row.waiting else "", "right",
                   sort=lambda row: row.waiting, style=lambda _: "warning", plain=lambda row: row.waiting,
                   help="sessions whose user waits for an answer for more than a minute"),
            Column("longest", "since", 5, lambda row: age(row.waiting_age) if row.waiting else "", "right",
                   sort=lambda row: row.waiting_age, plain=lambda row: row.waiting_age, help="the longest of these"),
            Column("said", "said", 6, lambda row: age(row.silent_age), "right", sort=lambda row: row.silent_age,
                   plain=lambda row: row.silent_age, help="how long ago it said something"),
            Column("gap", "usual", 6, lambda row: seconds(row.usual_gap), "right", sort=lambda row: row.usual_gap,
                   plain=lambda row: row.usual_gap, help="median gap between its last hundred messages"),
            Column("rate", "msg/s", 6, lambda row: rate(row.messages_per_s), "right",
                   sort=lambda row: row.messages_per_s, plain=lambda row: row.messages_per_s,
                   help="messages a second of both sides, of the last minute"),
            Column("p50", "p50", 6, lambda row: seconds(row.reply_p50), "right", sort=lambda row: row.reply_p50,
                   plain=lambda row: row.reply_p50, help="median time to its answer, over a quarter of an hour"),
            Column("p95", "p95", 6, lambda row: seconds(row.reply_p95), "right", sort=lambda row: row.reply_p95,
                   plain=lambda row: row.reply_p95, help="of twenty answers the slowest took longer than this"),
            trend(self.console, lambda row: row.id),
            Column("active", "active", 6, lambda row: count(row.active), "right", sort=lambda row: row.active,
                   help="sessions in which something was said within a quarter of an hour"),
            Column("abandoned", "gone", 5, lambda row: count(row.abandoned) if row.abandoned else "", "right",
                   sort=lambda row: row.abandoned, plain=lambda row: row.abandoned,
                   help="sessions of the last hour whose user was not answered and has left"),
        )  # fmt: skip

    @property
    def more(self) -> bool:
        """A reading has all bots, if they are no more than a thousand."""
        return super().more and (self._behind is not None or bool(self._pages))

    def key(self, row: Bot) -> object:
        """Its id."""
        return row.id

    def is_about(self, row: Bot, subject: str) -> bool:
        """A finding calls it "support@acme"."""
        return row.name == subject

    def row_scope(self) -> Scope | None:
        """The tenant of the bot under the cursor."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.organization) if row else None

    def enter(self, row: Bot) -> None:
        """What it has: sessions, configuration, memories, knowledge, tools, automations."""
        self.console.open_subject(bot(row.org_id, row.organization, row.id, row.bot))


def seconds(value: float | None) -> str:
    """Seconds as people say them; a dash for what is not known."""
    return duration(value * 1000) if value is not None else NOTHING
