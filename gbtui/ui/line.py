"""A line of the command line, and of `--open`: where to, and how it is looked at there. Pure.

    session 4c1e0b2a at 14:10
    sessions --in acme --filter is:waiting bot:support
    tables --window 5m --on public.message_history

Each flag's value reaches to the next flag, that of `--filter` to the end.
"""

import re
from dataclasses import dataclass
from typing import Final

from gbtui.errors import UsageError

_FLAGS: Final = ("in", "window", "on")
_FLAG: Final = re.compile(rf"(?:^|\s)--({'|'.join(_FLAGS)})(?:\s|$)")
_FILTER: Final = re.compile(r"(?:^|\s)--filter(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """`command` as it stands without flags; of the flags "" where they are not there."""

    command: str
    scope: str = ""
    """`--in`: the organization to which the console is narrowed."""
    window: str = ""
    """`--window`: how far back rates reach."""
    row: str = ""
    """`--on`: what the row under the cursor is about."""
    filter: str = ""
    """`--filter`: what the list is narrowed by."""

    @property
    def bare(self) -> bool:
        """Whether it has no flags."""
        return not (self.scope or self.window or self.row or self.filter)

    def __str__(self) -> str:
        """As `read` understands it."""
        told = (("in", self.scope), ("window", self.window), ("on", self.row), ("filter", self.filter))
        return " ".join([self.command, *(f"--{name} {value}" for name, value in told if value)])


def read(text: str) -> Line:
    """The line that a text is; a colon in front changes nothing. UsageError for a flag without a value."""
    rest = text.strip().removeprefix(":").strip()
    values = {"filter": ""}
    if found := _FILTER.search(rest):
        values["filter"], rest = _value("filter", rest[found.end() :]), rest[: found.start()]
    command, *parts = _FLAG.split(rest)
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        values[name] = _value(name, value)
    return Line(command.strip(), values.get("in", ""), values.get("window", ""), values.get("on", ""), values["filter"])


def _value(name: str, text: str) -> str:
    if not text.strip():
        raise UsageError("line", f"--{name} wants a value", "for example: sessions --in acme --filter is:waiting")
    return text.strip()


def moment_in(text: str) -> tuple[str, str]:
    """ "4c1e at 14:10": what stands before the last " at ", and the time behind it; ("4c1e", "") without one."""
    before, found, behind = f" {text.strip()}".rpartition(" at ")
    return (before.strip(), behind.strip()) if found else (text.strip(), "")
