"""What somebody typed or pasted, as a name to look for and, if it is one, as an id or the beginning of one. Pure."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gbtui.text import clean

LONGEST: Final = 200
"""Characters of a name that are looked for; nothing is called longer in a way that anybody types."""
_AROUND: Final = " \t\"'`´‘’“”„«»‹›()[]{}<>,;:=|"
"""What a log writes around an id or an address."""
_ID: Final = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}[0-9a-f-]{0,28})", re.IGNORECASE)
_LEFT_OUT: Final = re.compile(r"(?:…|\.\.\.?)$")
"""The end of an id that was cut, as this console and others cut it."""
_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """`name` is looked for as a name; `low` to `high` are the ids that are meant, both None if it can be no id."""

    name: str
    low: UUID | None = None
    high: UUID | None = None

    @property
    def id(self) -> UUID | None:
        """The one id that it is."""
        return self.low if self.low == self.high else None

    @property
    def texts(self) -> list[str]:
        """How an id that is a text may be written: as it stands here, or as a UUID."""
        return list(dict.fromkeys([self.name, *([str(self.id)] if self.id else [])]))


def asked(text: str) -> Asked:
    """What a text asks for.

    An id may lack its dashes, stand in braces, quotes or commas, be in upper case, or be cut behind its eighth digit.

    >>> asked('{4C1E0B2A-0000-4000-8000-000000000001},').id
    UUID('4c1e0b2a-0000-4000-8000-000000000001')
    """
    name = " ".join(clean(text).split()).strip(_AROUND)[:LONGEST].strip()
    bare = _LEFT_OUT.sub("", name).strip(_AROUND)
    found = _ID.fullmatch(bare)
    digits = found[1].replace("-", "").lower() if found else ""
    if not 8 <= len(digits) <= _DIGITS:
        return Asked(name)
    return Asked(bare, UUID(digits.ljust(_DIGITS, "0")), UUID(digits.ljust(_DIGITS, "f")))
