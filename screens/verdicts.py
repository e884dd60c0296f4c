"""Is it the database or the bots, and what changed: one line each. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from gbtui.errors import DeniedError
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.event import brief
from gbtui.text import age, cells, clean, fit
from gbtui.ui.chrome import short
from gbtui.ui.widgets.line_view import Line, Run
from screens.health import SIGNS
from screens.overview_columns import since

_BOTS: Final = ("partitions", "migrations", "silence", "waiting", "tail", "messages")
"""Words in a check's or screen's name that make a finding one of the platform rather than of the database."""
_LIFE: Final = ("silence", "waiting")
"""The checks whose findings the verdict tells in one sentence."""
_NAME: Final = 10
_BEFORE: Final = 4 + _NAME
"""Cells in front of a verdict's sentence, and the one behind it."""
_LOUD: Final = 3600.0
"""Seconds for which trouble among what changed is a warning."""


def verdict(
    area: str,
    findings: Sequence[Finding],
    well: str,
    now: datetime,
    width: int,
    *,
    known: bool = True,
    says: str = "",
    aside: int = 0,
) -> Line:
    """One area in one line: its worst finding, or that all is well; `known` False: as far as can be seen.

    `says` is the sentence for silence and waiting, which are told together, with their ages; `aside` how many were
    put aside.
    """
    left = f"  {aside} put aside" if aside else ""
    worst = max(findings, key=lambda finding: finding.severity, default=None)
    if worst is None or worst.severity < Severity.WARNING:
        sign, style = ("✓", "ok") if known else ("?", "warning")
        return _line(sign, style, area, well, width, end=left)
    sign, style = SIGNS[worst.severity]
    if says and worst.check in _LIFE:
        return _line(sign, style, area, clean(says), width, loud="bold", end=left)
    return _line(sign, style, area, clean(worst.what), width, loud="bold", end=f"{left}  {since(worst, now)}")


def _line(
    sign: str, style: str, area: str, said: str, width: int, *, loud: str = "", tone: str = "", end: str = ""
) -> Line:
    room = max(width - _BEFORE - cells(end), 0)
    told = said if cells(said) <= room else short(said, room)
    return ((f" {sign} ", style), (fit(area, _NAME), loud), (fit(told, room), tone), (end, "dim"))


def lost(sample: Sample[Any] | None, width: int) -> Line | None:
    """What stands in place of the verdict while the server does not answer."""
    if sample is None or sample.error is None:
        return None
    said = f"no answer: {clean(sample.error.message or sample.error.title)}"
    return _line("✖", "critical", "database", said, width, loud="bold", tone="critical")


def unknown(sample: Sample[Any] | None, since: str, width: int, *, alone: bool) -> Line | None:
    """What is said of the bots while nothing is known of now: since when, and why (where the line above does not)."""
    if sample is None or (sample.error is None and alone):
        return None
    told, error = f"not known since {since}" if since else "not known", sample.error
    if error is not None and alone:
        told += f": {clean(error.hint if isinstance(error, DeniedError) else error.message or error.title)}"
    return _line("?", "warning", "bots", told, width)


def changed(sample: Sample[Any], now: datetime, width: int, *, up: float | None = None) -> Line:
    """What changed within a day, trouble and then the newest first, as much as fits; `up`: how long the server runs."""
    if sample.taken_at is None:
        said = clean(str(sample.error)) if sample.error else "reading …"
        return _line("·", "dim", "changed", said, width, loud="dim", tone="dim")
    old = max(0.0, (now - sample.taken_at).total_seconds())
    told = [
        (f"{clean(words)} {ago(seconds)}", loud and seconds < _LOUD) for words, seconds, loud in brief(sample.rows, old)
    ]
    if up is not None and not any(event.kind == "restart" for event in sample.rows):
        told.append((f"up {age(up)}", False))
    told.sort(key=lambda one: not one[1])  # trouble first, whatever its age
    loud = any(bad for _, bad in told)
    shown = _fitting(told, width - _BEFORE)
    runs: list[Run] = []
    for words, bad in shown:
        runs += [(" · ", "dim")] * bool(runs) + [(words, "warning" if bad else "")]
    if len(shown) < len(told):
        runs.append((f" +{len(told) - len(shown)} :events", "dim"))
    sign = ("!", "warning") if loud else ("·", "dim")
    return ((f" {sign[0]} ", sign[1]), (fit("changed", _NAME), "dim"), *(runs or [("nothing within a day", "")]))


def _fitting(told: Sequence[tuple[str, bool]], room: int) -> Sequence[tuple[str, bool]]:
    """As many of them as there is room for, in their order; one that is too long makes way for shorter ones."""
    if sum(cells(words) + 3 for words, _ in told) - 3 <= room:
        return told
    room -= cells(f" +{len(told)} :events")
    shown: list[tuple[str, bool]] = []
    for words, bad in told:
        needed = cells(words) + 3 * bool(shown)
        if needed <= room:
            shown.append((words, bad))
            room -= needed
    return shown or [(fit(told[0][0], max(room, 0)), told[0][1])]


def ago(seconds: float) -> str:
    """An age that changes once a minute."""
    return age(seconds) if seconds >= 60 else "<1 m"


def of_bots(finding: Finding) -> bool:
    """Whether a finding is about the platform rather than about the database."""
    return any(word in f"{finding.check} {finding.screen}" for word in _BOTS)
