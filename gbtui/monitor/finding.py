"""What is wrong, how badly, why, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID


class Severity(IntEnum):
    """How bad a finding is; the order is the order of the list."""

    OK = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, told as a person would tell a colleague at 3 a.m."""

    severity: Severity
    check: str
    """Name of the check that found it, as in CHECKS."""
    subject: str
    """The object it is about (a pid, a table, a slot); check and subject together name a finding."""
    what: str
    """One sentence with the evidence."""
    why: str
    """The likely cause."""
    advice: str
    """What to do, the mildest act first."""
    screen: str
    """The screen (or probe) that shows the object."""
    statement: str | None = None
    """A statement that does what the advice says, ready to be copied."""
    since: datetime | None = None
    """When it began (UTC): by the evidence, else when it was first seen."""
    tenant: UUID | None = None
    """The organization that all of it belongs to; None: the whole server."""
    organization: str = ""
    """Its slug."""
    narrow: str = ""
    """The filter that finds the object on that screen; "": none is needed."""
    number: float | None = None
    """How much of it there is, where it has a measure that does not grow by waiting alone: sessions, bytes, people."""
