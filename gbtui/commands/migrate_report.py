"""How `gbtui migrate` tells what it saw and did: plain objects for scripts, short lines for people."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gbtui import text, times
from gbtui.schema.options import Applied
from gbtui.schema.plan import Loss, Step
from gbtui.schema.status import Entry, Standing, State, Status
from gbtui.schema.verify import Proof

if TYPE_CHECKING:
    from gbtui.schema.lint import Finding

_STANDING = {
    Standing.OURS: "built by gbtui",
    Standing.EMPTY: "empty; gbtui migrate up --init builds it",
    Standing.NEWER: "migrated further than this gbtui knows, so it is left alone",
}
_MARK = {State.APPLIED: "✔", State.ELSEWHERE: "✔", State.PENDING: "·", State.UNKNOWN: "?"}


def seconds(ms: float | None) -> float | None:
    """Seconds to the microsecond."""
    return None if ms is None else round(ms / 1000, 6)


def status_object(entry: Entry, standing: Standing) -> dict[str, Any]:
    """One version in `migrate status --json`."""
    log, migration = entry.log, entry.migration
    return {
        "version": entry.version,
        "name": entry.name,
        "state": str(entry.state),
        "standing": str(standing),
        "run_on": entry.run_on.isoformat() if entry.run_on else None,
        "applied_at": times.rfc3339(log.applied_at) if log else None,
        "seconds": seconds(log.duration_ms) if log else None,
        "actor": log.actor if log else None,
        "tool_version": log.tool_version if log else None,
        "drifted": list(entry.drifted),
        "late": entry.late,
        "marks": sorted(migration.marks) if migration else [],
        "in_transaction": migration.in_transaction if migration else None,
        "up_sha256": migration.up_sha256 if migration else None,
        "problems": list(migration.problems) if migration else [],
        "warnings": list(migration.warnings) if migration else [],
    }


def status_lines(status: Status) -> Iterator[str]:
    """What a person reads: whose database, a line a version, and what to do."""
    foreign = status.standing is Standing.FOREIGN
    yield f"{text.drawable(status.facts.database)}: {status.why_foreign if foreign else _STANDING[status.standing]}"
    if foreign:
        return
    yield ""
    wide = max((len(_label(entry)) for entry in status.entries), default=0)
    for entry in status.entries:
        yield f"  {_MARK[entry.state]} {_label(entry):<{wide}}  {_told(entry)}".rstrip()
        migration = entry.migration
        for note in (*migration.problems, *migration.warnings) if migration else ():
            yield f"      {note}"
    yield ""
    applied = sum(1 for entry in status.entries if entry.state in {State.APPLIED, State.ELSEWHERE})
    pending = len(status.pending)
    yield f"  {applied} applied, {pending} pending" + (f", {len(status.drifted)} changed" if status.drifted else "")


def _label(entry: Entry) -> str:
    return text.drawable(entry.name or entry.version)


def _told(entry: Entry) -> str:
    parts = []
    if entry.log:
        took = text.duration(entry.log.duration_ms)
        parts.append(f"{times.full(entry.log.applied_at)[4:]}  {took:>7}  {text.drawable(entry.log.actor)}")
    elif entry.run_on:
        parts.append(f"{entry.run_on:%Y-%m-%d %H:%M:%S} (session's time), not by gbtui")
    if entry.state is State.UNKNOWN:
        parts.append("unknown to this gbtui")
    if entry.state is State.PENDING:
        parts.append("pending" + (", though a newer one is applied" if entry.late else ""))
    if entry.migration and entry.state is State.PENDING and entry.migration.marks:
        parts.append(", ".join(sorted(entry.migration.marks)).replace("_", "-"))
    if entry.drifted:
        parts.append(f"{' and '.join(entry.drifted)} changed since")
    return "  ".join(parts)


def applied_object(applied: Applied, direction: str) -> dict[str, Any]:
    """One migration in `migrate up|down|redo --json`."""
    return {
        "version": applied.version,
        "name": applied.name,
        "direction": direction,
        "seconds": seconds(applied.duration_ms),
        "attempts": applied.attempts,
    }


def applied_line(applied: Applied, direction: str) -> str:
    """One migration that ran, for a person."""
    again = f", {applied.attempts} attempts" if applied.attempts > 1 else ""
    return f"  {direction:<4} {applied.name}  {text.duration(applied.duration_ms)}{again}"


def loss_object(loss: Loss) -> dict[str, Any]:
    """One loss in JSON; `exact` false: an estimate."""
    return {"what": loss.what, "rows": loss.rows, "exact": loss.exact}


def loss_line(loss: Loss) -> str:
    """One loss for a person."""
    return f"{loss.what}: {'' if loss.exact else 'about '}{text.plural(loss.rows, 'row')}"


def step_object(step: Step, direction: str, remarks: "Sequence[Finding]") -> dict[str, Any]:
    """One migration in `migrate plan --json`; `remarks` is empty where the linter is not installed."""
    return {
        "version": step.migration.version,
        "name": step.migration.name,
        "direction": direction,
        "sql": step.sql,
        "in_transaction": step.migration.in_transaction,
        "marks": sorted(step.migration.marks),
        "rehearsed": step.rehearsed,
        "locks": [{"relation": k.relation, "mode": k.mode, "meaning": k.meaning} for k in step.locks],
        "rewritten": list(step.rewritten),
        "losses": [loss_object(loss) for loss in step.losses],
        "seconds": seconds(step.took_ms),
        "note": step.note,
        "error": step.error,
        "problems": list(step.migration.down_problems if direction == "down" else step.migration.problems),
        "warnings": list(step.migration.warnings),
        "remarks": [asdict(remark) for remark in remarks],
    }


def step_lines(step: Step, direction: str, remarks: "Sequence[Finding]") -> Iterator[str]:
    """One migration of a plan for a person: its SQL, then what it would do to others."""
    migration = step.migration
    marks = "".join(f"  {mark.replace('_', '-')}" for mark in sorted(migration.marks))
    yield f"── {direction} {migration.name}{marks}"
    yield ""
    yield from (f"    {line}".rstrip() for line in text.clean(step.sql, keep="\n\t").strip("\n").split("\n"))
    yield ""
    if step.error:
        yield f"  ✖ {step.error}"
    problems = migration.down_problems if direction == "down" else migration.problems
    for problem in (*(() if step.error else problems), *migration.warnings):
        yield f"  ! {problem}"
    yield from map(lint_line, remarks)
    how = f"rehearsed in {text.duration(step.took_ms)}, rolled back" if step.rehearsed else step.note
    if how:
        yield f"  {how}"
    yield from _lock_lines(step)
    for name in step.rewritten:
        yield f"  rewrites {text.drawable(name)}"
    for loss in step.losses:
        if loss.rows:
            yield f"  loses {text.drawable(loss_line(loss))}"
    if direction == "down" and step.rehearsed and not any(loss.rows for loss in step.losses):
        yield "  loses no rows"
    yield ""


def _lock_lines(step: Step) -> Iterator[str]:
    if not step.locks:
        if step.rehearsed:
            yield "  locks nothing that was there before"
        return
    wide = max(text.cells(lock.relation) for lock in step.locks)
    for lock in step.locks:
        yield f"  locks {text.fit(lock.relation, wide)}  {lock.mode:<22}  {lock.meaning}"


def proof_object(proof: Proof) -> dict[str, Any]:
    """One migration in `migrate verify --json`; version "" is the round trip of all together."""
    return {
        "version": proof.version,
        "name": proof.name,
        "objects": proof.objects,
        "seconds": seconds(proof.took_ms),
        "problems": list(proof.problems),
    }


def proof_lines(proofs: Sequence[Proof]) -> Iterator[str]:
    """A line a migration, its differences under it."""
    wide = max((len(proof.name) for proof in proofs), default=0)
    for proof in proofs:
        mark = "✖" if proof.problems else "✔"
        yield f"  {mark} {proof.name:<{wide}}  {proof.objects:>6} objects  {text.duration(proof.took_ms):>7}"
        yield from (f"      {text.drawable(problem)}" for problem in proof.problems)


def lint_line(finding: "Finding") -> str:
    """One remark as compilers write them: file:line, what, and what would be better."""
    mark = "!" if finding.severity == "danger" else "·"
    advice = f"; {finding.advice}" if finding.advice else ""
    return f"  {mark} {finding.migration}/up.sql:{finding.line}: {finding.message}{advice} [{finding.rule}]"
