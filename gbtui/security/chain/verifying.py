"""Holding the records against their seals, and the seals against each other and what this user saw of them before."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from platformdirs import user_state_path

from gbtui.security import audit_file
from gbtui.security.chain.link import LINK, START, Digest, Seal, bounds, digests, fold
from gbtui.text import count, plural
from gbtui.times import rfc3339

if TYPE_CHECKING:
    from gbtui.database.database import Database

_NAMED: Final = 50
"""Records named one by one in a month; of more the number is told."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of a month, or of the record as a whole; `wrong`: something is missing, changed or added."""

    about: str
    wrong: bool
    told: str


def witness_path() -> Path:
    """Where the ends of chains are kept that this user has seen: one file for all servers."""
    return user_state_path("gbtui") / "audit-seals.jsonl"


async def verify(database: "Database", witness: Path | None = None) -> AsyncIterator[Verdict]:
    """What the record says of itself: month by month, oldest first."""
    seals = await database.rows(Seal, "meta/audit_seals")
    for verdict in _linked(seals):
        yield verdict
    for verdict in _witnessed(database, seals, witness or witness_path()):
        yield verdict
    months = sorted({f"{seal.month:%Y-%m}" for seal in seals})
    dropped = {row["month"]: row for row in await database.fetch("meta/audit_dropped", months)}
    for month, parts in groupby(seals, key=lambda seal: seal.month):
        async for verdict in _month(database, month, list(parts), dropped.get(f"{month:%Y-%m}")):
            yield verdict
    async for verdict in _live(database):
        yield verdict


def _linked(seals: list[Seal]) -> Iterator[Verdict]:
    """Whether no seal is missing between others."""
    before: Seal | None = None
    for seal in seals:
        about = f"{seal.month:%Y-%m}"
        if seal.previous != (before.chain if before else START):
            told = (
                f"part {seal.part} of the seal does not follow the one before it: a seal is gone, or was written anew"
            )
            yield Verdict(about, True, told)
        expected = (before.month, before.part + 1) if before and before.month == seal.month else (seal.month, 1)
        if (seal.month, seal.part) != expected:
            yield Verdict(about, True, f"part {seal.part} of the seal stands where {expected[1]} is due")
        if before and before.month != seal.month and bounds(before.month)[1].date() != seal.month:
            yield Verdict(about, True, f"no seal lies between {before.month:%Y-%m} and this month")
        before = seal


async def _month(database: "Database", month: date, parts: list[Seal], dropped: Any) -> AsyncIterator[Verdict]:
    """Whether each record is there, as it was, and no other; or none, because retention has removed the month."""
    about = f"{month:%Y-%m}"
    sealed: dict[UUID, bytes] = {}
    for part in parts:
        (row,) = await database.fetch("meta/audit_seal_covers", month, part.part)
        found = [row["digests"][at : at + LINK] for at in range(0, len(row["digests"]), LINK)]
        if fold(part.previous, found) != part.chain:
            yield Verdict(about, True, f"part {part.part} of the seal is not whole: it was changed")
        sealed.update(zip(row["ids"], found, strict=False))

    async def ask(name: str, *arguments: object) -> Any:
        return await database.fetch(name, *arguments, timeout=60.0)

    now: dict[UUID, Digest] = {}
    async for page in digests(ask, month):
        now.update((each.id, each) for each in page)
    if dropped is not None and not now:
        same = dropped["rows"] == len(sealed)
        number = "" if same else f", though {plural(len(sealed), 'record')} were sealed and {dropped['rows']} removed"
        yield Verdict(about, not same, f"removed by retention {rfc3339(dropped['at'])} by {dropped['actor']}{number}; "
                      f"chain {parts[-1].chain.hex()}")  # fmt: skip
        return
    wrong = list(_compared(sealed, now))
    for told in wrong[:_NAMED]:
        yield Verdict(about, True, told)
    if len(wrong) > _NAMED:
        yield Verdict(about, True, f"and {count(len(wrong) - _NAMED)} more")
    if not wrong:
        yield Verdict(about, False, f"{plural(len(now), 'record')}, as sealed {rfc3339(parts[-1].sealed_at)} by "
                      f"{parts[-1].actor}; chain {parts[-1].chain.hex()}")  # fmt: skip


def _compared(sealed: dict[UUID, bytes], now: dict[UUID, Digest]) -> Iterable[str]:
    last: datetime | None = None
    for key, digest in sealed.items():
        record = now.get(key)
        if record is None:
            yield f"record {key} is missing: it stood {f'behind {rfc3339(last)}' if last else 'first'}"
            continue
        last = record.at
        if record.digest != digest:
            yield f"record {key} of {rfc3339(record.at)} was changed"
    for key in now.keys() - sealed.keys():
        yield f"record {key} of {rfc3339(now[key].at)} was added after the seal"


async def _live(database: "Database") -> AsyncIterator[Verdict]:
    """Of months without a seal only statistics and catalogs can tell something."""
    for row in await database.fetch("meta/audit_unsealed"):
        number = f"{count(min(row['records'], 100_000))}{'+' * (row['records'] > 100_000)}"
        state = "ended, not sealed: gbtui audit --seal" if row["ended"] else "still being written, not sealed"
        yield Verdict(
            f"{row['month']:%Y-%m}", False, f"{number} records, {state}; a record that is missing does not show"
        )
    for row in await database.fetch("meta/audit_guards"):
        since = (
            f"since {rfc3339(row['counted_since'])}" if row["counted_since"] else "since the server's statistics begin"
        )
        for number, what in ((row["updated"], "updated"), (row["deleted"], "deleted")):
            if number:
                yield Verdict(row["name"], True, f"{plural(number, 'row')} {what} {since}, by the server's statistics")
        if row["open"]:
            yield Verdict(row["name"], True, "the trigger that refuses changes is missing or off")


# --- what this user saw before ----------------------------------------------------------------------------


def _witnessed(database: "Database", seals: list[Seal], path: Path) -> Iterator[Verdict]:
    """Seals that differ from what was seen here before; what is seen now for the first time is kept."""
    facts = database.facts
    server = str(facts.system_identifier or database.target.label)
    seen = _seen(path, server, facts.database)
    now = {(f"{seal.month:%Y-%m}", seal.part): seal.chain.hex() for seal in seals}
    for (month, part), chain in seen.items():
        if (month, part) not in now:
            yield Verdict(month, True, f"part {part} of its seal was seen here before and is gone ({path})")
        elif now[month, part] != chain:
            yield Verdict(month, True, f"part {part} of its seal is not the one that was seen here before ({path})")
    fresh = [
        {"server": server, "database": facts.database, "month": month, "part": part, "chain": chain}
        for (month, part), chain in now.items() if (month, part) not in seen
    ]  # fmt: skip
    if fresh:
        try:
            audit_file.append(path, fresh)
        except OSError as error:
            yield Verdict("", False, f"the ends of the chains were not kept here: {path}: {error.strerror or error}")


def _seen(path: Path, server: str, database: str) -> dict[tuple[str, int], str]:
    """The first sight of each seal counts."""
    found: dict[tuple[str, int], str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return found
    for line in lines:
        try:
            one = json.loads(line)
            if (one["server"], one["database"]) == (server, database):
                found.setdefault((str(one["month"]), int(one["part"])), str(one["chain"]))
        except (ValueError, KeyError, TypeError):  # a line that was cut
            continue
    return found
