"""A plan as the server tells it in JSON, as a tree of nodes with what each costs by itself. Pure.

The server's figures are those of a node with all below it, and of one run of it. What a node costs by itself, over all
its runs, is worked out here: of an analysed plan exactly (but for workers, whose times overlap), of an estimate as far
as it follows from the rows that drive a nested loop.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gbtui.errors import QueryError

_CONDITIONS: Final = (
    "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "One-Time Filter", "TID Cond",
    "Order By", "Sort Key", "Presorted Key", "Group Key", "Cache Key", "Conflict Filter",
)  # fmt: skip
_FIGURES: Final = (
    "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck", "Heap Fetches",
    "Exact Heap Blocks", "Lossy Heap Blocks", "Sort Method", "Sort Space Used", "Sort Space Type", "Hash Batches",
    "Peak Memory Usage", "HashAgg Batches", "Disk Usage", "Workers Planned", "Workers Launched", "Subplans Removed",
    "Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks", "Index Searches",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a plan. Costs are the planner's units, times milliseconds."""

    kind: str
    """As "Seq Scan", "Hash Left Join", "Partial HashAggregate"."""
    relation: str
    """schema.table, or what else it reads; "" where it reads nothing itself."""
    alias: str
    index: str
    role: str
    """What it is to the node above, where that is not plain: "InitPlan 1", "inner" …"""
    cost: float
    """Of one run with all below it, as estimated."""
    rows: float
    """Estimated, of one run."""
    actual_rows: float | None
    """Of one run, on the average; None: it was not run."""
    actual_ms: float | None
    """Of all runs with all below."""
    loops: int
    own: float
    """Its share (0 to 1) of the plan's time where it was run, else of its estimated cost, by itself."""
    facts: Mapping[str, str]
    """Conditions and figures as the server names them."""
    below: "tuple[Node, ...]"

    def walk(self) -> "Iterator[Node]":
        """This node and all below, as they are drawn."""
        yield self
        for node in self.below:
            yield from node.walk()

    @property
    def what(self) -> str:
        """The node in words: what it does, to what, by which index."""
        name = f" on {self.relation}" if self.relation else ""
        name += f" {self.alias}" if self.alias and not self.relation.endswith(self.alias) else ""
        return f"{self.kind}{name}{f' by {self.index}' if self.index else ''}"

    @property
    def brief(self) -> str:
        """The same for a line of the tree: its table without the schema, no alias that only repeats."""
        return replace(self, relation=self.relation.rpartition(".")[2], alias="").what

    @property
    def removed(self) -> float:
        """Rows read and thrown away by its conditions, over all runs."""
        names = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
        return sum(float(self.facts[name]) for name in names if name in self.facts) * max(1, self.loops)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan."""

    root: Node
    analysed: bool
    planning_ms: float | None
    execution_ms: float | None

    @property
    def worst(self) -> Node | None:
        """The node that takes most by itself, if that is a fifth of all or more; None: none stands out."""
        worst = max(self.root.walk(), key=lambda node: node.own)
        return worst if worst.own >= 0.2 else None


def read(text: str) -> Plan:
    """The plan in what EXPLAIN (FORMAT JSON) returned; QueryError if it is none."""
    try:
        (whole,) = json.loads(text)
        raw: Mapping[str, Any] = whole["Plan"]
    except (ValueError, KeyError, TypeError) as error:
        raise QueryError("No plan", "the server's answer is not one that is known here") from error
    analysed = "Actual Loops" in raw
    total = _time(raw) if analysed else float(raw["Total Cost"])
    return Plan(
        _node(raw, 1.0, total or 1.0, analysed=analysed),
        analysed,
        whole.get("Planning Time"),
        whole.get("Execution Time"),
    )


def _node(raw: Mapping[str, Any], runs: float, total: float, *, analysed: bool) -> Node:
    """`runs`: how often the planner takes it to be run, in the units of `total`."""
    plans: Sequence[Mapping[str, Any]] = raw.get("Plans", ())
    if analysed:
        own = max(0.0, _time(raw) - sum(map(_time, plans)))
        below = [_node(each, 1.0, total, analysed=True) for each in plans]
    else:
        cost = float(raw["Total Cost"])
        shares = _shares(raw, plans)
        own = max(0.0, cost - sum(each["Total Cost"] * n for each, n in zip(plans, shares, strict=True))) * runs
        below = [_node(each, runs * n, total, analysed=False) for each, n in zip(plans, shares, strict=True)]
    return Node(
        kind=_kind(raw),
        relation=_relation(raw),
        alias=str(raw.get("Alias", "")),
        index=str(raw.get("Index Name", "")),
        role=str(raw.get("Subplan Name") or ("inner" if raw.get("Parent Relationship") == "Inner" else "")),
        cost=float(raw["Total Cost"]),
        rows=float(raw["Plan Rows"]),
        actual_rows=float(raw["Actual Rows"]) if "Actual Rows" in raw else None,
        actual_ms=_time(raw) if analysed else None,
        loops=int(raw.get("Actual Loops", 0)),
        own=min(1.0, own / total),
        facts={name: _told(raw[name]) for name in (*_CONDITIONS, *_FIGURES) if raw.get(name) not in (None, 0, [])},
        below=tuple(below),
    )


def _shares(raw: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]) -> list[float]:
    """How often each of the nodes below is run by one run of this one; a fraction where it is not run to its end."""
    cost = float(raw["Total Cost"])
    times = [1.0] * len(plans)
    if raw["Node Type"] == "Nested Loop" and len(plans) >= 2:
        driving = max(1.0, float(plans[0]["Plan Rows"]))
        room = max(0.0, cost - float(plans[0]["Total Cost"]))
        inner = float(plans[1]["Total Cost"])
        times[1] = min(driving, room / inner) if inner else 1.0
    asked = sum(float(each["Total Cost"]) * n for each, n in zip(plans, times, strict=True))
    return [n * min(1.0, cost / asked) if asked else n for n in times]


def _time(raw: Mapping[str, Any]) -> float:
    """Milliseconds of all runs; 0 where times were not taken."""
    return float(raw.get("Actual Total Time", 0.0)) * float(raw.get("Actual Loops", 0))


def _kind(raw: Mapping[str, Any]) -> str:
    name = str(raw["Node Type"])
    if name == "Aggregate":
        name = {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Mixed": "MixedAggregate"}.get(
            str(raw.get("Strategy")), name
        )
    if name == "ModifyTable":
        name = str(raw.get("Operation", name))
    if (join := raw.get("Join Type")) not in (None, "Inner"):
        base = name.removesuffix(" Join")
        name = f"{base} {join} Join"
    partial = {"Partial": "Partial ", "Finalize": "Finalize "}.get(str(raw.get("Partial Mode")), "")
    return ("Parallel " if raw.get("Parallel Aware") else "") + partial + name


def _relation(raw: Mapping[str, Any]) -> str:
    for name in ("Relation Name", "CTE Name", "Function Name", "Tuplestore Name", "Table Function Name"):
        if name in raw:
            schema = raw.get("Schema", "")
            hidden = schema in ("", "public", "pg_catalog") or name != "Relation Name"
            return str(raw[name]) if hidden else f"{schema}.{raw[name]}"
    return ""


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
