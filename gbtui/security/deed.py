"""What an audit record says, fit for the audit table and for a line of JSON."""

import json
import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from math import isfinite
from types import MappingProxyType
from typing import Final
from uuid import UUID

from gbtui.secret import MASK, Secret
from gbtui.text import clean

# gb_meta.audit_log's own limits.
_LIMITS: Final = MappingProxyType({"action": 100, "object_table": 200, "object_id": 1000, "reason": 4000})
_CONFIDENTIAL: Final = re.compile(r"token|password|secret|hash|encrypted|dsn", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done, or refused, that has to be on record.

    `action` is `thing.deed`, as conversation.viewed or backend.cancel. `detail` holds what else belongs to it:
    figures, names, outcomes; never what people wrote, and what its names call secret is masked. `before` and `after`
    are the row by column, as far as the doer knows it; None where there is none. Columns whose names call them secret
    are left out of both; that one of them changed is for `detail` to say.
    """

    action: str
    object_table: str | None = None
    object_id: str | None = None
    org_id: UUID | None = None
    reason: str | None = None
    detail: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None

    def text(self, name: str) -> str | None:
        """A field as the table takes it: harmless and within its limit; None where there is none."""
        value: str | None = getattr(self, name)
        return clean(value)[: _LIMITS[name]] if value is not None else None

    def plain(self) -> object:
        """The detail as JSON knows it, secrets masked."""
        return _plain(self.detail)

    def told(self) -> str:
        """The detail as a JSON object."""
        return json.dumps(self.plain(), ensure_ascii=False)

    def row(self, name: str) -> object:
        """The row `before` or `after` as JSON knows it, without its secret columns; None where there is none."""
        row: Mapping[str, object] | None = getattr(self, name)
        if row is None:
            return None
        return _plain({column: value for column, value in row.items() if not secretive(column)})

    def told_row(self, name: str) -> str | None:
        """The same as a JSON object."""
        row = self.row(name)
        return None if row is None else json.dumps(row, ensure_ascii=False)


def secretive(name: str) -> bool:
    """Whether what a column or a field is called says that it holds a secret."""
    return _CONFIDENTIAL.search(name) is not None


@cache
def os_user() -> str:
    """Who runs this process, by the operating system and not by the environment, which anybody can write."""
    try:
        return clean(pwd.getpwuid(os.getuid()).pw_name)[:200]
    except KeyError:
        return str(os.getuid())


def _plain(value: object) -> object:
    match value:
        case float() if not isfinite(value):
            return str(value)  # JSON has no such number
        case None | bool() | int() | float():
            return value
        case Secret():
            return MASK
        case date():
            return value.isoformat()
        case Mapping():
            return {
                clean(str(name)): MASK if secretive(str(name)) and each is not None else _plain(each)
                for name, each in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
        case _:
            return clean(str(value))
