"""Finding the subject that a text names: by id, by name, a bot as "support@acme", a user by address."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gbtui.database.sql import statement
from gbtui.domain import subject
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.subject import Subject
from gbtui.domain.tenant_list import scope_of
from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.database.database import Database

_HINTS: Final = {
    "bot": "name it as support@acme, or by its id: gbtui show bots lists them",
    "user": "name it by its name, address or id: gbtui show users lists them",
    "collection": "name it by its id: gbtui show collections --bot NAME lists them",
    "account": "name it by its id: gbtui show mail --user NAME lists them",
}


@dataclass(frozen=True, slots=True)
class Named:
    """What was found under a name."""

    key: Any
    name: str
    org_id: UUID | None
    organization: str
    within: str
    about: str


async def subject_of(database: "Database", kind: str, text: str, scope: Scope = EVERYONE) -> Subject:
    """The subject of a kind that a text names, within the scope; UsageError if there is none, or more than one."""
    text = text.strip().strip('"')
    if database.shown_text(text) != text:
        raise UsageError(f"Which {kind}?", "it is not looked for by what is masked here", "name its id")
    if kind == "tenant":
        found = await scope_of(database, text)
        _within(scope, found.org_id, kind, text)
        assert found.org_id is not None
        return subject.tenant(found.org_id, found.label)
    rows = await _named(database, kind, text, scope)
    if len(rows) != 1:
        what = f"several {kind}s are called so" if rows else f"no {kind} is called so"
        raise UsageError(f"Which {kind}?", f"{what}{_seen(scope)}: {text}", _HINTS[kind])
    (row,) = rows
    if row.org_id is not None:
        _within(scope, row.org_id, kind, text)
    above = tuple(part for part in (row.organization, row.within) if part)
    return Subject(row.org_id, row.organization, kind, row.key, row.name, above, row.about)


async def _named(database: "Database", kind: str, text: str, scope: Scope) -> list[Named]:
    where: tuple[str, ...] = ()
    arguments: tuple[object, ...] = (text,)
    if kind == "bot":
        name, at, slug = text.rpartition("@")
        arguments = (name, slug) if at else (text, scope.label)
    elif kind == "user" and scope.org_id is not None:
        where, arguments = ("org",), (text, scope.org_id)
    return await database.rows(Named, statement(f"general_bots/rooms/named_{kind}", where=where), *arguments)


def _within(scope: Scope, org_id: UUID | None, kind: str, text: str) -> None:
    if scope.org_id not in (None, org_id):
        raise UsageError(f"Which {kind}?", f"no {kind} is called so{_seen(scope)}: {text}", ":all looks everywhere")


def _seen(scope: Scope) -> str:
    return f" in {scope.label}" if scope.org_id is not None else ""
