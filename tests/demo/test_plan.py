"""The plan of the traffic: the same for the same seed, at the rate asked for, like life."""

from collections import Counter
from itertools import islice, pairwise, takewhile
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.demo.traffic.plan import TROUBLES, Open, Say, Step, Trouble, plan
from gbtui.demo.traffic.tags import tag
from gbtui.demo.traffic.world import Bot, Person, World

WORLD = World(
    tuple(Bot(UUID(int=n), f"bot {n}", UUID(int=1000 + n // 3), f"tenant-{n // 3}") for n in range(48)),
    tuple(Person(UUID(int=n), f"Ana.Novak.{n}") for n in range(100)),
)


def steps(seconds: float, rate: float = 20.0, seed: int = 1) -> list[Step]:
    return list(takewhile(lambda step: step.at < seconds, plan(WORLD, rate, seed)))


@pytest.fixture(scope="module")
def hour() -> list[Step]:
    return steps(3600)


def test_a_seed_says_everything() -> None:
    assert list(islice(plan(WORLD, 20, 7), 500)) == list(islice(plan(WORLD, 20, 7), 500))
    assert list(islice(plan(WORLD, 20, 7), 500)) != list(islice(plan(WORLD, 20, 8), 500))


@pytest.mark.parametrize("rate", [0.5, 20.0, 300.0])
def test_the_rate_is_kept(rate: float) -> None:
    seconds = 3000 / rate + 300
    messages = [step for step in steps(seconds, rate) if not isinstance(step, Trouble) and step.at > 60]
    assert len(messages) / (seconds - 60) == pytest.approx(rate, rel=0.1)


def test_time_never_goes_back(hour: list[Step]) -> None:
    assert all(before.at <= after.at for before, after in pairwise(hour))


def test_conversations_begin_with_a_session_and_take_turns(hour: list[Step]) -> None:
    last: dict[int, str] = {}
    for step in hour:
        if isinstance(step, Open):
            assert step.talk not in last
            last[step.talk] = "bot"
        elif isinstance(step, Say):
            assert {last[step.talk], step.sender} == {"bot", "user"}
            last[step.talk] = step.sender


def test_tenants_differ_in_size(hour: list[Step]) -> None:
    said = Counter(WORLD.bots[step.bot].slug for step in hour if isinstance(step, Say))
    assert said["tenant-0"] > 5 * said["tenant-9"] > 0
    assert len(said) == 16


def test_a_bot_falls_silent_and_catches_up(hour: list[Step]) -> None:
    asked: dict[int, float] = {}
    waited = []
    for step in hour:
        if isinstance(step, Say) and step.sender == "user":
            asked[step.talk] = step.at
        elif isinstance(step, Say):
            waited.append(step.at - asked.pop(step.talk))
    assert max(waited) > 60
    assert sorted(waited)[len(waited) // 2] < 3
    assert asked  # and some never hear again


def test_every_trouble_comes(hour: list[Step]) -> None:
    assert {step.kind for step in hour if isinstance(step, Trouble)} == set(TROUBLES)
    assert max(step.seconds for step in hour if isinstance(step, Trouble)) <= 15


@given(st.text(), st.text())
def test_no_name_ends_the_comment(tenant: str, bot: str) -> None:
    written = tag(tenant=tenant, bot=bot)
    assert written.startswith("/*bot='")
    assert written.endswith("'*/ ")
    inside = written[2:-3]
    assert "*/" not in inside
    assert "/*" not in inside
    assert inside.count("'") == 4
    assert inside.isprintable()
