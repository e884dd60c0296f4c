"""From a wish to what is read: who and when it is bounded by, which language, with which index."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from gbtui.domain.conversation import Conversations
from gbtui.domain.scope import Scope
from gbtui.domain.search.languages import PLAIN, named
from gbtui.domain.search.standing import TABLES, Standing, standing
from gbtui.domain.search.wish import Wish
from gbtui.domain.search.words import figures, query, wanted, wordless
from gbtui.domain.tenant_list import scope_of
from gbtui.errors import UsageError
from gbtui.text import count, size
from gbtui.times import parse, parse_end

if TYPE_CHECKING:
    from gbtui.database.database import Database

UNLESS_SAID: Final = timedelta(hours=24)
"""How far back a search without an index goes for a tenant or a bot."""
_WITHOUT: Final = "without --redact it can be done"
_BUILD: Final = "gbtui search --build-index --read-write"


@dataclass(frozen=True, slots=True)
class Request:
    """A search that may run. Times are UTC; None: not bounded on that side.

    `query` is the server's, in `language`; "" where `text` is looked for as it stands. `indexed`: an index finds it,
    else it is read slice by slice. `remark` says what the person did not choose.
    """

    text: str
    query: str
    language: str
    indexed: bool
    documents: bool
    scope: Scope
    bot_id: UUID | None = None
    bot: str = ""
    session_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    remark: str = ""

    @property
    def holding(self) -> bool:
        """Whether the text is looked for as it stands."""
        return not self.query

    @property
    def sought(self) -> re.Pattern[str] | None:
        """What finds the text as it stands; None where words are searched."""
        return re.compile(re.escape(self.text), re.IGNORECASE) if self.holding else None

    @property
    def ranked(self) -> bool:
        """Whether the best come first when all are known; else each is told as it is found, newest first."""
        return bool(self.query) and (self.indexed or self.documents)

    @property
    def figures(self) -> tuple[str, ...]:
        """The words with digits that must be seen in a match where numbers are masked."""
        return (self.text.casefold(),) if self.holding else figures(self.text)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that must all be seen in a match where numbers are masked."""
        return () if self.holding else wanted(self.text) or ()

    @property
    def where(self) -> tuple[str, ...]:
        """The variants of the statements that bound it."""
        narrowest = "session" if self.session_id else "bot" if self.bot_id else ""
        return (*self.scope.where, *((narrowest,) if narrowest else ()))

    @property
    def arguments(self) -> tuple[UUID, ...]:
        """The parameters of these variants."""
        narrowest = self.session_id or self.bot_id
        return (*self.scope.arguments, *((narrowest,) if narrowest else ()))

    def bounds(self) -> Mapping[str, str]:
        """What bounds it, by name: for the record of who searched what."""
        told = {
            "organization": self.scope.label,
            "bot": self.bot,
            "session": str(self.session_id or ""),
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "language": self.language if self.query else "",
        }
        return {name: value for name, value in told.items() if value}


async def request(database: "Database", wish: Wish, scope: Scope, now: datetime | None = None) -> Request:
    """What a wish means on this server, in the scope that is looked at; UsageError says why it cannot run."""
    now = now or datetime.now(UTC)
    stands = await standing(database)
    if not stands.has(wish.documents):
        table = f"public.{TABLES[wish.documents]}"
        raise UsageError("Nothing to search", f"this database has no table {table} with the columns of gbtui's schema")
    if database.shown_text(wish.text) != wish.text:
        raise UsageError("Masked", "what is masked here cannot be looked for", _WITHOUT)
    made = await _where(database, wish, scope)
    since, until = _times(wish, now)
    made = replace(made, since=since, until=until)
    holding = wish.holding or (wordless(wish.text) and not wish.words)
    if holding:
        made = replace(made, text=_text(wish), remark="" if wish.holding else _WORDLESS)
    else:
        if database.redact and wanted(wish.text) is None:
            raise UsageError("Masked", "! and or would tell what is masked by what is left out", _WITHOUT)
        language = await _language(database, wish, stands)
        told = query(wish.text)
        looked_up = await _looked_up(database, language, told, wish.text)
        indexed = looked_up and language in stands.languages(wish.documents)
        remark = "" if looked_up else "only what must not be in it was named: no index finds that"
        if indexed and database.facts.access.walled:
            indexed, remark = False, _WALLED
        made = replace(made, query=told, language=language, indexed=indexed, remark=remark)
    return made if made.indexed else _bounded(made, stands, now, bound=database.facts.access.bound)


_WALLED: Final = "row-level security keeps the index out of use for this login: what lies between is read"
"""Text search is not leakproof, so PostgreSQL asks a policy of each row before it asks an index for words."""
_WORDLESS: Final = "no spaces part its words: the text is looked for as it stands (--words: as words)"


