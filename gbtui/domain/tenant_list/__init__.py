"""Organizations as a list, without counting a big table.

`record` says what is known of one, `busiest` reads those that matter now, `figures` all of them in turns, `held` says
how many bytes each holds.
"""

from gbtui.domain.tenant_list.busiest import ranked, scope_of, tenants
from gbtui.domain.tenant_list.figures import Figures, Known, read_figures
from gbtui.domain.tenant_list.record import MOST, Tenant

__all__ = [
    "MOST",
    "Figures",
    "Known",
    "Tenant",
    "ranked",
    "read_figures",
    "scope_of",
    "tenants",
]
