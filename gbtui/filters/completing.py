"""What the last term of a filter may become: a column, a value that stands in it, a mark. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gbtui.filters.grammar import named

Values = Callable[[str], Iterable[str]]
"""The texts that stand in a column now."""

_TERM: Final = re.compile(r'(?:(?<=\s)|^)(!*)(?:([A-Za-z_][\w.-]*)(:|=))?("[^"]*|[^\s"]*)\Z')
_PLAIN: Final = re.compile(r'[^\s"!/][^\s"]*')
_MOST: Final = 50
_LONGEST: Final = 60  # signs of a value that is offered: texts of messages are no values to choose from


def offers(text: str, columns: Sequence[str], marks: Sequence[str], values: Values) -> tuple[str, ...]:
    """The whole lines that `text` may become, best first: what begins so, then what contains it."""
    found = _TERM.search(text)
    if found is None:
        return ()
    before, (negation, subject, operator, word) = text[: found.start()], found.groups()
    if subject is None:
        names = [f"{name}:" for name in _named(word, columns)]
        return tuple(
            f"{before}{negation}{name}" for name in (*names, *(["is:"] if marks and "is".startswith(word) else []))
        )
    if subject.casefold() == "is":
        choices: Iterable[str] = marks
    else:
        column = named(columns).get(subject.casefold())
        choices = () if column is None else values(column)
    begun = f"{before}{negation}{subject}{operator}"
    return tuple(f"{begun}{_quoted(value)}" for value in _ranked(word.lstrip('"'), choices))


def _named(word: str, columns: Sequence[str]) -> list[str]:
    """A list's own names, or, where none begins so, what other lists call them."""
    own = _ranked(word, columns, inside=False)
    return list(own or _ranked(word, named(columns), inside=False))


def _ranked(word: str, choices: Iterable[str], *, inside: bool = True) -> tuple[str, ...]:
    wanted = word.casefold()
    some = {choice for choice in choices if choice and len(choice) <= _LONGEST and "\n" not in choice}
    found = [
        choice for choice in some if choice.casefold().startswith(wanted) or (inside and wanted in choice.casefold())
    ]
    return tuple(sorted(found, key=lambda choice: (not choice.casefold().startswith(wanted), choice))[:_MOST])


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
