"""The platform's life: bots that fell silent, people who wait for an answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from gbtui import text
from gbtui.domain.signals import Bot, Limits, Pulse, Verdict, judged
from gbtui.domain.signals.judge import is_loud, many_wait
from gbtui.domain.signals.limits import DEFAULTS
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.platform.bots import limits_of

ALL: Final = "all bots"
"""The subject of a finding about the whole platform."""
_NAMED: Final = 5
"""Findings of one kind that name their bot; the others are counted."""


def silence(view: View) -> Iterator[Finding]:
    """All bots together, else each one that is quiet for longer than its usual gap explains."""
    limits = limits_of(view.thresholds)
    bots: Sequence[Bot] = view.rows("bots")
    pulse: Pulse | None = next(iter(view.rows("platform")), None)
    if pulse is not None and judged(pulse, limits) is Verdict.SILENT:
        yield _dead(pulse, bots, view)
        return
    silent = [bot for bot in bots if judged(bot, limits) is Verdict.SILENT]
    silent.sort(key=lambda bot: (not is_loud(bot, limits), -bot.waiting, -bot.active, -(bot.silent_age or 0.0)))
    yield from (_silent(bot, limits, view) for bot in silent[:_NAMED])
    if rest := silent[_NAMED:]:
        what = f"{text.plural(len(rest), 'more bot')} silent: {_names(rest)}"
        advice = "look at the list of bots; many at once have one cause"
        severity = max(_severity(bot, limits) for bot in rest)
        yield Finding(severity, "silence", "more", what, "as above, or they share a host", advice, "bots")


def _dead(pulse: Pulse, bots: Sequence[Bot], view: View) -> Finding:
    return Finding(
        Severity.CRITICAL,
        "silence",
        ALL,
        f"all bots silent {_for(pulse)}{who_waits(bots)}",
        f"last bot message {_at(pulse)}; the bot server is down, or cannot write to this database",
        "look whether the bot server runs and is connected (pool), and whether its writes wait (locks)",
        "bots",
        since=_since(pulse, view),
    )


def _severity(bot: Bot, limits: Limits) -> Severity:
    if bot.waiting >= limits.waiting_sessions:
        return Severity.CRITICAL
    return Severity.WARNING if is_loud(bot, limits) else Severity.INFO


def _silent(bot: Bot, limits: Limits, view: View) -> Finding:
    why = f"last bot message {_at(bot)}; "
    if bot.waiting or (bot.last_user and bot.last_bot and bot.last_user > bot.last_bot):
        why += "its users still write: the bot, its script or what it calls hangs or fails"
    else:
        why += "its users are silent too: its channel may be cut, or nobody needs it now"
    return Finding(
        _severity(bot, limits),
        "silence",
        bot.name,
        f"{bot.name} silent {_for(bot)}" + (f"; {_people(bot.waiting)}" if bot.waiting else ""),
        why,
        f"look into its last conversations (tail, {_narrow(bot)}), then into the bot server's log",
        "bots",
        since=_since(bot, view),
        tenant=bot.org_id,
        organization=bot.organization,
        number=bot.waiting,
    )


def waiting(view: View) -> Iterator[Finding]:
    """Bots for which so many wait that somebody should look; who has given up is never a finding."""
    limits = limits_of(view.thresholds)
    bots: Sequence[Bot] = view.rows("bots")
    late = [bot for bot in bots if many_wait(bot, limits)]
    pulse: Pulse | None = next(iter(view.rows("platform")), None)
    if late and pulse is not None and judged(pulse, limits) is Verdict.SILENT:
        yield _all_wait(pulse, bots, view)
        return
    late.sort(key=lambda bot: (-bot.waiting, -(bot.waiting_age or 0.0)))
    yield from (_waiting(bot, view) for bot in late[:_NAMED])
    if rest := late[_NAMED:]:
        what = f"{_people(sum(bot.waiting for bot in rest))} for {text.plural(len(rest), 'more bot')}: {_names(rest)}"
        advice = "look at the list of bots; many at once have one cause"
        yield Finding(Severity.WARNING, "waiting", "more", what, "as above, or they share a host", advice, "bots")


def _all_wait(pulse: Pulse, bots: Sequence[Bot], view: View) -> Finding:
    """Where no bot speaks, their names say nothing, and there may be more of them than other findings leave room."""
    people = sum(bot.waiting for bot in bots)
    longest = max(bot.waiting_age or 0.0 for bot in bots)
    return Finding(
        Severity.CRITICAL if people >= view.limit("waiting_sessions_critical") else Severity.WARNING,
        "waiting",
        ALL,
        f"{who_waits(bots).removeprefix('; ')}, the longest {text.age(longest)}",
        f"no bot speaks: the last one did {text.age(pulse.silent_age)} ago",
        "see to the silence first; the list of bots says who has most to catch up on",
        "bots",
        since=_since(pulse, view),
        number=people,
    )


def _waiting(bot: Bot, view: View) -> Finding:
    usual = f"; it usually answers within {text.duration(bot.reply_p95 * 1000)}" if bot.reply_p95 is not None else ""
    longest = timedelta(seconds=bot.waiting_age or 0.0)
    active = max(bot.active, bot.waiting)
    return Finding(
        Severity.CRITICAL if bot.waiting >= view.limit("waiting_sessions_critical") else Severity.WARNING,
        "waiting",
        bot.name,
        f"{_people(bot.waiting)} for {bot.name}, the longest {text.age(bot.waiting_age)}"
        f" ({bot.waiting} of {text.plural(active, 'active session')})",
        f"the bot answered others {text.age(bot.silent_age)} ago{usual}: it is too slow, or fails on some questions",
        f"narrow to {bot.organization} and read what they asked: sessions, {_narrow(bot)} is:waiting",
        "sessions",
        since=view.now - longest,
        tenant=bot.org_id,
        organization=bot.organization,
        number=bot.waiting,
        narrow=f"{_narrow(bot)} is:waiting",
    )


def sentence(bots: Sequence[Bot], pulse: Pulse | None, limits: Limits = DEFAULTS) -> str:
    """The platform in one sentence, by the verdicts of its rows: the worst silence and who waits; "" if neither."""
    silent = [bot for bot in bots if bot.verdict == Verdict.SILENT and is_loud(bot, limits)]
    worst = max(silent, key=lambda bot: (bot.waiting, bot.active, bot.silent_age or 0.0), default=None)
    if pulse is not None and pulse.verdict == Verdict.SILENT:
        said = f"all bots silent {_for(pulse)}"
    elif worst is not None:
        more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
        said = f"{worst.name}{more} silent {_for(worst)}"
    else:
        most = max(bots, key=lambda bot: bot.waiting, default=None)
        told = who_waits(bots).removeprefix("; ")
        return f"{told}; {most.waiting} for {most.name}, {text.age(most.waiting_age)}" if told and most else ""
    return said + who_waits(bots)


def who_waits(bots: Sequence[Bot]) -> str:
    """ "; 7 people wait, 2 tenants", or nothing."""
    people = sum(bot.waiting for bot in bots)
    tenants = len({bot.org_id for bot in bots if bot.waiting})
    return f"; {_people(people)}, {text.plural(tenants, 'tenant')}" if people else ""


def gap(seconds: float | None) -> str:
    """A usual gap: exact where it is short."""
    return text.duration(seconds * 1000) if seconds is not None and seconds < 2 else text.age(seconds)


def _for(row: Bot | Pulse) -> str:
    return f"{text.age(row.silent_age)} (usual gap {gap(row.usual_gap)})"


def _people(number: int) -> str:
    return f"{text.plural(number, 'person', 'people')} {'waits' if number == 1 else 'wait'}"


def _at(row: Bot | Pulse) -> str:
    return f"{row.last_bot:%H:%M:%S} UTC" if row.last_bot else text.NOTHING


def _since(row: Bot | Pulse, view: View) -> datetime:
    return view.now - timedelta(seconds=row.silent_age or 0.0)


def _narrow(bot: Bot) -> str:
    """The filter for its name: a part of it is enough, so it ends before a quote."""
    name = bot.bot.split('"')[0].strip()
    return f'bot:"{name}"' if " " in name else f"bot:{name}"


def _names(bots: Sequence[Bot]) -> str:
    told = ", ".join(bot.name for bot in bots[:3])
    return told + (" …" if len(bots) > 3 else "")
