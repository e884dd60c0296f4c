"""`gbtui session`, `gbtui bot`, `gbtui organization`: end, switch off and on, revoke; each deed is on record."""

import argparse
import asyncio
from typing import TYPE_CHECKING, Final

from gbtui.commands.notes import note
from gbtui.errors import RefusedError

if TYPE_CHECKING:
    from gbtui.config import Config

_ACTIONS: Final = {
    "session": {"end": "its token proves nothing any more; its messages stay"},
    "bot": {
        "deactivate": "it begins no session and answers in none; all its data stays",
        "activate": "it begins sessions and answers again",
        "revoke": "all its sessions end now; their messages stay",
    },
    "organization": {"revoke": "all sessions of its bots end now; their messages stay"},
}
_NAMES: Final = {"session": "its id", "bot": "NAME@SLUG or its id", "organization": "its slug, id or name"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of one of the three; which one stands in the program's name."""
    kind = parser.prog.rpartition(" ")[2]
    actions = _ACTIONS[kind]
    parser.usage = f"gbtui {kind} {{{','.join(actions)}}} {kind.upper()} --read-write [flags]"
    parser.epilog = "what to do:\n" + "".join(f"  {name:<10} {what}\n" for name, what in actions.items())
    parser.add_argument("action", choices=list(actions), metavar="ACTION", help="see below")
    parser.add_argument("name", metavar=kind.upper(), help=_NAMES[kind])


def run(arguments: argparse.Namespace) -> int:
    """0 when it is done, or was so already."""
    may_write(arguments.config)
    asyncio.run(act(arguments.config, arguments.command, arguments.action, arguments.name))
    return 0


async def act(config: "Config", kind: str, action: str, name: str) -> None:
    """Do it, and print what came of it."""
    from gbtui.commands.opening import opened
    from gbtui.commands.show import looking
    from gbtui.domain.relations.catalog import Catalog
    from gbtui.domain.things import Kind, find
    from gbtui.lifecycle.acts import Act, Acting
    from gbtui.security.audit import Audit

    async with opened(looking(config), note) as place:
        audit = Audit(place.database, required=config.audit == "required")
        acting = Acting(place.database, audit, Catalog(place.database), note)
        print(await acting.act(Act(action), await find(place.database, Kind(kind), name)))
        if audit.local:
            note(f"audit: local, in {audit.path}: {audit.local}")


def may_write(config: "Config") -> None:
    """Refuse where the settings forbid it."""
    if config.read_only:
        hint = "" if config.read_only_always else "add --read-write, or read_only = false to the profile"
        raise RefusedError("Read-only", "nothing was changed", hint)
