"""What is put aside: until when it stays away, when it comes back before, and what the file promises."""

import multiprocessing
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gbtui.errors import UsageError
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.ignored import Ignored, divide
from gbtui.monitor.ignored_file import IgnoredFile
from gbtui.monitor.monitor import Monitor
from tests.conftest import Connect
from tests.monitor.conftest import watching

NOW = datetime.now(UTC)
SLOT = Finding(Severity.WARNING, "slots", "old", "slot old holds 2 GB", "", "", "slots", since=NOW, number=2e9)
AWAY = Ignored("slots", "old", NOW + timedelta(days=7), NOW, "ada", "its receiver is being rebuilt", SLOT.severity, 2e9)


@pytest.mark.parametrize(
    ("finding", "later", "stays"),
    [
        (SLOT, timedelta(days=6), True),
        (SLOT, timedelta(days=7), False),
        (replace(SLOT, subject="other"), timedelta(), False),
        (replace(SLOT, severity=Severity.CRITICAL), timedelta(), False),
        (replace(SLOT, severity=Severity.INFO), timedelta(), True),
        (replace(SLOT, number=3.9e9), timedelta(), True),
        (replace(SLOT, number=4e9), timedelta(), False),
        (replace(SLOT, number=None), timedelta(), True),
    ],
)
def test_it_stays_away_until_its_time_is_up_or_it_is_worse_by_a_class(
    finding: Finding, later: timedelta, stays: bool
) -> None:
    stand, aside = divide([finding], [AWAY], NOW + later)
    assert (len(stand), len(aside)) == ((0, 1) if stays else (1, 0))


def test_the_same_pid_is_another_session_when_it_began_later() -> None:
    idle = Finding(Severity.WARNING, "idle_in_transaction", "4711", "pid 4711", "", "", "activity", since=NOW)
    away = replace(AWAY, check="idle_in_transaction", subject="4711", number=None)
    assert divide([idle], [away], NOW)[1]
    assert divide([replace(idle, since=NOW + timedelta(hours=1))], [away], NOW + timedelta(hours=2))[0]


def test_the_file_is_its_owners_and_tells_servers_apart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ignored.json"
    prod, test = IgnoredFile(path, "prod"), IgnoredFile(path, "test")
    assert prod.entries() == ()
    prod.add(AWAY)
    prod.add(replace(AWAY, why="still"))
    assert [entry.why for entry in prod.entries()] == ["still"]
    assert test.entries() == ()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not test.remove("slots", "old")
    assert prod.remove("slots", "old")
    assert not prod.remove("slots", "old")


def test_what_has_expired_is_not_kept(tmp_path: Path) -> None:
    kept = IgnoredFile(tmp_path / "ignored.json", "prod")
    kept.add(replace(AWAY, subject="gone", until=NOW - timedelta(seconds=1)))
    kept.add(AWAY)
    assert [entry.subject for entry in kept.entries()] == ["old"]


def test_another_console_sees_what_was_written(tmp_path: Path) -> None:
    one, other = (IgnoredFile(tmp_path / "ignored.json", "prod") for _ in range(2))
    assert other.entries() == ()
    one.add(AWAY)
    assert other.entries() == (AWAY,)
    other.remove("slots", "old")
    assert one.entries() == ()


def test_a_file_that_is_none_of_ours_hides_nothing_and_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ignored.json"
    path.write_text("{")
    kept = IgnoredFile(path, "prod")
    assert kept.entries() == ()
    assert "cannot be read" in kept.error
    with pytest.raises(UsageError, match="cannot be read"):
        kept.add(AWAY)
    assert path.read_text() == "{"


def _write(path: Path, writer: int) -> None:
    kept = IgnoredFile(path, f"server {writer % 2}")
    for number in range(20):
        kept.add(replace(AWAY, subject=f"{writer}-{number}"))


def test_consoles_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ignored.json"
    writers = [multiprocessing.get_context("spawn").Process(target=_write, args=(path, writer)) for writer in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    kept = [entry.subject for server in ("server 0", "server 1") for entry in IgnoredFile(path, server).entries()]
    assert sorted(kept) == sorted(f"{writer}-{number}" for writer in range(3) for number in range(20))


async def test_the_monitor_keeps_it_back_and_brings_it_back(place: str, connect: Connect, tmp_path: Path) -> None:
    async with watching(place) as watched:
        monitor = Monitor(watched._pace.database, ignoring=IgnoredFile(tmp_path / "ignored.json", "here"))
        heard: list[int] = []
        monitor.watch_findings(lambda findings: heard.append(len(findings)))
        await monitor.once("settings")
        (finding, *_) = [one for one in monitor.findings if one.subject == "fsync"]
        monitor.ignore(
            Ignored("settings", "fsync", NOW + timedelta(hours=1), NOW, "ada", "a test server", finding.severity)
        )
        assert finding not in monitor.findings
        assert [(one.finding, one.ignored.why) for one in monitor.aside] == [(finding, "a test server")]
        assert monitor.unignore("settings", "fsync")
        assert (finding in monitor.findings, monitor.aside) == (True, ())
        await monitor.stop()
