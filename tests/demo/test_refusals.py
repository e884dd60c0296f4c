"""What cannot serve is refused with one sentence, before anything of it is changed."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gbtui.demo import binaries, cluster, embedded
from gbtui.demo.account import server_account
from gbtui.demo.embedded import EmbeddedServer
from gbtui.errors import EmbeddedServerError
from tests.demo.homes import home

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can arrange this")


@pytest.fixture
def folder() -> Iterator[Path]:
    with home() as empty:
        yield empty


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A folder with data and no running server; every test leaves it as it found it."""
    with home() as folder:
        with EmbeddedServer(folder):
            pass
        EmbeddedServer(folder).wait_stopped()
        yield folder


def refusal(folder: Path) -> str:
    with pytest.raises(EmbeddedServerError) as caught:
        EmbeddedServer(folder).start()
    told = str(caught.value)
    assert "\n" not in told
    return told


def test_a_folder_with_other_things(folder: Path) -> None:
    (folder / "thesis.txt").write_text("mine")
    mode = folder.stat().st_mode
    assert f"{folder} holds other things" in refusal(folder)
    assert [entry.name for entry in folder.iterdir()] == ["thesis.txt"]
    assert folder.stat().st_mode == mode


def test_a_file_in_its_place(folder: Path) -> None:
    (folder / "file").write_text("")
    assert "file is not a folder" in refusal(folder / "file")
    assert "file/below is not a folder" in refusal(folder / "file" / "below")


def test_a_place_where_nothing_can_be_made() -> None:
    assert "/proc/gbtui" in refusal(Path("/proc/gbtui/embedded"))


@only_root
def test_a_folder_of_somebody_else(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    assert "is owned by nobody" in refusal(folder)
    assert not list(folder.iterdir())


@only_root
def test_a_folder_the_servers_user_cannot_reach(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(0o700)
    assert f"may not enter {folder}" in refusal(closed / "embedded")
    assert closed.stat().st_mode & 0o777 == 0o700  # nobody was let in


def test_data_of_another_version(prepared: Path) -> None:
    version = prepared / "data" / "PG_VERSION"
    made_by = version.read_text()
    version.write_text("9\n")
    told = refusal(prepared)
    version.write_text(made_by)
    assert "was made by PostgreSQL 9" in told
    assert f"this is {made_by.strip()}" in told


def test_settings_the_server_refuses(prepared: Path) -> None:
    server = EmbeddedServer(prepared, configuration={"shared_buffers": "much"})
    with pytest.raises(EmbeddedServerError, match='invalid value for parameter "shared_buffers"'):
        server.start()


def test_a_half_removed_data_folder(prepared: Path) -> None:
    (prepared / "data" / "PG_VERSION").rename(prepared / "data" / "moved")
    told = refusal(prepared)
    (prepared / "data" / "moved").rename(prepared / "data" / "PG_VERSION")
    assert "has no PG_VERSION" in told


@only_root
def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = folder / "small"
    small.mkdir()
    folder.chmod(0o755)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        assert "are free and 150 MB are needed" in refusal(small / "embedded")
        monkeypatch.setattr(cluster, "_NEEDED_BYTES", 0)
        assert "The disk is full" in refusal(small / "embedded")
        assert not (small / "embedded" / "data").exists()
        assert not (small / "embedded" / "data.draft").exists()
    finally:
        subprocess.run(["umount", small], check=True)


def test_no_programs_where_they_should_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(binaries.OVERRIDE, str(folder))
    assert f"{binaries.OVERRIDE} is {folder}" in refusal(folder / "embedded")


@only_root
def test_programs_the_servers_user_cannot_read_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = binaries._package()
    assert package is not None
    closed = folder / "closed"
    closed.mkdir(0o700)
    for root in package.roots:
        (closed / root.name).symlink_to(root)
    hidden = binaries.Binaries(
        closed / package.bin.relative_to(package.roots[0].parent), tuple(closed / root.name for root in package.roots)
    )
    folder.chmod(0o755)
    account = server_account()
    assert hidden.version(account) is None
    copied, version = binaries.usable_by(account, hidden, folder / "copies")
    assert copied.bin.is_relative_to(folder / "copies")
    assert version == package.version(account)
    assert copied.has_library("pg_stat_statements")
    assert binaries.usable_by(account, hidden, folder / "copies")[0] == copied  # once is enough
    assert len(list((folder / "copies").iterdir())) == 1
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not Path("/usr/lib/postgresql/15/bin/initdb").exists(), reason="no PostgreSQL 15 here")
def test_a_local_installation_serves_instead(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(binaries.OVERRIDE, "/usr/lib/postgresql/15/bin")
    with EmbeddedServer(folder):
        assert (folder / "data" / "PG_VERSION").read_text() == "15\n"


@only_root
def test_an_ordinary_user_needs_nothing_special(folder: Path) -> None:
    """The whole life as `nobody`; peer authentication lets that user in and keeps root out."""
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or "python3"
    project = Path(embedded.__file__).parents[2]
    package = binaries._package()
    assert package is not None
    script = f"""
import sys; sys.path[:0] = [{str(project)!r}, {str(package.roots[0].parent)!r}]
from pathlib import Path; import subprocess
from gbtui.demo import binaries
from gbtui.demo.embedded import EmbeddedServer
home = Path({str(folder)!r}) / "embedded"
server = EmbeddedServer(home)
dsn = server.start()
psql = binaries.find().program("psql")
assert subprocess.run([psql, dsn, "-Atc", "SELECT current_user"], capture_output=True, text=True).stdout == "gbtui\\n"
assert home.stat().st_mode & 0o777 == 0o700
server.stop()
server.wait_stopped()
print("done")
"""
    folder.chmod(0o777)
    recent = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    if subprocess.run(recent, user="nobody", cwd="/", check=False).returncode:
        pytest.skip("no Python here that another user may run")
    ran = subprocess.run([python, "-c", script], user="nobody", cwd="/", capture_output=True, text=True, check=False)
    assert ran.stdout == "done\n", ran.stderr
    shutil.rmtree(folder / "embedded")


def test_a_folder_that_becomes_a_link_leads_nowhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In /tmp the folder is the server's user's as soon as it is made: it may be swapped before its mode is set.
    victim = tmp_path / "victim"
    victim.mkdir()
    victim.chmod(0o751)
    make = Path.mkdir

    def swapped(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        make(self, mode, parents, exist_ok)
        if self.name == "log":
            self.rmdir()
            self.symlink_to(victim)

    monkeypatch.setattr(Path, "mkdir", swapped)
    assert "log is no folder" in refusal(folder)
    assert stat.S_IMODE(victim.stat().st_mode) == 0o751
    assert victim.stat().st_uid == os.geteuid()
