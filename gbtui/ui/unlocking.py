"""`:unlock` lets a read-only console act for ten minutes, `:lock` ends that; both are on record."""

from typing import TYPE_CHECKING, Any

from gbtui.errors import DeniedError, UsageError
from gbtui.ui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from gbtui.security.guard import Guard
    from gbtui.ui.app import Console


def unlock(app: "Console") -> None:
    """Ask for the profile's name, then unlock."""
    guard = _guard(app)
    if not guard.locked:
        raise UsageError("unlock", "this console may act" + (f", for {left(guard)} more" if guard.remaining else ""))
    if guard.always:
        app.attempt(_refused(app, guard))
        return

    def answered(yes: bool | None) -> None:
        if yes:
            app.attempt(_unlock(app, guard))

    what = "For ten minutes C and K end backends, and :delete, :end and others act; :lock ends it. All is on record."
    app.push_screen(Confirm(f"Unlock {guard.name}?", facts=(what,), word=guard.name), answered)


def lock(app: "Console") -> None:
    """Read-only again."""
    guard = _guard(app)
    if guard.remaining is None:
        raise UsageError("lock", "it is read-only" if guard.locked else "this console was opened to write")
    guard.lock()
    app.head()
    app.say("read-only again")
    app.attempt(_record(app, "console.locked", guard))


def why_locked(app: "Console") -> str:
    """Why this console may not act now; "" where it may."""
    guard = app.connected.guard if app.connected else None
    if guard is None or not guard.locked:
        return "" if guard is not None else "read-only: there is nothing to act on"
    return 'read-only: the profile says read_only = "always"' if guard.always else "read-only: :unlock"


def left(guard: "Guard") -> str:
    """The time left as a clock, "" where nothing is counted down."""
    seconds = guard.remaining
    return "" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02}"


async def _unlock(app: "Console", guard: "Guard") -> None:
    await _record(app, "console.unlocked", guard, minutes=10)
    guard.unlock()
    app.head()
    app.say("unlocked for ten minutes; :lock ends it", "warning")


async def _refused(app: "Console", guard: "Guard") -> None:
    await _record(app, "console.unlock.refused", guard)
    guard.unlock()  # it says why not


async def _record(app: "Console", action: str, guard: "Guard", **detail: Any) -> None:
    from gbtui.security.audit import Deed

    if app.connected is not None and app.connected.audit is not None:
        await app.connected.audit.write(Deed(action, object_id=guard.name, detail=detail))


def _guard(app: "Console") -> "Guard":
    guard = app.connected.guard if app.connected else None
    if guard is None:
        raise DeniedError("Read-only", "there is nothing to unlock here")
    return guard
