"""When probes run, and what those who watch are told: on virtual time, with a pretended database."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from gbtui.database.database import Database
from gbtui.domain.scope import EVERYONE, Scope
from gbtui.errors import ConnectError, DeniedError, GbtuiError, QueryError, UsageError
from gbtui.monitor.check import Check
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probe import Probe
from gbtui.monitor.sample import Reading, Sample
from tests.monitor.virtual import run

ACME = Scope(UUID(int=7), "acme")


@dataclass
class Source:
    """A probe's far end: counts the requests, remembers when they came, answers or fails as told."""

    takes: float = 0.0
    fails: BaseException | None = None
    at: list[float] = field(default_factory=list)
    before: list[Sample[int] | None] = field(default_factory=list)
    running: int = 0
    most: int = 0

    async def __call__(self, _database: Database, scope: Scope, before: Sample[int] | None) -> Reading[int]:
        loop = asyncio.get_running_loop()
        self.at.append(loop.time() - 1000.0)
        self.before.append(before)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.takes)
        finally:
            self.running -= 1
        if self.fails is not None:
            raise self.fails
        return Reading((len(self.at),), memory=len(self.at))


def probe(source: Source, name: str = "p", interval: float = 1.0, **more: Any) -> Probe[int]:
    return Probe(name, "", int, interval, source, **more)


def monitor(*probes: Probe[Any], **more: Any) -> Monitor:
    facts = SimpleNamespace(is_superuser=False, roles=frozenset(), user="bob")

    async def refresh_facts() -> None:
        """Nothing new."""

    database = cast(Database, SimpleNamespace(facts=facts, refresh_facts=refresh_facts))
    more.setdefault("checks", ())
    return Monitor(database, {p.name: p for p in probes}, **more)


def listen() -> tuple[list[Sample[Any]], Callable[[Sample[Any]], None]]:
    heard: list[Sample[Any]] = []
    return heard, heard.append


def test_a_probe_runs_only_while_it_is_watched() -> None:
    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source))
        await watched.start()
        await asyncio.sleep(5)
        assert source.at == []
        heard, listener = listen()
        watch = watched.watch("p", listener)
        await asyncio.sleep(2.5)
        watch.close()
        watch.close()
        await asyncio.sleep(60)
        assert source.at == [5, 6, 7]
        assert [sample.rows for sample in heard] == [(1,), (2,), (3,)]
        await watched.stop()

    run(scenario())


def test_who_watches_does_not_wait_for_a_source_that_comes_late_and_hears_of_it_then() -> None:
    async def scenario() -> None:
        def both(samples: Any, _before: Any) -> Reading[str]:
            return Reading(tuple(sample.probe for sample in samples if sample.taken_at))

        quick, slow = Source(), Source(takes=4.0)
        watched = monitor(
            probe(quick, "quick"), probe(slow, "slow"),
            Probe("all", "", str, 60.0, quick, beside=("quick", "slow"), late=("slow",), derive=both),
        )  # fmt: skip
        await watched.start()
        heard, listener = listen()
        watch = watched.watch("all", listener)
        await asyncio.sleep(1)
        assert [sample.rows for sample in heard] == [("quick",)]
        await asyncio.sleep(4)
        assert [sample.rows for sample in heard] == [("quick",), ("quick", "slow")]
        watch.close()
        # Asked once, all of it is waited for.
        fresh = monitor(*watched.probes.values())
        assert (await fresh.once("all")).rows == ("quick", "slow")
        await watched.stop()

    run(scenario())


def test_what_is_marked_always_runs_unwatched() -> None:
    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source, always=True, history=2))
        await watched.start()
        await asyncio.sleep(3.5)
        assert source.at == [0, 1, 2, 3]
        assert [sample.rows for sample in watched.history("p")] == [(3,), (4,)]
        await watched.stop()
        await asyncio.sleep(60)
        assert len(source.at) == 4

    run(scenario())


