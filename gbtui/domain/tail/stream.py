"""Which table a tail follows: the names of the statements that read it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Stream:
    """A table with the stream column (`tx xid8 NOT NULL DEFAULT pg_current_xact_id()`) and its partial index.

    Each field names a statement in queries/. All but `seen` return the same columns: `header` (set in the poll's first
    row alone), `tx`, `id`, `created_at`, `org_id` and the row's own. All of them declare `-- where: org`.
    """

    table: str
    poll: str
    transaction: str
    backlog: str
    since: str
    seen: str
    again: str


MESSAGES: Final = Stream(
    table="message_history",
    poll="general_bots/tail_poll",
    transaction="general_bots/tail_transaction",
    backlog="general_bots/tail_backlog",
    since="general_bots/tail_since",
    seen="general_bots/tail_seen",
    again="general_bots/tail_again",
)
