"""`:softdelete` and `:undelete`: off now, deleted when a time of grace is over, unless it is taken back."""

from collections.abc import Coroutine, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gbtui.errors import UsageError
from gbtui.ui.doing import with_named
from gbtui.ui.entries import Entry
from gbtui.ui.unlocking import why_locked
from gbtui.ui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from gbtui.domain.things import Named
    from gbtui.lifecycle.hands import Hands
    from gbtui.ui.app import Console

_HINT: Final = "put the cursor on a user or organization and write for example: softdelete 30d left the company"


def entries(app: "Console") -> Iterable[Entry]:
    """The commands, bound to an app."""
    may = partial(_may_act, app)
    yield Entry("softdelete", "switch this user or organization off, and delete it later: softdelete 30d REASON",
                partial(_schedule, app), listed=may)  # fmt: skip
    yield Entry("undelete", "take the soft delete of this row back, or: undelete user ann", partial(_undo, app),
                lambda: ("user", "organization"), listed=may)  # fmt: skip


def _may_act(app: "Console") -> bool:
    return app.connected is not None and app.connected.hands is not None and not why_locked(app)


def _schedule(app: "Console", text: str) -> None:
    from gbtui.lifecycle.retention.policy import days, told
    from gbtui.lifecycle.soft_delete import KINDS, SoftDelete

    if locked := why_locked(app):
        raise UsageError("softdelete", locked)
    length, _, reason = text.strip().partition(" ")
    if not length or not reason.strip():
        raise UsageError("softdelete", "how long, and why?", _HINT)
    if (grace := days(length)) is None:
        raise UsageError("softdelete", "a time of grace ends", _HINT)

    def ask(hands: "Hands", found: "Sequence[Named]") -> None:
        if len(found) > 1 or found[0].kind not in KINDS:
            raise UsageError("softdelete", "one user or organization at a time", _HINT)
        named = found[0]

        def answered(yes: bool | None) -> None:
            if yes and not (locked := why_locked(app)):
                soft = SoftDelete(hands.database, hands.audit, hands.catalog, app.say)
                app.attempt(_do(app, soft.schedule(named, timedelta(days=grace), reason)))
            elif yes:
                app.say(locked, "warning")

        fact = f"Off now, with all its sessions; deleted after {told(grace)}. Until then :undelete. On record."
        app.push_screen(Confirm(f"Delete {named.title} softly?", facts=(fact,), word=named.name), answered)

    with_named(app, "", ask)


def _undo(app: "Console", text: str) -> None:
    from gbtui.lifecycle.soft_delete import SoftDelete

    if locked := why_locked(app):
        raise UsageError("undelete", locked)

    def undo(hands: "Hands", found: "Sequence[Named]") -> None:
        if len(found) > 1:
            raise UsageError("undelete", "one at a time: take the marks away")
        app.attempt(_do(app, SoftDelete(hands.database, hands.audit, hands.catalog, app.say).undo(found[0])))

    with_named(app, text, undo)


async def _do(app: "Console", deed: Coroutine[Any, Any, str]) -> None:
    app.say(await deed, "ok")
    app.read_now()
