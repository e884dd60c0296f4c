"""Whether an index that is there does what a candidate would, and which of several candidates do for all. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from gbtui.monitor.advice.shapes import Shape
from gbtui.monitor.advice.workload.candidates import Candidate


def is_there(candidate: Candidate) -> bool:
    """Whether an index of the table does it already; what it would include besides is no reason for a second one."""
    return any(_does(shape, candidate) for shape in candidate.table.indexes)


def _does(shape: Shape, candidate: Candidate) -> bool:
    wanted = [key.column for key in candidate.keys]
    if shape.method != candidate.method or any(key.expression for key in candidate.keys) or shape.has_expression:
        # An expression of its own is compared as the server writes it, without the quotes of ours.
        told = (shape.expressions or "").replace('"', "").replace("::text", "").replace("::regconfig", "")
        ours = [key.name.replace('"', "") for key in candidate.keys if key.expression]
        return shape.method == candidate.method and bool(ours) and all(one in told for one in ours)
    if shape.has_predicate and not candidate.predicate:
        return False
    if shape.has_predicate and (shape.predicate or "").strip("()").replace('"', "") != candidate.predicate.replace(
        '"', ""
    ):
        return False
    if candidate.method == "gin":
        return wanted[0] in shape.columns
    if any(key.operators for key in candidate.keys):
        return False
    has = list(shape.columns)
    equal = candidate.equal
    if set(has[:equal]) != set(wanted[:equal]) or has[equal : len(wanted)] != wanted[equal:]:
        return False
    flags = [(option & 1, option >> 1 & 1) for option in shape.options[equal : len(wanted)]]
    asked = [(int(key.descending), int(key.nulls_first)) for key in candidate.keys[equal:]]
    turned = [(1 - down, 1 - first) for down, first in asked]
    return len(asked) <= 1 or flags in (asked, turned)


def merged(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Fewer that do the same: columns of equality are put in an order in which the wider one serves the narrower."""
    kept: list[Candidate] = []
    for one in sorted(dict.fromkeys(candidates), key=lambda each: (-len(each.keys), -len(each.include))):
        if any(other.serves(one) for other in kept):
            continue
        wider = next((at for at, other in enumerate(kept) if _could_serve(other, one)), None)
        if wider is None:
            kept.append(one)
        else:
            kept[wider] = _turned(kept[wider], one)
    return kept


def _could_serve(wide: Candidate, narrow: Candidate) -> bool:
    """Whether it would, if its columns of equality stood in another order."""
    return narrow.equal == len(narrow.keys) and _turned(wide, narrow).serves(narrow)


def _turned(wide: Candidate, narrow: Candidate) -> Candidate:
    first = [key for key in narrow.keys if key in wide.keys[: wide.equal]]
    rest = [key for key in wide.keys if key not in first]
    return replace(wide, keys=(*first, *rest))
