"""Silence, waiting, response times and rates, of scenes told to the second at a time of their own."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from gbtui.database.database import Database
from gbtui.domain import signals
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.domain.signals import Bot, Limits, Memory, read_bots, read_pulse
from tests.conftest import Connect, Connection
from tests.domain.platform import Place, place

NOW = datetime(2020, 6, 15, 12, 0, tzinfo=UTC)  # the first partition is open to the past
Said = tuple[float, str]
"""Seconds before NOW, and who spoke."""


class Scene:
    """A platform on which things were said."""

    def __init__(self, writer: Connection, database: Database) -> None:
        self.writer, self.database = writer, database

    async def talk(self, at: Place, said: Iterable[Said]) -> UUID:
        """A new session of a bot, with these messages; it moved last when the last of them was said."""
        told = list(said)
        session = await self.writer.fetchval(
            "INSERT INTO user_sessions (bot_id, org_id, session_token, created_at, updated_at, expires_at)"
            " VALUES ($1, $2, $3, $4::timestamptz, $5::timestamptz, $5::timestamptz + interval '1 day') RETURNING id",
            at.bot_id, at.org_id, f"sha256:{uuid4().hex}{uuid4().hex}", NOW - timedelta(seconds=told[0][0]),
            NOW - timedelta(seconds=min(ago for ago, _ in told)),
        )  # fmt: skip
        await self.writer.executemany(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " VALUES ($1, $2, $3, 'hello', $4, $5)",
            [(session, at.bot_id, at.org_id, who, NOW - timedelta(seconds=ago)) for ago, who in told],
        )
        return UUID(str(session))

    async def bots(self, limits: Limits | None = None, scope: Scope = EVERYONE) -> dict[str, Bot]:
        """By name, as they are at NOW."""
        found, _, _ = await read_bots(self.database, scope, limits or Limits(), clock=NOW)
        return {bot.name: bot for bot in found}


@pytest.fixture
async def scene(dsn: str, connect: Connect, database: Database) -> Scene:
    return Scene(await connect(dsn), database)


def steady(last: float, gap: float, number: int = 100) -> list[Said]:
    """A bot that spoke so many times at even gaps, the last time `last` seconds ago."""
    return [(last + gap * index, "bot") for index in reversed(range(number))]


async def test_a_bot_is_silent_after_twenty_usual_gaps_and_not_before(scene: Scene) -> None:
    silent, busy, slow = [await place(scene.writer, slug) for slug in ("silent", "busy", "slow")]
    await scene.talk(silent, steady(101, 5.0))  # 20 gaps of 5 s are 100 s
    await scene.talk(busy, steady(59, 0.5))  # 20 gaps are 10 s, but under a minute nobody is silent
    await scene.talk(slow, steady(99, 5.0))
    found = await scene.bots()
    assert {name: bot.verdict for name, bot in found.items()} == {
        "support-silent@silent": "silent",
        "support-busy@busy": "well",
        "support-slow@slow": "well",
    }
    bot = found["support-silent@silent"]
    assert (bot.silent_age, bot.usual_gap, bot.longest_gap) == (101.0, 5.0, 5.0)
    assert (bot.last_bot, bot.last_user) == (NOW - timedelta(seconds=101), None)
    assert next(iter(found)) == bot.name, "those in trouble come first"
    patient = await scene.bots(Limits(silence=120))
    assert patient[bot.name].verdict == "well"


async def test_the_usual_gap_is_the_median_of_the_last_hundred_messages_of_the_bot_alone(scene: Scene) -> None:
    acme = await place(scene.writer)
    old = [(1000.0 + 600 * index, "bot") for index in range(50)]
    await scene.talk(acme, [*reversed(old), *steady(70, 3.0, 100)])
    await scene.talk(acme, [(70 + 3.0 * index + 1, "user") for index in range(120)])
    (bot,) = (await scene.bots()).values()
    assert bot.usual_gap == 3.0
    assert bot.longest_gap == 3.0, "older gaps are forgotten"
    assert bot.verdict == "silent"
    (wide,) = (await scene.bots(Limits(silence_messages=140))).values()
    assert wide.longest_gap == 633.0


async def test_who_pauses_as_long_as_before_is_silent_only_if_somebody_waits(scene: Scene) -> None:
    acme, globex = await place(scene.writer), await place(scene.writer, "globex")
    for at in (acme, globex):
        await scene.talk(at, [*steady(1000, 2.0, 20), *steady(300, 2.0, 20)])  # it paused for eleven minutes between
    await scene.talk(globex, [(400, "bot"), (120, "user")])
    found = await scene.bots()
    assert found["support-acme@acme"].verdict == "paused"
    assert found["support-globex@globex"].verdict == "silent"


async def test_a_few_words_make_no_usual_gap_and_a_day_of_silence_no_silence(scene: Scene) -> None:
    new, old = await place(scene.writer, "new"), await place(scene.writer, "old")
    await scene.talk(new, steady(600, 1.0, 9))
    await scene.talk(old, steady(86_401, 1.0))
    found = await scene.bots()
    assert (found["support-new@new"].usual_gap, found["support-new@new"].verdict) == (None, "well")
    assert (found["support-old@old"].silent_age, found["support-old@old"].verdict) == (None, "unused")


async def test_waiting_begins_after_a_minute_and_ends_as_abandoned_after_fifteen(scene: Scene) -> None:
    acme = await place(scene.writer)
    for ago in (59, 61, 899, 901, 3500, 3700):
        await scene.talk(acme, [(ago + 5.0, "bot"), (ago, "user")])
    await scene.talk(acme, [(300, "user"), (298, "bot")])
    (bot,) = (await scene.bots()).values()
    assert (bot.waiting, bot.waiting_age) == (2, 899.0)
    assert bot.abandoned == 2, "of the last hour"
    assert bot.active == 4
    assert bot.verdict == "waiting", "two of four are more than a fifth"
    (patient,) = (await scene.bots(Limits(waiting_sessions=3, waiting_share=0.6))).values()
    assert patient.verdict == "well"


async def test_whoever_asks_again_waits_since_the_first_question(scene: Scene) -> None:
    acme = await place(scene.writer)
    await scene.talk(acme, [(1200, "bot"), (1000, "user"), (500, "user"), (10, "user")])
    (bot,) = (await scene.bots()).values()
    assert (bot.waiting, bot.waiting_age, bot.abandoned) == (1, 1000.0, 0)


async def test_nobody_waits_for_a_bot_that_has_not_answered_for_a_day(scene: Scene) -> None:
    acme = await place(scene.writer)
    await scene.talk(acme, [(87_000, "bot"), (120, "user")])
    (bot,) = (await scene.bots()).values()
    assert (bot.waiting, bot.waiting_age, bot.verdict, bot.active) == (0, None, "unused", 1)


async def test_response_times_are_from_what_a_user_said_to_the_bots_next_word(scene: Scene) -> None:
    acme, globex = await place(scene.writer), await place(scene.writer, "globex")
    for number in range(20):
        await scene.talk(acme, [(600 - number, "user"), (600 - number - (10.0 if number == 19 else 2.0), "bot")])
    await scene.talk(acme, [(100, "bot"), (90, "bot"), (20, "user")])
    await scene.talk(globex, [(50, "user"), (46, "user"), (44, "bot"), (43, "bot")])
    await scene.talk(globex, [(1000, "user"), (950, "bot")])
    found = await scene.bots()
    ours, theirs = found["support-acme@acme"], found["support-globex@globex"]
    assert (ours.replies, ours.reply_p50) == (20, 2.0)
    assert ours.reply_p95 == pytest.approx(2.4), "percentile_cont between the 19th and the 20th"
    assert (theirs.replies, theirs.reply_p50) == (2, 4.0), "older than the window does not count"


async def test_rates_are_of_the_last_minute_and_a_tenant_narrows_all(scene: Scene) -> None:
    acme, globex = await place(scene.writer), await place(scene.writer, "globex")
    await scene.talk(acme, [(index, "user" if index % 2 else "bot") for index in range(1, 121)])
    await scene.talk(globex, [(30, "user"), (29, "bot")])
    found = await scene.bots()
    assert found["support-acme@acme"].messages_per_s == pytest.approx(59 / 60)
    assert found["support-globex@globex"].messages_per_s == pytest.approx(2 / 60)
    narrowed = await scene.bots(scope=Scope(globex.org_id))
    assert list(narrowed) == ["support-globex@globex"]
    assert narrowed["support-globex@globex"] == found["support-globex@globex"]


async def test_all_bots_together_are_silent_when_the_platform_is_dead(scene: Scene) -> None:
    acme, globex = await place(scene.writer), await place(scene.writer, "globex")
    nothing = await read_pulse(scene.database, clock=NOW)
    assert (nothing.verdict, nothing.last_bot, nothing.messages_per_s) == ("unused", None, 0.0)
    await scene.talk(acme, steady(61, 1.0, 60))
    await scene.talk(globex, [*steady(61.5, 1.0, 60), (59, "user")])
    pulse = await read_pulse(scene.database, clock=NOW)
    assert (pulse.verdict, pulse.silent_age, pulse.usual_gap) == ("silent", 61.0, 0.5)
    assert (pulse.last_bot, pulse.last_user) == (NOW - timedelta(seconds=61), NOW - timedelta(seconds=59))
    assert pulse.messages_per_s == pytest.approx(1 / 60)
    assert (await read_pulse(scene.database, clock=NOW - timedelta(seconds=2))).verdict == "well"


async def test_a_clock_that_is_ahead_makes_no_age_negative(scene: Scene) -> None:
    acme = await place(scene.writer)
    await scene.talk(acme, [*steady(-30, 1.0), (-31, "user")])
    (bot,) = (await scene.bots()).values()
    assert (bot.silent_age, bot.verdict, bot.waiting) == (0.0, "well", 0)


async def test_bots_come_in_turns_where_there_are_many_and_those_deleted_go(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals.read, "PAGE", 2)
    monkeypatch.setattr(signals.read, "_FIRST_PAGES", 1)
    places = [await place(scene.writer, f"org-{number}") for number in range(5)]
    for at in places:
        await scene.talk(at, steady(7200, 1.0, 20))
    memory: Memory | None = None
    seen: list[int] = []
    for _ in range(3):
        _, skipped, memory = await read_bots(scene.database, memory=memory, clock=NOW)
        seen.append(len(memory.known))
        assert skipped
    assert seen == [2, 4, 5]
    gone = max(memory.known if memory else ())
    await scene.writer.execute("DELETE FROM bots WHERE id = $1", gone)
    for _ in range(3):
        _, _, memory = await read_bots(scene.database, memory=memory, clock=NOW)
    assert memory is not None
    assert gone not in memory.known
    assert len(memory.known) == 4


async def test_a_bot_behind_the_page_is_seen_when_somebody_talks_to_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals.read, "PAGE", 2)
    monkeypatch.setattr(signals.read, "_FIRST_PAGES", 1)
    places = [await place(scene.writer, f"org-{number}") for number in range(4)]
    last = max(places, key=lambda at: at.bot_id)
    await scene.talk(last, [*steady(70, 1.0, 20), (65, "user")])
    found = await scene.bots()
    assert (next(iter(found.values())).id, len(found)) == (last.bot_id, 2), "the two worst of three"


async def test_a_usual_gap_is_asked_again_once_the_bot_has_fallen_silent(scene: Scene) -> None:
    acme = await place(scene.writer)
    await scene.talk(acme, steady(200, 30.0, 20))
    clock = NOW - timedelta(seconds=190)
    (before,), _, memory = await read_bots(scene.database, clock=clock)
    assert (before.usual_gap, before.verdict) == (30.0, "well")
    await scene.talk(acme, steady(100, 1.0))
    (after,), _, memory = await read_bots(scene.database, memory=memory, clock=NOW)
    assert (after.usual_gap, after.verdict) == (1.0, "silent")
