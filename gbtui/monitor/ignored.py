"""What was put aside for a while: which finding, until when, by whom and why; and when it comes back. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from gbtui.monitor.finding import Finding, Severity

WORSE: Final = 2.0
"""Times the number it had when it was put aside: then a finding comes back."""
_SLACK: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Ignored:
    """One finding put aside."""

    check: str
    subject: str
    until: datetime
    since: datetime
    """When it was put aside."""
    who: str
    why: str
    severity: Severity
    """As bad as it was then."""
    number: float | None = None
    """As much as it was then, where it has a number."""

    @property
    def told(self) -> str:
        """Until when, by whom and why."""
        return f"until {self.until.astimezone():%Y-%m-%d %H:%M} by {self.who}: {self.why}"

    @property
    def key(self) -> tuple[str, str]:
        """What it is about."""
        return self.check, self.subject

    def holds(self, finding: Finding, now: datetime) -> bool:
        """Whether it still keeps this finding back: its time is not up, and it has not grown worse by a class.

        A pid is another session's later: one that began afterwards was not meant.
        """
        if self.key != (finding.check, finding.subject) or now >= self.until or finding.severity > self.severity:
            return False
        if finding.subject.isdigit() and finding.since is not None and finding.since > self.since + _SLACK:
            return False
        return finding.number is None or self.number is None or finding.number < WORSE * max(self.number, 1.0)


@dataclass(frozen=True, slots=True)
class Aside:
    """A finding and what keeps it back."""

    finding: Finding
    ignored: Ignored


class Ignoring(Protocol):
    """Where it is kept what was put aside on one server."""

    def entries(self) -> Sequence[Ignored]:
        """What is kept now; others may have changed it."""
        ...

    def add(self, entry: Ignored) -> None:
        """Put aside; in place of an entry about the same."""
        ...

    def remove(self, check: str, subject: str) -> bool:
        """Bring back; False if nothing of that was put aside."""
        ...


def divide(
    findings: Iterable[Finding], entries: Sequence[Ignored], now: datetime
) -> tuple[tuple[Finding, ...], tuple[Aside, ...]]:
    """The findings that stand, and those put aside."""
    stand: list[Finding] = []
    aside: list[Aside] = []
    for finding in findings:
        entry = next((entry for entry in entries if entry.holds(finding, now)), None)
        if entry is None:
            stand.append(finding)
        else:
            aside.append(Aside(finding, entry))
    return tuple(stand), tuple(aside)
