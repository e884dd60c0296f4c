"""Settings: flags > environment > profile file > defaults, and where each came from."""

from gbtui.config.config import Config, load
from gbtui.config.connection import EMBEDDED, ConnectionSource
from gbtui.config.profiles import Profile

__all__ = ["EMBEDDED", "Config", "ConnectionSource", "Profile", "load"]
