"""`:keep`, `:legalhold`, `:release`: how long what is kept, and what nobody may remove. Not while it is read-only."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from gbtui.errors import UsageError
from gbtui.ui.entries import Entry
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.unlocking import why_locked
from gbtui.ui.widgets.confirm import YES, Confirm

if TYPE_CHECKING:
    from gbtui.domain.things import Named
    from gbtui.lifecycle.hands import Hands
    from gbtui.ui.app import Console

_KEEP: Final = "write for example: keep messages 90d acme, keep clicks forever, keep messages default acme"
_KINDS: Final = ("messages", "sessions", "tokens", "clicks", "audit", "drafts")
_GOES: Final = "What is older is past retention from now on, and goes with the next run."
_STAYS: Final = "None of it is past retention any more."


def entries(app: "Console") -> Iterable[Entry]:
    """The commands, bound to an app."""
    may = partial(_may_act, app)
    yield Entry("keep", "how long a kind is kept: keep messages 90d acme; on a row of retention: keep 90d",
                partial(_keep, app), lambda: _KINDS, listed=may)  # fmt: skip
    yield Entry("legalhold", "nothing of a tenant goes: legalhold acme REASON", partial(_hold, app), listed=may)
    yield Entry("release", "end the legal hold of a tenant: release acme", partial(_release, app), listed=may)


def _may_act(app: "Console") -> bool:
    return app.connected is not None and app.connected.hands is not None and not why_locked(app)


def _hands(app: "Console", verb: str) -> "Hands":
    if locked := why_locked(app):
        raise UsageError(verb, locked)
    if app.connected is None or app.connected.hands is None:
        raise UsageError(verb, "there is nothing to act on here")
    return app.connected.hands


def _keep(app: "Console", text: str) -> None:
    from gbtui.lifecycle.retention import Kind, policy

    hands, words = _hands(app, "keep"), text.split()
    if words and words[0] not in _KINDS:
        words = [*_under_cursor(app), *words] if len(words) == 1 else words
        words = [words[0], words[-1], *words[1:-1]] if len(words) == 3 else words
    if len(words) not in (2, 3) or words[0] not in _KINDS:
        raise UsageError("keep", "which kind, and how long?", _KEEP)
    kind, length, slug = Kind(words[0]), words[1], words[2] if len(words) == 3 else ""
    if length == "default" and not slug:
        raise UsageError("keep", "whose? `default` takes a tenant's own policy away", _KEEP)
    days = None if length == "default" else policy.days(length)

    async def do(named: "Named | None") -> str:
        if length == "default":
            assert named is not None
            return await policy.follow_default(hands.database, hands.audit, kind, named)
        return await policy.keep(hands.database, hands.audit, kind, named, days)

    what = (
        f"Keep {kind} of {slug or 'all others'} {'as the default says' if length == 'default' else policy.told(days)}?"
    )
    _ask(app, hands, slug, what=what, means=_STAYS if length == "forever" else _GOES, do=do)


def _under_cursor(app: "Console") -> list[str]:
    """The kind and tenant of the row of retention under the cursor."""
    row = app.screen.table.cursor_row if isinstance(app.screen, ListScreen) else None
    kind = getattr(row, "kind", "")
    if kind not in _KINDS or not hasattr(row, "keep_days"):
        raise UsageError("keep", "the cursor is on no policy", _KEEP)
    return [kind, str(getattr(row, "organization", ""))] if getattr(row, "org_id", None) else [kind]


def _hold(app: "Console", text: str) -> None:
    from gbtui.lifecycle.retention import policy

    hands = _hands(app, "legalhold")
    slug, _, reason = text.strip().partition(" ")
    if not slug or not reason.strip():
        raise UsageError("legalhold", "whose, and why?", "write for example: legalhold acme case 4711")

    async def do(named: "Named | None") -> str:
        assert named is not None
        return await policy.hold(hands.database, hands.audit, named, reason)

    means = "Nothing of it goes, and it cannot be deleted, until it is released."
    _ask(app, hands, slug, what=f"Hold {slug}?", means=means, do=do)


def _release(app: "Console", text: str) -> None:
    from gbtui.lifecycle.retention import policy

    hands, slug = _hands(app, "release"), text.strip()
    if not slug:
        raise UsageError("release", "whose?", "write for example: release acme")

    async def do(named: "Named | None") -> str:
        assert named is not None
        return await policy.release(hands.database, hands.audit, named)

    _ask(app, hands, slug, what=f"Release {slug}?", means=_GOES, do=do)


def _ask(
    app: "Console", hands: "Hands", slug: str, *, what: str, means: str,
    do: "Callable[[Named | None], Awaitable[str]]",
) -> None:  # fmt: skip
    """Look the tenant up, ask, and do it."""
    from gbtui.domain.things import Kind as What

    async def carry_out(named: "Named | None") -> None:
        app.say(await do(named), "ok")
        app.read_now()

    async def look() -> None:
        named = await hands.find(What.ORGANIZATION, slug) if slug else None

        def answered(yes: bool | None) -> None:
            if yes and not (locked := why_locked(app)):
                app.attempt(carry_out(named))
            elif yes:
                app.say(locked, "warning")

        app.push_screen(Confirm(what, facts=(f"{means} On record.",), word=YES), answered)

    app.attempt(look())
