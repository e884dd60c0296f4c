"""Whose statement is it? Tags in the sqlcommenter convention, in front of the text or in application_name."""

import re
from typing import Final
from urllib.parse import unquote

_COMMENT: Final = re.compile(r"\s*/\*(?P<tags>[^*]*)\*/")
_PAIR: Final = re.compile(r"""(?P<key>[A-Za-z_][\w%.-]*)\s*=\s*'(?P<value>(?:[^'\\]|\\.)*)'""")
_PLAIN_PAIR: Final = re.compile(r"(?:^|[\s,;])(?P<key>[A-Za-z_]\w*)=(?P<value>[^\s,;']+)")
TENANT_KEYS: Final = ("tenant", "org", "organization", "org_id", "tenant_id")
BOT_KEYS: Final = ("bot", "bot_id")


def tags(query: str, application: str) -> dict[str, str]:
    """The tags of a backend, those of the statement before those of the application's name.

    Only comments in front count: the server cuts texts, so one at the end of a long statement is not there.
    """
    found = {match["key"]: unquote(match["value"]) for match in _PLAIN_PAIR.finditer(application)}
    comment = _COMMENT.match(query)
    while comment:
        found.update((pair["key"], unquote(pair["value"])) for pair in _PAIR.finditer(comment["tags"]))
        comment = _COMMENT.match(query, comment.end())
    return found


def tenant(found: dict[str, str]) -> str:
    """The tenant's name or id among the tags; "" without one."""
    return next((found[key] for key in TENANT_KEYS if found.get(key)), "")


def bot(found: dict[str, str]) -> str:
    """The bot's name or id among the tags; "" without one."""
    return next((found[key] for key in BOT_KEYS if found.get(key)), "")
