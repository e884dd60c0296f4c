"""`:preview`, `:delete`, `:end`, `:deactivate`, `:activate`, `:revoke`: what can be done to the row under the cursor.

All but the first do not exist while the console is read-only: they are not offered, and say so when typed.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gbtui.errors import UsageError
from gbtui.text import plural
from gbtui.ui.describe import Describe
from gbtui.ui.entries import Entry
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.live_screen import LiveScreen
from gbtui.ui.unlocking import why_locked
from gbtui.ui.widgets.confirm import YES, Confirm

if TYPE_CHECKING:
    from gbtui.domain.relations.thing import Thing
    from gbtui.domain.things import Kind, Named
    from gbtui.lifecycle.hands import Hands
    from gbtui.ui.app import Console

_WHAT: Final = {
    "end": "end this session, or: end session ID; its messages stay",
    "deactivate": "switch this user or bot off, or: deactivate bot support@acme",
    "activate": "let this user or bot in again",
    "revoke": "end all sessions of this user, bot or organization, or: revoke organization acme",
}
_KINDS: Final = ("organization", "bot", "user", "session", "collection")
_TABLES: Final = dict(zip(("organizations", "bots", "users", "user_sessions", "kb_collections"), _KINDS, strict=True))


def entries(app: "Console") -> Iterable[Entry]:
    """The commands, bound to an app."""
    may = partial(_may_act, app)
    yield Entry(
        "preview", "what deleting this row, or: preview organization acme, would do", partial(_preview, app), _kinds
    )
    yield Entry("deletions", "what is being deleted, was interrupted, or was deleted today", lambda _: _deletions(app))
    yield Entry("delete", "delete this row and what hangs on it, or: delete organization acme", partial(_delete, app),
                _kinds, listed=may)  # fmt: skip
    for name, what in _WHAT.items():
        yield Entry(name, what, partial(_act, app, name), _kinds, listed=may)


def _kinds() -> Sequence[str]:
    return _KINDS


def _may_act(app: "Console") -> bool:
    return app.connected is not None and app.connected.hands is not None and not why_locked(app)


def _preview(app: "Console", text: str) -> None:
    with_named(app, text, lambda hands, found: _open(app, hands, found, meant=False))


def _delete(app: "Console", text: str) -> None:
    if locked := why_locked(app):
        raise UsageError("delete", locked)
    with_named(app, text, lambda hands, found: _open(app, hands, found, meant=True))


def _open(app: "Console", hands: "Hands", found: "Sequence[Named]", *, meant: bool) -> None:
    from gbtui.ui.deleting import Deleting

    if len(found) > 1:
        raise UsageError("delete", "one at a time: take the marks away")
    app.push_screen(Deleting(app, hands, found[0], meant=meant))


def _act(app: "Console", name: str, text: str) -> None:
    from gbtui.lifecycle.acts import ACTS, WORDS, Act

    if locked := why_locked(app):
        raise UsageError(name, locked)
    wish = Act(name)

    def ask(hands: "Hands", found: "Sequence[Named]") -> None:
        kind = found[0].kind
        if wish not in ACTS.get(kind, ()):
            could = ", ".join(ACTS.get(kind, ())) or "only :delete"
            raise UsageError(name, f"this is no deed for a {kind}", f"there is: {could}")

        def answered(yes: bool | None) -> None:
            if yes and not (locked := why_locked(app)):
                app.attempt(_do(app, hands, wish, found))
            elif yes:
                app.say(locked, "warning")

        titles = [one.title for one in found]
        what = f"{name.capitalize()} {titles[0] if len(found) == 1 else plural(len(found), kind)}?"
        many = titles if len(found) > 1 else []
        word = YES if len(found) == 1 else str(len(found))
        app.push_screen(Confirm(what, many, facts=(f"{WORDS[kind, wish]}. On record.",), word=word), answered)

    with_named(app, text, ask)


async def _do(app: "Console", hands: "Hands", wish: Any, found: "Sequence[Named]") -> None:
    told = ""
    for number, one in enumerate(found, 1):
        told = await hands.act(wish, one, app.say)
        if len(found) > 1:
            told = f"{number} of {len(found)}: {told}"
            app.say(told)
    app.say(told, "ok")
    app.read_now()


def with_named(app: "Console", text: str, then: "Callable[[Hands, Sequence[Named]], None]") -> None:
    """Look up what is meant, and go on with it."""
    connected = app.connected
    if connected is None or connected.hands is None:
        raise UsageError("delete", "there is nothing to act on here")
    hands, wanted = connected.hands, _wanted(app, text)

    async def look() -> None:
        then(hands, [await hands.find(kind, name) for kind, name in wanted])

    app.attempt(look())


def _wanted(app: "Console", text: str) -> "list[tuple[Kind, str]]":
    """Kinds and names: of the text, else of the marked rows, else of the row under the cursor."""
    from gbtui.domain.things import Kind

    kind, _, name = text.strip().partition(" ")
    if text.strip():
        if kind not in _KINDS or not name.strip():
            raise UsageError("Which one?", f"write for example: {_KINDS[0]} acme", f"there are: {', '.join(_KINDS)}")
        return [(Kind(kind), name.strip())]
    things = under_cursor(app)
    if not things:
        raise UsageError("Which one?", "the row under the cursor is none of these", ", ".join(_KINDS))
    return [(Kind(_TABLES[thing.table]), thing.key[0]) for thing in things]


def under_cursor(app: "Console") -> "list[Thing]":
    """The things that are marked, else that under the cursor, else what is described."""
    screen = app.screen
    if isinstance(screen, Describe):
        found = [screen.thing]
    elif isinstance(screen, ListScreen):
        table = screen.table
        found = [screen.thing(row) for row in table.marked or [table.cursor_row] if row is not None]
    else:
        found = [screen.described] if isinstance(screen, LiveScreen) else []
    return [thing for thing in found if thing is not None and thing.schema == "public" and thing.table in _TABLES]


def _deletions(app: "Console") -> None:
    connected = app.connected
    if connected is None or connected.hands is None:
        raise UsageError("deletions", "nothing is deleted here")
    hands = connected.hands

    async def show() -> None:
        rows = {
            f"{one.kind} {one.thing.name or one.thing.key[0]}": (
                f"{one.stands}, begun {app.time(one.started_at)} by {one.os_user or one.actor}"
                f"{f', pid {one.pid}' if one.pid else ''}: {_rows(one.done)} of {_rows(one.planned)} rows"
                f"{f'; {one.error}' if one.error else ''}"
            )
            for one in await hands.deletions(86_400.0)
        }
        if rows:
            app.push_screen(Describe("deletions", rows, ("meta/deletions",), app.time))
        else:
            app.say("nothing is being deleted, and nothing was today")

    app.attempt(show())


def _rows(figures: Any) -> str:
    from gbtui.lifecycle.deleting import deleted_of

    return f"{deleted_of(figures):,}"
