"""Functions that act where no read-only transaction stands in the way: on the server, on others, on its files.

A rail against a slip of the hand, not a wall: a function of somebody's own may call them.
"""

import re
from typing import Final

from gbtui.database.statement_text.lexing import called

_ACTING: Final = re.compile(
    r"pg_(?:terminate_backend|cancel_backend|reload_conf|rotate_logfile|logfile_rotate|promote|switch_wal"
    r"|create_restore_point|backup_start|backup_stop|start_backup|stop_backup|wal_replay_\w+|stat_reset\w*"
    r"|stat_statements_reset|stat_kcache_reset|qualstats_reset\w*|stat_force_next_flush"
    r"|log_backend_memory_contexts|log_standby_snapshot|notify|export_snapshot|drop_replication_slot"
    r"|(?:try_)?advisory_(?:xact_)?lock(?:_shared)?|create_\w*replication_slot|copy_\w*replication_slot"
    r"|replication_slot_advance|replication_origin_\w+|logical_(?:slot_get|emit)\w*|file_(?:write|unlink|rename|sync)"
    r"|import_system_collations|extension_config_dump|prewarm|sync_replication_slots|restore_\w+|clear_\w+"
    r"|buffercache_evict\w*|truncate_visibility_map|background_launch)"
    r"|autoprewarm_\w+|brin_(?:de)?summarize_\w+|gin_clean_pending_list|heap_force_\w+|bt_index_parent_check"
    r"|dblink\w*|http_(?:get|post|put|patch|delete)|lo_\w+|loread|lowrite|set_config|setval|nextval|setseed"
)
"""Functions that do something where a read-only transaction does not, or not always, stand in the way; and one that
keeps everybody from writing a table while it reads (bt_index_parent_check)."""
_RUNNING: Final = re.compile(r"(?:query|cursor)_to_xml\w*|ts_stat|ts_rewrite|crosstab\w*|connectby|xpath_table")
"""Functions that run a text, in which no name is seen from outside."""


def acts(statement: str) -> str:
    """What one of its functions does that is no reading, in words; "" where none is known to."""
    for name in sorted(called(statement)):
        if _ACTING.fullmatch(name):
            return f"{name}() acts"
        if _RUNNING.fullmatch(name):
            return f"{name}() runs a text that nobody looked at"
    return ""
