"""`:sql` runs one statement, `:set deadline` says for how long; what was run before comes back with the up key."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final

from gbtui.errors import UsageError
from gbtui.text import age
from gbtui.times import seconds
from gbtui.ui.entries import Entry
from gbtui.ui.prompt import Prompt

if TYPE_CHECKING:
    from gbtui.domain.sql_line.history import History
    from gbtui.ui.app import Console

_SHORTEST, _LONGEST = 1.0, 3600.0
_SETTINGS: Final = ("deadline 30s", "deadline 2m", "deadline 10m")


def entries(app: "Console") -> Iterable[Entry]:
    """The commands, bound to an app."""
    yield Entry("sql", "run one statement, read-only: sql SELECT …", lambda text: _sql(app, text), lambda: _before(app))
    yield Entry("set", "how long :sql may run: set deadline 2m", lambda text: _set(app, text), lambda: _SETTINGS)


@cache
def history() -> "History":
    """The file of statements that were run."""
    from gbtui.domain.sql_line.history import History

    return History()


def recall() -> None:
    """Put what was run in earlier consoles before what is typed in this one, for the up key."""
    lines = Prompt.HISTORY[":"]
    told = [f"sql {one}" for one in history().statements()]
    lines[:0] = [line for line in told if line not in lines]


def _sql(app: "Console", text: str) -> None:
    from gbtui.domain.sql_line.wish import read

    if not text:
        app.open_sql("")
        return
    history().add(read(text))
    app.open_sql(text)


def _before(app: "Console") -> Iterable[str]:
    """Offered by tab, the newest first."""
    return [" ".join(one.split()) for one in reversed(history().statements())]


def _set(app: "Console", text: str) -> None:
    name, _, value = text.partition(" ")
    if name != "deadline":
        raise UsageError("set", "there is deadline", "for example: set deadline 2m")
    wanted = seconds(value)
    if wanted is None or not _SHORTEST <= wanted <= _LONGEST:
        raise UsageError("set", "write a time from 1s to 1h", "for example: set deadline 2m")
    app.deadline = wanted
    app.say(f":sql may run for {age(wanted)}")