async def _where(database: "Database", wish: Wish, scope: Scope) -> Request:
    """Organization, bot and session; what is not in the scope does not exist."""
    made = Request(wish.text, "", PLAIN, False, wish.documents, scope)
    bot, _, org = wish.bot.rpartition("@") if "@" in wish.bot else (wish.bot, "", wish.org)
    org = wish.org or org
    if org:
        chosen = await scope_of(database, org)
        if scope.org_id not in (None, chosen.org_id):
            raise UsageError("search", f"only {scope.label} is looked at; {org} is another organization", "o widens")
        made = replace(made, scope=chosen)
    if wish.session:
        made = await _session(database, wish, made)
    if bot:
        if made.scope.org_id is None:
            raise UsageError("search", f"{bot} of which organization?", "write --bot NAME@ORG, or --org ORG")
        found = await database.fetch("general_bots/bot_named", bot, made.scope.org_id)
        if not found:
            raise UsageError("search", f"{made.scope.label} has no bot called {bot}")
        made = replace(made, bot_id=found[0]["id"], bot=found[0]["name"])
    return made


async def _session(database: "Database", wish: Wish, made: Request) -> Request:
    if wish.documents:
        raise UsageError("search", "documents belong to a bot, not to a session", "--bot NAME@ORG bounds it")
    try:
        session_id = UUID(wish.session)
    except ValueError:
        raise UsageError("search", f"{wish.session} is no session's id") from None
    head = await Conversations(database).head(session_id, made.scope)
    if head is None:
        where = f" in {made.scope.label}" if made.scope.label else ""
        raise UsageError("search", f"there is no session {session_id}{where}")
    scope = Scope(head.org_id, head.organization)
    return replace(made, scope=scope, bot=head.bot, session_id=session_id)


def _times(wish: Wish, now: datetime) -> tuple[datetime | None, datetime | None]:
    since = parse(wish.since, now) if wish.since else None
    until = None
    if wish.until:
        until = parse_end(wish.until, now, since) if since else parse(wish.until, now)
    if since and until and until <= since:
        raise UsageError("search", "it ends before it begins")
    if wish.documents and (since or until):
        raise UsageError("search", "documents are not searched by time", "--org or --bot bounds it")
    return since, until


def _text(wish: Wish) -> str:
    text = wish.text.strip('"').replace("\0", "").encode(errors="ignore").decode()
    if not text.strip():
        raise UsageError("Nothing to search for", "", "write a text")
    return text


async def _language(database: "Database", wish: Wish, stands: Standing) -> str:
    """The language that was named; else one that has an index, plain words first."""
    if wish.language:
        language = named(wish.language)
        known = [row["name"] for row in await database.fetch("general_bots/search_languages")]
        if language not in known:
            have = f"it has {', '.join(known)}"
            raise UsageError("search", f"this server has no dictionary for {wish.language}", have)
        return language
    indexed = stands.languages(wish.documents)
    return PLAIN if PLAIN in indexed or not indexed else indexed[0]


async def _looked_up(database: "Database", language: str, told: str, text: str) -> bool:
    """Whether an index can find it; UsageError if the language leaves nothing of it."""
    (row,) = await database.fetch("general_bots/search_query", language, told)
    if not row["nodes"]:
        raise UsageError(
            "Nothing to search for", f"{language} leaves out such words: {text}", f"--language {PLAIN} keeps them"
        )
    return row["indexable"] not in ("", "T")


def _bounded(made: Request, stands: Standing, now: datetime, *, bound: bool) -> Request:
    """Without an index all in between is read: that wants bounds."""
    if made.session_id is None and made.scope.org_id is None:
        # How much there is in all is not for who is bound to some organizations.
        things = "documents" if made.documents else "messages"
        much = f"without an index all {things} would be read" if bound else _unbounded(made, stands)
        raise UsageError("Too much to read", much, _advice(made))
    if made.documents or made.session_id is not None or made.since is not None:
        return made
    return replace(made, since=(made.until or now) - UNLESS_SAID)


def _unbounded(made: Request, stands: Standing) -> str:
    cost = stands.cost(made.documents)
    things = "documents" if made.documents else "messages"
    text = f", {size(cost.text_bytes)} of text" if cost.text_bytes else ""
    read = f"without an index all {count(cost.entries)} {things}{text} would be read"
    if made.holding or (not made.indexed and made.remark):
        return f"{read}; none finds this"
    return f"{read}; one for {made.language} would take about {cost.told}"


def _advice(made: Request) -> str:
    bound = "--org or --bot" if made.documents else "--org or --bot (the last 24 h unless --since), or --session"
    if made.holding or made.remark:
        return f"bound it: {bound}"
    extra = "" if made.language == PLAIN else f" --language {made.language}"
    return f"bound it: {bound}; or build the index: {_BUILD}{extra}"
