"""The audit record: who did what to which row, when and from where; going in shows what changed."""

from collections.abc import Sequence
from typing import ClassVar

from textual.timer import Timer

from gbtui.domain.audit_list import ANY, Change, Recorded, Wish, wish
from gbtui.domain.scope import Scope
from gbtui.filters import parse
from gbtui.monitor.platform.unrecorded import Unrecorded, of_table
from gbtui.monitor.sample import Sample
from gbtui.text import clean, fit
from gbtui.ui.describe import Describe, statements
from gbtui.ui.fields import Clock
from gbtui.ui.paged import PagedScreen
from gbtui.ui.prompt import Prompt
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.details import Field

_SEVERE = ("deleted", "truncated", "refused", "revealed")
"""Words of an action that the eye should find."""
_TYPING = 0.3
"""Seconds without a key before the server is asked what a filter means."""
_MOST = 5
"""Tables named in an empty answer."""


class Audit(PagedScreen):
    """One row a record. An empty list says what is not on record."""

    NAME = "audit"
    PROBES = ("audit",)
    THINGS = "records, newest first"
    EMPTY = "nothing is on record"
    TENANTS = True
    QUERIES: ClassVar[Sequence[str]] = ("meta/audit_list",)

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self._wish = ANY
        self._asking: Timer | None = None

    def columns(self) -> Sequence[Column[Recorded]]:
        """When, who, what, to which row."""
        app = self.console
        return (
            Column("at", "at", 14, lambda row: app.time(row.at), sort=lambda row: row.at, help="when, by the server"),
            Column("actor", "actor", 12, lambda row: row.actor, help="the database login"),
            Column("action", "action", 20, lambda row: row.action,
                   style=lambda row: "warning" if any(word in row.action for word in _SEVERE) else ""),
            Column("table", "table", 20, lambda row: row.table.removeprefix("public."),
                   help="the table of the row concerned"),
            Column("object", "object", 13, lambda row: row.object, help="the key of the row concerned"),
            Column("changed", "changed", 0, lambda row: ", ".join(row.changed) or clean(row.reason),
                   help="the columns that an update changed, or the reason that was given"),
            Column("org", "tenant", 12, lambda row: row.org, help="the organization's slug"),
            Column("person", "person", 10, lambda row: row.person, help="the user of the operating system, as told"),
            Column("client", "client", 15, lambda row: row.client, help="the client's address; none: a local socket",
                   shown=False),
            Column("application", "application", 16, lambda row: row.application, shown=False),
            Column("reason", "reason", 30, lambda row: row.reason, shown=False),
            Column("detail", "detail", 40, lambda row: row.detail, shown=False),
            Column("tx", "transaction", 12, lambda row: row.tx, shown=False, help="records that share it are one deed"),
        )  # fmt: skip

    def key(self, row: Recorded) -> object:
        """Its id."""
        return row.id

    def row_scope(self) -> Scope | None:
        """The tenant that the record is about."""
        row = self.table.cursor_row
        return Scope(row.org_id, row.org) if row and row.org_id else None

    def describe(self, row: Recorded, advised: str = "") -> None:
        """All of a record, with the row before and after."""

        async def show() -> None:
            connected = self.console.connected
            assert connected is not None
            found = await connected.change(row) if connected.change else Change(row, ())
            self.call_later(self.console.push_screen, AuditChange(found, self.console.time))

        self.console.attempt(show())

    # --- narrowing -----------------------------------------------------------------------------------------

    @property
    def asked(self) -> Wish | None:
        """What the filter asks of the server, so that it looks through all records."""
        return self._wish or None

    def narrow(self, text: str) -> None:
        """Narrow what is here at once; then the server, which knows all records."""
        now = self.taken_at or self.console.now()
        asked = wish(parse(text, [column.id for column in self.table.all_columns], (), now), now)
        super().narrow(text)
        if self._asking is not None:
            self._asking.stop()
        if self.query_one(Prompt).is_open:
            self._asking = self.set_timer(_TYPING, lambda: self._ask(asked))
        else:
            self._ask(asked)

    def _ask(self, asked: Wish) -> None:
        if asked != self._wish:
            self._wish = asked
            self.watch_again()
            self.caption()

    # --- an empty answer -----------------------------------------------------------------------------------

    @property
    def _bare(self) -> bool:
        sample = self.samples.get("audit")
        return sample is not None and sample.taken_at is not None and not self.table.shown_rows

    def probes(self) -> Sequence[str]:
        """While nothing is shown, also what leaves no record."""
        return ("audit", "unrecorded") if self._bare else ("audit",)

    def show(self, sample: Sample[object]) -> None:
        """New records; what leaves none is told by `tell`."""
        if sample.probe == "audit":
            super().show(sample)
        if self._bare != (len(self._watches) > 1):
            self.watch_again()

    def tell(self) -> None:
        """Where nothing is shown: what that does not say."""
        super().tell()
        known = self.samples.get("unrecorded")
        if self._bare and not self.samples["audit"].absent and known is not None and known.taken_at is not None:
            self.table.say("\n".join(self._unrecorded(known)))

    def _unrecorded(self, sample: Sample[Unrecorded]) -> Sequence[str]:
        """The tables that are meant, else those where rows were deleted without a record; and what would have told."""
        asked = self.narrowed.source.casefold()
        meant = [row for row in sample.rows if row.table.removeprefix("public.").casefold() in asked]
        rows = meant or [row for row in sample.rows if row.deleted_total and not row.recorded]
        quiet = [row.table.removeprefix("public.") for row in sample.rows if not row.recorded]
        return [
            "no record matches" if self.narrowed else self.EMPTY,
            *map(of_table, rows[:_MOST]),
            f"without a trigger: {', '.join(quiet)}",
            *sample.skipped,
        ]


class AuditChange(Describe):
    """One record: what was done, and the row before and after, what changed first."""

    def __init__(self, change: Change, clock: Clock) -> None:
        record = change.record
        title = fit(clean(f"{record.action} {record.table}"), 40).strip()
        super().__init__(title, record, (), clock)
        changed = difference(change)
        about = [Field("the record", heading=True)] if changed else []
        self._told = [*changed, *about, *self._told, *statements(("meta/audit_list", "meta/audit_change"))]


def difference(change: Change) -> list[Field]:
    """The row before and after: what changed with both sides, then what did not."""
    told: list[Field] = []
    changed = [one for one in change.columns if one.differs]
    same = [one for one in change.columns if not one.differs]
    if changed:
        told.append(Field("before − and after +", heading=True))
    for one in changed:
        more = " …" if one.cut else ""
        if change.record.action != "row.inserted":
            told.append(Field(clean(one.field), f"− {_value(one.before)}{more}", "dim"))
        if change.record.action != "row.deleted":
            told.append(Field("" if len(told) > 1 and told[-1].label == clean(one.field) else clean(one.field),
                              f"+ {_value(one.after)}{more}"))  # fmt: skip
    hidden = sorted(set(change.record.changed) - {one.field for one in changed})
    told += [Field(clean(name), "changed; it is secret and left out", "dim") for name in hidden]
    if same:
        told.append(Field("unchanged", heading=True))
    return told + [Field(clean(one.field), clean(_value(one.after), keep="\n"), "dim") for one in same]


def _value(text: str | None) -> str:
    return "(none)" if text is None else clean(text, keep="\n")
