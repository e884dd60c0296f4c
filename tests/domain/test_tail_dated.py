"""The tail of a table that the Rust BotServer made: nothing lost that is dated near its commit, nothing twice."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from gbtui.database.database import Database
from gbtui.database.sql import statement
from gbtui.domain.scope import Scope
from gbtui.domain.tail import Batch, Gap, Phase, State, Tail, TailEvent, dated_reader
from gbtui.domain.tail.cursor import Header
from gbtui.domain.tail.seen import SeenByDate
from gbtui.domain.tail.session import Session
from gbtui.domain.tail.stream import BOTSERVER
from gbtui.errors import LostError
from tests.bouncers import PROGRAM, bouncer
from tests.conftest import Connect, Connection, execute
from tests.database.test_pgbouncer import IGNORES
from tests.domain import chaos
from tests.domain.botserver import SCHEMA, botserver_place
from tests.domain.chaos import Work
from tests.domain.platform import Place, say, say_many
from tests.domain.test_tail import following
from tests.scratch import Scratch, scratch
from tests.waiting import until


@pytest.fixture
def botserver(empty_dsn: str) -> str:
    """A database with the Rust BotServer's tables."""
    asyncio.run(execute(empty_dsn, SCHEMA))
    return empty_dsn


@pytest.fixture(scope="module")
def durable() -> Iterator[Scratch]:
    """A durable server: what is committed survives its crashes."""
    with scratch({"wal_writer_delay": "10s"}) as server:
        yield server


@pytest.fixture
def dsn(durable: Scratch, request: pytest.FixtureRequest) -> str:
    """A database of the test's own on it, with those tables."""
    name = "t" + "".join(filter(str.isalnum, request.node.name))[-40:]
    asyncio.run(execute(durable.dsn, f"CREATE DATABASE {name}"))
    asyncio.run(execute(durable.of(name), SCHEMA))
    return durable.of(name)


def _name(dsn: str) -> str:
    return urlsplit(dsn).path.removeprefix("/")


async def dated_near(connection: Connection, at: Place, dice: random.Random) -> None:
    """Dates some minutes ago and weeks ahead, as clocks that are wrong write them."""
    await connection.execute(
        "INSERT INTO message_history (session_id, user_id, role, content_encrypted, message_index, created_at)"
        " VALUES ($1, $2, 2, 'dated', 0, now() + make_interval(secs => $3))",
        at.session_id, at.user_id, dice.choice([-400, -90, -20, 5, 60, 2e6]),
    )  # fmt: skip


