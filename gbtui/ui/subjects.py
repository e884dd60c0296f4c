"""`:tenant`, `:bot`, `:user`, `:collection`, `:account`: one thing and its rooms, named or under the cursor."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gbtui.domain.rooms.entrances import ROOMS_OF
from gbtui.domain.subject import KINDS
from gbtui.errors import UsageError
from gbtui.ui.entries import Entry
from gbtui.ui.list_screen import ListScreen

if TYPE_CHECKING:
    from gbtui.ui.app import Console

_WHAT: Final = {
    "tenant": "an organization and what it has: tenant acme bots",
    "bot": "a bot and what it has: bot support@acme memories; alone: this row's",
    "user": "a user and what is theirs: user ann@example.org tokens; alone: this row's",
    "collection": "the documents of a collection, by its id; alone: this row's",
    "account": "the folders of a mail account, by its id",
}
_FOUND: Final = {"tenant": "organization", "bot": "bot", "user": "user", "collection": "collection"}
"""What the look-up calls them, as far as it finds them."""
_LISTS: Final = {"tenant": "tenants", "bot": "bots", "user": "users", "collection": "collections", "account": "mail"}
_KEYS: Final = {
    "tenant": "org_id",
    "bot": "bot_id",
    "user": "user_id",
    "collection": "collection_id",
    "account": "account_id",
}


def entries(app: "Console") -> Iterable[Entry]:
    """The commands, bound to an app."""
    return (
        Entry(
            kind,
            _WHAT[kind],
            partial(_open, app, kind),
            partial(_known, app, kind),
            goes=True,
            kind=_FOUND.get(kind, ""),
        )
        for kind in KINDS
    )


def _open(app: "Console", kind: str, text: str) -> None:
    if app.connected is None:
        return
    words = text.split()
    if words and not (len(words) == 1 and words[0] in ROOMS_OF[kind]):
        app.open_named(f"{kind} {text}")
        return
    key = _under_cursor(app, kind)
    if key is None and words:
        raise UsageError(kind, f"which one? write for example: {_WHAT[kind].partition(': ')[2].partition(';')[0]}")
    if key is None:
        app.open_panel(_LISTS[kind])
    else:
        app.open_named(f"{kind} {key} {text}".strip())


def _under_cursor(app: "Console", kind: str) -> object | None:
    """The thing of this kind that the row under the cursor belongs to."""
    row = app.screen.table.cursor_row if isinstance(app.screen, ListScreen) else None
    return getattr(row, _KEYS[kind], None)


def _known(app: "Console", kind: str) -> Iterable[str]:
    """Those of the last list of them that was read."""
    rows = app.connected.monitor.last(_LISTS[kind], app.scope).rows if app.connected else ()
    return (name for row in rows if (name := _name(kind, row)))


def _name(kind: str, row: Any) -> str:
    match kind:
        case "tenant":
            return str(row.organization)
        case "bot" | "user":
            return str(row.name)
        case _:
            return str(row.id)
