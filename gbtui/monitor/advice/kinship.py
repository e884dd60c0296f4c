"""Indexes of one table that do the same: one a copy of the other, or the beginning of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations
from typing import Final

from gbtui.monitor.advice.shapes import Family, Shape

DEAR: Final = 3.0
"""A wider index so many times as large is no replacement of a narrow one: every scan would read more of it."""


@dataclass(frozen=True, slots=True)
class Kin:
    """An index that another one makes unnecessary."""

    spare: Family
    keeper: Family
    same: bool
    """Its copy; else its beginning."""

    @property
    def size_ratio(self) -> float:
        """How many times as large the keeper is."""
        return self.keeper.bytes / self.spare.bytes if self.spare.bytes else 1.0


def copies(families: Sequence[Family]) -> list[Kin]:
    """Each index that has an equal, with the one to keep; a pair once."""
    found = []
    able = sorted((one for one in families if _comparable(one.root)), key=lambda one: repr(_signature(one.root)))
    for _, group in groupby(able, key=lambda one: _signature(one.root)):
        ranked = sorted(group, key=_worth)
        kept: list[Family] = []
        for one in ranked:
            keeper = next((other for other in kept if _replaces(other.root, one.root)), None)
            if keeper is None:
                kept.append(one)
            else:
                found.append(Kin(one, keeper, same=True))
    return found


def beginnings(families: Sequence[Family]) -> list[Kin]:
    """Each b-tree whose columns another one begins with; with the smallest such."""
    found: dict[int, Kin] = {}
    able = [one for one in families if _comparable(one.root)]
    for narrow, wide in _pairs(able):
        kin = Kin(narrow, wide, same=False)
        known = found.get(narrow.root.id)
        if _begins(narrow.root, wide.root) and (known is None or wide.bytes < known.keeper.bytes):
            found[narrow.root.id] = kin
    return list(found.values())


def _pairs(families: Sequence[Family]) -> Iterator[tuple[Family, Family]]:
    ordered = sorted(families, key=lambda one: one.root.table_id)
    for _, group in groupby(ordered, key=lambda one: one.root.table_id):
        yield from permutations(group, 2)


def _comparable(shape: Shape) -> bool:
    return shape.usable and shape.known and not shape.is_exclusion


def _signature(shape: Shape) -> tuple[object, ...]:
    """What two indexes must have in common to find the same rows in the same order at the same cost."""
    return (
        shape.table_id,
        shape.method,
        shape.keys,
        shape.classes,
        shape.collations,
        shape.options,
        frozenset(shape.included),
        shape.expressions,
        shape.predicate,
        shape.partitioned,
    )


def _worth(family: Family) -> tuple[bool, bool, bool, bool, bool, int]:
    """First what is worth keeping most; of equals the older one."""
    one = family.root
    return (
        not one.constraint_name,
        not one.is_referenced,
        not one.is_replica_identity,
        not one.is_unique,
        not one.is_clustered,
        one.id,
    )


def _replaces(keeper: Shape, spare: Shape) -> bool:
    """Whether the keeper refuses what the spare one refuses; of what both find nothing is lost."""
    if not spare.is_unique:
        return True
    return keeper.is_unique and (keeper.immediate, keeper.nulls_not_distinct) == (
        spare.immediate,
        spare.nulls_not_distinct,
    )


def _begins(narrow: Shape, wide: Shape) -> bool:
    count = len(narrow.keys)
    return (
        narrow.method == wide.method == "btree"
        and not narrow.has_expression
        and not narrow.is_unique
        and narrow.partitioned == wide.partitioned
        and narrow.predicate == wide.predicate
        and len(wide.keys) > count
        and _ordering(narrow) == _ordering(wide, count)
        and set(narrow.included) <= {*wide.keys, *wide.included}
    )


def _ordering(shape: Shape, count: int | None = None) -> tuple[tuple[int, ...], ...]:
    return tuple(each[:count] for each in (shape.keys, shape.classes, shape.collations, shape.options))
