"""A command line without its secrets: what everybody on the machine can read in `ps` and /proc."""

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Final

from gbtui.secret import MASK

_HANDED_ON: Final = "GBTUI_WORDS_FROM"
"""The number of the pipe in which a program hands its true words to itself."""
_SECRETS: Final = (
    re.compile(r"(?P<before>(?:^|=)postgres(?:ql)?://[^:@/?]*:)[^@/]*(?:/[^@/?]*)*?(?=@)"),
    re.compile(r"(?P<before>(?:^|[?&\s'\"])(?:password|sslpassword)=)(?:[^&\s']+)"),
    re.compile(r"(?P<before>(?:^|\s)(?:password|sslpassword)\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\S+)"),
)


def masked(word: str) -> str:
    """The same without the passwords of a connection string in it."""
    for pattern in _SECRETS:
        word = pattern.sub(lambda found: f"{found['before']}{MASK}", word)
    return word


def words(given: Sequence[str]) -> list[str]:
    """What was typed. Where it holds a password, the program is begun anew, in place, and its own line shows none.

    For the moment until then others can see it: a password file or a service never shows.
    """
    handed = os.environ.pop(_HANDED_ON, "")
    if handed.isdecimal():
        with os.fdopen(int(handed), "r", encoding="utf-8", errors="surrogateescape") as pipe:
            return [str(word) for word in json.load(pipe)]
    shown = [masked(word) for word in given]
    if shown == list(given) or len(sys.orig_argv) < len(given):
        return list(given)
    told = json.dumps(list(given)).encode()
    reading, writing = os.pipe()
    if len(told) > _PIPE:
        return list(given)
    os.write(writing, told)
    os.close(writing)
    os.set_inheritable(reading, True)
    begun = sys.orig_argv[: len(sys.orig_argv) - len(given)]
    os.execve(sys.executable, [*begun, *shown], {**os.environ, _HANDED_ON: str(reading)})


_PIPE: Final = 4096
"""Bytes that a pipe surely takes although nobody reads yet."""
