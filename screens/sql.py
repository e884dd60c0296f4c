"""What one typed statement answered: at most a thousand rows, long values by their beginning; read-only, on record."""

import re
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final

from textual.worker import Worker

from gbtui.domain.sql_line.result import Answer, Named, Row
from gbtui.domain.sql_line.stream import bytes_of, stream, unique
from gbtui.domain.sql_line.wish import Wish, read
from gbtui.errors import GbtuiError, UsageError
from gbtui.security.openings import sql_exported, sql_run
from gbtui.text import age, cells, clean, count, plural, size
from gbtui.ui.chrome import Notice
from gbtui.ui.line import Line
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.prompt import Prompt
from gbtui.ui.value_view import RowView
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run

_WIDEST: Final = 40
_LOOKED_AT: Final = 100
"""Rows that say how wide a column must be."""
NULL: Final = "NULL"
_ASKABLE: Final = re.compile(r"[a-z_][a-z0-9_]*")
"""Names that a filter can ask for; of other columns by c1, c2 …"""
_SIZE: Final = "100MB"
"""Offered as the largest file."""
_HOW: Final = "write a statement: :sql SELECT slug, created_at FROM organizations ORDER BY 2 DESC"


class SqlResult(ListScreen):
    """Opened over the place one comes from. It runs when it is first shown if `begins`; `r` runs it again."""

    NAME = "sql"
    THINGS = "rows"
    EMPTY = "no rows"
    ONCE = True
    STEPS: ClassVar = False

    def __init__(self, text: str, *, begins: bool = False) -> None:
        super().__init__("SQL")
        self._text = text
        self._wish: Wish | None = None
        self._answer: Answer | None = None
        self._error: GbtuiError | None = None
        self._said = ""
        self._begins = begins
        self._work: Worker[None] | None = None
        self._began = 0.0
        self._at: datetime | None = None
        try:
            self._wish = read(text) if text else None
        except UsageError as error:
            self._error = error

    @property
    def place_name(self) -> str:
        """How the app finds back to it; it does not run again by itself then."""
        return f"sql {self._text}".strip()

    def here(self) -> Line:
        """A statement is no place: a link that runs one when it is opened would be a trap."""
        raise UsageError("link", "a statement is run, not gone to", "y on its description copies it")

    @property
    def busy(self) -> bool:
        """Whether it runs."""
        return self._work is not None and not self._work.is_finished

    # --- rows --------------------------------------------------------------------------------------------

    def columns(self) -> Sequence[Column[Any]]:
        """None before there is an answer."""
        return (Column("row", "row", 6, lambda row: count(row.number + 1), "right", style=lambda _: "dim"),)

    def key(self, row: Row) -> object:
        """Its place."""
        return row.number

    def describe(self, row: Any, advised: str = "") -> None:
        """Each value with its type and true length; a long one is read on from there."""
        if self._answer is not None and self._wish is not None:
            self.console.push_screen(RowView(self._wish, self._answer, row, self.console.time))

    # --- running -----------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Count the seconds while it runs."""
        self.set_interval(1.0, self._tick)

    def watch_again(self) -> None:
        """Run when first shown, if that was asked for."""
        super().watch_again()
        if self._begins and self.console.connected is not None:
            self._begins = False
            self._run()

    def action_now(self) -> None:
        """Run it again."""
        self._run()

    def _run(self) -> None:
        if self._wish is None or self.busy:
            return
        self._error, self._said, self._began, self._at = None, "", time.monotonic(), self.console.now()
        self._work = self.run_worker(self._ask(self._wish), group="sql", exclusive=True, exit_on_error=False)
        self.tell()

    def _tick(self) -> None:
        if self.busy:
            self.tell()

    async def _ask(self, wish: Wish) -> None:
        connected = self.console.connected
        assert connected is not None
        try:
            if connected.sql_line is None:
                raise UsageError("sql", "there is no server to ask")
            await self.console.record(sql_run(wish.on_record, redacted=self.console.redacted))
            self._answer = await connected.sql_line.run(wish, self.console.deadline)
        except GbtuiError as error:
            self._error = error
        else:
            self._draw(self._answer)
        self.call_later(self.tell)

    def _draw(self, answer: Answer) -> None:
        self.things = "rows" if answer.columns else "rows without columns"
        ids = unique(["row", *(named.name for named in answer.columns)])[1:]
        made = [_column(number, ids[number], named, answer.rows) for number, named in enumerate(answer.columns)]
        self.table.replace_columns([*self.columns(), *made])
        self.table.set_rows(answer.rows)

    def interrupt(self) -> bool:
        """Stop it, on the server too."""
        if not self.busy or self._work is None:
            return False
        self._work.cancel()
        self._said = f"stopped after {age(time.monotonic() - self._began)}; r runs it again"
        self.call_later(self.tell)
        return True

    # --- to a file ---------------------------------------------------------------------------------------

    def action_export(self) -> None:
        """Ask for the file, and how large it may become."""
        name = self.export_name()
        self.query_one(Prompt).open(":", f"export {name} {_SIZE}")

    def export(self, path: Path) -> None:
        """Run it again and write all of it, under the size behind the name."""
        if self._wish is None:
            raise UsageError("export", "there is no statement")
        name, _, most = str(path).rpartition(" ")
        if not name or (limit := bytes_of(most)) is None:
            raise UsageError("export", "say how large the file may become", f"for example: export rows.csv {_SIZE}")
        if self.busy:
            raise UsageError("export", "a statement runs: ctrl+c stops it")
        self._began, self._said, self._error = time.monotonic(), "", None
        self._work = self.run_worker(
            self._write(self._wish, Path(name).expanduser().absolute(), limit), group="sql", exit_on_error=False
        )

    async def _write(self, wish: Wish, path: Path, most: int) -> None:
        connected = self.console.connected
        assert connected is not None
        assert connected.sql_line is not None

        def progress(rows: int, held: int) -> None:
            self._said = f"writing {path.name}: {plural(rows, 'row')}, {size(held)}; ctrl+c stops"
            self.tell()

        try:
            deed = sql_exported(wish.on_record, redacted=self.console.redacted, form=path.suffix, most=most)
            await self.console.record(deed)
            database, deadline = connected.sql_line.database, self.console.deadline
            written = await stream(database, wish, path, most=most, seconds=deadline, progress=progress)
        except GbtuiError as error:
            self._error = error
        else:
            end = "" if written.whole else f"; the next row would make it larger than {size(most)}"
            self._said = f"wrote {plural(written.rows, 'row')}, {size(written.bytes)}, to {written.path}{end}"
        self.call_later(self.tell)

    # --- what is said ------------------------------------------------------------------------------------

    @property
    def taken_at(self) -> datetime | None:
        """When it was asked."""
        return self._at

    @property
    def stale(self) -> bool:
        """It is of the time it ran, and no older than it says."""
        return False

    def redraw(self) -> None:
        """Another clock: values are the server's texts."""
        self.tell()

    def tell(self) -> None:
        """How it stands; in the place of rows while there are none."""
        said, style = self._state()
        notice = self.query_one("#notice", Notice)
        if self._answer is not None and self._answer.rows:
            notice.say(said, style)
        else:
            self.table.say(said or self.EMPTY, style or "dim")
            notice.say("")
        self.caption()

    def _state(self) -> tuple[str, str]:
        if self.busy:
            running = age(time.monotonic() - self._began)
            return self._said or f"running for {running} of {age(self.console.deadline)}; ctrl+c stops it", "dim"
        if self._error is not None:
            return clean(str(self._error)), "warning"
        if self._said:
            return self._said, "dim"
        if self._wish is None:
            return _HOW, "dim"
        if self._answer is None:
            return "r runs it", "dim"
        return f"{self._answer.more}: x writes all to a file" if self._answer.more else "", "dim"

    def remarks(self) -> list[Run]:
        """How long it took, whose eyes these are, what was asked."""
        runs: list[Run] = []
        if self._answer is not None:
            bound = f", bound to {self.console.bound}" if self.console.bound else ""
            runs.append((f"  {self._answer.seconds:.2f} s, as {clean(self._answer.user)}{clean(bound)}", ""))
        if self.console.scope.org_id is not None and not self.console.bound:
            runs.append(("  not narrowed", "dim"))
        return [*runs, (f"  {clean(' '.join(self._text.split()))}", "dim")]


def _column(number: int, name: str, named: Named, rows: Sequence[Row]) -> Column[Row]:
    def text(row: Row) -> str:
        value = row.values[number]
        return NULL if value is None else value.text

    def style(row: Row) -> str:
        return "dim" if row.values[number] is None else ""

    title = clean(named.name) or "(no name)"
    widest = max((cells(clean(text(row)[:_WIDEST])) for row in rows[:_LOOKED_AT]), default=0)
    width = max(4, min(_WIDEST, max(widest, cells(title) + 1)))
    return Column(
        name if _ASKABLE.fullmatch(name) else f"c{number + 1}", title, width, text,
        "right" if named.is_number else "left", sort=_order(number, named), style=style, help=named.type,
        plain=text,
    )  # fmt: skip


def _order(number: int, named: Named) -> Any:
    def order(row: Row) -> Any:
        value = row.values[number]
        if value is None:
            return None
        if not named.is_number:
            return value.text
        try:
            return float(value.text)
        except ValueError:
            return float("nan")

    return order
