"""Conversations on a real server: the head, pages both ways, what comes while one reads."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from gbtui.database.database import Database
from gbtui.domain.conversation import BEGINNING, END, Conversation, Conversations, Event
from gbtui.domain.reader import PAGE, Reader
from gbtui.domain.scope import Scope
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place, say, say_many


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
def source(database: Database) -> Conversations:
    return Conversations(database)


async def click(writer: Connection, at: Place, element: str) -> None:
    await writer.execute(
        "INSERT INTO clicks (session_id, org_id, element_id, timestamp) VALUES ($1, $2, $3, clock_timestamp())",
        at.session_id, at.org_id, element,
    )  # fmt: skip


async def another_session(writer: Connection, at: Place, *, ago: int) -> UUID:
    found: UUID = await writer.fetchval(
        "INSERT INTO user_sessions (user_id, bot_id, org_id, session_token, created_at)"
        " VALUES ($1, $2, $3, $4, now() - make_interval(secs => $5)) RETURNING id",
        at.user_id, at.bot_id, at.org_id, f"sha256:{uuid4().hex}{uuid4().hex}", ago,
    )  # fmt: skip
    return found


async def test_the_head_names_everything_but_the_token(source: Conversations, writer: Connection) -> None:
    acme = await place(writer)
    await say_many(writer, acme, ["one", "two"])
    for name in "refund", "track \x1b[31mparcel":
        tool = await writer.fetchval(
            "INSERT INTO basic_tools (bot_id, org_id, name, script) VALUES ($1, $2, $3, '') RETURNING id",
            acme.bot_id, acme.org_id, name,
        )  # fmt: skip
        await writer.execute(
            "INSERT INTO session_tool_associations (session_id, tool_id, org_id) VALUES ($1, $2, $3)",
            acme.session_id, tool, acme.org_id,
        )  # fmt: skip
    manual = await writer.fetchval(
        "INSERT INTO kb_collections (bot_id, org_id, name) VALUES ($1, $2, 'Manual') RETURNING id",
        acme.bot_id, acme.org_id,
    )  # fmt: skip
    await writer.execute(
        "INSERT INTO user_kb_associations (session_id, collection_id, org_id) VALUES ($1, $2, $3)",
        acme.session_id, manual, acme.org_id,
    )  # fmt: skip
    await another_session(writer, acme, ago=3600)
    head = await source.head(acme.session_id)
    assert head is not None
    assert (head.organization, head.bot, head.user, head.messages) == ("acme", "support-acme", "ann-acme", 2)
    assert head.collections == ("Manual",)
    assert [name.replace("\ufffd", "") for name in head.tools] == ["refund", "track [31mparcel"]
    assert (head.earlier, head.later, head.user_active) == (1, 0, True)
    assert "token" not in " ".join(Conversation.__dataclass_fields__)


async def test_a_scope_hides_the_sessions_of_others(source: Conversations, writer: Connection) -> None:
    acme, globex = await place(writer), await place(writer, "globex")
    assert await source.head(acme.session_id, Scope(acme.org_id, "acme")) is not None
    assert await source.head(acme.session_id, Scope(globex.org_id, "globex")) is None
    assert await source.head(uuid4()) is None


async def test_steps_to_the_users_sessions_before_and_after(source: Conversations, writer: Connection) -> None:
    acme = await place(writer)
    ids = [await another_session(writer, acme, ago=ago) for ago in (3000, 2000, 1000)] + [acme.session_id]
    heads = [head for key in ids if (head := await source.head(key))]
    assert [(head.earlier, head.later) for head in heads] == [(0, 3), (1, 2), (2, 1), (3, 0)]
    assert [await source.beside(head, -1) for head in heads] == [None, *ids[:-1]]
    assert [await source.beside(head, 1) for head in heads] == [*ids[1:], None]
    other = Scope(uuid4(), "other")
    assert await source.beside(heads[1], 1, other) is None


async def test_an_anonymous_user_has_no_other_sessions(source: Conversations, writer: Connection) -> None:
    acme = await place(writer)
    await another_session(writer, acme, ago=1000)
    await writer.execute("DELETE FROM users")
    head = await source.head(acme.session_id)
    assert head is not None
    assert (head.user, head.user_id, head.earlier, head.later) == ("", None, 0, 0)
    assert await source.beside(head, -1) is None


async def test_messages_and_clicks_are_one_time_line_that_pages_both_ways(
    source: Conversations, writer: Connection
) -> None:
    acme = await place(writer)
    async with writer.transaction():  # all at the same time: the id decides
        for number in range(15):
            await say(writer, acme, f"line {number}")
    await click(writer, acme, "order-button")
    await say(writer, acme, "thanks")
    whole = await source.before(acme.session_id, END)
    assert [event.kind for event in whole[-2:]] == ["click", "user"]
    assert whole[-2].text == "order-button"
    assert len(whole) == 17
    up: list[Event] = []
    while page := await source.before(acme.session_id, up[0].place if up else END, limit=5):
        up = [*page, *up]
    down: list[Event] = []
    while page := await source.behind(acme.session_id, down[-1].place if down else BEGINNING, limit=5):
        down += page
    assert up == down == whole


async def test_a_long_message_is_cut_and_brought_whole_when_asked_for(
    source: Conversations, writer: Connection
) -> None:
    acme = await place(writer)
    await say(writer, acme, "x" * 50_000 + "end \x1b]0;owned\x07")
    (event,) = await source.before(acme.session_id)
    assert event.cut
    assert len(event.text) == 10_000
    whole = await source.whole(acme.session_id, event)
    assert len(whole.text) == event.length
    assert not whole.cut
    assert "\x1b" not in whole.text


async def test_a_reader_opens_at_the_end_and_pages_to_the_beginning(source: Conversations, writer: Connection) -> None:
    acme = await place(writer)
    await say_many(writer, acme, [f"line {number}" for number in range(PAGE + 50)])
    reader = Reader(source, acme.session_id)
    await reader.open()
    assert len(reader.transcript) == PAGE
    assert not reader.transcript.at_beginning
    assert await reader.older()
    assert len(reader.transcript) == PAGE + 50
    assert not await reader.older()
    await reader.go_to_beginning()
    assert len(reader.transcript) == PAGE
    assert reader.transcript.at_beginning
    assert not reader.transcript.at_end
    middle = reader.transcript.events[100]
    await reader.go(middle.place)
    assert middle in reader.transcript.events
    assert reader.transcript.at_end
    assert reader.transcript.at_beginning


async def test_what_comes_is_read_once_in_its_place_even_when_it_was_committed_late(
    source: Conversations, writer: Connection, dsn: str, connect: Connect
) -> None:
    acme = await place(writer)
    await say(writer, acme, "first")
    reader = Reader(source, acme.session_id)
    await reader.open()
    slow = await connect(dsn)
    transaction = slow.transaction()
    await transaction.start()
    await say(slow, acme, "written before, committed after")
    await writer.execute("SELECT pg_sleep(0.002)")
    await say(writer, acme, "second", "bot")
    new, at_end = await reader.refresh()
    assert ([event.text for event in new], at_end) == (["second"], True)
    await transaction.commit()
    new, at_end = await reader.refresh()
    assert ([event.text for event in new], at_end) == (["written before, committed after"], False)
    assert await reader.refresh() == ([], True)
    texts = [event.text for event in reader.transcript.events]
    assert texts == ["first", "written before, committed after", "second"]


async def test_a_message_from_long_ago_is_found_when_the_tail_tells_its_time(
    source: Conversations, writer: Connection
) -> None:
    acme = await place(writer)
    await say(writer, acme, "now")
    reader = Reader(source, acme.session_id)
    await reader.open()
    old = Place.insert.replace("sender)", "sender, created_at)").replace("$6)", "$6, now() - interval '1 h')")
    at: datetime = await writer.fetchval(
        f"{old} RETURNING created_at",
        acme.session_id, acme.user_id, acme.bot_id, acme.org_id, "an hour ago", "user",
    )  # fmt: skip
    assert await reader.refresh() == ([], True)
    new, at_end = await reader.refresh(since=at)
    assert ([event.text for event in new], at_end) == (["an hour ago"], False)


async def test_a_deleted_session_keeps_what_was_read_of_it(source: Conversations, writer: Connection) -> None:
    acme = await place(writer)
    await say(writer, acme, "hello")
    reader = Reader(source, acme.session_id)
    await reader.open()
    await writer.execute("DELETE FROM user_sessions")
    assert await reader.refresh() == ([], True)
    assert reader.gone
    assert reader.head is not None
    assert len(reader.transcript) == 1


async def test_all_turns_are_whole_and_in_order(source: Conversations, writer: Connection) -> None:
    acme = await place(writer)
    await say_many(writer, acme, [f"line {number} " + "x" * 11_000 * (number == 60) for number in range(120)])
    found, more = await Reader(source, acme.session_id).all_turns()
    assert len(found) == 120
    assert not more
    assert not any(turn.event.cut for turn in found)
