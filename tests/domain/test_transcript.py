"""What follows from the order of a conversation, and a stretch of it that grows at both ends. No server."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbtui.domain.conversation import Conversation, Event
from gbtui.domain.transcript import Transcript, turns
from gbtui.domain.transcript_text import as_json, as_markdown, as_text

START = datetime(2026, 11, 23, 14, tzinfo=UTC)


def event(second: float, kind: str = "user", text: str = "hello", number: int = 0) -> Event:
    return Event(UUID(int=number or int(second * 10) + 1), kind, text, len(text), START + timedelta(seconds=second))


HEAD = Conversation(
    UUID(int=1), UUID(int=2), "acme", UUID(int=3), "support", UUID(int=4), "Ana", True,
    START, START, START, 3, ("refund",), (), 0, 0,
)  # fmt: skip


def test_an_answer_is_counted_from_the_oldest_question_that_waited() -> None:
    kinds = [(0, "bot"), (10, "user"), (14, "user"), (15, "click"), (20, "bot"), (21, "bot"), (100, "user")]
    made = turns(event(second, kind) for second, kind in kinds)
    assert [turn.answer for turn in made] == [None, None, None, None, 10.0, None, None]
    assert [turn.pause for turn in made] == [None, 10.0, 4.0, 1.0, 5.0, 1.0, 79.0]


EVENTS = [event(second, number=second + 1) for second in range(60)]


@given(
    st.integers(0, 59),
    st.lists(st.tuples(st.sampled_from(["before", "behind"]), st.integers(1, 9)), max_size=30),
    st.integers(10, 80),
)
def test_a_stretch_has_no_holes_however_it_is_paged(start: int, pages: list[tuple[str, int]], limit: int) -> None:
    held = Transcript(limit)
    held.replace(EVENTS[start : start + 1], at_beginning=False, at_end=False)
    for side, size in pages:
        if side == "before":
            edge = EVENTS.index(held.events[0])
            held.before(EVENTS[max(0, edge - size) : edge], more=edge - size > 0)
        else:
            edge = EVENTS.index(held.events[-1]) + 1
            held.behind(EVENTS[edge : edge + size], more=edge + size < len(EVENTS))
        first = EVENTS.index(held.events[0])
        assert held.events == EVENTS[first : first + len(held)]
        assert len(held) <= limit
        assert not held.at_beginning or first == 0
        assert not held.at_end or held.events[-1] == EVENTS[-1]


@given(st.permutations(EVENTS[:12]), st.integers(1, 5))
def test_whatever_the_order_in_which_messages_come_they_are_held_once_and_in_order(
    order: list[Event], size: int
) -> None:
    held = Transcript()
    for at in range(0, len(order), size):
        held.merge(sorted(order[at : at + size], key=lambda one: one.place))
        held.merge(order[:at])
    assert held.events == EVENTS[:12]


def test_what_is_older_than_the_stretch_does_not_make_a_hole() -> None:
    held = Transcript()
    held.replace(EVENTS[20:30], at_beginning=False, at_end=True)
    assert held.merge([EVENTS[3], EVENTS[30]]) == ([EVENTS[30]], True)


HOSTILE = "a | b\n# not a heading\n<script>x</script> [link](http://x) `code` *bold*\x1b[31m\n1. list"


def test_markdown_holds_nothing_that_acts() -> None:
    told = as_markdown(HEAD, turns([event(0, text=HOSTILE), event(2, "bot", "fine"), event(3, "click", "order")]))
    assert "\x1b" not in told
    for literal in ("\\# not a heading", "\\<script\\>", "\\[link\\]", "\\`code\\`", "\\*bold\\*", "1\\. list"):
        assert literal in told
    assert "**support** · 2026-11-23 14:00:02 UTC, after 2.0 s" in told
    assert "> (clicked order)" in told


def test_text_keeps_the_lines_of_a_message_together() -> None:
    told = as_text(HEAD, turns([event(0, text="one\ntwo"), event(1, "bot", "three")]))
    assert "2026-11-23 14:00:00 UTC  Ana: one\n    two\n2026-11-23 14:00:01 UTC  support: three\n" in told
    assert told.startswith("session ")


def test_json_is_one_object_that_reads_back() -> None:
    told = json.loads(as_json(HEAD, turns([event(0, text=HOSTILE), event(2, "bot", "fine")])))
    assert told["session"]["tools"] == ["refund"]
    assert [one["answer"] for one in told["events"]] == [None, 2.0]
    assert told["events"][0]["at"] == "2026-11-23T14:00:00.000000Z"


@pytest.mark.parametrize("form", [as_text, as_markdown, as_json])
def test_an_anonymous_users_document_says_so_and_holds_no_token(form: object) -> None:
    assert callable(form)
    told = form(replace(HEAD, user="", user_id=None), turns([event(0)]))
    assert "token" not in told
    assert "anonymous" in told or '"user": ""' in told
