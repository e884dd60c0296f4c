"""Which statements can be explained. The text may be anybody's: whoever can run a statement can choose what it says."""

import re
from dataclasses import dataclass
from typing import Final

from gbtui.database.statement_text.lexing import Kind, first_word, names_by_numbers, one_statement, tokens
from gbtui.errors import UsageError

EXPLAINED: Final = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE"})
_UNSEEN: Final = "<insufficient privilege>"
_LITERAL_TYPES: Final = frozenset({"INTERVAL", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ"})
_LONGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as the server keeps it, and whose it is."""

    query: str
    database: str
    user: str
    query_id: int
    cut: bool
    """The server kept only its beginning."""


def checked(asked: Asked, connected_to: str) -> str:
    """The one statement that can be explained; UsageError says why there is none."""
    if asked.query.strip() == _UNSEEN:
        raise _refused("its text is not shown to this login", "GRANT pg_read_all_stats shows it")
    if asked.database and asked.database != connected_to:
        raise _refused(f"it ran in the database {asked.database}, and this is {connected_to}", "connect there")
    if asked.cut or len(asked.query) > _LONGEST:
        raise _refused("the server kept only the beginning of its text", "raise track_activity_query_size")
    text = one_statement(asked.query)
    if not text:
        raise _refused("there is no statement" if text == "" else "its text holds more than one statement")
    if names_by_numbers(text):
        raise _refused('it writes a name by numbers (U&"…")', "which function that is, is not looked up")
    word = first_word(text)
    if word not in EXPLAINED:
        raise _refused(
            f"{word or 'this'} is no statement that has a plan", f"these have: {', '.join(sorted(EXPLAINED))}"
        )
    return with_casts(with_fields(text))


def with_casts(text: str) -> str:
    """`interval $1`, which pg_stat_statements writes for `interval '1 day'`, is no SQL: `($1::interval)` is."""
    whole = tokens(text)
    found = [token.text for token in whole]
    for at, (word, space, value) in enumerate(zip(whole, whole[1:], whole[2:], strict=False)):
        if word.word in _LITERAL_TYPES and space.kind is Kind.SPACE and value.kind is Kind.PARAMETER:
            found[at : at + 3] = ["", "", f"({value.text}::{word.text})"]
    return "".join(found)


def with_fields(text: str) -> str:
    """`extract($1 FROM at)`, written for `extract(epoch FROM at)`: `date_part($1, at)` is the same with a parameter."""
    whole = tokens(text)
    found = [token.text for token in whole]
    real = [at for at, token in enumerate(whole) if token.kind not in (Kind.SPACE, Kind.COMMENT)]
    for name, opening, value, word in zip(real, real[1:], real[2:], real[3:], strict=False):
        told = whole[name].word, found[opening], whole[value].kind, whole[word].word
        if told == ("EXTRACT", "(", Kind.PARAMETER, "FROM"):
            found[name], found[word] = "pg_catalog.date_part", ","
    return "".join(found)


def why_not(message: str, text: str) -> UsageError:
    """The server's refusal of a text, with what it means for a statement that once ran."""
    hint = ""
    if re.search(r"could not determine (?:polymorphic |data )?type|could not determine data type", message):
        hint = "what type that parameter has, nothing in the statement says"
    elif "does not exist" in message:
        hint = "it ran under another search_path, or what it names is gone"
    elif message.startswith("syntax error") and "$" in text:
        hint = "pg_stat_statements writes $n also where the grammar takes only a constant"
    return _refused(message, hint)


def _refused(why: str, hint: str = "") -> UsageError:
    return UsageError("cannot be explained", why, hint)
