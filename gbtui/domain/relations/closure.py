"""Which tables a delete's cascades reach, parents first; tables that point to each other in a ring are one. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from gbtui.domain.relations.catalog import ForeignKey, Graph, OnDelete, Table

IDENTITY = ("tableoid", "ctid")
"""What names a row where no key does: for as long as nobody moves it."""


@dataclass(frozen=True)
class Closure:
    """What hangs on rows of `root` by ON DELETE CASCADE."""

    graph: Graph
    root: Table

    @cached_property
    def rings(self) -> tuple[tuple[int, ...], ...]:
        """The tables reached, the root's first, each after all it hangs on; most rings are one table."""
        return tuple(reversed(list(_rings(self.root.oid, self._below))))

    @cached_property
    def tables(self) -> tuple[int, ...]:
        """The same without rings."""
        return tuple(oid for ring in self.rings for oid in ring)

    @cached_property
    def cascades(self) -> tuple[ForeignKey, ...]:
        """The keys by which rows are deleted."""
        return tuple(key for key in self._walked if key.on_delete is OnDelete.CASCADE)

    @cached_property
    def others(self) -> tuple[ForeignKey, ...]:
        """The keys that set something, or stop the delete."""
        return tuple(key for key in self._walked if key.on_delete is not OnDelete.CASCADE)

    @cached_property
    def unwalked(self) -> tuple[ForeignKey, ...]:
        """The keys that point to what is reached and are not followed."""
        return tuple(key for key in self.graph.keys if key.parent in self.tables and key.partial)

    @cached_property
    def _walked(self) -> tuple[ForeignKey, ...]:
        return tuple(key for key in self.graph.keys if key.parent in self.tables and not key.partial)

    def table(self, oid: int) -> Table:
        """A table by its oid."""
        return self.graph.tables[oid]

    def is_ring(self, ring: tuple[int, ...]) -> bool:
        """Whether its tables point to themselves or each other."""
        return len(ring) > 1 or any(key.child == key.parent == ring[0] for key in self.cascades)

    def parents(self, oid: int) -> tuple[ForeignKey, ...]:
        """The keys by which rows of a table are deleted."""
        return tuple(key for key in self.cascades if key.child == oid)

    def children(self, oid: int) -> tuple[ForeignKey, ...]:
        """All keys that point to a table of these, those to a table with more below it first."""
        place = {table: number for number, table in enumerate(self.tables)}
        last = len(place)
        return tuple(
            sorted((key for key in self._walked if key.parent == oid), key=lambda key: place.get(key.child, last))
        )

    def needed(self, oid: int) -> tuple[str, ...]:
        """The columns that must be known of a deleted row: what names it, and what others point to."""
        pointed = (column for key in self._walked if key.parent == oid for column in key.references)
        return tuple(dict.fromkeys([*identity(self.table(oid)), *pointed]))

    def read(self, oid: int) -> tuple[str, ...]:
        """The columns of a table that a statement about it reads."""
        pointing = (column for key in self._walked if key.child == oid for column in key.columns)
        needed = self.needed(oid) if oid in self.tables else ()
        return tuple(dict.fromkeys(name for name in (*needed, *pointing) if name not in IDENTITY))

    def upwards(self, oid: int) -> frozenset[int]:
        """The tables among these on which a table hangs, itself included."""
        found: set[int] = set()
        todo = [oid]
        while todo:
            here = todo.pop()
            if here not in found:
                found.add(here)
                todo += [key.parent for key in self.parents(here)]
        return frozenset(found)

    def goes_first(self, key: ForeignKey) -> bool:
        """Whether each row that points by `key` is surely deleted by another path before the key is looked at.

        The server works through cascades in waves; RESTRICT is looked at in the wave behind the one that deletes.
        """
        deepest, shallowest = self._depth(key.child, max), self._depth(key.parent, min)
        return deepest is not None and shallowest is not None and deepest <= shallowest

    def _depth(self, oid: int, choose: Callable[[list[int]], int]) -> int | None:
        """The longest or shortest way from the root; None where it goes round."""
        if oid not in self.tables or any(self.is_ring(ring) for ring in self.rings if oid in ring):
            return None
        if oid == self.root.oid:
            return 0
        depths = [self._depth(key.parent, choose) for key in self.parents(oid)]
        known = [depth + 1 for depth in depths if depth is not None]
        return choose(known) if len(known) == len(depths) else None

    def _below(self, oid: int) -> Iterator[int]:
        for key in self.graph.children(oid):
            if key.on_delete is OnDelete.CASCADE and not key.partial:
                yield key.child


def identity(table: Table) -> tuple[str, ...]:
    """What names a row of a table."""
    return table.key or IDENTITY


def _rings(root: int, below: Callable[[int], Iterator[int]]) -> Iterator[tuple[int, ...]]:
    """Tarjan's strongly connected components of what is reached, the deepest first."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: list[int] = []

    def visit(oid: int) -> Iterator[tuple[int, ...]]:
        number[oid] = low[oid] = len(number)
        open_.append(oid)
        for child in below(oid):
            if child not in number:
                yield from visit(child)
                low[oid] = min(low[oid], low[child])
            elif child in open_:
                low[oid] = min(low[oid], number[child])
        if low[oid] == number[oid]:
            at = open_.index(oid)
            ring = tuple(open_[at:])
            del open_[at:]
            yield ring

    yield from visit(root)
