"""One data folder: made by initdb, started and judged by pg_ctl. PostgreSQL's words become one sentence of ours."""

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gbtui.demo.binaries import Binaries
from gbtui.demo.folder import SOCKET, Folder
from gbtui.demo.settings import DATABASE, SUPERUSER
from gbtui.errors import EmbeddedServerError

_NEEDED_BYTES: Final = 150 << 20  # a fresh cluster with its first segments of WAL
_START_DEADLINE: Final = 90.0  # seconds; recovery after a crash is the long case


@dataclass(frozen=True, slots=True)
class Cluster:
    """The server programs and the folder they work on."""

    folder: Folder
    programs: Binaries
    version: str

    @property
    def major(self) -> int:
        """The server's major version."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    def exists(self) -> bool:
        """Whether there is a data folder of this major version; another version is refused."""
        try:
            made_by = (self.folder.data / "PG_VERSION").read_text("ascii").strip()
        except FileNotFoundError:
            if self.folder.data.exists():
                raise EmbeddedServerError(
                    "The data folder is damaged",
                    f"{self.folder.data} has no PG_VERSION",
                    f"remove {self.folder.home}: the demo makes it anew",
                ) from None
            return False
        if made_by != str(self.major):
            raise EmbeddedServerError(
                "The data folder is of another version",
                f"{self.folder.data} was made by PostgreSQL {made_by}, and this is {self.version}",
                f"remove {self.folder.home}, or choose another folder with --data-dir",
            )
        return True

    def create(self) -> None:
        """initdb and the demo's database, in a draft that is renamed when complete: a crash leaves no half cluster."""
        free = shutil.disk_usage(self.folder.home).free
        if free < _NEEDED_BYTES:
            raise _full(self.folder.home, f"{free >> 20} MB are free and {_NEEDED_BYTES >> 20} MB are needed")
        draft = self.folder.draft
        if draft.exists():
            shutil.rmtree(draft)
        self.folder.make_draft()
        try:
            self._run("initdb", "-D", str(draft), "-U", SUPERUSER, "-A", "peer", "-E", "UTF8", "-N", *self._locale())
            single = ("--single", "-D", str(draft), "-c", "listen_addresses=")
            self._run("postgres", *single, "template1", given=f"CREATE DATABASE {DATABASE};\n")
            if self.programs.has_library("pg_stat_statements"):
                self._run("postgres", *single, DATABASE, given="CREATE EXTENSION pg_stat_statements;\n")
            draft.rename(self.folder.data)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def start(self) -> None:
        """Start the server and wait until it accepts connections; a no-op if it runs already."""
        deadline = time.monotonic() + _START_DEADLINE
        while True:
            try:
                options = f"-c config_file={shlex.quote(str(self.folder.conf / 'postgresql.conf'))}"
                command = ("start", "-s", "-w", "-t", str(int(_START_DEADLINE)), "-o", options)
                self._run("pg_ctl", *command, "-D", str(self.folder.data), "-l", str(self.folder.log / "start.log"))
            except EmbeddedServerError as error:
                # The children of a server that was killed need a moment to notice and leave.
                if "pre-existing shared memory block" not in error.message or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def running(self) -> bool:
        """Whether a server works on the data folder, ready or not yet. Removes the trace of one that is long gone."""
        lines = self._pid_file()
        if not lines or not lines[0].isdigit():
            return False
        command = _command_of(int(lines[0]))
        if command is None:  # no such process: pg_ctl start deals with what is left
            return False
        if str(self.folder.data) not in command:
            # The number is another process's now (a reboot, a new container), or a dead one's that nobody buried.
            # PostgreSQL cannot know and would refuse to start. Should old backends live, it sees their shared memory.
            for trace in (self.folder.data / "postmaster.pid", self.folder.socket / f"{SOCKET}.lock"):
                trace.unlink(missing_ok=True)
            return False
        return True

    def wait_ready(self) -> Path | None:
        """The socket's folder of the running server, once it accepts connections; None if it ends before that."""
        deadline = time.monotonic() + _START_DEADLINE
        while time.monotonic() < deadline:
            lines = self._pid_file()
            if len(lines) >= 8 and lines[7].strip() == "ready" and _answers(folder := Path(lines[4])):
                return folder
            if not self.running():
                return None
            time.sleep(0.02)
        raise EmbeddedServerError(
            "The embedded server does not become ready",
            f"for {_START_DEADLINE:.0f} s",
            f"its log is in {self.folder.log}",
        )

    def _pid_file(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder.data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
        return []

    def _locale(self) -> Sequence[str]:
        """C.UTF-8 by the server itself where it can (17): it is the same on every machine and never changes."""
        if self.major >= 17:
            return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        return ("--locale=C.UTF-8",) if Path("/usr/lib/locale/C.utf8").exists() else ("--locale=C",)

    def _run(self, program: str, *arguments: str, given: str = "") -> None:
        """Run one program as the server's user. EmbeddedServerError with the cause if it fails."""
        logs = {path: path.stat().st_size for path in self.folder.log.glob("*.log")}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        done = subprocess.run(
            [self.programs.program(program), *arguments],
            input=given,
            # pg_ctl's server would keep a pipe open and make us wait for its end; what it says is in its log.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            text=True,
            errors="replace",
            env={**environment, "LC_ALL": "C"},
            start_new_session=True,  # ctrl+c at the console is not for the server
            check=False,
            **self.folder.account.spawn(),
        )
        said = done.stderr or ""
        if done.returncode != 0 or "ERROR:" in said:
            self._explain(program, said or self._logged_since(logs))

    def _logged_since(self, sizes: dict[Path, int]) -> str:
        """What was added to the log files, given their sizes before."""
        texts = []
        for path in sorted(self.folder.log.glob("*.log"), key=lambda path: path.stat().st_mtime):
            with path.open("rb") as log:
                log.seek(sizes.get(path, 0))
                texts.append(log.read(100_000).decode("utf-8", "replace"))
        return "\n".join(texts)

    def _explain(self, program: str, said: str) -> None:
        if "No space left on device" in said:
            raise _full(self.folder.home, "no space left on the device")
        # The first complaint is the cause, the rest follows from it.
        told = re.search(r"(?:FATAL|PANIC|ERROR|error|LOG: +(?:invalid|unrecognized|could not)).*", said)
        raise EmbeddedServerError(
            "The embedded server did not start" if program == "pg_ctl" else "The embedded server could not be prepared",
            told.group() if told else f"{program} failed",
            f"its log is in {self.folder.log}",
        )


def _full(place: Path, how: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        "The disk is full", f"{place}: {how}", "free some space, or choose another folder with --data-dir"
    )


def _answers(folder: Path) -> bool:
    """Whether somebody listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(folder / SOCKET)) == 0


def _command_of(pid: int) -> str | None:
    """The command line of a process, '' of a dead one that nobody buried, None if there is no such process."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
    listed = subprocess.run(
        ["ps", "-ww", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip() if listed.returncode == 0 else None
