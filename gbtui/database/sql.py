"""SQL by name: one statement a file in queries/, with declared variants; nothing is ever formatted into it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from gbtui.errors import UsageError
from gbtui.resources import QUERIES

_FRAGMENT: Final = re.compile(r"^-- (where|order): (\w+)[ \t]*$", re.MULTILINE)
_HEADER: Final = re.compile(r"^-- (purpose|privilege|cost|needs|versions): (.+)$")
_WHERE: Final = "/*where*/"
_ORDER: Final = "/*order*/"
_SCHEMA: Final = "/*schema*/"
_MINE: Final = "mine"
"""The variant of a login that is bound to several organizations. A file that has none is right without it: row-level
security leaves out the others; with it a large list is fast."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, ready to run: its name, its text, and what its file's header says."""

    name: str
    text: str
    header: Mapping[str, str]

    @property
    def privilege(self) -> str:
        """The role membership the statement needs; "none" if anybody may run it."""
        return self.header.get("privilege", "none")


@dataclass(frozen=True, slots=True)
class _File:
    base: str
    header: Mapping[str, str]
    fragments: Mapping[tuple[str, str], str]


def statement(name: str, *, where: Sequence[str] = (), order: str | None = None, schema: str = "") -> Statement:
    """The statement of queries/NAME.sql with the chosen variants put in place.

    `schema` is where an extension lies that the file reads (`/*schema*/` in front of its functions): it may be any.

    Only variants that the file declares are accepted. A wrong name or variant is a mistake of the
    program, not of its user: LookupError.
    """
    if _MINE in where and ("where", _MINE) not in _read(name).fragments:
        where = [chosen for chosen in where if chosen != _MINE]
    return _assemble(name, tuple(where), order, schema)


def names(area: str = "") -> tuple[str, ...]:
    """The names of all statements, or of one folder's."""
    return tuple(sorted(str(p.relative_to(QUERIES).with_suffix("")) for p in (QUERIES / area).rglob("*.sql")))


def variants(name: str) -> tuple[tuple[str, str], ...]:
    """The variants that a file declares, as ("where" | "order", name) in file order."""
    return tuple(_read(name).fragments)


def identifier(name: str) -> str:
    """Quote one identifier for DDL or of an extension's schema, the only place where a name is written into SQL."""
    if not name or "\0" in name:
        raise UsageError("Not an identifier", f"{name!r} cannot name anything in PostgreSQL")
    return '"' + name.replace('"', '""') + '"'


@cache
def _assemble(name: str, where: tuple[str, ...], order: str | None, schema: str) -> Statement:
    file = _read(name)
    conditions = "\n".join(_fragment(name, file, "where", chosen) for chosen in where)
    ordering = _fragment(name, file, "order", order) if order else ""
    for placeholder, wanted in ((_WHERE, bool(where)), (_ORDER, bool(order)), (_SCHEMA, bool(schema))):
        if wanted and placeholder not in file.base:
            raise LookupError(f"queries/{name}.sql has no {placeholder}")
    text = file.base.replace(_WHERE, conditions).replace(_ORDER, ordering)
    text = text.replace(_SCHEMA, f"{identifier(schema)}." if schema else "")
    return Statement(name, text, file.header)


def _fragment(name: str, file: _File, kind: str, chosen: str) -> str:
    try:
        return file.fragments[kind, chosen]
    except KeyError:
        raise LookupError(f"queries/{name}.sql declares no `-- {kind}: {chosen}`") from None


@cache
def _read(name: str) -> _File:
    path = QUERIES / f"{name}.sql"
    try:
        whole = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LookupError(f"no statement {name}: {path} does not exist") from None
    # re.split with two groups: base, kind, name, text, kind, name, text …
    base, *rest = _FRAGMENT.split(whole)
    fragments = {
        (kind, variant): text.strip() for kind, variant, text in zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    }
    return _File(_body(base), MappingProxyType(_header(base)), MappingProxyType(fragments))


def _header(text: str) -> dict[str, str]:
    found = (_HEADER.match(line) for line in text.splitlines())
    return {match[1]: match[2].strip() for match in found if match}


def _body(text: str) -> str:
    """The statement without its head of comments and without a closing semicolon (an order may follow it)."""
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("--")):
        lines.pop(0)
    return "\n".join(lines).strip().removesuffix(";").rstrip()
