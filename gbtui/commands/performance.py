"""Performance data of `gbtui check`, what stands after the | in the convention of monitoring plugins."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gbtui.monitor.check import THRESHOLDS
from gbtui.monitor.sample import Sample

Limits = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Performance:
    """One figure: its label, its unit ("s", "B" or none), and from where on it warns and is critical."""

    label: str
    value: float
    unit: str = ""
    warning: float | None = None
    critical: float | None = None
    largest: float | None = None

    def __str__(self) -> str:
        bounds = [_number(bound) for bound in (self.warning, self.critical, 0.0, self.largest)]
        return f"{self.label}={_number(self.value)}{self.unit};{';'.join(bounds)}".rstrip(";")


def performance(samples: Mapping[str, Sample[Any]], thresholds: Mapping[str, float]) -> str:
    """What the probes found, as "label=value;warning;critical …"; nothing of those that did not answer."""

    def limit(name: str) -> float:
        return thresholds.get(name, THRESHOLDS[name])

    answered = {name: sample for name, sample in samples.items() if sample.taken_at and not sample.error}
    found = (one for name, tell in _TELLERS.items() if name in answered for one in tell(answered[name].rows, limit))
    return " ".join(map(str, found))


def _connections(rows: tuple[Any, ...], limit: Limits) -> Iterator[Performance]:
    for row in rows:
        usable = row.max_connections - row.reserved
        bounds = (limit("connections") * usable, limit("connections_critical") * usable)
        yield Performance("connections", row.used, "", *bounds, row.max_connections)


def _locks(rows: tuple[Any, ...], limit: Limits) -> Iterator[Performance]:
    waiting = [row for row in rows if row.waits]
    yield Performance("blocked_sessions", len(waiting), "", None, limit("blocked_sessions_critical"))
    yield _longest("blocked", (row.wait_age for row in waiting), limit("blocked"), limit("blocked_critical"))


def _activity(rows: tuple[Any, ...], limit: Limits) -> Iterator[Performance]:
    clients = [row for row in rows if row.kind == "client backend" and not row.own]
    idle = (row.state_age for row in clients if row.in_transaction)
    bounds = (limit("idle_in_transaction"), limit("idle_in_transaction_critical"))
    yield _longest("idle_in_transaction", idle, *bounds)
    yield _longest("longest_transaction", (row.transaction_age for row in clients), limit("long_transaction"), None)


def _databases(rows: tuple[Any, ...], limit: Limits) -> Iterator[Performance]:
    for row in rows[:1]:
        age = max(other.xid_age for other in rows)
        yield Performance("xid_age", age, "", limit("wraparound") * row.freeze_max_age, row.failsafe_age)


def _replication(rows: tuple[Any, ...], limit: Limits) -> Iterator[Performance]:
    if rows:
        bounds = (limit("replication_lag"), limit("replication_lag_critical"))
        yield _longest("replication_lag", (row.replay_lag for row in rows), *bounds)
        behind = max(row.behind_bytes or 0 for row in rows)
        yield Performance("replication_behind", behind, "B", limit("replication_bytes"))


def _slots(rows: tuple[Any, ...], limit: Limits) -> Iterator[Performance]:
    if rows:
        held = max(row.retained_bytes or 0 for row in rows)
        yield Performance("slot_retained", held, "B", limit("slot_retained"), limit("slot_retained_critical"))


def _bots(rows: tuple[Any, ...], limit: Limits) -> Iterator[Performance]:
    if rows:
        waiting = sum(row.waiting for row in rows)
        yield Performance("waiting_sessions", waiting)
        yield _longest("longest_waiting", (row.waiting_age for row in rows), None, None)


def _longest(label: str, ages: Iterable[float | None], warning: float | None, critical: float | None) -> Performance:
    longest = max((age for age in ages if age is not None), default=0.0)
    return Performance(label, round(longest, 1), "s", warning, critical)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"


_TELLERS: Final[Mapping[str, Callable[[tuple[Any, ...], Limits], Iterator[Performance]]]] = {
    "connections": _connections,
    "locks": _locks,
    "activity": _activity,
    "databases": _databases,
    "replication": _replication,
    "slots": _slots,
    "bots": _bots,
}
