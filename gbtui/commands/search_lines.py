"""How `gbtui search` prints what it found: a line for people, an object for scripts."""

from datetime import UTC, datetime
from typing import Final

from gbtui.commands.notes import json_line
from gbtui.domain.search.hits import DocumentHit, Hit, spans_of
from gbtui.domain.search.search import Found
from gbtui.monitor.plain import plain
from gbtui.text import clean

_ARROWS: Final = {"user": "<", "bot": ">"}
_LIT, _DARK = "\x1b[1;4m", "\x1b[0m"  # bold and underlined: no colour, which is for severity


def objects(found: Found, _colour: bool) -> str:
    """The record's field names, times in RFC 3339 UTC, and `score`, by which it was ranked."""
    return json_line({**plain(found), "score": round(found.score(datetime.now(UTC)), 6)})


def line(found: Found, colour: bool) -> str:
    """Time, whose it is, the snippet with what matched in it. Nothing but our own marks acts on a terminal."""
    text = "".join(f"{_LIT}{clean(piece)}{_DARK}" if lit and colour else clean(piece) for piece, lit in spans_of(found))
    who = clean(f"{found.organization}/{found.bot}")
    if isinstance(found, DocumentHit):
        return f"{who} {clean(found.collection)}/{clean(found.name)}: {text}"
    assert isinstance(found, Hit)
    session, arrow = str(found.session_id)[:8], _ARROWS.get(found.sender, "?")
    return f"{_when(found.created_at)} {who} {session} {arrow} {clean(found.user) or '-'}: {text}"


def _when(moment: datetime) -> str:
    at = moment.astimezone()
    return f"{at:%H:%M:%S}" if at.date() == datetime.now(at.tzinfo).date() else f"{at:%Y-%m-%d %H:%M:%S}"
