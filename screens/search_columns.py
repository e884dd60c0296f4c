"""The columns of what a search found."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from gbtui.domain.search.search import Found
from gbtui.text import count, percent
from gbtui.ui.widgets.columns import Column

if TYPE_CHECKING:
    from gbtui.ui.app import Console

_WIDE: Final = 100
"""Cells from which the text leaves room for all columns."""
_BEFORE: Final = 12
"""Characters before the first match that a narrow column still has room for."""
_SIGNS: Final = {"user": "‹", "bot": "›"}

Score = Callable[[Found], float]


def message_columns(app: "Console", score: Score) -> Sequence[Column[Any]]:
    """When, whose, who said it, and what."""
    wide = app.size.width >= _WIDE
    return (
        Column("time", "time", 14, lambda row: app.time(row.created_at), sort=lambda row: row.created_at),
        *_of(),
        Column("user", "user", 10, lambda row: row.user or "anonymous", shown=wide,
               style=lambda row: "" if row.user else "dim"),
        _rank(score, wide),
        Column("sender", "", 1, lambda row: _SIGNS.get(row.sender, " "), help="‹ by the user, › by the bot",
               plain=lambda row: row.sender),
        _text(),
        _length(),
        Column("session", "session", 36, lambda row: str(row.session_id), shown=False),
        Column("id", "id", 36, lambda row: str(row.id), shown=False),
    )  # fmt: skip


def document_columns(app: "Console", score: Score) -> Sequence[Column[Any]]:
    """Which document, whose, and what stands in it."""
    wide = app.size.width >= _WIDE
    return (
        Column("name", "document", 18, lambda row: row.name),
        *_of(),
        Column("collection", "collection", 12, lambda row: row.collection, shown=wide),
        _rank(score, wide),
        _text(),
        Column("updated", "updated", 14, lambda row: app.time(row.updated_at), "right",
               sort=lambda row: row.updated_at, shown=False),
        _length(),
        Column("id", "id", 36, lambda row: row.id, shown=False),
    )  # fmt: skip


def _of() -> Sequence[Column[Any]]:
    return (
        Column("tenant", "tenant", 10, lambda row: row.organization),
        Column("bot", "bot", 10, lambda row: row.bot),
    )


def _rank(score: Score, wide: bool) -> Column[Any]:
    return Column(
        "rank", "rank", 4, lambda row: percent(score(row)) if row.rank else "", "right", sort=score, plain=score,
        help="how often and how close the words stand, 0 to 100 %; half after 30 days", shown=wide,
    )  # fmt: skip


def _text() -> Column[Any]:
    return Column("text", "text", 0, _near, help="around the first match", plain=lambda row: row.snippet)


def _length() -> Column[Any]:
    return Column(
        "length", "length", 7, lambda row: count(row.length), "right", sort=lambda row: row.length, shown=False,
        help="characters of the whole text",
    )  # fmt: skip


def _near(row: Found) -> str:
    """The snippet from shortly before its first match on: a column is narrow."""
    first = row.matches[0][0] if row.matches else 0
    if first <= 2 * _BEFORE:
        return row.snippet
    space = row.snippet.find(" ", first - _BEFORE, first)
    return f"… {row.snippet[space + 1 if space >= 0 else first - _BEFORE :]}"
