"""The judgements of silence and waiting: what is said, how loudly, and what is left unsaid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gbtui.database.database import Database
from gbtui.domain.signals import Bot, Pulse
from gbtui.monitor.check import View
from gbtui.monitor.checks import CHECKS
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.judging.bots import gap, sentence
from gbtui.monitor.monitor import Monitor
from gbtui.monitor.sample import Sample
from tests.conftest import Connect
from tests.domain.platform import place as settle_in
from tests.monitor.conftest import watching

NOW = datetime(2026, 11, 23, 14, 2, 12, tzinfo=UTC)
ACME, GLOBEX = UUID(int=1), UUID(int=2)
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def bot(name: str = "support", org_id: UUID = ACME, **values: Any) -> Bot:
    """A bot that does well but for what is given; its last message is as old as `silent_age` says."""
    blank: dict[str, Any] = {
        "organization": "acme" if org_id == ACME else "globex", "bot": name, "verdict": "well", "waiting": 0,
        "waiting_age": None, "silent_age": 1.0, "usual_gap": 4.0, "active": 20, "abandoned": 0, "messages_per_s": 1.0,
        "reply_p50": 1.0, "reply_p95": 2.1, "replies": 40, "longest_gap": 9.0, "id": UUID(int=9), "org_id": org_id,
    }  # fmt: skip
    made = blank | values
    last = NOW - timedelta(seconds=made["silent_age"])
    return Bot(**{"last_bot": last, "last_user": last - timedelta(seconds=1)} | made)


def pulse(silent: float = 1.0, verdict: str = "well") -> Pulse:
    """All bots together."""
    return Pulse(verdict, 1.0, silent, 0.1, 0.5, NOW - timedelta(seconds=silent), NOW)


def judged(
    check: str, *bots: Bot, all_bots: Pulse | None = None, limits: dict[str, float] | None = None
) -> list[Finding]:
    rows: dict[str, tuple[Any, ...]] = {"bots": bots, "platform": (all_bots or pulse(),)}
    samples = {name: Sample(name, found, NOW) for name, found in rows.items()}
    view = View(samples, lambda _: (), limits or {}, NOW)
    return list(next(one for one in CHECKS if one.name == check).judge(view))


def test_the_time_before_the_servers_start_accuses_no_bot() -> None:
    """Who opens the console after a night's downtime is not told of a silence that could not be broken."""
    silent = bot(silent_age=3600.0, server_up=20.0)
    assert judged("silence", silent) == []
    assert judged("silence", all_bots=replace(pulse(3600.0), server_up=20.0)) == []
    (found,) = judged("silence", replace(silent, server_up=200.0))
    assert found.what == "support@acme silent 1 h (usual gap 4 s)"


def test_a_silent_bot_is_named_with_its_usual_gap_and_who_waits() -> None:
    (found,) = judged("silence", bot(silent_age=372.0, waiting=5, waiting_age=371.0), bot("sales"))
    assert (found.severity, found.subject, found.screen) == (CRITICAL, "support@acme", "bots")
    assert found.what == "support@acme silent 6 m (usual gap 4 s); 5 people wait"
    assert found.why.startswith("last bot message 13:56:00 UTC; its users still write")
    assert found.since == NOW - timedelta(seconds=372)
    assert (found.tenant, found.organization) == (ACME, "acme")


def test_silence_without_anybody_waiting_is_a_warning_and_says_so() -> None:
    (found,) = judged("silence", bot(silent_age=372.0))
    assert found.severity is WARNING
    assert "its users are silent too" in found.why


@pytest.mark.parametrize(
    ("silent", "limits", "number"),
    [(80.0, {}, 0), (80.1, {}, 1), (80.1, {"silence": 90.0}, 0), (80.1, {"silence_gaps": 30.0}, 0), (86_401.0, {}, 0)],
)
def test_the_limits_of_silence_are_the_profiles(silent: float, limits: dict[str, float], number: int) -> None:
    assert len(judged("silence", bot(silent_age=silent), limits=limits)) == number


def test_a_bot_that_pauses_as_before_or_has_no_usual_gap_is_no_finding() -> None:
    assert (
        judged("silence", bot(silent_age=372.0, longest_gap=400.0), bot("new", silent_age=99.0, usual_gap=None)) == []
    )
    (found,) = judged("silence", bot(silent_age=372.0, longest_gap=400.0, waiting=1, waiting_age=70.0))
    assert found.severity is Severity.INFO
    (far,) = judged("silence", bot(silent_age=372.0, longest_gap=120.0))
    assert far.severity is WARNING
    (near,) = judged("silence", bot(silent_age=372.0, longest_gap=125.0))
    assert near.severity is Severity.INFO, "not thrice the longest pause"


