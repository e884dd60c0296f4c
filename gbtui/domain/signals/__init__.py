"""Is everybody being answered? Silence, waiting, response times and rates of bots, from what stands in the database.

`record` says what is known of a bot, `limits` what is too long, `judge` (pure) what follows, `read` asks for it.
"""

from gbtui.domain.signals.judge import Verdict, judged, silence_limit
from gbtui.domain.signals.limits import Limits
from gbtui.domain.signals.read import Memory, read_bot_page, read_bots, read_pulse
from gbtui.domain.signals.record import Bot, Pulse, Tally
from gbtui.domain.signals.tally import by_tenant, tally

__all__ = [
    "Bot",
    "Limits",
    "Memory",
    "Pulse",
    "Tally",
    "Verdict",
    "by_tenant",
    "judged",
    "read_bot_page",
    "read_bots",
    "read_pulse",
    "silence_limit",
    "tally",
]
