"""Turning a plain message_history into the partitioned one, in place, while it is read and written."""

from gbtui.lifecycle.adopting.adopt import TABLE, adopt, undo_adopt

__all__ = ["TABLE", "adopt", "undo_adopt"]
