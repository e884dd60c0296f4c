"""The audit record as a list: who did what to which row, newest first; what changed; what is not recorded at all."""

from gbtui.domain.audit_list.change import Change, Changed, change
from gbtui.domain.audit_list.pages import PAGE, Edge, audit_page
from gbtui.domain.audit_list.record import Recorded
from gbtui.domain.audit_list.wish import ANY, Wish, wish

__all__ = ["ANY", "PAGE", "Change", "Changed", "Edge", "Recorded", "Wish", "audit_page", "change", "wish"]
