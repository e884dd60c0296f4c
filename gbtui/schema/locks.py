"""Table locks: their names, what they make others wait for, and which a statement's text asks for."""

from typing import Final

from gbtui.schema.scan import Piece, statements

# Weakest first, as in the server's own table of conflicts; the driver of a plan reads the meaning.
MODES: Final = {
    "AccessShareLock": ("ACCESS SHARE", "a plain read"),
    "RowShareLock": ("ROW SHARE", "reads and writes go on"),
    "RowExclusiveLock": ("ROW EXCLUSIVE", "reads and writes go on"),
    "ShareUpdateExclusiveLock": ("SHARE UPDATE EXCLUSIVE", "reads and writes go on"),
    "ShareLock": ("SHARE", "writes wait"),
    "ShareRowExclusiveLock": ("SHARE ROW EXCLUSIVE", "writes wait"),
    "ExclusiveLock": ("EXCLUSIVE", "writes wait"),
    "AccessExclusiveLock": ("ACCESS EXCLUSIVE", "reads and writes wait"),
}
_STRENGTH: Final = {name: at for at, (name, _) in enumerate(MODES.values())}
_MEANING: Final = dict(MODES.values())

# Statement's first words -> mode, longest first. A table that the same file creates is not locked against anyone.
_BY_WORDS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("create", "unique", "index", "concurrently"), "SHARE UPDATE EXCLUSIVE"),
    (("create", "index", "concurrently"), "SHARE UPDATE EXCLUSIVE"),
    (("refresh", "materialized", "view", "concurrently"), "EXCLUSIVE"),
    (("refresh", "materialized", "view"), "ACCESS EXCLUSIVE"),
    (("drop", "index", "concurrently"), "SHARE UPDATE EXCLUSIVE"),
    (("create", "unique", "index"), "SHARE"),
    (("create", "index"), "SHARE"),
    (("create", "trigger"), "SHARE ROW EXCLUSIVE"),
    (("create", "constraint", "trigger"), "SHARE ROW EXCLUSIVE"),
    (("create", "policy"), "ACCESS EXCLUSIVE"),
    (("create", "rule"), "ACCESS EXCLUSIVE"),
    (("create", "statistics"), "SHARE UPDATE EXCLUSIVE"),
    (("comment", "on", "table"), "SHARE UPDATE EXCLUSIVE"),
    (("comment", "on", "column"), "SHARE UPDATE EXCLUSIVE"),
    (("alter", "table"), "ACCESS EXCLUSIVE"),
    (("alter", "index"), "ACCESS EXCLUSIVE"),
    (("drop", "table"), "ACCESS EXCLUSIVE"),
    (("drop", "index"), "ACCESS EXCLUSIVE"),
    (("drop", "trigger"), "ACCESS EXCLUSIVE"),
    (("drop", "view"), "ACCESS EXCLUSIVE"),
    (("truncate",), "ACCESS EXCLUSIVE"),
    (("vacuum", "full"), "ACCESS EXCLUSIVE"),
    (("vacuum",), "SHARE UPDATE EXCLUSIVE"),
    (("cluster",), "ACCESS EXCLUSIVE"),
    (("lock",), "ACCESS EXCLUSIVE"),
    (("insert",), "ROW EXCLUSIVE"),
    (("update",), "ROW EXCLUSIVE"),
    (("delete",), "ROW EXCLUSIVE"),
)
_GENTLE_ALTER: Final = (("validate", "constraint"), ("set", "statistics"), ("attach", "partition"))
_SKIPPED: Final = frozenset({"if", "not", "exists", "only", "table", "into", "from", "concurrently", "view"})


def meaning(mode: str) -> str:
    """What a lock of this mode (in SQL's words) makes others wait for."""
    return _MEANING.get(mode, "")


def strength(mode: str) -> int:
    """For sorting: the stronger, the higher."""
    return _STRENGTH.get(mode, -1)


def by_text(sql: str) -> tuple[tuple[str, str], ...]:
    """(relation as written, mode) that the statements ask for, read from their first words alone.

    An approximation for what cannot be rehearsed: it knows nothing of cascades, foreign keys and DO blocks.
    """
    created: set[str] = set()
    found: dict[str, str] = {}
    for piece in statements(sql):
        if piece.words[:2] == ("create", "table"):
            created.add(_name(piece, 2))
            continue
        mode, name = _asked(piece)
        if mode and name and name not in created and strength(mode) > strength(found.get(name, "")):
            found[name] = mode
    return tuple(sorted(found.items()))


def _asked(piece: Piece) -> tuple[str, str]:
    """Mode and relation of one statement; two empty strings for one that locks nothing worth telling."""
    rule = next(((words, mode) for words, mode in _BY_WORDS if piece.begins(*words)), None)
    if rule is None:
        return "", ""
    words, mode = rule
    if words == ("alter", "table") and any(_contains(piece, gentle) for gentle in _GENTLE_ALTER):
        mode = "SHARE UPDATE EXCLUSIVE"
    # CREATE INDEX i ON t, DROP TRIGGER g ON t: the relation stands behind ON; else behind the first words.
    on = "on" in piece.words and words[0] in {"create", "drop"}
    return mode, _name(piece, piece.words.index("on") + 1 if on else len(words))


def _contains(piece: Piece, words: tuple[str, ...]) -> bool:
    return any(piece.words[at : at + len(words)] == words for at in range(len(piece.words)))


def _name(piece: Piece, at: int) -> str:
    """The dotted name that begins at this token, as it was written."""
    tokens = list(piece.tokens[at:])
    while tokens and tokens[0].word in _SKIPPED:
        tokens.pop(0)
    name = tokens[0].text if tokens else ""
    for dot, part in zip(tokens[1::2], tokens[2::2], strict=False):
        if dot.text != ".":
            break
        name += "." + part.text
    return name
