"""Of whom `gbtui show` lists: the flags that name one thing, and what is put on record."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gbtui.errors import UsageError

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.domain.scope import Scope
    from gbtui.security.deed import Deed

ONE: Final = ("bot", "user", "collection", "account")
"""The flags that name one thing."""
_OTHERS: Final = {"sessions": ("", "tenant", "bot", "user"), "rooms": ("tenant", *ONE)}
"""What the lists that are no rooms of their own may be narrowed to; the others to an organization alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    one = parser.add_argument_group("of one thing")
    one.add_argument("--bot", metavar="NAME", help="of this bot: NAME@ORG, or its id; with --org its name is enough")
    one.add_argument("--user", metavar="NAME", help="of this user: its name, address or id")
    one.add_argument("--collection", metavar="ID", help="of this collection of documents")
    one.add_argument("--account", metavar="ID", help="of this mail account")


async def scope(database: "Database", arguments: argparse.Namespace, name: str) -> "Scope":
    """What the flags narrow to. UsageError if nothing is called so, or if that is not what the list is of."""
    from gbtui.domain.rooms import ROOMS
    from gbtui.domain.rooms.naming import subject_of
    from gbtui.domain.scope import home
    from gbtui.domain.tenant_list import scope_of

    widest = home(database.facts.access)
    named = [kind for kind in ONE if getattr(arguments, kind)]
    takes = ROOMS[name].of if name in ROOMS else _OTHERS.get(name, ("", "tenant"))
    if len(named) > 1:
        raise UsageError("One thing at a time", f"--{named[0]} and --{named[1]}", "name one of them")
    if named and named[0] not in takes:
        raise UsageError("Not of that", f"{name} are not listed by --{named[0]}", _told(takes))
    if not named and ("tenant" if arguments.org or widest.org_id else "") not in takes:
        raise UsageError(f"Whose {name}?", "they are listed of one thing at a time", _told(takes))
    scope = await scope_of(database, arguments.org) if arguments.org else widest
    return await subject_of(database, named[0], getattr(arguments, named[0]), scope) if named else scope


def _told(kinds: Sequence[str]) -> str:
    flags = [f"--{'org' if kind == 'tenant' else kind}" for kind in kinds if kind]
    return f"it takes {' or '.join(flags)}" if flags else "it takes none of these"


def opening(name: str, scope: "Scope", wanted: str, *, redacted: bool) -> "Deed | None":
    """What goes on record before it is printed; None: nothing of it is somebody's own."""
    from gbtui.domain.rooms import ROOMS
    from gbtui.domain.subject import Subject
    from gbtui.security.openings import list_viewed, sessions_viewed

    of = scope.place if isinstance(scope, Subject) else None
    if name == "sessions":
        return sessions_viewed(scope.org_id, wanted, redacted=redacted, command="gbtui show", of=of)
    room = ROOMS.get(name)
    if room is None or not room.said:
        return None
    return list_viewed(room.said, room.table, of, scope.org_id, wanted, redacted=redacted, command="gbtui show")
