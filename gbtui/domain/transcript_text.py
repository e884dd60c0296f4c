"""A conversation as a document: Markdown, plain text or JSON; all times in UTC. Pure.

JSON: {"session": {the fields of Conversation}, "events": [{"at", "kind", "text", "length", "answer", "id"}, …]}, times
RFC 3339, `answer` in seconds or null.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from gbtui.domain.conversation import Conversation
from gbtui.domain.transcript import Turn
from gbtui.text import clean, duration
from gbtui.times import rfc3339

_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>|~#&]|^\s*[-+=](?=\s|-|=|$)|(?<=\d)[.)](?=\s))", re.MULTILINE)


def as_text(head: Conversation, turns: Sequence[Turn]) -> str:
    """One line an event; the further lines of a message are indented."""
    lines = [f"{name:<13} {value}" for name, value in _facts(head)]
    lines.append("")
    lines += [said(turn, head) for turn in turns]
    return "\n".join(lines) + "\n"


def as_markdown(head: Conversation, turns: Sequence[Turn]) -> str:
    """A heading, the facts as a list, each message as a quotation; nothing in it acts as Markdown."""
    parts = [f"# {_escaped(name_of('user', head))} and {_escaped(name_of('bot', head))}"]
    parts.append("\n".join(f"- {name}: {_escaped(value)}" for name, value in _facts(head)))
    for turn in turns:
        event = turn.event
        took = f", after {duration(turn.answer * 1000)}" if turn.answer is not None else ""
        title = f"**{_escaped(name_of(event.kind, head))}** · {_moment(event.at)}{took}"
        # Two spaces at its end keep a line a line.
        quoted = "\n".join(f"> {line}  " for line in _escaped(_body(turn)).split("\n"))
        parts.append(f"{title}\n\n{quoted}")
    return "\n\n".join(parts) + "\n"


def as_json(head: Conversation, turns: Sequence[Turn]) -> str:
    """One object."""
    session = {name: _plain(value) for name, value in asdict(head).items()}
    events = [{**{name: _plain(value) for name, value in asdict(turn.event).items()}, "answer": turn.answer}
              for turn in turns]  # fmt: skip
    return json.dumps({"session": session, "events": events}, ensure_ascii=False, indent=1) + "\n"


FORMS: Final[Mapping[str, Callable[[Conversation, Sequence[Turn]], str]]] = {
    ".md": as_markdown,
    ".json": as_json,
    ".txt": as_text,
}
"""The forms of a document, by the ending of its file's name."""


def said(turn: Turn, head: Conversation) -> str:
    """An event with its time and name, as plain text."""
    text = _body(turn).replace("\n", "\n    ")
    return f"{_moment(turn.event.at)}  {name_of(turn.event.kind, head)}: {text}"


def name_of(kind: str, head: Conversation) -> str:
    """Who said or did it."""
    return clean(head.bot if kind == "bot" else head.user or "anonymous")


def _body(turn: Turn) -> str:
    text = clean(turn.event.text, keep="\n\t")
    return f"(clicked {text})" if turn.event.kind == "click" else text + " … (cut)" * turn.event.cut


def _facts(head: Conversation) -> list[tuple[str, str]]:
    return [
        ("session", str(head.id)),
        ("organization", clean(head.organization)),
        ("bot", name_of("bot", head)),
        ("user", name_of("user", head)),
        ("started", _moment(head.started)),
        ("last activity", _moment(head.last_activity)),
        ("expires", _moment(head.expires)),
        ("tools", ", ".join(map(clean, head.tools)) or "none"),
        ("knowledge", ", ".join(map(clean, head.collections)) or "none"),
    ]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], text)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return rfc3339(value)
        case UUID():
            return str(value)
        case _:
            return value
