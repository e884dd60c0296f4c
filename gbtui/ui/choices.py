"""What the command line offers besides its commands: things that were found, and the line that goes to each. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gbtui.domain.going.found import Found
from gbtui.domain.going.server_names import Process, Relation
from gbtui.text import cells, clean, fit
from gbtui.times import rfc3339
from gbtui.ui.widgets.line_view import Line

_KIND, _NAME, _TENANT, _AT = 12, 26, 18, 14
_NARROW: Final = 100
"""Cells of a line on which there is no room for the time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to go to. `line` is what goes there; `exact`: it is called, or its id is, just what was typed."""

    line: str
    kind: str
    name: str
    tenant: str = ""
    about: str = ""
    at: str = ""
    exact: bool = False


def of_found(found: Found, exact: bool, time: Callable[[datetime | None], str]) -> Choice:
    """A thing of the platform. A session is named by its user and the beginning of its id, a message by its speaker."""
    name, about = clean(found.name), clean(found.about)
    match found.kind:
        case "session":
            name = f"{found.id[:8]} {name or 'anonymous'}"
        case "message":
            name = f"{found.id[:8]} by the {name}"
    return Choice(
        _line(found), found.kind, name, clean(found.organization or ""), about, time(found.at), exact,
    )  # fmt: skip


def _line(found: Found) -> str:
    match found.kind:
        case "organization":
            return f"tenant {found.name if found.name.isascii() else found.id}"  # a masked slug names nothing
        case "message" if found.at is not None:
            return f"session {found.parent} at {rfc3339(found.at)}"
        case "document":
            return f"collection {found.parent} --on {found.id}"
        case "tool":
            return f"bot {found.parent} tools --on {found.id}"
        case _:
            return f"{found.kind} {found.id}"


def of_relation(relation: Relation, typed: str) -> Choice:
    """A table or an index, in its list."""
    lists = {"table": "tables", "index": "indexes"}
    called = relation.part or relation.name
    about = f"part of {relation.name}" if relation.part else ""
    exact = typed.casefold() in (called.casefold(), f"{relation.schema}.{called}".casefold())
    return Choice(f"{lists[relation.kind]} --on {relation.qualified}", relation.kind, called, relation.schema, about,
                  exact=exact)  # fmt: skip


def of_process(process: Process) -> Choice:
    """A backend, in Activity."""
    about = ", ".join(filter(None, (process.application, process.state)))
    return Choice(f"activity --on {process.pid}", "backend", str(process.pid), about=clean(about), exact=True)


def of_query(query_id: int, text: str) -> Choice:
    """A statement, in Queries."""
    return Choice(f"queries --on {query_id}", "query", str(query_id), about=clean(text), exact=True)


def table(choices: Sequence[Choice], width: int, chosen: int) -> list[Line]:
    """A line for each choice: kind, name, tenant, what tells it from its twins, when."""
    timed = width >= _NARROW
    name = max(min(_NAME, max((cells(one.name) for one in choices), default=0)), 8)
    lines: list[Line] = []
    for number, one in enumerate(choices):
        rest = max(0, width - 4 - _KIND - name - 2 - _TENANT - 2 - (_AT + 2 if timed else 0))
        style = "cursor" if number == chosen else ""
        runs = [
            (f"  {fit(one.kind, _KIND)}", f"dim {style}"),
            (f"{fit(one.name, name)}  ", f"{'bold' * one.exact} {style}"),
            (f"{fit(one.tenant, _TENANT)}  ", style), (fit(one.about, rest), f"dim {style}"),
        ]  # fmt: skip
        if timed:
            runs.append((f"  {fit(one.at, _AT)}", f"dim {style}"))
        lines.append(tuple((text, names.strip()) for text, names in runs))
    return lines
