"""What belongs to a bot: configuration, memories, tools, automations."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from gbtui.domain.rooms.room import LONG, NIL, WHOLE, Room, Whole
from gbtui.domain.schedule import in_words, next_run, zone_of
from gbtui.errors import UsageError
from gbtui.redact import cut_at

_OF: Final = ("bot", "tenant")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value under a name: of a bot's configuration, or of what it remembers."""

    LATER: ClassVar = ("id", "org_id", "organization", "bot_id", "bot", "secret", "created")
    MASKED: ClassVar = ("value",)

    key: str
    value: str = field(metadata=cut_at(LONG))
    """Its first 200 characters; nothing of a secret."""
    length_bytes: int
    """How long it is."""
    secret: bool
    """Its name says so (token, password, secret, key, credential …), or it holds a URL with a password: not shown."""
    changed: datetime
    id: UUID
    org_id: UUID
    organization: str
    bot_id: UUID
    bot: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is."""

    value: str = field(metadata=cut_at(WHOLE))
    cut: bool
    secret: bool


@dataclass(frozen=True, slots=True)
class Tool:
    """A BASIC script that a bot can call."""

    LATER: ClassVar = ("id", "org_id", "organization", "bot_id", "bot", "script_bytes", "created")
    BOUNDED: ClassVar = ("sessions",)

    name: str
    description: str = field(metadata=cut_at(160))
    parameters: int
    """How many parameters it takes."""
    sessions: int
    """Sessions that have it loaded, counted to 1,000."""
    changed: datetime
    script_bytes: int
    id: str
    org_id: UUID
    organization: str
    bot_id: UUID
    bot: str
    created: datetime


@dataclass(frozen=True, slots=True)
class ToolWhole:
    """What a tool is made of."""

    description: str = field(metadata=cut_at(WHOLE))
    signature: str = field(metadata=cut_at(WHOLE))
    script: str = field(metadata=cut_at(WHOLE))
    metadata: str = field(metadata=cut_at(WHOLE))
    cut: bool


@dataclass(frozen=True, slots=True)
class RawAutomation:
    """An automation as it is stored."""

    id: UUID
    org_id: UUID
    organization: str
    bot_id: UUID
    bot: str
    name: str
    active: bool
    schedule: str
    zone: str
    script_bytes: int
    changed: datetime
    created: datetime


@dataclass(frozen=True, slots=True)
class Automation:
    """A script that a bot runs by itself."""

    LATER: ClassVar = ("id", "org_id", "organization", "bot_id", "bot", "schedule", "script_bytes", "created")

    name: str
    active: bool
    schedule: str
    """As cron reads it."""
    what: str
    """The schedule in words; where cron would not take it, why."""
    next_run: datetime | None
    """When it is due by the clock of whoever looks, if it is active; no record of runs is kept."""
    zone: str
    """In which the schedule is read: the bot's configuration key `timezone`, else UTC is assumed."""
    changed: datetime
    script_bytes: int
    id: UUID
    org_id: UUID
    organization: str
    bot_id: UUID
    bot: str
    created: datetime


@dataclass(frozen=True, slots=True)
class ScriptWhole:
    """What an automation runs."""

    script: str = field(metadata=cut_at(WHOLE))
    cut: bool


def automation(row: RawAutomation, now: datetime) -> Automation:
    """An automation with its schedule in words and its next run."""
    zone = zone_of(row.zone) if row.zone else None
    said = row.zone if zone else f"UTC: {row.zone} is no zone" if row.zone else "UTC, assumed"
    due: datetime | None = None
    try:
        words = in_words(row.schedule)
        due = next_run(row.schedule, now, zone or UTC) if row.active else None
    except UsageError as error:
        words = error.message
    return Automation(
        row.name, row.active, row.schedule, words, due.astimezone(UTC) if due else None, said, row.changed,
        row.script_bytes, row.id, row.org_id, row.organization, row.bot_id, row.bot, row.created,
    )  # fmt: skip


def _id(row: Any, _scope: object) -> tuple[Any, ...]:
    return (row.id,)


CONFIGURATION: Final = Room(
    "configuration", "how a bot is configured: keys and values, secrets masked", Setting, _OF, (NIL, ""),
    lambda row: (row.bot_id, row.key), whole=Whole("general_bots/rooms/configuration_whole", Value, _id),
    table="public.bot_configuration",
)  # fmt: skip
MEMORIES: Final = Room(
    "memories", "what a bot remembers", Setting, _OF, (NIL, ""), lambda row: (row.bot_id, row.key),
    whole=Whole("general_bots/rooms/memories_whole", Value, _id), table="public.bot_memories", said="memories",
)  # fmt: skip
TOOLS: Final = Room(
    "tools", "scripts that a bot can call", Tool, _OF, (NIL, ""), lambda row: (row.bot_id, row.name),
    whole=Whole("general_bots/rooms/tools_whole", ToolWhole, _id), table="public.basic_tools",
)  # fmt: skip
AUTOMATIONS: Final = Room(
    "automations", "scripts that a bot runs by itself, and when next", Automation, _OF, (NIL, "", NIL),
    lambda row: (row.bot_id, row.name, row.id), raw=RawAutomation, made=automation,
    whole=Whole("general_bots/rooms/automations_whole", ScriptWhole, _id), table="public.system_automations",
)  # fmt: skip
