"""From statements with their plans and candidates to what is advised: the greatest net saving first. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from gbtui import text
from gbtui.monitor.advice.workload.candidates import Candidate
from gbtui.monitor.advice.workload.existing import merged
from gbtui.monitor.advice.workload.weighing import Weight, write_ms

WORTH_SHARE: Final = 0.01
"""Of the time of all statements: less is not worth an index."""
HELPED: Final = 0.25
"""Of a statement's cost: less may be the estimate's error."""
HELPED_MEASURED: Final = 0.10
"""The same where the planner itself was asked."""
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class QueryAdvice:
    """An index that statements which ran would have used."""

    KEY: ClassVar = ("statement",)
    LATER: ClassVar = ("schema", "query_ids", "evidence", "risk")

    schema: str
    table_name: str
    statement: str
    """To be run as it stands; of a partitioned table the first of the steps that `risk` tells."""
    saves_ms: float
    """Of the time that the statements took since the reset: estimated."""
    saves_share: float
    """The same as a share (0 to 1) of the time of all statements."""
    costs_ms: float
    """That keeping the index would have taken meanwhile, by rule of thumb."""
    size_bytes: int
    """Estimated."""
    statements: int
    """How many different ones it serves."""
    query_ids: tuple[int, ...]
    """Of these, the one that gains most first."""
    rests_on: str
    """"hypopg": the planner chose it and said what that saves. "estimate": worked out from its plans and statistics."""
    evidence: str
    """The statement that gains most, and by how much."""
    risk: str
    """What could go wrong by following it."""


@dataclass(frozen=True, slots=True)
class Option:
    """Indexes that would help one statement, and by how much."""

    candidates: tuple[Candidate, ...]
    weight: Weight
    access: int = 0
    """Which look of the statement into a table it would help: of several for one look one is enough."""


@dataclass(slots=True)
class Asked:
    """One statement of the workload."""

    query_id: int
    text: str
    calls: int
    total_ms: float
    options: list[Option] = field(default_factory=list)
    why: str = ""
    """Why no index is advised for it."""


@dataclass(slots=True)
class _Tally:
    candidate: Candidate
    gains: dict[tuple[int, int, int], tuple[float, str]] = field(default_factory=dict)
    """By the statement's place, its look into a table and the side of an OR: milliseconds, and how they are known."""

    @property
    def net(self) -> float:
        return sum(gain for gain, _ in self.gains.values()) - write_ms(self.candidate)


def advise(statements: Sequence[Asked], whole_ms: float) -> list[QueryAdvice]:
    """At most twenty, the greatest net saving first; `whole_ms`: of all statements, also those not looked at."""
    tallies = _tallies(statements)
    found: list[QueryAdvice] = []
    served: dict[tuple[int, int, int], float] = {}
    while tallies and len(found) < MOST:
        for tally in tallies:
            tally.gains = {
                at: (gain - served.get(at, 0.0), by)
                for at, (gain, by) in tally.gains.items()
                if gain > served.get(at, 0.0)
            }
        best = max(tallies, key=lambda tally: tally.net)
        tallies.remove(best)
        gained = sum(gain for gain, _ in best.gains.values())
        if best.net <= 0 or gained < WORTH_SHARE * whole_ms:
            break
        found.append(_told(best, statements, whole_ms))
        for at, (gain, _) in best.gains.items():
            served[at] = served.get(at, 0.0) + gain
    _explain(statements, {at for at, _, _ in served})
    return found


def _tallies(statements: Sequence[Asked]) -> list[_Tally]:
    """Candidates merged across statements, each with what it would gain for whom. Of an OR all must be made."""
    every = [one for asked in statements for option in _good(asked) for one in option.candidates]
    tallies = [_Tally(candidate) for candidate in merged(every)]
    for at, asked in enumerate(statements):
        for option in _good(asked):
            doing = [
                next((tally for tally in tallies if tally.candidate.serves(one)), None) for one in option.candidates
            ]
            each = option.weight.share * asked.total_ms / len(option.candidates)
            for side, tally in enumerate(doing):
                look = (at, option.access, side)
                if tally is not None and each > tally.gains.get(look, (0.0, ""))[0]:
                    tally.gains[look] = (each, option.weight.by)
    return tallies


def _good(asked: Asked) -> Iterable[Option]:
    for option in asked.options:
        least = HELPED_MEASURED if option.weight.by == "hypopg" else HELPED
        if option.weight.share >= least:
            yield option


def _explain(statements: Sequence[Asked], served: set[int]) -> None:
    """Why nothing came of a statement."""
    for at, asked in enumerate(statements):
        if at in served or asked.why:
            continue
        if not asked.options:
            asked.why = "no condition of it that an index could answer better than those there are"
        elif not list(_good(asked)):
            best = max(option.weight.share for option in asked.options)
            asked.why = f"the best index would save about {text.percent(best)} of it"
        else:
            asked.why = "what it would save is little against all that runs, or against the writes it would slow"


def _told(tally: _Tally, statements: Sequence[Asked], whole_ms: float) -> QueryAdvice:
    candidate = tally.candidate
    gained: dict[int, float] = {}
    for (at, _, _), (gain, _) in tally.gains.items():
        gained[at] = gained.get(at, 0.0) + gain
    order = sorted(gained, key=lambda at: -gained[at])
    saved, first = sum(gained.values()), statements[order[0]]
    share = gained[order[0]] / first.total_ms if first.total_ms else 0.0
    return QueryAdvice(
        schema=candidate.table.schema,
        table_name=candidate.table.name,
        statement=candidate.statement,
        saves_ms=saved,
        saves_share=min(1.0, saved / whole_ms) if whole_ms else 0.0,
        costs_ms=write_ms(candidate),
        size_bytes=round(candidate.bytes),
        statements=len(order),
        query_ids=tuple(statements[at].query_id for at in order),
        rests_on="hypopg" if all(by == "hypopg" for _, by in tally.gains.values()) else "estimate",
        evidence=(
            f"about {text.percent(share)} of {text.duration(first.total_ms)} in {text.count(first.calls)} calls: "
            f"{' '.join(first.text.split())[:200]}"
        ),
        risk=_risk(candidate),
    )


def _risk(candidate: Candidate) -> str:
    room = f"it takes about {text.size(candidate.bytes)} and a slot of each write to {candidate.table.name}"
    if candidate.refusing:
        names = " or ".join(candidate.refusing)
        room += f"; a row whose {names} is longer than about 2,600 bytes (compressed) would be refused from then on"
    if any("to_tsvector" in key.expression for key in candidate.keys):
        room += "; so would one whose words take more than 1 MB"
    if candidate.table.partitioned:
        return (
            f"{room}; partitioned: this, which is invalid until then, the same CONCURRENTLY on each partition, "
            "and ALTER INDEX … ATTACH PARTITION of each"
        )
    return f"{room}; building it reads the table twice; if it fails, an invalid index is left to be dropped"
