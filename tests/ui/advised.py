"""What is advised of the indexes that the frozen console shows."""

from typing import Final

from gbtui.monitor.advice.advice import IndexAdvice
from gbtui.monitor.advice.bloat import Bloat
from gbtui.monitor.advice.standing import IndexStanding

_RESTS: Final = "2 of 2 nodes, window 12 d (counted for 40 d, watched for 12 d)"
INVALID: Final = IndexAdvice(
    "invalid", "public", "user_sessions", "user_sessions_old", "not valid: a CREATE INDEX CONCURRENTLY failed", "",
    'DROP INDEX CONCURRENTLY "public"."user_sessions_old";', 61_000_000, "none: no query uses it", _RESTS,
)  # fmt: skip
RARE: Final = IndexAdvice(
    "rarely used", "public", "message_history", "message_history_org_created", "88,000,000 scans",
    "it is used: 88,000,000 scans; replica-b may use it and was not asked: connection refused", "", 12_100_000_000, "",
    _RESTS,
)  # fmt: skip
STANDINGS: Final = {
    ("public", "message_history_org_created"): IndexStanding(
        (), Bloat(0.12, exact_width=False), (RARE,), 5300, ("replica-c",)
    ),
    ("public", "user_sessions_pkey"): IndexStanding(("primary key",), Bloat(None, "the statistics are old")),
    ("public", "user_sessions_old"): IndexStanding(("unique",), Bloat(None, "it is not valid"), (INVALID,)),
}
"""As the sample of the advice remembers them."""
