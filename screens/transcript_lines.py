"""How a conversation reads: its events as lines under the days they happened on, and what stands above them. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from gbtui.domain.conversation import MOST, MOST_BESIDE, Conversation, Event
from gbtui.domain.transcript import Turn
from gbtui.text import NOTHING, age, clean, count, duration, fit
from gbtui.times import Clock, ago, full
from gbtui.ui.widgets.line_view import Line, Run
from gbtui.ui.widgets.tail_ring import TailLine

SIGNS: Final = {"user": ("‹", "accent"), "bot": ("›", "dim"), "click": ("·", "dim")}
PAUSE: Final = 60.0
"""Seconds of silence that are worth a word; and of waiting for an answer that are worth a colour."""
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def lines(turns: Iterable[Turn], clock: Clock, now: datetime, last: datetime | None = None) -> list[TailLine]:
    """The turns, and a line for each day that differs from that of the turn before (`last`: of the one before all)."""
    made: list[TailLine] = []
    day = _here(last, clock).date() if last else None
    for turn in turns:
        here = _here(turn.event.at, clock)
        if here.date() != day:
            day = here.date()
            title = f" {_DAYS[day.weekday()]} {day.isoformat()}"
            made.append(TailLine(("day", day), title, "", "", prefix_style="header"))
        made.append(_line(turn, here, clock, now))
    return made


def _line(turn: Turn, here: datetime, clock: Clock, now: datetime) -> TailLine:
    event = turn.event
    time = ago((now - event.at).total_seconds()) if clock is Clock.RELATIVE else f"{here:%H:%M:%S}"
    sign, sign_style = SIGNS.get(event.kind, ("?", ""))
    text = f"clicked {event.text}" if event.kind == "click" else event.text
    return TailLine(
        event.place,
        f" {fit(time, 8, 'right')} {fit(after(turn), 6, 'right')}",
        sign,
        text + " … (cut; d shows all)" * event.cut,
        prefix_style="warning" if turn.answer is not None and turn.answer >= PAUSE else "dim",
        mark_style=sign_style,
        style={"user": "bold", "click": "dim"}.get(event.kind, ""),
        data=turn,
    )


def after(turn: Turn) -> str:
    """How long the answer took ("2.1 s"), or how long nobody said anything before this ("+3 m")."""
    if turn.answer is not None:
        return duration(turn.answer * 1000) if turn.answer < PAUSE else age(turn.answer)
    return f"+{age(turn.pause)}" if turn.pause is not None and turn.pause >= PAUSE else ""


def fields(turn: Turn, event: Event) -> dict[str, str]:
    """All there is to say of an event (with its whole text)."""

    def took(seconds: float | None) -> str:
        return NOTHING if seconds is None else duration(seconds * 1000)

    return {
        "text": event.text,
        "by": "a click of the user" if event.kind == "click" else f"the {event.kind}",
        "at": full(event.at),
        "answer took": took(turn.answer),
        "pause before": took(turn.pause),
        "characters": count(event.length),
        "id": str(event.id),
    }


def about(head: Conversation, now: datetime, time: Callable[[datetime], str], width: int) -> list[Line]:
    """Who, when, and with what, in three lines."""
    who: list[Run] = [(f" {clean(head.user) or 'anonymous'}", "bold"), (" with ", "dim"), (clean(head.bot), "bold")]
    who += [(" of ", "dim"), (clean(head.organization), "")]
    if not head.user_active:
        who.append(("  may not log in", "dim"))
    if head.user_id is not None:
        who.append((f"  {_place(head)}", "dim"))
    over = head.expires <= now
    when: list[Run] = [
        (" started ", "dim"), (time(head.started), ""),
        ("  last activity ", "dim"), (time(head.last_activity), ""),
        ("  expired " if over else "  expires ", "dim"), (time(head.expires), ""),
    ]  # fmt: skip
    room = width - len(" tools   knowledge  ")
    wanted = [len(", ".join(names)) or len("none") for names in (head.tools, head.collections)]
    # What one of the two does not need, the other may have.
    tools = _listed(head.tools, max(room // 2, room - wanted[1]))
    knowledge = _listed(head.collections, max(room - room // 2, room - wanted[0]))
    what: list[Run] = [(" tools ", "dim"), (tools, ""), ("  knowledge ", "dim"), (knowledge, "")]
    return [tuple(who), tuple(when), tuple(what)]


def messages(head: Conversation) -> str:
    """How many messages there are."""
    return f"{count(head.messages)}{'+' * (head.messages >= MOST)} messages"


def _place(head: Conversation) -> str:
    if not head.earlier and not head.later:
        return "this user's only session"
    if MOST_BESIDE in (head.earlier, head.later):
        counts = (f"{count(n)}{'+' * (n >= MOST_BESIDE)}" for n in (head.earlier, head.later))
        return "{} sessions before, {} after".format(*counts)
    return f"session {head.earlier + 1} of {head.earlier + head.later + 1}"


def _listed(names: Sequence[str], room: int) -> str:
    """As many names as fit, and how many do not."""
    if not names:
        return "none"
    shown = clean(names[0])
    for at, name in enumerate(names[1:], 1):
        longer = f"{shown}, {clean(name)}"
        if len(longer) + len(f" +{len(names) - at}") > room:
            return f"{fit(shown, min(len(shown), room - 5))} +{len(names) - at}"
        shown = longer
    return fit(shown, room).rstrip()


def _here(moment: datetime, clock: Clock) -> datetime:
    return moment.astimezone(UTC) if clock is Clock.UTC else moment.astimezone()
