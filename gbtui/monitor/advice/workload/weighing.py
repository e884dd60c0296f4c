"""What an index would save of a plan, where the server cannot be asked: an estimate by the planner's own units. Pure.

Costs follow costsize.c with its default constants: a page read in order 1, at random 4, a row 0.01, an index entry
0.005. Where the order of rows by the index is that of the table (correlation) its pages are read once and in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2, sqrt
from typing import Final

from gbtui.domain.explain.plan import Node, Plan
from gbtui.monitor.advice.workload.candidates import BOUNDS, Candidate
from gbtui.monitor.advice.workload.conditions import Access, Condition

_RANDOM, _SEQUENTIAL, _ROW, _ENTRY, _OPERATOR = 4.0, 1.0, 0.01, 0.005, 0.0025
_LIMIT: Final = 100.0
"""Rows that a LIMIT of unknown length is taken to want."""
_WRITE_MS: Final = {"btree": 0.01, "gin": 0.1, "brin": 0.0005}
"""Milliseconds that keeping an entry takes, by rule of thumb: a b-tree some microseconds, GIN ten entries a row."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What indexes would do to one statement."""

    share: float
    """Of the statement's cost that would be saved, 0 to 1."""
    by: str
    """"hypopg" or "estimate"."""


def weigh(plan: Plan, access: Access, candidates: Sequence[Candidate]) -> Weight:
    """By how much cheaper a plan would be with these indexes on the table of this access."""
    total = plan.root.cost
    nodes = [node for node in plan.root.walk() if _is_of(node, access)]
    if not nodes or total <= 0:
        return Weight(0.0, "estimate")
    now = sum(node.own for node in nodes) * total
    runs = max(node.own * total / node.cost if node.cost else 1.0 for node in nodes)
    after = 0.0
    for candidate in candidates:
        cost, ordered = _cost(candidate, access, len(nodes))
        joins = any(test.kind == "join" and test.column == candidate.keys[0].column for test in access.tests)
        # Of a join that reads the table once, each row of the other side would look into the index.
        after += cost * max(1.0, runs, _beside(plan.root, nodes[0]) if joins else 1.0)
        if ordered:
            now += sum(node.own for node in plan.root.walk() if node.kind in ("Sort", "Incremental Sort")) * total
    return Weight(max(0.0, min(1.0, (now - after) / total)), "estimate")


def _is_of(node: Node, access: Access) -> bool:
    """The scan of the table, or of one of its partitions, which the server numbers: m_1, m_2 …"""
    stem, _, number = node.alias.rpartition("_")
    scans = node.kind.endswith(("Scan", "Scan Backward"))
    return scans and (node.alias == access.alias or (stem == access.alias and number.isdigit()))


def _beside(root: Node, scan: Node) -> float:
    """Rows of the other side of the join that a scan stands under; 1 where it stands under none."""
    rows = 1.0
    for node in root.walk():
        inside = [child for child in node.below if any(one is scan for one in child.walk())]
        if inside and len(node.below) > 1 and node.kind.endswith(("Join", "Nested Loop")):
            rows = min(child.rows for child in node.below if child is not inside[0])
    return rows


def _cost(candidate: Candidate, access: Access, parts: int) -> tuple[float, bool]:
    """Of one look by the index, and whether rows come out of it in the wanted order."""
    table = candidate.table
    keys = {key.name for key in candidate.keys}
    answered = [test for test in _tests(access, candidate) if test.key in keys or _told(test, candidate)]
    share = 1.0
    for test in answered:
        share *= table.share(test) or 1.0
    if _bounds(answered) >= 2:
        share *= 0.005 * 9  # two bounds leave less than a third of a third
    rows = max(1.0, table.rows * share)
    names = [one.column for one in access.order]
    ordered = bool(names) and [key.column for key in candidate.keys[candidate.equal :]][: len(names)] == names
    if ordered:
        left = 1.0
        for test in access.tests:
            if test not in answered:
                left *= table.share(test) or 1.0
        rows = min(rows, _LIMIT / max(left, 1e-6))
    return _look(candidate, rows, parts), ordered


def _tests(access: Access, candidate: Candidate) -> list[Condition]:
    """The conditions that this index was proposed for: of the branch of an OR, if it was."""
    keys = {key.name for key in candidate.keys}
    branches = [branch for group in access.alternatives for branch in group]
    of_branch = [test for branch in branches for test in branch if test.key in keys]
    return [*access.tests, *of_branch]


def _told(test: Condition, candidate: Candidate) -> bool:
    return bool(candidate.predicate) and test.kind in ("flag", "no flag", "null") and test.column in candidate.predicate


def _bounds(tests: Sequence[Condition]) -> int:
    columns = [test.column for test in tests if test.kind in BOUNDS]
    return max((columns.count(one) for one in columns), default=0)


def _look(candidate: Candidate, rows: float, parts: int) -> float:
    table = candidate.table
    if candidate.method == "brin":
        return table.pages / 128 * _OPERATOR + table.pages * rows / max(1.0, table.rows) * _SEQUENTIAL * 2 + rows * _ROW
    descent = parts * (ceil(log2(max(2.0, table.rows / parts))) * _OPERATOR + 3 * 50 * _OPERATOR + _RANDOM)
    entries = rows * (_ENTRY + _OPERATOR)
    if candidate.include:
        return descent + entries + rows / max(1.0, table.rows) * candidate.bytes / 8192 * _SEQUENTIAL + rows * _ROW
    first = table.columns[candidate.keys[-1].column].correlation or 0.0
    together = first * first if len(candidate.keys) == 1 else 0.0
    # Mackert and Lohman's pages, and a bitmap's cost of one: the more of the table, the more in order.
    pages = max(1.0, table.pages)
    fetched = min(pages, 2 * pages * rows / (2 * pages + rows))
    scattered = fetched * (_RANDOM - (_RANDOM - _SEQUENTIAL) * sqrt(fetched / pages))
    in_order = rows / max(1.0, table.rows) * table.pages * _SEQUENTIAL
    return descent + entries + scattered * (1 - together) + in_order * together + rows * _ROW


def write_ms(candidate: Candidate) -> float:
    """Milliseconds that keeping it would have taken, had it been there since the statistics were reset."""
    return candidate.table.written * _WRITE_MS[candidate.method]
