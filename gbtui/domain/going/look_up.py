"""The look-up behind the command line: one statement, by indexes alone, within what the console is narrowed to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gbtui.database.sql import statement
from gbtui.domain.going.asked import Asked, asked
from gbtui.domain.going.found import Found, ranked
from gbtui.domain.scope import EVERYONE, Scope

if TYPE_CHECKING:
    from gbtui.database.database import Database

MOST: Final = 5
"""Of a kind, offered at once: who means another one types on. The statements ask for one more, which tells of more."""
INDEXES: Final = (
    "organizations_parts_idx", "bots_lower_name_idx", "bots_parts_idx", "kb_collections_lower_name_idx",
    "kb_collections_parts_idx", "kb_documents_lower_name_idx", "kb_documents_parts_idx", "basic_tools_lower_name_idx",
    "basic_tools_parts_idx", "users_lower_username_idx", "users_lower_email_idx", "users_parts_idx",
)  # fmt: skip
"""What the look-up by names goes by; migration 2026-11-28-000600 and those behind it build them."""
_WITHOUT: Final = (
    "only ids, slugs, user names and addresses are looked for, as a whole: the migrations from 2026-11-28-000600 on are"
    " not applied (gbtui migrate up)"
)
_MASKED: Final = "it is not looked for by what is masked here"
_CUT: Final = "of users only the first 300 called so on this server were looked at"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, the best first; `remark` says what was not looked at, `more` whether a kind has more of it."""

    wanted: Asked
    found: tuple[Found, ...] = ()
    remark: str = ""
    more: bool = False


class LookUp:
    """Looks things up in one database. Raises the GbtuiError tree."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._indexed = False

    async def find(self, text: str, scope: Scope = EVERYONE) -> Answer:
        """What a text may mean."""
        wanted = asked(text)
        if not wanted.name:
            return Answer(wanted)
        database = self._database
        if wanted.low is None and database.shown_text(wanted.name) != wanted.name:
            return Answer(wanted, remark=_MASKED)
        name, where = await self._statement(scope)
        rows = await database.rows(
            Found, statement(f"general_bots/{name}", where=where),
            wanted.name, wanted.low, wanted.high, wanted.texts, not database.redact, *scope.arguments,
        )  # fmt: skip
        found = [one for one in rows if one.kind != "cut" and self._may_be_told(one, wanted)]
        best = ranked(found, wanted, MOST)
        cut = _CUT if len(found) < len(rows) and any(one.kind == "cut" for one in rows) else ""
        return Answer(wanted, best, cut if self._indexed else _WITHOUT, more=len(best) < len(found))

    async def _statement(self, scope: Scope) -> tuple[str, tuple[str, ...]]:
        if not self._indexed:
            # Asked until they are all there: they may be built while the console is open.
            (row,) = await self._database.fetch("general_bots/go_indexes", list(INDEXES))
            self._indexed = bool(row["whole"])
        if not self._indexed:
            return "go_exactly", scope.where
        return ("go_anywhere", ()) if scope.org_id is None else ("go_within", ())

    def _may_be_told(self, one: Found, wanted: Asked) -> bool:
        """Whether what it was found by is to be seen: a name that is masked would be told by its being found."""
        name = wanted.name.casefold()
        return not self._database.redact or one.has_id(wanted) or any(name in text.casefold() for text in one.told)
