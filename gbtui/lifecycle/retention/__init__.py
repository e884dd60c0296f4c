"""Retention: how long what is kept, what is past that, and removing exactly that; nothing else ever decides it."""

from gbtui.lifecycle.retention.plan import Line, Plan, plan
from gbtui.lifecycle.retention.policy import Kind, Policies, policies
from gbtui.lifecycle.retention.rows import Archiving
from gbtui.lifecycle.retention.run import Reins, Removed, run

__all__ = ["Archiving", "Kind", "Line", "Plan", "Policies", "Reins", "Removed", "plan", "policies", "run"]
