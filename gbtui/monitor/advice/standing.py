"""How each index stands: what it is for beside being searched, how much of it is air, what is advised."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gbtui.monitor.advice.advice import IndexAdvice
from gbtui.monitor.advice.bloat import Bloat, bloat_of
from gbtui.monitor.advice.holding import serves
from gbtui.monitor.advice.rules import Read
from gbtui.monitor.advice.shapes import Family, ForeignKey, families
from gbtui.monitor.sample import Sample
from gbtui.text import clean


@dataclass(frozen=True, slots=True)
class IndexStanding:
    """One index, that of a partition too."""

    serves: tuple[str, ...]
    """What it is needed for beside being searched, a few words each."""
    bloat: Bloat
    """Of a partitioned one that of all partitions together."""
    advice: tuple[IndexAdvice, ...] = ()
    """What is said of it; first what is advised."""
    elsewhere: int | None = None
    """Scans of it on the other nodes that were asked; None: none was."""
    nodes: tuple[str, ...] = ()
    """Their names."""

    @property
    def advised(self) -> IndexAdvice | None:
        """What may be followed blindly; None: nothing."""
        return next((one for one in self.advice if one.statement), None)

    @property
    def word(self) -> str:
        """The kind of what is advised; what is only seen is withheld; "": there is nothing to say."""
        if not self.advice:
            return ""
        return self.advised.kind if self.advised else f"withheld: {self.advice[0].kind}"


def standings(read: Read, advice: Iterable[IndexAdvice]) -> Mapping[tuple[str, str], IndexStanding]:
    """By schema and name, as they are shown."""
    said: dict[tuple[str, str], list[IndexAdvice]] = defaultdict(list)
    for each in advice:
        said[each.schema, each.name].append(each)
    keys: dict[int, list[ForeignKey]] = defaultdict(list)
    for key in read.keys:
        keys[key.table_id].append(key)
    found = {}
    for family in _each(families(read.shapes)):
        one = family.root
        named = clean(one.schema), clean(one.name)
        found[named] = IndexStanding(
            tuple(_purposes(family, keys[one.table_id])),
            bloat_of(family.parts, read.columns),
            tuple(sorted(said.get(named, ()), key=lambda said: not said.statement)),
            sum(read.elsewhere.get(part.id, 0) for part in family.parts) if read.grounds.asked else None,
            read.grounds.asked,
        )
    return found


def known(sample: Sample[Any] | None) -> Mapping[tuple[str, str], IndexStanding]:
    """What a sample of the advice tells of all indexes, those too of which there is nothing to say."""
    return sample.memory if sample and isinstance(sample.memory, dict) else {}


def _each(found: Sequence[Family]) -> Iterator[Family]:
    """Families, and the indexes of partitions, each alone."""
    for family in found:
        yield family
        if family.root.partitioned:
            yield from (Family(part, (part,)) for part in family.parts)


def _purposes(family: Family, keys: Sequence[ForeignKey]) -> Iterator[str]:
    one = family.root
    parts = (one, *family.parts)
    if one.is_primary:
        yield "primary key"
    elif one.constraint_name:
        yield f"{'exclusion' if one.is_exclusion else 'unique'} constraint {clean(one.constraint_name)}"
    elif one.is_unique:
        yield "unique"
    if any(part.is_referenced for part in parts):
        yield "referenced by foreign keys"
    if any(part.is_replica_identity for part in parts):
        yield "replica identity"
    if any(part.is_clustered for part in parts):
        yield "cluster"
    yield from (f"foreign key {clean(key.name)}" for key in keys if serves(one, key))