def test_a_dead_platform_is_one_finding_whatever_its_bots_are() -> None:
    bots = [bot(str(number), silent_age=300.0, waiting=4, waiting_age=310.0) for number in range(9)]
    everyone = pulse(silent=300.0)
    (dead,) = judged("silence", *bots, all_bots=everyone)
    assert (dead.severity, dead.subject) == (CRITICAL, "all bots")
    assert dead.what == "all bots silent 5 m (usual gap 100 ms); 36 people wait, 1 tenant"
    (waits,) = judged("waiting", *bots, all_bots=everyone)
    assert (waits.severity, waits.subject, waits.screen) == (CRITICAL, "all bots", "bots")
    assert judged("waiting", bot(), all_bots=everyone) == []


def test_many_silent_bots_are_five_findings_and_a_count() -> None:
    found = judged("silence", *(bot(str(number), silent_age=300.0 + number) for number in range(8)))
    assert [finding.subject for finding in found][-1] == "more"
    assert len(found) == 6
    assert found[-1].what.startswith("3 more bots silent: ")


@pytest.mark.parametrize(
    ("waiting", "active", "limits", "severity"),
    [
        (2, 20, {}, []),
        (3, 20, {}, [WARNING]),
        (2, 10, {}, [WARNING]),
        (1, 1, {}, [WARNING]),
        (1, 5, {"waiting_share": 0.5}, []),
        (3, 20, {"waiting_sessions": 4.0}, []),
        (20, 900, {}, [CRITICAL]),
        (9, 20, {"waiting_sessions_critical": 9.0}, [CRITICAL]),
    ],
)
def test_three_who_wait_or_a_fifth_are_a_finding(
    waiting: int, active: int, limits: dict[str, float], severity: list[Severity]
) -> None:
    found = judged("waiting", bot(waiting=waiting, active=active, waiting_age=70.0, abandoned=50), limits=limits)
    assert [finding.severity for finding in found] == severity


def test_who_has_given_up_is_never_a_finding() -> None:
    assert judged("waiting", bot(abandoned=500)) == judged("silence", bot(abandoned=500)) == []


def test_the_finding_leads_to_those_who_wait() -> None:
    (found,) = judged("waiting", bot('fraud "desk', waiting=5, active=12, waiting_age=360.0))
    assert (found.screen, found.narrow, found.tenant) == ("sessions", "bot:fraud is:waiting", ACME)
    assert found.what == '5 people wait for fraud "desk@acme, the longest 6 m (5 of 12 active sessions)'
    assert found.since == NOW - timedelta(seconds=360)
    (spaced,) = judged("waiting", bot("fraud desk", waiting=5, waiting_age=360.0))
    assert spaced.narrow == 'bot:"fraud desk" is:waiting'


def test_the_verdict_in_one_sentence() -> None:
    silent = bot(verdict="silent", silent_age=372.0, waiting=5, waiting_age=371.0)
    slow = bot("sales", GLOBEX, verdict="waiting", waiting=2, waiting_age=80.0)
    assert sentence([silent, slow], pulse()) == "support@acme silent 6 m (usual gap 4 s); 7 people wait, 2 tenants"
    assert sentence([slow, bot()], pulse()) == "2 people wait, 1 tenant; 2 for sales@globex, 1 m"
    assert sentence([silent, silent], None).startswith("support@acme and 1 more silent 6 m")
    assert sentence([bot()], pulse(120.0, "silent")) == "all bots silent 2 m (usual gap 100 ms)"
    assert sentence([bot()], pulse()) == sentence([], None) == ""


@pytest.mark.parametrize(("seconds", "said"), [(0.075, "75 ms"), (1.4, "1.4 s"), (4.2, "4 s"), (90.0, "1 m")])
def test_short_gaps_are_exact(seconds: float, said: str) -> None:
    assert gap(seconds) == said


async def test_on_a_real_server_the_profiles_limits_reach_the_statements(dsn: str, connect: Connect) -> None:
    writer = await connect(dsn)
    acme = await settle_in(writer)
    for ago, sender in ((40, "bot"), (30, "user")):
        await writer.execute(
            "INSERT INTO message_history (session_id, bot_id, org_id, message, sender, created_at)"
            " VALUES ($1, $2, $3, 'hello', $4, now() - make_interval(secs => $5))",
            acme.session_id, acme.bot_id, acme.org_id, sender, float(ago),
        )  # fmt: skip
    async with Database(dsn) as database:
        usual, strict = Monitor(database), Monitor(database, thresholds={"waiting": 20.0})
        for monitor in (usual, strict):
            for name in ("platform", "bots"):
                assert (await monitor.once(name)).error is None
        assert usual.findings == ()
        (found,) = strict.findings
        assert (found.check, found.subject) == ("waiting", "support-acme@acme")
        (kept,) = strict.history("bots")
        assert kept.rows[0].waiting == 1


async def test_where_there_is_no_platform_the_reason_is_said(place: str) -> None:
    async with watching(place) as monitor:
        for name in ("bots", "platform"):
            sample = await monitor.once(name)
            assert (sample.rows, sample.error) == ((), None)
            assert "does not hold the bot platform's tables" in sample.skipped[0]
        assert monitor.findings == ()
