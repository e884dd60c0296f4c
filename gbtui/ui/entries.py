"""What the command line after ":" knows: names, what they do, and how they complete. Pure."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gbtui.errors import UsageError


def _nothing() -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to go to or to do; `run` gets what follows the name."""

    name: str
    what: str
    run: Callable[[str], None]
    values: Callable[[], Iterable[str]] = _nothing
    """What may follow the name, for completion; empty: nothing is expected, or anything goes."""
    aliases: tuple[str, ...] = ()
    listed: Callable[[], bool] = lambda: True
    """Whether it is offered now; typed whole it is found all the same, and says why it does nothing."""
    goes: bool = False
    """Whether it leads to a place and does nothing else: then flags may follow, and `--open` may name it."""
    kind: str = ""
    """What kind of thing its value names, where things of this kind are looked up while it is typed."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)


def complete(text: str, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The whole lines that `text` may become, best first: what begins with it, then what contains it."""
    word, space, rest = text.lstrip().partition(" ")
    if not space:
        return _ranked(word, [name for entry in entries if entry.listed() for name in entry.names[:1]])
    entry = next((entry for entry in entries if word.casefold() in entry.names), None)
    return tuple(f"{word} {value}" for value in _ranked(rest.strip(), entry.values())) if entry else ()


def find(text: str, entries: Sequence[Entry]) -> tuple[Entry, str]:
    """The entry a line names and what follows it; a beginning that only one entry has is enough.

    Raises UsageError with the nearest names.
    """
    word, _, rest = text.strip().partition(" ")
    wanted = word.casefold()
    exact = [entry for entry in entries if wanted in entry.names]
    entries = [entry for entry in entries if entry.listed()]
    begins = exact or [entry for entry in entries if wanted and any(name.startswith(wanted) for name in entry.names)]
    if len(begins) == 1 or exact:
        return begins[0], rest.strip()
    names = [name for entry in entries for name in entry.names]
    near = [entry.name for entry in begins] or difflib.get_close_matches(wanted, names, 4, 0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "tab lists all"
    raise UsageError(f"nothing is called {word!r}", hint)


def _ranked(beginning: str, names: Iterable[str]) -> tuple[str, ...]:
    wanted = beginning.casefold()
    found = [name for name in names if wanted in name.casefold()]
    return tuple(sorted(found, key=lambda name: (not name.casefold().startswith(wanted), name)))