WORK: tuple[Work, ...] = (
    chaos.singly, chaos.slowly, chaos.in_bulk, chaos.prepared, chaos.with_many_subtransactions, chaos.in_vain,
    chaos.by_update, dated_near,
)  # fmt: skip
manners = partial(chaos.chaos, make=botserver_place, work=WORK)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at ten minutes of dates every half second instead of every half minute."""
    monkeypatch.setattr(dated_reader, "WIDE_EVERY", 0.5)


async def test_it_follows_with_names_and_says_what_it_cannot_promise(botserver: str, connect: Connect) -> None:
    writer = await connect(botserver)
    at = await botserver_place(writer)
    await say(writer, at, "before")
    async with Database(botserver) as database, following(Tail(database, BOTSERVER)) as heard:
        await say(writer, at, "hello\x1b[31m", "bot")
        await until(lambda: heard.texts() == ["hello\x1b[31m"])
        (message,) = heard.messages()
        assert (message.organization, message.bot, message.user, message.sender) == (
            "acme", "support-acme", "ann-acme", "bot",
        )  # fmt: skip
        assert heard.texts(backlog=True) == ["before"]
        said = [event.detail for event in heard.events if isinstance(event, State)]
        assert "best effort" in said[-1]
        assert "more than 10 m back" in said[-1]


async def test_one_organization_alone(botserver: str, connect: Connect) -> None:
    writer = await connect(botserver)
    acme, globex = await botserver_place(writer), await botserver_place(writer, "globex")
    for at in (acme, globex):
        await say(writer, at, f"before, {at.org_id}")
    scope = Scope(acme.org_id, "acme")
    async with Database(botserver) as database, following(Tail(database, BOTSERVER, scope=scope)) as heard:
        for at in (globex, acme):
            await say(writer, at, f"now, {at.org_id}")
        await until(lambda: heard.texts() == [f"now, {acme.org_id}"])
        assert heard.texts(backlog=True) == [f"before, {acme.org_id}"]
        older = await Tail(database, BOTSERVER, scope=scope).scrollback(heard.messages()[0])
        assert [message.message for message in older] == [f"before, {acme.org_id}"]


@pytest.mark.usefixtures("often")
async def test_every_manner_of_writing(dsn: str) -> None:
    outcome = await manners(dsn, 3.0, kill_every=1e6)
    assert set(outcome.kinds) == {work.__name__ for work in WORK}
    assert outcome.verdict == (0, 0, 0, 0)


@pytest.mark.usefixtures("often")
async def test_killed_restarted_and_crashed(durable: Scratch, dsn: str) -> None:
    restart = partial(asyncio.to_thread, durable.restart)
    crash = partial(asyncio.to_thread, durable.restart, "immediate")
    outcome = await manners(dsn, 4.0, [(1.2, restart), (2.6, crash)])
    assert outcome.verdict == (0, 0, 0, 0)
    assert outcome.tail.figures.reconnects >= 2


@pytest.mark.usefixtures("often")
@pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed")
async def test_crashed_behind_a_pooler(durable: Scratch, dsn: str) -> None:
    with bouncer(durable.home, ignore_startup_parameters=IGNORES, server_login_retry="1") as pooler:
        crash = partial(asyncio.to_thread, durable.restart, "immediate")
        watched = f"postgresql://postgres@/{_name(dsn)}?{pooler.replace(' ', '&')}"
        outcome = await manners(dsn, 4.0, [(2.0, crash)], watched=watched, kill_on=dsn)
    assert outcome.verdict == (0, 0, 0, 0)


async def test_a_burst_of_one_transaction_comes_whole_and_once(botserver: str, connect: Connect) -> None:
    writer = await connect(botserver)
    at = await botserver_place(writer)
    async with Database(botserver) as database, following(Tail(database, BOTSERVER)) as heard:
        await say_many(writer, at, [f"{number}" for number in range(9_000)])
        await until(lambda: len(heard.messages()) >= 9_000, 20)
        await say(writer, at, "end")
        await until(lambda: heard.texts()[-1] == "end")
        assert Counter(heard.texts()) == Counter([*map(str, range(9_000)), "end"])


async def test_a_transaction_that_was_open_for_long_before_the_start(botserver: str, connect: Connect) -> None:
    writer, slow = await connect(botserver), await connect(botserver)
    at = await botserver_place(writer)
    async with slow.transaction():
        await say(slow, at, "open before the start")
        async with Database(botserver) as database, following(Tail(database, BOTSERVER)) as heard:
            for number in range(20):
                await say(writer, at, f"{number}")
            await until(lambda: len(heard.texts()) == 20)
            await slow.execute("COMMIT")
            await until(lambda: heard.texts()[20:] == ["open before the start"])
            await slow.execute("BEGIN")


async def test_two_transactions_open_for_longer_than_it_looks_back(
    botserver: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("WIDE", 1.0), ("WIDE_EVERY", 0.3), ("_NARROW", 0.3), ("_STUCK", 0.2)):
        monkeypatch.setattr(dated_reader, name, seconds)
    writer, first, second = await connect(botserver), await connect(botserver), await connect(botserver)
    at = await botserver_place(writer)
    for slow, text in ((first, "first"), (second, "second")):
        await slow.execute("BEGIN")
        await say(slow, at, text)

    async def both_are_old() -> bool:
        return bool(await second.fetchval("SELECT clock_timestamp() > now() + interval '4 seconds'"))

    await until(both_are_old)
    tail = Tail(database := Database(botserver), BOTSERVER)
    async with database, following(tail) as heard:
        await say(writer, at, "meanwhile")
        await until(lambda: heard.texts() == ["meanwhile"])
        polls = tail.figures.polls
        await until(lambda: tail.figures.polls > polls + 4)
        await first.execute("COMMIT")
        await until(lambda: heard.texts()[1:] == ["first"])
        polls = tail.figures.polls
        await until(lambda: tail.figures.polls > polls + 4)
        await second.execute("COMMIT")
        await until(lambda: heard.texts()[2:] == ["second"])


async def test_a_clock_of_the_server_that_goes_back_is_marked_and_followed(
    botserver: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await connect(botserver)
    at = await botserver_place(writer)
    async with Database(botserver) as database, following(Tail(database, BOTSERVER)) as heard:
        await say(writer, at, "before")
        await until(lambda: heard.texts() == ["before"])
        parse = Header.parse

        def an_hour_ago(text: str) -> Header:
            *told, clock = text.split(" ")
            return parse(" ".join([*told, f"{float(clock) - 3600}"]))

        monkeypatch.setattr(Header, "parse", an_hour_ago)
        await until(lambda: any(isinstance(event, Gap) for event in heard.events))
        await writer.execute(
            "INSERT INTO message_history (session_id, user_id, role, content_encrypted, message_index, created_at)"
            " VALUES ($1, $2, 1, 'after', 0, now() - interval '1 hour')", at.session_id, at.user_id,
        )  # fmt: skip
        await until(lambda: heard.texts() == ["before", "after"])
        (gap,) = [event for event in heard.events if isinstance(event, Gap)]
        assert "clock went back" in gap.reason


async def test_dates_without_end_are_passed_over(botserver: str, connect: Connect) -> None:
    writer = await connect(botserver)
    at = await botserver_place(writer)
    endless = (
        "INSERT INTO message_history (session_id, user_id, role, content_encrypted, message_index, created_at)"
        " SELECT $1, $2, 1, 'endless', 0, unnest('{infinity, 12000-01-01, -infinity, 4000-01-01 BC}'::timestamptz[])"
    )
    await writer.execute(endless, at.session_id, at.user_id)
    await say(writer, at, "before")
    async with Database(botserver) as database:
        tail = Tail(database, BOTSERVER)
        async with following(tail) as heard:
            assert heard.texts(backlog=True) == ["before"]
            await writer.execute(endless, at.session_id, at.user_id)
            await say(writer, at, "after")
            await until(lambda: heard.texts() == ["after"])
            assert [message.message for message in await tail.scrollback(heard.messages()[0])] == ["before"]


class Torn(Session):
    """A connection that breaks once, in the middle of what fills several pages."""

    pages = 0

    async def fetch(self, name: str, *arguments: Any, where: Sequence[str] = ()) -> Any:
        answer = await super().fetch(name, *arguments, where=where)
        if name == BOTSERVER.poll and len(answer) > 1_000:
            Torn.pages += 1
            if Torn.pages == 3:
                raise LostError("Connection lost", "torn")
        return answer


async def test_a_break_in_the_middle_of_a_burst_of_one_date_that_fills_what_is_remembered(
    botserver: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dated_reader, "SeenByDate", partial(SeenByDate, capacity=1_500))
    monkeypatch.setattr(Torn, "pages", 0)
    writer = await connect(botserver)
    at = await botserver_place(writer)
    tail = Tail(database := Database(botserver), BOTSERVER, connector=Torn.open)
    async with database, following(tail) as heard:
        await say_many(writer, at, [f"{number}" for number in range(9_000)])
        await until(lambda: Torn.pages >= 3, 20)
        await say(writer, at, "end")
        await until(lambda: "end" in heard.texts(), 20)
        assert Counter(heard.texts()) == Counter([*map(str, range(9_000)), "end"])


async def test_a_writer_whose_clock_is_slow_is_found_and_learned(
    botserver: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dated_reader, "WIDE_EVERY", 1.0)
    writer = await connect(botserver)
    at = await botserver_place(writer)

    async def say_late(number: int) -> None:
        await writer.execute(
            "INSERT INTO message_history (session_id, user_id, role, content_encrypted, message_index, created_at)"
            " VALUES ($1, $2, 1, $3, 0, now() - interval '5 minutes')", at.session_id, at.user_id, f"{number}",
        )  # fmt: skip

    async with Database(botserver) as database, following(Tail(database, BOTSERVER)) as heard:
        await say_late(0)
        await until(lambda: heard.texts() == ["0"])
        monkeypatch.setattr(dated_reader, "WIDE_EVERY", 1e9)  # from here on only the usual polls look
        await say_late(1)
        await until(lambda: heard.texts() == ["0", "1"])


async def test_what_is_dated_further_back_than_is_said_is_not_delivered_and_stands_in_history(
    botserver: str, connect: Connect
) -> None:
    writer = await connect(botserver)
    at = await botserver_place(writer)
    async with Database(botserver) as database:
        tail = Tail(database, BOTSERVER)
        async with following(tail) as heard:
            await writer.execute(
                "INSERT INTO message_history (session_id, user_id, role, content_encrypted, message_index, created_at)"
                " VALUES ($1, $2, 1, 'an hour ago', 0, now() - interval '1 hour')", at.session_id, at.user_id,
            )  # fmt: skip
            await say(writer, at, "now")
            await until(lambda: heard.texts() == ["now"])
            assert [message.message for message in await tail.scrollback(heard.messages()[0])] == ["an hour ago"]


async def test_a_poll_reads_the_dates_by_their_index(botserver: str, connect: Connect) -> None:
    writer = await connect(botserver)
    at = await botserver_place(writer)
    await say_many(writer, at, [f"{number}" for number in range(20_000)])
    await writer.execute("SET plan_cache_mode = force_generic_plan")  # as the tail's own connection does
    for where, arguments in (((), "NULL, now(), $id"), (("org",), "NULL, now(), $id, $id")):
        await writer.execute(
            "PREPARE poll AS " + statement("botserver/tail_poll", where=where).text.replace("/*where*/", "")
        )
        told = await writer.fetch(f"EXPLAIN EXECUTE poll({arguments.replace('$id', repr(str(at.org_id)))})")
        plan = "\n".join(row[0] for row in told)
        assert "idx_message_history_created_at" in plan
        assert "Seq Scan on message_history" not in plan
        await writer.execute("DEALLOCATE poll")


async def test_without_an_index_it_says_which_one_it_needs(botserver: str) -> None:
    await execute(botserver, "DROP INDEX idx_message_history_created_at")
    async with Database(botserver) as database:
        tail = Tail(database, BOTSERVER)
        await tail.start()
        await until(lambda: tail.state.phase is Phase.FAILED)
        assert "CREATE INDEX CONCURRENTLY ON public.message_history (created_at)" in tail.state.detail
        await tail.stop()


@pytest.mark.usefixtures("often")
async def test_on_a_hot_standby_that_is_restarted_and_promoted(durable: Scratch, dsn: str, connect: Connect) -> None:
    standby = await asyncio.to_thread(durable.standby)
    watched = standby.of(_name(dsn))
    try:
        restart = partial(asyncio.to_thread, standby.restart)
        outcome = await manners(dsn, 3.0, [(1.5, restart)], watched=watched, kill_every=1.5)
        assert outcome.verdict == (0, 0, 0, 0)
        old = await connect(dsn)
        at = await botserver_place(old, "globex")
        async with Database(watched) as database, following(Tail(database, BOTSERVER)) as heard:
            await say(old, at, "on the old primary")
            await until(lambda: heard.texts() == ["on the old primary"])
            await asyncio.to_thread(durable.stop, "immediate")
            await asyncio.to_thread(standby.promote)
            new = await connect(watched)
            await say(new, at, "on the new one")
            await until(lambda: heard.texts() == ["on the old primary", "on the new one"], 20)
            assert not [event for event in heard.events if isinstance(event, Gap)]
    finally:
        await asyncio.to_thread(standby.stop, "immediate")
        await asyncio.to_thread(durable.start)


async def test_a_lost_past_and_another_cluster_are_marked(durable: Scratch, dsn: str, connect: Connect) -> None:
    events: list[TailEvent] = []

    def texts() -> list[str]:
        return [message.message for event in events if isinstance(event, Batch) for message in event.messages]

    def gaps() -> list[Gap]:
        return [event for event in events if isinstance(event, Gap)]

    await asyncio.to_thread(durable.save)
    async with Database(dsn) as database:
        tail = Tail(database, BOTSERVER)
        tail.subscribe(events.append)
        await tail.start()
        await until(lambda: tail.state.phase is Phase.FOLLOWING)
        writer = await connect(dsn)
        await say(writer, await botserver_place(writer), "lost")
        await until(lambda: texts() == ["lost"])
        reached = tail.position
        await asyncio.to_thread(durable.go_back)
        await until(gaps, 20)
        assert gaps()[0].before == reached > gaps()[0].after
        writer = await connect(dsn)
        await say(writer, await botserver_place(writer), "after going back")
        await until(lambda: texts()[1:] == ["after going back"])

        await asyncio.to_thread(durable.recreate)
        await execute(durable.dsn, f"CREATE DATABASE {_name(dsn)}")
        await execute(dsn, SCHEMA)
        await until(lambda: len(gaps()) == 2, 20)
        assert "another server" in gaps()[1].reason
        writer = await connect(dsn)
        await say(writer, await botserver_place(writer), "on another server")
        await until(lambda: texts()[2:] == ["on another server"])
        await tail.stop()
