"""The checks: pure judgements of samples. To add one is one function and one entry in CHECKS."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gbtui.monitor.finding import Finding
from gbtui.monitor.sample import Sample


@dataclass(frozen=True, slots=True)
class View:
    """All a check may look at: the samples, what was kept of them, the thresholds, the time."""

    samples: Mapping[str, Sample[Any]]
    history: Callable[[str], tuple[Sample[Any], ...]]
    thresholds: Mapping[str, float]
    now: datetime

    def rows(self, probe: str) -> tuple[Any, ...]:
        """The rows of a probe; none if it never answered."""
        sample = self.samples.get(probe)
        return sample.rows if sample else ()

    def limit(self, name: str) -> float:
        """A threshold: the profile's, else the default."""
        return self.thresholds.get(name, THRESHOLDS[name])


@dataclass(frozen=True, slots=True)
class Check:
    """One judgement."""

    name: str
    title: str
    probes: tuple[str, ...]
    judge: Callable[[View], Iterable[Finding]] = field(repr=False)

    def ready(self, view: View) -> bool:
        """Whether all it rests on has answered at least once."""
        return all((sample := view.samples.get(name)) is not None and sample.taken_at for name in self.probes)


THRESHOLDS: dict[str, float] = {}
CHECKS: tuple[Check, ...] = ()
