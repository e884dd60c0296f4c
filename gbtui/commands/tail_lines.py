"""How `gbtui tail` prints what a stream delivers: for people, as JSON, or by a template; and how its filter sees it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from string import Formatter
from typing import Any, Final, Generic

from gbtui.domain.tail import Message
from gbtui.domain.tail.audit import AUDIT, AuditEntry
from gbtui.domain.tail.events import E
from gbtui.domain.tail.stream import MESSAGES, Stream
from gbtui.errors import UsageError
from gbtui.text import clean, harmless_json
from gbtui.times import rfc3339
from gbtui.writing import script

_ARROWS: Final = {"user": "<", "bot": ">"}
_OBJECTS: Final = ("before", "after", "detail")


@dataclass(frozen=True, slots=True)
class Shape(Generic[E]):
    """A stream on the command line.

    `row` is an entry as a filter sees it, by `columns`: what is shown, and the values behind it; `aside` tells columns
    that only their own name asks. `marks` are fields. `text` is one line for people, with the whole id if asked for;
    nothing in it can move the cursor or change a colour. `fields` are those of a template. `json` is one object.
    """

    stream: Stream[E]
    columns: tuple[str, ...]
    row: Callable[[E], tuple[dict[str, object], dict[str, object]]]
    text: Callable[[E, bool], str]
    fields: Mapping[str, Callable[[E], str]]
    json: Callable[[E], str]
    marks: tuple[str, ...] = ("late", "cut")
    aside: Mapping[str, Callable[[E], str]] = field(default_factory=dict)

    def by_template(self, template: str) -> Callable[[E], str]:
        r"""Lines made from a template such as `{time} {user:>20}: {text:.80}`; `\t` is a tab. UsageError if wrong."""
        template = template.replace("\\t", "\t")
        try:
            named = [(name, conversion) for _, name, _, conversion in Formatter().parse(template) if name is not None]
            unknown = next((name for name, conversion in named if name not in self.fields or conversion), None)
            if unknown is None:
                template.format_map(dict.fromkeys(self.fields, ""))
        except (ValueError, KeyError, IndexError, AttributeError) as error:
            raise UsageError(
                "The template cannot be read", f"{template!r}: {error}", "{{ stands for a brace"
            ) from error
        if unknown is not None:
            known = " ".join(f"{{{name}}}" for name in self.fields)
            raise UsageError("No such field", f"{{{unknown}}} in the template", f"there are {known}")
        return lambda entry: template.format_map({name: value(entry) for name, value in self.fields.items()})


def _message_row(message: Message) -> tuple[dict[str, object], dict[str, object]]:
    shown: dict[str, object] = {
        "org": message.organization,
        "bot": message.bot,
        "user": message.user,
        "session": str(message.session_id),
        "sender": message.sender,
        "text": message.message,
        "at": _when(message.created_at),
    }
    return shown, {"at": message.created_at, "length": message.length}


def _message_text(message: Message, with_id: bool) -> str:
    arrow = _ARROWS.get(message.sender, "?")
    more = f" … ({message.length:,} characters)" if message.cut else ""
    who = f"{message.organization}/{message.bot}"
    ids = f"{str(message.session_id)[:8]} {message.id}" if with_id else str(message.session_id)[:8]
    text = clean(message.message)
    return f"{_when(message.created_at)} {who} {ids} {arrow} {message.user or '-'}: {text}{more}"


def _message_json(message: Message) -> str:
    """The record's field names, times in RFC 3339 UTC, the text as it is stored (cut at 4000)."""
    return harmless_json(_ENCODER.encode({name: getattr(message, name) for name in _MESSAGE}))


def _audit_row(entry: AuditEntry) -> tuple[dict[str, object], dict[str, object]]:
    shown: dict[str, object] = {
        "org": entry.organization,
        "action": entry.action,
        "table": entry.object_table,
        "object": entry.object_id,
        "actor": entry.actor,
        "person": entry.os_user,
        "client": entry.client_addr,
        "reason": entry.reason,
        "detail": _what(entry),
        "at": _when(entry.created_at),
    }
    return shown, {"at": entry.created_at}


def _audit_text(entry: AuditEntry, with_id: bool) -> str:
    person = f" ({entry.os_user})" if entry.os_user else ""
    place = f" from {entry.client_addr}" if entry.client_addr else ""
    of = f" of {entry.organization}" if entry.organization else ""
    told = " ".join(part for part in (entry.object_table, entry.object_id) if part)
    because = f" because: {entry.reason}" if entry.reason else ""
    what = _what(entry)
    line = f"{entry.actor}{person}{place}: {entry.action} {told}{of}{because}{' ' if what else ''}{what}"
    return f"{_when(entry.created_at)} {f'{entry.id} ' if with_id else ''}{clean(line)}"


def _what(entry: AuditEntry) -> str:
    """What changed and what else belongs to it, as JSON; a text that is too long is left out, and said to be."""
    parts = [f"{name} {text}" for name in _OBJECTS if (text := getattr(entry, name)) not in (None, "{}")]
    return " ".join([*parts, "(cut)"] if entry.cut else parts)


def _audit_json(entry: AuditEntry) -> str:
    """The record's field names, times in RFC 3339 UTC; before, after and detail are objects."""
    told = {name: getattr(entry, name) for name in _AUDIT}
    told.update((name, json.loads(told[name])) for name in _OBJECTS if told[name] is not None)
    return harmless_json(_ENCODER.encode(told))


def _when(moment: datetime) -> str:
    at = moment.astimezone()
    return f"{at:%H:%M:%S}" if at.date() == datetime.now(at.tzinfo).date() else f"{at:%Y-%m-%d %H:%M:%S}"


def _plain(value: object) -> str:
    """What JSON has no form for."""
    return rfc3339(value) if isinstance(value, datetime) else str(value)


_MESSAGE: Final = tuple(field.name for field in fields(Message))
_AUDIT: Final = tuple(field.name for field in fields(AuditEntry))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=_plain)

SHAPES: Final[Mapping[str, Shape[Any]]] = {
    "messages": Shape(
        stream=MESSAGES,
        columns=("org", "bot", "user", "session", "sender", "text", "length", "script", "at"),
        row=_message_row,
        text=_message_text,
        fields={
            "time": lambda message: rfc3339(message.created_at),
            "organization": lambda message: message.organization,
            "bot": lambda message: message.bot,
            "user": lambda message: message.user,
            "session": lambda message: str(message.session_id),
            "sender": lambda message: clean(message.sender),
            "text": lambda message: clean(message.message),
            "id": lambda message: str(message.id),
        },
        json=_message_json,
        aside={"length": lambda message: str(message.length), "script": lambda message: script(message.message)},
    ),
    "audit": Shape(
        stream=AUDIT,
        columns=("org", "action", "table", "object", "actor", "person", "client", "reason", "detail", "at"),
        row=_audit_row,
        text=_audit_text,
        fields={
            "time": lambda entry: rfc3339(entry.created_at),
            "organization": lambda entry: entry.organization,
            "action": lambda entry: clean(entry.action),
            "table": lambda entry: clean(entry.object_table or ""),
            "object": lambda entry: clean(entry.object_id or ""),
            "actor": lambda entry: clean(entry.actor),
            "person": lambda entry: clean(entry.os_user or ""),
            "client": lambda entry: entry.client_addr or "",
            "reason": lambda entry: clean(entry.reason or ""),
            "text": lambda entry: clean(_what(entry)),
            "id": lambda entry: str(entry.id),
        },
        json=_audit_json,
    ),
}
"""The streams that can be followed, by the name `--stream` takes."""
