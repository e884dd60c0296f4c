"""Sessions as a list: newest activity first, who spoke last, who waits; narrowed on the server. Read only.

`record` says what is known of a session, `wish` what a filter asks, `names` and `find` which sessions that means,
`pages` reads them. A token is never read.
"""

from gbtui.domain.session_list.find import Edge
from gbtui.domain.session_list.pages import PAGE, edge_behind, session_page, sessions
from gbtui.domain.session_list.record import MARKS, Session
from gbtui.domain.session_list.wish import ANY, Wish, wish

__all__ = [
    "ANY",
    "MARKS",
    "PAGE",
    "Edge",
    "Session",
    "Wish",
    "edge_behind",
    "session_page",
    "sessions",
    "wish",
]
