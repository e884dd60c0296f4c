"""What a probe needs of the role, asked before it runs: no figure is made up from what a role happens to see."""

from typing import TYPE_CHECKING, Any

from gbtui.errors import DeniedError

if TYPE_CHECKING:
    from gbtui.database.database import Database
    from gbtui.database.facts import ServerFacts
    from gbtui.monitor.probe import Probe


async def refusal(database: "Database", probe: "Probe[Any]") -> DeniedError | None:
    """The error that names the missing GRANT; None if the role may run the probe.

    Before it refuses it asks the server again: a right granted meanwhile is seen without a restart of the console.
    """
    if not probe.privilege:
        return None
    if not holds(database.facts, probe.privilege):
        await database.refresh_facts()
    if holds(database.facts, probe.privilege):
        return None
    user = database.facts.user
    return DeniedError(
        "Not enough rights",
        f"{probe.name} needs the privileges of {probe.privilege}, which {user} lacks",
        f'GRANT pg_monitor TO "{user}"',
    )


def holds(facts: "ServerFacts", role: str) -> bool:
    """Whether the role we are has the privileges of a predefined one."""
    return facts.is_superuser or role in facts.roles