def test_one_request_is_in_flight_however_many_watch_and_none_are_queued() -> None:
    async def scenario() -> None:
        source = Source(takes=3.5)
        watched = monitor(probe(source))
        await watched.start()
        _heard, listener = listen()
        for _ in range(4):
            watched.watch("p", listener)
        first = await watched.once("p")
        watched.refresh()
        watched.refresh()
        assert await watched.once("p") is not first
        await asyncio.sleep(20)
        assert source.most == 1
        assert source.at[:4] == [0, 3.5, 7, 10.5], "a slow answer delays the next question and piles up nothing"
        await watched.stop()

    run(scenario())


def test_who_comes_later_is_told_the_last_sample_at_once() -> None:
    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source, interval=10))
        await watched.start()
        watch = watched.watch("p", lambda _: None)
        await asyncio.sleep(1)
        watch.close()
        await asyncio.sleep(1)
        heard, listener = listen()
        watched.watch("p", listener)
        assert [sample.rows for sample in heard] == [(1,)]
        await asyncio.sleep(9)
        assert source.at == [0, 10], "coming back asks nothing before its time"
        await watched.stop()

    run(scenario())


def test_two_requests_at_most_run_at_once() -> None:
    async def scenario() -> None:
        source = Source(takes=1)
        names = "abcdef"
        watched = monitor(*(probe(source, name, interval=100) for name in names))
        await watched.start()
        for name in names:
            watched.watch(name, lambda _: None)
        await asyncio.sleep(10)
        assert source.most == 2
        assert len(source.at) == len(names)
        await watched.stop()

    run(scenario())


def test_after_an_error_the_old_rows_stay_and_it_tries_again_ever_more_seldom() -> None:
    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source))
        await watched.start()
        heard, listener = listen()
        watched.watch("p", listener)
        await asyncio.sleep(0.5)
        good = heard[-1]
        source.fails = QueryError("gone", "wrong")
        await asyncio.sleep(120)
        stale = heard[-1]
        assert stale.error is source.fails
        assert (stale.rows, stale.taken_at) == (good.rows, good.taken_at)
        gaps = [b - a for a, b in zip(source.at, source.at[1:], strict=False)]
        assert 1 <= gaps[1] < 2, "soon at first"
        assert gaps[-1] == pytest.approx(30)
        source.fails = None
        await asyncio.sleep(30)
        assert heard[-1].error is None
        await watched.stop()

    run(scenario())


def test_while_no_connection_can_be_had_even_slow_probes_ask_every_two_seconds() -> None:
    async def scenario() -> None:
        source = Source(fails=ConnectError("no", "refused"))
        watched = monitor(probe(source, interval=600))
        await watched.start()
        watched.watch("p", lambda _: None)
        await asyncio.sleep(60)
        gaps = [b - a for a, b in zip(source.at, source.at[1:], strict=False)]
        assert gaps[-1] == pytest.approx(2)
        source.fails = None
        await asyncio.sleep(2)
        assert watched.last("p").error is None
        await watched.stop()

    run(scenario())


def test_a_probe_that_hangs_is_given_up_at_its_deadline() -> None:
    async def scenario() -> None:
        hanging, other = Source(takes=1e6), Source()
        watched = monitor(probe(hanging, "hangs", deadline=4), probe(other, "other"))
        await watched.start()
        watched.watch("hangs", lambda _: None)
        watched.watch("other", lambda _: None)
        await asyncio.sleep(4.5)
        assert "4 s" in str(watched.last("hangs").error)
        assert len(other.at) == 5, "the others go on meanwhile"
        await watched.stop()

    run(scenario())


def test_a_mistake_in_one_probe_is_told_and_stops_no_other() -> None:
    async def scenario() -> None:
        broken, other = Source(fails=KeyError("oops")), Source()
        watched = monitor(probe(broken, "broken"), probe(other, "other"))
        await watched.start()
        watched.watch("broken", lambda _: None)
        watched.watch("other", lambda _: None)
        await asyncio.sleep(3.5)
        assert "oops" in str(watched.last("broken").error)
        assert len(other.at) == 4
        await watched.stop()

    run(scenario())


