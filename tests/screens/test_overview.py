"""The Overview: the verdicts, what changed, what is wrong and what was put aside, as their reader sees them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.ignored_file import IgnoredFile
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.event import Event
from gbtui.ui.connected import Connected
from gbtui.ui.widgets.live_table import LiveTable
from tests.monitor.test_load import CROWD, sampled
from tests.ui.fakes import (
    EVENTS,
    FINDINGS,
    NOW,
    FrozenMonitor,
    FrozenTail,
    StillConsole,
    ago,
    connected,
    console,
    frozen_monitor,
    running,
    settle,
    text,
)
from tests.waiting import until


class Seen:
    """An open Overview with its hands and eyes."""

    def __init__(self, app: StillConsole, pilot: Any, monitor: FrozenMonitor) -> None:
        self.app, self.pilot, self.monitor = app, pilot, monitor

    async def press(self, *keys: str) -> None:
        """Keys one by one, each handled before the next."""
        for key in keys:
            await self.pilot.press(key)
            await settle(self.pilot)

    async def do(self, line: str) -> None:
        """A line after the colon."""
        self.app.run_line(line)
        await settle(self.pilot)

    async def put(self, sample: Sample[Any]) -> None:
        """A new reading."""
        self.monitor.put(sample)
        await settle(self.pilot)

    @property
    def lines(self) -> list[str]:
        """The screen."""
        return text(self.app).splitlines()

    def line(self, word: str) -> str:
        """The first line with this word."""
        return next((line for line in self.lines if word in line), "")

    @property
    def checks(self) -> list[str]:
        """What the list of findings holds."""
        return [row.check for row in self.app.screen.query_one("#findings", LiveTable).shown_rows]


@asynccontextmanager
async def seen(
    tmp_path: Path, *findings: Finding, size: tuple[int, int] = (80, 24), **changes: Any
) -> AsyncIterator[Seen]:
    """An Overview of a server with these findings (or the usual ones)."""
    monitor = frozen_monitor(findings or FINDINGS)
    monitor.ignoring = IgnoredFile(tmp_path / "ignored.json", "prod-eu")
    app = console(connected(monitor, **changes))
    async with running(app, size) as pilot:
        yield Seen(app, pilot, monitor)
    assert app.failures == []


async def test_what_changed_is_told_the_newest_first_with_its_age_as_far_as_there_is_room(tmp_path: Path) -> None:
    async with seen(tmp_path, size=(120, 40)) as view:
        told = view.line("changed")
        assert told.startswith(" · changed   38 of 61 botserver sessions new 21 m · migration 3 h · reload 5 h")
        assert told.endswith("up 3 d")
    async with seen(tmp_path) as view:
        assert view.line("changed").endswith("new 21 m · migration 3 h +2 :events")
        await view.do("events")
        assert "the configuration was loaded anew" in text(view.app)


async def test_trouble_among_what_changed_warns_for_an_hour(tmp_path: Path) -> None:
    crash = Event(ago(minutes=4), 240.0, "crash", "a server process crashed", "server process crashed", is_trouble=True)
    async with seen(tmp_path) as view:
        assert view.line("changed").startswith(" · ")
        await view.put(Sample("events", (crash, *EVENTS), NOW))
        assert view.line("changed").startswith(" ! changed   server process crashed 4 m")
        old = replace(crash, at=ago(hours=2), age=7200.0)
        await view.put(Sample("events", (*EVENTS[:1], old), NOW))
        assert view.line("changed").startswith(" · ")


async def test_nothing_changed_is_said_with_the_servers_age(tmp_path: Path) -> None:
    async with seen(tmp_path) as view:
        await view.put(Sample("events", (), NOW))
        assert view.line("changed").rstrip() == " · changed   up 3 d"


async def test_what_is_too_long_for_the_line_makes_way_for_shorter_ones(tmp_path: Path) -> None:
    long = Event(ago(minutes=1), 60.0, "failover", "x", "failover to a server with a name of fifty letters")
    async with seen(tmp_path) as view:
        await view.put(Sample("events", (EVENTS[2], long, *EVENTS[:2]), NOW))
        assert view.line("changed") == " · changed   reload 5 h · 38 of 61 botserver sessions new 21 m +3 :events"
        trouble = replace(long, is_trouble=True)
        await view.put(Sample("events", (EVENTS[2], trouble, *EVENTS[:2]), NOW))
        assert view.line("changed").startswith(" ! changed   failover to a server with a name of fifty letters 1 m")


async def test_a_finding_that_comes_before_anything_was_touched_has_the_cursor(tmp_path: Path) -> None:
    async with seen(tmp_path, FINDINGS[0]) as view:
        await view.do("ignore 30d nothing is left then")
        assert view.app.focused is view.app.screen.query_one("#tenants")
        await view.do("unignore locks 4711")
        assert view.app.focused is view.app.screen.query_one("#findings")
        await view.press("tab", "j")
        await view.do("org acme")
        assert view.app.focused is view.app.screen.query_one("#tenants")


async def test_below_the_findings_stands_what_to_do_about_the_one_under_the_cursor(tmp_path: Path) -> None:
    async with seen(tmp_path) as view:
        assert view.line("→") == "   → cancel pid 4711"
        await view.press("j")
        assert view.line("→") == "   → look at the standby"
    async with seen(tmp_path, size=(120, 40)) as view:
        assert "pid 4711, 9 of them acme's → cancel pid" in text(view.app)


async def test_a_finding_is_described_with_its_evidence_and_the_sql_and_its_advice_is_copied(tmp_path: Path) -> None:
    async with seen(tmp_path, replace(FINDINGS[0], check="blocked"), size=(120, 60)) as view:
        await view.press("y")
        await until(lambda: view.app.clipboard == "SELECT pg_cancel_backend(4711)")
        await view.press("d")
        assert "it waits for a transaction that is idle" in text(view.app)
        assert "queries/server/locks.sql" in text(view.app)


# --- putting aside ------------------------------------------------------------------------------------------------


async def test_a_finding_put_aside_is_counted_shown_on_demand_and_brought_back(tmp_path: Path) -> None:
    async with seen(tmp_path) as view:
        await view.do("ignore 7d a migration, until noon")
        assert view.checks == ["replication"]
        assert "1 put aside" in view.line("database")
        assert "replica-b replays 42 s behind" in view.line("database")
        await view.press("i")
        assert view.checks == ["replication", "locks"]
        await view.press("j")
        shown = view.line("- locks")
        assert "until 2026-11-30" in shown
        await view.press("d")
        assert "a migration, until noon" in text(view.app)
        await view.press("escape")
        await view.do("unignore")
        assert view.checks == ["locks", "replication"]
        assert "put aside" not in view.line("database")
        await view.press("i", "i")
        assert "nothing was put aside" in text(view.app)


async def test_it_comes_back_when_it_grows_worse(tmp_path: Path) -> None:
    warning = replace(FINDINGS[1], number=1e9)
    async with seen(tmp_path, warning) as view:
        await view.do("ignore 1d the standby is being moved")
        assert view.checks == []
        assert view.line("database").startswith(" ✓ database")
        view.monitor._judged = {"frozen": (replace(warning, severity=Severity.CRITICAL),)}
        view.monitor._settle()
        await settle(view.pilot)
        assert view.checks == ["replication"]
        assert view.line("database").startswith(" ✖ database")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ignore", "no length of time"),
        ("ignore soon because", "no length of time"),
        ("ignore 2000d because", "a year is the longest"),
        ("ignore 7d", "say why"),
        ("unignore", "locks 4711 was not put aside"),
        ("unignore slots old", "slots old was not put aside"),
    ],
)
async def test_what_is_wrong_with_a_line_is_said(tmp_path: Path, line: str, said: str) -> None:
    async with seen(tmp_path, size=(160, 24)) as view:
        await view.do(line)
        assert said in view.lines[-1]
        assert view.checks == ["locks", "replication"]


async def test_on_health_the_worst_finding_of_a_panel_is_put_aside(tmp_path: Path) -> None:
    async with seen(tmp_path) as view:
        await view.press("0")
        view.app.screen.query_one("#list", LiveTable).go_to("replication")
        await view.do("ignore 7d the standby is being moved")
        await view.press("1")
        assert view.checks == ["locks"]


# --- what comes while it is open ----------------------------------------------------------------------------------


async def test_tables_of_the_platform_that_come_later_are_followed_from_then_on(tmp_path: Path) -> None:
    here = False

    async def complete(one: Connected) -> Connected:
        return replace(one, tail=FrozenTail())

    async with seen(tmp_path, tail=None, has_platform=lambda: here, complete=complete) as view:
        assert "no bot platform in this database" in view.line("bots")
        here = True
        await until(lambda: view.app.connected is not None and view.app.connected.tail is not None)
        await until(lambda: view.app.tail_rates)
        await view.put(view.monitor.last("connectivity"))
        assert "active sessions" in view.line("bots")
        assert "messages/s" in text(view.app)


async def test_whose_load_it_is_stands_beside_each_tenant_once_enough_was_sampled(tmp_path: Path) -> None:
    async with seen(tmp_path, size=(120, 40)) as view:
        assert " – " in view.line("Acme Inc")
        view.monitor.samples["load"] = sampled(CROWD, 11)
        await view.put(view.monitor.last("busiest"))
        assert " 50 % " in view.line("Acme Inc")
        assert " 25 % " in view.line("Globex")
