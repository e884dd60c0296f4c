"""`gbtui metrics` as a monitoring system meets it: a process, HTTP, and the parser of Prometheus' own library."""

import asyncio
import re
import signal
import sys
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from gbtui.__main__ import main
from gbtui.commands.metrics import address
from gbtui.commands.scraping import families
from gbtui.database.database import Database
from gbtui.database.sql import Statement
from gbtui.domain.scope import Scope
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.metrics.expose import EXPOSED, points
from gbtui.monitor.metrics.point import LIMIT, gauge
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.probe import Probe
from gbtui.monitor.probes import PROBES
from gbtui.monitor.sample import Reading
from gbtui.monitor.server.connections import Connections
from tests.conftest import Connect, Server, execute
from tests.scratch import scratch
from tests.waiting import until

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]
Serve = Callable[..., Awaitable[tuple[Process, str]]]
DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start `gbtui metrics` on any free port; the process, and its address."""
    started: list[Process] = []

    async def run(*flags: str) -> tuple[Process, str]:
        words = ("-m", "gbtui", "metrics", "--listen", "0", *flags)
        process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE, stderr=PIPE)
        started.append(process)
        assert process.stderr is not None
        line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
        found = re.fullmatch(r"gbtui: listening at (http://127\.0\.0\.1:\d+/metrics)\n", line)
        assert found, line
        return process, found[1]

    yield run
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def scrape(url: str) -> Figures:
    """All figures, read as Prometheus reads them."""
    request = urllib.request.Request(url, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        return figures(answer.read().decode())


def figures(text: str) -> Figures:
    found: Figures = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, "one series twice"
            found[key] = sample.value
    return found


def of(found: Figures, name: str, **labels: str) -> float | None:
    return found.get((f"gbtui_{name}", frozenset(labels.items())))


class _All:
    """As the library asks for them."""

    def __init__(self, told: list[Metric]) -> None:
        self._told = told

    def collect(self) -> list[Metric]:
        return self._told


def written(everything: list[Metric]) -> Figures:
    """What is read of metrics that were written as OpenMetrics."""
    text = openmetrics(_All(everything))  # type: ignore[no-untyped-call]
    return figures(text.decode())


def told(monitor: Monitor) -> Figures:
    """What a scrape would get of a monitor now, in both formats."""
    everything = families(points(monitor, CHECKS, datetime.now(UTC)))
    assert generate_latest(_All(everything))
    return written(everything)


async def read_all(monitor: Monitor) -> None:
    for name in monitor.probes:
        await monitor.once(name)


async def test_prometheus_reads_what_the_probes_found(serve: Serve, filled_dsn: str) -> None:
    process, url = await serve("--dsn", filled_dsn)

    async def complete() -> Figures:
        found = await asyncio.to_thread(scrape, url)
        return found if all(of(found, "probe_up", probe=name) is not None for name in EXPOSED) else {}

    found = await until(complete, 30)
    assert all(of(found, "probe_up", probe=name) == 1 for name in EXPOSED)
    assert of(found, "server_up") == 1
    used = of(found, "connections_used")
    assert used and used >= 1
    size = of(found, "table_size_bytes", schema="public", table="message_history", part="heap")
    assert size and size > 100_000
    commits = of(found, "database_commits_total", database=filled_dsn.partition("@/")[2].partition("?")[0])
    assert commits and commits > 0
    assert any(name == "gbtui_bot_active_sessions" for name, _ in found)
    assert of(found, "findings", check="settings", severity="critical"), "fsync is off here"
    assert of(found, "findings", check="blocked", severity="critical") == 0
    age = of(found, "probe_age_seconds", probe="tables")
    assert age is not None and age >= 0

    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out) == (0, b"")
    assert b"Traceback" not in err


async def test_a_scrape_asks_the_server_nothing(filled_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Database(filled_dsn) as database:
        monitor = Monitor(database)
        await read_all(monitor)

        async def refuse(*_: object, **__: object) -> None:
            raise AssertionError("a scrape has asked the server")

        for way in ("fetch", "rows", "snapshot"):
            monkeypatch.setattr(database, way, refuse)
        first, second = told(monitor), told(monitor)
        assert first.keys() == second.keys()
        await monitor.stop()


async def test_what_may_not_be_read_is_said_and_no_figure_made_up(server: Server, empty_dsn: str) -> None:
    await execute(server.dsn, "CREATE ROLE metrics_plain LOGIN")
    plain = server.of(empty_dsn.partition("@/")[2].partition("?")[0], "metrics_plain")
    async with Database(plain) as database:
        monitor = Monitor(database)
        await read_all(monitor)
        found = told(monitor)
        for name in ("activity", "connections", "locks"):
            assert of(found, "probe_up", probe=name) == 0
            assert of(found, "probe_trouble", probe=name, reason="denied") == 1
            assert not [metric for metric, _ in found if metric.startswith(f"gbtui_{name}")]
        assert of(found, "check_judged", check="blocked") == 0
        assert of(found, "findings", check="blocked", severity="critical") is None
        assert of(found, "findings", check="settings", severity="critical") is not None
        await monitor.stop()


async def test_what_does_not_answer_any_more_gives_no_old_figures(empty_dsn: str, connect: Connect) -> None:
    await execute(empty_dsn, "CREATE TABLE t (a int)")
    locker = await connect(empty_dsn)
    probe = Probe("connections", "", Connections, 1.0, read_connections)
    async with Database(empty_dsn) as database:
        monitor = Monitor(database, {**PROBES, "connections": probe})
        await read_all(monitor)
        assert of(told(monitor), "connections_used") == 1
        await locker.execute("BEGIN; LOCK TABLE t")
        await monitor.once("connections")
        found = told(monitor)
        assert of(found, "connections_used") is None
        assert of(found, "probe_up", probe="connections") == 0
        assert of(found, "probe_trouble", probe="connections", reason="locked") == 1
        assert of(found, "check_judged", check="connections") == 0
        assert of(found, "probe_age_seconds", probe="connections") is not None
        await monitor.stop()


async def read_connections(database: Database, _scope: Scope, _before: object) -> Reading[Connections]:
    """A probe that a lock can stop."""
    await database.fetch(Statement("test", "SELECT * FROM public.t", {}))
    return Reading((Connections(1, 1, 0, 0, 0, 0, 1, 0, 0, 100, 3),))


async def test_names_that_others_chose_do_not_break_the_format(empty_dsn: str) -> None:
    await execute(empty_dsn, 'CREATE TABLE "a""b\\c\n{d=""e""} 1" (a int)')
    async with Database(empty_dsn) as database:
        monitor = Monitor(database)
        await read_all(monitor)
        named = [dict(labels) for name, labels in told(monitor) if name == "gbtui_table_live_rows"]
        assert [labels["table"] for labels in named] == ['a"b\\c\n{d="e"} 1']
        await monitor.stop()


async def test_of_many_rows_the_foremost_are_told_and_the_others_counted(empty_dsn: str) -> None:
    one = "EXECUTE format('CREATE TABLE t%s AS SELECT 1', i)"
    await execute(empty_dsn, f"DO $$ BEGIN FOR i IN 1..{LIMIT + 7} LOOP {one}; END LOOP; END $$")
    await execute(empty_dsn, "CREATE TABLE large AS SELECT repeat('x', 100) FROM generate_series(1, 1000)")
    async with Database(empty_dsn) as database:
        monitor = Monitor(database)
        await read_all(monitor)
        found = told(monitor)
        tables = {dict(labels)["table"] for name, labels in found if name == "gbtui_table_live_rows"}
        assert len(tables) == LIMIT
        assert "large" in tables
        assert of(found, "probe_rows_left_out", probe="tables") == 8
        await monitor.stop()


def test_of_two_alike_the_larger_is_told() -> None:
    alike = [gauge("lag_bytes", "Behind.", value, name="walreceiver") for value in (3, 9, 4, None)]
    assert list(written(families(alike)).values()) == [9]


async def test_each_figure_is_documented_with_its_unit(filled_dsn: str) -> None:
    page = DOCUMENT.read_text()
    async with Database(filled_dsn) as database:
        monitor = Monitor(database)
        await read_all(monitor)
        names = {name for name, _ in told(monitor)}
        await monitor.stop()
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


async def test_a_server_that_comes_later_is_found(serve: Serve) -> None:
    with scratch() as server:
        await asyncio.to_thread(server.stop)
        _process, url = await serve("--dsn", server.dsn)
        assert of(await asyncio.to_thread(scrape, url), "server_up") == 0
        await asyncio.to_thread(server.start)

        async def up() -> bool:
            return of(await asyncio.to_thread(scrape, url), "server_up") == 1

        await until(up, 30, step=0.1)


def test_without_a_target_it_is_unknown_in_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE", "GBTUI_DSN", "GBTUI_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert main(["metrics", "--listen", "0"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1


async def test_a_port_that_is_taken_is_told(serve: Serve, empty_dsn: str) -> None:
    _process, url = await serve("--dsn", empty_dsn)
    port = url.rpartition(":")[2].partition("/")[0]
    words = ("-m", "gbtui", "metrics", "--listen", port, "--dsn", empty_dsn)
    second = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE, stderr=PIPE)
    _out, err = await asyncio.wait_for(second.communicate(), 30)
    assert second.returncode == 2
    assert err.decode().startswith(f"gbtui: Cannot listen there: 127.0.0.1:{port}: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("9000", ("127.0.0.1", 9000)),
        (":9000", ("127.0.0.1", 9000)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),
        ("[::1]:9000", ("::1", 9000)),
        ("db.example.com:80", ("db.example.com", 80)),
    ],
)
def test_addresses(word: str, meant: tuple[str, int]) -> None:
    assert address(word) == meant


@pytest.mark.parametrize("word", ["", "x", "1.2.3.4", "65536", "::1:9000x", "1:2:3"])
def test_what_is_no_address_is_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["metrics", "--listen", word])
    assert refused.value.code == 2
    assert "--listen" in capsys.readouterr().err
