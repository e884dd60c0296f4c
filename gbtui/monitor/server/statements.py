"""Statements: what each did over the window, from pg_stat_statements, whatever its version and wherever it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from gbtui.database.sql import Statement, statement
from gbtui.errors import QueryError
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.server.statement_rows import FORGOTTEN, Counters, Entry, Key, Known, StatementRow, Text, over
from gbtui.monitor.window import RESET, Moment, counted, kept, last

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope

_LAYOUTS: Final = (
    ("stats_since", "1_11"),
    ("temp_blk_read_time", "1_10"),
    ("toplevel", "1_9"),
    ("total_exec_time", "1_8"),
)
"""By a column that came with it: the statement that reads the counters. The newest first."""
_TEXTS: Final = 2000
"""Texts that are kept; those read longest ago go first."""


@dataclass(frozen=True, slots=True)
class State:
    """Whether statements are counted here, and how."""

    at: datetime
    started_at: datetime
    version: str | None
    """None: not installed in this database."""
    schema: str | None
    columns: tuple[str, ...]
    loaded: bool
    track: str
    compute_query_id: str
    io_timing: bool

    @property
    def layout(self) -> str:
        """The ending of the statement that fits the extension's columns; "": it is too old."""
        return next((name for column, name in _LAYOUTS if column in self.columns), "")


@dataclass(frozen=True, slots=True)
class Info:
    """What the extension says of itself."""

    forgotten: int
    stats_reset: datetime | None


@dataclass(frozen=True, slots=True)
class TextRow:
    """A statement's text, and whose it is."""

    query_id: int
    user_id: int
    database_id: int
    query: str
    query_length: int
    user: str
    database: str


def trouble(state: State, available: str) -> str:
    """Why there are no figures, and what to do; "" if there are. `available` is the version of the server's files."""
    load = "add pg_stat_statements to shared_preload_libraries in postgresql.conf and restart the server"
    if state.version is None and not available:
        return "the server has no pg_stat_statements: install PostgreSQL's contrib package, then " + load
    if state.version is None:
        create = "CREATE EXTENSION pg_stat_statements"
        return f"pg_stat_statements is not installed in this database: {create}" + (
            "" if state.loaded else f", and {load}"
        )
    if not state.loaded:
        return f"pg_stat_statements is installed but not loaded: {load}"
    if not state.layout:
        return f"pg_stat_statements {state.version} is too old: ALTER EXTENSION pg_stat_statements UPDATE"
    return ""


def remarks(state: State, available: str) -> tuple[str, ...]:
    """What makes the figures less than they could be."""
    found = []
    if state.track == "none":
        found.append("nothing is counted: pg_stat_statements.track is none")
    if state.compute_query_id == "off":
        found.append("nothing is counted: compute_query_id is off")
    if available and state.version != available:
        found.append(
            f"pg_stat_statements {state.version} is older than the server's {available}: "
            "ALTER EXTENSION pg_stat_statements UPDATE"
        )
    return tuple(found)


async def _read(database: "Database", _scope: "Scope", before: Sample[Any] | None) -> Reading[StatementRow]:
    (state,) = await database.rows(State, "server/statements_state")
    known = kept(before).own or Known()
    if not known.available or state.version is None:
        rows = await database.fetch("server/statements_available")
        known.available = rows[0]["version"] if rows else ""
    if why := trouble(state, known.available):
        return Reading((), skipped=(why,))
    known.source = f"server/statements_{state.layout}"
    known.io_timing, known.remarks = state.io_timing, remarks(state, known.available)
    reading = counted(before, await _moment(database, state), over, known)
    if not known.texts:
        over(reading.memory.ring.window(RESET), known)  # those are asked for first, before there is any window
    if known.lacking:
        known.remarks += await _learn(database, state, known)
        reading = last(reading.memory, over)
    known.lacking.clear()
    return reading


def _here(name: str, state: State) -> Statement:
    return statement(f"server/{name}", schema=state.schema or "")


async def _moment(database: "Database", state: State) -> Moment[Key, Entry]:
    info = Info(0, None)
    if state.layout != "1_8":
        (info,) = await database.rows(Info, _here("statements_info", state))
    raw = await database.fetch(_here(f"statements_{state.layout}", state))
    return Moment(state.at, entries(raw, info.forgotten), (state.started_at, info.stats_reset), info.stats_reset)


def entries(raw: Sequence[Any], forgotten: int) -> Mapping[Key, Entry]:
    """The counters by statement. There may be ten thousand: the driver's records are taken as they come."""
    found = {tuple(row[:4]): Entry(Counters(*row[4:13]), row[13], row[14]) for row in map(tuple, raw)}
    found[FORGOTTEN] = Entry(Counters(forgotten, 0.0, 0.0, 0, 0, 0, 0, 0.0, 0), 0.0, None)
    return found


async def _learn(database: "Database", state: State, known: Known) -> tuple[str, ...]:
    """Read the texts that are lacking; a sentence if that fails: the figures stand without them."""
    ids = sorted({key[0] for key in known.lacking})
    try:
        rows = await database.rows(TextRow, _here("statement_texts", state), ids)
    except QueryError as error:
        return (f"texts were not read: {error.message or error.title}",)
    for row in rows:
        said = Text(row.query, row.query_length, row.user, row.database)
        for toplevel in (True, False):
            known.texts[row.query_id, row.user_id, row.database_id, toplevel] = said
    for key in list(known.texts)[: max(0, len(known.texts) - _TEXTS)]:
        del known.texts[key]
    return ()


def sources(sample: Sample[Any]) -> tuple[str, ...]:
    """The names of the statements that a sample came from."""
    known = kept(sample).own
    return (known.source, "server/statement_texts") if known else ("server/statements_state",)


QUERIES = Probe(
    "queries",
    "statements: calls, time, rows, I/O, temporary files, WAL over the window",
    StatementRow,
    15.0,
    _read,
    privilege="pg_read_all_stats",
    over=over,
)
