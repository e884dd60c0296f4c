"""Which statements `:sql` runs: one that reads. What is refused here is refused with a reason; the server holds it too.

The server's read-only transaction refuses what writes. This refuses the same earlier and in words, and besides what no
read-only transaction refuses: functions that act on the server or on others. That is a rail against a slip of the
hand, not a wall: a function of somebody's own may call them, and the login's rights are what holds it then.
"""

import logging
import re
from dataclasses import dataclass
from typing import Final

from gbtui.database.statement_text.acting import acts
from gbtui.database.statement_text.lexing import (
    Kind,
    first_word,
    highest_parameter,
    meant,
    names_by_numbers,
    one_statement,
    without_constants,
)
from gbtui.errors import UsageError
from gbtui.security.deed import secretive

ROWS: Final = frozenset({"SELECT", "WITH", "VALUES", "TABLE"})
"""What can stand as a subquery, and so is cut on the server."""
TOLD: Final = frozenset({"SHOW", "EXPLAIN"})
"""What cannot; their answers are short texts of the server's own."""
_WRITES: Final = frozenset({"Insert", "Update", "Delete", "Merge", "Into", "Lock", "Create", "Drop", "Alter", "Copy"})
_URI: Final = re.compile(r"\b\w+://[^\s/@]*:[^\s/@]*@")
_UNSENDABLE: Final = re.compile("[\ud800-\udfff]")
_INSTEAD: Final = "there are SELECT, WITH, VALUES, TABLE, SHOW and EXPLAIN"


@dataclass(frozen=True, slots=True)
class Wish:
    """One statement that may be run."""

    text: str
    rows: bool
    """Whether its answer is cut on the server."""

    @property
    def secret(self) -> bool:
        """Whether a secret may stand in it: it names one, or holds a connection string with a password."""
        return secretive(self.text) or bool(_URI.search(self.text))

    @property
    def on_record(self) -> str:
        """The statement as the audit record has it: with its constants, unless it names something secret."""
        return without_constants(self.text) if self.secret else self.text


def read(text: str) -> Wish:
    """The one statement that a text is; UsageError says why it is none that is run here."""
    if "\0" in text or (not text.isascii() and _UNSENDABLE.search(text)):
        raise _refused("a sign stands in it that is no text (a NUL, or a byte that is not UTF-8)")
    statement = one_statement(text)
    if statement is None:
        raise _refused("one statement at a time")
    word = first_word(statement)
    if not statement:
        raise UsageError("sql", "write a statement", "for example: sql SELECT * FROM bots LIMIT 10")
    if word not in ROWS | TOLD:
        raise _refused(f"{word or 'this'} is not run here: it reads only", _INSTEAD)
    if highest_parameter(statement):
        raise _refused("parameters ($1) have no values here", "write the values")
    _refuse_acts(statement)
    if word in ROWS:
        _refuse_writes(statement)
    elif word == "EXPLAIN" and any(token.word == "CREATE" for token in meant(statement)):
        raise _refused("EXPLAIN ANALYZE would make the table, if only to throw it away", "explain the SELECT alone")
    return Wish(statement, word in ROWS)


def _refuse_acts(statement: str) -> None:
    if names_by_numbers(statement):
        raise _refused('a name stands in it by numbers (U&"…")', "write the name")
    if doing := acts(statement):
        raise _refused(f"{doing}, and here is only read", "C and K end backends; psql does the rest")


def _refuse_writes(statement: str) -> None:
    """By sqlglot's tree. A statement that it does not know may be right all the same: then the server is the judge."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it does not know is no news
    try:
        trees = [tree for tree in sqlglot.parse(_plain(statement), read="postgres") if tree is not None]
    except (SqlglotError, RecursionError):
        return
    if len(trees) > 1:
        raise _refused("one statement at a time")
    for tree in trees:
        written = next((type(node).__name__ for node in tree.walk() if type(node).__name__ in _WRITES), "")
        if written:
            what = {"Into": "SELECT INTO makes a table", "Lock": "FOR UPDATE and FOR SHARE lock rows"}
            raise _refused(what.get(written, f"{written.upper()} writes") + ", and here is only read")


def _plain(statement: str) -> str:
    """Without comments, in which sqlglot looks for hints."""
    return " ".join(
        "''" if token.kind is Kind.TEXT and "\\" in token.text else token.text for token in meant(statement)
    )


def _refused(why: str, hint: str = "") -> UsageError:
    return UsageError("not run", why, hint)
