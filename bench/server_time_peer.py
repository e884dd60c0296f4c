"""Runs in pg_activity's Python: refreshes one of its screens through its own code. DSN, screen, times, pause."""

import sys
import time

from pgactivity.data import Data  # type: ignore[import-not-found,unused-ignore]


def main(dsn: str, screen: str, times: int, pause: float) -> None:
    """What pg_activity asks for one refresh, again and again."""
    data = Data.pg_connect(dsn=dsn, user=None, database=None, port=None)
    for _ in range(times):
        time.sleep(pause)
        if screen == "activity":
            assert data.pg_get_activities()
        else:
            data.pg_get_waiting()
            data.pg_get_blocking()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
