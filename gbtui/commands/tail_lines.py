"""How `gbtui tail` prints a message: for people, as JSON, or by a template; and how its filter sees one."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from string import Formatter
from typing import Final

from gbtui.domain.tail import Message
from gbtui.errors import UsageError
from gbtui.text import clean, harmless_json
from gbtui.times import rfc3339

Line = Callable[[Message], str]

COLUMNS: Final = ("org", "bot", "user", "session", "sender", "text", "length", "at")
MARKS: Final = ("late",)
_ARROWS: Final = {"user": "<", "bot": ">"}
_FIELDS: Final[dict[str, Line]] = {
    "time": lambda message: rfc3339(message.created_at),
    "organization": lambda message: message.organization,
    "bot": lambda message: message.bot,
    "user": lambda message: message.user,
    "session": lambda message: str(message.session_id),
    "sender": lambda message: message.sender,
    "text": lambda message: clean(message.message),
    "id": lambda message: str(message.id),
}


def row(message: Message) -> dict[str, object]:
    """A message as a filter sees it."""
    return {
        "org": message.organization,
        "bot": message.bot,
        "user": message.user,
        "session": str(message.session_id),
        "sender": message.sender,
        "text": message.message,
        "length": message.length,
        "at": message.created_at,
    }


def as_text(message: Message) -> str:
    """One line for people; nothing in it can move the cursor or change a colour."""
    return _text(message, str(message.session_id)[:8])


def as_text_with_id(message: Message) -> str:
    """The same with the message's id behind the session: what tells a repeated line from a new one."""
    return _text(message, f"{str(message.session_id)[:8]} {message.id}")


def as_json(message: Message) -> str:
    """One object: the record's field names, times in RFC 3339 UTC, the text as it is stored (cut at 4000)."""
    return harmless_json(_ENCODER.encode({name: getattr(message, name) for name in _NAMES}))


def by_template(template: str) -> Line:
    r"""Lines made from a template such as `{time} {user:>20}: {text:.80}`; `\t` is a tab. UsageError if it is wrong."""
    template = template.replace("\\t", "\t")
    try:
        named = [(name, conversion) for _, name, _, conversion in Formatter().parse(template) if name is not None]
        unknown = next((name for name, conversion in named if name not in _FIELDS or conversion), None)
        if unknown is None:
            template.format_map(dict.fromkeys(_FIELDS, ""))
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        raise UsageError("The template cannot be read", f"{template!r}: {error}", "{{ stands for a brace") from error
    if unknown is not None:
        known = " ".join(f"{{{name}}}" for name in _FIELDS)
        raise UsageError("No such field", f"{{{unknown}}} in the template", f"there are {known}")
    return lambda message: template.format_map({name: value(message) for name, value in _FIELDS.items()})


def _text(message: Message, ids: str) -> str:
    at = message.created_at.astimezone()
    when = f"{at:%H:%M:%S}" if at.date() == datetime.now(at.tzinfo).date() else f"{at:%Y-%m-%d %H:%M:%S}"
    arrow = _ARROWS.get(message.sender, "?")
    more = f" … ({message.length:,} characters)" if message.cut else ""
    who = f"{message.organization}/{message.bot}"
    return f"{when} {who} {ids} {arrow} {message.user or '-'}: {clean(message.message)}{more}"


def _plain(value: object) -> str:
    """What JSON has no form for."""
    return rfc3339(value) if isinstance(value, datetime) else str(value)


_NAMES: Final = tuple(field.name for field in fields(Message))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=_plain)
