"""Lists whose rows are backends: C cancels, K terminates the row under the cursor or the marked ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from gbtui.text import clean, count, plural
from gbtui.ui import keymap
from gbtui.ui.list_screen import ListScreen
from gbtui.ui.unlocking import why_locked
from gbtui.ui.widgets.confirm import YES, Confirm

if TYPE_CHECKING:
    # They bring the driver with them, which the first picture does not need.
    from gbtui.domain.backends import Act, Backends, Key, Target, Verdict
    from gbtui.ui.app import Console


class Acting(ListScreen):
    """A list with the two acts, wherever the record of one of its probes has `pid` and `backend_start`."""

    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings("cancel", "terminate")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only where rows are backends."""
        if action not in ("cancel_backend", "terminate_backend"):
            return super().check_action(action, parameters)
        connected = self.console.connected
        probes = connected.monitor.probes if connected else {}
        return any({field.name for field in fields(probes[name].record)} >= _KEY for name in self.probes())

    def action_cancel_backend(self) -> None:
        """Ask, then cancel what they run."""
        from gbtui.domain.backends import Act

        self._act(Act.CANCEL)

    def action_terminate_backend(self) -> None:
        """Ask, then end them."""
        from gbtui.domain.backends import Act

        self._act(Act.TERMINATE)

    def _act(self, act: "Act") -> None:
        console = self.console
        rows = self.table.marked or [row for row in (self.table.cursor_row,) if row is not None]
        meant = [key for row in rows if (key := backend(row)) is not None]
        backends = console.connected.backends if console.connected else None
        if not meant or backends is None:
            console.say(_no_backend(rows), "warning")
        elif locked := why_locked(console):
            console.say(locked, "warning")
            console.attempt(backends.refused(act, meant, locked))
        else:
            hidden = frozenset(key for row in self.table.marked_hidden if (key := backend(row)) is not None)
            wish = Wish(act, meant, hidden, self._tenants(rows), self.table.clear_marks)
            console.attempt(_ask(console, backends, wish))

    def _tenants(self, rows: Sequence[Any]) -> Mapping[int, str]:
        """By pid, as far as the rows know them or the lists of backends do."""
        assert self.console.connected is not None
        last = self.console.connected.monitor.last
        known = [*last("activity").rows, *last("locks").rows, *rows]
        return {row.pid: row.tenant for row in known if getattr(row, "tenant", "") and getattr(row, "pid", 0)}


_KEY = {"pid", "backend_start"}


def backend(row: Any) -> "Key | None":
    """What names the backend that a row is; None if it is none."""
    pid, start = getattr(row, "pid", None), getattr(row, "backend_start", None)
    return (pid, start) if pid and start is not None else None


def _no_backend(rows: Sequence[Any]) -> str:
    gid = next((row.gid for row in rows if getattr(row, "gid", "")), "")
    if gid:
        return f"a prepared transaction has no process to end: ROLLBACK PREPARED '{clean(gid)}' does it"
    return "this row is no backend" if rows else "no row is under the cursor"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do to which backends; `done` takes the marks away once it is on its way."""

    act: "Act"
    keys: "Sequence[Key]"
    hidden: "frozenset[Key]"
    """Those of them that a filter keeps from being seen."""
    tenants: Mapping[int, str]
    done: Callable[[], object]


async def _ask(console: "Console", backends: "Backends", wish: Wish) -> None:
    """Look who they are now, and ask; what cannot be done is said instead."""
    targets = await backends.look(wish.keys)
    if not targets:
        console.say(f"{_pids([pid for pid, _ in wish.keys])}: gone already")
        return
    if all(target.needs for target in targets):
        why = backends.right(targets[0])
        console.say(f"pid {targets[0].pid}: {why}", "warning")
        await backends.refused(wish.act, [target.key for target in targets], why)
        return

    def answered(yes: bool | None) -> None:
        if not yes:
            return
        if locked := why_locked(console):  # the ten minutes were over while the question stood there
            console.say(locked, "warning")
            return
        wish.done()
        console.attempt(_end(console, backends, wish, targets))

    lacking = {target.key: backends.right(target) for target in targets if target.needs}
    console.push_screen(question(wish, targets, frees_of(console), lacking), answered)


def frees_of(console: "Console") -> Mapping[int, int]:
    """By pid: how many wait for this backend alone, by the newest tree of locks."""
    assert console.connected is not None
    return {row.pid: row.frees for row in console.connected.monitor.last("locks").rows if row.holds}


def question(
    wish: Wish, targets: "Sequence[Target]", frees: Mapping[int, int], lacking: "Mapping[Key, str]"
) -> Confirm:
    """The dialog: one cancel wants a y, one terminate the pid, several their number."""
    from gbtui.domain import backend_text

    cancel = wish.act == "cancel"
    if len(targets) == 1:
        (target,) = targets
        what = "Cancel what this backend runs?" if cancel else "Terminate this backend?"
        told = [*backend_text.warnings(wish.act, target), *(["it is hidden by the filter"] if wish.hidden else [])]
        facts = backend_text.facts(target, wish.tenants.get(target.pid, ""), frees.get(target.pid))
        return Confirm(what, facts=facts, warnings=told, word=YES if cancel else str(target.pid))
    lines = {t.key: backend_text.short(t, wish.tenants.get(t.pid, ""), frees.get(t.pid)) for t in targets}
    warned: dict[str, list[int]] = {}
    for target in targets:
        for warning in (*backend_text.warnings(wish.act, target), lacking.get(target.key, "")):
            warned.setdefault(warning, []).append(target.pid)
    warned.pop("", None)
    return Confirm(
        f"Cancel what these {len(targets)} backends run?" if cancel else f"Terminate these {len(targets)} backends?",
        [line for key, line in lines.items() if key not in wish.hidden],
        hidden=[line for key, line in lines.items() if key in wish.hidden],
        warnings=[f"{_pids(pids)}: {warning}" for warning, pids in warned.items()],
        word=str(len(targets)),
    )


async def _end(console: "Console", backends: "Backends", wish: Wish, targets: "Sequence[Target]") -> None:
    """Act, and say after one and after five seconds what came of it."""
    from gbtui.domain.backends import Outcome

    console.say(f"{wish.act} of {_pids([target.pid for target in targets])} is on its way")
    async for seconds, verdicts in backends.end(wish.act, targets, tenants=wish.tenants):
        console.outcome = tuple(verdicts)
        well = all(verdict.outcome is Outcome.GONE for verdict in verdicts)
        console.say(told(wish.act, verdicts, seconds), "ok" if well else "warning")
        console.read_now()


def told(act: "Act", verdicts: "Sequence[Verdict]", seconds: float) -> str:
    """What came of an act in one line, those that are not gone first."""
    after = f"{act}, after {seconds:g} s: "
    if len(verdicts) == 1:
        (one,) = verdicts
        return f"{after}pid {one.pid} {one.outcome}{f' ({one.why})' if one.why else ''}"
    by: dict[str, list[int]] = {}
    for verdict in verdicts:
        by.setdefault(verdict.outcome, []).append(verdict.pid)
    order = sorted(by, key=lambda outcome: outcome == "gone")
    return after + "; ".join(f"{count(len(by[outcome]))} {outcome} ({_pids(by[outcome])})" for outcome in order) + _MORE


_MORE = " :outcome"
_NAMED = 4


def _pids(pids: Sequence[int]) -> str:
    named = ", ".join(map(str, pids[:_NAMED]))
    more = f" and {plural(len(pids) - _NAMED, 'other')}" if len(pids) > _NAMED else ""
    return f"pid {named}{more}"
