"""A screen that is one list: a caption, a LiveTable, and the verbs every list has."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.errors import GbtuiError, UsageError
from gbtui.filters import Filter, FilterError, offers, parse
from gbtui.monitor.sample import Sample
from gbtui.text import clean, count, fit
from gbtui.ui import keymap
from gbtui.ui.caption import Caption
from gbtui.ui.choose_columns import ChooseColumns
from gbtui.ui.chrome import Notice
from gbtui.ui.describe import Describe, queries_of
from gbtui.ui.line import Line
from gbtui.ui.live_screen import nothing, state
from gbtui.ui.prompt import Prompt
from gbtui.ui.stepping import Stepping
from gbtui.ui.subject import is_about, names
from gbtui.ui.widgets.columns import Column
from gbtui.ui.widgets.line_view import Run
from gbtui.ui.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from gbtui.domain.relations.thing import Thing


class ListScreen(Stepping):
    """Rows of one probe in a table. A subclass states columns, key and what a row's tenant is."""

    THINGS: ClassVar = "rows"
    EMPTY: ClassVar = "nothing here"
    MARKS: ClassVar[Sequence[str]] = ()
    QUERIES: ClassVar[Sequence[str]] = ()
    BINDINGS: ClassVar[list[BindingType]] = [
        *keymap.bindings("filter", "next-match", "previous-match", "describe", "copy", "copy-row", "export", "columns"),
    ]

    def __init__(self, title: str = "") -> None:
        super().__init__(title)
        self.narrowed = parse("", ())
        self._last: Filter | None = None
        self._sought, self._sought_at = "", datetime.min.replace(tzinfo=UTC)
        self.things = self.THINGS

    # --- what a subclass says --------------------------------------------------------------------------

    def columns(self) -> Sequence[Column[Any]]:
        """The columns of the table."""
        raise NotImplementedError

    def key(self, row: Any) -> Any:
        """What names a row through all refreshes."""
        raise NotImplementedError

    def marks(self, row: Any) -> Collection[str]:
        """Which of MARKS hold for a row: what `is:` asks for."""
        return ()

    def is_about(self, row: Any, subject: str) -> bool:
        """Whether a row is the object that a finding calls `subject`."""
        return is_about(row, subject)

    def mark_names(self) -> Sequence[str]:
        """All marks there are."""
        return self.MARKS

    # --- drawing -----------------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """Caption and table."""
        yield Caption()
        yield LiveTable(self.columns(), key=self.key, empty=self.EMPTY, id="list")

    @property
    def table(self) -> LiveTable[Any]:
        """The list."""
        return self.query_one("#list", LiveTable)

    def show(self, sample: Sample[Any]) -> None:
        """New rows."""
        self.table.set_rows(sample.rows)

    def empty(self) -> None:
        """No rows, and no cursor or marks on them."""
        self.table.clear()

    def tell(self) -> None:
        """Where there are no rows yet, the state stands in their place; else under them."""
        first = next(iter(self.probes()), "")
        sample = self.samples.get(first) or Sample(first)
        said = state(sample, self.console.now())
        if self.outside:
            self.table.say(self.outside)
            self.query_one("#notice", Notice).say("")
        elif sample.taken_at is None and said:
            self.table.say(*said)
            self.query_one("#notice", Notice).say("")
        elif why := nothing(sample):
            self.table.say(why)
            self.query_one("#notice", Notice).say("")
        else:
            super().tell()
        self.caption()

    def redraw(self) -> None:
        """Draw again what is known (another clock)."""
        for sample in self.samples.values():
            if sample.taken_at:
                self.show(sample)
        self.table.sync()
        self.tell()

    @on(LiveTable.Moved)
    def caption(self) -> None:
        """Bring the caption up to date."""
        table = self.table
        shown, total = len(table.shown_rows), len(table.rows)
        runs: list[Run] = [(f" {count(shown)}", "bold")]
        things = _singular(self.things) if total == 1 else self.things
        runs += [(f" of {count(total)}", "")] * (shown != total) + [(f" {things}", "")]
        if self.narrowed:
            runs += [("  /", "accent"), (clean(self.narrowed.source), "accent"), ("  esc: all", "dim")]
        if table.marked:
            hidden = f", {count(len(table.marked_hidden))} of them hidden" if table.marked_hidden else ""
            runs.append((f"  {count(len(table.marked))} marked{hidden}", "bold"))
        if self.console.scope.org_id is not None and self.WHOLE_SERVER and not self.console.bound:
            runs.append(("  whole server", "dim"))
        self.query_one(Caption).show(runs + self.stepped() + self.remarks())

    def remarks(self) -> list[Run]:
        """What a subclass adds to the caption."""
        return []

    def to_top(self) -> None:
        """The first row."""
        self.table.action_first()

    # --- being led here ------------------------------------------------------------------------------------

    def aim(self, narrow: str, subject: str) -> None:
        """Narrow, and put the cursor on the row that is about `subject`: now, or when new rows bring it."""
        try:
            self.narrow(narrow)
        except FilterError as error:
            self.console.say(str(error), "warning")
        self._sought, self._sought_at = subject, self.console.now()
        self._seek()

    def arrived(self, sample: Sample[Any]) -> None:
        """New rows are drawn: the row that is sought may be among them; what rows of now do not hold will not come."""
        sought, is_new = self._sought, sample.taken_at is not None and sample.taken_at >= self._sought_at
        if sought and not self._seek() and is_new and all(name in self.samples for name in self.probes()):
            self._sought = ""
            if sought.isdigit():
                self.console.say(f"{sought} is not here any more")

    def _seek(self) -> bool:
        """Put the cursor on what is sought, if it is shown."""
        row = next((row for row in self.table.shown_rows if self.is_about(row, self._sought)), None)
        if row is None or not self._sought:
            return False
        self._sought = ""
        return self.table.go_to(self.table.key_of(row))

    def here(self) -> Line:
        """With the filter, and the row under the cursor by the first of its names that leads to it."""
        row, shown = self.table.cursor_row, self.table.shown_rows
        called = names(row) if row is not None else ()
        leads = (name for name in called if next((one for one in shown if self.is_about(one, name)), None) == row)
        return Line(self.place_name, row=next(leads, ""), filter=self.narrowed.source)

    # --- narrowing ---------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(Prompt).open("/", self.narrowed.source)

    @on(Prompt.Changed)
    def _typing(self, message: Prompt.Changed) -> None:
        if message.mark == "/":
            self._try(message.text)

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        if message.mark == "/":
            self._try(message.text, final=True)

    @on(Prompt.Left)
    def _left(self, message: Prompt.Left) -> None:
        if message.mark == "/":
            self.narrow("")

    def _try(self, text: str, *, final: bool = False) -> None:
        """Narrow while it is typed; half a filter leaves the last whole one standing and says where it is wrong."""
        try:
            self.narrow(text)
        except FilterError as error:
            if final:
                self.console.say(str(error), "warning")
            else:
                self.query_one(Prompt).refuse(str(error), error.at)
        else:
            if not final:
                self.query_one(Prompt).echo_also(self.narrowed.echo)

    def narrow(self, text: str) -> None:
        """Show only what a filter leaves; raises FilterError."""
        now = self.taken_at or self.console.now()
        self.narrowed = parse(text, [column.id for column in self.table.all_columns], self.mark_names(), now)
        if self.narrowed:
            self._last = self.narrowed
        self.table.set_filter(self._keep(self.narrowed) if self.narrowed else None)
        self.table.set_search(words(self.narrowed or self._last))
        self.caption()

    def filter_offers(self, text: str) -> Sequence[str]:
        """What a filter may become, from the rows there are."""
        columns = {column.id: column for column in self.table.all_columns}

        def values(name: str) -> Iterable[str]:
            column = columns[name]
            behind = column.plain or column.sort or column.text
            return {column.text(row) for row in self.table.rows if isinstance(behind(row), str)}

        return offers(text, list(columns), self.mark_names(), values)

    def _keep(self, wanted: Filter) -> Callable[[Any], bool]:
        columns = self.table.all_columns
        texts = {column.id: column.text for column in columns}
        behind = {
            column.id: column.plain or column.sort or column.text for column in columns if column.plain or column.sort
        }

        def keep(row: Any) -> bool:
            # Only what the filter asks is worked out: of ten thousand rows it is asked at every key.
            shown = Asked(row, texts)
            values = Asked(row, behind)
            return wanted.matches(shown, values=values, marks=self.marks(row), now=self.taken_at)

        return keep

    def widen(self) -> bool:
        """Go on with the newest sample, else take the filter away; the cursor stays on its row."""
        if self.go_live():
            return True
        if not self.narrowed:
            return False
        row = self.table.cursor_row
        self.narrow("")
        if row is not None:
            self.table.go_to(self.key(row))
        return True

    def action_next_match(self) -> None:
        """The next row that the last filter's words are in."""
        self._match(self.table.next_match)

    def action_previous_match(self) -> None:
        """The row before that the last filter's words are in."""
        self._match(self.table.previous_match)

    def _match(self, find: Callable[[], bool]) -> None:
        if not find():
            self.console.say("no match; / looks for something")

    # --- rows --------------------------------------------------------------------------------------------

    @on(LiveTable.Opened)
    def _opened(self, message: LiveTable.Opened) -> None:
        self.enter(message.row)

    def enter(self, row: Any) -> None:
        """Go into a row; a leaf is described."""
        self.describe(row)

    def queries(self) -> Sequence[str]:
        """The names of the statements behind the rows."""
        return self.QUERIES or [name for probe in self.probes() for name in queries_of(probe)]

    def describe(self, row: Any, advised: str = "") -> None:
        """Say all about a row."""
        title = fit(clean(str(self.table.columns[0].text(row))), 24).strip() or "row"
        self.console.push_screen(
            Describe(
                title, row, self.queries(), self.console.time, advised=advised, thing=self.thing(row),
                beside=self.describe_beside,
            )
        )  # fmt: skip

    def thing(self, row: Any) -> "Thing | None":
        """The row of the platform's tables that a row here stands for."""
        from gbtui.domain.things import of_row

        return of_row(row)

    def describe_beside(self, step: int) -> None:
        """In the place of a description that of the row before or after."""
        before = self.table.cursor_row
        (self.table.action_up if step < 0 else self.table.action_down)()
        row = self.table.cursor_row
        if row is None or row is before:
            self.console.say("this is the first row" if step < 0 else "this is the last row")
            return

        async def change() -> None:
            await self.console.pop_screen()
            self.describe(row)

        self.console.call_later(change)

    def action_describe(self) -> None:
        """Say all about the row under the cursor."""
        row = self.table.cursor_row
        if row is not None:
            self.describe(row)

    def action_copy(self) -> None:
        """Copy the cell under the cursor."""
        if self.table.cursor_row is not None:
            self.console.send(clean(self.table.cursor_text, keep="\n"))

    def action_copy_row(self) -> None:
        """Copy the marked rows, else the one under the cursor, tab-separated."""
        rows = self.table.marked or [row for row in (self.table.cursor_row,) if row is not None]
        texts = ["\t".join(clean(column.text(row)) for column in self.table.columns) for row in rows]
        if texts:
            self.console.send("\n".join(texts))

    def action_columns(self) -> None:
        """Choose which columns are shown."""
        self.console.push_screen(ChooseColumns(self.table))

    def export_name(self) -> str:
        """A name for the file, with the time of what is in it."""
        at = (self.taken_at or self.console.now()).astimezone()
        return f"gbtui-{self.heading.lower().replace(' ', '-')}-{at:%Y%m%d-%H%M%S}.csv"

    def action_export(self) -> None:
        """Offer a file name; its ending chooses the form."""
        self.query_one(Prompt).open(":", f"export {self.export_name()}")

    def export(self, path: Path) -> None:
        """Write what is shown (the marked rows, if any) to a file."""
        from gbtui.ui.export import write

        rows = self.table.marked or self.table.shown_rows
        if not rows:
            raise UsageError("export", "nothing is shown")
        try:
            written = write(path, rows)
        except GbtuiError as error:
            self.console.say(str(error), "warning")
        else:
            self.console.say(f"wrote {count(len(rows))} rows to {written}")


