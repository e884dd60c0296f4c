"""One entry of the registry: what is asked, how often, and what the role needs for it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from gbtui.monitor.sample import Reading, Sample
from gbtui.monitor.window import Over

if TYPE_CHECKING:
    from datetime import datetime

    from gbtui.database.database import Database
    from gbtui.domain.page import Page
    from gbtui.domain.scope import Scope
    from gbtui.filters import Filter

R = TypeVar("R")
Fetch: TypeAlias = Callable[["Database", "Scope", Sample[R] | None], Awaitable[Reading[R]]]


@dataclass(frozen=True, slots=True)
class Probe(Generic[R]):
    """A question asked again and again, and the record its answers come as."""

    name: str
    """Its name in `gbtui show NAME`, `monitor.watch(NAME)` and the checks."""
    title: str
    """One short sentence for lists of probes."""
    record: type[R]
    """The frozen dataclass of its rows; its field names are the JSON contract."""
    interval: float
    """Seconds between two readings at the normal pace."""
    fetch: Fetch[R]
    """Reads once; gets the sample before for deltas. Raises GbtuiError."""
    always: bool = False
    """Runs although nobody watches, because findings or the status bar rest on it."""
    privilege: str = ""
    """Role whose membership it needs ("pg_monitor"); "": none."""
    deltas: bool = False
    """Its figures are rates: they need two readings."""
    sampled: bool = False
    """Its shares rest on the samples of `load`: to tell anything it must have looked for a while."""
    history: int = 0
    """How many samples the monitor keeps for spark lines and checks."""
    deadline: float = 8.0
    """Seconds until an attempt is given up (the server's own deadline per statement comes first)."""
    scoped: bool = False
    """Whether a tenant narrows it; the others tell of the whole server."""
    of_one: bool = False
    """Whether it tells of one organization, bot or user alone, who must be named: no panel of Health."""
    harmless: bool = False
    """Whether what it tells of the whole server may be told to a login that is bound to some tenants."""
    keep: Callable[[Sample[R]], Sample[Any]] | None = None
    """What of a sample `history` keeps; None: all of it."""
    over: Over | None = None
    """For a probe of counters: its figures over a window, from the moments that `window.counted` keeps of it."""
    beside: tuple[str, ...] = ()
    """The probes whose samples `derive` works from."""
    late: tuple[str, ...] = ()
    """Those among them whose first reading takes long: whoever watches sees what there is without it meanwhile."""
    derive: Callable[[Sequence[Sample[Any]], Sample[R] | None], Reading[R]] | None = None
    """For a probe that asks the server nothing itself: its rows from those of others. Pure; `fetch` is never called."""
    asked: Callable[[Any], Fetch[R]] | None = None
    """For a list that the server narrows: makes the `fetch` for what is asked of it."""
    wish: "Callable[[Filter, datetime], Any] | None" = None
    """For the same: what a filter asks at a time; hashable, and false where it asks nothing. Raises FilterError."""
    pages: "Callable[[Database, Scope, Any], Awaitable[Page[R]]] | None" = None
    """Reads the page of a list that begins where a sample or another page says."""
    within: Callable[[Mapping[str, float]], Fetch[R]] | None = None
    """For a question that depends on limits: makes the `fetch` for those that a profile sets."""

    @property
    def whole_server(self) -> bool:
        """Whether it is not there for a login that is bound to some tenants.

        What needs a right to the server's statistics is the whole server's, though a tag may narrow it.
        """
        return not self.harmless and bool(self.privilege or not self.scoped)


async def asks_nothing(_database: "Database", _scope: "Scope", _before: Sample[Any] | None) -> Reading[Any]:
    """The `fetch` of a probe that has a `derive`."""
    raise AssertionError("derive() is called instead")
