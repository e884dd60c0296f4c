"""gbtui: the terminal console for the PostgreSQL under a multi-tenant bot platform."""

from typing import Final

__version__: Final = "0.1.0"
