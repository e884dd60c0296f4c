"""What was refused, in pieces of the server's log, JSON or CSV: codes and names, never a row's contents. Pure."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

CLASS: Final = "23"
"""SQLSTATEs of integrity constraint violations begin so."""
REFUSED: Final = ("42501", "28")
"""SQLSTATEs, or how they begin, of what a role may not do, and of who may not come in."""
NAMES: Final = {
    "23001": "restrict",
    "23502": "not null",
    "23503": "foreign key",
    "23505": "unique",
    "23514": "check",
    "23P01": "exclusion",
}
_RECORD: Final = re.compile(
    rb'^(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [^,"\n]+),"[^"\n]+","[^"\n]+",\d+,"[^"\n]*",', re.MULTILINE
)
"""How a session's record in a CSV log begins; within a field quotes are doubled, so nothing there can look like it."""
_JSON_TIME: Final = re.compile(rb'^\{"timestamp":"(?P<at>[^"]+)"', re.MULTILINE)
_CSV_FIELDS: Final = 23
"""Fields of a record at least (14 and later have 26)."""
_TABLE: Final = re.compile(r'\b(?:table|relation) "((?:[^"]|"")+)"')
_CONSTRAINT: Final = re.compile(r'\bconstraint(?: name)? "((?:[^"]|"")+)"')
_COLUMN: Final = re.compile(r'\bcolumn "((?:[^"]|"")+)"')
_DENIED: Final = re.compile(r'^permission denied (?:for|to) ([\w ]{1,30}?)(?: ("(?:[^"]|"")+"|[\w.$-]{1,200}))?$')
_OWNER: Final = re.compile(
    r'^must be ((?:owner|member|superuser|able)[\w ]{0,30}?)(?: ("(?:[^"]|"")+"|[\w.$-]{1,200}))?$'
)
_POLICY: Final = re.compile(r'row-level security policy(?: "[^"]+")? for table "((?:[^"]|"")+)"$')
_RECORDS: Final = re.compile(r"^audit records are not changed: (\w+) on ([\w.]+)$")
_LONGEST: Final = 1000
"""Signs of a message that are looked at: names are 63 bytes at most."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One statement refused."""

    at: datetime
    database: str
    code: str
    table: str
    constraint: str
    """Its name; of a not-null violation the column's."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One attempt refused."""

    at: datetime
    database: str
    user: str
    client: str
    code: str
    what: str
    """What was wanted: "table users", "audit record", "login"; "" where the message does not name it in English."""


def cut(piece: bytes, kind: str, *, at_start: bool) -> tuple[bytes, int]:
    """The whole records of a piece, and how many bytes of it are done with; `at_start`: it begins with a record.

    A record that has no end yet is left for the next piece.
    """
    first = 0
    if not at_start:
        start = _RECORD.search(piece) if kind == "csvlog" else None
        first = start.start() if start else piece.find(b"\n") + 1 if kind == "jsonlog" else len(piece)
    last = piece.rfind(b"\n") + 1
    while kind == "csvlog" and last > first and piece.count(b'"', first, last) % 2:
        last = piece.rfind(b"\n", first, last - 1) + 1  # that line's end lies within a quoted field
    return (piece[first:last], last) if last > first else (b"", first if first < len(piece) else 0)


def began(records: bytes, zone: tzinfo | None) -> datetime | None:
    """When the first of these records was written."""
    first = _JSON_TIME.search(records) or _RECORD.search(records)
    return _moment(first["at"].decode(errors="replace"), zone) if first else None


def violations(records: bytes, kind: str, zone: tzinfo | None, now: datetime) -> Iterator[Violation]:
    """The violations among whole records, whose times are those of `zone` (log_timezone); None: taken to be `now`."""
    for found in _errors(records, kind, (CLASS,)):
        table, constraint = names(found.code, found.message)
        yield Violation(_moment(found.at, zone) or now, found.database, found.code, table, constraint)


def refusals(records: bytes, kind: str, zone: tzinfo | None, now: datetime) -> Iterator[Refusal]:
    """The attempts refused among whole records: by privileges and policies, and at the door."""
    for found in _errors(records, kind, REFUSED):
        what = wanted(found.code, found.message)
        yield Refusal(_moment(found.at, zone) or now, found.database, found.user, found.client, found.code, what)


def wanted(code: str, message: str) -> str:
    """What an attempt was about, as far as the message names it in English."""
    if code.startswith("28"):
        return "login"
    message = message[:_LONGEST]
    if found := _RECORDS.match(message):
        return f"audit record ({found[1].lower()})"
    if found := _POLICY.search(message):
        return f"rows of {found[1]}"
    if found := _DENIED.match(message) or _OWNER.match(message):
        return " ".join(part.strip('"') for part in found.groups() if part)
    return ""


def names(code: str, message: str) -> tuple[str, str]:
    """Table and constraint that a message names; "" for what it does not, or not in English."""
    message = message[:_LONGEST]
    return _name(_TABLE, message), _name(_COLUMN if code == "23502" else _CONSTRAINT, message)


def _name(pattern: re.Pattern[str], message: str) -> str:
    found = pattern.search(message)
    return found[1].replace('""', '"') if found else ""


@dataclass(frozen=True, slots=True)
class _Error:
    at: str
    user: str
    database: str
    client: str
    code: str
    message: str


def _errors(records: bytes, kind: str, codes: tuple[str, ...]) -> Iterator[_Error]:
    """The records whose codes begin so."""
    text = records.decode(errors="replace")
    for found in _json(text, codes) if kind == "jsonlog" else _csv(text, codes):
        if found.code.startswith(codes):
            yield found


def _json(text: str, codes: tuple[str, ...]) -> Iterator[_Error]:
    marks = [f'"state_code":"{code}' for code in codes]
    for line in text.split("\n"):  # not splitlines(): a client's text may hold other ends of lines
        if not any(mark in line for mark in marks):
            continue  # nearly all of them: parsing costs
        try:
            found: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield _Error(
                *(
                    str(found.get(name) or "")
                    for name in ("timestamp", "user", "dbname", "remote_host", "state_code", "message")
                )
            )


def _csv(text: str, codes: tuple[str, ...]) -> Iterator[_Error]:
    if not any(f",{code}" in text for code in codes):
        return
    rows: Iterable[list[str]] = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in rows:
            if len(row) >= _CSV_FIELDS:
                client = row[4] if row[4].startswith("[") else row[4].rpartition(":")[0]
                yield _Error(row[0], row[1], row[2], client, row[12], row[13])
    except csv.Error:
        return


def _moment(text: str, zone: tzinfo | None) -> datetime | None:
    """A time of the log; the zone's abbreviation behind it may mean several, so it is not read."""
    day, _, rest = text.strip().partition(" ")
    try:
        naive = datetime.fromisoformat(f"{day} {rest.partition(' ')[0]}")
    except ValueError:
        return None
    return naive.replace(tzinfo=zone).astimezone(UTC) if zone else None
