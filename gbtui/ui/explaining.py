"""`e`, `:explain` and `:analyze`: the plan of the statement under the cursor, or of one that is typed."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import BindingType

from gbtui.errors import UsageError
from gbtui.text import age, clean
from gbtui.ui import keymap
from gbtui.ui.entries import Entry
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gbtui.domain.explain.asked import Asked
    from gbtui.domain.explain.explain import Explained, Explainer
    from gbtui.ui.app import Console

ANALYZE_SECONDS: Final = 30.0
"""That a statement may run for when it is analysed."""
_WORD: Final = "run"
_KINDS: Final = ({"query_id", "user_id", "database_id"}, {"pid", "backend_start"})
"""Fields that name a statement, or a backend that runs one."""


class Explaining(ListScreen):
    """A list whose rows are statements, or backends that run some."""

    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings("explain")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only where rows are statements or backends."""
        return self.explains if action == "explain" else super().check_action(action, parameters)

    @property
    def explains(self) -> bool:
        """Whether its rows are of those kinds."""
        connected = self.console.connected
        probes = connected.monitor.probes if connected else {}
        known = [{field.name for field in fields(probes[name].record)} for name in self.probes() if name in probes]
        return any(names >= kind for names in known for kind in _KINDS)

    def action_explain(self) -> None:
        """The plan of what is under the cursor."""
        row = self.table.cursor_row
        if row is None:
            self.console.say("no row is under the cursor")
        else:
            self.console.attempt(_open(self.console, _of_row(self.console, row)))


def entries(app: "Console") -> Iterable[Entry]:
    """The commands, bound to an app."""
    yield Entry(
        "explain", "the plan of the statement under the cursor, or: explain SELECT …", lambda text: _explain(app, text)
    )
    yield Entry(
        "analyze",
        "run the SELECT whose plan is shown, read-only, for its true figures; with values: analyze 42, 'open'",
        lambda text: _analyze(app, text),
    )


def _explainer(app: "Console") -> "Explainer":
    explainer = app.connected.explainer if app.connected else None
    if explainer is None:
        raise UsageError("explain", "there is no server to ask")
    return explainer


def _explain(app: "Console", text: str) -> None:
    explainer, screen = _explainer(app), app.screen
    if text:

        async def typed() -> "Asked":
            return explainer.typed(text)

        app.attempt(_open(app, typed()))
    elif isinstance(screen, Explaining) and screen.table.cursor_row is not None:
        screen.action_explain()
    else:
        raise UsageError("explain", "no statement is under the cursor", "write it: explain SELECT …")


async def _of_row(app: "Console", row: Any) -> "Asked":
    """What a row stands for: a statement that is counted, or what a backend runs."""
    explainer = _explainer(app)
    if hasattr(row, "user_id"):
        return await explainer.of_statement(row.query_id, row.user_id, row.database_id)
    if getattr(row, "pid", 0) and getattr(row, "backend_start", None):
        return await explainer.of_backend(row.pid, row.backend_start)
    raise UsageError("cannot be explained", "a prepared transaction runs nothing")


async def _open(app: "Console", asked: "Awaitable[Asked]") -> None:
    app.say("asking for the plan …")
    _show(app, await _explainer(app).plan(await asked))


def _show(app: "Console", explained: "Explained") -> None:
    from gbtui.ui.plan_view import PlanView

    connected = app.connected
    assert connected is not None
    app.say("")
    app.push_screen(PlanView(explained, app.time, _masked if connected.redact else clean_lines))


def clean_lines(text: str) -> str:
    """Harmless, line ends kept."""
    return clean(text, keep="\n")


def _masked(text: str) -> str:
    from gbtui.redact import redact

    return clean_lines(redact(text))


def _analyze(app: "Console", text: str) -> None:
    from gbtui.ui.plan_view import PlanView

    explainer, screen = _explainer(app), app.screen
    if not isinstance(screen, PlanView):
        raise UsageError("analyze", "it runs the statement whose plan is shown", "e shows the plan of one")
    explained, values = screen.explained, values_of(text)
    if why := explainer.why_not_analyze(explained, values):
        raise UsageError("analyze", why)

    def answered(yes: bool | None) -> None:
        if yes:
            app.attempt(_run(app, explained, values))

    facts = (
        clean(explained.text),
        f"It runs now with your rights: read-only, at most {age(ANALYZE_SECONDS)}, rolled back. On record.",
    )
    warnings = (
        "it takes what the statement takes: on a server under load that makes things worse",
        "what a function does outside the transaction is not rolled back",
    )
    app.push_screen(
        Confirm("Run this statement to see its plan?", facts=facts, warnings=warnings, word=_WORD), answered
    )


async def _run(app: "Console", explained: "Explained", values: Sequence[str]) -> None:
    app.say("running …")
    analysed = await _explainer(app).analyze(explained, values, ANALYZE_SECONDS)
    await app.pop_screen()
    _show(app, analysed)


def values_of(text: str) -> list[str]:
    """Values separated by commas; one with a comma in it stands in single quotes, a quote in it twice."""
    if not text.strip():
        return []
    return next(csv.reader([text], quotechar="'", skipinitialspace=True))
