"""What a search finds on a real server: the same with an index and without, and never what is another tenant's."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from gbtui.database.database import Database
from gbtui.domain.scope import Scope
from gbtui.domain.search import search as engine
from gbtui.domain.search.hits import DocumentHit, Hit, spans_of
from gbtui.domain.search.search import Found
from gbtui.domain.search.searches import Searches
from gbtui.domain.search.wish import read
from gbtui.errors import DeadlineError, GbtuiError, UsageError
from tests.conftest import Connection
from tests.domain.platform import Place, place, say
from tests.search.conftest import build, find, found
from tests.waiting import until

HOSTILE = "\x1b]0;owned\x07 <b>refund</b> \x9b31mred\u202e [red]x[/red] s00000000refunde00000000"


def texts(hits: list[Found]) -> list[str]:
    return [hit.snippet for hit in hits]


def lit(hit: Found) -> list[str]:
    return [piece for piece, matched in spans_of(hit) if matched]


async def say_at(writer: Connection, at: Place, text: str, **ago: float) -> None:
    await writer.execute(
        "INSERT INTO message_history (session_id, user_id, bot_id, org_id, message, sender, created_at)"
        " VALUES ($1, $2, $3, $4, $5, 'user', now() - $6::interval)",
        at.session_id, at.user_id, at.bot_id, at.org_id, text, timedelta(**ago),
    )  # fmt: skip


async def document(writer: Connection, at: Place, name: str, content: str) -> str:
    collection = await writer.fetchval(
        "INSERT INTO kb_collections (bot_id, org_id, name) VALUES ($1, $2, $3) RETURNING id",
        at.bot_id, at.org_id, f"manual {uuid4().hex}",
    )  # fmt: skip
    made: str = await writer.fetchval(
        "INSERT INTO kb_documents (collection_id, bot_id, org_id, name, content)"
        " VALUES ($1, $2, $3, $4, $5) RETURNING id",
        collection, at.bot_id, at.org_id, name, content,
    )  # fmt: skip
    return made


@pytest.fixture(params=[False, True], ids=["scan", "index"])
async def indexed(request: pytest.FixtureRequest, platform_dsn: str, writer: Connection) -> bool:
    if request.param:
        await build(platform_dsn)
    return bool(request.param)


@pytest.mark.usefixtures("indexed")
async def test_words_phrases_beginnings_and_what_must_not_be_there(searches: Searches, writer: Connection) -> None:
    acme = await place(writer)
    for text in (
        "Where is my REFUND?", "the parcel came late", "late, but the parcel came", "refunds take three days",
        "mail a.baker@example.com, thanks", "Ärger über Überweisung", "order 138-341/7",
    ):  # fmt: skip
        await say(writer, acme, text)

    async def one(line: str) -> list[str]:
        return sorted(texts(await find(searches, f"{line} --org acme")))

    assert await one("refund") == ["Where is my REFUND?"]
    assert await one("refund*") == ["Where is my REFUND?", "refunds take three days"]
    assert await one("parcel late") == ["late, but the parcel came", "the parcel came late"]
    assert await one('"parcel came late"') == ["the parcel came late"]
    assert await one("parcel !but") == ["the parcel came late"]
    assert await one("refund or thanks") == ["Where is my REFUND?", "mail a.baker@example.com, thanks"]
    assert await one("a.baker@example.com") == await one("baker") == ["mail a.baker@example.com, thanks"]
    assert await one("138-341/7") == await one("341") == ["order 138-341/7"]
    assert await one("ärger überweisung") == ["Ärger über Überweisung"]
    assert await one("--holding arcel") == ["late, but the parcel came", "the parcel came late"]
    assert await one("nothing") == []


@pytest.mark.usefixtures("indexed")
async def test_what_matched_is_marked_and_what_is_hostile_harmless(searches: Searches, writer: Connection) -> None:
    acme = await place(writer)
    await say(writer, acme, HOSTILE)
    await say(writer, acme, "x " * 500 + "\nthen: a Refund, a refund" + " y" * 500)
    short, long = sorted(await find(searches, "refund --org acme"), key=lambda hit: hit.length)
    assert lit(short) == ["refund"]
    assert "<b>refund</b>" in short.snippet
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\n"} & set(short.snippet)
    assert "s00000000refunde00000000" in short.snippet  # a mark cannot be made up: ours are random
    assert lit(long) == ["Refund", "refund"]
    assert long.snippet.startswith("… x x")
    assert long.snippet.endswith(" …")
    assert long.cut
    (held,) = [hit for hit in await find(searches, "--holding A REFUND, --org acme") if isinstance(hit, Hit)]
    assert lit(held) == ["a Refund,"]


async def test_another_tenants_rows_are_never_found(searches: Searches, writer: Connection, indexed: bool) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    for number in range(30):
        await say(writer, acme if number % 2 else globex, f"secret {number}")
    for at in (acme, globex):
        await document(writer, at, "secret", f"secret of {at.org_id}")
    mine = Scope(acme.org_id, "acme")
    for line in ("secret", "secret --holding", "secret --documents", "secret --bot support-acme"):
        hits = await find(searches, line, mine)
        assert hits
        assert {hit.org_id for hit in hits} == {acme.org_id}, line
        assert not [hit for hit in hits if str(globex.org_id) in hit.snippet], line
    # Neither by naming what is theirs, nor by an id.
    for line in ("x --org globex", f"x --session {globex.session_id}", "x --bot support-globex", "x --bot a@globex"):
        with pytest.raises(UsageError):
            await find(searches, line, mine)
    (theirs,) = await find(searches, "secret --documents --org globex")
    assert isinstance(theirs, DocumentHit)
    assert await searches.document(theirs, mine) is None
    if indexed:
        assert {hit.org_id for hit in await find(searches, "secret")} == {acme.org_id, globex.org_id}


async def test_without_an_index_what_is_not_bounded_is_refused_with_what_it_would_cost(
    searches: Searches, writer: Connection
) -> None:
    acme = await place(writer)
    await say_at(writer, acme, "yesterday's refund", hours=30)
    await say(writer, acme, "refund")
    await writer.execute("ANALYZE")
    for line in ("refund", "refund --since 1h", "refund --documents"):
        with pytest.raises(UsageError) as refused:
            await find(searches, line)
        assert "--build-index" in refused.value.hint
    with pytest.raises(UsageError, match=r"2 messages, .* of text would be read"):
        await find(searches, "refund")
    assert texts(await find(searches, "refund --org acme")) == ["refund"]  # 24 h unless said
    assert len(await find(searches, "refund --org acme --since 2d")) == 2
    assert len(await find(searches, f"refund --session {acme.session_id}")) == 2
    assert texts(await find(searches, "refund --bot support-acme@acme --since 2d --until 24h")) == [
        "yesterday's refund"
    ]


async def test_a_language_finds_a_words_other_forms(searches: Searches, writer: Connection, platform_dsn: str) -> None:
    acme = await place(writer)
    await say(writer, acme, "Wo bleiben meine Bestellungen?")
    for _ in "scan", "index":
        (hit,) = await find(searches, "Bestellung --language de --org acme")
        assert lit(hit) == ["Bestellungen"]
        assert await find(searches, "Bestellung --language simple --org acme") == []
        with pytest.raises(UsageError, match="leaves out"):
            await find(searches, "der die das --language de --org acme")
        await build(platform_dsn, "german")
    assert len(await find(searches, "Bestellung --language de")) == 1
    assert len(await find(searches, "Bestellung")) == 1  # the only language that is indexed
    with pytest.raises(UsageError, match="klingon"):
        await find(searches, "x --language klingon --org acme")


async def test_a_script_without_spaces_is_looked_for_as_it_stands(searches: Searches, writer: Connection) -> None:
    acme = await place(writer)
    await say(writer, acme, "東京トラベルへようこそ")
    running = await searches.begin(read("トラベル --org acme"))
    assert "as it stands" in running.request.remark
    (hit,) = await find(searches, "トラベル --org acme")
    assert lit(hit) == ["トラベル"]
    assert await find(searches, "トラベル --org acme --words") == []  # for the server it is one word


async def test_a_scan_goes_back_slice_by_slice_and_goes_on_where_it_was_stopped(
    searches: Searches, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    for number in range(40):
        await say_at(writer, acme, f"parcel {number}", minutes=number)
        await say_at(writer, globex, "parcel of another", minutes=number)
    for _ in range(5):  # the same time, as an import has it
        await writer.execute(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " SELECT $1, $2, $3, 'parcel import', 'bot', date_trunc('hour', now()) - interval '90 min'"
            " FROM generate_series(1, 7)",
            acme.session_id, acme.bot_id, acme.org_id,
        )  # fmt: skip
    running = await searches.begin(read("parcel --org acme"))
    assert isinstance(running, engine.MessageSearch)
    running._number.least = running._number.most = running._number.size = 10
    hits: list[Found] = []
    reads: list[int] = []
    while not running.done:
        async for step in running.run(7):
            hits += step.hits
            reads.append(step.read or 0)
            assert step.back_to is not None
            assert all(one.created_at >= step.back_to for one in hits if isinstance(one, Hit))
    assert [one.snippet for one in hits[:40]] == [f"parcel {number}" for number in range(40)]
    assert len({one.id for one in hits}) == len(hits) == 75
    assert reads == sorted(reads)
    assert reads[-1] == 75
    assert step.share == 1.0


async def test_the_index_ranks_by_nearness_and_age(searches: Searches, writer: Connection, platform_dsn: str) -> None:
    acme = await place(writer)
    await say_at(writer, acme, "refund please, when is my refund?", days=1)
    await say_at(writer, acme, "refund please, when is my refund? (again)", days=200)
    await say_at(writer, acme, "refund " + "of other things " * 30, hours=1)
    await build(platform_dsn)
    hits, steps = await found(searches, "refund")
    assert [one.length for one in hits] == [487, 33, 41]  # newest first, as they are found
    assert [one.length for one in engine.ranked(hits, hits[0].created_at)] == [33, 487, 41]  # type: ignore[union-attr]
    assert all(0 < one.rank < 1 for one in hits)
    assert steps[-1].done
    assert steps[-1].read is None


async def test_a_word_in_every_message_costs_no_more_than_the_newest(
    searches: Searches, writer: Connection, platform_dsn: str
) -> None:
    acme = await place(writer)
    await writer.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
        " SELECT $1, $2, $3, 'hello ' || n, 'bot', now() - n * interval '1 min' FROM generate_series(1, 3000) n",
        acme.session_id, acme.bot_id, acme.org_id,
    )  # fmt: skip
    await build(platform_dsn)
    running = await searches.begin(read("hello"))
    hits = [one async for step in running.run(500) for one in step.hits]
    assert [one.snippet for one in hits] == [f"hello {number}" for number in range(1, 501)]
    assert not running.done
    more = [one async for step in running.run(500) for one in step.hits]
    assert [one.snippet for one in more] == [f"hello {number}" for number in range(501, 1001)]


async def test_documents_are_found_by_name_and_text(searches: Searches, writer: Connection, indexed: bool) -> None:
    acme = await place(writer)
    named = await document(writer, acme, "Opening hours.md", "from eight to five")
    holds = await document(writer, acme, "faq.md", "x " * 60_000 + "The opening hours are long. " + "y " * 10_000)
    hits = await find(searches, "opening hours --documents --org acme")
    best = engine.ranked(hits, (await writer.fetchval("SELECT now()")))
    assert [one.id for one in best] == [named]  # what stands behind 100,000 characters is not searched
    await writer.execute("UPDATE kb_documents SET content = substr(content, 60000) WHERE id = $1", holds)
    hits = await find(searches, "opening hours --documents --org acme")
    best = engine.ranked(hits, (await writer.fetchval("SELECT now()")))
    assert [one.id for one in best] == [named, holds]
    assert lit(best[1]) == ["opening", "hours"]
    assert isinstance(best[1], DocumentHit)
    opened = await searches.document(best[1])
    assert opened is not None
    assert len(opened.content) == 20_000
    assert len(await find(searches, "PENING --holding --documents --org acme")) == 2
    running = await searches.begin(read("opening --documents --bot support-acme@acme"))
    assert running.request.indexed is indexed


async def test_a_search_is_on_record_before_it_is_read(
    searches: Searches, writer: Connection, searched: Database
) -> None:
    acme = await place(writer)
    await searches.begin(read("refund --bot support-acme@acme --since 2h"))
    (row,) = await writer.fetch(
        "SELECT * FROM gb_meta.audit_log WHERE org_id = $1 AND action NOT LIKE 'row.%'", acme.org_id
    )
    assert row["action"] == "messages.searched"
    assert '"search": "refund"' in row["detail"]
    assert '"redacted": false' in row["detail"]
    assert '"bot": "support-acme"' in row["detail"]
    assert '"since"' in row["detail"]


async def heavy(writer: Connection, at: Place, messages: int) -> None:
    await writer.execute(
        "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
        " SELECT $1, $2, $3, repeat('word ' || n || ' ', 9000), 'bot', now() - n * interval '1 s'"
        " FROM generate_series(1, $4) n",
        at.session_id, at.bot_id, at.org_id, messages,
    )  # fmt: skip


async def test_stopping_ends_the_statement_on_the_server(
    platform_dsn: str, searches: Searches, writer: Connection
) -> None:
    acme = await place(writer)
    await heavy(writer, acme, 1000)  # a slice of them takes longer than this test waits

    async def run() -> None:
        async with Database(platform_dsn, statement_timeout=60.0) as patient:
            running = await Searches(patient, searches._audit).begin(read("nothing --org acme"))
            async for _ in running.run():
                pass

    reading = asyncio.create_task(run())
    active = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE query LIKE '%ts_rank_cd%' AND state = 'active' AND pid <> pg_backend_pid()"
    )
    await until(lambda: writer.fetchval(active))
    reading.cancel()

    async def gone() -> bool:
        return not await writer.fetchval(active)

    await until(gone, 8.0)
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_slice_that_passes_the_deadline_is_read_in_pieces(
    searches: Searches, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = await place(writer)
    for number in range(60):
        await say(writer, acme, f"word {number}")
    matches = engine.MessageSearch._matches
    given_up: list[int] = []

    async def hurried(self: engine.MessageSearch, name: str, *place: object) -> object:
        assert self._slice is not None
        if self._slice[1] > 5:
            given_up.append(self._slice[1])
            raise DeadlineError("Cancelled by the server")
        return await matches(self, name, *place)

    monkeypatch.setattr(engine.MessageSearch, "_matches", hurried)
    running = await searches.begin(read("word --org acme"))
    hits = [one async for step in running.run() for one in step.hits]
    assert [one.snippet for one in hits] == [f"word {number}" for number in reversed(range(60))]
    assert running.read == 60
    assert given_up[0] == 60


async def test_where_numbers_are_masked_a_search_does_not_tell_them(
    platform_dsn: str, searches: Searches, writer: Connection
) -> None:
    acme = await place(writer)
    for text in (
        "my card is 4111 1111 1111 1111", "write to ana.baker@example.com", "order 4111, please",
        "call +49 171 5550123",
        "x " * 400 + "baker then 4111 1111 1111 1111 baker", "a refund for ana.baker@example.com " + "y " * 400,
        "parcel " + "z " * 400 + "for ana.baker@example.com", "lost letter: bob@mail.example",
    ):  # fmt: skip
        await say(writer, acme, text)
    await document(writer, acme, "baker", "mail ana.baker@example.com")
    async with Database(platform_dsn, redact=True) as database:
        masking = Searches(database, searches._audit)

        async def one(line: str) -> list[str]:
            return sorted(texts(await find(masking, f"{line} --org acme")))

        assert await one("4111") == await one("411*") == ["order 4111, please"]
        assert await one("1111") == await one("example") == await one("card 1111") == await one("5550123") == []
        assert await one("--holding 1 1111") == await one("--holding ana.b") == []
        (far,) = await one("baker")
        assert far.startswith("… x")
        assert "then ‹card› baker" in far
        (near,) = await one("refund")
        assert near.startswith("a refund for ‹e-mail› y")
        (parcel,) = await one("parcel")
        assert parcel.startswith("parcel z")
        assert await one("parcel baker") == await one("letter mail") == await one("letter e") == []
        assert await one("lost let*") == ["lost letter: ‹e-mail›"]
        absent = ("parcel !baker", "parcel -bak*", "parcel or baker", 'parcel !"ana baker"')
        for line in ("4111 1111 1111 1111", "ana.baker@example.com", "--holding ana.baker@example.com", *absent):
            with pytest.raises(UsageError, match="masked"):
                await one(line)
        (found_one,) = await find(masking, "baker --documents --org acme")
        assert isinstance(found_one, DocumentHit)
        assert found_one.snippet == "mail ‹e-mail›"
        opened = await masking.document(found_one)
        assert opened is not None
        assert opened.content == "mail ‹e-mail›"


async def test_a_table_that_is_locked_away_is_told(searches: Searches, writer: Connection) -> None:
    acme = await place(writer)
    await say(writer, acme, "refund")
    async with writer.transaction():
        await writer.execute("LOCK TABLE message_history IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(GbtuiError):
            await find(searches, "refund --org acme")
    assert len(await find(searches, "refund --org acme")) == 1
