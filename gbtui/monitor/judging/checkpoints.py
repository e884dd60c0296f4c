"""Checkpoints that come too soon, and sessions that had to do their work."""

from collections.abc import Iterator
from typing import Any, Final

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.server.checkpoints import CHECKPOINTS, Checkpoints
from gbtui.monitor.window import RESET, Span, seen

_FEWEST: Final = 3
"""Checkpoints from which on one can speak of a habit."""
_LATELY: Final = Span("1h", 3600.0)


def checkpoints(view: View) -> Iterator[Finding]:
    """Of late, as far as was watched for long enough; else since the reset, which is no more than a note."""
    lately, long = _over(view, _LATELY), _over(view, RESET)
    if lately is not None and lately.row.backend_fsyncs:
        yield _fsyncs(lately.row, lately.seconds)
    if lately is not None and _number(lately.row) >= _FEWEST:
        yield from _frequent(view, lately.row, f"in the last {text.age(lately.seconds)}", old=False)
    elif long is not None and _number(long.row) >= 10 * _FEWEST:
        yield from _frequent(view, long.row, f"since the reset {text.age(long.seconds)} ago", old=True)


class _Lately:
    def __init__(self, row: Checkpoints, seconds: float) -> None:
        self.row = row
        self.seconds = seconds


def _over(view: View, span: Span) -> _Lately | None:
    sample: Any = view.samples["checkpoints"]
    found = seen(sample, CHECKPOINTS, span)
    return _Lately(found.rows[0], found.window) if found.rows and found.window else None


def _number(row: Checkpoints) -> int:
    return (row.timed or 0) + (row.requested or 0)


def _frequent(view: View, row: Checkpoints, when: str, *, old: bool) -> Iterator[Finding]:
    requested, number = row.requested or 0, _number(row)
    if requested <= number / 2 or row.every_age is None or row.every_age >= row.timeout_age:
        return
    soon = row.every_age < view.limit("checkpoint_every")
    larger = text.size(2 * row.max_wal_bytes).replace(".0 ", "").replace(" ", "")
    yield Finding(
        Severity.WARNING if soon and not old else Severity.INFO,
        "checkpoints",
        "requested",
        f"{requested} of {number} checkpoints were requested {when}, one every {text.age(row.every_age)}:"
        f" before checkpoint_timeout ({text.age(row.timeout_age)})",
        f"WAL reaches max_wal_size ({text.size(row.max_wal_bytes)}) sooner; each one makes whole pages go to WAL again."
        " CHECKPOINT, backups and CREATE DATABASE request them too",
        "give WAL more room, if the disk has it",
        "checkpoints",
        f"ALTER SYSTEM SET max_wal_size = '{larger}'; SELECT pg_reload_conf();",
    )


def _fsyncs(row: Checkpoints, seconds: float) -> Finding:
    return Finding(
        Severity.WARNING,
        "checkpoints",
        "backend fsyncs",
        f"sessions had to fsync {text.plural(row.backend_fsyncs or 0, 'time')} by themselves in the last"
        f" {text.age(seconds)}",
        "the checkpointer's queue is full: the disk does not keep up, or shared_buffers is very small",
        "look at the disk; spread checkpoints (checkpoint_completion_target = 0.9), enlarge shared_buffers",
        "checkpoints",
    )
