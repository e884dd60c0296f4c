"""The embedded server's life: shared, stopped with its last user, adopted after a crash, closed to others."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from gbtui.demo.embedded import EmbeddedServer
from tests.conftest import Connect
from tests.demo.homes import console, gone, guardians, home, leave, postmasters
from tests.waiting import until_now


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A folder whose data exists; every test leaves it without a running server."""
    with home() as folder:
        with EmbeddedServer(folder):
            pass
        gone(folder)
        yield folder


@pytest.fixture
def folder(prepared: Path) -> Iterator[Path]:
    yield prepared
    gone(prepared)


def test_it_stops_when_the_last_of_two_leaves(folder: Path) -> None:
    first, second = EmbeddedServer(folder), console(folder)
    first.start()
    assert len(postmasters(folder)) == len(guardians(folder)) == 1
    first.stop()
    assert second.poll() is None
    assert postmasters(folder)
    leave(second)
    first.wait_stopped()


def test_it_stops_when_its_last_user_is_killed(folder: Path) -> None:
    only = console(folder)
    only.kill()
    only.communicate()
    gone(folder)


def test_it_outlives_a_killed_user_for_the_other(folder: Path) -> None:
    killed, other = console(folder), console(folder)
    killed.kill()
    killed.communicate()
    again = console(folder)  # whoever comes later finds the same server
    assert len(postmasters(folder)) == len(guardians(folder)) == 1
    leave(other)
    leave(again)


def test_a_server_without_a_guardian_is_adopted(folder: Path) -> None:
    lost = console(folder)
    (guardian,) = guardians(folder)
    (server,) = postmasters(folder)
    guardian.kill()
    lost.kill()
    lost.communicate()
    until_now(lambda: not guardians(folder))
    assert server.is_running()  # nobody was left to stop it
    with EmbeddedServer(folder):
        assert postmasters(folder) == [server]
    gone(folder)


def test_a_killed_guardian_is_replaced_at_the_end(folder: Path) -> None:
    server = EmbeddedServer(folder)
    server.start()
    (guardian,) = guardians(folder)
    guardian.kill()
    until_now(lambda: not guardians(folder))
    server.stop()
    server.wait_stopped()


async def test_a_killed_server_recovers(folder: Path, connect: Connect) -> None:
    with EmbeddedServer(folder) as first:
        connection = await connect(first)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        (server,) = postmasters(folder)
        server.kill()
        with EmbeddedServer(folder) as second:  # its backends may live a moment longer
            connection = await connect(second)
            assert await connection.fetchval("SELECT one FROM kept") == 1
            await connection.execute("DROP TABLE kept")


def test_a_pid_that_is_another_process_now_does_not_stop_it(folder: Path) -> None:
    # As after a reboot without a shutdown: the file names a process, but not a server.
    pid_file = folder / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{folder}/data\n1700000000\n5432\n{folder}/run\n\n0 0\nready   \n")
    with EmbeddedServer(folder):
        assert postmasters(folder)


def test_starts_that_race_with_the_stop_all_work(folder: Path) -> None:
    for _round in range(3):
        with EmbeddedServer(folder):
            assert len(postmasters(folder)) == 1
        # No waiting: the next start meets the guardian while it stops the server.


async def test_nobody_else_can_come_near(folder: Path, connect: Connect) -> None:
    with EmbeddedServer(folder) as dsn:
        connection = await connect(dsn)
        shown = await connection.fetchrow(
            "SELECT current_setting('listen_addresses') AS network, current_setting('track_io_timing') AS timing,"
            " current_setting('shared_preload_libraries') AS loaded, current_setting('data_directory_mode') AS mode"
        )
        assert shown is not None
        assert dict(shown) == {"network": "", "loaded": "pg_stat_statements", "timing": "on", "mode": "0700"}
        rules = await connection.fetch("SELECT auth_method FROM pg_hba_file_rules")
        assert {rule["auth_method"] for rule in rules} == {"peer"}
        assert await connection.fetchval("SELECT count(*) FROM pg_stat_statements") > 0
        (server,) = postmasters(folder)
        assert not [one for one in server.net_connections() if one.family.name != "AF_UNIX"]
        for private in ("data", "run", "log"):
            assert stat.S_IMODE((folder / private).stat().st_mode) == 0o700
        assert server.uids().real != 0
        assert guardians(folder)[0].uids().real == server.uids().real


def test_the_guardian_is_light_and_alone(folder: Path) -> None:
    before = psutil.Process().children()  # other tests of this run may have started some
    with EmbeddedServer(folder):
        (guardian,) = guardians(folder)
        assert guardian.parent() == psutil.Process(1) or guardian.ppid() != os.getpid()
        assert guardian.memory_info().rss < 20 << 20
        assert guardian.terminal() is None
        assert not set(psutil.Process().children()) - set(before)


def test_many_first_starts_make_one_server() -> None:
    with home() as folder, ThreadPoolExecutor(4) as threads:
        users = list(threads.map(console, [folder] * 4))
        assert len(postmasters(folder)) == len(guardians(folder)) == 1
        for user in users[:2]:
            user.kill()
            user.communicate()
        for user in users[2:]:
            leave(user)
        gone(folder)


def test_a_strict_umask_and_a_long_path_are_no_obstacles() -> None:
    with home() as folder:
        folder.chmod(0o711)
        deep = folder / "a" / ("x" * 120)  # too long for a socket's path
        before = os.umask(0o077)
        try:
            with EmbeddedServer(deep) as dsn:
                socket = Path(dsn.partition("?host=")[2])
                assert len(str(socket)) < 60
                assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        finally:
            os.umask(before)
        EmbeddedServer(deep).wait_stopped()
        socket.rmdir()
