"""The tail's arithmetic, against every history that hypothesis can think of. No server."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gbtui.domain.tail import page as pages
from gbtui.domain.tail.cursor import Cursor, Header
from gbtui.domain.tail.pace import BUSY, IDLE, Ages, Pace, Rate
from gbtui.domain.tail.page import Large, Page, Places, arrange
from gbtui.domain.tail.seen import LOOKBACK, Seen

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Server:
    """Transactions begin, write and end in any order; a poll sees those that have committed."""

    next_tx: int = 100
    open: dict[int, int] = field(default_factory=dict)  # transaction: rows it has written
    rows: list[tuple[int, UUID]] = field(default_factory=list)
    made: int = 0

    def begin(self) -> None:
        self.open[self.next_tx] = 0
        self.next_tx += 1

    def end(self, which: int, *, rows: int, commit: bool) -> None:
        tx = sorted(self.open)[which % len(self.open)]
        del self.open[tx]
        for _ in range(rows if commit else 0):
            self.made += 1
            self.rows.append((tx, UUID(int=self.made)))

    def header(self) -> Header:
        return Header(min(self.open, default=self.next_tx), self.next_tx, frozenset(self.open), False, "", 1, NOON)

    def poll(self, cursor: Cursor) -> list[asyncpg.Record]:
        """What the statement returns: both arms by transaction, each cut at its limit."""
        new = sorted(row for row in self.rows if row[0] >= cursor.hi)[: pages.PAGE]
        pending = sorted(row for row in self.rows if row[0] in cursor.pending)[: pages.PAGE]
        return [_record(tx, key) for tx, key in (*pending, *new)]

    def transaction(self, tx: int, after: UUID) -> list[asyncpg.Record]:
        keys = sorted(key for row, key in self.rows if row == tx and key > after)
        return [_record(tx, key) for key in keys[: pages.LARGE_PAGE]]


def _record(tx: int, key: UUID) -> asyncpg.Record:
    return cast(asyncpg.Record, {"tx": str(tx), "id": key, "created_at": NOON})


STEPS = st.lists(
    st.one_of(
        st.just(("begin", 0, 0, True)),
        st.tuples(st.just("end"), st.integers(0, 20), st.integers(0, 12), st.booleans()),
        st.just(("poll", 0, 0, True)),
        st.just(("lose", 0, 0, True)),
    ),
    max_size=60,
)


@example([("begin", 0, 0, True), ("end", 1, 4, True), ("poll", 0, 0, True), ("end", 0, 4, True)], False)
@settings(max_examples=400, deadline=None)
@given(STEPS, st.booleans())
def test_every_row_comes_once_in_any_history(steps: list[tuple[str, int, int, bool]], standby: bool) -> None:
    """Pages of four and of three, so that every arm and every transaction is cut short somewhere.

    On a standby the open transactions are those of an earlier moment: here, of the poll before.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "PAGE", 4)
        patch.setattr(pages, "LARGE_PAGE", 3)
        server, came = Server(), Counter[UUID]()
        server.begin()
        cursor = Cursor(server.next_tx, frozenset(server.open))
        places: Places = {}
        opening = cursor
        rest = chain(steps, repeat(("poll", 0, 0, True)))
        quiet = 0
        for number, (kind, which, rows, commit) in enumerate(rest):
            if number > len(steps) and quiet > 2:
                break
            if kind == "begin":
                server.begin()
            elif kind == "end" and server.open:
                server.end(which, rows=rows, commit=commit)
            elif kind in ("poll", "lose"):
                now = Cursor(server.next_tx, frozenset(server.open))
                page = _page(server, cursor, opening if standby else now, places)
                opening = now
                quiet = 0 if page.rows or page.more else quiet + 1
                if kind == "poll":  # else the connection broke: nothing was handed over, nothing has moved
                    came.update(row.id for row in page.rows)
                    cursor, places = page.cursor, page.places
        assert came == Counter(key for _, key in server.rows)


