"""Whose load it is: shares of samples by tag, never of too few, and what is not tagged by itself. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gbtui.domain.tenant_list import Figures, Known
from gbtui.errors import DeniedError
from gbtui.monitor.platform.noisy import NOISY, Noisy, Traffic
from gbtui.monitor.sample import Sample
from gbtui.monitor.server.activity import Backend
from gbtui.monitor.server.load import LOAD, Load
from gbtui.monitor.window import OPENED, Span, seen

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ACME, GLOBEX = UUID(int=1), UUID(int=2)


def backend(pid: int, tenant: str, state: str = "active", *, by: tuple[int, ...] = (), own: bool = False) -> Backend:
    return Backend(
        pid, "client backend", "bots", "bots", "app", "local", state, "Lock" if by else "", "", by, 1.0, 1.0, 1.0, 0,
        NOW, None, own, "SELECT 1", tenant, "",
    )  # fmt: skip


def sampled(backends: Sequence[Backend], readings: int) -> Sample[Load]:
    """So many readings of the same activity, a second apart."""
    sample: Sample[Load] = Sample("load")
    assert LOAD.derive is not None
    for second in range(readings):
        at = NOW + timedelta(seconds=second)
        activity: Sample[Any] = Sample("activity", tuple(backends), at)
        reading = LOAD.derive([activity], sample if sample.taken_at else None)
        sample = Sample("load", reading.rows, at, reading.window, reading.skipped, memory=reading.memory)
        # Looked at twice, it is counted once.
        again = LOAD.derive([activity], sample)
        assert again.rows == reading.rows
    return sample


CROWD = (
    backend(1, "acme"), backend(2, "acme"), backend(3, "globex", by=(9,)), backend(4, ""), backend(5, "", own=True),
    backend(9, "acme", "idle in transaction"), backend(10, "globex", "idle"),
)  # fmt: skip


def test_shares_rest_on_samples_and_what_is_not_tagged_is_a_line_of_its_own() -> None:
    rows = {row.tenant: row for row in seen(sampled(CROWD, 11), LOAD, OPENED).rows}
    assert {name: (row.active, row.waiting, row.holding) for name, row in rows.items()} == {
        "acme": (20, 0, 10), "globex": (10, 10, 0), "": (10, 0, 0),
    }  # fmt: skip
    assert {row.samples for row in rows.values()} == {40}
    assert [rows[name].query_share for name in ("acme", "globex", "")] == [0.5, 0.25, 0.25]
    # Ten samples of waits tell of no share.
    assert (rows["globex"].lock_share, rows["acme"].holding_share) == (None, None)
    assert seen(sampled(CROWD, 41), LOAD, OPENED).rows[0].holding_share == 1.0


def test_few_samples_tell_nothing() -> None:
    sample = seen(sampled(CROWD, 5), LOAD, OPENED)
    assert [row.query_share for row in sample.rows] == [None, None, None]
    assert "under 30 no share is told" in sample.skipped[0]


def test_without_the_right_to_see_statements_it_says_so() -> None:
    denied = DeniedError("Not enough rights", "activity needs pg_read_all_stats", 'GRANT pg_monitor TO "me"')
    assert LOAD.derive is not None
    with pytest.raises(DeniedError, match="pg_read_all_stats"):
        LOAD.derive([Sample("activity", error=denied)], None)


def noisy(load: Sample[Load], traffic: Sequence[Traffic], span: Span = OPENED) -> Sample[Noisy]:
    figures = {
        org_id: Figures(org_id, slug, slug, NOW, 1, 0, None, None, 0, False, 0, 0, None, NOW)
        for org_id, slug in ((ACME, "acme"), (GLOBEX, "globex"))
    }
    beside: list[Sample[Any]] = [
        load, Sample("tenant_traffic", tuple(traffic), NOW),
        Sample("tenant_figures", tuple(figures.values()), NOW, memory=Known(figures, whole=True)),
    ]  # fmt: skip
    assert NOISY.derive is not None
    reading = NOISY.derive(beside, None)
    return seen(Sample("noisy", reading.rows, NOW, reading.window, memory=reading.memory), NOISY, span)


def test_it_says_which_tenant_it_is() -> None:
    traffic = [
        Traffic(ACME, "acme", (1, 10, 100), (1, 1, 10), None, None),
        Traffic(GLOBEX, "globex", (9, 30, 300), (1, 3, 30), None, None),
    ]
    by_id = [replace(one, tenant=str(GLOBEX)) if one.tenant == "globex" else one for one in CROWD]
    sample = noisy(sampled(by_id, 41), traffic)
    rows = {row.organization: row for row in sample.rows}
    assert list(rows) == ["acme", "globex", "no tag"]  # acme makes all wait
    assert rows["globex"].messages_share == 0.9
    assert rows["globex"].org_id == GLOBEX
    assert (rows["acme"].lock_share, rows["globex"].lock_share, rows["acme"].holding_share) == (0.0, 1.0, 1.0)
    assert (rows["no tag"].messages, rows["no tag"].query_share) == (None, 0.25)
    assert rows["acme"].samples == 160
    assert "messages and sessions: of the last 1 m" in sample.skipped


def test_where_nothing_is_tagged_it_says_so_and_makes_nothing_up() -> None:
    untagged = [replace(one, tenant="") for one in CROWD]
    sample = noisy(sampled(untagged, 41), [Traffic(ACME, "acme", (1, 1, 1), (1, 1, 1), None, None)])
    rows = {row.organization: row for row in sample.rows}
    assert any("no statement carries a tenant's tag" in sentence for sentence in sample.skipped)
    assert rows["no tag"].query_share == 1.0
    assert rows["acme"].query_share is None
