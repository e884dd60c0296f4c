"""Connection strings as libpq reads them: `key=value` pairs and `postgresql://` URIs, to a plain dictionary.

Errors say where the string is wrong and never quote it: it may hold a password.
"""

import re
from collections.abc import Iterator
from typing import Final

from gbtui.database.parameters import KNOWN
from gbtui.errors import UsageError

URI_PREFIXES: Final = ("postgresql://", "postgres://")
ESCAPES: Final = "in a URI's user and password write %40 for @, %2F for /, %3A for :"
_SPACE: Final = " \t\n\r\f\v"
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})?")


def is_conninfo(text: str) -> bool:
    """Whether libpq would read `text` as a connection string and not as the name of a database."""
    return text.startswith(URI_PREFIXES) or "=" in text


def parse(text: str) -> dict[str, str]:
    """The parameters that a connection string names, by libpq's names; UsageError where it is wrong."""
    return _parse_uri(text) if text.startswith(URI_PREFIXES) else _parse_pairs(text)


def _wrong(what: str, hint: str = "") -> UsageError:
    return UsageError("Wrong connection string", what, hint)


def _known(key: str, where: str) -> str:
    if key not in KNOWN:
        shown = key if re.fullmatch(r"[A-Za-z_]{1,40}", key) else "…"
        raise _wrong(f"{where}: libpq has no parameter {shown!r}")
    return key


# --- key=value ------------------------------------------------------------------------------------


def _parse_pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = _skip_space(text, 0)
    while at < len(text):
        start = at
        while at < len(text) and text[at] != "=" and text[at] not in _SPACE:
            at += 1
        key = text[start:at]
        at = _skip_space(text, at)
        if at >= len(text) or text[at] != "=":
            raise _wrong(
                f'at character {start + 1}: a parameter without "="', "quote a value that holds spaces: key='a b'"
            )
        _known(key, f"at character {start + 1}")
        found[key], at = _value(text, _skip_space(text, at + 1))
        at = _skip_space(text, at)
    return found


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _value(text: str, start: int) -> tuple[str, int]:
    """The value that begins at `start`, and where it ends; a backslash takes the next character as it is."""
    quoted = start < len(text) and text[start] == "'"
    at = start + quoted
    out: list[str] = []
    while at < len(text):
        char = text[at]
        if quoted and char == "'":
            return "".join(out), at + 1
        if not quoted and char in _SPACE:
            break
        if char == "\\":
            at += 1
            char = text[at : at + 1]
        out.append(char)
        at += 1
    if quoted:
        raise _wrong(f"at character {start + 1}: a quoted value is not closed")
    return "".join(out), at


# --- URI ------------------------------------------------------------------------------------------


def _parse_uri(uri: str) -> dict[str, str]:
    rest = uri.split("://", 1)[1]
    found: dict[str, str] = {}
    credentials = re.match(r"[^@/]*@", rest)
    if credentials:
        rest = rest[credentials.end() :]
        user, colon, password = credentials[0][:-1].partition(":")
        if user:
            found["user"] = _decode(user, "the user")
        if colon and password:
            found["password"] = _decode(password, "the password")
    rest = _hosts(rest, found)
    path, question, query = rest.partition("?")
    if path.removeprefix("/"):
        found["dbname"] = _decode(path.removeprefix("/"), "the database")
    if question:
        found.update(_query(query))
    return found


def _hosts(rest: str, found: dict[str, str]) -> str:
    """Take `host:port,host:port` from the front of `rest`; what is left begins with `/`, `?` or nothing."""
    hosts: list[str] = []
    ports: list[str] = []
    while True:
        if rest.startswith("["):
            match = re.match(r"\[([^\]/?]+)\](?=[:/?,]|$)", rest)
            if not match:
                raise _wrong("an IPv6 address is written [address], followed by a port, a comma or a slash")
        else:
            match = re.match(r"([^:/?,]*)", rest)
        assert match
        if "@" in match[1]:  # the end of a password, most likely, and nothing to show as a host's name
            raise _wrong("a host holds an @", ESCAPES)
        hosts.append(_decode(match[1], "a host"))
        rest = rest[match.end() :]
        port = re.match(r":([^/?,]*)", rest)
        ports.append(_decode(port[1], "a port") if port else "")
        rest = rest[port.end() :] if port else rest
        if not rest.startswith(","):
            break
        rest = rest[1:]
    # libpq keeps lists of empty names out only when there is nothing but one empty name.
    for key, values in (("host", hosts), ("port", ports)):
        if joined := ",".join(values):
            found[key] = joined
    return rest


def _query(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&") if query else ():
        key, equals, value = pair.partition("=")
        key = _decode(key, "a parameter's name")
        if not equals:
            raise _wrong(f'a parameter without "=" after the "?": {key if key in KNOWN else "…"}')
        if "=" in value:
            raise _wrong(f'an "=" too many after {key if key in KNOWN else "…"}', "write %3D for it")
        value = _decode(value, key)
        if (key, value) == ("ssl", "true"):  # as libpq does for JDBC's sake
            yield "sslmode", "require"
        else:
            yield _known(key, 'after the "?"'), value


def _decode(text: str, what: str) -> str:
    def byte(match: re.Match[bytes]) -> bytes:
        if not match[1] or match[1] == b"00":
            raise _wrong(f"{what}: a % must be followed by two hexadecimal digits other than 00", "write %25 for a %")
        return bytes.fromhex(match[1].decode())

    try:
        return _PERCENT.sub(byte, text.encode()).decode()
    except UnicodeDecodeError:
        raise _wrong(f"{what} is not UTF-8 after decoding its %") from None