def _page(server: Server, cursor: Cursor, opening: Cursor, places: Places) -> Page:
    opening = Cursor(max(opening.hi, cursor.hi), opening.pending) if opening.hi < cursor.hi else opening
    arranged = arrange(server.poll(cursor), server.header(), cursor, opening, places)
    return arranged.page(server.transaction(arranged.tx, arranged.after)) if isinstance(arranged, Large) else arranged


def test_rows_come_by_transaction_then_time_then_id() -> None:
    rows: list[dict[str, Any]] = [
        {"tx": "12", "id": UUID(int=1), "created_at": NOON},
        {"tx": "11", "id": UUID(int=3), "created_at": NOON},
        {"tx": "11", "id": UUID(int=2), "created_at": NOON},
        {"tx": "11", "id": UUID(int=9), "created_at": NOON.replace(hour=1)},
    ]
    header = Header(13, 13, frozenset(), False, "", 1, NOON)
    page = arrange([cast(asyncpg.Record, row) for row in rows], header, Cursor(11), Cursor(13), {})
    assert isinstance(page, Page)
    assert [row.id.int for row in page.rows] == [9, 2, 3, 1]


def test_the_header_is_read() -> None:
    header = Header.parse("10:20:10,14 f 1764000000.5 4711 1764000123.25")
    assert (header.xmin, header.xmax, header.open, header.pid) == (10, 20, frozenset((10, 14)), 4711)
    assert header.clock.timestamp() == 1764000123.25
    later = Header.parse("20:21: f 1764000000.5 4711 1764000124")
    assert later.joins(header)
    assert not header.joins(later)
    assert not Header.parse("20:21: t 1764000000.5 4711 1764000124").joins(header)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 30)), max_size=80))
def test_what_was_seen_above_the_floor_is_known(added: list[tuple[int, int]]) -> None:
    seen = Seen(5, capacity=20)
    for tx, key in added:
        seen.add(tx, UUID(int=key))
        assert len(seen) <= 20
    for tx, key in added:
        assert seen.knows(tx, UUID(int=key)) == (tx >= seen.floor)


def test_the_lookback_spans_time_and_transactions() -> None:
    seen = Seen(100)
    for second in range(int(LOOKBACK) + 1):
        seen.add(200 + second, UUID(int=second))
        seen.advance(second, hi=50_000 + second, xmax=50_000 + second)
    assert seen.floor == 40_120  # ten thousand transactions before the present, which is more than 120 seconds ago
    quick = Seen(100)
    for second in range(int(LOOKBACK) + 1):
        quick.advance(second, hi=100_000 * second, xmax=100_000 * second)
    assert quick.floor == 100  # 120 seconds are not over for the first position
    quick.advance(LOOKBACK + 2, hi=10**8, xmax=10**8)
    assert quick.floor == 200_000


def test_the_pace_follows_traffic_and_spares_a_slow_server() -> None:
    pace = Pace()
    assert pace.polled(0.001, 5) == BUSY
    pauses = [pace.polled(0.001, 0) for _ in range(10)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == IDLE
    assert pace.polled(0.001, 1) == BUSY
    assert pace.polled(0.2, 1) == 2.0


def test_the_rate_is_of_the_last_ten_seconds() -> None:
    rate = Rate()
    rate.add(0.0, 0)
    assert rate.per_second(0.5) == 0
    rate.add(1.0, 100)
    assert rate.per_second(2.0) == 50
    rate.add(10.0, 100)
    assert rate.per_second(10.5) == 20
    assert rate.per_second(11.5) == 10
    assert rate.per_second(30.0) == 0


def test_ages_have_percentiles() -> None:
    ages = Ages()
    assert ages.percentile(0.5) is None
    for age in range(100):
        ages.add(float(age))
    assert (ages.percentile(0.5), ages.percentile(0.99), ages.percentile(1.0)) == (50, 99, 99)