def test_pause_holds_still_and_refresh_reads_all_the_same() -> None:
    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source))
        await watched.start()
        watched.watch("p", lambda _: None)
        await asyncio.sleep(0.5)
        watched.paused = True
        await asyncio.sleep(30)
        assert source.at == [0]
        watched.refresh()
        await asyncio.sleep(30)
        assert source.at == [0, 30.5]
        watched.paused = False
        await asyncio.sleep(0.5)
        assert source.at == [0, 30.5, 60.5]
        await watched.stop()

    run(scenario())


def test_the_interval_stretches_all_and_quickens_only_the_cheap() -> None:
    async def scenario() -> None:
        quick, slow = Source(), Source()
        watched = monitor(probe(quick, "quick"), probe(slow, "slow", interval=30))
        await watched.start()
        watched.watch("quick", lambda _: None)
        watched.watch("slow", lambda _: None)
        watched.interval = 0.5
        await asyncio.sleep(30.25)
        assert (len(quick.at), len(slow.at)) == (61, 2)
        watched.interval = 2
        quick.at.clear()
        slow.at.clear()
        await asyncio.sleep(60)
        assert (len(quick.at), len(slow.at)) == (30, 1)
        await watched.stop()

    run(scenario())


def test_the_sample_before_is_handed_to_the_next_reading() -> None:
    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source))
        await watched.once("p")
        await watched.once("p")
        assert source.before[0] is None
        assert source.before[1] is not None
        assert source.before[1].memory == 1

    run(scenario())


def test_scopes_have_samples_of_their_own_where_the_probe_knows_tenants() -> None:
    async def scenario() -> None:
        source, whole = Source(), Source()
        watched = monitor(probe(source, "lists", scoped=True), probe(whole, "server"))
        for scope in (EVERYONE, ACME):
            await watched.once("lists", scope)
            await watched.once("server", scope)
        assert watched.last("lists", ACME) is not watched.last("lists")
        assert watched.last("server", ACME) is watched.last("server")
        assert len(whole.at) == 2

    run(scenario())


def test_without_the_right_nothing_is_asked_and_the_grant_is_named() -> None:
    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source, privilege="pg_read_all_stats"))
        sample = await watched.once("p")
        assert isinstance(sample.error, DeniedError)
        assert sample.error.hint == 'GRANT pg_monitor TO "bob"'
        assert (sample.rows, source.at) == ((), [])

    run(scenario())


def test_an_unknown_probe_is_refused_with_the_list_of_probes() -> None:
    with pytest.raises(UsageError, match="lists"):
        monitor(probe(Source(), "lists")).watch("nope", lambda _: None)


def test_findings_follow_the_samples_and_keep_when_they_were_first_seen() -> None:
    def judge(view: Any) -> list[Finding]:
        (number,) = view.rows("p")
        many = [Finding(Severity.WARNING, "odd", "it", f"{number} is odd", "", "", "p")] if number % 2 else []
        return [*many, Finding(Severity.CRITICAL, "odd", "always", "so it is", "", "", "p")]

    async def scenario() -> None:
        source = Source()
        watched = monitor(probe(source), checks=(Check("odd", "", ("p",), judge),))
        told: list[tuple[Finding, ...]] = []
        watched.watch_findings(told.append)
        await watched.once("p")
        first = watched.findings
        assert [finding.subject for finding in first] == ["always", "it"], "the worst first"
        await watched.once("p")
        await watched.once("p")
        again = watched.findings
        assert again[0].since == first[0].since is not None
        assert again[1].since != first[1].since, "it had gone and came back"
        await asyncio.sleep(0.1)
        assert told[0] == ()
        assert told[-1] == again
        source.fails = GbtuiError("no")
        await watched.once("p")
        assert watched.findings == again, "an error is no all-clear"
        assert {watched.last_seen(finding) for finding in again} == {watched.last("p").taken_at}

    run(scenario())
