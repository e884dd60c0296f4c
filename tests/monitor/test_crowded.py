"""Too much of everything: each probe still answers in time, and what a list leaves out is said."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gbtui.commands.scraping import families
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.metrics.expose import points
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from tests.monitor.conftest import watching
from tests.monitor.crowd import BACKENDS, BLOCKED, SETTINGS, TABLES, backends, fill
from tests.monitor.plausible import plausible
from tests.scratch import Scratch, scratch

SERIES = 6_000
"""Of `gbtui metrics` at most, as docs/metrics.md says."""


@pytest.fixture(scope="module")
def crowd() -> Iterator[Scratch]:
    with scratch(SETTINGS, gigabytes_of_memory=2) as server:
        fill(server)
        yield server


async def answers(monitor: Monitor) -> dict[str, Sample[object]]:
    """Every probe, read twice: none may fail, and what it says must be possible."""
    for _ in range(2):
        for name, probe in monitor.probes.items():
            sample = await monitor.once(name)
            assert sample.error is None, f"{name}: {sample.error}"
            plausible(sample, probe.record)
    return {name: monitor.last(name) for name in monitor.probes}


async def test_thousands_of_tables_indexes_and_statements(crowd: Scratch) -> None:
    async with watching(crowd.dsn) as monitor:
        found = await answers(monitor)
        listed = len(found["tables"].rows)
        assert any(f"{TABLES - listed:,} smaller tables are not listed" in said for said in found["tables"].skipped)
        told = [sample for family in families(points(monitor, CHECKS, datetime.now(UTC))) for sample in family.samples]
        assert 500 < len(told) < SERIES


async def test_hundreds_of_backends_behind_one_lock(crowd: Scratch) -> None:
    async with watching(crowd.dsn) as monitor, backends(crowd) as holder:
        found = await answers(monitor)
        assert len(found["activity"].rows) >= BACKENDS
        root = found["locks"].rows[0]
        assert (root.pid, root.frees, root.holds) == (holder, BLOCKED, BLOCKED)  # type: ignore[attr-defined]
        blocked = [finding for finding in monitor.findings if finding.check == "blocked"]
        assert [finding.subject for finding in blocked] == [str(holder)]
        assert f"{BLOCKED} sessions wait" in blocked[0].what
        assert "connections" in {finding.check for finding in monitor.findings}
