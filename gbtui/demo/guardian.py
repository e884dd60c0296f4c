"""Stops the embedded server when its last user is gone, however that user ended.

A program of its own, started by path with nothing but the standard library:

    guardian.py USERS_FD GUARDIAN_FD UID GID PG_CTL DATA LOG

Every console holds a shared flock on the file behind USERS_FD. The guardian waits for the exclusive one: the kernel
grants it when the last console has left or died. It holds the one on GUARDIAN_FD while it lives, so that there is
one guardian. It then stops the server and leaves; a console that starts meanwhile waits for its own lock that long.
Once a minute it looks at the log, so that no flood of messages fills the disk.
"""

import fcntl
import os
import signal
import sys

_LOG_LIMIT = 32 << 20  # bytes a log file may have
_LOOK_EVERY = 60  # seconds


def main(arguments: list[str]) -> int:
    """Exit 0 once a guardian stands (this one's child, or another's); the child stays until the server is stopped."""
    users, own, uid, gid = (int(value) for value in arguments[:4])
    pg_ctl, data, log = arguments[4:]
    try:
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    if os.fork():
        return 0
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.geteuid() == 0:  # nothing after this needs root, and the log folder is the other user's
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    _wait(users, log)
    if not _stop(pg_ctl, data, "fast"):
        _stop(pg_ctl, data, "immediate")
    # In this order: who gets the users' lock next must find no guardian.
    os.close(own)
    os.close(users)
    return 0


def _wait(users: int, log: str) -> None:
    """Return with the exclusive lock."""

    def look(_signal: int, _frame: object) -> None:
        _trim(log)
        signal.alarm(_LOOK_EVERY)

    signal.signal(signal.SIGALRM, look)
    signal.alarm(_LOOK_EVERY)
    fcntl.flock(users, fcntl.LOCK_EX)  # taken up again after each alarm (PEP 475)
    signal.alarm(0)


def _trim(log: str) -> None:
    try:
        for entry in os.scandir(log):
            if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size > _LOG_LIMIT:
                os.truncate(entry.path, 0)  # the server appends: it goes on at the new end
    except OSError:
        return  # the folder was removed: nothing to keep small


def _stop(pg_ctl: str, data: str, mode: str) -> bool:
    """Whether no server runs in `data` any more."""
    if not os.path.exists(os.path.join(data, "postmaster.pid")):  # noqa: PTH110,PTH118  (pathlib doubles the memory)
        return True
    command = [pg_ctl, "stop", "--silent", "-D", data, "-m", mode, "-w", "-t", "30"]
    pid = os.posix_spawn(pg_ctl, command, dict(os.environ))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