class Asked(Mapping[str, Any]):
    """The columns of a row, each worked out when it is asked for."""

    __slots__ = ("_columns", "_row")

    def __init__(self, row: Any, columns: Mapping[str, Callable[[Any], Any]]) -> None:
        self._row = row
        self._columns = columns

    def __getitem__(self, name: str) -> Any:
        return self._columns[name](self._row)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _singular(things: str) -> str:
    """ "session, newest first" for "sessions, newest first"."""
    head, comma, rest = things.partition(",")
    return head.removesuffix("s") + comma + rest


def words(wanted: Filter | None) -> re.Pattern[str] | None:
    """What a filter looks for in words and regular expressions, to be lit up."""
    if not wanted:
        return None
    plain = [term.text for term in wanted.terms if not term.negated]
    words = [re.escape(text.strip('"')) for text in plain if re.fullmatch(r'"[^"]+"|[^\s:/<>="!]+', text)]
    words += [re.escape(text.partition(":")[2].strip('"')) for text in plain if re.fullmatch(r"\w+:[^/\s]\S*", text)]
    words += [f"(?:{found[1]})" for text in plain if (found := re.fullmatch(r"(?:\w+:)?/(.+)/", text))]
    return re.compile("|".join(words), re.IGNORECASE) if words else None


__all__ = ["Caption", "Column", "ListScreen", "words"]
