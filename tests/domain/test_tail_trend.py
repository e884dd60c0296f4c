"""The small curves of tenants and bots."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from gbtui.domain.tail import Batch, Message, Phase, State
from gbtui.domain.tail.trend import BAR, BARS, Trend

ACME, SUPPORT, BILLING = UUID(int=1), UUID(int=2), UUID(int=3)
MESSAGE = Message(
    UUID(int=9), UUID(int=8), None, SUPPORT, ACME, "acme", "support", "", "hello", "bot",
    datetime(2026, 11, 28, tzinfo=UTC), 7, False, 5,
)  # fmt: skip


class Clock:
    """Seconds that stand still until they are moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def batch(*bots: UUID) -> Batch[Message]:
    return Batch(tuple(replace(MESSAGE, bot_id=bot) for bot in bots))


def known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def test_each_bar_is_messages_a_second_of_a_bot_and_of_its_tenant() -> None:
    clock = Clock()
    trend = Trend(clock)
    trend(State(Phase.FOLLOWING))
    clock.now += BAR
    trend(batch(SUPPORT, SUPPORT, BILLING))
    clock.now += BAR
    trend(batch(SUPPORT))
    clock.now += 2 * BAR
    assert known(trend.of(SUPPORT)) == [2 / BAR, 1 / BAR, 0.0]
    assert known(trend.of(BILLING)) == [1 / BAR, 0.0, 0.0]
    assert known(trend.of(ACME)) == [3 / BAR, 1 / BAR, 0.0]
    assert len(trend.of(ACME)) == BARS


def test_what_was_written_before_the_start_and_the_bar_that_is_being_filled_do_not_count() -> None:
    clock = Clock()
    trend = Trend(clock)
    trend(Batch((MESSAGE,), backlog=True))
    assert known(trend.of(SUPPORT)) == []
    clock.now += BAR
    trend(batch(SUPPORT))
    assert known(trend.of(SUPPORT)) == []
    clock.now += BAR
    assert known(trend.of(SUPPORT)) == [1 / BAR]


def test_while_the_tail_does_not_follow_nobody_counts() -> None:
    clock = Clock()
    trend = Trend(clock)
    clock.now += BAR
    trend(batch(SUPPORT))
    clock.now += 2 * BAR
    trend(State(Phase.RECONNECTING))
    clock.now += 2 * BAR
    assert trend.of(SUPPORT)[-4:] == (1 / BAR, 0.0, None, None)
    trend(State(Phase.FOLLOWING))
    clock.now += 2 * BAR
    assert trend.of(SUPPORT)[-3:] == (None, None, 0.0)


def test_it_forgets_what_is_older_than_its_bars() -> None:
    clock = Clock()
    trend = Trend(clock)
    for _ in range(3 * BARS):
        trend(batch(SUPPORT))
        clock.now += BAR
    assert trend.of(SUPPORT) == (1 / BAR,) * BARS
    clock.now += BARS * BAR
    assert trend.of(SUPPORT) == (0.0,) * BARS
