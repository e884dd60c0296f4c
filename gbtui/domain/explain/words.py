"""What a plan's nodes tell, in words, and what to do about it. Pure.

A plan is an estimate unless it was analysed, and each sentence that rests on one says "about". Nothing here advises an
index by name: `gbtui advise` weighs those against the whole workload.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gbtui.domain.explain.plan import Node, Plan
from gbtui.text import count, percent, plural

_SMALL: Final = 1_000.0
"""Cost units (a thousand pages read in order) under which a whole table is read faster than anything else."""
_FAR: Final = 10.0
"""An estimate that is off by this factor may have led to another plan than the right one."""
_FEW: Final = 100.0
"""Rows under which being wrong by a factor costs nothing."""
_THROWN: Final = 9.0
"""Rows read for each one kept, from which on reading them is waste."""
_MANY: Final = 1_000.0
_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a node, and what to do."""

    node: Node
    said: str


def remarks(plan: Plan) -> list[Remark]:
    """The most costly first; none where nothing stands out."""
    found = [Remark(node, said) for node in plan.root.walk() for said in _of(node)]
    return sorted(found, key=lambda remark: -remark.node.own)


def verdict(plan: Plan) -> str:
    """The plan in one sentence."""
    worst = plan.worst
    if worst is None:
        return "no node stands out"
    of = "the time" if plan.analysed else "the estimated cost"
    return f"worst: {worst.what}, {percent(worst.own)} of {of}"


def _of(node: Node) -> Iterator[str]:
    yield from _whole_tables(node)
    yield from _wasted(node)
    yield from _repeated(node)
    yield from _memory(node)
    yield from _estimates(node)
    if node.kind in ("Append", "Merge Append") and len(node.below) >= _PARTS:
        yield f"{plural(len(node.below), 'partition')} looked into: a condition on the partition key leaves out others"


def _whole_tables(node: Node) -> Iterator[str]:
    condition = node.facts.get("Filter", "")
    if not (node.kind.endswith("Seq Scan") and condition and node.cost >= _SMALL and node.own >= 0.1):
        return
    table = f"all of {node.relation}"
    if node.actual_rows is None:
        yield f"reads {table} to keep about {count(node.rows)} rows by {condition}: if few, an index would help"
        return
    kept = node.actual_rows * max(1, node.loops)
    if node.removed > _THROWN * kept:
        whole = count(node.removed + kept)
        yield f"reads {table} and throws {count(node.removed)} of {whole} rows away by {condition}: an index would help"


def _wasted(node: Node) -> Iterator[str]:
    if node.index and node.removed > max(_MANY, _THROWN * (node.actual_rows or 0.0) * max(1, node.loops)):
        how = node.facts.get("Filter", "a recheck")
        yield f"{node.index} finds {count(node.removed)} rows that {how} throws away: one with its columns would not"
    fetched = float(node.facts.get("Heap Fetches", "0"))
    if fetched > _MANY and node.kind.startswith("Index Only"):
        yield f"looked up {count(fetched)} rows in the table that the index should have told: VACUUM {node.relation}"


def _repeated(node: Node) -> Iterator[str]:
    if not node.kind.startswith("Nested Loop") or len(node.below) < 2:
        return
    outer, inner = node.below[:2]
    if inner.kind.endswith("Seq Scan") and inner.cost * max(1.0, outer.rows) >= _SMALL:
        times = count(outer.rows)
        yield f"reads all of {inner.relation} for each of about {times} rows: an index on what joins them would help"


def _memory(node: Node) -> Iterator[str]:
    if node.facts.get("Sort Space Type") == "Disk":
        used = count(float(node.facts.get("Sort Space Used", "0")))
        yield f"sorts {used} kB on disk: more work_mem, or an index in that order, would not"
    batches = float(node.facts.get("Hash Batches", node.facts.get("HashAgg Batches", "0")))
    if batches > 1:
        yield f"its hash table was larger than work_mem and went to disk in {count(batches)} parts"
    if float(node.facts.get("Lossy Heap Blocks", "0")) > 0:
        yield "its bitmap was larger than work_mem: whole pages were looked through for rows"


def _estimates(node: Node) -> Iterator[str]:
    if node.actual_rows is None or node.loops == 0 or not (node.relation or not node.below):
        return
    came, expected = max(node.actual_rows, 1.0), max(node.rows, 1.0)
    if max(came, expected) >= _FEW and max(came / expected, expected / came) >= _FAR:
        yield (
            f"{count(node.actual_rows)} rows came, {count(node.rows)} were expected: "
            f"ANALYZE {node.relation or 'its tables'}, and if that changes nothing CREATE STATISTICS on columns"
        )
