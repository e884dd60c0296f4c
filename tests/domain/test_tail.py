"""The tail as its listeners see it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

import pytest

from gbtui.database.database import Database
from gbtui.domain.scope import Scope
from gbtui.domain.tail import Batch, Message, Phase, State, Tail, TailEvent
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place, say, say_many
from tests.waiting import until


class Heard:
    """A listener that keeps everything."""

    def __init__(self) -> None:
        self.events: list[TailEvent] = []

    def __call__(self, event: TailEvent) -> None:
        self.events.append(event)

    def messages(self, *, backlog: bool = False) -> list[Message]:
        return [m for e in self.events if isinstance(e, Batch) and e.backlog is backlog for m in e.messages]

    def texts(self, *, backlog: bool = False) -> list[str]:
        return [message.message for message in self.messages(backlog=backlog)]


@asynccontextmanager
async def following(tail: Tail) -> AsyncIterator[Heard]:
    """The tail, started and following, with a listener; stopped at the end."""
    heard = Heard()
    tail.subscribe(heard)
    await tail.start()
    try:
        await until(lambda: tail.state.phase is Phase.FOLLOWING)
        yield heard
    finally:
        await tail.stop()


@pytest.fixture
async def writer(dsn: str, connect: Connect) -> Connection:
    return await connect(dsn)


@pytest.fixture
async def acme(writer: Connection) -> Place:
    return await place(writer)


async def test_messages_come_with_names_after_the_backlog(database: Database, writer: Connection, acme: Place) -> None:
    await say(writer, acme, "before")
    async with following(Tail(database)) as heard:
        await say(writer, acme, "hello\x1b[31m", "bot")
        await until(lambda: len(heard.messages()) == 1)
    assert heard.texts(backlog=True) == ["before"]
    (message,) = heard.messages()
    assert (message.message, message.sender, message.length) == ("hello\x1b[31m", "bot", 10)
    assert (message.organization, message.bot, message.user) == ("acme", "support-acme", "ann-acme")
    assert heard.events[-1] == State(Phase.STOPPED)


async def test_what_commits_late_is_delivered_once(
    database: Database, writer: Connection, acme: Place, dsn: str, connect: Connect
) -> None:
    slow = await connect(dsn)
    before = slow.transaction()
    await before.start()
    await say(slow, acme, "open before the start")
    async with following(Tail(database)) as heard:
        await say(writer, acme, "quick")
        await until(lambda: heard.texts() == ["quick"])
        await before.commit()
        await until(lambda: heard.texts() == ["quick", "open before the start"])
        async with slow.transaction():
            await say(slow, acme, "outer")
            with pytest.raises(ZeroDivisionError):
                async with slow.transaction():
                    await say(slow, acme, "rolled back to the savepoint")
                    raise ZeroDivisionError
            async with slow.transaction():
                await say(slow, acme, "inner")
            await say(writer, acme, "meanwhile")
            await until(lambda: "meanwhile" in heard.texts())
        await until(lambda: len(heard.texts()) == 5)
        await say(writer, acme, "end")
        await until(lambda: "end" in heard.texts())
    assert Counter(heard.texts()) == Counter(["quick", "open before the start", "outer", "inner", "meanwhile", "end"])


async def test_a_burst_in_one_transaction_and_in_many_loses_nothing(
    database: Database, writer: Connection, acme: Place
) -> None:
    tail = Tail(database, ring=1000)
    async with following(tail) as heard:
        one = [f"one {n}" for n in range(25_000)]
        await say_many(writer, acme, one)
        many = [f"many {n}.{m}" for n in range(30) for m in range(300)]
        for n in range(30):
            await say_many(writer, acme, many[n * 300 : (n + 1) * 300])
        await until(lambda: len(heard.messages()) >= 34_000, 30)
        await say(writer, acme, "end")
        await until(lambda: heard.texts()[-1] == "end")
    assert Counter(heard.texts()) == Counter([*one, *many, "end"])
    assert len(tail.messages) == 1000
    assert tail.let_go == 34_001 - 1000
    assert tail.figures.repeats == 0


async def test_a_scope_hears_its_own_organization(database: Database, writer: Connection, acme: Place) -> None:
    globex = await place(writer, "globex")
    await say(writer, globex, "before")
    async with following(Tail(database, scope=Scope(acme.org_id, "acme"))) as heard:
        await say(writer, globex, "theirs")
        await say(writer, acme, "ours")
        await until(lambda: heard.texts() == ["ours"])
    assert heard.texts(backlog=True) == []


async def test_a_new_listener_gets_what_the_ring_holds(database: Database, writer: Connection, acme: Place) -> None:
    tail = Tail(database)
    async with following(tail) as heard:
        await say(writer, acme, "one")
        await until(lambda: heard.texts() == ["one"])
        second = Heard()
        stop = tail.subscribe(second)
        assert second.texts(backlog=True) == ["one"]
        await say(writer, acme, "two")
        await until(lambda: second.texts() == ["two"])
        stop()
        await say(writer, acme, "three")
        await until(lambda: heard.texts() == ["one", "two", "three"])
    assert second.texts() == ["two"]


async def test_long_texts_are_cut_and_say_so(database: Database, writer: Connection, acme: Place) -> None:
    async with following(Tail(database)) as heard:
        await say(writer, acme, "ü" * 5000)
        await until(heard.messages)
    (message,) = heard.messages()
    assert (len(message.message), message.length, message.cut) == (4000, 5000, True)


async def test_an_old_date_is_marked_late(database: Database, writer: Connection, acme: Place) -> None:
    async with following(Tail(database)) as heard:
        await say(writer, acme, "now")
        await until(heard.messages)
        await writer.execute(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " VALUES ($1, $2, $3, 'imported', 'bot', now() - interval '1 hour')",
            acme.session_id, acme.bot_id, acme.org_id,
        )  # fmt: skip
        await until(lambda: len(heard.messages()) == 2)
    assert [message.late for message in heard.messages()] == [False, True]
    assert heard.messages()[1].user == ""


async def test_a_locked_table_is_waited_for(database: Database, writer: Connection, acme: Place) -> None:
    tail = Tail(database)
    async with following(tail) as heard:
        async with writer.transaction():
            await writer.execute("LOCK message_history IN ACCESS EXCLUSIVE MODE")
            await say(writer, acme, "under the lock")
            await until(lambda: tail.state.phase is Phase.WAITING)
            assert f"message_history by pid {writer.get_server_pid()}" in tail.state.detail
        await until(lambda: heard.texts() == ["under the lock"])
        assert tail.state.phase is Phase.FOLLOWING


async def test_a_killed_connection_costs_nothing(
    database: Database, writer: Connection, acme: Place, server_kill: str
) -> None:
    tail = Tail(database)
    async with following(tail) as heard:
        await say(writer, acme, "one")
        await until(lambda: heard.texts() == ["one"])
        await writer.execute(server_kill)
        await say(writer, acme, "two")
        await until(lambda: heard.texts() == ["one", "two"])
        assert State(Phase.FOLLOWING) == tail.state
    assert tail.figures.reconnects == 1
    assert tail.figures.repeats == 0  # the server was up all the time: there was no need to look back


@pytest.fixture
def server_kill() -> str:
    """Ends every other connection to this database, the tail's among them."""
    return (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def test_without_the_table_it_says_so_and_waits_for_it(empty_dsn: str) -> None:
    async with Database(empty_dsn) as database:
        tail = Tail(database)
        await tail.start()
        await until(lambda: tail.state.phase is Phase.FAILED)
        assert "message_history" in tail.state.detail
        await tail.stop()


async def test_all_since_a_time_then_the_present(database: Database, writer: Connection, acme: Place) -> None:
    await say_many(writer, acme, [f"old {n}" for n in range(4500)])
    since = await writer.fetchval("SELECT now() - interval '1 minute'")
    async with following(Tail(database, since=since)) as heard:
        await say(writer, acme, "new")
        await until(lambda: heard.texts() == ["new"])
    assert Counter(heard.texts(backlog=True)) == Counter(f"old {n}" for n in range(4500))


async def test_what_the_ring_let_go_can_be_paged_back(database: Database, writer: Connection, acme: Place) -> None:
    tail = Tail(database, ring=5, backlog=20)
    for number in range(20):
        await say(writer, acme, f"{number}")
    async with following(tail):
        held = tail.messages
        older = await tail.scrollback(held[0], limit=10)
        oldest = await tail.scrollback(older[0], limit=10)
    assert [m.message for m in (*oldest, *older, *held)] == [str(number) for number in range(20)]
    assert older[0].organization == "acme"


async def test_a_listener_that_breaks_does_not_break_it_silently(
    database: Database, writer: Connection, acme: Place
) -> None:
    def broken(event: TailEvent) -> None:
        if isinstance(event, Batch):
            raise ZeroDivisionError

    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    tail = Tail(database)
    async with following(tail):
        tail.subscribe(broken)
        await say(writer, acme, "hello")
        await until(lambda: tail.state.phase is Phase.FAILED)
    assert isinstance(told[0], ZeroDivisionError)


async def test_a_server_that_hangs_is_not_followed_live(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = Tail(database)
    async with following(tail):
        await until(lambda: tail.live)
        assert tail.heard_at is not None
        assert tail.messages_per_second == 0
        later = monotonic() + 60
        monkeypatch.setattr("gbtui.domain.tail.tail.monotonic", lambda: later)
        hung = tail.figures  # at once: no poll comes in between
    assert hung.rate is None


async def test_the_tail_takes_one_of_the_consoles_places(dsn: str) -> None:
    for size, left in ((3, 2), (1, 1)):
        async with Database(dsn, pool_size=size) as database, following(Tail(database)), AsyncExitStack() as held:
            for _ in range(left):
                await held.enter_async_context(database.place() if size > 1 else database.snapshot())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await database.fetch("server/connectivity")


async def test_dates_without_end_come_as_the_nearest_there_is(
    database: Database, writer: Connection, acme: Place
) -> None:
    dated = (
        "INSERT INTO message_history (session_id, user_id, bot_id, org_id, sender, message, created_at)"
        " VALUES ($1, NULL, $2, $3, 'user', 'endless', $4::text::timestamptz)"
    )
    tail = Tail(database)
    async with following(tail) as heard:
        for moment in ("-infinity", "4000-01-01 BC"):
            await writer.execute(dated, acme.session_id, acme.bot_id, acme.org_id, moment)
        await say(writer, acme, "after")
        await until(lambda: heard.texts() == ["endless", "endless", "after"])
        assert {message.created_at.year for message in heard.messages()[:2]} == {1}
        assert [message.message for message in await tail.scrollback(heard.messages()[2])] == ["endless", "endless"]
    async with following(Tail(database)) as heard:
        assert sorted(heard.texts(backlog=True)) == ["after", "endless", "endless"]
