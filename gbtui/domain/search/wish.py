"""What somebody asks to have searched: words and bounds as they were written."""

import re
from dataclasses import dataclass, fields
from typing import Final

from gbtui.errors import UsageError

_FLAG: Final = re.compile(r'--([a-z][\w-]*)(?:(?:=|\s+)("[^"]*"|(?!--)\S+))?')
_AT: Final = re.compile(r'"[^"]*"?|--[a-z][\w-]*|\S')


@dataclass(frozen=True, slots=True)
class Wish:
    """Empty where nothing was said. `documents`: documents, not messages.

    `holding`: the text as it stands; `words`: as words, whatever the script.
    """

    text: str = ""
    org: str = ""
    bot: str = ""
    session: str = ""
    since: str = ""
    until: str = ""
    language: str = ""
    documents: bool = False
    holding: bool = False
    words: bool = False


_VALUED: Final = ("org", "bot", "session", "since", "until", "language")
_ALONE: Final = ("documents", "holding", "words")
FLAGS: Final = tuple(f"--{name}" for name in (*_VALUED, *_ALONE))
assert {field.name for field in fields(Wish)} == {"text", *_VALUED, *_ALONE}


def read(line: str) -> Wish:
    """The wish that a line of words and flags is; quotes keep what is in them. UsageError for an unknown flag."""
    told: dict[str, str | bool] = {}
    words: list[str] = []
    at = 0
    for found in _AT.finditer(line):
        if found.start() < at or not found[0].startswith("--") or found[0] == "--":
            continue
        if found.start() and not line[found.start() - 1].isspace():
            continue
        words.append(line[at : found.start()])
        flag = _FLAG.match(line, found.start())
        assert flag is not None  # _AT saw its beginning
        name, value = flag[1], flag[2]
        if name in _ALONE:
            told[name] = True
            at = flag.end(1)
        elif name in _VALUED and value:
            told[name] = value.strip('"')
            at = flag.end()
        elif name in _VALUED:
            raise UsageError("search", f"--{name} wants a value", 'spaces go between quotes: --since "yesterday 14:10"')
        else:
            raise UsageError("search", f"no flag is called --{name}", f"there are {' '.join(FLAGS)}")
    words.append(line[at:])
    return Wish(text=" ".join(" ".join(words).split()), **told)  # type: ignore[arg-type]
